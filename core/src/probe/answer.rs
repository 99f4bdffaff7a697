//! The facts of one answer: what its head said, before anybody judges it.

use crate::diagnose::marks::{self, Mark};
use crate::limits;
use crate::probe::challenge::{self, AuthSchemes};
use crate::probe::head::{Forms, Head};
use crate::probe::proxy_status::{self, ProxyStatus};
use crate::text::Text;

/// The vendor marks that an answer bears, strongest first.
pub type Marks = heapless::Vec<&'static Mark, { limits::MARKS }, u8>;

/// The facts of one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Answer {
    /// The status code of the final answer, 200 to 999 (or 101).
    pub status: u16,
    /// The reason phrase.
    pub reason: Text<{ limits::TOKEN }>,
    /// How many interim answers (1xx) came before it.
    pub interim: u8,
    /// What was out of the ordinary and was tolerated.
    pub forms: Forms,
    /// The `Server` field.
    pub server: Text<{ limits::TOKEN }>,
    /// The first `Via` field.
    pub via: Text<{ limits::TOKEN }>,
    /// The `Date` field.
    pub date: Text<32>,
    /// The `Location` field.
    pub location: Text<{ limits::QUOTE }>,
    /// Squid's own word for the cause.
    pub squid: Option<SquidError>,
    /// What the intermediary nearest to the origin said (RFC 9209).
    pub proxy_status: Option<ProxyStatus>,
    /// The schemes offered in `Proxy-Authenticate`.
    pub auth_schemes: AuthSchemes,
    /// Whether `Retry-After` is there, and its seconds where it gives them (65,535 where it is longer).
    pub retry_after: Option<Option<u16>>,
    /// The vendor marks in head and body.
    pub marks: Marks,
}

/// `X-Squid-Error`: the name of squid's error page and the system's error number (0 where there is none). Where an
/// administrator has set a page of their own, the name is that page's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SquidError {
    /// The name, as `ERR_ACCESS_DENIED`.
    pub name: Text<{ limits::TOKEN }>,
    /// The error number of the operating system that squid runs on.
    pub errno: u16,
}

impl Default for Answer {
    fn default() -> Self {
        Self::new()
    }
}

impl Answer {
    /// No facts: the status is 0, which no answer has.
    pub const fn new() -> Self {
        Self {
            status: 0,
            reason: Text::new(),
            interim: 0,
            forms: Forms { bare_lf: false, no_reason: false, obs_fold: false, http10: false },
            server: Text::new(),
            via: Text::new(),
            date: Text::new(),
            location: Text::new(),
            squid: None,
            proxy_status: None,
            auth_schemes: AuthSchemes::new(),
            retry_after: None,
            marks: Marks::new(),
        }
    }

    /// Reads the facts out of a head.
    pub fn from_head(head: &Head<'_, '_>, interim: u8) -> Self {
        let mut answer = Self::new();
        answer.read(head, interim);
        answer
    }

    /// Reads the facts out of a head, each into its place: on a device there is no room for two answers.
    pub(crate) fn read(&mut self, head: &Head<'_, '_>, interim: u8) {
        self.status = head.status;
        self.reason.take(head.reason);
        self.interim = interim;
        self.forms = head.forms;
        quote(head.first("server"), &mut self.server);
        quote(head.first("via"), &mut self.via);
        quote(head.first("date"), &mut self.date);
        quote(head.first("location"), &mut self.location);
        self.squid = None;
        if let Some(value) = head.first("x-squid-error") {
            self.squid.insert(SquidError { name: Text::new(), errno: 0 }).read(value);
        }
        self.proxy_status = None;
        if let Some(found) = head.all("proxy-status").find_map(proxy_status::find_error) {
            self.proxy_status.insert(ProxyStatus::default()).take(found);
        }
        for value in head.all("proxy-authenticate") {
            challenge::add_schemes(value, &mut self.auth_schemes);
        }
        self.retry_after = head.first("retry-after").map(seconds);
        self.marks = marks::in_head(head);
    }

    /// Whether the status is a 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether a mark is to be believed: a weak one only beside another of the same product.
    pub fn counts(&self, mark: &Mark) -> bool {
        let another = |other: &&Mark| other.product == mark.product && **other != *mark;
        mark.is_strong || self.marks.iter().any(another)
    }
}

impl SquidError {
    fn read(&mut self, value: &[u8]) {
        let value = value.trim_ascii();
        let blank = value.iter().rposition(|byte| *byte == b' ').unwrap_or(value.len());
        let (name, errno) = value.split_at_checked(blank).unwrap_or((value, b""));
        let errno = core::str::from_utf8(errno.trim_ascii()).ok().and_then(|digits| digits.parse().ok());
        self.name.take(if errno.is_some() { name } else { value });
        self.errno = errno.unwrap_or_default();
    }
}

fn quote<const N: usize>(value: Option<&[u8]>, into: &mut Text<N>) {
    into.take(value.unwrap_or_default());
}

/// `Retry-After` in seconds; `None` where it is a date or nonsense.
fn seconds(value: &[u8]) -> Option<u16> {
    let digits = core::str::from_utf8(value.trim_ascii()).ok()?;
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::head;

    fn answer(bytes: &[u8]) -> Answer {
        let mut fields = head::fields();
        Answer::from_head(&head::parse(bytes, &mut fields).expect("a head"), 0)
    }

    #[test]
    fn squid_names_its_cause() {
        let one = answer(b"HTTP/1.1 503 x\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\n\r\n").squid.unwrap();
        assert_eq!((one.name.as_str(), one.errno), ("ERR_CONNECT_FAIL", 111));
        let two = answer(b"HTTP/1.1 403 x\r\nX-Squid-Error: 403 Access Denied\r\n\r\n").squid.unwrap();
        assert_eq!((two.name.as_str(), two.errno), ("403 Access Denied", 0));
        let odd = answer(b"HTTP/1.1 403 x\r\nX-Squid-Error:\r\n\r\n").squid.unwrap();
        assert_eq!((odd.name.as_str(), odd.errno), ("", 0));
    }

    #[test]
    fn retry_after_in_its_forms() {
        let of = |value: &str| {
            answer(std::format!("HTTP/1.1 429 x\r\nRetry-After: {value}\r\n\r\n").as_bytes()).retry_after
        };
        assert_eq!(of("120"), Some(Some(120)));
        assert_eq!(of("99999999999999999999"), Some(Some(u16::MAX)));
        assert_eq!(of("Fri, 31 Dec 1999 23:59:59 GMT"), Some(None));
        assert_eq!(answer(b"HTTP/1.1 429 x\r\n\r\n").retry_after, None);
    }
}
