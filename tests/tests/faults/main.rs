//! Every fault that real servers and misbehaving peers can show on this machine, and the one right verdict for each.
//!
//! A fault is a test of its own (`cargo test -p probe-tests --test faults -- squid/` runs those of squid). When all have run,
//! the matrix of faults and verdicts is printed. None may have ended in `proxy_fault` or `not_measured`: these say that
//! nobody looked closely enough.

mod bed;
mod inspectors;
mod names;
mod origins;
mod peers;
mod squid;
mod strangers;
mod tinyproxy;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use probe_tests::matrix::Matrix;
use probe_tests::tool::{Needs, is_ci, say};

use crate::bed::{Bed, Fault};

/// Most of the time these tests wait for time-outs.
const AT_THE_SAME_TIME: usize = 6;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(AT_THE_SAME_TIME));
    let bed = Arc::new(Bed::default());
    let matrix = Arc::new(Matrix::default());
    let faults = [
        squid::faults(),
        tinyproxy::faults(),
        inspectors::faults(),
        strangers::faults(),
        origins::faults(),
        names::faults(),
        peers::faults(),
    ];
    let list_only = arguments.list;
    let trials = faults.into_iter().flatten().map(|fault| trial(fault, &bed, &matrix)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if list_only {
        return ExitCode::SUCCESS;
    }
    say(&format!("\n{matrix}"));
    let unlooked = matrix.unlooked();
    for row in &unlooked {
        say(&format!("{} ended in {}: somebody has to look closer\n", row.fault, row.verdict));
    }
    // Where all faults were met, they are to show all that can be shown.
    let is_whole = conclusion.num_filtered_out == 0 && conclusion.num_ignored == 0;
    let unseen = if is_whole { matrix.unseen() } else { Vec::new() };
    for verdict in &unseen {
        say(&format!("no fault ended in {verdict}: one is missing\n"));
    }
    // Ends the servers: nothing is dropped where a process exits.
    drop(bed);
    if conclusion.has_failed() || !unlooked.is_empty() || !unseen.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn trial(fault: Fault, bed: &Arc<Bed>, matrix: &Arc<Matrix>) -> Trial {
    let (bed, matrix) = (Arc::clone(bed), Arc::clone(matrix));
    let name = fault.name;
    match fault.needs().clone() {
        Needs::Missing(why) if is_ci() => Trial::test(name, move || {
            Err(Failed::from(format!("{why} (with CI=true nothing may be skipped)")))
        }),
        Needs::Missing(why) => {
            say(&format!("SKIPPED {name}: {why}\n"));
            Trial::test(name, || Ok(())).with_ignored_flag(true)
        }
        Needs::Met => Trial::test(name, move || fault.meet(&bed, &matrix).map_err(Failed::from)),
    }
}
