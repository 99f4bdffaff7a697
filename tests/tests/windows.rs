//! The command as it is built for Windows, run by Wine beside a registry that was prepared.
//!
//! Proven is that it starts, and that it reads of the registry, of files and from programs what it says it reads: what it plans
//! from its own registry is what it plans on Linux from an export of the same. Not proven is anything about Microsoft's own parts:
//! WinHTTP, `netsh`, and who may read whose hive.

use probe_tests::probe::{Probe, Run};
use probe_tests::raw::{OK, Peer};
use probe_tests::wine::Wine;
use serde_json::Value;

/// Each hive and each kind of value: text, numbers, arrays, both binary values; a scheme that is missing, and a number of
/// the wrong type.
const EXPORT: &str = r#"Windows Registry Editor Version 5.00

[HKEY_CURRENT_USER\Environment]
"HTTPS_PROXY"="http://svc:hunter2@user.example:3128"

[HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Internet Settings]
"ProxyEnable"=dword:00000001
"ProxyServer"="http=old.example:80;https=old.example:443"
"ProxyOverride"="<local>;*.corp.example;\"quoted\""

[HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections]
"DefaultConnectionSettings"=hex:46,00,00,00,05,00,00,00,03,00,00,00,0d,00,00,00,31,30,\
  2e,30,2e,30,2e,31,3a,33,31,32,38,07,00,00,00,3c,6c,6f,63,61,6c,3e,00,00,00,00

[HKEY_CURRENT_USER\Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings]
"AutoDetect"=dword:00000000

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\PolicyManager\current\device\System]
"TelemetryProxy"="mdm.example:8080"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows Defender]
"ProxyServer"="http://preference.example:8080"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections]
"WinHttpSettings"=hex:28,00,00,00,00,00,00,00,03,00,00,00,0f,00,00,00,70,72,6f,78,79,\
  2e,74,65,73,74,3a,38,30,38,30,13,00,00,00,3c,6c,6f,63,61,6c,3e,3b,2a,2e,63,6f,\
  72,70,2e,74,65,73,74

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows Advanced Threat Protection]
"PreferStaticProxyForHttpRequest"=dword:00000001

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows Defender]
"ProxyServer"="policy.example:3128"
"ProxyBypass"=hex(7):2a,00,2e,00,63,00,6f,00,72,00,70,00,2e,00,65,00,78,00,61,\
  00,6d,00,70,00,6c,00,65,00,00,00,31,00,30,00,2e,00,30,00,2e,00,30,00,2e,00,\
  31,00,00,00,00,00

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet]
"SSLOptions"=dword:00000002

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows Defender\Signature Updates]
"FallbackOrder"="InternalDefinitionUpdateServer|MMPC"

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate]
"WUServer"="http://wsus.example:8530"

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU]
"UseWUServer"=dword:00000001

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\DataCollection]
"TelemetryProxyServer"="sensor.example:3128"
"DisableEnterpriseAuthProxy"="1"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Session Manager\Environment]
"NO_PROXY"="localhost,.machine.example"

[HKEY_USERS\.DEFAULT\Software\Microsoft\Windows\CurrentVersion\Internet Settings]
"ProxyEnable"=dword:00000000

[HKEY_USERS\S-1-5-18\Environment]
"HTTP_PROXY"="http://service.example:1"

[HKEY_USERS\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings]
"ProxyEnable"=dword:00000001
"ProxyServer"="http://system.example:99999"

[HKEY_USERS\S-1-5-21-1-2-3-1001\Environment]
"ALL_PROXY"="http://other.example:1"
"#;

/// Targets that are exempt somewhere, and that are not.
const TARGETS: [&str; 4] = [
    "https://events.data.microsoft.com/ping",
    "http://crl.microsoft.com/pki/crl/",
    "https://a.corp.example/",
    "http://intranet/",
];

