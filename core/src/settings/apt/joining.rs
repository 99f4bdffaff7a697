//! The files of apt's configuration together (apt.conf(5)): `apt.conf.d` in the order of the names, then `apt.conf`.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Part, part};
use crate::settings::Reading;

/// What the files of apt's configuration say together.
#[derive(Debug, Default)]
pub struct Joined<'a> {
    /// The files that apt reads, each by its place among those given, in the order in which they apply: with all mistakes, and
    /// with those settings that no later file clears.
    pub readings: Vec<(usize, Reading<'a>)>,
    /// The places of those that it does not read, for their names.
    pub unread: Vec<usize>,
}

/// Joins files of apt's configuration, each given with its path and its text, as apt does.
///
/// What stands in a folder `apt.conf.d` comes in the order of the names, `apt.conf` comes last, and what else there is
/// between them in the order given.
pub fn join<'a>(files: &[(&str, &'a str)]) -> Joined<'a> {
    let mut joined = Joined::default();
    let mut order = Vec::new();
    for (index, (path, text)) in files.iter().enumerate() {
        let mut parts = path.rsplit(['/', '\\']);
        let name = parts.next().unwrap_or_default();
        match parts.next() {
            Some("apt.conf.d") if is_read(name) => order.push((0, name, index, *text)),
            Some("apt.conf.d") => joined.unread.push(index),
            _ if name == "apt.conf" => order.push((2, "", index, *text)),
            _ => order.push((1, "", index, *text)),
        }
    }
    order.sort_by_key(|(turn, name, ..)| (*turn, *name));
    let mut parts: Vec<(usize, Part<'a>)> =
        order.into_iter().map(|(_, _, index, text)| (index, part(text))).collect();
    // The last file that clears a path.
    let mut clears = BTreeMap::new();
    for (turn, (_, part)) in parts.iter().enumerate() {
        clears.extend(part.clears.keys().map(|path| (path.clone(), turn)));
    }
    for (turn, (_, part)) in parts.iter_mut().enumerate() {
        part.retain(|_, path| clears.get(path).is_none_or(|clear| *clear <= turn));
    }
    joined.readings = parts.into_iter().map(|(index, part)| (index, part.reading)).collect();
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
        assert_eq!((unread.unread, unread.readings.len()), (Vec::from([0]), 1));
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
