//! Chromium's bypass list (`--proxy-bypass-list`, policy `ProxyBypassList`): `net/proxy_resolution/proxy_bypass_rules.cc` and
//! `net/base/scheme_host_port_matcher_rule.cc`.
//!
//! - Items are separated by `,` and `;`, never by blanks. Those that cannot be read are dropped without a word.
//! - They are tried from the last to the first, and the first that matches decides; only where none does, the implicit rules
//!   count: `localhost` and what is below it, loopback and link-local addresses. `<-loopback>` takes them away, for the items
//!   in front of it.
//! - `[scheme://]host[:port]`, where the host is a pattern (`*` anything, `?` one character or none). `.a.example` is
//!   `*.a.example`. The port is the one that is meant, written or not.
//! - `address/bits`, with any bits in the host's part, IPv6 without brackets; it is compared with addresses only. IPv4 and
//!   `::ffff:…` are one.
//! - `<local>`: names without a dot, in whatever letter case it is written.
//! - An IPv4 address may have fewer than four numbers: the last one fills what is left, so that `10.1` is `10.0.0.1`, and
//!   `10/8` is `0.0.0.0/8`.
//!
//! The lists of others are read by the same rules, with other separators ([`Form`]): WinINet's at blanks as well
//! (`proxy_config_service_win.cc`), KDE's at `,` and blanks, and `no_proxy` like its own (`proxy_config_service_linux.cc`). In the last
//! two a host is the end of a name, at a dot or not: `a.example` is `*a.example`, and exempts `xa.example`.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::pattern::{self, Wildcards};
use super::{
    Destination, HostText, Match, MatchKind, bits_of, host_text, is_elsewhere, is_local, is_localhost,
    trimmed,
};
use crate::authority::Host;

/// Whose list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Its own, and those of systems that have lists (GNOME, macOS).
    Own,
    /// WinINet's.
    Windows,
    /// `no_proxy`.
    Variable,
    /// KDE's.
    Kde,
}

impl Form {
    fn separates(self, character: char) -> bool {
        match self {
            Self::Own | Self::Variable => matches!(character, ',' | ';'),
            Self::Windows => matches!(character, ',' | ';' | ' ' | '\t' | '\n' | '\r'),
            Self::Kde => matches!(character, ',' | ' '),
        }
    }

    fn is_suffix(self) -> bool {
        matches!(self, Self::Variable | Self::Kde)
    }
}

/// `is_local_exempt`: names without a dot are, as if a `<local>` stood in front of the list.
pub(super) fn decide<'a>(
    form: Form,
    list: &'a str,
    to: &Destination<'_>,
    is_local_exempt: bool,
) -> Option<Match<'a>> {
    let implicit = implicit(&to.host);
    let text = host_text(&to.host);
    for item in list.rsplit(|character| form.separates(character)) {
        let item = trimmed(item);
        if item.eq_ignore_ascii_case("<-loopback>") {
            if implicit.is_some() {
                return None;
            }
        } else if let Some(kind) = match_item(form, item, to, &text) {
            return Some(Match::new(list, item, kind));
        }
    }
    let local = (is_local_exempt && is_local(&to.host)).then_some(MatchKind::Local);
    local.or(implicit).map(Match::implicit)
}

/// What Chromium never asks a proxy for.
fn implicit(host: &Host<'_>) -> Option<MatchKind> {
    match host {
        Host::Name(name) => is_localhost(name).then_some(MatchKind::Loopback),
        Host::V4(address) => implicit_address((*address).into()),
        Host::V6(address) => implicit_address(IpAddr::V6(*address).to_canonical()),
    }
}

fn implicit_address(address: IpAddr) -> Option<MatchKind> {
    let is_link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    if address.is_loopback() {
        Some(MatchKind::Loopback)
    } else {
        is_link_local.then_some(MatchKind::LinkLocal)
    }
}

