//! Peers in this process that do what no well-behaved program does: they reset, end, say nothing, stop in the middle or drip.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use socket2::{Domain, SockRef, Socket, Type};

use crate::pki::Identity;
use crate::port;

/// How often a peer that waits looks whether it may go.
const LOOK: Duration = Duration::from_millis(20);
/// No peer serves one connection for longer.
const AT_MOST: Duration = Duration::from_mins(1);

/// What a peer does next on a connection.
#[derive(Debug, Clone)]
pub enum Step {
    /// Reads up to the blank line that ends a head.
    ReadHead,
    /// Reads one whole TLS record: a `ClientHello`.
    ReadHello,
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes one by one, with this pause before each.
    Drip(Vec<u8>, Duration),
    /// Takes the server's part in a handshake; what follows happens inside TLS.
    StartTls(Arc<ServerConfig>),
    /// Passes bytes on, both ways, to and from this address, until so many of *its* bytes have passed.
    RelayUntil(SocketAddr, usize),
    /// Passes bytes on, both ways, until either side ends.
    Relay(SocketAddr),
    /// Ends the connection with RST.
    Reset,
    /// Ends the connection with FIN; inside TLS with `close_notify` before it.
    End,
    /// Ends the connection with FIN alone, also inside TLS.
    EndAbruptly,
    /// Says nothing more, until the other side ends.
    Hold,
}

/// Sends text.
pub fn send(text: &str) -> Step {
    Step::Send(text.as_bytes().to_vec())
}

/// A good answer.
pub const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";

