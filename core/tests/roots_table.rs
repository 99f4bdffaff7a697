//! A slip in the file of roots fails the build, and the message says where and what.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

#[path = "../build/roots.rs"]
mod roots;

const FILE: &str = "catalog/roots.csv";

/// A copy of the file, with its first `from` replaced.
fn changed(name: &str, from: &str, to: &str) -> PathBuf {
    let text = std::fs::read_to_string(FILE).expect("the file of roots");
    assert!(text.contains(from), "{from}");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.csv"));
    std::fs::write(&copy, text.replacen(from, to, 1)).expect("a copy of it");
    copy
}

/// The line of the first row, counted from 1: comments and the names of the columns stand before it.
fn first_row() -> usize {
    let text = std::fs::read_to_string(FILE).expect("the file of roots");
    1 + text.lines().position(|line| line.starts_with("microsoft,")).expect("a row")
}

#[test]
fn each_row_becomes_a_root() {
    let table = roots::table(Path::new(FILE));
    assert_eq!(table.matches("    Root { class: PinClass::Microsoft, name: \"").count(), 5);
}

#[test]
fn a_slip_is_told_with_its_line() {
    let cases = [
        ("class", "microsoft,Microsoft Root", "contoso,Microsoft Root", "\"contoso\" is no class"),
        ("name", "microsoft,Microsoft Root", "microsoft,Microsoft Roof", "does not stand in the subject"),
        ("subject", ",MF8xEz", ",MF4xEz", "the subject is cut, or something follows it"),
        ("base64", ",MF8xEz", ",?F8xEz", "the subject is no Base64"),
        ("key", ",MIICIjAN", ",MIICIzAN", "the key is cut, or something follows it"),
        ("digest", ",MIICIjANBgkqhkiG", ",MIICIjANBgkqhkiH", "the key's SHA-256 is"),
        ("day", "2001-05-09T", "2001-02-29T", "\"2001-02-29T23:19:22Z\" is no date"),
        ("form", "2001-05-09T", "2001-5-9T", "\"2001-5-9T23:19:22Z\" is no date"),
        ("order", "2001-05-09T", "2031-05-09T", "ends before it begins"),
        ("compared", ",2026-11-25", ",25.11.2026", "is no date"),
        ("columns", ",2026-11-25", "", "9 fields"),
    ];
    let expected = format!(":{}: ", first_row());
    for (name, from, to, message) in cases {
        let copy = changed(name, from, to);
        let panicked = catch_unwind(|| roots::table(&copy)).expect_err(name);
        let said = panicked.downcast::<String>().expect("a message");
        assert!(said.contains(message), "{name}: {said}");
        // The CSV reader has its own way to say where.
        let place = if name == "columns" { "line: " } else { &expected };
        assert!(said.contains(place), "{name}: {said}");
    }
}
