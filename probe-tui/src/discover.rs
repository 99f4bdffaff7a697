//! Reads settings: this machine's, where they are, or files that were exported from another one. What they mean is
//! [`probe_core`]'s to say.
//!
//! Nothing is sent and nothing is run but what prints settings (`discover/asked.rs`). What may not be read is said, not hidden.

mod asked;
#[cfg(any(windows, test))]
mod export;
#[cfg(target_os = "linux")]
mod linux;
// Nothing in it is macOS's own: its tests run, and its types are checked, where Linux is.
#[cfg(any(target_os = "macos", all(test, unix)))]
mod macos;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
use macos as system;
#[cfg(windows)]
use windows as system;

use std::collections::HashSet;
use std::env;
use std::fmt;
use std::mem;
use std::path::{Path, PathBuf};

use probe_core::select::Variable;
use probe_core::select::client::{Document, Whose};
use probe_core::settings::systemd::{self, Source, Unread};
use probe_core::settings::{self, Format, Scope, apt};

use crate::input;
use crate::mistakes::{Mistakes, without_user_info};

/// The largest file of settings. A registry export of a whole hive has a few hundred megabytes; nobody needs that here.
const LARGEST: u64 = 64 * 1024 * 1024;

/// So many files that others name and that are not there are said; the rest is counted.
const UNREAD: usize = 100;

/// A text of settings, and where it comes from.
#[derive(Debug)]
pub struct Text {
    /// For people: the file, or what was asked.
    pub name: String,
    /// The text.
    pub text: String,
    /// What kind of text it is.
    pub format: Format,
    /// For whom the settings in it are, where it does not say itself.
    pub scope: Scope<'static>,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Texts {
    /// In the order in which later ones override earlier ones.
    pub texts: Vec<Text>,
    /// What could not be read, and why.
    pub unread: Vec<NotRead>,
    /// What apt includes, and what is not there.
    missing: HashSet<String>,
}

/// What could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRead {
    /// For people: the file, or what was asked, and why.
    pub what: String,
    /// What kind of text it is, and the service that it is for, if it is for one. `None` where no client's settings are missed.
    pub of: Option<(Format, Option<String>)>,
}

impl NotRead {
    /// Something of this kind.
    fn of(what: String, format: Format, scope: &Scope<'_>) -> Self {
        let service = match scope {
            Scope::Service(service) => Some(service.to_string()),
            _ => None,
        };
        Self { what, of: Some((format, service)) }
    }

    /// Something that only is to be said.
    fn plain(what: impl Into<String>) -> Self {
        Self { what: what.into(), of: None }
    }

    fn document(&self) -> Option<Document<'_>> {
        let (format, service) = self.of.as_ref()?;
        Some(Document::unread(&self.what, *format, service.as_deref()))
    }
}

impl fmt::Display for NotRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Text {
    fn document(&self) -> Document<'_> {
        let Self { name, text, format, scope } = self;
        let reading = format.read(text, scope);
        // What a process has is all that its session or its service sets.
        let document = match scope {
            Scope::User(_) if *format == Format::Process => {
                Document::whole(Whose::Session, name, text, reading)
            }
            Scope::Service(service) if *format == Format::Process => {
                Document::whole(Whose::Service(service), name, text, reading)
            }
            _ => Document::new(name, text, reading),
        };
        document.in_format(*format, self.service(), text)
    }

    /// The service that it is for, if it is for one.
    fn service(&self) -> Option<&str> {
        match &self.scope {
            Scope::Service(service) => Some(service),
            _ if self.format == Format::SystemdUnit => Some(systemd::service_of(&self.name)),
            _ => None,
        }
    }
}

