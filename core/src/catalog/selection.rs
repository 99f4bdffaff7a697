//! Which endpoints a place needs.

use super::{Basis, Endpoint, Packages, Region, Regions, Release, Releases, Service, System, Test};

/// What is known of a place, and what was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'a> {
    /// The tenant's regions; with none, only what every commercial region needs.
    pub regions: Regions,
    /// The system.
    pub system: System,
    /// The release of Windows, where it is known; else a current one is meant.
    pub release: Option<Release>,
    /// Whether the machine was onboarded with the streamlined package.
    pub streamlined: bool,
    /// The services; with none, all.
    pub services: &'a [Service],
    /// Whether names that only third parties have seen are wanted.
    pub observed: bool,
}

/// How much an endpoint is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Something does not work without it, or not everywhere.
    Optional,
    /// Nothing works without it.
    Required,
}

impl Selection<'_> {
    /// How much the place needs an endpoint; `None` where it does not.
    pub fn need(&self, endpoint: &Endpoint<'_>) -> Option<Need> {
        let fits = self.has_region(endpoint.regions)
            && endpoint.systems.has(self.system)
            && (self.services.is_empty() || self.services.contains(&endpoint.service))
            && self.has_packages(endpoint.packages)
            && (self.system != System::Windows || endpoint.releases.have(self.release))
            && (self.observed || endpoint.basis == Basis::Documented);
        let required = endpoint.required.has(self.system) && endpoint.basis == Basis::Documented;
        fits.then_some(if required { Need::Required } else { Need::Optional })
    }

    /// How much the place needs a test among these endpoints: as much as the most needed endpoint that it belongs to.
    pub fn need_of<'e>(
        &self,
        test: &Test<'_>,
        endpoints: impl IntoIterator<Item = &'e Endpoint<'e>>,
    ) -> Option<Need> {
        let fits = self.has_region(test.regions)
            && test.systems.has(self.system)
            && (self.observed || test.basis == Basis::Documented);
        let owner =
            |endpoint: &&Endpoint<'_>| endpoint.host == test.endpoint && endpoint.service == test.service;
        let need = endpoints.into_iter().filter(owner).filter_map(|endpoint| self.need(endpoint)).max();
        let need = if test.basis == Basis::Observed { need.map(|_| Need::Optional) } else { need };
        need.filter(|_| fits)
    }

    /// Whether streamlined onboarding is possible here at all.
    ///
    /// # Errors
    /// Why it is not.
    pub fn supports_streamlined(&self) -> Result<(), Unsupported> {
        match self.system {
            System::WindowsMma => Err(Unsupported::Mma),
            System::Windows
                if self.release.is_some_and(|release| release.number < 1607 && !release.server) =>
            {
                Err(Unsupported::Release)
            }
            _ => Ok(()),
        }
    }

    /// Whether the streamlined package is in use on a Windows that goes on using the long list: from 1607 to before 1809.
    pub fn needs_both(&self) -> bool {
        let old = |release: Release| (1607..1809).contains(&release.number) && !release.server;
        self.streamlined && self.system == System::Windows && self.release.is_some_and(old)
    }

    fn has_region(&self, regions: Regions) -> bool {
        if self.regions.is_empty() { regions.is_worldwide() } else { regions.meets(self.regions) }
    }

    fn has_packages(&self, packages: Packages) -> bool {
        match packages {
            Packages::Both => true,
            Packages::Standard => !self.streamlined || self.needs_both(),
            Packages::Streamlined => self.streamlined,
        }
    }
}

/// Why streamlined onboarding is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsupported {
    /// The agent is the MMA.
    Mma,
    /// Windows is older than 1607.
    Release,
}

impl core::fmt::Display for Unsupported {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Mma => "the MMA agent cannot be onboarded with the streamlined package",
            Self::Release => {
                "streamlined onboarding needs Windows 10 1607 or later, and alone suffices from 1809 on"
            }
        })
    }
}

/// What no public list says about a region, in one sentence.
pub const fn missing(region: Region) -> Option<&'static str> {
    match region {
        Region::Ch | Region::In => Some(
            "no public list names the hosts of command and control, cyber data and storage of this region; the onboarding \
             data of a machine does (--onboarding FILE)",
        ),
        _ => None,
    }
}

