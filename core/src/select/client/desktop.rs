//! Browsers, and programs that ask libproxy: on Windows WinINet's settings (libproxy's behind the variables), on macOS the system's, on
//! Linux the desktop's and the session's variables.
//!
//! Which desktop a session has, its variables say. Where they are not known (files of another machine), every desktop counts whose
//! settings were read, each as a case of its own.

use alloc::vec::Vec;

use super::{
    Basis, Bypass, Case, Client, Found, Kind, Place, Way, When, Whose, host_and_port, mac, pac, proxy_of,
    socks, variables, wininet, without_own,
};
use crate::authority::Host;
use crate::mistake::{Mistake, MistakeKind};
use crate::select::bypass::Dialect;
use crate::select::environment::{Variable, is_socks};
use crate::select::plan::Path;
use crate::select::proxy::{Proxy, ProxyPorts};
use crate::select::proxy_list::Listed;
use crate::settings::Key;
use crate::target::Scheme;

use Variable as V;

/// Whose session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Session {
    /// One of a desktop whose settings count.
    Of(Desktop),
    /// Another one.
    Other,
    /// Its variables are not known, and so nor is its desktop.
    Unknown,
}

/// A desktop whose settings programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Desktop {
    Gnome,
    Kde,
}

impl Desktop {
    const fn name(self) -> &'static str {
        match self {
            Self::Gnome => "GNOME",
            Self::Kde => "KDE",
        }
    }

    /// Whether settings of it were read.
    fn is_set(self, found: Found<'_>) -> bool {
        let key = match self {
            Self::Gnome => Key::GnomeMode,
            Self::Kde => Key::KdeProxyType,
        };
        found.any(key).is_some()
    }

    /// As Chromium tells it (`base/nix/xdg_util.cc`).
    fn of_chromium(found: Found<'_>) -> Session {
        let word =
            |variable| found.variable(Whose::Session, &[variable]).map(|place| place.entry.value.trim());
        let by_current = |name: &str| match name.trim() {
            "Unity" | "Deepin" | "GNOME" | "X-Cinnamon" | "Pantheon" | "UKUI" => {
                Some(Session::Of(Self::Gnome))
            }
            "KDE" => Some(Session::Of(Self::Kde)),
            "XFCE" | "LXQt" | "COSMIC" => Some(Session::Other),
            _ => None,
        };
        let by_session = |name: &str| match name {
            "deepin" | "gnome" | "mate" | "ukui" => Session::Of(Self::Gnome),
            "kde" | "kde4" | "kde-plasma" => Session::Of(Self::Kde),
            _ => Session::Other,
        };
        let (current, session) = (word(V::CurrentDesktop), word(V::DesktopSession));
        if current.is_none() && session.is_none() && !found.is_session_known() {
            return Session::Unknown;
        }
        let first = current.and_then(|names| names.split(':').find_map(by_current));
        first.or_else(|| session.map(by_session)).unwrap_or(Session::Other)
    }

    /// As libproxy tells it.
    fn of_libproxy(found: Found<'_>) -> Session {
        let Some(place) = found.variable(Whose::Session, &[V::CurrentDesktop]) else {
            return if found.is_session_known() { Session::Other } else { Session::Unknown };
        };
        let has = |name| place.entry.value.contains(name);
        if ["GNOME", "MATE", "Pantheon", "Cinnamon"].into_iter().any(has) {
            Session::Of(Self::Gnome)
        } else if has("KDE") {
            Session::Of(Self::Kde)
        } else {
            Session::Other
        }
    }
}

