//! Processor time of the client for each probe, through squid to nginx.

use probe_tests::pki::Pki;
use probe_tests::server::Folder;

use crate::bed::Bed;
use crate::measure::{Used, median, ratio, run};
use crate::program::{Task, build_go, bundle};
use crate::table::Table;
use crate::{PAIRS, handshake};

/// Targets of one run.
const TARGETS: usize = 1000;

/// Targets for curl with all public roots: each costs it twenty milliseconds.
const FEW_TARGETS: usize = 200;

const PARALLEL: usize = 64;

/// Adds the figures.
pub(crate) fn measure(pki: &Pki, table: &mut Table) {
    let bed = Bed::start(pki);
    let proxy = bed.proxy();
    let folder = Folder::new("bench-cpu");
    let urls = bed.urls(TARGETS);
    let task =
        Task { proxy: &proxy, roots: &pki.service_roots, urls: &urls, parallel: PARALLEL, folder: &folder };
    let rival = build_go(&folder);
    let bundle = bundle(pki, &folder);
    let few = &urls[..FEW_TARGETS];

    let micros = |used: Used, targets: usize| used.cpu.as_secs_f64() * 1e6 / targets as f64;
    let (mut curl, mut go, mut all_roots, mut bare) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    // The first run of everything is not counted: caches and squid's memory fill.
    for round in 0..=PAIRS {
        let ours = micros(run(&mut task.probe(pki)), TARGETS);
        task.assert_reached();
        let theirs = micros(run(&mut task.curl()), TARGETS);
        let in_go = rival.as_ref().map(|program| micros(run(&mut task.go(program)), TARGETS));
        let shaking = handshake::client(pki).as_secs_f64() * 1e6;
        let loading = bundle.as_ref().map(|bundle| {
            let task = Task { roots: bundle, ..Task { proxy: &proxy, folder: &folder, urls: &urls, ..task } };
            let ours = micros(run(&mut task.probe(pki)), TARGETS);
            let task = Task { urls: few, ..task };
            (ours, micros(run(&mut task.curl()), FEW_TARGETS))
        });
        if round > 0 {
            curl.push((ours, theirs));
            go.extend(in_go.map(|theirs| (ours, theirs)));
            all_roots.extend(loading);
            bare.push((ours, shaking));
        }
    }

    let of = |pairs: &[(f64, f64)]| ratio(pairs, |value| *value);
    table.at_most("CPU per probe, to `curl --parallel` with one root", of(&curl), 0.30, "");
    match &rival {
        Ok(_) => table.at_most("CPU per probe, to Go's net/http with one root", of(&go), 0.65, ""),
        Err(why) => table.note(format!("SKIPPED: Go's net/http: {why}")),
    }
    match &bundle {
        Ok(_) => {
            let what = "CPU per probe, to `curl --parallel` with the system's bundle of roots";
            table.at_most(what, of(&all_roots), 1.0 / 50.0, "");
        }
        Err(why) => table.note(format!("SKIPPED: the system's bundle of roots: {why}")),
    }
    table.at_most("CPU per probe, to the bare rustls handshake in memory", of(&bare), 1.7, "");
    let medians = |pairs: &[(f64, f64)]| {
        let (ours, theirs): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
        (median(ours), median(theirs))
    };
    table.note(format!(
        "CPU of the client for each probe, {TARGETS} targets with as many names, {PARALLEL} at a time: ours {:.0} µs \
         ({:.0} µs with the bundle), curl {:.0} µs ({:.0} µs with the bundle), Go {:.0} µs, bare handshake {:.0} µs.",
        medians(&curl).0,
        medians(&all_roots).0,
        medians(&curl).1,
        medians(&all_roots).1,
        medians(&go).1,
        medians(&bare).1
    ));
}
