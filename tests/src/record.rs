//! The records of a run, as a reader of JSON Lines meets them. Every field that the contract names must be there: one that is
//! missing, or of another type, fails the test that reads it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One attempt, or one control.
#[derive(Debug, Clone, Deserialize)]
pub struct Attempt {
    /// The version of the records.
    pub v: u32,
    /// When it was written: RFC 3339, UTC.
    pub ts: String,
    /// The target.
    pub url: String,
    /// The pattern of the catalogue, if it came from there.
    #[serde(deserialize_with = "present")]
    pub endpoint: Option<String>,
    /// Whether it counts for the exit code.
    pub required: bool,
    /// The way that was tried.
    pub path: String,
    /// The proxy, without credentials.
    #[serde(deserialize_with = "present")]
    pub proxy: Option<String>,
    /// `success`, `warning`, `failure` or `unknown`.
    pub outcome: String,
    /// The id of the verdict.
    pub verdict: String,
    /// Where the journey ended.
    pub stage: String,
    /// Who produced the decisive evidence.
    pub speaker: String,
    /// Who can fix it first.
    pub owner: String,
    /// Status of the proxy's answer to CONNECT.
    #[serde(deserialize_with = "present")]
    pub proxy_status: Option<u16>,
    /// Status of the answer to the request.
    #[serde(deserialize_with = "present")]
    pub http_status: Option<u16>,
    /// What was seen of the origin's TLS.
    #[serde(deserialize_with = "present")]
    pub tls: Option<Tls>,
    /// What was observed, decisive first.
    pub evidence: Vec<String>,
    /// The schemes that a proxy offers.
    pub auth_schemes: Vec<String>,
    /// Milliseconds by stage; only stages that happened.
    pub timing_ms: BTreeMap<String, f64>,
    /// What to do.
    pub remedy: String,
}

/// What was seen of TLS.
#[derive(Debug, Clone, Deserialize)]
pub struct Tls {
    /// The version agreed on.
    #[serde(deserialize_with = "present")]
    pub version: Option<String>,
    /// Issuer of the first certificate.
    #[serde(deserialize_with = "present")]
    pub issuer: Option<String>,
    /// Subject of the first certificate.
    #[serde(deserialize_with = "present")]
    pub subject: Option<String>,
    /// End of its validity.
    #[serde(deserialize_with = "present")]
    pub not_after: Option<String>,
    /// Digest of the chain.
    #[serde(deserialize_with = "present")]
    pub chain_sha256: Option<String>,
}

/// A field that may be null and must be there.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(field: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(field)
}

impl Attempt {
    /// Whether a line of its evidence contains this.
    pub fn shows(&self, text: &str) -> bool {
        self.evidence.iter().any(|line| line.contains(text))
    }
}

/// All records of a run, in order.
#[derive(Debug, Clone)]
pub struct Records(Vec<Value>);

impl Records {
    /// Reads JSON Lines. Each line must be one object with `v` 1, a known `type` and a time in UTC.
    pub fn parse(text: &str) -> Self {
        let records = text.lines().map(|line| {
            let record: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("no JSON: {error}\n{line:?}\nin:\n{text}"));
            assert_eq!(record["v"], 1, "the version is missing: {line}");
            let kind = record["type"].as_str().unwrap_or_default();
            let known = ["run", "plan", "attempt", "control", "finding", "end"];
            assert!(known.contains(&kind), "type {kind:?} is not one of {known:?}: {line}");
            let time = record["ts"].as_str().unwrap_or_default();
            assert!(is_utc(time), "ts {time:?} is not RFC 3339 in UTC: {line}");
            record
        });
        Self(records.collect())
    }

    /// The records of one type.
    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |record| record["type"] == kind)
    }

    /// Their types, in order.
    pub fn types(&self) -> Vec<&str> {
        self.0.iter().filter_map(|record| record["type"].as_str()).collect()
    }

    /// All attempts; controls are not among them.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.of_type("attempt")
            .map(|record| {
                Attempt::deserialize(record)
                    .unwrap_or_else(|error| panic!("an attempt lacks a field: {error}\n{record}"))
            })
            .collect()
    }
}

/// `2026-11-23T15:12:03.120Z`, with or without the fraction.
fn is_utc(time: &str) -> bool {
    let Some((date, clock)) = time.strip_suffix('Z').and_then(|time| time.split_once('T')) else {
        return false;
    };
    let digits = |text: &str, lengths: &[usize], separator: char| {
        let parts: Vec<&str> = text.split(separator).collect();
        parts.len() == lengths.len()
            && parts
                .iter()
                .zip(lengths)
                .all(|(part, length)| part.len() == *length && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    digits(date, &[4, 2, 2], '-')
        && digits(clock, &[2, 2, 2], ':')
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_in_utc() {
        assert!(is_utc("2026-11-23T15:12:03.120Z"));
        assert!(is_utc("2026-11-23T15:12:03Z"));
        for wrong in
            ["", "2026-11-23", "2026-11-23T15:12:03", "2026-11-23T15:12:03+01:00", "2026-11-23T15:12Z"]
        {
            assert!(!is_utc(wrong), "{wrong}");
        }
    }

    #[test]
    #[should_panic(expected = "missing field `proxy`")]
    fn a_field_that_may_be_null_must_be_there() {
        let line = r#"{"v":1,"type":"attempt","ts":"2026-11-23T15:12:03Z","url":"https://a.test/","endpoint":null,"required":true,"path":"cli"}"#;
        let _ = Records::parse(line).attempts();
    }
}
