//! `mdatp_managed.json`.
#![no_main]

probe_fuzz::settings_target!(MdatpManaged);
