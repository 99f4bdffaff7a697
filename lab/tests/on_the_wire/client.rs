//! A client that judges nothing: it walks as far as a scene lets it, and writes down what it met.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use probe_lab::{NameAnswer, Scene};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{
    AlertDescription, ClientConfig, DigitallySignedStruct, ProtocolVersion, RootCertStore, SignatureScheme,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

/// All that a walk met. What was not reached is empty.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub name: Option<NameAnswer>,
    pub connects: Vec<Connect>,
    /// Why TLS with the proxy failed.
    pub proxy_tls_failure: Option<String>,
    /// What the proxy said to the request.
    pub proxy: Option<Heard>,
    pub tls: Option<Tls>,
    /// What came of the request to the origin, or to whoever stands there.
    pub http: Option<Heard>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Connect {
    Connected,
    Refused,
    Silent,
    Unreachable,
    Other(String),
}

/// Bytes, and what came behind them.
#[derive(Debug)]
pub(crate) struct Heard {
    pub bytes: Vec<u8>,
    pub ended: Ended,
    /// How many reads brought them.
    pub reads: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The answer was complete, and the connection still open.
    Complete,
    Fin,
    /// The end of the stream inside TLS, without a `close_notify`.
    Cut,
    Reset,
    Silent,
    TooMuch,
    Alert(AlertDescription),
    Other(String),
}

/// A handshake with the origin.
#[derive(Debug)]
pub(crate) struct Tls {
    pub version: Option<ProtocolVersion>,
    /// Why it did not end well.
    pub failure: Option<Ended>,
    /// Bytes from the server.
    pub bytes: Vec<u8>,
    pub chain: Vec<CertificateDer<'static>>,
    /// Whether the chain ends in the service roots, and whether in what this machine trusts.
    pub by_service_roots: Result<(), String>,
    pub by_local_roots: Result<(), String>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Walks. `names` is the lab's name service.
pub(crate) async fn walk(scene: &Scene, names: &[((String, u16), NameAnswer)]) -> Seen {
    // Silence costs its whole time-out; the others never wait so long unless the lab is wrong.
    let patience = Duration::from_secs(if scene.fault.is_silence() { 1 } else { 10 });
    let names: HashMap<_, _> = names.iter().cloned().collect();
    let mut seen = Seen::default();
    let (https, host, path) = parts(&scene.url);
    let origin_port = if https { 443 } else { 80 };
    let hop = scene.proxy.as_deref().map_or(format!("{host}:{origin_port}"), |proxy| {
        proxy.split("://").nth(1).expect("a proxy URL").to_owned()
    });
    let Some(mut stream) = reach(&hop, &names, patience, &mut seen).await else { return seen };
    if let Some(proxy) = &scene.proxy {
        if proxy.starts_with("https:") {
            match proxy_tls(stream, &scene.local_roots_pem, patience).await {
                Ok(inside) => stream = inside,
                Err(failure) => {
                    seen.proxy_tls_failure = Some(failure);
                    return seen;
                }
            }
        }
        let credentials =
            scene.credentials.as_ref().map(|credentials| basic(&credentials.user, &credentials.password));
        let fields = credentials.map_or(String::new(), |value| format!("Proxy-Authorization: {value}\r\n"));
        let request = if https {
            format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n{fields}\r\n")
        } else {
            format!("GET http://{host}{path} HTTP/1.1\r\nHost: {host}\r\n{fields}Connection: close\r\n\r\n")
        };
        let heard = ask(&mut stream, &request, https, patience).await;
        let opened = https && heard.status().is_some_and(|status| (200..300).contains(&status));
        let early = heard.after_head().len();
        seen.proxy = Some(heard);
        if !opened || early > 0 {
            return seen;
        }
    }
    if https {
        match origin_tls(stream, &host, scene, patience, &mut seen).await {
            Some(inside) => stream = inside,
            None => return seen,
        }
    }
    if https || scene.proxy.is_none() {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        seen.http = Some(ask(&mut stream, &request, false, patience).await);
    }
    seen
}

fn parts(url: &str) -> (bool, String, String) {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (host, path) = rest.split_once('/').expect("a path");
    (scheme == "https", host.to_owned(), format!("/{path}"))
}

async fn reach(
    hop: &str,
    names: &HashMap<(String, u16), NameAnswer>,
    patience: Duration,
    seen: &mut Seen,
) -> Option<Box<dyn Stream>> {
    let addresses = if let Ok(address) = hop.parse::<SocketAddr>() {
        vec![address]
    } else {
        let (host, port) = hop.split_once(':').expect("a host and a port");
        let key = (host.to_owned(), port.parse().expect("a port"));
        let answer = names.get(&key).cloned().unwrap_or(NameAnswer::NotFound);
        seen.name = Some(answer.clone());
        let NameAnswer::Addresses(addresses) = answer else { return None };
        addresses
    };
    for address in addresses {
        match timeout(patience, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                seen.connects.push(Connect::Connected);
                return Some(Box::new(stream));
            }
            Ok(Err(error)) => seen.connects.push(match error.kind() {
                io::ErrorKind::ConnectionRefused => Connect::Refused,
                io::ErrorKind::NetworkUnreachable => Connect::Unreachable,
                _ => Connect::Other(error.to_string()),
            }),
            Err(_) => seen.connects.push(Connect::Silent),
        }
    }
    None
}

