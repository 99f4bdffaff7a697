//! Every fault of the lab, met over real sockets and real TLS, at both paces: each must get its own verdict.
//!
//! Prints the matrix fault × verdict. What the lab shows is the whole of what loopback can show, so no attempt may end in
//! `not_measured`, and none in `proxy_fault` but the one that is meant to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use probe_core::catalog::roots::PinClass;
use probe_core::select::proxy::ProxyPorts;
use probe_core::select::{Proxy, Route};
use probe_core::target::{Quoted, Target};
use probe_core::{Attempt, limits};
use probe_lab::{Fault, Lab, NameAnswer, Pace, Scene};
use probe_tui::net::trust::Roots;
use probe_tui::net::{Answer, Client, Config, Deadlines, Overrides, Trust};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// Long enough for any honest answer on loopback, short enough for eight silent ones at once.
const DEADLINES: Deadlines =
    Deadlines { connect: Duration::from_millis(1500), total: Duration::from_millis(2500) };

fn overrides(lab: &Lab) -> Overrides {
    let mut overrides = Overrides::new();
    for ((host, port), answer) in lab.names() {
        let answer = match answer {
            NameAnswer::Addresses(sockets) => Answer::Sockets(sockets),
            NameAnswer::NotFound => Answer::NotFound,
            NameAnswer::ServerFailed => Answer::ServerFailed(2),
            NameAnswer::ServerSilent => Answer::Silent,
            NameAnswer::Sinkholed(address) => Answer::Addresses(vec![address]),
            other => panic!("a new kind of answer: {other:?}"),
        };
        overrides.set(&host, port, answer);
    }
    overrides
}

async fn meet(lab: &Lab, scene: &Scene) -> (Attempt, Duration) {
    let roots = |pem: &str| {
        let certificates = CertificateDer::pem_slice_iter(pem.as_bytes());
        let certificates = certificates.collect::<Result<Vec<_>, _>>().expect("the lab writes PEM");
        Roots::from_certificates(&certificates)
    };
    let trust = Arc::new(Trust::of(roots(&scene.service_roots_pem), roots(&scene.local_roots_pem)));
    let client = Client::new(Config { trust, overrides: overrides(lab), deadlines: DEADLINES });
    let mut target = Target::parse(&scene.url).expect("the lab's URLs are well-formed");
    target.expect.statuses = scene.expect.iter().copied().collect();
    target.expect.body = scene.body.as_deref().map(|body| Quoted::verbatim(body).expect("nothing to escape"));
    let address = scene.proxy.as_ref().map(|proxy| match &scene.credentials {
        None => proxy.clone(),
        Some(known) => proxy.replacen("://", &format!("://{}:{}@", known.user, known.password), 1),
    });
    let route = address.as_ref().map_or(Route::Direct, |address| {
        let proxy = Proxy::parse(address, ProxyPorts::Curl).expect("the lab's proxies are well-formed");
        Route::through(proxy, target.scheme)
    });
    let port = route.proxy().map_or(target.port, |proxy| proxy.port);
    let mut io = client.connection(port, PinClass::Public);
    let mut buffer = vec![0; limits::BUFFER_RECOMMENDED];
    let start = Instant::now();
    let attempt = probe_core::probe(&target, &route, &mut io, &mut buffer, &mut |_| ()).await;
    (attempt, start.elapsed())
}

#[tokio::test]
async fn every_fault_gets_its_verdict() {
    let lab = Arc::new(Lab::start().await.expect("the lab starts"));
    let mut scenes = Vec::new();
    for fault in Fault::ALL.iter().copied().filter(|fault| fault.works_here()) {
        for pace in [Pace::AtOnce, Pace::Drip] {
            scenes.push(lab.scene_at(fault, pace).await.expect("the scene can be set up"));
        }
    }
    let total = scenes.len();
    let mut wrong = Vec::new();
    // A few at once, because silence takes its time.
    for some in scenes.chunks(32) {
        let met = some.iter().map(|scene| {
            let (lab, scene) = (Arc::clone(&lab), scene.clone());
            tokio::spawn(async move {
                let (attempt, took) = meet(&lab, &scene).await;
                (scene, attempt, took)
            })
        });
        for task in met.collect::<Vec<_>>() {
            let (scene, attempt, took) = task.await.expect("no probe panics");
            let found = attempt.diagnosis.verdict.id();
            let mut lines = Vec::new();
            attempt.evidence_lines(&mut |line| lines.push(line.to_owned()));
            let decisive = lines.first().map_or("", String::as_str);
            println!("{:48} {:8} {found:32} {decisive}", scene.fault.id(), format!("{:?}", scene.pace));
            if found != scene.verdict {
                wrong.push(format!(
                    "{} ({:?}): {found} instead of {}: {lines:?}",
                    scene.fault.id(),
                    scene.pace,
                    scene.verdict
                ));
            }
            if took > DEADLINES.total + Duration::from_millis(500) {
                wrong.push(format!("{} ({:?}): took {took:?}", scene.fault.id(), scene.pace));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {total}:\n{}", wrong.len(), wrong.join("\n"));
}
