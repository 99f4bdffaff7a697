//! Who is judged, by which of its paths: `--client`, `--as-client`, `--from`, `--path` and `--proxy` together.

use std::path::Path as FilePath;

use probe_core::select::client::{self, Client, Document};
use probe_core::select::{Path, Variable};

use super::word;
use crate::discover::{self, Texts};
use crate::machine;
use crate::mistakes::{Mistakes, harmless};
use crate::options::{self, Check};
use crate::way::{Own, Paths};

/// The word for every path.
const ALL: &str = "all";

/// Reads which paths are tried.
pub(super) fn paths(options: &Check, mistakes: &mut Mistakes) -> Paths {
    if options.path.iter().any(|path| path == ALL) {
        if options.path.len() > 1 {
            let what = "all stands beside other paths, and has them";
            mistakes.add_plain("--path", &what, Some("keep one of them"));
        }
        return Paths::All;
    }
    let mut paths: Vec<Path> = Vec::new();
    for text in &options.path {
        if let Some(path) = word("--path", text, options::PATHS, mistakes).and_then(Path::from_id)
            && !paths.contains(&path)
        {
            paths.push(path);
        }
    }
    if paths.contains(&Path::Cli) && options.proxy.is_none() {
        mistakes.add_plain(
            "--path",
            &"the path cli is the proxy of --proxy, which is missing",
            Some("add --proxy URL"),
        );
    }
    if options.path.is_empty() {
        return if options.proxy.is_some() { Paths::Given(vec![Path::Cli]) } else { Paths::First };
    }
    if options.proxy.is_some() && !paths.contains(&Path::Cli) {
        let what = "--proxy is for the path cli, which is not among those of --path";
        mistakes.add_plain("--proxy", &what, Some("add cli to --path, or leave --proxy away"));
    }
    Paths::Given(paths)
}

/// The client that is judged by its own settings, and the values of these that may hold secrets. `None` for what programs of
/// this session find in its environment, by curl's rules.
pub(super) fn client(
    options: &Check,
    paths: &Paths,
    environment: &[(Variable, String)],
    mistakes: &mut Mistakes,
) -> Option<(Own, Vec<String>)> {
    let named = options
        .client
        .as_deref()
        .and_then(|name| word("--client", name, options::CLIENTS, mistakes))
        .and_then(Client::from_name);
    let given = [
        ("--client", options.client.is_some()),
        ("--from", !options.from.is_empty()),
        ("--as-client", options.as_client),
    ];
    let used = given.into_iter().filter(|(_, is_given)| *is_given);
    if !paths.ask_client() {
        for (name, _) in used {
            let what = "no client's settings are asked, since --proxy or --path says all";
            mistakes.add_plain(name, &what, Some("leave it away, or add --path all"));
        }
        return None;
    }
    if options.as_client && matches!(paths, Paths::Given(_)) {
        let what = "which paths are tried is the client's to say, and --path says it as well";
        mistakes.add_plain("--as-client", &what, Some("leave --path away"));
    }
    let client = named.unwrap_or_else(|| default(&options.from));
    if client == Client::Curl && options.from.is_empty() && !options.as_client {
        return None;
    }
    if options.noproxy.is_some() && options.proxy.is_none() {
        let what = format!("the settings of {} say themselves what needs no proxy", client.title());
        mistakes.add_plain("--noproxy", &what, Some("give --proxy as well, or --client curl"));
    }
    let texts = if options.from.is_empty() {
        discover::live(environment)
    } else {
        discover::exported(&options.from, mistakes)
    };
    for unread in &texts.unread {
        machine::complain(&format!("note: not read: {}\n", harmless(unread)));
    }
    let documents = kept(texts);
    let entries = documents.iter().flat_map(|document| &document.reading.entries);
    let values = entries.map(|entry| &*entry.value).filter(|value| value.contains('@'));
    let values = values.flat_map(|value| {
        // One proxy, or a list of them.
        let pieces = value.split([' ', ';', ',']).filter(|piece| piece.contains('@'));
        let untagged = pieces.flat_map(|piece| [Some(piece), piece.split_once('=').map(|(_, rest)| rest)]);
        std::iter::once(value).chain(untagged.flatten()).map(str::to_owned)
    });
    let values = values.collect();
    Some((Own { ways: client::ways(client, documents), falls_over: options.as_client }, values))
}

/// The documents, for as long as the process lives: a run has one set of settings, which its attempts look at until it ends.
fn kept(texts: Texts) -> &'static [Document<'static>] {
    let texts: &'static Texts = Box::leak(Box::new(texts));
    texts.documents().leak()
}

/// Whose answer matters where nobody says: this system's Defender sensor. On Linux, where that has to be installed first, what
/// programs of this session find as long as it is not.
fn default(from: &[std::path::PathBuf]) -> Client {
    if cfg!(windows) {
        Client::EdrSensor
    } else if cfg!(target_os = "macos") {
        Client::MdatpMac
    } else if !from.is_empty() || TRACES.iter().any(|trace| FilePath::new(trace).exists()) {
        Client::MdatpLinux
    } else {
        Client::Curl
    }
}

/// What is there where mdatp is installed or its setting is managed.
const TRACES: [&str; 4] = [
    "/opt/microsoft/mdatp",
    "/etc/opt/microsoft/mdatp",
    "/etc/systemd/system/mdatp.service",
    "/etc/systemd/system/mdatp.service.d",
];
