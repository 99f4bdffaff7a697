//! The decisive evidence of each verdict, as a client sees it on the wire.

use probe_lab::{Fault, NameAnswer, Pace, Scene};
use rustls::AlertDescription;

use crate::client::{Connect, Ended, Heard, Seen, Tls};

/// Whether what was seen is the evidence for the scene's verdict.
pub(crate) fn holds(scene: &Scene, seen: &Seen) -> bool {
    match scene.verdict {
        "reachable" => is_expected(scene, seen) && (scene.url.starts_with("http:") || by_service(seen)),
        "inspected_trusted" => is_expected(scene, seen) && is_inspected(seen, true),
        "name_not_found" => seen.name == Some(NameAnswer::NotFound),
        "name_server_failed" => seen.name == Some(NameAnswer::ServerFailed),
        "name_server_silent" => seen.name == Some(NameAnswer::ServerSilent),
        "name_sinkholed" => matches!(seen.name, Some(NameAnswer::Sinkholed(_))),
        "connect_refused" => seen.connects.last() == Some(&Connect::Refused),
        "connect_silent" => seen.connects == [Connect::Silent],
        "connect_unreachable" => seen.connects == [Connect::Unreachable],
        "proxy_tls_failed" => proxy_tls_failed(scene, seen),
        verdict if verdict.starts_with("proxy_") => proxy(scene, seen),
        "tunnel_not_transparent" => tunnel_not_transparent(scene, seen),
        verdict if verdict.starts_with("tls_") => {
            seen.tls.as_ref().is_some_and(|tls| holds_tls(scene, seen, tls))
        }
        "block_page" => {
            answer(seen).is_some_and(|page| page.text().contains("FortiGuard")) && bump_or_plain(scene, seen)
        }
        "service_fault" => by_service(seen) && status(seen).is_some_and(|status| status >= 500),
        verdict => {
            let trusted = scene.url.starts_with("http:") || by_service(seen);
            trusted && answer(seen).is_some_and(|heard| http(verdict, scene, heard))
        }
    }
}

/// The answer to the target's request, whoever gave it.
fn answer(seen: &Seen) -> Option<&Heard> {
    seen.http.as_ref().or(seen.proxy.as_ref())
}

fn status(seen: &Seen) -> Option<u16> {
    answer(seen)?.status()
}

fn is_expected(scene: &Scene, seen: &Seen) -> bool {
    let Some(heard) = answer(seen) else { return false };
    let Some(status) = heard.status() else { return false };
    let as_expected = if scene.expect.is_empty() { status < 500 } else { scene.expect.contains(&status) };
    let body = String::from_utf8_lossy(heard.after_head());
    as_expected && scene.body.as_ref().is_none_or(|expected| body.trim() == expected)
}

fn by_service(seen: &Seen) -> bool {
    seen.tls.as_ref().is_some_and(|tls| tls.failure.is_none() && tls.by_service_roots.is_ok())
}

fn names(tls: &Tls, certificate: usize, name: &str) -> bool {
    tls.chain
        .get(certificate)
        .is_some_and(|der| der.windows(name.len()).any(|window| window == name.as_bytes()))
}

fn is_inspected(seen: &Seen, trusted: bool) -> bool {
    seen.tls.as_ref().is_some_and(|tls| {
        names(tls, 0, "Lab Inspection CA")
            && names(tls, 1, "Lab Inspection CA")
            && tls.by_local_roots.is_ok() == trusted
            && tls.by_service_roots.is_err()
    })
}

fn bump_or_plain(scene: &Scene, seen: &Seen) -> bool {
    scene.url.starts_with("http:") || is_inspected(seen, true)
}

fn proxy_tls_failed(scene: &Scene, seen: &Seen) -> bool {
    let Some(failure) = &seen.proxy_tls_failure else { return false };
    failure.contains(match scene.fault {
        Fault::ProxyTlsFailedUntrusted => "UnknownIssuer",
        Fault::ProxyTlsFailedExpired => "expired",
        Fault::ProxyTlsFailedPlain => "corrupt message",
        Fault::ProxyTlsFailedReset => "reset",
        Fault::ProxyTlsFailedSilent => "silent",
        _ => return false,
    })
}

