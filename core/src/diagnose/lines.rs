//! The evidence in words: short lines, the decisive ones first, the same on every front end.

use core::fmt::{self, Write};

use crate::diagnose::judge::{RANKS, connect_rank};
use crate::diagnose::marks::{self, Meaning};
use crate::diagnose::names::Sinkhole;
use crate::diagnose::verdict::{Stage, Verdict};
use crate::diagnose::{Attempt, Evidence};
use crate::limits;
use crate::probe::answer::Answer;
use crate::probe::conversation::{Body, Ended, Report};
use crate::probe::tls::{Anchor, Dates, TlsReport};
use crate::probe::transport::{Failure, How};
use crate::text::Text;

/// The longest line, in bytes.
pub const LINE: usize = 192;

/// Takes one line of evidence.
type Sink<'s> = &'s mut dyn FnMut(&str);

impl Attempt {
    /// Hands every line of evidence to `line`: those of the stage that decided, then the others in the order of the journey.
    /// Lines hold no control characters and are at most [`LINE`] bytes long.
    pub fn evidence_lines(&self, line: Sink<'_>) {
        let decisive = match (self.diagnosis.verdict, self.diagnosis.stage) {
            (Verdict::InspectedTrusted, _) => Stage::Tls,
            (_, Stage::Done) => Stage::Http,
            (_, stage) => stage,
        };
        self.evidence.lines_of(decisive, line);
        for stage in [
            Stage::Config,
            Stage::Resolve,
            Stage::Connect,
            Stage::ProxyTls,
            Stage::ProxyConnect,
            Stage::Tls,
            Stage::Http,
            Stage::Done,
        ] {
            if stage != decisive {
                self.evidence.lines_of(stage, line);
            }
        }
    }

    /// The decisive evidence without what differs from target to target (names, counts, the origin's address): what one
    /// attempt has in common with others that fail for the same cause.
    pub fn cause_line(&self) -> Text<LINE> {
        let evidence = &self.evidence;
        let mut cause = Text::new();
        let mut note = |parts: fmt::Arguments<'_>| {
            // Cannot fail: what is too long is cut.
            let _ = cause.write_fmt(parts);
        };
        let tls = match self.diagnosis.stage {
            Stage::ProxyTls => evidence.proxy_tls.as_ref(),
            Stage::Tls => evidence.tls.as_ref(),
            _ if self.diagnosis.verdict == Verdict::InspectedTrusted => evidence.tls.as_ref(),
            _ => None,
        };
        match (self.diagnosis.stage, tls) {
            (Stage::Resolve, _) => {
                if let Some(failure) = evidence.resolve {
                    note(format_args!("{}", failure.how));
                }
            }
            (Stage::Connect, _) if !evidence.through_proxy => {
                if let Some((_, how)) = evidence.refused.first() {
                    note(format_args!("{how}"));
                }
            }
            (_, Some(TlsReport { result: Ok(()), peer })) => {
                let issuer = if peer.last_issuer.is_empty() { &peer.issuer } else { &peer.last_issuer };
                note(format_args!("issued by {}", Quote(issuer)));
            }
            (_, Some(TlsReport { result: Err(failure), .. })) => note(format_args!("{}", failure.how)),
            _ => self.evidence_lines(&mut |line| {
                if cause.is_empty() && !line.ends_with(" is not what is expected") {
                    // Cannot fail: what is too long is cut.
                    let _ = cause.write_str(line);
                }
            }),
        }
        cause
    }
}

