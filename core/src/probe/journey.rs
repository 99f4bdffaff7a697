//! What a probe does, in order: the whole way of one attempt, and nothing but the way.

use core::fmt::Write as _;
use core::future::poll_fn;
use core::net::IpAddr;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use crate::authority::Host;
use crate::diagnose::names::Sinkhole;
use crate::diagnose::{self, Attempt, Diagnosis, Evidence, Stage};
use crate::probe::connect::{self, Handshake};
use crate::probe::conversation::{Conversation, Report, Want};
use crate::probe::event::Event;
use crate::probe::exchange::Exchange;
use crate::probe::request::Lent;
use crate::probe::tls::{Anchor, TlsReport};
use crate::probe::transport::{Addresses, Failure, Hop, How, Transport};
use crate::select::{Proxy, ProxyScheme, Route};
use crate::target::{Method, Scheme, Target};

/// Probes one target over one route. Never fails: a failed probe is a result.
///
/// `buffer` is lent for requests and answers; it bounds the head of an answer
/// ([`limits::BUFFER_MIN`](crate::limits::BUFFER_MIN), [`limits::BUFFER_RECOMMENDED`](crate::limits::BUFFER_RECOMMENDED)).
/// `observe` sees every [`Event`] as it happens, [`Event::Done`] last.
pub async fn probe(
    target: &Target<'_>,
    route: &Route<'_>,
    io: &mut impl Transport,
    buffer: &mut [u8],
    observe: &mut impl FnMut(Event),
) -> Attempt {
    let mut evidence = Evidence::new(route);
    let diagnosis = probe_into(target, route, io, buffer.into(), observe, &mut evidence).await;
    Attempt { diagnosis, evidence }
}

/// As [`probe`], with the evidence in the caller's place: it is the largest thing about an attempt, and a device has room
/// for it once. It begins as [`Evidence::new`]. Requests may have room of their own: see [`Lent`].
pub async fn probe_into(
    target: &Target<'_>,
    route: &Route<'_>,
    io: &mut impl Transport,
    lent: Lent<'_>,
    observe: &mut impl FnMut(Event),
    evidence: &mut Evidence,
) -> Diagnosis {
    // The journey ends early wherever the way ends; what was seen by then is in the evidence.
    let _: Option<()> = travel(target, route, io, lent, observe, evidence).await;
    let diagnosis = diagnose::diagnose(target, route, evidence);
    observe(Event::Done(diagnosis.verdict));
    diagnosis
}

async fn travel(
    target: &Target<'_>,
    route: &Route<'_>,
    io: &mut impl Transport,
    mut lent: Lent<'_>,
    observe: &mut impl FnMut(Event),
    evidence: &mut Evidence,
) -> Option<()> {
    let (host, port) = route.proxy().map_or((target.host, target.port), |proxy| (proxy.host, proxy.port));
    reach(host, port, io, observe, evidence).await?;
    if let Some(proxy) = route.proxy()
        && proxy.scheme == ProxyScheme::Https
    {
        proxy_tls(proxy, io, observe, evidence).await?;
    }
    let early = match route {
        Route::Tunnel(proxy) => tunnel(target, proxy, io, lent.again(), observe, evidence).await?,
        Route::Direct | Route::Forward(_) => 0,
    };
    let doubtful = match target.scheme {
        Scheme::Http => false,
        Scheme::Https => origin_tls(target, io, lent.answers.get(..early)?, observe, evidence).await?,
    };
    if target.method == Method::Tls {
        return Some(());
    }
    observe(Event::Entered(Stage::Http));
    let forward = match route {
        Route::Forward(proxy) => Some(proxy),
        Route::Direct | Route::Tunnel(_) => None,
    };
    let report = evidence.http.insert(Report::new());
    let Ok(mut exchange) = Exchange::lent(target, forward, doubtful, lent, report) else {
        evidence.http = None;
        return note_overflow(evidence);
    };
    converse(io, exchange.conversation(), observe, Event::Answered).await;
    if let Some(body) = &target.expect.body {
        exchange.conversation().judge_body(body.bytes());
    }
    Some(())
}

