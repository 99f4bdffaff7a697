//! `plan` with inputs that nobody should give it, readers that go away, and secrets in every format.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use probe_tests::probe::{Probe, program};
use probe_tests::server::{Folder, interrupt, wait};
use rustix::process::Signal;

const CLIENTS: &str = "edr,antivirus,antivirus-update,winhttp,wininet,mma,arc,mdatp,mdatp-macos,curl,wget,go,python,apt,\
                       chromium,firefox,libproxy";

/// One proxy and one PAC file with a password, in the forms that settings have.
struct Written<'a> {
    password: &'a str,
    url: String,
    bare: String,
    pac: String,
    both: String,
}

type Files = Vec<(&'static str, String)>;

/// Every format that is read, with a password in each setting that can hold one. Each file by itself is recognised.
fn with_passwords(password: &str) -> Files {
    let bare = format!("svc:{password}@proxy.example:8080");
    let written = Written {
        password,
        url: format!("http://{bare}"),
        pac: format!("http://svc:{password}@w.example/p.pac?token={password}"),
        both: format!("http={bare};https={bare}"),
        bare,
    };
    [registry(&written), unix(&written), outputs(&written)].concat()
}

fn registry(Written { password, url, pac, both, .. }: &Written<'_>) -> Files {
    let hex = |text: &str| {
        text.bytes().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, ",{byte:02x}");
            hex
        })
    };
    let length = |text: &str| format!(",{:02x},{:02x},00,00", text.len() % 256, text.len() / 256);
    let blob = format!("28,00,00,00,00,00,00,00,03,00,00,00{}{},00,00,00,00", length(both), hex(both));
    let user = format!(
        "46,00,00,00,01,00,00,00,07,00,00,00{}{},00,00,00,00{}{}",
        length(both),
        hex(both),
        length(pac),
        hex(pac)
    );
    let internet = "Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings";
    vec![
        (
            "policies.reg",
            format!(
                "Windows Registry Editor Version 5.00\n\n\
                 [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection]\n\
                 \"TelemetryProxyServer\"=\"{url}\"\n\n\
                 [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows Defender]\n\
                 \"ProxyServer\"=\"{url}\"\n\"ProxyPacUrl\"=\"{pac}\"\n\"ProxyBypass\"=\"{url}\"\n"
            ),
        ),
        (
            "internet.reg",
            format!(
                "Windows Registry Editor Version 5.00\n\n[HKEY_CURRENT_USER\\{internet}]\n\
                 \"ProxyEnable\"=dword:00000001\n\"ProxyServer\"=\"{both}\"\n\"AutoConfigURL\"=\"{pac}\"\n\
                 \"ProxyOverride\"=\"{url}\"\n\n\
                 [HKEY_LOCAL_MACHINE\\{internet}\\Connections]\n\"WinHttpSettings\"=hex:{blob}\n\n\
                 [HKEY_CURRENT_USER\\{internet}\\Connections]\n\"DefaultConnectionSettings\"=hex:{user}\n"
            ),
        ),
        (
            "broken.reg",
            format!(
                "Windows Registry Editor Version 5.00\n\n[HKEY_CURRENT_USER\\{internet}]\n\
                 \"ProxyEnable\"=dword:00000001\n\"ProxyServer\"=\"http://svc:{password} x@proxy.example:80x\"\n\
                 \"AutoConfigURL\"=\"svc:{password}/w x@w.example/p.pac\"\n\"ProxyOverride\"=\"{url}"
            ),
        ),
    ]
}

/// Files of Linux.
fn unix(Written { password, url, bare, pac, .. }: &Written<'_>) -> Files {
    let variables = format!(
        "http_proxy={url}\nHTTPS_PROXY={url}\nhttps_proxy={bare}\nALL_PROXY={url}\nno_proxy={url},.corp.example\n"
    );
    vec![
        ("environment", variables.clone()),
        (
            "broken-environment",
            format!("https_proxy=http://svc:{password}@proxy.example:80x\nHTTP_PROXY=ftp://{bare}\n"),
        ),
        ("environ", variables.replace('\n', "\0")),
        (
            "mdatp.service",
            format!(
                "[Service]\nEnvironment=\"HTTPS_PROXY={url}\" \"http_proxy={bare}\"\nEnvironment='HTTP_PROXY={url}/x y'\n"
            ),
        ),
        ("mdatp_managed.json", format!("{{\"cloudService\":{{\"proxy\":\"{url}/\"}}}}")),
        ("setup.sh", format!("sudo mdatp config proxy set --value {url}\n")),
        (
            "apt.conf",
            format!(
                "Acquire::http::Proxy \"{url}\";\nAcquire::https::Proxy::a.example \"{url}\";\nAcquire::https::Proxy \"ftp://{bare}\";\n"
            ),
        ),
        (
            "gnome.txt",
            format!(
                "org.gnome.system.proxy mode 'auto'\norg.gnome.system.proxy autoconfig-url '{pac}'\norg.gnome.system.proxy.https host '{bare}'\norg.gnome.system.proxy ignore-hosts ['{url}']\n"
            ),
        ),
        (
            "manual-gnome.txt",
            format!(
                "org.gnome.system.proxy mode 'manual'\norg.gnome.system.proxy.https host '{bare}'\norg.gnome.system.proxy.https port 8080\n"
            ),
        ),
        (
            "kioslaverc",
            format!(
                "[Proxy Settings]\nProxyType=1\nhttpProxy={url}\nhttpsProxy=http://{bare} 8080\nNoProxyFor={url}\nProxy Config Script={pac}\n"
            ),
        ),
    ]
}

