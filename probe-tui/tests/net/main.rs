//! The transport against peers on loopback: every way in which they can fail, and every fact of a certificate chain.
//!
//! The peers are threads of this process, on free ports; their certificates are made anew by each test.

mod certificates;
mod chains;
mod class_roots;
mod connecting;
mod handshakes;
mod hostile;
mod name_servers;
mod peers;
mod public_roots;
mod tunnels;
