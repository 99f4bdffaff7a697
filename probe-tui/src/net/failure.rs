//! The errors of the operating system and of rustls, in the words of the core.

use std::io;
use std::net::IpAddr;

use probe_core::probe::transport::{Alert, How};
use rustls::{CertificateError, InvalidMessage, OtherError, PeerIncompatible};

use super::verify::UncheckableKey;

/// The operating system's numbers for what this machine ran out of and `std` has no kind for: open files of the process
/// and of the system (`EMFILE`, `ENFILE`), buffers (`ENOBUFS`).
#[cfg(any(target_os = "linux", target_os = "android"))]
const OUT_OF: &[i32] = &[23, 24, 105];
#[cfg(windows)]
const OUT_OF: &[i32] = &[10024, 10055];
#[cfg(not(any(target_os = "linux", target_os = "android", windows)))]
const OUT_OF: &[i32] = &[23, 24, 55];

/// The operating system's number for a family of addresses that it does not speak (`EAFNOSUPPORT`).
#[cfg(any(target_os = "linux", target_os = "android"))]
const NO_SUCH_FAMILY: i32 = 97;
#[cfg(windows)]
const NO_SUCH_FAMILY: i32 = 10047;
#[cfg(not(any(target_os = "linux", target_os = "android", windows)))]
const NO_SUCH_FAMILY: i32 = 47;

/// How a connection to `address` failed that was under way: what the network said, and not this machine.
pub fn of_connecting(error: &io::Error, address: IpAddr) -> How {
    // Linux gives this number to ICMPv6's "administratively prohibited" (RFC 4443 3.1, codes 1, 5 and 6), whoever sent
    // it. Elsewhere it comes from this machine's own firewall, however late.
    let says_a_remote_firewall = cfg!(any(target_os = "linux", target_os = "android")) && address.is_ipv6();
    match error.kind() {
        io::ErrorKind::PermissionDenied if says_a_remote_firewall => How::Unreachable,
        _ => of_connect(error, address),
    }
}

/// How a connect to `address` failed at once.
pub fn of_connect(error: &io::Error, address: IpAddr) -> How {
    use io::ErrorKind as Kind;
    match error.kind() {
        // What Linux says of a blackhole route: it stands in this machine's own table, as a prohibit route does.
        Kind::InvalidInput => How::Forbidden,
        // No source address for it. IPv4 always has one unless all ports are in use; IPv6 often has none.
        Kind::AddrNotAvailable if address.is_ipv6() => How::Unreachable,
        _ if error.raw_os_error() == Some(NO_SUCH_FAMILY) => How::Unreachable,
        _ => of_io(error),
    }
}

/// How reading, writing or making a socket failed.
pub fn of_io(error: &io::Error) -> How {
    use io::ErrorKind as Kind;
    if let Some(tls) = tls_inside(error) {
        return of_tls(tls);
    }
    if error.raw_os_error().is_some_and(|number| OUT_OF.contains(&number)) {
        return How::OutOfResources;
    }
    match error.kind() {
        Kind::ConnectionRefused => How::Refused,
        Kind::TimedOut => How::TimedOut,
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => How::Unreachable,
        Kind::PermissionDenied => How::Forbidden,
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::NotConnected => How::Reset,
        Kind::UnexpectedEof => How::Ended,
        Kind::AddrNotAvailable | Kind::OutOfMemory => How::OutOfResources,
        _ => How::Other(error.raw_os_error().unwrap_or_default()),
    }
}

/// Whether an error is one of TLS, handed up as one of reading or writing.
pub fn is_of_tls(error: &io::Error) -> bool {
    tls_inside(error).is_some()
}

fn tls_inside(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// How TLS failed. Whether what came was TLS at all is not rustls's to say: see
/// [`Tap::is_tls`](super::stream::Tap::is_tls).
pub fn of_tls(error: &rustls::Error) -> How {
    use rustls::Error;
    match error {
        Error::AlertReceived(alert) => How::Alert(Alert(u8::from(*alert))),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled,
        ) => How::NoCommonVersion,
        // Legal, and longer than what rustls takes in: a fact about this build.
        Error::InvalidMessage(
            InvalidMessage::CertificatePayloadTooLarge | InvalidMessage::HandshakePayloadTooLarge,
        ) => How::NotSupported("a TLS handshake message of more than 64 KiB"),
        Error::InvalidCertificate(CertificateError::Other(OtherError(error)))
            if error.is::<UncheckableKey>() =>
        {
            How::NotSupported("a certificate key that this build cannot check")
        }
        Error::FailedToGetRandomBytes => How::OutOfResources,
        _ => How::TlsBroken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connect(number: i32, address: &str) -> How {
        of_connect(&io::Error::from_raw_os_error(number), address.parse().expect(address))
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn numbers_of_linux() {
        for (number, how) in [
            (111, How::Refused),
            (110, How::TimedOut),
            (101, How::Unreachable),
            (113, How::Unreachable),
            (100, How::Unreachable),
            (1, How::Forbidden),
            (13, How::Forbidden),
            (22, How::Forbidden),
            (104, How::Reset),
            (24, How::OutOfResources),
            (23, How::OutOfResources),
            (105, How::OutOfResources),
            (12, How::OutOfResources),
            (99, How::OutOfResources),
            (71, How::Other(71)),
        ] {
            assert_eq!(connect(number, "10.0.0.1"), how, "errno {number}");
        }
        assert_eq!(connect(99, "2a01::1"), How::Unreachable);
        assert_eq!(connect(13, "2a01::1"), How::Forbidden, "this machine says it");
        let later = |number, address: &str| {
            of_connecting(&io::Error::from_raw_os_error(number), address.parse().expect(address))
        };
        assert_eq!(later(13, "2a01::1"), How::Unreachable, "somebody on the way says it");
        assert_eq!(later(13, "10.0.0.1"), How::Forbidden);
        assert_eq!(later(111, "2a01::1"), How::Refused);
        assert_eq!(connect(97, "2a01::1"), How::Unreachable);
    }

    #[test]
    fn a_closed_pipe_is_a_reset() {
        assert_eq!(of_io(&io::ErrorKind::BrokenPipe.into()), How::Reset);
        assert_eq!(of_io(&io::ErrorKind::UnexpectedEof.into()), How::Ended);
    }

    #[test]
    fn errors_of_tls_are_seen_through_those_of_io() {
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRequired);
        assert_eq!(of_io(&io::Error::new(io::ErrorKind::InvalidData, alert)), How::Alert(Alert(116)));
        let long = rustls::Error::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge);
        assert!(matches!(of_tls(&long), How::NotSupported(_)));
    }
}
