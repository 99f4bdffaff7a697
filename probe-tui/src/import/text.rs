//! Bytes of logs as text. A log is written by several programs, and cut by whoever ends them: what is no text in it is replaced,
//! not refused.

use std::borrow::Cow;

use probe_core::encoding;

/// Text in UTF-8 or UTF-16, with or without a byte order mark.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let mut decoded = encoding::decode(bytes);
    if decoded.is_cut {
        // Half a unit at the end is where it was cut.
        decoded.text.to_mut().pop();
    }
    decoded.text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_cut_or_broken() {
        let text = "Testing URL : ä\r\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            little.clone(),
            big.clone(),
            [&[0xff, 0xfe], &little[..]].concat(),
            [&[0xfe, 0xff], &big[..]].concat(),
        ] {
            assert_eq!(decode(&bytes), text);
        }
        assert_eq!(decode(&little[..little.len() - 3]), "Testing URL : ä");
        assert_eq!(decode(b"caf\xe9"), "caf\u{fffd}");
        assert_eq!(decode(b"\xff\xfe\x00\xd8"), "\u{fffd}");
        assert_eq!(decode(b""), "");
    }
}
