//! Variables, and whom they send a client to.

use crate::clients::{Client, Question};
use crate::{Row, UNKNOWN, choice, plan};

const HTTP: &str = "http://a.example/";
const HTTPS: &str = "https://a.example/";
const P1: &str = "http://p1.test:3128";
const P2: &str = "http://p2.test:3128";
const P3: &str = "http://p3.test:3128";
const P4: &str = "http://p4.test:3128";
const P5: &str = "http://p5.test:3128";
const P6: &str = "http://p6.test:3128";

type Set = &'static [(&'static str, &'static str)];

/// What is set, the URL, and a word for each of curl, Go, Python, wget, apt and Firefox that says what was seen: see [`in_full`].
///
/// `?` stands where versions differ and the core says nothing: of socks5h, newer Go has heard.
///
/// Every other name than `p1` … `p9` is 192.0.2.80: a proxy there is one that nobody can have meant.
const VARIABLES: &[(Set, &str, &str)] = &[
    (&[], HTTP, "- - - - - -"),
    (&[], HTTPS, "- - - - - -"),
    (&[("http_proxy", P1)], HTTP, "p1 p1 p1 p1 p1 p1"),
    (&[("http_proxy", P1)], HTTPS, "- - - - p1 -"),
    (&[("HTTP_PROXY", P2)], HTTP, "- p2 p2 - - p2"),
    (&[("HTTP_PROXY", P2)], HTTPS, "- - - - - -"),
    (&[("https_proxy", P3)], HTTP, "- - - - - -"),
    (&[("https_proxy", P3)], HTTPS, "p3 p3 p3 p3 p3 p3"),
    (&[("HTTPS_PROXY", P4)], HTTP, "- - - - - -"),
    (&[("HTTPS_PROXY", P4)], HTTPS, "p4 p4 p4 - - p4"),
    (&[("all_proxy", P5)], HTTP, "p5 - - - - p5"),
    (&[("all_proxy", P5)], HTTPS, "p5 - - - - p5"),
    (&[("ALL_PROXY", P6)], HTTP, "p6 - - - - p6"),
    (&[("ALL_PROXY", P6)], HTTPS, "p6 - - - - p6"),
    (&[("all_proxy", P5), ("ALL_PROXY", P6)], HTTP, "p5 - - - - p5"),
    (&[("http_proxy", P1), ("HTTP_PROXY", P2)], HTTP, "p1 p2 p1 p1 p1 p1"),
    (&[("https_proxy", P3), ("HTTPS_PROXY", P4)], HTTPS, "p3 p4 p3 p3 p3 p3"),
    (&[("http_proxy", ""), ("HTTP_PROXY", P2)], HTTP, "- p2 - - - -"),
    (&[("http_proxy", P1), ("HTTP_PROXY", "")], HTTP, "p1 p1 p1 p1 p1 p1"),
    (&[("https_proxy", ""), ("HTTPS_PROXY", P4)], HTTPS, "p4 p4 - - - -"),
    (&[("https_proxy", P3), ("HTTPS_PROXY", "")], HTTPS, "p3 p3 p3 p3 p3 p3"),
    (&[("http_proxy", P1), ("https_proxy", "")], HTTPS, "- - - - - -"),
    (&[("http_proxy", ""), ("all_proxy", P5)], HTTP, "p5 - - - - -"),
    (&[("https_proxy", ""), ("all_proxy", P5)], HTTPS, "p5 - - - - -"),
    (&[("http_proxy", P1), ("all_proxy", P5)], HTTP, "p1 p1 p1 p1 p1 p1"),
    (&[("http_proxy", P1), ("all_proxy", P5)], HTTPS, "p5 - - - p1 p5"),
    (&[("https_proxy", P3), ("all_proxy", P5)], HTTPS, "p3 p3 p3 p3 p3 p3"),
    (&[("http_proxy", P1), ("no_proxy", "a.example")], HTTP, "- - - - - -"),
    (&[("http_proxy", P1), ("NO_PROXY", "a.example")], HTTP, "- - - p1 p1 -"),
    (&[("https_proxy", P3), ("NO_PROXY", "a.example")], HTTPS, "- - - p3 p3 -"),
    (&[("http_proxy", P1), ("no_proxy", "a.example"), ("NO_PROXY", "b.example")], HTTP, "- p1 - - - -"),
    (&[("http_proxy", P1), ("no_proxy", "b.example"), ("NO_PROXY", "a.example")], HTTP, "p1 - p1 p1 p1 p1"),
    (&[("http_proxy", P1), ("no_proxy", ""), ("NO_PROXY", "a.example")], HTTP, "- - p1 p1 p1 p1"),
    (&[("http_proxy", P1), ("no_proxy", "a.example"), ("NO_PROXY", "")], HTTP, "- - - - - -"),
    (&[("all_proxy", P5), ("no_proxy", "a.example")], HTTP, "- - - - - -"),
    (&[("http_proxy", P1), ("REQUEST_METHOD", "GET")], HTTP, "p1 ! p1 p1 p1 p1"),
    (&[("HTTP_PROXY", P2), ("REQUEST_METHOD", "GET")], HTTP, "- ! - - - p2"),
    (&[("http_proxy", P1), ("HTTP_PROXY", P2), ("REQUEST_METHOD", "GET")], HTTP, "p1 ! p1 p1 p1 p1"),
    (&[("https_proxy", P3), ("REQUEST_METHOD", "GET")], HTTPS, "p3 p3 p3 p3 p3 p3"),
    (&[("http_proxy", P1), ("REQUEST_METHOD", "")], HTTP, "p1 p1 p1 p1 p1 p1"),
    (&[("http_proxy", "p1.test:3128")], HTTP, "p1 p1 p1 p1 ! -"),
    (&[("https_proxy", "p1.test:3128")], HTTPS, "p1 p1 p1 p1 ! -"),
    (&[("http_proxy", "p1.test")], HTTP, "p1:1080 p1:80 p1:80 p1:80 - -"),
    (&[("https_proxy", "p1.test")], HTTPS, "p1:1080 p1:80 p1:443 p1:80 - -"),
    (&[("http_proxy", "p1")], HTTP, "p1:1080 p1:80 p1:80 p1:80 - -"),
    (&[("http_proxy", "http://p1.test")], HTTP, "p1:1080 p1:80 p1:80 p1:80 p1:80 p1:80"),
    (&[("https_proxy", "http://p1.test")], HTTPS, "p1:1080 p1:80 p1:443 p1:80 p1:443 p1:80"),
    (&[("http_proxy", "http://p1.test:")], HTTP, "p1:1080 p1:80 p1:80 p1:80 p1:80 p1:80"),
    (&[("http_proxy", "http://p1.test:3128/")], HTTP, "p1 p1 p1 p1 p1 p1"),
    (&[("http_proxy", "http://p1.test:3128/path")], HTTP, "p1 p1 p1 p1 p1 p1"),
    (&[("http_proxy", "//p1.test:3128")], HTTP, "! 127.0.0.1:80 p1 ! ! -"),
    (&[("http_proxy", "HTTP://p1.test:3128")], HTTP, "p1 p1 p1 p1 ! p1"),
    (&[("http_proxy", "http://user:word@p1.test:3128")], HTTP, "p1 p1 p1 p1 p1 p1"),
    (&[("http_proxy", "http://user:wo@rd@p1.test:3128")], HTTP, "! p1 p1 ! p1 p1"),
    (&[("https_proxy", "http://user:wo@rd@p1.test:3128")], HTTPS, "! p1 p1 ! p1 p1"),
    (&[("https_proxy", "user:word@p1.test:3128")], HTTPS, "p1 p1 p1 ! ! -"),
    (&[("http_proxy", "192.0.2.1:3128")], HTTP, "p1 p1 p1 p1 ! -"),
    (&[("http_proxy", "http://192.513:3128")], HTTP, "p1 ! p1 p1 p1 p1"),
    (&[("https_proxy", "http://0xc0000201:3128")], HTTPS, "p1 192.0.2.80:3128 p1 p1 p1 p1"),
    (&[("http_proxy", "http:/p1.test:3128")], HTTP, "p1 127.0.0.1:80 ! ! - p1"),
    (&[("https_proxy", "http:/p1.test:3128")], HTTPS, "p1 127.0.0.1:80 ! ! - p1"),
    (&[("http_proxy", "http:///p1.test:3128")], HTTP, "p1 127.0.0.1:80 ! ! - p1"),
    (&[("http_proxy", "https:/p1.test")], HTTP, "tls/p1:443 ! ! ! - -"),
    (&[("http_proxy", "http://[::ffff:192.0.2.1]:3128")], HTTP, "p1 p1 p1 p1 p1 192.0.2.80:80"),
    (&[("http_proxy", " http://p1.test:3128")], HTTP, "! - ! ! ! p1"),
    (&[("http_proxy", "http://p1.test:3128 ")], HTTP, "! 192.0.2.80:80 p1 ! p1 p1"),
    (&[("http_proxy", "https://p1.test")], HTTP, "tls/p1:443 tls/p1:443 tls/p1:443 ! tls/p1:443 -"),
    (&[("https_proxy", "https://p1.test")], HTTPS, "tls/p1:443 tls/p1:443 p1:443 p1:443 tls/p1:443 -"),
    (
        &[("https_proxy", "https://p1.test:8443")],
        HTTPS,
        "tls/p1:8443 tls/p1:8443 p1:8443 p1:8443 tls/p1:8443 -",
    ),
    (&[("http_proxy", "socks5://p1.test")], HTTP, "socks/p1:1080 socks/p1:1080 ! ! ! -"),
    (&[("https_proxy", "socks5h://p1.test:1080")], HTTPS, "socks/p1:1080 ? p1:1080 ! socks/p1:1080 -"),
    (&[("http_proxy", "socks5h://p1.test")], HTTP, "socks/p1:1080 ? ! ! socks/p1:1080 -"),
    (&[("http_proxy", "socks4://p1.test:1080")], HTTP, "socks/p1:1080 192.0.2.80:80 ! ! ! -"),
    (&[("http_proxy", "socks://p1.test:1080")], HTTP, "socks/p1:1080 192.0.2.80:80 ! ! ! -"),
    (&[("http_proxy", "foo://p1.test:3128")], HTTP, "! 192.0.2.80:80 ! ! ! -"),
    (&[("http_proxy", "http://")], HTTP, "! 127.0.0.1:80 ! ! - -"),
    (&[("http_proxy", "p1.test:0")], HTTP, "! ! ! ! ! -"),
    (&[("http_proxy", "p1.test:x")], HTTP, "! ! ! ! ! -"),
    (&[("http_proxy", "direct://")], HTTP, "! 192.0.2.80:80 ! ! - -"),
    (&[("http_proxy", "DIRECT")], HTTP, "192.0.2.80:1080 192.0.2.80:80 192.0.2.80:80 192.0.2.80:80 - -"),
    (&[("http_proxy", P1), ("no_proxy", "p1.test")], HTTP, "p1 p1 p1 p1 p1 p1"),
    (&[("http_proxy", P1)], "http://localhost/", "p1 - p1 p1 p1 -"),
    (&[("http_proxy", P1)], "http://127.0.0.1/", "p1 - p1 p1 p1 -"),
];

