//! `WinHttpSettings`, the binary value in which `netsh winhttp set proxy` keeps its proxy (below `HKEY_LOCAL_MACHINE`,
//! `SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections`).
//!
//! Microsoft does not document it; this is how it is found on machines. All numbers are little endian and of four bytes:
//!
//! | field | |
//! |---|---|
//! | marker | 0x18 or 0x28; any is taken |
//! | counter | |
//! | flags | 1 direct, 2 a proxy is used, 8 it is searched for |
//! | length, proxies | ASCII without NUL |
//! | length, bypass list | the same |
//!
//! A length has four bytes: many a reader takes one, and fails with lists of more than 255 bytes.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::mistake::{Mistake, MistakeKind};

/// The bit of the flags that decides whether the proxy is used.
pub(super) const PROXY: u32 = 2;

/// What such a value says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WinHttpSettings<'a> {
    /// The flags; `None` where the value ends before.
    pub flags: Option<u32>,
    /// The proxies, whether they are used or not; `None` where the value ends before.
    pub proxy: Option<Part<'a>>,
    /// The bypass list; `None` where the value ends before.
    pub bypass: Option<Part<'a>>,
    /// What is wrong, with places in the bytes of the value.
    pub mistakes: Vec<Mistake>,
}

impl WinHttpSettings<'_> {
    /// Whether the proxy is used; else `WinHTTP` goes direct.
    pub fn has_proxy(&self) -> bool {
        self.flags.is_some_and(|flags| flags & PROXY != 0)
    }
}

/// A string in a binary value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// The string; what is no text in it is `U+FFFD`.
    pub text: Cow<'a, str>,
    /// Its bytes in the value.
    pub at: Range<usize>,
}

/// Reads such a value.
pub fn read(bytes: &[u8]) -> WinHttpSettings<'_> {
    let mut fields = Fields::new(bytes);
    let mut settings = WinHttpSettings { flags: fields.flags(), ..WinHttpSettings::default() };
    if settings.flags.is_some() {
        settings.proxy = fields.string();
        if settings.proxy.is_some() {
            settings.bypass = fields.string();
        }
    }
    settings.mistakes = fields.mistakes;
    settings
}

/// The fields of a binary value, one behind the other.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    pub(super) mistakes: Vec<Mistake>,
}

