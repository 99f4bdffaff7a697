//! `check` by the settings of a client: which path is judged, what the client does when that fails, and that what only works so
//! is never called good.

use std::path::PathBuf;

use probe_tests::port;
use probe_tests::probe::{Probe, Run};
use probe_tests::raw::{OK, Peer};
use probe_tests::server::Folder;
use serde_json::Value;

/// A name that only `--resolve` knows.
const HOST: &str = "service.example";

/// Settings of another machine, in a file.
struct Export {
    _folder: Folder,
    file: PathBuf,
}

impl Export {
    fn path(&self) -> &str {
        self.file.to_str().expect("a folder of the test's own has a plain name")
    }
}

fn export(name: &str, text: &str) -> Export {
    let folder = Folder::new("export");
    let file = folder.write(name, text);
    Export { _folder: folder, file }
}

/// A registry with the sensor's static proxy, for plain http as well where `prefers` says so.
fn sensor(proxy_port: u16, prefers: bool) -> Export {
    let prefer = if prefers { "\"PreferStaticProxyForHttpRequest\"=dword:00000001\r\n" } else { "" };
    export(
        "sensor.reg",
        &format!(
            "Windows Registry Editor Version 5.00\r\n\r\n\
             [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection]\r\n\
             \"TelemetryProxyServer\"=\"127.0.0.1:{proxy_port}\"\r\n\
             \"DisableEnterpriseAuthProxy\"=dword:00000001\r\n\r\n\
             [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows Advanced Threat Protection]\r\n{prefer}\r\n"
        ),
    )
}

fn check(client: &str, export: &Export, origin: &Peer, more: &[&str]) -> Run {
    let url = format!("http://{HOST}:{}/", origin.port());
    Probe::check()
        .within(5.0)
        .resolving(HOST, origin.address())
        .and(["--client", client, "--from", export.path()])
        .and(more)
        .and([&url])
        .run()
}

/// Path and verdict of each attempt, in the order in which they ended.
fn tried(run: &Run) -> Vec<(String, String)> {
    run.records().attempts().into_iter().map(|attempt| (attempt.path, attempt.verdict)).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(path, verdict)| ((*path).to_owned(), (*verdict).to_owned())).collect()
}

fn finding(run: &Run, id: &str) -> Option<Value> {
    let records = run.records();
    records.of_type("finding").find(|record| record["finding"] == id).cloned()
}

#[test]
fn only_the_first_way_is_tried_and_judged() {
    let (origin, export) = (Peer::answering(OK), sensor(port::free(), true));
    let run = check("edr", &export, &origin, &[]);
    run.expect_code(1);
    assert_eq!(tried(&run), pairs(&[("named", "connect_refused")]), "{run}");
    assert_eq!(origin.connections(), 0, "nobody asked for another path");
    let records = run.records();
    let begin = records.of_type("run").next().unwrap();
    assert_eq!((&begin["client"], &begin["judged_path"]), (&"edr".into(), &"named".into()));
    let attempt = run.attempt();
    assert!(attempt.shows("sensor.reg:4 TelemetryProxyServer"), "{run}");
}

#[test]
fn a_dead_proxy_behind_a_fallback_is_never_green() {
    let (origin, export) = (Peer::answering(OK), sensor(port::free(), true));
    let run = check("edr", &export, &origin, &["--as-client"]);
    run.expect_code(1);
    assert_eq!(tried(&run), pairs(&[("named", "connect_refused"), ("direct", "reachable")]), "{run}");
    let found = finding(&run, "works_only_by_fallback").unwrap_or_else(|| panic!("{run}"));
    let evidence = found["evidence"][0].as_str().unwrap();
    assert!(evidence.starts_with("\"named\" (http://127.0.0.1:"), "{evidence}");
    assert!(evidence.ends_with("connect_refused; \"direct\" works"), "{evidence}");
    let records = run.records();
    let end = records.of_type("end").next().unwrap();
    assert_eq!((&end["planned"], &end["attempts"]), (&2.into(), &2.into()));
    assert!(end["answer"].as_str().unwrap().starts_with("NOT READY"), "{run}");
}

