//! One request and its answer over a lent buffer: the part that CONNECT and every other request share.
//!
//! A machine without IO. It says what it wants next ([`Want`]) and is told what became of it; whoever drives it may be
//! asynchronous, blocking, a script, or a button that says "next step". The buffer holds the request first, then the
//! head of the answer, then a piece of its body.

use crate::diagnose::marks;
use crate::limits;
use crate::probe::answer::Answer;
use crate::probe::chunked;
use crate::probe::head::{self, Framing, HeadFault};
use crate::probe::request::{Lent, Written};
use crate::probe::transport::{Failure, How};

/// What the machine wants next.
#[derive(Debug, PartialEq, Eq)]
pub enum Want<'a> {
    /// Write all of these bytes, then call [`wrote`](Conversation::wrote).
    Write(&'a [u8]),
    /// Read into this space, then call [`received`](Conversation::received) with the count (0 for the end of the stream).
    Read(&'a mut [u8]),
    /// Nothing more: the [`Report`] is complete.
    Done,
}

/// What a conversation showed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Report {
    /// How it ended.
    pub ended: Ended,
    /// The facts of the final answer, where one came.
    pub answer: Option<Answer>,
    /// The piece of the body that was looked at.
    pub body: Option<Body>,
    /// Bytes of the answer: its heads and the piece of its body, without what came behind them in the same read. So it
    /// does not depend on how the answer was cut into reads.
    pub received: u32,
    /// The first of these bytes; as many as [`received`](Self::received) says, at most sixteen.
    pub first: [u8; FIRST],
}

impl Report {
    /// Nothing yet: what a conversation begins with.
    pub const fn new() -> Self {
        Self {
            ended: Ended::Failed(Failure::new(How::Cancelled)),
            answer: None,
            body: None,
            received: 0,
            first: [0; FIRST],
        }
    }
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

/// How many of the first bytes are kept: enough to know a protocol by its banner.
pub const FIRST: usize = 16;

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Ended {
    /// A final answer came.
    Answered,
    /// What came is no HTTP.
    NotHttp,
    /// It began as HTTP and broke the rules.
    Malformed(HeadFault),
    /// The connection failed: before any byte of the answer, or inside its head.
    Failed(Failure),
}

/// The piece of a body that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Body {
    /// How many bytes of it were seen, decoded.
    pub length: u16,
    /// Whether that is all of it.
    pub complete: bool,
    /// How it stopped before its end; `None` where it is complete, and where no more of it was wanted.
    pub stopped: Option<How>,
    /// Whether it is what the target expects; `None` where nothing is expected.
    pub as_expected: Option<bool>,
}

/// When a piece of the answer's body is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyRule {
    /// A CONNECT: when it was refused, and the head does not name the cause by itself.
    UnexplainedRefusal,
    /// When the status is none of these; with none given, when it is 500 or more.
    UnexpectedStatus(heapless::Vec<u16, { limits::EXPECTED_STATUSES }>),
    /// Always.
    Always,
    /// Never: there is none.
    Never,
}

impl BodyRule {
    fn looks_at(&self, answer: &Answer) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::UnexpectedStatus(good) if good.is_empty() => answer.status >= 500,
            Self::UnexpectedStatus(good) => !good.contains(&answer.status),
            Self::UnexplainedRefusal => {
                let explained =
                    answer.status == 407 || answer.squid.is_some() || answer.proxy_status.is_some();
                !answer.is_success() && !explained
            }
        }
    }
}

/// The machine.
#[derive(Debug)]
pub struct Conversation<'b> {
    /// Where the request is, if it is not in the buffer.
    requests: &'b mut [u8],
    buffer: &'b mut [u8],
    state: State,
    filled: usize,
    /// Bytes that came so far.
    came: usize,
    /// Bytes of heads that were read and discarded.
    consumed: usize,
    scanned: usize,
    interim: u8,
    body_rule: BodyRule,
    report: &'b mut Report,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Writing(Written),
    Head,
    /// What came cannot become HTTP; a few bytes more show what it is.
    Banner,
    Body(Framing),
    Done,
}

impl<'b> Conversation<'b> {
    /// A conversation whose request was written into what is lent. What it shows goes into `report`.
    pub(crate) fn new(lent: Lent<'b>, written: Written, body_rule: BodyRule, report: &'b mut Report) -> Self {
        *report = Report::new();
        let Lent { requests, answers: buffer } = lent;
        Self {
            requests,
            buffer,
            state: State::Writing(written),
            filled: 0,
            came: 0,
            consumed: 0,
            scanned: 0,
            interim: 0,
            body_rule,
            report,
        }
    }

