use super::*;
use crate::settings::cuts;
use std::format;
use std::string::String;

mod cut;

const EXPORT: &str = include_str!("sample.reg");

fn entries(text: &str) -> Vec<String> {
    let reading = read(text);
    let read = reading.entries.iter().filter(|entry| entry.lost.is_none());
    read.map(|entry| format!("{} {} = {}", entry.scope, entry.key, entry.value)).collect()
}

fn lost(text: &str) -> Vec<(Key, MistakeKind)> {
    read(text).entries.iter().filter_map(|entry| Some((entry.key, entry.lost?))).collect()
}

#[test]
fn what_is_set_and_cannot_be_read_is_lost_and_not_unset() {
    use MistakeKind as K;
    let text = below(SENSOR, "\"TelemetryProxyServer\"=dword:00000001\n\"DisableEnterpriseAuthProxy\"=\"1\"");
    let want = [Key::TelemetryProxyServer, Key::DisableEnterpriseAuthProxy].map(|key| (key, K::SettingType));
    assert_eq!(lost(&text), want);
    assert_eq!(
        lost(&below(SENSOR, "\"TelemetryProxyServer\"=\"p:1")),
        [(Key::TelemetryProxyServer, K::QuoteOpen)]
    );
    // Cut in the flags, in the proxy's length, in the proxy.
    for digits in [
        "28,00,00,00",
        "28,00,00,00,00,00,00,00,03,00,00,00",
        "28,00,00,00,00,00,00,00,03,00,00,00,0f,00,00,00,70",
    ] {
        let text = below(CONNECTIONS, &format!("\"WinHttpSettings\"=hex:{digits}"));
        assert_eq!(
            lost(&text).iter().map(|(key, _)| *key).collect::<Vec<_>>(),
            [Key::WinHttpProxy],
            "{digits}"
        );
    }
    let direct = below(
        CONNECTIONS,
        "\"WinHttpSettings\"=hex:28,00,00,00,00,00,00,00,01,00,00,00,00,00,00,00,00,00,00,00",
    );
    assert_eq!(lost(&direct), []);
    let own = |digits| lost(&below(CONNECTIONS, &format!("\"DefaultConnectionSettings\"=hex:{digits}")));
    assert_eq!(own("46,00,00,00"), [(Key::InetConnectionFlags, K::CutOff)]);
    assert_eq!(own("46,00,00,00,05,00,00,00,03,00,00,00,0d,00"), [(Key::InetConnectionProxy, K::CutOff)]);
}

fn mistakes(text: &str) -> Vec<(MistakeKind, &str)> {
    read(text).mistakes.into_iter().map(|mistake| (mistake.kind, &text[mistake.at])).collect()
}

fn below(key: &str, lines: &str) -> String {
    format!("Windows Registry Editor Version 5.00\r\n\r\n[{key}]\r\n{lines}\r\n")
}

const SENSOR: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\DataCollection";
const DEFENDER: &str = r"HKLM\Software\Policies\Microsoft\Windows Defender";
const CONNECTIONS: &str =
    r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections";

