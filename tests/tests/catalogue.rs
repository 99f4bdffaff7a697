//! What is chosen from the catalogue, and what its services say together.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use probe_tests::namespace::Namespace;
use probe_tests::nginx::{Nginx, Site};
use probe_tests::pki::{HOST, Pki};
use probe_tests::probe::{Probe, Run};
use probe_tests::raw::Peer;
use probe_tests::record::Records;
use probe_tests::server::Folder;
use probe_tests::squid::{Squid, USER};
use probe_tests::tool::UNSHARE;
use serde_json::Value;

/// A run over what a region needs, on a machine where every name leads to a port of loopback at which nobody listens.
fn refused(arguments: &[&str]) -> Run {
    let nowhere =
        ["--resolve", "*:443:127.0.0.1", "--resolve", "*:80:127.0.0.1", "--path", "direct", "--rate", "0"];
    Probe::check().and(nowhere).and(arguments.iter().copied()).run()
}

fn finding<'a>(records: &'a Records, id: &str) -> Option<&'a Value> {
    records.of_type("finding").find(|finding| finding["finding"] == id)
}

#[test]
fn without_target_and_region_nothing_is_sent_and_the_regions_are_named() {
    let run = Probe::with(["check"]).run();
    run.expect_code(2);
    for region in ["US", "EU", "UK", "AU", "CH", "IN", "GCC", "GCCH", "DoD"] {
        assert!(run.errors().contains(&format!("{region} (")), "{region} is missing\n{run}");
    }
    assert!(run.errors().contains("--onboarding"), "{run}");
    assert!(run.text().is_empty(), "{run}");
}

#[test]
fn a_region_gives_its_endpoints_on_the_judged_path_alone() {
    let run = refused(&["--region", "eu", "--os", "windows"]);
    run.expect_code(1);
    let records = run.records();
    let attempts = records.attempts();
    let paths: BTreeSet<&str> = attempts.iter().map(|attempt| attempt.path.as_str()).collect();
    assert_eq!(paths, ["direct"].into(), "{run}");
    let of = |url: &str| {
        attempts.iter().find(|attempt| attempt.url == url).unwrap_or_else(|| panic!("{url}\n{run}"))
    };
    let cnc = of("https://winatp-gw-neu.microsoft.com/commands/test");
    assert!(cnc.required && cnc.endpoint.as_deref() == Some("winatp-gw-neu.microsoft.com"), "{cnc:?}");
    let push = of("https://client.wns.windows.com/");
    assert!(!push.required && push.endpoint.as_deref() == Some("*.wns.windows.com"), "{push:?}");
    assert!(attempts.iter().all(|attempt| !attempt.url.contains("winatp-gw-cus")), "another region's\n{run}");
    let list = &records.of_type("run").next().unwrap()["catalog"];
    assert!(list["age_days"].is_i64() && list["age"].is_string(), "{list}");
    let text = |field: &str| list[field].to_string();
    assert!(text("conflicts").contains("usseu1westprod"), "{list}");
    assert!(text("untested").contains("*.ecs.office.com"), "{list}");
    let end = records.of_type("end").next().unwrap();
    let required = attempts.iter().filter(|attempt| attempt.required).count();
    assert!(end["answer"].as_str().unwrap().contains(&format!("of {required} required targets")), "{end}");
}

#[test]
fn what_is_not_known_of_a_region_is_said() {
    let run = refused(&["--region", "CH", "--os", "linux"]);
    let records = run.records();
    let list = &records.of_type("run").next().unwrap()["catalog"];
    assert!(list["notes"].to_string().contains("CH: no public list names"), "{list}");
    let observed = |run: &Run| {
        let attempts = run.records().attempts();
        let swiss = attempts.into_iter().filter(|attempt| attempt.url.contains("switzerland"));
        swiss.map(|attempt| attempt.required).collect::<Vec<_>>()
    };
    assert!(observed(&run).is_empty(), "{run}");
    let asked = observed(&refused(&["--region", "CH", "--os", "linux", "--observed"]));
    assert!(!asked.is_empty() && asked.iter().all(|required| !required), "observed names are never required");
}

