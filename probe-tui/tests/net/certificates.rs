//! Certificates for the tests: authorities, leaves, and what can be wrong with them.

use probe_tui::net::trust::{Roots, Trust};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SigningKey as _, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

pub(crate) type Der = CertificateDer<'static>;

/// An authority that can issue.
pub(crate) struct Authority {
    pub(crate) der: Der,
    pub(crate) issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
pub(crate) struct Leaf {
    pub(crate) der: Der,
    pub(crate) key: KeyPair,
}

impl Leaf {
    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }
}

pub(crate) fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

/// What an authority says of itself, valid from the beginning of one year to that of another.
pub(crate) fn authority_params(name: &str, years: (i32, i32)) -> CertificateParams {
    let mut params = params(name, years, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params
}

/// What a leaf says of itself.
pub(crate) fn params(name: &str, years: (i32, i32), names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name = rcgen::DistinguishedName::new();
    if !name.is_empty() {
        params.distinguished_name.push(DnType::CommonName, name);
        params.distinguished_name.push(DnType::OrganizationName, "Example, Inc.");
    }
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params
}

pub(crate) fn root(name: &str) -> Authority {
    root_of(authority_params(name, (2000, 2090)))
}

pub(crate) fn root_of(mut params: CertificateParams) -> Authority {
    params.extended_key_usages.clear();
    let key = key();
    let der = params.self_signed(&key).expect("a root").der().clone();
    Authority { der, issuer: Issuer::new(params, key) }
}

impl Authority {
    pub(crate) fn intermediate(&self, name: &str) -> Self {
        self.intermediate_of(authority_params(name, (2010, 2080)), key())
    }

    pub(crate) fn intermediate_of(&self, params: CertificateParams, key: KeyPair) -> Self {
        let der = params.signed_by(&key, &self.issuer).expect("an intermediate").der().clone();
        Self { der, issuer: Issuer::new(params, key) }
    }

    /// A leaf for `host.example`, valid long.
    pub(crate) fn leaf(&self) -> Leaf {
        self.leaf_of(&params("host.example", (2020, 2070), &["host.example"]))
    }

    pub(crate) fn leaf_of(&self, params: &CertificateParams) -> Leaf {
        let key = key();
        let der = params.signed_by(&key, &self.issuer).expect("a leaf").der().clone();
        Leaf { der, key }
    }
}

pub(crate) fn self_signed(params: &CertificateParams) -> Leaf {
    let key = key();
    Leaf { der: params.self_signed(&key).expect("a certificate").der().clone(), key }
}

/// A certificate of version 1, as `openssl x509 -req` makes them: no extensions, so no list of names either.
pub(crate) fn version_1(name: &str) -> Leaf {
    let made = self_signed(&params(name, (2020, 2070), &[]));
    let parts = elements(contents(elements(contents(&made.der))[0]));
    // Without the version in front and the extensions behind.
    let body: Vec<u8> =
        parts.iter().filter(|part| !matches!(part[0], 0xA0 | 0xA3)).copied().flatten().copied().collect();
    let body = sequence(&body);
    let algorithm = elements(contents(&made.der))[1];
    let signature = made.key.sign(&body).expect("a signature");
    let mut whole = body;
    whole.extend_from_slice(algorithm);
    whole.extend(tagged(0x03, &[&[0], signature.as_slice()].concat()));
    Leaf { der: sequence(&whole).into(), key: made.key }
}

/// Where to fetch the issuer's certificate (`caIssuers`).
pub(crate) fn issuer_at(url: &str) -> CustomExtension {
    let description = sequence(
        &[tagged(0x06, &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02]), tagged(0x86, url.as_bytes())]
            .concat(),
    );
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], sequence(&description))
}

/// Embedded timestamps of public logs, as far as anybody looks at them here.
pub(crate) fn timestamps() -> CustomExtension {
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2], tagged(0x04, &[0, 0]))
}

/// A comment of `length` bytes (`nsComment`).
pub(crate) fn comment(length: usize) -> CustomExtension {
    CustomExtension::from_oid_content(&[2, 16, 840, 1, 113_730, 1, 13], tagged(0x16, &vec![b'x'; length]))
}

/// A critical extension that nobody knows.
pub(crate) fn unknown_critical() -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
    extension.set_criticality(true);
    extension
}

/// A certificate that `rcgen` cannot make, made with OpenSSL and valid from 2026-11-23 for nearly a century; or a public one.
macro_rules! fixture {
    ($name:literal) => {
        <$crate::certificates::Der as rustls_pki_types::pem::PemObject>::from_pem_slice(include_bytes!(
            concat!("fixtures/", $name, ".pem")
        ))
        .expect("a certificate")
    };
}
pub(crate) use fixture;

pub(crate) fn trust(service: &[&Authority], machine: &[&Authority]) -> Trust {
    let roots = |authorities: &[&Authority]| {
        Roots::from_certificates(
            &authorities.iter().map(|authority| authority.der.clone()).collect::<Vec<_>>(),
        )
    };
    Trust::of(roots(service), roots(machine))
}

fn sequence(contents: &[u8]) -> Vec<u8> {
    tagged(0x30, contents)
}

fn tagged(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(contents.len()).expect("short enough").to_be_bytes();
    // The shortest form is the only one in DER.
    let needed = length.iter().position(|byte| *byte > 0).map_or(0, |leading| 4 - leading);
    let mut der = vec![tag];
    if contents.len() < 0x80 {
        der.push(length[3]);
    } else {
        der.push(0x80 | u8::try_from(needed).expect("at most four"));
        der.extend_from_slice(&length[4 - needed..]);
    }
    der.extend_from_slice(contents);
    der
}

fn header(der: &[u8]) -> (usize, usize) {
    match der[1] {
        short @ 0..0x80 => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7F);
            (2 + count, der[2..2 + count].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
        }
    }
}

fn contents(der: &[u8]) -> &[u8] {
    let (start, length) = header(der);
    &der[start..start + length]
}

fn elements(mut der: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !der.is_empty() {
        let (start, length) = header(der);
        let (element, rest) = der.split_at(start + length);
        found.push(element);
        der = rest;
    }
    found
}