/// Resolves the first hop and connects to the first of its addresses that answers.
async fn reach(
    host: Host<'_>,
    port: u16,
    io: &mut impl Transport,
    observe: &mut impl FnMut(Event),
    evidence: &mut Evidence,
) -> Option<()> {
    match host {
        Host::V4(address) => evidence.addresses.push(IpAddr::V4(address)).ok()?,
        Host::V6(address) => evidence.addresses.push(IpAddr::V6(address)).ok()?,
        Host::Name(name) => {
            observe(Event::Entered(Stage::Resolve));
            look_up(name, io, evidence).await?;
            observe(Event::Resolved { addresses: evidence.addresses.len() });
            evidence.sinkhole = match diagnose::names::sinkhole(name, &evidence.addresses) {
                // A proxy may well run on this machine, under a name of its own.
                Sinkhole::Loopback if evidence.through_proxy => Sinkhole::No,
                other => other,
            };
            if evidence.sinkhole == Sinkhole::Nowhere {
                return None;
            }
        }
    }
    observe(Event::Entered(Stage::Connect));
    for index in 0..evidence.addresses.len() {
        let address = evidence.addresses.get(index).copied()?;
        observe(Event::Connecting(address));
        match io.connect(address, port).await {
            Ok(()) => {
                evidence.connected = Some(address);
                observe(Event::Connected(address));
                return Some(());
            }
            Err(failure) => {
                observe(Event::ConnectFailed(address, failure.how));
                // As many places as there are addresses.
                evidence.refused.push((address, failure.how)).ok()?;
                if matches!(failure.how, How::Cancelled | How::OutOfResources) {
                    return None;
                }
            }
        }
    }
    None
}

/// The addresses of a name; none are as if there were no such name.
async fn look_up(name: &str, io: &mut impl Transport, evidence: &mut Evidence) -> Option<()> {
    let Evidence { addresses, resolve, .. } = evidence;
    let mut found = pin!(io.resolve(name));
    let mut keep = |found: Result<Addresses, Failure>| match found {
        Ok(found) => *addresses = found,
        Err(failure) => *resolve = Some(failure),
    };
    poll_fn(|context| poll_apart(found.as_mut(), context, &mut keep)).await;
    if addresses.is_empty() && resolve.is_none() {
        *resolve = Some(Failure::new(How::NameNotFound));
    }
    resolve.is_none().then_some(())
}

/// TLS to an https proxy. Credentials and targets are told only to a proxy whose chain verifies.
async fn proxy_tls(
    proxy: &Proxy<'_>,
    io: &mut impl Transport,
    observe: &mut impl FnMut(Event),
    evidence: &mut Evidence,
) -> Option<()> {
    observe(Event::Entered(Stage::ProxyTls));
    let name = ServerName::of(proxy.host)?;
    let report = handshake(io, name.as_str(), Hop::Proxy, &[], &mut evidence.proxy_tls).await?;
    let verifies = report.result.is_ok() && report.peer.chain.is_some_and(|chain| chain.verifies());
    verifies.then_some(())
}

/// Asks for the tunnel; gives the number of its early bytes, which are then the first in the buffer.
async fn tunnel(
    target: &Target<'_>,
    proxy: &Proxy<'_>,
    io: &mut impl Transport,
    lent: Lent<'_>,
    observe: &mut impl FnMut(Event),
    evidence: &mut Evidence,
) -> Option<usize> {
    observe(Event::Entered(Stage::ProxyConnect));
    let report = evidence.connect.insert(Report::new());
    let Ok(mut handshake) = Handshake::lent(target, proxy, lent, report) else {
        evidence.connect = None;
        return note_overflow(evidence);
    };
    converse(io, handshake.conversation(), observe, Event::ProxyAnswered).await;
    let (report, rest) = handshake.finish();
    connect::opens(report).then_some(rest.len())
}