#[test]
fn an_export_with_all_values() {
    let want = [
        "machine TelemetryProxyServer = proxy.example:3128",
        "machine DisableEnterpriseAuthProxy = 1",
        "machine PreferStaticProxyForHttpRequest = 1",
        "policy ProxyServer = http://proxy.example:3128",
        "policy ProxyPacUrl = http://w/p.pac",
        "policy ProxyBypass = *.corp.example;10.0.0.1",
        "policy SSLOptions = 2",
        "machine ProxyServer = https://192.0.2.7:8080",
        "machine ProxyBypass = a.example",
        "machine ProxySettingsPerUser = 0",
        "machine ProxyEnable = 1",
        "machine ProxyServer = http=192.0.2.7:80;https=192.0.2.7:443",
        "machine WinHttpSettings access type = 3",
        "machine WinHttpSettings proxy = proxy.test:8080",
        "machine WinHttpSettings bypass list = <local>;*.corp.test",
        "user HKEY_CURRENT_USER ProxyEnable = 0",
        "user HKEY_CURRENT_USER ProxyServer = proxy.example:3128",
        "user HKEY_CURRENT_USER ProxyOverride = <local>;\"x\"",
        "user HKEY_CURRENT_USER AutoConfigURL = file://C:\\p.pac",
        "user HKEY_CURRENT_USER AutoDetect = 1",
        "user HKEY_CURRENT_USER DefaultConnectionSettings flags = 7",
        "user HKEY_CURRENT_USER DefaultConnectionSettings proxy = 10.0.0.1:3128",
        "user HKEY_CURRENT_USER DefaultConnectionSettings bypass list = <local>",
        "user HKEY_CURRENT_USER DefaultConnectionSettings PAC file = http://w/p.pac",
        "user .DEFAULT ProxyEnable = 0",
        "user S-1-5-18 ProxyEnable = 1",
        "user S-1-5-21-1-2-3-1001 ProxyServer = proxy.example:3128",
        "policy FallbackOrder = InternalDefinitionUpdateServer|MMPC",
        "machine WUServer = http://wsus.example:8530",
        "machine SetProxyBehaviorForUpdateDetection = 0",
        "machine UseWUServer = 1",
        "machine TelemetryProxy = mdm.example:8080",
        "policy for user HKEY_CURRENT_USER AutoConfigURL = http://wpad.example/wpad.dat",
    ];
    assert_eq!(entries(EXPORT), want);
    assert_eq!(mistakes(EXPORT), []);
}

#[test]
fn a_setting_has_its_place() {
    let reading = read(EXPORT);
    let of =
        |key| reading.entries.iter().find(|entry| entry.key == key).map(|entry| &EXPORT[entry.at.clone()]);
    assert_eq!(of(Key::TelemetryProxyServer), Some("proxy.example:3128"));
    assert_eq!(of(Key::DisableEnterpriseAuthProxy), Some("00000001"));
    assert_eq!(of(Key::WinHttpAccess), Some("03,00,00,00"));
    let proxy = "70,72,6f,78,79,\\\n  2e,74,65,73,74,3a,38,30,38,30";
    assert_eq!(of(Key::WinHttpProxy), Some(proxy));
}

#[test]
fn cut_and_changed_at_every_byte() {
    cuts::hold(EXPORT, read);
}

#[test]
fn what_is_passed_over_without_a_word() {
    let text = below(
        r"HKEY_LOCAL_MACHINE\SOFTWARE\x",
        "\"TelemetryProxyServer\"=\"a:1\"\n; a note\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\Policies\\Microsoft\\\
         Windows\\DataCollection]\n@=\"x\"\n\"TelemetryProxyServer\"=\"a:1\"\n\"n\"=hex:zz,\\\n\"m\"=dword:what\n\
         \"l\"=\"two\nlines, [or]\n\nthree\"\n\"k\"=hex(7):\n[HKEY_CLASSES_ROOT\\x]",
    );
    assert_eq!((entries(&text), mistakes(&text)), (Vec::new(), Vec::new()));
}

