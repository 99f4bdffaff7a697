//! The binary as people meet it: help, mistakes, exit codes, files. Nothing here reaches further than loopback.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use serde_json::Value;

/// The password of these tests; it may stand in no output at all.
const PASSWORD: &str = "correct-horse-7";

/// The program, in an environment without proxies.
fn program() -> Command {
    let mut command = Command::cargo_bin("egress-probe").expect("the binary is built for its tests");
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    command.timeout(Duration::from_mins(1));
    command
}

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(command: &mut Command) -> Ran {
    let output = command.output().expect("it can be run");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    Ran { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn check(words: &[&str]) -> Ran {
    run(program().arg("check").args(words))
}

/// A port of loopback where nobody listens.
fn dead_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port()
}

fn records(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[test]
fn no_verb_sends_nothing_and_helps() {
    let ran = run(&mut program());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("egress-probe lab"), "{}", ran.stdout);
    assert_eq!(run(program().arg("--version")).code, 0);
}

#[test]
fn usage_errors_are_two() {
    for words in [
        &["chekc"][..],
        &["check"],
        &["check", "--prxoy", "x"],
        &["explain", "proxy_dennied"],
        &["man", "chek"],
    ] {
        let ran = run(program().args(words));
        assert_eq!(ran.code, 2, "{words:?}");
        assert_eq!(ran.stdout, "");
        assert!(!ran.stderr.is_empty());
    }
    let ran = run(program().args(["check", "--prxoy", "x"]));
    assert!(ran.stderr.contains("--proxy"), "the nearest flag is named: {}", ran.stderr);
    let ran = run(program().args(["--color", "allways"]));
    assert!(ran.code == 2 && ran.stderr.contains("did you mean `always`?"), "{}", ran.stderr);
    for words in [
        &["explain", "proxy_dennied"][..],
        &["man", "chek"],
        &["lab", "--format", "jsonn"],
        &["check", "a.example"],
    ] {
        let ran = run(program().args(["--color", "allways"]).args(words));
        assert!(ran.code == 2 && ran.stderr.contains("2 mistakes"), "{words:?}: {}", ran.stderr);
    }
}

#[test]
fn mistakes_touch_no_file_and_send_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("it can be asked without waiting");
    let url = format!("http://{}/", listener.local_addr().expect("its address"));
    let folder = tempfile::tempdir().expect("a folder");
    let result = folder.path().join("result.jsonl");
    fs::write(&result, "precious").expect("a file");
    let list = folder.path().join("list.txt");
    fs::write(&list, format!("{url}\nhtps://a.example/\n{url} expct=200\n")).expect("a file");
    let (result, list) = (path(&result), path(&list));
    let ran = check(&[
        &url,
        "--targets",
        list,
        "--timeout",
        "soon",
        "-o",
        result,
        "-x",
        "p:0",
        "--color",
        "allways",
        "--resolve",
        "-a.example",
    ]);
    assert_eq!(ran.code, 2);
    for text in [
        ":2:1:",
        ":3:",
        "did you mean `https`?",
        "did you mean `expect=`?",
        "--timeout",
        "--proxy",
        "did you mean `always`?",
        "write -HOST:PORT",
        "6 mistakes",
    ] {
        assert!(ran.stderr.contains(text), "{text} in {}", ran.stderr);
    }
    assert_eq!(fs::read_to_string(result).expect("the file"), "precious");
    assert!(listener.accept().is_err(), "something was sent");
}

#[test]
fn nothing_that_was_typed_steers_a_terminal() {
    let evil = "\u{1b}[2J\u{202e}\u{9b}x";
    let url = format!("http://127.0.0.1:{}/", dead_port());
    for words in [
        &["check", "--targets", evil][..],
        &["check", evil],
        &["check", &format!("{url}#{evil}")],
        &["check", &url, "--service-roots", evil],
        &["check", &url, "-x", "p:1", "-U", "al", "--proxy-password-file", evil],
        &["check", &url, "-o", &format!("{evil}/x")],
        &["check", &url, "--format", evil],
        &["check", &url, "--vantage", evil],
        &["check", &url, "--vantage", evil, "--format", "jsonl"],
        &["check", &url, "--noproxy", evil, "--format", "jsonl"],
        &["explain", evil],
        &["man", evil],
        &["lab", evil],
        &[evil],
    ] {
        let ran = run(program().args(words));
        assert!(ran.code == 1 || ran.code == 2, "{words:?}: {}", ran.stderr);
        let text = ran.stdout + &ran.stderr;
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{words:?}: {text:?}");
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a name in UTF-8")
}

#[test]
fn refused_is_one_and_named() {
    let url = format!("http://127.0.0.1:{}/", dead_port());
    let ran = check(&[&url]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("connect_refused"), "{}", ran.stdout);
    let last = ran.stdout.lines().last().unwrap_or_default();
    assert_eq!(last, "NOT READY: 1 cause blocks 1 of 1 required target on \"default\" (no proxy).");
    assert_eq!(check(&[&url, "--fail-on", "never"]).code, 0);
}

#[test]
fn nothing_to_judge_is_three() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = folder.path().join("empty.txt");
    fs::write(&list, "# nothing\n").expect("a file");
    let ran = check(&["--targets", path(&list)]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, "NOT JUDGED: there are no targets.\n"));
    let ran = check(&["https://a.example/", "--path", "wpad"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stdout.contains("NOT JUDGED"), "{}", ran.stdout);
}