#[test]
fn each_workspace_is_tested() {
    let ids = ["0123abcd-0000-4000-8000-000000000001", "0123abcd-0000-4000-8000-000000000002"];
    let base = ["--region", "EU", "--os", "windows-mma", "--service", "mma"];
    let run = refused(&[&base[..], &["--workspace", ids[0], "--workspace", ids[1]]].concat());
    let urls: BTreeSet<String> = run.records().attempts().into_iter().map(|attempt| attempt.url).collect();
    for id in ids {
        assert!(urls.contains(&format!("https://{id}.ods.opinsights.azure.com/")), "{urls:?}");
        assert!(urls.contains(&format!("https://{id}.oms.opinsights.azure.com/")), "{urls:?}");
    }
    let without = Probe::with(["endpoints", "list"]).and(base).run();
    assert!(without.text().contains("begins with a workspace id (--workspace)"), "{without}");
}

/// Onboarding data as a registry export has it.
fn registry_export(folder: &Folder, region: &str, host: &str) -> String {
    let body = format!(
        r#"{{"orgId":"0f0e-secret","geoLocationUrl":"https://{host}/edr/","datacenter":"Somewhere3","partnerGeoLocation":"{region}"}}"#
    );
    let signed = serde_json::json!({ "body": body, "sig": "c2lnbmF0dXJl" }).to_string();
    let value = signed.replace('\\', "\\\\").replace('"', "\\\"");
    let text = format!(
        "\u{feff}Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows \
         Advanced Threat Protection]\r\n\"OnboardingInfo\"=\"{value}\"\r\n"
    );
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("export.reg", wide).display().to_string()
}

#[test]
fn onboarding_data_gives_the_region_and_the_exact_hosts() {
    let folder = Folder::new("onboarding");
    let host = "edr-zrh.ch.endpoint.security.microsoft.com";
    let file = registry_export(&folder, "GW_CH", host);
    let run = refused(&["--onboarding", &file, "--os", "windows"]);
    let records = run.records();
    let attempts = records.attempts();
    let own = attempts.iter().find(|attempt| attempt.url == format!("https://{host}/edr/commands/test"));
    let own = own.unwrap_or_else(|| panic!("{run}"));
    assert!(own.required && own.endpoint.as_deref() == Some("*.endpoint.security.microsoft.com"), "{own:?}");
    let list = &records.of_type("run").next().unwrap()["catalog"];
    assert!(list["selection"].as_str().unwrap().starts_with("CH, windows, streamlined"), "{list}");
    assert!(list["notes"].to_string().contains("data centre Somewhere3"), "{list}");
    let everything = run.text() + &run.errors();
    assert!(!everything.contains("0f0e-secret") && !everything.contains("c2lnbmF0dXJl"), "{run}");
    let forged = registry_export(&folder, "GW_EU", "edr.microsoft.com.evil.example");
    let run = refused(&["--onboarding", &forged, "--os", "windows"]);
    assert!(run.records().attempts().iter().all(|attempt| !attempt.url.contains("evil")), "{run}");
    assert!(run.text().contains("its host is not Microsoft's"), "{run}");
}

#[test]
fn onboarding_data_that_is_none_is_refused() {
    let folder = Folder::new("onboarding");
    let file = folder.write("export.reg", "Windows Registry Editor Version 5.00\r\n").display().to_string();
    let run = Probe::with(["check", "--onboarding", &file]).run();
    run.expect_code(2);
    assert!(run.errors().contains("there is no onboarding data in this file"), "{run}");
}

