//! The programs that are measured, and how each is told to do the same: fresh connections, full verification, the result of
//! each target written down.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use probe_tests::go::{self, GO};
use probe_tests::pki::Pki;
use probe_tests::probe;
use probe_tests::server::Folder;
use probe_tests::tool::{CURL, Needs};

/// Where Debian keeps the roots of all public authorities in one file.
const SYSTEM_BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// What each of the programs is to do.
pub(crate) struct Task<'a> {
    /// The proxy.
    pub(crate) proxy: &'a str,
    /// A file of roots.
    pub(crate) roots: &'a Path,
    /// The targets.
    pub(crate) urls: &'a [String],
    /// How many at a time.
    pub(crate) parallel: usize,
    /// Where lists and results go.
    pub(crate) folder: &'a Folder,
}

impl Task<'_> {
    /// This project's command.
    pub(crate) fn probe(&self, pki: &Pki) -> Command {
        let mut command = self.probe_with_time(pki, "20");
        command.args(["--connect-timeout", "20"]);
        command
    }

    /// The same, with so many seconds for each attempt.
    pub(crate) fn probe_with_time(&self, pki: &Pki, seconds: &str) -> Command {
        let list = self.folder.write("targets.txt", self.urls.join("\n"));
        let mut command = clean(Command::new(probe::program()));
        command
            .args(["check", "--format", "jsonl", "--vantage", "bench", "--rate", "0", "--timeout", seconds])
            .args(["--proxy", self.proxy, "--parallel", &self.parallel.to_string()])
            .arg("--targets")
            .arg(list)
            .arg("--service-roots")
            .arg(self.roots)
            .arg("--local-roots")
            .arg(&pki.local_roots)
            .arg("--output")
            .arg(self.results());
        command
    }

    fn results(&self) -> PathBuf {
        self.folder.path().join("results.jsonl")
    }

    /// Ends the run unless each target was reached.
    pub(crate) fn assert_reached(&self) {
        let records = fs::read_to_string(self.results()).expect("the results can be read");
        let reached = records.lines().filter(|line| line.contains("\"verdict\":\"reachable\"")).count();
        assert_eq!(
            reached,
            self.urls.len(),
            "not every target was reached: nothing to compare\n{records:.2000}"
        );
    }

    /// curl, all targets in one process.
    pub(crate) fn curl(&self) -> Command {
        let mut config = String::new();
        for url in self.urls {
            writeln!(config, "url=\"{url}\"\noutput=/dev/null").expect("writing to a string");
        }
        let config = self.folder.write("urls.cfg", config);
        let mut command = clean(Command::new(CURL.path()));
        command
            .args([
                "-q",
                "-s",
                "--fail",
                "--fail-early",
                "--parallel",
                "--parallel-max",
                &self.parallel.to_string(),
            ])
            .args(["--write-out", "%{http_connect} %{http_code} %{exitcode}\n", "-x", self.proxy])
            .arg("--cacert")
            .arg(self.roots)
            .arg("-K")
            .arg(config);
        command
    }

    /// A program written in Go.
    pub(crate) fn go(&self, program: &Path) -> Command {
        let list = self.folder.write("urls.txt", self.urls.join("\n"));
        let mut command = clean(Command::new(program));
        command.arg(self.proxy).arg(self.roots).arg(list).arg(self.parallel.to_string());
        command
    }
}

fn clean(mut command: Command) -> Command {
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// Compiles the program written in Go, where there is a compiler.
pub(crate) fn build_go(folder: &Folder) -> Result<PathBuf, String> {
    if let Needs::Missing(why) = Needs::of(&[GO]) {
        return Err(why);
    }
    let program = folder.path().join("rival");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("figures/rival.go");
    go::build(&source, &program, &folder.path().join("go-cache"))?;
    Ok(program)
}

/// All public roots of this system, and the one of the tests.
pub(crate) fn bundle(pki: &Pki, folder: &Folder) -> Result<PathBuf, String> {
    let mut all = fs::read(SYSTEM_BUNDLE).map_err(|error| {
        format!("{SYSTEM_BUNDLE}: {error}; install with: apt-get install ca-certificates")
    })?;
    all.extend(fs::read(&pki.service_roots).expect("the root can be read"));
    Ok(folder.write("bundle.pem", all))
}
