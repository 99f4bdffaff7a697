//! Bypass lists, and who goes direct by them.

use crate::clients::{Client, Question};
use crate::{PROXY, Row, decision};

/// The list, the URL, and what was seen of curl, Go, Python, wget, apt and Chromium, in this order:
/// `B` it bypassed the proxy, `-` it went to the proxy, `!` it contacted nobody.
///
/// Rows with the same list stand together: some programs are asked about all of them at once.
const LISTS: &[(&str, &str, &str)] = &[
    ("", "http://a.example/", "------"),
    ("", "http://localhost/", "-B---B"),
    ("", "http://LOCALHOST/", "-----B"),
    ("", "http://localhost./", "-----B"),
    ("", "http://a.localhost/", "-----B"),
    ("", "http://127.0.0.1/", "-B---B"),
    ("", "http://127.8.9.10/", "-B---B"),
    ("", "http://[::1]/", "-B---B"),
    ("", "http://[::ffff:127.0.0.1]/", "-B---B"),
    ("", "http://169.254.7.7/", "-----B"),
    ("", "http://intranet/", "------"),
    ("", "https://localhost/", "-B---B"),
    ("", "https://127.0.0.1/", "-B---B"),
    ("a.example", "http://a.example/", "BBBBBB"),
    ("a.example", "http://A.EXAMPLE/", "BBBBBB"),
    ("a.example", "http://a.example:8080/", "BBBBBB"),
    ("a.example", "http://a.example./", "B-----"),
    ("a.example", "http://www.a.example/", "BBBBB-"),
    ("a.example", "http://b.www.a.example/", "BBBBB-"),
    ("a.example", "http://xa.example/", "----B-"),
    ("a.example", "http://a.example.b.example/", "------"),
    ("a.example", "https://a.example/", "BBBBBB"),
    ("a.example", "https://www.a.example/", "BBBBB-"),
    ("a.example", "https://xa.example/", "----B-"),
    ("A.EXAMPLE", "http://a.example/", "BBBBBB"),
    ("A.EXAMPLE", "http://www.a.example/", "BBBBB-"),
    ("a.example.", "http://a.example/", "B-----"),
    ("a.example.", "http://a.example./", "BBBBBB"),
    ("a.example.", "http://www.a.example./", "BBBBB-"),
    (".a.example", "http://a.example/", "B-B---"),
    (".a.example", "http://www.a.example/", "BBBBBB"),
    (".a.example", "http://WWW.A.EXAMPLE/", "BBBBBB"),
    (".a.example", "http://b.www.a.example/", "BBBBBB"),
    (".a.example", "http://xa.example/", "------"),
    (".a.example", "http://www.a.example:8080/", "BBBBBB"),
    (".a.example", "https://www.a.example/", "BBBBBB"),
    ("..a.example", "http://www.a.example/", "--B---"),
    ("*.a.example", "http://a.example/", "------"),
    ("*.a.example", "http://www.a.example/", "-B---B"),
    ("*.a.example", "http://b.www.a.example/", "-B---B"),
    ("*.a.example", "https://www.a.example:8443/", "-B---B"),
    ("*a.example", "http://a.example/", "-----B"),
    ("*a.example", "http://xa.example/", "-----B"),
    ("*a.example", "http://www.a.example/", "-----B"),
    ("a.*", "http://a.example/", "-----B"),
    ("w*.example", "http://www.example/", "-----B"),
    ("www.*.example", "http://www.a.example/", "-----B"),
    ("a?.example", "http://ab.example/", "-----B"),
    ("a?.example", "http://a.example/", "-----B"),
    ("*", "http://a.example/", "BBB--B"),
    ("*", "https://a.example/", "BBB--B"),
    ("*", "http://192.0.2.77/", "BBB--B"),
    ("*", "http://[2001:db8::7]/", "BBB--B"),
    ("*", "http://localhost/", "BBB--B"),
    ("* ", "http://a.example/", "-B---B"),
    (" *", "http://a.example/", "-B---B"),
    ("*,b.example", "http://a.example/", "-B---B"),
    ("b.example,*", "http://a.example/", "-B---B"),
    ("**", "http://a.example/", "-----B"),
    ("example", "http://a.example/", "BBBBB-"),
    ("example", "http://example/", "BBBBBB"),
    ("example", "http://notexample/", "----B-"),
    (".", "http://a.example/", "------"),
    (".", "http://a.example./", "-BBBBB"),
    (",", "http://a.example/", "------"),
    (",", "http://a.example./", "---B--"),
    ("a.example,b.example", "http://b.example/", "BBBBBB"),
    ("a.example, b.example", "http://b.example/", "BBBB-B"),
    ("a.example, b.example", "https://b.example/", "BBBB-B"),
    ("a.example ,b.example", "http://a.example/", "BBB--B"),
    ("a.example ,b.example", "http://b.example/", "BBBBBB"),
    (" a.example", "http://a.example/", "BBB--B"),
    ("a.example ", "http://a.example/", "BBB--B"),
    ("a.example,,b.example", "http://b.example/", "BBBBBB"),
    ("a.example,,b.example", "http://c.example./", "---B--"),
    ("a.example b.example", "http://a.example/", "B-----"),
    ("a.example b.example", "http://b.example/", "B-----"),
    ("a.example;b.example", "http://a.example/", "-----B"),
    ("a.example;b.example", "http://b.example/", "-----B"),
    ("a.example\t,b.example", "http://b.example/", "BBBBBB"),
    ("a.example:80", "http://a.example/", "-B---B"),
    ("a.example:80", "http://a.example:80/", "-BB--B"),
    ("a.example:80", "http://a.example:8080/", "------"),
    ("a.example:80", "https://a.example/", "------"),
    ("a.example:443", "https://a.example/", "-B---B"),
    ("a.example:443", "http://a.example/", "------"),
    ("a.example:8080", "http://a.example:8080/", "-BB--B"),
    ("a.example:8080", "http://www.a.example:8080/", "-BB---"),
    ("a.example:8080", "http://a.example/", "------"),
    (".a.example:8080", "http://www.a.example:8080/", "-BB--B"),
    ("a.example:", "http://a.example/", "-B----"),
    ("*:8080", "http://a.example:8080/", "-----B"),
    ("*:8080", "http://a.example/", "------"),
    (":8080", "http://a.example:8080/", "------"),
    ("http://a.example", "http://a.example/", "-----B"),
    ("http://a.example", "https://a.example/", "------"),
    ("https://*.a.example", "https://www.a.example/", "-----B"),
    ("https://*.a.example", "http://www.a.example/", "------"),
    ("192.0.2.77", "http://192.0.2.77/", "BBBBBB"),
    ("192.0.2.77", "http://192.0.2.77:8080/", "BBBBBB"),
    ("192.0.2.77", "http://192.0.2.78/", "------"),
    ("192.0.2.77", "https://192.0.2.77/", "BBBBBB"),
    ("192.0.2.77", "http://1.192.0.2.77.example/", "------"),
    ("192.0.2.77:8080", "http://192.0.2.77:8080/", "-BB--B"),
    ("192.0.2.77:8080", "http://192.0.2.77/", "------"),
    ("192.0.2.", "http://192.0.2.77/", "------"),
    ("192.0.2.*", "http://192.0.2.77/", "-----B"),
    ("192.*.2.77", "http://192.0.2.77/", "-----B"),
    ("2.77", "http://192.0.2.77/", "-BBBB-"),
    ("77", "http://192.0.2.77/", "-BBBB-"),
    (".0.2.77", "http://192.0.2.77/", "-BBBBB"),
    ("198.51.100.0/24", "http://198.51.100.7/", "BB---B"),
    ("198.51.100.0/24", "http://198.51.101.7/", "------"),
    ("198.51.100.0/24", "https://198.51.100.7/", "BB---B"),
    ("198.51.100.0/24", "http://name.example/", "------"),
    ("198.51.100.0/24", "http://[::ffff:198.51.100.7]/", "-B---B"),
    ("198.51.100.9/24", "http://198.51.100.7/", "BB---B"),
    ("198.51.100.7/32", "http://198.51.100.7/", "BB---B"),
    ("198.51.100.0/33", "http://198.51.100.7/", "------"),
    ("198.51.100.0/024", "http://198.51.100.7/", "BB---B"),
    ("198.51.100.0/24 ", "http://198.51.100.7/", "BB---B"),
    ("198.51.100.0/ 24", "http://198.51.100.7/", "-----B"),
    ("198.51.100.0/0", "http://10.9.8.7/", "-B---B"),
    ("198.51.100.7/0", "http://198.51.100.7/", "BB---B"),
    ("10.0.0.0/8,198.51.100.0/24", "http://198.51.100.7/", "BB---B"),
    ("10.0.0.0/8,198.51.100.0/24", "http://10.200.1.1/", "BB---B"),
    ("2001:db8::7", "http://[2001:db8::7]/", "BB-BB-"),
    ("2001:db8::7", "https://[2001:db8::7]/", "BB-BB-"),
    ("2001:DB8::7", "http://[2001:db8::7]/", "BB-BB-"),
    ("2001:db8:0::7", "http://[2001:db8::7]/", "-B----"),
    ("[2001:db8::7]", "http://[2001:db8::7]/", "--B--B"),
    ("[2001:db8::7]", "http://[2001:db8::7]:8080/", "--B--B"),
    ("[2001:db8::7]:8080", "http://[2001:db8::7]:8080/", "-BB--B"),
    ("[2001:db8::7]:8080", "http://[2001:db8::7]/", "------"),
    ("2001:db8::/32", "http://[2001:db8:1::7]/", "-B---B"),
    ("2001:db8::/32", "http://[2001:db9:1::7]/", "------"),
    ("[2001:db8::]/32", "http://[2001:db8:1::7]/", "------"),
    ("[2001:db8::/32]", "http://[2001:db8:1::7]/", "------"),
    ("2001:db8::7/128", "http://[2001:db8::7]/", "-B---B"),
    ("::1", "http://[::1]/", "BB-BBB"),
    ("::ffff:198.51.100.0/120", "http://198.51.100.7/", "-B---B"),
    ("localhost", "http://localhost/", "BBBBBB"),
    ("localhost", "http://a.localhost/", "BBBBBB"),
    ("127.0.0.1", "http://127.0.0.1/", "BBBBBB"),
    ("127.0.0.1", "http://localhost/", "-B---B"),
    ("<local>", "http://intranet/", "-----B"),
    ("<local>", "http://intranet./", "------"),
    ("<local>", "http://a.example/", "------"),
    ("<local>", "http://192.0.2.77/", "------"),
    ("<local>", "http://[2001:db8::7]/", "------"),
    ("<LOCAL>", "http://intranet/", "-----B"),
    ("<-loopback>", "http://localhost/", "-B----"),
    ("<-loopback>", "http://127.0.0.1/", "-B----"),
    ("<-loopback>", "http://a.example/", "------"),
    ("<-loopback>,localhost", "http://localhost/", "BBBBBB"),
    ("localhost,<-loopback>", "http://localhost/", "BBBBB-"),
    ("[", "http://a.example/", "------"),
    ("!a.example", "http://a.example/", "------"),
    ("-a.example", "http://a.example/", "------"),
    ("a.example/", "http://a.example/", "------"),
    ("a.example/path", "http://a.example/", "------"),
];

