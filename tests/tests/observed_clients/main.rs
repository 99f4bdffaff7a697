//! What other people's programs really do with bypass lists and proxy variables, beside what our core says that they do.
//!
//! Each program is run inside an [`Island`]: a network in which every address is this machine. What counts is whom it contacted
//! first: the proxy, or the origin. Every row is compared with what was written down when it was last looked at (the
//! tables), and, with what the core says: bypass lists ([`bypass::decide`](probe_core::select::bypass::decide)), the environment ([`choice`]), a machine's settings ([`plan`]).
//!
//! `cargo test -p probe-tests --test observed_clients -- wget` observes wget alone. With `OBSERVED_PRINT=1` every row is printed as it was
//! seen: that is how a row gets into the tables.

mod chromium;
mod clients;
mod firefox;
mod lists;
mod variables;

use std::fmt::Write as _;
use std::net::IpAddr;
use std::process::{ExitCode, Stdio};
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};
use probe_core::authority::Host;
use probe_core::select::client::{Document, Kind, ways};
use probe_core::select::environment::{self, Environment, Variable};
use probe_core::select::proxy::{Proxy, ProxyPorts};
use probe_core::select::{Choice, ProxyScheme, Route};
use probe_core::settings::{Key, Reading, Scope, apt};
use probe_core::target::{Scheme, Target};
use probe_tests::island::{Island, address_of, proxy_at};
use probe_tests::server::Folder;
use probe_tests::tool::{Needs, is_ci, say};

use crate::clients::{Client, FILE, Question};

/// How many rows there are to be when all programs are here.
const AT_LEAST: usize = 300;
/// The proxy of all rows about lists.
const PROXY: &str = "http://p1.test:3128";
/// What is recorded of a row in which anything may be seen.
const UNKNOWN: &str = "unknown";
/// The first argument of the process inside an island.
const INSIDE: &str = "observe-inside-an-island";

fn target(url: &str) -> Target<'_> {
    Target::parse(url).unwrap_or_else(|mistake| panic!("{url}: {mistake:?}"))
}

/// Whom curl or Go contacts first with these variables, as the observer shows it; `None` for other clients, and where the core does
/// not say.
fn choice(client: Client, set: &[(&str, &str)], url: &str) -> Option<String> {
    let environment =
        Environment::from_lookup(|name| set.iter().find(|(set, _)| *set == name).map(|(_, value)| *value));
    let choice = match client {
        Client::Curl => environment::curl(&environment, &target(url)),
        Client::Go => environment::go(&environment, &target(url)),
        Client::Python | Client::Wget | Client::Apt | Client::Chromium | Client::Firefox => return None,
    };
    let Choice::Route { route, .. } = choice else { return None };
    Some(in_words(&route))
}

