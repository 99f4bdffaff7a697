//! Exports of the registry (`regedit /e`, `reg export`): "Windows Registry Editor Version 5.00" and the older `REGEDIT4`; and what
//! `reg query` prints.
//!
//! Only the values that say something about proxies are read, each in the hives where its program looks for it: an export
//! of a whole machine is megabytes of other things, which are passed over without a word. A value of another type than the one
//! that its program reads is a mistake, since the program then acts as if it were not there.
//!
//! What a 32-bit program wrote below `Wow6432Node` is not read: neither the EDR sensor nor Defender Antivirus looks there.
//! Where a value stands twice, both are told in their order. One that is deleted (`"Value"=-`), itself or with its key (`[-KEY]`), is
//! told as an empty value, which undoes what stands before it, also in an earlier file.

use alloc::borrow::Cow;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::ops::Range;

use crate::mistake::{Mistake, MistakeKind};
use crate::select::environment::Variable;
use crate::settings::{Key, Reading, Scope, connection_settings, grammar, place, winhttp_settings};

mod form;
pub(super) mod query;

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
    /// A variable of the environment, `REG_SZ` or `REG_EXPAND_SZ`. On Windows its name has no letter case, so that programs find it
    /// by both spellings.
    Variable([Variable; 2]),
    /// `REG_BINARY`, [`winhttp_settings`].
    WinHttpSettings,
    /// `REG_BINARY`, [`connection_settings`].
    ConnectionSettings,
}

impl Value {
    const fn name(self) -> &'static str {
        match self {
            Self::Text(key) | Self::List(key) | Self::Number(key) => key.as_str(),
            Self::Variable([variable, _]) => variable.as_str(),
            Self::WinHttpSettings => "WinHttpSettings",
            Self::ConnectionSettings => "DefaultConnectionSettings",
        }
    }
}

/// A key's path below a hive, whether what stands there are policies for settings that are made elsewhere as well, and the values
/// in it.
type Row = (&'static str, bool, &'static [Value]);

