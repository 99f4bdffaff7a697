//! `--resolve`: the addresses of a host and port, in place of asking for them.

use std::net::IpAddr;
use std::ops::Range;

use probe_core::authority::Host;
use probe_core::mistake::{Mistake, MistakeKind};

use super::flag;
use crate::mistakes::Mistakes;
use crate::net::Overrides;

/// Reads `[+]HOST:PORT:ADDRESS[,ADDRESS]…` and `-HOST:PORT`, all of them in their order.
///
/// With curl, a pin behind `+` is forgotten after a minute. Here every pin holds for the whole run: a run whose addresses
/// changed in the middle would be two runs. `-` takes away what was pinned before for just this host and port; that
/// nothing was is no mistake, as with curl.
pub(super) fn read(pins: &[String], mistakes: &mut Mistakes) -> Overrides {
    let mut overrides = Overrides::new();
    for text in pins {
        match pin(text) {
            Ok(Pin::Set(host, port, addresses)) => overrides.pin(host, port, &addresses),
            Ok(Pin::Remove(host, port)) => overrides.remove(host, port),
            Err(Wrong::Core(mistake)) => mistakes.add(flag("--resolve"), text, &mistake),
            Err(Wrong::Words(at, what)) => {
                let hint = if text.starts_with('-') {
                    "write -HOST:PORT to take away what an earlier --resolve has set"
                } else {
                    "write HOST:PORT:ADDRESS[,ADDRESS]…, as in proxy.example:3128:192.0.2.1 or *:443:[2001:db8::1]"
                };
                mistakes.add_words(flag("--resolve"), text, at, &what, Some(hint), None);
            }
        }
    }
    overrides
}

/// What one `--resolve` says.
#[derive(Debug, PartialEq, Eq)]
enum Pin<'a> {
    /// These are the addresses of the host at this port.
    Set(&'a str, u16, Vec<IpAddr>),
    /// Its addresses are asked for again.
    Remove(&'a str, u16),
}

/// What is wrong with a pin.
enum Wrong {
    Core(Mistake),
    Words(Range<usize>, &'static str),
}

fn pin(text: &str) -> Result<Pin<'_>, Wrong> {
    let end = text.len();
    let removes = text.starts_with('-');
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = end - bare.len();
    let Some((host, rest)) = bare.split_once(':') else {
        let what = if removes { "the port is missing" } else { "the port and the address are missing" };
        return Err(Wrong::Words(sign..end, what));
    };
    let start = sign + host.len() + 1;
    if host != "*" {
        match Host::parse(host) {
            Ok(Host::Name(_)) => {}
            Ok(_) => {
                return Err(Wrong::Words(
                    sign..start - 1,
                    "an address needs no other address; this is for names",
                ));
            }
            Err(_) if bare.starts_with('[') => {
                return Err(Wrong::Words(sign..end, "an address needs no other address; this is for names"));
            }
            Err(mistake) => return Err(Wrong::Core(mistake.shifted(sign))),
        }
    }
    let (port_text, list) = match rest.split_once(':') {
        Some((port, list)) => (port, Some(list)),
        None => (rest, None),
    };
    let digits = port_text.bytes().all(|byte| byte.is_ascii_digit());
    let port = port_text.parse::<u16>().ok().filter(|port| digits && *port > 0);
    let Some(port) = port else {
        return Err(Wrong::Core(Mistake::new(MistakeKind::Port, start..start + port_text.len())));
    };
    let mut at = start + port_text.len() + 1;
    let list = match (list, removes) {
        (None, true) => return Ok(Pin::Remove(host, port)),
        (Some(_), true) => return Err(Wrong::Words(at - 1..end, "what is taken away has no address")),
        (None, false) => return Err(Wrong::Words(end..end, "the address is missing")),
        (Some(list), false) => list,
    };
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
    Ok(Pin::Set(host, port, addresses))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_as_curl_writes_them() {
        let parsed = |text| pin(text).map_err(|_| ());
        let one: IpAddr = "192.0.2.1".parse().unwrap();
        let two: IpAddr = "2001:db8::1".parse().unwrap();
        assert_eq!(parsed("a.example:443:192.0.2.1"), Ok(Pin::Set("a.example", 443, vec![one])));
        assert_eq!(parsed("*:80:[2001:db8::1],192.0.2.1"), Ok(Pin::Set("*", 80, vec![two, one])));
        assert_eq!(parsed("a:1:2001:db8::1"), Ok(Pin::Set("a", 1, vec![two])));
        assert_eq!(parsed("+a.example:443:192.0.2.1"), Ok(Pin::Set("a.example", 443, vec![one])));
        assert_eq!(parsed("+*:443:192.0.2.1"), Ok(Pin::Set("*", 443, vec![one])));
        assert_eq!(parsed("-a.example:443"), Ok(Pin::Remove("a.example", 443)));
        assert_eq!(parsed("-*:443"), Ok(Pin::Remove("*", 443)));
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
            "+",
            "+a:1",
            "++a:1:1.2.3.4",
            "-",
            "-a",
            "-a:0",
            "-a:1:1.2.3.4",
            "-[::1]:1",
            "-+a:1",
        ] {
            assert_eq!(parsed(text), Err(()), "{text}");
        }
    }

    #[test]
    fn the_last_word_counts() {
        let pinned = |pins: &[&str]| {
            let pins: Vec<String> = pins.iter().map(|pin| (*pin).to_owned()).collect();
            let mut mistakes = Mistakes::default();
            let overrides = read(&pins, &mut mistakes);
            assert!(mistakes.is_empty(), "{mistakes}");
            format!("{:?}", overrides.find("a.example", 443))
        };
        let nothing = pinned(&[]);
        let one = pinned(&["a.example:443:192.0.2.1"]);
        let all = pinned(&["*:443:192.0.2.9"]);
        assert_eq!(pinned(&["a.example:443:192.0.2.1", "-A.example.:443"]), nothing);
        assert_eq!(pinned(&["-a.example:443", "+a.example:443:192.0.2.1"]), one);
        assert_eq!(pinned(&["a.example:443:192.0.2.1", "-a.example:80"]), one);
        assert_eq!(pinned(&["*:443:192.0.2.9", "a.example:443:192.0.2.1", "-a.example:443"]), all);
        assert_eq!(pinned(&["*:443:192.0.2.9", "-*:443"]), nothing);
    }
}
