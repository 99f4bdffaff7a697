//! Selection: which way a client takes to a target, and which line of which setting decided that.
//!
//! Text comes in, a decision with its reason goes out; nothing is looked up and nothing is sent.
//!
//! 1. [`proxy`] reads a proxy as settings write it, [`environment`] the variables that name one, each as curl and as
//!    Go read them.
//! 2. [`bypass`] answers whether a list such as `NO_PROXY` exempts a target. The same list means different things
//!    to different programs, so every question names its [`Dialect`](bypass::Dialect).
//! 3. [`plan`] puts them together: for a [`Path`] and a target, the [`Route`] and the [`Rule`] that led
//!    there, and what another client would do where it would do something else. [`client`] does so for every client, from all
//!    the settings of a machine.

pub mod bypass;
#[cfg(feature = "alloc")]
pub mod client;
#[cfg(feature = "alloc")]
pub mod compare;
pub mod environment;
#[cfg(feature = "alloc")]
pub mod failover;
pub mod plan;
pub mod proxy;
#[cfg(feature = "alloc")]
pub mod proxy_list;
pub mod route;
pub mod rule;
#[cfg(feature = "alloc")]
pub mod traps;

pub use environment::{Choice, Environment, Variable};
pub use plan::{Path, Planned, Settings};
pub use proxy::{Proxy, ProxyScheme};
pub use route::Route;
pub use rule::{Rule, Source};
