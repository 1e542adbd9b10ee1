//! The writes of one batch to one layer.
//!
//! A layer that is empty is filled without triggers; log and R-tree are written by sets at the end, which is several
//! times faster. All of it stays within the batch's transaction.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Statement};

use super::imports::{NewlySeen, Sighting};
use super::rows::{self, Reader};
use super::write::{Failure, Files};
use super::{rtree, schema};
use crate::model::{Bounds, Feature, Layer};
use crate::store::{Counts, Row, RowChange, Watch};

/// What SQLite says of a second row with a source and key that are there (`SQLITE_CONSTRAINT_UNIQUE`).
const UNIQUE: i32 = 2067;

/// Writes to one layer within a transaction.
pub struct LayerWriter<'tx> {
    conn: &'tx Connection,
    layer: Layer,
    /// It was empty: no trigger stands.
    first: bool,
    /// The greatest number it had before.
    last_before: i64,
    now: String,
    find: Statement<'tx>,
    insert: Statement<'tx>,
    update: Statement<'tx>,
    delete: Statement<'tx>,
    reader: Reader,
    counts: Counts,
    bounds: Option<Bounds>,
    /// Features that were there before and those put twice, and where they stood.
    seen: Vec<Sighting>,
    /// Where those stood that are new.
    newly_seen: NewlySeen,
    /// Numbers of features that stay though they were not put.
    spared: Vec<u64>,
}

/// What stays of a stored feature that is put again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Nothing: the new one stands for all of it.
    Nothing,
    /// What an export leaves out.
    LeftOut,
}

