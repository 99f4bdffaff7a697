//! Plans for people: which client goes where and by which line; what is wrong and what to do about it; then every step of
//! every plan, equal ones once; and the answer.

use std::collections::HashMap;
use std::fmt::Write as _;

use probe_core::diagnose::Outcome;
use probe_core::mistake::MistakeKind;
use probe_core::select::client::{Case as OneOf, Client, Document, Plan};
use probe_core::select::traps::traps;

use super::failover;
use super::findings::{Findings, Found};
use super::overview::{Place, Rows};
use super::step::{self, Samples};
use super::{Answer, Case};
use crate::color::{Paint, Role, glyph};
use crate::mistakes::harmless;
use crate::outcome::plural;
use crate::output::layout::{pad, wrap};

/// Different plans of one client that are shown; the others are counted.
const PLANS: usize = 32;

/// Steps of one plan that are shown; no real list of proxies has more.
const STEPS: usize = 16;

/// Lines of one document that are named for one kind of mistake.
const LINES: usize = 6;

/// Documents that are named.
const DOCUMENTS: usize = 12;

/// The columns of a label.
const LABEL: usize = 13;

/// The whole page, and the exit code.
pub(super) fn show(case: &Case<'_>, paint: Paint, columns: usize) -> (String, u8) {
    let mut clients: Vec<Plans<'_>> = case.ways.iter().map(|ways| Plans::of(ways.client)).collect();
    let mut findings = Findings::default();
    let mut answer = Answer::new(case);
    for (number, target) in case.targets() {
        let plans = case.plans(&target);
        findings.add(number, &plans, &case.samples);
        answer.add(&plans, &case.samples);
        for ((_, plan), client) in plans.iter().zip(&mut clients) {
            client.add(plan, case.targets.url(number), &case.samples);
        }
    }
    let mut page = Page { text: String::new(), paint, columns };
    page.read(case);
    let rows: Vec<(Client, &Rows)> = clients.iter().map(|plans| (plans.client, &plans.rows)).collect();
    super::overview::show(&mut page, &rows, case.targets.len());
    page.wrong(case, &findings);
    page.failover(case);
    page.steps(&clients);
    let role = if answer.is_usable() { Role::Good } else { Role::Bad };
    // Never broken: the last line is the whole answer, also for `tail -n 1`.
    let _ = writeln!(page.text, "\n{}", paint.paint(role, &answer));
    (page.text, answer.exit_code())
}

/// A page in the making.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) text: String,
    pub(super) paint: Paint,
    pub(super) columns: usize,
}

impl Page {
    /// A line, broken where it is too long, behind `indent` blanks; what is broken off is set in by two more.
    pub(super) fn line(&mut self, indent: usize, role: Option<Role>, text: &str) {
        self.hanging(indent, 2, role, text);
    }

    /// The same, set in by `hang` more.
    fn hanging(&mut self, indent: usize, hang: usize, role: Option<Role>, text: &str) {
        let mut blanks = indent;
        for line in wrap(text, self.columns.saturating_sub(indent + hang)) {
            let _ = match role {
                Some(role) => writeln!(self.text, "{:blanks$}{}", "", self.paint.paint(role, line)),
                None => writeln!(self.text, "{:blanks$}{line}", ""),
            };
            blanks = indent + hang;
        }
    }

    /// A line in bold with the glyph of an outcome before it.
    fn title(&mut self, outcome: Outcome, text: &str) {
        let mut mark = self.paint.paint(Role::of(outcome), glyph(outcome)).to_string();
        for line in wrap(text, self.columns.saturating_sub(2)) {
            let _ = writeln!(self.text, "{mark} {}", self.paint.paint(Role::Strong, line));
            mark = " ".into();
        }
    }

    /// `  Label:  text`, the text broken and set in.
    fn part(&mut self, label: &str, text: &str) {
        let mut shown = match label {
            "" => " ".repeat(LABEL),
            _ => self.paint.paint(Role::Aside, pad(&format!("{label}:"), LABEL)).to_string(),
        };
        for line in wrap(text, self.columns.saturating_sub(LABEL + 2)) {
            let _ = writeln!(self.text, "  {shown}{line}");
            shown = " ".repeat(LABEL);
        }
    }

