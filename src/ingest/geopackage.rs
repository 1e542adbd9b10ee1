//! GeoPackage (OGC 12-128): the rows of one vector table, whoever wrote it. SQL is the store's matter; here a row
//! becomes a record, and the bytes of its geometry are read.
//!
//! Of a firemap store each layer and source is a table of its own, with the keys it has.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use tempfile::NamedTempFile;

use super::detail::{Detail, detail};
use super::error::IngestError;
use super::grid::names;
use super::record::{Cell, Geometry, Item, Reader, Record};
use super::reject::Reason;
use super::unpack::{Unpacked, explain};
use super::wkb;
use crate::crs::{Crs, CrsError};
use crate::model::Layer;
use crate::store::{TableRow, TableRows, TableValue, VectorTable, vector_tables};

/// The most bytes of a cell that are kept in full; a photograph is told by its size.
const MOST_BYTES: usize = 256;

/// A vector table's name, and the layer where it is one of a firemap store.
pub type NamedTable = (Box<str>, Option<Layer>);

/// The vector tables of a file.
pub fn tables(path: &Path) -> Result<Vec<NamedTable>, IngestError> {
    let on_disk = OnDisk::of(path).map_err(|err| explain(path, &err))?;
    let tables = vector_tables(on_disk.path()).map_err(|words| damaged(path, Detail::quoted(words)))?;
    if tables.is_empty() {
        return Err(IngestError::NoData { path: path.display().to_string(), what: "-".to_owned() });
    }
    Ok(tables.into_iter().map(|table| (table.name, table.own.map(|(layer, _)| layer))).collect())
}

/// The rows of a table, read on as records are asked for.
pub struct GeoPackageReader {
    path: PathBuf,
    rows: TableRows,
    columns: Vec<Box<str>>,
    is_own: bool,
    crs: Option<Result<Crs, CrsError>>,
    read: u64,
    /// Where the file was unpacked to, if it was packed.
    _on_disk: OnDisk,
}

impl GeoPackageReader {
    /// Opens a table of a file.
    pub fn open(path: &Path, name: &str) -> Result<GeoPackageReader, IngestError> {
        let on_disk = OnDisk::of(path).map_err(|err| explain(path, &err))?;
        let tables = vector_tables(on_disk.path()).map_err(|words| damaged(path, Detail::quoted(words)))?;
        let table: VectorTable = tables
            .into_iter()
            .find(|table| *table.name == *name)
            .ok_or_else(|| damaged(path, detail!("表 {name} 不见了", "the table {name} is gone")))?;
        let crs = table.crs.as_ref().map(crs_of);
        let rows = TableRows::of(on_disk.path(), &table).map_err(|words| damaged(path, Detail::quoted(words)))?;
        let columns = names(rows.columns().iter().map(|name| &**name));
        let (path, is_own) = (path.to_owned(), table.own.is_some());
        Ok(GeoPackageReader { path, rows, columns, is_own, crs, read: 0, _on_disk: on_disk })
    }

    /// Names of the columns, each once.
    pub fn columns(&self) -> Vec<Box<str>> {
        self.columns.iter().filter(|name| !(self.is_own && is_book_keeping(name))).cloned().collect()
    }

    fn record(&self, (geometry, values): TableRow) -> Record {
        let mut record = Record {
            row: self.read,
            key: None,
            layer: None,
            geometry: geometry.map_or(Geometry::None, |blob| geometry_of(&blob)),
            columns: Vec::new(),
            original: None,
            cut: false,
        };
        for (name, value) in self.columns.iter().zip(values) {
            match (self.is_own, &**name, value) {
                (true, "source_key", TableValue::Text(key)) => record.key = Some(key),
                (true, "extra", TableValue::Text(extra)) => {
                    if let Ok(Json::Object(extra)) = serde_json::from_str(&extra) {
                        record.columns.extend(extra.into_iter().map(|(name, value)| (name.into(), json_cell(value))));
                    }
                }
                (true, name, _) if is_book_keeping(name) => {}
                (_, _, value) => record.columns.extend(cell(value).map(|cell| (name.clone(), cell))),
            }
        }
        record
    }
}

