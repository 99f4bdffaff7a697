//! The programs, and how each is made to ask for a row's URL while the observer looks on. Runs inside an island.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use probe_tests::go::{self, GO};
use probe_tests::island::address_of;
use probe_tests::observer::{Contact, Form, Observer};
use probe_tests::server::{Folder, wait};
use probe_tests::tool::{CURL, Needs, Tool};

use crate::chromium::{self, Chromium, ask_by_process};
use crate::firefox::{self, Firefox};

const PYTHON: Tool = Tool { program: "python3", package: "python3" };
const WGET: Tool = Tool { program: "wget", package: "wget" };
const APT: Tool = Tool { program: "apt-get", package: "apt" };

/// How long a program may take for what takes it a second when nothing else runs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// What stands before the name of a file of apt's configuration that a row has. `apt.conf` among them is the one that apt is given.
pub(crate) const FILE: &str = "file ";

/// Where the compiled [`client.go`](client.go) is, for the process inside.
const GO_PROGRAM: &str = "OBSERVED_GO_PROGRAM";

/// A program whose packets are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Client {
    Curl,
    Go,
    Python,
    Wget,
    Apt,
    Chromium,
    Firefox,
}

impl Client {
    /// In the order of the tables' columns.
    pub(crate) const ALL: [Self; 7] =
        [Self::Curl, Self::Go, Self::Python, Self::Wget, Self::Apt, Self::Chromium, Self::Firefox];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Go => "go",
            Self::Python => "python",
            Self::Wget => "wget",
            Self::Apt => "apt",
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
        }
    }

    fn tool(self) -> Tool {
        match self {
            Self::Curl => CURL,
            Self::Go => GO,
            Self::Python => PYTHON,
            Self::Wget => WGET,
            Self::Apt => APT,
            Self::Chromium => chromium::tool(),
            Self::Firefox => firefox::tool(),
        }
    }

    pub(crate) fn needs(self) -> Needs {
        match self {
            Self::Chromium | Self::Firefox => Needs::of(&[self.tool(), firefox::SCHEMA]),
            _ => Needs::of(&[self.tool()]),
        }
    }

    /// What it calls itself: rows hold for a version.
    pub(crate) fn version(self) -> String {
        let flag = if self == Self::Go { "version" } else { "--version" };
        let output = Command::new(self.tool().path()).arg(flag).output();
        let text =
            output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default();
        line.split_whitespace().take(4).collect::<Vec<_>>().join(" ")
    }

    /// Whether it may have reasons of its own to contact somebody.
    fn is_browser(self) -> bool {
        matches!(self, Self::Chromium | Self::Firefox)
    }

    /// What must be done outside before `command`, which observes this client, can run.
    pub(crate) fn prepare(self, folder: &Folder, command: &mut Command) -> Result<(), String> {
        if self == Self::Go {
            command.env(GO_PROGRAM, build_go(folder)?);
        }
        Ok(())
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One URL under some settings.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// Its place in all that this client is asked.
    pub(crate) row: usize,
    /// Variables, `Acquire::…` options of apt, files of its configuration behind [`FILE`], wgetrc's commands behind `wgetrc `, flags of
    /// Chromium, settings of a browser's profile, or GNOME's settings (`org.gnome.… host`).
    pub(crate) set: Vec<(String, String)>,
    /// The URL, ending in `/`.
    pub(crate) url: String,
}

