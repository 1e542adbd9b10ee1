//! Esri Shapefiles (white paper of July 1998), shape by shape, with the rows of the table beside them.
//!
//! Read in a stream from `.shp` and `.dbf` alone, so that parts may lie in an archive; the index `.shx` is not needed.
//! No count is believed before the record that states it can hold so many. Z and M of vertices are left out. A record
//! that is no shape is a reject, a broken frame ends the import, a row that its table calls deleted is counted.

mod beside;
mod dbf;
mod rings;
#[cfg(test)]
mod tests;

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

pub use self::beside::beside;
use self::dbf::{Row, Table};
use super::detail::detail;
use super::error::IngestError;
use super::ignored::Ignored;
use super::record::{Cell, Degrees, Geometry, Item, Reader, Record};
use super::reject::Reason;
use super::report::Remark;
use super::unpack::{MOST_RECORD, Meter, Unpacked, explain, read_up_to};
use crate::crs::{Crs, CrsError};

/// Bytes of the file's header.
const HEAD: u64 = 100;

/// A Shapefile, read on as records are asked for.
pub struct ShapefileReader {
    path: PathBuf,
    shapes: BufReader<Unpacked>,
    meter: Meter,
    size: u64,
    /// Bytes of shapes that the header promises and that are not read yet.
    left: u64,
    table: Option<Table>,
    crs: Option<Result<Crs, CrsError>>,
    read: u64,
    buffer: Vec<u8>,
}

impl ShapefileReader {
    /// Opens a Shapefile by its `.shp` and finds the parts beside it.
    pub fn open(path: &Path, remarks: &mut Vec<(Remark, u64)>) -> Result<ShapefileReader, IngestError> {
        let failed = |err: std::io::Error| explain(path, &err);
        let unpacked = Unpacked::open(path).map_err(failed)?;
        let (meter, size) = (unpacked.meter(), unpacked.size());
        let mut shapes = BufReader::with_capacity(1 << 16, unpacked);
        let mut head = [0; HEAD as usize];
        shapes.read_exact(&mut head).map_err(failed)?;
        let length = 2 * u64::from(u32::from_be_bytes([head[24], head[25], head[26], head[27]]));
        let Some(left) = length.checked_sub(HEAD) else {
            let detail = detail!("文件头称共 {length} 字节", "a header that promises {length} bytes");
            return Err(IngestError::Damaged { path: path.display().to_string(), detail });
        };
        let cpg = beside::text(path, "cpg")?;
        let table = match beside(path, "dbf") {
            Some(beside) => Some(Table::open(&beside, cpg.as_deref(), remarks)?),
            None => {
                remarks.push((Remark::PartMissing { part: "dbf", what: "attributes" }, 0));
                None
            }
        };
        if beside(path, "shx").is_none() {
            remarks.push((Remark::PartMissing { part: "shx", what: "index" }, 0));
        }
        let crs = beside::text(path, "prj")?.map(|text| Crs::from_wkt(&text));
        Ok(ShapefileReader {
            path: path.to_owned(),
            shapes,
            meter,
            size,
            left,
            table,
            crs,
            read: 0,
            buffer: Vec::new(),
        })
    }

    /// Names of the columns, each once.
    pub fn columns(&self) -> Vec<Box<str>> {
        self.table.as_ref().map_or_else(Vec::new, Table::columns)
    }

    fn advance(&mut self) -> Result<Option<Item>, IngestError> {
        let geometry = self.shape()?;
        let row = match &mut self.table {
            Some(table) => table.next()?,
            None => None,
        };
        let (geometry, columns) = match (geometry, row) {
            (None, None) => return Ok(None),
            (_, Some(Row::Deleted)) => {
                self.read += 1;
                return Ok(Some(Item::Ignored(Ignored::DeletedRow {}, 1)));
            }
            (geometry, Some(Row::Cells(cells))) => (geometry.unwrap_or(Geometry::None), cells),
            (Some(geometry), None) => (geometry, Vec::<(Box<str>, Cell)>::new()),
        };
        self.read += 1;
        let record = Record { row: self.read, key: None, layer: None, geometry, columns, original: None, cut: false };
        Ok(Some(Item::Record(record)))
    }

