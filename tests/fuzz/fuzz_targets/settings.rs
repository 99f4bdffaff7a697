//! A text of settings, read as each format by its first byte: ranges stand in the text, and every client has a plan.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::select::client::{Client, Document, ways};
use probe_core::select::compare::disagreements;
use probe_core::select::traps::traps;
use probe_core::settings::{Format, Scope, recognise};
use probe_core::target::Target;

fuzz_target!(|data: &str| {
    let mut characters = data.chars();
    let Some(first) = characters.next() else { return };
    let text = characters.as_str();
    let formats = Format::ALL;
    let format = recognise("", text).unwrap_or(formats[first as usize % formats.len()]);
    let reading = format.read(text, &Scope::Machine);
    for at in reading
        .mistakes
        .iter()
        .map(|mistake| &mistake.at)
        .chain(reading.entries.iter().map(|entry| &entry.at))
    {
        assert!(text.get(at.clone()).is_some(), "{format:?}: {at:?}");
    }
    let documents = [Document::new("fuzz", text, reading)];
    let _ = traps(&documents);
    let all: Vec<_> = Client::ALL.iter().map(|client| ways(*client, &documents)).collect();
    for url in ["https://a.example/", "http://192.0.2.7:8080/"] {
        let target = Target::parse(url).expect("a URL");
        let plans: Vec<_> = all.iter().map(|ways| (ways.client, ways.plan(&target))).collect();
        assert!(plans.iter().all(|(_, plan)| !plan.steps.is_empty()));
        let _ = disagreements(&plans);
    }
});
