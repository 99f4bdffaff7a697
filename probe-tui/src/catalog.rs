//! The catalogue of a run: the built-in tables, files of the user's, or both; and what is chosen of it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use probe_core::catalog::{
    self, COMPILED, ENDPOINTS, Endpoint, Need, OLD_AFTER_DAYS, PinClass, Selection, Service, TABLES_OF,
    TESTS, Test,
};
use probe_core::target::{Method, Target};
use probe_lists::onboarding::Purpose;
use probe_lists::{List, Row, Unread};

use crate::input;
use crate::mistakes::{Mistakes, harmless};
use crate::record;
use crate::settings::selection::{Onboarded, Selected, unknown};

/// A list of endpoints: the built-in one, files, or both.
#[derive(Debug, Default)]
pub struct Catalog {
    built_in: bool,
    files: Vec<File>,
}

/// A list from a file.
#[derive(Debug)]
struct File {
    name: String,
    list: List,
    /// For each row a URL that tests it, where it names a host and no pattern.
    urls: Vec<String>,
    /// The date of its newest row, else when it was last changed.
    date: Option<Date>,
}

impl Catalog {
    /// The built-in one.
    pub fn built_in() -> Self {
        Self { built_in: true, files: Vec::new() }
    }

    /// The files that were named: in place of the built-in one, and besides it. What is wrong with them goes to `mistakes`.
    pub fn load(instead: &[PathBuf], besides: &[PathBuf], mistakes: &mut Mistakes) -> Self {
        let files = instead.iter().chain(besides).filter_map(|path| File::load(path, mistakes)).collect();
        Self { built_in: instead.is_empty(), files }
    }

    /// Every endpoint, in the order of the lists.
    pub fn endpoints(&self) -> Vec<Endpoint<'_>> {
        let built_in: &[Endpoint<'_>] = if self.built_in { ENDPOINTS } else { &[] };
        built_in.iter().copied().chain(self.files.iter().flat_map(|file| file.list.endpoints())).collect()
    }

    /// Every test, in the order of the lists. A row of a file is tested as the built-in list tests that host; a host that it
    /// does not know by its path.
    pub fn tests(&self) -> Vec<Test<'_>> {
        let built_in: &[Test<'_>] = if self.built_in { TESTS } else { &[] };
        let known = if self.files.is_empty() { Vec::new() } else { KnownTest::all() };
        let of_files = self.files.iter().flat_map(|file| file.tests(&known));
        built_in.iter().copied().chain(of_files).collect()
    }

    /// When the oldest of its lists was compiled, where that is known.
    pub fn date(&self) -> Option<Date> {
        let built_in = self.built_in.then(|| COMPILED.parse().ok());
        let dates = built_in.into_iter().chain(self.files.iter().map(|file| file.date));
        // One without a date leaves the age of the whole unknown.
        dates.reduce(|one, other| one.zip(other).map(|(one, other)| one.min(other))).flatten()
    }

    /// Where it comes from, in words.
    pub fn source(&self) -> String {
        let built_in = format!("built in, compiled {COMPILED} from Microsoft's tables of {TABLES_OF}");
        let files = self.files.iter().map(|file| {
            let date = file.date.map_or_else(|| "without a date".to_owned(), |date| format!("of {date}"));
            format!("{} ({}, {date})", harmless(&file.name), file.list.format.phrase())
        });
        let built_in = self.built_in.then_some(built_in);
        built_in.into_iter().chain(files).collect::<Vec<_>>().join("; ")
    }

    /// What was not understood of the files.
    pub fn unread(&self) -> impl Iterator<Item = (&str, &Unread)> {
        self.files.iter().flat_map(|file| file.list.unread.iter().map(|one| (file.name.as_str(), one)))
    }
}

impl File {
    fn load(path: &Path, mistakes: &mut Mistakes) -> Option<Self> {
        let name = input::name_of(path);
        let bytes = input::read_bytes(path, probe_lists::limits::FILE as u64, mistakes)?;
        let list = match probe_lists::read(&bytes) {
            Ok(list) => list,
            Err(error) => {
                mistakes.add_plain(&name, &error, Some(error.hint()));
                return None;
            }
        };
        let url = |row: &Row| {
            let default =
                if row.port == row.scheme.default_port() { String::new() } else { format!(":{}", row.port) };
            let path = row.path.trim_end_matches('*');
            let path = if path.starts_with('/') { path } else { "/" };
            format!("{}://{}{default}{path}", row.scheme, row.host)
        };
        let urls = list.rows.iter().map(url).collect();
        let changed = || {
            let time = std::fs::metadata(path).ok()?.modified().ok()?;
            Some(TimeZone::UTC.to_datetime(Timestamp::try_from(time).ok()?).date())
        };
        let date = list.rows.iter().filter_map(|row| row.date.parse().ok()).max().or_else(changed);
        Some(Self { name, list, urls, date })
    }