#[test]
fn every_path_where_that_is_asked_for() {
    let (origin, export) = (Peer::answering(OK), sensor(port::free(), true));
    let run = check("edr", &export, &origin, &["--path", "all"]);
    run.expect_code(1);
    let mut got = tried(&run);
    got.sort();
    let mut want = pairs(&[
        ("named", "connect_refused"),
        ("default", "not_configured"),
        ("wpad", "not_configured"),
        ("direct", "reachable"),
        ("cli", "not_configured"),
    ]);
    want.sort();
    assert_eq!(got, want, "{run}");
    assert!(finding(&run, "works_only_by_fallback").is_some(), "{run}");
}

#[test]
fn the_judged_path_may_differ_from_target_to_target() {
    let (origin, proxy) = (Peer::answering(OK), Peer::answering("HTTP/1.1 403 Forbidden\r\n\r\n"));
    let export = sensor(proxy.port(), false);
    let secure = format!("https://{HOST}/");
    // Without PreferStaticProxyForHttpRequest plain http goes by the default configuration, which is none.
    let run = check("edr", &export, &origin, &[&secure]);
    run.expect_code(1);
    let mut got = tried(&run);
    got.sort();
    assert_eq!(got, pairs(&[("default", "reachable"), ("named", "proxy_denied")]), "{run}");
}

/// Two proxies of the user's, one after the other, as Chromium reads them.
fn two_proxies(first: u16, second: u16) -> Export {
    export(
        "user.reg",
        &format!(
            "Windows Registry Editor Version 5.00\r\n\r\n\
             [HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\r\n\
             \"ProxyEnable\"=dword:00000001\r\n\"ProxyServer\"=\"127.0.0.1:{first},127.0.0.1:{second}\"\r\n"
        ),
    )
}

#[test]
fn the_next_proxy_of_a_list_when_the_first_cannot_be_reached() {
    let (origin, proxy) = (Peer::answering("HTTP/1.1 500 No\r\n\r\n"), Peer::answering(OK));
    let run = check("chromium", &two_proxies(port::free(), proxy.port()), &origin, &["--as-client"]);
    run.expect_code(1);
    // A URL has one attempt for each path: the second proxy of the same path is a control.
    assert_eq!(tried(&run), pairs(&[("default", "connect_refused")]), "{run}");
    let records = run.records();
    let control = records.of_type("control").next().unwrap_or_else(|| panic!("{run}"));
    assert_eq!((&control["path"], &control["verdict"]), (&"default".into(), &"reachable".into()));
    assert!(finding(&run, "works_only_by_fallback").is_some(), "{run}");
    assert_eq!(origin.connections(), 0, "the origin is the proxies' to ask");
}

#[test]
fn a_refusal_is_final_where_the_client_takes_it_so() {
    let (first, second) = (Peer::answering("HTTP/1.1 403 Forbidden\r\n\r\n"), Peer::answering(OK));
    let export = two_proxies(first.port(), second.port());
    let run = Probe::check()
        .within(5.0)
        .and(["--client", "chromium", "--as-client", "--from", export.path()])
        .and([format!("https://{HOST}/")])
        .run();
    run.expect_code(1);
    assert_eq!(tried(&run), pairs(&[("default", "proxy_denied")]), "{run}");
    assert_eq!(second.connections(), 0);
    assert!(finding(&run, "works_only_by_fallback").is_none(), "{run}");
}

#[test]
fn defender_never_logs_in_and_no_password_is_shown() {
    let origin = Peer::answering(OK);
    let proxy = Peer::answering(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n",
    );
    let export = export(
        "mdatp_managed.json",
        &format!("{{\"cloudService\":{{\"proxy\":\"http://agent:hunter2@127.0.0.1:{}/\"}}}}", proxy.port()),
    );
    let run = check("mdatp", &export, &origin, &[]);
    run.expect_code(1);
    assert_eq!(tried(&run), pairs(&[("named", "proxy_auth_required")]), "{run}");
    assert!(!run.text().contains("hunter2") && !run.errors().contains("hunter2"), "{run}");
}

