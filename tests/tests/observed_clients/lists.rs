//! Bypass lists, and who goes direct by them.

use probe_core::select::bypass::{self, Destination, Dialect};

use crate::clients::{Client, Question};
use crate::firefox::{GNOME, LIST};
use crate::{PROXY, Row, target};

/// The list, the URL, and what was seen of curl, Go, Python, wget, apt, Chromium and Firefox, and of Firefox with the list as
/// `no_proxy` and as GNOME's `ignore-hosts`, in this order:
/// `B` it bypassed the proxy, `-` it went to the proxy, `!` it contacted nobody.
///
/// Rows with the same list stand together: some programs are asked about all of them at once.
const LISTS: &[(&str, &str, &str)] = &[
    ("", "http://a.example/", "---------"),
    ("", "http://localhost/", "-B---BBBB"),
    ("", "http://LOCALHOST/", "-----BBBB"),
    ("", "http://localhost./", "-----BBBB"),
    ("", "http://a.localhost/", "-----BBBB"),
    ("", "http://127.0.0.1/", "-B---BBBB"),
    ("", "http://127.8.9.10/", "-B---BBBB"),
    ("", "http://[::1]/", "-B---BBBB"),
    ("", "http://[::ffff:127.0.0.1]/", "-B---B---"),
    ("", "http://169.254.7.7/", "-----B---"),
    ("", "http://intranet/", "---------"),
    ("", "https://localhost/", "-B---BBBB"),
    ("", "https://127.0.0.1/", "-B---BBBB"),
    ("a.example", "http://a.example/", "BBBBBBBBB"),
    ("a.example", "http://A.EXAMPLE/", "BBBBBBBBB"),
    ("a.example", "http://a.example:8080/", "BBBBBBBBB"),
    ("a.example", "http://a.example./", "B--------"),
    ("a.example", "http://www.a.example/", "BBBBB-BB-"),
    ("a.example", "http://b.www.a.example/", "BBBBB-BB-"),
    ("a.example", "http://xa.example/", "----B--B-"),
    ("a.example", "http://a.example.b.example/", "---------"),
    ("a.example", "https://a.example/", "BBBBBBBBB"),
    ("a.example", "https://www.a.example/", "BBBBB-BB-"),
    ("a.example", "https://xa.example/", "----B--B-"),
    ("A.EXAMPLE", "http://a.example/", "BBBBBBBBB"),
    ("A.EXAMPLE", "http://www.a.example/", "BBBBB-BB-"),
    ("a.example.", "http://a.example/", "B--------"),
    ("a.example.", "http://a.example./", "BBBBBBBBB"),
    ("a.example.", "http://www.a.example./", "BBBBB-BB-"),
    (".a.example", "http://a.example/", "B-B------"),
    (".a.example", "http://www.a.example/", "BBBBBBBB-"),
    (".a.example", "http://WWW.A.EXAMPLE/", "BBBBBBBB-"),
    (".a.example", "http://b.www.a.example/", "BBBBBBBB-"),
    (".a.example", "http://xa.example/", "---------"),
    (".a.example", "http://www.a.example:8080/", "BBBBBBBB-"),
    (".a.example", "https://www.a.example/", "BBBBBBBB-"),
    ("..a.example", "http://www.a.example/", "--B------"),
    ("*.a.example", "http://a.example/", "---------"),
    ("*.a.example", "http://www.a.example/", "-B---BB-B"),
    ("*.a.example", "http://b.www.a.example/", "-B---BB-B"),
    ("*.a.example", "https://www.a.example:8443/", "-B---BB-B"),
    ("*a.example", "http://a.example/", "-----BB-B"),
    ("*a.example", "http://xa.example/", "-----B--B"),
    ("*a.example", "http://www.a.example/", "-----BB-B"),
    ("a.*", "http://a.example/", "-----B---"),
    ("w*.example", "http://www.example/", "-----B---"),
    ("www.*.example", "http://www.a.example/", "-----B---"),
    ("a?.example", "http://ab.example/", "-----B---"),
    ("a?.example", "http://a.example/", "-----B---"),
    ("*", "http://a.example/", "BBB--B-BB"),
    ("*", "https://a.example/", "BBB--B-BB"),
    ("*", "http://192.0.2.77/", "BBB--B-BB"),
    ("*", "http://[2001:db8::7]/", "BBB--B-BB"),
    ("*", "http://localhost/", "BBB--BBBB"),
    ("* ", "http://a.example/", "-B---B---"),
    (" *", "http://a.example/", "-B---B---"),
    ("*,b.example", "http://a.example/", "-B---B--B"),
    ("b.example,*", "http://a.example/", "-B---B--B"),
    ("**", "http://a.example/", "-----B---"),
    ("example", "http://a.example/", "BBBBB-BB-"),
    ("example", "http://example/", "BBBBBBBBB"),
    ("example", "http://notexample/", "----B--B-"),
    (".", "http://a.example/", "---------"),
    (".", "http://a.example./", "-BBBBBBB-"),
    (",", "http://a.example/", "-------B-"),
    (",", "http://a.example./", "---B---B-"),
    ("a.example,b.example", "http://b.example/", "BBBBBBBBB"),
    ("a.example, b.example", "http://b.example/", "BBBB-BBB-"),
    ("a.example, b.example", "https://b.example/", "BBBB-BBB-"),
    ("a.example ,b.example", "http://a.example/", "BBB--BBB-"),
    ("a.example ,b.example", "http://b.example/", "BBBBBBBBB"),
    (" a.example", "http://a.example/", "BBB--BBB-"),
    ("a.example ", "http://a.example/", "BBB--BBB-"),
    ("a.example,,b.example", "http://b.example/", "BBBBBBBBB"),
    ("a.example,,b.example", "http://c.example./", "---B---B-"),
    ("a.example b.example", "http://a.example/", "B-----B--"),
    ("a.example b.example", "http://b.example/", "B-----B--"),
    ("a.example;b.example", "http://a.example/", "-----B---"),
    ("a.example;b.example", "http://b.example/", "-----B---"),
    ("a.example\t,b.example", "http://b.example/", "BBBBBBBBB"),
    ("a.example:80", "http://a.example/", "-B---BBB-"),
    ("a.example:80", "http://a.example:80/", "-BB--BBB-"),
    ("a.example:80", "http://a.example:8080/", "---------"),
    ("a.example:80", "https://a.example/", "---------"),
    ("a.example:443", "https://a.example/", "-B---BBB-"),
    ("a.example:443", "http://a.example/", "---------"),
    ("a.example:8080", "http://a.example:8080/", "-BB--BBB-"),
    ("a.example:8080", "http://www.a.example:8080/", "-BB---BB-"),
    ("a.example:8080", "http://a.example/", "---------"),
    (".a.example:8080", "http://www.a.example:8080/", "-BB--BBB-"),
    ("a.example:", "http://a.example/", "-B----B--"),
    ("*:8080", "http://a.example:8080/", "-----B---"),
    ("*:8080", "http://a.example/", "---------"),
    (":8080", "http://a.example:8080/", "-------B-"),
    ("http://a.example", "http://a.example/", "-----B---"),
    ("http://a.example", "https://a.example/", "---------"),
    ("https://*.a.example", "https://www.a.example/", "-----B---"),
    ("https://*.a.example", "http://www.a.example/", "---------"),
    ("192.0.2.77", "http://192.0.2.77/", "BBBBBBBBB"),
    ("192.0.2.77", "http://192.0.2.77:8080/", "BBBBBBBBB"),
    ("192.0.2.77", "http://192.0.2.78/", "---------"),
    ("192.0.2.77", "https://192.0.2.77/", "BBBBBBBBB"),
    ("192.0.2.77", "http://1.192.0.2.77.example/", "---------"),
    ("192.0.2.77:8080", "http://192.0.2.77:8080/", "-BB--BBB-"),
    ("192.0.2.77:8080", "http://192.0.2.77/", "---------"),
    ("192.0.2.", "http://192.0.2.77/", "---------"),
    ("192.0.2.*", "http://192.0.2.77/", "-----B---"),
    ("192.*.2.77", "http://192.0.2.77/", "-----B---"),
    ("2.77", "http://192.0.2.77/", "-BBBB--B-"),
    ("77", "http://192.0.2.77/", "-BBBB--B-"),
    (".0.2.77", "http://192.0.2.77/", "-BBBBB-B-"),
    ("198.51.100.0/24", "http://198.51.100.7/", "BB---BB-B"),
    ("198.51.100.0/24", "http://198.51.101.7/", "---------"),
    ("198.51.100.0/24", "https://198.51.100.7/", "BB---BB-B"),
    ("198.51.100.0/24", "http://name.example/", "---------"),
    ("198.51.100.0/24", "http://[::ffff:198.51.100.7]/", "-B---BB-B"),
    ("198.51.100.9/24", "http://198.51.100.7/", "BB---BB-B"),
    ("198.51.100.7/32", "http://198.51.100.7/", "BB---BB-B"),
    ("198.51.100.0/33", "http://198.51.100.7/", "------B--"),
    ("198.51.100.0/024", "http://198.51.100.7/", "BB---BB-B"),
    ("198.51.100.0/24 ", "http://198.51.100.7/", "BB---BB-B"),
    ("198.51.100.0/ 24", "http://198.51.100.7/", "-----B--B"),
    ("198.51.100.0/0", "http://10.9.8.7/", "-B---B--B"),
    ("198.51.100.7/0", "http://198.51.100.7/", "BB---B--B"),
    ("10.0.0.0/8,198.51.100.0/24", "http://198.51.100.7/", "BB---BB-B"),
    ("10.0.0.0/8,198.51.100.0/24", "http://10.200.1.1/", "BB---BB-B"),
    ("2001:db8::7", "http://[2001:db8::7]/", "BB-BB---B"),
    ("2001:db8::7", "https://[2001:db8::7]/", "BB-BB---B"),
    ("2001:DB8::7", "http://[2001:db8::7]/", "BB-BB---B"),
    ("2001:db8:0::7", "http://[2001:db8::7]/", "-B------B"),
    ("[2001:db8::7]", "http://[2001:db8::7]/", "--B--BB--"),
    ("[2001:db8::7]", "http://[2001:db8::7]:8080/", "--B--BB--"),
    ("[2001:db8::7]:8080", "http://[2001:db8::7]:8080/", "-BB--BB--"),
    ("[2001:db8::7]:8080", "http://[2001:db8::7]/", "---------"),
    ("2001:db8::/32", "http://[2001:db8:1::7]/", "-B---B--B"),
    ("2001:db8::/32", "http://[2001:db9:1::7]/", "---------"),
    ("[2001:db8::]/32", "http://[2001:db8:1::7]/", "------B--"),
    ("[2001:db8::/32]", "http://[2001:db8:1::7]/", "---------"),
    ("2001:db8::7/128", "http://[2001:db8::7]/", "-B---B--B"),
    ("::1", "http://[::1]/", "BB-BBBBBB"),
    ("::ffff:198.51.100.0/120", "http://198.51.100.7/", "-B---B--B"),
    ("localhost", "http://localhost/", "BBBBBBBBB"),
    ("localhost", "http://a.localhost/", "BBBBBBBBB"),
    ("127.0.0.1", "http://127.0.0.1/", "BBBBBBBBB"),
    ("127.0.0.1", "http://localhost/", "-B---BBBB"),
    ("<local>", "http://intranet/", "-----BB--"),
    ("<local>", "http://intranet./", "---------"),
    ("<local>", "http://a.example/", "---------"),
    ("<local>", "http://192.0.2.77/", "---------"),
    ("<local>", "http://[2001:db8::7]/", "---------"),
    ("<LOCAL>", "http://intranet/", "-----BB--"),
    ("<-loopback>", "http://localhost/", "-B----BBB"),
    ("<-loopback>", "http://127.0.0.1/", "-B----BBB"),
    ("<-loopback>", "http://a.example/", "---------"),
    ("<-loopback>,localhost", "http://localhost/", "BBBBBBBBB"),
    ("localhost,<-loopback>", "http://localhost/", "BBBBB-BBB"),
    ("[", "http://a.example/", "---------"),
    ("!a.example", "http://a.example/", "---------"),
    ("-a.example", "http://a.example/", "---------"),
    ("a.example/", "http://a.example/", "------B--"),
    ("a.example/path", "http://a.example/", "------B--"),
    ("[::1]", "http://[::1]/", "-BB--BBBB"),
    ("[2001:DB8::7]", "http://[2001:db8::7]/", "--B--BB--"),
    ("2001:db8::7", "http://[2001:db8:0::7]/", "BB------B"),
    ("2001:db8:0::7", "http://[2001:db8:0::7]/", "-B-BB---B"),
    ("198.51.100.0/24:8080", "http://198.51.100.7:8080/", "B-----B-B"),
    ("198.51.100.7.", "http://198.51.100.7/", "-----B---"),
    ("198.51.100", "http://198.51.100.7/", "---------"),
    ("0.0.0.0/0", "http://198.51.100.7/", "-B---B--B"),
    ("::/0", "http://198.51.100.7/", "-----B--B"),
    ("::/0", "http://[2001:db8::7]/", "-B---B--B"),
    ("198.51.100.0/", "http://198.51.100.7/", "---------"),
    ("198.51.100.7/", "http://198.51.100.7/", "B-----B--"),
    ("198.51.100.0/24x", "http://198.51.100.7/", "B-----B-B"),
    ("198.51.100.0/+24", "http://198.51.100.7/", "B-----B-B"),
    ("198.51.100.0/255.255.255.0", "http://198.51.100.7/", "---------"),
    ("198.51.100.1-198.51.100.9", "http://198.51.100.7/", "---------"),
    ("198.51.100.0/24,a.example", "http://a.example/", "BBBBBBBBB"),
    ("www.a.example", "http://a.example/", "---------"),
    ("www.a.example", "http://www.a.example/", "BBBBBBBBB"),
    ("*.", "http://a.example./", "-B---BB-B"),
    ("*a*", "http://a.example/", "-----B---"),
    ("?.example", "http://a.example/", "-----B---"),
    ("[a].example", "http://a.example/", "---------"),
    ("*.www.a.example", "http://www.a.example/", "---------"),
    ("*.example:8080", "http://a.example:8080/", "-B---BB--"),
    ("*.example:8080", "http://a.example/", "---------"),
    ("a.example:*", "http://a.example/", "------B--"),
    ("a.example:080", "http://a.example/", "-----BBB-"),
    ("a.example: 80", "http://a.example/", "------BB-"),
    ("a.example :80", "http://a.example/", "B-----BB-"),
    ("a.example:99999", "http://a.example/", "---------"),
    ("a.example:0", "http://a.example/", "------B--"),
    ("<local>,a.example", "http://a.example/", "BBBBBBBBB"),
    ("<local>,a.example", "http://intranet/", "-----BB--"),
    ("<local>;a.example", "http://a.example/", "-----B---"),
    ("<local>;a.example", "http://intranet/", "-----B---"),
    ("<local>;a.example", "https://intranet:8443/", "-----B---"),
    ("http://*", "http://a.example/", "-----B---"),
    ("http://*", "https://a.example/", "---------"),
    ("https://*", "https://a.example/", "-----B---"),
    ("HTTP://a.example", "http://a.example/", "-----B---"),
    ("http:a.example", "http://a.example/", "---------"),
    ("://a.example", "http://a.example/", "---------"),
    ("*://a.example", "http://a.example/", "---------"),
    ("http://a.example:80", "http://a.example/", "-----B---"),
    ("http://a.example:8080", "http://a.example/", "---------"),
    ("http://.a.example", "http://www.a.example/", "-----B---"),
    ("http://192.0.2.77", "http://192.0.2.77/", "-----B---"),
    ("http://[2001:db8::7]", "http://[2001:db8::7]/", "-----B---"),
    ("http://198.51.100.0/24", "http://198.51.100.7/", "-----B---"),
    ("%61.example", "http://a.example/", "---------"),
    ("user@a.example", "http://a.example/", "---------"),
    ("\"a.example\"", "http://a.example/", "---------"),
    ("a.example\nb.example", "http://a.example/", "---------"),
    ("a.example\nb.example", "http://b.example/", "---------"),
    ("LOCALHOST", "http://localhost/", "BBBBBBBBB"),
    ("<-loopback>,localhost:80", "http://localhost/", "-B---BBBB"),
    ("<-loopback>;*.localhost", "http://a.localhost/", "-----BBBB"),
    ("<-LOOPBACK>", "http://localhost/", "-B----BBB"),
    ("127.0.0.0/8,<-loopback>", "http://127.8.9.10/", "BB----BBB"),
    ("<-loopback>;127.0.0.0/8", "http://127.8.9.10/", "-B---BBBB"),
    ("<-loopback>;*", "http://169.254.7.7/", "-----B---"),
];

