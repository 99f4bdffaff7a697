//! `report` as people meet it: every format, exit codes, notes about what was not understood, and files that are no good. The
//! parsers have their own tests; nothing is sent here.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples/import").join(name)
}

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

fn report(arguments: &[&str], file: &PathBuf) -> Ran {
    let mut command = Command::cargo_bin("egress-probe").expect("the binary is built for its tests");
    command.timeout(Duration::from_mins(1)).arg("report").arg("--import").arg(file).args(arguments);
    let output = command.output().expect("it can be run");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    Ran { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn what_makes_the_old_answer_a_lie_stands_above_all() {
    let ran = report(&[], &sample("analyzer-ended.txt"));
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.starts_with("! 15 targets: another tool never asked these"), "{}", ran.stdout);
    assert!(ran.stdout.lines().last().unwrap_or_default().starts_with("NOT READY: "), "{}", ran.stdout);
    assert!(ran.stderr.contains("analyzer-ended.txt:25: this line was not understood"), "{}", ran.stderr);
    assert!(ran.stderr.contains("note: the output ends"), "{}", ran.stderr);

    let ran = report(&[], &sample("analyzer-wrong-statuses.txt"));
    let at =
        |text: &str| ran.stdout.find(text).unwrap_or_else(|| panic!("{text} is missing in {}", ran.stdout));
    let order =
        ["[never_asked]", "[wrongly_accepted]", "[works_only_by_fallback]", "[proxy_auth_required]"].map(at);
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn records_are_those_of_check() {
    let ran = report(&["--format", "jsonl"], &sample("analyzer-dead-proxy.txt"));
    let records: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let (first, last) = (&records[0], records.last().unwrap());
    assert_eq!((&first["type"], &first["judged_path"]), (&"run".into(), &"named".into()));
    assert_eq!(first["imported"], "MDE client analyzer");
    assert_eq!((&last["type"], &last["exit_code"]), (&"end".into(), &1.into()));
    let attempts: Vec<_> = records.iter().filter(|record| record["type"] == "attempt").collect();
    assert_eq!((attempts.len(), first["targets"].as_u64()), (25, Some(5)), "one for each URL and path");
    assert!(attempts.iter().all(|attempt| attempt["evidence"].is_array() && attempt["tls"].is_null()));
    assert_eq!(attempts[0]["endpoint"], "winatp-gw-neu.microsoft.com");

    let ran = report(&["--format", "csv"], &sample("analyzer-dead-proxy.txt"));
    assert_eq!(ran.stdout.lines().count(), 26);
}

/// What this program writes in the analyzer's form it reads again, and comes to the same.
#[test]
fn the_analyzers_form_leads_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let verdicts = |file: &PathBuf| {
        let ran = report(&["--format", "jsonl"], file);
        let records = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut all: Vec<_> = records
            .filter(|record| record["type"] == "attempt" && record["outcome"] != "unknown")
            .map(|record| [&record["url"], &record["path"], &record["outcome"], &record["proxy"]].map(text))
            .collect();
        all.sort();
        (ran.code, all)
    };
    for name in ["analyzer-dead-proxy.txt", "analyzer-wrong-statuses.txt"] {
        let first = report(&["--format", "analyzer"], &sample(name));
        assert!(first.stdout.starts_with("Proxy config: Method="), "{}", first.stdout);
        let again = folder.path().join(name);
        fs::write(&again, &first.stdout).expect("a file");
        assert_eq!(verdicts(&again).0, verdicts(&sample(name)).0);
        let (was, is) = (verdicts(&sample(name)).1, verdicts(&again).1);
        let lost: Vec<_> = was.iter().filter(|one| !is.iter().any(|other| one[..3] == other[..3])).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }
}

#[test]
fn the_result_goes_to_a_file_and_the_answer_to_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("result");
    let ran = report(&["-o", &file.display().to_string()], &sample("mdatp.txt"));
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.ends_with(".\n") && ran.stderr.contains("NOT READY: "), "{}", ran.stderr);
    assert!(fs::read_to_string(&file).expect("the result").contains("tls_untrusted"));
    assert_eq!(report(&["--fail-on", "never"], &sample("mdatp.txt")).code, 0);
}

#[test]
fn nothing_can_be_judged_from_results_alone() {
    let ran = report(&[], &sample("analyzer.xml"));
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    assert!(ran.stdout.contains("NOT JUDGED: "), "{}", ran.stdout);
    assert!(ran.stderr.contains("result 131001 of the tool"), "{}", ran.stderr);
}

#[test]
fn good_output_of_mdatp_is_ready() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mdatp.txt");
    fs::write(&file, "Testing connection with https://x.cp.wd.microsoft.com/api/report ... [OK]\n")
        .expect("a file");
    let ran = report(&[], &file);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("READY: 1 of 1 required target is reachable on \"default\""),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_cannot_be_read_is_a_mistake_with_advice() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("page.htm");
    fs::write(&file, "<html><body>\u{1b}[31m</body></html>").expect("a file");
    for (file, words) in [
        (file.clone(), "MDEClientAnalyzer.txt"),
        (folder.path().join("missing"), "cannot be read"),
        (folder.path().to_owned(), "cannot be read"),
    ] {
        let ran = report(&[], &file);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        assert!(ran.stderr.contains(words) && !ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    }
    let ran = report(&["--format", "xml", "--fail-on", "all"], &file);
    assert_eq!(ran.code, 2);
    for words in ["--format: this word", "--fail-on: this word", "page for people"] {
        assert!(ran.stderr.contains(words), "all mistakes at once: {}", ran.stderr);
    }
}
