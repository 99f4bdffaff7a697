//! Exports and outputs that were cut: nothing of them is taken for whole.

use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

use crate::mistake::MistakeKind;
use crate::settings::registry::read;

const SENSOR: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\DataCollection";
const DEFENDER: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows Defender";
const PROXY: &str = "http://proxy.corp.example:8080";

/// The settings that were read, and those that were lost.
fn entries(text: &str) -> Vec<String> {
    let one = |entry: &crate::settings::Entry<'_>| match entry.lost {
        Some(_) => format!("{} lost", entry.key),
        None => format!("{} = {}", entry.key, entry.value),
    };
    read(text).entries.iter().map(one).collect()
}

fn mistakes(text: &str) -> Vec<(MistakeKind, &str)> {
    read(text).mistakes.into_iter().map(|mistake| (mistake.kind, &text[mistake.at])).collect()
}

fn below(key: &str, lines: &str) -> String {
    format!("Windows Registry Editor Version 5.00\r\n\r\n[{key}]\r\n{lines}")
}

/// As an export writes a string whose type is not `REG_SZ`.
fn digits(text: &str) -> String {
    let bytes = text.encode_utf16().flat_map(u16::to_le_bytes).map(|byte| format!("{byte:02x}"));
    bytes.collect::<Vec<_>>().join(",")
}

#[test]
fn the_last_line_of_reg_query_has_an_end() {
    use MistakeKind as K;
    let head = format!("{SENSOR}\r\n    DisableEnterpriseAuthProxy    REG_DWORD    0x1\r\n");
    let auth = "DisableEnterpriseAuthProxy = 1";
    for (last, want) in [
        ("    TelemetryProxySer", vec![auth]),
        ("    TelemetryProxyServer    REG_", vec![auth, "TelemetryProxyServer lost"]),
        ("    TelemetryProxyServer    REG_SZ    pro", vec![auth, "TelemetryProxyServer lost"]),
        ("    PreferStatic    REG_DWORD    0x", vec![auth]),
        ("   ", vec![auth]),
        ("HKEY_LOCAL_MACHINE\\SOFTWARE\\Micro", vec![auth]),
        ("HK", vec![auth]),
    ] {
        let text = format!("{head}{last}");
        assert_eq!(
            (entries(&text), mistakes(&text)),
            (want.iter().map(|one| String::from(*one)).collect(), vec![(K::CutOff, last)])
        );
    }
    // Whole, and the sentence at its end, of which nothing depends.
    let whole = format!("{head}    TelemetryProxyServer    REG_SZ    proxy.corp.example:8080\r\n\r\n");
    for last in ["", "End of search: 2 match(es) fou"] {
        let text = format!("{whole}{last}");
        assert_eq!(entries(&text), [auth, "TelemetryProxyServer = proxy.corp.example:8080"]);
        assert_eq!(mistakes(&text), []);
    }
    // However it is cut, either it is read as a whole or it is known to be cut.
    let of_value = whole.trim_end().len();
    for end in head.len() + 1..of_value {
        assert!(mistakes(&whole[..end]).iter().any(|(kind, _)| *kind == K::CutOff), "{end}");
    }
    assert!(mistakes(&whole[..of_value + "\r\n".len()]).is_empty());
}

#[test]
fn what_is_no_value_below_a_key_that_is_read() {
    let row = "    TelemetryProxyServer    SZ    p:1\r\n";
    let text = format!("{SENSOR}\r\n{row}\r\n");
    assert_eq!(mistakes(&text), [(MistakeKind::FormUnknown, row.trim())]);
    assert_eq!(mistakes(&format!("HKEY_LOCAL_MACHINE\\SOFTWARE\\x\r\n{row}\r\n")), []);
}

#[test]
fn a_string_in_digits_that_is_not_ended_where_the_file_ends() {
    use MistakeKind as K;
    let proxy = digits(PROXY);
    let value = |digits: &str| below(DEFENDER, &format!("\"ProxyServer\"=hex(2):{digits}"));
    let whole = value(&format!("{proxy},00,00"));
    assert_eq!((entries(&whole), mistakes(&whole)), (vec![format!("ProxyServer = {PROXY}")], vec![]));
    let start = whole.find("hex(2):").unwrap() + "hex(2):".len();
    for end in start..whole.len() {
        for behind in ["", "\\", "\\\r\n", "\\\r\n  ", "\r\n"] {
            let cut = format!("{}{behind}", &whole[..end]);
            assert_eq!(entries(&cut), ["ProxyServer lost"], "{cut:?}");
            assert!(mistakes(&cut).iter().all(|(kind, _)| *kind == K::CutOff), "{cut:?}");
            assert!(!mistakes(&cut).is_empty(), "{cut:?}");
        }
    }
    // A program may have stored it without its end: regedit writes what is there.
    // An export ends with an empty line.
    for behind in ["\r\n\r\n".into(), format!("\r\n\r\n[{SENSOR}]\r\n")] {
        let stored = format!("{}{behind}", value(&proxy));
        assert_eq!((entries(&stored), mistakes(&stored)), (vec![format!("ProxyServer = {PROXY}")], vec![]));
    }
    // In the form of Windows 98.
    let old = |digits: &str| format!("REGEDIT4\n[{DEFENDER}]\n\"ProxyServer\"=hex(2):{digits}\n");
    assert_eq!(entries(&old("68,74,74,70,3a,2f,2f,70,00")), ["ProxyServer = http://p"]);
    assert_eq!(entries(&old("68,74,74,70,3a,2f,2f,70")), ["ProxyServer lost"]);
}

