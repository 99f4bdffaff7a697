//! The rules: which verdict the evidence holds.
//!
//! The earliest stage that fails decides. Within a stage the functions below ask their questions in the order of
//! precedence, and the first that holds wins.

use crate::diagnose::marks::{Meaning, Role};
use crate::diagnose::names::Sinkhole;
use crate::diagnose::verdict::{Outcome, Owner, Speaker, Stage, Verdict};
use crate::diagnose::{Diagnosis, Evidence};
use crate::probe::answer::Answer;
use crate::probe::connect;
use crate::probe::conversation::{Ended, Report};
use crate::probe::tls::{Anchor, TlsPeer, TlsReport};
use crate::probe::transport::{Failure, How};
use crate::select::Route;
use crate::target::{Method, Scheme, Target};

mod tls;

pub use tls::chain_verdict;

/// The verdict, with what differs from the verdict's own row of the table.
#[derive(Debug, Clone, Copy)]
struct Found {
    verdict: Verdict,
    stage: Option<Stage>,
    speaker: Option<Speaker>,
    owner: Option<Owner>,
    outcome: Option<Outcome>,
}

impl From<Verdict> for Found {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, stage: None, speaker: None, owner: None, outcome: None }
    }
}

impl Found {
    fn at(self, stage: Stage) -> Self {
        Self { stage: Some(stage), ..self }
    }

    fn by(self, speaker: Speaker) -> Self {
        Self { speaker: Some(speaker), ..self }
    }

    /// Whoever holds the key of a re-signed chain is the only one who can have spoken inside it.
    fn by_inspector(self) -> Self {
        Self { speaker: Some(Speaker::Middlebox), owner: Some(Owner::SecurityTeam), ..self }
    }
}

/// Gives the evidence of one attempt its name.
pub fn diagnose(target: &Target<'_>, route: &Route<'_>, evidence: &Evidence) -> Diagnosis {
    let found = before_tls(evidence)
        .or_else(|| evidence.tls.as_ref().and_then(|report| tls::origin(report, target, evidence)))
        .or_else(|| evidence.http.as_ref().map(|report| http(report, target, route, evidence)))
        .or_else(|| handshake_alone(target, evidence))
        .unwrap_or_else(|| Found::from(Verdict::NotMeasured));
    let usual = found.verdict.usual();
    let hop = if evidence.through_proxy { Speaker::Proxy } else { Speaker::Origin };
    Diagnosis {
        verdict: found.verdict,
        outcome: found.outcome.unwrap_or(usual.outcome),
        stage: found.stage.unwrap_or(usual.stage),
        speaker: found.speaker.or(usual.speaker).unwrap_or(hop),
        owner: found.owner.unwrap_or(found.verdict.owner(evidence.through_proxy)),
    }
}

/// A target that is not asked anything: the handshake was all, and nothing is wrong with it.
fn handshake_alone(target: &Target<'_>, evidence: &Evidence) -> Option<Found> {
    let done =
        target.method == Method::Tls && evidence.tls.as_ref().is_some_and(|report| report.result.is_ok());
    done.then(|| Verdict::Reachable.into())
}

/// What this machine could not do is no fact about the network.
fn own_limit(how: How, stage: Stage) -> Option<Found> {
    matches!(how, How::NotSupported(_) | How::NotTried(_) | How::OutOfResources | How::Cancelled)
        .then(|| Found::from(Verdict::NotMeasured).at(stage))
}

fn before_tls(evidence: &Evidence) -> Option<Found> {
    if evidence.not_measured.is_some() {
        return Some(Verdict::NotMeasured.into());
    }
    if let Some(failure) = evidence.resolve {
        return Some(name(failure.how));
    }
    if is_sinkholed(evidence) {
        return Some(Verdict::NameSinkholed.into());
    }
    if evidence.connected.is_none() {
        return Some(connection(evidence));
    }
    if let Some(report) = &evidence.proxy_tls
        && let Some(found) = proxy_tls(report)
    {
        return Some(found);
    }
    let report = evidence.connect.as_ref()?;
    if connect::opens(report) {
        return None;
    }
    Some(proxy_answer(report, evidence, Stage::ProxyConnect))
}

