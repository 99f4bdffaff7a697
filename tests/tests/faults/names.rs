//! Names that cannot be resolved and addresses that cannot be reached. Most of it happens inside a network namespace, where the
//! name server and the routes are ours.

use probe_tests::dnsmasq;
use probe_tests::namespace::{self, Namespace};
use probe_tests::pki::HOST;
use probe_tests::probe::Probe;
use probe_tests::tool::{NGINX, OPENSSL};

use crate::bed::{Bed, Fault};

fn inside(bed: &Bed, host: &str) -> Probe {
    bed.probe().within(4.0).and(["--path", "direct", &format!("https://{host}:9/")]).inside(bed.namespace())
}

pub(crate) fn faults() -> Vec<Fault> {
    let needs = Namespace::needs();
    in_the_namespace().into_iter().map(|fault| fault.if_met(&needs)).chain(on_this_machine()).collect()
}

fn in_the_namespace() -> Vec<Fault> {
    vec![
        Fault::direct("names/resolved, refused", "connect_refused", |bed| inside(bed, dnsmasq::GOOD))
            .showing("127.0.0.1"),
        Fault::direct("names/absent", "name_not_found", |bed| inside(bed, dnsmasq::ABSENT)),
        Fault::direct("names/refused by the name server", "name_server_failed", |bed| {
            inside(bed, dnsmasq::REFUSED)
        }),
        Fault::direct("names/silent name server", "name_server_silent", |bed| inside(bed, dnsmasq::SILENT)),
        Fault::direct("names/sinkholed", "name_sinkholed", |bed| inside(bed, dnsmasq::SINKHOLED))
            .showing("0.0.0.0"),
        Fault::proxied("names/absent proxy", "name_not_found", |bed| {
            let proxy = format!("http://{}:3128", dnsmasq::ABSENT);
            let target = format!("https://{}/", dnsmasq::GOOD);
            bed.probe().within(4.0).through(&proxy).and([target]).inside(bed.namespace())
        }),
        Fault::direct("routes/prohibited", "connect_forbidden_locally", |bed| {
            inside(bed, namespace::FORBIDDEN)
        }),
        Fault::direct("routes/unreachable", "connect_unreachable", |bed| inside(bed, namespace::UNREACHABLE)),
        // A black hole in this machine's own table: nobody but its administrator put it there.
        Fault::direct("routes/discarded", "connect_forbidden_locally", |bed| {
            inside(bed, namespace::DISCARDED)
        }),
        Fault::direct("routes/none", "connect_unreachable", |bed| inside(bed, namespace::NO_ROUTE)),
    ]
}

fn on_this_machine() -> Vec<Fault> {
    let faults = vec![
        // What this machine's own resolver says of a name that cannot exist depends on the network that it is in: a sandbox
        // may have no name server at all.
        Fault::direct("names/invalid, by the system", "name_not_found", |bed| {
            bed.probe().within(15.0).and(["--path", "direct", "https://egress-probe.invalid/"])
        })
        .or_verdict("name_server_failed")
        .or_verdict("name_server_silent"),
        Fault::direct("connect/refused", "connect_refused", |bed| {
            let port = bed.closed();
            bed.direct_to(port).and([format!("https://{HOST}:{port}/")])
        })
        .also("nothing is said of TLS", |attempt| attempt.tls.is_none()),
        Fault::direct("connect/silent", "connect_silent", |bed| {
            let port = bed.blackhole().port();
            bed.direct_to(port).within(1.5).and([format!("https://{HOST}:{port}/")])
        }),
        Fault::proxied("connect/silent proxy", "connect_silent", |bed| {
            let proxy = format!("http://{}", bed.blackhole());
            bed.probe().through(&proxy).within(1.5).and([format!("https://{HOST}/")])
        }),
        // A multicast address: the kernel knows no way there for TCP, and sends nothing.
        Fault::direct("connect/unreachable", "connect_unreachable", |bed| {
            bed.probe().resolving(HOST, ([224, 0, 0, 1], 443).into()).and([
                "--path",
                "direct",
                &format!("https://{HOST}/"),
            ])
        }),
        Fault::direct("connect/the second address answers", "reachable", |bed| {
            let port = bed.nginx().port(probe_tests::nginx::Site::Good);
            bed.probe().and([
                "--path",
                "direct",
                "--resolve",
                &format!("{HOST}:{port}:224.0.0.1,127.0.0.1"),
                &format!("https://{HOST}:{port}/ok"),
            ])
        })
        .showing("224.0.0.1")
        .needing(&[NGINX]),
    ];
    faults.into_iter().map(|fault| fault.needing_also(&[OPENSSL])).collect()
}
