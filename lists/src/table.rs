//! Rows with a header: CSV, and the sheets of a workbook.
//!
//! Columns are known by their headings. Those of Microsoft's lists for Defender for Endpoint (standard and streamlined,
//! commercial and government, 2023 to 2025) differ from page to page: "Endpoint/URL" and "Endpoint/URLs", "Required or
//! Optional", "Required / Optional", "Type", and a column for each system, named for all its versions. The catalogue's own
//! columns are read to the letter.

use probe_core::catalog::{
    Basis, Inspection, Packages, PinClass, Region, Regions, Releases, Service, System, Systems,
};
use probe_core::target::Scheme;

use crate::list::{Format, List, Row, Unread};
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
    let mut sought = 0;
    for (place, mut cells) in rows {
        cells.truncate(limits::COLUMNS);
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if let Some(found) = Header::of(&cells) {
            // A sheet may hold several tables, one below the other.
            header = Some(found);
            continue;
        }
        let Some(header) = &header else {
            sought += 1;
            if sought == limits::HEADER {
                return false;
            }
            continue;
        };
        if list.is_full(&place) {
            break;
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
    // The official sheets write several hosts into one cell.
    let separators = |c: char| c.is_whitespace() || c == ',' || c == ';';
    for name in hosts.split(separators).filter(|name| !name.is_empty()).take(limits::HOSTS) {
        match host::read(name) {
            Err(why) => list.unread.push(Unread::new(place, name, why)),
            Ok(pattern) => {
                for port in ports(text(Column::Port), place, list) {
                    let mut row = Row::of(&pattern, port);
                    if header.has(Column::Packages) {
                        own(&mut row, header, cells, place, list);
                    } else {
                        fill(&mut row, header, cells, place, list);
                    }
                    list.rows.push(row);
                }
            }
        }
    }
}

/// `443`, `80, 443`, `TCP 443`; none where nothing is said.
fn ports(text: &str, place: &str, list: &mut List) -> Vec<Option<u16>> {
    let numbers: Vec<Option<u16>> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .filter(|port| *port > 0)
        .map(Some)
        .take(8)
        .collect();
    if numbers.is_empty() {
        if !text.is_empty() {
            list.unread.push(Unread::new(place, text, "this is no port; that of the scheme was taken"));
        }
        return vec![None];
    }
    numbers
}

/// The columns of other people's lists.
fn fill(row: &mut Row, header: &Header, cells: &[String], place: &str, list: &mut List) {
    let text = |column| header.text(cells, column);
    let named = text(Column::Regions);
    if !named.is_empty() {
        match regions(named) {
            Some(regions) => row.regions = regions,
            None => list.unread.push(Unread::new(
                place,
                named,
                "this region is not known; the row counts everywhere",
            )),
        }
    }
    if let Some(service) = Service::from_id(text(Column::Service)) {
        row.service = service;
    }
    row.systems = systems(header, cells);
    let required = text(Column::Required).to_lowercase();
    let optional = ["optional", "no", "false", "recommended"].iter().any(|word| required.starts_with(word));
    row.required = if optional { Systems::default() } else { row.systems };
    match text(Column::Scheme).to_lowercase().as_str() {
        "http" => row.scheme = Scheme::Http,
        "https" => row.scheme = Scheme::Https,
        _ => {}
    }
    if row.path.is_empty() && text(Column::Path).starts_with('/') {
        text(Column::Path).clone_into(&mut row.path);
    }
    text(Column::Note).clone_into(&mut row.note);
    text(Column::Source).clone_into(&mut row.source);
    text(Column::Date).clone_into(&mut row.date);
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

/// The systems of a row: those whose columns say yes, or that the one column names; all agents where nothing is said.
fn systems(header: &Header, cells: &[String]) -> Systems {
    let mut set = Systems::default();
    for (column, cell) in header.0.iter().zip(cells) {
        let cell = cell.trim().to_lowercase();
        match column {
            Some(Column::System(system))
                if ["yes", "y", "x", "true", "supported", "required", "✓", "✔"].contains(&cell.as_str()) =>
            {
                set = set.with(*system);
            }
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
    if set.is_empty() { Systems::AGENTS } else { set }
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
    text(Column::Path).clone_into(&mut row.path);
    text(Column::Conflict).clone_into(&mut row.conflict);
    text(Column::Note).clone_into(&mut row.note);
    text(Column::Source).clone_into(&mut row.source);
    text(Column::Date).clone_into(&mut row.date);
    for word in wrong {
        list.unread.push(Unread::new(
            place,
            &word,
            "this word is not known in its column; what is usual was taken",
        ));
    }
}

/// CSV with a header that is known, separated by commas, semicolons or tabs. `None` where there is no such header.
pub(crate) fn read_text(text: &str) -> Option<List> {
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'))?;
    let separator = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|separator| first.bytes().filter(|byte| byte == separator).count())?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .comment(Some(b'#'))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut list = List::new(Format::Csv);
    let rows = reader.records().filter_map(Result::ok).map(|record| {
        let line = record.position().map_or(0, csv::Position::line);
        (format!("line {line}"), record.iter().map(str::to_owned).collect())
    });
    read_rows(rows, &mut list).then_some(list)
}

#[cfg(test)]
mod tests {
    use probe_core::catalog::ENDPOINTS;

    use super::*;

    #[test]
    fn the_catalogue_reads_itself() {
        let text = include_str!("../../core/catalog/endpoints.csv");
        let list = read_text(text).unwrap();
        assert_eq!(list.unread, []);
        assert_eq!(list.rows.len(), ENDPOINTS.len());
        for (read, built_in) in list.endpoints().zip(ENDPOINTS) {
            assert_eq!(read, *built_in);
        }
    }

    /// In the form of the standard list of 2025, with rows of our own.
    const STANDARD: &str = "\
Service,Geography,Category,Port,Endpoint/URL,Endpoint/URL Description,Required or Optional,\"Windows 10, 11; Server 2022, 2019, 2016 (Unified Agent); Server 2012 R2 (Unified Agent)\",\"Windows 7, 8.1\",\"Windows Server 2008 R2, 2012 R2, 2016 (MMA Based)\",Mac,Linux,Comments
Microsoft Defender for Endpoint,WW,CRL,80,crl.microsoft.com,Lists,Required,Yes,,,Yes,Yes,
Microsoft Defender for Endpoint,EU,Command,443,winatp-gw-neu.microsoft.com,Sensor,Required,Yes,Yes,Yes,,,
Microsoft Defender for Endpoint,US Gov,Push,443,*.wns.windows.com,Push,Optional,Yes,,,,,Direct
Microsoft Defender for Endpoint,Mars,Other,443,https://new.example.com/a/*,New,Required,Yes,,,,,
Microsoft Defender for Endpoint,WW,Other,443,foo*.example.com,Odd,Required,Yes,,,,,
";

    #[test]
    fn official_headings() {
        let list = read_text(STANDARD).unwrap();
        let row =
            |host: &str| list.rows.iter().find(|row| row.host == host).unwrap_or_else(|| panic!("{host}"));
        let crl = row("crl.microsoft.com");
        assert_eq!((crl.port, crl.scheme, crl.service), (80, Scheme::Http, Service::Crl));
        assert_eq!(crl.required.to_string(), "windows;macos;linux");
        let gateway = row("winatp-gw-neu.microsoft.com");
        assert_eq!(
            (gateway.regions.to_string().as_str(), gateway.systems.to_string().as_str()),
            ("EU", "windows;windows-mma")
        );
        assert_eq!((gateway.inspection, gateway.pin), (Inspection::Exempt, PinClass::Microsoft));
        let push = row("*.wns.windows.com");
        assert!(
            push.required.is_empty()
                && push.direct
                && push.regions == Regions::GOVERNMENT
                && push.note == "Direct"
        );
        assert_eq!(row("new.example.com").path, "/a/*");
        let unread: Vec<String> = list.unread.iter().map(ToString::to_string).collect();
        assert_eq!(
            unread,
            [
                "line 5: this region is not known; the row counts everywhere: Mars",
                "line 6: a * can stand for whole labels at the beginning only, as in *.example.com: foo*.example.com",
            ]
        );
    }

    #[test]
    fn other_separators_and_several_hosts_in_a_cell() {
        let text = "\u{a0}\nService;Port;Endpoint/URLs;Type;OS\nWeb;443;\"*.smartscreen-prod.microsoft.com\n*.smartscreen.microsoft.com\";Required;All\nX;80,443;a.example.com;Optional;Linux\n";
        let list = read_text(text).unwrap();
        let rows: Vec<_> =
            list.rows.iter().map(|row| (row.host.as_str(), row.port, row.required.is_empty())).collect();
        assert_eq!(
            rows,
            [
                ("*.smartscreen-prod.microsoft.com", 443, false),
                ("*.smartscreen.microsoft.com", 443, false),
                ("a.example.com", 80, true),
                ("a.example.com", 443, true),
            ]
        );
        assert_eq!(list.rows[2].systems.to_string(), "linux");
    }

    #[test]
    fn what_has_no_header_is_no_table() {
        assert!(read_text("a.example.com\nb.example.com,443\n").is_none());
        assert!(read_text("").is_none());
    }

    #[test]
    fn wrong_words_are_shown() {
        let text = "host,packages,inspection,required\na.example.com,both,maybe,beos\n";
        let list = read_text(text).unwrap();
        assert_eq!(list.rows.len(), 1);
        let words: Vec<_> = list.unread.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(words, ["beos", "maybe"]);
    }
}
