//! What the attempts of a run say together: gathered as they end, and said when all are in.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use probe_core::catalog::Service;
use probe_core::diagnose::findings::{Cause, Causes};
use probe_core::diagnose::{FindingId, Outcome, Owner, Speaker, Stage, Verdict};
use probe_core::select::Path;

use crate::attempt::{Ended, Shared};
use crate::catalog::Facts;
use crate::outcome::{FailOn, Signal, Tally};
use crate::output::Grouped;
use crate::record::{self, Common, End, Finding};
use crate::targets::Targets;

/// Everything that is kept of attempts that ended.
#[derive(Debug, Default)]
pub struct Results {
    /// The counts.
    pub tally: Tally,
    causes: Causes,
    ways: Ways,
    /// What to do about each cause, with the names of the first of its targets.
    remedies: HashMap<Key, (u32, String)>,
    /// Targets that curl and programs written in Go reach by different ways, and which of the choices that is.
    go: Vec<(u32, usize)>,
    choices: Vec<String>,
    services: Services,
    /// Targets that pass on the judged path with credentials for the proxy.
    with_credentials: Vec<u32>,
    fallback: Fallback,
    controls: Vec<record::Attempt>,
    /// Which of them was made without credentials.
    anonymous: Option<usize>,
}

/// Targets that fail on the way that the client takes first, and pass on another.
#[derive(Debug, Default)]
struct Fallback {
    /// By which way, with which verdict.
    failed: Vec<(u32, u32, Verdict)>,
    /// By which other way.
    passed: Vec<(u32, u32)>,
}

impl Fallback {
    fn finding(mut self, path: &'static str, ways: &Ways, targets: &Targets) -> Option<Finding> {
        self.failed.sort_unstable_by_key(|(target, ..)| *target);
        // As they were tried, the first that passes.
        self.passed.sort_by_key(|(target, _)| *target);
        let (mut evidence, mut members) = (Vec::new(), Vec::new());
        for (target, way, verdict) in self.failed {
            let from = self.passed.partition_point(|(other, _)| *other < target);
            let Some((_, other)) = self.passed.get(from).filter(|(other, _)| *other == target) else {
                continue;
            };
            members.push(target);
            let line = format!("{}: {verdict}; {} works", ways.words(way), ways.words(*other));
            if evidence.len() < MOST_EVIDENCE && !evidence.contains(&line) {
                evidence.push(line);
            }
        }
        let id = FindingId::WorksOnlyByFallback;
        (!members.is_empty()).then(|| finding(id, path, evidence, members, Owner::EndpointAdmin, targets))
    }
}

/// A few different lines say it all.
const MOST_EVIDENCE: usize = 5;

/// What the judged path says about services that need more than a verdict for each of their targets.
#[derive(Debug, Default)]
struct Services {
    /// Targets that must be reached without a proxy, and were tried through one: with what came of it.
    proxied: Vec<(u32, Verdict, String)>,
    /// Targets that serve revocation and trust lists on plain http, and fail.
    revocation_failed: Vec<u32>,
    /// Targets inside TLS that succeed, and that fail.
    inside_tls: (usize, usize),
}

impl Services {
    fn add(&mut self, ended: &Ended, facts: &Facts) {
        let record = &ended.record;
        let (good, bad) = match record.outcome {
            Outcome::Success | Outcome::Warning => (1, 0),
            Outcome::Failure => (0, 1),
            _ => return,
        };
        if let Some(proxy) = record.proxy.as_ref().filter(|_| facts.direct) {
            self.proxied.push((ended.target, record.verdict, proxy.clone()));
        }
        if record.url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) {
            self.inside_tls = (self.inside_tls.0 + good, self.inside_tls.1 + bad);
        } else if facts.service.is_some_and(Service::is_revocation) && bad > 0 {
            self.revocation_failed.push(ended.target);
        }
    }

    fn findings(self, path: &'static str, targets: &Targets) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut say = |id, evidence, members, owner| {
            findings.push(finding(id, path, evidence, members, owner, targets));
        };
        if !self.proxied.is_empty() {
            let lines: BTreeSet<String> = self
                .proxied
                .iter()
                .map(|(_, verdict, proxy)| format!("through {proxy}: {verdict}"))
                .collect();
            let members = self.proxied.iter().map(|(target, ..)| *target).collect();
            say(FindingId::MustBypassProxy, lines.into_iter().collect(), members, Owner::EndpointAdmin);
        }
        // Where most fails, the cause is another one.
        let (good, bad) = self.inside_tls;
        if !self.revocation_failed.is_empty() && good > bad {
            let evidence = format!("{good} of {} targets inside TLS pass on the same path", good + bad);
            say(FindingId::RevocationBlocked, vec![evidence], self.revocation_failed, Owner::ProxyTeam);
        }
        findings
    }
}

