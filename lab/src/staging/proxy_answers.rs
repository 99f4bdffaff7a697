//! What a proxy says in place of a tunnel, by fault.

use std::time::Duration;

use super::{challenge, oversize, squid_challenge};
use crate::answers::{self, PORTAL_PAGE, answer, bare, haproxy, nginx, proxy_status, squid, tinyproxy};
use crate::fault::Fault;
use crate::script::{End, Script};

/// The whole conversation of a proxy that answers every request so.
pub(super) fn script(fault: Fault) -> Option<Script> {
    no_answer(fault).or_else(|| refusal(fault).map(Script::say)).or_else(|| kept_open(fault))
}

/// Answers that are none: cut, broken, endless, or of another protocol.
fn no_answer(fault: Fault) -> Option<Script> {
    let often = Duration::from_millis(1);
    let bytes: &'static [u8] = match fault {
        Fault::ProxyNotHttpTls => b"\x15\x03\x01\x00\x02\x02\x46",
        Fault::ProxyNotHttpSocks5 => b"\x05\xff",
        Fault::ProxyNotHttpSocks4 => b"\x00\x5b\x00\x00\x00\x00\x00\x00",
        Fault::ProxyNotHttpHtml => {
            b"<html><head><title>400 Bad Request</title></head><body>Bad Request</body></html>\r\n"
        }
        Fault::ProxyNotHttpZeros => &[0; 64],
        Fault::ProxyMalformedCut => b"HTTP/1.1 20",
        Fault::ProxyMalformedCutAfter200 => b"HTTP/1.1 200 Connection established\r\nServer: la",
        Fault::ProxyMalformedNul => b"HTTP/1.1 200 OK\r\nServer: a\0b\r\n\r\n",
        Fault::ProxyMalformedNoColon => b"HTTP/1.1 200 OK\r\nthis is no field\r\n\r\n",
        Fault::ProxyMalformedStatus => b"HTTP/1.1 2OO OK\r\n\r\n",
        Fault::ProxyMalformedHttp2 => b"HTTP/2 200\r\n\r\n",
        Fault::ProxyMalformed101 => {
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        }
        Fault::ProxyClosedFin => return Some(Script::end(End::Close)),
        Fault::ProxyClosedReset => return Some(Script::end(End::Reset)),
        Fault::ProxySilent => return Some(Script::end(End::Silence)),
        Fault::ProxySilentHeadCut => return Some(said(b"HTTP/1.1 20").then(End::Silence)),
        Fault::ProxySilentAfter200 => {
            return Some(said(b"HTTP/1.1 200 OK\r\nServer: lab\r\n").then(End::Silence));
        }
        Fault::ProxySilentAfterInterim => {
            return Some(said(b"HTTP/1.1 100 Continue\r\n\r\n").then(End::Silence));
        }
        Fault::ProxySilentSlow => {
            let slow = said(b"HTTP/1.1 200 OK\r\nX-Slow: ").repeat(
                b"a".as_slice(),
                u32::MAX,
                Duration::from_millis(400),
            );
            return Some(slow);
        }
        Fault::ProxyMalformedCutByReset => {
            return Some(said(b"HTTP/1.1 200 OK\r\nServer: la").then(End::Reset));
        }
        Fault::ProxyMalformedOversize => return Some(oversize("HTTP/1.1 200 OK")),
        Fault::ProxyMalformedManyFields => {
            let many = said(b"HTTP/1.1 200 OK\r\n").repeat(b"X-A: b\r\n".repeat(50), 100, Duration::ZERO);
            return Some(many.repeat(b"\r\n".as_slice(), 1, Duration::ZERO));
        }
        Fault::ProxyMalformedEndlessInterim => {
            let interim = b"HTTP/1.1 102 Processing\r\n\r\n".as_slice();
            return Some(said(b"").repeat(interim, u32::MAX, often));
        }
        _ => return None,
    };
    Some(said(bytes))
}

fn said(bytes: &'static [u8]) -> Script {
    Script::say(bytes)
}

