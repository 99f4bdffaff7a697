//! WinINet's list of proxies, as each program of Windows reads it.

use super::*;
use crate::mistake::MistakeKind;

const TARGET: &str = "https://www.a.example/";
const PLAIN: &str = "http://www.a.example/";

fn user() -> Scope<'static> {
    Scope::User("HKEY_CURRENT_USER".into())
}

fn hive(list: &str) -> Document<'_> {
    document(&[
        (Key::InetProxyEnable, user(), "1"),
        (Key::InetProxyServer, user(), list),
        (Key::InetProxyOverride, user(), "*.corp.example"),
    ])
}

fn of(client: Client, list: &str, url: &str) -> Vec<String> {
    let steps = shown(client, &[hive(list)], url);
    steps.into_iter().map(|step| step.replace(" by ProxyServer", "")).collect()
}

#[test]
fn chromium() {
    for (list, want) in [
        ("http=a.corp:80;c.corp:8080", &["direct"][..]),
        ("c.corp:8080;https=b.corp:443", &["tunnel http://c.corp:8080"]),
        ("http=a:80;https=b:443 c:8080", &["direct"]),
        ("a.corp:80,b.corp:81", &["tunnel http://a.corp:80", "tunnel http://b.corp:81"]),
        ("usr:pw@u.corp:3128", &["unusable"]),
        ("a:1,direct://,b:1", &["tunnel http://a:1", "direct", "tunnel http://b:1"]),
        ("direct://", &["direct"]),
        ("http=a:1;socks=s:1", &["by socks4"]),
        ("socks5://s:1,a:1", &["by socks5", "tunnel http://a:1"]),
    ] {
        assert_eq!(of(Client::Chromium, list, TARGET), want, "{list}");
        // What is exempt meets none of it.
        let exempt = &of(Client::Chromium, list, "https://www.corp.example/")[..];
        assert!(["direct exempt by *.corp.example", "direct"].contains(&&*exempt[0]), "{list}: {exempt:?}");
        assert_eq!(exempt.len(), 1, "{list}: {exempt:?}");
    }
    assert_eq!(of(Client::Chromium, "http=a:80;https=b:443 c:8080", PLAIN), ["forward http://a:80"]);
    // Where all that was meant for a scheme is passed over, the list says so.
    let documents = [hive("http=a:80;https=b:443 c:8080")];
    assert_eq!(shown(Client::Chromium, &documents, TARGET), ["direct by ProxyServer"]);
    let found = ways(Client::Chromium, &documents).ways;
    assert!(found.iter().all(|way| way.basis == Basis::Documented), "{found:?}");
}

#[test]
fn python() {
    for (list, https, http) in [
        ("http=a.corp:80;c.corp:8080", "direct", "forward http://a.corp:80"),
        ("c.corp:8080;https=b.corp:443", "direct", "direct"),
        ("http=a:80;https=b:443 c:8080", "unusable", "forward http://a:80"),
        ("a.corp:80,b.corp:81", "unusable", "unusable"),
        ("usr:pw@u.corp:3128", "tunnel http://u.corp:3128", "forward http://u.corp:3128"),
        ("https://s.corp", "tunnel http://s.corp:443", "forward https://s.corp:443"),
        ("a.corp", "tunnel http://a.corp:443", "forward http://a.corp:80"),
        ("socks=s:1080", "tunnel http://s:1080", "unusable"),
        ("socks=socks5://s:1080", "tunnel http://s:1080", "unusable"),
        ("socks=http://s:1080;https=b:1", "tunnel http://b:1", "forward http://s:1080"),
        ("http=a:1;", "direct", "forward http://a:1"),
        ("http=", "direct", "unusable"),
    ] {
        assert_eq!(of(Client::Python, list, TARGET), [https], "https: {list}");
        assert_eq!(of(Client::Python, list, PLAIN), [http], "http: {list}");
    }
    let documents = [hive("a:1")];
    assert!(ways(Client::Python, &documents).ways.iter().all(|way| way.basis == Basis::Documented));
}

/// Firefox, as far as its source is known, and WinINet itself.
#[test]
fn windows_grammar() {
    for client in [Client::Wininet, Client::Firefox] {
        assert_eq!(
            of(client, "http=a.corp:80;c.corp:8080", TARGET),
            ["tunnel http://c.corp:8080"],
            "{client}"
        );
        let list = "http=a:80;https=b:443 c:8080";
        assert_eq!(of(client, list, TARGET), ["tunnel http://b:443"], "{client}");
    }
}

#[test]
fn mistakes_have_their_place_in_the_whole_list() {
    for (client, list, kind, part) in [
        (Client::Chromium, "usr:pw@u.corp:3128", MistakeKind::ListUser, "usr:pw"),
        (Client::Python, "http=a;https=http://b:x", MistakeKind::Port, "x"),
        (Client::Python, "ftp=f;http=b:x", MistakeKind::Port, "x"),
        (Client::Python, "socks=s:1", MistakeKind::ProxySchemeUnknown, "socks"),
        (Client::Libproxy, "http=a;https=http://b:x", MistakeKind::Port, "x"),
    ] {
        let documents = [hive(list)];
        let found = ways(client, &documents);
        let mistake = found.ways.iter().find_map(|way| match &way.kind {
            Kind::Malformed(mistake) => Some(mistake.clone()),
            _ => None,
        });
        let mistake = mistake.expect(list);
        assert_eq!((mistake.kind, list.get(mistake.at)), (kind, Some(part)), "{client} {list}");
    }
}

