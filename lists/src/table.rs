//! Rows with a header: CSV, and the sheets of a workbook.
//!
//! Columns are known by their headings. Those of Microsoft's lists for Defender for Endpoint (standard and streamlined,
//! commercial and government, 2023 to 2025) differ from page to page: "Endpoint/URL" and "Endpoint/URLs", "Required or
//! Optional", "Required / Optional", "Type", and a column for each system, named for all its versions. The catalogue's own
//! columns are read to the letter.

use probe_core::catalog::{
    Basis, ENDPOINTS, Inspection, Packages, PinClass, Region, Regions, Releases, Service, System, Systems,
};
use probe_core::target::Scheme;

use crate::list::{Format, List, Row, Unread, kept};
use crate::{host, limits};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Host,
    Port,
    Scheme,
    Path,
    Regions,
    Service,
    Required,
    /// All systems in one column.
    Systems,
    /// One system, with yes or nothing.
    System(System),
    Note,
    Description,
    Packages,
    Releases,
    Inspection,
    Pin,
    Direct,
    Basis,
    Conflict,
    Source,
    Date,
}

/// Headings, in lower case with single blanks, and what they mean.
const HEADINGS: &[(&str, Column)] = &[
    ("host", Column::Host),
    ("hosts", Column::Host),
    ("endpoint", Column::Host),
    ("endpoints", Column::Host),
    ("endpoint/url", Column::Host),
    ("endpoint/urls", Column::Host),
    ("endpoint or urls", Column::Host),
    ("url", Column::Host),
    ("urls", Column::Host),
    ("fqdn", Column::Host),
    ("domain", Column::Host),
    ("address", Column::Host),
    ("destination", Column::Host),
    ("dns record", Column::Host),
    ("port", Column::Port),
    ("ports", Column::Port),
    ("tcp port", Column::Port),
    ("tcp ports", Column::Port),
    ("scheme", Column::Scheme),
    ("protocol", Column::Scheme),
    ("path", Column::Path),
    ("regions", Column::Regions),
    ("region", Column::Regions),
    ("geography", Column::Regions),
    ("geo", Column::Regions),
    ("data location", Column::Regions),
    ("location", Column::Regions),
    ("service", Column::Service),
    ("category", Column::Service),
    ("required", Column::Required),
    ("required or optional", Column::Required),
    ("required / optional", Column::Required),
    ("required/optional", Column::Required),
    ("type", Column::Required),
    ("systems", Column::Systems),
    ("os", Column::Systems),
    ("operating system", Column::Systems),
    ("platform", Column::Systems),
    ("mac", Column::System(System::Macos)),
    ("macos", Column::System(System::Macos)),
    ("linux", Column::System(System::Linux)),
    ("windows", Column::System(System::Windows)),
    ("note", Column::Note),
    ("notes", Column::Note),
    ("comment", Column::Note),
    ("comments", Column::Note),
    ("endpoint/url description", Column::Description),
    ("endpoint or url description", Column::Description),
    ("description", Column::Description),
    ("purpose", Column::Description),
    ("packages", Column::Packages),
    ("releases", Column::Releases),
    ("inspection", Column::Inspection),
    ("pin", Column::Pin),
    ("direct", Column::Direct),
    ("basis", Column::Basis),
    ("conflict", Column::Conflict),
    ("source", Column::Source),
    ("date", Column::Date),
];

/// Words for regions besides their ids.
const REGIONS: &[(&str, Regions)] = &[
    ("ww", Regions::WORLDWIDE),
    ("worldwide", Regions::WORLDWIDE),
    ("all", Regions::EVERYWHERE),
    ("united states", Regions::NONE.with(Region::Us)),
    ("usa", Regions::NONE.with(Region::Us)),
    ("europe", Regions::NONE.with(Region::Eu)),
    ("european union", Regions::NONE.with(Region::Eu)),
    ("united kingdom", Regions::NONE.with(Region::Uk)),
    ("australia", Regions::NONE.with(Region::Au)),
    ("switzerland", Regions::NONE.with(Region::Ch)),
    ("india", Regions::NONE.with(Region::In)),
    ("gcc high", Regions::NONE.with(Region::Gcch)),
    ("gcc-high", Regions::NONE.with(Region::Gcch)),
    ("us gov", Regions::GOVERNMENT),
    ("usgov", Regions::GOVERNMENT),
    ("us government", Regions::GOVERNMENT),
];

fn heading(text: &str) -> Option<Column> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    if let Some((_, column)) = HEADINGS.iter().find(|(known, _)| *known == text) {
        return Some(*column);
    }
    // "Windows 7, 8.1", "Server (MMA)", "Windows 10, 11; Server 2022 … (Unified Agent)".
    let windows = text.starts_with("win") || text.starts_with("server");
    let old = text.contains("mma") || (text.contains("8.1") && !text.contains("10"));
    windows.then_some(Column::System(if old { System::WindowsMma } else { System::Windows }))
}

