//! Firefox's `network.proxy.no_proxies_on`: `LoadHostFilters` and `CanUseProxy` of `nsProtocolProxyService.cpp`, observed with
//! Firefox ESR 153.7.
//!
//! - Items are separated by `,`, space and tab, not by `;` and not by line ends.
//! - `[*]host[:port]`: the host and its subdomains; with a dot in front, the subdomains only. A `*` in front is taken off, any
//!   other stands for itself, so that `*` alone matches nothing. A port that is no number is no condition.
//! - `address[/bits][:port]`, IPv6 in brackets: without them each `:` begins a port, and the item is lost. IPv4 may have one to
//!   four parts, each decimal, octal or hexadecimal (`inet_aton`): `10.1` is 10.0.0.1. All addresses are kept as IPv6, and 96 is
//!   added to at most 32 bits of IPv4: `/33` to `/96` match every IPv4 address, as Firefox does. `/0` drops the item, and what
//!   is no number is as many bits as there are. A number below 0 or above 128 is shifted and cut as the machine does it.
//! - `<local>`: names without a dot.
//! - The machine itself (`localhost`, what is below it, `127.0.0.0/8`, `::1`, but not `::ffff:127.0.0.1`) is never asked of a
//!   proxy, whatever the list says.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Destination, Match, MatchKind, bits_of, is_local, is_localhost};
use crate::authority::Host;

pub(super) fn decide<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    if let Some(implicit) = implicit(&to.host) {
        return Some(implicit);
    }
    list.split([',', ' ', '\t'])
        .filter(|item| !item.is_empty())
        .find_map(|item| match_item(item, to).map(|kind| Match::new(list, item, kind)))
}

/// What Firefox never asks a proxy for, whoever has written the list.
pub(super) fn implicit<'a>(host: &Host<'_>) -> Option<Match<'a>> {
    is_loopback(host).then(|| Match::implicit(MatchKind::Loopback))
}

fn is_loopback(host: &Host<'_>) -> bool {
    match host {
        Host::Name(name) => is_localhost(name),
        Host::V4(address) => address.is_loopback(),
        Host::V6(address) => address.is_loopback(),
    }
}

fn match_item(item: &str, to: &Destination<'_>) -> Option<MatchKind> {
    let Item { host, bits, port } = Item::read(item);
    if host.eq_ignore_ascii_case("<local>") {
        return is_local(&to.host).then_some(MatchKind::Local);
    }
    let port = port.and_then(integer).unwrap_or(0);
    if port != 0 && port != i32::from(to.port) {
        return None;
    }
    let own = match to.host {
        // What is an address is no name.
        Host::Name(name) => return match_name(host, name).filter(|_| address(host).is_none()),
        Host::V4(own) => IpAddr::V4(own),
        Host::V6(own) => IpAddr::V6(own),
    };
    let is_in = is_in(address(host)?, bits.and_then(integer).unwrap_or(128), own);
    let kind = if bits.is_some() { MatchKind::Network } else { MatchKind::Address };
    is_in.then_some(kind)
}

/// The parts of an item.
#[derive(Default)]
struct Item<'a> {
    host: &'a str,
    bits: Option<&'a str>,
    port: Option<&'a str>,
}

impl<'a> Item<'a> {
    /// As read there: each `:` outside brackets and each `/` takes what stands since the one before for the host, except that a `:`
    /// behind a `/` takes it for the bits. What comes last is the port where there was any `:`.
    fn read(item: &'a str) -> Self {
        let mut parts = Self::default();
        let (mut from, mut in_brackets) = (0_usize, false);
        let (mut has_port, mut has_bits) = (false, false);
        for (at, byte) in item.bytes().enumerate() {
            match byte {
                b'[' => in_brackets = true,
                b']' => in_brackets = false,
                b':' if in_brackets => {}
                b':' | b'/' => {
                    let before = item.get(from..at).unwrap_or_default();
                    if byte == b':' && has_bits {
                        parts.bits = Some(before);
                    } else {
                        parts.host = before;
                    }
                    has_port |= byte == b':';
                    has_bits |= byte == b'/';
                    from = at.saturating_add(1);
                }
                _ => {}
            }
        }
        let last = item.get(from..).unwrap_or_default();
        if has_port {
            parts.port = Some(last);
        } else if has_bits {
            parts.bits = Some(last);
        } else {
            parts.host = last;
        }
        parts
    }
}

