//! Who was contacted, and how: a peer inside an [`Island`](crate::island::Island) that is every proxy and every origin at once.
//! What a client sends first tells which of them it took it for.

use std::fmt;
use std::io::{Cursor, Read as _, Write as _};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::server::Acceptor;

use crate::island::{address_of, proxy_at};

/// Where it listens, at every address: the usual ports of origins and proxies.
const PORTS: [u16; 6] = [80, 443, 1080, 3128, 8080, 8443];
/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often we look.
const LOOK: Duration = Duration::from_millis(5);
/// More than the longest greeting.
const GREETING: usize = 16_384;
/// The alert that ends a handshake (RFC 8446 6): a browser that met a mere end would take the address for a dead one.
const HANDSHAKE_FAILURE: &[u8] = &[21, 3, 3, 0, 2, 2, 40];

/// The answer to a greeting of SOCKS 5: no login is wanted (RFC 1928 3).
const NO_LOGIN: &[u8] = &[5, 0];

/// What a client sent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A request with the whole URL: to a proxy (RFC 9112 3.2.2).
    Absolute,
    /// CONNECT: to a proxy (RFC 9112 3.2.3).
    Connect,
    /// A request with a path: to an origin (RFC 9112 3.2.1).
    Origin,
    /// A TLS client hello: to an origin, or to a proxy that is spoken to over TLS.
    Hello,
    /// The greeting of SOCKS 4 or 5.
    Socks,
    /// Something else.
    Other,
}

/// One connection that said something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// What was sent.
    pub form: Form,
    /// The address and port that were connected to.
    pub at: SocketAddr,
    /// The host that was asked for, without brackets: from the request, or the name in the hello.
    pub host: String,
    /// The port that was asked for; for a hello, the one that was connected to.
    pub port: u16,
    /// The path, where one was sent.
    pub path: String,
}

/// `direct`, or how and where a proxy was spoken to: `forward p1:3128`, `tunnel p1:3128`, `tls p1:443`, `socks p1:1080`.
impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = match self.at.ip() {
            IpAddr::V4(address) => proxy_at(address),
            IpAddr::V6(_) => None,
        };
        let how = match (self.form, &proxy) {
            (Form::Origin, _) | (Form::Hello, None) => return f.write_str("direct"),
            (Form::Absolute, _) => "forward",
            (Form::Connect, _) => "tunnel",
            (Form::Hello, Some(_)) => "tls",
            (Form::Socks, _) => "socks",
            (Form::Other, _) => "something",
        };
        match proxy {
            Some(name) => write!(f, "{how} {name}:{}", self.at.port()),
            None => write!(f, "{how} {}", self.at),
        }
    }
}

/// The listeners, and what they have seen.
#[derive(Debug)]
pub struct Observer {
    seen: Arc<Mutex<Vec<Contact>>>,
}

impl Observer {
    /// Listens, and answers for all names. Only inside an island: it takes well-known ports.
    pub fn start() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        for port in PORTS {
            let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port))
                .unwrap_or_else(|error| panic!("port {port} of an island: {error}"));
            let seen = Arc::clone(&seen);
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let seen = Arc::clone(&seen);
                    std::thread::spawn(move || meet(stream, &seen));
                }
            });
        }
        let socket = UdpSocket::bind("127.0.0.1:53").expect("the port of a name server inside an island");
        std::thread::spawn(move || answer_for_names(&socket));
        Self { seen }
    }

    /// Waits until what was seen since [`take`](Self::take) is enough, for a bounded time.
    pub fn wait(&self, at_most: Duration, is_enough: impl Fn(&[Contact]) -> bool) {
        let begin = Instant::now();
        while begin.elapsed() < at_most
            && !is_enough(&self.seen.lock().unwrap_or_else(PoisonError::into_inner))
        {
            std::thread::sleep(LOOK);
        }
    }

    /// What was seen since it was last asked, in order.
    pub fn take(&self) -> Vec<Contact> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Reads what the client sends first, writes it down, and only then refuses: when the client ends, all is written down.
fn meet(mut stream: TcpStream, seen: &Mutex<Vec<Contact>>) {
    let Ok(mut at) = stream.local_addr() else { return };
    at.set_ip(at.ip().to_canonical());
    if stream.set_read_timeout(Some(PATIENCE)).is_err() {
        return;
    }
    let greeting = read_until(&mut stream, is_whole);
    let Some(mut contact) = Contact::read(&greeting, at) else { return };
    if greeting.starts_with(&[5]) && stream.write_all(NO_LOGIN).is_ok() {
        let request = read_until(&mut stream, |request| socks5(request).is_some());
        if let Some((host, port)) = socks5(&request) {
            (contact.host, contact.port) = (host, port);
        }
    }
    let answer: &[u8] = match contact.form {
        Form::Absolute | Form::Origin => {
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        }
        Form::Connect => b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        Form::Hello => HANDSHAKE_FAILURE,
        Form::Socks | Form::Other => b"",
    };
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(contact);
    // A client that has gone has been seen, too.
    let _ = stream.write_all(answer);
}

