//! Python's `urllib` (CPython 3): `proxy_bypass_environment` for `no_proxy`, and `_proxy_bypass_winreg_override` for the
//! `ProxyOverride` of Windows' registry.
//!
//! `no_proxy`:
//! - `*` alone exempts everything. Items are separated by `,` and trimmed; all dots in front are taken off.
//! - An item is the end of the host, at a dot: `a.example` is the host and its subdomains, `0.1` is `192.168.0.1`, too.
//! - It is compared with the host, and with what stands in the URL, port and all: `a.example:80` matches only where the URL
//!   spells the port. An IPv6 address is compared as text, with its brackets.
//! - There are no networks, no stars, and nothing is exempt without an item.
//!
//! `ProxyOverride` (as of 3.12; older ones resolve the host and compare its address, too):
//! - Items are separated by `;` and trimmed: patterns of `fnmatch` for the host without its port.
//! - `<local>`, written just so: hosts without a dot, an IPv6 address among them.

use super::pattern::{self, Wildcards};
use super::{Destination, Match, MatchKind, ends_with, host_text};

pub(super) fn environment<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    if list == "*" {
        return Some(Match::new(list, list, MatchKind::Everything));
    }
    let host = host_text(&to.host);
    list.split(',').find_map(|item| {
        let item = item.trim();
        if item.is_empty() {
            return None;
        }
        let name = item.trim_start_matches('.');
        let kind = ends_with(&host, name).or_else(|| {
            // `host:port` as it stands in the URL.
            let (name, digits) = name.rsplit_once(':')?;
            let is_port =
                to.port_is_written && digits.parse() == Ok(to.port) && !digits.starts_with(['+', '0']);
            is_port.then(|| ends_with(&host, name)).flatten()
        })?;
        Some(Match::new(list, item, kind))
    })
}

pub(super) fn registry<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    let host = host_text(&to.host);
    list.split(';').map(str::trim).find_map(|item| {
        let kind = match item {
            "<local>" => (!host.contains('.')).then_some(MatchKind::Local)?,
            _ if !pattern::matches(item, &host, Wildcards::Shell) => return None,
            "*" => MatchKind::Everything,
            _ if !item.contains(['*', '?', '[']) => MatchKind::Name,
            _ => MatchKind::Pattern,
        };
        Some(Match::new(list, item, kind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn the_environment_list() {
        use MatchKind as K;
        for (list, url, want) in [
            ("*", "http://a.example/", Some(("*", K::Everything))),
            ("*,b", "http://a.example/", None),
            (" ..a.example ,", "http://www.A.example/", Some(("..a.example", K::Suffix))),
            (".", "http://a.example/", None),
            (".", "http://a.example./", Some((".", K::Suffix))),
            ("0.1", "http://192.168.0.1/", Some(("0.1", K::Suffix))),
            ("a.example:80", "http://a.example/", None),
            ("a.example:80", "http://www.a.example:80/", Some(("a.example:80", K::Suffix))),
            ("[2001:db8::1]", "http://[2001:db8::1]:33/", Some(("[2001:db8::1]", K::Name))),
            ("2001:db8::1", "http://[2001:db8::1]/", None),
            ("", "http://localhost/", None),
        ] {
            let target = Target::parse(url).expect(url);
            let found = environment(list, &Destination::from(&target));
            assert_eq!(found.as_ref().map(|found| (found.item, found.kind)), want, "{list:?} {url}");
            assert!(found.is_none_or(|found| list.get(found.at) == Some(found.item)));
        }
    }

    #[test]
    fn the_list_of_the_registry() {
        use MatchKind as K;
        for (list, url, want) in [
            ("x; *.A.example ", "http://www.a.example/", Some(("*.A.example", K::Pattern))),
            ("<local>", "http://[2001:db8::1]/", Some(("<local>", K::Local))),
            ("<LOCAL>", "http://intranet/", None),
            ("[2001:db8::1]", "http://[2001:db8::1]/", None),
            ("a.example:80", "http://a.example:80/", None),
        ] {
            let target = Target::parse(url).expect(url);
            let found = registry(list, &Destination::from(&target));
            assert_eq!(found.map(|found| (found.item, found.kind)), want, "{list:?} {url}");
        }
    }
}
