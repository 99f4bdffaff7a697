//! Probes a second through squid, beside curl's at the same number at a time.
//!
//! One at a time, nobody works while the others do: on a machine that has nothing else to do, the cores fall asleep in between, and
//! how long they take to wake is most of what is measured. So that is measured once more on cores that are kept awake by
//! other work, as those of a server are.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{available_parallelism, scope};

use probe_tests::pki::Pki;
use probe_tests::server::Folder;

use crate::PAIRS;
use crate::bed::Bed;
use crate::measure::{median, ratio, run};
use crate::program::Task;
use crate::table::Table;

const TARGETS: usize = 1000;

/// So many pairs on busy cores, where one differs much from the next: whose turn it is, is a matter of luck.
const BUSY_PAIRS: usize = 3 * PAIRS;

/// Adds the figures.
pub(crate) fn measure(pki: &Pki, table: &mut Table) {
    let bed = Bed::start(pki);
    let proxy = bed.proxy();
    let folder = Folder::new("bench-rate");
    let urls = bed.urls(TARGETS);
    let widths = [1, 16, 64, 256];
    let task =
        |parallel| Task { proxy: &proxy, roots: &pki.service_roots, urls: &urls, parallel, folder: &folder };
    // Not counted: caches and squid's memory fill.
    run(&mut task(64).probe(pki));
    let pair = |parallel| {
        let task = task(parallel);
        let ours = run(&mut task.probe(pki));
        task.assert_reached();
        let theirs = run(&mut task.curl());
        let rate = |wall: std::time::Duration| TARGETS as f64 / wall.as_secs_f64();
        (rate(ours.wall), rate(theirs.wall))
    };
    let mut pairs = widths.map(|_| Vec::new());
    for _ in 0..PAIRS {
        for (parallel, pairs) in widths.iter().zip(&mut pairs) {
            pairs.push(pair(*parallel));
        }
    }
    let busy: Vec<_> = (0..BUSY_PAIRS).map(|_| on_busy_cores(|| pair(1))).collect();
    let mut rates = Vec::new();
    let mut add = |what: String, short: String, pairs: &[(f64, f64)]| {
        table.at_least(what, ratio(pairs, |rate| *rate), 2.0, "");
        let of = |side: fn(&(f64, f64)) -> f64| median(pairs.iter().map(side));
        rates.push(format!("{:.0} and {:.0} at {short}", of(|pair| pair.0), of(|pair| pair.1)));
    };
    for (parallel, pairs) in widths.iter().zip(&pairs) {
        let what = format!("probes a second, to `curl --parallel`, {parallel} at a time");
        if *parallel == 1 {
            add(format!("{what}, on cores that other work keeps awake"), "1 on busy cores".into(), &busy);
        }
        add(what, parallel.to_string(), pairs);
    }
    table.note(format!(
        "Probes a second through squid (its processor time and the origin's on the same machine), ours and curl's: {}.",
        rates.join(", ")
    ));
}

/// Runs something while as many threads as there are cores compute.
fn on_busy_cores<T>(run: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    let cores = available_parallelism().map_or(1, usize::from);
    scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let result = run();
        is_over.store(true, Ordering::Relaxed);
        result
    })
}
