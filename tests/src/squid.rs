//! squid, the forward proxy that most people have: one process, one port for each way of being used.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::pki::{HOST, Pki};
use crate::port;
use crate::server::{Folder, Server};
use crate::tool::{CERTGEN, NCSA_AUTH, OPENSSL, SQUID};

/// The user that the port with authentication lets in.
pub const USER: &str = "petrel";
/// Another one, with the same password: for tests of wrong passwords. Squid keeps one state for each user, in which a wrong
/// password of this moment is the wrong password of everybody.
pub const OTHER_USER: &str = "guest";

/// A name that the allowlist leaves out.
pub const DENIED: &str = "denied.probe.test";
/// A name that nobody can resolve.
pub const NOWHERE: &str = "nowhere.probe.test";
/// A name whose address no connection can be made to: a multicast address, refused by the kernel before any packet.
pub const UNREACHABLE: &str = "unreachable.probe.test";
/// A name that squid answers with a redirect to a portal.
pub const PORTAL: &str = "portal-first.probe.test";

/// Names are unique to a process and number: squids with the same name share memory.
static STARTED: AtomicU32 = AtomicU32::new(0);

/// A running squid.
#[derive(Debug)]
pub struct Squid {
    ports: Ports,
    _server: Server,
}

#[derive(Debug)]
struct Ports {
    open: u16,
    auth: u16,
    tls: u16,
    dead_parent: u16,
    bump: u16,
}

impl Squid {
    /// Starts one that lets [`USER`] and [`OTHER_USER`] in with this password where it asks for one.
    pub fn start(pki: &Pki, password: &str) -> Self {
        let folder = Folder::new("squid");
        let [open, auth, tls, dead_parent, bump, nobody] = port::free_ones();
        let ports = Ports { open, auth, tls, dead_parent, bump };
        let logs = folder.shared("logs");
        let certificates = folder.shared("certificates");
        prepare_certificates(&certificates);
        folder.write("passwords", password_line(USER, password) + &password_line(OTHER_USER, password));
        folder.write(
            "hosts",
            format!("127.0.0.1 localhost {HOST} {DENIED} {PORTAL}\n224.0.0.1 {UNREACHABLE}\n"),
        );
        let config = folder
            .write("squid.conf", configuration(folder.path(), pki, &ports, nobody, &logs, &certificates));
        let name = format!("probe{}x{}", std::process::id(), STARTED.fetch_add(1, Ordering::Relaxed));
        let mut command = Command::new(SQUID.path());
        command.args(["-n", &name, "-N", "-f"]).arg(config);
        let server = Server::start("squid", &mut command, folder, open, &["logs/cache.log"]);
        Self { ports, _server: server }
    }

    /// As a proxy setting: an allowlist of names and ports, and no questions asked.
    pub fn open(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.open)
    }

    /// The same, but it wants a name and a password (Basic). `user_info` is empty, or `user:password@`.
    pub fn auth(&self, user_info: &str) -> String {
        format!("http://{user_info}127.0.0.1:{}", self.ports.auth)
    }

    /// The same as [`Squid::open`], spoken to in TLS. Its certificate names `localhost`.
    pub fn tls(&self) -> String {
        format!("https://localhost:{}", self.ports.tls)
    }

    /// The port of [`Squid::tls`].
    pub fn tls_port(&self) -> u16 {
        self.ports.tls
    }

    /// Passes everything on to a parent that is not there.
    pub fn dead_parent(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.dead_parent)
    }

    /// Re-signs what passes.
    pub fn bump(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.bump)
    }
}

/// The helper keeps its certificates in a folder of its own making, which squid's own user then writes to.
fn prepare_certificates(folder: &Path) {
    let database = folder.join("db");
    run(Command::new(CERTGEN.path()).arg("-c").arg("-s").arg(&database).args(["-M", "4MB"]));
    run(Command::new("chmod").args(["-R", "a+rwX"]).arg(&database));
}

/// A line of a password file, hashed as `htpasswd` does.
fn password_line(user: &str, password: &str) -> String {
    let hash = run(Command::new(OPENSSL.path()).args(["passwd", "-apr1", password]));
    format!("{user}:{hash}")
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn configuration(
    folder: &Path,
    pki: &Pki,
    ports: &Ports,
    nobody: u16,
    logs: &Path,
    certificates: &Path,
) -> String {
    let Ports { open, auth, tls, dead_parent, bump } = ports;
    let (here, logs, certificates) = (folder.display(), logs.display(), certificates.display());
    let (proxy_chain, proxy_key) = (pki.proxy.chain.display(), pki.proxy.key.display());
    let (inspector, inspector_key) = (pki.inspector.chain.display(), pki.inspector.key.display());
    let (service_roots, certgen, ncsa) = (pki.service_roots.display(), CERTGEN.program, NCSA_AUTH.program);
    format!(
        "\
http_port 127.0.0.1:{open} name=open
http_port 127.0.0.1:{auth} name=auth
https_port 127.0.0.1:{tls} name=tls tls-cert={proxy_chain} tls-key={proxy_key}
http_port 127.0.0.1:{dead_parent} name=dead_parent
http_port 127.0.0.1:{bump} name=bump ssl-bump tls-cert={inspector} tls-key={inspector_key} \
generate-host-certificates=on dynamic_cert_mem_cache_size=1MB

pid_filename none
access_log none
cache_log {logs}/cache.log
cache_store_log none
cache deny all
cache_mem 8 MB
coredump_dir none
netdb_filename none
pinger_enable off
shutdown_lifetime 0 seconds
max_filedescriptors 1024
visible_hostname squid.probe.test
hosts_file {here}/hosts
# Nobody answers there: a name that is not in the file above cannot be resolved.
dns_nameservers 127.0.0.1
dns_timeout 1 seconds
dns_retransmit_interval 1 seconds
dns_defnames off
connect_timeout 1 seconds
forward_timeout 10 seconds
connect_retries 0

auth_param basic program {ncsa} {here}/passwords
auth_param basic realm Example Corp

cache_peer 127.0.0.1 parent {nobody} 0 no-query no-digest name=nobody
acl through_parent myportname dead_parent
cache_peer_access nobody allow through_parent
cache_peer_access nobody deny all
never_direct allow through_parent
always_direct allow !through_parent

sslcrtd_program {certgen} -s {certificates}/db -M 4MB
sslcrtd_children 2 startup=1 idle=1
tls_outgoing_options cafile={service_roots}
acl hello at_step SslBump1
ssl_bump peek hello
ssl_bump bump all

acl CONNECT method CONNECT
acl high_ports port 10240-32767
acl denied_names dstdomain -n {DENIED}
acl portal_names dstdomain -n {PORTAL}
acl listed_names dstdomain -n .probe.test
acl with_names myportname auth
acl users proxy_auth REQUIRED
deny_info 302:http://portal.probe.test/login portal_names
http_access deny portal_names
http_access deny denied_names
http_access deny CONNECT !high_ports
http_access deny with_names !users
http_access allow listed_names
http_access deny all
"
    )
}
