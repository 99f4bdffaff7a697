//! `plan`: which way each client would go, without a packet.

use std::time::{Duration, Instant};

use probe_tests::probe::{Probe, Run};
use probe_tests::raw::{OK, Peer};
use probe_tests::server::Folder;
use serde_json::Value;

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
    let records = run.values();
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
    assert_eq!(records[0].get("failover"), None, "a list is no client");
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
            run.values()[0]["routes"][0]["kind"] == "direct"
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
    let text = "HTTPS_PROXY=\"http://user:pw@p.example:3128/\"\nno_proxy=.corp.example\n";
    let file = folder.write("environment", text).display().to_string();
    let arguments =
        ["plan", "--from", &file, "--client", "curl,go,mdatp", "--format", "jsonl", "https://corp.example/"];
    let run =
        Probe::with(arguments).setting("https_proxy", &peer.url()).setting("http_proxy", &peer.url()).run();
    run.expect_code(0);
    let records = run.values();
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
    let text = run.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("1. unusable") && text.contains(":1 https_proxy: cannot be used: the port"),
        "{text}"
    );
    assert!(text.contains("curl has no way that can be used to 1 target"), "{text}");
    let last = run.text().lines().last().unwrap().to_owned();
    assert!(last.starts_with("NOT USABLE: 1 of 1 client ") && last.ends_with(": curl."), "{last}");
    let run =
        Probe::with(["plan", "--from", &file, "--client", "curl", "--format", "jsonl", "https://a.example/"])
            .run();
    run.expect_code(1);
    let records = run.values();
    let record = &records[1];
    assert_eq!(record["routes"], Value::Array(Vec::new()));
    assert_eq!((&records[2]["type"], &records[2]["exit_code"]), (&"end".into(), &1.into()));
    assert_eq!(records[2]["unusable"][0], "curl");
    let note = record["notes"][0].as_str().unwrap();
    assert!(note.starts_with("setting_malformed: ") && note.contains(":1 https_proxy"), "{note}");
}

/// The sensor's proxy, written with a scheme: the sensor does not read it.
const REGISTRY: &str = "Windows Registry Editor Version 5.00\n\n\
    [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection]\n\
    \"TelemetryProxyServer\"=\"http://proxy.corp.example:8080\"\n";

