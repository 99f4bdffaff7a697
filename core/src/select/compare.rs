//! Plans side by side: where the clients of one machine would not go the same way.

use alloc::vec::Vec;

use crate::diagnose::FindingId;
use crate::select::client::{Bypass, Client, Kind, Plan, Step, Unseen, Way, When};
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
    let agents = plans.iter().enumerate().filter(|(_, (client, _))| client.must_agree());
    let mut agents = agents.filter_map(|(place, (_, plan))| Some((place, Beginning::of(plan)?)));
    if let Some((one, first)) = agents.next() {
        for (other, beginning) in agents {
            if beginning != first {
                found.push(Disagreement { finding: FindingId::SettingsDisagree, one, other });
            }
        }
    }
    for (one, (_, plan)) in plans.iter().enumerate() {
        for (other, (_, second)) in plans.iter().enumerate().skip(one.saturating_add(1)) {
            if let (Some(step), Some(against)) = (decided(plan), decided(second))
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

/// What a client does first about a target.
#[derive(PartialEq, Eq)]
enum Beginning<'a> {
    /// It asks the PAC file at this address.
    Pac(&'a str),
    /// It asks for an announced proxy.
    Wpad,
    /// It takes this route; `None` where the setting cannot be used.
    Route(Option<Route<'a>>),
}

impl<'a> Beginning<'a> {
    /// What a setting has a client ask first counts, not what would come after it: two that ask one PAC file agree, and one that
    /// asks a PAC file agrees with nobody who does not. What a client asks by itself, without a setting, is no setting of this
    /// machine. `None` where the settings that decide were not read.
    fn of(plan: &Plan<'_, 'a>) -> Option<Self> {
        Some(match asked_first(plan).map(|way| &way.kind) {
            Some(Kind::Unseen(_) | Kind::Gap(_)) => return None,
            Some(Kind::Pac(url)) => Self::Pac(url),
            Some(_) => Self::Wpad,
            None => Self::Route(plan.steps.first().and_then(|step| step.route)),
        })
    }
}

/// What the client is known to ask before its first step, and is not evaluated: a setting names it, or the settings that decide were
/// not read. What it only may ask (an announced proxy, one that it remembers) is not meant.
pub fn asked_first<'w, 'a>(plan: &Plan<'w, 'a>) -> Option<&'w Way<'a>> {
    let case = plan.steps.first().map(|step| step.way.case);
    let mut asked = plan.unevaluated.iter().copied().filter(|way| is_first(way) && Some(way.case) == case);
    asked.find(|way| {
        way.place.is_some()
            || matches!(
                way.kind,
                Kind::Unseen(Unseen::UserHive | Unseen::System(_) | Unseen::Files) | Kind::Gap(_)
            )
    })
}

/// The first step, where nothing is asked before it: whether a list is looked at at all is not known otherwise.
fn decided<'p, 'w, 'a>(plan: &'p Plan<'w, 'a>) -> Option<&'p Step<'w, 'a>> {
    plan.steps.first().filter(|_| !plan.unevaluated.iter().any(|way| is_first(way)))
}

/// Whether a way is asked before anything has failed.
const fn is_first(way: &Way<'_>) -> bool {
    matches!(way.when, When::First | When::Also)
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

    fn windows(entries: &[(Key, &'static str)]) -> Vec<Disagreement> {
        let mut reading = Reading::default();
        for (key, value) in entries {
            reading.add(*key, Scope::Machine, *value, 0..0);
        }
        let documents = [Document::new("export.reg", "", reading)];
        compared(&[Client::Antivirus, Client::Winhttp], &documents, "https://a.example/")
    }

    #[test]
    fn what_is_asked_first_and_not_evaluated() {
        let disagreement = [Disagreement { finding: FindingId::SettingsDisagree, one: 0, other: 1 }];
        let pac = "http://w.example/p.pac";
        let (own, adv) = (Key::AntivirusProxyPacUrl, Key::AdvAutoconfigUrl);
        // One and the same file, whatever follows it.
        assert_eq!(windows(&[(own, pac), (adv, pac), (Key::WinHttpProxy, "p:1")]), []);
        assert_eq!(windows(&[(own, pac), (adv, "http://w.example/q.pac")]), disagreement);
        // What follows is the same, and one asks a file before.
        assert_eq!(windows(&[(own, pac)]), disagreement);
        assert_eq!(windows(&[(own, pac), (Key::AdvAutoDetect, "true")]), disagreement);
        // A user's settings that were not read say nothing.
        let winhttp = Document::new("export.reg", "", {
            let mut reading = Reading::default();
            reading.add(Key::WinHttpProxy, Scope::Machine, "p:1", 0..0);
            reading
        });
        assert_eq!(compared(&[Client::Winhttp, Client::Wininet], &[winhttp], "https://a.example/"), []);
        // Without a setting, the sensor's own search for an announced proxy says nothing about settings.
        assert_eq!(compared(&[Client::EdrSensor, Client::Winhttp], &[], "https://a.example/"), []);
    }

    #[test]
    fn a_list_that_may_not_be_looked_at() {
        let entries = [
            (Key::InetProxyEnable, "1"),
            (Key::InetProxyServer, "p:1"),
            (Key::InetProxyOverride, "*.a.example"),
        ];
        let of = |more: &[(Key, &'static str)]| {
            let mut reading = Reading::default();
            for (key, value) in entries.iter().chain(more) {
                reading.add(*key, Scope::User("HKEY_CURRENT_USER".into()), *value, 0..0);
            }
            let documents = [Document::new("export.reg", "", reading)];
            compared(&[Client::Chromium, Client::Firefox], &documents, "https://a.example/")
        };
        let dialects = [Disagreement { finding: FindingId::DialectsDisagree, one: 0, other: 1 }];
        assert_eq!(of(&[]), dialects);
        assert_eq!(of(&[(Key::InetAutoConfigUrl, "http://w.example/p.pac")]), []);
    }
}
