//! The writes of one batch to one layer: gathered, then compared and written by sets.

use std::collections::{HashMap, HashSet};

use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::cell::Column;
use super::rows::{self, Columns, Reader};
use super::write::Failure;
use crate::model::{Feature, Layer};
use crate::store::geopackage::blob;
use crate::store::geopackage::imports::Sighting;
use crate::store::geopackage::rows::{keep_left_out, says_the_same};
use crate::store::{Counts, Row, RowChange};

/// Features written at a time at most, and bytes of their shapes.
const MOST: usize = 1000;
const MOST_BYTES: usize = 8 << 20;

/// A feature on its way.
struct Pending {
    feature: Feature,
    /// Its shape as a GeoPackage has it.
    geom: Vec<u8>,
    /// What an export leaves out stays as it is.
    amends: bool,
    import: u32,
}

/// What was done to a row, for the one who watches.
pub enum Done {
    /// It was added.
    Added(Feature),
    /// It says something else.
    Changed(Option<Feature>, Feature),
    /// It was taken away: layer, source, key.
    Retired(Layer, Box<str>, Box<str>),
}

impl Done {
    /// As it is told.
    pub fn told(&self) -> RowChange<'_> {
        match self {
            Done::Added(feature) => RowChange::Added(feature),
            Done::Changed(old, new) => RowChange::Changed { old: old.as_ref(), new },
            Done::Retired(layer, source, source_key) => RowChange::Retired { layer: *layer, source, source_key },
        }
    }
}

/// Writes to one layer within a transaction.
pub struct LayerWriter {
    layer: Layer,
    /// The greatest number it had before.
    last_before: i64,
    reader: Reader,
    pending: Vec<Pending>,
    bytes: usize,
    /// Hashes of the keys of what is pending: of a feature named twice the first one is written before the second.
    keys: HashSet<(std::sync::Arc<str>, Box<str>)>,
    counts: Counts,
    seen: Vec<Sighting>,
    spared: Vec<u64>,
}

impl LayerWriter {
    /// A writer to a layer.
    pub async fn new(conn: &mut PgConnection, layer: Layer) -> sqlx::Result<LayerWriter> {
        let sql = format!("select coalesce(max(fid), 0) from \"{}\"", layer.name());
        Ok(LayerWriter {
            layer,
            last_before: sqlx::query(AssertSqlSafe(sql)).fetch_one(conn).await?.try_get(0)?,
            reader: Reader::new(layer, true, Default::default()),
            pending: Vec::new(),
            bytes: 0,
            keys: HashSet::new(),
            counts: Counts::default(),
            seen: Vec::new(),
            spared: Vec::new(),
        })
    }

    /// Adds a feature, or brings the one of its source and key up to it, when the next set is written.
    pub async fn put(
        &mut self,
        conn: &mut PgConnection,
        feature: Feature,
        amends: bool,
        import: u32,
        done: &mut Vec<Done>,
    ) -> Result<(), Failure> {
        let key = (feature.source.clone(), feature.source_key.clone());
        if self.keys.contains(&key) || self.pending.len() >= MOST || self.bytes >= MOST_BYTES {
            self.flush(conn, done).await?;
        }
        self.keys.insert(key);
        let geom = blob::write(&feature.shape);
        self.bytes += geom.len();
        self.pending.push(Pending { feature, geom, amends, import });
        Ok(())
    }

    /// Writes what is pending.
    pub async fn flush(&mut self, conn: &mut PgConnection, done: &mut Vec<Done>) -> Result<(), Failure> {
        let mut pending = std::mem::take(&mut self.pending);
        self.keys.clear();
        self.bytes = 0;
        if pending.is_empty() {
            return Ok(());
        }
        let mut stored = self.find(&mut *conn, &pending).await?;
        let (mut added, mut changed) = (Columns::new(self.layer), Columns::new(self.layer));
        let (mut new, mut changed_fids) = (Vec::new(), Vec::new());
        for (nth, Pending { feature, geom, amends, import }) in pending.iter_mut().enumerate() {
            let wkb = geom.get(blob::HEADER..).unwrap_or_default();
            let Some((fid, row, is_sound)) = stored.remove(&nth) else {
                added.push(feature, wkb, Some(*import))?;
                new.push(nth);
                continue;
            };
            if let (true, Some(row)) = (*amends, &row) {
                keep_left_out(&row.feature, feature);
            }
            let position = u32::try_from(feature.origin.row).unwrap_or(u32::MAX);
            self.seen.push(Sighting { fid: fid as u64, import: *import, row: position });
            if is_sound && row.as_ref().is_some_and(|row| says_the_same(&row.feature, feature, geom)) {
                self.counts.unchanged += 1;
                continue;
            }
            changed.push(feature, wkb, Some(*import))?;
            changed_fids.push(fid);
            self.counts.changed += 1;
            done.push(Done::Changed(row.map(|row| row.feature), feature.clone()));
        }
        if !changed_fids.is_empty() {
            let mut columns = changed.finish();
            columns.push(Column::integers(changed_fids));
            bound(rows::update(self.layer), columns).execute(&mut *conn).await?;
        }
        if !new.is_empty() {
            let given = bound(rows::insert(self.layer), added.finish()).fetch_all(conn).await?;
            for (nth, row) in new.into_iter().zip(given) {
                let (fid, Pending { feature, import, .. }) = (row.try_get::<i64, _>(0)?, &pending[nth]);
                let position = u32::try_from(feature.origin.row).unwrap_or(u32::MAX);
                self.seen.push(Sighting { fid: fid as u64, import: *import, row: position });
                self.counts.added += 1;
                done.push(Done::Added(feature.clone()));
            }
        }
        Ok(())
    }