#[test]
fn what_is_deleted_undoes_what_stands_before() {
    let text = below(SENSOR, "\"TelemetryProxyServer\"=\"a:1\"\r\n\"telemetryproxyserver\" = - ; gone");
    assert_eq!(entries(&text), ["machine TelemetryProxyServer = a:1", "machine TelemetryProxyServer = "]);
    assert_eq!(mistakes(&text), []);
    // With the key, and with one above it. What is written below it is not set.
    for key in [format!("-{SENSOR}"), r"-HKLM\SOFTWARE\Policies\Microsoft\Windows\DATACOLLECTION\".into()] {
        let text = below(&key, "\"TelemetryProxyServer\"=\"a:1\"");
        assert_eq!(
            entries(&text),
            ["machine TelemetryProxyServer = ", "machine DisableEnterpriseAuthProxy = "]
        );
        assert_eq!(mistakes(&text), []);
    }
    let text = below(r"-HKEY_LOCAL_MACHINE\Software\Policies\Microsoft\Windows Defender", "");
    let want = ["ProxyServer", "ProxyPacUrl", "ProxyBypass", "SSLOptions", "FallbackOrder"];
    assert_eq!(entries(&text), want.map(|name| format!("policy {name} = ")));
    // A name that only begins alike is another key.
    assert_eq!(entries(&below(r"-HKLM\Software\Policies\Microsoft\Windows Def", "")), [""; 0]);
    let text = below(CONNECTIONS, "\"WinHttpSettings\"=-");
    let want = ["access type", "proxy", "bypass list"];
    assert_eq!(entries(&text), want.map(|part| format!("machine WinHttpSettings {part} = ")));
    let text = below(r"-hku\s-1-5-18", "");
    assert!(entries(&text).contains(&"user S-1-5-18 ProxyServer = ".into()));
    assert!(entries(&text).contains(&"policy for user S-1-5-18 ProxyServer = ".into()));
}

#[test]
fn more_keys_are_deleted_than_in_any_real_file() {
    let text = "REGEDIT4\n[-HKU\\a]\n".repeat(3000);
    let reading = read(&text);
    assert_eq!(
        reading.mistakes.iter().map(|mistake| mistake.kind).collect::<Vec<_>>(),
        [MistakeKind::TooMuch]
    );
    assert!(reading.entries.len() < 30_000);
}

#[test]
fn variables_of_the_environment_have_no_letter_case() {
    let text = below(
        r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment",
        "\"Https_Proxy\"=\"http://p:1\"",
    );
    assert_eq!(entries(&text), ["machine https_proxy = http://p:1", "machine HTTPS_PROXY = http://p:1"]);
    assert_eq!(entries(&below(r"HKCU\Environment", "\"no_proxy\"=\"a\"")).len(), 2);
}

#[test]
fn where_updates_come_from() {
    let policies = r"HKLM\SOFTWARE\Policies\Microsoft\Windows";
    let text = below(&format!(r"{policies} Defender\Signature Updates"), "\"FallbackOrder\"=\"MMPC\"")
        + &below(
            &format!(r"{policies}\WindowsUpdate"),
            "\"WUServer\"=\"http://w\"\r\n\"SetProxyBehaviorForUpdateDetection\"=dword:1",
        )
        + &below(&format!(r"{policies}\WindowsUpdate\AU"), "\"UseWUServer\"=dword:1");
    let want = [
        "policy FallbackOrder = MMPC",
        "machine WUServer = http://w",
        "machine SetProxyBehaviorForUpdateDetection = 1",
        "machine UseWUServer = 1",
    ];
    assert_eq!(entries(&text), want);
}

#[test]
fn keys_and_names_in_any_case_and_short() {
    for key in [
        "hklm\\software\\POLICIES\\microsoft\\windows\\datacollection\\",
        &SENSOR.to_ascii_lowercase(),
        &format!("{SENSOR}] ; [a note]"),
    ] {
        let text =
            format!("\u{FEFF}REGEDIT4\n[{key}]\n \"telemetryproxyserver\" = \"proxy.example:1\" ; note");
        assert_eq!(
            entries(&text.replace("note]]", "note]")),
            ["machine TelemetryProxyServer = proxy.example:1"]
        );
    }
    let text = "[hku\\s-1-5-18\\software\\microsoft\\windows\\currentversion\\internet settings]\n\"ProxyEnable\"=dword:1";
    assert_eq!(entries(text), ["user S-1-5-18 ProxyEnable = 1"]);
}

