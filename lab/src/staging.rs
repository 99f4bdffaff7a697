//! What each fault needs: which parties stand on the way, and what they do there.
//!
//! Most faults are one deviation from a good network, so the tables say only the deviation: the answer of a proxy (in
//! `proxy_answers`), the answer of an origin, its certificate, the bytes in place of its TLS.

mod proxy_answers;

use std::borrow::Cow;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::answers::{self, ESTABLISHED};
use crate::certificates::{Certificates, Face, Identity, TLS12, TLS13};
use crate::fault::Fault;
use crate::names::NameAnswer;
use crate::origin::{Origin, Tls};
use crate::proxy::Play;
use crate::script::{End, Script};

/// The user that the lab's gates let in.
pub(crate) const USER: &str = "lab-user";
/// That user's password.
pub(crate) const PASSWORD: &str = "lab-password";
/// Both as a client shows them.
const BASIC: &str = "Basic bGFiLXVzZXI6bGFiLXBhc3N3b3Jk";

/// The parties of one scene.
#[derive(Debug)]
pub(crate) struct Staging {
    /// `http://` in place of `https://`.
    pub(crate) plain: bool,
    pub(crate) reach: Reach,
    pub(crate) proxy: Option<Play>,
    /// The TLS of an https proxy.
    pub(crate) proxy_tls: Option<ProxyTls>,
    pub(crate) origin: Origin,
    /// The origin is named at the edge only, or does not exist, or does not listen.
    pub(crate) behind: Behind,
    pub(crate) inspector_trusted: bool,
    /// The password to show, where one is.
    pub(crate) password: Option<&'static str>,
    pub(crate) expect: &'static [u16],
    pub(crate) body: Option<&'static str>,
}

/// What a client finds where the first hop should be.
#[derive(Debug, Clone)]
pub(crate) enum Reach {
    Listening,
    SecondAddress,
    Refused,
    Silent,
    SilentThenRefused,
    Unreachable,
    Named(NameAnswer),
}

/// What a proxy finds where the origin should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behind {
    Listening,
    NamedAtEdgeOnly,
    Unnamed,
    Refused,
}

/// What stands at the port of an https proxy.
#[derive(Debug)]
pub(crate) enum ProxyTls {
    /// TLS with the proxy inside.
    Right(Tls),
    /// Something else.
    Wrong(Origin),
}

impl Staging {
    fn direct(origin: Origin) -> Self {
        Self {
            plain: false,
            reach: Reach::Listening,
            proxy: None,
            proxy_tls: None,
            origin,
            behind: Behind::Listening,
            inspector_trusted: false,
            password: None,
            expect: &[200],
            body: Some("OK"),
        }
    }

    fn plain(script: Script) -> Self {
        Self { plain: true, body: None, ..Self::direct(Origin::Plain(script)) }
    }
}

/// Who stands where for this fault.
pub(crate) fn stage(fault: Fault, host: &str, certificates: &Certificates) -> io::Result<Staging> {
    let stage = Stage { host, certificates };
    if let Some(play) = proxy_play(fault) {
        return Ok(Staging { proxy: Some(play), ..stage.good()? });
    }
    if let Some(script) = origin_script(fault) {
        let mut staging = stage.origin(Face::new(Identity::Service), script)?;
        (staging.expect, staging.body) = expectation(fault);
        return Ok(staging);
    }
    if let Some(face) = origin_face(fault) {
        return stage.origin(face, ok());
    }
    if let Some(reach) = reach(fault) {
        return Ok(Staging { reach, ..stage.good()? });
    }
    if let Some(script) = plain_script(fault) {
        let expect: &[u16] = if fault == Fault::ReachablePlainRedirectSameHost { &[] } else { &[200] };
        return Ok(Staging { expect, ..Staging::plain(script) });
    }
    if let Some(origin) = in_place_of_tls(fault) {
        return Ok(Staging::direct(origin));
    }
    stage.rest(fault)
}

struct Stage<'a> {
    host: &'a str,
    certificates: &'a Certificates,
}

