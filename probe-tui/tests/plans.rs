//! Plans as people read them: one Windows machine, one Linux server and one Mac, each from files that were exported there.

use std::path::PathBuf;
use std::time::Duration;

use assert_cmd::Command;

/// What `plan` says about these files, asked from within their folder, with its exit code.
fn plan(arguments: &[&str]) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples/plan");
    let mut command = Command::cargo_bin("egress-probe").expect("the binary is built for its tests");
    command.timeout(Duration::from_mins(1)).current_dir(folder).arg("plan").args(arguments);
    let output = command.output().expect("it can be run");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    format!(
        "{}{}exit code {}\n",
        text(output.stdout),
        text(output.stderr),
        output.status.code().unwrap_or(-1)
    )
}

/// A command and control host, a blob account, a revocation list, and a host of the site's own.
const TARGETS: [&str; 4] = [
    "https://winatp-gw-neu.microsoft.com/commands/test",
    "https://automatedirstrprdneu.blob.core.windows.net/",
    "http://crl.microsoft.com/pki/crl/",
    "https://intranet.corp.example/",
];

#[test]
fn a_windows_machine() {
    insta::assert_snapshot!("windows", plan(&[&["--from", "windows.reg"], &TARGETS[..]].concat()));
}

#[test]
fn a_linux_server() {
    let files = ["--from", "environment", "--from", "mdatp.service", "--from", "proxy.conf"];
    insta::assert_snapshot!("linux", plan(&[&files, &TARGETS[..]].concat()));
}

/// Whose desktop a session is, these files do not say: each is a case of its own.
#[test]
fn a_linux_desktop() {
    let files = ["--from", "environment", "--from", "gnome.txt", "--from", "kioslaverc"];
    let clients = ["--client", "curl,chromium,firefox,libproxy"];
    insta::assert_snapshot!("desktop", plan(&[&files[..], &clients, &TARGETS].concat()));
}

/// Files whose paths were kept say together what counts: a drop-in hides one of its name, another one resets what the unit sets, and
/// a file that the unit names is not among them.
#[test]
fn a_linux_server_with_drop_ins() {
    let files = [
        "usr/lib/systemd/system/mdatp.service",
        "usr/lib/systemd/system/mdatp.service.d/50-proxy.conf",
        "etc/systemd/system/mdatp.service.d/50-proxy.conf",
        "etc/systemd/system/service.d/10-site.conf",
        "etc/default/mdatp",
    ];
    let files: Vec<String> = files.iter().map(|file| format!("--from=server/{file}")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    insta::assert_snapshot!("drop_ins", plan(&[&files[..], &["--client", "mdatp"], &TARGETS[..]].concat()));
}

/// Files of apt's configuration, given in another order than apt reads them in.
#[test]
fn apts_configuration() {
    let files = ["apt.conf", "apt.conf.d/90site.conf", "apt.conf.d/95proxy.disabled", "apt.conf.d/10proxy"];
    let files: Vec<String> = files.iter().map(|file| format!("--from=server/etc/apt/{file}")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let targets = ["http://deb.corp.example/", "http://deb.debian.org/", "https://deb.debian.org/"];
    insta::assert_snapshot!("apt", plan(&[&files[..], &["--client", "apt"], &targets].concat()));
}

#[test]
fn a_mac() {
    let files = ["--from", "scutil.txt", "--from", "wdav.mobileconfig"];
    insta::assert_snapshot!("macos", plan(&[&files, &TARGETS[..]].concat()));
}
