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
    /// Nothing.
    None,
    /// User and password in each URL: between `://` and the last `@` of the word.
    InUrls,
    /// User and password of a proxy, which may be written without a scheme: all before the last `@`.
    InProxy,
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
        self.shown.push(Entry { place, excerpt: Some(excerpt), what: what.to_string(), hints });
    }

    /// Adds a mistake that has no line to show: a file that cannot be read, two flags that do not go together.
    pub fn add_plain(&mut self, place: &str, what: &dyn Display, hint: Option<&str>) {
        if !self.is_full() {
            let hints = hint.map(str::to_owned).into_iter().collect();
            self.shown.push(Entry { place: harmless(place), excerpt: None, what: what.to_string(), hints });
        }
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
        let secret = hidden(line, origin.secrets);
        let column = line.get(..at.start).unwrap_or(line).chars().count() + 1;
        // Pieces of the line as they are shown, each with its width and whether it is marked.
        let mut pieces: Vec<(String, usize, bool)> = Vec::new();
        for (index, character) in line.char_indices() {
            let marked = at.contains(&index);
            if secret.contains(&index) {
                if index == secret.start {
                    pieces.push((HIDDEN.into(), HIDDEN.len(), false));
                }
                if let Some(piece) = pieces.last_mut() {
                    piece.2 |= marked;
                }
                continue;
            }
            let text = shown(character);
            let width = text.chars().map(|character| character.width().unwrap_or(0)).sum();
            pieces.push((text, width, marked));
        }
        let first = pieces.iter().position(|piece| piece.2).unwrap_or_else(|| {
            // Nothing is marked where something is missing: the caret stands where it should be.
            let before =
                line.char_indices().filter(|(index, _)| *index < at.start && !secret.contains(index)).count();
            before + usize::from(!secret.is_empty() && secret.start < at.start)
        });
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

/// The bytes of a text that are not shown.
fn hidden(text: &str, secrets: Secrets) -> Range<usize> {
    let all = 0..text.len();
    let from = match secrets {
        Secrets::None => return 0..0,
        Secrets::Everything => return all,
        Secrets::InUrls => match text.find("://") {
            Some(at) => at + 3,
            None => return 0..0,
        },
        Secrets::InProxy => text.find("://").map_or(0, |at| at + 3),
    };
    let rest = text.get(from..).unwrap_or_default();
    let word = match secrets {
        Secrets::InUrls => rest.split_whitespace().next().unwrap_or_default(),
        _ => rest,
    };
    word.rfind('@').map_or(0..0, |at| from..from + at)
}

/// A text of several lines with every user and password in a URL hidden: for messages that repeat what was typed.
pub fn without_secrets(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let secret = hidden(word, Secrets::InUrls);
        shown.push_str(word.get(..secret.start).unwrap_or_default());
        if !secret.is_empty() {
            shown.push_str(HIDDEN);
        }
        shown.push_str(word.get(secret.end..).unwrap_or_default());
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: Origin<'static> = Origin { name: "list.txt", line: Some(7), secrets: Secrets::InUrls };

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
            ("https://u:pw@a.example/", Secrets::InUrls, "https://***@a.example/"),
            ("https://u:p/w@a.example:x", Secrets::InUrls, "https://***@a.example:x"),
            ("u:p@w@proxy:0", Secrets::InProxy, "***@proxy:0"),
            ("hunter2", Secrets::Everything, "***"),
        ] {
            let excerpt = Excerpt::of(text, 0..text.len(), Origin { name: "x", line: None, secrets });
            assert_eq!(excerpt.text, want);
            assert_eq!(excerpt.carets, want.len());
        }
        let after =
            Excerpt::of("u:pw@proxy:0", 11..12, Origin { name: "x", line: None, secrets: Secrets::InProxy });
        assert_eq!((after.text.as_str(), after.blanks), ("***@proxy:0", 10));
        assert_eq!(without_secrets("x 'http://u:pw@h' y\nz"), "x 'http://***@h' y\nz");
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
