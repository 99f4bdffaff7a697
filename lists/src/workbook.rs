//! Workbooks (.xlsx: ECMA-376, parts of XML in a ZIP file): every sheet, whatever stands above its table.
//!
//! A few parts are needed and a few elements of each, so they are read here, over two well-kept parsers. The crates for whole
//! spreadsheets take sizes from the file before they have seen what is there (`uniqueCount`, the last cell of a sheet), so that
//! a file of one kilobyte can end the program.

mod grid;

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;

use grid::Grid;

use crate::list::{Format, List, Unread};
use crate::{Unreadable, limits, table};

pub(crate) fn read(bytes: &[u8]) -> Result<List, Unreadable> {
    let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unreadable::NoWorkbook)?;
    let mut package = Package { zip, budget: limits::UNPACKED };
    let workbook = package.part("xl/workbook.xml")?.ok_or(Unreadable::NoWorkbook)?;
    let sheets = sheets(&workbook).map_err(|_| Unreadable::NoWorkbook)?;
    let relations = match package.part("xl/_rels/workbook.xml.rels")? {
        Some(part) => relations(&part).map_err(|_| Unreadable::NoWorkbook)?,
        None => BTreeMap::new(),
    };
    let texts = match package.part("xl/sharedStrings.xml")? {
        Some(part) => shared_texts(&part).map_err(|_| Unreadable::NoWorkbook)?,
        None => Vec::new(),
    };
    let mut list = List::new(Format::Xlsx);
    let mut left = limits::TEXT;
    for (index, (name, id)) in sheets.iter().enumerate() {
        let place = format!("sheet {name:?}");
        if index == limits::SHEETS {
            list.unread.push(Unread::new(
                &place,
                "",
                "this and all sheets behind it were not read: there are too many",
            ));
            break;
        }
        let path =
            relations.get(id).cloned().unwrap_or_else(|| format!("xl/worksheets/sheet{}.xml", index + 1));
        let grid = match package.part(&path) {
            Ok(Some(part)) => Grid::read(&part, &texts).ok(),
            Err(Unreadable::UnpacksTooLarge) => return Err(Unreadable::UnpacksTooLarge),
            _ => None,
        };
        let Some(mut grid) = grid else {
            list.unread.push(Unread::new(&place, "", "this sheet cannot be read"));
            continue;
        };
        if !grid.spread() {
            list.unread.push(Unread::new(
                &place,
                "",
                "too many cells are merged; the rest was taken as it stands",
            ));
        }
        let mut cut = None;
        let rows = grid.rows.iter().map_while(|(row, cells)| {
            let length = cells.values().map(|text| text.len()).sum();
            let Some(rest) = left.checked_sub(length) else {
                cut = Some(row + 1);
                return None;
            };
            left = rest;
            Some((format!("{place}, row {}", row + 1), row_of(cells)))
        });
        if !table::read_rows(rows, &mut list) && !grid.rows.is_empty() {
            list.unread.push(Unread::new(&place, "", "no heading in its first rows names hosts"));
        }
        if let Some(row) = cut {
            let place = format!("{place}, row {row}");
            list.unread.push(Unread::new(
                &place,
                "",
                "this and all that follows was not read: there is too much text",
            ));
            break;
        }
    }
    Ok(list)
}

/// The cells of a row from its first column on. Of what stands too far to the right, one is kept, so that it can be told.
fn row_of(cells: &BTreeMap<usize, Arc<str>>) -> Vec<String> {
    let width = cells.last_key_value().map_or(0, |(at, _)| at + 1).min(limits::COLUMNS);
    let text = |text: &Arc<str>| text.to_string();
    let first = (0..width).map(|at| cells.get(&at).map(text).unwrap_or_default());
    first.chain(cells.range(limits::COLUMNS..).next().map(|(_, beyond)| text(beyond))).collect()
}

struct Package<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// How many unpacked bytes may still come.
    budget: u64,
}

