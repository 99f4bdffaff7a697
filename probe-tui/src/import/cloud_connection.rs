//! `TestCloudConnection.exe` of the Microsoft Monitoring Agent: hosts under headings that name the rule of a firewall.
//!
//! No public text shows the whole form. Known are the headings, and the two texts that Microsoft's own script takes for a failure:
//!
//! ```text
//! Firewall Rule: *.ods.opinsights.azure.com
//! 0f0e0d0c-0b0a-0908-0706-050403020100.ods.opinsights.azure.com : Connection failed
//! ```

use probe_core::select::Path;
use probe_core::target::Target;

use super::{Import, Line, Said, Tested, Tool, What};

/// What a heading begins with.
pub const RULE: &str = "Firewall Rule:";

/// What failures hold.
const FAILURES: [(&str, &str); 2] = [
    ("connection failed", "the tool says that the connection failed, and not how"),
    ("blocked host", "the tool says that the host is blocked, and not by whom"),
];

/// Reads it all.
pub fn read(text: &str) -> Import {
    let mut import = Import::new(Tool::CloudConnection);
    let mut is_under_rule = false;
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim();
        if trimmed.starts_with(RULE) {
            is_under_rule = true;
            continue;
        }
        if trimmed.is_empty() || trimmed.bytes().all(|byte| b"-=*#".contains(&byte)) {
            continue;
        }
        let lower = trimmed.to_ascii_lowercase();
        let failure = FAILURES.into_iter().find(|(text, _)| lower.contains(text)).map(|(_, why)| why);
        match url(trimmed) {
            Some(url) if is_under_rule => {
                let what = failure.map_or(What::Good, What::Unsaid);
                let line_read = Line::new(number, line);
                let said = Said { path: Path::Default, proxy: None, what, line: line_read, more: Vec::new() };
                let tested = Tested { url, said: vec![said], is_cut: false, no_pinning: false };
                import.add(number, line, tested);
            }
            _ if failure.is_some() || is_under_rule => {
                match (failure, import.tested.last_mut().and_then(|tested| tested.said.first_mut())) {
                    // A failure on a line of its own is about the host above it.
                    (Some(why), Some(said)) if is_under_rule => {
                        said.what = What::Unsaid(why);
                        said.more.push(Line::new(number, line));
                    }
                    _ => import.unread.add(number, line),
                }
            }
            _ => {}
        }
    }
    import
}

/// The first word that is a URL, or a host with at least two dots.
fn url(line: &str) -> Option<String> {
    line.split_whitespace().find_map(|word| {
        let word = word.trim_matches(|character: char| ",;:()[]\"'".contains(character));
        if word.contains("://") {
            return Target::parse(word).is_ok().then(|| word.to_owned());
        }
        let is_host = word.matches('.').count() > 1 && word.bytes().any(|byte| byte.is_ascii_alphabetic());
        let url = format!("https://{word}/");
        (is_host && !word.contains('*') && Target::parse(&url).is_ok()).then_some(url)
    })
}
