//! Plans of the clients of Windows.

use std::format;
use std::string::{String, ToString as _};

use super::super::*;
use super::{document, shown};
use crate::settings::{Scope, registry};
use crate::target::Target;

const URL: &str = "https://winatp-gw-neu.microsoft.com/commands/test";
const PLAIN: &str = "http://crl.microsoft.com/pki/crl/";

fn user() -> Scope<'static> {
    Scope::User("HKEY_CURRENT_USER".into())
}

fn system() -> Scope<'static> {
    Scope::User("S-1-5-18".into())
}

const MACHINE: Scope<'_> = Scope::Machine;

/// Every step and what is not evaluated before, each with its case, its turn and its basis.
fn plan(client: Client, documents: &[Document<'_>], url: &str) -> Vec<String> {
    let target = Target::parse(url).unwrap();
    let ways = ways(client, documents);
    let plan = ways.plan(&target);
    let head = |way: &Way<'_>| {
        let case = match way.case {
            Case::Updates(source) => format!("{source}: "),
            _ => String::new(),
        };
        let when = match way.when {
            When::AfterFailure => "then ",
            When::Disputed => "perhaps ",
            _ => "",
        };
        format!("{case}{when}")
    };
    let asked = plan.unevaluated.iter().map(|way| match &way.kind {
        Kind::Pac(url) => format!("{}PAC {url}", head(way)),
        Kind::Unseen(what) => format!("{}{what:?}", head(way)),
        Kind::Gap(missed) => format!("{}{missed}", head(way)),
        _ => format!("{}WPAD", head(way)),
    });
    let steps = plan.steps.iter().map(|step| {
        let route = step.route.map_or_else(|| "unusable".to_string(), |route| route.to_string());
        format!("{}{route} {}", head(step.way), step.way.basis.as_str())
    });
    asked.chain(steps).collect()
}

fn export<'a>(name: &'a str, text: &'a str) -> Document<'a> {
    Document::new(name, text, registry::read(text))
}

#[test]
fn entries_of_a_list_that_cannot_be_used() {
    let of = |client, list, url| {
        let documents = [document(&[
            (Key::InetProxyEnable, user(), "1"),
            (Key::InetProxyServer, user(), list),
            (Key::InetProxyOverride, user(), "*.corp.example"),
            (Key::WinHttpProxy, Scope::Machine, list),
        ])];
        shown(client, &documents, url)
    };
    let list = "http=h.example:1;https=s.example:x";
    assert_eq!(of(Client::Wininet, list, URL), ["unusable by ProxyServer"]);
    assert_eq!(of(Client::Wininet, list, PLAIN), ["forward http://h.example:1 by ProxyServer"]);
    // What is exempt does not meet it.
    let own = "https://www.corp.example/";
    assert_eq!(of(Client::Wininet, list, own), ["direct by ProxyServer exempt by *.corp.example"]);
    // SOCKS is for all that have no other proxy. WinHTTP knows none.
    let list = "http=h.example:1;socks=s.example:1080";
    assert_eq!(of(Client::Wininet, list, URL), ["by socks by ProxyServer"]);
    assert_eq!(of(Client::Wininet, list, PLAIN), ["forward http://h.example:1 by ProxyServer"]);
    assert_eq!(of(Client::Wininet, list, own), ["direct by ProxyServer exempt by *.corp.example"]);
    assert_eq!(of(Client::Winhttp, list, URL), ["unusable by WinHttpSettings proxy"]);
    assert_eq!(of(Client::Winhttp, "ftp=f.example:1", URL), ["direct"]);
}

