//! Go's `NO_PROXY`: `golang.org/x/net/http/httpproxy` (`proxy.go`), with `net.ParseCIDR`, `net.SplitHostPort` and
//! `net/netip` as it uses them.
//!
//! - `localhost` (in lower case, without the root's dot) and loopback addresses are exempt before the list is read.
//! - Items are separated by `,` and trimmed; `*` as an item exempts everything.
//! - An item that is a network (host bits allowed) matches on every port; else it may end in `:port`, and IPv6 with a
//!   port is bracketed. IPv6 without a port must not be. An item without host (`:80`) matches nothing.
//! - `a.example` is the host and its subdomains; `.a.example` and `*.a.example` are the subdomains only. The root's
//!   dot is a part of the name. An address is never compared with names.
//! - IPv4 inside IPv6 (`::ffff:192.0.2.1`) is IPv4, in items and in hosts.
//! - Names with characters outside ASCII: Go turns both sides into `xn--` labels. Hosts here have that form already
//!   ([`Host`] knows no other); an item's labels are encoded and compared, after lower-casing. The rest of Go's
//!   mapping (composition, width, ideographic dots) needs tables that the core does not have: such an item matches
//!   nothing here.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Match, MatchKind, host_text, is_elsewhere, punycode};
use crate::authority::Host;

pub(super) fn decide<'a>(list: &'a str, host: &Host<'_>, port: u16) -> Option<Match<'a>> {
    let address = host.address().map(|address| address.to_canonical());
    if matches!(host, Host::Name("localhost")) || address.is_some_and(|address| address.is_loopback()) {
        return Some(Match { item: "", at: 0..0, kind: MatchKind::Loopback });
    }
    let text = host_text(host);
    let mut start = 0_usize;
    list.split(',').find_map(|written| {
        let blanks = written.len().saturating_sub(written.trim_start().len());
        let item = written.trim();
        let from = start.saturating_add(blanks);
        start = start.saturating_add(written.len()).saturating_add(1);
        let kind = match host {
            // A label outside ASCII does not stand for itself.
            _ if is_elsewhere(item, host, &text) && item.is_ascii() => None,
            _ if item == "*" => Some(MatchKind::Everything),
            Host::Name(name) => match_name(item, name, port),
            Host::V4(_) | Host::V6(_) => match_address(item, address?, port),
        };
        kind.map(|kind| Match { item, at: from..from.saturating_add(item.len()), kind })
    })
}

/// What is a network or an address is no name, and what is no name matches none.
fn match_name(item: &str, name: &str, port: u16) -> Option<MatchKind> {
    // An address with a zone is none that a target can have; its zone must not pass for a domain.
    if name.contains(':') || Network::parse(item).is_some() {
        return None;
    }
    let (host, item_port) = split_port(item)?;
    if parse_address(host).is_some() || !is_port(item_port, port) {
        return None;
    }
    let domain = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
    let (domain, subdomains_only) = domain.strip_prefix('.').map_or((domain, false), |rest| (rest, true));
    let mut labels = name.rsplit('.');
    for label in domain.rsplit('.') {
        if !is_same_label(label, labels.next()?) {
            return None;
        }
    }
    match labels.next() {
        Some(_) => Some(MatchKind::Suffix),
        None if subdomains_only => None,
        None => Some(MatchKind::Name),
    }
}

fn match_address(item: &str, address: IpAddr, port: u16) -> Option<MatchKind> {
    if let Some(network) = Network::parse(item) {
        return network.contains(address).then_some(MatchKind::Network);
    }
    let (host, item_port) = split_port(item)?;
    (parse_address(host)? == address && is_port(item_port, port)).then_some(MatchKind::Address)
}

/// Host and port of an item; the port is empty where none is written. `None` where there is no host.
///
/// `net.SplitHostPort` decides what a port is; what it does not take is a host as a whole.
fn split_port(item: &str) -> Option<(&str, &str)> {
    let split = item.rsplit_once(':').and_then(|(host, port)| {
        let inner = match host.strip_prefix('[') {
            Some(bracketed) => bracketed.strip_suffix(']')?,
            None if host.contains(':') => return None,
            None => host,
        };
        let stray = |text: &str| text.contains(['[', ']']);
        (!stray(inner) && !stray(port)).then_some((inner, port))
    });
    let (host, port) = split.unwrap_or((item, ""));
    (!host.is_empty()).then_some((host, port))
}

/// Go compares ports as text: `080` is not 80.
fn is_port(written: &str, port: u16) -> bool {
    let plain = !written.starts_with(['0', '+']);
    written.is_empty() || (plain && written.parse() == Ok(port))
}

fn parse_address(text: &str) -> Option<IpAddr> {
    text.parse().ok().map(|address: IpAddr| address.to_canonical())
}

