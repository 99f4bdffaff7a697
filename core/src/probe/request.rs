//! Writing a request into the lent buffer.
//!
//! Whatever comes from a setting has been checked by then: hosts, request targets and credentials hold no CR, LF, NUL or
//! other control character, so nothing can end a line early.

use core::fmt;

use base64ct::{Base64, Encoder};

use crate::limits;
use crate::select::Proxy;
use crate::target::Target;

/// What requests name as their sender (RFC 9110 10.1.5).
pub const USER_AGENT: &str = concat!("egress-probe/", env!("CARGO_PKG_VERSION"));

/// The lent buffer is too small for the request; [`limits::BUFFER_MIN`] plus the length of the URL always suffices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the buffer is too small for the request; lend at least {} bytes", limits::BUFFER_MIN)
    }
}

impl core::error::Error for Overflow {}

impl From<fmt::Error> for Overflow {
    fn from(_: fmt::Error) -> Self {
        Self
    }
}

/// Writes text into a buffer, all of it or none.
pub(crate) struct Cursor<'b> {
    buffer: &'b mut [u8],
    at: usize,
}

impl<'b> Cursor<'b> {
    pub(crate) fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, at: 0 }
    }

    pub(crate) fn length(&self) -> usize {
        self.at
    }

    /// The value of `Host`: without the port where it is the scheme's own (RFC 9110 7.2).
    pub(crate) fn host(&mut self, target: &Target<'_>) -> fmt::Result {
        use fmt::Write as _;
        if target.port == target.scheme.default_port() {
            write!(self, "{}", target.host)
        } else {
            write!(self, "{}", target.authority())
        }
    }

    /// `Proxy-Authorization: Basic …` (RFC 7617), where the proxy has credentials.
    pub(crate) fn proxy_authorization(&mut self, proxy: &Proxy<'_>) -> Result<(), Overflow> {
        use fmt::Write as _;
        let Some(credentials) = &proxy.credentials else { return Ok(()) };
        self.write_str("Proxy-Authorization: Basic ")?;
        let rest = self.buffer.get_mut(self.at..).ok_or(Overflow)?;
        let mut encoder = Encoder::<Base64>::new(rest).map_err(|_| Overflow)?;
        for byte in credentials.joined() {
            encoder.encode(&[byte]).map_err(|_| Overflow)?;
        }
        let length = encoder.finish().map_err(|_| Overflow)?.len();
        self.at = self.at.saturating_add(length);
        self.write_str("\r\n")?;
        Ok(())
    }
}

impl fmt::Write for Cursor<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.at.checked_add(text.len()).ok_or(fmt::Error)?;
        self.buffer.get_mut(self.at..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.at = end;
        Ok(())
    }
}
