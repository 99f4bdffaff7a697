//! The output of `azcmagent config list`.
#![no_main]

probe_fuzz::settings_target!(Azcmagent);