/// Where values stand below the machine's hive.
const OF_MACHINE: &[Row] = &[
    (
        r"SOFTWARE\Policies\Microsoft\Windows\DataCollection",
        false,
        &[Value::Text(Key::TelemetryProxyServer), Value::Number(Key::DisableEnterpriseAuthProxy)],
    ),
    (
        r"SOFTWARE\Microsoft\PolicyManager\current\device\System",
        false,
        &[Value::Text(Key::MdmTelemetryProxy)],
    ),
    (
        r"SOFTWARE\Policies\Microsoft\Windows Advanced Threat Protection",
        false,
        &[Value::Number(Key::PreferStaticProxy)],
    ),
    (r"SOFTWARE\Policies\Microsoft\Windows Defender", true, ANTIVIRUS),
    // Set-MpPreference writes here.
    (r"SOFTWARE\Microsoft\Windows Defender", false, ANTIVIRUS),
    (
        r"SOFTWARE\Policies\Microsoft\Windows Defender\Spynet",
        true,
        &[Value::Number(Key::AntivirusSslOptions)],
    ),
    (r"SOFTWARE\Microsoft\Windows Defender\Spynet", false, &[Value::Number(Key::AntivirusSslOptions)]),
    (r"SOFTWARE\Policies\Microsoft\Windows Defender\Signature Updates", true, ANTIVIRUS_UPDATES),
    (r"SOFTWARE\Microsoft\Windows Defender\Signature Updates", false, ANTIVIRUS_UPDATES),
    (
        r"SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate",
        false,
        &[Value::Text(Key::UpdateServer), Value::Number(Key::UpdateUserProxy)],
    ),
    (r"SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU", false, &[Value::Number(Key::UsesUpdateServer)]),
    (INTERNET_POLICIES, false, &[Value::Number(Key::InetPerUser)]),
    (INTERNET_POLICIES, true, INTERNET_SETTINGS),
    (CONNECTIONS, false, &[Value::WinHttpSettings, Value::ConnectionSettings]),
    (INTERNET, false, INTERNET_SETTINGS),
    (r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment", false, ENVIRONMENT),
];

/// Where values stand below a user's hive.
const OF_USER: &[Row] = &[
    (INTERNET_POLICIES, true, INTERNET_SETTINGS),
    (CONNECTIONS, false, &[Value::ConnectionSettings]),
    (INTERNET, false, INTERNET_SETTINGS),
    ("Environment", false, ENVIRONMENT),
];

const INTERNET: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings";
const INTERNET_POLICIES: &str = r"SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings";
const CONNECTIONS: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections";

const ANTIVIRUS: &[Value] = &[
    Value::Text(Key::AntivirusProxyServer),
    Value::Text(Key::AntivirusProxyPacUrl),
    Value::List(Key::AntivirusProxyBypass),
];

const ANTIVIRUS_UPDATES: &[Value] = &[Value::Text(Key::AntivirusFallbackOrder)];

const ENVIRONMENT: &[Value] = &[
    Value::Variable([Variable::HttpProxy, Variable::HttpProxyUpper]),
    Value::Variable([Variable::HttpsProxy, Variable::HttpsProxyUpper]),
    Value::Variable([Variable::AllProxy, Variable::AllProxyUpper]),
    Value::Variable([Variable::NoProxy, Variable::NoProxyUpper]),
];

const INTERNET_SETTINGS: &[Value] = &[
    Value::Number(Key::InetProxyEnable),
    Value::Text(Key::InetProxyServer),
    Value::Text(Key::InetProxyOverride),
    Value::Text(Key::InetAutoConfigUrl),
    Value::Number(Key::InetAutoDetect),
];

/// So many keys are deleted in no real file; each of them undoes many values.
const DELETED: usize = 1000;

/// Reads such an export.
///
/// Lines that have no form at all are one mistake where they follow each other, at the first of them.
pub fn read(text: &str) -> Reading<'_> {
    if query::is_one(text) {
        return queried(text);
    }
    let mut reading = Reading::default();
    let (mut is_ansi, mut is_unknown) = (false, false);
    let mut deleted = 0_usize;
    // The keys of the tables that the lines are below, and whose hive it is.
    let mut key: Option<Rows<'_>> = None;
    for (at, line) in Lines::new(text) {
        let was_unknown = core::mem::take(&mut is_unknown);
        match line {
            Line::Title { is_ansi: is } => is_ansi = is,
            Line::Key(path) => key = Some(Rows::of(path)),
            Line::KeyDeleted(path) => {
                deleted = deleted.saturating_add(1);
                if deleted == DELETED {
                    reading.note(MistakeKind::TooMuch, at.clone());
                }
                for (scope, value) in Rows::of(path).below().take_while(|_| deleted < DELETED) {
                    take(*value, &scope, Data::Deleted, at.clone(), &mut reading);
                }
                // Nothing can stand in a key that is deleted.
                key = Some(Rows::default());
            }
            Line::KeyOpen => {
                key = Some(Rows::default());
                reading.note(
                    if at.end == text.len() { MistakeKind::CutOff } else { MistakeKind::FormUnknown },
                    at,
                );
            }
            Line::Value { name, data, at } if let Some(rows) = &key => {
                let whole = at..at.saturating_add(data.len());
                let rest = text.get(whole.end..).unwrap_or_default();
                if let Some((scope, value)) = rows.find(&name) {
                    if let Some((data, at)) = form::data(data, at, rest, is_ansi, &mut reading.mistakes) {
                        take(*value, &scope, data, at, &mut reading);
                    } else {
                        let why = reading.mistakes.last().map_or(MistakeKind::CutOff, |mistake| mistake.kind);
                        lose(*value, &scope, why, whole, &mut reading);
                    }
                } else if form::is_blank(rest) {
                    // Nobody reads it, and what would have followed may have been read.
                    let mut found = Vec::new();
                    form::data(data, at, rest, is_ansi, &mut found);
                    found.retain(|one| matches!(one.kind, MistakeKind::CutOff | MistakeKind::QuoteOpen));
                    reading.mistakes.append(&mut found);
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

/// Reads what `reg query` printed.
///
/// It ends each line: of one without an end, whatever it is, nobody knows how it goes on.
fn queried(text: &str) -> Reading<'_> {
    let mut reading = Reading::default();
    let mut key = Rows::default();
    for (start, line) in query::lines(text) {
        let at = start..start.saturating_add(line.len());
        let is_cut = at.end == text.len() && query::may_go_on(line);
        if query::is_key(line) {
            key = Rows::of(line);
        } else if let Some((name, kind, data)) = query::value(line) {
            if let Some((scope, value)) = key.find(name) {
                if is_cut {
                    lose(*value, &scope, MistakeKind::CutOff, at.clone(), &mut reading);
                } else if let Some((data, at)) = query::data(text, kind, data, &mut reading.mistakes) {
                    take(*value, &scope, data, at, &mut reading);
                } else {
                    let why = reading.mistakes.last().map_or(MistakeKind::CutOff, |mistake| mistake.kind);
                    lose(*value, &scope, why, place(text, data), &mut reading);
                }
            }
        } else if !is_cut && query::is_indented(line) && key.is_read() {
            reading.note(MistakeKind::FormUnknown, place(text, line.trim()));
        }
        if is_cut {
            reading.note(MistakeKind::CutOff, at);
        }
    }
    reading.mistakes.sort_by_key(|mistake| mistake.at.start);
    reading
}

/// What is read of a hive: at one key, or below it.
#[derive(Default)]
struct Rows<'a> {
    table: &'static [Row],
    /// The user whose hive it is; `None` for the machine's.
    user: Option<Cow<'a, str>>,
    path: &'a str,
}

impl<'a> Rows<'a> {
    fn of(path: &'a str) -> Self {
        let path = path.trim().trim_end_matches('\\');
        let (hive, path) = path.split_once('\\').unwrap_or((path, ""));
        let is = |names: [&str; 2]| names.iter().any(|name| hive.eq_ignore_ascii_case(name));
        if is(["HKEY_LOCAL_MACHINE", "HKLM"]) {
            Self { table: OF_MACHINE, user: None, path }
        } else if is(["HKEY_CURRENT_USER", "HKCU"]) {
            Self { table: OF_USER, user: Some(Cow::Borrowed("HKEY_CURRENT_USER")), path }
        } else if is(["HKEY_USERS", "HKU"]) {
            let (user, path) = path.split_once('\\').unwrap_or((path, ""));
            Self { table: OF_USER, user: Some(in_capitals(user)), path }
        } else {
            Self::default()
        }
    }

    /// Whether anything is read in the key itself.
    fn is_read(&self) -> bool {
        self.rows(|own| own.eq_ignore_ascii_case(self.path)).next().is_some()
    }

    /// The value of this name in the key itself.
    fn find(&self, name: &str) -> Option<(Scope<'a>, &'static Value)> {
        let mut here = self.rows(|own| own.eq_ignore_ascii_case(self.path));
        here.find(|(_, value)| value.name().eq_ignore_ascii_case(name))
    }

    /// The same, and those of all keys below it.
    fn below(&self) -> impl Iterator<Item = (Scope<'a>, &'static Value)> {
        self.rows(|own| {
            let (Some(start), Some(rest)) = (own.get(..self.path.len()), own.get(self.path.len()..)) else {
                return false;
            };
            let is_below = self.path.is_empty() || rest.is_empty() || rest.starts_with('\\');
            start.eq_ignore_ascii_case(self.path) && is_below
        })
    }

    fn rows(&self, is_it: impl Fn(&str) -> bool) -> impl Iterator<Item = (Scope<'a>, &'static Value)> {
        let rows = self.table.iter().filter(move |(path, _, _)| is_it(path));
        rows.flat_map(|(_, is_policy, values)| values.iter().map(|value| (self.scope(*is_policy), value)))
    }

    fn scope(&self, is_policy: bool) -> Scope<'a> {
        match (&self.user, is_policy) {
            (None, true) => Scope::Policy,
            (None, false) => Scope::Machine,
            (Some(user), true) => Scope::UserPolicy(user.clone()),
            (Some(user), false) => Scope::User(user.clone()),
        }
    }
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
        (_, Data::Deleted) => {
            for key in keys(value) {
                reading.add(key, scope.clone(), "", at.clone());
            }
        }
        (Value::Text(key) | Value::List(key), Data::Text(text)) => reading.add(key, scope.clone(), text, at),
        (Value::Variable(spellings), Data::Text(text)) => {
            for variable in spellings {
                reading.add(Key::Variable(variable), scope.clone(), text.clone(), at.clone());
            }
        }
        (Value::List(key), Data::List(list)) => reading.add(key, scope.clone(), list, at),
        (Value::Number(key), Data::Number(number)) => reading.add(key, scope.clone(), number.to_string(), at),
        (Value::WinHttpSettings, Data::Binary(bytes)) => winhttp(&bytes, scope, reading),
        (Value::ConnectionSettings, Data::Binary(bytes)) => connections(&bytes, scope, reading),
        _ => {
            reading.note(MistakeKind::SettingType, at.clone());
            lose(value, scope, MistakeKind::SettingType, at, reading);
        }
    }
}

/// A value that could not be read: something is set, and what it is was lost.
///
/// Of a variable nothing is kept: that it is set to nothing would be a setting of its own. What is wrong with it says that it is
/// not known.
fn lose<'a>(value: Value, scope: &Scope<'a>, why: MistakeKind, at: Range<usize>, reading: &mut Reading<'a>) {
    let key = match value {
        Value::Text(key) | Value::List(key) | Value::Number(key) => key,
        Value::WinHttpSettings => Key::WinHttpProxy,
        Value::ConnectionSettings => Key::InetConnectionFlags,
        Value::Variable(_) => return,
    };
    reading.lose(key, scope.clone(), why, at);
}

