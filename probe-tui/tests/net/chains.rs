//! The facts of chains. A little over 500 lines: each fact is one small test, and a chain has many facts.

use std::time::Duration;

use probe_core::catalog::roots::PinClass;
use probe_core::probe::tls::{Anchor, Chain, Dates, TlsPeer};
use probe_tui::net::chain;
use probe_tui::net::trust::{ClassTrust, Roots, Trust};
use rcgen::{ExtendedKeyUsagePurpose, Issuer};
use rustls_pki_types::UnixTime;

use crate::certificates::{
    Der, Leaf, authority_params, comment, fixture, issuer_at, key, params, root, root_of, self_signed,
    timestamps, trust, unknown_critical, version_1,
};

/// 2026-11-20.
pub(crate) const NOW: u64 = 1_795_132_800;

fn peer(sent: &[&Der], host: &str, trust: &Trust) -> TlsPeer {
    peer_of(sent, host, trust.for_class(PinClass::Public))
}

fn peer_of(sent: &[&Der], host: &str, trust: ClassTrust<'_>) -> TlsPeer {
    let sent: Vec<Der> = sent.iter().map(|der| (*der).clone()).collect();
    chain::read(&sent, host, UnixTime::since_unix_epoch(Duration::from_secs(NOW)), trust)
}

pub(crate) fn facts(sent: &[&Der], trust: &Trust) -> Chain {
    facts_of(sent, trust, PinClass::Public)
}

/// The facts for a host of a class.
pub(crate) fn facts_of(sent: &[&Der], trust: &Trust, class: PinClass) -> Chain {
    peer_of(sent, "host.example", trust.for_class(class)).chain.expect("certificates were sent")
}

/// A chain that ends in the service's roots and with which nothing is wrong.
pub(crate) const GOOD: Chain = Chain {
    anchor: Anchor::Service,
    name_matches: true,
    dates: Dates::Valid,
    self_signed: false,
    own_root: false,
    issuer_missing: false,
    breaks_rules: false,
    revoked: false,
};
pub(crate) const UNKNOWN: Chain = Chain { anchor: Anchor::Unknown, ..GOOD };

#[test]
fn good() {
    let (root, machine) = (root("Root"), root("Machine"));
    let middle = root.intermediate("Issuing 1");
    let leaf = middle.leaf();
    let trust = trust(&[&root], &[&machine]);
    let peer = peer(&[&leaf.der, &middle.der], "host.example", &trust);
    assert_eq!(peer.chain, Some(GOOD));
    assert_eq!(peer.subject.as_str(), "CN=host.example, O=\"Example, Inc.\"");
    assert_eq!(peer.issuer.as_str(), "CN=Issuing 1, O=\"Example, Inc.\"");
    assert_eq!(peer.last_issuer.as_str(), "CN=Root, O=\"Example, Inc.\"");
    assert_eq!((peer.not_before, peer.not_after), (Some(1_577_836_800), Some(3_155_760_000)));
    assert_eq!(peer.certificates, 2);
    assert_eq!(peer.chain_sha256, Some(chain::digest(&[leaf.der.clone(), middle.der.clone()])));
    assert_eq!((peer.version, peer.asked_for_certificate), (None, false));
}

#[test]
fn no_certificates_no_facts() {
    assert_eq!(peer(&[], "host.example", &trust(&[], &[])), TlsPeer::default());
}

#[test]
fn the_root_sent_along_changes_nothing() {
    let root = root("Root");
    let middle = root.intermediate("Issuing 1");
    let leaf = middle.leaf();
    assert_eq!(facts(&[&leaf.der, &middle.der, &root.der], &trust(&[&root], &[])), GOOD);
}

#[test]
fn out_of_order_repeated_and_many() {
    let root = root("Root");
    let (upper, other) = (root.intermediate("Upper"), root.intermediate("Other"));
    let lower = upper.intermediate("Lower");
    let leaf = lower.leaf();
    let trust = trust(&[&root], &[]);
    assert_eq!(facts(&[&leaf.der, &root.der, &upper.der, &other.der, &lower.der], &trust), GOOD);
    let mut sent = vec![&leaf.der, &leaf.der, &lower.der, &lower.der];
    sent.extend(std::iter::repeat_n(&other.der, 40));
    sent.push(&upper.der);
    assert_eq!(facts(&sent, &trust), GOOD);
    assert_eq!(peer(&sent, "host.example", &trust).certificates, 45);
}