#[test]
fn records_begin_with_what_was_read_and_end_with_the_answer() {
    let folder = Folder::new("plan-run");
    let file = folder.write("export.reg", REGISTRY).display().to_string();
    let urls = ["https://a.example/", "https://b.example/"];
    let run =
        Probe::with(["plan", "--from", &file, "--client", "edr,curl", "--format", "jsonl"]).and(urls).run();
    run.expect_code(1);
    assert_eq!(run.errors(), "", "what is in the records is not said again");
    let records = run.values();
    let types: Vec<_> = records.iter().map(|record| record["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["run", "plan", "plan", "plan", "plan", "finding", "end"]);
    let first = &records[0];
    assert_eq!((&first["targets"], &first["vantage"]), (&2.into(), &Value::Null));
    assert_eq!(first["clients"], serde_json::json!(["edr", "curl"]));
    assert_eq!(
        first["read"],
        serde_json::json!([{
            "document": file, "format": "an export of the registry", "settings": 1, "mistakes": 1,
        }])
    );
    let mistake = &first["mistakes"][0];
    assert_eq!((&mistake["document"], &mistake["line"]), (&file.as_str().into(), &4.into()));
    assert_eq!(mistake["kind"], "sensor_proxy_scheme");
    let [from, to] = [0, 1].map(|end| usize::try_from(mistake["range"][end].as_u64().unwrap()).unwrap());
    assert_eq!(&REGISTRY[from..to], "http://");
    assert!(mistake["remedy"].as_str().unwrap().contains("host:port alone"), "{mistake}");
    let trap = &first["traps"][0];
    assert_eq!((&trap["kind"], &trap["line"]), (&"sensor_proxy_alone".into(), &4.into()));
    assert_eq!(trap["key"], "TelemetryProxyServer");
    assert!(trap["remedy"].as_str().unwrap().contains("DisableEnterpriseAuthProxy"), "{trap}");
    assert_eq!(
        (&records[5]["finding"], &records[5]["client"]),
        (&"works_only_by_fallback".into(), &"edr".into())
    );
    let end = &records[6];
    assert_eq!((&end["planned"], &end["plans"], &end["exit_code"]), (&4.into(), &4.into(), &1.into()));
    assert_eq!(end["findings"], serde_json::json!({ "works_only_by_fallback": 1 }));
    assert!(end["answer"].as_str().unwrap().starts_with("NOT USABLE: 1 of 2 clients "), "{end}");
    let run = plan(&[&["--from", &file, "--client", "curl", "--format", "jsonl"], &urls[..]].concat());
    let answer = run.values().pop().unwrap()["answer"].as_str().unwrap().to_owned();
    assert!(answer.starts_with("PLANNED: 1 client, 2 targets"), "{answer}");
}

#[test]
fn what_is_only_reached_when_something_fails_is_said_to_be() {
    let folder = Folder::new("plan-after");
    let text = "Windows Registry Editor Version 5.00\n\n\
                [HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\n\
                \"ProxyEnable\"=dword:00000001\n\"ProxyServer\"=\"one.example:1;two.example:2\"\n\n\
                [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection]\n\
                \"TelemetryProxyServer\"=\"sensor.example:3\"\n";
    let file = folder.write("export.reg", text).display().to_string();
    let arguments = ["--from", &file, "--client", "edr,wininet", "https://a.example/"];
    let records = plan(&[&["--format", "jsonl"], &arguments[..]].concat()).values();
    let whens = |number: usize| -> Vec<_> {
        let routes = records[number]["routes"].as_array().unwrap();
        let of = |route: &Value| {
            format!(
                "{} {} {}",
                route["proxy"],
                route["when"].as_str().unwrap(),
                route["basis"].as_str().unwrap()
            )
        };
        routes.iter().map(of).collect()
    };
    assert_eq!(whens(1), ["\"http://sensor.example:3\" first documented", "null disputed documented"]);
    assert_eq!(
        whens(2),
        ["\"http://one.example:1\" first documented", "\"http://two.example:2\" after_failure documented"]
    );
    let failovers = [1, 2].map(|number| records[number]["failover"].clone());
    let failover =
        |on, aside: Option<u32>| serde_json::json!({ "on": on, "aside_seconds": aside, "basis": "inferred" });
    assert_eq!(failovers, [failover("anything", None), failover("no_answer", Some(1800))]);
    let text = plan(&arguments).text();
    assert!(text.contains("only when that fails: two.example:2"), "{text}");
    for line in
        ["  edr: the next way is taken, whatever it is", "  wininet: the next way is taken where the proxy"]
    {
        assert_eq!(text.matches(line).count(), 1, "{text}");
    }
    assert!(text.contains("only when that fails, by one reading of the pages: direct"), "{text}");
}

#[test]
fn what_works_only_by_fallback_is_a_finding_for_each_client() {
    let folder = Folder::new("plan-fallback");
    let policies = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows Defender]\n\
                    \"ProxyServer\"=\"http://p.example:80x\"\n";
    let user = "[HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\n\
                \"ProxyEnable\"=dword:00000001\n\"ProxyServer\"=\"u.example:80x\"\n\
                \"AutoConfigURL\"=\"http://w.example/p.pac\"\n";
    let sensor = REGISTRY.replace("http://", "");
    let text = format!("{sensor}\n{policies}\n{user}");
    let file = folder.write("export.reg", text).display().to_string();
    let run = |format: &str| {
        let clients = ["--client", "edr,antivirus,wininet", "--format", format];
        let urls = ["https://a.example/", "http://b.example/"];
        let run = Probe::with(["plan", "--from", &file]).and(clients).and(urls).run();
        run.expect_code(1);
        run
    };
    let records = run("jsonl").values();
    let first = |client: &str| {
        let plan = records.iter().find(|record| record["type"] == "plan" && record["client"] == client);
        let plan = plan.expect("a plan");
        (plan["asked_first"]["kind"].clone(), plan["unusable_first"].clone())
    };
    assert_eq!(first("edr"), (Value::Null, Value::Null));
    assert_eq!(first("wininet").0, "pac", "what comes first is a field, and no prose");
    let unusable = first("antivirus").1;
    assert!(unusable.as_str().is_some_and(|place| place.contains(" ProxyServer (policy)")), "{unusable}");
    let is_it = |record: &&Value| record["finding"] == "works_only_by_fallback";
    let found: Vec<_> = records.iter().filter(is_it).collect();
    // A PAC file is asked before the user's proxies: what comes of that is not known. The sensor's proxy can be used.
    assert_eq!(found.len(), 1, "{found:?}");
    let finding = found[0];
    assert_eq!((&finding["client"], &finding["count"]), (&"antivirus".into(), &2.into()));
    assert_eq!(finding["text"], "antivirus reaches 2 targets only by fallback");
    assert_eq!(finding["urls"], serde_json::json!(["https://a.example/", "http://b.example/"]));
    let evidence = finding["evidence"].as_array().unwrap();
    let because = evidence[0].as_str().unwrap();
    assert!(
        because.contains("export.reg:7 ProxyServer (policy) cannot be used: the port is not"),
        "{because}"
    );
    assert_eq!(evidence[1], "then direct: straight to the origin");
    assert!(finding["remedy"].as_str().unwrap().starts_with("write a number"), "{finding}");
    let plan = records.iter().find(|record| record["client"] == "antivirus" && record["type"] == "plan");
    assert_eq!(plan.unwrap()["routes"][0]["when"], "disputed");
    assert_eq!(records.last().unwrap()["unusable"], serde_json::json!(["antivirus", "wininet"]));
    let text = run("human").text();
    assert!(
        text.contains("! antivirus reaches 2 targets only by fallback [works_only_by_fallback]"),
        "{text}"
    );
    assert!(text.contains("\n! antivirus  unusable"), "{text}");
}

/// Updates come from two sources, each by settings of its own: those of the second cannot be used.
#[test]
fn what_cannot_be_used_in_one_case_is_said_of_that_case() {
    let folder = Folder::new("plan-cases");
    let text = "Windows Registry Editor Version 5.00\n\n\
                [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows Defender]\n\
                \"ProxyServer\"=\"http://p.example:80x\"\n";
    let file = folder.write("export.reg", text).display().to_string();
    let run = |format: &str| {
        let arguments = ["plan", "--from", &file, "--client", "antivirus-update", "--format", format];
        let run = Probe::with(arguments).and(["https://a.example/"]).run();
        run.expect_code(1);
        run
    };
    let text = run("human").text();
    let rows: Vec<String> = text
        .lines()
        .skip_while(|line| !line.starts_with("  Client"))
        .skip(1)
        .take(5)
        .map(|line| line.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
        .collect();
    let want = [
        "antivirus-update from MicrosoftUpdateServer:",
        "? direct all",
        "from MMPC:",
        "! unusable all",
        "only when that",
    ];
    assert_eq!(rows, want, "{text}");
    let said = "! antivirus-update, from MMPC, reaches 1 target only by fallback [works_only_by_fallback]";
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(said), "{text}");
    assert_eq!(words.matches("write a number from 1").count(), 1, "one mistake, one remedy\n{text}");
    let records = run("jsonl").values();
    let whens: Vec<_> = records[1]["routes"].as_array().unwrap().iter().map(|route| &route["when"]).collect();
    assert_eq!(whens, ["first", "disputed"], "{records:?}");
    assert_eq!(records.last().unwrap()["unusable"], serde_json::json!(["antivirus-update"]));
}

#[test]
fn a_sample_that_names_a_proxy_is_no_proxy() {
    let folder = Folder::new("plan-sample");
    let run = |proxy: &str, code: i32| {
        let text = format!("{{\"cloudService\":{{\"proxy\":\"{proxy}\"}}}}");
        let file = folder.write("mdatp_managed.json", text).display().to_string();
        let run = Probe::with(["plan", "--from", &file, "--client", "mdatp", "--format", "jsonl"])
            .and(["https://a.example/"])
            .run();
        run.expect_code(code);
        run.values()[1].clone()
    };
    let plan = run("http://proxy.server:3128", 1);
    let note = plan["notes"][0].as_str().unwrap();
    assert!(
        note.starts_with("setting_malformed: ") && note.contains("a sample from a documentation"),
        "{note}"
    );
    assert_eq!(plan["routes"][0]["proxy"], "http://proxy.server:3128", "what the client would take is said");
    let plan = run("http://proxy.servers.example:3128", 0);
    assert_eq!(plan.get("notes"), None, "a real name that begins alike");
}

#[test]
fn what_mdatp_says_of_its_health_is_read_and_shows_no_proxy() {
    let folder = Folder::new("plan-health");
    let health = "healthy                                     : true\nhealth_issues                               : []\n\
                  licensed                                    : true\ncloud_enabled                               : true\n";
    let file = folder.write("health.txt", health).display().to_string();
    let run = plan(&["--from", &file, "https://a.example/"]);
    let text = run.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("mdatp health shows no proxy, set or not"), "{text}");
    let run = plan(&["--from", &file, "--format", "jsonl", "https://a.example/"]);
    let read = &run.values()[0]["read"][0];
    assert_eq!((&read["format"], &read["settings"]), (&"mdatp health".into(), &0.into()));
    assert!(read["note"].as_str().is_some_and(|note| note.contains("shows no proxy")), "{read}");
    // What the commands say is of a known kind, too.
    let file = folder.write("said.txt", "Configuration property updated.\n").display().to_string();
    let run = plan(&["--from", &file, "--format", "jsonl", "https://a.example/"]);
    assert_eq!(run.values()[0]["read"][0]["format"], "mdatp's commands");
}

