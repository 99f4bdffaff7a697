//! One step of a plan in words, and whether it can be taken at all.

use std::collections::HashMap;
use std::ptr;

use probe_core::limits;
use probe_core::mistake::MistakeKind;
use probe_core::select::bypass::MatchKind;
use probe_core::select::client::{self, Case, Document, Kind, Plan, Step, Unseen, Way, When};
use probe_core::select::environment::{SchemeName, is_socks};
use probe_core::settings::{Entry, grammar};
use probe_core::text::Text;

use crate::mistakes::harmless;

/// Settings in which a sample from a documentation was left, by their addresses, each with the host of the sample.
#[derive(Debug, Default)]
pub(super) struct Samples(HashMap<usize, String>);

impl Samples {
    pub(super) fn of(documents: &[Document<'_>]) -> Self {
        let is_sample = |kind: MistakeKind| kind == MistakeKind::SampleValue;
        let with_one =
            |document: &&Document<'_>| document.reading.mistakes.iter().any(|one| is_sample(one.kind));
        let entries = documents.iter().filter(with_one).flat_map(|document| &document.reading.entries);
        let found = entries.filter_map(|entry| {
            let mistakes = grammar::mistakes(entry.key, &entry.value);
            let sample = mistakes.into_iter().find(|mistake| is_sample(mistake.kind))?;
            Some((address(entry), entry.value.get(sample.at)?.to_ascii_lowercase()))
        });
        Self(found.collect())
    }

    /// Whether a step goes by a sample: its setting cannot be read, or the host is that of the page, or begins with its label.
    fn has(&self, step: &Step<'_, '_>) -> bool {
        let Some(sample) = step.way.place.and_then(|place| self.0.get(&address(place.entry))) else {
            return false;
        };
        let Some(route) = &step.route else { return true };
        let host = route.proxy().map(|proxy| proxy.host.to_string().to_ascii_lowercase());
        host.is_some_and(|host| host == *sample || host.split('.').next() == Some(sample))
    }

    /// Why nobody can get on by this step; `None` where its setting can be used. That this program does not speak with its proxy
    /// is no fault of the setting.
    pub(super) fn unusable(&self, step: &Step<'_, '_>) -> Option<Unusable> {
        match (&step.route, &step.way.kind) {
            _ if self.has(step) => Some(Unusable(Some(MistakeKind::SampleValue))),
            (None, Kind::Malformed(mistake)) => Some(Unusable(Some(mistake.kind))),
            (Some(_), _) | (None, Kind::NotSpoken(_)) => None,
            (None, _) => Some(Unusable(None)),
        }
    }
}

/// Whether a step leads to a proxy that this program does not speak with.
pub(super) fn is_not_spoken(step: &Step<'_, '_>) -> bool {
    step.route.is_none() && matches!(step.way.kind, Kind::NotSpoken(_))
}

fn address(entry: &Entry<'_>) -> usize {
    ptr::from_ref(entry).addr()
}

/// Why a setting cannot be used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unusable(Option<MistakeKind>);

impl Unusable {
    pub(super) fn why(self) -> String {
        self.0.map_or_else(|| "it names no proxy that is spoken here".to_owned(), |kind| kind.to_string())
    }

    /// What is wrong with it.
    pub(super) fn kind(self) -> Option<MistakeKind> {
        self.0
    }

    /// What to do about it.
    pub(super) fn hint(self) -> &'static str {
        self.0.map_or("name a proxy that speaks HTTP", MistakeKind::hint)
    }
}

/// Where it is written what decided this step.
pub(crate) fn source(step: &Step<'_, '_>) -> Option<String> {
    step.place().map(|place| harmless(&place.to_string()))
}

/// What a client does in one of the cases that its settings are for.
#[derive(Debug)]
pub(super) struct OneCase<'p, 'w, 'a> {
    pub(super) case: Case<'a>,
    /// What it tries, in order; nothing where all that it asks is not evaluated here.
    pub(super) steps: &'p [Step<'w, 'a>],
    /// What it asks, and is not evaluated here.
    pub(super) asked: Vec<&'w Way<'a>>,
}

