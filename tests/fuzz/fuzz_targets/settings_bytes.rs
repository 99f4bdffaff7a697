//! Bytes of the registry's two binary values, and of files in whatever encoding: mistakes stand in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::settings::{connection_settings, text, winhttp_settings};

fuzz_target!(|data: &[u8]| {
    let blobs = [winhttp_settings::read(data).mistakes, connection_settings::read(data).mistakes];
    assert!(blobs.iter().flatten().all(|mistake| data.get(mistake.at.clone()).is_some()));
    let (text, mistakes) = text::decode(data);
    assert!(mistakes.iter().all(|mistake| text.get(mistake.at.clone()).is_some()));
});
