//! Proxy variables of the environment, as curl and as Go read them.
//!
//! | | curl | Go |
//! |---|---|---|
//! | http targets | `http_proxy`, `all_proxy`, `ALL_PROXY` | `HTTP_PROXY`, `http_proxy` |
//! | https targets | `https_proxy`, `HTTPS_PROXY`, `all_proxy`, `ALL_PROXY` | `HTTPS_PROXY`, `https_proxy` |
//! | bypass list | `no_proxy`, `NO_PROXY` | `NO_PROXY`, `no_proxy` |
//! | no scheme written | http | http |
//! | no port written | 1080, and 443 for https | 80, and 443 for https |
//! | in a CGI program | no difference: `HTTP_PROXY` is never read | http targets are refused |
//!
//! The first variable in each row that is set decides; one that is set to nothing counts as unset for both. `HTTP_PROXY`
//! is special because a web server hands a request's `Proxy` header to CGI programs under that name ("httpoxy").
//!
//! curl's 1080 is what its manual says and its releases before 8.21 do. From 8.21 on (2026, `lib/peer.c`) its source
//! takes 80 instead, and the manual still says 1080: a setting without port means different proxies to two curls.
//!
//! Sources: curl's `lib/proxy.c` (`proxy_detect_proxy`, `proxy_do_not_proxy`) and `lib/getenv.c`; Go's
//! `golang.org/x/net/http/httpproxy` (`FromEnvironment`, `proxyForURL`). Where a value is no proxy URL, Go ignores it or
//! goes where nobody can have meant, depending on what is wrong; here that is [`Choice::Malformed`] for both.

use core::fmt;

use crate::authority::Host;
use crate::mistake::{Mistake, MistakeKind};
use crate::select::bypass::{self, Destination, Dialect};
use crate::select::proxy::{Proxy, ProxyPorts, ProxyScheme};
use crate::select::route::Route;
use crate::select::rule::{Rule, Source};
use crate::target::{Scheme, Target};

/// Declares the variables with their names side by side.
macro_rules! variables {
    ($($(#[$doc:meta])* $variable:ident = $name:literal,)+) => {
        /// A variable that says something about proxies.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub enum Variable { $($(#[$doc])* $variable,)+ }

        impl Variable {
            /// Every variable.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variable),+];

            /// Its name, letter case included.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variable => $name,)+ }
            }
        }
    };
}

variables! {
    /// The proxy for http targets.
    HttpProxy = "http_proxy",
    /// The same in upper case; curl does not read it.
    HttpProxyUpper = "HTTP_PROXY",
    /// The proxy for https targets.
    HttpsProxy = "https_proxy",
    /// The same in upper case.
    HttpsProxyUpper = "HTTPS_PROXY",
    /// The proxy for whatever has none of its own; Go does not read it.
    AllProxy = "all_proxy",
    /// The same in upper case.
    AllProxyUpper = "ALL_PROXY",
    /// The bypass list.
    NoProxy = "no_proxy",
    /// The same in upper case.
    NoProxyUpper = "NO_PROXY",
    /// A PAC file, or announced proxies where it is set to nothing; Chromium reads it.
    AutoProxy = "auto_proxy",
    /// The same in upper case.
    AutoProxyUpper = "AUTO_PROXY",
    /// A SOCKS proxy; Chromium reads it.
    SocksServer = "SOCKS_SERVER",
    /// The desktop of a session, which says whose settings count.
    CurrentDesktop = "XDG_CURRENT_DESKTOP",
    /// The same, as older desktops say it.
    DesktopSession = "DESKTOP_SESSION",
    /// Set where a program runs as a CGI script (RFC 3875 4.1.12).
    RequestMethod = "REQUEST_METHOD",
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The values of the [`Variable`]s. `Debug` names those that are set and shows no value: there may be passwords.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Environment<'a> {
    values: [Option<&'a str>; Variable::ALL.len()],
}

impl<'a> Environment<'a> {
    /// Asks `look_up` for every variable, by name. On Windows, where names have no letter case, both spellings of a
    /// name find the same value, and curl reads `HTTP_PROXY` there.
    pub fn from_lookup(look_up: impl FnMut(&'static str) -> Option<&'a str>) -> Self {
        Self { values: Variable::ALL.map(Variable::as_str).map(look_up) }
    }

    /// The same environment with one more variable set.
    #[must_use]
    pub fn with(mut self, variable: Variable, value: &'a str) -> Self {
        if let Some(place) = self.values.get_mut(variable as usize) {
            *place = Some(value);
        }
        self
    }

    /// The value of a variable that is set to something.
    pub fn get(&self, variable: Variable) -> Option<&'a str> {
        self.values.get(variable as usize).copied().flatten().filter(|value| !value.is_empty())
    }

    /// The first of these variables that is set, with its value.
    fn first(&self, variables: &[Variable]) -> Option<(Variable, &'a str)> {
        variables.iter().find_map(|variable| self.get(*variable).map(|value| (*variable, value)))
    }
}

impl fmt::Debug for Environment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = Variable::ALL.into_iter().filter(|variable| self.get(*variable).is_some());
        f.debug_set().entries(set.map(Variable::as_str)).finish()
    }
}

