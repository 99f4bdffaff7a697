//! What the plans of several clients, and the steps of one, say together.

use std::collections::{BTreeMap, BTreeSet};
use std::ptr;

use jiff::Timestamp;
use probe_core::diagnose::FindingId;
use probe_core::mistake::MistakeKind;
use probe_core::select::client::{self, Client, Plan, Step};
use probe_core::select::compare::{asked_first, disagreements};

use super::Case;
use super::step::{self, Samples, Unusable, asks_first, by_case};
use crate::record::Finding;

/// Findings by what is found. A target costs four bytes in each.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: BTreeMap<Key, Found>,
}

/// What makes two findings one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// The place of a client among all, and the setting that it cannot use; nothing comes after it.
    Stuck(usize, usize),
    /// The same, and something comes after it.
    Fallback(usize, usize),
    /// What several clients do not have in common.
    Disagreement(FindingId),
}

/// One finding.
#[derive(Debug)]
pub(super) struct Found {
    id: Option<FindingId>,
    cause: Option<Cause>,
    /// What each of the clients does about the first target.
    evidence: Vec<String>,
    targets: Vec<u32>,
}

/// The setting that a client would go by first, and cannot use.
#[derive(Debug)]
struct Cause {
    client: Client,
    /// In which case, where there are several.
    case: String,
    /// Its document, and the line.
    place: Option<(String, usize)>,
    why: Unusable,
}

impl Findings {
    /// Looks at the plans for one target.
    pub(super) fn add(&mut self, target: usize, plans: &[(Client, Plan<'_, '_>)], samples: &Samples) {
        // Lists of targets are far smaller than that.
        let target = u32::try_from(target).unwrap_or(u32::MAX);
        for (number, (client, plan)) in plans.iter().enumerate() {
            for steps in by_case(plan) {
                self.add_unusable(target, number, *client, (plan, steps), samples);
            }
        }
        let found = disagreements(plans);
        for id in [FindingId::SettingsDisagree, FindingId::DialectsDisagree] {
            let about = found.iter().filter(|found| found.finding == id);
            let clients: BTreeSet<usize> = about.flat_map(|found| [found.one, found.other]).collect();
            if clients.is_empty() {
                continue;
            }
            let entry = self.found.entry(Key::Disagreement(id)).or_insert_with(|| {
                let plans = clients.iter().filter_map(|number| plans.get(*number));
                let evidence = plans.map(|(client, plan)| format!("{client}: {}", first(plan))).collect();
                Found { id: Some(id), cause: None, evidence, targets: Vec::new() }
            });
            entry.targets.push(target);
        }
    }

    /// A client whose first step in one case cannot be taken. Nothing is claimed where a PAC file or WPAD is asked before it.
    fn add_unusable(
        &mut self,
        target: u32,
        number: usize,
        client: Client,
        (plan, steps): (&Plan<'_, '_>, &[Step<'_, '_>]),
        samples: &Samples,
    ) {
        let Some(step) = steps.first() else { return };
        let is_before = |way: &&client::Way<'_>| way.case == step.way.case && asks_first(way);
        let why = samples.unusable(step).filter(|_| !plan.unevaluated.iter().any(is_before));
        let Some(why) = why else { return };
        let next = steps.iter().find(|step| samples.unusable(step).is_none());
        let way = ptr::from_ref(step.way).addr();
        let key = if next.is_some() { Key::Fallback(number, way) } else { Key::Stuck(number, way) };
        let found = self.found.entry(key).or_insert_with(|| Found {
            id: next.map(|_| FindingId::WorksOnlyByFallback),
            cause: Some(Cause {
                client,
                case: step::case_name(step.way),
                place: step.place().map(|place| (place.document.to_owned(), place.line)),
                why,
            }),
            evidence: [Some(broken(step, why)), next.map(|next| format!("then {}", one_line(next)))]
                .into_iter()
                .flatten()
                .collect(),
            targets: Vec::new(),
        });
        found.targets.push(target);
    }

    /// All of them: what cannot work first, then in the order of the contract.
    pub(super) fn found(&self) -> impl Iterator<Item = &Found> {
        self.found.values()
    }
}

impl Found {
    /// The client that it is about, where it is about one.
    pub(super) fn client(&self) -> Option<Client> {
        self.cause.as_ref().map(|cause| cause.client)
    }

    /// Whether it says this about this line already.
    pub(super) fn says(&self, document: &str, line: usize, kind: MistakeKind) -> bool {
        self.cause.as_ref().is_some_and(|cause| {
            let is_here = |(name, at): &(String, usize)| name == document && *at == line;
            cause.why.kind() == Some(kind) && cause.place.as_ref().is_some_and(is_here)
        })
    }

    /// Its id among findings; `None` where it is what a plan's notes say.
    pub(super) fn id(&self) -> Option<FindingId> {
        self.id
    }

    pub(super) fn evidence(&self) -> &[String] {
        &self.evidence
    }

    /// The numbers of its targets.
    pub(super) fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// What it is, in one sentence without a full stop.
    pub(super) fn text(&self, all: usize) -> String {
        let count = self.targets.len();
        let targets = if count == all { counted(all) } else { format!("{count} of {}", counted(all)) };
        let Some(Cause { client, case, .. }) = &self.cause else {
            return self.id.map_or("", FindingId::title).to_owned();
        };
        let who = if case.is_empty() { client.to_string() } else { format!("{client}, {case},") };
        match self.id {
            Some(_) => format!("{who} reaches {targets} only by fallback"),
            None => format!("{who} has no way that can be used to {targets}"),
        }
    }

    /// What to do.
    pub(super) fn remedy(&self) -> &'static str {
        match &self.cause {
            Some(cause) => cause.why.hint(),
            None => self.id.map_or("", FindingId::meaning),
        }
    }

    /// As a record, where it is a finding of the contract.
    pub(super) fn record(&self, case: &Case<'_>, now: Timestamp) -> Option<Finding> {
        let urls = self.targets.iter().map(|number| case.targets.url(*number as usize).to_owned()).collect();
        let finding = Finding::of_settings(self.id?, now, self.evidence.clone(), urls);
        let (text, remedy) = (self.text(case.targets.len()), self.remedy().to_owned());
        Some(Finding { text, remedy, ..finding })
    }
}

fn counted(count: usize) -> String {
    crate::outcome::plural(count, "target")
}

/// A step that cannot be taken.
fn broken(step: &Step<'_, '_>, why: Unusable) -> String {
    let source = step::source(step).unwrap_or_default();
    format!("{source} cannot be used: {}", why.why())
}

/// The first step of a plan in one line.
fn first(plan: &Plan<'_, '_>) -> String {
    match asked_first(plan) {
        Some(asked) => step::unevaluated(asked),
        None => plan.steps.first().map(|step| step::case(step.way) + &one_line(step)).unwrap_or_default(),
    }
}

fn one_line(step: &Step<'_, '_>) -> String {
    let (route, reason) = (step::route(step), step::reason(step));
    match step::source(step) {
        Some(source) => format!("{route}, {source}: {reason}"),
        None => format!("{route}: {reason}"),
    }
}
