//! The switches: one fault a value, each with the verdict that a right probe must give.

/// Makes the enum and its three tables from one list, so that no row can lack a column.
macro_rules! faults {
    ($($fault:ident, $id:literal, $verdict:literal, $words:literal;)*) => {
        /// One way in which a network can behave, good or bad. The name begins with the verdict that is right for it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[expect(clippy::doc_markdown, reason = "the same words are shown on terminals, without markup")]
        pub enum Fault {
            $(#[doc = $words] $fault,)*
        }

        impl Fault {
            /// All of them, in the order in which an attempt meets them.
            pub const ALL: &'static [Self] = &[$(Self::$fault,)*];

            /// A stable name for tables and command lines.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$fault => $id,)* }
            }

            /// What happens, in words.
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$fault => $words,)* }
            }

            /// The id of the verdict that a right probe gives.
            pub const fn verdict(self) -> &'static str {
                match self { $(Self::$fault => $verdict,)* }
            }
        }
    };
}

faults! {
    ReachableDirect, "reachable_direct", "reachable", "https straight to the origin";
    ReachableTls12Only, "reachable_tls12_only", "reachable",
        "an origin that speaks TLS 1.2 and nothing newer";
    ReachableTls13Only, "reachable_tls13_only", "reachable",
        "an origin that speaks TLS 1.3 and nothing older";
    ReachableSecondAddress, "reachable_second_address", "reachable",
        "the first address refuses, the second answers";
    ReachablePlain, "reachable_plain", "reachable",
        "plain http straight to the origin, as for revocation lists";
    ReachableExpected404, "reachable_expected_404", "reachable",
        "the origin answers 404, and 404 is what is expected";
    ReachableExpected503, "reachable_expected_503", "reachable",
        "the origin answers 503, and 503 is what is expected";
    ReachableWithoutExpectation, "reachable_without_expectation", "reachable",
        "nothing is expected, and the origin answers 404: it is there";
    ReachableHttpsRedirect, "reachable_https_redirect", "reachable",
        "nothing is expected, and the origin redirects to another host inside its own TLS";
    ReachablePlainRedirectSameHost, "reachable_plain_redirect_same_host", "reachable",
        "plain http, and a redirect to another page of the same host";
    ReachableOriginInterim, "reachable_origin_interim", "reachable",
        "the origin sends 103 before its final answer";
    ReachableOriginHttp10, "reachable_origin_http10", "reachable",
        "the origin answers in HTTP/1.0, with bare LF, and ends the body with the connection";
    ReachableOriginCutAfterAnswer, "reachable_origin_cut_after_answer", "reachable",
        "the whole answer comes, and the connection is cut without a close_notify";
    ReachableConnect, "reachable_connect", "reachable", "through a proxy, by CONNECT";
    ReachableConnectHttp10, "reachable_connect_http10", "reachable",
        "the proxy opens with HTTP/1.0 and a field of its own, as tinyproxy does";
    ReachableConnect201, "reachable_connect_201", "reachable",
        "the proxy opens with 201 and claims a body that does not exist";
    ReachableConnectNoReason, "reachable_connect_no_reason", "reachable",
        "the proxy opens with a status line that has no reason";
    ReachableConnectBareLf, "reachable_connect_bare_lf", "reachable",
        "the proxy ends its lines with LF alone";
    ReachableConnectObsFold, "reachable_connect_obs_fold", "reachable",
        "the proxy folds a field over two lines";
    ReachableConnectInterim, "reachable_connect_interim", "reachable",
        "the proxy sends 100 and 102 before it opens";
    ReachableConnectWithCredentials, "reachable_connect_with_credentials", "reachable",
        "the proxy wants credentials, and gets the right ones";
    ReachableClientCannotResolve, "reachable_client_cannot_resolve", "reachable",
        "only the proxy can resolve the name, and only the proxy has to";
    ReachableHttpsProxy, "reachable_https_proxy", "reachable",
        "through a proxy that is itself spoken to in TLS";
    ReachableAbsoluteForm, "reachable_absolute_form", "reachable",
        "plain http through a proxy, in absolute form";
    InspectedTrustedConnect, "inspected_trusted_connect", "inspected_trusted",
        "the proxy re-signs the tunnel with an authority that this machine trusts";
    InspectedTrustedDirect, "inspected_trusted_direct", "inspected_trusted",
        "something on the direct path re-signs with an authority that this machine trusts";
    NameNotFound, "name_not_found", "name_not_found", "the name does not exist";
    NameNotFoundProxy, "name_not_found_proxy", "name_not_found", "the name of the proxy does not exist";
    NameServerFailed, "name_server_failed", "name_server_failed", "the name server answers SERVFAIL";
    NameServerSilent, "name_server_silent", "name_server_silent", "the name server does not answer";
    NameSinkholedUnspecified, "name_sinkholed_unspecified", "name_sinkholed",
        "the name server answers 0.0.0.0";
    NameSinkholedDocumentation, "name_sinkholed_documentation", "name_sinkholed",
        "the name server answers with an address of the documentation range";
    ConnectRefused, "connect_refused", "connect_refused", "nobody listens: RST to the SYN";
    ConnectRefusedProxy, "connect_refused_proxy", "connect_refused", "nobody listens at the proxy's address";
    ConnectRefusedAndSilent, "connect_refused_and_silent", "connect_refused",
        "one address is silent, the other refuses";
    ConnectSilent, "connect_silent", "connect_silent", "no answer to the SYN";
    ConnectSilentProxy, "connect_silent_proxy", "connect_silent",
        "no answer from the proxy's address to the SYN";
    ConnectUnreachable, "connect_unreachable", "connect_unreachable",
        "the system has no route to the address";
    ProxyTlsFailedUntrusted, "proxy_tls_failed_untrusted", "proxy_tls_failed",
        "the certificate of the https proxy ends in no known root";
    ProxyTlsFailedExpired, "proxy_tls_failed_expired", "proxy_tls_failed",
        "the certificate of the https proxy is over";
    ProxyTlsFailedPlain, "proxy_tls_failed_plain", "proxy_tls_failed",
        "the proxy was set as https and speaks plain http";
    ProxyTlsFailedReset, "proxy_tls_failed_reset", "proxy_tls_failed",
        "the https proxy resets after ClientHello";
    ProxyTlsFailedSilent, "proxy_tls_failed_silent", "proxy_tls_failed",
        "the https proxy says nothing after ClientHello";
    ProxyNotHttpSsh, "proxy_not_http_ssh", "proxy_not_http", "a banner of SSH";
    ProxyNotHttpSmtp, "proxy_not_http_smtp", "proxy_not_http", "a banner of a mail server";
    ProxyNotHttpTls, "proxy_not_http_tls", "proxy_not_http", "an alert of TLS: the proxy is an https proxy";
    ProxyNotHttpSocks5, "proxy_not_http_socks5", "proxy_not_http", "a refusal of SOCKS 5";
    ProxyNotHttpSocks4, "proxy_not_http_socks4", "proxy_not_http", "a refusal of SOCKS 4";
    ProxyNotHttpHtml, "proxy_not_http_html", "proxy_not_http", "HTML without a status line";
    ProxyNotHttpZeros, "proxy_not_http_zeros", "proxy_not_http", "bytes of no protocol";
    ProxyClosedFin, "proxy_closed_fin", "proxy_closed", "the end of the stream in place of an answer";
    ProxyClosedReset, "proxy_closed_reset", "proxy_closed", "RST in place of an answer";
    ProxyClosedFinAtOnce, "proxy_closed_fin_at_once", "proxy_closed",
        "the end of the stream before anything was asked";
    ProxyClosedResetAtOnce, "proxy_closed_reset_at_once", "proxy_closed", "RST before anything was asked";
    ProxySilent, "proxy_silent", "proxy_silent", "no byte of an answer";
    ProxySilentHeadCut, "proxy_silent_head_cut", "proxy_silent", "half a status line, and then nothing";
    ProxySilentAfter200, "proxy_silent_after_200", "proxy_silent",
        "a status line of 200 and a field, and then nothing";
    ProxySilentAfterInterim, "proxy_silent_after_interim", "proxy_silent", "100, and then nothing";
    ProxySilentSlow, "proxy_silent_slow", "proxy_silent",
        "one byte of the head every 400 ms: it never gets complete in time";
    ProxyMalformedCut, "proxy_malformed_cut", "proxy_malformed", "the stream ends within the status line";
    ProxyMalformedCutAfter200, "proxy_malformed_cut_after_200", "proxy_malformed",
        "the stream ends after a status line of 200";
    ProxyMalformedCutByReset, "proxy_malformed_cut_by_reset", "proxy_malformed", "RST within the head";
    ProxyMalformedOversize, "proxy_malformed_oversize", "proxy_malformed", "one field of 256 KiB";
    ProxyMalformedManyFields, "proxy_malformed_many_fields", "proxy_malformed", "5,000 fields";
    ProxyMalformedEndlessInterim, "proxy_malformed_endless_interim", "proxy_malformed", "102 without end";
    ProxyMalformedNul, "proxy_malformed_nul", "proxy_malformed", "a NUL in a field";
    ProxyMalformedNoColon, "proxy_malformed_no_colon", "proxy_malformed", "a field without a colon";
    ProxyMalformedStatus, "proxy_malformed_status", "proxy_malformed", "a status that is no number";
    ProxyMalformedHttp2, "proxy_malformed_http2", "proxy_malformed", "a status line that claims HTTP/2";
    ProxyMalformed101, "proxy_malformed_101", "proxy_malformed",
        "101 Switching Protocols, which nobody asked for";
    ProxyAuthRequiredBasic, "proxy_auth_required_basic", "proxy_auth_required", "407 with Basic";
    ProxyAuthRequiredSquid, "proxy_auth_required_squid", "proxy_auth_required",
        "407 as squid gives it, on a connection that stays open";
    ProxyAuthRequiredFields, "proxy_auth_required_fields", "proxy_auth_required",
        "407 with Negotiate, NTLM and Basic in three fields";
    ProxyAuthRequiredOneField, "proxy_auth_required_one_field", "proxy_auth_required",
        "407 with Basic and Digest in one field, with commas inside the parameters";
    ProxyAuthRequiredNothingOffered, "proxy_auth_required_nothing_offered", "proxy_auth_required",
        "407 that offers no scheme";
    ProxyAuthRequiredAbsoluteForm, "proxy_auth_required_absolute_form", "proxy_auth_required",
        "407 to plain http in absolute form";
    ProxyAuthRejected, "proxy_auth_rejected", "proxy_auth_rejected", "407 to wrong credentials";
    ProxyAuthRejectedSquid, "proxy_auth_rejected_squid", "proxy_auth_rejected",
        "407 as squid gives it, to wrong credentials";
    ProxyDeniedSquid, "proxy_denied_squid", "proxy_denied", "403 as squid gives it";
    ProxyDeniedSquidDenyInfo, "proxy_denied_squid_deny_info", "proxy_denied",
        "403 of squid with a page of the administrator's";
    ProxyDeniedTinyproxy, "proxy_denied_tinyproxy", "proxy_denied", "403 as tinyproxy gives it";
    ProxyDeniedHaproxy, "proxy_denied_haproxy", "proxy_denied", "403 as HAProxy gives it";
    ProxyDeniedZscaler, "proxy_denied_zscaler", "proxy_denied", "403 as Zscaler gives it";
    ProxyDeniedBare, "proxy_denied_bare", "proxy_denied", "403 and nothing else";
    ProxyDenied451, "proxy_denied_451", "proxy_denied", "451";
    ProxyDenied401, "proxy_denied_401", "proxy_denied", "401, which is for origins";
    ProxyDeniedProxyStatus, "proxy_denied_proxy_status", "proxy_denied",
        "400 with Proxy-Status http_request_denied";
    ProxyDeniedProhibited, "proxy_denied_prohibited", "proxy_denied",
        "404 with Proxy-Status destination_ip_prohibited";
    ProxyDeniedAbsoluteForm, "proxy_denied_absolute_form", "proxy_denied",
        "plain http in absolute form, and 403 as squid gives it";
    ProxyDeniedInBump, "proxy_denied_in_bump", "proxy_denied",
        "200 to CONNECT, and squid's own 403 inside TLS that it signed itself";
    ProxyConnectUnsupported405Nginx, "proxy_connect_unsupported_405_nginx", "proxy_connect_unsupported",
        "405 as nginx gives it";
    ProxyConnectUnsupported400Nginx, "proxy_connect_unsupported_400_nginx", "proxy_connect_unsupported",
        "400 as nginx gives it";
    ProxyConnectUnsupported405Apache, "proxy_connect_unsupported_405_apache", "proxy_connect_unsupported",
        "405 with Allow, as Apache gives it";
    ProxyConnectUnsupported501, "proxy_connect_unsupported_501", "proxy_connect_unsupported",
        "501, as small servers give it";
    ProxyRateLimited429, "proxy_rate_limited_429", "proxy_rate_limited", "429 with Retry-After";
    ProxyRateLimited429Bare, "proxy_rate_limited_429_bare", "proxy_rate_limited", "429 and nothing else";
    ProxyRateLimited503, "proxy_rate_limited_503", "proxy_rate_limited", "503 with Retry-After";
    ProxyRedirected302, "proxy_redirected_302", "proxy_redirected", "302 to a portal";
    ProxyRedirected307, "proxy_redirected_307", "proxy_redirected", "307 to a login";
    ProxyRedirected511, "proxy_redirected_511", "proxy_redirected", "511: the network wants a login";
    ProxyNameNotFoundSquid, "proxy_name_not_found_squid", "proxy_name_not_found",
        "503 as squid gives it: ERR_DNS_FAIL";
    ProxyNameNotFoundProxyStatus, "proxy_name_not_found_proxy_status", "proxy_name_not_found",
        "502 with Proxy-Status dns_error";
    ProxyNameNotFoundTrue, "proxy_name_not_found_true", "proxy_name_not_found",
        "a right proxy is asked for a name that does not exist";
    ProxyNameNotFoundAbsoluteForm, "proxy_name_not_found_absolute_form", "proxy_name_not_found",
        "plain http in absolute form, and squid cannot resolve the name";
    ProxyNameNotFoundInBump, "proxy_name_not_found_in_bump", "proxy_name_not_found",
        "200 to CONNECT, and squid's own ERR_DNS_FAIL inside TLS that it signed itself";
    ProxyUpstreamRefusedSquid, "proxy_upstream_refused_squid", "proxy_upstream_refused",
        "503 as squid gives it: ERR_CONNECT_FAIL 111";
    ProxyUpstreamRefusedProxyStatus, "proxy_upstream_refused_proxy_status", "proxy_upstream_refused",
        "502 with Proxy-Status connection_refused";
    ProxyUpstreamRefusedTrue, "proxy_upstream_refused_true", "proxy_upstream_refused",
        "a right proxy is asked for a port that nobody listens on";
    ProxyUpstreamRefusedAbsoluteForm, "proxy_upstream_refused_absolute_form", "proxy_upstream_refused",
        "plain http in absolute form, and nobody listens at the origin";
    ProxyUpstreamRefusedInBump, "proxy_upstream_refused_in_bump", "proxy_upstream_refused",
        "200 to CONNECT, and squid's own ERR_CONNECT_FAIL 111 inside TLS that it signed itself";
    ProxyUpstreamSilentSquid, "proxy_upstream_silent_squid", "proxy_upstream_silent",
        "503 as squid gives it: ERR_CONNECT_FAIL 110";
    ProxyUpstreamSilentHaproxy, "proxy_upstream_silent_haproxy", "proxy_upstream_silent",
        "504 as HAProxy gives it";
    ProxyUpstreamSilentNginx, "proxy_upstream_silent_nginx", "proxy_upstream_silent", "504 as nginx gives it";
    ProxyUpstreamSilentProxyStatus, "proxy_upstream_silent_proxy_status", "proxy_upstream_silent",
        "504 with Proxy-Status connection_timeout";
    ProxyUpstreamSilentInBump, "proxy_upstream_silent_in_bump", "proxy_upstream_silent",
        "200 to CONNECT, and squid's own ERR_CONNECT_FAIL 110 inside TLS that it signed itself";
    ProxyUpstreamUnreachableNoRoute, "proxy_upstream_unreachable_no_route", "proxy_upstream_unreachable",
        "503 as squid gives it: ERR_CONNECT_FAIL 113";
    ProxyUpstreamUnreachableNoNetwork, "proxy_upstream_unreachable_no_network", "proxy_upstream_unreachable",
        "503 as squid gives it: ERR_CONNECT_FAIL 101";
    ProxyUpstreamUnreachableProxyStatus, "proxy_upstream_unreachable_proxy_status", "proxy_upstream_unreachable",
        "502 with Proxy-Status destination_ip_unroutable";
    ProxyUpstreamFailed502, "proxy_upstream_failed_502", "proxy_upstream_failed", "502 and nothing else";
    ProxyUpstreamFailed502Nginx, "proxy_upstream_failed_502_nginx", "proxy_upstream_failed",
        "502 as nginx gives it";
    ProxyUpstreamFailed503Haproxy, "proxy_upstream_failed_503_haproxy", "proxy_upstream_failed",
        "503 as HAProxy gives it";
    ProxyUpstreamFailedCannotForward, "proxy_upstream_failed_cannot_forward", "proxy_upstream_failed",
        "503 as squid gives it: ERR_CANNOT_FORWARD, its parent is dead";
    ProxyUpstreamFailedTinyproxy, "proxy_upstream_failed_tinyproxy", "proxy_upstream_failed",
        "500 \"Unable to connect\", as tinyproxy gives it";
    ProxyFault500, "proxy_fault_500", "proxy_fault", "500 and nothing else";
    ProxyFault404, "proxy_fault_404", "proxy_fault", "404 and nothing else";
    TunnelNotTransparentHtml, "tunnel_not_transparent_html", "tunnel_not_transparent",
        "200, and at once a page of HTML";
    TunnelNotTransparentHttp, "tunnel_not_transparent_http", "tunnel_not_transparent",
        "200, and an answer of HTTP to the ClientHello";
    TlsResetAfterHelloRst, "tls_reset_after_hello_rst", "tls_reset_after_hello", "RST after ClientHello";
    TlsResetAfterHelloFin, "tls_reset_after_hello_fin", "tls_reset_after_hello",
        "the end of the stream after ClientHello";
    TlsResetAfterHelloConnect, "tls_reset_after_hello_connect", "tls_reset_after_hello",
        "through a proxy: the end of the stream after ClientHello";
    TlsSilent, "tls_silent", "tls_silent", "no byte after ClientHello";
    TlsSilentConnect, "tls_silent_connect", "tls_silent", "through a proxy: no byte after ClientHello";
    TlsStalledRecord, "tls_stalled_record", "tls_stalled", "five bytes of ServerHello come, and nothing more";
    TlsStalledFlight, "tls_stalled_flight", "tls_stalled",
        "300 bytes of the server's first flight come, and nothing more";
    TlsNotTlsHttp, "tls_not_tls_http", "tls_not_tls", "plain http on the port of TLS";
    TlsNotTlsSsh, "tls_not_tls_ssh", "tls_not_tls", "a banner of SSH on the port of TLS";
    TlsVersionUnsupportedAlert, "tls_version_unsupported_alert", "tls_version_unsupported",
        "the alert protocol_version";
    TlsVersionUnsupportedServerHello, "tls_version_unsupported_server_hello", "tls_version_unsupported",
        "a ServerHello of TLS 1.1";
    TlsHandshakeRefusedHandshakeFailure, "tls_handshake_refused_handshake_failure", "tls_handshake_refused",
        "the alert handshake_failure";
    TlsHandshakeRefusedUnrecognizedName, "tls_handshake_refused_unrecognized_name", "tls_handshake_refused",
        "the fatal alert unrecognized_name";
    TlsHandshakeRefusedAccessDenied, "tls_handshake_refused_access_denied", "tls_handshake_refused",
        "the alert access_denied";
    TlsHandshakeRefusedInternalError, "tls_handshake_refused_internal_error", "tls_handshake_refused",
        "the alert internal_error";
    TlsInterceptedConnect, "tls_intercepted_connect", "tls_intercepted",
        "the proxy re-signs the tunnel with an authority that this machine does not trust";
    TlsInterceptedDirect, "tls_intercepted_direct", "tls_intercepted",
        "something on the direct path does the same";
    TlsInterceptedExpired, "tls_intercepted_expired", "tls_intercepted",
        "the same with a certificate that is over: re-signing comes first";
    TlsInterceptedNamed, "tls_intercepted_named", "tls_intercepted",
        "re-signed by an authority with the name of a known inspector, whose root is not sent";
    TlsUntrusted, "tls_untrusted", "tls_untrusted", "the chain ends in a root that nobody knows";
    TlsSelfSigned, "tls_self_signed", "tls_self_signed", "a single certificate that signed itself";
    TlsMissingIntermediate, "tls_missing_intermediate", "tls_missing_intermediate",
        "the server does not send the intermediate";
    TlsNameMismatch, "tls_name_mismatch", "tls_name_mismatch", "the certificate names another host";
    TlsNameMismatchExpired, "tls_name_mismatch_expired", "tls_name_mismatch",
        "it names another host and is over: the name comes first";
    TlsExpired, "tls_expired", "tls_expired", "the certificate is over";
    TlsNotYetValid, "tls_not_yet_valid", "tls_not_yet_valid", "the certificate has not begun";
    TlsClientCertificateRequiredTls12, "tls_client_certificate_required_tls12", "tls_client_certificate_required",
        "a client certificate is wanted, in TLS 1.2";
    TlsClientCertificateRequiredTls13, "tls_client_certificate_required_tls13", "tls_client_certificate_required",
        "a client certificate is wanted, in TLS 1.3: said after the handshake";
    HttpClosedCloseNotify, "http_closed_close_notify", "http_closed",
        "TLS ends in good order before an answer";
    HttpClosedFin, "http_closed_fin", "http_closed", "the stream ends before an answer";
    HttpClosedRst, "http_closed_rst", "http_closed", "RST before an answer";
    HttpClosedPlain, "http_closed_plain", "http_closed", "plain http: the stream ends before an answer";
    HttpSilent, "http_silent", "http_silent", "no byte of an answer";
    HttpSilentHeadCut, "http_silent_head_cut", "http_silent", "half a head, and then nothing";
    HttpSilentPlain, "http_silent_plain", "http_silent", "plain http: no byte of an answer";
    HttpMalformedGarbage, "http_malformed_garbage", "http_malformed", "bytes that are no HTTP";
    HttpMalformedCut, "http_malformed_cut", "http_malformed", "the stream ends within the head";
    HttpMalformedStatus, "http_malformed_status", "http_malformed", "a status that is no number";
    HttpMalformedOversize, "http_malformed_oversize", "http_malformed", "one field of 256 KiB";
    HttpUnexpectedStatus404, "http_unexpected_status_404", "http_unexpected_status",
        "404 where 200 is expected";
    HttpUnexpectedStatus200, "http_unexpected_status_200", "http_unexpected_status",
        "200 where 400 is expected";
    HttpUnexpectedStatus503, "http_unexpected_status_503", "http_unexpected_status",
        "503 where 200 is expected";
    HttpUnexpectedStatusRelayed, "http_unexpected_status_relayed", "http_unexpected_status",
        "plain http through a proxy: the origin's own 404, with the marks a proxy leaves on what it relays";
    HttpUnexpectedBody, "http_unexpected_body", "http_unexpected_body",
        "the status is right, the body is not";
    HttpRedirectedElsewhere, "http_redirected_elsewhere", "http_redirected_elsewhere",
        "plain http, and a redirect to a portal";
    BlockPageConnect, "block_page_connect", "block_page", "a page of FortiGuard inside the re-signed tunnel";
    BlockPageDirect, "block_page_direct", "block_page", "the same on the direct path, with status 200";
    BlockPagePlain, "block_page_plain", "block_page",
        "a page of FortiGuard in place of plain http, with status 200";
    BlockPagePlain403, "block_page_plain_403", "block_page", "the same with status 403";
    ServiceFault503, "service_fault_503", "service_fault", "503 from the origin";
    ServiceFault500, "service_fault_500", "service_fault", "500 from the origin";
}

