//! `probe-instructions SCENARIO COUNT`: does one piece of the core's work so many times.
//!
//! `cargo xtask instructions` runs it under callgrind with two counts: the difference is the work, without starting and
//! ending. So nothing here may depend on time, on the environment, or on addresses. Without arguments it prints the names of
//! the scenarios.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "naming the scenarios is the other thing that this program does"
)]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;

use probe_core::diagnose::{Attempt, diagnose};
use probe_core::probe::connect::Handshake;
use probe_core::probe::conversation::{Conversation, Report, Want};
use probe_core::probe::script::{Act, Script, run};
use probe_core::probe::{Anchor, Chain, Dates, TlsPeer, TlsReport, TlsVersion, head};
use probe_core::select::bypass::{self, Destination, Dialect};
use probe_core::select::environment::{Environment, Variable};
use probe_core::select::plan::{self, Planned, Settings};
use probe_core::select::proxy::ProxyPorts;
use probe_core::select::{Path, Proxy, Route};
use probe_core::target::Target;

/// A piece of work, done so many times. What it gives is only there so that nothing is left out as useless.
type Scenario = fn(u32) -> usize;

const SCENARIOS: [(&str, Scenario); 6] = [
    ("selection", selection),
    ("bypass", bypass_list),
    ("connect", connect),
    ("head", heads),
    ("diagnosis", diagnosis),
    ("probe", probe),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        for (name, _) in SCENARIOS {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    }
    let scenario = |wanted: &String| SCENARIOS.iter().find(|(name, _)| name == wanted);
    let (Some((_, work)), Some(Ok(count))) =
        (arguments.first().and_then(scenario), arguments.get(1).map(|count| count.parse()))
    else {
        eprintln!("usage: probe-instructions [SCENARIO COUNT]; without arguments the scenarios are listed");
        return ExitCode::from(2);
    };
    black_box(work(count));
    ExitCode::SUCCESS
}

const TARGETS: [&str; 6] = [
    "https://winatp-gw-neu.microsoft.com/commands/test",
    "https://edr-neu.eu.endpoint.security.microsoft.com/edr/commands/test",
    "http://ctldl.windowsupdate.com/msdownload/update/v3/static/trustedr/en/authrootstl.cab",
    "https://192.0.2.17:8443/",
    "https://[2001:db8::17]/status",
    "https://intranet.corp.example:8080/health?deep=1",
];

/// As long as such lists are where people keep them by hand.
const NO_PROXY: &str = "localhost,127.0.0.1,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,.corp.example,.example.org,\
    build.example.net,registry.example.net:5000,*.internal,169.254.169.254,fd00::/8,kubernetes.default.svc,.svc,.cluster.local";

const PROXY: &str = "http://user:p%40ss@proxy.corp.example:3128";

fn selection(count: u32) -> usize {
    let environment = Environment::default()
        .with(Variable::HttpProxy, PROXY)
        .with(Variable::HttpsProxy, PROXY)
        .with(Variable::NoProxy, NO_PROXY);
    let settings = Settings { environment, ..Settings::default() };
    let mut through = 0;
    for _ in 0..count {
        for url in TARGETS {
            let Ok(target) = Target::parse(black_box(url)) else { continue };
            let planned = plan::route(Path::Default, black_box(&settings), &target);
            through += usize::from(matches!(planned, Planned::Route { route: Route::Tunnel(_), .. }));
        }
    }
    through
}

/// A list of three hundred items, read in each dialect for a name and an address that it does not exempt: what `plan` does for each of
/// thousands of targets.
fn bypass_list(count: u32) -> usize {
    let items =
        |number| format!("srv{number}.corp.example,*.app{number}.microsoft.com:443,10.{number}.0.0/16");
    let items: Vec<String> = (0..100).map(items).collect();
    // Not all dialects have both for separators.
    let list = items.join(",");
    let lists = [list.replace(',', ";"), list];
    let mut exempt = 0;
    for _ in 0..count {
        for target in [TARGETS[0], TARGETS[3]].iter().filter_map(|url| Target::parse(url).ok()) {
            let to = Destination::from(&target);
            for dialect in Dialect::ALL {
                let has_commas = !matches!(
                    dialect,
                    Dialect::Winhttp
                        | Dialect::Wininet
                        | Dialect::FirefoxWindows
                        | Dialect::PythonWindows
                        | Dialect::LibproxyWindows
                );
                let list = &lists[usize::from(has_commas)];
                exempt += usize::from(bypass::decide(*dialect, black_box(list), &to).is_some());
            }
        }
    }
    exempt
}

const OPEN: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";
const NGINX: &[u8] = b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Mon, 23 Nov 2026 15:12:03 GMT\r\n\
    Content-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
const SQUID: &[u8] = b"HTTP/1.1 403 Forbidden\r\nServer: squid/5.7\r\nMime-Version: 1.0\r\n\
    Date: Mon, 23 Nov 2026 15:12:03 GMT\r\nContent-Type: text/html;charset=utf-8\r\nContent-Length: 0\r\n\
    X-Squid-Error: ERR_ACCESS_DENIED 0\r\nVary: Accept-Language\r\nContent-Language: en\r\n\
    X-Cache: MISS from squid.corp.example\r\nX-Cache-Lookup: NONE from squid.corp.example:3128\r\n\
    Via: 1.1 squid.corp.example (squid/5.7)\r\nConnection: keep-alive\r\n\r\n";
