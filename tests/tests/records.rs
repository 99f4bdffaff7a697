//! What a run writes: JSON Lines, CSV, the report for people, and where.

use std::collections::HashMap;
use std::fs;

use probe_tests::port;
use probe_tests::probe::Probe;
use probe_tests::raw::{OK, Peer};
use probe_tests::record::Records;
use probe_tests::server::Folder;

/// A good target and one that is refused.
fn targets() -> (Peer, [String; 2]) {
    let peer = Peer::answering(OK);
    let good = peer.url();
    (peer, [good, format!("http://127.0.0.1:{}/", port::free())])
}

#[test]
fn json_lines_begin_with_the_run_and_end_with_the_end() {
    let (_peer, targets) = targets();
    let run = Probe::check().and(["--path", "direct", "--vantage", "branch 7"]).and(&targets).run();
    run.expect_code(1);
    let records = run.records();
    let types = records.types();
    assert_eq!((types.first(), types.last()), (Some(&"run"), Some(&"end")), "{run}");
    assert_eq!(
        types.iter().filter(|kind| **kind == "attempt").count(),
        2,
        "one for each URL and path\n{run}"
    );
    let begin = records.of_type("run").next().unwrap();
    assert_eq!(begin["vantage"], "branch 7");
    assert!(begin["addresses"].is_array(), "local addresses are missing: {begin}");
    for attempt in records.attempts() {
        assert_eq!((attempt.v, attempt.path.as_str(), attempt.required), (1, "direct", true));
        assert!(attempt.endpoint.is_none() && attempt.proxy.is_none() && attempt.proxy_status.is_none());
        assert!(attempt.tls.is_none(), "plain http has no TLS");
        let good = attempt.url == targets[0];
        assert_eq!(attempt.verdict, if good { "reachable" } else { "connect_refused" });
        assert_eq!(attempt.http_status, good.then_some(200));
        assert_eq!(
            attempt.timing_ms.contains_key("http"),
            good,
            "only stages that happened: {:?}",
            attempt.timing_ms
        );
        assert!(attempt.timing_ms.contains_key("connect") && !attempt.timing_ms.contains_key("tls"));
        assert!(!attempt.timing_ms.contains_key("resolve"), "an address needs no resolving");
        assert!(!attempt.evidence.is_empty() && (good || !attempt.remedy.is_empty()), "{attempt:?}");
    }
}

#[test]
fn one_attempt_for_each_url_and_path() {
    let (peer, targets) = targets();
    let proxy = format!("http://{}", peer.address());
    let run = Probe::check().and(["--path", "direct,cli,wpad", "-x", &proxy]).and(&targets).run();
    let mut seen = HashMap::new();
    for attempt in run.records().attempts() {
        assert!(seen.insert((attempt.url.clone(), attempt.path.clone()), attempt.verdict).is_none(), "{run}");
    }
    assert_eq!(seen.len(), 6, "{run}");
    for url in &targets {
        assert_eq!(seen[&(url.clone(), "cli".into())], "reachable", "the peer answers for everybody\n{run}");
        assert_eq!(seen[&(url.clone(), "wpad".into())], "not_configured", "{run}");
    }
}

#[test]
fn one_cause_is_found_where_many_share_it() {
    let proxy =
        Peer::answering("HTTP/1.1 403 No\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\nContent-Length: 0\r\n\r\n");
    let hosts: Vec<String> = (0..5).map(|number| format!("https://host{number}.test/")).collect();
    let run = Probe::check().through(&format!("http://{}", proxy.address())).and(&hosts).run();
    run.expect_code(1);
    let records = run.records();
    let causes: Vec<_> =
        records.of_type("finding").filter(|finding| finding.to_string().contains("one_cause")).collect();
    assert_eq!(causes.len(), 1, "{run}");
    for host in &hosts {
        assert!(causes[0].to_string().contains(host.as_str()), "{host} is missing in {}", causes[0]);
    }
}