/// The plans of these records: who, where to, and each route with the key that decided it. Where that key stands is named in
/// other words live than in a file.
fn plans(run: &Run) -> Vec<String> {
    let text = run.text();
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    let plans = records.filter(|record| record["type"] == "plan").map(|record| {
        let routes = record["routes"].as_array().expect("routes").iter().map(|route| {
            let source = route["source"].as_str().map_or("", behind_the_line);
            format!("{} {} [{source}: {}]", route["kind"], route["proxy"], route["rule"])
        });
        let routes: Vec<String> = routes.collect();
        format!("{} {}: {}; {}", record["client"], record["url"], routes.join(", "), record["basis"])
    });
    plans.collect()
}

/// What stands behind `name:line` in a place.
fn behind_the_line(place: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let colons = place.match_indices(':').map(|(at, _)| &place[at + 1..]);
    let mut found = colons.filter_map(|rest| {
        let end = rest.find([' ', ':'])?;
        is_number(&rest[..end]).then(|| rest[end + 1..].trim_start())
    });
    found.next_back().unwrap_or(place)
}

/// What is wrong with the settings, without where it stands, in the order of the alphabet.
fn mistakes(run: &Run) -> Vec<String> {
    let text = run.text();
    let first = text.lines().next().unwrap_or_default();
    let record: Value = serde_json::from_str(first).expect(first);
    let found = record["mistakes"].as_array().expect("mistakes").iter();
    let mut mistakes: Vec<String> = found.map(|mistake| mistake["text"].to_string()).collect();
    mistakes.sort();
    mistakes
}

#[test]
fn the_command_for_windows() {
    if !Wine::needs().are_met("the_command_for_windows") {
        return;
    }
    let wine = Wine::new();
    other_commands(&wine);
    let bytes: Vec<u8> = format!("\u{FEFF}{}", EXPORT.replace('\n', "\r\n"))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let export = wine.folder().write("export.reg", bytes);
    wine.import(&export);
    live_as_exported(&wine, &export.display().to_string());
    every_hive(&wine);
    the_user_beside_system(&wine);
    the_answer_of_another_program(&wine);
}

/// What needs no settings.
fn other_commands(wine: &Wine) {
    let run = wine.run(&["--version"]);
    assert!(run.expect_code(0).text().starts_with("egress-probe "), "{run}");
    let run = wine.run(&["explain", "reachable"]);
    assert!(run.expect_code(0).text().contains("reachable"), "{run}");
    let run = wine.run(&["endpoints", "list"]);
    assert!(run.expect_code(0).text().contains("events.data.microsoft.com"), "{run}");
    let peer = Peer::answering(OK);
    let run = wine.run(&["check", "--format", "jsonl", "--path", "direct", "--timeout", "20", &peer.url()]);
    assert_eq!((&*run.attempt().verdict, peer.connections()), ("reachable", 1), "{run}");
}

/// The same routes by the same keys, and the same mistakes.
fn live_as_exported(wine: &Wine, export: &str) {
    let clients = "edr,antivirus,antivirus-update,winhttp,wininet,chromium,firefox";
    let arguments = ["--client", clients, "--format", "jsonl"];
    let live = wine.run(&[&["plan"], &arguments[..], &TARGETS].concat());
    let exported = Probe::with(["plan", "--from", export]).and(arguments).and(TARGETS).run();
    for run in [&live, &exported] {
        // The antivirus's proxy has no scheme.
        run.expect_code(1);
        assert!(!format!("{}{}", run.text(), run.errors()).contains("hunter2"), "a password is shown\n{run}");
    }
    assert_eq!(plans(&live).len(), 7 * TARGETS.len(), "{live}");
    assert_eq!(plans(&live), plans(&exported));
    assert_eq!(mistakes(&live).len(), 3, "{live}");
    assert_eq!(mistakes(&live), mistakes(&exported), "{live}");
}

