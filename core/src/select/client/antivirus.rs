//! Defender Antivirus: its cloud protection, and where its updates come from.
//!
//! The texts of its two policies ("Define proxy server …", "Define proxy auto-config (.pac) …") give one order: the proxy server, the PAC
//! file, none, Internet Explorer's setting, detection. Of "none" there are two readings: a connection without proxy in its turn, or
//! the place of those who set neither. By the first direct comes before Internet Explorer's setting, by the second behind all; a plan
//! gives it behind them, and says that it is disputed.

use alloc::vec::Vec;

use super::windows::{in_turn, is_number, own_proxy, winhttp};
use super::{Basis, Bypass, Case, Found, Kind, Unseen, Way, When, not_known, pac, wininet};
use crate::select::bypass::Dialect;
use crate::select::plan::Path;
use crate::settings::Key;
use crate::settings::grammar::update_sources::{self, Source};

/// The order of the sources where nothing is set, as `Get-MpPreference` shows it.
const DEFAULT_ORDER: &str = "MicrosoftUpdateServer|MMPC";

/// Cloud protection: what worked last ("caches the last known working proxy"), then the order of the policies. Without a proxy and a PAC
/// file of its own it goes by WinHTTP's setting, as all services do that say nothing else: that is inferred.
pub(super) fn cloud<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    ways.push(unseen(Unseen::LastKnownGood));
    let before = ways.len();
    let list = found.machine(Key::AntivirusProxyBypass);
    let bypass = Bypass::at(Dialect::Winhttp, list);
    if let Some(place) = found.machine(Key::AntivirusProxyServer) {
        ways.push(Way { bypass: Some(bypass), ..own_proxy(place) });
    }
    if let Some(place) = found.machine(Key::AntivirusProxyPacUrl) {
        let mut own = Vec::new();
        pac(place, Basis::Documented, &mut own);
        ways.extend(own.into_iter().flat_map(|way| in_turn(Way { bypass: Some(bypass), ..way })));
    }
    if ways.len() == before {
        winhttp(found, ways);
        ways.iter_mut().skip(before).for_each(|way| way.basis = Basis::Inferred);
    } else if let Some(way) = list.and_then(not_known) {
        ways.insert(before, way);
    }
    let mut rest = Vec::new();
    match wininet::of_system(found) {
        Some(settings) => settings.ways(Dialect::Wininet, &mut rest),
        None => rest.push(unseen(Unseen::SystemHive)),
    }
    rest.push(Way::new(Path::Wpad, Kind::Wpad, None, Basis::Documented));
    ways.extend(rest.into_iter().flat_map(in_turn));
    ways.push(Way::direct(When::Disputed));
}

/// Updates: each source in the order that is set, by a way of its own ("Manage the sources for Microsoft Defender Antivirus protection
/// updates").
///
/// Windows Update and the site's own server go by the system's proxy, never by the antivirus's ("doesn't use the static proxy to
/// connect to Windows Update or Microsoft Update"). The policies of its proxy name its updates as well, so those that it downloads
/// itself (MMPC) go as its cloud protection does.
///
/// Of an order that could not be read nothing is known: what is not set comes after that.
pub(super) fn updates<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let place = found.machine(Key::AntivirusFallbackOrder);
    let lost = place.and_then(not_known);
    let order = place.filter(|_| lost.is_none()).map_or(DEFAULT_ORDER, |place| &place.entry.value);
    let (sources, mistake) = update_sources::of(order);
    if sources.is_empty() {
        let unusable =
            mistake.map(|mistake| Way::new(Path::Default, Kind::Malformed(mistake), place, Basis::Inferred));
        ways.extend(unusable);
    }
    for (source, name) in sources {
        let before = ways.len();
        match source {
            Source::WindowsUpdate => windows_update(found, true, ways),
            Source::Internal if has_update_server(found) => {
                windows_update(found, is_number(found, Key::UpdateUserProxy, "1"), ways);
            }
            // Whether it is used could not be read.
            Source::Internal if found.machine(Key::UpdateServer).is_some() => {
                ways.extend(found.machine(Key::UsesUpdateServer).and_then(not_known));
            }
            Source::Internal => {}
            Source::Mmpc => cloud(found, ways),
            Source::FileShares => ways.push(unseen(Unseen::FileShares)),
        }
        if let Some(way) = lost.clone().filter(|_| ways.len() > before) {
            ways.insert(before, way);
        }
        ways.iter_mut().skip(before).for_each(|way| way.case = Case::Updates(name));
    }
}

/// Whether the site's own update server is named and used.
pub(in crate::select) fn has_update_server(found: Found<'_>) -> bool {
    found.machine(Key::UpdateServer).is_some() && is_number(found, Key::UsesUpdateServer, "1")
}

/// Windows Update, when it searches: the system's proxy, set with netsh or announced; and when that fails the user's, which for a site's
/// own server has to be allowed. ("How the Windows Update client determines which proxy server to use". For what it reports it asks
/// the user's proxy first.)
fn windows_update<'a>(found: Found<'a>, asks_user: bool, ways: &mut Vec<Way<'a>>) {
    winhttp(found, ways);
    ways.push(Way::new(Path::Wpad, Kind::Wpad, None, Basis::Documented));
    ways.push(Way::direct(When::First));
    // Of several users nothing says who is signed in then.
    let users = if asks_user { wininet::of_users(found) } else { Vec::new() };
    let before = ways.len();
    for settings in &users {
        settings.ways(Dialect::Wininet, ways);
    }
    for way in ways.iter_mut().skip(before) {
        way.when = When::AfterFailure;
        if users.len() > 1 {
            way.basis = Basis::Inferred;
        }
    }
}

fn unseen<'a>(what: Unseen) -> Way<'a> {
    Way::new(Path::Default, Kind::Unseen(what), None, Basis::Documented)
}
