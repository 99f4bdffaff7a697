//! Failover: what makes a client leave the first way of its plan for the next one, and for how long it then leaves that alone.
//!
//! A program that has one proxy and nothing behind it fails with it. Whoever falls over hides a proxy that does not work: the
//! next way answers, and all looks well.

use crate::diagnose::{Diagnosis, Outcome, Stage, Verdict};
use crate::select::client::{Basis, Client};

/// What a client does about a way that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failover {
    /// What makes it take the next way.
    pub on: On,
    /// For how many seconds it then passes over the proxy that failed; none where nobody says so.
    pub aside: Option<u32>,
    /// How sure this is.
    pub basis: Basis,
}

/// Failures that make a client take the next way of its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum On {
    /// None: it has one way at a time.
    Nothing,
    /// The proxy cannot be reached: its name, the connection to it, TLS with it, or silence and an end before an answer. A
    /// refusal by the proxy is an answer, and final.
    NoAnswer,
    /// Whatever keeps the request from being answered as it should be.
    Anything,
}

impl On {
    /// As records name it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::NoAnswer => "no_answer",
            Self::Anything => "anything",
        }
    }
}

impl Client {
    /// What this client does about a way that fails.
    pub const fn failover(self) -> Failover {
        match self {
            // Microsoft's pages and the policies' own texts say that the next source is taken when one fails, and not at which
            // failures.
            Self::EdrSensor | Self::Antivirus => {
                Failover { on: On::Anything, aside: None, basis: Basis::Inferred }
            }
            // Half an hour (`BadProxyExpiresTime`) is what is told of WinINet and WinHTTP; no page says it.
            Self::AntivirusUpdate | Self::Winhttp | Self::Wininet => {
                Failover { on: On::NoAnswer, aside: Some(30 * 60), basis: Basis::Inferred }
            }
            // net/proxy_resolution: five minutes; a bad answer to CONNECT is final since M67.
            Self::Chromium => Failover { on: On::NoAnswer, aside: Some(5 * 60), basis: Basis::Documented },
            // network.proxy.failover_timeout.
            Self::Firefox => Failover { on: On::NoAnswer, aside: Some(30 * 60), basis: Basis::Documented },
            // The programs that ask libproxy try its answers in turn, and CFNetwork, by which mdatp goes on macOS, its lists.
            Self::Libproxy | Self::MdatpMac => {
                Failover { on: On::NoAnswer, aside: None, basis: Basis::Inferred }
            }
            // One proxy, and no page or source that speaks of another way.
            Self::MdatpLinux
            | Self::Mma
            | Self::Arc
            | Self::Service
            | Self::Curl
            | Self::Wget
            | Self::Go
            | Self::Python
            | Self::Apt => Failover { on: On::Nothing, aside: None, basis: Basis::Documented },
        }
    }

    /// Whether this client may log in to a proxy. Defender's never do: its pages ask for anonymous traffic.
    pub const fn logs_in(self) -> bool {
        !matches!(
            self,
            Self::EdrSensor | Self::Antivirus | Self::AntivirusUpdate | Self::MdatpLinux | Self::MdatpMac
        )
    }
}

impl Failover {
    /// Whether the client takes its next way after an attempt that ended so; `by_proxy` says whether that one went to a proxy.
    ///
    /// A setting that cannot be used sends nothing. Where anything leads on, that does, too.
    pub fn leads_on(&self, diagnosis: &Diagnosis, by_proxy: bool) -> bool {
        if diagnosis.outcome != Outcome::Failure {
            return false;
        }
        if diagnosis.stage == Stage::Config {
            return self.on == On::Anything && diagnosis.verdict == Verdict::SettingMalformed;
        }
        match self.on {
            On::Nothing => false,
            On::NoAnswer => {
                let is_before = matches!(diagnosis.stage, Stage::Resolve | Stage::Connect | Stage::ProxyTls);
                by_proxy
                    && (is_before || matches!(diagnosis.verdict, Verdict::ProxyClosed | Verdict::ProxySilent))
            }
            On::Anything => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(verdict: Verdict) -> Diagnosis {
        let entry = verdict.entry();
        Diagnosis {
            verdict,
            outcome: entry.outcome,
            stage: entry.stage,
            speaker: crate::diagnose::Speaker::Nobody,
            owner: entry.owner,
        }
    }

    #[test]
    fn a_refusal_is_final_where_only_silence_leads_on() {
        let leads = |client: Client, verdict| client.failover().leads_on(&ended(verdict), true);
        for verdict in [
            Verdict::NameNotFound,
            Verdict::ConnectRefused,
            Verdict::ConnectSilent,
            Verdict::ProxyTlsFailed,
            Verdict::ProxyClosed,
            Verdict::ProxySilent,
        ] {
            assert!(leads(Client::Chromium, verdict), "{verdict}");
            assert!(leads(Client::EdrSensor, verdict), "{verdict}");
            assert!(!leads(Client::Curl, verdict), "{verdict}");
        }
        for verdict in [Verdict::ProxyDenied, Verdict::ProxyAuthRequired, Verdict::TlsSilent] {
            assert!(!leads(Client::Chromium, verdict), "{verdict}");
            assert!(leads(Client::EdrSensor, verdict), "{verdict}");
        }
    }

    #[test]
    fn nothing_leads_on_from_success_from_what_was_not_tried_or_from_the_origin() {
        for client in Client::ALL {
            for verdict in [Verdict::Reachable, Verdict::NotConfigured, Verdict::NotMeasured] {
                assert!(!client.failover().leads_on(&ended(verdict), true), "{client}: {verdict}");
            }
        }
        let malformed = ended(Verdict::SettingMalformed);
        assert!(Client::EdrSensor.failover().leads_on(&malformed, false), "it tries whatever comes next");
        assert!(!Client::Chromium.failover().leads_on(&malformed, false));
        let refused = ended(Verdict::ConnectRefused);
        assert!(!Client::Chromium.failover().leads_on(&refused, false), "it was the origin that refused");
    }
}
