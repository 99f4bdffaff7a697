//! What addresses say about a name.

use core::net::IpAddr;

use crate::probe::transport::Addresses;

/// What the addresses of a name say about whoever gave them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Sinkhole {
    /// Nothing.
    #[default]
    No,
    /// A public name leads to this machine itself. Filtering resolvers answer so, and so does a hosts file that an
    /// administrator has written: only what comes from there can tell.
    Loopback,
    /// A public name leads to addresses that lead nowhere: unspecified, or of a documentation range.
    Nowhere,
}

/// Looks at the addresses of a name; all of them must be of a kind for that kind to be said.
pub fn sinkhole(name: &str, addresses: &Addresses) -> Sinkhole {
    let all = |test: fn(IpAddr) -> bool| addresses.iter().all(|address| test(address.to_canonical()));
    if addresses.is_empty() || !is_public(name) {
        Sinkhole::No
    } else if all(leads_nowhere) {
        Sinkhole::Nowhere
    } else if all(|address| address.is_loopback() || leads_nowhere(address)) {
        Sinkhole::Loopback
    } else {
        Sinkhole::No
    }
}

/// Whether addresses are of the kinds that a resolver's lie is made of.
pub fn is_sinkholed(name: &str, addresses: &Addresses) -> bool {
    sinkhole(name, addresses) != Sinkhole::No
}

/// Whether a name can be in the public DNS: it has a dot, and its last label is none that is set aside (RFC 6761, RFC 2606,
/// RFC 6762, RFC 8375, and `internal`, which ICANN set aside in 2024).
fn is_public(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let Some((_, last)) = name.rsplit_once('.') else { return false };
    let set_aside = [
        "localhost",
        "local",
        "internal",
        "test",
        "example",
        "invalid",
        "onion",
        "lan",
        "corp",
        "home",
        "localdomain",
        "intranet",
        "private",
    ];
    let home = b".home.arpa";
    let is_home = name.len().checked_sub(home.len()).and_then(|from| name.as_bytes().get(from..));
    !set_aside.iter().any(|word| word.eq_ignore_ascii_case(last))
        && !is_home.is_some_and(|tail| tail.eq_ignore_ascii_case(home))
}

/// Unspecified, or of a documentation range (RFC 5737, RFC 3849, RFC 9637).
fn leads_nowhere(address: IpAddr) -> bool {
    if address.is_unspecified() {
        return true;
    }
    match address {
        IpAddr::V4(address) => {
            matches!(address.octets(), [0, ..] | [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _])
        }
        IpAddr::V6(address) => matches!(address.segments(), [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sinkholed(name: &str, addresses: &[&str]) -> bool {
        is_sinkholed(name, &addresses.iter().map(|text| text.parse::<IpAddr>().expect(text)).collect())
    }

    #[test]
    fn public_names_with_impossible_addresses() {
        assert!(sinkholed("x.cp.wd.microsoft.com", &["0.0.0.0"]));
        assert!(sinkholed("x.cp.wd.microsoft.com.", &["127.0.0.1", "::1"]));
        assert!(sinkholed("x.cp.wd.microsoft.com", &["192.0.2.7"]));
        assert!(sinkholed("x.cp.wd.microsoft.com", &["::ffff:127.0.0.1", "2001:db8::1"]));
    }

    #[test]
    fn loopback_is_told_from_nowhere() {
        let of = |addresses: &[&str]| {
            sinkhole(
                "x.cp.wd.microsoft.com",
                &addresses.iter().map(|text| text.parse().expect(text)).collect(),
            )
        };
        assert_eq!(of(&["127.0.0.1", "::1"]), Sinkhole::Loopback);
        assert_eq!(of(&["0.0.0.0", "::"]), Sinkhole::Nowhere);
        assert_eq!(of(&["127.0.0.1", "0.0.0.0"]), Sinkhole::Loopback);
        assert_eq!(of(&["127.0.0.1", "198.18.0.1"]), Sinkhole::No);
    }

    #[test]
    fn everything_else_is_left_alone() {
        assert!(!sinkholed("x.cp.wd.microsoft.com", &["10.1.2.3"]), "private addresses serve split DNS");
        assert!(!sinkholed("x.cp.wd.microsoft.com", &["127.0.0.1", "198.18.0.1"]));
        assert!(!sinkholed("localhost", &["127.0.0.1"]));
        assert!(!sinkholed("proxy", &["127.0.0.1"]));
        assert!(!sinkholed("proxy.localhost", &["127.0.0.1"]));
        assert!(!sinkholed("gw.home.arpa", &["127.0.0.1"]));
        assert!(!sinkholed("localhost.localdomain", &["127.0.0.1"]));
        assert!(!sinkholed("x.cp.wd.microsoft.com", &[]));
    }
}
