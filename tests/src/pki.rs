//! Certificates as the world makes them, good and bad, made by `openssl`: the chains that a probe has to judge are not made by
//! a library of the language that judges them.
//!
//! ```text
//! service root ── service issuing ── good, rsa, wrong-name, expired, not-yet-valid      (these name where the issuer is)
//! service root ── many                                                                   (for measurements)
//! unknown root ── unknown issuing ── unknown
//! corporate root ── proxy                                                                (the company's own servers)
//! inspector root                                                                         (re-signs what passes)
//! self-signed
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::server::Folder;
use crate::tool::OPENSSL;

/// The host that the good certificates name, besides `localhost` and 127.0.0.1.
pub const HOST: &str = "service.probe.test";
/// Where the hosts are that [`Pki::many`] names.
pub const MANY_HOSTS: &str = "many.probe.test";
/// The name of the authority that re-signs: no inspector of renown.
pub const INSPECTOR: &str = "Example Inspection Authority";
/// What stands in the issuer's name of the certificate that attacks terminals.
pub const HOSTILE_NAME: &str = "Evil\u{1b}[31m\u{7}\r\nRoot";

const PAST: Validity = Validity("20200101000000Z", "20210101000000Z");
const PRESENT: Validity = Validity("20240101000000Z", "20991231000000Z");
const FUTURE: Validity = Validity("20900101000000Z", "20991231000000Z");

/// Where a certificate's issuer can be fetched from: what tells a public authority's certificate from a private one's.
const PUBLIC: &str = "authorityInfoAccess = caIssuers;URI:http://pki.example.com/issuing.crt\n";

/// First and last second of a validity.
#[derive(Debug, Clone, Copy)]
struct Validity(&'static str, &'static str);

/// A certificate with its chain, and its key, as servers take them.
#[derive(Debug, Clone)]
pub struct Identity {
    /// PEM: the certificate, and behind it what else the server is to send.
    pub chain: PathBuf,
    /// PEM: the private key.
    pub key: PathBuf,
    /// PEM: the certificate alone.
    pub leaf: PathBuf,
    /// PEM: what is sent behind the certificate.
    pub above: Option<PathBuf>,
}

/// All of them.
#[derive(Debug)]
pub struct Pki {
    folder: Folder,
    /// Where the chains of services should end: for `--service-roots`.
    pub service_roots: PathBuf,
    /// What this machine trusts besides: for `--local-roots`. The company's authority and its inspector's.
    pub local_roots: PathBuf,
    /// The company's authority alone: this machine does not trust the inspector.
    pub local_roots_without_inspector: PathBuf,
    /// An authority that issues client certificates; nobody in these tests has one.
    pub client_roots: PathBuf,
    /// As it should be.
    pub good: Identity,
    /// The same, with RSA keys.
    pub rsa: Identity,
    /// For another host.
    pub wrong_name: Identity,
    /// Over since 2021.
    pub expired: Identity,
    /// Begins in 2090.
    pub not_yet_valid: Identity,
    /// Signed by itself.
    pub self_signed: Identity,
    /// As it should be, but the intermediate is not sent.
    pub no_intermediate: Identity,
    /// For every host under [`MANY_HOSTS`], by the root itself: the least that a client has to verify.
    pub many: Identity,
    /// Of an authority that nobody knows; its root is not sent.
    pub unknown: Identity,
    /// Of an authority that nobody knows; its root is sent.
    pub unknown_with_root: Identity,
    /// Of an authority that nobody knows, and whose name is full of control characters; its root is sent.
    pub hostile: Identity,
    /// Of the company's authority: for its https proxies.
    pub proxy: Identity,
    /// The authority that re-signs: `chain` is its root.
    pub inspector: Identity,
}

/// An authority while certificates are made.
struct Authority {
    certificate: PathBuf,
    key: PathBuf,
}

