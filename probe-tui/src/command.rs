//! The verbs: each reads its options, does its work, and gives the exit code.

pub mod check;
pub mod completions;
pub mod endpoints;
pub mod explain;
pub mod lab;
pub mod man;
pub mod plan;
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
    // Whoever mistyped a word for colours learns of the verb's own mistakes as well.
    let when = when.ok_or(mistakes);
    match (arguments.command, when) {
        (Some(Command::Check(options)), when) => check::run(&options, &machine, when),
        (Some(Command::Endpoints(options)), when) => endpoints::run(&options, &machine, when),
        (Some(Command::Plan(options)), when) => plan::run(&options, &machine, when),
        (Some(Command::Report(options)), when) => report::run(&options, &machine, when),
        (Some(Command::Explain(options)), when) => explain::run(&options, &machine, when.err()),
        (Some(Command::Lab(options)), when) => lab::run(&options, &machine, when),
        (Some(Command::Man(options)), when) => man::run(&options, when.err()),
        (_, Err(mistakes)) => refuse(&mistakes),
        (Some(Command::Completions(options)), Ok(_)) => completions::run(&options),
        (None, Ok(_)) => machine::print(&Arguments::command().render_help().to_string()),
    }
}

/// Two things that were read, or the mistakes of both.
fn both<A, B>(one: Result<A, Mistakes>, other: Result<B, Mistakes>) -> Result<(A, B), Mistakes> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(mistakes), Ok(_)) | (Ok(_), Err(mistakes)) => Err(mistakes),
        (Err(mut mistakes), Err(others)) => {
            mistakes.append(others);
            Err(mistakes)
        }
    }
}

/// Shows all mistakes.
fn refuse(mistakes: &Mistakes) -> u8 {
    machine::complain(&mistakes.to_string());
    exit::USAGE
}