/// A name that leads nowhere is a lie; one that leads to this machine is one unless the service itself answers there, which
/// only its certificate can prove.
fn is_sinkholed(evidence: &Evidence) -> bool {
    let proven = || {
        let report = evidence.tls.as_ref().filter(|report| report.result.is_ok());
        let chain = report.and_then(|report| report.peer.chain);
        chain.is_some_and(|chain| chain.anchor == Anchor::Service && chain.verifies())
    };
    match evidence.sinkhole {
        Sinkhole::No => false,
        Sinkhole::Nowhere => true,
        Sinkhole::Loopback => !proven(),
    }
}

fn name(how: How) -> Found {
    if let Some(found) = own_limit(how, Stage::Resolve) {
        return found;
    }
    match how {
        How::NameNotFound => Verdict::NameNotFound,
        How::TimedOut => Verdict::NameServerSilent,
        _ => Verdict::NameServerFailed,
    }
    .into()
}

/// All addresses failed: refused before forbidden before unreachable before silent.
fn connection(evidence: &Evidence) -> Found {
    let hows = || evidence.refused.iter().map(|(_, how)| *how);
    if evidence.addresses.is_empty() {
        return Verdict::NameNotFound.into();
    }
    if let Some(found) = hows().find_map(|how| own_limit(how, Stage::Connect)) {
        return found;
    }
    match hows().map(connect_rank).min() {
        Some(0) => Verdict::ConnectRefused,
        Some(1) => Verdict::ConnectForbiddenLocally,
        Some(2) => Verdict::ConnectUnreachable,
        _ => Verdict::ConnectSilent,
    }
    .into()
}

/// The highest rank of [`connect_rank`].
pub(crate) const RANKS: u8 = 3;

/// Which of several failed addresses decides: the lowest rank.
pub(crate) const fn connect_rank(how: How) -> u8 {
    match how {
        // A reset or an end in place of an open connection is an answer of the hop, as a refusal is.
        How::Refused | How::Reset | How::Ended => 0,
        How::Forbidden => 1,
        How::Unreachable | How::Other(_) => 2,
        _ => RANKS,
    }
}

fn proxy_tls(report: &TlsReport) -> Option<Found> {
    if let Err(failure) = report.result {
        return Some(own_limit(failure.how, Stage::ProxyTls).unwrap_or(Verdict::ProxyTlsFailed.into()));
    }
    let verifies = report.peer.chain.is_some_and(|chain| chain.verifies());
    (!verifies).then(|| Verdict::ProxyTlsFailed.into())
}

/// An answer (or none) of a proxy: to CONNECT, or to a request in absolute-form.
fn proxy_answer(report: &Report, evidence: &Evidence, stage: Stage) -> Found {
    let found = match report.ended {
        Ended::NotHttp => Verdict::ProxyNotHttp.into(),
        Ended::Malformed(_) => Verdict::ProxyMalformed.into(),
        Ended::Failed(failure) => {
            let refused =
                evidence.proxy_tls.as_ref().is_some_and(|report| refuses_late(failure, &report.peer));
            if refused {
                return Verdict::ProxyTlsFailed.into();
            }
            return unanswered(failure, stage);
        }
        Ended::Answered => match &report.answer {
            Some(answer) => proxy_status(answer, evidence.credentials_sent),
            None => Verdict::ProxyFault.into(),
        },
    };
    found.at(stage)
}

/// In TLS 1.3 a server refuses a client, most often for want of a certificate, when the handshake is over for the client
/// (RFC 8446 4.4.2.4): by an alert, or by ending the connection.
fn refuses_late(failure: Failure, peer: &TlsPeer) -> bool {
    let ended = matches!(failure.how, How::Reset | How::Ended);
    failure.received == 0 && (matches!(failure.how, How::Alert(_)) || (ended && peer.asked_for_certificate))
}

