//! Imported files, and in which of them each feature was last seen.
//!
//! A feature has the number of the file it has its content from in its row; the newest file that held it, changed or
//! not, stands in spans beside the layers, packed to two or three bytes a feature, so that a file that changes nothing
//! writes nothing into the layers and their log.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::rows::Files;
use super::schema;
use crate::model::{Bounds, FeatureId, Layer};
use crate::store::{Import, ImportedFile, Provenance, Recognised, Standing};

/// Features of a span at most.
const A_SPAN: usize = 1024;

/// A feature that a file held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Its number.
    pub fid: u64,
    /// The number of the import.
    pub import: u32,
    /// Its row there.
    pub row: u32,
}

/// Names of all imported files by number.
pub fn files(conn: &Connection) -> rusqlite::Result<Files> {
    let mut known: HashMap<String, Arc<str>> = HashMap::new();
    let mut files = HashMap::new();
    let mut statement = conn.prepare_cached("select fid, file from firemap_import")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(1)?;
        let name = known.entry(name.clone()).or_insert_with(|| name.into()).clone();
        files.insert(row.get(0)?, name);
    }
    Ok(Arc::new(files))
}

/// All imports, oldest first.
pub fn all(conn: &Connection) -> rusqlite::Result<Vec<Import>> {
    let sql = "select fid, file, source, layer, hash, bytes, row_key, time, actor from firemap_import order by fid";
    conn.prepare_cached(sql)?.query_map([], import_of).and_then(Iterator::collect)
}

fn import_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Import> {
    let text = |ix: usize| row.get::<_, Option<String>>(ix);
    let file = ImportedFile {
        file: text(1)?.unwrap_or_default().into(),
        source: text(2)?.unwrap_or_default().into(),
        layer: text(3)?.as_deref().and_then(Layer::named),
        hash: text(4)?,
        bytes: row.get::<_, Option<i64>>(5)?.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0),
        row_key: text(6)?,
    };
    Ok(Import { id: row.get::<_, i64>(0)? as u64, file, time: text(7)?, actor: text(8)? })
}

/// The number of an import of a file: the last one of its source where that was the same file, else a new one.
pub fn begin(conn: &Connection, file: &ImportedFile, actor: &str) -> rusqlite::Result<u32> {
    let sql = "select fid, file, source, layer, hash, bytes, row_key, time, actor from firemap_import
         where source = ?1 order by fid desc limit 1";
    let last = conn.prepare_cached(sql)?.query_row([&*file.source], import_of).optional()?;
    if let Some(last) = last.filter(|last| last.file == *file) {
        return Ok(u32::try_from(last.id).unwrap_or(u32::MAX));
    }
    conn.prepare_cached(&format!(
        "insert into firemap_import (file, source, layer, hash, bytes, row_key, time, actor)
         values (?1, ?2, ?3, ?4, ?5, ?6, {}, ?7)",
        schema::NOW
    ))?
    .execute((
        &*file.file,
        &*file.source,
        file.layer.map(Layer::name),
        &file.hash,
        i64::try_from(file.bytes).unwrap_or(i64::MAX),
        &file.row_key,
        actor,
    ))?;
    Ok(u32::try_from(conn.last_insert_rowid()).unwrap_or(u32::MAX))
}

/// Writes down in which import features of a layer were seen, in place of where they were seen before; whether that
/// says anything new.
pub fn saw(conn: &Connection, layer: Layer, seen: Vec<Sighting>) -> rusqlite::Result<bool> {
    let mut seen = Seen::new(seen);
    let Some((first, last)) = seen.ends() else { return Ok(false) };
    {
        let sql = "select import, first, rows from firemap_seen where layer = ?1 and first <= ?2 and last >= ?3";
        let mut statement = conn.prepare_cached(sql)?;
        let mut spans = statement.query((layer.name(), last as i64, first as i64))?;
        while let Some(span) = spans.next()? {
            seen.meet(span.get(0)?, span.get(1)?, span.get_ref(2)?.as_blob().unwrap_or_default());
        }
    }
    if seen.says_nothing_new() {
        return Ok(false);
    }
    let mut delete = conn.prepare_cached("delete from firemap_seen where layer = ?1 and import = ?2 and first = ?3")?;
    for (import, begin) in seen.stale() {
        delete.execute((layer.name(), import, begin))?;
    }
    seen.spans().iter().try_for_each(|span| write_span(conn, layer, span))?;
    Ok(true)
}

/// What a batch saw of a layer, held against the spans that tell where it was seen before.
pub struct Seen {
    seen: Vec<Sighting>,
    same: usize,
    stale: Vec<(u32, i64, Vec<Sighting>)>,
}

