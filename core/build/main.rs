//! Makes const tables of the data files, so that every target has them without parsing anything.
//!
//! Every word of the files is checked here: a slip fails the build, with its file and line.

#![expect(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

mod catalog;
mod marks;
mod roots;

use std::path::Path;
use std::{env, fs};

fn main() {
    for input in ["build", "catalog", "data"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let write = |name: &str, table: String| {
        fs::write(Path::new(&out).join(name), table).expect("the table can be written");
    };
    write("marks.rs", marks::table());
    let (endpoints, tests) = catalog::tables();
    write("endpoints.rs", endpoints);
    write("tests.rs", tests);
    write("roots.rs", roots::table(Path::new("catalog/roots.csv")));
}

/// A word of a file as the name of a variant: `upstream_refused` and `upstream-refused` are `UpstreamRefused`.
fn one_of(file: &str, line: u64, word: &str, known: &[&str]) -> String {
    assert!(known.contains(&word), "core/{file}:{line}: {word:?} is none of {known:?}");
    word.split(['_', '-']).map(|part| part[..1].to_uppercase() + &part[1..]).collect()
}