    fn tests<'a>(&'a self, known: &[KnownTest]) -> Vec<Test<'a>> {
        let mut tests = Vec::new();
        for (row, url) in self.list.rows.iter().zip(&self.urls) {
            let endpoint = row.endpoint();
            let fits = |one: &&KnownTest| {
                one.port == row.port
                    && endpoint.depth(&one.host).is_some()
                    && row.regions.meets(one.test.regions)
            };
            let before = tests.len();
            tests.extend(known.iter().filter(fits).map(|one| Test {
                endpoint: &row.host,
                service: row.service,
                regions: row.regions,
                systems: one.test.systems.within(row.systems),
                pin: row.pin,
                ..*one.test
            }));
            if tests.len() == before && !endpoint.is_wildcard() {
                tests.push(Test {
                    method: Method::Get,
                    url,
                    statuses: &[],
                    body: "",
                    endpoint: &row.host,
                    service: row.service,
                    regions: row.regions,
                    systems: row.systems,
                    pin: row.pin,
                    basis: row.basis,
                    note: "",
                    source: &row.source,
                    date: &row.date,
                });
            }
        }
        tests
    }
}

/// A built-in test, with where it goes.
struct KnownTest {
    host: String,
    port: u16,
    test: &'static Test<'static>,
}

impl KnownTest {
    fn all() -> Vec<Self> {
        let of = |test: &'static Test<'static>| {
            let line = test.line("w").to_string();
            let target = Target::parse_line(&line, &mut |_| ())?;
            Some(Self { host: target.host.to_string(), port: target.port, test })
        };
        TESTS.iter().filter_map(of).collect()
    }
}

/// What a run has to know of a target besides its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The host pattern of the catalogue that the target was chosen by; none for a URL of the user's.
    pub endpoint: Option<String>,
    /// What it is for.
    pub service: Option<Service>,
    /// Whether the exit code depends on it.
    pub required: bool,
    /// Whether a re-signed chain is a failure.
    pub exempt: bool,
    /// In which roots its chain ends.
    pub pin: PinClass,
    /// Whether it must be reached without a proxy.
    pub direct: bool,
}

impl Facts {
    /// Of a URL that nobody knows.
    pub const OF_USERS: Self = Self {
        endpoint: None,
        service: None,
        required: true,
        exempt: false,
        pin: PinClass::Public,
        direct: false,
    };

    /// Of a URL of the user's, with what is known of its host: whose inspection is a failure, and where its chain ends, does
    /// not depend on who names it.
    pub fn of_host(known: &Endpoint<'_>) -> Self {
        Self {
            service: Some(known.service),
            exempt: known.is_exempt(),
            pin: known.pin,
            direct: known.direct,
            ..Self::OF_USERS
        }
    }
}

/// What is chosen of a catalogue.
#[derive(Debug, Default)]
pub struct Choice {
    /// Lines of a list of targets, each with its facts.
    pub lines: Vec<(String, Facts)>,
    /// How many endpoints were chosen.
    pub endpoints: usize,
    /// Chosen endpoints that no chosen target tests, by the reason.
    pub untested: Grouped,
    /// Chosen endpoints about which the official lists contradict each other, by how.
    pub conflicts: Grouped,
    /// What else is to be known.
    pub notes: Vec<String>,
}

impl Choice {
    /// Puts the exact hosts of a machine's onboarding data first: these it needs before all others.
    pub fn add_onboarding(&mut self, onboarded: &Onboarded) {
        let facts = |line: &str, purpose: Purpose| {
            let target = Target::parse_line(line, &mut |_| ())?;
            let host = target.host.to_string();
            let built_in = catalog::known(ENDPOINTS, &host, target.port);
            let service = match purpose {
                Purpose::CommandAndControl => Service::Cnc,
                Purpose::CyberData => Service::Cyberdata,
            };
            Some(Facts {
                endpoint: Some(built_in.map_or(host.clone(), |one| one.host.to_owned())),
                service: Some(built_in.map_or(service, |one| one.service)),
                required: true,
                // Sensors pin these chains, also where the list does not know the host.
                exempt: true,
                pin: PinClass::Microsoft,
                direct: false,
            })
        };
        let targets = onboarded.data.targets.iter();
        let mut lines: Vec<_> =
            targets.filter_map(|(line, purpose)| Some((line.clone(), facts(line, *purpose)?))).collect();
        lines.append(&mut self.lines);
        self.lines = lines;
        let notes = onboarded.data.notes.iter().map(|note| harmless(note));
        self.notes = [onboarded.words()].into_iter().chain(notes).chain(self.notes.drain(..)).collect();
    }
}

