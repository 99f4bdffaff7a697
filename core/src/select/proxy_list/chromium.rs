//! Chromium's list of proxies (`net/proxy_resolution/proxy_config.cc`, `net/base/proxy_string_util.cc`), as which it reads WinINet's,
//! too (`proxy_config_service_win.cc`).
//!
//! - `;` separates items, and nothing else does. The first item decides: one without `=` is for all targets, and nothing behind it is
//!   read; behind one with it (`http=`, `https=`, in lower case), items without are passed over. `socks=` is for targets that have
//!   no other proxy. What stands twice adds up.
//! - `,` separates the proxies of an item: each is tried when those before it have failed.
//! - `[scheme://]host[:port]`. Without a scheme it is http, and behind `socks=` SOCKS 4; `direct://` is no proxy. The port is 80, and
//!   443 for https.
//! - Whatever else an entry is, with a user, with a path, with a `:` alone behind the host, it is passed over.

use alloc::vec::Vec;

use crate::authority::Host;
use crate::mistake::{Mistake, MistakeKind};
use crate::select::bypass::chromium::v4;
use crate::select::environment::is_socks;
use crate::select::proxy::{Proxy, ProxyPorts, ProxyScheme};
use crate::target::Scheme;
use crate::text::place;

/// What a list means for targets of a scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rules<'a> {
    /// It has no item for them: they go direct.
    Unlisted,
    /// It has, and all of that is passed over: they go direct.
    PassedOver,
    /// These, each when those before it have failed.
    Hops(Vec<Hop<'a>>),
    /// It is for all targets, and all of it is passed over: no connection is made (`ERR_NO_SUPPORTED_PROXIES`). The first
    /// mistake, with its place in the list.
    Nothing(Mistake),
}

/// What Chromium tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hop<'a> {
    /// This proxy.
    Proxy(Proxy<'a>),
    /// A SOCKS proxy: how it is spoken to.
    Socks(&'a str),
    /// No proxy.
    Direct,
    /// A proxy that Chromium takes and that this program does not: why, with the place in the list.
    Unusable(Mistake),
}

/// Reads a list for targets of a scheme.
pub fn chromium(list: &str, scheme: Scheme) -> Rules<'_> {
    let (mut own, mut others) = (Entries::default(), Entries::default());
    let mut is_by_scheme = false;
    for item in list.split(';') {
        let mut words = item.split('=').filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            let Some(proxies) = words.next() else {
                if is_by_scheme {
                    break;
                }
                let mut all = Entries::default();
                all.add(list, word, None);
                return match all.mistake {
                    Some(mistake) if all.hops.is_empty() => Rules::Nothing(mistake),
                    _ => Rules::Hops(all.hops),
                };
            };
            is_by_scheme = true;
            match word.trim_matches(|one: char| one.is_ascii_whitespace() || one == '\u{b}') {
                "socks" => others.add(list, proxies, Some("socks4")),
                word if word == scheme.as_str() => own.add(list, proxies, None),
                _ => {}
            }
        }
    }
    let is_listed = own.mistake.is_some() || others.mistake.is_some();
    match [own.hops, others.hops].into_iter().find(|hops| !hops.is_empty()) {
        Some(hops) => Rules::Hops(hops),
        None if is_listed => Rules::PassedOver,
        None => Rules::Unlisted,
    }
}

/// The entries of items that belong together.
#[derive(Default)]
struct Entries<'a> {
    hops: Vec<Hop<'a>>,
    /// The first that was passed over.
    mistake: Option<Mistake>,
}

impl<'a> Entries<'a> {
    fn add(&mut self, list: &str, proxies: &'a str, socks: Option<&'static str>) {
        for entry in proxies.split(',').filter(|entry| !entry.is_empty()) {
            match hop(list, entry, socks) {
                Ok(hop) => self.hops.push(hop),
                Err(mistake) => self.mistake = self.mistake.take().or(Some(mistake)),
            }
        }
        if self.hops.is_empty() && self.mistake.is_none() {
            self.mistake = Some(Mistake::new(MistakeKind::Empty, place(list, proxies)));
        }
    }
}

