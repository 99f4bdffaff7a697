//! The output of `scutil --proxy`.
#![no_main]

probe_fuzz::settings_target!(Scutil);
