//! Where a tenant's data is kept, which decides which names its machines need.

use super::words;

words! {
    /// A data location, or a government's cloud.
    Region {
        /// United States.
        Us => "US";
        /// European Union.
        Eu => "EU";
        /// United Kingdom.
        Uk => "UK";
        /// Australia.
        Au => "AU";
        /// Switzerland.
        Ch => "CH";
        /// India.
        In => "IN";
        /// Government community cloud of the United States.
        Gcc => "GCC";
        /// Its high variant.
        Gcch => "GCCH";
        /// Department of Defense of the United States.
        Dod => "DoD";
    }
}

impl Region {
    /// In plain words.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Us => "United States",
            Self::Eu => "European Union",
            Self::Uk => "United Kingdom",
            Self::Au => "Australia",
            Self::Ch => "Switzerland",
            Self::In => "India",
            Self::Gcc => "US government, GCC",
            Self::Gcch => "US government, GCC High",
            Self::Dod => "US government, DoD",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Regions(pub(super) u16);

impl Regions {
    /// No region.
    pub const NONE: Self = Self(0);

    /// The clouds of the United States' government.
    pub const GOVERNMENT: Self = Self(Region::Gcc.bit() | Region::Gcch.bit() | Region::Dod.bit());

    /// Every commercial region: what the lists call worldwide.
    pub const WORLDWIDE: Self = Self(
        Region::Us.bit()
            | Region::Eu.bit()
            | Region::Uk.bit()
            | Region::Au.bit()
            | Region::Ch.bit()
            | Region::In.bit(),
    );

    /// Every region.
    pub const EVERYWHERE: Self = Self(Self::WORLDWIDE.0 | Self::GOVERNMENT.0);

    /// With this region, too.
    #[must_use]
    pub const fn with(self, region: Region) -> Self {
        Self(self.0 | region.bit())
    }

    /// Whether it has this region.
    pub const fn has(self, region: Region) -> bool {
        self.0 & region.bit() != 0
    }

    /// Whether it has none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether both have a region in common.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether it holds every commercial region.
    pub const fn is_worldwide(self) -> bool {
        self.0 & Self::WORLDWIDE.0 == Self::WORLDWIDE.0
    }

    /// Reads what [`Display`](core::fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        text.split(';').try_fold(Self::default(), |set, word| match word.trim() {
            "ALL" => Some(Self::EVERYWHERE),
            "WW" => Some(set.and(Self::WORLDWIDE)),
            word => Region::from_id(word).map(|region| set.with(region)),
        })
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those in it.
    pub fn iter(self) -> impl Iterator<Item = Region> {
        Region::ALL.iter().copied().filter(move |region| self.has(*region))
    }
}

impl core::fmt::Display for Regions {
    /// As the data files write it: `ALL`, `WW`, or the regions with `;` between them.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::EVERYWHERE => return f.pad("ALL"),
            Self::WORLDWIDE => return f.pad("WW"),
            _ => {}
        }
        for (index, region) in self.iter().enumerate() {
            write!(f, "{}{region}", if index == 0 { "" } else { ";" })?;
        }
        Ok(())
    }
}
