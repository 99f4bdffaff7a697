//! A proxy in this process, on a thread of its own: it falls silent where it is told to, or it is the origin as well, so that
//! no other program's speed is measured.

use std::io;
use std::net::SocketAddr;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use probe_tests::pki::Pki;
use probe_tests::port;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::handshake::server_config;

/// Connections that may wait to be accepted: with the usual 128 a burst overflows, and each that was dropped costs a second.
const BACKLOG: u32 = 4096;

/// No program needs so long to open its connections.
const LONGEST: Duration = Duration::from_secs(20);

const OPEN: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nServer: fake\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\
                        Connection: close\r\n\r\nok\n";

/// How far the fake goes.
#[derive(Clone)]
pub(crate) enum Manner {
    /// It reads CONNECT, and never answers.
    SilentProxy,
    /// It opens the tunnel, reads the first bytes of TLS, and never answers those.
    SilentOrigin,
    /// It opens the tunnel, and is the origin: TLS, and 200.
    Answering(TlsAcceptor),
}

impl Manner {
    /// The one that answers, with the certificate for many hosts.
    pub(crate) fn answering(pki: &Pki) -> Self {
        Self::Answering(TlsAcceptor::from(Arc::new(server_config(&pki.many))))
    }
}

/// One that runs as long as the process.
pub(crate) struct Fake {
    port: u16,
    reached: Arc<AtomicUsize>,
}

impl Fake {
    /// Starts one.
    pub(crate) fn start(manner: Manner) -> Self {
        let port = port::free();
        let reached = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&reached);
        let (listens, listening) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let listener = listen(port).expect("the port was free a moment ago");
                listens.send(()).expect("somebody waits for it");
                serve(&listener, &manner, &counter).await;
            });
        });
        listening.recv().expect("it listens");
        Self { port, reached }
    }

    /// As a proxy setting.
    pub(crate) fn proxy(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How many connections have come as far as it goes.
    pub(crate) fn count(&self) -> usize {
        self.reached.load(Ordering::SeqCst)
    }

    /// Begins to count anew.
    pub(crate) fn count_anew(&self) {
        self.reached.store(0, Ordering::SeqCst);
    }

    /// Waits until so many connections of a program have come as far as it goes.
    pub(crate) fn wait_for(&self, connections: usize, of: &mut Child) {
        let begin = Instant::now();
        while self.reached.load(Ordering::SeqCst) < connections {
            let ended = of.try_wait().expect("a child can be looked at");
            assert!(ended.is_none(), "{ended:?} after {:?} of {connections} connections", self.reached);
            assert!(begin.elapsed() < LONGEST, "{:?} of {connections} connections came", self.reached);
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], port)))?;
    socket.listen(BACKLOG)
}

async fn serve(listener: &TcpListener, manner: &Manner, reached: &Arc<AtomicUsize>) {
    loop {
        // What cannot be accepted now may be in a moment; the run that lacks it says so.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (manner, reached) = (manner.clone(), Arc::clone(reached));
        tokio::spawn(async move {
            // A client that goes away has been measured.
            let _ = converse(stream, manner, &reached).await;
        });
    }
}

async fn converse(mut stream: TcpStream, manner: Manner, reached: &AtomicUsize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    read_head(&mut stream).await?;
    match manner {
        Manner::SilentProxy => {}
        Manner::SilentOrigin => {
            stream.write_all(OPEN).await?;
            stream.read_u8().await?;
        }
        Manner::Answering(acceptor) => {
            stream.write_all(OPEN).await?;
            let mut stream = acceptor.accept(stream).await?;
            read_head(&mut stream).await?;
            stream.write_all(ANSWER).await?;
            return stream.shutdown().await;
        }
    }
    reached.fetch_add(1, Ordering::SeqCst);
    // Until the client has had enough.
    let mut rest = [0; 512];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

async fn read_head(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> io::Result<()> {
    let mut head = Vec::with_capacity(512);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}