#[test]
fn the_sensors_static_proxy_and_the_two_answers_about_its_fallback() {
    let documents = [document(&[
        (Key::TelemetryProxyServer, MACHINE, "edr.example:8080"),
        (Key::WinHttpProxy, MACHINE, "http=w.example:1 all.example:2"),
        (Key::WinHttpBypass, MACHINE, "*.windows.example"),
    ])];
    let want = [
        "perhaps WPAD",
        "tunnel http://edr.example:8080 documented",
        "perhaps tunnel http://all.example:2 inferred",
        "perhaps direct documented",
    ];
    assert_eq!(plan(Client::EdrSensor, &documents, URL), want);
    // Plain http goes by the default configuration, and nobody disputes what follows.
    let want = ["then WPAD", "forward http://w.example:1 inferred", "then direct inferred"];
    assert_eq!(plan(Client::EdrSensor, &documents, PLAIN), want);
    let prefers = document(&[(Key::PreferStaticProxy, MACHINE, "1")]);
    let documents = [documents[0].clone(), prefers];
    let want = ["perhaps WPAD", "forward http://edr.example:8080 documented"];
    assert_eq!(plan(Client::EdrSensor, &documents, PLAIN)[..2], want);
    assert_eq!(
        shown(Client::Winhttp, &documents, "https://a.windows.example/"),
        ["direct by WinHttpSettings proxy exempt by *.windows.example"]
    );
}

/// WPAD is a part of the default configuration, whether a static proxy is set or not.
#[test]
fn the_sensors_default_configuration_is_the_same_with_a_static_proxy() {
    let documents = [document(&[(Key::TelemetryProxyServer, Scope::Policy, "p.corp.example")])];
    let want = ["perhaps WPAD", "tunnel http://p.corp.example:80 documented", "perhaps direct documented"];
    assert_eq!(plan(Client::EdrSensor, &documents, URL), want);
    let nothing = [document(&[]).of(Some(System::Windows))];
    let want = ["WPAD", "direct documented"];
    assert_eq!(plan(Client::EdrSensor, &documents, PLAIN), want);
    assert_eq!(plan(Client::EdrSensor, &nothing, PLAIN), want);
    // One that WinHTTP's own setting asks for is not another one.
    let detects = document(&[(Key::AdvAutoDetect, MACHINE, "true")]);
    let documents = [documents[0].clone(), detects];
    assert_eq!(plan(Client::EdrSensor, &documents, PLAIN), want);
    assert_eq!(
        plan(Client::EdrSensor, &documents, URL)[..2].join(","),
        "perhaps WPAD,tunnel http://p.corp.example:80 documented"
    );
    // Of a list that cannot be used for one scheme alone, each has its own part.
    let list = document(&[(Key::WinHttpProxy, MACHINE, "http=w.example:x;https=s.example:1")]);
    let documents = [documents[0].clone(), list];
    let want = ["then WPAD", "unusable inferred", "then direct inferred"];
    assert_eq!(plan(Client::EdrSensor, &documents, PLAIN), want);
    let want = [
        "perhaps WPAD",
        "tunnel http://p.corp.example:80 documented",
        "perhaps tunnel http://s.example:1 inferred",
        "perhaps direct documented",
    ];
    assert_eq!(plan(Client::EdrSensor, &documents, URL), want);
}

#[test]
fn the_sensor_without_a_static_proxy() {
    // A proxy for http alone leaves https to what is searched for.
    let documents = [document(&[(Key::WinHttpProxy, MACHINE, "http=w.example:1")])];
    assert_eq!(plan(Client::EdrSensor, &documents, URL), ["WPAD", "direct documented"]);
    let want = ["then WPAD", "forward http://w.example:1 inferred", "then direct inferred"];
    assert_eq!(plan(Client::EdrSensor, &documents, PLAIN), want);
}

#[test]
fn values_of_defenders_own_that_cannot_be_used() {
    for value in
        ["http://edr.example:8080", "edr.example :8080", "a.example:1;b.example:2", "a.example:1/", "a:x"]
    {
        let documents = [document(&[(Key::TelemetryProxyServer, MACHINE, value)])];
        let found = plan(Client::EdrSensor, &documents, URL);
        assert_eq!(found, ["perhaps WPAD", "unusable inferred", "perhaps direct documented"], "{value}");
    }
    for value in
        ["av.example:8080", "ftp://av.example", "http://a.example:1;http://b.example:2", "http://a:x"]
    {
        let documents = [document(&[(Key::AntivirusProxyServer, Scope::Policy, value)])];
        let found = shown(Client::Antivirus, &documents, URL);
        assert!(found.contains(&"unusable by ProxyServer".into()), "{value} {found:?}");
    }
    // A sample is a name like any other.
    let documents = [document(&[(Key::TelemetryProxyServer, MACHINE, "proxy.server:8080")])];
    assert_eq!(plan(Client::EdrSensor, &documents, URL)[1], "tunnel http://proxy.server:8080 documented");
    let documents = [document(&[(Key::AntivirusProxyServer, MACHINE, "http://av.example:3/")])];
    assert!(
        shown(Client::Antivirus, &documents, URL)
            .contains(&"tunnel http://av.example:3 by ProxyServer".into())
    );
}

