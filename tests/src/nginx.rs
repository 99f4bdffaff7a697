//! nginx as an origin: one process, one port for each way in which its TLS can be right or wrong.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::pki::{Identity, Pki};
use crate::port;
use crate::server::{Folder, Server};
use crate::tool::NGINX;

/// How one port of nginx behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// TLS 1.2 and 1.3, and a good chain.
    Good,
    /// TLS 1.2 alone.
    Tls12,
    /// TLS 1.3 alone.
    Tls13,
    /// An RSA key, and suites for it alone.
    Rsa,
    /// Its certificate is over.
    Expired,
    /// Its certificate has not begun.
    NotYetValid,
    /// Its certificate is for another host.
    WrongName,
    /// Its certificate is its own issuer.
    SelfSigned,
    /// It does not send the intermediate.
    NoIntermediate,
    /// Its authority is unknown.
    Unknown,
    /// Its authority is unknown, and sent along.
    UnknownWithRoot,
    /// It wants a client certificate, and says so in an answer of its own (400).
    ClientCertificate,
    /// Plain http.
    Plain,
}

const SITES: [Site; 13] = [
    Site::Good,
    Site::Tls12,
    Site::Tls13,
    Site::Rsa,
    Site::Expired,
    Site::NotYetValid,
    Site::WrongName,
    Site::SelfSigned,
    Site::NoIntermediate,
    Site::Unknown,
    Site::UnknownWithRoot,
    Site::ClientCertificate,
    Site::Plain,
];

/// What every site answers: `/` and `/ok` with 200 and `ok`, the others with what their names say.
const PAGES: &str = r#"
        location = / { return 200 "ok\n"; }
        location = /ok { return 200 "ok\n"; }
        location = /forbidden { return 403 "no\n"; }
        location = /fault { return 503 "later\n"; }
        location = /moved-here { return 302 /ok; }
        location = /moved-away { return 302 http://portal.probe.test/login; }
        location / { return 404 "nothing here\n"; }
"#;

/// A running nginx.
#[derive(Debug)]
pub struct Nginx {
    ports: [u16; SITES.len()],
    _server: Server,
}

impl Nginx {
    /// Starts one with every site.
    pub fn start(pki: &Pki) -> Self {
        let folder = Folder::new("nginx");
        let ports = port::free_ones();
        let config = folder.write("nginx.conf", configuration(folder.path(), pki, &ports));
        let mut command = Command::new(NGINX.path());
        command
            .arg("-c")
            .arg(config)
            .arg("-p")
            .arg(folder.path())
            .arg("-e")
            .arg(folder.path().join("error.log"));
        let server = Server::start("nginx", &mut command, folder, ports[0], &["error.log"]);
        Self { ports, _server: server }
    }

    /// The port of a site, on 127.0.0.1.
    pub fn port(&self, site: Site) -> u16 {
        let index = SITES.iter().position(|each| *each == site).expect("every site is in the list");
        self.ports[index]
    }
}

fn configuration(folder: &Path, pki: &Pki, ports: &[u16]) -> String {
    let here = folder.display();
    let mut text = format!(
        "daemon off;\nmaster_process off;\nworker_processes 1;\npid {here}/nginx.pid;\nerror_log {here}/error.log info;\n\
         events {{ worker_connections 512; }}\nhttp {{\n    access_log off;\n    default_type text/plain;\n    \
         keepalive_timeout 0;\n    ssl_session_cache off;\n    ssl_session_tickets off;\n",
    );
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        writeln!(text, "    {kind}_temp_path {here}/{kind};").expect("writing to a string");
    }
    for (site, port) in SITES.iter().zip(ports) {
        write!(
            text,
            "    server {{\n        listen 127.0.0.1:{port}{};\n",
            if *site == Site::Plain { "" } else { " ssl" }
        )
        .expect("writing to a string");
        if let Some(identity) = site.identity(pki) {
            let (chain, key) = (identity.chain.display(), identity.key.display());
            write!(text, "        ssl_certificate {chain};\n        ssl_certificate_key {key};\n")
                .expect("writing to a string");
        }
        text.push_str(site.options());
        if *site == Site::ClientCertificate {
            let roots = pki.client_roots.display();
            write!(text, "        ssl_verify_client on;\n        ssl_client_certificate {roots};\n")
                .expect("writing to a string");
        }
        text.push_str(PAGES);
        text.push_str("    }\n");
    }
    text.push_str("}\n");
    text
}

impl Site {
    fn identity(self, pki: &Pki) -> Option<&Identity> {
        Some(match self {
            Self::Plain => return None,
            Self::Good | Self::Tls12 | Self::Tls13 | Self::ClientCertificate => &pki.good,
            Self::Rsa => &pki.rsa,
            Self::Expired => &pki.expired,
            Self::NotYetValid => &pki.not_yet_valid,
            Self::WrongName => &pki.wrong_name,
            Self::SelfSigned => &pki.self_signed,
            Self::NoIntermediate => &pki.no_intermediate,
            Self::Unknown => &pki.unknown,
            Self::UnknownWithRoot => &pki.unknown_with_root,
        })
    }

    const fn options(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Tls12 => "        ssl_protocols TLSv1.2;\n",
            Self::Tls13 => "        ssl_protocols TLSv1.3;\n",
            _ => "        ssl_protocols TLSv1.2 TLSv1.3;\n",
        }
    }
}
