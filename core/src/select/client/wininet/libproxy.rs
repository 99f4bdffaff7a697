//! libproxy on Windows (`config-windows.c`): single values of the user's hive, and of `DefaultConnectionSettings` its flags.

use alloc::vec::Vec;

use super::{Owner, Values, by_user, copies};
use crate::select::bypass::Dialect;
use crate::select::client::windows::listed;
use crate::select::client::{Basis, Bypass, Found, Kind, Place, Way, When, lost, pac};
use crate::select::plan::Path;
use crate::settings::Key;

/// A value that is longer than this many bytes, with a NUL behind it, does not fit what it is read into, and counts as not set.
const BUFFER: usize = 1024;

/// Detection, or the PAC file, or the proxies, after what the variables say. The flags say whether the first two are used, and
/// `ProxyEnable` whether the last are; no policy counts. What the bypass list exempts gets none of them.
pub(in crate::select::client) fn libproxy<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    let before = ways.len();
    by_user(found, ways, |owner, ways| settings(found, owner, ways));
    ways.iter_mut().skip(before).for_each(|way| way.when = When::Also);
}

fn settings<'a>(found: Found<'a>, owner: Owner<'a>, ways: &mut Vec<Way<'a>>) {
    let values = Values::of(found, owner, false);
    let bypass = Bypass::at(Dialect::LibproxyWindows, values.bypass.filter(fits));
    let flags = found.set(Key::InetConnectionFlags, |scope| owner.has(scope, false));
    if let Some((place, kind)) = flags.and_then(|place| Some((place, lost(place)?))) {
        let way = Way::new(Path::Default, kind, Some(place), Basis::Inferred);
        return ways.push(Way { bypass: Some(bypass), ..way });
    }
    let number = flags.and_then(|place| place.entry.value.trim().parse::<u32>().ok()).unwrap_or(0);
    // The flags are read together with all that stands in the same value.
    let parts = [Key::InetConnectionProxy, Key::InetConnectionBypass, Key::InetConnectionPac];
    let parts = parts.map(|key| found.set(key, |scope| owner.has(scope, false)));
    let length = parts.into_iter().flatten().map(|place| place.entry.value.len()).sum::<usize>();
    let is_on = |flag| number & flag != 0 && length.saturating_add(HEAD) <= BUFFER;
    if is_on(8) {
        let way = Way::new(Path::Wpad, Kind::Wpad, flags, Basis::Documented);
        return ways.push(Way { bypass: Some(bypass), ..way });
    }
    let is_url = |place: &Place<'_>| {
        let scheme = place.entry.value.split_once(':').map_or("", |(scheme, _)| scheme);
        scheme.starts_with(|one: char| one.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let is_lost = |place: &Place<'_>| place.entry.lost.is_some();
    let file = values.pac.filter(|_| is_on(4)).filter(|place| is_lost(place) || is_url(place) && fits(place));
    if let Some(place) = file {
        let before = ways.len();
        pac(place, Basis::Documented, ways);
        return ways.iter_mut().skip(before).for_each(|way| way.bypass = Some(bypass));
    }
    let server = copies(found, owner).and_then(|copies| copies.server).filter(fits);
    if let Some(place) = server {
        listed(place, values.bypass.filter(fits), Dialect::LibproxyWindows, ways);
    }
}

/// The bytes of `DefaultConnectionSettings` beside its three texts: at least these.
const HEAD: usize = 24;

fn fits(place: &Place<'_>) -> bool {
    place.entry.value.len() < BUFFER
}
