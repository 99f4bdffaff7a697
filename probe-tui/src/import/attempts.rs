//! What was read, as the records of attempts, and what they say together: first what makes the tool's own answer a lie.

use jiff::Timestamp;
use probe_core::catalog::{COMPILED, Region};
use probe_core::diagnose::verdict::Context;
use probe_core::diagnose::{FindingId, Outcome, Stage};
use probe_core::select::Path;
use probe_core::target::Target;
use probe_core::text::Text;

use super::coverage::{self, Group, Reported, Unasked};
use super::judge::{self, Judged, Known, Way};
use super::{Import, Said, Tested, Tool, What};
use crate::attempt::Ended;
use crate::mistakes::Mistakes;
use crate::outcome::Rank;
use crate::record::{self, Common, Finding, Timing};
use crate::targets::Targets;

/// Lines of evidence of one finding.
const MOST_EVIDENCE: usize = 5;

/// What comes of a tool's output.
#[derive(Debug)]
pub struct Attempts {
    /// The URLs, those that were asked first.
    pub targets: Targets,
    /// The paths, the judged one first.
    pub paths: Vec<Path>,
    /// One for each URL and path; of what was not asked, one for the judged path.
    pub ended: Vec<Ended>,
    /// What they say together, besides shared causes.
    pub findings: Vec<Finding>,
    /// What else is to be said.
    pub notes: Vec<String>,
}

/// Judges everything that was read.
pub fn attempts(import: &Import) -> Attempts {
    let paths = import.paths();
    let (unasked, mut notes) = coverage::unasked(import);
    let mut findings = Vec::new();
    let mut ended = Vec::new();
    for (number, tested) in (0..).zip(&import.tested) {
        let known = Known::of(&tested.url);
        for (path_number, path) in (0..).zip(&paths) {
            ended.push(attempt(import, tested, known, number, (path_number, *path)));
        }
    }
    let judged = paths.first().copied().unwrap_or(Path::Default);
    findings.extend(never_asked(import, judged, &unasked));
    findings.extend(wrongly_accepted(import, judged, &ended));
    for (number, unasked) in (import.tested.len()..).zip(&unasked) {
        ended.push(not_asked(import, unasked, u32::try_from(number).unwrap_or(u32::MAX), judged));
    }
    notes.extend(about_results(import));
    let urls = import.tested.iter().map(|tested| tested.url.as_str());
    let list: Vec<&str> = urls.chain(unasked.iter().map(|unasked| unasked.url.as_str())).collect();
    // Every URL was read as one before; those of the catalogue are checked by its tests.
    let targets = Targets::from_list(import.tool.as_str(), list.join("\n"), &mut Mistakes::default());
    Attempts { targets, paths, ended, findings, notes }
}

/// One URL over one path.
fn attempt(
    import: &Import,
    tested: &Tested,
    known: Known,
    target: u32,
    (number, path): (usize, Path),
) -> Ended {
    let said = tested.said.iter().find(|said| said.path == path);
    let (way, proxy) = way(import, path, said);
    let judged = match said {
        Some(said) => judge::judge(&known, said.what, way, directly(tested)),
        None if tested.is_cut => {
            judge::not_measured("the output ends before this path, or goes on with something else")
        }
        None => judge::not_measured("the tool says nothing of this path"),
    };
    let mut evidence: Vec<String> = said.iter().flat_map(|said| lines(said)).collect();
    if judged.diagnosis.stage == Stage::Config {
        // Where nothing was sent, the reason decides, and is what many have in common.
        let cause =
            Some(judged.cause.clone()).filter(|cause| !cause.is_empty() && !judged.notes.contains(cause));
        evidence.splice(0..0, judged.notes.iter().cloned().chain(cause));
    } else {
        evidence.extend(judged.notes.iter().cloned());
    }
    if tested.no_pinning && judged.diagnosis.outcome == Outcome::Success && known.is_https {
        evidence.push("it was asked without pinning: an inspection of TLS would not show".into());
    }
    evidence.extend(of_certificates(import, &tested.url));
    let parts = Parts { url: &tested.url, known, judged, proxy, path, evidence };
    parts.ended(target, number)
}

fn not_asked(import: &Import, unasked: &Unasked, target: u32, path: Path) -> Ended {
    let known = Known::of(&unasked.url);
    let why = match unasked.reported {
        Reported::NotSaid(_) => "the XML does not say whether this URL was asked, nor what it answered",
        _ => "the tool never asked this URL",
    };
    let mut judged = judge::not_measured(why);
    let group = unasked.group.map_or("its group", Group::phrase);
    judged.notes.push(format!("{group}: {}", about(unasked)));
    let evidence = judged.notes.clone();
    let (_, proxy) = way(import, path, None);
    Parts { url: &unasked.url, known, judged, proxy, path, evidence }.ended(target, 0)
}

