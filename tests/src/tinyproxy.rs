//! tinyproxy, the small forward proxy of appliances and containers. It asks the system for names.

use std::fmt::Write as _;
use std::process::Command;

use crate::port;
use crate::server::{Folder, Server};
use crate::tool::TINYPROXY;

/// A running tinyproxy.
#[derive(Debug)]
pub struct Tinyproxy {
    port: u16,
    _server: Server,
}

impl Tinyproxy {
    /// Starts one; `rules` are lines of its configuration. `denied_hosts` become its filter, one host a line.
    pub fn start(rules: &[String], denied_hosts: &[&str]) -> Self {
        let folder = Folder::new("tinyproxy");
        let port = port::free();
        let here = folder.path().display();
        let mut config = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 50\nAllow 127.0.0.0/8\nLogLevel Info\n\
             LogFile \"{here}/tinyproxy.log\"\nPidFile \"{here}/tinyproxy.pid\"\n"
        );
        if !denied_hosts.is_empty() {
            let filter = folder.write("filter", denied_hosts.join("\n") + "\n");
            writeln!(config, "Filter \"{}\"\nFilterExtended On", filter.display())
                .expect("writing to a string");
        }
        for rule in rules {
            config.push_str(rule);
            config.push('\n');
        }
        let path = folder.write("tinyproxy.conf", config);
        let mut command = Command::new(TINYPROXY.path());
        command.arg("-d").arg("-c").arg(path);
        let server = Server::start("tinyproxy", &mut command, folder, port, &["tinyproxy.log"]);
        Self { port, _server: server }
    }

    /// As a proxy setting.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }
}
