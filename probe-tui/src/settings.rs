//! What was typed, read: every value checked, every file of settings opened, and all mistakes of all of them collected.

mod credentials;
mod judged;
mod number;
mod pin;
pub mod selection;

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use probe_core::select::client::Client;
use probe_core::select::environment::Variable;
use probe_core::select::proxy::ProxyPorts;
use probe_core::select::{self, Environment, Proxy};
use probe_core::target::Expect;

use crate::catalog::{self, Catalog};
use crate::input;
use crate::mistakes::{Mistakes, Origin, Secrets, harmless, nearest};
use crate::net::{Overrides, Trust, TrustSources};
use crate::options::{self, Check};
use crate::outcome::FailOn;
use crate::output::Format;
use crate::record;
use crate::secrets::{Redactor, Secret};
use crate::targets::Targets;
use crate::way::{Own, Paths};

/// Everything about a run, checked.
#[derive(Debug)]
pub struct Settings {
    /// What to probe.
    pub targets: Targets,
    /// What is said about the list that targets were chosen from.
    pub list: Option<record::List>,
    /// The paths to try; the first is judged.
    pub paths: Paths,
    /// What plans are made from.
    pub ways: Ways,
    /// How fast.
    pub pace: Pace,
    /// Answers in place of the resolver's.
    pub overrides: Overrides,
    /// The roots of chains.
    pub trust: Arc<Trust>,
    /// How to write the result.
    pub format: Format,
    /// Where to write it; standard output without it.
    pub output: Option<PathBuf>,
    /// What makes the exit code tell of a failure.
    pub fail_on: FailOn,
    /// The place where the run is made.
    pub vantage: Option<String>,
    /// What must not be shown.
    pub redactor: Redactor,
}

/// How fast, and how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Resolving and connecting.
    pub connect_timeout: Duration,
    /// A whole attempt.
    pub timeout: Duration,
    /// Attempts at the same time.
    pub parallel: usize,
    /// Attempts a second at one proxy; 0 for no limit.
    pub rate: f64,
    /// Longest random wait before an attempt.
    pub jitter: Duration,
}

impl Pace {
    /// The time between two attempts at one proxy.
    pub fn distance(&self) -> Duration {
        if self.rate > 0.0 { Duration::from_secs_f64(1.0 / self.rate) } else { Duration::ZERO }
    }
}

/// What plans are made from, kept as text.
#[derive(Clone, Default)]
pub struct Ways {
    /// The variables of the environment that say something about proxies.
    pub environment: Vec<(Variable, String)>,
    /// `--proxy`.
    pub proxy: Option<String>,
    /// User and password that replace those in the proxy's URL.
    pub credentials: Option<(String, Secret)>,
    /// `--noproxy`.
    pub noproxy: Option<String>,
    /// The judged client by its own settings; none for curl's reading of this session's environment.
    pub own: Option<Own>,
    /// What must not be shown of these settings.
    pub values: Vec<String>,
}

impl Ways {
    /// The same, as the core reads it.
    pub fn view(&self) -> select::Settings<'_> {
        let mut environment = Environment::default();
        for (variable, value) in &self.environment {
            environment = environment.with(*variable, value);
        }
        // Both were read without mistakes before: see `proxy` below.
        let mut cli = self.proxy.as_deref().and_then(|text| Proxy::parse(text, ProxyPorts::Curl).ok());
        if let (Some(proxy), Some((user, password))) = (&mut cli, &self.credentials) {
            proxy.credentials = probe_core::secret::Credentials::plain(user, password.reveal()).ok();
        }
        select::Settings { environment, cli, noproxy: self.noproxy.as_deref() }
    }

    /// Whose settings say what the paths mean.
    pub fn client(&self) -> Client {
        self.own.as_ref().map_or(Client::Curl, Own::client)
    }

    /// Whatever must not be shown of it.
    pub fn redactor(&self) -> Redactor {
        let mut redactor = Redactor::default();
        let lists = [Variable::NoProxy, Variable::NoProxyUpper, Variable::RequestMethod];
        for (_, value) in self.environment.iter().filter(|(variable, _)| !lists.contains(variable)) {
            redactor.add_url(value);
        }
        for value in self.proxy.iter().chain(&self.values) {
            redactor.add_url(value);
        }
        if let Some((user, password)) = &self.credentials {
            redactor.add(user, password.reveal());
        }
        redactor
    }
}

