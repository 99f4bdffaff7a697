//! The system's resolver, asked in a way that nobody has to wait for it longer than they want.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::thread;

use probe_core::limits;
use probe_core::probe::transport::{Addresses, How};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};

use super::failure;
use super::query::{self, Cause};

/// Questions to the system's resolver that are open at the same time. Each holds a thread, also after its asker has
/// given up: with silent name servers a system waits for 10 to 30 seconds.
const MOST_OPEN: usize = 128;

/// Where the name servers of this machine are written down.
const CONFIGURATION: &str = "/etc/resolv.conf";

/// Asks the system for the addresses of names.
#[derive(Debug, Clone)]
pub struct Resolver {
    open: Arc<Semaphore>,
}

impl Default for Resolver {
    fn default() -> Self {
        Self { open: Arc::new(Semaphore::new(MOST_OPEN)) }
    }
}

impl Resolver {
    /// The addresses of a name, in the system's order; after a failure the name of its cause. Ends at `by`.
    ///
    /// # Errors
    /// [`How::NameNotFound`], [`How::NameServerFailed`], [`How::TimedOut`]; [`How::OutOfResources`] where this machine
    /// could not even ask.
    pub async fn resolve(&self, host: &str, by: Instant) -> Result<Addresses, How> {
        // Half of the time for a turn, so that there is some left to find out what the others are waiting for.
        let now = Instant::now();
        let turn =
            timeout_at(now + by.saturating_duration_since(now) / 2, Arc::clone(&self.open).acquire_owned());
        let Ok(Ok(permit)) = turn.await else {
            return Err(match cause(host, by).await {
                Cause::HasAddresses => How::OutOfResources,
                cause => cause.how(),
            });
        };
        let answer = ask_the_system(host, permit).map_err(|_| How::OutOfResources)?;
        match timeout_at(by, answer).await {
            Err(_) => Err(How::TimedOut),
            // The thread died, which only a broken resolver module can do to it.
            Ok(Err(_)) => Err(How::NameServerFailed(None)),
            Ok(Ok(Ok(addresses))) if !addresses.is_empty() => Ok(distinct(&addresses)),
            Ok(Ok(Ok(_))) => Err(How::NameNotFound),
            Ok(Ok(Err(error))) => match how_of_the_system(&error) {
                Some(how) => Err(how),
                None => Err(cause(host, by).await.how()),
            },
        }
    }
}

/// Asks in a thread of its own, which nobody waits for at the end: a runtime's blocking threads would hold up its exit.
fn ask_the_system(
    host: &str,
    permit: OwnedSemaphorePermit,
) -> io::Result<oneshot::Receiver<io::Result<Vec<SocketAddr>>>> {
    let (sender, receiver) = oneshot::channel();
    let host = host.to_owned();
    thread::Builder::new().name("resolver".to_owned()).spawn(move || {
        let answer = (host.as_str(), 0).to_socket_addrs().map(Iterator::collect);
        drop(permit);
        // Whoever asked may have given up.
        let _ = sender.send(answer);
    })?;
    Ok(receiver)
}

/// What the system's error says by itself; elsewhere than on Windows it has no number, and its text is for people.
fn how_of_the_system(error: &io::Error) -> Option<How> {
    if cfg!(windows) {
        match error.raw_os_error() {
            // WSAHOST_NOT_FOUND, WSANO_DATA
            Some(11001 | 11004) => return Some(How::NameNotFound),
            // WSATRY_AGAIN, WSANO_RECOVERY
            Some(11002 | 11003) => return Some(How::NameServerFailed(None)),
            _ => {}
        }
    }
    matches!(failure::of_io(error), How::OutOfResources).then_some(How::OutOfResources)
}

/// What the servers of this machine say. Its configuration is read anew each time: networks change.
async fn cause(host: &str, by: Instant) -> Cause {
    let text = std::fs::read_to_string(CONFIGURATION).unwrap_or_default();
    query::cause(&query::names_of(&text, host), &query::servers_of(&text), by).await
}

fn distinct(found: &[SocketAddr]) -> Addresses {
    let mut addresses = Addresses::new();
    for address in found.iter().map(SocketAddr::ip) {
        if addresses.len() < limits::ADDRESSES && !addresses.contains(&address) {
            // There is room: it was just looked at.
            let _: Result<(), IpAddr> = addresses.push(address);
        }
    }
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn a_name_from_the_hosts_file() {
        let by = Instant::now() + Duration::from_secs(5);
        let addresses =
            Resolver::default().resolve("localhost", by).await.expect("every machine knows localhost");
        assert!(addresses.iter().all(IpAddr::is_loopback), "{addresses:?}");
    }

    #[test]
    fn addresses_are_kept_once_and_not_too_many() {
        let found: Vec<SocketAddr> =
            (0..20).map(|last| SocketAddr::from(([10, 0, 0, last / 2], 0))).collect();
        let kept = distinct(&found);
        assert_eq!(kept.len(), limits::ADDRESSES);
        assert_eq!(kept[1].to_string(), "10.0.0.1");
    }
}
