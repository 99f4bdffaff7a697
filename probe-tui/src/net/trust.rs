//! The roots in which a chain can end.
//!
//! Two sets, kept apart, because they answer different questions: the *service roots* say where the chain of a service
//! should end, the *machine roots* say whom this machine trusts besides. A chain that ends only in the second was
//! re-signed by somebody whom an administrator of this machine has let in.
//!
//! The service roots are the public ones, and those of the target's pin class. What one class has besides the public roots
//! is no place where the chain of another should end: its clients do not accept it. It is no re-signing either, though,
//! since nobody but the owner of that root has its key. So for another class such a root counts as one of another
//! programme does: as a service's where this machine trusts it, because then its clients do; and else as nothing, which
//! makes the chain untrusted, and never intercepted.
//!
//! For no list of public roots is complete: those of other and of earlier programmes, where this machine trusts them too,
//! count as roots of services. All this is a rule of the built-in roots. Roots that a user names are law.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use probe_core::catalog::roots::PinClass;
use probe_core::probe::tls::Anchor;
use probe_core::text::Text;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, TrustAnchor};

use super::certificate::is_public_anchor;
use super::class_roots::{ClassRoot, ClassRoots};

/// Longest note about a trust store or a root, in bytes.
pub(super) const NOTE: usize = 240;

/// All sets of roots; made once, shared by all probes of a run.
#[derive(Debug)]
pub struct Trust {
    /// The public roots, or those that the user named in their place.
    service: Roots,
    /// Those of the pin classes; none where the user named the service's roots.
    classes: ClassRoots,
    machine: OnceLock<Machine>,
    /// Whether what is known of public authorities besides the service's roots counts.
    knows_public: bool,
}

/// Where the roots come from.
#[derive(Debug, Clone, Default)]
pub struct TrustSources {
    /// A PEM file that replaces the built-in roots of services: the public ones, and those of the pin classes.
    pub service_roots: Option<PathBuf>,
    /// A PEM file that replaces the trust store of this machine.
    pub local_roots: Option<PathBuf>,
}

/// The trust store of this machine, and what was wrong with it.
#[derive(Debug, Default)]
struct Machine {
    roots: Roots,
    /// Those among them that are public, and yet not the service's.
    public: Roots,
    notes: Vec<Text<NOTE>>,
}

impl Trust {
    /// Reads the files that were named. The store of this machine is read when a chain first needs it, and once.
    ///
    /// # Errors
    /// A named file that cannot be read, holds no certificate, or a broken one.
    pub fn load(sources: &TrustSources) -> Result<Self, RootsMistake> {
        let (service, classes) = match &sources.service_roots {
            None => (Roots::built_in(), ClassRoots::built_in()),
            Some(file) => (Roots::from_file(file)?, ClassRoots::default()),
        };
        let machine = OnceLock::new();
        if let Some(file) = &sources.local_roots {
            let roots = Roots::from_file(file)?;
            machine.get_or_init(|| Machine::new(roots, Vec::new(), &classes));
        }
        Ok(Self { service, classes, machine, knows_public: sources.service_roots.is_none() })
    }

    /// Trust in exactly these roots.
    pub fn of(service: Roots, machine: Roots) -> Self {
        Self { knows_public: false, ..Self::by_class(service, Vec::new(), machine) }
    }

    /// Trust in the built-in roots of services, and in these of a machine.
    pub fn built_in(machine: Roots) -> Self {
        Self::with(Roots::built_in(), ClassRoots::built_in(), machine)
    }

    /// Trust that stands in for the built-in one: its rules hold, with these public roots and these of the classes.
    pub fn by_class(public: Roots, classes: Vec<ClassRoot>, machine: Roots) -> Self {
        Self::with(public, ClassRoots::of(classes), machine)
    }

    fn with(service: Roots, classes: ClassRoots, machine: Roots) -> Self {
        let machine = OnceLock::from(Machine::new(machine, Vec::new(), &classes));
        Self { service, classes, machine, knows_public: true }
    }

    /// What was wrong with the store of this machine: parts that could not be read, or nothing in it at all; and what is
    /// to be told of the dates of the classes' roots in which chains ended. None of it ends a run. Empty as long as no
    /// chain needed either.
    pub fn notes(&self) -> Vec<&str> {
        let machine = self.machine.get().map(|machine| &*machine.notes).unwrap_or_default();
        machine.iter().map(Text::as_str).chain(self.classes.notes()).collect()
    }

