//! The first ways of all clients on one screen: a line for each, and for each line of a setting that decides. Where settings are
//! for several cases, each case has lines of its own.

use std::collections::HashMap;
use std::fmt::Write as _;

use probe_core::diagnose::Outcome;
use probe_core::select::client::{self, Client, Plan, Step};

use super::human::Page;
use super::step::{self, OneCase, Samples, asks_first};
use crate::color::{Role, glyph};
use crate::mistakes::harmless;
use crate::outcome::plural;
use crate::output::layout::{pad, width, wrap};
use crate::way::asks;

/// Rows of one case; the targets of others are counted.
const ROWS: usize = 12;

/// Groups of cases of one client, and names of cases in one of them; others are counted.
const CASES: usize = 12;

/// Later steps that are named.
const LATER: usize = 3;

/// The least room for the name of a line.
const LEAST: usize = 16;

/// Where the first way of a client leads in one case, and by which line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    mark: Option<Outcome>,
    way: String,
    /// `file:line key`, and `file:line` alone.
    source: [String; 2],
    later: String,
    /// What is asked before, and not evaluated here.
    asked: Vec<&'static str>,
}

impl Row {
    fn of(case: &OneCase<'_, '_, '_>, samples: &Samples) -> Self {
        let is_unusable = |step: &Step<'_, '_>| samples.unusable(step).is_some();
        let mut asked: Vec<_> =
            case.asked.iter().filter(|way| asks_first(way)).map(|way| asks(way)).collect();
        asked.dedup();
        let Some(first) = case.steps.first() else {
            let source =
                case.asked.iter().find_map(|way| way.place).map_or(NO_SETTING.map(str::to_owned), named);
            let (mark, later) = (Some(Outcome::Unknown), String::new());
            return Self { mark, way: "not known here".to_owned(), source, later, asked };
        };
        let mark = match is_unusable(first) {
            false => (!asked.is_empty() || step::is_not_spoken(first)).then_some(Outcome::Unknown),
            true if case.steps.iter().all(is_unusable) => Some(Outcome::Failure),
            true => Some(Outcome::Warning),
        };
        let way = match (&first.route, is_unusable(first)) {
            (Some(_), true) => format!("{} (a sample)", destination(first)),
            _ => destination(first),
        };
        let source = first.place().map_or(NO_SETTING.map(str::to_owned), named);
        Self { mark, way, source, later: later(case.steps), asked }
    }
}

const NO_SETTING: [&str; 2] = ["no setting"; 2];

/// The names of a setting's place, the longer one first.
fn named(place: client::Place<'_>) -> [String; 2] {
    [harmless(&place.to_string()), harmless(&format!("{}:{}", place.document, place.line))]
}

/// Where a step leads, without how it is spoken to.
fn destination(step: &Step<'_, '_>) -> String {
    let Some(route) = &step.route else { return step::route(step) };
    let proxy = route.proxy().map_or_else(|| "direct".into(), ToString::to_string);
    proxy.strip_prefix("http://").map_or(proxy.clone(), str::to_owned)
}

/// The steps behind the first of a case.
fn later(steps: &[Step<'_, '_>]) -> String {
    let mut text = String::new();
    let mut before = "";
    for (place, step) in steps.iter().enumerate().skip(1).take(LATER) {
        let condition = step::condition(place, step);
        let _ = match (condition == before, text.is_empty()) {
            (true, _) => write!(text, ", then {}", destination(step)),
            (false, true) => write!(text, "{condition}{}", destination(step)),
            (false, false) => write!(text, "; {condition}{}", destination(step)),
        };
        before = condition;
    }
    if let Some(more @ 1..) = steps.len().checked_sub(LATER + 1) {
        let _ = write!(text, " and {more} more");
    }
    text
}

/// The rows of one client, case by case.
#[derive(Debug, Default)]
pub(super) struct Rows {
    cases: Vec<Case>,
    /// The places of the cases by their names.
    places: HashMap<String, usize>,
}

/// The rows of one case, with the number of their targets.
#[derive(Debug, PartialEq, Eq)]
struct Case {
    /// Empty where there is only one.
    name: String,
    table: Table,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    rows: Vec<(Row, usize)>,
    others: usize,
}

/// The place of a row: that of its case, and its own there.
#[derive(Debug)]
pub(super) struct Place(usize, Option<usize>);

impl Rows {
    /// Counts a target for the rows of its plan; gives their places.
    pub(super) fn add(&mut self, plan: &Plan<'_, '_>, samples: &Samples) -> Vec<Place> {
        let mut places = Vec::new();
        for case in step::cases(plan) {
            let name = harmless(&case.case.to_string());
            let place = *self.places.entry(name).or_insert_with_key(|name| {
                self.cases.push(Case { name: name.clone(), table: Table::default() });
                self.cases.len() - 1
            });
            let row = Row::of(&case, samples);
            let Some(Case { table, .. }) = self.cases.get_mut(place) else { continue };
            let found = table.rows.iter().position(|(known, _)| *known == row);
            let found = found.or_else(|| {
                (table.rows.len() < ROWS).then(|| {
                    table.rows.push((row, 0));
                    table.rows.len() - 1
                })
            });
            places.push(Place(place, found));
        }
        self.count(&places);
        places
    }

    /// Counts a target for the rows at these places.
    pub(super) fn count(&mut self, places: &[Place]) {
        for Place(case, row) in places {
            let Some(Case { table, .. }) = self.cases.get_mut(*case) else { continue };
            match row.and_then(|row| table.rows.get_mut(row)) {
                Some((_, count)) => *count += 1,
                None => table.others += 1,
            }
        }
    }

