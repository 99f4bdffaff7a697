//! The repository, and running commands in it.

use std::ffi::OsString;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::outcome::{Outcome, Stop};

/// Folders of programs that Debian leaves out of an ordinary user's search path, and that `squid` and `nginx` are in.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// More than this from one captured command is a fault of that command.
const CAPTURE_LIMIT: u64 = 16 << 20;

/// Where things are.
pub(crate) struct Repository {
    pub(crate) root: PathBuf,
    /// The one folder that everything is built in: `target`, or what `CARGO_TARGET_DIR` says.
    pub(crate) target: PathBuf,
    /// Tools that `setup` builds live here, so that nothing of the user's is changed.
    pub(crate) tools: PathBuf,
    /// Whether `CI=true`.
    pub(crate) ci: bool,
    search: Vec<PathBuf>,
}

impl Repository {
    pub(crate) fn find() -> Self {
        // Asked when it runs: of two clones that share a target folder, cargo may run what the other one compiled.
        let manifest =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).parent().unwrap_or(Path::new(".")).to_path_buf();
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .and_then(|folder| std::path::absolute(folder).ok())
            .unwrap_or_else(|| root.join("target"));
        let tools = target.join("tools");
        let mut search = vec![tools.join("bin")];
        search.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        search.extend(SYSTEM_FOLDERS.map(PathBuf::from));
        Self { root, target, tools, ci: std::env::var("CI").is_ok_and(|value| value == "true"), search }
    }

    /// Whether a program of this name can be run.
    pub(crate) fn has(&self, program: &str) -> bool {
        self.search
            .iter()
            .any(|folder| folder.join(format!("{program}{}", std::env::consts::EXE_SUFFIX)).is_file())
    }

    /// Ends the verb as skipped if a program is missing.
    pub(crate) fn need(&self, program: &str) -> Result<(), Stop> {
        if self.has(program) {
            return Ok(());
        }
        Err(Stop::Skipped { why: format!("`{program}` is not here"), remedy: "cargo xtask setup".into() })
    }

    /// Whether the standard library for this target is here (asked of the compiler, so it works without rustup too).
    pub(crate) fn has_target(&self, target: &str) -> bool {
        self.job("rustc", &["--print", "target-libdir", "--target", target])
            .answer()
            .is_some_and(|folder| Path::new(folder.trim()).is_dir())
    }

    /// Ends the verb as skipped if nothing can be built for this target.
    pub(crate) fn need_target(&self, target: &str) -> Result<(), Stop> {
        if self.has_target(target) {
            return Ok(());
        }
        Err(Stop::Skipped {
            why: format!("nothing can be built for {target}"),
            remedy: format!("rustup target add {target}"),
        })
    }

    /// Whether `cargo +nightly` can be called without anything being fetched.
    pub(crate) fn has_nightly(&self) -> bool {
        self.job("rustup", &["toolchain", "list"])
            .answer()
            .is_some_and(|list| list.lines().any(|line| line.starts_with("nightly")))
    }

    /// A command at the root of the repository, not yet run.
    pub(crate) fn job(&self, program: &str, arguments: &[&str]) -> Job {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        if let Ok(path) = std::env::join_paths(&self.search) {
            command.env("PATH", path);
        }
        // Cargo sets them for this program. A build script that watches one (ring's does) would be run again, and all that depends
        // on it built again, whenever something else calls cargo.
        for (name, _) in std::env::vars_os() {
            if ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|start| name.to_string_lossy().starts_with(start))
            {
                command.env_remove(name);
            }
        }
        Job {
            command,
            shown: std::iter::once(program).chain(arguments.iter().copied()).collect::<Vec<_>>().join(" "),
        }
    }

    /// `cargo` with these arguments, which are split at blanks.
    pub(crate) fn cargo(&self, arguments: &str) -> Job {
        self.job("cargo", &arguments.split_whitespace().collect::<Vec<_>>())
    }
}

/// A command that is ready to run.
pub(crate) struct Job {
    command: Command,
    shown: String,
}

/// What a captured command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// `None` if it ended well, else how it ended.
    pub(crate) fault: Option<String>,
}

