//! The report for people: what blocks, who can fix it and how; then every attempt on a line; then the answer.
//!
//! Nothing is written before the end: the causes come first, and they are known last. Results that wait cost a few dozen
//! bytes each.

use std::fmt::Write as _;
use std::io::{self, Write};

use probe_core::diagnose::{FindingId, Outcome, Verdict};
use probe_core::target::Target;

use super::layout::{cut, pad, width, wrap};
use super::{Grouped, Output, Summary};
use crate::attempt::Ended;
use crate::color::{Paint, Role, glyph};
use crate::outcome::{Rank, plural};
use crate::record;

/// Findings that stand above everything where another tool's answer is judged: what makes a good one a lie.
const ABOVE: [FindingId; 3] =
    [FindingId::NeverAsked, FindingId::WronglyAccepted, FindingId::WorksOnlyByFallback];

/// Targets that are named for one cause.
const NAMED: usize = 5;

/// Hosts that are named as needing the same remedy: more than any list of Defender has.
const MOST_HOSTS: usize = 200;

/// The least room for evidence in a line of the table.
const LEAST_EVIDENCE: usize = 16;

/// The report.
#[derive(Debug)]
pub struct Human<W> {
    out: W,
    paint: Paint,
    columns: usize,
    paths: Vec<&'static str>,
    is_imported: bool,
    list: Option<record::List>,
    rows: Vec<Row>,
}

/// An attempt as a line.
#[derive(Debug)]
struct Row {
    target: u32,
    rank: Rank,
    path: &'static str,
    outcome: Outcome,
    verdict: Verdict,
    /// `None` where nothing was sent.
    milliseconds: Option<f64>,
    evidence: Box<str>,
    required: bool,
}

impl<W: Write> Human<W> {
    /// Writes to `out` in lines of at most `columns`, where no single word is longer.
    pub fn new(out: W, paint: Paint, columns: usize) -> Self {
        Self { out, paint, columns, paths: Vec::new(), is_imported: false, list: None, rows: Vec::new() }
    }

    fn causes(&self, report: &mut String, summary: &Summary<'_>) {
        let (judged, others): (Vec<_>, Vec<_>) = summary.causes.iter().partition(|one| one.is_judged);
        for one in judged {
            self.cause(report, one, summary);
        }
        if !others.is_empty() {
            let title = "Other paths, which are not judged:";
            let _ = writeln!(report, "{}", self.paint.paint(Role::Strong, title));
            for one in others {
                self.other(report, one);
            }
            report.push('\n');
        }
    }

    /// A cause on the judged path, in full.
    fn cause(&self, report: &mut String, one: &Grouped, summary: &Summary<'_>) {
        let cause = &one.cause;
        let diagnosis = &cause.diagnosis;
        let role = Role::of(diagnosis.outcome);
        let title = format!(
            "{} on \"{}\": {} [{}]",
            plural(cause.members.len(), "target"),
            one.path,
            diagnosis.verdict.title(one.proxy.is_some()),
            diagnosis.verdict,
        );
        let mut lines = wrap(&title, self.columns.saturating_sub(2)).into_iter();
        let first = lines.next().unwrap_or_default();
        let _ = writeln!(
            report,
            "{} {}",
            self.paint.paint(role, glyph(diagnosis.outcome)),
            self.paint.paint(Role::Strong, first)
        );
        for line in lines {
            let _ = writeln!(report, "  {}", self.paint.paint(Role::Strong, line));
        }
        self.part(report, "Who can fix it", diagnosis.owner.phrase());
        if !one.evidence.is_empty() {
            self.part(report, "Evidence", &one.evidence);
        }
        if let Some(setting) = &one.setting {
            self.part(report, "Setting", setting);
        }
        self.part(report, "What to do", &one.remedy);
        self.same_for(report, cause.members.iter().map(|member| summary.targets.url(*member as usize)));
        let urls = cause.members.iter().map(|member| summary.targets.url(*member as usize));
        self.names(report, urls, cause.members.len());
        report.push('\n');
    }

