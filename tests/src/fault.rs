//! One fault: who misbehaves and how, the probe that meets it, and the one right verdict.

use std::fmt::Write as _;
use std::time::Duration;

use crate::contract::{Expected, FirstHop};
use crate::matrix::{Matrix, Row};
use crate::probe::{Probe, Run};
use crate::record::Attempt;
use crate::tool::{Needs, Tool};

/// What a run may take longer than its attempt: starting, reading roots, writing; on a machine that is busy.
const SLACK: Duration = Duration::from_secs(3);
/// What an attempt may take longer than it was told to, by its own account.
const ATTEMPT_SLACK: Duration = Duration::from_millis(750);

type Check = Box<dyn Fn(&Attempt) -> Result<(), String> + Send + Sync>;

/// What a record must say of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Any,
    Null,
    Is(u16),
}

impl Status {
    fn of(status: Option<u16>) -> Self {
        status.map_or(Self::Null, Self::Is)
    }

    fn allows(self, said: Option<u16>) -> bool {
        self == Self::Any || self == Self::of(said)
    }
}

/// A fault with its verdict; `B` is the bed of servers that the tests share.
pub struct Fault<B> {
    /// `server/what is wrong`.
    pub name: &'static str,
    needs: Needs,
    probe: Box<dyn Fn(&B) -> Probe + Send + Sync>,
    hop: FirstHop,
    expected: Expected,
    alternatives: Vec<(&'static str, Expected)>,
    other_machines: Vec<Expected>,
    evidence: Vec<&'static str>,
    proxy_status: Status,
    http_status: Status,
    checks: Vec<Check>,
}

impl<B> Fault<B> {
    /// What the probe meets through a proxy must be called `verdict`.
    pub fn proxied(
        name: &'static str,
        verdict: &'static str,
        probe: impl Fn(&B) -> Probe + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, verdict, FirstHop::Proxy, Box::new(probe))
    }