/// The words of an output, however it is broken into lines.
fn words(run: &Run) -> String {
    run.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Each hive by its own words.
fn every_hive(wine: &Wine) {
    let run = wine.run(&["plan", TARGETS[0], TARGETS[2]]);
    let text = words(run.expect_code(1));
    for part in [
        r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender (2 settings)",
        r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet (1 setting)",
        r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment (2 settings)",
        "6 more with settings",
        // The sensor by its policy, WinHTTP and WinINet by their binary values, an exemption by an array.
        r"1. tunnel http://sensor.example:3128 HKLM\SOFTWARE\Policies\Microsoft\Windows\DataCollection:4 TelemetryProxyServer",
        r"1. tunnel http://proxy.test:8080 HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections:4 WinHttpSettings proxy",
        r"1. tunnel http://10.0.0.1:3128 HKCU\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections:4 DefaultConnectionSettings proxy",
        r"1. direct HKLM\SOFTWARE\Policies\Microsoft\Windows Defender:5 ProxyBypass (policy): item `*.corp.example`",
        // What is wrong, and where.
        r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender:4 ProxyServer (policy) cannot be used: ",
        r"HKLM\SOFTWARE\Policies\Microsoft\Windows\DataCollection:5: ",
        r"HKU\S-1-5-18\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings:5: ",
        "Not read: netsh winhttp show advproxy: ",
        // What is there, and counts for others.
        r"Not read: HKU\S-1-5-21-1-2-3-1001: another user's settings",
        r"Not read: HKU\S-1-5-18\Environment: variables of another account",
    ] {
        assert!(text.contains(part), "{part} is missing\n{text}");
    }
    // Windows writes it in capitals.
    let default = r"HKU\.DEFAULT\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings (1 setting)";
    assert!(text.to_ascii_uppercase().contains(&default.to_ascii_uppercase()), "{text}");
    // This session's hive has a second name, and is read once.
    assert!(!text.contains(r"HKU\S-1-5-21-0"), "{text}");
    let run = wine.run(&["plan", "--client", "curl", TARGETS[0], TARGETS[1], "https://a.machine.example/"]);
    let text = words(run.expect_code(0));
    for part in ["1. tunnel http://user.example:3128 environment of this session", "item `.machine.example`"]
    {
        assert!(text.contains(part), "{part} is missing\n{text}");
    }
    for part in ["other.example", "service.example", "hunter2"] {
        assert!(!text.contains(part), "{part} is there\n{text}");
    }
}

/// Run as SYSTEM, the user is the one who is signed in, and SYSTEM's own hive is not taken for a user's.
fn the_user_beside_system(wine: &Wine) {
    let export = "REGEDIT4\r\n\r\n[HKEY_USERS\\S-1-5-21-1-2-3-1001\\Software\\Microsoft\\Windows\\CurrentVersion\\\
                  Internet Settings]\r\n\"ProxyEnable\"=dword:00000001\r\n\"ProxyServer\"=\"signed-in.example:8080\"\r\n";
    wine.import(&wine.folder().write("user.reg", export));
    let text = words(wine.run_as_system(&["plan", "--client", "wininet", TARGETS[0]]).expect_code(0));
    let want = r"1. tunnel http://signed-in.example:8080 HKU\S-1-5-21-1-2-3-1001\SOFTWARE\";
    assert!(text.contains(want) && !text.contains(r"HKCU\"), "{text}");
    // Run as a user, that user's own settings count as before.
    let text = words(wine.run(&["plan", "--client", "wininet", TARGETS[0]]).expect_code(0));
    assert!(text.contains("1. tunnel http://10.0.0.1:3128 HKCU"), "{text}");
}

/// The Azure Arc agent, as far as it can be seen here: a program at its place that prints what its manual shows.
fn the_answer_of_another_program(wine: &Wine) {
    let folder = wine.drive("Program Files/AzureConnectedMachineAgent");
    std::fs::create_dir_all(&folder).expect("a folder on drive C");
    let source = "#include <stdio.h>\n#include <string.h>\n\
                  int main(int count, char **words) {\n\
                  if (count != 3 || strcmp(words[1], \"config\") || strcmp(words[2], \"list\")) return 1;\n\
                  puts(\"Local Configuration Settings\\n  proxy.bypass : []\\n  proxy.url : http://arc.example:3128\");\n\
                  return 0;\n\
                  }\n";
    wine.compile(source, &folder.join("azcmagent.exe"), &[]);
    let run = wine.run(&["plan", "--client", "arc", TARGETS[0]]);
    let want = "1. tunnel http://arc.example:3128 azcmagent config list:3 proxy.url: ";
    assert!(words(run.expect_code(0)).contains(want), "{run}");
}
