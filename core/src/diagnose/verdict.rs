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

/// What an [`Entry`] says without words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usual {
    pub(crate) outcome: Outcome,
    pub(crate) stage: Stage,
    pub(crate) speaker: Option<Speaker>,
    pub(crate) owner: Owner,
    /// The owner on a path without a proxy, where that differs.
    pub(crate) direct_owner: Option<Owner>,
}

impl Verdict {
    /// The verdict with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|verdict| verdict.id() == id)
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
        match self.usual() {
            Usual { direct_owner: Some(owner), .. } if !through_proxy => owner,
            Usual { owner, .. } => owner,
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
mod tests;
