//! Targets: concrete URLs to test, each with what is expected of it, and lists of them as text.
//!
//! A list has one target a line: `#` begins a comment, and behind the URL may stand, separated by blanks,
//! `expect=200,404` (any of these statuses is good), `body="OK"` (the body, without the white space around it, is
//! exactly this text) and `method=HEAD` ([`Method`]).

use core::fmt;
use core::ops::Range;

use crate::authority::{Authority, Host};
use crate::catalog::PinClass;
use crate::limits;
use crate::mistake::{Mistake, MistakeKind};

mod method;

pub use method::Method;

/// How a target is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Scheme {
    /// Plain HTTP; port 80 where none is written.
    Http,
    /// HTTP inside TLS; port 443 where none is written.
    Https,
}

impl Scheme {
    /// The port that is meant when none is written.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// As it is written before `://`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A URL to test, with what is expected of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target<'a> {
    /// The URL as it was written.
    pub url: &'a str,
    /// Plain or inside TLS.
    pub scheme: Scheme,
    /// The host.
    pub host: Host<'a>,
    /// The port, written or implied.
    pub port: u16,
    /// Whether the URL spells its port.
    pub port_is_written: bool,
    /// Path and query as they go on the wire, without a fragment. Empty where the URL has no path; a request then
    /// asks for `/` (RFC 9112 3.2.1).
    pub path: &'a str,
    /// How to ask.
    pub method: Method,
    /// What a good answer is.
    pub expect: Expect<'a>,
    /// Whether this target must be exempt from TLS inspection: its clients pin the chain, so that a re-signed one is
    /// a failure even where this machine trusts the inspector.
    pub exempt: bool,
    /// In which roots its chain ends.
    pub pin: PinClass,
}

/// What a good answer is. With nothing given, every status below 500 is good.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expect<'a> {
    /// Statuses of which any is good; empty where none was given.
    pub statuses: heapless::Vec<u16, { limits::EXPECTED_STATUSES }>,
    /// The text that the body must be, as it was written between the quotation marks.
    pub body: Option<Quoted<'a>>,
}

impl Expect<'_> {
    /// Whether anything is expected.
    pub fn is_given(&self) -> bool {
        !self.statuses.is_empty() || self.body.is_some()
    }

    /// Whether this status is good.
    pub fn accepts(&self, status: u16) -> bool {
        if self.statuses.is_empty() { status < 500 } else { self.statuses.contains(&status) }
    }
}

/// Text between quotation marks, in which `\"` and `\\` stand for `"` and `\`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quoted<'a> {
    raw: &'a str,
}

impl<'a> Quoted<'a> {
    /// Takes a text in which nothing is escaped.
    pub const fn verbatim(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            #[expect(
                clippy::indexing_slicing,
                reason = "the loop's condition bounds it; no iterators in const"
            )]
            if bytes[at] == b'\\' {
                return None;
            }
            at = at.wrapping_add(1);
        }
        Some(Self { raw: text })
    }

    /// The bytes that are meant.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + Clone + 'a {
        let mut escaped = false;
        self.raw.bytes().filter(move |byte| {
            escaped = !escaped && *byte == b'\\';
            !escaped
        })
    }
}

impl<'a> Target<'a> {
    /// Reads one URL, with nothing expected of it.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its position in `url`.
    pub fn parse(url: &'a str) -> Result<Self, Mistake> {
        if url.is_empty() {
            return Err(Mistake::new(MistakeKind::Empty, 0..0));
        }
        let Some((scheme_text, rest)) = url.split_once("://") else {
            return Err(Mistake::new(MistakeKind::SchemeMissing, 0..url.len()));
        };
        let scheme = if scheme_text.eq_ignore_ascii_case("https") {
            Scheme::Https
        } else if scheme_text.eq_ignore_ascii_case("http") {
            Scheme::Http
        } else {
            return Err(Mistake::new(MistakeKind::SchemeUnknown, 0..scheme_text.len()));
        };
        let start = scheme_text.len().saturating_add(3);
        let length = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if let Some(at) = authority.rfind('@') {
            return Err(Mistake::new(MistakeKind::UserInfoInTarget, 0..at.saturating_add(1)).shifted(start));
        }
        let authority = Authority::parse(authority).map_err(|mistake| mistake.shifted(start))?;
        let path_start = start.saturating_add(length);
        // The fragment is checked, too: it is not sent, but shown.
        for (at, character) in path.char_indices() {
            if !character.is_ascii_graphic()
                || matches!(character, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
            {
                let at = at..at.saturating_add(character.len_utf8());
                return Err(Mistake::new(MistakeKind::PathCharacter, at).shifted(path_start));
            }
        }
        let path = path.split_once('#').map_or(path, |(before, _)| before);
        if path.len() > limits::REQUEST_TARGET {
            return Err(Mistake::new(MistakeKind::PathLength, path_start..url.len()));
        }
        Ok(Self {
            url,
            scheme,
            host: authority.host,
            port: authority.port.unwrap_or_else(|| scheme.default_port()),
            port_is_written: authority.port.is_some(),
            path,
            method: Method::Get,
            expect: Expect::default(),
            exempt: false,
            pin: PinClass::Public,
        })
    }

    /// Reads one line of a list. `None` for a blank line or a comment.
    ///
    /// # Errors
    /// Every mistake is handed to `mistakes`, with its position in `line`; a line with a mistake gives no target.
    pub fn parse_line(line: &'a str, mistakes: &mut impl FnMut(Mistake)) -> Option<Self> {
        let mut words = Words { line, at: 0 };
        let (url, at) = words.next()?;
        let mut good = true;
        let mut report = |mistake: Mistake| {
            good = false;
            mistakes(mistake);
        };
        let mut target = match Self::parse(url) {
            Ok(target) => Some(target),
            Err(mistake) => {
                report(mistake.shifted(at.start));
                None
            }
        };
        let mut expect = Expect::default();
        let mut method = None;
        let scheme = target.as_ref().map(|target| target.scheme);
        for (word, at) in words {
            let taken = match word.strip_prefix("method=") {
                Some(text) => Method::take(&mut method, text, scheme),
                None => expect.take(word),
            };
            if let Err(mistake) = taken {
                report(mistake.shifted(at.start));
            }
        }
        if !good {
            return None;
        }
        if let Some(target) = &mut target {
            target.expect = expect;
            target.method = method.unwrap_or_default();
        }
        target
    }

    /// The host and port to connect to, as one text: `host:port`, IPv6 in brackets (RFC 9110 9.3.6).
    pub fn authority(&self) -> impl fmt::Display + '_ {
        HostPort { host: self.host, port: self.port }
    }
}