/// Settings of one client alone: options of apt and files of its configuration, commands of wgetrc, and what only Firefox takes for a URL.
const OWN: &[(Client, Set, &str, &str)] = &[
    (Client::Apt, &[("Acquire::http::Proxy", P1)], HTTP, "p1"),
    (Client::Apt, &[("Acquire::http::Proxy", P1)], HTTPS, "p1"),
    (Client::Apt, &[("Acquire::https::Proxy", P3)], HTTPS, "p3"),
    (Client::Apt, &[("Acquire::https::Proxy", P3)], HTTP, "-"),
    (Client::Apt, &[("Acquire::http::Proxy", P1), ("Acquire::https::Proxy", P3)], HTTPS, "p3"),
    (Client::Apt, &[("Acquire::http::Proxy", P1), ("http_proxy", P2)], HTTP, "p1"),
    (Client::Apt, &[("Acquire::https::Proxy", P3), ("https_proxy", P4)], HTTPS, "p3"),
    (Client::Apt, &[("Acquire::http::Proxy", P1), ("https_proxy", P4)], HTTPS, "p1"),
    (Client::Apt, &[("Acquire::http::Proxy::a.example", "DIRECT"), ("Acquire::http::Proxy", P1)], HTTP, "-"),
    (Client::Apt, &[("Acquire::http::Proxy::a.example", "DIRECT"), ("Acquire::http::Proxy", P1)], HTTPS, "-"),
    (Client::Apt, &[("Acquire::http::Proxy::a.example", P5), ("Acquire::http::Proxy", P1)], HTTP, "p5"),
    (Client::Apt, &[("Acquire::http::Proxy::example", P5), ("Acquire::http::Proxy", P1)], HTTP, "p1"),
    (Client::Apt, &[("Acquire::http::Proxy::a.example", P5), ("Acquire::https::Proxy", P1)], HTTPS, "p5"),
    (Client::Apt, &[("Acquire::https::Proxy::a.example", P5), ("Acquire::https::Proxy", P1)], HTTPS, "p5"),
    (Client::Apt, &[("Acquire::https::Proxy::a.example", P5), ("Acquire::http::Proxy", P1)], HTTP, "p1"),
    (
        Client::Apt,
        &[("Acquire::https::Proxy::a.example", P5), ("Acquire::http::Proxy::a.example", "DIRECT")],
        HTTPS,
        "p5",
    ),
    (
        Client::Apt,
        &[("Acquire::http::Proxy::a.example", P5), ("Acquire::https::Proxy::a.example", "DIRECT")],
        HTTPS,
        "-",
    ),
    (Client::Apt, &[("Acquire::http::Proxy", "DIRECT"), ("http_proxy", P2)], HTTP, "-"),
    (Client::Apt, &[("Acquire::http::Proxy", "false"), ("http_proxy", P2)], HTTP, "-"),
    (Client::Apt, &[("Acquire::http::Proxy", P1), ("no_proxy", "example")], HTTP, "-"),
    (Client::Apt, &[("Acquire::http::Proxy::a.example", P5), ("no_proxy", "example")], HTTP, "-"),
    (Client::Apt, &[("Acquire::http::Proxy", "http://p1.test")], HTTPS, "p1:443"),
    (Client::Apt, &[("Acquire::http::Proxy", "http://p1.test")], HTTP, "p1:80"),
    (Client::Apt, &[("Acquire::http::Proxy", "p1.test:3128")], HTTP, "!"),
    (Client::Apt, &[("Acquire::http::No-Proxy", "a.example"), ("Acquire::http::Proxy", P1)], HTTP, "p1"),
    (
        Client::Apt,
        &[
            (
                "file apt.conf",
                "Acquire::http::Proxy \"http://p1.test:3128\";\nAcquire::https::Proxy \"http://p3.test:3128\";\n\
                 #include \"site.conf\";\n",
            ),
            ("file site.conf", "#clear Acquire::https;\nAcquire::http::Proxy \"http://p2.test:3128\";\n"),
        ],
        HTTPS,
        "p2",
    ),
    (
        Client::Apt,
        &[
            (
                "file apt.conf",
                "#include \"site/\";\nAcquire::http::Proxy::a.example \"http://p5.test:3128\";\n#INCLUDE \"site/30\";\n",
            ),
            ("file site/10a", "Acquire::http::Proxy \"http://p1.test:3128\";\n"),
            ("file site/20b.conf", "Acquire::http::Proxy::a.example \"http://p2.test:3128\";\n"),
            ("file site/30c.bak", "Acquire::http::Proxy \"DIRECT\";\n"),
        ],
        HTTP,
        "p5",
    ),
    (Client::Apt, &[("Acquire::http::Proxy", "socks5h://p1.test:1080")], HTTP, "socks/p1:1080"),
    (Client::Apt, &[("Acquire::http::Proxy", "socks5h://p1.test")], HTTPS, "socks/p1:1080"),
    (Client::Apt, &[("Acquire::http::Proxy", "socks5://p1.test:1080")], HTTP, "!"),
    (Client::Apt, &[("Acquire::http::Proxy", "SOCKS5H://p1.test:1080")], HTTP, "!"),
    // With a mistake in the form of a file apt does not start; it does with one that it overlooks.
    (Client::Apt, &[("file apt.conf", "Acquire::http::Proxy \"http://p1.test:3128\"\n")], HTTP, "!"),
    (Client::Apt, &[("file apt.conf", "Acquire::http::Proxy http://p1.test:3128;\n")], HTTP, "!"),
    (Client::Apt, &[("file apt.conf", "Acquire::http::Proxy 'http://p1.test:3128';\n")], HTTP, "!"),
    (
        Client::Apt,
        &[(
            "file apt.conf",
            "Acquire::http::Proxy \"http://p1.test:3128;\nAcquire::https::Proxy \"http://p3.test:3128\";\n",
        )],
        HTTPS,
        "!",
    ),
    (Client::Apt, &[("file apt.conf", "A::B = \"1\";\n"), ("http_proxy", P1)], HTTP, "!"),
    (Client::Apt, &[("file apt.conf", "#clear;\n"), ("http_proxy", P1)], HTTP, "!"),
    (Client::Apt, &[("file apt.conf", "A { { B \"1\"; }; };\n"), ("http_proxy", P1)], HTTP, "!"),
    (
        Client::Apt,
        &[("file apt.conf", "#include \"site.conf\";\n"), ("file site.conf", "A x y;\n"), ("http_proxy", P1)],
        HTTP,
        "!",
    ),
    (Client::Apt, &[("file apt.conf", "Acquire { http { Proxy \"http://p1.test:3128\"; };\n")], HTTP, "p1"),
    (
        Client::Apt,
        &[("file apt.conf", "Acquire::http {\n  Proxy http://p1.test:3128;\n};\n"), ("http_proxy", P2)],
        HTTP,
        "-",
    ),
    (
        Client::Apt,
        &[("file apt.conf", "}; Acquire::http::Proxy\n\"http://p1\"\".test:3128\" ;\n/* x")],
        HTTP,
        "p1",
    ),
    (Client::Wget, &[("wgetrc http_proxy", P1)], HTTP, "p1"),
    (Client::Wget, &[("wgetrc http_proxy", P1)], HTTPS, "-"),
    (Client::Wget, &[("wgetrc https_proxy", P3)], HTTPS, "p3"),
    (Client::Wget, &[("wgetrc http_proxy", P1), ("http_proxy", P2)], HTTP, "p1"),
    (Client::Wget, &[("wgetrc http_proxy", ""), ("http_proxy", P2)], HTTP, "-"),
    (
        Client::Wget,
        &[("wgetrc no_proxy", "b.example"), ("http_proxy", P2), ("no_proxy", "a.example")],
        HTTP,
        "-",
    ),
    (
        Client::Wget,
        &[("wgetrc no_proxy", "a.example"), ("http_proxy", P2), ("no_proxy", "b.example")],
        HTTP,
        "-",
    ),
    (Client::Wget, &[("wgetrc no_proxy", ""), ("http_proxy", P2), ("no_proxy", "a.example")], HTTP, "p2"),
    (Client::Wget, &[("wgetrc use_proxy", "off"), ("http_proxy", P2)], HTTP, "-"),
    (Client::Firefox, &[("http_proxy", "http://[2001:db8::1]:3128")], HTTP, "192.0.2.80:80"),
    (Client::Firefox, &[("http_proxy", "http://p1.test:3128?x")], HTTP, "p1"),
    (Client::Firefox, &[("http_proxy", "http://p1.test:3128#x")], HTTP, "p1"),
    (Client::Firefox, &[("http_proxy", "http://p1.test:x")], HTTP, "-"),
    (Client::Firefox, &[("http_proxy", "http://p1.test:3128:1")], HTTP, "-"),
    (Client::Firefox, &[("http_proxy", "http:p1.test:3128")], HTTP, "p1"),
    (Client::Firefox, &[("http_proxy", "HTTP:/p1.test:3128")], HTTP, "p1"),
    (Client::Firefox, &[("http_proxy", "http:\\\\p1.test:3128")], HTTP, "p1"),
    (Client::Firefox, &[("http_proxy", "http://p1.test\\x:3128")], HTTP, "p1:80"),
    (Client::Firefox, &[("http_proxy", "http:// p1.test:3128")], HTTP, "-"),
    (Client::Firefox, &[("http_proxy", "\thttp://p1.test:3128\t")], HTTP, "p1"),
    (Client::Firefox, &[("http_proxy", "http://p1.test:3128\u{a0}")], HTTP, "-"),
    (Client::Firefox, &[("http_proxy", "http://user@p1.test:3128")], HTTP, "p1"),
    (Client::Firefox, &[("http_proxy", "httpx://p1.test:3128")], HTTP, "-"),
    (Client::Firefox, &[("http_proxy", "http://socks5://p1.test")], HTTP, "192.0.2.80:80"),
    (
        Client::Firefox,
        &[("http_proxy", P1), ("https_proxy", "socks5://p3.test"), ("all_proxy", P5)],
        HTTPS,
        "-",
    ),
    (Client::Firefox, &[("http_proxy", P1), ("no_proxy", ""), ("all_proxy", P5)], HTTPS, "p5"),
    (Client::Firefox, &[("https_proxy", P3), ("NO_PROXY", "*")], HTTPS, "-"),
];

