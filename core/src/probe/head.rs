//! The one place that reads response heads (RFC 9112 4 and 5), over httparse.
//!
//! Tolerated, because real proxies send it: a bare LF as line end (RFC 9112 2.2), a status line without reason, obs-fold
//! (5.2), HTTP/1.0, empty lines before the status line. Everything else that breaks the grammar is a [`HeadFault`].

use core::fmt;

use crate::limits;

/// Where the fields of a head are; lent to [`parse`] so that the head can point to it. Two bytes a field: a device has to
/// find room for it on its stack.
#[derive(Debug, Default)]
pub struct Fields {
    starts: heapless::Vec<u16, { limits::HEADER_FIELDS }, u8>,
    /// A bit for every name that may be there ([`bit`]): most that are asked for are not.
    names: u64,
}

/// No fields.
pub const fn fields() -> Fields {
    Fields { starts: heapless::Vec::new(), names: 0 }
}

/// The bit of a name, by its length and its first letter.
fn bit(name: &[u8]) -> u64 {
    let first = name.first().copied().unwrap_or_default().to_ascii_lowercase();
    let number = name.len().wrapping_mul(5).wrapping_add(first.into());
    1_u64.rotate_left(u32::try_from(number % 64).unwrap_or_default())
}

/// A complete response head.
#[derive(Debug)]
pub struct Head<'b, 'f> {
    /// The status code, 100 to 999.
    pub status: u16,
    /// The reason phrase, as it was sent; its bytes need not be ASCII (RFC 9112 4).
    pub reason: &'b [u8],
    /// What was tolerated.
    pub forms: Forms,
    bytes: &'b [u8],
    fields: &'f Fields,
}

/// What was out of the ordinary in a head and was tolerated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(clippy::struct_excessive_bools, reason = "independent observations")]
pub struct Forms {
    /// Lines end in LF without CR.
    pub bare_lf: bool,
    /// The status line has no reason.
    pub no_reason: bool,
    /// A field was folded over several lines ([`unfold`] knows).
    pub obs_fold: bool,
    /// HTTP/1.0.
    pub http10: bool,
}

/// Why bytes are no response head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HeadFault {
    /// The stream ended inside the head.
    Cut,
    /// The head is larger than the buffer.
    TooLarge,
    /// More header fields than [`limits::HEADER_FIELDS`].
    TooManyFields,
    /// More interim answers than [`limits::INTERIM_ANSWERS`].
    EndlessInterim,
    /// The status line breaks the grammar.
    StatusLine,
    /// A header field breaks the grammar (a control character, no colon, a blank before the colon).
    Field,
    /// 101, though nobody asked to switch protocols (RFC 9110 15.2.2).
    SwitchedProtocols,
}

impl fmt::Display for HeadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cut => "the stream ended inside the response head",
            Self::TooLarge => "the response head is larger than the buffer",
            Self::TooManyFields => "the response head has too many fields",
            Self::EndlessInterim => "interim answers (1xx) do not end",
            Self::StatusLine => "the status line breaks the grammar of HTTP",
            Self::Field => "a header field breaks the grammar of HTTP",
            Self::SwitchedProtocols => "101 Switching Protocols, which nobody asked for",
        })
    }
}

/// Whether the first bytes of an answer can still become HTTP. `false` needs no further bytes.
pub fn may_be_http(bytes: &[u8]) -> bool {
    let bytes = match skip_empty_lines(bytes) {
        // The beginning of one more empty line.
        [b'\r'] => &[],
        bytes => bytes,
    };
    let known = bytes.get(..5).unwrap_or(bytes);
    b"HTTP/".get(..known.len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case(known))
}

/// Where the head ends, behind its blank line. `scanned` is how far earlier calls have looked without success: bytes are
/// looked at once, however the answer is cut into reads.
pub fn end(bytes: &[u8], scanned: &mut usize) -> Option<usize> {
    let skipped = bytes.len().saturating_sub(skip_empty_lines(bytes).len());
    let mut at = (*scanned).max(skipped);
    loop {
        // The line end that closes the last field, then an empty line.
        let rest = bytes.get(at..)?;
        let Some(newline) = rest.iter().position(|byte| *byte == b'\n') else {
            *scanned = bytes.len();
            return None;
        };
        let line_end = at.saturating_add(newline);
        let after = line_end.saturating_add(1);
        match bytes.get(after..)? {
            [b'\n', ..] => return Some(after.saturating_add(1)),
            [b'\r', b'\n', ..] => return Some(after.saturating_add(2)),
            // The blank line may be there in part: look at this line end again.
            [] | [b'\r'] => {
                *scanned = line_end;
                return None;
            }
            _ => at = after,
        }
    }
}

