//! The form of a registry export: which lines make a key or a value, and what a value's data says. Knows no settings.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::mistake::{Mistake, MistakeKind};
use crate::settings::place;

/// A key, a value, or neither. Comments and empty lines are none of them.
pub(super) enum Line<'a> {
    /// One of the first lines that say which form follows; `is_ansi` in that of Windows 98, whose strings are not UTF-16.
    Title { is_ansi: bool },
    /// A key.
    Key(&'a str),
    /// A key that is deleted, with all that stands in it and below it.
    KeyDeleted(&'a str),
    /// A value: its name (empty for the key's own), its data over all lines that it takes, and where that begins.
    Value { name: Cow<'a, str>, data: &'a str, at: usize },
    /// A line that is none of these.
    Unknown,
    /// A key that is not closed.
    KeyOpen,
}

/// The lines of an export, with the bytes of the first of them.
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 } }
    }

    /// Takes the next line, without its end.
    fn line(&mut self) -> Option<(usize, &'a str)> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let line = rest.split('\n').next().unwrap_or(rest);
        self.at = start.saturating_add(line.len()).saturating_add(1);
        Some((start, line.strip_suffix('\r').unwrap_or(line)))
    }

    /// Takes the next line where it goes on with the one before.
    fn line_if(&mut self, goes_on: impl Fn(&str) -> bool) -> Option<&'a str> {
        let before = self.at;
        let line = self.line().map(|(_, line)| line).filter(|line| goes_on(line));
        if line.is_none() {
            self.at = before;
        }
        line
    }

    fn value(&mut self, line: &'a str, start: usize) -> Option<Line<'a>> {
        let (name, rest) = if let Some(rest) = line.strip_prefix('@') {
            (Cow::Borrowed(""), rest)
        } else {
            let quoted = line.strip_prefix('"')?;
            let (name, rest) = quoted.split_at_checked(closing(quoted)?)?;
            (unescaped(name), rest.get(1..)?)
        };
        let data = rest.trim_start().strip_prefix('=')?.trim();
        let at = start.saturating_add(place(line, data).start);
        if let Some(quoted) = data.strip_prefix('"') {
            if closing(quoted).is_none() {
                // A string may have line ends in it, which are written as they are.
                while let Some(line) = self.line_if(|line| !begins_anew(line) || line == "\"") {
                    if closing(line).is_some() {
                        break;
                    }
                }
            }
        } else if is_hex(data) {
            let mut last = data;
            while last.trim_end().ends_with('\\') {
                let goes_on = |line: &str| !begins_anew(line) && !line.trim().is_empty();
                let Some(line) = self.line_if(goes_on) else { break };
                last = line;
            }
        }
        let end = self.at.saturating_sub(1).min(self.text.len());
        Some(Line::Value { name, data: self.text.get(at..end)?.trim_end(), at })
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (Range<usize>, Line<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (start, whole) = self.line()?;
            let line = whole.trim();
            let start = start.saturating_add(place(whole, line).start);
            let at = start..start.saturating_add(line.len());
            let found = match line.as_bytes() {
                [] | [b';', ..] => continue,
                [b'[', ..] => key(line),
                [b'"' | b'@', ..] => self.value(line, start).unwrap_or(Line::Unknown),
                _ if line.eq_ignore_ascii_case("REGEDIT4") => Line::Title { is_ansi: true },
                _ if has_prefix(line, "Windows Registry Editor Version") => Line::Title { is_ansi: false },
                _ => Line::Unknown,
            };
            return Some((at, found));
        }
    }
}

/// Whether a line begins with a key or a value, so that it cannot go on with the one before.
fn begins_anew(line: &str) -> bool {
    has_prefix(line, "[HK") || has_prefix(line, "[-HK") || line.starts_with(['"', '@'])
}

fn has_prefix(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn key(line: &str) -> Line<'_> {
    let inner = line.get(1..).unwrap_or_default();
    // A comment may follow, and have brackets, too; so may a key's name.
    let is_end = |at: &usize| {
        let rest = inner.get(at.saturating_add(1)..).unwrap_or_default().trim_start();
        rest.is_empty() || rest.starts_with(';')
    };
    let end = inner.match_indices(']').map(|(at, _)| at).find(is_end);
    let Some(path) = end.and_then(|end| inner.get(..end)) else { return Line::KeyOpen };
    path.strip_prefix('-').map_or(Line::Key(path), Line::KeyDeleted)
}

/// Where the closing quotation mark stands in what is behind the opening one.
fn closing(quoted: &str) -> Option<usize> {
    let mut is_escaped = false;
    quoted.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })
}

/// A string without its escapes.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped =
            if character == '\\' { characters.next_if(|next| matches!(next, '\\' | '"')) } else { None };
        plain.push(escaped.unwrap_or(character));
    }
    Cow::Owned(plain)
}

