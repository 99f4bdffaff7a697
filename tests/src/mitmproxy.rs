//! mitmproxy, the inspector whose name everybody knows.

use std::path::PathBuf;
use std::process::Command;

use crate::pki::Pki;
use crate::port;
use crate::server::{Folder, Server};
use crate::tool::MITMDUMP;

/// A running mitmproxy, with an authority of its own.
#[derive(Debug)]
pub struct Mitmproxy {
    port: u16,
    server: Server,
}

impl Mitmproxy {
    /// Starts one that trusts the service roots. It asks the system for names.
    pub fn start(pki: &Pki) -> Self {
        let folder = Folder::new("mitmproxy");
        let port = port::free();
        let mut command = Command::new(MITMDUMP.path());
        command
            .args(["--quiet", "--listen-host", "127.0.0.1", "--listen-port", &port.to_string(), "--set"])
            .arg(format!("confdir={}", folder.path().display()))
            .arg("--set")
            .arg(format!("ssl_verify_upstream_trusted_ca={}", pki.service_roots.display()))
            .env("HOME", folder.path());
        let server = Server::start("mitmdump", &mut command, folder, port, &[]);
        Self { port, server }
    }

    /// As a proxy setting.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The certificate of its authority, which it makes when it starts.
    pub fn root(&self) -> PathBuf {
        self.server.folder().join("mitmproxy-ca-cert.pem")
    }
}
