//! What other tools printed, read to be judged again: Microsoft's client analyzer (its text, its XML, or its zip), `mdatp
//! connectivity test` and the XMDE client analyzer, and `TestCloudConnection`.
//!
//! Which tool it was is seen by the content. One file a tool reads it; nothing here knows verdicts. [`judge`] does, with the
//! catalogue's expectation for each URL, [`coverage`] finds what a tool never asked, and [`attempts`] makes records of it all. Everything is a function of the bytes:
//! no clock, no files.

pub mod analyzer;
pub mod analyzer_xml;
pub mod archive;
pub mod attempts;
pub mod cloud_connection;
pub mod coverage;
pub mod judge;
pub mod mdatp;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use probe_core::select::Path;

use probe_core::text::Text;

use crate::mistakes::without_secrets;
use crate::targets::identity;
pub use text::decode;

/// The largest file that is read, in bytes. A zip of the analyzer has 5 to 50 MB.
pub const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// URLs that are kept; the longest list of the analyzer has about 60.
const MOST_URLS: usize = 10_000;

/// Lines of one URL that are kept.
const MOST_LINES: usize = 12;

/// Lines that are shown as not understood; the others are counted.
const MOST_UNREAD: usize = 10;

/// The longest quoted line, in bytes.
const LONGEST_LINE: usize = 160;

/// Whose output it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Microsoft's client analyzer for Windows.
    Analyzer,
    /// `mdatp connectivity test`, or the XMDE client analyzer: both print in one form.
    Mdatp,
    /// `TestCloudConnection.exe` of the Microsoft Monitoring Agent.
    CloudConnection,
}

impl Tool {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Analyzer => "MDE client analyzer",
            Self::Mdatp => "mdatp connectivity test or XMDE client analyzer",
            Self::CloudConnection => "TestCloudConnection",
        }
    }
}

/// Everything that was read.
#[derive(Debug)]
pub struct Import {
    /// Whose output it is.
    pub tool: Tool,
    /// The proxy that the analyzer found on its machine.
    pub config: Option<Config>,
    /// URLs with what is said of each, in their order; each URL once.
    pub tested: Vec<Tested>,
    /// Whether there is a list of what was asked; XML alone has none.
    pub has_urls: bool,
    /// The URLs that the tool was to ask, where its zip says so.
    pub listed: Vec<String>,
    /// Results of the analyzer by their numbers, with their texts.
    pub results: BTreeMap<u32, Vec<String>>,
    /// What the XML says of the place of the tenant's data.
    pub region: Option<String>,
    /// Lines that were not understood.
    pub unread: Unread,
    /// What else is to be said.
    pub notes: Vec<String>,
    /// Where each target stands, however its URL is written.
    by_target: HashMap<String, usize>,
}

/// `Proxy config: Method=…, address=…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// How it was found.
    pub method: String,
    /// The proxy, as `host:port`; may be empty.
    pub address: String,
}

impl Config {
    /// Whether the tool found no proxy.
    pub fn is_direct(&self) -> bool {
        self.method.eq_ignore_ascii_case("direct") || self.address.is_empty()
    }
}

/// One URL.
#[derive(Debug, PartialEq, Eq)]
pub struct Tested {
    /// The URL; a good one.
    pub url: String,
    /// What is said of it, each path at most once.
    pub said: Vec<Said>,
    /// Whether the output ends, or goes on with something else, before the last line of this URL.
    pub is_cut: bool,
    /// Whether the tool was told not to look at the certificate.
    pub no_pinning: bool,
}

/// What is said of a URL over one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The path.
    pub path: Path,
    /// The proxy, as the tool writes it, without credentials.
    pub proxy: Option<String>,
    /// What it came to.
    pub what: What,
    /// The line that says so.
    pub line: Line,
    /// Further lines about the same path.
    pub more: Vec<Line>,
}

/// A line, harmless, without secrets, and cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// What it says.
    pub text: String,
}

impl Line {
    /// Takes a line in.
    pub fn new(number: usize, text: &str) -> Self {
        Self { number, text: quoted(text) }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.number, self.text)
    }
}

/// What a tool says of a URL over one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A status came, and whether the tool calls that a success.
    Status {
        /// The status.
        status: u16,
        /// The tool's own opinion.
        succeeded: bool,
    },
    /// It is good, and that is all.
    Good,
    /// A number of `WinHTTP`, with what is said of the certificate.
    WinHttp {
        /// The number.
        number: u32,
        /// What is wrong with the certificate.
        certificate: Option<Certificate>,
    },
    /// A number of curl.
    Curl(u32),
    /// The certificate was not accepted.
    Certificate(Certificate),
    /// The name has no address.
    NoName,
    /// The path has no setting.
    NotConfigured,
    /// The setting cannot mean what was meant.
    Malformed,
    /// It fails or was not tried, and the tool does not say why.
    Unsaid(&'static str),
}

/// What a tool says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// Its authority is not known.
    Authority,
    /// It names other hosts.
    Name,
    /// It is over, or has not begun.
    Date,
    /// It was revoked.
    Revoked,
    /// It could not be learnt whether it was revoked.
    RevocationUnknown,
    /// Nothing further is said.
    Unsaid,
}

/// Lines that were not understood.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// The first of them.
    pub shown: Vec<Line>,
    /// How many more there are.
    pub more: usize,
}

impl Unread {
    /// Adds a line.
    pub fn add(&mut self, number: usize, text: &str) {
        if self.shown.len() < MOST_UNREAD {
            self.shown.push(Line::new(number, text));
        } else {
            self.more += 1;
        }
    }
}

