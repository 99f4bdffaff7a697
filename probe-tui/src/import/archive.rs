//! `MDEClientAnalyzerResult.zip`: the analyzer's text and XML, and the list of what it was to ask, out of an archive that may be
//! made to be unpleasant.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use super::{Import, Tool, Unreadable, analyzer, analyzer_xml, decode, quoted};

/// Names that are looked at; an archive of the analyzer has some hundred.
const MOST_ENTRIES: usize = 20_000;

/// The largest file inside that is read, in bytes, unpacked. `MDEClientAnalyzer.txt` has some hundred KiB.
const MOST_UNPACKED: u64 = 16 * 1024 * 1024;

/// The largest list of endpoints, in bytes.
const MOST_LIST: u64 = 1024 * 1024;

/// Whether it begins as one.
pub fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Reads it.
///
/// # Errors
/// Why nothing in it can be read.
pub fn read(bytes: &[u8]) -> Result<Import, Unreadable> {
    let broken = |error: &dyn std::fmt::Display| Unreadable::Zip(quoted(&error.to_string()));
    // Each entry of the directory takes memory before anybody has looked at it.
    let entries = bytes.windows(4).filter(|four| *four == b"PK\x01\x02").count();
    if entries > MOST_ENTRIES {
        return Err(Unreadable::Zip(format!("it has more than {MOST_ENTRIES} files")));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    // A name that is no text is none of ours.
    let name_of = |name: Result<std::borrow::Cow<'_, str>, _>| name.ok().map(std::borrow::Cow::into_owned);
    let names: Vec<Option<String>> = archive.file_names().map(name_of).collect();
    let mut text_of = |wanted: &str, most: u64| -> Result<Option<String>, Unreadable> {
        let is = |name: &str| file_name(name).eq_ignore_ascii_case(wanted);
        let Some(index) = names.iter().position(|name| name.as_deref().is_some_and(is)) else {
            return Ok(None);
        };
        let file = archive.by_index(index).map_err(|error| broken(&error))?;
        let mut unpacked = Vec::new();
        // What the archive says of the size is not believed: no more than this is unpacked.
        file.take(most + 1).read_to_end(&mut unpacked).map_err(|error| broken(&error))?;
        if unpacked.len() as u64 > most {
            return Err(Unreadable::Zip(format!("{wanted} in it is larger than {} MiB", most / 1024 / 1024)));
        }
        Ok(Some(decode(&unpacked).into_owned()))
    };
    let text = match text_of("MDEClientAnalyzer.txt", MOST_UNPACKED)? {
        // The documentation calls it so.
        None => text_of("MDEClientAnalyzerResult.txt", MOST_UNPACKED)?,
        text => text,
    };
    let xml = text_of("MDEClientAnalyzer.xml", MOST_UNPACKED)?;
    let list = text_of("endpoints.txt", MOST_LIST)?;
    let mut import = match &text {
        Some(text) => analyzer::read(text),
        None => Import::new(Tool::Analyzer),
    };
    import.has_urls = text.is_some();
    match (xml.map(|xml| analyzer_xml::read(&xml, &mut import)), &text) {
        (None, None) => {
            let what = "neither MDEClientAnalyzer.txt nor MDEClientAnalyzer.xml is in it";
            return Err(Unreadable::Zip(what.into()));
        }
        (Some(Err(error)), None) => return Err(error),
        (Some(Err(error)), Some(_)) => import.notes.push(format!("MDEClientAnalyzer.xml: {error}")),
        (None | Some(Ok(())), _) => {}
    }
    let urls = list.iter().flat_map(|list| list.lines()).filter_map(|line| line.split_whitespace().next());
    import.listed =
        urls.filter(|url| url.contains("://")).take(super::MOST_URLS).map(str::to_owned).collect();
    Ok(import)
}

/// The last part of a name; Windows' own packer writes backslashes.
fn file_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}
