//! Exports of the registry.
#![no_main]

probe_fuzz::settings_target!(Registry);
