//! GNOME's proxies (schema `org.gnome.system.proxy`): what `gsettings list-recursively org.gnome.system.proxy` prints, keyfiles
//! of dconf, what `dconf dump` prints, and overrides of schemas.
//!
//! A line of the first is `schema key value`; the others have groups (`[system/proxy]`, `[org/gnome/system/proxy/http]`,
//! `[org.gnome.system.proxy]`, or `[http]` in a dump of `/system/proxy/`) and `key=value`. Values are written as `GVariant`'s text
//! format has them: `'manual'`, `8080`, `['localhost', '127.0.0.0/8']`, `@as []`. All other schemas are passed over.

use alloc::borrow::Cow;
use alloc::string::String;
use core::ops::Range;

use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope, place};
use crate::target::lines;

/// Reads such a text. Its `scope` is a user, or the machine for a file of `/etc/dconf/db`.
pub fn read<'a>(text: &'a str, scope: &Scope<'a>) -> Reading<'a> {
    let mut reading = Reading::default();
    let mut group = None;
    for (_, _, line) in lines(text) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            group = name.strip_suffix(']').and_then(Group::named);
            if !line.ends_with(']') {
                reading.note(MistakeKind::FormUnknown, place(text, line));
            }
            continue;
        }
        let (of, setting) = match line.strip_prefix("org.gnome.system.proxy") {
            Some(rest) => {
                let (of, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                (Group::of(of, '.'), rest.trim_start().split_once(' '))
            }
            None => (group, line.split_once('=')),
        };
        let Some(of) = of else { continue };
        let Some((name, value)) = setting else {
            reading.note(MistakeKind::FormUnknown, place(text, line));
            continue;
        };
        if let Some(key) = of.key(name.trim()) {
            self::value(text, key, value.trim(), scope, &mut reading);
        }
    }
    reading
}

/// Whether this is a dump of `/system/proxy/`, whose groups do not say so (`[/]`, `[http]`): what stands in them does.
pub(super) fn is_dump(text: &str) -> bool {
    let mut group = None;
    lines(text).any(|(_, _, line)| {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            group = Some(name).filter(|name| matches!(*name, "/" | "http" | "https")).and_then(Group::named);
            return false;
        }
        let Some((name, value)) = line.split_once('=') else { return false };
        let is_known = group.is_some_and(|of| of.key(name.trim()).is_some());
        // Files of other programs have no quotation marks there.
        is_known && (value.trim().starts_with(['\'', '"', '[', '@']))
    })
}

/// The schemas that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Proxy,
    Http,
    Https,
    Socks,
}

impl Group {
    fn named(name: &str) -> Option<Self> {
        match name {
            "/" => Some(Self::Proxy),
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            "socks" => Some(Self::Socks),
            _ => {
                let path =
                    name.strip_prefix("org/gnome/system/proxy").or_else(|| name.strip_prefix("system/proxy"));
                match path {
                    Some(rest) => Self::of(rest, '/'),
                    None => Self::of(name.strip_prefix("org.gnome.system.proxy")?, '.'),
                }
            }
        }
    }

    /// What follows the name of the schema.
    fn of(rest: &str, mark: char) -> Option<Self> {
        if rest.is_empty() {
            return Some(Self::Proxy);
        }
        match rest.strip_prefix(mark)? {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            "socks" => Some(Self::Socks),
            _ => None,
        }
    }

    fn key(self, name: &str) -> Option<Key> {
        Some(match (self, name) {
            (Self::Proxy, "mode") => Key::GnomeMode,
            (Self::Proxy, "autoconfig-url") => Key::GnomeAutoconfigUrl,
            (Self::Proxy, "ignore-hosts") => Key::GnomeIgnoreHosts,
            (Self::Http, "host") => Key::GnomeHttpHost,
            (Self::Http, "port") => Key::GnomeHttpPort,
            (Self::Https, "host") => Key::GnomeHttpsHost,
            (Self::Https, "port") => Key::GnomeHttpsPort,
            (Self::Socks, "host") => Key::GnomeSocksHost,
            (Self::Socks, "port") => Key::GnomeSocksPort,
            _ => return None,
        })
    }
}

fn value<'a>(text: &'a str, key: Key, value: &'a str, scope: &Scope<'a>, reading: &mut Reading<'a>) {
    let whole = place(text, value);
    let parsed = match key {
        Key::GnomeHttpPort | Key::GnomeHttpsPort | Key::GnomeSocksPort => Ok((value.into(), whole.clone())),
        Key::GnomeIgnoreHosts => array(text, value),
        _ => string(text, value).and_then(|(string, at, rest)| {
            if rest.trim().is_empty() { Ok((string, at)) } else { Err(MistakeKind::SettingType) }
        }),
    };
    match parsed {
        Ok((mode, at)) if key == Key::GnomeMode && !matches!(&*mode, "none" | "manual" | "auto") => {
            reading.note(MistakeKind::SettingNumber, at);
        }
        Ok((value, at)) => reading.add(key, scope.clone(), value, at),
        Err(kind) => reading.note(kind, whole),
    }
}