    /// The public roots, in which the chains of all services may end, or those that the user named in their place.
    pub fn service(&self) -> &Roots {
        &self.service
    }

    /// The trust for the targets of one pin class.
    pub fn for_class(&self, class: PinClass) -> ClassTrust<'_> {
        ClassTrust { trust: self, class }
    }

    /// The roots that this machine trusts; reads them from the disk the first time.
    pub fn machine(&self) -> &Roots {
        &self.of_machine().roots
    }

    fn of_machine(&self) -> &Machine {
        self.machine.get_or_init(|| Machine::of_the_system(&self.classes))
    }
}

/// The trust for the targets of one pin class: where their chains may end, and what that says.
#[derive(Debug, Clone, Copy)]
pub struct ClassTrust<'a> {
    trust: &'a Trust,
    class: PinClass,
}

impl<'a> ClassTrust<'a> {
    /// The class.
    pub fn class(self) -> PinClass {
        self.class
    }

    /// Whether what is known of public authorities counts: true unless the user named the service's roots.
    pub(crate) fn knows_public(self) -> bool {
        self.trust.knows_public
    }

    /// The sets of roots, and what a chain that ends in one of them says; the first that fits is right. Those of the
    /// machine are read when they are reached.
    pub(crate) fn sets(self) -> impl Iterator<Item = (&'a Roots, Anchor)> {
        let Self { trust, class } = self;
        let public = || trust.knows_public.then(|| (&trust.of_machine().public, Anchor::Service));
        iter::once(&trust.service)
            .chain(trust.classes.of_class(class))
            .map(|roots| (roots, Anchor::Service))
            .chain(iter::once_with(public).flatten())
            .chain(iter::once_with(|| (trust.machine(), Anchor::MachineOnly)))
    }

    /// What it says if a chain ends in the root with this subject and this key (the contents of the DER values); `None`
    /// where no set holds it.
    pub(crate) fn knows(self, subject: &[u8], key: &[u8]) -> Option<End<'a>> {
        let anchor = self.sets().find_map(|(roots, anchor)| roots.holds(subject, key).then_some(anchor))?;
        Some(self.end(anchor, subject, key))
    }

    /// The end in a root of a set, with what is known of the root's dates.
    pub(crate) fn end(self, anchor: Anchor, subject: &[u8], key: &[u8]) -> End<'a> {
        End { anchor, root: self.class_root(subject, key) }
    }

    /// The root of a class, also of another class, with this subject and this key (the contents of the DER values).
    pub(crate) fn class_root(self, subject: &[u8], key: &[u8]) -> Option<&'a ClassRoot> {
        self.trust.classes.find(subject, key)
    }

    /// Whether a root of a class, also of another class, has this subject (the contents of the DER value).
    pub(crate) fn names_class_root(self, subject: &[u8]) -> bool {
        self.trust.classes.are_named(subject)
    }

    /// The seconds from which something else holds of a root of a class.
    pub(crate) fn changes(self) -> impl Iterator<Item = i64> {
        self.trust.classes.changes()
    }
}

/// Where a chain ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End<'a> {
    /// In which set.
    pub(crate) anchor: Anchor,
    /// In which root, where it is one whose dates are known.
    pub(crate) root: Option<&'a ClassRoot>,
}

impl Machine {
    fn new(roots: Roots, notes: Vec<Text<NOTE>>, classes: &ClassRoots) -> Self {
        let is_public = |root: &&TrustAnchor<'_>| {
            is_public_anchor(root) || classes.find(&root.subject, &root.subject_public_key_info).is_some()
        };
        let public = roots.anchors.iter().filter(is_public).cloned().collect();
        Self { roots, public: Roots { anchors: public }, notes }
    }

    fn of_the_system(classes: &ClassRoots) -> Self {
        let found = rustls_native_certs::load_native_certs();
        let mut notes: Vec<_> =
            found.errors.iter().map(|error| Text::from_bytes(error.to_string().as_bytes())).collect();
        let anchors: Vec<_> = found.certs.iter().filter_map(anchor).collect();
        let unusable = found.certs.len() - anchors.len();
        if unusable > 0 {
            let note =
                format!("{unusable} of the certificates in this machine's trust store could not be read");
            notes.push(Text::from_bytes(note.as_bytes()));
        }
        if anchors.is_empty() {
            notes.push(Text::from_bytes(
                b"this machine's trust store holds no certificate: nobody's re-signing is trusted here",
            ));
        }
        Self::new(Roots { anchors: Cow::Owned(anchors) }, notes, classes)
    }
}

