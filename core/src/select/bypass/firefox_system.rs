//! Firefox's readings of lists that are not its own: `no_proxy` and macOS's and Windows' lists (`ProxyUtils.cpp`,
//! `nsWindowsSystemProxySettings.cpp`), and GNOME's (`nsUnixSystemProxySettings.cpp`), each with rules of its own.
//!
//! The machine itself is never asked of a proxy, as with its own list. IPv6 addresses are compared without brackets.
//!
//! `no_proxy`:
//! - `*` alone exempts everything. White space is taken out wherever it stands; items are separated by `,`.
//! - `[end][:port]`: the end of the host, at a dot or not, so that `a.example` exempts `xa.example`, and an empty item everything.
//!   What stands behind the first `:` is a port or makes the item useless: IPv6 addresses match nothing.
//!
//! GNOME's `ignore-hosts`:
//! - The host itself, in whatever letter case, or `*` and its end (`*` alone is everything). Subdomains need a star.
//! - `address/bits`, IPv4 with at most 32 bits; numbers are read as in its own list. IPv4 and `::ffff:…` are one.
//!
//! macOS's and Windows' (`IsHostProxyEntry`), separated by `,` there and by `;` and blanks here:
//! - The host itself in lower case, or a pattern with `*`, of which each piece is taken where it comes first. `*.a.example` is
//!   `a.example`, too.
//! - `address/bits` for IPv4, where numbers at the end may be left out.
//! - Windows: `<local>` are names without a dot, `127.0.0.1` and `::1`. macOS: `ExcludeSimpleHostnames` is not read.

use core::fmt::Write as _;
use core::net::{IpAddr, Ipv4Addr};

use super::{Destination, HostText, Match, MatchKind, bits_of, firefox, is_elsewhere, is_local};
use crate::authority::Host;

/// The host as Firefox has it in text, without brackets: `::ffff:192.0.2.7` is `::ffff:c000:207`.
fn bare(host: &Host<'_>) -> HostText {
    let mut text = HostText::new();
    // A host that is too long has been refused before.
    let _ = match host {
        Host::V6(address) => match address.to_ipv4_mapped().map(|mapped| mapped.octets()) {
            Some([a, b, c, d]) => {
                let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                write!(text, "::ffff:{high:x}:{low:x}")
            }
            None => write!(text, "{address}"),
        },
        _ => write!(text, "{host}"),
    };
    text
}

/// The number that a text is, sign and all; `None` where it is none.
fn integer(text: &str) -> Option<u32> {
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}

/// Whether a text ends so, in whatever letter case.
fn ends(text: &str, end: &str) -> bool {
    let start = text.len().checked_sub(end.len());
    start
        .and_then(|at| text.as_bytes().get(at..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
}

pub(super) fn no_proxy<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    if let Some(implicit) = firefox::implicit(&to.host) {
        return Some(implicit);
    }
    if list == "*" {
        return Some(Match::new(list, list, MatchKind::Everything));
    }
    let text = bare(&to.host);
    let host = text.as_str();
    // Nothing stands behind the last comma.
    let list_end = list.trim_end_matches(|one: char| one.is_ascii_whitespace());
    let items = list_end.strip_suffix(',').unwrap_or(list_end);
    let is_empty = list_end.is_empty();
    items.split(',').filter(|_| !is_empty).find_map(|item| {
        let (end, port) = item.split_once(':').map_or((item, None), |(end, port)| (end, Some(port)));
        if let Some(port) = port {
            let digits: heapless::String<16> = without_blanks(port)?;
            if integer(&digits)? != u32::from(to.port) {
                return None;
            }
        }
        let end: HostText = without_blanks(end)?;
        if !ends(host, &end) {
            return None;
        }
        let kind = match host.len().saturating_sub(end.len()) {
            0 => MatchKind::Name,
            _ if end.is_empty() => MatchKind::Everything,
            _ => MatchKind::Suffix,
        };
        Some(Match::new(list, item.trim(), kind))
    })
}

/// A text without its white space; `None` where it is longer than anything it could match.
fn without_blanks<const LENGTH: usize>(text: &str) -> Option<heapless::String<LENGTH>> {
    let mut kept = heapless::String::new();
    for one in text.chars().filter(|one| !one.is_ascii_whitespace()) {
        kept.push(one).ok()?;
    }
    Some(kept)
}

pub(super) fn gnome<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    if let Some(implicit) = firefox::implicit(&to.host) {
        return Some(implicit);
    }
    let text = bare(&to.host);
    let host = text.as_str();
    list.split(',').find_map(|item| {
        let kind = match item.strip_prefix('*') {
            _ if item.is_empty() => return None,
            _ if item.eq_ignore_ascii_case(host) => MatchKind::Name,
            Some("") => MatchKind::Everything,
            Some(end) if ends(host, end) => {
                if end.starts_with('.') {
                    MatchKind::Suffix
                } else {
                    MatchKind::Pattern
                }
            }
            _ => gnome_network(item, to.host.address()?)?.then_some(MatchKind::Network)?,
        };
        Some(Match::new(list, item, kind))
    })
}

