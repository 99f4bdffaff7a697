//! The clients of Linux and macOS, and those that are the same everywhere.

use alloc::vec::Vec;

use super::windows::wininet_proxies;
use super::{Basis, Bypass, Client, Found, Kind, Place, Way, one_proxy, pac};
use crate::select::bypass::Dialect;
use crate::select::environment::Variable;
use crate::select::plan::Path;
use crate::select::proxy::{Proxy, ProxyPorts};
use crate::select::proxy_list::Listed;
use crate::settings::Key;
use crate::target::Scheme;

/// mdatp on Linux: its own setting, else its unit's environment.
pub(super) fn mdatp<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    use Variable as V;
    if one_proxy(found.machine(Key::MdatpProxy), Path::Named, None, Basis::Documented, ways) {
        return;
    }
    let of = |names: &[Variable]| found.service("mdatp", names);
    let list = of(&[V::NoProxy, V::NoProxyUpper]);
    let bypass = Bypass::at(Dialect::Curl, list);
    for (names, scheme) in [
        (&[V::HttpsProxy, V::HttpsProxyUpper][..], Scheme::Https),
        (&[V::HttpProxy, V::HttpProxyUpper], Scheme::Http),
    ] {
        variable(of(names), scheme, bypass, Basis::Documented, ProxyPorts::Curl, ways);
    }
}

/// Variables of a session, by each client's own names, order and ports.
pub(super) fn variables<'a>(client: Client, found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    use Variable as V;
    let (http, https, lists): (&[V], &[V], &[V]) = match client {
        Client::Go | Client::Arc => (
            &[V::HttpProxyUpper, V::HttpProxy],
            &[V::HttpsProxyUpper, V::HttpsProxy],
            &[V::NoProxyUpper, V::NoProxy],
        ),
        Client::Wget => (&[V::HttpProxy], &[V::HttpsProxy], &[V::NoProxy]),
        Client::Python => (
            &[V::HttpProxy, V::HttpProxyUpper],
            &[V::HttpsProxy, V::HttpsProxyUpper],
            &[V::NoProxy, V::NoProxyUpper],
        ),
        Client::Libproxy => (
            &[V::HttpProxy, V::HttpProxyUpper],
            &[V::HttpsProxy, V::HttpsProxyUpper, V::HttpProxy, V::HttpProxyUpper],
            &[V::NoProxy, V::NoProxyUpper],
        ),
        Client::Chromium | Client::Firefox => (
            &[V::HttpProxy, V::HttpProxyUpper, V::AllProxy, V::AllProxyUpper],
            &[V::HttpsProxy, V::HttpsProxyUpper, V::AllProxy, V::AllProxyUpper],
            &[V::NoProxy, V::NoProxyUpper],
        ),
        _ => (
            &[V::HttpProxy, V::AllProxy, V::AllProxyUpper],
            &[V::HttpsProxy, V::HttpsProxyUpper, V::AllProxy, V::AllProxyUpper],
            &[V::NoProxy, V::NoProxyUpper],
        ),
    };
    let (dialect, basis, ports) = match client {
        Client::Go => (Dialect::Go, Basis::Verified, ProxyPorts::Web),
        Client::Arc => (Dialect::Go, Basis::Documented, ProxyPorts::Web),
        Client::Wget => (Dialect::Wget, Basis::Verified, ProxyPorts::Web),
        Client::Python => (Dialect::Python, Basis::Verified, ProxyPorts::Web),
        Client::Libproxy => (Dialect::Libproxy, Basis::Documented, ProxyPorts::Web),
        Client::Chromium => (Dialect::Chromium, Basis::Documented, ProxyPorts::Web),
        Client::Firefox => (Dialect::Firefox, Basis::Documented, ProxyPorts::Web),
        _ => (Dialect::Curl, Basis::Verified, ProxyPorts::Curl),
    };
    let list = found.session(lists);
    let bypass = Bypass::at(dialect, list);
    variable(found.session(https), Scheme::Https, bypass, basis, ports, ways);
    variable(found.session(http), Scheme::Http, bypass, basis, ports, ways);
}

