//! The command under test: built once, run with a clean environment and bounded time, its records read.

use std::any::Any;
use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::namespace::Namespace;
use crate::pki::Pki;
use crate::record::{Attempt, Records};
use crate::server;

/// No run takes longer; one that does is ended, and its test fails.
const AT_MOST: Duration = Duration::from_mins(1);

/// The program's name.
const NAME: &str = "egress-probe";

/// Names another program to test in place of the one that is built here: a release, or one that is installed.
const OVERRIDE: &str = "EGRESS_PROBE";

/// The program, built with the profile and into the target folder of this test.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| std::env::var_os(OVERRIDE).map_or_else(|| build(None), PathBuf::from))
}

/// Builds it with the profile and into the target folder of this test, for another target than this machine where one is given.
pub(crate) fn build(target: Option<&str>) -> PathBuf {
    // …/target/debug/deps/this_test-0123456789abcdef
    let this = std::env::current_exe().expect("a process knows its own program");
    let mut above = this.ancestors().skip(2);
    let profile_folder = above.next().expect("tests are in a folder called deps");
    let target_folder = above.next().expect("profiles are in the target folder");
    let folder = profile_folder.file_name().and_then(OsStr::to_str).unwrap_or("debug");
    let profile = if folder == "debug" { "dev" } else { folder };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // Cargo sets them for a test; a build script that watches one (ring's does) would have its crate, and all that depends on
    // it, built again each time.
    for (name, _) in std::env::vars_os() {
        if ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|start| name.to_string_lossy().starts_with(start)) {
            command.env_remove(name);
        }
    }
    let output = command
        .args([
            "build",
            "--quiet",
            "-p",
            "probe-tui",
            "--bin",
            NAME,
            "--message-format=json-render-diagnostics",
        ])
        .args(["--profile", profile, "--target-dir"])
        .arg(target_folder)
        .args(target.into_iter().flat_map(|target| ["--target", target]))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("cargo cannot be run: {error}"));
    assert!(output.status.success(), "{NAME} cannot be built: {}", output.status);
    let messages = String::from_utf8_lossy(&output.stdout);
    let program = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.expect("cargo says where it put the program")
}

/// A run to be made.
#[derive(Debug)]
pub struct Probe {
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    input: Option<String>,
    command: Option<Command>,
    timeout: Option<Duration>,
    kept: Vec<Box<dyn Any + Send>>,
}

impl Probe {
    /// The program with these arguments, and nothing else.
    pub fn with<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self {
            arguments,
            environment: Vec::new(),
            input: None,
            command: None,
            timeout: None,
            kept: Vec::new(),
        }
    }

    /// `check`, with records in JSON Lines.
    pub fn check() -> Self {
        Self::with(["check", "--format", "jsonl"])
    }

    /// `check` with records, with the trust of this PKI and with time-outs that a test can wait for.
    pub fn check_with(pki: &Pki) -> Self {
        Self::check().trusting(&pki.service_roots, &pki.local_roots).within(5.0)
    }

    /// Adds arguments.
    #[must_use]
    pub fn and<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Which roots services should end in, and which this machine trusts besides.
    #[must_use]
    pub fn trusting(self, service: &Path, local: &Path) -> Self {
        self.without("--service-roots").without("--local-roots").and([
            OsStr::new("--service-roots"),
            service.as_os_str(),
            OsStr::new("--local-roots"),
            local.as_os_str(),
        ])
    }

    /// The time that an attempt may take, in seconds; and the same for connecting.
    #[must_use]
    pub fn within(mut self, seconds: f64) -> Self {
        self = self.without("--timeout").without("--connect-timeout");
        self.timeout = Some(Duration::from_secs_f64(seconds));
        let seconds = seconds.to_string();
        self.and(["--timeout", &seconds, "--connect-timeout", &seconds])
    }

    /// Through this proxy.
    #[must_use]
    pub fn through(self, proxy: &str) -> Self {
        self.and(["--proxy", proxy])
    }

    /// A name's address, without asking anybody.
    #[must_use]
    pub fn resolving(self, host: &str, address: SocketAddr) -> Self {
        self.and(["--resolve", &format!("{host}:{}:{}", address.port(), address.ip())])
    }

    /// Sets a variable.
    #[must_use]
    pub fn setting(mut self, variable: &str, value: &str) -> Self {
        self.environment.push((variable.into(), value.into()));
        self
    }

    /// What comes on standard input.
    #[must_use]
    pub fn reading(mut self, input: &str) -> Self {
        self.input = Some(input.to_owned());
        self
    }

    /// Runs it inside a namespace.
    #[must_use]
    pub fn inside(self, namespace: &Namespace) -> Self {
        self.by(namespace.command(program()))
    }

    /// Runs it by another command, which takes the arguments behind its own.
    #[must_use]
    pub fn by(mut self, command: Command) -> Self {
        self.command = Some(command);
        self
    }

    /// Keeps a server until the run has ended.
    #[must_use]
    pub fn keeping(mut self, server: impl Any + Send) -> Self {
        self.kept.push(Box::new(server));
        self
    }

    /// Takes an argument and its value away.
    fn without(mut self, argument: &str) -> Self {
        if let Some(at) = self.arguments.iter().position(|each| each == argument) {
            self.arguments.drain(at..at + 2);
        }
        self
    }

    /// The time that an attempt may take.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Starts it.
    pub fn start(self) -> Running {
        let line = self.line();
        let mut command = self.command.unwrap_or_else(|| Command::new(program()));
        command
            .args(&self.arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", std::env::temp_dir())
            .envs(self.environment)
            .stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let begin = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        if let Some(input) = self.input {
            let mut pipe = child.stdin.take().expect("standard input is a pipe");
            // It may end without reading all of it; that is for its exit code to say.
            thread::spawn(move || std::io::Write::write_all(&mut pipe, input.as_bytes()));
        }
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        Running { child, stdout, stderr, begin, line, _kept: self.kept }
    }

    /// Runs it to its end.
    pub fn run(self) -> Run {
        self.start().finish()
    }

    fn line(&self) -> String {
        let words: Vec<String> = self.arguments.iter().map(|word| format!("{}", word.display())).collect();
        format!("{NAME} {}", words.join(" "))
    }
}

