//! FlatGeobuf (version 3), feature by feature; its packed index is read where only a box is asked for.
//!
//! The crate gives the accessors of the tables and their verifier; frame, index and geometry are read here, because no
//! byte is trusted: nothing is allocated that the file does not hold, every table is verified before it is looked
//! into. A damaged feature is a reject, a broken frame ends the import. Z, M and times of vertices are left out.

mod feature;
mod index;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flatgeobuf::{GeometryType, Header, size_prefixed_root_as_header};

use self::feature::Column;
use self::index::Hit;
use super::detail::{Detail, detail};
use super::error::IngestError;
use super::geometry;
use super::ignored::Ignored;
use super::record::{Geometry, Item, Reader, Record};
use super::reject::Reason;
use super::unpack::{MOST_RECORD, Meter, Unpacked, explain, read_up_to};
use crate::crs::{Crs, CrsError};
use crate::model::Bounds;

/// Bytes before the header: the name of the format and its version, twice, and the header's size.
const MAGIC: u64 = 8;
const SIZE: u64 = 4;

/// The most bytes of a header.
const MOST_HEADER: u64 = 10 << 20;

/// A FlatGeobuf file, read on as features are asked for.
pub struct FlatGeobufReader {
    path: PathBuf,
    source: Source,
    columns: Vec<Column>,
    kind: GeometryType,
    crs: Option<Result<Crs, CrsError>>,
    /// How many features the header promises; where none, those up to the end.
    promised: Option<u64>,
    /// Features that the index says are outside the box, not told yet.
    outside: u64,
    read: u64,
    buffer: Vec<u8>,
    size: u64,
}

enum Source {
    /// One feature after the other.
    All(BufReader<Unpacked>, Meter),
    /// Those the index has found.
    Found(Found),
}

struct Found {
    file: BufReader<File>,
    /// Where in the file the features begin.
    begin: u64,
    /// Where the last feature ended, counted from there.
    at: u64,
    hits: std::vec::IntoIter<Hit>,
}

impl FlatGeobufReader {
    /// Opens a file. With `within` and an index in the file only features are read whose box may touch it, if the file
    /// is in `told` or else in the system its header names.
    pub fn open(path: &Path, told: Option<&Crs>, within: Option<Bounds>) -> Result<FlatGeobufReader, IngestError> {
        let failed = |err: std::io::Error| explain(path, &err);
        let damaged = |detail: Detail| IngestError::Damaged { path: path.display().to_string(), detail };
        let unpacked = Unpacked::open(path).map_err(failed)?;
        let is_packed = unpacked.is_packed();
        let meter = unpacked.meter();
        let size = std::fs::metadata(path).map_or(1, |meta| meta.len());
        let mut bytes = BufReader::with_capacity(1 << 16, unpacked);
        let mut head = [0; (MAGIC + SIZE) as usize];
        bytes.read_exact(&mut head).map_err(failed)?;
        let header_size = u64::from(u32::from_le_bytes([head[8], head[9], head[10], head[11]]));
        if !(8..=MOST_HEADER).contains(&header_size) {
            return Err(damaged(detail!("文件头有 {header_size} 字节", "a header of {header_size} bytes")));
        }
        let mut buffer = head[MAGIC as usize..].to_vec();
        let len = (&mut bytes).take(header_size).read_to_end(&mut buffer).map_err(failed)?;
        if (len as u64) < header_size {
            return Err(IngestError::Truncated {
                path: path.display().to_string(),
                detail: Detail::both("止于文件头之中", "within the header"),
            });
        }
        let header =
            size_prefixed_root_as_header(&buffer).map_err(|err| damaged(Detail::quoted(feature::first_line(&err))))?;
        let columns =
            feature::columns(header.columns().into_iter().flatten()).map_err(|words| damaged(Detail::quoted(words)))?;
        let crs = crs(&header);
        let envelope_in_degrees = header.envelope().is_some_and(|envelope| {
            envelope.len() >= 4 && envelope.iter().take(4).all(|degrees| degrees.abs() <= 180.0)
        });
        let kind = header.geometry_type();
        let count = header.features_count();
        let index = match header.index_node_size() {
            0 => None,
            _ if count == 0 => None,
            node_size => Some(
                index::Index::of(count, node_size)
                    .ok_or_else(|| damaged(Detail::both("索引不可能", "an impossible index")))?,
            ),
        };
        let index_at = MAGIC + SIZE + header_size;
        let mut reader = FlatGeobufReader {
            path: path.to_owned(),
            source: Source::All(bytes, meter),
            columns,
            kind,
            crs,
            promised: (count > 0).then_some(count),
            outside: 0,
            read: 0,
            buffer,
            size,
        };
        let Some(index) = index else { return Ok(reader) };
        if !is_packed && index.bytes() > size.saturating_sub(index_at) {
            return Err(reader.truncated(Detail::both("止于索引之中", "within the index")));
        }
        let mut around = None;
        if let Some(within) = within {
            // Where nothing tells the system and it may be a plane, all is read and looked at.
            let known = geometry::agreed(path, told, reader.crs())?.or(envelope_in_degrees.then_some(Crs::Wgs84));
            around = known.and_then(|known| known.around(within));
        }
        match around {
            Some(around) if !is_packed => {
                let mut file = BufReader::new(File::open(path).map_err(failed)?);
                let hits = index.search(&mut file, index_at, around).map_err(failed)?;
                reader.outside = count - hits.len() as u64;
                let begin = index_at + index.bytes();
                reader.source = Source::Found(Found { file, begin, at: 0, hits: hits.into_iter() });
            }
            _ => reader.skip_index(index.bytes())?,
        }
        Ok(reader)
    }

