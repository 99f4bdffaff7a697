//! Which endpoints are meant: the flags about the catalogue, read.

use probe_core::catalog::{self, Region, Regions, Release, Selection, Service, System};

use probe_lists::onboarding::Onboarding;

use super::{flag, word};
use crate::mistakes::{Mistakes, harmless, nearest};
use crate::options::{self, Select};
use crate::{input, onboarding};

/// Which endpoints are meant.
#[derive(Debug, Clone)]
pub struct Selected {
    /// The tenant's regions; none for what every commercial region needs.
    pub regions: Regions,
    /// Whether regions were named at all.
    pub names_region: bool,
    /// The system.
    pub system: System,
    release: Option<Release>,
    /// Whether streamlined onboarding is meant.
    pub streamlined: bool,
    services: Vec<Service>,
    observed: bool,
    /// The ids of workspaces.
    pub workspaces: Vec<String>,
}

impl Selected {
    /// As the core reads it.
    pub fn view(&self) -> Selection<'_> {
        Selection {
            regions: self.regions,
            system: self.system,
            release: self.release,
            streamlined: self.streamlined,
            services: &self.services,
            observed: self.observed,
        }
    }

    /// What is meant, in words: `EU, linux, standard onboarding`.
    pub fn words(&self) -> String {
        let regions: Vec<_> = self.regions.iter().map(Region::id).collect();
        let regions = if regions.is_empty() { "WW".to_owned() } else { regions.join(" and ") };
        let release = self.release.map(|release| format!(" {}", release.number)).unwrap_or_default();
        let onboarding = if self.streamlined { "streamlined" } else { "standard" };
        format!("{regions}, {}{release}, {onboarding} onboarding", self.system)
    }
}

/// The system that this program runs on.
pub fn this_system() -> System {
    if cfg!(windows) {
        System::Windows
    } else if cfg!(target_os = "macos") {
        System::Macos
    } else {
        System::Linux
    }
}

/// What the onboarding data of a machine says, and where that stands.
#[derive(Debug, Clone)]
pub struct Onboarded {
    /// The file, or the place on this machine.
    pub place: String,
    /// What was read out.
    pub data: Onboarding,
}

impl Onboarded {
    /// In words.
    pub fn words(&self) -> String {
        let Onboarding { words, datacenter, streamlined, .. } = &self.data;
        let region = words.as_deref().unwrap_or("no region");
        let datacenter = datacenter.as_ref().map(|name| format!(", data centre {name}")).unwrap_or_default();
        let kind = if *streamlined { "streamlined" } else { "standard" };
        format!("{}: onboarded to {region}{datacenter}, {kind}", harmless(&self.place))
    }
}

/// Reads the onboarding data that was named, else that of this machine where `look` says so and there is some.
pub fn onboarded(options: &Select, look: bool, mistakes: &mut Mistakes) -> Option<Onboarded> {
    let (place, bytes) = if let Some(file) = &options.onboarding {
        (input::name_of(file), input::read_bytes(file, onboarding::LARGEST, mistakes)?)
    } else {
        let found = look.then(onboarding::of_this_machine).flatten()?;
        match found.data {
            Ok(bytes) => (found.place, bytes),
            Err(error) => {
                let hint = "run this as somebody who may read it, or name --region";
                mistakes.add_plain(&found.place, &format_args!("cannot be read: {error}"), Some(hint));
                return None;
            }
        }
    };
    match probe_lists::onboarding::read(&bytes) {
        Ok(data) => Some(Onboarded { place, data }),
        Err(error) => {
            mistakes.add_plain(&place, &error, Some(error.hint()));
            None
        }
    }
}

impl Selected {
    /// Takes over what onboarding data says and nobody typed.
    pub fn learn(&mut self, onboarded: &Onboarded, mistakes: &mut Mistakes) {
        if !self.names_region {
            if let Some(region) = onboarded.data.region {
                self.regions = self.regions.with(region);
                self.names_region = true;
            } else {
                let why = onboarded.data.notes.first().map_or("it names no region", String::as_str);
                mistakes.add_plain(&onboarded.place, &why, Some("name the region with --region"));
            }
        }
        if onboarded.data.streamlined && self.view().supports_streamlined().is_ok() {
            self.streamlined = true;
        }
    }
}