#[test]
fn csv_is_a_header_and_a_row_for_each_attempt() {
    let (_peer, targets) = targets();
    let run = Probe::with(["check", "--format", "csv", "--path", "direct"]).and(&targets).run();
    run.expect_code(1);
    // The reader refuses rows of another length than the header's.
    let mut reader = csv::Reader::from_reader(run.stdout.as_slice());
    let header = reader.headers().unwrap().clone();
    let at = |column: &str| {
        header.iter().position(|name| name == column).unwrap_or_else(|| panic!("no {column}\n{run}"))
    };
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2, "{run}");
    for row in &rows {
        let good = row[at("url")] == targets[0];
        assert_eq!(&row[at("verdict")], if good { "reachable" } else { "connect_refused" });
        assert_eq!(&row[at("http_status")], if good { "200" } else { "" });
        for column in ["outcome", "stage", "speaker", "owner", "path", "evidence", "ts"] {
            assert!(!row[at(column)].is_empty(), "{column} is empty\n{run}");
        }
        assert!(
            row.iter().all(|field| !field.starts_with(['=', '+', '-', '@'])),
            "a spreadsheet would calculate\n{run}"
        );
    }
}

#[test]
fn the_result_goes_to_a_file_on_request() {
    let (_peer, targets) = targets();
    let folder = Folder::new("result");
    let file = folder.write("result", "what was here before, and is longer than nothing\n".repeat(500));
    for format in ["jsonl", "csv", "human"] {
        let run =
            Probe::with(["check", "--format", format, "--path", "direct", "-o", &file.display().to_string()])
                .and(&targets)
                .run();
        run.expect_code(1);
        assert!(run.stdout.is_empty(), "{run}");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("connect_refused") && !text.contains("before"), "{text}");
        if format == "jsonl" {
            assert_eq!(Records::parse(&text).attempts().len(), 2);
        }
    }
}

#[test]
fn people_get_causes_first_and_the_answer_last() {
    let (_peer, targets) = targets();
    let run = Probe::with(["check", "--path", "direct"]).and(&targets).run();
    run.expect_code(1);
    let text = run.text();
    let answer = text.lines().last().unwrap_or_default();
    assert!(answer.starts_with("NOT READY") && answer.ends_with('.'), "{run}");
    assert!(answer.contains("1 of 2"), "{run}");
    let (cause, row) = (text.find("connect_refused"), text.find("reachable"));
    assert!(cause.is_some() && cause < row, "causes stand first\n{run}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{run}");
    assert!(!text.contains('\u{1b}'), "no colours in a pipe\n{run}");
    assert!(run.stderr.is_empty(), "no progress where nobody looks\n{run}");
    let run = Probe::with(["check", "--path", "direct", &targets[0]]).run();
    run.expect_code(0);
    assert!(run.text().lines().last().unwrap_or_default().starts_with("READY"), "{run}");
}

#[test]
fn colours_only_where_they_are_wanted() {
    let (_peer, targets) = targets();
    let coloured = |arguments: &[&str], variables: &[(&str, &str)]| {
        let probe = Probe::with(["check", "--path", "direct"]).and(arguments).and(&targets);
        let run = variables.iter().fold(probe, |probe, (name, value)| probe.setting(name, value)).run();
        let text = run.text();
        // Whatever stands behind an escape must be a colour, and nothing that moves the cursor.
        for part in text.split('\u{1b}').skip(1) {
            let end = part
                .find(|character: char| !matches!(character, '[' | ';' | '0'..='9'))
                .unwrap_or(part.len());
            assert!(part[end..].starts_with('m'), "{run}");
        }
        text.contains('\u{1b}')
    };
    assert!(!coloured(&[], &[]));
    assert!(coloured(&["--color", "always"], &[]));
    assert!(
        coloured(&["--color", "always"], &[("NO_COLOR", "1")]),
        "a flag is stronger than the environment"
    );
    assert!(!coloured(&["--color", "never"], &[]));
    assert!(!coloured(&["--color", "auto"], &[("NO_COLOR", "1")]));
}
