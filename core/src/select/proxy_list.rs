//! Lists of proxies, as WinHTTP and WinINet write them.
//!
//! `([<scheme>=][<scheme>"://"]<server>[":"<port>])`, separated by `;` or white space (`WinHttpOpen`, `InternetOpen`): the
//! scheme in front says which targets, the one behind it how the proxy is spoken to. Without the first it is for all targets
//! that have none of their own. A port that is not written is 80.
//!
//! Programs that read such a list themselves have grammars of their own: [`chromium()`], [`python()`], [`libproxy()`].

mod chromium;
mod libproxy;
mod python;

use alloc::vec::Vec;
use core::ops::Range;

pub use self::chromium::{Hop, Rules, chromium};
pub use self::libproxy::libproxy;
pub use self::python::{Address, python};
use crate::mistake::{Mistake, MistakeKind};
use crate::select::environment::is_socks;
use crate::select::proxy::{Proxy, ProxyPorts};
use crate::target::Scheme;
use crate::text::place;

/// One proxy of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed<'a> {
    /// The proxy.
    pub proxy: Proxy<'a>,
    /// For targets of this scheme; for all others where there is none.
    scheme: Option<Scheme>,
}

impl<'a> Listed<'a> {
    /// A proxy for all targets.
    pub const fn for_all(proxy: Proxy<'a>) -> Self {
        Self { proxy, scheme: None }
    }

    /// Whether it may serve such a target.
    pub fn serves(&self, scheme: Scheme) -> bool {
        self.scheme.is_none_or(|own| own == scheme)
    }
}

/// The proxies for targets of a scheme, in their order: those of its own, else those for all.
pub fn serving<'l, 'a>(list: &'l [Listed<'a>], scheme: Scheme) -> impl Iterator<Item = &'l Listed<'a>> {
    let own = list.iter().any(|one| one.scheme == Some(scheme)).then_some(scheme);
    list.iter().filter(move |one| one.scheme == own)
}

/// What stands where a proxy for targets of a scheme should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable<'a> {
    /// A mistake, with its place in the list.
    Malformed(Mistake),
    /// A SOCKS proxy: the word in front of `=` or `://`, as it is written, and where that stands.
    Socks(&'a str, Range<usize>),
}

/// An entry of a list: for which targets (`None` for all), and what it names.
type Item<'a> = (Option<Tag>, Result<Proxy<'a>, Unusable<'a>>);

/// What stands before the `=` of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    /// `http` or `https`.
    Of(Scheme),
    /// For all targets that have no other proxy, and spoken to in its own way.
    Socks,
    /// Not for http or https (`ftp`).
    Other,
    /// No scheme: nobody knows which targets were meant.
    Unknown,
}

/// Reads a list. Proxies for other schemes than http and https (`ftp=`, `socks=`) are passed over.
pub fn windows(list: &str) -> (Vec<Listed<'_>>, Vec<Mistake>) {
    let (mut proxies, mut mistakes) = (Vec::new(), Vec::new());
    for (tag, item) in items(list) {
        let scheme = match tag {
            None | Some(Tag::Unknown) => None,
            Some(Tag::Of(scheme)) => Some(scheme),
            Some(Tag::Socks | Tag::Other) => continue,
        };
        match item {
            Ok(proxy) => proxies.push(Listed { proxy, scheme }),
            Err(Unusable::Malformed(mistake)) => mistakes.push(mistake),
            Err(Unusable::Socks(_, at)) => {
                mistakes.push(Mistake::new(MistakeKind::ProxySchemeUnknown, at));
            }
        }
    }
    (proxies, mistakes)
}

/// What stands in a list where the first proxy for targets of this scheme should: `None` where that can be used, and where the
/// list names none for them.
///
/// An entry whose scheme is no scheme may have been meant for these targets: where no other entry is for them, it stands there.
pub fn unusable(list: &str, scheme: Scheme) -> Option<Unusable<'_>> {
    let items: Vec<Item<'_>> = items(list).collect();
    [Some(Tag::Of(scheme)), None, Some(Tag::Socks), Some(Tag::Unknown)]
        .into_iter()
        .find_map(|wanted| items.iter().find(|(tag, _)| *tag == wanted))
        .and_then(|(_, item)| item.clone().err())
}

fn items(list: &str) -> impl Iterator<Item = Item<'_>> {
    // A password with a blank or a `;` in it would be cut in two, and its first half be taken for a host or a port: none is read.
    let is_cut = list.contains('@') && list.trim().contains(char::is_whitespace) || is_cut(list, &[';']);
    let whole = Err(Unusable::Malformed(Mistake::new(MistakeKind::FormUnknown, 0..list.len())));
    let words = list.split(|character: char| character == ';' || character.is_ascii_whitespace());
    let words = words.filter(move |word| !is_cut && !word.is_empty());
    is_cut.then_some((None, whole)).into_iter().chain(words.map(|word| item(list, word)))
}

/// Whether one of these separators may stand in a password: behind one comes a `@`, and in between nothing begins an entry. Nothing of
/// such a list is read: what stands before the separator would be taken for a host and a port.
pub(in crate::select) fn is_cut(list: &str, separators: &[char]) -> bool {
    let begins = |part: &str| {
        let tag = part.split_once('=').map(|(tag, _)| tag.trim());
        let is = |known: &str| tag.is_some_and(|tag| tag.eq_ignore_ascii_case(known));
        part.contains("://") || ["http", "https", "ftp", "socks"].into_iter().any(is)
    };
    // Whether the entry has its `@` already.
    let mut is_closed = true;
    for (number, part) in list.split(|one| separators.contains(&one)).enumerate() {
        let has_at = part.contains('@');
        if has_at && !is_closed && !begins(part) {
            return true;
        }
        if has_at || number == 0 || begins(part) {
            is_closed = has_at;
        }
    }
    false
}

