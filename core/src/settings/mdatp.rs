//! Defender for Endpoint on Linux and macOS (mdatp): its managed settings, and what its command says.
//!
//! The managed settings (`mdatp_managed.json`) have the proxy at `cloudService.proxy`. A `proxy` elsewhere is a mistake: nothing
//! reads it, and the product says nothing.
//!
//! `mdatp health` does not show a proxy: it is known, and read with no settings. What sets one is `mdatp config proxy set --value URL`, which
//! scripts and histories of shells have.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope, json, place};
use crate::target::lines;

/// Reads `mdatp_managed.json`.
///
/// JSON that is broken, or of another shape, is one mistake, and sets nothing.
pub fn read_managed(text: &str) -> Reading<'_> {
    let mut reading = Reading::default();
    let json = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if json.trim().is_empty() {
        return reading;
    }
    match json::members(json) {
        (members, None) => object(text, members, Level::Root, &mut reading),
        (_, Some(mistake)) => {
            let mistake = mistake.shifted(text.len().saturating_sub(json.len()));
            reading.lose(Key::MdatpProxy, scope(), mistake.kind, mistake.at.clone());
            reading.mistakes.push(mistake);
        }
    }
    reading
}

/// Whether this is what `mdatp health` prints, in lines `name : value` or as JSON: it says whether the product is healthy, and one
/// of the things that it says in every version beside that.
pub fn is_health(text: &str) -> bool {
    let (mut is_healthy, mut is_mdatp) = (false, false);
    for line in text.split(['\n', ',']) {
        let Some((name, _)) = line.split_once(':') else { continue };
        match name.trim_matches(|character: char| character.is_whitespace() || "{\"".contains(character)) {
            "healthy" => is_healthy = true,
            "licensed" | "app_version" | "appVersion" | "org_id" | "orgId" => is_mdatp = true,
            _ => {}
        }
    }
    is_healthy && is_mdatp
}

/// Reads a text with commands `mdatp config proxy set`, and passes over all else, the output of `mdatp health` too.
pub fn read_commands(text: &str) -> Reading<'_> {
    let mut reading = Reading::default();
    for (_, _, line) in lines(text) {
        if line.trim_start().starts_with('#') {
            continue;
        }
        let mut words = line.split_whitespace();
        if !words.any(|word| word == "mdatp" || word.ends_with("/mdatp")) {
            continue;
        }
        let is_set = ["config", "proxy", "set"].into_iter().all(|want| words.next() == Some(want));
        let Some(value) = is_set.then(|| words.next()).flatten() else { continue };
        let value = match value.strip_prefix("--value") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        let Some(value) = value else { continue };
        let unquoted = ['"', '\''].into_iter().find_map(|mark| value.strip_prefix(mark)?.strip_suffix(mark));
        let value = unquoted.unwrap_or(value);
        reading.add(Key::MdatpLocalProxy, scope(), value, place(text, value));
    }
    reading
}

fn scope() -> Scope<'static> {
    Scope::Service("mdatp".into())
}

/// Where an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    CloudService,
    /// Any other one, in the root or in `cloudService`.
    Other,
}

fn object<'a>(text: &'a str, members: Vec<(String, &'a str)>, level: Level, reading: &mut Reading<'a>) {
    for (name, raw) in members {
        let at = place(text, raw);
        if level == Level::CloudService && name == "proxy" {
            proxy(raw, at, reading);
        } else if name.eq_ignore_ascii_case("proxy") {
            reading.note(MistakeKind::SettingPlace, at);
        } else if level != Level::Other {
            let is_cloud_service = level == Level::Root && name == "cloudService";
            match json::members(raw) {
                (inner, None) => {
                    let level = if is_cloud_service { Level::CloudService } else { Level::Other };
                    object(text, inner, level, reading);
                }
                _ if is_cloud_service => lost(MistakeKind::SettingType, at, reading),
                _ => {}
            }
        }
    }
}

/// The proxy, which is written so at this place.
fn proxy<'a>(raw: &'a str, at: Range<usize>, reading: &mut Reading<'a>) {
    match json::string(raw) {
        // The quotation marks stand around it.
        Some(value) => {
            let inner = at.start.saturating_add(1)..at.end.saturating_sub(1);
            reading.add(Key::MdatpProxy, scope(), value, inner);
        }
        None if raw.starts_with('"') => lost(MistakeKind::NotText, at, reading),
        None => lost(MistakeKind::SettingType, at, reading),
    }
}

