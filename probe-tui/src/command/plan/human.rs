//! Plans for people: what was read, what is wrong with it, and for each client its plans, equal ones once.

use std::collections::HashMap;
use std::fmt::Write as _;

use probe_core::select::client::{Document, Plan, Ways};
use probe_core::select::traps::traps;
use probe_core::target::Target;

use super::findings::Findings;
use super::{is_usable_step, mistakes_of, notes, route, rule, source};
use crate::discover::Texts;
use crate::mistakes::harmless;

/// The whole text, and whether every setting that would be used can be.
pub(super) fn show(
    all: &[Ways<'_>],
    targets: &[Target<'_>],
    documents: &[Document<'_>],
    texts: &Texts,
) -> (String, bool) {
    let mut text = read(documents, texts);
    let wrong = mistakes_of(documents);
    if !wrong.is_empty() {
        text.push_str("\nMistakes in settings:\n");
        for line in wrong.lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    let known = traps(documents);
    if !known.is_empty() {
        text.push_str("\nSettings that may not do what was meant:\n");
        for (trap, place) in known {
            let _ = writeln!(text, "  {}: {trap}\n      = {}", harmless(&place.to_string()), trap.hint());
        }
    }
    let mut groups: Vec<Groups<'_>> = all.iter().map(|_| Groups::default()).collect();
    let mut findings = Findings::default();
    let mut is_usable = true;
    for target in targets {
        let plans: Vec<_> = all.iter().map(|ways| (ways.client, ways.plan(target))).collect();
        findings.add(target, &plans);
        for ((_, plan), groups) in plans.iter().zip(&mut groups) {
            is_usable &= plan.steps.first().is_some_and(is_usable_step);
            groups.add(steps(plan), target.url);
        }
    }
    for (ways, groups) in all.iter().zip(groups) {
        let _ = writeln!(text, "\n{} ({})", ways.client.title(), ways.client);
        text.push_str(&groups.show());
    }
    text.push_str(&findings.show());
    (text, is_usable)
}

/// What was read, and what could not be.
fn read(documents: &[Document<'_>], texts: &Texts) -> String {
    let mut text = String::from("Read (nothing was sent):\n");
    let (saying, silent): (Vec<_>, Vec<_>) =
        documents.iter().partition(|document| !document.reading.entries.is_empty());
    for document in saying {
        let settings = counted(document.reading.entries.len(), "setting");
        let _ = writeln!(text, "  {}: {settings}", harmless(document.name));
    }
    if !silent.is_empty() {
        let _ = writeln!(text, "  {} without any setting of a proxy", counted(silent.len(), "file"));
    }
    if documents.is_empty() {
        text.push_str("  no settings at all\n");
    }
    for unread in &texts.unread {
        let _ = writeln!(text, "  not read: {}", harmless(unread));
    }
    text
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Equal plans with their targets, in the order of the first of these.
#[derive(Debug, Default)]
struct Groups<'a> {
    numbers: HashMap<String, usize>,
    urls: Vec<(&'a str, usize)>,
}

impl<'a> Groups<'a> {
    fn add(&mut self, plan: String, url: &'a str) {
        let number = *self.numbers.entry(plan).or_insert_with(|| {
            self.urls.push((url, 0));
            self.urls.len() - 1
        });
        if let Some((_, count)) = self.urls.get_mut(number) {
            *count += 1;
        }
    }

    fn show(self) -> String {
        let mut plans: Vec<_> = self.numbers.into_iter().collect();
        plans.sort_by_key(|(_, number)| *number);
        let mut text = String::new();
        for ((plan, _), (url, count)) in plans.iter().zip(self.urls) {
            let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
            let _ = writeln!(text, "  {}{more}", harmless(url));
            text.push_str(plan);
        }
        text
    }
}

/// The steps of a plan, a line each.
fn steps(plan: &Plan<'_, '_>) -> String {
    let mut text = String::new();
    for note in notes(plan) {
        let _ = writeln!(text, "    ?  {note}");
    }
    for (number, step) in plan.steps.iter().enumerate() {
        let route = route(step);
        let source = source(step).map_or_else(String::new, |source| format!("{source}: "));
        let _ = writeln!(
            text,
            "    {}. {route}  [{source}{}; {}]",
            number + 1,
            rule(step),
            step.way.basis.as_str()
        );
    }
    text
}
