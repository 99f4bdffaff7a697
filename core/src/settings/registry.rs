//! Exports of the registry (`regedit /e`, `reg export`): "Windows Registry Editor Version 5.00" and the older `REGEDIT4`.
//!
//! Only the values that say something about proxies are read, each in the hives where its program looks for it: an export
//! of a whole machine is megabytes of other things, which are passed over without a word. A value of another type than the one
//! that its program reads is a mistake, since the program then acts as if it were not there.
//!
//! What a 32-bit program wrote below `Wow6432Node` is not read: neither the EDR sensor nor Defender Antivirus looks there.
//! Where a value stands twice, or is deleted behind, both are told in their order.

use alloc::borrow::Cow;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::ops::Range;

use crate::mistake::{Mistake, MistakeKind};
use crate::settings::{Key, Reading, Scope, connection_settings, winhttp_settings};

mod form;

use form::{Bytes, Data, Line, Lines};

/// The type that a value must have, and what it sets.
#[derive(Clone, Copy)]
enum Value {
    /// `REG_SZ` or `REG_EXPAND_SZ`.
    Text(Key),
    /// The same, or `REG_MULTI_SZ`: PowerShell's arrays.
    List(Key),
    /// `REG_DWORD`.
    Number(Key),
    /// `REG_BINARY`, [`winhttp_settings`].
    WinHttpSettings,
    /// `REG_BINARY`, [`connection_settings`].
    ConnectionSettings,
}

impl Value {
    const fn name(self) -> &'static str {
        match self {
            Self::Text(key) | Self::List(key) | Self::Number(key) => key.as_str(),
            Self::WinHttpSettings => "WinHttpSettings",
            Self::ConnectionSettings => "DefaultConnectionSettings",
        }
    }
}

/// Where values stand below the machine's hive.
const OF_MACHINE: &[(&str, &[Value])] = &[
    (
        r"SOFTWARE\Policies\Microsoft\Windows\DataCollection",
        &[Value::Text(Key::TelemetryProxyServer), Value::Number(Key::DisableEnterpriseAuthProxy)],
    ),
    (
        r"SOFTWARE\Policies\Microsoft\Windows Advanced Threat Protection",
        &[Value::Number(Key::PreferStaticProxy)],
    ),
    (r"SOFTWARE\Policies\Microsoft\Windows Defender", ANTIVIRUS),
    // Set-MpPreference writes here; the policy wins.
    (r"SOFTWARE\Microsoft\Windows Defender", ANTIVIRUS),
    (r"SOFTWARE\Policies\Microsoft\Windows Defender\Spynet", &[Value::Number(Key::AntivirusSslOptions)]),
    (r"SOFTWARE\Microsoft\Windows Defender\Spynet", &[Value::Number(Key::AntivirusSslOptions)]),
    (
        r"SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings",
        &[Value::Number(Key::InetPerUser)],
    ),
    (
        r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections",
        &[Value::WinHttpSettings, Value::ConnectionSettings],
    ),
    (r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings", INTERNET_SETTINGS),
];

/// Where values stand below a user's hive.
const OF_USER: &[(&str, &[Value])] = &[
    (
        r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections",
        &[Value::ConnectionSettings],
    ),
    (r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings", INTERNET_SETTINGS),
];

const ANTIVIRUS: &[Value] = &[
    Value::Text(Key::AntivirusProxyServer),
    Value::Text(Key::AntivirusProxyPacUrl),
    Value::List(Key::AntivirusProxyBypass),
];

const INTERNET_SETTINGS: &[Value] = &[
    Value::Number(Key::InetProxyEnable),
    Value::Text(Key::InetProxyServer),
    Value::Text(Key::InetProxyOverride),
    Value::Text(Key::InetAutoConfigUrl),
    Value::Number(Key::InetAutoDetect),
];

/// Reads such an export.
///
/// Lines that have no form at all are one mistake where they follow each other, at the first of them.
pub fn read(text: &str) -> Reading<'_> {
    let mut reading = Reading::default();
    let (mut is_ansi, mut is_unknown) = (false, false);
    // The key that the lines are below, and what is read there.
    let mut key: Option<(&[Value], Scope<'_>)> = None;
    for (at, line) in Lines::new(text) {
        let was_unknown = core::mem::take(&mut is_unknown);
        match line {
            Line::Title { is_ansi: is } => is_ansi = is,
            Line::Key(path) => key = Some(values(path)),
            Line::KeyOpen => {
                key = Some((&[], Scope::Machine));
                reading.note(
                    if at.end == text.len() { MistakeKind::CutOff } else { MistakeKind::FormUnknown },
                    at,
                );
            }
            Line::Value { name, data, at } if let Some((values, scope)) = &key => {
                if let Some(value) = values.iter().find(|value| value.name().eq_ignore_ascii_case(&name)) {
                    let found = form::data(data, at, is_ansi, &mut reading.mistakes);
                    if let Some((data, at)) = found {
                        take(*value, scope, data, at, &mut reading);
                    }
                }
            }
            // Nobody knows where a value belongs that stands before all keys.
            Line::Value { .. } | Line::Unknown => {
                is_unknown = true;
                if !was_unknown {
                    reading.note(MistakeKind::FormUnknown, at);
                }
            }
        }
    }
    reading.mistakes.sort_by_key(|mistake| mistake.at.start);
    reading
}

/// What is read below a key, and for whom it is set.
fn values(path: &str) -> (&'static [Value], Scope<'_>) {
    let path = path.trim().trim_end_matches('\\');
    let (hive, rest) = path.split_once('\\').unwrap_or((path, ""));
    let is = |names: [&str; 2]| names.iter().any(|name| hive.eq_ignore_ascii_case(name));
    let (table, scope, rest) = if is(["HKEY_LOCAL_MACHINE", "HKLM"]) {
        (OF_MACHINE, Scope::Machine, rest)
    } else if is(["HKEY_CURRENT_USER", "HKCU"]) {
        (OF_USER, Scope::User(Cow::Borrowed("HKEY_CURRENT_USER")), rest)
    } else if is(["HKEY_USERS", "HKU"]) {
        let (user, rest) = rest.split_once('\\').unwrap_or((rest, ""));
        (OF_USER, Scope::User(in_capitals(user)), rest)
    } else {
        return (&[], Scope::Machine);
    };
    let found = table.iter().find(|(path, _)| rest.eq_ignore_ascii_case(path));
    (found.map_or(&[], |(_, values)| values), scope)
}

/// As Windows writes SIDs and `.DEFAULT`.
fn in_capitals(user: &str) -> Cow<'_, str> {
    if user.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(user.to_ascii_uppercase())
    } else {
        Cow::Borrowed(user)
    }
}

