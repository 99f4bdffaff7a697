//! What TLS showed of a peer. The transport reads the certificates and finds the facts below; what they mean is decided
//! in [`diagnose`](crate::diagnose), so that it means the same on every front end.

use crate::limits;
use crate::probe::transport::Failure;
use crate::text::Text;

/// A TLS handshake: how it ended, and what was seen of the peer by then.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TlsReport {
    /// Whether the handshake was completed. A chain that does not verify does not fail a handshake.
    pub result: Result<(), Failure>,
    /// What was seen of the peer.
    pub peer: TlsPeer,
}

/// What was seen of a TLS peer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TlsPeer {
    /// The version that was agreed on.
    pub version: Option<TlsVersion>,
    /// Subject of the first certificate, as `CN=…, O=…`; its first name where the subject is empty.
    pub subject: Text<{ limits::QUOTE }>,
    /// Issuer of the first certificate.
    pub issuer: Text<{ limits::QUOTE }>,
    /// Issuer of the last certificate on the way from the first to where the chain ends; certificates that were sent
    /// beside that way do not count.
    pub last_issuer: Text<{ limits::QUOTE }>,
    /// End of the first certificate's validity, in seconds since 1970-01-01T00:00:00Z.
    pub not_after: Option<i64>,
    /// Beginning of the first certificate's validity, in seconds since 1970-01-01T00:00:00Z.
    pub not_before: Option<i64>,
    /// SHA-256 over the certificates as they were sent, one behind the other.
    pub chain_sha256: Option<[u8; 32]>,
    /// How many certificates were sent.
    pub certificates: u8,
    /// The facts of the chain; `None` where no certificate was seen.
    pub chain: Option<Chain>,
    /// Whether the peer asked for a client certificate (it gets none).
    pub asked_for_certificate: bool,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

impl TlsVersion {
    /// As records name it: `TLSv1.2`, `TLSv1.3`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tls12 => "TLSv1.2",
            Self::Tls13 => "TLSv1.3",
        }
    }
}

/// The facts of a certificate chain, each found without regard to the others: where the chain ends is found even when
/// its dates or its names are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(clippy::struct_excessive_bools, reason = "independent observations, each with its own meaning")]
pub struct Chain {
    /// In which set of roots the chain ends.
    pub anchor: Anchor,
    /// Whether the first certificate names the host.
    pub name_matches: bool,
    /// Whether now lies within the validity of the certificates, and of the root where its dates are known.
    pub dates: Dates,
    /// A single certificate that is its own issuer.
    pub self_signed: bool,
    /// Several certificates, the last of which is its own issuer and in no known set of roots: the sender brought its
    /// own root along.
    pub own_root: bool,
    /// The chain ends in no known root, its last certificate was not issued by itself or by one that was sent, and it
    /// names a public authority (AIA `caIssuers`, embedded SCTs, a known public intermediate).
    pub issuer_missing: bool,
    /// The chain leads to that root, but breaks a rule that clients enforce (a signature with SHA-1, another purpose than
    /// servers, an unknown critical extension), or its root has a key that this build cannot check. Dates, names and
    /// revocation have facts of their own.
    pub breaks_rules: bool,
    /// The first certificate is on its authority's revocation list, where that was looked at.
    pub revoked: bool,
}

impl Chain {
    /// Whether a client that trusts what this machine trusts accepts the chain.
    pub fn verifies(&self) -> bool {
        self.anchor != Anchor::Unknown
            && self.name_matches
            && self.dates == Dates::Valid
            && !self.breaks_rules
            && !self.revoked
    }
}

/// In which set of roots a chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Anchor {
    /// In the roots where the service's chains should end.
    Service,
    /// In a root that this machine trusts, and that is not one of the service's.
    MachineOnly,
    /// In no known root.
    Unknown,
}

/// How now lies to the validity of the certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Dates {
    /// Within.
    Valid,
    /// After the end of one of them.
    Expired,
    /// Before the beginning of one of them.
    NotYetValid,
}