fn collect(pipe: Option<impl std::io::Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    let mut pipe = pipe.expect("the stream is a pipe");
    thread::spawn(move || {
        let mut all = Vec::new();
        // What came before an error is what there is to judge.
        let _ = pipe.read_to_end(&mut all);
        all
    })
}

/// A run that goes on.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
    begin: Instant,
    line: String,
    _kept: Vec<Box<dyn Any + Send>>,
}

impl Running {
    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        server::interrupt(&self.child, signal);
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Run {
        let Some(status) = server::wait(&mut self.child, AT_MOST) else {
            // Ended here, so that nothing is left behind.
            let _ = self.child.kill();
            let _ = self.child.wait();
            panic!("still running after {AT_MOST:?}: {}", self.line);
        };
        let elapsed = self.begin.elapsed();
        let [stdout, stderr] =
            [self.stdout, self.stderr].map(|reader| reader.join().expect("reading a pipe does not panic"));
        Run { status, stdout, stderr, elapsed, line: self.line }
    }
}

/// A run that has ended.
#[derive(Debug)]
pub struct Run {
    /// How it ended.
    pub status: ExitStatus,
    /// All of its standard output.
    pub stdout: Vec<u8>,
    /// All of its standard error.
    pub stderr: Vec<u8>,
    /// From start to end.
    pub elapsed: Duration,
    line: String,
}

impl Run {
    /// The exit code; -1 where a signal ended it.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("standard output is UTF-8")
    }

    /// Standard error as text.
    pub fn errors(&self) -> String {
        String::from_utf8(self.stderr.clone()).expect("standard error is UTF-8")
    }

    /// The records on standard output.
    pub fn records(&self) -> Records {
        Records::parse(&self.text())
    }

    /// The lines on standard output, each as what it is in JSON.
    pub fn values(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// The one attempt that it made.
    pub fn attempt(&self) -> Attempt {
        let mut attempts = self.records().attempts();
        assert_eq!(attempts.len(), 1, "one attempt was asked for\n{self}");
        attempts.remove(0)
    }

    /// Ends the test if the exit code is another.
    pub fn expect_code(&self, code: i32) -> &Self {
        assert_eq!(self.code(), code, "the exit code\n{self}");
        self
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "$ {}\n{} after {:?}", self.line, self.status, self.elapsed)?;
        // Escaped: a test of control characters must not print them when it fails.
        for (name, bytes) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            writeln!(f, "--- {name}")?;
            for line in String::from_utf8_lossy(bytes).lines() {
                writeln!(f, "{}", line.escape_debug().to_string().replace("\\\"", "\""))?;
            }
        }
        Ok(())
    }
}
