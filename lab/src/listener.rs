//! Listeners: what can be found at an address, from a party that answers to a port that is shut.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::wire::{Pace, Wire};

/// Connections that wait to be accepted. A probe of many targets opens them all at once.
const BACKLOG: i32 = 4096;
/// Connections served at once by one listener; more wait in the backlog.
const CONNECTIONS: usize = 1024;
/// No connection lasts longer, whatever its script says: a browser may leave one open for ever.
const LIFETIME: Duration = Duration::from_mins(2);
/// A connection to a full queue that is not through by now will not get through.
const QUEUE_FULL: Duration = Duration::from_millis(150);

/// Binds a free port of 127.0.0.1.
pub(crate) fn bind() -> io::Result<TcpListener> {
    let socket = bound()?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

fn bound() -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    Ok(socket)
}

/// Accepts for ever, and serves each connection in a task of its own. Ends, with all its connections, when dropped.
pub(crate) async fn accept<Serve, Served>(listener: TcpListener, pace: Pace, serve: Serve)
where
    Serve: Fn(Wire) -> Served,
    Served: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= CONNECTIONS {
            connections.join_next().await;
        }
        let wire = match listener.accept().await {
            Ok((stream, _)) => Wire::new(stream, pace),
            Err(error) => Err(error),
        };
        match wire {
            Ok(wire) => {
                let served = serve(wire);
                connections.spawn(async move {
                    let _ = timeout(LIFETIME, served).await;
                });
            }
            // Out of descriptors, or the other side left before it was accepted: neither ends the lab.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

/// An address that nobody serves, held for as long as the value lives.
#[derive(Debug)]
pub(crate) struct DeadEnd {
    pub(crate) address: SocketAddr,
    _socket: Socket,
    _waiting: Vec<TcpStream>,
}

impl DeadEnd {
    /// Answers a SYN with RST: the port is bound, so that nobody else gets it, and does not listen.
    pub(crate) fn refused() -> io::Result<Self> {
        let socket = bound()?;
        Ok(Self { address: address_of(&socket)?, _socket: socket, _waiting: Vec::new() })
    }

    /// Does not answer a SYN: the queue of connections to accept is full. Linux drops the SYN then; other systems
    /// refuse, so that this is an error there.
    pub(crate) async fn silent() -> io::Result<Self> {
        if !cfg!(target_os = "linux") {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "only Linux ignores a SYN on loopback"));
        }
        let socket = bound()?;
        socket.listen(0)?;
        let address = address_of(&socket)?;
        let mut waiting = Vec::new();
        // A backlog of 0 holds one connection. One that does not get through proves that the queue is full.
        while waiting.len() < 8 {
            match timeout(QUEUE_FULL, TcpStream::connect(address)).await {
                Ok(stream) => waiting.push(stream?),
                Err(_) => return Ok(Self { address, _socket: socket, _waiting: waiting }),
            }
        }
        Err(io::Error::new(io::ErrorKind::Unsupported, "this system accepts beyond a backlog of 0"))
    }
}

fn address_of(socket: &Socket) -> io::Result<SocketAddr> {
    let address = socket.local_addr()?.as_socket();
    address.ok_or_else(|| io::Error::other("a socket without an internet address"))
}
