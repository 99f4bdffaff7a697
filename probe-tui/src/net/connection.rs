//! The transport of the command: tokio's sockets, rustls's TLS.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use probe_core::catalog::roots::PinClass;
use probe_core::probe::tls::{TlsPeer, TlsReport, TlsVersion};
use probe_core::probe::transport::{Addresses, Failure, Hop, How, Transport};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::{CipherSuite, ClientConfig, ClientConnection, ProtocolVersion};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::chain_cache::ChainCache;
use super::failure;
use super::overrides::{Found, Overrides};
use super::resolve::Resolver;
use super::stream::{Session, Tap};
use super::trust::Trust;
use super::verify::Recorder;

/// Nobody waits longer for one attempt; also keeps sums of times within what a clock can hold.
const LONGEST: Duration = Duration::from_hours(24);

/// How long the rest of an answer is waited for that has been understood without it.
const PATIENCE: Duration = Duration::from_secs(1);

/// A call came before the one that it builds on; the core never does that.
const NOT_CONNECTED: How = How::NotSupported("using a connection that is not open");

/// How long an attempt may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Finding addresses and connecting to one of them, together.
    pub connect: Duration,
    /// The whole attempt.
    pub total: Duration,
}

/// What all attempts of a run share.
#[derive(Debug, Clone)]
pub struct Config {
    /// The roots in which chains can end.
    pub trust: Arc<Trust>,
    /// Answers in place of the resolver's.
    pub overrides: Overrides,
    /// How long each attempt may take.
    pub deadlines: Deadlines,
}

/// Makes connections. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: Config,
    resolver: Resolver,
    chains: ChainCache,
    algorithms: WebPkiSupportedAlgorithms,
    tls: ClientConfig,
}

impl Client {
    /// A client for a run.
    pub fn new(config: Config) -> Self {
        let provider = provider();
        let algorithms = provider.signature_verification_algorithms;
        let (resolver, chains) = (Resolver::default(), ChainCache::default());
        let tls = tls_config(provider, &Recorder::new(algorithms));
        Self { shared: Arc::new(Shared { config, resolver, chains, algorithms, tls }) }
    }

    /// A connection for one attempt, whose first hop (the proxy, else the origin) is at this port, and whose origin is of
    /// this pin class. The attempt's time begins to run here.
    pub fn connection(&self, first_hop_port: u16, origin: PinClass) -> Connection {
        let now = Instant::now();
        let Deadlines { connect, total } = self.shared.config.deadlines;
        let end_by = now + total.min(LONGEST);
        Connection {
            shared: Arc::clone(&self.shared),
            port: first_hop_port,
            origin,
            connect_by: end_by.min(now + connect.min(LONGEST)),
            end_by,
            untried: 1,
            has_stand_ins: false,
            stream: None,
        }
    }

    /// The trust that chains are read by, for its [`notes`](Trust::notes).
    pub fn trust(&self) -> &Trust {
        &self.shared.config.trust
    }

    /// The answers in place of the resolver's, to show people the [`socket`](Overrides::socket) behind a stand-in.
    pub fn overrides(&self) -> &Overrides {
        &self.shared.config.overrides
    }
}

/// Classical key exchange only: a post-quantum share makes the first message longer than one packet, and middleboxes stop
/// such messages that let those of the judged clients pass.
fn provider() -> CryptoProvider {
    let groups = vec![ring::kx_group::X25519, ring::kx_group::SECP256R1, ring::kx_group::SECP384R1];
    let mut provider = CryptoProvider { kx_groups: groups, ..ring::default_provider() };
    provider.cipher_suites.sort_by_key(|suite| !is_first_choice(suite.suite()));
    provider
}

/// In the order of browsers. Processors have instructions for the hash of these, and none for that of the suites with
/// AES-256, where it is a tenth of a handshake's work.
fn is_first_choice(suite: CipherSuite) -> bool {
    matches!(
        suite,
        CipherSuite::TLS13_AES_128_GCM_SHA256
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    )
}

