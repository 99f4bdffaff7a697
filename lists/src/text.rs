//! Text: one host, pattern or URL a line; `#` begins a comment. A line that ends in the word `optional` is not required.

use probe_core::catalog::Systems;

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
        // Whoever lists a host needs it, unless the line says otherwise.
        let (content, is_optional) = match content.rsplit_once(char::is_whitespace) {
            Some((host, word)) if word.eq_ignore_ascii_case("optional") => (host.trim_end(), true),
            Some((host, word)) if word.eq_ignore_ascii_case("required") => (host.trim_end(), false),
            _ => (content, false),
        };
        match host::read(content) {
            Ok(pattern) => {
                let mut row = Row::of(&pattern, None);
                if is_optional {
                    row.required = Systems::default();
                }
                list.push(row);
            }
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

    #[test]
    fn a_line_says_that_it_is_optional() {
        let list = read("a.example.com Optional\nb.example.com required\n");
        let required: Vec<_> = list.rows.iter().map(|row| !row.required.is_empty()).collect();
        assert_eq!((required, list.unread.len()), (vec![false, true], 0));
    }
}
