//! What curl and Go make of variables.

use super::*;
use std::format;
use std::string::{String, ToString};

const HTTP: &str = "http://a.example/";
const HTTPS: &str = "https://a.example/";

fn environment<'a>(set: &[(&str, &'a str)]) -> Environment<'a> {
    for (name, _) in set {
        assert!(Variable::ALL.iter().any(|variable| variable.as_str() == *name), "{name}");
    }
    Environment::from_lookup(|name| set.iter().find(|(set, _)| *set == name).map(|(_, value)| *value))
}

fn both(set: &[(&str, &str)], url: &str) -> (String, String) {
    let (environment, target) = (environment(set), Target::parse(url).unwrap());
    (curl(&environment, &target).to_string(), go(&environment, &target).to_string())
}

#[test]
fn which_variable_counts() {
    for (set, url, by_curl, by_go) in [
        (&[][..], HTTP, "direct: no proxy variable is set", "direct: no proxy variable is set"),
        (
            &[("http_proxy", "p")],
            HTTP,
            "forward http://p:1080: http_proxy names the proxy",
            "forward http://p:80: http_proxy names the proxy",
        ),
        (
            &[("HTTP_PROXY", "p:1")],
            HTTP,
            "direct: no proxy variable is set that is read here (HTTP_PROXY is not)",
            "forward http://p:1: HTTP_PROXY names the proxy",
        ),
        (
            &[("https_proxy", "low:1"), ("HTTPS_PROXY", "UP:2"), ("all_proxy", "all:3")],
            HTTPS,
            "tunnel http://low:1: https_proxy names the proxy",
            "tunnel http://UP:2: HTTPS_PROXY names the proxy",
        ),
        (
            &[("https_proxy", ""), ("HTTPS_PROXY", "up:2")],
            HTTPS,
            "tunnel http://up:2: HTTPS_PROXY names the proxy",
            "tunnel http://up:2: HTTPS_PROXY names the proxy",
        ),
        (
            &[("https_proxy", "low:1"), ("HTTPS_PROXY", "")],
            HTTPS,
            "tunnel http://low:1: https_proxy names the proxy",
            "tunnel http://low:1: https_proxy names the proxy",
        ),
        (
            &[("ALL_PROXY", "https://all"), ("HTTP_PROXY", "")],
            HTTP,
            "forward https://all:443: ALL_PROXY names the proxy",
            "direct: no proxy variable is set that is read here (ALL_PROXY is not)",
        ),
        (
            &[("all_proxy", "low:1"), ("ALL_PROXY", "up:2"), ("http_proxy", "h:3")],
            HTTPS,
            "tunnel http://low:1: all_proxy names the proxy",
            "direct: no proxy variable is set that is read here (ALL_PROXY is not)",
        ),
        (
            &[("http_proxy", "h:3"), ("REQUEST_METHOD", "GET")],
            HTTP,
            "forward http://h:3: http_proxy names the proxy",
            "http_proxy cannot be used: in a CGI program anybody may have set this variable",
        ),
        (
            &[("https_proxy", "h:3"), ("REQUEST_METHOD", "GET")],
            HTTPS,
            "tunnel http://h:3: https_proxy names the proxy",
            "tunnel http://h:3: https_proxy names the proxy",
        ),
    ] {
        let (curl, go) = both(set, url);
        assert_eq!((curl.as_str(), go.as_str()), (by_curl, by_go), "{set:?} {url}");
    }
}

#[test]
fn which_list_counts() {
    for (set, by_curl, by_go) in [
        (
            &[("http_proxy", "p:1"), ("no_proxy", "x,a.example"), ("NO_PROXY", "*")][..],
            "direct: no_proxy item `a.example` (name)",
            "direct: NO_PROXY item `*` (everything)",
        ),
        (
            &[("http_proxy", "p:1"), ("no_proxy", ""), ("NO_PROXY", "*.example")],
            "forward http://p:1: http_proxy names the proxy",
            "direct: NO_PROXY item `*.example` (suffix)",
        ),
        // A target that is exempt needs no proxy that can be used.
        (
            &[("http_proxy", "socks5://p"), ("no_proxy", "example")],
            "direct: no_proxy item `example` (suffix)",
            "direct: no_proxy item `example` (suffix)",
        ),
    ] {
        let (curl, go) = both(set, HTTP);
        assert_eq!((curl.as_str(), go.as_str()), (by_curl, by_go), "{set:?}");
    }
    let (curl, go) = both(&[("http_proxy", "p:1")], "http://127.0.0.9/");
    assert_eq!(curl, "forward http://p:1: http_proxy names the proxy");
    assert_eq!(go, "direct: this client never asks a proxy for its own machine");
}