#[test]
fn the_antiviruss_order() {
    let own = [
        (Key::AntivirusProxyServer, Scope::Policy, "http://av.example:3"),
        (Key::AntivirusProxyPacUrl, Scope::Policy, "http://w.example/av.pac"),
        (Key::AntivirusProxyBypass, Scope::Policy, "*.corp.example"),
    ];
    let inet = [
        (Key::InetProxyEnable, system(), "1"),
        (Key::InetProxyServer, system(), "ie.example:4"),
        (Key::WinHttpProxy, MACHINE, "w.example:5"),
    ];
    let documents = [document(&own), document(&inet)];
    let want = [
        "LastKnownGood",
        "then PAC http://w.example/av.pac",
        "then WPAD",
        "tunnel http://av.example:3 documented",
        "then tunnel http://ie.example:4 documented",
        "perhaps direct documented",
    ];
    assert_eq!(plan(Client::Antivirus, &documents, URL), want);
    let exempt = plan(Client::Antivirus, &documents, "https://a.corp.example/");
    assert_eq!(exempt, ["LastKnownGood", "direct documented"]);
    // A PAC file alone is asked in its turn.
    let found = plan(Client::Antivirus, &[document(&own[1..2]), document(&inet)], URL);
    assert_eq!(found[1], "PAC http://w.example/av.pac");
    assert_eq!(found.last().unwrap(), "perhaps direct documented");
    // Without either WinHTTP's setting, and where there is none Internet Explorer's in the hive of LocalSystem.
    let want = [
        "LastKnownGood",
        "then WPAD",
        "tunnel http://w.example:5 inferred",
        "then tunnel http://ie.example:4 documented",
        "perhaps direct documented",
    ];
    assert_eq!(plan(Client::Antivirus, &documents[1..], URL), want);
    let want =
        ["LastKnownGood", "then WPAD", "tunnel http://ie.example:4 documented", "perhaps direct documented"];
    assert_eq!(plan(Client::Antivirus, &[document(&inet[..2])], URL), want);
    // Nobody knows what it says where that hive was not read.
    let want = ["LastKnownGood", "SystemHive", "WPAD", "direct documented"];
    assert_eq!(plan(Client::Antivirus, &[document(&[(Key::InetProxyServer, user(), "u:1")])], URL), want);
}

#[test]
fn the_system_has_a_hive_with_two_names() {
    let default = || Scope::User(".DEFAULT".into());
    let documents = [document(&[
        (Key::InetProxyEnable, default(), "1"),
        (Key::InetProxyServer, system(), "ie.example:4"),
    ])];
    let found = shown(Client::Antivirus, &documents, URL);
    assert!(found.contains(&"tunnel http://ie.example:4 by ProxyServer".into()), "{found:?}");
    // The user's programs do not read it.
    assert_eq!(shown(Client::Wininet, &documents, URL), ["unseen: UserHive", "direct"]);
}

