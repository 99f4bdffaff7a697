//! What happens during an attempt, as it happens.

use core::net::IpAddr;

use crate::diagnose::Stage;
use crate::diagnose::verdict::Verdict;
use crate::probe::transport::How;

/// Something that happened during an attempt. Whoever observes it stamps it: the core has no clock.
///
/// [`Done`](Self::Done) is always the last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Event {
    /// A stage begins; the one before it is over.
    Entered(Stage),
    /// The first hop has this many addresses.
    Resolved {
        /// How many addresses are going to be tried.
        addresses: usize,
    },
    /// An address is tried.
    Connecting(IpAddr),
    /// An address could not be connected to.
    ConnectFailed(IpAddr, How),
    /// The connection to the first hop is open.
    Connected(IpAddr),
    /// Interim answers (1xx) came; the final one is awaited.
    Interim {
        /// How many there were so far in this stage.
        count: u8,
    },
    /// The proxy answered.
    ProxyAnswered(u16),
    /// The origin (or whoever speaks for it) answered.
    Answered(u16),
    /// The attempt is over.
    Done(Verdict),
}
