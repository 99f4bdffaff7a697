//! Forward proxies: right ones, and ones that refuse, mumble, inspect or are something else altogether.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::answers;
use crate::names::{NameAnswer, Names};
use crate::origin::{Tls, answer_in_tls, answer_raw};
use crate::script::{Script, read_head};
use crate::wire::{Line, Wire};

/// How long a proxy waits for an origin before it says so.
const UPSTREAM: Duration = Duration::from_secs(1);

/// What a proxy does with a connection.
#[derive(Debug, Clone)]
pub(crate) enum Play {
    /// Speaks before it is spoken to.
    SpeaksFirst(Script),
    /// Reads one request and answers so, whatever it asks.
    Answer(Script),
    /// Opens a tunnel with this head, or relays a request in absolute form.
    Forward(Cow<'static, [u8]>),
    /// Forwards for those who show these credentials (the value of `Proxy-Authorization`), and answers others so.
    Gate(String, Script),
    /// Opens with this head, and answers the first bytes inside so.
    OpenThen(Cow<'static, [u8]>, Script),
    /// Opens, shakes hands in the origin's place, and answers one request inside.
    Inspect(Tls, Script),
}

/// A proxy: what it does by the host that is asked for.
#[derive(Debug)]
pub(crate) struct Proxy {
    /// For an https proxy, its own TLS.
    pub(crate) tls: Option<Tls>,
    /// By host, in lower case.
    pub(crate) rules: HashMap<String, Play>,
    /// For all other hosts.
    pub(crate) otherwise: Play,
    pub(crate) names: Arc<Names>,
}

impl Proxy {
    pub(crate) async fn serve(self: Arc<Self>, wire: Wire) {
        let Some(tls) = &self.tls else { return self.serve_on(wire).await };
        match TlsAcceptor::from(Arc::clone(&tls.config)).accept(wire).into_fallible().await {
            Ok(stream) => self.serve_on(stream).await,
            Err((_, mut wire)) => wire.finish().await,
        }
    }

    async fn serve_on<L: Line>(&self, mut line: L) {
        if let Play::SpeaksFirst(script) = &self.otherwise {
            return script.play(&mut line).await;
        }
        let Some(head) = read_head(&mut line).await else { return };
        let Some(request) = Request::read(&head) else {
            return Script::say(answers::squid(400, "ERR_INVALID_REQ 0")).play(&mut line).await;
        };
        let play = self.rules.get(&request.host.to_ascii_lowercase()).unwrap_or(&self.otherwise);
        match play {
            Play::SpeaksFirst(script) | Play::Answer(script) => script.play(&mut line).await,
            Play::Forward(opening) => self.forward(line, &request, opening).await,
            Play::Gate(credentials, refusal) => {
                if request.credentials.as_deref() == Some(credentials) {
                    self.forward(line, &request, &answers::ESTABLISHED).await;
                } else {
                    refusal.play(&mut line).await;
                }
            }
            Play::OpenThen(opening, script) => {
                if line.write_all(opening).await.is_ok() && line.flush().await.is_ok() {
                    answer_raw(&mut line, script).await;
                }
            }
            Play::Inspect(tls, script) => {
                if line.write_all(&answers::ESTABLISHED).await.is_ok() && line.flush().await.is_ok() {
                    answer_in_tls(line, tls, script).await;
                }
            }
        }
    }

    /// As squid does it, with squid's words where it cannot.
    async fn forward<L: Line>(&self, mut line: L, request: &Request, opening: &[u8]) {
        let mut upstream = match self.reach(&request.host, request.port).await {
            Ok(upstream) => upstream,
            Err(error) => return Script::say(answers::squid(503, error)).play(&mut line).await,
        };
        if request.tunnel {
            if line.write_all(opening).await.is_ok() && line.flush().await.is_ok() {
                let _ = copy_bidirectional(&mut line, &mut upstream).await;
                line.wire().finish().await;
            }
            return;
        }
        let answer = match timeout(UPSTREAM, relay(upstream, request)).await {
            Ok(Some(answer)) => answer,
            Ok(None) => answers::squid(502, "ERR_ZERO_SIZE_OBJECT 0"),
            Err(_) => answers::squid(504, "ERR_READ_TIMEOUT 0"),
        };
        Script::say(answer).play(&mut line).await;
    }

    async fn reach(&self, host: &str, port: u16) -> Result<TcpStream, &'static str> {
        let addresses = match self.names.at_edge(host, port) {
            NameAnswer::Addresses(addresses) => addresses,
            NameAnswer::Sinkholed(_) => return Err("ERR_CONNECT_FAIL 113"),
            NameAnswer::NotFound | NameAnswer::ServerFailed | NameAnswer::ServerSilent => {
                return Err("ERR_DNS_FAIL 0");
            }
        };
        let mut failure = "ERR_DNS_FAIL 0";
        for address in addresses {
            match timeout(UPSTREAM, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                    failure = "ERR_CONNECT_FAIL 111";
                }
                Ok(Err(_)) => failure = "ERR_CONNECT_FAIL 101",
                Err(_) => failure = "ERR_CONNECT_FAIL 110",
            }
        }
        Err(failure)
    }
}

