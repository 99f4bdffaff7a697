//! What can be typed about plans.

use std::path::PathBuf;

use clap::Args;

use super::Words;

/// The words of `--client`.
pub const CLIENTS: &[(&str, &str)] = &[
    ("edr", "Defender for Endpoint's EDR sensor on Windows"),
    ("antivirus", "Defender Antivirus, its cloud protection"),
    ("antivirus-update", "Defender Antivirus, its updates, from each of their sources"),
    ("winhttp", "services of Windows"),
    ("wininet", "the user's programs on Windows"),
    ("mma", "the Log Analytics agent"),
    ("arc", "the Azure Arc agent"),
    ("mdatp", "Defender for Endpoint on Linux"),
    ("mdatp-macos", "Defender for Endpoint on macOS"),
    ("curl", "curl, and what is made with libcurl"),
    ("wget", "GNU Wget"),
    ("go", "programs written in Go"),
    ("python", "Python's urllib"),
    ("apt", "apt"),
    ("chromium", "Chromium and its relatives"),
    ("firefox", "Firefox, asking the system"),
    ("libproxy", "programs that ask libproxy"),
    ("service", "services of systemd, by the variables of their units"),
];

/// The words of `--dialect`.
pub const DIALECTS: &[(&str, &str)] = &[
    ("curl", "curl's NO_PROXY"),
    ("go", "Go's NO_PROXY"),
    ("winhttp", "WinHTTP's bypass list"),
    ("wininet", "WinINet's ProxyOverride"),
    ("chromium", "Chromium's --proxy-bypass-list, and the lists of GNOME and macOS"),
    ("chromium-no-proxy", "Chromium's reading of no_proxy"),
    ("chromium-kde", "Chromium's reading of KDE's NoProxyFor"),
    ("chromium-windows", "Chromium's reading of ProxyOverride"),
    ("firefox", "Firefox's no_proxies_on"),
    ("firefox-no-proxy", "Firefox's reading of no_proxy"),
    ("firefox-gnome", "Firefox's reading of GNOME's ignore-hosts"),
    ("firefox-macos", "Firefox's reading of macOS's ExceptionsList"),
    ("firefox-windows", "Firefox's reading of ProxyOverride"),
    ("python", "Python's no_proxy"),
    ("python-windows", "Python's reading of ProxyOverride"),
    ("python-macos", "Python's reading of macOS's ExceptionsList"),
    ("libproxy", "libproxy's ignore list"),
    ("libproxy-windows", "libproxy's reading of ProxyOverride"),
    ("wget", "GNU Wget's no_proxy"),
    ("apt", "apt's no_proxy"),
    ("macos", "macOS's own reading of its ExceptionsList"),
    ("azcmagent", "the Azure Arc agent's proxy.bypass (names of services)"),
];

/// The words of `--format` of `plan`.
pub const PLAN_FORMAT: &[(&str, &str)] = &[
    ("human", "for people: first ways, what is wrong, every step; equal plans once"),
    ("jsonl", "JSON Lines: what was read, a record for each client and target, findings, the end"),
];

/// `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// A URL. Without any: one https and one http target of Defender's.
    #[arg(value_name = "TARGET")]
    pub target: Vec<String>,

    /// A list of targets, as `check` reads it. `-` is standard input. May be given several times.
    #[arg(long, value_name = "FILE")]
    pub targets: Vec<PathBuf>,

    /// For which clients, separated by commas. Without it: those that the settings are for.
    #[arg(long, value_name = "NAME,…", value_parser = Words(CLIENTS), value_delimiter = ',')]
    pub client: Vec<String>,

    /// Settings of another machine, exported to a file; what kind of file it is is found out. Nothing of this machine is then
    /// read. May be given several times: of two files that set the same, the later one counts.
    #[arg(long, value_name = "FILE")]
    pub from: Vec<PathBuf>,

    /// Try a bypass list by itself, by the rules of this dialect. No settings are read.
    #[arg(long, value_name = "NAME", value_parser = Words(DIALECTS), requires = "proxy", conflicts_with_all = ["client", "from"], help_heading = "One list by itself")]
    pub dialect: Option<String>,

    /// The list. Without it the empty one.
    #[arg(
        long,
        value_name = "LIST",
        requires = "dialect",
        allow_hyphen_values = true,
        help_heading = "One list by itself"
    )]
    pub bypass: Option<String>,

    /// The proxy for what the list does not exempt.
    #[arg(long, value_name = "URL", requires = "dialect", help_heading = "One list by itself")]
    pub proxy: Option<String>,

    /// How to write the plans.
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = Words(PLAN_FORMAT))]
    pub format: String,
}
