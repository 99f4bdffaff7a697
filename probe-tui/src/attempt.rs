//! One attempt: planned, made, stamped, and written down.

mod planned;

use std::borrow::Cow;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use probe_core::diagnose::lines::LINE;
use probe_core::diagnose::{self, Attempt, Evidence, Owner, Speaker, Stage, Verdict};
use probe_core::probe::conversation::Report;
use probe_core::probe::request::Lent;
use probe_core::probe::{Event, Failure, How};
use probe_core::select::{Path, Route};
use probe_core::target::Target;
use probe_core::text::Text;

use self::planned::{Planned, Sends};
use crate::catalog::Facts;
use crate::limiter::Limiter;
use crate::net::Client;
use crate::outcome::Rank;
use crate::record::{self, Common, Timing};
use crate::secrets::Redactor;
use crate::settings::Ways;
use crate::targets::Targets;
use crate::way::{Paths, Way};

/// What all attempts of a run share.
#[derive(Debug)]
pub struct Shared {
    /// What to probe.
    pub targets: Targets,
    /// The paths to try, the judged one first.
    pub paths: Paths,
    /// What plans are made from.
    pub ways: Ways,
    /// Makes the connections.
    pub client: Client,
    /// How fast at each proxy.
    pub limiter: Limiter,
    /// Longest random wait before an attempt.
    pub jitter: Duration,
    /// What must not be shown.
    pub redactor: Redactor,
}

/// An attempt that came to its end.
#[derive(Debug)]
pub struct Ended {
    /// The number of its target.
    pub target: u32,
    /// Its path.
    pub path: Path,
    /// What it counts for.
    pub rank: Rank,
    /// Whether the client that is followed takes its next way after this one.
    pub leads_on: bool,
    /// What is written down.
    pub record: record::Attempt,
    /// The decisive evidence, without what differs from target to target: what failures with one cause have in common.
    pub cause: Text<LINE>,
    /// Whether the proxy was given credentials.
    pub credentials_sent: bool,
    /// The line of a setting that sends it to its proxy.
    pub setting: Option<String>,
    /// What curl and a program written in Go do here, where that is not the same.
    pub go: Option<String>,
}

/// Which attempt at a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// The slot of its path, 0 for the judged one.
    pub slot: usize,
    /// How many ways of the client have failed before it, where it is followed.
    pub failed: usize,
    /// As whom.
    pub whose: As,
}

impl Try {
    /// The path in this slot, as was asked for.
    pub fn slot(slot: usize) -> Self {
        Self { slot, failed: 0, whose: As::Given }
    }
}

/// As whom an attempt is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum As {
    /// As was asked for: it counts.
    Given,
    /// The same path once more, by the next proxy of its list: a control, since a URL has one attempt for each path.
    Again,
    /// As somebody without credentials for the proxy, to learn what they are needed for: a control, which never counts.
    Anonymous,
}

impl As {
    /// The type of its record.
    const fn record_type(self) -> &'static str {
        match self {
            Self::Given => "attempt",
            Self::Again | Self::Anonymous => "control",
        }
    }
}

impl Ended {
    /// Whether it decides about the exit code.
    pub fn is_judged(&self) -> bool {
        self.rank == Rank::Judged
    }
}

impl Shared {
    /// Waits for a random time, where that was asked for.
    pub async fn rest(&self) {
        if !self.jitter.is_zero() {
            tokio::time::sleep(self.jitter.mul_f64(random())).await;
        }
    }
}

/// Where an attempt goes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hop {
    /// Its settings say that nothing is sent.
    Nowhere,
    /// To the origin.
    Directly,
    /// To this proxy.
    Through(String),
}

impl Hop {
    /// Where a way goes first.
    pub fn of(way: &Way<'_>) -> Self {
        match way.found.route() {
            None => Self::Nowhere,
            Some(route) => route.proxy().map_or(Self::Directly, |proxy| Self::Through(proxy.to_string())),
        }
    }
}

/// Where the attempt at this target over the path in this slot would go first.
pub fn hop(shared: &Shared, index: usize, slot: usize) -> Hop {
    let target = shared.targets.get(index);
    target.map_or(Hop::Nowhere, |target| Hop::of(&shared.ways.way(&shared.paths, slot, &target)))
}