impl Seen {
    /// Of a feature seen twice the later one counts: the order among equals is that of the file.
    pub fn new(mut seen: Vec<Sighting>) -> Seen {
        seen.reverse();
        seen.sort_by_key(|sighting| sighting.fid);
        seen.dedup_by_key(|sighting| sighting.fid);
        Seen { seen, same: 0, stale: Vec::new() }
    }

    /// The least and the greatest number seen.
    pub fn ends(&self) -> Option<(u64, u64)> {
        Some((self.seen.first()?.fid, self.seen.last()?.fid))
    }

    /// A span there is, by its import, its least number and its bytes.
    pub fn meet(&mut self, import: u32, begin: i64, rows: &[u8]) {
        let (mut stay, mut gone) = (Vec::new(), 0);
        for (fid, row) in unpack(rows) {
            match self.seen.binary_search_by_key(&fid, |sighting| sighting.fid) {
                Ok(at) => {
                    gone += 1;
                    self.same += usize::from(self.seen[at] == Sighting { fid, import, row });
                }
                Err(_) => stay.push(Sighting { fid, import, row }),
            }
        }
        if gone > 0 {
            self.stale.push((import, begin, stay));
        }
    }

    /// Whether all is known as it was seen.
    pub fn says_nothing_new(&self) -> bool {
        self.same == self.seen.len()
    }

    /// Import and least number of the spans that others take the place of.
    pub fn stale(&self) -> impl Iterator<Item = (u32, i64)> {
        self.stale.iter().map(|(import, begin, _)| (*import, *begin))
    }

    /// These others.
    pub fn spans(mut self) -> Vec<Vec<Sighting>> {
        // Stable, so that each import's stay in order of number.
        self.seen.extend(self.stale.into_iter().flat_map(|(_, _, stay)| stay));
        self.seen.sort_by_key(|sighting| (sighting.import, sighting.fid));
        let of_imports = self.seen.chunk_by(|a, b| a.import == b.import);
        of_imports.flat_map(|of_import| of_import.chunks(A_SPAN)).map(<[Sighting]>::to_vec).collect()
    }
}

