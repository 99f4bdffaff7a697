//! Colours: whether to use them, and what they mean.
//!
//! Only the sixteen roles of a terminal's own palette are used, so that every theme stays readable; and whatever has a
//! colour has a glyph or a word as well.

use std::fmt::{self, Display};

use probe_core::diagnose::Outcome;

/// When to use colours: the words of `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// On a terminal, unless the environment says otherwise.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl When {
    /// Reads a word of `--color`.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "always" => Some(Self::Always),
            "never" => Some(Self::Never),
            _ => None,
        }
    }

    /// Whether to colour a stream. `NO_COLOR` counts when it is set and not empty (no-color.org); `TERM=dumb` says that the
    /// terminal knows no colours.
    pub fn applies(self, is_terminal: bool, no_color: Option<&str>, term: Option<&str>) -> Paint {
        Paint(match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => is_terminal && no_color.is_none_or(str::is_empty) && term != Some("dumb"),
        })
    }
}

/// A colour's role: its number in the terminal's palette (SGR).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Green: it works.
    Good,
    /// Yellow: it works, but.
    Doubtful,
    /// Red: it does not work.
    Bad,
    /// Grey: aside.
    Aside,
    /// Bold, in the colour of text.
    Strong,
}

impl Role {
    /// The role of an outcome.
    pub const fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::Good,
            Outcome::Warning => Self::Doubtful,
            Outcome::Failure => Self::Bad,
            _ => Self::Aside,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Doubtful => "33",
            Self::Bad => "31",
            Self::Aside => "90",
            Self::Strong => "1",
        }
    }
}

/// The glyph of an outcome: tells it apart without any colour.
pub const fn glyph(outcome: Outcome) -> char {
    match outcome {
        Outcome::Success => '✓',
        Outcome::Warning => '!',
        Outcome::Failure => '✗',
        _ => '?',
    }
}

/// Puts colours around text, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint(bool);

impl Paint {
    /// No colours.
    pub const PLAIN: Self = Self(false);
    /// With colours.
    pub const COLORED: Self = Self(true);

    /// The text in the colour of this role.
    pub fn paint<T: Display>(self, role: Role, text: T) -> Painted<T> {
        Painted { role: self.0.then_some(role), text }
    }
}

/// Text with colours around it.
#[derive(Debug, Clone, Copy)]
pub struct Painted<T> {
    role: Option<Role>,
    text: T,
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.role {
            None => self.text.fmt(f),
            Some(role) => {
                write!(f, "\u{1b}[{}m", role.code())?;
                self.text.fmt(f)?;
                f.write_str("\u{1b}[0m")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides() {
        let on =
            |when: When, terminal, no_color, term| when.applies(terminal, no_color, term) == Paint::COLORED;
        assert!(on(When::Auto, true, None, Some("xterm")));
        assert!(on(When::Auto, true, Some(""), None), "an empty NO_COLOR does not count");
        assert!(!on(When::Auto, true, Some("1"), None));
        assert!(!on(When::Auto, true, None, Some("dumb")));
        assert!(!on(When::Auto, false, None, None));
        assert!(on(When::Always, false, Some("1"), Some("dumb")), "what is typed wins");
        assert!(!on(When::Never, true, None, None));
    }

    #[test]
    fn every_outcome_has_its_own_glyph() {
        let mut glyphs: Vec<char> = Outcome::ALL.iter().map(|outcome| glyph(*outcome)).collect();
        glyphs.sort_unstable();
        glyphs.dedup();
        assert_eq!(glyphs.len(), Outcome::ALL.len());
    }

    #[test]
    fn painted_and_plain() {
        assert_eq!(Paint::COLORED.paint(Role::Bad, "x").to_string(), "\u{1b}[31mx\u{1b}[0m");
        assert_eq!(Paint::PLAIN.paint(Role::Bad, "x").to_string(), "x");
    }
}
