//! `plan`: which way each client would go to each target, in which order, and which line of which setting decided that. Nothing
//! is sent.

use std::fmt::Write as _;

use jiff::Timestamp;
use probe_core::catalog::System;
use probe_core::diagnose::Verdict;
use probe_core::limits;
use probe_core::select::bypass::MatchKind;
use probe_core::select::client::{self, Case, Client, Document, Kind, Plan, Step, Ways, When};
use probe_core::select::environment::{SchemeName, is_socks};
use probe_core::settings::{Key, Scope};
use probe_core::target::Target;
use probe_core::text::Text;
use serde::Serialize;

mod findings;
mod human;
mod one_list;

use self::findings::Findings;
use super::{both, refuse};
use crate::color::When as ColourWhen;
use crate::discover;
use crate::machine::{self, Machine};
use crate::mistakes::{Mistakes, Origin, Secrets, harmless};
use crate::options::{self, CLIENTS, PLAN_FORMAT};
use crate::outcome::exit;
use crate::record::Common;
use crate::settings::word;

/// What is planned for where nobody says: one https target that every agent has, and one of plain http (a revocation list).
const EXAMPLES: [&str; 2] = ["https://events.data.microsoft.com/ping", "http://crl.microsoft.com/pki/crl/"];

/// Makes plans, and gives the exit code: 1 where a setting that a client would use cannot be used.
pub fn run(options: &options::Plan, machine: &Machine, when: Result<ColourWhen, Mistakes>) -> u8 {
    let mut mistakes = Mistakes::default();
    let format = word("--format", &options.format, PLAN_FORMAT, &mut mistakes).unwrap_or("human").to_owned();
    let urls = urls(options, &mut mistakes);
    let targets: Vec<Target<'_>> =
        urls.iter().filter_map(|(origin, url)| target(origin.as_ref(), url, &mut mistakes)).collect();
    let is_jsonl = format == "jsonl";
    if let Some(dialect) = &options.dialect {
        let list = one_list::read(options, dialect, &mut mistakes);
        return match (both(mistakes_as_result(mistakes), when.map(|_| ())), list) {
            (Ok(_), Some(list)) => machine::print(&list.show(&targets, is_jsonl)),
            (Err(mistakes), _) => refuse(&mistakes),
            (Ok(_), None) => exit::USAGE,
        };
    }
    let clients = clients(options, &mut mistakes);
    let texts = if options.from.is_empty() {
        discover::live(&machine.environment)
    } else {
        discover::exported(&options.from, &mut mistakes)
    };
    if let Err(mistakes) = both(mistakes_as_result(mistakes), when.map(|_| ())) {
        return refuse(&mistakes);
    }
    let documents = texts.documents();
    let clients =
        if clients.is_empty() { usual_clients(&documents, options.from.is_empty()) } else { clients };
    let ways: Vec<Ways<'_>> = clients.iter().map(|client| client::ways(*client, &documents)).collect();
    let (text, is_usable) =
        if is_jsonl { jsonl(&ways, &targets) } else { human::show(&ways, &targets, &documents, &texts) };
    if is_jsonl {
        machine::complain(&mistakes_of(&documents));
        for unread in &texts.unread {
            machine::complain(&format!("egress-probe: not read: {}\n", harmless(unread)));
        }
    }
    match machine::print(&text) {
        exit::READY if !is_usable => exit::NOT_READY,
        code => code,
    }
}

