//! `endpoints`: shows, compares and reads lists of endpoints. Sends nothing.

use std::fmt::Write as _;
use std::path::Path;

use probe_core::catalog::{Basis, Endpoint, Need, Region, System, Test};
use probe_core::target::Target;
use probe_lists::{Difference, diff};

use super::refuse;
use crate::catalog::{self, Catalog, age};
use crate::color::{Paint, Role, When};
use crate::machine::{self, Machine};
use crate::mistakes::{Mistakes, Origin, Secrets, harmless, nearest};
use crate::options::{
    self, Endpoints, EndpointsCommand, EndpointsDiff, EndpointsImport, EndpointsList, EndpointsShow,
};
use crate::outcome::{exit, plural};
use crate::output::csv::harmless as no_formula;
use crate::output::layout::{pad, width, wrap};
use crate::settings::selection::{self, Selected};
use crate::settings::word;

/// Does what the verb says.
pub fn run(options: &Endpoints, machine: &Machine, when: Result<When, Mistakes>) -> u8 {
    let columns = machine.columns(true);
    let (when, mut mistakes) = match when {
        Ok(when) => (when, Mistakes::default()),
        Err(mistakes) => (When::Never, mistakes),
    };
    let paint = machine.paint(when, true);
    let page = match &options.command {
        EndpointsCommand::List(options) => list(options, paint, columns, &mut mistakes),
        EndpointsCommand::Show(options) => show(options, paint, columns, &mut mistakes),
        EndpointsCommand::Diff(options) => Some(differences(options, paint, &mut mistakes)),
        EndpointsCommand::Import(options) => return import(options, mistakes),
    };
    match page {
        Some(page) if mistakes.is_empty() => machine::print(&page),
        _ => refuse(&mistakes),
    }
}

/// What two lists do not have in common.
fn differences(options: &EndpointsDiff, paint: Paint, mistakes: &mut Mistakes) -> String {
    let mut load = |path: &Path| {
        if path == Path::new("builtin") {
            Catalog::built_in()
        } else {
            Catalog::load(&[path.to_owned()], &[], mistakes)
        }
    };
    let (old, new) = (load(&options.old), load(&options.new));
    let mut page = String::new();
    let (mut added, mut removed, mut changed) = (0, 0, 0);
    let title = |one: &Endpoint<'_>| format!("{}:{}{} ({})", one.host, one.port, one.path, one.service);
    for difference in diff(old.endpoints(), new.endpoints()) {
        match difference {
            Difference::Added(one) => {
                added += 1;
                let _ = writeln!(page, "{} {}", paint.paint(Role::Good, '+'), title(&one));
            }
            Difference::Removed(one) => {
                removed += 1;
                let _ = writeln!(page, "{} {}", paint.paint(Role::Bad, '-'), title(&one));
            }
            Difference::Changed { new, columns, .. } => {
                changed += 1;
                let _ = writeln!(page, "{} {}", paint.paint(Role::Doubtful, '~'), title(&new));
                for (column, old, new) in columns {
                    let _ = writeln!(page, "    {column}: {} -> {}", harmless(&old), harmless(&new));
                }
            }
        }
    }
    for (name, one) in old.unread().chain(new.unread()) {
        let _ =
            writeln!(page, "{} {}: not understood: {one}", paint.paint(Role::Doubtful, '?'), harmless(name));
    }
    let _ = writeln!(page, "{added} added, {removed} removed, {changed} changed.");
    page
}

