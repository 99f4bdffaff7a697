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
        USER.into(),
        PASSWORD.into(),
        json,
        csv,
        encoded(),
        encoded().to_lowercase(),
        base64(PASSWORD),
        base64(&pair),
        base64(&pair).trim_end_matches('=').into(),
        base64(&pair).replace('=', "%3D"),
        // Also where the rest was cut away.
        base64(&pair).chars().take(8).collect(),
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
fn a_cut_through_it_hides_what_is_left() {
    let sent = format!("Basic {}", Base64::encode_string(format!("{USER}:{PASSWORD}").as_bytes()));
    let folder = Folder::new("cut");
    let (encoded, tail) = (encoded(), "_".repeat(48));
    // What is kept of `Location` ends after 96 bytes, of the others after 40: so much of a secret is left before it.
    for left in (3..40).step_by(6) {
        let (token, quote) = ("s".repeat(40 - left), "l".repeat(96 - left));
        let answer = format!(
            "HTTP/1.1 403 {token}{encoded}{tail}\r\nServer: {token}{sent}{tail}\r\nVia: {token}{PASSWORD}{tail}\r\n\
             Location: {quote}{sent}{tail}\r\nContent-Length: 0\r\n\r\n"
        );
        let peer = Peer::start(vec![Step::ReadHead, send(&answer), Step::End]);
        let probe = Probe::with(["check", "--format", "jsonl", "--timeout", "5", "https://a.test/"]);
        let run = Source::Environment.give(probe, &peer.address().to_string(), &folder).run();
        run.expect_code(1);
        assert!(run.text().contains("Location: "), "{run}");
        assert_run_is_silent(&format!("{left} bytes before the cut"), &run);
    }
}

#[test]
fn short_ones_are_known_as_they_are_sent() {
    for (user, password) in [("al", "x"), ("al", "xyz"), ("", "pw")] {
        let sent = Base64::encode_string(format!("{user}:{password}").as_bytes());
        let peer = Peer::answering(&format!(
            "HTTP/1.1 403 No\r\nServer: Basic {sent}\r\nVia: {}\r\nContent-Length: 0\r\n\r\n",
            sent.replace('=', "%3D")
        ));
        let proxy = format!("http://{user}:{password}@{}", peer.address());
        let run = Probe::check().through(&proxy).and(["https://a.test/"]).run();
        assert!(run.text().contains("Server: Basic ***"), "{run}");
        assert!(!run.text().contains(sent.trim_end_matches('=')), "{run}");
    }
}

#[test]
fn a_word_of_the_programs_own_is_not_taken_for_it() {
    // `***` in place of a word that everybody can look up would tell what the password is.
    let remedy = |password: &str| {
        let peer =
            Peer::answering("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
        let proxy = format!("http://{USER}:{password}@{}", peer.address());
        Probe::check().through(&proxy).and(["https://a.test/"]).run().attempt().remedy
    };
    let usual = remedy("0123456789");
    for word in
        usual.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| word.len() >= 4)
    {
        assert_eq!(remedy(word), usual, "the password is {word:?}");
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
    let two = folder.write("two", format!("https://a.test/ https://{USER}:{PASSWORD}@b.test/\n"));
    let two = two.display().to_string();
    let bare = |rest: &str| format!("{USER}:{PASSWORD}@{rest}");
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
        vec!["--targets", &two],
        vec!["--targets", &bare("list")],
        vec![&bare("a.test/")],
        vec![&format!("https://{}", bare("a.test/"))],
        vec!["--proxy", &format!("http://{}", bare("proxy.test")), "https://a.test/"],
        vec!["--resolve", &bare("x"), "https://a.test/"],
        vec!["--timeout", &bare("x"), "https://a.test/"],
        vec!["--proxy-password-fd", PASSWORD, "--proxy", "p:1", "-U", "al", "https://a.test/"],
        vec!["https://a.test/", "--output", "x", &format!("--{}", bare("x"))],
    ] {
        let run = Probe::with(["check"]).and(&arguments).run();
        run.expect_code(2);
        assert_run_is_silent(&format!("{:?}", arguments[0]), &run);
    }
    // A verb that takes no such word: told by the reader of the command line itself.
    for word in [bare("proxy.test:1"), url("proxy.test:1"), format!("--proxy={}", bare("proxy.test:1"))] {
        let run = Probe::with(["lab"]).and([&word]).run();
        run.expect_code(2);
        assert!(run.errors().contains("Usage"), "{run}");
        assert_run_is_silent(&format!("lab, {word:?}"), &run);
    }
    let run = Probe::check().setting("https_proxy", &url("proxy.test:x")).and(["https://a.test/"]).run();
    assert_run_is_silent("a mistake in the environment", &run);
    assert_eq!(run.attempt().verdict, "setting_malformed", "{run}");
}
