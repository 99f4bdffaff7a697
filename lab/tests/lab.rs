//! The lab as a whole: its tour, its files, its end.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::Duration;

use probe_lab::{Fault, Lab, NameAnswer, Pace};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What an address says to a request, up to its end or to a pause of half a second.
async fn answer(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut bytes = Vec::new();
    let _ = timeout(Duration::from_millis(500), stream.read_to_end(&mut bytes)).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn the_tour_teaches_what_it_says() {
    let lab = Lab::start().await.expect("a lab");
    let tour = lab.tour().await.expect("a tour");
    assert_eq!(tour.targets.len(), 20);
    assert_eq!(tour.list().lines().count(), 20);
    let through: BTreeSet<_> = tour.targets.iter().map(|target| target.through_proxy).collect();
    for verdict in [
        "reachable",
        "inspected_trusted",
        "proxy_denied",
        "proxy_name_not_found",
        "proxy_upstream_refused",
        "proxy_redirected",
        "proxy_auth_required",
        "block_page",
    ] {
        assert!(through.contains(verdict), "{verdict}");
    }
    let address = tour.proxy.strip_prefix("http://").expect("an http proxy");
    for target in &tour.targets {
        let host = target.url.split('/').nth(2).expect("a host");
        let request = if target.url.starts_with("https:") {
            format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n")
        } else {
            format!("GET {} HTTP/1.1\r\nHost: {host}\r\n\r\n", target.url)
        };
        let said = answer(address, &request).await;
        let begins = match target.through_proxy {
            "reachable" | "inspected_trusted" => "HTTP/1.1 200 ",
            "proxy_denied" | "block_page" => "HTTP/1.1 403 ",
            "proxy_auth_required" => "HTTP/1.1 407 ",
            "proxy_redirected" => "HTTP/1.1 302 ",
            _ => "HTTP/1.1 503 ",
        };
        assert!(said.starts_with(begins), "{}: {said}", target.url);
        match target.through_proxy {
            "proxy_name_not_found" => assert!(said.contains("X-Squid-Error: ERR_DNS_FAIL 0"), "{said}"),
            "proxy_upstream_refused" => {
                assert!(said.contains("X-Squid-Error: ERR_CONNECT_FAIL 111"), "{said}");
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn the_direct_network_of_the_tour_lets_little_through() {
    let lab = Lab::start().await.expect("a lab");
    let tour = lab.tour().await.expect("a tour");
    let names = lab.names();
    for target in &tour.targets {
        let host = target.url.split('/').nth(2).expect("a host");
        let port = if target.url.starts_with("https:") { 443 } else { 80 };
        let found = names.iter().find(|(key, _)| *key == (host.to_owned(), port));
        let found = &found.expect("a name").1;
        if target.direct == "name_not_found" {
            assert_eq!(*found, NameAnswer::NotFound);
            continue;
        }
        let NameAnswer::Addresses(addresses) = found else { panic!("{host}: {found:?}") };
        let said = answer(&addresses[0].to_string(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        match target.direct {
            "tls_reset_after_hello" | "tls_silent" | "http_silent" => assert_eq!(said, "", "{host}"),
            "http_redirected_elsewhere" => {
                assert!(said.contains("\r\nLocation: http://login."), "{host}: {said}");
            }
            // TLS, which does not like this request.
            "reachable" if port == 443 => assert!(said.starts_with('\u{15}'), "{host}: {said:?}"),
            "reachable" => assert!(said.starts_with("HTTP/1.1 200 "), "{host}: {said}"),
            other => panic!("{host}: {other} is not looked at here"),
        }
    }
}

#[tokio::test]
async fn dropping_the_lab_ends_everything() {
    let lab = Lab::start().await.expect("a lab");
    let scene = lab.scene(Fault::ProxySilent).await.expect("a scene");
    let address = scene.proxy.expect("a proxy").replace("http://", "");
    let mut open = TcpStream::connect(&address).await.expect("a connection");
    open.write_all(b"CONNECT a.example:443 HTTP/1.1\r\n\r\n").await.expect("a request");
    drop(lab);
    let end = timeout(Duration::from_secs(5), open.read(&mut [0; 16])).await.expect("an end");
    assert!(matches!(end, Ok(0)) || end.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    assert!(TcpStream::connect(&address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_scene_is_set_up_once() {
    let lab = Lab::start().await.expect("a lab");
    let first = lab.scene(Fault::ReachableConnect).await.expect("a scene");
    let listeners = lab.addresses();
    assert_eq!(listeners.len(), 2, "a proxy and an origin");
    assert!(listeners.iter().all(|listener| listener.address.ip().is_loopback()));
    let again = lab.scene(Fault::ReachableConnect).await.expect("a scene");
    assert_eq!(first.proxy, again.proxy);
    assert_eq!(lab.addresses(), listeners);
    let dripping = lab.scene_at(Fault::ReachableConnect, Pace::Drip).await.expect("a scene");
    assert_ne!(first.url, dripping.url);
}

#[tokio::test]
async fn people_are_told_what_to_type() {
    let lab = Lab::start().await.expect("a lab");
    let directory = tempfile::tempdir().expect("a directory");
    let files = lab.write_pem(&directory.path().join("new")).expect("files");
    assert_eq!(files.len(), 6);
    for file in &files {
        let text = std::fs::read_to_string(file).expect("a file");
        assert!(text.starts_with("-----BEGIN CERTIFICATE-----"), "{}", file.display());
        assert!(!text.contains("PRIVATE KEY"), "{}", file.display());
    }
    let tour = lab.tour().await.expect("a tour");
    for fault in [Fault::TlsExpired, Fault::ProxyDeniedSquid, Fault::NameNotFound, Fault::ReachableHttpsProxy]
    {
        lab.scene(fault).await.expect("a scene");
    }
    let lines = lab.describe(directory.path()).await.join("\n");
    assert!(lines.contains(&format!("-x {}", tour.proxy)), "{lines}");
    assert!(lines.contains("machine-trust.pem"), "{lines}");
    assert!(lines.contains("--resolve tls-expired.eu.endpoint.security.microsoft.com:"), "{lines}");
    assert!(lines.contains("--proxy-cacert"), "{lines}");
    assert!(lines.contains("name service only"), "{lines}");
}

#[tokio::test]
async fn credentials_do_not_show() {
    let lab = Lab::start().await.expect("a lab");
    let scene = lab.scene(Fault::ProxyAuthRejected).await.expect("a scene");
    let password = scene.credentials.clone().expect("credentials").password;
    assert!(!format!("{scene:?}").contains(&password));
}
