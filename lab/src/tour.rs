//! The tour: a company in small, as a newcomer meets it in the first minute.
//!
//! Twenty targets of a security agent, one forward proxy that lets most of them through and spoils some in the ways that
//! proxies do, and a direct network that lets little through. Every second target teaches something.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::Lab;
use crate::answers::{self, ESTABLISHED};
use crate::certificates::{Face, Identity};
use crate::listener::DeadEnd;
use crate::names::NameAnswer;
use crate::origin::{Origin, Tls};
use crate::proxy::{Play, Proxy};
use crate::script::{End, Script};
use crate::wire::Pace;

/// The tour, set up.
#[derive(Debug, Clone)]
pub struct Tour {
    /// What to probe, in the order to show it.
    pub targets: Vec<TourTarget>,
    /// The company's proxy.
    pub proxy: String,
    /// Where the chain of a service should end (PEM).
    pub service_roots_pem: String,
    /// What this machine trusts (PEM): the company's authority and its inspector.
    pub local_roots_pem: String,
}

/// One target of the tour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TourTarget {
    /// The URL.
    pub url: String,
    /// The statuses that are expected; empty for no expectation.
    pub expect: Vec<u16>,
    /// The id of the verdict that is right through the proxy.
    pub through_proxy: &'static str,
    /// The id of the verdict that is right on the direct path.
    pub direct: &'static str,
}

/// What a proxy or the direct network does to one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    /// Squid's 403.
    Denied,
    /// Squid's `ERR_DNS_FAIL`, because the name is missing at the edge.
    Unnamed,
    /// Squid's `ERR_CONNECT_FAIL`, because nobody listens.
    Refused,
    /// Re-signed by the inspector.
    Inspected,
    /// A redirect to a portal.
    Portal,
    /// 407.
    Gate,
    /// A web filter's page.
    Filter,
    /// Reset after `ClientHello`.
    Reset,
    /// Nothing after the request or the `ClientHello`.
    Silent,
    /// The name does not exist.
    NotFound,
}

impl Way {
    /// The right verdict, for https or plain http.
    const fn verdict(self, plain: bool) -> &'static str {
        match self {
            Self::Open => "reachable",
            Self::Denied => "proxy_denied",
            Self::Unnamed => "proxy_name_not_found",
            Self::Refused => "proxy_upstream_refused",
            Self::Inspected => "inspected_trusted",
            Self::Portal if plain => "http_redirected_elsewhere",
            Self::Portal => "proxy_redirected",
            Self::Gate => "proxy_auth_required",
            Self::Filter => "block_page",
            Self::Reset => "tls_reset_after_hello",
            Self::Silent if plain => "http_silent",
            Self::Silent => "tls_silent",
            Self::NotFound => "name_not_found",
        }
    }
}

