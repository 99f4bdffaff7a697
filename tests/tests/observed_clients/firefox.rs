//! Firefox, by its remote protocol Marionette (a length, `:` and JSON over TCP): one process is told one list after the other, as
//! `about:config` would tell it, or one set of variables after the other, and is asked for URLs by the browser's own script, so that no
//! rule for pages stands in between.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use probe_tests::server::{Folder, wait};
use probe_tests::tool::Tool;
use serde_json::{Value, json};

use crate::PROXY;
use crate::clients::{PATIENCE, Question, clean};

/// Firefox under the names that systems give it, the first that is here before the other.
const NAMES: [Tool; 2] = [
    Tool { program: "firefox-esr", package: "firefox-esr" },
    Tool { program: "firefox", package: "firefox" },
];

/// The one that is here; else the first, to be installed.
pub(crate) fn tool() -> Tool {
    NAMES.into_iter().find(|tool| tool.find().is_some()).unwrap_or(NAMES[0])
}

/// Where it listens for commands: a port that no observer takes.
const PORT: u16 = 2828;
/// How often we look whether it does.
const LOOK: Duration = Duration::from_millis(20);
/// The setting that is a list.
pub(crate) const LIST: &str = "network.proxy.no_proxies_on";

/// The profile: the proxy of all rows about its own list, every other way to go as a fresh profile has it, and nothing that talks by
/// itself or makes one request into another one.
const PROFILE: &[(&str, &str)] = &[
    ("network.proxy.http", "\"p1.test\""),
    ("network.proxy.http_port", "3128"),
    ("network.proxy.ssl", "\"p1.test\""),
    ("network.proxy.ssl_port", "3128"),
    ("network.proxy.failover_direct", "false"),
    ("app.normandy.enabled", "false"),
    ("app.update.enabled", "false"),
    ("browser.newtabpage.enabled", "false"),
    ("browser.safebrowsing.downloads.remote.enabled", "false"),
    ("browser.safebrowsing.malware.enabled", "false"),
    ("browser.safebrowsing.phishing.enabled", "false"),
    ("browser.search.update", "false"),
    ("browser.shell.checkDefaultBrowser", "false"),
    ("browser.startup.homepage_override.mstone", "\"ignore\""),
    ("browser.startup.page", "0"),
    ("datareporting.healthreport.uploadEnabled", "false"),
    ("datareporting.policy.dataSubmissionEnabled", "false"),
    ("dom.push.connection.enabled", "false"),
    ("dom.security.https_first", "false"),
    ("dom.security.https_only_mode", "false"),
    ("extensions.getAddons.cache.enabled", "false"),
    ("extensions.update.enabled", "false"),
    ("media.gmp-manager.updateEnabled", "false"),
    ("network.captive-portal-service.enabled", "false"),
    ("network.connectivity-service.enabled", "false"),
    ("network.dns.upgrade_with_https_rr", "false"),
    ("network.http.http3.enable", "false"),
    ("network.http.speculative-parallel-limit", "0"),
    ("network.manage-offline-status", "false"),
    ("network.stricttransportsecurity.preloadlist", "false"),
    ("network.trr.mode", "5"),
    ("services.settings.server", "\"data:,\""),
    ("toolkit.telemetry.enabled", "false"),
    ("toolkit.telemetry.server", "\"\""),
    ("toolkit.telemetry.unified", "false"),
];

/// What says which settings a desktop has.
pub(crate) const SCHEMA: Tool = Tool {
    program: "/usr/share/glib-2.0/schemas/org.gnome.system.proxy.gschema.xml",
    package: "gsettings-desktop-schemas",
};
/// How the names of GNOME's settings begin.
pub(crate) const DESKTOP: &str = "org.gnome.system.proxy";
/// The list of GNOME's settings.
pub(crate) const GNOME: &str = "org.gnome.system.proxy ignore-hosts";
/// `network.proxy.type`: the proxy and the list of the profile.
const OWN: u32 = 1;
/// `network.proxy.type`: what the system says, as Firefox is installed.
const SYSTEM: u32 = 5;