fn mistakes_as_result(mistakes: Mistakes) -> Result<(), Mistakes> {
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

/// A word of the command line or a line of a file, with its place.
type Line = (Option<(String, usize)>, String);

fn urls(options: &options::Plan, mistakes: &mut Mistakes) -> Vec<Line> {
    let mut urls: Vec<Line> = options.target.iter().map(|url| (None, url.clone())).collect();
    for file in &options.targets {
        let Some(text) = crate::input::read_list(file, mistakes) else { continue };
        let name = crate::input::name_of(file);
        let lines = probe_core::target::lines(&text);
        urls.extend(lines.map(|(number, _, line)| (Some((name.clone(), number)), line.to_owned())));
    }
    if urls.is_empty() && options.dialect.is_none() {
        urls.extend(EXAMPLES.map(|url| (None, url.to_owned())));
    }
    if urls.is_empty() {
        mistakes.add_plain("plan", &"there is no URL to plan for", Some("write URLs behind `--`"));
    }
    urls
}

fn target<'a>(
    origin: Option<&(String, usize)>,
    line: &'a str,
    mistakes: &mut Mistakes,
) -> Option<Target<'a>> {
    let (name, number) = origin.map_or(("TARGET", None), |(name, line)| (name.as_str(), Some(*line)));
    let origin = Origin { name, line: number, secrets: Secrets::InWords };
    Target::parse_line(line, &mut |mistake| mistakes.add(origin, line, &mistake))
}

fn clients(options: &options::Plan, mistakes: &mut Mistakes) -> Vec<Client> {
    let words = options.client.iter().filter_map(|name| word("--client", name, CLIENTS, mistakes));
    words.filter_map(Client::from_name).collect()
}

/// The clients that settings are for: those of the system that they come from.
fn usual_clients(documents: &[Document<'_>], is_live: bool) -> Vec<Client> {
    use Client as C;
    let has = |is_it: fn(Key) -> bool| {
        documents.iter().any(|document| document.reading.entries.iter().any(|entry| is_it(entry.key)))
    };
    let is_windows = has(|key| key.system() == Some(System::Windows));
    let is_mac = has(|key| key.system() == Some(System::Macos));
    let mut clients = if is_windows || is_live && cfg!(windows) {
        vec![C::EdrSensor, C::Antivirus, C::AntivirusUpdate, C::Winhttp, C::Wininet, C::Chromium, C::Firefox]
    } else if is_mac || is_live && cfg!(target_os = "macos") {
        vec![C::MdatpMac, C::Curl, C::Go, C::Python, C::Chromium, C::Firefox, C::Libproxy]
    } else {
        vec![C::MdatpLinux, C::Curl, C::Wget, C::Go, C::Python, C::Apt, C::Chromium, C::Firefox, C::Libproxy]
    };
    // Agents that not every machine has.
    if has(|key| key == Key::MmaProxyUrl) {
        clients.insert(1, C::Mma);
    }
    if has(|key| matches!(key, Key::ArcProxyUrl | Key::ArcProxyBypass)) {
        clients.insert(1, C::Arc);
    }
    let is_service = |scope: &Scope<'_>| matches!(scope, Scope::Service(name) if !matches!(&**name, "mdatp" | "mdatp.service" | "apt"));
    let mut entries = documents.iter().flat_map(|document| &document.reading.entries);
    if entries.any(|entry| matches!(entry.key, Key::Variable(_)) && is_service(&entry.scope)) {
        clients.push(C::Service);
    }
    clients
}

/// A plan, as a record.
#[derive(Debug, Serialize)]
struct PlanRecord<'a> {
    #[serde(flatten)]
    common: Common,
    client: &'a str,
    url: &'a str,
    path: &'static str,
    routes: Vec<RouteRecord>,
    basis: &'static str,
    /// What else is to be known about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct RouteRecord {
    kind: &'static str,
    proxy: Option<String>,
    source: Option<String>,
    rule: String,
}

impl RouteRecord {
    /// `None` where the setting cannot be used.
    fn of(step: &Step<'_, '_>) -> Option<Self> {
        let route = step.route.as_ref()?;
        Some(Self {
            kind: route.kind(),
            proxy: route.proxy().map(ToString::to_string),
            source: source(step),
            rule: rule(step),
        })
    }
}

/// Where it is written what decided this step.
pub(crate) fn source(step: &Step<'_, '_>) -> Option<String> {
    step.place().map(|place| harmless(&place.to_string()))
}

