//! TLS inside TLS, and streams that come in the smallest pieces.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use probe_core::probe::transport::{Alert, Hop, How, Transport as _};
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConnection, StreamOwned};

use crate::certificates::{root, trust};
use crate::peers::{HOST, Server, assert_took, client, connected, drain, hasty, how, patient, serve};

const LONG: Duration = Duration::from_secs(5);

/// Serves one request over TLS.
fn origin(server: Server) -> SocketAddr {
    serve(move |stream| {
        let mut tls = server.start(stream);
        let mut request = [0; 4];
        if tls.read_exact(&mut request).is_ok() {
            let _ = tls.write_all(&vec![b'x'; 40_000]);
            tls.conn.send_close_notify();
            let _ = tls.flush();
            let _ = tls.sock.read(&mut [0; 16]);
        }
    })
}

/// An https proxy that opens a tunnel and carries what comes, until either side ends.
fn proxy(server: Server, to: SocketAddr) -> SocketAddr {
    serve(move |stream| {
        let mut tls = server.start(stream);
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if tls.read_exact(&mut byte).is_err() {
                return;
            }
            head.push(byte[0]);
        }
        assert!(head.starts_with(b"CONNECT host.example:443 HTTP/1.1\r\n"));
        let origin = TcpStream::connect(to).expect("the origin listens");
        tls.write_all(b"HTTP/1.1 200 OK\r\n\r\n").expect("the client reads");
        carry(&mut tls, origin);
    })
}

/// Carries bytes both ways in one thread, by short turns.
fn carry(tls: &mut StreamOwned<ServerConnection, TcpStream>, mut origin: TcpStream) {
    let turn = Some(Duration::from_millis(5));
    tls.sock.set_read_timeout(turn).expect("a time-out");
    origin.set_read_timeout(turn).expect("a time-out");
    let mut space = [0; 4096];
    let is_turn = |error: &std::io::Error| {
        matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
    };
    let begun = Instant::now();
    while begun.elapsed() < LONG {
        match tls.read(&mut space) {
            Ok(0) => return,
            Ok(count) => origin.write_all(&space[..count]).expect("the origin reads"),
            Err(error) if is_turn(&error) => {}
            Err(_) => return,
        }
        match origin.read(&mut space) {
            Ok(0) => {
                tls.conn.send_close_notify();
                let _ = tls.flush();
                return;
            }
            Ok(count) => tls.write_all(&space[..count]).expect("the client reads"),
            Err(error) if is_turn(&error) => {}
            Err(_) => return,
        }
    }
}

async fn read_all(connection: &mut probe_tui::net::Connection) -> Result<usize, How> {
    let mut total = 0;
    let mut space = [0; 777];
    loop {
        match connection.read(&mut space).await {
            Ok(0) => return Ok(total),
            Ok(count) => {
                assert!(space[..count].iter().all(|byte| *byte == b'x'));
                total += count;
            }
            Err(failure) => return Err(failure.how),
        }
    }
}

const CONNECT: &[u8] = b"CONNECT host.example:443 HTTP/1.1\r\nHost: host.example:443\r\n\r\n";

/// Opens a tunnel through an https proxy, up to the origin's TLS.
async fn tunnel(client: &probe_tui::net::Client, proxy: SocketAddr) -> probe_tui::net::Connection {
    let mut connection = connected(client, proxy).await;
    let report = connection.start_tls("proxy.example", Hop::Proxy, &[]).await;
    assert_eq!(report.result, Ok(()));
    connection.write_all(CONNECT).await.expect("the proxy reads");
    let mut head = [0; 64];
    let count = connection.read(&mut head).await.expect("an answer");
    assert_eq!(&head[..count], b"HTTP/1.1 200 OK\r\n\r\n");
    connection
}

#[tokio::test]
async fn tls_inside_the_tls_of_a_proxy() {
    for (outer, inner) in [(&TLS13, &TLS13), (&TLS12, &TLS13), (&TLS13, &TLS12)] {
        let (public, corporate) = (root("Public"), root("Corporate"));
        let origin = origin(Server::new(&public.leaf(), &[]).version(inner));
        let proxy = proxy(Server::new(&corporate.leaf(), &[]).version(outer), origin);
        let client = client(trust(&[&public], &[&corporate]), LONG, LONG);
        let mut connection = tunnel(&client, proxy).await;
        let report = connection.start_tls(HOST, Hop::Origin, &[]).await;
        assert_eq!(report.result, Ok(()));
        assert!(report.peer.chain.is_some_and(|chain| chain.verifies()));
        assert_eq!(report.peer.issuer.as_str(), "CN=Public, O=\"Example, Inc.\"");
        connection.write_all(b"ping").await.expect("the origin reads");
        assert_eq!(read_all(&mut connection).await, Ok(40_000));
    }
}

