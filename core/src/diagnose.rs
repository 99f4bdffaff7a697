//! Diagnosis: from what was observed to one verdict, with its stage, its speaker and its owner.
//!
//! The only place that decides what a result is called. The ids and texts stand in [`verdict`], the rules here and in
//! [`judge`], the marks of vendors in [`marks`]. What several attempts say together is in [`findings`].

mod finding_id;
#[cfg(feature = "alloc")]
pub mod findings;
pub mod judge;
pub mod lines;
pub mod marks;
pub mod names;
pub mod verdict;

use core::fmt::{self, Write as _};
use core::net::IpAddr;

pub use finding_id::FindingId;
pub use judge::diagnose;
pub use verdict::{Outcome, Owner, Speaker, Stage, Verdict};

use crate::limits;
use crate::probe::conversation::Report;
use crate::probe::tls::TlsReport;
use crate::probe::transport::{Addresses, Failure, How};
use crate::select::Route;
use crate::target::Target;

/// One target over one route: what was seen, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Attempt {
    /// What it means.
    pub diagnosis: Diagnosis,
    /// What was seen.
    pub evidence: Evidence,
}

impl Attempt {
    /// What to do about it, with the attempt's own names in it. Plain text on one line.
    pub fn remedy<'a>(&'a self, target: &'a Target<'a>, route: &'a Route<'a>) -> impl fmt::Display + 'a {
        Remedy { attempt: self, target, route }
    }
}

/// A remedy that looks up its names when it is printed.
struct Remedy<'a> {
    attempt: &'a Attempt,
    target: &'a Target<'a>,
    route: &'a Route<'a>,
}

impl fmt::Display for Remedy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let evidence = &self.attempt.evidence;
        let stage = self.attempt.diagnosis.stage;
        let report = if stage == Stage::ProxyConnect { &evidence.connect } else { &evidence.http };
        let answer = report.as_ref().and_then(|report| report.answer.as_ref());
        let tls = if stage == Stage::ProxyTls { &evidence.proxy_tls } else { &evidence.tls };
        let issuer = tls.as_ref().map(|report| &report.peer.last_issuer);
        let mut schemes = crate::text::Text::<{ limits::QUOTE }>::new();
        for (index, scheme) in answer.iter().flat_map(|answer| &answer.auth_schemes).enumerate() {
            write!(schemes, "{}{scheme}", if index == 0 { "" } else { ", " })?;
        }
        let proxy = self.route.proxy();
        let context = verdict::Context {
            url: Some(&self.target.url),
            host: Some(&self.target.host),
            port: Some(self.target.port),
            proxy: proxy.map(|proxy| proxy as &dyn fmt::Display),
            status: answer.map(|answer| answer.status),
            issuer: issuer.map(|issuer| issuer as &dyn fmt::Display),
            schemes: Some(&schemes),
        };
        self.attempt.diagnosis.verdict.remedy(context).fmt(f)
    }
}

/// What an attempt means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Diagnosis {
    /// The name of the result.
    pub verdict: Verdict,
    /// How good it is.
    pub outcome: Outcome,
    /// Where the journey ended.
    pub stage: Stage,
    /// Who produced the decisive evidence.
    pub speaker: Speaker,
    /// Who can fix it first.
    pub owner: Owner,
}

/// What was observed in one attempt, before anybody judges it. Each part is there as far as the journey came.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Evidence {
    /// Whether the first hop is a proxy.
    pub through_proxy: bool,
    /// Whether credentials were at hand for the proxy.
    pub credentials_sent: bool,
    /// What this build or device could not do.
    pub not_measured: Option<Failure>,
    /// The addresses of the first hop, in the order in which they are tried.
    pub addresses: Addresses,
    /// How the resolver failed.
    pub resolve: Option<Failure>,
    /// Whether the addresses can be the service's.
    pub sinkhole: names::Sinkhole,
    /// The addresses that could not be connected to, and how each failed.
    pub refused: heapless::Vec<(IpAddr, How), { limits::ADDRESSES }, u8>,
    /// The address that was connected to.
    pub connected: Option<IpAddr>,
    /// TLS with an https proxy.
    pub proxy_tls: Option<TlsReport>,
    /// The proxy's answer to CONNECT.
    pub connect: Option<Report>,
    /// TLS with the origin.
    pub tls: Option<TlsReport>,
    /// The request and its answer.
    pub http: Option<Report>,
}

impl Evidence {
    /// Nothing seen yet.
    pub fn new(route: &Route<'_>) -> Self {
        Self {
            through_proxy: route.proxy().is_some(),
            credentials_sent: route.proxy().is_some_and(|proxy| proxy.credentials.is_some()),
            not_measured: None,
            addresses: Addresses::new(),
            resolve: None,
            sinkhole: names::Sinkhole::No,
            refused: heapless::Vec::new(),
            connected: None,
            proxy_tls: None,
            connect: None,
            tls: None,
            http: None,
        }
    }
}

/// Whether bytes look like an HTTP answer or an HTML page: what comes in place of TLS where a tunnel is none.
pub fn looks_like_a_page(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii_start();
    let starts = |with: &[u8]| {
        let seen = bytes.get(..with.len()).unwrap_or(bytes);
        !seen.is_empty() && with.get(..seen.len()).is_some_and(|start| start.eq_ignore_ascii_case(seen))
    };
    starts(b"HTTP/1.") || starts(b"<!DOCTYPE") || starts(b"<html") || starts(b"<head") || starts(b"<?xml")
}
