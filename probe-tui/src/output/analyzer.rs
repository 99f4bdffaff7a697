//! The five lines of Microsoft's client analyzer for each URL: see [`report::analyzer`](probe_core::report::analyzer).
//!
//! A block is written when all paths of its URL have ended, in one piece, so that blocks of attempts that run at the same time
//! never come between each other. A URL of which only some paths ended when a run was interrupted is written at the end, as
//! far as it is known; so is every URL where a client is followed to its next ways, since nobody knows how many there will be.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use probe_core::report::analyzer::{Block, Head, Said};
use probe_core::select::Path;

use super::{Output, Summary};
use crate::attempt::Ended;
use crate::outcome::Rank;
use crate::record::{self, Attempt};

/// Writes blocks as their URLs are done.
#[derive(Debug)]
pub struct Analyzer<W> {
    out: W,
    /// How many paths a URL is tried over; `usize::MAX` where that is not known before.
    paths: usize,
    /// Whether the first line of all still has to be written.
    has_begun: bool,
    /// URLs of which not all paths have ended, by the numbers of their targets.
    waiting: BTreeMap<u32, Vec<(Rank, Attempt)>>,
}

impl<W: Write> Analyzer<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, paths: 0, has_begun: false, waiting: BTreeMap::new() }
    }

    /// One URL, with the first line of all before the first of them: only an attempt knows which proxy is in use.
    fn write(&mut self, attempts: &[(Rank, Attempt)]) -> io::Result<()> {
        let judged = attempts.iter().find(|(rank, _)| *rank == Rank::Judged).or(attempts.first());
        let Some((_, judged)) = judged else { return Ok(()) };
        let mut text = String::new();
        let of = |path: Path| {
            attempts.iter().find(|(_, attempt)| attempt.path == path.id()).map(|(_, attempt)| attempt)
        };
        if !self.has_begun {
            self.has_begun = true;
            let path = Path::from_id(judged.path).unwrap_or(Path::Default);
            // Writing into text does not fail.
            let _ = write!(text, "{}", Head { path, proxy: judged.proxy.as_deref() });
        }
        let _ =
            write!(text, "{}", Block { url: &judged.url, said: Path::ALL.map(|path| of(path).map(said)) });
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

fn said(attempt: &Attempt) -> Said<'_> {
    Said {
        outcome: attempt.outcome,
        verdict: attempt.verdict,
        stage: attempt.stage,
        proxy_status: attempt.proxy_status,
        http_status: attempt.http_status,
        proxy: attempt.proxy.as_deref(),
    }
}

impl<W: Write> Output for Analyzer<W> {
    fn begin(&mut self, run: &record::Run) -> io::Result<()> {
        self.paths = if run.options.as_client { usize::MAX } else { run.paths.len() };
        Ok(())
    }

    fn attempt(&mut self, ended: &Ended) -> io::Result<()> {
        let attempts = self.waiting.entry(ended.target).or_default();
        attempts.push((ended.rank, ended.record.clone()));
        if attempts.len() < self.paths {
            return Ok(());
        }
        let attempts = self.waiting.remove(&ended.target).unwrap_or_default();
        self.write(&attempts)
    }

    fn finish(&mut self, _summary: &Summary<'_>) -> io::Result<()> {
        for (_, attempts) in std::mem::take(&mut self.waiting) {
            self.write(&attempts)?;
        }
        self.out.flush()
    }
}
