//! The numbers by which programs on Windows tell how a request failed (`winhttp.h`, "Error Messages (Winhttp.h)" in the
//! reference of Windows), and what each can mean here.
//!
//! The numbers say less than a verdict: one of them stands for several causes, and none says in which step it happened.
//! [`number`] is used to write what the old tool would have shown, [`verdict`] to read what it did show.

use crate::diagnose::Verdict;

/// `ERROR_WINHTTP_TIMEOUT`.
pub const TIMEOUT: u32 = 12002;
/// `ERROR_WINHTTP_INVALID_URL`.
pub const INVALID_URL: u32 = 12005;
/// `ERROR_WINHTTP_NAME_NOT_RESOLVED`.
pub const NAME_NOT_RESOLVED: u32 = 12007;
/// `ERROR_WINHTTP_CANNOT_CONNECT`.
pub const CANNOT_CONNECT: u32 = 12029;
/// `ERROR_WINHTTP_CONNECTION_ERROR`: reset or ended.
pub const CONNECTION_ERROR: u32 = 12030;
/// `ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED`.
pub const CLIENT_CERTIFICATE_NEEDED: u32 = 12044;
/// `ERROR_WINHTTP_INVALID_SERVER_RESPONSE`.
pub const INVALID_RESPONSE: u32 = 12152;
/// `ERROR_WINHTTP_SECURE_CHANNEL_ERROR`: the handshake failed.
pub const SECURE_CHANNEL: u32 = 12157;
/// `ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT`.
pub const BAD_SCRIPT: u32 = 12166;
/// `ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT`.
pub const NO_SCRIPT: u32 = 12167;
/// `ERROR_WINHTTP_SECURE_FAILURE`: the certificate was not accepted.
pub const SECURE_FAILURE: u32 = 12175;
/// `ERROR_WINHTTP_AUTODETECTION_FAILED`.
pub const AUTODETECTION_FAILED: u32 = 12180;

/// Whether a number is one of `WinHTTP`'s, and no status.
pub const fn is_number(code: u32) -> bool {
    code > 12000 && code < 12200
}

/// The number that a program on Windows would show for a verdict without a status of its own.
pub const fn number(verdict: Verdict) -> u32 {
    use Verdict as V;
    match verdict {
        V::SettingMalformed | V::NotConfigured | V::NotMeasured => INVALID_URL,
        V::PacUnreachable => NO_SCRIPT,
        V::PacFailed => BAD_SCRIPT,
        V::WpadAbsent => AUTODETECTION_FAILED,
        V::NameNotFound
        | V::NameServerFailed
        | V::NameServerSilent
        | V::NameSinkholed
        | V::ProxyNameNotFound => NAME_NOT_RESOLVED,
        V::ConnectRefused | V::ConnectUnreachable | V::ConnectForbiddenLocally | V::ProxyUpstreamRefused => {
            CANNOT_CONNECT
        }
        V::ConnectSilent
        | V::ProxySilent
        | V::ProxyUpstreamSilent
        | V::TlsSilent
        | V::TlsStalled
        | V::HttpSilent => TIMEOUT,
        V::ProxyClosed | V::TlsResetAfterHello | V::HttpClosed => CONNECTION_ERROR,
        V::TlsNotTls | V::TlsVersionUnsupported | V::TlsHandshakeRefused | V::TunnelNotTransparent => {
            SECURE_CHANNEL
        }
        V::InspectedTrusted
        | V::ProxyTlsFailed
        | V::TlsIntercepted
        | V::TlsUntrusted
        | V::TlsSelfSigned
        | V::TlsMissingIntermediate
        | V::TlsNameMismatch
        | V::TlsExpired
        | V::TlsNotYetValid
        | V::TlsRevoked => SECURE_FAILURE,
        V::TlsClientCertificateRequired => CLIENT_CERTIFICATE_NEEDED,
        V::Reachable
        | V::ProxyNotHttp
        | V::ProxyMalformed
        | V::ProxyAuthRequired
        | V::ProxyAuthRejected
        | V::ProxyDenied
        | V::ProxyConnectUnsupported
        | V::ProxyRateLimited
        | V::ProxyRedirected
        | V::ProxyUpstreamUnreachable
        | V::ProxyUpstreamFailed
        | V::ProxyFault
        | V::HttpMalformed
        | V::HttpUnexpectedStatus
        | V::HttpUnexpectedBody
        | V::HttpRedirectedElsewhere
        | V::BlockPage
        | V::ServiceFault => INVALID_RESPONSE,
    }
}

