//! The output of `scutil --proxy`: the proxies that macOS uses, with the keys of its `SystemConfiguration` (`SCSchemaDefinitions`).
//!
//! Only what stands in the outermost dictionary is read; `__SCOPED__` repeats it for each interface.

use alloc::string::String;
use alloc::vec::Vec;

use crate::mistake::MistakeKind;
use crate::settings::macos::{self, KEYS};
use crate::settings::{Key, Reading, Scope, place};
use crate::target::lines;

/// Reads such an output.
pub fn read(text: &str) -> Reading<'_> {
    let mut reading = Reading::default();
    // The line that opened the outermost dictionary, and how deep a line stands.
    let mut outermost = None;
    let mut depth = 0_usize;
    let mut exceptions: Option<Vec<&str>> = None;
    for (_, _, line) in lines(text) {
        let line = line.trim();
        if depth == 0 {
            if line.ends_with("<dictionary> {") && outermost.is_none() {
                (outermost, depth) = (Some(line), 1);
            }
            continue;
        }
        if line == "}" {
            depth = depth.saturating_sub(1);
            if depth == 1 {
                list(text, exceptions.take(), &mut reading);
            }
            continue;
        }
        let setting = line.split_once(" :").map(|(name, value)| (name.trim_end(), value.trim()));
        if line.ends_with('{') {
            let is_list = setting == Some((Key::MacExceptions.as_str(), "<array> {"));
            exceptions = (depth == 1 && is_list).then(Vec::new).or(exceptions);
            depth = depth.saturating_add(1);
            continue;
        }
        match (setting, depth) {
            (Some((name, value)), 1) => {
                if let Some(key) = KEYS.into_iter().find(|key| key.as_str() == name) {
                    if key == Key::MacExceptions {
                        reading.note(MistakeKind::SettingType, place(text, value));
                    } else {
                        macos::add(key, value, place(text, value), &mut reading);
                    }
                }
            }
            (Some((_, value)), 2) => exceptions.iter_mut().for_each(|exceptions| exceptions.push(value)),
            (None, 1 | 2) if !line.is_empty() => reading.note(MistakeKind::FormUnknown, place(text, line)),
            _ => {}
        }
    }
    let is_open = depth == 1 || exceptions.is_some();
    list(text, exceptions, &mut reading);
    if is_open {
        cut_off(text, &mut reading);
    }
    match outermost {
        Some(line) if depth > 0 => reading.note(MistakeKind::CutOff, place(text, line)),
        None if !text.trim().is_empty() => {
            let line = text.trim_start().lines().next().unwrap_or_default();
            reading.note(MistakeKind::FormUnknown, place(text, line));
        }
        _ => {}
    }
    macos::unnamed(&mut reading);
    reading
}

/// What an output that ends among its settings may have had behind its end is lost, and so is a value that may go on there.
fn cut_off(text: &str, reading: &mut Reading<'_>) {
    let why = MistakeKind::CutOff;
    let end = text.len();
    if let Some(last) = reading.entries.last_mut().filter(|last| last.at.end == end) {
        last.value = "".into();
        last.lost = Some(why);
    }
    let is_set = |key| reading.entries.iter().any(|entry| entry.key == key);
    let missing = KEYS.map(|key| Some(key).filter(|key| !is_set(*key)));
    for key in missing.into_iter().flatten() {
        reading.lose(key, Scope::Machine, why, end..end);
    }
}