impl Fault {
    /// The fault with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.id() == id)
    }

    /// Whether this system can show it. Linux shows all; others answer on loopback where Linux keeps silent, and
    /// have a route where Linux has none.
    pub const fn works_here(self) -> bool {
        cfg!(target_os = "linux")
            || !matches!(
                self,
                Self::ConnectSilent
                    | Self::ConnectSilentProxy
                    | Self::ConnectRefusedAndSilent
                    | Self::ConnectUnreachable
            )
    }

    /// Whether the probe learns the verdict only by waiting until its own time is over.
    pub fn is_silence(self) -> bool {
        matches!(
            self.verdict(),
            "name_server_silent"
                | "connect_silent"
                | "proxy_silent"
                | "tls_silent"
                | "tls_stalled"
                | "http_silent"
        ) || matches!(self, Self::ProxyTlsFailedSilent | Self::ConnectRefusedAndSilent)
    }
}

/// The verdicts that one attempt on loopback cannot show, each with the reason.
pub const NOT_SHOWN: &[(&str, &str)] = &[
    ("not_configured", "about the settings of a machine, not about a network"),
    ("setting_malformed", "about the settings of a machine: no packet is sent"),
    ("pac_unreachable", "the lab has no server of PAC files yet"),
    ("pac_failed", "about a script, not about a network"),
    ("wpad_absent", "asks the DHCP server and the search domains of a machine"),
    ("not_measured", "about the probe: it was stopped, or cannot look"),
    ("connect_forbidden_locally", "a prohibit route or a packet filter needs root"),
    ("tls_revoked", "revocation is seen by those who fetch revocation lists; a handshake does not show it"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_begin_with_their_verdict_and_are_unique() {
        let ids: BTreeSet<_> = Fault::ALL.iter().map(|fault| fault.id()).collect();
        assert_eq!(ids.len(), Fault::ALL.len());
        for fault in Fault::ALL {
            assert!(fault.id().starts_with(fault.verdict()), "{}", fault.id());
            assert_eq!(Fault::from_id(fault.id()), Some(*fault));
            // The id is a label of a host name in the scenes.
            assert!(fault.id().len() + "-drip".len() <= 63, "{}", fault.id());
        }
        assert_eq!(Fault::from_id("no such fault"), None);
    }
}