/// Reads a list in any form and writes it in the catalogue's.
fn import(options: &EndpointsImport, mut mistakes: Mistakes) -> u8 {
    let catalog = Catalog::load(std::slice::from_ref(&options.file), &[], &mut mistakes);
    if !mistakes.is_empty() {
        return refuse(&mistakes);
    }
    let endpoints = catalog.endpoints();
    let rows = csv(endpoints.iter());
    let code = match options.output.as_deref().filter(|file| *file != Path::new("-")) {
        None => machine::print(&rows),
        Some(file) => match std::fs::write(file, rows) {
            Ok(()) => exit::READY,
            Err(error) => {
                let name = harmless(&file.display().to_string());
                machine::complain(&format!("egress-probe: {name} cannot be written: {error}\n"));
                return exit::USAGE;
            }
        },
    };
    for (name, one) in catalog.unread() {
        machine::complain(&format!("note: {}: not understood: {one}\n", harmless(name)));
    }
    machine::complain(&format!("{} read from {}\n", plural(endpoints.len(), "endpoint"), catalog.source()));
    code
}

/// Which endpoints, and how much each is needed; without a region all of them, as far as the other flags do not say less.
fn chosen<'a>(
    endpoints: &'a [Endpoint<'a>],
    selected: &Selected,
    all: bool,
) -> Vec<(&'a Endpoint<'a>, Option<Need>)> {
    let selection = selected.view();
    let fits = |endpoint: &&Endpoint<'_>| {
        selection.services.is_empty() || selection.services.contains(&endpoint.service)
    };
    if all {
        return endpoints.iter().filter(fits).map(|one| (one, None)).collect();
    }
    endpoints.iter().filter_map(|one| Some((one, Some(selection.need(one)?)))).collect()
}

fn list(options: &EndpointsList, paint: Paint, columns: usize, mistakes: &mut Mistakes) -> Option<String> {
    let mut selected = selection::read(&options.select, mistakes);
    if let Some(onboarded) = selection::onboarded(&options.select, false, mistakes) {
        selected.learn(&onboarded, mistakes);
    }
    let format = word("--format", &options.format, options::LIST_FORMAT, mistakes)?;
    let catalog = Catalog::load(&options.select.catalog, &options.select.catalog_add, mistakes);
    let endpoints = catalog.endpoints();
    let narrow = &options.select;
    let all =
        !selected.names_region && narrow.os.is_none() && !narrow.streamlined && narrow.os_version.is_none();
    let rows = chosen(&endpoints, &selected, all);
    match format {
        "csv" => Some(csv(rows.iter().map(|(one, _)| *one))),
        "jsonl" => Some(rows.iter().map(|(one, need)| jsonl(one, *need)).collect()),
        "targets" => {
            let choice = catalog::choose(&catalog, &selected);
            let line = |(line, facts): (String, catalog::Facts)| {
                if facts.required { format!("{line}\n") } else { format!("{line} # optional\n") }
            };
            Some(choice.lines.into_iter().map(line).collect())
        }
        _ => Some(table(&catalog, &selected, &rows, all, paint, columns)),
    }
}