/// Chromium. On Linux (`proxy_config_service_linux.cc`) the settings of GNOME and its relatives or of KDE, where the session is
/// theirs, and the variables only where those say nothing that can be used; in other sessions the variables. A desktop's SOCKS proxy is
/// for each scheme that has no proxy of its own.
pub(super) fn chromium<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let own = ways.len();
    wininet::all(found, Dialect::ChromiumWindows, ways);
    mac::chromium(found, ways);
    if ways.len() > own || found.is_windows() {
        return;
    }
    let in_desktop = |desktop: Desktop, case, ways: &mut Vec<Way<'a>>| {
        let before = ways.len();
        match desktop {
            Desktop::Gnome => chromium_gnome(found, ways),
            Desktop::Kde => chromium_kde(found, ways),
        }
        if ways.len() == before {
            chromium_variables(found, ways);
        }
        ways.iter_mut().skip(before).for_each(|way| way.case = case);
        // A case without any way is a case all the same.
        if ways.len() == before && case != Case::Only {
            ways.push(Way { case, ..Way::direct(When::First) });
        }
    };
    match Desktop::of_chromium(found) {
        Session::Of(desktop) => in_desktop(desktop, Case::Only, ways),
        Session::Other => chromium_variables(found, ways),
        Session::Unknown => {
            let set = [Desktop::Gnome, Desktop::Kde].into_iter().filter(|desktop| desktop.is_set(found));
            for desktop in set {
                in_desktop(desktop, Case::Desktop(desktop.name()), ways);
            }
            let before = ways.len();
            chromium_variables(found, ways);
            if before > own {
                other_desktop(before, ways);
            }
        }
    }
}

/// Marks ways as those of a session of another desktop, where there may be none.
fn other_desktop(start: usize, ways: &mut Vec<Way<'_>>) {
    ways.iter_mut().skip(start).for_each(|way| way.case = Case::OtherDesktop);
    if ways.len() == start {
        ways.push(Way { case: Case::OtherDesktop, ..Way::direct(When::First) });
    }
}

/// A variable as Chromium reads it: the name in lower case, and where that is not set at all, in upper case.
fn chromium_variable(found: Found<'_>, names: [Variable; 2]) -> Option<Place<'_>> {
    found.variable_even_empty(Whose::Session, &names)
}

/// A proxy as Chromium reads it: whatever scheme and user stand in front are taken off, and http is meant. What is no host and port
/// then is passed over.
fn chromium_proxy(place: Option<Place<'_>>) -> Option<(Place<'_>, Kind<'_>)> {
    let place = place.filter(|place| !place.entry.value.is_empty())?;
    let value = &*place.entry.value;
    let value = value.split_once("://").map_or(value, |(_, rest)| rest);
    let value = value.split_once('@').map_or(value, |(_, rest)| rest);
    let value = value.strip_suffix('/').unwrap_or(value).trim();
    let kind = match Proxy::parse(value, ProxyPorts::Web) {
        Ok(_) if value.ends_with('/') => return None,
        Ok(proxy) => Kind::Proxies(alloc::vec![Listed::for_all(proxy)]),
        // It is taken, and nobody listens there.
        Err(mistake) if mistake.kind == MistakeKind::Port && value.ends_with(":0") => {
            Kind::Malformed(mistake)
        }
        Err(_) => return None,
    };
    Some((place, kind))
}

/// `auto_proxy`; else `all_proxy`, before those for one scheme; else a SOCKS proxy.
fn chromium_variables<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    if let Some(place) = chromium_variable(found, [V::AutoProxy, V::AutoProxyUpper]) {
        let bypass = Some(Bypass::at(Dialect::Chromium, None));
        let (path, kind) = match place.entry.value.trim() {
            "" => (Path::Wpad, Kind::Wpad),
            url => (Path::Default, Kind::Pac(url)),
        };
        ways.push(Way { bypass, ..Way::new(path, kind, Some(place), Basis::Documented) });
        return;
    }
    let list = chromium_variable(found, [V::NoProxy, V::NoProxyUpper]);
    let bypass = Bypass::at(Dialect::ChromiumNoProxy, list);
    let add = |names, scheme, ways: &mut Vec<Way<'a>>| {
        let Some((place, kind)) = chromium_proxy(chromium_variable(found, names)) else { return };
        let way = Way::new(Path::Default, kind, Some(place), Basis::Verified);
        ways.push(Way { bypass: Some(bypass), scheme, ..way });
    };
    let before = ways.len();
    add([V::AllProxy, V::AllProxyUpper], None, ways);
    if ways.len() == before {
        add([V::HttpsProxy, V::HttpsProxyUpper], Some(Scheme::Https), ways);
        add([V::HttpProxy, V::HttpProxyUpper], Some(Scheme::Http), ways);
    }
    if ways.len() == before
        && let Some(place) = found.variable(Whose::Session, &[V::SocksServer])
    {
        let scheme = place.entry.value.split_once("://").map(|(scheme, _)| scheme);
        let kind = Kind::NotSpoken(scheme.filter(|scheme| is_socks(scheme)).unwrap_or("socks5"));
        let way = Way::new(Path::Default, kind, Some(place), Basis::Documented);
        ways.push(Way { bypass: Some(bypass), ..way });
    }
}