/// Sends a request and reads one answer. A tunnel's answer ends with its head.
async fn ask<S: Stream + ?Sized>(stream: &mut S, request: &str, tunnel: bool, patience: Duration) -> Heard {
    const ENOUGH: usize = 36 * 1024;
    let mut heard = Heard { bytes: Vec::new(), ended: Ended::Complete, reads: 0 };
    let deadline = sleep(patience);
    tokio::pin!(deadline);
    // A side that has left already is found by reading.
    let _ = stream.write_all(request.as_bytes()).await;
    let _ = stream.flush().await;
    let mut space = vec![0; 16 * 1024];
    while !heard.is_complete(tunnel) {
        if heard.bytes.len() > ENOUGH || heard.interim() > 32 {
            heard.ended = Ended::TooMuch;
            break;
        }
        let read = tokio::select! {
            read = stream.read(&mut space) => read,
            () = &mut deadline => {
                heard.ended = Ended::Silent;
                break;
            }
        };
        match read {
            Ok(0) => {
                heard.ended = Ended::Fin;
                break;
            }
            Ok(count) => {
                heard.bytes.extend(&space[..count]);
                heard.reads += 1;
            }
            Err(error) => {
                heard.ended = ended(&error);
                break;
            }
        }
    }
    heard
}

fn ended(error: &io::Error) -> Ended {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::AlertReceived(alert)) => return Ended::Alert(*alert),
        Some(other) => return Ended::Other(other.to_string()),
        None => {}
    }
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Ended::Reset,
        io::ErrorKind::UnexpectedEof => Ended::Cut,
        _ => Ended::Other(error.to_string()),
    }
}

impl Heard {
    /// The final head: behind the interim ones.
    fn final_head(&self) -> Option<(&str, usize)> {
        let mut at = 0;
        loop {
            let rest = &self.bytes[at..];
            let crlf = rest.windows(4).position(|window| window == b"\r\n\r\n").map(|end| end + 4);
            let lf = rest.windows(2).position(|window| window == b"\n\n").map(|end| end + 2);
            let end = at + crlf.into_iter().chain(lf).min()?;
            let head = std::str::from_utf8(&self.bytes[at..end]).ok()?;
            if !head.starts_with("HTTP/1.1 10") || head.starts_with("HTTP/1.1 101") {
                return Some((head, end));
            }
            at = end;
        }
    }

    pub(crate) fn interim(&self) -> usize {
        let lines = self.bytes.split(|byte| *byte == b'\n');
        lines.filter(|line| line.starts_with(b"HTTP/1.1 10") && !line.starts_with(b"HTTP/1.1 101")).count()
    }

    pub(crate) fn head(&self) -> Option<&str> {
        self.final_head().map(|(head, _)| head)
    }

    pub(crate) fn after_head(&self) -> &[u8] {
        self.final_head().map_or(&[], |(_, end)| &self.bytes[end..])
    }

