//! The files of apt's configuration together (apt.conf(5)): `apt.conf.d` in the order of the names, then `apt.conf`, and each
//! file that one of them includes at its place there.

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;

use super::includes::{DEPTH, Places, Source, Walk, components, name};
use super::{APT, Part, parts, settle};
use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope};

/// What the files of apt's configuration say together.
#[derive(Debug, Default)]
pub struct Joined<'a> {
    /// The files that apt reads, each by its place among those given, in the order in which they apply: with all mistakes, and
    /// with those settings that no later file clears. A file that includes others may be there in several parts.
    pub readings: Vec<(usize, Reading<'a>)>,
    /// The places of those that others include.
    pub included: BTreeSet<usize>,
    /// What is not read, and why.
    pub unread: Vec<Unread<'a>>,
    /// For each of the last of these, which are included: the file that includes it, by its place among those given, and where.
    includes: Vec<(usize, usize)>,
}

impl Joined<'_> {
    /// Adds that apt does not start ([`Key::AptConfiguration`]), where a file of those that are not given is missing as well where apt
    /// would look for it: `is_missing` says so of a path.
    pub fn miss(&mut self, is_missing: impl Fn(&str) -> bool) {
        self.stop(MistakeKind::IncludeMissing, |unread| match unread {
            Unread::Missing { path, .. } => is_missing(path),
            _ => false,
        });
    }

    /// Adds that apt does not start because of the first file of these that is not read.
    fn stop(&mut self, why: MistakeKind, is_it: impl Fn(&Unread<'_>) -> bool) {
        let first = self.unread.len().saturating_sub(self.includes.len());
        let unread = self.unread.get(first..).unwrap_or_default();
        let found = self.includes.iter().zip(unread).find(|(_, unread)| is_it(unread));
        let Some(((by, at), _)) = found else { return };
        if let Some((_, reading)) = self.readings.iter_mut().find(|(index, _)| index == by) {
            let at = *at..at.saturating_add("#include".len());
            reading.lose(Key::AptConfiguration, Scope::Service(APT.into()), why, at);
            reading.entries.sort_by_key(|entry| entry.at.start);
        }
    }
}

/// A file that is not read. [`Display`](fmt::Display) says which, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unread<'a> {
    /// apt reads no file of this name in a folder.
    Name {
        /// The file.
        path: &'a str,
    },
    /// A file includes one that is not among those given.
    Missing {
        /// The file, or with a `/` at its end a folder.
        path: Cow<'a, str>,
        /// The file that includes it.
        by: &'a str,
        /// The line there, from 1.
        line: usize,
    },
    /// A file includes itself by way of others, or one that is deeper than apt follows.
    Nested {
        /// The file, or with a `/` at its end a folder.
        path: Cow<'a, str>,
        /// The file that includes it.
        by: &'a str,
        /// The line there, from 1.
        line: usize,
    },
}

impl fmt::Display for Unread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { path } => write!(f, "{path}: apt reads no file of this name"),
            Self::Missing { path, by, line } => {
                write!(f, "{path}: {by}:{line} includes it (#include), and apt does not start without it")?;
                if path.starts_with('/') {
                    return Ok(());
                }
                f.write_str("; it looks for it from the folder in which it is run")
            }
            Self::Nested { path, by, line } => {
                let most = DEPTH;
                write!(
                    f,
                    "{path}: {by}:{line} includes it in a circle or more than {most} files deep, and apt does not start"
                )
            }
        }
    }
}