/// Numbers and ports in Firefox's own list, read as no other program reads them.
const FIREFOX: &[(&str, &str, bool)] = &[
    ("10.1", "http://10.0.0.1/", true),
    ("10.1", "http://10.1.0.1/", false),
    ("10.1/16", "http://10.0.200.1/", true),
    ("0x0a000001", "http://10.0.0.1/", true),
    ("012.0.0.1", "http://10.0.0.1/", true),
    ("10.0.0.08", "http://10.0.0.8/", false),
    ("198.51.100.1/x", "http://198.51.100.1/", true),
    ("198.51.100.1/x", "http://198.51.100.2/", false),
    ("198.51.100.1/33", "http://10.0.0.1/", true),
    ("198.51.100.1/128", "http://198.51.100.2/", false),
    ("198.51.100.1/129", "http://10.0.0.1/", true),
    ("198.51.100.1/192", "http://198.51.100.2/", false),
    ("198.51.100.1/-1", "http://198.51.100.0/", true),
    ("198.51.100.1/-1", "http://198.51.100.2/", false),
    ("198.51.100.1/65536", "http://198.51.100.1/", false),
    ("[2001:db8::]/32:8080", "http://[2001:db8:1::7]:8080/", true),
    ("[2001:db8::]/32:8080", "http://[2001:db8:1::7]/", false),
    ("[::ffff:198.51.100.0]/120", "http://198.51.100.7/", true),
    ("a.example:x", "http://a.example/", true),
    ("a.example:a80", "http://a.example:8080/", true),
    ("a.example:+80", "http://a.example:8080/", false),
    ("[a.example]", "http://a.example/", false),
];