/// Why nothing can be read.
#[derive(Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no output of a tool that is known here.
    Unknown,
    /// It is the page for people that the analyzer makes.
    Html,
    /// It is output of the analyzer's variant for old Windows.
    DownLevel,
    /// The zip is broken, too large inside, or has nothing of the analyzer in it.
    Zip(String),
    /// The XML is broken.
    Xml(String),
}

impl Unreadable {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unknown => {
                "give MDEClientAnalyzer.txt or .xml, MDEClientAnalyzerResult.zip, or what `mdatp connectivity test`, the XMDE \
                 client analyzer or TestCloudConnection printed"
            }
            Self::Html => "give the zip, or SystemInfoLogs/MDEClientAnalyzer.txt and .xml from it",
            Self::DownLevel => "probe its targets with `egress-probe check`",
            Self::Zip(_) => "give the zip as the analyzer made it, or MDEClientAnalyzer.txt from it",
            Self::Xml(_) => "give MDEClientAnalyzer.txt from the same folder",
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("this is not the output of a tool that is known here"),
            Self::Html => f.write_str("this is the analyzer's page for people, which does not say what was asked"),
            Self::DownLevel => f.write_str(
                "this is the output of the analyzer for old Windows (MDEClientAnalyzerPreviousVersion.exe), whose form is in no \
                 public text",
            ),
            Self::Zip(why) => write!(f, "this zip cannot be read: {why}"),
            Self::Xml(why) => write!(f, "this XML cannot be read: {why}"),
        }
    }
}

/// Reads the output of a tool, whichever it is.
///
/// # Errors
/// Why nothing in it can be read.
pub fn read(bytes: &[u8]) -> Result<Import, Unreadable> {
    if archive::is_zip(bytes) {
        return archive::read(bytes);
    }
    read_text(&decode(bytes))
}

/// Reads what is no archive.
fn read_text(text: &str) -> Result<Import, Unreadable> {
    let begins = |with: &str| {
        let text = text.trim_start();
        text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    if text.contains(analyzer::TESTING) || text.contains(analyzer::CONFIG) {
        return Ok(analyzer::read(text));
    }
    if begins("<") && text.contains(analyzer_xml::ROOT) {
        let mut import = Import::new(Tool::Analyzer);
        import.has_urls = false;
        analyzer_xml::read(text, &mut import)?;
        return Ok(import);
    }
    if begins("<html") || begins("<!doctype html") {
        return Err(Unreadable::Html);
    }
    if text.contains(mdatp::TESTING) {
        return Ok(mdatp::read(text));
    }
    if text.contains(cloud_connection::RULE) {
        return Ok(cloud_connection::read(text));
    }
    if text.contains("Test result is") {
        return Err(Unreadable::DownLevel);
    }
    Err(Unreadable::Unknown)
}

impl Import {
    /// Nothing read yet.
    fn new(tool: Tool) -> Self {
        Self {
            tool,
            config: None,
            tested: Vec::new(),
            has_urls: true,
            listed: Vec::new(),
            results: BTreeMap::new(),
            region: None,
            unread: Unread::default(),
            notes: Vec::new(),
            by_target: HashMap::new(),
        }
    }

    /// Adds what is said of a URL. What stands there already stays; a line with something that is no URL is not understood.
    fn add(&mut self, number: usize, line: &str, tested: Tested) {
        let Some(identity) = identity(&tested.url) else {
            self.unread.add(number, line);
            return;
        };
        if let Some(before) = self.by_target.get(&identity).and_then(|at| self.tested.get_mut(*at)) {
            // The tool was run twice, or lists a URL twice: what is worse cannot be told here, what came first is kept.
            for said in tested.said {
                match before.said.iter_mut().find(|one| one.path == said.path) {
                    Some(one) if one.more.len() < MOST_LINES => one.more.push(said.line),
                    Some(_) => {}
                    None => before.said.push(said),
                }
            }
            return;
        }
        if self.tested.len() == MOST_URLS {
            let note = format!("there are more than {MOST_URLS} URLs: what stands behind them was not read");
            if self.notes.last() != Some(&note) {
                self.notes.push(note);
            }
            return;
        }
        self.by_target.insert(identity, self.tested.len());
        self.tested.push(tested);
    }

    /// Which paths are in it, the one that the tool's machine uses first.
    pub fn paths(&self) -> Vec<Path> {
        let configured = |path: Path| {
            let is = |said: &Said| said.path == path && said.what != What::NotConfigured;
            self.tested.iter().any(|tested| tested.said.iter().any(is))
        };
        // The sensor takes its own static proxy before everything else, and the proxy of the tool's command line is asked for.
        let judged =
            [Path::Named, Path::Cli].into_iter().find(|path| configured(*path)).unwrap_or(Path::Default);
        let has =
            |path: &Path| self.tested.iter().any(|tested| tested.said.iter().any(|said| said.path == *path));
        let others = Path::ALL.into_iter().filter(|path| *path != judged).filter(has);
        std::iter::once(judged).chain(others).collect()
    }
}

/// Text from outside as it may be shown: harmless, without users and passwords, and cut.
pub fn quoted(text: &str) -> String {
    let end = text.floor_char_boundary(LONGEST_LINE * 4);
    let text = without_secrets(text.get(..end).unwrap_or_default().trim(), &[]);
    Text::<LONGEST_LINE>::from_bytes(text.as_bytes()).as_str().to_owned()
}

/// A proxy as a tool writes it, without credentials: `http://host:port`.
fn proxy(text: &str) -> Option<String> {
    use probe_core::select::Proxy;
    use probe_core::select::proxy::ProxyPorts;
    let proxy = Proxy::parse(text.trim(), ProxyPorts::Web).ok()?;
    Some(proxy.to_string())
}

#[cfg(test)]
mod tests;
