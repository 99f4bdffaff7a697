//! nginx and `openssl s_server` as origins, good and bad, without a proxy and behind squid's tunnel: it must make no
//! difference.

use probe_tests::nginx::Site;
use probe_tests::openssl::{OpensslServer, TLS11_ONLY};
use probe_tests::pki::{HOST, Identity, Pki};
use probe_tests::probe::Probe;
use probe_tests::record::Attempt;
use probe_tests::tool::{NGINX, OPENSSL};

use crate::bed::{Bed, Fault};
use crate::squid;

pub(crate) fn faults() -> Vec<Fault> {
    let direct = chains(Way::Direct).into_iter().chain(expectations());
    let direct = direct.map(|fault| fault.needing(&[NGINX, OPENSSL]));
    let tunnelled = chains(Way::Tunnel).into_iter().map(|fault| fault.needing(&squid::NEEDS));
    let openssl = s_servers().into_iter().map(|fault| fault.needing(&[OPENSSL]));
    let behind = s_servers_behind_squid().into_iter().map(|fault| fault.needing(&squid::NEEDS));
    direct.chain(tunnelled).chain(openssl).chain(behind).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Direct,
    Tunnel,
}

fn version(version: &'static str) -> impl Fn(&Attempt) -> bool {
    move |attempt| attempt.tls.as_ref().is_some_and(|tls| tls.version.as_deref() == Some(version))
}

