//! The same lists as Chromium reads them (`ProxyConfig::ProxyRules::ParseFromString`, `net/proxy_resolution/proxy_config.cc`).
//!
//! Only `;` separates entries, and the first decides: without a tag it is one list for all targets, and what follows is not looked
//! at; with one, each entry is for its scheme, and those without a tag are passed over. `,` separates proxies that are tried one after
//! the other. What is no proxy is passed over; a proxy with a user in front is none.

use alloc::vec::Vec;

use super::Listed;
use crate::select::environment::is_socks;
use crate::select::proxy::{Proxy, ProxyPorts};
use crate::target::Scheme;

/// What Chromium does first about targets of a scheme, by a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum First<'a> {
    /// The list names nothing for them that can be used: it goes straight to the origin.
    Nothing,
    /// It asks these proxies, one after the other.
    Proxies(Vec<Listed<'a>>),
    /// It asks a SOCKS proxy: the word that says so, as it is written.
    Socks(&'a str),
}

/// Reads a list for targets of a scheme.
pub fn first(list: &str, scheme: Scheme) -> First<'_> {
    let mut entries = list.split(';').map(str::trim).filter(|entry| !entry.is_empty());
    let tagged = |entry| str::split_once(entry, '=').map(|(tag, uris)| (tag.trim(), uris));
    let Some(begin) = entries.next() else { return First::Nothing };
    let Some(_) = tagged(begin) else { return first_of(begin.split(','), false) };
    let of = |wanted: &'static str| {
        let entries = list.split(';').filter_map(move |entry| tagged(entry.trim()));
        let own = entries.filter(move |(tag, _)| tag.eq_ignore_ascii_case(wanted));
        own.flat_map(|(_, uris)| uris.split(','))
    };
    let own = match scheme {
        Scheme::Https => "https",
        Scheme::Http => "http",
    };
    match first_of(of(own), false) {
        First::Nothing => first_of(of("socks"), true),
        found => found,
    }
}

/// The first of these that is a proxy, and those of its kind behind it. Without a scheme, http is meant, or SOCKS.
fn first_of<'a>(uris: impl Iterator<Item = &'a str>, for_socks: bool) -> First<'a> {
    let mut proxies = Vec::new();
    for uri in uris.map(str::trim) {
        let scheme = uri.split_once("://").map(|(scheme, _)| scheme);
        let socks = match scheme {
            Some(scheme) => is_socks(scheme).then_some(scheme),
            None => for_socks.then_some("socks4"),
        };
        match socks {
            Some(word) if proxies.is_empty() && !uri.contains('@') => return First::Socks(word),
            // What comes behind one that is not spoken with is not planned.
            Some(_) => break,
            None => {}
        }
        if scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("direct")) {
            break;
        }
        let proxy = Proxy::parse(uri, ProxyPorts::Web).ok();
        let is_whole = |proxy: &Proxy<'_>| proxy.credentials.is_none() && !uri.ends_with('/');
        proxies.extend(proxy.filter(is_whole).map(Listed::for_all));
    }
    if proxies.is_empty() { First::Nothing } else { First::Proxies(proxies) }
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString as _};

    use super::*;

    fn shown(list: &str, scheme: Scheme) -> String {
        match first(list, scheme) {
            First::Nothing => "direct".into(),
            First::Socks(word) => word.into(),
            First::Proxies(proxies) => {
                proxies.iter().map(|one| one.proxy.to_string()).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn lists_as_chromium_reads_them() {
        for (list, https, http) in [
            ("p:1", "http://p:1", "http://p:1"),
            ("p", "http://p:80", "http://p:80"),
            ("https://p", "https://p:443", "https://p:443"),
            // The first entry decides of which type the list is.
            ("http=a.corp:80;c.corp:8080", "direct", "http://a.corp:80"),
            ("c.corp:8080;https=b.corp:443", "http://c.corp:8080", "http://c.corp:8080"),
            ("http=a:80;https=b:443 c:8080", "direct", "http://a:80"),
            ("a.corp:80,b.corp:81", "http://a.corp:80 http://b.corp:81", "http://a.corp:80 http://b.corp:81"),
            ("http=a,b;http=c", "direct", "http://a:80 http://b:80 http://c:80"),
            ("usr:pw@u.corp:3128", "direct", "direct"),
            ("usr:pw@u.corp:3128,v:1", "http://v:1", "http://v:1"),
            ("http=h:1;socks=s:2", "socks4", "http://h:1"),
            ("http=h:1;socks=socks5://s:2", "socks5", "http://h:1"),
            ("socks5://s:1", "socks5", "socks5"),
            ("a:1,socks5://s:1,b:1", "http://a:1", "http://a:1"),
            ("direct://", "direct", "direct"),
            ("https=a:1,direct://,b:1", "http://a:1", "direct"),
            ("HTTPS = a:1 ; quic=b:1", "http://a:1", "direct"),
            ("p:x", "direct", "direct"),
            ("p:1/", "direct", "direct"),
            ("", "direct", "direct"),
            (" ; ;", "direct", "direct"),
            ("=", "direct", "direct"),
        ] {
            assert_eq!(shown(list, Scheme::Https), https, "{list}");
            assert_eq!(shown(list, Scheme::Http), http, "{list}");
        }
    }
}
