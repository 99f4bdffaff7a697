//! What an attempt sends by its way, and what is said about that.

use probe_core::diagnose::Verdict;
use probe_core::select::client::Kind;
use probe_core::select::{Path, Route, Rule, plan};

use super::{As, Shared, Try};
use crate::command::plan::step::{rule, source};
use crate::mistakes::harmless;
use crate::secrets::Redactor;
use crate::way::{self, Found};

/// What an attempt sends, and what is to be said about that.
pub(super) struct Planned<'a> {
    pub(super) sends: Sends<'a>,
    pub(super) notes: Vec<String>,
    /// See [`Ended::setting`](super::Ended::setting).
    pub(super) setting: Option<String>,
    /// See [`Ended::go`](super::Ended::go).
    pub(super) go: Option<String>,
}

#[allow(clippy::large_enum_variant, reason = "one exists at a time, for an attempt")]
pub(super) enum Sends<'a> {
    /// A request, by this route.
    To(Route<'a>),
    /// Nothing: the settings are the result.
    Nothing(Verdict),
    /// Nothing, since this program cannot do it.
    NotAble(&'static str),
}

const SOCKS: &str = "SOCKS and other proxies that do not speak HTTP";

impl<'a> Planned<'a> {
    pub(super) fn of(shared: &Shared, path: Path, found: Found<'a>, which: Try) -> Self {
        let mut notes = Vec::new();
        let (mut setting, mut go) = (None, None);
        let sends = match found {
            Found::Planned(plan::Planned::Route { route, rule, other }) => {
                let rule_text = quoting(&rule.to_string(), &shared.redactor);
                if path == Path::Default || matches!(rule, Rule::Bypassed { .. }) {
                    notes.push(format!("route: {rule_text}"));
                }
                setting = rule.source().filter(|_| path == Path::Default).map(|source| source.to_string());
                if let Some(other) = other {
                    let other = quoting(&other.to_string(), &shared.redactor);
                    notes.push(format!("a program written in Go: {other}"));
                    let kind = route.proxy().map_or_else(|| "direct".to_owned(), ToString::to_string);
                    go = Some(format!("curl: {kind}, {rule_text}; a program written in Go: {other}"));
                }
                let is_anonymous = which.whose == As::Anonymous;
                Sends::To(if is_anonymous { route.without_credentials() } else { route })
            }
            Found::Planned(plan::Planned::NotConfigured(missing)) => {
                notes.push(missing.to_string());
                Sends::Nothing(Verdict::NotConfigured)
            }
            Found::Planned(plan::Planned::Malformed { mistake, source }) => {
                let place = mistake.at.start + 1;
                notes.push(format!("{source}, from byte {place} on: {mistake}"));
                Sends::Nothing(Verdict::SettingMalformed)
            }
            Found::Planned(plan::Planned::NotSpoken { scheme, source }) => {
                notes.push(format!("{source} names a {} proxy", shared.redactor.clean(scheme)));
                Sends::NotAble(SOCKS)
            }
            Found::Step(step) => {
                setting = source(&step);
                let place = setting.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
                let rule = quoting(&rule(&step), &shared.redactor);
                match (step.route, &step.way.kind) {
                    (Some(route), _) => {
                        notes.push(format!("route: {place}{rule}"));
                        let logs_in = shared.ways.own.as_ref().is_some_and(|own| own.client().logs_in());
                        let keeps = logs_in && which.whose != As::Anonymous;
                        Sends::To(if keeps { route } else { route.without_credentials() })
                    }
                    (None, Kind::Malformed(mistake)) => {
                        notes.push(format!("{place}from byte {} on: {mistake}", mistake.at.start + 1));
                        Sends::Nothing(Verdict::SettingMalformed)
                    }
                    (None, _) => {
                        notes.push(format!("{place}{rule}"));
                        Sends::NotAble(SOCKS)
                    }
                }
            }
            Found::Unevaluated(asked) => {
                let place = asked.place.map(|place| format!("{}: ", harmless(&place.to_string())));
                let client = shared.ways.own.as_ref().map_or("the client", |own| own.client().title());
                let what = way::asks(asked);
                notes.push(match asked.kind {
                    Kind::Gap(missed) => {
                        format!("{client} goes by settings that are {}", harmless(&missed.to_string()))
                    }
                    _ => format!("{}{client} first asks {what}", place.unwrap_or_default()),
                });
                Sends::NotAble(what)
            }
            Found::Unset(client) => {
                notes.push(format!("{} has no such way to this target", client.title()));
                Sends::Nothing(Verdict::NotConfigured)
            }
        };
        Self { sends, notes, setting, go }
    }
}

/// A rule's words, with secrets taken out of the setting that they quote between backticks, and of nothing else: the
/// program's own words are no secrets, and a hidden one would tell what the password is.
fn quoting(text: &str, redactor: &Redactor) -> String {
    let from = text.find('`').map_or(text.len(), |at| at + 1);
    let to = text.rfind('`').filter(|to| *to >= from).unwrap_or(from);
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    format!("{}{}{}", part(0..from), redactor.clean(part(from..to)), part(to..text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_note_quotes_is_cleaned() {
        let mut redactor = Redactor::default();
        redactor.add("item", "suffix");
        let clean = |text| quoting(text, &redactor);
        assert_eq!(clean("no_proxy item `a.suffix` (suffix)"), "no_proxy item `a.***` (suffix)");
        assert_eq!(clean("no item"), "no item");
        assert_eq!(clean("an item `"), "an item `");
    }
}
