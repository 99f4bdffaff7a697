//! TLS: what is seen of a peer that behaves, and how each kind of failure is told apart.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use probe_core::probe::tls::{Anchor, Dates, TlsVersion};
use probe_core::probe::transport::{Alert, Hop, How, Transport as _};
use rustls::SignatureScheme;
use rustls::version::{TLS12, TLS13};

use crate::certificates::{Leaf, comment, fixture, key, params, root, trust, version_1};
use crate::peers::{
    HOST, Server, assert_took, client, connected, drain, failure, handshake, hasty, how, patient,
    read_record, reset, serve,
};

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(5);

/// Answers a request over TLS, and says goodbye.
fn answer(server: Server) -> impl FnOnce(TcpStream) + Send + 'static {
    move |stream| {
        let mut tls = server.start(stream);
        let mut request = [0; 4];
        if tls.read_exact(&mut request).is_ok() {
            assert_eq!(&request, b"ping");
            let _ = tls.write_all(b"pong");
            tls.conn.send_close_notify();
            let _ = tls.flush();
            drain(tls.sock);
        }
    }
}

#[tokio::test]
async fn both_versions() {
    for (version, name) in [(&TLS13, TlsVersion::Tls13), (&TLS12, TlsVersion::Tls12)] {
        let root = root("Root");
        let middle = root.intermediate("Issuing 1");
        let server = Server::new(&middle.leaf(), &[&middle]).version(version);
        let client = client(trust(&[&root], &[]), LONG, LONG);
        let mut connection = connected(&client, serve(answer(server))).await;
        let report = connection.start_tls(HOST, Hop::Origin, &[]).await;
        assert_eq!(report.result, Ok(()));
        assert_eq!(report.peer.version, Some(name));
        assert!(!report.peer.asked_for_certificate);
        let chain = report.peer.chain.expect("certificates were sent");
        assert!(chain.verifies() && chain.anchor == Anchor::Service, "{chain:?}");
        connection.write_all(b"ping").await.expect("the peer reads");
        let mut space = [0; 16];
        assert_eq!(connection.read(&mut space).await, Ok(4));
        assert_eq!(&space[..4], b"pong");
        assert_eq!(connection.read(&mut space).await, Ok(0), "a farewell is an end");
    }
}

#[tokio::test]
async fn a_chain_that_does_not_verify_ends_no_handshake() {
    let leaf = root("Root").leaf_of(&params("other.example", (2020, 2021), &["other.example"]));
    let mut connection = connected(&patient(), serve(answer(Server::new(&leaf, &[])))).await;
    let report = connection.start_tls(HOST, Hop::Origin, &[]).await;
    assert_eq!(report.result, Ok(()));
    let chain = report.peer.chain.expect("certificates were sent");
    assert_eq!((chain.anchor, chain.name_matches, chain.dates), (Anchor::Unknown, false, Dates::Expired));
    assert_eq!(report.peer.issuer.as_str(), "CN=Root, O=\"Example, Inc.\"");
}

#[tokio::test]
async fn the_same_chain_is_read_alike_again() {
    let root = root("Root");
    let (leaf, other) = (root.leaf(), root.leaf());
    let client = client(trust(&[&root], &[]), LONG, LONG);
    let mut seen = Vec::new();
    for (leaf, host) in [(&leaf, HOST), (&leaf, HOST), (&other, HOST), (&leaf, "other.example")] {
        let mut connection = connected(&client, serve(answer(Server::new(leaf, &[])))).await;
        seen.push(connection.start_tls(host, Hop::Origin, &[]).await.peer);
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0].chain_sha256, seen[2].chain_sha256);
    assert!(seen[2].chain.is_some_and(|chain| chain.verifies()));
    assert!(seen[3].chain.is_some_and(|chain| !chain.name_matches), "the host is part of what was asked");
}

#[tokio::test]
async fn a_certificate_of_version_1_is_seen_for_what_it_is() {
    for version in [&TLS13, &TLS12] {
        let server = Server::new(&version_1(HOST), &[]).version(version);
        let report = handshake(&patient(), answer(server)).await;
        assert_eq!(report.result, Ok(()));
        assert!(report.peer.chain.is_some_and(|chain| chain.self_signed));
    }
}

