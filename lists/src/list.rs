//! A list that was read, with everything that was not understood.

use std::fmt;
use std::sync::LazyLock;

use probe_core::catalog::{
    Basis, ENDPOINTS, Endpoint, Index, Inspection, Packages, PinClass, Regions, Releases, Service, Systems,
};
use probe_core::target::Scheme;

use crate::host::Pattern;
use crate::limits;

/// The form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Rows of text with separators.
    Csv,
    /// A workbook.
    Xlsx,
    /// The JSON of the Microsoft 365 web service.
    Microsoft365,
    /// A host a line.
    Text,
}

impl Format {
    /// In words.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Xlsx => "XLSX",
            Self::Microsoft365 => "JSON of the Microsoft 365 web service",
            Self::Text => "text",
        }
    }
}

/// A list of endpoints.
#[derive(Debug, Clone)]
pub struct List {
    /// What it was.
    pub format: Format,
    /// Its rows, in their order.
    pub rows: Vec<Row>,
    /// What was not understood, or not used.
    pub unread: Vec<Unread>,
    /// Bytes of the texts of its rows.
    kept: usize,
}

impl List {
    pub(crate) fn new(format: Format) -> Self {
        Self { format, rows: Vec::new(), unread: Vec::new(), kept: 0 }
    }

    /// Whether it has as many rows as a list may have; the last one then says so.
    pub(crate) fn is_full(&mut self, place: &str) -> bool {
        let full = self.rows.len() + self.unread.len() >= limits::ROWS || self.kept >= limits::KEPT;
        if full {
            self.unread.push(Unread::new(place, "", "the list is too long; the rest was not read"));
        }
        full
    }

    pub(crate) fn push(&mut self, row: Row) {
        let texts = [&row.host, &row.path, &row.conflict, &row.note, &row.source, &row.date];
        self.kept += texts.iter().map(|text| text.len()).sum::<usize>();
        self.rows.push(row);
    }

    /// The rows as the catalogue has them.
    pub fn endpoints(&self) -> impl Iterator<Item = Endpoint<'_>> {
        self.rows.iter().map(Row::endpoint)
    }
}

/// Something that was not understood, or not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Where: `line 7`, `sheet "Common", row 7`.
    pub place: String,
    /// What stands there, cut and without control characters.
    pub text: String,
    /// Why it was not used.
    pub why: &'static str,
}

impl Unread {
    pub(crate) fn new(place: &str, text: &str, why: &'static str) -> Self {
        let harmless = |text: &str| -> String {
            let shown = text.chars().map(|c| if probe_core::text::is_harmless(c) { c } else { '\u{fffd}' });
            shown.take(limits::QUOTE).collect()
        };
        Self { place: harmless(place), text: harmless(text), why }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)?;
        if self.text.is_empty() { Ok(()) } else { write!(f, ": {}", self.text) }
    }
}

/// A text of a file as a row keeps it: in one line, and without anything that could steer a terminal.
pub(crate) fn kept(text: &str) -> String {
    let shown = |c: char| match c {
        _ if c.is_whitespace() => ' ',
        _ if probe_core::text::is_harmless(c) => c,
        _ => '\u{fffd}',
    };
    text.chars().map(shown).collect()
}

/// A row, with text of its own. The fields are those of [`Endpoint`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the field of `Endpoint` with the same name")]
pub struct Row {
    pub host: String,
    pub port: u16,
    pub scheme: Scheme,
    pub path: String,
    pub regions: Regions,
    pub service: Service,
    pub systems: Systems,
    pub required: Systems,
    pub packages: Packages,
    pub releases: Releases,
    pub inspection: Inspection,
    pub pin: PinClass,
    pub direct: bool,
    pub basis: Basis,
    pub conflict: String,
    pub note: String,
    pub source: String,
    pub date: String,
}

/// The built-in catalogue, to look up each row of a long list.
static BUILT_IN: LazyLock<Index<'static>> = LazyLock::new(|| Index::new(ENDPOINTS));

impl Row {
    /// A row of which nothing is said but its host: needed everywhere and by every agent, since whoever lists a host needs it.
    ///
    /// Where its chains end, whether it must be exempt from inspection or reached without a proxy, and what it is for, is taken
    /// from the built-in catalogue where that knows the host: lists do not say it, and the verdict depends on it.
    pub(crate) fn of(pattern: &Pattern, port: Option<u16>) -> Self {
        let port = pattern.port.or(port).unwrap_or_else(|| pattern.scheme.map_or(443, Scheme::default_port));
        let scheme = pattern.scheme.unwrap_or(if port == 80 { Scheme::Http } else { Scheme::Https });
        let name = pattern.host.strip_prefix("*.").unwrap_or(&pattern.host);
        let same = ENDPOINTS.iter().find(|one| one.host == pattern.host && one.port == port);
        let built_in = same.or_else(|| BUILT_IN.known(name, port));
        let systems = Systems::AGENTS;
        Self {
            host: pattern.host.clone(),
            port,
            scheme,
            path: pattern.path.clone(),
            regions: Regions::EVERYWHERE,
            service: built_in.map_or(Service::Other, |one| one.service),
            systems,
            required: systems,
            packages: Packages::Both,
            releases: Releases::All,
            inspection: built_in.map_or(Inspection::No, |one| one.inspection),
            pin: built_in.map_or(PinClass::Public, |one| one.pin),
            direct: built_in.is_some_and(|one| one.direct),
            basis: Basis::Documented,
            conflict: String::new(),
            note: String::new(),
            source: String::new(),
            date: String::new(),
        }
    }

    /// As the catalogue has it.
    pub fn endpoint(&self) -> Endpoint<'_> {
        Endpoint {
            host: &self.host,
            port: self.port,
            scheme: self.scheme,
            path: &self.path,
            regions: self.regions,
            service: self.service,
            systems: self.systems,
            required: self.required,
            packages: self.packages,
            releases: self.releases,
            inspection: self.inspection,
            pin: self.pin,
            direct: self.direct,
            basis: self.basis,
            conflict: &self.conflict,
            note: &self.note,
            source: &self.source,
            date: &self.date,
        }
    }
}
