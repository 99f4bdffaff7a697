//! Plans as records (JSON Lines): `run` with what was read and what is wrong with it, a `plan` for each client and target, the
//! findings, and `end`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use probe_core::diagnose::Verdict;
use probe_core::mistake::MistakeKind;
use probe_core::select::client::{Client, Document, Kind, Plan, Step};
use probe_core::select::compare::asked_first;
use probe_core::select::traps::{Trap, traps};
use probe_core::settings::Format;
use probe_core::target::Target;
use serde::Serialize;

use super::failover;
use super::findings::Findings;
use super::step::{self, Samples, by_case};
use super::{Answer, Case, SHOWN};
use crate::machine;
use crate::mistakes::harmless;
use crate::record::{Common, Finding};

/// Routes of one plan that are written; no real list of proxies has more, and the others are counted.
const ROUTES: usize = 64;

/// What was read, before the first plan.
#[derive(Debug, Serialize)]
struct Run<'a> {
    #[serde(flatten)]
    common: Common,
    version: &'static str,
    /// What makes the run.
    command: &'static str,
    /// The machine whose settings were read; `None` where they were exported from another one.
    vantage: Option<String>,
    targets: usize,
    clients: Vec<&'static str>,
    read: Vec<Read<'a>>,
    /// What could not be read, and why.
    unread: Vec<String>,
    /// Up to [`SHOWN`] of each document; `read` counts all.
    mistakes: Vec<Wrong>,
    /// Settings that are well written and may not do what was meant.
    traps: Vec<Trapped>,
}

/// A document.
#[derive(Debug, Serialize)]
struct Read<'a> {
    document: String,
    format: &'a str,
    settings: usize,
    mistakes: usize,
    /// Why there are no settings, where none could be.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

/// A mistake in a document.
#[derive(Debug, Serialize)]
struct Wrong {
    document: String,
    line: usize,
    /// The bytes of the document as text: the first of them, and the first behind them.
    range: [usize; 2],
    kind: MistakeKind,
    text: String,
    remedy: &'static str,
}

/// A trap, and the setting that it is about.
#[derive(Debug, Serialize)]
struct Trapped {
    document: String,
    line: usize,
    key: &'static str,
    kind: Trap,
    text: String,
    remedy: &'static str,
}

/// A plan.
#[derive(Debug, Serialize)]
pub(super) struct Planned<'a> {
    #[serde(flatten)]
    pub(super) common: Common,
    pub(super) client: &'a str,
    pub(super) url: &'a str,
    pub(super) path: &'static str,
    pub(super) routes: Vec<Route>,
    /// What the client is known to ask before the first route, and is not evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) asked_first: Option<Asked>,
    /// Where the setting stands that would come before the first route, and cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unusable_first: Option<String>,
    /// Where the setting stands that the client would first go by, and that names a proxy which this program does not speak with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_spoken_first: Option<String>,
    /// The least sure of all that the plan says.
    pub(super) basis: &'static str,
    /// What the client does when one of its routes fails; left out where no client is meant, but a bypass list by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failover: Option<failover::Recorded>,
    /// What else is to be known about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
}

/// What is asked.
#[derive(Debug, Serialize)]
pub(super) struct Asked {
    /// `pac`, `wpad`, `command`, or `unread` (settings that decide, and were not read).
    pub(super) kind: &'static str,
    pub(super) source: Option<String>,
}

/// A route of a plan.
#[derive(Debug, Serialize)]
pub(super) struct Route {
    pub(super) kind: &'static str,
    pub(super) proxy: Option<String>,
    pub(super) source: Option<String>,
    pub(super) rule: String,
    /// `first`, `after_failure` (only when those before it fail), or `disputed` (the same, and by one reading of the pages of the
    /// vendor's). Where not even the first route is `first`, the settings before it cannot be used: the notes say why.
    pub(super) when: &'static str,
    /// How sure this route is.
    pub(super) basis: &'static str,
}

/// A finding, and the client that it is about where it is about one.
#[derive(Debug, Serialize)]
struct Found {
    #[serde(flatten)]
    finding: Finding,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'static str>,
}

/// The end.
#[derive(Debug, Serialize)]
struct End {
    #[serde(flatten)]
    common: Common,
    /// How many plans were to be made.
    planned: usize,
    /// How many were made.
    plans: usize,
    /// Findings by their ids.
    findings: BTreeMap<&'static str, usize>,
    /// Clients that would first go by a setting that cannot be used.
    unusable: Vec<&'static str>,
    exit_code: u8,
    answer: String,
}

impl Run<'_> {
    fn of<'a>(case: &Case<'a>, now: Timestamp) -> Run<'a> {
        let wrong = |document: &Document<'_>| -> Vec<Wrong> {
            let mistakes = document.reading.mistakes.iter().take(SHOWN);
            let wrong = mistakes.map(|mistake| Wrong {
                document: harmless(document.name),
                line: document.line(mistake.at.start),
                range: [mistake.at.start, mistake.at.end],
                kind: mistake.kind,
                text: mistake.kind.to_string(),
                remedy: mistake.kind.hint(),
            });
            wrong.collect()
        };
        // Documents that say something together do not stand in the order of their texts.
        let format = |document: &Document<'_>| {
            let text = case.texts.texts.iter().find(|text| text.name == document.name);
            text.map(|text| text.format)
        };
        let read = case.read().map(|document| Read {
            document: harmless(document.name),
            format: format(document).map_or("", Format::title),
            settings: document.reading.entries.len(),
            mistakes: document.reading.mistakes.len(),
            note: format(document).and_then(Format::shows_no_proxy),
        });
        let trapped = traps(case.documents).into_iter().map(|(trap, place)| Trapped {
            document: harmless(place.document),
            line: place.line,
            key: place.entry.key.as_str(),
            kind: trap,
            text: trap.to_string(),
            remedy: trap.hint(),
        });
        Run {
            common: Common::new("run", now),
            version: env!("CARGO_PKG_VERSION"),
            command: "plan",
            vantage: case.is_live.then(machine::name),
            targets: case.targets.len(),
            clients: case.ways.iter().map(|ways| ways.client.as_str()).collect(),
            read: read.collect(),
            unread: case.texts.unread.iter().map(|unread| harmless(&unread.what)).collect(),
            mistakes: case.documents.iter().flat_map(wrong).collect(),
            traps: trapped.collect(),
        }
    }
}

