//! What a party of the lab says, as data: steps, then an end.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;

use crate::wire::Line;

/// Longest request head that is read.
const HEAD_MAX: usize = 64 * 1024;

/// Steps, then an end.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    steps: Vec<Step>,
    end: End,
}

#[derive(Debug, Clone)]
enum Step {
    Say(Cow<'static, [u8]>),
    Repeat { bytes: Cow<'static, [u8]>, times: u32, every: Duration },
}

/// How a party leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// In good order: in TLS with a `close_notify`, then the end of the stream.
    Close,
    /// The end of the stream without a `close_notify`. The same as `Close` where there is no TLS.
    Cut,
    /// RST.
    Reset,
    /// Not at all: it keeps the connection, and says nothing more.
    Silence,
}

impl Script {
    /// Says nothing, and ends so.
    pub(crate) fn end(end: End) -> Self {
        Self { steps: Vec::new(), end }
    }

    /// Says this and ends in good order.
    pub(crate) fn say(bytes: impl Into<Cow<'static, [u8]>>) -> Self {
        Self { steps: vec![Step::Say(bytes.into())], end: End::Close }
    }

    /// The same, ended otherwise.
    pub(crate) fn then(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    /// The same, and then these bytes so many times, with a pause after each.
    pub(crate) fn repeat(
        mut self,
        bytes: impl Into<Cow<'static, [u8]>>,
        times: u32,
        every: Duration,
    ) -> Self {
        self.steps.push(Step::Repeat { bytes: bytes.into(), times, every });
        self
    }

    /// Plays it. The end is always carried out, also where the other side has left in the middle.
    pub(crate) async fn play<L: Line>(&self, line: &mut L) {
        let spoken = self.speak(line).await;
        match self.end {
            End::Close => {
                if spoken.is_ok() {
                    let _ = line.shutdown().await;
                }
                line.wire().finish().await;
            }
            End::Cut => line.wire().finish().await,
            End::Reset => {
                let _ = line.wire().reset_on_drop();
            }
            End::Silence => line.wire().drain().await,
        }
    }

    async fn speak<L: Line>(&self, line: &mut L) -> io::Result<()> {
        for step in &self.steps {
            match step {
                Step::Say(bytes) => {
                    line.write_all(bytes).await?;
                    line.flush().await?;
                }
                Step::Repeat { bytes, times, every } => {
                    for _ in 0..*times {
                        line.write_all(bytes).await?;
                        line.flush().await?;
                        if !every.is_zero() {
                            sleep(*every).await;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// Reads one head up to its blank line; `None` where the other side leaves before or the head is longer than 64 KiB.
///
/// One byte a read, so that what follows the head stays on the line for whoever speaks next.
pub(crate) async fn read_head<L: Line>(line: &mut L) -> Option<Vec<u8>> {
    let mut head = Vec::with_capacity(512);
    while !(head.ends_with(b"\r\n\r\n") || head.ends_with(b"\n\n")) {
        if head.len() == HEAD_MAX {
            return None;
        }
        head.push(line.read_u8().await.ok()?);
    }
    Some(head)
}

/// Waits for the first bytes of the other side, whatever they are; `false` where it leaves without any.
pub(crate) async fn first_bytes<L: Line>(line: &mut L) -> bool {
    let mut space = [0; 4096];
    matches!(line.read(&mut space).await, Ok(1..))
}
