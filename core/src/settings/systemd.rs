//! Units of systemd and their drop-ins: the environment that `[Service]` gives to a service.
//!
//! The form of the file is that of systemd.syntax(7): a `\` at the end of a line goes on with the next one (over comments), `#`
//! and `;` begin comment lines. `Environment=` (systemd.exec(5)) has several assignments with the quotation marks and escapes
//! of that page; lines add up, the later of two assignments counts, and an empty one takes back all before it. So the
//! parts of a unit belong into one text, in their order, as `systemctl cat` prints them.
//!
//! A word that systemd cannot read is a mistake and no entry: systemd ignores it, too. A variable that `UnsetEnvironment=`
//! takes away is given with an empty value, since that outdoes the files of `EnvironmentFile=`. `PassEnvironment=` passes
//! values on that stand elsewhere: it gives nothing. Specifiers (`%h`) stay as they are, `%%` is a percent sign.

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::mistake::MistakeKind;
use crate::select::environment::Variable;
use crate::settings::{Entry, Key, Reading, Scope};
use crate::target::lines;

/// A file with further variables (`EnvironmentFile=`). What it sets outdoes `Environment=`, and a later file an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File<'a> {
    /// Its absolute path; may be a pattern (glob(7)).
    pub path: Cow<'a, str>,
    /// Written with a `-` before the path: the service starts also without the file.
    pub is_optional: bool,
    /// The bytes of the path.
    pub at: Range<usize>,
}

/// Reads the environment of a unit, and which files add to it.
///
/// `service` names the unit in the entries' scope.
pub fn read<'a>(text: &'a str, service: &'a str) -> (Reading<'a>, Vec<File<'a>>) {
    let mut unit = Unit {
        text,
        service,
        section: "",
        reading: Reading::default(),
        files: Vec::new(),
        unset: Vec::new(),
    };
    let mut open = None;
    for (_, start, line) in lines(text) {
        if is_comment(line) {
            continue;
        }
        let end = start.saturating_add(line.len());
        let (from, _) = open.take().unwrap_or((start, end));
        // A `\` behind a `\` is escaped and ends no line.
        if line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1 {
            open = Some((from, end));
        } else {
            unit.line(from..end);
        }
    }
    if let Some((from, end)) = open {
        unit.line(from..end);
    }
    unit.finish()
}

const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

fn is_comment(line: &str) -> bool {
    line.trim_start_matches(BLANK).starts_with(['#', ';'])
}

struct Unit<'a> {
    text: &'a str,
    service: &'a str,
    section: &'a str,
    reading: Reading<'a>,
    files: Vec<File<'a>>,
    unset: Vec<Word<'a>>,
}

impl<'a> Unit<'a> {
    /// One line, with all that it is continued by.
    fn line(&mut self, at: Range<usize>) {
        let raw = self.text.get(at.clone()).unwrap_or_default();
        let line = raw.trim_matches(BLANK);
        let shown = super::place(self.text, line);
        if line.is_empty() {
            return;
        }
        if let Some(name) = line.strip_prefix('[') {
            match name.strip_suffix(']') {
                Some(name) => self.section = name,
                None => self.reading.note(MistakeKind::FormUnknown, shown),
            }
            return;
        }
        let Some((name, _)) = line.split_once('=') else {
            return self.reading.note(MistakeKind::FormUnknown, shown);
        };
        let from = shown.start.saturating_add(name.len()).saturating_add(1);
        let name = name.trim_end_matches(BLANK);
        if !matches!(name, "Environment" | "EnvironmentFile" | "UnsetEnvironment") {
            return;
        }
        match self.section {
            "Service" => self.setting(name, from..at.end),
            // Units that run programs without being services.
            "Socket" | "Mount" | "Swap" => {}
            _ => self.reading.note(MistakeKind::SettingPlace, super::place(self.text, name)),
        }
    }

    fn setting(&mut self, name: &str, at: Range<usize>) {
        let value = self.text.get(at.clone()).unwrap_or_default().trim_matches(BLANK);
        match name {
            "Environment" if value.is_empty() => self.reading.entries.clear(),
            "Environment" => {
                for word in self.words(at) {
                    self.assign(word);
                }
            }
            "EnvironmentFile" if value.is_empty() => self.files.clear(),
            "EnvironmentFile" => self.file(value),
            _ if value.is_empty() => self.unset.clear(),
            _ => {
                let words = self.words(at);
                self.unset.extend(words.into_iter().filter(|word| word.variable().is_some()));
            }
        }
    }