#[test]
fn a_part_of_a_password_is_never_a_port() {
    for (client, list) in [
        (Client::Chromium, "http://usr:12;34@a:1"),
        (Client::Chromium, "usr:12,34@a:1"),
        (Client::Python, "https=usr:12;34@a:1"),
        (Client::Libproxy, "https=usr:12;34@a:1"),
        (Client::Wininet, "https=usr:12;34@a:1"),
        (Client::Firefox, "usr:12;34@a:1"),
    ] {
        assert_eq!(of(client, list, TARGET), ["unusable"], "{client} {list}");
    }
}

#[test]
fn libproxy() {
    for (list, want) in [
        ("http=a.corp:80;c.corp:8080", "tunnel http://c.corp:8080"),
        ("c.corp:8080;https=b.corp:443", "tunnel http://b.corp:443"),
        ("http=a:80;https=b:443 c:8080", "unusable"),
        ("a.corp:80,b.corp:81", "unusable"),
        ("usr:pw@u.corp:3128", "tunnel http://u.corp:3128"),
        ("socks=s:1080;c:8080", "tunnel http://s:1080"),
        ("socks=socks5://s:1080", "by socks5"),
        ("http=a:1", "direct"),
        ("http=a:1;", "unusable"),
    ] {
        assert_eq!(of(Client::Libproxy, list, TARGET), [want], "{list}");
    }
    let exempt = of(Client::Libproxy, "a:1", "https://www.corp.example/");
    assert_eq!(exempt, ["direct exempt by *.corp.example"]);
}

#[test]
fn what_libproxy_reads_of_windows() {
    let entries = [
        (Key::InetProxyEnable, user(), "1"),
        (Key::InetProxyServer, user(), "user.example:3128"),
        (Key::InetProxyOverride, user(), "<local>;*.microsoft.com"),
        (Key::InetAutoConfigUrl, user(), "http://w.example/p.pac"),
    ];
    let copies = || document(&entries);
    let of = |documents: &[Document<'_>]| shown(Client::Libproxy, documents, TARGET);
    let flags = |flags| document(&[(Key::InetConnectionFlags, user(), flags)]);
    let proxy = "tunnel http://user.example:3128 by ProxyServer";
    // The PAC file needs its flag, and the proxies none.
    assert_eq!(of(&[copies()]), [proxy]);
    assert_eq!(of(&[copies(), flags("1")]), [proxy]);
    assert_eq!(of(&[copies(), flags("5")]), ["PAC http://w.example/p.pac", "direct"]);
    assert_eq!(of(&[copies(), flags("15")]), ["WPAD", "direct"]);
    let off = document(&[(Key::InetProxyEnable, user(), "0")]);
    assert_eq!(of(&[copies(), off]), ["direct"]);
    // The bypass list counts for all of them.
    for documents in [&[copies()][..], &[copies(), flags("5")], &[copies(), flags("15")]] {
        let steps = shown(Client::Libproxy, documents, "https://a.microsoft.com/");
        assert_eq!(steps.len(), 1, "{steps:?}");
        assert!(steps[0].ends_with("exempt by *.microsoft.com"), "{steps:?}");
    }
    // No policy, no other hive.
    let policy = document(&[(Key::InetProxyEnable, Scope::UserPolicy("HKEY_CURRENT_USER".into()), "0")]);
    assert_eq!(of(&[copies(), policy]), [proxy]);
    let system = document(&[(Key::InetProxyServer, Scope::User("S-1-5-18".into()), "s:1")]);
    assert_eq!(of(&[system]), ["unseen: UserHive", "direct"]);
    // The variables come before them, and take nothing away.
    let variable = (Key::Variable(Variable::HttpsProxy), user(), "http://e.example:7");
    let both = [document(&[variable]), copies()];
    assert_eq!(of(&both), ["tunnel http://e.example:7 by https_proxy", proxy]);
    // What does not fit is not read.
    let long = "x.example;".repeat(103);
    let list = document(&[(Key::InetProxyOverride, user(), &long)]);
    let steps = shown(Client::Libproxy, &[copies(), list.clone()], "https://x.example/");
    assert_eq!(steps, [proxy]);
    let own = document(&[(Key::InetConnectionBypass, user(), &long)]);
    assert_eq!(of(&[copies(), flags("15"), list, own]), [proxy]);
    // What is no URL is no PAC file.
    let path = document(&[(Key::InetAutoConfigUrl, user(), r"\\server\p.pac")]);
    assert_eq!(of(&[copies(), path, flags("5")]), [proxy]);
}
