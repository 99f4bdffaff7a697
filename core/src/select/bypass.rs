//! Bypass lists (`NO_PROXY` and its relatives): whether one exempts a target from the proxy, and by which item.
//!
//! There is no standard. Of 83 common pairs of list and URL, the programs that read such lists agree on 19, so each
//! [`Dialect`] is a file of its own, written to the letter of that program, quirks included:
//!
//! | | curl | Go |
//! |---|---|---|
//! | separator | `,`; a blank inside an item ends the whole list | `,` |
//! | `a.example` | the host and its subdomains | the host and its subdomains |
//! | `.a.example` | the host and its subdomains | subdomains only |
//! | `*.a.example` | nothing | subdomains only |
//! | `*` | everything, as the whole list only | everything, also as one item of several |
//! | `a.example:443` | nothing | that port only |
//! | `192.0.2.7/24` | the network; `/0` compares the whole address | the network |
//! | `::ffff:192.0.2.0/120` | that IPv6 network only | the IPv4 network |
//! | root's dot | ignored on both sides | compared |
//! | by itself | nothing | `localhost` and loopback addresses |
//!
//! Names are never resolved: a name is compared with names, an address with addresses. Items that cannot be read
//! match nothing and end nothing (curl's blank excepted).

use core::fmt;
use core::ops::Range;

use crate::authority::Host;
use crate::target::{Scheme, Target};

mod curl;
mod go;
mod punycode;

/// The program by whose rules a bypass list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Dialect {
    /// curl and libcurl, as of 8.x.
    Curl,
    /// Go's `golang.org/x/net/http/httpproxy`, which its `net/http` carries.
    Go,
}

impl Dialect {
    /// Every dialect, for tables and tests.
    pub const ALL: &'static [Self] = &[Self::Curl, Self::Go];

    /// As records name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Go => "go",
        }
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
    /// Plain or inside TLS. Neither curl's nor Go's lists can name it; others' can.
    pub scheme: Scheme,
    /// The host as the URL has it.
    pub host: Host<'a>,
    /// The port, written or implied.
    pub port: u16,
}

impl<'a> From<&Target<'a>> for Destination<'a> {
    fn from(target: &Target<'a>) -> Self {
        Self { scheme: target.scheme, host: target.host, port: target.port }
    }
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
    /// No item: the dialect exempts the machine itself.
    Loopback,
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
            Self::Loopback => "loopback",
        }
    }
}

impl fmt::Display for MatchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The item that exempts a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'a> {
    /// The item without the blanks around it; empty for [`MatchKind::Loopback`].
    pub item: &'a str,
    /// Its bytes in the list; `0..0` for [`MatchKind::Loopback`].
    pub at: Range<usize>,
    /// How it matches.
    pub kind: MatchKind,
}

/// Whether `list` exempts `to` from the proxy in this dialect: the first item that does, or `None`.
///
/// Takes any text in time proportional to its length. An empty list is a list too: Go exempts `localhost` by it.
pub fn decide<'a>(dialect: Dialect, list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    match dialect {
        Dialect::Curl => curl::decide(list, &to.host),
        Dialect::Go => go::decide(list, &to.host, to.port),
    }
}
