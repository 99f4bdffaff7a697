//! Text in columns: widths as a terminal counts them, lines that are broken or cut to fit.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Breaks text at blanks into lines of at most `room` columns; a word that is longer than that stays whole, so that it
/// can be copied.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let needed = width(word);
        let Some(line) = lines.last_mut() else { break };
        if used > 0 && used + 1 + needed > room {
            lines.push(word.to_owned());
            used = needed;
        } else {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += needed;
        }
    }
    lines
}

/// Cuts a text to at most `room` columns; what was cut ends in `…`.
pub fn cut(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for character in text.chars() {
        let needed = character.width().unwrap_or(0);
        if used + needed + 1 > room {
            break;
        }
        kept.push(character);
        used += needed;
    }
    if room > 0 {
        kept.push('…');
    }
    kept
}

/// Fills a text up to `room` columns with blanks on its right.
pub fn pad(text: &str, room: usize) -> String {
    let blanks = room.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(blanks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(
            wrap("one https://a.very.long.example/ two", 10),
            ["one", "https://a.very.long.example/", "two"]
        );
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("日本 日本", 5), ["日本", "日本"]);
    }

    #[test]
    fn cut_and_filled() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(pad("日", 4), "日  ");
    }
}
