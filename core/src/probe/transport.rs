//! The seam: one connection to the outside.
//!
//! Everything that touches a network implements [`Transport`]; everything above it is pure. A transport is made for one
//! attempt and dropped after it. It holds the time-outs (the core has no clock), one for each stage: a call that takes
//! longer ends with [`How::TimedOut`].

use core::fmt;
use core::net::IpAddr;

use crate::limits;
use crate::probe::tls::TlsReport;

/// The addresses of a name, in the order in which they are to be tried.
pub type Addresses = heapless::Vec<IpAddr, { limits::ADDRESSES }, u8>;

/// One connection to the outside. Made for one attempt, dropped after it.
///
/// Calls come in the order resolve, connect (once for each address until one succeeds), then any mix of `start_tls`
/// (at most twice: the proxy's, and the origin's inside it), `write_all` and `read`. After a failure of anything but
/// `connect` nothing more is called.
#[expect(
    async_fn_in_trait,
    reason = "futures are polled where they are made: one task an attempt, no Send bound on a device"
)]
pub trait Transport {
    /// Asks the system's resolver for the addresses of `host`, which is never an address itself.
    async fn resolve(&mut self, host: &str) -> Result<Addresses, Failure>;

    /// Opens a connection. On failure the next address may be tried.
    async fn connect(&mut self, address: IpAddr, port: u16) -> Result<(), Failure>;

    /// Starts TLS on the connection, with the name (or address, without brackets) of the party at this hop.
    ///
    /// `early` are bytes that had already come from the peer: they are the first that the TLS library reads. The
    /// report carries all that was seen of the peer, also when the handshake fails. A chain that does not verify does
    /// not end the handshake: it is judged in the report.
    async fn start_tls(&mut self, name: &str, hop: Hop, early: &[u8]) -> TlsReport;

    /// Writes all bytes, and flushes them.
    async fn write_all(&mut self, bytes: &[u8]) -> Result<(), Failure>;

    /// What is read from here on is welcome and not needed: the rest of a refusal that has been understood. A transport
    /// that knows the time shortens its patience to a second or so.
    fn hurry(&mut self) {}

    /// Reads at least one byte into `space`, which is never empty; 0 means that the peer has ended its side.
    async fn read(&mut self, space: &mut [u8]) -> Result<usize, Failure>;
}

impl<T: Transport> Transport for &mut T {
    async fn resolve(&mut self, host: &str) -> Result<Addresses, Failure> {
        (**self).resolve(host).await
    }

    async fn connect(&mut self, address: IpAddr, port: u16) -> Result<(), Failure> {
        (**self).connect(address, port).await
    }

    async fn start_tls(&mut self, name: &str, hop: Hop, early: &[u8]) -> TlsReport {
        (**self).start_tls(name, hop, early).await
    }

    async fn write_all(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        (**self).write_all(bytes).await
    }

    fn hurry(&mut self) {
        (**self).hurry();
    }

    async fn read(&mut self, space: &mut [u8]) -> Result<usize, Failure> {
        (**self).read(space).await
    }
}

/// Whose TLS it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Hop {
    /// The TLS of an https proxy.
    Proxy,
    /// The TLS of the origin (inside the proxy's, where that has one).
    Origin,
}

/// How something ended before it succeeded, with what had been seen by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Failure {
    /// How it ended.
    pub how: How,
    /// Bytes that had come from the peer in this stage, under any TLS.
    pub received: u32,
    /// The first of those bytes; as many as [`received`](Self::received) says, at most eight.
    pub first: [u8; 8],
}

impl Failure {
    /// A failure before any byte came.
    pub const fn new(how: How) -> Self {
        Self { how, received: 0, first: [0; 8] }
    }

    /// A failure after `received` bytes, of which `seen` are the first.
    pub fn after(how: How, received: u32, seen: &[u8]) -> Self {
        let mut first = [0; 8];
        for (to, from) in first.iter_mut().zip(seen) {
            *to = *from;
        }
        Self { how, received, first }
    }

    /// The first bytes that came, at most eight.
    pub fn first_bytes(&self) -> &[u8] {
        let count = usize::try_from(self.received).unwrap_or(usize::MAX).min(self.first.len());
        self.first.get(..count).unwrap_or_default()
    }
}

