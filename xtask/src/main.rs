//! `cargo xtask VERB…`: every check and build of this repository, by name.
//!
//! Each check is a verb of its own, and `test` is all of them in the order of [`VERBS`]. A verb that fails does not stop the
//! next one: a table at the end shows all of them, and the last line counts them. A check whose tool is missing is *skipped*,
//! said aloud with the line that would install it; with `CI=true` in the environment a skip is a failure.
//!
//! Every command names its packages (`-p`), so that what is built for wasm or for a microcontroller never takes part in
//! choosing the features of what is built for this machine.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing what is done is what this program is for"
)]

mod checks;
mod fuzz;
mod outcome;
mod repository;
mod setup;
mod vectors;
mod words;

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Instant;

use outcome::{Outcome, Summary};
use repository::Repository;

/// One thing that can be asked for.
struct Verb {
    name: &'static str,
    line: &'static str,
    run: fn(&Repository) -> Outcome,
}

/// All checks, in the order in which `test` runs them: what is quick, and what the others need, comes first.
const VERBS: &[Verb] = &[
    Verb {
        name: "setup",
        line: "install what the checks need: targets, Debian packages, tools",
        run: setup::setup,
    },
    Verb {
        name: "words",
        line: "what must not stand in a file, and names and sizes of files",
        run: words::words,
    },
    Verb { name: "fmt", line: "formatting", run: checks::fmt },
    Verb { name: "spelling", line: "spelling, by typos", run: checks::spelling },
    Verb { name: "clippy", line: "lints, for each package, warnings denied", run: checks::clippy },
    Verb {
        name: "core-features",
        line: "probe-core for a Cortex-M4F and for wasm, with and without each feature",
        run: checks::core_features,
    },
    Verb { name: "unit", line: "the tests inside each package", run: checks::unit },
    Verb { name: "doc", line: "the documentation, warnings denied", run: checks::doc },
    Verb {
        name: "vectors",
        line: "the conversations: on this machine, on an emulated Cortex-M4F, in wasm; results must be equal",
        run: vectors::vectors,
    },
    Verb {
        name: "e2e",
        line: "the command against real proxies and real servers, on loopback",
        run: checks::e2e,
    },
    Verb {
        name: "fuzz",
        line: "each fuzz target for a few seconds (needs a nightly toolchain)",
        run: fuzz::fuzz,
    },
    Verb {
        name: "deny",
        line: "licences, banned crates and sources of all dependencies, by cargo-deny",
        run: checks::deny,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let verbs = match parse(&arguments) {
        Ok(verbs) if verbs.is_empty() => {
            print!("{}", help());
            return ExitCode::SUCCESS;
        }
        Ok(verbs) => verbs,
        Err(mistakes) => {
            for mistake in mistakes {
                eprintln!("xtask: {mistake}");
            }
            return ExitCode::from(2);
        }
    };

    let repository = Repository::find();
    let mut summary = Summary::new(repository.ci);
    for verb in verbs {
        println!("\n=== {}: {}", verb.name, verb.line);
        let start = Instant::now();
        let outcome = (verb.run)(&repository);
        println!("--- {}", summary.add(verb.name, outcome, start.elapsed()));
    }
    println!("\n{summary}");
    if summary.good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The verbs asked for, each once and in the order asked; none if it is help that was asked for. All mistakes, not the first.
fn parse(arguments: &[String]) -> Result<Vec<&'static Verb>, Vec<String>> {
    let mut verbs: Vec<&'static Verb> = Vec::new();
    let mut mistakes = Vec::new();
    let mut help = arguments.is_empty();
    for word in arguments {
        let asked = match word.as_str() {
            "help" | "-h" | "--help" => {
                help = true;
                continue;
            }
            "test" => VERBS,
            _ => VERBS.iter().position(|verb| verb.name == word).map_or(&[][..], |at| &VERBS[at..=at]),
        };
        if asked.is_empty() {
            mistakes.push(format!(
                "there is no verb `{}`; did you mean `{}`? `cargo xtask` lists them all",
                word.escape_debug(),
                nearest(word)
            ));
        }
        for verb in asked {
            if !verbs.iter().any(|chosen| chosen.name == verb.name) {
                verbs.push(verb);
            }
        }
    }
    match (mistakes.is_empty(), help) {
        (false, _) => Err(mistakes),
        (true, true) => Ok(Vec::new()),
        (true, false) => Ok(verbs),
    }
}

/// The verb that is nearest to what was typed.
fn nearest(word: &str) -> &'static str {
    let word = word.trim_start_matches('-').to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&word, name);
    VERBS
        .iter()
        .map(|verb| verb.name)
        .chain(["test", "help"])
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .unwrap_or("help")
}

fn help() -> String {
    let mut text = String::from(
        "cargo xtask VERB…   runs each verb in turn, then says in a table how each went\n\n  \
         test           everything below, in this order\n",
    );
    for verb in VERBS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:<13}  {}", verb.name, verb.line);
    }
    text += "  help           this list\n\nA check whose tool is missing is skipped, aloud; with CI=true a skip is a failure.\n\
             Exit code: 0 nothing failed, 1 something failed, 2 there is no such verb.\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> Result<Vec<&'static str>, Vec<String>> {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        parse(&words).map(|verbs| verbs.iter().map(|verb| verb.name).collect())
    }

    #[test]
    fn test_means_every_verb_once() {
        let every: Vec<_> = VERBS.iter().map(|verb| verb.name).collect();
        assert_eq!(names(&["test"]), Ok(every.clone()));
        assert_eq!(names(&["test", "fmt"]), Ok(every));
        assert_eq!(names(&["fmt", "doc", "fmt"]), Ok(vec!["fmt", "doc"]));
    }

    #[test]
    fn no_argument_or_help_runs_nothing() {
        assert_eq!(names(&[]), Ok(vec![]));
        assert_eq!(names(&["fmt", "--help"]), Ok(vec![]));
    }

    #[test]
    fn every_wrong_word_is_named_with_the_nearest_right_one() {
        let mistakes = names(&["fmt", "cilppy", "speling"]).unwrap_err();
        assert_eq!(mistakes.len(), 2);
        assert!(mistakes[0].contains("`cilppy`") && mistakes[0].contains("`clippy`"), "{mistakes:?}");
        assert!(mistakes[1].contains("`speling`") && mistakes[1].contains("`spelling`"), "{mistakes:?}");
    }

    #[test]
    fn nearest_words() {
        for (typed, meant) in [
            ("tests", "test"),
            ("--help", "help"),
            ("ftm", "fmt"),
            ("vector", "vectors"),
            ("E2E", "e2e"),
            ("core", "core-features"),
            ("docs", "doc"),
            ("units", "unit"),
        ] {
            assert_eq!(nearest(typed), meant, "for {typed}");
        }
    }

    #[test]
    fn help_lists_every_verb() {
        for verb in VERBS {
            assert!(help().contains(&format!("\n  {} ", verb.name)), "{}", verb.name);
        }
    }
}