/// A way of the desktop's that decides by itself: none, PAC file or WPAD.
fn decided<'a>(
    kind: Kind<'a>,
    place: Option<Place<'a>>,
    bypass: Option<Bypass<'a>>,
    ways: &mut Vec<Way<'a>>,
) {
    let path = match kind {
        Kind::Wpad => Path::Wpad,
        Kind::Direct => Path::Direct,
        _ => Path::Default,
    };
    ways.push(Way { bypass, ..Way::new(path, kind, place, Basis::Documented) });
}

fn mode(found: Found<'_>) -> Option<(Place<'_>, &str)> {
    found.any(Key::GnomeMode).map(|place| (place, place.entry.value.trim()))
}

fn chromium_gnome<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let implicit = Some(Bypass::at(Dialect::Chromium, None));
    match mode(found) {
        // Settings that were not read have the values of the schema: no proxy.
        None => ways.push(Way { basis: Basis::Inferred, ..Way::direct(When::First) }),
        Some((place, "none")) => decided(Kind::Direct, Some(place), None, ways),
        Some((place, "auto")) => match found.any(Key::GnomeAutoconfigUrl) {
            Some(url) => decided(Kind::Pac(url.entry.value.trim()), Some(url), implicit, ways),
            None => decided(Kind::Wpad, Some(place), implicit, ways),
        },
        Some((_, "manual")) => {
            let bypass = Bypass::at(Dialect::Chromium, found.any(Key::GnomeIgnoreHosts));
            let before = ways.len();
            gnome_proxies(found, bypass, |_| true, ways);
            if let Some(place) = found.any(Key::GnomeSocksHost) {
                socks(place, bypass, without_own(ways, before), Basis::Verified, ways);
            }
        }
        Some(_) => {}
    }
}

/// The proxies of GNOME that are set, and whose port is one that counts.
fn gnome_proxies<'a>(
    found: Found<'a>,
    bypass: Bypass<'a>,
    counts: impl Fn(Option<u16>) -> bool,
    ways: &mut Vec<Way<'a>>,
) {
    for (host, port, scheme) in [
        (Key::GnomeHttpsHost, Key::GnomeHttpsPort, Scheme::Https),
        (Key::GnomeHttpHost, Key::GnomeHttpPort, Scheme::Http),
    ] {
        let port = found.any(port);
        if let Some(place) = found.any(host).filter(|_| counts(number(port))) {
            ways.push(host_and_port(place, port, scheme, bypass));
        }
    }
}

/// The port that a setting names; 0 is none.
fn number(place: Option<Place<'_>>) -> Option<u16> {
    place?.entry.value.trim().parse().ok().filter(|port| *port != 0)
}

fn chromium_kde<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let implicit = Some(Bypass::at(Dialect::Chromium, None));
    let Some(kind) = found.any(Key::KdeProxyType) else { return };
    let is_reversed = |place: &Place<'_>| match place.entry.value.trim() {
        "true" => true,
        value => value.parse::<i32>().is_ok_and(|number| number != 0),
    };
    match kind.entry.value.trim() {
        number @ ("1" | "4") => {
            // 4: what stands there are names of variables.
            let named = |place: Option<Place<'a>>| {
                let name = place?.entry.value.trim();
                let variable = V::ALL.into_iter().find(|variable| variable.as_str() == name)?;
                found.variable(Whose::Session, &[variable])
            };
            let value = |key| {
                let place = found.any(key);
                if number == "4" { named(place) } else { place }
            };
            let reversed = found.any(Key::KdeReversed).filter(is_reversed);
            let bypass = Bypass { reversed, ..Bypass::at(Dialect::ChromiumKde, value(Key::KdeNoProxyFor)) };
            let before = ways.len();
            for (key, scheme) in [(Key::KdeHttps, Scheme::Https), (Key::KdeHttp, Scheme::Http)] {
                let Some((place, kind)) = chromium_proxy(value(key)) else { continue };
                let way = Way::new(Path::Default, kind, Some(place), Basis::Documented);
                ways.push(Way { bypass: Some(bypass), scheme: Some(scheme), ..way });
            }
            if let Some((place, _)) = chromium_proxy(value(Key::KdeSocks)) {
                socks(place, bypass, without_own(ways, before), Basis::Documented, ways);
            }
        }
        "2" if let Some(url) = found.any(Key::KdePac) => {
            decided(Kind::Pac(url.entry.value.trim()), Some(url), implicit, ways);
        }
        "2" | "3" => decided(Kind::Wpad, Some(kind), implicit, ways),
        _ => decided(Kind::Direct, Some(kind), None, ways),
    }
}

