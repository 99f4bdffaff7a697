//! Texts that more than one front end prints.

pub mod analyzer;
pub mod winhttp;
