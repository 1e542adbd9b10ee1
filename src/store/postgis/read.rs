//! Reading: all current rows, or those that changed. Every answer is of one snapshot of the database.

use std::ops::RangeInclusive;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::cell::Column;
use super::imports;
use super::link::{ANSWER, Lent, Link};
use super::rows::{self, Reader};
use crate::model::{FeatureId, Layer};
use crate::store::geopackage::{Fault, rows::Files};
use crate::store::{Change, Changes, Revision, Row, Snapshot, Source, StoreError};

/// Rows handed over at a time.
const BATCH: usize = 256;
/// Connections that read a store at the same time at most.
const MOST_READERS: usize = 4;
/// How long a span of rows may take.
const SPAN: Duration = Duration::from_secs(600);

/// A transaction that sees one moment of the database and writes nothing.
pub const BEGIN: &str = "begin isolation level repeatable read read only";

/// The number of the log's last entry.
pub async fn head(conn: &mut PgConnection) -> sqlx::Result<Revision> {
    let row = sqlx::query("select seq from firemap_head").fetch_one(conn).await?;
    row.try_get::<i64, _>(0).map(|seq| Revision(u64::try_from(seq).unwrap_or(0)))
}

/// What stands beside the rows.
pub async fn snapshot(conn: &mut PgConnection) -> sqlx::Result<Snapshot> {
    let sources = sqlx::query("select name, attribution, demo from firemap_source order by name collate \"C\"");
    let source = |row: sqlx::postgres::PgRow| {
        let name: String = row.try_get(0)?;
        Ok(Source { name: name.into(), attribution: row.try_get(1)?, demo: row.try_get(2)? })
    };
    let sources = sources.fetch_all(&mut *conn).await?.into_iter().map(source).collect::<sqlx::Result<_>>()?;
    let zone = sqlx::query("select value from firemap_meta where key = 'zone'").fetch_one(&mut *conn).await?;
    Ok(Snapshot { revision: head(conn).await?, sources, zone: zone.try_get(0)? })
}

/// Hands every row of some layers to `sink`, a thread a connection; what was wrong with rows beside it, in order of
/// layer and number.
pub fn load(
    link: &Link,
    layers: &[Layer],
    sink: &(dyn Fn(Vec<Row>) + Sync),
) -> Result<(Snapshot, Vec<Fault>), StoreError> {
    let told = |error: sqlx::Error| link.told(&error);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(MOST_READERS));
    let mut first = link.lend()?;
    let begun = link.block(ANSWER, async {
        let conn = first.conn();
        sqlx::raw_sql(BEGIN).execute(&mut *conn).await?;
        let exported: String = sqlx::query("select pg_export_snapshot()").fetch_one(&mut *conn).await?.try_get(0)?;
        let (snapshot, files) = (snapshot(&mut *conn).await?, imports::files(&mut *conn).await?);
        sqlx::Result::Ok((exported, snapshot, files, spans(conn, layers).await?))
    });
    let (exported, snapshot, files, spans) = begun.map_err(told)?;
    let mut others = Vec::new();
    for _ in 1..threads.min(spans.len()) {
        let mut other = link.lend()?;
        // The name is the database's own: digits and dashes.
        let sql = format!("{BEGIN}; set transaction snapshot '{exported}'");
        link.block(ANSWER, sqlx::raw_sql(AssertSqlSafe(sql)).execute(other.conn())).map_err(told)?;
        others.push(other);
    }
    let spans = Mutex::new(spans.into_iter());
    let read_all = |mut lent: Lent<'_>| -> Result<Vec<Fault>, StoreError> {
        let mut faults = Vec::new();
        let conn = lent.conn();
        link.block(ANSWER, sqlx::raw_sql("set local statement_timeout = 0").execute(&mut *conn)).map_err(told)?;
        loop {
            let next = spans.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((layer, fids)) = next else { break };
            let mut reader = Reader::new(layer, false, files.clone());
            link.block(SPAN, read(conn, layer, fids, &mut reader, sink)).map_err(told)?;
            faults.append(&mut reader.faults);
        }
        link.block(ANSWER, sqlx::raw_sql("rollback").execute(conn)).map_err(told)?;
        lent.keep();
        Ok(faults)
    };
    let faults: Result<Vec<Vec<Fault>>, StoreError> = std::thread::scope(|scope| {
        let threads: Vec<_> = others.into_iter().map(|lent| scope.spawn(|| read_all(lent))).collect();
        // The one that has given its snapshot to the others stays open until they have taken it, which they have.
        let own = read_all(first);
        let others = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        std::iter::once(own).chain(others.collect::<Vec<_>>()).collect()
    });
    let mut faults: Vec<Fault> = faults?.into_iter().flatten().collect();
    faults.sort_by_key(|fault| (fault.layer as usize, fault.id));
    Ok((snapshot, faults))
}

