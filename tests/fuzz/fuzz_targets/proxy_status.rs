//! `Proxy-Status` (RFC 9209): whatever is read is bounded and harmless, and a second field changes nothing in the first.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::probe::proxy_status::first_error;
use probe_fuzz::assert_harmless;

fuzz_target!(|value: &[u8]| {
    if let Some(found) = first_error(value) {
        assert_harmless(found.proxy.as_str());
        assert_harmless(found.error.as_str());
        let longer = [value, b", other.example; error=dns_error"].concat();
        assert_eq!(first_error(&longer), Some(found));
    }
});