/// `nsTString::ToInteger`: what is no digit may stand in front (a letter of `a` to `f` must not), and what is no such letter behind. An
/// `x` behind zeros is passed over.
pub(super) fn integer(text: &str) -> Option<i32> {
    let at = text.find(|one: char| one.is_ascii_hexdigit())?;
    let (before, digits) = text.split_at_checked(at)?;
    let mut value = 0_i32;
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => value = value.checked_mul(10)?.checked_add(i32::from(byte.checked_sub(b'0')?))?,
            b'a'..=b'f' | b'A'..=b'F' => return None,
            b'x' | b'X' if value == 0 => {}
            _ => break,
        }
    }
    if before.contains('-') { value.checked_neg() } else { Some(value) }
}

/// An address as `PR_StringToNetAddr` reads it. The brackets are taken off whatever stands in them.
fn address(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
    if !bare.contains(':') {
        return v4(bare).map(IpAddr::V4);
    }
    let (address, zone) = bare.split_once('%').map_or((bare, None), |(address, zone)| (address, Some(zone)));
    // The name of a zone would have to be one of this machine's.
    let is_number = |zone: &str| !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_digit());
    address.parse::<Ipv6Addr>().ok().filter(|_| zone.is_none_or(is_number)).map(IpAddr::V6)
}

/// `inet_aton`: one to four numbers, of which the last fills what the others leave. What stands behind a blank is not looked at.
pub(super) fn v4(text: &str) -> Option<Ipv4Addr> {
    let text = text.split(|one: char| one.is_ascii_whitespace()).next()?;
    let mut bits = 0_u32;
    let mut left = 32_u32;
    let mut parts = text.split('.').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            let value = number(part).filter(|_| !part.ends_with(['x', 'X']))?;
            let fits = left == 32 || value < 1_u32.checked_shl(left)?;
            return fits.then(|| Ipv4Addr::from_bits(bits | value));
        }
        left = left.checked_sub(8).filter(|left| *left > 0)?;
        bits |= number(part).filter(|value| *value < 256)?.checked_shl(left)?;
    }
    None
}

/// Decimal, octal behind `0`, or hexadecimal behind `0x` (also without a digit, where more follows). What is too large wraps around.
fn number(part: &str) -> Option<u32> {
    let hexadecimal = part.strip_prefix("0x").or_else(|| part.strip_prefix("0X"));
    let (digits, radix) = match hexadecimal {
        Some(digits) => (digits, 16),
        None if part.is_empty() => return None,
        None if part.starts_with('0') => (part, 8),
        None => (part, 10),
    };
    digits
        .chars()
        .try_fold(0_u32, |value, one| Some(value.wrapping_mul(radix).wrapping_add(one.to_digit(radix)?)))
}

fn match_name(item: &str, name: &str) -> Option<MatchKind> {
    let item = item.strip_prefix('*').unwrap_or(item);
    if item.is_empty() {
        return None;
    }
    let (before, tail) = name.as_bytes().split_at_checked(name.len().checked_sub(item.len())?)?;
    if !tail.eq_ignore_ascii_case(item.as_bytes()) {
        return None;
    }
    match before {
        [] => Some(MatchKind::Name),
        _ if item.starts_with('.') => Some(MatchKind::Suffix),
        [.., b'.'] => Some(MatchKind::Suffix),
        _ => None,
    }
}

fn is_in(network: IpAddr, bits: i32, address: IpAddr) -> bool {
    let bits = match (network, bits & KEPT) {
        (_, 0) => return false,
        (IpAddr::V4(_), bits @ 1..=32) => bits.saturating_add(96),
        (_, bits) => bits,
    };
    (bits_of(network) ^ bits_of(address)) & mask(bits) == 0
}

/// Of the length of a prefix sixteen bits are kept.
const KEPT: i32 = 0xffff;

