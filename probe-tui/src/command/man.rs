//! `man`: the manual page, of the program or of one verb.

use clap::CommandFactory as _;
use clap_mangen::Man as Page;

use super::refuse;
use crate::machine;
use crate::mistakes::{Mistakes, Origin, Secrets, nearest};
use crate::options::{Arguments, Man};

/// Prints the page.
pub fn run(options: &Man) -> u8 {
    let mut program = Arguments::command();
    program.build();
    let command = match &options.verb {
        None => program,
        Some(verb) => match program.find_subcommand(verb) {
            Some(command) => command.clone(),
            None => return unknown(verb, &program),
        },
    };
    let mut page = Vec::new();
    match Page::new(command).render(&mut page) {
        Ok(()) => machine::print(&String::from_utf8_lossy(&page)),
        Err(error) => super::check::fail(&format!("the page cannot be made: {error}")),
    }
}

fn unknown(verb: &str, program: &clap::Command) -> u8 {
    let mut mistakes = Mistakes::default();
    let known: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
    let hint = format!("use one of: {}", known.join(", "));
    let origin = Origin { name: "man", line: None, secrets: Secrets::InWords };
    let near = nearest(verb, known.iter().copied());
    mistakes.add_words(origin, verb, 0..verb.len(), &"there is no such verb", Some(&hint), near);
    refuse(&mistakes)
}