/// The header of a table: what each column holds.
struct Header(Vec<Option<Column>>);

impl Header {
    /// `None` where a row is no header: it names hosts, and something else that is known.
    fn of(cells: &[String]) -> Option<Self> {
        let columns: Vec<_> = cells.iter().map(|cell| heading(cell)).collect();
        let known = columns.iter().flatten().count();
        (columns.contains(&Some(Column::Host)) && known >= 2).then_some(Self(columns))
    }

    fn has(&self, column: Column) -> bool {
        self.0.contains(&Some(column))
    }

    /// The first cell of a column, cut.
    fn text<'a>(&self, cells: &'a [String], column: Column) -> &'a str {
        let index = self.0.iter().position(|one| *one == Some(column));
        let cell = index.and_then(|index| cells.get(index)).map_or("", |cell| cell.trim());
        &cell[..cell.floor_char_boundary(limits::CELL)]
    }
}

/// Reads rows with their places into a list. `false` where no header was found.
pub(crate) fn read_rows(rows: impl Iterator<Item = (String, Vec<String>)>, list: &mut List) -> bool {
    let mut header: Option<Header> = None;
    let mut above: Vec<(String, String)> = Vec::new();
    for (place, mut cells) in rows {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if let Some(cell) = cells.iter().skip(limits::COLUMNS).find(|cell| !cell.trim().is_empty()) {
            list.unread.push(Unread::new(&place, cell, "this and all cells right of it were not read"));
        }
        cells.truncate(limits::COLUMNS);
        if let Some(found) = Header::of(&cells) {
            // A sheet may hold several tables, one below the other.
            for (place, text) in above.drain(..) {
                list.unread.push(Unread::new(
                    &place,
                    &text,
                    "this stands above the heading and was not read",
                ));
            }
            for (cell, _) in
                cells.iter().zip(&found.0).filter(|(cell, known)| known.is_none() && !cell.is_empty())
            {
                list.unread.push(Unread::new(&place, cell, "this column is not used"));
            }
            header = Some(found);
            continue;
        }
        let Some(header) = &header else {
            above.push((place, cells.join(" ")));
            if above.len() == limits::HEADER {
                return false;
            }
            continue;
        };
        if list.is_full(&place) {
            break;
        }
        if let Some(cell) = cells.iter().skip(header.0.len()).find(|cell| !cell.trim().is_empty()) {
            list.unread.push(Unread::new(&place, cell, "this cell has no heading above it"));
        }
        read_row(header, &cells, &place, list);
    }
    header.is_some()
}

fn read_row(header: &Header, cells: &[String], place: &str, list: &mut List) {
    let text = |column| header.text(cells, column);
    let hosts = text(Column::Host);
    if hosts.is_empty() {
        list.unread.push(Unread::new(place, &cells.join(" "), "the host is missing"));
        return;
    }
    let ports = if header.has(Column::Port) { ports(text(Column::Port), place, list) } else { vec![None] };
    let defaults = Said::read(header, cells, place, list);
    // The official sheets write several hosts into one cell.
    let separators = |c: char| c.is_whitespace() || c == ',' || c == ';';
    for (index, name) in hosts.split(separators).filter(|name| !name.is_empty()).enumerate() {
        if index == limits::HOSTS {
            list.unread.push(Unread::new(
                place,
                name,
                "this and all hosts behind it in the cell were not read",
            ));
            break;
        }
        match host::read(name) {
            Err(why) => list.unread.push(Unread::new(place, name, why)),
            Ok(pattern) => {
                for port in &ports {
                    let mut row = Row::of(&pattern, *port);
                    if header.has(Column::Packages) {
                        own(&mut row, header, cells, place, list);
                    } else {
                        defaults.fill(&mut row);
                    }
                    list.push(row);
                }
            }
        }
    }
}

/// Mail protocols that begin in the clear: Microsoft 365's list has ports of SMTP, IMAP and POP3.
const MAIL: [u16; 4] = [25, 110, 143, 587];

