//! CONNECT (RFC 9110 9.3.6): asking a proxy for a tunnel.
//!
//! Any 2xx opens the tunnel, and the bytes behind its head belong to the tunnel whatever `Content-Length` or
//! `Transfer-Encoding` say; they are kept. 1xx answers are waited out, boundedly. Anything else is the proxy's answer in
//! place of a tunnel; a piece of its body is looked at where its head does not say why.

use core::fmt::Write as _;

use crate::probe::answer::Answer;
use crate::probe::conversation::{BodyRule, Conversation, Ended, Report};
use crate::probe::request::{self, Lent, Overflow};
use crate::select::Proxy;
use crate::target::Target;

/// The handshake with a proxy. A machine without IO: see [`Conversation`].
#[derive(Debug)]
pub struct Handshake<'b> {
    conversation: Conversation<'b>,
}

impl<'b> Handshake<'b> {
    /// Asks `proxy` for a tunnel to `target`. What it shows goes into `report`.
    ///
    /// # Errors
    /// The buffer is smaller than the request needs ([`limits::BUFFER_MIN`](crate::limits::BUFFER_MIN) always suffices).
    pub fn new(
        target: &Target<'_>,
        proxy: &Proxy<'_>,
        buffer: &'b mut [u8],
        report: &'b mut Report,
    ) -> Result<Self, Overflow> {
        Self::lent(target, proxy, buffer.into(), report)
    }

    /// The same, with room for the request.
    pub(crate) fn lent(
        target: &Target<'_>,
        proxy: &Proxy<'_>,
        mut lent: Lent<'b>,
        report: &'b mut Report,
    ) -> Result<Self, Overflow> {
        // The port is always written, also the default one; an IPv6 address is bracketed.
        let authority = target.authority();
        let written = lent.write(|request| {
            write!(request, "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n")?;
            // RFC 9112 C.2.2 discourages Proxy-Connection; the clients that are judged send it all the same.
            write!(request, "User-Agent: {}\r\nProxy-Connection: Keep-Alive\r\n", request::USER_AGENT)?;
            request.proxy_authorization(proxy)?;
            Ok(request.write_str("\r\n")?)
        })?;
        Ok(Self { conversation: Conversation::new(lent, written, BodyRule::UnexplainedRefusal, report) })
    }

    /// What the handshake showed; complete when its [`conversation`](Self::conversation) says
    /// [`Want::Done`](crate::probe::conversation::Want::Done).
    pub fn report(&self) -> &Report {
        self.conversation.report()
    }

    /// The bytes of the tunnel that came together with the head that opened it.
    pub fn early(&self) -> &[u8] {
        if opens(self.report()) { self.conversation.rest() } else { &[] }
    }

    /// The machine to drive.
    pub fn conversation(&mut self) -> &mut Conversation<'b> {
        &mut self.conversation
    }

    pub(crate) fn finish(self) -> (&'b Report, &'b [u8]) {
        self.conversation.finish()
    }
}

/// Whether the proxy's answer opens the tunnel.
pub fn opens(report: &Report) -> bool {
    report.ended == Ended::Answered && report.answer.as_ref().is_some_and(Answer::is_success)
}
