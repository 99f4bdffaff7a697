//! Vendor marks: by what a box gives itself away.
//!
//! The table is `core/data/marks.csv`; a row says where to look, for what, how sure it is, and what it means. Marks are
//! looked for without regard to letter case. They are only ever evidence about whoever spoke: `diagnose` decides where
//! a mark counts (never, for one, in an answer inside TLS that ends where it should).

use crate::probe::answer::Marks;
use crate::probe::head::Head;

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Mark {
    /// The product that it gives away.
    pub product: &'static str,
    /// What that product is.
    pub role: Role,
    /// Where to look.
    pub place: Place,
    /// How to compare.
    pub test: Test,
    /// With what.
    pub pattern: &'static str,
    /// Which letters the pattern has, one bit for each: what lacks one of them need not be searched for it.
    letters: u32,
    /// Whether it is enough alone. A weak mark counts only beside another of the same product.
    pub is_strong: bool,
    /// What it means.
    pub meaning: Meaning,
}

/// What a product is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Role {
    /// A forward proxy.
    Proxy,
    /// A web server: it does not do CONNECT.
    Server,
    /// A filter, with or without TLS inspection.
    Filter,
    /// A program that inspects TLS.
    Inspector,
}

/// Where a mark is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Place {
    /// In a header field; lower case.
    Field(&'static str),
    /// In the reason phrase.
    Reason,
    /// In the body.
    Body,
    /// In an issuer's name in a certificate chain.
    Issuer,
}

/// How a mark is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Test {
    /// It stands somewhere in it.
    Contains,
    /// It begins with it.
    Prefix,
    /// It is it.
    Exact,
}

/// What a mark means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Meaning {
    /// Only who speaks.
    Identity,
    /// A web server speaks, where a proxy should.
    WebServer,
    /// The request is refused by a rule.
    Denied,
    /// Credentials are wanted.
    AuthRequired,
    /// CONNECT is not done here.
    ConnectUnsupported,
    /// The target's name could not be resolved.
    NameNotFound,
    /// The box's own connection was refused.
    UpstreamRefused,
    /// The box's own connection got no answer.
    UpstreamSilent,
    /// The box has no route.
    UpstreamUnreachable,
    /// The box's own connection failed otherwise.
    UpstreamFailed,
    /// A filter's page in place of the answer.
    BlockPage,
    /// The server misses a client certificate.
    ClientCertificate,
    /// An authority of an inspector.
    Inspector,
}

/// The table.
pub static MARKS: &[Mark] = include!(concat!(env!("OUT_DIR"), "/marks.rs"));

impl Mark {
    fn is_in(&self, bytes: &[u8]) -> bool {
        let pattern = self.pattern.as_bytes();
        let bytes = bytes.trim_ascii();
        match self.test {
            Test::Contains => pattern.is_empty() || contains(bytes, pattern),
            Test::Prefix => {
                let mut words = single_blanks(bytes).map(|byte| byte.to_ascii_lowercase());
                pattern.iter().all(|byte| words.next() == Some(byte.to_ascii_lowercase()))
            }
            Test::Exact => bytes.eq_ignore_ascii_case(pattern),
        }
    }
}

/// The marks in a head.
pub fn in_head(head: &Head<'_, '_>) -> Marks {
    let mut found = Marks::new();
    // The rows of one field often stand together: what the last one looked up is kept.
    let (mut field, mut first, mut has_more) = ("", None, false);
    for mark in MARKS {
        let here = match mark.place {
            Place::Field(name) => {
                if name != field {
                    let mut values = head.all(name);
                    (field, first, has_more) = (name, values.next(), values.next().is_some());
                }
                first.is_some_and(|value| mark.is_in(value))
                    || has_more && head.all(name).skip(1).any(|value| mark.is_in(value))
            }
            Place::Reason => mark.is_in(head.reason),
            Place::Body | Place::Issuer => false,
        };
        if here {
            add(mark, &mut found);
        }
    }
    found
}

/// Adds the marks in a piece of a body.
pub fn in_body(body: &[u8], found: &mut Marks) {
    for mark in MARKS {
        if mark.place == Place::Body && mark.is_in(body) {
            add(mark, found);
        }
    }
}

/// The inspector whose name stands in an issuer's name.
pub fn inspector(issuer: &str) -> Option<&'static Mark> {
    let there = letters(issuer.as_bytes());
    let could_be = |mark: &&Mark| mark.place == Place::Issuer && mark.letters & !there == 0;
    MARKS.iter().filter(could_be).find(|mark| mark.is_in(issuer.as_bytes()))
}

