//! The table of the roots of pin classes, made of `catalog/roots.csv`.

use std::fmt::Write as _;
use std::path::Path;

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};

/// The table as Rust text. Every cell is checked here, so that a slip in the file fails the build with its line.
pub(crate) fn table(file: &Path) -> String {
    let shown = file.display();
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_path(file)
        .unwrap_or_else(|error| panic!("core/{shown}: cannot be read: {error}"));
    let mut table = String::from("&[\n");
    for row in reader.records() {
        let row = row.unwrap_or_else(|error| panic!("core/{shown}: {error}"));
        let line = row.position().map_or(0, csv::Position::line);
        let columns: Vec<&str> = row.iter().collect();
        let written = root(&columns).unwrap_or_else(|mistake| panic!("core/{shown}:{line}: {mistake}"));
        table.push_str(&written);
    }
    table + "]\n"
}

/// One row as the text of a `Root`.
fn root(columns: &[&str]) -> Result<String, String> {
    let [class, name, subject, key, key_sha256, not_before, not_after, source, date] = columns[..] else {
        return Err(format!("a row has nine columns, and this has {}", columns.len()));
    };
    let class = match class {
        "microsoft" => "Microsoft",
        _ => return Err(format!("{class:?} is no class that has roots of its own; there is \"microsoft\"")),
    };
    if name.is_empty() || source.is_empty() {
        return Err("the name or the source is missing".into());
    }
    let subject = sequence(subject).map_err(|problem| format!("the subject {problem}"))?;
    let holds_name = subject.windows(name.len()).any(|part| part == name.as_bytes());
    if !holds_name {
        return Err(format!("{name:?} does not stand in the subject"));
    }
    let key = sequence(key).map_err(|problem| format!("the key {problem}"))?;
    let mut digest = String::new();
    for byte in Sha256::digest(&key) {
        write!(digest, "{byte:02x}").expect("a String takes everything");
    }
    if digest != key_sha256 {
        return Err(format!("the key's SHA-256 is {digest}, and {key_sha256} is stated"));
    }
    let (begin, end) = (moment(not_before)?, moment(not_after)?);
    if end <= begin {
        return Err("the validity ends before it begins".into());
    }
    moment(&format!("{date}T00:00:00Z"))?;
    Ok(format!(
        "    Root {{ class: PinClass::{class}, name: {name:?}, subject: &{subject:?}, key: &{key:?}, \
         not_before: {begin}, not_after: {end}, source: {source:?}, date: {date:?} }},\n"
    ))
}

/// A SEQUENCE in DER, in Base64: its tag, its length and nothing behind it.
fn sequence(base64: &str) -> Result<Vec<u8>, String> {
    let der = Base64::decode_vec(base64).map_err(|error| format!("is no Base64: {error}"))?;
    let (header, length) = match der[..] {
        [0x30, 0x81, length, ..] => (3, usize::from(length)),
        [0x30, 0x82, high, low, ..] => (4, usize::from(u16::from_be_bytes([high, low]))),
        [0x30, length @ ..=0x7F, ..] => (2, usize::from(length)),
        _ => return Err("is no SEQUENCE in DER".into()),
    };
    if der.len() == header + length { Ok(der) } else { Err("is cut, or something follows it".into()) }
}

/// Seconds since 1970 of a moment in UTC, written as `2011-03-22T22:05:28Z`.
fn moment(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is no date like 2011-03-22T22:05:28Z");
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    if !shape.eq(*b"0000-00-00T00:00:00Z") {
        return Err(wrong());
    }
    let part = |range: std::ops::Range<usize>| text[range].parse::<i64>().map_err(|_| wrong());
    let (year, month, day) = (part(0..4)?, part(5..7)?, part(8..10)?);
    let (hour, minute, second) = (part(11..13)?, part(14..16)?, part(17..19)?);
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of = |month: i64| match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    };
    let is_real = (1970..2200).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_of(month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !is_real {
        return Err(wrong());
    }
    let years: i64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let days = years + (1..month).map(days_of).sum::<i64>() + day - 1;
    Ok(((days * 24 + hour) * 60 + minute) * 60 + second)
}
