//! The records of a run, as JSON Lines has them and CSV flattens them.
//!
//! Field names and values are part of the contract of results: readers ignore fields that they do not know, and rely on
//! those that they do.

use std::collections::BTreeMap;

use jiff::Timestamp;
use probe_core::diagnose::{Diagnosis, FindingId, Outcome, Owner, Speaker, Stage, Verdict};
use probe_core::probe::tls::TlsPeer;
use probe_core::select::Path;
use serde::{Serialize, Serializer};

/// The version of the contract.
pub const VERSION: u8 = 1;

/// What all records begin with.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Common {
    v: u8,
    r#type: &'static str,
    /// When it was made.
    #[serde(serialize_with = "serialize_time")]
    pub ts: Timestamp,
}

impl Common {
    /// The beginning of a record of this type.
    pub fn new(r#type: &'static str, ts: Timestamp) -> Self {
        Self { v: VERSION, r#type, ts }
    }

    /// Whether this is of an attempt that is not counted.
    pub fn is_control(&self) -> bool {
        self.r#type == "control"
    }
}

/// A time to the millisecond (RFC 3339, UTC): more is not known, and would only widen every line.
pub fn time(ts: Timestamp) -> String {
    format!("{ts:.3}")
}

fn serialize_time<S: Serializer>(ts: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time(*ts))
}

/// What a run is, before its first attempt.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    /// Version, type, time.
    #[serde(flatten)]
    pub common: Common,
    /// The program's version.
    pub version: &'static str,
    /// The place where the run is made.
    pub vantage: String,
    /// The addresses that this machine uses towards the outside.
    pub addresses: Vec<String>,
    /// How many targets there are.
    pub targets: usize,
    /// The paths, the judged one first.
    pub paths: Vec<&'static str>,
    /// The path that decides about the exit code; where it differs from target to target, that of the first.
    pub judged_path: &'static str,
    /// Whose settings say what the paths mean; none where they come from the command line alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<&'static str>,
    /// The list that targets were chosen from; none where all of them are the user's.
    pub catalog: Option<List>,
    /// What was typed, without secrets.
    pub options: Options,
    /// Whose output the attempts were read from, where this program did not make them itself. Then no option counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported: Option<&'static str>,
}

/// A list of endpoints, and what was chosen of it.
#[derive(Debug, Clone, Serialize)]
pub struct List {
    /// Where it comes from, in words.
    pub source: String,
    /// When it was compiled (RFC 3339).
    pub date: Option<String>,
    /// How old it is.
    pub age_days: Option<i32>,
    /// The same in words.
    pub age: String,
    /// What is to be said about its age.
    pub warning: Option<&'static str>,
    /// What was chosen, in words.
    pub selection: String,
    /// How many endpoints were chosen.
    pub endpoints: usize,
    /// How many targets test them.
    pub targets: usize,
    /// Endpoints that no target tests, each with the reason.
    pub untested: Vec<String>,
    /// Where the official lists contradict each other about an endpoint.
    pub conflicts: Vec<String>,
    /// What else is to be known.
    pub notes: Vec<String>,
}

/// What was typed, without secrets.
#[derive(Debug, Clone, Serialize)]
pub struct Options {
    /// The proxy of the path `cli`, without credentials.
    pub proxy: Option<String>,
    /// Whether credentials were given for it.
    pub credentials: bool,
    /// `--noproxy`.
    pub noproxy: Option<String>,
    /// `--as-client`.
    #[serde(skip_serializing_if = "is_false")]
    pub as_client: bool,
    /// In seconds.
    pub connect_timeout: f64,
    /// In seconds.
    pub timeout: f64,
    /// Attempts at the same time.
    pub parallel: usize,
    /// Attempts a second at one proxy, 0 for no limit.
    pub rate: f64,
    /// In seconds.
    pub jitter: f64,
    /// Which outcomes the exit code tells of.
    pub fail_on: &'static str,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// One target over one path.
#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    /// Version, type, time (when it ended).
    #[serde(flatten)]
    pub common: Common,
    /// The target.
    pub url: String,
    /// The host pattern of the catalogue; none for a URL of the user's.
    pub endpoint: Option<String>,
    /// Whether the exit code depends on it.
    pub required: bool,
    /// The path.
    pub path: &'static str,
    /// `http://host:port`, without credentials.
    pub proxy: Option<String>,
    /// How good it is.
    pub outcome: Outcome,
    /// The name of the result.
    pub verdict: Verdict,
    /// Where the journey ended.
    pub stage: Stage,
    /// Who produced the decisive evidence.
    pub speaker: Speaker,
    /// Who can fix it first.
    pub owner: Owner,
    /// The status of the proxy's answer to CONNECT.
    pub proxy_status: Option<u16>,
    /// The status of the answer to the request.
    pub http_status: Option<u16>,
    /// The origin's TLS.
    pub tls: Option<Tls>,
    /// Short strings, the decisive first.
    pub evidence: Vec<String>,
    /// What the proxy offers for logging in.
    pub auth_schemes: Vec<String>,
    /// How long each stage took that happened.
    pub timing_ms: Timing,
    /// What to do.
    pub remedy: String,
}

