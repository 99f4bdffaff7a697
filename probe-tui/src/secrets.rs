//! Passwords of proxies: where they are read, and what keeps them out of everything that is shown.
//!
//! They are sent to the proxy that they were given for. Messages, records and reports are made of text that never
//! held them ([`Proxy`](probe_core::select::Proxy) prints without credentials); what a peer sends back goes through
//! [`Redactor`] as well, in case it echoes them.

mod redactor;

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

pub use redactor::Redactor;

use crate::input;

/// Most that is read of a file with a password, in bytes.
const FILE: u64 = 4096;

/// What stands in place of a secret.
const HIDDEN: &str = "***";

/// A text that does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, to be used and not to be shown.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// Reads the first line of a file, without its end.
///
/// # Errors
/// What the system says; a first line that is no UTF-8 or longer than 4 KiB is [`io::ErrorKind::InvalidData`].
pub fn first_line_of(path: &Path) -> io::Result<Secret> {
    let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what);
    let bytes = input::read_bounded(File::open(path)?, FILE)?
        .ok_or_else(|| broken("it is longer than 4096 bytes; its first line is to be the password"))?;
    let text = String::from_utf8(bytes).map_err(|_| broken("it is no UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let line = text.split('\n').next().unwrap_or_default();
    Ok(Secret(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

/// Reads the first line of an open file descriptor, through the system's folder of them.
///
/// # Errors
/// As [`first_line_of`]; [`io::ErrorKind::Unsupported`] where a system has no such folder.
pub fn first_line_of_descriptor(number: u32) -> io::Result<Secret> {
    if cfg!(unix) {
        first_line_of(Path::new(&format!("/dev/fd/{number}")))
    } else {
        Err(io::Error::new(io::ErrorKind::Unsupported, "this system does not hand over file descriptors"))
    }
}

/// Bytes behind percent-encoding, as text; what cannot be decoded stays as it is.
pub fn percent_decoded(text: &str) -> String {
    String::from_utf8_lossy(&percent_decoded_bytes(text.as_bytes())).into_owned()
}

fn percent_decoded_bytes(text: &[u8]) -> Vec<u8> {
    percent_decoded_places(text).into_iter().map(|(byte, _)| byte).collect()
}

/// Every byte behind percent-encoding, with the place where it is written.
fn percent_decoded_places(text: &[u8]) -> Vec<(u8, Range<usize>)> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some((first, tail)) = text.get(at..).and_then(<[u8]>::split_first) {
        let encoded = match (first, tail) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        let length = if encoded.is_some() { 3 } else { 1 };
        bytes.push((encoded.unwrap_or(*first), at..at + length));
        at += length;
    }
    bytes
}

/// User and password of a proxy's URL, as they are written there.
pub fn user_info(proxy: &str) -> Option<(&str, &str)> {
    let rest = proxy.split_once("://").map_or(proxy, |(_, rest)| rest);
    let (info, _) = rest.rsplit_once('@')?;
    Some(info.split_once(':').unwrap_or((info, "")))
}

/// Overwrites values of the command line in this process's title, so that `ps` does not show them any longer.
///
/// Linux only, where the kernel lets a process write to its own memory through a file; nothing in this program reads that
/// memory again (the arguments were copied when it began). Elsewhere, and where the system forbids it, nothing happens:
/// the values can be seen as long as the process lives, which is why there are files and descriptors for them.
pub fn hide_arguments(values: &[&str]) -> bool {
    values.is_empty() || title::hide(values).is_ok()
}

#[cfg(target_os = "linux")]
mod title {
    use std::fs::{self, OpenOptions};
    use std::io;
    use std::os::unix::fs::FileExt as _;

    pub(super) fn hide(values: &[&str]) -> io::Result<()> {
        let title = fs::read("/proc/self/cmdline")?;
        let start = start_of_arguments()?;
        let mut places = Vec::new();
        let mut at = 0;
        for argument in title.split(|byte| *byte == 0) {
            for value in values.iter().filter(|value| !value.is_empty()) {
                // `--flag=value`, `-xvalue` or the value alone.
                if argument.ends_with(value.as_bytes()) {
                    places.push((at + argument.len() - value.len(), value.len()));
                }
            }
            at += argument.len() + 1;
        }
        let memory = OpenOptions::new().write(true).open("/proc/self/mem")?;
        for (at, length) in places {
            let offset = u64::try_from(at).map_err(io::Error::other)?;
            memory.write_all_at(&vec![b'*'; length], start + offset)?;
        }
        Ok(())
    }

    /// Field 48 of `/proc/self/stat` (proc(5)): where the arguments begin. The second field may hold anything, and
    /// ends at the last parenthesis.
    fn start_of_arguments() -> io::Result<u64> {
        let all = fs::read_to_string("/proc/self/stat")?;
        let fields = all.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
        let start = fields.split_whitespace().nth(48 - 3).and_then(|field| field.parse().ok());
        start.filter(|start| *start != 0).ok_or(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(not(target_os = "linux"))]
mod title {
    use std::io;

    pub(super) fn hide(_values: &[&str]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("password");
        for (text, want) in
            [("s3cret\n", "s3cret"), ("s3cret\r\nmore", "s3cret"), ("\u{feff}ä ß", "ä ß"), ("", "")]
        {
            std::fs::write(&file, text).unwrap();
            assert_eq!(first_line_of(&file).unwrap().reveal(), want);
        }
        std::fs::write(&file, [b'x'; 5000]).unwrap();
        assert_eq!(first_line_of(&file).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(format!("{:?}", Secret::new("s3cret".into())), "***");
    }

    #[test]
    fn user_information_as_it_is_written() {
        assert_eq!(user_info("http://u:p@w@proxy:1"), Some(("u", "p@w")));
        assert_eq!(user_info("u@proxy"), Some(("u", "")));
        assert_eq!(user_info("http://proxy:1"), None);
        assert_eq!(percent_decoded("%41%zz%4"), "A%zz%4");
    }
}