fn is_same_label(item: &str, host: &str) -> bool {
    if item.is_ascii() {
        return item.eq_ignore_ascii_case(host);
    }
    punycode::is_encoded(item.chars().flat_map(char::to_lowercase), host)
}

/// A network with its mask; the address keeps no bits outside it.
enum Network {
    V4(Ipv4Addr, u32),
    V6(Ipv6Addr, u128),
}

impl Network {
    /// Reads `address/bits`. An IPv6 network that lies inside the IPv4 ones is that IPv4 network.
    fn parse(text: &str) -> Option<Self> {
        let (address, digits) = text.split_once('/')?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let bits: u32 = digits.parse().ok()?;
        match address.parse().ok()? {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits)?).unwrap_or(0);
                Some(Self::V4(Ipv4Addr::from_bits(address.to_bits() & mask), mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128_u32.checked_sub(bits)?).unwrap_or(0);
                let address = Ipv6Addr::from_bits(address.to_bits() & mask);
                Some(match address.to_ipv4_mapped() {
                    Some(inner) => Self::V4(inner, u32::try_from(mask & u128::from(u32::MAX)).ok()?),
                    None => Self::V6(address, mask),
                })
            }
        }
    }

    fn contains(&self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::V4(network, mask), IpAddr::V4(address)) => address.to_bits() & mask == network.to_bits(),
            (Self::V6(network, mask), IpAddr::V6(address)) => address.to_bits() & mask == network.to_bits(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(list: &str, host: &str, port: u16) -> Option<MatchKind> {
        let host =
            host.parse().map(Host::V4).or_else(|_| host.parse().map(Host::V6)).unwrap_or(Host::Name(host));
        let found = decide(list, &host, port)?;
        assert_eq!(list.get(found.at), Some(found.item));
        Some(found.kind)
    }

    #[test]
    fn what_matches_and_how() {
        use MatchKind as K;
        for (list, host, port, want) in [
            ("", "localhost", 80, Some(K::Loopback)),
            ("", "LOCALHOST", 80, None),
            ("", "localhost.", 80, None),
            ("", "::ffff:127.0.0.1", 80, Some(K::Loopback)),
            ("x , * ,y", "a", 80, Some(K::Everything)),
            ("\u{a0}A.example\t", "a.EXAMPLE", 80, Some(K::Name)),
            ("a.example:", "b.a.example", 80, Some(K::Suffix)),
            ("a.example:080", "a.example", 80, None),
            ("a.example:+80", "a.example", 80, None),
            ("a.example:80:80", "a.example", 80, None),
            ("[a.example]:80", "a.example", 80, Some(K::Name)),
            ("[a.example]", "a.example", 80, None),
            ("a.example", "a.example.", 80, None),
            (".", "a.example.", 80, Some(K::Suffix)),
            ("*", "192.0.2.1", 80, Some(K::Everything)),
            ("192.0.2.77/24", "192.0.2.1", 80, Some(K::Network)),
            ("192.0.2.77/24:80", "192.0.2.1", 80, None),
            ("0.0.0.0/0", "192.0.2.1", 80, Some(K::Network)),
            ("::/0", "192.0.2.1", 80, None),
            ("::ffff:0:0/96", "192.0.2.1", 80, Some(K::Network)),
            ("::ffff:0:0/95", "192.0.2.1", 80, None),
            ("2001:db8::/032", "2001:db8::1", 80, Some(K::Network)),
            ("2001:db8::/129", "2001:db8::1", 80, None),
            ("2001:db8::/+32", "2001:db8::1", 80, None),
            ("[::ffff:192.0.2.1]:80", "192.0.2.1", 80, Some(K::Address)),
            ("192.0.2.1", "::ffff:192.0.2.1", 80, Some(K::Address)),
            ("[fe80::1%eth0]:80", "fe80::1", 80, None),
            ("192.0.2.01", "192.0.2.1", 80, None),
        ] {
            assert_eq!(found(list, host, port), want, "{list:?} {host} {port}");
        }
    }

    #[test]
    fn a_zone_is_no_domain() {
        assert_eq!(decide("example.com", &Host::Name("1000::%.example.com"), 123), None);
    }

    #[test]
    fn names_outside_ascii() {
        for (list, host, want) in [
            ("bücher.example", "xn--bcher-kva.example", Some(MatchKind::Name)),
            ("BÜCHER.example:443", "www.XN--BCHER-kva.example", Some(MatchKind::Suffix)),
            (".bücher.example", "xn--bcher-kva.example", None),
            ("bücher.example", "xn--bcher-kv.example", None),
            ("bücher.example", "xn--bcher-kvaa.example", None),
            ("bücher.example", "bcher.example", None),
            ("\u{212A}.example", "k.example", Some(MatchKind::Name)),
        ] {
            assert_eq!(found(list, host, 443), want, "{list:?} {host}");
        }
    }
}
