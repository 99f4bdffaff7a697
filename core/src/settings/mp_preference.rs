//! `Get-MpPreference` of PowerShell: how Defender Antivirus is set, policies included (page "Get-MpPreference").
//!
//! Three of its forms are read: the list that it prints (`ProxyServer : http://host:port`, long values wrapped below their
//! column), that of `ConvertTo-Json`, and the table that PowerShell makes of a few selected properties: a line of names, one of
//! dashes, and one of values, each below its dashes. What a table has no room for ends in dots, and is a mistake. `SSLOptions` is in
//! none of them.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope, advproxy, json, place};
use crate::target::lines;

/// What is read.
const KEYS: [(&str, Key); 4] = [
    ("ProxyBypass", Key::AntivirusProxyBypass),
    ("ProxyPacUrl", Key::AntivirusProxyPacUrl),
    ("ProxyServer", Key::AntivirusProxyServer),
    ("SignatureFallbackOrder", Key::AntivirusFallbackOrder),
];

/// Reads such an output.
pub fn read(text: &str) -> Reading<'_> {
    let mut reading = Reading::default();
    let is_known = match text.find('{') {
        Some(start)
            if text
                .get(..start)
                .is_some_and(|before| before.trim_matches(['\u{FEFF}', ' ', '\r', '\n']).is_empty()) =>
        {
            object(text, start, &mut reading)
        }
        _ => table(text, &mut reading) || list(text, &mut reading),
    };
    if !is_known && reading.mistakes.is_empty() {
        reading.note(MistakeKind::FormUnknown, 0..text.len());
    }
    if let Some(mistake) = reading.mistakes.first().cloned().filter(|_| !is_known) {
        reading.lose(Key::AntivirusProxyServer, Scope::Machine, mistake.kind, mistake.at);
    }
    reading.mistakes.sort_by_key(|mistake| mistake.at.start);
    reading
}

fn known(name: &str) -> Option<Key> {
    KEYS.into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, key)| key)
}

/// Whether a text names one of the properties as a list, a table or an object of PowerShell's does.
pub(super) fn is_one(text: &str) -> bool {
    // A key of the registry has properties of these names, too (and `PSPath`), and so have Chromium's policies.
    if text.contains("PSPath") || text.contains("\"ProxyMode\"") {
        return false;
    }
    if text.trim_start_matches('\u{FEFF}').trim_start().starts_with('{') {
        return KEYS.iter().any(|(name, _)| text.contains(&["\"", name, "\""].concat()));
    }
    let is_listed = |line: &str| {
        let name = line.split_once(':').and_then(|(name, _)| name.strip_suffix([' ', '\t']));
        name.is_some_and(|name| known(name.trim_end()).is_some())
    };
    lines(text).any(|(_, _, line)| is_listed(line)) || columns(text).is_some()
}

/// Where a column begins, in characters, and what stands in it.
type Column = (usize, Option<Key>);

/// The columns of a table, by the line of dashes below a line that names what is read, and the number of that line.
fn columns(text: &str) -> Option<(usize, Vec<Column>)> {
    let mut names = "";
    for (number, _, line) in lines(text) {
        let above = core::mem::replace(&mut names, line);
        if !line.contains('-') || line.contains(|one| !matches!(one, '-' | ' ')) {
            continue;
        }
        let is_begin =
            |at: usize| at.checked_sub(1).is_none_or(|before| line.as_bytes().get(before) == Some(&b' '));
        let dashes = line.match_indices('-').map(|(at, _)| at);
        let begins: Vec<usize> = dashes.filter(|at| is_begin(*at)).collect();
        let keys: Vec<_> = cells(above, &begins).into_iter().map(known).collect();
        if keys.iter().any(Option::is_some) {
            return Some((number, begins.into_iter().zip(keys).collect()));
        }
    }
    None
}