impl Stage<'_> {
    fn tls(&self, face: Face) -> io::Result<Tls> {
        let config = self.certificates.server_config(face, self.host)?;
        Ok(Tls { config, vanish_after: face.vanish_after })
    }

    fn proxy_tls(&self, identity: Identity) -> io::Result<Option<ProxyTls>> {
        let config = self.certificates.server_config(Face::new(identity), "127.0.0.1")?;
        Ok(Some(ProxyTls::Right(Tls { config, vanish_after: None })))
    }

    fn origin(&self, face: Face, script: Script) -> io::Result<Staging> {
        Ok(Staging::direct(Origin::Tls(self.tls(face)?, script)))
    }

    fn good(&self) -> io::Result<Staging> {
        self.origin(Face::new(Identity::Service), ok())
    }

    fn inspected(&self, identity: Identity, script: Script) -> io::Result<Option<Play>> {
        Ok(Some(Play::Inspect(self.tls(Face::new(identity))?, script)))
    }

    fn in_bump(&self, answer: Vec<u8>) -> io::Result<Staging> {
        let proxy = self.inspected(Identity::Inspector, Script::say(answer))?;
        Ok(Staging { proxy, inspector_trusted: true, ..self.good()? })
    }

    fn rest(&self, fault: Fault) -> io::Result<Staging> {
        let forward = || Some(Play::Forward(ESTABLISHED));
        let good = self.good()?;
        Ok(match fault {
            Fault::ReachableConnectWithCredentials => Staging {
                proxy: Some(Play::Gate(BASIC.into(), challenge())),
                password: Some(PASSWORD),
                ..good
            },
            Fault::ReachableClientCannotResolve => {
                Staging { proxy: forward(), behind: Behind::NamedAtEdgeOnly, ..good }
            }
            Fault::ReachableHttpsProxy => {
                Staging { proxy: forward(), proxy_tls: self.proxy_tls(Identity::Corporate)?, ..good }
            }
            Fault::ReachableAbsoluteForm => {
                Staging { proxy: forward(), ..Staging::plain(Script::say(answers::origin(200, "list"))) }
            }
            Fault::InspectedTrustedConnect => {
                Staging { proxy: self.inspected(Identity::Inspector, ok())?, inspector_trusted: true, ..good }
            }
            Fault::InspectedTrustedDirect => {
                Staging { inspector_trusted: true, ..self.origin(Face::new(Identity::Inspector), ok())? }
            }
            Fault::NameNotFoundProxy => {
                Staging { proxy: forward(), reach: Reach::Named(NameAnswer::NotFound), ..good }
            }
            Fault::ConnectRefusedProxy => Staging { proxy: forward(), reach: Reach::Refused, ..good },
            Fault::ConnectSilentProxy => Staging { proxy: forward(), reach: Reach::Silent, ..good },
            Fault::ProxyTlsFailedUntrusted => {
                Staging { proxy: forward(), proxy_tls: self.proxy_tls(Identity::Unknown)?, ..good }
            }
            Fault::ProxyTlsFailedExpired => {
                Staging { proxy: forward(), proxy_tls: self.proxy_tls(Identity::CorporateExpired)?, ..good }
            }
            Fault::ProxyTlsFailedPlain => {
                wrong_proxy_tls(good, Script::say(answers::squid(400, "ERR_INVALID_REQ 0")))
            }
            Fault::ProxyTlsFailedReset => wrong_proxy_tls(good, Script::end(End::Reset)),
            Fault::ProxyTlsFailedSilent => wrong_proxy_tls(good, Script::end(End::Silence)),
            Fault::ProxyAuthRejected => Staging {
                proxy: Some(Play::Gate(BASIC.into(), challenge())),
                password: Some("wrong-password"),
                ..good
            },
            Fault::ProxyAuthRejectedSquid => Staging {
                proxy: Some(Play::Gate(BASIC.into(), squid_challenge())),
                password: Some("wrong-password"),
                ..good
            },
            Fault::ProxyAuthRequiredAbsoluteForm => {
                Staging { proxy: Some(Play::Answer(squid_challenge())), ..Staging::plain(ok()) }
            }
            Fault::ProxyDeniedAbsoluteForm => {
                let answer = Play::Answer(Script::say(answers::squid(403, "ERR_ACCESS_DENIED 0")));
                Staging { proxy: Some(answer), ..Staging::plain(ok()) }
            }
            Fault::ProxyNameNotFoundAbsoluteForm => {
                Staging { proxy: forward(), behind: Behind::Unnamed, ..Staging::plain(ok()) }
            }
            Fault::ProxyUpstreamRefusedAbsoluteForm => {
                Staging { proxy: forward(), behind: Behind::Refused, ..Staging::plain(ok()) }
            }
            Fault::ProxyNameNotFoundTrue => Staging { proxy: forward(), behind: Behind::Unnamed, ..good },
            Fault::ProxyUpstreamRefusedTrue => Staging { proxy: forward(), behind: Behind::Refused, ..good },
            Fault::ProxyDeniedInBump => self.in_bump(answers::squid(403, "ERR_ACCESS_DENIED 0"))?,
            Fault::ProxyNameNotFoundInBump => self.in_bump(answers::squid(503, "ERR_DNS_FAIL 0"))?,
            Fault::ProxyUpstreamRefusedInBump => self.in_bump(answers::squid(503, "ERR_CONNECT_FAIL 111"))?,
            Fault::ProxyUpstreamSilentInBump => self.in_bump(answers::squid(503, "ERR_CONNECT_FAIL 110"))?,
            Fault::TlsResetAfterHelloConnect => {
                Staging { proxy: forward(), ..Staging::direct(Origin::Raw(Script::end(End::Close))) }
            }
            Fault::TlsSilentConnect => {
                Staging { proxy: forward(), ..Staging::direct(Origin::Raw(Script::end(End::Silence))) }
            }
            Fault::TlsInterceptedConnect => {
                Staging { proxy: self.inspected(Identity::Inspector, ok())?, ..good }
            }
            Fault::HttpUnexpectedStatusRelayed => Staging {
                proxy: forward(),
                ..Staging::plain(Script::say(answers::origin(404, "no such list")))
            },
            Fault::BlockPageConnect => Staging {
                proxy: self.inspected(Identity::Inspector, Script::say(answers::fortiguard(403)))?,
                inspector_trusted: true,
                ..good
            },
            Fault::BlockPageDirect => Staging {
                inspector_trusted: true,
                ..self.origin(Face::new(Identity::Inspector), Script::say(answers::fortiguard(200)))?
            },
            other => return Err(io::Error::other(format!("{} has no staging", other.id()))),
        })
    }
}