/// Why this step is taken.
pub(crate) fn rule(step: &Step<'_, '_>) -> String {
    let after = match step.way.when {
        When::AfterFailure => "when that fails: ",
        When::Disputed => "when that fails, by one of two pages: ",
        When::First | When::Also => "",
    };
    let case = case_of(step.way);
    let what = match (&step.exempt, &step.way.kind) {
        (Some(found), _) if found.kind == MatchKind::Unlisted => {
            "is not on the list of what goes through it".to_owned()
        }
        (Some(found), _) if found.item.is_empty() => format!("exempt without an item ({})", found.kind),
        (Some(found), _) => format!("item `{}` ({})", item(found.item), found.kind),
        (None, Kind::Malformed(mistake)) => format!("cannot be used: {mistake}"),
        (None, Kind::NotSpoken(scheme)) => {
            let what = if is_socks(scheme) { "a SOCKS proxy" } else { "a proxy of another kind" };
            format!("names {what} ({}), which this program does not speak", SchemeName(scheme))
        }
        (None, Kind::Proxies(_)) if step.turn > 0 => "next in the list, when that fails".to_owned(),
        (None, Kind::Proxies(_)) => "names the proxy".to_owned(),
        (None, Kind::Direct) if step.way.place.is_some() => "says so".to_owned(),
        (None, _) if step.way.when == When::First => "no setting names a proxy".to_owned(),
        (None, _) => "straight to the origin".to_owned(),
    };
    format!("{case}{after}{what}")
}

/// The case that a way is for, where there are several.
fn case_of(way: &client::Way<'_>) -> String {
    if way.case == Case::Only { String::new() } else { format!("{}: ", harmless(&way.case.to_string())) }
}

fn basis(plan: &Plan<'_, '_>) -> &'static str {
    let ways =
        plan.steps.iter().map(|step| step.way.basis).chain(plan.unevaluated.iter().map(|way| way.basis));
    ways.max().unwrap_or(client::Basis::Documented).as_str()
}

fn notes(plan: &Plan<'_, '_>) -> Vec<String> {
    plan.unevaluated.iter().map(|way| note(way)).collect()
}

/// What is said of a way that is not evaluated.
fn note(way: &client::Way<'_>) -> String {
    let place = way.place.map_or_else(String::new, |place| format!(" ({})", harmless(&place.to_string())));
    let case = case_of(way);
    match way.kind {
        Kind::Pac(url) => format!(
            "{case}asked first, and not evaluated by this version: the PAC file {}{place}",
            pac_address(url)
        ),
        // What stands behind its name may be secret.
        Kind::Command(command) => format!(
            "{case}asked first, and not run: the program {}{place}",
            harmless(command.split_ascii_whitespace().next().unwrap_or_default())
        ),
        _ => {
            format!("{case}asked first, and not looked for by this version: an announced proxy (WPAD){place}")
        }
    }
}

fn jsonl(all: &[Ways<'_>], targets: &[Target<'_>]) -> (String, bool) {
    let now = Timestamp::now();
    let (mut text, mut is_usable) = (String::new(), true);
    let mut findings = Findings::default();
    for target in targets {
        let plans: Vec<_> = all.iter().map(|ways| (ways.client, ways.plan(target))).collect();
        findings.add(target, &plans);
        for (client, plan) in &plans {
            let first = plan.steps.first();
            is_usable &= first.is_some_and(is_usable_step);
            let record = PlanRecord {
                common: Common::new("plan", now),
                client: client.as_str(),
                url: target.url,
                path: first.map_or("direct", |step| step.way.path.id()),
                routes: plan.steps.iter().filter_map(RouteRecord::of).collect(),
                basis: basis(plan),
                notes: notes(plan).into_iter().chain(plan.steps.iter().filter_map(unusable)).collect(),
            };
            push_line(&mut text, &record);
        }
    }
    for finding in findings.records(now) {
        push_line(&mut text, &finding);
    }
    (text, is_usable)
}

fn push_line(text: &mut String, record: &impl Serialize) {
    // Writing text into memory cannot fail.
    text.push_str(&serde_json::to_string(record).unwrap_or_default());
    text.push('\n');
}

/// A setting that stands where a route should, and cannot be used: no packet is sent, as with the verdict of this name.
fn unusable(step: &Step<'_, '_>) -> Option<String> {
    let source = source(step).unwrap_or_default();
    match step.way.kind {
        _ if step.route.is_some() => None,
        Kind::NotSpoken(_) => Some(format!("{source} {}", rule(step))),
        _ => Some(format!("{}: {source} {}", Verdict::SettingMalformed.id(), rule(step))),
    }
}

