//! The table of vendor marks.

use std::fmt::Write as _;

use crate::one_of;

const FILE: &str = "data/marks.csv";

/// The table of vendor marks. Every word is checked here, so that a slip in the file fails the build with its line.
pub(crate) fn table() -> String {
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
            _ => format!("Place::{}", one_of(FILE, line, place, &["body", "reason", "issuer"])),
        };
        assert!(!product.is_empty(), "core/data/marks.csv:{line}: the product is missing");
        writeln!(
            table,
            "    Mark {{ product: {product:?}, role: Role::{}, place: {place}, test: Test::{}, pattern: {pattern:?}, \
             letters: letters({pattern:?}.as_bytes()), is_strong: {}, meaning: Meaning::{} }},",
            one_of(FILE, line, role, &["proxy", "server", "filter", "inspector"]),
            one_of(FILE, line, test, &["contains", "prefix", "exact"]),
            one_of(FILE, line, strength, &["strong", "weak"]) == "Strong",
            one_of(
                FILE,
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
