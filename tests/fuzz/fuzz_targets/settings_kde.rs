//! KDE's settings.
#![no_main]

probe_fuzz::settings_target!(Kde);
