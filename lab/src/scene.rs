//! Scenes: one fault, ready to be met.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use crate::Lab;
use crate::fault::Fault;
use crate::listener::DeadEnd;
use crate::names::NameAnswer;
use crate::origin::Origin;
use crate::proxy::Proxy;
use crate::staging::{self, Behind, ProxyTls, Reach, Staging, USER};
use crate::wire::Pace;

/// The broadcast address of the loopback network: Linux has no route for TCP to it, and no packet leaves.
const NO_ROUTE: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);

/// The port in the URL of a proxy that is given by name.
const PROXY_PORT: u16 = 8080;

/// One fault, ready to be met by one attempt: what to ask, by which way, whom to trust, and what is right to say of it.
#[derive(Debug, Clone)]
pub struct Scene {
    /// What is wrong here.
    pub fault: Fault,
    /// How the bytes come.
    pub pace: Pace,
    /// The target. Its name and port exist in [`Lab::names`] and nowhere else.
    pub url: String,
    /// The same target with the lab's own port in it, for programs that can map a name to an address but not to another
    /// port. `None` where there is no listener behind the name.
    pub loopback_url: Option<String>,
    /// The proxy to use, as a URL without credentials; `None` for the direct path.
    pub proxy: Option<String>,
    /// The credentials for that proxy, where some are to be shown.
    pub credentials: Option<Credentials>,
    /// Where the chain of a service should end (PEM). This machine's own store does not hold it.
    pub service_roots_pem: String,
    /// What this machine trusts (PEM): the company's authority, and the inspector's where this scene says so.
    pub local_roots_pem: String,
    /// The statuses that are expected; empty for no expectation.
    pub expect: Vec<u16>,
    /// The body that is expected.
    pub body: Option<String>,
    /// The id of the verdict that a right probe gives.
    pub verdict: &'static str,
}

/// A user and a password of the lab. `Debug` does not show the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).field("password", &"***").finish()
    }
}

impl Scene {
    /// The line that shows this scene to a person who has curl and the files of [`Lab::write_pem`] in `pem_files`.
    /// `None` where the scene is in the name service, which curl does not ask.
    pub fn curl(&self, pem_files: &Path) -> Option<String> {
        let trust = pem_files.join("machine-trust.pem");
        let trust = trust.display();
        let mut line = format!("curl -sv --max-time 5 --cacert {trust}");
        match &self.proxy {
            Some(proxy) if proxy.contains("127.0.0.1") => {
                line.push_str(" -x ");
                line.push_str(proxy);
                if proxy.starts_with("https:") {
                    let _ = write!(line, " --proxy-cacert {trust}");
                }
                if let Some(Credentials { user, password }) = &self.credentials {
                    let _ = write!(line, " --proxy-user {user}:{password}");
                }
                let _ = write!(line, " {}", self.url);
            }
            Some(_) => return None,
            None => {
                let url = self.loopback_url.as_ref()?;
                let authority = url.split('/').nth(2)?;
                let _ = write!(line, " --resolve {authority}:127.0.0.1 {url}");
            }
        }
        Some(line)
    }
}

/// Where a name of the lab leads.
struct Found {
    answer: NameAnswer,
    /// The one port behind it, where there is one.
    port: Option<u16>,
}

impl Found {
    fn at(address: SocketAddr) -> Self {
        Self { answer: NameAnswer::Addresses(vec![address]), port: Some(address.port()) }
    }
}

