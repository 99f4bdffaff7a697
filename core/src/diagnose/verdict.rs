//! The names of results, and everything that is said about them.
//!
//! An attempt ends in exactly one [`Verdict`]. What a verdict means, what it is confused with and what to do about it
//! stands in one row of `verdict/table.rs` and nowhere else, so that every front end uses the same words. This file
//! has the small enums that a row is made of, and the two ways in which a row is shown: [`Verdict::remedy`] for one
//! attempt, [`Verdict::explain`] for a reader who looks a verdict up.
//!
//! The *first hop* is the proxy where a path has one, else the origin. Verdicts about it have words for both cases.

use core::fmt;

mod table;

pub use table::Verdict;

/// Declares an enum whose values have an id (part of the contract of results) and a phrase in plain words.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($variant:ident => $id:literal, $phrase:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
        #[non_exhaustive]
        pub enum $name { $(#[doc = concat!("`", $id, "`: ", $phrase, ".")] $variant,)+ }

        impl $name {
            /// Every value, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable id, as in records and metrics.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }

            /// The value in plain words: a phrase without a full stop.
            pub const fn phrase(self) -> &'static str {
                match self { $(Self::$variant => $phrase,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.id())
            }
        }
    };
}

named! {
    /// Where an attempt's journey ended. Ordered as the stages follow each other.
    Stage {
        Config => "config", "reading the settings";
        Resolve => "resolve", "finding the address of the first hop";
        Connect => "connect", "connecting to the first hop";
        ProxyTls => "proxy_tls", "TLS with the proxy itself";
        ProxyConnect => "proxy_connect", "the proxy's answer to the request for a tunnel";
        Tls => "tls", "TLS with the origin";
        Http => "http", "the answer to the HTTP request";
        Done => "done", "all stages are done";
    }
}

named! {
    /// Who produced the decisive evidence.
    Speaker {
        Client => "client", "this machine";
        Proxy => "proxy", "the proxy";
        Middlebox => "middlebox", "something in between that was not asked";
        Origin => "origin", "the service itself";
        Resolver => "resolver", "the name server";
        Nobody => "nobody", "nobody, there was only silence";
    }
}

named! {
    /// Who can fix it first.
    Owner {
        EndpointAdmin => "endpoint_admin", "whoever administers this machine";
        ProxyTeam => "proxy_team", "the team that runs the proxy";
        NetworkTeam => "network_team", "the team that runs the network and its firewalls";
        DnsTeam => "dns_team", "the team that runs the name servers";
        SecurityTeam => "security_team", "the team that runs TLS inspection and web filtering";
        Service => "service", "whoever runs the service";
        Nobody => "nobody", "nobody, there is nothing to fix";
    }
}

named! {
    /// What a verdict is worth, from best to least known.
    Outcome {
        Success => "success", "the target can be used";
        Warning => "warning", "the target answers, but something needs attention";
        Failure => "failure", "the target cannot be used";
        Unknown => "unknown", "nothing was learnt about the network";
    }
}

/// Everything that is said about one verdict. All texts are plain, on one line, and end with a full stop, except the
/// titles, which are clauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The stable id.
    pub id: &'static str,
    /// The usual outcome. Only `inspected_trusted` has two: failure where the target must be exempt from inspection.
    pub outcome: Outcome,
    /// The usual stage. `not_measured` can end at any.
    pub stage: Stage,
    /// The usual speaker; `None` means the first hop. The evidence of an attempt may know better: a redirect that bears
    /// the proxy's mark is the proxy's.
    pub speaker: Option<Speaker>,
    /// Who can fix it first.
    pub owner: Owner,
    /// A short clause that reads well after a URL.
    pub title: &'static str,
    /// What it means, in one to three sentences.
    pub meaning: &'static str,
    /// What must be seen, and what that rules out.
    pub evidence: &'static str,
    /// Verdicts that look alike, each with the difference.
    pub confused_with: &'static [(Verdict, &'static str)],
    /// What to type or to ask, addressed to the owner. May hold placeholders, which [`Remedy`] fills in.
    pub fix: &'static str,
    /// What is said instead on a path without a proxy, where that differs.
    pub direct: Option<Direct>,
}