/// URL, the status that the service gives, whether it is expected, the way through the proxy, the direct way. Hosts are
/// distinct: a host is one party.
const TARGETS: &[(&str, u16, bool, Way, Way)] = &[
    // Command and control.
    ("https://winatp-gw-neu.microsoft.com/commands/test", 200, true, Way::Open, Way::Reset),
    ("https://winatp-gw-weu.microsoft.com/commands/test", 200, true, Way::Open, Way::Reset),
    ("https://winatp-gw-neu3.microsoft.com/commands/test", 200, true, Way::Open, Way::Silent),
    (
        "https://edr-neu.eu.endpoint.security.microsoft.com/edr/commands/test",
        200,
        true,
        Way::Denied,
        Way::NotFound,
    ),
    (
        "https://edr-weu.eu.endpoint.security.microsoft.com/edr/commands/test",
        200,
        true,
        Way::Denied,
        Way::Reset,
    ),
    // Cloud protection: 404 and 503 are what these paths answer when all is well.
    ("https://mdav.eu.endpoint.security.microsoft.com/mdav/test", 404, true, Way::Open, Way::Reset),
    ("https://wdcp.microsoft.com/", 503, true, Way::Open, Way::Open),
    ("https://wdcpalt.microsoft.com/", 503, true, Way::Refused, Way::Open),
    // Sensor data and configuration.
    ("https://eu-v20.events.data.microsoft.com/ping", 200, true, Way::Open, Way::Reset),
    ("https://eu-cdn.x.cp.wd.microsoft.com/ping", 200, true, Way::Open, Way::Reset),
    ("https://settings-win.data.microsoft.com/", 404, false, Way::Open, Way::Reset),
    // Samples and scripts: storage that answers 400 to a request without a name.
    ("https://usseu1northprod.blob.core.windows.net/", 400, true, Way::Inspected, Way::Silent),
    ("https://automatedirstrprdneu.blob.core.windows.net/", 400, true, Way::Inspected, Way::Reset),
    // Updates and reputation.
    ("https://definitionupdates.microsoft.com/", 200, false, Way::Unnamed, Way::NotFound),
    ("https://x.cp.wd.microsoft.com/api/report", 200, true, Way::Gate, Way::Reset),
    ("https://smartscreen-prod.microsoft.com/", 200, false, Way::Portal, Way::Reset),
    ("https://login.microsoftonline.com/", 200, false, Way::Open, Way::Open),
    // Revocation and trust lists, in plain http.
    (
        "http://crl.microsoft.com/pki/crl/products/MicRooCerAut2011_2011_03_22.crl",
        200,
        true,
        Way::Open,
        Way::Portal,
    ),
    (
        "http://ctldl.windowsupdate.com/msdownload/update/v3/static/trustedr/en/disallowedcertstl.cab",
        200,
        true,
        Way::Open,
        Way::Silent,
    ),
    ("http://www.microsoft.com/pkiops/crl/MicSecSerCA2011_2011-10-18.crl", 200, true, Way::Filter, Way::Open),
];

/// Opens the listeners of the tour.
pub(crate) fn open(lab: &Lab) -> io::Result<Tour> {
    let mut targets = Vec::new();
    let mut rules = HashMap::new();
    for &(url, status, expected, through_proxy, direct) in TARGETS {
        let plain = url.starts_with("http:");
        let host = url.split('/').nth(2).unwrap_or_default();
        let party = Party { lab, host, port: if plain { 80 } else { 443 }, status };
        if let Some(play) = party.stand_at_edge(through_proxy)? {
            rules.insert(host.to_owned(), play);
        }
        party.stand_on_direct_way(direct)?;
        targets.push(TourTarget {
            url: url.to_owned(),
            expect: if expected { vec![status] } else { Vec::new() },
            through_proxy: through_proxy.verdict(plain),
            direct: direct.verdict(plain),
        });
    }
    let proxy =
        Proxy { tls: None, rules, otherwise: Play::Forward(ESTABLISHED), names: Arc::clone(&lab.names) };
    let address = lab.open_proxy(proxy, Pace::AtOnce, "the company's proxy, on the tour".into())?;
    Ok(Tour {
        targets,
        proxy: format!("http://{address}"),
        service_roots_pem: lab.service_roots_pem(),
        local_roots_pem: lab.corporate_root_pem() + &lab.inspector_root_pem(),
    })
}

struct Party<'a> {
    lab: &'a Lab,
    host: &'a str,
    port: u16,
    status: u16,
}

