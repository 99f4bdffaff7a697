//! Variables of the environment, as files and command lines have them.
#![no_main]

probe_fuzz::settings_target!(Environment, Shell);