fn match_item(form: Form, item: &str, to: &Destination<'_>, text: &HostText) -> Option<MatchKind> {
    if is_elsewhere(item, &to.host, text) {
        return None;
    }
    if item.eq_ignore_ascii_case("<local>") {
        return is_local(&to.host).then_some(MatchKind::Local);
    }
    let (scheme, rest) = item.split_once("://").map_or((None, item), |(scheme, rest)| (Some(scheme), rest));
    if rest.is_empty() || scheme.is_some_and(|scheme| !scheme.eq_ignore_ascii_case(to.scheme.as_str())) {
        return None;
    }
    if rest.contains('/') {
        let (network, digits) = rest.split_once('/')?;
        let is_in = is_in(network_address(network)?, number(digits.trim_ascii())?, to.host.address()?)?;
        return is_in.then_some(MatchKind::Network);
    }
    if let Some((address, port)) = address_and_port(rest) {
        return (to.host.address()? == address && port.is_none_or(|port| port == to.port))
            .then_some(MatchKind::Address);
    }
    let (host, port) = match rest.rsplit_once(':') {
        None => (rest, None),
        Some((host, digits)) => (host, Some(number(digits).filter(|port| *port <= 65535)?)),
    };
    if port.is_some_and(|port| port != u32::from(to.port)) {
        return None;
    }
    // `.a.example` is `*.a.example`.
    let found = if host.starts_with('.') || (form.is_suffix() && !host.starts_with('*')) {
        pattern::matches_end(host, text, Wildcards::OptionalCharacter)
    } else {
        pattern::matches(host, text, Wildcards::OptionalCharacter)
    };
    found.then(|| match kind_of(host) {
        MatchKind::Name if host.len() < text.len() => MatchKind::Suffix,
        kind => kind,
    })
}

fn kind_of(pattern: &str) -> MatchKind {
    let behind_star = pattern.strip_prefix('*').unwrap_or(pattern);
    match pattern {
        "*" => MatchKind::Everything,
        _ if behind_star.contains(['*', '?']) => MatchKind::Pattern,
        _ if behind_star.starts_with('.') => MatchKind::Suffix,
        _ if pattern.starts_with('*') => MatchKind::Pattern,
        _ => MatchKind::Name,
    }
}

/// A number without sign. Zeros in front are taken (`NON_NEGATIVE` of `base/strings/string_number_conversions`).
fn number(digits: &str) -> Option<u32> {
    let only_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| digits.parse().ok()).flatten()
}

/// `address`, `address:port`, `[v6]` or `[v6]:port`.
fn address_and_port(text: &str) -> Option<(IpAddr, Option<u16>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (inner, behind) = rest.split_once(']')?;
        let address = IpAddr::V6(inner.parse().ok()?);
        let port = match behind.strip_prefix(':') {
            None if behind.is_empty() => None,
            None => return None,
            Some(digits) => Some(u16::try_from(number(digits)?).ok()?),
        };
        return Some((address, port));
    }
    let (host, port) = match text.split_once(':') {
        None => (text, None),
        Some((host, digits)) => (host, Some(u16::try_from(number(digits)?).ok()?)),
    };
    Some((v4(host)?.into(), port))
}

/// The address of a network, IPv6 without brackets.
fn network_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') { text.parse::<Ipv6Addr>().ok().map(IpAddr::V6) } else { v4(text).map(IpAddr::V4) }
}

/// One to four numbers, perhaps with a dot behind them, each decimal, or octal behind `0`, or hexadecimal behind `0x`; the last
/// one fills all bytes that are left (URL Standard, "IPv4 parser").
pub(in crate::select) fn v4(text: &str) -> Option<Ipv4Addr> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let (mut address, mut left) = (0_u32, 32_u32);
    let mut parts = text.split('.').peekable();
    while let Some(part) = parts.next() {
        let hexadecimal = part.strip_prefix("0x").or_else(|| part.strip_prefix("0X"));
        let (digits, radix) = match hexadecimal {
            Some(digits) => (digits, 16),
            None if part.len() > 1 && part.starts_with('0') => (part, 8),
            None => (part, 10),
        };
        if digits.starts_with('+') {
            return None;
        }
        let number = u32::from_str_radix(digits, radix).ok()?;
        let width = if parts.peek().is_some() { 8 } else { left };
        left = left.checked_sub(width)?;
        if number.checked_shr(width).unwrap_or(0) != 0 || (left == 0 && parts.peek().is_some()) {
            return None;
        }
        address |= number.checked_shl(left)?;
    }
    Some(address.into())
}

