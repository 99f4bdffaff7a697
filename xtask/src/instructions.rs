//! Counts the instructions of the core's work, and holds them against what was written down.
//!
//! A count says more than a time: it is the same on a busy machine. Each scenario runs twice under callgrind, with different
//! numbers of rounds; the difference is the work alone. The record belongs to the pinned compiler: whoever changes either
//! changes both in one commit.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::outcome::{Outcome, Stop};
use crate::repository::Repository;

/// The counts, by scenario.
const RECORD: &str = "tests/instructions/counts.toml";

const HEADER: &str = "\
# Instructions of one round of each scenario of tests/instructions, counted by callgrind on x86-64.
# `cargo xtask instructions` fails where one grows by more than 3 %; `cargo xtask instructions --record` writes this file.
";

/// The counts are of this machine language.
const ARCHITECTURE: &str = "x86_64";

/// What a count may grow by, in percent.
const GROWTH: u64 = 3;

/// The two numbers of rounds. As many digits, so that all else is the same.
const ROUNDS: [u64; 2] = [100, 300];

/// One run takes a second or two.
const LIMIT: Duration = Duration::from_mins(2);

type Counts = BTreeMap<String, u64>;

pub(crate) fn instructions(repository: &Repository, words: &[&str]) -> Outcome {
    if std::env::consts::ARCH != ARCHITECTURE {
        return Err(Stop::Skipped {
            why: format!("the counts are those of {ARCHITECTURE}, and this is {}", std::env::consts::ARCH),
            remedy: "run it there".into(),
        });
    }
    repository.need("valgrind")?;
    let counted = count(repository)?;
    let path = repository.root.join(RECORD);
    if words.contains(&"--record") {
        std::fs::write(&path, written(&counted))
            .map_err(|error| Stop::Failed(format!("{RECORD} cannot be written: {error}")))?;
        return Ok(format!("{} counts written to {RECORD}", counted.len()));
    }
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Stop::Failed(format!("{RECORD} cannot be read: {error}\n{REMEDY}")))?;
    let recorded = read(&text).map_err(|why| Stop::Failed(format!("{RECORD}: {why}\n{REMEDY}")))?;
    let Compared { faults, hints } = compare(&recorded, &counted);
    for hint in &hints {
        println!("{hint}");
    }
    if !faults.is_empty() {
        return Err(Stop::Failed(format!("{}\n{REMEDY}", faults.join("\n"))));
    }
    let shrunk = if hints.is_empty() { String::new() } else { format!("; {}", hints.join("; ")) };
    Ok(format!("{} counts within {GROWTH} %{shrunk}", counted.len()))
}

const REMEDY: &str = "where it has to be: `cargo xtask instructions --record`, and commit the record with the change; \
                      `callgrind_annotate` shows where instructions go";

/// Builds the program, and counts a round of each of its scenarios.
fn count(repository: &Repository) -> Result<Counts, Stop> {
    repository
        .cargo("build -q -p probe-instructions --profile instructions")
        // Nothing of the user's may change what is counted.
        .env("RUSTFLAGS", "")
        .run()
        .map_err(Stop::Failed)?;
    let program = repository.target.join("instructions").join("probe-instructions");
    let program = program.to_string_lossy();
    let listed = repository.job(&program, &[]).answer().unwrap_or_default();
    let mut counts = Counts::new();
    for scenario in listed.split_whitespace() {
        let [few, many] = ROUNDS.map(|rounds| collected(repository, &program, scenario, rounds));
        let count = many?.saturating_sub(few?) / (ROUNDS[1] - ROUNDS[0]);
        println!("{scenario}: {count}");
        counts.insert(scenario.to_owned(), count);
    }
    if counts.is_empty() {
        return Err(Stop::Failed("the program names no scenario".into()));
    }
    Ok(counts)
}

fn collected(repository: &Repository, program: &str, scenario: &str, rounds: u64) -> Result<u64, Stop> {
    let out = repository.target.join("callgrind.out");
    let said = repository
        .job("valgrind", &["--tool=callgrind"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .arg(scenario)
        .arg(rounds.to_string())
        .capture(LIMIT);
    let count = said.stderr.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    match (said.fault, count) {
        (None, Some(count)) => Ok(count),
        (fault, _) => Err(Stop::Failed(format!(
            "{}\n{}{}",
            fault.unwrap_or_else(|| "callgrind does not say what it collected".into()),
            said.stdout,
            said.stderr
        ))),
    }
}

fn written(counts: &Counts) -> String {
    let mut text = HEADER.to_owned();
    for (scenario, count) in counts {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{scenario} = {count}");
    }
    text
}

fn read(text: &str) -> Result<Counts, String> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| {
            let pair = line
                .split_once('=')
                .and_then(|(name, count)| Some((name.trim().to_owned(), count.trim().parse().ok()?)));
            pair.ok_or_else(|| format!("line {number} is not `scenario = count`"))
        })
        .collect()
}

/// What differs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Compared {
    faults: Vec<String>,
    hints: Vec<String>,
}

fn compare(recorded: &Counts, counted: &Counts) -> Compared {
    let mut compared = Compared::default();
    for (scenario, count) in counted {
        let Some(before) = recorded.get(scenario) else {
            compared.faults.push(format!("{scenario} is not in the record"));
            continue;
        };
        // In thousandths, rounded away from zero by the comparison on whole products below.
        let change = |more: u64, less: u64| {
            let thousandths = (more - less) * 1000 / (*before).max(1);
            format!("{}.{} %", thousandths / 10, thousandths % 10)
        };
        if *count * 100 > *before * (100 + GROWTH) {
            let by = change(*count, *before);
            compared.faults.push(format!("{scenario} grew by {by}: {before} instructions, now {count}"));
        } else if *count * 100 < *before * (100 - GROWTH) {
            let by = change(*before, *count);
            compared
                .hints
                .push(format!("{scenario} shrank by {by}: {before} instructions, now {count}; record it"));
        }
    }
    for scenario in recorded.keys().filter(|scenario| !counted.contains_key(*scenario)) {
        compared.faults.push(format!("{scenario} is in the record, and there is no such scenario any more"));
    }
    compared
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, u64)]) -> Counts {
        pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let some = counts(&[("head", 1200), ("connect", 7)]);
        assert_eq!(read(&written(&some)), Ok(some));
        assert!(read("head 12\n").unwrap_err().contains("line 1"));
        assert!(read("# x\nhead = many\n").unwrap_err().contains("line 2"));
    }

    #[test]
    fn three_percent_more_is_allowed_and_not_a_bit_over_it() {
        let before = counts(&[("head", 1000)]);
        assert_eq!(compare(&before, &counts(&[("head", 1030)])), Compared::default());
        assert_eq!(compare(&before, &counts(&[("head", 970)])), Compared::default());
        let grown = compare(&before, &counts(&[("head", 1031)]));
        assert_eq!(grown.faults, ["head grew by 3.1 %: 1000 instructions, now 1031"]);
        assert!(grown.hints.is_empty());
    }

    #[test]
    fn what_shrank_is_a_hint_and_no_fault() {
        let shrunk = compare(&counts(&[("head", 1000)]), &counts(&[("head", 500)]));
        assert!(shrunk.faults.is_empty());
        assert!(shrunk.hints[0].contains("head shrank by 50.0 %"), "{shrunk:?}");
    }

    #[test]
    fn record_and_scenarios_name_the_same() {
        let compared = compare(&counts(&[("old", 1)]), &counts(&[("new", 1)]));
        assert_eq!(compared.faults.len(), 2, "{compared:?}");
    }
}
