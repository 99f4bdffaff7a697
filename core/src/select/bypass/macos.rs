//! The `ExceptionsList` of macOS as the system itself reads it (`CFNetwork`), and so the programs that ask the system.
//!
//! Apple's pages say that items are patterns of host names with `*`, and no more (`kCFNetworkProxiesExceptionsList`,
//! `NEProxySettings.exceptionList`). The rules here are those of the last source that Apple published (`CFNetwork` 129,
//! `ProxySupport.c`, `_CFNetworkDoesNeedProxy`); whether today's systems follow them in every point is not known.
//!
//! - `localhost`, `127.0.0.1` and `::1` are never asked of a proxy, nor, where `ExcludeSimpleHostnames` is set, what has no dot.
//! - Items are separated by `,` here (there they are a list), and blanks belong to them. One is the host itself, in whatever
//!   letter case.
//! - `address/bits` for IPv4 addresses, where numbers at the end may be left out (`169.254/16`); 1 to 32 bits, and none may be set
//!   behind them.
//! - Others are compared label by label from the end, and only where they have a dot: `*` as a label stands for any number of
//!   them, a dot in front is `*.`. So `*` alone and `*example` match nothing.
//! - Names are not resolved.

use core::net::Ipv4Addr;

use super::{Destination, Match, MatchKind, host_text, is_elsewhere};
use crate::authority::Host;

/// `is_local_exempt`: `ExcludeSimpleHostnames` is set.
pub(super) fn decide<'a>(list: &'a str, to: &Destination<'_>, is_local_exempt: bool) -> Option<Match<'a>> {
    let text = host_text(&to.host);
    let host = text.trim_matches(['[', ']']);
    if ["localhost", "127.0.0.1", "::1"].iter().any(|own| host.eq_ignore_ascii_case(own)) {
        return Some(Match::implicit(MatchKind::Loopback));
    }
    if is_local_exempt && !host.contains('.') {
        return Some(Match::implicit(MatchKind::Local));
    }
    list.split(',').filter(|item| !item.is_empty()).find_map(|item| {
        let kind = match to.host {
            _ if item.eq_ignore_ascii_case(host) => {
                if to.host.address().is_some() {
                    MatchKind::Address
                } else {
                    MatchKind::Name
                }
            }
            Host::Name(_) if is_elsewhere(item, &to.host, host) => return None,
            Host::V4(address) if item.contains('/') => is_in(item, address)?.then_some(MatchKind::Network)?,
            _ => match_labels(item, host)?,
        };
        Some(Match::new(list, item, kind))
    })
}

/// Whether an address is in `address/bits`; `None` where that is none.
fn is_in(item: &str, address: Ipv4Addr) -> Option<bool> {
    let (network, digits) = item.split_once('/').filter(|(_, rest)| !rest.contains('/'))?;
    let end = digits.find(|one: char| !one.is_ascii_digit()).unwrap_or(digits.len());
    let bits: u32 = digits.get(..end)?.parse().ok().filter(|bits| (1..=32).contains(bits))?;
    let mut bytes = [0_u8; 4];
    let mut parts = network.split('.');
    for (place, byte) in bytes.iter_mut().enumerate() {
        match parts.next() {
            Some("") if place > 0 => {}
            Some(part)
                if part.bytes().all(|one| one.is_ascii_digit())
                    && (part == "0" || !part.starts_with('0')) =>
            {
                *byte = part.parse().ok()?;
            }
            Some(_) => return None,
            None => {}
        }
    }
    if parts.next().is_some() {
        return None;
    }
    let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits)?)?;
    Some(address.to_bits() & mask == Ipv4Addr::from(bytes).to_bits())
}

