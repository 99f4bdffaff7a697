//! Chunked bodies (RFC 9112 7.1), as far as a piece of one has come.

/// One chunk, by places in the piece.
struct Chunk {
    /// Where its data begins.
    start: usize,
    /// Where its data ends, as far as it has come.
    end: usize,
    /// Where the next chunk begins; `None` where this is the last, has not come whole, or is not ended as it must be.
    next: Option<usize>,
    /// The chunk of size 0, which ends the body.
    is_last: bool,
}

/// Whether the last chunk has come. What follows it (trailers, or anything else) does not matter.
pub(crate) fn is_complete(piece: &[u8]) -> bool {
    let mut at = 0;
    while let Some(chunk) = chunk_at(piece, at) {
        match chunk.next {
            Some(next) => at = next,
            None => return chunk.is_last,
        }
    }
    false
}

/// Moves the data of all chunks to the beginning of `piece`. Gives its length, and whether that is the whole body.
pub(crate) fn decode(piece: &mut [u8]) -> (usize, bool) {
    let (mut at, mut length) = (0, 0_usize);
    while let Some(chunk) = chunk_at(piece, at) {
        // Data only ever moves towards the beginning, past the line with the size.
        piece.copy_within(chunk.start..chunk.end, length);
        length = length.saturating_add(chunk.end.saturating_sub(chunk.start));
        match chunk.next {
            Some(next) => at = next,
            None => return (length, chunk.is_last),
        }
    }
    (length, false)
}

/// The chunk that begins at `at`; `None` where its size has not come, or is none.
fn chunk_at(piece: &[u8], at: usize) -> Option<Chunk> {
    let rest = piece.get(at..)?;
    // httparse takes an empty line for the size 0; the grammar wants a digit.
    rest.first().filter(|byte| byte.is_ascii_hexdigit())?;
    let Ok(httparse::Status::Complete((line, size))) = httparse::parse_chunk_size(rest) else {
        return None;
    };
    let start = at.saturating_add(line).min(piece.len());
    let end = start.saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
    let is_last = size == 0;
    let after = end.saturating_add(2);
    let ended = piece.get(end.min(piece.len())..after.min(piece.len())) == Some(b"\r\n");
    let next = (ended && !is_last).then_some(after);
    Some(Chunk { start, end: end.min(piece.len()), next, is_last })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(piece: &[u8]) -> (std::vec::Vec<u8>, bool) {
        let mut bytes = piece.to_vec();
        let (length, complete) = decode(&mut bytes);
        assert_eq!(complete, is_complete(piece), "{piece:?}");
        bytes.truncate(length);
        (bytes, complete)
    }

    #[test]
    fn chunks_become_a_body() {
        assert_eq!(decoded(b"2\r\nOK\r\n0\r\n\r\n"), (b"OK".to_vec(), true));
        assert_eq!(decoded(b"1;a=b\r\nO\r\n1\r\nK\r\n0\r\nT: x\r\n\r\n1\r\nX\r\n"), (b"OK".to_vec(), true));
        assert_eq!(decoded(b"0\r\n"), (b"".to_vec(), true));
    }

    #[test]
    fn what_has_not_come_or_is_wrong_completes_nothing() {
        assert_eq!(decoded(b""), (b"".to_vec(), false));
        assert_eq!(decoded(b"5\r\nOK"), (b"OK".to_vec(), false));
        assert_eq!(decoded(b"2\r\nOK\r\n"), (b"OK".to_vec(), false));
        assert_eq!(decoded(b"2\r\nOKAY\r\n0\r\n\r\n"), (b"OK".to_vec(), false));
        assert_eq!(decoded(b"2\r\nOK\r\n\r\n\r\n"), (b"OK".to_vec(), false));
        assert_eq!(decoded(b"ffffffffffffffff\r\nOK"), (b"OK".to_vec(), false));
        assert_eq!(decoded(b"x\r\n"), (b"".to_vec(), false));
    }
}
