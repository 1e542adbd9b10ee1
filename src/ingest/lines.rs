//! A CSV report of an import: UTF-8 with a byte order mark, for spreadsheets, in its place when it is whole.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::beside::Beside;
use super::detail::Detail;
use super::error::IngestError;
use super::key::Repeated;
use crate::model::{Layer, harmless};

/// A report, line by line.
pub struct Lines {
    path: PathBuf,
    rows: csv::Writer<Beside>,
}

impl Lines {
    /// Begins a report of these columns.
    pub fn begin<'a>(path: &Path, heads: impl IntoIterator<Item = &'a str>) -> Result<Lines, IngestError> {
        let mut file = Beside::begin(path).map_err(|error| unwritable(path, &error))?;
        file.write_all("\u{feff}".as_bytes()).map_err(|error| unwritable(path, &error))?;
        let rows = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(file);
        let mut lines = Lines { path: path.to_owned(), rows };
        lines.add(heads)?;
        Ok(lines)
    }

    /// Adds a line, as long as the first. No cell becomes a formula.
    pub fn add<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<(), IngestError> {
        let cells = cells.into_iter().map(|cell| harmless(cell).into_owned());
        self.rows.write_record(cells).map_err(|error| unwritable(&self.path, &error))
    }

    /// Puts the report in its place.
    pub fn finish(self) -> Result<(), IngestError> {
        let Lines { path, rows } = self;
        let whole = rows.into_inner().map_err(csv::IntoInnerError::into_error).and_then(Beside::put_in_place);
        whole.map_err(|error| unwritable(&path, &error))
    }

    /// A report of keys that stand more than once.
    pub fn begin_duplicates(path: &Path) -> Result<Lines, IngestError> {
        Lines::begin(path, ["file", "layer", "key", "row", "kept_as"])
    }

    /// Adds a row whose key has stood before; with the second one the first.
    pub fn duplicate(
        &mut self,
        file: &str,
        layer: Layer,
        repeated: &Repeated,
        row: u64,
        kept_as: &str,
    ) -> Result<(), IngestError> {
        let Repeated { key, first_row, nth } = repeated;
        if *nth == 2 {
            self.add([file, layer.name(), key, &first_row.to_string(), key])?;
        }
        self.add([file, layer.name(), key, &row.to_string(), kept_as])
    }
}

fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> IngestError {
    IngestError::ReportUnwritable { path: path.display().to_string(), detail: Detail::quoted(error) }
}
