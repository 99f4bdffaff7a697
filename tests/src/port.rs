//! Free ports on 127.0.0.1, below the range from which the system takes the ports of outgoing connections: between the
//! moment a port is found and the moment a server listens on it, no connection can take it.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

const FIRST: u32 = 10_240;
const COUNT: u32 = 32_768 - FIRST;

/// How many ports this process has tried.
static TRIED: AtomicU32 = AtomicU32::new(0);

/// A port that nobody listens on.
pub fn free() -> u16 {
    listener().local_addr().expect("a bound socket has an address").port()
}

/// `N` different ports that nobody listens on.
pub fn free_ones<const N: usize>() -> [u16; N] {
    let listeners: [TcpListener; N] = std::array::from_fn(|_| listener());
    listeners.map(|listener| listener.local_addr().expect("a bound socket has an address").port())
}

/// A listener on a port that nobody else listens on.
pub fn listener() -> TcpListener {
    // Two processes at the same time begin at different places.
    let offset = std::process::id().wrapping_mul(251);
    for _ in 0..COUNT {
        let step = TRIED.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + offset.wrapping_add(step) % COUNT;
        let port = u16::try_from(port).expect("FIRST + COUNT is a port");
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return listener;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_lie_below_the_ephemeral_range() {
        let mut ports = free_ones::<50>();
        ports.sort_unstable();
        assert!(ports.windows(2).all(|pair| pair[0] != pair[1]), "{ports:?}");
        assert!(ports.iter().all(|port| (10_240..32_768).contains(port)), "{ports:?}");
    }
}
