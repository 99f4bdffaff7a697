//! What is typed: mistakes, verbs, pace and exit codes. Whoever types something wrong learns all of it at once, and nothing is
//! sent.

use std::fs;
use std::time::Duration;

use probe_tests::pki::Pki;
use probe_tests::port;
use probe_tests::probe::{Probe, Run};
use probe_tests::raw::{OK, Peer, Step, send, server_config};
use probe_tests::server::Folder;
use probe_tests::tool::{Needs, OPENSSL};
use rustls::version::{TLS12, TLS13};

/// Where no server listens.
fn refused() -> String {
    format!("http://127.0.0.1:{}/", port::free())
}

/// A run that must be refused: exit code 2, nothing on standard output.
fn mistaken(probe: Probe) -> String {
    let run = probe.run();
    run.expect_code(2);
    assert!(run.stdout.is_empty(), "nothing goes to standard output\n{run}");
    run.errors()
}

#[test]
fn without_a_verb_there_is_help_and_nothing_else() {
    let peer = Peer::answering(OK);
    let run = Probe::with([""; 0]).setting("http_proxy", &peer.url()).run();
    run.expect_code(0);
    let help = run.text();
    for word in ["check", "report", "explain", "lab", "completions", "man"] {
        assert!(help.contains(word), "{word} is missing\n{help}");
    }
    assert_eq!(peer.connections(), 0);
}

#[test]
fn all_mistakes_come_at_once_and_nothing_is_sent() {
    let peer = Peer::answering(OK);
    let folder = Folder::new("mistakes");
    let list = folder.write(
        "list.txt",
        format!("# targets\n{0}\nhtps://one.test/\n{0} expct=200\nhttps://two.test:99999/\nhttps://user:pw@three.test/\n", peer.url()),
    );
    let result = folder.write("result.jsonl", "what was here before\n");
    let list = list.display().to_string();
    let errors = mistaken(
        Probe::check()
            .and(["--targets", &list, "-o", &result.display().to_string(), "--timeout", "soon"])
            .and([
                "--proxy",
                "socks5://127.0.0.1:1",
                "--fail-on",
                "warnings",
                "--service-roots",
                "/no/such/file.pem",
            ]),
    );
    for place in [&format!("{list}:3:1"), &format!("{list}:4:"), &format!("{list}:5:"), &format!("{list}:6:")]
    {
        assert!(errors.contains(place.as_str()), "{place} is missing\n{errors}");
    }
    for part in
        ["--timeout", "socks5", "--fail-on", "/no/such/file.pem", "`https`", "`expect=`", "`warning`", "^^^^"]
    {
        assert!(errors.contains(part), "{part} is missing\n{errors}");
    }
    assert!(!errors.contains("pw@"), "a password stands in the message\n{errors}");
    assert!(!errors.contains("list.txt:2:"), "a good line is blamed\n{errors}");
    assert_eq!(fs::read_to_string(result).unwrap(), "what was here before\n", "the output file was touched");
    assert_eq!(peer.connections(), 0, "something was sent");
}

#[test]
fn each_mistake_has_its_caret() {
    for (target, column, width) in [
        ("htps://a.test/", 0, 4),
        ("a.test", 0, 6),
        ("https://", 8, 1),
        ("https://a.test:0/", 15, 1),
        ("https://a.test:99999/", 15, 5),
        ("https://a.test:https/", 15, 5),
        ("https://[::1/", 8, 4),
        ("https://a.test/ expect=20x", 23, 3),
        ("https://a.test/ body=\"open", 21, 5),
        ("https://a.test/a<b", 16, 1),
    ] {
        let errors = mistaken(Probe::with(["check", target]));
        let caret_line = errors.lines().find(|line| line.contains('^')).unwrap_or_default();
        let (before, carets) = caret_line.split_once("| ").unwrap_or_default();
        let blanks = carets.len() - carets.trim_start().len();
        assert!(
            before.trim().is_empty() && blanks == column,
            "{target}: the caret is in column {blanks}\n{errors}"
        );
        assert_eq!(
            carets.trim_start().len(),
            width,
            "{target}: the carets are as long as what is wrong\n{errors}"
        );
        assert!(errors.contains("      = "), "{target}: no word of what to do\n{errors}");
    }
}

