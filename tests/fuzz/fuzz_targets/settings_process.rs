//! The environment of a process.
#![no_main]

probe_fuzz::settings_target!(Process);