/// The numbers of each layer's rows, cut into spans that threads take one after the other.
async fn spans(conn: &mut PgConnection, layers: &[Layer]) -> sqlx::Result<Vec<(Layer, RangeInclusive<i64>)>> {
    const A_SPAN: i128 = 1 << 15;
    const MOST: i128 = 1 << 12;
    let mut spans = Vec::new();
    for &layer in layers {
        let sql = format!("select min(fid), max(fid) from \"{}\"", layer.name());
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut *conn).await?;
        let ends: (Option<i64>, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
        let (Some(first), Some(last)) = ends else { continue };
        let all = i128::from(last) - i128::from(first) + 1;
        let count = (all / A_SPAN + 1).min(MOST);
        // Both ends of a span lie between `first` and `last`.
        let begin = |nth: i128| i128::from(first) + all * nth / count;
        spans.extend((0..count).map(|nth| (layer, begin(nth) as i64..=(begin(nth + 1) - 1) as i64)));
    }
    Ok(spans)
}

async fn read(
    conn: &mut PgConnection,
    layer: Layer,
    fids: RangeInclusive<i64>,
    reader: &mut Reader,
    sink: &(dyn Fn(Vec<Row>) + Sync),
) -> sqlx::Result<()> {
    let sql = format!("select {} from \"{}\" t where t.fid between $1 and $2", rows::selected(layer), layer.name());
    let mut stored = sqlx::query(AssertSqlSafe(sql)).bind(*fids.start()).bind(*fids.end()).fetch(conn);
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(row) = stored.try_next().await? {
        batch.extend(reader.read(&row)?);
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
pub async fn changes(conn: &mut PgConnection, after: Revision) -> sqlx::Result<(Changes, Vec<Fault>)> {
    sqlx::raw_sql(BEGIN).execute(&mut *conn).await?;
    let snapshot = snapshot(&mut *conn).await?;
    let after = i64::try_from(after.0).unwrap_or(i64::MAX);
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    let (changed, relief_changed) = changed(&mut *conn, after).await?;
    let files = if changed.is_empty() { Files::default() } else { imports::files(&mut *conn).await? };
    for (layer, fids) in changed {
        let mut reader = Reader::new(layer, false, files.clone());
        let sql = format!("select {} from \"{}\" t where t.fid = any($1)", rows::selected(layer), layer.name());
        let mut now = std::collections::HashMap::new();
        let mut stored = sqlx::query(AssertSqlSafe(sql)).bind(Column::integers(fids.iter().copied())).fetch(&mut *conn);
        while let Some(row) = stored.try_next().await? {
            now.extend(reader.read(&row)?.map(|row| (row.id, row)));
        }
        all.extend(fids.into_iter().map(|fid| {
            let id = FeatureId(fid as u64);
            now.remove(&id).map_or(Change::Gone(layer, id), Change::Put)
        }));
        faults.append(&mut reader.faults);
    }
    sqlx::raw_sql("rollback").execute(conn).await?;
    Ok((Changes { snapshot, rows: all, relief_changed }, faults))
}

/// Numbers of the rows that may have changed, by layer, and whether heights did. Across a gap in the log that is every
/// row there is or ever was.
async fn changed(conn: &mut PgConnection, after: i64) -> sqlx::Result<(Vec<(Layer, Vec<i64>)>, bool)> {
    let of_layer = |layer: Layer| {
        let (nth, log) = (layer as usize, super::log(layer));
        format!("select distinct {nth}::bigint as layer, fid from {log} where seq > $1")
    };
    let logs = Layer::ALL.map(of_layer).join(" union all ");
    let sql = format!(
        "{logs} union all select -1, null where exists (select from firemap_relief_log where seq > $1)
         order by layer, fid"
    );
    let mut layers: Vec<(Layer, Vec<i64>)> = Vec::new();
    let mut relief = false;
    let mut gaps = Vec::new();
    for row in sqlx::query(AssertSqlSafe(sql)).bind(after).fetch_all(&mut *conn).await? {
        let nth: i64 = row.try_get(0)?;
        let Some(layer) = usize::try_from(nth).ok().and_then(|nth| Layer::ALL.get(nth).copied()) else {
            relief = true;
            continue;
        };
        match (row.try_get::<Option<i64>, _>(1)?, layers.last_mut()) {
            (None, _) => gaps.push(layer),
            (Some(fid), Some((of, fids))) if *of == layer => fids.push(fid),
            (Some(fid), _) => layers.push((layer, vec![fid])),
        }
    }
    for layer in gaps {
        let (table, log) = (layer.name(), super::log(layer));
        let sql = format!("select fid from \"{table}\" union select fid from {log} where fid is not null order by fid");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *conn).await?;
        let fids = rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<Vec<i64>>>()?;
        layers.retain(|(of, _)| *of != layer);
        layers.push((layer, fids));
    }
    layers.sort_by_key(|(layer, _)| *layer as usize);
    Ok((layers, relief))
}
