//! The systems that agents run on, and the releases of Windows.

use super::words;

words! {
    /// What an agent runs on.
    System {
        /// Windows with the agent that is built in, or the unified one on Server 2012 R2 and 2016.
        Windows => "windows";
        /// Older Windows with the Microsoft Monitoring Agent.
        WindowsMma => "windows-mma";
        /// macOS.
        Macos => "macos";
        /// Linux.
        Linux => "linux";
        /// The workstation of an administrator who uses the portal; no agent at all.
        Admin => "admin";
    }
}

impl System {
    /// The name, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Windows => "Windows",
            Self::WindowsMma => "Windows with the Microsoft Monitoring Agent",
            Self::Macos => "macOS",
            Self::Linux => "Linux",
            Self::Admin => "an administrator's workstation",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Systems(pub(super) u16);

impl Systems {
    /// Every system with an agent.
    pub const AGENTS: Self =
        Self(System::Windows.bit() | System::WindowsMma.bit() | System::Macos.bit() | System::Linux.bit());

    /// With this system, too.
    #[must_use]
    pub const fn with(self, system: System) -> Self {
        Self(self.0 | system.bit())
    }

    /// Whether it has this system.
    pub const fn has(self, system: System) -> bool {
        self.0 & system.bit() != 0
    }

    /// Whether it has none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Reads what [`Display`](core::fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        let words = text.split(';').map(str::trim).filter(|word| !word.is_empty());
        words.into_iter().try_fold(Self::default(), |set, word| Some(set.with(System::from_id(word)?)))
    }

    /// Those in both.
    #[must_use]
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in it.
    pub fn iter(self) -> impl Iterator<Item = System> {
        System::ALL.iter().copied().filter(move |system| self.has(*system))
    }
}

impl core::fmt::Display for Systems {
    /// As the data files write it, with `;` between them.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (index, system) in self.iter().enumerate() {
            write!(f, "{}{system}", if index == 0 { "" } else { ";" })?;
        }
        Ok(())
    }
}

/// A release of Windows, as its year and month: 1803, 2110 for 21H2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// Year and month.
    pub number: u16,
    /// Whether it is a server.
    pub server: bool,
}

impl Release {
    /// Reads `1803`, `21H2`, `11`, or a server's `2012R2`, `2016`, `2019`, `2022`, `2025`.
    pub fn parse(text: &str) -> Option<Self> {
        let client = |number| Some(Self { number, server: false });
        let server = |number| Some(Self { number, server: true });
        match text.trim() {
            "11" => return client(2110),
            one if one.eq_ignore_ascii_case("2012R2") || one.eq_ignore_ascii_case("2012 R2") => {
                return server(1310);
            }
            "2016" => return server(1607),
            "2019" => return server(1809),
            "2022" => return server(2110),
            "2025" => return server(2410),
            _ => {}
        }
        let bytes: [u8; 4] = text.trim().as_bytes().try_into().ok()?;
        let digit = |byte: u8| byte.checked_sub(b'0').filter(|digit| *digit < 10).map(u16::from);
        let [a, b, c, d] = bytes;
        let year = digit(a)?.checked_mul(10)?.checked_add(digit(b)?)?;
        let month = match (c, d) {
            (b'H' | b'h', b'1') => 4,
            (b'H' | b'h', b'2') => 10,
            _ => {
                digit(c)?.checked_mul(10)?.checked_add(digit(d)?).filter(|month| (1..=12).contains(month))?
            }
        };
        // Windows 10 begins with 1507.
        let number = year.checked_mul(100)?.checked_add(month)?;
        (1507..=4012).contains(&number).then_some(Self { number, server: false })
    }
}

/// The releases of Windows that need an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Releases {
    /// Every one.
    All,
    /// Those before this one.
    Before(u16),
    /// This one and those before it.
    UpTo(u16),
    /// This one and those after it.
    From(u16),
}

impl Releases {
    /// Reads what [`Display`](core::fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.parse().ok();
        match text.trim() {
            "" => Some(Self::All),
            text if text.starts_with("<=") => number(text.get(2..)?).map(Self::UpTo),
            text if text.starts_with(">=") => number(text.get(2..)?).map(Self::From),
            text => number(text.strip_prefix('<')?).map(Self::Before),
        }
    }

    /// Whether a release is among them. One that nobody named is taken for a current one.
    pub fn have(self, release: Option<Release>) -> bool {
        let number = release.map_or(u16::MAX, |release| release.number);
        match self {
            Self::All => true,
            Self::Before(limit) => number < limit,
            Self::UpTo(limit) => number <= limit,
            Self::From(limit) => number >= limit,
        }
    }
}

impl core::fmt::Display for Releases {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::Before(limit) => write!(f, "<{limit}"),
            Self::UpTo(limit) => write!(f, "<={limit}"),
            Self::From(limit) => write!(f, ">={limit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_as_people_write_them() {
        let number = |text| Release::parse(text).map(|release| (release.number, release.server));
        assert_eq!(number("1803"), Some((1803, false)));
        assert_eq!(number("21H2"), Some((2110, false)));
        assert_eq!(number("22h1"), Some((2204, false)));
        assert_eq!(number("11"), Some((2110, false)));
        assert_eq!(number("2016"), Some((1607, true)));
        assert_eq!(number("2012r2"), Some((1310, true)));
        for wrong in ["", "10", "7", "18.03", "1813", "1499", "21H3", "é123", "99H9", "9912"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ranges() {
        let at = |number| Some(Release { number, server: false });
        assert!(Releases::Before(1803).have(at(1709)) && !Releases::Before(1803).have(at(1803)));
        assert!(Releases::UpTo(1803).have(at(1803)) && Releases::From(1803).have(at(1803)));
        assert!(!Releases::UpTo(1803).have(None) && Releases::From(1803).have(None));
    }
}