/// The items of an array of strings, joined by `,`.
fn array<'a>(text: &'a str, value: &'a str) -> Result<(Cow<'a, str>, Range<usize>), MistakeKind> {
    let open = value.strip_prefix("@as").unwrap_or(value).trim_start();
    let inner = open.strip_prefix('[').ok_or(MistakeKind::SettingType)?;
    let mut rest = inner.trim_start();
    let mut joined: Option<(Cow<'a, str>, Range<usize>)> = None;
    while !rest.starts_with(']') {
        let (item, at, behind) = string(text, rest)?;
        match &mut joined {
            None => joined = Some((item, at)),
            Some((all, all_at)) => {
                let all = all.to_mut();
                all.push(',');
                all.push_str(&item);
                all_at.end = at.end;
            }
        }
        rest = behind.trim_start();
        if let Some(next) = rest.strip_prefix(',') {
            rest = next.trim_start();
        } else if rest.is_empty() {
            return Err(MistakeKind::CutOff);
        } else if !rest.starts_with(']') {
            return Err(MistakeKind::SettingType);
        }
    }
    if rest.len() > 1 {
        return Err(MistakeKind::SettingType);
    }
    let start = place(text, inner).start;
    Ok(joined.unwrap_or(("".into(), start..start)))
}

/// The string at the begin of a text, its bytes, and what stands behind it.
fn string<'a>(text: &'a str, value: &'a str) -> Result<(Cow<'a, str>, Range<usize>, &'a str), MistakeKind> {
    if value.is_empty() {
        return Err(MistakeKind::CutOff);
    }
    let mark =
        value.chars().next().filter(|mark| ['\'', '"'].contains(mark)).ok_or(MistakeKind::SettingType)?;
    let inner = value.get(1..).unwrap_or_default();
    let mut decoded: Option<String> = None;
    let mut characters = inner.char_indices();
    while let Some((at, character)) = characters.next() {
        if character == mark {
            let written = inner.get(..at).unwrap_or_default();
            let behind = inner.get(at.saturating_add(1)..).unwrap_or_default();
            return Ok((decoded.map_or(written.into(), Cow::Owned), place(text, written), behind));
        }
        if character == '\\' {
            let decoded = decoded.get_or_insert_with(|| inner.get(..at).unwrap_or_default().into());
            match characters.next().map(|(_, escaped)| escaped) {
                None => return Err(MistakeKind::QuoteOpen),
                Some('n') => decoded.push('\n'),
                Some('t') => decoded.push('\t'),
                Some('r') => decoded.push('\r'),
                Some(kind @ ('u' | 'U')) => {
                    let digits = if kind == 'u' { 4 } else { 8 };
                    let mut number = 0_u32;
                    for _ in 0..digits {
                        let digit = characters.next().and_then(|(_, digit)| digit.to_digit(16));
                        let digit = digit.ok_or(MistakeKind::QuoteEscape)?;
                        number = number.saturating_mul(16).saturating_add(digit);
                    }
                    decoded.push(char::from_u32(number).ok_or(MistakeKind::QuoteEscape)?);
                }
                Some(other) => decoded.push(other),
            }
        } else if let Some(decoded) = &mut decoded {
            decoded.push(character);
        }
    }
    Err(MistakeKind::QuoteOpen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;
    use std::vec::Vec;

    const LIST: &str = "org.gnome.system.proxy autoconfig-url ''\n\
                        org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8', '::1']\n\
                        org.gnome.system.proxy mode 'manual'\n\
                        org.gnome.system.proxy use-same-proxy true\n\
                        org.gnome.system.proxy.ftp host 'ftp.example'\n\
                        org.gnome.system.proxy.http authentication-password 'secret'\n\
                        org.gnome.system.proxy.http host 'proxy.example'\n\
                        org.gnome.system.proxy.http port 3128\n\
                        org.gnome.system.proxy.https host \"it's\\u002eexample\"\n\
                        org.gnome.system.proxy.https port 0\n\
                        org.gnome.system.proxy.socks host 'socks.example'\n\
                        org.gnome.system.proxy.socks port 1080\n";

    const DUMP: &str = "[org/gnome/desktop/interface]\nmode='x'\n\n[system/proxy]\r\n# a comment\r\nmode='auto'\r\n\
                        ignore-hosts=@as []\nautoconfig-url = 'http://proxy.example/p.pac'\n\n[system/proxy/http]\nport=8080\n";

    fn entries(text: &str) -> Vec<(&'static str, String, &str)> {
        let reading = read(text, &Scope::User("alice".into()));
        assert_eq!(reading.mistakes, []);
        let parts = reading.entries.into_iter();
        parts.map(|entry| (entry.key.as_str(), entry.value.into_owned(), &text[entry.at])).collect()
    }

    fn all(want: &[(&'static str, &str, &'static str)]) -> Vec<(&'static str, String, &'static str)> {
        want.iter().map(|(key, value, at)| (*key, String::from(*value), *at)).collect()
    }

    #[test]
    fn a_list_of_gsettings() {
        let hosts = "localhost', '127.0.0.0/8', '::1";
        assert_eq!(
            entries(LIST),
            all(&[
                ("org.gnome.system.proxy autoconfig-url", "", ""),
                ("org.gnome.system.proxy ignore-hosts", "localhost,127.0.0.0/8,::1", hosts),
                ("org.gnome.system.proxy mode", "manual", "manual"),
                ("org.gnome.system.proxy.http host", "proxy.example", "proxy.example"),
                ("org.gnome.system.proxy.http port", "3128", "3128"),
                ("org.gnome.system.proxy.https host", "it's.example", "it's\\u002eexample"),
                ("org.gnome.system.proxy.https port", "0", "0"),
                ("org.gnome.system.proxy.socks host", "socks.example", "socks.example"),
                ("org.gnome.system.proxy.socks port", "1080", "1080"),
            ])
        );
    }

    #[test]
    fn keyfiles() {
        assert_eq!(
            entries(DUMP),
            all(&[
                ("org.gnome.system.proxy mode", "auto", "auto"),
                ("org.gnome.system.proxy ignore-hosts", "", ""),
                (
                    "org.gnome.system.proxy autoconfig-url",
                    "http://proxy.example/p.pac",
                    "http://proxy.example/p.pac"
                ),
                ("org.gnome.system.proxy.http port", "8080", "8080"),
            ])
        );
        for (name, key) in [("https", Key::GnomeHttpsHost), ("socks", Key::GnomeSocksHost)] {
            for before in ["[org/gnome/system/proxy/", "[", "[org.gnome.system.proxy."] {
                let text = [before, name, "]\nhost='h'"].concat();
                let reading = read(&text, &Scope::Machine);
                assert_eq!(reading.entries.first().map(|entry| entry.key), Some(key), "{text}");
            }
        }
        let dump = "[/]\nignore-hosts=['localhost']\nmode='manual'\n\n[http]\nhost='h'\nport=3128\n";
        assert!(is_dump(dump) && is_dump("[https]\nhost='h'\nport=1"));
        assert_eq!(
            entries(dump),
            all(&[
                ("org.gnome.system.proxy ignore-hosts", "localhost", "localhost"),
                ("org.gnome.system.proxy mode", "manual", "manual"),
                ("org.gnome.system.proxy.http host", "h", "h"),
                ("org.gnome.system.proxy.http port", "3128", "3128"),
            ])
        );
        for other in [
            "[http]\nhost=h\nport=1",
            "[/]\nname='x'",
            "mode='manual'",
            "[core]\nmode='manual'",
            "[ftp]\nhost='h'",
        ] {
            assert!(!is_dump(other), "{other}");
        }
        assert_eq!(entries("[system/proxyx]\nmode='auto'\n[system/proxy/ftp]\nhost='h'"), []);
    }

    #[test]
    fn mistakes() {
        use MistakeKind as K;
        let of = |value: &str| -> Vec<_> {
            let text = ["[system/proxy]\n", value].concat();
            let mistakes = read(&text, &Scope::Machine).mistakes.into_iter();
            mistakes.map(|mistake| (mistake.kind, mistake.at.start - 15..mistake.at.end - 15)).collect()
        };
        assert_eq!(of("mode=manual"), [(K::SettingType, 5..11)]);
        assert_eq!(of("mode='manual"), [(K::QuoteOpen, 5..12)]);
        assert_eq!(of("mode='proxy'"), [(K::SettingNumber, 6..11)]);
        assert_eq!(of("mode='none' x"), [(K::SettingType, 5..13)]);
        assert_eq!(of("mode"), [(K::FormUnknown, 0..4)]);
        assert_eq!(of("ignore-hosts='localhost'"), [(K::SettingType, 13..24)]);
        assert_eq!(of("ignore-hosts=['localhost'"), [(K::CutOff, 13..25)]);
        assert_eq!(of("ignore-hosts=['a' 'b']"), [(K::SettingType, 13..22)]);
        assert_eq!(of("[http]\nport='8080'"), [(K::Port, 12..18)]);
    }

    #[test]
    fn any_bytes() {
        cuts::hold(LIST, |text| read(text, &Scope::Machine));
        cuts::hold(DUMP, |text| read(text, &Scope::Machine));
    }
}
