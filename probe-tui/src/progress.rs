//! Progress of long work, on standard error, where that is a terminal; nothing but notes anywhere else.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use probe_core::diagnose::Outcome;

use crate::outcome::Rank;

/// Counts, rate and time left.
const TEMPLATE: &str = "{bar:24} {pos}/{len}  {msg}  {rate}, {eta} left";

/// A bar, or nothing.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    failures: usize,
}

impl Progress {
    /// A bar for so many attempts, or nothing.
    pub fn new(attempts: usize, is_shown: bool) -> Self {
        let target =
            if is_shown { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(u64::try_from(attempts).ok(), target);
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            let rate = |state: &ProgressState, text: &mut dyn Write| {
                // Writing into text does not fail.
                let _ = write!(text, "{:.0}/s", state.per_sec());
            };
            bar.set_style(style.with_key("rate", rate));
        }
        bar.set_message("no failures");
        if is_shown {
            bar.enable_steady_tick(Duration::from_millis(250));
        }
        Self { bar, failures: 0 }
    }

    /// An attempt ended.
    pub fn add(&mut self, outcome: Outcome, rank: Rank) {
        if rank == Rank::Fallback {
            self.bar.inc_length(1);
        }
        if outcome == Outcome::Failure {
            self.failures += 1;
            self.bar.set_message(crate::outcome::plural(self.failures, "failure"));
        }
        self.bar.inc(1);
    }

    /// Says something on standard error, above the bar.
    pub fn note(&self, text: &str) {
        self.bar.suspend(|| crate::machine::complain(text));
    }

    /// The work is over; the bar goes away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}