#[test]
fn each_source_of_updates_by_its_own_way() {
    let settings = document(&[
        (Key::AntivirusProxyServer, Scope::Policy, "http://av.example:3"),
        (Key::WinHttpProxy, MACHINE, "w.example:5"),
        (Key::InetProxyEnable, user(), "1"),
        (Key::InetProxyServer, user(), "u.example:6"),
        (Key::InetProxyEnable, system(), "0"),
    ]);
    let mpcm = [
        "MMPC: LastKnownGood",
        "MMPC: then WPAD",
        "MicrosoftUpdateServer: tunnel http://w.example:5 documented",
        "MicrosoftUpdateServer: then tunnel http://u.example:6 documented",
        "MMPC: tunnel http://av.example:3 documented",
        "MMPC: perhaps direct documented",
    ];
    assert_eq!(plan(Client::AntivirusUpdate, core::slice::from_ref(&settings), URL), mpcm);
    let order = " { internaldefinitionupdateserver | FileShares } ";
    let wsus = |more: &[(Key, Scope<'static>, &'static str)]| {
        let order = document(&[(Key::AntivirusFallbackOrder, Scope::Policy, order)]);
        plan(Client::AntivirusUpdate, &[settings.clone(), order, document(more)], URL)
    };
    // A server of the site's own that is not named is passed over.
    assert_eq!(wsus(&[]), ["FileShares: FileShares", "FileShares: direct documented"]);
    let server = (Key::UpdateServer, MACHINE, "http://wsus.example:8530");
    assert_eq!(wsus(core::slice::from_ref(&server)).len(), 2);
    let used = (Key::UsesUpdateServer, MACHINE, "1");
    let want = [
        "FileShares: FileShares",
        "internaldefinitionupdateserver: tunnel http://w.example:5 documented",
        "FileShares: direct documented",
    ];
    assert_eq!(wsus(&[server.clone(), used.clone()]), want);
    // The user's proxy has to be allowed.
    let allowed = (Key::UpdateUserProxy, MACHINE, "1");
    let found = wsus(&[server, used, allowed]);
    assert_eq!(found[2], "internaldefinitionupdateserver: then tunnel http://u.example:6 documented");
}

#[test]
fn windows_update_without_a_system_proxy() {
    let settings = document(&[
        (Key::AntivirusFallbackOrder, MACHINE, "MicrosoftUpdateServer"),
        (Key::InetProxyEnable, user(), "1"),
        (Key::InetProxyServer, user(), "u.example:6"),
    ]);
    let want = [
        "MicrosoftUpdateServer: WPAD",
        "MicrosoftUpdateServer: direct documented",
        "MicrosoftUpdateServer: then tunnel http://u.example:6 documented",
    ];
    assert_eq!(plan(Client::AntivirusUpdate, &[settings], URL), want);
}

#[test]
fn the_users_settings_are_not_the_machines() {
    let documents = [document(&[
        (Key::InetProxyEnable, user(), "1"),
        (Key::InetProxyServer, user(), "u.example:8080"),
        (Key::InetAutoConfigUrl, user(), "http://w.example/p.pac"),
    ])];
    let want = ["PAC http://w.example/p.pac", "tunnel http://u.example:8080 by ProxyServer"];
    assert_eq!(shown(Client::Wininet, &documents, URL), want);
    assert_eq!(shown(Client::Winhttp, &documents, URL), ["direct"]);
    let policy = document(&[(Key::InetPerUser, MACHINE, "0")]);
    assert_eq!(shown(Client::Wininet, &[documents[0].clone(), policy], URL), ["direct"]);
}

