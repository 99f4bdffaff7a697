//! apt's configuration.
#![no_main]

probe_fuzz::settings_target!(Apt);
