//! The words of a shell's script, and what separates commands (POSIX, "Shell Command Language" 2.2 and 2.3).
//!
//! A backslash at the end of a line joins it with the next one, quotation marks go over lines, and the lines of a here-document are
//! no commands.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::select::environment::Variable;
use crate::text::reference;

/// A part of a script.
pub(super) enum Token {
    Word(Word),
    /// What separates commands: `;`, `&&`, `(` or the like, or the end of a line.
    Separator(&'static str),
    /// A here-document that does not end.
    HereOpen(Range<usize>),
}

/// A word.
#[derive(Default)]
pub(super) struct Word {
    /// Without quotation marks and escapes; what the shell would fill in stands as it is written.
    pub(super) text: String,
    pub(super) at: Range<usize>,
    pub(super) references: Vec<Range<usize>>,
    /// A quotation mark is not closed.
    pub(super) is_open: bool,
}

/// A here-document that was announced.
struct Here {
    at: Range<usize>,
    /// Its last line.
    last: String,
    /// Tabs may stand before that.
    has_tabs: bool,
}

/// What separates commands, the longer ones first.
const SEPARATORS: [&str; 9] = ["\n", ";;", "&&", "||", ";", "&", "|", "(", ")"];

/// How redirections begin, the longer ones first.
const REDIRECTIONS: [&str; 10] = ["<<<", "<<-", "<<", "<&", "<>", "<", ">>", ">&", ">|", ">"];

/// The parts of a script.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// Where the line ends that was looked at last.
    line_end: usize,
    /// The here-documents that begin behind this line.
    here: Vec<Here>,
    /// Within `((…))`, where `<<` is no here-document.
    in_arithmetic: bool,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let at = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        Self { text, at, line_end: 0, here: Vec::new(), in_arithmetic: false }
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, length: usize) {
        self.at = self.at.saturating_add(length);
    }

    /// The length of a backslash with the end of its line, where they stand here.
    fn continuation(&self) -> Option<usize> {
        let behind = self.rest().strip_prefix('\\')?;
        let ends = ["\n", "\r\n"].into_iter().find(|end| behind.starts_with(end))?;
        Some(ends.len().saturating_add(1))
    }

    /// Skips blanks and a comment.
    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            if let Some(length) = self.continuation() {
                self.skip(length);
            } else if let Some(blank) = rest.chars().next().filter(|one| one.is_whitespace() && *one != '\n')
            {
                self.skip(blank.len_utf8());
            } else if rest.starts_with('#') {
                self.skip(rest.find('\n').unwrap_or(rest.len()));
            } else {
                return;
            }
        }
    }

    /// Skips the lines of the here-documents that were announced; gives where one was whose lines do not end.
    fn here_documents(&mut self) -> Option<Range<usize>> {
        for Here { at, last, has_tabs } in core::mem::take(&mut self.here) {
            loop {
                let rest = self.rest();
                if rest.is_empty() {
                    return Some(at);
                }
                let line = rest.split('\n').next().unwrap_or_default();
                self.at = self.at.saturating_add(line.len()).saturating_add(1).min(self.text.len());
                let line = line.strip_suffix('\r').unwrap_or(line);
                if last == if has_tabs { line.trim_start_matches('\t') } else { line } {
                    break;
                }
            }
        }
        None
    }

    /// The line up to its end, from here.
    fn line(&mut self) -> &'a str {
        if self.line_end <= self.at {
            let rest = self.rest();
            self.line_end = self.at.saturating_add(rest.find('\n').unwrap_or(rest.len()));
        }
        self.text.get(self.at..self.line_end).unwrap_or_default()
    }

    /// Takes a word up to its end.
    fn word(&mut self) -> Word {
        let mut word = Word { at: self.at..self.at, ..Word::default() };
        let mut quote: Option<char> = None;
        // What the word is where the line ends within quotation marks.
        let mut at_line_end: Option<(usize, usize, usize)> = None;
        while let Some(one) = self.rest().chars().next() {
            if let Some(length) = self.continuation().filter(|_| quote != Some('\'')) {
                self.skip(length);
                continue;
            }
            let mut taken = one.len_utf8();
            let next = self.rest().get(taken..).and_then(|rest| rest.chars().next());
            let is_filled_in = matches!(one, '$' | '`') && quote != Some('\'');
            match one {
                _ if quote.is_none() && (one.is_whitespace() || is_operator(one)) => break,
                '\'' | '"' if quote.is_none() => quote = Some(one),
                _ if quote == Some(one) => {
                    quote = None;
                    if at_line_end.is_some_and(|(_, length, _)| is_of_next_line(&word.text, length)) {
                        quote = Some(one);
                        break;
                    }
                    at_line_end = None;
                }
                '\\' if quote != Some('\'') => {
                    let escapes = quote.is_none() || matches!(next, Some('"' | '\\' | '$' | '`'));
                    if let Some(next) = next.filter(|_| escapes) {
                        word.text.push(next);
                        taken = taken.saturating_add(next.len_utf8());
                    } else if quote.is_some() {
                        word.text.push(one);
                    }
                }
                _ if is_filled_in && let Some(length) = reference(self.line()) => {
                    taken = length;
                    word.text.push_str(self.rest().get(..length).unwrap_or_default());
                    word.references.push(self.at..self.at.saturating_add(length));
                }
                '\n' => {
                    let carriage = usize::from(word.text.ends_with('\r'));
                    at_line_end.get_or_insert((
                        self.at.saturating_sub(carriage),
                        word.text.len().saturating_sub(carriage),
                        word.references.len(),
                    ));
                    word.text.push(one);
                }
                _ => word.text.push(one),
            }
            self.skip(taken);
        }
        if quote.is_some() {
            word.is_open = true;
            if let Some((at, length, references)) = at_line_end {
                self.at = at;
                self.line_end = at;
                word.text.truncate(length);
                word.references.truncate(references);
            }
        }
        word.at.end = self.at;
        word
    }

    /// Takes a redirection with the word behind it, which are no part of a command.
    fn redirection(&mut self, operator: &str) {
        let start = self.at;
        self.skip(operator.len());
        self.skip_blanks_of_line();
        if self.rest().starts_with(is_word) {
            let word = self.word();
            if matches!(operator, "<<" | "<<-") && !self.in_arithmetic {
                let has_tabs = operator == "<<-";
                self.here.push(Here { at: start..word.at.end, last: word.text, has_tabs });
            }
        }
    }

    fn skip_blanks_of_line(&mut self) {
        let rest = self.rest();
        self.skip(rest.len().saturating_sub(rest.trim_start_matches([' ', '\t']).len()));
    }
}

