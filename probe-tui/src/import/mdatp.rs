//! `mdatp connectivity test` and the connectivity module of the XMDE client analyzer, which print in one form:
//!
//! ```text
//! Testing connection with https://x.cp.wd.microsoft.com/api/report ... [OK]
//! Testing connection with https://winatp-gw-neu.microsoft.com/test ... [ERROR]
//!      response 403
//! ```
//!
//! What stands behind or below `[ERROR]` is a number of curl (mdatp; documented: 35 and 60), or one of XMDE's four texts. XMDE
//! says `Request timeout` where macOS says that a name is not known, and nowhere else; on Linux such a name, a refusal and a reset
//! end it with a Python error.

use probe_core::select::Path;

use super::{Certificate, Import, Line, Said, Tested, Tool, What};

/// What a URL's line holds.
pub const TESTING: &str = "Testing connection with ";

/// Reads it all.
pub fn read(text: &str) -> Import {
    let mut import = Import::new(Tool::Mdatp);
    let mut open: Option<(usize, &str, Tested)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let before = line.trim();
        if let Some(at) = line.find(TESTING) {
            if let Some((number, line, tested)) = open.take() {
                import.add(number, line, tested);
            }
            open = first(number, line, line.get(at + TESTING.len()..).unwrap_or_default());
            if open.is_none() {
                import.unread.add(number, line);
            }
            continue;
        }
        if before.is_empty() {
            continue;
        }
        let ended = before.starts_with("Traceback ") || before.starts_with("TypeError:");
        if ended && !import.notes.iter().any(|note| note.starts_with("XMDE")) {
            let note = "XMDE ended with a Python error, as it does where a connection is refused or reset or a name is not \
                        known on Linux: the URL behind the last one failed so, and the others were not asked";
            import.notes.push(note.into());
        }
        let said = open.as_mut().and_then(|(_, _, tested)| tested.said.first_mut());
        match (said, reason(before)) {
            (Some(said), Some(what)) if said.what != What::Good && said.more.is_empty() => {
                said.what = what;
                said.more.push(Line::new(number, before));
            }
            _ => import.unread.add(number, line),
        }
    }
    if let Some((number, line, tested)) = open {
        import.add(number, line, tested);
    }
    import
}

/// `URL ... [OK]`.
fn first<'t>(number: usize, line: &'t str, rest: &'t str) -> Option<(usize, &'t str, Tested)> {
    let mut words = rest.split_whitespace();
    let url = words.next()?;
    let rest = rest.trim_start().get(url.len()..).unwrap_or_default();
    let is_cut = !rest.contains('[');
    let what = match rest.find("[OK]") {
        Some(_) => What::Good,
        None if is_cut => What::Unsaid("the output ends within this line"),
        None => {
            let behind = rest.split_once(']').map_or("", |(_, behind)| behind);
            reason(behind).unwrap_or(What::Unsaid("the tool says only that it failed"))
        }
    };
    let said =
        Said { path: Path::Default, proxy: None, what, line: Line::new(number, line), more: Vec::new() };
    let tested = Tested { url: url.to_owned(), said: vec![said], is_cut, no_pinning: false };
    Some((number, line, tested))
}

/// Why something failed.
fn reason(text: &str) -> Option<What> {
    let lower = text.to_ascii_lowercase();
    let behind = |words: &str| {
        let (_, rest) = lower.split_once(words)?;
        let digits: String = rest
            .trim_start_matches(|character: char| " :(=#".contains(character))
            .chars()
            .take_while(char::is_ascii_digit)
            .take(4)
            .collect();
        digits.parse::<u32>().ok()
    };
    if lower.contains("ssl cert issue") {
        return Some(What::Certificate(Certificate::Unsaid));
    }
    if lower.contains("request timeout") {
        return Some(What::NoName);
    }
    if lower.contains("request general issue") {
        return Some(What::Unsaid("the tool does not say what went wrong (Request general issue)"));
    }
    if let Some(status) = behind("response").and_then(|code| u16::try_from(code).ok())
        && (100..600).contains(&status)
    {
        return Some(What::Status { status, succeeded: false });
    }
    let curl = ["curl error code", "curl error", "curl code", "curl:"].into_iter().find_map(behind);
    curl.or_else(|| behind("curl")).map(What::Curl)
}
