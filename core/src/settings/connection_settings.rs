//! `DefaultConnectionSettings`, the binary value in which `WinINet` keeps what the dialogue "Internet Options" shows (below the
//! key `Internet Settings\Connections` of a user, or of the machine where the policy `ProxySettingsPerUser` is 0).
//!
//! Microsoft does not document it; this is how it is found on machines. All numbers are little endian and of four bytes:
//!
//! | field | |
//! |---|---|
//! | marker | 0x3C or 0x46; any is taken |
//! | counter | of changes |
//! | flags | 1 direct (always), 2 proxy, 4 PAC file, 8 searched for (WPAD) |
//! | length, proxies | ASCII without NUL |
//! | length, bypass list | the same |
//! | length, PAC file | the same; a writer may stop before it |
//!
//! What follows is the state of the last search, which is nobody's setting. `SavedLegacySettings` is of the same form, a copy
//! that is not read.

use alloc::vec::Vec;

use crate::mistake::Mistake;
use crate::settings::winhttp_settings::{Fields, PROXY, Part};

/// What such a value says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionSettings<'a> {
    /// The flags; `None` where the value ends before.
    pub flags: Option<u32>,
    /// The proxies, whether they are used or not; `None` where the value ends before.
    pub proxy: Option<Part<'a>>,
    /// The bypass list; `None` where the value ends before.
    pub bypass: Option<Part<'a>>,
    /// The PAC file's URL, whether it is used or not; `None` where the value ends before.
    pub pac_url: Option<Part<'a>>,
    /// What is wrong, with places in the bytes of the value.
    pub mistakes: Vec<Mistake>,
}

impl ConnectionSettings<'_> {
    /// Whether the proxy is used.
    pub fn has_proxy(&self) -> bool {
        self.has(PROXY)
    }

    /// Whether the PAC file is used.
    pub fn has_pac(&self) -> bool {
        self.has(4)
    }

    /// Whether the proxy is searched for (WPAD).
    pub fn has_auto_detect(&self) -> bool {
        self.has(8)
    }

    fn has(&self, flag: u32) -> bool {
        self.flags.is_some_and(|flags| flags & flag != 0)
    }
}

/// Reads such a value.
pub fn read(bytes: &[u8]) -> ConnectionSettings<'_> {
    let mut fields = Fields::new(bytes);
    let mut settings = ConnectionSettings { flags: fields.flags(), ..ConnectionSettings::default() };
    if settings.flags.is_some() {
        settings.proxy = fields.string();
    }
    if settings.proxy.is_some() {
        settings.bypass = fields.string();
    }
    if settings.bypass.is_some() && !fields.is_at_end() {
        settings.pac_url = fields.string();
    }
    settings.mistakes = fields.mistakes;
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mistake::MistakeKind;
    use crate::settings::winhttp_settings::tests::{bytes, counted, head};
    use core::ops::Range;

    fn full() -> Vec<u8> {
        let text = "46 00 00 00 05 00 00 00 07 00 00 00 0d 00 00 00 31 30 2e 30 2e 30 2e 31 3a 33 31 32 38 07 00 00 00 3c \
                    6c 6f 63 61 6c 3e 0e 00 00 00 68 74 74 70 3a 2f 2f 77 2f 70 2e 70 61 63";
        [bytes(text), alloc::vec![0; 32]].concat()
    }

    fn mistakes(bytes: &[u8]) -> Vec<(MistakeKind, Range<usize>)> {
        read(bytes).mistakes.into_iter().map(|mistake| (mistake.kind, mistake.at)).collect()
    }

    fn strings<'a>(settings: &'a ConnectionSettings<'_>) -> [Option<&'a str>; 3] {
        [&settings.proxy, &settings.bypass, &settings.pac_url]
            .map(|part| part.as_ref().map(|part| &*part.text))
    }

    #[test]
    fn searched_for_alone() {
        let text = "46 00 00 00 02 00 00 00 09 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";
        let blob = [bytes(text), alloc::vec![0; 32]].concat();
        let settings = read(&blob);
        assert_eq!((blob.len(), settings.flags), (56, Some(9)));
        assert_eq!(
            (settings.has_proxy(), settings.has_pac(), settings.has_auto_detect()),
            (false, false, true)
        );
        assert_eq!((strings(&settings), settings.mistakes.len()), ([Some(""); 3], 0));
    }

    #[test]
    fn proxy_and_pac_file() {
        let blob = full();
        let settings = read(&blob);
        assert_eq!(
            (settings.has_proxy(), settings.has_pac(), settings.has_auto_detect()),
            (true, true, false)
        );
        assert_eq!(strings(&settings), [Some("10.0.0.1:3128"), Some("<local>"), Some("http://w/p.pac")]);
        let at = [settings.proxy, settings.bypass, settings.pac_url].map(|part| part.unwrap().at);
        assert_eq!(at, [16..29, 33..40, 44..58]);
        assert_eq!(settings.mistakes, []);
    }

    #[test]
    fn strings_of_more_than_255_bytes() {
        let long = "http=proxy.example:3128;".repeat(20);
        let blob =
            [head(0x46, 7), counted(long.as_bytes()), counted(long.as_bytes()), counted(long.as_bytes())]
                .concat();
        let settings = read(&blob);
        assert_eq!((strings(&settings), settings.mistakes.len()), ([Some(&*long); 3], 0));
    }

    #[test]
    fn lengths_that_lie_and_bytes_that_are_no_text() {
        use MistakeKind as K;
        let blob =
            [head(0x3C, 5), counted(b""), counted(b""), bytes("ffffffff"), b"http://w".to_vec()].concat();
        assert_eq!(mistakes(&blob), [(K::LengthBeyondEnd, 20..24)]);
        let blob = [head(0x3C, 5), counted(b"a\0"), counted(b"\xE4"), counted(b"http://w\0/p.pac")].concat();
        assert_eq!(mistakes(&blob), [(K::NotText, 17..18), (K::NotText, 22..23), (K::NotText, 35..36)]);
    }

    #[test]
    fn cut_at_every_byte() {
        let blob = full();
        for end in 0..=blob.len() {
            let want = match end {
                // A writer may stop behind the bypass list, and behind the PAC file's URL.
                40 | 58.. => None,
                0..12 => Some((MistakeKind::CutOff, 0..end)),
                12..16 => Some((MistakeKind::CutOff, 12..end)),
                16..29 => Some((MistakeKind::LengthBeyondEnd, 12..16)),
                29..33 => Some((MistakeKind::CutOff, 29..end)),
                33..40 => Some((MistakeKind::LengthBeyondEnd, 29..33)),
                41..44 => Some((MistakeKind::CutOff, 40..end)),
                _ => Some((MistakeKind::LengthBeyondEnd, 40..44)),
            };
            assert_eq!(mistakes(&blob[..end]), want.into_iter().collect::<Vec<_>>(), "{end}");
        }
    }
}
