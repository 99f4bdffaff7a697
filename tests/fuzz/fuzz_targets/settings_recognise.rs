//! A text that is recognised by itself, behind the name of its file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::settings::recognise;

fuzz_target!(|data: &str| {
    let (name, text) = data.split_once('\n').unwrap_or(("", data));
    if let Some(format) = recognise(name, text) {
        probe_fuzz::settings::read(format, text);
    }
});
