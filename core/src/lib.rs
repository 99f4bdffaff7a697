//! Proxy selection, HTTP CONNECT and diagnosis of egress paths.
//!
//! This crate answers one question from wherever it runs: *can this place reach a target, by which path, and if not,
//! who stops it and what has to change?* It does no IO, reads no clock and no environment, and without the feature
//! `alloc` allocates nothing.
//!
//! # A walk through the rooms, in the order of one probe
//!
//! 1. [`target`] reads what to test: URLs, one a line, with what is expected of each. [`authority`] reads hosts and ports;
//!    every [`mistake`] has a place. [`catalog`] has what Defender needs, as dated data.
//! 2. [`select`] says which way a client takes to a target: the [`Route`](select::Route), the setting that it came
//!    from and the rule that decided. Credentials for proxies live in [`secret`] and never print.
//! 3. [`probe`](mod@probe) goes that way over a [`Transport`], which is all that a platform has to
//!    provide: names are resolved, addresses tried, a tunnel asked for ([`probe::connect`]), TLS begun, one request made
//!    ([`probe::exchange`]). What happens is reported as [`Event`]s.
//! 4. [`diagnose`] turns the evidence into one [`Verdict`] with its stage, its speaker and its
//!    owner, says on what evidence and what to do, and finds what several attempts say together.
//!
//! [`report`] has the texts that more than one front end prints, [`limits`] every capacity, and [`text`] makes what strangers
//! send harmless.
//!
//! # Example: a conversation from data
//!
//! ```
//! use probe_core::diagnose::Verdict;
//! use probe_core::probe::script::{Act, Script};
//! use probe_core::select::{Proxy, Route};
//! use probe_core::{select::proxy::ProxyPorts, target::Target};
//!
//! let target = Target::parse("https://winatp-gw-neu.microsoft.com/commands/test")?;
//! let proxy = Proxy::parse("http://192.0.2.1:3128", ProxyPorts::Curl)?;
//! let answer = b"HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n\r\n";
//! let acts = [Act::Connected, Act::Receive(answer), Act::End];
//! let (mut io, mut buffer) = (Script::new(&acts), [0; 4096]);
//!
//! let (route, mut observe) = (Route::Tunnel(proxy), |_event| ());
//! let probe = probe_core::probe(&target, &route, &mut io, &mut buffer, &mut observe);
//! let attempt = probe_core::probe::script::run(probe);
//!
//! assert_eq!(attempt.diagnosis.verdict, Verdict::ProxyDenied);
//! # Ok::<(), probe_core::mistake::Mistake>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod authority;
pub mod catalog;
pub mod diagnose;
#[cfg(feature = "alloc")]
pub mod encoding;
pub mod limits;
pub mod mistake;
pub mod probe;
pub mod report;
pub mod secret;
pub mod select;
#[cfg(feature = "alloc")]
pub mod settings;
pub mod target;
pub mod text;

pub use diagnose::{Attempt, Verdict};
pub use probe::{Event, Transport, probe};
