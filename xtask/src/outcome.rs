//! How a verb ended, and the table of all of them.

use std::fmt;
use std::time::Duration;

/// `Ok` with a short note for the table (may be empty), or why the verb did not pass.
pub(crate) type Outcome = Result<String, Stop>;

/// Why a verb did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Something is wrong with what was checked, or the check could not end. Further lines say what, one thing each.
    Failed(String),
    /// Nothing is known to be wrong, but not everything was checked, because `why`; `remedy` is the line that mends it.
    Skipped { why: String, remedy: String },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Grade {
    Passed,
    Failed,
    Skipped,
}

impl Grade {
    fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::Skipped => "SKIPPED",
        }
    }
}

struct Row {
    name: &'static str,
    grade: Grade,
    took: Duration,
    note: String,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, grade, took, note } = self;
        let line = format!("{name:<13}  {:<7}  {:>8}  {note}", grade.word(), seconds(*took));
        f.write_str(&line.trim_end().replace('\n', "\n    "))
    }
}

/// What happened so far. `Display` is the table and, last, the line of counts.
pub(crate) struct Summary {
    skip_is_failure: bool,
    rows: Vec<Row>,
}

impl Summary {
    /// Where `ci` is set, a skip counts as a failure: the machine that decides must have every tool.
    pub(crate) fn new(ci: bool) -> Self {
        Self { skip_is_failure: ci, rows: Vec::new() }
    }

    /// Records one verb and returns the line that says how it went.
    pub(crate) fn add(&mut self, name: &'static str, outcome: Outcome, took: Duration) -> String {
        let (grade, note) = match outcome {
            Ok(note) => (Grade::Passed, note),
            Err(Stop::Failed(why)) => (Grade::Failed, why),
            Err(Stop::Skipped { why, remedy }) if self.skip_is_failure => {
                (Grade::Failed, format!("{why}; with CI=true that is a failure\nto mend it: {remedy}"))
            }
            Err(Stop::Skipped { why, remedy }) => (Grade::Skipped, format!("{why}\nto mend it: {remedy}")),
        };
        let row = Row { name, grade, took, note };
        let line = row.to_string();
        self.rows.push(row);
        line
    }

    /// Whether nothing failed.
    pub(crate) fn good(&self) -> bool {
        self.count(Grade::Failed) == 0
    }

    fn count(&self, grade: Grade) -> usize {
        self.rows.iter().filter(|row| row.grade == grade).count()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            writeln!(f, "{row}")?;
        }
        let total: Duration = self.rows.iter().map(|row| row.took).sum();
        writeln!(f, "{:<13}  {:<7}  {:>8}", "all", "", seconds(total))?;
        let (passed, failed, skipped) =
            (self.count(Grade::Passed), self.count(Grade::Failed), self.count(Grade::Skipped));
        write!(f, "xtask: {passed} passed, {failed} failed, {skipped} skipped")
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_millis(1_040);

    fn skip() -> Outcome {
        Err(Stop::Skipped { why: "qemu is not here".into(), remedy: "apt-get install qemu".into() })
    }

    #[test]
    fn the_table_ends_in_the_line_of_counts() {
        let mut summary = Summary::new(false);
        summary.add("fmt", Ok(String::new()), SECOND);
        summary.add("clippy", Err(Stop::Failed("2 of 7 commands failed\n`a`\n`b`".into())), SECOND);
        summary.add("vectors", skip(), SECOND);
        assert_eq!(
            summary.to_string(),
            "fmt            passed      1.0 s\n\
             clippy         FAILED      1.0 s  2 of 7 commands failed\n    `a`\n    `b`\n\
             vectors        SKIPPED     1.0 s  qemu is not here\n    to mend it: apt-get install qemu\n\
             all                        3.1 s\n\
             xtask: 1 passed, 1 failed, 1 skipped"
        );
        assert!(!summary.good());
    }

    #[test]
    fn a_skip_is_good_enough_here_but_not_where_ci_is_set() {
        for (ci, counts) in
            [(false, "1 passed, 0 failed, 1 skipped"), (true, "1 passed, 1 failed, 0 skipped")]
        {
            let mut summary = Summary::new(ci);
            summary.add("fmt", Ok(String::new()), SECOND);
            let line = summary.add("vectors", skip(), SECOND);
            assert!(line.contains("apt-get install qemu"), "{line}");
            assert!(summary.to_string().ends_with(counts), "{summary}");
            assert_eq!(summary.good(), !ci);
        }
    }
}
