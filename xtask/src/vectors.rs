//! Plays the conversations in three places and compares what each one found.
//!
//! A player prints one line for each vector that it played, the vector's name first, and last
//! `played N skipped M (alloc K, tls L, pac P)`. The one on this machine has everything, so it must play everything that any
//! other plays; another may leave out exactly as many as it says that it skipped. What two of them played must be equal,
//! character for character.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::checks::{DEVICE, DEVICE_MANIFEST, WASM, WASM_PLAYER};
use crate::outcome::{Outcome, Stop};
use crate::repository::{Job, Repository, Said};

/// Far more than the slowest player (emulated) needs, on a busy machine; a player that hangs costs no more than this.
const LIMIT: Duration = Duration::from_mins(5);

pub(crate) fn vectors(repository: &Repository) -> Outcome {
    let mut faults = Vec::new();
    let mut skipped = Vec::new();
    let mut players = Vec::new();
    for (place, play) in [("host", on_host as Player), ("cortex-m4f", on_device), ("wasm", in_wasm)] {
        match play(repository).and_then(|said| understand(place, &said)) {
            Ok(played) => {
                println!("{place}: {}", played.last);
                players.push((place, played));
            }
            Err(Stop::Failed(why)) => faults.push(why),
            Err(Stop::Skipped { why, remedy }) => {
                println!("{place}: SKIPPED: {why}; to mend it: {remedy}");
                skipped.push((format!("not played on {place}: {why}"), remedy));
            }
        }
    }
    let differences = compare(&players);
    if !differences.is_empty() {
        faults.push(format!(
            "differences between players: {}\n{}",
            differences.len(),
            differences.join("\n")
        ));
    }
    let counts: Vec<String> =
        players.iter().map(|(place, played)| format!("{place} {}", played.results.len())).collect();
    let counts = format!("played: {}", counts.join(", "));
    if !faults.is_empty() {
        return Err(Stop::Failed(faults.join("\n")));
    }
    if skipped.is_empty() {
        return Ok(counts);
    }
    let (whys, remedies): (Vec<_>, Vec<_>) = skipped.into_iter().unzip();
    Err(Stop::Skipped { why: format!("{counts}; {}", whys.join("; ")), remedy: remedies.join(" ; ") })
}

type Player = fn(&Repository) -> Result<Said, Stop>;

fn on_host(repository: &Repository) -> Result<Said, Stop> {
    // Released, because every short answer is cut at every two places: some millions of runs.
    build(repository.cargo("build -q --release -p probe-vectors --bin play-host"))?;
    let program =
        repository.target.join("release").join(format!("play-host{}", std::env::consts::EXE_SUFFIX));
    Ok(repository.job(&program.to_string_lossy(), &[]).capture(LIMIT))
}

fn on_device(repository: &Repository) -> Result<Said, Stop> {
    repository.need_target(DEVICE)?;
    repository.need("qemu-system-arm")?;
    build(
        repository.cargo(&format!("build -q --manifest-path {DEVICE_MANIFEST} --target {DEVICE} --release")),
    )?;
    let program = repository.target.join(DEVICE).join("release").join(DEVICE_PLAYER);
    let machine = "-M mps2-an386 -display none -monitor none -serial none -no-reboot \
                   -semihosting-config enable=on,target=native -kernel";
    let job = repository.job("qemu-system-arm", &machine.split_whitespace().collect::<Vec<_>>());
    Ok(job.arg(program).capture(LIMIT))
}

/// The program of `tests/device`.
const DEVICE_PLAYER: &str = "probe-vectors-device";

fn in_wasm(repository: &Repository) -> Result<Said, Stop> {
    repository.need_target(WASM)?;
    repository.need("node")?;
    build(repository.cargo(&format!("build -q -p {WASM_PLAYER} --target {WASM}")))?;
    let module =
        repository.target.join(WASM).join("debug").join(format!("{}.wasm", WASM_PLAYER.replace('-', "_")));
    Ok(repository.job("node", &["tests/wasm/play.mjs"]).arg(Path::new(&module)).capture(LIMIT))
}

fn build(job: Job) -> Result<(), Stop> {
    job.run().map_err(Stop::Failed)
}

/// What one player found.
#[derive(Debug, Default, PartialEq, Eq)]
struct Played {
    /// Vector and the rest of its line.
    results: BTreeMap<String, String>,
    skipped: usize,
    /// The line of counts, as it was printed.
    last: String,
}

/// Reads a player's words; whatever is wrong with them is shown in full, because the cause stands there.
fn understand(place: &str, said: &Said) -> Result<Played, Stop> {
    let wrong = said.fault.clone().map_or_else(|| parse(&said.stdout), Err);
    wrong.map_err(|why| {
        print!("{}{}", said.stdout, said.stderr);
        Stop::Failed(format!("{place}: {why}"))
    })
}

