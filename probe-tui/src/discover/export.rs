//! Values of the registry in the form of its exports, so that what is read live and what was exported go through one parser
//! (`probe_core::settings::registry`); and which values are read.

use std::fmt::Write as _;

/// A key's path below its hive, and the values in it.
pub(super) type Key = (&'static str, &'static [&'static str]);

/// What is read of the machine's hive, in the order of `regedit`.
pub(super) const OF_MACHINE: &[Key] = &[
    (r"SOFTWARE\Microsoft\PolicyManager\current\device\System", &["TelemetryProxy"]),
    (r"SOFTWARE\Microsoft\Windows Defender", ANTIVIRUS),
    (r"SOFTWARE\Microsoft\Windows Defender\Signature Updates", UPDATES),
    (r"SOFTWARE\Microsoft\Windows Defender\Spynet", SPYNET),
    (INTERNET, INTERNET_SETTINGS),
    (CONNECTIONS, &["WinHttpSettings", "DefaultConnectionSettings"]),
    (r"SOFTWARE\Policies\Microsoft\Windows Advanced Threat Protection", &["PreferStaticProxyForHttpRequest"]),
    (r"SOFTWARE\Policies\Microsoft\Windows Defender", ANTIVIRUS),
    (r"SOFTWARE\Policies\Microsoft\Windows Defender\Signature Updates", UPDATES),
    (r"SOFTWARE\Policies\Microsoft\Windows Defender\Spynet", SPYNET),
    (
        INTERNET_POLICIES,
        &[
            "ProxySettingsPerUser",
            "ProxyEnable",
            "ProxyServer",
            "ProxyOverride",
            "AutoConfigURL",
            "AutoDetect",
        ],
    ),
    (
        r"SOFTWARE\Policies\Microsoft\Windows\DataCollection",
        &["TelemetryProxyServer", "DisableEnterpriseAuthProxy"],
    ),
    (
        r"SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate",
        &["WUServer", "SetProxyBehaviorForUpdateDetection"],
    ),
    (r"SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU", &["UseWUServer"]),
];

/// What is read of each user's hive.
pub(super) const OF_USER: &[Key] = &[
    (INTERNET, INTERNET_SETTINGS),
    (CONNECTIONS, &["DefaultConnectionSettings"]),
    (INTERNET_POLICIES, INTERNET_SETTINGS),
];

const INTERNET: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings";
const CONNECTIONS: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections";
const INTERNET_POLICIES: &str = r"SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings";

const ANTIVIRUS: &[&str] = &["ProxyServer", "ProxyPacUrl", "ProxyBypass"];

const UPDATES: &[&str] = &["FallbackOrder"];

const SPYNET: &[&str] = &["SSLOptions"];

const INTERNET_SETTINGS: &[&str] =
    &["ProxyEnable", "ProxyServer", "ProxyOverride", "AutoConfigURL", "AutoDetect"];

/// Types of values (winnt.h).
const REG_SZ: u32 = 1;
pub(super) const REG_EXPAND_SZ: u32 = 2;
const REG_BINARY: u32 = 3;
const REG_DWORD: u32 = 4;

/// A value as the registry has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) name: &'static str,
    pub(super) kind: u32,
    pub(super) data: Vec<u8>,
}

/// The export of one key; `key` has the long name of its hive.
pub(super) fn export(key: &str, values: &[Value]) -> String {
    let mut text = format!("Windows Registry Editor Version 5.00\r\n\r\n[{key}]\r\n");
    for value in values {
        // Writing text into memory cannot fail.
        let _ = write!(text, "\"{}\"={}\r\n", value.name, data(value));
    }
    // As the program of Windows ends it: nothing was cut off.
    text.push_str("\r\n");
    text
}

/// What a value says, exactly: text where it is text without control characters, else its bytes.
fn data(value: &Value) -> String {
    match (value.kind, value.data.as_slice()) {
        (REG_DWORD, [a, b, c, d]) => format!("dword:{:08x}", u32::from_le_bytes([*a, *b, *c, *d])),
        (REG_SZ, bytes) if let Some(text) = plain(bytes) => {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
        }
        (REG_BINARY, bytes) => format!("hex:{}", hex(bytes)),
        (kind, bytes) => format!("hex({kind:x}):{}", hex(bytes)),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(",")
}

/// UTF-16LE up to the NULs that end it, where that is text without control characters.
fn plain(bytes: &[u8]) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    let end = units.iter().rposition(|unit| *unit != 0).map_or(0, |last| last + 1);
    let text = String::from_utf16(units.get(..end)?).ok().filter(|_| rest.is_empty())?;
    (!text.contains(char::is_control)).then_some(text)
}

/// The text of a string as programs read it: up to the first NUL, whatever is no text as `U+FFFD`.
pub(super) fn text(value: &Value) -> String {
    let units = value.data.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use probe_core::mistake::MistakeKind;
    use probe_core::settings::registry;

    use super::*;

    /// An export of real shape, with everything that core reads.
    const SAMPLE: &str = include_str!("../../../core/src/settings/registry/sample.reg");

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    /// What core says about a value of a type that no setting has: nothing where it does not read it.
    fn is_read(key: &str, name: &str) -> bool {
        let text = format!("REGEDIT4\n[{key}]\n\"{name}\"=hex(b):00\n");
        registry::read(&text).mistakes.first().is_some_and(|mistake| mistake.kind == MistakeKind::SettingType)
    }

    #[test]
    fn every_value_that_is_read_here_is_one_that_core_knows() {
        for (hive, keys) in [
            ("HKEY_LOCAL_MACHINE", OF_MACHINE),
            ("HKEY_CURRENT_USER", OF_USER),
            (r"HKEY_USERS\S-1-5-18", OF_USER),
        ] {
            for (path, name) in
                keys.iter().flat_map(|(path, names)| names.iter().map(move |name| (path, name)))
            {
                assert!(is_read(&format!(r"{hive}\{path}"), name), r"{hive}\{path} {name}");
            }
        }
    }

    #[test]
    fn every_value_of_cores_sample_is_read_here() {
        let (mut key, mut count) = ("", 0);
        for line in SAMPLE.lines() {
            if let Some(path) = line.strip_prefix('[') {
                key = path.trim_end_matches(']');
            } else if let Some((name, _)) = line.strip_prefix('"').and_then(|rest| rest.split_once("\"=")) {
                if !is_read(key, name) {
                    continue;
                }
                count += 1;
                let (table, below) = match key.strip_prefix(r"HKEY_LOCAL_MACHINE\") {
                    Some(below) => (OF_MACHINE, below),
                    None => (OF_USER, &key[key.to_ascii_uppercase().find("SOFTWARE").unwrap()..]),
                };
                let is_here = table
                    .iter()
                    .any(|(path, names)| path.eq_ignore_ascii_case(below) && names.contains(&name));
                assert!(is_here, "{key} {name}");
            }
        }
        assert!(count > 15, "{count}");
    }

    #[test]
    fn keys_stand_as_regedit_has_them() {
        assert!(OF_MACHINE.is_sorted() && OF_USER.is_sorted());
    }

    #[test]
    fn what_is_written_is_what_was_there() {
        let key = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Internet Settings";
        let value = |name, kind, data: &[u8]| Value { name, kind, data: data.into() };
        let values = [
            value("ProxyEnable", REG_DWORD, &[1, 0, 0, 0]),
            value("ProxyServer", REG_SZ, &utf16("proxy.example:3128\0")),
            value("ProxyOverride", REG_SZ, &utf16("<local>;\"ä\"")),
            value("AutoConfigURL", REG_SZ, &utf16("file://C:\\p.pac\0\0")),
            value("AutoDetect", REG_DWORD, &[1, 0]),
        ];
        let text = export(key, &values);
        let want = "Windows Registry Editor Version 5.00\r\n\r\n\
                    [HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\r\n\
                    \"ProxyEnable\"=dword:00000001\r\n\"ProxyServer\"=\"proxy.example:3128\"\r\n\
                    \"ProxyOverride\"=\"<local>;\\\"ä\\\"\"\r\n\"AutoConfigURL\"=\"file://C:\\\\p.pac\"\r\n\
                    \"AutoDetect\"=hex(4):01,00\r\n\r\n";
        assert_eq!(text, want);
        let reading = registry::read(&text);
        let read = reading.entries.iter().filter(|entry| entry.lost.is_none());
        let found: Vec<_> = read.map(|entry| &*entry.value).collect();
        assert_eq!(found, ["1", "proxy.example:3128", "<local>;\"ä\"", "file://C:\\p.pac"]);
        assert_eq!(reading.mistakes.len(), 1, "a number of two bytes");
    }

    #[test]
    fn strings_that_are_none() {
        let key = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows Defender";
        for (kind, data, written, read) in [
            (
                REG_SZ,
                utf16("a\r\n[HKEY_LOCAL_MACHINE\\x]"),
                "hex(1):61,00,0d,00",
                "a\r\n[HKEY_LOCAL_MACHINE\\x]",
            ),
            (REG_SZ, vec![0x3d, 0xd8, 0x61, 0x00], "hex(1):3d,d8,61,00", "\u{FFFD}a"),
            (REG_SZ, utf16("a\0b\0"), "hex(1):61,00,00,00", "a"),
            (REG_SZ, Vec::new(), "\"\"", ""),
            (REG_EXPAND_SZ, utf16("a\0"), "hex(2):61,00,00,00", "a"),
            (7, utf16("a\0b\0\0"), "hex(7):61,00,00,00", "a;b"),
        ] {
            let value = Value { name: "ProxyBypass", kind, data };
            let text = export(key, &[value]);
            assert!(text.contains(&format!("\"ProxyBypass\"={written}")), "{text}");
            let reading = registry::read(&text);
            assert_eq!(reading.entries.first().map(|entry| &*entry.value), Some(read), "{text}");
        }
    }

    #[test]
    fn text_ends_at_the_first_nul() {
        let value = |data| Value { name: "HTTPS_PROXY", kind: REG_SZ, data };
        assert_eq!(text(&value(utf16("p:1\0old"))), "p:1");
        assert_eq!(text(&value(vec![b'p', 0, b'q'])), "p");
    }
}