/// Adds the bypass list, joined by `,`.
fn list<'a>(text: &'a str, items: Option<Vec<&'a str>>, reading: &mut Reading<'a>) {
    let items = items.unwrap_or_default();
    let (Some(first), Some(last)) = (items.first(), items.last()) else { return };
    let at = place(text, first).start..place(text, last).end;
    if items.len() == 1 {
        reading.add(Key::MacExceptions, Scope::Machine, *first, at);
    } else {
        let joined: String = items.join(",");
        reading.add(Key::MacExceptions, Scope::Machine, joined, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;

    const SAMPLE: &str = "<dictionary> {\n  ExceptionsList : <array> {\n    0 : *.local\n    1 : 169.254/16\n  }\n  \
                          ExcludeSimpleHostnames : 0\n  FTPPassive : 1\n  HTTPEnable : 1\n  HTTPPort : 3128\n  \
                          HTTPProxy : proxy.example\n  HTTPSEnable : 0\n  ProxyAutoConfigEnable : 1\n  \
                          ProxyAutoConfigURLString : http://proxy.example/p.pac\n  ProxyAutoDiscoveryEnable : 0\n  \
                          SOCKSEnable : 1\n  SOCKSPort : 1080\n  SOCKSProxy : socks.example\n  \
                          __SCOPED__ : <dictionary> {\n    en0 : <dictionary> {\n      HTTPEnable : 1\n      \
                          ExceptionsList : <array> {\n        0 : other\n      }\n    }\n  }\n}\n";

    #[test]
    fn an_output() {
        let reading = read(SAMPLE);
        let found: Vec<_> = reading.entries.iter().map(|entry| (entry.key.as_str(), &*entry.value)).collect();
        assert_eq!(
            found,
            [
                ("ExceptionsList", "*.local,169.254/16"),
                ("ExcludeSimpleHostnames", "0"),
                ("HTTPEnable", "1"),
                ("HTTPPort", "3128"),
                ("HTTPProxy", "proxy.example"),
                ("HTTPSEnable", "0"),
                ("ProxyAutoConfigEnable", "1"),
                ("ProxyAutoConfigURLString", "http://proxy.example/p.pac"),
                ("ProxyAutoDiscoveryEnable", "0"),
                ("SOCKSEnable", "1"),
                ("SOCKSPort", "1080"),
                ("SOCKSProxy", "socks.example"),
            ]
        );
        assert_eq!(&SAMPLE[reading.entries[0].at.clone()], "*.local\n    1 : 169.254/16");
        assert_eq!(reading.mistakes, []);
        assert_eq!(read("$ scutil --proxy\n<dictionary> {\n}\n"), Reading::default());
    }

    #[test]
    fn mistakes() {
        let of = |text| -> Vec<_> {
            read(text).mistakes.into_iter().map(|mistake| (mistake.kind, mistake.at)).collect()
        };
        assert_eq!(
            of("<dictionary> {\nHTTPEnable : 2\nHTTPPort\n"),
            [
                (MistakeKind::CutOff, 0..14),
                (MistakeKind::SettingNumber, 28..29),
                (MistakeKind::FormUnknown, 30..38)
            ]
        );
        assert_eq!(of("\nEnabled: Yes\n"), [(MistakeKind::FormUnknown, 1..13)]);
        assert_eq!(of("<dictionary> {\nExceptionsList : x\n}"), [(MistakeKind::SettingType, 32..33)]);
    }

    #[test]
    fn what_cannot_be_used_is_not_taken_for_unset() {
        use MistakeKind as K;
        let of = |text: &str| {
            let reading = read(text);
            let lost = reading.entries.into_iter().filter(|entry| entry.lost.is_some());
            let mistakes = reading.mistakes.into_iter().map(|mistake| (mistake.kind, mistake.at));
            (lost.map(|entry| entry.key).collect::<Vec<_>>(), mistakes.collect::<Vec<_>>())
        };
        let port = "<dictionary> {\n  HTTPSEnable : 1\n  HTTPSPort : 99999\n  HTTPSProxy : p.example\n}\n";
        assert_eq!(of(port), (Vec::from([Key::MacHttpsPort]), Vec::from([(K::Port, 47..52)])));
        for word in ["2", "TRUE", "true"] {
            let text = ["<dictionary> {\n  HTTPEnable : ", word, "\n  HTTPProxy : p\n}\n"].concat();
            let at = 30..30 + word.len();
            assert_eq!(of(&text), (Vec::from([Key::MacHttpEnable]), Vec::from([(K::SettingNumber, at)])));
        }
        // Switched on and not named: the clients go on without it.
        for text in [
            "<dictionary> {\n  HTTPSEnable : 1\n  HTTPSPort : 8080\n}\n",
            "<dictionary> {\n  HTTPSEnable : 1\n  HTTPSProxy :\n}\n",
            "<dictionary> {\n  SOCKSEnable : 1\n}\n",
            "<dictionary> {\n  ProxyAutoConfigEnable : 1\n}\n",
        ] {
            let at = text.find(": 1").unwrap() + 2;
            assert_eq!(of(text), (Vec::new(), Vec::from([(K::ProxyUnnamed, at..at + 1)])), "{text}");
        }
        assert_eq!(of("<dictionary> {\n  HTTPSEnable : 0\n}\n"), (Vec::new(), Vec::new()));
    }

    #[test]
    fn what_an_output_that_is_cut_off_may_have_had_is_lost() {
        let set = |text: &str| -> Vec<_> {
            let entries = read(text).entries.into_iter().filter(|entry| entry.lost.is_none());
            entries.map(|entry| entry.key.as_str()).collect()
        };
        let whole = "<dictionary> {\n  HTTPEnable : 1\n  HTTPPort : 3128";
        assert_eq!(set(whole), ["HTTPEnable"]);
        assert_eq!(set(&[whole, "\n"].concat()), ["HTTPEnable", "HTTPPort"]);
        for text in [whole, "<dictionary> {\n  ExceptionsList : <array> {\n  0 : a"] {
            let reading = read(text);
            assert!(KEYS.iter().all(|key| reading.entries.iter().any(|entry| entry.key == *key)), "{text}");
            assert_eq!(reading.mistakes.len(), 1, "{:?}", reading.mistakes);
        }
        // What belongs to one interface stands behind all that is read.
        let scoped = SAMPLE.find("en0").unwrap();
        assert_eq!(read(&SAMPLE[..scoped]).entries, read(SAMPLE).entries);
    }

    #[test]
    fn any_bytes() {
        cuts::hold(SAMPLE, read);
    }
}