impl Texts {
    /// The settings in them. Units of systemd are joined with their drop-ins and with the files that they name, and so are the files
    /// of apt's configuration.
    pub fn documents(&self) -> Vec<Document<'_>> {
        let units = self.units().readings;
        let of_units: HashSet<usize> = units.iter().map(|(index, _)| *index).collect();
        // What is for all programs stays so where a service is given it as well.
        let is_for_all = |text: &Text| {
            !matches!(text.format, Format::Environment | Format::Shell)
                || text.name.rsplit(['/', '\\']).next() == Some("environment")
        };
        let mut joined = [(Format::SystemdUnit, units), (Format::Apt, self.apt().readings)];
        let mut documents = Vec::new();
        for (index, text) in self.texts.iter().enumerate() {
            if let Some((_, readings)) = joined.iter_mut().find(|(format, _)| *format == text.format) {
                // All of them, where the first one stands.
                for (index, reading) in mem::take(readings) {
                    let text = self.texts.get(index);
                    documents.extend(text.map(|text| {
                        let document = Document::new(&text.name, &text.text, reading);
                        document.in_format(text.format, text.service(), &text.text)
                    }));
                }
            } else if !of_units.contains(&index) || is_for_all(text) {
                documents.push(text.document());
            }
        }
        documents.extend(self.unread.iter().filter_map(NotRead::document));
        documents
    }

    fn units(&self) -> systemd::Joined<'_> {
        let sources: Vec<Source<'_>> = self
            .texts
            .iter()
            .map(|Text { name, text, format, .. }| Source {
                path: name,
                text,
                is_unit: *format == Format::SystemdUnit,
            })
            .collect();
        systemd::join(&sources)
    }

    /// The files of apt's configuration, each by its place among the texts.
    fn apt(&self) -> apt::Joined<'_> {
        let files = self.texts.iter().enumerate().filter(|(_, text)| text.format == Format::Apt);
        let (places, files): (Vec<usize>, Vec<(&str, &str)>) =
            files.map(|(index, text)| (index, (text.name.as_str(), text.text.as_str()))).unzip();
        let mut joined = apt::join(&files);
        joined.miss(|path| self.missing.contains(path));
        joined.readings.retain_mut(|(index, _)| places.get(*index).map(|place| *index = *place).is_some());
        joined.included = joined.included.iter().filter_map(|index| places.get(*index)).copied().collect();
        joined
    }

    /// Finds which of these texts of no known kind are parts of apt's configuration, since others include them: all of one may be
    /// about something else than proxies.
    fn know_included(&mut self, unknown: &mut Vec<usize>) {
        // Unknown ones may include each other.
        self.set_format(unknown, Format::Apt);
        let included = self.apt().included;
        unknown.retain(|place| !included.contains(place));
        self.set_format(unknown, Format::Environment);
    }

    fn set_format(&mut self, places: &[usize], format: Format) {
        for place in places {
            if let Some(text) = self.texts.get_mut(*place) {
                text.format = format;
            }
        }
    }

    /// Says which files of units and of apt's configuration are not read, but for those of which that is said elsewhere.
    fn say_unread(
        &mut self,
        is_said: impl Fn(&Unread<'_>) -> bool,
        is_said_of_apt: impl Fn(&apt::Unread<'_>) -> bool,
    ) {
        let units = self.units().unread.into_iter().filter(|unread| !is_said(unread));
        let units = units.map(|unread| NotRead {
            what: unread.to_string(),
            of: unread.misses().map(|service| (Format::SystemdUnit, Some(service.to_owned()))),
        });
        let apt = self.apt().unread.into_iter().filter(|unread| !is_said_of_apt(unread));
        let apt = apt.map(|unread| NotRead {
            // What apt includes may be anything, also a URL.
            what: without_user_info(&unread.to_string()),
            // Where apt does not start for sure, its settings are not missed.
            of: matches!(&unread, apt::Unread::Missing { path, .. } if !self.missing.contains(&**path))
                .then_some((Format::Apt, None)),
        });
        let mut unread: Vec<NotRead> = units.chain(apt).collect();
        if let Some(more @ 1..) = unread.len().checked_sub(UNREAD) {
            unread.truncate(UNREAD);
            unread.push(NotRead::plain(format!("{more} more files that units or apt's configuration name")));
        }
        self.unread.extend(unread);
    }
}

/// Reads exported files. A file of no known kind is a mistake.
pub fn exported(files: &[PathBuf], mistakes: &mut Mistakes) -> Texts {
    let mut texts = Texts::default();
    let mut unknown: Vec<usize> = Vec::new();
    for file in files {
        let Some(bytes) = input::read_bytes(file, LARGEST, mistakes) else { continue };
        let name = without_user_info(&input::name_of(file));
        if let Some((what, remedy)) = wrapped(&bytes) {
            mistakes.add_plain(&name, &what, Some(remedy));
            continue;
        }
        let (text, _) = settings::text::decode(&bytes);
        let recognised = settings::recognise(&name, &text);
        if recognised.is_none() {
            unknown.push(texts.texts.len());
        }
        // What is unknown by itself may be a file of the environment: a unit says so, which may be given after it.
        let format = recognised.unwrap_or(Format::Environment);
        texts.texts.push(Text { name, text: text.into_owned(), format, scope: Scope::Machine });
    }
    texts.know_included(&mut unknown);
    let named: HashSet<usize> = texts.units().readings.iter().map(|(index, _)| *index).collect();
    let unknown = unknown.into_iter().rev().filter(|index| !named.contains(index));
    let unknown: Vec<Text> = unknown.map(|index| texts.texts.remove(index)).collect();
    for Text { name, text, .. } in unknown.into_iter().rev() {
        if text.trim().is_empty() {
            mistakes.add_plain(
                &name,
                &"nothing stands in it",
                Some("what should have written it may have failed: export it again, and look at it"),
            );
            continue;
        }
        mistakes.add_plain(
            &name,
            &"this is no kind of settings that is known here",
            Some("give a registry export, the output of netsh winhttp show proxy, scutil --proxy or Get-MpPreference, a file of the environment, a unit, mdatp_managed.json, apt.conf or the like"),
        );
    }
    texts.say_unread(|_| false, |_| false);
    let of_unit = |unread: &&mut NotRead| matches!(unread.of, Some((Format::SystemdUnit, _)));
    for unread in texts.unread.iter_mut().filter(of_unit) {
        unread.what.push_str("; give it as well, or an empty file of its name where there is none");
    }
    texts
}

/// What makes settings of macOS no text, and how to take it off.
fn wrapped(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    /// The object identifier of signed data with its tag and length, in DER (RFC 5652 5.1).
    const SIGNED_DATA: &[u8] = b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";
    if bytes.starts_with(b"bplist") {
        return Some((
            "this is a property list in its binary form",
            "write it as XML on a Mac with plutil -convert xml1 -o plain.plist FILE, and give that file",
        ));
    }
    // A sequence, and its length in up to five bytes.
    let content = bytes.get(..20).filter(|bytes| bytes.starts_with(b"\x30"))?;
    content.windows(SIGNED_DATA.len()).any(|part| part == SIGNED_DATA).then_some((
        "this is signed, as configuration profiles of macOS often are: the settings stand in a binary wrapping",
        "take it off on a Mac with security cms -D -i FILE -o plain.mobileconfig, and give that file",
    ))
}

/// Reads what this machine has.
pub fn live(variables: &[(Variable, String)]) -> Texts {
    let mut texts = Texts::default();
    system::read(&mut texts);
    // The session's own come last: they count before those of files.
    let own: Vec<String> =
        variables.iter().map(|(name, value)| format!("{}={value}\0", name.as_str())).collect();
    texts.texts.push(Text {
        name: "environment of this session".into(),
        text: own.concat(),
        format: Format::Process,
        scope: Scope::User(
            env::var("USER")
                .or_else(|_| env::var("USERNAME"))
                .unwrap_or_else(|_| "this session".into())
                .into(),
        ),
    });
    texts
}

impl Texts {
    /// Adds what was read, in whatever encoding.
    fn add_bytes(&mut self, name: String, bytes: &[u8], format: Format, scope: Scope<'static>) {
        let text = settings::text::decode(bytes).0.into_owned();
        self.texts.push(Text { name, text, format, scope });
    }

    /// Adds what a program prints, where that program is.
    fn add_answer(&mut self, program: &Path, arguments: &[&str], format: Format, scope: Scope<'static>) {
        match asked::asked(program, arguments) {
            Ok(Some(bytes)) => self.add_bytes(asked::name(program, arguments), &bytes, format, scope),
            Ok(None) => {}
            Err(error) => {
                let what = format!("{}: {error}", asked::name(program, arguments));
                self.unread.push(NotRead::of(what, format, &scope));
            }
        }
    }

    /// Adds a file of this kind, where it is there.
    #[cfg(target_os = "linux")]
    fn add_file(&mut self, path: &Path, format: Format, scope: Scope<'static>) {
        match std::fs::File::open(path).and_then(|file| input::read_bounded(file, LARGEST)) {
            Ok(Some(bytes)) => self.add_bytes(path.display().to_string(), &bytes, format, scope),
            Ok(None) => {
                let what = format!("{}: larger than any file of settings", path.display());
                self.unread.push(NotRead::of(what, format, &scope));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                self.unread.push(NotRead::of(format!("{}: {error}", path.display()), format, &scope));
            }
        }
    }

    /// Adds the files of a folder whose names end so, in the order of their names.
    #[cfg(target_os = "linux")]
    fn add_folder(&mut self, folder: &Path, ending: &str, format: Format, scope: &Scope<'static>) {
        let mut files: Vec<PathBuf> = match std::fs::read_dir(folder) {
            Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => {
                self.unread.push(NotRead::of(format!("{}: {error}", folder.display()), format, scope));
                return;
            }
        };
        files.sort();
        for file in files.iter().filter(|file| file.to_string_lossy().ends_with(ending)) {
            self.add_file(file, format, scope.clone());
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod system {
    pub(super) fn read(texts: &mut super::Texts) {
        let what = "this system's own settings: this version reads them from exported files alone (--from)";
        texts.unread.push(super::NotRead::plain(what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_macos_that_are_no_text() {
        let remedy = |bytes: &[u8]| wrapped(bytes).map(|(_, remedy)| remedy).unwrap_or_default();
        let signed =
            b"\x30\x82\x1f\x10\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02\xA0\x82\x1f\x01\x30\x82<?xml";
        let signed_in_parts =
            b"\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02\xA0\x80\x30\x80\x02\x01\x01";
        for bytes in [&signed[..], &signed_in_parts[..]] {
            assert!(remedy(bytes).contains("security cms -D -i"));
        }
        assert!(remedy(b"bplist00\xd1").contains("plutil -convert xml1"));
        for text in ["<?xml version=\"1.0\"?><plist><dict/></plist>", "0\u{82}", ""] {
            assert_eq!(remedy(text.as_bytes()), "");
        }
    }
}
