//! The files of units together: what still counts of each (systemd.exec(5)).
//!
//! In the order of the files `Environment=` adds, `EnvironmentFile=` names further files, whose variables outdo those of
//! `Environment=`, and `UnsetEnvironment=` takes away at the end, from both. An empty value of either resets the list so far, also
//! that of the files before it.

use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Part, SERVICE, environment_file, files, part};
use crate::mistake::MistakeKind;
use crate::settings::{Entry, Key, Reading, Scope};

/// A text that may be a file of a unit, or one that a unit names.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file, with as much of its path as is known: that tells the unit and the folder.
    pub path: &'a str,
    /// What stands in it.
    pub text: &'a str,
    /// A unit or drop-in. Others are only looked at where `EnvironmentFile=` names them.
    pub is_unit: bool,
}

/// What the files of units say together.
#[derive(Debug, Default)]
pub struct Joined<'a> {
    /// The files that count, each by its place among the sources, in the order in which they apply: with all mistakes, and with
    /// those settings that the later files leave in force. A file that is for several services is there for each.
    pub readings: Vec<(usize, Reading<'a>)>,
    /// What is not among them, and why.
    pub unread: Vec<Unread<'a>>,
}

/// A file that is not read. [`Display`](fmt::Display) says which, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unread<'a> {
    /// Another file of its name stands in its place.
    Hidden {
        /// The file.
        path: &'a str,
        /// The other one.
        by: &'a str,
    },
    /// The unit is masked: systemd does not start the service, and none of its settings count.
    Masked {
        /// The service.
        service: &'a str,
        /// The file that masks it.
        by: &'a str,
    },
    /// `EnvironmentFile=` names a file that is not among the sources.
    Missing {
        /// The file, or a pattern for several.
        path: Cow<'a, str>,
        /// The service starts also without it.
        is_optional: bool,
        /// The file of the unit that names it.
        unit: &'a str,
        /// The line there, from 1.
        line: usize,
    },
}

impl Unread<'_> {
    /// The service whose settings are not all known without the file.
    pub fn misses(&self) -> Option<&str> {
        match self {
            Self::Missing { unit, .. } => Some(files::service_of(unit)),
            Self::Hidden { .. } | Self::Masked { .. } => None,
        }
    }
}

impl fmt::Display for Unread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hidden { path, by } => write!(f, "{path}: systemd reads {by} in its place"),
            Self::Masked { service, by } => {
                write!(f, "{service}.service: {by} masks it, and systemd does not start the service")
            }
            Self::Missing { path, is_optional, unit, line } => {
                write!(f, "{path}: {unit}:{line} names it (EnvironmentFile=)")?;
                f.write_str(if *is_optional {
                    ", where it is there"
                } else {
                    ", and the service does not start without it"
                })
            }
        }
    }
}

