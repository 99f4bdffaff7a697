//! The tables of the catalogue: endpoints, and the requests that test them.

use std::collections::HashSet;
use std::fmt::Write as _;

use csv::StringRecord;

use crate::one_of;

const ENDPOINTS: &str = "catalog/endpoints.csv";
const TESTS: &str = "catalog/tests.csv";

const REGIONS: &[&str] = &["US", "EU", "UK", "AU", "CH", "IN", "GCC", "GCCH", "DoD"];
const SYSTEMS: &[&str] = &["windows", "windows-mma", "macos", "linux", "admin"];
const SERVICES: &[&str] = &[
    "agent-updates",
    "asm",
    "auth",
    "autoir",
    "cnc",
    "core-config",
    "core-telemetry",
    "crl",
    "ctl",
    "cyberdata",
    "cyberdata-common",
    "cyberdata-legacy",
    "definitions",
    "definitions-adl",
    "definitions-cdn",
    "maps",
    "maps-xplat",
    "mma",
    "network-scanner",
    "other",
    "portal",
    "sample-storage",
    "security-management",
    "smartscreen",
    "streamlined",
    "streamlined-cnc",
    "streamlined-cyberdata",
    "streamlined-maps",
    "updates",
    "utc",
    "wns",
];

/// Both tables, as Rust.
pub(crate) fn tables() -> (String, String) {
    let mut rows = HashSet::new();
    let mut endpoints = String::from("&[\n");
    for row in read(ENDPOINTS) {
        rows.insert((row.text("host").to_owned(), row.text("service").to_owned()));
        endpoint(&mut endpoints, &row);
    }
    let mut tests = String::from("&[\n");
    for row in read(TESTS) {
        let key = (row.text("endpoint").to_owned(), row.text("service").to_owned());
        row.check(rows.contains(&key), "no row of endpoints.csv has this endpoint and this service");
        test(&mut tests, &row);
    }
    (endpoints + "]\n", tests + "]\n")
}

fn endpoint(table: &mut String, row: &Row) {
    let host = row.text("host");
    let name = host.strip_prefix("*.").unwrap_or(host);
    row.check(is_name(name), "the host is neither a name nor *.name");
    let port: u16 = row.text("port").parse().expect("a port");
    let scheme = row.variant("scheme", &["http", "https"]);
    let documented = row.text("basis") == "documented";
    row.check(documented || row.text("required").is_empty(), "what was only observed is never required");
    let required = row.set("required", SYSTEMS);
    let systems = row.set("systems", SYSTEMS);
    row.check(required & !systems == 0, "required names a system that systems does not");
    writeln!(
        table,
        "    Endpoint {{ host: {host:?}, port: {port}, scheme: Scheme::{scheme}, path: {:?}, regions: Regions({}), \
         service: Service::{}, systems: Systems({systems}), required: Systems({required}), packages: Packages::{}, \
         releases: {}, inspection: Inspection::{}, pin: PinClass::{}, direct: {}, basis: Basis::{}, conflict: {:?}, \
         note: {:?}, source: {:?}, date: {:?} }},",
        row.text("path"),
        row.regions(),
        row.variant("service", SERVICES),
        row.variant("packages", &["standard", "streamlined", "both"]),
        row.releases(),
        row.variant("inspection", &["exempt", "recommended", "no", "plain", "conflict"]),
        row.variant("pin", &["public", "microsoft"]),
        row.yes("direct"),
        row.variant("basis", &["documented", "observed"]),
        row.text("conflict"),
        row.text("note"),
        row.source(),
        row.date(),
    )
    .expect("a String takes everything");
}

fn test(table: &mut String, row: &Row) {
    let url = row.text("url");
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.unwrap_or_default().split(['/', '?']).next().unwrap_or_default();
    row.check(is_name(&host.replace("{workspace}", "w")), "the URL has no scheme or no host");
    let pattern = row.text("endpoint");
    let fits =
        pattern.strip_prefix('*').map_or(host == pattern, |end| host.ends_with(end) || host == &end[1..]);
    row.check(fits, "the URL's host does not fit the endpoint");
    let statuses: Vec<u16> = row
        .words("statuses")
        .map(|word| word.parse().ok().filter(|status| (200..600).contains(status)).expect("a status"))
        .collect();
    row.check(statuses.len() <= 8, "at most eight statuses");
    let body = row.text("body");
    row.check(!body.contains(['\\', '"']), "the body cannot be quoted");
    let method = row.text("method");
    row.check(["GET", "HEAD", "POST", "TLS"].contains(&method), "the method is not known");
    row.check(method != "TLS" || url.starts_with("https:"), "TLS needs an https URL");
    writeln!(
        table,
        "    Test {{ method: Method::{}, url: {url:?}, statuses: &{statuses:?}, body: {body:?}, endpoint: {pattern:?}, \
         service: Service::{}, regions: Regions({}), systems: Systems({}), pin: PinClass::{}, basis: Basis::{}, note: {:?}, \
         source: {:?}, date: {:?} }},",
        method[..1].to_owned() + &method[1..].to_lowercase(),
        row.variant("service", SERVICES),
        row.regions(),
        row.set("systems", SYSTEMS),
        row.variant("pin", &["public", "microsoft"]),
        row.variant("basis", &["documented", "observed"]),
        row.text("note"),
        row.source(),
        row.date(),
    )
    .expect("a String takes everything");
}

