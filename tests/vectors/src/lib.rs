//! Recorded conversations, each with the verdict that it must end in, and the player for them.
//!
//! A file of `conversations/` is one conversation: a target, a route, what happened in order, and what must be concluded
//! from it. `build.rs` makes a const table of them, so that the same vectors are played on the host, in wasm and on an
//! emulated microcontroller; the verdict, the stage, the speaker, the owner and every line of evidence must be equal.
#![no_std]
#![expect(
    clippy::large_enum_variant,
    clippy::result_large_err,
    reason = "no allocator; a mismatch ends the play"
)]

use core::fmt;

use probe_core::diagnose::Attempt;
use probe_core::probe::script::{self, Cut, Script, run};
use probe_core::probe::tls::{Chain, TlsPeer, TlsReport, TlsVersion};
use probe_core::probe::transport::{Failure, How};
use probe_core::select::proxy::ProxyPorts;
use probe_core::select::{Proxy, Route};
use probe_core::target::Target;
use probe_core::text::Text;

/// One conversation with the verdict that it must end in.
#[derive(Debug)]
pub struct Vector {
    /// The name of its file.
    pub name: &'static str,
    /// A line of a target list.
    pub target: &'static str,
    /// The proxy; direct where there is none.
    pub proxy: Option<&'static str>,
    /// Whether the target must be exempt from inspection.
    pub exempt: bool,
    /// What a player must be able to do: `alloc`, `tls`, `pac`.
    pub needs: &'static [&'static str],
    /// What happens, in order.
    pub acts: &'static [Act],
    /// What must be concluded.
    pub want: Want,
}

/// One act of a conversation, as a const table can hold it.
#[derive(Debug)]
pub enum Act {
    /// The resolver gives these addresses.
    Addresses(&'static [&'static str]),
    /// The resolver fails.
    NoAddress(How),
    /// The connection opens.
    Connected,
    /// The connection fails.
    NotConnected(How),
    /// TLS, as far as it came.
    Tls(Tls),
    /// Bytes come.
    Receive(&'static [u8]),
    /// The stream ends.
    End,
    /// The stream fails.
    Fail(How),
}

/// TLS, as far as it came.
#[derive(Debug)]
pub struct Tls {
    /// How the handshake failed; `None` where it was completed.
    pub failed: Option<How>,
    /// The bytes that had come by then.
    pub first: &'static [u8],
    /// Subject of the first certificate.
    pub subject: &'static str,
    /// Issuer of the first certificate.
    pub issuer: &'static str,
    /// Issuer of the last certificate.
    pub last_issuer: &'static str,
    /// The facts of the chain.
    pub chain: Option<Chain>,
    /// Whether a client certificate was asked for.
    pub asked_for_certificate: bool,
}

/// What must be concluded. What is `None` is not compared.
#[derive(Debug)]
pub struct Want {
    /// The verdict's id.
    pub verdict: &'static str,
    /// The outcome's id.
    pub outcome: Option<&'static str>,
    /// The stage's id.
    pub stage: Option<&'static str>,
    /// The speaker's id.
    pub speaker: Option<&'static str>,
    /// The owner's id.
    pub owner: Option<&'static str>,
    /// What must have been written, from its beginning.
    pub sent: Option<&'static str>,
    /// The first lines of evidence.
    pub evidence: &'static [&'static str],
}

/// All conversations, by name.
pub static VECTORS: &[Vector] = table::VECTORS;

mod table {
    use super::{Act, Tls, Vector, Want};
    #[allow(unused_imports, reason = "which of them the table names depends on the conversations")]
    use probe_core::probe::{Alert, Anchor, Chain, Dates, How};

    pub(super) static VECTORS: &[Vector] = include!(concat!(env!("OUT_DIR"), "/vectors.rs"));
}

/// What a player can do.
#[derive(Debug, Clone, Copy)]
pub struct Player {
    /// The needs that it meets.
    pub meets: &'static [&'static str],
    /// The most places of an answer at which it is cut once; 0 plays answers whole and bytewise only.
    pub single_cuts: usize,
    /// Answers of up to so many bytes are also cut at every two places.
    pub double_cuts: usize,
}