const SOCKS: (&str, &str) = ("org.gnome.system.proxy.socks host", "p5.test");
const SOCKS_PORT: (&str, &str) = ("org.gnome.system.proxy.socks port", "1080");
const GNOME_HTTP: (&str, &str) = ("org.gnome.system.proxy.http host", "p1.test");
const GNOME_HTTP_PORT: (&str, &str) = ("org.gnome.system.proxy.http port", "3128");
const GNOME_HTTPS: (&str, &str) = ("org.gnome.system.proxy.https host", "p3.test");
const GNOME_HTTPS_PORT: (&str, &str) = ("org.gnome.system.proxy.https port", "3128");
const GNOME_LIST: (&str, &str) = ("org.gnome.system.proxy ignore-hosts", "b.example,a.example");

/// GNOME's settings with a SOCKS proxy, the URL, and what was seen of Chromium and Firefox.
const GNOME: &[(Set, &str, &str)] = &[
    (&[SOCKS, SOCKS_PORT], HTTP, "socks/p5:1080 socks/p5:1080"),
    (&[SOCKS, SOCKS_PORT], HTTPS, "socks/p5:1080 socks/p5:1080"),
    (&[SOCKS, SOCKS_PORT], "http://localhost/", "- -"),
    (&[SOCKS, SOCKS_PORT, GNOME_LIST], HTTP, "- -"),
    (&[SOCKS, SOCKS_PORT, GNOME_HTTP, GNOME_HTTP_PORT], HTTP, "p1 p1"),
    (&[SOCKS, SOCKS_PORT, GNOME_HTTP, GNOME_HTTP_PORT], HTTPS, "socks/p5:1080 p1"),
    (&[SOCKS, SOCKS_PORT, GNOME_HTTPS, GNOME_HTTPS_PORT], HTTP, "socks/p5:1080 socks/p5:1080"),
    (&[SOCKS, SOCKS_PORT, GNOME_HTTPS, GNOME_HTTPS_PORT], HTTPS, "p3 p3"),
    (&[SOCKS], HTTP, "socks/p5:1080 -"),
];

