//! What a tool said of one URL over one path, judged by what the catalogue expects of that URL, and never by a set of statuses
//! that all URLs share.
//!
//! The old tools say less than a probe sees. What they leave open is said in the evidence, and where nothing can be learnt the
//! verdict is `not_measured`. None of them tells an answer of the proxy from one of the service. A status that the catalogue does
//! not expect, that proxies send and that came through one, is taken for the proxy's, unless the direct path got the same.

use probe_core::catalog::{ENDPOINTS, TESTS, Test, known};
use probe_core::diagnose::{Diagnosis, Outcome, Owner, Speaker, Stage, Verdict};
use probe_core::report::winhttp;
use probe_core::target::{Method, Scheme, Target};

use super::{Certificate, What};

/// What is known of a URL, whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The pattern of the catalogue.
    pub endpoint: Option<&'static str>,
    /// Statuses of which any is good; empty where nobody says.
    pub statuses: &'static [u16],
    /// Whether the product does not work without it. What the catalogue does not know counts as such.
    pub is_required: bool,
    /// Whether it is asked inside TLS.
    pub is_https: bool,
}

impl Known {
    /// Looks a URL up.
    pub fn of(url: &str) -> Self {
        let Ok(target) = Target::parse(url) else {
            return Self { endpoint: None, statuses: &[], is_required: true, is_https: true };
        };
        let endpoint = known(ENDPOINTS, &target.host.to_string(), target.port);
        let test = test_of(&target);
        Self {
            endpoint: test.map(|test| test.endpoint).or(endpoint.map(|endpoint| endpoint.host)),
            statuses: test.map_or(&[], |test| test.statuses),
            is_required: endpoint.is_none_or(|endpoint| !endpoint.required.is_empty()),
            is_https: target.scheme == Scheme::Https,
        }
    }
}

/// The test of a URL. Older tools ask `/test` of a gateway where newer ones ask `/commands/test`.
fn test_of(target: &Target<'_>) -> Option<&'static Test<'static>> {
    let host = target.host.to_string();
    let path = if target.path.is_empty() { "/" } else { target.path };
    // The URLs of the catalogue have the ports of their schemes.
    let is = |test: &&Test<'static>, wanted: &str| {
        let Some((scheme, rest)) = test.url.split_once("://") else { return false };
        let at = rest.find('/').unwrap_or(rest.len());
        let (authority, of_test) = rest.split_at(at);
        scheme == target.scheme.as_str()
            && target.port == target.scheme.default_port()
            && authority.eq_ignore_ascii_case(&host)
            && (if of_test.is_empty() { "/" } else { of_test }) == wanted
            && test.method != Method::Tls
    };
    let exact = TESTS.iter().find(|test| is(test, path));
    exact.or_else(|| (path == "/test").then(|| TESTS.iter().find(|test| is(test, "/commands/test")))?)
}

/// By which way the answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Without a proxy.
    Direct,
    /// Through a proxy.
    Proxied,
    /// The tool does not say.
    Unsaid,
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The diagnosis.
    pub diagnosis: Diagnosis,
    /// The status, where one came.
    pub status: Option<u16>,
    /// What failures with the same cause have in common.
    pub cause: String,
    /// What is to be said besides the tool's own line.
    pub notes: Vec<String>,
}

/// Judges. `directly` is the status that the direct path got.
pub fn judge(url: &Known, what: What, way: Way, directly: Option<u16>) -> Judged {
    match what {
        What::Status { status, succeeded } => of_status(url, status, succeeded, way, directly),
        What::Good => {
            let note = "the tool says that it is good, and not which status came";
            plain(Verdict::Reachable, way, "", &[note])
        }
        What::WinHttp { number, certificate } => of_number(url, number, certificate, way),
        What::Curl(code) => of_curl(code, way),
        What::Certificate(certificate) => {
            of_certificate(certificate, way, "the certificate was not accepted")
        }
        What::NoName => {
            let note = "the tool calls it a time-out, and prints this where a name is not known";
            plain(Verdict::NameNotFound, way, "the name is not known", &[note])
        }
        What::NotConfigured => plain(Verdict::NotConfigured, Way::Direct, "", &[]),
        What::Malformed => {
            plain(Verdict::SettingMalformed, Way::Direct, "the proxy isn't in valid format", &[])
        }
        What::Unsaid(why) => not_measured(why),
    }
}

/// A result about which nothing can be learnt.
pub fn not_measured(why: &str) -> Judged {
    let mut judged = plain(Verdict::NotMeasured, Way::Direct, why, &[]);
    judged.notes.push(why.to_owned());
    judged
}

fn plain(verdict: Verdict, way: Way, cause: &str, notes: &[&str]) -> Judged {
    let through_proxy = way == Way::Proxied;
    let entry = verdict.entry();
    let hop = if through_proxy { Speaker::Proxy } else { Speaker::Origin };
    Judged {
        diagnosis: Diagnosis {
            verdict,
            outcome: entry.outcome,
            stage: entry.stage,
            speaker: entry.speaker.unwrap_or(hop),
            owner: verdict.owner(through_proxy),
        },
        status: None,
        cause: cause.to_owned(),
        notes: notes.iter().filter(|note| !note.is_empty()).map(|note| (*note).to_owned()).collect(),
    }
}

/// Who sent a status is what none of the tools says.
const NOT_WHO: &str = "the tool does not tell an answer of the proxy from one of the service";