/// The cases of a plan, in their order.
pub(super) fn cases<'p, 'w, 'a>(plan: &'p Plan<'w, 'a>) -> Vec<OneCase<'p, 'w, 'a>> {
    let case = |steps: &'p [Step<'w, 'a>]| {
        steps.first().map(|first| OneCase { case: first.way.case, steps, asked: Vec::new() })
    };
    let mut cases: Vec<OneCase<'p, 'w, 'a>> = by_case(plan).filter_map(case).collect();
    // Both stand in the order of the cases: what is looked for is mostly where the last one was found, or behind it.
    let mut place = 0;
    for way in &plan.unevaluated {
        let is_it = |one: &OneCase<'_, '_, '_>| one.case == way.case;
        let behind = cases.iter().skip(place).position(is_it).map(|further| place + further);
        place = behind.or_else(|| cases.iter().position(is_it)).unwrap_or_else(|| {
            cases.push(OneCase { case: way.case, steps: &[], asked: Vec::new() });
            cases.len() - 1
        });
        if let Some(case) = cases.get_mut(place) {
            case.asked.push(way);
        }
    }
    cases
}

/// The steps of a plan, those of each case together.
pub(super) fn by_case<'p, 'w, 'a>(plan: &'p Plan<'w, 'a>) -> impl Iterator<Item = &'p [Step<'w, 'a>]> {
    plan.steps.chunk_by(|one, next| one.way.case == next.way.case)
}

/// When a step is tried, as records say it; `place` is its own among the steps of its case.
pub(super) fn when(place: usize, step: &Step<'_, '_>) -> &'static str {
    match step.way.when {
        When::Disputed => "disputed",
        When::AfterFailure => "after_failure",
        When::First if step.turn > 0 => "after_failure",
        When::Also if place > 0 => "after_failure",
        When::First | When::Also => "first",
    }
}

/// What must come before a step, for people.
pub(super) fn condition(place: usize, step: &Step<'_, '_>) -> &'static str {
    match when(place, step) {
        "first" => "",
        "disputed" => "only when that fails, by one reading of the pages: ",
        _ => "only when that fails: ",
    }
}

/// Why this step is taken, as records say it: with what must come before it.
pub(crate) fn rule(step: &Step<'_, '_>) -> String {
    let after = match step.way.when {
        When::AfterFailure => "when that fails: ",
        When::Disputed => "when that fails, by one reading of the pages: ",
        When::First if step.turn > 0 => "next in the list, when that fails: ",
        When::First | When::Also => "",
    };
    format!("{}{after}{}", case(step.way), reason(step))
}

/// The case that a way is for, where there are several, in front of what holds for it.
pub(super) fn case(way: &Way<'_>) -> String {
    let name = case_name(way);
    if name.is_empty() { name } else { name + ": " }
}

/// The case that a way is for; empty where there is only one.
pub(super) fn case_name(way: &Way<'_>) -> String {
    harmless(&way.case.to_string())
}

/// Why this step is as it is.
pub(super) fn reason(step: &Step<'_, '_>) -> String {
    match (&step.exempt, &step.way.kind) {
        (Some(found), _) if found.kind == MatchKind::Unlisted => {
            "is not on the list of what goes through it".to_owned()
        }
        (Some(found), _) if found.item.is_empty() => format!("exempt without an item ({})", found.kind),
        (Some(found), _) => format!("item `{}` ({})", item(found.item), found.kind),
        // What to do about it is said once, elsewhere.
        (None, Kind::Malformed(mistake)) => format!("cannot be used: {}", mistake.kind),
        (None, Kind::NotSpoken(scheme)) => {
            let what = if is_socks(scheme) { "a SOCKS proxy" } else { "a proxy of another kind" };
            format!("names {what} ({}), which this program does not speak", SchemeName(scheme))
        }
        (None, Kind::Proxies(_)) => "names the proxy".to_owned(),
        (None, Kind::Direct) if step.way.place.is_some() => "says so".to_owned(),
        (None, _) if step.route.is_none() => "cannot be used".to_owned(),
        (None, _) if step.way.when == When::First => "no setting names a proxy".to_owned(),
        (None, _) => "straight to the origin".to_owned(),
    }
}