/// `443`, `80, 443`, `TCP 443`; [`None`] stands for the scheme's. Empty where no port of them can be tested.
pub(crate) fn ports(text: &str, place: &str, list: &mut List) -> Vec<Option<u16>> {
    let mut wrong = |why| list.unread.push(Unread::new(place, text, why));
    if text.trim().is_empty() {
        wrong("no port stands here; that of the scheme was taken, else 443");
        return vec![None];
    }
    let separates = |c: char| c.is_whitespace() || ",;/|&+():".contains(c);
    let (mut ports, mut refused) = (Vec::new(), false);
    for word in text.split(separates).filter(|word| !word.is_empty()) {
        match word.to_ascii_lowercase().as_str() {
            "tcp" | "http" | "https" | "tls" | "ssl" | "and" | "or" | "port" | "ports" => continue,
            "udp" | "quic" => wrong("UDP is not tested"),
            word => match word.parse() {
                Ok(port) if port > 0 && MAIL.contains(&port) => {
                    wrong("what is spoken on this port begins neither with http nor with TLS");
                }
                Ok(port) if port > 0 && ports.len() < limits::PORTS => {
                    if !ports.contains(&Some(port)) {
                        ports.push(Some(port));
                    }
                    continue;
                }
                Ok(port) if port > 0 => wrong("too many ports stand in one cell; the rest was not read"),
                _ if word.contains(['-', '–']) => {
                    wrong("ranges of ports are not tested; name those that are used");
                }
                _ => wrong("this is no port"),
            },
        }
        refused = true;
    }
    if ports.is_empty() && !refused {
        ports.push(None);
    }
    ports
}

/// What the columns of other people's lists say of all hosts of a row.
struct Said {
    regions: Option<Regions>,
    service: Option<Service>,
    systems: Option<Systems>,
    is_required: bool,
    /// Whether it is a row of Microsoft's tables, which means what the built-in one means also where it does not say so.
    is_official: bool,
    scheme: Option<Scheme>,
    path: String,
    note: String,
    source: String,
    date: String,
}

impl Said {
    fn read(header: &Header, cells: &[String], place: &str, list: &mut List) -> Self {
        let text = |column| header.text(cells, column);
        let named = text(Column::Regions);
        let regions = regions(named);
        if regions.is_none() {
            list.unread.push(Unread::new(
                place,
                named,
                "this region is not known; the row counts everywhere",
            ));
        }
        let required = text(Column::Required).to_lowercase();
        let begins = |words: &[&str]| words.iter().any(|word| required.starts_with(word));
        let optional = begins(&["optional", "no", "false", "recommended"]);
        // In the catalogue's own columns these are systems.
        let known = optional || required.is_empty() || begins(&["required", "mandatory", "yes", "true"]);
        if !known && !header.has(Column::Packages) {
            let why = "this is neither required nor optional; the row counts as required";
            list.unread.push(Unread::new(place, &required, why));
        }
        let scheme = match text(Column::Scheme).to_lowercase().as_str() {
            "http" => Some(Scheme::Http),
            "https" => Some(Scheme::Https),
            _ => None,
        };
        let path = text(Column::Path);
        let comment = text(Column::Note);
        Self {
            regions: regions.filter(|regions| !regions.is_empty()),
            service: Service::from_id(text(Column::Service)),
            systems: systems(header, cells, place, list),
            is_required: !optional,
            is_official: header.has(Column::Service)
                && (header.has(Column::Required) || header.has(Column::Regions)),
            scheme,
            path: if host::is_path(path) { path.to_owned() } else { String::new() },
            note: kept(if comment.is_empty() { text(Column::Description) } else { comment }),
            source: kept(text(Column::Source)),
            date: kept(text(Column::Date)),
        }
    }

    fn fill(&self, row: &mut Row) {
        row.regions = self.regions.unwrap_or(row.regions);
        row.service = self.service.unwrap_or(row.service);
        // The portal's table has no columns of systems: no agent speaks to the portal.
        let admin = Systems::default().with(System::Admin);
        let portal = self.is_official && row.service == Service::Portal;
        row.systems = self.systems.unwrap_or(if portal { admin } else { Systems::AGENTS });
        row.required = if self.is_required { row.systems } else { Systems::default() };
        if let Some(same) =
            ENDPOINTS.iter().find(|one| self.is_official && one.host == row.host && one.port == row.port)
        {
            (row.packages, row.releases) = (same.packages, same.releases);
        }
        row.scheme = self.scheme.unwrap_or(row.scheme);
        if row.path.is_empty() {
            row.path.clone_from(&self.path);
        }
        row.note.clone_from(&self.note);
        row.source.clone_from(&self.source);
        row.date.clone_from(&self.date);
    }
}

fn regions(text: &str) -> Option<Regions> {
    let word = |word: &str| {
        let known = REGIONS.iter().find(|(known, _)| *known == word).map(|(_, regions)| *regions);
        known.or_else(|| Region::from_id(word).map(|region| Regions::NONE.with(region)))
    };
    let text = text.to_lowercase();
    let words = text.split([';', ',', '/', '&', '\n']).map(str::trim).filter(|word| !word.is_empty());
    words.into_iter().try_fold(Regions::NONE, |set, one| Some(set.and(word(one)?)))
}

