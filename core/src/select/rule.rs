//! What decided a route, and where that is written.

use core::fmt;

use crate::limits;
use crate::select::bypass::Match;
use crate::select::environment::Variable;
use crate::text::Text;

/// The place where a setting is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Source {
    /// A variable of the environment.
    Variable(Variable),
    /// `--proxy` on the command line.
    ProxyOption,
    /// `--noproxy` on the command line.
    NoproxyOption,
    /// `--path` on the command line.
    PathOption,
}

impl Source {
    /// As it is written: `https_proxy`, `--proxy`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Variable(variable) => variable.as_str(),
            Self::ProxyOption => "--proxy",
            Self::NoproxyOption => "--noproxy",
            Self::PathOption => "--path",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What decided a route. [`Display`](fmt::Display) gives one harmless line for records.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule<'a> {
    /// The path itself says so: `direct` is direct.
    Asked,
    /// No variable that the client reads for this scheme is set.
    Unset {
        /// One that is set all the same, but that this client does not read for this scheme.
        ignored: Option<Variable>,
    },
    /// The setting at this place names the proxy, and no bypass list exempts the target.
    Named(Source),
    /// An item of a bypass list exempts the target.
    Bypassed {
        /// Where the list is written.
        list: Source,
        /// Which item, where in the list, and how it matches.
        matched: Match<'a>,
    },
    /// The client never asks a proxy for the machine that it runs on, whatever the settings say (Go).
    Loopback,
}

impl Rule<'_> {
    /// The place where the setting that decided is written; `None` where no setting did.
    pub const fn source(&self) -> Option<Source> {
        match self {
            Self::Asked => Some(Source::PathOption),
            Self::Unset { .. } | Self::Loopback => None,
            Self::Named(source) | Self::Bypassed { list: source, .. } => Some(*source),
        }
    }
}

impl fmt::Display for Rule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("this path was asked for"),
            Self::Unset { ignored: None } => f.write_str("no proxy variable is set"),
            Self::Unset { ignored: Some(variable) } => {
                write!(f, "no proxy variable is set that is read here ({variable} is not)")
            }
            Self::Named(source) => write!(f, "{source} names the proxy"),
            Self::Bypassed { list, matched } => {
                let item = Text::<{ limits::QUOTE }>::from_bytes(matched.item.as_bytes());
                write!(f, "{list} item `{item}` ({})", matched.kind)
            }
            Self::Loopback => f.write_str("this client never asks a proxy for its own machine"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::bypass::MatchKind;
    use std::string::ToString;

    #[test]
    fn a_list_cannot_steer_the_terminal() {
        let matched = Match { item: "\u{1b}[2J\r\n.a", at: 0..8, kind: MatchKind::Suffix };
        let rule = Rule::Bypassed { list: Source::NoproxyOption, matched };
        assert_eq!(rule.to_string(), "--noproxy item `\u{FFFD}[2J\u{FFFD}\u{FFFD}.a` (suffix)");
        assert_eq!(rule.source(), Some(Source::NoproxyOption));
    }
}
