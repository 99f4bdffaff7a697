//! Lists of endpoints and onboarding data, from files of many kinds. Bytes in, values out: nothing here reads a file or a
//! clock, so that a page in a browser can use it as well as a program on a server.
//!
//! - [`read`] takes a list of endpoints: CSV and XLSX as Microsoft publishes them or in the catalogue's own columns, the JSON of
//!   the Microsoft 365 web service, or text with a host a line. What it is shows in the bytes, not in the name of the file.
//! - [`diff()`] says what two lists do not have in common.
//! - [`onboarding`] takes region, data centre and URLs out of the onboarding data of a machine.
//!
//! Nothing is lost silently: a row that is not understood is [`Unread`], with its place and the reason.

mod decode;
mod diff;
mod host;
pub mod limits;
mod list;
mod microsoft365;
pub mod onboarding;
mod table;
mod text;
mod workbook;

pub use diff::{Difference, diff};
pub use list::{Format, List, Row, Unread};

use std::fmt;

/// Why bytes are no list at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// Larger than [`limits::FILE`].
    TooLarge,
    /// A workbook that unpacks to more than [`limits::UNPACKED`].
    UnpacksTooLarge,
    /// An archive that is no workbook, or a broken one.
    NoWorkbook,
    /// Neither UTF-8 nor UTF-16.
    NoText,
    /// JSON, but not what the web service gives.
    UnknownJson,
    /// Nothing in it is an endpoint.
    Empty,
}

impl Unreadable {
    /// What to do.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::TooLarge => "give a list of at most 16 MiB",
            Self::UnpacksTooLarge => "save the sheet alone, as CSV",
            Self::NoWorkbook => "save it again as .xlsx, or as CSV",
            Self::NoText => "save it as UTF-8",
            Self::UnknownJson => "give what endpoints.office.com answers: an array of objects with `urls`",
            Self::Empty => "give a list with a column of hosts, or a host a line",
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "this file is too large for a list",
            Self::UnpacksTooLarge => "this workbook unpacks to more than a list can have",
            Self::NoWorkbook => "this is an archive, but no workbook that can be read",
            Self::NoText => "this is no text: neither UTF-8 nor UTF-16",
            Self::UnknownJson => "this is JSON, but not the list of the Microsoft 365 web service",
            Self::Empty => "nothing in this file is an endpoint",
        })
    }
}

impl std::error::Error for Unreadable {}

/// Reads a list of endpoints, whatever its form.
///
/// # Errors
/// Why it is none.
pub fn read(bytes: &[u8]) -> Result<List, Unreadable> {
    if bytes.len() > limits::FILE {
        return Err(Unreadable::TooLarge);
    }
    let list = if bytes.starts_with(b"PK\x03\x04") {
        workbook::read(bytes)?
    } else {
        let text = decode::text(bytes).ok_or(Unreadable::NoText)?;
        let start = text.trim_start();
        if start.starts_with(['[', '{']) {
            microsoft365::read(start)?
        } else if let Some(list) = table::read_text(&text) {
            list
        } else {
            text::read(&text)
        }
    };
    if list.rows.is_empty() && list.unread.is_empty() { Err(Unreadable::Empty) } else { Ok(list) }
}