/// The lists that Chromium is also given on its command line.
const BY_FLAGS: &[&str] = &["", "a.example", "<-loopback>", "[2001:db8::7]:8080"];

/// Rows in which a client does something else than our core says.
const DIFFERS: &[(Client, &str, &str)] = &[];

pub(crate) fn rows(client: Client) -> Vec<Row> {
    let rows = LISTS.iter().map(|(list, url, seen)| row(client, list, url, seen));
    if client != Client::Chromium {
        return rows.collect();
    }
    // A profile of its own is told the same as a process of its own.
    let by_flags = LISTS.iter().filter(|(list, ..)| BY_FLAGS.contains(list)).map(|(list, url, seen)| {
        let mut row = row(client, list, url, seen);
        row.shown += " by flags";
        row.question.set[0].0 = "--proxy-server".into();
        row.question.set[1].0 = "--proxy-bypass-list".into();
        row
    });
    rows.chain(by_flags).collect()
}

fn row(client: Client, list: &str, url: &str, seen: &str) -> Row {
    let set = if client == Client::Chromium {
        vec![("proxyServer", PROXY), ("proxyBypassList", list)]
    } else {
        vec![("http_proxy", PROXY), ("https_proxy", PROXY), ("no_proxy", list)]
    };
    let set = set.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let proxied = if url.starts_with("https") { "tunnel p1:3128" } else { "forward p1:3128" };
    let recorded = match seen.as_bytes().get(client as usize) {
        Some(b'B') => "direct",
        Some(b'-') => proxied,
        Some(b'!') => "nobody",
        _ => "not recorded",
    };
    Row {
        question: Question { row: 0, set, url: url.to_owned() },
        shown: format!("{list:?} {url}"),
        recorded: recorded.to_owned(),
        core: decision(client, list, url).map(|direct| if direct { "direct" } else { proxied }.to_owned()),
        differs: DIFFERS.contains(&(client, list, url)),
    }
}