/// A name of at least two labels, in lower case.
fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let mut bytes = label.bytes();
        !label.is_empty() && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    name.contains('.') && name.split('.').all(is_label)
}

/// A row with the names of its columns.
struct Row {
    file: &'static str,
    header: StringRecord,
    record: StringRecord,
}

fn read(file: &'static str) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_path(file)
        .unwrap_or_else(|error| panic!("core/{file}: {error}"));
    let header = reader.headers().unwrap_or_else(|error| panic!("core/{file}: {error}")).clone();
    let row = |record: csv::Result<StringRecord>| Row {
        file,
        header: header.clone(),
        record: record.unwrap_or_else(|error| panic!("core/{file}: {error}")),
    };
    reader.records().map(row).collect()
}

impl Row {
    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    fn check(&self, good: bool, what: &str) {
        assert!(good, "core/{}:{}: {what}", self.file, self.line());
    }

    fn text(&self, column: &str) -> &str {
        let index = self.header.iter().position(|name| name == column);
        let text = index.and_then(|index| self.record.get(index));
        let text = text.unwrap_or_else(|| panic!("core/{}: no column {column}", self.file));
        self.check(text.trim() == text && !text.chars().any(char::is_control), column);
        text
    }

    fn words(&self, column: &str) -> impl Iterator<Item = &str> {
        self.text(column).split(';').filter(|word| !word.is_empty())
    }

    fn variant(&self, column: &str, known: &[&str]) -> String {
        one_of(self.file, self.line(), self.text(column), known)
    }

    /// The bits of the words, the first of `known` being the lowest.
    fn set(&self, column: &str, known: &[&str]) -> u16 {
        self.words(column).fold(0, |set, word| {
            let at = known.iter().position(|one| *one == word);
            self.check(at.is_some(), &format!("{word:?} is none of {known:?}"));
            set | 1 << at.unwrap_or_default()
        })
    }

    /// The bits of the regions; the commercial ones come first.
    fn regions(&self) -> u16 {
        let set = self.words("regions").fold(0, |set, word| match word {
            "ALL" => (1 << REGIONS.len()) - 1,
            "WW" => set | 0b11_1111,
            _ => {
                let at = REGIONS.iter().position(|one| *one == word);
                self.check(at.is_some(), &format!("{word:?} is none of {REGIONS:?}, WW and ALL"));
                set | 1 << at.unwrap_or_default()
            }
        });
        self.check(set != 0, "a region is missing");
        set
    }

    /// `<1803`, `<=1803` or `>=1803`.
    fn releases(&self) -> String {
        let text = self.text("releases");
        let digits = text.trim_start_matches(['<', '>', '=']);
        let number: u16 = if text.is_empty() { 0 } else { digits.parse().expect("a release as 1803") };
        match text.strip_suffix(digits).unwrap_or_default() {
            "" if text.is_empty() => "Releases::All".into(),
            "<" => format!("Releases::Before({number})"),
            "<=" => format!("Releases::UpTo({number})"),
            ">=" => format!("Releases::From({number})"),
            _ => panic!("core/{}:{}: {text:?} is no range of releases", self.file, self.line()),
        }
    }

    fn yes(&self, column: &str) -> bool {
        let text = self.text(column);
        self.check(["", "yes"].contains(&text), "yes or nothing");
        !text.is_empty()
    }

    fn source(&self) -> &str {
        self.check(!self.text("source").is_empty(), "the source is missing");
        self.text("source")
    }

    /// `2025`, `2025-10` or `2025-10-16`.
    fn date(&self) -> &str {
        let date = self.text("date");
        let good = date.starts_with("20") && [4, 7, 10].contains(&date.len());
        self.check(good && date.bytes().all(|b| b.is_ascii_digit() || b == b'-'), "no date");
        date
    }
}