/// One exchange with the origin; the answer comes back with the marks that squid leaves on what it relays.
async fn relay(mut upstream: TcpStream, request: &Request) -> Option<Vec<u8>> {
    /// Longest answer that is relayed.
    const ANSWER_MAX: u64 = 1024 * 1024;
    upstream.write_all(&request.origin_form).await.ok()?;
    let mut answer = Vec::new();
    upstream.take(ANSWER_MAX).read_to_end(&mut answer).await.ok()?;
    let blank = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let marks = b"\r\nX-Cache: MISS from proxy.corp.example\r\nVia: 1.1 proxy.corp.example (squid/5.7)";
    answer.splice(blank..blank, marks.iter().copied());
    Some(answer)
}

/// What a request asks of a proxy.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    tunnel: bool,
    host: String,
    port: u16,
    /// The value of `Proxy-Authorization`.
    credentials: Option<String>,
    /// The request as the origin gets it; empty for a tunnel.
    origin_form: Vec<u8>,
}

impl Request {
    fn read(head: &[u8]) -> Option<Self> {
        let head = std::str::from_utf8(head).ok()?;
        let (line, fields) = head.split_once('\n')?;
        let mut words = line.split_whitespace();
        let (method, target) = (words.next()?, words.next()?);
        let field = |wanted: &str| {
            fields.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
            })
        };
        let credentials = field("proxy-authorization");
        if method == "CONNECT" {
            let (host, port) = target.rsplit_once(':')?;
            let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
            return Some(Self {
                tunnel: true,
                host,
                port: port.parse().ok()?,
                credentials,
                origin_form: Vec::new(),
            });
        }
        let rest = target.strip_prefix("http://")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
        let origin_form =
            format!("{method} /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n")
                .into_bytes();
        let host = host.to_owned();
        Some(Self { tunnel: false, host, port: port.parse().ok()?, credentials, origin_form })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read() {
        let tunnel =
            Request::read(b"CONNECT a.example:443 HTTP/1.1\r\nproxy-authorization: Basic eA==\r\n\r\n");
        let tunnel = tunnel.expect("a request");
        assert_eq!((tunnel.tunnel, tunnel.host.as_str(), tunnel.port), (true, "a.example", 443));
        assert_eq!(tunnel.credentials.as_deref(), Some("Basic eA=="));
        let plain = Request::read(b"GET http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n")
            .expect("a request");
        assert_eq!((plain.tunnel, plain.host.as_str(), plain.port), (false, "a.example", 80));
        assert!(plain.origin_form.starts_with(b"GET /x?y HTTP/1.1\r\nHost: a.example\r\n"));
        let port = Request::read(b"GET http://a.example:8080 HTTP/1.1\r\n\r\n").expect("a request");
        assert_eq!((port.host.as_str(), port.port), ("a.example", 8080));
        for bad in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            b"CONNECT a.example HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01\n",
            b"\n\n",
        ] {
            assert_eq!(Request::read(bad), None, "{bad:?}");
        }
    }
}
