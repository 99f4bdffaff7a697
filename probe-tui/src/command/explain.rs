//! `explain`: what a verdict means, what it is confused with, who can fix it, and how.

use std::fmt::Write as _;

use probe_core::diagnose::{FindingId, Verdict};

use super::refuse;
use crate::machine::{self, Machine};
use crate::mistakes::{Mistakes, Origin, Secrets, nearest};
use crate::options::Explain;
use crate::output::layout::wrap;

/// Prints the page of one verdict, or the list of all. With `mistakes` that were made before, only says what is wrong.
pub fn run(options: &Explain, machine: &Machine, mistakes: Option<Mistakes>) -> u8 {
    let columns = machine.columns(true).min(100);
    let page = options.verdict.as_ref().map_or_else(|| Ok(list()), |id| page(id, columns));
    match super::both(mistakes.map_or(Ok(()), Err), page) {
        Ok(((), page)) => machine::print(&page),
        Err(mistakes) => refuse(&mistakes),
    }
}

/// The page of one verdict or finding.
fn page(id: &str, columns: usize) -> Result<String, Mistakes> {
    let wanted = id.trim().to_ascii_lowercase().replace('-', "_");
    if let Some(verdict) = Verdict::from_id(&wanted) {
        return Ok(wrapped(&verdict.explain().to_string(), columns));
    }
    if let Some(finding) = FindingId::from_id(&wanted) {
        let text = format!("{finding}: {}\n\n{}", finding.title(), finding.meaning());
        return Ok(wrapped(&text, columns));
    }
    let known = Verdict::ALL
        .iter()
        .map(|verdict| verdict.id())
        .chain(FindingId::ALL.iter().map(|finding| finding.id()));
    let mut mistakes = Mistakes::default();
    let origin = Origin { name: "explain", line: None, secrets: Secrets::InWords };
    let hint = "`egress-probe explain` lists all of them";
    mistakes.add_words(
        origin,
        id,
        0..id.len(),
        &"there is no such verdict",
        Some(hint),
        nearest(&wanted, known),
    );
    Err(mistakes)
}

/// All ids with their titles.
fn list() -> String {
    let ids = Verdict::ALL
        .iter()
        .map(|verdict| verdict.id())
        .chain(FindingId::ALL.iter().map(|finding| finding.id()));
    let room = ids.map(str::len).max().unwrap_or_default();
    let mut list = String::from("Verdicts: what one attempt comes to\n");
    for verdict in Verdict::ALL {
        let _ = writeln!(list, "  {:room$}  {}", verdict.id(), verdict.entry().title);
    }
    list.push_str("\nFindings: what several attempts say together\n");
    for finding in FindingId::ALL {
        let _ = writeln!(list, "  {:room$}  {}", finding.id(), finding.title());
    }
    list
}

/// Breaks the lines of a text.
fn wrapped(text: &str, columns: usize) -> String {
    let mut page = String::new();
    for line in text.lines() {
        // The rest of an item stands under its text, not under its mark.
        let (mut mark, text) = line.split_at(if line.starts_with("- ") { 2 } else { 0 });
        for part in wrap(text, columns.saturating_sub(mark.len())) {
            let _ = writeln!(page, "{mark}{part}");
            mark = if mark.is_empty() { "" } else { "  " };
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page() {
        insta::assert_snapshot!(page("proxy_denied", 80).unwrap());
    }

    #[test]
    fn every_page_fits() {
        for verdict in Verdict::ALL {
            let page = page(verdict.id(), 80).unwrap();
            let wide = page.lines().find(|line| line.chars().count() > 80 && line.contains("  "));
            assert_eq!(wide, None, "{verdict}");
        }
        assert!(page("direct_not_permitted", 80).unwrap().contains("no fault"));
    }

    #[test]
    fn other_spellings_and_none() {
        assert_eq!(page("Proxy-Denied", 80).unwrap(), page("proxy_denied", 80).unwrap());
        insta::assert_snapshot!(page("proxy_dennied", 80).unwrap_err().to_string());
    }

    #[test]
    fn the_list_has_them_all() {
        let list = list();
        assert!(Verdict::ALL.iter().all(|verdict| list.contains(&format!("  {} ", verdict.id()))));
    }
}
