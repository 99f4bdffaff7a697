//! The table of all faults and what was said of them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::contract::verdicts;

/// One fault, and the verdict that it got.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// `server/what is wrong`.
    pub fault: String,
    /// The verdict; empty where the run gave none.
    pub verdict: String,
    /// Its stage.
    pub stage: String,
    /// Its speaker.
    pub speaker: String,
    /// Whether it is what it should be.
    pub right: bool,
}

/// Collects rows from tests that run at the same time.
#[derive(Debug, Default)]
pub struct Matrix(Mutex<Vec<Row>>);

/// Verdicts that say that nobody looked closely enough.
const UNLOOKED: [&str; 2] = ["proxy_fault", "not_measured"];

impl Matrix {
    /// Adds a row.
    pub fn add(&self, row: Row) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(row);
    }

    /// Faults that ended in a verdict for want of looking.
    pub fn unlooked(&self) -> Vec<Row> {
        self.rows().into_iter().filter(|row| UNLOOKED.contains(&row.verdict.as_str())).collect()
    }

    /// Verdicts of the contract that no fault ended in.
    pub fn unseen(&self) -> Vec<&'static str> {
        let rows = self.rows();
        verdicts().filter(|id| rows.iter().all(|row| row.verdict != *id)).collect()
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        rows.sort();
        rows
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        let width = rows.iter().map(|row| row.fault.chars().count()).max().unwrap_or(0);
        writeln!(f, "{:width$}  {:32} {:14} speaker", "fault", "verdict", "stage")?;
        let mut verdicts = BTreeMap::<&str, usize>::new();
        for row in &rows {
            let mark = if row.right { "" } else { "  WRONG" };
            let verdict = if row.verdict.is_empty() { "(none)" } else { &row.verdict };
            writeln!(f, "{:width$}  {verdict:32} {:14} {}{mark}", row.fault, row.stage, row.speaker)?;
            *verdicts.entry(verdict).or_default() += 1;
        }
        writeln!(f, "{} faults, {} verdicts", rows.len(), verdicts.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(fault: &str, verdict: &str) -> Row {
        let text = String::from;
        Row {
            fault: text(fault),
            verdict: text(verdict),
            stage: text("tls"),
            speaker: text("nobody"),
            right: true,
        }
    }

    #[test]
    fn it_counts_and_finds_what_was_not_looked_at() {
        let matrix = Matrix::default();
        matrix.add(row("b", "tls_silent"));
        matrix.add(row("a", "proxy_fault"));
        let text = matrix.to_string();
        assert!(text.ends_with("2 faults, 2 verdicts\n"), "{text}");
        assert!(text.find("proxy_fault") < text.find("tls_silent"), "rows are sorted by fault: {text}");
        assert_eq!(matrix.unlooked(), [row("a", "proxy_fault")]);
        let unseen = matrix.unseen();
        assert!(unseen.contains(&"tls_stalled") && !unseen.contains(&"tls_silent"), "{unseen:?}");
    }
}
