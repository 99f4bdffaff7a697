//! The onboarding data of this machine: where it stands, and how it is read.
//!
//! What is in it is read by `probe_lists::onboarding`, which takes region, data centre and URLs out of it and nothing else.

use std::io;

#[cfg(not(windows))]
use crate::input::read_bounded;

/// The largest onboarding data, in bytes; real ones have 4 to 8 KiB.
pub const LARGEST: u64 = 1024 * 1024;

/// Data that was found on this machine.
#[derive(Debug)]
pub struct Found {
    /// Where.
    pub place: String,
    /// The data, or why it cannot be read.
    pub data: io::Result<Vec<u8>>,
}

/// Looks where the agent of this system keeps it. `None` where there is none: the machine is not onboarded.
#[cfg(not(windows))]
pub fn of_this_machine() -> Option<Found> {
    // macOS keeps it in a profile, which only the agent may read; exported as JSON it can be named on the command line.
    let place = "/etc/opt/microsoft/mdatp/mdatp_onboard.json";
    let data = std::fs::File::open(place).and_then(|file| read_bounded(file, LARGEST));
    let data = match data {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Ok(None) => Err(io::Error::other(format!("it is larger than {LARGEST} bytes"))),
        Ok(Some(bytes)) => Ok(bytes),
        Err(error) => Err(error),
    };
    Some(Found { place: place.into(), data })
}

/// Looks where the agent of this system keeps it: what policy set, then what the agent took over. `None` where there is none:
/// the machine is not onboarded.
#[cfg(windows)]
pub fn of_this_machine() -> Option<Found> {
    let places = [
        (r"SOFTWARE\Policies\Microsoft\Windows Advanced Threat Protection", "OnboardingInfo"),
        (r"SOFTWARE\Microsoft\Windows Advanced Threat Protection", "OnboardedInfo"),
    ];
    places.into_iter().find_map(|(key, value)| {
        let text = windows_registry::LOCAL_MACHINE.open(key).and_then(|key| key.get_string(value));
        let data = match text {
            Ok(text) if text.len() as u64 > LARGEST => {
                Err(io::Error::other(format!("it is larger than {LARGEST} bytes")))
            }
            Ok(text) => Ok(text.into_bytes()),
            Err(error) if error.code().0.cast_unsigned() == FILE_NOT_FOUND => return None,
            Err(error) => Err(io::Error::other(error.message())),
        };
        Some(Found { place: format!(r"HKLM\{key}\{value}"), data })
    })
}

/// `HRESULT` of `ERROR_FILE_NOT_FOUND`: no such key, or no such value.
#[cfg(windows)]
const FILE_NOT_FOUND: u32 = 0x8007_0002;
