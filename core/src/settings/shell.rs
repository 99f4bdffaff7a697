//! Scripts and profiles of a shell that set variables: `http_proxy=http://proxy.example:3128; export http_proxy`.
//!
//! Other than in files that are read by no shell ([`environment`](super::environment)), a value ends where the shell ends a word,
//! quotation marks may stand around any part of it, and what the shell would fill in (`$NAME`, `$(command)`) is a mistake: nothing
//! is evaluated. No more of the language is understood: an assignment in a branch or in a function counts like any other. Each line
//! stands alone.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::mistake::MistakeKind;
use crate::select::environment::Variable;
use crate::settings::{Key, Reading, Scope};
use crate::target::lines;
use crate::text::reference;

/// Whether a text is such a script: some line exports something, or the first one names a shell.
pub(super) fn is_script(text: &str) -> bool {
    let is_export = |command: &str| {
        let command = command.trim_start();
        ["export ", "export\t", "declare -x "].iter().any(|word| command.starts_with(word))
    };
    text.starts_with("#!") || lines(text).any(|(_, _, line)| line.split([';', '&']).any(is_export))
}

/// Reads such a text.
pub fn read<'a>(text: &'a str, scope: &Scope<'a>) -> Reading<'a> {
    let mut reading = Reading::default();
    for (_, start, line) in lines(text) {
        read_line(line, start, scope, &mut reading);
    }
    reading.mistakes.sort_by_key(|mistake| mistake.at.start);
    reading
}

fn read_line<'a>(line: &'a str, start: usize, scope: &Scope<'a>, reading: &mut Reading<'a>) {
    let mut words = Words { line, at: 0 };
    // What is assigned in front of a command, and whether that command is still to come.
    let mut assigned: Vec<(Variable, Word)> = Vec::new();
    let (mut is_begin, mut is_export) = (true, false);
    while let Some(word) = words.next() {
        let raw = line.get(word.at.clone()).unwrap_or_default();
        match raw.split_once('=') {
            _ if word.is_separator => {
                take(&mut assigned, line, start, scope, reading);
                (is_begin, is_export) = (true, false);
            }
            Some((name, _)) if is_begin && is_name(name) => {
                let variable = Variable::ALL.into_iter().find(|variable| variable.as_str() == name);
                assigned.extend(variable.map(|variable| (variable, word)));
            }
            _ if is_begin && matches!(raw, "export" | "declare" | "typeset") => is_export = true,
            _ if is_export || is_begin && matches!(raw, "then" | "else" | "do" | "{" | "!") => {}
            _ if is_begin && raw == "sudo" && !assigned.is_empty() && !words.passes_environment() => {
                let at = start.saturating_add(word.at.start)..start.saturating_add(word.at.end);
                reading.note(MistakeKind::SudoDropsVariable, at);
                assigned.clear();
                is_begin = false;
            }
            _ => is_begin = false,
        }
    }
    take(&mut assigned, line, start, scope, reading);
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Takes what was assigned.
fn take<'a>(
    assigned: &mut Vec<(Variable, Word)>,
    line: &'a str,
    start: usize,
    scope: &Scope<'a>,
    reading: &mut Reading<'a>,
) {
    for (variable, word) in assigned.drain(..) {
        let name = variable.as_str().len().saturating_add(1);
        let value = word.text.get(name..).unwrap_or_default();
        let whole = word.at.start.saturating_add(name)..word.at.end;
        let raw = line.get(whole.clone()).unwrap_or_default();
        let placed = |at: &Range<usize>| start.saturating_add(at.start)..start.saturating_add(at.end);
        if word.is_open {
            reading.note(MistakeKind::QuoteOpen, placed(&whole));
        }
        for at in &word.references {
            reading.note(MistakeKind::ValueReference, placed(at));
        }
        // The quotation marks around the whole are not of the value.
        let inner = raw.get(1..raw.len().saturating_sub(1)).filter(|inner| *inner == value);
        let (value, at) = match inner {
            _ if raw == value => (Cow::Borrowed(raw), whole),
            Some(inner) => (Cow::Borrowed(inner), whole.start.saturating_add(1)..whole.end.saturating_sub(1)),
            None => (Cow::Owned(value.into()), whole),
        };
        reading.add(Key::Variable(variable), scope.clone(), value, placed(&at));
    }
}

