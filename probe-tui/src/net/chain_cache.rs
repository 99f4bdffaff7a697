//! What chains were found to say, so that equal ones are read once.
//!
//! A service shows the same certificates to every probe, often under many names, and reading them costs as much as the rest
//! of a handshake. The same bytes for hosts of the same pin class say the same, as long as no validity begins or ends in
//! between, but for one thing: whether they name the host, which is looked up each time. Nothing less is taken for equal.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use probe_core::catalog::roots::PinClass;
use probe_core::probe::tls::TlsPeer;
use rustls_pki_types::{CertificateDer, UnixTime};

use super::chain;
use super::trust::ClassTrust;

/// Chains that are kept, at about half a KiB each: more than the hosts of any list of Defender have. When they are exceeded all are
/// forgotten, which costs no more than reading them again.
const MOST_KEPT: usize = 256;

/// A memory for one set of trust.
#[derive(Debug, Default)]
pub(crate) struct ChainCache {
    kept: Mutex<HashMap<Key, Kept>>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    digest: [u8; 32],
    /// Where one certificate ends and the next begins is not in the digest.
    lengths: Vec<usize>,
    class: PinClass,
}

#[derive(Debug)]
struct Kept {
    peer: TlsPeer,
    from: i64,
    until: i64,
}

impl ChainCache {
    /// As [`chain::read`], always with the same trust.
    pub(crate) fn read(
        &self,
        sent: &[CertificateDer<'_>],
        host: &str,
        now: UnixTime,
        trust: ClassTrust<'_>,
    ) -> TlsPeer {
        if sent.is_empty() {
            return chain::read(sent, host, now, trust);
        }
        let key = Key {
            digest: chain::digest(sent),
            lengths: sent.iter().map(|certificate| certificate.len()).collect(),
            class: trust.class(),
        };
        let second = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        // Reading does not happen under the lock: two that read the same at once both find the same.
        let found = self
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .and_then(|kept| (kept.from..kept.until).contains(&second).then(|| kept.peer.clone()));
        if let Some(mut peer) = found {
            if let Some(facts) = &mut peer.chain {
                facts.name_matches = chain::names(sent, host);
            }
            return peer;
        }
        let (peer, (from, until)) = chain::read_with(sent, key.digest, host, now, trust);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(key, Kept { peer: peer.clone(), from, until });
        peer
    }
}
