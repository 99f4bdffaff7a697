//! Lists of endpoints in any form: whatever comes, it is a list or a reason, and every row that was read can be tested.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(list) = probe_lists::read(bytes) {
        assert!(list.endpoints().all(|one| !one.host.is_empty() && one.port > 0));
        assert!(probe_lists::diff(list.endpoints(), list.endpoints()).is_empty());
    }
});
