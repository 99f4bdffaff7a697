//! `plan`: which way each client would go, without a packet.

use std::time::{Duration, Instant};

use probe_tests::probe::{Probe, Run};
use probe_tests::raw::{OK, Peer};
use probe_tests::server::Folder;
use serde_json::Value;

fn records(run: &Run) -> Vec<Value> {
    run.text().lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn plan(arguments: &[&str]) -> Run {
    let run = Probe::with(["plan"]).and(arguments).run();
    run.expect_code(0);
    run
}

#[test]
fn a_list_by_itself_gives_a_record_for_each_url_in_their_order() {
    let arguments =
        ["--dialect", "chromium", "--bypass", "*.corp.example;<local>", "--proxy", "http://p.example:8080"];
    let urls =
        ["http://a.corp.example/", "https://corp.example/x", "http://intranet/", "http://a.corp.example/"];
    let run = plan(&[&arguments[..], &["--format", "jsonl", "--"], &urls].concat());
    let records = records(&run);
    let got: Vec<_> = records
        .iter()
        .map(|record| {
            assert_eq!(
                (&record["v"], &record["type"], &record["client"]),
                (&1.into(), &"plan".into(), &"chromium".into())
            );
            let route = &record["routes"][0];
            (record["url"].as_str().unwrap(), route["kind"].as_str().unwrap(), route["proxy"].as_str())
        })
        .collect();
    let proxy = Some("http://p.example:8080");
    let want = [
        (urls[0], "direct", None),
        (urls[1], "tunnel", proxy),
        (urls[2], "direct", None),
        (urls[3], "direct", None),
    ];
    assert_eq!(got, want);
    assert_eq!(records[0]["routes"][0]["rule"], "item `*.corp.example` (suffix)");
}

#[test]
fn dialects_differ_about_the_same_list() {
    let kinds = |list: &str, url: &str| {
        let dialects = [
            "curl",
            "go",
            "winhttp",
            "wininet",
            "chromium",
            "firefox",
            "python",
            "python-windows",
            "libproxy",
            "wget",
            "apt",
        ];
        let is_direct = |dialect: &str| {
            let run = plan(&[
                "--dialect",
                dialect,
                "--bypass",
                list,
                "--proxy",
                "p.example:1",
                "--format",
                "jsonl",
                "--",
                url,
            ]);
            records(&run)[0]["routes"][0]["kind"] == "direct"
        };
        dialects.into_iter().filter(|dialect| is_direct(dialect)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(kinds(".a.example", "http://a.example/"), "curl python libproxy");
    assert_eq!(kinds("", "http://localhost/"), "go winhttp wininet chromium firefox");
    assert_eq!(kinds("-x", "http://a-x/"), "apt", "a list may begin with a hyphen");
}

#[test]
fn settings_of_another_machine_and_nothing_of_this_one() {
    let peer = Peer::answering(OK);
    let folder = Folder::new("plan");
    let text = "HTTPS_PROXY=\"http://user:hunter2@p.example:3128/\"\nno_proxy=.corp.example\n";
    let file = folder.write("environment", text).display().to_string();
    let arguments =
        ["plan", "--from", &file, "--client", "curl,go,mdatp", "--format", "jsonl", "https://corp.example/"];
    let run =
        Probe::with(arguments).setting("https_proxy", &peer.url()).setting("http_proxy", &peer.url()).run();
    run.expect_code(0);
    assert!(!run.text().contains("hunter2"), "a password is shown\n{run}");
    let records = records(&run);
    let of = |client: &str| records.iter().find(|record| record["client"] == client).expect(client);
    let list = format!("{file}:2 no_proxy");
    assert_eq!(of("curl")["routes"][0]["source"], list.as_str());
    assert_eq!(of("curl")["routes"][0]["kind"], "direct");
    assert_eq!(of("curl")["basis"], "verified");
    assert_eq!(of("go")["routes"][0]["proxy"], "http://p.example:3128");
    assert_eq!(of("go")["routes"][0]["source"], format!("{file}:1 HTTPS_PROXY").as_str());
    assert_eq!(of("mdatp")["routes"][0]["kind"], "direct", "a session's variables are not a service's");
    let finding = records.iter().find(|record| record["type"] == "finding").expect("a finding");
    assert_eq!(finding["finding"], "dialects_disagree");
    assert_eq!(peer.connections(), 0, "something was sent");
}

#[test]
fn a_setting_that_cannot_be_used_is_said_and_exits_1() {
    let folder = Folder::new("plan-malformed");
    let file = folder.write("environment", "https_proxy=http://p.example:80x\n").display().to_string();
    let run = Probe::with(["plan", "--from", &file, "--client", "curl", "https://a.example/"]).run();
    run.expect_code(1);
    let text = run.text();
    assert!(
        text.contains("1. unusable") && text.contains(":1 https_proxy: cannot be used: the port"),
        "{text}"
    );
    let run =
        Probe::with(["plan", "--from", &file, "--client", "curl", "--format", "jsonl", "https://a.example/"])
            .run();
    run.expect_code(1);
    let record = &records(&run)[0];
    assert_eq!(record["routes"], Value::Array(Vec::new()));
    let note = record["notes"][0].as_str().unwrap();
    assert!(note.starts_with("setting_malformed: ") && note.contains(":1 https_proxy"), "{note}");
}

#[test]
fn no_password_comes_out_of_a_setting() {
    let folder = Folder::new("plan-secrets");
    let text = "Windows Registry Editor Version 5.00\n\n\
                [HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\n\
                \"ProxyEnable\"=dword:00000001\n\"ProxyServer\"=\"http://svc:2024 Winter@proxy:8080\"\n\
                \"AutoConfigURL\"=\"http://me:hunter2/w x@w.example/p.pac?token=abcdef\"\n";
    let file = folder.write("export.reg", text).display().to_string();
    for format in ["human", "jsonl"] {
        let run = Probe::with(["plan", "--from", &file, "--format", format, "https://a.example/"]).run();
        let all = format!("{}{}", run.text(), run.errors());
        for secret in ["2024", "Winter", "hunter2", "w x", "abcdef"] {
            assert!(!all.contains(secret), "{secret} is shown\n{all}");
        }
        assert!(all.contains("w.example/p.pac"), "{all}");
    }
}

#[test]
fn all_mistakes_at_once() {
    let folder = Folder::new("plan-mistakes");
    let file = folder.write("nothing.bin", [0_u8, 1, 2, 3]).display().to_string();
    let run =
        Probe::with(["plan", "--from", &file, "--client", "crul", "--format", "xml", "htps://a/"]).run();
    run.expect_code(2);
    let errors = run.errors();
    for part in ["no kind of settings", "`curl`", "xml", "`https`"] {
        assert!(errors.contains(part), "{part} is missing\n{errors}");
    }
    let run = Probe::with(["plan", "--dialect", "sqiud", "--proxy", "ftp://p", "--", "http://a/"]).run();
    run.expect_code(2);
    let errors = run.errors();
    assert!(errors.contains("--dialect") && errors.contains("--proxy"), "{errors}");
}

#[test]
fn ten_thousand_targets_for_twelve_clients() {
    let folder = Folder::new("plan-many");
    let lines: Vec<String> = (0..10_000).map(|number| format!("https://h{number}.example.com/")).collect();
    let list = folder.write("list.txt", lines.join("\n")).display().to_string();
    let settings =
        "https_proxy=http://p.example:1\nno_proxy=.a.example,10.0.0.0/8,h7.example.com,.b.example\n";
    let file = folder.write("environment", settings).display().to_string();
    let clients = "edr,antivirus,winhttp,wininet,mdatp,curl,wget,go,python,apt,chromium,firefox";
    let begin = Instant::now();
    let run = plan(&["--from", &file, "--targets", &list, "--client", clients, "--format", "jsonl"]);
    let took = begin.elapsed();
    let plans = records(&run).iter().filter(|record| record["type"] == "plan").count();
    assert_eq!(plans, 120_000);
    // A second is the goal of the release; this is the debug build, on whatever else the machine does.
    assert!(took < Duration::from_secs(20), "{took:?}");
}
