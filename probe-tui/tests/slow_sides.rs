//! Readers who do not read, and proxies that have enough: neither may cost a verdict, a signal, or hours.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// Answers every request with this, so much later. Gives its address and how many it has answered. Its threads end with the
/// test's process.
fn server(answer: &'static str, later: Duration) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address").to_string();
    let count = Arc::new(AtomicUsize::new(0));
    let answered = Arc::clone(&count);
    thread::spawn(move || {
        for wire in listener.incoming() {
            let answered = Arc::clone(&answered);
            thread::spawn(move || -> std::io::Result<()> {
                let mut wire = wire?;
                let mut request = [0; 8192];
                let length = wire.read(&mut request)?;
                // Whoever only looks whether a port is open asks for nothing.
                if length > 0 {
                    thread::sleep(later);
                    answered.fetch_add(1, Ordering::SeqCst);
                    wire.write_all(answer.as_bytes())?;
                }
                Ok(())
            });
        }
    });
    (address, count)
}

/// `check` of so many targets of this server, as JSON Lines, with a list on standard input.
fn check(targets: impl Iterator<Item = String>, words: &[&str]) -> Child {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("egress-probe"));
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    let mut child = command
        .args(["check", "--format", "jsonl", "--targets", "-"])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it can be run");
    let list: Vec<String> = targets.collect();
    child.stdin.take().expect("a pipe").write_all(list.join("\n").as_bytes()).expect("it is taken");
    child
}

/// Long URLs, so that the records of a few dozen of them fill a pipe.
fn long(address: &str, count: usize) -> impl Iterator<Item = String> {
    longer(address, count, 800)
}

fn longer(address: &str, count: usize, length: usize) -> impl Iterator<Item = String> {
    let address = address.to_owned();
    (0..count).map(move |number| format!("http://{address}/{number}/{}", "x".repeat(length)))
}

fn attempts(text: &str) -> Vec<Value> {
    assert!(text.ends_with('\n'), "the last line is whole: {:?}", text.get(text.len().saturating_sub(99)..));
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    records.filter(|record| record["type"] == "attempt").collect()
}

fn rest(child: &mut Child) -> (String, String) {
    let (mut text, mut errors) = (String::new(), String::new());
    child.stdout.take().expect("a pipe").read_to_string(&mut text).expect("it is UTF-8");
    child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("it is UTF-8");
    (text, errors)
}

/// Waits until a count does not change for half a second.
fn settled(count: &AtomicUsize) -> usize {
    let mut before = usize::MAX;
    loop {
        let now = count.load(Ordering::SeqCst);
        if now == before && now > 0 {
            return now;
        }
        before = now;
        thread::sleep(Duration::from_millis(500));
    }
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let killed = Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill");
    assert!(killed.success());
}