/// Whether such a character begins a word.
fn is_word(one: char) -> bool {
    !one.is_whitespace() && !is_operator(one)
}

fn is_operator(one: char) -> bool {
    matches!(one, ';' | '&' | '|' | '(' | ')' | '<' | '>')
}

/// Whether what stands in quotation marks behind the end of the first line was never meant to be of a proxy's variable: another
/// assignment begins there, and the mark that closes is that one's.
fn is_of_next_line(text: &str, length: usize) -> bool {
    let mut values = Variable::ALL.into_iter().filter_map(|variable| text.strip_prefix(variable.as_str()));
    values.any(|value| value.starts_with('='))
        && text.get(length..).is_some_and(|behind| behind.contains('='))
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            self.skip_blanks();
            let rest = self.rest();
            if rest.is_empty() {
                return None;
            }
            if let Some(operator) = REDIRECTIONS.into_iter().find(|operator| rest.starts_with(operator)) {
                self.redirection(operator);
                continue;
            }
            let Some(separator) = SEPARATORS.into_iter().find(|separator| rest.starts_with(separator)) else {
                let word = self.word();
                // The number of what is redirected.
                if self.rest().starts_with(['<', '>']) && word.text.bytes().all(|byte| byte.is_ascii_digit())
                {
                    continue;
                }
                return Some(Token::Word(word));
            };
            self.skip(separator.len());
            match separator {
                "(" if self.rest().starts_with('(') => self.in_arithmetic = true,
                ")" if self.rest().starts_with(')') => self.in_arithmetic = false,
                "\n" => {
                    self.in_arithmetic = false;
                    if let Some(at) = self.here_documents() {
                        return Some(Token::HereOpen(at));
                    }
                }
                _ => {}
            }
            return Some(Token::Separator(separator));
        }
    }
}