/// What some targets of the judged path say together.
fn finding(
    id: FindingId,
    path: &'static str,
    evidence: Vec<String>,
    mut members: Vec<u32>,
    owner: Owner,
    targets: &Targets,
) -> Finding {
    members.sort_unstable();
    let numbers = members.iter().map(|member| *member as usize);
    Finding {
        common: Common::new("finding", Timestamp::now()),
        finding: id.id(),
        path,
        proxy: None,
        verdict: None,
        outcome: None,
        speaker: None,
        owner: Some(owner),
        evidence,
        count: members.len(),
        required: numbers.clone().filter(|number| targets.facts(*number).required).count(),
        urls: numbers.map(|number| targets.url(number).to_owned()).collect(),
        text: id.title().to_owned(),
        remedy: id.meaning().to_owned(),
    }
}

/// What causes are told apart by.
type Key = (Verdict, Speaker, Stage, u32, String);

/// Ways are what causes are kept apart by, besides their evidence.
#[derive(Debug, Default)]
struct Ways {
    known: Vec<Way>,
}

/// A path with its proxy, or with the setting that keeps everything from being sent.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Way {
    path: Path,
    is_judged: bool,
    proxy: Option<String>,
    /// The line of a setting that names the proxy.
    setting: Option<String>,
    /// Why nothing is sent.
    unsent: Option<String>,
}

impl Ways {
    fn number(&mut self, way: Way) -> u32 {
        let number = self.known.iter().position(|known| *known == way).unwrap_or_else(|| {
            self.known.push(way);
            self.known.len() - 1
        });
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// In words: `"named" (http://proxy:3128)`.
    fn words(&self, number: u32) -> String {
        let way = self.known.get(number as usize);
        way.map(|way| in_words(way.path.id(), way.proxy.as_deref())).unwrap_or_default()
    }

    /// Those of judged attempts.
    fn judged(&self) -> impl Iterator<Item = &Way> {
        self.known.iter().filter(|way| way.is_judged)
    }
}

/// A path and its proxy: `"default" (no proxy)`.
fn in_words(path: &str, proxy: Option<&str>) -> String {
    match proxy {
        Some(proxy) => format!("\"{path}\" ({proxy})"),
        None if path != Path::Direct.id() => format!("\"{path}\" (no proxy)"),
        None => format!("\"{path}\""),
    }
}

impl Results {
    /// Nothing yet, of so many attempts on `required` targets.
    pub fn new(planned: usize, required: usize) -> Self {
        Self { tally: Tally::new(planned, required), ..Self::default() }
    }

