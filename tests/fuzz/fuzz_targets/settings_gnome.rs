//! GNOME's settings, from `gsettings` or dconf.
#![no_main]

probe_fuzz::settings_target!(Gnome);
