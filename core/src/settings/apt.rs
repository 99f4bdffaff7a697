//! apt's configuration (apt.conf(5)): its proxies, for each scheme and for single hosts (apt-transport-http(1)).
//!
//! Settings are paths, written whole (`Acquire::http::Proxy "…";`) or in braces; letter case does not count. `//` and `#` begin
//! comments that end with the line, wherever they stand outside quotation marks: a URL without these is half a comment.
//! Two directives begin with `#`, outside of all braces: `#clear` takes back what stands before it, in this file and in those
//! before, and `#include` reads another file or a folder at its place: [`join`].
//!
//! apt does not start where a file has a mistake in its form: then there is an entry of [`Key::AptConfiguration`], and the settings
//! are given all the same. Not every mistake is one for apt 2.6: it never misses a `}` or the end of a comment (`apt-config dump`).

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::mistake::{Mistake, MistakeKind};
use crate::settings::{Entry, Key, Reading, Scope};

mod includes;
mod joining;

pub use self::joining::{Joined, Unread, is_read, join};

/// Reads a file of apt's configuration by itself, or the output of `apt-config dump`.
pub fn read(text: &str) -> Reading<'_> {
    let mut parts = parts(text);
    settle(&mut parts);
    let mut reading = Reading::default();
    for part in parts {
        let Reading { entries, mistakes } = part.finish();
        reading.entries.extend(entries);
        reading.mistakes.extend(mistakes);
    }
    reading.mistakes.sort_by_key(|mistake| mistake.at.start);
    reading
}

/// What a part of a file says: up to an `#include`, or to its end.
#[derive(Debug, Default)]
struct Part<'a> {
    /// The settings that it does not take back itself.
    reading: Reading<'a>,
    /// The paths of these, in lower case.
    paths: Vec<String>,
    /// Where each path was cleared last.
    clears: BTreeMap<String, usize>,
    /// What is read behind it.
    include: Option<Include<'a>>,
    /// The first mistake with which apt does not start.
    stop: Option<Mistake>,
}

/// `#include`: a file or, with a `/` at its end, a folder.
#[derive(Debug)]
struct Include<'a> {
    path: Cow<'a, str>,
    /// Where it begins.
    at: usize,
}

/// What a file says, in parts: one for each `#include`, and one behind the last.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut file = File::default();
    let mut tokens = Tokens { text, at: if text.starts_with('\u{FEFF}') { 3 } else { 0 } };
    while let Some((token, at)) = tokens.next() {
        file.token(token, at);
    }
    file.finish()
}

/// Leaves in each of these parts, which apply in this order, the settings that no later part clears.
fn settle<'p, 'a: 'p>(parts: impl IntoIterator<Item = &'p mut Part<'a>>) {
    let mut parts: Vec<&mut Part<'a>> = parts.into_iter().collect();
    // The last part that clears a path.
    let mut clears = BTreeMap::new();
    for (turn, part) in parts.iter_mut().enumerate() {
        clears.extend(core::mem::take(&mut part.clears).into_keys().map(|path| (path, turn)));
    }
    for (turn, part) in parts.iter_mut().enumerate() {
        part.retain(|_, path| clears.get(path).is_none_or(|clear| *clear <= turn));
    }
}

/// Whose settings these are.
const APT: &str = "apt";