/// What a proxy says, in place of the tunnel or inside its own TLS.
fn proxy(scene: &Scene, seen: &Seen) -> bool {
    let in_bump = scene.fault.id().ends_with("_in_bump");
    if in_bump && !is_inspected(seen, true) {
        return false;
    }
    let Some(heard) = (if in_bump { seen.http.as_ref() } else { seen.proxy.as_ref() }) else { return false };
    let status = heard.status();
    let squid = heard.field("x-squid-error").unwrap_or_default();
    let said = heard.field("proxy-status").unwrap_or_default();
    let none_of_http = heard.head().is_none() && !heard.bytes.is_empty();
    match scene.verdict {
        "proxy_not_http" => none_of_http && !heard.bytes.starts_with(b"HTTP"),
        "proxy_closed" => heard.bytes.is_empty() && matches!(heard.ended, Ended::Fin | Ended::Reset),
        "proxy_silent" => heard.head().is_none() && heard.ended == Ended::Silent,
        "proxy_malformed" => heard.bytes.starts_with(b"HTTP/") && malformed(heard),
        "proxy_auth_required" => {
            status == Some(407) && scene.credentials.is_none() && challenges(scene.fault, heard)
        }
        "proxy_auth_rejected" => status == Some(407) && scene.credentials.is_some(),
        "proxy_denied" => {
            let marked = said.contains("http_request_denied") || said.contains("destination_ip_prohibited");
            matches!(status, Some(401 | 403 | 451)) || (matches!(status, Some(400..500)) && marked)
        }
        "proxy_connect_unsupported" => matches!(status, Some(400 | 405 | 501)),
        "proxy_rate_limited" => {
            status == Some(429) || (status == Some(503) && heard.field("retry-after").is_some())
        }
        "proxy_redirected" => {
            status == Some(511) || (matches!(status, Some(300..400)) && heard.field("location").is_some())
        }
        "proxy_name_not_found" => squid == "ERR_DNS_FAIL 0" || said.contains("dns_error"),
        "proxy_upstream_refused" => squid == "ERR_CONNECT_FAIL 111" || said.contains("connection_refused"),
        "proxy_upstream_silent" => status == Some(504) || squid == "ERR_CONNECT_FAIL 110",
        "proxy_upstream_unreachable" => {
            matches!(squid, "ERR_CONNECT_FAIL 101" | "ERR_CONNECT_FAIL 113")
                || said.contains("destination_ip_unroutable")
        }
        "proxy_upstream_failed" => {
            let tinyproxy = heard.text().contains("tinyproxy was unable")
                || heard.text().contains("500 Unable to connect");
            squid == "ERR_CANNOT_FORWARD 0"
                || (squid.is_empty()
                    && heard.field("retry-after").is_none()
                    && matches!(status, Some(502 | 503)))
                || (status == Some(500) && tinyproxy)
        }
        "proxy_fault" => {
            matches!(status, Some(404 | 500))
                && heard.field("server").is_none()
                && said.is_empty()
                && squid.is_empty()
        }
        _ => false,
    }
}

/// One of the ways in which a head is beyond what is tolerated.
fn malformed(answer: &Heard) -> bool {
    let Some(head) = answer.head() else {
        return matches!(answer.ended, Ended::Fin | Ended::Reset | Ended::TooMuch);
    };
    let mut lines = head.trim_end().lines();
    let line = lines.next().unwrap_or_default();
    answer.status().is_none()
        || line.contains("101")
        || head.lines().count() > 1000
        || lines.any(|line| !line.contains(':') || line.contains('\0'))
}

fn challenges(fault: Fault, heard: &Heard) -> bool {
    let offered: Vec<_> = heard.fields("proxy-authenticate").collect();
    match fault {
        Fault::ProxyAuthRequiredFields => {
            offered.len() == 3 && offered[0] == "Negotiate" && offered[1] == "NTLM"
        }
        Fault::ProxyAuthRequiredOneField => {
            offered.len() == 1 && offered[0].starts_with("Basic") && offered[0].contains("Digest")
        }
        Fault::ProxyAuthRequiredNothingOffered => offered.is_empty(),
        _ => offered.len() == 1 && offered[0].starts_with("Basic realm="),
    }
}

fn tunnel_not_transparent(scene: &Scene, seen: &Seen) -> bool {
    let Some(proxy) = &seen.proxy else { return false };
    let early = proxy.after_head().starts_with(b"<");
    let late = seen
        .tls
        .as_ref()
        .is_some_and(|tls| begins(scene, &tls.bytes, "HTTP/1.1 400") || begins(scene, &tls.bytes, "<"));
    proxy.status() == Some(200) && (early || late)
}

/// Whether bytes begin so. Byte by byte, TLS gives up at the first of them.
fn begins(scene: &Scene, bytes: &[u8], with: &str) -> bool {
    let enough = if scene.pace == Pace::Drip { 1 } else { with.len() };
    bytes.starts_with(&with.as_bytes()[..enough])
}

