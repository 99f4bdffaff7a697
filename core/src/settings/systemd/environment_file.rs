//! The files that `EnvironmentFile=` names (systemd.exec(5)): assignments, one a line.
//!
//! They look like a shell's and are not: nothing is expanded, `export` is no word, a value in quotation marks may go over
//! several lines, and what stands behind the closing one is added to it. Outside of quotation marks a `\` takes the next
//! character as it is, and a line's end away; within double ones it does so before `"`, `\`, `` ` `` and `$` only.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::mistake::MistakeKind;
use crate::select::environment::Variable;
use crate::settings::{Key, Reading, Scope};

/// Reads such a file.
pub(super) fn read<'a>(text: &'a str, scope: &Scope<'a>) -> Reading<'a> {
    let mut reading = Reading::default();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let line = rest.split('\n').next().unwrap_or_default();
        let name = line.split('=').next().unwrap_or_default();
        if line.trim_start().starts_with(['#', ';']) || name.len() == line.len() {
            at = at.saturating_add(line.len()).saturating_add(1);
            continue;
        }
        let value = Value::take(text, at.saturating_add(name.len()).saturating_add(1));
        at = value.next;
        let name = name.trim();
        let exported = name.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t']));
        let known = |name: &str| Variable::ALL.into_iter().find(|variable| variable.as_str() == name);
        if let Some(variable) = known(name) {
            if let Some(open) = value.open {
                reading.note(MistakeKind::QuoteOpen, open..text.len());
            }
            let written = text.get(value.start..value.end).filter(|written| *written == value.text);
            let of_value = written.map_or(Cow::Owned(value.text), Cow::Borrowed);
            reading.add(Key::Variable(variable), scope.clone(), of_value, value.start..value.end);
        } else if exported.and_then(|name| known(name.trim_start())).is_some() {
            reading.note(MistakeKind::ExportIgnored, super::super::place(text, name));
        }
    }
    reading
}

/// A value while it is read.
#[derive(Default)]
struct Value {
    text: String,
    /// So much of the text counts: blanks at the end of a line do not, unless they were quoted.
    kept: usize,
    /// From the first to the last of its characters in the input.
    start: usize,
    end: usize,
    /// Where the quotation mark stands that is never closed.
    open: Option<usize>,
    /// Where the next line begins.
    next: usize,
}

impl Value {
    /// Reads the value that begins at this byte.
    fn take(input: &str, start: usize) -> Self {
        let mut value = Self { start, end: start, next: input.len(), ..Self::default() };
        // What stands in front of the value, or behind a closing quotation mark, may be blanks and further marks.
        let mut is_begin = true;
        let rest = input.get(start..).unwrap_or_default();
        let mut characters = rest.char_indices().map(|(at, one)| (start.saturating_add(at), one));
        while let Some((at, character)) = characters.next() {
            match (value.open, character) {
                (Some(open), mark) if input.get(open..).is_some_and(|rest| rest.starts_with(mark)) => {
                    value.open = None;
                    is_begin = true;
                }
                (Some(open), '\\') if input.get(open..).is_some_and(|rest| rest.starts_with('"')) => {
                    match characters.next() {
                        Some((_, '\n')) | None => {}
                        Some((next, escaped)) => {
                            if !matches!(escaped, '"' | '\\' | '`' | '$') {
                                value.push(at, '\\', true);
                            }
                            value.push(next, escaped, true);
                        }
                    }
                }
                (Some(_), character) => value.push(at, character, true),
                (None, '\n') => {
                    value.next = at.saturating_add(1);
                    break;
                }
                (None, '"' | '\'') if is_begin => value.open = Some(at),
                (None, ' ' | '\t' | '\r') if is_begin => {}
                (None, '\\') => {
                    is_begin = false;
                    match characters.next() {
                        Some((_, '\n')) => value.kept = value.text.len(),
                        Some((next, escaped)) => value.push(next, escaped, true),
                        None => {}
                    }
                }
                (None, character) => {
                    is_begin = false;
                    value.push(at, character, !matches!(character, ' ' | '\t' | '\r'));
                }
            }
        }
        value.text.truncate(value.kept);
        value
    }

    /// Adds a character, which counts in any case or only where others follow.
    fn push(&mut self, at: usize, character: char, counts: bool) {
        if self.text.is_empty() {
            (self.start, self.end) = (at, at);
        }
        self.text.push(character);
        if counts {
            self.kept = self.text.len();
            self.end = at.saturating_add(character.len_utf8());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;
    use std::vec::Vec;

    fn value(written: &str) -> String {
        let text = ["no_proxy=", written].concat();
        let mut reading = read(&text, &Scope::Machine);
        assert_eq!(reading.entries.len(), 1, "{written}");
        reading.entries.remove(0).value.into_owned()
    }

    /// As systemd 252 reads them (`30-systemd-environment-d-generator` has the same parser).
    #[test]
    fn values_as_systemd_reads_them() {
        for (written, want) in [
            ("plain  \nx=1", "plain"),
            ("'single \\n q'  ", "single \\n q"),
            ("\"double \\\" \\$x \\n\"", "double \" $x \\n"),
            ("a\\\nb", "ab"),
            ("a\"b\"c", "a\"b\"c"),
            ("\"x\" y", "xy"),
            (" \"x\"z", "xz"),
            ("a # b", "a # b"),
            ("x#y", "x#y"),
            (" #z", "#z"),
            ("\"a\"b\"c\"", "ab\"c\""),
            ("\"a\" # c", "a# c"),
            ("'a'\"b\"", "ab"),
            ("a\\ \\ ", "a  "),
            ("a  \\\n  b", "a    b"),
            ("\"a\\\nb\nc\"", "ab\nc"),
            ("\"open\nx=1\n", "open\nx=1\n"),
            ("a\r\n", "a"),
            ("", ""),
        ] {
            assert_eq!(value(written), want, "{written}");
        }
    }

    #[test]
    fn lines_places_and_mistakes() {
        use MistakeKind as K;
        let text = "# c \\\n; http_proxy=old\nLANG=C\nhttps_proxy = \"http://p.example:1\"\nexport http_proxy=q:1\n\
                    no proxy\nhttp_proxy=\"r:1\nx";
        let reading = read(text, &Scope::Machine);
        let found: Vec<_> =
            reading.entries.iter().map(|entry| (entry.key.as_str(), &text[entry.at.clone()])).collect();
        assert_eq!(found, [("https_proxy", "http://p.example:1"), ("http_proxy", "r:1\nx")]);
        let mistakes: Vec<_> =
            reading.mistakes.iter().map(|mistake| (mistake.kind, &text[mistake.at.clone()])).collect();
        assert_eq!(mistakes, [(K::ExportIgnored, "export http_proxy"), (K::QuoteOpen, "\"r:1\nx")]);
        cuts::hold(text, |text| read(text, &Scope::Machine));
        cuts::hold("https_proxy='a'\\\n \"b\\$\" c \r\n", |text| read(text, &Scope::Machine));
    }
}
