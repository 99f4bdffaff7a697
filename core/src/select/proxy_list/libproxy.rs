//! The registry's list of proxies, as libproxy reads it (`parse_manual` of `config-windows.c`).
//!
//! `;` separates items, nothing is trimmed, and an item with more than one `=` is passed over. `scheme=proxy` is for targets of that scheme;
//! `socks=proxy` is for all others, before one without `=`. Of two that are for the same, the last one counts. A proxy without a
//! scheme is one of HTTP, behind `socks=` as well. Until 2023 one without `=` was for http alone.

use crate::target::Scheme;

/// The proxy that a list names for targets of a scheme.
pub fn libproxy(list: &str, scheme: Scheme) -> Option<&str> {
    let named_last = |wanted: &str| {
        list.rsplit(';').find_map(|item| match item.split_once('=') {
            None => (wanted == "default").then_some(item),
            Some((tag, proxy)) => Some(proxy).filter(|proxy| tag == wanted && !proxy.contains('=')),
        })
    };
    [scheme.as_str(), "socks", "default"].into_iter().find_map(named_last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_https_takes() {
        for (list, want) in [
            ("a:80", Some("a:80")),
            ("http=a.corp:80;c.corp:8080", Some("c.corp:8080")),
            ("c.corp:8080;https=b.corp:443", Some("b.corp:443")),
            ("http=a:80;https=b:443 c:8080", Some("b:443 c:8080")),
            ("a.corp:80,b.corp:81", Some("a.corp:80,b.corp:81")),
            ("a:1;b:2", Some("b:2")),
            ("a:1;", Some("")),
            ("socks=s:1;c:8080", Some("s:1")),
            ("https=a=b;c:1", Some("c:1")),
            ("http=a:1", None),
            ("HTTPS=a:1", None),
            ("https=a:1;https=b:2", Some("b:2")),
        ] {
            assert_eq!(libproxy(list, Scheme::Https), want, "{list}");
        }
    }
}