/// Whether the client can use the setting that this step comes from; that this program does not speak with its proxy is no fault
/// of the setting.
fn is_usable_step(step: &Step<'_, '_>) -> bool {
    step.route.is_some() || matches!(step.way.kind, Kind::NotSpoken(_))
}

/// The route in one word or two.
fn route(step: &Step<'_, '_>) -> String {
    match (&step.route, &step.way.kind) {
        (Some(route), _) => route.to_string(),
        (None, Kind::NotSpoken(scheme)) => format!("by {}", SchemeName(scheme)),
        (None, _) => "unusable".to_owned(),
    }
}

/// A PAC file's address without what may be secret in it: user, password and query.
fn pac_address(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let rest = rest.rsplit('@').next().unwrap_or(rest);
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let slashes = if scheme.is_empty() { "" } else { "://" };
    harmless(&format!("{scheme}{slashes}{rest}"))
}

/// An item of a list, harmless and not too long.
fn item(text: &str) -> Text<{ limits::QUOTE }> {
    Text::from_bytes(text.as_bytes())
}

/// So many mistakes of a document are shown; the others are counted.
const SHOWN: usize = 100;

/// The mistakes of all documents, for people.
fn mistakes_of(documents: &[Document<'_>]) -> String {
    let mut text = String::new();
    for document in documents {
        let name = harmless(document.name);
        for mistake in document.reading.mistakes.iter().take(SHOWN) {
            let line = document.line(mistake.at.start);
            let _ = writeln!(text, "{name}:{line}: {}", mistake.kind);
            let _ = writeln!(text, "    = {}", mistake.kind.hint());
        }
        if let Some(more @ 1..) = document.reading.mistakes.len().checked_sub(SHOWN) {
            let _ = writeln!(text, "{name}: and {more} more");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use probe_core::select::bypass::Dialect;
    use probe_core::settings::Reading;

    use super::*;
    use crate::options::DIALECTS;

    #[test]
    fn settings_are_for_the_clients_of_their_system() {
        let first_of = |key: Key| {
            let mut reading = Reading::default();
            reading.add(key, Scope::Machine, "http://p.example:1", 0..0);
            let documents = [Document::new("export", "", reading)];
            let clients = usual_clients(&documents, false);
            (clients[0], clients[1])
        };
        for (key, want) in [
            (Key::InetPerUser, (Client::EdrSensor, Client::Antivirus)),
            (Key::AntivirusSslOptions, (Client::EdrSensor, Client::Antivirus)),
            (Key::MacHttpPort, (Client::MdatpMac, Client::Curl)),
            (Key::GnomeMode, (Client::MdatpLinux, Client::Curl)),
            // Agents that not every machine has; their settings do not tell which system they are from.
            (Key::ArcProxyBypass, (Client::MdatpLinux, Client::Arc)),
            (Key::MmaProxyUrl, (Client::MdatpLinux, Client::Mma)),
        ] {
            assert_eq!(first_of(key), want, "{key:?}");
        }
        let last_of = |service: &'static str| {
            let mut reading = Reading::default();
            let key = Key::Variable(probe_core::select::Variable::HttpsProxy);
            reading.add(key, Scope::Service(service.into()), "http://p.example:1", 0..0);
            usual_clients(&[Document::new("export", "", reading)], false).pop()
        };
        assert_eq!(last_of("docker"), Some(Client::Service));
        assert_eq!(last_of("mdatp"), Some(Client::Libproxy));
    }

    #[test]
    fn the_words_are_the_cores() {
        let clients: Vec<_> = Client::ALL.iter().map(|client| client.as_str()).collect();
        assert_eq!(CLIENTS.iter().map(|(word, _)| *word).collect::<Vec<_>>(), clients);
        let dialects: Vec<_> = Dialect::ALL.iter().map(|dialect| dialect.as_str()).collect();
        assert_eq!(DIALECTS.iter().map(|(word, _)| *word).collect::<Vec<_>>(), dialects);
    }
}