/// A way by one variable, for targets of one scheme.
pub(super) fn variable<'a>(
    place: Option<Place<'a>>,
    scheme: Scheme,
    bypass: Bypass<'a>,
    basis: Basis,
    ports: ProxyPorts,
    ways: &mut Vec<Way<'a>>,
) {
    let Some(place) = place else { return };
    let kind = proxy_kind(&place.entry.value, scheme, ports);
    ways.push(Way { bypass: Some(bypass), ..Way::new(Path::Default, kind, Some(place), basis) });
}

/// A browser: on Windows WinINet's, on macOS the system's, elsewhere the desktop's, else the environment's.
pub(super) fn browser<'a>(found: Found<'a>, dialect: Dialect, ways: &mut Vec<Way<'a>>) {
    let own = ways.len();
    wininet_proxies(found, dialect, ways);
    mac(found, ways);
    desktop(found, dialect, ways);
    if ways.len() == own {
        let client = if dialect == Dialect::Firefox { Client::Firefox } else { Client::Chromium };
        variables(client, found, ways);
    }
}

/// macOS's system settings (`scutil --proxy`).
pub(super) fn mac<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let is_on = |key| found.machine(key).is_some_and(|place| place.entry.value.trim() == "1");
    if is_on(Key::MacAutoDiscovery) {
        ways.push(Way::new(Path::Wpad, Kind::Wpad, found.machine(Key::MacAutoDiscovery), Basis::Documented));
    }
    if let Some(place) = found.machine(Key::MacAutoConfigUrl).filter(|_| is_on(Key::MacAutoConfigEnable)) {
        pac(place, Basis::Documented, ways);
    }
    let list = found.machine(Key::MacExceptions);
    let bypass = Bypass::at(Dialect::Wininet, list);
    for (enable, host, port, scheme) in [
        (Key::MacHttpsEnable, Key::MacHttpsProxy, Key::MacHttpsPort, Scheme::Https),
        (Key::MacHttpEnable, Key::MacHttpProxy, Key::MacHttpPort, Scheme::Http),
    ] {
        if let Some(place) = found.machine(host).filter(|_| is_on(enable)) {
            host_and_port(place, found.machine(port), scheme, bypass, ways);
        }
    }
}

/// A way by a proxy whose host and port are two settings.
pub(super) fn host_and_port<'a>(
    place: Place<'a>,
    port: Option<Place<'a>>,
    scheme: Scheme,
    bypass: Bypass<'a>,
    ways: &mut Vec<Way<'a>>,
) {
    let kind = match Proxy::parse(place.entry.value.trim(), ProxyPorts::Web) {
        Ok(proxy) => {
            let port = port.and_then(|place| place.entry.value.trim().parse().ok()).filter(|port| *port != 0);
            let proxy = Proxy { port: port.unwrap_or(proxy.port), ..proxy };
            Kind::Proxies(alloc::vec![Listed::for_scheme(proxy, scheme)])
        }
        Err(mistake) => Kind::Malformed { mistake, scheme: Some(scheme) },
    };
    ways.push(Way { bypass: Some(bypass), ..Way::new(Path::Default, kind, Some(place), Basis::Documented) });
}