fn wrong_proxy_tls(good: Staging, script: Script) -> Staging {
    let wrong = ProxyTls::Wrong(Origin::Raw(script));
    Staging { proxy: Some(Play::Forward(ESTABLISHED)), proxy_tls: Some(wrong), ..good }
}

/// A good origin's answer.
pub(crate) fn ok() -> Script {
    Script::say(answers::origin(200, "OK"))
}

fn challenge() -> Script {
    Script::say(answers::challenge(&["Proxy-Authenticate: Basic realm=\"lab\"", "Connection: close"]))
}

/// Squid keeps the connection open behind a 407, for the answer to its challenge.
fn squid_challenge() -> Script {
    let challenge = "Proxy-Authenticate: Basic realm=\"Squid proxy-caching web server\"";
    Script::say(answers::squid_with(407, "ERR_CACHE_ACCESS_DENIED 0", &[challenge])).then(End::Silence)
}

/// A field that is longer than any reader should hold.
fn oversize(status_line: &str) -> Script {
    Script::say(format!("{status_line}\r\nX-Long: ").into_bytes()).repeat(
        vec![b'a'; 4096],
        64,
        Duration::ZERO,
    )
}

/// What proxies say: those that need nothing behind them, and those that open the tunnel in an unusual way.
fn proxy_play(fault: Fault) -> Option<Play> {
    let opening: &'static [u8] = match fault {
        Fault::ReachableConnect => b"HTTP/1.1 200 Connection established\r\n\r\n",
        Fault::ReachableConnectHttp10 => {
            b"HTTP/1.0 200 Connection established\r\nProxy-agent: tinyproxy/1.11.1\r\n\r\n"
        }
        Fault::ReachableConnect201 => {
            b"HTTP/1.1 201 Created\r\nContent-Length: 5000\r\nTransfer-Encoding: chunked\r\n\r\n"
        }
        Fault::ReachableConnectNoReason => b"HTTP/1.1 200\r\n\r\n",
        Fault::ReachableConnectBareLf => b"HTTP/1.1 200 OK\nServer: lab\n\n",
        Fault::ReachableConnectObsFold => b"HTTP/1.1 200 OK\r\nServer: lab\r\n  folded\r\n\r\n",
        Fault::ReachableConnectInterim => {
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nServer: lab\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
        }
        Fault::TunnelNotTransparentHttp => {
            return Some(Play::OpenThen(ESTABLISHED, Script::say(answers::nginx(400))));
        }
        Fault::ProxyNotHttpSsh => return Some(Play::SpeaksFirst(Script::say(b"SSH-2.0-OpenSSH_9.2\r\n".as_slice()))),
        Fault::ProxyNotHttpSmtp => {
            return Some(Play::SpeaksFirst(Script::say(b"220 mail.corp.example ESMTP\r\n".as_slice())));
        }
        Fault::ProxyClosedFinAtOnce => return Some(Play::SpeaksFirst(Script::end(End::Close))),
        Fault::ProxyClosedResetAtOnce => return Some(Play::SpeaksFirst(Script::end(End::Reset))),
        _ => return proxy_answers::script(fault).map(Play::Answer),
    };
    Some(Play::Forward(Cow::Borrowed(opening)))
}