const WANTS_CREDENTIALS: &[u8] = b"HTTP/1.1 407 Proxy Authentication Required\r\nServer: squid/5.7\r\n\
    Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: Basic realm=\"corp\", charset=\"UTF-8\"\r\n\
    Proxy-Status: squid; error=proxy_internal_response; details=\"credentials are missing\"\r\n\
    Content-Length: 0\r\nConnection: close\r\n\r\n";
const CONNECT_ANSWERS: [&[u8]; 3] = [OPEN, SQUID, WANTS_CREDENTIALS];

fn target() -> Option<Target<'static>> {
    Target::parse(TARGETS[0]).ok()
}

fn proxy() -> Option<Proxy<'static>> {
    Proxy::parse(PROXY, ProxyPorts::Curl).ok()
}

fn connect(count: u32) -> usize {
    let (Some(target), Some(proxy)) = (target(), proxy()) else { return 0 };
    let mut buffer = [0; 4096];
    let mut report = Report::new();
    let mut received = 0;
    for _ in 0..count {
        for answer in CONNECT_ANSWERS {
            let made = Handshake::new(black_box(&target), black_box(&proxy), &mut buffer, &mut report);
            let Ok(mut handshake) = made else { continue };
            play(handshake.conversation(), black_box(answer));
            received += black_box(handshake.report()).received as usize;
        }
    }
    received
}

/// Drives a conversation with an answer that comes in one piece and ends the stream.
fn play(conversation: &mut Conversation<'_>, mut answer: &[u8]) {
    loop {
        match conversation.want() {
            Want::Done => return,
            Want::Write(bytes) => {
                black_box(bytes);
                conversation.wrote();
            }
            Want::Read(space) => {
                let count = answer.len().min(space.len());
                let (now, later) = answer.split_at(count);
                space[..count].copy_from_slice(now);
                answer = later;
                conversation.received(count);
            }
        }
    }
}

fn heads(count: u32) -> usize {
    let mut statuses = 0;
    for _ in 0..count {
        for answer in [OPEN, NGINX, SQUID, WANTS_CREDENTIALS] {
            let bytes = black_box(answer);
            let mut scanned = 0;
            let Some(end) = head::end(bytes, &mut scanned) else { continue };
            let mut fields = head::fields();
            let Ok(head) = head::parse(&bytes[..end], &mut fields) else { continue };
            statuses += usize::from(black_box(&head).status);
        }
    }
    statuses
}

fn tls(anchor: Anchor) -> TlsReport {
    let chain = Chain {
        anchor,
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
        asked_for_certificate: false,
        ..TlsPeer::default()
    };
    TlsReport { result: Ok(()), peer }
}

/// One attempt for each of these answers.
fn attempt(acts: &[Act<'_>], target: &Target<'_>, route: &Route<'_>, buffer: &mut [u8]) -> Attempt {
    let mut io = Script::new(acts);
    run(probe_core::probe(target, route, &mut io, buffer, &mut |_event| ()))
}

fn diagnosis(count: u32) -> usize {
    let (Some(target), Some(proxy)) = (target(), proxy()) else { return 0 };
    let route = Route::Tunnel(proxy);
    let mut buffer = [0; 4096];
    let attempts = scripts(|acts| attempt(acts, &target, &route, &mut buffer));
    let mut found = 0;
    for _ in 0..count {
        for attempt in &attempts {
            let diagnosis = diagnose(black_box(&target), &route, black_box(&attempt.evidence));
            found += black_box(diagnosis).verdict as usize;
        }
    }
    found
}

fn probe(count: u32) -> usize {
    let (Some(target), Some(proxy)) = (target(), proxy()) else { return 0 };
    let route = Route::Tunnel(proxy);
    let mut buffer = [0; 4096];
    let mut found = 0;
    for _ in 0..count {
        let attempts = scripts(|acts| attempt(black_box(acts), &target, &route, &mut buffer));
        found += attempts.iter().map(|attempt| attempt.diagnosis.verdict as usize).sum::<usize>();
    }
    found
}

/// Reached, denied, asked for credentials, re-signed.
fn scripts<T>(mut make: impl FnMut(&[Act<'_>]) -> T) -> [T; 4] {
    let addresses = [IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7))];
    let (good, resigned) = (tls(Anchor::Service), tls(Anchor::MachineOnly));
    let begin = [Act::Addresses(&addresses), Act::Connected];
    let [addresses, connected] = &begin;
    let with = |rest: &[Act<'_>], make: &mut dyn FnMut(&[Act<'_>]) -> T| {
        let mut acts = vec![addresses.clone(), connected.clone()];
        acts.extend(rest.iter().cloned());
        make(&acts)
    };
    [
        with(&[Act::Receive(OPEN), Act::Tls(&good), Act::Receive(NGINX), Act::End], &mut make),
        with(&[Act::Receive(SQUID), Act::End], &mut make),
        with(&[Act::Receive(WANTS_CREDENTIALS), Act::End], &mut make),
        with(&[Act::Receive(OPEN), Act::Tls(&resigned), Act::Receive(NGINX), Act::End], &mut make),
    ]
}
