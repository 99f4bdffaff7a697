//! Boxes that re-sign what passes: squid with ssl-bump, and mitmproxy.

use probe_tests::nginx::Site;
use probe_tests::pki::{HOST, INSPECTOR};
use probe_tests::probe::Probe;
use probe_tests::squid::{DENIED, NOWHERE};
use probe_tests::tool::{MITMDUMP, NGINX, OPENSSL};

use crate::bed::{Bed, Fault};
use crate::squid;

fn bumped(bed: &Bed, target: &str) -> Probe {
    bed.probe().through(&bed.squid().bump()).and([target])
}

fn issuer_contains(text: &'static str) -> impl Fn(&probe_tests::record::Attempt) -> bool {
    move |attempt| {
        let issuer = attempt.tls.as_ref().and_then(|tls| tls.issuer.clone());
        issuer.is_some_and(|issuer| issuer.contains(text))
    }
}

pub(crate) fn faults() -> Vec<Fault> {
    let bumps = bumps().into_iter().map(|fault| fault.needing(&squid::NEEDS));
    let mitm = mitmproxies().into_iter().map(|fault| fault.needing(&[MITMDUMP, NGINX, OPENSSL]));
    bumps.chain(mitm).collect()
}

fn bumps() -> Vec<Fault> {
    vec![
        Fault::proxied("bump/trusted here", "inspected_trusted", |bed| {
            bed.through(&bed.squid().bump(), Site::Good, "ok")
        })
        .proxy_status(200)
        .http_status(200)
        .showing(INSPECTOR)
        .also("the inspector is named", issuer_contains(INSPECTOR)),
        Fault::proxied("bump/not trusted here", "tls_intercepted", |bed| {
            bed.through(&bed.squid().bump(), Site::Good, "ok")
                .trusting(&bed.pki().service_roots, &bed.pki().local_roots_without_inspector)
        })
        .proxy_status(200)
        .showing(INSPECTOR)
        .also("the inspector is named", issuer_contains(INSPECTOR)),
        Fault::proxied("bump/refused upstream", "proxy_upstream_refused", |bed| {
            bumped(bed, &format!("https://{HOST}:{}/", bed.closed()))
        })
        .at("http")
        .proxy_status(200)
        .http_status(503)
        .showing("X-Squid-Error: ERR_CONNECT_FAIL 111"),
        Fault::proxied("bump/unresolvable name", "proxy_name_not_found", |bed| {
            bumped(bed, &format!("https://{NOWHERE}:{}/", bed.nginx().port(Site::Good)))
        })
        .at("http")
        .proxy_status(200)
        .showing("X-Squid-Error: ERR_DNS_FAIL")
        .or("X-Squid-Error: ERR_READ_ERROR 0", "proxy_upstream_failed"),
        Fault::proxied("bump/denied name", "proxy_denied", |bed| {
            bumped(bed, &format!("https://{DENIED}:{}/", bed.nginx().port(Site::Good)))
        })
        .at("http")
        .proxy_status(200)
        .http_status(403)
        .showing("X-Squid-Error: ERR_ACCESS_DENIED 0"),
        // The proxy's own TLS to the origin fails, and it says so inside the tunnel.
        Fault::proxied("bump/the origin's chain is expired", "proxy_upstream_failed", |bed| {
            bed.through(&bed.squid().bump(), Site::Expired, "ok")
        })
        .at("http")
        .proxy_status(200)
        .showing("X-Squid-Error: ERR_SECURE_CONNECT_FAIL"),
    ]
}

fn mitmproxies() -> Vec<Fault> {
    let to = |bed: &Bed, port: u16| {
        let proxy = bed.mitmproxy();
        bed.probe().through(&proxy.url()).within(10.0).and([format!("https://localhost:{port}/ok")])
    };
    vec![
        Fault::proxied("mitmproxy/trusted here", "inspected_trusted", move |bed| {
            to(bed, bed.nginx().port(Site::Good)).trusting(&bed.pki().service_roots, &bed.mitmproxy().root())
        })
        .http_status(200)
        .showing("mitmproxy")
        .also("the inspector is named", issuer_contains("mitmproxy")),
        Fault::proxied("mitmproxy/not trusted here", "tls_intercepted", move |bed| {
            to(bed, bed.nginx().port(Site::Good))
        })
        .showing("mitmproxy")
        .also("the inspector is named", issuer_contains("mitmproxy")),
        Fault::proxied("mitmproxy/refused upstream", "proxy_upstream_failed", move |bed| {
            to(bed, bed.closed())
        })
        .proxy_status(502),
    ]
}
