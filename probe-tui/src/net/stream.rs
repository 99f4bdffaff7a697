//! A connection as layers: the socket, TLS on it, and TLS inside that.
//!
//! ```text
//!    origin's TLS        Session
//!         ▲                 │ under
//!        Tap             counts what comes to the origin's TLS
//!         ▲                 │ source
//!    proxy's TLS         Session      (https proxies only)
//!         ▲                 │ under
//!        Tap             counts what comes to the proxy's TLS
//!         ▲                 │ source
//!      socket            TcpStream
//! ```
//!
//! The taps are why a silent, a stalled, a reset and a not-TLS peer can be told apart: they know how many bytes came from
//! below, and which were the first, whatever the TLS library made of them. The sessions are rustls's own, driven here so
//! that they outlive a failure: what they saw until then is evidence.

use std::io::{self, IoSlice, Read as _, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use probe_core::probe::transport::{Failure, How};
use rustls::ClientConnection;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;

use super::failure;

/// What carries bytes, and a count of those that came.
#[derive(Debug)]
pub struct Tap {
    source: Source,
    /// Bytes that had come before anybody asked this tap; they are the first to be read.
    early: Vec<u8>,
    received: u32,
    first: [u8; 8],
}

#[derive(Debug)]
enum Source {
    Socket(TcpStream),
    /// A connection that was reset before anybody could use it.
    Reset,
    Tls(Box<Session>),
}

/// TLS over a tap.
#[derive(Debug)]
pub struct Session {
    tls: ClientConnection,
    under: Tap,
}

impl Tap {
    /// A tap on a socket.
    pub fn on_socket(socket: TcpStream) -> Self {
        Self::new(Source::Socket(socket))
    }

    /// A tap on a connection that was opened, and reset at once.
    pub fn on_reset() -> Self {
        Self::new(Source::Reset)
    }

    /// A tap on the inside of TLS.
    pub fn on_tls(session: Box<Session>) -> Self {
        Self::new(Source::Tls(session))
    }

    fn new(source: Source) -> Self {
        Self { source, early: Vec::new(), received: 0, first: [0; 8] }
    }

    /// Puts bytes in front of those that will come.
    pub fn put_early(&mut self, early: &[u8]) {
        self.early.splice(0..0, early.iter().copied());
    }

    /// Begins to count anew: a stage begins.
    pub fn begin_stage(&mut self) {
        match &mut self.source {
            Source::Tls(session) => session.under.count_anew(),
            Source::Socket(_) | Source::Reset => self.count_anew(),
        }
    }

    /// A failure with what came in this stage, under any TLS.
    pub fn failure(&self, how: How) -> Failure {
        match &self.source {
            Source::Tls(session) => session.under.failure_here(how),
            Source::Socket(_) | Source::Reset => self.failure_here(how),
        }
    }

    fn failure_here(&self, how: How) -> Failure {
        Failure::after(how, self.received, &self.first)
    }

    fn count_anew(&mut self) {
        self.received = 0;
        self.first = [0; 8];
    }

    /// Whether what came can be TLS: nothing, or the beginning of a record (RFC 8446 5.1: its type, and a version of
    /// which the first byte is 3).
    pub fn is_tls(&self) -> bool {
        match self.received {
            0 => true,
            1 => matches!(self.first[0], 20..=23),
            _ => matches!(self.first[0], 20..=23) && self.first[1] == 3,
        }
    }

    /// Waits until reading may give something: whoever would make room for what comes makes it then, and not while a silent
    /// peer is waited for. Inside TLS nothing is known before it is read.
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.source {
            Source::Socket(socket) if self.early.is_empty() => socket.poll_read_ready(cx),
            Source::Socket(_) | Source::Reset | Source::Tls(_) => Poll::Ready(Ok(())),
        }
    }

    /// Reads into `space`; 0 is the end.
    pub fn poll_read(&mut self, cx: &mut Context<'_>, space: &mut [u8]) -> Poll<io::Result<usize>> {
        let count = if self.early.is_empty() {
            match &mut self.source {
                Source::Socket(socket) => {
                    let mut space = ReadBuf::new(space);
                    ready!(Pin::new(socket).poll_read(cx, &mut space))?;
                    space.filled().len()
                }
                Source::Tls(session) => ready!(session.poll_read(cx, space))?,
                Source::Reset => return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            }
        } else {
            let count = self.early.len().min(space.len());
            for (to, from) in space.iter_mut().zip(self.early.drain(..count)) {
                *to = from;
            }
            if self.early.is_empty() {
                self.early = Vec::new();
            }
            count
        };
        let room = self.first.iter_mut().skip(usize::try_from(self.received).unwrap_or(usize::MAX));
        for (to, from) in room.zip(&space[..count]) {
            *to = *from;
        }
        self.received = self.received.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        Poll::Ready(Ok(count))
    }

    /// Writes some of these bytes, at least one.
    pub fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match &mut self.source {
            Source::Socket(socket) => Pin::new(socket).poll_write_vectored(cx, bytes),
            Source::Tls(session) => session.poll_write(cx, bytes),
            Source::Reset => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
        }
    }

    /// Sees to it that all that was written is on its way.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.source {
            // A socket keeps nothing back.
            Source::Socket(_) | Source::Reset => Poll::Ready(Ok(())),
            Source::Tls(session) => session.poll_flush(cx),
        }
    }

    /// After a reset: what the peer had said before it, where that explains it; else the reset. Always an error.
    pub fn poll_last_words(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.source {
            Source::Socket(_) | Source::Reset => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            Source::Tls(session) => session.poll_last_words(cx),
        }
    }
}

