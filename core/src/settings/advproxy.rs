//! `netsh winhttp show advproxy` (Windows 11, Server 2022 and later): a title in the language of Windows, then a JSON object.
//!
//! Older builds print `Proxy` and `ProxyBypass` alone. An address that is not set may be one blank. A file for
//! `netsh winhttp set advproxy settings-file=` has the same members, and is read, too.

use alloc::borrow::Cow;
use alloc::string::String;
use core::ops::Range;

use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope, json, place};

/// Reads such an output: what stands between the first `{` and the last `}`.
///
/// The scope is not printed where it was not asked for: it is the caller's to say, for most the machine.
pub fn read<'a>(text: &'a str, scope: &Scope<'a>) -> Reading<'a> {
    let mut reading = Reading::default();
    let Some(start) = text.find('{') else {
        reading.note(MistakeKind::FormUnknown, 0..text.len());
        reading.lose(Key::AdvProxy, scope.clone(), MistakeKind::FormUnknown, 0..text.len());
        return reading;
    };
    let end = text.rfind('}').filter(|end| *end > start).map_or(text.len(), |end| end.saturating_add(1));
    let object = text.get(start..end).unwrap_or_default();
    let (members, mistake) = json::members(object);
    for (name, raw) in members {
        let at = place(text, raw);
        match name.as_str() {
            "Proxy" => string(Key::AdvProxy, raw, at, scope, &mut reading),
            "ProxyBypass" => string(Key::AdvProxyBypass, raw, at, scope, &mut reading),
            "AutoconfigUrl" => string(Key::AdvAutoconfigUrl, raw, at, scope, &mut reading),
            "ProxyIsEnabled" => switch(Key::AdvProxyIsEnabled, raw, at, scope, &mut reading),
            "AutoConfigIsEnabled" => switch(Key::AdvAutoconfigIsEnabled, raw, at, scope, &mut reading),
            "AutoDetect" => switch(Key::AdvAutoDetect, raw, at, scope, &mut reading),
            "PerUserProxySettings" => switch(Key::AdvPerUser, raw, at, scope, &mut reading),
            _ => {}
        }
    }
    if let Some(mistake) = mistake {
        let mistake = mistake.shifted(start);
        if !reading.entries.iter().any(|entry| entry.key == Key::AdvProxy) {
            reading.lose(Key::AdvProxy, scope.clone(), mistake.kind, mistake.at.clone());
        }
        reading.mistakes.push(mistake);
    }
    reading
}

/// A string without the blanks around it; `null` sets nothing.
pub(super) fn string<'a>(
    key: Key,
    raw: &'a str,
    at: Range<usize>,
    scope: &Scope<'a>,
    reading: &mut Reading<'a>,
) {
    if raw == "null" {
        return;
    }
    match json::string(raw) {
        Some(Cow::Borrowed(value)) => {
            let trimmed = value.trim();
            let start = at.start.saturating_add(place(raw, trimmed).start);
            reading.add(key, scope.clone(), trimmed, start..start.saturating_add(trimmed.len()));
        }
        Some(Cow::Owned(value)) => reading.add(key, scope.clone(), String::from(value.trim()), at),
        None => {
            reading.note(MistakeKind::SettingType, at.clone());
            reading.lose(key, scope.clone(), MistakeKind::SettingType, at);
        }
    }
}

fn switch<'a>(key: Key, raw: &'a str, at: Range<usize>, scope: &Scope<'a>, reading: &mut Reading<'a>) {
    match raw {
        "true" | "false" => reading.add(key, scope.clone(), raw, at),
        "null" => {}
        _ => reading.note(MistakeKind::SettingType, at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;
    use std::format;
    use std::vec::Vec;

    const OUTPUT: &str = r#"
Current WinHTTP advanced proxy settings:

{
  "ProxyIsEnabled": true,
  "Proxy": "http=proxy.example:3128;https=192.0.2.7:8080",
  "ProxyBypass": "<local>;*.corp.example",
  "AutoConfigIsEnabled": false,
  "AutoconfigUrl": " ",
  "AutoDetect": true,
  "PerUserProxySettings": false
}

"#;

    fn entries(text: &str) -> Vec<String> {
        let reading = read(text, &Scope::Machine);
        reading.entries.iter().map(|entry| format!("{:?} = {}", entry.key, entry.value)).collect()
    }

    fn mistakes(text: &str) -> Vec<(MistakeKind, &str)> {
        let reading = read(text, &Scope::Machine);
        reading.mistakes.into_iter().map(|mistake| (mistake.kind, &text[mistake.at])).collect()
    }

    #[test]
    fn an_output_with_everything() {
        let want = [
            "AdvProxyIsEnabled = true",
            "AdvProxy = http=proxy.example:3128;https=192.0.2.7:8080",
            "AdvProxyBypass = <local>;*.corp.example",
            "AdvAutoconfigIsEnabled = false",
            "AdvAutoconfigUrl = ",
            "AdvAutoDetect = true",
            "AdvPerUser = false",
        ];
        assert_eq!((entries(OUTPUT), mistakes(OUTPUT)), (want.map(String::from).into(), Vec::new()));
        for entry in read(OUTPUT, &Scope::Machine).entries {
            assert_eq!(&OUTPUT[entry.at], &*entry.value);
        }
        cuts::hold(OUTPUT, |text| read(text, &Scope::User(Cow::Borrowed("HKEY_CURRENT_USER"))));
    }

    #[test]
    fn older_and_shorter_ones() {
        let text =
            "現在の設定\n{ \"Proxy\":\"p.example:1\", \"ProxyBypass\":null, \"x\": {\"Proxy\": \"q:1\"} }";
        assert_eq!((entries(text), mistakes(text)), (["AdvProxy = p.example:1".into()].into(), Vec::new()));
        let text = r#"{"AutoconfigUrl":"http:\/\/w\/p.pac","Proxy":"a\u003bb"}"#;
        let want = ["AdvAutoconfigUrl = http://w/p.pac".into(), "AdvProxy = a;b".into()].into();
        assert_eq!((entries(text), mistakes(text)), (want, Vec::new()));
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        use MistakeKind as K;
        assert_eq!(mistakes("Direct access"), [(K::FormUnknown, "Direct access")]);
        assert_eq!(mistakes(""), [(K::FormUnknown, "")]);
        let text = r#"t {"Proxy": 1, "AutoDetect": "true", "AutoconfigUrl": "w/p.pac", "ProxyBypass": x}"#;
        let want = [
            (K::SettingType, "1"),
            (K::SettingType, "\"true\""),
            (K::PacUrlScheme, "w/p.pac"),
            (K::FormUnknown, "x"),
        ];
        assert_eq!(mistakes(text), want);
        let text = "t {\"Proxy\": \"p:1\", \"ProxyByp";
        assert_eq!(
            (entries(text), mistakes(text)),
            (["AdvProxy = p:1".into()].into(), [(K::CutOff, "p")].into())
        );
    }
}
