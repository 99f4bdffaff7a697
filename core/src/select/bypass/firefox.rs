//! Firefox's `network.proxy.no_proxies_on`: `LoadHostFilters` and `CanUseProxy` of `nsProtocolProxyService.cpp`.
//!
//! - Items are separated by `,` and white space, not by `;`.
//! - `[*]host[:port]`: the host and its subdomains; with a dot in front, the subdomains only. A `*` in front is taken off, any
//!   other stands for itself, so that `*` alone matches nothing.
//! - `address[/bits][:port]`, IPv6 in brackets: without them the last `:` begins a port, and the item is lost. All addresses
//!   are kept as IPv6, and 96 is added to at most 32 bits of IPv4: `/33` and more match every IPv4 address, as Firefox does.
//!   `/0` drops the item.
//! - `<local>`: names without a dot.
//! - The machine itself (`localhost`, what is below it, loopback addresses) is never asked of a proxy, whatever the list says.

use core::net::{IpAddr, Ipv6Addr};

use super::{Destination, Match, MatchKind, bits_of, is_local, is_localhost};
use crate::authority::Host;

pub(super) fn decide<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    if let Some(implicit) = implicit(&to.host) {
        return Some(implicit);
    }
    let is_space = |character: char| character == ',' || character.is_ascii_whitespace();
    list.split(is_space)
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
        Host::V6(address) => IpAddr::V6(*address).to_canonical().is_loopback(),
    }
}

fn match_item(item: &str, to: &Destination<'_>) -> Option<MatchKind> {
    // As written there: the last `:` or `/` counts, and a `]` takes back what was a `:` until then.
    let bracket = item.rfind(']').unwrap_or_default();
    let behind = item.get(bracket..)?;
    let colon = behind.rfind(':').map(|at| at.saturating_add(bracket));
    let slash = item.rfind('/');
    let host = item.get(..colon.or(slash).unwrap_or(item.len()))?;
    if host.eq_ignore_ascii_case("<local>") {
        return is_local(&to.host).then_some(MatchKind::Local);
    }
    let port = colon.map_or(0, |at| leading_number(item.get(at..).unwrap_or_default()));
    if port != 0 && port != u32::from(to.port) {
        return None;
    }
    let bare = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let address: Option<IpAddr> = match bare {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse().ok(),
    };
    match (address, to.host) {
        (Some(network), Host::V4(_) | Host::V6(_)) => {
            let bits = slash.map_or(128, |at| leading_number(item.get(at..).unwrap_or_default()));
            let is_in = is_in(network, bits, to.host.address()?);
            let kind = if slash.is_some() { MatchKind::Network } else { MatchKind::Address };
            is_in.then_some(kind)
        }
        (None, Host::Name(name)) => match_name(host, name),
        _ => None,
    }
}

/// The number behind the first character, as `atoi` reads it: as far as there are digits.
fn leading_number(text: &str) -> u32 {
    let digits = text.get(1..).unwrap_or_default();
    let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end).and_then(|digits| digits.parse().ok()).unwrap_or(0)
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

fn is_in(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    let bits = match (network, bits) {
        (_, 0) => return false,
        (IpAddr::V4(_), 1..=32) => bits.saturating_add(96),
        (_, bits) => bits.min(128),
    };
    let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits)).unwrap_or(0);
    (bits_of(network) ^ bits_of(address)) & mask == 0
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
