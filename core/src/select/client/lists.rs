//! Ways by a list of proxies of Windows', for programs that read it by a grammar of their own.

use alloc::vec::Vec;

use super::value::{proxy_kind, proxy_of};
use super::{Basis, Bypass, Kind, Place, Way, When};
use crate::mistake::{Mistake, MistakeKind};
use crate::select::bypass::Dialect;
use crate::select::plan::Path;
use crate::select::proxy::ProxyPorts;
use crate::select::proxy_list::{self, Address, Hop, Listed, Rules};
use crate::target::Scheme;
use crate::text::place as place_of;

/// Adds the ways by a list.
type Reader<'a> = fn(Place<'a>, Bypass<'a>, &mut Vec<Way<'a>>);

const SCHEMES: [Scheme; 2] = [Scheme::Https, Scheme::Http];

/// Adds the ways by such a list; `false` where the dialect is that of a program without a grammar of its own.
///
/// A list that may have cut a password in two is of no use, since a part of that would be shown: what the program does is not known.
pub(super) fn read<'a>(
    dialect: Dialect,
    place: Place<'a>,
    bypass: Bypass<'a>,
    ways: &mut Vec<Way<'a>>,
) -> bool {
    let (separators, read): (&[char], Reader<'a>) = match dialect {
        Dialect::ChromiumWindows => (&[';', ','], chromium),
        Dialect::PythonWindows => (&[';'], python),
        Dialect::LibproxyWindows => (&[';'], libproxy),
        _ => return false,
    };
    if proxy_list::is_cut(&place.entry.value, separators) {
        let mistake = Mistake::new(MistakeKind::FormUnknown, 0..place.entry.value.len());
        let way = Way::new(Path::Default, Kind::Malformed(mistake), Some(place), Basis::Inferred);
        ways.push(Way { bypass: Some(bypass), ..way });
    } else {
        read(place, bypass, ways);
    }
    true
}

/// A way by a list, for targets of a scheme.
fn way<'a>(kind: Kind<'a>, place: Place<'a>, bypass: Bypass<'a>, scheme: Scheme) -> Way<'a> {
    let way = Way::new(Path::Default, kind, Some(place), Basis::Documented);
    Way { bypass: Some(bypass), scheme: Some(scheme), ..way }
}

/// Chromium: a chain of proxies and of none, each where those before it have failed.
fn chromium<'a>(place: Place<'a>, bypass: Bypass<'a>, ways: &mut Vec<Way<'a>>) {
    let list = &*place.entry.value;
    for scheme in SCHEMES {
        let kinds = match proxy_list::chromium(list, scheme) {
            Rules::Unlisted => continue,
            Rules::PassedOver => alloc::vec![Kind::Direct],
            Rules::Nothing(mistake) => alloc::vec![Kind::Malformed(mistake)],
            Rules::Hops(hops) => kinds(hops),
        };
        for (turn, kind) in kinds.into_iter().enumerate() {
            let when = if turn == 0 { When::First } else { When::AfterFailure };
            let path = if matches!(kind, Kind::Direct) { Path::Direct } else { Path::Default };
            ways.push(Way { path, when, ..way(kind, place, bypass, scheme) });
        }
    }
}

/// Proxies that follow each other are one way.
fn kinds(hops: Vec<Hop<'_>>) -> Vec<Kind<'_>> {
    let mut kinds = Vec::new();
    for hop in hops {
        match (hop, kinds.last_mut()) {
            (Hop::Proxy(proxy), Some(Kind::Proxies(listed))) => listed.push(Listed::for_all(proxy)),
            (Hop::Proxy(proxy), _) => kinds.push(Kind::Proxies(alloc::vec![Listed::for_all(proxy)])),
            (Hop::Socks(word), _) => kinds.push(Kind::NotSpoken(word)),
            (Hop::Direct, _) => kinds.push(Kind::Direct),
            (Hop::Unusable(mistake), _) => kinds.push(Kind::Malformed(mistake)),
        }
    }
    kinds
}

/// Python's urllib: one proxy. For https targets it is asked for a tunnel without TLS, whatever its scheme is; for http targets there is
/// no way by SOCKS ("unknown url type").
fn python<'a>(place: Place<'a>, bypass: Bypass<'a>, ways: &mut Vec<Way<'a>>) {
    let list = &*place.entry.value;
    for scheme in SCHEMES {
        let Some(address) = proxy_list::python(list, scheme) else { continue };
        let (text, tag) = match address {
            Address::Http(text) => (text, None),
            Address::Socks(tag, text) => (text, Some(tag).filter(|_| !text.contains("://"))),
        };
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let text = if scheme == Scheme::Https { rest } else { text }.trim_end();
        let kind = match tag {
            Some(tag) if scheme == Scheme::Http => {
                Kind::Malformed(Mistake::new(MistakeKind::ProxySchemeUnknown, place_of(list, tag)))
            }
            _ => placed(proxy_kind(Dialect::Python, text, ProxyPorts::Of(scheme)), list, text),
        };
        ways.push(way(kind, place, bypass, scheme));
    }
}

/// libproxy: one proxy.
fn libproxy<'a>(place: Place<'a>, bypass: Bypass<'a>, ways: &mut Vec<Way<'a>>) {
    let list = &*place.entry.value;
    for scheme in SCHEMES {
        let Some(text) = proxy_list::libproxy(list, scheme) else { continue };
        let kind = placed(proxy_of(Dialect::LibproxyWindows, text, ProxyPorts::Web), list, text);
        ways.push(way(kind, place, bypass, scheme));
    }
}

/// The same, with the place of a mistake in the whole list.
fn placed<'a>(kind: Kind<'a>, list: &str, part: &str) -> Kind<'a> {
    match kind {
        Kind::Malformed(mistake) => Kind::Malformed(mistake.shifted(place_of(list, part).start)),
        kind => kind,
    }
}
