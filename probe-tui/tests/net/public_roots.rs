//! Chains of public authorities whose roots are not among the built-in ones any more.

use probe_core::probe::tls::Anchor;
use probe_tui::net::trust::{Roots, Trust};

use crate::certificates::{fixture, params, root, timestamps};
use crate::chains::{GOOD, UNKNOWN, facts};

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
