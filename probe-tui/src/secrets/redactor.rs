//! Secrets that peers send back: found in what they sent, and hidden before anything is made of it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use base64ct::{Base64, Encoding as _};
use probe_core::diagnose::Attempt;
use probe_core::probe::answer::Answer;
use probe_core::probe::conversation::Ended;
use probe_core::probe::tls::TlsReport;
use probe_core::text::{Text, is_harmless};

use super::{HIDDEN, percent_decoded_bytes, percent_decoded_places, user_info};

/// Secrets shorter than this are not looked for in text: they stand in half of all words.
const SHORTEST: usize = 4;

/// So much of what is sent, in base64, is enough to be hidden where a text was cut.
const SHORTEST_BASE64: usize = 8;

/// Schemes of authentication that everybody knows (IANA's registry, and NTLM). To hide one would tell a password, and to
/// show one tells none.
const SCHEMES: &[&str] =
    &["Basic", "Bearer", "Digest", "Kerberos", "Negotiate", "NTLM", "Mutual", "HOBA", "OAuth"];

/// Takes secrets out of what peers sent.
///
/// It looks for a password and a user's name as they are and behind percent-encoding, and for what is sent of both. Letter
/// case makes no difference, since peers change it in names of hosts. What was cut is hidden as well, where it ends in the
/// beginning of a secret.
#[derive(Clone, Default)]
pub struct Redactor {
    needles: Vec<Needle>,
}

/// One thing to look for.
#[derive(Clone)]
struct Needle {
    bytes: Vec<u8>,
    /// How much of its beginning is hidden where a text was cut.
    least: usize,
}

impl Redactor {
    /// Adds a user and a password, as they are after decoding.
    pub fn add(&mut self, user: &str, password: &str) {
        self.add_bytes(user.as_bytes(), password.as_bytes());
    }

    /// Adds what stands in a proxy's URL.
    pub fn add_url(&mut self, proxy: &str) {
        if let Some((user, password)) = user_info(proxy) {
            let decoded = |text: &str| percent_decoded_bytes(text.as_bytes());
            self.add_bytes(&decoded(user), &decoded(password));
        }
    }

    fn add_bytes(&mut self, user: &[u8], password: &[u8]) {
        for part in [user, password] {
            self.add_faces(part);
        }
        if !password.is_empty() || user.len() >= SHORTEST {
            self.add_base64(&[user, b":", password].concat());
        }
        if password.len() >= SHORTEST {
            self.add_base64(password);
        }
    }

    /// Adds a word as it is, as [`Text`] keeps it, and as quoted strings write it.
    fn add_faces(&mut self, word: &[u8]) {
        let lossy = String::from_utf8_lossy(word);
        let harmless = |character| if is_harmless(character) { character } else { '\u{FFFD}' };
        let kept: String = lossy.trim_ascii().chars().map(harmless).collect();
        let quoted = lossy.replace('\\', "\\\\").replace('"', "\\\"");
        for face in [word, kept.as_bytes(), quoted.as_bytes()] {
            if face.len() >= SHORTEST {
                self.add_needle(face, SHORTEST);
            }
        }
    }

    fn add_base64(&mut self, bytes: &[u8]) {
        let encoded = Base64::encode_string(bytes);
        for face in [encoded.as_str(), encoded.trim_end_matches('=')] {
            self.add_needle(face.as_bytes(), SHORTEST_BASE64);
        }
    }

    fn add_needle(&mut self, bytes: &[u8], least: usize) {
        if self.needles.iter().all(|needle| needle.bytes != bytes) {
            self.needles.push(Needle { bytes: bytes.to_owned(), least });
        }
    }

