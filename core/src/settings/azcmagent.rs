//! `azcmagent config list`: how the Azure Arc agent is set (page "azcmagent config").
//!
//! A title, then one setting a line: its name, `(preview)` behind some, a column of colons, its value; lists are in square
//! brackets. Only the two that say something about proxies are read; the agent takes them before the environment's.

use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope, place};
use crate::target::lines;

/// Reads such an output. All versions that know the settings print both: where neither stands, it is another text.
pub fn read(text: &str) -> Reading<'_> {
    let mut reading = Reading::default();
    let mut is_known = false;
    for (_, start, line) in lines(text) {
        let found = [Key::ArcProxyUrl, Key::ArcProxyBypass]
            .into_iter()
            .find_map(|key| Some((key, value(line, key)?)));
        let Some((key, written)) = found else { continue };
        is_known = true;
        let list = written.strip_prefix('[').filter(|_| matches!(key, Key::ArcProxyBypass));
        let from = start.saturating_add(place(line, written).start);
        let value = match list.map(|inner| inner.strip_suffix(']')) {
            Some(None) => {
                reading.note(MistakeKind::CutOff, from..from.saturating_add(written.len()));
                continue;
            }
            Some(Some(inner)) => inner.trim(),
            None => written,
        };
        let from = start.saturating_add(place(line, value).start);
        reading.add(key, Scope::Machine, value, from..from.saturating_add(value.len()));
    }
    if !is_known {
        reading.note(MistakeKind::FormUnknown, 0..text.len());
    }
    reading
}

/// What a line says of this setting.
fn value(line: &str, key: Key) -> Option<&str> {
    let name = key.as_str();
    let (start, rest) = line.trim().split_at_checked(name.len())?;
    if !start.eq_ignore_ascii_case(name) || !(rest.is_empty() || rest.starts_with([' ', '\t', ':', '('])) {
        return None;
    }
    let rest = rest.trim_start();
    let rest = rest
        .strip_prefix('(')
        .and_then(|note| note.split_once(')'))
        .map_or(rest, |(_, rest)| rest.trim_start());
    Some(rest.strip_prefix(':').unwrap_or(rest).trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    const OUTPUT: &str = "Local Configuration Settings\n\
        \x20 incomingconnections.enabled (preview)                 : true\n\
        \x20 incomingconnections.ports (preview)                   : []\n\
        \x20 connection.type (preview)                             : default\n\
        \x20 proxy.url                                             : http://proxy.example:3128\n\
        \x20 proxy.bypass                                          : [ArcData,AMA]\n\
        \x20 extensions.allowlist                                  : []\n\
        \x20 config.mode                                           : full\n";

    fn entries(text: &str) -> Vec<String> {
        read(text).entries.iter().map(|entry| format!("{} = {}", entry.key, entry.value)).collect()
    }

    fn mistakes(text: &str) -> Vec<(MistakeKind, &str)> {
        read(text).mistakes.into_iter().map(|mistake| (mistake.kind, &text[mistake.at])).collect()
    }

    #[test]
    fn an_output() {
        let want = ["proxy.url = http://proxy.example:3128", "proxy.bypass = ArcData,AMA"];
        assert_eq!((entries(OUTPUT), mistakes(OUTPUT)), (want.map(String::from).into(), Vec::new()));
        assert!(read(OUTPUT).entries.iter().all(|entry| OUTPUT[entry.at.clone()] == *entry.value));
        cuts::hold(OUTPUT, read);
    }

    #[test]
    fn other_columns() {
        let text = "proxy.url (preview): http://proxy.example:3128\r\n\tproxy.bypass (preview)\t[]\r\n";
        assert_eq!(entries(text), ["proxy.url = http://proxy.example:3128", "proxy.bypass = "]);
        assert_eq!(entries("  proxy.url :\n  proxy.urls : x"), ["proxy.url = "]);
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        use MistakeKind as K;
        assert_eq!(mistakes("proxy.url : proxy.example:3128"), [(K::ArcProxyScheme, "")]);
        assert_eq!(mistakes("proxy.bypass : [Arm,"), [(K::CutOff, "[Arm,")]);
        assert_eq!(mistakes("something else"), [(K::FormUnknown, "something else")]);
        assert_eq!(mistakes(""), [(K::FormUnknown, "")]);
    }
}