    /// Adds an attempt or a control, with what is known of its target.
    pub fn add(&mut self, ended: &Ended, facts: &Facts) {
        let record = &ended.record;
        let diagnosis = record.diagnosis();
        if record.common.is_control() {
            self.controls.push(record.clone());
        } else {
            self.tally.add(diagnosis, ended.rank, record.required);
        }
        let is_judged = ended.is_judged();
        if is_judged {
            self.services.add(ended, facts);
            let passes = matches!(diagnosis.outcome, Outcome::Success | Outcome::Warning);
            if passes && ended.credentials_sent {
                self.with_credentials.push(ended.target);
            }
        }
        let unsent = record.evidence.first().filter(|_| diagnosis.stage == Stage::Config).cloned();
        let way = Way {
            path: ended.path,
            is_judged,
            proxy: record.proxy.clone(),
            setting: ended.setting.clone(),
            unsent,
        };
        let way = self.ways.number(way);
        match diagnosis.outcome {
            Outcome::Failure if is_judged => {
                self.fallback.failed.push((ended.target, way, diagnosis.verdict));
            }
            Outcome::Success | Outcome::Warning if !is_judged => {
                self.fallback.passed.push((ended.target, way));
            }
            _ => {}
        }
        if let Some(go) = &ended.go {
            let choice = self.choices.iter().position(|known| known == go).unwrap_or_else(|| {
                self.choices.push(go.clone());
                self.choices.len() - 1
            });
            self.go.push((ended.target, choice));
        }
        if diagnosis.outcome == Outcome::Success || record.common.is_control() {
            return;
        }
        self.causes.add(diagnosis, ended.cause.clone(), way, ended.target, record.required);
        let key =
            (diagnosis.verdict, diagnosis.speaker, diagnosis.stage, way, ended.cause.as_str().to_owned());
        let remedy = self.remedies.entry(key).or_insert_with(|| (ended.target, record.remedy.clone()));
        if ended.target < remedy.0 {
            *remedy = (ended.target, record.remedy.clone());
        }
    }

    /// The first target that passes on the judged path with credentials for the proxy.
    pub fn passed_with_credentials(&self) -> Option<u32> {
        self.with_credentials.iter().copied().min()
    }

    /// Adds an attempt that was made without credentials, to learn what they are needed for.
    pub fn add_anonymous(&mut self, ended: &Ended) {
        self.anonymous = Some(self.controls.len());
        self.controls.push(ended.record.clone());
    }

    /// What the controls say about targets that pass with credentials: that these are needed.
    fn only_with_credentials(&self, path: &'static str, targets: &Targets) -> Option<Finding> {
        let control = self.controls.get(self.anonymous?)?;
        if control.verdict != Verdict::ProxyAuthRequired {
            return None;
        }
        let url = &control.url;
        let mut evidence = vec![format!("without credentials, {url}: {}", control.verdict)];
        evidence.extend(control.evidence.first().cloned());
        let members = self.with_credentials.clone();
        let finding =
            finding(FindingId::WorksOnlyWithCredentials, path, evidence, members, Owner::ProxyTeam, targets);
        Some(Finding { proxy: control.proxy.clone(), ..finding })
    }

    /// The judged path in words: `"cli" (http://proxy:3128)`.
    fn judged_way(&self, path: &str) -> String {
        let sent = self.ways.judged().filter(|way| way.unsent.is_none());
        let ways: BTreeSet<_> = sent.map(|way| (way.path.id(), way.proxy.as_deref())).collect();
        let paths: BTreeSet<_> = ways.iter().map(|(path, _)| format!("\"{path}\"")).collect();
        let mut ways = ways.into_iter();
        match (ways.next(), ways.next()) {
            (Some((path, proxy)), None) => in_words(path, proxy),
            (None, _) => format!("\"{path}\""),
            _ => paths.into_iter().collect::<Vec<_>>().join(" and "),
        }
    }

    /// Ends the gathering.
    pub fn conclude(self, shared: &Shared, fail_on: FailOn, signal: Option<Signal>) -> Conclusion {
        let client = shared.ways.own.as_ref().map(|own| own.client().as_str());
        self.conclude_over(&shared.targets, client, fail_on, signal)
    }