impl Evidence {
    fn lines_of(&self, stage: Stage, line: Sink<'_>) {
        match stage {
            Stage::Config => {
                if let Some(failure) = self.not_measured {
                    say(line, format_args!("{}", failure.how));
                }
            }
            Stage::Resolve => self.resolve_lines(line),
            Stage::Connect => {
                // An answer says more than silence: in the order in which the verdict asks.
                for rank in 0..=RANKS {
                    for (address, how) in self.refused.iter().filter(|(_, how)| connect_rank(*how) == rank) {
                        say(line, format_args!("{address}: {how}"));
                    }
                }
            }
            Stage::ProxyTls => {
                if let Some(report) = &self.proxy_tls {
                    tls_lines("the proxy's TLS", report, line);
                }
            }
            Stage::ProxyConnect => {
                if let Some(report) = &self.connect {
                    report_lines("the proxy's answer", report, line);
                }
            }
            Stage::Tls => {
                if let Some(report) = &self.tls {
                    tls_lines("the handshake", report, line);
                }
            }
            Stage::Http => {
                if let Some(report) = &self.http {
                    report_lines("the answer", report, line);
                }
            }
            Stage::Done => {}
        }
    }

    fn resolve_lines(&self, line: Sink<'_>) {
        if let Some(failure) = self.resolve {
            say(line, format_args!("{}", failure.how));
        }
        if self.sinkhole != Sinkhole::No {
            for address in &self.addresses {
                say(line, format_args!("the name resolves to {address}, which cannot be a public service"));
            }
        }
    }
}

/// Makes one line of its parts: cut, and harmless.
fn say(line: Sink<'_>, parts: fmt::Arguments<'_>) {
    let mut text = Text::<LINE>::new();
    // Cannot fail: what is too long is cut.
    let _ = text.write_fmt(parts);
    line(text.as_str());
}

fn tls_lines(what: &str, report: &TlsReport, line: Sink<'_>) {
    let peer = &report.peer;
    if let Err(failure) = report.result {
        let so_far = failure.received;
        match failure.how {
            How::NotTls => {
                say(line, format_args!("{what} began with {} instead of TLS", Bytes(failure.first_bytes())));
            }
            How::TimedOut | How::Reset | How::Ended if so_far == 0 => {
                say(line, format_args!("{what}: {} after the ClientHello, before any byte", failure.how));
            }
            How::TimedOut | How::Reset | How::Ended => {
                say(line, format_args!("{what}: {} after {so_far} bytes of the peer's side", failure.how));
            }
            how => {
                say(line, format_args!("{what}: {how}"));
                say(line, format_args!("offered: TLS 1.2 and 1.3, X25519, P-256, P-384, ECDSA and RSA"));
            }
        }
        if peer.asked_for_certificate {
            say(line, format_args!("the peer asked for a client certificate and got none"));
        }
    }
    let Some(chain) = &peer.chain else { return };
    // The reasons in the order of precedence, then whose certificate it is.
    match chain.anchor {
        Anchor::Unknown if chain.self_signed => say(line, format_args!("the certificate is its own issuer")),
        Anchor::Unknown if chain.own_root => {
            let root = Quote(&peer.last_issuer);
            say(line, format_args!("the chain ends in its own root {root}, which is not trusted here"));
        }
        Anchor::MachineOnly => {
            let root = Quote(&peer.last_issuer);
            say(
                line,
                format_args!("the chain ends in {root}: trusted by this machine, not a root of the service"),
            );
        }
        Anchor::Unknown | Anchor::Service => {}
    }
    let inspector = [&peer.issuer, &peer.last_issuer].into_iter().find_map(|issuer| {
        let mark = marks::inspector(issuer.as_str())?;
        (chain.anchor != Anchor::Service).then_some((issuer, mark.product))
    });
    if let Some((issuer, product)) = inspector {
        say(line, format_args!("{} is a name of the inspector {product}", Quote(issuer)));
    }
    if !chain.name_matches {
        say(line, format_args!("the certificate names {}, not the host", Quote(&peer.subject)));
    }
    match (chain.dates, peer.not_before, peer.not_after) {
        (Dates::Valid, ..) => {}
        // An intermediate can be over while the first certificate is not: then its own dates would mislead.
        (Dates::Expired, _, Some(end)) => {
            say(line, format_args!("a certificate of the chain is over; the first one ends on {}", Day(end)));
        }
        (Dates::NotYetValid, Some(start), _) => {
            say(
                line,
                format_args!(
                    "a certificate of the chain is not yet valid; the first one begins on {}",
                    Day(start)
                ),
            );
        }
        (Dates::Expired, ..) => say(line, format_args!("a certificate of the chain is over")),
        (Dates::NotYetValid, ..) => say(line, format_args!("a certificate of the chain is not yet valid")),
    }
    if chain.breaks_rules {
        let rules = "a weak signature, a wrong purpose, or a key that cannot be checked here";
        say(line, format_args!("the chain leads to a known root, but breaks a rule: {rules}"));
    }
    if chain.revoked {
        say(line, format_args!("the certificate is revoked"));
    }
    let unexplained = !chain.self_signed && !chain.own_root;
    if chain.anchor == Anchor::Unknown && chain.issuer_missing {
        say(line, format_args!("the certificate of {} was not sent along", Quote(&peer.last_issuer)));
    } else if chain.anchor == Anchor::Unknown && unexplained {
        say(line, format_args!("the chain ends in no known root"));
    }
    if crate::diagnose::judge::chain_verdict(chain, peer).is_some() {
        say(line, format_args!("certificate of {} issued by {}", Quote(&peer.subject), Quote(&peer.issuer)));
    }
    if peer.asked_for_certificate && report.result.is_ok() {
        say(line, format_args!("the peer asked for a client certificate and got none"));
    }
}

