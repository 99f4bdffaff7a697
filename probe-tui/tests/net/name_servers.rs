//! Our own question to the name servers, and what becomes of their answers.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use probe_core::probe::transport::How;
use probe_tui::net::query::{Cause, cause};
use simple_dns::rdata::{A, RData};
use simple_dns::{CLASS, Packet, PacketFlag, QTYPE, RCODE, ResourceRecord, TYPE};

use crate::peers::assert_took;

const SHORT: Duration = Duration::from_millis(400);

/// A name server that answers every question with what `answer` makes of it.
fn server(answer: impl Fn(Packet<'_>) -> Option<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    socket.set_read_timeout(Some(Duration::from_secs(2))).expect("a time-out");
    let address = socket.local_addr().expect("an address");
    thread::spawn(move || {
        let mut space = [0; 600];
        while let Ok((count, from)) = socket.recv_from(&mut space) {
            let question = Packet::parse(&space[..count]).expect("a question");
            assert!(question.has_flags(PacketFlag::RECURSION_DESIRED));
            if let Some(bytes) = answer(question) {
                let _ = socket.send_to(&bytes, from);
            }
        }
    });
    address
}

fn reply(question: Packet<'_>, code: RCODE) -> Packet<'_> {
    let mut reply = question.into_reply();
    *reply.rcode_mut() = code;
    reply
}

fn coded(code: RCODE) -> SocketAddr {
    server(move |question| reply(question, code).build_bytes_vec().ok())
}

fn silent() -> SocketAddr {
    server(|_| None)
}

async fn ask(servers: &[SocketAddr]) -> Cause {
    cause(&["a.example".to_owned()], servers, tokio::time::Instant::now() + SHORT).await
}

#[tokio::test]
async fn codes() {
    assert_eq!(ask(&[coded(RCODE::NameError)]).await, Cause::NotFound);
    assert_eq!(ask(&[coded(RCODE::NoError)]).await, Cause::NotFound, "a name without addresses");
    assert_eq!(ask(&[coded(RCODE::ServerFailure)]).await, Cause::Failed(Some(2)));
    assert_eq!(ask(&[coded(RCODE::Refused)]).await, Cause::Failed(Some(5)));
    assert_eq!(Cause::Failed(Some(5)).how(), How::NameServerFailed(Some(5)));
    assert_eq!((Cause::NotFound.how(), Cause::Silent.how()), (How::NameNotFound, How::TimedOut));
}

#[tokio::test]
async fn a_name_with_addresses_that_the_system_did_not_find() {
    let address = server(|question| {
        let name = question.questions[0].qname.clone();
        let is_a = question.questions[0].qtype == QTYPE::TYPE(TYPE::A);
        let mut reply = reply(question, RCODE::NoError);
        if is_a {
            reply.answers.push(ResourceRecord::new(
                name,
                CLASS::IN,
                10,
                RData::A(A { address: 0x0A00_0001 }),
            ));
        }
        reply.build_bytes_vec().ok()
    });
    assert_eq!(ask(&[address]).await, Cause::HasAddresses);
    assert_eq!(Cause::HasAddresses.how(), How::NameServerFailed(None));
}

/// What becomes of two names with a server that answers each with its own code, or not at all.
async fn ask_for_both(first: Option<RCODE>, second: Option<RCODE>) -> Cause {
    let server = server(move |question| {
        let is_first = question.questions[0].qname.to_string() == "proxy.corp.example";
        let code = if is_first { first } else { second };
        code.and_then(|code| reply(question, code).build_bytes_vec().ok())
    });
    let names = ["proxy.corp.example".to_owned(), "proxy".to_owned()];
    cause(&names, &[server], tokio::time::Instant::now() + SHORT).await
}

#[tokio::test]
async fn a_failure_for_one_name_outranks_the_absence_of_another() {
    let (absent, failed, refused) =
        (Some(RCODE::NameError), Some(RCODE::ServerFailure), Some(RCODE::Refused));
    assert_eq!(ask_for_both(absent, absent).await, Cause::NotFound);
    assert_eq!(ask_for_both(failed, absent).await, Cause::Failed(Some(2)));
    assert_eq!(ask_for_both(absent, refused).await, Cause::Failed(Some(5)));
    assert_eq!(ask_for_both(refused, failed).await, Cause::Failed(Some(5)), "the first of them");
    assert_eq!(ask_for_both(None, absent).await, Cause::Silent);
    assert_eq!(ask_for_both(absent, None).await, Cause::Silent);
    assert_eq!(ask_for_both(failed, None).await, Cause::Failed(Some(2)));
}

#[tokio::test]
async fn silence() {
    let begun = Instant::now();
    assert_eq!(ask(&[silent(), silent()]).await, Cause::Silent);
    assert_took(begun, SHORT);
}

#[tokio::test]
async fn the_next_server_is_asked() {
    assert_eq!(ask(&[silent(), coded(RCODE::NameError)]).await, Cause::NotFound);
    assert_eq!(ask(&[coded(RCODE::ServerFailure), coded(RCODE::NameError)]).await, Cause::NotFound);
    assert_eq!(ask(&[coded(RCODE::Refused), silent()]).await, Cause::Failed(Some(5)));
}

#[tokio::test]
async fn nobody_is_asked_after_an_answer() {
    let (sender, receiver) = mpsc::channel();
    let second = server(move |_| {
        let _ = sender.send(());
        None
    });
    assert_eq!(ask(&[coded(RCODE::NameError), second]).await, Cause::NotFound);
    assert!(receiver.recv_timeout(Duration::from_millis(50)).is_err(), "nobody may ask here");
}

#[tokio::test]
async fn one_family_without_addresses_says_nothing_of_the_other() {
    let half = |code: Option<RCODE>| {
        server(move |question| {
            let is_a = question.questions[0].qtype == QTYPE::TYPE(TYPE::A);
            let code = if is_a { Some(RCODE::NoError) } else { code };
            code.and_then(|code| reply(question, code).build_bytes_vec().ok())
        })
    };
    assert_eq!(ask(&[half(Some(RCODE::ServerFailure))]).await, Cause::Failed(Some(2)));
    assert_eq!(ask(&[half(None)]).await, Cause::Silent);
}

#[tokio::test]
async fn a_closed_port_is_no_silence() {
    let closed = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
    let begun = Instant::now();
    assert_eq!(ask(&[closed.expect("a free port")]).await, Cause::Failed(None));
    assert!(begun.elapsed() < SHORT);
}

#[tokio::test]
async fn answers_to_other_questions_are_no_answers() {
    let strange = server(|question| {
        let mut reply = reply(question, RCODE::NameError);
        reply.set_id(reply.id() ^ 0x5555);
        reply.build_bytes_vec().ok()
    });
    assert_eq!(ask(&[strange]).await, Cause::Silent, "another number: somebody guesses");
    let other = server(|question| {
        let mut reply = reply(question, RCODE::NameError);
        reply.questions[0].qname = simple_dns::Name::new_unchecked("b.example");
        reply.build_bytes_vec().ok()
    });
    assert_eq!(ask(&[other]).await, Cause::Failed(None), "the right number and a wrong question: broken");
    let cut = server(|question| {
        let mut bytes = reply(question, RCODE::NameError).build_bytes_vec().ok()?;
        bytes.truncate(14);
        Some(bytes)
    });
    assert_eq!(ask(&[cut]).await, Cause::Failed(None));
}

#[tokio::test]
async fn an_answer_from_elsewhere_is_not_heard() {
    // The question goes to a server that passes it on to another socket, which answers in its place.
    let elsewhere = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    socket.set_read_timeout(Some(Duration::from_secs(2))).expect("a time-out");
    let address = socket.local_addr().expect("an address");
    thread::spawn(move || {
        let mut space = [0; 600];
        while let Ok((count, from)) = socket.recv_from(&mut space) {
            let question = Packet::parse(&space[..count]).expect("a question");
            let bytes = reply(question, RCODE::NameError).build_bytes_vec().expect("an answer");
            let _ = elsewhere.send_to(&bytes, from);
        }
    });
    assert_eq!(ask(&[address]).await, Cause::Silent);
}

#[tokio::test]
async fn a_name_that_cannot_be_asked_for() {
    let label = "x".repeat(64);
    assert_eq!(cause(&[label], &[], tokio::time::Instant::now() + SHORT).await, Cause::NotFound);
}