fn chains(way: Way) -> Vec<Fault> {
    let fault = |names: [&'static str; 2], site: Site, verdict: &'static str| match way {
        Way::Direct => Fault::direct(names[0], verdict, move |bed: &Bed| bed.direct(site, "ok")),
        Way::Tunnel => {
            Fault::proxied(names[1], verdict, move |bed: &Bed| bed.through(&bed.squid().open(), site, "ok"))
                .proxy_status(200)
        }
    };
    let failing = |names, site, verdict| {
        fault(names, site, verdict).also("the chain is kept", |attempt| {
            attempt
                .tls
                .as_ref()
                .is_some_and(|tls| tls.chain_sha256.as_ref().is_some_and(|digest| digest.len() == 64))
        })
    };
    vec![
        fault(["nginx/TLS 1.2 and 1.3", "nginx via squid/TLS 1.2 and 1.3"], Site::Good, "reachable")
            .http_status(200)
            .also("TLS 1.3", version("TLSv1.3")),
        fault(["nginx/TLS 1.2 only", "nginx via squid/TLS 1.2 only"], Site::Tls12, "reachable")
            .also("TLS 1.2", version("TLSv1.2")),
        fault(["nginx/TLS 1.3 only", "nginx via squid/TLS 1.3 only"], Site::Tls13, "reachable")
            .also("TLS 1.3", version("TLSv1.3")),
        fault(["nginx/RSA only", "nginx via squid/RSA only"], Site::Rsa, "reachable").http_status(200),
        failing(["nginx/expired", "nginx via squid/expired"], Site::Expired, "tls_expired").also(
            "the end of the validity is told",
            |attempt| {
                let end = attempt.tls.as_ref().and_then(|tls| tls.not_after.clone());
                end.is_some_and(|end| end.starts_with("2021-01-01T00:00:00"))
            },
        ),
        failing(
            ["nginx/not yet valid", "nginx via squid/not yet valid"],
            Site::NotYetValid,
            "tls_not_yet_valid",
        ),
        failing(["nginx/wrong name", "nginx via squid/wrong name"], Site::WrongName, "tls_name_mismatch"),
        failing(["nginx/self-signed", "nginx via squid/self-signed"], Site::SelfSigned, "tls_self_signed"),
        failing(
            ["nginx/missing intermediate", "nginx via squid/missing intermediate"],
            Site::NoIntermediate,
            "tls_missing_intermediate",
        )
        .showing("Example Service Issuing 2"),
        failing(["nginx/unknown root", "nginx via squid/unknown root"], Site::Unknown, "tls_untrusted")
            .showing("Example Private"),
        failing(
            ["nginx/unknown root, sent along", "nginx via squid/unknown root, sent along"],
            Site::UnknownWithRoot,
            "tls_intercepted",
        )
        .showing("Example Private Root 7"),
        fault(
            ["nginx/client certificate, by an answer", "nginx via squid/client certificate, by an answer"],
            Site::ClientCertificate,
            "tls_client_certificate_required",
        )
        .at("http")
        .http_status(400),
    ]
}

fn expectations() -> Vec<Fault> {
    let at = |bed: &Bed, target: &str| bed.direct(Site::Good, target);
    let plain = |bed: &Bed, target: &str| bed.direct(Site::Plain, target);
    vec![
        Fault::direct("expect/the status is met", "reachable", move |bed| at(bed, "ok expect=200")),
        Fault::direct("expect/one of several statuses", "reachable", move |bed| at(bed, "x expect=200,404"))
            .http_status(404),
        Fault::direct("expect/a 404 is met", "reachable", move |bed| at(bed, "x expect=404"))
            .http_status(404),
        Fault::direct("expect/a 503 is met", "reachable", move |bed| at(bed, "fault expect=503"))
            .http_status(503),
        Fault::direct("expect/a 404 is not met", "http_unexpected_status", move |bed| {
            at(bed, "ok expect=404")
        })
        .http_status(200),
        Fault::direct("expect/for all targets", "http_unexpected_status", move |bed| {
            at(bed, "ok").and(["--expect", "204"])
        }),
        Fault::direct("expect/the body is met", "reachable", move |bed| at(bed, r#"ok body="ok""#)),
        Fault::direct("expect/the body is not met", "http_unexpected_body", move |bed| {
            at(bed, r#"ok body="other""#)
        })
        .http_status(200),
        Fault::direct("expect/status and body", "reachable", move |bed| {
            at(bed, r#"forbidden expect=403 body="no""#)
        }),
        Fault::direct("expect/nothing, and 404", "reachable", move |bed| at(bed, "x")).http_status(404),
        Fault::direct("expect/nothing, and 403", "reachable", move |bed| at(bed, "forbidden"))
            .http_status(403),
        Fault::direct("expect/nothing, and 503", "service_fault", move |bed| at(bed, "fault"))
            .http_status(503),
        Fault::direct("expect/nothing, and a redirect inside TLS", "reachable", move |bed| {
            at(bed, "moved-away")
        })
        .http_status(302),
        Fault::direct("http/plain", "reachable", move |bed| plain(bed, "ok"))
            .http_status(200)
            .also("there is no TLS", |attempt| attempt.tls.is_none()),
        Fault::direct("http/redirect elsewhere", "http_redirected_elsewhere", move |bed| {
            plain(bed, "moved-away")
        })
        .http_status(302)
        .showing("portal.probe.test"),
        Fault::direct("http/redirect to the same host", "reachable", move |bed| plain(bed, "moved-here"))
            .http_status(302),
        Fault::direct("http/spoken to as https", "tls_not_tls", |bed| {
            let port = bed.nginx().port(Site::Plain);
            bed.direct_to(port).and([format!("https://{HOST}:{port}/")])
        }),
        Fault::direct("http/a TLS port spoken to as http", "http_unexpected_status", |bed| {
            let port = bed.nginx().port(Site::Good);
            bed.direct_to(port).and([format!("http://{HOST}:{port}/ok expect=200")])
        })
        .http_status(400),
    ]
}

/// A probe of an `s_server` of its own, with these options.
fn s_server(bed: &Bed, identity: fn(&Pki) -> &Identity, options: &[&str]) -> Probe {
    let server = OpensslServer::start(identity(bed.pki()), options);
    let port = server.port();
    bed.direct_to(port).and([format!("https://{HOST}:{port}/")]).keeping(server)
}

fn s_server_behind_squid(bed: &Bed, identity: fn(&Pki) -> &Identity, options: &[&str]) -> Probe {
    let server = OpensslServer::start(identity(bed.pki()), options);
    let target = format!("https://{HOST}:{}/", server.port());
    bed.probe().through(&bed.squid().open()).and([target]).keeping(server)
}

const CLIENT_CERTIFICATE_12: [&str; 4] = ["-Verify", "1", "-verify_return_error", "-tls1_2"];
const CLIENT_CERTIFICATE_13: [&str; 4] = ["-Verify", "1", "-verify_return_error", "-tls1_3"];

fn good(pki: &Pki) -> &Identity {
    &pki.good
}

fn s_servers() -> Vec<Fault> {
    vec![
        Fault::direct("openssl/good", "reachable", |bed| s_server(bed, good, &[])).http_status(200),
        Fault::direct("openssl/TLS 1.2 and RSA key exchange is all else", "reachable", |bed| {
            s_server(bed, |pki| &pki.rsa, &["-tls1_2"])
        })
        .also("TLS 1.2", version("TLSv1.2")),
        Fault::direct("openssl/TLS 1.1 only", "tls_version_unsupported", |bed| {
            s_server(bed, good, &TLS11_ONLY)
        }),
        Fault::direct("openssl/no suite in common", "tls_handshake_refused", |bed| {
            s_server(
                bed,
                good,
                &["-tls1_2", "-cipher", "ECDHE-ECDSA-CAMELLIA128-SHA256:ECDHE-ECDSA-ARIA128-GCM-SHA256"],
            )
        }),
        Fault::direct("openssl/expired", "tls_expired", |bed| s_server(bed, |pki| &pki.expired, &[])),
        Fault::direct("openssl/self-signed", "tls_self_signed", |bed| {
            s_server(bed, |pki| &pki.self_signed, &[])
        }),
        Fault::direct("openssl/wrong name", "tls_name_mismatch", |bed| {
            s_server(bed, |pki| &pki.wrong_name, &[])
        }),
        Fault::direct("openssl/missing intermediate", "tls_missing_intermediate", |bed| {
            s_server(bed, |pki| &pki.no_intermediate, &[])
        }),
        Fault::direct("openssl/client certificate, TLS 1.2", "tls_client_certificate_required", |bed| {
            s_server(bed, good, &CLIENT_CERTIFICATE_12)
        })
        .at("tls"),
        // TLS 1.3 tells it after the handshake.
        Fault::direct("openssl/client certificate, TLS 1.3", "tls_client_certificate_required", |bed| {
            s_server(bed, good, &CLIENT_CERTIFICATE_13)
        })
        .at("http"),
        Fault::direct("openssl/client certificate, asked for and not needed", "reachable", |bed| {
            s_server(bed, good, &["-verify", "1"])
        }),
        Fault::direct("openssl/control characters in names", "tls_intercepted", |bed| {
            s_server(bed, |pki| &pki.hostile, &[])
        })
        .showing("Evil")
        .also("no name holds a control character", |attempt| {
            let tls = attempt.tls.as_ref();
            let names = tls.into_iter().flat_map(|tls| [&tls.issuer, &tls.subject]).flatten();
            names.into_iter().all(|name| !name.chars().any(char::is_control))
        }),
    ]
}

fn s_servers_behind_squid() -> Vec<Fault> {
    vec![
        Fault::proxied("openssl via squid/TLS 1.1 only", "tls_version_unsupported", |bed| {
            s_server_behind_squid(bed, good, &TLS11_ONLY)
        })
        .proxy_status(200),
        Fault::proxied(
            "openssl via squid/client certificate, TLS 1.2",
            "tls_client_certificate_required",
            |bed| s_server_behind_squid(bed, good, &CLIENT_CERTIFICATE_12),
        ),
        Fault::proxied(
            "openssl via squid/client certificate, TLS 1.3",
            "tls_client_certificate_required",
            |bed| s_server_behind_squid(bed, good, &CLIENT_CERTIFICATE_13),
        )
        .at("http"),
        Fault::proxied("http via squid/in place of TLS", "tunnel_not_transparent", |bed| {
            let port = bed.nginx().port(Site::Plain);
            bed.probe().through(&bed.squid().open()).and([format!("https://{HOST}:{port}/")])
        })
        .proxy_status(200),
    ]
}
