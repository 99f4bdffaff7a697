//! Bypass lists (`NO_PROXY` and its relatives): whether one exempts a target from the proxy, and by which item.
//!
//! There is no standard. Of 83 common pairs of list and URL, the programs that read such lists agree on 19, so each
//! [`Dialect`] is a file of its own, written to the letter of that program, quirks included:
//!
//! | | curl | Go | Python | Chromium | Firefox | libproxy | Windows |
//! |---|---|---|---|---|---|---|---|
//! | separator | `,`; a blank inside an item ends the whole list | `,` | `,` (registry: `;`) | `,` `;` | `,` and blanks | `,` | `;` and blanks |
//! | `a.example` | host and subdomains | host and subdomains | host and subdomains (registry: host) | host | host and subdomains | host and subdomains | host |
//! | `.a.example` | host and subdomains | subdomains | host and subdomains | subdomains | subdomains | host and subdomains | nothing |
//! | `*.a.example` | nothing | subdomains | nothing (registry: subdomains) | subdomains | subdomains | host and subdomains | subdomains |
//! | `*` | everything, as the whole list only | everything | everything, as the whole list only | everything | nothing | everything | everything |
//! | `a.example:443` | nothing | that port | that port, if the URL spells it | that port | that port | that port | that port |
//! | `192.0.2.7/24` | the network | the network | nothing | the network | the network | nothing (host bits) | nothing |
//! | by itself | nothing | `localhost`, loopback | nothing | `localhost`, loopback, link-local | `localhost`, loopback | nothing | `localhost`, loopback, link-local |
//!
//! A list that belongs to another system is read by rules of its own once more: Chromium, Firefox and Python have a dialect for each
//! system's list, and macOS and the Azure Arc agent have one for themselves.
//!
//! Names are never resolved: a name is compared with names, an address with addresses. Items that cannot be read
//! match nothing and end nothing (curl's blank excepted).

use core::fmt::{self, Write as _};
use core::net::{IpAddr, Ipv4Addr};
use core::ops::Range;

use self::chromium::Form;
use crate::authority::Host;
use crate::target::{Scheme, Target};
use crate::text::place;

mod apt;
mod azcmagent;
pub(in crate::select) mod chromium;
mod curl;
mod firefox;
mod firefox_system;
mod go;
mod libproxy;
mod macos;
mod pattern;
mod punycode;
mod python;
mod wget;
pub(in crate::select) mod windows;

