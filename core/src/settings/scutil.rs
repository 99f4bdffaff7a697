//! The output of `scutil --proxy`: the proxies that macOS uses, with the keys of its `SystemConfiguration` (`SCSchemaDefinitions`).
//!
//! Only what stands in the outermost dictionary is read; `__SCOPED__` repeats it for each interface.

use alloc::string::String;
use alloc::vec::Vec;

use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope, place};
use crate::target::lines;

const KEYS: [Key; 14] = [
    Key::MacHttpEnable,
    Key::MacHttpProxy,
    Key::MacHttpPort,
    Key::MacHttpsEnable,
    Key::MacHttpsProxy,
    Key::MacHttpsPort,
    Key::MacSocksEnable,
    Key::MacSocksProxy,
    Key::MacSocksPort,
    Key::MacExcludeSimple,
    Key::MacAutoConfigEnable,
    Key::MacAutoConfigUrl,
    Key::MacAutoDiscovery,
    Key::MacExceptions,
];

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
                        reading.add(key, Scope::Machine, value, place(text, value));
                    }
                }
            }
            (Some((_, value)), 2) => exceptions.iter_mut().for_each(|exceptions| exceptions.push(value)),
            (None, 1 | 2) if !line.is_empty() => reading.note(MistakeKind::FormUnknown, place(text, line)),
            _ => {}
        }
    }
    list(text, exceptions, &mut reading);
    match outermost {
        Some(line) if depth > 0 => reading.note(MistakeKind::CutOff, place(text, line)),
        None if !text.trim().is_empty() => {
            let line = text.trim_start().lines().next().unwrap_or_default();
            reading.note(MistakeKind::FormUnknown, place(text, line));
        }
        _ => {}
    }
    reading.mistakes.sort_by_key(|mistake| mistake.at.start);
    reading
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
    fn any_bytes() {
        cuts::hold(SAMPLE, read);
    }
}
