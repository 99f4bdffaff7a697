//! An origin's answer, or a proxy's in place of it: a choice of route, expectation and buffer, two cuts, then the bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::probe::script::Act;
use probe_core::probe::transport::How;
use probe_core::select::{Proxy, Route, proxy::ProxyPorts};
use probe_core::target::Target;
use probe_fuzz::{buffer, choices, cuts, same_however_cut};

const LINES: [&str; 4] = [
    "http://a.example/x",
    "http://a.example/x expect=200 body=\"OK\"",
    "http://a.example/x expect=302,404",
    "http://a.example/x body=\"\"",
];

fuzz_target!(|data: &[u8]| {
    let Some(([choice, places @ ..], answer)) = choices::<5>(data) else { return };
    if answer.is_empty() {
        return;
    }
    let target =
        Target::parse_line(LINES[usize::from(choice) % LINES.len()], &mut |_| ()).expect("a good line");
    let proxy = Proxy::parse("http://proxy.example:3128", ProxyPorts::Curl).expect("a good URL");
    let route = if choice & 4 == 0 { Route::Direct } else { Route::Forward(proxy) };
    let end = if choice & 8 == 0 { Act::End } else { Act::Fail(How::TimedOut) };
    same_however_cut(
        &target,
        &route,
        &[Act::Connected, Act::Receive(answer), end],
        cuts(places),
        &mut buffer(choice & 16 != 0),
    );
});