impl<'a> Expect<'a> {
    /// Reads `expect=…` or `body="…"`.
    fn take(&mut self, word: &'a str) -> Result<(), Mistake> {
        let all = 0..word.len();
        if let Some(list) = word.strip_prefix("expect=") {
            if !self.statuses.is_empty() {
                return Err(Mistake::new(MistakeKind::AttributeTwice, all));
            }
            return self.take_statuses(list, word.len().saturating_sub(list.len()));
        }
        if let Some(text) = word.strip_prefix("body=") {
            if self.body.is_some() {
                return Err(Mistake::new(MistakeKind::AttributeTwice, all));
            }
            self.body = Some(Quoted::parse(text).map_err(|mistake| mistake.shifted(5))?);
            return Ok(());
        }
        Err(Mistake::new(MistakeKind::AttributeUnknown, all))
    }

    /// Reads status codes separated by commas; `offset` is where the list begins.
    ///
    /// # Errors
    /// The first code that is none, or too many of them.
    pub fn take_statuses(&mut self, list: &str, offset: usize) -> Result<(), Mistake> {
        let mut at = offset;
        for code in list.split(',') {
            let here = at..at.saturating_add(code.len());
            at = here.end.saturating_add(1);
            let digits = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
            let status = code.parse::<u16>().ok().filter(|status| digits && (200..600).contains(status));
            let status = status.ok_or(Mistake::new(MistakeKind::StatusCode, here.clone()))?;
            self.statuses.push(status).map_err(|_| Mistake::new(MistakeKind::StatusCount, here))?;
        }
        Ok(())
    }
}

impl<'a> Quoted<'a> {
    /// Reads `"…"`.
    fn parse(text: &'a str) -> Result<Self, Mistake> {
        let open = Mistake::new(MistakeKind::BodyQuoteOpen, 0..text.len());
        let Some(inner) = text.strip_prefix('"') else { return Err(open) };
        let mut escaped = false;
        for (at, character) in inner.char_indices() {
            let place = at.saturating_add(1)..at.saturating_add(1).saturating_add(character.len_utf8());
            match character {
                '"' | '\\' if escaped => escaped = false,
                _ if escaped => return Err(Mistake::new(MistakeKind::QuoteEscape, place)),
                '\\' => escaped = true,
                '"' if place.end < text.len() => {
                    return Err(Mistake::new(MistakeKind::QuoteTail, place.end..text.len()));
                }
                '"' => return inner.get(..at).map(|raw| Self { raw }).ok_or(open),
                _ => {}
            }
        }
        Err(open)
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.url)
    }
}

/// A host and a port as `host:port`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostPort<'a> {
    pub(crate) host: Host<'a>,
    pub(crate) port: u16,
}