fn report_lines(what: &str, report: &Report, line: Sink<'_>) {
    let bytes = report.received;
    match report.ended {
        Ended::Answered => {}
        Ended::NotHttp => {
            let first = first_bytes(report);
            say(line, format_args!("{what} begins with {}{}", Bytes(first), protocol(first)));
        }
        Ended::Malformed(fault) => say(line, format_args!("{what}: {fault} ({bytes} bytes came)")),
        Ended::Failed(Failure { how, .. }) if bytes == 0 => {
            say(line, format_args!("{how} before any byte of {what}"));
        }
        Ended::Failed(Failure { how, .. }) => say(line, format_args!("{how} after {bytes} bytes of {what}")),
    }
    let disappoints = report.body.is_some_and(|body| body.as_expected == Some(false));
    if let Some(body) = report.body.filter(|_| disappoints) {
        let more = if body.complete { "" } else { " and more" };
        say(line, format_args!("the body ({} bytes{more}) is not what is expected", body.length));
        stopped_line(body, line);
    }
    if let Some(answer) = &report.answer {
        answer_lines(answer, line);
    }
    // Where nothing depends on the body, that it was cut comes last.
    if let Some(body) = report.body.filter(|_| !disappoints) {
        stopped_line(body, line);
    }
}

/// Without a count: it is the same cause for every body that stops so.
fn stopped_line(body: Body, line: Sink<'_>) {
    if let Some(how) = body.stopped {
        say(line, format_args!("the body stops before its end: {how}"));
    }
}

fn answer_lines(answer: &Answer, line: Sink<'_>) {
    // What a login needs is what a 407 is about.
    if answer.status == 407 {
        schemes_line(answer, line);
    }
    if let Some(squid) = &answer.squid {
        say(line, format_args!("X-Squid-Error: {} {}", squid.name, squid.errno));
    }
    if let Some(status) = &answer.proxy_status {
        say(line, format_args!("Proxy-Status: {}; error={}", status.proxy, status.error));
    }
    for mark in answer.marks.iter().filter(|mark| answer.counts(mark)) {
        if !matches!(mark.meaning, Meaning::Identity | Meaning::WebServer)
            && mark.place != marks::Place::Field("x-squid-error")
        {
            say(line, format_args!("mark of {}: {}", mark.product, mark.pattern));
        }
    }
    let version = if answer.forms.http10 { "1.0" } else { "1.1" };
    let blank = if answer.reason.is_empty() { "" } else { " " };
    say(line, format_args!("HTTP/{version} {}{blank}{}", answer.status, answer.reason));
    if answer.status != 407 {
        schemes_line(answer, line);
    }
    for (name, value) in [("Server", &answer.server), ("Via", &answer.via)] {
        if !value.is_empty() {
            say(line, format_args!("{name}: {value}"));
        }
    }
    if !answer.location.is_empty() {
        say(line, format_args!("Location: {}", answer.location));
    }
    match answer.retry_after {
        None => {}
        Some(Some(u16::MAX)) => say(line, format_args!("Retry-After: {} or more", u16::MAX)),
        Some(Some(seconds)) => say(line, format_args!("Retry-After: {seconds}")),
        Some(None) => say(line, format_args!("Retry-After: not in seconds")),
    }
    if answer.interim > 0 {
        say(line, format_args!("interim answers before the final one: {}", answer.interim));
    }
    let forms = [
        (answer.forms.bare_lf, "tolerated: lines end in LF alone"),
        (answer.forms.no_reason, "tolerated: no reason phrase"),
        (answer.forms.obs_fold, "tolerated: a folded header field"),
    ];
    for (_, text) in forms.into_iter().filter(|(seen, _)| *seen) {
        say(line, format_args!("{text}"));
    }
}

