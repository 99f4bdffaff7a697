//! Clients: where each looks for its proxy, in which order, what it does when that fails, and by whose rules it reads a bypass
//! list.
//!
//! [`Ways`] are what the settings of a machine mean for one client, found once; a [`Plan`] is what they mean for one target.
//! Every rule has a [`Basis`]: what was seen in a test beside the real program is *verified*, what a page or the source says is
//! *documented*, and what only follows from how the parts work is *inferred*.
//!
//! A PAC file or WPAD that a client would ask first is not evaluated here: the plan says so, and goes on with what comes after.

pub(in crate::select) mod antivirus;
mod desktop;
mod document;
pub(in crate::select) mod found;
mod gap;
mod lists;
mod mac;
mod plan;
mod reads;
mod unix;
mod unseen;
mod value;
mod variables;
pub(in crate::select) mod windows;
pub(in crate::select) mod wininet;

use alloc::vec::Vec;
use core::fmt;

pub use self::document::{Document, Place, Whose};
pub(in crate::select) use self::found::Found;
use self::gap::not_known;
pub use self::gap::{Gap, Missed};
pub use self::plan::{Plan, Step};
pub use self::unseen::Unseen;
use self::value::{host_and_port, proxy_kind, proxy_of, socks, without_own};
use crate::catalog::System;
use crate::mistake::Mistake;
use crate::select::bypass::{self, Destination, Dialect, Match, MatchKind};
use crate::select::plan::Path;
use crate::select::proxy::{Proxy, ProxyPorts};
use crate::select::proxy_list::Listed;
use crate::settings::Key;
use crate::target::Scheme;

/// How sure a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub enum Basis {
    /// A test runs the real program beside it.
    Verified,
    /// The vendor's page, or the program's source, says so.
    Documented,
    /// It follows from how the parts work, and nobody says it.
    Inferred,
}

impl Basis {
    /// As records name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Documented => "documented",
            Self::Inferred => "inferred",
        }
    }
}

/// Declares the clients with name and title side by side.
macro_rules! clients {
    ($($(#[$doc:meta])* $client:ident = $name:literal, $title:literal;)+) => {
        /// Who would make the connection.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Client { $($(#[$doc])* $client,)+ }

        impl Client {
            /// Every client.
            pub const ALL: &'static [Self] = &[$(Self::$client,)+];

            /// As records and the command line name it; stable.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$client => $name,)+ }
            }

            /// What it is, for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$client => $title,)+ }
            }
        }
    };
}

clients! {
    /// Defender for Endpoint's EDR sensor on Windows.
    EdrSensor = "edr", "Defender for Endpoint's EDR sensor";
    /// Defender Antivirus's cloud protection on Windows.
    Antivirus = "antivirus", "Defender Antivirus (cloud protection)";
    /// Defender Antivirus's updates, from each of their sources: its static proxy is not used for Windows Update.
    AntivirusUpdate = "antivirus-update", "Defender Antivirus (updates)";
    /// Services that use WinHTTP's own setting.
    Winhttp = "winhttp", "Windows services (WinHTTP)";
    /// The signed-in user's programs.
    Wininet = "wininet", "the user's programs (WinINet)";
    /// The Log Analytics agent.
    Mma = "mma", "the Log Analytics agent";
    /// The Azure Arc agent.
    Arc = "arc", "the Azure Arc agent";
    /// Defender for Endpoint on Linux.
    MdatpLinux = "mdatp", "Defender for Endpoint on Linux";
    /// Defender for Endpoint on macOS.
    MdatpMac = "mdatp-macos", "Defender for Endpoint on macOS";
    /// curl.
    Curl = "curl", "curl";
    /// GNU Wget.
    Wget = "wget", "GNU Wget";
    /// Go programs.
    Go = "go", "programs written in Go";
    /// Python's urllib.
    Python = "python", "Python's urllib";
    /// apt.
    Apt = "apt", "apt";
    /// Chromium.
    Chromium = "chromium", "Chromium";
    /// Firefox, as it is installed: it asks the system.
    Firefox = "firefox", "Firefox";
    /// libproxy's programs.
    Libproxy = "libproxy", "programs that ask libproxy";
    /// Services of systemd, each by the variables of its unit.
    Service = "service", "services started by systemd, of the units that were read";
}

impl Client {
    /// The client of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|client| client.as_str() == name)
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One way that a client tries, for all targets.
#[derive(Debug, Clone)]
pub struct Way<'a> {
    /// Which of the five paths it is.
    pub path: Path,
    /// What it is.
    pub kind: Kind<'a>,
    /// The setting that says so; `None` where it is the client's own doing.
    pub place: Option<Place<'a>>,
    /// The one host that it is for; all without it.
    pub host: Option<&'a str>,
    /// The scheme of the targets that it is for; all without it.
    pub scheme: Option<Scheme>,
    /// The list of what is exempt.
    pub bypass: Option<Bypass<'a>>,
    /// How sure this is.
    pub basis: Basis,
    /// When it is tried.
    pub when: When,
    /// For which of several cases it is.
    pub case: Case<'a>,
}