/// Endpoints of older releases that a selection leaves out because nobody said which release it is.
impl Selection<'_> {
    /// Whether an endpoint is left out only because the release of Windows is not known.
    pub fn might_need(&self, endpoint: &Endpoint<'_>) -> bool {
        self.release.is_none()
            && self.system == System::Windows
            && endpoint.releases != Releases::All
            && self.need(endpoint).is_none()
            && self.need(&Endpoint { releases: Releases::All, ..*endpoint }).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalog::{ENDPOINTS, TESTS};

    fn selection(region: Region, system: System) -> Selection<'static> {
        Selection {
            regions: Regions::default().with(region),
            system,
            release: None,
            streamlined: false,
            services: &[],
            observed: false,
        }
    }

    fn hosts(selection: &Selection<'_>) -> BTreeSet<&'static str> {
        ENDPOINTS.iter().filter(|one| selection.need(one).is_some()).map(|one| one.host).collect()
    }

    fn urls(selection: &Selection<'_>, need: Need) -> BTreeSet<&'static str> {
        let wanted = |test: &&Test<'_>| selection.need_of(test, ENDPOINTS) == Some(need);
        TESTS.iter().filter(wanted).map(|test| test.url).collect()
    }

    #[test]
    fn each_region_has_its_own_names_and_the_worldwide_ones() {
        let eu = hosts(&selection(Region::Eu, System::Windows));
        assert!(eu.contains("winatp-gw-neu.microsoft.com") && eu.contains("events.data.microsoft.com"));
        assert!(
            !eu.contains("winatp-gw-cus.microsoft.com") && !eu.contains("*.endpoint.security.microsoft.com")
        );
        let gcc = hosts(&selection(Region::Gcc, System::Windows));
        assert!(gcc.contains("winatp-gw-usmt.microsoft.com") && gcc.contains("ctldl.windowsupdate.com"));
        assert!(
            !gcc.contains("winatp-gw-usgt.microsoft.com") && !gcc.contains("settings-win.data.microsoft.com")
        );
        let nowhere = Selection { regions: Regions::default(), ..selection(Region::Eu, System::Windows) };
        assert!(hosts(&nowhere).contains("events.data.microsoft.com"));
        assert!(!hosts(&nowhere).contains("winatp-gw-neu.microsoft.com"));
    }

    #[test]
    fn releases_decide() {
        let old = |number| Selection {
            release: Some(Release { number, server: false }),
            ..selection(Region::Us, System::Windows)
        };
        let v20 = "us-v20.events.data.microsoft.com";
        let vortex = "us.vortex-win.data.microsoft.com";
        let settings = "settings-win.data.microsoft.com";
        for (number, want) in
            [(1709, [false, true, true]), (1803, [true, false, true]), (1809, [true, false, false])]
        {
            let hosts = hosts(&old(number));
            assert_eq!([v20, vortex, settings].map(|host| hosts.contains(host)), want, "{number}");
        }
        let current = selection(Region::Us, System::Windows);
        let left_out: BTreeSet<_> =
            ENDPOINTS.iter().filter(|one| current.might_need(one)).map(|one| one.host).collect();
        assert!(left_out.contains(vortex) && left_out.contains(settings) && !left_out.contains(v20));
        assert!(hosts(&selection(Region::Us, System::Linux)).contains(v20));
    }

    #[test]
    fn streamlined_replaces_the_long_list_where_it_can() {
        let streamlined = Selection { streamlined: true, ..selection(Region::Eu, System::Windows) };
        let names = hosts(&streamlined);
        assert!(
            names.contains("*.endpoint.security.microsoft.com")
                && names.contains("edr-neu.eu.endpoint.security.microsoft.com")
        );
        assert!(!names.contains("winatp-gw-neu.microsoft.com") && names.contains("crl.microsoft.com"));
        let old = Selection { release: Some(Release { number: 1709, server: false }), ..streamlined };
        assert!(old.needs_both() && hosts(&old).contains("winatp-gw-neu.microsoft.com"));
        let server = Selection { release: Release::parse("2016"), ..streamlined };
        assert!(!server.needs_both() && server.supports_streamlined().is_ok());
        let mma = Selection { system: System::WindowsMma, ..streamlined };
        assert_eq!(mma.supports_streamlined(), Err(Unsupported::Mma));
        let oldest = Selection { release: Release::parse("1511"), ..streamlined };
        assert_eq!(oldest.supports_streamlined(), Err(Unsupported::Release));
    }

    #[test]
    fn tests_are_as_needed_as_their_endpoints() {
        let eu = selection(Region::Eu, System::Linux);
        let required = urls(&eu, Need::Required);
        assert!(required.contains("https://winatp-gw-neu.microsoft.com/commands/test"));
        assert!(required.contains("https://x.cp.wd.microsoft.com/api/report"));
        assert!(!required.iter().any(|url| url.contains("ostype=mac")));
        let with_observed = Selection { observed: true, ..eu };
        assert_eq!(urls(&with_observed, Need::Required), required, "observed ones are never required");
        assert!(urls(&with_observed, Need::Optional).len() > urls(&eu, Need::Optional).len());
        let ch = selection(Region::Ch, System::Linux);
        assert!(!hosts(&ch).iter().any(|host| host.contains("switzerland")));
        assert!(hosts(&Selection { observed: true, ..ch }).contains("switzerland.cp.wd.microsoft.com"));
        assert!(missing(Region::Ch).is_some() && missing(Region::Eu).is_none());
    }

    #[test]
    fn every_region_and_system_has_something_required() {
        for region in Region::ALL {
            for system in [System::Windows, System::Macos, System::Linux] {
                let selection = selection(*region, system);
                assert!(!urls(&selection, Need::Required).is_empty(), "{region} {system}");
            }
        }
        let mma = urls(&selection(Region::Eu, System::WindowsMma), Need::Required);
        assert!(mma.contains("https://{workspace}.ods.opinsights.azure.com/"), "{mma:?}");
        assert!(mma.contains("https://winatp-gw-neu.microsoft.com/commands/test"));
    }

    #[test]
    fn services_narrow_it_down() {
        let only = Selection { services: &[Service::Cnc], ..selection(Region::Uk, System::Windows) };
        assert_eq!(
            hosts(&only).into_iter().collect::<std::vec::Vec<_>>(),
            ["winatp-gw-uks.microsoft.com", "winatp-gw-ukw.microsoft.com"]
        );
    }
}
