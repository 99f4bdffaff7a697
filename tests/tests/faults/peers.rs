//! Resets, ends, silences and stalls, at every stage of an attempt: peers in this process that stop where they are told to.

use std::net::SocketAddr;
use std::time::Duration;

use probe_tests::nginx::Site;
use probe_tests::pki::HOST;
use probe_tests::probe::Probe;
use probe_tests::raw::{Peer, Step, send, server_config};
use probe_tests::tool::{NGINX, OPENSSL};
use rustls::version::{TLS12, TLS13};

use crate::bed::{Bed, Fault};

/// What an attempt may take where the peer says nothing.
const PATIENCE: f64 = 1.5;

const OPEN: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

pub(crate) fn faults() -> Vec<Fault> {
    let stages = [
        before_the_proxys_answer(),
        strange_proxies(),
        after_connect(),
        direct_tls(),
        mid_handshake(),
        after_the_request(),
        direct_http(),
        https_proxies(),
        hostile(),
    ];
    stages.into_iter().flatten().map(|fault| fault.needing(&[OPENSSL, NGINX])).collect()
}

/// How a peer leaves a conversation.
#[derive(Debug, Clone, Copy)]
enum Leaving {
    Reset,
    End,
    Silence,
}

impl Leaving {
    fn step(self) -> Step {
        match self {
            Self::Reset => Step::Reset,
            Self::End => Step::EndAbruptly,
            Self::Silence => Step::Hold,
        }
    }
}

use Leaving::{End, Reset, Silence};

/// A probe of an https target through a proxy that plays these steps.
fn proxy(bed: &Bed, steps: Vec<Step>) -> Probe {
    let peer = Peer::start(steps);
    let url = format!("http://{}", peer.address());
    bed.probe().within(PATIENCE).through(&url).and([format!("https://{HOST}/")]).keeping(peer)
}

/// A probe of an https target, without a proxy, at an origin that plays these steps.
fn origin(bed: &Bed, scheme: &str, steps: Vec<Step>) -> Probe {
    let peer = Peer::start(steps);
    let port = peer.port();
    bed.direct_to(port).within(PATIENCE).and([format!("{scheme}://{HOST}:{port}/")]).keeping(peer)
}

fn good_site(bed: &Bed) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], bed.nginx().port(Site::Good)))
}

/// A fault of a proxy that reads the request, says this much, and leaves.
fn says(name: &'static str, verdict: &'static str, text: &'static str, leaving: Leaving) -> Fault {
    Fault::proxied(name, verdict, move |bed| proxy(bed, vec![Step::ReadHead, send(text), leaving.step()]))
}

fn before_the_proxys_answer() -> Vec<Fault> {
    let slow = Step::Drip(b"HTTP/1.1 200 Connection established".to_vec(), Duration::from_millis(200));
    vec![
        Fault::proxied("proxy/RST at once", "proxy_closed", |bed| proxy(bed, vec![Step::Reset])),
        Fault::proxied("proxy/FIN at once", "proxy_closed", |bed| proxy(bed, vec![Step::EndAbruptly])),
        Fault::proxied("proxy/silent from the start", "proxy_silent", |bed| proxy(bed, vec![Step::Hold])),
        says("proxy/RST in place of an answer", "proxy_closed", "", Reset),
        says("proxy/FIN in place of an answer", "proxy_closed", "", End),
        says("proxy/silent in place of an answer", "proxy_silent", "", Silence),
        says("proxy/RST in the status line", "proxy_malformed", "HTTP/1.1 2", Reset),
        says("proxy/FIN in the status line", "proxy_malformed", "HTTP/1.1 2", End),
        says("proxy/silent in the status line", "proxy_silent", "HTTP/1.1 2", Silence).showing("10 bytes"),
        says(
            "proxy/RST in a head that begins with 200",
            "proxy_malformed",
            "HTTP/1.1 200 OK\r\nVia: x\r\n",
            Reset,
        ),
        says(
            "proxy/FIN in a head that begins with 200",
            "proxy_malformed",
            "HTTP/1.1 200 OK\r\nVia: x\r\n",
            End,
        ),
        says(
            "proxy/silent in a head that begins with 200",
            "proxy_silent",
            "HTTP/1.1 200 OK\r\nVia: x\r\n",
            Silence,
        ),
        says("proxy/100 and nothing more", "proxy_silent", "HTTP/1.1 100 Continue\r\n\r\n", Silence),
        Fault::proxied("proxy/drips its answer", "proxy_silent", move |bed| {
            proxy(bed, vec![Step::ReadHead, slow.clone(), Step::Hold])
        }),
    ]
}

