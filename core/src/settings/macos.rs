//! What the network settings of macOS have in common, wherever they are written: the keys of `SystemConfiguration`
//! (`SCSchemaDefinitions`), and what each of them can be.

use alloc::borrow::Cow;
use core::ops::Range;

use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope};

/// The keys that are read.
pub(super) const KEYS: [Key; 14] = [
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

/// What is switched on, and what it names.
const NAMED: [(Key, Key); 4] = [
    (Key::MacHttpEnable, Key::MacHttpProxy),
    (Key::MacHttpsEnable, Key::MacHttpsProxy),
    (Key::MacSocksEnable, Key::MacSocksProxy),
    (Key::MacAutoConfigEnable, Key::MacAutoConfigUrl),
];

/// Adds a setting. A number that it cannot have is lost: what counts in its place, nobody knows.
pub(super) fn add<'a>(key: Key, value: impl Into<Cow<'a, str>>, at: Range<usize>, reading: &mut Reading<'a>) {
    let before = reading.mistakes.len();
    reading.add(key, Scope::Machine, value, at);
    let Some(entry) = reading.entries.last_mut().filter(|_| is_number(key)) else { return };
    // What is true elsewhere is no number.
    let is_word = matches!(entry.value.trim(), "true" | "false");
    let word = is_word.then_some(MistakeKind::SettingNumber);
    if let Some(kind) = reading.mistakes.get(before).map(|mistake| mistake.kind).or(word) {
        entry.value = "".into();
        entry.lost = Some(kind);
        let at = entry.at.clone();
        if is_word {
            reading.note(kind, at);
        }
    }
}

const fn is_number(key: Key) -> bool {
    !matches!(
        key,
        Key::MacHttpProxy
            | Key::MacHttpsProxy
            | Key::MacSocksProxy
            | Key::MacAutoConfigUrl
            | Key::MacExceptions
    )
}

/// Says what is switched on and names nothing. Clients take it for switched off.
pub(super) fn unnamed(reading: &mut Reading<'_>) {
    let last = |key| reading.entries.iter().rev().find(|entry| entry.key == key);
    let is_named =
        |key| last(key).is_some_and(|entry| entry.lost.is_some() || !entry.value.trim().is_empty());
    let on = NAMED.map(|(enable, name)| {
        let entry = last(enable).filter(|entry| entry.value.trim() == "1" && !is_named(name))?;
        Some(entry.at.clone())
    });
    for at in on.into_iter().flatten() {
        reading.note(MistakeKind::ProxyUnnamed, at);
    }
    reading.mistakes.sort_by_key(|mistake| mistake.at.start);
    // One place may say it for http and https.
    reading.mistakes.dedup();
}
