//! The writes of one batch to one layer.
//!
//! A layer that is empty is filled without triggers; log and R-tree are written by sets at the end, which is several
//! times faster. All of it stays within the batch's transaction.

use rusqlite::{Connection, Statement};

use super::rows::{self, Reader, Unstorable};
use super::schema;
use crate::model::{Bounds, Feature, Layer};
use crate::store::Counts;

/// Writes to one layer within a transaction.
pub struct LayerWriter<'tx> {
    conn: &'tx Connection,
    layer: Layer,
    /// It was empty: no trigger stands.
    first: bool,
    now: String,
    find: Statement<'tx>,
    insert: Statement<'tx>,
    update: Statement<'tx>,
    delete: Statement<'tx>,
    reader: Reader,
    counts: Counts,
    bounds: Option<Bounds>,
}

impl<'tx> LayerWriter<'tx> {
    /// A writer to a layer.
    pub fn new(conn: &'tx Connection, layer: Layer) -> rusqlite::Result<LayerWriter<'tx>> {
        let table = layer.name();
        let first = !conn.prepare(&format!("select 1 from {table}"))?.exists([])?;
        if first {
            schema::drop_triggers(conn, layer)?;
        }
        Ok(LayerWriter {
            conn,
            layer,
            first,
            now: conn.query_row(&format!("select {}", schema::NOW), [], |row| row.get(0))?,
            find: conn.prepare(&format!("{} where source = ?1 and source_key = ?2", rows::select(layer)))?,
            insert: conn.prepare(&rows::insert(layer))?,
            update: conn.prepare(&rows::update(layer))?,
            delete: conn.prepare(&format!("delete from {table} where source = ?1 and source_key = ?2"))?,
            reader: Reader::new(layer, true),
            counts: Counts::default(),
            bounds: None,
        })
    }

    /// Adds a feature, or brings the one of its source and key up to it. `geom` is its shape's bytes.
    pub fn put(&mut self, feature: &Feature, geom: &[u8]) -> Result<(), Unstorable> {
        match self.find(feature, geom)? {
            Some((_, true)) => self.counts.unchanged += 1,
            Some((fid, false)) => {
                let next = rows::bind(&mut self.update, feature, geom)?;
                self.update.raw_bind_parameter(next, &self.now)?;
                self.update.raw_bind_parameter(next + 1, fid)?;
                self.update.raw_execute()?;
                self.counts.changed += 1;
                self.stretch(feature);
            }
            None => {
                let next = rows::bind(&mut self.insert, feature, geom)?;
                self.insert.raw_bind_parameter(next, &self.now)?;
                self.insert.raw_execute()?;
                self.counts.added += 1;
                self.stretch(feature);
            }
        }
        Ok(())
    }

    /// Takes a feature away; nothing where there is none.
    pub fn retire(&mut self, source: &str, key: &str) -> rusqlite::Result<()> {
        self.counts.retired += self.delete.execute([source, key])? as u64;
        Ok(())
    }

    /// Writes what was put off; what became of the writes.
    pub fn finish(self, actor: &str) -> rusqlite::Result<(Layer, Counts)> {
        let LayerWriter { conn, layer, first, now, counts, bounds, .. } = self;
        if first {
            let (table, log) = (layer.name(), schema::log(layer));
            conn.execute(
                &format!(
                    "insert into {log} (seq, op, time, actor, fid)
                     select (select seq from firemap_head) + row_number() over (order by fid), 'insert', ?1, ?2, fid
                     from {table}"
                ),
                [&now, actor],
            )?;
            conn.execute(&format!("update firemap_head set seq = seq + (select count(*) from {table})"), [])?;
            schema::fill_rtree(conn, layer)?;
            schema::make_triggers(conn, layer)?;
        }
        if counts.added + counts.changed + counts.retired > 0 {
            tell_contents(conn, layer, &now, bounds)?;
        }
        Ok((layer, counts))
    }

    /// The number of the feature that is there, and whether it says the same.
    fn find(&mut self, feature: &Feature, geom: &[u8]) -> rusqlite::Result<Option<(i64, bool)>> {
        let mut stored = self.find.query([&*feature.source, &*feature.source_key])?;
        let Some(row) = stored.next()? else { return Ok(None) };
        let fid = row.get(0)?;
        self.reader.faults.clear();
        let read = self.reader.read(row)?;
        let sound = self.reader.faults.is_empty();
        let same = sound && read.is_some_and(|stored| rows::says_the_same(&stored.feature, feature, geom));
        Ok(Some((fid, same)))
    }

    fn stretch(&mut self, feature: &Feature) {
        let bounds = feature.shape.bounds();
        self.bounds = Some(self.bounds.map_or(bounds, |kept| kept.union(bounds)));
    }
}

/// Keeps the layer's entry in `gpkg_contents`: when it changed, and the box around it, which only grows.
fn tell_contents(conn: &Connection, layer: Layer, now: &str, bounds: Option<Bounds>) -> rusqlite::Result<()> {
    conn.execute("update gpkg_contents set last_change = ?1 where table_name = ?2", [now, layer.name()])?;
    let Some(Bounds { min, max }) = bounds else { return Ok(()) };
    conn.execute(
        "update gpkg_contents set min_x = min(coalesce(min_x, ?1), ?1), min_y = min(coalesce(min_y, ?2), ?2),
             max_x = max(coalesce(max_x, ?3), ?3), max_y = max(coalesce(max_y, ?4), ?4)
         where table_name = ?5",
        (min.lon_degrees(), min.lat_degrees(), max.lon_degrees(), max.lat_degrees(), layer.name()),
    )?;
    Ok(())
}