/// The route of a step, as it is written for people.
pub(super) fn route(step: &Step<'_, '_>) -> String {
    match (&step.route, &step.way.kind) {
        (Some(route), _) => route.to_string(),
        (None, Kind::NotSpoken(scheme)) => format!("by {}", SchemeName(scheme)),
        (None, _) => "unusable".to_owned(),
    }
}

/// How sure a plan is: as sure as the least sure of its ways.
pub(super) fn basis(plan: &Plan<'_, '_>) -> &'static str {
    let ways =
        plan.steps.iter().map(|step| step.way.basis).chain(plan.unevaluated.iter().map(|way| way.basis));
    ways.max().unwrap_or(client::Basis::Documented).as_str()
}

/// Whether a way that is not evaluated here is asked before all steps of its case. What worked last does not count: it was one of
/// them.
pub(super) fn asks_first(way: &Way<'_>) -> bool {
    way.when == When::First && !matches!(way.kind, Kind::Unseen(Unseen::LastKnownGood))
}

/// What a client asks, and what is not evaluated here, with the case that it is for.
pub(super) fn unevaluated(way: &Way<'_>) -> String {
    format!("{}{}", case(way), asked(way))
}

/// The same without the case.
pub(super) fn asked(way: &Way<'_>) -> String {
    let place = way.place.map_or_else(String::new, |place| format!(" ({})", harmless(&place.to_string())));
    let when = match way.when {
        When::First | When::Also => "asked first",
        When::AfterFailure => "asked when what comes before fails",
        When::Disputed => "asked when what comes before fails, by one reading of the pages",
    };
    match way.kind {
        Kind::Pac(url) => {
            format!("{when}, and not evaluated by this version: the PAC file {}{place}", pac_address(url))
        }
        // What stands behind its name may be secret.
        Kind::Command(command) => format!(
            "{when}, and not run: the program {}{place}",
            harmless(command.split_ascii_whitespace().next().unwrap_or_default())
        ),
        Kind::Gap(missed) => format!("{when}, and {}", harmless(&missed.to_string())),
        Kind::Unseen(what) => format!("{when}, and not among the settings that were read: {what}"),
        _ => format!("{when}, and not looked for by this version: an announced proxy (WPAD){place}"),
    }
}

/// A PAC file's address without what may be secret in it: user, password and query. Passwords are written as they are, with
/// whatever stands in them: where a `?` comes before the last `@`, nobody can tell which of them ends the password, and no
/// host is shown.
fn pac_address(url: &str) -> String {
    let is_scheme = |(scheme, _): &(&str, &str)| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (scheme, rest) = url.split_once("://").filter(is_scheme).unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let rest = match rest.rsplit_once('@') {
        Some(_) if !authority.contains([':', '@']) => rest,
        Some((before, _)) if before.contains(['?', '#']) => "***",
        Some((_, behind)) => behind,
        None => rest,
    };
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let slashes = if scheme.is_empty() { "" } else { "://" };
    harmless(&format!("{scheme}{slashes}{rest}"))
}

/// An item of a list, harmless and not too long.
pub(super) fn item(text: &str) -> Text<{ limits::QUOTE }> {
    Text::from_bytes(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_pac_file_without_secrets() {
        for (url, want) in [
            ("http://w.example/p.pac", "http://w.example/p.pac"),
            ("http://w.example:8080/p.pac?token=s3c", "http://w.example:8080/p.pac"),
            ("http://w.example/p.pac?user=me@corp.example", "http://w.example/p.pac"),
            ("http://me:s3c@w.example/p.pac#x", "http://w.example/p.pac"),
            ("http://me:s3/c@w.example/p.pac?token=s3c", "http://w.example/p.pac"),
            ("http://me:s3@c@w.example/p.pac", "http://w.example/p.pac"),
            ("http://s3c@w.example/p.pac", "http://w.example/p.pac"),
            ("http://me:s3@c?x@w.example/p.pac", "http://***"),
            ("http://me:x@w.example/p.pac?token=s3@c", "http://***"),
            ("me:s3c/w x@w.example/p.pac", "w.example/p.pac"),
            ("me:s3://c@w.example/p.pac", "w.example/p.pac"),
            ("file://C:\\p.pac", "file://C:\\p.pac"),
        ] {
            assert_eq!(pac_address(url), want, "{url}");
        }
    }
}
