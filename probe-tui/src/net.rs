//! Everything of the command that touches a network: names, connections, TLS and certificate chains.
//!
//! The core says what a probe does, over a [`Transport`](probe_core::probe::Transport); here is the one over tokio and
//! rustls. Nothing here judges: a chain that does not verify, a name server that refuses, a reset in the middle of a
//! handshake are all evidence, and are handed over as they were seen.
//!
//! In the order in which a probe meets them:
//!
//! * [`trust`] holds the roots in which a chain can end: those of the service, and those of this machine; among the former
//!   are the [`class_roots`] of the target's pin class;
//! * [`Client`] holds what all probes of a run share, and makes one [`Connection`] for each attempt;
//! * [`resolve`] asks the system for addresses, [`query`] finds the name of a failure's cause, [`overrides`] answer in
//!   place of both;
//! * [`stream`] is the socket with TLS on it, once or twice, and counts what comes from below;
//! * [`verify`] keeps what a peer shows during a handshake, [`chain`] reads the facts of its certificates;
//! * [`failure`] turns the errors of the system and of rustls into the words of the core.

pub mod certificate;
pub mod chain;
mod chain_cache;
pub mod class_roots;
pub mod connection;
pub mod failure;
pub mod overrides;
mod public_issuers;
mod public_roots;
pub mod query;
pub mod resolve;
pub mod stream;
pub mod trust;
pub mod verify;

pub use connection::{Client, Config, Connection, Deadlines};
pub use overrides::{Answer, Overrides};
pub use trust::{RootsMistake, Trust, TrustSources};
