//! Makes const tables of the data files, so that every target has them without parsing anything.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

#[path = "build/roots.rs"]
mod roots;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/roots.rs");
    println!("cargo::rerun-if-changed=data/marks.csv");
    println!("cargo::rerun-if-changed=catalog/roots.csv");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("marks.rs"), marks()).expect("the table can be written");
    let roots = roots::table(Path::new("catalog/roots.csv"));
    fs::write(Path::new(&out).join("roots.rs"), roots).expect("the table can be written");
}

/// The table of vendor marks. Every word is checked here, so that a slip in the file fails the build with its line.
fn marks() -> String {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_path("data/marks.csv")
        .expect("core/data/marks.csv can be read");
    let mut table = String::from("&[\n");
    for row in reader.records() {
        let row = row.expect("core/data/marks.csv: each row has seven columns");
        let line = row.position().map_or(0, csv::Position::line);
        let columns: Vec<&str> = row.iter().collect();
        let [product, role, place, test, pattern, strength, meaning] = columns[..] else {
            panic!("core/data/marks.csv:{line}: a row has seven columns");
        };
        let place = match place.split_once(':') {
            Some(("field", name)) if name.chars().all(|c| c.is_ascii_lowercase() || c == '-') => {
                format!("Place::Field({name:?})")
            }
            _ => format!("Place::{}", one_of(line, place, &["body", "reason", "issuer"])),
        };
        assert!(!product.is_empty(), "core/data/marks.csv:{line}: the product is missing");
        writeln!(
            table,
            "    Mark {{ product: {product:?}, role: Role::{}, place: {place}, test: Test::{}, pattern: {pattern:?}, \
             is_strong: {}, meaning: Meaning::{} }},",
            one_of(line, role, &["proxy", "server", "filter", "inspector"]),
            one_of(line, test, &["contains", "prefix", "exact"]),
            one_of(line, strength, &["strong", "weak"]) == "Strong",
            one_of(
                line,
                meaning,
                &[
                    "identity",
                    "web_server",
                    "denied",
                    "auth_required",
                    "connect_unsupported",
                    "name_not_found",
                    "upstream_refused",
                    "upstream_silent",
                    "upstream_unreachable",
                    "upstream_failed",
                    "block_page",
                    "client_certificate",
                    "inspector",
                ]
            ),
        )
        .expect("a String takes everything");
    }
    table + "]\n"
}

/// A word of the file as the name of a variant.
fn one_of(line: u64, word: &str, known: &[&str]) -> String {
    assert!(known.contains(&word), "core/data/marks.csv:{line}: {word:?} is none of {known:?}");
    word.split('_').map(|part| part[..1].to_uppercase() + &part[1..]).collect()
}