    /// The next shape; `None` after the last.
    fn shape(&mut self) -> Result<Option<Geometry>, IngestError> {
        self.meter.record_ends();
        if self.left < 8 {
            return Ok(None);
        }
        let mut head = [0; 8];
        let len = read_up_to(&mut self.shapes, &mut head).map_err(|err| explain(&self.path, &err))?;
        let nth = self.read + 1;
        let truncated = |path: &Path| {
            let detail = detail!("止于第 {nth} 个图形之中", "within shape {nth}");
            IngestError::Truncated { path: path.display().to_string(), detail }
        };
        if len < head.len() {
            return Err(truncated(&self.path));
        }
        let size = 2 * u64::from(u32::from_be_bytes([head[4], head[5], head[6], head[7]]));
        self.left -= 8;
        if size > self.left {
            let detail = detail!("第 {nth} 个图形称有 {size} 字节", "shape {nth} of {size} bytes");
            return Err(IngestError::Damaged { path: self.path.display().to_string(), detail });
        }
        if size > MOST_RECORD - 8 {
            let what = detail!("第 {nth} 个图形有 {size} 字节", "shape {nth} of {size} bytes");
            return Err(IngestError::TooMuch { path: self.path.display().to_string(), what });
        }
        self.left -= size;
        self.buffer.clear();
        let read = (&mut self.shapes).take(size).read_to_end(&mut self.buffer);
        if (read.map_err(|err| explain(&self.path, &err))? as u64) < size {
            return Err(truncated(&self.path));
        }
        Ok(Some(geometry(&self.buffer).unwrap_or_else(|what| Geometry::Unusable(Reason::BadGeometry { what }))))
    }
}

impl Iterator for ShapefileReader {
    type Item = Result<Item, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}

impl Reader for ShapefileReader {
    fn read(&self) -> u64 {
        self.read
    }

    fn progress(&self) -> (u64, u64) {
        (self.meter.done(), self.size)
    }

    fn crs(&self) -> Option<Result<Crs, CrsError>> {
        self.crs.clone()
    }
}

/// The geometry of a record's content. The error says what is impossible about it.
fn geometry(bytes: &[u8]) -> Result<Geometry, String> {
    let mut content = Content(bytes);
    // Ten and twenty more are the same kind with Z and with M, whose numbers stand behind.
    Ok(match content.count()? {
        0 => Geometry::None,
        1 | 11 | 21 => {
            let [at] = content.vertices(1)?[..] else { return Err(short()) };
            match at {
                // Neither number is how an empty point is written.
                [x, y] if x.is_nan() && y.is_nan() => Geometry::None,
                at => Geometry::Points(vec![at]),
            }
        }
        8 | 18 | 28 => {
            content.skip(32)?;
            let count = content.count()?;
            let points = content.vertices(count)?;
            if points.is_empty() { Geometry::None } else { Geometry::Points(points) }
        }
        3 | 13 | 23 => {
            let lines = content.parts()?;
            if lines.is_empty() { Geometry::None } else { Geometry::Lines(lines) }
        }
        5 | 15 | 25 => {
            let polygons = rings::polygons(content.parts()?)?;
            if polygons.is_empty() { Geometry::None } else { Geometry::Polygons(polygons) }
        }
        31 => return Err("a surface in space (MultiPatch)".to_owned()),
        other => return Err(format!("a shape of type {other}")),
    })
}

/// What is left of a record's content, little-endian.
struct Content<'a>(&'a [u8]);

impl Content<'_> {
    fn skip(&mut self, len: usize) -> Result<&[u8], String> {
        let (skipped, rest) = self.0.split_at_checked(len).ok_or_else(short)?;
        self.0 = rest;
        Ok(skipped)
    }

    fn count(&mut self) -> Result<usize, String> {
        let (four, rest) = self.0.split_first_chunk::<4>().ok_or_else(short)?;
        self.0 = rest;
        let count = i32::from_le_bytes(*four);
        usize::try_from(count).map_err(|_| format!("a count of {count}"))
    }

    fn vertices(&mut self, count: usize) -> Result<Vec<Degrees>, String> {
        let bytes = self.skip(count.checked_mul(16).ok_or_else(short)?)?;
        let (pairs, _) = bytes.as_chunks::<16>();
        let number = |eight: &[u8]| eight.first_chunk::<8>().map_or(f64::NAN, |eight| f64::from_le_bytes(*eight));
        Ok(pairs.iter().map(|pair| [number(&pair[..8]), number(&pair[8..])]).collect())
    }

    /// The parts of a line or an area: their starts, then all vertices. Empty ones are left out.
    fn parts(&mut self) -> Result<Vec<Vec<Degrees>>, String> {
        self.skip(32)?;
        let (parts, count) = (self.count()?, self.count()?);
        if parts.checked_mul(4).is_none_or(|bytes| bytes > self.0.len()) {
            return Err(format!("{parts} parts in {} bytes", self.0.len()));
        }
        let mut starts = (0..parts).map(|_| self.count()).collect::<Result<Vec<_>, _>>()?;
        let vertices = self.vertices(count)?;
        starts.push(count);
        let mut cut = Vec::with_capacity(parts);
        for pair in starts.windows(2) {
            let part = vertices.get(pair[0]..pair[1]);
            let part = part.ok_or_else(|| format!("a part from vertex {} to {} of {count}", pair[0], pair[1]))?;
            cut.extend((!part.is_empty()).then(|| part.to_vec()));
        }
        match starts.first() {
            Some(0) => Ok(cut),
            Some(first) if *first == count && count == 0 => Ok(cut),
            Some(first) => Err(format!("parts that begin at vertex {first}")),
            None => Ok(cut),
        }
    }
}

fn short() -> String {
    "a shape that is cut short".to_owned()
}
