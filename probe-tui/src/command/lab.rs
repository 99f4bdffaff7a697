//! `lab`: the same probes on a network that misbehaves, in this process.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use probe_core::select::Path;
use probe_lab::{Fault, Lab, NameAnswer};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::check::{fail, probe, runtime};
use super::refuse;
use crate::color::When;
use crate::machine::{self, Machine};
use crate::mistakes::Mistakes;
use crate::net::trust::Roots;
use crate::net::{Answer, Overrides, Trust};
use crate::options::{self, Lab as LabOptions};
use crate::outcome::{FailOn, exit};
use crate::output::Format;
use crate::run;
use crate::settings::{Pace, Settings, Ways, word};
use crate::targets::Targets;
use crate::way::Paths;

/// Time enough on loopback for everything but silence.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Runs the tour, or keeps the lab up.
pub fn run(options: &LabOptions, machine: &Machine, when: Result<When, Mistakes>) -> u8 {
    let mut mistakes = Mistakes::default();
    let format =
        word("--format", &options.format, options::FORMAT, &mut mistakes).and_then(Format::from_word);
    let (when, format) = match super::both(when, format.ok_or(mistakes)) {
        Ok(both) => both,
        Err(mistakes) => return refuse(&mistakes),
    };
    let ended = runtime().map(|runtime| {
        let ended = runtime.block_on(async {
            if options.serve { serve().await } else { tour(machine, when, format).await }
        });
        runtime.shutdown_background();
        ended
    });
    match ended {
        Ok(Ok(code)) => code,
        Ok(Err(error)) | Err(error) => fail(&format!("the lab cannot be set up: {error}")),
    }
}

async fn tour(machine: &Machine, when: When, format: Format) -> io::Result<u8> {
    let lab = Lab::start().await?;
    let tour = lab.tour().await?;
    let mut mistakes = Mistakes::default();
    let targets = Targets::from_list("the lab's tour", tour.list(), &mut mistakes);
    if !mistakes.is_empty() {
        return Err(io::Error::other(mistakes.to_string()));
    }
    let ways = Ways { proxy: Some(tour.proxy.clone()), ..Ways::default() };
    let pace = Pace {
        connect_timeout: PATIENCE,
        timeout: PATIENCE,
        parallel: 32,
        rate: 0.0,
        jitter: Duration::ZERO,
    };
    let settings = Settings {
        targets,
        list: None,
        paths: Paths::Given(vec![Path::Cli, Path::Direct]),
        redactor: ways.redactor(),
        ways,
        pace,
        overrides: overrides(&lab),
        trust: Arc::new(Trust::of(roots(&tour.service_roots_pem)?, roots(&tour.local_roots_pem)?)),
        format,
        output: None,
        fail_on: FailOn::Never,
        vantage: Some("lab".into()),
    };
    let code = probe(settings, machine, when).await;
    if format == Format::Human && code == exit::READY {
        let next = "\nThis was a lab inside this process; nothing left this machine. Try next:\n  \
                    egress-probe explain proxy_denied\n  \
                    egress-probe check --targets urls.txt -x http://proxy.example:3128\n";
        return Ok(machine::print(next));
    }
    Ok(code)
}

/// What the lab's name service says. Its addresses carry ports, and are loopback because the lab is there.
fn overrides(lab: &Lab) -> Overrides {
    /// RFC 1035 4.1.1.
    const SERVFAIL: u8 = 2;
    let mut overrides = Overrides::new();
    for ((host, port), answer) in lab.names() {
        let answer = match answer {
            NameAnswer::Addresses(sockets) => Answer::Sockets(sockets),
            NameAnswer::NotFound => Answer::NotFound,
            NameAnswer::ServerFailed => Answer::ServerFailed(SERVFAIL),
            NameAnswer::Sinkholed(address) => Answer::Addresses(vec![address]),
            _ => Answer::Silent,
        };
        overrides.set(&host, port, answer);
    }
    overrides
}

fn roots(pem: &str) -> io::Result<Roots> {
    let certificates: Result<Vec<CertificateDer<'_>>, _> =
        CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let certificates = certificates.map_err(|error| io::Error::other(format!("{error:?}")))?;
    Ok(Roots::from_certificates(&certificates))
}

/// Keeps the lab up until a signal comes.
async fn serve() -> io::Result<u8> {
    let stop = run::signals()?;
    let lab = Lab::start().await?;
    lab.tour().await?;
    for fault in Fault::ALL.iter().filter(|fault| fault.works_here()) {
        lab.scene(*fault).await?;
    }
    let folder = tempfile::Builder::new().prefix("egress-probe-lab-").tempdir()?;
    let files = lab.write_pem(folder.path())?;
    let mut text = String::from("The lab is up, on loopback only. Its roots, in PEM:\n");
    text.extend(files.iter().map(|file| format!("    {}\n", file.display())));
    text.push_str("\nIts listeners:\n");
    text.extend(
        lab.addresses().iter().map(|one| format!("    {:<21} {}\n", one.address.to_string(), one.what)),
    );
    text.push('\n');
    text.extend(lab.describe(folder.path()).await.iter().map(|line| format!("{line}\n")));
    text.push_str("\nCtrl-C ends it, and removes the files.\n");
    let code = machine::print(&text);
    if code != exit::READY {
        return Ok(code);
    }
    let signal = stop.await;
    drop(folder);
    // To end it so is how it is meant to end.
    machine::complain(&format!("{}: the lab is closed\n", signal.as_str()));
    Ok(exit::READY)
}
