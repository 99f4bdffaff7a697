//! `plan`: which way each client would go to each target, in which order, and which line of which setting decided that. Nothing
//! is sent.

use std::fmt::{self, Display};
use std::io;

use probe_core::catalog::System;
use probe_core::select::client::{self, Client, Document, Plan, Step, Ways};
use probe_core::select::compare::asked_first;
use probe_core::settings::{Entry, Key, Scope};
use probe_core::target::{Expect, Target};

mod failover;
mod findings;
mod human;
mod one_list;
mod overview;
mod records;
pub(crate) mod step;

use self::one_list::OneList;
use self::step::{Samples, by_case};
use super::{both, refuse};
use crate::color::When;
use crate::discover::{self, Texts};
use crate::machine::{self, Machine};
use crate::mistakes::Mistakes;
use crate::options::{self, CLIENTS, PLAN_FORMAT};
use crate::outcome::{exit, plural};
use crate::settings::word;
use crate::targets::Targets;

/// What is planned for where nobody says: one https target that every agent has, and one of plain http (a revocation list).
const EXAMPLES: [&str; 2] = ["https://events.data.microsoft.com/ping", "http://crl.microsoft.com/pki/crl/"];

/// So many mistakes of a document are in the records; the others are counted.
const SHOWN: usize = 100;

/// Makes plans, and gives the exit code: 1 where a setting that a client would use cannot be used.
pub fn run(options: &options::Plan, machine: &Machine, when: Result<When, Mistakes>) -> u8 {
    let mut mistakes = Mistakes::default();
    let format = word("--format", &options.format, PLAN_FORMAT, &mut mistakes).unwrap_or("human").to_owned();
    let is_jsonl = format == "jsonl";
    let inputs = options.from.iter().chain(&options.targets);
    if inputs.filter(|file| file.as_os_str() == "-").count() > 1 {
        // Whoever reads it first leaves nothing for the other.
        let hint = "give files for all but one of them";
        mistakes.add_plain("plan", &"standard input is named more than once", Some(hint));
        return refuse(&mistakes);
    }
    if let Some(dialect) = &options.dialect {
        let list = OneList::read(options, dialect, &mut mistakes);
        return match (both(mistakes_as_result(mistakes), when), list) {
            (Ok(_), Some(list)) => written(list.write(is_jsonl, io::stdout().lock()).map(|()| exit::READY)),
            (Err(mistakes), _) => refuse(&mistakes),
            (Ok(_), None) => exit::USAGE,
        };
    }
    let targets = targets(options, &mut mistakes);
    let clients = clients(options, &mut mistakes);
    let is_live = options.from.is_empty();
    let texts = if is_live {
        discover::live(&machine.environment)
    } else {
        discover::exported(&options.from, &mut mistakes)
    };
    let when = match both(mistakes_as_result(mistakes), when) {
        Ok(((), when)) => when,
        Err(mistakes) => return refuse(&mistakes),
    };
    let documents = texts.documents();
    let clients = if clients.is_empty() { usual_clients(&documents, is_live) } else { clients };
    let case = Case {
        documents: &documents,
        texts: &texts,
        ways: clients.iter().map(|client| client::ways(*client, &documents)).collect(),
        samples: Samples::of(&documents),
        targets: &targets,
        is_live,
    };
    if is_jsonl {
        return written(records::write(&case, io::stdout().lock()));
    }
    let (page, code) = human::show(&case, machine.paint(when, true), machine.columns(true));
    // Whoever goes away early has read enough: all was planned.
    match machine::print(&page) {
        exit::READY => code,
        failed => failed,
    }
}

/// The exit code of what was written as it was made. A reader that went away before the end has not been given all of it.
fn written(written: io::Result<u8>) -> u8 {
    match written {
        Ok(code) => code,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit::READER_GONE,
        Err(error) => {
            machine::complain(&format!("egress-probe: standard output cannot be written: {error}\n"));
            exit::USAGE
        }
    }
}