#[tokio::test]
async fn what_fails_inside_a_proxy_is_counted_inside() {
    let plain = serve(|mut stream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = stream.read(&mut [0; 1024]);
    });
    let mut connection = tunnel(&patient(), proxy(Server::any(), plain)).await;
    let failure = connection.start_tls(HOST, Hop::Origin, &[]).await.result.expect_err("not TLS");
    assert_eq!((failure.how, failure.first_bytes()), (How::NotTls, &b"HTTP/1.1"[..]));

    let silent = serve(drain);
    let begun = Instant::now();
    let mut connection = tunnel(&hasty(Duration::from_millis(400)), proxy(Server::any(), silent)).await;
    let failure = connection.start_tls(HOST, Hop::Origin, &[]).await.result.expect_err("silence");
    assert_eq!((failure.how, failure.received), (How::TimedOut, 0));
    assert_took(begun, Duration::from_millis(400));

    let ended = serve(|mut stream| drop(stream.read(&mut [0; 1024])));
    let mut connection = tunnel(&patient(), proxy(Server::any(), ended)).await;
    let failure = connection.start_tls(HOST, Hop::Origin, &[]).await.result.expect_err("an end");
    assert!(matches!(failure.how, How::Ended | How::Reset) && failure.received == 0, "{failure:?}");
}

#[tokio::test]
async fn an_alert_of_the_proxy_is_not_the_origins() {
    // The proxy's own TLS breaks off in the middle of the origin's handshake.
    let server = Server::any();
    let address = serve(move |stream| {
        let mut tls = server.start(stream);
        let _ = tls.read(&mut [0; 1024]);
        tls.write_all(b"HTTP/1.1 200 OK\r\n\r\n").expect("the client reads");
        let _ = tls.read(&mut [0; 1024]);
        // A record that nobody can decrypt, and which both sides must take for an attack.
        let _ = tls.sock.write_all(b"\x17\x03\x03\x00\x20________________________________");
        let _ = tls.sock.read(&mut [0; 1024]);
    });
    let mut connection = tunnel(&patient(), address).await;
    let failure = connection.start_tls(HOST, Hop::Origin, &[]).await.result.expect_err("broken");
    assert_eq!((failure.how, failure.received), (How::Reset, 0));
}

#[tokio::test]
async fn a_proxy_that_wants_a_client_certificate() {
    let server = Server::any().version(&TLS13).requires_client_certificate();
    let address = serve(move |stream| {
        let mut tls = server.start(stream);
        let _ = tls.read(&mut [0; 16]);
    });
    let mut connection = connected(&patient(), address).await;
    let report = connection.start_tls("proxy.example", Hop::Proxy, &[]).await;
    assert!(report.result.is_ok() && report.peer.asked_for_certificate);
    assert_eq!(how(connection.read(&mut [0; 16]).await), How::Alert(Alert(116)));
}

/// Carries bytes both ways, one at a time.
fn dripping(to: SocketAddr) -> SocketAddr {
    serve(move |client| {
        let origin = TcpStream::connect(to).expect("the origin listens");
        let (from, onto) = (client.try_clone().expect("a handle"), origin.try_clone().expect("a handle"));
        client.set_nodelay(true).expect("an option");
        let up = thread::spawn(move || drip(from, onto));
        drip(origin, client);
        let _ = up.join();
    })
}

fn drip(mut from: TcpStream, mut onto: TcpStream) {
    let mut space = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut space) {
        for byte in &space[..count] {
            if onto.write_all(&[*byte]).is_err() {
                return;
            }
        }
    }
    let _ = onto.shutdown(std::net::Shutdown::Write);
}

#[tokio::test]
async fn one_byte_at_a_time_is_the_same() {
    for version in [&TLS13, &TLS12] {
        let root = root("Root");
        let middle = root.intermediate("Issuing 1");
        let origin = origin(Server::new(&middle.leaf(), &[&middle]).version(version));
        let client = client(trust(&[&root], &[]), LONG, LONG);
        let mut connection = connected(&client, dripping(origin)).await;
        let report = connection.start_tls(HOST, Hop::Origin, &[]).await;
        assert_eq!(report.result, Ok(()));
        assert!(report.peer.chain.is_some_and(|chain| chain.verifies()));
        connection.write_all(b"ping").await.expect("the origin reads");
        assert_eq!(read_all(&mut connection).await, Ok(40_000));
    }
}
