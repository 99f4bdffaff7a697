//! Puts the memory map where the linker looks for it.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=memory.x");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::copy("memory.x", Path::new(&out).join("memory.x")).expect("the memory map can be copied");
    println!("cargo::rustc-link-search={out}");
    // Here, and not in a configuration file of cargo: those count for the folder that cargo is called from.
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
}
