//! Microsoft's client analyzer has weaknesses that its script shows (A1 to A15 in the order of our notes on it). One test for each:
//! that this program does not have it. Where it lies in what the old tool does with its own output, that output is imported.

use std::path::PathBuf;
use std::time::Duration;

use probe_tests::pki::Pki;
use probe_tests::port;
use probe_tests::probe::{Probe, Run};
use probe_tests::raw::{OK, Peer, Step, send, server_config};
use probe_tests::server::Folder;
use probe_tests::tool::{Needs, OPENSSL};
use rustix::process::Signal;
use serde_json::Value;

/// An answer of no length with this status.
fn answer(status: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")
}

/// What the old tool's output says, judged again.
fn imported(sample: &str) -> Run {
    let file =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../probe-tui/tests/samples/import").join(sample);
    Probe::with(["report", "--format", "jsonl", "--import"]).and([file]).run()
}

fn finding(run: &Run, id: &str) -> Value {
    let records = run.records();
    let found = records.of_type("finding").find(|finding| finding["finding"] == id).cloned();
    found.unwrap_or_else(|| panic!("{id} is missing\n{run}"))
}

fn end(run: &Run) -> Value {
    run.records().of_type("end").next().cloned().unwrap_or_else(|| panic!("no end\n{run}"))
}

fn urls(finding: &Value) -> Vec<String> {
    let urls = finding["urls"].as_array().expect("a list").iter();
    urls.map(|url| url.as_str().expect("a text").to_owned()).collect()
}

/// The rule of the old script: is a URL good whose lines these are?
fn accepted_by_the_old_script(block: &str) -> bool {
    let lines = block.lines().skip_while(|line| !line.contains("Testing URL :")).skip(1).take(6);
    let good = ["(200)", "(400)", "(404)", "Succeeded (405)"];
    lines.into_iter().any(|line| good.iter().any(|text| line.contains(text)))
}

/// A1: any line that holds (200), (400) or (404) makes a URL good, so that a direct success hides a dead proxy, and a proxy's own
/// 404 page passes. Here the judged path alone decides, and a status in a failure does not look like one that is accepted.
#[test]
fn a1_neither_a_direct_success_nor_the_proxys_own_page_makes_a_url_good() {
    let origin = Peer::answering(OK);
    let dead = format!("http://127.0.0.1:{}", port::free());
    let arguments = ["--path", "cli,direct", "-x", &dead, &origin.url()];
    let run = Probe::check().and(arguments).run();
    run.expect_code(1);
    let verdicts: Vec<_> =
        run.records().attempts().into_iter().map(|attempt| (attempt.path, attempt.verdict)).collect();
    assert!(verdicts.contains(&("cli".into(), "connect_refused".into())), "{run}");
    assert!(verdicts.contains(&("direct".into(), "reachable".into())), "{run}");

    for status in ["200 OK", "400 Bad Request", "404 Not Found"] {
        let page = Peer::start(vec![
            Step::ReadHead,
            send("HTTP/1.1 "),
            send(status),
            send("\r\nContent-Length: 6\r\n\r\n<html>"),
            Step::End,
        ]);
        let proxy = format!("http://{}", page.address());
        let run = Probe::with(["check", "--format", "analyzer", "-x", &proxy, "https://a.test/x"]).run();
        run.expect_code(1);
        let text = run.text();
        assert!(text.contains("Testing URL : https://a.test/x\n") && text.contains("Failed ("), "{run}");
        assert!(!accepted_by_the_old_script(&text), "the old script would accept this\n{run}");
    }

    let run = imported("analyzer-dead-proxy.txt");
    run.expect_code(1);
    assert_eq!(urls(&finding(&run, "works_only_by_fallback")).len(), 5, "{run}");
}

