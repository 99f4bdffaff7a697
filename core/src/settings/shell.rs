//! Scripts and profiles of a shell that set variables: `http_proxy=http://proxy.example:3128; export http_proxy`.
//!
//! Other than in files that are read by no shell ([`environment`]), a value ends where the shell ends a word,
//! quotation marks may stand around any part of it, and what the shell would fill in (`$NAME`, `$(command)`) is a mistake: nothing
//! is evaluated.
//!
//! Of the language so much is understood that it is known which assignments are made for sure. One in a branch counts like any
//! other, and is a mistake as well; so does one in a function that nothing here calls, where the variable is not set otherwise. What
//! is set for one command alone is not set. A variable that is not exported counts.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::Range;

use self::blocks::{Blocks, End, Made};
use self::words::{Token, Tokens, Word};
use crate::mistake::MistakeKind;
use crate::select::environment::Variable;
use crate::settings::{Entry, Key, Reading, Scope, environment, place};
use crate::target::lines;

mod blocks;
mod words;

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
    let mut script = Script {
        text,
        scope,
        reading: Reading::default(),
        made: Vec::new(),
        unset: BTreeMap::new(),
        in_functions: Vec::new(),
        blocks: Blocks::default(),
        called: BTreeMap::new(),
        command: Command::default(),
        is_chained: false,
    };
    for token in Tokens::of(text) {
        match token {
            Token::Word(word) => script.word(word),
            Token::Separator(separator) => script.separator(separator),
            Token::HereOpen(at) => {
                script.separator("\n");
                script.reading.note(MistakeKind::CutOff, at);
            }
        }
    }
    script.separator("\n");
    script.finish()
}

/// The command that is being read.
#[derive(Default)]
struct Command<'a> {
    /// What is assigned in front of it, or by it.
    assigned: Vec<(Variable, Word)>,
    kind: Kind,
    /// Its name, where it is of no other kind.
    name: &'a str,
    /// How many words stand behind that.
    words: usize,
    /// The function whose body it may begin.
    function: Option<&'a str>,
}

/// What a command is.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its name is still to come.
    #[default]
    None,
    /// `export` and its like: what follows are assignments.
    Export,
    Unset,
    /// `case`, whose patterns follow `in`.
    Case,
    /// `function`, whose name follows.
    Function,
    /// It assigns nothing, and always succeeds.
    True,
    Other,
}

