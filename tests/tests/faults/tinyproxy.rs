//! tinyproxy, which says little: its reasons are all there is to read.

use probe_tests::nginx::Site;
use probe_tests::probe::Probe;
use probe_tests::tool::{NGINX, OPENSSL, TINYPROXY};

use crate::bed::{Bed, Fault, PASSWORD};

fn open(bed: &Bed, target: &str) -> Probe {
    bed.probe().through(&bed.tinyproxy().url()).and([target])
}

/// It asks the system for names, and every system knows this one.
fn local(bed: &Bed, site: Site) -> String {
    format!("https://localhost:{}/ok", bed.nginx().port(site))
}

fn asking(bed: &Bed, user_info: &str) -> Probe {
    let proxy = bed.asking_tinyproxy().url().replace("//", &format!("//{user_info}"));
    bed.probe().through(&proxy).and([local(bed, Site::Good)])
}

pub(crate) fn faults() -> Vec<Fault> {
    let faults = vec![
        Fault::proxied("tinyproxy/allowed", "reachable", |bed| open(bed, &local(bed, Site::Good)))
            .proxy_status(200)
            .http_status(200),
        Fault::proxied("tinyproxy/denied port", "proxy_denied", |bed| open(bed, &local(bed, Site::Rsa)))
            .proxy_status(403)
            .showing("Access violation"),
        Fault::proxied("tinyproxy/filtered name", "proxy_denied", |bed| {
            open(bed, &format!("https://blocked.invalid:{}/", bed.nginx().port(Site::Good)))
        })
        .proxy_status(403)
        .showing("Filtered"),
        // 500 for everything that its own connection can meet, and no word of what it was.
        Fault::proxied("tinyproxy/unresolvable name", "proxy_upstream_failed", |bed| {
            open(bed, &format!("https://nowhere.invalid:{}/", bed.nginx().port(Site::Good))).within(15.0)
        })
        .proxy_status(500)
        .showing("Unable to connect"),
        Fault::proxied("tinyproxy/refused upstream", "proxy_upstream_failed", |bed| {
            open(bed, &format!("https://localhost:{}/", bed.closed()))
        })
        .proxy_status(500)
        .showing("Unable to connect"),
        Fault::proxied("tinyproxy/407 without credentials", "proxy_auth_required", |bed| asking(bed, ""))
            .proxy_status(407)
            .also("the schemes are listed", |attempt| attempt.auth_schemes == ["Basic"]),
        // Its answer to a wrong password is 401, which is for origins; to a proxy's 401 the contract has one name.
        Fault::proxied("tinyproxy/401 to a wrong password", "proxy_denied", |bed| {
            asking(bed, "sensor:wrong@")
        })
        .proxy_status(401),
        Fault::proxied("tinyproxy/right password", "reachable", |bed| {
            asking(bed, &format!("sensor:{PASSWORD}@"))
        }),
        Fault::proxied("tinyproxy/http", "reachable", |bed| {
            open(bed, &format!("http://localhost:{}/ok", bed.nginx().port(Site::Plain)))
        })
        .http_status(200),
        Fault::proxied("tinyproxy/http, filtered name", "proxy_denied", |bed| {
            open(bed, "http://blocked.invalid:8080/")
        })
        .at("http")
        .http_status(403),
        Fault::proxied("tinyproxy/http, refused upstream", "proxy_upstream_failed", |bed| {
            open(bed, &format!("http://localhost:{}/", bed.closed()))
        })
        .at("http")
        .http_status(500),
    ];
    faults.into_iter().map(|fault| fault.needing(&[TINYPROXY, NGINX, OPENSSL])).collect()
}
