//! A setting's value as a proxy.

use alloc::vec::Vec;

use super::{Basis, Bypass, Kind, Place, Way};
use crate::select::bypass::Dialect;
use crate::select::environment::{named, not_spoken};
use crate::select::plan::Path;
use crate::select::proxy::{Proxy, ProxyPorts};
use crate::select::proxy_list::Listed;
use crate::target::Scheme;

/// A way by a proxy whose host and port are two settings.
pub(super) fn host_and_port<'a>(
    place: Place<'a>,
    port: Option<Place<'a>>,
    scheme: Scheme,
    bypass: Bypass<'a>,
) -> Way<'a> {
    let kind = match Proxy::parse(place.entry.value.trim(), ProxyPorts::Web) {
        Ok(proxy) => {
            let port = port.and_then(|place| place.entry.value.trim().parse().ok()).filter(|port| *port != 0);
            let proxy = Proxy { port: port.unwrap_or(proxy.port), ..proxy };
            Kind::Proxies(alloc::vec![Listed::for_all(proxy)])
        }
        Err(mistake) => Kind::Malformed(mistake),
    };
    let way = Way::new(Path::Default, kind, Some(place), Basis::Documented);
    Way { bypass: Some(bypass), scheme: Some(scheme), ..way }
}

/// Ways by the SOCKS proxy of a desktop or a system, for targets of these schemes. Which version is spoken, such settings do not say.
pub(super) fn socks<'a>(
    place: Place<'a>,
    bypass: Bypass<'a>,
    schemes: impl IntoIterator<Item = Scheme>,
    basis: Basis,
    ways: &mut Vec<Way<'a>>,
) {
    for scheme in schemes {
        let way = Way::new(Path::Default, Kind::NotSpoken("socks"), Some(place), basis);
        ways.push(Way { bypass: Some(bypass), scheme: Some(scheme), ..way });
    }
}

/// The schemes that none of the ways from this one on is for alone.
pub(super) fn without_own(ways: &[Way<'_>], start: usize) -> Vec<Scheme> {
    let has_own = |scheme: &Scheme| ways.iter().skip(start).any(|way| way.scheme == Some(*scheme));
    [Scheme::Https, Scheme::Http].into_iter().filter(|scheme| !has_own(scheme)).collect()
}

/// The proxy that a value names, as the client with this dialect reads it.
pub(super) fn proxy_kind(dialect: Dialect, value: &str, ports: ProxyPorts) -> Kind<'_> {
    match named(dialect, value, ports) {
        Ok(proxy) => Kind::Proxies(alloc::vec![Listed::for_all(proxy)]),
        Err(mistake) => Kind::Malformed(mistake),
    }
}

/// The same, where the client speaks with proxies of other kinds than this program.
pub(super) fn proxy_of(dialect: Dialect, value: &str, ports: ProxyPorts) -> Kind<'_> {
    match proxy_kind(dialect, value, ports) {
        Kind::Malformed(mistake) => match not_spoken(dialect, value, &mistake) {
            Some(scheme) => Kind::NotSpoken(scheme),
            None => Kind::Malformed(mistake),
        },
        kind => kind,
    }
}
