//! A program that runs for the length of a test, and the folder it lives in.

use std::fmt::Write as _;
use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a program may take until it answers. Generous: the machine may be building something else.
const START: Duration = Duration::from_secs(30);
/// How long it may take to end when it is asked to.
const END: Duration = Duration::from_secs(2);
/// How often we look.
const LOOK: Duration = Duration::from_millis(15);
/// How much of a log is shown.
const LOG_TAIL: usize = 6_000;

/// A temporary folder that goes when it is dropped. Servers that give up root can read it and, in part, write to it.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// Makes one; `name` stands in its name, for whoever finds it left over.
    pub fn new(name: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix(&format!("egress-probe-{name}-"))
            .tempdir()
            .unwrap_or_else(|error| panic!("no temporary folder for {name}: {error}"));
        let folder = Self(folder);
        open_to(folder.path(), 0o755);
        folder
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file that everybody may read, and gives its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        path
    }

    /// Makes a folder in it that everybody may write to.
    pub fn shared(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        open_to(&path, 0o777);
        path
    }
}

fn open_to(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .unwrap_or_else(|error| panic!("permissions of {}: {error}", path.display()));
}

/// A running program. Dropped, it ends with all its children; where the test fails, its log is shown first.
#[derive(Debug)]
pub struct Server {
    name: String,
    child: Child,
    folder: Folder,
    logs: Vec<PathBuf>,
}

impl Server {
    /// Starts `command` and waits until `port` on 127.0.0.1 accepts a connection.
    ///
    /// `logs` are files of the folder that are shown beside the program's own output when something fails.
    ///
    /// # Panics
    /// Where it does not start, or does not answer in time; with its log.
    pub fn start(name: &str, command: &mut Command, folder: Folder, port: u16, logs: &[&str]) -> Self {
        let output_path = folder.path().join("output.log");
        let output = File::create(&output_path).expect("a new file in a new folder");
        let again = output.try_clone().expect("a second handle of a file");
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(again)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started ({command:?}): {error}"));
        let mut paths = vec![output_path];
        paths.extend(logs.iter().map(|log| folder.path().join(log)));
        let mut server = Self { name: name.to_owned(), child, folder, logs: paths };
        server.wait_for(port);
        server
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The end of everything that it has said.
    pub fn log(&self) -> String {
        let mut text = String::new();
        for path in &self.logs {
            let Ok(bytes) = fs::read(path) else { continue };
            let tail = &bytes[bytes.len().saturating_sub(LOG_TAIL)..];
            let tail = String::from_utf8_lossy(tail);
            writeln!(text, "--- {} of {}\n{tail}", path.display(), self.name).expect("writing to a string");
        }
        text
    }

    fn wait_for(&mut self, port: u16) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let begin = Instant::now();
        while begin.elapsed() < START {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("{} ended with {status} before it listened on {address}\n{}", self.name, self.log());
            }
            if TcpStream::connect_timeout(&address, Duration::from_millis(500)).is_ok() {
                return;
            }
            std::thread::sleep(LOOK);
        }
        panic!("{} did not listen on {address} within {START:?}\n{}", self.name, self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let children = descendants(self.child.id());
        signal(self.child.id(), Signal::TERM);
        if wait(&mut self.child, END).is_none() {
            // It may have ended in this moment; then there is nothing left to do.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        for child in children {
            signal(child, Signal::KILL);
        }
        if std::thread::panicking() {
            // Past the harness's capture or not: it is the last thing that is said of a failed test.
            let _ = writeln!(std::io::stderr().lock(), "{}", self.log());
        }
    }
}

/// Sends a signal; a process that is gone has got what was wanted.
fn signal(process: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Waits for the end of a child, for a bounded time.
pub fn wait(child: &mut Child, at_most: Duration) -> Option<ExitStatus> {
    let begin = Instant::now();
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if begin.elapsed() >= at_most {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Sends this signal to a child that still runs.
pub fn interrupt(child: &Child, with: Signal) {
    signal(child.id(), with);
}

/// All children of a process, and theirs.
fn descendants(process: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    let direct: Vec<u32> = list.split_whitespace().filter_map(|id| id.parse().ok()).collect();
    let below: Vec<u32> = direct.iter().flat_map(|child| descendants(*child)).collect();
    direct.into_iter().chain(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port;

    #[test]
    fn what_was_started_ends_with_its_children() {
        let listener = port::listener();
        let port = listener.local_addr().unwrap().port();
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 300 & sleep 300 & wait"]);
        let server = Server::start("sleepers", &mut command, Folder::new("sleepers"), port, &[]);
        let begin = Instant::now();
        while descendants(server.child.id()).len() < 2 && begin.elapsed() < START {
            std::thread::sleep(LOOK);
        }
        let children = descendants(server.child.id());
        assert_eq!(children.len(), 2, "{children:?}");
        let folder = server.folder().to_owned();
        drop(server);
        assert!(!folder.exists());
        for child in children {
            assert!(is_gone(child), "{child} still runs");
        }
    }

    /// An orphan is reaped by whoever inherits it, a moment later.
    fn is_gone(process: u32) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(5) {
            let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            if state.is_empty() || state.contains(") Z ") {
                return true;
            }
            std::thread::sleep(LOOK);
        }
        false
    }

    #[test]
    #[should_panic(expected = "exit status: 7")]
    fn a_program_that_ends_at_once_is_reported() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo why; exit 7"]);
        let _ = Server::start("failing", &mut command, Folder::new("failing"), port::free(), &[]);
    }
}