#[test]
fn a_list_has_an_end_of_its_own() {
    let value = |digits: &str| below(DEFENDER, &format!("\"ProxyBypass\"=hex(7):{digits}\r\n"));
    let list = digits("a.example\0b.example\0\0");
    assert_eq!(entries(&value(&list)), ["ProxyBypass = a.example;b.example"]);
    assert_eq!(entries(&value("00,00")), ["ProxyBypass = "]);
    for cut in [digits("a.example\0"), digits("a.example\0b.ex"), "2a,00,2e,00,6d,0".into(), String::new()] {
        let text = value(&cut);
        let at = cut.rsplit(',').next().unwrap_or_default();
        assert_eq!(
            (entries(&text), mistakes(&text)),
            (vec!["ProxyBypass lost".into()], vec![(MistakeKind::CutOff, at)])
        );
    }
}

#[test]
fn a_number_of_fewer_digits_where_the_file_ends() {
    use MistakeKind as K;
    let value = |digits: &str| below(SENSOR, &format!("\"DisableEnterpriseAuthProxy\"=dword:{digits}"));
    assert_eq!(entries(&value("00000001")), ["DisableEnterpriseAuthProxy = 1"]);
    for cut in ["", "0", "0000000"] {
        let text = value(cut);
        assert_eq!(entries(&text), ["DisableEnterpriseAuthProxy lost"], "{cut}");
        assert_eq!(mistakes(&text), [(K::CutOff, cut)]);
    }
    // As people write it.
    assert_eq!(entries(&value("0\r\n")), ["DisableEnterpriseAuthProxy = 0"]);
    assert_eq!(entries(&value("1")), ["DisableEnterpriseAuthProxy = 1"]);
}

#[test]
fn what_follows_a_value_that_nobody_reads() {
    use MistakeKind as K;
    for (last, want) in [
        ("\"x\"=\"open", vec![(K::QuoteOpen, "\"open")]),
        ("\"x\"=hex(7):00,\\", vec![(K::CutOff, "\\")]),
        ("\"x\"=\"whole\"", vec![]),
        ("\"x\"=what", vec![]),
    ] {
        let text = below(SENSOR, last);
        assert_eq!((entries(&text), mistakes(&text)), (vec![], want));
    }
}

#[test]
fn a_value_of_any_kind_that_cannot_be_read_is_lost() {
    use MistakeKind as K;
    const INTERNET: &str = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Internet Settings";
    const POLICIES: &str =
        r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings";
    const UPDATES: &str =
        r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows Defender\Signature Updates";
    const VARIABLES: &str =
        r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Session Manager\Environment";
    for (key, line, want, mistake) in [
        (INTERNET, "\"ProxyEnable\"=dword:0000000x", &["ProxyEnable lost"][..], (K::FormUnknown, "0000000x")),
        (INTERNET, "\"ProxyEnable\"=\"1\"", &["ProxyEnable lost"], (K::SettingType, "1")),
        (
            INTERNET,
            "\"ProxyOverride\"=\"<local>;*.microsoft.com",
            &["ProxyOverride lost"],
            (K::QuoteOpen, "\"<local>;*.microsoft.com"),
        ),
        (
            POLICIES,
            "\"ProxySettingsPerUser\"=dword:0000000g",
            &["ProxySettingsPerUser lost"],
            (K::FormUnknown, "0000000g"),
        ),
        (
            UPDATES,
            "\"FallbackOrder\"=\"MMPC|InternalDef",
            &["FallbackOrder lost"],
            (K::QuoteOpen, "\"MMPC|InternalDef"),
        ),
        // Nothing is not what the variable is set to.
        (
            VARIABLES,
            "\"HTTPS_PROXY\"=hex(2):68,00,74,00,74,00,70,00,3a,00,2f,00,2f,00,7g",
            &[],
            (K::FormUnknown, "7g"),
        ),
        (
            VARIABLES,
            "\"HTTPS_PROXY\"=hex(2):68,00,74,00,74,00,70,00,3a,00,2f,00,2f,00,70,00",
            &[],
            (K::CutOff, "00"),
        ),
    ] {
        let text = below(key, &format!("{line}\r\n"));
        assert_eq!(
            (entries(&text), mistakes(&text)),
            (want.iter().map(|one| String::from(*one)).collect(), vec![mistake])
        );
        // What was lost covers the mistake.
        let reading = read(&text);
        let at = &reading.mistakes[0].at;
        assert!(reading.entries.iter().all(|entry| entry.at.start <= at.start && at.end <= entry.at.end));
    }
}