/// From the last label to the first. Behind a `*` the first label that fits is taken, without coming back to try another one.
fn match_labels(item: &str, host: &str) -> Option<MatchKind> {
    if !item.contains('.') {
        return None;
    }
    // A dot in front is a star.
    let is_star = |label: &str, is_first: bool| label == "*" || (is_first && label.is_empty());
    let (mut labels, mut hosts) = (item.rsplit('.').peekable(), host.rsplit('.').peekable());
    while let (Some(label), Some(own)) = (labels.peek().copied(), hosts.peek().copied()) {
        let mut rest = labels.clone();
        rest.next();
        let is_first = rest.peek().is_none();
        if is_star(label, is_first) {
            while let Some(label) = labels.peek().copied() {
                let mut rest = labels.clone();
                rest.next();
                if !is_star(label, rest.peek().is_none()) {
                    break;
                }
                labels = rest;
            }
            let Some(wanted) = labels.peek().copied() else {
                return Some(if item.trim_start_matches('*').contains('*') {
                    MatchKind::Pattern
                } else {
                    MatchKind::Suffix
                });
            };
            while hosts.peek().is_some_and(|own| !own.eq_ignore_ascii_case(wanted)) {
                hosts.next();
            }
        } else if own.eq_ignore_ascii_case(label) {
            hosts.next();
            labels.next();
            if labels.peek().is_none() && hosts.peek().is_none() {
                return Some(MatchKind::Pattern);
            }
        } else {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn what_matches_and_how() {
        use MatchKind as K;
        for (list, url, want) in [
            ("*.local,169.254/16", "http://printer.local/", Some(("*.local", K::Suffix))),
            ("*.local,169.254/16", "http://a.b.LOCAL/", Some(("*.local", K::Suffix))),
            ("*.local,169.254/16", "http://local/", None),
            ("*.local,169.254/16", "http://169.254.7.7/", Some(("169.254/16", K::Network))),
            ("169.254/16", "http://169.255.7.7/", None),
            ("10/8", "http://10.1.2.3/", Some(("10/8", K::Network))),
            ("10.0/8", "http://10.1.2.3/", Some(("10.0/8", K::Network))),
            ("10.1/8", "http://10.1.2.3/", None),
            ("10.1.2.3/32", "http://10.1.2.3/", Some(("10.1.2.3/32", K::Network))),
            ("10/0", "http://10.1.2.3/", None),
            ("10/33", "http://10.1.2.3/", None),
            ("10../8x", "http://10.1.2.3/", Some(("10../8x", K::Network))),
            ("10/8/8", "http://10.1.2.3/", None),
            (".0/8", "http://0.1.2.3/", None),
            ("1.2.3.4.5/8", "http://1.2.3.4/", None),
            ("10.1", "http://10.1.2.3/", None),
            ("10.*", "http://10.1.2.3/", Some(("10.*", K::Pattern))),
            ("Example.com", "http://example.COM/", Some(("Example.com", K::Name))),
            ("example.com", "http://www.example.com/", None),
            (".example.com", "http://www.example.com/", Some((".example.com", K::Suffix))),
            (".example.com", "http://example.com/", None),
            ("*example.com", "http://notexample.com/", None),
            ("www.*.com", "http://www.a.b.com/", Some(("www.*.com", K::Pattern))),
            ("www.*.com", "http://www.com/", Some(("www.*.com", K::Pattern))),
            ("*.www.*.com", "http://a.www.b.com/", Some(("*.www.*.com", K::Pattern))),
            // The first `a` from the end is taken, and there is another one in front of it.
            ("a.*.com", "http://a.a.b.com/", None),
            ("*.*", "http://a.example/", Some(("*.*", K::Pattern))),
            ("*", "http://a.example/", None),
            ("intranet", "http://intranet/", Some(("intranet", K::Name))),
            ("2001:db8::1", "http://[2001:db8::1]/", Some(("2001:db8::1", K::Address))),
            (" a.example", "http://a.example/", None),
            ("", "http://LOCALHOST/", Some(("", K::Loopback))),
            ("", "http://127.0.0.1/", Some(("", K::Loopback))),
            ("", "http://127.0.0.2/", None),
            ("", "http://[::1]/", Some(("", K::Loopback))),
            ("", "http://intranet/", None),
        ] {
            let target = Target::parse(url).expect(url);
            let found = decide(list, &Destination::from(&target), false);
            assert_eq!(found.as_ref().map(|found| (found.item, found.kind)), want, "{list:?} {url}");
            assert!(found.is_none_or(|found| list.get(found.at) == Some(found.item)));
        }
    }

    #[test]
    fn names_without_a_dot_by_a_setting_of_their_own() {
        for (url, want) in [
            ("http://intranet/", Some(MatchKind::Local)),
            ("http://[2001:db8::1]/", Some(MatchKind::Local)),
            ("http://intranet.example/", None),
        ] {
            let target = Target::parse(url).expect(url);
            let found = decide("", &Destination::from(&target), true);
            assert_eq!(found.map(|found| found.kind), want, "{url}");
        }
    }
}