fn take<'a>(value: Value, scope: &Scope<'a>, data: Data<'a>, at: Range<usize>, reading: &mut Reading<'a>) {
    match (value, data) {
        (_, Data::Deleted) => {}
        (Value::Text(key) | Value::List(key), Data::Text(text)) => reading.add(key, scope.clone(), text, at),
        (Value::List(key), Data::List(list)) => reading.add(key, scope.clone(), list, at),
        (Value::Number(key), Data::Number(number)) => reading.add(key, scope.clone(), number.to_string(), at),
        (Value::WinHttpSettings, Data::Binary(bytes)) => winhttp(&bytes, scope, reading),
        (Value::ConnectionSettings, Data::Binary(bytes)) => connections(&bytes, scope, reading),
        _ => reading.note(MistakeKind::SettingType, at),
    }
}

/// Where the flags stand in both binary values.
const FLAGS: Range<usize> = 8..12;

fn winhttp<'a>(bytes: &Bytes, scope: &Scope<'a>, reading: &mut Reading<'a>) {
    let settings = winhttp_settings::read(&bytes.values);
    note_in(bytes, &settings.mistakes, reading);
    if settings.flags.is_some() {
        let access = if settings.has_proxy() { "3" } else { "1" };
        reading.add(Key::WinHttpAccess, scope.clone(), access, bytes.place(&FLAGS));
    }
    for (key, part) in [(Key::WinHttpProxy, settings.proxy), (Key::WinHttpBypass, settings.bypass)] {
        if let Some(part) = part {
            reading.add(key, scope.clone(), part.text.into_owned(), bytes.place(&part.at));
        }
    }
}

fn connections<'a>(bytes: &Bytes, scope: &Scope<'a>, reading: &mut Reading<'a>) {
    let settings = connection_settings::read(&bytes.values);
    note_in(bytes, &settings.mistakes, reading);
    if settings.flags.is_some() {
        let digit = |is_set| if is_set { "1" } else { "0" };
        reading.add(Key::InetProxyEnable, scope.clone(), digit(settings.has_proxy()), bytes.place(&FLAGS));
        reading.add(
            Key::InetAutoDetect,
            scope.clone(),
            digit(settings.has_auto_detect()),
            bytes.place(&FLAGS),
        );
    }
    // No key says that a PAC file is not used: one that is not is none.
    let pac_url = if settings.has_pac() { settings.pac_url } else { None };
    let parts = [
        (Key::InetProxyServer, settings.proxy),
        (Key::InetProxyOverride, settings.bypass),
        (Key::InetAutoConfigUrl, pac_url),
    ];
    for (key, part) in parts {
        if let Some(part) = part {
            reading.add(key, scope.clone(), part.text.into_owned(), bytes.place(&part.at));
        }
    }
}

/// Mistakes in bytes, at their digits.
fn note_in(bytes: &Bytes, mistakes: &[Mistake], reading: &mut Reading<'_>) {
    let placed: Vec<_> =
        mistakes.iter().map(|mistake| Mistake::new(mistake.kind, bytes.place(&mistake.at))).collect();
    reading.mistakes.extend(placed);
}

#[cfg(test)]
mod tests;