    /// What was read, and what could not be.
    fn read(&mut self, case: &Case<'_>) {
        let (saying, silent): (Vec<_>, Vec<_>) =
            case.read().partition(|document| !document.reading.entries.is_empty());
        let named = |document: &&Document<'_>| {
            let settings = plural(document.reading.entries.len(), "setting");
            format!("{} ({settings})", harmless(document.name))
        };
        let mut read: Vec<String> = saying.iter().take(DOCUMENTS).map(named).collect();
        if let Some(more @ 1..) = saying.len().checked_sub(DOCUMENTS) {
            read.push(format!("{more} more with settings"));
        }
        if !silent.is_empty() {
            read.push(format!("{} without any setting of a proxy", plural(silent.len(), "file")));
        }
        let read = if read.is_empty() { "no settings at all".to_owned() } else { read.join(", ") };
        self.line(0, None, &format!("Read {read}. Nothing was sent."));
        for (name, why) in case.texts.without_proxy() {
            self.line(0, Some(Role::Doubtful), &format!("? Nothing in {}: {why}.", harmless(name)));
        }
        for unread in &case.texts.unread {
            self.line(0, Some(Role::Doubtful), &format!("? Not read: {}", harmless(&unread.what)));
        }
        self.text.push('\n');
    }

    /// What is wrong, the worst first, and what to do.
    fn wrong(&mut self, case: &Case<'_>, findings: &Findings) {
        let start = self.text.len();
        let (about_one, about_several): (Vec<_>, Vec<_>) =
            findings.found().partition(|found| found.client().is_some());
        for found in about_one {
            self.found(found, case);
        }
        let is_said = |document: &str, line: usize, kind: MistakeKind| {
            findings.found().any(|found| found.says(document, line, kind))
        };
        for (number, document) in case.documents.iter().enumerate() {
            // One file may be given twice.
            let mut before = case.documents.iter().take(number);
            if !before.any(|other| other.name == document.name) {
                self.mistakes(document, is_said);
            }
        }
        for (trap, place) in traps(case.documents) {
            self.title(Outcome::Warning, &format!("{}: {trap}", harmless(&place.to_string())));
            self.part("What to do", trap.hint());
        }
        for found in about_several {
            self.found(found, case);
        }
        if self.text.len() > start {
            let title = self.paint.paint(Role::Strong, "What is wrong, and what to do");
            self.text.insert_str(start, &format!("\n{title}\n"));
        }
    }

    /// The mistakes of a document, those of one kind together; not those that are the causes of findings.
    fn mistakes(&mut self, document: &Document<'_>, is_said: impl Fn(&str, usize, MistakeKind) -> bool) {
        let mut kinds: Vec<(MistakeKind, Vec<usize>, usize)> = Vec::new();
        for mistake in &document.reading.mistakes {
            let line = document.line(mistake.at.start);
            if is_said(document.name, line, mistake.kind) {
                continue;
            }
            match kinds.iter_mut().find(|(kind, ..)| *kind == mistake.kind) {
                None => kinds.push((mistake.kind, vec![line], 0)),
                Some((_, lines, _)) if lines.last() == Some(&line) => {}
                Some((_, lines, _)) if lines.len() < LINES => lines.push(line),
                Some((_, _, more)) => *more += 1,
            }
        }
        let name = harmless(document.name);
        for (kind, lines, more) in kinds {
            let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            let first = lines.remove(0);
            if more > 0 {
                lines.push(format!("and {more} more"));
            }
            let others =
                if lines.is_empty() { String::new() } else { format!(" (also {})", lines.join(", ")) };
            self.title(Outcome::Failure, &format!("{name}:{first}{others}: {kind}"));
            self.part("What to do", kind.hint());
        }
    }

    fn found(&mut self, found: &Found, case: &Case<'_>) {
        let id = found.id().map_or_else(String::new, |id| format!(" [{}]", id.id()));
        let outcome = if found.id().is_some() { Outcome::Warning } else { Outcome::Failure };
        self.title(outcome, &format!("{}{id}", found.text(case.targets.len())));
        let mut label = if found.client().is_some() { "Because" } else { "Evidence" };
        for line in found.evidence() {
            self.part(label, line);
            label = "";
        }
        let first = found.targets().first().map_or("", |number| case.targets.url(*number as usize));
        let more = match found.targets().len() {
            0 | 1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        self.part("For", &format!("{}{more}", harmless(first)));
        self.part("What to do", found.remedy());
    }

    /// What each client does when a way fails.
    fn failover(&mut self, case: &Case<'_>) {
        let _ = writeln!(self.text, "\n{}", self.paint.paint(Role::Strong, "When a way fails"));
        for line in failover::lines(case.ways.iter().map(|ways| ways.client)) {
            self.line(2, None, &line);
        }
    }

    /// Every step of every plan; clients whose plans are the same stand together.
    fn steps(&mut self, clients: &[Plans<'_>]) {
        let mut shown: Vec<(String, String)> = Vec::new();
        for client in clients {
            let mut page = Self { text: String::new(), ..*self };
            client.show(&mut page);
            let name = format!("{} ({})", client.client.title(), client.client);
            match shown.iter_mut().find(|(_, steps)| *steps == page.text) {
                Some((names, _)) => {
                    names.push_str(", ");
                    names.push_str(&name);
                }
                None => shown.push((name, page.text)),
            }
        }
        let _ = writeln!(self.text, "\n{}", self.paint.paint(Role::Strong, "Every step, in its order"));
        for (names, steps) in shown {
            self.line(0, Some(Role::Strong), &names);
            self.text.push_str(&steps);
        }
    }
}

/// The plans of one client: equal ones once, in the order of the first of their targets.
#[derive(Debug)]
struct Plans<'t> {
    client: Client,
    numbers: HashMap<String, usize>,
    groups: Vec<Group<'t>>,
    rows: Rows,
    /// Targets with plans that are not shown.
    others: usize,
}

