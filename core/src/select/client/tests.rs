//! Plans of every client, from settings as exports have them.

use super::*;
use crate::select::environment::Variable;
use crate::settings::{Reading, Scope, apt, environment};
use crate::target::Target;
mod lists;
mod lost;
mod mac;
mod socks;
mod unix;
mod users;
mod windows;

use std::string::{String, ToString as _};
use std::{format, vec};

/// A document with these settings, as a registry export would have them.
pub(super) fn document<'a>(entries: &[(Key, Scope<'a>, &'a str)]) -> Document<'a> {
    let mut reading = Reading::default();
    for (key, scope, value) in entries {
        reading.add(*key, scope.clone(), *value, 0..0);
    }
    Document::new("export.reg", "", reading)
}

pub(super) fn shown(client: Client, documents: &[Document<'_>], url: &str) -> Vec<String> {
    let target = Target::parse(url).unwrap();
    let ways = ways(client, documents);
    let plan = ways.plan(&target);
    assert!(!plan.steps.is_empty(), "{client}");
    let unevaluated = plan.unevaluated.iter().map(|way| match way.kind {
        Kind::Pac(url) => format!("PAC {url}"),
        Kind::Command(command) => format!("command {command}"),
        Kind::Unseen(what) => format!("unseen: {what:?}"),
        Kind::Gap(missed) => missed.to_string(),
        _ => "WPAD".to_string(),
    });
    let steps = plan.steps.iter().map(|step| {
        let route = match (&step.route, &step.way.kind) {
            (Some(route), _) => route.to_string(),
            (None, Kind::NotSpoken(scheme)) => format!("by {scheme}"),
            (None, _) => "unusable".to_string(),
        };
        let place = step.way.place.map_or_else(String::new, |place| format!(" by {}", place.entry.key));
        let exempt =
            step.exempt.as_ref().map_or_else(String::new, |found| format!(" exempt by {}", found.item));
        let when = if step.way.when == When::Disputed { " (disputed)" } else { "" };
        let case = match step.way.case {
            Case::Only => String::new(),
            case => format!(" ({case})"),
        };
        format!("{route}{place}{exempt}{when}{case}")
    });
    unevaluated.chain(steps).collect()
}

const URL: &str = "https://winatp-gw-neu.microsoft.com/commands/test";

#[test]
fn names_there_and_back() {
    for client in Client::ALL {
        assert_eq!(Client::from_name(client.as_str()), Some(*client));
    }
}

#[test]
fn without_settings_everybody_goes_direct() {
    for client in Client::ALL {
        let own = client.system().unwrap_or(System::Linux);
        let documents = [Document::new("nothing", "", Reading::default()).of(Some(own))];
        let steps = shown(*client, &documents, URL);
        let unseen = ["unseen: LastKnownGood", "unseen: SystemHive", "WPAD"];
        let want = match client {
            Client::EdrSensor => vec!["WPAD", "direct"],
            Client::Wininet => vec!["unseen: UserHive", "direct"],
            Client::Antivirus => [&unseen[..], &["direct"]].concat(),
            Client::AntivirusUpdate => {
                [&["WPAD"], &unseen[..], &["direct (from MicrosoftUpdateServer)", "direct (from MMPC)"]]
                    .concat()
            }
            _ => vec!["direct"],
        };
        assert_eq!(steps, want, "{client}");
    }
}

#[test]
fn settings_of_another_system_say_nothing() {
    for (client, own) in [
        (Client::EdrSensor, System::Windows),
        (Client::Winhttp, System::Windows),
        (Client::MdatpMac, System::Macos),
        (Client::MdatpLinux, System::Linux),
    ] {
        for read in [System::Windows, System::Macos, System::Linux] {
            let documents = [Document::new("nothing", "", Reading::default()).of(Some(read))];
            let unseen = format!("unseen: System({own:?})");
            let is_unseen = shown(client, &documents, URL).contains(&unseen);
            assert_eq!(is_unseen, read != own, "{client} by settings of {read}");
        }
    }
    assert_eq!(shown(Client::Curl, &[], URL), ["direct"]);
}

#[test]
fn each_reads_its_own_variables_by_its_own_rules() {
    let text =
        "HTTPS_PROXY=http://up.example:1\nhttps_proxy=low.example\nno_proxy=.microsoft.com\nHTTP_PROXY=h:x";
    let documents = [Document::new("/etc/environment", text, environment::read(text, &Scope::Machine))];
    let of = |client| shown(client, &documents, URL);
    assert_eq!(of(Client::Curl), ["direct by https_proxy exempt by .microsoft.com"]);
    assert_eq!(of(Client::Go), ["direct by HTTPS_PROXY exempt by .microsoft.com"]);
    let apex = |client| shown(client, &documents, "https://microsoft.com/");
    assert_eq!(apex(Client::Curl), ["direct by https_proxy exempt by .microsoft.com"]);
    assert_eq!(apex(Client::Go), ["tunnel http://up.example:1 by HTTPS_PROXY"]);
    assert_eq!(apex(Client::Wget), ["tunnel http://low.example:80 by https_proxy"]);
    // A session's variables are not those of a service.
    assert_eq!(of(Client::MdatpLinux), ["direct"]);
    // A variable that cannot be used stops those alone that read it.
    let plain = |client| shown(client, &documents, "http://a.example/");
    assert_eq!(plain(Client::Go), ["unusable by HTTP_PROXY"]);
    assert_eq!(plain(Client::Curl), ["direct"]);
    let place = ways(Client::Curl, &documents).ways[0].place.unwrap().to_string();
    assert_eq!(place, "/etc/environment:2 https_proxy");
}

/// Seen with apt 2.6.
#[test]
fn apt_asks_its_program_behind_the_proxy_of_a_host() {
    let machine = || Scope::Machine;
    let documents = [document(&[
        (Key::AptHttp, machine(), "http://all.example:1"),
        (Key::AptHttpHost, machine(), "deb.example http://old.example:2"),
        (Key::AptHttpHost, machine(), "deb.example http://host.example:3"),
        (Key::AptHttpHost, machine(), "empty.example http://old.example:2"),
        (Key::AptHttpHost, machine(), "empty.example "),
        (Key::AptHttpDetectOld, machine(), "/usr/bin/old"),
        (Key::AptHttpDetect, machine(), "/usr/bin/detect"),
    ])];
    let of = |url| shown(Client::Apt, &documents, url);
    assert_eq!(of("http://deb.example/"), ["forward http://host.example:3 by Acquire::http::Proxy::"]);
    let all = "http://all.example:1 by Acquire::http::Proxy";
    for url in ["http://other.example/", "http://empty.example/"] {
        assert_eq!(of(url), ["command /usr/bin/detect".to_string(), format!("forward {all}")]);
    }
    // http's proxies are https's, and http's program is not.
    assert_eq!(of("https://other.example/"), [format!("tunnel {all}")]);
    let https = document(&[(Key::AptHttpsDetectOld, machine(), "/usr/bin/https")]);
    let documents = [documents[0].clone(), https];
    let steps = shown(Client::Apt, &documents, "https://deb.example/");
    assert_eq!(steps, ["command /usr/bin/https", "tunnel http://host.example:3 by Acquire::http::Proxy::"]);
}

/// apt 2.6: "Syntax error …: Extra junk after value", and nothing is sent.
#[test]
fn apt_does_not_start_with_a_syntax_error() {
    let broken = "Acquire::http::Proxy \"http://apt.corp.example:3142;\n\
                  Acquire::https::Proxy \"http://apt.corp.example:3142\";\n";
    let good = "Acquire::http::Proxy::a.example \"DIRECT\";\n";
    let variables = document(&[(Key::Variable(Variable::NoProxy), Scope::Machine, "a.example")]);
    let files = [("apt.conf", broken), ("apt.conf.d/10good", good), ("apt.conf.d/20broken", broken)];
    let joined = apt::join(&files).readings.into_iter();
    let joined = joined.map(|(index, reading)| Document::new(files[index].0, files[index].1, reading));
    let documents: Vec<_> = joined.chain([variables]).collect();
    for url in ["http://a.example/", "https://other.example/"] {
        assert_eq!(shown(Client::Apt, &documents, url), ["unusable by apt's configuration"]);
    }
    let place = ways(Client::Apt, &documents).ways[0].place.unwrap().to_string();
    assert_eq!(place, "apt.conf.d/20broken:1 apt's configuration (service apt)", "the first that it reads");
    // Nobody else minds.
    assert_eq!(shown(Client::Curl, &documents, "https://other.example/"), ["direct"]);
}

/// Seen with apt 2.6: of all SOCKS schemes it knows this one, in lower case.
#[test]
fn socks_proxies_of_apt() {
    let of = |value: &'static str| {
        let documents = [document(&[(Key::AptHttp, Scope::Machine, value)])];
        ["http://a.example/", "https://a.example/"].map(|url| shown(Client::Apt, &documents, url).remove(0))
    };
    let by = |how: &str| [(); 2].map(|()| format!("{how} by Acquire::http::Proxy"));
    for value in ["socks5h://127.0.0.1:18101", "socks5h://127.0.0.1", "socks5h://u:w@p.example:1"] {
        assert_eq!(of(value), by("by socks5h"), "{value}");
    }
    for scheme in ["socks", "socks4", "socks4a", "socks5", "SOCKS5H"] {
        assert_eq!(of(format!("{scheme}://127.0.0.1:18101").leak()), by("unusable"), "{scheme}");
    }
}

#[test]
fn lines_are_counted_from_one() {
    let document = Document::new("x", "a\nbc\r\nd", Reading::default());
    assert_eq!([0, 1, 2, 4, 6, 99].map(|at| document.line(at)), [1, 1, 2, 2, 3, 3]);
}
