//! `Proxy-Authenticate` (RFC 9110 11.7.1): schemes are tokens, each once, and no more than are kept.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::probe::challenge::{AuthSchemes, add_schemes};
use probe_fuzz::assert_harmless;

fuzz_target!(|value: &[u8]| {
    let mut schemes = AuthSchemes::new();
    for field in value.split(|byte| *byte == b'\n') {
        add_schemes(field, &mut schemes);
    }
    let found = schemes.clone();
    for (index, scheme) in found.iter().enumerate() {
        assert_harmless(scheme.as_str());
        assert!(!scheme.is_empty() && !scheme.as_str().contains([' ', ',', '=', '"']), "{scheme}");
        assert!(
            found[..index].iter().all(|other| !other.as_str().eq_ignore_ascii_case(scheme.as_str())),
            "{scheme} twice"
        );
    }
    for field in value.split(|byte| *byte == b'\n') {
        add_schemes(field, &mut schemes);
    }
    // What is full stays as it is; what is not already knows every scheme.
    assert_eq!(schemes, found);
});
