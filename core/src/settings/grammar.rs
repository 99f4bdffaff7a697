//! What the value of each setting must look like, once for all formats that it is written in.
//!
//! The rules are those of the products' own pages; where products differ they differ here (Defender's EDR sensor wants no
//! scheme where its antivirus wants one). A remedy names the Group Policy by its path, since that is where it is mended.

use alloc::vec::Vec;
use core::ops::{Range, RangeInclusive};

use crate::mistake::{Mistake, MistakeKind};
use crate::select::environment::Variable;
use crate::select::proxy_list;
use crate::settings::{Key, Scope};

mod one_proxy;
pub(crate) mod update_sources;

/// Hosts of samples in documentation that are found in real settings (`http://proxy.server:port/` of mdatp's pages).
const SAMPLES: [&str; 3] = ["proxy.server", "address:port", "host:port"];

/// The domains of Microsoft's invented companies.
const INVENTED: [&str; 2] = ["contoso.com", "fabrikam.com"];

/// How samples begin that are to be filled in.
const BLANKS: [&str; 7] = ["<proxy", "<server", "<host", "<address", "<ip", "<your", "your-proxy"];

/// Everything that is wrong with a value, with places in it. An empty value is a setting that is not made.
pub fn mistakes(key: Key, value: &str) -> Vec<Mistake> {
    let mut found = Vec::new();
    if value.trim().is_empty() {
        return found;
    }
    match key {
        Key::TelemetryProxyServer => sensor_proxy(value, &mut found),
        Key::AntivirusProxyServer => {
            one_proxy(value, MistakeKind::AntivirusProxyScheme, MistakeKind::AntivirusProxyList, &mut found);
            login(value, &mut found);
        }
        Key::AntivirusProxyPacUrl => pac_url(value, MistakeKind::AntivirusPacScheme, &mut found),
        Key::InetAutoConfigUrl | Key::AdvAutoconfigUrl | Key::GnomeAutoconfigUrl | Key::MacAutoConfigUrl => {
            pac_url(value, MistakeKind::PacUrlScheme, &mut found);
        }
        Key::AntivirusFallbackOrder => found.extend(update_sources::of(value).1),
        Key::AntivirusSslOptions => number(value, 0..=3, MistakeKind::SettingNumber, &mut found),
        Key::DisableEnterpriseAuthProxy => number(value, 0..=1, MistakeKind::AuthProxyNumber, &mut found),
        Key::PreferStaticProxy
        | Key::AdvProxyIsEnabled
        | Key::AdvAutoconfigIsEnabled
        | Key::AdvAutoDetect
        | Key::AdvPerUser
        | Key::InetProxyEnable
        | Key::InetAutoDetect
        | Key::InetPerUser
        | Key::MacHttpEnable
        | Key::MacHttpsEnable
        | Key::MacSocksEnable
        | Key::MacExcludeSimple
        | Key::MacAutoConfigEnable
        | Key::MacAutoDiscovery => number(value, 0..=1, MistakeKind::SettingNumber, &mut found),
        Key::WinHttpProxy | Key::InetProxyServer | Key::AdvProxy => {
            found.extend(proxy_list::windows(value).1);
        }
        Key::AntivirusProxyBypass | Key::WinHttpBypass | Key::AdvProxyBypass | Key::InetProxyOverride => {
            let commas = value.match_indices(',').take(1);
            found.extend(
                commas.map(|(at, _)| Mistake::new(MistakeKind::BypassComma, at..at.saturating_add(1))),
            );
        }
        Key::KdeProxyType => number(value, 0..=4, MistakeKind::SettingNumber, &mut found),
        Key::MacHttpPort
        | Key::MacHttpsPort
        | Key::MacSocksPort
        | Key::GnomeHttpPort
        | Key::GnomeHttpsPort
        | Key::GnomeSocksPort => {
            port(value, &mut found);
        }
        Key::MdatpProxy | Key::MdatpLocalProxy => {
            one_proxy(value, MistakeKind::MdatpProxyScheme, MistakeKind::ProxyList, &mut found);
            login(value, &mut found);
        }
        Key::ArcProxyUrl => {
            one_proxy(value, MistakeKind::ArcProxyScheme, MistakeKind::ProxyList, &mut found);
        }
        Key::MmaProxyUrl => log_analytics_proxy(value, &mut found),
        Key::AptHttp | Key::AptHttps => apt_proxy(value, &mut found),
        Key::AptHttpHost | Key::AptHttpsHost => {
            apt_proxy(value.split_once(' ').map_or("", |(_, own)| own), &mut found);
        }
        // Some programs take the first `@` for the end of user and password (curl, wget), and some the last one.
        Key::Variable(_) if names_a_proxy(key) => {
            let info =
                user_info(value).filter(|at| value.get(at.clone()).is_some_and(|info| info.contains('@')));
            found.extend(info.map(|at| Mistake::new(MistakeKind::CredentialCharacter, at)));
        }
        _ => {}
    }
    if names_a_proxy(key) {
        found.extend(sample(value));
    }
    found.sort_by_key(|mistake| (mistake.at.start, mistake.at.end));
    found
}