/// The table for people.
fn table(
    catalog: &Catalog,
    selected: &Selected,
    rows: &[(&Endpoint<'_>, Option<Need>)],
    all: bool,
    paint: Paint,
    columns: usize,
) -> String {
    let mut page = String::new();
    let host = rows.iter().map(|(one, _)| width(one.host)).max().unwrap_or_default();
    let service = rows.iter().map(|(one, _)| one.service.id().len()).max().unwrap_or_default();
    for (one, need) in rows {
        let needed = match need {
            Some(Need::Optional) => "optional",
            None if one.basis == Basis::Observed => "observed",
            None if one.required.is_empty() => "optional",
            Some(Need::Required) | None => "required",
        };
        let role = if needed == "required" { Role::Strong } else { Role::Aside };
        let mut more: Vec<String> = Vec::new();
        if need.is_none() {
            more.push(format!("{} {}", one.regions, one.systems).replace(';', ","));
        }
        if one.direct {
            more.push("without a proxy".into());
        }
        if !one.conflict.is_empty() {
            more.push("the lists contradict each other".into());
        }
        let line = format!(
            "{} {:>3} {} {}  {}",
            pad(one.host, host),
            one.port,
            pad(one.service.id(), service),
            paint.paint(role, needed),
            paint.paint(Role::Aside, more.join("; "))
        );
        let _ = writeln!(page, "{}", line.trim_end());
    }
    page.push('\n');
    let count = rows.len();
    let what = if all { "all".to_owned() } else { selected.words() };
    let mut say = |text: &str| {
        for line in wrap(text, columns) {
            let _ = writeln!(page, "{line}");
        }
    };
    let age = age(catalog.date(), jiff::Timestamp::now());
    say(&format!("{count} endpoints: {what}. The list is {} ({}).", catalog.source(), age.words()));
    if let Some(warning) = age.warning() {
        say(&format!("Warning: {warning}."));
    }
    if !all {
        let choice = catalog::choose(catalog, selected);
        for note in &choice.notes {
            say(&format!("Note: {note}."));
        }
        for line in choice.conflicts.lines() {
            say(&format!("The lists contradict each other about {line}."));
        }
        for line in choice.untested.lines() {
            say(&format!("Not tested: {line}."));
        }
    }
    page
}

fn jsonl(one: &Endpoint<'_>, need: Option<Need>) -> String {
    let need = need.map(|need| if need == Need::Required { "required" } else { "optional" });
    let record = serde_json::json!({
        "v": crate::record::VERSION,
        "type": "endpoint",
        "host": one.host,
        "port": one.port,
        "scheme": one.scheme.as_str(),
        "path": one.path,
        "regions": one.regions.iter().map(Region::id).collect::<Vec<_>>(),
        "service": one.service.id(),
        "systems": one.systems.iter().map(System::id).collect::<Vec<_>>(),
        "required": one.required.iter().map(System::id).collect::<Vec<_>>(),
        "need": need,
        "packages": one.packages.id(),
        "releases": one.releases.to_string(),
        "inspection": one.inspection.id(),
        "pin": one.pin.id(),
        "direct": one.direct,
        "basis": one.basis.id(),
        "conflict": one.conflict,
        "note": one.note,
        "source": one.source,
        "date": one.date,
    });
    format!("{record}\n")
}

/// The columns of the catalogue's own form.
const COLUMNS: [&str; 18] = [
    "host",
    "port",
    "scheme",
    "path",
    "regions",
    "service",
    "systems",
    "required",
    "packages",
    "releases",
    "inspection",
    "pin",
    "direct",
    "basis",
    "conflict",
    "note",
    "source",
    "date",
];

/// Rows in the catalogue's own form.
fn csv<'a>(rows: impl Iterator<Item = &'a Endpoint<'a>>) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = out.write_record(COLUMNS);
    for one in rows {
        let _ = out.write_record([
            one.host,
            &one.port.to_string(),
            one.scheme.as_str(),
            one.path,
            &one.regions.to_string(),
            one.service.id(),
            &one.systems.to_string(),
            &one.required.to_string(),
            one.packages.id(),
            &one.releases.to_string(),
            one.inspection.id(),
            one.pin.id(),
            if one.direct { "yes" } else { "" },
            one.basis.id(),
            &no_formula(one.conflict),
            &no_formula(one.note),
            &no_formula(one.source),
            &no_formula(one.date),
        ]);
    }
    String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn show(options: &EndpointsShow, paint: Paint, columns: usize, mistakes: &mut Mistakes) -> Option<String> {
    let catalog = Catalog::load(&options.catalog, &[], mistakes);
    let (endpoints, tests) = (catalog.endpoints(), catalog.tests());
    let typed = options.host.trim().to_ascii_lowercase();
    let host = Target::parse(&typed).map_or_else(|_| typed.clone(), |target| target.host.to_string());
    let fits = |one: &&Endpoint<'_>| one.host == host || one.depth(&host).is_some();
    let mut found: Vec<&Endpoint<'_>> = endpoints.iter().filter(fits).collect();
    if found.is_empty() {
        let near = nearest(&host, endpoints.iter().map(|one| one.host));
        let origin = Origin { name: "endpoints show", line: None, secrets: Secrets::InWords };
        let hint = "`egress-probe endpoints list` shows all of them";
        mistakes.add_words(origin, &host, 0..host.len(), &"no endpoint covers this host", Some(hint), near);
        return None;
    }
    // What says most comes first: the name itself, then the longest wildcard.
    found.sort_by_key(|one| (one.host != host, std::cmp::Reverse(one.host.len())));
    let pages: Vec<String> = found
        .into_iter()
        .map(|one| {
            let mut page = Page { text: String::new(), paint, columns };
            page.endpoint(one);
            page.tests(one, &host, &tests);
            page.text
        })
        .collect();
    Some(pages.join("\n"))
}

/// Tests that are shown of one endpoint.
const TESTS: usize = 24;

/// What is known of one endpoint, for people.
struct Page {
    text: String,
    paint: Paint,
    columns: usize,
}

impl Page {
    /// `  Label:  text`, the text broken and set in; nothing where there is no text.
    fn part(&mut self, label: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let label = if label.is_empty() { String::new() } else { format!("{label}:") };
        let mut shown = self.paint.paint(Role::Aside, pad(&label, 16)).to_string();
        for line in wrap(text, self.columns.saturating_sub(18)) {
            let _ = writeln!(self.text, "  {shown}{line}");
            shown = " ".repeat(16);
        }
    }

    fn endpoint(&mut self, one: &Endpoint<'_>) {
        let title = format!("{}:{} ({})", one.host, one.port, one.service);
        let _ = writeln!(self.text, "{}", self.paint.paint(Role::Strong, title));
        let list = |text: String| text.replace(';', ", ");
        self.part("Regions", &list(one.regions.to_string()));
        self.part("Systems", &list(one.systems.to_string()));
        let required = list(one.required.to_string());
        self.part("Required on", if required.is_empty() { "none" } else { &required });
        self.part("Onboarding", one.packages.id());
        self.part("Windows", &one.releases.to_string());
        self.part("Path", one.path);
        self.part("Inspection", one.inspection.id());
        self.part("Roots", one.pin.id());
        self.part("Proxy", if one.direct { "must be reached without one" } else { "" });
        self.part("Contradiction", one.conflict);
        self.part("Note", one.note);
        self.part("Known from", &format!("{} ({}, {})", one.source, one.basis, one.date));
    }

    /// The tests of an endpoint, and of a wildcard that was asked for itself also those of all hosts below it, with what
    /// their depths say.
    fn tests(&mut self, one: &Endpoint<'_>, asked: &str, tests: &[Test<'_>]) {
        let mut depths: Vec<usize> = Vec::new();
        let mut count = 0;
        for test in tests {
            let line = test.line("WORKSPACE-ID").to_string();
            let Some(target) = Target::parse_line(&line, &mut |_| ()) else { continue };
            let host = target.host.to_string();
            let depth = one.depth(&host).filter(|_| target.port == one.port);
            let own = test.endpoint == one.host && test.service == one.service;
            depths.extend(depth.filter(|_| own || one.is_wildcard()));
            let wanted = own || (one.is_wildcard() && depth.is_some() && [one.host, &host].contains(&asked));
            if !wanted {
                continue;
            }
            count += 1;
            if count <= TESTS {
                let observed = if test.basis == Basis::Observed { " (observed)" } else { "" };
                let note = if test.note.is_empty() { String::new() } else { format!("; {}", test.note) };
                self.part("Test", &format!("{line}{observed}{note}"));
            }
        }
        if count > TESTS {
            self.part("", &format!("and {} more", count - TESTS));
        }
        if one.is_wildcard() {
            self.part("Wildcard", match (depths.contains(&1), depths.iter().any(|depth| *depth > 1)) {
                (true, true) => "hosts with one label and with more in place of the * are known",
                (true, false) => "only hosts with one label in place of the * are known",
                (false, true) => {
                    "only hosts with several labels in place of the * are known: a rule whose * stands for one label \
                     does not cover them"
                }
                (false, false) => "no host below it is documented",
            });
        }
    }
}