fn mistakes_as_result(mistakes: Mistakes) -> Result<(), Mistakes> {
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

/// What plans are made from.
#[derive(Debug)]
struct Case<'a> {
    documents: &'a [Document<'a>],
    texts: &'a Texts,
    ways: Vec<Ways<'a>>,
    samples: Samples,
    targets: &'a Targets,
    /// Whether the settings are those of this machine.
    is_live: bool,
}

impl<'a> Case<'a> {
    /// The targets with their numbers.
    fn targets(&self) -> impl Iterator<Item = (usize, Target<'a>)> {
        (0..self.targets.len()).filter_map(|number| Some((number, self.targets.get(number)?)))
    }

    /// The documents of which something was read.
    fn read(&self) -> impl Iterator<Item = &'a Document<'a>> {
        self.documents.iter().filter(|document| document.is_read())
    }

    /// What each client does about one target.
    fn plans(&self, target: &Target<'_>) -> Vec<(Client, Plan<'_, 'a>)> {
        self.ways.iter().map(|ways| (ways.client, ways.plan(target))).collect()
    }
}

/// What all plans come to.
#[derive(Debug)]
struct Answer {
    clients: Vec<First>,
    targets: usize,
}

/// What is known of the first ways of a client.
#[derive(Debug)]
struct First {
    client: Client,
    /// One is a setting that cannot be used.
    is_unusable: bool,
    /// Before one, the client asks what is not evaluated here.
    asks: bool,
    /// One is a proxy that this program does not speak with.
    is_not_spoken: bool,
}

impl Answer {
    fn new(case: &Case<'_>) -> Self {
        let first = |ways: &Ways<'_>| First {
            client: ways.client,
            is_unusable: false,
            asks: false,
            is_not_spoken: false,
        };
        Self { clients: case.ways.iter().map(first).collect(), targets: case.targets.len() }
    }

    fn add(&mut self, plans: &[(Client, Plan<'_, '_>)], samples: &Samples) {
        for (client, (_, plan)) in self.clients.iter_mut().zip(plans) {
            client.asks |= asked_first(plan).is_some();
            for first in by_case(plan).filter_map(<[Step<'_, '_>]>::first) {
                client.is_unusable |= samples.unusable(first).is_some();
                client.is_not_spoken |= step::is_not_spoken(first);
            }
        }
    }

    fn those(&self, is_it: impl Fn(&First) -> bool) -> Vec<&'static str> {
        self.clients.iter().filter(|first| is_it(first)).map(|first| first.client.as_str()).collect()
    }

    fn unusable(&self) -> Vec<&'static str> {
        self.those(|first| first.is_unusable)
    }

    fn is_usable(&self) -> bool {
        self.unusable().is_empty()
    }

    fn exit_code(&self) -> u8 {
        if self.is_usable() { exit::READY } else { exit::NOT_READY }
    }
}

impl Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clients = plural(self.clients.len(), "client");
        let unusable = self.unusable();
        if !unusable.is_empty() {
            return write!(
                f,
                "NOT USABLE: {} of {clients} would first go by a setting that cannot be used: {}.",
                unusable.len(),
                unusable.join(", ")
            );
        }
        let asking = self.those(|first| first.asks);
        let not_spoken = self.those(|first| first.is_not_spoken && !first.asks);
        let mut limits = Vec::new();
        if !asking.is_empty() {
            limits.push(format!("not known is what comes first for {}", asking.join(", ")));
        }
        if !not_spoken.is_empty() {
            let whose = not_spoken.join(", ");
            limits.push(format!("{whose}: first by a proxy that this program does not speak with"));
        }
        if limits.is_empty() {
            limits.push("every first way can be tried".to_owned());
        }
        write!(f, "PLANNED: {clients}, {}; {}.", plural(self.targets, "target"), limits.join("; "))
    }
}

/// The targets, each URL once.
fn targets(options: &options::Plan, mistakes: &mut Mistakes) -> Targets {
    let is_given = !options.target.is_empty() || !options.targets.is_empty();
    let words = if is_given { options.target.clone() } else { EXAMPLES.map(str::to_owned).to_vec() };
    let targets = Targets::read(&words, &options.targets, Expect::default(), &[], mistakes);
    if targets.is_empty() && mistakes.is_empty() {
        mistakes.add_plain("plan", &"there is no URL to plan for", Some("write URLs behind the options"));
    }
    targets
}

