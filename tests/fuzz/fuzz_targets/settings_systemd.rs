//! A unit of systemd or a drop-in.
#![no_main]

probe_fuzz::settings_target!(SystemdUnit);
