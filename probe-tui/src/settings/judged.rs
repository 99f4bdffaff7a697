//! Who is judged, by which of its paths: `--client`, `--as-client`, `--from`, `--path` and `--proxy` together.

use std::path::Path as FilePath;

use probe_core::catalog::System;
use probe_core::select::client::{self, Case, Client, Document, Ways};
use probe_core::select::{Path, Variable};

use super::selection::this_system;
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
    // Whoever names a client wants its first way judged, wherever that stands among the paths.
    if options.client.is_some() || !options.from.is_empty() {
        Paths::Among(paths)
    } else {
        Paths::Given(paths)
    }
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
    if options.as_client && matches!(paths, Paths::Given(_) | Paths::Among(_)) {
        let what = "which paths are tried is the client's to say, and --path says it as well";
        mistakes.add_plain("--as-client", &what, Some("leave --path away"));
    }
    let is_live = options.from.is_empty();
    if is_live && !options.as_client && named.unwrap_or_else(default) == Client::Curl {
        return None;
    }
    let texts =
        if is_live { discover::live(environment) } else { discover::exported(&options.from, mistakes) };
    for unread in &texts.unread {
        machine::complain(&format!("note: not read: {}\n", harmless(&unread.what)));
    }
    let documents = kept(texts);
    let system = if is_live { Some(this_system()) } else { Document::system_of(documents) };
    let client = named.unwrap_or_else(|| match system {
        _ if is_live => default(),
        Some(System::Windows) => Client::EdrSensor,
        Some(System::Macos) => Client::MdatpMac,
        _ => Client::MdatpLinux,
    });
    if let Some(own) = client.system()
        && own != system.unwrap_or(System::Linux)
    {
        let (client, own) = (client.title(), own.title());
        let what = format!("{client} has its settings on {own}, and there are none of that system here");
        mistakes.add_plain(
            "--client",
            &what,
            Some("give what was exported there with --from, or another client"),
        );
    }
    if options.noproxy.is_some() && options.proxy.is_none() {
        let what = format!("the settings of {} say themselves what needs no proxy", client.title());
        mistakes.add_plain("--noproxy", &what, Some("give --proxy as well, or leave --noproxy away"));
    }
    complain(documents, is_live, mistakes);
    let entries = documents.iter().flat_map(|document| &document.reading.entries);
    let values = entries.map(|entry| &*entry.value).filter(|value| value.contains('@'));
    let values = values.flat_map(|value| {
        // One proxy, or a list of them.
        let pieces = value.split([' ', ';', ',']).filter(|piece| piece.contains('@'));
        let untagged = pieces.flat_map(|piece| [Some(piece), piece.split_once('=').map(|(_, rest)| rest)]);
        std::iter::once(value).chain(untagged.flatten()).map(str::to_owned)
    });
    let values = values.collect();
    let ways = client::ways(client, documents);
    cases(&ways, mistakes);
    Some((Own { ways, falls_over: options.as_client }, values))
}

/// So many mistakes of the settings are shown; the others are counted.
const SHOWN: usize = 20;

/// Says what is wrong with the settings. A file in which nothing can be read is no file of settings.
fn complain(documents: &[Document<'_>], is_live: bool, mistakes: &mut Mistakes) {
    for document in documents {
        let name = harmless(document.name);
        let found = &document.reading.mistakes;
        if let Some(first) = found.first().filter(|_| document.reading.entries.is_empty() && !is_live) {
            let place = format!("{name}:{}", document.line(first.at.start));
            mistakes.add_plain(
                &place,
                &format!("nothing can be read here: {}", first.kind),
                Some(first.kind.hint()),
            );
            continue;
        }
        for mistake in found.iter().take(SHOWN) {
            let line = document.line(mistake.at.start);
            machine::complain(&format!(
                "note: {name}:{line}: {}\n      = {}\n",
                mistake.kind,
                mistake.kind.hint()
            ));
        }
        if let Some(more @ 1..) = found.len().checked_sub(SHOWN) {
            machine::complain(&format!("note: {name}: and {more} more\n"));
        }
    }
}

/// Says which case is judged, where the settings are for several: a run is one of them.
fn cases(ways: &Ways<'_>, mistakes: &mut Mistakes) {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for way in &ways.ways {
        if !cases.contains(&way.case) {
            cases.push(way.case);
        }
    }
    if ways.client == Client::Service && !cases.iter().any(|case| matches!(case, Case::Service(_))) {
        let what = "no unit was read that sets a proxy, and no service that runs with one";
        mistakes.add_plain("--client", &what, Some("give its unit or drop-in with --from"));
    }
    if let [first, others @ ..] = &*cases
        && !others.is_empty()
    {
        let others: Vec<String> = others.iter().take(SHOWN).map(|case| harmless(&case.to_string())).collect();
        machine::complain(&format!(
            "note: what is judged is {} {}; not tried: {}\n",
            ways.client,
            harmless(&first.to_string()),
            others.join(", ")
        ));
    }
}

/// The documents, for as long as the process lives: a run has one set of settings, which its attempts look at until it ends.
fn kept(texts: Texts) -> &'static [Document<'static>] {
    let texts: &'static Texts = Box::leak(Box::new(texts));
    texts.documents().leak()
}

/// Whose answer matters where nobody says: this system's Defender sensor. On Linux, where that has to be installed first, what
/// programs of this session find as long as it is not.
fn default() -> Client {
    match this_system() {
        System::Windows => Client::EdrSensor,
        System::Macos => Client::MdatpMac,
        _ if TRACES.iter().any(|trace| FilePath::new(trace).exists()) => Client::MdatpLinux,
        _ => Client::Curl,
    }
}

/// What is there where mdatp is installed or its setting is managed.
const TRACES: [&str; 4] = [
    "/opt/microsoft/mdatp",
    "/etc/opt/microsoft/mdatp",
    "/etc/systemd/system/mdatp.service",
    "/etc/systemd/system/mdatp.service.d",
];