/// Answers of HTTP after which the proxy closes.
fn refusal(fault: Fault) -> Option<Vec<u8>> {
    let html = "Content-Type: text/html";
    Some(match fault {
        Fault::ProxyAuthRequiredFields => answers::challenge(&[
            "Proxy-Authenticate: Negotiate",
            "Proxy-Authenticate: NTLM",
            "Proxy-Authenticate: Basic realm=\"corp\"",
        ]),
        Fault::ProxyAuthRequiredOneField => answers::challenge(&[
            "Proxy-Authenticate: Basic realm=\"a, b\", Digest realm=\"c, NTLM\", qop=\"auth, auth-int\", nonce=\"bm9uY2U=\"",
        ]),
        Fault::ProxyAuthRequiredNothingOffered => answers::challenge(&[]),
        Fault::ProxyDeniedSquidDenyInfo => squid(403, "403 Access Denied"),
        Fault::ProxyDeniedTinyproxy => tinyproxy(403, "Filtered"),
        Fault::ProxyDeniedHaproxy => haproxy(403),
        Fault::ProxyDeniedZscaler => answers::zscaler(403),
        Fault::ProxyDeniedBare => bare(403),
        Fault::ProxyDenied451 => bare(451),
        Fault::ProxyDenied401 => {
            answer("HTTP/1.1 401 Unauthorized", &["WWW-Authenticate: Basic realm=\"corp\""], "")
        }
        Fault::ProxyDeniedProxyStatus => proxy_status(400, "error=http_request_denied"),
        Fault::ProxyDeniedProhibited => proxy_status(404, "error=destination_ip_prohibited"),
        Fault::ProxyConnectUnsupported405Nginx => nginx(405),
        Fault::ProxyConnectUnsupported400Nginx => nginx(400),
        Fault::ProxyConnectUnsupported405Apache => answer(
            "HTTP/1.1 405 Method Not Allowed",
            &["Server: Apache/2.4.57 (Debian)", "Allow: GET,POST,OPTIONS,HEAD", html],
            "<html><body><h1>Method Not Allowed</h1></body></html>\n",
        ),
        Fault::ProxyConnectUnsupported501 => answer(
            "HTTP/1.0 501 Unsupported method ('CONNECT')",
            &["Server: SimpleHTTP/0.6 Python/3.11.2", html],
            "<html><body><h1>Error response</h1><p>Error code: 501</p></body></html>\n",
        ),
        Fault::ProxyRateLimited429 => answer("HTTP/1.1 429 Too Many Requests", &["Retry-After: 30"], ""),
        Fault::ProxyRateLimited429Bare => bare(429),
        Fault::ProxyRateLimited503 => answer("HTTP/1.1 503 Service Unavailable", &["Retry-After: 120"], ""),
        Fault::ProxyRedirected302 => answers::redirect(302, answers::PORTAL),
        Fault::ProxyRedirected307 => {
            answers::redirect(307, "https://login.cloud-proxy.example/saml?origin=connect")
        }
        Fault::ProxyRedirected511 => {
            answer("HTTP/1.1 511 Network Authentication Required", &[html], PORTAL_PAGE)
        }
        Fault::ProxyNameNotFoundProxyStatus => proxy_status(502, "error=dns_error; rcode=\"NXDOMAIN\""),
        Fault::ProxyUpstreamRefusedProxyStatus => proxy_status(502, "error=connection_refused"),
        Fault::ProxyUpstreamSilentHaproxy => haproxy(504),
        Fault::ProxyUpstreamSilentNginx => nginx(504),
        Fault::ProxyUpstreamSilentProxyStatus => proxy_status(504, "error=connection_timeout"),
        Fault::ProxyUpstreamUnreachableProxyStatus => proxy_status(502, "error=destination_ip_unroutable"),
        Fault::ProxyUpstreamFailed502 => bare(502),
        Fault::ProxyUpstreamFailed502Nginx => nginx(502),
        Fault::ProxyUpstreamFailed503Haproxy => haproxy(503),
        Fault::ProxyUpstreamFailedTinyproxy => tinyproxy(500, "Unable to connect"),
        Fault::ProxyFault500 => bare(500),
        Fault::ProxyFault404 => bare(404),
        Fault::TunnelNotTransparentHtml => {
            [b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", PORTAL_PAGE.as_bytes()].concat()
        }
        _ => return None,
    })
}

/// Answers after which the connection stays open, as squid leaves it: a reader that waits for the end waits for ever.
fn kept_open(fault: Fault) -> Option<Script> {
    let error = match fault {
        Fault::ProxyAuthRequiredBasic => return Some(challenge()),
        Fault::ProxyAuthRequiredSquid => return Some(squid_challenge()),
        Fault::ProxyDeniedSquid => return Some(kept(squid(403, "ERR_ACCESS_DENIED 0"))),
        Fault::ProxyNameNotFoundSquid => "ERR_DNS_FAIL 0",
        Fault::ProxyUpstreamRefusedSquid => "ERR_CONNECT_FAIL 111",
        Fault::ProxyUpstreamSilentSquid => "ERR_CONNECT_FAIL 110",
        Fault::ProxyUpstreamUnreachableNoRoute => "ERR_CONNECT_FAIL 113",
        Fault::ProxyUpstreamUnreachableNoNetwork => "ERR_CONNECT_FAIL 101",
        Fault::ProxyUpstreamFailedCannotForward => "ERR_CANNOT_FORWARD 0",
        _ => return None,
    };
    Some(kept(squid(503, error)))
}

fn kept(bytes: Vec<u8>) -> Script {
    Script::say(bytes).then(End::Silence)
}