impl fmt::Display for HostPort<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// The words of a line with their places; blanks inside quotation marks do not separate, `#` at the beginning of a
/// word ends the line.
struct Words<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Iterator for Words<'a> {
    type Item = (&'a str, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.line.get(self.at..)?;
        let blanks = rest.len().saturating_sub(rest.trim_start().len());
        let start = self.at.saturating_add(blanks);
        let rest = self.line.get(start..)?;
        if rest.is_empty() || rest.starts_with('#') {
            self.at = self.line.len();
            return None;
        }
        let (mut quoted, mut escaped) = (false, false);
        let length = rest
            .char_indices()
            .find(|&(_, character)| {
                let was_escaped = escaped;
                escaped = quoted && !was_escaped && character == '\\';
                if character == '"' && !was_escaped {
                    quoted = !quoted;
                }
                character.is_whitespace() && !quoted
            })
            .map_or(rest.len(), |(at, _)| at);
        self.at = start.saturating_add(length);
        Some((rest.get(..length)?, start..self.at))
    }
}

/// The lines of a list, each with its number (from 1) and the place of its first byte.
///
/// A byte order mark and the CR of a CRLF belong to no line.
pub fn lines(list: &str) -> impl Iterator<Item = (usize, usize, &str)> {
    let mark = if list.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let mut at = mark;
    list.get(mark..).unwrap_or_default().split('\n').enumerate().map(move |(index, line)| {
        let start = at;
        at = at.saturating_add(line.len()).saturating_add(1);
        (index.saturating_add(1), start, line.strip_suffix('\r').unwrap_or(line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn mistakes_of(line: &str) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let target = Target::parse_line(line, &mut |mistake| mistakes.push(mistake));
        assert!(target.is_none() || mistakes.is_empty(), "a target in spite of mistakes: {line}");
        mistakes
    }

    #[test]
    fn urls_in_all_their_forms() {
        let parts = |url: &'static str| {
            let target = Target::parse(url).expect(url);
            (target.scheme, target.authority().to_string(), target.path)
        };
        assert_eq!(parts("https://a.example"), (Scheme::Https, "a.example:443".into(), ""));
        assert_eq!(parts("HTTP://a.example:8080/x?y=1#z"), (Scheme::Http, "a.example:8080".into(), "/x?y=1"));
        assert_eq!(parts("http://[2001:db8::1]"), (Scheme::Http, "[2001:db8::1]:80".into(), ""));
        assert_eq!(parts("https://a.example?q"), (Scheme::Https, "a.example:443".into(), "?q"));
    }

    #[test]
    fn nothing_dangerous_is_a_url() {
        use MistakeKind as K;
        for (url, kind, at) in [
            ("", K::Empty, 0..0),
            ("a.example", K::SchemeMissing, 0..9),
            ("ftp://a.example", K::SchemeUnknown, 0..3),
            ("https://user:pass@a.example/", K::UserInfoInTarget, 8..18),
            ("https:///x", K::HostMissing, 8..8),
            ("https://a.example/a\r\nX: y", K::PathCharacter, 19..20),
            ("https://a.example/\0", K::PathCharacter, 18..19),
            ("https://a.example/#\x1b[2J", K::PathCharacter, 19..20),
            ("https://a.example/#\u{202E}", K::PathCharacter, 19..22),
            ("https://a.example/ä", K::PathCharacter, 18..20),
            ("https://a.example\\@b.example/", K::PathCharacter, 17..18),
            ("https://a.example:99999/", K::Port, 18..23),
        ] {
            assert_eq!(Target::parse(url), Err(Mistake::new(kind, at)), "{url:?}");
        }
    }

    #[test]
    fn a_line_with_expectations() {
        let mut none = |mistake: Mistake| panic!("{mistake}");
        let line = r#"  https://a.example/report expect=200,404  body="say \"O\\K\" # now"  # why"#;
        let target = Target::parse_line(line, &mut none).unwrap();
        assert_eq!(target.expect.statuses, [200, 404]);
        let body: Vec<u8> = target.expect.body.unwrap().bytes().collect();
        assert_eq!(String::from_utf8(body).unwrap(), r#"say "O\K" # now"#);
        assert_eq!(Target::parse_line("   # only a comment", &mut none), None);
        assert_eq!(Target::parse_line("", &mut none), None);
    }

    #[test]
    fn all_mistakes_of_a_line_at_once() {
        use MistakeKind as K;
        let found: Vec<_> = mistakes_of(r#"htps://a expect=20x,9 boddy="x" body="y"#)
            .into_iter()
            .map(|mistake| (mistake.kind, mistake.at))
            .collect();
        assert_eq!(
            found,
            [
                (K::SchemeUnknown, 0..4),
                (K::StatusCode, 16..19),
                (K::AttributeUnknown, 22..31),
                (K::BodyQuoteOpen, 37..39)
            ]
        );
    }

    #[test]
    fn lines_know_their_place() {
        let list = "\u{FEFF}one\r\n\ntwo";
        let found: Vec<_> = lines(list).collect();
        assert_eq!(found, [(1, 3, "one"), (2, 8, ""), (3, 9, "two")]);
        assert!(found.iter().all(|(_, start, line)| list[*start..].starts_with(line)));
    }

    #[test]
    fn every_kind_has_both_texts() {
        for kind in MistakeKind::ALL {
            assert!(!kind.to_string().is_empty() && !kind.hint().is_empty());
        }
    }
}