/// What all handshakes have in common; each replaces the recorder by its own.
fn tls_config(provider: CryptoProvider, recorder: &Arc<Recorder>) -> ClientConfig {
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .expect("the provider has cipher suites for both versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(recorder) as _)
        .with_client_cert_resolver(Arc::clone(recorder) as _);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A resumed session shows no certificates.
    config.resumption = Resumption::disabled();
    config
}

/// One connection to the outside, for one attempt.
#[derive(Debug)]
pub struct Connection {
    shared: Arc<Shared>,
    port: u16,
    /// The pin class of the origin.
    origin: PinClass,
    connect_by: Instant,
    end_by: Instant,
    /// Addresses that share what is left of the time for connecting.
    untried: usize,
    /// Whether the addresses stand for sockets of the overrides. All others are what they are, also in that range.
    has_stand_ins: bool,
    stream: Option<Tap>,
}

impl Connection {
    fn overridden(&mut self, found: Found) -> Result<Addresses, How> {
        match found {
            Found::Addresses(addresses) => Ok(addresses),
            Found::StandIns(addresses) => {
                self.has_stand_ins = true;
                Ok(addresses)
            }
            Found::NoSuchName => Err(How::NameNotFound),
            Found::ServerFailed(code) => Err(How::NameServerFailed(Some(code))),
            Found::Silent => Err(How::TimedOut),
        }
    }

    /// The socket that a connection to this address goes to: itself, or what it stands for by the last lookup.
    pub fn destination(&self, address: IpAddr, port: u16) -> SocketAddr {
        let stand_in = self.has_stand_ins.then(|| self.shared.config.overrides.socket(address)).flatten();
        stand_in.unwrap_or(SocketAddr::new(address, port))
    }

    /// rustls for one peer, whose certificates go to the recorder.
    fn tls(&self, name: &str, recorder: &Arc<Recorder>) -> Result<ClientConnection, How> {
        let name = ServerName::try_from(name.trim_end_matches('.').to_owned())
            .map_err(|_| How::NotSupported("TLS with a name that is no DNS name"))?;
        let mut config = self.shared.tls.clone();
        config.dangerous().set_certificate_verifier(Arc::clone(recorder) as _);
        config.client_auth_cert_resolver = Arc::clone(recorder) as _;
        ClientConnection::new(Arc::new(config), name).map_err(|error| failure::of_tls(&error))
    }

    fn read_chain(&self, certificates: &[CertificateDer<'_>], name: &str, hop: Hop) -> TlsPeer {
        // A proxy is nobody's service: no class says where its chain ends.
        let class = if hop == Hop::Origin { self.origin } else { PinClass::Public };
        let trust = self.shared.config.trust.for_class(class);
        self.shared.chains.read(certificates, name, UnixTime::now(), trust)
    }

    /// The result of a call; after a failure there is no connection any more.
    fn settle<T>(&mut self, ended: Result<T, How>) -> Result<T, Failure> {
        ended.map_err(|how| match self.stream.take() {
            Some(stream) => stream.failure(how),
            None => how.into(),
        })
    }
}

impl Transport for Connection {
    async fn resolve(&mut self, host: &str) -> Result<Addresses, Failure> {
        self.has_stand_ins = false;
        let addresses = match self.shared.config.overrides.find(host, self.port) {
            Some(found) => {
                if found == Found::Silent {
                    sleep_until(self.connect_by).await;
                }
                self.overridden(found)?
            }
            // In a place of its own: it is long, and most attempts ask for no name.
            None => Box::pin(self.shared.resolver.resolve(host, self.connect_by)).await?,
        };
        self.untried = addresses.len();
        Ok(addresses)
    }

    async fn connect(&mut self, address: IpAddr, port: u16) -> Result<(), Failure> {
        self.stream = None;
        let socket = self.destination(address, port);
        // One silent address must not use up the time of all others.
        let now = Instant::now();
        let untried = u32::try_from(self.untried.max(1)).unwrap_or(u32::MAX);
        let share = self.connect_by.saturating_duration_since(now) / untried;
        self.untried = self.untried.saturating_sub(1);
        let begun = begin_connect(socket).map_err(|error| failure::of_connect(&error, socket.ip()))?;
        let stream = match timeout_at(now + share, connected(begun)).await {
            Err(_) => return Err(How::TimedOut.into()),
            // It was open, and reset before the runtime looked: the SYN itself would have been refused.
            Ok(Err(error)) if failure::of_io(&error) == How::Reset => {
                self.stream = Some(Tap::on_reset());
                return Ok(());
            }
            Ok(Err(error)) => return Err(failure::of_connecting(&error, socket.ip()).into()),
            Ok(Ok(stream)) => stream,
        };
        // Requests are written in one piece; waiting for more would only add to the times that are reported.
        let _ = stream.set_nodelay(true);
        self.stream = Some(Tap::on_socket(stream));
        Ok(())
    }

    async fn start_tls(&mut self, name: &str, hop: Hop, early: &[u8]) -> TlsReport {
        let unmade = |how: How| TlsReport { result: Err(how.into()), peer: TlsPeer::default() };
        let Some(mut under) = self.stream.take() else {
            return unmade(NOT_CONNECTED);
        };
        let recorder = Recorder::new(self.shared.algorithms);
        let tls = match self.tls(name, &recorder) {
            Ok(tls) => tls,
            Err(how) => return unmade(how),
        };
        under.put_early(early);
        let mut session = Box::new(Session::new(tls, under));
        let mut ended = in_time(self.end_by, poll_fn(|cx| session.poll_handshake(cx))).await;
        if ended == Err(How::Reset) {
            ended = in_time(self.end_by, poll_fn(|cx| session.poll_last_words(cx))).await;
        }
        let shown = recorder.take();
        let peer = TlsPeer {
            version: match session.tls().protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => Some(TlsVersion::Tls12),
                Some(ProtocolVersion::TLSv1_3) => Some(TlsVersion::Tls13),
                _ => None,
            },
            asked_for_certificate: shown.asked_for_certificate,
            ..self.read_chain(&shown.certificates, name, hop)
        };
        let result = match ended {
            Ok(()) => {
                session.end_handshake();
                self.stream = Some(Tap::on_tls(session));
                Ok(())
            }
            Err(how) => Err(session.failure(how)),
        };
        TlsReport { result, peer }
    }

    async fn write_all(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let Some(stream) = &mut self.stream else {
            return Err(NOT_CONNECTED.into());
        };
        stream.begin_stage();
        let mut rest = bytes;
        let writing = poll_fn(|cx| {
            while !rest.is_empty() {
                let count = ready!(stream.poll_write(cx, &[IoSlice::new(rest)]))?;
                if count == 0 {
                    return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
                }
                rest = rest.get(count..).unwrap_or_default();
            }
            stream.poll_flush(cx)
        });
        let mut ended = in_time(self.end_by, writing).await;
        if ended == Err(How::Reset) {
            ended = in_time(self.end_by, poll_fn(|cx| stream.poll_last_words(cx))).await;
        }
        self.settle(ended)
    }

    fn hurry(&mut self) {
        self.end_by = self.end_by.min(Instant::now() + PATIENCE);
    }

    async fn read(&mut self, space: &mut [u8]) -> Result<usize, Failure> {
        let Some(stream) = &mut self.stream else {
            return Err(NOT_CONNECTED.into());
        };
        let ended = in_time(self.end_by, poll_fn(|cx| stream.poll_read(cx, space))).await;
        self.settle(ended)
    }
}

/// Asks the system for a connection. Its error is what this machine says by itself: the runtime's own way of connecting
/// mixes it with what comes from the network later.
fn begin_connect(to: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    match socket.connect(&to.into()) {
        Err(error) if !is_under_way(&error) => Err(error),
        _ => TcpStream::from_std(socket.into()),
    }
}

fn is_under_way(error: &io::Error) -> bool {
    // Windows says that it would block, the others that it is in progress; `std` has no stable kind for the latter.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const IN_PROGRESS: i32 = 115;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const IN_PROGRESS: i32 = 36;
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(IN_PROGRESS)
}

/// Waits until a connection is open, or has failed.
async fn connected(stream: TcpStream) -> io::Result<TcpStream> {
    stream.writable().await?;
    match stream.take_error()? {
        Some(error) => Err(error),
        None => Ok(stream),
    }
}

/// What becomes of something until a moment.
async fn in_time<T>(by: Instant, doing: impl Future<Output = io::Result<T>>) -> Result<T, How> {
    match timeout_at(by, doing).await {
        Ok(ended) => ended.map_err(|error| failure::of_io(&error)),
        Err(_) => Err(How::TimedOut),
    }
}
