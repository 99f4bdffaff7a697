//! Hosts and ports, as URLs and settings write them (RFC 3986 3.2.2 and 3.2.3).

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::limits;
use crate::mistake::{Mistake, MistakeKind};

/// A host: a name, or an address that was written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Host<'a> {
    /// A name of letters, digits, `-`, `_` and `.`, as it was written. May end in the root's dot.
    Name(&'a str),
    /// An IPv4 address, written as a dotted quad.
    V4(Ipv4Addr),
    /// An IPv6 address. [`Display`](fmt::Display) puts it in brackets.
    V6(Ipv6Addr),
}

impl<'a> Host<'a> {
    /// Reads a host without port: a name, a dotted quad, or an IPv6 address in brackets.
    ///
    /// # Errors
    /// What is wrong with it, with positions in `text`.
    pub fn parse(text: &'a str) -> Result<Self, Mistake> {
        let all = 0..text.len();
        if text.is_empty() {
            return Err(Mistake::new(MistakeKind::HostMissing, all));
        }
        if let Some(inner) = text.strip_prefix('[') {
            return inner
                .strip_suffix(']')
                .and_then(|address| address.parse().ok())
                .map(Self::V6)
                .ok_or(Mistake::new(MistakeKind::AddressBrackets, all));
        }
        if let Ok(address) = text.parse() {
            return Ok(Self::V4(address));
        }
        if text.parse::<Ipv6Addr>().is_ok() {
            return Err(Mistake::new(MistakeKind::AddressUnbracketed, all));
        }
        for (at, character) in text.char_indices() {
            let end = at.saturating_add(character.len_utf8());
            if character == char::REPLACEMENT_CHARACTER {
                return Err(Mistake::new(MistakeKind::HostNotText, at..end));
            }
            if !character.is_ascii() {
                return Err(Mistake::new(MistakeKind::HostNotAscii, at..end));
            }
            if character.is_ascii_control() {
                return Err(Mistake::new(MistakeKind::ControlCharacter, at..end));
            }
            if !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')) {
                return Err(Mistake::new(MistakeKind::HostCharacter, at..end));
            }
        }
        let bare = text.strip_suffix('.').unwrap_or(text);
        if bare.len() > limits::HOST_NAME || bare.split('.').any(|label| label.is_empty() || label.len() > 63)
        {
            return Err(Mistake::new(MistakeKind::HostLength, all));
        }
        let last = bare.rsplit('.').next().unwrap_or(bare);
        let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
        if last.bytes().all(|byte| byte.is_ascii_digit())
            || hexadecimal.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            return Err(Mistake::new(MistakeKind::HostNumber, all));
        }
        Ok(Self::Name(text))
    }

    /// The same as the system's resolver takes it (`inet_aton` of POSIX): also an address of fewer than four numbers, or with some in
    /// hexadecimal or octal digits.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_as_resolver(text: &'a str) -> Result<Self, Mistake> {
        Self::parse(text).or_else(|mistake| match inet_aton(text) {
            Some(address) if mistake.kind == MistakeKind::HostNumber => Ok(Self::V4(address)),
            _ => Err(mistake),
        })
    }

    /// The address, where one was written.
    pub const fn address(&self) -> Option<IpAddr> {
        match *self {
            Self::Name(_) => None,
            Self::V4(address) => Some(IpAddr::V4(address)),
            Self::V6(address) => Some(IpAddr::V6(address)),
        }
    }

    /// Whether two hosts are the same, names without regard to letter case and to the root's dot.
    pub fn is_same(&self, other: &Host<'_>) -> bool {
        match (self, other) {
            (Self::Name(one), Host::Name(two)) => {
                one.trim_end_matches('.').eq_ignore_ascii_case(two.trim_end_matches('.'))
            }
            (one, two) => one.address().is_some() && one.address() == two.address(),
        }
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => write!(f, "{address}"),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

/// An IPv4 address of one to four numbers, of which the last fills what is left of the four bytes; `0x` begins hexadecimal digits, and
/// `0` octal ones.
fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let (front, last) = text.rsplit_once('.').map_or((None, text), |(front, last)| (Some(front), last));
    let (mut address, mut room) = (0_u32, 32_u32);
    for part in front.into_iter().flat_map(|front| front.split('.')) {
        room = room.checked_sub(8).filter(|room| *room > 0)?;
        let byte = u8::try_from(number(part)?).ok()?;
        address |= u32::from(byte).checked_shl(room)?;
    }
    let last = number(last)?;
    if last.checked_shr(room).is_some_and(|beyond| beyond > 0) {
        return None;
    }
    Some((address | last).into())
}

/// A number in decimal, hexadecimal (`0x`) or octal digits (`0`).
fn number(text: &str) -> Option<u32> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = match (hexadecimal, text.strip_prefix('0')) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) if !digits.is_empty() => (digits, 8),
        (None, _) => (text, 10),
    };
    // The standard library would take a sign.
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, radix).ok())?
}