fn read_until(stream: &mut TcpStream, is_enough: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    while text.len() < GREETING && !is_enough(&text) {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(length) => text.extend_from_slice(&piece[..length]),
        }
    }
    text
}

/// Host and port of a request of SOCKS 4, or 4a where the address says that a name follows; `None` where it is not whole.
fn socks4(request: &[u8]) -> Option<(String, u16)> {
    let [4, _, high, low, a, b, c, d, rest @ ..] = request else { return None };
    let mut texts = rest.split_inclusive(|byte| *byte == 0).map(|text| text.strip_suffix(&[0]));
    let _user = texts.next()??;
    let host = match [*a, *b, *c, *d] {
        [0, 0, 0, 1..=255] => String::from_utf8_lossy(texts.next()??).into_owned(),
        address => IpAddr::from(address).to_string(),
    };
    Some((host, u16::from_be_bytes([*high, *low])))
}

/// Host and port of a request of SOCKS 5 (RFC 1928 4); `None` where it is not whole.
fn socks5(request: &[u8]) -> Option<(String, u16)> {
    let (kind, rest) = match request {
        [5, _, _, kind, rest @ ..] => (*kind, rest),
        _ => return None,
    };
    let (host, rest) = match (kind, rest) {
        (1, [a, b, c, d, rest @ ..]) => (IpAddr::from([*a, *b, *c, *d]).to_string(), rest),
        (3, [length, rest @ ..]) => {
            let (name, rest) = rest.split_at_checked(usize::from(*length))?;
            (String::from_utf8_lossy(name).into_owned(), rest)
        }
        (4, rest) => {
            let (address, rest) = rest.split_first_chunk::<16>()?;
            (IpAddr::from(*address).to_string(), rest)
        }
        _ => return None,
    };
    let (port, _) = rest.split_first_chunk()?;
    Some((host, u16::from_be_bytes(*port)))
}

fn is_whole(greeting: &[u8]) -> bool {
    match greeting {
        [] => false,
        [22, ..] => greeting.get(3..5).is_some_and(|length| {
            greeting.len() >= 5 + usize::from(u16::from_be_bytes([length[0], length[1]]))
        }),
        [4, ..] => socks4(greeting).is_some(),
        [5, rest @ ..] => rest.split_first().is_some_and(|(count, ways)| ways.len() >= usize::from(*count)),
        [first, ..] if first.is_ascii_alphabetic() => greeting.windows(4).any(|end| end == b"\r\n\r\n"),
        _ => true,
    }
}

impl Contact {
    /// `None` where nothing was sent.
    fn read(greeting: &[u8], at: SocketAddr) -> Option<Self> {
        let here = |form, host: String| Self { form, at, host, port: at.port(), path: String::new() };
        match greeting {
            [] => None,
            [22, ..] => Some(here(Form::Hello, server_name(greeting).unwrap_or_else(|| at.ip().to_string()))),
            [4 | 5, ..] => {
                let (host, port) = socks4(greeting).unwrap_or((String::new(), at.port()));
                Some(Self { port, ..here(Form::Socks, host) })
            }
            _ => {
                let text = String::from_utf8_lossy(greeting);
                let mut lines = text.lines();
                let mut words = lines.next().unwrap_or_default().split(' ');
                let (method, target) = (words.next()?, words.next().unwrap_or_default());
                let (form, authority, path) = if method == "CONNECT" {
                    (Form::Connect, target, "")
                } else if let Some((_, rest)) = target.split_once("://") {
                    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                    (Form::Absolute, authority, path)
                } else if target.starts_with('/') {
                    let host = lines.find_map(|line| {
                        let (name, value) = line.split_once(':')?;
                        name.eq_ignore_ascii_case("host").then(|| value.trim())
                    });
                    (Form::Origin, host.unwrap_or_default(), target)
                } else {
                    (Form::Other, "", "")
                };
                let (host, port) = split(authority);
                Some(Self { form, at, host, port, path: path.to_owned() })
            }
        }
    }
}

/// Host without brackets, and port. Not every client writes brackets around the IPv6 address that it asks a proxy for.
fn split(authority: &str) -> (String, u16) {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap_or(80)),
        _ => (authority, 80),
    };
    (host.trim_start_matches('[').trim_end_matches(']').to_owned(), port)
}

fn server_name(hello: &[u8]) -> Option<String> {
    let mut acceptor = Acceptor::default();
    acceptor.read_tls(&mut Cursor::new(hello)).ok()?;
    let accepted = acceptor.accept().ok()??;
    accepted.client_hello().server_name().map(ToOwned::to_owned)
}