/// The longest path that is looked at: `acquire::https::proxy::` and a host name.
const PATH: usize = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    /// A name, or a value with the quotation marks around it or parts of it.
    Item(&'a str),
    Semicolon,
    Open,
    Close,
    /// What is left of a URL without quotation marks: its `//` begins a comment. The place is that of the whole.
    Cut(&'a str),
    /// Something is wrong with the form.
    Wrong(MistakeKind),
}

struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    fn next(&mut self) -> Option<(Token<'a>, Range<usize>)> {
        loop {
            let rest = self.text.get(self.at..)?;
            let start = self.at;
            let character = rest.chars().next()?;
            let token = match character {
                ';' => Token::Semicolon,
                '{' => Token::Open,
                '}' => Token::Close,
                _ if character.is_ascii_whitespace() || character == '\0' => {
                    self.at = start.saturating_add(1);
                    continue;
                }
                _ if is_line_comment(rest) => {
                    self.at = start.saturating_add(line_end(rest));
                    continue;
                }
                _ if rest.starts_with("/*") => {
                    if let Some(end) = rest.find("*/") {
                        self.at = start.saturating_add(end).saturating_add(2);
                        continue;
                    }
                    self.at = self.text.len();
                    return Some((Token::Wrong(MistakeKind::CutOff), start..start.saturating_add(2)));
                }
                _ => return Some(self.item(rest)),
            };
            self.at = start.saturating_add(1);
            return Some((token, start..self.at));
        }
    }

    /// An item at the begin of the rest. It ends with the line: quotation marks do not go over it.
    fn item(&mut self, rest: &'a str) -> (Token<'a>, Range<usize>) {
        let start = self.at;
        let mut quote = None;
        let mut end = rest.len();
        for (at, character) in rest.char_indices() {
            let tail = rest.get(at..).unwrap_or_default();
            let is_end = match (character, quote) {
                ('\n', _) => true,
                ('"', _) => {
                    quote = if quote.is_none() { Some(at) } else { None };
                    false
                }
                (_, Some(_)) => false,
                _ if tail.starts_with("//") && rest.get(..at).is_some_and(|name| name.ends_with(':')) => {
                    let line = rest.get(..at.saturating_add(line_end(tail))).unwrap_or_default();
                    self.at = start.saturating_add(line.len());
                    let length = line.trim_end_matches([' ', '\t', '\r', ';']).len();
                    let left = rest.get(..at).unwrap_or_default();
                    return (Token::Cut(left), start..start.saturating_add(length));
                }
                _ => {
                    matches!(character, ';' | '{' | '}' | '\0')
                        || character.is_ascii_whitespace()
                        || (at > 0 && (is_line_comment(tail) || tail.starts_with("/*")))
                }
            };
            if is_end {
                end = at;
                break;
            }
        }
        let item = rest.get(..end).unwrap_or_default();
        self.at = start.saturating_add(end);
        match quote {
            Some(at) => {
                let end = start.saturating_add(item.trim_end().len());
                (Token::Wrong(MistakeKind::QuoteOpen), start.saturating_add(at)..end)
            }
            None => (Token::Item(item), start..self.at),
        }
    }
}