#[test]
fn strings_in_digits() {
    let text =
        below(DEFENDER, "\"ProxyServer\"=hex(2):68,00,74,00,74,00,70,00,3a,00,2f,00,2f,00,70,00,00,00");
    assert_eq!(entries(&text), ["policy ProxyServer = http://p"]);
    let text = format!("REGEDIT4\n[{DEFENDER}]\n\"ProxyServer\"=hex(2):68,74,74,70,3a,2f,2f,70,00");
    assert_eq!(entries(&text), ["policy ProxyServer = http://p"]);
    let text = below(SENSOR, "\"TelemetryProxyServer\"=hex(1):70,00,3a,00,31,00\r\n\"x\"=hex(b):00");
    assert_eq!(entries(&text), ["machine TelemetryProxyServer = p:1"]);
    let text = below(SENSOR, "\"DisableEnterpriseAuthProxy\"=HEX(4):01,00,00,00");
    assert_eq!(entries(&text), ["machine DisableEnterpriseAuthProxy = 1"]);
    // Half a surrogate pair, an odd byte, and a letter of a code page that nobody knows.
    let text = below(DEFENDER, "\"ProxyBypass\"=hex(1):70,00,3d,d8,31,00\r\n\"x\"=\"\"");
    assert_eq!(entries(&text), ["policy ProxyBypass = p\u{FFFD}1"]);
    assert_eq!(mistakes(&text), [(MistakeKind::NotText, "3d,d8")]);
    let text = below(DEFENDER, "\"ProxyServer\"=hex(1):70,00,41\r\n\"x\"=\"\"");
    assert_eq!(lost(&text), [(Key::AntivirusProxyServer, MistakeKind::CutOff)]);
    assert_eq!(mistakes(&text), [(MistakeKind::CutOff, "41")]);
    let text = format!("REGEDIT4\n[{DEFENDER}]\n\"ProxyBypass\"=hex(7):70,e4,00,71,00,00");
    assert_eq!(entries(&text), ["policy ProxyBypass = p\u{FFFD};q"]);
    assert_eq!(mistakes(&text), [(MistakeKind::NotText, "e4")]);
}

#[test]
fn another_type_than_the_one_that_is_read() {
    use MistakeKind as K;
    for (key, line, at) in [
        (SENSOR, "\"TelemetryProxyServer\"=dword:00000001", "00000001"),
        (SENSOR, "\"DisableEnterpriseAuthProxy\"=\"1\"", "1"),
        (
            SENSOR,
            "\"DisableEnterpriseAuthProxy\"=hex(b):01,00,00,00,00,00,00,00",
            "hex(b):01,00,00,00,00,00,00,00",
        ),
        (SENSOR, "\"DisableEnterpriseAuthProxy\"=hex(4):01,00", "hex(4):01,00"),
        (SENSOR, "\"TelemetryProxyServer\"=hex(7):70,00,00,00,00,00", "hex(7):70,00,00,00,00,00"),
        (CONNECTIONS, "\"WinHttpSettings\"=\"proxy.example:1\"", "proxy.example:1"),
    ] {
        let text = below(key, line);
        assert_eq!((entries(&text), mistakes(&text)), (Vec::new(), [(K::SettingType, at)].into()), "{line}");
    }
}

