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

mod bench;
mod checks;
mod elf;
mod fuzz;
mod instructions;
mod outcome;
mod repository;
mod setup;
mod size;
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
    run: Run,
}

/// What a verb does.
enum Run {
    /// One thing.
    Plain(fn(&Repository) -> Outcome),
    /// What the words behind it say, which are some of these.
    Words(&'static [&'static str], fn(&Repository, &[&str]) -> Outcome),
}

impl Verb {
    fn words(&self) -> &'static [&'static str] {
        match self.run {
            Run::Plain(_) => &[],
            Run::Words(words, _) => words,
        }
    }
}

/// A verb with the words behind it.
struct Asked {
    verb: &'static Verb,
    words: Vec<&'static str>,
}

/// All checks, in the order in which `test` runs them: what is quick, and what the others need, comes first.
const VERBS: &[Verb] = &[
    Verb {
        name: "setup",
        line: "install what the checks need: targets, Debian packages, tools",
        run: Run::Plain(setup::setup),
    },
    Verb {
        name: "words",
        line: "what must not stand in a file, and names and sizes of files",
        run: Run::Plain(words::words),
    },
    Verb { name: "fmt", line: "formatting", run: Run::Plain(checks::fmt) },
    Verb { name: "spelling", line: "spelling, by typos", run: Run::Plain(checks::spelling) },
    Verb {
        name: "clippy",
        line: "lints, for each package, warnings denied",
        run: Run::Plain(checks::clippy),
    },
    Verb {
        name: "core-features",
        line: "probe-core for a Cortex-M4F and for wasm, with and without each feature",
        run: Run::Plain(checks::core_features),
    },
    Verb { name: "unit", line: "the tests inside each package", run: Run::Plain(checks::unit) },
    Verb { name: "doc", line: "the documentation, warnings denied", run: Run::Plain(checks::doc) },
    Verb {
        name: "vectors",
        line: "the conversations: on this machine, on an emulated Cortex-M4F, in wasm; results must be equal",
        run: Run::Plain(vectors::vectors),
    },
    Verb {
        name: "size",
        line: "flash and RAM of the smallest probe on a Cortex-M4, within their limits",
        run: Run::Plain(size::size),
    },
    Verb {
        name: "instructions",
        line: "instructions of the core's work, counted by callgrind; --record writes the counts down",
        run: Run::Words(&["--record"], instructions::instructions),
    },
    Verb {
        name: "e2e",
        line: "the command against real proxies and real servers, on loopback",
        run: Run::Plain(checks::e2e),
    },
    Verb {
        name: "fuzz",
        line: "each fuzz target for a few seconds (needs a nightly toolchain)",
        run: Run::Plain(fuzz::fuzz),
    },
    Verb {
        name: "deny",
        line: "licences, banned crates and sources of all dependencies, by cargo-deny",
        run: Run::Plain(checks::deny),
    },
];

/// What is no check: it is run by name only.
const OTHERS: &[Verb] = &[Verb {
    name: "bench",
    line: "the released command beside curl and Go, as a table; a part alone: bench cpu|rate|memory|growth|start",
    run: Run::Words(&["cpu", "rate", "memory", "growth", "start"], bench::bench),
}];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = match parse(&arguments) {
        Ok(asked) if asked.is_empty() => {
            print!("{}", help());
            return ExitCode::SUCCESS;
        }
        Ok(asked) => asked,
        Err(mistakes) => {
            for mistake in mistakes {
                eprintln!("xtask: {mistake}");
            }
            return ExitCode::from(2);
        }
    };

    let repository = Repository::find();
    let mut summary = Summary::new(repository.ci);
    for Asked { verb, words } in asked {
        println!("\n=== {}: {}", verb.name, verb.line);
        let start = Instant::now();
        let outcome = match verb.run {
            Run::Plain(run) => run(&repository),
            Run::Words(_, run) => run(&repository, &words),
        };
        println!("--- {}", summary.add(verb.name, outcome, start.elapsed()));
    }
    println!("\n{summary}");
    if summary.good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The verbs asked for, each once and in the order asked, with the words that belong to them; none if it is help that was
/// asked for. All mistakes, not the first.
fn parse(arguments: &[String]) -> Result<Vec<Asked>, Vec<String>> {
    let mut asked: Vec<Asked> = Vec::new();
    let mut mistakes = Vec::new();
    let mut help = arguments.is_empty();
    // Where the verb stands to which the next word may belong.
    let mut latest = None;
    for word in arguments {
        if let Some(Asked { verb, words }) = latest.and_then(|at: usize| asked.get_mut(at))
            && let Some(known) = verb.words().iter().find(|known| *known == word)
        {
            words.push(known);
            continue;
        }
        let verbs = match word.as_str() {
            "help" | "-h" | "--help" => {
                help = true;
                continue;
            }
            "test" => VERBS,
            _ => find(word),
        };
        if verbs.is_empty() {
            mistakes.push(format!(
                "there is no verb `{}`; did you mean `{}`? `cargo xtask` lists them all",
                word.escape_debug(),
                nearest(word)
            ));
        }
        for verb in verbs {
            latest = asked.iter().position(|chosen| chosen.verb.name == verb.name);
            if latest.is_none() {
                latest = Some(asked.len());
                asked.push(Asked { verb, words: Vec::new() });
            }
        }
    }
    match (mistakes.is_empty(), help) {
        (false, _) => Err(mistakes),
        (true, true) => Ok(Vec::new()),
        (true, false) => Ok(asked),
    }
}

/// The verb of this name, or none.
fn find(name: &str) -> &'static [Verb] {
    [VERBS, OTHERS]
        .into_iter()
        .find_map(|verbs| verbs.iter().position(|verb| verb.name == name).map(|at| &verbs[at..=at]))
        .unwrap_or_default()
}

/// The verb that is nearest to what was typed.
fn nearest(word: &str) -> &'static str {
    let word = word.trim_start_matches('-').to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&word, name);
    VERBS
        .iter()
        .chain(OTHERS)
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
    text += "\n";
    for verb in OTHERS {
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
        parse(&words).map(|asked| asked.iter().map(|asked| asked.verb.name).collect())
    }

    #[test]
    fn test_means_every_verb_once() {
        let every: Vec<_> = VERBS.iter().map(|verb| verb.name).collect();
        assert_eq!(names(&["test"]), Ok(every.clone()));
        assert_eq!(names(&["test", "fmt"]), Ok(every));
        assert_eq!(names(&["fmt", "doc", "fmt"]), Ok(vec!["fmt", "doc"]));
    }

    #[test]
    fn words_belong_to_the_verb_before_them() {
        let words = ["bench", "cpu", "rate", "fmt", "instructions", "--record"].map(String::from);
        let asked = parse(&words).unwrap_or_default();
        let shown: Vec<_> = asked.iter().map(|asked| (asked.verb.name, asked.words.clone())).collect();
        assert_eq!(
            shown,
            [("bench", vec!["cpu", "rate"]), ("fmt", vec![]), ("instructions", vec!["--record"])]
        );
        assert!(names(&["fmt", "cpu"]).is_err(), "a word of another verb is a mistake");
        assert!(names(&["--record"]).is_err());
    }

    #[test]
    fn measuring_is_no_check() {
        assert!(!names(&["test"]).unwrap().contains(&"bench"));
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
        for verb in VERBS.iter().chain(OTHERS) {
            assert!(help().contains(&format!("\n  {} ", verb.name)), "{}", verb.name);
        }
    }
}