/// What Chromium does with variables where no desktop has settings: rows with one set stand together, since each set is a process.
const CHROMIUM: &[(Set, &[(&str, &str)])] = &[
    (&[("http_proxy", P1)], &[(HTTP, "p1"), (HTTPS, "-"), ("http://localhost/", "-")]),
    (&[("HTTP_PROXY", P2)], &[(HTTP, "p2")]),
    (&[("HTTPS_PROXY", P4)], &[(HTTP, "-"), (HTTPS, "p4")]),
    (&[("http_proxy", P1), ("HTTP_PROXY", P2)], &[(HTTP, "p1")]),
    (&[("http_proxy", ""), ("HTTP_PROXY", P2)], &[(HTTP, "-")]),
    (&[("http_proxy", P1), ("https_proxy", P3), ("all_proxy", P5)], &[(HTTP, "p5"), (HTTPS, "p5")]),
    (&[("http_proxy", P1), ("ALL_PROXY", P6)], &[(HTTP, "p6"), (HTTPS, "p6")]),
    (&[("http_proxy", P1), ("all_proxy", ""), ("ALL_PROXY", P6)], &[(HTTP, "p1"), (HTTPS, "-")]),
    (&[("http_proxy", P1), ("all_proxy", "x:y")], &[(HTTP, "p1")]),
    (
        &[("http_proxy", "p1.test"), ("https_proxy", "https://p3.test:3128")],
        &[(HTTP, "p1:80"), (HTTPS, "p3")],
    ),
    (
        &[("http_proxy", "socks5://p1.test:3128"), ("https_proxy", "foo://p3.test")],
        &[(HTTP, "p1"), (HTTPS, "p3:80")],
    ),
    (
        &[("http_proxy", "http://p1.test:3128/path"), ("https_proxy", "http://user:word@p3.test:3128/")],
        &[(HTTP, "-"), (HTTPS, "p3")],
    ),
    (&[("http_proxy", " http://p1.test:3128 "), ("https_proxy", "direct://")], &[(HTTP, "p1"), (HTTPS, "-")]),
    (&[("http_proxy", "p1.test:0"), ("https_proxy", "p3.test:")], &[(HTTP, "!"), (HTTPS, "-")]),
    (&[("http_proxy", P1), ("REQUEST_METHOD", "GET")], &[(HTTP, "p1")]),
    (&[("http_proxy", P1), ("no_proxy", ""), ("NO_PROXY", "a.example")], &[(HTTP, "p1")]),
    (&[("http_proxy", P1), ("NO_PROXY", "a.example")], &[(HTTP, "-")]),
    (
        &[("http_proxy", P1), ("no_proxy", "a.example")],
        &[
            (HTTP, "-"),
            ("http://www.a.example/", "-"),
            ("http://xa.example/", "-"),
            ("http://example/", "p1"),
        ],
    ),
    (
        &[("http_proxy", P1), ("no_proxy", ".a.example,b.example:8080")],
        &[
            (HTTP, "p1"),
            ("http://www.a.example/", "-"),
            ("http://b.example/", "p1"),
            ("http://xb.example:8080/", "-"),
        ],
    ),
    (
        &[("http_proxy", P1), ("no_proxy", "a.*;b.example c.example, d.example ")],
        &[
            (HTTP, "-"),
            ("http://xa.example/", "-"),
            ("http://b.example/", "p1"),
            ("http://c.example/", "p1"),
            ("http://xd.example/", "-"),
        ],
    ),
    (
        &[("http_proxy", P1), ("no_proxy", "2.7,10.1,198.51.100/24,203.0.113.0/24")],
        &[
            ("http://192.0.2.7/", "p1"),
            ("http://10.1.2.3/", "p1"),
            ("http://10.0.0.1/", "-"),
            ("http://198.51.100.7/", "p1"),
            ("http://198.51.0.7/", "-"),
            ("http://203.0.113.7/", "-"),
        ],
    ),
    (&[("http_proxy", P1), ("no_proxy", "<local>")], &[("http://intranet/", "-"), (HTTP, "p1")]),
    (&[("http_proxy", P1), ("no_proxy", "<-loopback>")], &[("http://localhost/", "p1"), (HTTP, "p1")]),
    (&[("http_proxy", P1), ("no_proxy", "*")], &[(HTTP, "-")]),
    (&[("http_proxy", P1), ("XDG_CURRENT_DESKTOP", "XFCE")], &[(HTTP, "p1")]),
    (&[("http_proxy", P1), ("XDG_CURRENT_DESKTOP", "GNOME")], &[(HTTP, "-")]),
];