/// The agent's own file, where this machine lets a test put one.
#[test]
fn a_machine_that_is_onboarded_needs_no_flag() {
    if !Namespace::needs().are_met("a_machine_that_is_onboarded_needs_no_flag") {
        return;
    }
    let folder = Folder::new("onboarding");
    let body = r#"{"geoLocationUrl":"https://winatp-gw-uks.microsoft.com/","datacenter":"UkSouth","vortexGeoLocation":"UK"}"#;
    let text =
        serde_json::json!({ "onboardingInfo": serde_json::json!({ "body": body }).to_string() }).to_string();
    let file = folder.write("mdatp_onboard.json", text);
    let script = folder.write(
        "enter",
        format!(
            "set -e\nip link set lo up\nmount -t tmpfs none /etc/opt\nmkdir -p /etc/opt/microsoft/mdatp\ncp {} \
             /etc/opt/microsoft/mdatp/\nexec \"$@\"\n",
            file.display()
        ),
    );
    let mut command = std::process::Command::new(UNSHARE.path());
    command.args(["-Urnm", "--", "sh"]).arg(script).arg(probe_tests::probe::program());
    let run = Probe::check()
        .and([
            "--resolve",
            "*:443:127.0.0.1",
            "--resolve",
            "*:80:127.0.0.1",
            "--path",
            "direct",
            "--rate",
            "0",
        ])
        .and(["--os", "linux"])
        .by(command)
        .run();
    let records = run.records();
    let list = &records.of_type("run").next().unwrap_or_else(|| panic!("{run}"))["catalog"];
    assert!(list["selection"].as_str().unwrap().starts_with("UK, linux, standard"), "{list}");
    assert!(list["notes"].to_string().contains("/etc/opt/microsoft/mdatp/mdatp_onboard.json"), "{list}");
}

#[test]
fn lists_of_ones_own_replace_or_extend_the_built_in_one() {
    let folder = Folder::new("lists");
    let own = "Geography,Port,Endpoint/URL,Required or Optional\nEU,443,winatp-gw-neu.microsoft.com,Required\n\
               WW,8443,proxy.corp.example,Optional\nWW,443,odd*.corp.example,Required\n";
    let file = folder.write("own.csv", own).display().to_string();
    let nowhere = ["--resolve", "*:8443:127.0.0.1"];
    let run =
        |flag: &str| refused(&[&["--region", "EU", "--os", "windows", flag, &file][..], &nowhere].concat());
    let instead = run("--catalog");
    let urls: Vec<String> = instead.records().attempts().into_iter().map(|attempt| attempt.url).collect();
    let want = ["https://winatp-gw-neu.microsoft.com/commands/test", "https://proxy.corp.example:8443/"];
    assert_eq!(urls.iter().map(String::as_str).collect::<BTreeSet<_>>(), want.into(), "{instead}");
    assert!(
        instead.text().contains("line 4: a * can stand for whole labels"),
        "a row is lost silently\n{instead}"
    );
    let both = run("--catalog-add").records().attempts();
    assert!(both.len() > 20 && both.iter().any(|attempt| attempt.url == want[1]), "{}", both.len());
}

#[test]
fn lists_are_imported_and_compared() {
    let folder = Folder::new("lists");
    let file =
        folder.write("built-in.csv", Probe::with(["endpoints", "list", "--format", "csv"]).run().text());
    let file = file.display().to_string();
    let same = Probe::with(["endpoints", "diff", "builtin", &file]).run();
    assert_eq!(same.text(), "0 added, 0 removed, 0 changed.\n", "{same}");
    let text =
        folder.write("own.txt", "# mine\nnew.corp.example\n*.wild.corp.example:8443\n").display().to_string();
    let imported = Probe::with(["endpoints", "import", &text]).run();
    imported.expect_code(0);
    assert!(imported.text().contains("\nnew.corp.example,443,https,"), "{imported}");
    let diff = Probe::with(["endpoints", "diff", "builtin", &text]).run();
    assert!(
        diff.text().contains("+ new.corp.example:443") && diff.text().contains("- winatp-gw-neu"),
        "{diff}"
    );
    let broken = folder.write("cut.xlsx", b"PK\x03\x04 cut").display().to_string();
    let refused = Probe::with(["endpoints", "import", &broken]).run();
    refused.expect_code(2);
    assert!(refused.errors().contains("no workbook that can be read"), "{refused}");
}

