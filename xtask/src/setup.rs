//! Installs what the checks need, where it may: rustup targets, Debian packages, and tools built into the target folder.
//!
//! It changes as little of the machine as it can. Debian packages are installed only where they are missing, only by root or
//! by someone whose `sudo` asks for no password, never removing anything; the services among them are neither started nor left
//! to start at the next boot. A program that cannot be installed unless another package goes is unpacked into `target/tools`,
//! where tools from crates.io go, too. Where it may not install, it prints the line to run.

use std::path::Path;

use crate::checks::{DEVICE, WASM, WINDOWS, WINDOWS_COMPILER};
use crate::outcome::{Outcome, Stop};
use crate::repository::{Job, Repository};

/// A program from Debian that tests run.
struct Program {
    /// Its name, or its whole path where that is on nobody's `PATH`.
    name: &'static str,
    package: &'static str,
    /// The service that Debian would start with it.
    service: Option<&'static str>,
}

const fn program(name: &'static str, package: &'static str) -> Program {
    Program { name, package, service: None }
}

const fn service(name: &'static str, package: &'static str) -> Program {
    Program { name, package, service: Some(name) }
}

const PROGRAMS: [Program; 21] = [
    service("squid", "squid-openssl"),
    service("tinyproxy", "tinyproxy"),
    program("mitmdump", "mitmproxy"),
    service("nginx", "nginx-light"),
    service("haproxy", "haproxy"),
    program("dnsmasq", "dnsmasq-base"),
    program("openssl", "openssl"),
    program("curl", "curl"),
    program("qemu-system-arm", "qemu-system-arm"),
    program("node", "nodejs"),
    program("ip", "iproute2"),
    program("nft", "nftables"),
    program("tmux", "tmux"),
    program("valgrind", "valgrind"),
    program("wget", "wget"),
    program("chromium", "chromium"),
    program("firefox-esr", "firefox-esr"),
    // What says which settings a desktop has: Firefox is observed with GNOME's.
    program("/usr/share/glib-2.0/schemas/org.gnome.system.proxy.gschema.xml", "gsettings-desktop-schemas"),
    // A client whose packets are looked at, and for `bench` one of the rivals.
    program("go", "golang-go"),
    // The command as it is for Windows: its linker and C compiler, and what runs it. Without the small package `wine` no script
    // of Wine's is on the path; none is needed.
    program(WINDOWS_COMPILER, "gcc-mingw-w64-x86-64"),
    program("/usr/lib/wine/wine64", "wine64"),
];

/// A tool from crates.io, at the version that the checks are written for.
struct Tool {
    krate: &'static str,
    version: &'static str,
    flags: &'static str,
    nightly: bool,
}

const TOOLS: [Tool; 3] = [
    // Without default features: no advisory database, hence no git client to compile.
    Tool { krate: "cargo-deny", version: "0.20.2", flags: "--no-default-features", nightly: false },
    Tool { krate: "typos-cli", version: "1.52.0", flags: "", nightly: false },
    Tool { krate: "cargo-fuzz", version: "0.13.2", flags: "", nightly: true },
];

/// The tools run for seconds and are compiled once: quick to compile is worth more than quick to run.
const QUICK_TO_COMPILE: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
];

pub(crate) fn setup(repository: &Repository) -> Outcome {
    let mut missing = Missing::default();
    for target in [DEVICE, WASM, WINDOWS] {
        if !repository.has_target(target) {
            missing.attempt(repository.job("rustup", &["target", "add", target]));
        }
    }
    install_programs(repository, &mut missing);
    for tool in &TOOLS {
        if tool.nightly && !repository.has_nightly() {
            println!(
                "No nightly toolchain is here: {} is left out, and fuzzing will be skipped.",
                tool.krate
            );
        } else if !is_installed(&repository.tools, tool) {
            println!(
                "{} {} is built into {} (a minute or two)",
                tool.krate,
                tool.version,
                repository.tools.display()
            );
            missing.attempt(build(repository, tool));
        }
    }
    // The programs are all that is wanted; what they were built from is several hundred megabytes.
    if let Err(error) = std::fs::remove_dir_all(build_folder(&repository.tools))
        && error.kind() != std::io::ErrorKind::NotFound
    {
        println!("{} could not be removed: {error}", build_folder(&repository.tools).display());
    }
    missing.outcome()
}

