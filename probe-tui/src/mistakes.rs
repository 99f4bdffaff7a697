//! Mistakes in what was typed and in the files that were named: collected, and then shown all at once, each with its
//! place, the line, a caret, and the nearest right word.

use std::fmt::{self, Display};
use std::ops::Range;

use probe_core::mistake::{Mistake, MistakeKind};
use probe_core::text::is_harmless;
use unicode_width::UnicodeWidthChar as _;

/// How many mistakes are kept to be shown; the others are counted.
const SHOWN: usize = 100;

/// How much of a line is shown, in columns. With the margin of the line number it fits 80.
const WINDOW: usize = 66;

/// What stands in place of a password.
const HIDDEN: &str = "***";

/// All mistakes that were found so far.
#[derive(Debug, Default)]
pub struct Mistakes {
    shown: Vec<Entry>,
    more: usize,
}

#[derive(Debug)]
struct Entry {
    place: String,
    excerpt: Option<Excerpt>,
    what: String,
    hints: Vec<String>,
}

/// Where a text comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The file, or the flag.
    pub name: &'a str,
    /// The number of the line, for files.
    pub line: Option<usize>,
    /// What may be secret in it.
    pub secrets: Secrets,
}

/// What may be secret in a text, and is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// User and password in each word: all before its last `@`, without the scheme.
    InWords,
    /// User and password of one URL, which may be written without a scheme and hold blanks: all before the last `@`.
    BeforeAt,
    /// All of it.
    Everything,
}

impl Mistakes {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.shown.len() + self.more
    }

    /// Adds what the core found in `text`.
    pub fn add(&mut self, origin: Origin<'_>, text: &str, mistake: &Mistake) {
        let word = text.get(mistake.at.clone()).unwrap_or_default();
        let near = candidates(mistake.kind).and_then(|words| nearest(word, words.iter().copied()));
        self.add_words(origin, text, mistake.at.clone(), &mistake.kind, Some(mistake.kind.hint()), near);
    }

    /// Adds a mistake in `text` that the core does not know.
    pub fn add_words(
        &mut self,
        origin: Origin<'_>,
        text: &str,
        at: Range<usize>,
        what: &dyn Display,
        hint: Option<&str>,
        near: Option<&str>,
    ) {
        if self.is_full() {
            return;
        }
        let excerpt = Excerpt::of(text, at, origin);
        let place = match origin.line {
            Some(line) => format!("{}:{line}:{}", harmless(origin.name), excerpt.column),
            None => harmless(origin.name),
        };
        let mut hints: Vec<String> = hint.map(str::to_owned).into_iter().collect();
        hints.extend(near.map(|word| format!("did you mean `{word}`?")));
        self.shown.push(Entry { place, excerpt: Some(excerpt), what: harmless(&what.to_string()), hints });
    }

    /// Adds a mistake that has no line to show: a file that cannot be read, two flags that do not go together.
    pub fn add_plain(&mut self, place: &str, what: &dyn Display, hint: Option<&str>) {
        if !self.is_full() {
            let hints = hint.map(str::to_owned).into_iter().collect();
            let place = harmless(&without_user_info(place));
            let what = harmless(&without_user_info(&what.to_string()));
            self.shown.push(Entry { place, excerpt: None, what, hints });
        }
    }

    /// Adds all of those that were found elsewhere.
    pub fn append(&mut self, others: Self) {
        for entry in others.shown {
            if !self.is_full() {
                self.shown.push(entry);
            }
        }
        self.more += others.more;
    }

    fn is_full(&mut self) -> bool {
        let full = self.shown.len() == SHOWN;
        self.more += usize::from(full);
        full
    }
}

impl Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.shown {
            writeln!(f, "{}: {}", entry.place, entry.what)?;
            if let Some(excerpt) = &entry.excerpt {
                write!(f, "{excerpt}")?;
            }
            for hint in &entry.hints {
                writeln!(f, "      = {hint}")?;
            }
        }
        if self.more > 0 {
            writeln!(f, "and {} more", self.more)?;
        }
        match self.count() {
            1 => writeln!(f, "egress-probe: one mistake; nothing was sent and nothing was written"),
            count => writeln!(f, "egress-probe: {count} mistakes; nothing was sent and nothing was written"),
        }
    }
}

/// The right words in place of one that is wrong in this way.
fn candidates(kind: MistakeKind) -> Option<&'static [&'static str]> {
    match kind {
        MistakeKind::SchemeUnknown | MistakeKind::ProxySchemeUnknown => Some(&["http", "https"]),
        MistakeKind::AttributeUnknown => Some(&["expect=", "body="]),
        _ => None,
    }
}