/// `socks`: how the proxy is spoken to where the entry does not say that.
fn hop<'a>(list: &str, entry: &'a str, socks: Option<&'static str>) -> Result<Hop<'a>, Mistake> {
    let entry = entry.trim_matches([' ', '\t']);
    let (scheme, rest) = match entry.split_once(':') {
        Some((scheme, rest)) if rest.starts_with("//") => (Some(scheme), rest.get(2..).unwrap_or_default()),
        _ => (None, entry),
    };
    let rest = rest.trim_matches([' ', '\t']);
    let at = place(list, rest);
    let is = |known: &str| scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(known));
    let socks = match scheme {
        None => socks,
        // Chromium knows fewer of them than curl.
        Some(scheme) => Some(scheme).filter(|scheme| is_socks(scheme) && !is("socks4a") && !is("socks5h")),
    };
    let is_known = scheme.is_none() || socks.is_some() || is("http") || is("https");
    if is("direct") && rest.is_empty() {
        return Ok(Hop::Direct);
    }
    if let Some(scheme) = scheme.filter(|_| !is_known) {
        return Err(Mistake::new(MistakeKind::ProxySchemeUnknown, place(list, scheme)));
    }
    let ports = ProxyPorts::Of(if is("https") { Scheme::Https } else { Scheme::Http });
    match server(rest, ports) {
        Ok(_) if socks.is_some() => Ok(Hop::Socks(socks.unwrap_or_default())),
        Ok(proxy) => {
            let scheme = if is("https") { ProxyScheme::Https } else { ProxyScheme::Http };
            Ok(Hop::Proxy(Proxy { scheme, ..proxy }))
        }
        // It is asked for by its name in ASCII.
        Err(mistake) if mistake.kind == MistakeKind::HostNotAscii => {
            Ok(Hop::Unusable(mistake.shifted(at.start)))
        }
        // It is taken, and nobody listens there.
        Err(mistake) if mistake.kind == MistakeKind::Port && rest.ends_with(":0") => {
            Ok(Hop::Unusable(mistake.shifted(at.start)))
        }
        Err(mistake) => Err(mistake.shifted(at.start)),
    }
}