fn about(unasked: &Unasked) -> String {
    match unasked.reported {
        Reported::Fine(id) => format!("the tool reports that all is well ({id})"),
        Reported::Failures(id) => format!("the tool reports failures ({id}), and not this one"),
        Reported::NotSaid(id) => format!("the XML has result {id} alone"),
        Reported::WouldBeFine => "by the tool's rule all is well".into(),
        Reported::Listed => "the URL stands in the tool's list".into(),
    }
}

/// The tool's lines about one path, the decisive one first.
fn lines(said: &Said) -> impl Iterator<Item = String> {
    std::iter::once(&said.line).chain(&said.more).map(ToString::to_string)
}

/// The status that the direct path got.
fn directly(tested: &Tested) -> Option<u16> {
    tested.said.iter().find(|said| said.path == Path::Direct).and_then(|said| match said.what {
        What::Status { status, .. } => Some(status),
        _ => None,
    })
}

/// By which way a path goes, and by which proxy.
fn way(import: &Import, path: Path, said: Option<&Said>) -> (Way, Option<String>) {
    let found = || import.config.as_ref().and_then(|config| super::proxy(&config.address));
    let named = said.and_then(|said| said.proxy.clone());
    match (path, &import.config) {
        (Path::Direct, _) => (Way::Direct, None),
        (Path::Named | Path::Cli, _) => (Way::Proxied, named),
        (Path::Default, Some(config)) if config.is_direct() => (Way::Direct, None),
        (Path::Default, Some(config))
            if ["NamedWinHttp", "Environment"].contains(&config.method.as_str()) =>
        {
            (Way::Proxied, found())
        }
        (Path::Wpad, Some(config)) if config.method == "AutoDetectWPAD" && !config.is_direct() => {
            (Way::Proxied, found())
        }
        _ => (Way::Unsaid, None),
    }
}

/// What the analyzer's look at certificates says of a URL: 131028, 132026 and 132027.
fn of_certificates(import: &Import, url: &str) -> Vec<String> {
    let texts = [131_028, 132_026, 132_027].into_iter().flat_map(|id| {
        let texts = import.results.get(&id).into_iter().flatten();
        texts.filter(|text| text.contains(url)).map(move |text| format!("result {id}: {text}"))
    });
    let mut lines: Vec<String> = texts.take(3).collect();
    if !lines.is_empty() {
        let caution = "the tool's roots are of 2024, and of a URL that it cannot reach it shows the issuer of the one before";
        lines.push(caution.into());
    }
    lines
}

/// Everything that a record is made of.
struct Parts<'a> {
    url: &'a str,
    known: Known,
    judged: Judged,
    proxy: Option<String>,
    path: Path,
    evidence: Vec<String>,
}

impl Parts<'_> {
    fn ended(self, target: u32, slot: usize) -> Ended {
        let Self { url, known, judged, proxy, .. } = self;
        let diagnosis = judged.diagnosis;
        let parsed = Target::parse(url).ok();
        let context = Context {
            url: Some(&url),
            host: parsed.as_ref().map(|target| &target.host as &dyn std::fmt::Display),
            port: parsed.as_ref().map(|target| target.port),
            proxy: proxy.as_ref().map(|proxy| proxy as &dyn std::fmt::Display),
            status: judged.status,
            ..Context::default()
        };
        let remedy = diagnosis.verdict.remedy(context).to_string();
        let of_proxy = judged.status.filter(|_| diagnosis.stage == Stage::ProxyConnect);
        let record = record::Attempt {
            common: Common::new("attempt", Timestamp::now()),
            url: url.to_owned(),
            endpoint: known.endpoint.map(str::to_owned),
            required: known.is_required,
            path: self.path.id(),
            proxy,
            outcome: diagnosis.outcome,
            verdict: diagnosis.verdict,
            stage: diagnosis.stage,
            speaker: diagnosis.speaker,
            owner: diagnosis.owner,
            proxy_status: of_proxy,
            http_status: judged.status.filter(|_| of_proxy.is_none()),
            tls: None,
            evidence: self.evidence,
            auth_schemes: Vec::new(),
            timing_ms: Timing::default(),
            remedy,
        };
        let cause = Text::from_bytes(judged.cause.as_bytes());
        let rank = if slot == 0 { Rank::Judged } else { Rank::Compared };
        let path = self.path;
        Ended {
            target,
            path,
            rank,
            leads_on: false,
            record,
            cause,
            credentials_sent: false,
            setting: None,
            go: None,
        }
    }
}