/// Unfolds the fields of a complete head in place: each fold becomes blanks (RFC 9112 5.2). Gives whether there was one.
///
/// A line that begins with a blank right behind the status line is no fold; it is left for [`parse`] to refuse.
pub fn unfold(bytes: &mut [u8]) -> bool {
    let skipped = bytes.len().saturating_sub(skip_empty_lines(bytes).len());
    let mut rest = bytes.get_mut(skipped..).unwrap_or_default();
    let (mut is_status_line, mut folded) = (true, false);
    while let Some(newline) = rest.iter().position(|byte| *byte == b'\n') {
        let Some((line, tail)) = rest.split_at_mut_checked(newline.saturating_add(1)) else { break };
        if !is_status_line && matches!(tail.first(), Some(b' ' | b'\t')) {
            for byte in line.iter_mut().rev().take(2).filter(|byte| matches!(byte, b'\r' | b'\n')) {
                *byte = b' ';
            }
            folded = true;
        }
        is_status_line = false;
        rest = tail;
    }
    folded
}

/// Reads a complete head, whose end [`end`] has found, and which [`unfold`] has unfolded. It is at most 64 KiB long, as
/// squid's are.
///
/// # Errors
/// What breaks the grammar.
pub fn parse<'b, 'f>(bytes: &'b [u8], fields: &'f mut Fields) -> Result<Head<'b, 'f>, HeadFault> {
    // Room for no field: they are read one by one, so that room for all of them is not needed.
    let mut response = httparse::Response::new(&mut []);
    let fault = match response.parse(bytes) {
        Ok(httparse::Status::Complete(_)) | Err(httparse::Error::TooManyHeaders) => None,
        Ok(httparse::Status::Partial) => Some(HeadFault::Cut),
        Err(httparse::Error::HeaderName | httparse::Error::HeaderValue) => Some(HeadFault::Field),
        Err(httparse::Error::Status | httparse::Error::Version) => Some(HeadFault::StatusLine),
        // A status line that was read is not at fault: the line end behind a field is.
        Err(_) if response.code.is_some() => Some(HeadFault::Field),
        Err(_) => Some(HeadFault::StatusLine),
    };
    if let Some(fault) = fault {
        return Err(fault);
    }
    read_fields(bytes, fields)?;
    let status = response.code.unwrap_or_default();
    if status < 100 {
        return Err(HeadFault::StatusLine);
    }
    let reason = reason_of(bytes);
    let http10 = response.version == Some(0);
    let forms = Forms { bare_lf: has_bare_lf(bytes), no_reason: reason.is_empty(), obs_fold: false, http10 };
    Ok(Head { status, reason, forms, bytes, fields })
}

/// Finds the fields behind the status line, each on a line of its own.
fn read_fields(bytes: &[u8], fields: &mut Fields) -> Result<(), HeadFault> {
    let skipped = bytes.len().saturating_sub(skip_empty_lines(bytes).len());
    let mut at = behind_line(bytes, skipped);
    *fields = self::fields();
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let mut one = [httparse::EMPTY_HEADER];
        // What does not fit is too much, before anybody looks whether it is right.
        let room = usize::from(!fields.starts.is_full());
        let read = httparse::parse_headers(rest, one.get_mut(..room).unwrap_or_default());
        let is_last = match read {
            Ok(httparse::Status::Complete((_, []))) => return Ok(()),
            Ok(httparse::Status::Complete(_)) => true,
            Ok(httparse::Status::Partial) => return Err(HeadFault::Cut),
            Err(httparse::Error::TooManyHeaders) => false,
            Err(_) => return Err(HeadFault::Field),
        };
        let start = u16::try_from(at).map_err(|_| HeadFault::TooLarge)?;
        fields.starts.push(start).map_err(|_| HeadFault::TooManyFields)?;
        let [field] = one;
        fields.names |= bit(field.name.as_bytes());
        if is_last {
            return Ok(());
        }
        // Its line end is behind both, whatever stands between them.
        at = behind_line(bytes, at.saturating_add(field.name.len()).saturating_add(field.value.len()));
    }
}

/// Where the line behind the one at `at` begins.
fn behind_line(bytes: &[u8], at: usize) -> usize {
    let line = bytes.get(at..).unwrap_or_default();
    let newline = line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
    at.saturating_add(newline).saturating_add(1)
}