#[test]
fn forty_different_ones_cost_little() {
    let root = root("Root");
    let middle = root.intermediate("Issuing 1");
    let leaf = middle.leaf();
    // All bear the name of the issuer, none is it.
    let decoys: Vec<_> = (0..40).map(|_| root.intermediate("Issuing 1")).collect();
    let mut sent = vec![&leaf.der, &middle.der];
    sent.extend(decoys.iter().map(|decoy| &decoy.der));
    assert_eq!(facts(&sent, &trust(&[&root], &[])), GOOD);
    let begun = std::time::Instant::now();
    let strange = facts(&sent, &trust(&[], &[]));
    assert_eq!(strange.anchor, Anchor::Unknown);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
fn expired_leaf() {
    let root = root("Root");
    let middle = root.intermediate("Issuing 1");
    let leaf = middle.leaf_of(&params("host.example", (2020, 2021), &["host.example"]));
    let expected = Chain { dates: Dates::Expired, ..GOOD };
    assert_eq!(facts(&[&leaf.der, &middle.der], &trust(&[&root], &[])), expected);
}

#[test]
fn leaf_not_yet_valid() {
    let root = root("Root");
    let middle = root.intermediate("Issuing 1");
    let leaf = middle.leaf_of(&params("host.example", (2040, 2050), &["host.example"]));
    let expected = Chain { dates: Dates::NotYetValid, ..GOOD };
    assert_eq!(facts(&[&leaf.der, &middle.der], &trust(&[&root], &[])), expected);
}

#[test]
fn expired_intermediate() {
    let root = root("Root");
    let middle = root.intermediate_of(authority_params("Issuing 1", (2010, 2024)), key());
    let leaf = middle.leaf();
    let expected = Chain { dates: Dates::Expired, ..GOOD };
    assert_eq!(facts(&[&leaf.der, &middle.der], &trust(&[&root], &[])), expected);
}

#[test]
fn an_intermediate_that_was_over_before_the_leaf_began() {
    let root = root("Root");
    let middle = root.intermediate_of(authority_params("Issuing 1", (2010, 2015)), key());
    let leaf = middle.leaf();
    let sent = [&leaf.der, &middle.der];
    let expected = Chain { dates: Dates::Expired, ..GOOD };
    assert_eq!(facts(&sent, &trust(&[&root], &[])), expected);
    assert_eq!(facts(&sent, &trust(&[], &[&root])), Chain { anchor: Anchor::MachineOnly, ..expected });
    assert_eq!(facts(&sent, &trust(&[], &[])), Chain { anchor: Anchor::Unknown, ..expected });
}

#[test]
fn an_expired_extra_certificate_is_no_matter() {
    // The same key certified twice: the old cross-signature is over, the new one holds.
    let (root, old) = (root("Root"), root("Old root"));
    let cross = old.intermediate_of(authority_params("Issuing 1", (2010, 2021)), key());
    let mine = authority_params("Issuing 1", (2020, 2080));
    let again = mine.signed_by(cross.issuer.key(), &root.issuer).expect("a certificate").der().clone();
    let leaf = cross.leaf();
    for trusted in [trust(&[&root], &[]), trust(&[&root, &old], &[])] {
        assert_eq!(facts(&[&leaf.der, &cross.der, &again], &trusted), GOOD);
    }
}

#[test]
fn names() {
    let root = root("Root");
    let names = ["host.example", "*.wild.example", "127.0.0.1", "::1"];
    let leaf = root.leaf_of(&params("common.example", (2020, 2070), &names));
    let trust = trust(&[&root], &[]);
    let matches = |host: &str| {
        let facts = peer(&[&leaf.der], host, &trust).chain.expect("facts");
        assert_eq!(facts.anchor, Anchor::Service, "a name says nothing about the anchor");
        facts.name_matches
    };
    for host in ["host.example", "HOST.Example", "host.example.", "a.wild.example", "127.0.0.1", "::1"] {
        assert!(matches(host), "{host}");
    }
    for host in
        ["other.example", "common.example", "wild.example", "a.b.wild.example", "127.0.0.2", "::2", "", "a b"]
    {
        assert!(!matches(host), "{host}");
    }
}

#[test]
fn a_common_name_alone_names_nobody() {
    let root = root("Root");
    let leaf = root.leaf_of(&params("host.example", (2020, 2070), &[]));
    let expected = Chain { name_matches: false, ..GOOD };
    assert_eq!(facts(&[&leaf.der], &trust(&[&root], &[])), expected);
}

#[test]
fn an_empty_subject_is_replaced_by_the_first_name() {
    let root = root("Root");
    let leaf = root.leaf_of(&params("", (2020, 2070), &["first.example", "second.example"]));
    let peer = peer(&[&leaf.der], "first.example", &trust(&[&root], &[]));
    assert_eq!(peer.subject.as_str(), "first.example");
    let leaf = root.leaf_of(&params("", (2020, 2070), &["10.1.2.3"]));
    assert_eq!(self::peer(&[&leaf.der], "x", &trust(&[], &[])).subject.as_str(), "10.1.2.3");
}

#[test]
fn names_from_a_certificate_cannot_steer_a_terminal() {
    let leaf = self_signed(&params("\u{1b}[31mred\u{202E}", (2020, 2070), &[]));
    let peer = peer(&[&leaf.der], "x", &trust(&[], &[]));
    assert_eq!(peer.subject.as_str(), "CN=\u{FFFD}[31mred\u{FFFD}, O=\"Example, Inc.\"");
}

#[test]
fn self_signed_alone() {
    let leaf = self_signed(&params("host.example", (2020, 2070), &["host.example"]));
    let expected = Chain { self_signed: true, ..UNKNOWN };
    assert_eq!(facts(&[&leaf.der], &trust(&[], &[])), expected);
    assert_eq!(facts(&[&leaf.der, &leaf.der], &trust(&[], &[])), expected, "repeated");
    let expired = self_signed(&params("host.example", (2020, 2021), &["host.example"]));
    assert_eq!(facts(&[&expired.der], &trust(&[], &[])), Chain { dates: Dates::Expired, ..expected });
}

#[test]
fn self_signed_and_known_to_this_machine() {
    // One that may not issue and one that may: either can have been put into the store.
    let authority = root_of({
        let mut params = authority_params("host.example", (2020, 2070));
        params.subject_alt_names = params_names(&["host.example"]);
        params
    });
    let expected = Chain { anchor: Anchor::MachineOnly, self_signed: true, ..GOOD };
    assert_eq!(facts(&[&authority.der], &trust(&[], &[&authority])), expected);
}

fn params_names(names: &[&str]) -> Vec<rcgen::SanType> {
    params("x", (2020, 2070), names).subject_alt_names
}

#[test]
fn version_1_and_unknown_critical_extensions() {
    let old = version_1("host.example");
    let expected = Chain { self_signed: true, name_matches: false, ..UNKNOWN };
    let peer = peer(&[&old.der], "host.example", &trust(&[], &[]));
    assert_eq!(peer.chain, Some(expected));
    assert_eq!(peer.subject.as_str(), "CN=host.example, O=\"Example, Inc.\"");

    let root = root("Root");
    let mut strange = params("host.example", (2020, 2070), &["host.example", "*.wild.example", "::1"]);
    strange.custom_extensions.push(unknown_critical());
    let leaf = root.leaf_of(&strange);
    let trust = trust(&[&root], &[]);
    assert_eq!(
        facts(&[&leaf.der], &trust),
        Chain { breaks_rules: true, ..GOOD },
        "the root is found and the name is right all the same"
    );
    for (host, matches) in [("a.wild.example", true), ("wild.example", false), ("::1", true), ("::2", false)]
    {
        assert_eq!(
            self::peer(&[&leaf.der], host, &trust).chain.expect("facts").name_matches,
            matches,
            "{host}"
        );
    }
}

#[test]
fn a_leaf_for_another_purpose_breaks_the_rules() {
    let root = root("Root");
    let mut client = params("host.example", (2020, 2070), &["host.example"]);
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let leaf = root.leaf_of(&client);
    let expected = Chain { breaks_rules: true, ..GOOD };
    let found = facts(&[&leaf.der], &trust(&[&root], &[]));
    assert_eq!(found, expected);
    assert!(!found.verifies());
    let expected = Chain { anchor: Anchor::MachineOnly, ..expected };
    assert_eq!(facts(&[&leaf.der], &trust(&[], &[&root])), expected);
    assert_eq!(facts(&[&leaf.der], &trust(&[], &[])), UNKNOWN);
    // One that is over is first of all that.
    let mut over = client;
    over.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let facts = facts(&[&root.leaf_of(&over).der], &trust(&[&root], &[]));
    assert_eq!(facts.dates, Dates::Expired);
}

/// The facts in 2030, when the certificates made with OpenSSL are valid.
fn facts_of_fixtures(sent: &[Der], trust: &Trust) -> Chain {
    let then = UnixTime::since_unix_epoch(Duration::from_secs(1_900_000_000));
    chain::read(sent, "host.example", then, trust.for_class(PinClass::Public))
        .chain
        .expect("certificates were sent")
}

#[test]
fn a_signature_with_sha_1_breaks_the_rules() {
    let (leaf, root) = (fixture!("leaf_sha1"), Roots::from_certificates([&fixture!("root_rsa")]));
    let found = facts_of_fixtures(std::slice::from_ref(&leaf), &Trust::of(Roots::default(), root));
    assert_eq!(found, Chain { anchor: Anchor::MachineOnly, breaks_rules: true, ..GOOD });
    assert_eq!(facts_of_fixtures(&[leaf], &trust(&[], &[])), UNKNOWN);
}

#[test]
fn a_root_whose_key_cannot_be_checked_is_taken_at_its_name() {
    let (leaf, root) = (fixture!("leaf_of_root_p521"), fixture!("root_p521"));
    let only = || Roots::from_certificates([&root]);
    let machine = Trust::of(Roots::default(), only());
    let expected = Chain { anchor: Anchor::MachineOnly, breaks_rules: true, ..GOOD };
    assert_eq!(facts_of_fixtures(std::slice::from_ref(&leaf), &machine), expected);
    assert_eq!(facts_of_fixtures(&[leaf.clone(), root.clone()], &machine), expected);
    let service = Trust::of(only(), Roots::default());
    assert_eq!(facts_of_fixtures(&[leaf], &service).anchor, Anchor::Unknown, "nobody is acquitted by a name");
}

#[test]
fn the_last_issuer_is_that_of_the_chain_and_not_of_what_lies_beside_it() {
    let (root, other) = (root("Root"), root("Inspector"));
    let upper = root.intermediate("Upper");
    let middle = upper.intermediate("Issuing 1");
    let (leaf, stray) = (middle.leaf(), other.intermediate("Stray"));
    let sent = [&leaf.der, &upper.der, &middle.der, &stray.der];
    for trust in [trust(&[&root], &[]), trust(&[], &[])] {
        assert_eq!(peer(&sent, "host.example", &trust).last_issuer.as_str(), "CN=Root, O=\"Example, Inc.\"");
    }
}

#[test]
fn a_leaf_cannot_issue() {
    let root = root("Root");
    let forger = root.leaf_of(&params("forger.example", (2020, 2070), &["forger.example"]));
    let issuer = Issuer::new(params("forger.example", (2020, 2070), &[]), forger.key);
    for years in [(2020, 2070), (2020, 2021)] {
        let leaf = params("host.example", years, &["host.example"]).signed_by(&key(), &issuer);
        let leaf = leaf.expect("a forgery").der().clone();
        let facts = facts(&[&leaf, &forger.der], &trust(&[&root], &[&root]));
        assert_eq!(facts.anchor, Anchor::Unknown, "{years:?}");
    }
}

#[test]
fn a_forged_signature_ends_nowhere() {
    let (root, impostor) = (root("Root"), root("Root"));
    let leaf = impostor.leaf();
    assert_eq!(facts(&[&leaf.der], &trust(&[&root], &[&root])), UNKNOWN);
    assert_eq!(
        facts(&[&leaf.der, &root.der], &trust(&[], &[])),
        UNKNOWN,
        "the name was sent, the signer was not"
    );
}

#[test]
fn machine_only() {
    let (root, inspector) = (root("Root"), root("Inspector"));
    let middle = inspector.intermediate("Inspector 1");
    let leaf = middle.leaf();
    let trust = trust(&[&root], &[&inspector, &root]);
    let expected = Chain { anchor: Anchor::MachineOnly, ..GOOD };
    assert_eq!(facts(&[&leaf.der, &middle.der], &trust), expected);
    assert_eq!(facts(&[&leaf.der, &middle.der, &inspector.der], &trust), expected);
    assert_eq!(facts(&[&root.leaf().der], &trust), GOOD, "the service's roots come first");
    let wrong = peer(&[&leaf.der, &middle.der], "other.example", &trust).chain;
    assert_eq!(wrong, Some(Chain { name_matches: false, ..expected }));
}

#[test]
fn own_root() {
    let (root, inspector) = (root("Root"), root("Inspector"));
    let middle = inspector.intermediate("Inspector 1");
    let (leaf, direct) = (middle.leaf(), inspector.leaf());
    let trust = trust(&[&root], &[]);
    let expected = Chain { own_root: true, ..UNKNOWN };
    assert_eq!(facts(&[&leaf.der, &middle.der, &inspector.der], &trust), expected);
    assert_eq!(facts(&[&direct.der, &inspector.der], &trust), expected);
    assert_eq!(facts(&[&leaf.der, &inspector.der, &middle.der], &trust), expected, "out of order");
    let unrelated = facts(&[&root.leaf().der, &inspector.der], &trust);
    assert_eq!(unrelated, GOOD, "a root that the chain does not end in is no matter");
}

#[test]
fn an_expired_own_root_is_still_one() {
    let inspector = root_of(authority_params("Inspector", (2000, 2021)));
    let expected = Chain { own_root: true, ..UNKNOWN };
    assert_eq!(facts(&[&inspector.leaf().der, &inspector.der], &trust(&[], &[])), expected);
}

/// A leaf whose issuer is not sent, with what names that issuer.
fn orphan(issuer: &str, extensions: Vec<rcgen::CustomExtension>) -> Leaf {
    let mut params = params("host.example", (2020, 2070), &["host.example"]);
    params.custom_extensions = extensions;
    root("Root").intermediate(issuer).leaf_of(&params)
}

#[test]
fn issuer_missing() {
    let nobody = trust(&[], &[]);
    let missing = Chain { issuer_missing: true, ..UNKNOWN };
    for orphan in [
        orphan("Public 1", vec![issuer_at("http://certificates.public.example/1.crt")]),
        orphan("Public 1", vec![timestamps()]),
        orphan("Microsoft Azure RSA TLS Issuing CA 07", vec![]),
        orphan("R12", vec![]),
    ] {
        assert_eq!(facts(&[&orphan.der], &nobody), missing);
    }
    for private in [
        orphan("Corporate inspection", vec![]),
        orphan("Corporate inspection", vec![issuer_at("http://pki.corp.local/ca.crt")]),
        orphan("Corporate inspection", vec![issuer_at("ldap:///CN=Corporate")]),
    ] {
        assert_eq!(facts(&[&private.der], &nobody), UNKNOWN);
    }
}

#[test]
fn issuer_missing_further_up() {
    let nobody = trust(&[], &[]);
    let upper = root("Root").intermediate("Upper");
    let mut params_of_lower = authority_params("Lower", (2010, 2080));
    params_of_lower.custom_extensions.push(issuer_at("http://certificates.public.example/upper.crt"));
    let lower = upper.intermediate_of(params_of_lower, key());
    let leaf = lower.leaf();
    let missing = Chain { issuer_missing: true, ..UNKNOWN };
    assert_eq!(facts(&[&leaf.der, &lower.der], &nobody), missing);
    assert_eq!(facts(&[&leaf.der, &lower.der, &upper.der], &nobody), UNKNOWN, "the last one names nobody");
    let root = root("Root");
    assert_eq!(
        facts(&[&root.leaf().der], &trust(&[&root], &[])),
        GOOD,
        "nothing is missing where the root is known"
    );
}

#[test]
fn unknown() {
    let root = root("Root");
    let middle = root.intermediate("Issuing 1");
    let leaf = middle.leaf();
    assert_eq!(facts(&[&leaf.der, &middle.der], &trust(&[], &[])), UNKNOWN);
    let over = middle.leaf_of(&params("host.example", (2020, 2021), &["host.example"]));
    let expected = Chain { dates: Dates::Expired, ..UNKNOWN };
    assert_eq!(facts(&[&over.der, &middle.der], &trust(&[], &[])), expected);
}

#[test]
fn what_stands_beside_the_chain_does_not_date_it() {
    let (root, other) = (root("Root"), root("Other"));
    let stray = other.intermediate_of(authority_params("Stray", (2010, 2012)), key());
    let middle = root.intermediate("Issuing 1");
    let leaf = middle.leaf();
    let sent = [&leaf.der, &middle.der, &stray.der];
    assert_eq!(facts(&sent, &trust(&[&root], &[])), GOOD);
    assert_eq!(facts(&sent, &trust(&[], &[])), UNKNOWN);
}

#[test]
fn a_chain_of_80_kilobytes() {
    let root = root("Root");
    let mut last = root.intermediate("Level 0");
    let mut sent = vec![last.der.clone()];
    // One deep line would break the limit of path building: only two are in use.
    for level in 1..10 {
        let mut params = authority_params(&format!("Level {level}"), (2010, 2080));
        params.custom_extensions.push(comment(8 * 1024));
        let next = if level == 1 {
            last.intermediate_of(params, key())
        } else {
            root.intermediate_of(params, key())
        };
        sent.insert(0, next.der.clone());
        if level == 1 {
            last = next;
        }
    }
    let leaf = last.leaf();
    sent.insert(0, leaf.der.clone());
    assert!(sent.iter().map(|der| der.len()).sum::<usize>() > 70_000);
    assert_eq!(facts(&sent.iter().collect::<Vec<_>>(), &trust(&[&root], &[])), GOOD);
}

#[test]
fn garbage_is_no_certificate_and_no_panic() {
    let root = root("Root");
    let middle = root.intermediate("Issuing 1");
    let leaf = middle.leaf();
    let trusted = trust(&[&root], &[&root]);
    let nothing = Chain { name_matches: false, ..UNKNOWN };
    for garbage in [&b""[..], b"\x30", b"\x30\x84\xFF\xFF\xFF\xFF", &[0x30; 400], b"hello"] {
        let garbage = Der::from(garbage.to_vec());
        assert_eq!(facts(&[&garbage], &trusted), nothing);
        assert_eq!(facts(&[&leaf.der, &garbage, &middle.der], &trusted), GOOD);
    }
}

#[test]
fn every_damaged_byte_and_every_cut() {
    let root = root("Root");
    let leaf = root.leaf();
    let trusted = trust(&[&root], &[]);
    for index in 0..leaf.der.len() {
        let mut damaged = leaf.der.to_vec();
        damaged[index] ^= 0x55;
        let found = facts(&[&Der::from(damaged), &root.der], &trusted);
        assert!(!found.verifies(), "byte {index}");
        let cut = Der::from(leaf.der[..index].to_vec());
        assert!(!facts(&[&cut, &root.der], &trusted).verifies(), "cut at {index}");
    }
}

#[test]
fn facts_hold_until_a_date_is_passed() {
    let root = root("Root");
    let leaf = root.leaf_of(&params("host.example", (2020, 2030), &["host.example"]));
    let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let sent = [leaf.der.clone()];
    let trust = trust(&[&root], &[]);
    let trust = trust.for_class(PinClass::Public);
    let (from, until) = chain::unchanged(&sent, at(NOW), trust);
    assert_eq!((from, until), (1_577_836_800, 1_893_456_001));
    let facts = |second: i64| {
        let second = u64::try_from(second).expect("after 1970");
        chain::read(&sent, "host.example", at(second), trust).chain.expect("facts").dates
    };
    assert_eq!(
        [from - 1, from, until - 1, until].map(facts),
        [Dates::NotYetValid, Dates::Valid, Dates::Valid, Dates::Expired]
    );
}
