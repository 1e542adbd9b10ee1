//! A sheet of an XLSX workbook (ECMA-376), row by row. Formulas give the value they had when the file was saved.

use std::path::Path;
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};

use super::part::{Part, attribute, local, number, resolved};
use super::parts::{Shared, date_styles, date_text};
use super::row::{Held, MOST_ROWS, Row};
use crate::ingest::detail::detail;
use crate::ingest::error::IngestError;
use crate::ingest::grid::rows::{Raw, Rows};

/// What the cells of all sheets refer to.
pub struct Beside {
    shared: Shared,
    dates: Vec<bool>,
    is_1904: bool,
}

impl Beside {
    /// That of a workbook.
    pub fn of(workbook: &Path, is_1904: bool) -> Result<Beside, IngestError> {
        Ok(Beside { shared: Shared::of(workbook)?, dates: date_styles(workbook)?, is_1904 })
    }
}

/// The rows of a sheet.
pub struct XlsxRows {
    part: Part,
    beside: Rc<Beside>,
    row: Row,
    value: String,
    ended: bool,
}

/// What a cell says of its value.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number,
    Shared,
    Text,
    Bool,
    Error,
}

impl XlsxRows {
    /// Opens a sheet by its part of the workbook.
    pub fn open(workbook: &Path, part: &str, beside: Rc<Beside>) -> Result<XlsxRows, IngestError> {
        let part = Part::open(workbook, part)?.ok_or_else(|| IngestError::Damaged {
            path: workbook.display().to_string(),
            detail: detail!("其中没有 {part}", "it has no {part}"),
        })?;
        Ok(XlsxRows { part, beside, row: Row::default(), value: String::new(), ended: false })
    }

    /// Reads the cells of a row that has begun.
    fn cells(&mut self) -> Result<(), IngestError> {
        let mut column = 0;
        let mut cell: Option<(Kind, bool)> = None;
        // Values, and texts that stand in the cell itself.
        let (mut in_value, mut in_reading) = (false, false);
        loop {
            match self.part.read()? {
                Event::Start(tag) => match local(tag.name().as_ref()) {
                    "c" => {
                        if let Some(named) = attribute(&tag, "r").as_deref().and_then(column_of) {
                            column = named;
                        }
                        cell = Some(kind_of(&tag, &self.beside.dates));
                        self.value.clear();
                    }
                    "v" | "t" => in_value = true,
                    "rPh" => in_reading = true,
                    _ => {}
                },
                Event::End(tag) => match local(tag.name().as_ref()) {
                    "v" | "t" => in_value = false,
                    "rPh" => in_reading = false,
                    "c" => {
                        if let Some((kind, is_date)) = cell.take()
                            && let Some(held) = self.held(kind, is_date)
                            && !self.row.put(column, held)
                        {
                            return Err(self.part.damaged("有单元格在 XFD 列之外", "a cell beyond column XFD"));
                        }
                        column += 1;
                    }
                    "row" => return Ok(()),
                    "sheetData" => {
                        self.ended = true;
                        return Ok(());
                    }
                    _ => {}
                },
                Event::Text(text) if in_value && !in_reading => self.value.push_str(&text),
                Event::CData(text) if in_value && !in_reading => self.value.push_str(&text),
                Event::GeneralRef(entity) if in_value && !in_reading => self.value.push_str(&resolved(&entity)),
                Event::Eof => return Err(self.part.damaged("有一行没有结束", "a row that does not end")),
                _ => {}
            }
        }
    }

    /// The value that was gathered, as the cell holds it; `None` where it is blank.
    fn held(&mut self, kind: Kind, is_date: bool) -> Option<Held> {
        let value = self.value.as_str();
        Some(match kind {
            Kind::Shared => {
                let text = self.beside.shared.get(value.trim().parse().ok()?)?;
                Held::Text(self.row.keep(text)?)
            }
            Kind::Text => Held::Text(self.row.keep(value)?),
            Kind::Error => Held::Error(self.row.keep(value)?),
            Kind::Bool => Held::Bool(value.trim() == "1"),
            Kind::Number => match value.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => {
                    let date = if is_date { date_text(number, self.beside.is_1904) } else { None };
                    match date {
                        Some(date) => Held::Text(self.row.keep(&date)?),
                        None => Held::Number(number),
                    }
                }
                _ => Held::Text(self.row.keep(value)?),
            },
        })
    }
}

impl Rows for XlsxRows {
    fn advance(&mut self) -> Result<bool, IngestError> {
        while !self.ended {
            self.part.record_ends();
            let mut started = None;
            match self.part.read()? {
                Event::Start(tag) if local(tag.name().as_ref()) == "row" => started = Some(number(&tag, "r")),
                Event::End(tag) if local(tag.name().as_ref()) == "sheetData" => self.ended = true,
                Event::Eof => self.ended = true,
                _ => {}
            }
            if let Some(named) = started {
                let row = named.unwrap_or(self.row.number + 1);
                if row > MOST_ROWS {
                    return Err(self.part.damaged("有第 1048576 行之外的行", "a row beyond 1048576"));
                }
                self.row.clear(row);
                self.cells()?;
                if !self.row.is_blank() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn number(&self) -> u64 {
        self.row.number
    }

    fn width(&self) -> usize {
        self.row.width()
    }

    fn cell(&self, ix: usize) -> Option<Raw<'_>> {
        self.row.cell(ix)
    }

    fn progress(&self) -> (u64, u64) {
        self.part.progress()
    }
}

/// What a cell's value is, and whether its style shows a date.
fn kind_of(tag: &BytesStart<'_>, dates: &[bool]) -> (Kind, bool) {
    let kind = match attribute(tag, "t").as_deref() {
        Some("s") => Kind::Shared,
        Some("str" | "inlineStr" | "d") => Kind::Text,
        Some("b") => Kind::Bool,
        Some("e") => Kind::Error,
        _ => Kind::Number,
    };
    let style = number(tag, "s").and_then(|nth| usize::try_from(nth).ok()).unwrap_or_default();
    (kind, dates.get(style).copied().unwrap_or_default())
}

/// The column of a cell's name, from 0: `AB12` is 27.
fn column_of(name: &str) -> Option<usize> {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).take(4);
    let column = letters.fold(0, |column, letter| column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    column.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_letters() {
        assert_eq!(["A1", "Z9", "AA1", "AB12", "XFD1"].map(column_of), [0, 25, 26, 27, 16_383].map(Some));
        assert_eq!(column_of("12"), None);
    }
}
