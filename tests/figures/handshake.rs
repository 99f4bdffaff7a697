//! The bare handshake: rustls in memory, as the command uses it, without sockets, requests, records or evidence. What a probe
//! costs beyond it is this project's own doing.

use std::sync::Arc;
use std::time::Duration;

use probe_tests::pki::{Identity, MANY_HOSTS, Pki};
use rustix::time::{ClockId, clock_gettime};
use rustls::crypto::{CryptoProvider, ring};
use rustls::{CipherSuite, ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};

/// Handshakes for one figure.
const COUNT: u32 = 500;

/// Processor time of the client's side of one handshake: TLS 1.3, X25519, full verification by rustls itself.
pub(crate) fn client(pki: &Pki) -> Duration {
    let (client, server) = (Arc::new(client_config(pki)), Arc::new(server_config(&pki.many)));
    let spent: Duration = (0..COUNT).map(|_| one(&client, &server)).sum();
    spent / COUNT
}

fn one(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> Duration {
    let name = ServerName::try_from(format!("h0.{MANY_HOSTS}")).expect("a name");
    let mut server = ServerConnection::new(Arc::clone(server)).expect("a server");
    let mut spent = Duration::ZERO;
    let mut wire = Vec::new();
    let begin = now();
    let mut client = ClientConnection::new(Arc::clone(client), name).expect("a client");
    client.write_tls(&mut wire).expect("writing to memory");
    spent += now().saturating_sub(begin);
    while client.is_handshaking() || server.is_handshaking() {
        server.read_tls(&mut wire.as_slice()).expect("reading from memory");
        server.process_new_packets().expect("the client is right");
        wire.clear();
        while server.wants_write() {
            server.write_tls(&mut wire).expect("writing to memory");
        }
        let begin = now();
        let mut rest = wire.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).expect("reading from memory");
            client.process_new_packets().expect("the server is right");
        }
        wire.clear();
        while client.wants_write() {
            client.write_tls(&mut wire).expect("writing to memory");
        }
        spent += now().saturating_sub(begin);
    }
    spent
}

/// Processor time of this thread.
fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The same groups as the command offers, and the suite that a server takes of its suites.
fn provider() -> CryptoProvider {
    let groups = vec![ring::kx_group::X25519, ring::kx_group::SECP256R1, ring::kx_group::SECP384R1];
    let mut provider = CryptoProvider { kx_groups: groups, ..ring::default_provider() };
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    provider
}

fn client_config(pki: &Pki) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_file(&pki.service_roots).expect("the root can be read");
    roots.add(root).expect("a root");
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has cipher suites")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = rustls::client::Resumption::disabled();
    config
}

/// A server with this certificate that gives no tickets, like the nginx of the bed.
pub(crate) fn server_config(identity: &Identity) -> ServerConfig {
    let chain: Vec<_> = CertificateDer::pem_file_iter(&identity.chain)
        .expect("the chain can be read")
        .map(|certificate| certificate.expect("a certificate"))
        .collect();
    let key = PrivateKeyDer::from_pem_file(&identity.key).expect("the key can be read");
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has cipher suites")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("the key fits");
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    config
}
