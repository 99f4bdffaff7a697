//! What must hold of every parser of settings.

use probe_core::select::client::{Client, Document, ways};
use probe_core::select::compare::disagreements;
use probe_core::select::traps::traps;
use probe_core::settings::{Format, Reading, Scope};
use probe_core::target::Target;

/// A target that reads a text as each of these formats.
#[macro_export]
macro_rules! settings_target {
    ($($format:ident),+) => {
        libfuzzer_sys::fuzz_target!(|text: &str| {
            $($crate::settings::read(probe_core::settings::Format::$format, text);)+
        });
    };
}

/// Reads a text, for the machine and for one service, looks at what was found, and makes every client's plans of it.
pub fn read(format: Format, text: &str) {
    for scope in [Scope::Service("mdatp".into()), Scope::Machine] {
        let reading = format.read(text, &scope);
        assert_places(text, &reading);
        let service = if scope == Scope::Machine { None } else { Some("mdatp") };
        plans(&[Document::new("fuzz", text, reading).in_format(format, service, text)]);
    }
}

/// Everything that was found stands in the text, and between characters.
pub fn assert_places(text: &str, reading: &Reading<'_>) {
    let entries = reading.entries.iter().map(|entry| &entry.at);
    for at in reading.mistakes.iter().map(|mistake| &mistake.at).chain(entries) {
        assert!(text.get(at.clone()).is_some(), "{at:?} is no part of {text:?}");
    }
}

/// Every client has a plan, whatever its settings are.
pub fn plans(documents: &[Document<'_>]) {
    let _ = traps(documents);
    let all: Vec<_> = Client::ALL.iter().map(|client| ways(*client, documents)).collect();
    for url in ["https://a.example/", "http://192.0.2.7:8080/"] {
        let target = Target::parse(url).expect("a URL");
        let plans: Vec<_> = all.iter().map(|ways| (ways.client, ways.plan(&target))).collect();
        assert!(plans.iter().all(|(_, plan)| !plan.steps.is_empty()));
        let _ = disagreements(&plans);
    }
}