/// A host and perhaps a port.
fn server(text: &str, ports: ProxyPorts) -> Result<Proxy<'_>, Mistake> {
    if text.is_empty() {
        return Err(Mistake::new(MistakeKind::HostMissing, 0..0));
    }
    if let Some(at) = text.rfind('@') {
        return Err(Mistake::new(MistakeKind::ListUser, 0..at));
    }
    if let Some(at) = text.find(['/', '\\', '?', '#']) {
        return Err(Mistake::new(MistakeKind::ProxyPath, at..text.len()));
    }
    Proxy::parse(text, ports).or_else(|mistake| {
        // An address that is not written in four decimal numbers.
        let number = text.rsplit_once(':').map_or(text, |(host, _)| host);
        let address = v4(number).filter(|_| mistake.kind == MistakeKind::HostNumber).ok_or(mistake)?;
        let port = text.get(number.len()..).unwrap_or_default();
        let any = Proxy::parse("0.0.0.0", ports)?;
        let port =
            match port.strip_prefix(':') {
                None => any.port,
                Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(|| {
                    Mistake::new(MistakeKind::Port, number.len().saturating_add(1)..text.len())
                })?,
            };
        Ok(Proxy { host: Host::V4(address), port, ..any })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;

    fn shown(list: &str, scheme: Scheme) -> String {
        match chromium(list, scheme) {
            Rules::Unlisted => "unlisted".into(),
            Rules::PassedOver => "passed over".into(),
            Rules::Nothing(Mistake { kind, at }) => format!("nothing: {kind:?} {at:?}"),
            Rules::Hops(hops) => {
                let hops = hops.into_iter().map(|hop| match hop {
                    Hop::Proxy(proxy) => format!("{proxy}"),
                    Hop::Socks(word) => format!("by {word}"),
                    Hop::Direct => "direct".into(),
                    Hop::Unusable(Mistake { kind, at }) => format!("{kind:?} {at:?}"),
                });
                hops.collect::<Vec<_>>().join(", ")
            }
        }
    }

    #[test]
    fn what_https_takes() {
        for (list, want) in [
            // The first item decides.
            ("http=a.corp:80;c.corp:8080", "unlisted"),
            ("c.corp:8080;https=b.corp:443", "http://c.corp:8080"),
            ("https=b:443;c:8080", "http://b:443"),
            // Nothing but `;` is between items.
            ("http=a:80;https=b:443 c:8080", "passed over"),
            ("a:80 b:81", "nothing: HostCharacter 1..2"),
            ("a.corp:80,b.corp:81", "http://a.corp:80, http://b.corp:81"),
            ("https=a, b;http=c;https=d", "http://a:80, http://b:80, http://d:80"),
            (" https = a ;", "http://a:80"),
            ("HTTPS=a:1;http=b:1", "unlisted"),
            (";;a:1;", "http://a:1"),
            ("https=;b:1", "http://https:80"),
            ("https=a:1=http=b:1", "http://a:1"),
            // SOCKS is for what has no other proxy.
            ("socks=s:1080", "by socks4"),
            ("socks=socks5://s", "by socks5"),
            ("socks=p:1;https=b:1", "http://b:1"),
            ("https=b:x;socks=s", "by socks4"),
            ("socks=http://p:1", "http://p:1"),
            ("SOCKS://s", "by SOCKS"),
            ("direct://", "direct"),
            ("a:1,Direct://,https://b", "http://a:1, direct, https://b:443"),
        ] {
            assert_eq!(shown(list, Scheme::Https), want, "{list}");
        }
        assert_eq!(shown("http=a:80;https=b:443 c:8080", Scheme::Http), "http://a:80");
    }

    #[test]
    fn what_is_passed_over() {
        for (list, want) in [
            ("usr:pw@u.corp:3128", "nothing: ListUser 0..6"),
            ("http://usr:pw@u.corp:3128", "nothing: ListUser 7..13"),
            ("usr:pw@u.corp:3128,b:1", "http://b:1"),
            ("a:", "nothing: Port 2..2"),
            ("a/", "nothing: ProxyPath 1..2"),
            ("http://a:1/x", "nothing: ProxyPath 10..12"),
            ("http://", "nothing: HostMissing 7..7"),
            (" ,", "nothing: HostMissing 0..0"),
            ("foopy.111", "nothing: HostNumber 0..9"),
            ("0xA.020.3.4:8", "http://10.16.3.4:8"),
            ("0xA.020.3.4:x", "nothing: Port 12..13"),
            ("https://10.1", "https://10.0.0.1:443"),
            ("quic://a:1", "nothing: ProxySchemeUnknown 0..4"),
            ("socks5h://a:1", "nothing: ProxySchemeUnknown 0..7"),
            ("socks5://u:p@a:1", "nothing: ListUser 9..12"),
            ("direct://a", "nothing: ProxySchemeUnknown 0..6"),
            // Chromium takes these.
            ("ü.example:1", "HostNotAscii 0..2"),
            ("a:0,b:1", "Port 2..3, http://b:1"),
        ] {
            assert_eq!(shown(list, Scheme::Https), want, "{list}");
        }
    }

    #[test]
    fn a_long_list_takes_time_in_proportion() {
        for item in [";", ",", "=", "a,", "https=a;", "socks=", "a@", "://", "0x1.", "ü"] {
            let list = item.repeat(100_000);
            let _ = chromium(&list, Scheme::Https);
        }
    }
}
