//! One certificate: what it says of itself, as far as a diagnosis needs it.

use std::fmt::Write as _;
use std::net::IpAddr;

use probe_core::limits;
use probe_core::text::Text;
use rustls_pki_types::TrustAnchor;
use sha2::{Digest as _, Sha256};
use x509_parser::asn1_rs::{Any, FromDer as _, Oid, Tag, oid};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::{OID_EC_P256, OID_NIST_EC_P384, OID_SIG_ED25519};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

use super::{public_issuers, public_roots};

/// Text quoted from a certificate.
pub type Quote = Text<{ limits::QUOTE }>;

/// Bytes of one part of a name that are looked at; far more than a [`Quote`] keeps.
const NAME_PART: usize = 256;

/// Embedded signed certificate timestamps (RFC 6962 3.3): only public authorities get any.
const EMBEDDED_SCTS: Oid<'static> = oid!(1.3.6.1.4.1.11129.2.4.2);
/// Authority information access (RFC 5280 4.2.2.1).
const AUTHORITY_ACCESS: Oid<'static> = oid!(1.3.6.1.5.5.7.1.1);
/// Where the issuer's own certificate can be fetched (RFC 5280 4.2.2.1, `id-ad-caIssuers`).
const ISSUERS_CERTIFICATE: Oid<'static> = oid!(1.3.6.1.5.5.7.48.2);

/// A certificate that could be read.
#[derive(Debug)]
pub struct Certificate<'a> {
    parsed: X509Certificate<'a>,
}

impl<'a> Certificate<'a> {
    /// Reads a certificate; `None` for what is none.
    pub fn read(der: &'a [u8]) -> Option<Self> {
        X509Certificate::from_der(der).ok().map(|(_, parsed)| Self { parsed })
    }

    /// Whom it was issued to, as `CN=…, O=…`; the first name of its list of names where the subject is empty.
    pub fn subject(&self) -> Quote {
        let text = distinguished_name(self.parsed.subject());
        if !text.is_empty() {
            return text;
        }
        let mut name = Quote::new();
        for general in self.names() {
            // Writing to a `Text` cannot fail: it cuts.
            let _ = match general {
                GeneralName::DNSName(dns) => name.write_str(dns),
                GeneralName::IPAddress(bytes) => match address(bytes) {
                    Some(address) => write!(name, "{address}"),
                    None => continue,
                },
                _ => continue,
            };
            break;
        }
        name
    }

    /// Who issued it, as `CN=…, O=…`.
    pub fn issuer(&self) -> Quote {
        distinguished_name(self.parsed.issuer())
    }

    /// Beginning of its validity, in seconds since 1970-01-01T00:00:00Z.
    pub fn not_before(&self) -> i64 {
        self.parsed.validity().not_before.timestamp()
    }

    /// End of its validity, in seconds since 1970-01-01T00:00:00Z.
    pub fn not_after(&self) -> i64 {
        self.parsed.validity().not_after.timestamp()
    }

