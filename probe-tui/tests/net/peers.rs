//! Peers on loopback, each a thread that serves one connection, and a client to try on them.

use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use probe_core::catalog::roots::PinClass;
use probe_core::probe::tls::TlsReport;
use probe_core::probe::transport::{Failure, Hop, How, Transport as _};
use probe_tui::net::{Client, Config, Connection, Deadlines, Overrides, Trust};
use rustls::crypto::ring::default_provider;
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, SignatureAlgorithm, SignatureScheme, StreamOwned,
    SupportedProtocolVersion,
};

use crate::certificates::{Authority, Der, Leaf, root, trust};

pub(crate) const HOST: &str = "host.example";

/// A peer never waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(5);

/// How late a time-out may come, on a machine that is busy with other tests.
pub(crate) const TOLERANCE: Duration = Duration::from_millis(150);

/// Serves one connection.
pub(crate) fn serve(behave: impl FnOnce(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        if let Ok((stream, _)) = listener.accept() {
            stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
            stream.set_write_timeout(Some(PATIENCE)).expect("a time-out");
            behave(stream);
        }
    });
    address
}

/// Reads until the other side ends or has waited long enough.
pub(crate) fn drain(mut stream: TcpStream) {
    let mut space = [0; 1024];
    while stream.read(&mut space).is_ok_and(|count| count > 0) {}
}

/// Reads one TLS record, which is all of a first message here.
pub(crate) fn read_record(stream: &mut TcpStream) -> Vec<u8> {
    let mut record = vec![0; 5];
    stream.read_exact(&mut record).expect("the header of a record");
    let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
    record.resize(5 + length, 0);
    stream.read_exact(&mut record[5..]).expect("a record");
    record
}

/// Ends a connection with RST.
pub(crate) fn reset(stream: TcpStream) {
    let socket = socket2::Socket::from(stream);
    socket.set_linger(Some(Duration::ZERO)).expect("linger");
}

/// A client with roomy times that trusts nobody.
pub(crate) fn patient() -> Client {
    client(trust(&[], &[]), PATIENCE, PATIENCE)
}

/// A client whose attempts take this long at most.
pub(crate) fn hasty(total: Duration) -> Client {
    client(trust(&[], &[]), PATIENCE, total)
}

pub(crate) fn client(trust: Trust, connect: Duration, total: Duration) -> Client {
    let deadlines = Deadlines { connect, total };
    Client::new(Config { trust: Arc::new(trust), overrides: Overrides::new(), deadlines })
}

pub(crate) async fn connected(client: &Client, to: SocketAddr) -> Connection {
    let mut connection = client.connection(to.port(), PinClass::Public);
    connection.connect(to.ip(), to.port()).await.expect("somebody listens");
    connection
}

/// A handshake with a peer that behaves like this.
pub(crate) async fn handshake(client: &Client, behave: impl FnOnce(TcpStream) + Send + 'static) -> TlsReport {
    connected(client, serve(behave)).await.start_tls(HOST, Hop::Origin, &[]).await
}

/// How a handshake fails with a peer that behaves like this once it has the first message.
pub(crate) async fn failure(client: &Client, behave: impl FnOnce(TcpStream) + Send + 'static) -> Failure {
    let report = handshake(client, |mut stream| {
        read_record(&mut stream);
        behave(stream);
    });
    report.await.result.expect_err("this cannot succeed")
}

/// A server's TLS: a leaf with what is sent behind it.
#[derive(Clone)]
pub(crate) struct Server {
    certificates: Vec<Der>,
    key: Arc<dyn SigningKey>,
    versions: Vec<&'static SupportedProtocolVersion>,
    client_roots: Option<Der>,
}

impl Server {
    pub(crate) fn new(leaf: &Leaf, behind: &[&Authority]) -> Self {
        let certificates = [&leaf.der].into_iter().chain(behind.iter().map(|authority| &authority.der));
        Self {
            certificates: certificates.cloned().collect(),
            key: rustls::crypto::ring::sign::any_supported_type(&leaf.private_key()).expect("a key"),
            versions: vec![&rustls::version::TLS13, &rustls::version::TLS12],
            client_roots: None,
        }
    }

    /// A server of which nothing but its existence matters.
    pub(crate) fn any() -> Self {
        Self::new(&root("Root").leaf(), &[])
    }

    pub(crate) fn certificates(mut self, certificates: &[Der]) -> Self {
        self.certificates = certificates.to_vec();
        self
    }

    /// A server that shows this certificate and signs with nonsense, by this scheme.
    pub(crate) fn with_nonsense(certificate: Der, scheme: SignatureScheme) -> Self {
        Self { key: Arc::new(Nonsense(scheme)), ..Self::any().certificates(&[certificate]) }
    }

    pub(crate) fn version(mut self, version: &'static SupportedProtocolVersion) -> Self {
        self.versions = vec![version];
        self
    }

    pub(crate) fn requires_client_certificate(mut self) -> Self {
        self.client_roots = Some(root("Client root").der);
        self
    }

    pub(crate) fn start(self, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
        let provider = Arc::new(default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&self.versions)
            .expect("versions");
        let builder = match self.client_roots {
            None => builder.with_no_client_auth(),
            Some(root) => {
                let mut roots = RootCertStore::empty();
                roots.add(root).expect("a root");
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
            }
        };
        // Not the usual way: the certificate need not fit the key, nor be one at all.
        let certified = Arc::new(CertifiedKey::new(self.certificates, self.key));
        let config = builder.with_cert_resolver(Arc::new(Always(certified)));
        StreamOwned::new(ServerConnection::new(Arc::new(config)).expect("a server"), stream)
    }
}

/// Stands in for keys that the TLS of these tests cannot sign with either.
#[derive(Debug, Clone, Copy)]
struct Nonsense(SignatureScheme);

impl SigningKey for Nonsense {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&self.0).then(|| Box::new(*self) as _)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match self.0 {
            SignatureScheme::ECDSA_NISTP521_SHA512 => SignatureAlgorithm::ECDSA,
            _ => SignatureAlgorithm::RSA,
        }
    }
}

impl Signer for Nonsense {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(vec![7; 128])
    }

    fn scheme(&self) -> SignatureScheme {
        self.0
    }
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// Listens and never accepts, with a full queue: who connects gets no answer.
pub(crate) struct Silent {
    pub(crate) address: SocketAddr,
    _listener: socket2::Socket,
    _queued: Vec<socket2::Socket>,
}

impl Silent {
    /// `None` where the operating system answers all the same.
    pub(crate) fn new(ip: Ipv4Addr) -> Option<Self> {
        use socket2::{Domain, Socket, Type};
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        listener.bind(&SocketAddr::from((ip, 0)).into()).expect("a free port");
        listener.listen(0).expect("a listener");
        let address = listener.local_addr().expect("an address").as_socket().expect("an address");
        let mut queued = Vec::new();
        for _ in 0..8 {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
            let answered = socket.connect_timeout(&address.into(), Duration::from_millis(60)).is_ok();
            queued.push(socket);
            if !answered {
                return Some(Self { address, _listener: listener, _queued: queued });
            }
        }
        None
    }
}

pub(crate) fn assert_took(begun: Instant, expected: Duration) {
    let took = begun.elapsed();
    assert!(took >= expected && took < expected + TOLERANCE, "took {took:?} where {expected:?} was due");
}

pub(crate) fn how<T: std::fmt::Debug>(result: Result<T, Failure>) -> How {
    result.expect_err("this cannot succeed").how
}

pub(crate) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
