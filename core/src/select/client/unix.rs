//! Clients of Linux with settings of their own: mdatp, apt, and the services of systemd.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::{Basis, Bypass, Case, Found, Kind, Place, Way, Whose, lost, one_proxy, proxy_kind, proxy_of};
use crate::mistake::{Mistake, MistakeKind};
use crate::select::bypass::Dialect;
use crate::select::environment::Variable;
use crate::select::plan::Path;
use crate::select::proxy::ProxyPorts;
use crate::settings::{Key, grammar};
use crate::target::Scheme;

/// mdatp on Linux: its managed proxy, which counts before the machine's own setting (page "Set preferences for Microsoft Defender
/// for Endpoint on Linux"), else its unit's environment. It knows neither PAC files nor WPAD.
pub(super) fn mdatp<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    if !mdatp_own(found, ways) {
        service(found, "mdatp", Basis::Documented, Case::Only, ways);
    }
}

/// The proxy that mdatp's own settings name, on Linux and on macOS; `false` where they name none.
///
/// They want a scheme. What happens without one no page says: that the value is not used is inferred, as it is of the antivirus on
/// Windows. User and password are not sent, and the proxy is asked all the same.
pub(super) fn mdatp_own<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) -> bool {
    let own = found.any(Key::MdatpProxy).or_else(|| found.any(Key::MdatpLocalProxy));
    let is_set = one_proxy(own, Path::Named, None, Basis::Documented, ways);
    if let Some(mistake) = own.and_then(without_scheme)
        && let Some(way) = ways.last_mut()
    {
        (way.kind, way.basis) = (Kind::Malformed(mistake), Basis::Inferred);
    }
    is_set
}

/// The mistake of a value of mdatp's that has no scheme.
fn without_scheme(place: Place<'_>) -> Option<Mistake> {
    let mistakes = grammar::mistakes(place.entry.key, &place.entry.value);
    mistakes.into_iter().find(|mistake| mistake.kind == MistakeKind::MdatpProxyScheme)
}

/// Services of systemd whose units set variables, but for those that are clients of their own. What a service reads is its
/// program's to say: its variables are known, and how it takes them is not. So they are read as most programs do (curl).
pub(super) fn services<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    for name in found.services() {
        if !matches!(name, "mdatp" | "apt") {
            service(found, name, Basis::Inferred, Case::Service(name), ways);
        }
    }
}

/// What the environment of a service says.
fn service<'a>(found: Found<'a>, name: &str, basis: Basis, case: Case<'a>, ways: &mut Vec<Way<'a>>) {
    use Variable as V;
    let of = |names: &[Variable]| found.variable(Whose::Service(name), names);
    let bypass = Bypass::at(Dialect::Curl, of(&[V::NoProxy, V::NoProxyUpper]));
    // Nobody says by whose rules mdatp reads its list.
    let basis = if bypass.place.is_some() { Basis::Inferred } else { basis };
    for (names, scheme) in [
        (&[V::HttpsProxy, V::HttpsProxyUpper, V::AllProxy, V::AllProxyUpper][..], Scheme::Https),
        (&[V::HttpProxy, V::HttpProxyUpper, V::AllProxy, V::AllProxyUpper], Scheme::Http),
    ] {
        let Some(place) = of(names) else { continue };
        let kind = proxy_of(Dialect::Curl, place.entry.value.trim(), ProxyPorts::Curl);
        let way = Way::new(Path::Default, kind, Some(place), basis);
        ways.push(Way { bypass: Some(bypass), scheme: Some(scheme), case, ..way });
    }
}

/// apt (`methods/http.cc`, `apt-pkg/contrib/proxy.cc`): a proxy for the host, else what a program says that it runs, then a
/// proxy for the scheme, then the variables; https takes http's proxies where it has none of its own, but never http's program.
/// `no_proxy` is asked behind all of them, also where apt.conf names a proxy for this very host.
pub(super) fn apt<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    use Variable as V;
    // It does not start, whatever else is set. It reports the first mistake.
    if let Some(place) = found.all(Key::AptConfiguration).last() {
        ways.extend(lost(place).map(|kind| Way::new(Path::Default, kind, Some(place), Basis::Verified)));
        return;
    }
    let bypass = Bypass::at(Dialect::Apt, found.variable(Whose::Session, &[V::NoProxy]));
    for scheme in [Scheme::Https, Scheme::Http] {
        let way = |kind, place, basis| Way {
            bypass: Some(bypass),
            scheme: Some(scheme),
            ..Way::new(Path::Default, kind, Some(place), basis)
        };
        let keys: &[(Key, Key)] = match scheme {
            Scheme::Https => &[(Key::AptHttpsHost, Key::AptHttps), (Key::AptHttpHost, Key::AptHttp)],
            Scheme::Http => &[(Key::AptHttpHost, Key::AptHttp)],
        };
        let programs = match scheme {
            Scheme::Https => [Key::AptHttpsDetect, Key::AptHttpsDetectOld],
            Scheme::Http => [Key::AptHttpDetect, Key::AptHttpDetectOld],
        };
        let mut program = programs.into_iter().find_map(|key| found.any(key));
        for (key, _) in keys {
            // Of two lines for one host the later counts, also where it is empty and so names nothing.
            let mut hosts = BTreeSet::new();
            for place in found.all(*key) {
                let Some((host, value)) = place.entry.value.split_once(' ') else { continue };
                if !hosts.insert(host) || value.trim().is_empty() {
                    continue;
                }
                let kind = if value == "DIRECT" { Kind::Direct } else { apt_proxy(value, scheme) };
                ways.push(Way { host: Some(host), ..way(kind, place, Basis::Verified) });
            }
            if let Some(place) = program.take() {
                ways.push(way(Kind::Command(place.entry.value.trim()), place, Basis::Documented));
            }
        }
        let own = keys.iter().find_map(|(_, key)| found.any(*key));
        let https =
            found.variable_even_empty(Whose::Session, &[V::HttpsProxy]).filter(|_| scheme == Scheme::Https);
        let place = own.or(https).or_else(|| found.variable(Whose::Session, &[V::HttpProxy]));
        if let Some(place) = place.filter(|place| !place.entry.value.trim().is_empty()) {
            ways.push(way(apt_proxy(&place.entry.value, scheme), place, Basis::Verified));
        }
    }
}

/// What apt makes of a value: a URI with a scheme in lower case, which ends with the first `:`. One that names no host is no proxy.
fn apt_proxy(value: &str, scheme: Scheme) -> Kind<'_> {
    let value = value.trim_end();
    let Some((tag, rest)) = value.split_once(':') else { return Kind::Direct };
    let authority = rest.strip_prefix("//").unwrap_or(rest);
    match tag {
        _ if authority.is_empty() || authority.starts_with('/') => Kind::Direct,
        "http" | "https" if rest.starts_with("//") => proxy_kind(Dialect::Apt, value, ProxyPorts::Of(scheme)),
        // The only kind of SOCKS that it speaks.
        "socks5h" => Kind::NotSpoken(tag),
        _ => Kind::Malformed(Mistake::new(MistakeKind::ProxySchemeUnknown, 0..tag.len())),
    }
}