impl std::fmt::Debug for Ways {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.view().fmt(f)
    }
}

impl Settings {
    /// Reads everything, or gives all mistakes. Sends nothing and writes nothing.
    pub fn read(options: &Check, environment: Vec<(Variable, String)>) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let found = &mut mistakes;
        let expect = options.expect.as_deref().map(|text| expect(text, found)).unwrap_or_default();
        let catalog = Catalog::load(&options.select.catalog, &options.select.catalog_add, found);
        let endpoints = catalog.endpoints();
        let mut targets = Targets::read(&options.target, &options.targets, expect, &endpoints, found);
        let list = choose(options, &catalog, &mut targets, found);
        let paths = judged::paths(options, found);
        let ways = ways(options, &paths, environment, found);
        let overrides = pin::read(&options.resolve, found);
        let pace = Pace {
            connect_timeout: number::seconds("--connect-timeout", &options.connect_timeout, 0.001, found),
            timeout: number::seconds("--timeout", &options.timeout, 0.001, found),
            parallel: number::parallel(&options.parallel, found),
            rate: number::rate(&options.rate, found),
            jitter: number::seconds("--jitter", &options.jitter, 0.0, found),
        };
        let trust = trust(options, found);
        let format = word("--format", &options.format, options::FORMAT, found).and_then(Format::from_word);
        let fail_on =
            word("--fail-on", &options.fail_on, options::FAIL_ON, found).and_then(FailOn::from_word);
        if let Some(file) = &options.output {
            output(file, options, found);
        }
        match (trust, format, fail_on) {
            (Some(trust), Some(format), Some(fail_on)) if mistakes.is_empty() => Ok(Self {
                targets,
                list,
                paths,
                redactor: ways.redactor(),
                ways,
                pace,
                overrides,
                trust: Arc::new(trust),
                format,
                output: options.output.clone().filter(|file| file.as_os_str() != "-"),
                fail_on,
                vantage: options.vantage.as_deref().map(harmless),
            }),
            _ => Err(mistakes),
        }
    }
}

/// Adds what the catalogue says that this place needs: where no targets were given, or where a region or onboarding data was.
fn choose(
    options: &Check,
    catalog: &Catalog,
    targets: &mut Targets,
    mistakes: &mut Mistakes,
) -> Option<record::List> {
    let has_targets = !options.target.is_empty() || !options.targets.is_empty();
    let mut selected = selection::read(&options.select, mistakes);
    let look = !has_targets && !selected.names_region;
    let before = mistakes.count();
    let onboarded = selection::onboarded(&options.select, look, mistakes);
    if let Some(onboarded) = &onboarded {
        selected.learn(onboarded, mistakes);
    }
    if !selected.names_region {
        if !has_targets && mistakes.count() == before {
            let what = "there is no target, and nothing says which region this machine belongs to";
            mistakes.add_plain("check", &what, Some(&regions_hint()));
        }
        return None;
    }
    let mut choice = catalog::choose(catalog, &selected);
    if let Some(onboarded) = &onboarded {
        choice.add_onboarding(onboarded);
    }
    if choice.lines.is_empty() {
        let what = format!("nothing in the list fits {}", selected.words());
        mistakes.add_plain("check", &what, Some("`egress-probe endpoints list` shows all of it"));
    }
    let list = catalog::record(catalog, &selected, &choice, Timestamp::now());
    targets.add(choice.lines);
    Some(list)
}

/// What to do where no region is known.
fn regions_hint() -> String {
    let regions: Vec<String> =
        options::REGIONS.iter().map(|(id, phrase)| format!("{id} ({phrase})")).collect();
    format!("give a TARGET, or --onboarding FILE, or --region, one of: {}", regions.join(", "))
}

fn flag(name: &str) -> Origin<'_> {
    Origin { name, line: None, secrets: Secrets::InWords }
}

/// One of the words that a flag knows.
pub fn word<'a>(
    name: &str,
    text: &'a str,
    words: &[(&'static str, &'static str)],
    mistakes: &mut Mistakes,
) -> Option<&'a str> {
    if words.iter().any(|(word, _)| *word == text) {
        return Some(text);
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let hint = format!("use one of: {}", known.join(", "));
    let near = nearest(text, known.iter().copied());
    mistakes.add_words(flag(name), text, 0..text.len(), &"this word is not known here", Some(&hint), near);
    None
}