/// A2: one set of statuses for all URLs, so that a gateway that answers 404 is healthy. Here each URL is judged by its own.
#[test]
fn a2_each_url_is_judged_by_its_own_status() {
    let origin = Peer::answering(&answer("404 Not Found"));
    let list = format!("{0}commands/test expect=200\n{0}wdcp.svc expect=404\n", origin.url());
    let run = Probe::check().and(["--path", "direct", "--targets", "-"]).reading(&list).run();
    run.expect_code(1);
    for attempt in run.records().attempts() {
        let is_gateway = attempt.url.ends_with("/commands/test");
        assert_eq!(attempt.verdict, if is_gateway { "http_unexpected_status" } else { "reachable" }, "{run}");
    }
    let found = finding(&imported("analyzer-wrong-statuses.txt"), "wrongly_accepted");
    assert_eq!(
        urls(&found),
        [
            "https://winatp-gw-cus.microsoft.com/commands/test",
            "https://winatp-gw-eus.microsoft.com/commands/test"
        ]
    );
}

/// A3: two failures of twelve are reported as the failure of all. Here they are counted.
#[test]
fn a3_two_of_twelve_are_two_of_twelve() {
    let origin = Peer::answering(OK);
    let dead = port::free();
    let good = (0..10).map(|number| format!("{}{number}\n", origin.url()));
    let bad = (0..2).map(|number| format!("http://127.0.0.1:{dead}/{number}\n"));
    let list: String = good.chain(bad).collect();
    let run = Probe::check().and(["--path", "direct", "--targets", "-"]).reading(&list).run();
    run.expect_code(1);
    let end = end(&run);
    assert_eq!((&end["outcomes"]["failure"], &end["outcomes"]["success"]), (&2.into(), &10.into()), "{run}");
    assert!(end["answer"].as_str().unwrap_or_default().contains("2 of 12 required targets"), "{run}");
}

/// A4: a tenant in a region that its list lacks is only asked what all regions share, and told that all is well. Here what was
/// not asked is not well.
#[test]
fn a4_a_region_without_a_list_is_not_well() {
    let run = imported("analyzer-unknown-region.txt");
    run.expect_code(1);
    let asked = run.records().attempts().into_iter().filter(|attempt| attempt.verdict == "reachable").count();
    assert!(asked >= 3, "what was asked is good\n{run}");
    let never = finding(&run, "never_asked");
    assert!(urls(&never).iter().any(|url| url.contains("winatp-gw-")), "{run}");
    assert!(run.errors().contains("no URL of any region was asked"), "{run}");
}

/// A5: of several regions only the last is judged. Here every target is.
#[test]
fn a5_every_region_that_was_asked_is_judged() {
    let (good, bad) = (Peer::answering(OK), Peer::answering(&answer("404 Not Found")));
    let url = |host: &str, peer: &Peer| format!("http://{host}:{}/commands/test expect=200\n", peer.port());
    let (us, uk, eu) =
        ("winatp-gw-cus.microsoft.com", "winatp-gw-uks.microsoft.com", "winatp-gw-neu.microsoft.com");
    let list = url(us, &bad) + &url(uk, &good) + &url(eu, &good);
    let run = Probe::check()
        .and(["--path", "direct", "--targets", "-"])
        .resolving(us, bad.address())
        .resolving(uk, good.address())
        .resolving(eu, good.address())
        .reading(&list)
        .run();
    run.expect_code(1);
    let failed: Vec<_> =
        run.records().attempts().into_iter().filter(|one| one.outcome == "failure").collect();
    assert_eq!(failed.len(), 1, "{run}");
    assert!(failed[0].url.contains(us), "the first region counts as the last does\n{run}");
}