/// A word of a line, or what separates commands.
struct Word {
    /// Without quotation marks and escapes; what the shell would fill in stands as it is written.
    text: String,
    at: Range<usize>,
    references: Vec<Range<usize>>,
    /// A quotation mark is not closed.
    is_open: bool,
    is_separator: bool,
}

/// The words of a line.
struct Words<'a> {
    line: &'a str,
    at: usize,
}

impl Words<'_> {
    /// Whether the command `sudo`, which was taken last, hands the environment on (`-E`).
    fn passes_environment(&self) -> bool {
        let next = self.line.get(self.at..).and_then(|rest| rest.split_ascii_whitespace().next());
        next.is_some_and(|flag| flag == "-E" || flag.starts_with("--preserve-env"))
    }

    fn rest(&self) -> &str {
        self.line.get(self.at..).unwrap_or_default()
    }
}

fn is_separator(one: char) -> bool {
    matches!(one, ';' | '&' | '|' | '(' | ')' | '<' | '>')
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        let rest = self.rest();
        self.at = self.at.saturating_add(rest.len().saturating_sub(rest.trim_start().len()));
        let first = self.rest().chars().next().filter(|first| *first != '#')?;
        let start = self.at;
        let mut word = Word {
            text: String::new(),
            at: start..start,
            references: Vec::new(),
            is_open: false,
            is_separator: is_separator(first),
        };
        if word.is_separator {
            self.at = start.saturating_add(first.len_utf8());
        } else {
            word.is_open = self.take(&mut word);
        }
        word.at.end = self.at;
        Some(word)
    }
}

