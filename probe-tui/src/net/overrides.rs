//! Answers in place of the resolver's, for a host and a port.
//!
//! What a user pins with `--resolve`, and how the lab gives public names a home on loopback: the names stay what they
//! are, up to SNI and the request, and only the socket goes elsewhere.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use probe_core::diagnose::names;
use probe_core::probe::transport::Addresses;

/// Stand-ins for sockets are taken from 198.18.0.0/15 (RFC 2544, set aside for tests of network devices).
const STAND_INS: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 0);
/// How many stand-ins there are.
const MOST_STAND_INS: usize = 1 << 17;

/// What is answered for a host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// These addresses, as if they came from the resolver: they are judged as its answer would be.
    Addresses(Vec<IpAddr>),
    /// These sockets, wherever they are, their ports in place of the asked one. To the probe each is a stand-in, an
    /// address that is nobody's, so that a name's move to loopback is not taken for a resolver's lie.
    Sockets(Vec<SocketAddr>),
    /// The name does not exist.
    NotFound,
    /// The name server answers with this code (RFC 1035 4.1.1).
    ServerFailed(u8),
    /// No answer comes.
    Silent,
}

/// A table of answers. Hosts are matched without regard to case and to the root's dot; `*` is any host.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    answers: HashMap<(String, u16), Answer>,
    /// The sockets behind the stand-ins, in their order.
    sockets: Vec<SocketAddr>,
}

/// What a lookup is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Addresses(Addresses),
    /// Addresses of which each stands for a socket.
    StandIns(Addresses),
    NoSuchName,
    ServerFailed(u8),
    Silent,
}

impl Overrides {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the table holds nothing.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Pins a host and port to addresses, as curl's `--resolve HOST:PORT:ADDRESS[,ADDRESS]…` does: the last word for a
    /// host and port counts, and the host may be `*`.
    pub fn pin(&mut self, host: &str, port: u16, addresses: &[IpAddr]) {
        // Who pins a public name to loopback means it.
        let kept: Addresses = addresses.iter().copied().take(probe_core::limits::ADDRESSES).collect();
        let answer = if host == "*" || names::is_sinkholed(&key(host, port).0, &kept) {
            Answer::Sockets(addresses.iter().map(|address| SocketAddr::new(*address, port)).collect())
        } else {
            Answer::Addresses(addresses.to_vec())
        };
        self.set(host, port, answer);
    }

    /// Takes away what was pinned or set for a host and port: its addresses are asked for again, unless `*` has an answer.
    pub fn remove(&mut self, host: &str, port: u16) {
        self.answers.remove(&key(host, port));
    }

    /// Sets the answer for a host and port.
    pub fn set(&mut self, host: &str, port: u16, answer: Answer) {
        if let Answer::Sockets(sockets) = &answer {
            for socket in sockets {
                if !self.sockets.contains(socket) && self.sockets.len() < MOST_STAND_INS {
                    self.sockets.push(*socket);
                }
            }
        }
        self.answers.insert(key(host, port), answer);
    }

    /// The socket that a stand-in stands for; `None` for every other address. For whoever shows addresses to people.
    ///
    /// Only for addresses that were an answer of [`Answer::Sockets`]: an address of this range can also be itself.
    pub fn socket(&self, stand_in: IpAddr) -> Option<SocketAddr> {
        let IpAddr::V4(stand_in) = stand_in else {
            return None;
        };
        let index = stand_in.to_bits().checked_sub(STAND_INS.to_bits())?;
        self.sockets.get(usize::try_from(index).ok()?).copied()
    }

    /// The answer for a host and port, if there is one.
    pub(crate) fn find(&self, host: &str, port: u16) -> Option<Found> {
        let answer = self.answers.get(&key(host, port)).or_else(|| self.answers.get(&key("*", port)))?;
        Some(match answer {
            Answer::Addresses(addresses) => {
                Found::Addresses(addresses.iter().copied().take(probe_core::limits::ADDRESSES).collect())
            }
            Answer::Sockets(sockets) => Found::StandIns(
                sockets
                    .iter()
                    .take(probe_core::limits::ADDRESSES)
                    .filter_map(|socket| self.stand_in(socket))
                    .collect(),
            ),
            Answer::NotFound => Found::NoSuchName,
            Answer::ServerFailed(code) => Found::ServerFailed(*code),
            Answer::Silent => Found::Silent,
        })
    }

    fn stand_in(&self, socket: &SocketAddr) -> Option<IpAddr> {
        let index = self.sockets.iter().position(|known| known == socket)?;
        let bits = STAND_INS.to_bits().checked_add(u32::try_from(index).ok()?)?;
        Some(IpAddr::V4(Ipv4Addr::from_bits(bits)))
    }
}

fn key(host: &str, port: u16) -> (String, u16) {
    (host.trim_end_matches('.').to_ascii_lowercase(), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(overrides: &Overrides, host: &str, port: u16) -> Vec<IpAddr> {
        match overrides.find(host, port) {
            Some(Found::Addresses(addresses) | Found::StandIns(addresses)) => addresses.to_vec(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_pin_holds_for_its_host_and_port_only() {
        let mut overrides = Overrides::new();
        let address: IpAddr = "10.0.0.7".parse().expect("an address");
        overrides.pin("Example.com", 443, &[address]);
        assert_eq!(found(&overrides, "example.COM.", 443), [address]);
        assert_eq!(overrides.find("example.com", 80), None);
        assert_eq!(overrides.find("www.example.com", 443), None);
        overrides.pin("*", 443, &[address]);
        assert!(overrides.find("www.example.com", 443).is_some());
        assert_eq!(found(&overrides, "example.com", 443), [address], "a host's own answer comes first");
    }

    #[test]
    fn a_public_name_pinned_to_loopback_is_no_sinkhole() {
        let mut overrides = Overrides::new();
        let loopback: IpAddr = "127.0.0.1".parse().expect("an address");
        overrides.pin("winatp-gw-neu.microsoft.com", 443, &[loopback]);
        let addresses: Addresses =
            found(&overrides, "winatp-gw-neu.microsoft.com", 443).into_iter().collect();
        assert!(!names::is_sinkholed("winatp-gw-neu.microsoft.com", &addresses));
        assert_eq!(overrides.socket(addresses[0]), Some(SocketAddr::new(loopback, 443)));
        assert_eq!(overrides.socket(loopback), None);

        let mut told = Overrides::new();
        told.set("winatp-gw-neu.microsoft.com", 443, Answer::Addresses(vec![loopback]));
        assert_eq!(
            found(&told, "winatp-gw-neu.microsoft.com", 443),
            [loopback],
            "as the resolver would say it"
        );
    }

    #[test]
    fn sockets_get_stand_ins_of_their_own() {
        let mut overrides = Overrides::new();
        let socket = |port| SocketAddr::from(([127, 0, 0, 1], port));
        overrides.set("a.example", 443, Answer::Sockets(vec![socket(1), socket(2)]));
        overrides.set("b.example", 443, Answer::Sockets(vec![socket(2), socket(3)]));
        let (a, b) = (found(&overrides, "a.example", 443), found(&overrides, "b.example", 443));
        assert_eq!(a[1], b[0], "one socket, one stand-in");
        let back: Vec<_> = a.iter().chain(&b).filter_map(|stand_in| overrides.socket(*stand_in)).collect();
        assert_eq!(back, [socket(1), socket(2), socket(2), socket(3)]);
    }
}
