//! Plans side by side: where the clients of one machine would not go the same way.

use alloc::vec::Vec;

use crate::diagnose::FindingId;
use crate::select::client::{Bypass, Client, Plan, Step};
use crate::select::route::Route;

/// Two clients that would not go the same way to one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disagreement {
    /// [`FindingId::SettingsDisagree`]: they have different settings. [`FindingId::DialectsDisagree`]: they read the same bypass
    /// list differently.
    pub finding: FindingId,
    /// The place of the one among the plans.
    pub one: usize,
    /// The place of the other.
    pub other: usize,
}

impl Client {
    /// Whether it is a part of Defender, of the system, or the user's view of it: those whose settings must agree. Single
    /// programs have their own.
    pub const fn must_agree(self) -> bool {
        matches!(
            self,
            Self::EdrSensor
                | Self::Antivirus
                | Self::AntivirusUpdate
                | Self::Winhttp
                | Self::Wininet
                | Self::Mma
                | Self::Arc
                | Self::MdatpLinux
                | Self::MdatpMac
        )
    }
}

/// Where these plans for one target differ: with the first of those that must agree, and pair by pair about a bypass list that
/// both read.
pub fn disagreements(plans: &[(Client, Plan<'_, '_>)]) -> Vec<Disagreement> {
    let mut found = Vec::new();
    let mut agents = plans.iter().enumerate().filter(|(_, (client, _))| client.must_agree());
    if let Some((one, (_, first))) = agents.next() {
        for (other, (_, plan)) in agents {
            if first_route(plan) != first_route(first) {
                found.push(Disagreement { finding: FindingId::SettingsDisagree, one, other });
            }
        }
    }
    for (one, (_, plan)) in plans.iter().enumerate() {
        for (other, (_, second)) in plans.iter().enumerate().skip(one.saturating_add(1)) {
            if let (Some(step), Some(against)) = (plan.steps.first(), second.steps.first())
                && reads_as(step, against)
                && step.exempt.is_some() != against.exempt.is_some()
                && step.route != against.route
            {
                found.push(Disagreement { finding: FindingId::DialectsDisagree, one, other });
            }
        }
    }
    found
}

fn first_route<'a>(plan: &Plan<'_, 'a>) -> Option<Route<'a>> {
    plan.steps.first()?.route
}

/// Whether two steps come from ways with one and the same bypass list.
fn reads_as(step: &Step<'_, '_>, other: &Step<'_, '_>) -> bool {
    match (step.way.bypass, other.way.bypass) {
        (Some(Bypass { place: Some(one), .. }), Some(Bypass { place: Some(two), .. })) => {
            core::ptr::eq(one.entry, two.entry)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::client::{Document, Ways, ways};
    use crate::settings::{Key, Reading, Scope, environment};
    use crate::target::Target;

    fn compared(clients: &[Client], documents: &[Document<'_>], url: &str) -> Vec<Disagreement> {
        let target = Target::parse(url).unwrap();
        let all: Vec<Ways<'_>> = clients.iter().map(|client| ways(*client, documents)).collect();
        let plans: Vec<_> = all.iter().map(|ways| (ways.client, ways.plan(&target))).collect();
        disagreements(&plans)
    }

    #[test]
    fn one_list_that_two_read_differently() {
        let text = "https_proxy=p:1\nno_proxy=.a.example";
        let documents = [Document::new("environment", text, environment::read(text, &Scope::Machine))];
        let clients = [Client::Curl, Client::Go, Client::Python];
        let found = compared(&clients, &documents, "https://a.example/");
        let dialects = |one, other| Disagreement { finding: FindingId::DialectsDisagree, one, other };
        assert_eq!(found, [dialects(0, 1), dialects(1, 2)]);
        assert_eq!(compared(&clients, &documents, "https://www.a.example/"), []);
    }

    #[test]
    fn settings_that_do_not_agree() {
        let mut reading = Reading::default();
        reading.add(Key::TelemetryProxyServer, Scope::Machine, "p:8080", 0..0);
        let documents = [Document::new("export.reg", "", reading)];
        let clients = [Client::EdrSensor, Client::Antivirus, Client::Chromium];
        let found = compared(&clients, &documents, "https://a.example/");
        assert_eq!(found, [Disagreement { finding: FindingId::SettingsDisagree, one: 0, other: 1 }]);
        assert_eq!(compared(&clients, &[], "https://a.example/"), []);
    }
}
