//! `man`: the manual page, of the program or of one verb.

use clap::CommandFactory as _;
use clap_mangen::Man as Page;

use super::refuse;
use crate::machine;
use crate::mistakes::{Mistakes, Origin, Secrets, nearest};
use crate::options::{Arguments, Man};

/// Prints the page. With `mistakes` that were made before, only says what is wrong.
pub fn run(options: &Man, mistakes: Option<Mistakes>) -> u8 {
    let mut program = Arguments::command();
    program.build();
    let command = match &options.verb {
        None => Ok(program),
        Some(verb) => program.find_subcommand(verb).cloned().ok_or_else(|| unknown(verb, &program)),
    };
    let command = match super::both(mistakes.map_or(Ok(()), Err), command) {
        Ok(((), command)) => command,
        Err(mistakes) => return refuse(&mistakes),
    };
    let mut page = Vec::new();
    match Page::new(command).render(&mut page) {
        Ok(()) => machine::print(&String::from_utf8_lossy(&page)),
        Err(error) => super::check::fail(&format!("the page cannot be made: {error}")),
    }
}

fn unknown(verb: &str, program: &clap::Command) -> Mistakes {
    let mut mistakes = Mistakes::default();
    let known: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
    let hint = format!("use one of: {}", known.join(", "));
    let origin = Origin { name: "man", line: None, secrets: Secrets::InWords };
    let near = nearest(verb, known.iter().copied());
    mistakes.add_words(origin, verb, 0..verb.len(), &"there is no such verb", Some(&hint), near);
    mistakes
}