impl<'a> Fields<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, mistakes: Vec::new() }
    }

    /// Whether the value ends here.
    pub(super) const fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The third number, which both values have behind a marker and a counter.
    pub(super) fn flags(&mut self) -> Option<u32> {
        let head = self.bytes.first_chunk::<12>();
        let Some([.., a, b, c, d]) = head else {
            self.mistakes.push(Mistake::new(MistakeKind::CutOff, 0..self.bytes.len()));
            return None;
        };
        self.at = 12;
        Some(u32::from_le_bytes([*a, *b, *c, *d]))
    }

    /// A length, and that many bytes of text.
    pub(super) fn string(&mut self) -> Option<Part<'a>> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some((length, rest)) = rest.split_first_chunk::<4>() else {
            self.mistakes.push(Mistake::new(MistakeKind::CutOff, self.at..self.bytes.len()));
            return None;
        };
        let start = self.at.saturating_add(length.len());
        let wanted = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let Some(content) = rest.get(..wanted) else {
            self.mistakes.push(Mistake::new(MistakeKind::LengthBeyondEnd, self.at..start));
            return None;
        };
        self.at = start.saturating_add(content.len());
        Some(Part { text: self.text(content, start), at: start..self.at })
    }

    /// ASCII as it is; what is none becomes `U+FFFD`, and each run of it a mistake.
    fn text(&mut self, content: &'a [u8], start: usize) -> Cow<'a, str> {
        let is_text = |byte: u8| byte != 0 && byte.is_ascii();
        if let Ok(text) = core::str::from_utf8(content)
            && text.bytes().all(is_text)
        {
            return Cow::Borrowed(text);
        }
        let mut text = String::with_capacity(content.len());
        let mut at = start;
        for run in content.chunk_by(|a, b| is_text(*a) == is_text(*b)) {
            let end = at.saturating_add(run.len());
            if run.first().is_some_and(|first| is_text(*first)) {
                text.push_str(&String::from_utf8_lossy(run));
            } else {
                text.push(char::REPLACEMENT_CHARACTER);
                self.mistakes.push(Mistake::new(MistakeKind::NotText, at..end));
            }
            at = end;
        }
        Cow::Owned(text)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Bytes from hexadecimal digits.
    pub(crate) fn bytes(digits: &str) -> Vec<u8> {
        let pairs = digits.split_ascii_whitespace().flat_map(|word| word.as_bytes().chunks(2));
        pairs.map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    /// A length and its string.
    pub(crate) fn counted(text: &[u8]) -> Vec<u8> {
        [&u32::try_from(text.len()).unwrap().to_le_bytes(), text].concat()
    }

    /// The marker, the counter and the flags.
    pub(crate) fn head(marker: u8, flags: u8) -> Vec<u8> {
        [[marker, 0, 0, 0], [0; 4], [flags, 0, 0, 0]].concat()
    }

    fn set() -> Vec<u8> {
        bytes(
            "28 00 00 00 00 00 00 00 03 00 00 00 0f 00 00 00 70 72 6f 78 79 2e 74 65 73 74 3a 38 30 38 30 13 00 00 00 3c \
             6c 6f 63 61 6c 3e 3b 2a 2e 63 6f 72 70 2e 74 65 73 74",
        )
    }

    fn mistakes(bytes: &[u8]) -> Vec<(MistakeKind, Range<usize>)> {
        read(bytes).mistakes.into_iter().map(|mistake| (mistake.kind, mistake.at)).collect()
    }

    fn strings<'a>(settings: &'a WinHttpSettings<'_>) -> [Option<&'a str>; 2] {
        [&settings.proxy, &settings.bypass].map(|part| part.as_ref().map(|part| &*part.text))
    }

    #[test]
    fn direct_as_published() {
        let blob = bytes("1800000000000000010000000000000000000000");
        let settings = read(&blob);
        assert_eq!(
            (settings.flags, settings.has_proxy(), strings(&settings)),
            (Some(1), false, [Some(""), Some("")])
        );
        assert_eq!(settings.mistakes, []);
    }

    #[test]
    fn a_proxy_and_its_bypass_list() {
        let blob = set();
        let settings = read(&blob);
        assert_eq!(blob.len(), 54);
        assert_eq!((settings.flags, settings.has_proxy()), (Some(3), true));
        assert_eq!(strings(&settings), [Some("proxy.test:8080"), Some("<local>;*.corp.test")]);
        assert_eq!(settings.proxy.unwrap().at, 16..31);
        assert_eq!(settings.bypass.unwrap().at, 35..54);
        assert_eq!(settings.mistakes, []);
        // As published, with the end that the layout gives it.
        let blob = [head(0x28, 3), counted(b"http=192.168.5.45:3128"), counted(b"")].concat();
        assert_eq!(blob[12], 0x16);
        assert_eq!(strings(&read(&blob)), [Some("http=192.168.5.45:3128"), Some("")]);
        assert!(!read(&[head(0x28, 9), counted(b"p:1"), counted(b"")].concat()).has_proxy());
    }

    #[test]
    fn strings_of_more_than_255_bytes() {
        let long = "*.corp.example;".repeat(40);
        let blob = [head(0x28, 3), counted(long.as_bytes()), counted(long.as_bytes())].concat();
        let settings = read(&blob);
        assert_eq!((strings(&settings), settings.mistakes.len()), ([Some(&*long), Some(&*long)], 0));
    }

    #[test]
    fn lengths_that_lie() {
        use MistakeKind as K;
        let blob = [head(0x28, 3), counted(b"p:1"), bytes("05 00 00 00"), b"abcd".to_vec()].concat();
        assert_eq!(mistakes(&blob), [(K::LengthBeyondEnd, 19..23)]);
        assert_eq!(strings(&read(&blob)), [Some("p:1"), None]);
        let blob = [head(0x28, 3), bytes("ff ff ff ff"), b"p:1".to_vec()].concat();
        assert_eq!(mistakes(&blob), [(K::LengthBeyondEnd, 12..16)]);
    }

    #[test]
    fn bytes_that_are_no_text() {
        use MistakeKind as K;
        let blob = [head(0x28, 3), counted(b"pro\0xy\xFC\xFF:1"), counted(b"\xC3\xA4;b\0")].concat();
        let settings = read(&blob);
        assert_eq!(strings(&settings), [Some("pro\u{FFFD}xy\u{FFFD}:1"), Some("\u{FFFD};b\u{FFFD}")]);
        let want = [(K::NotText, 19..20), (K::NotText, 22..24), (K::NotText, 30..32), (K::NotText, 34..35)];
        assert_eq!(mistakes(&blob), want);
    }

    #[test]
    fn cut_at_every_byte_it_is_a_mistake() {
        let blob = set();
        for end in 0..blob.len() {
            let found = mistakes(&blob[..end]);
            let want = match end {
                0..12 => (MistakeKind::CutOff, 0..end),
                12..16 => (MistakeKind::CutOff, 12..end),
                16..31 => (MistakeKind::LengthBeyondEnd, 12..16),
                31..35 => (MistakeKind::CutOff, 31..end),
                _ => (MistakeKind::LengthBeyondEnd, 31..35),
            };
            assert_eq!(found, [want], "{end}");
        }
    }
}