/// The Debian programs that are not here, by name.
pub(crate) fn missing_programs(repository: &Repository) -> Vec<&'static str> {
    PROGRAMS.iter().map(|program| program.name).filter(|name| !repository.has(name)).collect()
}

fn install_programs(repository: &Repository, missing: &mut Missing) {
    let wanted: Vec<&Program> = PROGRAMS.iter().filter(|program| !repository.has(program.name)).collect();
    if wanted.is_empty() {
        return;
    }
    let script = install_script(&wanted);
    let by_hand = format!("sudo sh -c '{script}'");
    if !repository.has("apt-get") {
        let names: Vec<_> = wanted.iter().map(|program| program.name).collect();
        missing.add(
            &format!("not a Debian system, and not here: {}", names.join(", ")),
            "install them in your system's way",
        );
    } else if repository.job("id", &["-u"]).answer().is_some_and(|id| id.trim() == "0") {
        install(repository, &wanted, missing, |script| repository.job("sh", &["-c"]).arg(script));
    } else if repository.job("sudo", &["-n", "true"]).answer().is_some() {
        install(repository, &wanted, missing, |script| {
            repository.job("sudo", &["-n", "sh", "-c"]).arg(script)
        });
    } else {
        let names: Vec<_> = wanted.iter().map(|program| program.name).collect();
        missing.add(
            &format!("may not install {}; tests that need them will be skipped", names.join(", ")),
            &by_hand,
        );
    }
}

/// Installs them in one go; where that fails each by itself, so that one that cannot be installed here does not keep the
/// others out. What still fails and is a mere program is unpacked: it may have failed because another package would have to
/// go (Debian 12's QEMU beside `qemu-utils` from backports), and removing that is not ours to decide.
fn install(
    repository: &Repository,
    wanted: &[&Program],
    missing: &mut Missing,
    as_root: impl Fn(String) -> Job,
) {
    if as_root(install_script(wanted)).run().is_ok() {
        return;
    }
    for program in wanted {
        let job = as_root(install_script(&[program]));
        let line = job.to_string();
        if let Err(why) = job.run()
            && (program.service.is_some()
                || program.name.starts_with('/')
                || unpack(repository, program).is_err())
        {
            missing.add(&why, &line);
        }
    }
}

/// Unpacks the program, with every package of its that is not installed, into a folder of the tools, and puts a script of its
/// name beside the other tools. It needs no root: nothing outside that folder changes.
fn unpack(repository: &Repository, program: &Program) -> Result<(), String> {
    let folder = repository.tools.join("debian").join(program.package);
    repository.job("sh", &["-c"]).arg(UNPACK).arg("unpack").arg(&folder).arg(program.package).run()?;
    let launcher = repository.tools.join("bin").join(program.name);
    let job = repository.job("sh", &["-c"]).arg(LAUNCHER).arg("launcher").arg(&folder).arg(program.name);
    job.arg(&launcher).run()
}

