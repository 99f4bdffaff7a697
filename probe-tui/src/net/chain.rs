//! The chain reader: from the certificates as they were sent to the facts that the core judges.
//!
//! Each fact is found without regard to the others. Where a chain ends is found even when it has expired or names
//! another host: paths are built first for now, then for moments at which the certificates were valid. Whether a name
//! matches does not depend on where the chain ends. What cannot be read is no fact, and never a panic.
//!
//! Where the dates of a root are known they count, as with the clients that a chain is for: an end in a root that is over
//! is taken only if there is no other, and the chain is then as expired as its root.
//!
//! The work is bounded: so many certificates are looked at ([`MOST_READ`]), so many moments are tried (`MOMENTS`), and
//! path building has a budget of its own.

use std::net::IpAddr;
use std::time::Duration;

use probe_core::probe::tls::{Anchor, Chain, Dates, TlsPeer};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use sha2::{Digest as _, Sha256};
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::certificate::{Certificate, Quote, is_checkable};
use super::class_roots::ClassRoot;
use super::trust::{ClassTrust, End};

/// Certificates of one chain that are looked at. Real chains have two to five; some servers send a whole bundle, whose
/// rest is counted and nothing more.
pub const MOST_READ: usize = 16;

/// Moments, besides now, for which a path is sought.
const MOMENTS: usize = 4;

/// Signatures that are checked one by one, where path building found nothing.
const SIGNATURES: u32 = 32;

