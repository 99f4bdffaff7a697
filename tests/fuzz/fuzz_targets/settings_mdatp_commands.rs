//! Commands that set mdatp's proxy.
#![no_main]

probe_fuzz::settings_target!(MdatpCommands);