    /// The rows there are of what is pending, by its place there: number, what could be read, whether that is all.
    async fn find(
        &mut self,
        conn: &mut PgConnection,
        pending: &[Pending],
    ) -> sqlx::Result<HashMap<usize, (i64, Option<Row>, bool)>> {
        let sql = format!(
            "select {}, u.nth from unnest($1, $2) with ordinality u(source, source_key, nth)
             join \"{}\" t on t.source = u.source and t.source_key = u.source_key",
            rows::selected(self.layer),
            self.layer.name()
        );
        let found = sqlx::query(AssertSqlSafe(sql))
            .bind(Column::texts(pending.iter().map(|one| &*one.feature.source)))
            .bind(Column::texts(pending.iter().map(|one| &*one.feature.source_key)))
            .fetch_all(conn)
            .await?;
        let mut stored = HashMap::new();
        for row in found {
            self.reader.faults.clear();
            let (fid, nth): (i64, i64) = (row.try_get(0)?, row.try_get(row.len() - 1)?);
            let read = self.reader.read(&row)?;
            stored.insert(nth as usize - 1, (fid, read, self.reader.faults.is_empty()));
        }
        Ok(stored)
    }

    /// Keeps a feature from being taken away with the rest; nothing where there is none.
    pub async fn spare(
        &mut self,
        conn: &mut PgConnection,
        source: &str,
        key: &str,
        done: &mut Vec<Done>,
    ) -> Result<(), Failure> {
        self.flush(&mut *conn, done).await?;
        let sql = format!("select fid from \"{}\" where source = $1 and source_key = $2", self.layer.name());
        let found = sqlx::query(AssertSqlSafe(sql)).bind(source).bind(key).fetch_optional(conn).await?;
        self.spared.extend(found.map(|row| row.try_get::<i64, _>(0)).transpose()?.map(|fid| fid as u64));
        Ok(())
    }

    /// Takes features of a source away; nothing where there is none.
    pub async fn retire(
        &mut self,
        conn: &mut PgConnection,
        source: &str,
        keys: &[&str],
        done: &mut Vec<Done>,
    ) -> Result<(), Failure> {
        self.flush(&mut *conn, done).await?;
        let sql = format!(
            "delete from \"{}\" t using unnest($2) u(key) where t.source = $1 and t.source_key = u.key
             returning t.fid, t.source_key",
            self.layer.name()
        );
        let gone = sqlx::query(AssertSqlSafe(sql)).bind(source).bind(Column::texts(keys.iter().copied()));
        let mut gone: Vec<(i64, String)> = gone
            .fetch_all(conn)
            .await?
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<sqlx::Result<_>>()?;
        gone.sort();
        self.counts.retired += gone.len() as u64;
        done.extend(gone.into_iter().map(|(_, key)| Done::Retired(self.layer, source.into(), key.into())));
        Ok(())
    }

    /// Takes away what this batch has not named of a source. Refuses to take more than half of it unless `even_most`.
    pub async fn retire_rest(
        &mut self,
        conn: &mut PgConnection,
        source: &str,
        even_most: bool,
        done: &mut Vec<Done>,
    ) -> Result<(), Failure> {
        self.flush(&mut *conn, done).await?;
        let named: HashSet<u64> =
            self.seen.iter().map(|sighting| sighting.fid).chain(self.spared.iter().copied()).collect();
        // What this batch itself has added is named, and does not make the rest a smaller share.
        let sql = format!(
            "select fid, source_key from \"{}\" where source = $1 and fid <= $2 order by fid",
            self.layer.name()
        );
        let there = sqlx::query(AssertSqlSafe(sql)).bind(source).bind(self.last_before).fetch_all(&mut *conn).await?;
        let of = there.len() as u64;
        let mut rest = Vec::<String>::new();
        for row in there {
            if !named.contains(&(row.try_get::<i64, _>(0)? as u64)) {
                rest.push(row.try_get(1)?);
            }
        }
        let gone = rest.len() as u64;
        if 2 * gone > of && !even_most {
            return Err(Failure::RetiresMost { layer: self.layer, source: source.to_owned(), gone, of });
        }
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        for some in rest.chunks(MOST) {
            self.retire(&mut *conn, source, some, done).await?;
        }
        Ok(())
    }

    /// What became of the writes, and which features were named; nothing is pending any more.
    pub fn finish(self) -> (Layer, Counts, Vec<Sighting>) {
        (self.layer, self.counts, self.seen)
    }
}

/// SQL with columns bound to it.
pub fn bound(
    sql: String,
    columns: Vec<Column>,
) -> sqlx::query::Query<'static, sqlx::Postgres, sqlx::postgres::PgArguments> {
    columns.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, column| query.bind(column))
}