    /// The status, where the line has the form of one.
    pub(crate) fn status(&self) -> Option<u16> {
        let line = self.head()?.lines().next()?;
        let rest = line.strip_prefix("HTTP/1.1 ").or_else(|| line.strip_prefix("HTTP/1.0 "))?;
        rest.split(' ').next()?.parse().ok()
    }

    pub(crate) fn field(&self, wanted: &str) -> Option<&str> {
        self.fields(wanted).next()
    }

    pub(crate) fn fields(&self, wanted: &str) -> impl Iterator<Item = &str> {
        let lines = self.head().unwrap_or_default().lines();
        lines.filter_map(move |line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    }

    fn is_complete(&self, tunnel: bool) -> bool {
        let Some((_, end)) = self.final_head() else { return false };
        if tunnel && self.status().is_some_and(|status| (200..300).contains(&status)) {
            return true;
        }
        let length = self.field("content-length").and_then(|length| length.parse::<usize>().ok());
        length.is_some_and(|length| self.bytes.len() >= end + length)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

async fn proxy_tls(
    stream: Box<dyn Stream>,
    roots: &str,
    patience: Duration,
) -> Result<Box<dyn Stream>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(store(roots))
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").expect("an address");
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
    match timeout(patience, handshake).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("silent".into()),
    }
}

async fn origin_tls(
    stream: Box<dyn Stream>,
    host: &str,
    scene: &Scene,
    patience: Duration,
    seen: &mut Seen,
) -> Option<Box<dyn Stream>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let chain = Arc::new(Keep::default());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&chain) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).expect("a name");
    let tap = Tap { inner: stream, heard: Arc::clone(&heard) };
    let result = timeout(patience, TlsConnector::from(Arc::new(config)).connect(name.clone(), tap)).await;
    let chain = chain.0.lock().expect("a chain").clone();
    let bytes = heard.lock().expect("bytes").clone();
    let verify = |roots: &str| verify(roots, &chain, &name);
    let (by_service_roots, by_local_roots) =
        (verify(&scene.service_roots_pem), verify(&scene.local_roots_pem));
    let mut tls = Tls { version: None, failure: None, bytes, chain, by_service_roots, by_local_roots };
    let stream: Option<Box<dyn Stream>> = match result {
        Ok(Ok(stream)) => {
            tls.version = stream.get_ref().1.protocol_version();
            Some(Box::new(stream))
        }
        Ok(Err(error)) => {
            tls.failure = Some(ended(&error));
            None
        }
        Err(_) => {
            tls.failure = Some(Ended::Silent);
            None
        }
    };
    seen.tls = Some(tls);
    stream
}

fn store(pem: &str) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(root.expect("PEM")).expect("a root");
    }
    roots
}

fn verify(roots: &str, chain: &[CertificateDer<'static>], name: &ServerName<'_>) -> Result<(), String> {
    let [leaf, others @ ..] = chain else { return Err("no chain".into()) };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store(roots)), provider).build();
    let result = verifier.expect("roots").verify_server_cert(leaf, others, name, &[], UnixTime::now());
    result.map(drop).map_err(|error| format!("{error:?}"))
}

/// The value of `Authorization` for Basic (RFC 7617).
fn basic(user: &str, password: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("Basic ");
    for group in format!("{user}:{password}").as_bytes().chunks(3) {
        let bits =
            group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for index in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * index)) as usize & 63]);
            text.push(if index <= group.len() { digit } else { '=' });
        }
    }
    text
}

/// Keeps the chain, whatever it is.
#[derive(Debug, Default)]
struct Keep(Mutex<Vec<CertificateDer<'static>>>);

impl ServerCertVerifier for Keep {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let mut chain = self.0.lock().expect("a chain");
        chain.push(leaf.clone().into_owned());
        chain.extend(others.iter().map(|other| other.clone().into_owned()));
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

/// Writes down what comes from below TLS.
struct Tap {
    inner: Box<dyn Stream>,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.heard.lock().expect("bytes").extend(&buffer.filled()[before..]);
        polled
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
