//! Plans of the clients of Linux and macOS, and of browsers.

use super::*;
use crate::mistake::MistakeKind;
use crate::settings::{gnome, kde, mdatp, mobileconfig, scutil};

const TARGET: &str = "https://www.a.example/";
const PLAIN: &str = "http://www.a.example/";

fn machine(text: &'static str) -> Document<'static> {
    Document::new("environment", text, environment::read(text, &Scope::Machine))
}

fn session(text: &'static str) -> Document<'static> {
    Document::whole(Whose::Session, "session", text, environment::read(text, &Scope::User("alice".into())))
}

fn mac(text: &'static str) -> Document<'static> {
    Document::new("scutil", text, scutil::read(text))
}

fn desktop_of_gnome(text: &'static str) -> Document<'static> {
    Document::new("gsettings", text, gnome::read(text, &Scope::User("alice".into())))
}

fn desktop_of_kde(text: &'static str) -> Document<'static> {
    Document::new("kioslaverc", text, kde::read(text, &Scope::User("alice".into())))
}

const MAC: &str = "<dictionary> {\n ExceptionsList : <array> {\n 0 : *.a.example\n 1 : 10/8\n 2 : 3com.example\n }\n \
                   ExcludeSimpleHostnames : 1\n HTTPEnable : 1\n HTTPPort : 8080\n HTTPProxy : h.example\n \
                   HTTPSEnable : 1\n HTTPSPort : 8443\n HTTPSProxy : s.example\n}\n";

const GNOME: &str = "org.gnome.system.proxy mode 'manual'\n\
                     org.gnome.system.proxy ignore-hosts ['a.example', '10.0.0.0/8']\n\
                     org.gnome.system.proxy.http host 'g.example'\n\
                     org.gnome.system.proxy.http port 8080\n";

#[test]
fn each_reads_the_list_of_macos_by_its_own_rules() {
    let documents = [mac(MAC)];
    let of = |client, url: &str| shown(client, &documents, url).remove(0);
    let clients = [Client::MdatpMac, Client::Python, Client::Chromium, Client::Firefox, Client::Libproxy];
    let is_direct = |url: &str| clients.map(|client| of(client, url).starts_with("direct"));
    //                                                    mdatp, Python, Chromium, Firefox, libproxy
    assert_eq!(is_direct(TARGET), [true, true, true, true, true]);
    assert_eq!(is_direct("https://a.example/"), [false, false, false, true, true]);
    assert_eq!(is_direct("https://www.a.example:443/"), [true, false, true, true, true]);
    assert_eq!(is_direct("https://10.1.2.3/"), [true, true, false, true, false]);
    assert_eq!(is_direct("https://3com.example/"), [true, true, true, true, true]);
    assert_eq!(is_direct("https://intranet/"), [true, true, true, false, false]);
    assert_eq!(is_direct("https://127.0.0.1/"), [true, false, true, true, true]);
    assert_eq!(of(Client::MdatpMac, "https://b.example/"), "tunnel http://s.example:8443 by HTTPSProxy");
    // Neither is read by curl and Go.
    assert_eq!(of(Client::Curl, TARGET), "direct");
    assert_eq!(of(Client::Go, TARGET), "direct");
    // What is exempt by the setting for names without a dot says so.
    let target = Target::parse("https://intranet/").unwrap();
    let ways = ways(Client::Chromium, &documents);
    let place = ways.plan(&target).steps[0].place().unwrap();
    assert_eq!(place.entry.key, Key::MacExcludeSimple);
}

#[test]
fn how_macos_reads_its_list_is_concluded() {
    let documents = [mac(MAC)];
    let basis = |client| ways(client, &documents).ways[0].basis;
    assert_eq!(basis(Client::MdatpMac), Basis::Inferred);
    assert_eq!(basis(Client::Chromium), Basis::Documented);
}

#[test]
fn detection_and_pac_files_of_macos() {
    let text = "<dictionary> {\n ProxyAutoDiscoveryEnable : 1\n ProxyAutoConfigEnable : 1\n \
                ProxyAutoConfigURLString : http://w.example/p.pac\n HTTPSEnable : 1\n HTTPSProxy : s.example\n}\n";
    let documents = [mac(text)];
    let of = |client| shown(client, &documents, TARGET);
    let pac = "PAC http://w.example/p.pac";
    let manual = "tunnel http://s.example:80 by HTTPSProxy";
    assert_eq!(of(Client::MdatpMac), ["WPAD", pac, manual]);
    assert_eq!(of(Client::Chromium), ["WPAD", pac, manual]);
    // Firefox does not look for announced proxies, Python for neither.
    assert_eq!(of(Client::Firefox), [pac, manual]);
    assert_eq!(of(Client::Python), [manual]);
    // libproxy does not come to the proxies then.
    assert_eq!(of(Client::Libproxy), ["WPAD", pac, "direct"]);
    // Browsers never ask a PAC file about the machine itself.
    assert_eq!(
        shown(Client::Chromium, &documents, "http://localhost/")[0],
        "direct by ProxyAutoDiscoveryEnable exempt by "
    );
}

#[test]
fn a_managed_proxy_of_mdatp_on_macos_is_all() {
    let managed = document(&[(Key::MdatpProxy, Scope::Service("mdatp".into()), "http://m.example:1/")]);
    let want = ["tunnel http://m.example:1 by cloudService.proxy"];
    assert_eq!(shown(Client::MdatpMac, &[mac(MAC), managed], TARGET), want);
}

#[test]
fn python_takes_the_environment_or_the_system_and_never_both() {
    let of = |text, url: &str| shown(Client::Python, &[mac(MAC), session(text)], url).remove(0);
    assert_eq!(of("", "http://b.example/"), "forward http://h.example:8080 by HTTPProxy");
    assert_eq!(of("https_proxy=http://e.example:1", TARGET), "tunnel http://e.example:1 by https_proxy");
    assert_eq!(of("https_proxy=http://e.example:1", "http://b.example/"), "direct");
    // A list alone is enough, and so is a variable that Python itself does not use for such targets.
    assert_eq!(of("no_proxy=x", "http://b.example/"), "direct");
    assert_eq!(of("ALL_PROXY=http://e.example:1", "http://b.example/"), "direct");
    // Set to nothing it is none, and hides the other spelling.
    assert_eq!(
        of("https_proxy=\nHTTPS_PROXY=e:1", "http://b.example/"),
        "forward http://h.example:8080 by HTTPProxy"
    );
    let cgi = "REQUEST_METHOD=GET\nHTTP_PROXY=http://e.example:1";
    assert_eq!(of(cgi, "http://b.example/"), "forward http://h.example:8080 by HTTPProxy");
}

#[test]
fn what_is_not_in_a_session_is_not_set_there() {
    let files = || machine("https_proxy=http://file.example:1\nno_proxy=a.example");
    let of = |documents: &[Document<'_>]| shown(Client::Curl, documents, TARGET).remove(0);
    assert_eq!(of(&[files()]), "direct by https_proxy exempt by a.example");
    assert_eq!(of(&[files(), session("PATH=/bin")]), "direct");
    // The session's proxy, and not the file's list.
    let own = session("https_proxy=http://own.example:1");
    assert_eq!(of(&[files(), own]), "tunnel http://own.example:1 by https_proxy");
    // A user's own file is no whole session.
    let text = "https_proxy=http://own.example:1";
    let file = Document::new("profile", text, environment::read(text, &Scope::User("alice".into())));
    assert_eq!(of(&[files(), file]), "direct by https_proxy exempt by a.example");
}

#[test]
fn variables_of_chromium() {
    let of = |text, url: &str| shown(Client::Chromium, &[session(text)], url);
    assert_eq!(
        of("all_proxy=http://all:1\nhttps_proxy=http://s:2", TARGET),
        ["tunnel http://all:1 by all_proxy"]
    );
    assert_eq!(
        of("https_proxy=socks5://s:2\nno_proxy=ww.a.example", TARGET),
        ["direct by https_proxy exempt by ww.a.example"]
    );
    assert_eq!(of("https_proxy=socks5://u:w@s/", TARGET), ["tunnel http://s:80 by https_proxy"]);
    assert_eq!(of("https_proxy=http://s:2/x", TARGET), ["direct"]);
    assert_eq!(of("https_proxy=s:0", TARGET), ["unusable by https_proxy"]);
    assert_eq!(of("auto_proxy=http://w/p.pac\nhttps_proxy=s:1", TARGET), ["PAC http://w/p.pac", "direct"]);
    assert_eq!(of("auto_proxy=\nhttps_proxy=s:1", TARGET), ["WPAD", "direct"]);
    assert_eq!(of("auto_proxy=", "http://localhost/"), ["direct by auto_proxy exempt by "]);
    assert_eq!(of("SOCKS_SERVER=s:1080", TARGET), ["by socks5 by SOCKS_SERVER"]);
    assert_eq!(of("SOCKS_SERVER=s:1080\nhttp_proxy=h:1", TARGET), ["direct"]);
}

#[test]
fn variables_of_firefox() {
    let of = |text, url: &str| shown(Client::Firefox, &[session(text)], url).remove(0);
    assert_eq!(
        of("https_proxy=http://s:2\nall_proxy=http://all:1", TARGET),
        "tunnel http://s:2 by https_proxy"
    );
    assert_eq!(of("ALL_PROXY=http://all", PLAIN), "forward http://all:80 by ALL_PROXY");
    assert_eq!(
        of("https_proxy=http://s:2\nno_proxy=w.a.example", TARGET),
        "direct by https_proxy exempt by w.a.example"
    );
    // Only URLs of http proxies are taken.
    assert_eq!(of("https_proxy=s:2", TARGET), "direct");
    assert_eq!(of("https_proxy=https://s:2", TARGET), "direct");
    assert_eq!(of("https_proxy=socks5://s:2", TARGET), "direct");
    assert_eq!(of("https_proxy=http://s:x", TARGET), "direct");
    // Such URLs as browsers read them.
    for text in [
        "https_proxy=HTTP:s:2",
        "https_proxy=http:///s:2/x",
        "https_proxy=http:\\\\s:2\\x",
        "https_proxy=http://s:2?x",
        "https_proxy=http://u:w@s:2",
    ] {
        assert_eq!(of(text, TARGET), "tunnel http://s:2 by https_proxy", "{text}");
    }
    assert_eq!(of("https_proxy=http://s\\x:2", TARGET), "tunnel http://s:80 by https_proxy");
    assert_eq!(of("https_proxy=http://[2001:db8::1]:2", TARGET), "unusable by https_proxy");
    // Set to nothing, it hides the others.
    assert_eq!(of("https_proxy=\nHTTPS_PROXY=http://s:2\nall_proxy=http://all:1", TARGET), "direct");
}

#[test]
fn settings_of_gnome() {
    let known = |more| [desktop_of_gnome(GNOME), session(more)];
    let of = |client, url: &str| shown(client, &known("XDG_CURRENT_DESKTOP=ubuntu:GNOME"), url);
    let plain = "forward http://g.example:8080 by org.gnome.system.proxy.http host";
    // Chromium compares whole names, Firefox as well, libproxy the ends.
    assert_eq!(of(Client::Chromium, PLAIN), [plain]);
    assert_eq!(of(Client::Firefox, PLAIN), [plain]);
    assert_eq!(
        of(Client::Libproxy, PLAIN),
        ["direct by org.gnome.system.proxy.http host exempt by a.example"]
    );
    // https has no proxy of its own: Firefox takes the one for http.
    assert_eq!(of(Client::Chromium, TARGET), ["direct"]);
    assert_eq!(of(Client::Libproxy, TARGET), ["direct"]);
    assert_eq!(
        of(Client::Firefox, TARGET),
        ["tunnel http://g.example:8080 by org.gnome.system.proxy.http host"]
    );
    let network = "http://10.1.2.3/";
    for client in [Client::Chromium, Client::Firefox, Client::Libproxy] {
        assert!(of(client, network)[0].starts_with("direct"), "{client}");
    }
    // The variables count for Chromium in other sessions, for Firefox before the desktop's, for libproxy besides it.
    let with = |desktop, client| shown(client, &known(desktop), "http://b.example/");
    let gnome = "XDG_CURRENT_DESKTOP=GNOME\nhttp_proxy=http://e:1";
    let other = "XDG_CURRENT_DESKTOP=XFCE\nhttp_proxy=http://e:1";
    let variable = "forward http://e:1 by http_proxy";
    assert_eq!(with(gnome, Client::Chromium), [plain]);
    assert_eq!(with(other, Client::Chromium), [variable]);
    assert_eq!(with(gnome, Client::Firefox), [variable]);
    assert_eq!(with(gnome, Client::Libproxy), [variable, plain]);
    assert_eq!(with(other, Client::Libproxy), [variable]);
    // A session that says nothing of a desktop has none.
    assert_eq!(with("http_proxy=http://e:1", Client::Chromium), [variable]);
    assert_eq!(with("DESKTOP_SESSION=mate\nhttp_proxy=http://e:1", Client::Chromium), [plain]);
}

#[test]
fn modes_of_gnome() {
    let of = |settings, client| {
        let session = session("XDG_CURRENT_DESKTOP=GNOME\nhttps_proxy=http://e:1");
        shown(client, &[desktop_of_gnome(settings), session], TARGET)
    };
    let variable = "tunnel http://e:1 by https_proxy";
    let none = "org.gnome.system.proxy mode 'none'\norg.gnome.system.proxy.https host 'x'\n";
    assert_eq!(of(none, Client::Chromium), ["direct by org.gnome.system.proxy mode"]);
    assert_eq!(of(none, Client::Firefox), [variable]);
    assert_eq!(of(none, Client::Libproxy), [variable]);
    // Where the session is not known, that of GNOME is a case without any way of its own.
    let cases = ["direct (in a session of GNOME)", "direct (in a session of another desktop, or of none)"];
    assert_eq!(shown(Client::Libproxy, &[desktop_of_gnome(none)], TARGET), cases);
    // What was not read has the value of the schema, which is none.
    assert_eq!(of("", Client::Chromium), ["direct"]);
    let auto = "org.gnome.system.proxy mode 'auto'\n";
    assert_eq!(of(auto, Client::Chromium), ["WPAD", "direct"]);
    assert_eq!(of(auto, Client::Firefox), [variable]);
    assert_eq!(of(auto, Client::Libproxy), ["WPAD", variable]);
    let pac = "org.gnome.system.proxy mode 'auto'\norg.gnome.system.proxy autoconfig-url 'http://w/p.pac'\n";
    assert_eq!(of(pac, Client::Chromium), ["PAC http://w/p.pac", "direct"]);
    assert_eq!(of(pac, Client::Firefox), ["PAC http://w/p.pac", variable]);
    // A host of no name is none; then Chromium looks at the variables.
    let empty = "org.gnome.system.proxy mode 'manual'\norg.gnome.system.proxy.https host ''\n";
    assert_eq!(of(empty, Client::Chromium), [variable]);
    // Without a port: 80 for Chromium, none for the others.
    let no_port = "org.gnome.system.proxy mode 'manual'\norg.gnome.system.proxy.https host 'g'\n\
                   org.gnome.system.proxy.https port 0\n";
    assert_eq!(of(no_port, Client::Chromium), ["tunnel http://g:80 by org.gnome.system.proxy.https host"]);
    assert_eq!(of(no_port, Client::Firefox), [variable]);
    assert_eq!(of(no_port, Client::Libproxy), [variable]);
}

const MANUAL: &str =
    "[Proxy Settings]\nProxyType=1\nhttpsProxy=https://k.example 8080\nNoProxyFor=a.example, c\n";
const REVERSED: &str = "[Proxy Settings]\nProxyType=1\nhttpsProxy=http://k.example 8080\nNoProxyFor=a.example\n\
                            ReversedException=true\n";
const NUMBER: &str = "[Proxy Settings]\nProxyType=1\nhttpsProxy=http://k.example 8080\nNoProxyFor=a.example\n\
                          ReversedException=1\n";
const PAC: &str = "[Proxy Settings]\nProxyType=2\nProxy Config Script=http://w/p.pac\n";
const NAMES: &str = "[Proxy Settings]\nProxyType=4\nhttpsProxy=HTTPS_PROXY\nNoProxyFor=NO_PROXY\n";

#[test]
fn settings_of_kde() {
    let of = |settings, client, url: &str| {
        let session = session("XDG_CURRENT_DESKTOP=KDE\nMY=x\nHTTPS_PROXY=http://e:1\nNO_PROXY=b.example");
        shown(client, &[desktop_of_kde(settings), session], url)
    };
    let tunnel = "tunnel http://k.example:8080 by httpsProxy";
    assert_eq!(
        of(MANUAL, Client::Chromium, "https://xa.example/"),
        ["direct by httpsProxy exempt by a.example"]
    );
    assert_eq!(of(MANUAL, Client::Chromium, "https://d.example/"), [tunnel]);
    // Firefox does not read them.
    assert_eq!(of(MANUAL, Client::Firefox, TARGET), ["tunnel http://e:1 by HTTPS_PROXY"]);
    assert_eq!(of(REVERSED, Client::Chromium, TARGET), [tunnel]);
    assert_eq!(of(REVERSED, Client::Chromium, "https://d.example/"), ["direct by httpsProxy exempt by "]);
    assert_eq!(of(REVERSED, Client::Chromium, "https://localhost/"), ["direct by httpsProxy exempt by "]);
    // libproxy takes numbers alone for true: the list is an ordinary one.
    let libproxy = |settings, url| of(settings, Client::Libproxy, url).pop().unwrap();
    assert_eq!(libproxy(REVERSED, "https://d.example/"), tunnel);
    assert_eq!(libproxy(NUMBER, TARGET), tunnel);
    assert_eq!(libproxy(NUMBER, "https://d.example/"), "tunnel http://e:1 by HTTPS_PROXY");
    let target = Target::parse("https://d.example/").unwrap();
    let documents = [desktop_of_kde(REVERSED), session("XDG_CURRENT_DESKTOP=KDE")];
    let ways = ways(Client::Chromium, &documents);
    assert_eq!(ways.plan(&target).steps[0].place().unwrap().entry.key, Key::KdeReversed);
    // 2 and 3 are a PAC file and WPAD, 4 are names of variables, 0 and what is not known are none.
    assert_eq!(of(PAC, Client::Chromium, TARGET), ["PAC http://w/p.pac", "direct"]);
    assert_eq!(of("[Proxy Settings]\nProxyType=3\n", Client::Chromium, TARGET), ["WPAD", "direct"]);
    assert_eq!(of(NAMES, Client::Chromium, TARGET), ["tunnel http://e:1 by HTTPS_PROXY"]);
    assert_eq!(
        of(NAMES, Client::Chromium, "https://b.example/"),
        ["direct by HTTPS_PROXY exempt by b.example"]
    );
    assert_eq!(of("[Proxy Settings]\nProxyType=0\n", Client::Chromium, TARGET), ["direct by ProxyType"]);
    // Without a file of KDE's the variables.
    assert_eq!(of("", Client::Chromium, TARGET), ["tunnel http://e:1 by HTTPS_PROXY"]);
}

#[test]
fn where_the_desktop_is_not_known_each_is_a_case() {
    let kde = desktop_of_kde("[Proxy Settings]\nProxyType=1\nhttpProxy=http://k.example 8080\n");
    let documents = [machine("http_proxy=http://e:1"), desktop_of_gnome(GNOME), kde];
    let url = "http://b.example/";
    assert_eq!(
        shown(Client::Chromium, &documents, url),
        [
            "forward http://g.example:8080 by org.gnome.system.proxy.http host (in a session of GNOME)",
            "forward http://k.example:8080 by httpProxy (in a session of KDE)",
            "forward http://e:1 by http_proxy (in a session of another desktop, or of none)",
        ]
    );
    assert_eq!(
        shown(Client::Libproxy, &documents, url),
        [
            "forward http://e:1 by http_proxy (in a session of GNOME)",
            "forward http://g.example:8080 by org.gnome.system.proxy.http host (in a session of GNOME)",
            "forward http://e:1 by http_proxy (in a session of KDE)",
            "forward http://k.example:8080 by httpProxy (in a session of KDE)",
            "forward http://e:1 by http_proxy (in a session of another desktop, or of none)",
        ]
    );
    let only = [desktop_of_gnome(GNOME)];
    let other = "direct (in a session of another desktop, or of none)";
    assert_eq!(shown(Client::Chromium, &only, url)[1], other);
    assert_eq!(shown(Client::Libproxy, &only, url)[1], other);
    // Without settings of any, there is one case.
    assert_eq!(
        shown(Client::Chromium, &[machine("http_proxy=http://e:1")], url),
        ["forward http://e:1 by http_proxy"]
    );
}

#[test]
fn proxies_of_mdatp() {
    let managed =
        Document::new("managed", "", mdatp::read_managed(r#"{"cloudService":{"proxy":"http://m:1/"}}"#));
    let own = "mdatp config proxy set --value http://own:2";
    let own = Document::new("history", own, mdatp::read_commands(own));
    let unit = document(&[
        (Key::Variable(Variable::HttpsProxyUpper), Scope::Service("mdatp.service".into()), "http://unit:3"),
        (Key::Variable(Variable::NoProxyUpper), Scope::Service("mdatp.service".into()), "a.example"),
    ]);
    let of =
        |documents: &[Document<'_>]| shown(Client::MdatpLinux, documents, "https://b.example/").remove(0);
    // Whatever was read last: the managed one counts before the other.
    assert_eq!(of(&[managed.clone(), own.clone(), unit.clone()]), "tunnel http://m:1 by cloudService.proxy");
    assert_eq!(of(&[own.clone(), unit.clone()]), "tunnel http://own:2 by mdatp config proxy");
    let unit = [unit];
    assert_eq!(of(&unit), "tunnel http://unit:3 by HTTPS_PROXY");
    assert_eq!(shown(Client::MdatpLinux, &unit, TARGET), ["direct by HTTPS_PROXY exempt by a.example"]);
    // By whose rules it reads such a list, nobody says.
    assert_eq!(ways(Client::MdatpLinux, &unit).ways[0].basis, Basis::Inferred);
}

#[test]
fn a_proxy_of_mdatp_without_a_scheme_is_not_used() {
    let managed = |text| Document::new("managed", text, mdatp::read_managed(text));
    let command = |text| Document::new("history", text, mdatp::read_commands(text));
    let profile = |text| Document::new("wdav.plist", text, mobileconfig::read(text));
    let without = r#"{"cloudService":{"proxy":"127.0.0.1:18080"}}"#;
    let plist = "<plist><dict><key>cloudService</key><dict><key>proxy</key><string>proxy.corp.example:3128</string>\
                 </dict></dict></plist>";
    for (document, by) in [
        (managed(without), "cloudService.proxy"),
        (profile(plist), "cloudService.proxy"),
        (command("mdatp config proxy set --value proxy.corp.example:3128"), "mdatp config proxy"),
    ] {
        for client in [Client::MdatpLinux, Client::MdatpMac] {
            let documents = [document.clone()];
            let steps = shown(client, &documents, PLAIN);
            assert_eq!(steps.last(), Some(&format!("unusable by {by}")), "{client}");
            let ways = ways(client, &documents);
            let own = ways.ways.iter().find(|way| way.place.is_some()).unwrap();
            assert_eq!(own.basis, Basis::Inferred);
            let Kind::Malformed(mistake) = &own.kind else { panic!("{own:?}") };
            assert_eq!(mistake.kind, MistakeKind::MdatpProxyScheme);
        }
    }
    // Both schemes are taken, and a login is only not sent. The variables of its service are of curl's form.
    let of = |document| shown(Client::MdatpLinux, &[document], TARGET).remove(0);
    assert_eq!(
        of(managed(r#"{"cloudService":{"proxy":"https://p.example:1"}}"#)),
        "tunnel https://p.example:1 by cloudService.proxy"
    );
    assert_eq!(
        of(managed(r#"{"cloudService":{"proxy":"http://u:w@p.example:1"}}"#)),
        "tunnel http://p.example:1 by cloudService.proxy"
    );
    let variable = (Key::Variable(Variable::HttpsProxyUpper), Scope::Service("mdatp".into()), "p.example:1");
    assert_eq!(of(document(&[variable])), "tunnel http://p.example:1 by HTTPS_PROXY");
}

#[test]
fn services_by_their_units() {
    let variable = |variable, service: &'static str, value| {
        (Key::Variable(variable), Scope::Service(service.into()), value)
    };
    let documents = [document(&[
        variable(Variable::HttpsProxy, "docker.service", "http://d:1"),
        variable(Variable::NoProxy, "docker.service", "a.example"),
        variable(Variable::HttpProxy, "agent", "http://g:2"),
        variable(Variable::HttpsProxy, "mdatp", "http://m:3"),
    ])];
    assert_eq!(
        shown(Client::Service, &documents, "https://b.example/"),
        ["tunnel http://d:1 by https_proxy (for the service docker)", "direct (for the service agent)"]
    );
    assert_eq!(
        shown(Client::Service, &documents, PLAIN),
        ["direct (for the service docker)", "forward http://g:2 by http_proxy (for the service agent)"]
    );
    assert_eq!(ways(Client::Service, &documents).ways[0].basis, Basis::Inferred);
}

#[test]
fn arcs_bypass_names_services() {
    let documents = [document(&[
        (Key::ArcProxyUrl, Scope::Machine, "http://p:1"),
        (Key::ArcProxyBypass, Scope::Machine, "Arc,ArcData"),
    ])];
    let of = |url: &str| shown(Client::Arc, &documents, url).remove(0);
    assert_eq!(of("https://gbl.his.arc.azure.com/"), "direct by proxy.url exempt by Arc");
    assert_eq!(of("https://management.azure.com/"), "tunnel http://p:1 by proxy.url");
}

#[test]
fn browsers_on_windows() {
    let user = || Scope::User("HKEY_CURRENT_USER".into());
    let documents = [document(&[
        (Key::InetAutoDetect, user(), "1"),
        (Key::InetProxyEnable, user(), "1"),
        (Key::InetProxyServer, user(), "u.example:8080"),
        (Key::InetProxyOverride, user(), "b.example *.a.example"),
    ])];
    let of = |client, url: &str| shown(client, &documents, url);
    let exempt = "direct by ProxyServer exempt by *.a.example";
    assert_eq!(of(Client::Chromium, TARGET), ["WPAD", exempt]);
    assert_eq!(of(Client::Firefox, TARGET), [exempt]);
    assert_eq!(of(Client::Firefox, "https://a.example/"), [exempt]);
    assert_eq!(of(Client::Chromium, "https://a.example/")[1], "tunnel http://u.example:8080 by ProxyServer");
}

#[test]
fn proxies_that_are_not_spoken_with() {
    let of = |client, text, url: &str| shown(client, &[session(text)], url).remove(0);
    let socks = "all_proxy=socks5h://s:1080\nno_proxy=b.example";
    assert_eq!(of(Client::Curl, socks, TARGET), "by socks5h by all_proxy");
    assert_eq!(of(Client::Curl, socks, "https://b.example/"), "direct by all_proxy exempt by b.example");
    assert_eq!(of(Client::Curl, "all_proxy=foo://s:1080", TARGET), "unusable by all_proxy");
    assert_eq!(of(Client::Go, "HTTPS_PROXY=foo://s:1080", TARGET), "by foo by HTTPS_PROXY");
    assert_eq!(of(Client::Go, "HTTPS_PROXY=s:x", TARGET), "unusable by HTTPS_PROXY");
    assert_eq!(of(Client::Libproxy, "https_proxy=socks://s:1080", TARGET), "by socks by https_proxy");
    // Python takes it for a proxy of http, and wget refuses it.
    assert_eq!(
        of(Client::Python, "https_proxy=socks5://s:1080", TARGET),
        "tunnel http://s:1080 by https_proxy"
    );
    assert_eq!(of(Client::Python, "http_proxy=socks5://s:1080", PLAIN), "unusable by http_proxy");
    assert_eq!(of(Client::Wget, "https_proxy=socks5://s:1080", TARGET), "unusable by https_proxy");
}

#[test]
fn the_environment_alone_says_the_same_as_a_plan() {
    use crate::select::environment::{Choice, Environment, curl, go};
    for value in ["p", "https://p", "socks5h://p:1", "foo://p:1", "p:x", "http://", "//p:1", "u:w@p:1/x", ""]
    {
        let documents = [document(&[(Key::Variable(Variable::HttpsProxy), Scope::Machine, value)])];
        let environment = Environment::default().with(Variable::HttpsProxy, value);
        let target = Target::parse(TARGET).unwrap();
        for (client, choice) in
            [(Client::Curl, curl(&environment, &target)), (Client::Go, go(&environment, &target))]
        {
            let ways = ways(client, &documents);
            let plan = ways.plan(&target);
            let step = &plan.steps[0];
            let is_same = match (choice, &step.way.kind) {
                (Choice::Route { route, .. }, _) => step.route == Some(route),
                (Choice::Malformed { mistake, .. }, Kind::Malformed(own)) => mistake == *own,
                (Choice::NotSpoken { scheme, .. }, Kind::NotSpoken(own)) => scheme == *own,
                _ => false,
            };
            assert!(is_same, "{client} {value:?}: {step:?}");
        }
    }
}
