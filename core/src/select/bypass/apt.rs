//! apt's `no_proxy`: `CheckDomainList` of `apt-pkg/contrib/strutl.cc`.
//!
//! Items are separated by `,`, and nothing is trimmed. An item is the end of the host, wherever that begins: `example` exempts
//! `notexample`, and `7` exempts `192.0.2.7`. The host is without port and brackets. There are no stars and no networks.

use super::{Match, MatchKind, host_text};
use crate::authority::Host;

pub(super) fn decide<'a>(list: &'a str, host: &Host<'_>) -> Option<Match<'a>> {
    let text = host_text(host);
    let host = text.trim_start_matches('[').trim_end_matches(']');
    list.split(',').filter(|item| !item.is_empty()).find_map(|item| {
        let (before, tail) = host.as_bytes().split_at_checked(host.len().checked_sub(item.len())?)?;
        let kind = if before.is_empty() { MatchKind::Name } else { MatchKind::Suffix };
        tail.eq_ignore_ascii_case(item.as_bytes()).then(|| Match::new(list, item, kind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matches_and_how() {
        use MatchKind as K;
        for (list, host, want) in [
            ("x,EXAMPLE", "notexample", Some(("EXAMPLE", K::Suffix))),
            (".a.example", "a.example", None),
            (" a.example", "a.example", None),
            ("*", "a.example", None),
            ("7", "192.0.2.7", Some(("7", K::Suffix))),
            ("::1", "::1", Some(("::1", K::Name))),
            ("a,,b", "c.example.", None),
        ] {
            let to = host
                .parse()
                .map(Host::V4)
                .or_else(|_| host.parse().map(Host::V6))
                .unwrap_or(Host::Name(host));
            assert_eq!(decide(list, &to).map(|found| (found.item, found.kind)), want, "{list:?} {host}");
        }
    }
}
