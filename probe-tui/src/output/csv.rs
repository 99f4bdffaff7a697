//! CSV (RFC 4180): a header, and one row for each attempt. Lists stand in one field, separated by ` | `.

use std::io::{self, Write};

use csv::{Terminator, Writer, WriterBuilder};
use probe_core::diagnose::Stage;

use super::{Output, Summary};
use crate::attempt::Ended;
use crate::record::{self, Attempt};

/// The columns before those of the timing.
const COLUMNS: [&str; 22] = [
    "ts",
    "url",
    "endpoint",
    "required",
    "path",
    "proxy",
    "outcome",
    "verdict",
    "stage",
    "speaker",
    "owner",
    "proxy_status",
    "http_status",
    "tls_version",
    "tls_issuer",
    "tls_subject",
    "tls_not_after",
    "tls_chain_sha256",
    "evidence",
    "auth_schemes",
    "remedy",
    "v",
];

/// Stages that take time.
const TIMED: [Stage; 6] =
    [Stage::Resolve, Stage::Connect, Stage::ProxyTls, Stage::ProxyConnect, Stage::Tls, Stage::Http];

/// Writes rows as attempts end.
#[derive(Debug)]
pub struct Csv<W: Write> {
    out: Writer<W>,
}

impl<W: Write> Csv<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out: WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out) }
    }

    fn write(&mut self, fields: impl IntoIterator<Item = String>) -> io::Result<()> {
        self.out.write_record(fields).map_err(io::Error::from)?;
        self.out.flush()
    }
}

impl<W: Write> Output for Csv<W> {
    fn begin(&mut self, _run: &record::Run) -> io::Result<()> {
        let timing = TIMED.iter().map(|stage| format!("timing_ms_{stage}"));
        self.write(COLUMNS.iter().map(|column| (*column).to_owned()).chain(timing))
    }

    fn attempt(&mut self, ended: &Ended) -> io::Result<()> {
        let record = &ended.record;
        let timing = TIMED
            .iter()
            .map(|stage| record.timing_ms.of(*stage).map_or_else(String::new, |ms| format!("{ms:.3}")));
        self.write(fields(record).into_iter().map(|field| harmless(&field)).chain(timing))
    }

    fn finish(&mut self, _summary: &Summary<'_>) -> io::Result<()> {
        self.out.flush()
    }
}

fn fields(record: &Attempt) -> [String; COLUMNS.len()] {
    let number = |status: Option<u16>| status.map_or_else(String::new, |status| status.to_string());
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let tls = record.tls.as_ref();
    [
        record::time(record.common.ts),
        record.url.clone(),
        text(record.endpoint.as_deref()),
        record.required.to_string(),
        record.path.to_owned(),
        text(record.proxy.as_deref()),
        record.outcome.to_string(),
        record.verdict.to_string(),
        record.stage.to_string(),
        record.speaker.to_string(),
        record.owner.to_string(),
        number(record.proxy_status),
        number(record.http_status),
        text(tls.and_then(|tls| tls.version)),
        text(tls.and_then(|tls| tls.issuer.as_deref())),
        text(tls.and_then(|tls| tls.subject.as_deref())),
        tls.and_then(|tls| tls.not_after).map_or_else(String::new, |time| time.to_string()),
        text(tls.and_then(|tls| tls.chain_sha256.as_deref())),
        record.evidence.join(" | "),
        record.auth_schemes.join(" | "),
        record.remedy.clone(),
        record::VERSION.to_string(),
    ]
}

/// A field that no spreadsheet takes for a formula: those begin with `=`, `+`, `-`, `@`, a tab or a line's end.
pub fn harmless(field: &str) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{field}")
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_is_a_formula() {
        for field in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(field), format!("'{field}"));
        }
        assert_eq!(harmless("http=1"), "http=1");
    }
}