/// A6: storage and settings are asked without pinning, so that an inspection of these does not show. Here the chain is judged
/// whatever the host is for and whatever status comes.
#[test]
fn a6_an_inspection_shows_on_every_host() {
    if !Needs::of(&[OPENSSL]).are_met("a6_an_inspection_shows_on_every_host") {
        return;
    }
    let pki = Pki::make();
    // Signed by the company: this machine trusts it, and no service uses it.
    let config = server_config(&pki.proxy, rustls::DEFAULT_VERSIONS);
    let storage = Peer::start(vec![
        Step::StartTls(config),
        Step::ReadHead,
        Step::Send(answer("400 Bad Request").into_bytes()),
        Step::End,
    ]);
    let target = format!("https://localhost:{}/ expect=400", storage.port());
    let run = Probe::check_with(&pki)
        .and(["--path", "direct", &target])
        .resolving("localhost", storage.address())
        .run();
    assert_eq!(run.attempt().verdict, "inspected_trusted", "{run}");
    assert_eq!(run.attempt().http_status, Some(400), "{run}");
    let run = imported("analyzer-wrong-statuses.txt");
    let blob = run
        .records()
        .attempts()
        .into_iter()
        .find(|one| one.url.contains("blob") && one.verdict == "reachable");
    let evidence = blob.expect("the storage that was asked").evidence;
    assert!(evidence.iter().any(|line| line.contains("without pinning")), "{evidence:?}");
}

/// A7: a URL that cannot be reached inherits the issuer of the one before. Here an attempt has its own evidence only.
#[test]
fn a7_no_certificate_is_carried_over_to_the_next_url() {
    if !Needs::of(&[OPENSSL]).are_met("a7_no_certificate_is_carried_over_to_the_next_url") {
        return;
    }
    let pki = Pki::make();
    let config = server_config(&pki.proxy, rustls::DEFAULT_VERSIONS);
    let inspected = Peer::start(vec![
        Step::StartTls(config),
        Step::ReadHead,
        Step::Send(OK.as_bytes().to_vec()),
        Step::End,
    ]);
    let (first, second) =
        (format!("https://{}/", inspected.address()), format!("https://127.0.0.1:{}/", port::free()));
    let run = Probe::check_with(&pki).and(["--parallel", "1", "--path", "direct", &first, &second]).run();
    let attempts = run.records().attempts();
    let issuer = |url: &str| {
        let attempt = attempts.iter().find(|attempt| attempt.url == url).expect("it was asked");
        attempt.tls.as_ref().and_then(|tls| tls.issuer.clone())
    };
    assert!(issuer(&first).is_some_and(|issuer| issuer.contains("Example Corp")), "{run}");
    assert_eq!(issuer(&second), None, "{run}");
}

/// A8: the expected roots are names in its code, one of them out of date. Here they are data, and a name alone proves nothing.
#[test]
fn a8_roots_are_data_that_can_be_replaced() {
    if !Needs::of(&[OPENSSL]).are_met("a8_roots_are_data_that_can_be_replaced") {
        return;
    }
    let pki = Pki::make();
    let config = server_config(&pki.good, rustls::DEFAULT_VERSIONS);
    let origin = Peer::start(vec![
        Step::StartTls(config),
        Step::ReadHead,
        Step::Send(OK.as_bytes().to_vec()),
        Step::End,
    ]);
    let url = format!("https://{}/", origin.address());
    let verdict = |service: &PathBuf| {
        let probe = Probe::check().trusting(service, &pki.local_roots).within(5.0);
        probe.and(["--path", "direct", &url]).run().attempt().verdict
    };
    assert_eq!(verdict(&pki.service_roots), "reachable", "its own root, which no code names");
    assert_ne!(
        verdict(&pki.client_roots),
        "reachable",
        "an authority of the same organisation, and another root"
    );
}

/// A9: the test of push notifications knows no proxy, takes milliseconds for seconds, and its result is thrown away. Here a
/// handshake alone is asked over any path, within the time that was said, and its failure counts.
#[test]
fn a9_a_handshake_alone_has_a_path_a_bound_and_a_result() {
    let silent = Peer::silent();
    let target = format!("https://{}/ method=TLS", silent.address());
    let run = Probe::check().within(1.0).and(["--path", "direct", &target]).run();
    run.expect_code(1);
    assert_eq!(run.attempt().verdict, "tls_silent", "{run}");
    assert!(run.elapsed < Duration::from_secs(8), "one second was said, and it took {:?}", run.elapsed);

    let proxy = Peer::answering(&answer("403 Forbidden"));
    let address = format!("http://{}", proxy.address());
    let run = Probe::check().within(2.0).and(["-x", &address, "https://client.wns.test/ method=TLS"]).run();
    run.expect_code(1);
    assert_eq!((run.attempt().verdict.as_str(), proxy.connections()), ("proxy_denied", 1), "{run}");
}