impl Party<'_> {
    fn answer(&self) -> Script {
        Script::say(answers::origin(self.status, if self.status == 200 { "OK" } else { "" }))
    }

    fn tls(&self, identity: Identity) -> io::Result<Tls> {
        let config = self.lab.certificates.server_config(Face::new(identity), self.host)?;
        Ok(Tls { config, vanish_after: None })
    }

    fn service(&self) -> io::Result<Origin> {
        Ok(if self.port == 80 {
            Origin::Plain(self.answer())
        } else {
            Origin::Tls(self.tls(Identity::Service)?, self.answer())
        })
    }

    /// The proxy's rule for this host, where it has one, and what the proxy finds behind the name.
    fn stand_at_edge(&self, way: Way) -> io::Result<Option<Play>> {
        let found = match way {
            Way::Unnamed => NameAnswer::NotFound,
            Way::Refused => {
                let refused = DeadEnd::refused()?;
                let address = refused.address;
                self.lab.keep(refused);
                NameAnswer::Addresses(vec![address])
            }
            _ => {
                let what = format!("{}, behind the proxy", self.host);
                NameAnswer::Addresses(vec![self.lab.open_origin(self.service()?, Pace::AtOnce, what)?])
            }
        };
        self.lab.names.set_at_edge(self.host, self.port, found);
        Ok(match way {
            Way::Denied => Some(Play::Answer(Script::say(answers::squid(403, "ERR_ACCESS_DENIED 0")))),
            Way::Portal => Some(Play::Answer(Script::say(answers::redirect(302, answers::PORTAL)))),
            Way::Gate => Some(Play::Answer(Script::say(answers::squid_with(
                407,
                "ERR_CACHE_ACCESS_DENIED 0",
                &["Proxy-Authenticate: Negotiate", "Proxy-Authenticate: Basic realm=\"corp\""],
            )))),
            Way::Filter => Some(Play::Answer(Script::say(answers::fortiguard(403)))),
            Way::Inspected => Some(Play::Inspect(self.tls(Identity::Inspector)?, self.answer())),
            _ => None,
        })
    }

    /// What clients without a proxy are told, and what they find there.
    fn stand_on_direct_way(&self, way: Way) -> io::Result<()> {
        let plain = self.port == 80;
        let origin = match way {
            Way::NotFound => {
                self.lab.names.set(self.host, self.port, NameAnswer::NotFound);
                return Ok(());
            }
            Way::Reset => Origin::Raw(Script::end(End::Reset)),
            Way::Silent if plain => Origin::Plain(Script::end(End::Silence)),
            Way::Silent => Origin::Raw(Script::end(End::Silence)),
            Way::Portal => Origin::Plain(Script::say(answers::redirect(302, answers::PORTAL))),
            _ => self.service()?,
        };
        let what = format!("{}, on the direct path", self.host);
        let address = self.lab.open_origin(origin, Pace::AtOnce, what)?;
        self.lab.names.set(self.host, self.port, NameAnswer::Addresses(vec![address]));
        Ok(())
    }
}

impl TourTarget {
    /// As a line of a list of targets.
    pub fn line(&self) -> String {
        let mut line = self.url.clone();
        for (index, status) in self.expect.iter().enumerate() {
            line.push_str(if index == 0 { " expect=" } else { "," });
            line.push_str(&status.to_string());
        }
        line
    }
}

impl Tour {
    /// All targets as a list, one a line.
    pub fn list(&self) -> String {
        self.targets.iter().map(|target| target.line() + "\n").collect()
    }

    /// Lines for a person with curl: the proxy, and what comes of which target through it.
    pub(crate) fn describe(&self, pem_files: &Path) -> Vec<String> {
        let trust = pem_files.join("machine-trust.pem");
        let mut lines = vec![
            format!("The company's proxy listens at {}. Try:", self.proxy),
            format!("    curl -sv --max-time 5 -x {} --cacert {} URL", self.proxy, trust.display()),
        ];
        lines
            .extend(self.targets.iter().map(|target| format!("{:<28} {}", target.through_proxy, target.url)));
        lines
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn hosts_are_distinct() {
        let hosts: BTreeSet<_> = TARGETS.iter().map(|row| row.0.split('/').nth(2)).collect();
        assert_eq!(hosts.len(), TARGETS.len());
    }

    #[test]
    fn targets_are_lines_of_a_list() {
        let target = TourTarget {
            url: "https://a.example/".into(),
            expect: vec![200, 404],
            through_proxy: "reachable",
            direct: "reachable",
        };
        assert_eq!(target.line(), "https://a.example/ expect=200,404");
        assert_eq!(TourTarget { expect: Vec::new(), ..target }.line(), "https://a.example/");
    }
}