/// Reads the flags. All mistakes go to `mistakes`.
pub fn read(options: &Select, mistakes: &mut Mistakes) -> Selected {
    let mut regions = Regions::default();
    let mut worldwide = false;
    for text in &options.region {
        // Letter case does not matter to people, and "GCC High" is what the lists say.
        let known = options::REGIONS.iter().find(|(id, _)| id.eq_ignore_ascii_case(text.trim()));
        let text = known.map_or(text.as_str(), |(id, _)| id);
        match word("--region", text, options::REGIONS, mistakes).and_then(Region::from_id) {
            Some(region) => regions = regions.with(region),
            None => worldwide |= text == "WW",
        }
    }
    if worldwide && !regions.is_empty() {
        mistakes.add_plain(
            "--region",
            &"WW stands beside another region, which has all of it",
            Some("keep one of them"),
        );
    }
    let system = options.os.as_deref().map_or_else(
        || Some(this_system()),
        |text| word("--os", text, options::SYSTEMS, mistakes).and_then(System::from_id),
    );
    let selected = Selected {
        regions,
        names_region: !options.region.is_empty(),
        system: system.unwrap_or_else(this_system),
        release: options.os_version.as_deref().and_then(|text| release(text, system, mistakes)),
        streamlined: options.streamlined,
        services: options.service.iter().filter_map(|text| service(text, mistakes)).collect(),
        observed: options.observed,
        workspaces: options.workspace.iter().filter_map(|text| workspace(text, mistakes)).collect(),
    };
    check_streamlined(&selected, mistakes);
    selected
}

/// Whether streamlined onboarding, where it is meant, is possible.
pub fn check_streamlined(selected: &Selected, mistakes: &mut Mistakes) {
    if selected.streamlined
        && let Err(why) = selected.view().supports_streamlined()
    {
        mistakes.add_plain("--streamlined", &why, Some("leave it away, or name another --os"));
    }
}

fn release(text: &str, system: Option<System>, mistakes: &mut Mistakes) -> Option<Release> {
    if system.is_some_and(|system| system != System::Windows) {
        let what = "releases matter for windows only";
        mistakes.add_words(flag("--os-version"), text, 0..text.len(), &what, Some("leave it away"), None);
        return None;
    }
    let release = Release::parse(text);
    if release.is_none() {
        let hint = "write it as 1709, 21H2, 11, or 2012R2, 2016, 2019, 2022, 2025 for a server; older ones have the agent \
                    of --os windows-mma";
        let what = "this is no release of Windows that is known here";
        mistakes.add_words(flag("--os-version"), text, 0..text.len(), &what, Some(hint), None);
    }
    release
}

fn service(text: &str, mistakes: &mut Mistakes) -> Option<Service> {
    let service = Service::from_id(text.trim());
    if service.is_none() {
        let known: Vec<&str> = Service::ALL.iter().map(|service| service.id()).collect();
        let hint = format!("use one of: {}", known.join(", "));
        let near = nearest(text, known.iter().copied());
        let what = "no service has this name";
        mistakes.add_words(flag("--service"), text, 0..text.len(), &what, Some(&hint), near);
    }
    service
}

/// A workspace id becomes the first label of a host.
fn workspace(text: &str, mistakes: &mut Mistakes) -> Option<String> {
    let id = text.trim().to_ascii_lowercase();
    let groups: Vec<usize> = id.split('-').map(str::len).collect();
    let digits = id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if digits && groups == [8, 4, 4, 4, 12] {
        return Some(id);
    }
    let hint = "it is the GUID on the onboarding page: 01234567-89ab-cdef-0123-456789abcdef";
    mistakes.add_words(
        flag("--workspace"),
        text,
        0..text.len(),
        &"this is no workspace id",
        Some(hint),
        None,
    );
    None
}

/// What no public list says about the regions.
pub fn unknown(selected: &Selected) -> impl Iterator<Item = (Region, &'static str)> {
    selected.regions.iter().filter_map(|region| Some((region, catalog::missing(region)?)))
}
