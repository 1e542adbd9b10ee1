//! Reading: all current rows, or those that changed. Every answer comes from one read transaction.

use std::ops::RangeInclusive;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, Statement};

use super::rows::{self, Fault, Reader};
use super::{imports, relief, schema};
use crate::model::{FeatureId, Layer};
use crate::store::{Change, Changes, Revision, Row, Snapshot, Source};

/// Rows handed over at a time.
const BATCH: usize = 256;

/// The number of the log's last entry.
pub fn head(conn: &Connection) -> rusqlite::Result<Revision> {
    conn.prepare_cached("select seq from firemap_head")?
        .query_row([], |row| row.get::<_, i64>(0))
        .map(|seq| Revision(u64::try_from(seq).unwrap_or(0)))
}

pub fn snapshot(conn: &Connection) -> rusqlite::Result<Snapshot> {
    let sources = conn
        .prepare_cached("select name, attribution, demo from firemap_source order by name")?
        .query_map([], |row| Ok(Source { name: row.get(0)?, attribution: row.get(1)?, demo: row.get(2)? }))?
        .collect::<rusqlite::Result<_>>()?;
    let zone =
        conn.prepare_cached("select value from firemap_meta where key = 'zone'")?.query_row([], |row| row.get(0))?;
    Ok(Snapshot { revision: head(conn)?, sources, zone })
}

/// Hands every row of some layers to `sink`, a thread a connection; what was wrong with rows beside it, in order of layer and number.
/// The connections end with it.
pub fn load(
    conns: Vec<Connection>,
    layers: &[Layer],
    sink: &(dyn Fn(Vec<Row>) + Sync),
) -> rusqlite::Result<(Snapshot, Vec<Fault>)> {
    let conns = of_one_revision(conns)?;
    let first = conns.first().ok_or(rusqlite::Error::InvalidQuery)?;
    let snapshot = snapshot(first)?;
    let files = imports::files(first)?;
    let spans = Mutex::new(spans(first, layers)?.into_iter());
    let read_all = |conn: Connection| -> rusqlite::Result<Vec<Fault>> {
        let mut faults = Vec::new();
        loop {
            let next = spans.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((layer, fids)) = next else { return Ok(faults) };
            let mut reader = Reader::new(layer, false, files.clone());
            read(&conn, fids, &mut reader, sink)?;
            faults.append(&mut reader.faults);
        }
    };
    let faults: rusqlite::Result<Vec<Vec<Fault>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = conns.into_iter().map(|conn| scope.spawn(|| read_all(conn))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    let mut faults: Vec<Fault> = faults?.into_iter().flatten().collect();
    faults.sort_by_key(|fault| (fault.layer as usize, fault.id));
    Ok((snapshot, faults))
}

/// Begins a read transaction on each connection so that all see the same revision. Where others write too fast for
/// that, the first one reads alone.
fn of_one_revision(mut conns: Vec<Connection>) -> rusqlite::Result<Vec<Connection>> {
    for _ in 0..20 {
        let mut heads = Vec::new();
        for conn in &conns {
            conn.execute_batch("begin")?;
            heads.push(head(conn)?);
        }
        if heads.windows(2).all(|pair| pair[0] == pair[1]) {
            return Ok(conns);
        }
        conns.iter().try_for_each(|conn| conn.execute_batch("rollback"))?;
    }
    conns.truncate(1);
    conns.iter().try_for_each(|conn| conn.execute_batch("begin"))?;
    Ok(conns)
}

/// The numbers of each layer's rows, cut into spans that threads take one after the other.
fn spans(conn: &Connection, layers: &[Layer]) -> rusqlite::Result<Vec<(Layer, RangeInclusive<i64>)>> {
    const A_SPAN: i128 = 1 << 15;
    const MOST: i128 = 1 << 12;
    let mut spans = Vec::new();
    for &layer in layers {
        // Two questions: SQLite answers each at an end of the table, both at once by reading all of it.
        let end = |which: &str| -> rusqlite::Result<Option<i64>> {
            conn.query_row(&format!("select {which}(fid) from {}", layer.name()), [], |row| row.get(0))
        };
        let ends = (end("min")?, end("max")?);
        let (Some(first), Some(last)) = ends else { continue };
        let all = i128::from(last) - i128::from(first) + 1;
        let count = (all / A_SPAN + 1).min(MOST);
        // Both ends of a span lie between `first` and `last`.
        let begin = |nth: i128| i128::from(first) + all * nth / count;
        spans.extend((0..count).map(|nth| (layer, begin(nth) as i64..=(begin(nth + 1) - 1) as i64)));
    }
    Ok(spans)
}

fn read(
    conn: &Connection,
    fids: RangeInclusive<i64>,
    reader: &mut Reader,
    sink: &(dyn Fn(Vec<Row>) + Sync),
) -> rusqlite::Result<()> {
    let mut statement =
        conn.prepare_cached(&format!("{} where fid between ?1 and ?2", rows::select(reader.layer())))?;
    let mut stored = statement.query([fids.start(), fids.end()])?;
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
    Ok(())
}

/// What changed after a revision; rows that cannot be read are gone, and told beside it.
pub fn changes(conn: &Connection, after: Revision) -> rusqlite::Result<(Changes, Vec<Fault>)> {
    let tx = conn.unchecked_transaction()?;
    let snapshot = snapshot(&tx)?;
    let after = i64::try_from(after.0).unwrap_or(i64::MAX);
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    let files = imports::files(&tx)?;
    for layer in Layer::ALL {
        let mut reader = Reader::new(layer, false, files.clone());
        let mut statement = tx.prepare_cached(&format!("{} where fid = ?1", rows::select(layer)))?;
        for fid in changed(&tx, layer, after)? {
            let gone = Change::Gone(layer, FeatureId(fid as u64));
            all.push(now(&mut statement, &mut reader, fid)?.map_or(gone, Change::Put));
        }
        faults.append(&mut reader.faults);
    }
    let relief_changed = relief::changed(&tx, after)?;
    Ok((Changes { snapshot, rows: all, relief_changed }, faults))
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
        // By place in the log: the index by number would have to be read whole.
        format!("select distinct fid from {log} not indexed where seq > ?1 order by 1")
    };
    conn.prepare_cached(&sql)?.query_map([after], |row| row.get(0))?.collect()
}
