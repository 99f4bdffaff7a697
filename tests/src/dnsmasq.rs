//! dnsmasq as the name server of a [`Namespace`](crate::namespace::Namespace): every way in which a name can fail.

use crate::tool::DNSMASQ;

/// A name with an address, 127.0.0.1.
pub const GOOD: &str = "good.dns.test";
/// A name that does not exist.
pub const ABSENT: &str = "absent.dns.test";
/// A name whose server is asked in vain.
pub const SILENT: &str = "silent.dns.test";
/// A name that the name server refuses to look up.
pub const REFUSED: &str = "refused.example";
/// A public name with an address that cannot be its own.
pub const SINKHOLED: &str = "sinkholed.example.com";

/// Lines for a shell inside a namespace: they start it, and go on when it listens.
///
/// It stays attached (`--no-daemon`), which is the one way in which it does not change its groups: inside a user namespace
/// nobody may.
pub fn command_line() -> String {
    format!(
        "{} --no-daemon --no-resolv --no-hosts --conf-file=/dev/null --pid-file= --listen-address=127.0.0.1 \
         --bind-interfaces --port=53 --address=/{GOOD}/127.0.0.1 --address=/{SINKHOLED}/0.0.0.0 \
         --local=/{ABSENT}/ --server=/{SILENT}/127.0.0.66#5399 \
         >/dev/null 2>&1 &\n\
         tries=0\n\
         until ss -Hlun 'sport = :53' | grep -q .; do\n\
         tries=$((tries + 1)); test $tries -lt 200; sleep 0.02\n\
         done",
        DNSMASQ.path().display(),
    )
}