#[test]
fn records_are_those_of_the_contract() {
    let url = format!("http://127.0.0.1:{}/", dead_port());
    let ran = check(&[&url, "--format", "jsonl", "--vantage", "here", "--path", "default,wpad"]);
    let records = records(&ran.stdout);
    let types: Vec<_> = records.iter().map(|record| record["type"].as_str().unwrap_or_default()).collect();
    assert_eq!(types, ["run", "attempt", "attempt", "end"]);
    assert!(
        records
            .iter()
            .all(|record| record["v"] == 1 && record["ts"].as_str().is_some_and(|ts| ts.ends_with('Z')))
    );
    assert_eq!((&records[0]["vantage"], &records[0]["judged_path"]), (&"here".into(), &"default".into()));
    let attempt = records.iter().find(|record| record["path"] == "default").expect("the judged path");
    for field in [
        "v",
        "type",
        "ts",
        "url",
        "endpoint",
        "required",
        "path",
        "proxy",
        "outcome",
        "verdict",
        "stage",
        "speaker",
        "owner",
        "proxy_status",
        "http_status",
        "tls",
        "evidence",
        "auth_schemes",
        "timing_ms",
        "remedy",
    ] {
        assert!(attempt.get(field).is_some(), "{field}");
    }
    assert_eq!(attempt["verdict"], "connect_refused");
    assert_eq!(attempt["outcome"], "failure");
    assert!(attempt["timing_ms"]["connect"].is_number());
    let end = &records[3];
    assert_eq!((&end["exit_code"], &end["planned"], &end["attempts"]), (&1.into(), &2.into(), &2.into()));
    assert_eq!(end["verdicts"]["not_configured"], 1);
}

#[test]
fn rows_with_a_header() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("result.csv");
    let url = format!("http://127.0.0.1:{}/", dead_port());
    let ran = check(&[&url, "--format", "csv", "-o", path(&file)]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("NOT READY"), "{}", ran.stderr);
    let text = fs::read_to_string(file).expect("the result");
    assert_eq!(text.matches("\r\n").count(), 2);
    assert!(text.starts_with("ts,url,endpoint,required,path,proxy,outcome,verdict,stage,"), "{text}");
}

#[test]
fn lists_come_from_standard_input_in_any_encoding() {
    let line = format!("\u{feff}http://127.0.0.1:{}/ # ä\r\n", dead_port());
    let utf16: Vec<u8> = line.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [line.into_bytes(), utf16] {
        let ran = run(program().args(["check", "--targets", "-", "--format", "csv"]).write_stdin(bytes));
        assert!(ran.stdout.contains("connect_refused"), "{} {}", ran.stdout, ran.stderr);
    }
}

#[test]
fn the_password_is_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("password");
    fs::write(&file, format!("{PASSWORD}\n")).expect("a file");
    let proxy = format!("127.0.0.1:{}", dead_port());
    let url = "https://a.example/";
    let with_url = format!("http://al:{PASSWORD}@{proxy}");
    let with_flag = format!("al:{PASSWORD}");
    for words in [
        &["-x", &with_url][..],
        &["-x", &proxy, "--proxy-user", &with_flag],
        &["-x", &proxy, "--proxy-user", "al", "--proxy-password-file", path(&file)],
        &["-x", &format!("{with_url}x")],
        &["-x", &format!("ftp://al:{PASSWORD}@{proxy}")],
        &["--proxyy", &with_url],
        &["-x", &proxy, &with_url],
    ] {
        for format in ["human", "jsonl", "csv"] {
            let ran = run(program().args(["check", url, "--format", format]).args(words));
            assert!(!ran.stdout.contains(PASSWORD) && !ran.stderr.contains(PASSWORD), "{words:?}");
        }
    }
    let ran = run(program().args(["check", url]).env("https_proxy", &with_url));
    assert!(ran.stdout.contains("connect_refused"), "{}", ran.stdout);
    assert!(!ran.stdout.contains(PASSWORD) && !ran.stderr.contains(PASSWORD));
}

