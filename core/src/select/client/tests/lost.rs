//! Settings of Windows whose value could not be read: what they decide is not known, and not what it is where they are not set.

use super::*;
use crate::settings::registry;

const ENABLED: &str = "\"ProxyEnable\"=dword:00000001\r\n";

/// Steps of a client by an export with these keys, each with its lines.
fn steps(client: Client, keys: &[(&str, &str)]) -> Vec<String> {
    let keys = keys.iter().map(|(key, lines)| format!("[{key}]\r\n{lines}\r\n\r\n"));
    let text = format!("Windows Registry Editor Version 5.00\r\n\r\n{}", keys.collect::<String>());
    let documents = [Document::new("x.reg", &text, registry::read(&text))];
    shown(client, &documents, "https://a.microsoft.com/")
}

const USER: &str = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Internet Settings";
const MACHINE: &str = r"HKEY_LOCAL_MACHINE\Software\Microsoft\Windows\CurrentVersion\Internet Settings";
const POLICIES: &str =
    r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings";
const DEFENDER: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows Defender";
const UPDATES: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows Defender\Signature Updates";

#[test]
fn whether_a_users_proxy_is_used() {
    for (value, why) in [
        ("dword:0000000x", "this does not have the form that such a file has"),
        ("\"1\"", "the setting has another type than the one that is read"),
    ] {
        let lines = format!("\"ProxyServer\"=\"u.corp:3128\"\r\n\"ProxyEnable\"={value}");
        let want = [format!("not understood: x.reg:5: {why}"), "direct".into()];
        for client in [Client::Wininet, Client::Chromium, Client::Firefox, Client::Python] {
            assert_eq!(steps(client, &[(USER, &lines)]), want, "{client}");
        }
    }
}

#[test]
fn whether_the_users_settings_count() {
    let proxy = format!("{ENABLED}\"ProxyServer\"=\"m.corp:3128\"");
    let found = steps(
        Client::Wininet,
        &[
            (POLICIES, "\"ProxySettingsPerUser\"=dword:0000000g"),
            (MACHINE, &proxy),
            (USER, "\"ProxyEnable\"=dword:00000000"),
        ],
    );
    assert_eq!(
        found,
        ["not understood: x.reg:4: this does not have the form that such a file has", "direct"]
    );
}

#[test]
fn what_is_exempt() {
    let open = "\"ProxyServer\"=\"u.corp:1\"\r\n\"ProxyOverride\"=\"<local>;*.microsoft.com";
    let gap = "not understood: x.reg:6: the quotation mark is not closed";
    let proxy = "tunnel http://u.corp:1 by ProxyServer";
    assert_eq!(steps(Client::Wininet, &[(USER, &format!("{ENABLED}{open}"))]), [gap, proxy]);
    // Of a proxy that is not used nothing is exempt.
    let unused = "\"ProxyEnable\"=dword:00000000\r\n";
    assert_eq!(steps(Client::Wininet, &[(USER, &format!("{unused}{open}"))]), ["direct"]);
    let antivirus = "\"ProxyServer\"=\"http://av.corp:1\"\r\n\"ProxyBypass\"=hex(7):2a,00,2e,00,6d,0";
    let found = steps(Client::Antivirus, &[(DEFENDER, antivirus)]);
    assert!(
        found.contains(&"not understood: x.reg:5: the input ends in the middle of this".into()),
        "{found:?}"
    );
    assert!(found.contains(&"tunnel http://av.corp:1 by ProxyServer".into()), "{found:?}");
}

#[test]
fn whether_the_proxy_is_searched_for() {
    let lost = "\"AutoDetect\"=dword:0000000x\r\n\"AutoConfigURL\"=\"http://w/p.pac\"";
    let gap = "not understood: x.reg:4: this does not have the form that such a file has";
    assert_eq!(steps(Client::Wininet, &[(USER, lost)]), [gap, "PAC http://w/p.pac", "direct"]);
    // Firefox makes its own of that.
    assert_eq!(steps(Client::Firefox, &[(USER, lost)]), ["PAC http://w/p.pac", "direct"]);
}

#[test]
fn where_updates_come_from() {
    let found = steps(Client::AntivirusUpdate, &[(UPDATES, "\"FallbackOrder\"=\"MMPC|InternalDef")]);
    let gap = "not understood: x.reg:4: the quotation mark is not closed";
    assert_eq!(found.iter().filter(|step| *step == gap).count(), 2, "{found:?}");
    assert_eq!(found[0], gap);
    let windows = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate";
    let found = steps(
        Client::AntivirusUpdate,
        &[
            (UPDATES, "\"FallbackOrder\"=\"InternalDefinitionUpdateServer\""),
            (windows, "\"WUServer\"=\"http://wsus.corp:8530\""),
            (&format!("{windows}\\AU"), "\"UseWUServer\"=dword:x"),
        ],
    );
    let gap = "not understood: x.reg:10: this does not have the form that such a file has";
    assert_eq!(found, [gap, "direct (from InternalDefinitionUpdateServer)"]);
}

#[test]
fn an_order_of_any_length_names_each_source_once() {
    let order = format!("\"FallbackOrder\"=\"{}Foo\"", "MMPC|".repeat(100_000));
    let once = steps(Client::AntivirusUpdate, &[(UPDATES, "\"FallbackOrder\"=\"MMPC\"")]);
    assert_eq!(steps(Client::AntivirusUpdate, &[(UPDATES, &order)]), once);
    let text = format!("REGEDIT4\r\n[{UPDATES}]\r\n{order}\r\n");
    let mistakes: Vec<_> = registry::read(&text).mistakes.into_iter().map(|mistake| mistake.kind).collect();
    assert_eq!(mistakes, [crate::mistake::MistakeKind::UpdateSource]);
    // Of none of them nothing is loaded, not even without proxy.
    let none = steps(Client::AntivirusUpdate, &[(UPDATES, "\"FallbackOrder\"=\"Foo|Bar\"")]);
    assert_eq!(none, ["unusable by FallbackOrder"]);
}