    /// What the machine wants next. Asking twice changes nothing.
    pub fn want(&mut self) -> Want<'_> {
        match self.state {
            State::Writing(Written { length, apart }) => {
                let place = if apart { &self.requests } else { &self.buffer };
                Want::Write(place.get(..length).unwrap_or_default())
            }
            State::Done => Want::Done,
            State::Head | State::Banner => Want::Read(self.buffer.get_mut(self.filled..).unwrap_or_default()),
            State::Body(_) => {
                let end = self.buffer.len().min(limits::BODY_PIECE);
                Want::Read(self.buffer.get_mut(self.filled..end).unwrap_or_default())
            }
        }
    }

    /// All bytes of the last [`Want::Write`] went out.
    pub fn wrote(&mut self) {
        if let State::Writing(Written { length, apart }) = self.state {
            // A request may hold credentials: they do not stay in memory, where an answer could run into them. No more
            // than the request is wiped: a page that nobody touches costs no memory.
            let place = if apart { &mut self.requests } else { &mut self.buffer };
            place.get_mut(..length).unwrap_or_default().fill(0);
            self.state = State::Head;
        }
    }

    /// `new` bytes were put at the beginning of the last [`Want::Read`]'s space; 0 means the end of the stream.
    pub fn received(&mut self, new: usize) {
        if new == 0 {
            return self.failed(Failure::new(How::Ended));
        }
        let from = self.filled;
        self.filled = from.saturating_add(new).min(self.buffer.len());
        let new = self.buffer.get(from..self.filled).unwrap_or_default();
        for (to, byte) in self.report.first.iter_mut().skip(self.came).zip(new) {
            *to = *byte;
        }
        self.came = self.came.saturating_add(new.len());
        match self.state {
            State::Head | State::Banner => self.read_head(),
            State::Body(framing) => self.read_body(framing),
            State::Writing(_) | State::Done => {}
        }
    }

    /// The last [`Want`] could not be met: the connection failed.
    pub fn failed(&mut self, failure: Failure) {
        let came = self.consumed.saturating_add(self.filled);
        let failure = Failure::after(failure.how, count(came), &self.report.first);
        let ended = match self.state {
            State::Done => return,
            State::Body(framing) => return self.end_body(framing, Some(failure.how)),
            State::Banner => Ended::NotHttp,
            // The stream ended inside a head: no answer, whatever its status line said.
            State::Head if came > 0 && failure.how == How::Ended => Ended::Malformed(HeadFault::Cut),
            State::Writing(_) | State::Head => Ended::Failed(failure),
        };
        self.end(ended, came);
    }

    /// The number of interim answers so far.
    pub fn interim(&self) -> u8 {
        self.interim
    }

    /// Whether what is read now is a body that only may say more about an answer that is there already: not worth a long
    /// wait.
    pub fn only_looks(&self) -> bool {
        matches!(self.state, State::Body(_)) && self.body_rule != BodyRule::Always
    }

    /// What the conversation showed; complete when [`want`](Self::want) says [`Want::Done`].
    pub fn report(&self) -> &Report {
        self.report
    }

    /// The bytes that came behind the head of an answer whose body was left, or the piece of the body that was looked at.
    pub fn rest(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }

    /// The report, with the rest of the bytes in the first part of the buffer.
    pub(crate) fn finish(self) -> (&'b Report, &'b [u8]) {
        let Self { buffer, filled, report, .. } = self;
        (report, buffer.get(..filled).unwrap_or_default())
    }

    /// Notes whether the body is as expected.
    pub(crate) fn judge_body(&mut self, expected: impl Iterator<Item = u8>) {
        let found = self.rest().trim_ascii().iter().copied().eq(expected);
        if let Some(body) = &mut self.report.body {
            body.as_expected = Some(body.complete && found);
        }
    }

    /// Reads as many heads as have come: interim answers, then the final one.
    fn read_head(&mut self) {
        loop {
            let bytes = self.buffer.get(..self.filled).unwrap_or_default();
            if !head::may_be_http(bytes) {
                return self.read_banner();
            }
            let Some(end) = head::end(bytes, &mut self.scanned) else {
                if self.filled >= self.buffer.len() {
                    self.end(
                        Ended::Malformed(HeadFault::TooLarge),
                        self.consumed.saturating_add(self.filled),
                    );
                }
                return;
            };
            let read = self.consumed.saturating_add(end);
            let bytes = self.buffer.get_mut(..end).unwrap_or_default();
            let folded = head::unfold(bytes);
            let mut fields = head::fields();
            let head = match head::parse(bytes, &mut fields) {
                Ok(head) => head.unfolded(folded),
                Err(fault) => return self.end(Ended::Malformed(fault), read),
            };
            if head.status == 101 {
                self.report.answer.insert(Answer::new()).read(&head, self.interim);
                return self.end(Ended::Malformed(HeadFault::SwitchedProtocols), read);
            }
            if head.status < 200 {
                self.interim = self.interim.saturating_add(1);
                self.discard(end);
                if self.interim > limits::INTERIM_ANSWERS {
                    return self.end(Ended::Malformed(HeadFault::EndlessInterim), read);
                }
                if self.filled == 0 {
                    return;
                }
                continue;
            }
            let framing = head.framing();
            let answer = self.report.answer.insert(Answer::new());
            answer.read(&head, self.interim);
            let look = self.body_rule.looks_at(answer);
            self.discard(end);
            match framing {
                // A tunnel's 2xx, and an answer whose body nobody looks at: their framing does not matter.
                _ if !look => self.end(Ended::Answered, read),
                Err(fault) => self.end(Ended::Malformed(fault), read),
                Ok(framing) => {
                    self.state = State::Body(framing);
                    self.read_body(framing);
                }
            }
            return;
        }
    }

    /// What came is no HTTP. Judged when the first bytes are complete, so that it is named the same however it was cut.
    fn read_banner(&mut self) {
        if self.interim > 0 {
            return self.end(Ended::Malformed(HeadFault::StatusLine), self.consumed);
        }
        self.state = State::Banner;
        if self.filled >= FIRST {
            self.end(Ended::NotHttp, FIRST);
        }
    }

    fn read_body(&mut self, framing: Framing) {
        // More may have come together with the head.
        self.filled = self.filled.min(limits::BODY_PIECE);
        let bytes = self.buffer.get(..self.filled).unwrap_or_default();
        let complete = match framing {
            Framing::Length(length) => u64::try_from(bytes.len()).is_ok_and(|have| have >= length),
            Framing::Chunked => chunked::is_complete(bytes),
            Framing::UntilEnd => false,
        };
        if complete || self.filled >= self.buffer.len().min(limits::BODY_PIECE) {
            self.end_body(framing, None);
        }
    }

    /// Decodes the piece of the body in place, and looks for marks in it. `failed` says how the connection ended, where that
    /// is why no more is read.
    fn end_body(&mut self, framing: Framing, failed: Option<How>) {
        let mut complete = failed == Some(How::Ended) && framing == Framing::UntilEnd;
        match framing {
            Framing::UntilEnd => {}
            Framing::Length(length) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                complete = self.filled >= length;
                self.filled = self.filled.min(length);
            }
            Framing::Chunked => {
                let piece = self.buffer.get_mut(..self.filled).unwrap_or_default();
                (self.filled, complete) = chunked::decode(piece);
            }
        }
        let length = u16::try_from(self.filled).unwrap_or(u16::MAX);
        let stopped = failed.filter(|_| !complete);
        self.report.body = Some(Body { length, complete, stopped, as_expected: None });
        if let Some(answer) = &mut self.report.answer {
            marks::in_body(self.buffer.get(..self.filled).unwrap_or_default(), &mut answer.marks);
        }
        self.end(Ended::Answered, self.consumed.saturating_add(self.filled));
    }

    fn discard(&mut self, count: usize) {
        let count = count.min(self.filled);
        self.buffer.copy_within(count..self.filled, 0);
        self.filled = self.filled.saturating_sub(count);
        self.consumed = self.consumed.saturating_add(count);
        self.scanned = 0;
    }

    fn end(&mut self, ended: Ended, received: usize) {
        self.report.ended = ended;
        self.report.received = count(received);
        for byte in self.report.first.iter_mut().skip(received) {
            *byte = 0;
        }
        self.state = State::Done;
    }
}

/// A count of bytes as records hold it.
fn count(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