#[test]
fn a_file_that_a_unit_names_is_known_without_any_setting() {
    let folder = Folder::new("plan-named");
    let named = folder.write("mdatp.env", "LANG=C\n").display().to_string();
    let unit = format!("[Service]\nEnvironmentFile={named}\nEnvironment=HTTPS_PROXY=http://p.example:1\n");
    let unit = folder.write("mdatp.service", unit).display().to_string();
    for files in [[&named, &unit], [&unit, &named]] {
        let run = plan(&["--from", files[0], "--from", files[1], "--format", "jsonl", "https://a.example/"]);
        let first = &run.values()[0];
        assert_eq!(first["unread"], Value::Array(Vec::new()), "{first}");
        let read = first["read"].as_array().unwrap();
        let of_named = read.iter().find(|read| read["document"].as_str().unwrap().ends_with("mdatp.env"));
        assert_eq!(of_named.unwrap()["settings"], 0, "{first}");
    }
    // By itself it may be anything, and so may another one beside the unit.
    let other = folder.write("other.env", "LANG=C\n").display().to_string();
    for files in [[&named, &named], [&unit, &other]] {
        let run = Probe::with(["plan", "--from", files[0], "--from", files[1], "https://a.example/"]).run();
        run.expect_code(2);
        assert!(run.errors().contains("no kind of settings"), "{}", run.errors());
    }
}