    /// What the probe meets without a proxy must be called `verdict`.
    pub fn direct(
        name: &'static str,
        verdict: &'static str,
        probe: impl Fn(&B) -> Probe + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, verdict, FirstHop::Origin, Box::new(probe))
    }

    fn new(
        name: &'static str,
        verdict: &'static str,
        hop: FirstHop,
        probe: Box<dyn Fn(&B) -> Probe + Send + Sync>,
    ) -> Self {
        Self {
            name,
            needs: Needs::Met,
            probe,
            hop,
            expected: Expected::of(verdict, hop),
            alternatives: Vec::new(),
            other_machines: Vec::new(),
            evidence: Vec::new(),
            proxy_status: Status::Any,
            http_status: Status::Any,
            checks: Vec::new(),
        }
    }

    /// It needs these programs.
    #[must_use]
    pub fn needing(mut self, tools: &[Tool]) -> Self {
        self.needs = Needs::of(tools);
        self
    }

    /// It needs these programs besides.
    #[must_use]
    pub fn needing_also(mut self, tools: &[Tool]) -> Self {
        if self.needs == Needs::Met {
            self.needs = Needs::of(tools);
        }
        self
    }

    /// It needs what was found out elsewhere.
    #[must_use]
    pub fn if_met(mut self, needs: &Needs) -> Self {
        self.needs = needs.clone();
        self
    }

    /// Another stage than the verdict's own.
    #[must_use]
    pub fn at(mut self, stage: &'static str) -> Self {
        self.expected.stage = stage;
        self
    }

    /// Another speaker than the verdict's own.
    #[must_use]
    pub fn by(mut self, speaker: &'static str) -> Self {
        self.expected.speaker = speaker;
        self
    }

    /// Servers of some versions show this instead, and then this is the right verdict (at the same stage).
    #[must_use]
    pub fn or(mut self, evidence: &'static str, verdict: &'static str) -> Self {
        let stage = self.expected.stage;
        self.alternatives.push((evidence, Expected { stage, ..Expected::of(verdict, self.hop) }));
        self
    }

    /// This machine may be such that this verdict is right.
    #[must_use]
    pub fn or_verdict(mut self, verdict: &'static str) -> Self {
        self.other_machines.push(Expected::of(verdict, self.hop));
        self
    }

    /// Some line of the evidence contains this.
    #[must_use]
    pub fn showing(mut self, text: &'static str) -> Self {
        self.evidence.push(text);
        self
    }

    /// The status of the proxy's answer to CONNECT.
    #[must_use]
    pub fn proxy_status(mut self, status: impl Into<Option<u16>>) -> Self {
        self.proxy_status = Status::of(status.into());
        self
    }

    /// The status of the answer to the request.
    #[must_use]
    pub fn http_status(mut self, status: impl Into<Option<u16>>) -> Self {
        self.http_status = Status::of(status.into());
        self
    }

    /// Something else that must hold.
    #[must_use]
    pub fn also(
        mut self,
        what: &'static str,
        check: impl Fn(&Attempt) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.checks.push(Box::new(move |attempt| if check(attempt) { Ok(()) } else { Err(what.to_owned()) }));
        self
    }

    /// What stands in its way.
    pub fn needs(&self) -> &Needs {
        &self.needs
    }

    /// Meets it, and judges what was said of it.
    ///
    /// # Errors
    /// Everything that is not as it should be, with the whole output.
    pub fn meet(&self, bed: &B, matrix: &Matrix) -> Result<(), String> {
        let probe = (self.probe)(bed);
        let timeout = probe.timeout();
        let run = probe.run();
        let attempts = if run.stdout.is_empty() { Vec::new() } else { run.records().attempts() };
        let wrong = self.judge(&run, &attempts, timeout);
        let said = |field: fn(&Attempt) -> &String| attempts.first().map(field).cloned().unwrap_or_default();
        matrix.add(Row {
            fault: self.name.to_owned(),
            verdict: said(|attempt| &attempt.verdict),
            stage: said(|attempt| &attempt.stage),
            speaker: said(|attempt| &attempt.speaker),
            right: wrong.is_empty(),
        });
        if wrong.is_empty() { Ok(()) } else { Err(format!("{wrong}{run}")) }
    }

    fn judge(&self, run: &Run, attempts: &[Attempt], timeout: Option<Duration>) -> String {
        let mut wrong = String::new();
        let mut note = |what: std::fmt::Arguments<'_>| {
            writeln!(wrong, "wrong: {what}").expect("writing to a string");
        };
        let [attempt] = attempts else {
            note(format_args!("{} attempts instead of one", attempts.len()));
            return wrong;
        };
        let alternative = self.alternatives.iter().find(|(evidence, _)| attempt.shows(evidence));
        let other = self.other_machines.iter().find(|other| other.verdict == attempt.verdict);
        let expected = alternative.map(|(_, expected)| expected).or(other).copied().unwrap_or(self.expected);
        let exit_code = expected.exit_code();
        if run.code() != exit_code {
            note(format_args!("exit code {} instead of {exit_code}", run.code()));
        }
        let Expected { verdict, stage, speaker, owner, outcome } = expected;
        for (name, said, expected) in [
            ("verdict", &attempt.verdict, verdict),
            ("stage", &attempt.stage, stage),
            ("speaker", &attempt.speaker, speaker),
            ("owner", &attempt.owner, owner),
            ("outcome", &attempt.outcome, outcome),
        ] {
            if said != expected {
                note(format_args!("{name} {said} instead of {expected}"));
            }
        }
        for text in self.evidence.iter().filter(|_| alternative.is_none()) {
            if !attempt.shows(text) {
                note(format_args!("no evidence of {text:?} in {:?}", attempt.evidence));
            }
        }
        for (name, said, expected) in [
            ("proxy_status", attempt.proxy_status, self.proxy_status),
            ("http_status", attempt.http_status, self.http_status),
        ] {
            if !expected.allows(said) {
                note(format_args!("{name} {said:?} instead of {expected:?}"));
            }
        }
        for check in &self.checks {
            if let Err(what) = check(attempt) {
                note(format_args!("{what}"));
            }
        }
        if outcome == "failure" && attempt.remedy.is_empty() {
            note(format_args!("a failure without a remedy"));
        }
        if !attempt.evidence.iter().all(|line| line.chars().all(|character| !character.is_control())) {
            note(format_args!("control characters in {:?}", attempt.evidence));
        }
        if let Some(timeout) = timeout {
            if run.elapsed > timeout + SLACK {
                note(format_args!("the run took {:?} with a time-out of {timeout:?}", run.elapsed));
            }
            let took: f64 = attempt.timing_ms.values().sum();
            if took > (timeout + ATTEMPT_SLACK).as_secs_f64() * 1000.0 {
                note(format_args!("the attempt took {took} ms with a time-out of {timeout:?}"));
            }
        }
        wrong
    }
}
