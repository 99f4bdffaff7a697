//! Onboarding data: whatever it holds, only Microsoft's own hosts are ever asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::target::Target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(read) = probe_lists::onboarding::read(bytes) else { return };
    for (line, _) in &read.targets {
        let target = Target::parse_line(line, &mut |mistake| panic!("{line}: {mistake}")).expect("a target");
        let host = target.host.to_string();
        assert!(host.ends_with(".microsoft.com") || host.ends_with(".microsoft.us"), "{line}");
    }
});
