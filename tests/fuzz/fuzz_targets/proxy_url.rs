//! A proxy as settings write it: mistakes have their place, credentials are never shown, and nothing is hidden in a request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::select::{Proxy, proxy::ProxyPorts};
use probe_core::target::Target;
use probe_fuzz::{assert_harmless, assert_requests_are_whole};

fuzz_target!(|text: &str| {
    let target = Target::parse("https://a.example/").expect("a good URL");
    for ports in [ProxyPorts::Curl, ProxyPorts::Web] {
        match Proxy::parse(text, ports) {
            Err(mistake) => assert!(text.get(mistake.at.clone()).is_some(), "{mistake:?} in {text:?}"),
            Ok(proxy) => {
                let shown = proxy.to_string();
                assert_harmless(&shown);
                assert!(
                    !shown.contains('@') && !format!("{proxy:?}").contains('@'),
                    "credentials are shown: {proxy:?}"
                );
                let again = Proxy::parse(&shown, ports).expect("what is shown can be read");
                assert_eq!((again.scheme, again.host, again.port), (proxy.scheme, proxy.host, proxy.port));
                assert_requests_are_whole(&target, &proxy);
            }
        }
    }
});
