//! apt's configuration, as apt 2.6 takes it.

use super::*;
use crate::settings::cuts;
use std::format;
use std::string::ToString as _;

const SAMPLE: &str = r#"// Proxies of this site: http://not.this.example
Acquire::http::Proxy "http://old.example:3128/"; Acquire::HTTPS::proxy "DIRECT";
#clear acquire::http;
# Acquire::http::Proxy "http://commented.example:1";
acquire { /* over
 two lines; } */ http { Proxy "http://user:pass@proxy.example:3128/"; Proxy::mirror.example "DIRECT";
    Proxy { deb.corp.example "http://192.0.2.7:8080"; };
  };
};
Acquire::http
{
  Proxy-Auto-Detect "/usr/bin/find-proxy" // and why
  ;
  ProxyAutoDetect /usr/bin/older;
  Timeout "10"
};
DPkg::Pre-Install-Pkgs {"/usr/sbin/dpkg-preconfigure --apt || true";};
"#;

fn entries(text: &str) -> Vec<String> {
    let reading = read(text);
    reading
        .entries
        .iter()
        .map(|entry| format!("{} {} @{}", entry.key, entry.value, &text[entry.at.clone()]))
        .collect()
}

fn mistakes(text: &str) -> Vec<(MistakeKind, Range<usize>)> {
    read(text).mistakes.into_iter().map(|mistake| (mistake.kind, mistake.at)).collect()
}

#[test]
fn both_forms() {
    assert_eq!(
        entries(SAMPLE),
        [
            "Acquire::https::Proxy DIRECT @DIRECT",
            "Acquire::http::Proxy http://user:pass@proxy.example:3128/ @http://user:pass@proxy.example:3128/",
            "Acquire::http::Proxy:: mirror.example DIRECT @DIRECT",
            "Acquire::http::Proxy:: deb.corp.example http://192.0.2.7:8080 @http://192.0.2.7:8080",
            "Acquire::http::Proxy-Auto-Detect /usr/bin/find-proxy @/usr/bin/find-proxy",
            "Acquire::http::ProxyAutoDetect /usr/bin/older @/usr/bin/older",
        ]
    );
    assert_eq!(mistakes(SAMPLE), []);
    assert_eq!(read(SAMPLE).entries[0].scope.to_string(), "service apt");
}

#[test]
fn forms_that_apt_takes_as_well() {
    assert_eq!(entries("Acquire { http::Proxy \"a\" };"), ["Acquire::http::Proxy a @a"]);
    assert_eq!(entries("Acquire::http::Proxy \"a\"\"b\";"), ["Acquire::http::Proxy ab @\"a\"\"b\""]);
    assert_eq!(entries("Acquire::http{Proxy{h \"x\";}}"), ["Acquire::http::Proxy:: h x @x"]);
    assert_eq!(entries("Acquire::http::Proxy DIRECT;"), ["Acquire::http::Proxy DIRECT @DIRECT"]);
    assert_eq!(entries("Acquire::http::Proxy::h \"x\";\n#clear Acquire::http::Proxy;"), [""; 0]);
    assert_eq!(entries("Other { Acquire::http::Proxy \"x\"; };"), [""; 0]);
    let two = "Acquire::http::Proxy \"a\"\n\t\"b\";";
    assert_eq!(entries(two), ["Acquire::http::Proxy a b @\"a\"\n\t\"b\""]);
    let both = "Acquire::http::Proxy \"a\" { h \"x\"; };";
    assert_eq!(entries(both), ["Acquire::http::Proxy a @a", "Acquire::http::Proxy:: h x @x"]);
}

type Wrong = (MistakeKind, Range<usize>);

/// What is wrong with the form, and of it what keeps apt from starting.
fn refused(text: &str) -> (Vec<Wrong>, Option<Wrong>) {
    let lost = read(text).entries.into_iter().find(|entry| entry.key == Key::AptConfiguration);
    let Some(Entry { lost: Some(kind), at, .. }) = lost else { return (mistakes(text), None) };
    (mistakes(text), Some((kind, at)))
}

