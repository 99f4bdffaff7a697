//! Files of settings in whatever encoding: mistakes stand in the decoded text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::settings::text::decode;

fuzz_target!(|data: &[u8]| {
    let (text, mistakes) = decode(data);
    assert!(mistakes.iter().all(|mistake| text.get(mistake.at.clone()).is_some()));
});
