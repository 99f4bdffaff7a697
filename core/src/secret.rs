//! Credentials, which print as `***` wherever they are printed.

use core::fmt;

use crate::limits;
use crate::mistake::{Mistake, MistakeKind};

/// User and password for one proxy.
///
/// They are sent to the proxy that they were given for, in `Proxy-Authorization`, and to nobody else. Neither part
/// is ever shown: `Debug` and `Display` print `***`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credentials<'a> {
    user: &'a str,
    password: &'a str,
    encoded: bool,
}

impl<'a> Credentials<'a> {
    /// Takes the user information of a proxy URL, `user:password`, percent-encoded (RFC 3986 3.2.1).
    ///
    /// # Errors
    /// A bad percent sign, a control character (also an encoded one), a colon in the user's name, too long a part.
    pub fn from_user_info(text: &'a str) -> Result<Self, Mistake> {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        Self::checked(Self { user, password, encoded: true }, text.len())
    }

    /// Takes user and password as they are.
    ///
    /// # Errors
    /// A control character, a colon in the user's name, too long a part. Positions count in `user:password`.
    pub fn plain(user: &'a str, password: &'a str) -> Result<Self, Mistake> {
        let length = user.len().saturating_add(password.len()).saturating_add(1);
        Self::checked(Self { user, password, encoded: false }, length)
    }

    fn checked(self, length: usize) -> Result<Self, Mistake> {
        let all = 0..length;
        for part in [self.user, self.password] {
            let mut bytes = 0_usize;
            for byte in self.decoded(part) {
                let byte = byte.ok_or(Mistake::new(MistakeKind::PercentEncoding, all.clone()))?;
                if byte.is_ascii_control() {
                    return Err(Mistake::new(MistakeKind::ControlCharacter, all));
                }
                bytes = bytes.saturating_add(1);
            }
            if bytes > limits::CREDENTIAL {
                return Err(Mistake::new(MistakeKind::CredentialLength, all));
            }
        }
        if self.decoded(self.user).any(|byte| byte == Some(b':')) {
            return Err(Mistake::new(MistakeKind::UserColon, all));
        }
        Ok(self)
    }

    /// The bytes of `user:password`, decoded, as Basic encodes them (RFC 7617 2).
    pub(crate) fn joined(&self) -> impl Iterator<Item = u8> + '_ {
        let colon = core::iter::once(b':');
        self.decoded(self.user).chain(colon.map(Some)).chain(self.decoded(self.password)).flatten()
    }

    fn decoded(&self, part: &'a str) -> Decoded<'a> {
        Decoded { rest: part.as_bytes(), encoded: self.encoded }
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Credentials<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "***");
    }
}

/// The bytes behind percent-encoding; `None` for a percent sign without two hexadecimal digits.
struct Decoded<'a> {
    rest: &'a [u8],
    encoded: bool,
}

impl Iterator for Decoded<'_> {
    type Item = Option<u8>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        if !(self.encoded && first == b'%') {
            return Some(Some(first));
        }
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
        let [high, low, rest @ ..] = rest else { return Some(None) };
        self.rest = rest;
        Some(digit(high).zip(digit(low)).map(|(high, low)| (high << 4) | low))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::vec::Vec;

    #[test]
    fn encoded_and_plain_parts() {
        let encoded = Credentials::from_user_info("us%65r:p%40ss%3Aword").unwrap();
        assert_eq!(encoded.joined().collect::<Vec<u8>>(), b"user:p@ss:word");
        let plain = Credentials::plain("user", "p%40").unwrap();
        assert_eq!(plain.joined().collect::<Vec<u8>>(), b"user:p%40");
        assert_eq!(Credentials::from_user_info("user").unwrap().joined().collect::<Vec<u8>>(), b"user:");
    }

    #[test]
    fn nothing_hidden_gets_through() {
        let kind = |text| Credentials::from_user_info(text).unwrap_err().kind;
        assert_eq!(kind("u:p%0d%0aHost: x"), MistakeKind::ControlCharacter);
        assert_eq!(kind("u:p%00"), MistakeKind::ControlCharacter);
        assert_eq!(kind("u:p%zz"), MistakeKind::PercentEncoding);
        assert_eq!(kind("u:p%4"), MistakeKind::PercentEncoding);
        assert_eq!(kind("a%3ab:p"), MistakeKind::UserColon);
        assert_eq!(Credentials::plain("a\r", "b").unwrap_err().kind, MistakeKind::ControlCharacter);
    }

    #[test]
    fn never_printed() {
        let credentials = Credentials::plain("alice", "hunter2").unwrap();
        assert_eq!(format!("{credentials} {credentials:?}"), "*** ***");
    }
}