fn schemes_line(answer: &Answer, line: Sink<'_>) {
    if !answer.auth_schemes.is_empty() {
        let mut schemes = Text::<{ limits::QUOTE }>::new();
        for (index, scheme) in answer.auth_schemes.iter().enumerate() {
            // Cannot fail: what is too long is cut.
            let _ = write!(schemes, "{}{scheme}", if index == 0 { "" } else { ", " });
        }
        say(line, format_args!("Proxy-Authenticate: {schemes}"));
    }
}

fn first_bytes(report: &Report) -> &[u8] {
    let count = usize::try_from(report.received).unwrap_or(usize::MAX).min(report.first.len());
    report.first.get(..count).unwrap_or_default()
}

/// What protocol bytes are known to begin.
fn protocol(first: &[u8]) -> &'static str {
    match first {
        [20..=23, 3, ..] => ": TLS",
        [b'S', b'S', b'H', b'-', ..] => ": SSH",
        [5, ..] => ": SOCKS 5",
        [0, 0x5a..=0x5d, ..] => ": SOCKS 4",
        [b'<', ..] => ": HTML or XML without a status line",
        [b'2', b'2', b'0', ..] => ": FTP or SMTP",
        _ => "",
    }
}

/// Bytes as ASCII with escapes.
struct Bytes<'a>(&'a [u8]);

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// A day in UTC, from seconds since 1970, as `2026-11-23` (proleptic Gregorian calendar).
struct Day(i64);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Counted from 0000-03-01, so that the leap day is the last of its year. Years of certificates are below 10,000.
        let days = self.0.div_euclid(86_400).saturating_add(719_468).clamp(0, 3_652_364);
        let century = days.saturating_mul(4).saturating_add(3).div_euclid(146_097);
        let in_century = days.saturating_sub(century.saturating_mul(146_097).div_euclid(4));
        let year = in_century.saturating_mul(4).saturating_add(3).div_euclid(1_461);
        let in_year = in_century.saturating_sub(year.saturating_mul(1_461).div_euclid(4));
        let month = in_year.saturating_mul(5).saturating_add(2).div_euclid(153);
        let day = in_year
            .saturating_sub(month.saturating_mul(153).saturating_add(2).div_euclid(5))
            .saturating_add(1);
        let year = century.saturating_mul(100).saturating_add(year).saturating_add(i64::from(month > 9));
        let month = if month > 9 { month.saturating_sub(9) } else { month.saturating_add(3) };
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// A name in quotation marks, or a word for its absence.
struct Quote<'a, const N: usize>(&'a Text<N>);

impl<const N: usize> fmt::Display for Quote<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("(no name)") } else { write!(f, "\"{}\"", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn days() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_795_392_000, "2026-11-23"),
            (-1, "1969-12-31"),
            (253_402_300_799, "9999-12-31"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(Day(seconds).to_string(), day);
        }
        assert_eq!(Day(i64::MIN).to_string(), "0000-03-01");
        assert_eq!(Day(i64::MAX).to_string().len(), 10);
    }
}