/// Joins files of apt's configuration, each given with its path and its text, as apt does.
///
/// What stands in a folder `apt.conf.d` comes in the order of the names, `apt.conf` comes last, and what else there is
/// between them in the order given. What another file includes is read there instead: it is known by its absolute path, which may
/// be kept below another folder, or be lost but for the name.
pub fn join<'a>(files: &[(&'a str, &'a str)]) -> Joined<'a> {
    let mut texts: Vec<Vec<Part<'a>>> = files.iter().map(|(_, text)| parts(text)).collect();
    let places = Places::of(files);
    let sources: Vec<Source<'a>> = files
        .iter()
        .zip(&mut texts)
        .enumerate()
        .map(|(index, ((path, text), parts))| Source::of(index, path, text, parts, &places))
        .collect();
    let mut joined = Joined::default();
    // Those in folders whose names apt passes over.
    let mut others: BTreeSet<usize> = BTreeSet::new();
    for (index, source) in sources.iter().enumerate() {
        for named in source.behind.iter().flatten() {
            let found = named.files.iter().chain(&named.others);
            joined.included.extend(found.filter(|found| **found != index));
            others.extend(&named.others);
        }
    }
    let mut order = Vec::new();
    for (index, (path, _)) in files.iter().enumerate() {
        let name = name(path);
        match components(path).nth(1) {
            Some("apt.conf.d") if is_read(name) => order.push((0, name, index)),
            Some("apt.conf.d") => _ = others.insert(index),
            _ if name == "apt.conf" => order.push((2, "", index)),
            _ if others.contains(&index) => {}
            // In front of all, if it is not reached: those that include it are not read themselves, or are included by it.
            _ if joined.included.contains(&index) => order.push((-1, "", index)),
            _ => order.push((1, "", index)),
        }
    }
    order.sort_unstable_by_key(|key| Reverse(*key));
    let mut walk = Walk::through(&sources);
    for (turn, _, index) in order {
        if turn >= 0 || !walk.reached.contains_key(&index) {
            walk.visit(index, 0);
        }
    }
    let Walk { reached, mut order, mut unread, mut includes, .. } = walk;
    order.reverse();
    unread.reverse();
    includes.reverse();
    joined.includes = includes;
    others.retain(|index| !reached.contains_key(index));
    let names = others.iter().filter_map(|index| files.get(*index)).map(|(path, _)| Unread::Name { path });
    joined.unread = names.chain(unread).collect();
    let mut taken: Vec<(usize, Part<'a>)> = order
        .into_iter()
        .filter_map(|(index, turn)| Some((index, core::mem::take(texts.get_mut(index)?.get_mut(turn)?))))
        .collect();
    settle(taken.iter_mut().map(|(_, part)| part));
    let mut shown = BTreeSet::new();
    joined.readings = taken
        .into_iter()
        .map(|(index, part)| (index, part.finish()))
        .filter(|(index, reading)| {
            shown.insert(*index) || !reading.entries.is_empty() || !reading.mistakes.is_empty()
        })
        .collect();
    joined.stop(MistakeKind::IncludeNested, |unread| matches!(unread, Unread::Nested { .. }));
    joined
}

/// Whether apt reads a file of this name in `apt.conf.d`: one of letters, digits, `-`, `_`, `:` and `.`, that begins and ends with no
/// `.`, without extension or with `.conf` (apt.conf(5), and apt 2.6 itself).
pub fn is_read(name: &str) -> bool {
    let is_known = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | ':' | '.');
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    !name.is_empty()
        && name.chars().all(is_known)
        && !name.starts_with('.')
        && extension.is_none_or(|extension| extension == "conf")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;

    fn joined(files: &[(&str, &str)]) -> Vec<String> {
        let entries = join(files).readings.into_iter().flat_map(|(index, reading)| {
            reading.entries.into_iter().map(move |entry| format!("{} {}", files[index].0, entry.value))
        });
        entries.collect()
    }

    /// Seen with `apt-config dump` of apt 2.6.
    #[test]
    fn names_that_apt_reads() {
        for name in ["10proxy", "20proxy.conf", "60.x.conf", "k_l-m", "h:i", "proxy"] {
            assert!(is_read(name), "{name}");
        }
        let others = [
            "",
            ".hidden",
            "30proxy.disabled",
            "p.conf~",
            "p.conf.bak",
            "p.CONF",
            "a b",
            "j.",
            "n+o",
            "ä",
            "p.conf2",
        ];
        for name in others {
            assert!(!is_read(name), "{name}");
        }
    }

    #[test]
    fn by_name_and_the_main_file_last() {
        let proxy = |host: &str| format!("Acquire::http::Proxy \"http://{host}:1\";");
        let (a, b, c) = (proxy("a"), proxy("b"), proxy("c"));
        let files = [
            ("x/apt.conf", &*c),
            ("x/apt.conf.d/20b.conf", &*b),
            ("given.txt", &*a),
            ("x/apt.conf.d/10a", &*a),
        ];
        assert_eq!(
            joined(&files),
            [
                "x/apt.conf.d/10a http://a:1",
                "x/apt.conf.d/20b.conf http://b:1",
                "given.txt http://a:1",
                "x/apt.conf http://c:1"
            ]
        );
        let unread = join(&[("apt.conf.d/a.disabled", &*a), ("a.disabled", &*a)]);
        assert_eq!(
            (unread.unread, unread.readings.len()),
            (Vec::from([Unread::Name { path: "apt.conf.d/a.disabled" }]), 1)
        );
    }

    #[test]
    fn a_later_file_clears_what_earlier_ones_set() {
        let set = "Acquire::http::Proxy \"http://a:1\"; Acquire::https::Proxy::h \"http://b:1\";";
        let of = |text| joined(&[("1", set), ("2", text), ("3", "Acquire::http::Proxy::i \"http://c:1\";")]);
        assert_eq!(of("#clear Acquire::HTTP;"), ["1 h http://b:1", "3 i http://c:1"]);
        assert_eq!(of("#clear Acquire::https::Proxy::h;"), ["1 http://a:1", "3 i http://c:1"]);
        assert_eq!(
            of("#clear Acquire;\n Acquire::http::Proxy \"http://d:1\";"),
            ["2 http://d:1", "3 i http://c:1"]
        );
        assert_eq!(joined(&[("1", set), ("2", set), ("3", "#clear Acquire::http;")]).len(), 2);
    }
}