#[test]
fn a_hundred_thousand_rows_are_chosen_from_in_seconds() {
    let folder = Folder::new("lists");
    let rows = (0..99_000).map(|number| format!("h{number}.corp.example\n"));
    let wildcards = (0..900).map(|number| format!("*.w{number}.corp.example\n"));
    let list: Vec<String> = rows.chain(wildcards).collect();
    let file = folder.write("long.txt", list.concat()).display().to_string();
    // Built first: that is not what is measured.
    let _ = probe_tests::probe::program();
    let begun = Instant::now();
    let run = Probe::with([
        "endpoints",
        "list",
        "--region",
        "EU",
        "--os",
        "linux",
        "--format",
        "targets",
        "--catalog",
        &file,
    ])
    .run();
    assert_eq!(run.text().lines().count(), 99_000);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[test]
fn push_notifications_through_a_proxy_are_no_success() {
    let proxy = Peer::answering("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    let proxy = format!("http://{}", proxy.address());
    let run = Probe::check()
        .through(&proxy)
        .and(["--region", "EU", "--os", "windows", "--service", "wns", "--rate", "0"])
        .run();
    let records = run.records();
    let found = finding(&records, "must_bypass_proxy").unwrap_or_else(|| panic!("{run}"));
    assert!(found["urls"].to_string().contains("client.wns.windows.com"), "{found}");
    assert!(found["evidence"].to_string().contains(&format!("through {proxy}: proxy_denied")), "{found}");
    let direct = refused(&["--region", "EU", "--os", "windows", "--service", "wns"]);
    assert!(
        finding(&direct.records(), "must_bypass_proxy").is_none(),
        "the direct path is the right one\n{direct}"
    );
}

#[test]
fn blocked_revocation_is_found_where_the_rest_passes() {
    let pki = Pki::make();
    let nginx = Nginx::start(&pki);
    let port = nginx.port(Site::Good);
    let good = format!("https://{HOST}:{port}/ok");
    let crl = "http://crl.microsoft.com/pki/crl/products";
    let run = |targets: &[&str]| {
        Probe::check_with(&pki)
            .resolving(HOST, ([127, 0, 0, 1], port).into())
            .and(["--resolve", "*:80:127.0.0.1", "--path", "direct"])
            .and(targets.iter().copied())
            .run()
    };
    let both = run(&[&good, crl]);
    let records = both.records();
    let found = finding(&records, "revocation_blocked").unwrap_or_else(|| panic!("{both}"));
    assert_eq!(found["urls"], serde_json::json!([crl]), "{found}");
    assert!(finding(&run(&[crl]).records(), "revocation_blocked").is_none(), "nothing passes at all");
    assert!(finding(&run(&[&good]).records(), "revocation_blocked").is_none());
}

#[test]
fn what_passes_only_with_a_login_is_said_and_asked_for_once() {
    let pki = Pki::make();
    let nginx = Nginx::start(&pki);
    let squid = Squid::start(&pki, "hunter2");
    let urls = ["ok", ""].map(|path| format!("https://{HOST}:{}/{path}", nginx.port(Site::Good)));
    let run = |proxy: &str| Probe::check_with(&pki).through(proxy).and(&urls).run();
    let login = run(&squid.auth(&format!("{USER}:hunter2@")));
    login.expect_code(0);
    let records = login.records();
    let found = finding(&records, "works_only_with_credentials").unwrap_or_else(|| panic!("{login}"));
    assert_eq!(found["count"], 2, "{found}");
    let controls: Vec<_> = records.of_type("control").collect();
    assert_eq!(controls.len(), 1, "{login}");
    assert_eq!(controls[0]["verdict"], "proxy_auth_required", "{login}");
    assert_eq!(records.attempts().len(), 2, "a control is no attempt\n{login}");
    let end = records.of_type("end").next().unwrap();
    assert_eq!(end["attempts"], 2, "a control is not counted\n{login}");
    // Where the proxy asks nobody, the login is not what makes it work.
    let open = squid.open().replace("http://", &format!("http://{USER}:hunter2@"));
    let needless = run(&open);
    assert!(finding(&needless.records(), "works_only_with_credentials").is_none(), "{needless}");
}
