//! What several attempts say together. A finding never replaces the verdicts of its attempts.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::diagnose::Diagnosis;
use crate::diagnose::lines::LINE;
use crate::diagnose::verdict::{Outcome, Owner, Speaker, Stage, Verdict};
use crate::text::Text;

/// Groups attempts that share one cause: the same verdict, speaker and decisive evidence over the same way.
///
/// Attempts are added as they end and are not kept: a group holds four bytes an attempt.
#[derive(Debug, Default)]
pub struct Causes {
    groups: BTreeMap<Key, Cause>,
}

/// The way is part of the cause: the same refusal by two proxies is two causes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    verdict: Verdict,
    speaker: Speaker,
    stage: Stage,
    way: u32,
    evidence: alloc::string::String,
}

/// One cause, and whom it stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What the attempts have in common.
    pub diagnosis: Diagnosis,
    /// The way they took, as the caller numbers its ways.
    pub way: u32,
    /// The decisive evidence, without what differs from target to target.
    pub evidence: Text<LINE>,
    /// The members, as the caller numbers its targets, in the order in which they were added.
    pub members: Vec<u32>,
    /// How many of them are required.
    pub required: usize,
}

impl Cause {
    /// Who can fix it first.
    pub fn owner(&self) -> Owner {
        self.diagnosis.owner
    }
}

impl Causes {
    /// No attempts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what an attempt means, with its [`cause_line`](crate::Attempt::cause_line). Successes, and attempts that could not be
    /// measured because nothing is configured, have no cause.
    pub fn add(
        &mut self,
        diagnosis: Diagnosis,
        evidence: Text<LINE>,
        way: u32,
        member: u32,
        is_required: bool,
    ) {
        if diagnosis.outcome == Outcome::Success || diagnosis.verdict == Verdict::NotConfigured {
            return;
        }
        let key = Key {
            verdict: diagnosis.verdict,
            speaker: diagnosis.speaker,
            stage: diagnosis.stage,
            way,
            evidence: evidence.as_str().into(),
        };
        let cause = self.groups.entry(key).or_insert_with(|| Cause {
            diagnosis,
            way,
            evidence,
            members: Vec::new(),
            required: 0,
        });
        cause.members.push(member);
        cause.required = cause.required.saturating_add(usize::from(is_required));
        // A group is as bad as the worst of its members: one exempt target makes an inspection a failure.
        if diagnosis.outcome == Outcome::Failure {
            cause.diagnosis.outcome = Outcome::Failure;
        }
    }

    /// The causes: failures before warnings before unknowns, then those that stop the most required targets, then the largest.
    pub fn into_sorted(self) -> Vec<Cause> {
        let mut causes: Vec<Cause> = self.groups.into_values().collect();
        let rank = |outcome| match outcome {
            Outcome::Failure => 0,
            Outcome::Warning => 1,
            _ => 2,
        };
        causes.sort_by_key(|cause| {
            let count = cause.members.len();
            (rank(cause.diagnosis.outcome), core::cmp::Reverse((cause.required, count)), cause.way)
        });
        causes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Attempt;
    use crate::probe::script::{Act, Script, run};
    use crate::probe::transport::How;
    use crate::select::proxy::ProxyPorts;
    use crate::select::{Proxy, Route};
    use crate::target::Target;

    fn attempt(url: &str, acts: &[Act<'_>]) -> Attempt {
        let target = Target::parse(url).expect(url);
        let route = Route::Tunnel(Proxy::parse("http://198.18.0.1:3128", ProxyPorts::Curl).expect("a proxy"));
        let mut io = Script::new(acts);
        run(crate::probe(&target, &route, &mut io, &mut [0; 4096], &mut |_| ()))
    }

    #[test]
    fn two_causes_explain_five_failures() {
        let denied = b"HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n\r\n";
        let mut causes = Causes::new();
        for member in 0..5 {
            let url = ["https://a.example/", "https://b.example/", "https://c.example/"][member % 3];
            let acts = if member < 3 {
                [Act::Connected, Act::Receive(denied)]
            } else {
                [Act::NotConnected(How::Refused), Act::End]
            };
            let member = u32::try_from(member).expect("small");
            let attempt = attempt(url, &acts);
            causes.add(attempt.diagnosis, attempt.cause_line(), 0, member, member != 1);
        }
        let causes = causes.into_sorted();
        let found: Vec<_> =
            causes.iter().map(|c| (c.diagnosis.verdict, &c.members[..], c.required)).collect();
        assert_eq!(
            found,
            [(Verdict::ProxyDenied, &[0, 1, 2][..], 2), (Verdict::ConnectRefused, &[3, 4][..], 2)]
        );
        assert_eq!(causes[0].evidence.as_str(), "X-Squid-Error: ERR_ACCESS_DENIED 0");
    }
}
