//! What was read, and where each setting in it stands.

use alloc::vec::Vec;
use core::fmt;

use crate::settings::{Entry, Reading, Scope};

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
    /// Whose whole environment it is, if it is one: what does not stand in it is not set there, whatever files say.
    pub whole_of: Option<Whose<'a>>,
    /// Where its lines begin, but for the first.
    starts: Vec<usize>,
}

impl<'a> Document<'a> {
    /// A document of this text.
    pub fn new(name: &'a str, text: &str, reading: Reading<'a>) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = breaks.map(|(at, _)| at.saturating_add(1)).collect();
        Self { name, reading, whole_of: None, starts }
    }

    /// The whole environment of the session that is asked about, or of a service as it runs.
    pub fn whole(whose: Whose<'a>, name: &'a str, text: &str, reading: Reading<'a>) -> Self {
        Self { whole_of: Some(whose), ..Self::new(name, text, reading) }
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