    /// Whether it names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        self.parsed.subject().as_raw() == self.parsed.issuer().as_raw()
    }

    /// Whether it may issue others: it says so, or is of a version that cannot say it.
    pub fn is_authority(&self) -> bool {
        self.parsed.is_ca() || self.parsed.version().0 == 0
    }

    /// Whether it names `other` as its issuer.
    pub fn names_as_issuer(&self, other: &Certificate<'_>) -> bool {
        self.parsed.issuer().as_raw() == other.parsed.subject().as_raw()
    }

    /// Whether `key` signed it; `None` where the algorithm is none of those known here.
    pub fn is_signed_by(&self, key: &SubjectPublicKeyInfo<'_>) -> Option<bool> {
        use x509_parser::error::X509Error;
        match self.parsed.verify_signature(Some(key)) {
            Ok(()) => Some(true),
            Err(X509Error::SignatureUnsupportedAlgorithm) => None,
            Err(_) => Some(false),
        }
    }

    /// Its public key.
    pub fn key(&self) -> &SubjectPublicKeyInfo<'a> {
        &self.parsed.tbs_certificate.subject_pki
    }

    /// Its public key in DER.
    pub fn key_der(&self) -> &'a [u8] {
        self.parsed.tbs_certificate.subject_pki.raw
    }

    /// The contents of its subject, as sets of roots hold them.
    pub fn subject_contents(&self) -> &'a [u8] {
        contents(self.parsed.tbs_certificate.subject.as_raw())
    }

    /// The contents of its issuer, as sets of roots hold them.
    pub fn issuer_contents(&self) -> &'a [u8] {
        contents(self.parsed.tbs_certificate.issuer.as_raw())
    }

    /// The contents of its public key, as sets of roots hold them.
    pub fn key_contents(&self) -> &'a [u8] {
        contents(self.key_der())
    }

    /// Whether signed timestamps of public logs stand in it: a public authority issued it.
    pub fn has_timestamps(&self) -> bool {
        self.parsed.extensions().iter().any(|extension| extension.oid == EMBEDDED_SCTS)
    }

    /// Whether it bears the key of a public root.
    pub fn is_public_root(&self) -> bool {
        is_public_key(self.key_der())
    }

    /// Whether it names a public root as its issuer.
    pub fn names_public_root(&self) -> bool {
        short_name(self.parsed.issuer()).is_some_and(|name| public_roots::is_named(&name))
    }

    /// Whether it shows that a public authority issued it: signed timestamps of public logs stand in it, its issuer's
    /// certificate can be fetched from a public place, or its issuer is on the built-in list.
    pub fn names_public_authority(&self) -> bool {
        if self.has_timestamps() {
            return true;
        }
        let common_name =
            self.parsed.issuer().iter_common_name().next().map(|part| text_of(part.attr_value()));
        if common_name.is_some_and(|name| public_issuers::is_listed(&name)) {
            return true;
        }
        self.parsed.extensions().iter().filter(|extension| extension.oid == AUTHORITY_ACCESS).any(
            |extension| {
                let ParsedExtension::AuthorityInfoAccess(access) = extension.parsed_extension() else {
                    return false;
                };
                access.accessdescs.iter().any(|description| {
                    description.access_method == ISSUERS_CERTIFICATE
                        && matches!(description.access_location, GeneralName::URI(url) if is_public_url(url))
                })
            },
        )
    }

    /// Whether its list of names holds this DNS name (lower or upper case, without the root's dot), by RFC 6125: a
    /// whole leftmost label may be `*`.
    pub fn has_dns_name(&self, name: &str) -> bool {
        let parent = name.split_once('.').map(|(_, parent)| parent);
        self.names().iter().any(|general| match general {
            GeneralName::DNSName(pattern) => match pattern.strip_prefix("*.") {
                Some(rest) => parent.is_some_and(|parent| parent.eq_ignore_ascii_case(rest)),
                None => pattern.eq_ignore_ascii_case(name),
            },
            _ => false,
        })
    }

    /// Whether its list of names holds this address.
    pub fn has_address(&self, wanted: IpAddr) -> bool {
        self.names()
            .iter()
            .any(|general| matches!(general, GeneralName::IPAddress(bytes) if address(bytes) == Some(wanted)))
    }

    /// Its list of names (subject alternative name, RFC 5280 4.2.1.6).
    fn names(&self) -> &[GeneralName<'a>] {
        match self.parsed.subject_alternative_name() {
            Ok(Some(names)) => &names.value.general_names,
            _ => &[],
        }
    }
}

/// Whether signatures by this key can be checked by this build: RSA of 2048 to 8192 bits, P-256, P-384 and Ed25519.
pub(super) fn is_checkable(key: &SubjectPublicKeyInfo<'_>) -> bool {
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => (2048..=8192).contains(&rsa.key_size()),
        Ok(PublicKey::EC(_)) => {
            let curve = key.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok());
            curve.is_some_and(|curve| curve == OID_EC_P256 || curve == OID_NIST_EC_P384)
        }
        _ => key.algorithm.algorithm == OID_SIG_ED25519,
    }
}

/// Whether a root, as sets of roots hold it, is a public one.
pub(super) fn is_public_anchor(root: &TrustAnchor<'_>) -> bool {
    is_public_key(&webpki::spki_for_anchor(root))
}

fn is_public_key(key: &[u8]) -> bool {
    public_roots::is_public(&Sha256::digest(key).into())
}

