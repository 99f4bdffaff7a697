//! Text: one host, pattern or URL a line; `#` begins a comment.

use crate::host;
use crate::list::{Format, List, Row, Unread};

pub(crate) fn read(text: &str) -> List {
    let mut list = List::new(Format::Text);
    for (number, line) in (1..).zip(text.lines()) {
        let content = line.split('#').next().unwrap_or_default().trim();
        if content.is_empty() {
            continue;
        }
        let place = format!("line {number}");
        if list.is_full(&place) {
            break;
        }
        match host::read(content) {
            Ok(pattern) => list.rows.push(Row::of(&pattern, None)),
            Err(why) => list.unread.push(Unread::new(&place, content, why)),
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use probe_core::catalog::{Inspection, PinClass, Service};
    use probe_core::target::Scheme;

    #[test]
    fn a_host_a_line() {
        let list = read(
            "# ours\nwinatp-gw-neu.microsoft.com\r\n*.corp.example:8443 # internal\nhttp://crl.corp.example/\n\nfoo*.x\n",
        );
        let rows: Vec<_> = list.rows.iter().map(|row| (row.host.as_str(), row.port, row.scheme)).collect();
        assert_eq!(
            rows,
            [
                ("winatp-gw-neu.microsoft.com", 443, Scheme::Https),
                ("*.corp.example", 8443, Scheme::Https),
                ("crl.corp.example", 80, Scheme::Http),
            ]
        );
        let known = &list.rows[0];
        assert_eq!(
            (known.service, known.inspection, known.pin),
            (Service::Cnc, Inspection::Exempt, PinClass::Microsoft)
        );
        assert_eq!((list.rows[1].service, list.rows[1].inspection), (Service::Other, Inspection::No));
        assert_eq!(list.unread.len(), 1);
        assert!(list.unread[0].to_string().starts_with("line 6: a * can stand"), "{}", list.unread[0]);
    }
}