/// For what a way holds, where the settings are for several cases and do not say which one it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case<'a> {
    /// There is only one.
    Only,
    /// A session of this desktop, which has settings of its own.
    Desktop(&'static str),
    /// A session of any other desktop, or of none.
    OtherDesktop,
    /// This service.
    Service(&'a str),
    /// Updates from this source of Defender Antivirus's, as its setting names it.
    Updates(&'a str),
    /// The programs of this user: the name of the hive, which is a SID.
    User(&'a str),
    /// The programs of so many more users, whose settings are not looked at.
    MoreUsers(usize),
}

impl fmt::Display for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Only => Ok(()),
            Self::Desktop(name) => write!(f, "in a session of {name}"),
            Self::OtherDesktop => f.write_str("in a session of another desktop, or of none"),
            Self::Service(name) => write!(f, "for the service {name}"),
            Self::Updates(name) => write!(f, "from {name}"),
            Self::User(name) => write!(f, "for the user {name}"),
            Self::MoreUsers(count) => write!(f, "for {count} more users"),
        }
    }
}

/// What a way is.
#[derive(Debug, Clone)]
pub enum Kind<'a> {
    /// Without proxy.
    Direct,
    /// By the proxies that a setting lists.
    Proxies(Vec<Listed<'a>>),
    /// By what a PAC file at this address says.
    Pac(&'a str),
    /// By what the network announces.
    Wpad,
    /// By what this program answers when the client runs it. It is not run here.
    Command(&'a str),
    /// The setting cannot be used: why, with the place in its value.
    Malformed(Mistake),
    /// By something that no setting shows.
    Unseen(Unseen),
    /// By what could not be read.
    Gap(Missed<'a>),
    /// By a proxy that this program does not speak with (SOCKS): its scheme, as it is written. Show it through
    /// [`SchemeName`](crate::select::environment::SchemeName).
    NotSpoken(&'a str),
}

/// A bypass list of a way.
#[derive(Debug, Clone, Copy)]
pub struct Bypass<'a> {
    /// By whose rules it is read.
    pub dialect: Dialect,
    /// The list; may be empty, where the dialect exempts something by itself.
    pub list: &'a str,
    /// Where it stands; `None` where there is none.
    pub place: Option<Place<'a>>,
    /// The setting that exempts names without a dot as well (macOS's `ExcludeSimpleHostnames`).
    pub simple: Option<Place<'a>>,
    /// The setting that turns the list around: it names what is to go through the proxy (KDE's `ReversedException`).
    pub reversed: Option<Place<'a>>,
}

impl<'a> Bypass<'a> {
    /// The list at this place, which may be none.
    fn at(dialect: Dialect, place: Option<Place<'a>>) -> Self {
        let list = place.map_or("", |place| &*place.entry.value);
        Self { dialect, list, place, simple: None, reversed: None }
    }

    /// Whether it exempts a destination, and by what.
    fn decide(&self, to: &Destination<'_>) -> Option<Match<'a>> {
        let found = if self.simple.is_some() {
            bypass::decide_with_simple(self.dialect, self.list, to)
        } else {
            bypass::decide(self.dialect, self.list, to)
        };
        match found {
            found if self.reversed.is_none() => found,
            // What the program exempts by itself is exempt all the same.
            Some(found) => found.kind.is_implicit().then_some(found),
            None => Some(Match { item: "", at: 0..0, kind: MatchKind::Unlisted }),
        }
    }

    /// Where it is written what exempts a destination; `None` where that is the program's own doing.
    fn place_of(&self, found: &Match<'_>) -> Option<Place<'a>> {
        match found.kind {
            MatchKind::Unlisted => self.reversed,
            MatchKind::Local if found.item.is_empty() => self.simple,
            kind if kind.is_implicit() => None,
            _ => self.place,
        }
    }
}

/// When a way is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// In its turn.
    First,
    /// Whatever those before it said: each source adds what it has (libproxy), and none of them ends the search.
    Also,
    /// When those before it have failed.
    AfterFailure,
    /// When those before it have failed, by one reading of the vendor's pages; by another one otherwise.
    Disputed,
}

impl<'a> Way<'a> {
    /// A way that is tried in its turn, with nothing exempt.
    fn new(path: Path, kind: Kind<'a>, place: Option<Place<'a>>, basis: Basis) -> Self {
        Self {
            path,
            kind,
            place,
            host: None,
            scheme: None,
            bypass: None,
            basis,
            when: When::First,
            case: Case::Only,
        }
    }

    /// Straight to the origin: what is left when others fail, or what it means that no setting names a proxy.
    fn direct(when: When) -> Self {
        let path = if when == When::First { Path::Default } else { Path::Direct };
        Self { when, ..Self::new(path, Kind::Direct, None, Basis::Documented) }
    }
}

/// What the settings of a machine mean for one client.
#[derive(Debug, Clone)]
pub struct Ways<'a> {
    /// Whose they are.
    pub client: Client,
    /// In the order in which it looks at them.
    pub ways: Vec<Way<'a>>,
}

impl Client {
    /// The system that alone has this client.
    pub const fn system(self) -> Option<System> {
        match self {
            Self::EdrSensor | Self::Antivirus | Self::AntivirusUpdate | Self::Winhttp | Self::Wininet => {
                Some(System::Windows)
            }
            Self::MdatpMac => Some(System::Macos),
            Self::MdatpLinux | Self::Apt | Self::Service => Some(System::Linux),
            _ => None,
        }
    }
}

/// What these documents mean for a client.
pub fn ways<'a>(client: Client, documents: &'a [Document<'a>]) -> Ways<'a> {
    let found = Found { documents };
    let mut ways = Vec::new();
    if let Some(unseen) = unseen::all(client, found) {
        ways.push(Way::new(Path::Default, Kind::Unseen(unseen), None, Basis::Documented));
    }
    match client {
        Client::EdrSensor => windows::edr_sensor(found, &mut ways),
        Client::Antivirus => antivirus::cloud(found, &mut ways),
        Client::AntivirusUpdate => antivirus::updates(found, &mut ways),
        Client::Winhttp => windows::winhttp(found, &mut ways),
        Client::Wininet => wininet::all(found, Dialect::Wininet, &mut ways),
        Client::Mma => {
            one_proxy(found.machine(Key::MmaProxyUrl), Path::Named, None, Basis::Documented, &mut ways);
        }
        Client::Arc => windows::arc(found, &mut ways),
        Client::MdatpLinux => unix::mdatp(found, &mut ways),
        Client::MdatpMac => mac::mdatp(found, &mut ways),
        Client::Curl | Client::Go | Client::Wget => variables::session(client, found, &mut ways),
        Client::Python => variables::python(found, &mut ways),
        Client::Apt => unix::apt(found, &mut ways),
        Client::Chromium => desktop::chromium(found, &mut ways),
        Client::Firefox => desktop::firefox(found, &mut ways),
        Client::Libproxy => desktop::libproxy(found, &mut ways),
        Client::Service => unix::services(found, &mut ways),
    }
    gap::add(client, found, &mut ways);
    Ways { client, ways: with_direct(client, ways) }
}

/// Who finds no setting goes straight to the origin, in each case.
fn with_direct(client: Client, ways: Vec<Way<'_>>) -> Vec<Way<'_>> {
    let mut all: Vec<Way<'_>> = Vec::new();
    let is_seen = match client {
        Client::Curl | Client::Wget | Client::Go | Client::Apt => true,
        // They ask the system as well, which tests have seen only where variables come before it.
        Client::Python | Client::Chromium | Client::Firefox => !ways.is_empty(),
        _ => false,
    };
    let is_seen = is_seen && ways.iter().all(|way| way.basis == Basis::Verified);
    let basis = if is_seen { Basis::Verified } else { Basis::Documented };
    let direct = |case| Way { basis, case, ..Way::direct(When::First) };
    for way in ways {
        if let Some(last) = all.last().map(|last| last.case).filter(|last| *last != way.case) {
            all.push(direct(last));
        }
        all.push(way);
    }
    all.push(direct(all.last().map_or(Case::Only, |last| last.case)));
    all
}

/// A way by one proxy that a value names.
fn one_proxy<'a>(
    place: Option<Place<'a>>,
    path: Path,
    bypass: Option<Bypass<'a>>,
    basis: Basis,
    ways: &mut Vec<Way<'a>>,
) -> bool {
    let Some(place) = place else { return false };
    let value = place.entry.value.trim();
    let kind = match Proxy::parse(value.trim_end_matches('/'), ProxyPorts::Web) {
        Ok(proxy) => Kind::Proxies(alloc::vec![Listed::for_all(proxy)]),
        Err(mistake) => Kind::Malformed(mistake),
    };
    let kind = lost(place).unwrap_or(kind);
    ways.push(Way { bypass, ..Way::new(path, kind, Some(place), basis) });
    true
}

/// What a setting is whose value was lost: the client may read it, or not.
fn lost<'a>(place: Place<'_>) -> Option<Kind<'a>> {
    place.entry.lost.map(|why| Kind::Malformed(Mistake::new(why, 0..0)))
}

fn pac<'a>(place: Place<'a>, basis: Basis, ways: &mut Vec<Way<'a>>) {
    let kind = lost(place).unwrap_or(Kind::Pac(place.entry.value.trim()));
    ways.push(Way::new(Path::Default, kind, Some(place), basis));
}

#[cfg(test)]
mod tests;