#[tokio::test]
async fn who_does_not_hold_the_key_proves_nothing() {
    for version in [&TLS13, &TLS12] {
        let root = root("Root");
        let stolen = Leaf { der: root.leaf().der, key: key() };
        let client = client(trust(&[&root], &[]), LONG, LONG);
        let report = handshake(&client, answer(Server::new(&stolen, &[]).version(version))).await;
        assert_eq!(how(report.result), How::TlsBroken);
        assert!(report.peer.chain.is_some(), "what was shown is kept");
    }
}

#[tokio::test]
async fn a_key_that_this_build_cannot_check_is_no_fault_of_the_peer() {
    for version in [&TLS13, &TLS12] {
        for (certificate, scheme) in [
            (fixture!("leaf_rsa1024"), SignatureScheme::RSA_PSS_SHA256),
            (fixture!("leaf_p521"), SignatureScheme::ECDSA_NISTP521_SHA512),
        ] {
            let server = Server::with_nonsense(certificate, scheme).version(version);
            let report = handshake(&patient(), answer(server)).await;
            let expected = How::NotSupported("a certificate key that this build cannot check");
            assert_eq!(how(report.result), expected, "{scheme:?} {version:?}");
            assert!(report.peer.chain.is_some_and(|chain| chain.name_matches), "what was shown is kept");
        }
        // A key that can be checked, and a signature that is not its own.
        let server = Server::with_nonsense(fixture!("root_rsa"), SignatureScheme::RSA_PSS_SHA256);
        assert_eq!(how(handshake(&patient(), answer(server.version(version))).await.result), How::TlsBroken);
    }
}

#[tokio::test]
async fn a_certificate_that_is_none() {
    for version in [&TLS13, &TLS12] {
        let server = Server::any().certificates(&[b"garbage".to_vec().into()]).version(version);
        let report = handshake(&patient(), answer(server)).await;
        assert_eq!(how(report.result), How::TlsBroken);
        assert!(report.peer.chain.is_some_and(|chain| !chain.verifies()));
        assert_eq!(report.peer.certificates, 1);
    }
}

#[tokio::test]
async fn more_certificates_than_this_build_takes_in() {
    let root = root("Root");
    let leaf = root.leaf();
    let mut long = params("long", (2020, 2070), &[]);
    long.custom_extensions.push(comment(8 * 1024));
    let mut certificates = vec![leaf.der.clone()];
    certificates.extend((0..10).map(|_| root.leaf_of(&long).der));
    let server = Server::new(&leaf, &[]).certificates(&certificates);
    let report = handshake(&patient(), answer(server.clone())).await;
    assert!(matches!(how(report.result), How::NotSupported(_)), "never a fact about the network");
    let shorter = server.certificates(&certificates[..6]);
    assert_eq!(handshake(&patient(), answer(shorter)).await.result, Ok(()));
}

#[tokio::test]
async fn silent_stalled_reset_ended() {
    let begun = Instant::now();
    let silent = failure(&hasty(SHORT), drain).await;
    assert_eq!((silent.how, silent.received), (How::TimedOut, 0));
    assert_took(begun, SHORT);

    // The beginning of a record that never comes whole.
    let piece = b"\x16\x03\x03\x00\x7A\x02\x00\x00\x76\x03\x03";
    let begun = Instant::now();
    let stalled = failure(&hasty(SHORT), |mut stream| {
        stream.write_all(piece).expect("the client reads");
        drain(stream);
    })
    .await;
    assert_eq!((stalled.how, stalled.received, stalled.first_bytes()), (How::TimedOut, 11, &piece[..8]));
    assert_took(begun, SHORT);

    let cut = failure(&patient(), reset).await;
    assert_eq!((cut.how, cut.received), (How::Reset, 0));
    let ended = failure(&patient(), drop).await;
    assert_eq!((ended.how, ended.received), (How::Ended, 0));

    let midway = failure(&patient(), |mut stream| {
        stream.write_all(piece).expect("the client reads");
        // What was sent has to arrive before the reset throws it away.
        std::thread::sleep(Duration::from_millis(100));
        reset(stream);
    })
    .await;
    assert_eq!((midway.how, midway.received), (How::Reset, 11));
    let ended = failure(&patient(), |mut stream| stream.write_all(piece).expect("the client reads")).await;
    assert_eq!((ended.how, ended.received), (How::Ended, 11));
}