fn unanswered(failure: Failure, stage: Stage) -> Found {
    if let Some(found) = own_limit(failure.how, stage) {
        return found;
    }
    match failure.how {
        How::TimedOut => Found::from(Verdict::ProxySilent).by(Speaker::Nobody),
        // Reset inside a head: it began as HTTP and was cut.
        _ if failure.received > 0 => Verdict::ProxyMalformed.into(),
        _ => Verdict::ProxyClosed.into(),
    }
    .at(stage)
}

/// A final answer of a proxy that is no tunnel.
fn proxy_status(answer: &Answer, credentials_sent: bool) -> Found {
    let status = answer.status;
    if status == 407 || (is_marked(answer, Meaning::AuthRequired) && status >= 400) {
        let verdict = if credentials_sent { Verdict::ProxyAuthRejected } else { Verdict::ProxyAuthRequired };
        return verdict.into();
    }
    if (300..400).contains(&status) || status == 511 {
        let own = has_own_mark(answer);
        return Found::from(Verdict::ProxyRedirected).by(if own {
            Speaker::Proxy
        } else {
            Speaker::Middlebox
        });
    }
    if let Some(verdict) = stated_cause(answer) {
        return verdict.into();
    }
    match status {
        401 | 403 | 451 => Verdict::ProxyDenied,
        405 | 501 => Verdict::ProxyConnectUnsupported,
        // Web servers and load balancers answer 400 to a method that they cannot route; a proxy would not.
        400 if !has_own_mark(answer) => Verdict::ProxyConnectUnsupported,
        429 => Verdict::ProxyRateLimited,
        503 if answer.retry_after.is_some() => Verdict::ProxyRateLimited,
        504 => Verdict::ProxyUpstreamSilent,
        502 | 503 => Verdict::ProxyUpstreamFailed,
        _ if (400..500).contains(&status) && answer.marks.iter().any(|mark| mark.role == Role::Filter) => {
            Verdict::ProxyDenied
        }
        _ => Verdict::ProxyFault,
    }
    .into()
}

/// What the proxy itself says: `Proxy-Status`, or a vendor's mark.
fn stated_cause(answer: &Answer) -> Option<Verdict> {
    if let Some(status) = &answer.proxy_status
        && let Some(verdict) = proxy_status_error(status.error.as_str())
    {
        return Some(verdict);
    }
    answer.marks.iter().filter(|mark| answer.counts(mark)).find_map(|mark| cause_of(mark.meaning))
}

const fn cause_of(meaning: Meaning) -> Option<Verdict> {
    Some(match meaning {
        Meaning::Denied | Meaning::BlockPage => Verdict::ProxyDenied,
        Meaning::ConnectUnsupported => Verdict::ProxyConnectUnsupported,
        Meaning::NameNotFound => Verdict::ProxyNameNotFound,
        Meaning::UpstreamRefused => Verdict::ProxyUpstreamRefused,
        Meaning::UpstreamSilent => Verdict::ProxyUpstreamSilent,
        Meaning::UpstreamUnreachable => Verdict::ProxyUpstreamUnreachable,
        Meaning::UpstreamFailed => Verdict::ProxyUpstreamFailed,
        Meaning::AuthRequired
        | Meaning::Identity
        | Meaning::WebServer
        | Meaning::ClientCertificate
        | Meaning::Inspector => {
            return None;
        }
    })
}

