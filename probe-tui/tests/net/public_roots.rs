//! Chains of public authorities whose roots are not among the built-in ones.

use probe_core::probe::tls::{Anchor, Chain};
use probe_tui::net::trust::{Roots, Trust};

use crate::certificates::{authority_params, fixture, issuer_at, key, params, root, timestamps, trust};
use crate::chains::{GOOD, UNKNOWN, facts};

const PUBLIC: &str = "Microsoft Root Certificate Authority 2011";

#[test]
fn public_roots_of_other_programmes_count_where_the_machine_trusts_them() {
    let public = root(PUBLIC);
    let middle = public.intermediate("Issuing 1");
    let sent = [&middle.leaf().der, &middle.der];
    let machine = || Roots::from_certificates([&public.der]);
    assert_eq!(facts(&sent, &Trust::built_in(machine())), GOOD);
    let named = Chain { anchor: Anchor::MachineOnly, ..GOOD };
    assert_eq!(facts(&sent, &Trust::of(Roots::default(), machine())), named, "the user's roots are law");
    let inspector = root("Inspector");
    let trusted = Trust::built_in(Roots::from_certificates([&inspector.der]));
    assert_eq!(facts(&[&inspector.leaf().der], &trusted), named, "nobody else's root is a public one");
}

#[test]
fn a_public_root_that_the_machine_lacks_is_neither_missing_nor_somebodys_own() {
    let public = root(PUBLIC);
    let mut params = authority_params("Issuing 1", (2010, 2080));
    params.custom_extensions.push(issuer_at("http://certificates.public.example/1.crt"));
    let middle = public.intermediate_of(params, key());
    let leaf = middle.leaf();
    let nobody = Trust::built_in(Roots::default());
    assert_eq!(facts(&[&leaf.der, &middle.der], &nobody), UNKNOWN);
    assert_eq!(facts(&[&leaf.der, &middle.der, &public.der], &nobody), UNKNOWN);
    // Where the user has named the service's roots, nothing is known of others.
    let missing = Chain { issuer_missing: true, ..UNKNOWN };
    assert_eq!(facts(&[&leaf.der, &middle.der], &trust(&[], &[])), missing);
    let own = Chain { own_root: true, ..UNKNOWN };
    assert_eq!(facts(&[&leaf.der, &middle.der, &public.der], &trust(&[], &[])), own);
}

#[test]
fn public_roots_of_earlier_years_are_known_by_their_keys() {
    let digicert = fixture!("digicert_global_root_ca");
    let anchor = |trust: &Trust| facts(&[&digicert], trust).anchor;
    let machine = || Roots::from_certificates([&digicert]);
    assert_eq!(anchor(&Trust::built_in(machine())), Anchor::Service);
    assert_eq!(anchor(&Trust::of(Roots::default(), machine())), Anchor::MachineOnly);
    assert_eq!(anchor(&Trust::built_in(Roots::default())), Anchor::Unknown);
    // The name is anybody's.
    let impostor = root("DigiCert Global Root CA");
    let trusted = Trust::built_in(Roots::from_certificates([&impostor.der]));
    assert_eq!(facts(&[&impostor.leaf().der], &trusted).anchor, Anchor::MachineOnly);
}

#[test]
fn who_is_in_public_logs_was_not_re_signed() {
    let other = root("Other");
    let mut params = params("host.example", (2020, 2070), &["host.example"]);
    params.custom_extensions.push(timestamps());
    let leaf = other.leaf_of(&params);
    let machine = || Roots::from_certificates([&other.der]);
    assert_eq!(facts(&[&leaf.der], &Trust::built_in(machine())), GOOD);
    assert_eq!(facts(&[&leaf.der, &other.der], &Trust::built_in(Roots::default())), UNKNOWN);
    let named = facts(&[&leaf.der], &Trust::of(Roots::default(), machine()));
    assert_eq!(named.anchor, Anchor::MachineOnly, "the user's roots are law");
}