#[test]
fn a_hives_settings_belong_together() {
    let of =
        |entries: &[(Key, Scope<'static>, &'static str)]| plan(Client::Wininet, &[document(entries)], URL);
    let mine = (Key::InetProxyServer, user(), "u.example:1");
    let on = |scope| (Key::InetProxyEnable, scope, "1");
    let machines = (Key::InetProxyServer, MACHINE, "m.example:2");
    // The machine's switch is not the user's, nor is its proxy.
    assert_eq!(of(&[mine.clone(), on(MACHINE)]), ["direct documented"]);
    assert_eq!(of(&[on(user()), machines.clone(), on(MACHINE)]), ["direct documented"]);
    assert_eq!(of(&[machines.clone(), on(MACHINE)]), ["UserHive", "direct documented"]);
    let per_machine = (Key::InetPerUser, MACHINE, "0");
    let all = [mine.clone(), on(user()), machines, on(MACHINE), per_machine];
    assert_eq!(of(&all), ["tunnel http://m.example:2 documented"]);
    // Another user's hive is not the current one's.
    let other = || Scope::User("S-1-5-21-1-2-3-1001".into());
    let theirs = (Key::InetProxyServer, other(), "o.example:3");
    assert_eq!(of(&[theirs.clone(), on(other()), on(user())]), ["direct documented"]);
    assert_eq!(of(&[theirs, on(other())]), ["tunnel http://o.example:3 documented"]);
    // A policy counts before the user's own, whichever is read first.
    let policy = || Scope::UserPolicy("HKEY_CURRENT_USER".into());
    let by_policy = [(Key::InetProxyServer, policy(), "p.example:4"), on(policy())];
    let both = [&by_policy[..], &[mine.clone(), on(user())]].concat();
    assert_eq!(of(&both), ["tunnel http://p.example:4 inferred"]);
    // And changes nothing else than what it is a policy for.
    let by = |key, value| of(&[mine.clone(), on(user()), (key, policy(), value)]);
    assert_eq!(by(Key::InetAutoDetect, "0"), ["tunnel http://u.example:1 inferred"]);
    assert_eq!(by(Key::InetAutoDetect, "1"), ["WPAD", "tunnel http://u.example:1 inferred"]);
    assert_eq!(by(Key::InetProxyOverride, "*.microsoft.com"), ["direct inferred"]);
    assert_eq!(by(Key::InetProxyEnable, "0"), ["direct documented"]);
    assert_eq!(of(&[(Key::InetProxyServer, policy(), "p.example:4"), on(user())]), ["direct documented"]);
}

#[test]
fn what_wininet_goes_by_counts_before_its_copies() {
    let of = |flags, copies: &[(Key, Scope<'static>, &'static str)]| {
        let own = [
            (Key::InetConnectionFlags, user(), flags),
            (Key::InetConnectionProxy, user(), "own.example:1"),
            (Key::InetConnectionBypass, user(), "<local>"),
            (Key::InetConnectionPac, user(), "http://w.example/own.pac"),
        ];
        plan(Client::Wininet, &[document(&own), document(copies)], URL)
    };
    assert_eq!(of("1", &[]), ["direct documented"]);
    assert_eq!(of("3", &[]), ["tunnel http://own.example:1 inferred"]);
    let want = ["WPAD", "PAC http://w.example/own.pac", "tunnel http://own.example:1 inferred"];
    assert_eq!(of("15", &[]), want);
    let same = [
        (Key::InetProxyEnable, user(), "1"),
        (Key::InetProxyServer, user(), "own.example:1"),
        (Key::InetProxyOverride, user(), "<local>"),
    ];
    assert_eq!(of("3", &same), ["tunnel http://own.example:1 documented"]);
    let other = [(Key::InetProxyEnable, user(), "1"), (Key::InetProxyServer, user(), "copy.example:2")];
    assert_eq!(of("3", &other), ["tunnel http://own.example:1 inferred"]);
    // Python reads the copies itself, and neither PAC file nor WPAD.
    let documents = [document(&[(Key::InetConnectionFlags, user(), "15")]), document(&other)];
    assert_eq!(shown(Client::Python, &documents, URL), ["tunnel http://copy.example:2 by ProxyServer"]);
}

#[test]
fn a_policy_counts_before_a_preference_wherever_it_stands() {
    const POLICY: &str = "REGEDIT4\n[HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender]\n\"ProxyServer\"=\"http://p.example:1\"\n";
    const OWN: &str =
        "REGEDIT4\n[HKLM\\SOFTWARE\\Microsoft\\Windows Defender]\n\"ProxyServer\"=\"http://o.example:2\"\n";
    const GONE: &str = "REGEDIT4\n[-HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender]\n";
    let of = |texts: &[&str]| {
        let text = texts.concat();
        let one = plan(Client::Antivirus, &[export("all.reg", &text)], URL);
        let several: Vec<_> = texts.iter().map(|text| export("part.reg", text)).collect();
        // The same in one file and in several.
        assert_eq!(one, plan(Client::Antivirus, &several, URL));
        one.into_iter().find(|step| step.starts_with("tunnel"))
    };
    let (policy, own) = ("tunnel http://p.example:1 documented", "tunnel http://o.example:2 documented");
    assert_eq!(of(&[POLICY, OWN]).as_deref(), Some(policy));
    assert_eq!(of(&[OWN, POLICY]).as_deref(), Some(policy));
    // What is deleted does not count, and is there again where it is set behind.
    assert_eq!(of(&[OWN, POLICY, GONE]).as_deref(), Some(own));
    assert_eq!(of(&[POLICY, GONE]).as_deref(), None);
    assert_eq!(of(&[GONE, POLICY]).as_deref(), Some(policy));
}