/// What differs in an [`Entry`] on a path without a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Direct {
    /// As [`Entry::title`].
    pub title: &'static str,
    /// As [`Entry::owner`].
    pub owner: Owner,
    /// As [`Entry::fix`].
    pub fix: &'static str,
}

impl Verdict {
    /// The verdict with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|verdict| verdict.id() == id)
    }

    /// The stable id, as in records and metrics.
    pub const fn id(self) -> &'static str {
        self.entry().id
    }

    /// A short clause that reads well after a URL, for a path with or without a proxy.
    pub const fn title(self, through_proxy: bool) -> &'static str {
        match &self.entry().direct {
            Some(direct) if !through_proxy => direct.title,
            _ => self.entry().title,
        }
    }

    /// Who can fix it first, on a path with or without a proxy.
    pub const fn owner(self, through_proxy: bool) -> Owner {
        match &self.entry().direct {
            Some(direct) if !through_proxy => direct.owner,
            _ => self.entry().owner,
        }
    }

    /// What to do about it in one attempt, with the attempt's own names filled in.
    pub const fn remedy(self, context: Context<'_>) -> Remedy<'_> {
        let entry = self.entry();
        let text = match (&entry.direct, context.proxy) {
            (None, _) | (Some(_), Some(_)) => entry.fix,
            (Some(direct), None) => direct.fix,
        };
        Remedy { text, context }
    }

    /// The full page about this verdict: paragraphs on one line each, for the caller to wrap.
    pub fn explain(self) -> impl fmt::Display {
        Explanation { verdict: self }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// What a [`Remedy`] knows about an attempt. Whatever is absent, or prints as nothing, is replaced by words that keep
/// the sentence whole.
///
/// The values are printed as they are: what a peer sent must have been made harmless before.
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    /// The target's URL.
    pub url: Option<&'a dyn fmt::Display>,
    /// The target's host: a name, or an address (IPv6 in brackets).
    pub host: Option<&'a dyn fmt::Display>,
    /// The target's port.
    pub port: Option<u16>,
    /// The proxy of the path as `http://host:port`, without credentials; `None` on a path without one.
    pub proxy: Option<&'a dyn fmt::Display>,
    /// The decisive status, of the proxy or of the origin.
    pub status: Option<u16>,
    /// The issuer at the end of the certificate chain that was shown.
    pub issuer: Option<&'a dyn fmt::Display>,
    /// The authentication schemes that the proxy offered, separated by commas.
    pub schemes: Option<&'a dyn fmt::Display>,
}

impl Context<'_> {
    /// Writes the value of a placeholder; false where it is not known or prints as nothing.
    fn write(&self, name: &str, f: &mut fmt::Formatter<'_>) -> Result<bool, fmt::Error> {
        let port = self.port.as_ref().map(|port| port as &dyn fmt::Display);
        let status = self.status.as_ref().map(|status| status as &dyn fmt::Display);
        let value = match name {
            "url" => self.url,
            "host" => self.host,
            "port" => port,
            "proxy" => self.proxy,
            "status" => status,
            "issuer" => self.issuer,
            "schemes" => self.schemes,
            _ => None,
        };
        match value {
            Some(value) if !prints_nothing(value) => write!(f, "{value}").map(|()| true),
            _ => Ok(false),
        }
    }
}

/// Whether a value prints as nothing.
fn prints_nothing(value: &dyn fmt::Display) -> bool {
    struct Nothing;
    impl fmt::Write for Nothing {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            if text.is_empty() { Ok(()) } else { Err(fmt::Error) }
        }
    }
    fmt::write(&mut Nothing, format_args!("{value}")).is_ok()
}

