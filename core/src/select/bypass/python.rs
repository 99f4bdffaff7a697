//! Python's `urllib` (CPython 3): `proxy_bypass_environment` for `no_proxy`, `_proxy_bypass_winreg_override` for the
//! `ProxyOverride` of Windows' registry, and `_proxy_bypass_macosx_sysconf` for the `ExceptionsList` of macOS.
//!
//! `no_proxy`:
//! - `*` alone exempts everything. Items are separated by `,` and trimmed; all dots in front are taken off.
//! - An item is the end of the host, at a dot: `a.example` is the host and its subdomains, `0.1` is `192.168.0.1`, too.
//! - It is compared with the host, and with what stands in the URL, port and all: `a.example:80` matches only where the URL
//!   spells the port. An IPv6 address is compared as text, with its brackets.
//! - There are no networks, no stars, and nothing is exempt without an item.
//!
//! `ProxyOverride` (as of 3.12; older ones resolve the host and compare its address, too):
//! - Items are separated by `;` and trimmed: patterns of `fnmatch` for the host without its port.
//! - `<local>`, written just so: hosts without a dot, an IPv6 address among them.
//!
//! `ExceptionsList` (as of 3.13; older ones resolve the host and compare its address, too):
//! - Items are separated by `,` here (there they are a list), and blanks belong to them.
//! - One that begins with a digit is a network where the host is an IPv4 address: up to four numbers and perhaps `/bits`, whatever
//!   follows; without bits, eight for each number that is written, so that `10.1` is `10.1/16`. More than 32 bits match nothing.
//! - Others, and for other hosts all, are patterns of `fnmatch` for the host as the URL has it, letter case, brackets and port included.
//! - `ExcludeSimpleHostnames` exempts what has no dot, IPv6 addresses among it.

use core::fmt::Write as _;

use super::pattern::{self, Wildcards};
use super::{Destination, Match, MatchKind, ends_with, host_text};
use crate::authority::Host;

pub(super) fn environment<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    if list == "*" {
        return Some(Match::new(list, list, MatchKind::Everything));
    }
    let host = host_text(&to.host);
    list.split(',').find_map(|item| {
        let item = item.trim();
        if item.is_empty() {
            return None;
        }
        let name = item.trim_start_matches('.');
        let kind = ends_with(&host, name).or_else(|| {
            // `host:port` as it stands in the URL.
            let (name, digits) = Some(name).filter(|_| to.port_is_written)?.rsplit_once(':')?;
            let is_port = digits.parse() == Ok(to.port) && !digits.starts_with(['+', '0']);
            is_port.then(|| ends_with(&host, name)).flatten()
        })?;
        Some(Match::new(list, item, kind))
    })
}

pub(super) fn registry<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    let host = host_text(&to.host);
    list.split(';').map(str::trim).find_map(|item| {
        let kind = match item {
            "<local>" => (!host.contains('.')).then_some(MatchKind::Local)?,
            _ if !pattern::matches(item, &host, Wildcards::Shell) => return None,
            "*" => MatchKind::Everything,
            _ if !item.contains(['*', '?', '[']) => MatchKind::Name,
            _ => MatchKind::Pattern,
        };
        Some(Match::new(list, item, kind))
    })
}

/// `is_local_exempt`: `ExcludeSimpleHostnames` is set.
pub(super) fn macos<'a>(list: &'a str, to: &Destination<'_>, is_local_exempt: bool) -> Option<Match<'a>> {
    let mut host = host_text(&to.host);
    if is_local_exempt && !host.contains('.') {
        return Some(Match::implicit(MatchKind::Local));
    }
    let address = match to.host {
        Host::V4(address) => Some(address.to_bits()),
        _ => None,
    };
    if to.port_is_written {
        // The longest host leaves no room for a port, and no pattern is compared with a longer text.
        let _ = write!(host, ":{}", to.port);
    }
    list.split(',').filter(|item| !item.is_empty()).find_map(|item| {
        let kind = match (item.bytes().next(), address) {
            (Some(b'0'..=b'9'), Some(address)) => match_numbers(item, address)?,
            _ if !pattern::matches(item, &host, Wildcards::ShellWithCase) => return None,
            _ if item == "*" => MatchKind::Everything,
            _ if !item.contains(['*', '?', '[']) => MatchKind::Name,
            _ => MatchKind::Pattern,
        };
        Some(Match::new(list, item, kind))
    })
}