fn line_end(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

/// `//`, or `#` unless it begins one of the two directives.
fn is_line_comment(rest: &str) -> bool {
    let is_directive = || ["#clear", "#include"].iter().any(|directive| rest.starts_with(directive));
    rest.starts_with("//") || (rest.starts_with('#') && !is_directive())
}

#[derive(Default)]
struct File<'a> {
    /// The braces that are open: each one's place, and the path of what stands in it, where that can be a proxy.
    scopes: Vec<(usize, Option<String>)>,
    /// The setting that is being read: its name, then its value.
    items: Vec<(&'a str, Range<usize>)>,
    /// The URL of which a part is among these.
    cut: Option<Range<usize>>,
    /// The parts that have ended.
    parts: Vec<Part<'a>>,
    /// The one that is being read.
    part: Part<'a>,
}

impl<'a> File<'a> {
    fn token(&mut self, token: Token<'a>, at: Range<usize>) {
        match token {
            Token::Item(item) => self.item(item, at),
            Token::Cut(item) => {
                self.item(item, at.start..at.start.saturating_add(item.len()));
                self.part.reading.note(MistakeKind::QuoteMissing, at.clone());
                self.cut = Some(at);
            }
            Token::Semicolon => self.setting(),
            Token::Open => {
                let name = self.items.first().map(|(name, _)| *name);
                if self.items.len() > 1 {
                    self.setting();
                }
                self.items.clear();
                if name.is_none() {
                    self.stop(MistakeKind::BlockNameMissing, at.clone());
                }
                let path = name.and_then(|name| self.path(name));
                self.scopes.push((at.start, path));
            }
            Token::Close => {
                // apt takes the last setting in braces without its semicolon, too.
                self.setting();
                if self.scopes.pop().is_none() {
                    self.part.reading.note(MistakeKind::BraceUnpaired, at);
                }
            }
            Token::Wrong(MistakeKind::CutOff) => self.part.reading.note(MistakeKind::CutOff, at),
            Token::Wrong(kind) => {
                self.items.clear();
                self.cut = None;
                self.stop(kind, at);
            }
        }
    }

    fn item(&mut self, item: &'a str, at: Range<usize>) {
        // Words in quotation marks are one value, and nothing else stands beside them.
        if self.items.get(1).is_some_and(|(value, _)| !is_quoted(value) || !is_quoted(item)) {
            self.expect_semicolon();
        }
        self.items.push((item, at));
    }

    /// Adds a mistake with which apt does not start.
    fn stop(&mut self, kind: MistakeKind, at: Range<usize>) {
        let mistake = Mistake::new(kind, at);
        self.part.reading.mistakes.push(mistake.clone());
        self.part.stop.get_or_insert(mistake);
    }

    /// The setting ends here, and apt does not see it.
    fn expect_semicolon(&mut self) {
        let end = self.items.last().map(|(_, at)| at.end).unwrap_or_default();
        if let Some(at) = self.cut.take() {
            // Its semicolon is in the comment.
            self.part.stop.get_or_insert(Mistake::new(MistakeKind::QuoteMissing, at));
            self.items.clear();
        } else if let Some(("=", at)) = self.items.get(1) {
            self.stop(MistakeKind::EqualsSign, at.clone());
            self.items.clear();
        } else {
            self.stop(MistakeKind::SemicolonMissing, end..end);
            self.setting();
        }
    }

    /// The path of a name in the scope where it stands, in lower case; none where no proxy can have it.
    fn path(&self, name: &str) -> Option<String> {
        if name.len() > PATH {
            return None;
        }
        let name = name.replace('"', "").to_ascii_lowercase();
        let path = match self.scopes.last() {
            None => name,
            Some((_, scope)) => [scope.as_deref()?, "::", &name].concat(),
        };
        (path.len() <= PATH && path.starts_with("acquire")).then_some(path)
    }

    fn setting(&mut self) {
        let is_cut = self.cut.take().is_some();
        let mut items = core::mem::take(&mut self.items).into_iter();
        let (Some((name, at)), value) = (items.next(), items.next()) else { return };
        let Some((value, value_at)) = value else {
            if name == "#clear" {
                self.stop(MistakeKind::DirectiveUnknown, at);
            } else if name.contains('=') && self.path(name).is_some() {
                self.part.reading.note(MistakeKind::EqualsSign, at);
            }
            return;
        };
        let (value, value_at) = joined(value, value_at, items);
        if name.starts_with('#') {
            return self.directive(name, at, value);
        }
        let Some(path) = self.path(name) else { return };
        let Some((key, host)) = key(&path) else { return };
        let value = if host.is_empty() { value } else { [host, " ", &*value].concat().into() };
        let scope = Scope::Service(APT.into());
        if is_cut {
            // What is wrong with it is known.
            self.part.reading.entries.push(Entry { key, scope, value, at: value_at, lost: None });
        } else {
            self.part.reading.add(key, scope, value, value_at);
        }
        self.part.paths.push(path);
    }

    fn directive(&mut self, name: &str, at: Range<usize>, value: Cow<'a, str>) {
        match name {
            _ if !self.scopes.is_empty() => self.stop(MistakeKind::DirectiveInBraces, at),
            "#clear" => _ = self.part.clears.insert(value.to_ascii_lowercase(), at.start),
            "#include" => self.end_part(Some(Include { path: value, at: at.start })),
            _ => self.stop(MistakeKind::DirectiveUnknown, at),
        }
    }

    fn end_part(&mut self, include: Option<Include<'a>>) {
        let mut part = core::mem::take(&mut self.part);
        part.reading.mistakes.sort_by_key(|mistake| mistake.at.start);
        let clears = core::mem::take(&mut part.clears);
        part.retain(|at, path| clears.get(path).is_none_or(|clear| *clear <= at));
        self.parts.push(Part { clears, include, ..part });
    }

    fn finish(mut self) -> Vec<Part<'a>> {
        if !self.items.is_empty() {
            let is_directive = self.items.first().is_some_and(|(name, _)| name.starts_with('#'));
            if self.cut.is_some() || self.items.len() > 1 && !is_directive {
                self.expect_semicolon();
            } else if let Some((_, at)) = self.items.first().cloned() {
                self.stop(MistakeKind::CutOff, at);
            }
        }
        for (at, _) in self.scopes.iter().take(1) {
            self.part.reading.note(MistakeKind::BraceUnpaired, *at..at.saturating_add(1));
        }
        self.end_part(None);
        self.parts
    }
}

