//! Files and standard input as text: bounded in size, in UTF-8 or UTF-16, with or without a byte order mark.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use probe_core::encoding;

use crate::mistakes::{Mistakes, Origin, Secrets};

/// The largest list of targets, in bytes: about 700,000 of them.
pub const LIST: u64 = 64 * 1024 * 1024;

/// The longest line of a list, in bytes. The longest URL has about 2,400.
pub const LINE: usize = 16 * 1024;

/// Reads a list of targets; `-` is standard input.
pub fn read_list(path: &Path, mistakes: &mut Mistakes) -> Option<String> {
    let bytes = read_bytes(path, LIST, mistakes)?;
    decode(&name_of(path), &bytes, mistakes)
}

/// Reads a file of at most `bound` bytes; `-` is standard input. What is wrong with it goes to `mistakes`.
pub fn read_bytes(path: &Path, bound: u64, mistakes: &mut Mistakes) -> Option<Vec<u8>> {
    let name = name_of(path);
    let bytes = if path == Path::new("-") {
        read_bounded(io::stdin().lock(), bound)
    } else {
        File::open(path).and_then(|file| read_bounded(file, bound))
    };
    match bytes {
        Ok(Some(bytes)) => Some(bytes),
        Ok(None) => {
            let what = format!("this is larger than {} MiB", bound / 1024 / 1024);
            mistakes.add_plain(&name, &what, Some("split it"));
            None
        }
        Err(error) => {
            let hint = match error.kind() {
                io::ErrorKind::NotFound => "check the spelling and the folder",
                io::ErrorKind::PermissionDenied => "make it readable for the user who runs this program",
                _ => "give a file that can be read, or - for standard input",
            };
            mistakes.add_plain(&name, &format_args!("cannot be read: {error}"), Some(hint));
            None
        }
    }
}

/// How messages name a file.
pub fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "standard input".into() } else { path.display().to_string() }
}

/// All bytes, or `None` where there are more than `bound`.
pub fn read_bounded(source: impl Read, bound: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let count = source.take(bound + 1).read_to_end(&mut bytes)?;
    Ok((count as u64 <= bound).then_some(bytes))
}

/// Bytes as text, without their mark. What is wrong with them goes to `mistakes`.
fn decode(name: &str, bytes: &[u8], mistakes: &mut Mistakes) -> Option<String> {
    let decoded = encoding::decode(bytes);
    let text = &*decoded.text;
    match decoded.no_text {
        None => return Some(decoded.text.into_owned()),
        Some(_) if decoded.is_utf16 => {
            let hint = "save the file again, as UTF-8";
            mistakes.add_plain(name, &"this begins as UTF-16 and then breaks its rules", Some(hint));
        }
        Some(at) => {
            let (before, rest) = text.split_at(at.start);
            let line = before.split('\n').count();
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let end = rest.find('\n').map_or(text.len(), |end| at.start + end);
            let shown = text.get(start..text.floor_char_boundary(end.min(start + LINE))).unwrap_or_default();
            let origin = Origin { name, line: Some(line), secrets: Secrets::InWords };
            let hint = "save the file as UTF-8 or UTF-16";
            mistakes.add_words(
                origin,
                shown,
                at.start - start..at.end - start,
                &"this is neither UTF-8 nor UTF-16",
                Some(hint),
                None,
            );
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(bytes: &[u8]) -> Result<String, String> {
        let mut mistakes = Mistakes::default();
        decode("list", bytes, &mut mistakes).ok_or_else(|| mistakes.to_string())
    }

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_that_editors_write() {
        let text = "https://a.example # ä\r\n";
        assert_eq!(text_of(text.as_bytes()), Ok(text.into()));
        for little in [true, false] {
            assert_eq!(text_of(&utf16(text, little)), Ok(text.into()));
            let marked = format!("\u{feff}{text}");
            assert_eq!(text_of(&utf16(&marked, little)), Ok(text.into()));
        }
        assert_eq!(text_of(b""), Ok(String::new()));
    }

    #[test]
    fn bytes_that_are_no_text_have_their_place() {
        let message = text_of(b"https://a.example\nhttps://b.example/ # caf\xe9\n").unwrap_err();
        assert!(message.starts_with("list:2:25: this is neither UTF-8 nor UTF-16\n"), "{message}");
        let message = text_of(b"\xff\xfeh\0t\0t").unwrap_err();
        assert!(message.starts_with("list: this begins as UTF-16"), "{message}");
        assert!(text_of(b"\xff\xfe\x00\xd8").is_err(), "half of a surrogate pair");
    }

    #[test]
    fn nothing_larger_than_the_bound() {
        assert_eq!(read_bounded(&b"12345"[..], 5).unwrap().as_deref(), Some(&b"12345"[..]));
        assert_eq!(read_bounded(&b"123456"[..], 5).unwrap(), None);
    }
}
