//! The smallest firmware that probes: routes are given, the network is played from memory, and only ids of verdicts are said.
//!
//! `cargo xtask size` reads what it takes of the flash from its sections, and runs it in QEMU for the depth of its stack.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::pin::pin;
use core::ptr;
use core::task::{Context, Poll, Waker};

use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use cortex_m_semihosting::hio::{HostStream, hstdout};
use probe_core::authority::Host;
use probe_core::catalog::PinClass;
use probe_core::diagnose::Evidence;
use probe_core::probe::{
    Addresses, Anchor, Chain, Dates, Failure, Hop, How, TlsPeer, TlsReport, TlsVersion, Transport, probe_into,
};
use probe_core::secret::Credentials;
use probe_core::select::{Proxy, ProxyScheme, Route};
use probe_core::target::{Expect, Method, Scheme, Target};

/// What is lent to each probe; no part of what is measured.
const LENT: usize = 4096;

/// What one peer does: the answers to what is written to it, one after the other.
struct Scene {
    scheme: Scheme,
    way: Way,
    answers: &'static [&'static [u8]],
    anchor: Anchor,
}

/// The way to it.
#[derive(Clone, Copy)]
enum Way {
    Proxy,
    /// A proxy that is spoken to in TLS, and found by its address.
    TlsProxy,
    Direct,
}

const OPEN: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 3\r\n\r\nok\n";
const DENIED: &[u8] =
    b"HTTP/1.1 403 Forbidden\r\nServer: squid/5.7\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n\
                        Content-Length: 0\r\n\r\n";
const WANTS_CREDENTIALS: &[u8] = b"HTTP/1.1 407 Proxy Authentication Required\r\nServer: squid/5.7\r\n\
                                   Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\
                                   Proxy-Status: squid; error=http_request_denied\r\nContent-Length: 0\r\n\r\n";
const BLOCK_PAGE: &[u8] = b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n\
                            1a\r\n<html>Web Page Blocked!</html\r\n0\r\n\r\n";

static SCENES: [Scene; 9] = [
    Scene { scheme: Scheme::Https, way: Way::Proxy, answers: &[OPEN, OK], anchor: Anchor::Service },
    Scene { scheme: Scheme::Https, way: Way::Proxy, answers: &[OPEN, BLOCK_PAGE], anchor: Anchor::Unknown },
    Scene { scheme: Scheme::Https, way: Way::Proxy, answers: &[DENIED], anchor: Anchor::Service },
    Scene { scheme: Scheme::Https, way: Way::Proxy, answers: &[WANTS_CREDENTIALS], anchor: Anchor::Service },
    Scene {
        scheme: Scheme::Https,
        way: Way::Proxy,
        answers: &[b"SSH-2.0-OpenSSH_9.2\r\n"],
        anchor: Anchor::Service,
    },
    Scene { scheme: Scheme::Http, way: Way::Proxy, answers: &[DENIED], anchor: Anchor::Service },
    Scene { scheme: Scheme::Http, way: Way::Direct, answers: &[BLOCK_PAGE], anchor: Anchor::Service },
    Scene { scheme: Scheme::Https, way: Way::Direct, answers: &[], anchor: Anchor::MachineOnly },
    Scene { scheme: Scheme::Https, way: Way::TlsProxy, answers: &[OPEN, OK], anchor: Anchor::MachineOnly },
];

/// A network in memory.
struct Memory {
    scene: &'static Scene,
    next: usize,
    rest: &'static [u8],
}

impl Transport for Memory {
    async fn resolve(&mut self, _host: &str) -> Result<Addresses, Failure> {
        let mut addresses = Addresses::new();
        // There is room for eight.
        let _ = addresses.push(IpAddr::V4(Ipv4Addr::new(93, 184, 215, 14)));
        Ok(addresses)
    }

    async fn connect(&mut self, _address: IpAddr, _port: u16) -> Result<(), Failure> {
        Ok(())
    }

    async fn start_tls(&mut self, _name: &str, _hop: Hop, _early: &[u8]) -> TlsReport {
        let chain = Chain {
            anchor: self.scene.anchor,
            name_matches: true,
            dates: Dates::Valid,
            self_signed: false,
            own_root: false,
            issuer_missing: false,
            breaks_rules: false,
            revoked: false,
        };
        let peer = TlsPeer {
            version: Some(TlsVersion::Tls13),
            certificates: 2,
            chain: Some(chain),
            ..TlsPeer::default()
        };
        TlsReport { result: Ok(()), peer }
    }