fn clients(options: &options::Plan, mistakes: &mut Mistakes) -> Vec<Client> {
    let words = options.client.iter().filter_map(|name| word("--client", name, CLIENTS, mistakes));
    let mut clients = Vec::new();
    for client in words.filter_map(Client::from_name) {
        if !clients.contains(&client) {
            clients.push(client);
        }
    }
    clients
}

impl Texts {
    /// The texts of a kind that never shows a proxy, each with what does.
    fn without_proxy(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.texts.iter().filter_map(|text| Some((text.name.as_str(), text.format.shows_no_proxy()?)))
    }
}

/// Services that are clients of their own.
const OWN_CLIENTS: [&str; 3] = ["mdatp", "azcmagent", "apt"];

/// The clients that settings are for: those of the system that they come from.
fn usual_clients(documents: &[Document<'_>], is_live: bool) -> Vec<Client> {
    use Client as C;
    let has = |is_it: fn(Key) -> bool| {
        documents.iter().any(|document| document.reading.entries.iter().any(|entry| is_it(entry.key)))
    };
    let system = Document::system_of(documents);
    let mut clients = if system == Some(System::Windows) || is_live && cfg!(windows) {
        vec![C::EdrSensor, C::Antivirus, C::AntivirusUpdate, C::Winhttp, C::Wininet, C::Chromium, C::Firefox]
    } else if system == Some(System::Macos) || is_live && cfg!(target_os = "macos") {
        vec![C::MdatpMac, C::Curl, C::Go, C::Python, C::Chromium, C::Firefox, C::Libproxy]
    } else {
        vec![C::MdatpLinux, C::Curl, C::Wget, C::Go, C::Python, C::Apt, C::Chromium, C::Firefox, C::Libproxy]
    };
    // Services and agents that not every machine has.
    let is_of_service = |entry: &Entry<'_>| {
        matches!(entry.key, Key::Variable(_))
            && matches!(&entry.scope, Scope::Service(name) if !OWN_CLIENTS.contains(&name.trim_end_matches(".service")))
    };
    if documents.iter().any(|document| document.reading.entries.iter().any(is_of_service)) {
        clients.insert(1, C::Service);
    }
    if has(|key| key == Key::MmaProxyUrl) {
        clients.insert(1, C::Mma);
    }
    if has(|key| matches!(key, Key::ArcProxyUrl | Key::ArcProxyBypass)) {
        clients.insert(1, C::Arc);
    }
    // Of a client whose settings were not among what was exported, nothing is known.
    let reads = |client: &C| {
        documents
            .iter()
            .any(|document| document.format.is_some_and(|format| client.reads(format, document.service)))
    };
    if !is_live && clients.iter().any(reads) {
        clients.retain(reads);
    }
    clients
}

#[cfg(test)]
mod tests {
    use probe_core::select::bypass::Dialect;
    use probe_core::settings::{Format, Reading};

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
        // An export in which nothing of interest stands is of its system all the same.
        let mut texts = Texts::default();
        texts.texts.push(discover::Text {
            name: "export.reg".into(),
            text: String::new(),
            format: Format::Registry,
            scope: Scope::Machine,
        });
        assert_eq!(usual_clients(&texts.documents(), false)[0], Client::EdrSensor);
    }

    #[test]
    fn the_words_are_the_cores() {
        let clients: Vec<_> = Client::ALL.iter().map(|client| client.as_str()).collect();
        assert_eq!(CLIENTS.iter().map(|(word, _)| *word).collect::<Vec<_>>(), clients);
        let dialects: Vec<_> = Dialect::ALL.iter().map(|dialect| dialect.as_str()).collect();
        assert_eq!(DIALECTS.iter().map(|(word, _)| *word).collect::<Vec<_>>(), dialects);
    }
}