pub(crate) fn rows(client: Client) -> Vec<Row> {
    if client == Client::Chromium {
        let each =
            CHROMIUM.iter().flat_map(|(set, urls)| urls.iter().map(move |(url, seen)| (set, url, seen)));
        let all = each.map(|(set, url, seen)| row(client, set, url, seen));
        return all.chain(of_gnome(client, 0)).collect();
    }
    // Chromium has a table of its own.
    let column = if client == Client::Firefox { client as usize - 1 } else { client as usize };
    let shared = VARIABLES
        .iter()
        .map(|(set, url, seen)| row(client, set, url, seen.split(' ').nth(column).unwrap_or_default()));
    let own = OWN.iter().filter(|(whose, ..)| *whose == client);
    let all = shared.chain(own.map(|(_, set, url, seen)| row(client, set, url, seen)));
    if client == Client::Firefox { all.chain(of_gnome(client, 1)).collect() } else { all.collect() }
}

fn of_gnome(client: Client, column: usize) -> impl Iterator<Item = Row> {
    GNOME
        .iter()
        .map(move |(set, url, seen)| row(client, set, url, seen.split(' ').nth(column).unwrap_or_default()))
}

fn row(client: Client, set: Set, url: &str, seen: &str) -> Row {
    let owned = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Row {
        question: Question { row: 0, set: owned, url: url.to_owned() },
        shown: format!("{set:?} {url}"),
        recorded: in_full(seen, url),
        core: [("environment", choice(client, set, url)), ("client", plan(client, set, url))]
            .into_iter()
            .filter_map(|(part, says)| Some((part, says?)))
            .collect(),
        differs: false,
    }
}

/// `-` direct, `!` nobody, `p1` the proxy of that name at its usual port, `p1:80` at another one; `tls/p1:443` where it was spoken
/// to in another way than is usual for the URL's scheme; `?` whatever it was.
fn in_full(word: &str, url: &str) -> String {
    let usual = if url.starts_with("https") { "tunnel" } else { "forward" };
    match (word, word.split_once('/')) {
        ("-", _) => "direct".to_owned(),
        ("?", _) => UNKNOWN.to_owned(),
        ("!", _) => "nobody".to_owned(),
        (_, Some((how, place))) => format!("{how} {place}"),
        (place, None) if place.contains(':') => format!("{usual} {place}"),
        (place, None) => format!("{usual} {place}:3128"),
    }
}