fn strange_proxies() -> Vec<Fault> {
    vec![
        says("proxy/SSH", "proxy_not_http", "SSH-2.0-OpenSSH_9.2\r\n", Silence),
        says("proxy/HTML without a status line", "proxy_not_http", "<html><body>Welcome</body></html>", End),
        says("proxy/a TLS alert", "proxy_not_http", "\u{15}\u{3}\u{1}\0\u{2}\u{2}\n", End),
        says("proxy/SOCKS", "proxy_not_http", "\u{5}\u{7f}", End),
        says("proxy/101", "proxy_malformed", "HTTP/1.1 101 Switching Protocols\r\n\r\n", Silence),
        says("proxy/a NUL in a field", "proxy_malformed", "HTTP/1.1 200 OK\r\nVia: a\0b\r\n\r\n", Silence),
        says(
            "proxy/429",
            "proxy_rate_limited",
            "HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
            End,
        )
        .proxy_status(429),
        says(
            "proxy/302 without a mark",
            "proxy_redirected",
            "HTTP/1.1 302 x\r\nLocation: http://login.test/\r\n\r\n",
            End,
        ),
        says("proxy/511", "proxy_redirected", "HTTP/1.1 511 Login\r\nContent-Length: 0\r\n\r\n", End),
        says("proxy/405", "proxy_connect_unsupported", "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n", End),
        says("proxy/501", "proxy_connect_unsupported", "HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n", End),
        says("proxy/451", "proxy_denied", "HTTP/1.1 451 No\r\nContent-Length: 0\r\n\r\n", End),
        says("proxy/502 bare", "proxy_upstream_failed", "HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", End),
        says(
            "proxy/504 bare",
            "proxy_upstream_silent",
            "HTTP/1.1 504 Late\r\nContent-Length: 0\r\n\r\n",
            End,
        ),
        says(
            "proxy/Proxy-Status dns_error",
            "proxy_name_not_found",
            "HTTP/1.1 502 Bad\r\nProxy-Status: edge; error=dns_error\r\nContent-Length: 0\r\n\r\n",
            End,
        )
        .showing("dns_error"),
        says(
            "proxy/HTML in the tunnel",
            "tunnel_not_transparent",
            "HTTP/1.1 200 OK\r\n\r\n<html>Please log in</html>",
            End,
        )
        .or("before any byte", "tls_reset_after_hello")
        .or("began with", "tunnel_not_transparent"),
    ]
}

/// A fault of a proxy that opens the tunnel, reads the `ClientHello`, says this much, and leaves.
fn after_hello(name: &'static str, verdict: &'static str, text: &'static str, leaving: Leaving) -> Fault {
    let steps = vec![Step::ReadHead, send(OPEN), Step::ReadHello, send(text), leaving.step()];
    Fault::proxied(name, verdict, move |bed| proxy(bed, steps.clone())).proxy_status(200)
}

fn after_connect() -> Vec<Fault> {
    vec![
        says("tunnel/RST behind the 200", "tls_reset_after_hello", OPEN, Reset).proxy_status(200),
        says("tunnel/FIN behind the 200", "tls_reset_after_hello", OPEN, End).proxy_status(200),
        says("tunnel/silent behind the 200", "tls_silent", OPEN, Silence).proxy_status(200),
        after_hello("tunnel/RST after ClientHello", "tls_reset_after_hello", "", Reset),
        after_hello("tunnel/FIN after ClientHello", "tls_reset_after_hello", "", End),
        after_hello("tunnel/silent after ClientHello", "tls_silent", "", Silence),
        after_hello("tunnel/stops in the first record", "tls_stalled", "\u{16}\u{3}\u{3}\0z\u{2}", Silence),
        after_hello(
            "tunnel/HTTP in place of TLS",
            "tunnel_not_transparent",
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            End,
        ),
    ]
}

