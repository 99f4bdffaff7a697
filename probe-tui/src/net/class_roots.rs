//! The roots that one class of services has besides the public ones, with the dates of their validity.
//!
//! Path building knows no dates of roots (RFC 5280 6.1.1 d), and clients do: Windows, macOS, OpenSSL and Go refuse a chain
//! whose root is over. So a chain that ends in such a root is told from others here, and what nears its end gets a note.
//! Of public roots no dates are known: the list that they come from is taken from its keepers as it is.

use std::borrow::Cow;
use std::sync::OnceLock;

use jiff::Timestamp;
use probe_core::catalog::roots::{PinClass, ROOTS, Root};
use probe_core::probe::tls::Dates;
use probe_core::text::Text;
use rustls_pki_types::{CertificateDer, Der, TrustAnchor};

use super::certificate::{Certificate, contents};
use super::trust::{NOTE, Roots};

/// How long before a root's end it gets a note, in seconds: 90 days, time enough for a new build.
const SOON: i64 = 90 * 24 * 60 * 60;

/// A root that one class has besides the public ones.
#[derive(Debug)]
pub struct ClassRoot {
    class: PinClass,
    name: Cow<'static, str>,
    anchor: TrustAnchor<'static>,
    not_before: i64,
    not_after: i64,
    /// What is to be told of its dates, once a chain has ended in it.
    note: OnceLock<Text<NOTE>>,
}

impl ClassRoot {
    /// A stand-in for the built-in ones; `None` for what is no certificate that can be a root.
    pub fn from_certificate(class: PinClass, der: &CertificateDer<'_>) -> Option<Self> {
        let certificate = Certificate::read(der)?;
        Some(Self {
            class,
            name: certificate.subject().as_str().to_owned().into(),
            anchor: webpki::anchor_from_trusted_cert(der).ok()?.to_owned(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            note: OnceLock::new(),
        })
    }

    fn built_in(root: &'static Root) -> Self {
        Self {
            class: root.class,
            name: root.name.into(),
            anchor: TrustAnchor {
                subject: Der::from_slice(contents(root.subject)),
                subject_public_key_info: Der::from_slice(contents(root.key)),
                name_constraints: None,
            },
            not_before: root.not_before,
            not_after: root.not_after,
            note: OnceLock::new(),
        }
    }

    /// How a moment, in seconds since 1970, lies to its validity.
    pub(crate) fn dates(&self, now: i64) -> Dates {
        if self.not_after < now {
            Dates::Expired
        } else if now < self.not_before {
            Dates::NotYetValid
        } else {
            Dates::Valid
        }
    }

    /// A chain ends in it: what there is to tell of its dates becomes a note of the run.
    pub(crate) fn is_met(&self, now: i64) {
        let Self { name, not_before, not_after, .. } = self;
        let text = match self.dates(now) {
            Dates::Expired => format!(
                "a chain ends in the root {name}, whose validity was over on {}: clients refuse it",
                day(*not_after)
            ),
            Dates::NotYetValid => format!(
                "a chain ends in the root {name}, whose validity begins on {}: clients refuse it until then",
                day(*not_before)
            ),
            Dates::Valid if not_after.saturating_sub(now) < SOON => format!(
                "a chain ends in the root {name}, which is valid until {} only: by then its services need another, \
                 and this program a build that knows it",
                day(*not_after)
            ),
            Dates::Valid => return,
        };
        self.note.get_or_init(|| Text::from_bytes(text.as_bytes()));
    }
}

/// The day of a moment, as `2021-05-09`.
fn day(second: i64) -> String {
    Timestamp::from_second(second)
        .map_or_else(|_| second.to_string(), |at| at.strftime("%Y-%m-%d").to_string())
}

/// The roots of all classes.
#[derive(Debug, Default)]
pub(crate) struct ClassRoots {
    all: Vec<ClassRoot>,
    /// As path building wants them.
    by_class: Vec<(PinClass, Roots)>,
}

impl ClassRoots {
    pub(crate) fn built_in() -> Self {
        Self::of(ROOTS.iter().map(ClassRoot::built_in).collect())
    }