impl Question {
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.url, self.row)
    }

    /// Whether these are settings of one of Chromium's profiles, and not flags or variables of a process.
    fn is_of_profile(&self) -> bool {
        self.set.first().is_some_and(|(name, _)| name == "proxyServer")
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_variable = |name: &str| !name.contains(' ') && !name.contains(':');
        self.set
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(move |(name, _)| is_variable(name))
    }

    /// Whether a contact among those of several questions was for this one.
    pub(crate) fn is_answered_by(&self, contact: &Contact) -> bool {
        let is_it = |(host, port): (String, u16)| is_same_host(&host, &contact.host) && port == contact.port;
        match contact.form {
            Form::Absolute | Form::Origin => {
                contact.path.trim_start_matches('/').split('/').next() == Some(&self.row.to_string())
            }
            Form::Connect | Form::Hello => self.destination().is_some_and(is_it),
            // Some look the name up themselves.
            Form::Socks => self.origin().is_some_and(|(host, port)| {
                is_it((address_of(&host).to_string(), port)) || is_it((host, port))
            }),
            Form::Other => false,
        }
    }

    /// Host and port of an https URL: all that is seen of it.
    fn destination(&self) -> Option<(String, u16)> {
        self.origin().filter(|_| self.url.starts_with("https:"))
    }

    /// Host and port of the URL.
    fn origin(&self) -> Option<(String, u16)> {
        let (scheme, rest) = self.url.split_once("://")?;
        let authority = rest.split('/').next()?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (authority, if scheme == "https" { 443 } else { 80 }),
        };
        Some((host.trim_start_matches('[').trim_end_matches(']').to_owned(), port))
    }
}

fn is_same_host(one: &str, other: &str) -> bool {
    match (one.parse::<IpAddr>(), other.parse::<IpAddr>()) {
        (Ok(one), Ok(other)) => one.to_canonical() == other.to_canonical(),
        _ => one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.')),
    }
}

/// Who was contacted first.
fn first<'a>(mut contacts: impl Iterator<Item = &'a Contact>) -> String {
    contacts.next().map_or_else(|| "nobody".to_owned(), Contact::to_string)
}

/// Asks this client all questions; says for each which row it was and who was contacted first.
pub(crate) fn observe(client: Client, questions: &[Question], mut say: impl FnMut(usize, String)) {
    let observer = Observer::start();
    let folder = Folder::new(client.as_str());
    let mut python = (client == Client::Python).then(|| Python::start(&folder));
    let mut chromium = (client == Client::Chromium).then(|| Chromium::start(&folder));
    let mut firefox = (client == Client::Firefox).then(|| Firefox::start(&folder));
    for batch in batches(client, questions) {
        match client {
            Client::Curl | Client::Go | Client::Wget => finish(&mut single(client, &folder, &batch[0])),
            Client::Python => python.as_mut().expect("started for this client").ask(&batch[0]),
            Client::Apt => finish(&mut apt(&folder, batch)),
            Client::Chromium if !batch[0].is_of_profile() => ask_by_process(&folder, batch),
            Client::Chromium => chromium.as_mut().expect("started for this client").ask(batch, &observer),
            Client::Firefox => firefox.as_mut().expect("started for this client").ask(batch),
        }
        let contacts = observer.take();
        for question in batch {
            let its = contacts.iter().filter(|contact| batch.len() == 1 || question.is_answered_by(contact));
            let its = its.filter(|contact| !client.is_browser() || question.is_answered_by(contact));
            say(question.row, first(its));
        }
    }
}

/// Programs that can be given several URLs are given all that have the same settings, as long as each can be told by its contacts.
fn batches(client: Client, questions: &[Question]) -> Vec<&[Question]> {
    if client != Client::Apt && !client.is_browser() {
        return questions.chunks(1).collect();
    }
    let batches: Vec<_> = questions.chunk_by(|one, next| one.set == next.set).collect();
    for batch in &batches {
        let mut seen = BTreeMap::new();
        for (place, question) in batch.iter().filter_map(|question| Some((question.destination()?, question)))
        {
            let before = seen.insert(place, question);
            assert!(
                before.is_none(),
                "two https URLs of one list cannot be told apart: {question:?} {before:?}"
            );
        }
    }
    batches
}

pub(crate) fn clean(program: &Path, folder: &Folder) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder.path())
        .current_dir(folder.path());
    command
}

/// Runs it to its end. How it ends means nothing: nobody gives it what it wants.
pub(crate) fn finish(command: &mut Command) {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    if wait(&mut child, PATIENCE).is_none() {
        let _ = child.kill();
        let _ = child.wait();
        panic!("{command:?} did not end within {PATIENCE:?}");
    }
}

