//! Plays every conversation on this machine, cut at every byte, and where it is short at every two.
#![expect(clippy::print_stdout, reason = "a player's output is its result")]

use std::process::ExitCode;

use probe_vectors::Player;

fn main() -> ExitCode {
    let player = Player { meets: &["alloc", "tls"], single_cuts: usize::MAX, double_cuts: 1024 };
    let count = player.play_all(&mut |line| println!("{line}"));
    if count.failed == 0 && count.played > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