impl Pki {
    /// Makes all of them; takes about a second.
    pub fn make() -> Self {
        let folder = Folder::new("pki");
        let maker = Maker { folder: &folder };
        let service = maker.root("service-root", "/O=Example Services/CN=Example Service Root 1");
        let issuing =
            maker.issuing("service-issuing", "/O=Example Services/CN=Example Service Issuing 2", &service);
        let unknown = maker.root("unknown-root", "/O=Example Private/CN=Example Private Root 7");
        let unknown_issuing =
            maker.issuing("unknown-issuing", "/O=Example Private/CN=Example Private Issuing 7", &unknown);
        let corporate = maker.root("corporate-root", "/O=Example Corp/CN=Example Corp Root");
        let inspector = maker.root("inspector-root", &format!("/O=Example Corp/CN={INSPECTOR}"));
        let hostile = maker.root("hostile-root", &format!("/O=Example/CN={HOSTILE_NAME}"));
        let client = maker.root("client-root", "/O=Example Services/CN=Example Clients");

        let key = maker.key("server", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        let rsa_key = maker.key("server-rsa", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
        let ours = format!("{}{PUBLIC}", names(HOST));
        let issue = |name, key: &Path, extensions: &str, validity| {
            maker.leaf(name, key, extensions, validity, &issuing)
        };
        let with = |leaf: &Path, key: &Path, others: &[&Path]| maker.identity(leaf, key, others);

        let good = issue("good", &key, &ours, PRESENT);
        let rsa = issue("rsa", &rsa_key, &ours, PRESENT);
        let elsewhere = format!("subjectAltName = DNS:another.probe.test\n{PUBLIC}");
        let wrong_name = issue("wrong-name", &key, &elsewhere, PRESENT);
        let expired = issue("expired", &key, &ours, PAST);
        let not_yet_valid = issue("not-yet-valid", &key, &ours, FUTURE);
        let self_signed = maker.self_signed("self-signed", &key, "/CN=service.probe.test", &names(HOST));
        let no_intermediate = issue("no-intermediate", &key, &ours, PRESENT);
        let many_names = format!("subjectAltName = DNS:*.{MANY_HOSTS}\n{PUBLIC}");
        let many = maker.leaf("many", &key, &many_names, PRESENT, &service);
        let private = maker.leaf("unknown", &key, &names(HOST), PRESENT, &unknown_issuing);
        let private_with_root =
            maker.leaf("unknown-with-root", &key, &names(HOST), PRESENT, &unknown_issuing);
        let attacking = maker.leaf("hostile", &key, &names(HOST), PRESENT, &hostile);
        let proxy = maker.leaf("proxy", &key, &names("proxy.probe.test"), PRESENT, &corporate);

        let issuing = issuing.certificate.as_path();
        Self {
            service_roots: service.certificate.clone(),
            local_roots: maker
                .concatenate("local-roots.pem", &[&corporate.certificate, &inspector.certificate]),
            local_roots_without_inspector: corporate.certificate.clone(),
            client_roots: client.certificate.clone(),
            good: with(&good, &key, &[issuing]),
            rsa: with(&rsa, &rsa_key, &[issuing]),
            wrong_name: with(&wrong_name, &key, &[issuing]),
            expired: with(&expired, &key, &[issuing]),
            not_yet_valid: with(&not_yet_valid, &key, &[issuing]),
            self_signed: with(&self_signed, &key, &[]),
            no_intermediate: with(&no_intermediate, &key, &[]),
            many: with(&many, &key, &[]),
            unknown_with_root: with(
                &private_with_root,
                &key,
                &[&unknown_issuing.certificate, &unknown.certificate],
            ),
            unknown: with(&private, &key, &[&unknown_issuing.certificate]),
            hostile: with(&attacking, &key, &[&hostile.certificate]),
            proxy: with(&proxy, &key, &[]),
            inspector: with(&inspector.certificate, &inspector.key, &[]),
            folder,
        }
    }

    /// The folder that all files are in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The extension that names a host, `localhost` and this machine.
fn names(host: &str) -> String {
    format!("subjectAltName = DNS:{host}, DNS:localhost, IP:127.0.0.1\n")
}

/// Runs `openssl` in one folder.
struct Maker<'a> {
    folder: &'a Folder,
}

impl Maker<'_> {
    fn root(&self, name: &str, subject: &str) -> Authority {
        let key = self.key(name, &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        let request = self.request(name, &key, subject);
        let extensions = "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\nsubjectKeyIdentifier = hash\n";
        let certificate =
            self.sign(name, &request, extensions, PRESENT, &["-selfsign", "-keyfile", text(&key)]);
        Authority { certificate, key }
    }

    fn issuing(&self, name: &str, subject: &str, root: &Authority) -> Authority {
        let key = self.key(name, &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        let request = self.request(name, &key, subject);
        let extensions = "basicConstraints = critical, CA:TRUE, pathlen:0\nkeyUsage = critical, keyCertSign, cRLSign\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n";
        let certificate = self.sign(name, &request, extensions, PRESENT, &root.arguments());
        Authority { certificate, key }
    }

    fn leaf(
        &self,
        name: &str,
        key: &Path,
        extensions: &str,
        validity: Validity,
        issuer: &Authority,
    ) -> PathBuf {
        let request = self.request(name, key, &format!("/O=Example Services/CN={name}.leaf.test"));
        let usage = "basicConstraints = CA:FALSE\nkeyUsage = digitalSignature\nextendedKeyUsage = serverAuth\nauthorityKeyIdentifier = keyid\n";
        self.sign(name, &request, &format!("{usage}{extensions}"), validity, &issuer.arguments())
    }

    fn self_signed(&self, name: &str, key: &Path, subject: &str, extensions: &str) -> PathBuf {
        let request = self.request(name, key, subject);
        self.sign(name, &request, extensions, PRESENT, &["-selfsign", "-keyfile", text(key)])
    }

    fn key(&self, name: &str, algorithm: &[&str]) -> PathBuf {
        let path = self.folder.path().join(format!("{name}.key"));
        self.openssl([&["genpkey", "-out", text(&path)], algorithm].concat().as_slice());
        // Servers that give up root read it afterwards; it protects nothing but a test.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        fs::set_permissions(&path, mode).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        path
    }

    fn request(&self, name: &str, key: &Path, subject: &str) -> PathBuf {
        let path = self.folder.path().join(format!("{name}.csr"));
        let config = self.folder.write("request.cnf", "[req]\ndistinguished_name = dn\nutf8 = yes\n[dn]\n");
        self.openssl(&[
            "req",
            "-new",
            "-utf8",
            "-config",
            text(&config),
            "-key",
            text(key),
            "-subj",
            subject,
            "-out",
            text(&path),
        ]);
        path
    }

    /// `openssl ca` is the one command of OpenSSL 3.0 that sets both ends of a validity.
    fn sign(
        &self,
        name: &str,
        request: &Path,
        extensions: &str,
        validity: Validity,
        signer: &[&str],
    ) -> PathBuf {
        let certificate = self.folder.path().join(format!("{name}.pem"));
        let database = self.folder.write(&format!("{name}.db"), "");
        let extensions = self.folder.write(&format!("{name}.ext"), extensions);
        let config = self.folder.write(
            &format!("{name}.cnf"),
            format!(
                "[ca]\ndefault_ca = this\n[this]\ndatabase = {}\nnew_certs_dir = {}\nrand_serial = yes\n\
                 default_md = sha256\npolicy = any\nunique_subject = no\nemail_in_dn = no\n\
                 [any]\norganizationName = optional\ncommonName = supplied\n",
                database.display(),
                self.folder.path().display(),
            ),
        );
        let Validity(first, last) = validity;
        let arguments = [
            "ca",
            "-batch",
            "-notext",
            "-utf8",
            "-config",
            text(&config),
            "-in",
            text(request),
            "-out",
            text(&certificate),
            "-extfile",
            text(&extensions),
            "-startdate",
            first,
            "-enddate",
            last,
        ];
        self.openssl(&[&arguments, signer].concat());
        certificate
    }

    /// A certificate, and what is sent behind it.
    fn identity(&self, leaf: &Path, key: &Path, others: &[&Path]) -> Identity {
        let name = text(Path::new(leaf.file_stem().unwrap_or_default()));
        let all: Vec<&Path> = [leaf].iter().chain(others).copied().collect();
        Identity {
            chain: self.concatenate(&format!("{name}.chain"), &all),
            key: key.to_owned(),
            leaf: leaf.to_owned(),
            above: (!others.is_empty()).then(|| self.concatenate(&format!("{name}.above"), others)),
        }
    }

    fn concatenate(&self, name: &str, files: &[&Path]) -> PathBuf {
        let all: Vec<u8> = files
            .iter()
            .flat_map(|file| fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
            .collect();
        self.folder.write(name, all)
    }

    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new(OPENSSL.path())
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("openssl cannot be run: {error}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {}: {}\n{said}", arguments.join(" "), output.status);
    }
}

impl Authority {
    fn arguments(&self) -> [&str; 4] {
        ["-cert", text(&self.certificate), "-keyfile", text(&self.key)]
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths in the temporary folder are text")
}