/// A name server that knows one address for each name, and nothing else.
fn answer_for_names(socket: &UdpSocket) {
    let mut query = [0; 1500];
    while let Ok((length, from)) = socket.recv_from(&mut query) {
        if let Some(answer) = answer(&query[..length]) {
            // Who does not get it asks again.
            let _ = socket.send_to(&answer, from);
        }
    }
}

/// RFC 1035 4.1: the header, the question again, and for type A one address.
fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let mut labels = Vec::new();
    let mut at = 12;
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(query.get(at..at + length)?).into_owned());
        at += length;
    }
    let question = query.get(12..at + 4)?;
    let is_a = question.ends_with(&[0, 1, 0, 1]);
    let mut answer = query.get(..2)?.to_vec();
    answer.extend([0x81, 0x80, 0, 1, 0, u8::from(is_a), 0, 0, 0, 0]);
    answer.extend(question);
    if is_a {
        answer.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        answer.extend(address_of(&labels.join(".")).octets());
    }
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(greeting: &str, at: &str) -> (String, String, u16, String) {
        let contact = Contact::read(greeting.as_bytes(), at.parse().unwrap()).unwrap();
        (contact.to_string(), contact.host, contact.port, contact.path)
    }

    #[test]
    fn the_first_bytes_tell_whom_a_client_took_us_for() {
        for (greeting, at, by, host, port, path) in [
            (
                "GET http://a.example:8080/7 HTTP/1.1\r\n\r\n",
                "192.0.2.1:3128",
                "forward p1:3128",
                "a.example",
                8080,
                "/7",
            ),
            (
                "GET http://[2001:db8::1]/ HTTP/1.1\r\n\r\n",
                "192.0.2.1:80",
                "forward p1:80",
                "2001:db8::1",
                80,
                "/",
            ),
            (
                "CONNECT a.example:443 HTTP/1.1\r\n\r\n",
                "192.0.2.2:3128",
                "tunnel p2:3128",
                "a.example",
                443,
                "",
            ),
            (
                "CONNECT 2001:db8::1:443 HTTP/1.1\r\n\r\n",
                "192.0.2.2:3128",
                "tunnel p2:3128",
                "2001:db8::1",
                443,
                "",
            ),
            ("GET /7 HTTP/1.1\r\nhost: a.example\r\n\r\n", "192.0.2.80:80", "direct", "a.example", 80, "/7"),
            ("GET /7 HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "[::1]:8080", "direct", "::1", 8080, "/7"),
            ("\u{5}\u{1}", "192.0.2.3:1080", "socks p3:1080", "", 1080, ""),
            ("\u{16}\u{3}", "192.0.2.3:443", "tls p3:443", "192.0.2.3", 443, ""),
            ("\u{16}\u{3}", "198.51.100.7:443", "direct", "198.51.100.7", 443, ""),
        ] {
            assert_eq!(seen(greeting, at), (by.into(), host.into(), port, path.into()), "{greeting:?}");
        }
        assert_eq!(Contact::read(b"", "192.0.2.3:443".parse().unwrap()), None);
    }

    #[test]
    fn requests_of_socks() {
        for (request, host) in [
            (&b"\x05\x01\0\x01\xc0\0\x02\x07\x01\xbb"[..], "192.0.2.7"),
            (b"\x05\x01\0\x03\x09a.example\x01\xbb", "a.example"),
            (b"\x05\x01\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x01\xbb", "::1"),
        ] {
            assert_eq!(socks5(request), Some((host.into(), 443)));
            for end in 0..request.len() {
                assert_eq!(socks5(&request[..end]), None);
            }
        }
        for (request, host) in [
            (&b"\x04\x01\x01\xbb\xc0\0\x02\x07\0"[..], "192.0.2.7"),
            (b"\x04\x01\x01\xbb\0\0\0\x01me\0a.example\0", "a.example"),
        ] {
            assert_eq!(socks4(request), Some((host.into(), 443)));
            for end in 0..request.len() {
                assert_eq!(socks4(&request[..end]), None);
            }
        }
    }

    #[test]
    fn names_have_an_address_and_nothing_else() {
        let mut query =
            b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x02p4\x04test\x00\x00\x01\x00\x01".to_vec();
        let full = answer(&query).unwrap();
        assert!(
            full.starts_with(b"\x12\x34\x81\x80\x00\x01\x00\x01") && full.ends_with(&[192, 0, 2, 4]),
            "{full:?}"
        );
        let type_at = query.len() - 3;
        query[type_at] = 28;
        assert_eq!(answer(&query).unwrap()[7], 0);
        for end in 0..query.len() {
            assert_eq!(answer(&query[..end]), None);
        }
    }
}
