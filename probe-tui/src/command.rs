//! The verbs: each reads its options, does its work, and gives the exit code.

pub mod check;
pub mod completions;
pub mod explain;
pub mod lab;
pub mod man;
pub mod report;

use clap::{CommandFactory as _, Parser as _};

use crate::color::When;
use crate::machine::{self, Machine};
use crate::mistakes::{Mistakes, without_secrets};
use crate::options::{self, Arguments, Command};
use crate::outcome::exit;
use crate::settings::word;

/// Does what the command line says, and gives the exit code.
pub fn run(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> u8 {
    let machine = Machine::look();
    let typed: Vec<_> = arguments.into_iter().collect();
    let arguments = match Arguments::try_parse_from(&typed) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            let typed: Vec<_> = typed.iter().map(|word| word.to_string_lossy().into_owned()).collect();
            machine::complain(&without_secrets(&error.render().to_string(), &typed));
            return exit::USAGE;
        }
        // Help and version are answers, not mistakes.
        Err(answer) => return machine::print(&answer.render().to_string()),
    };
    let mut mistakes = Mistakes::default();
    let when = word("--color", &arguments.color, options::COLOR, &mut mistakes).and_then(When::from_word);
    let (Some(when), Some(command)) = (when, arguments.command) else {
        return if mistakes.is_empty() {
            machine::print(&Arguments::command().render_help().to_string())
        } else {
            refuse(&mistakes)
        };
    };
    match command {
        Command::Check(options) => check::run(&options, &machine, when),
        Command::Report(options) => report::run(&options, &machine, when),
        Command::Explain(options) => explain::run(&options, &machine),
        Command::Lab(options) => lab::run(&options, &machine, when),
        Command::Completions(options) => completions::run(&options),
        Command::Man(options) => man::run(&options),
    }
}

/// Shows all mistakes.
fn refuse(mistakes: &Mistakes) -> u8 {
    machine::complain(&mistakes.to_string());
    exit::USAGE
}
