//! Bytes as text: UTF-8 or UTF-16, with or without a byte order mark.

/// The text, without its mark; `None` where it is neither.
pub(crate) fn text(bytes: &[u8]) -> Option<String> {
    let little = match *bytes {
        [0xff, 0xfe, ..] => Some(true),
        [0xfe, 0xff, ..] => Some(false),
        // Without a mark: the text begins with ASCII, so that every second byte is 0.
        [first, 0, second, 0, ..] if first != 0 && second != 0 => Some(true),
        [0, first, 0, second, ..] if first != 0 && second != 0 => Some(false),
        _ => None,
    };
    let text = match little {
        None => String::from_utf8(bytes.to_vec()).ok()?,
        Some(little) => {
            let (pairs, rest) = bytes.as_chunks::<2>();
            let unit =
                |pair: &[u8; 2]| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) };
            let text: Result<String, _> = char::decode_utf16(pairs.iter().map(unit)).collect();
            text.ok().filter(|_| rest.is_empty())?
        }
    };
    Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
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
