//! What a client does about one target: its ways are gone through in their order.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::{Case, Kind, Place, Way, Ways, When};
use crate::mistake::MistakeKind;
use crate::select::bypass::{Destination, Match};
use crate::select::proxy_list;
use crate::select::route::Route;
use crate::target::Target;

/// What a client does about one target.
#[derive(Debug, Clone)]
pub struct Plan<'w, 'a> {
    /// What it tries, in order. Never empty. Where there are several cases, those of the first come first.
    pub steps: Vec<Step<'w, 'a>>,
    /// Ways that it would ask first, and that are not evaluated here.
    pub unevaluated: Vec<&'w Way<'a>>,
}

/// One thing that a client tries.
#[derive(Debug, Clone)]
pub struct Step<'w, 'a> {
    /// The route; `None` where the setting cannot be used ([`Kind::Malformed`]), or not by this program ([`Kind::NotSpoken`]).
    pub route: Option<Route<'a>>,
    /// The way that it belongs to.
    pub way: &'w Way<'a>,
    /// The item of the bypass list that exempts the target.
    pub exempt: Option<Match<'a>>,
    /// The place among the proxies of the way, from 0.
    pub turn: usize,
}

impl<'a> Step<'_, 'a> {
    /// Where it is written what decided this step; `None` where that is the client's own doing.
    pub fn place(&self) -> Option<Place<'a>> {
        match (&self.exempt, self.way.bypass) {
            (Some(found), Some(bypass)) => bypass.place_of(found).or(self.way.place),
            _ => self.way.place,
        }
    }
}

/// So many steps are looked at to leave out what was tried before; no real list has more.
const COMPARED: usize = 64;

/// What a way says about a target.
enum Said {
    /// It has no setting for it.
    Nothing,
    /// It is not evaluated.
    Unknown,
    /// Direct, and nothing else is tried.
    Exempt,
    /// These steps; others may follow when they fail.
    All,
}

impl<'a> Way<'a> {
    /// What this way is for one target: nothing, where its setting names no proxy for such targets.
    fn steps<'w>(&'w self, target: &Target<'_>, steps: &mut Vec<Step<'w, 'a>>) -> Said {
        let step = |route, exempt, turn| Step { route, way: self, exempt, turn };
        let is_host = |host: &str| {
            let text = target.host.to_string();
            host.eq_ignore_ascii_case(text.trim_matches(['[', ']']))
        };
        if self.scheme.is_some_and(|scheme| scheme != target.scheme) || !self.host.is_none_or(is_host) {
            return Said::Nothing;
        }
        let exempt = || self.bypass.as_ref()?.decide(&Destination::from(target));
        match &self.kind {
            Kind::Direct => {
                steps.push(step(Some(Route::Direct), None, 0));
                Said::All
            }
            // What must not be trusted is refused before any list is asked.
            Kind::Malformed(mistake) if mistake.kind == MistakeKind::VariableUntrusted => {
                steps.push(step(None, None, 0));
                Said::All
            }
            Kind::Proxies(listed) if !listed.iter().any(|one| one.serves(target.scheme)) => Said::Nothing,
            Kind::Pac(_)
            | Kind::Wpad
            | Kind::Command(_)
            | Kind::Proxies(_)
            | Kind::Malformed(_)
            | Kind::NotSpoken(_)
                if let Some(found) = exempt() =>
            {
                steps.push(step(Some(Route::Direct), Some(found), 0));
                Said::Exempt
            }
            Kind::Pac(_) | Kind::Wpad | Kind::Command(_) | Kind::Unseen(_) | Kind::Gap(_) => Said::Unknown,
            Kind::Malformed(_) | Kind::NotSpoken(_) => {
                steps.push(step(None, None, 0));
                Said::All
            }
            Kind::Proxies(listed) => {
                for (turn, one) in proxy_list::serving(listed, target.scheme).enumerate() {
                    steps.push(step(Some(Route::through(one.proxy, target.scheme)), None, turn));
                }
                Said::All
            }
        }
    }

    /// Whether it is the client's own way where nothing is set.
    fn is_own(&self) -> bool {
        self.place.is_none() && self.when == When::First && matches!(self.kind, Kind::Direct)
    }
}

/// What has been said while the ways of one case are gone through.
#[derive(Default)]
struct Turn<'w, 'a> {
    /// Where its steps begin.
    start: usize,
    /// Something is tried.
    is_decided: bool,
    /// Nothing else is.
    is_over: bool,
    /// An exemption that counts where no other source names a proxy.
    exempt: Option<Step<'w, 'a>>,
}

impl Turn<'_, '_> {
    fn wants(&self, when: When) -> bool {
        let is_it = match when {
            When::First => !self.is_decided,
            When::Also => true,
            When::AfterFailure | When::Disputed => self.is_decided,
        };
        is_it && !self.is_over
    }
}

impl<'a> Ways<'a> {
    /// The plan for one target.
    pub fn plan(&self, target: &Target<'_>) -> Plan<'_, 'a> {
        let mut plan = Plan { steps: Vec::new(), unevaluated: Vec::new() };
        let mut turn = Turn::default();
        let mut case = Case::Only;
        for way in &self.ways {
            if way.case != case {
                case = way.case;
                turn = Turn { start: plan.steps.len(), ..Turn::default() };
            }
            if !turn.wants(way.when) {
                continue;
            }
            let before = plan.steps.len();
            let said = way.steps(target, &mut plan.steps);
            if way.when != When::First {
                // What has failed is not tried again.
                let (done, new) = plan.steps.split_at(before);
                let done = done.get(turn.start..).unwrap_or_default();
                let is_new =
                    |step: &Step<'_, '_>| done.iter().take(COMPARED).all(|done| done.route != step.route);
                let kept: Vec<_> = new.iter().filter(|step| is_new(step)).cloned().collect();
                plan.steps.truncate(before);
                plan.steps.extend(kept);
            }
            match said {
                Said::Nothing => {}
                Said::Unknown => plan.unevaluated.push(way),
                Said::Exempt if way.when == When::Also => {
                    let exempt = plan.steps.get(before).cloned();
                    turn.exempt = turn.exempt.or(exempt);
                    plan.steps.truncate(before);
                }
                Said::Exempt => turn.is_over = true,
                Said::All => {
                    if let Some(exempt) = turn.exempt.take().filter(|_| way.is_own()) {
                        plan.steps.truncate(before);
                        plan.steps.push(exempt);
                    }
                    turn.is_decided = true;
                }
            }
        }
        plan
    }
}
