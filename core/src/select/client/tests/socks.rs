//! SOCKS proxies in the settings of macOS, GNOME and KDE.

use super::*;
use crate::settings::{gnome, kde, scutil};

const TARGET: &str = "https://www.a.example/";
const PLAIN: &str = "http://www.a.example/";

/// What each of these clients does first about https and http.
fn firsts<const N: usize>(clients: [Client; N], documents: &[Document<'_>]) -> [[String; 2]; N] {
    clients.map(|client| [TARGET, PLAIN].map(|url| shown(client, documents, url).remove(0)))
}

fn mac(settings: &str) -> String {
    format!("<dictionary> {{\n ExceptionsList : <array> {{\n 0 : b.example\n }}\n {settings}\n}}\n")
}

#[test]
fn macos() {
    let clients = [Client::Chromium, Client::Firefox, Client::Libproxy];
    let of = |settings: &str, client, url: &str| {
        let text = mac(settings);
        shown(client, &[Document::new("scutil", &text, scutil::read(&text))], url)
    };
    let firsts = |settings: &str| {
        let text = mac(settings);
        firsts(clients, &[Document::new("scutil", &text, scutil::read(&text))])
    };
    let socks = "SOCKSEnable : 1\n SOCKSPort : 1080\n SOCKSProxy : s.example\n";
    let by = "by socks by SOCKSProxy";
    assert_eq!(firsts(socks), [[by, by]; 3]);
    // Whoever does not read it goes straight.
    for client in [Client::Python, Client::Curl, Client::MdatpMac] {
        assert_eq!(of(socks, client, TARGET), ["direct"], "{client}");
    }
    for client in clients {
        let exempt = &of(socks, client, "https://b.example/")[0];
        assert_eq!(exempt, "direct by SOCKSProxy exempt by b.example", "{client}");
        let both = format!("{socks}ProxyAutoConfigEnable : 1\n ProxyAutoConfigURLString : http://w/p.pac\n");
        assert_eq!(of(&both, client, TARGET)[0], "PAC http://w/p.pac", "{client}");
    }
    // The scheme's own counts before it.
    let http = format!("{socks}HTTPEnable : 1\n HTTPPort : 8080\n HTTPProxy : h.example\n");
    let forward = "forward http://h.example:8080 by HTTPProxy";
    assert_eq!(firsts(&http), [[by, forward]; 3]);
    for client in clients {
        assert_eq!(of(&http, client, PLAIN), [forward], "{client}");
    }
    // One that names no host, or no port: to each what it is.
    let no_host = format!("{socks}HTTPSEnable : 1\n");
    assert_eq!(firsts(&no_host), [[by, by], ["direct", by], [by, by]]);
    let no_port = format!("{socks}HTTPEnable : 1\n HTTPPort : 0\n HTTPProxy : h.example\n");
    assert_eq!(of(&no_port, Client::Libproxy, PLAIN), [by]);
    assert_eq!(
        firsts("SOCKSEnable : 1\n SOCKSProxy : s.example\n"),
        [[by, by], ["direct"; 2], ["direct"; 2]]
    );
    assert_eq!(firsts("SOCKSEnable : 0\n SOCKSPort : 1080\n SOCKSProxy : s.example\n"), [["direct"; 2]; 3]);
}

#[test]
fn gnome() {
    let clients = [Client::Chromium, Client::Firefox, Client::Libproxy];
    let of = |settings: &str, more: &str| {
        let text = format!("[system/proxy]\nmode='manual'\nignore-hosts=['b.example']\n{settings}");
        let user = || Scope::User("alice".into());
        let session = format!("XDG_CURRENT_DESKTOP=GNOME\n{more}");
        let documents = [
            Document::new("keyfile", &text, gnome::read(&text, &user())),
            Document::whole(Whose::Session, "session", &session, environment::read(&session, &user())),
        ];
        let exempt = clients.map(|client| shown(client, &documents, "https://b.example/").remove(0));
        (firsts(clients, &documents), exempt)
    };
    let socks = "[system/proxy/socks]\nhost='s.example'\nport=1080\n";
    let by = "by socks by org.gnome.system.proxy.socks host";
    // libproxy takes it for other schemes alone.
    let (found, exempt) = of(socks, "");
    assert_eq!(found, [[by; 2], [by; 2], ["direct"; 2]]);
    let text = format!("[system/proxy]\nmode='manual'\n{socks}");
    let keyfile = [Document::new("keyfile", &text, gnome::read(&text, &Scope::Machine))];
    for client in [Client::Chromium, Client::Firefox] {
        assert_eq!(ways(client, &keyfile).ways[0].basis, Basis::Verified, "{client}");
    }
    let direct = "direct by org.gnome.system.proxy.socks host exempt by b.example";
    assert_eq!(exempt, [direct, direct, "direct"]);
    // The scheme's own counts before it, and for Firefox http's counts for https.
    let http = format!("{socks}[system/proxy/http]\nhost='h.example'\nport=8080\n");
    let forward = "forward http://h.example:8080 by org.gnome.system.proxy.http host";
    let tunnel = "tunnel http://h.example:8080 by org.gnome.system.proxy.http host";
    assert_eq!(of(&http, "").0, [[by, forward], [tunnel, forward], ["direct", forward]]);
    let https = format!("{socks}[system/proxy/https]\nhost='h.example'\nport=8080\n");
    let tunnel = "tunnel http://h.example:8080 by org.gnome.system.proxy.https host";
    assert_eq!(of(&https, "").0, [[tunnel, by], [tunnel, by], [tunnel, "direct"]]);
    // Variables: not for Chromium, before it for Firefox.
    let variable = "forward http://e:1 by http_proxy";
    let with = of(socks, "http_proxy=http://e:1").0;
    assert_eq!(with, [[by; 2], [by, variable], ["tunnel http://e:1 by http_proxy", variable]]);
    // Without a port it is none for Firefox.
    let no_port = "[system/proxy/socks]\nhost='s.example'\nport=0\n";
    assert_eq!(of(no_port, "").0, [[by; 2], ["direct"; 2], ["direct"; 2]]);
}

#[test]
fn kde() {
    let clients = [Client::Chromium, Client::Firefox, Client::Libproxy];
    let of = |settings: &str| {
        let text = format!("[Proxy Settings]\n{settings}");
        let user = || Scope::User("alice".into());
        let session = "XDG_CURRENT_DESKTOP=KDE\nSOCKS_SERVER=e:1080";
        let documents = [
            Document::new("kioslaverc", &text, kde::read(&text, &user())),
            Document::whole(Whose::Session, "session", session, environment::read(session, &user())),
        ];
        firsts(clients, &documents)
    };
    let socks = "ProxyType=1\nsocksProxy=socks://s.example 1080\n";
    let by = "by socks by socksProxy";
    assert_eq!(of(socks), [[by; 2], ["direct"; 2], ["direct"; 2]]);
    let http = format!("{socks}httpProxy=http://h.example 8080\n");
    let forward = "forward http://h.example:8080 by httpProxy";
    assert_eq!(of(&http), [[by, forward], ["direct"; 2], ["direct", forward]]);
    assert_eq!(of("ProxyType=0\nsocksProxy=socks://s.example 1080\n")[0], ["direct by ProxyType"; 2]);
    // Set to nothing it is none: the variables count.
    assert_eq!(of("ProxyType=1\nsocksProxy=\n")[0], ["by socks5 by SOCKS_SERVER"; 2]);
    assert_eq!(of("ProxyType=4\nsocksProxy=SOCKS_SERVER\n")[0], ["by socks by SOCKS_SERVER"; 2]);
}