/// A bit for each letter that is there, in whatever case; other bytes may share the bit of a letter.
const fn letters(bytes: &[u8]) -> u32 {
    let (mut set, mut left) = (0, bytes);
    while let [byte, rest @ ..] = left {
        set |= 1 << (*byte & 31);
        left = rest;
    }
    set
}

/// Keeps a mark: one for each product and meaning, those that say more than who speaks first.
fn add(mark: &'static Mark, found: &mut Marks) {
    // One of a kind, and rather the strong one; but two weak ones of different places bear each other out.
    let twin = found.iter_mut().find(|one| {
        let same = one.product == mark.product && one.meaning == mark.meaning;
        same && (one.is_strong || mark.is_strong || one.place == mark.place)
    });
    if let Some(twin) = twin {
        if mark.is_strong && !twin.is_strong {
            *twin = mark;
        }
        return;
    }
    // A row that names a cause of squid stands before the row that only knows it for one of squid's.
    let said = |one: &&'static Mark| one.meaning != Meaning::Identity && one.place == mark.place;
    if mark.place == Place::Field("x-squid-error") && found.iter().any(said) {
        return;
    }
    if found.push(mark).is_err()
        && mark.meaning != Meaning::Identity
        && let Some(last) = found.iter_mut().rev().find(|one| one.meaning == Meaning::Identity)
    {
        *last = mark;
    }
}

/// The bytes with each run of blanks as one: a field that was folded has more of them.
fn single_blanks(bytes: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let mut before = 0;
    bytes.iter().copied().filter(move |byte| {
        let doubled = *byte == b' ' && before == b' ';
        before = *byte;
        !doubled
    })
}

fn contains(bytes: &[u8], pattern: &[u8]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return true };
    let mut left = bytes;
    while let Some(at) = left.iter().position(|byte| byte.eq_ignore_ascii_case(first)) {
        let after = left.get(at.saturating_add(1)..).unwrap_or_default();
        if after.get(..rest.len()).is_some_and(|start| start.eq_ignore_ascii_case(rest)) {
            return true;
        }
        left = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::head;

    fn marks(head_bytes: &[u8], body: &[u8]) -> std::vec::Vec<(&'static str, Meaning)> {
        let mut fields = head::fields();
        let mut found = in_head(&head::parse(head_bytes, &mut fields).expect("a head"));
        in_body(body, &mut found);
        found.iter().map(|mark| (mark.product, mark.meaning)).collect()
    }

    #[test]
    fn the_cause_wins_over_the_name() {
        assert_eq!(
            marks(b"HTTP/1.1 503 x\r\nServer: squid/5.7\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\n\r\n", b""),
            [("squid", Meaning::UpstreamRefused), ("squid", Meaning::Identity)]
        );
    }

    #[test]
    fn pages_of_filters() {
        for (body, product) in [
            (&b"<p>powered by fortiguard</p>"[..], "FortiGate"),
            (b"Internet Security by Zscaler", "Zscaler"),
            (b"<h1>Web Page Blocked</h1>", "Palo Alto Networks"),
            (b"http://notify.bluecoat.com/x", "Blue Coat ProxySG"),
            (b"http://10.0.0.1:15871/cgi-bin/blockpage.cgi?ws=1", "Forcepoint"),
            (b"This domain is blocked due to content filtering.", "Cisco Umbrella"),
        ] {
            assert_eq!(marks(b"HTTP/1.1 200 OK\r\n\r\n", body), [(product, Meaning::BlockPage)]);
        }
    }

    #[test]
    fn ordinary_pages_bear_no_mark() {
        assert_eq!(marks(b"HTTP/1.1 200 OK\r\nServer: Kestrel\r\n\r\n", b"<html>hello</html>"), []);
        assert_eq!(inspector("CN=Microsoft Azure RSA TLS Issuing CA 04, O=Microsoft Corporation"), None);
        assert_eq!(inspector("CN=DigiCert Global Root G2, OU=www.digicert.com, O=DigiCert Inc"), None);
    }

    #[test]
    fn inspectors_by_their_issuer() {
        assert_eq!(inspector("CN=mitmproxy, O=mitmproxy").map(|mark| mark.product), Some("mitmproxy"));
        assert_eq!(inspector("CN=Zscaler Intermediate Root CA").map(|mark| mark.product), Some("Zscaler"));
    }
}