#[test]
fn unknown_flags_and_verbs_get_the_nearest_right_word() {
    let url = refused();
    for (arguments, near) in [
        (vec!["chek", &url], "check"),
        (vec!["check", "--proxi", "http://127.0.0.1:1", &url], "--proxy"),
        (vec!["check", "--format", "jsn", &url], "json"),
        (vec!["check", "--path", "dirct", &url], "`direct`"),
        (vec!["explain", "proxy_denyed"], "proxy_denied"),
        (vec!["check", "--color", "allways", &url], "`always`"),
    ] {
        let errors = mistaken(Probe::with(arguments.clone()));
        assert!(errors.contains(near), "{arguments:?} does not lead to {near}\n{errors}");
    }
}

#[test]
fn values_that_cannot_be_meant() {
    let url = refused();
    for arguments in [
        ["--timeout", "0"],
        ["--timeout", "-1"],
        ["--timeout", "1e9"],
        ["--connect-timeout", "inf"],
        ["--parallel", "0"],
        ["--parallel", "1.5"],
        ["--rate", "-1"],
        ["--rate", "NaN"],
        ["--jitter", "x"],
        ["--expect", "99"],
        ["--expect", "200,"],
        ["--resolve", "a.test"],
        ["--resolve", "a.test:443:nowhere"],
        ["--resolve", "a.test:99999:127.0.0.1"],
        ["--proxy", "http://"],
        ["--proxy", "ftp://127.0.0.1:1"],
        ["--proxy", "http://127.0.0.1:1/path"],
        ["--proxy", "http://127.0.0.1:x"],
        ["--proxy-password-file", "/no/such/file"],
        ["--proxy-password-fd", "x"],
        ["--local-roots", "/dev/null"],
        ["--path", "cli"],
        ["--output", "/no/such/folder/file"],
        ["--output", "/"],
        ["--targets", "/no/such/list"],
        ["--targets", "/"],
    ] {
        let errors = mistaken(Probe::with(["check"]).and(arguments).and([&url]));
        assert!(
            errors.contains(arguments[0]) || errors.contains(arguments[1]),
            "{arguments:?}: no place\n{errors}"
        );
    }
    let errors = mistaken(Probe::with(["check"]));
    assert!(errors.contains("TARGET"), "{errors}");
}

#[test]
fn nobody_can_write_to_the_terminal_through_a_list() {
    let folder = Folder::new("hostile-list");
    let list = folder
        .write("\u{1b}]0;owned\u{7}.txt", "https://a.test/\u{1b}[2J\nhttps://\u{9b}31m.test/\n\u{202e}x\n");
    let errors = mistaken(Probe::with(["check", "--targets", &list.display().to_string(), "\u{1b}[31m"]));
    assert_harmless(&errors);
}