    /// The tables with the names of the cases that they hold for: equal ones once.
    fn tables(&self) -> Vec<(Vec<&str>, &Table)> {
        let mut tables: Vec<(Vec<&str>, &Table)> = Vec::new();
        for Case { name, table } in &self.cases {
            match tables.iter_mut().find(|(_, known)| *known == table) {
                Some((names, _)) => names.push(name),
                None => tables.push((vec![name], table)),
            }
        }
        tables
    }

    /// Whether it takes no more room than to say whose it is the same as.
    fn is_plain(&self) -> bool {
        let is_short = |table: &Table| {
            table.others == 0 && matches!(table.rows.as_slice(), [(row, _)] if row.later.is_empty())
        };
        matches!(self.cases.as_slice(), [Case { name, table }] if name.is_empty() && is_short(table))
    }
}

/// The widths of the columns.
struct Widths {
    client: usize,
    way: usize,
    count: usize,
}

/// Writes the table.
pub(super) fn show(page: &mut Page, clients: &[(Client, &Rows)], targets: usize) {
    let of_all = |count: usize| {
        if count == targets { "all".to_owned() } else { format!("{count} of {targets}") }
    };
    let rows = || clients.iter().flat_map(|(_, rows)| &rows.cases).flat_map(|case| &case.table.rows);
    let widest = |widths: &mut dyn Iterator<Item = usize>, title: &str| {
        widths.max().unwrap_or_default().max(width(title))
    };
    let count = widest(&mut rows().map(|(_, count)| of_all(*count).len()), "Targets");
    let client = widest(&mut clients.iter().map(|(client, _)| client.as_str().len()), "Client");
    let room = page.columns.saturating_sub(2 + client + 2 + 2 + count + 2 + LEAST);
    let ways = &mut rows().map(|(row, _)| width(&row.way)).filter(|width| *width <= room);
    let widths = Widths { client, way: widest(ways, "First way"), count };
    let title = line(&widths, ["Client", "First way", "Targets", "Decided by"]);
    let title = page.paint.paint(Role::Strong, title).to_string();
    let _ = writeln!(page.text, "  {title}");
    for (number, (client, rows)) in clients.iter().enumerate() {
        let before = clients.get(..number).unwrap_or_default();
        let is_same = |other: &Rows| other.cases == rows.cases;
        if let Some((same, _)) = before.iter().find(|(_, other)| is_same(other)).filter(|_| !rows.is_plain())
        {
            let text = format!("  {}  as {same}\n", pad(client.as_str(), widths.client));
            page.text.push_str(&text);
            continue;
        }
        let mut name = client.as_str();
        let tables = rows.tables();
        for (cases, table) in tables.iter().take(CASES) {
            let names = case_names(cases);
            if !names.is_empty() {
                let room = page.columns.saturating_sub(widths.client + 4);
                for part in wrap(&format!("{names}:"), room) {
                    let _ = writeln!(page.text, "  {}  {part}", pad(name, widths.client));
                    name = "";
                }
            }
            for (row, count) in &table.rows {
                show_row(page, &widths, name, row, &of_all(*count));
                name = "";
            }
            if table.others > 0 {
                let text = line(&widths, [name, "other ways, see below", &of_all(table.others), ""]);
                let _ = writeln!(page.text, "  {}", text.trim_end());
            }
        }
        if let Some(more @ 1..) = tables.len().checked_sub(CASES) {
            let _ = writeln!(page.text, "  {}  and {}", pad("", widths.client), plural(more, "other case"));
        }
    }
    let mut asked: Vec<&str> = rows().flat_map(|(row, _)| &row.asked).copied().collect();
    asked.sort_unstable();
    asked.dedup();
    if !asked.is_empty() {
        let text = format!("? Asked before this way, as its steps below say: {}.", asked.join("; "));
        page.line(0, Some(Role::Aside), &text);
    }
}

/// The names of cases in one line; empty where there is only one case.
fn case_names(cases: &[&str]) -> String {
    let mut names: Vec<&str> = cases.iter().take(CASES).copied().collect();
    let more = cases.len().checked_sub(CASES).filter(|more| *more > 0).map(|more| format!("and {more} more"));
    names.extend(more.as_deref());
    names.join(", ")
}

fn show_row(page: &mut Page, widths: &Widths, client: &str, row: &Row, count: &str) {
    let mark = match row.mark {
        Some(outcome) => page.paint.paint(Role::of(outcome), glyph(outcome)).to_string(),
        None => " ".into(),
    };
    let fixed = 2 + widths.client + 2 + widths.way + 2 + widths.count + 2;
    let room = page.columns.saturating_sub(fixed).max(LEAST);
    let [full, short] = &row.source;
    let source = if width(full) <= room { full.clone() } else { end(short, room) };
    let text = if width(&row.way) <= widths.way {
        line(widths, [client, &row.way, count, &source])
    } else {
        // What must be copied stays whole; the rest follows.
        let below = line(widths, ["", "", count, &source]);
        format!("{}  {}\n  {below}", pad(client, widths.client), row.way)
    };
    let _ = writeln!(page.text, "{mark} {}", text.trim_end());
    if !row.later.is_empty() {
        page.line(2 + widths.client + 4, None, &row.later);
    }
}

fn line(widths: &Widths, [client, way, count, source]: [&str; 4]) -> String {
    let (client, way, count) = (pad(client, widths.client), pad(way, widths.way), pad(count, widths.count));
    format!("{client}  {way}  {count}  {source}")
}

/// The end of a text that is too long: of a path it tells the most.
fn end(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut kept: Vec<char> = Vec::new();
    for character in text.chars().rev() {
        kept.push(character);
        if width(&kept.iter().collect::<String>()) + 1 > room {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept.into_iter().rev().collect()
}
