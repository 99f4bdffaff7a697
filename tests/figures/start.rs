//! A run of one target: what starting costs.

use probe_tests::pki::Pki;
use probe_tests::server::Folder;

use crate::PAIRS;
use crate::bed::Bed;
use crate::measure::{Used, median, ratio, run};
use crate::program::{Task, bundle};
use crate::table::Table;

/// Runs of each program for one value: one alone is over in milliseconds.
const RUNS: usize = 20;

/// Adds the figures.
pub(crate) fn measure(pki: &Pki, table: &mut Table) {
    let folder = Folder::new("bench-start");
    let bundle = match bundle(pki, &folder) {
        Ok(bundle) => bundle,
        Err(why) => return table.note(format!("SKIPPED: start-up: {why}")),
    };
    let bed = Bed::start(pki);
    let (proxy, urls) = (bed.proxy(), bed.urls(1));
    let task = Task { proxy: &proxy, roots: &bundle, urls: &urls, parallel: 1, folder: &folder };
    let mut pairs = Vec::new();
    for round in 0..=PAIRS {
        let ours: Vec<Used> = (0..RUNS).map(|_| run(&mut task.probe(pki))).collect();
        task.assert_reached();
        let theirs: Vec<Used> = (0..RUNS).map(|_| run(&mut task.curl())).collect();
        if round > 0 {
            pairs.push((ours, theirs));
        }
    }
    let cpu = |runs: &Vec<Used>| median(runs.iter().map(|used| used.cpu.as_secs_f64() * 1e3));
    let wall = |runs: &Vec<Used>| median(runs.iter().map(|used| used.wall.as_secs_f64() * 1e3));
    let what = "CPU of a run of one target, to one curl process, both with the system's bundle of roots";
    table.at_most(what, ratio(&pairs, cpu), 1.0 / 3.0, "");
    let what = "time of a run of one target, to one curl process, both with the system's bundle of roots";
    table.at_most(what, ratio(&pairs, wall), 1.0 / 3.0, "");
    let of = |value: &dyn Fn(&Vec<Used>) -> f64| {
        (median(pairs.iter().map(|pair| value(&pair.0))), median(pairs.iter().map(|pair| value(&pair.1))))
    };
    let (cpu, wall) = (of(&cpu), of(&wall));
    table.note(format!(
        "A run of one target: ours {:.1} ms of CPU and {:.1} ms of time, curl {:.1} ms and {:.1} ms.",
        cpu.0, wall.0, cpu.1, wall.1
    ));
}