/// Whether an address lies in a network; `None` where that has more bits than an address. IPv4 is a part of IPv6 here.
fn is_in(network: IpAddr, bits: u32, address: IpAddr) -> Option<bool> {
    let host_bits = if network.is_ipv4() { 32_u32.checked_sub(bits) } else { 128_u32.checked_sub(bits) }?;
    let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
    Some((bits_of(network) ^ bits_of(address)) & mask == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    fn found<'a>(form: Form, list: &'a str, url: &str) -> Option<(&'a str, MatchKind)> {
        let target = Target::parse(url).expect(url);
        let found = decide(form, list, &Destination::from(&target), false)?;
        assert_eq!(list.get(found.at), Some(found.item));
        Some((found.item, found.kind))
    }

    #[test]
    fn what_matches_and_how() {
        use MatchKind as K;
        for (list, url, want) in [
            ("a, *.Example ;b", "http://www.EXAMPLE/", Some(("*.Example", K::Suffix))),
            (".example:443", "https://a.example/", Some((".example:443", K::Suffix))),
            (".example:443", "http://a.example/", None),
            ("https://*", "https://a.example/", Some(("https://*", K::Everything))),
            ("*.com:+443, ://, http://, foo.com bar.com", "https://foo.com/", None),
            ("0xA.020.3.4", "http://10.16.3.4/", Some(("0xA.020.3.4", K::Address))),
            ("10.16.3.4:080", "http://10.16.3.4/", Some(("10.16.3.4:080", K::Address))),
            ("192.0.519", "http://192.0.2.7/", Some(("192.0.519", K::Address))),
            ("10.1.2.3.4", "http://10.1.2.3/", None),
            ("10.1.65536", "http://10.1.0.0/", None),
            ("10/8", "http://10.1.2.3/", None),
            ("10.1/16", "http://10.0.2.3/", Some(("10.1/16", K::Network))),
            ("192.0.2.77/24", "http://192.0.2.1/", Some(("192.0.2.77/24", K::Network))),
            ("192.0.2.0/33", "http://192.0.2.1/", None),
            ("http://192.0.2.0/24", "https://192.0.2.1/", None),
            ("[2001:db8::]/32", "http://[2001:db8::1]/", None),
            ("2001:db8::/32", "http://[2001:db8::1]/", Some(("2001:db8::/32", K::Network))),
            ("0.0.0.0/0", "http://[2001:db8::1]/", None),
            ("::ffff:0:0/95", "http://192.0.2.1/", Some(("::ffff:0:0/95", K::Network))),
            ("10.1.0.0/16", "http://host.example/", None),
            ("[2001:DB8:0::1]:33", "http://[2001:db8::1]:33/", Some(("[2001:DB8:0::1]:33", K::Address))),
            ("", "http://a.localhost./", Some(("", K::Loopback))),
            ("", "http://xlocalhost/", None),
            ("", "http://[::ffff:7f00:1]/", Some(("", K::Loopback))),
            ("", "http://[::127.0.0.1]/", None),
            ("", "http://[::ffff:169.254.1.1]/", Some(("", K::LinkLocal))),
            ("<-loopback>", "http://[fe80::1]/", None),
            ("<-loopback>,localhost", "http://localhost/", Some(("localhost", K::Name))),
            ("localhost;<-LOOPBACK>", "http://localhost/", None),
            ("<LOCAL>", "http://intranet/", Some(("<LOCAL>", K::Local))),
            ("<local>", "http://intranet./", None),
            ("<local>", "http://[2001:db8::1]/", None),
        ] {
            assert_eq!(found(Form::Own, list, url), want, "{list:?} {url}");
        }
    }

    #[test]
    fn the_lists_of_others() {
        use MatchKind as K;
        for (list, url, own, windows, variable, kde) in [
            ("a.example", "http://xa.example/", None, None, Some(K::Suffix), Some(K::Suffix)),
            ("a.example", "http://a.example/", Some(K::Name), Some(K::Name), Some(K::Name), Some(K::Name)),
            (".a.example", "http://a.example/", None, None, None, None),
            ("a.*", "http://ba.example/", None, None, Some(K::Pattern), Some(K::Pattern)),
            ("http://a.example:80", "http://wa.example/", None, None, Some(K::Suffix), Some(K::Suffix)),
            // A number is an address, and no end of one.
            ("2.7", "http://192.0.2.7/", None, None, None, None),
            ("b a.example", "http://a.example/", None, Some(K::Name), None, Some(K::Name)),
            ("b;a.example", "http://a.example/", Some(K::Name), Some(K::Name), Some(K::Name), None),
            (
                "",
                "http://localhost/",
                Some(K::Loopback),
                Some(K::Loopback),
                Some(K::Loopback),
                Some(K::Loopback),
            ),
        ] {
            let forms = [Form::Own, Form::Windows, Form::Variable, Form::Kde];
            let kinds = forms.map(|form| found(form, list, url).map(|(_, kind)| kind));
            assert_eq!(kinds, [own, windows, variable, kde], "{list:?} {url}");
        }
    }

    #[test]
    fn names_without_a_dot_by_a_setting_of_their_own() {
        let kind = |list, url| {
            let target = Target::parse(url).expect(url);
            decide(Form::Own, list, &Destination::from(&target), true).map(|found| found.kind)
        };
        assert_eq!(kind("", "http://intranet/"), Some(MatchKind::Local));
        assert_eq!(kind("", "http://intranet.example/"), None);
        assert_eq!(kind("", "http://[2001:db8::1]/"), None);
        // As if it stood in front: what comes behind it decides.
        assert_eq!(kind("<-loopback>", "http://localhost/"), None);
    }
}
