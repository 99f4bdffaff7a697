//! A network in which every address is this machine: whatever a program contacts, by name or by address, it meets a listener
//! of ours, at the port that it meant. Needs no root. Nothing inside can reach anything outside.
//!
//! Other than in [`Namespace`](crate::namespace::Namespace) processes see each other: browsers look themselves up in `/proc`.

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::server::Folder;
use crate::tool::{IP, Needs, UNSHARE};

/// User, network, mounts; what runs inside ends with `unshare`.
const UNSHARED: [&str; 3] = ["-Urnmf", "--kill-child", "--"];

/// The address of a name: `p1` … `p9`, with any domain, are 192.0.2.1 … 9, so that a listener sees which of them was meant. Every
/// other name is 192.0.2.80, except those below `localhost`.
pub fn address_of(name: &str) -> Ipv4Addr {
    let mut labels = name.trim_end_matches('.').split('.');
    let first = labels.next().unwrap_or_default();
    if labels.next_back().unwrap_or(first).eq_ignore_ascii_case("localhost") {
        return Ipv4Addr::LOCALHOST;
    }
    match first.as_bytes() {
        [b'p', digit @ b'1'..=b'9'] => Ipv4Addr::new(192, 0, 2, digit - b'0'),
        _ => Ipv4Addr::new(192, 0, 2, 80),
    }
}

/// The `p1` … `p9` at this address.
pub fn proxy_at(address: Ipv4Addr) -> Option<String> {
    match address.octets() {
        [192, 0, 2, digit @ 1..=9] => Some(format!("p{digit}")),
        _ => None,
    }
}

/// Such a network. Each command has one of its own.
#[derive(Debug)]
pub struct Island {
    script: PathBuf,
    _folder: Folder,
}

impl Island {
    /// Prepares one.
    pub fn new() -> Self {
        let folder = Folder::new("island");
        let mut mounts = String::new();
        for (name, content) in [
            ("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"),
            ("hosts", "127.0.0.1 localhost\n"),
            ("nsswitch.conf", "hosts: files dns\n"),
        ] {
            let file = folder.write(name, content);
            writeln!(mounts, "test ! -e /etc/{name} || mount --bind '{}' /etc/{name}", file.display())
                .expect("writing to a string");
        }
        let script = folder.write(
            "enter",
            format!(
                "set -e\nPATH=$PATH:/usr/sbin:/sbin\nip link set lo up\nip route add local default dev lo\n\
                 ip -6 route add local default dev lo\n{mounts}exec \"$@\"\n"
            ),
        );
        Self { script, _folder: folder }
    }

    /// What it needs. Some systems forbid namespaces to ordinary users, and some have no IPv6.
    pub fn needs() -> Needs {
        let needs = Needs::of(&[UNSHARE, IP]);
        if needs != Needs::Met {
            return needs;
        }
        let trial =
            Self::new().command(Path::new("true")).stdout(Stdio::null()).stderr(Stdio::piped()).output();
        match trial {
            Ok(output) if output.status.success() => Needs::Met,
            Ok(output) => Needs::Missing(format!(
                "needs network namespaces with IPv6; allow them with: sysctl kernel.unprivileged_userns_clone=1 ({})",
                String::from_utf8_lossy(&output.stderr).trim()
            )),
            Err(error) => Needs::Missing(format!("needs unshare, which cannot be run: {error}")),
        }
    }

    /// A command that runs a program inside; its arguments follow.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(UNSHARE.path());
        command.args(UNSHARED).arg("sh").arg(&self.script).arg(program);
        command
    }
}

impl Default for Island {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_proxies_have_addresses_of_their_own() {
        for (name, address) in [
            ("p3", [192, 0, 2, 3]),
            ("p3.test.", [192, 0, 2, 3]),
            ("p0.test", [192, 0, 2, 80]),
            ("p33", [192, 0, 2, 80]),
            ("a.example", [192, 0, 2, 80]),
            ("localhost", [127, 0, 0, 1]),
            ("a.LOCALHOST.", [127, 0, 0, 1]),
        ] {
            assert_eq!(address_of(name), Ipv4Addr::from(address), "{name}");
        }
        assert_eq!(proxy_at(address_of("p7.test")).as_deref(), Some("p7"));
        assert_eq!(proxy_at(address_of("a.example")), None);
    }
}