/// Makes one attempt, at once. Never fails: what goes wrong is the result. `None` where the client that is followed has no
/// further way.
///
/// # Panics
/// When there is no such target.
pub async fn attempt(shared: &Shared, index: usize, which: Try, lent: Lent<'_>) -> Option<Ended> {
    let target = shared.targets.get(index).expect("the line was read as a target before");
    let Way { path, found } = match which.failed {
        0 => shared.ways.way(&shared.paths, which.slot, &target),
        failed => shared.ways.fallback(failed, &target)?,
    };
    let mut watch = Stopwatch::default();
    let Planned { sends, notes, setting, go } = Planned::of(shared, path, found, which);
    let (attempt, route) = match sends {
        Sends::To(route) => (send(shared, &target, &route, lent, &mut watch).await, route),
        Sends::Nothing(verdict) => (unsent(verdict), Route::Direct),
        Sends::NotAble(why) => (not_able(&target, why), Route::Direct),
    };
    let facts = shared.targets.facts(index);
    let whose = which.whose;
    let writer = Writer { shared, target: &target, facts, route: &route, path, whose, notes: &notes };
    let record = writer.record(&attempt, watch.end());
    let follows = shared.ways.own.as_ref().filter(|own| own.falls_over && which.slot == 0);
    Some(Ended {
        target: u32::try_from(index).unwrap_or(u32::MAX),
        path,
        rank: match (which.slot, which.failed) {
            (0, 0) => Rank::Judged,
            (_, 0) => Rank::Compared,
            _ => Rank::Fallback,
        },
        leads_on: follows
            .is_some_and(|own| own.client().failover().leads_on(&attempt.diagnosis, route.proxy().is_some())),
        record,
        cause: attempt.cause_line(),
        credentials_sent: attempt.evidence.credentials_sent,
        setting: setting.filter(|_| route.proxy().is_some()),
        go,
    })
}

async fn send(
    shared: &Shared,
    target: &Target<'_>,
    route: &Route<'_>,
    lent: Lent<'_>,
    watch: &mut Stopwatch,
) -> Attempt {
    let proxy = route.proxy().map(ToString::to_string);
    if proxy.as_ref().is_some_and(|proxy| shared.limiter.is_given_up(proxy)) {
        return untried(target, route);
    }
    let begun = tokio::time::Instant::now();
    let port = route.proxy().map_or(target.port, |proxy| proxy.port);
    let mut io = shared.client.connection(port, target.pin);
    let mut evidence = Evidence::new(route);
    let mut observe = |event| watch.see(event);
    let diagnosis =
        probe_core::probe::probe_into(target, route, &mut io, lent, &mut observe, &mut evidence).await;
    let mut attempt = Attempt { diagnosis, evidence };
    shared.redactor.clean_attempt(&mut attempt);
    if let Some(proxy) = &proxy {
        let now = tokio::time::Instant::now();
        // Whoever is asked for less is asked for less, also where the verdict cannot tell the proxy from the origin.
        match answer(&attempt.evidence) {
            Some(answer)
                if answer.status == 429 || attempt.diagnosis.verdict == Verdict::ProxyRateLimited =>
            {
                let seconds = answer.retry_after.flatten();
                let asked = seconds.map(|seconds| Duration::from_secs(seconds.into()));
                shared.limiter.complained(proxy, asked, begun, now);
            }
            Some(_) => shared.limiter.answered(proxy, now),
            // Silence is neither.
            None => {}
        }
    }
    attempt
}

/// The proxy's answer to CONNECT, else the answer to the request.
fn answer(evidence: &Evidence) -> Option<&probe_core::probe::answer::Answer> {
    let of = |report: &'_ Option<Report>| report.as_ref().and_then(|report| report.answer.as_ref()).is_some();
    let report =
        if of(&evidence.connect) && !of(&evidence.http) { &evidence.connect } else { &evidence.http };
    report.as_ref().and_then(|report| report.answer.as_ref())
}

