//! The rows by the domain that they lie in, to look up many hosts: a list of a hundred thousand is compared with a few rows
//! each, and not with all.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Endpoint, known};

/// Rows by the last two labels of their names.
#[derive(Debug, Default)]
pub struct Index<'a> {
    by_domain: BTreeMap<String, Vec<&'a Endpoint<'a>>>,
    /// Rows whose names have one label: they may cover any host.
    others: Vec<&'a Endpoint<'a>>,
}

impl<'a> Index<'a> {
    /// An index of these rows.
    pub fn new(endpoints: impl IntoIterator<Item = &'a Endpoint<'a>>) -> Self {
        let mut index = Self::default();
        for endpoint in endpoints {
            let name = endpoint.host.strip_prefix("*.").unwrap_or(endpoint.host);
            match domain(name) {
                Some(domain) => index.by_domain.entry(domain).or_default().push(endpoint),
                None => index.others.push(endpoint),
            }
        }
        index
    }

    /// As [`known`] among all of these rows.
    pub fn known(&self, host: &str, port: u16) -> Option<&'a Endpoint<'a>> {
        let here = domain(host).and_then(|domain| self.by_domain.get(&domain)).into_iter().flatten();
        known(here.chain(&self.others).copied(), host, port)
    }
}

/// The last two labels, in lower case. `None` where there is only one.
fn domain(name: &str) -> Option<String> {
    let name = name.trim_end_matches('.');
    let last = name.rfind('.')?;
    let start = name.get(..last)?.rfind('.').map_or(0, |at| at.saturating_add(1));
    name.get(start..).map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;
    use crate::catalog::ENDPOINTS;

    #[test]
    fn it_finds_what_the_whole_table_gives() {
        let index = Index::new(ENDPOINTS);
        let mut found = 0;
        for endpoint in ENDPOINTS {
            let name = endpoint.host.trim_start_matches("*.");
            for host in
                [name.to_ascii_uppercase(), format!("a.{name}"), format!("a.b.{name}."), format!("x{name}")]
            {
                for port in [80, 443] {
                    let want =
                        known(ENDPOINTS, &host, port).map(|endpoint| (endpoint.host, endpoint.service));
                    let got = index.known(&host, port).map(|endpoint| (endpoint.host, endpoint.service));
                    assert_eq!(got, want, "{host}:{port}");
                    found += usize::from(got.is_some());
                }
            }
        }
        assert!(found > ENDPOINTS.len(), "{found}");
    }

    #[test]
    fn a_row_of_one_label_covers_what_it_did() {
        let rows = ["*.example", "example", "a.example"].map(|host| Endpoint { host, ..ENDPOINTS[0] });
        let index = Index::new(&rows);
        for host in ["example", "a.example", "b.a.example.", "other", "", "."] {
            let (got, want) = (index.known(host, 443), known(&rows, host, 443));
            assert_eq!(got.map(|found| found.host), want.map(|found| found.host), "{host}");
        }
    }
}
