//! Each fuzz target for a few seconds: enough to see that it builds, that the kept corpus still passes, and to find what is
//! shallow. Longer runs are started by hand; CONTRIBUTING says how.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::Mutex;

use crate::outcome::{Outcome, Stop};
use crate::repository::{Job, Repository, run_all};

/// Per target.
const SECONDS: u32 = 10;

/// The same for parsers of settings: there are many, each is small, and its seeds nearly cover it.
const SECONDS_OF_SETTINGS: u32 = 2;

/// An input that needs longer than this, or more memory, is a finding: nothing from outside may cost that much.
const SLOWEST_INPUT_SECONDS: u32 = 5;
const MOST_MEMORY_MB: u32 = 1024;

pub(crate) fn fuzz(repository: &Repository) -> Outcome {
    if !repository.has_nightly() {
        return Err(Stop::Skipped {
            why: "fuzzing needs a nightly toolchain".into(),
            remedy: "rustup toolchain install nightly --profile minimal && cargo xtask setup".into(),
        });
    }
    repository.need("cargo-fuzz")?;
    let listed = repository.cargo("+nightly fuzz list --fuzz-dir tests/fuzz").answer();
    let targets: Vec<String> = listed.unwrap_or_default().split_whitespace().map(String::from).collect();
    if targets.is_empty() {
        return Err(Stop::Failed("`cargo fuzz list` names no target in tests/fuzz".into()));
    }
    run_all(vec![repository.cargo("+nightly fuzz build --fuzz-dir tests/fuzz")])?;
    let mut jobs = Vec::new();
    for target in &targets {
        // New inputs are written into the first folder: the kept corpus grows by decision, not by running the checks.
        let found = repository.target.join("fuzz-corpus").join(target);
        std::fs::create_dir_all(&found)
            .map_err(|error| Stop::Failed(format!("{} cannot be made: {error}", found.display())))?;
        let mut job =
            repository.cargo(&format!("+nightly fuzz run --fuzz-dir tests/fuzz {target}")).arg(found);
        let kept = format!("tests/fuzz/corpus/{target}");
        if repository.root.join(&kept).is_dir() {
            job = job.arg(kept);
        }
        jobs.push(
            job.arg("--")
                .arg(format!("-max_total_time={}", seconds(target)))
                .arg(format!("-timeout={SLOWEST_INPUT_SECONDS}"))
                .arg(format!("-rss_limit_mb={MOST_MEMORY_MB}"))
                .arg("-verbosity=0"),
        );
    }
    run_side_by_side(jobs)?;
    let settings = targets.iter().filter(|target| seconds(target) != SECONDS).count();
    Ok(format!(
        "{} targets, {SECONDS} s each, and {settings} parsers of settings, {SECONDS_OF_SETTINGS} s each",
        targets.len() - settings
    ))
}

fn seconds(target: &str) -> u32 {
    if target.starts_with("settings_") { SECONDS_OF_SETTINGS } else { SECONDS }
}

/// Runs one job on each core, since a target has no use for more, and fails with all that failed.
fn run_side_by_side(jobs: Vec<Job>) -> Result<(), Stop> {
    let count = jobs.len();
    let lanes = std::thread::available_parallelism().map_or(1, NonZero::get).min(count);
    let waiting = Mutex::new(VecDeque::from(jobs));
    let next = || waiting.lock().ok()?.pop_front();
    let lane = || std::iter::from_fn(next).filter_map(|job| job.run().err()).collect::<Vec<String>>();
    let faults: Vec<String> = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().filter_map(|lane| lane.join().ok()).flatten().collect()
    });
    if faults.is_empty() {
        return Ok(());
    }
    Err(Stop::Failed(format!("{} of {count} commands failed\n{}", faults.len(), faults.join("\n"))))
}
