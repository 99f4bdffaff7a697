//! squid with an allowlist.

use probe_tests::nginx::Site;
use probe_tests::pki::HOST;
use probe_tests::probe::Probe;
use probe_tests::squid::{DENIED, NOWHERE, PORTAL, UNREACHABLE, USER};
use probe_tests::tool::{CERTGEN, NCSA_AUTH, NGINX, OPENSSL, SQUID, Tool};

use crate::bed::{Bed, Fault, PASSWORD};

/// What squid and the origins behind it need.
pub(crate) const NEEDS: [Tool; 5] = [SQUID, CERTGEN, NCSA_AUTH, NGINX, OPENSSL];

/// A host on the good site's port, through the port of squid that asks nothing.
fn open(bed: &Bed, host: &str) -> Probe {
    let port = bed.nginx().port(Site::Good);
    bed.probe().through(&bed.squid().open()).and([format!("https://{host}:{port}/ok")])
}

fn asking(bed: &Bed, user_info: &str) -> Probe {
    bed.through(&bed.squid().auth(user_info), Site::Good, "ok")
}

pub(crate) fn faults() -> Vec<Fault> {
    [tunnels(), upstreams(), credentials(), https_proxy(), absolute_form()]
        .into_iter()
        .flatten()
        .map(|fault| fault.needing(&NEEDS))
        .collect()
}

fn tunnels() -> Vec<Fault> {
    vec![
        Fault::proxied("squid/allowed", "reachable", |bed| open(bed, HOST))
            .proxy_status(200)
            .http_status(200)
            .also("the issuer is named", |attempt| {
                let issuer = attempt.tls.as_ref().and_then(|tls| tls.issuer.clone());
                issuer.is_some_and(|issuer| issuer.contains("Example Service Issuing 2"))
            })
            .also("the proxy is named", |attempt| {
                attempt.proxy.as_ref().is_some_and(|proxy| proxy.starts_with("http://127.0.0.1:"))
            })
            .also("each stage is timed", |attempt| {
                ["connect", "proxy_connect", "tls", "http"]
                    .iter()
                    .all(|stage| attempt.timing_ms.contains_key(*stage))
            }),
        Fault::proxied("squid/denied name", "proxy_denied", |bed| open(bed, DENIED))
            .proxy_status(403)
            .http_status(None)
            .showing("X-Squid-Error: ERR_ACCESS_DENIED 0")
            .also("what decided stands first", |attempt| attempt.evidence[0].contains("ERR_ACCESS_DENIED")),
        Fault::proxied("squid/denied port", "proxy_denied", |bed| {
            bed.probe().through(&bed.squid().open()).and([format!("https://{HOST}:22/")])
        })
        .proxy_status(403)
        .showing("X-Squid-Error: ERR_ACCESS_DENIED 0"),
        Fault::proxied("squid/redirect to a portal", "proxy_redirected", |bed| open(bed, PORTAL))
            .by("proxy")
            .proxy_status(302)
            .showing("Location: http://portal.probe.test/login"),
        Fault::proxied("squid/not the port of a proxy", "connect_refused", |bed| {
            let proxy = format!("http://127.0.0.1:{}", bed.closed());
            bed.through(&proxy, Site::Good, "ok")
        })
        .proxy_status(None),
    ]
}

fn upstreams() -> Vec<Fault> {
    vec![
        Fault::proxied("squid/refused upstream", "proxy_upstream_refused", |bed| {
            bed.probe().through(&bed.squid().open()).and([format!("https://{HOST}:{}/", bed.closed())])
        })
        .proxy_status(503)
        .showing("X-Squid-Error: ERR_CONNECT_FAIL 111"),
        Fault::proxied("squid/unreachable upstream", "proxy_upstream_unreachable", |bed| {
            open(bed, UNREACHABLE)
        })
        .proxy_status(503)
        .showing("X-Squid-Error: ERR_CONNECT_FAIL 101"),
        Fault::proxied("squid/silent upstream", "proxy_upstream_silent", |bed| {
            let port = bed.blackhole().port();
            bed.probe().through(&bed.squid().open()).and([format!("https://{HOST}:{port}/")])
        })
        .proxy_status(503)
        .showing("X-Squid-Error: ERR_CONNECT_FAIL 110"),
        // Squid 5 and the first of 6 do not say that it was the name (their bug 5294): then the proxy's way is all that
        // can be told to have failed.
        Fault::proxied("squid/unresolvable name", "proxy_name_not_found", |bed| open(bed, NOWHERE))
            .showing("X-Squid-Error: ERR_DNS_FAIL")
            .or("X-Squid-Error: ERR_CANNOT_FORWARD 0", "proxy_upstream_failed"),
        // Whether it has found out already that its parent is dead decides what it says.
        Fault::proxied("squid/dead parent", "proxy_upstream_refused", |bed| {
            bed.through(&bed.squid().dead_parent(), Site::Good, "ok")
        })
        .showing("X-Squid-Error: ERR_CONNECT_FAIL 111")
        .or("X-Squid-Error: ERR_CANNOT_FORWARD 0", "proxy_upstream_failed"),
    ]
}