/// `$1` is the folder and `$2` the package. `Debug::NoLocking` because the archives go into a folder of our own.
const UNPACK: &str = r#"set -e
rm -rf "$1"; mkdir -p "$1/archives/partial"
apt-get install -y --no-install-recommends --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$1/archives" "$2"
for archive in "$1"/archives/*.deb; do dpkg-deb --extract "$archive" "$1"; done
rm -rf "$1/archives""#;

/// `$1` is the folder, `$2` the program's name and `$3` the script to write, which is only left there if it works.
const LAUNCHER: &str = r#"set -e
mkdir -p "$(dirname "$3")"
libraries=$(find "$1/lib" "$1/usr/lib" -maxdepth 1 -name '*-linux-gnu*' -type d | paste -sd:)
printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s/usr/bin/%s" "$@"\n' "$libraries" "$1" "$2" > "$1/launcher"
chmod +x "$1/launcher"
"$1/launcher" --version
mv "$1/launcher" "$3""#;

/// The one line that installs these programs, for a root shell.
///
/// Services do not start: `RUNLEVEL` stops System V scripts, `SYSTEMD_OFFLINE` stops units, and what was newly installed is
/// disabled afterwards, or it would start at the next boot.
fn install_script(wanted: &[&Program]) -> String {
    let packages: Vec<&str> = wanted.iter().map(|program| program.package).collect();
    let services: Vec<&str> = wanted.iter().filter_map(|program| program.service).collect();
    let mut script = format!(
        "apt-get update && RUNLEVEL=1 SYSTEMD_OFFLINE=1 DEBIAN_FRONTEND=noninteractive \
         apt-get install -y --no-install-recommends --no-remove {}",
        packages.join(" ")
    );
    if !services.is_empty() {
        let services = services.join(" ");
        script.extend([
            " && if [ -d /run/systemd/system ]; then systemctl disable --now ",
            &services,
            "; else for service in ",
            &services,
            "; do update-rc.d $service disable; done; fi",
        ]);
    }
    script
}

fn build(repository: &Repository, tool: &Tool) -> Job {
    let job = repository
        .cargo(&format!("install --quiet --locked {} {}@{}", tool.flags, tool.krate, tool.version))
        .arg("--root")
        .arg(&repository.tools)
        .arg("--target-dir")
        .arg(build_folder(&repository.tools));
    QUICK_TO_COMPILE.iter().fold(job, |job, (name, value)| job.env(name, value))
}

fn build_folder(tools: &Path) -> std::path::PathBuf {
    tools.join("build")
}

/// Whether cargo's own record in the tools folder names exactly this version.
fn is_installed(tools: &Path, tool: &Tool) -> bool {
    std::fs::read_to_string(tools.join(".crates.toml"))
        .is_ok_and(|record| record.contains(&format!("\"{} {} (", tool.krate, tool.version)))
}

/// What could not be installed, and the lines that would do it.
#[derive(Default)]
struct Missing {
    why: Vec<String>,
    remedy: Vec<String>,
}

impl Missing {
    fn attempt(&mut self, job: Job) {
        let line = job.to_string();
        if let Err(why) = job.run() {
            self.add(&why, &line);
        }
    }

    fn add(&mut self, why: &str, remedy: &str) {
        self.why.push(why.to_string());
        self.remedy.push(remedy.to_string());
    }

    /// What is missing is a skip and not a failure: the checks that need it say so themselves, and the others run.
    fn outcome(self) -> Outcome {
        if self.why.is_empty() {
            return Ok("everything is here".into());
        }
        Err(Stop::Skipped { why: self.why.join("; "), remedy: self.remedy.join(" ; ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_disabled_and_nothing_is_removed() {
        let squid = service("squid", "squid-openssl");
        let script = install_script(&[&squid, &program("curl", "curl")]);
        assert!(script.contains("--no-install-recommends --no-remove squid-openssl curl && "), "{script}");
        assert!(script.contains("systemctl disable --now squid;"), "{script}");
        assert!(!script.contains('\''), "the script is printed between single quotes: {script}");
        assert!(!script.contains('\n'), "it is one line: {script}");
    }

    #[test]
    fn without_services_nothing_is_disabled() {
        assert!(install_script(&[&program("curl", "curl")]).ends_with("--no-remove curl"));
    }

    #[test]
    fn a_tool_counts_only_at_its_version() {
        let folder = std::env::temp_dir().join(format!("xtask-tools-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let tool = |version| Tool { krate: "cargo-deny", version, flags: "", nightly: false };
        assert!(!is_installed(&folder, &tool("0.20.2")), "no record, no tool");
        let record = "[v1]\n\"cargo-deny 0.20.2 (registry+https://example.org/index)\" = [\"cargo-deny\"]\n";
        std::fs::write(folder.join(".crates.toml"), record).unwrap();
        assert!(is_installed(&folder, &tool("0.20.2")));
        assert!(!is_installed(&folder, &tool("0.20.1")));
        assert!(!is_installed(&folder, &tool("0.20")));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
