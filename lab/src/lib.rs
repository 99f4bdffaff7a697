//! A network that misbehaves, in process, on loopback: to try probes on, and to see what a verdict means.
//!
//! A [`Lab`] has its own names ([`Lab::names`]), its own certificates (made at each start), origins and forward proxies.
//! Everything listens on free ports of 127.0.0.1; nothing needs root or the internet, and dropping the lab ends it all.
//!
//! - [`Lab::scene`] sets up one [`Fault`]: a URL, the proxy to use, whom to trust, and the verdict that a right probe
//!   gives. Each fault also comes in [`Pace::Drip`], one byte a write. The verdicts that loopback cannot show are in
//!   [`NOT_SHOWN`], with reasons.
//! - [`Lab::tour`] is a company in small: twenty targets, one proxy that allows most and spoils some, and a direct network
//!   that lets little through.
//! - [`Lab::describe`] and [`Lab::write_pem`] let people come with curl or a browser.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use probe_lab::{Fault, Lab};
//!
//! let lab = Lab::start().await?;
//! let scene = lab.scene(Fault::ProxyDeniedSquid).await?;
//! assert_eq!(scene.verdict, "proxy_denied");
//! assert!(scene.proxy.is_some_and(|proxy| proxy.starts_with("http://127.0.0.1:")));
//! # Ok(()) }
//! ```
//!
//! Inside, from the bottom up: `wire` is one accepted connection and what can be wrong below every protocol, `script`
//! what a party says, `listener` what is found at an address, `names` the name service, `certificates` the authorities,
//! `origin` and `proxy` the parties, `answers` their words as products spell them, `staging` who stands where for which
//! [`Fault`], `scene` and `tour` what comes out.

mod answers;
mod certificates;
mod fault;
mod listener;
mod names;
mod origin;
mod proxy;
mod scene;
mod script;
mod staging;
mod tour;
mod wire;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;

pub use crate::fault::{Fault, NOT_SHOWN};
pub use crate::names::NameAnswer;
pub use crate::scene::{Credentials, Scene};
pub use crate::tour::{Tour, TourTarget};
pub use crate::wire::Pace;

use crate::certificates::Certificates;
use crate::listener::DeadEnd;
use crate::names::Names;
use crate::origin::Origin;
use crate::proxy::Proxy;

/// The network. Dropping it ends all its listeners and connections.
#[derive(Debug)]
pub struct Lab {
    pub(crate) names: Arc<Names>,
    pub(crate) certificates: Certificates,
    listeners: Mutex<JoinSet<()>>,
    dead_ends: Mutex<Vec<DeadEnd>>,
    board: Mutex<Vec<Listening>>,
    scenes: tokio::sync::Mutex<HashMap<(Fault, Pace), Scene>>,
    tour: tokio::sync::Mutex<Option<Tour>>,
}

/// One listener of the lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it is, in words.
    pub what: String,
}