/// Joins the files of each service as systemd does. A file that does not tell its service by its path is one of mdatp's.
pub fn join<'a>(sources: &[Source<'a>]) -> Joined<'a> {
    let units: Vec<(usize, &Source<'a>)> =
        sources.iter().enumerate().filter(|(_, source)| source.is_unit).collect();
    let mut joined = Joined::default();
    if units.is_empty() {
        return joined;
    }
    let described: Vec<(&str, bool)> =
        units.iter().map(|(_, source)| (source.path, source.text.is_empty())).collect();
    for service in files::services(described.iter().map(|(path, _)| *path), SERVICE) {
        let order = files::order(&described, service, SERVICE);
        let unit = |at: usize| units.get(at).map(|(index, source)| (*index, *source));
        let path = |at: usize| unit(at).map_or("", |(_, source)| source.path);
        joined.unread.extend(order.hidden.iter().filter_map(|(file, by)| {
            let differs = unit(*file)?.1.text != unit(*by)?.1.text;
            differs.then(|| Unread::Hidden { path: path(*file), by: path(*by) })
        }));
        if let Some(by) = order.mask {
            joined.unread.push(Unread::Masked { service, by: path(by) });
        }
        let read: Vec<(usize, &Source<'a>)> = order.read.iter().filter_map(|at| unit(*at)).collect();
        let mut parts: Vec<Part<'a>> = read.iter().map(|(_, source)| of_source(source, service)).collect();
        let (named, missing) = environment_files(&parts, &read, sources);
        let mut environment: Vec<Reading<'a>> = named
            .iter()
            .filter_map(|index| sources.get(*index))
            .map(|source| environment_file::read(source.text, &Scope::Service(service.into())))
            .collect();
        settle(&mut parts, &mut environment);
        let readings = parts.into_iter().map(|part| part.reading).chain(environment);
        let indices = read.iter().map(|(index, _)| *index).chain(named);
        joined.readings.extend(indices.zip(readings).map(|(index, mut reading)| {
            if order.mask.is_some() {
                reading.entries.clear();
            }
            (index, reading)
        }));
        if order.mask.is_none() {
            joined.unread.extend(missing);
        }
    }
    joined
}

/// Reads a file of a service's unit. Where its path does not tell the service, and the file sets something, that is said.
fn of_source<'a>(source: &Source<'a>, service: &'a str) -> Part<'a> {
    let mut part = part(source.text, service);
    let sets = !part.reading.entries.is_empty() || !part.files.values.is_empty();
    if sets && !files::is_part_of_a_unit(source.path) {
        let section = source.text.find(SECTION).unwrap_or_default();
        part.reading.note(MistakeKind::UnitGuessed, section..section.saturating_add(SECTION.len()));
    }
    part
}

/// The section in which a service's environment is set.
const SECTION: &str = "[Service]";

/// Leaves in the readings of one service's files, and in those of the files that they name, what counts.
pub(super) fn settle<'a>(parts: &mut [Part<'a>], environment: &mut [Reading<'a>]) {
    let from = |is_reset: fn(&Part<'_>) -> bool| parts.iter().rposition(is_reset).unwrap_or_default();
    let (first, first_unset, first_passed) =
        (from(|part| part.is_reset), from(|part| part.unset.is_reset), from(|part| part.passed.is_reset));
    for part in parts.iter_mut().take(first) {
        part.reading.entries.clear();
    }
    let mut named: Vec<Key> = Vec::new();
    let mut exact: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for word in parts.iter().skip(first_unset).flat_map(|part| &part.unset.values) {
        let Some(variable) = word.variable() else { continue };
        match &word.value {
            // Where the value is this one only.
            Some(value) => _ = exact.entry(variable.as_str()).or_default().insert(value.as_ref().into()),
            None if named.contains(&Key::Variable(variable)) => {}
            None => named.push(Key::Variable(variable)),
        }
    }
    let is_unset = |entry: &Entry<'_>| {
        let values = exact.get(entry.key.as_str());
        named.contains(&entry.key) || values.is_some_and(|values| values.contains(&*entry.value))
    };
    let mut set: Vec<Key> = named.clone();
    for reading in parts.iter_mut().map(|part| &mut part.reading).chain(environment) {
        reading.entries.retain(|entry| !is_unset(entry));
        for entry in &reading.entries {
            if !set.contains(&entry.key) {
                set.push(entry.key);
            }
        }
    }
    // What is passed on counts where nothing else sets it.
    for part in parts.iter_mut().skip(first_passed) {
        for (variable, at) in core::mem::take(&mut part.passed.values) {
            if !set.contains(&Key::Variable(variable)) {
                part.reading.note(MistakeKind::ValueElsewhere, at);
            }
        }
    }
    for part in parts {
        part.reading.mistakes.sort_by_key(|mistake| mistake.at.start);
    }
}