/// The placeholders that a fix may hold, each with the words that replace it when its value is not known. Those in
/// capitals also stand in commands, where a reader puts in their own.
const PLACEHOLDERS: &[(&str, &str)] = &[
    ("url", "URL"),
    ("host", "HOST"),
    ("port", "PORT"),
    ("proxy", "PROXY"),
    ("status", "the status shown in the evidence"),
    ("issuer", "the issuer shown in the evidence"),
    ("schemes", "see the evidence"),
];

/// What to do, with the placeholders filled in. One paragraph on one line.
#[derive(Clone, Copy)]
pub struct Remedy<'a> {
    text: &'static str,
    context: Context<'a>,
}

impl fmt::Display for Remedy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.text;
        while let Some((before, behind)) = rest.split_once('{') {
            f.write_str(before)?;
            let Some((name, after)) = behind.split_once('}') else {
                return f.write_str(behind);
            };
            if !self.context.write(name, f)? {
                let stand_in = PLACEHOLDERS.iter().find(|(known, _)| *known == name);
                f.write_str(stand_in.map_or(name, |(_, words)| *words))?;
            }
            rest = after;
        }
        f.write_str(rest)
    }
}

/// The page of [`Verdict::explain`].
struct Explanation {
    verdict: Verdict,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = self.verdict.entry();
        let Entry { id, title, outcome, stage, .. } = entry;
        writeln!(f, "{id}: {title}\n")?;
        writeln!(f, "Outcome: {outcome}, {}.", outcome.phrase())?;
        if self.verdict == Verdict::NotMeasured {
            writeln!(f, "Stage:   any.")?;
        } else {
            writeln!(f, "Stage:   {stage}, {}.", stage.phrase())?;
        }
        match entry.speaker {
            Some(speaker) => writeln!(f, "Speaker: {speaker}, {}.", speaker.phrase())?,
            None => writeln!(f, "Speaker: proxy, or origin on a path without a proxy.")?,
        }
        write!(f, "Owner:   {}, {}", entry.owner, entry.owner.phrase())?;
        match &entry.direct {
            Some(direct) if direct.owner != entry.owner => {
                writeln!(f, "; without a proxy {}, {}.", direct.owner, direct.owner.phrase())?;
            }
            _ => writeln!(f, ".")?,
        }
        writeln!(f, "\nWhat it means\n{}", entry.meaning)?;
        writeln!(f, "\nWhat is seen\n{}", entry.evidence)?;
        writeln!(f, "\nOften confused with")?;
        for (other, difference) in entry.confused_with {
            writeln!(f, "- {other}: {difference}")?;
        }
        let fill = |text| Remedy { text, context: Context::default() };
        writeln!(f, "\nWhat to do\n{}", fill(entry.fix))?;
        if let Some(direct) = &entry.direct {
            writeln!(f, "\nWhat to do on a path without a proxy\n{}", fill(direct.fix))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;
    use std::{format, vec};

    use super::*;

    /// Every text of a row that is a sentence, with a name for messages.
    fn sentences(entry: &Entry) -> Vec<(&'static str, &'static str)> {
        let mut all = vec![("meaning", entry.meaning), ("evidence", entry.evidence), ("fix", entry.fix)];
        all.extend(entry.confused_with.iter().map(|(_, difference)| ("confused with", *difference)));
        all.extend(entry.direct.iter().map(|direct| ("direct fix", direct.fix)));
        all
    }

    fn titles(entry: &Entry) -> impl Iterator<Item = &'static str> {
        [entry.title].into_iter().chain(entry.direct.map(|direct| direct.title))
    }

