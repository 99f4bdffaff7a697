//! Chains that end in the roots of a pin class: for whom that is right, and until when.

use std::time::Duration;

use probe_core::catalog::roots::PinClass::{self, Microsoft, Public};
use probe_core::diagnose::Verdict;
use probe_core::diagnose::judge::chain_verdict;
use probe_core::probe::tls::{Anchor, Chain, Dates};
use probe_core::probe::transport::{Hop, Transport as _};
use probe_tui::net::chain;
use probe_tui::net::class_roots::ClassRoot;
use probe_tui::net::trust::{Roots, Trust, TrustSources};
use rcgen::{DistinguishedName, DnType, DnValue};
use rustls_pki_types::{CertificateDer, UnixTime};

use crate::certificates::{
    Authority, Der, authority_params, fixture, issuer_at, key, params, root, root_of, timestamps, trust,
};
use crate::chains::{GOOD, NOW, UNKNOWN, facts_of};
use crate::peers::{HOST, Server, client, drain, serve};

/// Trust by the built-in rules, with one root of class Microsoft in place of the real ones.
fn by_class(public: &[&Authority], class: &Authority, machine: &[&Authority]) -> Trust {
    let roots = |authorities: &[&Authority]| {
        Roots::from_certificates(&authorities.iter().map(|root| root.der.clone()).collect::<Vec<_>>())
    };
    let class = ClassRoot::from_certificate(Microsoft, &class.der).expect("a root");
    Trust::by_class(roots(public), vec![class], roots(machine))
}

fn verdict(sent: &[Der], trust: &Trust, class: PinClass) -> Option<Verdict> {
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
    let peer = chain::read(sent, "host.example", now, trust.for_class(class));
    chain_verdict(&peer.chain.expect("certificates were sent"), &peer)
}

/// A root whose validity is that of these years.
fn root_until(name: &str, years: (i32, i32)) -> Authority {
    root_of(authority_params(name, years))
}

#[test]
fn a_class_root_is_right_for_its_class_on_any_machine() {
    let own = root("Own");
    let middle = own.intermediate("Issuing 1");
    let leaf = middle.leaf();
    for sent in [vec![&leaf.der, &middle.der], vec![&leaf.der, &middle.der, &own.der]] {
        for machine in [vec![], vec![&own]] {
            assert_eq!(facts_of(&sent, &by_class(&[], &own, &machine), Microsoft), GOOD);
        }
    }
    // The public roots are right for every class.
    let public = root("Public");
    let trust = by_class(&[&public], &own, &[]);
    for class in [Public, Microsoft] {
        assert_eq!(facts_of(&[&public.leaf().der], &trust, class), GOOD);
    }
}

#[test]
fn for_another_class_it_is_untrusted_unless_the_machine_trusts_it_and_never_an_interception() {
    let own = root("Own");
    let mut params = authority_params("Issuing 1", (2010, 2080));
    // Microsoft's authorities say where they can be fetched; nothing is missing all the same.
    params.custom_extensions.push(issuer_at("http://certificates.public.example/1.crt"));
    let middle = own.intermediate_of(params, key());
    let leaf = middle.leaf();
    let nobody = by_class(&[], &own, &[]);
    let trusting = by_class(&[], &own, &[&own]);
    for sent in [vec![&leaf.der, &middle.der], vec![&leaf.der, &middle.der, &own.der]] {
        assert_eq!(facts_of(&sent, &nobody, Public), UNKNOWN);
        assert_eq!(facts_of(&sent, &trusting, Public), GOOD);
        let sent: Vec<Der> = sent.into_iter().cloned().collect();
        assert_eq!(verdict(&sent, &nobody, Public), Some(Verdict::TlsUntrusted));
        assert_eq!(verdict(&sent, &trusting, Public), None);
        assert_eq!(verdict(&sent, &nobody, Microsoft), None);
    }
}

#[test]
fn the_roots_of_a_user_are_law_for_every_class() {
    let (own, public) = (root("Own"), root("Public"));
    let leaf = own.leaf();
    for class in [Public, Microsoft] {
        let named = facts_of(&[&leaf.der], &trust(&[&public], &[&own]), class);
        assert_eq!(named, Chain { anchor: Anchor::MachineOnly, ..GOOD });
        assert_eq!(facts_of(&[&leaf.der], &trust(&[&own], &[]), class), GOOD);
    }
    // No real root of a class stands beside those of a file.
    let file = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/net/fixtures/root_rsa.pem").into());
    let sources = TrustSources { service_roots: file.clone(), local_roots: file };
    let real = fixture!("microsoft_root_2011");
    let anchor = |sources| facts_of(&[&real], &Trust::load(&sources).expect("a root"), Microsoft).anchor;
    assert_eq!(anchor(sources.clone()), Anchor::Unknown);
    assert_eq!(anchor(TrustSources { service_roots: None, ..sources }), Anchor::Service);
}

