//! The output of `netsh winhttp show advproxy`, and files for `set advproxy`.
#![no_main]

probe_fuzz::settings_target!(AdvProxy);