    /// The placeholders in a text, and what is left without them.
    fn placeholders(text: &'static str) -> (Vec<&'static str>, String) {
        let (mut names, mut left) = (Vec::new(), String::new());
        for (index, part) in text.split('{').enumerate() {
            match part.split_once('}') {
                Some((name, after)) if index > 0 => {
                    names.push(name);
                    left.push_str(after);
                }
                _ => left.push_str(part),
            }
        }
        (names, left)
    }

    #[test]
    fn the_ids_are_those_of_the_contract() {
        let ids: Vec<_> = Verdict::ALL.iter().map(|verdict| verdict.id()).collect();
        assert_eq!(
            ids.join(" "),
            "reachable inspected_trusted \
             not_configured setting_malformed pac_unreachable pac_failed wpad_absent not_measured \
             name_not_found name_server_failed name_server_silent name_sinkholed \
             connect_refused connect_silent connect_unreachable connect_forbidden_locally \
             proxy_tls_failed proxy_not_http proxy_closed proxy_silent proxy_malformed proxy_auth_required \
             proxy_auth_rejected proxy_denied proxy_connect_unsupported proxy_rate_limited proxy_redirected \
             proxy_name_not_found proxy_upstream_refused proxy_upstream_silent proxy_upstream_unreachable \
             proxy_upstream_failed proxy_fault tunnel_not_transparent \
             tls_reset_after_hello tls_silent tls_stalled tls_not_tls tls_version_unsupported tls_handshake_refused \
             tls_intercepted tls_untrusted tls_self_signed tls_missing_intermediate tls_name_mismatch tls_expired \
             tls_not_yet_valid tls_revoked tls_client_certificate_required \
             http_closed http_silent http_malformed http_unexpected_status http_unexpected_body \
             http_redirected_elsewhere block_page service_fault"
        );
        assert!(Verdict::ALL.is_sorted(), "the order of the contract");
    }

    #[test]
    fn every_id_is_the_variant_in_snake_case_and_leads_back() {
        for verdict in Verdict::ALL {
            let mut snake = String::new();
            for (index, character) in format!("{verdict:?}").chars().enumerate() {
                if character.is_uppercase() && index > 0 {
                    snake.push('_');
                }
                snake.extend(character.to_lowercase());
            }
            assert_eq!(verdict.id(), snake);
            assert_eq!(verdict.to_string(), snake);
            assert_eq!(Verdict::from_id(&snake), Some(*verdict));
        }
        assert_eq!(Verdict::from_id("Reachable"), None);
        assert_eq!(Verdict::from_id(""), None);
    }

    #[test]
    fn the_small_enums_print_their_ids() {
        let ids = |ids: Vec<&'static str>| ids.join(" ");
        assert_eq!(
            ids(Stage::ALL.iter().map(|stage| stage.id()).collect()),
            "config resolve connect proxy_tls proxy_connect tls http done"
        );
        assert_eq!(
            ids(Speaker::ALL.iter().map(|speaker| speaker.id()).collect()),
            "client proxy middlebox origin resolver nobody"
        );
        assert_eq!(
            ids(Owner::ALL.iter().map(|owner| owner.id()).collect()),
            "endpoint_admin proxy_team network_team dns_team security_team service nobody"
        );
        assert_eq!(
            ids(Outcome::ALL.iter().map(|outcome| outcome.id()).collect()),
            "success warning failure unknown"
        );
        assert!(Stage::ALL.is_sorted());
        assert_eq!(format!("{:>12}", Stage::ProxyTls), "   proxy_tls");
    }

    #[test]
    #[cfg(feature = "serde")]
    fn the_serialized_form_is_the_id() {
        let text = |id: &str| format!("\"{id}\"");
        for verdict in Verdict::ALL {
            assert_eq!(serde_json::to_string(verdict).expect("plain"), text(verdict.id()));
        }
        for stage in Stage::ALL {
            assert_eq!(serde_json::to_string(stage).expect("plain"), text(stage.id()));
        }
        for owner in Owner::ALL {
            assert_eq!(serde_json::to_string(owner).expect("plain"), text(owner.id()));
        }
        for speaker in Speaker::ALL {
            assert_eq!(serde_json::to_string(speaker).expect("plain"), text(speaker.id()));
        }
        for outcome in Outcome::ALL {
            assert_eq!(serde_json::to_string(outcome).expect("plain"), text(outcome.id()));
        }
    }