/// `proxy_MaskIPv6Addr`: behind the third word, the last is shifted as one of 64 bits, round and round.
pub(super) fn mask(bits: i32) -> u128 {
    let bits = bits & KEPT;
    let left = 128_i32.saturating_sub(bits);
    let left = if bits > 96 { (left & 63).min(32) } else { left };
    u32::try_from(left).ok().and_then(|left| u128::MAX.checked_shl(left)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn what_matches_and_how() {
        use MatchKind as K;
        for (list, url, want) in [
            ("a.example b.example", "http://www.b.example/", Some(("b.example", K::Suffix))),
            ("a.example;b.example", "http://b.example/", None),
            (".b.example", "http://b.example/", None),
            ("*b.example", "http://b.example/", Some(("*b.example", K::Name))),
            ("*b.example", "http://ab.example/", None),
            ("*", "http://b.example/", None),
            ("b.example:443", "https://b.example/", Some(("b.example:443", K::Name))),
            ("b.example:443", "http://b.example/", None),
            ("192.0.2.0/33", "http://198.51.100.7/", Some(("192.0.2.0/33", K::Network))),
            ("192.0.2.1/0", "http://192.0.2.1/", None),
            ("192.0.2.1/x", "http://192.0.2.1/", Some(("192.0.2.1/x", K::Network))),
            ("192.0.2.1/x", "http://192.0.2.2/", None),
            ("192.0.2.1/4294967295", "http://192.0.2.0/", None),
            ("192.0.2.1/-1", "http://192.0.2.0/", Some(("192.0.2.1/-1", K::Network))),
            ("192.0.2.1/-1", "http://192.0.2.2/", None),
            ("192.0.2.1/65536", "http://192.0.2.1/", None),
            ("192.0.2.1/129", "http://198.51.100.7/", Some(("192.0.2.1/129", K::Network))),
            ("192.0.2.1/192", "http://192.0.2.0/", None),
            ("10.1", "http://10.0.0.1/", Some(("10.1", K::Address))),
            ("10.1/16", "http://10.0.200.1/", Some(("10.1/16", K::Network))),
            ("0x0a000001", "http://10.0.0.1/", Some(("0x0a000001", K::Address))),
            ("012.0.0.1", "http://10.0.0.1/", Some(("012.0.0.1", K::Address))),
            ("10.0.0.08", "http://10.0.0.8/", None),
            ("10.0x.0.1", "http://10.0.0.1/", Some(("10.0x.0.1", K::Address))),
            ("10.0.0.0x/24", "http://10.0.0.1/", None),
            ("4462739457", "http://10.0.0.1/", Some(("4462739457", K::Address))),
            ("10.0.0.1.", "http://10.0.0.1/", None),
            ("b.example:x", "http://b.example/", Some(("b.example:x", K::Name))),
            ("b.example:0", "http://b.example/", Some(("b.example:0", K::Name))),
            ("b.example:a80", "http://b.example:443/", Some(("b.example:a80", K::Name))),
            ("b.example: 80", "http://b.example:443/", Some(("b.example:", K::Name))),
            ("b.example:+80", "http://b.example:443/", None),
            ("b.example\n", "http://b.example/", None),
            ("192.0.2.0/24:80", "http://192.0.2.9/", Some(("192.0.2.0/24:80", K::Network))),
            ("192.0.2.0/24:80", "http://192.0.2.9:443/", None),
            ("", "http://[::ffff:127.0.0.1]/", None),
            ("192.0.2.0/024", "http://192.0.2.9/", Some(("192.0.2.0/024", K::Network))),
            ("2001:db8::1", "http://[2001:db8::1]/", None),
            ("[2001:db8::]/32", "http://[2001:db8::1]/", Some(("[2001:db8::]/32", K::Network))),
            ("[2001:db8::1]:33", "http://[2001:db8::1]:33/", Some(("[2001:db8::1]:33", K::Address))),
            ("192.0.2.0/24", "http://[::ffff:192.0.2.5]/", Some(("192.0.2.0/24", K::Network))),
            ("", "http://a.localhost/", Some(("", K::Loopback))),
            ("", "http://[fe80::1]/", None),
            ("<Local>", "http://intranet/", Some(("<Local>", K::Local))),
        ] {
            let target = Target::parse(url).expect(url);
            let found = decide(list, &Destination::from(&target));
            assert_eq!(found.as_ref().map(|found| (found.item, found.kind)), want, "{list:?} {url}");
            assert!(found.is_none_or(|found| list.get(found.at) == Some(found.item)));
        }
    }
}