/// An attempt that ends with its settings.
fn unsent(verdict: Verdict) -> Attempt {
    let entry = verdict.entry();
    let diagnosis = diagnose::Diagnosis {
        verdict,
        outcome: entry.outcome,
        stage: Stage::Config,
        speaker: entry.speaker.unwrap_or(Speaker::Client),
        owner: entry.owner,
    };
    Attempt { diagnosis, evidence: Evidence::new(&Route::Direct) }
}

/// An attempt that is left out, since its proxy is asked no more.
fn untried(target: &Target<'_>, route: &Route<'_>) -> Attempt {
    let mut evidence = Evidence::new(route);
    evidence.credentials_sent = false;
    evidence.not_measured = Some(Failure::new(How::NotTried("the proxy asks for fewer requests")));
    Attempt { diagnosis: diagnose::diagnose(target, route, &evidence), evidence }
}

/// An attempt that this program cannot make.
fn not_able(target: &Target<'_>, what: &'static str) -> Attempt {
    let mut evidence = Evidence::new(&Route::Direct);
    evidence.not_measured = Some(Failure::new(How::NotSupported(what)));
    let diagnosis = diagnose::diagnose(target, &Route::Direct, &evidence);
    Attempt { diagnosis: diagnose::Diagnosis { owner: Owner::Nobody, ..diagnosis }, evidence }
}

/// Writes an attempt down.
struct Writer<'a> {
    shared: &'a Shared,
    target: &'a Target<'a>,
    facts: &'a Facts,
    route: &'a Route<'a>,
    path: Path,
    whose: As,
    notes: &'a [String],
}

impl Writer<'_> {
    fn record(&self, attempt: &Attempt, timing_ms: Timing) -> record::Attempt {
        let diagnosis = attempt.diagnosis;
        let evidence = &attempt.evidence;
        let status = |report: &Option<Report>| report.as_ref()?.answer.as_ref().map(|answer| answer.status);
        let schemes = answer(evidence).into_iter().flat_map(|answer| &answer.auth_schemes);
        record::Attempt {
            common: Common::new(self.whose.record_type(), Timestamp::now()),
            url: self.target.url.to_owned(),
            endpoint: self.facts.endpoint.clone(),
            required: self.facts.required,
            path: self.path.id(),
            proxy: self.route.proxy().map(ToString::to_string),
            outcome: diagnosis.outcome,
            verdict: diagnosis.verdict,
            stage: diagnosis.stage,
            speaker: diagnosis.speaker,
            owner: diagnosis.owner,
            proxy_status: status(&evidence.connect),
            http_status: status(&evidence.http),
            tls: evidence
                .tls
                .as_ref()
                .filter(|report| report.peer.chain.is_some())
                .map(|report| (&report.peer).into()),
            evidence: self.evidence(attempt),
            auth_schemes: schemes.map(|scheme| scheme.as_str().to_owned()).collect(),
            timing_ms,
            remedy: attempt.remedy(self.target, self.route).to_string(),
        }
    }

    fn evidence(&self, attempt: &Attempt) -> Vec<String> {
        let mut lines = Vec::new();
        attempt.evidence_lines(&mut |line| lines.push(self.shown(attempt, line)));
        // Where the settings keep everything from being sent, the notes are all that is known, and decide.
        let is_setting = attempt.diagnosis.stage == Stage::Config && self.route.proxy().is_none();
        let at = if is_setting { 0 } else { lines.len() };
        lines.splice(at..at, self.notes.iter().cloned());
        lines
    }

    /// A line with the sockets that stand-ins stand for.
    fn shown(&self, attempt: &Attempt, line: &str) -> String {
        let overrides = self.shared.client.overrides();
        let mut line = Cow::Borrowed(line);
        if !overrides.is_empty() {
            let evidence = &attempt.evidence;
            let tried = evidence.refused.iter().map(|(address, _)| *address).chain(evidence.connected);
            for (address, socket) in tried.filter_map(|address| Some((address, overrides.socket(address)?))) {
                line = Cow::Owned(line.replace(&address.to_string(), &socket.to_string()));
            }
        }
        line.into_owned()
    }
}

/// How long each stage takes.
#[derive(Debug, Default)]
struct Stopwatch {
    running: Option<(Stage, Instant)>,
    times: Vec<(Stage, f64)>,
}

