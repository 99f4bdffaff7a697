//! The catalogue: what Microsoft Defender for Endpoint needs to reach, as dated data with its sources.
//!
//! An [`Endpoint`] is a row of the lists: a host pattern with its port, the regions, systems and versions that need it, and
//! whether it must be exempt from inspection. A [`Test`] is a request that shows whether an endpoint can be reached, with the
//! answer that is known to be good. [`Selection`] says which of them a place needs. The tables are made from
//! `core/catalog/*.csv` when this is compiled; nothing is parsed at run time.
//!
//! Where the official lists contradict each other, the row says so ([`Endpoint::conflict`]). What is in no public list is
//! not invented: the names that only third parties have seen are [`Basis::Observed`], never required, and off unless asked for.

#[cfg(feature = "alloc")]
mod index;
mod region;
pub mod roots;
mod selection;
mod service;
mod system;

use core::fmt;

#[cfg(feature = "alloc")]
pub use index::Index;
pub use region::{Region, Regions};
pub use roots::PinClass;
pub use selection::{Need, Selection, Unsupported, missing};
pub use service::Service;
pub use system::{Release, Releases, System, Systems};

use crate::target::{Method, Scheme};

/// When the built-in tables were compiled from their sources (a date of RFC 3339).
pub const COMPILED: &str = "2026-11-23";

/// The date of the newest of the official tables that they were compiled from.
pub const TABLES_OF: &str = "2025-10-16";

/// After so many days a list is old enough to be doubted: Microsoft's changed about every quarter.
pub const OLD_AFTER_DAYS: u16 = 90;

/// Every endpoint, in the order of the lists.
pub const ENDPOINTS: &[Endpoint<'static>] = include!(concat!(env!("OUT_DIR"), "/endpoints.rs"));

/// Every test, in the order of the lists.
pub const TESTS: &[Test<'static>] = include!(concat!(env!("OUT_DIR"), "/tests.rs"));

/// A row of a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint<'a> {
    /// A name in lower case, or `*.` and a name: every name below it, however many labels stand in place of the `*`.
    pub host: &'a str,
    /// The port.
    pub port: u16,
    /// Plain or inside TLS.
    pub scheme: Scheme,
    /// The path that is asked for, or that a rule may be limited to; may be empty.
    pub path: &'a str,
    /// The regions whose tenants need it.
    pub regions: Regions,
    /// What it is for.
    pub service: Service,
    /// The systems that use it.
    pub systems: Systems,
    /// The systems on which the product does not work without it.
    pub required: Systems,
    /// The kinds of onboarding that need it.
    pub packages: Packages,
    /// The releases of Windows that need it; other systems have none.
    pub releases: Releases,
    /// Whether it must be exempt from TLS inspection.
    pub inspection: Inspection,
    /// In which roots its chains end.
    pub pin: PinClass,
    /// Whether it must be reached without a proxy.
    pub direct: bool,
    /// How it is known.
    pub basis: Basis,
    /// Where the official lists contradict each other about it; may be empty.
    pub conflict: &'a str,
    /// What else is to be known; may be empty.
    pub note: &'a str,
    /// Where it stands.
    pub source: &'a str,
    /// The date of the newest of its sources: `2025`, `2025-10` or `2025-10-16`.
    pub date: &'a str,
}

impl Endpoint<'_> {
    /// Whether its host is a pattern.
    pub fn is_wildcard(&self) -> bool {
        self.host.starts_with("*.")
    }

    /// How many labels of `host` stand in place of the `*`: 0 for the pattern's own name without a `*` and for a host without
    /// a pattern. `None` where the pattern does not cover the host.
    ///
    /// Many rules of proxies let a `*` stand for one label only, so a wildcard has to be tested at each depth that is used.
    pub fn depth(&self, host: &str) -> Option<usize> {
        let host = host.trim_end_matches('.');
        let Some(name) = self.host.strip_prefix("*.") else {
            return host.eq_ignore_ascii_case(self.host).then_some(0);
        };
        let at = host.len().checked_sub(name.len())?;
        if !host.get(at..)?.eq_ignore_ascii_case(name) {
            return None;
        }
        let before = host.get(..at)?;
        match before.strip_suffix('.') {
            None if before.is_empty() => Some(0),
            None => None,
            Some(labels) => Some(labels.split('.').count()),
        }
    }

    /// Whether a re-signed chain is a failure here, also where this machine trusts the inspector.
    pub fn is_exempt(&self) -> bool {
        self.inspection == Inspection::Exempt
    }
}

