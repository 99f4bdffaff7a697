//! The Azure Arc agent's `proxy.bypass` (page "Manage and maintain Azure Connected Machine agent proxy settings", 2026): names of
//! services, separated by `,`, each of which stands for hosts.
//!
//! `ArcData` exempts what the Azure extension for SQL Server asks for, and nothing of the agent itself: it matches nothing here. With
//! an Arc gateway the list is not read at all.

use super::{Destination, Match, MatchKind, ends_with};
use crate::authority::Host;

/// Services, and the domains that the page names for each.
const SERVICES: [(&str, &[&str]); 4] = [
    ("AAD", &["login.windows.net", "login.microsoftonline.com", "pas.windows.net"]),
    ("ARM", &["management.azure.com"]),
    (
        "AMA",
        &[
            "handler.control.monitor.azure.com",
            "ods.opinsights.azure.com",
            "management.azure.com",
            "monitoring.azure.com",
            "ingest.monitor.azure.com",
        ],
    ),
    ("Arc", &["his.arc.azure.com", "guestconfiguration.azure.com"]),
];

pub(super) fn decide<'a>(list: &'a str, to: &Destination<'_>) -> Option<Match<'a>> {
    let Host::Name(host) = to.host else { return None };
    // Most hosts are of no service, so that the list need not be read.
    let is_of = |domains: &[&str]| domains.iter().any(|domain| ends_with(host, domain).is_some());
    if !SERVICES.iter().any(|(_, domains)| is_of(domains)) {
        return None;
    }
    list.split(',').map(str::trim).find_map(|item| {
        let (_, domains) = SERVICES.iter().find(|(name, _)| name.eq_ignore_ascii_case(item))?;
        is_of(domains).then(|| Match::new(list, item, MatchKind::Service))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn services_and_their_hosts() {
        for (list, url, want) in [
            ("Arc", "https://gbl.his.arc.azure.com/", Some("Arc")),
            ("Arc", "https://management.azure.com/", None),
            ("ARM, arc", "https://agentserviceapi.guestconfiguration.azure.com/", Some("arc")),
            ("AAD", "https://login.microsoftonline.com/", Some("AAD")),
            ("AAD", "https://westeurope.login.microsoft.com/", None),
            ("AMA", "https://id.ods.opinsights.azure.com/", Some("AMA")),
            ("ArcData", "https://telemetry.westeurope.arcdataservices.com/", None),
            ("*.azure.com", "https://management.azure.com/", None),
            ("", "https://management.azure.com/", None),
            ("Arc", "https://192.0.2.1/", None),
        ] {
            let target = Target::parse(url).expect(url);
            let found = decide(list, &Destination::from(&target));
            assert_eq!(found.map(|found| found.item), want, "{list:?} {url}");
        }
    }
}
