//! What a TLS peer shows during a handshake, kept for the chain reader.
//!
//! A probe has to see what is wrong with a chain, and often what comes behind it, so the chain does not decide whether
//! the handshake goes on: the core judges it, and ends the journey where it does not verify. That the peer holds the key
//! of the certificate that it shows is verified here as everywhere: without it, its certificates would prove nothing.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, PeerMisbehaved, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use webpki::RawPublicKeyEntity;

use super::certificate::{Certificate, is_checkable};

/// What a peer has shown.
#[derive(Debug, Default)]
pub struct Shown {
    /// Its certificates as they were sent.
    pub certificates: Vec<CertificateDer<'static>>,
    /// Whether it asked for a client certificate.
    pub asked_for_certificate: bool,
}

/// Keeps what one peer shows; one for each handshake.
#[derive(Debug)]
pub struct Recorder {
    algorithms: WebPkiSupportedAlgorithms,
    shown: Mutex<Shown>,
}

impl Recorder {
    /// A recorder that verifies handshake signatures by these algorithms.
    pub fn new(algorithms: WebPkiSupportedAlgorithms) -> Arc<Self> {
        Arc::new(Self { algorithms, shown: Mutex::new(Shown::default()) })
    }

    /// Takes out what was shown by now.
    pub fn take(&self) -> Shown {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shown> {
        // Nothing in here can panic half-way, so a poisoned lock holds nothing broken.
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A certificate's key is of a kind that this build cannot check signatures by: a fact about this build.
#[derive(Debug)]
pub(super) struct UncheckableKey;

impl fmt::Display for UncheckableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the certificate's key is of a kind that this build cannot check")
    }
}

impl std::error::Error for UncheckableKey {}

/// The certificate's key, if it can be read.
fn key<'c>(certificate: &'c CertificateDer<'_>) -> Result<Option<SubjectPublicKeyInfoDer<'c>>, Error> {
    match Certificate::read(certificate) {
        Some(read) if !is_checkable(read.key()) => {
            Err(CertificateError::Other(OtherError(Arc::new(UncheckableKey))).into())
        }
        read => Ok(read.map(|read| SubjectPublicKeyInfoDer::from(read.key_der()))),
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let certificates = [end_entity].into_iter().chain(intermediates);
        self.lock().certificates = certificates.map(|der| der.clone().into_owned()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // Certificates that path building refuses (of version 1, with an unknown critical extension) have a key all the
        // same, and what is wrong with them is the chain reader's to say.
        let Some(key) = key(certificate)? else {
            return verify_tls12_signature(message, certificate, signed, &self.algorithms);
        };
        let algorithms = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
        let Some((_, algorithms)) = algorithms else {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        };
        let key = RawPublicKeyEntity::try_from(&key).map_err(|_| CertificateError::BadEncoding)?;
        // In TLS 1.2 a scheme does not fix the curve: the key says which of these it is.
        let is_valid = algorithms
            .iter()
            .any(|algorithm| key.verify_signature(*algorithm, message, signed.signature()).is_ok());
        if is_valid {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(CertificateError::BadSignature.into())
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match key(certificate)? {
            Some(key) => verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms),
            None => verify_tls13_signature(message, certificate, signed, &self.algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms.supported_schemes();
        // Not supported, and asked for as the last: a server with such a key shows its chain, instead of refusing a client
        // that could have no use for it.
        schemes.push(SignatureScheme::ECDSA_NISTP521_SHA512);
        schemes
    }
}

impl ResolvesClientCert for Recorder {
    /// Only ever called when the peer asks; it gets none.
    fn resolve(&self, _issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.lock().asked_for_certificate = true;
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
