//! JSON Lines: one record a line, flushed each, so that a reader can follow and nothing is lost when a run ends early.

use std::io::{self, Write};

use serde::Serialize;

use super::{Output, Summary};
use crate::attempt::Ended;
use crate::record;

/// Writes records as they come.
#[derive(Debug)]
pub struct Jsonl<W> {
    out: W,
}

impl<W: Write> Jsonl<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out }
    }

    fn write(&mut self, record: &impl Serialize) -> io::Result<()> {
        // One write a record: other writers to the same file come between lines, not into them.
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.out.write_all(&line)?;
        self.out.flush()
    }
}

impl<W: Write> Output for Jsonl<W> {
    fn begin(&mut self, run: &record::Run) -> io::Result<()> {
        self.write(run)
    }

    fn attempt(&mut self, ended: &Ended) -> io::Result<()> {
        self.write(&ended.record)
    }

    fn finish(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        for control in summary.controls {
            self.write(control)?;
        }
        for finding in summary.findings {
            self.write(finding)?;
        }
        self.write(summary.end)
    }
}