/// Declares the dialects with their names.
macro_rules! dialects {
    ($($(#[$doc:meta])* $dialect:ident = $name:literal,)+) => {
        /// The program by whose rules a bypass list is read.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        #[non_exhaustive]
        pub enum Dialect { $($(#[$doc])* #[cfg_attr(feature = "serde", serde(rename = $name))] $dialect,)+ }

        impl Dialect {
            /// Every dialect, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$dialect,)+];

            /// As records and the command line name it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$dialect => $name,)+ }
            }
        }
    };
}

dialects! {
    /// curl and libcurl, as of 8.x.
    Curl = "curl",
    /// Go's `golang.org/x/net/http/httpproxy`, which its `net/http` carries.
    Go = "go",
    /// WinHTTP, by its documentation.
    Winhttp = "winhttp",
    /// WinINet, by its documentation.
    Wininet = "wininet",
    /// Chromium and what is made from it: its own lists, and those of GNOME and macOS.
    Chromium = "chromium",
    /// Chromium, for `no_proxy`.
    ChromiumNoProxy = "chromium-no-proxy",
    /// Chromium, for KDE's `NoProxyFor`.
    ChromiumKde = "chromium-kde",
    /// Chromium, for WinINet's `ProxyOverride`.
    ChromiumWindows = "chromium-windows",
    /// Firefox, for its own list.
    Firefox = "firefox",
    /// Firefox, for `no_proxy`.
    FirefoxNoProxy = "firefox-no-proxy",
    /// Firefox, for GNOME's `ignore-hosts`.
    FirefoxGnome = "firefox-gnome",
    /// Firefox, for macOS's `ExceptionsList`.
    FirefoxMacos = "firefox-macos",
    /// Firefox, for WinINet's `ProxyOverride`.
    FirefoxWindows = "firefox-windows",
    /// Python's `urllib`, for `no_proxy`.
    Python = "python",
    /// Python's `urllib` on Windows, for the registry's `ProxyOverride`.
    PythonWindows = "python-windows",
    /// Python's `urllib` on macOS, for the system's `ExceptionsList`.
    PythonMacos = "python-macos",
    /// libproxy.
    Libproxy = "libproxy",
    /// libproxy on Windows, for WinINet's `ProxyOverride`.
    LibproxyWindows = "libproxy-windows",
    /// GNU Wget.
    Wget = "wget",
    /// apt.
    Apt = "apt",
    /// macOS itself, for its `ExceptionsList`.
    Macos = "macos",
    /// The Azure Arc agent, for its `proxy.bypass`.
    Azcmagent = "azcmagent",
}

impl Dialect {
    /// The dialect of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|dialect| dialect.as_str() == name)
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a client wants to go: what a bypass list is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination<'a> {
    /// Plain or inside TLS.
    pub scheme: Scheme,
    /// The host as the URL has it.
    pub host: Host<'a>,
    /// The port, written or implied.
    pub port: u16,
    /// Whether the URL spells the port: Python compares text.
    pub port_is_written: bool,
}

impl<'a> From<&Target<'a>> for Destination<'a> {
    fn from(target: &Target<'a>) -> Self {
        let Target { scheme, host, port, port_is_written, .. } = *target;
        Self { scheme, host, port, port_is_written }
    }
}

/// A host as URLs spell it: the longest is a name with the root's dot.
type HostText = heapless::String<256>;

/// The host as it stands in a URL, an IPv6 address in brackets.
fn host_text(host: &Host<'_>) -> HostText {
    let mut text = HostText::new();
    // A host that is too long has been refused before.
    let _ = write!(text, "{host}");
    text
}

/// Whether a host is a name without a dot (`<local>`).
fn is_local(host: &Host<'_>) -> bool {
    matches!(host, Host::Name(name) if !name.contains('.'))
}

/// Whether a name is `localhost` or below it, with or without the root's dot (RFC 6761 6.3).
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost"))
}

/// Whether a host is this name, or ends in it behind a dot.
fn ends_with(host: &str, name: &str) -> Option<MatchKind> {
    let (before, tail) = host.as_bytes().split_at_checked(host.len().checked_sub(name.len())?)?;
    if !tail.eq_ignore_ascii_case(name.as_bytes()) {
        return None;
    }
    match before {
        [] => Some(MatchKind::Name),
        [.., b'.'] => Some(MatchKind::Suffix),
        _ => None,
    }
}

/// Whether an item cannot match this host, by a look at its end: cheap, and enough for most items of a long list before they are read.
/// `text` is the host as the dialect compares it, without a port.
///
/// For dialects in which an item is a name, or a pattern of one, either perhaps with `:` and digits behind it, or an address or a network,
/// and what is none of their wildcards stands for itself. There, nothing that matches is passed over. Items are looked at without
/// their port:
/// - A name is compared from the end on. Wildcards and brackets are no letters, digits, `-`, `_` or `.`, so that where the first byte
///   that differs is one of these, all of them stand in front of it, and the host does not end so. The dot in front of a domain counts
///   as a part of the host: some dialects have `*.a.example` match `a.example`.
/// - No address or network, and no text of one, ends in a letter behind `f`.
fn is_elsewhere(item: &str, host: &Host<'_>, text: &str) -> bool {
    let name = match item.trim_end_matches(|one: char| one.is_ascii_digit()).as_bytes() {
        [name @ .., b':'] => name,
        _ => item.as_bytes(),
    };
    if host.address().is_some() {
        return matches!(name, [.., b'g'..=b'z' | b'G'..=b'Z']);
    }
    // In front of the dot stands nothing that an item could have.
    let own = text.bytes().rev().chain([b'.', 0]);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let differs = |(one, own): &(u8, u8)| !one.eq_ignore_ascii_case(own);
    name.iter().copied().rev().zip(own).find(differs).is_some_and(|(one, _)| is_plain(one))
}

/// The bits of an address, IPv4 as the part of IPv6 that it is (RFC 4291 2.5.5.2).
fn bits_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// An item without the blanks around it (space, tabs, line ends).
fn trimmed(item: &str) -> &str {
    item.trim_matches(|character: char| character.is_ascii_whitespace() || character == '\u{b}')
}

/// How an item matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum MatchKind {
    /// `*`: whatever the target is.
    Everything,
    /// The item names this very host.
    Name,
    /// The item names a domain that the host is in.
    Suffix,
    /// The item is this address.
    Address,
    /// The item is a network with this address in it.
    Network,
    /// The item is a pattern, and the host has it.
    Pattern,
    /// `<local>`: a name without a dot.
    Local,
    /// The item is the name of a service, and the host is one of its.
    Service,
    /// No item: the list names what is to go through the proxy, and not this host.
    Unlisted,
    /// No item: the dialect exempts the machine itself.
    Loopback,
    /// No item: the dialect exempts addresses of the link (RFC 3927, RFC 4291 2.5.6).
    LinkLocal,
}

impl MatchKind {
    /// One word for records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Name => "name",
            Self::Suffix => "suffix",
            Self::Address => "address",
            Self::Network => "network",
            Self::Pattern => "pattern",
            Self::Local => "local",
            Self::Service => "service",
            Self::Unlisted => "unlisted",
            Self::Loopback => "loopback",
            Self::LinkLocal => "link-local",
        }
    }
}

impl fmt::Display for MatchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The item that exempts a destination. Only Wget and Firefox (`no_proxy`) have items that are empty and match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'a> {
    /// The item without the blanks around it; empty where no item was needed ([`MatchKind::is_implicit`]).
    pub item: &'a str,
    /// Its bytes in the list; `0..0` where no item was needed.
    pub at: Range<usize>,
    /// How it matches.
    pub kind: MatchKind,
}

