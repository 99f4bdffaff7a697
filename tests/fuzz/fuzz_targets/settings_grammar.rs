//! A value of any setting, behind the place of its key in the table: mistakes stand in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::select::client::Document;
use probe_core::select::environment::Variable;
use probe_core::settings::{Entry, Key, Reading, Scope, grammar};
use probe_fuzz::settings::{assert_places, plans};

fuzz_target!(|data: &str| {
    let mut characters = data.chars();
    let Some(first) = characters.next() else { return };
    let value = characters.as_str();
    let variables = Variable::ALL.into_iter().map(Key::Variable);
    let mut keys = Key::ALL.iter().copied().chain(variables);
    let key = keys.nth(first as usize % (Key::ALL.len() + Variable::ALL.len())).expect("one of them");
    let entry = Entry { key, scope: Scope::Machine, value: value.into(), at: 0..value.len(), lost: None };
    let reading = Reading { entries: vec![entry], mistakes: grammar::mistakes(key, value) };
    assert_places(value, &reading);
    plans(&[Document::new("value", value, reading)]);
});