/// A10: 130 seconds for all URLs together, one after the other, and then it is ended. Here each attempt has its own time, many run
/// at once, and every target has its record.
#[test]
fn a10_a_slow_network_cuts_nothing_off() {
    let silent = Peer::silent();
    let urls: Vec<String> = (0..40).map(|number| format!("{}{number}", silent.url())).collect();
    let run = Probe::check()
        .within(1.0)
        .and(["--path", "direct", "--rate", "0", "--parallel", "40", "--targets", "-"])
        .reading(&urls.join("\n"))
        .run();
    run.expect_code(1);
    assert_eq!(run.records().attempts().len(), 40, "{run}");
    assert!(run.elapsed < Duration::from_secs(20), "40 s one after the other, {:?} here", run.elapsed);
    assert_eq!(end(&run)["verdicts"]["http_silent"], 40, "{run}");
}

/// A10b: what was not reached before it was ended is no failure, and its group is well. Here a run that was ended says so, and
/// what the old tool never asked is not well.
#[test]
fn a10b_what_was_not_reached_is_not_well() {
    let (good, silent) = (Peer::answering(OK), Peer::silent());
    let running = Probe::check()
        .and(["--timeout", "60", "--path", "direct", "--parallel", "2"])
        .and([good.url(), silent.url(), format!("{}2", silent.url())])
        .start();
    let mut waited = 0;
    while (good.connections() == 0 || silent.connections() == 0) && waited < 1000 {
        std::thread::sleep(Duration::from_millis(20));
        waited += 1;
    }
    running.signal(Signal::INT);
    let run = running.finish();
    run.expect_code(130);
    let end = end(&run);
    assert!(end["attempts"].as_u64() < end["planned"].as_u64(), "{run}");
    assert!(end["answer"].as_str().unwrap_or_default().starts_with("INTERRUPTED"), "{run}");

    let run = imported("analyzer-ended.txt");
    run.expect_code(1);
    let never = finding(&run, "never_asked");
    let text = never.to_string();
    for group in ["130017", "130019", "130020", "130021"] {
        assert!(text.contains(group), "{group} was reported and is false\n{run}");
    }
    assert!(urls(&never).contains(&"https://automatedirstrprdneu.blob.core.windows.net/".into()), "{run}");
    let unasked = run.records().attempts().into_iter().filter(|one| one.verdict == "not_measured");
    assert!(unasked.count() >= urls(&never).len(), "each has a record\n{run}");
}

/// A10c: entries with `NoPinning` behind the URL are never found among the failures. Here a URL is a URL.
#[test]
fn a10c_a_flag_behind_a_url_does_not_hide_its_failure() {
    let run = imported("analyzer-storage.txt");
    run.expect_code(1);
    let failed: Vec<_> = run
        .records()
        .attempts()
        .into_iter()
        .filter(|one| one.path == "default" && one.outcome == "failure")
        .map(|one| one.url)
        .collect();
    assert_eq!(failed.len(), 4, "{run}");
    assert!(failed.iter().all(|url| url.contains(".blob.") && !url.contains("NoPinning")), "{failed:?}");
}

/// A11: no phases, and nobody says who answered. Here each stage has its time, and each verdict its speaker.
#[test]
fn a11_stages_have_their_times_and_verdicts_their_speakers() {
    let proxy = Peer::answering(&answer("502 Bad Gateway"));
    let address = format!("http://{}", proxy.address());
    let run = Probe::check().and(["-x", &address, "https://a.test/"]).run();
    let attempt = run.attempt();
    assert_eq!((attempt.speaker.as_str(), attempt.stage.as_str()), ("proxy", "proxy_connect"), "{run}");
    assert!(
        attempt.timing_ms.contains_key("connect") && attempt.timing_ms.contains_key("proxy_connect"),
        "{run}"
    );
    let origin = Peer::answering(&answer("502 Bad Gateway"));
    let run = Probe::check().and(["--path", "direct", &origin.url()]).run();
    assert_eq!(
        (run.attempt().speaker.as_str(), run.attempt().verdict.as_str()),
        ("origin", "service_fault"),
        "{run}"
    );
}

