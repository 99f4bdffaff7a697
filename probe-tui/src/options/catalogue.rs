//! What can be typed about the catalogue: which endpoints are meant, and the verbs of `endpoints`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Words;

/// The words of `--os`.
pub const SYSTEMS: &[(&str, &str)] = &[
    ("windows", "the agent that is built in, or the unified one on Server 2012 R2 and 2016"),
    ("windows-mma", "older Windows with the Microsoft Monitoring Agent"),
    ("macos", "macOS"),
    ("linux", "Linux"),
    ("admin", "the workstation of an administrator who uses the portal"),
];

/// The words of `--region`.
pub const REGIONS: &[(&str, &str)] = &[
    ("US", "United States"),
    ("EU", "European Union"),
    ("UK", "United Kingdom"),
    ("AU", "Australia"),
    ("CH", "Switzerland"),
    ("IN", "India"),
    ("GCC", "US government, GCC"),
    ("GCCH", "US government, GCC High"),
    ("DoD", "US government, DoD"),
    ("WW", "only what every commercial region needs"),
];

/// Which endpoints of a catalogue.
#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Catalogue")]
pub struct Select {
    /// Where the tenant's data is, separated by commas where there are several tenants. Without it: as the onboarding data
    /// of this machine says.
    #[arg(long, value_name = "REGION,…", value_parser = Words(REGIONS), value_delimiter = ',')]
    pub region: Vec<String>,

    /// The system whose agent is meant [default: this one].
    #[arg(long, value_name = "SYSTEM", value_parser = Words(SYSTEMS))]
    pub os: Option<String>,

    /// The release of Windows, as 1709, 21H2, 11, or 2012R2, 2016, 2019 for a server. Without it a current one is meant.
    #[arg(long, value_name = "RELEASE")]
    pub os_version: Option<String>,

    /// The endpoints of streamlined onboarding, in place of the long list. Without it: as the onboarding data says.
    #[arg(long)]
    pub streamlined: bool,

    /// Only these services, separated by commas: cnc, maps, crl and others; `egress-probe endpoints list` shows them.
    #[arg(long, value_name = "SERVICE,…", value_delimiter = ',')]
    pub service: Vec<String>,

    /// Also names that only third parties have seen. They are never required.
    #[arg(long)]
    pub observed: bool,

    /// The id of a Log Analytics workspace, for the MMA agent. May be given several times.
    #[arg(long, value_name = "ID")]
    pub workspace: Vec<String>,

    /// Onboarding data: a registry export, `mdatp_onboard.json`, or the onboarding script. Only region, data centre and URLs
    /// are read out of it.
    #[arg(long, value_name = "FILE")]
    pub onboarding: Option<PathBuf>,

    /// A list of endpoints in place of the built-in one: CSV or XLSX as Microsoft publishes them, the JSON of the Microsoft
    /// 365 web service, or text. May be given several times.
    #[arg(long, value_name = "FILE")]
    pub catalog: Vec<PathBuf>,

    /// A list of endpoints besides the built-in one. May be given several times.
    #[arg(long, value_name = "FILE")]
    pub catalog_add: Vec<PathBuf>,
}

/// `endpoints`.
#[derive(Debug, Args)]
pub struct Endpoints {
    /// What to do.
    #[command(subcommand)]
    pub command: EndpointsCommand,
}

/// The words of `endpoints … --format`.
pub const LIST_FORMAT: &[(&str, &str)] = &[
    ("human", "a table"),
    ("jsonl", "JSON Lines: one endpoint a line"),
    ("csv", "rows, with the columns of the catalogue"),
    ("targets", "a list of targets, as --targets reads it"),
];

/// The verbs of `endpoints`.
#[derive(Debug, Subcommand)]
pub enum EndpointsCommand {
    /// Show the endpoints that a place needs, or all of them.
    List(EndpointsList),
    /// Show everything that is known about a host.
    Show(EndpointsShow),
    /// Show what two lists do not have in common.
    Diff(EndpointsDiff),
    /// Read a list in any form, and write it in the catalogue's.
    Import(EndpointsImport),
}

/// `endpoints list`.
#[derive(Debug, Args)]
pub struct EndpointsList {
    /// Which endpoints.
    #[command(flatten)]
    pub select: Select,

    /// How to write them.
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = Words(LIST_FORMAT))]
    pub format: String,
}

/// `endpoints show`.
#[derive(Debug, Args)]
pub struct EndpointsShow {
    /// A host, a pattern or a URL.
    #[arg(value_name = "HOST")]
    pub host: String,

    /// A list in place of the built-in one. May be given several times.
    #[arg(long, value_name = "FILE")]
    pub catalog: Vec<PathBuf>,
}

/// `endpoints diff`.
#[derive(Debug, Args)]
pub struct EndpointsDiff {
    /// The older list: a file in any form, or `builtin`.
    #[arg(value_name = "OLD")]
    pub old: PathBuf,

    /// The newer list: a file in any form, or `builtin`.
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
}

/// `endpoints import`.
#[derive(Debug, Args)]
pub struct EndpointsImport {
    /// The file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Write the rows to this file in place of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