impl Package<'_> {
    /// A part as text, if the package has it. What its header says of its size is not believed.
    fn part(&mut self, path: &str) -> Result<Option<String>, Unreadable> {
        let Some(index) = self.zip.index_for_name(path) else { return Ok(None) };
        let part = self.zip.by_index(index).map_err(|_| Unreadable::NoWorkbook)?;
        let mut bytes = Vec::new();
        part.take(self.budget + 1).read_to_end(&mut bytes).map_err(|_| Unreadable::NoWorkbook)?;
        self.budget = self.budget.checked_sub(bytes.len() as u64).ok_or(Unreadable::UnpacksTooLarge)?;
        let text = String::from_utf8(bytes).map_err(|_| Unreadable::NoWorkbook)?;
        Ok(Some(text))
    }
}

/// XML that breaks its rules.
struct Broken;

impl<T: Into<quick_xml::Error>> From<T> for Broken {
    fn from(_: T) -> Self {
        Self
    }
}

fn reader(part: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(part.strip_prefix('\u{FEFF}').unwrap_or(part));
    reader.config_mut().expand_empty_elements = true;
    reader
}

/// An attribute without regard to its prefix.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attributes = element.attributes().flatten();
    let mut found = attributes.filter(|one| one.key.local_name().as_ref() == name);
    let value = found.next()?.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}

/// The text of an event, if it is one.
fn text_of(event: &Event<'_>, into: &mut String) {
    match event {
        Event::Text(text) => into.push_str(&text.xml10_content()),
        Event::CData(text) => into.push_str(&text.xml10_content()),
        Event::GeneralRef(name) => {
            let character = match name.resolve_char_ref() {
                Ok(Some(character)) => Some(character),
                _ => match name.xml10_content().as_ref() {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    // Entities of its own have no place in a workbook.
                    _ => None,
                },
            };
            into.extend(character);
        }
        _ => {}
    }
}

/// The sheets with the ids of their relations, in the order of the tabs.
fn sheets(part: &str) -> Result<Vec<(String, String)>, Broken> {
    let (mut reader, mut sheets) = (reader(part), Vec::new());
    loop {
        match reader.read_event()? {
            Event::Start(element) if element.local_name().as_ref() == "sheet" => {
                let id = element.attributes().flatten().find(|one| one.key.as_ref().ends_with(":id"));
                let id =
                    id.and_then(|id| id.normalized_value(XmlVersion::Implicit1_0).ok()).unwrap_or_default();
                sheets.push((attribute(&element, "name").unwrap_or_default(), id.into_owned()));
            }
            Event::Eof => return Ok(sheets),
            _ => {}
        }
    }
}

/// The paths of parts by the ids of their relations.
fn relations(part: &str) -> Result<BTreeMap<String, String>, Broken> {
    let (mut reader, mut relations) = (reader(part), BTreeMap::new());
    loop {
        match reader.read_event()? {
            Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                if let (Some(id), Some(target)) = (attribute(&element, "Id"), attribute(&element, "Target")) {
                    let path = match target.strip_prefix('/') {
                        Some(path) => path.to_owned(),
                        None => format!("xl/{target}"),
                    };
                    relations.insert(id, path);
                }
            }
            Event::Eof => return Ok(relations),
            _ => {}
        }
    }
}

/// The texts that cells refer to by their number. How a word is to be pronounced (`rPh`) is no part of it.
fn shared_texts(part: &str) -> Result<Vec<Arc<str>>, Broken> {
    let (mut reader, mut texts) = (reader(part), Vec::new());
    let (mut text, mut inside, mut spoken) = (String::new(), false, false);
    loop {
        let event = reader.read_event()?;
        match &event {
            Event::Start(element) => match element.local_name().as_ref() {
                "si" => text.clear(),
                "t" => inside = true,
                "rPh" => spoken = true,
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "si" => texts.push(clean(&text)),
                "t" => inside = false,
                "rPh" => spoken = false,
                _ => {}
            },
            Event::Eof => return Ok(texts),
            other if inside && !spoken => text_of(other, &mut text),
            _ => {}
        }
    }
}

