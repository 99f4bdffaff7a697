//! What the end-to-end tests need: the programs that users have (squid, tinyproxy, nginx, OpenSSL, mitmproxy, `HAProxy`,
//! dnsmasq) started on free loopback ports, peers that misbehave, and the command under test.
//!
//! One file a noun. [`server`] holds a program while it runs, [`port`] finds it a port, [`pki`] makes its certificates; the
//! files named for programs write their configuration. [`raw`] is the peer that does what no well-behaved program does.
//! [`probe`] runs the command and reads its records, [`contract`] says what each verdict must come with, and [`fault`]
//! puts one fault, one probe and one verdict together; [`matrix`] is the table of all of them. [`island`] and [`observer`] show where
//! other people's clients go. [`wine`] runs the command as it is built for Windows.
//!
//! Nothing here leaves this machine: every server listens on 127.0.0.1, every name is given an address by hand.
#![expect(
    clippy::missing_panics_doc,
    reason = "what cannot be set up ends the test with a message that says why"
)]

pub mod contract;
pub mod dnsmasq;
pub mod fault;
pub mod go;
pub mod haproxy;
pub mod island;
pub mod matrix;
pub mod mitmproxy;
pub mod namespace;
pub mod nginx;
pub mod observer;
pub mod openssl;
pub mod pki;
pub mod port;
pub mod probe;
pub mod raw;
pub mod record;
pub mod server;
pub mod squid;
pub mod tinyproxy;
pub mod tool;
pub mod wine;