/// The likeliest verdict of a number, and what it leaves open. `None` for numbers that say nothing about the network.
pub const fn verdict(number: u32, through_proxy: bool, is_https: bool) -> Option<(Verdict, &'static str)> {
    use Verdict as V;
    Some(match number {
        TIMEOUT => (V::ConnectSilent, "the number does not say in which step the time ran out"),
        NAME_NOT_RESOLVED => {
            (V::NameNotFound, "the number does not tell a name that is unknown from a name server that fails")
        }
        CANNOT_CONNECT => {
            (V::ConnectRefused, "the number does not tell a refusal from an unreachable address")
        }
        CONNECTION_ERROR if through_proxy => {
            (V::ProxyClosed, "the number does not say in which step the connection was cut")
        }
        CONNECTION_ERROR if is_https => {
            (V::TlsResetAfterHello, "the number does not say in which step the connection was cut")
        }
        CONNECTION_ERROR => (V::HttpClosed, "the number does not say in which step the connection was cut"),
        INVALID_RESPONSE if through_proxy => {
            (V::ProxyMalformed, "the number does not tell the proxy's answer from the service's")
        }
        INVALID_RESPONSE => (V::HttpMalformed, ""),
        SECURE_CHANNEL => (V::TlsHandshakeRefused, "the number does not say who broke the handshake off"),
        SECURE_FAILURE => (
            V::TlsUntrusted,
            "the number alone does not say what is wrong with the certificate: an inspection, a date or a name",
        ),
        12037 => {
            (V::TlsExpired, "the number does not tell a certificate that is over from one that has not begun")
        }
        12038 => (V::TlsNameMismatch, ""),
        12045 | 12169 => {
            (V::TlsUntrusted, "the number does not tell an inspection from a root that is missing")
        }
        12057 => (V::TlsUntrusted, "revocation could not be checked: see the CRL targets on port 80"),
        12170 => (V::TlsRevoked, ""),
        CLIENT_CERTIFICATE_NEEDED => (V::TlsClientCertificateRequired, ""),
        BAD_SCRIPT => (V::PacFailed, ""),
        NO_SCRIPT => (V::PacUnreachable, ""),
        AUTODETECTION_FAILED => (V::WpadAbsent, ""),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        for verdict_written in Verdict::ALL {
            let number = number(*verdict_written);
            assert!(is_number(number), "{verdict_written}");
            if number != INVALID_URL {
                assert!(verdict(number, true, true).is_some(), "{verdict_written}: {number}");
            }
        }
        assert!(!is_number(404) && !is_number(12000) && !is_number(12200));
    }

    #[test]
    fn a_number_is_read_as_what_it_was_written_for_where_it_can() {
        use Verdict as V;
        for (written, through_proxy, is_https) in [
            (V::ConnectSilent, false, true),
            (V::NameNotFound, false, true),
            (V::ConnectRefused, true, true),
            (V::ProxyClosed, true, true),
            (V::TlsResetAfterHello, false, true),
            (V::HttpClosed, false, false),
            (V::ProxyMalformed, true, true),
            (V::HttpMalformed, false, true),
            (V::TlsHandshakeRefused, false, true),
            (V::TlsUntrusted, true, true),
            (V::PacFailed, true, true),
            (V::PacUnreachable, true, true),
            (V::WpadAbsent, true, true),
            (V::TlsClientCertificateRequired, false, true),
        ] {
            let read = verdict(number(written), through_proxy, is_https).map(|(verdict, _)| verdict);
            assert_eq!(read, Some(written));
        }
        assert_eq!(verdict(12017, false, true), None, "a request that was given up says nothing");
    }
}
