//! Bytes as text: UTF-8 or UTF-16, with or without a byte order mark.

use probe_core::encoding;

/// The text, without its mark; `None` where it is neither: a name with a hole in it would be another name.
pub(crate) fn text(bytes: &[u8]) -> Option<String> {
    let decoded = encoding::decode(bytes);
    decoded.no_text.is_none().then(|| decoded.text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_that_programs_write() {
        let wide = |little: bool, mark: &str| -> Vec<u8> {
            let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
            format!("{mark}a,ä").encode_utf16().flat_map(bytes).collect()
        };
        assert_eq!(text("\u{feff}a,ä".as_bytes()).as_deref(), Some("a,ä"));
        assert_eq!(text(&wide(true, "\u{feff}")).as_deref(), Some("a,ä"));
        assert_eq!(text(&wide(false, "\u{feff}")).as_deref(), Some("a,ä"));
        assert_eq!(text(&wide(true, "x")).as_deref(), Some("xa,ä"));
        assert_eq!(text(b"caf\xe9"), None);
        assert_eq!(text(b"\xff\xfea"), None);
    }
}