/// `10.1`, `10.1/16`: what stands behind is not looked at. A number larger than a byte spills over into the one before it.
fn match_numbers(item: &str, address: u32) -> Option<MatchKind> {
    let mut rest = item;
    let (mut base, mut count) = (0_u64, 0_u32);
    loop {
        let (digits, behind) = leading_digits(rest);
        count = count.saturating_add(1);
        // Only four are looked at; all are counted.
        if let Some(shift) = 32_u32.checked_sub(count.saturating_mul(8)) {
            let number: u32 = digits.parse().ok()?;
            base |= u64::from(number).checked_shl(shift)?;
        }
        rest = behind;
        match behind.strip_prefix('.') {
            Some(more) if more.starts_with(|one: char| one.is_ascii_digit()) => rest = more,
            _ => break,
        }
    }
    let digits = rest.strip_prefix('/').map_or("", |behind| leading_digits(behind).0);
    let bits = if digits.is_empty() { count.saturating_mul(8) } else { digits.parse().ok()? };
    let host_bits = 32_u32.checked_sub(bits)?;
    let is_in = u64::from(address).checked_shr(host_bits) == base.checked_shr(host_bits);
    is_in.then_some(if bits == 32 { MatchKind::Address } else { MatchKind::Network })
}

fn leading_digits(text: &str) -> (&str, &str) {
    let end = text.find(|one: char| !one.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn the_environment_list() {
        use MatchKind as K;
        for (list, url, want) in [
            ("*", "http://a.example/", Some(("*", K::Everything))),
            ("*,b", "http://a.example/", None),
            (" ..a.example ,", "http://www.A.example/", Some(("..a.example", K::Suffix))),
            (".", "http://a.example/", None),
            (".", "http://a.example./", Some((".", K::Suffix))),
            ("0.1", "http://192.168.0.1/", Some(("0.1", K::Suffix))),
            ("a.example:80", "http://a.example/", None),
            ("a.example:80", "http://www.a.example:80/", Some(("a.example:80", K::Suffix))),
            ("[2001:db8::1]", "http://[2001:db8::1]:33/", Some(("[2001:db8::1]", K::Name))),
            ("2001:db8::1", "http://[2001:db8::1]/", None),
            ("", "http://localhost/", None),
        ] {
            let target = Target::parse(url).expect(url);
            let found = environment(list, &Destination::from(&target));
            assert_eq!(found.as_ref().map(|found| (found.item, found.kind)), want, "{list:?} {url}");
            assert!(found.is_none_or(|found| list.get(found.at) == Some(found.item)));
        }
    }

    #[test]
    fn the_list_of_the_registry() {
        use MatchKind as K;
        for (list, url, want) in [
            ("x; *.A.example ", "http://www.a.example/", Some(("*.A.example", K::Pattern))),
            ("<local>", "http://[2001:db8::1]/", Some(("<local>", K::Local))),
            ("<LOCAL>", "http://intranet/", None),
            ("[2001:db8::1]", "http://[2001:db8::1]/", None),
            ("a.example:80", "http://a.example:80/", None),
        ] {
            let target = Target::parse(url).expect(url);
            let found = registry(list, &Destination::from(&target));
            assert_eq!(found.map(|found| (found.item, found.kind)), want, "{list:?} {url}");
        }
    }

    #[test]
    fn the_list_of_macos() {
        use MatchKind as K;
        for (list, url, want) in [
            ("x,*.local", "http://printer.local/", Some(("*.local", K::Pattern))),
            ("*.local", "http://printer.local:80/", None),
            ("*.Local", "http://printer.local/", None),
            ("10.1", "http://10.1.2.3/", Some(("10.1", K::Network))),
            ("10.1.2.3", "http://10.1.2.3/", Some(("10.1.2.3", K::Address))),
            ("10.256", "http://11.0.0.1/", Some(("10.256", K::Network))),
            ("10/33", "http://10.0.0.1/", None),
            ("0/0", "http://192.0.2.1/", Some(("0/0", K::Network))),
            ("99999999999999999999", "http://192.0.2.1/", None),
            ("3com.example", "http://3com.example/", Some(("3com.example", K::Name))),
            ("192.0.2.7*", "http://192.0.2.77/", None),
            ("*", "http://[2001:db8::1]/", Some(("*", K::Everything))),
        ] {
            let target = Target::parse(url).expect(url);
            let found = macos(list, &Destination::from(&target), false);
            assert_eq!(found.map(|found| (found.item, found.kind)), want, "{list:?} {url}");
        }
    }
}
