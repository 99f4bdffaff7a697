//! Settings of macOS that cannot be used, or that nobody can tell.

use super::*;
use crate::settings::{Format, networksetup, scutil};

const TARGET: &str = "https://www.a.example/";
const PLAIN: &str = "http://www.a.example/";

/// Everybody who reads the settings of macOS.
const READERS: [Client; 5] =
    [Client::MdatpMac, Client::Python, Client::Chromium, Client::Firefox, Client::Libproxy];

fn of_scutil(settings: &str) -> String {
    format!("<dictionary> {{\n {}\n}}\n", settings.replace(", ", "\n "))
}

/// What each reader does first about https and http.
fn firsts(text: &str, reading: Reading<'_>) -> Vec<[String; 2]> {
    let documents = [Document::new("mac", text, reading).of(Some(System::Macos))];
    READERS.map(|client| [TARGET, PLAIN].map(|url| shown(client, &documents, url).remove(0))).into()
}

#[test]
fn a_port_that_is_none_makes_its_proxy_unusable() {
    let text = of_scutil(
        "HTTPEnable : 1, HTTPPort : 3128, HTTPProxy : h.example, HTTPSEnable : 1, HTTPSPort : 99999, HTTPSProxy : s.example",
    );
    let plain = "forward http://h.example:3128 by HTTPProxy";
    assert_eq!(firsts(&text, scutil::read(&text)), [["unusable by HTTPSPort", plain]; 5]);
    // Of one that is switched off it is nobody's.
    let text = of_scutil("HTTPSEnable : 0, HTTPSPort : 99999, HTTPSProxy : s.example");
    assert_eq!(firsts(&text, scutil::read(&text)), [["direct"; 2]; 5]);
    let text = of_scutil("HTTPSEnable : 2, HTTPSPort : 1, HTTPSProxy : s.example");
    assert_eq!(firsts(&text, scutil::read(&text)), [["unusable by HTTPSEnable", "direct"]; 5]);
    // Whoever takes a SOCKS proxy cannot tell this one, and a PAC file comes before all.
    let text = of_scutil("SOCKSEnable : 1, SOCKSPort : x, SOCKSProxy : s.example");
    let own = ["unusable by SOCKSPort"; 2];
    assert_eq!(firsts(&text, scutil::read(&text)), [["direct"; 2], ["direct"; 2], own, own, own]);
    let text = of_scutil("ProxyAutoConfigEnable : x, ProxyAutoConfigURLString : http://w/p.pac");
    let own = ["unusable by ProxyAutoConfigEnable"; 2];
    assert_eq!(firsts(&text, scutil::read(&text)), [own, ["direct"; 2], own, own, own]);
}

#[test]
fn what_names_no_server_is_none() {
    for settings in ["HTTPSEnable : 1, HTTPSPort : 8080", "HTTPSEnable : 1, HTTPSProxy :"] {
        let text = of_scutil(settings);
        assert_eq!(firsts(&text, scutil::read(&text)), [["direct"; 2]; 5]);
    }
    let text = "Enabled: Yes\nServer: \nPort: 0\n";
    let reading = networksetup::read(text, Some(networksetup::Command::SecureWebProxy));
    assert_eq!(firsts(text, reading), [["direct"; 2]; 5]);
}

#[test]
fn outputs_of_networksetup_one_below_the_other() {
    let read = |name, text| {
        let format = crate::settings::recognise(name, text).unwrap();
        firsts(text, Format::read(format, text, &Scope::Machine))
    };
    let text = "alice@mac ~ % networksetup -getwebproxy Wi-Fi\nEnabled: Yes\nServer: proxy.corp.example\nPort: 3128\n\
                alice@mac ~ % networksetup -getsecurewebproxy Wi-Fi\nEnabled: Yes\nServer: sproxy.corp.example\nPort: 3129\n";
    let by_each = [
        "tunnel http://sproxy.corp.example:3129 by HTTPSProxy",
        "forward http://proxy.corp.example:3128 by HTTPProxy",
    ];
    assert_eq!(read("wi-fi.txt", text), [by_each; 5]);
    // One that nothing names may be each of them.
    let bare = "Enabled: Yes\nServer: proxy.corp.example\nPort: 3128\n";
    assert_eq!(read("wi-fi.txt", bare), [["unusable by HTTPSEnable", "unusable by HTTPEnable"]; 5]);
    let off = "Enabled: No\nServer: \nPort: 0\n";
    assert_eq!(read("wi-fi.txt", off), [["direct"; 2]; 5]);
}
