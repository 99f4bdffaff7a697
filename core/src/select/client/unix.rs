//! The clients of Linux and macOS, and those that are the same everywhere.

use alloc::vec::Vec;

use super::windows::wininet;
use super::{Basis, Bypass, Client, Found, Kind, Place, Way, one_proxy, pac};
use crate::mistake::{Mistake, MistakeKind};
use crate::select::bypass::Dialect;
use crate::select::environment::{Variable, without_path};
use crate::select::plan::Path;
use crate::select::proxy::{Proxy, ProxyPorts, ProxyScheme};
use crate::select::proxy_list::Listed;
use crate::settings::Key;
use crate::target::Scheme;

/// mdatp on Linux: its own setting, else its unit's environment.
pub(super) fn mdatp<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    use Variable as V;
    if one_proxy(found.any(Key::MdatpProxy), Path::Named, None, Basis::Documented, ways) {
        return;
    }
    let of = |names: &[Variable]| found.service("mdatp", names);
    let list = of(&[V::NoProxy, V::NoProxyUpper]);
    let bypass = Bypass::at(Dialect::Curl, list);
    for (names, scheme) in [
        (&[V::HttpsProxy, V::HttpsProxyUpper][..], Scheme::Https),
        (&[V::HttpProxy, V::HttpProxyUpper], Scheme::Http),
    ] {
        variable(of(names), scheme, bypass, ProxyPorts::Curl, ways);
    }
}

/// Variables of a session, by each client's own names, order, ports and quirks.
pub(super) fn variables<'a>(client: Client, found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    use Variable as V;
    let all: [&[V]; 3] = match client {
        Client::Go | Client::Arc => [
            &[V::HttpsProxyUpper, V::HttpsProxy],
            &[V::HttpProxyUpper, V::HttpProxy],
            &[V::NoProxyUpper, V::NoProxy],
        ],
        Client::Wget => [&[V::HttpsProxy], &[V::HttpProxy], &[V::NoProxy]],
        Client::Python => [
            &[V::HttpsProxy, V::HttpsProxyUpper],
            &[V::HttpProxy, V::HttpProxyUpper],
            &[V::NoProxy, V::NoProxyUpper],
        ],
        Client::Libproxy => [
            &[V::HttpsProxy, V::HttpsProxyUpper, V::HttpProxy, V::HttpProxyUpper],
            &[V::HttpProxy, V::HttpProxyUpper],
            &[V::NoProxy, V::NoProxyUpper],
        ],
        Client::Chromium | Client::Firefox => [
            &[V::HttpsProxy, V::HttpsProxyUpper, V::AllProxy, V::AllProxyUpper],
            &[V::HttpProxy, V::HttpProxyUpper, V::AllProxy, V::AllProxyUpper],
            &[V::NoProxy, V::NoProxyUpper],
        ],
        _ => [
            &[V::HttpsProxy, V::HttpsProxyUpper, V::AllProxy, V::AllProxyUpper],
            &[V::HttpProxy, V::AllProxy, V::AllProxyUpper],
            &[V::NoProxy, V::NoProxyUpper],
        ],
    };
    let (dialect, basis) = match client {
        Client::Go => (Dialect::Go, Basis::Verified),
        Client::Arc => (Dialect::Go, Basis::Documented),
        Client::Wget => (Dialect::Wget, Basis::Verified),
        Client::Python => (Dialect::Python, Basis::Verified),
        Client::Libproxy => (Dialect::Libproxy, Basis::Documented),
        Client::Chromium => (Dialect::Chromium, Basis::Documented),
        Client::Firefox => (Dialect::Firefox, Basis::Documented),
        _ => (Dialect::Curl, Basis::Verified),
    };
    let is_cgi = found.session(&[V::RequestMethod]).is_some();
    let pick = |names: &[V]| match client {
        // One that is set to nothing hides the one in upper case.
        Client::Python => found.session_even_empty(names).filter(|place| !place.entry.value.is_empty()),
        _ => found.session(names),
    };
    let [https, http, lists] = all;
    let http = if client == Client::Python && is_cgi { &[V::HttpProxy][..] } else { http };
    let bypass = Bypass::at(dialect, pick(lists));
    for (names, scheme) in [(https, Scheme::Https), (http, Scheme::Http)] {
        let Some(place) = pick(names) else { continue };
        let value = &place.entry.value;
        let kind = match client {
            // A request's `Proxy` header may have set it ("httpoxy").
            Client::Go if is_cgi && scheme == Scheme::Http => {
                let mistake = Mistake::new(MistakeKind::VariableUntrusted, 0..value.len());
                Kind::Malformed(mistake)
            }
            Client::Go | Client::Arc | Client::Libproxy | Client::Chromium | Client::Firefox => {
                proxy_kind(value, ProxyPorts::Web)
            }
            Client::Python => {
                let kind = proxy_kind(value.trim_end(), ProxyPorts::Of(scheme));
                if scheme == Scheme::Https { without_tls(kind) } else { kind }
            }
            Client::Wget => wget_proxy(value, scheme),
            _ => proxy_kind(value, ProxyPorts::Curl),
        };
        let way = Way::new(Path::Default, kind, Some(place), basis);
        ways.push(Way { bypass: Some(bypass), scheme: Some(scheme), ..way });
    }
}