fn holds_tls(scene: &Scene, seen: &Seen, tls: &Tls) -> bool {
    let alert = |description: AlertDescription| tls.failure == Some(Ended::Alert(description));
    let service = |kind: &str| tls.by_service_roots.as_ref().is_err_and(|error| error.contains(kind));
    let nobody_knows = service("UnknownIssuer") && tls.by_local_roots.is_err();
    match scene.verdict {
        "tls_reset_after_hello" => {
            tls.bytes.is_empty() && matches!(tls.failure, Some(Ended::Reset | Ended::Fin | Ended::Cut))
        }
        "tls_silent" => tls.bytes.is_empty() && tls.failure == Some(Ended::Silent),
        "tls_stalled" => {
            matches!(tls.bytes.len(), 5 | 300) && tls.bytes[0] == 0x16 && tls.failure == Some(Ended::Silent)
        }
        "tls_not_tls" => begins(scene, &tls.bytes, "HTTP/1.1 400") || begins(scene, &tls.bytes, "SSH-2.0"),
        "tls_version_unsupported" => {
            alert(AlertDescription::ProtocolVersion)
                || (tls.bytes.starts_with(&[0x16, 0x03, 0x02])
                    && matches!(tls.failure, Some(Ended::Other(_))))
        }
        "tls_handshake_refused" => alert(match scene.fault {
            Fault::TlsHandshakeRefusedHandshakeFailure => AlertDescription::HandshakeFailure,
            Fault::TlsHandshakeRefusedUnrecognizedName => AlertDescription::UnrecognisedName,
            Fault::TlsHandshakeRefusedAccessDenied => AlertDescription::AccessDenied,
            _ => AlertDescription::InternalError,
        }),
        "tls_intercepted" if scene.fault == Fault::TlsInterceptedNamed => {
            nobody_knows && names(tls, 0, "Zscaler")
        }
        "tls_intercepted" if scene.fault == Fault::TlsInterceptedExpired => {
            service("Expired") && is_inspected(seen, false)
        }
        "tls_intercepted" => nobody_knows && is_inspected(seen, false),
        "tls_untrusted" => nobody_knows && tls.chain.len() == 2 && !names(tls, 0, "http://pki.example.com/"),
        "tls_self_signed" => {
            nobody_knows && tls.chain.len() == 1 && !names(tls, 0, "http://pki.example.com/")
        }
        "tls_missing_intermediate" => {
            nobody_knows && tls.chain.len() == 1 && names(tls, 0, "http://pki.example.com/")
        }
        "tls_name_mismatch" => {
            names(tls, 0, "another.service.example") && (service("NotValidForName") || service("Expired"))
        }
        "tls_expired" => service("Expired"),
        "tls_not_yet_valid" => service("NotValidYet"),
        "tls_client_certificate_required" => client_certificate_required(scene.fault, seen, tls),
        _ => false,
    }
}

/// TLS 1.2 says so within the handshake, TLS 1.3 behind it.
fn client_certificate_required(fault: Fault, seen: &Seen, tls: &Tls) -> bool {
    if fault == Fault::TlsClientCertificateRequiredTls12 {
        return matches!(tls.failure, Some(Ended::Alert(_))) && !tls.chain.is_empty();
    }
    let heard = seen.http.as_ref();
    tls.failure.is_none()
        && heard.is_some_and(|heard| heard.ended == Ended::Alert(AlertDescription::CertificateRequired))
}

fn http(verdict: &str, scene: &Scene, heard: &Heard) -> bool {
    let expected = heard.status().is_some_and(|status| scene.expect.contains(&status));
    match verdict {
        "http_closed" => {
            heard.bytes.is_empty()
                && match scene.fault {
                    Fault::HttpClosedFin => heard.ended == Ended::Cut,
                    Fault::HttpClosedRst => heard.ended == Ended::Reset,
                    _ => heard.ended == Ended::Fin,
                }
        }
        "http_silent" => heard.head().is_none() && heard.ended == Ended::Silent,
        "http_malformed" => {
            heard.status().is_none() && heard.ended != Ended::Silent && !heard.bytes.is_empty()
        }
        "http_unexpected_status" => {
            heard.status().is_some() && !expected && heard.field("x-squid-error").is_none()
        }
        "http_unexpected_body" => expected && !heard.after_head().ends_with(b"OK"),
        "http_redirected_elsewhere" => {
            scene.url.starts_with("http:")
                && heard.field("location").is_some_and(|to| to.starts_with("http://login."))
        }
        _ => false,
    }
}