#[test]
fn mistakes_in_the_form() {
    use MistakeKind as K;
    for (line, want) in [
        ("\"TelemetryProxyServer\"=\"proxy", &[(K::QuoteOpen, "\"proxy")][..]),
        ("\"TelemetryProxyServer\"=\"proxy\r\n\"x\"=\"y\"", &[(K::QuoteOpen, "\"proxy")]),
        ("\"TelemetryProxyServer\"=\"a\"b\"", &[(K::FormUnknown, "b\"")]),
        ("\"TelemetryProxyServer\"=proxy:1", &[(K::FormUnknown, "proxy:1")]),
        ("\"TelemetryProxyServer\"=", &[(K::FormUnknown, "")]),
        ("\"DisableEnterpriseAuthProxy\"=dword:1g", &[(K::FormUnknown, "1g")]),
        ("\"DisableEnterpriseAuthProxy\"=dword:000000001", &[(K::FormUnknown, "000000001")]),
        ("\"DisableEnterpriseAuthProxy\"=dword:+1", &[(K::FormUnknown, "+1")]),
        ("\"DisableEnterpriseAuthProxy\"=dword:", &[(K::FormUnknown, "")]),
        ("\"TelemetryProxyServer", &[(K::FormUnknown, "\"TelemetryProxyServer")]),
        ("\"TelemetryProxyServer\" \"a\"", &[(K::FormUnknown, "\"TelemetryProxyServer\" \"a\"")]),
        (
            "one\r\n\r\ntwo\r\n; note\r\n\"x\"=\"y\"\r\n  three  ",
            &[(K::FormUnknown, "one"), (K::FormUnknown, "three")],
        ),
        ("[HKEY_LOCAL\r\n\"x\"=\"y\"", &[(K::FormUnknown, "[HKEY_LOCAL")]),
    ] {
        let text = below(SENSOR, line);
        assert_eq!((entries(&text), mistakes(&text)), (Vec::new(), want.into()), "{line}");
    }
    assert_eq!(
        mistakes("\"TelemetryProxyServer\"=\"a:1\""),
        [(K::FormUnknown, "\"TelemetryProxyServer\"=\"a:1\"")]
    );
    assert_eq!(mistakes("REGEDIT4\n[HKLM\\SOFT"), [(K::CutOff, "[HKLM\\SOFT")]);
}