/// What an origin in good TLS says that is not the plain "OK".
fn origin_script(fault: Fault) -> Option<Script> {
    Some(match fault {
        Fault::ReachableDirect | Fault::HttpUnexpectedStatus200 => ok(),
        Fault::ReachableExpected404 => Script::say(answers::origin(404, "")),
        Fault::ReachableWithoutExpectation | Fault::HttpUnexpectedStatus404 => {
            Script::say(answers::origin(404, "no such page"))
        }
        Fault::ReachableExpected503 | Fault::HttpUnexpectedStatus503 | Fault::ServiceFault503 => {
            Script::say(answers::origin(503, "busy"))
        }
        Fault::ReachableHttpsRedirect => {
            Script::say(answers::redirect(302, "https://www.microsoft.com/en-us/"))
        }
        Fault::ReachableOriginInterim => {
            let early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n".to_vec();
            Script::say([early, answers::origin(200, "OK")].concat())
        }
        Fault::ReachableOriginHttp10 => Script::say(b"HTTP/1.0 200 OK\nServer: lab\n\nOK".as_slice()),
        Fault::ReachableOriginCutAfterAnswer => ok().then(End::Cut),
        Fault::HttpUnexpectedBody => Script::say(answers::origin(200, "something else")),
        Fault::HttpClosedCloseNotify => Script::end(End::Close),
        Fault::HttpClosedFin => Script::end(End::Cut),
        Fault::HttpClosedRst => Script::end(End::Reset),
        Fault::HttpSilent => Script::end(End::Silence),
        Fault::HttpSilentHeadCut => {
            Script::say(b"HTTP/1.1 200 OK\r\nServer: la".as_slice()).then(End::Silence)
        }
        Fault::HttpMalformedGarbage => Script::say(b"\x01\x02\x03 this is no HTTP\r\n\r\n".as_slice()),
        Fault::HttpMalformedCut => Script::say(b"HTTP/1.1 200 OK\r\nServer: la".as_slice()),
        Fault::HttpMalformedStatus => Script::say(b"HTTP/1.1 2OO OK\r\nContent-Length: 0\r\n\r\n".as_slice()),
        Fault::HttpMalformedOversize => oversize("HTTP/1.1 200 OK"),
        Fault::ServiceFault500 => Script::say(answers::origin(500, "broken")),
        _ => return None,
    })
}

fn expectation(fault: Fault) -> (&'static [u16], Option<&'static str>) {
    match fault {
        Fault::ReachableExpected404 => (&[404], None),
        Fault::ReachableExpected503 => (&[200, 503], None),
        Fault::HttpUnexpectedStatus200 => (&[400], None),
        Fault::ReachableWithoutExpectation
        | Fault::ReachableHttpsRedirect
        | Fault::ServiceFault503
        | Fault::ServiceFault500 => (&[], None),
        _ => (&[200], Some("OK")),
    }
}

/// How an origin speaks TLS where that is what is special about it.
fn origin_face(fault: Fault) -> Option<Face> {
    let good = Face::new(Identity::Service);
    Some(match fault {
        Fault::ReachableTls12Only => Face { versions: TLS12, ..good },
        Fault::ReachableTls13Only => Face { versions: TLS13, ..good },
        Fault::TlsStalledRecord => Face { vanish_after: Some(5), ..good },
        Fault::TlsStalledFlight => Face { vanish_after: Some(300), ..good },
        Fault::TlsClientCertificateRequiredTls12 => {
            Face { versions: TLS12, client_certificate: true, ..good }
        }
        Fault::TlsClientCertificateRequiredTls13 => {
            Face { versions: TLS13, client_certificate: true, ..good }
        }
        Fault::TlsInterceptedDirect => Face::new(Identity::Inspector),
        Fault::TlsInterceptedExpired => Face::new(Identity::InspectorExpired),
        Fault::TlsInterceptedNamed => Face::new(Identity::NamedInspector),
        Fault::TlsUntrusted => Face::new(Identity::Unknown),
        Fault::TlsSelfSigned => Face::new(Identity::SelfSigned),
        Fault::TlsMissingIntermediate => Face::new(Identity::NoIntermediate),
        Fault::TlsNameMismatch => Face::new(Identity::WrongName),
        Fault::TlsNameMismatchExpired => Face::new(Identity::WrongNameExpired),
        Fault::TlsExpired => Face::new(Identity::Expired),
        Fault::TlsNotYetValid => Face::new(Identity::NotYetValid),
        _ => return None,
    })
}

