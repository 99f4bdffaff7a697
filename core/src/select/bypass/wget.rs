//! GNU Wget's `no_proxy`: `no_proxy_match` of `src/retr.c`, `sufmatch` of `src/host.c`, `sepstring` of `src/utils.c` (1.19.3 and
//! later).
//!
//! - Items are separated by `,`. Blanks directly behind a comma are skipped; all others belong to the item, which then matches
//!   nothing.
//! - An item is the end of the host, at a dot or with a dot in front of it: `a.example` is the host and its subdomains,
//!   `.a.example` the subdomains only, `2.7` is `192.0.2.7`, too. An empty item is every host that ends in the root's dot.
//! - The host is without port and brackets. There are no stars, no networks, and nothing is exempt without an item.

use super::{Match, MatchKind, host_text};
use crate::authority::Host;

pub(super) fn decide<'a>(list: &'a str, host: &Host<'_>) -> Option<Match<'a>> {
    if list.is_empty() {
        return None;
    }
    let text = host_text(host);
    let host = text.trim_start_matches('[').trim_end_matches(']');
    list.split(',').enumerate().find_map(|(number, item)| {
        let item =
            if number == 0 { item } else { item.trim_start_matches(|one: char| one.is_ascii_whitespace()) };
        let (before, tail) = host.as_bytes().split_at_checked(host.len().checked_sub(item.len())?)?;
        if !tail.eq_ignore_ascii_case(item.as_bytes()) {
            return None;
        }
        let kind = match before {
            [] => MatchKind::Name,
            [.., b'.'] => MatchKind::Suffix,
            _ if item.starts_with('.') => MatchKind::Suffix,
            _ => return None,
        };
        Some(Match::new(list, item, kind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matches_and_how() {
        use MatchKind as K;
        for (list, host, want) in [
            ("x, a.example", "www.A.example", Some(("a.example", K::Suffix))),
            (" a.example", "a.example", None),
            ("a.example ,x", "a.example", None),
            (".a.example", "a.example", None),
            (".a.example", "b.a.example", Some((".a.example", K::Suffix))),
            ("*", "a.example", None),
            ("2.7", "192.0.2.7", Some(("2.7", K::Suffix))),
            ("::1", "::1", Some(("::1", K::Name))),
            ("[::1]", "::1", None),
            ("a,,b", "c.example.", Some(("", K::Suffix))),
            ("", "c.example.", None),
        ] {
            let to = host
                .parse()
                .map(Host::V4)
                .or_else(|_| host.parse().map(Host::V6))
                .unwrap_or(Host::Name(host));
            let found = decide(list, &to);
            assert_eq!(found.as_ref().map(|found| (found.item, found.kind)), want, "{list:?} {host}");
            assert!(found.is_none_or(|found| list.get(found.at) == Some(found.item)));
        }
    }
}