/// A request that shows whether an endpoint can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Test<'a> {
    /// How to ask.
    pub method: Method,
    /// The URL. `{workspace}` in it stands for the id of a Log Analytics workspace.
    pub url: &'a str,
    /// Statuses of which any is good; empty where nobody says.
    pub statuses: &'a [u16],
    /// The text that the body must be; empty where nobody says.
    pub body: &'a str,
    /// The [`Endpoint::host`] that it belongs to.
    pub endpoint: &'a str,
    /// The [`Endpoint::service`] that it belongs to.
    pub service: Service,
    /// The regions whose tenants ask so.
    pub regions: Regions,
    /// The systems that ask so.
    pub systems: Systems,
    /// In which roots its chain ends.
    pub pin: PinClass,
    /// How it is known.
    pub basis: Basis,
    /// What else is to be known; may be empty.
    pub note: &'a str,
    /// Where it stands.
    pub source: &'a str,
    /// The date of the newest of its sources.
    pub date: &'a str,
}

impl Test<'_> {
    /// Whether a workspace id is needed to ask.
    pub fn needs_workspace(&self) -> bool {
        self.url.contains(WORKSPACE)
    }

    /// As a line of a list of targets (see [`target`](crate::target)), with this workspace in it.
    pub fn line<'a>(&'a self, workspace: &'a str) -> impl fmt::Display + 'a {
        Line { test: self, workspace }
    }
}

const WORKSPACE: &str = "{workspace}";

struct Line<'a> {
    test: &'a Test<'a>,
    workspace: &'a str,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let test = self.test;
        for (index, part) in test.url.split(WORKSPACE).enumerate() {
            write!(f, "{}{part}", if index == 0 { "" } else { self.workspace })?;
        }
        // A URL without a path is written with one, so that two spellings are one target.
        if test.url.split('/').count() == 3 {
            f.write_str("/")?;
        }
        if test.method != Method::Get {
            write!(f, " method={}", test.method)?;
        }
        for (index, status) in test.statuses.iter().enumerate() {
            write!(f, "{}{status}", if index == 0 { " expect=" } else { "," })?;
        }
        if !test.body.is_empty() {
            write!(f, " body=\"{}\"", test.body)?;
        }
        Ok(())
    }
}

/// Declares an enum whose values have an id.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$one:meta])* $variant:ident => $id:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub enum $name { $($(#[$one])* $variant,)+ }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word for it, as in the data files and on the command line.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }

            /// Reads the word, without regard to letter case.
            pub fn from_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.id().eq_ignore_ascii_case(id))
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.id())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// The kinds of onboarding that need an endpoint.
    Packages {
        /// The one with a long list of names.
        Standard => "standard";
        /// The one that puts most services behind one name.
        Streamlined => "streamlined";
        /// Both.
        Both => "both";
    }
}

words! {
    /// Whether an endpoint must be exempt from TLS inspection.
    Inspection {
        /// It must: its clients pin their chains, or the lists say so.
        Exempt => "exempt";
        /// The rule that exempts the others usually holds it too; its client does not pin.
        Recommended => "recommended";
        /// It need not.
        No => "no";
        /// It is not TLS.
        Plain => "plain";
        /// The lists contradict themselves.
        Conflict => "conflict";
    }
}