/// The login in a variable of mdatp's service. Of other programs a variable may hold one.
pub(super) fn login_of_mdatp(key: Key, scope: &Scope<'_>, value: &str) -> Option<Mistake> {
    let is_its = matches!(scope, Scope::Service(service) if service.trim_end_matches(".service") == "mdatp");
    let names_a_proxy = matches!(key, Key::Variable(_)) && names_a_proxy(key);
    let at = user_info(value).filter(|_| is_its && names_a_proxy)?;
    Some(Mistake::new(MistakeKind::ProxyLogin, at))
}

fn names_a_proxy(key: Key) -> bool {
    use Variable as V;
    match key {
        Key::TelemetryProxyServer
        | Key::AntivirusProxyServer
        | Key::AntivirusProxyPacUrl
        | Key::MdatpProxy
        | Key::MdatpLocalProxy
        | Key::MmaProxyUrl
        | Key::ArcProxyUrl
        | Key::WinHttpProxy
        | Key::InetProxyServer
        | Key::InetAutoConfigUrl
        | Key::AdvProxy
        | Key::AdvAutoconfigUrl
        | Key::AptHttp
        | Key::AptHttps
        | Key::GnomeHttpHost
        | Key::GnomeHttpsHost
        | Key::KdeHttp
        | Key::KdeHttps
        | Key::MacHttpProxy
        | Key::MacHttpsProxy => true,
        Key::Variable(variable) => !matches!(variable, V::NoProxy | V::NoProxyUpper | V::RequestMethod),
        _ => false,
    }
}

/// One server as `host:port`, without scheme and blanks (ADMX of `DataCollection`; the client analyzer warns of blanks).
fn sensor_proxy(value: &str, found: &mut Vec<Mistake>) {
    let scheme = value.find("://").map(|at| at.saturating_add(3));
    if let Some(end) = scheme {
        found.push(Mistake::new(MistakeKind::SensorProxyScheme, 0..end));
    }
    let is_login = login(value, found);
    let blank = |at: usize| {
        let length = value.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Mistake::new(MistakeKind::SensorProxyBlank, at..at.saturating_add(length))
    };
    let end = value.trim_end().len();
    let edge = if value.starts_with(char::is_whitespace) {
        Some(0)
    } else {
        Some(end).filter(|end| *end < value.len())
    };
    found.extend(edge.map(blank));
    let rest = value.get(scheme.unwrap_or_default()..end).unwrap_or_default().trim_start();
    let start = end.saturating_sub(rest.len());
    if let Some(at) = rest.find([';', ',']).filter(|_| !is_login) {
        found.push(Mistake::new(MistakeKind::SensorProxyList, start.saturating_add(at)..end));
    } else if let Some(at) = rest.find(char::is_whitespace) {
        found.push(blank(start.saturating_add(at)));
    } else {
        let before = found.len();
        one_proxy::mistakes(rest, start, found);
        let own = found.get_mut(before..).unwrap_or_default();
        let path = own.iter_mut().find(|mistake| mistake.kind == MistakeKind::ProxyPath);
        if let Some(mistake) = path {
            mistake.kind = MistakeKind::SensorProxyPath;
        } else if rest.ends_with('/') {
            found.push(Mistake::new(MistakeKind::SensorProxyPath, end.saturating_sub(1)..end));
        }
    }
}

/// `http://host:port` or `https://host:port`; a slash may follow.
fn one_proxy(value: &str, no_scheme: MistakeKind, list: MistakeKind, found: &mut Vec<Mistake>) {
    let lead = value.len().saturating_sub(value.trim_start().len());
    let trimmed = value.trim();
    if !trimmed.contains("://") {
        found.push(Mistake::new(no_scheme, lead..lead));
    }
    // A password may have such a character in it.
    let separator = trimmed.find(|one: char| matches!(one, ';' | ',') || one.is_whitespace());
    match separator.filter(|_| !trimmed.contains('@')) {
        Some(at) => {
            found.push(Mistake::new(list, lead.saturating_add(at)..lead.saturating_add(trimmed.len())));
        }
        None => one_proxy::mistakes(trimmed, lead, found),
    }
}

/// Defender's parts run as `LocalSystem` or root, and never log in at a proxy.
fn login(value: &str, found: &mut Vec<Mistake>) -> bool {
    let info = user_info(value);
    found.extend(info.clone().map(|at| Mistake::new(MistakeKind::ProxyLogin, at)));
    info.is_some()
}

/// The place of user and password.
fn user_info(value: &str) -> Option<Range<usize>> {
    let start = value.find("://").map_or(0, |at| at.saturating_add(3));
    let end = value.rfind('@').filter(|end| *end >= start)?;
    Some(start..end)
}

