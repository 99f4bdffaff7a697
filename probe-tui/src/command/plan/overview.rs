//! The first ways of all clients on one screen: a line for each, and for each line of a setting that decides.

use std::fmt::Write as _;

use probe_core::diagnose::Outcome;
use probe_core::select::client::{Client, Plan, Step};

use super::human::{Page, condition};
use super::step::{self, Samples, asks_first};
use crate::color::{Role, glyph};
use crate::mistakes::harmless;
use crate::output::layout::{pad, width};

/// Rows of one client; the targets of others are counted.
const ROWS: usize = 12;

/// Later steps that are named.
const LATER: usize = 3;

/// The least room for the name of a line.
const LEAST: usize = 16;

/// Where the first way of a client leads, and by which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    mark: Option<Outcome>,
    way: String,
    /// `file:line key`, and `file:line` alone.
    source: [String; 2],
    later: String,
}

impl Row {
    pub(super) fn of(plan: &Plan<'_, '_>, samples: &Samples) -> Self {
        let is_unusable = |step: &Step<'_, '_>| samples.unusable(step).is_some();
        let first = plan.steps.first();
        let mark = match first {
            Some(first) if !is_unusable(first) => asks_first(plan).then_some(Outcome::Unknown),
            _ if plan.steps.iter().all(is_unusable) => Some(Outcome::Failure),
            _ => Some(Outcome::Warning),
        };
        let way = first.map_or_else(String::new, |first| match (&first.route, is_unusable(first)) {
            (Some(_), true) => format!("{} (a sample)", destination(first)),
            _ => destination(first),
        });
        let source = match first.and_then(Step::place) {
            Some(place) => {
                [harmless(&place.to_string()), harmless(&format!("{}:{}", place.document, place.line))]
            }
            None => ["no setting".into(), "no setting".into()],
        };
        Self { mark, way, source, later: later(plan) }
    }
}

/// Where a step leads, without how it is spoken to.
fn destination(step: &Step<'_, '_>) -> String {
    let Some(route) = &step.route else { return step::route(step) };
    let proxy = route.proxy().map_or_else(|| "direct".into(), ToString::to_string);
    proxy.strip_prefix("http://").map_or(proxy.clone(), str::to_owned)
}

/// The steps behind the first.
fn later(plan: &Plan<'_, '_>) -> String {
    let mut text = String::new();
    let mut before = "";
    for step in plan.steps.iter().skip(1).take(LATER) {
        let condition = condition(step);
        let _ = match (condition == before, text.is_empty()) {
            (true, _) => write!(text, ", {}", destination(step)),
            (false, true) => write!(text, "{condition}{}", destination(step)),
            (false, false) => write!(text, "; {condition}{}", destination(step)),
        };
        before = condition;
    }
    if let Some(more @ 1..) = plan.steps.len().checked_sub(LATER + 1) {
        let _ = write!(text, " and {more} more");
    }
    text
}

/// The rows of one client, with the number of their targets.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rows {
    rows: Vec<(Row, usize)>,
    others: usize,
}

impl Rows {
    /// Counts a target for a row; gives the row's place.
    pub(super) fn add(&mut self, row: Row) -> Option<usize> {
        let place = self.rows.iter().position(|(known, _)| *known == row);
        let place = place.or_else(|| {
            (self.rows.len() < ROWS).then(|| {
                self.rows.push((row, 0));
                self.rows.len() - 1
            })
        });
        self.count(place);
        place
    }

    /// Counts a target for the row at this place.
    pub(super) fn count(&mut self, place: Option<usize>) {
        match place.and_then(|place| self.rows.get_mut(place)) {
            Some((_, count)) => *count += 1,
            None => self.others += 1,
        }
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
    let rows = || clients.iter().flat_map(|(_, rows)| &rows.rows);
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
        if let Some((same, _)) = before.iter().find(|(_, other)| other == rows).filter(|_| !rows.is_plain()) {
            let text = format!("  {}  as {same}\n", pad(client.as_str(), widths.client));
            page.text.push_str(&text);
            continue;
        }
        let mut name = client.as_str();
        for (row, count) in &rows.rows {
            show_row(page, &widths, name, row, &of_all(*count));
            name = "";
        }
        if rows.others > 0 {
            let text = line(&widths, [name, "other ways, see below", &of_all(rows.others), ""]);
            let _ = writeln!(page.text, "  {}", text.trim_end());
        }
    }
    if rows().any(|(row, _)| row.mark == Some(Outcome::Unknown)) {
        let text = "? A PAC file or WPAD is asked before this way, and is not evaluated by this version.";
        page.line(0, Some(Role::Aside), text);
    }
}

impl Rows {
    /// Whether it takes no more room than to say whose it is the same as.
    fn is_plain(&self) -> bool {
        self.others == 0 && matches!(self.rows.as_slice(), [(row, _)] if row.later.is_empty())
    }
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