/// What a store keeps of a feature beside what a file says of it.
fn is_book_keeping(name: &str) -> bool {
    matches!(name, "fid" | "source" | "source_key" | "flaw" | "extra" | "file" | "import" | "row" | "changed")
}

impl Iterator for GeoPackageReader {
    type Item = Result<Item, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next()?;
        self.read += 1;
        Some(row.map(|row| Item::Record(self.record(row))).map_err(|words| damaged(&self.path, Detail::quoted(words))))
    }
}

impl Reader for GeoPackageReader {
    fn read(&self) -> u64 {
        self.read
    }

    fn progress(&self) -> (u64, u64) {
        (self.read, self.rows.promised().max(self.read))
    }

    fn crs(&self) -> Option<Result<Crs, CrsError>> {
        self.crs.clone()
    }
}

/// The system of a code and a text, the first of which is known.
fn crs_of((code, text): &(Option<String>, Option<String>)) -> Result<Crs, CrsError> {
    let coded = code.as_ref().map(|code| Crs::named(code));
    let written = || text.as_ref().map(|text| Crs::from_wkt(text));
    match coded {
        Some(Err(refused)) => written().filter(Result::is_ok).unwrap_or(Err(refused)),
        Some(known) => known,
        None => written().unwrap_or_else(|| Err(CrsError::Unknown { name: "-".to_owned() })),
    }
}

/// A geometry of GeoPackage binary: a header, perhaps an envelope, then well-known binary (clause 2.1.3).
fn geometry_of(blob: &[u8]) -> Geometry {
    let read = || {
        let flags = match blob {
            [b'G', b'P', _, flags, ..] => *flags,
            _ => return Err("it is not GeoPackage binary".to_owned()),
        };
        if flags & 0b10_0000 != 0 {
            return Err("an extended geometry".to_owned());
        }
        let envelope = match (flags >> 1) & 0b111 {
            0 => 0,
            1 => 32,
            2 | 3 => 48,
            4 => 64,
            other => return Err(format!("an envelope of kind {other}")),
        };
        wkb::read(blob.get(8 + envelope..).ok_or("it is cut short")?)
    };
    read().unwrap_or_else(|what| Geometry::Unusable(Reason::BadGeometry { what }))
}

fn cell(value: TableValue) -> Option<Cell> {
    Some(match value {
        TableValue::Null => return None,
        TableValue::Integer(number) => Cell::Json(number.into()),
        TableValue::Real(number) if number.is_finite() => Cell::Json(number.into()),
        TableValue::Real(number) => Cell::Text(number.to_string().into()),
        TableValue::Bool(yes) => Cell::Json(yes.into()),
        TableValue::Text(text) => Cell::Text(text),
        TableValue::Bytes(bytes) if bytes.len() > MOST_BYTES => Cell::Text(format!("({} bytes)", bytes.len()).into()),
        TableValue::Bytes(bytes) => {
            Cell::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into())
        }
    })
}

fn json_cell(value: Json) -> Cell {
    match value {
        Json::String(text) => Cell::Text(text.into()),
        other => Cell::Json(other),
    }
}

fn damaged(path: &Path, detail: Detail) -> IngestError {
    IngestError::Damaged { path: path.display().to_string(), detail }
}

/// A file that SQLite can open: itself, or what was unpacked from an archive for as long as it is needed.
enum OnDisk {
    Itself(PathBuf),
    Unpacked(NamedTempFile),
}

impl OnDisk {
    fn of(path: &Path) -> io::Result<OnDisk> {
        let mut bytes = Unpacked::open(path)?;
        if !bytes.is_packed() {
            return Ok(OnDisk::Itself(path.to_owned()));
        }
        let meter = bytes.meter();
        let mut file = NamedTempFile::new()?;
        let mut chunk = vec![0; 1 << 16];
        loop {
            meter.record_ends();
            match bytes.read(&mut chunk)? {
                0 => break,
                len => file.write_all(&chunk[..len])?,
            }
        }
        file.flush()?;
        Ok(OnDisk::Unpacked(file))
    }

    fn path(&self) -> &Path {
        match self {
            OnDisk::Itself(path) => path,
            OnDisk::Unpacked(file) => file.path(),
        }
    }
}
