//! Variables of a session, as each client reads them.

use alloc::vec::Vec;

use super::{Basis, Bypass, Client, Found, Kind, Way, When, Whose, mac, proxy_kind, proxy_of, wininet};
use crate::mistake::{Mistake, MistakeKind};
use crate::select::bypass::Dialect;
use crate::select::environment::Variable;
use crate::select::plan::Path;
use crate::select::proxy::{ProxyPorts, ProxyScheme};
use crate::target::Scheme;

/// Variables of a session, by each client's own names, order, ports and quirks.
pub(super) fn session<'a>(client: Client, found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    of(client, Whose::Session, found, ways);
}

/// The same, by the variables of somebody else.
pub(super) fn of<'a>(client: Client, whose: Whose<'_>, found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    use Variable as V;
    let all: [&[V]; 3] = match client {
        Client::Go | Client::Arc => [
            &[V::HttpsProxyUpper, V::HttpsProxy],
            &[V::HttpProxyUpper, V::HttpProxy],
            &[V::NoProxyUpper, V::NoProxy],
        ],
        Client::Wget => [&[V::HttpsProxy], &[V::HttpProxy], &[V::NoProxy]],
        Client::Python => [
            &[V::HttpsProxy, V::HttpsProxyUpper],
            &[V::HttpProxy, V::HttpProxyUpper],
            &[V::NoProxy, V::NoProxyUpper],
        ],
        Client::Libproxy => [
            &[V::HttpsProxy, V::HttpsProxyUpper, V::HttpProxy, V::HttpProxyUpper],
            &[V::HttpProxy, V::HttpProxyUpper],
            &[V::NoProxy, V::NoProxyUpper],
        ],
        _ => [
            &[V::HttpsProxy, V::HttpsProxyUpper, V::AllProxy, V::AllProxyUpper],
            &[V::HttpProxy, V::AllProxy, V::AllProxyUpper],
            &[V::NoProxy, V::NoProxyUpper],
        ],
    };
    let (dialect, basis) = match client {
        Client::Go => (Dialect::Go, Basis::Verified),
        Client::Arc => (Dialect::Go, Basis::Documented),
        Client::Wget => (Dialect::Wget, Basis::Verified),
        Client::Python => (Dialect::Python, Basis::Verified),
        Client::Libproxy => (Dialect::Libproxy, Basis::Documented),
        _ => (Dialect::Curl, Basis::Verified),
    };
    let is_cgi = found.variable(whose, &[V::RequestMethod]).is_some();
    let pick = |names: &[V]| match client {
        // One that is set to nothing hides the one behind it.
        Client::Python | Client::Libproxy => {
            found.variable_even_empty(whose, names).filter(|place| !place.entry.value.is_empty())
        }
        _ => found.variable(whose, names),
    };
    let [https, http, lists] = all;
    let http = if client == Client::Python && is_cgi { &[V::HttpProxy][..] } else { http };
    let bypass = Bypass::at(dialect, pick(lists));
    for (names, scheme) in [(https, Scheme::Https), (http, Scheme::Http)] {
        let Some(place) = pick(names) else { continue };
        let value = &place.entry.value;
        let kind = match client {
            // A request's `Proxy` header may have set it ("httpoxy").
            Client::Go if is_cgi && scheme == Scheme::Http => {
                let mistake = Mistake::new(MistakeKind::VariableUntrusted, 0..value.len());
                Kind::Malformed(mistake)
            }
            Client::Go | Client::Arc | Client::Libproxy => proxy_of(dialect, value, ProxyPorts::Web),
            Client::Python => python_proxy(value.trim_end(), scheme),
            Client::Wget => wget_proxy(value, scheme),
            _ => proxy_of(dialect, value, ProxyPorts::Curl),
        };
        let when = if client == Client::Libproxy { When::Also } else { When::First };
        let way = Way::new(Path::Default, kind, Some(place), basis);
        ways.push(Way { bypass: Some(bypass), scheme: Some(scheme), when, ..way });
    }
}

/// Python's urllib: the variables, or else the system's proxies, never both. Any variable of a proxy counts, `no_proxy` alone as
/// well (`getproxies`, `proxy_bypass`). Neither PAC files nor WPAD are read.
pub(super) fn python<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    if has_any(found) {
        return session(Client::Python, found, ways);
    }
    mac::static_proxies(found, Dialect::PythonMacos, When::First, ways);
    wininet::copied_proxies(found, Dialect::PythonWindows, ways);
}

/// Whether a variable of a proxy is set, as Python finds them: lower case counts before upper case, and hides it when it is set to
/// nothing; a CGI program's `HTTP_PROXY` is not looked at.
fn has_any(found: Found<'_>) -> bool {
    use Variable as V;
    let is_cgi = found.variable(Whose::Session, &[V::RequestMethod]).is_some();
    let pairs = [
        (V::HttpProxy, Some(V::HttpProxyUpper).filter(|_| !is_cgi)),
        (V::HttpsProxy, Some(V::HttpsProxyUpper)),
        (V::AllProxy, Some(V::AllProxyUpper)),
        (V::NoProxy, Some(V::NoProxyUpper)),
        (V::AutoProxy, Some(V::AutoProxyUpper)),
    ];
    pairs.into_iter().any(|(lower, upper)| {
        let place = found.variable_even_empty(Whose::Session, &[lower]);
        let place = place.or_else(|| found.variable_even_empty(Whose::Session, &[upper?]));
        place.is_some_and(|place| !place.entry.value.is_empty())
    })
}

/// A proxy as urllib takes it (`ProxyHandler.proxy_open`): for https targets whatever scheme stands in front is taken off, and the
/// proxy is asked for a tunnel without TLS; for http targets it is one of Python's own.
fn python_proxy(value: &str, scheme: Scheme) -> Kind<'_> {
    let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
    let rest = if scheme == Scheme::Https { rest } else { value };
    // Without a scheme, two slashes may stand in front.
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    match proxy_kind(Dialect::Python, rest, ProxyPorts::Of(scheme)) {
        Kind::Malformed(mistake) => Kind::Malformed(mistake.shifted(value.len().saturating_sub(rest.len()))),
        kind => kind,
    }
}

/// What a client does that asks an https proxy for a tunnel without TLS.
fn without_tls(kind: Kind<'_>) -> Kind<'_> {
    match kind {
        Kind::Proxies(mut listed) => {
            for one in &mut listed {
                one.proxy.scheme = ProxyScheme::Http;
            }
            Kind::Proxies(listed)
        }
        other => other,
    }
}

/// GNU Wget: an https proxy is refused for http targets, and asked without TLS for https ones; without a scheme, what stands
/// before the first `:` is one, unless a port stands behind it.
fn wget_proxy(value: &str, scheme: Scheme) -> Kind<'_> {
    let refused = |at| Kind::Malformed(Mistake::new(MistakeKind::ProxySchemeUnknown, at));
    match value.split_once(':') {
        Some((tag, rest))
            if tag.eq_ignore_ascii_case("https") && rest.starts_with("//") && scheme == Scheme::Http =>
        {
            refused(0..tag.len())
        }
        Some((tag, rest))
            if !rest.starts_with("//") && !rest.starts_with(|one: char| one.is_ascii_digit()) =>
        {
            refused(0..tag.len())
        }
        _ => without_tls(proxy_kind(Dialect::Wget, value, ProxyPorts::Web)),
    }
}