impl Attempt {
    /// What it means.
    pub fn diagnosis(&self) -> Diagnosis {
        let Self { verdict, outcome, stage, speaker, owner, .. } = *self;
        Diagnosis { verdict, outcome, stage, speaker, owner }
    }
}

/// What TLS showed of the origin.
#[derive(Debug, Clone, Serialize)]
pub struct Tls {
    /// `TLSv1.2`, `TLSv1.3`.
    pub version: Option<&'static str>,
    /// Of the first certificate.
    pub issuer: Option<String>,
    /// Of the first certificate.
    pub subject: Option<String>,
    /// Of the first certificate.
    pub not_after: Option<Timestamp>,
    /// Over the certificates as they were sent, in hexadecimal.
    pub chain_sha256: Option<String>,
}

impl From<&TlsPeer> for Tls {
    fn from(peer: &TlsPeer) -> Self {
        let name = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            version: peer.version.map(probe_core::probe::TlsVersion::as_str),
            issuer: name(peer.issuer.as_str()),
            subject: name(peer.subject.as_str()),
            not_after: peer.not_after.and_then(|seconds| Timestamp::from_second(seconds).ok()),
            chain_sha256: peer.chain_sha256.map(|hash| hexadecimal(&hash)),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// How long the stages of an attempt took, in milliseconds, in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timing(pub Vec<(Stage, f64)>);

impl Timing {
    /// All stages together.
    pub fn total(&self) -> f64 {
        // Not `sum`, which makes -0 of nothing.
        self.0.iter().fold(0.0, |total, (_, time)| total + time)
    }

    /// One stage.
    pub fn of(&self, stage: Stage) -> Option<f64> {
        self.0.iter().find(|(one, _)| *one == stage).map(|(_, time)| *time)
    }
}

impl Serialize for Timing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(stage, time)| (stage, (time * 1000.0).round() / 1000.0)))
    }
}

/// What several attempts say together.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// Version, type, time.
    #[serde(flatten)]
    pub common: Common,
    /// The id of the finding.
    pub finding: &'static str,
    /// The path of its attempts.
    pub path: &'static str,
    /// Their proxy, without credentials.
    pub proxy: Option<String>,
    /// Their verdict, where they share one.
    pub verdict: Option<Verdict>,
    /// How bad it is.
    pub outcome: Option<Outcome>,
    /// Who said it.
    pub speaker: Option<Speaker>,
    /// Who can fix it first.
    pub owner: Option<Owner>,
    /// The decisive evidence.
    pub evidence: Vec<String>,
    /// How many attempts.
    pub count: usize,
    /// How many of them are required.
    pub required: usize,
    /// Their targets.
    pub urls: Vec<String>,
    /// What it means, in one sentence.
    pub text: String,
    /// What to do.
    pub remedy: String,
}

impl Finding {
    /// A finding about settings alone: nobody was asked, so nobody spoke.
    pub fn of_settings(id: FindingId, ts: Timestamp, evidence: Vec<String>, urls: Vec<String>) -> Self {
        Self {
            common: Common::new("finding", ts),
            finding: id.id(),
            path: Path::Default.id(),
            proxy: None,
            verdict: None,
            outcome: None,
            speaker: None,
            owner: None,
            evidence,
            count: urls.len(),
            required: urls.len(),
            urls,
            text: id.title().to_owned(),
            remedy: id.meaning().to_owned(),
        }
    }
}

/// The end of a run.
#[derive(Debug, Clone, Serialize)]
pub struct End {
    /// Version, type, time.
    #[serde(flatten)]
    pub common: Common,
    /// How many attempts were to be made.
    pub planned: usize,
    /// How many came to an end.
    pub attempts: usize,
    /// `SIGINT` or `SIGTERM`, where a signal ended the run.
    pub interrupted: Option<&'static str>,
    /// Attempts by outcome.
    pub outcomes: BTreeMap<&'static str, usize>,
    /// Attempts by verdict.
    pub verdicts: BTreeMap<&'static str, usize>,
    /// The exit code.
    pub exit_code: u8,
    /// The answer, in one sentence.
    pub answer: String,
}