/// The word that is most like `word`, if one is like it at all. A word that ends in `=` is compared with what stands
/// before the `=`.
pub fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    // A word that is much longer than any right one is none of them, and comparing takes the product of both lengths.
    let word = word.get(..64).unwrap_or(&word);
    words
        .into_iter()
        .map(|right| {
            let word =
                if right.ends_with('=') { word.split_inclusive('=').next().unwrap_or(word) } else { word };
            (strsim::normalized_damerau_levenshtein(word, right), right)
        })
        .filter(|(likeness, _)| *likeness > 0.5)
        .max_by(|one, two| one.0.total_cmp(&two.0))
        .map(|(_, right)| right)
}

/// Text with everything that could steer a terminal as an escape.
pub fn harmless(text: &str) -> String {
    text.chars().map(shown).collect()
}

fn shown(character: char) -> String {
    match character {
        '\t' => " ".into(),
        _ if is_harmless(character) => character.into(),
        _ => character.escape_unicode().to_string(),
    }
}

/// The line around a mistake, and where the caret goes.
#[derive(Debug)]
struct Excerpt {
    number: Option<usize>,
    text: String,
    blanks: usize,
    carets: usize,
    /// Counted in characters, from 1.
    column: usize,
}

impl Excerpt {
    fn of(line: &str, at: Range<usize>, origin: Origin<'_>) -> Self {
        let secrets = hidden(line, origin.secrets);
        let column = line.get(..at.start).unwrap_or(line).chars().count() + 1;
        // Pieces of the line as they are shown, each with its width and whether it is marked.
        let mut pieces: Vec<(String, usize, bool)> = Vec::new();
        // Where nothing is marked, since something is missing, the caret stands where it should be.
        let mut missing = 0;
        for (index, character) in line.char_indices() {
            let marked = at.contains(&index);
            let secret = secrets.iter().find(|secret| secret.contains(&index));
            if secret.is_none_or(|secret| secret.start == index) {
                let text = if secret.is_some() { HIDDEN.into() } else { shown(character) };
                let width = text.chars().map(|character| character.width().unwrap_or(0)).sum();
                pieces.push((text, width, marked));
            } else if let Some(piece) = pieces.last_mut() {
                piece.2 |= marked;
            }
            if index < at.start {
                // A place within a secret is the whole of it.
                let within = secret.is_some_and(|secret| at.start < secret.end);
                missing = pieces.len() - usize::from(within);
            }
        }
        let first = pieces.iter().position(|piece| piece.2).unwrap_or(missing);
        let last = pieces.iter().rposition(|piece| piece.2).unwrap_or(first);
        let width_of = |range: Range<usize>| {
            pieces.get(range).unwrap_or_default().iter().map(|piece| piece.1).sum::<usize>()
        };
        // Grow the window from the first marked piece, to the left for context and then to the right.
        let mut from = first;
        while from > 0 && width_of(from - 1..first) <= WINDOW / 2 {
            from -= 1;
        }
        if width_of(0..pieces.len()) <= WINDOW {
            from = 0;
        }
        let mut to = from;
        while to < pieces.len() && width_of(from..to + 1) <= WINDOW {
            to += 1;
        }
        let mut text = String::new();
        if from > 0 {
            text.push('…');
        }
        let blanks = width_of(from..first) + usize::from(from > 0);
        text.extend(pieces.get(from..to).unwrap_or_default().iter().map(|piece| piece.0.as_str()));
        if to < pieces.len() {
            text.push('…');
        }
        let carets = width_of(first..(last + 1).min(to)).max(1);
        Self { number: origin.line, text, blanks, carets, column }
    }
}

impl Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => writeln!(f, "{number:>5} | {}", self.text)?,
            None => writeln!(f, "      | {}", self.text)?,
        }
        writeln!(f, "      | {}{}", " ".repeat(self.blanks), "^".repeat(self.carets))
    }
}

/// The bytes of a text that are not shown: in order, and apart from each other.
fn hidden(text: &str, secrets: Secrets) -> Vec<Range<usize>> {
    match secrets {
        Secrets::Everything => std::iter::once(0..text.len()).collect(),
        Secrets::BeforeAt => user_info(text, 0..text.len()).into_iter().collect(),
        Secrets::InWords => {
            let mut found: Vec<Range<usize>> = Vec::new();
            let mut start = 0;
            // Where a URL began that looks as if a password with a blank in it went on in the next word.
            let mut open = None;
            for word in text.split_inclusive(char::is_whitespace) {
                let here = start..start + word.trim_end().len();
                start += word.len();
                let from = open.filter(|_| !word.contains("://")).unwrap_or(here.start);
                match user_info(text, from..here.end) {
                    Some(secret) => {
                        found.push(secret);
                        open = None;
                    }
                    None if here.is_empty() => {}
                    None => {
                        let url = text.get(from..here.end).unwrap_or_default();
                        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                        open = (rest.contains(':') && !rest.contains(['/', '#'])).then_some(from);
                    }
                }
                if word.contains('\n') {
                    open = None;
                }
            }
            found
        }
    }
}