/// A host with the port, where one was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority<'a> {
    /// The host.
    pub host: Host<'a>,
    /// The port, 1 to 65535.
    pub port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Reads `host`, `host:port`, `[v6]` or `[v6]:port`.
    ///
    /// # Errors
    /// What is wrong with it, with positions in `text`.
    pub fn parse(text: &'a str) -> Result<Self, Mistake> {
        Self::parse_with(text, Host::parse)
    }

    /// The same, with a host that is read like this.
    pub(crate) fn parse_with(
        text: &'a str,
        host: impl FnOnce(&'a str) -> Result<Host<'a>, Mistake>,
    ) -> Result<Self, Mistake> {
        if text.starts_with('[') && !text.contains(']') {
            return Err(Mistake::new(MistakeKind::AddressBrackets, 0..text.len()));
        }
        let bracket = text.rfind(']').unwrap_or_default();
        let colon = text.get(bracket..).and_then(|rest| rest.rfind(':')).map(|at| at.saturating_add(bracket));
        let Some(colon) = colon else {
            return Ok(Self { host: host(text)?, port: None });
        };
        if text.parse::<Ipv6Addr>().is_ok() {
            return Err(Mistake::new(MistakeKind::AddressUnbracketed, 0..text.len()));
        }
        let host = host(text.get(..colon).unwrap_or_default())?;
        let from = colon.saturating_add(1);
        let digits = text.get(from..).unwrap_or_default();
        let wrong = Mistake::new(MistakeKind::Port, from..text.len());
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong);
        }
        match digits.parse() {
            Ok(port) if port > 0 => Ok(Self { host, port: Some(port) }),
            _ => Err(wrong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities() {
        let ok = |text: &'static str| {
            let authority = Authority::parse(text).expect(text);
            (std::format!("{}", authority.host), authority.port)
        };
        assert_eq!(ok("a.example"), ("a.example".into(), None));
        assert_eq!(ok("a.example:8080"), ("a.example".into(), Some(8080)));
        assert_eq!(ok("[2001:DB8::1]:443"), ("[2001:db8::1]".into(), Some(443)));
        assert_eq!(ok("[::1]"), ("[::1]".into(), None));
        assert_eq!(ok("192.0.2.1:1"), ("192.0.2.1".into(), Some(1)));
        assert_eq!(ok("_dmarc.example."), ("_dmarc.example.".into(), None));
    }

    /// Seen with `getaddrinfo` of the GNU C library, by way of curl, wget and Python.
    #[test]
    fn addresses_as_the_resolver_takes_them() {
        for (text, want) in [
            ("127.1", Some([127, 0, 0, 1])),
            ("0x7f000001", Some([127, 0, 0, 1])),
            ("2130706433", Some([127, 0, 0, 1])),
            ("0177.0.0.1", Some([127, 0, 0, 1])),
            ("127.0.0.01", Some([127, 0, 0, 1])),
            ("10.1.258", Some([10, 1, 1, 2])),
            ("10.16777215", Some([10, 255, 255, 255])),
            ("4294967295", Some([255; 4])),
            ("0", Some([0; 4])),
            ("127.0.1.", None),
            ("10.16777216", None),
            ("4294967296", None),
            ("256.1", None),
            ("1.2.3.256", None),
            ("1.2.3.4.5", None),
            ("127.08", None),
            ("0x", None),
            ("a.1", None),
        ] {
            let host = Host::parse_as_resolver(text).ok();
            assert_eq!(host, want.map(|bytes| Host::V4(bytes.into())), "{text}");
        }
        assert_eq!(Host::parse_as_resolver("a.example"), Ok(Host::Name("a.example")));
    }

    #[test]
    fn mistakes_have_their_place() {
        use MistakeKind as K;
        for (text, kind, at) in [
            ("", K::HostMissing, 0..0),
            (":80", K::HostMissing, 0..0),
            ("a.example:", K::Port, 10..10),
            ("a.example:0", K::Port, 10..11),
            ("a.example:65536", K::Port, 10..15),
            ("a.example:+80", K::Port, 10..13),
            ("a b", K::HostCharacter, 1..2),
            ("a\r\nb", K::ControlCharacter, 1..2),
            ("bücher.example", K::HostNotAscii, 1..3),
            ("b\u{FFFD}cher.example", K::HostNotText, 1..4),
            ("a..b", K::HostLength, 0..4),
            ("127.1", K::HostNumber, 0..5),
            ("0x7f.0.0.0x1", K::HostNumber, 0..12),
            ("192.0.2.01", K::HostNumber, 0..10),
            ("::1", K::AddressUnbracketed, 0..3),
            ("2001:db8::1", K::AddressUnbracketed, 0..11),
            ("[::1", K::AddressBrackets, 0..4),
            ("[fe80::1%25eth0]", K::AddressBrackets, 0..16),
        ] {
            assert_eq!(Authority::parse(text), Err(Mistake::new(kind, at)), "{text:?}");
        }
    }
}
