//! What ten times as many targets cost each target.

use probe_tests::pki::Pki;
use probe_tests::server::Folder;

use crate::PAIRS;
use crate::bed::urls;
use crate::fake::{Fake, Manner};
use crate::measure::{Used, median, ratio, run};
use crate::program::Task;
use crate::table::Table;

const FEW: usize = 10_000;
const MANY: usize = 100_000;

/// Adds the figures.
pub(crate) fn measure(pki: &Pki, table: &mut Table) {
    let fake = Fake::start(Manner::answering(pki));
    let proxy = fake.proxy();
    let folder = Folder::new("bench-growth");
    let probe = |count| {
        let urls = urls(8443, count);
        let roots = &pki.service_roots;
        let task = Task { proxy: &proxy, roots, urls: &urls, parallel: 64, folder: &folder };
        let used = run(&mut task.probe(pki));
        task.assert_reached();
        (used, count)
    };
    probe(1000);
    let mut pairs: Vec<((Used, usize), (Used, usize))> = Vec::new();
    for _ in 0..PAIRS {
        pairs.push((probe(MANY), probe(FEW)));
    }
    let each = |(used, count): &(Used, usize)| used.cpu.as_secs_f64() * 1e6 / *count as f64;
    table.at_most("CPU per probe of 100,000 targets, to that of 10,000", ratio(&pairs, each), 1.05, "");
    let bytes = pairs
        .iter()
        .map(|((many, _), (few, _))| many.peak.saturating_sub(few.peak) as f64 / (MANY - FEW) as f64);
    let what = "memory of each further target, its line included, from 10,000 to 100,000";
    table.at_most(what, median(bytes), 128.0, " B");
    let of = |value: fn(&(Used, usize)) -> f64| {
        (median(pairs.iter().map(|pair| value(&pair.0))), median(pairs.iter().map(|pair| value(&pair.1))))
    };
    let peak = of(|(used, _)| used.peak as f64 / 1024.0 / 1024.0);
    let wall = of(|(used, count)| *count as f64 / used.wall.as_secs_f64());
    table.note(format!(
        "100,000 targets and 10,000, against a proxy and origin in one process on the other core: {:.1} and {:.1} MiB at \
         most, {:.0} and {:.0} probes a second.",
        peak.0, peak.1, wall.0, wall.1
    ));
}
