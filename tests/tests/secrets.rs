//! A known password, given in every way, and looked for in everything that the program shows: plain, as it stands in URLs, and
//! as it goes to the proxy.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding as _};
use probe_tests::nginx::{Nginx, Site};
use probe_tests::pki::{HOST, Pki};
use probe_tests::probe::{Probe, Run, program};
use probe_tests::raw::{Peer, Step, send};
use probe_tests::server::Folder;
use probe_tests::squid::{Squid, USER};
use probe_tests::tool::{CERTGEN, NCSA_AUTH, NGINX, Needs, OPENSSL, SQUID};

/// Has what URLs, shells and JSON write in another way.
const PASSWORD: &str = "Hunter2:p@ss/w%rd \"7";

/// The password as it is written in a URL.
fn encoded() -> String {
    PASSWORD
        .bytes()
        .map(|byte| {
            let plain = byte.is_ascii_alphanumeric();
            if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
        })
        .collect()
}

/// All its faces.
fn needles() -> Vec<String> {
    let json = PASSWORD.replace('"', "\\\"");
    let csv = PASSWORD.replace('"', "\"\"");
    let pair = format!("{USER}:{PASSWORD}");
    let base64 = |text: &str| Base64::encode_string(text.as_bytes());
    // Whatever is cut or escaped in some way of its own: its beginning is enough to be recognised.
    let beginning = "Hunter2".to_owned();
    vec![
        PASSWORD.into(),
        json,
        csv,
        encoded(),
        encoded().to_lowercase(),
        base64(PASSWORD),
        base64(&pair),
        beginning,
    ]
}

fn assert_silent(what: &str, text: &str) {
    for needle in needles() {
        assert!(!text.contains(&needle), "{what}: {needle:?} stands in\n{text}");
    }
}

fn assert_run_is_silent(what: &str, run: &Run) {
    assert_silent(what, &run.text());
    assert_silent(what, &run.errors());
}

/// Where a password can come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Url,
    Flag,
    File,
    Descriptor,
    Environment,
}

const SOURCES: [Source; 5] =
    [Source::Url, Source::Flag, Source::File, Source::Descriptor, Source::Environment];

impl Source {
    /// A probe that uses the proxy at this address with the password from this source.
    fn give(self, probe: Probe, address: &str, folder: &Folder) -> Probe {
        let url = format!("http://{address}");
        let with_password = format!("http://{USER}:{}@{address}", encoded());
        let file = folder.write("password", format!("{PASSWORD}\n")).display().to_string();
        match self {
            Self::Url => probe.through(&with_password),
            Self::Flag => probe.through(&url).and(["--proxy-user", &format!("{USER}:{PASSWORD}")]),
            Self::File => probe.through(&url).and(["--proxy-user", USER, "--proxy-password-file", &file]),
            Self::Descriptor => {
                let mut shell = Command::new("sh");
                shell.args(["-c", "file=$1; shift; exec \"$@\" 3<\"$file\"", "sh", &file]).arg(program());
                probe.by(shell).through(&url).and(["--proxy-user", USER, "--proxy-password-fd", "3"])
            }
            Self::Environment => {
                probe.setting("https_proxy", &with_password).setting("http_proxy", &with_password)
            }
        }
    }
}

#[test]
fn it_opens_the_proxy_and_appears_nowhere() {
    let name = "it_opens_the_proxy_and_appears_nowhere";
    if !Needs::of(&[SQUID, CERTGEN, NCSA_AUTH, NGINX, OPENSSL]).are_met(name) {
        return;
    }
    let pki = Pki::make();
    let nginx = Nginx::start(&pki);
    let (right, wrong) = (Squid::start(&pki, PASSWORD), Squid::start(&pki, "another"));
    let folder = Folder::new("secrets");
    let result = folder.path().join("result");
    let targets =
        [Site::Good, Site::Expired].map(|site| format!("https://{HOST}:{}/ok", nginx.port(site))).to_vec();
    let plain = format!("http://{HOST}:{}/forbidden", nginx.port(Site::Plain));
    for source in SOURCES {
        for format in ["human", "jsonl", "csv"] {
            for (squid, verdict) in [(&right, "reachable"), (&wrong, "proxy_auth_rejected")] {
                let what = format!("{source:?}, {format}, {verdict}");
                let address = squid.auth("").replace("http://", "");
                let probe = || {
                    let probe = Probe::with(["check", "--format", format, "--timeout", "10"]);
                    let probe = probe.trusting(&pki.service_roots, &pki.local_roots);
                    source.give(probe, &address, &folder).and(&targets).and([&plain])
                };
                let run = probe().run();
                run.expect_code(1);
                assert!(run.text().contains(verdict), "{what}\n{run}");
                assert_run_is_silent(&what, &run);
                let run = probe().and(["-o"]).and([result.as_os_str()]).run();
                assert_run_is_silent(&what, &run);
                assert_silent(&what, &fs::read_to_string(&result).unwrap());
            }
        }
    }
}

