//! What no setting shows.

use core::fmt;

use crate::catalog::System;

/// What a client goes by that stands in no setting that was read. [`Display`](fmt::Display) says it for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unseen {
    /// Defender Antivirus remembers which proxy worked last, and asks it first.
    LastKnownGood,
    /// The Internet settings of `LocalSystem`: an export of the machine's hive does not have them.
    SystemHive,
    /// The Internet settings of the user: an export of the machine's hive does not have them.
    UserHive,
    /// File shares: they are read by SMB, and no proxy of HTTP serves them.
    FileShares,
    /// All settings of the client: they stand on this system, and what was read is of another one.
    System(System),
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LastKnownGood => "the proxy that worked last, which Defender Antivirus remembers",
            Self::SystemHive => {
                r"the Internet settings of LocalSystem (HKEY_USERS\S-1-5-18; bitsadmin /util /getieproxy localsystem)"
            }
            Self::UserHive => "the Internet settings of the user (HKEY_CURRENT_USER)",
            Self::FileShares => "file shares, which are read by SMB and by no proxy",
            Self::System(system) => {
                return write!(f, "the settings of {}, the system that this client is a part of", system.title());
            }
        })
    }
}