/// The lists that Chromium is also given on its command line.
const BY_FLAGS: &[&str] = &["", "a.example", "<-loopback>", "[2001:db8::7]:8080"];

/// Rows in which the version that was looked at does something else than our core says: where versions differ, it follows newer ones.
const DIFFERS: &[(Client, &str, &str)] = &[
    // core differs: before 8.9 (curl's commit e78913e6b5) a blank separates items of curl's like a comma.
    (Client::Curl, "a.example b.example", "http://b.example/"),
    // core differs: before 8.18 (commit ff2aaed9) curl takes IPv6 addresses of URLs for names.
    (Client::Curl, "2001:db8:0::7", "http://[2001:db8::7]/"),
    (Client::Curl, "2001:db8::/32", "http://[2001:db8:1::7]/"),
    (Client::Curl, "2001:db8::7/128", "http://[2001:db8::7]/"),
    (Client::Curl, "2001:db8:0::7", "http://[2001:db8:0::7]/"),
    // core differs: before 8.18 (curl's commit 97b0abb46b) curl reads a prefix length as far as it is digits.
    (Client::Curl, "198.51.100.0/24:8080", "http://198.51.100.7:8080/"),
    (Client::Curl, "198.51.100.7/", "http://198.51.100.7/"),
    (Client::Curl, "198.51.100.0/24x", "http://198.51.100.7/"),
    (Client::Curl, "198.51.100.0/+24", "http://198.51.100.7/"),
    // core differs: before 1.24.1 (CVE-2025-22870) Go takes addresses for names that may be in a domain.
    (Client::Go, "2.77", "http://192.0.2.77/"),
    (Client::Go, "77", "http://192.0.2.77/"),
    (Client::Go, ".0.2.77", "http://192.0.2.77/"),
    // core differs: these two compare the URL's text, and the core keeps the address alone.
    (Client::Wget, "2001:db8::7", "http://[2001:db8:0::7]/"),
    (Client::Wget, "2001:db8:0::7", "http://[2001:db8:0::7]/"),
    (Client::Apt, "2001:db8::7", "http://[2001:db8:0::7]/"),
    (Client::Apt, "2001:db8:0::7", "http://[2001:db8:0::7]/"),
];

