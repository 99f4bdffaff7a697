//! What is wrong with values, by their keys.

use super::*;

fn found(key: Key, value: &str) -> Vec<(MistakeKind, Range<usize>)> {
    mistakes(key, value).into_iter().map(|mistake| (mistake.kind, mistake.at)).collect()
}

#[test]
fn the_sensor_wants_no_scheme() {
    use MistakeKind as K;
    let of = |value| found(Key::TelemetryProxyServer, value);
    assert_eq!(of("proxy.example:8080"), []);
    assert_eq!(of("proxy.example"), [], "the port is optional (ADMX)");
    assert_eq!(of("http://proxy.example:8080"), [(K::SensorProxyScheme, 0..7)]);
    assert_eq!(of("http://proxy.example:80x"), [(K::SensorProxyScheme, 0..7), (K::Port, 21..24)]);
    assert_eq!(of("proxy.example :8080"), [(K::SensorProxyBlank, 13..14)]);
    assert_eq!(of("a:1;b:2"), [(K::SensorProxyList, 3..7)]);
    assert_eq!(of("a:1,b:2"), [(K::SensorProxyList, 3..7)]);
    assert_eq!(of("a:1 b:2"), [(K::SensorProxyBlank, 3..4)]);
    assert_eq!(of("a:1/"), [(K::SensorProxyPath, 3..4)]);
    assert_eq!(of("http://a:1/x"), [(K::SensorProxyScheme, 0..7), (K::SensorProxyPath, 10..12)]);
    assert_eq!(of("u:p;w@a:1"), [(K::ProxyLogin, 0..5)]);
    assert_eq!(of("a:1;b:2 "), [(K::SensorProxyList, 3..7), (K::SensorProxyBlank, 7..8)]);
    assert_eq!(of(" a:1x"), [(K::SensorProxyBlank, 0..1), (K::Port, 3..5)]);
    assert_eq!(of("a:1\u{a0}"), [(K::SensorProxyBlank, 3..5)]);
    assert_eq!(
        of("http://a_ä:1x/y "),
        [
            (K::SensorProxyScheme, 0..7),
            (K::HostNotAscii, 9..11),
            (K::Port, 12..14),
            (K::SensorProxyPath, 14..16),
            (K::SensorProxyBlank, 16..17)
        ]
    );
    assert_eq!(of(" "), []);
}

#[test]
fn the_antivirus_wants_one() {
    use MistakeKind as K;
    let of = |value| found(Key::AntivirusProxyServer, value);
    assert_eq!(of("http://proxy.example:8080"), []);
    assert_eq!(of("proxy.example:8080"), [(K::AntivirusProxyScheme, 0..0)]);
    assert_eq!(of("ftp://proxy.example:8080"), [(K::ProxySchemeUnknown, 0..3)]);
    assert_eq!(of("https://proxy.example:8080/"), [], "a slash may follow");
    assert_eq!(of("http://proxy.example:8080/x"), [(K::ProxyPath, 25..27)]);
    assert_eq!(of("http://a:1;http://b:2"), [(K::AntivirusProxyList, 10..21)]);
    assert_eq!(of("http://u:p@a:1"), [(K::ProxyLogin, 7..10)]);
    assert_eq!(of("a:1 b:2"), [(K::AntivirusProxyScheme, 0..0), (K::AntivirusProxyList, 3..7)]);
    assert_eq!(found(Key::MdatpProxy, "proxy:1"), [(K::MdatpProxyScheme, 0..0)]);
    let all = [(K::ProxyLogin, 7..10), (K::HostCharacter, 12..13), (K::Port, 15..20), (K::ProxyPath, 20..22)];
    assert_eq!(of("http://u:p@a b:99999/x"), all);
    let info =
        [(K::PercentEncoding, 7..11), (K::ProxyLogin, 7..11), (K::HostMissing, 12..12), (K::Port, 13..14)];
    assert_eq!(of("http://u:p%@:0"), info);
    assert_eq!(
        of("socks5://u:p@a:x"),
        [(K::ProxySchemeUnknown, 0..6), (K::ProxyLogin, 9..12), (K::Port, 15..16)]
    );
    assert_eq!(of("http://a..b:80"), [(K::HostLength, 7..11)]);
    assert_eq!(of("http://a..b:80/"), [(K::HostLength, 7..11)]);
    assert_eq!(of("http:///x"), [(K::HostMissing, 7..7), (K::ProxyPath, 7..9)]);
    assert_eq!(of("http://[::1:80/x"), [(K::AddressBrackets, 7..14), (K::ProxyPath, 14..16)]);
}

