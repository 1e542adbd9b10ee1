//! A sheet of an OpenDocument spreadsheet (ISO/IEC 26300), row by row.
//!
//! Rows and cells may say that they stand so many times. Blank ones cost nothing; of others all that a file makes of
//! itself is bounded.

use std::path::Path;

use quick_xml::events::{BytesStart, Event};

use super::part::{Part, attribute, local, number, resolved};
use super::parts::{Listed, MOST_SHEETS};
use super::row::{Held, MOST_COLUMNS, MOST_ROWS, Row};
use crate::ingest::detail::Detail;
use crate::ingest::error::IngestError;
use crate::ingest::grid::rows::{Raw, Rows};

/// The most bytes that texts may grow to by being repeated.
const MOST_REPEATED: u64 = 64 << 20;

/// The sheets of a spreadsheet in their order; one whose style hides it is not told from the others.
pub fn sheets(file: &Path) -> Result<Vec<Listed>, IngestError> {
    let mut part = content(file)?;
    let mut sheets = Vec::new();
    loop {
        part.record_ends();
        match part.read()? {
            Event::Start(tag) if local(tag.name().as_ref()) == "table" && sheets.len() < MOST_SHEETS => {
                if let Some(name) = attribute(&tag, "name") {
                    sheets.push(Listed { name, part: String::new(), is_hidden: false });
                }
            }
            Event::Eof => return Ok(sheets),
            _ => {}
        }
    }
}

fn content(file: &Path) -> Result<Part, IngestError> {
    let missing = || IngestError::Damaged {
        path: file.display().to_string(),
        detail: Detail::both("其中没有 content.xml", "it has no content.xml"),
    };
    // What is encrypted is no XML.
    let is_locked = Part::open(file, "META-INF/manifest.xml")?.map(is_locked).transpose()?;
    if is_locked == Some(true) {
        return Err(IngestError::Locked { path: file.display().to_string() });
    }
    Part::open(file, "content.xml")?.ok_or_else(missing)
}

fn is_locked(mut manifest: Part) -> Result<bool, IngestError> {
    loop {
        match manifest.read()? {
            Event::Start(tag) if local(tag.name().as_ref()) == "encryption-data" => return Ok(true),
            Event::Eof => return Ok(false),
            _ => {}
        }
    }
}

/// The rows of a sheet.
pub struct OdsRows {
    part: Part,
    row: Row,
    /// How many more times the row stands.
    again: u64,
    /// The number of the row behind it.
    next: u64,
    /// What repeated rows have grown to.
    repeated: u64,
    ended: bool,
}

/// A cell being read.
struct Cell {
    times: u64,
    kind: Kind,
    value: Option<String>,
    text: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Number,
    Date,
    Bool,
    Error,
}

impl OdsRows {
    /// Opens the sheet of a name.
    pub fn open(file: &Path, sheet: &str) -> Result<OdsRows, IngestError> {
        let mut part = content(file)?;
        loop {
            part.record_ends();
            match part.read()? {
                Event::Start(tag)
                    if local(tag.name().as_ref()) == "table" && attribute(&tag, "name").as_deref() == Some(sheet) =>
                {
                    break;
                }
                Event::Eof => return Err(part.damaged("缺少一个工作表", "a sheet is missing")),
                _ => {}
            }
        }
        Ok(OdsRows { part, row: Row::default(), again: 0, next: 1, repeated: 0, ended: false })
    }

