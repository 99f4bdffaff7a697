//! `completions`: a completion script for a shell.

use clap::CommandFactory as _;

use crate::machine;
use crate::options::{Arguments, Completions};

/// Prints the script.
pub fn run(options: &Completions) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "egress-probe", &mut script);
    machine::print(&String::from_utf8_lossy(&script))
}
