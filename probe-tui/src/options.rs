//! What can be typed: the verbs and their flags, as clap reads them.
//!
//! Values stay text here. They are read in [`settings`](crate::settings), which collects the mistakes of all of them,
//! so that nobody has to mend a command line one value at a time.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

mod catalogue;
mod plan;

pub use catalogue::{
    Endpoints, EndpointsCommand, EndpointsDiff, EndpointsImport, EndpointsList, EndpointsShow, LIST_FORMAT,
    REGIONS, SYSTEMS, Select,
};
pub use plan::{CLIENTS, DIALECTS, PLAN_FORMAT, Plan};

/// The words of `--color`.
pub const COLOR: &[(&str, &str)] = &[
    ("auto", "on a terminal, unless NO_COLOR is set or TERM is dumb"),
    ("always", "also into files and pipes"),
    ("never", "no colours"),
];

/// The words of `--format`.
pub const FORMAT: &[(&str, &str)] = &[
    ("human", "a report: causes first, the answer last"),
    ("jsonl", "JSON Lines: one record a line, as each attempt ends"),
    ("csv", "one row for each attempt, as it ends"),
    ("analyzer", "five lines for each URL, in the form of Microsoft's client analyzer"),
];

/// The words of `--fail-on`.
pub const FAIL_ON: &[(&str, &str)] = &[
    ("required", "exit 1 when a required target fails on the judged path"),
    ("any", "exit 1 also when an optional one fails"),
    ("warning", "as required, and exit 4 when there are only warnings"),
    ("never", "exit 0, whatever is found"),
];

/// The words of `--path`.
pub const PATHS: &[(&str, &str)] = &[
    ("default", "what the system or the environment says, by the client's rules"),
    ("wpad", "a proxy that the network announces (not looked for by this version)"),
    ("direct", "no proxy"),
    ("named", "the client's own proxy setting"),
    ("cli", "the proxy of --proxy"),
    ("all", "each of them; the one that the client takes first is judged"),
];

const EXIT_CODES: &str = "\
Exit codes:
  0    every required target has success or warning on the judged path
  1    at least one has not
  2    usage, settings or file errors: nothing was sent
  3    nothing required could be judged
  4    only warnings, with --fail-on warning
  130  interrupted (143: terminated); what was known has been written
  141  the reader of the result went away before everything was tried";

const EXAMPLES: &str = "\
Examples:
  egress-probe lab
  egress-probe check --region EU
  egress-probe check https://winatp-gw-neu.microsoft.com/commands/test
  egress-probe check --targets urls.txt -x proxy.example:3128 --path cli,direct
  egress-probe check --targets - --format jsonl -o result.jsonl < urls.txt
  egress-probe explain proxy_denied";

/// Which of the targets that a security agent needs can be reached from here, by which proxy path, and if not, who stops
/// it and what has to change.
///
/// Without a verb nothing is sent and this help is shown.
#[derive(Debug, Parser)]
#[command(name = "egress-probe", version, after_help = EXAMPLES, after_long_help = EXAMPLES, max_term_width = 100)]
pub struct Arguments {
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = Words(COLOR), help_heading = "General")]
    pub color: String,

    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Probe targets, and say what stops them.
    Check(Box<Check>),
    /// Say which way each client would go to a target, and which line of which setting decides that. Sends nothing.
    Plan(Box<Plan>),
    /// Show, compare and read lists of endpoints.
    Endpoints(Endpoints),
    /// Judge again what another tool printed, and show what its answer hides.
    Report(Report),
    /// Say what a verdict means, what it is confused with, who can fix it, and how.
    Explain(Explain),
    /// Show it all on a network that misbehaves, in this process: no root, no internet.
    Lab(Lab),
    /// Print a completion script for a shell.
    Completions(Completions),
    /// Print the manual page of the program, or of one verb.
    Man(Man),
}

/// `check`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
pub struct Check {
    /// A URL to probe, in quotation marks also with what is expected of it: `https://host/path expect=200,404`.
    /// `-` reads a list from standard input. Without any target: what the catalogue says that this machine needs.
    #[arg(value_name = "TARGET")]
    pub target: Vec<String>,

    /// A list of targets: one a line, `#` begins a comment, `expect=…` and `body="…"` may follow the URL. UTF-8 or UTF-16.
    /// `method=HEAD` (GET, POST; TLS for the handshake alone) too. `-` is standard input. May be given several times.
    #[arg(long, value_name = "FILE", help_heading = "Targets")]
    pub targets: Vec<PathBuf>,