#[test]
fn a_root_that_only_bears_the_name_is_somebody_elses() {
    let mut forged = authority_params("", (2000, 2090));
    let mut name = DistinguishedName::new();
    let printable = |text: &str| DnValue::PrintableString(text.try_into().expect("printable"));
    name.push(DnType::CountryName, printable("US"));
    name.push(DnType::StateOrProvinceName, printable("Washington"));
    name.push(DnType::LocalityName, printable("Redmond"));
    name.push(DnType::OrganizationName, printable("Microsoft Corporation"));
    name.push(DnType::CommonName, printable("Microsoft Root Certificate Authority 2011"));
    forged.distinguished_name = name;
    let forged = root_of(forged);
    let real = fixture!("microsoft_root_2011");
    let subject = |der: &CertificateDer<'_>| {
        webpki::anchor_from_trusted_cert(der).expect("a root").subject.as_ref().to_vec()
    };
    assert_eq!(subject(&forged.der), subject(&real), "the forgery is perfect but for the key");

    let (leaf, machine) = (forged.leaf(), || Roots::from_certificates([&forged.der]));
    let mut middle = authority_params("Microsoft Update Secure Server CA 2.1", (2010, 2080));
    middle
        .custom_extensions
        .push(issuer_at("http://www.microsoft.com/pki/certs/MicRooCerAut2011_2011_03_22.crt"));
    let middle = forged.intermediate_of(middle, key());
    let short = [leaf.der.clone()];
    let long = [middle.leaf().der, middle.der.clone()];
    for class in [Public, Microsoft] {
        for sent in [&short[..], &long[..]] {
            let trusted = Trust::built_in(machine());
            assert_eq!(verdict(sent, &trusted, class), Some(Verdict::InspectedTrusted));
            // Not trusted, and nothing shows who it is.
            let nobody = Trust::built_in(Roots::default());
            assert_eq!(verdict(sent, &nobody, class), Some(Verdict::TlsUntrusted));
            // The sender's own root, which is none of Microsoft's, shows it.
            let with_root: Vec<Der> = sent.iter().chain([&forged.der]).cloned().collect();
            assert_eq!(verdict(&with_root, &nobody, class), Some(Verdict::TlsIntercepted));
        }
    }
}

#[test]
fn a_class_root_that_is_over_makes_no_chain_verify() {
    let over = root_until("Own 2001", (2001, 2021));
    let leaf = over.leaf();
    let expired = Chain { dates: Dates::Expired, ..GOOD };
    let nobody = by_class(&[], &over, &[]);
    assert_eq!(facts_of(&[&leaf.der], &nobody, Microsoft), expired);
    assert_eq!(nobody.notes().len(), 1);
    assert!(nobody.notes()[0].contains("Own 2001") && nobody.notes()[0].contains("2021-01-01"));
    assert_eq!(verdict(std::slice::from_ref(&leaf.der), &nobody, Microsoft), Some(Verdict::TlsExpired));
    // Where a machine trusts it still, it is no inspector's, and as much over.
    let trusting = by_class(&[], &over, &[&over]);
    for class in [Public, Microsoft] {
        assert_eq!(facts_of(&[&leaf.der], &trusting, class), expired);
    }
    assert_eq!(verdict(&[leaf.der], &nobody, Public), Some(Verdict::TlsUntrusted));
    // Other dates are told as those of a root that has not begun.
    let future = root_until("Own 2040", (2040, 2060));
    let found = facts_of(&[&future.leaf().der], &by_class(&[], &future, &[]), Microsoft);
    assert_eq!(found, Chain { dates: Dates::NotYetValid, ..GOOD });
}

#[test]
fn another_path_is_better_than_one_to_a_root_that_is_over() {
    let (over, public) = (root_until("Own 2001", (2001, 2021)), root("Public"));
    // One authority, which both have signed.
    let params = authority_params("Issuing 1", (2010, 2080));
    let pair = rcgen::KeyPair::try_from(key().serialize_der()).expect("a key");
    let copy = rcgen::KeyPair::try_from(pair.serialize_der()).expect("the same key");
    let by_over = over.intermediate_of(params.clone(), pair);
    let by_public = public.intermediate_of(params, copy);
    let leaf = by_over.leaf();
    for sent in [[&leaf.der, &by_over.der, &by_public.der], [&leaf.der, &by_public.der, &by_over.der]] {
        let listed = by_class(&[&public], &over, &[]);
        assert_eq!(facts_of(&sent, &listed, Microsoft), GOOD);
        // Even where only the machine trusts it: the chain verifies for the clients here.
        let known = by_class(&[], &over, &[&public]);
        let named = Chain { anchor: Anchor::MachineOnly, ..GOOD };
        assert_eq!(facts_of(&sent, &known, Microsoft), named);
        assert!(listed.notes().is_empty() && known.notes().is_empty());
    }
}

