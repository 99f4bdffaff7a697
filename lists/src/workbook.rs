//! Workbooks (.xlsx), by calamine: every sheet, whatever stands above its table.

use std::io::{Cursor, Read as _};

use calamine::{Data, Reader as _, Xlsx};

use crate::list::{Format, List, Unread};
use crate::{Unreadable, limits, table};

pub(crate) fn read(bytes: &[u8]) -> Result<List, Unreadable> {
    check_size(bytes)?;
    let mut workbook: Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|_| Unreadable::NoWorkbook)?;
    let mut list = List::new(Format::Xlsx);
    for name in workbook.sheet_names() {
        let place = format!("sheet {name:?}");
        let Ok(range) = workbook.worksheet_range(&name) else {
            list.unread.push(Unread::new(&place, "", "this sheet cannot be read"));
            continue;
        };
        let top = range.start().map_or(0, |(row, _)| row);
        let rows = range.rows().enumerate().take(limits::ROWS).map(|(index, cells)| {
            let number = index + top as usize + 1;
            (format!("{place}, row {number}"), cells.iter().take(limits::COLUMNS).map(text).collect())
        });
        if !table::read_rows(rows, &mut list) && !range.is_empty() {
            list.unread.push(Unread::new(&place, "", "no heading in its first rows names hosts"));
        }
    }
    Ok(list)
}

fn text(cell: &Data) -> String {
    match cell {
        // A port is a number there, and numbers are floating.
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e9 => format!("{number:.0}"),
        Data::Error(_) => String::new(),
        other => {
            let text = other.to_string();
            text.get(..text.floor_char_boundary(limits::CELL)).unwrap_or_default().to_owned()
        }
    }
}

/// Unpacks everything once and throws it away: what an archive says of its own sizes may be wrong.
fn check_size(bytes: &[u8]) -> Result<(), Unreadable> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unreadable::NoWorkbook)?;
    let mut left = limits::UNPACKED;
    for index in 0..archive.len().min(10_000) {
        let Ok(file) = archive.by_index(index) else { return Err(Unreadable::NoWorkbook) };
        let read = std::io::copy(&mut file.take(left + 1), &mut std::io::sink());
        match read {
            Ok(read) if read > left => return Err(Unreadable::UnpacksTooLarge),
            Ok(read) => left -= read,
            Err(_) => return Err(Unreadable::NoWorkbook),
        }
    }
    if archive.len() > 10_000 { Err(Unreadable::NoWorkbook) } else { Ok(()) }
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
        assert_eq!(unread, ["sheet \"Overview\"", "sheet \"Microsoft Defender URLs\", row 5"]);
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
}