#[test]
fn a_path_with_single_backslashes() {
    let text = below(&CONNECTIONS.replace("\\Connections", ""), r#""AutoConfigURL"="file://C:\p\\q.pac""#);
    assert_eq!(entries(&text), [r"machine AutoConfigURL = file://C:\p\q.pac"]);
    assert_eq!(mistakes(&text), [(MistakeKind::QuoteEscape, "\\")]);
}

#[test]
fn mistakes_in_digits() {
    use MistakeKind as K;
    for (digits, want) in [
        (
            "hex:28,0x,00,\\\r\n  1,222,z",
            &[(K::FormUnknown, "0x"), (K::FormUnknown, "222"), (K::FormUnknown, "z")][..],
        ),
        ("hex:28,00,,00", &[(K::FormUnknown, ",")]),
        ("hex:28,00,\\", &[(K::CutOff, "\\")]),
        ("hex:28,00,\\\r\n\"x\"=\"y\"", &[(K::CutOff, "\\")]),
        ("hex:28,00,\\\r\n\r\n01", &[(K::CutOff, "\\"), (K::FormUnknown, "01")]),
        ("hex:28,00,", &[(K::CutOff, ",")]),
        ("hex:28,00,00", &[(K::CutOff, "28,00,00")]),
        ("hex:", &[(K::CutOff, "")]),
        (
            "hex:28,00,00,00,00,00,00,00,03,00,00,00,04,00,00,00,70,00,e4,31,ff,\\\r\n ff,ff,ff",
            &[
                (K::HostNotText, "70,00,e4,31"),
                (K::NotText, "00,e4"),
                (K::LengthBeyondEnd, "ff,\\\r\n ff,ff,ff"),
            ],
        ),
    ] {
        let text = below(CONNECTIONS, &format!("\"WinHttpSettings\"={digits}"));
        assert_eq!(mistakes(&text), want, "{digits}");
    }
}

#[test]
fn mistakes_in_values_have_their_places() {
    use MistakeKind as K;
    let text = below(SENSOR, "\"TelemetryProxyServer\"=\"http://proxy.example:3128\"");
    assert_eq!(mistakes(&text), [(K::SensorProxyScheme, "http://")]);
    let text = below(DEFENDER, "\"ProxyServer\"=\"proxy.example:3128\"\r\n\"ProxyPacUrl\"=\"w/p.pac\"");
    assert_eq!(mistakes(&text), [(K::AntivirusProxyScheme, ""), (K::AntivirusPacScheme, "w/p.pac")]);
    let text = below(SENSOR, "\"DisableEnterpriseAuthProxy\"=dword:00000002");
    assert_eq!(mistakes(&text), [(K::AuthProxyNumber, "00000002")]);
}

#[test]
fn megabytes_take_no_time() {
    let parts = ["\"a\"=\"b\n", "\"ProxyBypass\"=hex(7):00,\\\n", "]\n", "[", "\\\"", "\"ProxyBypass\"=\"\\"];
    for part in parts {
        let text = below(DEFENDER, &part.repeat(2_000_000 / part.len()));
        read(&text);
    }
}

#[test]
fn what_reg_query_prints() {
    use MistakeKind as K;
    let text = "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection\r\n    (Default)    REG_SZ    (value not set)\r\n    \
                TelemetryProxyServer    REG_SZ    proxy.example:3128\r\n    DisableEnterpriseAuthProxy    REG_DWORD    0x1\r\n\r\n\
                HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows Defender\r\n    ProxyBypass\tREG_MULTI_SZ\ta.example\\0b.example\r\n    \
                InstallTime    REG_BINARY    2EB7\r\n\r\n\
                HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections\r\n    \
                WinHttpSettings    REG_BINARY    1800000000000000010000000000000000000000\r\n\r\n\
                HKEY_CURRENT_USER\\Environment\r\n    https_proxy    REG_EXPAND_SZ    http://p:1\r\n\r\nEnd of search: 9 match(es) found.\r\n";
    let want = [
        "machine TelemetryProxyServer = proxy.example:3128",
        "machine DisableEnterpriseAuthProxy = 1",
        "machine ProxyBypass = a.example;b.example",
        "machine WinHttpSettings access type = 1",
        "user HKEY_CURRENT_USER https_proxy = http://p:1",
        "user HKEY_CURRENT_USER HTTPS_PROXY = http://p:1",
    ];
    let found: Vec<String> = entries(text)
        .into_iter()
        .filter(|entry| !entry.starts_with("machine WinHttpSettings") || entry.ends_with("= 1"))
        .collect();
    assert_eq!((found, mistakes(text)), (want.map(String::from).into(), Vec::new()));
    assert_eq!(&text[read(text).entries[0].at.clone()], "proxy.example:3128");
    cuts::hold(text, read);

    let copied = format!("C:\\Users\\x>reg query HKLM\\x /s\r\n{text}\r\nC:\\Users\\x>");
    assert_eq!(entries(&copied), entries(text));

    let of = |value: &str| format!("{SENSOR}\n    {value}\n");
    for (value, want) in [
        // The blank behind the proxy is the value's own.
        ("TelemetryProxyServer    REG_SZ    p:1 ", &[(K::SensorProxyBlank, " ")][..]),
        ("TelemetryProxyServer    REG_DWORD    0x1", &[(K::SettingType, "0x1")]),
        ("TelemetryProxyServer    REG_QWORD    0x1", &[(K::SettingType, "0x1")]),
        ("DisableEnterpriseAuthProxy    REG_DWORD    1", &[(K::FormUnknown, "1")]),
        ("DisableEnterpriseAuthProxy    REG_DWORD    0x2", &[(K::AuthProxyNumber, "0x2")]),
        ("Other    REG_BINARY    0", &[]),
    ] {
        assert_eq!(mistakes(&of(value)), want, "{value}");
    }
    let binary = |digits: &str| format!("{CONNECTIONS}\n    WinHttpSettings    REG_BINARY    {digits}\n");
    assert_eq!(mistakes(&binary("18000")), [(K::CutOff, "18000")]);
    assert_eq!(mistakes(&binary("1x00")), [(K::FormUnknown, "1x00")]);
}