/// Hosts about which the same is to be said, in the order in which it was first said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grouped {
    groups: Vec<(String, Vec<String>)>,
    seen: BTreeSet<(usize, String)>,
}

/// Hosts that are named for one reason; more would hide what is said about them.
const NAMED: usize = 40;

impl Grouped {
    fn add(&mut self, what: &str, host: &str) {
        let at = self.groups.iter().position(|(known, _)| known == what).unwrap_or_else(|| {
            self.groups.push((what.to_owned(), Vec::new()));
            self.groups.len() - 1
        });
        if self.seen.insert((at, host.to_owned()))
            && let Some((_, hosts)) = self.groups.get_mut(at)
        {
            hosts.push(host.to_owned());
        }
    }

    /// One line for each thing that is to be said: the hosts, and what it is.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.groups.iter().map(|(what, hosts)| {
            let named = hosts.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = hosts.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{named}{more}: {what}")
        })
    }
}

/// Chosen endpoints by what they are looked up by, so that a list of 100,000 rows is chosen from in one pass.
struct Chosen<'a> {
    all: Vec<&'a Endpoint<'a>>,
    by_owner: HashMap<(&'a str, Service), Vec<&'a Endpoint<'a>>>,
    by_host: HashMap<&'a str, Vec<&'a Endpoint<'a>>>,
}

impl<'a> Chosen<'a> {
    fn of(endpoints: &'a [Endpoint<'a>], selection: &Selection<'_>) -> Self {
        let all: Vec<_> = endpoints.iter().filter(|one| selection.need(one).is_some()).collect();
        let mut chosen = Self { all, by_owner: HashMap::new(), by_host: HashMap::new() };
        for one in &chosen.all {
            chosen.by_owner.entry((one.host, one.service)).or_default().push(one);
            chosen.by_host.entry(one.host).or_default().push(one);
        }
        chosen
    }

    /// Those that cover a host: by its name, or by a wildcard above it or at it.
    fn covering(&self, host: &str, port: u16) -> impl Iterator<Item = &'a Endpoint<'a>> {
        let parents = host.char_indices().filter(|(_, c)| *c == '.').map(|(at, _)| &host[at + 1..]);
        let wildcards = [host].into_iter().chain(parents).map(|name| format!("*.{name}"));
        let names = [host.to_owned()].into_iter().chain(wildcards).collect::<Vec<_>>();
        let found = names.into_iter().filter_map(|name| self.by_host.get(name.as_str())).flatten();
        found.copied().filter(move |one| one.port == port).collect::<Vec<_>>().into_iter()
    }
}

/// Chooses what a place needs.
pub fn choose(catalog: &Catalog, selected: &Selected) -> Choice {
    let (endpoints, tests) = (catalog.endpoints(), catalog.tests());
    let selection = selected.view();
    let chosen = Chosen::of(&endpoints, &selection);
    let mut choice = Choice { endpoints: chosen.all.len(), ..Choice::default() };
    let mut tested = HashSet::new();
    let mut lacks_workspace = HashSet::new();
    let mut seen = HashSet::new();
    for test in &tests {
        let Some(owners) = chosen.by_owner.get(&(test.endpoint, test.service)) else { continue };
        let Some(need) = selection.need_of(test, owners.iter().copied()) else { continue };
        let Some(owner) = owners.first() else { continue };
        let facts = Facts {
            endpoint: Some(owner.host.to_owned()),
            service: Some(owner.service),
            required: need == Need::Required,
            exempt: owner.is_exempt(),
            pin: test.pin,
            direct: owner.direct,
        };
        let workspaces: Vec<&str> = match (test.needs_workspace(), &selected.workspaces[..]) {
            (false, _) => vec![""],
            (true, []) => {
                lacks_workspace.insert(owner.host);
                continue;
            }
            (true, ids) => ids.iter().map(String::as_str).collect(),
        };
        for workspace in workspaces {
            let line = test.line(workspace).to_string();
            if let Some(target) = Target::parse_line(&line, &mut |_| ()) {
                let host = target.host.to_string();
                tested.extend(chosen.covering(&host, target.port).map(|one| (one.host, one.port)));
            }
            tested.insert((owner.host, owner.port));
            if seen.insert(line.clone()) {
                choice.lines.push((line, facts.clone()));
            }
        }
    }
    // A URL is tried once, and as what is most needed.
    choice.lines.sort_by_key(|(_, facts)| !facts.required);
    for one in &chosen.all {
        if !one.conflict.is_empty() {
            choice.conflicts.add(one.conflict, one.host);
        }
        if !tested.contains(&(one.host, one.port)) {
            let why = if lacks_workspace.contains(one.host) {
                "begins with a workspace id (--workspace)"
            } else if one.is_wildcard() {
                "no host below it is documented"
            } else {
                "no request to it is documented"
            };
            choice.untested.add(why, one.host);
        }
    }
    choice.notes = notes(selected, &endpoints);
    let unread = catalog.unread().count();
    if unread > 0 {
        let shown = catalog.unread().take(UNREAD).map(|(name, one)| format!("{}: {one}", harmless(name)));
        choice.notes.extend(shown);
        if unread > UNREAD {
            let more = unread - UNREAD;
            choice.notes.push(format!(
                "{more} more rows were not understood; `egress-probe endpoints import FILE` shows them"
            ));
        }
    }
    choice
}

