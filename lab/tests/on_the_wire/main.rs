//! Each fault does on the wire what it says: a plain client meets every scene, and the evidence of its verdict is there.

mod client;
mod evidence;

use std::time::Duration;

use probe_lab::{Fault, Lab, NOT_SHOWN, Pace};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Scenes met at the same time: few enough that a busy machine does not look like a silent peer.
const AT_ONCE: usize = 24;

/// The verdicts of the contract that an attempt can end in.
const VERDICTS: &[&str] = &[
    "reachable",
    "inspected_trusted",
    "not_configured",
    "setting_malformed",
    "pac_unreachable",
    "pac_failed",
    "wpad_absent",
    "not_measured",
    "name_not_found",
    "name_server_failed",
    "name_server_silent",
    "name_sinkholed",
    "connect_refused",
    "connect_silent",
    "connect_unreachable",
    "connect_forbidden_locally",
    "proxy_tls_failed",
    "proxy_not_http",
    "proxy_closed",
    "proxy_silent",
    "proxy_malformed",
    "proxy_auth_required",
    "proxy_auth_rejected",
    "proxy_denied",
    "proxy_connect_unsupported",
    "proxy_rate_limited",
    "proxy_redirected",
    "proxy_name_not_found",
    "proxy_upstream_refused",
    "proxy_upstream_silent",
    "proxy_upstream_unreachable",
    "proxy_upstream_failed",
    "proxy_fault",
    "tunnel_not_transparent",
    "tls_reset_after_hello",
    "tls_silent",
    "tls_stalled",
    "tls_not_tls",
    "tls_version_unsupported",
    "tls_handshake_refused",
    "tls_intercepted",
    "tls_untrusted",
    "tls_self_signed",
    "tls_missing_intermediate",
    "tls_name_mismatch",
    "tls_expired",
    "tls_not_yet_valid",
    "tls_revoked",
    "tls_client_certificate_required",
    "http_closed",
    "http_silent",
    "http_malformed",
    "http_unexpected_status",
    "http_unexpected_body",
    "http_redirected_elsewhere",
    "block_page",
    "service_fault",
];

#[test]
fn every_verdict_is_shown_or_has_its_reason() {
    for verdict in VERDICTS {
        let shown = Fault::ALL.iter().any(|fault| fault.verdict() == *verdict);
        let excused = NOT_SHOWN.iter().any(|(id, reason)| id == verdict && !reason.is_empty());
        assert!(shown != excused, "{verdict}: shown {shown}, excused {excused}");
    }
    for verdict in Fault::ALL.iter().map(|fault| fault.verdict()).chain(NOT_SHOWN.iter().map(|(id, _)| *id)) {
        assert!(VERDICTS.contains(&verdict), "{verdict} is not in the contract");
    }
}

async fn meet_all(pace: Pace) {
    let lab = Lab::start().await.expect("a lab");
    let faults: Vec<_> = Fault::ALL.iter().copied().filter(|fault| fault.works_here()).collect();
    let mut wrong = Vec::new();
    for faults in faults.chunks(AT_ONCE) {
        let mut walks = JoinSet::new();
        for &fault in faults {
            let scene = lab.scene_at(fault, pace).await.expect("a scene");
            let names = lab.names();
            walks.spawn(async move {
                let seen = client::walk(&scene, &names).await;
                if evidence::holds(&scene, &seen) { None } else { Some(format!("{}: {seen:?}", fault.id())) }
            });
        }
        wrong.extend(walks.join_all().await.into_iter().flatten());
    }
    assert!(wrong.is_empty(), "{} scenes do not show what they say:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn every_fault_shows_on_the_wire() {
    timeout(Duration::from_mins(1), meet_all(Pace::AtOnce)).await.expect("bounded time");
}

#[tokio::test]
async fn every_fault_shows_byte_by_byte() {
    timeout(Duration::from_secs(90), meet_all(Pace::Drip)).await.expect("bounded time");
}

#[tokio::test]
async fn dripping_bytes_come_apart() {
    let lab = Lab::start().await.expect("a lab");
    let mut reads = Vec::new();
    for pace in [Pace::AtOnce, Pace::Drip] {
        let scene = lab.scene_at(Fault::ProxyDeniedSquid, pace).await.expect("a scene");
        let proxy = client::walk(&scene, &lab.names()).await.proxy.expect("an answer");
        reads.push((proxy.reads, proxy.bytes.len()));
    }
    assert_eq!(reads[0].1, reads[1].1, "the same answer at both paces");
    assert!(reads[0].0 <= 2, "{reads:?}");
    assert!(reads[1].0 > reads[1].1 / 4, "{reads:?}");
}