/// A text of a cell. Excel writes characters that XML cannot have as `_x000D_`.
fn clean(text: &str) -> Arc<str> {
    if text.contains("_x00") {
        text.replace("_x000D_", " ").replace("_x000A_", "\n").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    /// The least that is a workbook, with text in the cells themselves.
    fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
        const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
        let types =
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>".to_owned();
        let root = format!(
            "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r0\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        );
        let cell = |(column, cell): (char, &&str), number: usize| match cell.parse::<u32>() {
            Ok(value) => format!("<c r=\"{column}{number}\"><v>{value}</v></c>"),
            Err(_) => format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"),
        };
        let row = |(number, cells): (usize, &&[&str])| {
            let cells: String = ('A'..='Z').zip(*cells).map(|one| cell(one, number)).collect();
            format!("<row r=\"{number}\">{cells}</row>")
        };
        let sheet = |rows: &[&[&str]]| {
            let rows: String = (1..).zip(rows).map(row).collect();
            format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>")
        };
        let numbered = || (0..).zip(sheets);
        let names: Vec<String> = numbered()
            .map(|(index, (name, _))| {
                format!("<sheet name=\"{name}\" sheetId=\"{}\" r:id=\"r{index}\"/>", index + 1)
            })
            .collect();
        let relations: Vec<String> = numbered()
            .map(|(index, _)| {
                let target = format!("worksheets/s{index}.xml");
                format!("<Relationship Id=\"r{index}\" Type=\"{OFFICE}/worksheet\" Target=\"{target}\"/>")
            })
            .collect();
        let mut files: Vec<(String, String)> = numbered()
            .map(|(index, (_, rows))| (format!("xl/worksheets/s{index}.xml"), sheet(rows)))
            .collect();
        files.push(("[Content_Types].xml".into(), types));
        files.push(("_rels/.rels".into(), root));
        let book = format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{}</sheets></workbook>",
            names.concat()
        );
        files.push(("xl/workbook.xml".into(), book));
        let relations = format!("<Relationships xmlns=\"{PACKAGE}\">{}</Relationships>", relations.concat());
        files.push(("xl/_rels/workbook.xml.rels".into(), relations));
        archive(&files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect::<Vec<_>>())
    }

    #[test]
    fn every_sheet_with_its_header_wherever_it_stands() {
        let bytes = workbook(&[
            ("Overview", &[&["This workbook lists URLs"], &["Filters can be used"]]),
            (
                "Microsoft Defender URLs",
                &[
                    &["Microsoft Defender for Endpoint"],
                    &[
                        "Service",
                        "Geography",
                        "Category",
                        "Port",
                        "Endpoint/URL",
                        "Required / Optional",
                        "Mac",
                    ],
                    &["MDE", "EU", "EDR", "443", "winatp-gw-neu.microsoft.com", "Required", "Yes"],
                    &["MDE", "WW", "CRL", "80", "crl.microsoft.com", "Optional", ""],
                    &["MDE", "WW", "Odd", "443", "x*.example.com", "Required", ""],
                ],
            ),
        ]);
        let list = crate::read(&bytes).unwrap();
        assert_eq!(list.format, Format::Xlsx);
        let rows: Vec<_> =
            list.rows.iter().map(|row| (row.host.as_str(), row.port, row.required.is_empty())).collect();
        assert_eq!(rows, [("winatp-gw-neu.microsoft.com", 443, false), ("crl.microsoft.com", 80, true)]);
        let unread: Vec<_> = list.unread.iter().map(|one| one.place.as_str()).collect();
        let here = |row| format!("sheet \"Microsoft Defender URLs\", row {row}");
        assert_eq!(unread, ["sheet \"Overview\"".to_owned(), here(1), here(5)]);
    }

    #[test]
    fn what_is_no_workbook_and_what_unpacks_without_end() {
        let bomb = archive(&[("xl/workbook.xml", &vec![0; 65 * 1024 * 1024])]);
        assert!(bomb.len() < 1024 * 1024, "it is small before it is unpacked: {}", bomb.len());
        assert_eq!(crate::read(&bomb).unwrap_err(), Unreadable::UnpacksTooLarge);
        assert_eq!(crate::read(&archive(&[("a.txt", b"x")])).unwrap_err(), Unreadable::NoWorkbook);
        let whole = workbook(&[("S", &[&["Host", "Port"], &["a.example.com", "443"]])]);
        assert_eq!(crate::read(&whole).unwrap().rows.len(), 1);
        for length in (4..whole.len()).step_by(7) {
            assert!(crate::read(&whole[..length]).is_err(), "cut to {length}");
        }
    }

    /// A workbook whose one sheet, and the texts that it refers to, are these.
    fn raw(texts: &str, sheet: &str) -> Vec<u8> {
        let book = "<x:workbook xmlns:r='r'><x:sheets><x:sheet name='S' sheetId='1' r:id='r1'/></x:sheets></x:workbook>";
        archive(&[
            ("xl/workbook.xml", book.as_bytes()),
            ("xl/sharedStrings.xml", texts.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ])
    }

    #[test]
    fn small_workbooks_that_would_become_large() {
        // Neither the numbers of texts and cells that a file names, nor the place of its last cell, cost anything.
        let sheet = "<worksheet><dimension ref='A1:XFD1048576'/><sheetData><row><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row>\
                     <row r='1048576'><c r='A1048576' t='s'><v>2</v></c><c r='XFD1048576'><v>1</v></c></row></sheetData>\
                     <mergeCells><mergeCell ref='A1:XFD1048576'/></mergeCells></worksheet>";
        let texts = "<sst count='18446744073709551615' uniqueCount='18446744073709551615'><si><t>Host</t></si><si><t>Port</t></si>\
                     <si><t>a.example.com</t></si></sst>";
        let list = crate::read(&raw(texts, sheet)).unwrap();
        assert_eq!(list.rows.len(), 1);
        assert!(list.unread[0].to_string().contains("merged"), "{}", list.unread[0]);
        // A text that is there once is not copied into each cell that refers to it, nor looked at without end.
        let sheet = format!(
            "<worksheet><sheetData><row><c t='s'><v>0</v></c><c t='str'><v>Port</v></c></row>{}</sheetData></worksheet>",
            "<row><c t='s'><v>1</v></c><c t='s'><v>1</v></c></row>".repeat(20_000)
        );
        let texts = format!("<sst><si><t>Host</t></si><si><t>{}</t></si></sst>", "x".repeat(60_000));
        let list = crate::read(&raw(&texts, &sheet)).unwrap();
        assert!(list.unread.len() < 300, "{}", list.unread.len());
        assert!(list.unread.last().unwrap().to_string().contains("too much text"));
    }

    #[test]
    fn merged_cells_say_what_is_seen() {
        let texts = "<sst><si><t>Endpoint/URL</t></si><si><t>Port</t></si><si><t>a.example.com</t></si>\
                     <si><r><t>b.exa</t></r><r><t>mple.c&#111;m</t></r><rPh><t>x</t></rPh></si></sst>";
        let sheet = "<worksheet><sheetData>\
                     <row><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row>\
                     <row><c t='s'><v>2</v></c><c><v>8.0E1</v></c></row>\
                     <row><c t='s'><v>3</v></c></row></sheetData>\
                     <mergeCells count='1'><mergeCell ref='B2:B3'/></mergeCells></worksheet>";
        let list = crate::read(&raw(texts, sheet)).unwrap();
        let rows: Vec<_> = list.rows.iter().map(|row| (row.host.as_str(), row.port)).collect();
        assert_eq!(rows, [("a.example.com", 80), ("b.example.com", 80)]);
    }
}