#[test]
fn samples_left_in_place() {
    use MistakeKind as K;
    let of = found(Key::MdatpProxy, "http://proxy.server:port/");
    assert_eq!(of, [(K::SampleValue, 7..19), (K::Port, 20..24)]);
    assert_eq!(found(Key::GnomeMode, "proxy.server"), []);
    for (value, at) in [
        ("proxy.contoso.com:8080", Some(6..17)),
        ("CONTOSO.com", Some(0..11)),
        ("proxy.server:8080", Some(0..12)),
        ("<proxy-server>:8080", Some(0..6)),
        ("your-proxy.corp.example:1", Some(0..10)),
        // Real names that only look like them.
        ("proxy.serverfarm.example:1", None),
        ("my-proxy.server:1", None),
        ("notcontoso.com:1", None),
        ("contoso.com.example:1", None),
    ] {
        let samples =
            found(Key::InetProxyServer, value).into_iter().filter(|(kind, _)| *kind == K::SampleValue);
        assert_eq!(samples.map(|(_, at)| at).next(), at, "{value}");
    }
    assert_eq!(found(Key::InetProxyOverride, "*.contoso.com"), []);
    assert_eq!(found(Key::Variable(Variable::NoProxy), ".contoso.com"), []);
    let variable = |value| found(Key::Variable(Variable::HttpsProxyUpper), value);
    assert_eq!(variable("http://u:proxy.server@a:1/"), [], "a password");
    assert_eq!(variable("http://proxy.server:port/"), [(K::SampleValue, 7..19)]);
    let word = "http://u:p@ss@proxy.corp.example:3128";
    assert_eq!(variable(word), [(K::CredentialCharacter, 7..13)]);
    assert_eq!(variable("http://u:p%40ss@proxy.corp.example:3128"), []);
}

#[test]
fn the_agents_of_azure_and_mdatp() {
    use MistakeKind as K;
    let of = |value| found(Key::MmaProxyUrl, value);
    for good in
        ["proxy", "proxy.example:3128", "https://proxy.example", "https://u-1:p%40ss@proxy.example:3128"]
    {
        assert_eq!(of(good), [], "{good}");
    }
    assert_eq!(of("https://u:p@ss@proxy.example"), [(K::CredentialCharacter, 8..14)]);
    assert_eq!(of("u:p:ss@proxy.example"), [(K::CredentialCharacter, 0..6)]);
    assert_eq!(of(" u:p%4@proxy.example"), [(K::PercentEncoding, 1..6)]);
    for domain in ["corp\\u:p@proxy.example", "corp%5Cu:p@proxy.example"] {
        assert_eq!(of(domain), [(K::CredentialDomain, 0..domain.len() - 14)]);
    }
    assert_eq!(of("socks5://proxy.example"), [(K::ProxySchemeUnknown, 0..6)]);
    assert_eq!(of("proxy.example:99999"), [(K::Port, 14..19)]);
    assert_eq!(of("https://proxy.contoso.com:1"), [(K::SampleValue, 14..25)]);
    let of = |value| found(Key::MdatpProxy, value);
    assert_eq!(of("http://proxy.example:3128/"), []);
    assert_eq!(of("https://proxy.example:3128"), []);
    assert_eq!(of("http://u:p@proxy.example:1"), [(K::ProxyLogin, 7..10)]);
    assert_eq!(of("http://a:1, http://b:1"), [(K::ProxyList, 10..22)]);
    let of = |value| found(Key::ArcProxyUrl, value);
    assert_eq!(of("http://u:p@proxy.example:1"), []);
    assert_eq!(of("proxy.example:1"), [(K::ArcProxyScheme, 0..0)]);
}