#[test]
fn a_setting_that_cannot_be_used_sends_nothing() {
    let origin = Peer::answering(OK);
    let export = export("mdatp_managed.json", "{\"cloudService\":{\"proxy\":\"http://proxy.example:80x\"}}");
    let run = check("mdatp", &export, &origin, &["--as-client"]);
    run.expect_code(1);
    assert_eq!(tried(&run), pairs(&[("named", "setting_malformed")]), "{run}");
    assert!(run.attempt().shows("the port is not a number"), "{run}");
    assert_eq!(origin.connections(), 0);
}

#[test]
fn nobody_is_judged_by_what_a_pac_file_may_say() {
    let origin = Peer::answering(OK);
    let export = export(
        "advproxy.json",
        "{\"Proxy\":\"\",\"ProxyBypass\":\"\",\"AutoconfigUrl\":\"http://wpad.example/p.pac\",\"AutoDetect\":false}",
    );
    let run = check("winhttp", &export, &origin, &[]);
    run.expect_code(3);
    assert_eq!(tried(&run), pairs(&[("default", "not_measured")]), "{run}");
    assert!(run.attempt().shows("a PAC file, which this version does not evaluate"), "{run}");
    assert_eq!(origin.connections(), 0);
}

#[test]
fn flags_that_do_not_go_together() {
    let refused = |arguments: &[&str], what: &str| {
        let run = Probe::check().and(["https://a.example/"]).and(arguments).run();
        run.expect_code(2);
        assert!(run.errors().contains(what), "{run}");
    };
    refused(&["--client", "edr", "-x", "p:1"], "no client's settings are asked");
    refused(&["--as-client", "--path", "direct"], "no client's settings are asked");
    refused(&["--as-client", "--path", "default,direct"], "the client's to say");
    refused(&["--path", "all,direct"], "all stands beside other paths");
    refused(&["--client", "eddr"], "did you mean `edr`?");
    refused(&["--client", "go", "--noproxy", "x"], "say themselves what needs no proxy");
}

/// Settings that are cut off, or of the wrong type, may name a proxy: that they cannot be read is not that nothing is set.
#[test]
fn settings_that_cannot_be_read_are_never_green() {
    let broken = "{\"cloudService\":{\"proxy\":\"http://127.0.0.1:9\",}}";
    let number = "Windows Registry Editor Version 5.00\r\n\r\n\
                  [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection]\r\n\
                  \"TelemetryProxyServer\"=dword:00000001\r\n\r\n\
                  [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows Advanced Threat Protection]\r\n\
                  \"PreferStaticProxyForHttpRequest\"=dword:00000001\r\n";
    let cut = "Windows Registry Editor Version 5.00\r\n\r\n\
               [HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections]\r\n\
               \"WinHttpSettings\"=hex:28,00,00,00,00,00,00,00,03,00,00,00,0f,00,00,00,70\r\n";
    let no_scheme = "{\"cloudService\":{\"proxy\":\"127.0.0.1:9\"}}";
    let neutral = "Enabled: Yes\nServer: 127.0.0.1\nPort: 9\n";
    let port = "<dictionary> {\n  HTTPEnable : 1\n  HTTPPort : 99999\n  HTTPProxy : 127.0.0.1\n}\n";
    for (client, name, text, line) in [
        ("mdatp", "mdatp_managed.json", broken, "mdatp_managed.json:1: "),
        ("mdatp", "mdatp_managed.json", no_scheme, "mdatp_managed.json:1: "),
        ("mdatp-macos", "wi-fi.txt", neutral, "wi-fi.txt:1: "),
        ("mdatp-macos", "scutil.txt", port, "scutil.txt:3: "),
        ("edr", "wrong.reg", number, "wrong.reg:4: "),
        ("winhttp", "cut.reg", cut, "cut.reg:4: "),
        ("edr", "cut.reg", cut, "cut.reg:4: "),
    ] {
        let (origin, export) = (Peer::answering(OK), export(name, text));
        let run = check(client, &export, &origin, &[]);
        run.expect_code(1);
        assert_eq!(run.attempt().verdict, "setting_malformed", "{run}");
        assert_eq!(origin.connections(), 0, "{run}");
        assert!(run.errors().contains(line), "{line} is not said\n{run}");
    }
    // A file in which nothing at all can be read is no file of settings.
    let (origin, export) = (Peer::answering(OK), export("scutil.txt", "<dictionary> {\n  what is this\n}\n"));
    check("mdatp-macos", &export, &origin, &[]).expect_code(2);
}

