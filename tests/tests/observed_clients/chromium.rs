//! Chromium, by its command line or by its debugging protocol: one process can have many profiles, each with a proxy and a bypass
//! list of its own ("browser contexts" of the Chrome `DevTools` Protocol), where a process for each list takes a second.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use probe_tests::observer::Observer;
use probe_tests::server::{Folder, wait};
use probe_tests::tool::Tool;
use serde_json::{Value, json};

use crate::clients::{PATIENCE, Question, clean, finish};
use crate::firefox::{DESKTOP, desktop, write_desktop};

/// Chromium under the names that systems give it and its sister, the first that is here before the others.
const NAMES: [Tool; 3] = [
    Tool { program: "chromium", package: "chromium" },
    Tool { program: "google-chrome", package: "google-chrome-stable" },
    Tool { program: "chromium-browser", package: "chromium-browser" },
];

/// The one that is here; else the first, to be installed.
pub(crate) fn tool() -> Tool {
    NAMES.into_iter().find(|tool| tool.find().is_some()).unwrap_or(NAMES[0])
}

/// The shell gives Chromium its two pipes as descriptors 3 and 4, where it looks for them.
const WITH_PIPES: &str = "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";

/// A running Chromium. Ends with its pipes.
pub(crate) struct Chromium<'a> {
    child: Child,
    answers: BufReader<ChildStdout>,
    last: u64,
    folder: &'a Folder,
}

impl<'a> Chromium<'a> {
    pub(crate) fn start(folder: &'a Folder) -> Self {
        let browser = command(folder, "shared");
        let mut child = clean("sh".as_ref(), folder)
            .args(["-c", WITH_PIPES, "sh"])
            .arg(browser.get_program())
            .args(browser.get_args())
            .arg("--remote-debugging-pipe")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{browser:?} cannot be started: {error}"));
        let answers = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        Self { child, answers, last: 0, folder }
    }

    /// Shows the page of these URLs in a profile with their settings, until all have been asked for.
    pub(crate) fn ask(&mut self, batch: &[Question], observer: &Observer) {
        let page = page(self.folder, batch);
        let mut settings = json!({ "disposeOnDetach": true });
        for (name, value) in &batch[0].set {
            settings[name] = json!(value);
        }
        let context = self.call("Target.createBrowserContext", &settings)["browserContextId"].clone();
        let url = format!("file://{}", page.display());
        self.call("Target.createTarget", &json!({ "url": url, "browserContextId": context }));
        observer.wait(PATIENCE / 4, |contacts| {
            batch.iter().all(|question| contacts.iter().any(|contact| question.is_answered_by(contact)))
        });
        self.call("Target.disposeBrowserContext", &json!({ "browserContextId": context }));
    }

    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let message = json!({ "id": self.last, "method": method, "params": parameters });
        let input = self.child.stdin.as_mut().expect("its input is a pipe");
        write!(input, "{message}\0").expect("chromium reads its pipe");
        loop {
            let mut answer = Vec::new();
            self.answers.read_until(0, &mut answer).expect("chromium writes to its pipe");
            let text = answer.strip_suffix(b"\0").unwrap_or_else(|| panic!("chromium ended at {message}"));
            let mut answer: Value = serde_json::from_slice(text).expect("chromium writes JSON");
            if answer["id"] == self.last {
                assert!(answer["error"].is_null(), "{message}: {answer}");
                return answer["result"].take();
            }
        }
    }
}

impl Drop for Chromium<'_> {
    fn drop(&mut self) {
        // Where the pipe ends, so does Chromium.
        drop(self.child.stdin.take());
        if wait(&mut self.child, PATIENCE / 4).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The same with a process of its own, and the settings as flags, as variables, or as GNOME's.
pub(crate) fn ask_by_process(folder: &Folder, batch: &[Question]) {
    let page = page(folder, batch);
    let mut command = command(folder, "own");
    let (settings, set): (Vec<_>, Vec<_>) =
        batch[0].set.iter().cloned().partition(|(name, _)| name.starts_with(DESKTOP));
    if !settings.is_empty() {
        write_desktop(folder, &desktop("", &settings));
        command.env("XDG_CURRENT_DESKTOP", "GNOME").env("GSETTINGS_BACKEND", "keyfile");
    }
    for (name, value) in &set {
        if name.starts_with("--") {
            command.arg(format!("{name}={value}"));
        } else {
            command.env(name, value);
        }
    }
    finish(command.arg("--dump-dom").arg(format!("file://{}", page.display())));
}

fn command(folder: &Folder, profile: &str) -> Command {
    let profile = folder.path().join(profile);
    // A profile remembers what was reached, and how.
    let _ = fs::remove_dir_all(&profile);
    let mut command = clean(&tool().path(), folder);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-sync", "--disable-background-networking", "--disable-component-update"])
        .args(["--disable-dev-shm-usage", "--no-default-browser-check"])
        .arg(format!("--user-data-dir={}", profile.display()));
    command
}

/// A page with an image at each URL.
fn page(folder: &Folder, batch: &[Question]) -> PathBuf {
    let mut page = String::from("<!doctype html><title>rows</title>\n");
    for question in batch {
        writeln!(page, "<img src=\"{}\">", question.url()).expect("writing to a string");
    }
    folder.write(&format!("page-{}.html", batch[0].row), page)
}
