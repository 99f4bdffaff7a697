//! libproxy's ignore list (`px-manager.c`), which GNOME's programs read: `ignore_domain`, `ignore_hostname`, `ignore_ip`.
//!
//! - Items come from each source's own list (GNOME's and KDE's are lists; `no_proxy` is cut at `,` and trimmed; `ProxyOverride` is cut at
//!   `;` and not trimmed, so that an item with a blank exempts nothing).
//! - `*` as an item exempts everything; `<local>`, written just so, names without dot and without `:`.
//! - `host[:port]`: the host and its subdomains, also where a `*.` or a dot stands in front. An item with a dot in front also
//!   exempts every host that the rest of it begins with: `.example.com` exempts `e` and `exam` (the length of the host is
//!   compared, not that of the item). The end of an address is compared like the end of a name.
//! - `address[/bits]`: no bits may be set in the host's part, IPv6 without brackets. IPv4 inside IPv6 is IPv6.
//! - Nothing is exempt without an item.

use core::net::IpAddr;

use super::{Destination, HostText, Match, MatchKind, ends_with, host_text, is_local};

pub(super) fn decide<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    first(list, list.split(',').map(str::trim), to)
}

/// `ProxyOverride` (`config-windows.c`).
pub(super) fn windows<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    first(list, list.split(';').filter(|item| !item.contains(' ')), to)
}

fn first<'a>(
    list: &'a str,
    mut items: impl Iterator<Item = &'a str>,
    to: &Destination<'_>,
) -> Option<Match<'a>> {
    let text = host_text(&to.host);
    items.find_map(|item| {
        let kind = match item {
            "" => return None,
            "*" => MatchKind::Everything,
            "<local>" => is_local(&to.host).then_some(MatchKind::Local)?,
            _ => match_address(item, to).or_else(|| match_domain(item, to, &text))?,
        };
        Some(Match::new(list, item, kind))
    })
}

fn match_domain(item: &str, to: &Destination<'_>, host: &HostText) -> Option<MatchKind> {
    let mut parts = item.split(':');
    let (name, port) = (parts.next()?, parts.next());
    if parts.next().is_some() || port.is_some_and(|port| port.parse() != Ok(to.port)) || name.is_empty() {
        return None;
    }
    if let Some(rest) = name.strip_prefix('.')
        && rest.get(..host.len()).is_some_and(|start| start.eq_ignore_ascii_case(host))
    {
        return Some(if rest.len() == host.len() { MatchKind::Name } else { MatchKind::Pattern });
    }
    let domain = name.strip_prefix("*.").or_else(|| name.strip_prefix('.')).unwrap_or(name);
    if domain.is_empty() {
        return None;
    }
    ends_with(host, domain)
}

fn match_address(item: &str, to: &Destination<'_>) -> Option<MatchKind> {
    // Before the item is read: for most hosts that is all.
    let address = to.host.address()?;
    let (network, digits) =
        item.split_once('/').map_or((item, None), |(network, digits)| (network, Some(digits)));
    let network: IpAddr = network.parse().ok()?;
    let (width, network, address) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (32, u128::from(network.to_bits()), u128::from(address.to_bits()))
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => (128, network.to_bits(), address.to_bits()),
        _ => return None,
    };
    let bits = match digits {
        None => width,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
    };
    let host_bits: u32 = u32::checked_sub(width, bits)?;
    let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
    if network & !mask != 0 || network != address & mask {
        return None;
    }
    Some(if digits.is_some() { MatchKind::Network } else { MatchKind::Address })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn windows_list_is_cut_elsewhere_and_not_trimmed() {
        let target = Target::parse("https://www.a.example/").unwrap();
        for (list, want) in [
            ("<local>;*.a.example", Some("*.a.example")),
            ("<local>; *.a.example", None),
            ("<local>,*.a.example", None),
            (";*", Some("*")),
        ] {
            let found = windows(list, &Destination::from(&target));
            assert_eq!(found.map(|found| found.item), want, "{list}");
        }
    }

    #[test]
    fn what_matches_and_how() {
        use MatchKind as K;
        for (list, url, want) in [
            ("*.a.example", "http://a.example/", Some(("*.a.example", K::Name))),
            ("a.example:80", "http://www.a.example/", Some(("a.example:80", K::Suffix))),
            ("a.example:81", "http://www.a.example/", None),
            (".example.com", "http://exam/", Some((".example.com", K::Pattern))),
            (".example.com", "http://xam/", None),
            ("0.1", "http://192.168.0.1/", Some(("0.1", K::Suffix))),
            ("192.168.1.1/16", "http://192.168.5.5/", None),
            ("192.168.0.0/016", "http://192.168.5.5/", Some(("192.168.0.0/016", K::Network))),
            ("2001:db8::1", "http://[2001:db8::1]/", Some(("2001:db8::1", K::Address))),
            ("[2001:db8::1]", "http://[2001:db8::1]/", None),
            ("192.168.0.0/16", "http://[::ffff:192.168.5.5]/", None),
            ("<local>", "http://intranet/", Some(("<local>", K::Local))),
            ("x, * ", "http://a.example/", Some(("*", K::Everything))),
            ("", "http://localhost/", None),
        ] {
            let target = Target::parse(url).expect(url);
            let found = decide(list, &Destination::from(&target));
            assert_eq!(found.as_ref().map(|found| (found.item, found.kind)), want, "{list:?} {url}");
            assert!(found.is_none_or(|found| list.get(found.at) == Some(found.item)));
        }
    }
}
