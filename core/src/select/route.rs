//! A route: what a path means for one target.

use core::fmt;

use crate::select::proxy::Proxy;
use crate::target::Scheme;

/// How one attempt reaches its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Route<'a> {
    /// Straight to the origin.
    Direct,
    /// The request goes to the proxy, with the whole URL in it (absolute-form, RFC 9112 3.2.2): plain http.
    Forward(Proxy<'a>),
    /// The proxy is asked for a tunnel by CONNECT (RFC 9110 9.3.6): https.
    Tunnel(Proxy<'a>),
}

impl<'a> Route<'a> {
    /// The route through a proxy that HTTP clients take to a target of this scheme.
    pub const fn through(proxy: Proxy<'a>, scheme: Scheme) -> Self {
        match scheme {
            Scheme::Http => Self::Forward(proxy),
            Scheme::Https => Self::Tunnel(proxy),
        }
    }

    /// The proxy, where the route has one.
    pub const fn proxy(&self) -> Option<&Proxy<'a>> {
        match self {
            Self::Direct => None,
            Self::Forward(proxy) | Self::Tunnel(proxy) => Some(proxy),
        }
    }

    /// The same route for somebody who has no credentials for the proxy.
    #[must_use]
    pub const fn without_credentials(self) -> Self {
        match self {
            Self::Direct => Self::Direct,
            Self::Forward(proxy) => Self::Forward(Proxy { credentials: None, ..proxy }),
            Self::Tunnel(proxy) => Self::Tunnel(Proxy { credentials: None, ..proxy }),
        }
    }

    /// `direct`, `forward` or `tunnel`, as records name it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Forward(_) => "forward",
            Self::Tunnel(_) => "tunnel",
        }
    }
}

impl fmt::Display for Route<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.proxy() {
            None => f.write_str("direct"),
            Some(proxy) => write!(f, "{} {proxy}", self.kind()),
        }
    }
}