/// A proxy that is set, and cannot be read.
fn lost(why: MistakeKind, at: Range<usize>, reading: &mut Reading<'_>) {
    reading.note(why, at.clone());
    reading.lose(Key::MdatpProxy, scope(), why, at);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;
    use std::string::ToString as _;
    use std::vec::Vec;

    const MANAGED: &str = r#"{
  "antivirusEngine": {"enforcementLevel": "real_time", "exclusions": [{"$type": "excludedPath", "path": "/proxy"}]},
  "cloudService": {
    "enabled": true,
    "proxy": "http://proxy.example:3128/"
  }
}
"#;

    fn mistakes(text: &str) -> Vec<(MistakeKind, &str)> {
        read_managed(text).mistakes.into_iter().map(|mistake| (mistake.kind, &text[mistake.at])).collect()
    }

    #[test]
    fn managed_settings() {
        for text in [MANAGED.to_string(), MANAGED.replace('\n', "\r\n"), ["\u{FEFF}", MANAGED].concat()] {
            let reading = read_managed(&text);
            assert_eq!(reading.mistakes, []);
            let [entry] = &reading.entries[..] else { panic!("{reading:?}") };
            assert_eq!((entry.key, &*entry.value), (Key::MdatpProxy, "http://proxy.example:3128/"));
            assert_eq!(text[entry.at.clone()], *entry.value);
        }
        let escaped = r#"{"cloudService": {"pro\u0078y": "http:\/\/proxy.example:3128"}}"#;
        let reading = read_managed(escaped);
        assert_eq!(reading.entries[0].value, "http://proxy.example:3128");
        assert_eq!(&escaped[reading.entries[0].at.clone()], r"http:\/\/proxy.example:3128");
    }

    #[test]
    fn a_proxy_that_nothing_reads() {
        use MistakeKind as K;
        let text = r#"{"proxy": "http://a:1", "antivirusEngine": {"proxy": "b"}, "cloudService": {"Proxy": "c", "x": {"proxy": 4}}}"#;
        assert_eq!(
            mistakes(text),
            [
                (K::SettingPlace, "\"http://a:1\""),
                (K::SettingPlace, "\"b\""),
                (K::SettingPlace, "\"c\""),
                (K::SettingPlace, "4")
            ]
        );
        assert_eq!(
            mistakes(r#"{"cloudservice": {"proxy": "http://a:1"}}"#),
            [(K::SettingPlace, "\"http://a:1\"")]
        );
        assert_eq!(mistakes(r#"{"cloudService": {"proxy": null}}"#), [(K::SettingType, "null")]);
        assert_eq!(mistakes(r#"{"cloudService": "http://a:1"}"#), [(K::SettingType, "\"http://a:1\"")]);
        assert_eq!(mistakes(r#"{"cloudService": {"proxy": "a:1"}}"#), [(K::MdatpProxyScheme, "")]);
        let sample = r#"{"cloudService": {"proxy": "http://proxy.server:port/"}}"#;
        assert_eq!(mistakes(sample), [(K::SampleValue, "proxy.server"), (K::Port, "port")]);
    }

    #[test]
    fn broken_json() {
        use MistakeKind as K;
        let of = |text: &str| -> Vec<_> {
            read_managed(text).mistakes.into_iter().map(|mistake| (mistake.kind, mistake.at)).collect()
        };
        assert_eq!(of("{\n \"a\": x\n}"), [(K::FormUnknown, 8..9)]);
        assert_eq!(of("{\"a\": 1,}"), [(K::FormUnknown, 8..9)]);
        assert_eq!(of("{\"a\": 1"), [(K::CutOff, 6..7)]);
        assert_eq!(of("{\"a\": é}"), [(K::FormUnknown, 6..8)]);
        assert_eq!(of("[1]").len(), 1);
        assert_eq!(of(" \n"), []);
    }

    #[test]
    fn commands() {
        let text = "healthy : true\ncloud_enabled : true [managed]\n# mdatp config proxy set --value http://old:1\n\
                    sudo /usr/bin/mdatp config proxy set --value \"http://proxy.example:3128\"\n\
                    mdatp config proxy set --value=192.0.2.7:80\nmdatp config proxy set --value\nmdatp health\n";
        let reading = read_commands(text);
        let found: Vec<_> = reading.entries.iter().map(|entry| &text[entry.at.clone()]).collect();
        assert_eq!(found, ["http://proxy.example:3128", "192.0.2.7:80"]);
        let mistakes: Vec<_> = reading.mistakes.iter().map(|mistake| mistake.kind).collect();
        assert_eq!(mistakes, [MistakeKind::MdatpProxyScheme]);
        cuts::hold(text, read_commands);
    }

    #[test]
    fn any_bytes() {
        cuts::hold(MANAGED, read_managed);
        cuts::hold(r#"{"proxy": "x", "cloudService": {"proxy": "http:\/\/a:1"}}"#, read_managed);
    }
}