impl From<How> for Failure {
    fn from(how: How) -> Self {
        Self::new(how)
    }
}

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum How {
    /// The name does not exist, or has no address (NXDOMAIN, no data).
    NameNotFound,
    /// The name server answered with a failure; the response code of RFC 1035 4.1.1 where it is known (2 SERVFAIL,
    /// 5 REFUSED).
    NameServerFailed(Option<u8>),
    /// RST in answer to SYN.
    Refused,
    /// Nothing came within the time of this stage.
    TimedOut,
    /// No route, or an ICMP unreachable.
    Unreachable,
    /// The operating system of this machine refuses (EPERM, EACCES, a prohibit route).
    Forbidden,
    /// The connection was reset.
    Reset,
    /// The peer ended the stream (FIN, or `close_notify` inside TLS).
    Ended,
    /// The peer sent a fatal TLS alert.
    Alert(Alert),
    /// What the peer sent is not TLS.
    NotTls,
    /// The peer chose a TLS version that was not offered.
    NoCommonVersion,
    /// The peer's TLS breaks the protocol: a bad record, a bad signature, an impossible message.
    TlsBroken,
    /// Something that this build or device cannot do. Never a fact about the network.
    NotSupported(&'static str),
    /// It was not tried, for this reason of ours. Never a fact about the network.
    NotTried(&'static str),
    /// This machine ran out of something (file descriptors, ports, memory). Never a fact about the network.
    OutOfResources,
    /// The attempt was cancelled from outside.
    Cancelled,
    /// Another error of the operating system, with its number.
    Other(i32),
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameNotFound => "the name does not exist or has no address",
            Self::NameServerFailed(Some(2)) => "the name server answered SERVFAIL",
            Self::NameServerFailed(Some(5)) => "the name server answered REFUSED",
            Self::NameServerFailed(Some(code)) => {
                return write!(f, "the name server answered with code {code}");
            }
            Self::NameServerFailed(None) => "the name server gave no usable answer",
            Self::Refused => "connection refused",
            Self::TimedOut => "no answer in time",
            Self::Unreachable => "no route to it",
            Self::Forbidden => "this machine's operating system forbids the connection",
            Self::Reset => "connection reset",
            Self::Ended => "connection closed",
            Self::Alert(alert) => return write!(f, "TLS alert {alert}"),
            Self::NotTls => "the answer is not TLS",
            Self::NoCommonVersion => "no TLS version in common",
            Self::TlsBroken => "the peer's TLS breaks the protocol",
            Self::NotSupported(what) => return write!(f, "not supported here: {what}"),
            Self::NotTried(why) => return write!(f, "not tried: {why}"),
            Self::OutOfResources => "this machine ran out of file descriptors, ports or memory",
            Self::Cancelled => "cancelled",
            Self::Other(number) => return write!(f, "operating system error {number}"),
        })
    }
}

/// A TLS alert's description (RFC 8446 6, RFC 5246 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Alert(pub u8);

impl Alert {
    /// `handshake_failure`.
    pub const HANDSHAKE_FAILURE: Self = Self(40);
    /// `protocol_version`.
    pub const PROTOCOL_VERSION: Self = Self(70);
    /// `certificate_required`.
    pub const CERTIFICATE_REQUIRED: Self = Self(116);

    /// The name in the RFCs, where it has one.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "close_notify",
            10 => "unexpected_message",
            20 => "bad_record_mac",
            21 => "decryption_failed",
            22 => "record_overflow",
            30 => "decompression_failure",
            40 => "handshake_failure",
            41 => "no_certificate",
            42 => "bad_certificate",
            43 => "unsupported_certificate",
            44 => "certificate_revoked",
            45 => "certificate_expired",
            46 => "certificate_unknown",
            47 => "illegal_parameter",
            48 => "unknown_ca",
            49 => "access_denied",
            50 => "decode_error",
            51 => "decrypt_error",
            60 => "export_restriction",
            70 => "protocol_version",
            71 => "insufficient_security",
            80 => "internal_error",
            86 => "inappropriate_fallback",
            90 => "user_canceled",
            100 => "no_renegotiation",
            109 => "missing_extension",
            110 => "unsupported_extension",
            111 => "certificate_unobtainable",
            112 => "unrecognized_name",
            113 => "bad_certificate_status_response",
            115 => "unknown_psk_identity",
            116 => "certificate_required",
            120 => "no_application_protocol",
            _ => return None,
        })
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.0),
        }
    }
}
