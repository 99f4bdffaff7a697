//! The probe: one target over one route, over whatever connection it is given.

pub mod answer;
pub mod challenge;
mod chunked;
pub mod connect;
pub mod conversation;
pub mod event;
pub mod exchange;
pub mod head;
pub mod journey;
pub mod proxy_status;
pub mod request;
pub mod script;
pub mod tls;
pub mod transport;

pub use event::Event;
pub use journey::{probe, probe_into};
pub use script::Script;
pub use tls::{Anchor, Chain, Dates, TlsPeer, TlsReport, TlsVersion};
pub use transport::{Addresses, Alert, Failure, Hop, How, Transport};
