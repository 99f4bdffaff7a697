//! Text from outside, cut to a length and made harmless when it is taken in.

use core::fmt;
use core::ops::Range;

/// Up to `N` bytes of text that a peer or a file sent.
///
/// Made safe on the way in: control characters (C0, C1, DEL), bytes that are no UTF-8, and the characters that
/// reorder or hide text (bidirectional controls, zero-width characters, line and paragraph separators, the byte
/// order mark) become `\u{FFFD}`. So no terminal, log or page can be steered by it. What is longer than `N` bytes is
/// cut at a character and ends in `…`.
#[derive(Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Text<const N: usize> {
    /// The length in one byte: there are dozens of texts in an attempt, and none is longer.
    kept: heapless::String<N, u8>,
}

impl<const N: usize> Text<N> {
    /// An empty text.
    pub const fn new() -> Self {
        Self { kept: heapless::String::new() }
    }

    /// Takes bytes in; leading and trailing white space is dropped.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut text = Self::new();
        text.take(bytes);
        text
    }

    /// Takes bytes in, in place of what was there.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.kept.clear();
        let bytes = bytes.trim_ascii();
        // Nearly all of it is plain and short.
        if bytes.iter().all(|byte| matches!(byte, b' '..=b'~'))
            && let Ok(text) = core::str::from_utf8(bytes)
            && self.kept.push_str(text).is_ok()
        {
            return;
        }
        for chunk in bytes.utf8_chunks() {
            for character in chunk.valid().chars() {
                if !self.push(if is_harmless(character) { character } else { '\u{FFFD}' }) {
                    return;
                }
            }
            if !chunk.invalid().is_empty() && !self.push('\u{FFFD}') {
                return;
            }
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.kept.as_str()
    }

    /// Whether nothing was kept.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Adds a character, or marks the cut; false when the text is full.
    fn push(&mut self, character: char) -> bool {
        if self.kept.push(character).is_ok() {
            return true;
        }
        while !self.kept.is_empty() && self.kept.push('…').is_err() {
            self.kept.pop();
        }
        false
    }
}

impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if !self.push(if is_harmless(character) { character } else { '\u{FFFD}' }) {
                break;
            }
        }
        Ok(())
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Whether a character can be shown on a terminal or a page without changing what stands around it.
pub fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{061C}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

/// The place of a part of a text in it. `part` must have been cut out of `whole`; anything else gives `0..0`.
pub fn place(whole: &str, part: &str) -> Range<usize> {
    let (from, start) = (whole.as_ptr().addr(), part.as_ptr().addr());
    match start.checked_sub(from) {
        Some(at) if at.saturating_add(part.len()) <= whole.len() => at..at.saturating_add(part.len()),
        _ => 0..0,
    }
}

/// The length of what a shell puts a value in place of, where a text begins with it: `$NAME`, `${NAME}`, `$(command)`, or
/// `` `command` ``.
pub(crate) fn reference(text: &str) -> Option<usize> {
    let up_to = |end: char| Some(text.get(1..)?.find(end).map_or(text.len(), |at| at.saturating_add(2)));
    match text.as_bytes() {
        [b'$', b'{', ..] => up_to('}'),
        [b'$', b'(', ..] => up_to(')'),
        [b'`', ..] => up_to('`'),
        [b'$', first, ..] if first.is_ascii_alphabetic() || *first == b'_' => {
            let is_of_name = |one: char| one.is_ascii_alphanumeric() || one == '_';
            let name = text.get(1..)?;
            Some(name.find(|one| !is_of_name(one)).unwrap_or(name.len()).saturating_add(1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_fills_in() {
        for (text, want) in [
            ("$HOST:1", Some("$HOST")),
            ("$_a", Some("$_a")),
            ("${HOST:-é}:1", Some("${HOST:-é}")),
            ("${HOST", Some("${HOST")),
            ("$(hostname -f) x", Some("$(hostname -f)")),
            ("`hostname`:1", Some("`hostname`")),
            ("$", None),
            ("$1", None),
            ("$:x", None),
            ("x$HOST", None),
            ("", None),
        ] {
            assert_eq!(reference(text).map(|length| &text[..length]), want, "{text}");
        }
    }

    #[test]
    fn control_characters_become_replacements() {
        let text = Text::<40>::from_bytes(b" \x1b[31mred\x07\x9b ok\r\n");
        assert_eq!(text.as_str(), "\u{FFFD}[31mred\u{FFFD}\u{FFFD} ok");
    }

    #[test]
    fn characters_that_reorder_are_replaced() {
        assert_eq!(Text::<40>::from_bytes("a\u{202E}b\u{2066}c".as_bytes()).as_str(), "a\u{FFFD}b\u{FFFD}c");
    }

    #[test]
    fn a_long_text_is_cut_at_a_character_and_says_so() {
        assert_eq!(Text::<8>::from_bytes(b"0123456789").as_str(), "01234…");
        assert_eq!(Text::<7>::from_bytes("äöüäöü".as_bytes()).as_str(), "äö…");
        assert_eq!(Text::<8>::from_bytes(b"01234567").as_str(), "01234567");
    }
}
