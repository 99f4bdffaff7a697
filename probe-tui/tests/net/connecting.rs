//! Addresses and sockets: what fails before a byte is spoken, and how long it may take.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use probe_core::catalog::roots::PinClass;
use probe_core::probe::transport::{Hop, How, Transport};
use probe_tui::net::{Answer, Client, Config, Connection, Deadlines, Overrides};

use crate::certificates::trust;
use crate::peers::{LOOPBACK, Silent, assert_took, client, connected, drain, hasty, how, patient, serve};

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(5);

fn with(overrides: Overrides, connect: Duration) -> Client {
    let deadlines = Deadlines { connect, total: LONG };
    Client::new(Config { trust: Arc::new(trust(&[], &[])), overrides, deadlines })
}

/// A port of loopback on which nobody listens.
fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address")
}

#[tokio::test]
async fn refused() {
    let closed = closed_port();
    let mut connection = patient().connection(closed.port(), PinClass::Public);
    assert_eq!(how(connection.connect(closed.ip(), closed.port()).await), How::Refused);
    let open = serve(drain);
    connection.connect(open.ip(), open.port()).await.expect("after a failure the next address is tried");
}

#[tokio::test]
async fn silence_ends_with_the_time_for_connecting() {
    let Some(silent) = Silent::new(Ipv4Addr::LOCALHOST) else { return eprint_skip() };
    let begun = Instant::now();
    let mut connection =
        client(trust(&[], &[]), SHORT, LONG).connection(silent.address.port(), PinClass::Public);
    assert_eq!(how(connection.connect(LOOPBACK, silent.address.port()).await), How::TimedOut);
    assert_took(begun, SHORT);
}

#[tokio::test]
async fn silence_ends_with_the_attempt_where_that_is_shorter() {
    let Some(silent) = Silent::new(Ipv4Addr::LOCALHOST) else { return eprint_skip() };
    let begun = Instant::now();
    let mut connection =
        client(trust(&[], &[]), LONG, SHORT).connection(silent.address.port(), PinClass::Public);
    assert_eq!(how(connection.connect(LOOPBACK, silent.address.port()).await), How::TimedOut);
    assert_took(begun, SHORT);
}

#[tokio::test]
async fn silent_addresses_share_the_time_and_leave_some_for_the_last() {
    let (Some(first), Some(second)) = (Silent::new(Ipv4Addr::LOCALHOST), Silent::new(Ipv4Addr::LOCALHOST))
    else {
        return eprint_skip();
    };
    let open = serve(drain);
    let mut overrides = Overrides::new();
    overrides.set("a.example", 443, Answer::Sockets(vec![first.address, second.address, open]));
    let begun = Instant::now();
    let mut connection = with(overrides, 3 * SHORT).connection(443, PinClass::Public);
    let addresses = connection.resolve("a.example").await.expect("addresses");
    assert_eq!(how(connection.connect(addresses[0], 443).await), How::TimedOut);
    assert_took(begun, SHORT);
    assert_eq!(how(connection.connect(addresses[1], 443).await), How::TimedOut);
    assert_took(begun, 2 * SHORT);
    connection.connect(addresses[2], 443).await.expect("the last one has its share");
}

#[expect(clippy::print_stderr, reason = "what is skipped is said aloud")]
fn eprint_skip() {
    eprintln!("skipped: this system answers connections beyond a full queue");
}

#[tokio::test]
async fn overrides_answer_for_the_port_of_the_first_hop() {
    let open = serve(drain);
    let mut overrides = Overrides::new();
    overrides.set("a.example", 443, Answer::Sockets(vec![open]));
    overrides.set("b.example", 443, Answer::NotFound);
    overrides.set("c.example", 443, Answer::ServerFailed(2));
    overrides.set("d.example", 443, Answer::Silent);
    let sinkhole: IpAddr = "0.0.0.0".parse().expect("an address");
    overrides.set("e.example", 443, Answer::Addresses(vec![sinkhole]));
    let client = with(overrides, SHORT);

    let mut connection = client.connection(443, PinClass::Public);
    let addresses = connection.resolve("A.example").await.expect("addresses");
    connection.connect(addresses[0], 443).await.expect("it goes to the socket, not to port 443");
    assert_eq!(client.overrides().socket(addresses[0]), Some(open));

    assert_eq!(how(client.connection(443, PinClass::Public).resolve("b.example").await), How::NameNotFound);
    assert_eq!(
        how(client.connection(443, PinClass::Public).resolve("c.example").await),
        How::NameServerFailed(Some(2))
    );
    assert_eq!(
        client.connection(443, PinClass::Public).resolve("e.example").await.as_deref(),
        Ok(&[sinkhole][..])
    );
    let begun = Instant::now();
    assert_eq!(how(client.connection(443, PinClass::Public).resolve("d.example").await), How::TimedOut);
    assert_took(begun, SHORT);
}