/// The common name; the organizational unit where there is none.
fn short_name(name: &X509Name<'_>) -> Option<String> {
    let part = name.iter_common_name().next().or_else(|| name.iter_organizational_unit().next())?;
    Some(text_of(part.attr_value()))
}

/// The contents of a DER value, without its tag and length.
pub(super) fn contents(der: &[u8]) -> &[u8] {
    Any::from_der(der).map_or(&[], |(_, any)| any.data)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}

/// `CN=…, O=…`, as far as a name has them; else all that it has.
fn distinguished_name(name: &X509Name<'_>) -> Quote {
    let mut text = Quote::new();
    let common_name = name.iter_common_name().next().map(|part| ("CN=", part));
    let organization = name.iter_organization().next().map(|part| ("O=", part));
    for (key, part) in common_name.into_iter().chain(organization) {
        let separator = if text.is_empty() { "" } else { ", " };
        // Writing to a `Text` cannot fail: it cuts.
        let _ = write!(text, "{separator}{key}{}", quoted(&text_of(part.attr_value())));
    }
    if text.is_empty() {
        let other = name.to_string();
        return Quote::from_bytes(other.as_bytes());
    }
    text
}

/// A value in quotes where it could be taken for several: `O="Example, Inc."`.
fn quoted(value: &str) -> String {
    if value.contains([',', '"', '=']) {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}

/// The text of a part of a name, in whichever of ASN.1's alphabets it is written.
fn text_of(value: &Any<'_>) -> String {
    let bytes = &value.data[..value.data.len().min(NAME_PART)];
    match value.tag() {
        Tag::BmpString => {
            let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        Tag::UniversalString => bytes
            .chunks_exact(4)
            .map(|quad| u32::from_be_bytes([quad[0], quad[1], quad[2], quad[3]]))
            .map(|point| char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
        Tag::T61String => bytes.iter().map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Whether an http URL points at a host that can be a public authority's: with a dot, no address, and no name that
/// private networks use. Microsoft's certificate services write such URLs into private certificates too.
fn is_public_url(url: &str) -> bool {
    let scheme = url.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("http://"));
    let Some(rest) = scheme.and_then(|_| url.get(7..)) else {
        return false;
    };
    let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default().trim_end_matches('.');
    let Some((_, last)) = host.rsplit_once('.') else {
        return false;
    };
    let private =
        ["local", "localdomain", "internal", "intranet", "intra", "private", "lan", "corp", "home", "arpa"];
    host.parse::<IpAddr>().is_err() && !private.iter().any(|name| name.eq_ignore_ascii_case(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_urls() {
        assert!(is_public_url("http://cacerts.digicert.com/DigiCertGlobalG2TLSRSASHA2562020CA1-1.crt"));
        assert!(is_public_url("HTTP://www.microsoft.com:80/pkiops/certs/x.crt"));
        for private in [
            "http://pki/ca.crt",
            "http://pki.corp.local/ca.crt",
            "http://10.1.2.3/ca.crt",
            "ldap:///CN=Example",
            "http://",
            "https://example.com/ca.crt",
            "httpä://x.y/",
            "",
        ] {
            assert!(!is_public_url(private), "{private}");
        }
    }

    #[test]
    fn a_value_cannot_pass_for_two() {
        assert_eq!(quoted("Example Ltd"), "Example Ltd");
        assert_eq!(quoted("DigiCert, Inc."), "\"DigiCert, Inc.\"");
        assert_eq!(quoted("x\", O=Microsoft"), "\"x\\\", O=Microsoft\"");
    }

    #[test]
    fn text_in_every_alphabet() {
        let text = |tag, data: &[u8]| text_of(&Any::from_tag_and_data(tag, data));
        assert_eq!(text(Tag::Utf8String, "Bär".as_bytes()), "Bär");
        assert_eq!(text(Tag::BmpString, &[0, b'B', 0, 0xE4, 0, b'r', 7]), "Bär");
        assert_eq!(text(Tag::UniversalString, &[0, 0, 0, b'B', 0xFF, 0, 0, 0]), "B\u{FFFD}");
        assert_eq!(text(Tag::T61String, b"B\xE4r"), "Bär");
        assert_eq!(text(Tag::PrintableString, b"a\xFFb"), "a\u{FFFD}b");
    }
}
