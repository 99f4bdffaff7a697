//! Bypass lists and environment variables, against the tables of the programs whose rules they follow.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use probe_core::select::bypass::{self, Destination, Dialect};
use probe_core::select::environment::{self, Choice, Environment};
use probe_core::select::{Route, Variable};
use probe_core::target::Target;
use serde_json::Value;

/// The rows of a table, without its first line, which names the source.
fn rows(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
    let text = std::fs::read_to_string(path).expect(file);
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    assert!(lines.next().expect(file)["source"].is_string(), "{file} does not name its source");
    lines.collect()
}

#[test]
fn every_row_of_every_bypass_table() {
    let mut wrong = String::new();
    for (file, want) in [
        ("bypass_curl.jsonl", &[("curl", 78)][..]),
        ("bypass_curl_networks.jsonl", &[("curl", 17)]),
        ("bypass_go.jsonl", &[("go", 27)]),
        ("bypass_python_macos.jsonl", &[("python-macos", 79)]),
        (
            "bypass_comparison.jsonl",
            &[
                ("curl", 83),
                ("go", 83),
                ("chromium", 83),
                ("firefox", 83),
                ("python", 83),
                ("python-windows", 83),
                ("libproxy", 83),
            ],
        ),
    ] {
        let mut played = BTreeMap::new();
        for row in rows(file) {
            let target = Target::parse(row["url"].as_str().unwrap()).expect(file);
            for dialect in Dialect::ALL {
                let Some(want) = row.get(dialect.as_str()) else { continue };
                *played.entry(dialect.as_str()).or_insert(0) += 1;
                let list = row["list"].as_str().unwrap();
                let list =
                    if *dialect == Dialect::PythonWindows { list.replace(',', ";") } else { list.to_owned() };
                let found = bypass::decide(*dialect, &list, &Destination::from(&target));
                if found.is_some() != want.as_bool().unwrap() {
                    writeln!(wrong, "{file}, {dialect}: {list:?} {target}: {found:?}").unwrap();
                }
            }
        }
        assert_eq!(played, want.iter().copied().collect(), "{file}: rows of each dialect");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn names_without_a_dot_by_a_setting_of_macos() {
    for row in rows("bypass_python_macos.jsonl") {
        let (list, url) = (row["list"].as_str().unwrap(), row["url"].as_str().unwrap());
        let target = Target::parse(url).unwrap();
        let found = bypass::decide_with_simple(Dialect::PythonMacos, list, &Destination::from(&target));
        assert_eq!(found.is_some(), row["simple"].as_bool().unwrap(), "{list:?} {url}: {found:?}");
    }
}

#[test]
fn every_row_of_gos_environment_table() {
    let rows = rows("environment_go.jsonl");
    assert_eq!(rows.len(), 26);
    let mut refused = 0;
    for row in &rows {
        let set = row["set"].as_object().unwrap();
        assert!(set.keys().all(|name| Variable::ALL.iter().any(|variable| variable.as_str() == name)));
        let environment = Environment::from_lookup(|name| set.get(name).map(|value| value.as_str().unwrap()));
        let mut url = row["url"].as_str().unwrap();
        if let Some(kind) = row.get("refused") {
            refused += 1;
            let mistake = Target::parse(url).expect_err(url);
            assert_eq!(format!("{:?}", mistake.kind), kind.as_str().unwrap(), "{url}");
            let Some(instead) = row.get("instead") else { continue };
            url = instead.as_str().unwrap();
        }
        let target = Target::parse(url).expect(url);
        let shown = match environment::go(&environment, &target) {
            Choice::Route { route: Route::Direct, .. } => "direct".to_owned(),
            Choice::Route { route: Route::Forward(proxy) | Route::Tunnel(proxy), .. } => proxy.to_string(),
            Choice::NotSpoken { scheme, .. } => format!("{scheme}://"),
            Choice::Malformed { .. } => "error".to_owned(),
        };
        // Go leaves the port open until it connects; here it is decided at once.
        let want = row["go"].as_str().unwrap();
        let same = shown == want
            || (want.starts_with("http://") && shown == format!("{want}:80"))
            || (want.starts_with("https://") && shown == format!("{want}:443"))
            || (shown.ends_with("://") && !shown.starts_with("http") && want.starts_with(&shown));
        assert!(same, "{row}: {shown}");
    }
    assert_eq!(refused, 4);
}

/// Calls `each` with every text of up to `longest` characters of this alphabet.
fn all_texts(alphabet: &[char], longest: u32, each: &mut impl FnMut(&str)) {
    let mut text = String::new();
    for length in 0..=longest {
        for number in 0..alphabet.len().pow(length) {
            text.clear();
            let mut rest = number;
            for _ in 0..length {
                text.push(alphabet[rest % alphabet.len()]);
                rest /= alphabet.len();
            }
            each(&text);
        }
    }
}

/// The characters that mean something in lists and proxies, and two that mean nothing.
const ALPHABET: [char; 11] = ['a', '.', '*', '/', ':', '[', ']', '1', ',', ' ', 'ü'];

#[test]
fn no_short_list_breaks_anything() {
    let urls = [
        "http://a/",
        "https://a.a./",
        "http://xn--tda.a/",
        "http://1.1.1.1/",
        "http://[::1]/",
        "http://[1::]:1/",
    ];
    let targets = urls.map(|url| Target::parse(url).expect(url));
    let mut matches = vec![0_u32; Dialect::ALL.len()];
    all_texts(&ALPHABET, 5, &mut |list| {
        for target in &targets {
            for (dialect, matches) in Dialect::ALL.iter().zip(&mut matches) {
                let Some(found) = bypass::decide(*dialect, list, &Destination::from(target)) else {
                    continue;
                };
                *matches += 1;
                assert_eq!(list.get(found.at.clone()), Some(found.item), "{list:?} {target}");
                let may_be_empty = matches!(dialect, Dialect::Wget | Dialect::FirefoxNoProxy);
                assert!(
                    may_be_empty || found.item.is_empty() == found.kind.is_implicit(),
                    "{list:?} {target}"
                );
                let keeps_blanks = [
                    Dialect::Wget,
                    Dialect::Apt,
                    Dialect::FirefoxGnome,
                    Dialect::FirefoxMacos,
                    Dialect::PythonMacos,
                    Dialect::Macos,
                ];
                assert!(
                    keeps_blanks.contains(dialect) || found.item.trim() == found.item,
                    "{list:?} {target}"
                );
            }
        }
    });
    let mut counts = Dialect::ALL.iter().zip(&matches);
    // No name of a service is spelt with these letters.
    let is_enough = counts.all(|(dialect, count)| *count > 100 || *dialect == Dialect::Azcmagent);
    assert!(is_enough, "hardly anything was tried: {matches:?}");
}

#[test]
fn no_short_proxy_breaks_anything() {
    let targets = ["http://a/", "https://a/"].map(|url| Target::parse(url).expect(url));
    let mut proxies = 0;
    let mut check = |value: &str| {
        for target in &targets {
            let environment = Environment::from_lookup(|name| name.ends_with("_proxy").then_some(value));
            for choice in [environment::curl(&environment, target), environment::go(&environment, target)] {
                proxies +=
                    u32::from(matches!(&choice, Choice::Route { route, .. } if *route != Route::Direct));
                if let Choice::Malformed { mistake, .. } = &choice {
                    assert!(value.get(mistake.at.clone()).is_some(), "{value:?}: {mistake:?}");
                }
                assert!(!choice.to_string().contains(['\n', '\u{1b}']));
            }
        }
    };
    all_texts(&['a', '.', '/', ':', '[', ']', '1', '@', ' ', 'ü', '%'], 4, &mut |value| {
        check(value);
        check(&format!("http://{value}"));
        check(&format!("socks5://{value}"));
    });
    assert!(proxies > 100, "hardly anything was tried: {proxies}");
}

#[test]
fn a_long_list_takes_time_in_proportion() {
    let target = Target::parse("https://xn--tda.example/").unwrap();
    for item in ["a,", " ,", ",", "q.example,", "ü.ü,", "1.1.1.1/8,", "[::1]:443,", ".", "ü", "*,"] {
        let list = item.repeat(1_000_000 / item.len());
        for dialect in Dialect::ALL {
            let found = bypass::decide(*dialect, &list, &Destination::from(&target));
            // Those that take `*` as one item of several, and have `,` between items.
            let takes_star = [
                Dialect::Go,
                Dialect::Chromium,
                Dialect::ChromiumNoProxy,
                Dialect::ChromiumKde,
                Dialect::ChromiumWindows,
                Dialect::FirefoxGnome,
                Dialect::FirefoxMacos,
                Dialect::PythonMacos,
                Dialect::Libproxy,
            ];
            // Every name ends in nothing.
            let is_empty = *dialect == Dialect::FirefoxNoProxy && [" ,", ","].contains(&item);
            let want = is_empty || (item == "*," && takes_star.contains(dialect));
            assert_eq!(found.is_some(), want, "{item:?} {dialect}");
        }
    }
}