/// What stands in each column of a line, without the blanks around it.
fn cells<'a>(line: &'a str, begins: &[usize]) -> Vec<&'a str> {
    let mut columns = begins.iter().peekable();
    let mut bytes = Vec::new();
    for (count, (at, _)) in line.char_indices().enumerate() {
        if columns.next_if_eq(&&count).is_some() {
            bytes.push(at);
        }
    }
    bytes.resize(begins.len(), line.len());
    let ends = bytes.iter().skip(1).copied().chain([line.len()]);
    bytes.iter().zip(ends).map(|(from, to)| line.get(*from..to).unwrap_or_default().trim()).collect()
}

fn table<'a>(text: &'a str, reading: &mut Reading<'a>) -> bool {
    let Some((ruler, columns)) = columns(text) else { return false };
    let begins: Vec<usize> = columns.iter().map(|(at, _)| *at).collect();
    let below = lines(text).filter(|(number, _, _)| *number > ruler).map(|(_, _, line)| line);
    let mut rows = below.take_while(|line| !line.trim().is_empty());
    let Some(row) = rows.next() else { return true };
    // Values that are wrapped, or a second answer: which of both, the table does not say.
    let second = rows.next().map(|line| place(text, line.trim()));
    for ((_, key), cell) in columns.iter().zip(cells(row, &begins)) {
        let Some(key) = *key else { continue };
        let at = place(text, cell);
        if cell.ends_with("...") || cell.ends_with('…') {
            reading.note(MistakeKind::CutOff, at.clone());
            reading.lose(key, Scope::Machine, MistakeKind::CutOff, at);
        } else if second.is_some() {
            reading.lose(key, Scope::Machine, MistakeKind::FormUnknown, at);
        } else {
            value(Some((key, at)), text, reading);
        }
    }
    if let Some(at) = second {
        reading.note(MistakeKind::FormUnknown, at);
    }
    true
}

fn list<'a>(text: &'a str, reading: &mut Reading<'a>) -> bool {
    let mut is_known = false;
    let mut open: Option<(Key, Range<usize>)> = None;
    for (_, start, line) in lines(text) {
        let content = line.trim();
        let value = if line.starts_with([' ', '\t']) {
            content
        } else {
            value(open.take(), text, reading);
            let Some((name, value)) = line.split_once(':') else { continue };
            // A blank before the colon tells a name from a path or a URL.
            let Some(key) = name.strip_suffix([' ', '\t']).and_then(|name| known(name.trim_end())) else {
                continue;
            };
            is_known = true;
            let from = start.saturating_add(name.len()).saturating_add(1);
            open = Some((key, from..from));
            value.trim()
        };
        if let Some((_, at)) = open.as_mut().filter(|_| !value.is_empty()) {
            let from = start.saturating_add(place(line, value).start);
            *at = if at.start == at.end { from } else { at.start }..from.saturating_add(value.len());
        }
    }
    value(open, text, reading);
    is_known
}

/// Takes a value from the list, with its wrapped lines.
fn value<'a>(open: Option<(Key, Range<usize>)>, text: &'a str, reading: &mut Reading<'a>) {
    let Some((key, at)) = open else { return };
    let Some(raw) = text.get(at.clone()) else { return };
    let Some(inner) = raw.strip_prefix('{') else {
        if raw.contains('\n') {
            let whole: String = raw.split('\n').map(str::trim).collect();
            reading.add(key, Scope::Machine, whole, at);
        } else {
            reading.add(key, Scope::Machine, raw, at);
        }
        return;
    };
    let Some(inner) = inner.strip_suffix('}') else {
        reading.note(MistakeKind::CutOff, at.clone());
        reading.lose(key, Scope::Machine, MistakeKind::CutOff, at);
        return;
    };
    // PowerShell shows four items of a list, and then this.
    let ends = ["...", "…"].into_iter().find_map(|end| inner.strip_suffix(end));
    if let Some(shown) = ends {
        let from = at.start.saturating_add(1).saturating_add(shown.len());
        reading.note(MistakeKind::CutOff, from..at.end.saturating_sub(1));
    }
    let items: Vec<String> = ends
        .unwrap_or(inner)
        .split(',')
        .map(|item| item.split('\n').map(str::trim).collect::<String>())
        .filter(|item| !item.is_empty())
        .collect();
    reading.add(key, Scope::Machine, items.join(";"), at);
}

