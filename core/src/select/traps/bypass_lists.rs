//! Items of WinHTTP's and WinINet's bypass lists that match nothing there, and would elsewhere.

use alloc::vec::Vec;
use core::net::IpAddr;

use super::{Caught, Trap};
use crate::select::bypass::windows::items;
use crate::select::client::{Found, windows, wininet};
use crate::settings::Key;

/// Items that match nothing, each kind once, in the lists beside proxies that are used.
pub(super) fn of<'a>(found: Found<'a>, traps: &mut Vec<Caught<'a>>) {
    let [_, _, proxies] = windows::advproxy(found);
    let of_winhttp = match proxies {
        Some(_) => found.machine(Key::AdvProxyBypass),
        None => windows::netsh(found).and_then(|_| found.machine(Key::WinHttpBypass)),
    };
    let of_hives = wininet::of_users(found).into_iter().chain(wininet::of_system(found));
    let of_hives = of_hives.filter_map(|settings| settings.server.and(settings.bypass));
    for place in of_winhttp.into_iter().chain(of_hives) {
        let has = |is_it: fn(&str) -> bool| items(&place.entry.value).any(is_it);
        for (trap, is_it) in [
            (Trap::BypassNetwork, is_network as fn(&str) -> bool),
            (Trap::BypassDot, |item: &str| item.len() > 1 && item.starts_with('.')),
        ] {
            let is_said =
                traps.iter().any(|(other, at)| *other == trap && core::ptr::eq(at.entry, place.entry));
            if has(is_it) && !is_said {
                traps.push((trap, place));
            }
        }
    }
}

/// Whether an item is an address with the length of a prefix.
fn is_network(item: &str) -> bool {
    let host = item.split_once("://").map_or(item, |(_, host)| host);
    host.split_once('/').is_some_and(|(address, length)| {
        let address = address.trim_start_matches('[').trim_end_matches(']');
        address.parse::<IpAddr>().is_ok()
            && !length.is_empty()
            && length.bytes().all(|digit| digit.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::client::Document;
    use crate::settings::{Reading, Scope};

    fn traps_of(entries: &[(Key, Scope<'static>, &'static str)]) -> Vec<Trap> {
        let mut reading = Reading::default();
        for (key, scope, value) in entries {
            reading.add(*key, scope.clone(), *value, 0..0);
        }
        let documents = [Document::new("export.reg", "", reading)];
        crate::select::traps::traps(&documents).into_iter().map(|(trap, _)| trap).collect()
    }

    #[test]
    fn items_of_bypass_lists_that_match_nothing() {
        let of = |list: &'static str| -> Vec<Trap> {
            let proxy = (Key::WinHttpProxy, Scope::Machine, "w:1");
            let traps = traps_of(&[proxy, (Key::WinHttpBypass, Scope::Machine, list)]);
            traps.into_iter().filter(|trap| matches!(trap, Trap::BypassNetwork | Trap::BypassDot)).collect()
        };
        for (list, want) in [
            ("<local>;10.*;*.corp.example;corp.example:80;http://a/", &[][..]),
            ("<local>;10.0.0.0/8;192.168.0.0/16", &[Trap::BypassNetwork]),
            ("[2001:db8::]/32 x", &[Trap::BypassNetwork]),
            ("2001:db8::/32", &[Trap::BypassNetwork]),
            ("a .corp.example", &[Trap::BypassDot]),
            (".corp.example;10.0.0.0/8", &[Trap::BypassNetwork, Trap::BypassDot]),
            (".;/8;10.0.0.1/;x/8", &[]),
        ] {
            assert_eq!(of(list), want, "{list}");
        }
        // A list beside a proxy that is not used.
        let list = |key, scope| (key, scope, ".corp.example");
        let has =
            |entries: &[(Key, Scope<'static>, &'static str)]| traps_of(entries).contains(&Trap::BypassDot);
        assert!(!has(&[list(Key::WinHttpBypass, Scope::Machine)]));
        assert!(has(&[(Key::AdvProxy, Scope::Machine, "w:1"), list(Key::AdvProxyBypass, Scope::Machine)]));
        let user = || Scope::User("HKEY_CURRENT_USER".into());
        let of_user = |on| {
            has(&[
                (Key::InetProxyEnable, user(), on),
                (Key::InetProxyServer, user(), "u:1"),
                list(Key::InetProxyOverride, user()),
            ])
        };
        assert!(of_user("1") && !of_user("0"));
    }
}