fn gnome_network(item: &str, address: IpAddr) -> Option<bool> {
    let (network, digits) = item.split_once('/').map_or((item, None), |(one, two)| (one, Some(two)));
    let network = match firefox::v4(network) {
        Some(network) => IpAddr::V4(network),
        None => IpAddr::V6(network.parse().ok()?),
    };
    let bits = digits.and_then(firefox::integer).unwrap_or(128);
    let bits = match network {
        IpAddr::V4(_) if bits > 32 => return None,
        IpAddr::V4(_) => bits.saturating_add(96),
        IpAddr::V6(_) => bits,
    };
    Some((bits_of(network) ^ bits_of(address)) & firefox::mask(bits) == 0)
}

pub(super) fn macos<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    entries(list, to, |one| one == ',', false)
}

pub(super) fn windows<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    entries(list, to, |one| matches!(one, ';' | ' '), true)
}

fn entries<'a>(
    list: &'a str,
    to: &Destination<'_>,
    separates: impl Fn(char) -> bool,
    has_local: bool,
) -> Option<Match<'a>> {
    if let Some(implicit) = firefox::implicit(&to.host) {
        return Some(implicit);
    }
    let text = bare(&to.host);
    let mut host = HostText::new();
    for one in text.chars() {
        // It is no longer than the text that it comes from.
        let _ = host.push(one.to_ascii_lowercase());
    }
    list.split(separates).filter(|item| !item.is_empty()).find_map(|item| {
        let kind = if is_elsewhere(item, &to.host, &host) {
            return None;
        } else if has_local && item == "<local>" {
            is_local(&to.host).then_some(MatchKind::Local)?
        } else {
            entry_network(item, to.host.address()).or_else(|| entry_pattern(item, &host))?
        };
        Some(Match::new(list, item, kind))
    })
}

fn entry_network(item: &str, address: Option<IpAddr>) -> Option<MatchKind> {
    let (network, digits) = item.split_once('/')?;
    let IpAddr::V4(address) = address? else { return None };
    let bits = integer(digits)?;
    let mut bytes = [0_u8; 4];
    for (byte, part) in bytes.iter_mut().zip(network.split('.').filter(|part| !part.is_empty())) {
        *byte = part.parse().ok()?;
    }
    let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits)?).unwrap_or(0);
    ((Ipv4Addr::from(bytes).to_bits() ^ address.to_bits()) & mask == 0).then_some(MatchKind::Network)
}

