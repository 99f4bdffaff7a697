//! A proxy, as a setting names it.

use core::fmt;

use crate::authority::{Authority, Host};
use crate::mistake::{Mistake, MistakeKind};
use crate::secret::Credentials;
use crate::target::{HostPort, Scheme};
use crate::text::reference;

/// How a proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ProxyScheme {
    /// Plain HTTP to the proxy.
    Http,
    /// TLS to the proxy, and HTTP inside it.
    Https,
}

impl ProxyScheme {
    /// As it is written before `://`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// One proxy. Prints as `http://host:port`, without its credentials.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Proxy<'a> {
    /// Plain, or inside TLS.
    pub scheme: ProxyScheme,
    /// The host.
    pub host: Host<'a>,
    /// The port, written or implied.
    pub port: u16,
    /// What to send when the proxy wants to know who asks.
    pub credentials: Option<Credentials<'a>>,
}

/// Whose rule says which port is meant when none is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyPorts {
    /// curl: 1080, and 443 for an https proxy.
    Curl,
    /// Go and browsers: 80, and 443 for an https proxy.
    Web,
    /// apt: the port of the target's scheme, and 443 for an https proxy.
    Of(Scheme),
}

impl<'a> Proxy<'a> {
    /// Reads `[scheme://][user[:password]@]host[:port][/]`. Without a scheme, http is meant.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its position in `text`. The position of credentials is given, their
    /// text is not.
    pub fn parse(text: &'a str, ports: ProxyPorts) -> Result<Self, Mistake> {
        Self::parse_with(text, ports, Host::parse)
    }

    /// The same, with a host that is read like this.
    pub(super) fn parse_with(
        text: &'a str,
        ports: ProxyPorts,
        host: impl FnOnce(&'a str) -> Result<Host<'a>, Mistake>,
    ) -> Result<Self, Mistake> {
        if text.is_empty() {
            return Err(Mistake::new(MistakeKind::Empty, 0..0));
        }
        let (scheme, rest) = match text.split_once("://") {
            None => (ProxyScheme::Http, text),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (ProxyScheme::Http, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (ProxyScheme::Https, rest),
            Some((scheme, _)) => return Err(Mistake::new(MistakeKind::ProxySchemeUnknown, 0..scheme.len())),
        };
        let start = text.len().saturating_sub(rest.len());
        // The user information ends at the last '@': people write passwords with an '@' in them.
        let (credentials, authority, start) = match rest.rsplit_once('@') {
            None => (None, rest, start),
            Some((info, authority)) => {
                let credentials =
                    Credentials::from_user_info(info).map_err(|mistake| mistake.shifted(start))?;
                (Some(credentials), authority, text.len().saturating_sub(authority.len()))
            }
        };
        let (authority, path) = authority.split_once('/').unwrap_or((authority, ""));
        let references = authority.match_indices(['$', '`']).map(|(at, _)| at);
        let mut references = references.filter_map(|at| Some((at, reference(authority.get(at..)?)?)));
        if let Some((at, length)) = references.next() {
            return Err(
                Mistake::new(MistakeKind::ValueReference, at..at.saturating_add(length)).shifted(start)
            );
        }
        if !path.is_empty() || authority.contains(['?', '#']) {
            let from = start.saturating_add(authority.len());
            return Err(Mistake::new(MistakeKind::ProxyPath, from.min(text.len())..text.len()));
        }
        let authority = Authority::parse_with(authority, host).map_err(|mistake| mistake.shifted(start))?;
        let port = authority.port.unwrap_or(match (scheme, ports) {
            (ProxyScheme::Https, _) => 443,
            (ProxyScheme::Http, ProxyPorts::Curl) => 1080,
            (ProxyScheme::Http, ProxyPorts::Web) => 80,
            (ProxyScheme::Http, ProxyPorts::Of(scheme)) => scheme.default_port(),
        });
        Ok(Self { scheme, host: authority.host, port, credentials })
    }

    /// The host and port, as `host:port`.
    pub fn authority(&self) -> impl fmt::Display + '_ {
        HostPort { host: self.host, port: self.port }
    }
}

impl fmt::Display for Proxy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

impl fmt::Debug for Proxy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn proxies_in_all_their_forms() {
        for (text, ports, want) in [
            ("proxy.example", ProxyPorts::Curl, "http://proxy.example:1080"),
            ("proxy.example", ProxyPorts::Web, "http://proxy.example:80"),
            ("https://proxy.example", ProxyPorts::Curl, "https://proxy.example:443"),
            ("HTTP://u:p@proxy.example:3128/", ProxyPorts::Curl, "http://proxy.example:3128"),
            ("u:p@ss@[2001:db8::1]:3128", ProxyPorts::Curl, "http://[2001:db8::1]:3128"),
        ] {
            let proxy = Proxy::parse(text, ports).expect(text);
            assert_eq!(format!("{proxy}"), want);
            assert!(!format!("{proxy:?}").contains("p@"), "credentials are shown");
        }
    }

    #[test]
    fn mistakes_have_their_place() {
        use MistakeKind as K;
        for (text, kind, at) in [
            ("", K::Empty, 0..0),
            ("socks5://p:1080", K::ProxySchemeUnknown, 0..6),
            ("http://", K::HostMissing, 7..7),
            ("http://p:3128/x", K::ProxyPath, 13..15),
            ("http://u:%0a@p:1", K::ControlCharacter, 7..12),
            ("http://p:1x", K::Port, 9..11),
            ("http://2001:db8::1:80", K::AddressUnbracketed, 7..21),
            ("http://u:pa$word@$HOST:$PORT", K::ValueReference, 17..22),
            ("http://p:${PORT}/", K::ValueReference, 9..16),
            ("$http_proxy", K::ValueReference, 0..11),
            ("http://p:$1", K::Port, 9..11),
        ] {
            assert_eq!(Proxy::parse(text, ProxyPorts::Curl), Err(Mistake::new(kind, at)), "{text:?}");
        }
    }
}