    fn assign(&mut self, word: Word<'a>) {
        let Some(value) = word.value else {
            return self.reading.note(MistakeKind::AssignmentMissing, word.at);
        };
        let known = Variable::ALL.into_iter().find(|variable| variable.as_str() == word.name);
        if let Some(variable) = known {
            self.reading.add(Key::Variable(variable), Scope::Service(self.service.into()), value, word.at);
        }
    }

    fn file(&mut self, value: &'a str) {
        let path = value.strip_prefix('-').unwrap_or(value);
        let at = super::place(self.text, path);
        if !path.starts_with('/') {
            return self.reading.note(MistakeKind::PathRelative, at);
        }
        self.files.push(File {
            path: without_specifiers(path.into()),
            is_optional: path.len() < value.len(),
            at,
        });
    }

    /// The words of a value, up to the first one that systemd cannot read.
    fn words(&mut self, at: Range<usize>) -> Vec<Word<'a>> {
        let mut words = Vec::new();
        let mut characters = Characters { text: self.text, at: at.start, end: at.end, is_escaped: false };
        loop {
            match Word::take(&mut characters) {
                Ok(Some(word)) => words.push(word),
                Ok(None) => return words,
                Err((kind, at)) => {
                    self.reading.note(kind, at);
                    return words;
                }
            }
        }
    }

    fn finish(self) -> (Reading<'a>, Vec<File<'a>>) {
        let mut reading = self.reading;
        // By name alone, or only where the value is this one.
        let (exact, named): (Vec<_>, Vec<_>) = self.unset.into_iter().partition(|word| word.value.is_some());
        let exact: BTreeSet<_> =
            exact.iter().map(|word| (word.name.as_str(), word.value.as_deref())).collect();
        let mut gone: Vec<(Variable, Range<usize>)> = Vec::new();
        for word in named {
            if let Some(variable) = word.variable()
                && !gone.iter().any(|(known, _)| *known == variable)
            {
                gone.push((variable, word.at));
            }
        }
        reading.entries.retain(|entry| {
            let is_gone = gone.iter().any(|(variable, _)| entry.key == Key::Variable(*variable));
            !is_gone && !exact.contains(&(entry.key.as_str(), Some(&*entry.value)))
        });
        reading.entries.extend(gone.into_iter().map(|(variable, at)| Entry {
            key: Key::Variable(variable),
            scope: Scope::Service(self.service.into()),
            value: "".into(),
            at,
        }));
        reading.entries.sort_by_key(|entry| entry.at.start);
        reading.mistakes.sort_by_key(|mistake| mistake.at.start);
        (reading, self.files)
    }
}