/// A way by one setting, for targets of one scheme.
fn variable<'a>(
    place: Option<Place<'a>>,
    scheme: Scheme,
    bypass: Bypass<'a>,
    ports: ProxyPorts,
    ways: &mut Vec<Way<'a>>,
) {
    let Some(place) = place else { return };
    let kind = proxy_kind(place.entry.value.trim(), ports);
    let way = Way::new(Path::Default, kind, Some(place), Basis::Documented);
    ways.push(Way { bypass: Some(bypass), scheme: Some(scheme), ..way });
}

/// What a client does that asks an https proxy for a tunnel without TLS.
fn without_tls(kind: Kind<'_>) -> Kind<'_> {
    match kind {
        Kind::Proxies(mut listed) => {
            for one in &mut listed {
                one.proxy.scheme = ProxyScheme::Http;
            }
            Kind::Proxies(listed)
        }
        other => other,
    }
}

/// GNU Wget: an https proxy is refused for http targets, and asked without TLS for https ones; without a scheme, what stands
/// before the first `:` is one, unless a port stands behind it.
fn wget_proxy(value: &str, scheme: Scheme) -> Kind<'_> {
    let refused = |at| Kind::Malformed(Mistake::new(MistakeKind::ProxySchemeUnknown, at));
    match value.split_once(':') {
        Some((tag, rest))
            if tag.eq_ignore_ascii_case("https") && rest.starts_with("//") && scheme == Scheme::Http =>
        {
            refused(0..tag.len())
        }
        Some((tag, rest))
            if !rest.starts_with("//") && !rest.starts_with(|one: char| one.is_ascii_digit()) =>
        {
            refused(0..tag.len())
        }
        _ => without_tls(proxy_kind(value, ProxyPorts::Web)),
    }
}

/// A browser: on Windows WinINet's, on macOS the system's, elsewhere the desktop's, else the environment's.
pub(super) fn browser<'a>(client: Client, dialect: Dialect, found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let own = ways.len();
    wininet(found, dialect, ways);
    mac(found, ways);
    desktop(found, dialect, ways);
    if ways.len() == own {
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
    // The list of macOS is not written for Windows: globs and networks, one item each.
    let bypass = Bypass::at(Dialect::Chromium, list);
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
fn host_and_port<'a>(
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
            Kind::Proxies(alloc::vec![Listed::for_all(proxy)])
        }
        Err(mistake) => Kind::Malformed(mistake),
    };
    let way = Way::new(Path::Default, kind, Some(place), Basis::Documented);
    ways.push(Way { bypass: Some(bypass), scheme: Some(scheme), ..way });
}

