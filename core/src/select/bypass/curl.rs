//! curl's `no_proxy`: `lib/proxy.c` (8.x; `lib/noproxy.c` before), `proxy_check_noproxy`.
//!
//! - A list that is exactly `*` exempts everything; a `*` anywhere else is a letter like any other.
//! - Items end at `,`, blank or tab. Behind the blanks must come a `,`: anything else ends the whole list.
//! - Names: one trailing dot is dropped on both sides, then one leading dot of the item. What is left is the host
//!   or a domain that it is in. Ports, brackets and schemes have no meaning, so an item with them matches nothing.
//! - Addresses are compared with unbracketed addresses and networks of their own family. A prefix length is digits and
//!   nothing else, at most 32 or 128, and 0 means the full length. An item of 128 bytes or more is passed over.
//!   (Before 8.18 a prefix length that is no number, as in `192.0.2.1/`, passed for 0.)
//! - IPv4 inside IPv6 (`::ffff:192.0.2.1`) is IPv6.

use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::Range;

use super::{Match, MatchKind, ends_with};
use crate::authority::Host;

/// Items of this many bytes match no address: they do not fit curl's buffer.
const ADDRESS_ITEM_END: usize = 128;

/// What curl takes for a blank.
const BLANKS: [char; 2] = [' ', '\t'];

pub(super) fn decide<'a>(list: &'a str, host: &Host<'_>) -> Option<Match<'a>> {
    if list == "*" {
        return Some(Match { item: list, at: 0..list.len(), kind: MatchKind::Everything });
    }
    Items { list, at: 0 }.find_map(|(item, at)| {
        let kind = match host {
            Host::Name(name) => match_name(item, name),
            Host::V4(address) => {
                match_address(item, 32, |network, bits| is_in_v4(*address, network.parse().ok()?, bits))
            }
            Host::V6(address) => {
                match_address(item, 128, |network, bits| is_in_v6(*address, network.parse().ok()?, bits))
            }
        };
        kind.map(|kind| Match { item, at, kind })
    })
}

/// The items that curl comes to see, none of them empty.
struct Items<'a> {
    list: &'a str,
    at: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = (&'a str, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.list.get(self.at..).filter(|rest| !rest.is_empty())?;
            let begin = rest.trim_start_matches(BLANKS);
            let length = begin.find([' ', '\t', ',']).unwrap_or(begin.len());
            let (item, behind) = begin.split_at_checked(length)?;
            let start = self.list.len().saturating_sub(begin.len());
            let separator = behind.trim_start_matches(BLANKS);
            let next = separator.trim_start_matches(',');
            // No separator, no further item: `a b,c` is `a`.
            self.at = self.list.len().saturating_sub(if next == separator { 0 } else { next.len() });
            if !item.is_empty() {
                return Some((item, start..start.saturating_add(length)));
            }
        }
    }
}

fn match_name(item: &str, name: &str) -> Option<MatchKind> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let item = item.strip_suffix('.').unwrap_or(item);
    let item = item.strip_prefix('.').unwrap_or(item);
    ends_with(name, item)
}

/// Splits an item into network and prefix length, and says how it matches.
fn match_address(item: &str, width: u32, is_in: impl FnOnce(&str, u32) -> Option<bool>) -> Option<MatchKind> {
    if item.len() >= ADDRESS_ITEM_END {
        return None;
    }
    let (network, bits) = match item.split_once('/') {
        None => (item, 0),
        Some((network, digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            (network, digits.parse().ok().filter(|bits| *bits <= width)?)
        }
        Some(_) => return None,
    };
    let kind = if bits == 0 { MatchKind::Address } else { MatchKind::Network };
    let bits = if bits == 0 { width } else { bits };
    is_in(network, bits)?.then_some(kind)
}

fn is_in_v4(address: Ipv4Addr, network: Ipv4Addr, bits: u32) -> Option<bool> {
    let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits)?)?;
    Some((address.to_bits() ^ network.to_bits()) & mask == 0)
}

fn is_in_v6(address: Ipv6Addr, network: Ipv6Addr, bits: u32) -> Option<bool> {
    let mask = u128::MAX.checked_shl(128_u32.checked_sub(bits)?)?;
    Some((address.to_bits() ^ network.to_bits()) & mask == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    fn found<'a>(list: &'a str, host: &str) -> Option<(Range<usize>, MatchKind)> {
        let host =
            host.parse().map(Host::V4).or_else(|_| host.parse().map(Host::V6)).unwrap_or(Host::Name(host));
        decide(list, &host).map(|found: Match<'a>| (found.at, found.kind))
    }

    #[test]
    fn the_place_and_kind_of_what_matches() {
        use MatchKind as K;
        for (list, host, want) in [
            ("*", "a", Some((0..1, K::Everything))),
            ("x, .A.example. ,y", "b.a.example.", Some((3..14, K::Suffix))),
            (".a.example", "a.example", Some((0..10, K::Name))),
            ("x,192.0.2.0/24", "192.0.2.9", Some((2..14, K::Network))),
            ("192.0.2.9/0", "192.0.2.9", Some((0..11, K::Address))),
            ("192.0.2.8/0", "192.0.2.9", None),
            ("192.0.2.0/0024", "192.0.2.9", Some((0..14, K::Network))),
            ("192.0.2.9/", "192.0.2.9", None),
            ("192.0.2.9/+32", "192.0.2.9", None),
            ("::/4294967296", "::1", None),
            ("2001:db8::1", "2001:db8::1", Some((0..11, K::Address))),
            ("[2001:db8::1]", "2001:db8::1", None),
            ("::ffff:192.0.2.9", "192.0.2.9", None),
        ] {
            assert_eq!(found(list, host), want, "{list:?} {host}");
        }
    }

    #[test]
    fn a_blank_inside_an_item_ends_the_list() {
        let items = |list: &'static str| Items { list, at: 0 }.map(|(item, _)| item).collect::<Vec<_>>();
        assert_eq!(items("a b,c"), ["a"]);
        assert_eq!(items("a ,\t b,,, c"), ["a", "b", "c"]);
        assert_eq!(items(" ,a"), ["a"]);
        assert_eq!(items(",a,"), ["a"]);
        assert_eq!(items("\u{a0},a"), ["\u{a0}", "a"]);
        assert_eq!(items("  "), [""; 0]);
    }

    #[test]
    fn an_item_of_128_bytes_is_no_address() {
        let padded = |length: usize| {
            let mut item = String::from("192.0.2.0/");
            item.extend(core::iter::repeat_n('0', length - item.len() - 2));
            item + "24"
        };
        assert!(found(&padded(127), "192.0.2.9").is_some());
        assert!(found(&padded(128), "192.0.2.9").is_none());
    }
}
