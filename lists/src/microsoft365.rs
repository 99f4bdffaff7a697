//! The Microsoft 365 web service's answer (`endpoints.office.com/endpoints/…`): an array of sets, each with hosts, ports and
//! whether it is required.

use probe_core::catalog::Systems;
use probe_core::target::Scheme;
use serde_json::Value;

use crate::list::{Format, List, Row, Unread, kept};
use crate::{Unreadable, host, limits, table};

pub(crate) fn read(text: &str) -> Result<List, Unreadable> {
    let Ok(Value::Array(sets)) = serde_json::from_str::<Value>(text) else {
        return Err(Unreadable::UnknownJson);
    };
    let is_set = |set: &Value| set.get("urls").is_some() || set.get("ips").is_some();
    if !sets.iter().any(is_set) {
        return Err(Unreadable::UnknownJson);
    }
    let mut list = List::new(Format::Microsoft365);
    for set in &sets {
        let place = set
            .get("id")
            .and_then(Value::as_u64)
            .map_or("a set without id".to_owned(), |id| format!("set {id}"));
        if list.is_full(&place) {
            break;
        }
        read_set(set, &place, &mut list);
    }
    Ok(list)
}

fn read_set(set: &Value, place: &str, list: &mut List) {
    let text = |field: &str| set.get(field).and_then(Value::as_str).unwrap_or_default();
    let required = set.get("required").and_then(Value::as_bool).unwrap_or(true);
    let area = text("serviceAreaDisplayName");
    let note =
        [area, text("notes")].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
    // The ports of a set that has UDP alone are none.
    let (tcp, udp) = (text("tcpPorts"), text("udpPorts"));
    if !udp.is_empty() {
        list.unread.push(Unread::new(place, udp, "UDP is not tested"));
    }
    let ports = if tcp.is_empty() { Vec::new() } else { table::ports(tcp, place, list) };
    let urls = set.get("urls").and_then(Value::as_array);
    let hosts: Vec<&str> = urls.into_iter().flatten().filter_map(Value::as_str).collect();
    if hosts.is_empty() {
        list.unread.push(Unread::new(place, area, "it has addresses alone, which are not tested"));
    } else if let Some(first) = set.get("ips").and_then(|ips| ips.get(0)).and_then(Value::as_str) {
        list.unread.push(Unread::new(
            place,
            first,
            "addresses are not tested, this one and all others of the set",
        ));
    }
    if !hosts.is_empty() && tcp.is_empty() {
        list.unread.push(Unread::new(place, area, "it has no TCP port"));
    }
    for (index, name) in hosts.into_iter().enumerate() {
        if index == limits::HOSTS * 4 {
            list.unread.push(Unread::new(place, "", "it has too many hosts; the rest was not read"));
            break;
        }
        match host::read(name) {
            Err(why) => list.unread.push(Unread::new(place, name, why)),
            Ok(pattern) => {
                for port in &ports {
                    let mut row = Row::of(&pattern, *port);
                    row.scheme = if *port == Some(80) { Scheme::Http } else { Scheme::Https };
                    if !required {
                        row.required = Systems::default();
                    }
                    row.note = kept(note.get(..note.floor_char_boundary(limits::CELL)).unwrap_or_default());
                    list.push(row);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_become_rows() {
        let list = read(
            r#"[{"id":1,"serviceAreaDisplayName":"Exchange Online","urls":["outlook.office.com","*.protection.outlook.com","a*.x.com"],
                 "ips":["198.51.100.0/24"],"tcpPorts":"80,443","category":"Optimize","required":true},
                {"id":2,"urls":["s.example.com"],"tcpPorts":"443","required":false,"notes":"Optional"},
                {"id":3,"ips":["198.51.100.0/24"],"udpPorts":"3478"}]"#,
        )
        .unwrap();
        let rows: Vec<_> =
            list.rows.iter().map(|row| (row.host.as_str(), row.port, !row.required.is_empty())).collect();
        assert_eq!(
            rows,
            [
                ("outlook.office.com", 80, true),
                ("outlook.office.com", 443, true),
                ("*.protection.outlook.com", 80, true),
                ("*.protection.outlook.com", 443, true),
                ("s.example.com", 443, false),
            ]
        );
        let unread: Vec<_> = list.unread.iter().map(|one| one.place.as_str()).collect();
        assert_eq!(unread, ["set 1", "set 1", "set 3", "set 3"]);
        assert_eq!(list.rows[4].note, "Optional");
    }

    #[test]
    fn other_json_is_refused() {
        for text in ["{}", "[1]", "[{}]", "[", "{\"urls\":[]}"] {
            assert_eq!(read(text).unwrap_err(), Unreadable::UnknownJson, "{text}");
        }
    }
}
