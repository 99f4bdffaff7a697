//! What was read, and where each setting in it stands.

use alloc::vec::Vec;
use core::fmt;

use crate::settings::{Entry, Reading, Scope};

/// One file, or one place of this machine, that was read.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    /// Its name, for people.
    pub name: &'a str,
    /// What stands in it.
    pub reading: Reading<'a>,
    /// Whether it is the whole environment of the session that is asked about: what does not stand in it is not set there,
    /// whatever files say.
    pub is_session: bool,
    /// Where its lines begin, but for the first.
    starts: Vec<usize>,
}

impl<'a> Document<'a> {
    /// A document of this text.
    pub fn new(name: &'a str, text: &str, reading: Reading<'a>) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = breaks.map(|(at, _)| at.saturating_add(1)).collect();
        Self { name, reading, is_session: false, starts }
    }

    /// The whole environment of the session that is asked about.
    pub fn session(name: &'a str, text: &str, reading: Reading<'a>) -> Self {
        Self { is_session: true, ..Self::new(name, text, reading) }
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
