//! squid, and nginx behind it on forty addresses under a thousand names, as little configured as they can be.
//!
//! As many names as targets: what a program remembers of a host is no help to it here.

use std::fmt::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use probe_tests::pki::{MANY_HOSTS, Pki};
use probe_tests::port;
use probe_tests::server::{Folder, Server};
use probe_tests::tool::{NGINX, SQUID};

/// Names of hosts.
const NAMES: usize = 1000;

/// Addresses that they have.
const ADDRESSES: usize = 40;

/// Squids with the same name share memory.
static STARTED: AtomicU32 = AtomicU32::new(0);

/// Both of them.
pub(crate) struct Bed {
    proxy: u16,
    origin: u16,
    _squid: Server,
    _nginx: Server,
}

impl Bed {
    /// Starts both.
    pub(crate) fn start(pki: &Pki) -> Self {
        let [proxy, origin] = port::free_ones();
        Self { proxy, origin, _nginx: nginx(pki, origin), _squid: squid(proxy) }
    }

    /// The proxy.
    pub(crate) fn proxy(&self) -> String {
        format!("http://127.0.0.1:{}", self.proxy)
    }

    /// So many different URLs, one name after the other.
    pub(crate) fn urls(&self, count: usize) -> Vec<String> {
        urls(self.origin, count)
    }
}

/// So many different URLs at this port.
pub(crate) fn urls(port: u16, count: usize) -> Vec<String> {
    (0..count).map(|index| format!("https://{}:{port}/ok?{index}", host(index % NAMES))).collect()
}

fn host(index: usize) -> String {
    format!("h{index}.{MANY_HOSTS}")
}

fn address(index: usize) -> String {
    format!("127.0.0.{}", index % ADDRESSES + 1)
}

fn nginx(pki: &Pki, port: u16) -> Server {
    let folder = Folder::new("bench-nginx");
    let here = folder.path().display().to_string();
    let mut text = format!(
        "daemon off;\nmaster_process off;\nworker_processes 1;\nworker_rlimit_nofile 16384;\npid {here}/nginx.pid;\n\
         error_log {here}/error.log crit;\nevents {{ worker_connections 8192; }}\nhttp {{\n    access_log off;\n    \
         keepalive_timeout 0;\n    ssl_session_cache off;\n    ssl_session_tickets off;\n    \
         ssl_protocols TLSv1.2 TLSv1.3;\n    ssl_ecdh_curve X25519:prime256v1;\n    ssl_certificate {};\n    \
         ssl_certificate_key {};\n",
        pki.many.chain.display(),
        pki.many.key.display()
    );
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        writeln!(text, "    {kind}_temp_path {here}/{kind};").expect("writing to a string");
    }
    text.push_str("    server {\n");
    for index in 0..ADDRESSES {
        writeln!(text, "        listen {}:{port} ssl backlog=4096;", address(index))
            .expect("writing to a string");
    }
    text.push_str("        location = /ok { return 200 \"ok\\n\"; }\n    }\n}\n");
    let config = folder.write("nginx.conf", text);
    let mut command = Command::new(NGINX.path());
    command.arg("-c").arg(config).arg("-p").arg(folder.path()).arg("-e").arg(folder.path().join("error.log"));
    Server::start("nginx", &mut command, folder, port, &["error.log"])
}

fn squid(port: u16) -> Server {
    let folder = Folder::new("bench-squid");
    let logs = folder.shared("logs");
    let mut hosts = String::from("127.0.0.1 localhost\n");
    for index in 0..NAMES {
        writeln!(hosts, "{} {}", address(index), host(index)).expect("writing to a string");
    }
    let hosts = folder.write("hosts", hosts);
    let config = folder.write(
        "squid.conf",
        format!(
            "http_port 127.0.0.1:{port}\npid_filename none\naccess_log none\ncache_log {}/cache.log\n\
             cache_store_log none\ncache deny all\ncache_mem 8 MB\ncoredump_dir none\nnetdb_filename none\n\
             pinger_enable off\nshutdown_lifetime 0 seconds\nmax_filedescriptors 16384\n\
             visible_hostname squid.probe.test\nhosts_file {}\nacl loopback dst 127.0.0.0/8\n\
             http_access allow loopback\nhttp_access deny all\n",
            logs.display(),
            hosts.display()
        ),
    );
    let name = format!("bench{}x{}", std::process::id(), STARTED.fetch_add(1, Ordering::Relaxed));
    let mut command = Command::new(SQUID.path());
    command.args(["-n", &name, "-N", "-f"]).arg(config);
    Server::start("squid", &mut command, folder, port, &["logs/cache.log"])
}
