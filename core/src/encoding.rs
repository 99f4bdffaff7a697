//! Bytes become text: UTF-8 or UTF-16, with or without a byte order mark.
//!
//! What is no text becomes `U+FFFD`, and it is said where. Who reads logs goes on with that, since those are cut anywhere; who reads
//! settings says it as a mistake; who reads lists refuses, since a name with a hole in it is another name.

use alloc::borrow::Cow;
use alloc::string::String;
use core::ops::Range;

/// How many bytes are looked at for the form of a text without a mark.
const LOOKED_AT: usize = 4096;

/// A text, and what was no text in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text without its mark, with `U+FFFD` for what is none.
    pub text: Cow<'a, str>,
    /// The first `U+FFFD` that stands for something else, with those directly behind it. Bytes in the text; none where all is
    /// text.
    pub no_text: Option<Range<usize>>,
    /// Whether it was written in UTF-16.
    pub is_utf16: bool,
    /// Whether the input ends in the middle of a unit of UTF-16: then its half is the last `U+FFFD`.
    pub is_cut: bool,
}

/// Decodes bytes. Without a mark it is UTF-16 where it begins with two characters of ASCII in that form (of either byte order),
/// or where nearly every second byte is 0 and few of the others (little end first); all else is UTF-8.
///
/// Costs one pass, and memory in proportion to the input; UTF-8 without faults is not copied.
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => utf16(bytes, u16::from_le_bytes),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => utf16(bytes, u16::from_be_bytes),
        _ if is_utf16le(bytes) => utf16(bytes, u16::from_le_bytes),
        _ => utf8(bytes),
    }
}

/// Whether most of the second bytes are 0, and few of the first ones: ASCII in UTF-16LE.
fn is_utf16le(bytes: &[u8]) -> bool {
    let pairs = bytes.get(..LOOKED_AT).unwrap_or(bytes).chunks_exact(2);
    let (mut all, mut high, mut low) = (0_usize, 0_usize, 0_usize);
    for pair in pairs {
        all = all.saturating_add(1);
        low = low.saturating_add(usize::from(pair.first() == Some(&0)));
        high = high.saturating_add(usize::from(pair.last() == Some(&0)));
    }
    high.saturating_mul(2) > all && low.saturating_mul(2) < all
}

fn utf8(bytes: &[u8]) -> Decoded<'_> {
    if let Ok(text) = core::str::from_utf8(bytes) {
        return Decoded { text: Cow::Borrowed(text), no_text: None, is_utf16: false, is_cut: false };
    }
    let mut taken = Taken::default();
    for chunk in bytes.utf8_chunks() {
        taken.text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            taken.replace();
        }
    }
    Decoded { text: Cow::Owned(taken.text), no_text: taken.no_text, is_utf16: false, is_cut: false }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded<'static> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut taken = Taken::default();
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match character {
            Ok(character) => taken.text.push(character),
            Err(_) => taken.replace(),
        }
    }
    let is_cut = !rest.is_empty();
    if is_cut {
        taken.replace();
    }
    Decoded { text: Cow::Owned(taken.text), no_text: taken.no_text, is_utf16: true, is_cut }
}

/// A text on its way, and where its first replacements stand.
#[derive(Default)]
struct Taken {
    text: String,
    no_text: Option<Range<usize>>,
}

impl Taken {
    fn replace(&mut self) {
        let start = self.text.len();
        self.text.push(char::REPLACEMENT_CHARACTER);
        let run = self.no_text.get_or_insert(start..start);
        if run.end == start {
            run.end = self.text.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use std::string::ToString as _;

    fn wide(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_form_gives_the_same_text() {
        let text = "a,\"Zürich, プロキシ, 🛰\"\r\n";
        let (little, big) = (wide(text, u16::to_le_bytes), wide(text, u16::to_be_bytes));
        for (form, is_utf16) in [
            (text.as_bytes().to_vec(), false),
            ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), false),
            ([b"\xFF\xFE", &little[..]].concat(), true),
            ([b"\xFE\xFF", &big[..]].concat(), true),
            (little, true),
            (big, true),
        ] {
            let want = Decoded { text: text.into(), no_text: None, is_utf16, is_cut: false };
            assert_eq!(decode(&form), want);
        }
        assert!(matches!(decode(text.as_bytes()).text, Cow::Borrowed(_)));
        for empty in [&b""[..], b"\xFF\xFE", b"\xFE\xFF", b"\xEF\xBB\xBF"] {
            assert_eq!(decode(empty).text, "");
        }
    }

    #[test]
    fn what_is_no_text_has_its_place() {
        let of = |bytes: &[u8]| {
            let Decoded { text, no_text, is_cut, .. } = decode(bytes);
            (text.to_string(), no_text, is_cut)
        };
        assert_eq!(of(b"caf\xe9 \xe9"), ("caf\u{fffd} \u{fffd}".into(), Some(3..6), false));
        assert_eq!(of(b"\xFF\xFEa\0\x3D\xD8"), ("a\u{fffd}".into(), Some(1..4), false));
        assert_eq!(of(b"\xFE\xFF\0a\0"), ("a\u{fffd}".into(), Some(1..4), true));
        // A replacement that was written as one is text.
        assert_eq!(of("a\u{fffd}".as_bytes()), ("a\u{fffd}".into(), None, false));
    }

    #[test]
    fn zeros_alone_are_no_utf16() {
        assert_eq!(decode(&[0; 9]).text, "\0".repeat(9));
        assert_eq!(decode(b"a\0bcdefgh").text, "a\0bcdefgh");
        assert_eq!(decode(b"\0\0a\0b\0c\0d\0").text, "\0abcd", "most second bytes are 0");
    }
}
