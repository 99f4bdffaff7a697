//! Memory of each probe under way, of a whole run, and how a run with thousands of silent peers ends.

use std::time::Duration;

use probe_tests::pki::Pki;
use probe_tests::server::Folder;
use rustix::process::Signal;

use crate::PAIRS;
use crate::bed::{Bed, urls};
use crate::fake::{Fake, Manner};
use crate::measure::{median, memory, run, start};
use crate::program::Task;
use crate::table::Table;

/// Peers that fall silent. Each takes two open files, one on either side, and the limit is often 20,000.
const STALLED: usize = 4000;

/// So few that they cost next to nothing: what is left is the program and its list.
const FEW: usize = 100;

const KIB: f64 = 1024.0;
const MIB: f64 = 1024.0 * 1024.0;

/// Adds the figures.
pub(crate) fn measure(pki: &Pki, table: &mut Table) {
    let folder = Folder::new("bench-memory");
    for (manner, what, goal) in [
        (Manner::SilentOrigin, "memory of a probe that waits inside TLS", 16.0),
        (Manner::SilentProxy, "memory of a probe that waits for the proxy's answer", 8.0),
    ] {
        let fake = Fake::start(manner);
        let each = (0..PAIRS).map(|_| {
            let held = |parallel| held(pki, &fake, parallel, &folder);
            let (many, few) = (held(STALLED), held(FEW));
            many.saturating_sub(few) as f64 / (STALLED - FEW) as f64 / KIB
        });
        table.at_most(what, median(each), goal, " KiB");
    }
    stalled(pki, table, &folder);

    let bed = Bed::start(pki);
    let (proxy, urls) = (bed.proxy(), bed.urls(1000));
    let task = Task { proxy: &proxy, roots: &pki.service_roots, urls: &urls, parallel: 64, folder: &folder };
    let peaks = (0..PAIRS).map(|_| {
        let peak = run(&mut task.probe(pki)).peak;
        task.assert_reached();
        peak as f64 / MIB
    });
    let what = "most memory of a run of 1,000 targets, 64 at a time (resident, the program itself included)";
    table.at_most(what, median(peaks), 10.0, " MiB");
}

/// What the program holds when so many of its probes wait.
fn held(pki: &Pki, fake: &Fake, parallel: usize, folder: &Folder) -> u64 {
    let (proxy, urls) = (fake.proxy(), urls(443, STALLED));
    fake.count_anew();
    let task = Task { proxy: &proxy, roots: &pki.service_roots, urls: &urls, parallel, folder };
    let mut child = start(&mut task.probe(pki));
    fake.wait_for(parallel, &mut child);
    // The client has sent its last message; now it comes to rest.
    std::thread::sleep(Duration::from_millis(200));
    let held = memory(child.id(), "VmRSS").expect("it still runs");
    probe_tests::server::interrupt(&child, Signal::KILL);
    child.wait().expect("a child can be waited for");
    held
}

/// All peers are silent: the run is to end when the time of its attempts does.
fn stalled(pki: &Pki, table: &mut Table, folder: &Folder) {
    let fake = Fake::start(Manner::SilentOrigin);
    let (proxy, urls) = (fake.proxy(), urls(443, STALLED));
    let roots = &pki.service_roots;
    let task = Task { proxy: &proxy, roots, urls: &urls, parallel: STALLED, folder };
    let times = (0..PAIRS).map(|_| {
        fake.count_anew();
        let begin = std::time::Instant::now();
        let mut child = start(&mut task.probe_with_time(pki, "2.5"));
        child.wait().expect("a child can be waited for");
        let wall = begin.elapsed().as_secs_f64();
        assert_eq!(fake.count(), STALLED, "not every peer was reached before the end");
        wall
    });
    let what = format!("{STALLED} stalled peers with a time-out of 2.5 s: the whole run");
    table.at_most(what, median(times), 2.7, " s");
}