/// What a client does about one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice<'a> {
    /// It takes this route.
    Route {
        /// The route.
        route: Route<'a>,
        /// What decided it; [`Rule::source`] says where that is written.
        rule: Rule<'a>,
    },
    /// The setting that counts names no proxy that can be used, or must not be trusted.
    Malformed {
        /// What is wrong, with its place in the setting's value.
        mistake: Mistake,
        /// Where the setting is written.
        source: Source,
    },
    /// The client speaks with this proxy in a way that this program does not: SOCKS, or for Go any other scheme.
    NotSpoken {
        /// The scheme as it was written.
        scheme: &'a str,
        /// Where the setting is written.
        source: Source,
    },
}

impl Choice<'_> {
    /// The place where the setting that decided is written; `None` where no setting did.
    pub const fn source(&self) -> Option<Source> {
        match self {
            Self::Route { rule, .. } => rule.source(),
            Self::Malformed { source, .. } | Self::NotSpoken { source, .. } => Some(*source),
        }
    }

    /// Whether two clients do the same, for whatever reasons.
    pub fn is_same(&self, other: &Choice<'_>) -> bool {
        match (self, other) {
            (Self::Route { route: one, .. }, Choice::Route { route: two, .. }) => one == two,
            (one, two) => one == two,
        }
    }
}

/// One line for evidence, without credentials: `direct: no_proxy item ".a.example" (suffix)`.
impl fmt::Display for Choice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route { route, rule } => write!(f, "{route}: {rule}"),
            Self::Malformed { mistake, source } => write!(f, "{source} cannot be used: {}", mistake.kind),
            Self::NotSpoken { scheme, source } => {
                write!(f, "{source} names a proxy of another kind ({})", SchemeName(scheme))
            }
        }
    }
}

/// A scheme from a setting: only the characters that a scheme can have (RFC 3986 3.1), and not too many of them.
#[derive(Debug, Clone, Copy)]
pub struct SchemeName<'a>(pub &'a str);

impl fmt::Display for SchemeName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .chars()
            .take_while(|character| is_in_scheme(*character))
            .take(16)
            .try_for_each(|one| write!(f, "{one}"))
    }
}

fn is_in_scheme(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '+' | '-' | '.')
}

/// What curl does about a target with these variables set.
pub fn curl<'a>(environment: &Environment<'a>, target: &Target<'_>) -> Choice<'a> {
    let list = environment.first(&[Variable::NoProxy, Variable::NoProxyUpper]);
    curl_with(environment, list.map(|(variable, list)| (Source::Variable(variable), list)), target)
}