impl<'a> Part<'a> {
    /// What it says when nothing is cleared any more.
    fn finish(self) -> Reading<'a> {
        let Self { mut reading, stop, .. } = self;
        if let Some(Mistake { kind, at }) = stop {
            reading.lose(Key::AptConfiguration, Scope::Service(APT.into()), kind, at);
            reading.entries.sort_by_key(|entry| entry.at.start);
        }
        reading
    }

    /// Keeps the settings of which this holds, for their own path and for each one that it is below.
    fn retain(&mut self, mut keeps: impl FnMut(usize, &str) -> bool) {
        let mut kept = Vec::new();
        let mut paths = core::mem::take(&mut self.paths).into_iter();
        self.reading.entries.retain(|entry| {
            let path = paths.next().unwrap_or_default();
            let parents = path.match_indices("::").filter_map(|(end, _)| path.get(..end));
            let is_kept = parents.chain([&*path]).all(|path| keeps(entry.at.start, path));
            if is_kept {
                kept.push(path);
            }
            is_kept
        });
        self.paths = kept;
    }
}

/// What a path sets, and for which host.
fn key(path: &str) -> Option<(Key, &str)> {
    let mut parts = path.strip_prefix("acquire::")?.splitn(3, "::");
    let is_https = match parts.next()? {
        "http" => false,
        "https" => true,
        _ => return None,
    };
    match (parts.next()?, parts.next()) {
        ("proxy", None) => Some((if is_https { Key::AptHttps } else { Key::AptHttp }, "")),
        ("proxy", Some(host)) if !host.is_empty() => {
            Some((if is_https { Key::AptHttpsHost } else { Key::AptHttpHost }, host))
        }
        ("proxy-auto-detect", None) => {
            Some((if is_https { Key::AptHttpsDetect } else { Key::AptHttpDetect }, ""))
        }
        ("proxyautodetect", None) => {
            Some((if is_https { Key::AptHttpsDetectOld } else { Key::AptHttpDetectOld }, ""))
        }
        _ => None,
    }
}

/// Whether a word has quotation marks around all parts of it.
fn is_quoted(item: &str) -> bool {
    item.split('"').step_by(2).all(str::is_empty)
}

/// A value of several words in quotation marks, or of one word.
fn joined<'a>(
    first: &'a str,
    at: Range<usize>,
    more: impl Iterator<Item = (&'a str, Range<usize>)>,
) -> (Cow<'a, str>, Range<usize>) {
    let mut more = more.peekable();
    if more.peek().is_none() {
        return unquoted(first, at);
    }
    let (mut value, mut end) = (first.replace('"', ""), at.end);
    for (next, at) in more {
        value.push(' ');
        value.extend(next.split('"'));
        end = at.end;
    }
    (value.into(), at.start..end)
}

/// A value without its quotation marks, and the bytes between the outer two.
fn unquoted(item: &str, at: Range<usize>) -> (Cow<'_, str>, Range<usize>) {
    match item.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) if !inner.contains('"') => {
            (inner.into(), at.start.saturating_add(1)..at.end.saturating_sub(1))
        }
        None if !item.contains('"') => (item.into(), at),
        _ => (item.replace('"', "").into(), at),
    }
}

#[cfg(test)]
mod tests;