    /// Names of the columns, each once.
    pub fn columns(&self) -> Vec<Box<str>> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    fn skip_index(&mut self, bytes: u64) -> Result<(), IngestError> {
        let Source::All(from, meter) = &mut self.source else { return Ok(()) };
        let mut left = bytes;
        while left > 0 {
            meter.record_ends();
            let skipped = std::io::copy(&mut from.take(left.min(1 << 20)), &mut std::io::sink())
                .map_err(|err| explain(&self.path, &err))?;
            if skipped == 0 {
                return Err(self.truncated(Detail::both("止于索引之中", "within the index")));
            }
            left -= skipped;
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<Option<Record>, IngestError> {
        let path = &self.path;
        let failed = |err: std::io::Error| explain(path, &err);
        let (row, from): (u64, &mut dyn Read) = match &mut self.source {
            Source::All(bytes, meter) => {
                meter.record_ends();
                if self.promised == Some(self.read) {
                    return match read_up_to(bytes, &mut [0]).map_err(failed)? {
                        0 => Ok(None),
                        _ => Err(self.damaged(detail!(
                            "第 {} 个（最后一个）要素之后还有内容",
                            "bytes after the last of {} features",
                            self.read
                        ))),
                    };
                }
                (self.read + 1, bytes)
            }
            Source::Found(found) => {
                let Some(hit) = found.hits.next() else { return Ok(None) };
                // Features stand in the order of the index and do not overlap, so no byte is read twice.
                let gap = hit.offset.checked_sub(found.at).and_then(|gap| i64::try_from(gap).ok());
                let Some(gap) = gap.filter(|gap| (*gap as u64) < self.size) else {
                    return Err(self.damaged(detail!(
                        "索引中没有要素 {} 的位置",
                        "the index has no place for feature {}",
                        hit.row
                    )));
                };
                if found.at == 0 {
                    found.file.seek(SeekFrom::Start(found.begin)).map_err(failed)?;
                }
                found.file.seek_relative(gap).map_err(failed)?;
                found.at = hit.offset;
                (hit.row, &mut found.file)
            }
        };
        let mut prefix = [0; SIZE as usize];
        let len = read_up_to(from, &mut prefix).map_err(failed)?;
        if len == 0 && self.promised.is_none() {
            return Ok(None);
        }
        let size = u64::from(u32::from_le_bytes(prefix));
        if size > MOST_RECORD - SIZE {
            let what = detail!("要素 {row} 有 {size} 字节", "feature {row} of {size} bytes");
            return Err(IngestError::TooMuch { path: path.display().to_string(), what });
        }
        self.buffer.clear();
        self.buffer.extend_from_slice(&prefix);
        let body = from.take(size).read_to_end(&mut self.buffer).map_err(failed)? as u64;
        if len < prefix.len() || body < size {
            return Err(self.truncated(detail!("止于要素 {row} 之中", "within feature {row}")));
        }
        if let Source::Found(found) = &mut self.source {
            found.at += SIZE + size;
        }
        self.read += 1;
        Ok(Some(self.record(row)))
    }

    /// The feature in the buffer.
    fn record(&self, row: u64) -> Record {
        let read = feature::read(&self.buffer, self.kind, &self.columns);
        let (geometry, columns) = read.unwrap_or_else(|what| {
            let what = what.chars().take(200).collect();
            (Geometry::Unusable(Reason::NotARecord { what }), Vec::new())
        });
        Record { row, key: None, layer: None, geometry, columns, original: None, cut: false }
    }

    fn truncated(&self, detail: Detail) -> IngestError {
        IngestError::Truncated { path: self.path.display().to_string(), detail }
    }

    fn damaged(&self, detail: Detail) -> IngestError {
        IngestError::Damaged { path: self.path.display().to_string(), detail }
    }
}

impl Iterator for FlatGeobufReader {
    type Item = Result<Item, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.outside > 0 {
            let outside = std::mem::take(&mut self.outside);
            self.read += outside;
            return Some(Ok(Item::Ignored(Ignored::OutsideBox {}, outside)));
        }
        self.advance().map(|record| record.map(Item::Record)).transpose()
    }
}

impl Reader for FlatGeobufReader {
    fn read(&self) -> u64 {
        self.read
    }

    fn progress(&self) -> (u64, u64) {
        let done = match &self.source {
            Source::All(_, meter) => meter.done(),
            Source::Found(found) => found.begin + found.at,
        };
        (done, self.size)
    }

    fn crs(&self) -> Option<Result<Crs, CrsError>> {
        self.crs.clone()
    }
}

/// The system the header names; `None` where it names none. Where its code is not known its text may say it.
fn crs(header: &Header<'_>) -> Option<Result<Crs, CrsError>> {
    let crs = header.crs()?;
    let org = crs.org().filter(|org| !org.is_empty()).unwrap_or("EPSG");
    let coded = match (crs.code_string().filter(|code| !code.is_empty()), crs.code()) {
        (Some(code), _) => Some(format!("{org}:{code}")),
        (None, 0) => None,
        (None, code) => Some(format!("{org}:{code}")),
    };
    let name = crs.name().filter(|name| !name.is_empty());
    let text = crs.wkt().filter(|wkt| !wkt.is_empty()).map(Crs::from_wkt);
    let coded = coded.map(|code| Crs::named(&code));
    let named = name.and_then(|name| Crs::named(name).ok());
    match (coded, text) {
        (Some(Ok(crs)), _) | (_, Some(Ok(crs))) => Some(Ok(crs)),
        (coded, text) => named.map(Ok).or(coded).or(text),
    }
}
