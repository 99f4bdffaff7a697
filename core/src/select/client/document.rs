//! What was read, and where each setting in it stands.

use alloc::vec::Vec;
use core::fmt;

use super::Gap;
use crate::catalog::System;
use crate::settings::{Entry, Format, Reading, Scope};

/// Whose environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    /// The session's that is asked about.
    Session,
    /// A service's: its name, without `.service`.
    Service(&'a str),
}

/// One file, or one place of this machine, that was read.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    /// Its name, for people.
    pub name: &'a str,
    /// What stands in it.
    pub reading: Reading<'a>,
    /// The system that it comes from, where that can be told by what kind of text it is, whatever stands in it.
    pub system: Option<System>,
    /// Whose whole environment it is, if it is one: what does not stand in it is not set there, whatever files say.
    pub whole_of: Option<Whose<'a>>,
    /// What kind of text it is, where that is known.
    pub format: Option<Format>,
    /// The one service that it is for, if it is for one.
    pub service: Option<&'a str>,
    /// Why not all that stands in it is known, if so.
    pub gap: Option<Gap>,
    /// Where its lines begin, but for the first.
    starts: Vec<usize>,
}

impl<'a> Document<'a> {
    /// The system whose settings these are; `None` where that cannot be told.
    pub fn system_of(documents: &[Self]) -> Option<System> {
        let is_of = |system| {
            documents.iter().any(|document| {
                document.system == Some(system)
                    || document.reading.entries.iter().any(|entry| entry.key.system() == Some(system))
            })
        };
        [System::Windows, System::Macos].into_iter().find(|system| is_of(*system))
    }

    /// A document of this text.
    pub fn new(name: &'a str, text: &str, reading: Reading<'a>) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = breaks.map(|(at, _)| at.saturating_add(1)).collect();
        Self { name, reading, system: None, whole_of: None, format: None, service: None, gap: None, starts }
    }

    /// One that could not be read: its name says why, and what it would be is known.
    pub fn unread(name: &'a str, format: Format, service: Option<&'a str>) -> Self {
        let document = Self::new(name, "", Reading::default());
        Self { system: format.system(), format: Some(format), service, gap: Some(Gap::Unread), ..document }
    }

    /// The whole environment of the session that is asked about, or of a service as it runs.
    pub fn whole(whose: Whose<'a>, name: &'a str, text: &str, reading: Reading<'a>) -> Self {
        Self { whole_of: Some(whose), ..Self::new(name, text, reading) }
    }

    /// The same, as what it is a text of: its kind, and the service that it is for, if it is for one.
    #[must_use]
    pub fn in_format(self, format: Format, service: Option<&'a str>, text: &str) -> Self {
        let gap = Gap::of(format, text, &self);
        Self { system: format.system(), format: Some(format), service, gap, ..self }
    }

    /// Whether anything of it was read.
    pub fn is_read(&self) -> bool {
        self.gap != Some(Gap::Unread)
    }

    /// The same, as it comes from this system.
    #[must_use]
    pub fn of(self, system: Option<System>) -> Self {
        Self { system, ..self }
    }

    /// Where one of its settings stands.
    pub(super) fn place(&'a self, entry: &'a Entry<'a>) -> Place<'a> {
        Place { document: self.name, line: self.line(entry.at.start), entry }
    }

    /// The line (from 1) in which a byte of the text stands.
    pub fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_add(1)
    }
}

/// Where a setting stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The document's name.
    pub document: &'a str,
    /// The line in it, from 1.
    pub line: usize,
    /// The setting.
    pub entry: &'a Entry<'a>,
}

impl fmt::Display for Place<'_> {
    /// `file:line key`. The value is not shown: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.document, self.line, self.entry.key)?;
        match &self.entry.scope {
            Scope::Machine => Ok(()),
            scope => write!(f, " ({scope})"),
        }
    }
}
