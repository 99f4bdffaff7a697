//! `Proxy-Authenticate` (RFC 9110 11.6.1 and 11.7.1): which schemes are offered, over several fields and several
//! challenges in one line.

use crate::limits;
use crate::text::Text;

/// The schemes that were offered, in order, each once.
pub type AuthSchemes = heapless::Vec<Text<{ limits::SCHEME_NAME }>, { limits::AUTH_SCHEMES }, u8>;

/// Adds the schemes of one field value.
///
/// The grammar is `#( scheme [ 1*SP ( token68 / #( param = value ) ) ] )`: a comma separates both challenges and parameters,
/// so a new challenge is told by its first word: a token that is not followed by `=`.
pub fn add_schemes(value: &[u8], schemes: &mut AuthSchemes) {
    let mut rest = value;
    loop {
        let (item, tail) = split_item(rest);
        if let Some(scheme) = scheme_of(item) {
            let scheme = Text::from_bytes(scheme);
            let known = schemes.iter().any(|one| one.as_str().eq_ignore_ascii_case(scheme.as_str()));
            if !known && schemes.push(scheme).is_err() {
                return;
            }
        }
        match tail {
            Some(tail) => rest = tail,
            None => return,
        }
    }
}

/// The bytes up to the next comma outside quotation marks, and what follows it.
fn split_item(bytes: &[u8]) -> (&[u8], Option<&[u8]>) {
    let (mut quoted, mut escaped) = (false, false);
    let comma = bytes.iter().position(|&byte| {
        let was_escaped = escaped;
        escaped = quoted && !was_escaped && byte == b'\\';
        if byte == b'"' && !was_escaped {
            quoted = !quoted;
        }
        byte == b',' && !quoted
    });
    match comma.and_then(|at| bytes.split_at_checked(at)) {
        Some((item, tail)) => (item.trim_ascii(), tail.get(1..)),
        None => (bytes.trim_ascii(), None),
    }
}

/// The scheme that an item begins with, unless the item is a parameter of the challenge before it.
fn scheme_of(item: &[u8]) -> Option<&[u8]> {
    let length = item.iter().position(|byte| !is_token(*byte)).unwrap_or(item.len());
    let (token, rest) = item.split_at_checked(length)?;
    let blanks = rest.trim_ascii_start();
    let is_parameter =
        blanks.first() == Some(&b'=') && !(rest.first() == Some(&b' ') && is_token68_tail(blanks));
    let ends_well = rest.is_empty() || rest.first().is_some_and(u8::is_ascii_whitespace);
    (!token.is_empty() && !is_parameter && ends_well).then_some(token)
}

/// `Scheme ==` is a scheme with an (odd) token68, not a parameter: only padding follows.
fn is_token68_tail(bytes: &[u8]) -> bool {
    bytes.len() > 1 && bytes.iter().all(|byte| *byte == b'=')
}

/// `tchar` (RFC 9110 5.6.2).
pub(crate) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn schemes(values: &[&str]) -> Vec<String> {
        let mut schemes = AuthSchemes::new();
        for value in values {
            add_schemes(value.as_bytes(), &mut schemes);
        }
        schemes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn several_fields_and_several_challenges() {
        assert_eq!(schemes(&["Negotiate", "NTLM", "Basic realm=\"a, b\""]), ["Negotiate", "NTLM", "Basic"]);
        assert_eq!(
            schemes(&["Digest realm=\"x\", nonce=\"a,\\\"b\", qop=\"auth\", Basic realm = \"y\", NTLM"]),
            ["Digest", "Basic", "NTLM"]
        );
        assert_eq!(schemes(&["Negotiate YII=, Basic realm=\"x\""]), ["Negotiate", "Basic"]);
        assert_eq!(schemes(&["basic realm=a", "BASIC realm=b"]), ["basic"]);
        assert_eq!(schemes(&[", ,Basic"]), ["Basic"]);
    }

    #[test]
    fn rubbish_gives_nothing() {
        for value in ["", "=", "\"open", "a=b", "\u{7f}", ",,,,"] {
            assert_eq!(schemes(&[value]), Vec::<String>::new(), "{value:?}");
        }
    }
}