#[test]
fn values_that_are_no_http_proxy() {
    fn choices(value: &str) -> (Choice<'_>, Choice<'_>) {
        let target = Target::parse(HTTP).unwrap();
        let environment = Environment::default().with(Variable::HttpProxy, value);
        (curl(&environment, &target), go(&environment, &target))
    }
    let source = Source::Variable(Variable::HttpProxy);
    for scheme in ["socks", "SOCKS4", "socks4a", "socks5", "socks5h"] {
        let value = format!("{scheme}://u:secret@p:1080");
        let not_spoken = Choice::NotSpoken { scheme, source };
        assert!(!not_spoken.to_string().contains("secret"));
        assert_eq!(choices(&value), (not_spoken.clone(), not_spoken));
    }
    let mistake = Mistake::new(MistakeKind::ProxySchemeUnknown, 0..3);
    let malformed = Choice::Malformed { mistake, source };
    assert_eq!(choices("foo://p"), (malformed, Choice::NotSpoken { scheme: "foo", source }));
    for (value, kind, at) in [
        ("p:1x", MistakeKind::Port, 2..4),
        ("http://", MistakeKind::HostMissing, 7..7),
        ("http:////x", MistakeKind::HostMissing, 9..9),
        ("http://p /", MistakeKind::HostCharacter, 8..9),
        (" http://p", MistakeKind::ProxySchemeUnknown, 0..5),
        // Without its password's `/`, `?` or `#` these would name the proxies u:2024 and ss.
        ("u:2024/x@p:1", MistakeKind::CredentialCharacter, 0..8),
        ("http://u:p@ss?x#@p:1", MistakeKind::CredentialCharacter, 7..16),
    ] {
        let malformed = Choice::Malformed { mistake: Mistake::new(kind, at), source };
        assert_eq!(choices(value), (malformed.clone(), malformed), "{value}");
    }
}

/// Seen with curl 7.88.1 and Go 1.19.8.
#[test]
fn values_that_one_takes_and_another_does_not() {
    let not = |what: &str| format!("http_proxy cannot be used: {what}");
    let encoded = not("a character of the user or password must be percent-encoded here");
    let number = not("this is neither a name nor a complete IPv4 address");
    let missing = not("the host is missing");
    let by = |what: &str| format!("forward {what}: http_proxy names the proxy");
    for (value, by_curl, by_go) in [
        ("http://u:p@ss@proxy.corp.example:3128", &encoded, &by("http://proxy.corp.example:3128")),
        ("u:p@ss@proxy.corp.example:3128", &encoded, &by("http://proxy.corp.example:3128")),
        ("http://u:p@ss@", &encoded, &missing),
        ("http://127.1:3128", &by("http://127.0.0.1:3128"), &number),
        ("http://0x7f000001", &by("http://127.0.0.1:1080"), &number),
        ("http:/u:w@127.0.0.1:3128", &by("http://127.0.0.1:3128"), &missing),
        ("http:///proxy.example", &by("http://proxy.example:1080"), &missing),
        ("HTTPS:/proxy.example", &by("https://proxy.example:443"), &missing),
        ("http:/u:p@ss@p:1", &encoded, &missing),
        ("http:/", &missing, &missing),
    ] {
        let (curl, go) = both(&[("http_proxy", value)], HTTP);
        assert_eq!((&curl, &go), (by_curl, by_go), "{value}");
    }
    // Neither recursion nor an overflow.
    let (curl, go) = both(&[("http_proxy", &"http:/".repeat(100_000))], HTTP);
    assert_eq!((curl, go), (by("http://http:1080"), missing));
}

#[test]
fn a_path_and_an_empty_port_are_ignored() {
    let target = Target::parse(HTTP).unwrap();
    for value in ["p", "p:", "p/", "p:/x", "http://p/proxy.pac", "http://u:p@p:?x", "p#x"] {
        let environment = Environment::default().with(Variable::HttpProxy, value);
        let shown = curl(&environment, &target).to_string();
        assert_eq!(shown, "forward http://p:1080: http_proxy names the proxy", "{value}");
    }
}

#[test]
fn no_value_is_shown() {
    let environment = environment(&[("http_proxy", "http://u:secret@p"), ("no_proxy", "")]);
    assert_eq!(format!("{environment:?}"), r#"{"http_proxy"}"#);
    let target = Target::parse(HTTP).unwrap();
    assert!(!format!("{:?}", curl(&environment, &target)).contains("secret"));
}