fn finding(id: FindingId, path: Path) -> Finding {
    Finding {
        common: Common::new("finding", Timestamp::now()),
        finding: id.id(),
        path: path.id(),
        proxy: None,
        verdict: None,
        outcome: None,
        speaker: None,
        owner: None,
        evidence: Vec::new(),
        count: 0,
        required: 0,
        urls: Vec::new(),
        text: id.title().to_owned(),
        remedy: id.meaning().to_owned(),
    }
}

/// URLs that were never asked, group by group.
fn never_asked(import: &Import, path: Path, unasked: &[Unasked]) -> Option<Finding> {
    let urls: Vec<&Unasked> =
        unasked.iter().filter(|one| !matches!(one.reported, Reported::NotSaid(_))).collect();
    if urls.is_empty() {
        return None;
    }
    let mut finding = finding(FindingId::NeverAsked, path);
    for group in Group::ALL {
        let of_group = urls.iter().filter(|one| one.group == Some(group));
        let Some(about) = of_group.clone().next().map(|one| about(one)) else { continue };
        let asked = import.tested.iter().filter(|tested| Group::of_url(&tested.url) == Some(group)).count();
        let needed = asked + of_group.count();
        finding.evidence.push(format!("{}: {asked} of {needed} URLs were asked; {about}", group.phrase()));
    }
    finding.evidence.push(format!("needed as Microsoft's lists say, as of {COMPILED}"));
    finding.count = urls.len();
    finding.required = urls.iter().filter(|one| Known::of(&one.url).is_required).count();
    finding.urls = urls.iter().map(|one| one.url.clone()).collect();
    Some(finding)
}

/// Lines that the analyzer's script takes for good and that are not.
fn wrongly_accepted(import: &Import, path: Path, ended: &[Ended]) -> Option<Finding> {
    if import.tool != Tool::Analyzer {
        return None;
    }
    let mut found = finding(FindingId::WronglyAccepted, path);
    for ended in ended.iter().filter(|ended| ended.record.outcome == Outcome::Failure) {
        let record = &ended.record;
        let tested = import.tested.get(ended.target as usize);
        let said = tested.and_then(|tested| tested.said.iter().find(|said| said.path.id() == record.path));
        let Some(said) = said.filter(|said| coverage::accepts(said.what)) else { continue };
        add(&mut found, record, format!("{}: {}", record.url, said.line));
    }
    (found.count > 0).then_some(found)
}

fn add(finding: &mut Finding, record: &record::Attempt, evidence: String) {
    if finding.evidence.len() < MOST_EVIDENCE {
        finding.evidence.push(evidence);
    }
    if !finding.urls.contains(&record.url) {
        finding.count += 1;
        finding.required += usize::from(record.required);
        finding.urls.push(record.url.clone());
    }
}

/// Results of the analyzer that are about no URL in particular.
fn about_results(import: &Import) -> Vec<String> {
    let text = |id: u32| match id {
        131_001 => Some("the tool could not run its connectivity checks at all (PsExec is often blocked)"),
        131_002 => Some("there is a blank in TelemetryProxyServer"),
        131_004 | 131_005 => Some("certificates could not be checked for revocation"),
        131_007 => Some("cloud-delivered protection could not be reached (ValidateMapsConnection)"),
        _ => None,
    };
    let mut notes: Vec<String> = import
        .results
        .keys()
        .filter_map(|id| Some(format!("result {id} of the tool: {}", text(*id)?)))
        .collect();
    if !import.has_urls {
        let region = import.region.as_deref().and_then(Region::from_id);
        let which = region.map_or("it names no region that is known here".into(), |region| {
            format!("the URLs of {} are listed as not measured", region.phrase())
        });
        notes.push(format!("the XML says which groups passed, and not which URLs were asked: {which}"));
    }
    notes
}

#[cfg(test)]
mod tests {
    use probe_core::diagnose::Verdict;

    use super::*;

    #[test]
    fn not_measured_is_the_only_verdict_without_a_line() {
        let import = super::super::read(b"Testing URL : https://a.example/\n").expect("an analyzer's");
        let all = attempts(&import);
        assert!(all.ended.iter().all(|ended| ended.record.verdict == Verdict::NotMeasured));
        assert_eq!(all.ended.len(), 1);
    }
}