impl MatchKind {
    /// Whether the dialect exempts such hosts without an item.
    pub const fn is_implicit(self) -> bool {
        matches!(self, Self::Loopback | Self::LinkLocal)
    }
}

impl<'a> Match<'a> {
    /// A match by this part of the list.
    fn new(list: &'a str, item: &'a str, kind: MatchKind) -> Self {
        Self { item, at: place(list, item), kind }
    }

    /// A match without an item.
    pub(super) const fn implicit(kind: MatchKind) -> Self {
        Self { item: "", at: 0..0, kind }
    }
}

/// Whether `list` exempts `to` from the proxy in this dialect: the first item that does, or `None`.
///
/// Takes any text in time proportional to its length, and to the host's for patterns. An empty list is a list too: Go exempts
/// `localhost` by it.
pub fn decide<'a>(dialect: Dialect, list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    decide_with(dialect, list, to, false)
}

/// The same where macOS's `ExcludeSimpleHostnames` is set, which each program that reads it takes as it likes: most exempt names
/// without a dot, libproxy the address 127.0.0.1, Firefox nothing. What is exempt by it has no item ([`MatchKind::Local`],
/// [`MatchKind::Loopback`]).
pub fn decide_with_simple<'a>(dialect: Dialect, list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    decide_with(dialect, list, to, true)
}

fn decide_with<'a>(
    dialect: Dialect,
    list: &'a str,
    to: &Destination<'_>,
    is_simple: bool,
) -> Option<Match<'a>> {
    match dialect {
        Dialect::Curl => curl::decide(list, &to.host),
        Dialect::Go => go::decide(list, &to.host, to.port),
        Dialect::Winhttp | Dialect::Wininet => windows::decide(list, to),
        Dialect::Chromium => chromium::decide(Form::Own, list, to, is_simple),
        Dialect::ChromiumNoProxy => chromium::decide(Form::Variable, list, to, false),
        Dialect::ChromiumKde => chromium::decide(Form::Kde, list, to, false),
        Dialect::ChromiumWindows => chromium::decide(Form::Windows, list, to, false),
        Dialect::Firefox => firefox::decide(list, to),
        Dialect::FirefoxNoProxy => firefox_system::no_proxy(list, to),
        Dialect::FirefoxGnome => firefox_system::gnome(list, to),
        Dialect::FirefoxMacos => firefox_system::macos(list, to),
        Dialect::FirefoxWindows => firefox_system::windows(list, to),
        Dialect::Python => python::environment(list, to),
        Dialect::PythonWindows => python::registry(list, to),
        Dialect::PythonMacos => python::macos(list, to, is_simple),
        Dialect::Libproxy => libproxy::decide(list, to).or_else(|| {
            let is_it = is_simple && to.host == Host::V4(Ipv4Addr::LOCALHOST);
            is_it.then(|| Match::implicit(MatchKind::Loopback))
        }),
        Dialect::LibproxyWindows => libproxy::windows(list, to),
        Dialect::Wget => wget::decide(list, &to.host),
        Dialect::Apt => apt::decide(list, &to.host),
        Dialect::Macos => macos::decide(list, to, is_simple),
        Dialect::Azcmagent => azcmagent::decide(list, to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_over_by_its_end() {
        for (item, host, want) in [
            ("b.example", "a.example", true),
            ("b.example:443", "a.example", true),
            ("A.Example:443", "a.example", false),
            ("a.example:", "a.example", false),
            ("xa.example", "a.example", true),
            ("x.a.example", "a.example", true),
            ("_.example", "a.example", true),
            ("example", "a.example", false),
            ("*.a.example", "a.example", false),
            (".a.example", "a.example", false),
            ("..a.example", "a.example", true),
            ("a.*ample", "a.example", false),
            ("a.*mple.", "a.example", true),
            ("a.hos?", "a.host", false),
            ("a.hos[t]", "a.host", false),
            ("http://a.example", "a.example", false),
            ("http://b.example", "a.example", true),
            ("http://8", "h8", false),
            ("10.0.0.0/8", "h.a8", false),
            ("10.0.0.0/8", "a.example", true),
            ("<local>", "a", false),
            ("", "a", false),
            ("\u{212A}", "k", false),
            ("a.example.com", "192.0.2.7", true),
            ("a.example.com:443", "192.0.2.7", true),
            ("2001:db8::1", "[2001:db8::1]", false),
            ("a.example", "192.0.2.7", false),
            ("192.0.2.8", "192.0.2.7", false),
            ("0x", "192.0.2.7", true),
            ("[2001:db8::]:80", "[2001:db8::1]", false),
            ("x]", "[2001:db8::1]", false),
        ] {
            let host = Host::parse(host).expect(host);
            assert_eq!(is_elsewhere(item, &host, &host_text(&host)), want, "{item:?} {host}");
        }
    }
}