#[test]
fn what_apt_includes_is_known_by_its_path_and_said_where_it_is_not_given() {
    let folder = Folder::new("plan-included");
    let proxies =
        folder.write("proxies", "Acquire::http::Proxy \"http://p.example:1\";\n").display().to_string();
    // Neither has a setting: one only includes, the other is about something else by and large.
    let site = format!("// Ours\nAPT::Get::Yes \"1\";\n#include \"{proxies}\";\n");
    let site = folder.write("site", site).display().to_string();
    let main = folder.write("apt.conf", format!("#include \"{site}\";\n")).display().to_string();
    let first = |files: &[&str]| {
        let files = files.iter().flat_map(|file| ["--from", file]);
        let all: Vec<&str> =
            files.chain(["--client", "apt", "--format", "jsonl", "http://a.example/"]).collect();
        let run = plan(&all);
        (run.values()[0]["unread"].clone(), run.text().contains("p.example"))
    };
    assert_eq!(first(&[&proxies, &site, &main]), (Value::Array(Vec::new()), true));
    let (unread, is_known) = first(&[&main, &site]);
    let want = format!("{proxies}: {site}:3 includes it (#include), and apt does not start without it");
    assert_eq!((unread, is_known), (serde_json::json!([want]), false));
    // What is included is known whatever stands in it; by itself it may be anything.
    let plain = folder.write("plain", "APT::Get::Yes \"1\";\n").display().to_string();
    let other = folder.write("apt.conf", format!("#include \"{plain}\";\n")).display().to_string();
    assert_eq!(first(&[&plain, &other]), (Value::Array(Vec::new()), false));
    let run = Probe::with(["plan", "--from", &plain, "http://a.example/"]).run();
    run.expect_code(2);
    assert!(run.errors().contains("no kind of settings"), "{}", run.errors());
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
    let plans = run.values().iter().filter(|record| record["type"] == "plan").count();
    assert_eq!(plans, 120_000);
    // A second is the goal of the release; this is the debug build, on whatever else the machine does.
    assert!(took < Duration::from_secs(20), "{took:?}");
}
