//! A proxy's answer to CONNECT: a choice of buffer, two cuts, then the bytes. Same report and same beginning of the tunnel, however it is cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::probe::script::Act;
use probe_core::probe::tls::{TlsPeer, TlsReport};
use probe_core::probe::transport::{Failure, How};
use probe_core::select::{Proxy, Route, proxy::ProxyPorts};
use probe_core::target::Target;
use probe_fuzz::{buffer, choices, cuts, handshake, same_however_cut};

fuzz_target!(|data: &[u8]| {
    let Some(([choice, places @ ..], answer)) = choices::<5>(data) else { return };
    if answer.is_empty() {
        return;
    }
    let (cuts, mut buffer) = (cuts(places), buffer(choice & 1 == 1));
    let (report, tunnel) = handshake(answer, (answer.len(), answer.len()), &mut buffer);
    assert_eq!(handshake(answer, cuts, &mut buffer), (report, tunnel));
    let target = Target::parse("https://a.example/").expect("a good URL");
    let proxy = Proxy::parse("http://proxy.example:3128", ProxyPorts::Curl).expect("a good URL");
    let page =
        TlsReport { result: Err(Failure::after(How::NotTls, 8, b"HTTP/1.1")), peer: TlsPeer::default() };
    let end = if tunnel.is_some() { Act::Tls(&page) } else { Act::End };
    let acts = [Act::Connected, Act::Receive(answer), end];
    same_however_cut(&target, &Route::Tunnel(proxy), &acts, cuts, &mut buffer);
});
