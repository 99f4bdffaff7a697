//! Servers that somebody took for a proxy: a web server, a load balancer, a TLS server.

use probe_tests::nginx::Site;
use probe_tests::tool::{HAPROXY, NGINX, OPENSSL};

use crate::bed::Fault;

pub(crate) fn faults() -> Vec<Fault> {
    vec![
        Fault::proxied("nginx/taken for a proxy", "proxy_connect_unsupported", |bed| {
            let proxy = format!("http://127.0.0.1:{}", bed.nginx().port(Site::Plain));
            bed.through(&proxy, Site::Good, "ok")
        })
        .showing("nginx")
        .also("its status is kept", |attempt| matches!(attempt.proxy_status, Some(400 | 405)))
        .needing(&[NGINX, OPENSSL]),
        // nginx looks at the first bytes and answers in plain http: 400.
        Fault::proxied("nginx/its TLS port taken for a proxy", "proxy_connect_unsupported", |bed| {
            let proxy = format!("http://127.0.0.1:{}", bed.nginx().port(Site::Good));
            bed.through(&proxy, Site::Good, "ok")
        })
        .proxy_status(400)
        .needing(&[NGINX, OPENSSL]),
        Fault::proxied("haproxy/denies", "proxy_denied", |bed| {
            bed.through(&bed.haproxy().denying(), Site::Good, "ok")
        })
        .proxy_status(403)
        .showing("HAProxy")
        .needing(&[HAPROXY, NGINX, OPENSSL]),
        Fault::proxied("haproxy/has no server", "proxy_upstream_failed", |bed| {
            bed.through(&bed.haproxy().without_servers(), Site::Good, "ok")
        })
        .proxy_status(503)
        .showing("HAProxy")
        .needing(&[HAPROXY, NGINX, OPENSSL]),
        Fault::proxied("haproxy/its server is silent", "proxy_upstream_silent", |bed| {
            bed.through(&bed.haproxy().silent_behind(), Site::Good, "ok")
        })
        .proxy_status(504)
        .showing("HAProxy")
        .needing(&[HAPROXY, NGINX, OPENSSL]),
        Fault::proxied("haproxy/denies http", "proxy_denied", |bed| {
            bed.through(&bed.haproxy().denying(), Site::Plain, "ok")
        })
        .at("http")
        .http_status(403)
        .needing(&[HAPROXY, NGINX, OPENSSL]),
    ]
}