/// Pieces between stars, each taken where it comes first, without coming back to try a later place.
fn entry_pattern(item: &str, host: &str) -> Option<MatchKind> {
    let mut place = 0_usize;
    let mut is_star = false;
    let mut rest = item;
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix('*') {
            (is_star, rest) = (true, behind);
            if behind.strip_prefix('.') == Some(host) {
                return Some(MatchKind::Name);
            }
            continue;
        }
        let end = rest.find('*').unwrap_or(rest.len());
        let (piece, behind) = rest.split_at_checked(end)?;
        let at = host.get(place..)?.find(piece)?.saturating_add(place);
        if !is_star && at != 0 {
            return None;
        }
        (is_star, rest) = (false, behind);
        place = at.saturating_add(piece.len());
    }
    if !is_star && place != host.len() {
        return None;
    }
    Some(match item.strip_prefix('*') {
        _ if item == "*" => MatchKind::Everything,
        None if !item.contains('*') => MatchKind::Name,
        Some(end) if end.starts_with('.') && !end.contains('*') => MatchKind::Suffix,
        _ => MatchKind::Pattern,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;
    use MatchKind as K;

    type Decide = for<'a> fn(&'a str, &Destination<'_>) -> Option<Match<'a>>;

    /// A list, a URL, and the item that exempts it.
    type Row<'t> = (&'t str, &'t str, Option<(&'t str, MatchKind)>);

    fn check(decide: Decide, rows: &[Row<'_>]) {
        for (list, url, want) in rows {
            let target = Target::parse(url).expect(url);
            let found = decide(list, &Destination::from(&target));
            assert_eq!(found.as_ref().map(|found| (found.item, found.kind)), *want, "{list:?} {url}");
            assert!(found.is_none_or(|found| list.get(found.at) == Some(found.item)));
        }
    }

    #[test]
    fn the_list_of_the_environment() {
        check(
            no_proxy,
            &[
                ("*", "http://a.example/", Some(("*", K::Everything))),
                ("*,b", "http://a.example/", None),
                ("a.example", "http://A.example/", Some(("a.example", K::Name))),
                ("a.example", "http://xa.example/", Some(("a.example", K::Suffix))),
                (".a.example", "http://a.example/", None),
                ("b, a . example", "http://a.example/", Some(("a . example", K::Name))),
                ("b a.example", "http://a.example/", None),
                ("a.example:80", "http://a.example/", Some(("a.example:80", K::Name))),
                ("a.example:443", "http://a.example/", None),
                ("a.example:x", "http://a.example/", None),
                (":443", "https://a.example/", Some((":443", K::Everything))),
                ("b,,c", "http://a.example/", Some(("", K::Everything))),
                ("b,", "http://a.example/", None),
                ("", "http://a.example/", None),
                ("0.7", "http://192.0.0.7/", Some(("0.7", K::Suffix))),
                ("192.0.2.0/24", "http://192.0.2.7/", None),
                ("2001:db8::1", "http://[2001:db8::1]/", None),
                ("0.2.7", "http://[::ffff:192.0.2.7]/", None),
                ("c000:207", "http://[::ffff:192.0.2.7]/", None),
                ("207", "http://[::ffff:192.0.2.7]/", Some(("207", K::Suffix))),
                ("", "http://localhost/", Some(("", K::Loopback))),
            ],
        );
    }

    #[test]
    fn the_list_of_gnome() {
        check(
            gnome,
            &[
                ("b,a.example", "http://A.example/", Some(("a.example", K::Name))),
                ("a.example", "http://www.a.example/", None),
                ("*.a.example", "http://www.a.example/", Some(("*.a.example", K::Suffix))),
                ("*.a.example", "http://a.example/", None),
                ("*a.example", "http://xa.example/", Some(("*a.example", K::Pattern))),
                (".a.example", "http://www.a.example/", None),
                ("*", "http://a.example/", Some(("*", K::Everything))),
                ("192.0.2.0/24", "http://192.0.2.7/", Some(("192.0.2.0/24", K::Network))),
                ("192.0.2.9/24", "http://[::ffff:192.0.2.7]/", Some(("192.0.2.9/24", K::Network))),
                ("192.0.2.0/33", "http://192.0.2.7/", None),
                ("192.0.2.0/24:80", "http://192.0.2.7/", Some(("192.0.2.0/24:80", K::Network))),
                ("10.1/24", "http://10.0.0.7/", Some(("10.1/24", K::Network))),
                ("192.0.2.0/-1", "http://198.51.100.7/", Some(("192.0.2.0/-1", K::Network))),
                ("0.0.0.0/0", "http://192.0.2.7/", Some(("0.0.0.0/0", K::Network))),
                ("192.0.2.7/x", "http://192.0.2.7/", None),
                ("192.0.2.7", "http://192.0.2.7/", Some(("192.0.2.7", K::Name))),
                ("2001:db8::/32", "http://[2001:db8::1]/", Some(("2001:db8::/32", K::Network))),
                ("2001:DB8::1", "http://[2001:db8::1]/", Some(("2001:DB8::1", K::Name))),
                ("::/129", "http://[2001:db8::1]/", None),
                ("a.example:80", "http://a.example/", None),
                ("", "http://127.0.0.1/", Some(("", K::Loopback))),
            ],
        );
    }

    #[test]
    fn the_list_of_macos() {
        check(
            macos,
            &[
                ("*.local,169.254/16", "http://a.local/", Some(("*.local", K::Suffix))),
                ("*.local,169.254/16", "http://LOCAL/", Some(("*.local", K::Name))),
                ("*.local,169.254/16", "http://169.254.7.7/", Some(("169.254/16", K::Network))),
                ("10/8", "http://10.1.2.3/", Some(("10/8", K::Network))),
                ("10.9.9.9/8", "http://10.1.2.3/", Some(("10.9.9.9/8", K::Network))),
                ("10/33", "http://10.1.2.3/", None),
                ("0/0", "http://10.1.2.3/", Some(("0/0", K::Network))),
                ("fe80::/10", "http://[fe80::1]/", None),
                ("Example.com", "http://example.com/", None),
                ("example.com", "http://www.example.com/", None),
                (".example.com", "http://www.example.com/", None),
                ("*example.com", "http://notexample.com/", Some(("*example.com", K::Pattern))),
                // The first place that a piece has is the only one that is tried.
                ("*a.example", "http://a.example.a.example/", None),
                ("www.*.com", "http://www.x.com/", Some(("www.*.com", K::Pattern))),
                ("10.*", "http://10.1.2.3/", Some(("10.*", K::Pattern))),
                ("*", "http://a.example/", Some(("*", K::Everything))),
                ("<local>", "http://intranet/", None),
                ("", "http://intranet/", None),
            ],
        );
    }

    #[test]
    fn the_list_of_windows() {
        check(
            windows,
            &[
                ("x;*.corp.example <local>", "http://a.corp.example/", Some(("*.corp.example", K::Suffix))),
                ("x;*.corp.example", "http://corp.example/", Some(("*.corp.example", K::Name))),
                ("<local>", "http://intranet/", Some(("<local>", K::Local))),
                ("<local>", "http://[2001:db8::1]/", None),
                ("<LOCAL>", "http://intranet/", None),
                ("10.*", "http://10.1.2.3/", Some(("10.*", K::Pattern))),
                ("a,b", "http://b/", None),
            ],
        );
    }
}