    async fn write_all(&mut self, _bytes: &[u8]) -> Result<(), Failure> {
        self.rest = self.scene.answers.get(self.next).copied().unwrap_or_default();
        self.next += 1;
        Ok(())
    }

    async fn read(&mut self, space: &mut [u8]) -> Result<usize, Failure> {
        if self.scene.answers.is_empty() {
            return Err(Failure::new(How::Reset));
        }
        let count = self.rest.len().min(space.len());
        let (now, later) = self.rest.split_at(count);
        space[..count].copy_from_slice(now);
        self.rest = later;
        Ok(count)
    }
}

#[entry]
fn main() -> ! {
    static mut BUFFER: [u8; LENT] = [0; LENT];
    let Ok(mut out) = hstdout() else { leave(debug::EXIT_FAILURE) };
    let mut printed = true;
    // Before anything else has used the stack: what a probe needs, and nothing of this program's own words.
    for scene in &SCENES {
        let id = probe(black_box(scene), BUFFER);
        printed &= out.write_all(id.as_bytes()).is_ok() && out.write_all(b"\n").is_ok();
    }
    printed &= say(&mut out, "stack ", stack()).is_ok() && say(&mut out, "lent ", LENT).is_ok();
    leave(if printed { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE })
}

/// One probe, and the id of its verdict.
#[inline(never)]
fn probe(scene: &'static Scene, buffer: &mut [u8]) -> &'static str {
    let target = Target {
        url: "https://winatp-gw-neu.microsoft.com/commands/test",
        scheme: scene.scheme,
        host: Host::Name("winatp-gw-neu.microsoft.com"),
        port: 443,
        port_is_written: false,
        path: "/commands/test",
        method: Method::Get,
        expect: Expect::default(),
        exempt: false,
        pin: PinClass::Public,
    };
    let (scheme, host) = match scene.way {
        Way::TlsProxy => (ProxyScheme::Https, Host::V6(Ipv6Addr::new(0xfd00, 1, 2, 3, 4, 5, 6, 7))),
        Way::Proxy | Way::Direct => (ProxyScheme::Http, Host::Name("proxy.example.com")),
    };
    let proxy =
        Proxy { scheme, host, port: 3128, credentials: Credentials::plain("sensor", "a password").ok() };
    let route = match scene.way {
        Way::Direct => Route::Direct,
        Way::Proxy | Way::TlsProxy => Route::through(proxy, scene.scheme),
    };
    let mut io = Memory { scene, next: 0, rest: &[] };
    let mut evidence = Evidence::new(&route);
    let mut observe = |_event| ();
    // Pinned where it is made, so that it is on the stack once.
    let mut probe = pin!(probe_into(&target, &route, &mut io, buffer.into(), &mut observe, &mut evidence));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        // Nothing here ever waits.
        if let Poll::Ready(diagnosis) = probe.as_mut().poll(&mut context) {
            return diagnosis.verdict.id();
        }
    }
}

unsafe extern "C" {
    static _stack_start: u32;
    static _stack_end: u32;
}

/// Bytes of the stack that have been written to, at its deepest.
fn stack() -> usize {
    // SAFETY: only the addresses of the two symbols are taken; between them lies the stack, which is memory of this
    // program, read word by word.
    let (top, mut at) = (ptr::addr_of!(_stack_start), ptr::addr_of!(_stack_end));
    while at < top && unsafe { ptr::read_volatile(at) } == cortex_m_rt::STACK_PAINT_VALUE {
        at = at.wrapping_add(1);
    }
    top as usize - at as usize
}

/// Says a word and a number, without the machinery of formatting.
fn say(out: &mut HostStream, word: &str, mut number: usize) -> Result<(), ()> {
    let mut digits = [b'\n'; 11];
    let mut at = digits.len() - 1;
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.write_all(word.as_bytes())?;
    out.write_all(&digits[at..])
}

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    leave(debug::EXIT_FAILURE)
}

fn leave(status: debug::ExitStatus) -> ! {
    loop {
        debug::exit(status);
    }
}
