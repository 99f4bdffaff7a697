//! How a target is asked.

use core::fmt;

use super::Scheme;
use crate::mistake::{Mistake, MistakeKind};

/// How a target is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Method {
    /// `GET` (RFC 9110 9.3.1).
    #[default]
    Get,
    /// `HEAD` (RFC 9110 9.3.2): the answer has no body.
    Head,
    /// `POST` (RFC 9110 9.3.3) with an empty body.
    Post,
    /// Not at all: the probe ends with the TLS handshake. For services whose protocol is not HTTP.
    Tls,
}

impl Method {
    /// Every method.
    pub const ALL: &'static [Self] = &[Self::Get, Self::Head, Self::Post, Self::Tls];

    /// As it is written in a request, and in lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Tls => "TLS",
        }
    }

    /// Reads the word behind `method=`.
    pub(super) fn take(method: &mut Option<Self>, text: &str, scheme: Option<Scheme>) -> Result<(), Mistake> {
        let at = "method=".len();
        let place = at..at.saturating_add(text.len());
        if method.is_some() {
            return Err(Mistake::new(MistakeKind::AttributeTwice, 0..place.end));
        }
        let known = Self::ALL.iter().copied().find(|one| one.as_str().eq_ignore_ascii_case(text));
        *method = known;
        match known {
            None => Err(Mistake::new(MistakeKind::MethodUnknown, place)),
            Some(Self::Tls) if scheme == Some(Scheme::Http) => {
                Err(Mistake::new(MistakeKind::MethodWithoutTls, place))
            }
            Some(_) => Ok(()),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn in_lists() {
        let of = |line: &'static str| {
            let mut mistakes = std::vec::Vec::new();
            let target = Target::parse_line(line, &mut |mistake| mistakes.push(mistake));
            target.map(|target| target.method).ok_or(mistakes)
        };
        assert_eq!(of("https://a.example/"), Ok(Method::Get));
        assert_eq!(of("https://a.example/ expect=200 method=head"), Ok(Method::Head));
        assert_eq!(of("https://a.example/ method=TLS"), Ok(Method::Tls));
        let wrong = |kind, at| Err(std::vec![Mistake::new(kind, at)]);
        assert_eq!(of("https://a.example/ method=PUT"), wrong(MistakeKind::MethodUnknown, 26..29));
        assert_eq!(of("http://a.example/ method=TLS"), wrong(MistakeKind::MethodWithoutTls, 25..28));
        let twice = "https://a.example/ method=GET method=GET";
        assert_eq!(of(twice), wrong(MistakeKind::AttributeTwice, 30..40));
    }
}
