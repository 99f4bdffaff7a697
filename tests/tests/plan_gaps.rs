//! `plan` and `check` where not all is known: settings that were not read, that break off, or that are somebody else's, and proxies
//! that this program does not speak with.

use probe_tests::probe::{Probe, Run};
use probe_tests::server::Folder;
use serde_json::Value;

fn plan(arguments: &[&str]) -> Run {
    let run = Probe::with(["plan"]).and(arguments).run();
    run.expect_code(0);
    run
}

/// A way that is known and cannot be tried, and settings of another system: neither is called ready to be tried.
#[test]
fn the_answer_says_what_cannot_be_tried_and_what_is_not_known() {
    let folder = Folder::new("plan-answers");
    let file = folder.write("environment", "https_proxy=socks5://s.example:1080\n").display().to_string();
    for (clients, answer) in [
        ("curl", "curl: first by a proxy that this program does not speak with."),
        ("edr", "not known is what comes first for edr."),
        (
            "edr,curl,mdatp",
            "not known is what comes first for edr, mdatp; curl: first by a proxy that this program does not speak with.",
        ),
    ] {
        let run = plan(&["--from", &file, "--client", clients, "https://a.example/"]);
        run.expect_code(0);
        let page = run.text();
        assert!(page.trim_end().ends_with(answer), "{page}");
    }
    let run = plan(&["--from", &file, "--client", "edr", "--format", "jsonl", "https://a.example/"]);
    let plan = run.values().into_iter().find(|record| record["type"] == "plan").expect("a plan");
    assert_eq!(plan["asked_first"]["kind"], "unread");
    assert!(plan["notes"][0].as_str().expect("a note").contains("the settings of Windows"), "{plan}");
    let run = self::plan(&["--from", &file, "--client", "curl", "--format", "jsonl", "https://a.example/"]);
    let plan = run.values().into_iter().find(|record| record["type"] == "plan").expect("a plan");
    assert_eq!(plan["not_spoken_first"], format!("{file}:1 https_proxy"));
}

/// Of a client whose settings are not among what was exported, nothing is known: not that it would go direct.
#[test]
fn plans_are_for_those_whose_settings_were_given() {
    let folder = Folder::new("plan-whose");
    let clients = |name: &str, text: &str| {
        let file = folder.write(name, text).display().to_string();
        let run = plan(&["--from", &file, "--format", "jsonl"]);
        run.values()[0]["clients"]
            .as_array()
            .expect("a list")
            .iter()
            .map(Value::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(clients("arc.txt", "proxy.url : http://arc.example:8080\n"), [r#""arc""#]);
    assert_eq!(clients("mdatp_managed.json", r#"{"cloudService":{"proxy":""}}"#), [r#""mdatp""#]);
    let gnome = "org.gnome.system.proxy mode 'none'\n";
    assert_eq!(clients("gnome.txt", gnome), [r#""chromium""#, r#""firefox""#, r#""libproxy""#]);
}

/// Half a file, and a file that names another one: what stands in the rest may decide, so nobody is called ready by it.
#[test]
fn what_was_not_read_to_its_end_makes_nobody_ready() {
    let folder = Folder::new("plan-cut");
    let scutil = "<dictionary> {\n  HTTPSEnable : 1\n  HTTPSPort : 3128\n  HTTPSProxy : p.example\n}\n";
    let gnome = "org.gnome.system.proxy mode 'manual'\norg.gnome.system.proxy.https host 'p.example'\n";
    let unit = "[Service]\nEnvironmentFile=-/etc/sysconfig/mdatp\n";
    for (name, text, client, verdict) in [
        // What it says until there is known, and what follows is none of the settings that were not made.
        ("scutil.txt", &scutil[..scutil.len() - 10], "mdatp-macos", "setting_malformed"),
        ("gnome.txt", &gnome[..gnome.len() - 4], "chromium", "not_measured"),
        ("mdatp.service", unit, "mdatp", "not_measured"),
    ] {
        let file = folder.write(name, text).display().to_string();
        let run = Probe::with(["plan", "--from", &file, "--client", client, "https://a.example/"]).run();
        let last = run.text().lines().last().unwrap_or_default().to_owned();
        assert!(!last.contains("every first way can be tried") && last.contains(client), "{name}\n{run}");
        let check = ["check", "--from", &file, "--client", client, "--format", "jsonl", "https://a.example/"];
        let run = Probe::with(check).run();
        assert_eq!(run.attempt().verdict, verdict, "{name}");
        run.expect_code(if verdict == "not_measured" { 3 } else { 1 });
    }
    let file = folder.write("mdatp.service", unit).display().to_string();
    let given = folder.path().join("etc/sysconfig");
    std::fs::create_dir_all(&given).expect("a folder");
    std::fs::write(given.join("mdatp"), "").expect("a file");
    let given = given.join("mdatp").display().to_string();
    let run =
        Probe::with(["plan", "--from", &file, "--from", &given, "--client", "mdatp", "https://a.example/"])
            .run();
    assert!(run.text().trim_end().ends_with("every first way can be tried."), "{run}");
}