#[tokio::test]
async fn a_drip_that_never_becomes_a_handshake() {
    let begun = Instant::now();
    let dripped = failure(&hasty(SHORT), |mut stream| {
        for byte in b"\x16\x03\x03\x3F\xFF\x02".iter().chain(std::iter::repeat(&0)) {
            if stream.write_all(&[*byte]).is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    })
    .await;
    assert_eq!(dripped.how, How::TimedOut);
    assert!(dripped.received > 3);
    assert_took(begun, SHORT);
}

/// How a handshake fails where the first message is answered with these bytes.
async fn answered_with(bytes: &'static [u8]) -> probe_core::probe::transport::Failure {
    failure(&hasty(SHORT), move |mut stream| {
        stream.write_all(bytes).expect("the client reads");
        drain(stream);
    })
    .await
}

#[tokio::test]
async fn not_tls() {
    for bytes in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\0\0\0\0\0\0\0\0",
        b"\x16\x02\x00\x00\x01\x00",
        b"\x05\x00",
        b"<",
    ] {
        let failure = answered_with(bytes).await;
        assert_eq!(failure.how, How::NotTls, "{bytes:?}");
        assert_eq!(failure.first_bytes(), &bytes[..bytes.len().min(8)]);
    }
}

#[tokio::test]
async fn alerts() {
    for code in [40, 70, 112, 80, 255] {
        let bytes: &'static [u8] = Box::leak(Box::new([0x15, 3, 3, 0, 2, 2, code]));
        assert_eq!(answered_with(bytes).await.how, How::Alert(Alert(code)));
    }
}

#[tokio::test]
async fn a_version_that_was_not_offered() {
    // A ServerHello of TLS 1.1 and of TLS 1.0: version, random, no session, a suite of theirs, no compression.
    for minor in [1, 2] {
        let mut hello = vec![0x16, 3, minor, 0, 42, 2, 0, 0, 38, 3, minor];
        hello.extend([7; 32]);
        hello.extend([0, 0x00, 0x2F, 0]);
        assert_eq!(answered_with(Box::leak(hello.into_boxed_slice())).await.how, How::NoCommonVersion);
    }
}

#[tokio::test]
async fn tls_that_breaks_the_protocol() {
    for bytes in [
        &b"\x16\x03\x03\x00\x05\xFF\xFF\xFF\xFF\xFF"[..],
        b"\x17\x03\x03\x00\x05hello",
        b"\x16\x03\x03\xFF\xFF",
        b"\x16\x03\x03\x00\x04\x02\x00\x00\x00",
    ] {
        assert_eq!(answered_with(bytes).await.how, How::TlsBroken, "{bytes:?}");
    }
}

#[tokio::test]
async fn a_first_message_as_small_as_the_judged_clients() {
    let hello_to = async |name: &'static str| {
        let (sender, receiver) = mpsc::channel();
        let address = serve(move |mut stream| {
            let _ = sender.send(read_record(&mut stream));
            reset(stream);
        });
        connected(&patient(), address)
            .await
            .start_tls(name, Hop::Origin, &[])
            .await
            .result
            .expect_err("reset");
        receiver.recv_timeout(LONG).expect("a first message")
    };
    let holds = |hello: &[u8], part: &[u8]| hello.windows(part.len()).any(|window| window == part);
    let hello = hello_to("host.example.").await;
    assert!(hello.len() < 400, "{} bytes: no room for a post-quantum share", hello.len());
    assert!(holds(&hello, b"\0\x0Chost.example"), "SNI, without the root's dot");
    assert!(holds(&hello, b"\x08http/1.1"), "ALPN");
    assert!(holds(&hello, &[0, 10, 0, 8, 0, 6, 0, 29, 0, 23, 0, 24]), "X25519, P-256, P-384");
    let hello = hello_to("127.0.0.1").await;
    assert!(!holds(&hello, b"127.0.0.1"), "no SNI for an address");
}

