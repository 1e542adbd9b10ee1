//! Workbooks: XLSX and OpenDocument, each sheet that has places an input of its own, named `book.xlsx/Sheet`.
//!
//! Sheets are read as streams, out of archives whose directory has been held to the file, so that memory is that of
//! one row and of the texts that cells share (128 MiB at most). Sheets of titles and notes are passed over by name.

mod ods;
mod part;
mod parts;
mod row;
mod xlsx;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::rc::Rc;

use self::ods::OdsRows;
use self::parts::Listed;
use self::xlsx::{Beside, XlsxRows};
use super::error::IngestError;
use super::format::Format;
use super::grid::rows::Rows;
use super::grid::{GridReader, looks_placed, top_of};
use super::inputs::Found;
use super::options::Options;
use super::report::Remark;
use crate::crs::Crs;

/// A sheet of a workbook, and whether it looks like one to import.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Whether it has a header with places, and rows under it.
    pub has_places: bool,
    /// Whether the workbook hides it.
    pub is_hidden: bool,
}

/// Which kind of workbook an archive of these files is, if it is one.
pub fn format_of(names: &[&str]) -> Option<Format> {
    match () {
        _ if names.contains(&"xl/workbook.xml") => Some(Format::Xlsx),
        _ if names.contains(&"mimetype") && names.contains(&"content.xml") => Some(Format::Ods),
        _ => None,
    }
}

/// The sheets of a workbook, in their order.
pub fn sheets(path: &Path, format: Format) -> Result<Vec<Sheet>, IngestError> {
    let book = Book::open(path, format)?;
    let mut sheets = Vec::new();
    for listed in &book.sheets {
        // Diagrams are sheets, too, without rows.
        let top = book.rows(listed).and_then(|mut rows| top_of(rows.as_mut()));
        let has_places = match top {
            Ok(top) => looks_placed(&top),
            Err(IngestError::Damaged { .. }) => false,
            Err(other) => return Err(other),
        };
        sheets.push(Sheet { name: listed.name.clone(), has_places, is_hidden: listed.is_hidden });
    }
    if sheets.is_empty() {
        return Err(IngestError::Empty { path: path.display().to_string() });
    }
    Ok(sheets)
}

/// Opens a sheet as a table.
pub fn open(
    found: &Found,
    told: Option<&Crs>,
    options: &Options,
    remarks: &mut Vec<(Remark, u64)>,
) -> Result<GridReader, IngestError> {
    let book = Book::open(&found.path, found.format)?;
    let wanted = found.part.as_deref().unwrap_or_default();
    let listed = book.sheets.iter().find(|listed| listed.name == wanted).ok_or_else(|| IngestError::NoSuchSheet {
        path: found.path.display().to_string(),
        sheet: wanted.to_owned(),
        sheets: book.sheets.iter().map(|listed| listed.name.as_str()).collect::<Vec<_>>().join(", "),
    })?;
    GridReader::open(&found.shown(), &|| book.rows(listed), options, told, remarks)
}

/// A workbook whose list of sheets has been read.
struct Book<'a> {
    path: &'a Path,
    sheets: Vec<Listed>,
    /// What the cells of an XLSX refer to.
    beside: Option<Rc<Beside>>,
}

impl Book<'_> {
    fn open(path: &Path, format: Format) -> Result<Book<'_>, IngestError> {
        match format {
            Format::Xlsx => {
                let (sheets, is_1904) = parts::sheets(path)?;
                Ok(Book { path, sheets, beside: Some(Rc::new(Beside::of(path, is_1904)?)) })
            }
            _ => Ok(Book { path, sheets: ods::sheets(path)?, beside: None }),
        }
    }

    fn rows(&self, sheet: &Listed) -> Result<Box<dyn Rows>, IngestError> {
        Ok(match &self.beside {
            Some(beside) => Box::new(XlsxRows::open(self.path, &sheet.part, beside.clone())?),
            None => Box::new(OdsRows::open(self.path, &sheet.name)?),
        })
    }
}
