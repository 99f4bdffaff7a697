//! The block that Microsoft's client analyzer prints for each URL: five lines, one for each path, so that people and scripts
//! that read the old tool can read this one.
//!
//! The form of the lines, blanks included, is that of the example in "Configure device proxy and internet connectivity
//! settings" (Microsoft Learn, 2022), and the first line that of reports which users published
//! (`Proxy config: Method=Direct, address=`). What no public text shows was chosen here: how many asterisks there are, and
//! what stands behind `Failed (…)`, which is the id of the verdict.
//!
//! The script around the old tool (`MDEClientAnalyzer.ps1`) looks at the six lines below `Testing URL :` and takes a URL for
//! good where one of them holds `(200)`, `(400)`, `(404)` or `Succeeded (405)`, whatever else stands there. So a failure never
//! prints one of these: it has the number of `WinHTTP` in place of such a status, and the status in words. `Succeeded` is
//! printed for what this program calls success or warning, and for nothing else. A path that was not tried is `Not tested`,
//! which no reader takes for either.

use core::fmt;

use super::winhttp;
use crate::diagnose::{Outcome, Stage, Verdict};
use crate::select::Path;

/// What one path came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// How good it is.
    pub outcome: Outcome,
    /// Its name.
    pub verdict: Verdict,
    /// Where the journey ended.
    pub stage: Stage,
    /// The status of the proxy's answer to CONNECT.
    pub proxy_status: Option<u16>,
    /// The status of the answer to the request.
    pub http_status: Option<u16>,
    /// The proxy, as `http://host:port`; `None` where the path has none.
    pub proxy: Option<&'a str>,
}

/// What all paths to one URL came to, in the order of [`Path::ALL`]; `None` where a path was not tried.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// The URL.
    pub url: &'a str,
    /// One for each path.
    pub said: [Option<Said<'a>>; Path::ALL.len()],
}

/// The first line of all: which way is taken, and by which proxy.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The judged path.
    pub path: Path,
    /// Its proxy, as `http://host:port`.
    pub proxy: Option<&'a str>,
}

/// Statuses that the old script accepts in any line.
const ACCEPTED_ANYWHERE: [u16; 3] = [200, 400, 404];

impl fmt::Display for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Direct, AutoDetectWPAD and TelemetryProxyServer are the old tool's words. It has none for an environment or for
        // the proxy of its command line.
        let method = match (self.path, self.proxy) {
            (Path::Direct, _) | (_, None) => "Direct",
            (Path::Default, _) => "Environment",
            (Path::Wpad, _) => "AutoDetectWPAD",
            (Path::Named, _) => "TelemetryProxyServer",
            (Path::Cli, _) => "CommandLine",
        };
        writeln!(f, "Proxy config: Method={method}, address={}", address(self.proxy))
    }
}

impl fmt::Display for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:*<80}", "")?;
        writeln!(f, "Testing URL : {}", self.url)?;
        for ((number, path), said) in (1_u8..).zip(Path::ALL).zip(&self.said) {
            write!(f, "{number} - {}", name(path))?;
            line(f, path, said.as_ref())?;
        }
        Ok(())
    }
}

const fn name(path: Path) -> &'static str {
    match path {
        Path::Default => "Default proxy",
        Path::Wpad => "Proxy auto discovery (WPAD)",
        Path::Direct => "Proxy disabled",
        Path::Named => "Named proxy",
        Path::Cli => "Command line proxy",
    }
}

/// What stands behind a path's name.
fn line(f: &mut fmt::Formatter<'_>, path: Path, said: Option<&Said<'_>>) -> fmt::Result {
    let has_address = matches!(path, Path::Named | Path::Cli);
    let Some(said) = said else {
        return f.write_str(if has_address { ": Doesn't exist\n" } else { ": Not tested\n" });
    };
    if has_address {
        match said.verdict {
            Verdict::NotConfigured => return f.write_str(": Doesn't exist\n"),
            Verdict::SettingMalformed => return f.write_str(": The proxy isn't in valid format\n"),
            _ => {}
        }
        let address = address(said.proxy);
        if !address.is_empty() {
            write!(f, " ( {address} )")?;
        }
    }
    match said.outcome {
        Outcome::Success | Outcome::Warning => {
            match said.http_status {
                Some(status) => write!(f, ": Succeeded ({status})")?,
                // A target that is asked for a handshake alone.
                None => f.write_str(": Succeeded (TLS)")?,
            }
            if said.verdict != Verdict::Reachable {
                write!(f, " {}", said.verdict)?;
            }
        }
        // Nothing announces a proxy: the old tool shows this as a failure of the path.
        Outcome::Unknown if said.verdict != Verdict::WpadAbsent => {
            write!(f, ": Not tested, {}", said.verdict)?;
        }
        _ => failed(f, said)?,
    }
    writeln!(f)
}

fn failed(f: &mut fmt::Formatter<'_>, said: &Said<'_>) -> fmt::Result {
    // A tunnel that is open says nothing about what went wrong inside it.
    let of_connect = said.proxy_status.filter(|_| said.stage == Stage::ProxyConnect);
    match said.http_status.or(of_connect) {
        Some(status) if !ACCEPTED_ANYWHERE.contains(&status) => {
            write!(f, ": Failed ({status}) {}", said.verdict)
        }
        status => {
            write!(f, ": Failed ({}) {}", winhttp::number(said.verdict), said.verdict)?;
            status.map_or(Ok(()), |status| write!(f, ", status {status}"))
        }
    }
}

/// `host:port`, as the old tool writes it; an https proxy keeps its scheme. Whatever is no authority prints as nothing, since it
/// could hold a text that is accepted.
fn address(proxy: Option<&str>) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:-_[]%/".contains(&byte);
    let proxy = proxy.filter(|proxy| proxy.bytes().all(is_plain)).unwrap_or_default();
    proxy.strip_prefix("http://").unwrap_or(proxy)
}

#[cfg(test)]
mod tests;