/// No control characters but the ends of lines, no characters that turn the direction of text.
fn assert_harmless(text: &str) {
    let bad = |character: &char| {
        (character.is_control() && *character != '\n' && *character != '\r')
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let found: Vec<char> = text.chars().filter(bad).collect();
    assert!(found.is_empty(), "{found:?} in {text:?}");
}

#[test]
fn a_server_cannot_write_to_the_terminal() {
    let hostile = "HTTP/1.1 500 No\u{1b}[2J\r\nServer: \u{1b}]0;owned\u{7}squid/9 \u{202e}x\r\nVia: 1.1 \u{9b}31mproxy\r\n\
                   Location: http://\u{1b}[31m/\r\nX-Squid-Error: ERR_ACCESS_DENIED\u{1b}[5m 0\r\nContent-Length: 12\r\n\r\n<\u{1b}c>\u{7}hello!!";
    for format in ["human", "jsonl", "csv"] {
        for through_proxy in [false, true] {
            let peer = Peer::answering(hostile);
            let probe = Probe::with(["check", "--format", format, "--timeout", "3", &peer.url()]);
            let probe = if through_proxy {
                probe.through(&format!("http://{}", peer.address())).and(["https://a.test/"])
            } else {
                probe.and(["--path", "direct"])
            };
            let run = probe.run();
            assert!(!run.stdout.is_empty(), "{run}");
            assert_harmless(&run.text());
            assert_harmless(&run.errors());
        }
    }
}

#[test]
fn exit_codes_say_what_a_script_needs() {
    let good = Peer::answering(OK);
    let (good, bad) = (good.url(), refused());
    let run = |arguments: &[&str]| Probe::with(["check", "--format", "jsonl"]).and(arguments).run();
    for (code, arguments) in [
        (0, vec!["--path", "direct", &good]),
        (1, vec!["--path", "direct", &bad]),
        (1, vec!["--path", "direct", &good, &bad]),
        (0, vec!["--path", "direct", "--fail-on", "never", &bad]),
        (1, vec!["--path", "direct", "--fail-on", "any", &bad]),
        (1, vec!["--path", "direct", "--fail-on", "warning", &bad]),
        (0, vec!["--path", "direct", "--fail-on", "warning", &good]),
        // The first path is judged, the other is only shown.
        (0, vec!["--path", "direct,cli", "--proxy", &bad, &good]),
        (1, vec!["--path", "cli,direct", "--proxy", &bad, &good]),
        // Nothing is configured: nothing can be judged.
        (3, vec!["--path", "wpad", &good]),
        (3, vec!["--path", "named", &good]),
        // An expectation that is not met is a failure like any other.
        (1, vec!["--path", "direct", "--expect", "204", &good]),
    ] {
        run(&arguments).expect_code(code);
    }
}

#[test]
fn warnings_have_a_code_of_their_own() {
    if !Needs::of(&[OPENSSL]).are_met("warnings_have_a_code_of_their_own") {
        return;
    }
    // A chain of the company's authority: this machine trusts it, a service's chain does not end there.
    let pki = Pki::make();
    let config = server_config(&pki.proxy, &[&TLS12, &TLS13]);
    let peer = Peer::start(vec![Step::StartTls(config), Step::ReadHead, send(OK), Step::End]);
    let url = format!("https://localhost:{}/", peer.port());
    for (fail_on, code) in [("required", 0), ("any", 0), ("warning", 4), ("never", 0)] {
        let run = Probe::check_with(&pki).and(["--path", "direct", "--fail-on", fail_on, &url]).run();
        run.expect_code(code);
        assert_eq!(run.attempt().verdict, "inspected_trusted", "{run}");
    }
}

#[test]
fn the_rate_at_a_proxy_is_kept() {
    let proxy = Peer::answering("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    let targets: Vec<String> = (0..9).map(|number| format!("https://host{number}.test/")).collect();
    let timed = |rate: &str| {
        let run = Probe::check()
            .through(&format!("http://{}", proxy.address()))
            .and(["--rate", rate])
            .and(&targets)
            .run();
        run.expect_code(1);
        assert_eq!(run.records().attempts().len(), 9, "{run}");
        run.elapsed
    };
    // The first begins at once, each of the other eight a fifth of a second behind the one before it.
    let slow = timed("5");
    assert!(slow >= Duration::from_millis(1550), "nine attempts at five a second took {slow:?}");
    let fast = timed("0");
    assert!(fast < slow, "nine attempts without a limit took {fast:?}, longer than {slow:?} with one");
    assert_eq!(proxy.connections(), 18);
}

#[test]
fn a_proxy_that_has_enough_is_given_time() {
    let proxy = Peer::answering("HTTP/1.1 429 Slow down\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n");
    let run = Probe::check()
        .through(&format!("http://{}", proxy.address()))
        .and(["--rate", "0", "--parallel", "1", "https://a.test/", "https://b.test/"])
        .run();
    run.expect_code(1);
    let verdicts: Vec<String> = run.records().attempts().into_iter().map(|attempt| attempt.verdict).collect();
    assert_eq!(verdicts, ["proxy_rate_limited", "proxy_rate_limited"], "{run}");
    assert!(run.elapsed >= Duration::from_secs(1), "the second came after {:?}", run.elapsed);
    assert_eq!(proxy.connections(), 2, "nothing is tried again in silence");
}

#[test]
fn as_many_at_a_time_as_asked_for() {
    let silent = Peer::silent();
    let targets: Vec<String> = (0..4).map(|number| format!("{}{number}", silent.url())).collect();
    let timed = |parallel: &str| {
        let run =
            Probe::check().within(0.6).and(["--path", "direct", "--parallel", parallel]).and(&targets).run();
        run.expect_code(1);
        run.elapsed
    };
    let one = timed("1");
    assert!(one >= Duration::from_millis(2350), "four time-outs of 0.6 s, one after the other, took {one:?}");
    let four = timed("4");
    assert!(four < one, "four time-outs at the same time took {four:?}, one after the other {one:?}");
}

#[test]
fn targets_come_from_files_and_from_standard_input() {
    let peer = Peer::answering(OK);
    let url = peer.url();
    let folder = Folder::new("targets");
    let list = folder.write("list.txt", format!("\u{feff}# two\r\n{url}a\r\n\r\n  {url}b  # and this\r\n"));
    let list = list.display().to_string();
    let urls = |run: &Run| {
        run.expect_code(0);
        let mut urls: Vec<String> = run.records().attempts().into_iter().map(|attempt| attempt.url).collect();
        urls.sort();
        urls
    };
    let direct = || Probe::check().and(["--path", "direct"]);
    let both = [format!("{url}a"), format!("{url}b")];
    assert_eq!(urls(&direct().and(["--targets", &list]).run()), both);
    let text = format!("{url}a\n{url}b\n");
    assert_eq!(urls(&direct().and(["--targets", "-"]).reading(&text).run()), both);
    assert_eq!(urls(&direct().and(["-"]).reading(&text).run()), both);
    // Each URL once, however often it is written.
    assert_eq!(urls(&direct().and(["--targets", &list, &both[0]]).run()), both);
}

#[test]
fn the_environment_is_read_as_curl_reads_it() {
    let proxy = Peer::answering("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    let origin = Peer::answering(OK);
    let proxy_url = format!("http://{}", proxy.address());
    let ask = |target: &str, variables: &[(&str, &str)]| {
        let probe = Probe::check().and([target]);
        variables.iter().fold(probe, |probe, (name, value)| probe.setting(name, value)).run().attempt()
    };
    let proxied = |target: &str, variables: &[(&str, &str)]| {
        let attempt = ask(target, variables);
        assert_eq!(attempt.path, "default");
        attempt.proxy.is_some_and(|proxy| proxy == proxy_url)
    };
    let http = origin.url();
    assert!(proxied("https://a.test/", &[("https_proxy", &proxy_url)]));
    assert!(proxied("https://a.test/", &[("HTTPS_PROXY", &proxy_url)]));
    assert!(proxied("https://a.test/", &[("ALL_PROXY", &proxy_url)]));
    assert!(proxied(&http, &[("http_proxy", &proxy_url)]));
    assert!(
        !proxied(&http, &[("HTTP_PROXY", &proxy_url)]),
        "a server could be given this one by a request's Proxy field"
    );
    assert!(!proxied(&http, &[("http_proxy", &proxy_url), ("no_proxy", "127.0.0.1")]));
    assert!(!proxied(&http, &[("http_proxy", &proxy_url), ("no_proxy", "127.0.0.0/8")]));
    assert!(proxied(&http, &[("http_proxy", &proxy_url), ("no_proxy", "127.0.0")]));
}

#[test]
fn the_other_verbs_print_and_send_nothing() {
    let peer = Peer::answering(OK);
    for (arguments, part) in [
        (vec!["explain"], "proxy_denied"),
        (vec!["explain", "proxy_denied"], "proxy_denied"),
        (vec!["completions", "bash"], "egress-probe"),
        (vec!["completions", "zsh"], "egress-probe"),
        (vec!["man"], ".TH"),
        (vec!["--version"], "egress-probe"),
        (vec!["check", "--help"], "--service-roots"),
    ] {
        let run = Probe::with(arguments)
            .setting("http_proxy", &peer.url())
            .setting("https_proxy", &peer.url())
            .run();
        run.expect_code(0);
        assert!(run.text().contains(part), "{part} is missing\n{run}");
    }
    assert_eq!(peer.connections(), 0);
}
