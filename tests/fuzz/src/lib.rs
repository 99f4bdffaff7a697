//! What the fuzz targets share: how an answer is cut, how a conversation is played, and what must hold of what comes out.

pub mod settings;

use probe_core::diagnose::lines::LINE;
use probe_core::diagnose::{Attempt, Verdict};
use probe_core::limits;
use probe_core::probe::connect::Handshake;
use probe_core::probe::conversation::{Report, Want};
use probe_core::probe::exchange::Exchange;
use probe_core::probe::script::{Act, Cut, Script, run};
use probe_core::select::proxy::ProxyPorts;
use probe_core::select::{Proxy, Route};
use probe_core::target::Target;
use probe_core::text::is_harmless;

/// Takes the first `N` bytes off an input: what the fuzzer chooses besides the bytes of the peer.
#[must_use]
pub fn choices<const N: usize>(data: &[u8]) -> Option<([u8; N], &[u8])> {
    data.split_first_chunk::<N>().map(|(choices, rest)| (*choices, rest))
}

/// Two places to cut at, out of four bytes; the second is never before the first.
#[must_use]
pub fn cuts([a, b, c, d]: [u8; 4]) -> (usize, usize) {
    let (one, two) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    (one.min(two).into(), one.max(two).into())
}

/// Nothing that steers a terminal, a log or a page.
pub fn assert_harmless(text: &str) {
    assert!(text.chars().all(is_harmless), "{text:?}");
}

/// A small buffer or the recommended one: whichever ends sooner, the head or the piece of the body.
#[must_use]
pub fn buffer(choice: bool) -> Vec<u8> {
    vec![0; if choice { limits::BUFFER_RECOMMENDED } else { limits::BUFFER_MIN }]
}

/// Plays one target over one route. Whole, bytewise and cut must give the same, and its words must be harmless.
pub fn same_however_cut(
    target: &Target<'_>,
    route: &Route<'_>,
    acts: &[Act<'_>],
    (first, second): (usize, usize),
    buffer: &mut [u8],
) {
    let mut play = |cut| {
        let mut io = Script::cut(acts, cut);
        run(probe_core::probe(target, route, &mut io, buffer, &mut |_| ()))
    };
    let whole = play(Cut::Whole);
    assert_eq!(play(Cut::At(first, second)), whole);
    assert_eq!(play(Cut::Bytes), whole);
    // A script has no limits of its own: whatever came, it was about the network.
    assert_ne!(whole.diagnosis.verdict, Verdict::NotMeasured);
    assert_says_harmless_things(&whole, target, route);
}

fn assert_says_harmless_things(attempt: &Attempt, target: &Target<'_>, route: &Route<'_>) {
    let mut count = 0;
    attempt.evidence_lines(&mut |line| {
        assert_harmless(line);
        assert!(line.len() <= LINE, "{line}");
        count += 1;
    });
    assert!(count < 40, "{count} lines of evidence");
    assert_harmless(attempt.cause_line().as_str());
    assert_harmless(&attempt.remedy(target, route).to_string());
}

/// What a handshake makes of `answer`, and where in it the tunnel begins.
#[must_use]
pub fn handshake(
    answer: &[u8],
    (first, second): (usize, usize),
    buffer: &mut [u8],
) -> (Report, Option<usize>) {
    let target = Target::parse("https://a.example/").expect("a good URL");
    let proxy = Proxy::parse("http://proxy.example:3128", ProxyPorts::Curl).expect("a good URL");
    let mut report = Report::new();
    let mut handshake = Handshake::new(&target, &proxy, buffer, &mut report).expect("it fits");
    let machine = handshake.conversation();
    let mut at = 0;
    loop {
        match machine.want() {
            Want::Done => break,
            Want::Write(_) => machine.wrote(),
            Want::Read(space) => {
                assert!(!space.is_empty(), "a read into nothing looks like the end of the stream");
                let ends = [first, second, answer.len()];
                let end = ends.into_iter().filter(|end| *end > at).min().unwrap_or(at).min(answer.len());
                let count = space.len().min(end - at);
                space[..count].copy_from_slice(&answer[at..at + count]);
                at += count;
                machine.received(count);
            }
        }
    }
    let opens = probe_core::probe::connect::opens(handshake.report());
    (handshake.report().clone(), opens.then(|| at - handshake.early().len()))
}

/// The requests that a target and a proxy lead to have as many lines as they should have, and nothing hidden in them.
pub fn assert_requests_are_whole(target: &Target<'_>, proxy: &Proxy<'_>) {
    let authorization = usize::from(proxy.credentials.is_some());
    let mut buffer = vec![0; 2 * limits::REQUEST_TARGET + limits::BUFFER_MIN];
    let mut report = Report::new();
    let mut connect = Handshake::new(target, proxy, &mut buffer, &mut report).expect("it fits");
    assert_request(&connect.conversation().want(), 5 + authorization);
    let mut get = Exchange::new(target, Some(proxy), false, &mut buffer, &mut report).expect("it fits");
    assert_request(&get.conversation().want(), 7 + authorization);
}

fn assert_request(want: &Want<'_>, lines: usize) {
    let Want::Write(request) = want else { panic!("a request is written first") };
    let text = std::str::from_utf8(request).expect("requests are ASCII");
    assert!(text.is_ascii() && text.ends_with("\r\n\r\n"), "{text:?}");
    assert!(text.split("\r\n").all(|line| !line.contains(char::is_control)), "{text:?}");
    assert_eq!(text.split_terminator("\r\n").count(), lines, "{text:?}");
    assert_eq!(text.lines().next().unwrap_or_default().split(' ').count(), 3, "{text:?}");
}
