//! A chain as a peer sends it: certificates, each behind two bytes of length. What cannot be read is no fact, and no panic.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use probe_core::catalog::roots::PinClass;
use probe_core::probe::tls::Anchor;
use probe_fuzz::assert_harmless;
use probe_tui::net::chain;
use probe_tui::net::trust::{Roots, Trust};
use rustls_pki_types::{CertificateDer, UnixTime};

/// The root that the seeds end in is trusted by the machine; no service uses it.
static TRUST: LazyLock<Trust> = LazyLock::new(|| {
    let root = CertificateDer::from(&include_bytes!("../root.der")[..]);
    Trust::of(Roots::from_certificates([]), Roots::from_certificates([&root]))
});

/// A moment of January 2027, within the validity of most seeds.
const NOW: u64 = 1_800_000_001;

fuzz_target!(|data: &[u8]| {
    let mut sent = Vec::new();
    let mut rest = data;
    while let Some((length, tail)) = rest.split_first_chunk() {
        let (certificate, tail) = tail.split_at(tail.len().min(u16::from_be_bytes(*length).into()));
        sent.push(CertificateDer::from(certificate));
        rest = tail;
    }
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
    let trust = TRUST.for_class(PinClass::Public);
    let peer = chain::read(&sent, "a.example", now, trust);
    for text in [peer.subject.as_str(), peer.issuer.as_str(), peer.last_issuer.as_str()] {
        assert_harmless(text);
    }
    assert_eq!(peer.chain.is_some(), !sent.is_empty());
    assert!(peer.chain.is_none_or(|facts| facts.anchor != Anchor::Service), "no service has a root here");
    let (from, until) = chain::unchanged(&sent, now, trust);
    let now = i64::try_from(NOW).expect("it fits");
    assert!(from <= now && now < until);
});