    pub(crate) fn of(all: Vec<ClassRoot>) -> Self {
        let of_class = |class| {
            let anchors = all.iter().filter(|root| root.class == class).map(|root| root.anchor.clone());
            (class, Roots::from_anchors(anchors.collect()))
        };
        let by_class = PinClass::ALL.iter().copied().map(of_class).collect();
        Self { all, by_class }
    }

    /// Those of one class, also those whose validity is over.
    pub(crate) fn of_class(&self, class: PinClass) -> Option<&Roots> {
        self.by_class.iter().find_map(|(of, roots)| (*of == class).then_some(roots))
    }

    /// The root with this subject and this key (the contents of the DER values), of whichever class.
    pub(crate) fn find(&self, subject: &[u8], key: &[u8]) -> Option<&ClassRoot> {
        self.all
            .iter()
            .find(|root| *root.anchor.subject == *subject && *root.anchor.subject_public_key_info == *key)
    }

    /// Whether one of them has this subject (the contents of the DER value).
    pub(crate) fn are_named(&self, subject: &[u8]) -> bool {
        self.all.iter().any(|root| *root.anchor.subject == *subject)
    }

    /// The seconds from which something else holds of one of them.
    pub(crate) fn changes(&self) -> impl Iterator<Item = i64> {
        self.all.iter().flat_map(|root| [root.not_before, root.not_after.saturating_add(1)])
    }

    pub(crate) fn notes(&self) -> impl Iterator<Item = &str> {
        self.all.iter().filter_map(|root| root.note.get()).map(Text::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::certificate::is_checkable;
    use x509_parser::asn1_rs::FromDer as _;
    use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

    #[test]
    fn every_built_in_root_is_a_trust_anchor_whose_signatures_can_be_checked() {
        let built_in = ClassRoots::built_in();
        assert_eq!(built_in.all.len(), ROOTS.len());
        for (root, row) in built_in.all.iter().zip(ROOTS) {
            let (rest, name) = X509Name::from_der(row.subject).expect("a name");
            let common_name = name.iter_common_name().next().and_then(|part| part.as_str().ok());
            assert_eq!((rest.len(), common_name), (0, Some(row.name)));
            let (rest, key) = SubjectPublicKeyInfo::from_der(row.key).expect("a key");
            assert!(rest.is_empty() && is_checkable(&key), "{}", row.name);
            // As path building puts it together again.
            assert_eq!(&*webpki::spki_for_anchor(&root.anchor), row.key);
            assert!(built_in.find(&root.anchor.subject, &root.anchor.subject_public_key_info).is_some());
        }
    }

    #[test]
    fn none_is_a_public_root() {
        let public = |root: &ClassRoot| {
            let key = &root.anchor.subject_public_key_info;
            webpki_roots::TLS_SERVER_ROOTS.iter().any(|other| other.subject_public_key_info == *key)
        };
        assert!(!ClassRoots::built_in().all.iter().any(public));
    }

    #[test]
    fn notes_are_for_what_is_over_and_for_what_nears_its_end() {
        let noted = |seconds_from_end: i64| {
            let root = ClassRoot::built_in(&ROOTS[0]);
            let roots = ClassRoots::of(vec![root]);
            roots.all[0].is_met(ROOTS[0].not_after + seconds_from_end);
            roots.notes().map(str::to_owned).collect::<Vec<_>>()
        };
        assert!(noted(-SOON).is_empty());
        assert!(noted(1 - SOON)[0].contains("valid until 2021-05-09 only"));
        assert!(noted(0)[0].contains("valid until 2021-05-09 only"));
        assert!(noted(1)[0].contains("was over on 2021-05-09: clients refuse it"));
        let before = ROOTS[0].not_before - ROOTS[0].not_after - 1;
        assert!(noted(before)[0].contains("begins on 2001-05-09"));
    }
}
