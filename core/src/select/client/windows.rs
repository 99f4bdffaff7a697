//! The clients of Windows: Defender's three, WinHTTP's services, the user's programs, and the agents of Azure.

use alloc::vec::Vec;

use super::variables;
use super::{Basis, Bypass, Client, Found, Kind, Place, Way, When, one_proxy, pac};
use crate::mistake::{Mistake, MistakeKind};
use crate::select::bypass::Dialect;
use crate::select::plan::Path;
use crate::select::proxy_list::{self, Unusable};
use crate::settings::Key;
use crate::target::Scheme;

/// EDR sensor: its static proxy. When that fails, by one page direct, by the policy's own text the default configuration: both
/// are given, and said to be disputed. Without a static proxy WinHTTP's setting, then WPAD, then direct: the first three tests
/// of the client analyzer, in an order that no page gives.
pub(super) fn edr_sensor<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let mut default = Vec::new();
    winhttp(found, &mut default);
    if !one_proxy(found.machine(Key::TelemetryProxyServer), Path::Named, None, Basis::Documented, ways) {
        let is_first = default.is_empty();
        ways.extend(default.into_iter().map(|way| Way { basis: Basis::Inferred, ..way }));
        let wpad = Way::new(Path::Wpad, Kind::Wpad, None, Basis::Inferred);
        if is_first {
            ways.push(wpad);
        } else {
            ways.push(Way { when: When::AfterFailure, ..wpad });
            ways.push(Way { basis: Basis::Inferred, ..Way::direct(When::AfterFailure) });
        }
        return;
    }
    let prefers = found.machine(Key::PreferStaticProxy).is_some_and(|place| place.entry.value.trim() == "1");
    if !prefers {
        // Plain http (revocation lists, updates) goes by the default configuration.
        for way in &mut *ways {
            way.scheme = Some(Scheme::Https);
        }
        ways.extend(default.iter().cloned());
    }
    ways.extend(default.into_iter().map(|way| Way { when: When::Disputed, ..way }));
    ways.push(Way::direct(When::Disputed));
}

/// Defender Antivirus: its own proxy, its own PAC file, none (the order of the policies' own texts); without either the
/// system's.
pub(super) fn antivirus<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let bypass = Bypass::at(Dialect::Winhttp, found.machine(Key::AntivirusProxyBypass));
    one_proxy(found.machine(Key::AntivirusProxyServer), Path::Named, Some(bypass), Basis::Documented, ways);
    if let Some(place) = found.machine(Key::AntivirusProxyPacUrl) {
        pac(place, Basis::Documented, ways);
    }
    if ways.is_empty() {
        winhttp(found, ways);
    } else {
        ways.push(Way::direct(When::AfterFailure));
    }
}

/// WinHTTP: `netsh winhttp set advproxy`, else `set proxy`.
pub(super) fn winhttp<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let is_on = |key| found.machine(key).is_none_or(|place| is_true(&place));
    if let Some(place) = found.machine(Key::AdvAutoDetect).filter(is_true) {
        ways.push(Way::new(Path::Wpad, Kind::Wpad, Some(place), Basis::Documented));
    }
    if let Some(place) = found.machine(Key::AdvAutoconfigUrl).filter(|_| is_on(Key::AdvAutoconfigIsEnabled)) {
        pac(place, Basis::Documented, ways);
    }
    if let Some(place) = found.machine(Key::AdvProxy).filter(|_| is_on(Key::AdvProxyIsEnabled)) {
        listed(place, found.machine(Key::AdvProxyBypass), Dialect::Winhttp, ways);
    } else if let Some(place) = found.machine(Key::WinHttpProxy)
        && found.machine(Key::WinHttpAccess).is_none_or(|access| access.entry.value.trim() != "1")
    {
        listed(place, found.machine(Key::WinHttpBypass), Dialect::Winhttp, ways);
    }
}

/// WinINet's settings for the user, as it and the browsers read them: detection, PAC file, proxies.
pub(super) fn wininet<'a>(found: Found<'a>, dialect: Dialect, ways: &mut Vec<Way<'a>>) {
    if let Some(place) = inet(found, Key::InetAutoDetect).filter(is_true) {
        ways.push(Way::new(Path::Wpad, Kind::Wpad, Some(place), Basis::Documented));
    }
    wininet_pac(found, ways);
    wininet_proxies(found, dialect, ways);
}

/// WinINet's PAC file.
pub(super) fn wininet_pac<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    if let Some(place) = inet(found, Key::InetAutoConfigUrl) {
        pac(place, Basis::Documented, ways);
    }
}

fn is_true(place: &Place<'_>) -> bool {
    matches!(place.entry.value.trim(), "1" | "true")
}

/// A setting of WinINet: the machine's where a policy says so, else the user's.
fn inet(found: Found<'_>, key: Key) -> Option<Place<'_>> {
    let is_per_machine = found.machine(Key::InetPerUser).is_some_and(|place| place.entry.value.trim() == "0");
    if is_per_machine { found.machine(key) } else { found.user(key).or_else(|| found.machine(key)) }
}

pub(super) fn wininet_proxies<'a>(found: Found<'a>, dialect: Dialect, ways: &mut Vec<Way<'a>>) {
    let is_on = inet(found, Key::InetProxyEnable).is_some_and(|place| is_true(&place));
    if let Some(place) = inet(found, Key::InetProxyServer).filter(|_| is_on) {
        listed(place, inet(found, Key::InetProxyOverride), dialect, ways);
    }
}

/// Ways by a list of proxies in Windows' grammar.
///
/// What Windows does with an entry that it cannot use, no page says: that it makes no connection is inferred, and so is that
/// `WinHTTP` makes none by a SOCKS proxy, which it does not support.
fn listed<'a>(place: Place<'a>, bypass: Option<Place<'a>>, dialect: Dialect, ways: &mut Vec<Way<'a>>) {
    let bypass = Some(Bypass::at(dialect, bypass));
    let list = &place.entry.value;
    for scheme in [Scheme::Https, Scheme::Http] {
        let (kind, basis) = match proxy_list::unusable(list, scheme) {
            None => continue,
            Some(Unusable::Socks(word, _)) if dialect != Dialect::Winhttp => {
                (Kind::NotSpoken(word), Basis::Documented)
            }
            Some(Unusable::Socks(_, at)) => {
                (Kind::Malformed(Mistake::new(MistakeKind::ProxySchemeUnknown, at)), Basis::Inferred)
            }
            Some(Unusable::Malformed(mistake)) => (Kind::Malformed(mistake), Basis::Inferred),
        };
        let way = Way::new(Path::Default, kind, Some(place), basis);
        ways.push(Way { bypass, scheme: Some(scheme), ..way });
    }
    let (proxies, _) = proxy_list::windows(list);
    if !proxies.is_empty() {
        let way = Way::new(Path::Default, Kind::Proxies(proxies), Some(place), Basis::Documented);
        ways.push(Way { bypass, ..way });
    }
}

/// The Azure Arc agent: its own setting before the environment.
pub(super) fn arc<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let bypass = Bypass::at(Dialect::Azcmagent, found.machine(Key::ArcProxyBypass));
    let own = found.machine(Key::ArcProxyUrl);
    if !one_proxy(own, Path::Named, Some(bypass), Basis::Documented, ways) {
        variables::session(Client::Arc, found, ways);
    }
}
