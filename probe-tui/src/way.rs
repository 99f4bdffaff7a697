//! Ways: which paths a run tries, and what each of them means for a target.
//!
//! A path is what the command line and the environment say ([`plan::route`]), or a step of the plan that the judged client's
//! settings make ([`client::Ways::plan`]). Which path is judged may then differ from target to target: a sensor with a static
//! proxy takes `named` to an https target and `default` to a revocation list.

use probe_core::select::client::{self, Client, Kind, Plan, Step};
use probe_core::select::compare::asked_first;
use probe_core::select::plan::{self, Planned};
use probe_core::select::{Path, Route};
use probe_core::target::Target;

use crate::settings::Ways;

/// The paths that a run tries for each target, as slots: the first of them is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paths {
    /// These, for every target.
    Given(Vec<Path>),
    /// These, and before the others the one among them that the client takes first, if it is.
    Among(Vec<Path>),
    /// The one that the client takes first.
    First,
    /// That one, and then all others.
    All,
}

impl Paths {
    /// How many there are. Never 0.
    pub fn len(&self) -> usize {
        match self {
            Self::Given(paths) | Self::Among(paths) => paths.len(),
            Self::First => 1,
            Self::All => Path::ALL.len(),
        }
    }

    /// Never: there is at least the judged one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids, the judged one first, where `judged` is the one that the client takes first.
    pub fn ids(&self, judged: Path) -> Vec<&'static str> {
        (0..self.len()).map(|slot| self.path(slot, judged).id()).collect()
    }

    /// Whether the settings of a client decide anything.
    pub fn ask_client(&self) -> bool {
        match self {
            Self::Given(paths) | Self::Among(paths) => {
                paths.iter().any(|path| matches!(path, Path::Default | Path::Named | Path::Wpad))
            }
            Self::First | Self::All => true,
        }
    }

    fn path(&self, slot: usize, judged: Path) -> Path {
        match (self, slot) {
            (Self::Among(paths), _) if paths.contains(&judged) => {
                let others = paths.iter().copied().filter(|path| *path != judged);
                std::iter::once(judged).chain(others).nth(slot).unwrap_or(Path::Default)
            }
            (Self::Given(paths) | Self::Among(paths), _) => paths.get(slot).copied().unwrap_or(Path::Default),
            (_, 0) => judged,
            _ => {
                let mut others = Path::ALL.into_iter().filter(|path| *path != judged);
                others.nth(slot - 1).unwrap_or(Path::Direct)
            }
        }
    }
}

/// What the settings of a machine mean for the client that is judged.
#[derive(Debug, Clone)]
pub struct Own {
    /// Its plans.
    pub ways: client::Ways<'static>,
    /// Whether it is followed to its next way when one fails.
    pub falls_over: bool,
}

impl Own {
    /// Whose they are.
    pub fn client(&self) -> Client {
        self.ways.client
    }

    /// What the client does about a target. Where its settings are for several cases (a desktop, a service), that is the first
    /// of them.
    fn plan(&self, target: &Target<'_>) -> Plan<'_, 'static> {
        let mut plan = self.ways.plan(target);
        if let Some(case) = plan.steps.first().map(|step| step.way.case) {
            plan.steps.retain(|step| step.way.case == case);
            plan.unevaluated.retain(|way| way.case == case);
        }
        plan
    }
}

/// One path for one target.
#[derive(Debug)]
pub struct Way<'a> {
    /// Which of the five it is.
    pub path: Path,
    /// What it means.
    pub found: Found<'a>,
}

/// What a path means for a target.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one exists at a time, for an attempt")]
pub enum Found<'a> {
    /// What the command line and the environment say.
    Planned(Planned<'a>),
    /// What the client does by its settings.
    Step(Step<'a, 'static>),
    /// The client would ask first what this version cannot ask.
    Unevaluated(&'a client::Way<'static>),
    /// The client has no setting for this path.
    Unset(Client),
}

impl Found<'_> {
    /// The route, where something is sent.
    pub fn route(&self) -> Option<&Route<'_>> {
        match self {
            Self::Planned(Planned::Route { route, .. }) => Some(route),
            Self::Step(step) => step.route.as_ref(),
            _ => None,
        }
    }
}

impl Ways {
    /// What the path in this slot means for a target.
    pub fn way<'a>(&'a self, paths: &Paths, slot: usize, target: &Target<'_>) -> Way<'a> {
        let Some(own) = &self.own else {
            let path = paths.path(slot, Path::Default);
            return Way { path, found: Found::Planned(plan::route(path, &self.view(), target)) };
        };
        let of_client = match paths {
            Paths::Given(paths) => {
                paths.get(slot).is_some_and(|path| !matches!(path, Path::Direct | Path::Cli))
            }
            _ => true,
        };
        if !of_client {
            let path = paths.path(slot, Path::Default);
            return Way { path, found: Found::Planned(plan::route(path, &self.view(), target)) };
        }
        let plan = own.plan(target);
        let asked_first = asked_first(&plan);
        let first = plan.steps.first();
        let judged =
            asked_first.map(|way| way.path).or_else(|| Some(first?.way.path)).unwrap_or(Path::Default);
        let path = paths.path(slot, judged);
        let found = match (asked_first, path) {
            (Some(way), _) if path == judged => Found::Unevaluated(way),
            (_, Path::Direct | Path::Cli) if path != judged => {
                Found::Planned(plan::route(path, &self.view(), target))
            }
            (_, Path::Wpad) => Found::Planned(plan::route(path, &self.view(), target)),
            _ => match plan.steps.into_iter().find(|step| step.way.path == path) {
                Some(step) => Found::Step(step),
                None => Found::Unset(own.client()),
            },
        };
        Way { path, found }
    }

    /// What the judged client does when that many of its ways have failed; `None` where it has no more.
    pub fn fallback(&self, failed: usize, target: &Target<'_>) -> Option<Way<'_>> {
        let own = self.own.as_ref().filter(|own| own.falls_over)?;
        let step = own.plan(target).steps.into_iter().nth(failed)?;
        Some(Way { path: step.way.path, found: Found::Step(step) })
    }
}

/// What is asked by a way that this version does not evaluate.
pub fn asks(way: &client::Way<'_>) -> &'static str {
    match way.kind {
        Kind::Pac(_) => "a PAC file, which this version does not evaluate",
        Kind::Command(_) => "a program, which is not run here",
        Kind::Unseen(_) | Kind::Gap(_) => "settings that were not read",
        _ => "an announced proxy (WPAD), which this version does not look for",
    }
}
