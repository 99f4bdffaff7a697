//! A wire: one accepted TCP connection, and what can be wrong with it below every protocol.

use std::collections::VecDeque;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

/// How the bytes of an answer come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum Pace {
    /// Each piece in one write.
    #[default]
    AtOnce,
    /// One byte a write, with Nagle's algorithm off: whatever a program expects to find together, it finds apart.
    Drip,
}

/// How long a side that has ended its own half waits for the other to end too.
const LINGER: Duration = Duration::from_secs(2);

/// Bytes that wait to drip out before a writer is made to wait.
const OUTBOX: usize = 16 * 1024;

/// Bytes before which the reader gets a turn, so that it finds them one by one: enough for heads and handshakes. What
/// comes after them still goes out byte by byte, but an endless head need not take minutes.
const TURNS: usize = 4096;

/// One accepted connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    pace: Pace,
    /// What was written and drips out. Kept here, so that a writer that gives up (a failed handshake, which writes its
    /// alert once and never looks again) has still said what it wrote.
    outbox: VecDeque<u8>,
    /// Whether the reader has had its turn before the next byte.
    rested: bool,
    turns: usize,
    /// Bytes that still get through; `None` for no limit. What is beyond it vanishes, as behind a path-MTU hole.
    passes: Option<usize>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, pace: Pace) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, pace, outbox: VecDeque::new(), rested: false, turns: TURNS, passes: None })
    }

    /// From now on only `bytes` more get through; what is written after them vanishes without an error.
    pub(crate) fn vanish_after(&mut self, bytes: usize) {
        self.passes = Some(bytes);
    }

    /// Makes the end of this connection a reset in place of an end of stream.
    pub(crate) fn reset_on_drop(&self) -> io::Result<()> {
        socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))
    }

    /// Reads and forgets until the other side leaves.
    pub(crate) async fn drain(&mut self) {
        let mut bin = [0; 1024];
        while matches!(self.stream.read(&mut bin).await, Ok(1..)) {}
    }

    /// Ends our half, and reads on for a while: a socket that is dropped with bytes unread sends a reset, and a reset
    /// is another fault.
    pub(crate) async fn finish(&mut self) {
        if self.shutdown().await.is_ok() {
            let _ = timeout(LINGER, self.drain()).await;
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let passing = self.passes.map_or(bytes.len(), |passes| passes.min(bytes.len()));
        let Some(passing @ [_, ..]) = bytes.get(..passing) else {
            return Poll::Ready(Ok(bytes.len()));
        };
        let taken = match self.pace {
            Pace::AtOnce => ready!(Pin::new(&mut self.stream).poll_write(context, passing))?,
            Pace::Drip => {
                if self.outbox.len() >= OUTBOX {
                    ready!(self.as_mut().poll_drip(context))?;
                }
                self.outbox.extend(passing);
                passing.len()
            }
        };
        if let Some(passes) = &mut self.passes {
            *passes = passes.saturating_sub(taken);
        }
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_drip(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_drip(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Wire {
    /// Sends what waits in the outbox, one byte a write.
    fn poll_drip(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(byte) = self.outbox.front().copied() {
            // A turn for the reader before each byte: without it the bytes would gather in its socket.
            self.rested = !self.rested && self.turns > 0;
            if self.rested {
                self.turns = self.turns.saturating_sub(1);
                // Polled once and dropped: that already asks to be woken behind the runtime's next look at its sockets,
                // while waking ourselves would only put us in front of the readers.
                let _ = pin!(yield_now()).poll(context);
                return Poll::Pending;
            }
            if ready!(Pin::new(&mut self.stream).poll_write(context, &[byte]))? == 1 {
                self.outbox.pop_front();
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Anything that bytes can be exchanged over, down to a wire: the wire itself, TLS on it, TLS inside that TLS.
pub(crate) trait Line: AsyncRead + AsyncWrite + Unpin + Send {
    /// The wire below.
    fn wire(&mut self) -> &mut Wire;
}

impl Line for Wire {
    fn wire(&mut self) -> &mut Wire {
        self
    }
}

impl<L: Line> Line for TlsStream<L> {
    fn wire(&mut self) -> &mut Wire {
        self.get_mut().0.wire()
    }
}