    #[test]
    fn outcomes_owners_and_stages_fit_each_other() {
        for verdict in Verdict::ALL {
            let entry = verdict.entry();
            let nothing_to_fix = matches!(entry.outcome, Outcome::Success | Outcome::Unknown);
            assert_eq!(nothing_to_fix, entry.owner == Owner::Nobody, "{verdict}");
            assert_eq!(
                entry.stage == Stage::Done,
                matches!(verdict, Verdict::Reachable | Verdict::InspectedTrusted),
                "{verdict}"
            );
            assert!(entry.confused_with.iter().all(|(other, _)| other != verdict), "{verdict}");
        }
        assert_eq!(Verdict::ConnectRefused.owner(true), Owner::ProxyTeam);
        assert_eq!(Verdict::ConnectRefused.owner(false), Owner::NetworkTeam);
        assert_eq!(Verdict::ProxyDenied.owner(true), Owner::ProxyTeam);
    }

    #[test]
    fn every_text_is_a_whole_line() {
        for verdict in Verdict::ALL {
            let entry = verdict.entry();
            assert!(!entry.confused_with.is_empty(), "{verdict}");
            for (what, text) in sentences(entry) {
                assert!(text.ends_with('.'), "{verdict}: {what} has no full stop");
                assert!(text.starts_with(char::is_uppercase), "{verdict}: {what} begins small");
                assert!(text.len() <= 600, "{verdict}: {what} has {} bytes", text.len());
                assert!(!text.contains("  ") && !text.chars().any(char::is_control), "{verdict}: {what}");
                assert_eq!(text.matches('`').count() % 2, 0, "{verdict}: {what} has an open quotation");
            }
            for title in titles(entry) {
                assert!(!title.is_empty() && title.len() <= 90, "{verdict}: {title}");
                assert!(!title.ends_with('.') && !title.chars().any(char::is_control), "{verdict}: {title}");
            }
        }
    }

    #[test]
    fn only_known_placeholders_and_only_in_fixes() {
        for verdict in Verdict::ALL {
            for (what, text) in sentences(verdict.entry()) {
                let (names, left) = placeholders(text);
                assert!(!left.contains(['{', '}']), "{verdict}: {what} has an open brace");
                assert!(names.is_empty() || what.ends_with("fix"), "{verdict}: {what}");
                for name in names {
                    assert!(PLACEHOLDERS.iter().any(|(known, _)| *known == name), "{verdict}: {{{name}}}");
                }
            }
            assert!(titles(verdict.entry()).all(|title| !title.contains('{')), "{verdict}");
            if let Some(direct) = verdict.entry().direct {
                assert!(!direct.fix.contains("{proxy}"), "{verdict}: no proxy is on this path");
            }
        }
    }

