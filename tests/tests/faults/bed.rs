//! The servers that many faults share, each started when the first one needs it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;

use probe_tests::haproxy::Haproxy;
use probe_tests::mitmproxy::Mitmproxy;
use probe_tests::namespace::Namespace;
use probe_tests::nginx::{Nginx, Site};
use probe_tests::pki::{HOST, Pki};
use probe_tests::port;
use probe_tests::probe::Probe;
use probe_tests::raw::{Blackhole, Peer, Step};
use probe_tests::squid::Squid;
use probe_tests::tinyproxy::Tinyproxy;

/// The password that squid and tinyproxy ask for.
pub(crate) const PASSWORD: &str = "right";

/// A fault that is met in this bed.
pub(crate) type Fault = probe_tests::fault::Fault<Bed>;

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Bed {
    pki: OnceLock<Pki>,
    nginx: OnceLock<Nginx>,
    squid: OnceLock<Squid>,
    tinyproxy: OnceLock<Tinyproxy>,
    asking_tinyproxy: OnceLock<Tinyproxy>,
    mitmproxy: OnceLock<Mitmproxy>,
    haproxy: OnceLock<(Haproxy, Peer)>,
    blackhole: OnceLock<Blackhole>,
    namespace: OnceLock<Namespace>,
    closed: OnceLock<u16>,
}

impl Bed {
    pub(crate) fn pki(&self) -> &Pki {
        self.pki.get_or_init(Pki::make)
    }

    pub(crate) fn nginx(&self) -> &Nginx {
        self.nginx.get_or_init(|| Nginx::start(self.pki()))
    }

    pub(crate) fn squid(&self) -> &Squid {
        self.squid.get_or_init(|| Squid::start(self.pki(), PASSWORD))
    }

    /// Lets through what goes to the good site and to the closed port, except to hosts with `blocked` in their names.
    pub(crate) fn tinyproxy(&self) -> &Tinyproxy {
        self.tinyproxy.get_or_init(|| Tinyproxy::start(&self.allowed_ports(), &["blocked"]))
    }

    /// The same, for those who know the password.
    pub(crate) fn asking_tinyproxy(&self) -> &Tinyproxy {
        self.asking_tinyproxy.get_or_init(|| {
            let mut rules = self.allowed_ports();
            rules.push(format!("BasicAuth sensor {PASSWORD}"));
            Tinyproxy::start(&rules, &[])
        })
    }

    fn allowed_ports(&self) -> Vec<String> {
        [self.nginx().port(Site::Good), self.closed()].map(|port| format!("ConnectPort {port}")).to_vec()
    }

    pub(crate) fn mitmproxy(&self) -> &Mitmproxy {
        self.mitmproxy.get_or_init(|| Mitmproxy::start(self.pki()))
    }

    pub(crate) fn haproxy(&self) -> &Haproxy {
        let (haproxy, _) = self.haproxy.get_or_init(|| {
            let silent = Peer::start(vec![Step::Hold]);
            (Haproxy::start(silent.port()), silent)
        });
        haproxy
    }

    /// An address that answers no SYN.
    pub(crate) fn blackhole(&self) -> SocketAddr {
        self.blackhole.get_or_init(Blackhole::start).address()
    }

    pub(crate) fn namespace(&self) -> &Namespace {
        self.namespace.get_or_init(Namespace::new)
    }

    /// A port that nobody listens on.
    pub(crate) fn closed(&self) -> u16 {
        *self.closed.get_or_init(port::free)
    }

    /// A probe with the trust of these servers.
    pub(crate) fn probe(&self) -> Probe {
        Probe::check_with(self.pki())
    }

    /// A probe of a site of nginx, by its public name, without a proxy.
    pub(crate) fn direct(&self, site: Site, target: &str) -> Probe {
        let port = self.nginx().port(site);
        let scheme = if site == Site::Plain { "http" } else { "https" };
        self.direct_to(port).and([format!("{scheme}://{HOST}:{port}/{target}")])
    }

    /// A probe that finds [`HOST`] on this port, without a proxy. The target is for the caller to add.
    pub(crate) fn direct_to(&self, port: u16) -> Probe {
        self.probe().resolving(HOST, SocketAddr::from((Ipv4Addr::LOCALHOST, port))).and(["--path", "direct"])
    }

    /// A probe of a site of nginx through this proxy, which has to resolve the name.
    pub(crate) fn through(&self, proxy: &str, site: Site, target: &str) -> Probe {
        let scheme = if site == Site::Plain { "http" } else { "https" };
        let port = self.nginx().port(site);
        self.probe().through(proxy).and([format!("{scheme}://{HOST}:{port}/{target}")])
    }
}