words! {
    /// How a row is known.
    Basis {
        /// A page or a tool of Microsoft's names it.
        Documented => "documented";
        /// Third parties have seen it. Never required, and off unless asked for.
        Observed => "observed";
    }
}

/// What the catalogue knows of a host on a port: of all rows that cover it the one that says most, a name before a wildcard,
/// the longer wildcard before the shorter one.
pub fn known<'a>(
    endpoints: impl IntoIterator<Item = &'a Endpoint<'a>>,
    host: &str,
    port: u16,
) -> Option<&'a Endpoint<'a>> {
    let covers = |endpoint: &&Endpoint<'_>| endpoint.port == port && endpoint.depth(host).is_some();
    // Of equals the first.
    let rank = |endpoint: &Endpoint<'_>| (!endpoint.is_wildcard(), endpoint.host.len());
    endpoints.into_iter().filter(covers).reduce(|best, one| if rank(one) > rank(best) { one } else { best })
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;
    use crate::target::Target;

    #[test]
    fn every_test_is_a_target() {
        for test in TESTS {
            let line = test.line("0f0e-42").to_string();
            let target =
                Target::parse_line(&line, &mut |mistake| panic!("{line}: {mistake}")).expect("a target");
            assert_eq!((target.method, &target.expect.statuses[..]), (test.method, test.statuses), "{line}");
        }
    }

    #[test]
    fn lines() {
        let line = |url: &str| {
            let test = TESTS.iter().find(|test| test.url == url).expect(url);
            test.line("w1").to_string()
        };
        assert_eq!(
            line("https://graph.microsoft.com"),
            "https://graph.microsoft.com/ expect=200,301,302,400,404,405"
        );
        assert_eq!(
            line("https://x.cp.wd.microsoft.com/api/report"),
            "https://x.cp.wd.microsoft.com/api/report expect=200 body=\"OK\""
        );
        assert_eq!(
            line("https://{workspace}.ods.opinsights.azure.com/"),
            "https://w1.ods.opinsights.azure.com/"
        );
        assert_eq!(line("https://wdcp.microsoft.com/").split(' ').nth(1), Some("expect=503"));
    }

    #[test]
    fn depths() {
        let row = |host| Endpoint { host, ..ENDPOINTS[0] };
        let wildcard = row("*.endpoint.security.microsoft.com");
        assert_eq!(wildcard.depth("edr-cus.us.endpoint.security.microsoft.com"), Some(2));
        assert_eq!(wildcard.depth("X.Endpoint.Security.Microsoft.com."), Some(1));
        assert_eq!(wildcard.depth("endpoint.security.microsoft.com"), Some(0));
        assert_eq!(wildcard.depth("xendpoint.security.microsoft.com"), None);
        assert_eq!(wildcard.depth("microsoft.com"), None);
        assert_eq!(row("a.example").depth("A.example."), Some(0));
        assert_eq!(row("a.example").depth("b.a.example"), None);
    }

    #[test]
    fn what_is_known_of_a_host() {
        let of = |host, port| known(ENDPOINTS, host, port).map(|endpoint| endpoint.host);
        assert_eq!(of("winatp-gw-neu.microsoft.com", 443), Some("winatp-gw-neu.microsoft.com"));
        assert_eq!(of("a.b.endpoint.security.microsoft.com", 443), Some("*.endpoint.security.microsoft.com"));
        assert_eq!(of("winatp-gw-neu.microsoft.com", 80), None);
        assert_eq!(of("www.example", 443), None);
        let exempt = |host| known(ENDPOINTS, host, 443).is_some_and(Endpoint::is_exempt);
        assert!(exempt("ussus1eastprod.blob.core.windows.net") && !exempt("mine.blob.core.windows.net"));
    }

    #[test]
    fn observed_rows_are_never_required() {
        let observed = ENDPOINTS.iter().filter(|endpoint| endpoint.basis == Basis::Observed);
        assert!(
            observed.clone().count() > 20 && observed.clone().all(|endpoint| endpoint.required.is_empty())
        );
    }
}
