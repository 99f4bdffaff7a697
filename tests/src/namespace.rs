//! A network of our own without root: a user and network namespace that holds a loopback device, routes that refuse, and a name
//! server. Nothing inside can reach anything outside.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::dnsmasq;
use crate::server::Folder;
use crate::tool::{DNSMASQ, IP, Needs, UNSHARE};

/// An address that the machine's own rules forbid.
pub const FORBIDDEN: &str = "192.0.2.7";
/// An address for which a router says that it cannot be reached.
pub const UNREACHABLE: &str = "198.51.100.7";
/// An address whose packets a route throws away.
pub const DISCARDED: &str = "203.0.113.7";
/// An address without any route.
pub const NO_ROUTE: &str = "198.18.0.7";

/// What makes the namespace: user, network, mounts, processes; all that is in it ends with the program that it is for.
const UNSHARED: [&str; 3] = ["-Urnmpf", "--kill-child", "--"];

/// A network of our own.
#[derive(Debug)]
pub struct Namespace {
    script: PathBuf,
    _folder: Folder,
}

impl Namespace {
    /// What it needs. Some systems forbid namespaces to ordinary users, and some to root inside a container.
    pub fn needs() -> Needs {
        let needs = Needs::of(&[UNSHARE, IP, DNSMASQ]);
        if needs != Needs::Met {
            return needs;
        }
        let trial = Command::new(UNSHARE.path())
            .args(UNSHARED)
            .args(["sh", "-c", "ip link set lo up && mount --bind /dev/null /etc/resolv.conf"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if trial.is_ok_and(|status| status.success()) {
            return Needs::Met;
        }
        Needs::Missing(
            "needs network namespaces; allow them with: sysctl kernel.unprivileged_userns_clone=1".into(),
        )
    }

    /// Prepares one.
    pub fn new() -> Self {
        let folder = Folder::new("namespace");
        let resolver = folder.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
        let script = folder.write(
            "enter",
            format!(
                "set -e\n\
                 PATH=$PATH:/usr/sbin:/sbin\n\
                 ip link set lo up\n\
                 ip route add prohibit {FORBIDDEN}/32\n\
                 ip route add unreachable {UNREACHABLE}/32\n\
                 ip route add blackhole {DISCARDED}/32\n\
                 mount --bind {} /etc/resolv.conf\n\
                 {}\n\
                 exec \"$@\"\n",
                resolver.display(),
                dnsmasq::command_line(),
            ),
        );
        Self { script, _folder: folder }
    }

    /// A command that runs a program inside; its arguments follow.
    pub fn command(&self, program: &std::path::Path) -> Command {
        let mut command = Command::new(UNSHARE.path());
        command.args(UNSHARED).arg("sh").arg(&self.script).arg(program);
        command
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self::new()
    }
}