    /// The other hosts of a cause: the remedy names the first one, and who opens an allowlist needs them all.
    fn same_for<'u>(&self, report: &mut String, urls: impl Iterator<Item = &'u str>) {
        let mut hosts = Vec::new();
        for url in urls {
            let host = Target::parse(url).map(|target| target.authority().to_string()).unwrap_or_default();
            if !host.is_empty() && !hosts.contains(&host) {
                hosts.push(host);
            }
            if hosts.len() > MOST_HOSTS {
                hosts.push("and others, which the records name".into());
                break;
            }
        }
        if hosts.len() > 1 {
            self.part(report, "The same for", &hosts[1..].join(", "));
        }
    }

    /// The first few of some targets.
    fn names<'u>(&self, report: &mut String, urls: impl Iterator<Item = &'u str>, count: usize) {
        for (index, url) in urls.take(NAMED).enumerate() {
            self.part(report, if index == 0 { "Targets" } else { "" }, url);
        }
        if count > NAMED {
            self.part(report, "", &format!("and {} more", count - NAMED));
        }
    }

    /// `  Label:  text`, the text broken and set in.
    fn part(&self, report: &mut String, label: &str, text: &str) {
        const LABEL: usize = 16;
        let mut shown = match label {
            "" => " ".repeat(LABEL),
            _ => self.paint.paint(Role::Aside, pad(&format!("{label}:"), LABEL)).to_string(),
        };
        for line in wrap(text, self.columns.saturating_sub(LABEL + 2)) {
            let _ = writeln!(report, "{}", format!("  {shown}{line}").trim_end());
            shown = " ".repeat(LABEL);
        }
    }

    /// A cause on another path, on a line.
    fn other(&self, report: &mut String, one: &Grouped) {
        let diagnosis = &one.cause.diagnosis;
        let title = diagnosis.verdict.title(one.proxy.is_some());
        let text = format!(
            "{}: {}, {} [{}]",
            one.path,
            plural(one.cause.members.len(), "target"),
            title,
            diagnosis.verdict
        );
        let mut mark = self.paint.paint(Role::of(diagnosis.outcome), glyph(diagnosis.outcome)).to_string();
        for line in wrap(&text, self.columns.saturating_sub(4)) {
            let _ = writeln!(report, "  {mark} {line}");
            mark = " ".into();
        }
    }

    /// Findings other than causes: those that stand above them, or the others.
    fn findings(&self, report: &mut String, summary: &Summary<'_>, above: bool) {
        let is_above = |id: &str| self.is_imported && ABOVE.iter().any(|one| one.id() == id);
        let others = summary.findings.iter().filter(|finding| finding.verdict.is_none());
        for finding in others.filter(|finding| is_above(finding.finding) == above) {
            let text = format!("{}: {} [{}]", plural(finding.count, "target"), finding.text, finding.finding);
            let mut mark = self.paint.paint(Role::Doubtful, '!').to_string();
            for line in wrap(&text, self.columns.saturating_sub(2)) {
                let _ = writeln!(report, "{mark} {line}");
                mark = " ".into();
            }
            for line in &finding.evidence {
                self.part(report, "Evidence", line);
            }
            self.part(report, "What to do", &finding.remedy);
            self.names(report, finding.urls.iter().map(String::as_str), finding.urls.len());
            report.push('\n');
        }
    }

    /// What was chosen from which list, how old it is, and what it does not say.
    fn about_the_list(&self, report: &mut String) {
        let Some(list) = &self.list else { return };
        let chosen = format!(
            "{} ({}), for {}: {}, {}",
            list.source,
            list.age,
            list.selection,
            plural(list.endpoints, "endpoint"),
            plural(list.targets, "test")
        );
        self.part(report, "List", &chosen);
        if let Some(warning) = list.warning {
            self.part(report, "Warning", &format!("the list is {}: {warning}", list.age));
        }
        for (label, lines) in
            [("Note", &list.notes), ("Not tested", &list.untested), ("Contradiction", &list.conflicts)]
        {
            for line in lines {
                self.part(report, label, line);
            }
        }
        report.push('\n');
    }

    fn table(&mut self, report: &mut String, summary: &Summary<'_>) {
        let order = |path: &str| self.paths.iter().position(|one| *one == path);
        self.rows
            .sort_by_key(|row| (row.target, row.rank != Rank::Judged, order(row.path).unwrap_or(usize::MAX)));
        let path_width = self.rows.iter().map(|row| row.path.len()).max().unwrap_or_default();
        let verdict_width = self.rows.iter().map(|row| row.verdict.id().len()).max().unwrap_or_default();
        for row in &self.rows {
            let time = row.milliseconds.map_or_else(|| "-".into(), duration);
            let url = summary.targets.url(row.target as usize);
            let url = url.strip_prefix("https://").unwrap_or(url);
            let fixed = 2 + path_width + 1 + verdict_width + 1 + 6 + 1;
            let room = self.columns.saturating_sub(fixed);
            let optional = if row.required { "" } else { " (optional)" };
            let mut text = cut(url, room.max(31).saturating_sub(optional.len()));
            text.push_str(optional);
            let left = room.saturating_sub(width(&text) + 2);
            if left >= LEAST_EVIDENCE && !row.evidence.is_empty() {
                let _ = write!(text, "  {}", self.paint.paint(Role::Aside, cut(&row.evidence, left)));
            }
            let role = Role::of(row.outcome);
            let _ = writeln!(
                report,
                "{} {} {} {time:>6} {text}",
                self.paint.paint(role, glyph(row.outcome)),
                pad(row.path, path_width),
                self.paint.paint(role, pad(row.verdict.id(), verdict_width)),
            );
        }
        if !self.rows.is_empty() {
            report.push('\n');
        }
    }
}