/// The error types of RFC 9209 2.3. Types that say nothing about the way (a client's own bad request) have no row.
fn proxy_status_error(error: &str) -> Option<Verdict> {
    Some(match error {
        "dns_timeout" | "dns_error" => Verdict::ProxyNameNotFound,
        "destination_ip_prohibited" | "http_request_denied" => Verdict::ProxyDenied,
        "connection_refused" => Verdict::ProxyUpstreamRefused,
        "destination_ip_unroutable" => Verdict::ProxyUpstreamUnreachable,
        "connection_timeout"
        | "connection_read_timeout"
        | "connection_write_timeout"
        | "http_response_timeout" => Verdict::ProxyUpstreamSilent,
        "destination_unavailable"
        | "connection_terminated"
        | "connection_limit_reached"
        | "tls_protocol_error"
        | "tls_certificate_error"
        | "tls_alert_received"
        | "http_response_incomplete"
        | "http_upgrade_failed" => Verdict::ProxyUpstreamFailed,
        "destination_not_found"
        | "proxy_internal_error"
        | "proxy_configuration_error"
        | "proxy_loop_detected" => Verdict::ProxyFault,
        _ => return None,
    })
}

/// Whether a proxy's, filter's or intermediary's own mark stands in the answer.
fn has_own_mark(answer: &Answer) -> bool {
    answer.squid.is_some()
        || answer.proxy_status.is_some()
        || answer
            .marks
            .iter()
            .any(|mark| matches!(mark.role, Role::Proxy | Role::Filter) && answer.counts(mark))
}

fn http(report: &Report, target: &Target<'_>, route: &Route<'_>, evidence: &Evidence) -> Found {
    let peer = evidence.tls.as_ref().map(|report| &report.peer);
    let chain = peer.and_then(|peer| peer.chain);
    let resigned = chain.filter(|chain| chain.anchor == Anchor::MachineOnly);
    let (Ended::Answered, Some(answer)) = (report.ended, &report.answer) else {
        let found = unanswered_http(report, route, peer, evidence);
        let spoken =
            resigned.is_some() && !matches!(found.verdict, Verdict::NotMeasured | Verdict::HttpSilent);
        return if spoken { found.by_inspector() } else { found };
    };
    if peer.is_some_and(|peer| peer.asked_for_certificate) && is_marked(answer, Meaning::ClientCertificate) {
        return Found::from(Verdict::TlsClientCertificateRequired).at(Stage::Http);
    }
    // Only where somebody else than the origin may speak can a mark be somebody else's.
    if resigned.is_some() || target.scheme == Scheme::Http {
        if is_marked(answer, Meaning::BlockPage) {
            return Verdict::BlockPage.into();
        }
        if let Some(found) = proxys_own(report, answer, target, route, evidence.credentials_sent) {
            return found;
        }
    }
    match resigned {
        Some(chain) => tls::inspected(chain, target),
        None => expectation(report, answer, target),
    }
}

fn unanswered_http(report: &Report, route: &Route<'_>, peer: Option<&TlsPeer>, evidence: &Evidence) -> Found {
    if matches!(route, Route::Forward(_)) {
        return proxy_answer(report, evidence, Stage::Http);
    }
    let failure = match report.ended {
        Ended::Failed(failure) => failure,
        Ended::Answered | Ended::NotHttp | Ended::Malformed(_) => return Verdict::HttpMalformed.into(),
    };
    if let Some(found) = own_limit(failure.how, Stage::Http) {
        return found;
    }
    if let Some(peer) = peer.filter(|peer| refuses_late(failure, peer)) {
        let verdict = if peer.asked_for_certificate {
            Verdict::TlsClientCertificateRequired
        } else {
            Verdict::TlsHandshakeRefused
        };
        return Found::from(verdict).at(Stage::Http);
    }
    match failure.how {
        How::TimedOut => Verdict::HttpSilent.into(),
        _ if failure.received > 0 => Verdict::HttpMalformed.into(),
        _ => Verdict::HttpClosed.into(),
    }
}