    /// Reads the cells of a row that has begun.
    fn cells(&mut self) -> Result<(), IngestError> {
        let mut column: u64 = 0;
        let mut grown: u64 = 0;
        let mut cell: Option<Cell> = None;
        // Comments, and drawings that lie on a cell, hold paragraphs too.
        let (mut beside, mut paragraphs) = (0usize, 0);
        let mut in_text = false;
        loop {
            match self.part.read()? {
                Event::Start(tag) => match local(tag.name().as_ref()) {
                    "table-cell" | "covered-table-cell" if beside == 0 => {
                        (cell, paragraphs, in_text) = (Some(cell_of(&tag)), 0, false);
                    }
                    "annotation" | "frame" | "shape" | "custom-shape" | "a11y" => beside += 1,
                    "p" if beside == 0 => {
                        in_text = true;
                        paragraphs += 1;
                        if let Some(cell) = cell.as_mut().filter(|_| paragraphs > 1) {
                            cell.text.push('\n');
                        }
                    }
                    "s" if in_text => {
                        let blanks = number(&tag, "c").unwrap_or(1).min(100);
                        cell.iter_mut().for_each(|cell| (0..blanks).for_each(|_| cell.text.push(' ')));
                    }
                    "tab" | "line-break" if in_text => cell.iter_mut().for_each(|cell| cell.text.push(' ')),
                    _ => {}
                },
                Event::End(tag) => match local(tag.name().as_ref()) {
                    "annotation" | "frame" | "shape" | "custom-shape" | "a11y" => beside = beside.saturating_sub(1),
                    "p" if beside == 0 => in_text = false,
                    "table-cell" | "covered-table-cell" if beside == 0 => {
                        let Some(cell) = cell.take() else { continue };
                        if let Some(held) = held(&mut self.row, &cell) {
                            grown = grown.saturating_add(cell.times.saturating_mul(cell.text.len() as u64 + 8));
                            let end = column.saturating_add(cell.times);
                            if end > MOST_COLUMNS as u64 || grown > MOST_REPEATED {
                                return Err(self.part.too_much(
                                    "重复的单元格超出一个工作表所能容纳",
                                    "cells repeated beyond what a sheet can hold",
                                ));
                            }
                            (column..end).for_each(|at| {
                                self.row.put(at as usize, held.clone());
                            });
                        }
                        column = column.saturating_add(cell.times);
                    }
                    "table-row" => return Ok(()),
                    _ => {}
                },
                Event::Text(text) if in_text && beside == 0 => {
                    cell.iter_mut().for_each(|cell| cell.text.push_str(&text))
                }
                Event::CData(text) if in_text && beside == 0 => {
                    cell.iter_mut().for_each(|cell| cell.text.push_str(&text))
                }
                Event::GeneralRef(entity) if in_text && beside == 0 => {
                    cell.iter_mut().for_each(|cell| cell.text.push_str(&resolved(&entity)));
                }
                Event::Eof => return Err(self.part.damaged("有一行没有结束", "a row that does not end")),
                _ => {}
            }
        }
    }
}

fn cell_of(tag: &BytesStart<'_>) -> Cell {
    let times = number(tag, "number-columns-repeated").unwrap_or(1).max(1);
    let mut kind = Kind::Text;
    let mut value = None;
    for attribute in tag.attributes().flatten() {
        let name = attribute.key.as_ref();
        let text = quick_xml::escape::unescape(&attribute.value).map(|text| text.into_owned()).unwrap_or_default();
        match (local(name), text.as_str()) {
            ("value-type", "error") => kind = Kind::Error,
            ("value-type", _) if kind == Kind::Error => {}
            ("value-type", "float" | "percentage" | "currency") => kind = Kind::Number,
            ("value-type", "date") => kind = Kind::Date,
            ("value-type", "boolean") => kind = Kind::Bool,
            ("value" | "date-value" | "boolean-value" | "string-value", _) => value = Some(text),
            _ => {}
        }
    }
    Cell { times, kind, value, text: String::new() }
}

/// The cell as a row holds it; `None` where it is blank.
fn held(row: &mut Row, cell: &Cell) -> Option<Held> {
    let value = cell.value.as_deref();
    Some(match (cell.kind, value) {
        (Kind::Number, Some(value)) => match value.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Held::Number(number),
            _ => Held::Text(row.keep(&cell.text)?),
        },
        (Kind::Bool, Some(value)) => Held::Bool(value.trim() == "true"),
        // Midnight is a day.
        (Kind::Date, Some(value)) => Held::Text(row.keep(value.strip_suffix("T00:00:00").unwrap_or(value))?),
        (Kind::Error, _) => Held::Error(row.keep(if cell.text.is_empty() { "#ERR!" } else { &cell.text })?),
        (_, value) if cell.text.trim().is_empty() => Held::Text(row.keep(value.unwrap_or_default())?),
        _ => Held::Text(row.keep(&cell.text)?),
    })
}

impl Rows for OdsRows {
    fn advance(&mut self) -> Result<bool, IngestError> {
        if self.again > 0 {
            self.again -= 1;
            self.row.number += 1;
            return Ok(true);
        }
        while !self.ended {
            self.part.record_ends();
            let mut started = None;
            match self.part.read()? {
                Event::Start(tag) if local(tag.name().as_ref()) == "table-row" => {
                    started = Some(number(&tag, "number-rows-repeated").unwrap_or(1).max(1));
                }
                Event::End(tag) if local(tag.name().as_ref()) == "table" => self.ended = true,
                Event::Eof => self.ended = true,
                _ => {}
            }
            if let Some(times) = started {
                self.row.clear(self.next);
                self.cells()?;
                self.next = self.next.saturating_add(times);
                if self.row.is_blank() {
                    continue;
                }
                let cells = self.row.width() as u64 * 8 + self.row.len() as u64;
                self.repeated = self.repeated.saturating_add((times - 1).saturating_mul(cells));
                if self.next > MOST_ROWS + 1 || self.repeated > MOST_REPEATED {
                    return Err(self
                        .part
                        .too_much("重复的行超出一个工作表所能容纳", "rows repeated beyond what a sheet can hold"));
                }
                self.again = times - 1;
                return Ok(true);
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
