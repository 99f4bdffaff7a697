//! Settings of several users of one Windows machine.

use super::*;
use crate::settings::registry;

const SETTINGS: &str = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";

/// Steps of a client by an export in which these hives have these proxies; without one they have none.
fn steps(client: Client, hives: &[(&str, Option<&str>)]) -> Vec<String> {
    let hives = hives.iter().map(|(hive, proxy)| {
        let lines = proxy.map_or_else(
            || "\"ProxyEnable\"=dword:00000000\r\n".to_string(),
            |proxy| format!("\"ProxyEnable\"=dword:00000001\r\n\"ProxyServer\"=\"{proxy}\"\r\n"),
        );
        format!("[{hive}\\{SETTINGS}]\r\n{lines}\r\n")
    });
    let text = format!("Windows Registry Editor Version 5.00\r\n\r\n{}", hives.collect::<String>());
    let documents = [Document::new("sys.reg", &text, registry::read(&text))];
    shown(client, &documents, "https://a.example/")
}

const SYSTEM: (&str, Option<&str>) = (r"HKEY_USERS\.DEFAULT", Some("sys.corp:1"));
const ONE: (&str, Option<&str>) = (r"HKEY_USERS\S-1-5-21-1-2-3-1001", Some("u1.corp:1"));
const OTHER: (&str, Option<&str>) = (r"HKEY_USERS\S-1-5-21-1-2-3-1002", None);

#[test]
fn each_user_is_a_case() {
    let own = "tunnel http://u1.corp:1 by ProxyServer (for the user S-1-5-21-1-2-3-1001)";
    let other = "direct (for the user S-1-5-21-1-2-3-1002)";
    for client in [Client::Wininet, Client::Chromium, Client::Firefox, Client::Python] {
        assert_eq!(steps(client, &[SYSTEM, ONE, OTHER]), [own, other], "{client}");
        assert_eq!(steps(client, &[OTHER, ONE, SYSTEM, OTHER]), [other, own], "{client}");
    }
}

#[test]
fn one_user_is_no_case() {
    let own = "tunnel http://u1.corp:1 by ProxyServer";
    assert_eq!(steps(Client::Wininet, &[SYSTEM, ONE]), [own]);
    // An export that was made in a user's session says whose it is.
    let current = (r"HKEY_CURRENT_USER", Some("c.corp:1"));
    let want = ["tunnel http://c.corp:1 by ProxyServer"];
    assert_eq!(steps(Client::Wininet, &[ONE, current, OTHER]), want);
}

#[test]
fn the_machines_settings_are_everybodys() {
    let text = format!(
        "REGEDIT4\r\n[HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\r\n\
         \"ProxySettingsPerUser\"=dword:00000000\r\n[{}\\{SETTINGS}]\r\n\"ProxyEnable\"=dword:1\r\n\
         [{}\\{SETTINGS}]\r\n\"ProxyEnable\"=dword:1\r\n",
        ONE.0, OTHER.0
    );
    let documents = [Document::new("sys.reg", &text, registry::read(&text))];
    assert_eq!(shown(Client::Wininet, &documents, "https://a.example/"), ["direct"]);
}

#[test]
fn more_users_than_are_looked_at_are_counted() {
    let names: Vec<String> = (0..20).map(|number| format!(r"HKEY_USERS\S-1-5-21-1-2-3-{number}")).collect();
    let hives: Vec<_> = names.iter().map(|name| (&**name, Some("u.corp:1"))).collect();
    let steps = steps(Client::Wininet, &hives);
    let of_user = steps.iter().filter(|step| step.starts_with("tunnel http://u.corp:1"));
    assert_eq!(of_user.count(), 16);
    assert_eq!(steps.first().map(String::as_str), Some("unseen: MoreUsers"));
    assert_eq!(steps.last().map(String::as_str), Some("direct (for 4 more users)"));
}

#[test]
fn windows_update_asks_the_users_that_there_are() {
    let found = steps(Client::AntivirusUpdate, &[ONE, OTHER]);
    let want = "tunnel http://u1.corp:1 by ProxyServer (from MicrosoftUpdateServer)";
    assert!(found.contains(&want.into()), "{found:?}");
}
