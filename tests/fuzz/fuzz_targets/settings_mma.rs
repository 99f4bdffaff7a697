//! The Log Analytics agent's `proxy.conf`.
#![no_main]

probe_fuzz::settings_target!(Mma);
