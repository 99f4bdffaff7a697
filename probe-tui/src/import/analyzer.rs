//! The text of Microsoft's client analyzer for Windows: what `MDEClientAnalyzer.exe` prints, or `MDEClientAnalyzer.txt`, in which
//! that stands among much else.
//!
//! ```text
//! Proxy config: Method=NamedWinHttp, address=proxy.example:3128
//! ****************
//! Testing URL : https://winatp-gw-neu.microsoft.com/commands/test
//! 1 - Default proxy: Succeeded (200)
//! 2 - Proxy auto discovery (WPAD): Failed (12180)
//! 3 - Proxy disabled: Failed (12002)
//! 4 - Named proxy ( proxy.example:3128 ): Succeeded (200)
//! 5 - Command line proxy: Doesn't exist
//! 2026-11-23 10:00:00Z [Error] EDRCloudConnectivity 132021: …
//! ```
//!
//! Several named proxies are numbered 4.1, 4.2 and so on. A program that this one writes for, it can read: `--format analyzer`.

use probe_core::report::winhttp;
use probe_core::select::Path;

use super::{Certificate, Config, Import, Line, MOST_LINES, Said, Tested, Tool, What, proxy, quoted};

/// What a URL's block begins with.
pub const TESTING: &str = "Testing URL :";

/// What the output begins with.
pub const CONFIG: &str = "Proxy config: Method=";

/// Lines within a block that are not understood, before the block is taken to have ended.
const MOST_STRANGE: usize = 6;

/// An HRESULT with an error of Windows in it (`HRESULT_FROM_WIN32`).
const FACILITY_WIN32: u32 = 0x8007_0000;

/// Reads it all.
pub fn read(text: &str) -> Import {
    let mut import = Import::new(Tool::Analyzer);
    let mut block: Option<Block<'_>> = None;
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(at) = line.find(TESTING) {
            let url = line.get(at + TESTING.len()..).unwrap_or_default();
            finish(&mut import, block.replace(Block::new(number, line, url)));
            continue;
        }
        if let Some(at) = line.find(CONFIG) {
            if import.config.is_none() {
                import.config = config(line.get(at + CONFIG.len()..).unwrap_or_default());
            }
            continue;
        }
        if let Some((id, text)) = result(line) {
            finish(&mut import, block.take());
            import.results.entry(id).or_default().push(quoted(text));
            continue;
        }
        let Some(open) = &mut block else { continue };
        if !open.take(number, line, &mut import) {
            finish(&mut import, block.take());
        }
    }
    finish(&mut import, block);
    import
}

fn finish(import: &mut Import, block: Option<Block<'_>>) {
    let Some(block) = block else { return };
    let is_cut = !block.is_done;
    if is_cut && import.notes.is_empty() {
        import.notes.push(format!(
            "the output ends, or goes on with something else, within the lines of {}: the tool is ended when it takes longer \
             than about 130 seconds",
            quoted(block.url)
        ));
    }
    let Block { url, said, no_pinning, number, line, .. } = block;
    import.add(number, line, Tested { url: url.to_owned(), said, is_cut, no_pinning });
}

/// The lines of one URL, as they come.
struct Block<'t> {
    number: usize,
    line: &'t str,
    url: &'t str,
    no_pinning: bool,
    said: Vec<Said>,
    /// Whether the last of the five lines has come.
    is_done: bool,
    strange: usize,
}

impl<'t> Block<'t> {
    fn new(number: usize, line: &'t str, rest: &'t str) -> Self {
        let mut words = rest.split_whitespace();
        let url = words.next().unwrap_or_default();
        let no_pinning = words.any(|word| word.eq_ignore_ascii_case("NoPinning"));
        Self { number, line, url, no_pinning, said: Vec::new(), is_done: false, strange: 0 }
    }

    /// Takes a line; false where the block ends with it.
    fn take(&mut self, number: usize, line: &str, import: &mut Import) -> bool {
        let text = line.trim();
        if text.is_empty() {
            return true;
        }
        if let Some((path, rest)) = numbered(text) {
            self.is_done |= path == Path::Cli;
            match said(path, rest) {
                Some((address, what)) => self.add(number, text, path, address, what),
                None => import.unread.add(number, line),
            }
            return true;
        }
        if text.to_ascii_lowercase().starts_with("ssl error") {
            self.explain(number, text);
            return true;
        }
        if self.is_done || text.bytes().all(|byte| byte == b'*') || text.starts_with('#') {
            return false;
        }
        self.strange += 1;
        import.unread.add(number, line);
        self.strange < MOST_STRANGE
    }

    fn add(&mut self, number: usize, text: &str, path: Path, address: Option<&str>, what: What) {
        let line = Line::new(number, text);
        match self.said.iter_mut().find(|said| said.path == path) {
            // The second of several named proxies.
            Some(said) if said.more.len() < MOST_LINES => said.more.push(line),
            Some(_) => {}
            None => {
                let proxy = address.and_then(proxy);
                self.said.push(Said { path, proxy, what, line, more: Vec::new() });
            }
        }
    }

    /// A line that says more about the one before.
    fn explain(&mut self, number: usize, text: &str) {
        let Some(last) = self.said.last_mut() else { return };
        if let What::WinHttp { certificate, .. } = &mut last.what {
            *certificate = certificate.or_else(|| of_certificate(text));
        }
        if last.more.len() < MOST_LINES {
            last.more.push(Line::new(number, text));
        }
    }
}