/// Rows that were not understood and are shown in a run.
const UNREAD: usize = 10;

/// What is to be known of a choice.
fn notes(selected: &Selected, endpoints: &[Endpoint<'_>]) -> Vec<String> {
    let selection = selected.view();
    let mut notes: Vec<String> =
        unknown(selected).map(|(region, what)| format!("{region}: {what}")).collect();
    let older = endpoints.iter().filter(|one| selection.might_need(one)).count();
    if older > 0 {
        notes.push(format!(
            "{older} endpoints are needed by older releases of Windows alone; --os-version says which this is"
        ));
    }
    if selection.needs_both() {
        notes.push(
            "this release of Windows goes on using the long list after streamlined onboarding, so that both are tested"
                .into(),
        );
    }
    notes
}

/// How old a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// So many days.
    Days(i32),
    /// It is dated after today: this machine's clock is wrong, or the list's date.
    Future,
    /// It has no date.
    Unknown,
}

/// How old a list of this date is.
pub fn age(date: Option<Date>, now: Timestamp) -> Age {
    let Some(date) = date else { return Age::Unknown };
    let today = TimeZone::UTC.to_datetime(now).date();
    let days = (today - date).get_days();
    if days < 0 { Age::Future } else { Age::Days(days) }
}

impl Age {
    /// In words: `2 days old`.
    pub fn words(self) -> String {
        match self {
            Self::Days(1) => "1 day old".into(),
            Self::Days(days) => format!("{days} days old"),
            Self::Future => "dated after today".into(),
            Self::Unknown => "without a date".into(),
        }
    }

    /// The warning that it deserves.
    pub fn warning(self) -> Option<&'static str> {
        match self {
            Self::Days(days) if days >= i32::from(OLD_AFTER_DAYS) => Some(
                "Microsoft changes its lists; get a newer version of this program, or a newer list for --catalog",
            ),
            Self::Future => Some("this machine's clock, or the list's date, is wrong"),
            _ => None,
        }
    }
}

/// What the record of a run says about its list.
pub fn record(catalog: &Catalog, selected: &Selected, choice: &Choice, now: Timestamp) -> record::List {
    let age = age(catalog.date(), now);
    record::List {
        source: catalog.source(),
        date: catalog.date().map(|date| date.to_string()),
        age_days: if let Age::Days(days) = age { Some(days) } else { None },
        age: age.words(),
        warning: age.warning(),
        selection: selected.words(),
        endpoints: choice.endpoints,
        targets: choice.lines.len(),
        untested: choice.untested.lines().collect(),
        conflicts: choice.conflicts.lines().collect(),
        notes: choice.notes.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        let at = |date: &str| age("2026-11-23".parse().ok(), format!("{date}T10:00:00Z").parse().unwrap());
        assert_eq!(at("2026-11-23"), Age::Days(0));
        assert_eq!((at("2027-02-20"), at("2027-02-20").warning()), (Age::Days(89), None));
        assert!(at("2027-02-21").warning().is_some());
        assert_eq!(at("2020-01-01"), Age::Future);
        assert_eq!(age(None, Timestamp::UNIX_EPOCH), Age::Unknown);
    }
}