fn single(client: Client, folder: &Folder, question: &Question) -> Command {
    let mut command = match client {
        Client::Curl => {
            let mut command = clean(&CURL.path(), folder);
            command.args(["-q", "-s", "-g", "-o", "/dev/null", "--max-time", "5"]);
            command
        }
        Client::Go => clean(Path::new(&std::env::var_os(GO_PROGRAM).expect("set by who observes")), folder),
        _ => {
            let mut command = clean(&WGET.path(), folder);
            command.args(["--no-config", "-q", "-O", "/dev/null", "--tries=1", "--timeout=5", "--no-hsts"]);
            for (name, value) in &question.set {
                if let Some(name) = name.strip_prefix("wgetrc ") {
                    command.arg("-e").arg(format!("{name} = {value}"));
                }
            }
            command
        }
    };
    command.envs(question.variables()).arg(question.url());
    command
}

/// One that is asked by its standard input and says when it has done a row.
struct Python {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Python {
    fn start(folder: &Folder) -> Self {
        let mut child = clean(&PYTHON.path(), folder)
            .args(["-I", "-c", include_str!("client.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("python3 cannot be started: {error}"));
        let answers = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        Self { child, answers }
    }

    fn ask(&mut self, question: &Question) {
        let variables: BTreeMap<_, _> = question.variables().collect();
        let line = serde_json::json!({ "variables": variables, "url": question.url() });
        let input = self.child.stdin.as_mut().expect("its input is a pipe");
        writeln!(input, "{line}").expect("python3 reads its input");
        let mut answer = String::new();
        let length = self.answers.read_line(&mut answer).expect("python3 writes text");
        assert!(length > 0, "python3 ended at {question:?}");
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It ends when its input does; it may have ended before.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// `apt-get update` with a source for each URL, and nothing of this system's configuration.
fn apt(folder: &Folder, batch: &[Question]) -> Command {
    let place = folder.path().join("apt");
    // The lists of the batch before would be asked for again with a condition, or not at all.
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(place.join("lists/partial")).expect("a folder in a new folder");
    fs::create_dir_all(place.join("cache/archives/partial")).expect("a folder in a new folder");
    let mut sources = String::new();
    for question in batch {
        writeln!(sources, "deb [trusted=yes] {}/ ./", question.url()).expect("writing to a string");
    }
    let sources = folder.write("sources.list", sources);
    let mut site = "";
    for (name, text) in batch.iter().take(1).flat_map(|question| &question.set) {
        match name.strip_prefix(FILE) {
            Some("apt.conf") => site = text,
            Some(name) => {
                let file = folder.path().join(name);
                fs::create_dir_all(file.parent().expect("it is in the folder"))
                    .expect("a folder in a new folder");
                fs::write(file, text).expect("a file in a new folder");
            }
            None => {}
        }
    }
    let configuration = folder.write(
        "apt.conf",
        format!(
            "Dir::Etc::main \"/dev/null\";\nDir::Etc::parts \"/dev/null\";\nDir::Etc::sourceparts \"/dev/null\";\n\
             Dir::Etc::sourcelist \"{}\";\nDir::State \"{place}\";\nDir::State::lists \"{place}/lists\";\n\
             Dir::State::status \"/dev/null\";\nDir::Cache \"{place}/cache\";\nAPT::Sandbox::User \"root\";\n\
             Acquire::Retries \"0\";\nAcquire::EnableSrvRecords \"false\";\nAcquire::Languages \"none\";\n\
             Acquire::http::Timeout \"5\";\nAcquire::https::Timeout \"5\";\n{site}",
            sources.display(),
            place = place.display(),
        ),
    );
    let mut command = clean(&APT.path(), folder);
    command.arg("update").env("APT_CONFIG", configuration);
    for (name, value) in batch.iter().take(1).flat_map(|question| &question.set) {
        if name.starts_with("Acquire::") {
            command.arg("-o").arg(format!("{name}={value}"));
        }
    }
    command.envs(batch[0].variables());
    command
}

/// Compiles [`client.go`](client.go). What the compiler remembers stays in the target folder: without it, this takes half a minute.
fn build_go(folder: &Folder) -> Result<PathBuf, String> {
    let program = folder.path().join("client");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/observed_clients/client.go");
    go::build(&source, &program, &Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-cache"))?;
    Ok(program)
}