fn object<'a>(text: &'a str, start: usize, reading: &mut Reading<'a>) -> bool {
    let (members, mistake) = json::members(text.get(start..).unwrap_or_default());
    let mut is_known = false;
    for (name, raw) in members {
        let Some(key) = known(&name) else { continue };
        is_known = true;
        let at = place(text, raw);
        // Windows PowerShell wraps some lists: {"value": [...], "Count": 1}.
        let wrapped = Some(raw).filter(|raw| raw.starts_with('{')).map(|raw| json::members(raw).0);
        let value = wrapped.and_then(|members| members.into_iter().find(|(name, _)| name == "value"));
        match json::items(value.map_or(raw, |(_, value)| value)) {
            Some(items) if matches!(key, Key::AntivirusProxyBypass) => {
                let texts: Option<Vec<_>> = items.into_iter().map(json::string).collect();
                match texts {
                    Some(texts) => reading.add(key, Scope::Machine, texts.join(";"), at),
                    None => reading.note(MistakeKind::SettingType, at),
                }
            }
            _ => advproxy::string(key, raw, at, &Scope::Machine, reading),
        }
    }
    if let Some(mistake) = mistake {
        reading.mistakes.push(mistake.shifted(start));
    }
    is_known
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;
    use std::format;

    const LIST: &str = "\r\n\r\nAllowDatagramProcessingOnWinServer            : False\r\n\
        ExclusionPath                                 : {N/A: Must be an administrator to view exclusions}\r\n\
        ProxyBypass                                   : {*.corp.example, 10.0.0.1, \r\n\
        \x20                                               printer.example}\r\n\
        ProxyPacUrl                                   :\r\n\
        ProxyServer                                   : http://proxy.example:3128\r\n\
        PUAProtection                                 : 0\r\n\r\n";

    const JSON: &str = r#"{
    "AttackSurfaceReductionRules_Ids":  null,
    "ProxyBypass":  [
                        "*.corp.example",
                        "10.0.0.1"
                    ],
    "ProxyPacUrl":  null,
    "ProxyServer":  "http://proxy.example:3128",
    "CimClass":  { "CimSuperClassName":  "BaseStatus", "ProxyServer": 1 }
}"#;

    fn entries(text: &str) -> Vec<String> {
        let reading = read(text);
        let read = reading.entries.iter().filter(|entry| entry.lost.is_none());
        read.map(|entry| format!("{} = {}", entry.key, entry.value)).collect()
    }

    fn mistakes(text: &str) -> Vec<(MistakeKind, &str)> {
        read(text).mistakes.into_iter().map(|mistake| (mistake.kind, &text[mistake.at])).collect()
    }

    #[test]
    fn the_list() {
        let want = [
            "ProxyBypass = *.corp.example;10.0.0.1;printer.example",
            "ProxyPacUrl = ",
            "ProxyServer = http://proxy.example:3128",
        ];
        assert_eq!((entries(LIST), mistakes(LIST)), (want.map(String::from).into(), Vec::new()));
        let reading = read(LIST);
        assert_eq!(&LIST[reading.entries[2].at.clone()], "http://proxy.example:3128");
        cuts::hold(LIST, read);
    }

    #[test]
    fn a_value_that_is_wrapped() {
        let text = "ProxyServer : http://proxy.with.a.long.\n              name.example:3128\nx : y";
        assert_eq!(entries(text), ["ProxyServer = http://proxy.with.a.long.name.example:3128"]);
        assert_eq!(mistakes(text), []);
    }

    #[test]
    fn the_other_form() {
        let want = ["ProxyBypass = *.corp.example;10.0.0.1", "ProxyServer = http://proxy.example:3128"];
        assert_eq!((entries(JSON), mistakes(JSON)), (want.map(String::from).into(), Vec::new()));
        cuts::hold(JSON, read);
        let text = r#"{"ProxyBypass": {"value": ["a", "b"], "Count": 2}, "ProxyServer": "http:\/\/p:1"}"#;
        assert_eq!(entries(text), ["ProxyBypass = a;b", "ProxyServer = http://p:1"]);
        assert_eq!(entries(r#"{"ProxyBypass": "a"}"#), ["ProxyBypass = a"]);
    }

    #[test]
    fn a_table() {
        use MistakeKind as K;
        let table = "\r\nÄnderung ProxyServer       ProxyPacUrl ProxyBypass\r\n-------- -----------       ----------- -----------\r\n\
                     größer   http://p.corp:3128             {*.corp, 10.0.0.1}\r\n\r\n\r\n";
        let want = ["ProxyServer = http://p.corp:3128", "ProxyPacUrl = ", "ProxyBypass = *.corp;10.0.0.1"];
        assert_eq!((entries(table), mistakes(table)), (want.map(String::from).into(), Vec::new()));
        assert_eq!(&table[read(table).entries[0].at.clone()], "http://p.corp:3128");
        assert!(is_one(table));
        cuts::hold(table, read);
        let lost = |text: &str| {
            let [entry] = &read(text).entries[..] else { panic!("{text}") };
            entry.lost
        };
        for (cell, cut) in
            [("http://proxy.with.a.lo...", "http://proxy.with.a.lo..."), ("http://p…", "http://p…")]
        {
            let text = format!("ProxyServer\n-----------\n{cell}\n");
            assert_eq!((lost(&text), mistakes(&text)), (Some(K::CutOff), [(K::CutOff, cut)].into()));
        }
        let text = "ProxyServer\n-----------\nhttp://a\n:1\n";
        assert_eq!((lost(text), mistakes(text)), (Some(K::FormUnknown), [(K::FormUnknown, ":1")].into()));
        assert_eq!(
            (entries("ProxyServer\n-----------\n\n"), mistakes("ProxyServer\n-----------\n")),
            (Vec::new(), Vec::new())
        );
        let many = ["ProxyServer\n", "-----------", &" -".repeat(20_000), "\n", &"x".repeat(40_000)].concat();
        assert_eq!(entries(&many), ["ProxyServer = xxxxxxxxxxxx"]);
    }

    #[test]
    fn which_texts_are_such_outputs() {
        for text in [
            "ProxyServer : http://p:1\r\n",
            "\r\nProxyBypass            : {a, b}\r\n",
            "ProxyServer\n-----------\n\n",
            "{\"ProxyServer\":  \"http://p:1\"}",
            "{\"ProxyBypass\":  null}",
        ] {
            assert!(is_one(text), "{text}");
        }
        for text in [
            "ProxyEnable : 1\nProxyServer : p:1\nPSPath : Microsoft.PowerShell.Core\\Registry::HKEY_CURRENT_USER\\x\n",
            "{\"ProxyMode\": \"fixed_servers\", \"ProxyServer\": \"p:1\"}",
            "ProxyServer: http://p:1\n",
            "Name\n----\nProxyServer\n",
            "",
        ] {
            assert!(!is_one(text), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        use MistakeKind as K;
        assert_eq!(mistakes("ProxyServer : proxy.example:1"), [(K::AntivirusProxyScheme, "")]);
        let text = "ProxyBypass : {a, b, c, d...}\nProxyServer : {x\n";
        assert_eq!(
            (entries(text), mistakes(text)),
            (["ProxyBypass = a;b;c;d".into()].into(), [(K::CutOff, "..."), (K::CutOff, "{x")].into())
        );
        assert_eq!(mistakes("ProxyBypass : {a, b, c, d…}"), [(K::CutOff, "…")]);
        assert_eq!(mistakes(r#"{"x": 1}"#), [(K::FormUnknown, r#"{"x": 1}"#)]);
        let text = r#"{"ProxyBypass": [1], "ProxyServer": ["http://p:1"], "ProxyPacUrl": 3, "#;
        let want = [
            (K::SettingType, "[1]"),
            (K::SettingType, r#"["http://p:1"]"#),
            (K::SettingType, "3"),
            (K::CutOff, " "),
        ];
        assert_eq!(mistakes(text), want);
    }
}