/// The column of what Firefox did with a list as `no_proxy`.
const FIREFOX_NO_PROXY: usize = 7;

/// The column of what Firefox did with a list as GNOME's `ignore-hosts`.
const FIREFOX_GNOME: usize = 8;

pub(crate) fn rows(client: Client) -> Vec<Row> {
    let rows = LISTS.iter().map(|(list, url, seen)| row(client, list, url, seen));
    match client {
        // A profile of its own is told the same as a process of its own.
        Client::Chromium => {
            let by_flags = LISTS.iter().filter(|(list, ..)| BY_FLAGS.contains(list));
            let by_flags = by_flags.map(|(list, url, seen)| {
                let mut row = row(client, list, url, seen);
                row.shown += " by flags";
                row.question.set[0].0 = "--proxy-server".into();
                row.question.set[1].0 = "--proxy-bypass-list".into();
                row
            });
            rows.chain(by_flags).collect()
        }
        Client::Firefox => {
            let by_variables = LISTS.iter().map(|(list, url, seen)| {
                let seen = seen.as_bytes().get(FIREFOX_NO_PROXY).copied();
                let mut row = exempted(client, Dialect::FirefoxNoProxy, &variables(list), (list, url), seen);
                row.shown += " by no_proxy";
                row
            });
            let own = FIREFOX.iter().map(|(list, url, is_exempt)| {
                let seen = if *is_exempt { b'B' } else { b'-' };
                exempted(client, Dialect::Firefox, &[(LIST, list)], (list, url), Some(seen))
            });
            let by_gnome = LISTS.iter().map(|(list, url, seen)| {
                let seen = seen.as_bytes().get(FIREFOX_GNOME).copied();
                let mut row = exempted(client, Dialect::FirefoxGnome, &[(GNOME, list)], (list, url), seen);
                row.shown += " by GNOME";
                row
            });
            rows.chain(own).chain(by_variables).chain(by_gnome).collect()
        }
        _ => rows.collect(),
    }
}

