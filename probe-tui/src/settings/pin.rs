//! `--resolve`: the addresses of a host and port, in place of asking for them.

use std::net::IpAddr;
use std::ops::Range;

use probe_core::authority::Host;
use probe_core::mistake::{Mistake, MistakeKind};

use super::flag;
use crate::mistakes::Mistakes;
use crate::net::Overrides;

/// Reads `HOST:PORT:ADDRESS[,ADDRESS]…`, all of them.
pub(super) fn read(pins: &[String], mistakes: &mut Mistakes) -> Overrides {
    let mut overrides = Overrides::new();
    for text in pins {
        match pin(text) {
            Ok((host, port, addresses)) => overrides.pin(host, port, &addresses),
            Err(Wrong::Core(mistake)) => mistakes.add(flag("--resolve"), text, &mistake),
            Err(Wrong::Words(at, what)) => {
                let hint = "write HOST:PORT:ADDRESS[,ADDRESS]…, as in proxy.example:3128:192.0.2.1 or *:443:[2001:db8::1]";
                mistakes.add_words(flag("--resolve"), text, at, &what, Some(hint), None);
            }
        }
    }
    overrides
}

/// What is wrong with a pin.
enum Wrong {
    Core(Mistake),
    Words(Range<usize>, &'static str),
}

fn pin(text: &str) -> Result<(&str, u16, Vec<IpAddr>), Wrong> {
    let end = text.len();
    let Some((host, rest)) = text.split_once(':') else {
        return Err(Wrong::Words(0..end, "the port and the address are missing"));
    };
    if host != "*" {
        match Host::parse(host) {
            Ok(Host::Name(_)) => {}
            Ok(_) => {
                return Err(Wrong::Words(
                    0..host.len(),
                    "an address needs no other address; this is for names",
                ));
            }
            Err(_) if text.starts_with('[') => {
                return Err(Wrong::Words(0..end, "an address needs no other address; this is for names"));
            }
            Err(mistake) => return Err(Wrong::Core(mistake)),
        }
    }
    let start = host.len() + 1;
    let Some((port_text, list)) = rest.split_once(':') else {
        return Err(Wrong::Words(end..end, "the address is missing"));
    };
    let digits = port_text.bytes().all(|byte| byte.is_ascii_digit());
    let port = port_text.parse::<u16>().ok().filter(|port| digits && *port > 0);
    let Some(port) = port else {
        return Err(Wrong::Core(Mistake::new(MistakeKind::Port, start..start + port_text.len())));
    };
    let mut at = start + port_text.len() + 1;
    let mut addresses = Vec::new();
    for item in list.split(',') {
        let here = at..at + item.len();
        at = here.end + 1;
        let bare = item.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(item);
        match bare.parse::<IpAddr>() {
            Ok(address) if bare.len() == item.len() || address.is_ipv6() => addresses.push(address),
            _ => return Err(Wrong::Words(here, "this is no IP address")),
        }
    }
    Ok((host, port, addresses))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_as_curl_writes_them() {
        let parsed = |text| {
            pin(text).map_err(|_| ()).map(|(host, port, addresses)| (host.to_owned(), port, addresses))
        };
        let one: IpAddr = "192.0.2.1".parse().unwrap();
        let two: IpAddr = "2001:db8::1".parse().unwrap();
        assert_eq!(parsed("a.example:443:192.0.2.1"), Ok(("a.example".into(), 443, vec![one])));
        assert_eq!(parsed("*:80:[2001:db8::1],192.0.2.1"), Ok(("*".into(), 80, vec![two, one])));
        assert_eq!(parsed("a:1:2001:db8::1"), Ok(("a".into(), 1, vec![two])));
        for text in [
            "",
            "a",
            "a:1",
            "a:1:",
            "a:1:x",
            "a:0:1.2.3.4",
            "a:99999:1.2.3.4",
            "[::1]:1:1.2.3.4",
            "a b:1:1.2.3.4",
            "a:1:[1.2.3.4]",
        ] {
            assert_eq!(parsed(text), Err(()), "{text}");
        }
    }
}
