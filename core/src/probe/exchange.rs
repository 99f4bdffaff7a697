//! One request to the origin (or, in absolute-form, to a proxy on the way to it) and its answer.

use core::fmt::Write as _;

use crate::probe::conversation::{BodyRule, Conversation, Report};
use crate::probe::request::{self, Lent, Overflow};
use crate::select::Proxy;
use crate::target::{Method, Scheme, Target};

/// Request and answer. A machine without IO: see [`Conversation`].
#[derive(Debug)]
pub struct Exchange<'b> {
    conversation: Conversation<'b>,
}

impl<'b> Exchange<'b> {
    /// Asks for `target`. With `forward`, in absolute-form (RFC 9112 3.2.2), with that proxy's credentials.
    ///
    /// What it shows goes into `report`. A piece of the body is read whenever the target expects one, the status is unexpected, the target is plain http,
    /// or `doubtful` (the chain was re-signed, or does not verify). The answer to HEAD has none, whatever its fields say
    /// (RFC 9112 6.3).
    ///
    /// # Errors
    /// The buffer is smaller than the request needs.
    pub fn new(
        target: &Target<'_>,
        forward: Option<&Proxy<'_>>,
        doubtful: bool,
        buffer: &'b mut [u8],
        report: &'b mut Report,
    ) -> Result<Self, Overflow> {
        Self::lent(target, forward, doubtful, buffer.into(), report)
    }

    /// The same, with room for the request.
    pub(crate) fn lent(
        target: &Target<'_>,
        forward: Option<&Proxy<'_>>,
        doubtful: bool,
        mut lent: Lent<'b>,
        report: &'b mut Report,
    ) -> Result<Self, Overflow> {
        let written = lent.write(|request| {
            write!(request, "{} ", target.method)?;
            if forward.is_some() {
                write!(request, "{}://", target.scheme)?;
                request.host(target)?;
            }
            // A URL without a path asks for "/" (RFC 9112 3.2.1); a query may follow directly.
            if !target.path.starts_with('/') {
                request.write_str("/")?;
            }
            write!(request, "{} HTTP/1.1\r\nHost: ", target.path)?;
            request.host(target)?;
            // The body is looked at as it is, and nothing more is asked on this connection.
            write!(request, "\r\nUser-Agent: {}\r\nAccept: */*\r\n", request::USER_AGENT)?;
            request.write_str("Accept-Encoding: identity\r\nConnection: close\r\n")?;
            if let Some(proxy) = forward {
                request.proxy_authorization(proxy)?;
            }
            if target.method == Method::Post {
                request.write_str("Content-Length: 0\r\n")?;
            }
            Ok(request.write_str("\r\n")?)
        })?;
        let look = doubtful || target.scheme == Scheme::Http || target.expect.body.is_some();
        let rule = match target.method {
            Method::Head => BodyRule::Never,
            _ if look => BodyRule::Always,
            _ => BodyRule::UnexpectedStatus(target.expect.statuses.clone()),
        };
        let conversation = Conversation::new(lent, written, rule, report);
        Ok(Self { conversation })
    }

    /// What the exchange showed; complete when its [`conversation`](Self::conversation) says
    /// [`Want::Done`](crate::probe::conversation::Want::Done).
    pub fn report(&self) -> &Report {
        self.conversation.report()
    }

    /// The machine to drive.
    pub fn conversation(&mut self) -> &mut Conversation<'b> {
        &mut self.conversation
    }
}