impl<'a> Planned<'a> {
    fn of(
        client: Client,
        target: &Target<'a>,
        plan: &Plan<'_, '_>,
        samples: &Samples,
        now: Timestamp,
    ) -> Self {
        let unusable = |(_, step): (usize, &Step<'_, '_>)| {
            let source = step::source(step).unwrap_or_default();
            if step::is_not_spoken(step) {
                return Some(format!("{source}: {}", step::rule(step)));
            }
            let why = samples.unusable(step)?;
            Some(format!(
                "{}: {source} cannot be used: {}; {}",
                Verdict::SettingMalformed.id(),
                why.why(),
                why.hint()
            ))
        };
        let asked = plan.unevaluated.iter().map(|way| step::unevaluated(way));
        let more = plan.steps.len().checked_sub(ROUTES).filter(|more| *more > 0);
        let more = more.map(|more| format!("and {more} more routes, each when those before it fail"));
        // With their places in their cases.
        let steps = || by_case(plan).flat_map(|steps| steps.iter().enumerate()).take(ROUTES);
        Self {
            common: Common::new("plan", now),
            client: client.as_str(),
            url: target.url,
            path: plan.steps.first().map_or("direct", |step| step.way.path.id()),
            routes: steps().filter_map(Route::of).collect(),
            asked_first: asked_first(plan).map(|way| Asked {
                kind: match way.kind {
                    Kind::Pac(_) => "pac",
                    Kind::Command(_) => "command",
                    Kind::Unseen(_) | Kind::Gap(_) => "unread",
                    _ => "wpad",
                },
                source: way.place.map(|place| harmless(&place.to_string())),
            }),
            unusable_first: plan
                .steps
                .first()
                .filter(|step| samples.unusable(step).is_some())
                .map(|step| step::source(step).unwrap_or_default()),
            not_spoken_first: plan
                .steps
                .first()
                .filter(|step| step::is_not_spoken(step))
                .map(|step| step::source(step).unwrap_or_default()),
            basis: step::basis(plan),
            failover: Some(client.failover().into()),
            notes: asked.chain(steps().filter_map(unusable)).chain(more).collect(),
        }
    }
}

impl Route {
    /// `None` where the setting cannot be used.
    fn of((place, step): (usize, &Step<'_, '_>)) -> Option<Self> {
        let route = step.route.as_ref()?;
        Some(Self {
            kind: route.kind(),
            proxy: route.proxy().map(ToString::to_string),
            source: step::source(step),
            rule: step::rule(step),
            when: step::when(place, step),
            basis: step.way.basis.as_str(),
        })
    }
}

/// Writes all records, and gives the exit code.
///
/// # Errors
/// What the system says when one cannot be written.
pub(super) fn write(case: &Case<'_>, out: impl Write) -> io::Result<u8> {
    let now = Timestamp::now();
    let mut lines = Lines::new(out);
    lines.write(&Run::of(case, now))?;
    let mut findings = Findings::default();
    let mut answer = Answer::new(case);
    let mut plans = 0;
    for (number, target) in case.targets() {
        let all = case.plans(&target);
        findings.add(number, &all, &case.samples);
        answer.add(&all, &case.samples);
        for (client, plan) in &all {
            lines.write(&Planned::of(*client, &target, plan, &case.samples, now))?;
            plans += 1;
        }
    }
    let mut counts = BTreeMap::new();
    for one in findings.found() {
        let Some(finding) = one.record(case, now) else { continue };
        *counts.entry(finding.finding).or_default() += 1;
        lines.write(&Found { finding, client: one.client().map(Client::as_str) })?;
    }
    lines.write(&End {
        common: Common::new("end", Timestamp::now()),
        planned: case.targets.len() * case.ways.len(),
        plans,
        findings: counts,
        unusable: answer.unusable(),
        exit_code: answer.exit_code(),
        answer: answer.to_string(),
    })?;
    Ok(answer.exit_code())
}

/// Writes one record a line.
pub(super) struct Lines<W> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, line: Vec::new() }
    }

    /// Writes a record. One write each: whoever else writes to the same file comes between lines, not into them.
    pub(super) fn write(&mut self, record: &impl Serialize) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, record)?;
        self.end()
    }

    /// Writes a line of text.
    pub(super) fn write_text(&mut self, text: &str) -> io::Result<()> {
        self.line.clear();
        self.line.extend_from_slice(text.as_bytes());
        self.end()
    }

    fn end(&mut self) -> io::Result<()> {
        self.line.push(b'\n');
        self.out.write_all(&self.line)?;
        self.out.flush()
    }
}