/// Names and connections to an origin, without a proxy.
fn reach(fault: Fault) -> Option<Reach> {
    Some(match fault {
        Fault::ReachableSecondAddress => Reach::SecondAddress,
        Fault::NameNotFound => Reach::Named(NameAnswer::NotFound),
        Fault::NameServerFailed => Reach::Named(NameAnswer::ServerFailed),
        Fault::NameServerSilent => Reach::Named(NameAnswer::ServerSilent),
        Fault::NameSinkholedUnspecified => {
            Reach::Named(NameAnswer::Sinkholed(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
        }
        Fault::NameSinkholedDocumentation => {
            Reach::Named(NameAnswer::Sinkholed(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))))
        }
        Fault::ConnectRefused => Reach::Refused,
        Fault::ConnectRefusedAndSilent => Reach::SilentThenRefused,
        Fault::ConnectSilent => Reach::Silent,
        Fault::ConnectUnreachable => Reach::Unreachable,
        _ => return None,
    })
}

/// What is said to plain http, without a proxy.
fn plain_script(fault: Fault) -> Option<Script> {
    Some(match fault {
        Fault::ReachablePlain => Script::say(answers::origin(200, "list")),
        Fault::ReachablePlainRedirectSameHost => Script::say(answers::redirect(302, "/pki/crl/other.crl")),
        Fault::HttpClosedPlain => Script::end(End::Close),
        Fault::HttpSilentPlain => Script::end(End::Silence),
        Fault::HttpRedirectedElsewhere => Script::say(answers::redirect(302, answers::PORTAL)),
        Fault::BlockPagePlain => Script::say(answers::fortiguard(200)),
        Fault::BlockPagePlain403 => Script::say(answers::fortiguard(403)),
        _ => return None,
    })
}

/// What comes where the origin's TLS should.
fn in_place_of_tls(fault: Fault) -> Option<Origin> {
    /// A fatal alert (RFC 8446 6) in a record of its own.
    fn alert(description: u8) -> Script {
        Script::say(vec![0x15, 0x03, 0x03, 0x00, 0x02, 0x02, description])
    }
    Some(Origin::Raw(match fault {
        Fault::TlsResetAfterHelloRst => Script::end(End::Reset),
        Fault::TlsResetAfterHelloFin => Script::end(End::Close),
        Fault::TlsSilent => Script::end(End::Silence),
        Fault::TlsNotTlsHttp => Script::say(answers::nginx(400)),
        Fault::TlsNotTlsSsh => {
            return Some(Origin::SpeaksFirst(Script::say(b"SSH-2.0-OpenSSH_9.2\r\n".as_slice())));
        }
        Fault::TlsVersionUnsupportedAlert => alert(70),
        Fault::TlsVersionUnsupportedServerHello => Script::say(server_hello_of_tls11()),
        Fault::TlsHandshakeRefusedHandshakeFailure => alert(40),
        Fault::TlsHandshakeRefusedUnrecognizedName => alert(112),
        Fault::TlsHandshakeRefusedAccessDenied => alert(49),
        Fault::TlsHandshakeRefusedInternalError => alert(80),
        _ => return None,
    }))
}

/// A `ServerHello` (RFC 4346 7.4.1.3) that chooses TLS 1.1, without a session and without extensions.
fn server_hello_of_tls11() -> Vec<u8> {
    const RECORD: [u8; 5] = [0x16, 0x03, 0x02, 0x00, 0x2a];
    const HANDSHAKE: [u8; 6] = [0x02, 0x00, 0x00, 0x26, 0x03, 0x02];
    const RANDOM: [u8; 32] = [0x5a; 32];
    // No session, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
    const REST: [u8; 4] = [0x00, 0xc0, 0x13, 0x00];
    [&RECORD[..], &HANDSHAKE, &RANDOM, &REST].concat()
}