/// What the certificates of a peer say, for a host (a name or an address without brackets) at a moment.
///
/// The version and whether a certificate was asked for are not in the certificates: they are left empty.
pub fn read(sent: &[CertificateDer<'_>], host: &str, now: UnixTime, trust: ClassTrust<'_>) -> TlsPeer {
    read_with(sent, digest(sent), host, now, trust).0
}

/// The same for certificates whose [`digest()`] is known, with the moments between which it stays so, as [`unchanged`] gives
/// them. Each certificate is parsed once for both.
pub(super) fn read_with(
    sent: &[CertificateDer<'_>],
    digest: [u8; 32],
    host: &str,
    now: UnixTime,
    trust: ClassTrust<'_>,
) -> (TlsPeer, (i64, i64)) {
    let mut peer =
        TlsPeer { certificates: u8::try_from(sent.len()).unwrap_or(u8::MAX), ..TlsPeer::default() };
    if sent.is_empty() {
        return (peer, (i64::MIN, i64::MAX));
    }
    peer.chain_sha256 = Some(digest);
    let presented = Presented::read(sent);
    let certificates = presented.iter().flat_map(|presented| &presented.certificates);
    let span = span(certificates.map(|(_, certificate)| certificate), now, trust);
    let Some(presented) = presented else {
        peer.chain = Some(NOTHING);
        return (peer, span);
    };
    let leaf = presented.leaf();
    peer.subject = leaf.subject();
    peer.issuer = leaf.issuer();
    peer.not_before = Some(leaf.not_before());
    peer.not_after = Some(leaf.not_after());
    let (chain, last_issuer) = facts(&presented, sent, host, now, trust);
    peer.last_issuer = last_issuer;
    peer.chain = Some(chain);
    (peer, span)
}

/// The facts of a chain of which nothing can be read.
const NOTHING: Chain = Chain {
    anchor: Anchor::Unknown,
    name_matches: false,
    dates: Dates::Valid,
    self_signed: false,
    own_root: false,
    issuer_missing: false,
    breaks_rules: false,
    revoked: false,
};

/// The moments around `now`, in seconds since 1970, between which [`read`] gives the same: the nearest at which the
/// validity of one of these certificates, or of a root whose dates are known, begins or is over. The second is no longer
/// one of them.
pub fn unchanged(sent: &[CertificateDer<'_>], now: UnixTime, trust: ClassTrust<'_>) -> (i64, i64) {
    let certificates: Vec<_> = sent.iter().filter_map(|der| Certificate::read(der)).collect();
    span(certificates.iter(), now, trust)
}

fn span<'c>(
    certificates: impl Iterator<Item = &'c Certificate<'c>>,
    now: UnixTime,
    trust: ClassTrust<'_>,
) -> (i64, i64) {
    let now = seconds(now);
    let changes = certificates
        .flat_map(|certificate| [certificate.not_before(), certificate.not_after().saturating_add(1)])
        .chain(trust.changes());
    changes.fold((i64::MIN, i64::MAX), |(from, until), change| {
        if change <= now { (from.max(change), until) } else { (from, until.min(change)) }
    })
}

fn seconds(moment: UnixTime) -> i64 {
    i64::try_from(moment.as_secs()).unwrap_or(i64::MAX)
}

/// SHA-256 over the certificates, one behind the other.
pub fn digest(sent: &[CertificateDer<'_>]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for certificate in sent {
        hash.update(certificate);
    }
    hash.finalize().into()
}

/// The facts, and the issuer of the last certificate on the way to the chain's end.
fn facts(
    presented: &Presented<'_>,
    sent: &[CertificateDer<'_>],
    host: &str,
    now: UnixTime,
    trust: ClassTrust<'_>,
) -> (Chain, Quote) {
    let entity = sent.first().and_then(|leaf| EndEntityCert::try_from(leaf).ok());
    let mut facts = NOTHING;
    facts.name_matches = name_matches(entity.as_ref(), presented.leaf(), host);
    facts.self_signed = presented.distinct == 1 && presented.leaf().is_self_issued();
    let path = entity.as_ref().and_then(|entity| presented.path(entity, now, trust));
    let (used, root) = if let Some((end, used)) = path {
        facts.anchor = end.anchor;
        (used, end.root)
    } else {
        presented.without_path(&mut facts, now, trust)
    };
    facts.dates = presented.dates(&used, root, now);
    if let Some(root) = root {
        root.is_met(seconds(now));
    }
    // No re-signing has timestamps of public logs: their authority is a public one that is missing in the lists.
    if facts.anchor == Anchor::MachineOnly && trust.knows_public() && presented.leaf().has_timestamps() {
        facts.anchor = Anchor::Service;
    }
    (facts, presented.last_of(&used).issuer())
}

/// Whether the first of these certificates names a host (a name or an address without brackets): all that [`read`] says of
/// the host.
pub(super) fn names(sent: &[CertificateDer<'_>], host: &str) -> bool {
    let Some(first) = sent.first() else { return false };
    let entity = EndEntityCert::try_from(first).ok();
    // As in `read`: what cannot be read names nobody.
    Certificate::read(first).is_some_and(|leaf| name_matches(entity.as_ref(), &leaf, host))
}

/// Whether a certificate names a host. Only the list of names counts (RFC 9110 4.3.4), never the common name.
fn name_matches(entity: Option<&EndEntityCert<'_>>, leaf: &Certificate<'_>, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let Ok(name) = ServerName::try_from(host) else {
        return false;
    };
    match (entity, name) {
        (Some(entity), name) => entity.verify_is_valid_for_subject_name(&name).is_ok(),
        // Not strict enough for path building; the names can be compared all the same.
        (None, ServerName::IpAddress(address)) => leaf.has_address(IpAddr::from(address)),
        (None, _) => leaf.has_dns_name(host),
    }
}

/// The certificates as they were sent, without repetitions and without what cannot be read; the leaf is the first.
struct Presented<'a> {
    certificates: Vec<(&'a CertificateDer<'a>, Certificate<'a>)>,
    /// How many different certificates were looked at, also unreadable ones.
    distinct: usize,
}

/// The way from issuer to issuer, by names and signatures alone.
struct Walk<'t> {
    /// Which certificates lie on it, the leaf first.
    used: Vec<usize>,
    end: Finish<'t>,
    /// Whether each signature was checked, and each issuer may issue.
    is_sound: bool,
}

enum Finish<'t> {
    /// In a known root.
    Root(End<'t>),
    /// In a certificate that is its own issuer and in no known set.
    SelfIssued,
    /// In a certificate whose issuer was not sent.
    IssuerAbsent,
    /// In a certificate that one of those sent should have issued, and has not.
    IssuerSent,
}

impl<'a> Presented<'a> {
    /// `None` where the leaf cannot be read.
    fn read(sent: &'a [CertificateDer<'a>]) -> Option<Self> {
        let mut seen: Vec<&CertificateDer<'_>> = Vec::new();
        let mut certificates = Vec::new();
        for der in sent {
            if seen.len() == MOST_READ {
                break;
            }
            if seen.contains(&der) {
                continue;
            }
            seen.push(der);
            match Certificate::read(der) {
                Some(certificate) => certificates.push((der, certificate)),
                None if seen.len() == 1 => return None,
                None => {}
            }
        }
        (!certificates.is_empty()).then_some(Self { certificates, distinct: seen.len() })
    }

    fn leaf(&self) -> &Certificate<'a> {
        // `read` gives nothing without a leaf.
        &self.certificates[0].1
    }

    /// The last certificate of a way.
    fn last_of(&self, used: &[usize]) -> &Certificate<'a> {
        used.last().and_then(|index| self.certificates.get(*index)).map_or(self.leaf(), |(_, last)| last)
    }

    /// What can be said where no path keeps the rules; gives the certificates that lie on the way, and the root at its end
    /// where its dates are known.
    fn without_path<'t>(
        &self,
        facts: &mut Chain,
        now: UnixTime,
        trust: ClassTrust<'t>,
    ) -> (Vec<usize>, Option<&'t ClassRoot>) {
        let leaf = self.leaf();
        // A certificate that was itself put into a set of roots: path building does not take an authority for a leaf.
        let known = leaf.is_self_issued().then(|| trust.knows(leaf.subject_contents(), leaf.key_contents()));
        if let Some(end) = known.flatten() {
            facts.anchor = end.anchor;
            return (vec![0], end.root);
        }
        let walk = self.walk(trust);
        let last = self.last_of(&walk.used);
        match walk.end {
            // Path building knows every rule; the walk knows only signatures. So it says where a chain ends whose dates
            // exclude each other, whose root is over, or that breaks another rule: nothing green can follow from any.
            Finish::Root(end) if walk.is_sound => {
                facts.anchor = end.anchor;
                facts.breaks_rules = self.dates(&walk.used, end.root, now) == Dates::Valid;
                return (walk.used, end.root);
            }
            Finish::Root(_) | Finish::IssuerSent => {}
            Finish::SelfIssued => {
                let is_of_class = trust.class_root(last.subject_contents(), last.key_contents()).is_some();
                let is_public = trust.knows_public() && (leaf.has_timestamps() || last.is_public_root());
                facts.own_root = walk.used.len() > 1 && !is_public && !is_of_class;
            }
            // A public root that this machine does not trust is not missing: nobody sends roots along.
            Finish::IssuerAbsent => {
                let is_of_class = trust.names_class_root(last.issuer_contents());
                let is_of_public_root = trust.knows_public() && last.names_public_root();
                facts.issuer_missing = last.names_public_authority() && !is_of_public_root && !is_of_class;
            }
        }
        (walk.used, None)
    }

    /// A path to a known root that keeps every rule, now or at a moment of the certificates' own: where it ends, and which
    /// certificates lie on it. A root whose dates are known must be valid now.
    fn path<'t>(
        &self,
        entity: &EndEntityCert<'_>,
        now: UnixTime,
        trust: ClassTrust<'t>,
    ) -> Option<(End<'t>, Vec<usize>)> {
        // Roots that were sent along prove nothing, and must not lead the search astray.
        let intermediates: Vec<CertificateDer<'_>> = self
            .certificates
            .iter()
            .skip(1)
            .filter(|(_, certificate)| !certificate.is_self_issued())
            .map(|(der, _)| CertificateDer::from_slice(der))
            .collect();
        let moments = self.moments(now);
        // What is over is left to the walk.
        let takes = |root: &TrustAnchor<'_>| {
            let class_root = trust.class_root(&root.subject, &root.subject_public_key_info);
            class_root.is_none_or(|root| root.dates(seconds(now)) == Dates::Valid)
        };
        trust.sets().find_map(|(roots, anchor)| {
            let found = |moment| path_at(entity, roots.anchors(), &intermediates, moment, &takes);
            let (root, on_path) = moments.iter().copied().find_map(found)?;
            let position = |der| self.certificates.iter().position(|(sent, _)| **sent == der);
            let used = [0].into_iter().chain(on_path.into_iter().filter_map(position)).collect();
            Some((trust.end(anchor, &root.subject, &root.subject_public_key_info), used))
        })
    }

    /// Now, and the moments at which the validity of one of the certificates begins, as far as the leaf is valid then:
    /// if all certificates of a path are valid at some moment, they are at the latest of their beginnings.
    fn moments(&self, now: UnixTime) -> Vec<UnixTime> {
        let leaf = self.leaf();
        let valid = leaf.not_before()..=leaf.not_after();
        let mut later: Vec<i64> = self
            .certificates
            .iter()
            .map(|(_, certificate)| certificate.not_before())
            .filter(|begin| *begin != leaf.not_before() && valid.contains(begin))
            .collect();
        later.sort_unstable_by(|a, b| b.cmp(a));
        later.dedup();
        let seconds = [leaf.not_before()].into_iter().chain(later).take(MOMENTS);
        let begins = seconds.filter_map(|begin| u64::try_from(begin).ok());
        [now].into_iter().chain(begins.map(|s| UnixTime::since_unix_epoch(Duration::from_secs(s)))).collect()
    }

    /// Goes from issuer to issuer until a root, or nowhere.
    fn walk<'t>(&self, trust: ClassTrust<'t>) -> Walk<'t> {
        let mut walk = Walk { used: vec![0], end: Finish::IssuerAbsent, is_sound: true };
        let mut current = 0;
        let mut budget = SIGNATURES;
        loop {
            let certificate = &self.certificates[current].1;
            if let Some(end) = trust.knows(certificate.subject_contents(), certificate.key_contents()) {
                walk.end = Finish::Root(end);
                return walk;
            }
            if certificate.is_self_issued() {
                walk.end = Finish::SelfIssued;
                return walk;
            }
            if let Some(end) = issuing_root(certificate, trust, &mut budget) {
                walk.end = Finish::Root(end);
                return walk;
            }
            let mut named = false;
            let next = self.certificates.iter().enumerate().find_map(|(index, (_, issuer))| {
                if !certificate.names_as_issuer(issuer) {
                    return None;
                }
                named = true;
                if walk.used.contains(&index) {
                    return None;
                }
                budget = budget.checked_sub(1)?;
                // An algorithm that is not known here disproves nothing.
                let signed = certificate.is_signed_by(issuer.key());
                (signed != Some(false)).then_some((index, signed.is_some() && issuer.is_authority()))
            });
            let Some((index, is_sound)) = next else {
                walk.end = if named { Finish::IssuerSent } else { Finish::IssuerAbsent };
                return walk;
            };
            walk.is_sound &= is_sound;
            walk.used.push(index);
            current = index;
        }
    }

    /// How now lies to the validity of these certificates, and of the root at their end where its dates are known. A root
    /// that was sent along does not count.
    fn dates(&self, used: &[usize], root: Option<&ClassRoot>, now: UnixTime) -> Dates {
        let now = seconds(now);
        let counted = || {
            used.iter()
                .filter_map(|index| {
                    self.certificates.get(*index).map(|(_, certificate)| (*index, certificate))
                })
                .filter(|(index, certificate)| *index == 0 || !certificate.is_self_issued())
        };
        if counted().any(|(_, certificate)| certificate.not_after() < now) {
            Dates::Expired
        } else if counted().any(|(_, certificate)| now < certificate.not_before()) {
            Dates::NotYetValid
        } else {
            root.map_or(Dates::Valid, |root| root.dates(now))
        }
    }
}

