//! KDE's `kioslaverc`: `[Proxy Settings]`, as `KProtocolManager` reads it.
//!
//! A key may have `[$i]` behind it: the user cannot change it. A proxy is a URL whose port stands behind a blank or a `:`; it is
//! given with a `:`.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope, place};
use crate::target::lines;

/// Reads such a file. Its `scope` is a user, or the machine for what stands in `/etc/xdg`.
pub fn read<'a>(text: &'a str, scope: &Scope<'a>) -> Reading<'a> {
    let mut reading = Reading::default();
    let mut is_ours = false;
    for (_, _, line) in lines(text) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(group) = line.strip_prefix('[') {
            is_ours = group.split(']').next() == Some("Proxy Settings");
            if !group.ends_with(']') {
                reading.note(MistakeKind::FormUnknown, place(text, line));
            }
            continue;
        }
        if !is_ours {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            reading.note(MistakeKind::FormUnknown, place(text, line));
            continue;
        };
        let name = name.split_once("[$").map_or(name, |(name, _)| name).trim();
        let value = value.trim();
        let at = place(text, value);
        let (key, value) = match name {
            "ProxyType" => (Key::KdeProxyType, unescaped(value)),
            "httpProxy" => (Key::KdeHttp, with_colon(unescaped(value))),
            "httpsProxy" => (Key::KdeHttps, with_colon(unescaped(value))),
            "socksProxy" => (Key::KdeSocks, with_colon(unescaped(value))),
            "NoProxyFor" => (Key::KdeNoProxyFor, unescaped(value)),
            "ReversedException" => (Key::KdeReversed, unescaped(value)),
            "Proxy Config Script" => (Key::KdePac, unescaped(value)),
            _ => continue,
        };
        reading.add(key, scope.clone(), value, at);
    }
    reading
}

/// A value without the escapes of such files (`\s`, `\t`, `\n`, `\r`, `\\`; others stay as they are).
fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return value.into();
    }
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('s') => text.push(' '),
            Some('t') => text.push('\t'),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('\\') | None => text.push('\\'),
            Some(other) => text.extend(['\\', other]),
        }
    }
    text.into()
}

/// A proxy with its port behind a `:`.
fn with_colon(value: Cow<'_, str>) -> Cow<'_, str> {
    match value.rsplit_once(' ') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            [host.trim_end(), ":", port].concat().into()
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;
    use std::vec::Vec;

    const SAMPLE: &str = "[$Version]\nupdate_info=kioslave.upd:x\n\n[Proxy Settings][$i]\nAuthMode=0\n\
                          NoProxyFor=localhost,*.corp.example\nProxy Config Script=http://proxy.example/p.pac\n\
                          ProxyType[$i]=1\nReversedException=off\nhttpProxy=http://proxy.example 3128\r\n\
                          httpsProxy=http://192.0.2.7:8080\nsocksProxy=socks://s.example 1080\n\
                          [Other]\nhttpProxy=http://other:1\n";

    #[test]
    fn a_file() {
        let reading = read(SAMPLE, &Scope::User("alice".into()));
        let found: Vec<_> = reading
            .entries
            .iter()
            .map(|entry| (entry.key.as_str(), &*entry.value, &SAMPLE[entry.at.clone()]))
            .collect();
        assert_eq!(
            found,
            [
                ("NoProxyFor", "localhost,*.corp.example", "localhost,*.corp.example"),
                ("Proxy Config Script", "http://proxy.example/p.pac", "http://proxy.example/p.pac"),
                ("ProxyType", "1", "1"),
                ("ReversedException", "off", "off"),
                ("httpProxy", "http://proxy.example:3128", "http://proxy.example 3128"),
                ("httpsProxy", "http://192.0.2.7:8080", "http://192.0.2.7:8080"),
                ("socksProxy", "socks://s.example:1080", "socks://s.example 1080"),
            ]
        );
        assert_eq!(reading.mistakes, []);
    }

    #[test]
    fn mistakes() {
        let text = "[Proxy Settings]\nProxyType=7\nhttpProxy\n[Proxy Settings\n";
        let found: Vec<_> = read(text, &Scope::Machine)
            .mistakes
            .into_iter()
            .map(|mistake| (mistake.kind, mistake.at))
            .collect();
        assert_eq!(
            found,
            [
                (MistakeKind::SettingNumber, 27..28),
                (MistakeKind::FormUnknown, 29..38),
                (MistakeKind::FormUnknown, 39..54)
            ]
        );
    }

    #[test]
    fn any_bytes() {
        cuts::hold(SAMPLE, |text| read(text, &Scope::Machine));
    }
}
