//! The contract of results, written down a second time: what stage, speaker, owner and outcome each verdict comes with.
//!
//! On purpose this is no import of the table in `probe-core`: a slip there must not be a slip here. A test that expects
//! something else than a verdict's own row says so beside its fault.

/// Whom a probe speaks to first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstHop {
    /// A proxy.
    Proxy,
    /// The origin itself.
    Origin,
}

/// What an attempt must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The id of the verdict.
    pub verdict: &'static str,
    /// Where the journey ended.
    pub stage: &'static str,
    /// Who produced the decisive evidence.
    pub speaker: &'static str,
    /// Who can fix it first.
    pub owner: &'static str,
    /// `success`, `warning`, `failure` or `unknown`.
    pub outcome: &'static str,
}

/// One row for each verdict that an attempt can show: id, stage, speaker, owner. `hop` stands for the first hop, `team` for
/// whoever runs it.
const ROWS: &[(&str, &str, &str, &str)] = &[
    ("reachable", "done", "origin", "nobody"),
    ("inspected_trusted", "done", "middlebox", "security_team"),
    ("name_not_found", "resolve", "resolver", "dns_team"),
    ("name_server_failed", "resolve", "resolver", "dns_team"),
    ("name_server_silent", "resolve", "nobody", "dns_team"),
    ("name_sinkholed", "resolve", "resolver", "dns_team"),
    ("connect_refused", "connect", "hop", "team"),
    ("connect_silent", "connect", "nobody", "network_team"),
    ("connect_unreachable", "connect", "middlebox", "network_team"),
    ("connect_forbidden_locally", "connect", "client", "endpoint_admin"),
    ("proxy_tls_failed", "proxy_tls", "proxy", "proxy_team"),
    ("proxy_not_http", "proxy_connect", "proxy", "proxy_team"),
    ("proxy_closed", "proxy_connect", "proxy", "proxy_team"),
    ("proxy_silent", "proxy_connect", "nobody", "proxy_team"),
    ("proxy_malformed", "proxy_connect", "proxy", "proxy_team"),
    ("proxy_auth_required", "proxy_connect", "proxy", "proxy_team"),
    ("proxy_auth_rejected", "proxy_connect", "proxy", "proxy_team"),
    ("proxy_denied", "proxy_connect", "proxy", "proxy_team"),
    ("proxy_connect_unsupported", "proxy_connect", "proxy", "proxy_team"),
    ("proxy_rate_limited", "proxy_connect", "proxy", "proxy_team"),
    ("proxy_redirected", "proxy_connect", "middlebox", "proxy_team"),
    ("proxy_name_not_found", "proxy_connect", "proxy", "dns_team"),
    ("proxy_upstream_refused", "proxy_connect", "proxy", "proxy_team"),
    ("proxy_upstream_silent", "proxy_connect", "proxy", "network_team"),
    ("proxy_upstream_unreachable", "proxy_connect", "proxy", "network_team"),
    ("proxy_upstream_failed", "proxy_connect", "proxy", "proxy_team"),
    ("proxy_fault", "proxy_connect", "proxy", "proxy_team"),
    ("tunnel_not_transparent", "tls", "proxy", "proxy_team"),
    ("tls_reset_after_hello", "tls", "middlebox", "network_team"),
    ("tls_silent", "tls", "nobody", "network_team"),
    ("tls_stalled", "tls", "nobody", "network_team"),
    ("tls_not_tls", "tls", "origin", "network_team"),
    ("tls_version_unsupported", "tls", "origin", "service"),
    ("tls_handshake_refused", "tls", "origin", "service"),
    ("tls_intercepted", "tls", "middlebox", "security_team"),
    ("tls_untrusted", "tls", "origin", "service"),
    ("tls_self_signed", "tls", "origin", "service"),
    ("tls_missing_intermediate", "tls", "origin", "service"),
    ("tls_name_mismatch", "tls", "origin", "service"),
    ("tls_expired", "tls", "origin", "service"),
    ("tls_not_yet_valid", "tls", "origin", "service"),
    ("tls_client_certificate_required", "tls", "origin", "service"),
    ("http_closed", "http", "origin", "service"),
    ("http_silent", "http", "nobody", "service"),
    ("http_malformed", "http", "origin", "service"),
    ("http_unexpected_status", "http", "origin", "service"),
    ("http_unexpected_body", "http", "origin", "service"),
    ("http_redirected_elsewhere", "http", "middlebox", "network_team"),
    ("block_page", "http", "middlebox", "security_team"),
    ("service_fault", "http", "origin", "service"),
];

/// The ids of all verdicts that an attempt of these tests can show. `proxy_fault` is left out: it says that nobody looked
/// closely enough.
pub fn verdicts() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(id, ..)| *id).filter(|id| *id != "proxy_fault")
}

impl Expected {
    /// The row of a verdict, for this first hop.
    pub fn of(verdict: &str, hop: FirstHop) -> Self {
        let (verdict, stage, speaker, owner) = *ROWS
            .iter()
            .find(|(id, ..)| *id == verdict)
            .unwrap_or_else(|| panic!("{verdict} is no verdict that an attempt of these tests can show"));
        let (who, team) = match hop {
            FirstHop::Proxy => ("proxy", "proxy_team"),
            FirstHop::Origin => ("origin", "network_team"),
        };
        let outcome = match verdict {
            "reachable" => "success",
            "inspected_trusted" => "warning",
            _ => "failure",
        };
        Self {
            verdict,
            stage,
            speaker: if speaker == "hop" { who } else { speaker },
            owner: if owner == "team" { team } else { owner },
            outcome,
        }
    }

    /// The exit code of a run of one required target that ends so, with the default of `--fail-on`.
    pub fn exit_code(&self) -> i32 {
        i32::from(self.outcome == "failure")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_unique() {
        let mut ids: Vec<&str> = ROWS.iter().map(|(id, ..)| *id).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    }

    #[test]
    fn the_first_hop_decides_who_refuses() {
        let direct = Expected::of("connect_refused", FirstHop::Origin);
        assert_eq!((direct.speaker, direct.owner), ("origin", "network_team"));
        let proxied = Expected::of("connect_refused", FirstHop::Proxy);
        assert_eq!((proxied.speaker, proxied.owner), ("proxy", "proxy_team"));
    }
}