/// The client is the one that the settings are of.
#[test]
fn an_export_of_windows_is_judged_as_the_sensor_of_windows() {
    let (origin, export) = (Peer::answering(OK), sensor(port::free(), true));
    let url = format!("http://{HOST}:{}/", origin.port());
    let ask = |more: &[&str]| {
        Probe::check().within(5.0).resolving(HOST, origin.address()).and(more).and([&url]).run()
    };
    let run = ask(&["--from", export.path()]);
    run.expect_code(1);
    assert_eq!(run.records().of_type("run").next().expect("a run")["client"], "edr", "{run}");
    assert_eq!(tried(&run), pairs(&[("named", "connect_refused")]), "{run}");
    // Settings of another system say nothing about a client.
    for (client, more) in [("edr", &[][..]), ("mdatp", &["--from", export.path()])] {
        let run = ask(&[&["--client", client], more].concat());
        assert!(run.expect_code(2).errors().contains("--client"), "{run}");
    }
    assert_eq!(origin.connections(), 0);
}

#[test]
fn the_clients_first_way_is_judged_wherever_it_stands_among_the_paths() {
    let (origin, export) = (Peer::answering(OK), sensor(port::free(), true));
    let run = check("edr", &export, &origin, &["--path", "default,named,direct"]);
    run.expect_code(1);
    let records = run.records();
    let head = records.of_type("run").next().expect("a run");
    assert_eq!(head["judged_path"], "named", "{run}");
    assert_eq!(head["paths"], serde_json::json!(["named", "default", "direct"]), "{run}");
    assert!(finding(&run, "works_only_by_fallback").is_some(), "{run}");
}

#[test]
fn a_setting_that_cannot_be_used_leads_the_sensor_on() {
    let text = "Windows Registry Editor Version 5.00\r\n\r\n\
                [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection]\r\n\
                \"TelemetryProxyServer\"=\"http://127.0.0.1:9\"\r\n\r\n\
                [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows Advanced Threat Protection]\r\n\
                \"PreferStaticProxyForHttpRequest\"=dword:00000001\r\n";
    let (origin, export) = (Peer::answering(OK), export("sensor.reg", text));
    let run = check("edr", &export, &origin, &["--as-client"]);
    run.expect_code(1);
    assert_eq!(tried(&run), pairs(&[("named", "setting_malformed"), ("direct", "reachable")]), "{run}");
    assert!(finding(&run, "works_only_by_fallback").is_some(), "{run}");
}

#[test]
fn of_several_services_one_is_judged_and_the_others_are_named() {
    let (origin, folder) = (Peer::answering(OK), Folder::new("units"));
    let unit = |name: &str, port: u16| {
        let text = format!("[Service]\nEnvironment=http_proxy=http://127.0.0.1:{port}\n");
        folder.write(name, text).display().to_string()
    };
    let (one, other) = (unit("one.service", port::free()), unit("other.service", port::free()));
    let url = format!("http://{HOST}:{}/", origin.port());
    let probe = Probe::check().within(5.0).resolving(HOST, origin.address());
    let run = probe.and(["--client", "service", "--from", &one, "--from", &other]).and([&url]).run();
    let errors = run.expect_code(1).errors();
    assert!(errors.contains("for the service one; not tried: for the service other"), "{run}");
}