/// A12: the answer to CONNECT is not shown apart, nor which logins a proxy offers. Here both are.
#[test]
fn a12_the_answer_to_connect_stands_apart_with_the_logins_it_offers() {
    let proxy = Peer::answering(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\n\
         Proxy-Authenticate: NTLM\r\nProxy-Authenticate: Basic realm=\"corp\"\r\nContent-Length: 0\r\n\r\n",
    );
    let address = format!("http://{}", proxy.address());
    let attempt = Probe::check().and(["-x", &address, "https://a.test/"]).run().attempt();
    assert_eq!((attempt.proxy_status, attempt.http_status), (Some(407), None));
    assert_eq!(attempt.auth_schemes, ["Negotiate", "NTLM", "Basic"]);
    let run = imported("analyzer-wrong-statuses.txt");
    let asks = run.records().attempts().into_iter().find(|one| one.verdict == "proxy_auth_required");
    assert_eq!(
        asks.map(|one| (one.proxy_status, one.owner)),
        Some((Some(407), "proxy_team".into())),
        "{run}"
    );
}

/// A13: Windows, an administrator and a page to look at. Here exit codes and records with a contract, for anybody, on this system.
#[test]
fn a13_programs_can_rely_on_exit_codes_and_records() {
    let origin = Peer::answering(OK);
    let run = Probe::check().and(["--path", "direct", &origin.url()]).run();
    run.expect_code(0);
    let records = run.records();
    assert_eq!(records.types(), ["run", "attempt", "end"], "{run}");
    let lines = run.text();
    let all: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(all.iter().all(|record| record["v"] == 1), "{run}");
    let dead = format!("http://127.0.0.1:{}/", port::free());
    Probe::check().and(["--path", "direct", &dead]).run().expect_code(1);
    Probe::with(["check"]).run().expect_code(2);
    Probe::check().and(["--path", "wpad", &origin.url()]).run().expect_code(3);
    imported("analyzer-dead-proxy.txt").expect_code(1);
}

/// A14: the government's regions have no trust lists and an empty list of storages. Here they have both.
#[test]
fn a14_the_governments_regions_have_whole_lists() {
    let block = |url: &str| {
        format!(
            "Testing URL : {url}\n1 - Default proxy: Succeeded (200)\n2 - Proxy auto discovery (WPAD): Failed (12180)\n\
             3 - Proxy disabled: Succeeded (200)\n4 - Named proxy: Doesn't exist\n5 - Command line proxy: Doesn't exist\n\n"
        )
    };
    let text = block("https://winatp-gw-usmt.microsoft.com/commands/test")
        + &block("https://us4-v20.events.data.microsoft.com/ping")
        + "2026-11-23 10:00:00Z [Informational] EDRCloudConnectivitySampleUpload 130020: completed\n";
    let folder = Folder::new("government");
    let file = folder.write("MDEClientAnalyzer.txt", text);
    let run = Probe::with(["report", "--format", "jsonl", "--import"]).and([file]).run();
    run.expect_code(1);
    let urls = urls(&finding(&run, "never_asked"));
    assert!(urls.iter().any(|url| url.contains("blob.core.usgovcloudapi.net")), "{run}");
    assert!(!urls.iter().any(|url| url.contains("blob.core.windows.net")), "{run}");
}

/// A15: its lists are signed, and one that was corrected is refused. Here a list is a file of the user's.
#[test]
fn a15_a_list_of_ones_own_is_a_file() {
    let origin = Peer::answering(&answer("418 I'm a teapot"));
    let folder = Folder::new("own-list");
    let list = folder.write("list", format!("# corrected here\n{}new/path expect=418\n", origin.url()));
    let run = Probe::check().and(["--path", "direct", "--targets"]).and([list]).run();
    run.expect_code(0);
    assert_eq!(run.attempt().verdict, "reachable", "{run}");
}