/// The files that `EnvironmentFile=` names: those that are given, each by its place among the sources, and the others.
///
/// The last time that a file is named counts: what it sets outdoes what stands before it.
fn environment_files<'a>(
    parts: &[Part<'a>],
    units: &[(usize, &Source<'a>)],
    sources: &[Source<'a>],
) -> (Vec<usize>, Vec<Unread<'a>>) {
    let first = parts.iter().rposition(|part| part.files.is_reset).unwrap_or_default();
    let (mut given, mut missing) = (Vec::new(), Vec::new());
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let named = parts.iter().zip(units).skip(first);
    let named = named.flat_map(|(part, (_, unit))| part.files.values.iter().map(move |file| (file, *unit)));
    let named: Vec<_> = named.collect();
    for (file, unit) in named.into_iter().rev().filter(|(file, _)| known.insert(&file.path)) {
        let is_it = |source: &Source<'_>| !source.is_unit && is_at(source.path, &file.path);
        match sources.iter().position(is_it) {
            Some(index) if given.contains(&index) => {}
            Some(index) => given.push(index),
            None => missing.push(Unread::Missing {
                path: file.path.clone(),
                is_optional: file.is_optional,
                unit: unit.path,
                line: line(unit.text, file.at.start),
            }),
        }
    }
    given.reverse();
    missing.reverse();
    (given, missing)
}

/// Whether a file whose path may be kept below another folder, or be lost but for the name, is the one at this absolute path.
fn is_at(path: &str, absolute: &str) -> bool {
    let path = path.replace('\\', "/");
    if path.contains('/') {
        ["/", path.trim_start_matches('/')].concat().ends_with(absolute)
    } else {
        absolute.rsplit('/').next() == Some(&*path)
    }
}

/// The line (from 1) in which a byte of the text stands.
fn line(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.bytes().filter(|byte| *byte == b'\n').count().saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::ToString;

    const UNIT: &str = "usr/lib/systemd/system/mdatp.service";
    const DROP_IN: &str = "etc/systemd/system/mdatp.service.d/proxy.conf";

    /// What is left of files, each with its path and its lines in `[Service]`, and what is said of the others. What is no file of a unit
    /// stands as it is.
    fn joined(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let texts: Vec<String> = files
            .iter()
            .map(|(path, text)| {
                let is_section = files::is_part_of_a_unit(path) && !text.is_empty();
                if is_section { ["[Service]\n", text].concat() } else { (*text).into() }
            })
            .collect();
        let source = |((path, _), text): (&(&'static str, &str), &'static str)| Source {
            path,
            text,
            is_unit: files::is_part_of_a_unit(path),
        };
        let texts: Vec<&'static str> = texts.into_iter().map(|text| &*text.leak()).collect();
        let files: Vec<(&'static str, &str)> =
            files.iter().map(|(path, text)| (&*String::from(*path).leak(), *text)).collect();
        let sources: Vec<_> = files.iter().zip(texts).map(source).collect();
        let joined = join(&sources);
        let shown = joined.readings.iter().flat_map(|(index, reading)| {
            let source = sources[*index];
            reading.entries.iter().map(move |entry| {
                let place = line(source.text, entry.at.start);
                format!("{}:{place} {}={} ({})", source.path, entry.key, entry.value, entry.scope)
            })
        });
        (shown.collect(), joined.unread.iter().map(ToString::to_string).collect())
    }

    fn settings(files: &[(&str, &str)]) -> Vec<String> {
        joined(files).0
    }

    #[test]
    fn each_setting_keeps_its_own_file_and_line() {
        assert_eq!(
            settings(&[
                (DROP_IN, "Environment=https_proxy=http://b:2"),
                (UNIT, "\nEnvironment=https_proxy=http://a:1 no_proxy=x"),
            ]),
            [
                "usr/lib/systemd/system/mdatp.service:3 https_proxy=http://a:1 (service mdatp)",
                "usr/lib/systemd/system/mdatp.service:3 no_proxy=x (service mdatp)",
                "etc/systemd/system/mdatp.service.d/proxy.conf:2 https_proxy=http://b:2 (service mdatp)",
            ]
        );
    }

    #[test]
    fn a_service_that_is_guessed_is_said() {
        let text = "# Docker's\n[Service]\nEnvironment=\"HTTPS_PROXY=http://docker.example:3128\"\n";
        let of = |path, text| {
            let joined = join(&[Source { path, text, is_unit: true }]);
            let said = joined.readings.iter().flat_map(|(_, reading)| &reading.mistakes);
            said.map(|mistake| (mistake.kind, &text[mistake.at.clone()])).collect::<Vec<_>>()
        };
        for path in ["http-proxy.conf", "etc/proxy.conf", "unit.txt"] {
            assert_eq!(of(path, text), [(MistakeKind::UnitGuessed, "[Service]")], "{path}");
        }
        for path in ["mdatp.service.d/http-proxy.conf", "docker.service.d\\http-proxy.conf", "mdatp.service"]
        {
            assert_eq!(of(path, text), [], "{path}");
        }
        assert_eq!(of("http-proxy.conf", "[Service]\nUser=x\n"), []);
    }

    #[test]
    fn an_empty_environment_resets_that_of_the_files_before() {
        let of = |text| {
            settings(&[("a.service", "Environment=https_proxy=a:1 no_proxy=x"), ("a.service.d/b.conf", text)])
        };
        assert_eq!(
            of("Environment=\nEnvironment=http_proxy=b:2"),
            ["a.service.d/b.conf:3 http_proxy=b:2 (service a)"]
        );
        assert_eq!(of("Environment=http_proxy=b:2\nEnvironment="), [""; 0]);
        assert_eq!(of("EnvironmentFile=\nUnsetEnvironment=").len(), 2);
    }

    #[test]
    fn files_that_are_named_outdo_it() {
        let (unit, file) = (
            ("mdatp.service", "EnvironmentFile=-/etc/default/mdatp\nEnvironment=https_proxy=a:1"),
            ("x/etc/default/mdatp", "https_proxy='f:1'\n"),
        );
        let given = settings(&[file, unit]);
        assert_eq!(
            given,
            [
                "mdatp.service:3 https_proxy=a:1 (service mdatp)",
                "x/etc/default/mdatp:1 https_proxy=f:1 (service mdatp)"
            ]
        );
        assert_eq!(settings(&[("mdatp", file.1), unit]).len(), 2, "only its name is kept");
        for (path, text, optional) in [
            ("x/default/mdatp", unit.1, ", where it is there"),
            ("etc/default/mdatp2", &unit.1.replace("=-", "="), ", and the service does not start without it"),
        ] {
            let (settings, said) = joined(&[(path, file.1), (unit.0, text)]);
            assert_eq!(settings.len(), 1);
            assert_eq!(
                said,
                [format!("/etc/default/mdatp: mdatp.service:2 names it (EnvironmentFile=){optional}")]
            );
        }
        // The list is reset by a later file, and a file that is named twice counts where it is named last.
        assert_eq!(joined(&[unit, file, ("mdatp.service.d/a.conf", "EnvironmentFile=")]).0.len(), 1);
        assert_eq!(joined(&[unit, file, ("mdatp.service.d/a.conf", "EnvironmentFile=")]).1, [""; 0]);
        let two = ("mdatp.service", "EnvironmentFile=/a\nEnvironmentFile=/b\nEnvironmentFile=/a");
        let (a, b) = (("a", "https_proxy=a:1"), ("b", "https_proxy=b:1"));
        assert_eq!(
            settings(&[a, b, two]),
            ["b:1 https_proxy=b:1 (service mdatp)", "a:1 https_proxy=a:1 (service mdatp)"]
        );
    }

    #[test]
    fn what_is_unset_is_unset_at_the_end_and_everywhere() {
        let unit = ("a.service", "UnsetEnvironment=http_proxy https_proxy=f:1\nEnvironmentFile=/f");
        let drop_in = ("a.service.d/b.conf", "Environment=http_proxy=a:1 https_proxy=b:1");
        let file = ("f", "http_proxy=f:1\nhttps_proxy=f:1");
        assert_eq!(settings(&[unit, drop_in, file]), ["a.service.d/b.conf:2 https_proxy=b:1 (service a)"]);
        let reset = ("a.service.d/c.conf", "UnsetEnvironment=");
        assert_eq!(settings(&[unit, drop_in, file, reset]).len(), 4);
    }

    #[test]
    fn what_is_passed_on_stands_elsewhere() {
        let of =
            |text: &'static str| {
                let unit = "[Service]\nPassEnvironment=https_proxy no_proxy";
                let sources = [("a.service", unit), ("a.service.d/b.conf", text)]
                    .map(|(path, text)| Source { path, text, is_unit: true });
                let joined = join(&sources);
                let mistakes = joined.readings.iter().flat_map(|(index, reading)| {
                    reading.mistakes.iter().map(|mistake| &sources[*index].text[mistake.at.clone()])
                });
                mistakes.collect::<Vec<_>>()
            };
        assert_eq!(of("[Service]\n"), ["https_proxy", "no_proxy"]);
        assert_eq!(of("[Service]\nEnvironment=https_proxy=a:1"), ["no_proxy"]);
        assert_eq!(of("[Service]\nPassEnvironment="), [""; 0]);
        assert_eq!(of("[Service]\nUnsetEnvironment=https_proxy no_proxy"), [""; 0]);
    }

    #[test]
    fn hidden_and_masked_files_are_said() {
        let etc = "etc/systemd/system/mdatp.service";
        let (settings, said) = joined(&[(UNIT, "Environment=no_proxy=a"), (etc, "Environment=no_proxy=b")]);
        assert_eq!(settings, ["etc/systemd/system/mdatp.service:2 no_proxy=b (service mdatp)"]);
        assert_eq!(
            said,
            [
                "usr/lib/systemd/system/mdatp.service: systemd reads etc/systemd/system/mdatp.service in its place"
            ]
        );
        let (settings, said) =
            joined(&[(UNIT, "EnvironmentFile=/f"), (etc, ""), (DROP_IN, "Environment=no_proxy=c")]);
        assert_eq!(settings, [""; 0]);
        assert_eq!(
            said[1],
            "mdatp.service: etc/systemd/system/mdatp.service masks it, and systemd does not start the service"
        );
        assert_eq!(said.len(), 2);
        let lib = "usr/lib/systemd/system/mdatp.service.d/proxy.conf";
        let (settings, said) = joined(&[(lib, "Environment=no_proxy=a"), (DROP_IN, ""), (UNIT, "")]);
        assert_eq!((settings.len(), said.len()), (0, 2));
    }

    #[test]
    fn a_file_for_all_services_is_one_of_each() {
        let files = [
            ("a.service", ""),
            ("b.service", "User=x"),
            ("c.service", "User=x"),
            ("service.d/x.conf", "Environment=no_proxy=a"),
        ];
        assert_eq!(
            settings(&files),
            ["service.d/x.conf:2 no_proxy=a (service b)", "service.d/x.conf:2 no_proxy=a (service c)"]
        );
        assert_eq!(settings(&[("a", "https_proxy=b:1")]), [""; 0], "a file that no unit names");
    }
}
