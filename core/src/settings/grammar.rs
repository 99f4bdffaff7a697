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
mod tests;
