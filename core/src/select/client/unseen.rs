//! What no setting shows.

use core::fmt;

use super::{Client, Document, Found};
use crate::catalog::System;
use crate::settings::{Entry, Scope};

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
    /// The Internet settings of more users than are looked at.
    MoreUsers,
    /// File shares: they are read by SMB, and no proxy of HTTP serves them.
    FileShares,
    /// All settings of the client: they stand on this system, and what was read is of another one.
    System(System),
    /// All settings of the client: no file of a kind that it reads is among those that were given.
    Files,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LastKnownGood => "the proxy that worked last, which Defender Antivirus remembers",
            Self::SystemHive => {
                r"the Internet settings of LocalSystem (HKEY_USERS\S-1-5-18; bitsadmin /util /getieproxy localsystem)"
            }
            Self::UserHive => "the Internet settings of the user (HKEY_CURRENT_USER)",
            Self::MoreUsers => {
                "the Internet settings of these users, which are too many here (export those of one user: HKEY_CURRENT_USER)"
            }
            Self::FileShares => "file shares, which are read by SMB and by no proxy",
            Self::Files => "its own settings, of which no file was given",
            Self::System(system) => {
                return write!(f, "the settings of {}, the system that this client is a part of", system.title());
            }
        })
    }
}

/// Whether nothing of what a client goes by was read, where that is known.
pub(super) fn all(client: Client, found: Found<'_>) -> Option<Unseen> {
    let documents = found.documents;
    let other = client.system().filter(|own| *own != Document::system_of(documents).unwrap_or(System::Linux));
    if let Some(own) = other {
        return Some(Unseen::System(own));
    }
    // Of this machine all is read that is there, and the session's environment always is.
    let is_given = !found.is_session_known() && !documents.is_empty();
    // A drop-in may be for several services.
    let is_of_services = matches!(client, Client::Service | Client::MdatpLinux | Client::Arc | Client::Mma);
    let is_for_service = |entry: &Entry<'_>| matches!(&entry.scope, Scope::Service(_));
    let may_read = |document: &Document<'_>| {
        document.format.is_none_or(|format| client.reads(format, document.service))
            || is_of_services && document.reading.entries.iter().any(is_for_service)
    };
    (is_given && !documents.iter().any(may_read)).then_some(Unseen::Files)
}
