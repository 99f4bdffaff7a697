//! The value `WinHttpSettings` of the registry: mistakes stand in its bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::settings::winhttp_settings::read;

fuzz_target!(|data: &[u8]| {
    let mistakes = read(data).mistakes;
    assert!(mistakes.iter().all(|mistake| data.get(mistake.at.clone()).is_some()));
});
