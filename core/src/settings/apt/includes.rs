//! What files of apt's configuration include (`#include`): which of the files given that is, and in which order all apply.
//!
//! What a file sets and clears depends on nothing before it: of a file that is read several times the last time alone counts. So
//! the files are walked through from the end, each is taken once, and no includes take more than linear time.

use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Bound;

use super::{Include, Part, Unread, is_read};

/// So many files deep apt follows `#include` (2.6: "Too many nested includes" beyond).
pub(super) const DEPTH: usize = 11;

/// A file, with what it includes.
pub(super) struct Source<'a> {
    path: &'a str,
    /// What it includes behind each of its parts, from the last to the first.
    pub(super) behind: Vec<Option<Named<'a>>>,
}

/// What a file includes.
pub(super) struct Named<'a> {
    path: Cow<'a, str>,
    /// Where it stands.
    at: usize,
    /// The line of that, from 1.
    line: usize,
    /// The files that apt reads there, in their order.
    pub(super) files: Vec<usize>,
    /// Those of the folder that it does not read, for their names.
    pub(super) others: Vec<usize>,
}

impl<'a> Source<'a> {
    /// Looks for what the file at this place among those given includes behind its parts.
    pub(super) fn of(
        index: usize,
        path: &'a str,
        text: &'a str,
        parts: &mut [Part<'a>],
        places: &Places<'_>,
    ) -> Self {
        let breaks = |text: &str| text.bytes().filter(|byte| *byte == b'\n').count();
        let (mut line, mut before) = (breaks(text).saturating_add(1), text);
        // Also within a file the last time alone counts.
        let mut known = BTreeSet::new();
        let behind = parts.iter_mut().rev().map(|part| {
            let Include { path, at } = part.include.take()?;
            let (rest, behind) = before.split_at_checked(at)?;
            line = line.saturating_sub(breaks(behind));
            before = rest;
            if !known.insert(normal(&path)) {
                return None;
            }
            let (files, others) = places.find(&path, index);
            Some(Named { path, at, line, files, others })
        });
        Self { path, behind: behind.collect() }
    }
}

/// A walk through the files from the end.
#[derive(Default)]
pub(super) struct Walk<'s, 'a> {
    pub(super) sources: &'s [Source<'a>],
    /// How deep each file was reached.
    pub(super) reached: BTreeMap<usize, usize>,
    /// The files on the way to the one that is being visited, and this.
    open: Vec<usize>,
    /// The parts, each by its file and its number there, from the last to the first.
    pub(super) order: Vec<(usize, usize)>,
    pub(super) unread: Vec<Unread<'a>>,
    /// The file that includes each of these, by its place among those given, and where it does.
    pub(super) includes: Vec<(usize, usize)>,
    /// The paths of these.
    said: BTreeSet<Cow<'a, str>>,
}

impl<'s, 'a> Walk<'s, 'a> {
    pub(super) fn through(sources: &'s [Source<'a>]) -> Self {
        Self { sources, ..Self::default() }
    }

    /// Takes the parts of a file, unless that is done. Where it is reached deeper than before, so may be what it includes.
    pub(super) fn visit(&mut self, index: usize, depth: usize) {
        let Some(source) = self.sources.get(index) else { return };
        let before = self.reached.get(&index).copied();
        if before.is_some_and(|before| before >= depth) {
            return;
        }
        self.reached.insert(index, depth);
        self.open.push(index);
        for (behind, named) in source.behind.iter().enumerate() {
            if let Some(named) = named {
                self.follow(index, source, named, depth);
            }
            if before.is_none() {
                let turn = source.behind.len().saturating_sub(behind).saturating_sub(1);
                self.order.push((index, turn));
            }
        }
        self.open.pop();
    }

    fn follow(&mut self, by: usize, source: &Source<'a>, named: &Named<'a>, depth: usize) {
        let mut is_nested = false;
        for index in named.files.iter().rev() {
            if depth >= DEPTH || self.open.contains(index) {
                is_nested = true;
            } else {
                self.visit(*index, depth.saturating_add(1));
            }
        }
        let is_given = !named.files.is_empty() || !named.others.is_empty();
        if (!is_nested && is_given) || !self.said.insert(named.path.clone()) {
            return;
        }
        self.includes.push((by, named.at));
        let (path, by, line) = (named.path.clone(), source.path, named.line);
        let unread =
            if is_nested { Unread::Nested { path, by, line } } else { Unread::Missing { path, by, line } };
        self.unread.push(unread);
    }
}

