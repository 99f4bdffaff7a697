//! What the value of each setting must look like, once for all formats that it is written in.
//!
//! The rules are those of the products' own pages; where products differ they differ here (Defender's EDR sensor wants no
//! scheme where its antivirus wants one). A remedy names the Group Policy by its path, since that is where it is mended.

use alloc::vec::Vec;

use crate::mistake::{Mistake, MistakeKind};
use crate::select::proxy::{Proxy, ProxyPorts};
use crate::select::proxy_list;
use crate::settings::Key;

/// Hosts of samples in documentation that are found in real settings (`http://proxy.server:port/` of mdatp's pages).
const SAMPLES: [&str; 4] = ["proxy.server", "address:port", "<proxy", "your-proxy"];

/// Everything that is wrong with a value, with places in it. An empty value is a setting that is not made.
pub fn mistakes(key: Key, value: &str) -> Vec<Mistake> {
    let mut found = Vec::new();
    if value.trim().is_empty() {
        return found;
    }
    match key {
        Key::TelemetryProxyServer => sensor_proxy(value, &mut found),
        Key::AntivirusProxyServer => antivirus_proxy(value, &mut found),
        Key::AntivirusProxyPacUrl
        | Key::InetAutoConfigUrl
        | Key::AdvAutoconfigUrl
        | Key::GnomeAutoconfigUrl
        | Key::MacAutoConfigUrl => pac_url(value, &mut found),
        Key::AntivirusSslOptions => number(value, 0..=3, &mut found),
        Key::DisableEnterpriseAuthProxy
        | Key::PreferStaticProxy
        | Key::InetProxyEnable
        | Key::InetAutoDetect
        | Key::InetPerUser
        | Key::MacHttpEnable
        | Key::MacHttpsEnable
        | Key::MacExcludeSimple
        | Key::MacAutoConfigEnable
        | Key::MacAutoDiscovery => number(value, 0..=1, &mut found),
        Key::WinHttpProxy | Key::InetProxyServer | Key::AdvProxy => {
            found.extend(proxy_list::windows(value).1);
        }
        Key::KdeProxyType => number(value, 0..=4, &mut found),
        Key::MacHttpPort | Key::MacHttpsPort | Key::GnomeHttpPort | Key::GnomeHttpsPort => {
            port(value, &mut found);
        }
        Key::MdatpProxy | Key::MdatpLocalProxy => url(value, MistakeKind::MdatpProxyScheme, &mut found),
        Key::ArcProxyUrl => url(value, MistakeKind::ArcProxyScheme, &mut found),
        _ => {}
    }
    if names_a_proxy(key) {
        sample(value, &mut found);
    }
    found.sort_by_key(|mistake| mistake.at.start);
    found
}

fn names_a_proxy(key: Key) -> bool {
    matches!(
        key,
        Key::TelemetryProxyServer
            | Key::AntivirusProxyServer
            | Key::MdatpProxy
            | Key::MdatpLocalProxy
            | Key::ArcProxyUrl
            | Key::WinHttpProxy
            | Key::InetProxyServer
            | Key::AdvProxy
            | Key::Variable(_)
    )
}

/// One server as `host:port`, without scheme and blanks (ADMX of `DataCollection`; the client analyzer warns of blanks).
fn sensor_proxy(value: &str, found: &mut Vec<Mistake>) {
    let scheme = value.find("://").map(|at| at.saturating_add(3));
    if let Some(end) = scheme {
        found.push(Mistake::new(MistakeKind::SensorProxyScheme, 0..end));
    }
    let start = scheme.unwrap_or_default();
    let rest = value.get(start..).unwrap_or_default();
    if let Some(at) = rest.find(';') {
        found.push(Mistake::new(MistakeKind::SensorProxyList, start.saturating_add(at)..value.len()));
    } else if let Some(at) = rest.find(char::is_whitespace) {
        let at = start.saturating_add(at);
        found.push(Mistake::new(MistakeKind::SensorProxyBlank, at..at.saturating_add(1)));
    } else if let Err(mistake) = Proxy::parse(rest.trim_end_matches('/'), ProxyPorts::Web) {
        found.push(mistake.shifted(start));
    } else if rest.ends_with('/') {
        found.push(Mistake::new(MistakeKind::ProxyPath, value.len().saturating_sub(1)..value.len()));
    }
}

fn antivirus_proxy(value: &str, found: &mut Vec<Mistake>) {
    url(value, MistakeKind::AntivirusProxyScheme, found);
}

/// `http://host:port` or `https://host:port`; a slash may follow.
fn url(value: &str, no_scheme: MistakeKind, found: &mut Vec<Mistake>) {
    let lead = value.len().saturating_sub(value.trim_start().len());
    let trimmed = value.trim();
    if !trimmed.contains("://") {
        found.push(Mistake::new(no_scheme, lead..lead));
    }
    if let Err(mistake) = Proxy::parse(trimmed, ProxyPorts::Web) {
        found.push(mistake.shifted(lead));
    }
}

fn pac_url(value: &str, found: &mut Vec<Mistake>) {
    let trimmed = value.trim();
    let known = ["http://", "https://", "file://"];
    let has =
        |scheme: &&str| trimmed.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if !known.iter().any(has) {
        found.push(Mistake::new(MistakeKind::PacUrlScheme, 0..value.len()));
    }
}

fn number(value: &str, range: core::ops::RangeInclusive<u32>, found: &mut Vec<Mistake>) {
    let is_known = matches!(value.trim(), "true" | "false") && range == (0..=1);
    if !is_known && !value.trim().parse().is_ok_and(|number| range.contains(&number)) {
        found.push(Mistake::new(MistakeKind::SettingNumber, 0..value.len()));
    }
}

fn port(value: &str, found: &mut Vec<Mistake>) {
    // 0 is what GNOME writes where no port is set.
    if value.trim().parse::<u16>().is_err() {
        found.push(Mistake::new(MistakeKind::Port, 0..value.len()));
    }
}

fn sample(value: &str, found: &mut Vec<Mistake>) {
    let lower = value.to_ascii_lowercase();
    let at =
        SAMPLES.iter().find_map(|sample| lower.find(sample).map(|at| at..at.saturating_add(sample.len())));
    if let Some(at) = at {
        found.push(Mistake::new(MistakeKind::SampleValue, at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(key: Key, value: &str) -> Vec<(MistakeKind, core::ops::Range<usize>)> {
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
        assert_eq!(of("a:1/"), [(K::ProxyPath, 3..4)]);
        assert_eq!(of(" "), []);
    }

    #[test]
    fn the_antivirus_wants_one() {
        use MistakeKind as K;
        let of = |value| found(Key::AntivirusProxyServer, value);
        assert_eq!(of("http://proxy.example:8080"), []);
        assert_eq!(of("proxy.example:8080"), [(K::AntivirusProxyScheme, 0..0)]);
        assert_eq!(of("ftp://proxy.example:8080"), [(K::ProxySchemeUnknown, 0..3)]);
        assert_eq!(found(Key::MdatpProxy, "proxy:1"), [(K::MdatpProxyScheme, 0..0)]);
    }

    #[test]
    fn samples_left_in_place() {
        use MistakeKind as K;
        let of = found(Key::MdatpProxy, "http://proxy.server:port/");
        assert_eq!(of, [(K::SampleValue, 7..19), (K::Port, 20..24)]);
        assert_eq!(found(Key::GnomeMode, "proxy.server"), []);
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
    }
}
