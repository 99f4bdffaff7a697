//! What a run comes to: its counts, its exit code, and the answer in one sentence.

use std::collections::BTreeMap;

use probe_core::diagnose::{Diagnosis, Outcome, Verdict};

/// What makes the exit code tell of a failure: the words of `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// A required target on the judged path.
    Required,
    /// Any target on the judged path.
    Any,
    /// As required; and warnings have a code of their own.
    Warning,
    /// Nothing.
    Never,
}

impl FailOn {
    /// Reads a word of `--fail-on`.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Required, Self::Any, Self::Warning, Self::Never].into_iter().find(|one| one.as_str() == word)
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Any => "any",
            Self::Warning => "warning",
            Self::Never => "never",
        }
    }
}

/// The exit codes of the contract.
pub mod exit {
    /// Every required target has success or warning on the judged path.
    pub const READY: u8 = 0;
    /// At least one has not.
    pub const NOT_READY: u8 = 1;
    /// Usage, settings or file errors.
    pub const USAGE: u8 = 2;
    /// Nothing required could be judged.
    pub const NOT_JUDGED: u8 = 3;
    /// Only warnings, with `--fail-on warning`.
    pub const WARNINGS: u8 = 4;
    /// After SIGINT.
    pub const INTERRUPTED: u8 = 130;
    /// The reader of the result went away before everything was tried: what a program ends with that SIGPIPE ends.
    pub const READER_GONE: u8 = 141;
    /// After SIGTERM.
    pub const TERMINATED: u8 = 143;
}

/// A signal that ended a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Signal {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }

    /// The exit code after it.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => exit::INTERRUPTED,
            Self::Terminate => exit::TERMINATED,
        }
    }
}

/// What an attempt counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// It decides about the exit code: the first way of the judged path.
    Judged,
    /// It is compared with that one: another path that was asked for.
    Compared,
    /// The next way of the client, after one that failed.
    Fallback,
}

/// Counts of attempts.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Attempts that are to be made.
    pub planned: usize,
    /// Attempts that came to an end.
    pub attempts: usize,
    /// By outcome.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// By verdict.
    pub verdicts: BTreeMap<Verdict, usize>,
    required: Judged,
    all: Judged,
    /// Required targets that are to be judged.
    pub required_targets: usize,
}

/// Outcomes on the judged path.
#[derive(Debug, Clone, Copy, Default)]
struct Judged {
    good: usize,
    warned: usize,
    failed: usize,
    /// Unknown, and not because nothing is configured.
    unknown: usize,
}

impl Judged {
    fn add(&mut self, diagnosis: Diagnosis) {
        match diagnosis.outcome {
            Outcome::Success => self.good += 1,
            Outcome::Warning => self.warned += 1,
            Outcome::Failure => self.failed += 1,
            // A path without a setting never changes an exit code.
            _ if diagnosis.verdict == Verdict::NotConfigured => {}
            _ => self.unknown += 1,
        }
    }

    /// Those about which the network said something.
    fn known(&self) -> usize {
        self.good + self.warned + self.failed
    }
}

impl Tally {
    /// Nothing yet, of so many attempts, on so many required targets.
    pub fn new(planned: usize, required_targets: usize) -> Self {
        Self { planned, required_targets, ..Self::default() }
    }

    /// Counts an attempt.
    pub fn add(&mut self, diagnosis: Diagnosis, rank: Rank, is_required: bool) {
        self.attempts += 1;
        // Nobody could foresee it.
        self.planned += usize::from(rank == Rank::Fallback);
        *self.outcomes.entry(diagnosis.outcome).or_default() += 1;
        *self.verdicts.entry(diagnosis.verdict).or_default() += 1;
        if rank == Rank::Judged {
            self.all.add(diagnosis);
            if is_required {
                self.required.add(diagnosis);
            }
        }
    }

    /// How many attempts had this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// Required targets that fail on the judged path.
    pub fn blocked(&self) -> usize {
        self.required.failed
    }

    /// The exit code.
    pub fn exit_code(&self, fail_on: FailOn, signal: Option<Signal>) -> u8 {
        if let Some(signal) = signal {
            return signal.exit_code();
        }
        let judged = if fail_on == FailOn::Any { self.all } else { self.required };
        match fail_on {
            FailOn::Never => exit::READY,
            _ if judged.known() == 0 => exit::NOT_JUDGED,
            _ if judged.failed + judged.unknown > 0 => exit::NOT_READY,
            FailOn::Warning if judged.warned > 0 => exit::WARNINGS,
            _ => exit::READY,
        }
    }