fn direct_tls() -> Vec<Fault> {
    let hello = |steps: &[Step]| {
        let steps = [&[Step::ReadHello], steps].concat();
        move |bed: &Bed| origin(bed, "https", steps.clone())
    };
    let alert = |description: char| format!("\u{15}\u{3}\u{3}\0\u{2}\u{2}{description}");
    vec![
        Fault::direct("origin/RST at once", "tls_reset_after_hello", |bed| {
            origin(bed, "https", vec![Step::Reset])
        }),
        Fault::direct("origin/FIN at once", "tls_reset_after_hello", |bed| {
            origin(bed, "https", vec![Step::EndAbruptly])
        }),
        Fault::direct("origin/silent from the start", "tls_silent", |bed| {
            origin(bed, "https", vec![Step::Hold])
        }),
        Fault::direct("origin/RST after ClientHello", "tls_reset_after_hello", hello(&[Step::Reset])),
        Fault::direct("origin/FIN after ClientHello", "tls_reset_after_hello", hello(&[Step::EndAbruptly])),
        Fault::direct("origin/silent after ClientHello", "tls_silent", hello(&[Step::Hold])),
        Fault::direct(
            "origin/garbage in place of TLS",
            "tls_not_tls",
            hello(&[send("\0\0\0\0garbage"), Step::End]),
        ),
        Fault::direct(
            "origin/SSH in place of TLS",
            "tls_not_tls",
            hello(&[send("SSH-2.0-x\r\n"), Step::Hold]),
        ),
        Fault::direct(
            "origin/alert handshake_failure",
            "tls_handshake_refused",
            hello(&[Step::Send(vec![21, 3, 3, 0, 2, 2, 40]), Step::End]),
        )
        .showing("handshake_failure"),
        Fault::direct(
            "origin/alert unrecognized_name",
            "tls_handshake_refused",
            hello(&[send(&alert('p')), Step::End]),
        )
        .showing("unrecognized_name"),
        Fault::direct(
            "origin/alert protocol_version",
            "tls_version_unsupported",
            hello(&[send(&alert('F')), Step::End]),
        ),
    ]
}

/// nginx's own handshake, cut after so many of its bytes.
fn mid_handshake() -> Vec<Fault> {
    let cut = |bytes: usize, leaving: Leaving| {
        move |bed: &Bed| {
            let steps = vec![Step::RelayUntil(good_site(bed), bytes), leaving.step()];
            origin(bed, "https", steps)
        }
    };
    let cut_in_tunnel = |bytes: usize, leaving: Leaving| {
        move |bed: &Bed| {
            let relay = Step::RelayUntil(good_site(bed), bytes);
            proxy(bed, vec![Step::ReadHead, send(OPEN), relay, leaving.step()])
        }
    };
    vec![
        Fault::direct("handshake/silent after 3 bytes", "tls_stalled", cut(3, Silence)),
        Fault::direct("handshake/silent after 300 bytes", "tls_stalled", cut(300, Silence))
            .showing("300 bytes"),
        Fault::direct("handshake/RST after 300 bytes", "tls_stalled", cut(300, Reset)),
        Fault::direct("handshake/FIN after 300 bytes", "tls_stalled", cut(300, End)),
        Fault::proxied(
            "handshake via proxy/silent after 300 bytes",
            "tls_stalled",
            cut_in_tunnel(300, Silence),
        ),
        Fault::proxied("handshake via proxy/RST after 300 bytes", "tls_stalled", cut_in_tunnel(300, Reset)),
        Fault::proxied("handshake via proxy/FIN after 300 bytes", "tls_stalled", cut_in_tunnel(300, End)),
    ]
}

/// An origin that speaks TLS, reads the request, plays these steps, and leaves.
fn inside_tls(bed: &Bed, tunnel: bool, text: &str, last: Step) -> Probe {
    let config = server_config(&bed.pki().good, &[&TLS12, &TLS13]);
    let mut steps = vec![Step::StartTls(config), Step::ReadHead, send(text), last];
    if tunnel {
        steps.splice(0..0, [Step::ReadHead, send(OPEN)]);
        proxy(bed, steps)
    } else {
        origin(bed, "https", steps)
    }
}

