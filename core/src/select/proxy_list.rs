//! Lists of proxies, as WinHTTP and WinINet write them.
//!
//! `([<scheme>=][<scheme>"://"]<server>[":"<port>])`, separated by `;` or white space (`WinHttpOpen`, `InternetOpen`): the
//! scheme in front says which targets, the one behind it how the proxy is spoken to. Without the first it is for all targets
//! that have none of their own. A port that is not written is 80.

use alloc::vec::Vec;

use crate::mistake::{Mistake, MistakeKind};
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

/// Reads a list. Proxies for other schemes than http and https (`ftp=`, `socks=`) are passed over.
pub fn windows(list: &str) -> (Vec<Listed<'_>>, Vec<Mistake>) {
    let (mut proxies, mut mistakes) = (Vec::new(), Vec::new());
    // A password with a blank in it would be cut in two, and its first half be taken for a host: none of it is read.
    if list.contains('@') && list.trim().contains(char::is_whitespace) {
        mistakes.push(Mistake::new(MistakeKind::FormUnknown, 0..list.len()));
        return (proxies, mistakes);
    }
    for item in list.split(|character: char| character == ';' || character.is_ascii_whitespace()) {
        if item.is_empty() {
            continue;
        }
        let (tag, server) = item.split_once('=').map_or((None, item), |(tag, server)| (Some(tag), server));
        let scheme = match tag {
            None => None,
            Some(tag) if tag.eq_ignore_ascii_case("http") => Some(Scheme::Http),
            Some(tag) if tag.eq_ignore_ascii_case("https") => Some(Scheme::Https),
            Some(tag) if ["ftp", "gopher", "socks"].iter().any(|known| tag.eq_ignore_ascii_case(known)) => {
                continue;
            }
            Some(tag) => {
                mistakes.push(Mistake::new(MistakeKind::ListTag, place(list, tag)));
                continue;
            }
        };
        match Proxy::parse(server.trim_end_matches('/'), ProxyPorts::Web) {
            Ok(proxy) => proxies.push(Listed { proxy, scheme }),
            Err(mistake) => mistakes.push(mistake.shifted(place(list, server).start)),
        }
    }
    (proxies, mistakes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;

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
}