/// The desktop's settings: GNOME's, else KDE's.
pub(super) fn desktop<'a>(found: Found<'a>, dialect: Dialect, ways: &mut Vec<Way<'a>>) {
    match found.any(Key::GnomeMode) {
        Some(mode) if mode.entry.value == "auto" => match found.any(Key::GnomeAutoconfigUrl) {
            Some(place) => pac(place, Basis::Documented, ways),
            None => ways.push(Way::new(Path::Wpad, Kind::Wpad, Some(mode), Basis::Documented)),
        },
        Some(mode) if mode.entry.value == "manual" => {
            let list = found.any(Key::GnomeIgnoreHosts);
            let bypass = Bypass::at(dialect, list);
            for (host, port, scheme) in [
                (Key::GnomeHttpsHost, Key::GnomeHttpsPort, Scheme::Https),
                (Key::GnomeHttpHost, Key::GnomeHttpPort, Scheme::Http),
            ] {
                if let Some(place) = found.any(host) {
                    host_and_port(place, found.any(port), scheme, bypass, ways);
                }
            }
        }
        _ => {}
    }
    match found.any(Key::KdeProxyType) {
        Some(kind) if kind.entry.value == "1" => {
            let list = found.any(Key::KdeNoProxyFor);
            let bypass = Bypass::at(dialect, list);
            for (key, scheme) in [(Key::KdeHttps, Scheme::Https), (Key::KdeHttp, Scheme::Http)] {
                variable(found.any(key), scheme, bypass, ProxyPorts::Web, ways);
            }
        }
        Some(kind) if kind.entry.value == "2" => {
            if let Some(place) = found.any(Key::KdePac) {
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
    let bypass = Bypass::at(Dialect::Apt, found.session(&[V::NoProxy]));
    for scheme in [Scheme::Https, Scheme::Http] {
        let keys: &[(Key, Key)] = match scheme {
            Scheme::Https => &[(Key::AptHttpsHost, Key::AptHttps), (Key::AptHttpHost, Key::AptHttp)],
            Scheme::Http => &[(Key::AptHttpHost, Key::AptHttp)],
        };
        for (key, _) in keys {
            for place in found.all(*key) {
                let Some((host, value)) = place.entry.value.split_once(' ') else { continue };
                let kind = if value == "DIRECT" { Kind::Direct } else { apt_proxy(value, scheme) };
                let way = Way::new(Path::Default, kind, Some(place), Basis::Documented);
                ways.push(Way { bypass: Some(bypass), host: Some(host), scheme: Some(scheme), ..way });
            }
        }
        let own = keys.iter().find_map(|(_, key)| found.any(*key));
        let https = found.session_even_empty(&[V::HttpsProxy]).filter(|_| scheme == Scheme::Https);
        let place = own.or(https).or_else(|| found.session(&[V::HttpProxy]));
        if let Some(place) = place.filter(|place| !place.entry.value.trim().is_empty()) {
            let kind = apt_proxy(&place.entry.value, scheme);
            let way = Way::new(Path::Default, kind, Some(place), Basis::Verified);
            ways.push(Way { bypass: Some(bypass), scheme: Some(scheme), ..way });
        }
    }
}

/// What apt makes of a value: a URI with a scheme in lower case. What stands before the first `:` is one; without any `:` the
/// value names no host, and so no proxy.
fn apt_proxy(value: &str, scheme: Scheme) -> Kind<'_> {
    let value = value.trim_end();
    match value.split_once(':') {
        None => Kind::Direct,
        Some(("http" | "https", rest)) if rest.starts_with("//") => proxy_kind(value, ProxyPorts::Of(scheme)),
        Some((tag, _)) => {
            let mistake = Mistake::new(MistakeKind::ProxySchemeUnknown, 0..tag.len());
            Kind::Malformed(mistake)
        }
    }
}

/// The proxy that a value names.
fn proxy_kind(value: &str, ports: ProxyPorts) -> Kind<'_> {
    match Proxy::parse(without_path(value), ports) {
        Ok(proxy) => Kind::Proxies(alloc::vec![Listed::for_all(proxy)]),
        Err(mistake) => Kind::Malformed(mistake),
    }
}