/// What stands before the last `@` of this piece of a text, without the scheme and the quotation marks before it.
fn user_info(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let piece = text.get(range.clone())?;
    let end = piece.rfind('@')?;
    let info = piece.get(..end)?;
    let bare = info.trim_start_matches(['\'', '"', '`', '(', '<', '[']);
    let quotes = info.len() - bare.len();
    // The first one: a password may hold others.
    let scheme = bare.find("://").filter(|at| {
        let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.=".contains(&byte);
        bare.get(..*at).is_some_and(|scheme| scheme.bytes().all(is_of_scheme))
    });
    let from = quotes + scheme.map_or(0, |at| at + 3);
    (from < end).then(|| range.start + from..range.start + end)
}

/// Text with the secrets in it hidden.
fn without(text: &str, secrets: &[Range<usize>]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for secret in secrets {
        shown.push_str(text.get(end..secret.start).unwrap_or_default());
        shown.push_str(HIDDEN);
        end = secret.end;
    }
    shown.push_str(text.get(end..).unwrap_or_default());
    shown
}

/// A text without users and passwords of the URLs in it. It may name files: an `@` alone makes no secret, only behind a colon.
pub fn without_user_info(text: &str) -> String {
    let mut secrets = hidden(text, Secrets::InWords);
    secrets.retain(|secret| {
        let before = text.get(..secret.end).unwrap_or_default();
        let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        word.contains(':') || text.get(secret.clone()).is_some_and(|info| info.contains(':'))
    });
    without(text, &secrets)
}