    /// The text without any of the secrets.
    pub fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let stem = text.strip_suffix('…');
        self.clean_stem(text, stem.unwrap_or(text).as_bytes(), stem.is_some())
    }

    /// A word that a reader took out of a longer value: it may be any piece of a secret.
    fn clean_piece<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let stem = text.strip_suffix('…').unwrap_or(text).as_bytes();
        let is_piece = |needle: &Needle| {
            needle.bytes.windows(stem.len()).any(|window| window.eq_ignore_ascii_case(stem))
        };
        if stem.len() >= SHORTEST && self.needles.iter().any(is_piece) {
            return Cow::Borrowed(HIDDEN);
        }
        self.clean_stem(text, stem, true)
    }

    fn clean_stem<'t>(&self, text: &'t str, stem: &[u8], is_cut: bool) -> Cow<'t, str> {
        let places = self.places(stem, is_cut);
        if places.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut shown = String::with_capacity(text.len());
        let mut end = 0;
        for place in places {
            shown.push_str(text.get(end..text.floor_char_boundary(place.start)).unwrap_or_default());
            shown.push_str(HIDDEN);
            end = text.ceil_char_boundary(place.end);
        }
        shown.push_str(text.get(end..).unwrap_or_default());
        Cow::Owned(shown)
    }

    /// Where secrets stand, in order and apart from each other.
    fn places(&self, bytes: &[u8], is_cut: bool) -> Vec<Range<usize>> {
        let plain: Vec<_> = bytes.iter().enumerate().map(|(at, byte)| (*byte, at..at + 1)).collect();
        let mut found = Vec::new();
        self.find(&plain, is_cut, &mut found);
        if bytes.contains(&b'%') {
            let mut decoded = percent_decoded_places(bytes);
            if is_cut {
                // Half of an encoded byte.
                let tail = bytes.len().saturating_sub(2);
                let half = bytes.iter().rposition(|byte| *byte == b'%').filter(|at| *at >= tail);
                decoded.retain(|(_, place)| half.is_none_or(|half| place.start < half));
            }
            let mut encoded = Vec::new();
            self.find(&decoded, is_cut, &mut encoded);
            found.extend(encoded);
        }
        found.sort_by_key(|place| place.start);
        let mut apart: Vec<Range<usize>> = Vec::new();
        for place in found {
            match apart.last_mut() {
                Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
                _ => apart.push(place),
            }
        }
        apart
    }

    fn find(&self, text: &[(u8, Range<usize>)], is_cut: bool, found: &mut Vec<Range<usize>>) {
        for from in 0..text.len() {
            let rest = text.get(from..).unwrap_or_default();
            for needle in &self.needles {
                let same = rest
                    .iter()
                    .zip(&needle.bytes)
                    .take_while(|((byte, _), wanted)| byte.eq_ignore_ascii_case(wanted))
                    .count();
                let is_whole = same == needle.bytes.len();
                let is_begun = is_cut && same == rest.len() && same >= needle.least;
                if (is_whole || is_begun)
                    && let (Some((_, first)), Some((_, last))) = (rest.first(), rest.get(same - 1))
                {
                    found.push(first.start..last.end);
                }
            }
        }
    }

    /// Takes secrets out of everything that the peers of an attempt sent. To be called before anything is made of it, so
    /// that the program's own words stay as they are: a hidden one would tell what the password is.
    pub fn clean_attempt(&self, attempt: &mut Attempt) {
        if self.needles.is_empty() {
            return;
        }
        let evidence = &mut attempt.evidence;
        for report in [&mut evidence.proxy_tls, &mut evidence.tls].into_iter().flatten() {
            let TlsReport { result, peer } = report;
            for text in [&mut peer.subject, &mut peer.issuer, &mut peer.last_issuer] {
                self.clean_text(text);
            }
            if let Err(failure) = result {
                self.clean_first(&mut failure.first, failure.received);
            }
        }
        for report in [&mut evidence.connect, &mut evidence.http].into_iter().flatten() {
            self.clean_first(&mut report.first, report.received);
            if let Ended::Failed(failure) = &mut report.ended {
                self.clean_first(&mut failure.first, failure.received);
            }
            if let Some(answer) = &mut report.answer {
                self.clean_answer(answer);
            }
        }
    }

    fn clean_answer(&self, answer: &mut Answer) {
        for text in [&mut answer.reason, &mut answer.server, &mut answer.via] {
            self.clean_text(text);
        }
        self.clean_text(&mut answer.date);
        self.clean_text(&mut answer.location);
        if let Some(squid) = &mut answer.squid {
            let before = squid.name.clone();
            squid.name = Text::from_bytes(self.clean_piece(before.as_str()).as_bytes());
            if squid.name != before {
                // It was read from the same value.
                squid.errno = 0;
            }
        }
        if let Some(status) = &mut answer.proxy_status {
            for text in [&mut status.proxy, &mut status.error] {
                *text = Text::from_bytes(self.clean_piece(text.as_str()).as_bytes());
            }
        }
        for scheme in &mut answer.auth_schemes {
            if !SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme.as_str())) {
                *scheme = Text::from_bytes(self.clean_piece(scheme.as_str()).as_bytes());
            }
        }
    }

    fn clean_text<const N: usize>(&self, text: &mut Text<N>) {
        if let Cow::Owned(clean) = self.clean(text.as_str()) {
            *text = Text::from_bytes(clean.as_bytes());
        }
    }

    /// The first bytes of what came; those that are secret become asterisks.
    fn clean_first(&self, first: &mut [u8], received: u32) {
        let count = usize::try_from(received).unwrap_or(usize::MAX).min(first.len());
        let Some(first) = first.get_mut(..count) else { return };
        for place in self.places(first, true) {
            first.get_mut(place).unwrap_or_default().fill(b'*');
        }
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} secrets)", self.needles.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_back_is_cleaned() {
        let mut redactor = Redactor::default();
        redactor.add_url("http://al:p%40ss%20word@proxy:3128");
        assert_eq!(redactor.clean("no p@ss word, no p%40ss%20word"), "no ***, no ***");
        assert_eq!(redactor.clean("Basic YWw6cEBzcyB3b3Jk!"), "Basic ***!");
        assert_eq!(redactor.clean("nothing"), "nothing");
        redactor.add("u", "abc");
        assert_eq!(redactor.clean("abc"), "abc", "too short to be told from text");
        assert_eq!(redactor.clean("Basic dTphYmM="), "Basic ***", "what is sent is always known");
        assert!(!format!("{redactor:?}").contains("word"));
    }

    #[test]
    fn every_face_of_a_secret() {
        let mut redactor = Redactor::default();
        redactor.add("alice", "p:a/s \"w\u{f6}rd");
        for text in [
            "p:a/s \"w\u{f6}rd",
            "P:A/S \"W\u{f6}RD",
            "p%3Aa%2Fs%20%22w%C3%B6rd",
            "p%3aa/s%20%22w%c3%b6rd",
            "%70:a/s \"w\u{f6}rd",
            "p:a/s \\\"w\u{f6}rd",
            "YWxpY2U6cDphL3MgInfDtnJk",
            "cDphL3MgInfDtnJk",
            "alice",
        ] {
            assert_eq!(redactor.clean(&format!("a={text};")), "a=***;", "{text}");
        }
        let mut padded = Redactor::default();
        padded.add("al", "hunter2");
        for text in ["YWw6aHVudGVyMg==", "YWw6aHVudGVyMg", "YWw6aHVudGVyMg%3D%3D", "YWw6aHVudGVyMg%3d%3d"] {
            assert_eq!(padded.clean(&format!("a {text}!")), "a ***!", "{text}");
        }
        let mut bytes = Redactor::default();
        bytes.add_url("http://al:%80%FFxyz@proxy");
        assert_eq!(bytes.clean("a%80%ffxyz"), "a***");
        assert_eq!(bytes.clean("a\u{FFFD}\u{FFFD}xyz"), "a***");
        assert_eq!(bytes.clean("YWw6gP94eXo="), "***", "the bytes themselves are sent");
    }

    #[test]
    fn the_beginning_of_a_secret_before_a_cut() {
        let mut redactor = Redactor::default();
        redactor.add("al", "hun:ter2hun:ter3");
        for (text, want) in [
            ("x hun:ter2h…", "x ***…"),
            ("x hun:…", "x ***…"),
            ("x hun…", "x hun…"),
            ("x hun%3Ater2%…", "x ***%…"),
            ("x hun%3Ate%7…", "x ***%7…"),
            ("YWw6aHVuOnRl…", "***…"),
            ("YWw6aH…", "YWw6aH…"),
            ("hun:ter2 is not cut", "hun:ter2 is not cut"),
            ("hun:ter2hun:ter2hun:ter3", "hun:ter2***"),
        ] {
            assert_eq!(redactor.clean(text), want, "{text}");
        }
    }

    #[test]
    fn a_cut_at_every_length() {
        let mut redactor = Redactor::default();
        let password = "correct-horse-7/battery";
        redactor.add("sensor", password);
        let pair = Base64::encode_string(format!("sensor:{password}").as_bytes());
        for (secret, tells) in [(password, 4), (pair.as_str(), 8), ("correct%2Dhorse%2D7%2Fbattery", 4)] {
            for before in 0..60 {
                let value = format!("{}{secret}{}", "_".repeat(before), "_".repeat(40));
                let text: Text<40> = Text::from_bytes(value.as_bytes());
                let shown = redactor.clean(text.as_str()).into_owned();
                let start = secret.get(..tells).unwrap();
                assert!(!shown.contains(start), "{shown:?} of {text:?}");
            }
        }
    }

    #[test]
    fn pieces_of_values_that_were_taken_apart() {
        let mut redactor = Redactor::default();
        redactor.add("sensor", "correct horse 77");
        for (text, want) in [
            ("correct horse", "***"),
            ("horse", "***"),
            ("correct", "***"),
            ("x correct", "x ***"),
            ("ERR_ACCESS_DENIED", "ERR_ACCESS_DENIED"),
            ("se", "se"),
            ("", ""),
        ] {
            assert_eq!(redactor.clean_piece(text), want, "{text}");
        }
        let mut first = *b"correct horse 77";
        redactor.clean_first(&mut first, 7);
        assert_eq!(&first, b"******* horse 77");
    }
}
