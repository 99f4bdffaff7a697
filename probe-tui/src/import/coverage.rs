//! What a tool never asked. The analyzer's script judges only URLs that stand in its output: one that the tool did not come to
//! before it was ended counts as no failure, and its group as completed.

use std::collections::HashSet;

use probe_core::catalog::{
    ENDPOINTS, Region, Regions, Selection, Service, System, TESTS, Test, known, missing,
};
use probe_core::target::{Method, Target};

use super::{Import, Tested, Tool, What};

/// The groups that the analyzer's script judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Command and control.
    Cnc,
    /// What the sensor reports.
    Cyberdata,
    /// Storage of automated investigation.
    Autoir,
    /// Storage of samples.
    Samples,
    /// Management of security settings.
    Settings,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Cnc, Self::Cyberdata, Self::Autoir, Self::Samples, Self::Settings];

    /// In plain words.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Cnc => "command and control",
            Self::Cyberdata => "cyber data",
            Self::Autoir => "storage of automated investigation",
            Self::Samples => "storage of samples",
            Self::Settings => "management of security settings",
        }
    }

    /// The script's numbers: completed, one URL failed, several failed.
    pub const fn results(self) -> [u32; 3] {
        match self {
            Self::Cnc => [130_017, 131_013, 132_021],
            Self::Cyberdata => [130_018, 131_014, 132_022],
            Self::Autoir => [130_019, 131_015, 132_023],
            Self::Samples => [130_020, 131_016, 132_024],
            Self::Settings => [130_021, 131_017, 132_025],
        }
    }

    /// The group of a test.
    pub fn of(test: &Test<'_>) -> Option<Self> {
        Self::of_service(test.service, test.url)
    }

    fn of_service(service: Service, url: &str) -> Option<Self> {
        match service {
            Service::Cyberdata => Some(Self::Cyberdata),
            Service::Autoir => Some(Self::Autoir),
            Service::SampleStorage => Some(Self::Samples),
            Service::SecurityManagement => Some(Self::Settings),
            Service::StreamlinedCnc if url.contains("/storage/") => Some(Self::Autoir),
            Service::Cnc | Service::StreamlinedCnc => Some(Self::Cnc),
            Service::StreamlinedMaps if url.contains("/storage/") => Some(Self::Samples),
            _ => None,
        }
    }

    /// The group of a URL that a tool asked.
    pub fn of_url(url: &str) -> Option<Self> {
        let target = Target::parse(url).ok()?;
        let host = target.host.to_string();
        let endpoint = known(ENDPOINTS, &host, target.port)?;
        // Of wildcards only those of streamlined onboarding have services of their own.
        Self::of_service(endpoint.service, url)
    }
}

/// A URL that was not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unasked {
    /// The URL.
    pub url: String,
    /// Its group.
    pub group: Option<Group>,
    /// What the tool says of the group nevertheless.
    pub reported: Reported,
}

/// What a tool says of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    /// The number by which it says that all is well.
    Fine(u32),
    /// The number by which it says that something failed.
    Failures(u32),
    /// It says nothing; by its rule all is well.
    WouldBeFine,
    /// It says nothing, and has the URL in its list.
    Listed,
    /// It is not known which URLs were asked.
    NotSaid(u32),
}