    /// The answer in one sentence. `way` names the judged path, as `"cli" (http://proxy:3128)`; `causes` counts what blocks
    /// required targets on it.
    pub fn answer(&self, way: &str, causes: usize, signal: Option<Signal>) -> String {
        let Judged { warned, failed, unknown, .. } = self.required;
        let total = self.required_targets;
        let targets = plural(total, "required target");
        let is = |count: usize| if count == 1 { "is" } else { "are" };
        if let Some(signal) = signal {
            let done = format!("{} of {} are known", self.attempts, plural(self.planned, "attempt"));
            let so_far = match failed {
                0 => "no failure so far".to_owned(),
                _ => format!("{} so far on {way}", plural(failed, "failure")),
            };
            return format!("INTERRUPTED by {}: {done}, {so_far}.", signal.as_str());
        }
        if total == 0 {
            return "NOT JUDGED: there are no targets.".into();
        }
        if self.required.known() == 0 {
            let only = (self.verdicts.len() == 1).then(|| self.verdicts.keys().next()).flatten();
            let why = only.map(|verdict| format!(": {}", verdict.title(true))).unwrap_or_default();
            return format!("NOT JUDGED: nothing could be learnt about {targets} on {way}{why}.");
        }
        if failed > 0 {
            let verb = if causes == 1 { "blocks" } else { "block" };
            let causes = plural(causes, "cause");
            let rest =
                if unknown > 0 { format!("; {unknown} more could not be judged") } else { String::new() };
            return format!("NOT READY: {causes} {verb} {failed} of {targets} on {way}{rest}.");
        }
        if unknown > 0 {
            return format!("NOT READY: {unknown} of {targets} could not be judged on {way}.");
        }
        let good = format!("{total} of {targets} {} reachable", is(total));
        if warned > 0 {
            return format!(
                "READY WITH WARNINGS: {good} on {way}, {warned} {} not as {} should be.",
                is(warned),
                if warned == 1 { "it" } else { "they" }
            );
        }
        format!("READY: {good} on {way}.")
    }
}

/// `1 target`, `2 targets`.
pub fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use probe_core::diagnose::{Owner, Speaker, Stage};

    use super::*;

    fn diagnosis(verdict: Verdict) -> Diagnosis {
        let outcome = verdict.entry().outcome;
        Diagnosis { verdict, outcome, stage: Stage::Done, speaker: Speaker::Client, owner: Owner::Nobody }
    }

    /// Codes for required, any, warning, never.
    fn codes(judged: &[(Verdict, bool)]) -> [u8; 4] {
        let mut tally = Tally::default();
        for (verdict, is_required) in judged {
            tally.add(diagnosis(*verdict), Rank::Judged, *is_required);
        }
        // Another path never counts.
        tally.add(diagnosis(Verdict::ConnectSilent), Rank::Compared, true);
        [FailOn::Required, FailOn::Any, FailOn::Warning, FailOn::Never]
            .map(|fail_on| tally.exit_code(fail_on, None))
    }

    #[test]
    fn exit_codes_of_the_contract() {
        use Verdict as V;
        for (judged, want) in [
            (&[(V::Reachable, true)][..], [0, 0, 0, 0]),
            (&[(V::Reachable, true), (V::InspectedTrusted, true)], [0, 0, 4, 0]),
            (&[(V::Reachable, true), (V::ProxyDenied, true)], [1, 1, 1, 0]),
            (&[(V::Reachable, true), (V::ProxyDenied, false)], [0, 1, 0, 0]),
            (&[(V::Reachable, true), (V::NotMeasured, true)], [1, 1, 1, 0]),
            (&[(V::Reachable, true), (V::NotConfigured, true)], [0, 0, 0, 0]),
            (&[(V::NotConfigured, true)], [3, 3, 3, 0]),
            (&[(V::NotMeasured, true)], [3, 3, 3, 0]),
            (&[], [3, 3, 3, 0]),
        ] {
            assert_eq!(codes(judged), want, "{judged:?}");
        }
        let tally = Tally::default();
        assert_eq!(tally.exit_code(FailOn::Never, Some(Signal::Interrupt)), 130);
        assert_eq!(tally.exit_code(FailOn::Required, Some(Signal::Terminate)), 143);
    }

    #[test]
    fn answers() {
        use Verdict as V;
        let answer = |judged: &[Verdict], causes, signal| {
            let mut tally = Tally::new(9, judged.len());
            for verdict in judged {
                tally.add(diagnosis(*verdict), Rank::Judged, true);
            }
            tally.answer("\"direct\"", causes, signal)
        };
        let answers = [
            answer(&[V::Reachable], 0, None),
            answer(&[V::Reachable, V::Reachable], 0, None),
            answer(&[V::Reachable, V::InspectedTrusted], 0, None),
            answer(&[V::Reachable, V::ProxyDenied, V::ProxyDenied], 1, None),
            answer(&[V::NotMeasured, V::ProxyDenied, V::ConnectSilent], 2, None),
            answer(&[V::Reachable, V::NotMeasured], 0, None),
            answer(&[V::NotConfigured], 0, None),
            answer(&[], 0, None),
            answer(&[V::Reachable, V::ProxyDenied], 1, Some(Signal::Interrupt)),
        ];
        insta::assert_snapshot!(answers.join("\n"));
    }
}