fn credentials() -> Vec<Fault> {
    vec![
        Fault::proxied("squid/407 without credentials", "proxy_auth_required", |bed| asking(bed, ""))
            .proxy_status(407)
            .showing("Proxy-Authenticate: Basic")
            .also("the schemes are listed", |attempt| attempt.auth_schemes == ["Basic"]),
        Fault::proxied("squid/407 to a wrong password", "proxy_auth_rejected", |bed| {
            asking(bed, "guest:wrong@")
        })
        .proxy_status(407)
        .also("the schemes are listed", |attempt| attempt.auth_schemes == ["Basic"]),
        Fault::proxied("squid/407 to an unknown user", "proxy_auth_rejected", |bed| {
            asking(bed, &format!("nobody:{PASSWORD}@"))
        }),
        Fault::proxied("squid/password in the URL", "reachable", |bed| {
            asking(bed, &format!("{USER}:{PASSWORD}@"))
        })
        .also("the proxy is shown without it", |attempt| {
            attempt.proxy.as_ref().is_some_and(|proxy| !proxy.contains('@'))
        }),
        Fault::proxied("squid/password beside the URL", "reachable", |bed| {
            asking(bed, "").and(["--proxy-user", &format!("{USER}:{PASSWORD}")])
        }),
        Fault::proxied("squid/password by file", "reachable", |bed| {
            let folder = probe_tests::server::Folder::new("password");
            let file = folder.write("password", format!("{PASSWORD}\n"));
            asking(bed, "")
                .and(["--proxy-user", USER, "--proxy-password-file", &file.display().to_string()])
                .keeping(folder)
        }),
        Fault::proxied("squid/407 to http without credentials", "proxy_auth_required", |bed| {
            bed.through(&bed.squid().auth(""), Site::Plain, "ok")
        })
        .at("http")
        .http_status(407)
        .also("the schemes are listed", |attempt| attempt.auth_schemes == ["Basic"]),
        Fault::proxied("squid/password for http", "reachable", |bed| {
            bed.through(&bed.squid().auth(&format!("{USER}:{PASSWORD}@")), Site::Plain, "ok")
        }),
    ]
}

fn https_proxy() -> Vec<Fault> {
    vec![
        Fault::proxied("squid/https proxy", "reachable", |bed| {
            bed.through(&bed.squid().tls(), Site::Good, "ok")
        })
        .proxy_status(200)
        .http_status(200)
        .also("the TLS is the origin's", |attempt| {
            let issuer = attempt.tls.as_ref().and_then(|tls| tls.issuer.clone());
            issuer.is_some_and(|issuer| issuer.contains("Example Service Issuing 2"))
        })
        .also("the proxy's TLS is timed", |attempt| attempt.timing_ms.contains_key("proxy_tls")),
        Fault::proxied("squid/https proxy for http", "reachable", |bed| {
            bed.through(&bed.squid().tls(), Site::Plain, "ok")
        })
        .proxy_status(None),
        Fault::proxied("squid/https proxy, untrusted", "proxy_tls_failed", |bed| {
            let roots = &bed.pki().service_roots;
            bed.through(&bed.squid().tls(), Site::Good, "ok").trusting(roots, roots)
        })
        .proxy_status(None),
        Fault::proxied("squid/https proxy, wrong name", "proxy_tls_failed", |bed| {
            let port = bed.squid().tls_port();
            bed.through(&format!("https://elsewhere.probe.test:{port}"), Site::Good, "ok")
                .resolving("elsewhere.probe.test", ([127, 0, 0, 1], port).into())
        }),
        Fault::proxied("squid/https spoken to an http port", "proxy_tls_failed", |bed| {
            bed.through(&bed.squid().open().replace("http:", "https:"), Site::Good, "ok")
        }),
        // OpenSSL answers with an alert, or squid closes before it does.
        Fault::proxied("squid/http spoken to an https port", "proxy_not_http", |bed| {
            bed.through(&bed.squid().tls().replace("https:", "http:"), Site::Good, "ok")
        })
        .or("before any byte", "proxy_closed"),
    ]
}

fn absolute_form() -> Vec<Fault> {
    vec![
        Fault::proxied("squid/http", "reachable", |bed| bed.through(&bed.squid().open(), Site::Plain, "ok"))
            .proxy_status(None)
            .http_status(200),
        Fault::proxied("squid/http, denied name", "proxy_denied", |bed| {
            let port = bed.nginx().port(Site::Plain);
            bed.probe().through(&bed.squid().open()).and([format!("http://{DENIED}:{port}/")])
        })
        .at("http")
        .http_status(403)
        .showing("X-Squid-Error: ERR_ACCESS_DENIED 0"),
        Fault::proxied("squid/http, refused upstream", "proxy_upstream_refused", |bed| {
            bed.probe().through(&bed.squid().open()).and([format!("http://{HOST}:{}/", bed.closed())])
        })
        .at("http")
        .http_status(503)
        .showing("X-Squid-Error: ERR_CONNECT_FAIL 111"),
        Fault::proxied("squid/http, unresolvable name", "proxy_name_not_found", |bed| {
            bed.probe().through(&bed.squid().open()).and([format!("http://{NOWHERE}:8080/")])
        })
        .at("http")
        .showing("X-Squid-Error: ERR_DNS_FAIL")
        // See above: bug 5294 has this face here.
        .or("X-Squid-Error: ERR_READ_ERROR 0", "proxy_upstream_failed"),
        Fault::proxied("squid/http, redirect to a portal", "proxy_redirected", |bed| {
            let port = bed.nginx().port(Site::Plain);
            bed.probe().through(&bed.squid().open()).and([format!("http://{PORTAL}:{port}/")])
        })
        .at("http")
        .by("proxy")
        .http_status(302),
        Fault::proxied("squid/http, the origin's own 403", "http_unexpected_status", |bed| {
            bed.through(&bed.squid().open(), Site::Plain, "forbidden expect=200")
        })
        .http_status(403),
        Fault::proxied("squid/http, the origin's own 503", "service_fault", |bed| {
            bed.through(&bed.squid().open(), Site::Plain, "fault")
        })
        .http_status(503),
    ]
}
