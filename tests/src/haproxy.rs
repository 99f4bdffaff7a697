//! `HAProxy` as the forward hop that somebody took for a proxy: a load balancer, which answers CONNECT with its own errors.

use std::process::Command;

use crate::port;
use crate::server::{Folder, Server};
use crate::tool::HAPROXY;

/// A running `HAProxy` with a port for each of its answers.
#[derive(Debug)]
pub struct Haproxy {
    denying: u16,
    without_servers: u16,
    silent_behind: u16,
    _server: Server,
}

impl Haproxy {
    /// Starts one. `silent` is the port of a server that accepts and never answers.
    pub fn start(silent: u16) -> Self {
        let folder = Folder::new("haproxy");
        let [denying, without_servers, silent_behind] = port::free_ones();
        let config = folder.write(
            "haproxy.cfg",
            format!(
                "global\n    maxconn 100\n\
                 defaults\n    mode http\n    timeout connect 1s\n    timeout client 30s\n    timeout server 500ms\n\
                 frontend denying\n    bind 127.0.0.1:{denying}\n    http-request deny\n\
                 frontend without_servers\n    bind 127.0.0.1:{without_servers}\n    default_backend nobody\n\
                 backend nobody\n\
                 frontend silent_behind\n    bind 127.0.0.1:{silent_behind}\n    default_backend silent\n\
                 backend silent\n    server one 127.0.0.1:{silent}\n"
            ),
        );
        let mut command = Command::new(HAPROXY.path());
        command.arg("-db").arg("-f").arg(config);
        let server = Server::start("haproxy", &mut command, folder, denying, &[]);
        Self { denying, without_servers, silent_behind, _server: server }
    }

    /// Answers everything with 403.
    pub fn denying(&self) -> String {
        format!("http://127.0.0.1:{}", self.denying)
    }

    /// Answers everything with 503: it has no server to pass it to.
    pub fn without_servers(&self) -> String {
        format!("http://127.0.0.1:{}", self.without_servers)
    }

    /// Answers everything with 504 after half a second: its server says nothing.
    pub fn silent_behind(&self) -> String {
        format!("http://127.0.0.1:{}", self.silent_behind)
    }
}