/// The same with this bypass list.
pub(super) fn curl_with<'a>(
    environment: &Environment<'a>,
    list: Option<(Source, &'a str)>,
    target: &Target<'_>,
) -> Choice<'a> {
    use Variable as V;
    let (read, ignored): (&[V], &[V]) = match target.scheme {
        Scheme::Http => (&[V::HttpProxy, V::AllProxy, V::AllProxyUpper], &[V::HttpProxyUpper]),
        Scheme::Https => (&[V::HttpsProxy, V::HttpsProxyUpper, V::AllProxy, V::AllProxyUpper], &[]),
    };
    let Some((variable, value)) = environment.first(read) else {
        return unset(environment, ignored);
    };
    if let Some(rule) = bypassed(Dialect::Curl, list, target) {
        return Choice::Route { route: Route::Direct, rule };
    }
    through(Dialect::Curl, variable, value, target)
}

/// What Go does about a target with these variables set.
pub fn go<'a>(environment: &Environment<'a>, target: &Target<'_>) -> Choice<'a> {
    let list = environment.first(&[Variable::NoProxyUpper, Variable::NoProxy]);
    go_with(environment, list.map(|(variable, list)| (Source::Variable(variable), list)), target)
}

/// The same with this bypass list.
pub(super) fn go_with<'a>(
    environment: &Environment<'a>,
    list: Option<(Source, &'a str)>,
    target: &Target<'_>,
) -> Choice<'a> {
    use Variable as V;
    let read = match target.scheme {
        Scheme::Http => [V::HttpProxyUpper, V::HttpProxy],
        Scheme::Https => [V::HttpsProxyUpper, V::HttpsProxy],
    };
    let Some((variable, value)) = environment.first(&read) else {
        return unset(environment, &[V::AllProxyUpper, V::AllProxy]);
    };
    if target.scheme == Scheme::Http && environment.get(V::RequestMethod).is_some() {
        let mistake = Mistake::new(MistakeKind::VariableUntrusted, 0..value.len());
        return Choice::Malformed { mistake, source: Source::Variable(variable) };
    }
    if let Some(rule) = bypassed(Dialect::Go, list, target) {
        return Choice::Route { route: Route::Direct, rule };
    }
    through(Dialect::Go, variable, value, target)
}

fn unset<'a>(environment: &Environment<'a>, ignored: &[Variable]) -> Choice<'a> {
    let ignored = environment.first(ignored).map(|(variable, _)| variable);
    Choice::Route { route: Route::Direct, rule: Rule::Unset { ignored } }
}

/// The rule by which a list exempts a target. Without a list, what the dialect exempts by itself remains.
pub(super) fn bypassed<'a>(
    dialect: Dialect,
    list: Option<(Source, &'a str)>,
    target: &Target<'_>,
) -> Option<Rule<'a>> {
    let text = list.map_or("", |(_, text)| text);
    let matched = bypass::decide(dialect, text, &Destination::from(target))?;
    match list {
        Some((list, _)) if !matched.kind.is_implicit() => Some(Rule::Bypassed { list, matched }),
        _ => Some(Rule::Loopback),
    }
}

fn through<'a>(dialect: Dialect, variable: Variable, value: &'a str, target: &Target<'_>) -> Choice<'a> {
    let source = Source::Variable(variable);
    let ports = if dialect == Dialect::Curl { ProxyPorts::Curl } else { ProxyPorts::Web };
    match named(dialect, value, ports) {
        Ok(proxy) => Choice::Route { route: Route::through(proxy, target.scheme), rule: Rule::Named(source) },
        Err(mistake) => match not_spoken(dialect, value, &mistake) {
            Some(scheme) => Choice::NotSpoken { scheme, source },
            None => Choice::Malformed { mistake, source },
        },
    }
}