impl Stopwatch {
    fn see(&mut self, event: Event) {
        match event {
            Event::Entered(stage) => {
                self.stop();
                self.running = Some((stage, Instant::now()));
            }
            Event::Done(_) => self.stop(),
            _ => {}
        }
    }

    fn stop(&mut self) {
        if let Some((stage, since)) = self.running.take() {
            self.times.push((stage, since.elapsed().as_secs_f64() * 1000.0));
        }
    }

    fn end(mut self) -> Timing {
        self.stop();
        Timing(self.times)
    }
}

/// A number from 0 to 1 that nobody can foretell well. Good enough to spread attempts, and for nothing else.
fn random() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

/// Attempts without a network, for tests of what is made of them.
#[cfg(test)]
pub(crate) mod scripted {
    use std::sync::Arc;

    use probe_core::probe::script::{Act, Script, run};
    use probe_core::select::plan;

    use super::*;
    use crate::mistakes::Mistakes;
    use crate::net::trust::Roots;
    use crate::net::{Config, Deadlines, Overrides, Trust};
    use crate::way::Found;

    /// A run over these targets, by way of `--proxy` and directly.
    pub(crate) fn shared(list: &str, ways: Ways) -> Shared {
        let deadlines = Deadlines { connect: Duration::from_secs(1), total: Duration::from_secs(1) };
        let trust = Arc::new(Trust::of(Roots::default(), Roots::default()));
        let mut mistakes = Mistakes::default();
        let targets = Targets::from_list("list", list.to_owned(), &mut mistakes);
        assert!(mistakes.is_empty(), "{mistakes}");
        Shared {
            targets,
            paths: Paths::Given(vec![Path::Cli, Path::Direct]),
            redactor: ways.redactor(),
            ways,
            client: Client::new(Config { trust, overrides: Overrides::new(), deadlines }),
            limiter: Limiter::new(Duration::ZERO),
            jitter: Duration::ZERO,
        }
    }

    /// An attempt in which these things happen, at a fixed time.
    pub(crate) fn attempt(shared: &Shared, index: usize, slot: usize, acts: &[Act<'_>]) -> Ended {
        let target = shared.targets.get(index).unwrap();
        let Way { path, found: Found::Planned(plan::Planned::Route { route, .. }) } =
            shared.ways.way(&shared.paths, slot, &target)
        else {
            panic!()
        };
        let mut attempt =
            run(probe_core::probe(&target, &route, &mut Script::new(acts), &mut [0; 4096], &mut |_| ()));
        shared.redactor.clean_attempt(&mut attempt);
        let timing = Timing(vec![(Stage::Connect, 1.5), (Stage::ProxyConnect, 40.25)]);
        let facts = shared.targets.facts(index);
        let whose = As::Given;
        let writer = Writer { shared, target: &target, facts, route: &route, path, whose, notes: &[] };
        let mut record = writer.record(&attempt, timing);
        record.common.ts = "2026-11-23T15:12:03.120Z".parse().unwrap();
        let cause = attempt.cause_line();
        let credentials_sent = attempt.evidence.credentials_sent;
        let target = u32::try_from(index).unwrap();
        let rank = if slot == 0 { Rank::Judged } else { Rank::Compared };
        Ended {
            target,
            path,
            rank,
            leads_on: false,
            record,
            cause,
            credentials_sent,
            setting: None,
            go: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_waits_differ() {
        let numbers: Vec<f64> = (0..16).map(|_| random()).collect();
        assert!(numbers.iter().all(|number| (0.0..=1.0).contains(number)));
        assert!(numbers.iter().any(|number| (number - numbers[0]).abs() > 1e-6));
    }

    #[test]
    fn stages_follow_each_other() {
        let mut watch = Stopwatch::default();
        watch.see(Event::Entered(Stage::Connect));
        watch.see(Event::Entered(Stage::Tls));
        watch.see(Event::Done(Verdict::TlsSilent));
        let stages: Vec<_> = watch.end().0.into_iter().map(|(stage, _)| stage).collect();
        assert_eq!(stages, [Stage::Connect, Stage::Tls]);
    }
}