impl Words<'_> {
    /// Takes a word up to its end; says whether a quotation mark is open there.
    fn take(&mut self, word: &mut Word) -> bool {
        let mut quote: Option<char> = None;
        while let Some(one) = self.rest().chars().next() {
            let filled_in = reference(self.rest()).filter(|_| quote != Some('\''));
            let next = self.rest().chars().nth(1);
            let mut taken = one.len_utf8();
            match one {
                _ if quote.is_none() && (one.is_whitespace() || is_separator(one)) => break,
                '\'' | '"' if quote.is_none() => quote = Some(one),
                _ if quote == Some(one) => quote = None,
                '\\' if quote != Some('\'') => {
                    let escapes = quote.is_none() || matches!(next, Some('"' | '\\' | '$' | '`'));
                    if let Some(next) = next.filter(|_| escapes) {
                        word.text.push(next);
                        taken = taken.saturating_add(next.len_utf8());
                    } else if quote.is_some() {
                        word.text.push(one);
                    }
                }
                _ if let Some(length) = filled_in => {
                    taken = length;
                    word.text
                        .push_str(self.line.get(self.at..self.at.saturating_add(length)).unwrap_or_default());
                    word.references.push(self.at..self.at.saturating_add(length));
                }
                _ => word.text.push(one),
            }
            self.at = self.at.saturating_add(taken);
        }
        quote.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;
    use std::string::ToString as _;

    fn entries(text: &str) -> Vec<(&'static str, String)> {
        let found = read(text, &Scope::Machine).entries.into_iter();
        found.map(|entry| (entry.key.as_str(), entry.value.to_string())).collect()
    }

    fn mistakes(text: &str) -> Vec<(MistakeKind, &str)> {
        let found = read(text, &Scope::Machine).mistakes.into_iter();
        found.map(|mistake| (mistake.kind, &text[mistake.at])).collect()
    }

    #[test]
    fn a_value_ends_where_the_shell_ends_it() {
        for (text, want) in [
            ("http_proxy=http://p:1; export http_proxy", &[("http_proxy", "http://p:1")][..]),
            ("http_proxy=http://p:1;export http_proxy\n", &[("http_proxy", "http://p:1")]),
            ("export https_proxy='http://p:1' # the proxy", &[("https_proxy", "http://p:1")]),
            (
                "export http_proxy=\"http://p:1\" no_proxy=a,b",
                &[("http_proxy", "http://p:1"), ("no_proxy", "a,b")],
            ),
            ("A=b http_proxy=http://u:p#w@p:1 && export http_proxy", &[("http_proxy", "http://u:p#w@p:1")]),
            ("http_proxy=http://\"p\":'1'", &[("http_proxy", "http://p:1")]),
            ("http_proxy=http://u:a\\;b@p:1", &[("http_proxy", "http://u:a;b@p:1")]),
            ("http_proxy=\"a\\\"\\b\"", &[("http_proxy", "a\"\\b")]),
            ("if true; then export http_proxy=http://p:1; fi", &[("http_proxy", "http://p:1")]),
            ("declare -x HTTP_PROXY=\"http://p:1\"", &[("HTTP_PROXY", "http://p:1")]),
            ("export http_proxy=; x", &[("http_proxy", "")]),
            ("# http_proxy=http://p:1", &[]),
            ("echo http_proxy=http://p:1", &[]),
            ("export MY_http_proxy=x http_proxy", &[]),
        ] {
            let want: Vec<_> = want.iter().map(|(name, value)| (*name, (*value).to_string())).collect();
            assert_eq!((entries(text), mistakes(text)), (want, Vec::new()), "{text}");
            cuts::hold(text, |text| read(text, &Scope::Machine));
        }
        let text = "export http_proxy=\"http://p:1\"";
        assert_eq!(&text[read(text, &Scope::Machine).entries[0].at.clone()], "http://p:1");
    }

    #[test]
    fn what_the_shell_would_fill_in() {
        use MistakeKind as K;
        let text = "export http_proxy=http://$HOST:${PORT} https_proxy=\"$http_proxy\" no_proxy='$x',`y z`\n";
        let want = ["$HOST", "${PORT}", "$http_proxy", "`y z`"].map(|at| (K::ValueReference, at));
        assert_eq!(mistakes(text), want);
        let values = [
            ("http_proxy", "http://$HOST:${PORT}"),
            ("https_proxy", "$http_proxy"),
            ("no_proxy", "$x,`y z`"),
        ];
        assert_eq!(entries(text), values.map(|(name, value)| (name, value.to_string())));
        cuts::hold(text, |text| read(text, &Scope::Machine));
        assert_eq!(mistakes("http_proxy=http://u:\\$p@p:1; export http_proxy"), []);
    }

    #[test]
    fn other_mistakes() {
        use MistakeKind as K;
        assert_eq!(mistakes("export http_proxy=\"http://p:1"), [(K::QuoteOpen, "\"http://p:1")]);
        let text = "export A=b; https_proxy=http://p:1 sudo apt-get install mdatp";
        assert_eq!((entries(text), mistakes(text)), (Vec::new(), [(K::SudoDropsVariable, "sudo")].into()));
        assert_eq!(mistakes("https_proxy=http://p:1 sudo -E apt-get install mdatp"), []);
        assert_eq!(mistakes("export https_proxy=http://p:1; sudo apt-get install mdatp"), []);
    }

    #[test]
    fn which_texts_are_scripts() {
        for text in [
            "#!/bin/sh\n",
            "export A=b",
            "a=1\n  export a",
            "a=1;export a",
            "a=1 && export a",
            "declare -x A=\"b\"",
        ] {
            assert!(is_script(text), "{text}");
        }
        for text in ["A=b\n", "# export A\n", "exported=1", "https_proxy=http://p:1 sudo x", ""] {
            assert!(!is_script(text), "{text}");
        }
    }

    #[test]
    fn any_bytes_in_linear_time() {
        for part in ["${", "`", "a=\"$b\" ", "\\", "http_proxy=$a "] {
            let many = part.repeat(20_000);
            let _ = read(&many, &Scope::Machine);
        }
    }
}