/// Whom this client contacts first where these settings are all that a machine has; `None` where one of them is of a kind that the
/// core does not read, and where it does not say.
fn plan(client: Client, set: &[(&str, &str)], url: &str) -> Option<String> {
    let is_plain = matches!(client, Client::Curl | Client::Python | Client::Wget | Client::Apt);
    let client = probe_core::select::client::Client::from_name(client.as_str())?;
    let mut reading = Reading::default();
    let files: Vec<(&str, &str)> =
        set.iter().filter_map(|(name, text)| Some((name.strip_prefix(FILE)?, *text))).collect();
    for (name, value) in set.iter().filter(|(name, _)| !name.starts_with(FILE)) {
        let variable = Variable::ALL.into_iter().find(|variable| variable.as_str() == *name);
        let (key, host) = match *name {
            "Acquire::http::Proxy" => (Key::AptHttp, None),
            "Acquire::https::Proxy" => (Key::AptHttps, None),
            _ => match (
                name.strip_prefix("Acquire::http::Proxy::"),
                name.strip_prefix("Acquire::https::Proxy::"),
            ) {
                (Some(host), _) => (Key::AptHttpHost, Some(host)),
                (_, Some(host)) => (Key::AptHttpsHost, Some(host)),
                _ => (variable.map(Key::Variable).or_else(|| desktop(name))?, None),
            },
        };
        let value = host.map_or_else(|| (*value).to_owned(), |host| format!("{host} {value}"));
        reading.add(key, Scope::Machine, value, 0..0);
    }
    if set.iter().any(|(name, _)| desktop(name).is_some()) {
        reading.add(Key::GnomeMode, Scope::Machine, "manual", 0..0);
        let gnome = Key::Variable(Variable::CurrentDesktop);
        reading.add(gnome, Scope::Machine, "GNOME", 0..0);
    }
    let of_files = apt::join(&files).readings.into_iter().map(|(index, reading)| {
        let (name, text) = files[index];
        Document::new(name, text, reading)
    });
    let documents: Vec<_> = of_files.chain([Document::new("settings", "", reading)]).collect();
    let ways = ways(client, &documents);
    let plan = ways.plan(&target(url));
    let step = plan.steps.first()?;
    match (&step.route, &step.way.kind, step.way.place) {
        (Some(route), ..) => Some(in_words(route)),
        (None, Kind::NotSpoken(how), Some(place)) if place.entry.key == Key::GnomeSocksHost => {
            Some(format!("{how} {}:1080", at(IpAddr::V4(address_of(&place.entry.value)))))
        }
        // Go takes what it does not know for a name.
        (None, Kind::NotSpoken(how), Some(place)) if how.starts_with("socks") && is_plain => {
            let proxy =
                Proxy::parse(place.entry.value.strip_prefix(how)?.strip_prefix("://")?, ProxyPorts::Curl);
            Some(in_words(&Route::through(proxy.ok()?, Scheme::Http)).replace("forward", "socks"))
        }
        (None, Kind::Malformed(_), _) if is_plain => Some("nobody".to_owned()),
        _ => None,
    }
}

/// The setting of GNOME that has this name.
fn desktop(name: &str) -> Option<Key> {
    let mut keys = Key::ALL.iter().copied().filter(|key| key.as_str().starts_with(firefox::DESKTOP));
    keys.find(|key| key.as_str() == name)
}

/// A route as the observer shows it.
fn in_words(route: &Route<'_>) -> String {
    let Some(proxy) = route.proxy() else { return route.kind().to_owned() };
    let name = match proxy.host {
        Host::Name(name) => at(IpAddr::V4(address_of(name))),
        Host::V4(address) => at(IpAddr::V4(address)),
        Host::V6(address) => at(IpAddr::V6(address)),
    };
    let how = if proxy.scheme == ProxyScheme::Https { "tls" } else { route.kind() };
    format!("{how} {name}:{}", proxy.port)
}

/// An address as the observer shows it.
fn at(address: IpAddr) -> String {
    let proxy = match address.to_canonical() {
        IpAddr::V4(address) => proxy_at(address),
        IpAddr::V6(_) => None,
    };
    proxy.unwrap_or_else(|| address.to_string())
}

