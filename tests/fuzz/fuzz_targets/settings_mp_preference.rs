//! The output of `Get-MpPreference`, as a list and as JSON.
#![no_main]

probe_fuzz::settings_target!(MpPreference);
