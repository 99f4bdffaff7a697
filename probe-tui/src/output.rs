//! How results are written: one file for each format, all behind one trait.

pub mod analyzer;
pub mod csv;
pub mod human;
pub mod jsonl;
pub mod layout;

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use probe_core::diagnose::findings::Cause;

use crate::attempt::Ended;
use crate::color::Paint;
use crate::record;
use crate::targets::Targets;

/// The words of `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A report for people.
    Human,
    /// JSON Lines.
    Jsonl,
    /// Rows.
    Csv,
    /// The block of Microsoft's analyzer.
    Analyzer,
}

impl Format {
    /// Reads a word of `--format`.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "human" => Some(Self::Human),
            "jsonl" => Some(Self::Jsonl),
            "csv" => Some(Self::Csv),
            "analyzer" => Some(Self::Analyzer),
            _ => None,
        }
    }
}

impl Format {
    /// What writes in this form to `out`, in these colours and so wide.
    pub fn output(self, out: impl Write + 'static, paint: Paint, columns: usize) -> Box<dyn Output> {
        match self {
            Self::Human => Box::new(human::Human::new(out, paint, columns)),
            Self::Jsonl => Box::new(jsonl::Jsonl::new(out)),
            Self::Csv => Box::new(csv::Csv::new(out)),
            Self::Analyzer => Box::new(analyzer::Analyzer::new(out)),
        }
    }
}

/// What takes the results of a run, as they come. After an error nothing more is handed over.
pub trait Output {
    /// The run begins.
    fn begin(&mut self, run: &record::Run) -> io::Result<()>;

    /// An attempt came to its end.
    fn attempt(&mut self, ended: &Ended) -> io::Result<()>;

    /// The run is over.
    fn finish(&mut self, summary: &Summary<'_>) -> io::Result<()>;
}

/// What was put into words and is not yet written. Clones are the same page.
#[derive(Debug, Clone, Default)]
pub struct Page(Rc<RefCell<Vec<u8>>>);

impl Page {
    /// What stands on it, which is then empty.
    pub fn take(&self) -> Vec<u8> {
        self.0.take()
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is known when a run is over.
#[derive(Debug)]
pub struct Summary<'a> {
    /// Attempts that were made to learn something about others, and that do not count.
    pub controls: &'a [record::Attempt],
    /// Causes of failures, warnings and unknowns, with what is to be said about them. Those of the judged path first, the
    /// worst of them first.
    pub causes: &'a [Grouped],
    /// Everything that several attempts say together, causes of several failures among it.
    pub findings: &'a [record::Finding],
    /// The counts and the answer.
    pub end: &'a record::End,
    /// The targets, by the numbers that causes have for them.
    pub targets: &'a Targets,
}

/// A cause, and the words for it.
#[derive(Debug)]
pub struct Grouped {
    /// The cause.
    pub cause: Cause,
    /// The path of its attempts.
    pub path: &'static str,
    /// Whether that is the judged path.
    pub is_judged: bool,
    /// Their proxy, without credentials.
    pub proxy: Option<String>,
    /// The line of a setting that names it.
    pub setting: Option<String>,
    /// The decisive evidence, without secrets.
    pub evidence: String,
    /// What to do, with the names of the first of its attempts.
    pub remedy: String,
}

#[cfg(test)]
mod tests {
    use probe_core::probe::How;
    use probe_core::probe::script::Act;

    use super::*;
    use crate::attempt::scripted;
    use crate::outcome::FailOn;
    use crate::record::{Common, Options, Run};
    use crate::results::Results;
    use crate::secrets::Secret;
    use crate::settings::Ways;

    const LIST: &str = "https://a.example/commands/test\nhttps://b.example/\nhttp://c.example/ca.crl\n\
                        https://a-very-long-name-that-does-not-fit.into-one-line.endpoint.example/and/its/path\n";

    fn run_record() -> Run {
        Run {
            common: Common::new("run", "2026-11-23T15:12:03Z".parse().unwrap()),
            version: "1.2.3",
            vantage: "here".into(),
            addresses: vec!["10.1.2.3".into()],
            targets: 4,
            paths: vec!["cli", "direct"],
            judged_path: "cli",
            client: None,
            catalog: None,
            options: Options {
                proxy: Some("http://198.18.0.9:3128".into()),
                credentials: true,
                as_client: false,
                noproxy: None,
                connect_timeout: 5.0,
                timeout: 20.0,
                parallel: 16,
                rate: 20.0,
                jitter: 0.0,
                fail_on: "required",
            },
            imported: None,
        }
    }

    /// The same attempts in any format.
    fn written(make: impl FnOnce(Page) -> Box<dyn Output>) -> String {
        let denied: &[Act<'_>] = &[
            Act::Connected,
            Act::Receive(
                b"HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\nVia: =cmd \x9b2J\r\n\r\n",
            ),
        ];
        // A proxy that says the password back, and one that asks for it.
        let echo: &[Act<'_>] = &[
            Act::Connected,
            Act::Receive(b"HTTP/1.1 407 hunter2!\r\nServer: Basic YWw6aHVudGVyMiE=\r\nProxy-Authenticate: NTLM, Basic\r\n\r\n"),
        ];
        let fine: &[Act<'_>] =
            &[Act::Connected, Act::Receive(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")];
        let refused: &[Act<'_>] = &[
            Act::Addresses(&[std::net::IpAddr::V4([198, 18, 0, 1].into())]),
            Act::NotConnected(How::Refused),
        ];
        let ways = Ways {
            proxy: Some("198.18.0.9:3128".into()),
            credentials: Some(("al".into(), Secret::new("hunter2!".into()))),
            ..Ways::default()
        };
        let shared = scripted::shared(LIST, ways);
        let page = Page::default();
        let mut output = make(page.clone());
        let mut results = Results::new(8, 4);
        output.begin(&run_record()).unwrap();
        for (target, acts) in [(3, denied), (0, denied), (1, echo), (2, fine)] {
            for (path, acts) in [(0, acts), (1, refused)] {
                let ended = scripted::attempt(&shared, target, path, acts);
                results.add(&ended, shared.targets.facts(target));
                output.attempt(&ended).unwrap();
            }
        }
        let mut conclusion = results.conclude(&shared, FailOn::Required, None);
        let ts = run_record().common.ts;
        conclusion.end.common.ts = ts;
        conclusion.findings.iter_mut().for_each(|finding| finding.common.ts = ts);
        let summary = Summary {
            controls: &conclusion.controls,
            causes: &conclusion.causes,
            findings: &conclusion.findings,
            end: &conclusion.end,
            targets: &shared.targets,
        };
        output.finish(&summary).unwrap();
        let text = String::from_utf8(page.take()).unwrap();
        assert!(!text.contains("hunter2") && !text.contains("YWw6aHVudGVyMiE"), "{text}");
        text
    }

    #[test]
    fn for_people() {
        let text = written(|page| Box::new(human::Human::new(page, Paint::PLAIN, 80)));
        assert!(!text.contains('\u{1b}'));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn for_people_on_a_wide_terminal_in_colour() {
        insta::assert_snapshot!(written(|page| Box::new(human::Human::new(page, Paint::COLORED, 140))));
    }

    #[test]
    fn as_json_lines() {
        insta::assert_snapshot!(written(|page| Box::new(jsonl::Jsonl::new(page))));
    }

    #[test]
    fn as_the_analyzer_does() {
        insta::assert_snapshot!(written(|page| Box::new(analyzer::Analyzer::new(page))));
    }

    #[test]
    fn as_rows() {
        insta::assert_snapshot!(written(|page| Box::new(csv::Csv::new(page))));
    }
}
