//! The table that is printed.

use std::fmt;
use std::fs;
use std::process::Command;

use probe_tests::tool::{CURL, NGINX, SQUID};

/// One figure.
struct Row {
    what: String,
    measured: String,
    goal: String,
    met: bool,
}

/// All figures of a run, and what was left out.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Table {
    /// Adds a figure that is to be at most so much; `unit` stands behind both numbers.
    pub(crate) fn at_most(&mut self, what: impl Into<String>, measured: f64, goal: f64, unit: &str) {
        self.add(what.into(), measured, ("at most", goal), unit, measured <= goal);
    }

    /// Adds a figure that is to be at least so much.
    pub(crate) fn at_least(&mut self, what: impl Into<String>, measured: f64, goal: f64, unit: &str) {
        self.add(what.into(), measured, ("at least", goal), unit, measured >= goal);
    }

    fn add(&mut self, what: String, measured: f64, (bound, goal): (&str, f64), unit: &str, met: bool) {
        let row = Row {
            what,
            measured: format!("{}{unit}", number(measured)),
            goal: format!("{bound} {}{unit}", number(goal)),
            met,
        };
        eprintln!("  {}: {} ({}): {}", row.what, row.measured, row.goal, row.verdict());
        self.rows.push(row);
    }

    /// Adds a sentence below the table: the numbers behind the ratios, or what was left out.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        eprintln!("  {note}");
        self.notes.push(note);
    }
}

impl Row {
    fn verdict(&self) -> &'static str {
        if self.met { "met" } else { "NOT MET" }
    }
}

/// Three digits that count, and no more.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        0.0..0.1 => 4,
        0.1..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = jiff::Timestamp::now().to_string();
        writeln!(f, "Measured on {}: {}.\n", date.get(..10).unwrap_or(&date), machine())?;
        writeln!(f, "| figure | measured | goal | |\n|---|---|---|---|")?;
        for row in &self.rows {
            writeln!(f, "| {} | {} | {} | {} |", row.what, row.measured, row.goal, row.verdict())?;
        }
        if !self.notes.is_empty() {
            writeln!(f)?;
        }
        for note in &self.notes {
            writeln!(f, "- {note}")?;
        }
        Ok(())
    }
}

/// The machine, and the versions of what else took part.
fn machine() -> String {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split(':').nth(1));
    let model = model.unwrap_or("processor of an unknown name").trim();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let version = |program, option| {
        let output = Command::new(program).arg(option).output().ok();
        let said = output.map(|output| [output.stdout, output.stderr].concat()).unwrap_or_default();
        let text = String::from_utf8_lossy(&said).into_owned();
        let digits =
            |word: &&str| word.starts_with(|first: char| first.is_ascii_digit()) && word.contains('.');
        text.split([' ', '/', '\n']).find(digits).unwrap_or("unknown").to_owned()
    };
    format!(
        "{processors} × {model}, load {load} at the end; curl {}, squid {}, nginx {}",
        version(CURL.path(), "--version"),
        version(SQUID.path(), "-v"),
        version(NGINX.path(), "-v")
    )
}
