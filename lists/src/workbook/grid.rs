//! The cells of one sheet: where they stand, what they say, and which are merged.

use std::collections::BTreeMap;
use std::sync::Arc;

use quick_xml::events::Event;

use super::{Broken, attribute, clean, reader, text_of};
use crate::limits;

/// The cells of a sheet that are not empty, by row and column from 0, and its merged regions.
#[derive(Default)]
pub(super) struct Grid {
    pub(super) rows: BTreeMap<usize, BTreeMap<usize, Arc<str>>>,
    merged: Vec<[(usize, usize); 2]>,
}

impl Grid {
    pub(super) fn read(part: &str, texts: &[Arc<str>]) -> Result<Self, Broken> {
        let (mut reader, mut grid) = (reader(part), Self::default());
        let (mut row, mut column, mut kind) = (0_usize, 0_usize, String::new());
        let (mut text, mut inside) = (String::new(), false);
        loop {
            let event = reader.read_event()?;
            match &event {
                Event::Start(element) => match element.local_name().as_ref() {
                    "row" => {
                        let number = attribute(element, "r").and_then(|number| number.parse::<usize>().ok());
                        row = number.map_or(row, |number| number.saturating_sub(1));
                        column = 0;
                    }
                    "c" => {
                        let place = attribute(element, "r").and_then(|place| cell_place(&place));
                        (row, column) = place.unwrap_or((row, column));
                        kind = attribute(element, "t").unwrap_or_default();
                        text.clear();
                    }
                    "v" | "t" => inside = true,
                    "mergeCell" => grid.merged.extend(attribute(element, "ref").and_then(|it| region(&it))),
                    _ => {}
                },
                Event::End(element) => match element.local_name().as_ref() {
                    "row" => row = row.saturating_add(1),
                    "c" => {
                        grid.put((row, column), value(&kind, &text, texts));
                        column = column.saturating_add(1);
                    }
                    "v" | "t" => inside = false,
                    _ => {}
                },
                Event::Eof => return Ok(grid),
                other if inside => text_of(other, &mut text),
                _ => {}
            }
        }
    }

    fn put(&mut self, (row, column): (usize, usize), text: Option<Arc<str>>) {
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            self.rows.entry(row).or_default().insert(column, text);
        }
    }

    /// Gives every cell of a merged region the text of its first one, as it is seen on a screen. False where that would be
    /// too many.
    pub(super) fn spread(&mut self) -> bool {
        let mut left = limits::MERGED;
        for [(top, first), (bottom, last)] in core::mem::take(&mut self.merged) {
            let Some(text) = self.rows.get(&top).and_then(|cells| cells.get(&first)).cloned() else {
                continue;
            };
            let cells = (bottom - top + 1).saturating_mul(last - first + 1);
            match left.checked_sub(cells) {
                Some(rest) => left = rest,
                None => return false,
            }
            // A title over several columns stands in the first of them only; else every column would say it.
            for row in top..=bottom {
                self.rows.entry(row).or_default().entry(first).or_insert_with(|| Arc::clone(&text));
            }
        }
        true
    }
}

/// What a cell says; `None` for a reference to a text that is not there.
fn value(kind: &str, text: &str, texts: &[Arc<str>]) -> Option<Arc<str>> {
    match kind {
        "s" => text.trim().parse().ok().and_then(|at: usize| texts.get(at)).cloned(),
        "" | "n" => Some(number(text.trim()).into()),
        _ => Some(clean(text)),
    }
}

/// A number as it is seen: some programs write 443 as `443.0` or `4.43E2`.
fn number(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(number) if number.fract() == 0.0 && number.abs() < 1e9 => format!("{number:.0}"),
        _ => text.to_owned(),
    }
}

/// `B7` as row and column from 0.
fn cell_place(text: &str) -> Option<(usize, usize)> {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = text.strip_suffix(digits)?;
    // XFD is the last column of Excel.
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, b| sum * 26 + usize::from(b.to_ascii_uppercase() - b'A') + 1);
    let row: usize = digits.parse().ok().filter(|row| (1..=1_048_576).contains(row))?;
    Some((row - 1, column - 1))
}

/// `A2:B3` as its first and last cell.
fn region(text: &str) -> Option<[(usize, usize); 2]> {
    let (from, to) = text.split_once(':')?;
    let (from, to) = (cell_place(from)?, cell_place(to)?);
    (from.0 <= to.0 && from.1 <= to.1).then_some([from, to])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_regions_and_numbers() {
        assert_eq!(cell_place("A1"), Some((0, 0)));
        assert_eq!(cell_place("ab12"), Some((11, 27)));
        assert_eq!(cell_place("XFD1048576"), Some((1_048_575, 16_383)));
        for wrong in ["", "A", "1", "A0", "AAAA1", "A1048577", "A1B", "Ä1"] {
            assert_eq!(cell_place(wrong), None, "{wrong}");
        }
        assert_eq!(region("A2:B3"), Some([(1, 0), (2, 1)]));
        assert_eq!(region("B3:A2"), None);
        for (text, seen) in [("443", "443"), ("443.0", "443"), ("4.43E2", "443"), ("1.5", "1.5"), ("x", "x")]
        {
            assert_eq!(number(text), seen);
        }
    }
}