impl<'b> Head<'b, '_> {
    /// The same head, with the note whether [`unfold`] found a fold in it.
    #[must_use]
    pub fn unfolded(mut self, folded: bool) -> Self {
        self.forms.obs_fold = folded;
        self
    }

    /// The values of all fields of this name, in order.
    pub fn all<'n>(&self, name: &'n str) -> impl Iterator<Item = &'b [u8]> + use<'b, 'n, '_> {
        let bytes = self.bytes;
        let absent = self.fields.names & bit(name.as_bytes()) == 0;
        let starts = if absent { &[] } else { self.fields.starts.as_slice() };
        starts.iter().filter_map(move |start| {
            let line = bytes.get(usize::from(*start)..).unwrap_or_default();
            let (found, value) = line.split_at_checked(name.len())?;
            // Most names differ in what follows, or in their first letter.
            let same = value.first() == Some(&b':') && found.eq_ignore_ascii_case(name.as_bytes());
            same.then(|| value_of(value))
        })
    }

    /// The value of the first field of this name.
    pub fn first(&self, name: &str) -> Option<&'b [u8]> {
        self.all(name).next()
    }

    /// Name and value of all fields.
    pub fn fields(&self) -> impl Iterator<Item = (&'b str, &'b [u8])> {
        let bytes = self.bytes;
        self.fields.starts.iter().filter_map(move |start| {
            let line = bytes.get(usize::from(*start)..)?;
            let colon = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = line.split_at_checked(colon)?;
            Some((core::str::from_utf8(name).ok()?, value_of(value)))
        })
    }

    /// How the body is framed (RFC 9112 6.3), for an answer that may have one.
    ///
    /// # Errors
    /// Several lengths that differ, or one that is no number: such a body cannot be told from what follows it.
    pub fn framing(&self) -> Result<Framing, HeadFault> {
        if matches!(self.status, 100..=199 | 204 | 304) {
            return Ok(Framing::Length(0));
        }
        if let Some(coding) = self.all("transfer-encoding").last() {
            let last = coding.rsplit(|byte| *byte == b',').next().unwrap_or(coding);
            let chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
            return Ok(if chunked { Framing::Chunked } else { Framing::UntilEnd });
        }
        let mut lengths =
            self.all("content-length").flat_map(|value| value.split(|byte| *byte == b',')).map(number);
        let Some(first) = lengths.next() else { return Ok(Framing::UntilEnd) };
        match first {
            Some(length) if lengths.all(|other| other == first) => Ok(Framing::Length(length)),
            _ => Err(HeadFault::Field),
        }
    }
}

/// The value of a field, from its colon on.
fn value_of(bytes: &[u8]) -> &[u8] {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.get(1..).unwrap_or_default().trim_ascii()
}

/// Decimal digits with white space around them.
fn number(text: &[u8]) -> Option<u64> {
    let digits = core::str::from_utf8(text.trim_ascii()).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// How a body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// By `Content-Length`, or by having none.
    Length(u64),
    /// By chunks.
    Chunked,
    /// By the end of the stream.
    UntilEnd,
}

/// What stands behind the status code: httparse leaves out a reason with bytes outside ASCII.
fn reason_of(bytes: &[u8]) -> &[u8] {
    let line = skip_empty_lines(bytes).split(|byte| *byte == b'\n').next().unwrap_or_default();
    // "HTTP/1.1 200 "
    line.get(13..).unwrap_or_default().trim_ascii()
}

fn skip_empty_lines(mut bytes: &[u8]) -> &[u8] {
    loop {
        bytes = match bytes {
            [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] => rest,
            _ => return bytes,
        };
    }
}

