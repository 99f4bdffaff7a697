//! Patterns with `*`, `?` and sets, as some dialects have them.
//!
//! The places in the host that a pattern may have come to are one set of bits: each character of the pattern moves the set on,
//! so that no pattern takes more time than its length times the length of a host, however many stars it has.

/// What a `?` stands for, and whether `[…]` is a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wildcards {
    /// Only `*` is special (WinHTTP, WinINet).
    Star,
    /// `?` is one character or none (Chromium's `base::MatchPattern`).
    OptionalCharacter,
    /// `?` is one character, `[a-z]` and `[!a-z]` are sets (Python's `fnmatch` on Windows).
    Shell,
    /// The same, and letter case counts (Python's `fnmatch` elsewhere).
    ShellWithCase,
}

/// The longest host: a name with the root's dot, whose places are 0 to 254.
const LONGEST: usize = 254;

/// Whether the whole of `host` has this pattern, without regard to letter case where the wildcards do not say otherwise.
pub(super) fn matches(pattern: &str, host: &str, wildcards: Wildcards) -> bool {
    go(pattern, host, wildcards, Places::START)
}

/// Whether an end of `host` has this pattern: as if a `*` stood in front of it.
pub(super) fn matches_end(pattern: &str, host: &str, wildcards: Wildcards) -> bool {
    go(pattern, host, wildcards, Places::START.and_all_behind(host.len()))
}

fn go(pattern: &str, host: &str, wildcards: Wildcards, mut places: Places) -> bool {
    let host = host.as_bytes();
    if host.len() > LONGEST {
        return false;
    }
    let mut left = pattern.as_bytes();
    while let [first, rest @ ..] = left {
        left = rest;
        places = match (first, wildcards) {
            (b'*', _) => places.and_all_behind(host.len()),
            (b'?', Wildcards::OptionalCharacter) => places.or(places.past(host, |_| true)),
            (b'?', Wildcards::Shell | Wildcards::ShellWithCase) => places.past(host, |_| true),
            (b'[', Wildcards::Shell | Wildcards::ShellWithCase) => match set(rest) {
                None => places.past(host, |byte| byte == b'['),
                Some((members, behind)) => {
                    left = behind;
                    places.past(host, |byte| is_in(members, byte, wildcards))
                }
            },
            (byte, Wildcards::ShellWithCase) => places.past(host, |one| one == *byte),
            (byte, _) => places.past(host, |one| one.eq_ignore_ascii_case(byte)),
        };
        if places.is_empty() {
            return false;
        }
    }
    places.has(host.len())
}

/// What stands between the brackets of a set, and what behind it. A `]` at the beginning is a member.
fn set(behind_bracket: &[u8]) -> Option<(&[u8], &[u8])> {
    let negation = usize::from(behind_bracket.first() == Some(&b'!'));
    let first_member = negation.saturating_add(1);
    let end = behind_bracket.iter().skip(first_member).position(|byte| *byte == b']')?;
    let (members, rest) = behind_bracket.split_at_checked(end.saturating_add(first_member))?;
    Some((members, rest.get(1..)?))
}

fn is_in(members: &[u8], byte: u8, wildcards: Wildcards) -> bool {
    let folded = |byte: u8| {
        if wildcards == Wildcards::ShellWithCase { byte } else { byte.to_ascii_lowercase() }
    };
    let (is_negated, mut left) = match members {
        [b'!', rest @ ..] => (true, rest),
        _ => (false, members),
    };
    let byte = folded(byte);
    let mut found = false;
    loop {
        left = match left {
            [low, b'-', high, rest @ ..] => {
                found |= (folded(*low)..=folded(*high)).contains(&byte);
                rest
            }
            [one, rest @ ..] => {
                found |= folded(*one) == byte;
                rest
            }
            [] => return found != is_negated,
        };
    }
}

/// A set of places between the bytes of a host, 0 to 255.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Places {
    low: u128,
    high: u128,
}

impl Places {
    const START: Self = Self { low: 1, high: 0 };

    fn is_empty(self) -> bool {
        self.low == 0 && self.high == 0
    }

    fn has(self, place: usize) -> bool {
        let bit = |bits: u128, place: usize| {
            u32::try_from(place).ok().and_then(|by| bits.checked_shr(by)).unwrap_or(0) & 1
        };
        match place.checked_sub(128) {
            None => bit(self.low, place) == 1,
            Some(place) => bit(self.high, place) == 1,
        }
    }

    fn with(mut self, place: usize) -> Self {
        let bit = |place: usize| u32::try_from(place).ok().and_then(|by| 1_u128.checked_shl(by)).unwrap_or(0);
        match place.checked_sub(128) {
            None => self.low |= bit(place),
            Some(place) => self.high |= bit(place),
        }
        self
    }

    fn or(self, other: Self) -> Self {
        Self { low: self.low | other.low, high: self.high | other.high }
    }

    /// Where a character of which `is_it` is true brings these places.
    fn past(self, host: &[u8], is_it: impl Fn(u8) -> bool) -> Self {
        let mut moved = Self { low: 0, high: 0 };
        for (place, byte) in host.iter().enumerate() {
            if self.has(place) && is_it(*byte) {
                moved = moved.with(place.saturating_add(1));
            }
        }
        moved
    }

    /// The first place and all behind it.
    fn and_all_behind(self, end: usize) -> Self {
        (0..=end).skip_while(|place| !self.has(*place)).fold(self, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    #[test]
    fn each_kind_of_wildcards() {
        use Wildcards as W;
        for (pattern, host, star, optional, shell) in [
            ("*", "a.example", true, true, true),
            ("*", "", true, true, true),
            ("", "", true, true, true),
            ("", "a", false, false, false),
            ("*.example", "a.EXAMPLE", true, true, true),
            ("*.example", "example", false, false, false),
            ("a*b*c", "aXbbYc", true, true, true),
            ("a*b*c", "aXcYb", false, false, false),
            ("a?c", "abc", false, true, true),
            ("a?c", "ac", false, true, false),
            ("a?c", "a?c", true, true, true),
            ("a??c", "abc", false, true, false),
            ("??", "a", false, true, false),
            ("??", "abc", false, false, false),
            ("[a-c]x", "Bx", false, false, true),
            ("[!a-c]x", "bx", false, false, false),
            ("[!a-c]x", "dx", false, false, true),
            ("[]]x", "]x", false, false, true),
            ("[ax", "[ax", true, true, true),
            ("[2001:db8::1]", "[2001:db8::1]", true, true, false),
        ] {
            let found =
                [W::Star, W::OptionalCharacter, W::Shell].map(|wildcards| matches(pattern, host, wildcards));
            assert_eq!(found, [star, optional, shell], "{pattern} {host}");
        }
    }

    #[test]
    fn letter_case_where_it_counts() {
        for (pattern, host, want) in [
            ("a?[a-c]*", "axbY", true),
            ("A*", "ab", false),
            ("[A-C]", "b", false),
            ("[!A-C]", "b", true),
            ("[ax", "[Ax", false),
        ] {
            assert_eq!(matches(pattern, host, Wildcards::ShellWithCase), want, "{pattern} {host}");
        }
    }

    #[test]
    fn the_longest_host_and_many_stars() {
        let host = String::from("a").repeat(LONGEST);
        assert!(matches(&host, &host, Wildcards::Star) && matches("*a", &host, Wildcards::Star));
        assert!(!matches("*", &(host.clone() + "a"), Wildcards::Star));
        let stars = String::from("*a").repeat(200);
        assert!(matches(&stars, &host, Wildcards::Star));
        assert!(!matches(&(stars + "b"), &host, Wildcards::Star));
    }
}
