//! `egress-probe`: what can be reached from here, by which path, and if not, who stops it.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(probe_tui::command::run(std::env::args_os()))
}