#[tokio::test]
async fn early_bytes_come_first() {
    let address = serve(|mut stream| {
        read_record(&mut stream);
        stream.write_all(&[3, 0, 2, 2, 40]).expect("the client reads");
        drain(stream);
    });
    let report = connected(&patient(), address).await.start_tls(HOST, Hop::Origin, &[0x15, 3]).await;
    let failure = report.result.expect_err("an alert");
    assert_eq!((failure.how, failure.received), (How::Alert(Alert(40)), 7));

    let early = b"HTTP/1.1 200 OK\r\n\r\n<html>";
    let report = connected(&patient(), serve(drain)).await.start_tls(HOST, Hop::Origin, early).await;
    let failure = report.result.expect_err("not TLS");
    assert_eq!((failure.how, failure.first_bytes()), (How::NotTls, &early[..8]));
}

#[tokio::test]
async fn a_name_that_is_none() {
    let report = connected(&patient(), serve(drain)).await.start_tls("a b", Hop::Origin, &[]).await;
    assert!(matches!(how(report.result), How::NotSupported(_)));
    let report = handshake(&patient(), answer(Server::any())).await;
    assert_eq!(report.result, Ok(()));
    let mut connection = connected(&patient(), serve(answer(Server::any()))).await;
    assert_eq!(connection.start_tls("under_score.example", Hop::Origin, &[]).await.result, Ok(()));
}

#[tokio::test]
async fn a_client_certificate_is_asked_for_in_tls_1_2() {
    let server = Server::any().version(&TLS12).requires_client_certificate();
    let report = handshake(&patient(), answer(server)).await;
    // A server may name it as it likes: TLS 1.2 has no alert of its own for this.
    assert!(matches!(report.result, Err(failure) if matches!(failure.how, How::Alert(_))), "{report:?}");
    assert!(report.peer.asked_for_certificate);
    assert!(report.peer.chain.is_some());
    assert_eq!(report.peer.version, Some(TlsVersion::Tls12));
}

#[tokio::test]
async fn a_client_certificate_is_asked_for_in_tls_1_3() {
    // The refusal comes after the handshake: to who reads, and to who writes first.
    for writes in [false, true] {
        let server = Server::any().version(&TLS13).requires_client_certificate();
        let mut connection = connected(&patient(), serve(answer(server))).await;
        let report = connection.start_tls(HOST, Hop::Origin, &[]).await;
        assert_eq!(report.result, Ok(()));
        assert!(report.peer.asked_for_certificate);
        if writes && let Err(failure) = connection.write_all(b"ping").await {
            assert_eq!(failure.how, How::Alert(Alert(116)));
            continue;
        }
        assert_eq!(how(connection.read(&mut [0; 16]).await), How::Alert(Alert(116)));
    }
}

#[tokio::test]
async fn a_refusal_is_heard_by_who_goes_on_writing() {
    // The peer refuses, closes and is gone before anything is written: only the alert in the queue tells why.
    let server = Server::any().version(&TLS13).requires_client_certificate();
    let address = serve(move |stream| {
        let mut tls = server.start(stream);
        let _ = tls.read(&mut [0; 16]);
    });
    let mut connection = connected(&patient(), address).await;
    assert_eq!(connection.start_tls(HOST, Hop::Origin, &[]).await.result, Ok(()));
    tokio::time::sleep(Duration::from_millis(100)).await;
    let failure = loop {
        if let Err(failure) = connection.write_all(b"ping").await {
            break failure;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(failure.how, How::Alert(Alert(116)));
}

#[tokio::test]
async fn an_end_without_a_farewell_and_a_reset_behind_a_handshake() {
    for (cut, how) in [(false, Ok(0)), (true, Err(How::Reset))] {
        let server = Server::any();
        let address = serve(move |stream| {
            let mut tls = server.start(stream);
            tls.read_exact(&mut [0; 4]).expect("a request");
            if cut {
                reset(tls.sock);
            }
        });
        let mut connection = connected(&patient(), address).await;
        assert_eq!(connection.start_tls(HOST, Hop::Origin, &[]).await.result, Ok(()));
        connection.write_all(b"ping").await.expect("the peer reads");
        assert_eq!(connection.read(&mut [0; 16]).await.map_err(|failure| failure.how), how);
    }
}