/// Where files are, each path from its end.
#[derive(Default)]
pub(super) struct Places<'a> {
    files: BTreeMap<Vec<&'a str>, usize>,
    /// Folders, each with its files by their names.
    folders: BTreeMap<Vec<&'a str>, BTreeMap<&'a str, usize>>,
}

impl<'a> Places<'a> {
    pub(super) fn of(files: &[(&'a str, &'a str)]) -> Self {
        let mut places = Self::default();
        for (index, (path, _)) in files.iter().enumerate() {
            let path: Vec<&str> = components(path).collect();
            if let Some((name, folder)) = path.split_first()
                && !folder.is_empty()
            {
                places.folders.entry(folder.into()).or_default().entry(name).or_insert(index);
            }
            places.files.entry(path).or_insert(index);
        }
        places
    }

    /// What the file at `by` includes: the file at a path, or those of the folder there, and with these the ones that apt passes
    /// over.
    fn find(&self, path: &str, by: usize) -> (Vec<usize>, Vec<usize>) {
        let wanted: Vec<&str> = components(path).collect();
        let Some(name) = wanted.first() else { return Default::default() };
        // Where apt is run, to whose folder a relative path belongs, nobody knows: such a file is known by the same path alone.
        let is_at = |place: &[&str]| {
            if path.starts_with('/') { place.starts_with(&wanted) } else { place == wanted }
        };
        let from = (Bound::Included(&*wanted), Bound::Unbounded);
        if path.ends_with('/') {
            let folder = self.folders.range::<[&str], _>(from).next();
            let Some((_, files)) = folder.filter(|(folder, _)| is_at(folder)) else {
                return Default::default();
            };
            let (read, others): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| is_read(name));
            let places = |files: Vec<(&&str, &usize)>| files.into_iter().map(|(_, index)| *index).collect();
            return (places(read), places(others));
        }
        let whole = self.files.range::<[&str], _>(from).next().filter(|(path, _)| is_at(path));
        let by_name = || self.files.get(&[*name][..]).filter(|index| **index != by && path.starts_with('/'));
        let file = whole.map(|(_, index)| index).or_else(by_name);
        (file.copied().into_iter().collect(), Vec::new())
    }
}

/// A path as others may write it, to know one that was there before.
fn normal(path: &str) -> (bool, bool, Vec<String>) {
    (path.starts_with('/'), path.ends_with('/'), components(path).map(String::from).collect())
}

/// The parts of a path, from its end; either separator is taken, since files of Linux are looked at on Windows.
pub(super) fn components(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit(['/', '\\']).filter(|part| !matches!(*part, "" | "."))
}