/// What the tools of macOS, Windows and the agents print and read.
fn outputs(Written { url, bare, pac, both, .. }: &Written<'_>) -> Files {
    vec![
        (
            "scutil.txt",
            format!(
                "<dictionary> {{\n  HTTPSEnable : 1\n  HTTPSProxy : {bare}\n  HTTPEnable : 1\n  HTTPProxy : {url}\n  ProxyAutoConfigEnable : 1\n  ProxyAutoConfigURLString : {pac}\n}}\n"
            ),
        ),
        ("web.txt", format!("Enabled: Yes\nServer: {bare}\nPort: 8080\nAuthenticated Proxy Enabled: 1\n")),
        ("secureweb.txt", format!("Enabled: Yes\nServer: {url}\nPort: 8080\n")),
        ("auto.txt", format!("URL: {pac}\nEnabled: Yes\n")),
        ("bypass.txt", format!("{url}\n*.corp.example\n")),
        (
            "wdav.mobileconfig",
            format!(
                "<?xml version=\"1.0\"?><plist><dict><key>PayloadContent</key><array><dict>\
                 <key>PayloadType</key><string>com.microsoft.wdav</string><key>cloudService</key><dict>\
                 <key>proxy</key><string>{url}</string></dict></dict></array></dict></plist>"
            ),
        ),
        (
            "netsh.txt",
            format!(
                "\nCurrent WinHTTP proxy settings:\n\n    Proxy Server(s) :  {both}\n    Bypass List     :  {url}\n"
            ),
        ),
        (
            "advproxy.json",
            format!(
                "{{\"ProxyIsEnabled\":true,\"Proxy\":\"{both}\",\"ProxyBypass\":\"{url}\",\"AutoconfigUrl\":\"{pac}\",\"AutoConfigIsEnabled\":true}}"
            ),
        ),
        ("preference.txt", format!("ProxyBypass : {{{url}}}\nProxyPacUrl : {pac}\nProxyServer : {url}\n")),
        (
            "azcmagent.txt",
            format!("Local Configuration Settings\n  proxy.bypass (preview) : {url}\n  proxy.url : {url}\n"),
        ),
        ("proxy.conf", format!("https://{bare}\n")),
    ]
}

#[test]
fn no_password_comes_out_of_any_format() {
    let folder = Folder::new("plan-secrets");
    // Plain, with what URLs are made of, and encoded.
    for (password, parts) in [
        ("Winter2024", &["Winter2024"][..]),
        ("p4ss/w0rd", &["p4ss", "w0rd"]),
        ("p4ss@w0rd?s3c", &["p4ss", "w0rd", "s3c"]),
        ("p4ss%23w0rd", &["p4ss", "w0rd"]),
        ("p4ss:w0rd#s3c", &["p4ss", "w0rd", "s3c"]),
    ] {
        for (name, text) in with_passwords(password) {
            let file = folder.write(name, &text).display().to_string();
            for format in ["human", "jsonl"] {
                let arguments = ["plan", "--from", &file, "--client", CLIENTS, "--format", format];
                let run = Probe::with(arguments).and(["https://a.example/", "http://b.corp.example/"]).run();
                assert!(run.code() == 0 || run.code() == 1, "{name} is not recognised\n{run}");
                let all = format!("{}{}", run.text(), run.errors());
                for part in parts {
                    assert!(!all.contains(part), "{part} of {name} is shown\n{run}");
                }
            }
        }
    }
}

#[test]
fn nothing_that_steers_a_terminal_comes_out() {
    let folder = Folder::new("plan-escapes");
    // Colours, the title, a C1 control, an order mark.
    let evil = "\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{202e}";
    for (name, text) in with_passwords("x") {
        for text in [
            text.replace("proxy.example", &format!("proxy{evil}.example")),
            text.replace("corp.example", &format!("corp{evil},corp.example")),
            text.replace("8080", &format!("{evil}8080")),
            text.replace(" x@", evil).replace("p.pac", evil).replace(".service", evil),
            text.replace('=', &format!("{evil}=")),
        ] {
            let folder_of_evil = folder.path().join(format!("f{evil}"));
            std::fs::create_dir_all(&folder_of_evil).expect("a folder can have such a name");
            let file = folder_of_evil.join(name);
            std::fs::write(&file, &text).expect("it can be written");
            let file = file.display().to_string();
            for format in ["human", "jsonl"] {
                let arguments = ["plan", "--from", &file, "--client", CLIENTS, "--format", format];
                let run = Probe::with(arguments).and(["https://a.example/", "http://b.corp.example/"]).run();
                let all = format!("{}{}", run.text(), run.errors());
                let steers = |one: char| one != '\n' && (one.is_control() || one == '\u{202e}');
                assert!(!all.contains(steers), "{name}\n{run}");
            }
        }
    }
}