/// The systems of a row: those whose columns say yes, or that the one column names; nothing where no column says it.
fn systems(header: &Header, cells: &[String], place: &str, list: &mut List) -> Option<Systems> {
    let mut set = Systems::default();
    for (column, cell) in header.0.iter().zip(cells) {
        let cell = cell.trim().to_lowercase();
        match column {
            Some(Column::System(system)) => match cell.as_str() {
                "yes" | "y" | "x" | "true" | "supported" | "required" | "optional" | "✓" | "✔" => {
                    set = set.with(*system);
                }
                "" | "no" | "n" | "false" | "-" | "n/a" | "none" | "not supported" | "not required" => {}
                _ => {
                    let why =
                        "this is neither yes nor no and counts as no; the cells of the row may be shifted";
                    list.unread.push(Unread::new(place, &cell, why));
                }
            },
            Some(Column::Systems) => {
                for (word, system) in [
                    ("mma", System::WindowsMma),
                    ("windows", System::Windows),
                    ("mac", System::Macos),
                    ("linux", System::Linux),
                ] {
                    if cell.contains(word) {
                        set = set.with(system);
                    }
                }
            }
            _ => {}
        }
    }
    (!set.is_empty()).then_some(set)
}

/// The catalogue's own columns.
fn own(row: &mut Row, header: &Header, cells: &[String], place: &str, list: &mut List) {
    let mut wrong = Vec::new();
    let text = |column| header.text(cells, column);
    let mut take = |column: Column, read: &mut dyn FnMut(&str) -> Option<()>| {
        if header.has(column) && read(text(column)).is_none() {
            wrong.push(text(column).to_owned());
        }
    };
    take(Column::Scheme, &mut |text| {
        row.scheme = match text {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        Some(())
    });
    take(Column::Regions, &mut |text| Regions::parse(text).map(|value| row.regions = value));
    take(Column::Service, &mut |text| Service::from_id(text).map(|value| row.service = value));
    take(Column::Systems, &mut |text| Systems::parse(text).map(|value| row.systems = value));
    take(Column::Required, &mut |text| Systems::parse(text).map(|value| row.required = value));
    take(Column::Packages, &mut |text| Packages::from_id(text).map(|value| row.packages = value));
    take(Column::Releases, &mut |text| Releases::parse(text).map(|value| row.releases = value));
    take(Column::Inspection, &mut |text| Inspection::from_id(text).map(|value| row.inspection = value));
    take(Column::Pin, &mut |text| PinClass::from_id(text).map(|value| row.pin = value));
    take(Column::Basis, &mut |text| Basis::from_id(text).map(|value| row.basis = value));
    row.direct = text(Column::Direct) == "yes";
    if row.basis == Basis::Observed {
        row.required = Systems::default();
    }
    let path = text(Column::Path);
    if path.is_empty() || host::is_path(path) {
        path.clone_into(&mut row.path);
    } else {
        wrong.push(path.to_owned());
    }
    row.conflict = kept(text(Column::Conflict));
    row.note = kept(text(Column::Note));
    row.source = kept(text(Column::Source));
    row.date = kept(text(Column::Date));
    for word in wrong {
        list.unread.push(Unread::new(
            place,
            &word,
            "this word is not known in its column; what is usual was taken",
        ));
    }
}

/// CSV with a header that is known, separated by commas, semicolons, tabs or bars: by whichever makes the best header near the
/// top, since a title may stand above it. `None` where there is no such header.
pub(crate) fn read_text(text: &str) -> Option<List> {
    let known = |separator: &u8| {
        let cells = |record: csv::StringRecord| {
            record.iter().take(limits::COLUMNS).map(str::to_owned).collect::<Vec<_>>()
        };
        let headers =
            records(text, *separator).take(limits::HEADER).filter_map(|one| Header::of(&cells(one.ok()?)));
        headers.map(|header| header.0.iter().flatten().count()).max().unwrap_or_default()
    };
    let separator = *b"|\t;,".iter().max_by_key(|separator| known(separator))?;
    let mut list = List::new(Format::Csv);
    let rows = records(text, separator).filter_map(Result::ok).map(|record| {
        let line = record.position().map_or(0, csv::Position::line);
        // Of what stands too far to the right, one is kept, so that it can be told.
        let beyond = record.iter().skip(limits::COLUMNS).find(|cell| !cell.trim().is_empty());
        let cells = record.iter().take(limits::COLUMNS).chain(beyond).map(str::to_owned).collect();
        (format!("line {line}"), cells)
    });
    read_rows(rows, &mut list).then_some(list)
}

fn records(text: &str, separator: u8) -> impl Iterator<Item = csv::Result<csv::StringRecord>> {
    let reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .comment(Some(b'#'))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    reader.into_records()
}

#[cfg(test)]
mod tests;