/// Set when Firefox starts, and taken away before anything is asked: where there is no proxy in its environment when it starts, it does
/// not look there later. Nobody's environment changes but in a test.
const AT_START: &str = "all_proxy";

/// Sets the list or the variables, asks for all URLs at once, and when each has been answered or refused, takes the variables away
/// again: Firefox's own interface cannot, and one that is set to nothing is not one that is not set. Before it asks, it waits until
/// `GLib` has read the desktop's settings of this turn.
const ASK: &str = r#"const [type, name, list, variables, turn, urls, done] = arguments;
const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
const { ctypes } = ChromeUtils.importESModule("resource://gre/modules/ctypes.sys.mjs");
const [libc, gio, gobject] = ["libc.so.6", "libgio-2.0.so.0", "libgobject-2.0.so.0"].map(name => ctypes.open(name));
const [C, text, any] = [ctypes.default_abi, ctypes.char.ptr, ctypes.voidptr_t];
const unset = libc.declare("unsetenv", C, ctypes.int, text);
const desktop = gio.declare("g_settings_new", C, any, text)("org.gnome.system.proxy");
const get = gio.declare("g_settings_get_string", C, text, any, text);
const wait = resolve => get(desktop, "autoconfig-url").readString() == turn ? resolve() : setTimeout(wait, 2, resolve);
for (const [name, value] of variables) Services.env.set(name, value);
Services.prefs.setIntPref("network.proxy.type", type);
Services.prefs.setStringPref(name, list);
const ask = () => Promise.allSettled(urls.map(url => fetch(url, { cache: "no-store" })));
new Promise(wait).then(ask).then(() => {
    for (const [name] of variables) unset(name);
    gobject.declare("g_object_unref", C, ctypes.void_t, any)(desktop);
    for (const library of [libc, gio, gobject]) library.close();
    done("");
}).catch(error => done(String(error)));"#;

/// A running Firefox. Ends with this.
pub(crate) struct Firefox {
    child: Child,
    commands: BufReader<TcpStream>,
    last: u64,
    /// The settings of the desktop, as `GLib`'s keyfile backend keeps them.
    desktop: PathBuf,
}

impl Firefox {
    /// Starts one with a profile of its own.
    pub(crate) fn start(folder: &Folder) -> Self {
        let profile = folder.path().join("profile");
        fs::create_dir(&profile).expect("a folder in a new folder");
        let mut user = format!("user_pref(\"marionette.port\", {PORT});\n");
        for (name, value) in PROFILE {
            writeln!(user, "user_pref(\"{name}\", {value});").expect("writing to a string");
        }
        fs::write(profile.join("user.js"), user).expect("a file in a new folder");
        let place = write_desktop(folder, &desktop(AT_START, &[]));
        let mut command = clean(&tool().path(), folder);
        command
            .args(["--headless", "--no-remote", "--marionette", "--remote-allow-system-access", "--profile"])
            .arg(&profile)
            .env("MOZ_CRASHREPORTER_DISABLE", "1")
            .env("GSETTINGS_BACKEND", "keyfile")
            .env(AT_START, PROXY);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        let stream = connect(&mut child);
        stream.set_read_timeout(Some(PATIENCE)).expect("a time that is not zero");
        let mut firefox = Self { child, commands: BufReader::new(stream), last: 0, desktop: place };
        firefox.read();
        firefox.call("WebDriver:NewSession", &json!({}));
        firefox.call("Marionette:SetContext", &json!({ "value": "chrome" }));
        // Asks for nothing.
        firefox.run(&json!([OWN, LIST, "", [[AT_START, PROXY]], AT_START, []]));
        firefox
    }