    /// Statuses that are good for targets that do not say it themselves: 200,404. Without any, every status below 500 is.
    #[arg(long, value_name = "STATUS,…", help_heading = "Targets")]
    pub expect: Option<String>,

    /// Which endpoints of the catalogue.
    #[command(flatten)]
    pub select: Select,

    /// The paths to try, separated by commas; the first is the one that is judged. Without it: `cli` where --proxy is given,
    /// else the one that the client takes first, which may differ from target to target.
    #[arg(long, value_name = "PATH,…", value_parser = Words(PATHS), value_delimiter = ',', help_heading = "Paths")]
    pub path: Vec<String>,

    /// Who is judged: the one whose settings say what `default` and `named` are. Without it this system's Defender sensor;
    /// on Linux, as long as that is not installed, what programs of this session find (curl's reading).
    #[arg(long, value_name = "NAME", value_parser = Words(CLIENTS), help_heading = "Paths")]
    pub client: Option<String>,

    /// Go on as the client does: where its first way fails and it would take the next one, that is tried as well. It does not
    /// turn a failure into a success: what only works so is said.
    #[arg(long, help_heading = "Paths")]
    pub as_client: bool,

    /// Settings of another machine, as `plan` reads them: what they mean is tried from here. Nothing of this machine is read.
    #[arg(long, value_name = "FILE", help_heading = "Paths")]
    pub from: Vec<PathBuf>,

    /// The proxy of the path `cli`: `[http://|https://][USER:PASSWORD@]HOST[:PORT]`, port 1080 (https: 443) where none is given.
    #[arg(short = 'x', long, value_name = "URL", help_heading = "Paths")]
    pub proxy: Option<String>,

    /// User and password for --proxy, as they are (not percent-encoded), in place of those in its URL.
    ///
    /// What stands on a command line can be read by every user of the machine for a moment, also where this program
    /// then overwrites it (Linux only). Better: --proxy-password-file or --proxy-password-fd.
    #[arg(short = 'U', long, value_name = "USER[:PASSWORD]", help_heading = "Paths")]
    pub proxy_user: Option<String>,

    /// A file whose first line is the password for --proxy.
    #[arg(long, value_name = "FILE", conflicts_with = "proxy_password_fd", help_heading = "Paths")]
    pub proxy_password_file: Option<PathBuf>,

    /// A file descriptor whose first line is the password for --proxy (not on Windows).
    #[arg(long, value_name = "N", help_heading = "Paths")]
    pub proxy_password_fd: Option<String>,

    /// Hosts that need no proxy, as curl reads such a list; `*` for all. For the path `cli`, and in place of `NO_PROXY` for
    /// `default`.
    #[arg(long, value_name = "LIST", help_heading = "Paths")]
    pub noproxy: Option<String>,

    /// The addresses of a host and port, in place of asking for them: `HOST:PORT:ADDRESS[,ADDRESS]…`, IPv6 in brackets,
    /// `*` for every host. May be given several times: the last one counts, and `-HOST:PORT` takes an earlier one away. As
    /// with curl, a `+` may stand before HOST; a pin holds for the whole run all the same.
    #[arg(long, value_name = "HOST:PORT:ADDRESS", allow_hyphen_values = true, help_heading = "Paths")]
    pub resolve: Vec<String>,

    /// Longest time to find the addresses of the first hop and to connect to one of them, together, in seconds (fractions
    /// allowed).
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "5",
        allow_negative_numbers = true,
        help_heading = "Pace"
    )]
    pub connect_timeout: String,

    /// Longest time of a whole attempt, in seconds (fractions allowed).
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "20",
        allow_negative_numbers = true,
        help_heading = "Pace"
    )]
    pub timeout: String,

    /// How many attempts run at the same time.
    #[arg(
        long,
        value_name = "N",
        default_value = "16",
        allow_negative_numbers = true,
        help_heading = "Pace"
    )]
    pub parallel: String,

    /// How many attempts a second begin at one proxy (fractions allowed), 0 for no limit. Slows down by itself when the
    /// proxy answers 429 or Retry-After; a proxy that goes on with that is asked no more (`not_measured`).
    #[arg(
        long,
        value_name = "N",
        default_value = "20",
        allow_negative_numbers = true,
        help_heading = "Pace"
    )]
    pub rate: String,

    /// Wait a random time up to this long before each attempt, in seconds (fractions allowed).
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "0",
        allow_negative_numbers = true,
        help_heading = "Pace"
    )]
    pub jitter: String,

    /// PEM file with the roots in which the chains of services should end, in place of all built-in ones.
    #[arg(long, value_name = "FILE", help_heading = "Trust")]
    pub service_roots: Option<PathBuf>,

    /// PEM file with the roots that this machine trusts, in place of its own store.
    #[arg(long, value_name = "FILE", help_heading = "Trust")]
    pub local_roots: Option<PathBuf>,

    /// How to write the result.
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = Words(FORMAT), help_heading = "Output")]
    pub format: String,

    /// Write the result to this file in place of standard output. It is replaced when probing begins, not before.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// What makes the exit code tell of a failure.
    #[arg(long, value_name = "WHAT", default_value = "required", value_parser = Words(FAIL_ON), help_heading = "Output")]
    pub fail_on: String,

    /// The name of the place where this run is made, for its record [default: the name of this machine].
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub vantage: Option<String>,
}

