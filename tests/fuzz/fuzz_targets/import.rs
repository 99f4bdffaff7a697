//! What another tool printed, as text, XML or a zip: read or refused, and what comes of it is harmless and bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::diagnose::Verdict;
use probe_fuzz::assert_harmless;
use probe_tui::import::attempts::attempts;
use probe_tui::import::{quoted, read};

fuzz_target!(|data: &[u8]| {
    let import = match read(data) {
        Ok(import) => import,
        Err(error) => {
            assert_harmless(&error.to_string());
            return;
        }
    };
    let all = attempts(&import);
    assert!(!all.paths.is_empty());
    for line in &import.unread.shown {
        assert_harmless(&line.text);
    }
    for ended in &all.ended {
        let record = &ended.record;
        // Each record is of a URL that was taken for one.
        assert_eq!(all.targets.url(ended.target as usize), record.url);
        assert!(all.paths.contains(&ended.path), "a path that the tool does not have");
        assert_eq!(ended.path.id(), record.path);
        for text in record.evidence.iter().chain([&record.url, &record.remedy]).chain(&record.proxy) {
            assert_harmless(text);
        }
        assert!(!record.evidence.is_empty() || record.verdict == Verdict::Reachable, "{record:?}");
    }
    for finding in &all.findings {
        assert!(
            finding.count >= 1 && finding.required <= finding.count && finding.count == finding.urls.len()
        );
        finding.evidence.iter().for_each(|line| assert_harmless(line));
    }
    assert_harmless(&quoted(&String::from_utf8_lossy(data)));
});
