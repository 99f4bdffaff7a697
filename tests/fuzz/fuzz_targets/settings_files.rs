//! Several files that say together what counts: units of systemd with their drop-ins, and apt's configuration.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::select::client::Document;
use probe_core::settings::{Format, apt, systemd};
use probe_fuzz::settings::{assert_places, plans};

/// Each file begins with its path, on a line of its own, and ends with a form feed.
fn files(data: &str) -> Vec<(&str, &str)> {
    data.split('\u{c}').take(8).map(|file| file.split_once('\n').unwrap_or((file, ""))).collect()
}

fuzz_target!(|data: &str| {
    let files = files(data);
    let source = |&(path, text)| systemd::Source { path, text, is_unit: systemd::is_part_of_a_unit(path) };
    let sources: Vec<_> = files.iter().map(source).collect();
    let units = systemd::join(&sources);
    assert!(units.unread.iter().all(|unread| !unread.to_string().is_empty()));
    let apt = apt::join(&files);
    assert!(apt.unread.iter().all(|unread| !unread.to_string().is_empty()));
    for (file, reading) in units.readings.into_iter().chain(apt.readings) {
        let (path, text) = files[file];
        assert_places(text, &reading);
        let service = Some(systemd::service_of(path));
        plans(&[Document::new(path, text, reading).in_format(Format::SystemdUnit, service, text)]);
    }
});
