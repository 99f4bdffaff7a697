//! A list of targets: every mistake has its place, and no target hides anything in a request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::select::{Proxy, proxy::ProxyPorts};
use probe_core::target::{self, Target};
use probe_fuzz::assert_requests_are_whole;

fuzz_target!(|list: &str| {
    let proxy = Proxy::parse("http://proxy.example:3128", ProxyPorts::Curl).expect("a good URL");
    for (_, start, line) in target::lines(list) {
        assert!(list[start..].starts_with(line));
        let mut mistakes = 0;
        let target = Target::parse_line(line, &mut |mistake| {
            mistakes += 1;
            assert!(line.get(mistake.at.clone()).is_some(), "{mistake:?} in {line:?}");
        });
        assert!(target.is_none() || mistakes == 0);
        if let Some(target) = target {
            assert_requests_are_whole(&target, &proxy);
            assert_eq!(Target::parse(target.url).map(|again| again.path), Ok(target.path));
        }
    }
});
