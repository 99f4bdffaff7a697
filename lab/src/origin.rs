//! Origins: the servers that targets name, and the middleboxes that answer in their place.

use std::sync::Arc;

use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;

use crate::script::{Script, first_bytes, read_head};
use crate::wire::{Line, Wire};

/// What is found at an origin's address.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// Speaks before it is spoken to.
    SpeaksFirst(Script),
    /// Waits for the first bytes, whatever they are, and answers with these.
    Raw(Script),
    /// Reads one request of plain HTTP.
    Plain(Script),
    /// Shakes hands, then reads one request of HTTP.
    Tls(Tls, Script),
}

/// The server's side of TLS.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    pub(crate) config: Arc<ServerConfig>,
    /// Bytes of the server's that get through; the others vanish.
    pub(crate) vanish_after: Option<usize>,
}

impl Origin {
    pub(crate) async fn serve(self: Arc<Self>, mut wire: Wire) {
        match &*self {
            Self::SpeaksFirst(script) => script.play(&mut wire).await,
            Self::Raw(script) => answer_raw(&mut wire, script).await,
            Self::Plain(script) => answer_request(&mut wire, script).await,
            Self::Tls(tls, script) => answer_in_tls(wire, tls, script).await,
        }
    }
}

/// Answers the first bytes, whatever they are.
pub(crate) async fn answer_raw<L: Line>(line: &mut L, script: &Script) {
    if first_bytes(line).await {
        script.play(line).await;
    }
}

async fn answer_request<L: Line>(line: &mut L, script: &Script) {
    if read_head(line).await.is_some() {
        script.play(line).await;
    }
}

/// Shakes hands as the server, and answers one request inside.
pub(crate) async fn answer_in_tls<L: Line>(mut line: L, tls: &Tls, script: &Script) {
    if let Some(bytes) = tls.vanish_after {
        line.wire().vanish_after(bytes);
    }
    // A handshake that fails has sent its alert; what remains is to leave without a reset on top of it.
    match TlsAcceptor::from(Arc::clone(&tls.config)).accept(line).into_fallible().await {
        Ok(mut stream) => answer_request(&mut stream, script).await,
        Err((_, mut line)) => line.wire().finish().await,
    }
}