#[test]
fn a_root_that_nears_its_end_is_noted_once_a_chain_ends_in_it() {
    // 2026-11-20 is 42 days before.
    let soon = root_until("Own 2026", (2001, 2027));
    let trust = by_class(&[], &soon, &[]);
    assert!(trust.notes().is_empty());
    assert_eq!(facts_of(&[&root("Other").leaf().der], &trust, Microsoft), UNKNOWN);
    assert!(trust.notes().is_empty());
    assert_eq!(facts_of(&[&soon.leaf().der], &trust, Microsoft), GOOD);
    assert_eq!(facts_of(&[&soon.leaf().der], &trust, Microsoft), GOOD);
    assert_eq!(trust.notes().len(), 1, "each root once");
    assert!(trust.notes()[0].contains("is valid until 2027-01-01 only"));
}

#[test]
fn facts_hold_until_the_root_is_over() {
    let own = root_until("Own", (2015, 2030));
    let sent = [own.leaf().der];
    let trust = by_class(&[], &own, &[]);
    let trust = trust.for_class(Microsoft);
    let at = |second| UnixTime::since_unix_epoch(Duration::from_secs(second));
    let (from, until) = chain::unchanged(&sent, at(NOW), trust);
    // The leaf begins in 2020; the root ends at the beginning of 2030.
    assert_eq!((from, until), (1_577_836_800, 1_893_456_001));
    let dates = |second: i64| {
        let second = u64::try_from(second).expect("after 1970");
        chain::read(&sent, "host.example", at(second), trust).chain.expect("facts").dates
    };
    assert_eq!([until - 1, until].map(dates), [Dates::Valid, Dates::Expired]);
}

#[test]
fn who_is_in_public_logs_was_not_re_signed_by_a_class_root_either() {
    let own = root("Own");
    let mut params = params("host.example", (2020, 2070), &["host.example"]);
    params.custom_extensions.push(timestamps());
    let leaf = own.leaf_of(&params);
    assert_eq!(facts_of(&[&leaf.der], &by_class(&[], &own, &[]), Microsoft), GOOD);
    assert_eq!(facts_of(&[&leaf.der], &by_class(&[], &own, &[]), Public), UNKNOWN);
}

#[tokio::test]
async fn the_class_is_the_origins_and_no_proxys() {
    let own = root("Own");
    let leaf = own.leaf();
    let patience = Duration::from_secs(5);
    // One client for all: what it remembers of the chain for one class must not answer for another.
    let client = client(by_class(&[], &own, &[]), patience, patience);
    for (class, hop, anchor) in [
        (Microsoft, Hop::Origin, Anchor::Service),
        (Public, Hop::Origin, Anchor::Unknown),
        (Microsoft, Hop::Origin, Anchor::Service),
        (Microsoft, Hop::Proxy, Anchor::Unknown),
    ] {
        let server = Server::new(&leaf, &[]);
        let address = serve(move |stream| {
            let mut tls = server.start(stream);
            let _ = tls.conn.complete_io(&mut tls.sock);
            drain(tls.sock);
        });
        let mut connection = client.connection(address.port(), class);
        connection.connect(address.ip(), address.port()).await.expect("somebody listens");
        let report = connection.start_tls(HOST, hop, &[]).await;
        assert_eq!(report.peer.chain.expect("certificates were sent").anchor, anchor, "{class:?} {hop:?}");
    }
}

/// What real roots have signed ends in the built-in ones: the keys are the right ones, and nobody's machine is asked.
#[test]
fn certificates_that_microsofts_roots_have_signed_end_in_them() {
    let nobody = Trust::built_in(Roots::default());
    for signed in [
        fixture!("microsoft_update_secure_server_ca_2_1"),
        fixture!("microsoft_ecc_update_secure_server_ca_2_1"),
        fixture!("microsoft_root_2011"),
    ] {
        let anchor = |class| facts_of(&[&signed], &nobody, class).anchor;
        assert_eq!((anchor(Microsoft), anchor(Public)), (Anchor::Service, Anchor::Unknown));
    }
    // This one a public root has signed, whoever asks.
    let bridge = fixture!("microsoft_tls_rsa_root_g2_by_digicert");
    for class in [Microsoft, Public] {
        assert_eq!(facts_of(&[&bridge], &nobody, class).anchor, Anchor::Service);
    }
    assert!(nobody.notes().is_empty());
    let over = fixture!("microsoft_root_2001");
    let facts = facts_of(&[&over], &nobody, Microsoft);
    assert_eq!((facts.anchor, facts.dates), (Anchor::Service, Dates::Expired));
    assert!(
        nobody.notes()[0]
            .contains("Microsoft Root Certificate Authority, whose validity was over on 2021-05-09")
    );
}