/// A proxy with these answers, one a connection. Its thread gives the first request and when each came.
fn proxy(answers: &'static [&'static str]) -> (String, std::thread::JoinHandle<(String, Vec<Instant>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address").to_string();
    let work = std::thread::spawn(move || {
        let mut first = String::new();
        let mut times = Vec::new();
        for answer in answers {
            let (mut wire, _) = listener.accept().expect("a client");
            times.push(Instant::now());
            let mut request = [0; 4096];
            let count = wire.read(&mut request).expect("a request");
            if first.is_empty() {
                first = String::from_utf8_lossy(&request[..count]).into_owned();
            }
            wire.write_all(answer.as_bytes()).expect("it is taken");
        }
        (first, times)
    });
    (address, work)
}

const FORBIDDEN: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";

#[cfg(unix)]
#[test]
fn a_password_by_descriptor() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("password");
    fs::write(&file, format!("{PASSWORD}\n")).expect("a file");
    let (address, work) = proxy(&[FORBIDDEN]);
    let line = r#"exec "$0" check https://a.example/ -x "$1" -U al --proxy-password-fd 3 3< "$2""#;
    let output = Process::new("sh")
        .args(["-c", line, path(&assert_cmd::cargo::cargo_bin("egress-probe")), &address, path(&file)])
        .output()
        .expect("it can be run");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("proxy_denied") && !text.contains(PASSWORD), "{text}");
    let (request, _) = work.join().expect("the proxy ends");
    // al:correct-horse-7
    assert!(request.contains("Proxy-Authorization: Basic YWw6Y29ycmVjdC1ob3JzZS03\r\n"), "{request}");
}

#[test]
fn a_proxy_that_complains_is_left_alone_for_a_while() {
    let (address, work) =
        proxy(&["HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", FORBIDDEN]);
    let words =
        ["https://a.example/", "https://b.example/", "-x", &address, "--parallel", "1", "--rate", "0"];
    let ran = check(&words);
    assert!(
        ran.stdout.contains("proxy_rate_limited") && ran.stdout.contains("proxy_denied"),
        "{}",
        ran.stdout
    );
    let (_, times) = work.join().expect("the proxy ends");
    assert!(times[1] - times[0] >= Duration::from_millis(900), "{:?}", times[1] - times[0]);
}

/// The title is overwritten before anything is sent.
#[cfg(target_os = "linux")]
#[test]
fn the_password_leaves_the_title() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let proxy = format!("http://al:{PASSWORD}@{}", silent.local_addr().expect("its address"));
    let mut child = Process::new(assert_cmd::cargo::cargo_bin("egress-probe"))
        .args(["check", "https://a.example/", "--timeout", "20", "-x", &proxy])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it can be run");
    let (mut wire, _) = silent.accept().expect("it connects");
    let mut request = [0; 4096];
    let count = wire.read(&mut request).expect("a request");
    let request = String::from_utf8_lossy(&request[..count]).into_owned();
    let title = fs::read(format!("/proc/{}/cmdline", child.id())).expect("its title");
    let title = String::from_utf8_lossy(&title).into_owned();
    child.kill().expect("it can be ended");
    child.wait().expect("it ends");
    assert!(title.contains("check") && !title.contains(PASSWORD), "{title}");
    assert!(request.contains("Proxy-Authorization: Basic "), "what was typed is still used: {request}");
}

#[cfg(unix)]
#[test]
fn a_signal_flushes_what_is_known() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let known = format!("http://127.0.0.1:{}/", dead_port());
    let waiting = format!("http://{}/", silent.local_addr().expect("its address"));
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut child = Process::new(assert_cmd::cargo::cargo_bin("egress-probe"))
            .args(["check", &known, &waiting, "--timeout", "50", "--path", "direct"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be run");
        let (wire, _) = silent.accept().expect("it connects");
        std::thread::sleep(Duration::from_millis(300));
        let killed = Process::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status()
            .expect("kill");
        assert!(killed.success());
        let mut text = String::new();
        child.stdout.take().expect("a pipe").read_to_string(&mut text).expect("it is UTF-8");
        assert_eq!(child.wait().expect("it ends").code(), Some(code));
        assert!(text.contains(&format!("INTERRUPTED by SIG{signal}: 1 of 2 attempts are known")), "{text}");
        drop(wire);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    // Silent, so that there is something to write after the reader has gone.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", silent.local_addr().expect("its address"));
    let mut child = Process::new(assert_cmd::cargo::cargo_bin("egress-probe"))
        .args(["check", &url, "--path", "direct", "--format", "jsonl", "--timeout", "2"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it can be run");
    let wire = silent.accept().expect("it connects");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    out.read_line(&mut String::new()).expect("the first record");
    drop(out);
    let output = child.wait_with_output().expect("it ends");
    drop(wire);
    // Everything was tried: the code is the answer's.
    assert_eq!((output.status.code(), output.stderr.len()), (Some(1), 0));
}

#[test]
fn the_lab_shows_causes_and_an_answer() {
    let begun = Instant::now();
    let ran = run(program().arg("lab"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(begun.elapsed() < Duration::from_secs(30));
    for text in ["proxy_denied", "inspected_trusted", "reachable", "NOT READY: ", "egress-probe explain"] {
        assert!(ran.stdout.contains(text), "{text} in {}", ran.stdout);
    }
    let wide = ran
        .stdout
        .lines()
        .find(|line| line.chars().count() > 80 && !line.contains("://") && !line.starts_with("NOT READY"));
    assert_eq!(wide, None);
}

#[test]
fn completions_and_pages() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(run(program().args(["completions", shell])).stdout.contains("egress-probe"), "{shell}");
    }
    assert!(run(program().arg("man")).stdout.contains(".TH egress-probe"));
    assert!(run(program().args(["man", "check"])).stdout.contains("connect\\-timeout"));
    assert!(run(program().arg("explain")).stdout.contains("proxy_denied"));
}