/// Opens the listeners of one scene.
pub(crate) async fn open(lab: &Lab, fault: Fault, pace: Pace) -> io::Result<Scene> {
    let mut label = fault.id().replace('_', "-");
    if pace == Pace::Drip {
        label.push_str("-drip");
    }
    let (https_host, plain_host) =
        (format!("{label}.eu.endpoint.security.microsoft.com"), format!("{label}.crl.microsoft.com"));
    let staging = staging::stage(fault, &https_host, &lab.certificates)?;
    let (scheme, host, port, path) = if staging.plain {
        ("http", plain_host, 80, "/pki/crl/products/list.crl")
    } else {
        ("https", https_host, 443, "/edr/commands/test")
    };
    let Staging { reach, proxy, proxy_tls, origin, behind, .. } = staging;
    let what = format!("{} ({})", fault.id(), fault.describe());

    let (origin_port, proxy) = match proxy {
        None => {
            let found = reached(lab, reach, origin, pace, &what).await?;
            lab.names.set(&host, port, found.answer.clone());
            if let Some(real) = found.port {
                lab.names.set(&host, real, found.answer);
            }
            (found.port, None)
        }
        Some(play) => {
            let origin_port = stand_behind(lab, &host, port, behind, origin, pace, &what)?;
            let scheme = if proxy_tls.is_some() { "https" } else { "http" };
            let address = match (reach, proxy_tls) {
                (Reach::Refused, _) => dead_end(lab, DeadEnd::refused()?).to_string(),
                (Reach::Silent, _) => dead_end(lab, DeadEnd::silent().await?).to_string(),
                (Reach::Named(answer), _) => {
                    let name = format!("{label}.proxy.corp.example");
                    lab.names.set(&name, PROXY_PORT, answer);
                    format!("{name}:{PROXY_PORT}")
                }
                (_, Some(ProxyTls::Wrong(wrong))) => {
                    lab.open_origin(wrong, pace, format!("proxy of {what}"))?.to_string()
                }
                (_, tls) => {
                    let tls = tls.and_then(|tls| match tls {
                        ProxyTls::Right(tls) => Some(tls),
                        ProxyTls::Wrong(_) => None,
                    });
                    let names = Arc::clone(&lab.names);
                    let proxy = Proxy { tls, rules: HashMap::new(), otherwise: play, names };
                    lab.open_proxy(proxy, pace, format!("proxy of {what}"))?.to_string()
                }
            };
            (origin_port, Some(format!("{scheme}://{address}")))
        }
    };
    let inspector = if staging.inspector_trusted { lab.inspector_root_pem() } else { String::new() };
    Ok(Scene {
        fault,
        pace,
        url: format!("{scheme}://{host}{path}"),
        loopback_url: origin_port.map(|real| format!("{scheme}://{host}:{real}{path}")),
        proxy,
        credentials: staging
            .password
            .map(|password| Credentials { user: USER.into(), password: password.into() }),
        service_roots_pem: lab.service_roots_pem(),
        local_roots_pem: lab.corporate_root_pem() + &inspector,
        expect: staging.expect.to_vec(),
        body: staging.body.map(str::to_owned),
        verdict: fault.verdict(),
    })
}

/// What a client on the direct path finds.
async fn reached(lab: &Lab, reach: Reach, origin: Origin, pace: Pace, what: &str) -> io::Result<Found> {
    let listening = || lab.open_origin(origin, pace, what.to_owned());
    Ok(match reach {
        Reach::Listening => Found::at(listening()?),
        Reach::SecondAddress => {
            let refused = dead_end(lab, DeadEnd::refused()?);
            Found { answer: NameAnswer::Addresses(vec![refused, listening()?]), port: None }
        }
        Reach::Refused => Found::at(dead_end(lab, DeadEnd::refused()?)),
        Reach::Silent => Found::at(dead_end(lab, DeadEnd::silent().await?)),
        Reach::SilentThenRefused => {
            let silent = dead_end(lab, DeadEnd::silent().await?);
            let refused = dead_end(lab, DeadEnd::refused()?);
            Found { answer: NameAnswer::Addresses(vec![silent, refused]), port: None }
        }
        Reach::Unreachable => {
            Found { answer: NameAnswer::Addresses(vec![SocketAddr::from((NO_ROUTE, 443))]), port: None }
        }
        Reach::Named(answer) => Found { answer, port: None },
    })
}

/// What a proxy finds behind it. The client is told nothing of the origin's name: it has no business resolving it.
fn stand_behind(
    lab: &Lab,
    host: &str,
    port: u16,
    behind: Behind,
    origin: Origin,
    pace: Pace,
    what: &str,
) -> io::Result<Option<u16>> {
    let address = match behind {
        Behind::Unnamed => return Ok(None),
        Behind::Refused => dead_end(lab, DeadEnd::refused()?),
        Behind::Listening | Behind::NamedAtEdgeOnly => {
            lab.open_origin(origin, pace, format!("origin of {what}"))?
        }
    };
    let answer = NameAnswer::Addresses(vec![address]);
    if behind == Behind::NamedAtEdgeOnly {
        lab.names.set(host, port, NameAnswer::NotFound);
    }
    lab.names.set_at_edge(host, port, answer.clone());
    lab.names.set_at_edge(host, address.port(), answer);
    Ok(Some(address.port()))
}

fn dead_end(lab: &Lab, dead_end: DeadEnd) -> SocketAddr {
    let address = dead_end.address;
    lab.keep(dead_end);
    address
}