fn has_bare_lf(bytes: &[u8]) -> bool {
    let mut before = 0;
    bytes.iter().any(|byte| {
        let bare = *byte == b'\n' && before != b'\r';
        before = *byte;
        bare
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn parsed(bytes: &[u8]) -> Result<(u16, Forms), HeadFault> {
        let mut fields = fields();
        parse(bytes, &mut fields).map(|head| (head.status, head.forms))
    }

    #[test]
    fn the_end_is_found_at_every_cut() {
        for (answer, want) in [
            (&b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nrest"[..], 25),
            (b"HTTP/1.1 200 OK\nA: b\n\nrest", 22),
            (b"HTTP/1.1 200 OK\r\n\nrest", 18),
            (b"HTTP/1.1 200\n\r\nrest", 15),
            (b"\r\n\nHTTP/1.1 200\r\n\r\nrest", 19),
        ] {
            for cut in 0..answer.len() {
                let mut scanned = 0;
                let early = end(&answer[..cut], &mut scanned);
                assert_eq!(early, (cut >= want).then_some(want), "{answer:?} cut at {cut}");
                if early.is_none() {
                    assert_eq!(end(answer, &mut scanned), Some(want), "{answer:?} cut at {cut}");
                }
            }
        }
    }

    #[test]
    fn tolerated_forms() {
        let plain = Forms::default();
        assert_eq!(parsed(b"HTTP/1.1 200 OK\r\n\r\n"), Ok((200, plain)));
        assert_eq!(parsed(b"HTTP/1.1 200 OK\n\n"), Ok((200, Forms { bare_lf: true, ..plain })));
        assert_eq!(parsed(b"HTTP/1.1 200\r\n\r\n"), Ok((200, Forms { no_reason: true, ..plain })));
        assert_eq!(parsed(b"HTTP/1.0 200 OK\r\n\r\n"), Ok((200, Forms { http10: true, ..plain })));
    }

    #[test]
    fn folds_become_blanks() {
        for (folded, flat) in [
            (
                &b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\td\r\nE: f\r\n\r\n"[..],
                &b"HTTP/1.1 200 OK\r\nA: b   c  \td\r\nE: f\r\n\r\n"[..],
            ),
            (b"HTTP/1.1 200 OK\nA: b\n c\n\n", b"HTTP/1.1 200 OK\nA: b  c\n\n"),
        ] {
            let mut bytes = folded.to_vec();
            assert!(unfold(&mut bytes));
            assert_eq!(bytes, flat);
            assert!(parsed(&bytes).is_ok());
        }
        let mut first = b"HTTP/1.1 200 OK\r\n c: d\r\n\r\n".to_vec();
        assert!(!unfold(&mut first));
        assert_eq!(parsed(&first), Err(HeadFault::Field));
    }

    #[test]
    fn broken_heads() {
        assert_eq!(parsed(b"HTTP/2 200 OK\r\n\r\n"), Err(HeadFault::StatusLine));
        assert_eq!(parsed(b"HTTP/1.1 20 OK\r\n\r\n"), Err(HeadFault::StatusLine));
        assert_eq!(parsed(b"HTTP/1.1 099 OK\r\n\r\n"), Err(HeadFault::StatusLine));
        assert_eq!(parsed(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), Err(HeadFault::Field));
        assert_eq!(parsed(b"HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n"), Err(HeadFault::Field));
        assert_eq!(parsed(b"HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n"), Err(HeadFault::Field));
    }

    /// A head as httparse reads it whole, with room for all fields.
    fn by_httparse(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, HeadFault> {
        let mut fields = [httparse::EMPTY_HEADER; limits::HEADER_FIELDS];
        let mut response = httparse::Response::new(&mut fields);
        match response.parse(bytes) {
            Ok(httparse::Status::Complete(_)) if response.code >= Some(100) => {
                let owned = |field: &httparse::Header<'_>| (field.name.to_string(), field.value.to_vec());
                Ok(response.headers.iter().map(owned).collect())
            }
            Ok(httparse::Status::Partial) => Err(HeadFault::Cut),
            Err(httparse::Error::TooManyHeaders) => Err(HeadFault::TooManyFields),
            Err(httparse::Error::HeaderName | httparse::Error::HeaderValue) => Err(HeadFault::Field),
            Ok(_) | Err(httparse::Error::Status | httparse::Error::Version) => Err(HeadFault::StatusLine),
            Err(_) if response.code.is_some() => Err(HeadFault::Field),
            Err(_) => Err(HeadFault::StatusLine),
        }
    }

    #[test]
    fn fields_are_what_httparse_says_whatever_stands_in_a_head() {
        let many = |count: usize| format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(count)).into_bytes();
        let heads = [
            b"HTTP/1.1 200 OK\r\nServer: nginx\r\nEmpty:\r\nX:  a b \t\r\nserver:second\r\n\r\n".to_vec(),
            b"\r\n\nHTTP/1.0 302\nLocation: http://a.example/\nA:b\n\n".to_vec(),
            b"HTTP/1.1 204 No \xe4\r\n\r\n".to_vec(),
            many(95),
            many(96),
            many(97),
        ];
        for head in &heads {
            // As it is, and with every byte of its first hundred in turn replaced by each that means something.
            for at in 0..head.len().min(100) {
                for byte in *b"\r\n: \tA5\0\x80\x0c\"(" {
                    let mut bytes = head.clone();
                    bytes[at] = byte;
                    let mut fields = fields();
                    let ours = parse(&bytes, &mut fields).map(|head| {
                        let owned = |(name, value): (&str, &[u8])| (name.to_string(), value.to_vec());
                        let all: Vec<_> = head.fields().map(owned).collect();
                        for (name, _) in &all {
                            let same = all.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
                            let values: Vec<_> = head.all(name).collect();
                            assert_eq!(values, same.map(|(_, value)| value).collect::<Vec<_>>());
                        }
                        all
                    });
                    assert_eq!(ours, by_httparse(&bytes), "{}", bytes.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn what_cannot_become_http() {
        for good in [&b""[..], b"H", b"HTTP/", b"HTTP/1.1 200", b"\r\nHT", b"http/1.1"] {
            assert!(may_be_http(good), "{good:?}");
        }
        for bad in [&b"SSH-2.0"[..], b"<html>", b"\x15\x03\x01", b"\x05\x00", b"HTTX", b" HTTP"] {
            assert!(!may_be_http(bad), "{bad:?}");
        }
    }
}
