//! A bypass list and a destination, in every dialect: the item that matches stands where it is said to stand.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::authority::Authority;
use probe_core::select::bypass::{Destination, Dialect, decide};
use probe_core::target::Scheme;

fuzz_target!(|data: &str| {
    let (to, list) = data.split_once('\n').unwrap_or((data, ""));
    let Ok(to) = Authority::parse(to) else { return };
    let to = Destination {
        scheme: Scheme::Https,
        host: to.host,
        port: to.port.unwrap_or(443),
        port_is_written: to.port.is_some(),
    };
    for dialect in Dialect::ALL {
        if let Some(found) = decide(*dialect, list, &to) {
            assert!(
                matches!(dialect, Dialect::Wget | Dialect::FirefoxNoProxy)
                    || found.item.is_empty() == found.kind.is_implicit(),
                "{found:?}"
            );
            assert_eq!(list.get(found.at.clone()), Some(found.item), "{found:?}");
        }
    }
});