impl Lab {
    /// Makes the certificates. Listeners are opened by [`Lab::scene`] and [`Lab::tour`], when they are wanted.
    ///
    /// Must be called inside a tokio runtime with IO and time enabled.
    #[expect(
        clippy::unused_async,
        reason = "says that a runtime is needed, and may come to wait for its listeners"
    )]
    pub async fn start() -> io::Result<Self> {
        Ok(Self {
            names: Arc::default(),
            certificates: Certificates::make()?,
            listeners: Mutex::default(),
            dead_ends: Mutex::default(),
            board: Mutex::default(),
            scenes: tokio::sync::Mutex::default(),
            tour: tokio::sync::Mutex::default(),
        })
    }

    /// Sets up one fault, and says how to meet it. The same fault gives the same scene again.
    ///
    /// # Errors
    /// [`io::ErrorKind::Unsupported`] where this system cannot show it (see [`Fault::works_here`]); otherwise what the
    /// system says when a listener cannot be opened.
    pub async fn scene(&self, fault: Fault) -> io::Result<Scene> {
        self.scene_at(fault, Pace::AtOnce).await
    }

    /// The same with bytes that come at this pace: the proxy's, the origin's, and those of their TLS.
    ///
    /// # Errors
    /// As [`Lab::scene`].
    pub async fn scene_at(&self, fault: Fault, pace: Pace) -> io::Result<Scene> {
        let mut scenes = self.scenes.lock().await;
        if let Some(scene) = scenes.get(&(fault, pace)) {
            return Ok(scene.clone());
        }
        if !fault.works_here() {
            return Err(io::Error::new(io::ErrorKind::Unsupported, fault.describe()));
        }
        let scene = scene::open(self, fault, pace).await?;
        scenes.insert((fault, pace), scene.clone());
        Ok(scene)
    }

    /// Sets up the tour, and says what it holds. It is set up once.
    ///
    /// # Errors
    /// What the system says when a listener cannot be opened.
    pub async fn tour(&self) -> io::Result<Tour> {
        let mut tour = self.tour.lock().await;
        if let Some(tour) = &*tour {
            return Ok(tour.clone());
        }
        let opened = tour::open(self)?;
        *tour = Some(opened.clone());
        Ok(opened)
    }

    /// What clients are told by the lab's name service, by host and port, for all scenes set up so far and the tour. A
    /// name that is not in the list does not exist. The lab's proxies resolve by the same list, and know a few names more:
    /// those of targets that are only reached through them.
    ///
    /// The port is the one in the URL (443, 80); the addresses carry the port to connect to. They are loopback addresses
    /// because the lab is there: take them as a mapping, as curl's `--connect-to`, not as what a name server said.
    pub fn names(&self) -> Vec<((String, u16), NameAnswer)> {
        self.names.inside()
    }

    /// All listeners that were opened so far.
    pub fn addresses(&self) -> Vec<Listening> {
        lock(&self.board).clone()
    }

    /// Lines for a person: what listens where, and what to type. `pem_files` is where [`Lab::write_pem`] wrote.
    pub async fn describe(&self, pem_files: &Path) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(tour) = &*self.tour.lock().await {
            lines.extend(tour.describe(pem_files));
        }
        let scenes = self.scenes.lock().await;
        let mut scenes: Vec<_> = scenes.values().collect();
        scenes.sort_by_key(|scene| (scene.fault, scene.pace));
        for scene in scenes {
            let line = scene.curl(pem_files).unwrap_or_else(|| "(in the lab's name service only)".into());
            lines.push(format!("{:<28} {}", scene.verdict, scene.fault.describe()));
            lines.push(format!("    {line}"));
        }
        lines
    }

    /// The root in which the chains of the lab's services should end, in PEM.
    pub fn service_roots_pem(&self) -> String {
        self.certificates.service_roots_pem()
    }

    /// The root of the inspector ("Lab Inspection CA"), in PEM.
    pub fn inspector_root_pem(&self) -> String {
        self.certificates.inspector_root_pem()
    }

    /// The root of the company's own authority, which vouches for its https proxies, in PEM.
    pub fn corporate_root_pem(&self) -> String {
        self.certificates.corporate_root_pem()
    }

    /// A root that nobody is to trust, in PEM.
    pub fn unknown_root_pem(&self) -> String {
        self.certificates.unknown_root_pem()
    }

    /// Writes the roots to a directory, which is made where it is missing, and gives the files: `service-roots.pem`,
    /// `inspector-root.pem`, `corporate-root.pem`, `unknown-root.pem`; `local-roots.pem`, what this machine trusts on the
    /// tour (company and inspector); `machine-trust.pem`, the same and the service's, for programs with one list.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write_pem(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        std::fs::create_dir_all(directory)?;
        let local = self.corporate_root_pem() + &self.inspector_root_pem();
        let files = [
            ("service-roots.pem", self.service_roots_pem()),
            ("inspector-root.pem", self.inspector_root_pem()),
            ("corporate-root.pem", self.corporate_root_pem()),
            ("unknown-root.pem", self.unknown_root_pem()),
            ("machine-trust.pem", self.service_roots_pem() + &local),
            ("local-roots.pem", local),
        ];
        let write = |(name, pem): (&str, String)| {
            let path = directory.join(name);
            std::fs::write(&path, pem).map(|()| path)
        };
        files.into_iter().map(write).collect()
    }

    pub(crate) fn open_origin(&self, origin: Origin, pace: Pace, what: String) -> io::Result<SocketAddr> {
        let origin = Arc::new(origin);
        self.open(what, |listener| {
            listener::accept(listener, pace, move |wire| Arc::clone(&origin).serve(wire))
        })
    }

    pub(crate) fn open_proxy(&self, proxy: Proxy, pace: Pace, what: String) -> io::Result<SocketAddr> {
        let proxy = Arc::new(proxy);
        self.open(what, |listener| {
            listener::accept(listener, pace, move |wire| Arc::clone(&proxy).serve(wire))
        })
    }

    fn open<Accept>(
        &self,
        what: String,
        accept: impl FnOnce(tokio::net::TcpListener) -> Accept,
    ) -> io::Result<SocketAddr>
    where
        Accept: Future<Output = ()> + Send + 'static,
    {
        let listener = listener::bind()?;
        let address = listener.local_addr()?;
        lock(&self.listeners).spawn(accept(listener));
        lock(&self.board).push(Listening { address, what });
        Ok(address)
    }

    /// Holds an address that nobody serves.
    pub(crate) fn keep(&self, dead_end: DeadEnd) {
        lock(&self.dead_ends).push(dead_end);
    }
}

/// Nothing here can be left half done by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