/// A message of several lines that repeats what was typed: harmless, and without users and passwords.
///
/// `typed` are the arguments of the command line, by which those with blanks are known.
pub fn without_secrets(text: &str, typed: &[String]) -> String {
    let mut text = text.to_owned();
    for argument in typed {
        for secret in hidden(argument, Secrets::BeforeAt) {
            // With the `@`, so that a short one is not found in other words.
            let secret = argument.get(secret.start..=secret.end).unwrap_or_default();
            text = text.replace(secret, &format!("{HIDDEN}@"));
        }
    }
    let lines = text.split_inclusive('\n').map(|line| {
        let end = if line.ends_with('\n') { "\n" } else { "" };
        let line = line.trim_end_matches(['\r', '\n']);
        harmless(&without(line, &hidden(line, Secrets::InWords))) + end
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: Origin<'static> = Origin { name: "list.txt", line: Some(7), secrets: Secrets::InWords };

    fn shown(text: &str, at: Range<usize>, origin: Origin<'_>) -> String {
        Excerpt::of(text, at, origin).to_string()
    }

    #[test]
    fn a_caret_under_the_place() {
        assert_eq!(
            shown("htps://a.example expect=200", 0..4, FILE),
            "    7 | htps://a.example expect=200\n      | ^^^^\n"
        );
        let empty_port = shown("https://a.example:", 18..18, FILE);
        assert_eq!(empty_port, "    7 | https://a.example:\n      |                   ^\n");
    }

    #[test]
    fn wide_and_dangerous_characters() {
        assert_eq!(
            shown("日本\u{1b}[2Jx", 10..11, FILE),
            "    7 | 日本\\u{1b}[2Jx\n      |              ^\n"
        );
    }

    #[test]
    fn a_long_line_is_shortened_around_the_place() {
        let line = format!("https://a.example/{}ä{}", "x".repeat(500), "y".repeat(500));
        let text = shown(&line, 518..520, FILE);
        let mut lines = text.lines();
        let (first, second) = (lines.next().unwrap(), lines.next().unwrap());
        assert!(first.chars().count() <= 80, "{first}");
        let caret = second.chars().position(|character| character == '^').unwrap();
        assert_eq!(first.chars().nth(caret), Some('ä'));
    }

    #[test]
    fn passwords_are_hidden() {
        for (text, secrets, want) in [
            ("https://u:pw@a.example/", Secrets::InWords, "https://***@a.example/"),
            ("https://u:p/w@a.example:x", Secrets::InWords, "https://***@a.example:x"),
            ("u:p@w@proxy:0", Secrets::BeforeAt, "***@proxy:0"),
            ("hunter2", Secrets::Everything, "***"),
        ] {
            let excerpt = Excerpt::of(text, 0..text.len(), Origin { name: "x", line: None, secrets });
            assert_eq!(excerpt.text, want);
            assert_eq!(excerpt.carets, want.len());
        }
        let after =
            Excerpt::of("u:pw@proxy:0", 11..12, Origin { name: "x", line: None, secrets: Secrets::BeforeAt });
        assert_eq!((after.text.as_str(), after.blanks), ("***@proxy:0", 10));
    }

    #[test]
    fn passwords_are_hidden_in_every_word() {
        for (text, want) in [
            ("https://a.example/ https://u:hunter2@b.example/", "https://a.example/ https://***@b.example/"),
            ("https://u:a@b/ v:c@d x", "https://***@b/ ***@d x"),
            ("https://u:hun ter2@a.example/", "https://***@a.example/"),
            ("https://u:a://b@c/", "https://***@c/"),
            ("u:a://b@c/", "***@c/"),
            ("u:p@ss@a.example", "***@a.example"),
            ("https://a.example:8443/ # ask me", "https://a.example:8443/ # ask me"),
            ("https://a.example:8443/x # me@corp", "https://a.example:8443/x # ***@corp"),
            ("@x", "@x"),
        ] {
            assert_eq!(without(text, &hidden(text, Secrets::InWords)), want);
        }
        for (text, want) in [
            ("https://u:hun /ter2@a.example", "https://***@a.example"),
            ("u:hun ter2@a.example", "***@a.example"),
            ("http://u:secret/x@host", "http://***@host"),
        ] {
            assert_eq!(without(text, &hidden(text, Secrets::BeforeAt)), want);
        }
        // What is wrong lies in what is hidden: the caret marks all of that.
        let proxy = Origin { name: "--proxy", line: None, secrets: Secrets::BeforeAt };
        for at in [9..15, 11..11] {
            let excerpt = Excerpt::of("http://u:secret/x@host", at, proxy);
            assert_eq!((excerpt.text.as_str(), excerpt.blanks, excerpt.carets), ("http://***@host", 7, 3));
        }
        let second = Excerpt::of("https://u:a@b/ https://v:c@d/ x", 30..31, FILE);
        assert_eq!((second.text.as_str(), second.blanks), ("https://***@b/ https://***@d/ x", 30));
    }

    #[test]
    fn messages_that_repeat_what_was_typed() {
        let typed = ["u:hun ter2@p:1".to_owned()];
        for (text, want) in [
            ("x 'http://u:pw@h' y\nz", "x 'http://***@h' y\nz"),
            ("argument 'u:hun ter2@p:1' found\n", "argument '***@p:1' found\n"),
            ("argument 'u:pw@p:1' found, \u{1b}[2J", "argument '***@p:1' found, \\u{1b}[2J"),
            ("--x=http://u:pw@h", "--x=http://***@h"),
        ] {
            assert_eq!(without_secrets(text, &typed), want);
        }
        assert_eq!(without_user_info("--output me@corp/list.txt"), "--output me@corp/list.txt");
        assert_eq!(without_user_info("--output http://u:pw@corp"), "--output http://***@corp");
        assert_eq!(without_user_info("u:pw@corp"), "***@corp");
    }

    #[test]
    fn files_and_reasons_are_harmless() {
        let mut mistakes = Mistakes::default();
        mistakes.add_plain("a\u{1b}[2J\u{202e}", &"b\u{7}", None);
        let text = mistakes.to_string();
        assert!(text.starts_with("a\\u{1b}[2J\\u{202e}: b\\u{7}\n"), "{text}");
    }

    #[test]
    fn the_nearest_word() {
        assert_eq!(nearest("htps", ["http", "https"]), Some("https"));
        assert_eq!(nearest("socks5", ["http", "https"]), None);
        assert_eq!(nearest("expct=20x", ["expect=", "body="]), Some("expect="));
        assert_eq!(nearest("proxy_denyed", ["proxy_denied", "proxy_silent"]), Some("proxy_denied"));
    }

    #[test]
    fn all_at_once_up_to_a_bound() {
        let mut mistakes = Mistakes::default();
        for _ in 0..SHOWN + 5 {
            mistakes.add_plain("x", &"wrong", None);
        }
        let text = mistakes.to_string();
        assert!(
            text.ends_with(
                "and 5 more\negress-probe: 105 mistakes; nothing was sent and nothing was written\n"
            )
        );
    }
}
