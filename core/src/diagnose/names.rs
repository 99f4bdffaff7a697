//! What addresses say about a name.

use core::net::IpAddr;

use crate::probe::transport::Addresses;

/// Whether a public name was given addresses that cannot be its own: unspecified, loopback, or of a documentation range.
/// Filtering resolvers answer so. All addresses must be of that kind.
pub fn is_sinkholed(name: &str, addresses: &Addresses) -> bool {
    is_public(name) && !addresses.is_empty() && addresses.iter().all(|address| cannot_be_public(*address))
}

/// Whether a name can be in the public DNS: it has a dot, and its last label is none that is set aside (RFC 6761, RFC 2606,
/// RFC 6762, RFC 8375, and `internal`, which ICANN set aside in 2024).
fn is_public(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let Some((_, last)) = name.rsplit_once('.') else { return false };
    let set_aside =
        ["localhost", "local", "internal", "test", "example", "invalid", "onion", "lan", "corp", "home"];
    let home = b".home.arpa";
    let is_home = name.len().checked_sub(home.len()).and_then(|from| name.as_bytes().get(from..));
    !set_aside.iter().any(|word| word.eq_ignore_ascii_case(last))
        && !is_home.is_some_and(|tail| tail.eq_ignore_ascii_case(home))
}

/// Unspecified, loopback, or a documentation range (RFC 5737, RFC 3849, RFC 9637).
fn cannot_be_public(address: IpAddr) -> bool {
    let address = address.to_canonical();
    if address.is_unspecified() || address.is_loopback() {
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
    fn everything_else_is_left_alone() {
        assert!(!sinkholed("x.cp.wd.microsoft.com", &["10.1.2.3"]), "private addresses serve split DNS");
        assert!(!sinkholed("x.cp.wd.microsoft.com", &["127.0.0.1", "198.18.0.1"]));
        assert!(!sinkholed("localhost", &["127.0.0.1"]));
        assert!(!sinkholed("proxy", &["127.0.0.1"]));
        assert!(!sinkholed("proxy.localhost", &["127.0.0.1"]));
        assert!(!sinkholed("gw.home.arpa", &["127.0.0.1"]));
        assert!(!sinkholed("x.cp.wd.microsoft.com", &[]));
    }
}
