//! `netsh winhttp show advproxy` (Windows 11, Server 2022 and later): a title in the language of Windows, then a JSON object.
//!
//! Older builds print `Proxy` and `ProxyBypass` alone. An address that is not set may be one blank. A file for
//! `netsh winhttp set advproxy settings-file=` has the same members, and is read, too. So is the output of `netsh winhttp show proxy`
//! that stands before it or behind it.

use alloc::borrow::Cow;
use alloc::string::String;
use core::ops::Range;

use crate::mistake::MistakeKind;
use crate::settings::{Entry, Key, Reading, Scope, json, netsh, place};

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
    // Above the object stands its title, and above that what was printed before.
    let before = text.get(..start).unwrap_or_default().trim_end();
    let title = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    show_proxy(before.get(..title).unwrap_or_default(), 0, &mut reading);
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
    show_proxy(text.get(end..).unwrap_or_default(), end, &mut reading);
    reading
}

/// Reads the other output, if this is one: what it prints is indented. Its first byte is this one of the whole text.
fn show_proxy<'a>(part: &'a str, start: usize, reading: &mut Reading<'a>) {
    if !part.lines().any(netsh::is_indented) {
        return;
    }
    let found = netsh::read(part);
    let shifted = |at: Range<usize>| start.saturating_add(at.start)..start.saturating_add(at.end);
    reading.mistakes.extend(found.mistakes.into_iter().map(|mistake| mistake.shifted(start)));
    reading
        .entries
        .extend(found.entries.into_iter().map(|entry| Entry { at: shifted(entry.at.clone()), ..entry }));
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

    /// As a console has both, one after the other.
    #[test]
    fn both_outputs_in_one_file() {
        let show_proxy = "Current WinHTTP proxy settings:\n\n    Proxy Server(s) :  p.example:8080\n    \
                          Bypass List     :  (none)\n\n";
        let advproxy =
            "Current WinHTTP advanced proxy settings:\n\n{ \"Proxy\": \"\", \"AutoDetect\": false }\n";
        let prompts = ["PS C:\\> netsh winhttp show proxy\n\n", "PS C:\\> netsh winhttp show advproxy\n\n"];
        for text in [
            [show_proxy, advproxy].concat(),
            [advproxy, "\n", show_proxy].concat(),
            [prompts[0], show_proxy, prompts[1], advproxy].concat(),
        ] {
            let reading = read(&text, &Scope::Machine);
            assert_eq!(reading.mistakes, [], "{text}");
            let proxy = reading.entries.iter().find(|entry| entry.key == Key::WinHttpProxy).expect(&text);
            assert_eq!(
                (&*proxy.value, text.get(proxy.at.clone())),
                ("p.example:8080", Some("p.example:8080"))
            );
            assert!(reading.entries.iter().any(|entry| entry.key == Key::AdvAutoDetect), "{text}");
        }
        // What was not understood may be a proxy.
        let text = ["Current WinHTTP proxy settings:\n\n    Proxy Server(s) :  p.exam\n", advproxy].concat();
        let lost = read(&text, &Scope::Machine).entries.into_iter().find(|entry| entry.lost.is_some());
        assert_eq!(lost.map(|entry| entry.key), Some(Key::WinHttpProxy));
    }

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