/// `apt-config dump` of apt 2.6.1 ends with 100 for each of them ("Extra junk after value", "Extra junk at end of file", "Block
/// starts with no name.", "Directives can only be done at the top level").
#[test]
fn what_apt_refuses() {
    use MistakeKind as K;
    for (text, kind, at) in [
        ("Acquire::http::Proxy \"DIRECT\"\n", K::SemicolonMissing, 29..29),
        ("Acquire::http::Proxy \"DIRECT\"\nA::B \"1\";", K::SemicolonMissing, 29..29),
        ("A::B \"1\"\nAcquire::http { Timeout \"1\"; };", K::SemicolonMissing, 8..8),
        ("A::B 'x y';\n", K::SemicolonMissing, 7..7),
        ("A::B x \"y\";\n", K::SemicolonMissing, 6..6),
        ("Acquire::http::Proxy http://p:1;\n", K::QuoteMissing, 21..31),
        ("Acquire::http::Proxy 'http://p:1';\n", K::QuoteMissing, 21..33),
        ("Acquire::http::Proxy \"http://p:1;\n", K::QuoteOpen, 21..33),
        ("Acquire::http::Proxy \"http://p:1;\nA::B \"1\";\n", K::QuoteOpen, 21..33),
        ("Acquire::http::Proxy http:1\";\n", K::QuoteOpen, 27..29),
        ("Acquire::http::Proxy = \"a\";\n", K::EqualsSign, 21..22),
        ("Acquire::", K::CutOff, 0..9),
        ("#clear Acquire", K::CutOff, 0..6),
        ("#clear;", K::DirectiveUnknown, 0..6),
        ("#clear A B;", K::SemicolonMissing, 8..8),
        ("#clearer A;", K::DirectiveUnknown, 0..8),
        ("A { #clear B; };", K::DirectiveInBraces, 4..10),
        ("A { #clear; };", K::DirectiveUnknown, 4..10),
        ("A { { B \"1\"; }; };", K::BlockNameMissing, 4..5),
    ] {
        assert_eq!(refused(text), ([(kind, at.clone())].into(), Some((kind, at))), "{text}");
        cuts::hold(text, read);
    }
    let two = "Acquire::http::Proxy \"DIRECT\"\nAcquire::https::Proxy \"DIRECT\";";
    assert_eq!(entries(two).len(), 3, "they are given all the same");
    let cut = "Acquire::http {\n  Proxy http://p:1;\n  Timeout \"3\";\n};\n";
    assert_eq!(refused(cut).1, Some((K::QuoteMissing, 24..34)));
    assert_eq!(entries("Acquire::http { Proxy http://p:1;\n};"), ["Acquire::http::Proxy http: @http:"]);
    let first = "A x y;\nAcquire::http::Proxy \"http://p:1;\n";
    assert_eq!(refused(first).1, Some((K::SemicolonMissing, 3..3)), "the first one counts");
}

/// And with 0 for these, of which it takes what stands before the mistake, or all of it.
#[test]
fn what_apt_overlooks() {
    use MistakeKind as K;
    for (text, mistakes) in [
        ("Acquire::http::Proxy=\"a\";", &[(K::EqualsSign, 0..24)][..]),
        ("};a { b { ", &[(K::BraceUnpaired, 0..1), (K::BraceUnpaired, 4..5)]),
        ("Acquire { http { Proxy \"http://p:1\"; };\n", &[(K::BraceUnpaired, 8..9)]),
        ("Acquire::http { Proxy http://p:1;\n};\n", &[(K::QuoteMissing, 22..32)]),
        ("Acquire::http::Proxy http://p:1;\n;", &[(K::QuoteMissing, 21..31)]),
        ("/* x", &[(K::CutOff, 0..2)]),
        ("A;\n#include;\nA::B 'x';\nA::B \"x\"y;;", &[]),
    ] {
        assert_eq!(refused(text), (mistakes.into(), None), "{text}");
    }
}

#[test]
fn any_bytes() {
    cuts::hold(SAMPLE, read);
}
