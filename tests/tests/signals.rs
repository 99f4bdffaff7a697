//! Ctrl-C and its like: what is known by then is written, and the exit code says that it is not all.

use std::fs;
use std::time::{Duration, Instant};

use probe_tests::probe::{Probe, Run};
use probe_tests::raw::{OK, Peer};
use probe_tests::record::Records;
use probe_tests::server::Folder;
use rustix::process::Signal;

/// A run of a target that answers and one that never does, ended by this signal when the first is known.
fn interrupted(format: &str, signal: Signal) -> (Run, String) {
    let (good, silent) = (Peer::answering(OK), Peer::silent());
    let folder = Folder::new("interrupted");
    let file = folder.path().join("result");
    let running = Probe::with(["check", "--format", format, "--timeout", "60", "--path", "direct", "-o"])
        .and([file.as_os_str()])
        .and([good.url(), silent.url()])
        .start();
    let begin = Instant::now();
    let mut sent = false;
    while begin.elapsed() < Duration::from_secs(20) && !sent {
        std::thread::sleep(Duration::from_millis(20));
        // The report for people is written at the end; that both peers were met is all there is to see before it.
        let met = good.connections() > 0 && silent.connections() > 0;
        sent =
            met && (format == "human" || fs::read_to_string(&file).unwrap_or_default().contains("reachable"));
    }
    assert!(sent, "nothing was known within {:?}", begin.elapsed());
    if format == "human" {
        std::thread::sleep(Duration::from_millis(300));
    }
    let begin = Instant::now();
    running.signal(signal);
    let run = running.finish();
    assert!(begin.elapsed() < Duration::from_secs(3), "it took {:?} to end\n{run}", begin.elapsed());
    let text = fs::read_to_string(&file).unwrap_or_default();
    assert!(!text.contains("time-out"), "{text}");
    (run, text)
}

#[test]
fn an_interrupt_keeps_what_is_known() {
    let (run, text) = interrupted("jsonl", Signal::INT);
    run.expect_code(130);
    let records = Records::parse(&text);
    let types = records.types();
    assert_eq!((types.first(), types.last()), (Some(&"run"), Some(&"end")), "{text}");
    let known: Vec<_> =
        records.attempts().into_iter().filter(|attempt| attempt.outcome != "unknown").collect();
    assert_eq!(known.len(), 1, "{text}");
    assert_eq!(known[0].verdict, "reachable");
    assert!(run.errors().contains("INTERRUPTED"), "it says so\n{run}");
}

#[test]
fn so_does_a_termination() {
    let (run, text) = interrupted("csv", Signal::TERM);
    run.expect_code(143);
    assert!(text.contains("reachable"), "{text}");
}

#[test]
fn people_get_a_report_all_the_same() {
    let (run, text) = interrupted("human", Signal::INT);
    run.expect_code(130);
    assert!(text.contains("reachable"), "{text}");
    let answer = text.lines().last().unwrap_or_default();
    assert!(answer.starts_with("INTERRUPTED"), "{text}");
}