/// What was played, by need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Conversations that were played.
    pub played: u32,
    /// Conversations that were skipped.
    pub skipped: u32,
    /// Those of them that need `alloc`.
    pub alloc: u32,
    /// Those of them that need `tls`.
    pub tls: u32,
    /// Those of them that need `pac`.
    pub pac: u32,
    /// Conversations that ended otherwise than they must.
    pub failed: u32,
    /// All runs: each conversation is run whole, bytewise, and cut.
    pub runs: u32,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { played, skipped, alloc, tls, pac, failed, runs } = self;
        write!(
            f,
            "played {played} skipped {skipped} (alloc {alloc}, tls {tls}, pac {pac}) failed {failed} runs {runs}"
        )
    }
}

impl Player {
    /// Plays every conversation, in every cut, and hands one line for each to `print`, then the count.
    pub fn play_all(&self, print: &mut dyn FnMut(fmt::Arguments<'_>)) -> Count {
        let mut count = Count::default();
        for vector in VECTORS {
            if vector.needs.iter().any(|need| !self.meets.contains(need)) {
                count.skipped += 1;
                count.alloc += u32::from(vector.needs.contains(&"alloc"));
                count.tls += u32::from(vector.needs.contains(&"tls"));
                count.pac += u32::from(vector.needs.contains(&"pac"));
                continue;
            }
            count.played += 1;
            if let Err(mismatch) = self.play(vector, &mut count.runs, print) {
                count.failed += 1;
                print(format_args!("FAILED {}: {mismatch}", vector.name));
            }
        }
        print(format_args!("{count}"));
        count
    }

    fn play(
        &self,
        vector: &'static Vector,
        runs: &mut u32,
        print: &mut dyn FnMut(fmt::Arguments<'_>),
    ) -> Result<(), Mismatch> {
        let whole = perform(vector, Cut::Whole, true)?;
        *runs += 1;
        let diagnosis = whole.diagnosis;
        print(format_args!(
            "{} {} {} {} {} {} {:08x}",
            vector.name,
            diagnosis.verdict,
            diagnosis.outcome,
            diagnosis.stage,
            diagnosis.speaker,
            diagnosis.owner,
            fingerprint(&whole)
        ));
        let length: usize =
            vector.acts.iter().map(|act| if let Act::Receive(bytes) = act { bytes.len() } else { 0 }).sum();
        let mut same = |cut| {
            *runs += 1;
            let attempt = perform(vector, cut, false)?;
            if attempt == whole { Ok(()) } else { Err(Mismatch::Cut(cut)) }
        };
        same(Cut::Bytes)?;
        for first in 1..length.min(self.single_cuts) {
            same(Cut::At(first, first))?;
        }
        if length <= self.double_cuts {
            for first in 1..length {
                for second in first + 1..length {
                    same(Cut::At(first, second))?;
                }
            }
        }
        Ok(())
    }
}

/// How a conversation ended otherwise than it must.
#[derive(Debug)]
pub enum Mismatch {
    /// The vector itself is wrong.
    Vector(&'static str),
    /// Another value than the one wanted.
    Value {
        /// What is compared.
        what: &'static str,
        /// What is wanted.
        want: &'static str,
        /// What was found.
        found: Text<200>,
    },
    /// Cut into other reads, the same answer gave another result.
    Cut(Cut),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vector(why) => f.write_str(why),
            Self::Value { what, want, found } => write!(f, "{what} is {found:?}, not {want:?}"),
            Self::Cut(cut) => write!(f, "another result when the answer is cut: {cut:?}"),
        }
    }
}

/// Plays one conversation, and compares where `check` says so.
fn perform(vector: &'static Vector, cut: Cut, check: bool) -> Result<Attempt, Mismatch> {
    let wrong = |_| Mismatch::Vector("the target or the proxy is malformed");
    let mut malformed = false;
    let target = Target::parse_line(vector.target, &mut |_| malformed = true);
    let mut target = target.filter(|_| !malformed).ok_or(Mismatch::Vector("the target is malformed"))?;
    target.exempt = vector.exempt;
    let route = match vector.proxy {
        None => Route::Direct,
        Some(proxy) => Route::through(Proxy::parse(proxy, ProxyPorts::Curl).map_err(wrong)?, target.scheme),
    };
    let reports: heapless::Vec<TlsReport, 2> = vector.acts.iter().filter_map(report).collect();
    let mut addresses = heapless::Vec::<_, 8>::new();
    for act in vector.acts {
        if let Act::Addresses(list) = act {
            addresses.extend(list.iter().filter_map(|text| text.parse::<core::net::IpAddr>().ok()));
        }
    }
    let mut next_report = reports.iter();
    let mut acts = heapless::Vec::<script::Act<'_>, 24>::new();
    for act in vector.acts {
        let act = match act {
            Act::Addresses(_) => script::Act::Addresses(&addresses),
            Act::NoAddress(how) => script::Act::NoAddress(*how),
            Act::Connected => script::Act::Connected,
            Act::NotConnected(how) => script::Act::NotConnected(*how),
            Act::Tls(_) => {
                script::Act::Tls(next_report.next().ok_or(Mismatch::Vector("more than two handshakes"))?)
            }
            Act::Receive(bytes) => script::Act::Receive(bytes),
            Act::End => script::Act::End,
            Act::Fail(how) => script::Act::Fail(*how),
        };
        acts.push(act).map_err(|_| Mismatch::Vector("more than 24 acts"))?;
    }
    let mut io = Script::cut(&acts, cut);
    let mut buffer = [0; 4096];
    let mut last = None;
    let attempt =
        run(probe_core::probe(&target, &route, &mut io, &mut buffer, &mut |event| last = Some(event)));
    if last != Some(probe_core::Event::Done(attempt.diagnosis.verdict)) {
        return Err(Mismatch::Vector("the last event is not Done"));
    }
    if check {
        compare(&vector.want, &attempt, io.sent())?;
    }
    Ok(attempt)
}

fn compare(want: &Want, attempt: &Attempt, sent: &[u8]) -> Result<(), Mismatch> {
    let diagnosis = attempt.diagnosis;
    for (what, want, found) in [
        ("the verdict", Some(want.verdict), diagnosis.verdict.id()),
        ("the outcome", want.outcome, diagnosis.outcome.id()),
        ("the stage", want.stage, diagnosis.stage.id()),
        ("the speaker", want.speaker, diagnosis.speaker.id()),
        ("the owner", want.owner, diagnosis.owner.id()),
    ] {
        if let Some(want) = want.filter(|want| *want != found) {
            return Err(Mismatch::Value { what, want, found: Text::from_bytes(found.as_bytes()) });
        }
    }
    if let Some(want) = want.sent
        && !sent.starts_with(want.as_bytes())
    {
        return Err(Mismatch::Value { what: "what was sent", want, found: Text::from_bytes(sent) });
    }
    let mut wanted = want.evidence.iter();
    let mut result = Ok(());
    attempt.evidence_lines(&mut |line| {
        if let Some(want) = wanted.next()
            && result.is_ok()
            && *want != line
        {
            result =
                Err(Mismatch::Value { what: "the evidence", want, found: Text::from_bytes(line.as_bytes()) });
        }
    });
    match wanted.next() {
        Some(want) if result.is_ok() => {
            Err(Mismatch::Value { what: "the evidence", want, found: Text::new() })
        }
        _ => result,
    }
}

fn report(act: &Act) -> Option<TlsReport> {
    let Act::Tls(tls) = act else { return None };
    let received = u32::try_from(tls.first.len()).unwrap_or(u32::MAX);
    let peer = TlsPeer {
        version: tls.failed.is_none().then_some(TlsVersion::Tls13),
        subject: Text::from_bytes(tls.subject.as_bytes()),
        issuer: Text::from_bytes(tls.issuer.as_bytes()),
        last_issuer: Text::from_bytes(tls.last_issuer.as_bytes()),
        chain: tls.chain,
        asked_for_certificate: tls.asked_for_certificate,
        ..TlsPeer::default()
    };
    let result = tls.failed.map_or(Ok(()), |how| Err(Failure::after(how, received, tls.first)));
    Some(TlsReport { result, peer })
}

/// FNV-1a over all lines of evidence: a short word for "every line is equal".
fn fingerprint(attempt: &Attempt) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    attempt.evidence_lines(&mut |line| {
        for byte in line.bytes().chain([b'\n']) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    });
    hash
}