impl Session {
    /// TLS that has not begun, over a tap whose stage begins here.
    pub fn new(tls: ClientConnection, mut under: Tap) -> Self {
        under.count_anew();
        Self { tls, under }
    }

    /// What rustls knows.
    pub fn tls(&self) -> &ClientConnection {
        &self.tls
    }

    /// A failure of the handshake, with what came under it.
    pub fn failure(&self, how: How) -> Failure {
        let how = match how {
            _ if !self.under.is_tls() => How::NotTls,
            // Too long to be taken in is what a chain can be, behind an answer to the first message. Such an answer is
            // never that long: it is nonsense.
            How::NotSupported(_) if self.tls.protocol_version().is_none() => How::TlsBroken,
            how => how,
        };
        self.under.failure_here(how)
    }

    /// The handshake is over: what comes from now on is another stage's.
    pub fn end_handshake(&mut self) {
        self.under.count_anew();
    }

    /// Goes through the handshake. Its last message (TLS 1.3: the client's Finished) is kept back, to go in one piece with
    /// the first request: whoever relays the two has half the work. Without a request it goes when the session is dropped.
    pub fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if !self.tls.is_handshaking() {
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_flush(cx))?;
            if ready!(self.poll_receive(cx))? == 0 {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, space: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            match self.tls.reader().read(space) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // The stream ended without a farewell. Whether something is missing is for the reader of what came.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Poll::Ready(Ok(0));
                }
                result => return Poll::Ready(result),
            }
            // Answers to key updates wait here. That they cannot be sent must not keep from reading what came before.
            let _ = self.poll_send(cx);
            ready!(self.poll_receive(cx))?;
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        loop {
            let count = self.tls.writer().write_vectored(bytes)?;
            if count > 0 || bytes.iter().all(|slice| slice.is_empty()) {
                return Poll::Ready(Ok(count));
            }
            // Its buffer is full.
            ready!(self.poll_send(cx))?;
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        self.under.poll_flush(cx)
    }

    /// Hands all records that are ready to what is below.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut Below { tap: &mut self.under, cx }) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Takes in what came from below, once; 0 is the end.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        // rustls makes its room of 4 KiB before it looks whether anything is there.
        ready!(self.under.poll_read_ready(cx))?;
        let count = match self.tls.read_tls(&mut Below { tap: &mut self.under, cx }) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
            Err(error) => return Poll::Ready(Err(error)),
        };
        if let Err(error) = self.tls.process_new_packets() {
            // The peer is owed an alert that says why; it gets it if that is possible at once.
            let _ = self.poll_send(cx);
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, error)));
        }
        Poll::Ready(Ok(count))
    }

    /// The alert that a peer sent before it closed. Writing to such a peer ends in a reset, and only reading tells why;
    /// the alert may be there already and the runtime not know it yet, so this waits until there is nothing more.
    pub fn poll_last_words(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match ready!(self.poll_receive(cx)) {
                Ok(1..) => {}
                Err(error) if matches!(failure::of_io(&error), How::Alert(_)) => {
                    return Poll::Ready(Err(error));
                }
                Ok(0) | Err(_) => return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            }
        }
    }
}

impl Drop for Session {
    /// What was kept back of the handshake: the peer sees it complete, also where nothing is asked. What cannot go at once
    /// stays: nobody waits any more.
    fn drop(&mut self) {
        let _ = self.poll_flush(&mut Context::from_waker(Waker::noop()));
    }
}

/// What is below a session, as rustls reads and writes it: pending is an error of its own kind.
struct Below<'a, 'b, 'c> {
    tap: &'a mut Tap,
    cx: &'b mut Context<'c>,
}

impl Below<'_, '_, '_> {
    fn now<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
        match poll {
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
            // A TLS error of the layer below is no TLS error of this one: here the connection just broke.
            Poll::Ready(Err(error)) if failure::is_of_tls(&error) => {
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Poll::Ready(result) => result,
        }
    }
}

impl io::Read for Below<'_, '_, '_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        Self::now(self.tap.poll_read(self.cx, space))
    }
}

impl io::Write for Below<'_, '_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::now(self.tap.poll_write(self.cx, &[IoSlice::new(bytes)]))
    }

    /// All records of a flight in one go.
    fn write_vectored(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        Self::now(self.tap.poll_write(self.cx, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::now(self.tap.poll_flush(self.cx))
    }
}