/// A row as one client meets it.
struct Row {
    question: Question,
    /// How it is shown when something is wrong.
    shown: String,
    /// What was seen when the row was written.
    recorded: String,
    /// What the core says, and which part of it.
    core: Vec<(&'static str, String)>,
    /// Whether the core says something else than was recorded, and is known to.
    differs: bool,
}

fn rows(client: Client) -> Vec<Row> {
    let mut rows = lists::rows(client);
    rows.extend(variables::rows(client));
    for (row, one) in rows.iter_mut().enumerate() {
        one.question.row = row;
    }
    rows
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(INSIDE) {
        let name = arguments.next().unwrap_or_default();
        let client =
            Client::ALL.into_iter().find(|client| client.as_str() == name).expect("the name of a client");
        let questions: Vec<Question> = rows(client).into_iter().map(|row| row.question).collect();
        clients::observe(client, &questions, |row, seen| say(&format!("{row} {seen}\n")));
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::from_args();
    let observed = Arc::new(Mutex::new(Vec::new()));
    // The slowest first.
    let clients = Client::ALL.into_iter().rev();
    let island = Island::needs();
    let trials = clients.map(|client| trial(client, &island, &observed)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if arguments.list {
        return ExitCode::SUCCESS;
    }
    let mut observed = observed.lock().expect("no test panics while it holds this").clone();
    observed.sort_unstable();
    let all: usize = observed.iter().map(|(_, rows)| rows).sum();
    let mut text = String::from("\n");
    for (client, rows) in &observed {
        writeln!(text, "{client:10} {rows:4} rows observed of {}", client.version())
            .expect("writing to a string");
    }
    writeln!(text, "{:10} {all:4} rows observed", "all").expect("writing to a string");
    say(&text);
    let is_whole = conclusion.num_filtered_out == 0 && conclusion.num_ignored == 0;
    if is_whole && all < AT_LEAST {
        say(&format!("fewer than {AT_LEAST} rows: something was not observed\n"));
    }
    if conclusion.has_failed() || (is_whole && all < AT_LEAST) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

type Observed = Arc<Mutex<Vec<(Client, usize)>>>;

fn trial(client: Client, island: &Needs, observed: &Observed) -> Trial {
    let name = client.as_str();
    let needs = if *island == Needs::Met { client.needs() } else { island.clone() };
    match needs {
        Needs::Missing(why) if is_ci() => Trial::test(name, move || {
            Err(Failed::from(format!("{why} (with CI=true nothing may be skipped)")))
        }),
        Needs::Missing(why) => {
            say(&format!("SKIPPED observed_clients {name}: {why}\n"));
            Trial::test(name, || Ok(())).with_ignored_flag(true)
        }
        Needs::Met => {
            let observed = Arc::clone(observed);
            Trial::test(name, move || {
                let rows = rows(client);
                let seen = run(client)?;
                observed.lock().expect("no test panics while it holds this").push((client, seen.len()));
                compare(client, &rows, &seen)
            })
        }
    }
}

/// Runs this program again inside an island, and reads what it has seen there.
fn run(client: Client) -> Result<Vec<(usize, String)>, Failed> {
    let folder = Folder::new("observed");
    let island = Island::new();
    let mut command = island.command(&std::env::current_exe().map_err(|error| error.to_string())?);
    command.arg(INSIDE).arg(client.as_str()).stdin(Stdio::null());
    client.prepare(&folder, &mut command)?;
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("observing {client} ended with {}:\n{text}\n{errors}", output.status).into());
    }
    Ok(text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(row, seen)| Some((row.parse().ok()?, seen.to_owned())))
        .collect())
}

fn compare(client: Client, rows: &[Row], seen: &[(usize, String)]) -> Result<(), Failed> {
    let prints = std::env::var_os("OBSERVED_PRINT").is_some();
    let mut wrong = String::new();
    if seen.len() != rows.len() {
        writeln!(wrong, "{} of {} rows were observed", seen.len(), rows.len()).expect("writing to a string");
    }
    for (row, seen) in seen {
        let Some(Row { shown, recorded, core, differs, .. }) = rows.get(*row) else { continue };
        if prints {
            say(&format!("OBSERVED\t{client}\t{shown}\t{seen}\n"));
        }
        // Where versions differ, the core follows the newer ones.
        let is_newer = *differs && core.iter().any(|(_, core)| core == seen);
        if recorded != UNKNOWN && seen != recorded && !is_newer {
            writeln!(wrong, "{client} {shown}: {seen}, and once it was: {recorded}")
                .expect("writing to a string");
        }
        if *differs && seen == recorded && core.iter().all(|(_, core)| core == seen) {
            writeln!(wrong, "{client} {shown}: the core no longer differs; the row can leave DIFFERS")
                .expect("writing to a string");
        }
        for (part, core) in core.iter().filter(|(_, core)| core != seen && !differs) {
            writeln!(wrong, "{client} {shown}: {seen}, but {part} says: {core}")
                .expect("writing to a string");
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into()) }
}
