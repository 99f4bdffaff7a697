//! What `reg query` prints: a key as it is, and indented below it its values as name, type and data, with four blanks between
//! them (on systems of old, tabs). Lines of other forms are passed over: the command ends with a sentence in the language of the
//! system. Knows no settings.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::ops::Range;

use super::form::{Bytes, Data};
use crate::mistake::{Mistake, MistakeKind};
use crate::settings::{place, prompt};

/// Whether a text begins as such an output does: with a key, without the brackets of an export.
pub(in crate::settings) fn is_one(text: &str) -> bool {
    let mut printed = lines(text).map(|(_, line)| line.trim());
    printed.find(|line| !line.is_empty()).is_some_and(is_key)
}

/// The lines, without those of a console around them.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    prompt::printed(text, "reg query")
}

/// Whether a line is a key.
pub(super) fn is_key(line: &str) -> bool {
    line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("HKEY_"))
}

/// Whether a line stands below a key, as each value does.
pub(super) fn is_indented(line: &str) -> bool {
    line.starts_with([' ', '\t']) && !line.trim().is_empty()
}

/// Whether a line that has no end could have been a key or a value if it went on. The sentence at the end could not.
pub(super) fn may_go_on(line: &str) -> bool {
    let start = line.get(..5).unwrap_or(line);
    line.starts_with([' ', '\t'])
        || !line.is_empty() && "HKEY_".get(..start.len()).is_some_and(|key| key.eq_ignore_ascii_case(start))
}

/// The name, the type and the data of a value.
pub(super) fn value(line: &str) -> Option<(&str, &str, &str)> {
    let inner = line.strip_prefix([' ', '\t'])?.trim_start();
    let at = inner.match_indices("REG_").map(|(at, _)| at).find(|at| {
        inner.get(..*at).is_some_and(|before| before.ends_with("    ") || before.ends_with('\t'))
    })?;
    let (name, rest) = inner.split_at_checked(at)?;
    let (kind, data) = rest.split_at_checked(rest.find([' ', '\t']).unwrap_or(rest.len()))?;
    // What stands behind these is the value's own, blanks as well.
    let data = data.strip_prefix("    ").or_else(|| data.strip_prefix('\t')).unwrap_or(data);
    Some((name.trim_end(), kind, data))
}

/// What data of this type says, and where that stands.
pub(super) fn data<'a>(
    text: &'a str,
    kind: &str,
    data: &'a str,
    mistakes: &mut Vec<Mistake>,
) -> Option<(Data<'a>, Range<usize>)> {
    let at = place(text, data);
    let found = match kind {
        "REG_SZ" | "REG_EXPAND_SZ" => Data::Text(Cow::Borrowed(data)),
        "REG_MULTI_SZ" => {
            let items: Vec<&str> = data.split("\\0").filter(|item| !item.is_empty()).collect();
            Data::List(items.join(";"))
        }
        "REG_DWORD" => {
            let digits = data.trim().strip_prefix("0x").unwrap_or_default();
            let Ok(number) = u32::from_str_radix(digits, 16) else {
                mistakes.push(Mistake::new(MistakeKind::FormUnknown, at));
                return None;
            };
            Data::Number(number)
        }
        "REG_BINARY" => Data::Binary(bytes(data, at.start, mistakes)?),
        _ => Data::Other,
    };
    Some((found, at))
}

/// Bytes as two digits each, without anything between them.
fn bytes(digits: &str, start: usize, mistakes: &mut Vec<Mistake>) -> Option<Bytes> {
    let digits = digits.trim_end();
    let mut found = Bytes { values: Vec::new(), at: Vec::new(), end: start.saturating_add(digits.len()) };
    let mut at = start;
    for pair in digits.as_bytes().chunks(2) {
        let end = at.saturating_add(pair.len());
        let is_whole = pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit);
        let byte = core::str::from_utf8(pair).ok().filter(|_| is_whole);
        let Some(byte) = byte.and_then(|byte| u8::from_str_radix(byte, 16).ok()) else {
            let kind = if end == found.end { MistakeKind::CutOff } else { MistakeKind::FormUnknown };
            mistakes.push(Mistake::new(kind, start..found.end));
            return None;
        };
        found.values.push(byte);
        found.at.push(at..end);
        at = end;
    }
    Some(found)
}
