//! The certificates of the lab, made anew at each start: nothing here is valid anywhere else.

use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, CustomExtension, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion, version};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// Where the certificates of the issuing authority would be fetched from (AIA caIssuers). Its presence is what tells a
/// public certificate from a private one; nobody fetches it.
const CA_ISSUERS: &str = "http://pki.example.com/lab-service-issuing-ca-01.crt";

/// Who vouches for a server, and what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The service root, with the intermediate.
    Service,
    /// The service root, but the intermediate is not sent.
    NoIntermediate,
    /// Issued for another host.
    WrongName,
    /// Over since 2021.
    Expired,
    /// Begins in 2090.
    NotYetValid,
    /// Over, and for another host.
    WrongNameExpired,
    /// A single certificate that signed itself.
    SelfSigned,
    /// A private authority that nobody trusts; its root is not sent, and nothing says who it is.
    Unknown,
    /// Re-signed by the inspector, whose root is sent along.
    Inspector,
    /// Re-signed by the inspector, and over since 2021.
    InspectorExpired,
    /// Re-signed by an authority with the name of a known inspector; its root is not sent.
    NamedInspector,
    /// The company's own authority: the certificates of its https proxies.
    Corporate,
    /// The same, over since 2021.
    CorporateExpired,
}

/// How a server speaks TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Face {
    pub(crate) identity: Identity,
    pub(crate) versions: &'static [&'static SupportedProtocolVersion],
    /// Whether it wants a certificate of the client's.
    pub(crate) client_certificate: bool,
    /// Bytes of the server's that get through; the others vanish.
    pub(crate) vanish_after: Option<usize>,
}

/// Only TLS 1.2.
pub(crate) const TLS12: &[&SupportedProtocolVersion] = &[&version::TLS12];
/// Only TLS 1.3.
pub(crate) const TLS13: &[&SupportedProtocolVersion] = &[&version::TLS13];
const BOTH: &[&SupportedProtocolVersion] = &[&version::TLS13, &version::TLS12];