/// A long list of targets, and settings.
fn long(folder: &Folder, targets: usize) -> [String; 2] {
    let lines: Vec<String> = (0..targets).map(|number| format!("https://h{number}.example.com/")).collect();
    let settings = folder.write("environment", "https_proxy=http://p.example:1\n");
    [settings, folder.write("list.txt", lines.join("\n"))].map(|path| path.display().to_string())
}

fn start(arguments: &[&str]) -> Child {
    let mut command = Command::new(program());
    command.env_clear().arg("plan").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("it can be started")
}

#[test]
fn records_come_as_they_are_made_and_a_reader_may_go() {
    let folder = Folder::new("plan-gone");
    let [settings, list] = long(&folder, 30_000);
    let arguments = ["--from", &settings, "--targets", &list, "--client", CLIENTS, "--format", "jsonl"];
    let mut child = start(&arguments);
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    for want in ["\"type\":\"run\"", "\"type\":\"plan\""] {
        let line = lines.next().expect("a record").expect("it is text");
        assert!(line.contains(want), "{line}");
    }
    // Half a million plans to go, and none of them waits in memory.
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it still runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its memory is known");
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak < 64 * 1024, "{peak} kB");
    drop(lines);
    let ended = wait(&mut child, Duration::from_secs(10)).expect("nobody reads any more");
    let errors = std::io::read_to_string(child.stderr.take().expect("a pipe")).expect("it is text");
    assert_eq!((ended.code(), errors.as_str()), (Some(141), ""));
}

#[test]
fn one_list_by_itself_ends_with_its_reader_too() {
    let folder = Folder::new("plan-list-gone");
    let [_, list] = long(&folder, 100_000);
    for format in ["human", "jsonl"] {
        let arguments = ["--dialect", "go", "--proxy", "p.example:1", "--targets", &list, "--format", format];
        let mut child = start(&arguments);
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        assert!(lines.next().expect("a line").expect("it is text").contains("h0.example.com"));
        drop(lines);
        let ended = wait(&mut child, Duration::from_secs(10)).expect("nobody reads any more");
        assert_eq!(ended.code(), Some(141));
    }
}

#[test]
fn what_is_no_file_is_a_mistake_and_what_never_ends_can_be_interrupted() {
    let folder = Folder::new("plan-no-file");
    let here = folder.path().display().to_string();
    let blank = folder.write("blank.txt", "\u{feff}\r\n").display().to_string();
    for (file, want) in [
        (here.as_str(), "directory"),
        ("/dev/zero", "larger than 64 MiB"),
        ("/dev/null", "nothing stands in it"),
        (&blank, "nothing stands in it"),
    ] {
        let run = Probe::with(["plan", "--from", file, "https://a.example/"]).run();
        run.expect_code(2);
        assert!(run.errors().contains(want), "{run}");
    }
    let run = Probe::with(["plan", "--from", "-", "--targets", "-"]).run();
    run.expect_code(2);
    assert!(run.errors().contains("standard input is named more than once"), "{run}");
    let mut rubbish = b"Windows Registry Editor Version 5.00\r\n".to_vec();
    rubbish.extend((0_u32..200_000).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[1]));
    let file = folder.write("rubbish.reg", rubbish).display().to_string();
    let run = Probe::with(["plan", "--from", &file, "https://a.example/"]).run();
    run.expect_code(0);
    assert!(run.text().contains("\n? edr "), "a registry is one of Windows, whatever stands in it\n{run}");
    assert!(run.text().lines().count() < 120, "mistakes of one kind are one\n{run}");
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo can be run");
    assert!(made.success());
    let mut child = start(&["--from", &pipe.display().to_string(), "https://a.example/"]);
    assert_eq!(wait(&mut child, Duration::from_millis(300)), None, "it waits for a writer");
    interrupt(&child, Signal::INT);
    let ended = wait(&mut child, Duration::from_secs(5)).expect("it can be interrupted");
    assert_eq!(ended.signal(), Some(2));
}

#[test]
fn lists_in_utf16_and_urls_that_stand_twice() {
    let folder = Folder::new("plan-utf16");
    let text = "\u{feff}https://a.example/\r\nhttps://b.example/\r\nhttps://a.example/\r\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let list = folder.write("list.txt", bytes).display().to_string();
    let settings = folder.write("environment", "https_proxy=p.example:1\n").display().to_string();
    let arguments =
        ["plan", "--from", &settings, "--client", "curl,curl", "--targets", &list, "--format", "jsonl"];
    let run = Probe::with(arguments).run();
    run.expect_code(0);
    let plans = run.text().lines().filter(|line| line.contains("\"type\":\"plan\"")).count();
    assert_eq!(plans, 2, "each URL once for each client\n{run}");
    let empty = folder.write("empty.txt", "# nothing\n").display().to_string();
    let run = Probe::with(["plan", "--from", &settings, "--targets", &empty]).run();
    run.expect_code(2);
    assert!(run.errors().contains("there is no URL to plan for"), "{run}");
}