fn of_status(url: &Known, status: u16, succeeded: bool, way: Way, directly: Option<u16>) -> Judged {
    let may_be_proxy = way != Way::Direct;
    let is_expected = url.statuses.contains(&status);
    let same_directly = may_be_proxy && directly == Some(status);
    let from_proxy = of_proxy(status).filter(|_| may_be_proxy && !same_directly);
    let verdict = match from_proxy {
        _ if is_expected => Some(Verdict::Reachable),
        Some(Verdict::ProxyAuthRequired) => Some(Verdict::ProxyAuthRequired),
        Some(verdict) if !url.statuses.is_empty() => Some(verdict),
        // Nobody says what the service answers here, and both may answer so.
        Some(_) => None,
        None if url.statuses.is_empty() && status < 500 => Some(Verdict::Reachable),
        None => Some(Verdict::HttpUnexpectedStatus),
    };
    let cause = format!("status {status}");
    let mut judged = match verdict {
        Some(verdict) => plain(verdict, way, &cause, &[]),
        None => not_measured(
            "the proxy or the service may answer so, and nobody says what this URL should answer",
        ),
    };
    judged.cause = cause;
    judged.status = Some(status);
    let statuses: Vec<String> = url.statuses.iter().map(u16::to_string).collect();
    if statuses.is_empty() {
        judged.notes.push("nobody says which status this URL should answer with".into());
    } else if !is_expected {
        judged.notes.push(format!("the service answers {} here", statuses.join(", ")));
    }
    if may_be_proxy {
        judged.notes.push(NOT_WHO.into());
    }
    if same_directly && !is_expected {
        judged.notes.push("the direct path got the same status".into());
    }
    if judged.diagnosis.outcome == Outcome::Success && !succeeded {
        judged.notes.push("the tool calls it a failure".into());
    }
    judged
}

/// What a status means where the proxy sent it.
const fn of_proxy(status: u16) -> Option<Verdict> {
    Some(match status {
        407 => Verdict::ProxyAuthRequired,
        401 | 403 | 451 => Verdict::ProxyDenied,
        405 | 501 => Verdict::ProxyConnectUnsupported,
        429 => Verdict::ProxyRateLimited,
        300..=399 | 511 => Verdict::ProxyRedirected,
        502 | 503 => Verdict::ProxyUpstreamFailed,
        504 => Verdict::ProxyUpstreamSilent,
        500..=599 => Verdict::ProxyFault,
        _ => return None,
    })
}

fn of_number(url: &Known, number: u32, certificate: Option<Certificate>, way: Way) -> Judged {
    let cause = format!("WinHTTP {number}");
    if number == winhttp::SECURE_FAILURE {
        return of_certificate(certificate.unwrap_or(Certificate::Unsaid), way, &cause);
    }
    match winhttp::verdict(number, way == Way::Proxied, url.is_https) {
        Some((verdict, open)) => plain(verdict, way, &cause, &[open]),
        None => not_measured("this number of WinHTTP says nothing about the network"),
    }
}

fn of_certificate(certificate: Certificate, way: Way, cause: &str) -> Judged {
    let (verdict, open) = match certificate {
        Certificate::Authority => {
            (Verdict::TlsUntrusted, "the tool does not say who signed it: an inspection is likely")
        }
        Certificate::Name => (Verdict::TlsNameMismatch, ""),
        Certificate::Date => (
            Verdict::TlsExpired,
            "the tool does not tell a certificate that is over from one that has not begun",
        ),
        Certificate::Revoked => (Verdict::TlsRevoked, ""),
        Certificate::RevocationUnknown => {
            (Verdict::TlsUntrusted, "revocation could not be checked: see the CRL targets on port 80")
        }
        Certificate::Unsaid => (
            Verdict::TlsUntrusted,
            "the tool does not say what is wrong with the certificate, nor who signed it: an inspection is likely",
        ),
    };
    let mut judged = plain(verdict, way, cause, &[open]);
    // Where an inspection is likely it is not the service that can fix it.
    if verdict == Verdict::TlsUntrusted {
        judged.diagnosis.owner = Owner::SecurityTeam;
    }
    judged
}

/// libcurl's numbers (`libcurl-errors(3)`).
fn of_curl(code: u32, way: Way) -> Judged {
    use Verdict as V;
    let through_proxy = way == Way::Proxied;
    let cut = if through_proxy { V::ProxyClosed } else { V::HttpClosed };
    let (verdict, open) = match code {
        5 => (V::NameNotFound, "curl: the name of the proxy is not known"),
        6 => (V::NameNotFound, "curl: the name is not known"),
        7 => (V::ConnectRefused, "the number does not tell a refusal from an unreachable address"),
        28 => (V::ConnectSilent, "the number does not say in which step the time ran out"),
        35 => (V::TlsHandshakeRefused, "Microsoft's documentation takes 35 for an inspection of TLS"),
        51 => (V::TlsNameMismatch, ""),
        52 | 55 | 56 => (cut, "the number does not say in which step the connection was cut"),
        58 => (V::TlsClientCertificateRequired, ""),
        60 | 77 | 90 => (V::TlsUntrusted, "Microsoft's documentation takes 60 for an inspection of TLS"),
        97 => (V::ProxyNotHttp, "the handshake with the proxy failed"),
        _ => return not_measured("this number of curl says nothing about the network"),
    };
    let mut judged = plain(verdict, way, &format!("curl {code}"), &[open]);
    if code == 5 {
        judged.diagnosis.stage = Stage::Resolve;
    }
    if verdict == V::TlsUntrusted {
        judged.diagnosis.owner = Owner::SecurityTeam;
    }
    judged
}