/// `report`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
pub struct Report {
    /// The output of another tool, known by its content: `MDEClientAnalyzerResult.zip`, `MDEClientAnalyzer.txt` or `.xml`, or
    /// what `mdatp connectivity test`, the XMDE client analyzer or `TestCloudConnection` printed. `-` is standard input.
    #[arg(long, value_name = "FILE", required = true)]
    pub import: PathBuf,

    /// How to write the result.
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = Words(FORMAT), help_heading = "Output")]
    pub format: String,

    /// Write the result to this file in place of standard output.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// What makes the exit code tell of a failure.
    #[arg(long, value_name = "WHAT", default_value = "required", value_parser = Words(FAIL_ON), help_heading = "Output")]
    pub fail_on: String,

    /// The name of the place where the other tool ran, for the record [default: the name of the file].
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub vantage: Option<String>,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The id of the verdict, as `proxy_denied`. Without it: all ids, with their titles.
    #[arg(value_name = "VERDICT")]
    pub verdict: Option<String>,
}

/// `lab`.
#[derive(Debug, Args)]
pub struct Lab {
    /// Keep the lab up until Ctrl-C, and print its addresses, for curl, a browser or another program.
    #[arg(long)]
    pub serve: bool,

    /// How to write the result.
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = Words(FORMAT), conflicts_with = "serve")]
    pub format: String,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub struct Man {
    /// The verb whose page to print. Without it: the page of the program.
    #[arg(value_name = "VERB")]
    pub verb: Option<String>,
}

/// Takes any text, and tells help and completions which words are known. Whether the word is one of them is found out
/// together with all other mistakes.
#[derive(Debug, Clone, Copy)]
struct Words(&'static [(&'static str, &'static str)]);

impl TypedValueParser for Words {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(|(word, help)| PossibleValue::new(*word).help(*help))))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn clap_finds_nothing_wrong() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_words_of_paths_are_the_cores() {
        let ids: Vec<_> = probe_core::select::Path::ALL.iter().map(|path| path.id()).collect();
        assert_eq!(PATHS.iter().map(|(word, _)| *word).collect::<Vec<_>>(), [&ids[..], &["all"]].concat());
    }

    #[test]
    fn the_words_of_regions_and_systems_are_the_catalogues() {
        use probe_core::catalog::{Region, System};
        let regions: Vec<_> = Region::ALL.iter().map(|one| (one.id(), one.phrase())).collect();
        assert_eq!(REGIONS[..regions.len()], regions);
        let systems: Vec<_> = System::ALL.iter().map(|one| one.id()).collect();
        assert_eq!(SYSTEMS.iter().map(|(word, _)| *word).collect::<Vec<_>>(), systems);
    }

    #[test]
    fn help_fits_eighty_columns() {
        let mut command = Arguments::command().term_width(80);
        command.build();
        let endpoints = command.find_subcommand_mut("endpoints").unwrap();
        for verb in ["list", "show", "diff", "import"] {
            let help = endpoints.find_subcommand_mut(verb).unwrap().render_long_help().to_string();
            let wide = help.lines().find(|line| line.chars().count() > 80);
            assert_eq!(wide, None, "in the help of endpoints {verb}");
        }
        for verb in ["check", "plan", "report", "explain", "lab", "completions", "man"] {
            let help = command.find_subcommand_mut(verb).unwrap().render_long_help().to_string();
            let wide = help.lines().find(|line| line.chars().count() > 80);
            assert_eq!(wide, None, "in the help of {verb}");
        }
    }

    #[test]
    fn help() {
        let mut command = Arguments::command().term_width(80);
        command.build();
        insta::assert_snapshot!("help", command.render_help());
        insta::assert_snapshot!("help_check", command.find_subcommand_mut("check").unwrap().render_help());
    }
}