fn variables(list: &str) -> [(&str, &str); 3] {
    [("http_proxy", PROXY), ("https_proxy", PROXY), ("no_proxy", list)]
}

fn row(client: Client, list: &str, url: &str, seen: &str) -> Row {
    let seen = seen.as_bytes().get(client as usize).copied();
    let (dialect, set): (_, &[_]) = match client {
        Client::Curl => (Dialect::Curl, &variables(list)),
        Client::Go => (Dialect::Go, &variables(list)),
        Client::Python => (Dialect::Python, &variables(list)),
        Client::Wget => (Dialect::Wget, &variables(list)),
        Client::Apt => (Dialect::Apt, &variables(list)),
        Client::Chromium => (Dialect::Chromium, &[("proxyServer", PROXY), ("proxyBypassList", list)]),
        Client::Firefox => (Dialect::Firefox, &[(LIST, list)]),
    };
    exempted(client, dialect, set, (list, url), seen)
}

/// A row about a list that is given to a client like this, and read in this dialect.
fn exempted(
    client: Client,
    dialect: Dialect,
    set: &[(&str, &str)],
    (list, url): (&str, &str),
    seen: Option<u8>,
) -> Row {
    let set = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let proxied = if url.starts_with("https") { "tunnel p1:3128" } else { "forward p1:3128" };
    let recorded = match seen {
        Some(b'B') => "direct",
        Some(b'-') => proxied,
        Some(b'!') => "nobody",
        _ => "not recorded",
    };
    let is_exempt = bypass::decide(dialect, list, &Destination::from(&target(url))).is_some();
    Row {
        question: Question { row: 0, set, url: url.to_owned() },
        shown: format!("{list:?} {url}"),
        recorded: recorded.to_owned(),
        core: vec![("bypass", if is_exempt { "direct" } else { proxied }.to_owned())],
        differs: DIFFERS.contains(&(client, list, url)),
    }
}