#[tokio::test]
async fn only_stand_ins_are_translated() {
    let open = serve(drain);
    let real: IpAddr = "198.18.0.0".parse().expect("an address");
    let mut overrides = Overrides::new();
    overrides.set("a.example", 443, Answer::Sockets(vec![open]));
    overrides.pin("b.example", 443, &[real]);
    let mut connection = with(overrides, SHORT).connection(443, PinClass::Public);
    let stand_in = connection.resolve("a.example").await.expect("addresses")[0];
    assert_eq!(stand_in, real, "else this tests nothing");
    // Where a name was pinned to the address itself, it leads there, and not to the socket of another name.
    let translated = |connection: &Connection, address| connection.destination(address, 443);
    assert_eq!(translated(&connection, stand_in), open);
    assert_eq!(connection.resolve("b.example").await.as_deref(), Ok(&[real][..]));
    assert_eq!(translated(&connection, real), SocketAddr::new(real, 443));
}

#[tokio::test]
async fn what_this_machine_says_at_once_is_told_from_what_comes_later() {
    // The address of all hosts on a network takes no connections: the system says so by itself, without a packet.
    let broadcast: IpAddr = "255.255.255.255".parse().expect("an address");
    let begun = Instant::now();
    let refused = patient().connection(443, PinClass::Public).connect(broadcast, 443).await;
    assert!(matches!(how(refused), How::Unreachable | How::Forbidden));
    assert!(begun.elapsed() < SHORT);
}

#[tokio::test]
async fn the_system_knows_localhost() {
    let addresses = patient()
        .connection(443, PinClass::Public)
        .resolve("localhost")
        .await
        .expect("every machine knows it");
    assert!(addresses.iter().all(IpAddr::is_loopback), "{addresses:?}");
}

#[tokio::test]
async fn reading_and_writing_end_with_the_attempt() {
    let address = serve(drain);
    let begun = Instant::now();
    let mut connection = connected(&hasty(SHORT), address).await;
    assert_eq!(how(connection.read(&mut [0; 16]).await), How::TimedOut);
    assert_took(begun, SHORT);
    assert!(matches!(how(connection.read(&mut [0; 16]).await), How::NotSupported(_)), "it is closed now");

    // A peer that does not read: its buffers fill up.
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let address = serve(move |_stream| {
        let _ = receiver.recv_timeout(LONG);
    });
    let begun = Instant::now();
    let mut connection = connected(&hasty(SHORT), address).await;
    assert_eq!(how(connection.write_all(&vec![0; 64 << 20]).await), How::TimedOut);
    assert_took(begun, SHORT);
    drop(sender);
}

#[tokio::test]
async fn a_drop_every_now_and_then_does_not_prolong_an_attempt() {
    use std::io::Write as _;
    let address = serve(|mut stream| {
        while stream.write_all(b".").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let begun = Instant::now();
    let mut connection = connected(&hasty(SHORT), address).await;
    let failure = loop {
        match connection.read(&mut [0; 16]).await {
            Ok(count) => assert!(count > 0),
            Err(failure) => break failure,
        }
    };
    assert_eq!(failure.how, How::TimedOut);
    assert!(failure.received > 3 && failure.first_bytes().starts_with(b"..."), "{failure:?}");
    assert_took(begun, SHORT);
}

#[tokio::test]
async fn an_end_and_a_reset_while_reading() {
    let mut connection = connected(&patient(), serve(drop)).await;
    assert_eq!(connection.read(&mut [0; 16]).await, Ok(0));
    // Often enough for the reset to come before and after the runtime knows that the connection is open.
    for _ in 0..100 {
        let mut connection = connected(&patient(), serve(crate::peers::reset)).await;
        assert_eq!(how(connection.read(&mut [0; 16]).await), How::Reset);
    }
}

#[tokio::test]
async fn nothing_is_said_before_a_connection_is_open() {
    let mut connection = patient().connection(443, PinClass::Public);
    assert!(matches!(how(connection.write_all(b"x").await), How::NotSupported(_)));
    assert!(matches!(how(connection.read(&mut [0; 16]).await), How::NotSupported(_)));
    let report = connection.start_tls("a.example", Hop::Origin, &[]).await;
    assert!(matches!(how(report.result), How::NotSupported(_)));
}

/// Attempts run as tasks of a runtime with several threads.
#[test]
fn futures_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    fn all(connection: &mut Connection) {
        is_send(&connection.resolve("a.example"));
        is_send(&connection.connect(LOOPBACK, 443));
        is_send(&connection.start_tls("a.example", Hop::Origin, &[]));
        is_send(&connection.write_all(&[]));
        is_send(&connection.read(&mut []));
    }
    let _ = all;
}
