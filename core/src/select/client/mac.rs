//! The clients of macOS: the system's settings (`scutil --proxy`), as each of them reads them.

use alloc::vec::Vec;

use super::unix::mdatp_own;
use super::{Basis, Bypass, Found, Kind, Place, Way, When, host_and_port, lost, pac, socks, without_own};
use crate::select::bypass::Dialect;
use crate::select::plan::Path;
use crate::settings::Key;
use crate::target::Scheme;

/// mdatp on macOS: its managed proxy, else the system's settings, PAC file and WPAD among them; no page says that it takes a SOCKS
/// proxy. How macOS itself reads its list is not published any more.
pub(super) fn mdatp<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    if !mdatp_own(found, ways) {
        discovery(found, None, ways);
        static_proxies(found, Dialect::Macos, When::First, ways);
    }
}

/// Chromium (`proxy_config_service_mac.cc`): detection, PAC file, proxies, each where the former fails; a SOCKS proxy for each scheme
/// that has none of its own.
pub(super) fn chromium<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    discovery(found, Some(Bypass::at(Dialect::Chromium, None)), ways);
    let before = ways.len();
    static_proxies(found, Dialect::Chromium, When::First, ways);
    socks_proxy(found, Dialect::Chromium, without_own(ways, before), ways);
}

/// Firefox (`nsOSXSystemProxySettings.mm`): the PAC file, else the proxies. WPAD is not looked for unless a preference says so, and
/// names without a dot have no rule of their own. A SOCKS proxy that has a port is for each scheme whose own is not switched on,
/// whether that names a host or not.
pub(super) fn firefox<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    pac_file(found, Some(Bypass::at(Dialect::FirefoxMacos, None)), ways);
    static_proxies(found, Dialect::FirefoxMacos, When::First, ways);
    if found.machine(Key::MacSocksPort).is_some() {
        let own = [(Scheme::Https, Key::MacHttpsEnable), (Scheme::Http, Key::MacHttpEnable)];
        let others = own.into_iter().filter(|(_, enable)| !is_on(found, *enable)).map(|(scheme, _)| scheme);
        socks_proxy(found, Dialect::FirefoxMacos, others, ways);
    }
}

/// libproxy (`config-osx.c`): the bypass list before all else; then detection, or the PAC file, or the proxies that have a port, with a
/// SOCKS proxy for each scheme that has none of its own.
pub(super) fn libproxy<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let before = ways.len();
    discovery(found, Some(list(found, Dialect::Libproxy)), ways);
    if ways.len() == before {
        static_proxies(found, Dialect::Libproxy, When::Also, ways);
        let is_port = |key| found.machine(key).is_some_and(|place| place.entry.value.trim() != "0");
        let has_port = |way: &Way<'_>| {
            is_port(if way.scheme == Some(Scheme::Https) { Key::MacHttpsPort } else { Key::MacHttpPort })
        };
        let mut number = 0_usize;
        ways.retain(|way| {
            number = number.saturating_add(1);
            let is_lost = way.place.is_some_and(|place| place.entry.lost.is_some());
            number <= before || is_lost || has_port(way)
        });
        if is_port(Key::MacSocksPort) {
            let own = ways.len();
            socks_proxy(found, Dialect::Libproxy, without_own(ways, before), ways);
            ways.iter_mut().skip(own).for_each(|way| way.when = When::Also);
        }
    }
}

/// WPAD and the PAC file, where they are switched on.
fn discovery<'a>(found: Found<'a>, bypass: Option<Bypass<'a>>, ways: &mut Vec<Way<'a>>) {
    if let Some(way) = unusable(found, Key::MacAutoDiscovery, &[]) {
        ways.push(Way { bypass, ..way });
    } else if is_on(found, Key::MacAutoDiscovery) {
        let way = Way::new(Path::Wpad, Kind::Wpad, found.machine(Key::MacAutoDiscovery), Basis::Documented);
        ways.push(Way { bypass, ..way });
    }
    pac_file(found, bypass, ways);
}

fn pac_file<'a>(found: Found<'a>, bypass: Option<Bypass<'a>>, ways: &mut Vec<Way<'a>>) {
    if let Some(way) = unusable(found, Key::MacAutoConfigEnable, &[Key::MacAutoConfigUrl]) {
        ways.push(Way { bypass, ..way });
    } else if let Some(place) =
        found.machine(Key::MacAutoConfigUrl).filter(|_| is_on(found, Key::MacAutoConfigEnable))
    {
        pac(place, Basis::Documented, ways);
        if let Some(way) = ways.last_mut() {
            way.bypass = bypass;
        }
    }
}

/// The proxies for http and https, where they are switched on.
pub(super) fn static_proxies<'a>(found: Found<'a>, dialect: Dialect, when: When, ways: &mut Vec<Way<'a>>) {
    let bypass = list(found, dialect);
    for (enable, host, port, scheme) in [
        (Key::MacHttpsEnable, Key::MacHttpsProxy, Key::MacHttpsPort, Scheme::Https),
        (Key::MacHttpEnable, Key::MacHttpProxy, Key::MacHttpPort, Scheme::Http),
    ] {
        if let Some(way) = unusable(found, enable, &[host, port]) {
            ways.push(Way { bypass: Some(bypass), scheme: Some(scheme), when, ..way });
            continue;
        }
        let Some(place) = found.machine(host).filter(|_| is_on(found, enable)) else { continue };
        let mut way = host_and_port(place, found.machine(port), scheme, bypass);
        if dialect == Dialect::Macos && bypass.place.is_some() {
            way.basis = Basis::Inferred;
        }
        ways.push(Way { when, ..way });
    }
}

/// The SOCKS proxy, where it is switched on, for targets of these schemes.
fn socks_proxy<'a>(
    found: Found<'a>,
    dialect: Dialect,
    schemes: impl IntoIterator<Item = Scheme>,
    ways: &mut Vec<Way<'a>>,
) {
    let bypass = list(found, dialect);
    if let Some(way) = unusable(found, Key::MacSocksEnable, &[Key::MacSocksProxy, Key::MacSocksPort]) {
        let of = |scheme| Way { bypass: Some(bypass), scheme: Some(scheme), ..way.clone() };
        ways.extend(schemes.into_iter().map(of));
    } else if let Some(place) =
        found.machine(Key::MacSocksProxy).filter(|_| is_on(found, Key::MacSocksEnable))
    {
        socks(place, bypass, schemes, Basis::Documented, ways);
    }
}

/// What is switched on, or may be, where a part of it was lost: whether it is on, or one of the others.
fn unusable<'a>(found: Found<'a>, enable: Key, others: &[Key]) -> Option<Way<'a>> {
    let is_lost = |place: &Place<'_>| place.entry.lost.is_some();
    let place = if is_on(found, enable) {
        others.iter().filter_map(|key| found.machine(*key)).find(is_lost)?
    } else {
        found.machine(enable).filter(is_lost)?
    };
    Some(Way::new(Path::Default, lost(place)?, Some(place), Basis::Inferred))
}

/// The bypass list, as this dialect reads it.
fn list(found: Found<'_>, dialect: Dialect) -> Bypass<'_> {
    let simple = found.machine(Key::MacExcludeSimple).filter(|place| place.entry.value.trim() == "1");
    Bypass { simple, ..Bypass::at(dialect, found.machine(Key::MacExceptions)) }
}

fn is_on(found: Found<'_>, key: Key) -> bool {
    found.machine(key).is_some_and(|place| place.entry.value.trim() == "1")
}