fn item<'a>(list: &'a str, word: &'a str) -> Item<'a> {
    let (tag, server) = word.split_once('=').map_or((None, word), |(tag, server)| (Some(tag), server));
    let is = |known: &str| tag.is_some_and(|tag| tag.eq_ignore_ascii_case(known));
    let of = match tag {
        None => None,
        Some(_) if is("http") => Some(Tag::Of(Scheme::Http)),
        Some(_) if is("https") => Some(Tag::Of(Scheme::Https)),
        Some(tag) if is("socks") => {
            return (Some(Tag::Socks), Err(Unusable::Socks(tag, place(list, tag))));
        }
        Some(_) if is("ftp") || is("gopher") => Some(Tag::Other),
        Some(tag) => {
            let mistake = Mistake::new(MistakeKind::ListTag, place(list, tag));
            return (Some(Tag::Unknown), Err(Unusable::Malformed(mistake)));
        }
    };
    let proxy = Proxy::parse(server.trim_end_matches('/'), ProxyPorts::Web).map_err(|mistake| {
        let scheme = server.get(mistake.at.clone()).unwrap_or_default();
        let mistake = mistake.shifted(place(list, server).start);
        if mistake.kind == MistakeKind::ProxySchemeUnknown && is_socks(scheme) {
            Unusable::Socks(scheme, mistake.at)
        } else {
            Unusable::Malformed(mistake)
        }
    });
    (of, proxy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;

    #[test]
    fn separators_that_may_stand_in_a_password() {
        for list in ["http://usr:12;34@a:1", "usr:12,34@a:1", "https=usr:12;34@a:1", "usr:1,2;3=4@a:1"] {
            assert!(is_cut(list, &[';', ',']), "{list}");
        }
        assert!(!is_cut("usr:12,34@a:1", &[';']));
        for list in [
            "usr:pw@a:1",
            "http=u:p@a:1; HTTPS=u:p@b:1",
            "a:1,http://u:p@b:1",
            "u:p@a:1;b:1",
            "u:p@a:1;v:q@b:1",
        ] {
            assert!(!is_cut(list, &[';', ',']), "{list}");
        }
    }

    fn shown(list: &str, scheme: Scheme) -> Vec<String> {
        let (proxies, _) = windows(list);
        serving(&proxies, scheme).map(|one| format!("{}", one.proxy)).collect()
    }

    #[test]
    fn what_each_scheme_takes() {
        let list = "http=a:80;https=https://b:443 c:8080";
        assert_eq!(shown(list, Scheme::Http), ["http://a:80"]);
        assert_eq!(shown(list, Scheme::Https), ["https://b:443"]);
        assert_eq!(shown("http=a:80 c:8080;d", Scheme::Https), ["http://c:8080", "http://d:80"]);
        assert_eq!(shown("http=a:80", Scheme::Https), [""; 0]);
        assert_eq!(shown("ftp=f;socks=s:1080", Scheme::Http), [""; 0]);
        assert_eq!(shown(" ; ", Scheme::Http), [""; 0]);
    }

    #[test]
    fn mistakes_have_their_place() {
        let (proxies, mistakes) = windows("htp=a:1;b:x c:1");
        assert_eq!(proxies.len(), 1);
        assert_eq!(
            mistakes,
            [Mistake::new(MistakeKind::ListTag, 0..3), Mistake::new(MistakeKind::Port, 10..11)]
        );
    }
    #[test]
    fn what_stands_where_a_proxy_should() {
        use MistakeKind as K;
        let malformed = |kind, at| Some(Unusable::Malformed(Mistake::new(kind, at)));
        for (list, scheme, want) in [
            ("http=a:x;b:1", Scheme::Http, malformed(K::Port, 7..8)),
            ("http=a:x;b:1", Scheme::Https, None),
            // The first of them counts, whatever comes behind it.
            ("a:x;b:1", Scheme::Https, malformed(K::Port, 2..3)),
            ("b:1;a:x", Scheme::Https, None),
            ("htp=a:1;https=b:1", Scheme::Http, malformed(K::ListTag, 0..3)),
            ("htp=a:1;https=b:1", Scheme::Https, None),
            ("Socks=s:1;ftp=f:x", Scheme::Https, Some(Unusable::Socks("Socks", 0..5))),
            ("socks=s:1;http=h:1", Scheme::Http, None),
            ("socks=s:1;http=h:1", Scheme::Https, Some(Unusable::Socks("socks", 0..5))),
            ("https=socks5://s:1", Scheme::Https, Some(Unusable::Socks("socks5", 6..12))),
            ("quic://s:1", Scheme::Https, malformed(K::ProxySchemeUnknown, 0..4)),
            ("ftp=f:1", Scheme::Http, None),
            ("http://u:p w@h:1", Scheme::Http, malformed(K::FormUnknown, 0..16)),
            ("https=u:12;34@h:1", Scheme::Https, malformed(K::FormUnknown, 0..17)),
        ] {
            assert_eq!(unusable(list, scheme), want, "{list}");
        }
    }
}
