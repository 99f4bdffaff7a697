//! What each client does when a way fails: whether it goes on to the next one, at what, and for how long it leaves a proxy that
//! failed alone.

use probe_core::select::client::Client;
use probe_core::select::failover::{Failover, On};
use serde::Serialize;

use crate::outcome::plural;

/// The same in a record.
#[derive(Debug, Serialize)]
pub(super) struct Recorded {
    /// What makes the client take the next way: `nothing`, `no_answer` (of the proxy; its refusal is final) or `anything`.
    on: &'static str,
    /// For how many seconds it then passes over the proxy that failed; null where that is not known.
    aside_seconds: Option<u32>,
    /// How sure this is.
    basis: &'static str,
}

impl From<Failover> for Recorded {
    fn from(failover: Failover) -> Self {
        Self { on: failover.on.id(), aside_seconds: failover.aside, basis: failover.basis.as_str() }
    }
}

/// The same in one line for people: clients that do the same stand together.
pub(super) fn lines(clients: impl IntoIterator<Item = Client>) -> Vec<String> {
    let mut groups: Vec<(Failover, Vec<&str>)> = Vec::new();
    for client in clients {
        let failover = client.failover();
        match groups.iter_mut().find(|(known, _)| *known == failover) {
            Some((_, names)) => names.push(client.as_str()),
            None => groups.push((failover, vec![client.as_str()])),
        }
    }
    groups.iter().map(|(failover, names)| format!("{}: {}", names.join(", "), words(*failover))).collect()
}

fn words(failover: Failover) -> String {
    let aside = failover
        .aside
        .map_or_else(String::new, |seconds| format!(", and that proxy is passed over for {}", time(seconds)));
    let what = match failover.on {
        On::Nothing => "no other way is tried".to_owned(),
        On::NoAnswer => {
            format!("the next way is taken where the proxy does not answer{aside}; a refusal by it is final")
        }
        On::Anything => format!("the next way is taken, whatever it is that fails{aside}"),
        // Ids say enough.
        other => format!("{}{aside}", other.id()),
    };
    format!("{what} [{}]", failover.basis.as_str())
}

/// Whole minutes where they are whole.
fn time(seconds: u32) -> String {
    let (count, unit) =
        if seconds.is_multiple_of(60) { (seconds / 60, "minute") } else { (seconds, "second") };
    plural(usize::try_from(count).unwrap_or(usize::MAX), unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_that_do_the_same_stand_together() {
        let clients = [Client::Wininet, Client::Chromium, Client::Curl, Client::EdrSensor, Client::Go];
        let want = [
            "wininet: the next way is taken where the proxy does not answer, and that proxy is passed over for 30 minutes; a \
             refusal by it is final [inferred]",
            "chromium: the next way is taken where the proxy does not answer, and that proxy is passed over for 5 minutes; a \
             refusal by it is final [documented]",
            "curl, go: no other way is tried [documented]",
            "edr: the next way is taken, whatever it is that fails [inferred]",
        ];
        assert_eq!(lines(clients), want);
    }

    #[test]
    fn no_client_and_no_time_is_without_words() {
        for client in Client::ALL {
            let text = words(client.failover());
            assert!(text.contains(' ') && !text.starts_with(client.failover().on.id()), "{client}: {text}");
        }
        assert_eq!([time(60), time(90)], ["1 minute", "90 seconds"]);
    }
}
