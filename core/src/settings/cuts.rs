//! What must hold of every parser of settings, whatever its input is; for their tests.

use std::borrow::Cow;
use std::string::String;

use crate::settings::Reading;

/// Reads a sample whole, cut at every byte from both ends, and with other characters in place of each one.
pub(super) fn hold(sample: &str, read: impl Fn(&str) -> Reading<'_>) {
    for at in 0..=sample.len() {
        let Some((before, rest)) = sample.split_at_checked(at) else { continue };
        sound(before, &read(before));
        sound(rest, &read(rest));
        let mut rest = rest.chars();
        rest.next();
        for other in ["\"", "'", "\\", "}", "\n", "[", "é", "\0"] {
            let changed = [before, other, rest.as_str()].concat();
            sound(&changed, &read(&changed));
        }
    }
    for part in ["\\", "\"", "'", "{", "[", "<", "[Service]\nEnvironment=\\\n", "a {\n", "\u{FEFF}", "\r\n\r"]
    {
        let many: String = part.repeat(2_000);
        sound(&many, &read(&many));
    }
}

/// All places are parts of the text, in their order, and what is borrowed stands there.
fn sound(text: &str, reading: &Reading<'_>) {
    for at in reading
        .entries
        .iter()
        .map(|entry| &entry.at)
        .chain(reading.mistakes.iter().map(|mistake| &mistake.at))
    {
        assert!(text.get(at.clone()).is_some(), "{at:?} is no part of {text:?}");
    }
    assert!(reading.entries.is_sorted_by_key(|entry| entry.at.start), "{reading:?}");
    assert!(reading.mistakes.is_sorted_by_key(|mistake| mistake.at.start), "{reading:?}");
    for entry in &reading.entries {
        if let Cow::Borrowed(value) = entry.value {
            assert!(
                value.len() != entry.at.len() || text.get(entry.at.clone()) == Some(value),
                "{entry:?} in {text:?}"
            );
        }
    }
}