/// `4.1 - Named proxy…`: the path, and what stands behind its name's beginning.
fn numbered(text: &str) -> Option<(Path, &str)> {
    let (number, rest) = text.split_once(" - ")?;
    let (number, part) = number.split_once('.').unwrap_or((number, "1"));
    if !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let names =
        ["default proxy", "proxy auto discovery", "proxy disabled", "named proxy", "command line proxy"];
    let index = number.parse::<usize>().ok()?.checked_sub(1)?;
    let (path, name) = Path::ALL.into_iter().zip(names).nth(index)?;
    let start = rest.get(..name.len())?;
    start.eq_ignore_ascii_case(name).then(|| (path, rest.get(name.len()..).unwrap_or_default()))
}

/// ` ( address ): result`, or `: result`.
fn said(path: Path, rest: &str) -> Option<(Option<&str>, What)> {
    let (address, result) = match path {
        Path::Named | Path::Cli => match rest.trim_start().strip_prefix('(') {
            Some(inside) => {
                let (address, result) = inside.split_once(')')?;
                (Some(address.trim()), result)
            }
            None => (None, rest),
        },
        _ => (None, rest.trim_start().strip_prefix("(WPAD)").unwrap_or(rest)),
    };
    let result = result.trim_start().strip_prefix(':')?.trim();
    Some((address, what(result)?))
}

fn what(result: &str) -> Option<What> {
    let lower = result.to_ascii_lowercase();
    if let Some(rest) = lower.strip_prefix("succeeded") {
        return Some(match code(rest) {
            Some(code) => What::Status { status: status(code)?, succeeded: true },
            None if rest.trim_start().starts_with("(tls)") => What::Good,
            None => return None,
        });
    }
    if let Some(rest) = lower.strip_prefix("failed") {
        let Some(code) = code(rest) else { return Some(What::Unsaid("the tool says only that it failed")) };
        if let Some(status) = status(code) {
            return Some(What::Status { status, succeeded: false });
        }
        let number = if code & 0xffff_0000 == FACILITY_WIN32 { code & 0xffff } else { code };
        // This program's own form of a status that the old script would take for good.
        let own = rest.rsplit_once(", status ").and_then(|(_, text)| status(text.trim().parse().ok()?));
        return Some(match own {
            Some(status) => What::Status { status, succeeded: false },
            None if winhttp::is_number(number) => What::WinHttp { number, certificate: of_certificate(rest) },
            None => What::Unsaid("the tool's number is not one of WinHTTP's"),
        });
    }
    let is_absent = lower.starts_with("doesn't exist") || lower.starts_with("doesn\u{2019}t exist");
    match () {
        () if is_absent => Some(What::NotConfigured),
        () if lower.starts_with("the proxy isn't in valid format") => Some(What::Malformed),
        () if lower.starts_with("not tested") => Some(What::Unsaid("the tool did not try this path")),
        () => None,
    }
}

/// `(12029)`, `(0x80072efd)`.
fn code(text: &str) -> Option<u32> {
    let inside = text.trim_start().strip_prefix('(')?;
    let (number, _) = inside.split_once(')')?;
    let number = number.trim();
    match number.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => number.parse().ok(),
    }
}

fn status(code: u32) -> Option<u16> {
    u16::try_from(code).ok().filter(|status| (100..600).contains(status))
}

/// What `WinHTTP`'s flags say of a certificate, as the tool prints them.
fn of_certificate(text: &str) -> Option<Certificate> {
    let text = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    // Whoever re-signs cannot be revoked or expired in the service's name: the authority is looked at first.
    Some(match () {
        () if has(&["invalid_ca", "invalid ca"]) => Certificate::Authority,
        () if has(&["cn_invalid", "cn invalid"]) => Certificate::Name,
        () if has(&["date_invalid", "date invalid"]) => Certificate::Date,
        () if has(&["cert_revoked", "revoked"]) => Certificate::Revoked,
        () if has(&["rev_failed", "revocation check failed", "revocation"]) => Certificate::RevocationUnknown,
        () if has(&["invalid_cert", "invalid cert"]) => Certificate::Unsaid,
        () => return None,
    })
}

/// `NamedWinHttp, address=proxy.example:3128`.
fn config(text: &str) -> Option<Config> {
    let (method, rest) = text.split_once(',')?;
    let address = rest.trim_start().strip_prefix("address=")?.trim();
    let address = proxy(address).map(|proxy| proxy.trim_start_matches("http://").to_owned());
    Some(Config { method: quoted(method), address: address.unwrap_or_default() })
}

/// `… [Error] check 132021: text`: the number of a result, and its text.
fn result(line: &str) -> Option<(u32, &str)> {
    let marks = ["[Error]", "[Warning]", "[Informational]", "[Info]"];
    let at = marks.iter().find_map(|mark| Some(line.find(mark)? + mark.len()))?;
    let rest = line.get(at..)?;
    let (head, text) = rest.split_once(':')?;
    let id = head.split_whitespace().next_back()?;
    let is_id = id.len() == 6 && id.bytes().all(|byte| byte.is_ascii_digit());
    Some((id.parse().ok().filter(|_| is_id)?, text.trim()))
}