fn is_hex(data: &str) -> bool {
    has_prefix(data, "hex:") || has_prefix(data, "hex(")
}

/// What a value's data says.
pub(super) enum Data<'a> {
    /// `REG_SZ` and `REG_EXPAND_SZ`.
    Text(Cow<'a, str>),
    /// `REG_MULTI_SZ`, joined with `;`.
    List(String),
    /// `REG_DWORD`.
    Number(u32),
    /// `REG_BINARY`.
    Binary(Bytes),
    /// A type that no setting has.
    Other,
    /// `-`: the value is deleted.
    Deleted,
}

/// Bytes, and where the digits of each stand.
pub(super) struct Bytes {
    pub(super) values: Vec<u8>,
    pub(super) at: Vec<Range<usize>>,
    pub(super) end: usize,
}

impl Bytes {
    /// Where the digits of these bytes stand.
    pub(super) fn place(&self, bytes: &Range<usize>) -> Range<usize> {
        let start = self.at.get(bytes.start).map_or(self.end, |at| at.start);
        let last = bytes.end.checked_sub(1).filter(|last| *last >= bytes.start);
        let end = last.and_then(|last| self.at.get(last)).map_or(start, |at| at.end);
        start..end.max(start)
    }
}

/// Whether nothing stands in this.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// Reads a value's data, which begins at this byte of the input and has this rest of it behind itself: what it says, and where that
/// stands. `None` where that cannot be read, or was cut: where nothing follows, a value that is not ended is one.
pub(super) fn data<'a>(
    data: &'a str,
    at: usize,
    rest: &str,
    is_ansi: bool,
    mistakes: &mut Vec<Mistake>,
) -> Option<(Data<'a>, Range<usize>)> {
    let mut note = |kind, range: Range<usize>| mistakes.push(Mistake::new(kind, range).shifted(at));
    let whole = at..at.saturating_add(data.len());
    if let Some(quoted) = data.strip_prefix('"') {
        let Some((text, tail)) = closing(quoted).and_then(|length| quoted.split_at_checked(length)) else {
            note(MistakeKind::QuoteOpen, 0..data.lines().next().unwrap_or_default().len());
            return None;
        };
        escapes(text, &mut note);
        let tail = tail.get(1..).unwrap_or_default().trim();
        if !tail.is_empty() && !tail.starts_with(';') {
            let from = place(data, tail);
            note(MistakeKind::FormUnknown, from);
            return None;
        }
        let start = at.saturating_add(1);
        return Some((Data::Text(unescaped(text)), start..start.saturating_add(text.len())));
    }
    let plain = data.split(';').next().unwrap_or_default().trim_end();
    if plain == "-" {
        return Some((Data::Deleted, whole));
    }
    if let Some(digits) = plain.get("dword:".len()..).filter(|_| has_prefix(plain, "dword:")) {
        let trimmed = digits.trim();
        let from = place(data, trimmed);
        // Eight digits are written, and the last of them says most; people write fewer.
        let is_cut = rest.is_empty() && from.end == data.len() && trimmed.len() < 8;
        if is_cut && (trimmed.is_empty() || trimmed.starts_with('0')) {
            note(MistakeKind::CutOff, from);
            return None;
        }
        let is_number = trimmed.len() <= 8 && trimmed.bytes().all(|digit| digit.is_ascii_hexdigit());
        let Some(number) = u32::from_str_radix(trimmed, 16).ok().filter(|_| is_number) else {
            note(MistakeKind::FormUnknown, from);
            return None;
        };
        return Some((Data::Number(number), at.saturating_add(from.start)..at.saturating_add(from.end)));
    }
    let Some((kind, digits)) = data.split_once(':').filter(|_| is_hex(data)) else {
        note(MistakeKind::FormUnknown, 0..data.lines().next().unwrap_or_default().len());
        return None;
    };
    let from = place(data, digits).start;
    // An export ends with an empty line.
    let is_last = is_blank(rest) && rest.matches('\n').count() < 2;
    let ends = |count| if is_last { count } else { 0 };
    let bytes = bytes(digits, at.saturating_add(from), is_blank(rest), mistakes)?;
    let kind = kind.get("hex".len()..).unwrap_or_default();
    let found = match kind.to_ascii_lowercase().as_str() {
        "" | "(3)" => Data::Binary(bytes),
        "(1)" | "(2)" => {
            let text = text(&bytes, is_ansi, ends(1), mistakes)?;
            Data::Text(Cow::Owned(text.into_iter().next().unwrap_or_default()))
        }
        "(7)" => Data::List(text(&bytes, is_ansi, ends(2), mistakes)?.join(";")),
        "(4)" => match *bytes.values.as_slice() {
            [a, b, c, d] => Data::Number(u32::from_le_bytes([a, b, c, d])),
            _ => Data::Other,
        },
        _ => Data::Other,
    };
    Some((found, whole))
}