/// Waits for the end, for so long.
fn code_within(child: &mut Child, time: Duration) -> Option<i32> {
    let begun = Instant::now();
    while begun.elapsed() < time {
        if let Some(status) = child.try_wait().expect("it can be asked") {
            return status.code();
        }
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().expect("it can be ended");
    child.wait().expect("it ends");
    None
}

#[cfg(unix)]
#[test]
fn while_nobody_reads_nothing_begins_and_signals_are_heard() {
    let (address, answered) = server(OK, Duration::ZERO);
    let mut child = check(long(&address, 2000), &["--path", "direct"]);
    // A pipe of 64 KiB takes a few dozen of these, sixty-four wait, sixteen were under way.
    let begun = settled(&answered);
    assert!((80..400).contains(&begun), "{begun} attempts were begun for nobody");
    signal(&child, "-INT");
    assert_eq!(code_within(&mut child, Duration::from_secs(3)), Some(130));
    let (text, _) = rest(&mut child);
    let attempts = attempts(&text);
    assert!(!attempts.is_empty() && attempts.iter().all(|attempt| attempt["verdict"] == "reachable"));
}

#[cfg(unix)]
#[test]
fn signals_are_heard_when_all_is_known_and_nobody_reads() {
    let (address, answered) = server(OK, Duration::ZERO);
    let mut child = check(long(&address, 100), &["--path", "direct", "--parallel", "50"]);
    assert_eq!(settled(&answered), 100);
    signal(&child, "-TERM");
    assert_eq!(code_within(&mut child, Duration::from_secs(3)), Some(143));
    assert!(!attempts(&rest(&mut child).0).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_line_that_is_longer_than_a_pipe_takes_as_one_is_never_cut() {
    let failing = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
    for length in [1950, 2000] {
        let (address, answered) = server(failing, Duration::ZERO);
        let mut child = check(longer(&address, 300, length), &["--path", "direct"]);
        settled(&answered);
        signal(&child, "-INT");
        assert_eq!(code_within(&mut child, Duration::from_secs(3)), Some(130));
        let (text, _) = rest(&mut child);
        let lengths: Vec<_> = text.lines().map(str::len).collect();
        assert!(lengths.iter().any(|length| *length > 4096), "{lengths:?}");
        assert!(!attempts(&text).is_empty());
    }
}

#[test]
fn a_reader_that_pauses_costs_no_verdict() {
    let (address, answered) = server(OK, Duration::from_millis(200));
    let mut child = check(long(&address, 400), &["--path", "direct", "--timeout", "1.5"]);
    settled(&answered);
    // Longer than any attempt may take.
    thread::sleep(Duration::from_secs(2));
    let (text, errors) = rest(&mut child);
    assert_eq!((child.wait().expect("it ends").code(), errors.as_str()), (Some(0), ""));
    let attempts = attempts(&text);
    assert_eq!(attempts.len(), 400);
    for attempt in &attempts {
        assert_eq!(attempt["verdict"], "reachable", "{attempt}");
        let http = attempt["timing_ms"]["http"].as_f64().expect("it was asked");
        assert!(http < 1500.0, "the pause of the reader counts as the server's: {attempt}");
    }
}

#[test]
fn a_reader_that_goes_away_in_the_middle_ends_it() {
    let (address, _) = server(OK, Duration::from_millis(50));
    let mut child = check(long(&address, 1000), &["--path", "direct"]);
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut first = String::new();
    out.read_line(&mut first).expect("a line");
    assert!(first.contains(r#""type":"run""#), "{first}");
    drop(out);
    let mut errors = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("it is UTF-8");
    assert_eq!((code_within(&mut child, Duration::from_secs(10)), errors.as_str()), (Some(141), ""));
}

const LIMITED: &str = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n";

fn hosts(scheme: &'static str, count: usize) -> impl Iterator<Item = String> {
    (0..count).map(move |number| format!("{scheme}://host{number}.example/"))
}

#[test]
fn a_proxy_that_always_complains_is_given_up() {
    let (proxy, answered) = server(LIMITED, Duration::ZERO);
    let mut child = check(hosts("https", 12), &["-x", &proxy, "--rate", "0", "--parallel", "1"]);
    let (text, errors) = rest(&mut child);
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
    let attempts = attempts(&text);
    let of =
        |verdict: &str| attempts.iter().filter(|attempt| attempt["verdict"] == verdict).collect::<Vec<_>>();
    // The first, and one after each of six pauses.
    assert_eq!((of("proxy_rate_limited").len(), of("not_measured").len()), (7, 5), "{text}");
    assert_eq!(answered.load(Ordering::SeqCst), 7, "nothing is sent for the others");
    for attempt in of("not_measured") {
        assert_eq!(attempt["evidence"], serde_json::json!(["not tried: the proxy asks for fewer requests"]));
        assert_eq!((&attempt["outcome"], &attempt["owner"]), (&"unknown".into(), &"nobody".into()));
        assert_eq!(attempt["proxy"], format!("http://{proxy}"));
    }
    let notes: Vec<&str> = errors.lines().filter(|line| line.starts_with("note: ")).collect();
    assert_eq!(notes.len(), 2, "{errors}");
    assert!(notes.iter().all(|note| note.contains(&proxy)), "{errors}");
    assert!(notes[0].contains("asked more slowly") && notes[1].contains("is not measured"), "{errors}");
}

#[test]
fn a_closed_gate_keeps_no_other_path_waiting() {
    let answer = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n";
    let (proxy, limited) = server(answer, Duration::ZERO);
    let (origin, reached) = server(OK, Duration::ZERO);
    let words = ["-x", &proxy, "--path", "cli,direct", "--rate", "0", "--parallel", "2", "--noproxy", ""];
    let mut child = check(long(&origin, 30), &words);
    let begun = Instant::now();
    while reached.load(Ordering::SeqCst) < 30 && begun.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(20));
    }
    let counts = (reached.load(Ordering::SeqCst), limited.load(Ordering::SeqCst));
    child.kill().expect("it can be ended");
    child.wait().expect("it ends");
    assert_eq!(counts.0, 30, "targets that are reached without the proxy wait for it");
    assert!(counts.1 <= 2, "{} were sent to a proxy that had asked for a minute", counts.1);
}

#[test]
fn a_good_answer_does_not_hide_that_it_was_a_429() {
    let (proxy, _) = server(LIMITED, Duration::from_millis(500));
    // All at the same time, before any of them is answered.
    let mut child = check(hosts("http", 30), &["-x", &proxy, "--rate", "0", "--parallel", "30"]);
    let (text, errors) = rest(&mut child);
    child.wait().expect("it ends");
    let attempts = attempts(&text);
    assert_eq!(attempts.len(), 30);
    for attempt in &attempts {
        assert_eq!((&attempt["verdict"], &attempt["http_status"]), (&"reachable".into(), &429.into()));
        let evidence = serde_json::json!(["HTTP/1.1 429 Too Many Requests", "Retry-After: 0"]);
        assert_eq!(attempt["evidence"], evidence);
    }
    assert_eq!(errors.matches("asks for fewer requests").count(), 1, "{errors}");
}