/// The settings that a value has in it.
fn keys(value: Value) -> Vec<Key> {
    match value {
        Value::Text(key) | Value::List(key) | Value::Number(key) => [key].into(),
        Value::Variable(spellings) => spellings.map(Key::Variable).into(),
        Value::WinHttpSettings => [Key::WinHttpAccess, Key::WinHttpProxy, Key::WinHttpBypass].into(),
        Value::ConnectionSettings => [
            Key::InetConnectionFlags,
            Key::InetConnectionProxy,
            Key::InetConnectionBypass,
            Key::InetConnectionPac,
        ]
        .into(),
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
    if settings.flags.is_none() || settings.has_proxy() && settings.proxy.is_none() {
        let (why, at) = first_of(&settings.mistakes, bytes);
        reading.lose(Key::WinHttpProxy, scope.clone(), why, at);
    }
    let is_cut = settings.proxy.is_some() && !settings.mistakes.is_empty();
    for (key, part) in [(Key::WinHttpProxy, settings.proxy), (Key::WinHttpBypass, settings.bypass)] {
        if let Some(part) = part {
            reading.add(key, scope.clone(), part.text.into_owned(), bytes.place(&part.at));
        } else if key == Key::WinHttpBypass && is_cut {
            let (why, at) = first_of(&settings.mistakes, bytes);
            reading.lose(key, scope.clone(), why, at);
        }
    }
}

fn connections<'a>(bytes: &Bytes, scope: &Scope<'a>, reading: &mut Reading<'a>) {
    let settings = connection_settings::read(&bytes.values);
    note_in(bytes, &settings.mistakes, reading);
    if let Some(flags) = settings.flags {
        reading.add(Key::InetConnectionFlags, scope.clone(), flags.to_string(), bytes.place(&FLAGS));
    }
    let (has_proxy, has_pac) = (settings.has_proxy(), settings.has_pac());
    if settings.flags.is_none() {
        let (why, at) = first_of(&settings.mistakes, bytes);
        reading.lose(Key::InetConnectionFlags, scope.clone(), why, at);
    }
    let is_cut = settings.proxy.is_some() && !settings.mistakes.is_empty();
    // The copies have the same grammar. What is not used is no mistake.
    let parts = [
        (Key::InetConnectionProxy, Some(Key::InetProxyServer).filter(|_| has_proxy), settings.proxy),
        (Key::InetConnectionBypass, Some(Key::InetProxyOverride).filter(|_| has_proxy), settings.bypass),
        (Key::InetConnectionPac, Some(Key::InetAutoConfigUrl).filter(|_| has_pac), settings.pac_url),
    ];
    for (key, copy, part) in parts {
        let Some(part) = part else {
            if copy.is_some() && (key != Key::InetConnectionBypass || is_cut) {
                let (why, at) = first_of(&settings.mistakes, bytes);
                reading.lose(key, scope.clone(), why, at);
            }
            continue;
        };
        let at = bytes.place(&part.at);
        for mistake in copy.map(|copy| grammar::mistakes(copy, &part.text)).unwrap_or_default() {
            reading.note(mistake.kind, at.clone());
        }
        reading.add(key, scope.clone(), part.text.into_owned(), at);
    }
}

/// Why something in these bytes was lost, and where.
fn first_of(mistakes: &[Mistake], bytes: &Bytes) -> (MistakeKind, Range<usize>) {
    let end = bytes.values.len();
    match mistakes.first() {
        Some(mistake) => (mistake.kind, bytes.place(&mistake.at)),
        None => (MistakeKind::CutOff, bytes.place(&(end..end))),
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
