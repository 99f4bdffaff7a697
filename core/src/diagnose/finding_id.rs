//! The names of findings: what several attempts of a run say together.

use core::fmt;

/// Declares the findings and their texts together, so that neither can be without the other.
macro_rules! findings {
    ($($variant:ident $id:literal { title: $title:literal; meaning: $meaning:literal; })+) => {
        /// What several attempts say together. Ordered as the contract of results lists them; the ids are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
        #[non_exhaustive]
        pub enum FindingId { $(#[doc = concat!("`", $id, "`: ", $title, ".")] $variant,)+ }

        impl FindingId {
            /// Every finding, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable id, as in records.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }

            /// A short clause without a full stop.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// What it means and what to do with it, in one to three sentences on one line.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }
        }
    };
}

findings! {
    OneCause "one_cause" {
        title: "one cause explains several failures";
        meaning: "These targets fail in the same way: same verdict, same speaker, same decisive evidence. \
            Fix it once, for all the names in the list.";
    }
    WorksOnlyByFallback "works_only_by_fallback" {
        title: "the path that counts fails, and another one works";
        meaning: "The path that this client takes first fails, and another one succeeds: where a client falls \
            back to it, all looks well and is not. Clients may wait for the first failure each time, and \
            some never try the second. Repair the first path, or configure the one that works.";
    }
    WorksOnlyWithCredentials "works_only_with_credentials" {
        title: "it works only with the given login";
        meaning: "The proxy lets these targets through only after a login. Clients that cannot log in, as \
            every Defender sensor, fail here: permit anonymous traffic to these names.";
    }
    MustBypassProxy "must_bypass_proxy" {
        title: "this service must be reached without a proxy";
        meaning: "The service (push notifications for live response) does not work through a proxy, even \
            where the proxy lets it through. Open the direct way to it and put it on the bypass list.";
    }
    ClientDnsNotNeeded "client_dns_not_needed" {
        title: "this machine cannot resolve the names, and need not";
        meaning: "The proxy resolves the names itself, and the path through it works. This is healthy; \
            nothing to do.";
    }
    DirectNotPermitted "direct_not_permitted" {
        title: "only the proxy leads out, as intended";
        meaning: "Direct connections fail while the path through the proxy works. On a network that allows \
            only a proxy this is how it should be, and no fault.";
    }
    PartlyInspected "partly_inspected" {
        title: "some connections are re-signed on the way, others are not";
        meaning: "TLS inspection is in place and exempts only part of the names. Add the re-signed ones to \
            its exemptions.";
    }
    DeniesOnlyThese "denies_only_these" {
        title: "the proxy refuses these names, and lets others through";
        meaning: "A name that is known to work passes on the same path. So the proxy and this machine's \
            access to it are well, and the allowlist lacks these names.";
    }
    DeniesEverything "denies_everything" {
        title: "the proxy refuses this machine altogether";
        meaning: "Even a name that should always pass is refused on the same path. So the rule is about this \
            machine or its account, and adding names to the allowlist will not help.";
    }
    RevocationBlocked "revocation_blocked" {
        title: "certificates cannot be checked for revocation";
        meaning: "The addresses on port 80 that serve revocation and trust lists (CRL, CTL) fail, while \
            those on port 443 pass. Tests on port 443 look well and clients may still refuse to connect: \
            allow plain http to these names too.";
    }
    ClockWrong "clock_wrong" {
        title: "this machine's clock is wrong";
        meaning: "Certificate dates do not fit, and the dates that others sent in this run differ from this \
            machine's clock by more than five minutes. Set the clock, then run again.";
    }
    SettingsDisagree "settings_disagree" {
        title: "the clients on this machine would take different paths";
        meaning: "The sensor, the antivirus, the system and the user do not have the same proxy settings, so \
            that a test as one of them says little about the others. Set them alike, or judge each by its \
            own path.";
    }
    DialectsDisagree "dialects_disagree" {
        title: "two clients read the same bypass list differently";
        meaning: "One of the entries means one thing to one client and another thing to the next, so that \
            one goes direct and the other uses the proxy. Write the entry in a form that both understand \
            alike.";
    }
    RegionMismatch "region_mismatch" {
        title: "another region is open, the tenant's own is not";
        meaning: "The names of a region that this tenant does not use are allowed, and those that it needs \
            are not. Allow the names of the tenant's own region.";
    }
    TransparentProxy "transparent_proxy" {
        title: "a proxy stands in the way unannounced";
        meaning: "Answers on plain http bear a proxy's marks though no proxy is configured. What it filters \
            or keeps in its cache affects every client here.";
    }
    AllowlistGap "allowlist_gap" {
        title: "the given allowlist does not cover a required name";
        meaning: "An endpoint that is required is matched by no entry of the allowlist. Add it, and mind \
            that some wildcards cover only one level of names.";
    }
    NeverAsked "never_asked" {
        title: "another tool never asked these, and reports on them all the same";
        meaning: "The tool judges only what stands in its output: a URL that it did not come to, as it is ended \
            after some two minutes, or that its list lacks, counts as no failure. Nothing is known about these \
            targets: run `egress-probe check` on them.";
    }
    WronglyAccepted "wrongly_accepted" {
        title: "another tool accepts an answer here that the service does not give";
        meaning: "The tool takes the same few statuses from every URL for good, whoever sent them. The service \
            answers these targets with another status: somebody else answered, or something is wrong. Judge them \
            by what is expected of each.";
    }
}

impl FindingId {
    /// The finding with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|finding| finding.id() == id)
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_are_those_of_the_contract() {
        let ids: std::vec::Vec<_> = FindingId::ALL.iter().map(|finding| finding.id()).collect();
        assert_eq!(
            ids.join(" "),
            "one_cause works_only_by_fallback works_only_with_credentials must_bypass_proxy client_dns_not_needed \
             direct_not_permitted partly_inspected denies_only_these denies_everything revocation_blocked clock_wrong \
             settings_disagree dialects_disagree region_mismatch transparent_proxy allowlist_gap never_asked \
             wrongly_accepted"
        );
    }

    #[test]
    fn every_id_leads_back() {
        for finding in FindingId::ALL {
            assert_eq!(FindingId::from_id(finding.id()), Some(*finding));
        }
        assert_eq!(FindingId::from_id("no_such_finding"), None);
    }

    #[test]
    fn texts_are_whole_lines() {
        for finding in FindingId::ALL {
            let (title, meaning) = (finding.title(), finding.meaning());
            assert!(!title.is_empty() && !title.ends_with('.'), "{finding}: {title}");
            assert!(
                meaning.ends_with('.') && meaning.starts_with(char::is_uppercase),
                "{finding}: {meaning}"
            );
            assert!(!meaning.contains(['{', '}']) && !meaning.contains("  "), "{finding}: {meaning}");
            assert!(!title.chars().chain(meaning.chars()).any(char::is_control), "{finding}");
        }
    }
}
