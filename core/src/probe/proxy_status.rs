//! `Proxy-Status` (RFC 9209): what an intermediary says went wrong, and which one.
//!
//! A structured list (RFC 8941 3.1): members are separated by commas, the first is the intermediary nearest to the origin.
//! Only the name and the `error`, `rcode` and `received-status` parameters are read.

use crate::limits;
use crate::text::Text;

/// What one intermediary said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ProxyStatus {
    /// The intermediary's name for itself.
    pub proxy: Text<{ limits::TOKEN }>,
    /// The type of the error (RFC 9209 2.3), as it was sent.
    pub error: Text<{ limits::TOKEN }>,
}

/// The error nearest to the origin in one field value. `None` where no member carries an error, or the value breaks the
/// grammar before one does.
pub fn first_error(value: &[u8]) -> Option<ProxyStatus> {
    let found = find_error(value)?;
    let mut status = ProxyStatus::default();
    status.take(found);
    Some(status)
}

impl ProxyStatus {
    /// Takes in what [`find_error`] has found.
    pub(crate) fn take(&mut self, (proxy, error): (&[u8], &[u8])) {
        self.proxy.take(proxy);
        self.error.take(error);
    }
}

/// The intermediary and its error, as they were sent.
pub(crate) fn find_error(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader { rest: value };
    loop {
        reader.skip_blanks();
        let proxy = reader.item()?;
        let mut error = None;
        loop {
            reader.skip_blanks();
            if !reader.take(b';') {
                break;
            }
            reader.skip_blanks();
            let key = reader.key()?;
            let value = if reader.take(b'=') { reader.item()? } else { b"" };
            if key == b"error" {
                error = Some(value);
            }
        }
        if let Some(error) = error {
            return Some((proxy, error));
        }
        reader.skip_blanks();
        if !reader.take(b',') {
            return None;
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn skip_blanks(&mut self) {
        while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        found
    }

    fn while_matches(&mut self, matches: impl Fn(u8) -> bool) -> Option<&'a [u8]> {
        let length = self.rest.iter().position(|byte| !matches(*byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        (!taken.is_empty()).then_some(taken)
    }

    fn key(&mut self) -> Option<&'a [u8]> {
        self.while_matches(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte)
        })
    }

    /// A bare item: string (without its quotation marks, escapes left as they are), token, number, boolean, bytes.
    fn item(&mut self) -> Option<&'a [u8]> {
        if self.take(b'"') {
            let mut escaped = false;
            let end = self.rest.iter().position(|&byte| {
                let closes = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                closes
            })?;
            let (text, rest) = self.rest.split_at_checked(end)?;
            self.rest = rest.get(1..).unwrap_or_default();
            return Some(text);
        }
        self.while_matches(|byte| super::challenge::is_token(byte) || b":/?@=".contains(&byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};

    fn read(value: &str) -> Option<(String, String)> {
        first_error(value.as_bytes()).map(|status| (status.proxy.to_string(), status.error.to_string()))
    }

    #[test]
    fn errors_are_found() {
        let want = |proxy: &str, error: &str| Some((proxy.to_string(), error.to_string()));
        assert_eq!(
            read("proxy.example; error=dns_error; rcode=\"NXDOMAIN\""),
            want("proxy.example", "dns_error")
        );
        assert_eq!(
            read(
                "a.example; received-status=200, \"b, c\"; details=\"x;error=no\"; error=connection_refused"
            ),
            want("b, c", "connection_refused")
        );
        assert_eq!(read("p;error=\"http_request_denied\""), want("p", "http_request_denied"));
    }

    #[test]
    fn nothing_is_made_up() {
        for value in ["", "proxy.example", "p; error", "p;", "p; =x", "\"open", ",", "p; error=x\"", "p q"] {
            assert!(read(value).is_none_or(|(_, error)| error.is_empty() || error == "x"), "{value:?}");
        }
    }
}