/// A path to one of the roots that are taken, at one moment: the root, and the intermediate certificates.
fn path_at<'p>(
    entity: &'p EndEntityCert<'_>,
    roots: &'p [TrustAnchor<'_>],
    intermediates: &'p [CertificateDer<'p>],
    moment: UnixTime,
    takes: &dyn Fn(&TrustAnchor<'_>) -> bool,
) -> Option<(&'p TrustAnchor<'p>, Vec<CertificateDer<'static>>)> {
    let verify = |path: &VerifiedPath<'_>| {
        // Which error it is makes no difference: the search goes on.
        if takes(path.anchor()) { Ok(()) } else { Err(webpki::Error::UnknownIssuer) }
    };
    let path = entity
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            roots,
            intermediates,
            moment,
            KeyUsage::server_auth(),
            None,
            Some(&verify),
        )
        .ok()?;
    let on_path =
        path.intermediate_certificates().map(|certificate| certificate.der().into_owned()).collect();
    Some((path.anchor(), on_path))
}

/// The root that signed a certificate.
fn issuing_root<'t>(
    certificate: &Certificate<'_>,
    trust: ClassTrust<'t>,
    budget: &mut u32,
) -> Option<End<'t>> {
    for (roots, anchor) in trust.sets() {
        for root in roots.anchors().iter().filter(|root| *root.subject == *certificate.issuer_contents()) {
            *budget = budget.checked_sub(1)?;
            let der = webpki::spki_for_anchor(root);
            let Ok((_, key)) = SubjectPublicKeyInfo::from_der(&der) else {
                continue;
            };
            // A root of this machine with a key that nobody here can check is taken at its name. Never one of the
            // service's: a name is easily written, and an accusation that fails is better than an acquittal that does.
            let is_taken = anchor == Anchor::MachineOnly && !is_checkable(&key);
            if is_taken || certificate.is_signed_by(&key) == Some(true) {
                return Some(trust.end(anchor, &root.subject, &root.subject_public_key_info));
            }
        }
    }
    None
}