/// `%%` is a percent sign; what else begins with one is systemd's to fill in.
fn without_specifiers(value: Cow<'_, str>) -> Cow<'_, str> {
    if value.contains("%%") { value.replace("%%", "%").into() } else { value }
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

/// One word of `Environment=` or `UnsetEnvironment=`.
struct Word<'a> {
    /// What stands before the first `=`.
    name: String,
    /// What stands behind it.
    value: Option<Cow<'a, str>>,
    /// The bytes of the value; of the whole word where there is none.
    at: Range<usize>,
}

impl<'a> Word<'a> {
    fn variable(&self) -> Option<Variable> {
        Variable::ALL.into_iter().find(|variable| variable.as_str() == self.name)
    }

    /// The next word (systemd's `extract_first_word` with quotation marks and C's escapes), or what is wrong with it.
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
        Word { name: lossy(name), value: Some(without_specifiers(value)), at: self.value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;
    use std::string::ToString as _;

    const UNIT: &str = r#"# /usr/lib/systemd/system/agent.service
[Unit]
Description=An agent = a service
[Service]
ExecStart=/opt/agent/bin/agent
Environment=LANG=C "HTTPS_PROXY=http://proxy.example:3128/" 'NO_PROXY=*.corp.example, 192.0.2.0/24'
Environment = \
    http_proxy="http://user:p%%40ss@proxy.example:3128" \
; a comment goes between
    all_proxy=http://proxy\x2eexample:1\u0038
EnvironmentFile=-/etc/default/agent
EnvironmentFile=/etc/%p/env.d/*.conf
[Install]
WantedBy=multi-user.target
"#;

    fn entries<'r>(reading: &'r Reading<'_>) -> Vec<(&'static str, &'r str)> {
        reading.entries.iter().map(|entry| (entry.key.as_str(), &*entry.value)).collect()
    }

    fn mistakes(text: &str) -> Vec<(MistakeKind, &str)> {
        let (reading, _) = read(text, "agent.service");
        reading.mistakes.iter().map(|mistake| (mistake.kind, &text[mistake.at.clone()])).collect()
    }

    #[test]
    fn a_unit() {
        let (reading, files) = read(UNIT, "agent.service");
        let want = [
            ("HTTPS_PROXY", "http://proxy.example:3128/"),
            ("NO_PROXY", "*.corp.example, 192.0.2.0/24"),
            ("http_proxy", "http://user:p%40ss@proxy.example:3128"),
            ("all_proxy", "http://proxy.example:18"),
        ];
        assert_eq!(entries(&reading), want);
        assert_eq!(reading.mistakes, []);
        let written: Vec<_> = reading.entries.iter().map(|entry| &UNIT[entry.at.clone()]).collect();
        assert_eq!(written[..2], [want[0].1, want[1].1]);
        assert_eq!(
            written[2..],
            ["http://user:p%%40ss@proxy.example:3128", "http://proxy\\x2eexample:1\\u0038"]
        );
        assert!(reading.entries.iter().all(|entry| entry.scope.to_string() == "service agent.service"));
        let files: Vec<_> =
            files.iter().map(|file| (&*file.path, file.is_optional, &UNIT[file.at.clone()])).collect();
        assert_eq!(
            files,
            [
                ("/etc/default/agent", true, "/etc/default/agent"),
                ("/etc/%p/env.d/*.conf", false, "/etc/%p/env.d/*.conf")
            ]
        );
    }

    #[test]
    fn drop_ins_add_reset_and_unset() {
        let of = |lines: &str| {
            let text = ["[Service]\n", lines].concat();
            let (reading, files) = read(&text, "a");
            let entries: Vec<_> =
                entries(&reading).iter().map(|(key, value)| [*key, value].join("=")).collect();
            (entries.join(" "), files.len())
        };
        assert_eq!(of("Environment=http_proxy=a\nEnvironment=http_proxy=b").0, "http_proxy=a http_proxy=b");
        assert_eq!(of("Environment=http_proxy=a\nEnvironment= \nEnvironment=no_proxy=b").0, "no_proxy=b");
        assert_eq!(of("EnvironmentFile=/a\nEnvironmentFile=/b\nEnvironmentFile=\nEnvironmentFile=/c").1, 1);
        assert_eq!(
            of("UnsetEnvironment=http_proxy LANG\nEnvironment=http_proxy=a no_proxy=b").0,
            "http_proxy= no_proxy=b"
        );
        assert_eq!(
            of("Environment=http_proxy=a no_proxy=b\nUnsetEnvironment=http_proxy=a no_proxy=c").0,
            "no_proxy=b"
        );
        assert_eq!(
            of("Environment=http_proxy=a\nUnsetEnvironment=http_proxy\nUnsetEnvironment=").0,
            "http_proxy=a"
        );
        assert_eq!(of("PassEnvironment=https_proxy\nenvironment=http_proxy=a").0, "");
    }

    #[test]
    fn what_systemd_ignores() {
        use MistakeKind as K;
        assert_eq!(
            mistakes("[Service]\nEnvironment=NO_PROXY=a, b \"X=1"),
            [(K::AssignmentMissing, "b"), (K::QuoteOpen, "\"X=1")]
        );
        assert_eq!(mistakes("[Service]\nEnvironment=NO_PROXY=a\\ b"), [(K::QuoteEscape, "\\ ")]);
        assert_eq!(mistakes("[Service]\nEnvironment=A=\\x0g"), [(K::QuoteEscape, "\\x0g")]);
        assert_eq!(
            mistakes("Environment=A=b\n[Unit]\nEnvironment=A=b\n[Mount]\nEnvironment=A=b"),
            [(K::SettingPlace, "Environment"), (K::SettingPlace, "Environment")]
        );
        assert_eq!(
            mistakes("[Service]\nEnvironmentFile=\"/etc/x\"\nEnvironmentFile=-x"),
            [(K::PathRelative, "\"/etc/x\""), (K::PathRelative, "x")]
        );
        assert_eq!(
            mistakes("[Service\nHTTPS_PROXY\n"),
            [(K::FormUnknown, "[Service"), (K::FormUnknown, "HTTPS_PROXY")]
        );
        let sample = "[Service]\r\nEnvironment=\"HTTPS_PROXY=http://proxy.server:80\"\r\n";
        assert_eq!(mistakes(sample), [(K::SampleValue, "proxy.server")]);
    }

    #[test]
    fn any_bytes() {
        cuts::hold(UNIT, |text| read(text, "agent.service").0);
        cuts::hold("[Service]\r\nEnvironment=\\\r\n#\r\n a=b\\\r\n", |text| read(text, "a").0);
    }
}