/// The scheme of a proxy that the client speaks with, and this program does not: SOCKS, and for Go any other one. Of other mistakes
/// there is none.
pub(super) fn not_spoken<'a>(dialect: Dialect, value: &'a str, mistake: &Mistake) -> Option<&'a str> {
    let scheme = value.get(mistake.at.clone()).filter(|_| mistake.kind == MistakeKind::ProxySchemeUnknown)?;
    let is_known = match dialect {
        Dialect::Go => scheme.chars().all(is_in_scheme) && !scheme.is_empty(),
        _ => is_socks(scheme),
    };
    is_known.then_some(scheme)
}

/// The proxy that a variable names. All clients ignore a path behind the authority, and a `:` without a port. Where a `@` stands in
/// that path, a password was cut in two by a `/`, `?` or `#` of its own: what is left is no proxy that anybody meant, and a part
/// of the password would be its host. The same is true of a `@` of its own for those who take the first one for the end of it.
pub(super) fn named(dialect: Dialect, value: &str, ports: ProxyPorts) -> Result<Proxy<'_>, Mistake> {
    let Some((scheme, behind)) = other_slashes(value) else { return named_with_two(dialect, value, ports) };
    let rest = behind.trim_start_matches('/');
    let start = value.len().saturating_sub(rest.len());
    // curl takes one to three of them (`lib/urlapi.c`).
    if dialect != Dialect::Curl || rest.is_empty() || behind.len().saturating_sub(rest.len()) > 3 {
        return Err(Mistake::new(MistakeKind::HostMissing, start..start));
    }
    let ports = if scheme == ProxyScheme::Https { ProxyPorts::Of(Scheme::Https) } else { ports };
    let proxy = named_with_two(dialect, rest, ports).map_err(|mistake| mistake.shifted(start))?;
    Ok(Proxy { scheme, ..proxy })
}

/// The scheme of a URL of http with other than two slashes behind it, and these with all that follows.
fn other_slashes(value: &str) -> Option<(ProxyScheme, &str)> {
    let (tag, rest) = value.split_once(':')?;
    let scheme = [ProxyScheme::Http, ProxyScheme::Https]
        .into_iter()
        .find(|scheme| tag.eq_ignore_ascii_case(scheme.as_str()))?;
    let is_other = rest.starts_with('/') && (!rest.starts_with("//") || rest.starts_with("///"));
    is_other.then_some((scheme, rest))
}

/// The same of a value with two slashes behind its scheme, or without a scheme.
fn named_with_two(dialect: Dialect, value: &str, ports: ProxyPorts) -> Result<Proxy<'_>, Mistake> {
    let start = value.find("://").map_or(0, |at| at.saturating_add(3));
    let rest = value.get(start..).unwrap_or_default();
    let end = start.saturating_add(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (cut, path) = value.split_at_checked(end).unwrap_or((value, ""));
    let is_cut_at_first = matches!(dialect, Dialect::Curl | Dialect::Wget);
    let mut ends = cut.rmatch_indices('@').map(|(at, _)| at);
    if let (Some(last), Some(_)) = (ends.next().filter(|_| is_cut_at_first), ends.next()) {
        return Err(Mistake::new(MistakeKind::CredentialCharacter, start..last));
    }
    let host = match dialect {
        Dialect::Curl | Dialect::Wget | Dialect::Python | Dialect::Apt => Host::parse_as_resolver,
        _ => Host::parse,
    };
    let bare = cut.strip_suffix(':').filter(|cut| cut.len() > start).unwrap_or(cut);
    match (path.rfind('@'), Proxy::parse_with(bare, ports, host)) {
        (Some(_), Err(mistake)) if mistake.kind == MistakeKind::ProxySchemeUnknown => Err(mistake),
        (Some(at), _) => Err(Mistake::new(MistakeKind::CredentialCharacter, start..end.saturating_add(at))),
        (None, proxy) => proxy,
    }
}

/// The SOCKS schemes that curl knows.
pub fn is_socks(scheme: &str) -> bool {
    ["socks", "socks4", "socks4a", "socks5", "socks5h"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests;
