//! Members of a JSON object, each with its place in the text. Knows no settings.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::mistake::{Mistake, MistakeKind};

/// Everything of an object that can be read: where its form ends, a mistake says so, and the members before it count.
///
/// Members that are no strings, numbers or words are left to the caller as they are written.
pub(super) fn members(text: &str) -> (Vec<(String, &str)>, Option<Mistake>) {
    let mut members = Vec::new();
    let mut input = serde_json::Deserializer::from_str(text);
    let result = Members(&mut members).deserialize(&mut input).and_then(|()| input.end());
    let mistake = result.err().map(|error| {
        let kind = if error.is_eof() { MistakeKind::CutOff } else { MistakeKind::FormUnknown };
        Mistake::new(kind, place(text, &error))
    });
    (members, mistake)
}

/// A string without quotation marks and escapes, borrowed where it has none of these; `None` for anything else.
pub(super) fn string(raw: &str) -> Option<Cow<'_, str>> {
    let value: String = serde_json::from_str(raw).ok()?;
    let inner = raw.get(1..raw.len().saturating_sub(1)).filter(|inner| *inner == value);
    Some(inner.map_or(Cow::Owned(value), Cow::Borrowed))
}

/// The items of a list, as they are written; `None` for anything else.
pub(super) fn items(raw: &str) -> Option<Vec<&str>> {
    let items: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
    Some(items.into_iter().map(RawValue::get).collect())
}

/// The character at which the form ends.
fn place(text: &str, error: &serde_json::Error) -> Range<usize> {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = text.floor_char_boundary(before.saturating_add(error.column().saturating_sub(1)));
    let length = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    at..at.saturating_add(length)
}

struct Members<'m, 'de>(&'m mut Vec<(String, &'de str)>);

impl<'de> DeserializeSeed<'de> for Members<'_, 'de> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            self.0.push((name, value.get()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_before_the_end_of_the_form_count() {
        use MistakeKind as K;
        let of = |text| {
            let (members, mistake) = members(text);
            let members: Vec<_> = members.into_iter().map(|(_, value)| value).collect();
            (members, mistake.map(|mistake| (mistake.kind, mistake.at)))
        };
        assert_eq!(of("{\"a\": \"x\", \"b\":[1, {}]}"), ([r#""x""#, "[1, {}]"].into(), None));
        assert_eq!(of("{\"a\": 1,\r\n\"ä\" 2}"), (["1"].into(), Some((K::FormUnknown, 15..16))));
        assert_eq!(of("{\"a\": 1, \"b"), (["1"].into(), Some((K::CutOff, 10..11))));
        assert_eq!(of("{\"a\": 1} x"), (["1"].into(), Some((K::FormUnknown, 9..10))));
        assert_eq!(of("[1]"), ([].into(), Some((K::FormUnknown, 0..1))));
        assert_eq!(of(""), ([].into(), Some((K::CutOff, 0..0))));
        let deep = "{\"a\":".repeat(100_000);
        assert_eq!(of(&deep).1.map(|(kind, _)| kind), Some(K::CutOff));
    }

    #[test]
    fn strings_and_lists() {
        assert_eq!(string(r#""a\u0062\\""#).as_deref(), Some("ab\\"));
        assert!(matches!(string(r#""ab""#), Some(Cow::Borrowed("ab"))));
        assert_eq!(string("1"), None);
        assert_eq!(items(r#"["a", 2]"#), Some([r#""a""#, "2"].into()));
        assert_eq!(items("{}"), None);
    }
}