pub(super) fn name(path: &str) -> &str {
    components(path).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::format;
    use std::string::{String, ToString};
    use std::vec::Vec;

    use crate::mistake::MistakeKind;
    use crate::settings::Key;
    use crate::settings::apt::join;

    fn joined(files: &[(&str, &str)]) -> Vec<String> {
        let entries = join(files).readings.into_iter().flat_map(|(index, reading)| {
            reading.entries.into_iter().map(move |entry| format!("{} {}", files[index].0, entry.value))
        });
        entries.collect()
    }

    fn unread(files: &[(&str, &str)]) -> Vec<String> {
        join(files).unread.iter().map(ToString::to_string).collect()
    }

    /// As `apt-config dump -c` of apt 2.6.1 shows them, like all that follows.
    #[test]
    fn what_is_included_is_read_at_its_place() {
        let b = "#clear Acquire::https; Acquire::http::Proxy \"http://b:1\";";
        for include in ["\"/opt/b.conf\"", "/opt/b.conf", "\"/opt//./\"b.conf", "\n \"/opt/b.conf\"\n"] {
            let a = format!(
                "Acquire::https::Proxy \"http://a:1\"; #include {include}; Acquire::http::Proxy \"http://a:2\";"
            );
            for path in ["/opt/b.conf", "x/opt/b.conf", "x\\opt\\b.conf", "b.conf"] {
                let given = [(path, b), ("etc/apt/apt.conf.d/10a", &*a), ("etc/apt/apt.conf", "A::B \"1\";")];
                let want = [format!("{path} http://b:1"), "etc/apt/apt.conf.d/10a http://a:2".into()];
                assert_eq!(joined(&given), want, "{include}");
                assert_eq!(unread(&given), [""; 0]);
                assert_eq!(join(&given).included, BTreeSet::from([0]));
            }
        }
        // What no file includes stays where it is, and the main file is the last.
        let a = "#include \"/opt/b.conf\"; Acquire::http::Proxy \"http://a:1\";";
        assert_eq!(
            joined(&[("apt.conf", a), ("y/b.conf", b)]),
            ["y/b.conf http://b:1", "apt.conf http://a:1"]
        );
    }

    #[test]
    fn a_folder_by_its_names() {
        let proxy = |host: &str| format!("Acquire::http::Proxy \"http://{host}:1\";");
        let (b, c, d) = (proxy("b"), proxy("c"), proxy("d"));
        let main = ("etc/apt/apt.conf", "#include \"/opt/dd/\";");
        let files = [main, ("opt/dd/20b.conf", &*b), ("opt/dd/30c.bak", &*c), ("opt/dd/10d", &*d)];
        assert_eq!(joined(&files), ["opt/dd/10d http://d:1", "opt/dd/20b.conf http://b:1"]);
        assert_eq!(unread(&files), ["opt/dd/30c.bak: apt reads no file of this name"]);
        // By its own name it is read.
        let other = ("etc/apt/apt.conf.d/1", "#include /opt/dd/30c.bak;");
        let files = [main, files[2], other];
        assert_eq!(
            (joined(&files), unread(&files)),
            (["opt/dd/30c.bak http://c:1".into()].into(), [].into())
        );
    }

    #[test]
    fn what_is_not_given_is_said() {
        let a = "\n#include \"/opt/a.conf\";\n#include b.conf;#include \"/opt/dd/\";#include \"/\";#include;\n\
                 #INCLUDE \"/c\";\n// #include \"/d\";\n#include {\"/e\";};\n#include \"/opt/a.conf\";";
        let not = "includes it (#include), and apt does not start without it";
        assert_eq!(
            unread(&[("apt.conf", a), ("y/a.conf", "Acquire::http::Proxy \"DIRECT\";")]),
            [
                format!("b.conf: apt.conf:3 {not}; it looks for it from the folder in which it is run"),
                format!("/opt/dd/: apt.conf:3 {not}"),
                format!("/: apt.conf:3 {not}"),
                format!("/opt/a.conf: apt.conf:7 {not}"),
            ]
        );
        // A file of which the name alone is known is not taken for the one that it includes itself.
        let copy = [("b.conf", "#include \"/opt/b.conf\";")];
        assert_eq!(unread(&copy), [format!("/opt/b.conf: b.conf:1 {not}")]);
        // apt reads no file that includes anything within braces.
        let braces = join(&[("apt.conf", "A { #include \"/opt/b.conf\"; };"), copy[0]]);
        assert_eq!(braces.readings[1].1.mistakes[0].kind, MistakeKind::DirectiveInBraces);
        assert_eq!(braces.included, BTreeSet::new());
    }

    #[test]
    fn what_is_not_there_keeps_apt_from_starting() {
        let files = [("apt.conf", "A::B \"1\";\n#include \"/opt/a.conf\";\n#include /opt/b.conf;")];
        let missed = |missing: &[&str]| {
            let mut joined = join(&files);
            joined.miss(|path| missing.contains(&path));
            let (_, reading) = joined.readings.remove(0);
            reading.entries.into_iter().map(|entry| (entry.key, entry.lost, entry.at)).collect::<Vec<_>>()
        };
        let stop = |at| (Key::AptConfiguration, Some(MistakeKind::IncludeMissing), at);
        assert_eq!(missed(&[]), []);
        assert_eq!(missed(&["/opt/a.conf", "/opt/b.conf"]), [stop(10..18)]);
        assert_eq!(missed(&["/opt/b.conf"]), [stop(34..42)]);
    }

    #[test]
    fn mistakes_of_what_is_included_stay_its_own() {
        let files = [
            ("apt.conf", "Acquire::http::Proxy \"http://a:1\";\n#include /b;\n#bad x;"),
            ("b", "A::B \"1\";\n};\nAcquire::https::Proxy http://b:1;"),
        ];
        let found: Vec<_> = join(&files)
            .readings
            .into_iter()
            .flat_map(|(index, reading)| reading.mistakes.into_iter().map(move |mistake| (index, mistake)))
            .map(|(index, mistake)| (files[index].0, mistake.kind, &files[index].1[mistake.at]))
            .collect();
        assert_eq!(
            found,
            [("b", MistakeKind::BraceUnpaired, "}"), ("b", MistakeKind::QuoteMissing, "http://b:1")],
            "#bad begins a comment"
        );
    }

    /// Of 12 files that include each the next, the first is read by apt 2.6.1; of 13 none.
    #[test]
    fn depth_and_circles() {
        let chain = |length: usize| {
            let paths: Vec<String> = (0..length).map(|at| format!("/n{at}")).collect();
            let texts: Vec<String> = (1..=length)
                .map(|next| {
                    if next < length {
                        format!("#include /n{next};")
                    } else {
                        "Acquire::http::Proxy \"a\";".into()
                    }
                })
                .collect();
            let files: Vec<_> = paths.iter().zip(&texts).map(|(path, text)| (&**path, &**text)).collect();
            (joined(&files), unread(&files))
        };
        assert_eq!(chain(12), (["/n11 a".into()].into(), [].into()));
        let deep = "/n12: /n11:1 includes it in a circle or more than 11 files deep, and apt does not start";
        assert_eq!(chain(13).1, [deep]);
        let a = "Acquire::http::Proxy \"a\";\n#include /etc/apt/apt.conf;";
        let circle = [
            "/etc/apt/apt.conf: /etc/apt/apt.conf:2 includes it in a circle or more than 11 files deep, and apt does not start",
        ];
        assert_eq!(unread(&[("/etc/apt/apt.conf", a)]), circle);
        let [(_, reading)] = &join(&[("/etc/apt/apt.conf", a)]).readings[..] else { panic!("one part") };
        let [value, stop] = &reading.entries[..] else { panic!("{reading:?}") };
        assert_eq!((&*value.value, stop.key, &a[stop.at.clone()]), ("a", Key::AptConfiguration, "#include"));
        assert_eq!(stop.lost, Some(MistakeKind::IncludeNested));
        let two = [("/a", "#include /b; Acquire::http::Proxy \"a\";"), ("/b", "#include /a;")];
        assert_eq!((joined(&two), unread(&two).len()), (["/a ".into(), "/a a".into()].into(), 1));
        // It is reached at the end of a chain, too, and is too deep there alone.
        let short = |first: &str| {
            let mut files: Vec<(String, String)> =
                (0..11).map(|at| (format!("/n{at}"), format!("#include /n{};", at + 1))).collect();
            files.push(("/n11".into(), "#include /x;".into()));
            files.push(("/x".into(), String::new()));
            files.push(("/etc/apt/apt.conf".into(), first.into()));
            let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
            unread(&files)
        };
        assert_eq!(short("#include /n0; #include /n11;").len(), 1);
        assert_eq!(short("#include /n2; #include /n11;").len(), 1, "of itself it is as deep");
    }

    #[test]
    fn many_includes_take_no_longer() {
        // Each is included a thousand times by the one before it.
        let paths: Vec<String> = (0..12).map(|at| format!("/n{at}")).collect();
        let include = |next| format!("#include /n{next};#include /./n{next};").repeat(500);
        let texts: Vec<String> = (1..=12).map(|next| include(next) + "Acquire::http::Proxy \"a\";").collect();
        let files: Vec<_> = paths.iter().zip(&texts).map(|(path, text)| (&**path, &**text)).collect();
        assert_eq!((joined(&files).len(), unread(&files).len()), (12, 1));
    }
}
