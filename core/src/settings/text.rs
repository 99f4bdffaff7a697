//! Bytes become text: what a file of Windows or a redirected output may be written in.
//!
//! `regedit` writes UTF-16 with a byte order mark, `>` in Windows PowerShell too, `>` in `cmd` the code page of the console.
//! Which code page that was is not written down, so it is not guessed: its letters outside ASCII become `U+FFFD`. The formats
//! here need none of them, they are read by their shape.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::encoding;
use crate::mistake::{Mistake, MistakeKind};

/// The text of these bytes ([`encoding`]), without its mark.
///
/// Bytes that are no text become `U+FFFD`. However many there are, that is one mistake, at the first of them; its range, as
/// that of all other mistakes, is in the decoded text.
pub fn decode(bytes: &[u8]) -> (Cow<'_, str>, Vec<Mistake>) {
    let decoded = encoding::decode(bytes);
    let mistakes = decoded.no_text.into_iter().map(|at| Mistake::new(MistakeKind::NotText, at)).collect();
    (decoded.text, mistakes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16le(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn every_form_gives_the_same_text() {
        let text = "Windows Registry Editor Version 5.00\r\n\"x\"=\"Zürich, プロキシ, 🛰\"\r\n";
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let forms = [
            text.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            [b"\xFF\xFE".to_vec(), utf16le(text)].concat(),
            [b"\xFE\xFF".to_vec(), be].concat(),
            utf16le(text),
        ];
        for form in forms {
            assert_eq!(decode(&form), (Cow::Borrowed(text), Vec::new()));
        }
        assert!(matches!(decode(text.as_bytes()).0, Cow::Borrowed(_)));
        assert_eq!(decode(b""), (Cow::Borrowed(""), Vec::new()));
        assert_eq!(decode(b"\xFF\xFE"), (Cow::Borrowed(""), Vec::new()));
    }

    #[test]
    fn bytes_that_are_no_text_are_one_mistake() {
        let of = |bytes: &[u8]| {
            let (text, mistakes) = decode(bytes);
            assert!(mistakes.iter().all(|mistake| mistake.kind == MistakeKind::NotText));
            let at: Vec<_> = mistakes.into_iter().map(|mistake| mistake.at).collect();
            (text.into_owned(), at)
        };
        // Code page 1252 and 932: only what is ASCII survives.
        assert_eq!(of(b"Z\xFCrich M\xFC"), ("Z\u{FFFD}rich M\u{FFFD}".into(), alloc::vec![1..4]));
        assert_eq!(of(b"\x83v\x83\x8D: p:1"), ("\u{FFFD}v\u{FFFD}\u{FFFD}: p:1".into(), alloc::vec![0..3]));
        // Half a surrogate pair, and half a character at the end.
        assert_eq!(of(b"\xFF\xFEa\0\x3D\xD8"), ("a\u{FFFD}".into(), alloc::vec![1..4]));
        assert_eq!(of(b"\xFE\xFF\0a\0"), ("a\u{FFFD}".into(), alloc::vec![1..4]));
    }

    #[test]
    fn zeros_alone_are_no_utf16() {
        assert_eq!(decode(&[0; 9]).0, "\0".repeat(9));
        assert_eq!(decode(b"a\0bcdefgh").0, "a\0bcdefgh");
    }

    #[test]
    fn cut_at_every_byte() {
        let whole = [b"\xFF\xFE".to_vec(), utf16le("[HKEY]\r\n\"ä\"=\"🛰\"")].concat();
        for end in 0..=whole.len() {
            for part in [&whole[..end], &whole[whole.len() - end..]] {
                let (text, mistakes) = decode(part);
                assert!(
                    mistakes.len() <= 1
                        && mistakes.iter().all(|mistake| text.get(mistake.at.clone()).is_some())
                );
            }
        }
    }
}