#[test]
fn a_proxy_that_repeats_it_is_not_repeated() {
    let base64 = Base64::encode_string(format!("{USER}:{PASSWORD}").as_bytes());
    let echo = format!(
        "HTTP/1.1 403 Not {base64}\r\nServer: {PASSWORD}\r\nVia: 1.1 {}\r\nX-Squid-Error: {PASSWORD}\r\n\
         Location: http://{USER}:{}@other.test/\r\nContent-Length: 0\r\n\r\n",
        encoded(),
        encoded(),
    );
    let folder = Folder::new("echo");
    for source in SOURCES {
        for format in ["human", "jsonl", "csv"] {
            let peer = Peer::start(vec![Step::ReadHead, send(&echo), Step::End]);
            let probe = Probe::with([
                "check",
                "--format",
                format,
                "--timeout",
                "5",
                "https://a.test/",
                "http://b.test/",
            ]);
            let run = source.give(probe, &peer.address().to_string(), &folder).run();
            run.expect_code(1);
            assert_eq!(peer.connections(), 2, "{run}");
            assert_run_is_silent(&format!("{source:?}, {format}"), &run);
        }
    }
}

#[test]
fn it_is_not_in_the_process_title() {
    let folder = Folder::new("title");
    for source in SOURCES {
        let silent = Peer::silent();
        let probe = Probe::with(["check", "--timeout", "30", "https://a.test/"]);
        let running = source.give(probe, &silent.address().to_string(), &folder).start();
        let begin = Instant::now();
        while silent.connections() == 0 && begin.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let title = fs::read(format!("/proc/{}/cmdline", running.id())).unwrap_or_default();
        running.signal(rustix::process::Signal::INT);
        let run = running.finish();
        run.expect_code(130);
        let title = String::from_utf8_lossy(&title).replace('\0', " ");
        assert!(title.contains("check"), "{source:?}: this is not its title: {title}");
        assert_silent(&format!("{source:?}, the title"), &title);
        assert_run_is_silent(&format!("{source:?}, interrupted"), &run);
    }
}

#[test]
fn mistakes_around_it_do_not_show_it() {
    let encoded = encoded();
    let folder = Folder::new("mistakes");
    let long = folder.write("long", PASSWORD.repeat(1000)).display().to_string();
    let list = folder
        .write("list", format!("https://{USER}:{encoded}@a.test/\nhttps://{USER}:{PASSWORD}@b.test/\n"));
    let list = list.display().to_string();
    let url = |rest: &str| format!("http://{USER}:{encoded}@{rest}");
    for arguments in [
        vec!["--proxy", &url("proxy.test:99999"), "https://a.test/"],
        vec!["--proxy", &url("proxy.test:x"), "https://a.test/"],
        vec!["--proxy", &url(""), "https://a.test/"],
        vec!["--proxy", &url("proxy.test/path"), "https://a.test/"],
        vec!["--proxy", &format!("{USER}:{PASSWORD}\n@proxy.test"), "https://a.test/"],
        vec!["--proxy", &format!("socks5://{USER}:{encoded}@proxy.test"), "https://a.test/"],
        vec!["--proxi", &url("proxy.test"), "https://a.test/"],
        vec!["--proxy-user", &format!("{USER}:{PASSWORD}"), "https://a.test/"],
        vec!["--proxy", "proxy.test:1", "-U", USER, "--proxy-password-file", &long, "https://a.test/"],
        vec![&url("a.test:x/")],
        vec!["--targets", &list],
    ] {
        let run = Probe::with(["check"]).and(&arguments).run();
        run.expect_code(2);
        assert_run_is_silent(&format!("{:?}", arguments[0]), &run);
    }
    let run = Probe::check().setting("https_proxy", &url("proxy.test:x")).and(["https://a.test/"]).run();
    assert_run_is_silent("a mistake in the environment", &run);
    assert_eq!(run.attempt().verdict, "setting_malformed", "{run}");
}