/// Writes a span: features of one import in order of number.
fn write_span(conn: &Connection, layer: Layer, span: &[Sighting]) -> rusqlite::Result<()> {
    let (Some(first), Some(last)) = (span.first(), span.last()) else { return Ok(()) };
    conn.prepare_cached(
        "insert or replace into firemap_seen (layer, import, first, last, rows) values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((layer.name(), first.import, first.fid as i64, last.fid as i64, pack(span)))
    .map(drop)
}

/// Where features that are new to a layer were seen, written down as they come, so that no list of all is held.
#[derive(Default)]
pub struct NewlySeen {
    span: Vec<Sighting>,
}

impl NewlySeen {
    /// Adds one; its number is greater than those before.
    pub fn add(&mut self, conn: &Connection, layer: Layer, sighting: Sighting) -> rusqlite::Result<()> {
        if self.span.len() == A_SPAN || self.span.last().is_some_and(|last| last.import != sighting.import) {
            self.finish(conn, layer)?;
        }
        self.span.push(sighting);
        Ok(())
    }

    /// Writes what is left.
    pub fn finish(&mut self, conn: &Connection, layer: Layer) -> rusqlite::Result<()> {
        write_span(conn, layer, &self.span)?;
        self.span.clear();
        Ok(())
    }
}

/// Numbers and rows of a span in bytes.
pub fn pack(span: &[Sighting]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(3 * span.len());
    let (mut fid, mut row) = (0, 0_i64);
    for sighting in span {
        varint(&mut bytes, sighting.fid - fid);
        // In most files each row stands one behind the one before.
        let step = i64::from(sighting.row) - row - 1;
        varint(&mut bytes, ((step << 1) ^ (step >> 63)) as u64);
        (fid, row) = (sighting.fid, i64::from(sighting.row));
    }
    bytes
}

/// Numbers and rows of a span; ends where its bytes make no sense.
pub fn unpack(mut bytes: &[u8]) -> impl Iterator<Item = (u64, u32)> {
    let (mut fid, mut row) = (0_u64, 0_i64);
    std::iter::from_fn(move || {
        fid = fid.checked_add(read_varint(&mut bytes)?)?;
        let step = read_varint(&mut bytes)?;
        row = row.checked_add((step >> 1) as i64 ^ -((step & 1) as i64))?.checked_add(1)?;
        Some((fid, u32::try_from(row).ok()?))
    })
}

fn varint(bytes: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut n = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        n |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}

/// Where a feature comes from and where it was last seen; `None` where there is no such feature.
pub fn provenance(conn: &Connection, layer: Layer, id: FeatureId) -> rusqlite::Result<Option<Provenance>> {
    let fid = i64::try_from(id.0).unwrap_or(i64::MAX);
    let of: Option<(Option<u32>, Option<i64>)> = conn
        .prepare_cached(&format!("select import, row from {} where fid = ?1", layer.name()))?
        .query_row([fid], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((import, row)) = of else { return Ok(None) };
    let row = row.and_then(|row| u64::try_from(row).ok()).unwrap_or(0);
    let came_from = import.map(|import| standing(conn, import, row)).transpose()?.flatten();
    let last_seen = seen_in(conn, layer, fid)?;
    let last_seen = last_seen.map(|(import, row)| standing(conn, import, row)).transpose()?.flatten();
    Ok(Some(Provenance { came_from, last_seen }))
}

fn standing(conn: &Connection, import: u32, row: u64) -> rusqlite::Result<Option<Standing>> {
    let sql = "select fid, file, source, layer, hash, bytes, row_key, time, actor from firemap_import where fid = ?1";
    let import = conn.prepare_cached(sql)?.query_row([import], import_of).optional()?;
    Ok(import.map(|import| Standing { import, row }))
}

/// The import a feature was last seen in, and its row there.
fn seen_in(conn: &Connection, layer: Layer, fid: i64) -> rusqlite::Result<Option<(u32, u64)>> {
    let mut imports = conn.prepare_cached("select fid from firemap_import order by fid desc")?;
    let mut span = conn.prepare_cached(
        "select rows from firemap_seen where layer = ?1 and import = ?2 and first <= ?3 and last >= ?3",
    )?;
    let imports = imports.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<u32>>>()?;
    for import in imports {
        let mut spans = span.query((layer.name(), import, fid))?;
        while let Some(span) = spans.next()? {
            let rows = span.get_ref(0)?.as_blob().unwrap_or_default();
            if let Some((_, row)) = unpack(rows).find(|(of, _)| *of == fid as u64) {
                return Ok(Some((import, u64::from(row))));
            }
        }
    }
    Ok(None)
}

/// Degrees that a box may differ by: the R-tree keeps sides as 32-bit numbers.
const SAME: f64 = 2e-5;

/// How many of the keys, and how many of the boxes, a layer has from a source.
pub fn recognise(
    conn: &Connection,
    layer: Layer,
    source: &str,
    brought: &[(Box<str>, Bounds)],
) -> rusqlite::Result<Recognised> {
    let (table, rtree) = (layer.name(), schema::rtree(layer));
    let mut key = conn.prepare_cached(&format!("select 1 from {table} where source = ?1 and source_key = ?2"))?;
    let mut place = conn.prepare_cached(&format!(
        "select 1 from {rtree} r join {table} t on t.fid = r.id
         where r.minx between ?1 - {SAME} and ?1 + {SAME} and r.maxx between ?2 - {SAME} and ?2 + {SAME}
             and r.miny between ?3 - {SAME} and ?3 + {SAME} and r.maxy between ?4 - {SAME} and ?4 + {SAME}
             and t.source = ?5"
    ))?;
    let mut recognised = Recognised::default();
    for (of, Bounds { min, max }) in brought {
        recognised.keys += usize::from(key.exists((source, &**of))?);
        let sides = [min.lon_degrees(), max.lon_degrees(), min.lat_degrees(), max.lat_degrees()];
        recognised.places += usize::from(place.exists((sides[0], sides[1], sides[2], sides[3], source))?);
    }
    Ok(recognised)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_span_comes_back_from_its_bytes(steps in vec((1_u64..1 << 40, any::<u32>()), 0..200)) {
            let mut fid = 0;
            let span: Vec<Sighting> =
                steps.into_iter().map(|(step, row)| { fid += step; Sighting { fid, import: 7, row } }).collect();
            let read: Vec<(u64, u32)> = unpack(&pack(&span)).collect();
            prop_assert_eq!(read, span.iter().map(|s| (s.fid, s.row)).collect::<Vec<_>>());
        }

        #[test]
        fn bytes_of_any_kind_end_somewhere(bytes in vec(any::<u8>(), 0..300)) {
            prop_assert!(unpack(&bytes).count() <= bytes.len());
        }
    }

    #[test]
    fn rows_in_order_take_two_bytes_each() {
        let span: Vec<Sighting> = (1..=1000).map(|n| Sighting { fid: n, import: 1, row: n as u32 + 1 }).collect();
        assert_eq!(pack(&span).len(), 2000);
    }
}
