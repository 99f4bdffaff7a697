//! The output of `netsh winhttp show proxy`.
#![no_main]

probe_fuzz::settings_target!(Netsh);
