//! The words of a value as systemd takes them apart (`extract_first_word` with quotation marks and C's escapes), over lines that
//! are continued.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::{BLANK, is_comment};
use crate::mistake::{Mistake, MistakeKind};
use crate::select::environment::Variable;

/// The words of the value at these bytes, up to the first one that systemd cannot read, and what is wrong with that one.
pub(super) fn words(text: &str, at: Range<usize>) -> (Vec<Word<'_>>, Option<Mistake>) {
    let mut words = Vec::new();
    let mut characters = Characters { text, at: at.start, end: at.end, is_escaped: false };
    loop {
        match Word::take(&mut characters) {
            Ok(Some(word)) => words.push(word),
            Ok(None) => return (words, None),
            Err((kind, at)) => return (words, Some(Mistake::new(kind, at))),
        }
    }
}

/// The characters of a line with all that it is continued by, each with its place: the `\` that continues is a blank.
struct Characters<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    is_escaped: bool,
}

impl Characters<'_> {
    /// The place of the line behind this one that is no comment.
    fn behind_comments(&self, mut at: usize) -> usize {
        while let Some(rest) = self.text.get(at..self.end) {
            let line = rest.split('\n').next().unwrap_or_default();
            if !is_comment(line) {
                break;
            }
            at = at.saturating_add(line.len()).saturating_add(1);
        }
        at.min(self.end)
    }
}

impl Iterator for Characters<'_> {
    type Item = (usize, char);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..self.end)?;
        let character = rest.chars().next()?;
        let at = self.at;
        self.at = at.saturating_add(character.len_utf8());
        self.is_escaped = character == '\\' && !self.is_escaped;
        if self.is_escaped {
            let rest = self.text.get(self.at..self.end).unwrap_or_default();
            if let Some(next) = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')) {
                self.at = self.behind_comments(self.end.saturating_sub(next.len()));
                self.is_escaped = false;
                return Some((at, ' '));
            }
            if rest.is_empty() {
                // The text ends in a line that is continued.
                return Some((at, ' '));
            }
        }
        Some((at, character))
    }
}

/// One word of `Environment=`, `PassEnvironment=` or `UnsetEnvironment=`.
#[derive(Debug)]
pub(super) struct Word<'a> {
    /// What stands before the first `=`.
    pub(super) name: String,
    /// What stands behind it.
    pub(super) value: Option<Cow<'a, str>>,
    /// The bytes of the value; of the whole word where there is none.
    pub(super) at: Range<usize>,
}

impl<'a> Word<'a> {
    /// The variable that it names, where it is one that is read.
    pub(super) fn variable(&self) -> Option<Variable> {
        Variable::ALL.into_iter().find(|variable| variable.as_str() == self.name)
    }

    /// The next word, or what is wrong with it.
    fn take(characters: &mut Characters<'a>) -> Result<Option<Self>, (MistakeKind, Range<usize>)> {
        let Some((start, first)) = characters.find(|(_, character)| !BLANK.contains(character)) else {
            return Ok(None);
        };
        let mut word = Decoded { all: Vec::new(), equals: None, value: start..start, is_verbatim: true };
        let mut quote = None;
        let mut next = Some((start, first));
        while let Some((at, character)) = next {
            match (character, quote) {
                ('\\', _) => word.escape(at, characters)?,
                ('"' | '\'', None) => quote = Some((at, character)),
                (_, Some((_, mark))) if character == mark => quote = None,
                (_, None) if BLANK.contains(&character) => break,
                _ => word.push(at, character),
            }
            next = characters.next();
        }
        if let Some((at, _)) = quote {
            return Err((MistakeKind::QuoteOpen, at..characters.end));
        }
        Ok(Some(word.finish(characters.text, start)))
    }
}

/// A word while it is read.
struct Decoded {
    all: Vec<u8>,
    /// Where the first `=` stands in it.
    equals: Option<usize>,
    /// The bytes of the input from the first to the last character of the value.
    value: Range<usize>,
    /// Whether these are the value.
    is_verbatim: bool,
}

impl Decoded {
    fn push(&mut self, at: usize, character: char) {
        let end = at.saturating_add(character.len_utf8());
        if self.equals.is_none() && character == '=' {
            self.equals = Some(self.all.len());
            self.value = end..end;
        } else {
            self.extend(at, end);
        }
        self.all.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// The value goes on with these bytes of the input.
    fn extend(&mut self, at: usize, end: usize) {
        if self.equals.is_some() {
            if self.value.is_empty() {
                self.value.start = at;
            } else {
                self.is_verbatim &= self.value.end == at;
            }
        }
        self.value.end = end;
    }

    /// Takes an escape whose `\` stands at `at` (`cunescape` of systemd).
    fn escape(
        &mut self,
        at: usize,
        characters: &mut Characters<'_>,
    ) -> Result<(), (MistakeKind, Range<usize>)> {
        let kind = characters.next().map(|(_, character)| character);
        let mut number = |digits: usize, radix: u32, first: u32| {
            let mut value = first;
            for _ in 0..digits {
                let digit = characters.next().and_then(|(_, character)| character.to_digit(radix))?;
                value = value.saturating_mul(radix).saturating_add(digit);
            }
            Some(value).filter(|value| *value > 0)
        };
        let mut buffer = [0; 4];
        let mut text = |number: u32| {
            char::from_u32(number).map(|character| character.encode_utf8(&mut buffer).as_bytes().to_vec())
        };
        let byte = |number: u32| u8::try_from(number).ok().map(|byte| Vec::from([byte]));
        let bytes = match kind {
            Some(mark @ ('\\' | '"' | '\'')) => text(mark.into()),
            Some('s') => byte(0x20),
            Some('a') => byte(7),
            Some('b') => byte(8),
            Some('t') => byte(9),
            Some('n') => byte(10),
            Some('v') => byte(11),
            Some('f') => byte(12),
            Some('r') => byte(13),
            Some('x') => number(2, 16, 0).and_then(byte),
            Some('u') => number(4, 16, 0).and_then(&mut text),
            Some('U') => number(8, 16, 0).and_then(&mut text),
            Some(digit) => digit.to_digit(8).and_then(|first| number(2, 8, first)).and_then(byte),
            None => None,
        };
        let end = characters.at;
        let Some(bytes) = bytes else { return Err((MistakeKind::QuoteEscape, at..end)) };
        self.extend(at, end);
        self.is_verbatim = false;
        self.all.extend_from_slice(&bytes);
        Ok(())
    }

    fn finish(self, text: &str, start: usize) -> Word<'_> {
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let Some((name, value)) = self.equals.and_then(|equals| self.all.split_at_checked(equals)) else {
            return Word { name: lossy(&self.all), value: None, at: start..self.value.end };
        };
        let written = if self.is_verbatim { text.get(self.value.clone()) } else { None };
        let value = written.map_or_else(|| lossy(value.get(1..).unwrap_or_default()).into(), Cow::Borrowed);
        Word { name: lossy(name), value: Some(value), at: self.value }
    }
}