    /// Asks for these URLs with their list or variables.
    pub(crate) fn ask(&mut self, batch: &[Question]) {
        let set = &batch[0].set;
        let urls: Vec<_> = batch.iter().map(Question::url).collect();
        let (settings, set): (Vec<_>, Vec<_>) =
            set.iter().cloned().partition(|(name, _)| name.starts_with(DESKTOP));
        let (kind, list, variables) = match set.first() {
            Some((name, list)) if name == LIST => (OWN, list.as_str(), json!([])),
            _ => (SYSTEM, "", json!(set)),
        };
        let turn = (self.last + 1).to_string();
        let desktop = desktop(&turn, &settings);
        fs::write(&self.desktop, desktop).expect("a file in a folder that is there");
        self.run(&json!([kind, LIST, list, variables, turn, urls]));
    }

    fn run(&mut self, arguments: &Value) {
        let script = json!({ "script": ASK, "args": arguments, "scriptTimeout": PATIENCE.as_millis() / 2 });
        let answer = self.call("WebDriver:ExecuteAsyncScript", &script);
        assert_eq!(answer["value"], "", "{arguments}");
    }

    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let message = json!([0, self.last, method, parameters]).to_string();
        write!(self.commands.get_mut(), "{}:{message}", message.len()).expect("firefox reads commands");
        let mut answer = self.read();
        assert!(answer[1] == self.last && answer[2].is_null(), "{message}: {answer}");
        answer[3].take()
    }

    fn read(&mut self) -> Value {
        let mut length = Vec::new();
        self.commands.read_until(b':', &mut length).expect("firefox answers in time");
        let digits = String::from_utf8_lossy(&length);
        let length = digits.trim_end_matches(':').parse().unwrap_or_else(|_| panic!("no length: {digits:?}"));
        let mut text = vec![0; length];
        self.commands.read_exact(&mut text).expect("firefox answers in full");
        serde_json::from_slice(&text).expect("firefox writes JSON")
    }
}

impl Drop for Firefox {
    fn drop(&mut self) {
        // Told to end, it ends its children, too.
        let message = json!([0, self.last + 1, "Marionette:Quit", { "flags": ["eForceQuit"] }]).to_string();
        let _ = write!(self.commands.get_mut(), "{}:{message}", message.len());
        if wait(&mut self.child, PATIENCE / 4).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The settings of the desktop, and a mark by which is seen that they are read: those of a row, with the proxy of all rows about lists
/// where a list is all that it has. A list in JSON is one as `GLib` writes it.
pub(crate) fn desktop(mark: &str, settings: &[(String, String)]) -> String {
    let mode = if settings.is_empty() { "none" } else { "manual" };
    let mut text = format!("[system/proxy]\nmode='{mode}'\nautoconfig-url='{mark}'\n");
    for (name, value) in settings {
        let (schema, key) = name.split_once(' ').expect("a schema and a key");
        let value = match key {
            "port" => value.clone(),
            "ignore-hosts" => json!(value.split(',').collect::<Vec<_>>()).to_string(),
            _ => format!("'{value}'"),
        };
        let group = schema.trim_start_matches("org.gnome.").replace('.', "/");
        writeln!(text, "[{group}]\n{key}={value}").expect("writing to a string");
    }
    if let [(name, _)] = settings
        && name == GNOME
    {
        let proxy = "host='p1.test'\nport=3128\n";
        write!(text, "[system/proxy/http]\n{proxy}[system/proxy/https]\n{proxy}")
            .expect("writing to a string");
    }
    text
}

/// Gives a home the settings of a desktop, for programs whose `GSETTINGS_BACKEND` is `keyfile`.
pub(crate) fn write_desktop(home: &Folder, settings: &str) -> PathBuf {
    let folder = home.path().join(".config/glib-2.0/settings");
    fs::create_dir_all(&folder).expect("a folder in a new folder");
    let place = folder.join("keyfile");
    fs::write(&place, settings).expect("a file in a new folder");
    place
}

fn connect(child: &mut Child) -> TcpStream {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        if let Ok(stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, PORT)) {
            return stream;
        }
        if let Ok(Some(status)) = child.try_wait() {
            panic!("firefox ended with {status} before it listened");
        }
        std::thread::sleep(LOOK);
    }
    let _ = child.kill();
    let _ = child.wait();
    panic!("firefox did not listen at port {PORT} within {PATIENCE:?}");
}
