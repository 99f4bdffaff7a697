//! Variables, and whom they send a client to.

use crate::clients::{Client, Question};
use crate::{Row, choice};

/// What is set, the URL, and what was seen of curl, Go, Python, wget and apt, in this order.
type Variables = (&'static [(&'static str, &'static str)], &'static str, [&'static str; 5]);

const VARIABLES: &[Variables] = &[
    (&[], "http://a.example/", ["direct", "direct", "direct", "direct", "direct"]),
    (&[], "https://a.example/", ["direct", "direct", "direct", "direct", "direct"]),
    (&[("http_proxy", "http://p1.test:3128")], "http://a.example/", ["forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("http_proxy", "http://p1.test:3128")], "https://a.example/", ["direct", "direct", "direct", "direct", "tunnel p1:3128"]),
    (&[("HTTP_PROXY", "http://p2.test:3128")], "http://a.example/", ["direct", "forward p2:3128", "forward p2:3128", "direct", "direct"]),
    (&[("HTTP_PROXY", "http://p2.test:3128")], "https://a.example/", ["direct", "direct", "direct", "direct", "direct"]),
    (&[("https_proxy", "http://p3.test:3128")], "http://a.example/", ["direct", "direct", "direct", "direct", "direct"]),
    (&[("https_proxy", "http://p3.test:3128")], "https://a.example/", ["tunnel p3:3128", "tunnel p3:3128", "tunnel p3:3128", "tunnel p3:3128", "tunnel p3:3128"]),
    (&[("HTTPS_PROXY", "http://p4.test:3128")], "http://a.example/", ["direct", "direct", "direct", "direct", "direct"]),
    (&[("HTTPS_PROXY", "http://p4.test:3128")], "https://a.example/", ["tunnel p4:3128", "tunnel p4:3128", "tunnel p4:3128", "direct", "direct"]),
    (&[("all_proxy", "http://p5.test:3128")], "http://a.example/", ["forward p5:3128", "direct", "direct", "direct", "direct"]),
    (&[("all_proxy", "http://p5.test:3128")], "https://a.example/", ["tunnel p5:3128", "direct", "direct", "direct", "direct"]),
    (&[("ALL_PROXY", "http://p6.test:3128")], "http://a.example/", ["forward p6:3128", "direct", "direct", "direct", "direct"]),
    (&[("ALL_PROXY", "http://p6.test:3128")], "https://a.example/", ["tunnel p6:3128", "direct", "direct", "direct", "direct"]),
    (&[("all_proxy", "http://p5.test:3128"), ("ALL_PROXY", "http://p6.test:3128")], "http://a.example/", ["forward p5:3128", "direct", "direct", "direct", "direct"]),
    (&[("http_proxy", "http://p1.test:3128"), ("HTTP_PROXY", "http://p2.test:3128")], "http://a.example/", ["forward p1:3128", "forward p2:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("https_proxy", "http://p3.test:3128"), ("HTTPS_PROXY", "http://p4.test:3128")], "https://a.example/", ["tunnel p3:3128", "tunnel p4:3128", "tunnel p3:3128", "tunnel p3:3128", "tunnel p3:3128"]),
    (&[("http_proxy", ""), ("HTTP_PROXY", "http://p2.test:3128")], "http://a.example/", ["direct", "forward p2:3128", "direct", "direct", "direct"]),
    (&[("http_proxy", "http://p1.test:3128"), ("HTTP_PROXY", "")], "http://a.example/", ["forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("https_proxy", ""), ("HTTPS_PROXY", "http://p4.test:3128")], "https://a.example/", ["tunnel p4:3128", "tunnel p4:3128", "direct", "direct", "direct"]),
    (&[("https_proxy", "http://p3.test:3128"), ("HTTPS_PROXY", "")], "https://a.example/", ["tunnel p3:3128", "tunnel p3:3128", "tunnel p3:3128", "tunnel p3:3128", "tunnel p3:3128"]),
    (&[("http_proxy", "http://p1.test:3128"), ("https_proxy", "")], "https://a.example/", ["direct", "direct", "direct", "direct", "direct"]),
    (&[("http_proxy", ""), ("all_proxy", "http://p5.test:3128")], "http://a.example/", ["forward p5:3128", "direct", "direct", "direct", "direct"]),
    (&[("https_proxy", ""), ("all_proxy", "http://p5.test:3128")], "https://a.example/", ["tunnel p5:3128", "direct", "direct", "direct", "direct"]),
    (&[("http_proxy", "http://p1.test:3128"), ("all_proxy", "http://p5.test:3128")], "http://a.example/", ["forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("http_proxy", "http://p1.test:3128"), ("all_proxy", "http://p5.test:3128")], "https://a.example/", ["tunnel p5:3128", "direct", "direct", "direct", "tunnel p1:3128"]),
    (&[("https_proxy", "http://p3.test:3128"), ("all_proxy", "http://p5.test:3128")], "https://a.example/", ["tunnel p3:3128", "tunnel p3:3128", "tunnel p3:3128", "tunnel p3:3128", "tunnel p3:3128"]),
    (&[("http_proxy", "http://p1.test:3128"), ("no_proxy", "a.example")], "http://a.example/", ["direct", "direct", "direct", "direct", "direct"]),
    (&[("http_proxy", "http://p1.test:3128"), ("NO_PROXY", "a.example")], "http://a.example/", ["direct", "direct", "direct", "forward p1:3128", "forward p1:3128"]),
    (&[("https_proxy", "http://p3.test:3128"), ("NO_PROXY", "a.example")], "https://a.example/", ["direct", "direct", "direct", "tunnel p3:3128", "tunnel p3:3128"]),
    (&[("http_proxy", "http://p1.test:3128"), ("no_proxy", "a.example"), ("NO_PROXY", "b.example")], "http://a.example/", ["direct", "forward p1:3128", "direct", "direct", "direct"]),
    (&[("http_proxy", "http://p1.test:3128"), ("no_proxy", "b.example"), ("NO_PROXY", "a.example")], "http://a.example/", ["forward p1:3128", "direct", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("http_proxy", "http://p1.test:3128"), ("no_proxy", ""), ("NO_PROXY", "a.example")], "http://a.example/", ["direct", "direct", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("http_proxy", "http://p1.test:3128"), ("no_proxy", "a.example"), ("NO_PROXY", "")], "http://a.example/", ["direct", "direct", "direct", "direct", "direct"]),
    (&[("all_proxy", "http://p5.test:3128"), ("no_proxy", "a.example")], "http://a.example/", ["direct", "direct", "direct", "direct", "direct"]),
    (&[("http_proxy", "http://p1.test:3128"), ("REQUEST_METHOD", "GET")], "http://a.example/", ["forward p1:3128", "nobody", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("HTTP_PROXY", "http://p2.test:3128"), ("REQUEST_METHOD", "GET")], "http://a.example/", ["direct", "nobody", "direct", "direct", "direct"]),
    (&[("http_proxy", "http://p1.test:3128"), ("HTTP_PROXY", "http://p2.test:3128"), ("REQUEST_METHOD", "GET")], "http://a.example/", ["forward p1:3128", "nobody", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("https_proxy", "http://p3.test:3128"), ("REQUEST_METHOD", "GET")], "https://a.example/", ["tunnel p3:3128", "tunnel p3:3128", "tunnel p3:3128", "tunnel p3:3128", "tunnel p3:3128"]),
    (&[("http_proxy", "http://p1.test:3128"), ("REQUEST_METHOD", "")], "http://a.example/", ["forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("http_proxy", "p1.test:3128")], "http://a.example/", ["forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128", "nobody"]),
    (&[("https_proxy", "p1.test:3128")], "https://a.example/", ["tunnel p1:3128", "tunnel p1:3128", "tunnel p1:3128", "tunnel p1:3128", "nobody"]),
    (&[("http_proxy", "p1.test")], "http://a.example/", ["forward p1:1080", "forward p1:80", "forward p1:80", "forward p1:80", "direct"]),
    (&[("https_proxy", "p1.test")], "https://a.example/", ["tunnel p1:1080", "tunnel p1:80", "tunnel p1:443", "tunnel p1:80", "direct"]),
    (&[("http_proxy", "p1")], "http://a.example/", ["forward p1:1080", "forward p1:80", "forward p1:80", "forward p1:80", "direct"]),
    (&[("http_proxy", "http://p1.test")], "http://a.example/", ["forward p1:1080", "forward p1:80", "forward p1:80", "forward p1:80", "forward p1:80"]),
    (&[("https_proxy", "http://p1.test")], "https://a.example/", ["tunnel p1:1080", "tunnel p1:80", "tunnel p1:443", "tunnel p1:80", "tunnel p1:443"]),
    (&[("http_proxy", "http://p1.test:")], "http://a.example/", ["forward p1:1080", "forward p1:80", "forward p1:80", "forward p1:80", "forward p1:80"]),
    (&[("http_proxy", "http://p1.test:3128/")], "http://a.example/", ["forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("http_proxy", "http://p1.test:3128/path")], "http://a.example/", ["forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("http_proxy", "//p1.test:3128")], "http://a.example/", ["nobody", "forward 127.0.0.1:80", "forward p1:3128", "nobody", "nobody"]),
    (&[("http_proxy", "HTTP://p1.test:3128")], "http://a.example/", ["forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128", "nobody"]),
    (&[("http_proxy", "http://user:word@p1.test:3128")], "http://a.example/", ["forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("https_proxy", "user:word@p1.test:3128")], "https://a.example/", ["tunnel p1:3128", "tunnel p1:3128", "tunnel p1:3128", "nobody", "nobody"]),
    (&[("http_proxy", "192.0.2.1:3128")], "http://a.example/", ["forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128", "nobody"]),
    (&[("http_proxy", "http://[::ffff:192.0.2.1]:3128")], "http://a.example/", ["forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("http_proxy", " http://p1.test:3128")], "http://a.example/", ["nobody", "direct", "nobody", "nobody", "nobody"]),
    (&[("http_proxy", "http://p1.test:3128 ")], "http://a.example/", ["nobody", "forward 192.0.2.80:80", "forward p1:3128", "nobody", "forward p1:3128"]),
    (&[("http_proxy", "https://p1.test")], "http://a.example/", ["tls p1:443", "tls p1:443", "tls p1:443", "nobody", "tls p1:443"]),
    (&[("https_proxy", "https://p1.test")], "https://a.example/", ["tls p1:443", "tls p1:443", "tunnel p1:443", "tunnel p1:443", "tls p1:443"]),
    (&[("https_proxy", "https://p1.test:8443")], "https://a.example/", ["tls p1:8443", "tls p1:8443", "tunnel p1:8443", "tunnel p1:8443", "tls p1:8443"]),
    (&[("http_proxy", "socks5://p1.test")], "http://a.example/", ["socks p1:1080", "socks p1:1080", "nobody", "nobody", "nobody"]),
    (&[("https_proxy", "socks5h://p1.test:1080")], "https://a.example/", ["socks p1:1080", "tunnel 192.0.2.80:80", "tunnel p1:1080", "nobody", "socks p1:1080"]),
    (&[("http_proxy", "socks5h://p1.test")], "http://a.example/", ["socks p1:1080", "forward 192.0.2.80:80", "nobody", "nobody", "socks p1:1080"]),
    (&[("http_proxy", "socks4://p1.test:1080")], "http://a.example/", ["socks p1:1080", "forward 192.0.2.80:80", "nobody", "nobody", "nobody"]),
    (&[("http_proxy", "socks://p1.test:1080")], "http://a.example/", ["socks p1:1080", "forward 192.0.2.80:80", "nobody", "nobody", "nobody"]),
    (&[("http_proxy", "foo://p1.test:3128")], "http://a.example/", ["nobody", "forward 192.0.2.80:80", "nobody", "nobody", "nobody"]),
    (&[("http_proxy", "http://")], "http://a.example/", ["nobody", "forward 127.0.0.1:80", "nobody", "nobody", "direct"]),
    (&[("http_proxy", "p1.test:0")], "http://a.example/", ["nobody", "nobody", "nobody", "nobody", "nobody"]),
    (&[("http_proxy", "p1.test:x")], "http://a.example/", ["nobody", "nobody", "nobody", "nobody", "nobody"]),
    (&[("http_proxy", "direct://")], "http://a.example/", ["nobody", "forward 192.0.2.80:80", "nobody", "nobody", "direct"]),
    (&[("http_proxy", "DIRECT")], "http://a.example/", ["forward 192.0.2.80:1080", "forward 192.0.2.80:80", "forward 192.0.2.80:80", "forward 192.0.2.80:80", "direct"]),
    (&[("http_proxy", "http://p1.test:3128"), ("no_proxy", "p1.test")], "http://a.example/", ["forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("http_proxy", "http://p1.test:3128")], "http://localhost/", ["forward p1:3128", "direct", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
    (&[("http_proxy", "http://p1.test:3128")], "http://127.0.0.1/", ["forward p1:3128", "direct", "forward p1:3128", "forward p1:3128", "forward p1:3128"]),
];

/// Settings of one client alone: options of apt, and commands of wgetrc.
type Own = (Client, &'static [(&'static str, &'static str)], &'static str, &'static str);

const OWN: &[Own] = &[
    (Client::Apt, &[("Acquire::http::Proxy", "http://p1.test:3128")], "http://a.example/", "forward p1:3128"),
    (Client::Apt, &[("Acquire::http::Proxy", "http://p1.test:3128")], "https://a.example/", "tunnel p1:3128"),
    (Client::Apt, &[("Acquire::https::Proxy", "http://p3.test:3128")], "https://a.example/", "tunnel p3:3128"),
    (Client::Apt, &[("Acquire::https::Proxy", "http://p3.test:3128")], "http://a.example/", "direct"),
    (Client::Apt, &[("Acquire::http::Proxy", "http://p1.test:3128"), ("Acquire::https::Proxy", "http://p3.test:3128")], "https://a.example/", "tunnel p3:3128"),
    (Client::Apt, &[("Acquire::http::Proxy", "http://p1.test:3128"), ("http_proxy", "http://p2.test:3128")], "http://a.example/", "forward p1:3128"),
    (Client::Apt, &[("Acquire::https::Proxy", "http://p3.test:3128"), ("https_proxy", "http://p4.test:3128")], "https://a.example/", "tunnel p3:3128"),
    (Client::Apt, &[("Acquire::http::Proxy", "http://p1.test:3128"), ("https_proxy", "http://p4.test:3128")], "https://a.example/", "tunnel p1:3128"),
    (Client::Apt, &[("Acquire::http::Proxy::a.example", "DIRECT"), ("Acquire::http::Proxy", "http://p1.test:3128")], "http://a.example/", "direct"),
    (Client::Apt, &[("Acquire::http::Proxy::a.example", "DIRECT"), ("Acquire::http::Proxy", "http://p1.test:3128")], "https://a.example/", "direct"),
    (Client::Apt, &[("Acquire::http::Proxy::a.example", "http://p5.test:3128"), ("Acquire::http::Proxy", "http://p1.test:3128")], "http://a.example/", "forward p5:3128"),
    (Client::Apt, &[("Acquire::http::Proxy::example", "http://p5.test:3128"), ("Acquire::http::Proxy", "http://p1.test:3128")], "http://a.example/", "forward p1:3128"),
    (Client::Apt, &[("Acquire::http::Proxy::a.example", "http://p5.test:3128"), ("Acquire::https::Proxy", "http://p1.test:3128")], "https://a.example/", "tunnel p5:3128"),
    (Client::Apt, &[("Acquire::http::Proxy", "DIRECT"), ("http_proxy", "http://p2.test:3128")], "http://a.example/", "direct"),
    (Client::Apt, &[("Acquire::http::Proxy", "false"), ("http_proxy", "http://p2.test:3128")], "http://a.example/", "direct"),
    (Client::Apt, &[("Acquire::http::Proxy", "http://p1.test:3128"), ("no_proxy", "example")], "http://a.example/", "direct"),
    (Client::Apt, &[("Acquire::http::Proxy::a.example", "http://p5.test:3128"), ("no_proxy", "example")], "http://a.example/", "direct"),
    (Client::Apt, &[("Acquire::http::Proxy", "http://p1.test")], "https://a.example/", "tunnel p1:443"),
    (Client::Apt, &[("Acquire::http::Proxy", "http://p1.test")], "http://a.example/", "forward p1:80"),
    (Client::Apt, &[("Acquire::http::Proxy", "p1.test:3128")], "http://a.example/", "nobody"),
    (Client::Apt, &[("Acquire::http::No-Proxy", "a.example"), ("Acquire::http::Proxy", "http://p1.test:3128")], "http://a.example/", "forward p1:3128"),
    (Client::Wget, &[("wgetrc http_proxy", "http://p1.test:3128")], "http://a.example/", "forward p1:3128"),
    (Client::Wget, &[("wgetrc http_proxy", "http://p1.test:3128")], "https://a.example/", "direct"),
    (Client::Wget, &[("wgetrc https_proxy", "http://p3.test:3128")], "https://a.example/", "tunnel p3:3128"),
    (Client::Wget, &[("wgetrc http_proxy", "http://p1.test:3128"), ("http_proxy", "http://p2.test:3128")], "http://a.example/", "forward p1:3128"),
    (Client::Wget, &[("wgetrc http_proxy", ""), ("http_proxy", "http://p2.test:3128")], "http://a.example/", "direct"),
    (Client::Wget, &[("wgetrc no_proxy", "b.example"), ("http_proxy", "http://p2.test:3128"), ("no_proxy", "a.example")], "http://a.example/", "direct"),
    (Client::Wget, &[("wgetrc no_proxy", "a.example"), ("http_proxy", "http://p2.test:3128"), ("no_proxy", "b.example")], "http://a.example/", "direct"),
    (Client::Wget, &[("wgetrc no_proxy", ""), ("http_proxy", "http://p2.test:3128"), ("no_proxy", "a.example")], "http://a.example/", "forward p2:3128"),
    (Client::Wget, &[("wgetrc use_proxy", "off"), ("http_proxy", "http://p2.test:3128")], "http://a.example/", "direct"),
];

/// Rows in which a client does something else than our core says.
const DIFFERS: &[(Client, &[(&str, &str)], &str)] = &[];

pub(crate) fn rows(client: Client) -> Vec<Row> {
    if !client.reads_variables() {
        return Vec::new();
    }
    let shared = VARIABLES.iter().map(|(set, url, seen)| row(client, set, url, seen[client as usize]));
    let own = OWN.iter().filter(|(whose, ..)| *whose == client);
    shared.chain(own.map(|(_, set, url, seen)| row(client, set, url, seen))).collect()
}

fn row(client: Client, set: &'static [(&str, &str)], url: &'static str, seen: &str) -> Row {
    let owned = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Row {
        question: Question { row: 0, set: owned, url: url.to_owned() },
        shown: format!("{set:?} {url}"),
        recorded: seen.to_owned(),
        core: choice(client, set, url),
        differs: DIFFERS.contains(&(client, set, url)),
    }
}
