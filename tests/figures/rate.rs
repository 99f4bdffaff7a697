//! Probes a second through squid, beside curl's at the same number at a time.

use probe_tests::pki::Pki;
use probe_tests::server::Folder;

use crate::PAIRS;
use crate::bed::Bed;
use crate::measure::{median, ratio, run};
use crate::program::Task;
use crate::table::Table;

const TARGETS: usize = 1000;

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
    let mut pairs = widths.map(|_| Vec::new());
    for _ in 0..PAIRS {
        for (parallel, pairs) in widths.iter().zip(&mut pairs) {
            let task = task(*parallel);
            let ours = run(&mut task.probe(pki));
            task.assert_reached();
            let theirs = run(&mut task.curl());
            let rate = |wall: std::time::Duration| TARGETS as f64 / wall.as_secs_f64();
            pairs.push((rate(ours.wall), rate(theirs.wall)));
        }
    }
    let mut rates = Vec::new();
    for (parallel, pairs) in widths.iter().zip(&pairs) {
        let what = format!("probes a second, to `curl --parallel`, {parallel} at a time");
        table.at_least(what, ratio(pairs, |rate| *rate), 2.0, "");
        let of = |side: fn(&(f64, f64)) -> f64| median(pairs.iter().map(side));
        rates.push(format!("{:.0} and {:.0} at {parallel}", of(|pair| pair.0), of(|pair| pair.1)));
    }
    table.note(format!(
        "Probes a second through squid (its processor time and the origin's on the same machine), ours and curl's: {}.",
        rates.join(", ")
    ));
}