/// Firefox as it is installed ("use system proxy settings"). On Linux (`nsUnixSystemProxySettings.cpp`) GNOME's PAC file; else the
/// variables; else GNOME's proxies, in whatever session; KDE's settings are not read, nor is WPAD looked for. Before 2026 GNOME's
/// proxies counted before the variables. GNOME's SOCKS proxy is for what has no other.
pub(super) fn firefox<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let own = ways.len();
    wininet::pac_and_proxies(found, Dialect::FirefoxWindows, ways);
    mac::firefox(found, ways);
    if ways.len() > own || found.is_windows() {
        return;
    }
    let loopback = Some(Bypass::at(Dialect::Firefox, None));
    let mode = mode(found);
    if let (Some((_, "auto")), Some(url)) = (mode, found.any(Key::GnomeAutoconfigUrl)) {
        decided(Kind::Pac(url.entry.value.trim()), Some(url), loopback, ways);
    }
    firefox_variables(found, ways);
    if let Some((_, "manual")) = mode {
        let bypass = Bypass::at(Dialect::FirefoxGnome, found.any(Key::GnomeIgnoreHosts));
        let before = ways.len();
        gnome_proxies(found, bypass, |port| port.is_some(), ways);
        // https takes http's where it has none of its own.
        let set: Vec<Way<'a>> = ways.iter().skip(before).cloned().collect();
        if let [only] = &*set
            && only.scheme == Some(Scheme::Http)
        {
            ways.push(Way { scheme: Some(Scheme::Https), ..only.clone() });
        }
        let has_port = |_: &Place<'_>| number(found.any(Key::GnomeSocksPort)).is_some();
        if let Some(place) = found.any(Key::GnomeSocksHost).filter(has_port) {
            socks(place, bypass, without_own(ways, before), Basis::Verified, ways);
        }
    }
}

/// The first variable that is set decides, in lower case before upper case, even where it is set to nothing. Only URLs of http
/// proxies are taken; what else it is, is passed over.
fn firefox_variables<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let list = found.variable_even_empty(Whose::Session, &[V::NoProxy, V::NoProxyUpper]);
    let bypass = Bypass::at(Dialect::FirefoxNoProxy, list);
    for (names, scheme) in [
        ([V::HttpsProxy, V::HttpsProxyUpper, V::AllProxy, V::AllProxyUpper], Scheme::Https),
        ([V::HttpProxy, V::HttpProxyUpper, V::AllProxy, V::AllProxyUpper], Scheme::Http),
    ] {
        let Some(place) = found.variable_even_empty(Whose::Session, &names) else { continue };
        let Some(kind) = firefox_proxy(&place.entry.value) else { continue };
        let way = Way::new(Path::Default, kind, Some(place), Basis::Verified);
        ways.push(Way { bypass: Some(bypass), scheme: Some(scheme), ..way });
    }
}

/// The proxy of a URL of http, as URLs are read by browsers: no slash or many behind the colon, and `\\` for `/`. What comes after the
/// authority is cut off. An address of IPv6 loses its brackets on its way to the network, and its end is taken for a port.
fn firefox_proxy(value: &str) -> Option<Kind<'_>> {
    let value = value.trim_matches(|one: char| one <= ' ');
    let (scheme, rest) = value.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("http") {
        return None;
    }
    let rest = rest.trim_start_matches(['/', '\\']);
    let authority = rest.split(['/', '\\', '?', '#']).next()?;
    let start = value.len().saturating_sub(rest.len());
    // A password was cut in two by a character of its own: a part of it would be the proxy's host.
    if let Some(at) = rest.rfind('@').filter(|at| *at > authority.len()) {
        let at = start..start.saturating_add(at);
        return Some(Kind::Malformed(Mistake::new(MistakeKind::CredentialCharacter, at)));
    }
    let authority = authority.strip_suffix(':').unwrap_or(authority);
    let proxy = Proxy::parse_with(authority, ProxyPorts::Web, Host::parse_as_resolver).ok()?;
    if let Host::V6(_) = proxy.host {
        let at = start..start.saturating_add(authority.len());
        return Some(Kind::Malformed(Mistake::new(MistakeKind::ProxyAddress, at)));
    }
    Some(Kind::Proxies(alloc::vec![Listed::for_all(proxy)]))
}