fn expect(text: &str, mistakes: &mut Mistakes) -> Expect<'static> {
    let mut expect = Expect::default();
    if let Err(mistake) = expect.take_statuses(text, 0) {
        mistakes.add(flag("--expect"), text, &mistake);
    }
    expect
}

fn ways(
    options: &Check,
    paths: &Paths,
    environment: Vec<(Variable, String)>,
    mistakes: &mut Mistakes,
) -> Ways {
    if let Some(text) = &options.proxy
        && let Err(mistake) = Proxy::parse(text, ProxyPorts::Curl)
    {
        mistakes.add(Origin { name: "--proxy", line: None, secrets: Secrets::BeforeAt }, text, &mistake);
    }
    let credentials = credentials::read(options, mistakes);
    let own = judged::client(options, paths, &environment, mistakes);
    let (own, values) = own.map_or((None, Vec::new()), |(own, values)| (Some(own), values));
    let (proxy, noproxy) = (options.proxy.clone(), options.noproxy.clone());
    Ways { environment, proxy, credentials, noproxy, own, values }
}

fn trust(options: &Check, mistakes: &mut Mistakes) -> Option<Trust> {
    let files = [("--service-roots", &options.service_roots), ("--local-roots", &options.local_roots)];
    let mut good = true;
    // One at a time, so that mistakes in both are found.
    for (name, file) in files {
        let mut sources = TrustSources { local_roots: None, service_roots: None };
        sources.service_roots.clone_from(file);
        if let Err(mistake) = Trust::load(&sources) {
            mistakes.add_plain(name, &mistake, None);
            good = false;
        }
    }
    let sources = TrustSources {
        service_roots: options.service_roots.clone(),
        local_roots: options.local_roots.clone(),
    };
    if good { Trust::load(&sources).ok() } else { None }
}