/// A backslash that escapes nothing: a path was written with single ones.
fn escapes(text: &str, note: &mut impl FnMut(MistakeKind, Range<usize>)) {
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character == '\\' && characters.next_if(|(_, next)| matches!(next, '\\' | '"')).is_none() {
            // The quotation mark stands before.
            let start = at.saturating_add(1);
            note(MistakeKind::QuoteEscape, start..start.saturating_add(1));
        }
    }
}

/// Bytes as two digits each, separated by commas, over lines that end in a backslash. `None` where one cannot be read: all
/// behind it could have moved. With one digit the last byte of a file is cut; elsewhere people write it so.
fn bytes(digits: &str, at: usize, is_last: bool, mistakes: &mut Vec<Mistake>) -> Option<Bytes> {
    let before = mistakes.len();
    let mut note = |kind, range: Range<usize>| mistakes.push(Mistake::new(kind, range).shifted(at));
    let end = at.saturating_add(digits.trim_end().len());
    let mut found = Bytes { values: Vec::new(), at: Vec::new(), end };
    let mut comma = None;
    let mut start = 0_usize;
    for line in digits.split_inclusive('\n') {
        let from = start;
        start = start.saturating_add(line.len());
        let line = line.split(';').next().unwrap_or_default().trim_end();
        let content = line.strip_suffix('\\');
        if content.is_some() && start >= digits.len() {
            let slash = from.saturating_add(line.len()).saturating_sub(1);
            note(MistakeKind::CutOff, slash..slash.saturating_add(1));
        }
        for piece in content.unwrap_or(line).split_inclusive(',') {
            let word = piece.strip_suffix(',').unwrap_or(piece).trim();
            let of_word = place(digits, word);
            let length = piece.len();
            let end = place(digits, piece).start.saturating_add(length);
            let byte = Some(word)
                .filter(|word| word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_hexdigit()));
            match byte.and_then(|word| u8::from_str_radix(word, 16).ok()) {
                Some(_) if is_last && word.len() == 1 && of_word.end == digits.trim_end().len() => {
                    note(MistakeKind::CutOff, of_word);
                }
                Some(byte) => {
                    found.values.push(byte);
                    found.at.push(at.saturating_add(of_word.start)..at.saturating_add(of_word.end));
                }
                None if word.is_empty() && !piece.ends_with(',') => continue,
                None if word.is_empty() => note(MistakeKind::FormUnknown, end.saturating_sub(1)..end),
                None => note(MistakeKind::FormUnknown, of_word),
            }
            comma = piece.ends_with(',').then(|| end.saturating_sub(1)..end);
        }
    }
    if let Some(comma) = comma.filter(|_| !digits.trim_end().ends_with('\\')) {
        note(MistakeKind::CutOff, comma);
    }
    (mistakes.len() == before).then_some(found)
}

/// The strings in bytes: UTF-16LE, in the form of Windows 98 ASCII (its code page is not known). A 0 ends each, and another one a list
/// of them.
///
/// `None` where half a character is left, or where fewer 0 than these end the bytes. Programs may store a string without any
/// (`RegSetValueEx`), so none is wanted but where a file ends: there it was cut.
fn text(bytes: &Bytes, is_ansi: bool, ends: usize, mistakes: &mut Vec<Mistake>) -> Option<Vec<String>> {
    let mut note = |kind, range: Range<usize>| mistakes.push(Mistake::new(kind, bytes.place(&range)));
    let mut text = String::new();
    if is_ansi {
        for (at, byte) in bytes.values.iter().enumerate() {
            if !byte.is_ascii() {
                note(MistakeKind::NotText, at..at.saturating_add(1));
            }
            text.push(if byte.is_ascii() { char::from(*byte) } else { char::REPLACEMENT_CHARACTER });
        }
    } else {
        let (pairs, rest) = bytes.values.as_chunks::<2>();
        let mut at = 0_usize;
        for character in char::decode_utf16(pairs.iter().map(|pair| u16::from_le_bytes(*pair))) {
            let start = at;
            let length = character.as_ref().map_or(2, |character| character.len_utf16().saturating_mul(2));
            at = start.saturating_add(length);
            if character.is_err() {
                note(MistakeKind::NotText, start..at);
            }
            text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        if !rest.is_empty() {
            note(MistakeKind::CutOff, at..at.saturating_add(1));
            return None;
        }
    }
    let ended = text.chars().rev().take(ends).take_while(|character| *character == '\0').count();
    // A list of none is a single 0.
    if ended < ends && text != "\0" {
        let end = bytes.values.len();
        note(MistakeKind::CutOff, end.saturating_sub(1)..end);
        return None;
    }
    Some(text.split('\0').filter(|part| !part.is_empty()).map(String::from).collect())
}
