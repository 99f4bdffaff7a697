//! Where the chains of services end: pin classes, and the roots that one class has besides the public ones.
//!
//! The rows are `core/catalog/roots.csv`, with their sources. A class never takes public roots away: a service that moves
//! to a public authority is no fault of the network.

/// Where the chain of a service may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum PinClass {
    /// In the public roots only; everything of which nothing else is known.
    #[default]
    Public,
    /// In the public roots, or in one of Microsoft's own, which browsers and most systems do not hold.
    Microsoft,
}

impl PinClass {
    /// Every class.
    pub const ALL: &'static [Self] = &[Self::Public, Self::Microsoft];

    /// The stable id, as in data files.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Microsoft => "microsoft",
        }
    }

    /// The class with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.id() == id)
    }
}

/// A root that one class has besides the public ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root {
    /// The class whose services use it.
    pub class: PinClass,
    /// The common name of its subject.
    pub name: &'static str,
    /// Its subject: a `Name` in DER (RFC 5280 4.1.2.6).
    pub subject: &'static [u8],
    /// Its key: a `SubjectPublicKeyInfo` in DER (RFC 5280 4.1.2.7).
    pub key: &'static [u8],
    /// Beginning of its validity, in seconds since 1970-01-01T00:00:00Z.
    pub not_before: i64,
    /// End of its validity, in seconds since 1970-01-01T00:00:00Z; this second is still within.
    pub not_after: i64,
    /// Who vouches for it.
    pub source: &'static str,
    /// The day on which the row was compared with its source, as `2026-11-25`.
    pub date: &'static str,
}

/// Every root that a class has besides the public ones.
#[expect(clippy::unreadable_literal, reason = "nobody reads what the build script writes")]
pub const ROOTS: &[Root] = include!(concat!(env!("OUT_DIR"), "/roots.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lead_back_to_their_classes() {
        for class in PinClass::ALL {
            assert_eq!(PinClass::from_id(class.id()), Some(*class));
        }
        assert_eq!(PinClass::from_id("Microsoft"), None);
        assert_eq!(PinClass::from_id(""), None);
    }

    #[test]
    fn the_rows_are_as_openssl_prints_their_certificates() {
        let row = |name| ROOTS.iter().find(|root| root.name == name).expect("a root by this name");
        // 2011-03-22T22:05:28Z and 2036-03-22T22:13:04Z.
        let root = row("Microsoft Root Certificate Authority 2011");
        assert_eq!((root.not_before, root.not_after), (1_300_831_528, 2_089_836_784));
        assert_eq!(root.key.len(), 550, "an RSA key of 4096 bits");
        // 2001-05-09T23:19:22Z and 2021-05-09T23:28:13Z.
        let over = row("Microsoft Root Certificate Authority");
        assert_eq!((over.not_before, over.not_after), (989_450_362, 1_620_602_893));
        let elliptic = row("Microsoft ECC Product Root Certificate Authority 2018");
        assert_eq!(elliptic.key.len(), 120, "a key on P-384");
    }

    #[test]
    fn no_key_stands_twice() {
        for (index, root) in ROOTS.iter().enumerate() {
            assert!(ROOTS.iter().skip(index + 1).all(|other| other.key != root.key), "{}", root.name);
        }
    }

    #[test]
    fn public_roots_need_no_row() {
        assert!(ROOTS.iter().all(|root| root.class != PinClass::Public));
    }
}
