//! The lab's own name service: a table, and nothing that touches the machine's resolver.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{PoisonError, RwLock};

/// What the name service says of a name and port.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameAnswer {
    /// The addresses to try, in order. The ports are the real ones of the lab: 443 stands for a free port.
    /// All are loopback addresses: that is where the lab is, and no evidence of a sinkhole.
    Addresses(Vec<SocketAddr>),
    /// NXDOMAIN.
    NotFound,
    /// SERVFAIL.
    ServerFailed,
    /// No answer at all.
    ServerSilent,
    /// A well-formed answer with an address that cannot be the service's.
    Sinkholed(IpAddr),
}

type Table = BTreeMap<(String, u16), NameAnswer>;

/// Two views of the same names: what clients inside are told, and what the proxies at the edge are told. They differ
/// only where they were made to.
#[derive(Debug, Default)]
pub(crate) struct Names {
    inside: RwLock<Table>,
    edge: RwLock<Table>,
}

impl Names {
    /// What everybody is told.
    pub(crate) fn set(&self, host: &str, port: u16, answer: NameAnswer) {
        write(&self.inside, host, port, answer);
    }

    /// What the proxies are told in place of what everybody is told.
    pub(crate) fn set_at_edge(&self, host: &str, port: u16, answer: NameAnswer) {
        write(&self.edge, host, port, answer);
    }

    /// What a proxy is told.
    pub(crate) fn at_edge(&self, host: &str, port: u16) -> NameAnswer {
        let key = (host.to_ascii_lowercase(), port);
        let find =
            |table: &RwLock<Table>| table.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        find(&self.edge).or_else(|| find(&self.inside)).unwrap_or(NameAnswer::NotFound)
    }

    /// All that clients are told.
    pub(crate) fn inside(&self) -> Vec<((String, u16), NameAnswer)> {
        let table = self.inside.read().unwrap_or_else(PoisonError::into_inner);
        table.iter().map(|(key, answer)| (key.clone(), answer.clone())).collect()
    }
}

fn write(table: &RwLock<Table>, host: &str, port: u16, answer: NameAnswer) {
    let mut table = table.write().unwrap_or_else(PoisonError::into_inner);
    table.insert((host.to_ascii_lowercase(), port), answer);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_may_know_more() {
        let names = Names::default();
        let address = SocketAddr::from(([127, 0, 0, 1], 9));
        names.set("A.example", 443, NameAnswer::NotFound);
        names.set("b.example", 443, NameAnswer::ServerSilent);
        names.set_at_edge("a.example", 443, NameAnswer::Addresses(vec![address]));
        assert_eq!(names.at_edge("a.EXAMPLE", 443), NameAnswer::Addresses(vec![address]));
        assert_eq!(names.at_edge("b.example", 443), NameAnswer::ServerSilent);
        assert_eq!(names.at_edge("a.example", 80), NameAnswer::NotFound);
        assert_eq!(names.inside().len(), 2);
        assert_eq!(names.inside()[0], (("a.example".into(), 443), NameAnswer::NotFound));
    }
}