#[test]
fn browsers_and_programs_of_windows() {
    let text = "[HKCU\\Environment]\n\"HTTPS_PROXY\"=\"http://e.example:7\"\n\"HTTP_PROXY\"=\"http://e.example:7\"\n\
                [HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\n\
                \"ProxyEnable\"=dword:1\n\"ProxyServer\"=\"i.example:8\"\n\"ProxyOverride\"=\"*.corp.example;192.0.2.*\"\n";
    let documents = [export("user.reg", text)];
    let of = |client, url| shown(client, &documents, url);
    // The environment alone.
    for client in [Client::Curl, Client::Go] {
        assert_eq!(of(client, PLAIN).len(), 1);
        assert!(of(client, PLAIN)[0].starts_with("forward http://e.example:7 by "), "{client}");
    }
    // The environment or the registry, never both.
    assert_eq!(of(Client::Python, "https://a.corp.example/"), ["tunnel http://e.example:7 by https_proxy"]);
    // The registry alone.
    for client in [Client::Wininet, Client::Chromium, Client::Firefox] {
        assert_eq!(of(client, URL), ["tunnel http://i.example:8 by ProxyServer"], "{client}");
        for (url, item) in [("https://a.corp.example/", "*.corp.example"), ("http://192.0.2.9/", "192.0.2.*")]
        {
            assert_eq!(of(client, url), [format!("direct by ProxyServer exempt by {item}")], "{client}");
        }
    }
    // One that has none goes direct, and does not read the environment.
    let text = text.replace("\"ProxyEnable\"=dword:1", "\"ProxyEnable\"=dword:0");
    let documents = [export("user.reg", &text)];
    for client in [Client::Wininet, Client::Chromium, Client::Firefox] {
        assert_eq!(shown(client, &documents, URL), ["direct"], "{client}");
    }
}

#[test]
fn what_cannot_be_read_is_not_taken_for_unset() {
    let lost = |key, scope: Scope<'static>| {
        let mut reading = crate::settings::Reading::default();
        reading.lose(key, scope, crate::mistake::MistakeKind::CutOff, 0..0);
        Document::new("export", "", reading)
    };
    let first = |client, documents: &[Document<'_>]| {
        let target = Target::parse(URL).expect("a URL");
        let ways = ways(client, documents);
        let plan = ways.plan(&target);
        let step = plan.steps.first().expect("a step");
        (step.route.is_none(), matches!(step.way.kind, Kind::Malformed(_)))
    };
    let broken = (true, true);
    assert_eq!(first(Client::EdrSensor, &[lost(Key::TelemetryProxyServer, MACHINE)]), broken);
    assert_eq!(first(Client::Antivirus, &[lost(Key::AntivirusProxyServer, Scope::Policy)]), broken);
    for client in [Client::Winhttp, Client::EdrSensor] {
        assert_eq!(first(client, &[lost(Key::WinHttpProxy, MACHINE)]), broken, "{client}");
        assert_eq!(first(client, &[lost(Key::AdvProxy, MACHINE)]), broken, "{client}");
    }
    assert_eq!(first(Client::Wininet, &[lost(Key::InetConnectionFlags, user())]), broken);
    assert_eq!(first(Client::MdatpLinux, &[lost(Key::MdatpProxy, Scope::Service("mdatp".into()))]), broken);
    // A later file says it again.
    let again = document(&[(Key::TelemetryProxyServer, MACHINE, "p.example:1")]);
    assert_eq!(first(Client::EdrSensor, &[lost(Key::TelemetryProxyServer, MACHINE), again]), (false, false));
}
