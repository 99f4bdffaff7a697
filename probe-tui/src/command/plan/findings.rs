//! What the plans of several clients say together.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;
use probe_core::diagnose::FindingId;
use probe_core::select::client::{Client, Plan};
use probe_core::select::compare::{asked_first, disagreements};
use probe_core::target::Target;

use super::{note, route, rule, source};
use crate::mistakes::harmless;
use crate::record::Finding;

/// Findings by what is found, with the targets.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: BTreeMap<&'static str, Found>,
}

#[derive(Debug)]
struct Found {
    id: FindingId,
    /// What each of the clients does about the first target.
    evidence: Vec<String>,
    urls: Vec<String>,
}

impl Findings {
    /// Compares the plans for one target.
    pub(super) fn add(&mut self, target: &Target<'_>, plans: &[(Client, Plan<'_, '_>)]) {
        let found = disagreements(plans);
        for id in [FindingId::SettingsDisagree, FindingId::DialectsDisagree] {
            let about = found.iter().filter(|found| found.finding == id);
            let clients: BTreeSet<usize> = about.flat_map(|found| [found.one, found.other]).collect();
            if clients.is_empty() {
                continue;
            }
            let entry = self.found.entry(id.id()).or_insert_with(|| {
                let plans = clients.iter().filter_map(|number| plans.get(*number));
                let evidence = plans.map(|(client, plan)| format!("{client}: {}", first(plan))).collect();
                Found { id, evidence, urls: Vec::new() }
            });
            entry.urls.push(target.url.to_owned());
        }
    }

    /// As records.
    pub(super) fn records(self, now: Timestamp) -> impl Iterator<Item = Finding> {
        let found = self.found.into_values();
        found.map(move |found| Finding::of_settings(found.id, now, found.evidence, found.urls))
    }

    /// For people.
    pub(super) fn show(&self) -> String {
        let mut text = String::new();
        for found in self.found.values() {
            let _ = writeln!(text, "\n! {} ({})", found.id.title(), found.id.id());
            for line in &found.evidence {
                let _ = writeln!(text, "    {line}");
            }
            let first = found.urls.first().map(|url| harmless(url)).unwrap_or_default();
            let more = if found.urls.len() > 1 {
                format!(" and {} more", found.urls.len() - 1)
            } else {
                String::new()
            };
            let _ = writeln!(text, "    for {first}{more}\n    {}", found.id.meaning());
        }
        text
    }
}

/// The first step of a plan in one line.
fn first(plan: &Plan<'_, '_>) -> String {
    if let Some(asked) = asked_first(plan) {
        return note(asked);
    }
    let Some(step) = plan.steps.first() else { return String::new() };
    let route = route(step);
    match source(step) {
        Some(source) => format!("{route}, {source}: {}", rule(step)),
        None => format!("{route}: {}", rule(step)),
    }
}