    /// Ends the gathering of attempts at these targets, whoever made them, as `client` by its own settings.
    pub fn conclude_over(
        self,
        targets: &Targets,
        client: Option<&str>,
        fail_on: FailOn,
        signal: Option<Signal>,
    ) -> Conclusion {
        // Where a client goes by several paths, the first of them stands for all.
        let judged = self.ways.judged().next().map_or(Path::Default, |way| way.path).id();
        let whose = client.map(|client| format!(" as {client}")).unwrap_or_default();
        let judged_way = format!("{}{whose}", self.judged_way(judged));
        let only_with_credentials = self.only_with_credentials(judged, targets);
        let Self { tally, causes, ways, remedies, go, choices, services, fallback, controls, .. } = self;
        let mut grouped: Vec<Grouped> = Vec::new();
        for mut cause in causes.into_sorted() {
            // As the user gave them, not as they ended.
            cause.members.sort_unstable();
            let Some(way) = ways.known.get(cause.way as usize) else { continue };
            let diagnosis = &cause.diagnosis;
            let evidence = cause.evidence.as_str().to_owned();
            let shown = way.unsent.clone().unwrap_or_else(|| evidence.clone());
            let key = (diagnosis.verdict, diagnosis.speaker, diagnosis.stage, cause.way, evidence);
            grouped.push(Grouped {
                path: way.path.id(),
                is_judged: way.is_judged,
                proxy: way.proxy.clone(),
                setting: way.setting.clone(),
                evidence: shown,
                remedy: remedies.get(&key).map(|(_, remedy)| remedy.clone()).unwrap_or_default(),
                cause,
            });
        }
        // Stable: within a path the worst stay first.
        grouped.sort_by_key(|one| !one.is_judged);
        let blocking = |one: &&Grouped| {
            one.is_judged && one.cause.required > 0 && one.cause.diagnosis.outcome == Outcome::Failure
        };
        let causes = grouped.iter().filter(blocking).count();
        let mut findings = findings(&grouped, &go, &choices, targets);
        findings.extend(only_with_credentials);
        findings.extend(services.findings(judged, targets));
        findings.extend(fallback.finding(judged, &ways, targets));
        let end = End {
            common: Common::new("end", Timestamp::now()),
            planned: tally.planned,
            attempts: tally.attempts,
            interrupted: signal.map(Signal::as_str),
            outcomes: tally.outcomes.iter().map(|(outcome, count)| (outcome.id(), *count)).collect(),
            verdicts: tally.verdicts.iter().map(|(verdict, count)| (verdict.id(), *count)).collect(),
            exit_code: tally.exit_code(fail_on, signal),
            answer: tally.answer(&judged_way, causes, signal),
        };
        Conclusion { controls, causes: grouped, findings, end }
    }
}

/// What is said when a run is over.
#[derive(Debug)]
pub struct Conclusion {
    /// Attempts that do not count.
    pub controls: Vec<record::Attempt>,
    /// All causes, those of the judged path first.
    pub causes: Vec<Grouped>,
    /// All findings.
    pub findings: Vec<Finding>,
    /// The counts and the answer.
    pub end: End,
}

fn findings(causes: &[Grouped], go: &[(u32, usize)], choices: &[String], targets: &Targets) -> Vec<Finding> {
    let url = |member: &u32| targets.url(*member as usize).to_owned();
    let counts = |cause: &Cause| cause.members.len() > 1 && cause.diagnosis.outcome == Outcome::Failure;
    let mut findings: Vec<Finding> = causes
        .iter()
        .filter(|one| counts(&one.cause))
        .map(|one| {
            let diagnosis = one.cause.diagnosis;
            Finding {
                common: Common::new("finding", Timestamp::now()),
                finding: FindingId::OneCause.id(),
                path: one.path,
                proxy: one.proxy.clone(),
                verdict: Some(diagnosis.verdict),
                outcome: Some(diagnosis.outcome),
                speaker: Some(diagnosis.speaker),
                owner: Some(diagnosis.owner),
                evidence: Some(one.evidence.clone()).filter(|line| !line.is_empty()).into_iter().collect(),
                count: one.cause.members.len(),
                required: one.cause.required,
                urls: one.cause.members.iter().map(url).collect(),
                text: diagnosis.verdict.title(one.proxy.is_some()).to_owned(),
                remedy: one.remedy.clone(),
            }
        })
        .collect();
    if !go.is_empty() {
        // A few different ones say it all.
        let evidence = choices.iter().take(5).cloned().collect();
        let urls = go.iter().map(|(target, _)| url(target)).collect();
        findings.push(Finding::of_settings(FindingId::DialectsDisagree, Timestamp::now(), evidence, urls));
    }
    findings
}