struct Script<'s, 'a> {
    text: &'a str,
    scope: &'s Scope<'a>,
    reading: Reading<'a>,
    /// Whether each of the settings is made.
    made: Vec<Made<'a>>,
    /// Where each variable was unset last.
    unset: BTreeMap<Variable, Range<usize>>,
    /// What functions set, and the variables that they unset.
    in_functions: Vec<(&'a str, Option<Variable>, Range<usize>)>,
    blocks: Blocks<'a>,
    /// The commands that are carried out for sure, and where each ends last.
    called: BTreeMap<&'a str, usize>,
    command: Command<'a>,
    /// Whether a command is carried out depends on others beside it (`&&`, `||`, `|`).
    is_chained: bool,
}

impl<'a> Script<'_, 'a> {
    /// Whether what stands here is carried out.
    fn made(&self) -> Made<'a> {
        if self.is_chained { Made::InBranch } else { self.blocks.made() }
    }

    fn word(&mut self, word: Word) {
        let raw = self.text.get(word.at.clone()).unwrap_or_default();
        let name = raw.split_once('=').map(|(name, _)| name).filter(|name| is_name(name));
        match (self.command.kind, name) {
            (Kind::None | Kind::Export, Some(name)) => {
                let variable = environment::variable(name, word.at.start, &mut self.reading);
                self.command.assigned.extend(variable.map(|variable| (variable, word)));
            }
            (Kind::None, None) => self.name(raw, word.at),
            (Kind::Export, None) if raw == "-n" => self.command.kind = Kind::Unset,
            (Kind::Unset, _) => self.unset(raw, word.at),
            (Kind::Case, _) if raw == "in" => self.command = Command::default(),
            (Kind::Function, _) => self.command = Command { function: Some(raw), ..Command::default() },
            _ => self.command.words = self.command.words.saturating_add(1),
        }
    }

    /// The first word of a command.
    fn name(&mut self, raw: &'a str, at: Range<usize>) {
        let function = self.command.function.take();
        self.command.kind = match raw {
            "then" | "else" | "elif" | "do" | "!" | "time" => return,
            "if" | "while" | "until" => return self.open(End::Word, Made::InBranch),
            "for" | "select" | "case" => {
                self.open(End::Word, Made::InBranch);
                if raw == "case" { Kind::Case } else { Kind::Other }
            }
            "{" => {
                let made = if self.is_chained { Made::InBranch } else { Made::Surely };
                return self.open(End::Brace, function.map_or(made, Made::InFunction));
            }
            "fi" | "done" | "esac" | "}" => {
                self.close(if raw == "}" { End::Brace } else { End::Word });
                Kind::Other
            }
            "function" => Kind::Function,
            "export" | "declare" | "typeset" | "readonly" => Kind::Export,
            "unset" => Kind::Unset,
            "true" | ":" => Kind::True,
            _ => Kind::Other,
        };
        self.command.name = raw;
        let is_dropped = raw == "sudo" && !self.command.assigned.is_empty();
        if is_dropped && !self.text.get(at.end..).is_some_and(passes_environment) {
            self.command.assigned.clear();
            self.reading.note(MistakeKind::SudoDropsVariable, at);
        }
    }

    fn open(&mut self, end: End, made: Made<'a>) {
        self.blocks.open(end, made, core::mem::take(&mut self.is_chained));
    }

    fn close(&mut self, end: End) {
        self.is_chained = self.blocks.close(end);
    }

    fn unset(&mut self, raw: &str, at: Range<usize>) {
        let Some(variable) = Variable::ALL.into_iter().find(|variable| variable.as_str() == raw) else {
            return;
        };
        match self.made() {
            Made::Surely => _ = self.unset.insert(variable, at),
            Made::InBranch => self.reading.note(MistakeKind::AssignmentInBranch, at),
            Made::InFunction(name) => self.in_functions.push((name, Some(variable), at)),
        }
    }

    fn separator(&mut self, separator: &'static str) {
        let command = core::mem::take(&mut self.command);
        let Command { kind, name, words, function, .. } = command;
        if separator == "(" {
            let name = function.or((kind == Kind::Other && words == 0).then_some(name));
            if let Some(name) = name.filter(|_| command.assigned.is_empty()) {
                // `name ()`; or behind that a body that is a shell of its own, which sets nothing outside.
                self.command.function = Some(name);
            } else {
                self.end(command);
            }
            return self.open(End::Parenthesis, Made::InBranch);
        }
        self.end(command);
        match separator {
            "&&" => self.is_chained |= matches!(kind, Kind::Case | Kind::Function | Kind::Other),
            "||" | "|" => self.is_chained = true,
            ")" => {
                self.close(End::Parenthesis);
                self.command.function = function;
            }
            _ => {
                self.is_chained = false;
                // A body may begin on the next line.
                self.command.function = function.filter(|_| kind == Kind::None && separator == "\n");
            }
        }
    }

    /// The end of a command: what it assigns.
    fn end(&mut self, command: Command<'a>) {
        let made = self.made();
        let is_set = matches!(command.kind, Kind::None | Kind::Export);
        for (variable, word) in command.assigned {
            let name = word.at.start..word.at.start.saturating_add(variable.as_str().len());
            match made {
                _ if !is_set => {
                    self.reading.note(MistakeKind::OneCommand, name);
                    continue;
                }
                Made::Surely => {}
                Made::InBranch => self.reading.note(MistakeKind::AssignmentInBranch, name),
                Made::InFunction(function) => self.in_functions.push((function, None, name)),
            }
            self.take(variable, &word);
            self.made.push(made);
        }
        if command.kind == Kind::Other && made == Made::Surely {
            self.called.insert(command.name, place(self.text, command.name).end);
        }
    }

    /// Takes what was assigned.
    fn take(&mut self, variable: Variable, word: &Word) {
        let name = variable.as_str().len().saturating_add(1);
        let value = word.text.get(name..).unwrap_or_default();
        let whole = word.at.start.saturating_add(name)..word.at.end;
        let raw = self.text.get(whole.clone()).unwrap_or_default();
        if word.is_open {
            self.reading.note(MistakeKind::QuoteOpen, whole.clone());
        }
        for at in &word.references {
            self.reading.note(MistakeKind::ValueReference, at.clone());
        }
        // The quotation marks around the whole are not of the value.
        let inner = raw.get(1..raw.len().saturating_sub(1)).filter(|inner| *inner == value);
        let (value, at) = match inner {
            _ if raw == value => (Cow::Borrowed(raw), whole),
            Some(inner) => (Cow::Borrowed(inner), whole.start.saturating_add(1)..whole.end.saturating_sub(1)),
            None => (Cow::Owned(value.into()), whole),
        };
        self.reading.add(Key::Variable(variable), self.scope.clone(), value, at);
    }

    fn finish(self) -> Reading<'a> {
        let Self { mut reading, made, mut unset, in_functions, called, .. } = self;
        for (name, variable, at) in in_functions {
            match (called.get(name).filter(|call| **call > at.start), variable) {
                (None, _) => reading.note(MistakeKind::AssignmentInFunction, at),
                (Some(call), Some(variable)) => {
                    let last = unset.entry(variable).or_insert(*call..*call);
                    if last.end < *call {
                        *last = *call..*call;
                    }
                }
                (Some(_), None) => {}
            }
        }
        let entries: Vec<_> = core::mem::take(&mut reading.entries).into_iter().zip(made).collect();
        let mut others: BTreeMap<Key, Range<usize>> =
            unset.iter().map(|(variable, at)| (Key::Variable(*variable), at.clone())).collect();
        // Where it is carried out: a function, where it is called last, and not by a call in front of it.
        let carried_out = |entry: &Entry<'_>, made: Made<'_>| match made {
            Made::InFunction(name) => called.get(name).copied().filter(|call| *call > entry.at.start),
            _ => Some(entry.at.start),
        };
        let is_left = |entry: &Entry<'_>, at: usize| match entry.key {
            Key::Variable(variable) => unset.get(&variable).is_none_or(|unset| unset.start < at),
            _ => true,
        };
        // Of each variable, where it is set last, and where that is written.
        let mut last: BTreeMap<Key, (usize, usize)> = BTreeMap::new();
        for (entry, made) in &entries {
            let Some(at) = carried_out(entry, *made).filter(|at| is_left(entry, *at)) else { continue };
            let own = (at, entry.at.start);
            let last = last.entry(entry.key).or_insert(own);
            *last = own.max(*last);
        }
        for (entry, made) in entries {
            others.remove(&entry.key);
            let last = last.get(&entry.key);
            let is_kept = match carried_out(&entry, made) {
                Some(at) => is_left(&entry, at) && last.is_none_or(|(_, last)| entry.at.start <= *last),
                None => is_left(&entry, entry.at.start) && last.is_none(),
            };
            if is_kept {
                reading.entries.push(entry);
            }
        }
        // What other files set is unset, too.
        for (key, at) in others {
            reading.add(key, self.scope.clone(), "", at.end..at.end);
        }
        reading.entries.sort_by_key(|entry| entry.at.start);
        reading.mistakes.sort_by_key(|mistake| mistake.at.start);
        reading
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether the command `sudo`, behind which this stands, hands the environment on (`-E`).
fn passes_environment(behind: &str) -> bool {
    let flag = behind.trim_start_matches([' ', '\t']);
    ["-E", "--preserve-env"].into_iter().any(|known| flag.starts_with(known))
}

#[cfg(test)]
mod tests;