/// Whether the file for the result can be meant. It is opened later, when everything else is known to be right.
fn output(file: &FilePath, options: &Check, mistakes: &mut Mistakes) {
    let shown = format!("--output {}", file.display());
    if file.is_dir() {
        mistakes.add_plain(&shown, &"this is a folder", Some("name a file in it"));
        return;
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(FilePath::new("."));
    if !folder.is_dir() {
        mistakes.add_plain(&shown, &"the folder does not exist", Some("make it first, or write elsewhere"));
    }
    let is_same = |other: &FilePath| {
        other.canonicalize().ok().zip(file.canonicalize().ok()).is_some_and(|(one, two)| one == two)
    };
    let select = &options.select;
    let lists = select.catalog.iter().chain(&select.catalog_add).chain(&select.onboarding);
    let read = options.targets.iter().chain(&options.service_roots).chain(&options.local_roots).chain(lists);
    let read = read.chain(&options.from);
    for other in read.chain(&options.proxy_password_file) {
        if is_same(other) {
            let what = format!("this file is read as well: {}", input::name_of(other));
            mistakes.add_plain(&shown, &what, Some("write the result to another file"));
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use probe_core::select::Path;

    use super::*;
    use crate::options::{Arguments, Command};

    fn read(words: &[&str]) -> Result<Settings, String> {
        let words = ["egress-probe", "check"].iter().chain(words);
        let Some(Command::Check(options)) = Arguments::try_parse_from(words).unwrap().command else {
            panic!()
        };
        Settings::read(&options, Vec::new()).map_err(|mistakes| mistakes.to_string())
    }

    const URL: &str = "https://a.example/";

    #[test]
    fn defaults() {
        let settings = read(&[URL]).unwrap();
        assert_eq!(settings.paths, Paths::First);
        let pace = settings.pace;
        assert_eq!((pace.connect_timeout.as_secs(), pace.timeout.as_secs(), pace.parallel), (5, 20, 16));
        assert_eq!((pace.distance().as_millis(), pace.jitter.as_secs()), (50, 0));
        let paths = |words: &[&str]| read(words).unwrap().paths;
        assert_eq!(paths(&[URL, "-x", "p:1"]), Paths::Given(vec![Path::Cli]));
        let given = paths(&[URL, "--path", "direct,default,direct"]);
        assert_eq!(given, Paths::Given(vec![Path::Direct, Path::Default]));
        assert_eq!(paths(&[URL, "--path", "all"]), Paths::All);
    }

    #[test]
    fn fractions_of_seconds() {
        let pace = read(&[URL, "--timeout", "1.5", "--connect-timeout", ".25", "--rate", "0"]).unwrap().pace;
        assert_eq!((pace.timeout.as_millis(), pace.connect_timeout.as_millis()), (1500, 250));
        assert_eq!(pace.distance(), Duration::ZERO);
    }

    #[test]
    fn all_mistakes_of_all_values_at_once() {
        let shown = read(&[
            "a.example",
            "--expect",
            "20x",
            "--path",
            "dirct,cli",
            "--resolve",
            "a.example:443",
            "--resolve",
            "a:0:1.2.3.4",
            "--resolve",
            "a:1:1.2.3.4,::g",
            "--connect-timeout",
            "-1",
            "--timeout",
            "1e9",
            "--parallel",
            "0",
            "--rate",
            "x",
            "--jitter",
            "inf",
            "--format",
            "json",
            "--fail-on",
            "warnings",
            "--proxy-user",
            "al:hunter2",
            "--service-roots",
            "no-such-file.pem",
            "--output",
            "no-such-folder/x",
        ]);
        let shown = shown.unwrap_err();
        assert!(!shown.contains("hunter2"));
        insta::assert_snapshot!(shown);
    }

    fn sent(settings: &Settings) -> String {
        let view = settings.ways.view();
        let redacted = settings.redactor.clean("Basic YWw6aHVudGVyMg==").into_owned();
        assert!(!format!("{settings:?}").contains("hunter2"));
        format!("{} {redacted}", view.cli.unwrap().credentials.is_some())
    }

    #[test]
    fn passwords_from_all_their_places() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("password");
        std::fs::write(&file, "hunter2\n").unwrap();
        let file = file.to_str().unwrap();
        for words in [
            &["-x", "http://al:hunter2@p:1"][..],
            &["-x", "p:1", "--proxy-user", "al:hunter2"],
            &["-x", "other:secret@p:1", "-U", "al:hunter2"],
            &["-x", "p:1", "--proxy-user", "al", "--proxy-password-file", file],
            &["-x", "al@p:1", "--proxy-password-file", file],
        ] {
            let words: Vec<_> = [URL].iter().chain(words).copied().collect();
            assert_eq!(sent(&read(&words).unwrap()), "true Basic ***", "{words:?}");
        }
        let wrong = |words: &[&str]| {
            let words: Vec<_> = [URL].iter().chain(words).copied().collect();
            let shown = read(&words).unwrap_err();
            assert!(!shown.contains("hunter2"), "{shown}");
            shown.lines().next().unwrap_or_default().to_owned()
        };
        assert!(wrong(&["-x", "p:1", "--proxy-password-file", file]).contains("belongs to no user"));
        assert!(
            wrong(&["-x", "p:1", "-U", "al:hunter2", "--proxy-password-file", file])
                .contains("a second password")
        );
        assert!(wrong(&["--proxy-user", "al:hunter2"]).contains("--proxy, which is missing"));
        assert!(wrong(&["-x", "p:1", "--proxy-user", "al:hunter2\n"]).contains("a control character"));
        assert!(
            wrong(&["-x", "p:1", "-U", "al", "--proxy-password-file", "missing"]).contains("cannot be read")
        );
        assert!(
            wrong(&["-x", "p:1", "-U", "al", "--proxy-password-fd", "hunter"]).contains("no file descriptor")
        );
        assert!(wrong(&["-x", "http://al:hunter2@p:x"]).contains("the port is not a number"));
    }

    #[test]
    fn the_result_never_replaces_what_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("list");
        std::fs::write(&file, URL).unwrap();
        let file = file.to_str().unwrap();
        assert!(read(&["--targets", file, "-o", file]).unwrap_err().contains("this file is read as well"));
        let folder = directory.path().to_str().unwrap();
        assert!(read(&[URL, "-o", folder]).unwrap_err().contains("this is a folder"));
        assert_eq!(std::fs::read_to_string(file).unwrap(), URL);
    }
}
