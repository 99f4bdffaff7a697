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

/// What is lent to a probe: room for its requests and room for the answers to them.
///
/// One buffer is enough for both, since they never meet, and is made one of these by [`From`]. With room of their own for
/// requests (512 bytes hold most), the buffer for answers is not touched as long as none comes: thousands of probes that wait
/// need no memory for it where the system gives memory as it is written to.
#[derive(Debug)]
pub struct Lent<'b> {
    /// Where requests are written that fit; the others are written where their answers come to.
    pub requests: &'b mut [u8],
    /// For answers; see [`probe`](crate::probe()).
    pub answers: &'b mut [u8],
}

impl<'b> From<&'b mut [u8]> for Lent<'b> {
    fn from(answers: &'b mut [u8]) -> Self {
        Self { requests: &mut [], answers }
    }
}

impl Lent<'_> {
    /// The same, lent on.
    pub(crate) fn again(&mut self) -> Lent<'_> {
        Lent { requests: self.requests, answers: self.answers }
    }

    /// Writes a request where it fits. Gives its length, and whether it is apart from the answers.
    pub(crate) fn write(
        &mut self,
        request: impl Fn(&mut Cursor<'_>) -> Result<(), Overflow>,
    ) -> Result<Written, Overflow> {
        let write = |buffer: &mut [u8]| {
            let mut cursor = Cursor::new(buffer);
            request(&mut cursor).map(|()| cursor.length())
        };
        if let Ok(length) = write(self.requests) {
            return Ok(Written { length, apart: true });
        }
        // What was begun there may be credentials.
        self.requests.fill(0);
        write(self.answers).map(|length| Written { length, apart: false })
    }
}

/// A request that waits to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) length: usize,
    pub(crate) apart: bool,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::connect::Handshake;
    use crate::probe::conversation::{Report, Want};
    use crate::select::proxy::ProxyPorts;
    use std::vec::Vec;

    /// What is written, and what is then in both rooms; the one for answers begins full of `A`.
    fn written(room: usize) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let target = Target::parse("https://a.example/").unwrap();
        let proxy = Proxy::parse("http://user:secret@proxy.example:3128", ProxyPorts::Curl).unwrap();
        let (mut requests, mut answers) = (std::vec![0; room], std::vec![b'A'; limits::BUFFER_MIN]);
        let mut report = Report::new();
        let lent = Lent { requests: &mut requests, answers: &mut answers };
        let mut handshake = Handshake::lent(&target, &proxy, lent, &mut report).unwrap();
        let Want::Write(request) = handshake.conversation().want() else { panic!("it is written first") };
        let request = request.to_vec();
        handshake.conversation().wrote();
        (request, requests, answers)
    }

    #[test]
    fn a_request_that_fits_into_its_room_leaves_the_other_alone_and_nothing_behind() {
        let (request, requests, answers) = written(512);
        assert_eq!(request, written(0).0, "it is the same request, wherever it is written");
        assert!(requests.iter().all(|byte| *byte == 0));
        assert!(answers.iter().all(|byte| *byte == b'A'));
    }

    #[test]
    fn a_request_that_does_not_fit_is_written_where_answers_come() {
        let (whole, _, _) = written(512);
        for room in [0, 1, whole.len() - 1] {
            let (request, requests, answers) = written(room);
            assert_eq!(request, whole, "{room} bytes of room");
            assert!(requests.iter().all(|byte| *byte == 0), "a part of it is left");
            let (used, rest) = answers.split_at(whole.len());
            assert!(used.iter().all(|byte| *byte == 0) && rest.iter().all(|byte| *byte == b'A'));
        }
    }
}