/// The answer is an intermediary's own, not the origin's.
///
/// 407 and squid's error field are nobody else's. `Proxy-Status` is said by gateways before the origin, too (RFC 9209 2), so
/// it counts where a proxy was asked. A mark of who speaks counts with an error that the target does not expect, and
/// where somebody between is known to speak: sites have proxies of their own in front of them.
fn proxys_own(
    report: &Report,
    answer: &Answer,
    target: &Target<'_>,
    route: &Route<'_>,
    credentials_sent: bool,
) -> Option<Found> {
    let unasked = matches!(route, Route::Direct);
    let is_error = answer.status >= 400;
    let said = || {
        let error = answer.proxy_status.as_ref().and_then(|status| proxy_status_error(status.error.as_str()));
        !unasked && is_error && error.is_some()
    };
    let marked = || {
        let as_expected = report.body.and_then(|body| body.as_expected) == Some(true)
            || (!target.expect.statuses.is_empty() && target.expect.accepts(answer.status));
        // A load balancer used as a proxy leaves no Via; one that stands before the origin is followed by the proxy's.
        let balancer = matches!(route, Route::Forward(_)) && answer.via.is_empty();
        let mark = answer.marks.iter().filter(|mark| answer.counts(mark)).any(|mark| match mark.role {
            Role::Proxy => true,
            Role::Server => balancer && cause_of(mark.meaning).is_some(),
            Role::Filter | Role::Inspector => false,
        });
        !unasked && is_error && !as_expected && mark
    };
    // Squid's own redirects (deny_info) carry its error field, too.
    let squids = answer.squid.is_some() && answer.status >= 300;
    (answer.status == 407 || squids || said() || marked()).then(|| {
        let found = proxy_status(answer, credentials_sent).at(Stage::Http);
        // Nobody between is configured: who answers so was not asked.
        if unasked { found.by(Speaker::Middlebox) } else { found }
    })
}

fn expectation(report: &Report, answer: &Answer, target: &Target<'_>) -> Found {
    let expect = &target.expect;
    let status_fits = !expect.statuses.is_empty() && expect.accepts(answer.status);
    let body = report.body.and_then(|body| body.as_expected);
    // An expectation that is met makes any status good.
    let met = match (expect.statuses.is_empty(), body) {
        (true, body) => body == Some(true),
        (false, body) => status_fits && body != Some(false),
    };
    if met {
        return Verdict::Reachable.into();
    }
    if let Some(found) = portal(answer, target) {
        return found;
    }
    if !expect.statuses.is_empty() && !status_fits {
        return Verdict::HttpUnexpectedStatus.into();
    }
    match body {
        Some(false) => Verdict::HttpUnexpectedBody.into(),
        _ if expect.accepts(answer.status) => Verdict::Reachable.into(),
        _ => Verdict::ServiceFault.into(),
    }
}

/// Plain http, and sent elsewhere: another host, or a network's own demand to log in (RFC 6585 6).
fn portal(answer: &Answer, target: &Target<'_>) -> Option<Found> {
    let elsewhere = (300..400).contains(&answer.status) && leads_elsewhere(answer.location.as_str(), target);
    let plain = target.scheme == Scheme::Http;
    (plain && (elsewhere || answer.status == 511)).then(|| Verdict::HttpRedirectedElsewhere.into())
}

/// Whether a `Location` names another host. A relative reference, or one that cannot be read, does not.
fn leads_elsewhere(location: &str, target: &Target<'_>) -> bool {
    // `//host/…` or `scheme://host/…`; in anything else the slashes stand in a path or a query.
    let is_scheme = |scheme: &str| {
        let name = scheme.strip_suffix(':');
        scheme.is_empty() || name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    };
    let Some((_, rest)) = location.split_once("//").filter(|(scheme, _)| is_scheme(scheme)) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // Cut inside the host, it does not say which host.
    if authority.ends_with('…') {
        return false;
    }
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    crate::authority::Authority::parse(authority).is_ok_and(|other| !other.host.is_same(&target.host))
}

fn is_marked(answer: &Answer, meaning: Meaning) -> bool {
    answer.marks.iter().any(|mark| mark.meaning == meaning && answer.counts(mark))
}