/// A set of roots, parsed once.
#[derive(Debug, Clone, Default)]
pub struct Roots {
    anchors: Cow<'static, [TrustAnchor<'static>]>,
}

impl Roots {
    fn built_in() -> Self {
        Self { anchors: Cow::Borrowed(webpki_roots::TLS_SERVER_ROOTS) }
    }

    /// Reads a file of certificates in PEM form. What else stands in it (keys, comments) is passed over.
    ///
    /// # Errors
    /// A file that cannot be read, holds no certificate, or a broken one.
    pub fn from_file(file: &Path) -> Result<Self, RootsMistake> {
        let mistake = |line, problem| RootsMistake { file: file.to_owned(), line, problem };
        let bytes = fs::read(file).map_err(|error| mistake(None, RootsProblem::Unreadable(error)))?;
        let sections = certificate_sections(&bytes);
        if sections.is_empty() {
            return Err(mistake(None, RootsProblem::NoCertificate));
        }
        let mut anchors = Vec::with_capacity(sections.len());
        for (line, section) in sections {
            let der = CertificateDer::from_pem_slice(section)
                .map_err(|_| mistake(Some(line), RootsProblem::BrokenPem))?;
            anchors.push(anchor(&der).ok_or_else(|| mistake(Some(line), RootsProblem::BrokenCertificate))?);
        }
        Ok(Self { anchors: Cow::Owned(anchors) })
    }

    /// The roots among these certificates; what cannot be read as one is left out.
    pub fn from_certificates<'a>(certificates: impl IntoIterator<Item = &'a CertificateDer<'a>>) -> Self {
        Self { anchors: certificates.into_iter().filter_map(anchor).collect() }
    }

    pub(crate) fn from_anchors(anchors: Vec<TrustAnchor<'static>>) -> Self {
        Self { anchors: anchors.into() }
    }

    /// The roots, as path building wants them.
    pub fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }

    fn holds(&self, subject: &[u8], key: &[u8]) -> bool {
        self.anchors.iter().any(|root| *root.subject == *subject && *root.subject_public_key_info == *key)
    }
}

fn anchor(certificate: &CertificateDer<'_>) -> Option<TrustAnchor<'static>> {
    webpki::anchor_from_trusted_cert(certificate).ok().map(|anchor| anchor.to_owned())
}

/// The certificates of a PEM file, each with the number of its first line. A section reaches to the next one's first
/// line, so that one without an end cannot swallow its neighbour.
fn certificate_sections(bytes: &[u8]) -> Vec<(usize, &[u8])> {
    let mut starts = Vec::new();
    let mut offset = 0;
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        // A byte order mark is what some editors put before the first line.
        let mark = if number == 0 && line.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        if line[mark..].trim_ascii() == b"-----BEGIN CERTIFICATE-----" {
            starts.push((number + 1, offset + mark));
        }
        offset += line.len();
    }
    let ends = starts.iter().skip(1).map(|(_, start)| *start).chain([bytes.len()]);
    starts.iter().zip(ends).map(|((line, start), end)| (*line, &bytes[*start..end])).collect()
}

/// A file of roots that cannot be used.
#[derive(Debug)]
pub struct RootsMistake {
    /// The file.
    pub file: PathBuf,
    /// The line where the certificate begins, counted from 1.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub problem: RootsProblem,
}

/// What is wrong with a file of roots.
#[derive(Debug)]
#[non_exhaustive]
pub enum RootsProblem {
    /// The operating system does not give it.
    Unreadable(io::Error),
    /// No certificate in PEM form stands in it.
    NoCertificate,
    /// A certificate has no end line, or is no base64.
    BrokenPem,
    /// A certificate's contents are no X.509 certificate.
    BrokenCertificate,
}

impl fmt::Display for RootsMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        f.write_str(match &self.problem {
            RootsProblem::Unreadable(error) => return write!(f, ": cannot be read: {error}"),
            RootsProblem::NoCertificate => {
                ": no certificate found; give a PEM file, in which each begins with -----BEGIN CERTIFICATE-----"
            }
            RootsProblem::BrokenPem => {
                ": this certificate is cut or is no base64; export it again as PEM (Base64-encoded X.509)"
            }
            RootsProblem::BrokenCertificate => {
                ": this is no X.509 certificate that can be used as a root; export the root's certificate again"
            }
        })
    }
}

impl std::error::Error for RootsMistake {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            RootsProblem::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}
