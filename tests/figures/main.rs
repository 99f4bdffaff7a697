//! What the released command costs, beside what people would use in its place: `cargo xtask bench`.
//!
//! Everything is measured in pairs on the same machine in the same minutes, and what is printed is the median of the pairs:
//! the load of a machine changes both sides alike. The table is Markdown; it says for each figure what was measured, what the
//! goal is, and whether it is met. A goal that is not met fails nothing here: times depend on the machine.
//!
//! ```text
//! program ──CONNECT──▶ squid ──▶ nginx on 40 addresses      CPU, rate, start
//! program ──CONNECT──▶ a proxy in this process              memory (it falls silent), growth (it is the origin as well)
//! ```
//!
//! One file a noun: [`bed`] is the network, [`measure`] runs a program and says what it used, [`program`] writes the command
//! lines, [`fake`] is the proxy in this process, [`handshake`] the bare one; the others are the parts of the table.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "figures are printed, and no count here is near 2^52"
)]

mod bed;
mod cpu;
mod fake;
mod growth;
mod handshake;
mod measure;
mod memory;
mod program;
mod rate;
mod start;
mod table;

use std::process::ExitCode;

use probe_tests::pki::Pki;
use probe_tests::tool::{CURL, NGINX, Needs, OPENSSL, SQUID};

use table::Table;

/// How many pairs each figure is the median of.
const PAIRS: usize = 5;

type Part = fn(&Pki, &mut Table);

const PARTS: [(&str, Part); 5] = [
    ("cpu", cpu::measure),
    ("rate", rate::measure),
    ("memory", memory::measure),
    ("growth", growth::measure),
    ("start", start::measure),
];

fn main() -> ExitCode {
    // Cargo adds words of its own for a harness that this is not.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let known = |word: &String| PARTS.iter().any(|(name, _)| name == word);
    if let Some(word) = words.iter().find(|word| !known(word)) {
        let names: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
        eprintln!("there is no part `{}`; the parts are {}", word.escape_debug(), names.join(", "));
        return ExitCode::from(2);
    }
    if !Needs::of(&[SQUID, NGINX, OPENSSL, CURL]).are_met("bench") {
        return ExitCode::SUCCESS;
    }
    let pki = Pki::make();
    let mut table = Table::default();
    for (name, measure) in PARTS {
        if words.is_empty() || words.iter().any(|word| word == name) {
            eprintln!("measuring {name} …");
            measure(&pki, &mut table);
        }
    }
    println!("{table}");
    ExitCode::SUCCESS
}