/// libproxy: the variables, and behind them the system's or the desktop's settings: every source adds its proxy, and one that exempts a
/// target adds none (`px-manager.c`). The SOCKS proxies of GNOME and KDE are for other schemes than http and https (`config-gnome.c`,
/// `config-kde.c`).
pub(super) fn libproxy<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    variables::session(Client::Libproxy, found, ways);
    mac::libproxy(found, ways);
    wininet::libproxy(found, ways);
    let set = || [Desktop::Gnome, Desktop::Kde].into_iter().filter(|desktop| desktop.is_set(found));
    let own: Vec<Way<'a>> = ways.clone();
    match Desktop::of_libproxy(found) {
        Session::Of(Desktop::Gnome) => libproxy_gnome(found, ways),
        Session::Of(Desktop::Kde) => libproxy_kde(found, ways),
        Session::Other => {}
        Session::Unknown if set().next().is_none() => {}
        Session::Unknown => {
            ways.clear();
            for desktop in set() {
                let before = ways.len();
                ways.extend(own.iter().cloned());
                match desktop {
                    Desktop::Gnome => libproxy_gnome(found, ways),
                    Desktop::Kde => libproxy_kde(found, ways),
                }
                let case = Case::Desktop(desktop.name());
                ways.iter_mut().skip(before).for_each(|way| way.case = case);
                // A case without any way is a case all the same.
                if ways.len() == before {
                    ways.push(Way { case, ..Way::direct(When::First) });
                }
            }
            let before = ways.len();
            ways.extend(own);
            other_desktop(before, ways);
        }
    }
}

fn libproxy_gnome<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let before = ways.len();
    let bypass = Bypass::at(Dialect::Libproxy, found.any(Key::GnomeIgnoreHosts));
    match mode(found) {
        Some((place, "auto")) => match found.any(Key::GnomeAutoconfigUrl) {
            Some(url) => decided(Kind::Pac(url.entry.value.trim()), Some(url), Some(bypass), ways),
            None => decided(Kind::Wpad, Some(place), Some(bypass), ways),
        },
        Some((_, "manual")) => gnome_proxies(found, bypass, |port| port.is_some(), ways),
        _ => {}
    }
    ways.iter_mut().skip(before).for_each(|way| way.when = When::Also);
}

fn libproxy_kde<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let Some(kind) = found.any(Key::KdeProxyType) else { return };
    let before = ways.len();
    // A number alone turns the list around, not the word `true` that KDE writes.
    let is_reversed = |place: &Place<'_>| {
        let digits = place.entry.value.trim().bytes().take_while(u8::is_ascii_digit);
        digits.into_iter().any(|digit| digit != b'0')
    };
    let reversed = found.any(Key::KdeReversed).filter(is_reversed);
    let bypass = Bypass { reversed, ..Bypass::at(Dialect::Libproxy, found.any(Key::KdeNoProxyFor)) };
    match kind.entry.value.trim() {
        "1" => {
            for (key, scheme) in [(Key::KdeHttps, Scheme::Https), (Key::KdeHttp, Scheme::Http)] {
                let Some(place) = found.any(key) else { continue };
                let kind = proxy_of(Dialect::Libproxy, place.entry.value.trim(), ProxyPorts::Web);
                let way = Way::new(Path::Default, kind, Some(place), Basis::Documented);
                ways.push(Way { bypass: Some(bypass), scheme: Some(scheme), ..way });
            }
        }
        "2" => {
            if let Some(url) = found.any(Key::KdePac) {
                pac(url, Basis::Documented, ways);
            }
        }
        "3" => decided(Kind::Wpad, Some(kind), None, ways),
        _ => {}
    }
    for way in ways.iter_mut().skip(before) {
        (way.when, way.bypass) = (When::Also, Some(bypass));
    }
}