/// A listening peer. Dropped, it listens no more and lets go of its connections.
#[derive(Debug)]
pub struct Peer {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Peer {
    /// Plays these steps on every connection.
    pub fn start(steps: Vec<Step>) -> Self {
        let listener = port::listener();
        let address = listener.local_addr().expect("a bound socket has an address");
        let connections = Arc::new(AtomicUsize::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let listening = thread::spawn({
            let (connections, stop) = (Arc::clone(&connections), Arc::clone(&stop));
            move || {
                for stream in listener.incoming() {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let Ok(stream) = stream else { continue };
                    connections.fetch_add(1, Ordering::Relaxed);
                    let (steps, stop) = (steps.clone(), Arc::clone(&stop));
                    // A client that leaves early is what many of these tests are about.
                    thread::spawn(move || play(stream, &steps, &stop));
                }
            }
        });
        Self { address, connections, stop, listening: Some(listening) }
    }

    /// Answers every request with this, and ends.
    pub fn answering(answer: &str) -> Self {
        Self::start(vec![Step::ReadHead, send(answer), Step::End])
    }

    /// Accepts, and says nothing.
    pub fn silent() -> Self {
        Self::start(vec![Step::Hold])
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// A plain http URL of its.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// How many connections it has seen.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // One connection more wakes the thread that waits for one.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.listening.take() {
            let _ = thread.join();
        }
    }
}

/// An address that answers no SYN: its queue of connections is full, and nobody takes any.
#[derive(Debug)]
pub struct Blackhole {
    address: SocketAddr,
    _listener: Socket,
    _queued: Vec<Socket>,
}

impl Blackhole {
    /// Fills the queue.
    pub fn start() -> Self {
        let port = port::free();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        listener.bind(&address.into()).unwrap_or_else(|error| panic!("{address}: {error}"));
        listener.listen(0).expect("a bound socket listens");
        // The kernel keeps one more than it is told to, and answers the SYNs that came before it knew.
        let queued: Vec<Socket> = (0..4)
            .map(|_| {
                let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
                socket.set_nonblocking(true).expect("a socket can be told not to block");
                // In progress, or done: either way it takes a place.
                let _ = socket.connect(&address.into());
                thread::sleep(Duration::from_millis(20));
                socket
            })
            .collect();
        let patience = Duration::from_millis(300);
        let answer = TcpStream::connect_timeout(&address, patience);
        assert!(answer.is_err_and(|error| error.kind() == ErrorKind::TimedOut), "{address} still answers");
        Self { address, _listener: listener, _queued: queued }
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// What a server in this process needs to speak TLS, in these versions.
pub fn server_config(
    identity: &Identity,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(&identity.chain)
        .and_then(Iterator::collect)
        .unwrap_or_else(|error| panic!("{}: {error}", identity.chain.display()));
    let key = PrivateKeyDer::from_pem_file(&identity.key)
        .unwrap_or_else(|error| panic!("{}: {error}", identity.key.display()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("ring knows the suites of these versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("the key belongs to the certificate");
    Arc::new(config)
}

/// Whether a peer that waits goes on waiting.
type GoOn<'a> = &'a (dyn Fn() -> bool + Sync);

/// A connection, in TLS or not.
enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Stream {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => &stream.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(space),
            Self::Tls(stream) => stream.read(space),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

fn play(stream: TcpStream, steps: &[Step], stop: &AtomicBool) -> io::Result<()> {
    let begin = Instant::now();
    let go_on = || !stop.load(Ordering::Relaxed) && begin.elapsed() < AT_MOST;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LOOK))?;
    let mut stream = Stream::Plain(stream);
    for step in steps {
        stream = perform(stream, step, &go_on)?;
    }
    Ok(())
}

fn perform(mut stream: Stream, step: &Step, go_on: GoOn<'_>) -> io::Result<Stream> {
    match step {
        Step::ReadHead => {
            let mut tail = [0; 4];
            while tail != *b"\r\n\r\n" {
                tail.rotate_left(1);
                tail[3] = read_byte(&mut stream, go_on)?;
            }
        }
        Step::ReadHello => {
            let mut header = [0; 5];
            for byte in &mut header {
                *byte = read_byte(&mut stream, go_on)?;
            }
            for _ in 0..u16::from_be_bytes([header[3], header[4]]) {
                read_byte(&mut stream, go_on)?;
            }
        }
        Step::Send(bytes) => {
            stream.write_all(bytes)?;
            stream.flush()?;
        }
        Step::Drip(bytes, pause) => {
            for byte in bytes {
                thread::sleep(*pause);
                stream.write_all(std::slice::from_ref(byte))?;
                stream.flush()?;
            }
        }
        Step::StartTls(config) => return start_tls(stream, config, go_on),
        Step::RelayUntil(to, bytes) => relay(&mut stream, *to, *bytes, go_on)?,
        Step::Relay(to) => relay(&mut stream, *to, usize::MAX, go_on)?,
        Step::Reset => {
            // What was sent before has to be read first: a reset overtakes it.
            thread::sleep(LOOK * 3);
            SockRef::from(stream.socket()).set_linger(Some(Duration::ZERO))?;
            return Err(gone());
        }
        Step::End => {
            if let Stream::Tls(tls) = &mut stream {
                tls.conn.send_close_notify();
                tls.flush()?;
            }
            end(&mut stream, go_on)?;
        }
        Step::EndAbruptly => end(&mut stream, go_on)?,
        Step::Hold => while read_some(&mut stream, &mut [0; 4096], go_on)? > 0 {},
    }
    Ok(stream)
}

/// FIN, and then reading what still comes: closing over unread bytes would send RST.
fn end(stream: &mut Stream, go_on: GoOn<'_>) -> io::Result<()> {
    stream.socket().shutdown(Shutdown::Write)?;
    let mut socket = stream.socket().try_clone()?;
    while read_some(&mut socket, &mut [0; 4096], go_on)? > 0 {}
    Err(gone())
}

fn start_tls(stream: Stream, config: &Arc<ServerConfig>, go_on: GoOn<'_>) -> io::Result<Stream> {
    let Stream::Plain(mut socket) = stream else { return Err(io::Error::other("TLS inside TLS")) };
    let mut connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        match connection.complete_io(&mut socket) {
            Ok(_) => {}
            Err(error) if is_patience(&error) && go_on() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Stream::Tls(Box::new(StreamOwned::new(connection, socket))))
}

/// Passes bytes on until `limit` bytes of the other side have come back, then keeps the client's side.
fn relay(client: &mut Stream, to: SocketAddr, limit: usize, go_on: GoOn<'_>) -> io::Result<()> {
    let server = TcpStream::connect(to)?;
    server.set_read_timeout(Some(LOOK))?;
    let mut up = client.socket().try_clone()?;
    let mut to_server = server.try_clone()?;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut space = [0; 16_384];
            let may = || go_on() && !done.load(Ordering::Relaxed);
            while let Ok(count @ 1..) = read_some(&mut up, &mut space, &may) {
                if to_server.write_all(&space[..count]).is_err() {
                    return;
                }
            }
            let _ = to_server.shutdown(Shutdown::Write);
        });
        let result = pass_back(client, server, limit, go_on);
        done.store(true, Ordering::Relaxed);
        result
    })
}

fn pass_back(client: &mut Stream, mut server: TcpStream, limit: usize, go_on: GoOn<'_>) -> io::Result<()> {
    let mut space = [0; 16_384];
    let mut left = limit;
    while left > 0 {
        let room = left.min(space.len());
        let count = read_some(&mut server, &mut space[..room], go_on)?;
        if count == 0 {
            return Ok(());
        }
        client.write_all(&space[..count])?;
        left -= count;
    }
    Ok(())
}

fn read_byte(stream: &mut impl Read, go_on: GoOn<'_>) -> io::Result<u8> {
    let mut byte = [0];
    if read_some(stream, &mut byte, go_on)? == 0 { Err(gone()) } else { Ok(byte[0]) }
}

fn read_some(stream: &mut impl Read, space: &mut [u8], go_on: GoOn<'_>) -> io::Result<usize> {
    loop {
        match stream.read(space) {
            Err(error) if is_patience(&error) => {
                if !go_on() {
                    return Ok(0);
                }
            }
            result => return result,
        }
    }
}

/// A read that found nothing in time.
fn is_patience(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Ends the steps of a connection: nobody is there any more.
fn gone() -> io::Error {
    ErrorKind::ConnectionAborted.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(steps: Vec<Step>) -> (Vec<u8>, io::Result<usize>) {
        let peer = Peer::start(steps);
        let mut stream = TcpStream::connect(peer.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut all = Vec::new();
        let end = stream.read_to_end(&mut all);
        assert_eq!(peer.connections(), 1);
        (all, end)
    }

    #[test]
    fn it_answers_and_ends() {
        let (answer, end) =
            talk(vec![Step::ReadHead, send("one "), Step::Drip(b"two".into(), LOOK), Step::End]);
        assert_eq!(answer, b"one two");
        assert!(end.is_ok(), "{end:?}");
    }

    #[test]
    fn it_resets_behind_what_it_said() {
        let (answer, end) = talk(vec![Step::ReadHead, send("half"), Step::Reset]);
        assert_eq!(answer, b"half");
        assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    }

    #[test]
    fn it_relays_as_many_bytes_as_it_was_told() {
        let far = Peer::start(vec![Step::ReadHead, send("a long answer"), Step::Hold]);
        let (answer, end) = talk(vec![Step::RelayUntil(far.address(), 6), Step::End]);
        assert_eq!(answer, b"a long");
        assert!(end.is_ok(), "{end:?}");
    }

    #[test]
    fn a_full_queue_answers_nobody() {
        let blackhole = Blackhole::start();
        let again = TcpStream::connect_timeout(&blackhole.address(), Duration::from_millis(300));
        assert_eq!(again.unwrap_err().kind(), ErrorKind::TimedOut);
    }
}