fn parse(output: &str) -> Result<Played, String> {
    let mut lines: Vec<&str> = output.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let last = lines.pop().ok_or("nothing was printed")?;
    let (played, skipped) =
        counts(last).ok_or_else(|| format!("the last line is not `played N skipped M (…)` but `{last}`"))?;
    let mut results = BTreeMap::new();
    for line in lines {
        let (name, rest) =
            line.split_once(' ').ok_or_else(|| format!("this line has no result: `{line}`"))?;
        if results.insert(name.to_string(), rest.to_string()).is_some() {
            return Err(format!("`{name}` was played twice"));
        }
    }
    if results.len() != played {
        return Err(format!("it says that it played {played} but shows {}", results.len()));
    }
    if played == 0 {
        return Err("not one vector was played".to_string());
    }
    Ok(Played { results, skipped, last: last.to_string() })
}

fn counts(line: &str) -> Option<(usize, usize)> {
    let mut words = line.split(' ');
    if words.next()? != "played" {
        return None;
    }
    let played = words.next()?.parse().ok()?;
    if words.next()? != "skipped" {
        return None;
    }
    Some((played, words.next()?.parse().ok()?))
}

/// Every difference, a line each; the first player is the one that the others are held against.
fn compare(players: &[(&str, Played)]) -> Vec<String> {
    let Some(((model_place, model), others)) = players.split_first() else {
        return Vec::new();
    };
    let mut differences = Vec::new();
    for (place, played) in others {
        for (name, result) in &played.results {
            match model.results.get(name) {
                None => differences.push(format!("{name}: played on {place} but not on {model_place}")),
                Some(expected) if expected != result => {
                    differences
                        .push(format!("{name}: `{expected}` on {model_place} but `{result}` on {place}"));
                }
                Some(_) => {}
            }
        }
        let (all, here) = (model.results.len() + model.skipped, played.results.len() + played.skipped);
        if all != here {
            differences.push(format!("{place} knows of {here} vectors, {model_place} of {all}"));
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str =
        "a ok done\nb proxy_refused proxy_connect\nc ok tls\nplayed 3 skipped 0 (alloc 0, tls 0, pac 0)\n";

    fn played(output: &str) -> Played {
        parse(output).unwrap()
    }

    fn against_host(output: &str) -> Vec<String> {
        compare(&[("host", played(HOST)), ("wasm", played(output))])
    }

    #[test]
    fn equal_players_have_no_difference_in_whatever_order_they_played() {
        let other = "c ok tls\r\nb proxy_refused proxy_connect\r\na ok done\r\nplayed 3 skipped 0 (alloc 0, tls 0, pac 0)\r\n";
        assert_eq!(against_host(other), Vec::<String>::new());
    }

    #[test]
    fn what_is_skipped_and_said_to_be_is_no_difference() {
        let other = "a ok done\nb proxy_refused proxy_connect\nplayed 2 skipped 1 (alloc 0, tls 1, pac 0)";
        assert_eq!(against_host(other), Vec::<String>::new());
    }

    #[test]
    fn another_result_is_a_difference() {
        let other =
            "a ok done\nb proxy_timeout proxy_connect\nc ok tls\nplayed 3 skipped 0 (alloc 0, tls 0, pac 0)";
        let found = against_host(other);
        assert_eq!(
            found,
            ["b: `proxy_refused proxy_connect` on host but `proxy_timeout proxy_connect` on wasm"]
        );
    }

    #[test]
    fn a_vector_lost_in_silence_is_a_difference() {
        let other = "a ok done\nb proxy_refused proxy_connect\nplayed 2 skipped 0 (alloc 0, tls 0, pac 0)";
        assert_eq!(against_host(other), ["wasm knows of 2 vectors, host of 3"]);
    }

    #[test]
    fn a_vector_that_the_host_does_not_play_is_a_difference() {
        let other =
            "a ok done\nb proxy_refused proxy_connect\nd ok tls\nplayed 3 skipped 0 (alloc 0, tls 0, pac 0)";
        assert_eq!(against_host(other), ["d: played on wasm but not on host"]);
    }

    #[test]
    fn a_player_that_does_not_keep_the_form_has_failed() {
        for (output, why) in [
            ("", "nothing was printed"),
            ("a ok\n", "the last line is not"),
            ("a ok\nplayed 1\n", "the last line is not"),
            ("a ok\nplayed one skipped 0 ()\n", "the last line is not"),
            ("a\nplayed 1 skipped 0 ()\n", "no result"),
            ("a ok\na ok\nplayed 2 skipped 0 ()\n", "played twice"),
            ("a ok\nplayed 2 skipped 0 ()\n", "shows 1"),
            ("played 0 skipped 3 ()\n", "not one vector"),
        ] {
            let found = parse(output).unwrap_err();
            assert!(found.contains(why), "{output:?}: {found}");
        }
    }

    #[test]
    fn a_player_that_ends_badly_has_failed_even_if_all_its_words_are_right() {
        let said = Said { stdout: HOST.into(), stderr: String::new(), fault: Some("it ended with 1".into()) };
        assert_eq!(understand("host", &said), Err(Stop::Failed("host: it ended with 1".into())));
        let well = Said { fault: None, ..said };
        assert_eq!(understand("host", &well), Ok(played(HOST)));
    }
}
