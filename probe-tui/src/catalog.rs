//! The catalogue of a run: the built-in tables, files of the user's, or both; and what is chosen of it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use probe_core::catalog::PinClass;
use probe_core::catalog::{
    self, COMPILED, ENDPOINTS, Endpoint, Need, OLD_AFTER_DAYS, Service, TABLES_OF, TESTS, Test,
};
use probe_core::target::Target;

use crate::record;
use crate::settings::selection::{Selected, unknown};

/// A list of endpoints.
#[derive(Debug)]
pub struct Catalog {
    built_in: bool,
}

impl Catalog {
    /// The built-in one.
    pub fn built_in() -> Self {
        Self { built_in: true }
    }

    /// Every endpoint, in the order of the lists.
    pub fn endpoints(&self) -> Vec<Endpoint<'_>> {
        if self.built_in { ENDPOINTS.to_vec() } else { Vec::new() }
    }

    /// Every test, in the order of the lists.
    pub fn tests(&self) -> Vec<Test<'_>> {
        if self.built_in { TESTS.to_vec() } else { Vec::new() }
    }

    /// When it was compiled, where that is known.
    pub fn date(&self) -> Option<Date> {
        COMPILED.parse().ok().filter(|_| self.built_in)
    }

    /// Where it comes from, in words.
    pub fn source(&self) -> String {
        format!("built in, compiled {COMPILED} from Microsoft's tables of {TABLES_OF}")
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

/// Hosts about which the same is to be said, in the order in which it was first said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grouped(Vec<(String, Vec<String>)>);

impl Grouped {
    fn add(&mut self, what: &str, host: &str) {
        if let Some((_, hosts)) = self.0.iter_mut().find(|(known, _)| known == what) {
            if hosts.iter().all(|known| known != host) {
                hosts.push(host.to_owned());
            }
        } else {
            self.0.push((what.to_owned(), vec![host.to_owned()]));
        }
    }

    /// One line for each thing that is to be said: the hosts, and what it is.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(what, hosts)| format!("{}: {what}", hosts.join(", ")))
    }
}

/// Chooses what a place needs.
pub fn choose(catalog: &Catalog, selected: &Selected) -> Choice {
    let (endpoints, tests) = (catalog.endpoints(), catalog.tests());
    let selection = selected.view();
    let chosen: Vec<(&Endpoint<'_>, Need)> =
        endpoints.iter().filter_map(|one| Some((one, selection.need(one)?))).collect();
    let mut choice = Choice { endpoints: chosen.len(), ..Choice::default() };
    let mut tested = BTreeSet::new();
    let mut lacks_workspace = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for test in &tests {
        let Some(need) = selection.need_of(test, &endpoints) else { continue };
        let owner = chosen.iter().find(|(one, _)| one.host == test.endpoint && one.service == test.service);
        let Some((owner, _)) = owner else { continue };
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
                let covers = |one: &&Endpoint<'_>| one.port == target.port && one.depth(&host).is_some();
                tested.extend(
                    chosen.iter().map(|(one, _)| *one).filter(covers).map(|one| (one.host, one.port)),
                );
            }
            tested.insert((owner.host, owner.port));
            if seen.insert(line.clone()) {
                choice.lines.push((line, facts.clone()));
            }
        }
    }
    // A URL is tried once, and as what is most needed.
    choice.lines.sort_by_key(|(_, facts)| !facts.required);
    for (one, _) in &chosen {
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
    choice
}

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

/// What is known of the host of a URL.
pub fn known<'a>(endpoints: &'a [Endpoint<'a>], target: &Target<'_>) -> Option<&'a Endpoint<'a>> {
    catalog::known(endpoints, &target.host.to_string(), target.port)
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