impl Job {
    /// Adds an environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self.shown = format!(
            "{name}={} {}",
            if value.contains(' ') { format!("'{value}'") } else { value.into() },
            self.shown
        );
        self
    }

    /// Adds one argument as it is, blanks and all.
    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        let argument = argument.into();
        self.shown = format!("{} {}", self.shown, argument.display());
        self.command.arg(argument);
        self
    }

    /// Runs it where the user sees what it prints.
    pub(crate) fn run(mut self) -> Result<(), String> {
        announce(&self.shown);
        match self.command.stdin(Stdio::null()).status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("`{}` ended with {status}", self.shown)),
            Err(error) => Err(format!("`{}` could not be started: {error}", self.shown)),
        }
    }

    /// What it prints, if it ends well; nothing is shown.
    pub(crate) fn answer(mut self) -> Option<String> {
        let output = self.command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it without showing what it prints, and ends it when `limit` has passed.
    pub(crate) fn capture(mut self, limit: Duration) -> Said {
        announce(&self.shown);
        let piped = self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match piped.spawn() {
            Ok(child) => child,
            Err(error) => {
                let fault = Some(format!("`{}` could not be started: {error}", self.shown));
                return Said { stdout: String::new(), stderr: String::new(), fault };
            }
        };
        let stdout = child.stdout.take().map(|pipe| std::thread::spawn(|| read(pipe)));
        let stderr = child.stderr.take().map(|pipe| std::thread::spawn(|| read(pipe)));
        let start = Instant::now();
        let fault = loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => break None,
                Ok(Some(status)) => break Some(format!("`{}` ended with {status}", self.shown)),
                Ok(None) if start.elapsed() < limit => std::thread::sleep(Duration::from_millis(20)),
                Ok(None) => {
                    // It may have ended by itself in this very moment; it is waited for either way.
                    let _ = child.kill();
                    let _ = child.wait();
                    break Some(format!("`{}` had not ended after {} s", self.shown, limit.as_secs()));
                }
                Err(error) => break Some(format!("`{}` was lost: {error}", self.shown)),
            }
        };
        let text = |reader: Option<std::thread::JoinHandle<Vec<u8>>>| {
            let bytes = reader.and_then(|thread| thread.join().ok()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Said { stdout: text(stdout), stderr: text(stderr), fault }
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

fn announce(line: &str) {
    println!("$ {line}");
}

fn read(pipe: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What came before a read error is all there is to show.
    let _ = pipe.take(CAPTURE_LIMIT).read_to_end(&mut bytes);
    bytes
}

/// Runs all of them, whatever becomes of the first ones, and fails with all that failed.
pub(crate) fn run_all(jobs: Vec<Job>) -> Outcome {
    let count = jobs.len();
    let faults: Vec<String> = jobs.into_iter().filter_map(|job| job.run().err()).collect();
    if faults.is_empty() {
        return Ok(String::new());
    }
    Err(Stop::Failed(format!("{} of {count} commands failed\n{}", faults.len(), faults.join("\n"))))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Job {
        Repository::find().job("sh", &["-c", script])
    }

    #[test]
    fn both_streams_are_captured() {
        let said = shell("echo out; echo err >&2").capture(Duration::from_secs(20));
        assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.fault), ("out\n", "err\n", None));
    }

    #[test]
    fn what_does_not_end_is_ended_and_what_it_said_is_kept() {
        let start = Instant::now();
        let said = shell("echo early; exec sleep 60").capture(Duration::from_millis(300));
        assert!(start.elapsed() < Duration::from_secs(30));
        assert_eq!(said.stdout, "early\n");
        assert!(said.fault.unwrap().contains("had not ended"));
    }

    #[test]
    fn exit_codes_and_missing_programs_are_faults() {
        assert!(shell("exit 3").capture(Duration::from_secs(20)).fault.unwrap().contains("exit status: 3"));
        let missing = Repository::find().job("no-such-program", &[]).capture(Duration::from_secs(20));
        assert!(missing.fault.unwrap().contains("could not be started"));
    }

    #[test]
    fn all_failures_are_named_and_do_not_stop_the_others() {
        let Err(Stop::Failed(why)) = run_all(vec![shell("exit 1"), shell("exit 0"), shell("exit 2")]) else {
            panic!("two of the three commands fail");
        };
        assert!(why.starts_with("2 of 3 commands failed"), "{why}");
        assert!(why.contains("exit 1") && why.contains("exit 2"), "{why}");
    }
}