/// A row as it is stored.
struct Stored {
    /// `None` where its shape cannot be read.
    row: Option<Row>,
    /// Whether all of it could be read.
    sound: bool,
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
            last_before: conn.query_row(&format!("select coalesce(max(fid), 0) from {table}"), [], |row| row.get(0))?,
            now: conn.query_row(&format!("select {}", schema::NOW), [], |row| row.get(0))?,
            find: conn.prepare(&format!("{} where source = ?1 and source_key = ?2", rows::select(layer)))?,
            insert: conn.prepare(&rows::insert(layer))?,
            update: conn.prepare(&rows::update(layer))?,
            delete: conn.prepare(&format!("delete from {table} where source = ?1 and source_key = ?2"))?,
            reader: Reader::new(layer, true, Default::default()),
            counts: Counts::default(),
            bounds: None,
            seen: Vec::new(),
            newly_seen: NewlySeen::default(),
            spared: Vec::new(),
        })
    }

    /// Adds a feature, or brings the one of its source and key up to it. `geom` is its shape's bytes.
    pub fn put(
        &mut self,
        mut feature: Feature,
        geom: &[u8],
        keep: Keep,
        files: &mut Files<'_>,
        watch: &mut Option<Box<dyn Watch>>,
    ) -> Result<(), Failure> {
        let import = files.import_of(&feature)?;
        // Of a layer that was empty the table itself tells the few that this batch has put before.
        let found = if self.first { None } else { self.find(&feature)? };
        let added = if found.is_none() { self.add(&feature, geom, import, watch)? } else { None };
        let fid = match added {
            Some(fid) => fid,
            None => {
                let found = if found.is_none() { self.find(&feature)? } else { found };
                let (fid, stored) = found.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
                if let (Keep::LeftOut, Some(stored)) = (keep, &stored.row) {
                    rows::keep_left_out(&stored.feature, &mut feature);
                }
                self.bring_up((fid, stored), &feature, geom, import, watch)?;
                fid
            }
        };
        let row = u32::try_from(feature.origin.row).unwrap_or(u32::MAX);
        let sighting = Sighting { fid: fid as u64, import, row };
        match added {
            Some(_) => self.newly_seen.add(self.conn, self.layer, sighting)?,
            None => self.seen.push(sighting),
        }
        Ok(())
    }

    /// Adds a feature and says its number; `None` where one of its source and key is there.
    fn add(
        &mut self,
        feature: &Feature,
        geom: &[u8],
        import: u32,
        watch: &mut Option<Box<dyn Watch>>,
    ) -> Result<Option<i64>, Failure> {
        let next = rows::bind(&mut self.insert, feature, geom, Some(import))?;
        self.insert.raw_bind_parameter(next, &self.now)?;
        // `on conflict do nothing` would use up a number.
        match self.insert.raw_execute() {
            Err(rusqlite::Error::SqliteFailure(error, _)) if error.extended_code == UNIQUE => return Ok(None),
            done => done?,
        };
        // Triggers leave it as it is.
        let fid = self.conn.last_insert_rowid();
        self.counts.added += 1;
        self.stretch(feature);
        if let Some(watch) = watch {
            watch.change(RowChange::Added(feature))?;
        }
        Ok(Some(fid))
    }

    /// Makes a stored feature say what the new one says.
    fn bring_up(
        &mut self,
        (fid, stored): (i64, Stored),
        feature: &Feature,
        geom: &[u8],
        import: u32,
        watch: &mut Option<Box<dyn Watch>>,
    ) -> Result<(), Failure> {
        let row = stored.row.map(|row| row.feature);
        if stored.sound && row.as_ref().is_some_and(|stored| rows::says_the_same(stored, feature, geom)) {
            self.counts.unchanged += 1;
            return Ok(());
        }
        let next = rows::bind(&mut self.update, feature, geom, Some(import))?;
        self.update.raw_bind_parameter(next, &self.now)?;
        self.update.raw_bind_parameter(next + 1, fid)?;
        self.update.raw_execute()?;
        self.counts.changed += 1;
        self.stretch(feature);
        if let Some(watch) = watch {
            watch.change(RowChange::Changed { old: row.as_ref(), new: feature })?;
        }
        Ok(())
    }

    /// Keeps a feature from being taken away with the rest; nothing where there is none.
    pub fn spare(&mut self, source: &str, key: &str) -> rusqlite::Result<()> {
        let sql = format!("select fid from {} where source = ?1 and source_key = ?2", self.layer.name());
        let fid = self.conn.prepare_cached(&sql)?.query_row([source, key], |row| row.get::<_, i64>(0)).optional()?;
        self.spared.extend(fid.map(|fid| fid as u64));
        Ok(())
    }

    /// Takes a feature away; nothing where there is none.
    pub fn retire(&mut self, source: &str, key: &str, watch: &mut Option<Box<dyn Watch>>) -> Result<(), Failure> {
        let gone = self.delete.execute([source, key])? as u64;
        self.counts.retired += gone;
        if let (Some(watch), 1..) = (watch, gone) {
            watch.change(RowChange::Retired { layer: self.layer, source, source_key: key })?;
        }
        Ok(())
    }

    /// Takes away what this batch has not named of a source. Refuses to take more than half of it unless `even_most`.
    pub fn retire_rest(
        &mut self,
        source: &str,
        even_most: bool,
        watch: &mut Option<Box<dyn Watch>>,
    ) -> Result<(), Failure> {
        let named: HashSet<u64> =
            self.seen.iter().map(|sighting| sighting.fid).chain(self.spared.iter().copied()).collect();
        let (mut of, mut rest) = (0, Vec::<String>::new());
        {
            let sql = format!("select fid, source_key from {} where source = ?1 order by fid", self.layer.name());
            let mut statement = self.conn.prepare(&sql)?;
            let mut rows = statement.query([source])?;
            while let Some(row) = rows.next()? {
                let fid: i64 = row.get(0)?;
                // What this batch itself has added is named, and does not make the rest a smaller share.
                let was_there = fid <= self.last_before;
                of += u64::from(was_there);
                if was_there && !named.contains(&(fid as u64)) {
                    rest.push(row.get(1)?);
                }
            }
        }
        let gone = rest.len() as u64;
        if 2 * gone > of && !even_most {
            return Err(Failure::RetiresMost { layer: self.layer, source: source.to_owned(), gone, of });
        }
        rest.iter().try_for_each(|key| self.retire(source, key, watch))
    }

    /// Writes what was put off; what became of the writes, and which features were named.
    pub fn finish(self, actor: &str) -> rusqlite::Result<(Layer, Counts, Vec<Sighting>)> {
        let LayerWriter { conn, layer, first, now, counts, bounds, seen, mut newly_seen, .. } = self;
        newly_seen.finish(conn, layer)?;
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
            rtree::fill(conn, table, &schema::rtree(layer))?;
            schema::make_triggers(conn, layer)?;
        }
        if counts.added + counts.changed + counts.retired > 0 {
            tell_contents(conn, layer, &now, bounds)?;
        }
        Ok((layer, counts, seen))
    }

    /// The number of the feature that is there, and what could be read of it.
    fn find(&mut self, feature: &Feature) -> rusqlite::Result<Option<(i64, Stored)>> {
        let mut stored = self.find.query([&*feature.source, &*feature.source_key])?;
        let Some(row) = stored.next()? else { return Ok(None) };
        let fid = row.get(0)?;
        self.reader.faults.clear();
        let row = self.reader.read(row)?;
        Ok(Some((fid, Stored { row, sound: self.reader.faults.is_empty() })))
    }

    fn stretch(&mut self, feature: &Feature) {
        let bounds = feature.shape.bounds();
        self.bounds = Some(self.bounds.map_or(bounds, |kept| kept.union(bounds)));
    }
}

/// Keeps the layer's entry in `gpkg_contents`: when it changed, and the box around it, which only grows.
pub fn tell_contents(conn: &Connection, layer: Layer, now: &str, bounds: Option<Bounds>) -> rusqlite::Result<()> {
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
