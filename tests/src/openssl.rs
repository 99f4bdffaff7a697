//! `openssl s_server`: an origin whose TLS can be bent in every way.

use std::process::Command;

use crate::pki::Identity;
use crate::port;
use crate::server::{Folder, Server};
use crate::tool::OPENSSL;

/// A running `openssl s_server`, which answers every GET with a page about the connection.
#[derive(Debug)]
pub struct OpensslServer {
    port: u16,
    _server: Server,
}

impl OpensslServer {
    /// Starts one; `options` are `s_server`'s own.
    pub fn start(identity: &Identity, options: &[&str]) -> Self {
        let port = port::free();
        let mut command = Command::new(OPENSSL.path());
        command
            .args(["s_server", "-www", "-accept"])
            .arg(format!("127.0.0.1:{port}"))
            .arg("-cert")
            .arg(&identity.leaf)
            .arg("-key")
            .arg(&identity.key)
            .args(options);
        if let Some(above) = &identity.above {
            command.arg("-cert_chain").arg(above);
        }
        let server = Server::start("openssl s_server", &mut command, Folder::new("s-server"), port, &[]);
        Self { port, _server: server }
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Only TLS 1.1, which modern OpenSSL allows at security level 0 alone.
pub const TLS11_ONLY: [&str; 3] = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"];