/// The desktop's settings: GNOME's, else KDE's.
pub(super) fn desktop<'a>(found: Found<'a>, dialect: Dialect, ways: &mut Vec<Way<'a>>) {
    let any = |key| found.get(key, |_| true).filter(|place| !place.entry.value.trim().is_empty());
    match any(Key::GnomeMode) {
        Some(mode) if mode.entry.value == "auto" => match any(Key::GnomeAutoconfigUrl) {
            Some(place) => pac(place, Basis::Documented, ways),
            None => ways.push(Way::new(Path::Wpad, Kind::Wpad, Some(mode), Basis::Documented)),
        },
        Some(mode) if mode.entry.value == "manual" => {
            let list = any(Key::GnomeIgnoreHosts);
            let bypass = Bypass::at(dialect, list);
            for (host, port, scheme) in [
                (Key::GnomeHttpsHost, Key::GnomeHttpsPort, Scheme::Https),
                (Key::GnomeHttpHost, Key::GnomeHttpPort, Scheme::Http),
            ] {
                if let Some(place) = any(host) {
                    host_and_port(place, any(port), scheme, bypass, ways);
                }
            }
        }
        _ => {}
    }
    match any(Key::KdeProxyType) {
        Some(kind) if kind.entry.value == "1" => {
            let list = any(Key::KdeNoProxyFor);
            let bypass = Bypass::at(dialect, list);
            for (key, scheme) in [(Key::KdeHttps, Scheme::Https), (Key::KdeHttp, Scheme::Http)] {
                variable(any(key), scheme, bypass, Basis::Documented, ProxyPorts::Web, ways);
            }
        }
        Some(kind) if kind.entry.value == "2" => {
            if let Some(place) = any(Key::KdePac) {
                pac(place, Basis::Documented, ways);
            }
        }
        Some(kind) if kind.entry.value == "3" => {
            ways.push(Way::new(Path::Wpad, Kind::Wpad, Some(kind), Basis::Documented));
        }
        _ => {}
    }
}

/// apt (`methods/http.cc`): a proxy for the host, then for the scheme, then the variables; https takes http's where it has none
/// of its own. `no_proxy` is asked behind all of them, also where apt.conf names a proxy for this very host.
pub(super) fn apt<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    use Variable as V;
    let any = |key| found.get(key, |_| true).filter(|place| !place.entry.value.trim().is_empty());
    let bypass = Bypass::at(Dialect::Apt, found.session(&[V::NoProxy]));
    for scheme in [Scheme::Https, Scheme::Http] {
        let ports = ProxyPorts::Of(scheme);
        let keys: &[(Key, Key)] = match scheme {
            Scheme::Https => &[(Key::AptHttpsHost, Key::AptHttps), (Key::AptHttpHost, Key::AptHttp)],
            Scheme::Http => &[(Key::AptHttpHost, Key::AptHttp)],
        };
        for (key, _) in keys {
            for place in found.all(*key) {
                let Some((host, value)) = place.entry.value.split_once(' ') else { continue };
                let kind = if value.eq_ignore_ascii_case("DIRECT") {
                    Kind::Direct
                } else {
                    proxy_kind(value, scheme, ports)
                };
                let way = Way::new(Path::Default, kind, Some(place), Basis::Documented);
                ways.push(Way { bypass: Some(bypass), host: Some(host), scheme: Some(scheme), ..way });
            }
        }
        let own = keys.iter().find_map(|(_, key)| any(*key));
        let https = found.session_even_empty(&[V::HttpsProxy]).filter(|_| scheme == Scheme::Https);
        let place = own.or(https).or_else(|| found.session(&[V::HttpProxy]));
        if let Some(place) = place.filter(|place| !place.entry.value.trim().is_empty()) {
            let value = place.entry.value.trim();
            let kind = if value.eq_ignore_ascii_case("DIRECT") {
                Kind::Direct
            } else {
                proxy_kind(value, scheme, ports)
            };
            let way = Way::new(Path::Default, kind, Some(place), Basis::Verified);
            ways.push(Way { bypass: Some(bypass), scheme: Some(scheme), ..way });
        }
    }
}

/// A proxy for targets of one scheme.
fn proxy_kind(value: &str, scheme: Scheme, ports: ProxyPorts) -> Kind<'_> {
    match Proxy::parse(value.trim().trim_end_matches('/'), ports) {
        Ok(proxy) => Kind::Proxies(alloc::vec![Listed::for_scheme(proxy, scheme)]),
        Err(mistake) => Kind::Malformed { mistake, scheme: Some(scheme) },
    }
}