fn after_the_request() -> Vec<Fault> {
    let direct =
        |text: &'static str, leaving: Leaving| move |bed: &Bed| inside_tls(bed, false, text, leaving.step());
    let tunnelled =
        |text: &'static str, leaving: Leaving| move |bed: &Bed| inside_tls(bed, true, text, leaving.step());
    vec![
        Fault::direct("answer/RST in its place", "http_closed", direct("", Reset)),
        Fault::direct("answer/FIN in its place", "http_closed", direct("", End)),
        Fault::direct("answer/close_notify in its place", "http_closed", |bed| {
            inside_tls(bed, false, "", Step::End)
        }),
        Fault::direct("answer/silent in its place", "http_silent", direct("", Silence)),
        Fault::direct("answer/RST in its head", "http_malformed", direct("HTTP/1.1 200 OK\r\nSer", Reset)),
        Fault::direct("answer/FIN in its head", "http_malformed", direct("HTTP/1.1 200 OK\r\nSer", End)),
        Fault::direct("answer/silent in its head", "http_silent", direct("HTTP/1.1 200 OK\r\nSer", Silence)),
        Fault::direct("answer/no HTTP", "http_malformed", direct("SSH-2.0-OpenSSH_9.2\r\n", End)),
        Fault::direct(
            "answer/silent behind its head",
            "reachable",
            direct("HTTP/1.1 200 OK\r\n\r\n", Silence),
        ),
        Fault::direct("answer/FIN behind its head", "reachable", direct("HTTP/1.1 200 OK\r\n\r\n", End)),
        Fault::proxied("answer via proxy/RST in its place", "http_closed", tunnelled("", Reset)),
        Fault::proxied("answer via proxy/FIN in its place", "http_closed", tunnelled("", End)),
        Fault::proxied("answer via proxy/silent in its place", "http_silent", tunnelled("", Silence)),
        Fault::proxied(
            "answer via proxy/RST in its head",
            "http_malformed",
            tunnelled("HTTP/1.1 200 OK\r\nSer", Reset),
        ),
        Fault::proxied(
            "answer via proxy/FIN in its head",
            "http_malformed",
            tunnelled("HTTP/1.1 200 OK\r\nSer", End),
        ),
        Fault::proxied(
            "answer via proxy/silent in its head",
            "http_silent",
            tunnelled("HTTP/1.1 200 OK\r\nSer", Silence),
        ),
        Fault::proxied("answer via proxy/good", "reachable", tunnelled("HTTP/1.1 204 Fine\r\n\r\n", Silence))
            .http_status(204),
    ]
}

fn direct_http() -> Vec<Fault> {
    let http = |steps: &[Step]| {
        let steps = steps.to_vec();
        move |bed: &Bed| origin(bed, "http", steps.clone())
    };
    vec![
        Fault::direct("http/RST at once", "http_closed", http(&[Step::Reset])),
        Fault::direct("http/FIN at once", "http_closed", http(&[Step::EndAbruptly])),
        Fault::direct("http/silent", "http_silent", http(&[Step::Hold])),
        Fault::direct("http/RST in place of an answer", "http_closed", http(&[Step::ReadHead, Step::Reset])),
        Fault::direct(
            "http/FIN in the head",
            "http_malformed",
            http(&[Step::ReadHead, send("HTTP/1.1 200 O"), Step::End]),
        ),
        Fault::direct(
            "http/silent in the head",
            "http_silent",
            http(&[Step::ReadHead, send("HTTP/1.1 200 O"), Step::Hold]),
        ),
        Fault::direct(
            "http/a block page",
            "block_page",
            http(&[
                Step::ReadHead,
                send(
                    "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n<html>Powered By FortiGuard. Sorry!</html",
                ),
                Step::End,
            ]),
        ),
    ]
}

fn https_proxies() -> Vec<Fault> {
    let over_tls = |steps: &[Step]| {
        let steps = steps.to_vec();
        move |bed: &Bed| {
            let peer = Peer::start(steps.clone());
            let url = format!("https://localhost:{}", peer.port());
            bed.probe().within(PATIENCE).through(&url).and([format!("https://{HOST}/")]).keeping(peer)
        }
    };
    vec![
        Fault::proxied(
            "https proxy/RST after ClientHello",
            "proxy_tls_failed",
            over_tls(&[Step::ReadHello, Step::Reset]),
        ),
        Fault::proxied(
            "https proxy/FIN after ClientHello",
            "proxy_tls_failed",
            over_tls(&[Step::ReadHello, Step::EndAbruptly]),
        ),
        Fault::proxied("https proxy/silent after ClientHello", "proxy_tls_failed", over_tls(&[Step::Hold])),
        Fault::proxied("https proxy/silent in place of an answer", "proxy_silent", |bed| {
            let config = server_config(&bed.pki().proxy, &[&TLS12, &TLS13]);
            let peer = Peer::start(vec![Step::StartTls(config), Step::ReadHead, Step::Hold]);
            let url = format!("https://localhost:{}", peer.port());
            bed.probe().within(PATIENCE).through(&url).and([format!("https://{HOST}/")]).keeping(peer)
        }),
    ]
}

/// What tries to reach the terminal through the records.
fn hostile() -> Vec<Fault> {
    let marked = "HTTP/1.1 403 No\u{1b}[2JWay\r\nServer: \u{1b}]0;owned\u{7}squid\r\nVia: 1.1 \u{9b}31mx\r\nContent-Length: 0\r\n\r\n";
    vec![
        // Whether such a head counts as one is for the grammar to say; that it goes no further, for this test.
        Fault::proxied("hostile/escapes in the proxy's head", "proxy_denied", move |bed| {
            proxy(bed, vec![Step::ReadHead, send(marked), Step::End])
        })
        .or_verdict("proxy_malformed"),
    ]
}