/// TLS with the origin. Gives whether the chain leaves a doubt, so that the answer's body is looked at; ends the journey
/// where the chain fails for a reason that no answer can make clearer.
async fn origin_tls(
    target: &Target<'_>,
    io: &mut impl Transport,
    early: &[u8],
    observe: &mut impl FnMut(Event),
    evidence: &mut Evidence,
) -> Option<bool> {
    observe(Event::Entered(Stage::Tls));
    let name = ServerName::of(target.host)?;
    let report = handshake(io, name.as_str(), Hop::Origin, early, &mut evidence.tls).await?;
    let chain = report.peer.chain.filter(|_| report.result.is_ok());
    // A server that misses a client certificate may say so in a page.
    let asked = report.peer.asked_for_certificate;
    let chain = chain?;
    let service = chain.anchor == Anchor::Service;
    (!service || chain.verifies()).then_some(!service || asked)
}

/// Starts TLS, with the report put where it stays.
async fn handshake<'e>(
    io: &mut impl Transport,
    name: &str,
    hop: Hop,
    early: &[u8],
    report: &'e mut Option<TlsReport>,
) -> Option<&'e TlsReport> {
    let mut made = pin!(io.start_tls(name, hop, early));
    poll_fn(|context| poll_apart(made.as_mut(), context, |made| *report = Some(made))).await;
    report.as_ref()
}

/// Polls what gives something large, and keeps that where it belongs. Apart, so that it is on the stack twice only in here:
/// a device has no room for it beside all else.
#[inline(never)]
fn poll_apart<T>(
    made: Pin<&mut impl Future<Output = T>>,
    context: &mut Context<'_>,
    keep: impl FnOnce(T),
) -> Poll<()> {
    made.poll(context).map(keep)
}

/// Drives a conversation to its end.
async fn converse(
    io: &mut impl Transport,
    conversation: &mut Conversation<'_>,
    observe: &mut impl FnMut(Event),
    answered: fn(u16) -> Event,
) {
    let (mut interim, mut hurried) = (0, false);
    loop {
        if conversation.only_looks() && !hurried {
            hurried = true;
            io.hurry();
        }
        let result = match conversation.want() {
            Want::Done => break,
            Want::Write(bytes) => io.write_all(bytes).await.map(|()| None),
            Want::Read(space) => io.read(space).await.map(Some),
        };
        match result {
            Ok(None) => conversation.wrote(),
            Ok(Some(count)) => conversation.received(count),
            Err(failure) => conversation.failed(failure),
        }
        if conversation.interim() > interim {
            interim = conversation.interim();
            observe(Event::Interim { count: interim });
        }
    }
    if let Some(answer) = &conversation.report().answer {
        observe(answered(answer.status));
    }
}

/// The journey ends here.
fn note_overflow<T>(evidence: &mut Evidence) -> Option<T> {
    let how = How::NotSupported("the buffer is too small for the request");
    evidence.not_measured = Some(Failure::new(how));
    None
}

/// The name for SNI and verification: without the root's dot, an IPv6 address without brackets.
enum ServerName<'a> {
    Name(&'a str),
    /// The longest address has 45 bytes (RFC 4291 2.2, with an IPv4 address at its end).
    Address(heapless::String<45, u8>),
}

impl<'a> ServerName<'a> {
    fn of(host: Host<'a>) -> Option<Self> {
        let address: IpAddr = match host {
            Host::Name(text) => return Some(Self::Name(text.trim_end_matches('.'))),
            Host::V4(address) => address.into(),
            Host::V6(address) => address.into(),
        };
        let mut text = heapless::String::new();
        write!(text, "{address}").ok()?;
        Some(Self::Address(text))
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Address(text) => text,
        }
    }
}
