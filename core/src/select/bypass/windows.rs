//! The bypass lists of WinHTTP and WinINet, by Microsoft's documentation (`WinHttpSetOption`, `InternetSetOption`, "Enabling
//! Internet Functionality"): nothing here was run beside Windows.
//!
//! - Items are separated by `;` or white space: `[scheme://]host[:port]`, where a `*` in the host stands for anything. (The
//!   oldest pages allow it at the left end only; Windows' own defaults, such as `10.*`, do not keep to that.)
//! - A host without `*` is that host alone. There are no networks.
//! - `<local>`: names without a dot.
//! - Exempt without an item: `localhost`, `loopback`, `127.0.0.1`, `::1`, and link-local addresses; `<-loopback>` takes that
//!   away.

use core::net::Ipv4Addr;

use super::pattern::{self, Wildcards};
use super::{Destination, Match, MatchKind, host_text, is_elsewhere, is_local};
use crate::authority::{Authority, Host};

pub(super) fn decide<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    let text = host_text(&to.host);
    let mut keeps_implicit = true;
    for item in items(list) {
        if item.eq_ignore_ascii_case("<-loopback>") {
            keeps_implicit = false;
        } else if let Some(kind) = match_item(item, to, &text) {
            return Some(Match::new(list, item, kind));
        }
    }
    implicit(&to.host).filter(|_| keeps_implicit).map(Match::implicit)
}

/// The items of a list.
pub(in crate::select) fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(|character: char| character == ';' || character.is_ascii_whitespace())
}

fn implicit(host: &Host<'_>) -> Option<MatchKind> {
    let (is_loopback, is_link_local) = match host {
        Host::Name(name) => {
            (["localhost", "loopback"].iter().any(|own| name.eq_ignore_ascii_case(own)), false)
        }
        Host::V4(address) => (*address == Ipv4Addr::LOCALHOST, address.is_link_local()),
        Host::V6(address) => (address.is_loopback(), address.is_unicast_link_local()),
    };
    if is_loopback { Some(MatchKind::Loopback) } else { is_link_local.then_some(MatchKind::LinkLocal) }
}

fn match_item(item: &str, to: &Destination<'_>, text: &str) -> Option<MatchKind> {
    if item.is_empty() || is_elsewhere(item, &to.host, text) {
        return None;
    }
    if item.eq_ignore_ascii_case("<local>") {
        return is_local(&to.host).then_some(MatchKind::Local);
    }
    let (scheme, rest) = item.split_once("://").map_or((None, item), |(scheme, rest)| (Some(scheme), rest));
    if scheme.is_some_and(|scheme| !scheme.eq_ignore_ascii_case(to.scheme.as_str())) {
        return None;
    }
    if let Ok(Authority { host, port }) = Authority::parse(rest)
        && host.address().is_some()
    {
        return (host.address() == to.host.address() && port.is_none_or(|port| port == to.port))
            .then_some(MatchKind::Address);
    }
    let bracket = rest.rfind(']').unwrap_or_default();
    let (host, port) = match rest.get(bracket..).and_then(|behind| behind.rfind(':')) {
        None => (rest, None),
        Some(at) => {
            let (host, port) = rest.split_at_checked(at.saturating_add(bracket))?;
            (host, Some(port.get(1..)?))
        }
    };
    let is_port =
        |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse() == Ok(to.port);
    if !port.is_none_or(is_port) || !pattern::matches(host, text, Wildcards::Star) {
        return None;
    }
    Some(match host.strip_prefix('*') {
        Some("") => MatchKind::Everything,
        Some(rest) if rest.starts_with('.') && !rest.contains('*') => MatchKind::Suffix,
        None if !host.contains('*') => MatchKind::Name,
        _ => MatchKind::Pattern,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn what_matches_and_how() {
        use MatchKind as K;
        for (list, url, want) in [
            ("a.example;*.b.example", "http://www.b.example/", Some(("*.b.example", K::Suffix))),
            ("a.example *.b.example", "http://b.example/", None),
            ("b.example", "http://www.b.example/", None),
            ("b.example", "http://B.example/", Some(("b.example", K::Name))),
            (".b.example", "http://www.b.example/", None),
            ("10.*", "http://10.1.2.3/", Some(("10.*", K::Pattern))),
            ("10.0.0.0/8", "http://10.1.2.3/", None),
            ("*", "http://10.1.2.3/", Some(("*", K::Everything))),
            ("https://a.example:443", "https://a.example/", Some(("https://a.example:443", K::Name))),
            ("http://a.example", "https://a.example/", None),
            ("192.0.2.1:80", "http://192.0.2.1/", Some(("192.0.2.1:80", K::Address))),
            ("[2001:DB8::1]", "http://[2001:db8::1]/", Some(("[2001:DB8::1]", K::Address))),
            ("<local>", "http://intranet/", Some(("<local>", K::Local))),
            ("<local>", "http://192.0.2.1/", None),
            ("", "http://LoopBack/", Some(("", K::Loopback))),
            ("", "http://127.0.0.2/", None),
            ("", "http://169.254.1.1/", Some(("", K::LinkLocal))),
            ("<-loopback>", "http://localhost/", None),
            ("<-loopback>;localhost", "http://localhost/", Some(("localhost", K::Name))),
        ] {
            let target = Target::parse(url).expect(url);
            let found = decide(list, &Destination::from(&target));
            assert_eq!(found.as_ref().map(|found| (found.item, found.kind)), want, "{list:?} {url}");
            assert!(found.is_none_or(|found| list.get(found.at) == Some(found.item)));
        }
    }
}