/// The Log Analytics agent's proxy: `[https://][user:password@]host[:port]`, without logging in or with Basic alone; what is no
/// letter, no digit and none of `-._~` is percent-encoded in user and password (page "Install Log Analytics agent on Linux").
fn log_analytics_proxy(value: &str, found: &mut Vec<Mistake>) {
    let lead = value.len().saturating_sub(value.trim_start().len());
    let trimmed = value.trim();
    let info = user_info(trimmed);
    let (user, password) = info
        .clone()
        .and_then(|at| trimmed.get(at))
        .map(|info| info.split_once(':').unwrap_or((info, "")))
        .unwrap_or_default();
    let is_plain = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '.' | '_' | '~' | '%');
    let is_of_domain = user.contains('\\') || user.to_ascii_lowercase().contains("%5c");
    if let Some(at) = info {
        let at = at.start.saturating_add(lead)..at.end.saturating_add(lead);
        if is_of_domain {
            found.push(Mistake::new(MistakeKind::CredentialDomain, at));
        } else if !user.chars().chain(password.chars()).all(is_plain) {
            found.push(Mistake::new(MistakeKind::CredentialCharacter, at));
        }
    }
    one_proxy::mistakes(trimmed, lead, found);
}

/// A URL with its scheme in lower case; `DIRECT` and `false` are no proxy. apt takes SOCKS proxies, too.
fn apt_proxy(value: &str, found: &mut Vec<Mistake>) {
    let is_none = ["DIRECT", "false"].contains(&value.trim());
    let scheme = value.trim().split_once("://").map(|(scheme, _)| scheme);
    if !is_none && !scheme.is_some_and(|scheme| ["http", "https", "socks5h"].contains(&scheme)) {
        found.push(Mistake::new(MistakeKind::AptProxyScheme, 0..scheme.map_or(0, str::len)));
    }
}

fn pac_url(value: &str, no_scheme: MistakeKind, found: &mut Vec<Mistake>) {
    let trimmed = value.trim();
    let known = ["http://", "https://", "file://"];
    let has =
        |scheme: &&str| trimmed.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if !known.iter().any(has) {
        found.push(Mistake::new(no_scheme, 0..value.len()));
    }
}

fn number(value: &str, range: RangeInclusive<u32>, kind: MistakeKind, found: &mut Vec<Mistake>) {
    let is_known = matches!(value.trim(), "true" | "false") && range == (0..=1);
    if !is_known && !value.trim().parse().is_ok_and(|number| range.contains(&number)) {
        found.push(Mistake::new(kind, 0..value.len()));
    }
}

fn port(value: &str, found: &mut Vec<Mistake>) {
    // 0 is what GNOME writes where no port is set.
    if value.trim().parse::<u16>().is_err() {
        found.push(Mistake::new(MistakeKind::Port, 0..value.len()));
    }
}

/// The first sample in a value. What stands before the last `@` is a password's.
fn sample(value: &str) -> Option<Mistake> {
    let lower = value.to_ascii_lowercase();
    let start = user_info(value).map_or(0, |at| at.end);
    let rest = lower.get(start..)?;
    let of_host = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '.');
    let find = |name: &str, may_be_below: bool| {
        let mut places = rest.match_indices(name).map(|(at, name)| at..at.saturating_add(name.len()));
        places.find(|at| {
            let before = rest.get(..at.start).unwrap_or_default().chars().next_back();
            let is_begin = before.is_none_or(|one| (one == '.' && may_be_below) || !of_host(one));
            is_begin && !rest.get(at.end..).unwrap_or_default().starts_with(of_host)
        })
    };
    let whole = SAMPLES.iter().find_map(|name| find(name, false));
    let whole = whole.or_else(|| INVENTED.iter().find_map(|name| find(name, true)));
    let blank =
        || BLANKS.iter().find_map(|blank| rest.find(blank).map(|at| at..at.saturating_add(blank.len())));
    whole.or_else(blank).map(|at| Mistake::new(MistakeKind::SampleValue, at).shifted(start))
}

#[cfg(test)]
mod tests {
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
        let all =
            [(K::ProxyLogin, 7..10), (K::HostCharacter, 12..13), (K::Port, 15..20), (K::ProxyPath, 20..22)];
        assert_eq!(of("http://u:p@a b:99999/x"), all);
        let info = [
            (K::PercentEncoding, 7..11),
            (K::ProxyLogin, 7..11),
            (K::HostMissing, 12..12),
            (K::Port, 13..14),
        ];
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
            for good in [
                "http://u:p@proxy.example:3142/",
                "https://proxy.example",
                "socks5h://p:1",
                "DIRECT",
                "false",
            ] {
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
        for key in
            [Key::WinHttpBypass, Key::InetProxyOverride, Key::AdvProxyBypass, Key::AntivirusProxyBypass]
        {
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
}
