//! The registry's list of proxies, as Python's urllib reads it (`getproxies_registry`, `ProxyHandler`).
//!
//! - Without `=` and `;` the value is the proxy of all targets.
//! - Else `;` separates items, nothing is trimmed, and each is `scheme=proxy`, for targets of that scheme. At one without `=` the reading
//!   ends: what was read before it counts.
//! - `socks=` is for targets that have no proxy of their own, if the reading came to its end.

use alloc::vec::Vec;

use crate::target::Scheme;

/// What urllib takes for a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address<'a> {
    /// An address, by HTTP where it has no scheme.
    Http(&'a str),
    /// An address by SOCKS 4 where it has no scheme: the word in front of the `=`, and what stands behind it.
    Socks(&'a str, &'a str),
}

/// The proxy that a list names for targets of a scheme.
pub fn python(list: &str, scheme: Scheme) -> Option<Address<'_>> {
    if !list.contains(['=', ';']) {
        return Some(Address::Http(list));
    }
    let is_own = |tag: &str| tag.eq_ignore_ascii_case(scheme.as_str());
    // A dictionary: what stands again replaces what stood before, at its place. Of the keys that differ in their letters' case, the one
    // at the last place counts.
    let mut set: Vec<(&str, Address<'_>)> = Vec::new();
    let mut socks = None;
    let mut is_whole = true;
    for item in list.split(';') {
        let Some((tag, address)) = item.split_once('=') else {
            is_whole = false;
            break;
        };
        if tag == "socks" {
            socks = Some(Address::Socks(tag, address));
        } else if is_own(tag) {
            match set.iter_mut().find(|(known, _)| *known == tag) {
                Some((_, known)) => *known = Address::Http(address),
                None => set.push((tag, Address::Http(address))),
            }
        }
    }
    let is_set = set.iter().any(|(tag, _)| *tag == scheme.as_str());
    let socks = socks.filter(|_| is_whole && !is_set);
    socks.or_else(|| set.last().map(|(_, address)| *address))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared with CPython 3.11's own functions, which read a registry that was made up.
    #[test]
    fn what_each_scheme_takes() {
        use Address::{Http, Socks};
        for (list, https, http) in [
            ("a.corp:80", Some(Http("a.corp:80")), Some(Http("a.corp:80"))),
            ("http=a.corp:80;c.corp:8080", None, Some(Http("a.corp:80"))),
            ("c.corp:8080;https=b.corp:443", None, None),
            ("http=a:80;https=b:443 c:8080", Some(Http("b:443 c:8080")), Some(Http("a:80"))),
            ("a.corp:80,b.corp:81", Some(Http("a.corp:80,b.corp:81")), Some(Http("a.corp:80,b.corp:81"))),
            ("a:80;b:81", None, None),
            ("a:80;", None, None),
            ("http=a;", None, Some(Http("a"))),
            ("http=a; https=b", None, Some(Http("a"))),
            ("https=a;https=b", Some(Http("b")), None),
            ("HTTPS=a;https=b;HTTPS=c", Some(Http("b")), None),
            ("https=b;HTTPS=c", Some(Http("c")), None),
            ("socks=s:1080", Some(Socks("socks", "s:1080")), Some(Socks("socks", "s:1080"))),
            ("socks=s:1;http=a", Some(Socks("socks", "s:1")), Some(Http("a"))),
            ("HTTP=a;socks=s:1", Some(Socks("socks", "s:1")), Some(Socks("socks", "s:1"))),
            ("socks=s:1080;", None, None),
            ("SOCKS=s:1080", None, None),
            ("https=a=b", Some(Http("a=b")), None),
        ] {
            assert_eq!(python(list, Scheme::Https), https, "https: {list}");
            assert_eq!(python(list, Scheme::Http), http, "http: {list}");
        }
    }
}
