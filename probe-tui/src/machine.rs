//! This machine, as far as a run needs to know it: read once, at the beginning, and handed over as data.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::net::UdpSocket;

use probe_core::select::environment::Variable;

use crate::color::{Paint, When};
use crate::outcome::exit;

/// The widest report; longer lines are hard to read.
const WIDEST: usize = 160;

/// The width of a report that goes into a file or a pipe.
const WIDTH: usize = 80;

/// Open files of this process that are no attempt's: standard streams, the result, the runtime, the resolver.
const OTHER_FILES: usize = 32;

/// This machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The variables that say something about proxies.
    pub environment: Vec<(Variable, String)>,
    no_color: Option<String>,
    term: Option<String>,
    stdout_is_terminal: bool,
    /// Whether progress can be shown.
    pub stderr_is_terminal: bool,
    columns: usize,
}

impl Machine {
    /// Looks at this machine. Sends nothing.
    pub fn look() -> Self {
        let text = |name: &str| env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        let environment = Variable::ALL.into_iter();
        let columns = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0));
        Self {
            environment: environment
                .filter_map(|variable| Some((variable, text(variable.as_str())?)))
                .collect(),
            no_color: text("NO_COLOR"),
            term: text("TERM"),
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            columns: columns.clamp(40, WIDEST),
        }
    }

    /// Whether what is written to standard output is coloured; files are not terminals.
    pub fn paint(&self, when: When, is_stdout: bool) -> Paint {
        when.applies(is_stdout && self.stdout_is_terminal, self.no_color.as_deref(), self.term.as_deref())
    }

    /// How wide a report may be.
    pub fn columns(&self, is_stdout: bool) -> usize {
        if is_stdout && self.stdout_is_terminal { self.columns } else { WIDTH }
    }

    /// Whether records and a progress bar would come between each other.
    pub fn is_stdout_terminal(&self) -> bool {
        self.stdout_is_terminal
    }
}

/// The name of this machine.
pub fn name() -> String {
    hostname::get().map_or_else(|_| "localhost".into(), |name| name.to_string_lossy().into_owned())
}

/// The addresses that this machine uses towards the outside: those that the system would send from. Nothing is sent: a
/// datagram socket is only told where it would send to (documentation ranges, RFC 5737 and RFC 3849).
pub fn addresses() -> Vec<String> {
    let towards = [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")];
    let from = |(any, peer): (&str, &str)| {
        let socket = UdpSocket::bind(any).ok()?;
        socket.connect(peer).ok()?;
        let address = socket.local_addr().ok()?.ip();
        (!address.is_unspecified()).then(|| address.to_string())
    };
    towards.into_iter().filter_map(from).collect()
}

/// How many attempts this process may have under way at once by its limit of open files; each takes up to two.
pub fn most_parallel() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let soft: usize = line.split_whitespace().next()?.parse().ok()?;
    Some((soft.saturating_sub(OTHER_FILES) / 2).max(1))
}

/// Writes text to standard output. A reader that goes away early has read enough.
pub fn print(text: &str) -> u8 {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain(&format!("egress-probe: standard output cannot be written: {error}\n"));
            exit::USAGE
        }
        _ => exit::READY,
    }
}

/// Writes text to standard error, where there is one.
pub fn complain(text: &str) {
    // Nobody is left to be told that this failed.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
