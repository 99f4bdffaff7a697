//! Configuration profiles of macOS.
#![no_main]

probe_fuzz::settings_target!(MobileConfig);
