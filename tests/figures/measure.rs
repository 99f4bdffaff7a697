//! Running a program, and what it used.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// How often the memory of a program is looked at. Its high-water mark only rises, so little is missed.
const LOOK: Duration = Duration::from_millis(4);

/// What one run of a program used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    /// Processor time of all its threads, user and system.
    pub(crate) cpu: Duration,
    /// From start to end.
    pub(crate) wall: Duration,
    /// The most memory that it held, in bytes: its resident set, programs and libraries included. 0 where it was over
    /// before anybody looked.
    pub(crate) peak: u64,
}

/// Runs a program to its end, and nothing else beside it.
///
/// # Panics
/// Where it cannot be started, or ends otherwise than well.
pub(crate) fn run(command: &mut Command) -> Used {
    let before = children();
    let begin = Instant::now();
    let mut child = start(command);
    let id = child.id();
    let is_over = AtomicBool::new(false);
    let (status, wall, peak) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak = 0;
            while !is_over.load(Ordering::Relaxed) {
                peak = memory(id, "VmHWM").unwrap_or(0).max(peak);
                std::thread::sleep(LOOK);
            }
            peak
        });
        let status = child.wait().expect("a child can be waited for");
        let wall = begin.elapsed();
        is_over.store(true, Ordering::Relaxed);
        (status, wall, watch.join().expect("looking does not panic"))
    });
    assert!(status.success(), "{command:?} ended with {status}");
    Used { cpu: children().saturating_sub(before), wall, peak }
}

/// Starts a program that shows nothing.
pub(crate) fn start(command: &mut Command) -> Child {
    let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    started.unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"))
}

/// A line of a process's status, in bytes.
pub(crate) fn memory(process: u32, line: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let value = status.lines().find_map(|each| each.strip_prefix(line)?.strip_prefix(':'))?;
    Some(value.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()? * 1024)
}

/// Processor time of all children that have been waited for. The servers have not.
fn children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("this process has a usage");
    let micros = (usage.user_time() + usage.system_time()).num_microseconds();
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// The middle one.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The median of the quotients of pairs that were measured one after the other.
pub(crate) fn ratio<T>(pairs: &[(T, T)], of: impl Fn(&T) -> f64) -> f64 {
    median(pairs.iter().map(|(ours, theirs)| of(ours) / of(theirs)))
}