impl<W: Write> Output for Human<W> {
    fn begin(&mut self, run: &record::Run) -> io::Result<()> {
        self.paths.clone_from(&run.paths);
        self.is_imported = run.imported.is_some();
        self.list.clone_from(&run.catalog);
        Ok(())
    }

    fn attempt(&mut self, ended: &Ended) -> io::Result<()> {
        let record = &ended.record;
        self.rows.push(Row {
            target: ended.target,
            rank: ended.rank,
            path: record.path,
            outcome: record.outcome,
            verdict: record.verdict,
            milliseconds: Some(record.timing_ms.total()).filter(|_| !record.timing_ms.0.is_empty()),
            required: record.required,
            evidence: record.evidence.first().map(String::as_str).unwrap_or_default().into(),
        });
        Ok(())
    }

    fn finish(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        let mut report = String::new();
        self.findings(&mut report, summary, true);
        self.causes(&mut report, summary);
        self.findings(&mut report, summary, false);
        self.table(&mut report, summary);
        self.about_the_list(&mut report);
        let role = match summary.end.answer.split(':').next() {
            Some("READY") => Role::Good,
            Some("NOT READY") => Role::Bad,
            _ => Role::Doubtful,
        };
        // Never broken: the last line is the whole answer, also for `tail -n 1`.
        let _ = writeln!(report, "{}", self.paint.paint(role, &summary.end.answer));
        self.out.write_all(report.as_bytes())?;
        self.out.flush()
    }
}

/// `12 ms`, `1.5 s`.
fn duration(milliseconds: f64) -> String {
    if milliseconds < 999.5 {
        format!("{milliseconds:.0} ms")
    } else {
        format!("{:.1} s", milliseconds / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(
            [0.0, 0.4, 999.4, 999.6, 12_345.0].map(duration),
            ["0 ms", "0 ms", "999 ms", "1.0 s", "12.3 s"]
        );
    }
}
