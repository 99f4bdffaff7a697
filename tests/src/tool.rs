//! Programs from outside that a test needs, and what happens where one is missing: the test says so aloud and passes; with
//! `CI=true` it fails, because there nothing may be skipped.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A program, and the Debian package that brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tool {
    /// Its file name, or its path.
    pub program: &'static str,
    /// The package to install.
    pub package: &'static str,
}

/// The squid that is built with OpenSSL; Debian's plain one cannot re-sign.
pub const SQUID: Tool = Tool { program: "squid", package: "squid-openssl" };
/// squid's helper that makes certificates while it re-signs; only the package with OpenSSL has it.
pub const CERTGEN: Tool = Tool { program: "/usr/lib/squid/security_file_certgen", package: "squid-openssl" };
/// squid's helper that checks names and passwords in a file.
pub const NCSA_AUTH: Tool = Tool { program: "/usr/lib/squid/basic_ncsa_auth", package: "squid-openssl" };
/// tinyproxy.
pub const TINYPROXY: Tool = Tool { program: "tinyproxy", package: "tinyproxy" };
/// nginx.
pub const NGINX: Tool = Tool { program: "nginx", package: "nginx-light" };
/// mitmproxy without its screen.
pub const MITMDUMP: Tool = Tool { program: "mitmdump", package: "mitmproxy" };
/// `HAProxy`.
pub const HAPROXY: Tool = Tool { program: "haproxy", package: "haproxy" };
/// dnsmasq.
pub const DNSMASQ: Tool = Tool { program: "dnsmasq", package: "dnsmasq-base" };
/// OpenSSL's command.
pub const OPENSSL: Tool = Tool { program: "openssl", package: "openssl" };
/// curl, the second opinion.
pub const CURL: Tool = Tool { program: "curl", package: "curl" };
/// `ip`, for the addresses and routes of a network namespace.
pub const IP: Tool = Tool { program: "ip", package: "iproute2" };
/// What runs programs for Windows; Debian puts it on nobody's `PATH`.
pub const WINE: Tool = Tool { program: "/usr/lib/wine/wine64", package: "wine64" };
/// The C compiler and linker for Windows.
pub const MINGW: Tool = Tool { program: "x86_64-w64-mingw32-gcc", package: "gcc-mingw-w64-x86-64" };
/// `unshare`, which makes a network namespace.
pub const UNSHARE: Tool = Tool { program: "unshare", package: "util-linux" };

/// Where system programs live that are not on every user's `PATH`.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

impl Tool {
    /// Where it is.
    pub fn find(&self) -> Option<PathBuf> {
        if self.program.starts_with('/') {
            return Path::new(self.program).is_file().then(|| PathBuf::from(self.program));
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            .chain(SYSTEM_FOLDERS.iter().map(PathBuf::from))
            .map(|folder| folder.join(self.program))
            .find(|candidate| candidate.is_file())
    }

    /// Where it is; a test asks only after it has made sure with [`Needs`].
    pub fn path(&self) -> PathBuf {
        self.find().unwrap_or_else(|| panic!("{} is missing; install with: {}", self.program, self.install()))
    }

    fn install(&self) -> String {
        format!("apt-get install --no-install-recommends {}", self.package)
    }
}

/// What stands in a test's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Met,
    /// Something is missing: what to do about it.
    Missing(String),
}

impl Needs {
    /// Looks for all of these programs.
    pub fn of(tools: &[Tool]) -> Self {
        tools.iter().find(|tool| tool.find().is_none()).map_or(Self::Met, |tool| {
            Self::Missing(format!("needs {}; install with: {}", tool.program, tool.install()))
        })
    }

    /// Whether the test called `name` can run. Where it cannot, this prints `SKIPPED name: needs …`.
    ///
    /// # Panics
    /// Where it cannot run and `CI=true`.
    pub fn are_met(&self, name: &str) -> bool {
        let Self::Missing(why) = self else { return true };
        assert!(!is_ci(), "{name} {why} (with CI=true nothing may be skipped)");
        say(&format!("SKIPPED {name}: {why}\n"));
        false
    }
}

/// Whether nothing may be skipped.
pub fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// Writes to standard output past the test harness, which shows the output of failed tests only.
pub fn say(text: &str) {
    // Nobody may be listening; that is no reason for a test to fail.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_its_package() {
        let tool = Tool { program: "no-such-program-here", package: "no-such-package" };
        let Needs::Missing(why) = Needs::of(&[OPENSSL_OR_SHELL, tool]) else { panic!("it cannot be there") };
        assert!(why.contains("no-such-program-here") && why.contains("no-such-package"), "{why}");
    }

    #[test]
    fn what_is_here_is_found() {
        assert_eq!(Needs::of(&[OPENSSL_OR_SHELL]), Needs::Met);
        assert!(OPENSSL_OR_SHELL.path().is_file());
    }

    const OPENSSL_OR_SHELL: Tool = Tool { program: "sh", package: "dash" };
}
