//! The clients of Windows that go by settings of the machine: the EDR sensor, WinHTTP's services, and the agents of Azure.

use alloc::vec::Vec;

use super::{
    Basis, Bypass, Client, Found, Kind, Place, Way, When, Whose, lists, lost, one_proxy, pac, variables,
};
use crate::mistake::{Mistake, MistakeKind};
use crate::select::bypass::Dialect;
use crate::select::plan::Path;
use crate::select::proxy::{Proxy, ProxyPorts};
use crate::select::proxy_list::{self, Listed, Unusable};
use crate::settings::{Key, grammar};
use crate::target::Scheme;

/// EDR sensor: its static proxy for https; for plain http (revocation lists, updates) the default configuration, unless the static proxy
/// is preferred there, too. When the static proxy fails, by one page direct, by the policy's own text the default configuration: both
/// are given, and said to be disputed.
pub(super) fn edr_sensor<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let Some(place) = found.machine(Key::TelemetryProxyServer) else {
        return ways.extend(sensors_default(found));
    };
    let mut own = alloc::vec![own_proxy(place)];
    // Once something has failed, there is one turn for each.
    let default = sensors_default(found).into_iter().filter(|way| way.when == When::First);
    own.extend(default.map(|way| Way { when: When::Disputed, ..way }));
    own.push(Way::direct(When::Disputed));
    if is_number(found, Key::PreferStaticProxy, "1") {
        return ways.extend(own);
    }
    ways.extend(only(Scheme::Https, own));
    ways.extend(only(Scheme::Http, sensors_default(found)));
}

/// The sensor's default configuration: WinHTTP's setting, then WPAD, then direct. They are the first three tests of the client
/// analyzer, in an order that no page gives.
fn sensors_default(found: Found<'_>) -> Vec<Way<'_>> {
    let mut ways = Vec::new();
    winhttp(found, &mut ways);
    // WinHTTP's own setting may have asked for it first.
    if !ways.iter().any(|way| matches!(way.kind, Kind::Wpad)) {
        ways.extend(in_turn(Way::new(Path::Wpad, Kind::Wpad, None, Basis::Inferred)));
    }
    ways.push(Way::direct(When::AfterFailure));
    ways.into_iter().map(|way| Way { basis: Basis::Inferred, ..way }).collect()
}

/// Those of these ways that are for targets of a scheme, for them alone.
fn only(scheme: Scheme, ways: Vec<Way<'_>>) -> impl Iterator<Item = Way<'_>> {
    let ways = ways.into_iter().filter(move |way| way.scheme.is_none_or(|own| own == scheme));
    ways.map(move |way| Way { scheme: Some(scheme), ..way })
}

/// The proxy that a setting of Defender's own names.
///
/// Its pages say what the value must look like, and none what happens with one that does not: that it is not used is inferred. A
/// sample that was left in place is used, like any other name.
pub(super) fn own_proxy(place: Place<'_>) -> Way<'_> {
    let value = place.entry.value.trim();
    let mistakes = grammar::mistakes(place.entry.key, &place.entry.value);
    let unusable = mistakes.into_iter().find(|mistake| mistake.kind != MistakeKind::SampleValue);
    let proxy = Proxy::parse(value.trim_end_matches('/'), ProxyPorts::Web);
    let (kind, basis) = match (unusable, proxy) {
        _ if let Some(kind) = lost(place) => (kind, Basis::Inferred),
        (None, Ok(proxy)) => (Kind::Proxies(alloc::vec![Listed::for_all(proxy)]), Basis::Documented),
        (Some(mistake), _) | (None, Err(mistake)) => (Kind::Malformed(mistake), Basis::Inferred),
    };
    Way::new(Path::Named, kind, Some(place), basis)
}

/// A way that is tried in its turn where nothing before it names a way for a target, and else when what does has failed.
pub(super) fn in_turn(way: Way<'_>) -> [Way<'_>; 2] {
    let after = Way { when: When::AfterFailure, ..way.clone() };
    [way, after]
}

/// Whether the machine's setting is this number.
pub(super) fn is_number(found: Found<'_>, key: Key, number: &str) -> bool {
    found.machine(key).is_some_and(|place| place.entry.value.trim() == number)
}

/// Which parts of `netsh winhttp set advproxy` are used: detection, the PAC file, the proxies. Older builds say of none whether it is
/// used: then what is set is.
pub(in crate::select) fn advproxy(found: Found<'_>) -> [Option<Place<'_>>; 3] {
    let is_on = |key| found.machine(key).is_none_or(|place| is_true(&place));
    [
        found.machine(Key::AdvAutoDetect).filter(is_true),
        found.machine(Key::AdvAutoconfigUrl).filter(|_| is_on(Key::AdvAutoconfigIsEnabled)),
        found.machine(Key::AdvProxy).filter(|_| is_on(Key::AdvProxyIsEnabled)),
    ]
}

/// WinHTTP: `netsh winhttp set advproxy`, else `set proxy`.
pub(super) fn winhttp<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let [detect, file, proxies] = advproxy(found);
    if detect.is_some() {
        ways.push(Way::new(Path::Wpad, Kind::Wpad, detect, Basis::Documented));
    }
    if let Some(place) = file {
        pac(place, Basis::Documented, ways);
    }
    if let Some(place) = proxies {
        listed(place, found.machine(Key::AdvProxyBypass), Dialect::Winhttp, ways);
    } else if let Some(place) = netsh(found) {
        listed(place, found.machine(Key::WinHttpBypass), Dialect::Winhttp, ways);
    }
}

/// The proxy of `netsh winhttp set proxy`, where it is used.
pub(in crate::select) fn netsh(found: Found<'_>) -> Option<Place<'_>> {
    let is_used = |place: &Place<'_>| {
        // A number of another file says nothing of what could not be read.
        place.entry.lost.is_some() || !is_number(found, Key::WinHttpAccess, "1")
    };
    found.machine(Key::WinHttpProxy).filter(is_used)
}

fn is_true(place: &Place<'_>) -> bool {
    matches!(place.entry.value.trim(), "1" | "true")
}

/// Ways by a list of proxies, in Windows' grammar, or in that of the program whose dialect it is.
///
/// What Windows does with an entry that it cannot use, no page says: that it makes no connection is inferred, and so is that
/// `WinHTTP` makes none by a SOCKS proxy, which it does not support.
pub(super) fn listed<'a>(
    place: Place<'a>,
    bypass: Option<Place<'a>>,
    dialect: Dialect,
    ways: &mut Vec<Way<'a>>,
) {
    let bypass = Bypass::at(dialect, bypass);
    let list = &place.entry.value;
    if let Some(kind) = lost(place) {
        let way = Way::new(Path::Default, kind, Some(place), Basis::Inferred);
        return ways.push(Way { bypass: Some(bypass), ..way });
    }
    if lists::read(dialect, place, bypass, ways) {
        return;
    }
    let bypass = Some(bypass);
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

/// The Azure Arc agent: its own setting, else the environment: its service's where that was read, else the machine's.
pub(super) fn arc<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let bypass = Bypass::at(Dialect::Azcmagent, found.machine(Key::ArcProxyBypass));
    let own = found.machine(Key::ArcProxyUrl);
    if !one_proxy(own, Path::Named, Some(bypass), Basis::Documented, ways) {
        let service = found.services().into_iter().find(|name| *name == "azcmagent");
        variables::of(Client::Arc, service.map_or(Whose::Session, Whose::Service), found, ways);
    }
}