    #[test]
    fn a_remedy_is_filled_in() {
        let context = Context {
            url: Some(&"https://a.example/"),
            host: Some(&"a.example"),
            port: Some(443),
            proxy: Some(&"http://proxy.example:3128"),
            status: Some(407),
            issuer: Some(&"Example Inspection CA"),
            schemes: Some(&"Negotiate, Basic"),
        };
        let login = Verdict::ProxyAuthRequired.remedy(context).to_string();
        assert!(login.starts_with("Permit anonymous traffic to a.example:443: "), "{login}");
        assert!(login.contains("`acl no_login dstdomain a.example`"), "{login}");
        assert!(login.contains("Schemes offered: Negotiate, Basic. "), "{login}");
        let inspected = Verdict::InspectedTrusted.remedy(context).to_string();
        assert!(inspected.contains("on the box that signs as Example Inspection CA, "), "{inspected}");
        let slow = Verdict::ProxySilent.remedy(context).to_string();
        assert!(
            slow.contains(
                "`egress-probe check --timeout 75 -x http://proxy.example:3128 https://a.example/`"
            ),
            "{slow}"
        );
        for verdict in Verdict::ALL {
            let text = verdict.remedy(context).to_string();
            for name in placeholders(verdict.entry().fix).0 {
                let value = match name {
                    "url" => "https://a.example/",
                    "host" => "a.example",
                    "port" => "443",
                    "proxy" => "http://proxy.example:3128",
                    "status" => "407",
                    "issuer" => "Example Inspection CA",
                    _ => "Negotiate, Basic",
                };
                assert!(text.contains(value), "{verdict}: {{{name}}} is missing in {text}");
            }
            assert!(!text.contains(['{', '}']), "{verdict}: {text}");
        }
    }

    #[test]
    fn what_is_not_known_leaves_a_whole_sentence() {
        let nothing =
            Context { issuer: Some(&""), schemes: Some(&format_args!("{}", "")), ..Context::default() };
        for proxy in [None, Some(&"" as &dyn fmt::Display)] {
            for verdict in Verdict::ALL {
                let text = verdict.remedy(Context { proxy, ..nothing }).to_string();
                assert!(
                    !text.contains(['{', '}']) && !text.contains("  ") && text.ends_with('.'),
                    "{verdict}: {text}"
                );
            }
        }
        let inspected = Verdict::TlsIntercepted.remedy(nothing).to_string();
        assert!(
            inspected.contains("on the box that signs as the issuer shown in the evidence, "),
            "{inspected}"
        );
        let login = Verdict::ProxyAuthRequired.remedy(nothing).to_string();
        assert!(login.contains("Schemes offered: see the evidence. "), "{login}");
    }

    #[test]
    fn a_path_without_a_proxy_has_its_own_words() {
        assert_eq!(Verdict::ConnectSilent.title(true), "the proxy does not answer");
        assert_eq!(Verdict::ConnectSilent.title(false), "nobody answers");
        let direct = Context { host: Some(&"a.example"), port: Some(443), ..Context::default() };
        let text = Verdict::ConnectSilent.remedy(direct).to_string();
        assert!(text.starts_with("Allow TCP from this machine to a.example:443 in the firewall"), "{text}");
        let proxied = Context { proxy: Some(&"http://proxy.example:3128"), ..direct };
        let text = Verdict::ConnectSilent.remedy(proxied).to_string();
        assert!(
            text.starts_with("Allow TCP from this machine to the proxy at http://proxy.example:3128 "),
            "{text}"
        );
    }

    #[test]
    fn a_page_says_everything_in_its_row() {
        for verdict in Verdict::ALL {
            let entry = verdict.entry();
            let page = verdict.explain().to_string();
            assert!(page.starts_with(&format!("{}: {}\n", entry.id, entry.title)), "{page}");
            let stage = if *verdict == Verdict::NotMeasured { "any." } else { entry.stage.id() };
            for text in [entry.outcome.id(), stage, entry.owner.id(), entry.meaning, entry.evidence] {
                assert!(page.contains(text), "{verdict}: {text}");
            }
            for (other, difference) in entry.confused_with {
                assert!(page.contains(&format!("- {other}: {difference}\n")), "{verdict}: {other}");
            }
            assert!(!page.contains(['{', '}']) && page.ends_with(".\n"), "{page}");
            assert_eq!(page.contains("without a proxy\n"), entry.direct.is_some(), "{verdict}");
        }
        let refused = Verdict::ConnectRefused.explain().to_string();
        assert!(refused.contains("Speaker: proxy, or origin on a path without a proxy.\n"), "{refused}");
        assert!(refused.contains("; without a proxy network_team, "), "{refused}");
    }
}
