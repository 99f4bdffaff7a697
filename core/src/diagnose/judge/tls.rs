//! The rules of TLS with the origin: handshakes, and where a chain should end.

use crate::diagnose::judge::{Found, own_limit};
use crate::diagnose::marks;
use crate::diagnose::verdict::{Outcome, Stage, Verdict};
use crate::diagnose::{Evidence, looks_like_a_page};
use crate::probe::tls::{Anchor, Chain, Dates, TlsPeer, TlsReport};
use crate::probe::transport::{Alert, Failure, How};
use crate::target::Target;

/// What TLS with the origin says. `None` where the journey went on and the answer decides.
pub(super) fn origin(report: &TlsReport, target: &Target<'_>, evidence: &Evidence) -> Option<Found> {
    if let Err(failure) = report.result {
        let found = handshake(failure, &report.peer, evidence.connect.is_some());
        let resigned = report.peer.chain.is_some_and(|chain| chain.anchor == Anchor::MachineOnly);
        return Some(if resigned && found.verdict != Verdict::NotMeasured {
            found.by_inspector()
        } else {
            found
        });
    }
    let Some(chain) = &report.peer.chain else { return Some(Verdict::TlsUntrusted.into()) };
    match chain_verdict(chain, &report.peer) {
        None => None,
        // Re-signed by an authority that this machine trusts: the answer decides, if one came.
        Some(Verdict::InspectedTrusted) => {
            evidence.http.is_none().then(|| inspected(*chain, target).at(Stage::Tls))
        }
        Some(verdict) => Some(verdict.into()),
    }
}

fn handshake(failure: Failure, peer: &TlsPeer, tunnelled: bool) -> Found {
    if let Some(found) = own_limit(failure.how, Stage::Tls) {
        return found;
    }
    let ended_it = matches!(failure.how, How::Alert(_) | How::Reset | How::Ended);
    if peer.asked_for_certificate && ended_it {
        return Found::from(Verdict::TlsClientCertificateRequired).at(Stage::Tls);
    }
    match failure.how {
        How::Alert(Alert::PROTOCOL_VERSION) | How::NoCommonVersion => Verdict::TlsVersionUnsupported.into(),
        How::Alert(_) | How::TlsBroken => Verdict::TlsHandshakeRefused.into(),
        How::NotTls if tunnelled && looks_like_a_page(failure.first_bytes()) => {
            Found::from(Verdict::TunnelNotTransparent).at(Stage::Tls)
        }
        How::NotTls => Verdict::TlsNotTls.into(),
        // The handshake began and then stopped; the evidence says whether by silence, reset or end.
        _ if failure.received > 0 => Verdict::TlsStalled.into(),
        How::TimedOut => Verdict::TlsSilent.into(),
        _ => Verdict::TlsResetAfterHello.into(),
    }
}

/// What the chain says; `None` where it ends where it should and verifies.
///
/// Self-signed before wrong name before dates before issuer; a re-signed chain with a bad name or date is the re-signing.
pub fn chain_verdict(chain: &Chain, peer: &TlsPeer) -> Option<Verdict> {
    let named =
        marks::inspector(peer.issuer.as_str()).or_else(|| marks::inspector(peer.last_issuer.as_str()));
    if chain.self_signed && chain.anchor == Anchor::Unknown {
        return Some(Verdict::TlsSelfSigned);
    }
    match chain.anchor {
        Anchor::MachineOnly => return Some(Verdict::InspectedTrusted),
        Anchor::Unknown if chain.own_root || named.is_some() => return Some(Verdict::TlsIntercepted),
        Anchor::Unknown | Anchor::Service => {}
    }
    if !chain.name_matches {
        return Some(Verdict::TlsNameMismatch);
    }
    match chain.dates {
        Dates::Expired => return Some(Verdict::TlsExpired),
        Dates::NotYetValid => return Some(Verdict::TlsNotYetValid),
        Dates::Valid => {}
    }
    if chain.revoked {
        return Some(Verdict::TlsRevoked);
    }
    match chain.anchor {
        Anchor::Unknown if chain.issuer_missing => Some(Verdict::TlsMissingIntermediate),
        Anchor::Unknown => Some(Verdict::TlsUntrusted),
        Anchor::Service if chain.breaks_rules => Some(Verdict::TlsUntrusted),
        Anchor::Service | Anchor::MachineOnly => None,
    }
}

/// Re-signed by an authority that this machine trusts: a warning, and a failure for a target that must be exempt, or where
/// the re-signed chain does not even verify here.
pub(super) fn inspected(chain: Chain, target: &Target<'_>) -> Found {
    let fails = target.exempt || !chain.verifies();
    let outcome = if fails { Outcome::Failure } else { Outcome::Warning };
    Found { outcome: Some(outcome), ..Verdict::InspectedTrusted.into() }
}