/// Targets with the same plan.
#[derive(Debug)]
struct Group<'t> {
    url: &'t str,
    count: usize,
    /// The places of their rows in the overview.
    rows: Vec<Place>,
    steps: Vec<Shown>,
}

/// A step as it is shown, or the name of a case.
#[derive(Debug)]
struct Shown {
    indent: usize,
    what: String,
    why: String,
}

impl<'t> Plans<'t> {
    fn of(client: Client) -> Self {
        let (numbers, groups) = (HashMap::new(), Vec::new());
        Self { client, numbers, groups, rows: Rows::default(), others: 0 }
    }

    fn add(&mut self, plan: &Plan<'_, '_>, url: &'t str, samples: &Samples) {
        let key = key(plan);
        if let Some(group) = self.numbers.get(&key).and_then(|number| self.groups.get_mut(*number)) {
            group.count += 1;
            self.rows.count(&group.rows);
            return;
        }
        let rows = self.rows.add(plan, samples);
        if self.groups.len() == PLANS {
            self.others += 1;
            return;
        }
        self.numbers.insert(key, self.groups.len());
        self.groups.push(Group { url, count: 1, rows, steps: shown(plan, samples) });
    }

    fn show(&self, page: &mut Page) {
        for group in &self.groups {
            let more = if group.count > 1 { format!(" and {} more", group.count - 1) } else { String::new() };
            page.line(2, None, &format!("{}{more}", harmless(group.url)));
            for Shown { indent, what, why } in &group.steps {
                page.hanging(*indent, 3, None, what);
                if !why.is_empty() {
                    page.hanging(indent + 3, 0, Some(Role::Aside), why);
                }
            }
        }
        if self.others > 0 {
            let targets = plural(self.others, "target");
            page.line(2, None, &format!("and {targets} with other plans, which --format jsonl shows"));
        }
    }
}

/// What makes two plans the same.
fn key(plan: &Plan<'_, '_>) -> String {
    let mut key = String::new();
    for way in &plan.unevaluated {
        let _ = writeln!(key, "{}", step::unevaluated(way));
    }
    for one in &plan.steps {
        let _ = writeln!(key, "{}\n{:?}\n{}", step::route(one), step::source(one), step::rule(one));
    }
    key
}

fn shown(plan: &Plan<'_, '_>, samples: &Samples) -> Vec<Shown> {
    let mut lines = Vec::new();
    let mut line = |indent, what, why| lines.push(Shown { indent, what, why });
    let (mut room, mut hidden) = (STEPS, plan.steps.len());
    for one in step::cases(plan) {
        if room == 0 {
            break;
        }
        let mut indent = 4;
        if one.case != OneOf::Only {
            line(indent, format!("{}:", harmless(&one.case.to_string())), String::new());
            indent += 2;
        }
        for way in &one.asked {
            line(indent, format!("?  {}", step::asked(way)), String::new());
        }
        for (place, step) in one.steps.iter().enumerate().take(room) {
            hidden -= 1;
            let source = step::source(step).map_or_else(String::new, |source| format!("{source}: "));
            let is_sample = step.route.is_some() && samples.unusable(step).is_some();
            let sample = if is_sample { ", a sample" } else { "" };
            line(
                indent,
                format!("{}. {}{}", place + 1, step::condition(place, step), step::route(step)),
                format!("{source}{}{sample} [{}]", step::reason(step), step.way.basis.as_str()),
            );
        }
        // A case without steps takes room as well.
        room = room.saturating_sub(one.steps.len().max(1));
    }
    if hidden > 0 {
        line(4, format!("and {hidden} more"), String::new());
    }
    lines
}