#[test]
fn mdatp_logs_in_by_no_variable() {
    let of = |key, service: &'static str, value| {
        login_of_mdatp(key, &Scope::Service(service.into()), value).map(|mistake| mistake.at)
    };
    let login = "http://user:pw@proxy.corp.example:3128/";
    for variable in [Variable::HttpsProxyUpper, Variable::HttpProxy, Variable::AllProxy] {
        for service in ["mdatp", "mdatp.service"] {
            assert_eq!(of(Key::Variable(variable), service, login), Some(7..14), "{variable}");
        }
    }
    let https = Key::Variable(Variable::HttpsProxyUpper);
    assert_eq!(of(https, "mdatp", "http://proxy.corp.example:3128/"), None);
    assert_eq!(of(https, "docker", login), None);
    assert_eq!(of(Key::Variable(Variable::NoProxy), "mdatp", "a@b"), None);
    assert_eq!(of(Key::MdatpProxy, "mdatp", login), None, "this has been told");
    assert_eq!(login_of_mdatp(https, &Scope::Machine, login), None);
}

#[test]
fn apts_proxies() {
    use MistakeKind as K;
    for key in [Key::AptHttp, Key::AptHttps] {
        for good in
            ["http://u:p@proxy.example:3142/", "https://proxy.example", "socks5h://p:1", "DIRECT", "false"]
        {
            assert_eq!(found(key, good), [], "{good}");
        }
        assert_eq!(found(key, "proxy.example:3142"), [(K::AptProxyScheme, 0..0)]);
        assert_eq!(found(key, "HTTP://proxy.example"), [(K::AptProxyScheme, 0..4)]);
        assert_eq!(found(key, "direct"), [(K::AptProxyScheme, 0..0)]);
    }
    assert_eq!(found(Key::AptHttpHost, "deb.example DIRECT"), []);
    assert_eq!(found(Key::AptHttpsHost, "deb.example p:1"), [(K::AptProxyScheme, 0..0)]);
}

#[test]
fn lists_of_proxies() {
    use MistakeKind as K;
    let of = |value| found(Key::InetProxyServer, value);
    assert_eq!(of("http=a:80;https=b:443 c:1"), []);
    assert_eq!(of("http=a:80;https=b:8x;htp=c:1"), [(K::Port, 18..20), (K::ListTag, 21..24)]);
}

#[test]
fn numbers_and_files() {
    use MistakeKind as K;
    assert_eq!(found(Key::AntivirusSslOptions, "3"), []);
    assert_eq!(found(Key::AntivirusSslOptions, "4"), [(K::SettingNumber, 0..1)]);
    assert_eq!(found(Key::InetProxyEnable, "yes"), [(K::SettingNumber, 0..3)]);
    assert_eq!(found(Key::InetAutoConfigUrl, "HTTP://w/p.pac"), []);
    assert_eq!(found(Key::InetAutoConfigUrl, "w/p.pac"), [(K::PacUrlScheme, 0..7)]);
    assert_eq!(found(Key::AntivirusProxyPacUrl, "w/p.pac"), [(K::AntivirusPacScheme, 0..7)]);
    assert_eq!(found(Key::DisableEnterpriseAuthProxy, "2"), [(K::AuthProxyNumber, 0..1)]);
    assert_eq!(found(Key::PreferStaticProxy, "yes"), [(K::SettingNumber, 0..3)]);
    assert_eq!(found(Key::AdvProxyIsEnabled, "true"), []);
    for key in [Key::WinHttpBypass, Key::InetProxyOverride, Key::AdvProxyBypass, Key::AntivirusProxyBypass] {
        assert_eq!(found(key, "<local>;*.corp.example"), []);
        assert_eq!(found(key, "*.a.example,*.b.example,c"), [(K::BypassComma, 11..12)]);
    }
}

#[test]
fn what_a_policy_sets_is_mended_in_it() {
    use MistakeKind as K;
    for kind in [
        K::SensorProxyScheme,
        K::SensorProxyBlank,
        K::SensorProxyList,
        K::SensorProxyPath,
        K::AuthProxyNumber,
        K::AntivirusProxyScheme,
        K::AntivirusProxyList,
        K::AntivirusPacScheme,
    ] {
        assert!(kind.hint().contains("(Group Policy: Computer Configuration > "), "{kind}");
    }
}
