//! Reading: all current rows, or those that changed. Every answer comes from one read transaction.

use rusqlite::{Connection, Statement};

use super::rows::{self, Fault, Reader};
use super::schema;
use crate::model::{FeatureId, Layer};
use crate::store::{Change, Changes, Revision, Row, Snapshot, Source};

/// Rows handed over at a time.
const BATCH: usize = 4096;

/// The number of the log's last entry.
pub fn head(conn: &Connection) -> rusqlite::Result<Revision> {
    conn.prepare_cached("select seq from firemap_head")?
        .query_row([], |row| row.get::<_, i64>(0))
        .map(|seq| Revision(u64::try_from(seq).unwrap_or(0)))
}

fn snapshot(conn: &Connection) -> rusqlite::Result<Snapshot> {
    let sources = conn
        .prepare_cached("select name, attribution, demo from firemap_source order by name")?
        .query_map([], |row| Ok(Source { name: row.get(0)?, attribution: row.get(1)?, demo: row.get(2)? }))?
        .collect::<rusqlite::Result<_>>()?;
    let zone =
        conn.prepare_cached("select value from firemap_meta where key = 'zone'")?.query_row([], |row| row.get(0))?;
    Ok(Snapshot { revision: head(conn)?, sources, zone })
}

/// Hands every row to `sink`, in order of layer and number; what was wrong with rows beside it.
pub fn load(conn: &Connection, sink: &mut dyn FnMut(Vec<Row>)) -> rusqlite::Result<(Snapshot, Vec<Fault>)> {
    let tx = conn.unchecked_transaction()?;
    let snapshot = snapshot(&tx)?;
    let mut faults = Vec::new();
    for layer in Layer::ALL {
        let mut reader = Reader::new(layer, false);
        let mut statement = tx.prepare(&format!("{} order by fid", rows::select(layer)))?;
        let mut stored = statement.query([])?;
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(row) = stored.next()? {
            batch.extend(reader.read(row)?);
            if batch.len() == BATCH {
                sink(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)));
            }
        }
        if !batch.is_empty() {
            sink(batch);
        }
        faults.append(&mut reader.faults);
    }
    Ok((snapshot, faults))
}

/// What changed after a revision; rows that cannot be read are gone, and told beside it.
pub fn changes(conn: &Connection, after: Revision) -> rusqlite::Result<(Changes, Vec<Fault>)> {
    let tx = conn.unchecked_transaction()?;
    let snapshot = snapshot(&tx)?;
    let after = i64::try_from(after.0).unwrap_or(i64::MAX);
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for layer in Layer::ALL {
        let mut reader = Reader::new(layer, false);
        let mut statement = tx.prepare_cached(&format!("{} where fid = ?1", rows::select(layer)))?;
        for fid in changed(&tx, layer, after)? {
            let gone = Change::Gone(layer, FeatureId(fid as u64));
            all.push(now(&mut statement, &mut reader, fid)?.map_or(gone, Change::Put));
        }
        faults.append(&mut reader.faults);
    }
    Ok((Changes { snapshot, rows: all }, faults))
}

fn now(statement: &mut Statement<'_>, reader: &mut Reader, fid: i64) -> rusqlite::Result<Option<Row>> {
    match statement.query([fid])?.next()? {
        Some(row) => reader.read(row),
        None => Ok(None),
    }
}

/// Numbers of the rows that may have changed. Across a gap in the log that is every row there is or ever was.
fn changed(conn: &Connection, layer: Layer, after: i64) -> rusqlite::Result<Vec<i64>> {
    let (table, log) = (layer.name(), schema::log(layer));
    let has_gap =
        conn.prepare_cached(&format!("select 1 from {log} where seq > ?1 and op = 'gap'"))?.exists([after])?;
    let sql = if has_gap {
        format!("select fid from {table} where ?1 not null union select fid from {log} where fid not null order by 1")
    } else {
        format!("select distinct fid from {log} where seq > ?1 order by 1")
    };
    conn.prepare_cached(&sql)?.query_map([after], |row| row.get(0))?.collect()
}