impl Face {
    pub(crate) const fn new(identity: Identity) -> Self {
        Self { identity, versions: BOTH, client_certificate: false, vanish_after: None }
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

/// All authorities of the lab.
#[derive(Debug)]
pub(crate) struct Certificates {
    service_root: Authority,
    service_issuing: Authority,
    inspector: Authority,
    named_inspector: Authority,
    corporate: Authority,
    unknown_root: Authority,
    unknown_issuing: Authority,
    /// One key for all servers: making keys is what takes time.
    server_key: KeyPair,
}

impl Certificates {
    pub(crate) fn make() -> io::Result<Self> {
        Self::try_make().map_err(io::Error::other)
    }

    fn try_make() -> Result<Self, rcgen::Error> {
        let service_root = root("Lab Services", "Lab Service Root CA 2020")?;
        let service_issuing = issuing("Lab Services", "Lab Service Issuing CA 01", &service_root)?;
        let unknown_root = root("Example Private", "Example Private Root 7")?;
        let unknown_issuing = issuing("Example Private", "Example Private Issuing 7", &unknown_root)?;
        Ok(Self {
            service_root,
            service_issuing,
            inspector: root("Lab", "Lab Inspection CA")?,
            named_inspector: root("Zscaler Inc.", "Zscaler Intermediate Root CA (zscaler.net)")?,
            corporate: root("Lab", "Lab Corporate CA")?,
            unknown_root,
            unknown_issuing,
            server_key: KeyPair::generate()?,
        })
    }

    pub(crate) fn service_roots_pem(&self) -> String {
        self.service_root.pem()
    }

    pub(crate) fn inspector_root_pem(&self) -> String {
        self.inspector.pem()
    }

    pub(crate) fn corporate_root_pem(&self) -> String {
        self.corporate.pem()
    }

    pub(crate) fn unknown_root_pem(&self) -> String {
        self.unknown_root.pem()
    }

    /// What a server with this face needs, for this host (a name or an address).
    pub(crate) fn server_config(&self, face: Face, host: &str) -> io::Result<Arc<ServerConfig>> {
        let chain = self.chain(face.identity, host).map_err(io::Error::other)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.server_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(face.versions)
            .map_err(io::Error::other)?;
        let builder = if face.client_certificate {
            let mut roots = RootCertStore::empty();
            roots.add(self.corporate.der().clone()).map_err(io::Error::other)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(io::Error::other)?;
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_single_cert(chain, key).map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn chain(&self, identity: Identity, host: &str) -> Result<Vec<CertificateDer<'static>>, rcgen::Error> {
        let host = match identity {
            Identity::WrongName | Identity::WrongNameExpired => "another.service.example",
            _ => host,
        };
        let leaf = leaf_params(identity, host)?;
        let (issuer, sent): (&Authority, &[&Authority]) = match identity {
            Identity::SelfSigned => return Ok(vec![leaf.self_signed(&self.server_key)?.der().clone()]),
            Identity::Service
            | Identity::WrongName
            | Identity::Expired
            | Identity::NotYetValid
            | Identity::WrongNameExpired => (&self.service_issuing, &[&self.service_issuing]),
            Identity::NoIntermediate => (&self.service_issuing, &[]),
            Identity::Unknown => (&self.unknown_issuing, &[&self.unknown_issuing]),
            Identity::Inspector | Identity::InspectorExpired => (&self.inspector, &[&self.inspector]),
            Identity::NamedInspector => (&self.named_inspector, &[]),
            Identity::Corporate | Identity::CorporateExpired => (&self.corporate, &[]),
        };
        let leaf: Certificate = leaf.signed_by(&self.server_key, issuer)?;
        let mut chain = vec![leaf.der().clone()];
        chain.extend(sent.iter().map(|authority| authority.der().clone()));
        Ok(chain)
    }
}

fn leaf_params(identity: Identity, host: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(vec![host.to_owned()])?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, host);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = match identity {
        Identity::Expired
        | Identity::WrongNameExpired
        | Identity::InspectorExpired
        | Identity::CorporateExpired => (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1)),
        Identity::NotYetValid => (date_time_ymd(2090, 1, 1), date_time_ymd(2091, 1, 1)),
        _ => (date_time_ymd(2020, 1, 1), date_time_ymd(2099, 12, 31)),
    };
    let public = matches!(
        identity,
        Identity::Service
            | Identity::NoIntermediate
            | Identity::WrongName
            | Identity::Expired
            | Identity::NotYetValid
            | Identity::WrongNameExpired
    );
    if public {
        params.custom_extensions.push(ca_issuers());
    }
    Ok(params)
}

fn root(organisation: &str, name: &str) -> Result<Authority, rcgen::Error> {
    CertifiedIssuer::self_signed(authority_params(organisation, name), KeyPair::generate()?)
}

fn issuing(organisation: &str, name: &str, root: &Authority) -> Result<Authority, rcgen::Error> {
    let mut params = authority_params(organisation, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.use_authority_key_identifier_extension = true;
    CertifiedIssuer::signed_by(params, KeyPair::generate()?, root)
}

fn authority_params(organisation: &str, name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, organisation);
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2099, 12, 31);
    params
}

/// The authority information access extension with one caIssuers URL (RFC 5280 4.2.2.1), in DER.
fn ca_issuers() -> CustomExtension {
    const AUTHORITY_INFO_ACCESS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
    const CA_ISSUERS_METHOD: &[u8] = &[0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
    let location = der(0x86, CA_ISSUERS.as_bytes());
    let description = der(0x30, &[CA_ISSUERS_METHOD, &location].concat());
    CustomExtension::from_oid_content(AUTHORITY_INFO_ACCESS, der(0x30, &description))
}

/// One DER element. The contents here are shorter than 128 bytes, so that the length is one byte.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    debug_assert!(content.len() < 128, "needs the long form of length");
    let length = u8::try_from(content.len()).unwrap_or(u8::MAX);
    [&[tag, length], content].concat()
}