/// Everything that was not asked, and what else is to be said about it.
pub fn unasked(import: &Import) -> (Vec<Unasked>, Vec<String>) {
    let mut notes = Vec::new();
    let mut found = Vec::new();
    if import.tool != Tool::Analyzer {
        return (found, notes);
    }
    let asked: HashSet<(Option<Group>, String)> =
        import.tested.iter().map(|tested| place(&tested.url)).collect();
    let mut seen = asked.clone();
    for url in &import.listed {
        if Target::parse(url).is_ok() && seen.insert(place(url)) {
            let group = Group::of_url(url);
            let reported = group.and_then(|group| reported(import, group)).unwrap_or(Reported::Listed);
            found.push(Unasked { url: url.clone(), group, reported });
        }
    }
    let regions = regions(import);
    let streamlined = import.tested.iter().any(|tested| is_streamlined(&tested.url));
    notes.extend(
        regions.iter().filter_map(|region| Some(format!("{}: {}", region.phrase(), missing(region)?))),
    );
    for group in Group::ALL {
        let Some(reported) = reported(import, group) else { continue };
        let asked_any = asked.iter().any(|(one, _)| *one == Some(group));
        // With no region in the output, and nothing of the group: some region's would have to be there.
        let is_lost = regions.is_empty() && !asked_any && group != Group::Settings;
        if is_lost {
            notes.push(format!(
                "{}: no URL of any region was asked; the region of the tenant is not in the output, and those of every region \
                 are listed here",
                group.phrase()
            ));
        }
        let selection = Selection {
            regions: if is_lost { Regions::WORLDWIDE } else { regions },
            system: System::Windows,
            release: None,
            streamlined,
            services: &[],
            observed: false,
        };
        let wanted = |test: &&Test<'static>| {
            Group::of(test) == Some(group)
                && test.method != Method::Tls
                && selection.need_of(test, ENDPOINTS).is_some()
        };
        for test in TESTS.iter().filter(wanted) {
            if seen.insert(place(test.url)) {
                found.push(Unasked { url: test.url.to_owned(), group: Some(group), reported });
            }
        }
    }
    (found, notes)
}

/// Where two URLs ask the same: group and host. The tools ask other paths of a host than the catalogue does.
fn place(url: &str) -> (Option<Group>, String) {
    let host = Target::parse(url).map(|target| target.authority().to_string()).unwrap_or_default();
    (Group::of_url(url), host.to_ascii_lowercase())
}

fn is_streamlined(url: &str) -> bool {
    Target::parse(url).is_ok_and(|target| {
        target.host.to_string().to_ascii_lowercase().contains(".endpoint.security.microsoft.")
    })
}

/// The regions that the asked URLs have in common; where they have none, all of theirs.
fn regions(import: &Import) -> Regions {
    let mut common: Option<Vec<Region>> = None;
    let mut all = Regions::default();
    let of_url = |tested: &Tested| {
        let target = Target::parse(&tested.url).ok()?;
        known(ENDPOINTS, &target.host.to_string(), target.port).map(|endpoint| endpoint.regions)
    };
    for regions in import.tested.iter().filter_map(of_url).filter(|regions| !regions.is_worldwide()) {
        all = regions.iter().fold(all, Regions::with);
        let before = common.unwrap_or_else(|| regions.iter().collect());
        common = Some(before.into_iter().filter(|region| regions.has(*region)).collect());
    }
    let common = common.unwrap_or_default().into_iter().fold(Regions::default(), Regions::with);
    let named = import.region.as_deref().and_then(Region::from_id);
    match named {
        Some(region) if all.is_empty() => Regions::default().with(region),
        _ if common.is_empty() => all,
        _ => common,
    }
}

fn reported(import: &Import, group: Group) -> Option<Reported> {
    let [fine, one, several] = group.results();
    let has = |id: u32| import.results.contains_key(&id);
    if let Some(id) = [several, one].into_iter().find(|id| has(*id)) {
        return Some(if import.has_urls { Reported::Failures(id) } else { Reported::NotSaid(id) });
    }
    if has(fine) {
        return Some(if import.has_urls { Reported::Fine(fine) } else { Reported::NotSaid(fine) });
    }
    let mut of_group =
        import.tested.iter().filter(|tested| Group::of_url(&tested.url) == Some(group)).peekable();
    of_group.peek()?;
    of_group.all(is_accepted).then_some(Reported::WouldBeFine)
}

/// Whether the analyzer's script takes a URL for good: any of its lines holds one of three statuses, or `Succeeded (405)`.
pub fn is_accepted(tested: &Tested) -> bool {
    tested.said.iter().any(|said| accepts(said.what))
}

/// Whether the analyzer's script takes a line for good.
pub fn accepts(what: What) -> bool {
    match what {
        What::Status { status: 405, succeeded } => succeeded,
        What::Status { status, .. } => matches!(status, 200 | 400 | 404),
        _ => false,
    }
}
