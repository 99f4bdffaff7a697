//! A transport that is played from data.
//!
//! It is the mock of the tests, it ships, and it is what a page simulates with: the same conversation gives the same
//! evidence on the host, in wasm and on a device.

use core::future::Future;
use core::net::{IpAddr, Ipv4Addr};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use crate::probe::tls::{TlsPeer, TlsReport};
use crate::probe::transport::{Addresses, Failure, Hop, How, Transport};

/// What happens next.
#[derive(Debug, Clone)]
pub enum Act<'a> {
    /// The resolver gives these addresses.
    Addresses(&'a [IpAddr]),
    /// The resolver fails.
    NoAddress(How),
    /// The connection opens.
    Connected,
    /// The address cannot be connected to.
    NotConnected(How),
    /// The TLS handshake ends so.
    Tls(&'a TlsReport),
    /// These bytes come.
    Receive(&'a [u8]),
    /// The peer ends the stream.
    End,
    /// Reading or writing fails.
    Fail(How),
}

/// How the bytes that come are cut into reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cut {
    /// As the script has them.
    #[default]
    Whole,
    /// One byte a read.
    Bytes,
    /// After the so-many-th and the so-many-th byte of all that come; both may be the same.
    At(usize, usize),
}

/// A transport that plays acts in order. What does not fit the order (a read where the script has a connection) ends in
/// [`How::NotSupported`], so that a wrong script is no verdict about a network.
#[derive(Debug)]
pub struct Script<'a> {
    acts: &'a [Act<'a>],
    next: usize,
    offset: usize,
    received: usize,
    cut: Cut,
    sent: heapless::Vec<u8, 2048>,
}

impl<'a> Script<'a> {
    /// A script that plays `acts`, bytes as they stand there.
    pub fn new(acts: &'a [Act<'a>]) -> Self {
        Self::cut(acts, Cut::Whole)
    }

    /// A script that plays `acts`, with the bytes cut into reads by `cut`.
    pub fn cut(acts: &'a [Act<'a>], cut: Cut) -> Self {
        Self { acts, next: 0, offset: 0, received: 0, cut, sent: heapless::Vec::new() }
    }

    /// What was written, up to 2 KiB.
    pub fn sent(&self) -> &[u8] {
        &self.sent
    }

    /// Whether all acts were played.
    pub fn is_over(&self) -> bool {
        self.next >= self.acts.len()
    }

    fn act(&mut self) -> Option<&'a Act<'a>> {
        let act = self.acts.get(self.next)?;
        self.next = self.next.saturating_add(1);
        Some(act)
    }
}

/// What a script answers to a call that it did not foresee.
const OUT_OF_STEP: Failure = Failure::new(How::NotSupported("the script has no such act here"));

impl Transport for Script<'_> {
    async fn resolve(&mut self, _host: &str) -> Result<Addresses, Failure> {
        match self.acts.get(self.next) {
            Some(Act::Addresses(addresses)) => {
                self.next = self.next.saturating_add(1);
                Ok(addresses.iter().copied().take(crate::limits::ADDRESSES).collect())
            }
            Some(Act::NoAddress(how)) => {
                self.next = self.next.saturating_add(1);
                Err(Failure::new(*how))
            }
            // Most conversations are not about names: one address of the range for benchmarks serves them all.
            Some(Act::Connected | Act::NotConnected(_)) => {
                Ok(core::iter::once(IpAddr::V4(Ipv4Addr::new(198, 18, 0, 1))).collect())
            }
            _ => Err(OUT_OF_STEP),
        }
    }

    async fn connect(&mut self, _address: IpAddr, _port: u16) -> Result<(), Failure> {
        match self.act() {
            Some(Act::Connected) => Ok(()),
            Some(Act::NotConnected(how)) => Err(Failure::new(*how)),
            _ => Err(OUT_OF_STEP),
        }
    }

    async fn start_tls(&mut self, _name: &str, _hop: Hop, _early: &[u8]) -> TlsReport {
        // What is left of an answer that was read in part belongs to the handshake, as early bytes do.
        if self.offset > 0 {
            self.offset = 0;
            self.next = self.next.saturating_add(1);
        }
        match self.act() {
            Some(Act::Tls(report)) => (*report).clone(),
            _ => TlsReport { result: Err(OUT_OF_STEP), peer: TlsPeer::default() },
        }
    }

    async fn write_all(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let space = self.sent.capacity().saturating_sub(self.sent.len());
        let kept = bytes.get(..bytes.len().min(space)).unwrap_or_default();
        // Cannot fail: it was cut to the space that is left.
        let _ = self.sent.extend_from_slice(kept);
        Ok(())
    }

    async fn read(&mut self, space: &mut [u8]) -> Result<usize, Failure> {
        match self.acts.get(self.next) {
            Some(Act::Receive(bytes)) => {
                let rest = bytes.get(self.offset..).unwrap_or_default();
                let piece = match self.cut {
                    Cut::Whole => usize::MAX,
                    Cut::Bytes => 1,
                    Cut::At(first, second) => {
                        let ahead = [first, second].map(|cut| cut.saturating_sub(self.received));
                        ahead.into_iter().filter(|ahead| *ahead > 0).min().unwrap_or(usize::MAX)
                    }
                };
                let count = rest.len().min(piece).min(space.len());
                for (to, byte) in space.iter_mut().zip(rest).take(count) {
                    *to = *byte;
                }
                self.received = self.received.saturating_add(count);
                self.offset = self.offset.saturating_add(count);
                if self.offset >= bytes.len() {
                    self.offset = 0;
                    self.next = self.next.saturating_add(1);
                }
                Ok(count)
            }
            Some(Act::End) | None => Ok(0),
            Some(Act::Fail(how)) => Err(Failure::new(*how)),
            _ => Err(OUT_OF_STEP),
        }
    }
}

/// Runs a future that never waits, as everything over a [`Script`] does.
///
/// A future that does wait is polled again at once: with another transport this spins.
pub fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
