//! The change log, read: entries, revisions of rows, and rows as they were.

use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::cell::Column;
use super::rows::{self, Reader};
use super::{imports, log, read};
use crate::model::{FeatureId, Layer};
use crate::store::geopackage::Fault;
use crate::store::{Change, Changes, Entry, Happened, PastError, Revision, Snapshot, Span};

/// A number of the log as the database has it.
pub fn seq(revision: Revision) -> i64 {
    i64::try_from(revision.0).unwrap_or(i64::MAX)
}

/// The number of a row as the database has it.
pub fn fid(id: FeatureId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

/// The last entry for each row that is not later than a revision.
pub async fn revisions(
    conn: &mut PgConnection,
    of: &[(Layer, FeatureId)],
    at: Revision,
) -> sqlx::Result<Vec<Option<Revision>>> {
    let mut all = vec![None; of.len()];
    for layer in Layer::ALL {
        let asked: Vec<(usize, i64)> =
            of.iter().enumerate().filter(|(_, (of, _))| *of == layer).map(|(nth, (_, id))| (nth, fid(*id))).collect();
        if asked.is_empty() {
            continue;
        }
        let sql = format!(
            "select (select max(l.seq) from {} l where l.fid = u.fid and l.seq <= $2)
             from unnest($1) with ordinality u(fid, nth) order by u.nth",
            log(layer)
        );
        let fids = Column::integers(asked.iter().map(|(_, fid)| *fid));
        let found = sqlx::query(AssertSqlSafe(sql)).bind(fids).bind(seq(at)).fetch_all(&mut *conn).await?;
        for ((nth, _), row) in asked.into_iter().zip(found) {
            all[nth] = row.try_get::<Option<i64>, _>(0)?.map(|seq| Revision(seq as u64));
        }
    }
    Ok(all)
}

/// Entries of the log, newest first.
pub async fn entries(conn: &mut PgConnection, span: &Span) -> sqlx::Result<Vec<Entry>> {
    sqlx::raw_sql(read::BEGIN).execute(&mut *conn).await?;
    let files = imports::files(&mut *conn).await?;
    let mut all = Vec::new();
    for layer in Layer::ALL.into_iter().filter(|layer| span.of.is_none_or(|(of, _)| of == *layer)) {
        let one = span.of.and_then(|(_, id)| id);
        let which = if one.is_some() { "(t.fid = $4 or t.op = 'gap')" } else { "$4::bigint is null" };
        let sql = format!(
            "select {} from {} t where {which} and t.seq > $1 and t.seq <= $2 order by t.seq desc limit $3",
            rows::selected_log(layer),
            log(layer)
        );
        let until = seq(span.until.unwrap_or(Revision(u64::MAX)));
        let most = i64::try_from(span.most).unwrap_or(i64::MAX);
        let asked = sqlx::query(AssertSqlSafe(sql)).bind(seq(span.after)).bind(until).bind(most).bind(one.map(fid));
        let mut reader = Reader::new(layer, false, files.clone());
        let behind = rows::behind(layer);
        for row in asked.fetch_all(&mut *conn).await? {
            let op: String = row.try_get(behind + 1)?;
            let mut before = || reader.read(&row).map(|read| read.map(|row| Box::new(row.feature)));
            all.push(Entry {
                revision: Revision(row.try_get::<i64, _>(behind)? as u64),
                time: row.try_get(behind + 2)?,
                actor: row.try_get(behind + 3)?,
                layer,
                id: row.try_get::<Option<i64>, _>(0)?.map(|fid| FeatureId(fid as u64)),
                happened: match op.as_str() {
                    "insert" => Happened::Added,
                    "update" => Happened::Changed(before()?),
                    "gap" => Happened::Gap,
                    _ => Happened::Gone(before()?),
                },
            });
        }
    }
    sqlx::raw_sql("rollback").execute(conn).await?;
    all.sort_by_key(|entry| std::cmp::Reverse(entry.revision));
    all.truncate(span.most);
    Ok(all)
}

/// The rows that were different at `at` from what they were at `from`, as they were at `at`.
///
/// Of each row its first entry between the two tells it: that has what was there before.
pub async fn past(
    conn: &mut PgConnection,
    at: Revision,
    from: Revision,
) -> sqlx::Result<Result<(Changes, Vec<Fault>), PastError>> {
    sqlx::raw_sql(read::BEGIN).execute(&mut *conn).await?;
    let told = undone(&mut *conn, at, from).await?;
    sqlx::raw_sql("rollback").execute(conn).await?;
    Ok(told)
}

async fn undone(
    conn: &mut PgConnection,
    at: Revision,
    from: Revision,
) -> sqlx::Result<Result<(Changes, Vec<Fault>), PastError>> {
    let snapshot = read::snapshot(&mut *conn).await?;
    if at > snapshot.revision {
        return Ok(Err(PastError::Future { revision: at.0, head: snapshot.revision.0 }));
    }
    let files = imports::files(&mut *conn).await?;
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for layer in Layer::ALL {
        let gap = format!("select max(seq) from {} where seq > $1 and op = 'gap'", log(layer));
        let gap = sqlx::query(AssertSqlSafe(gap)).bind(seq(at)).fetch_one(&mut *conn).await?;
        if let Some(gap) = gap.try_get::<Option<i64>, _>(0)? {
            return Ok(Err(PastError::Gap { layer: layer.name(), gap: gap as u64 }));
        }
        let log = log(layer);
        let sql = format!(
            "select {} from {log} t
             where t.seq in (select min(seq) from {log} where seq > $1 and seq <= $2 group by fid) order by t.fid",
            rows::selected_log(layer)
        );
        let mut reader = Reader::new(layer, false, files.clone());
        let behind = rows::behind(layer);
        let asked = sqlx::query(AssertSqlSafe(sql)).bind(seq(at)).bind(seq(from));
        for row in asked.fetch_all(&mut *conn).await? {
            let gone = Change::Gone(layer, FeatureId(row.try_get::<i64, _>(0)? as u64));
            let was_there = row.try_get::<&str, _>(behind + 1)? != "insert";
            let before = if was_there { reader.read(&row)? } else { None };
            all.push(before.map_or(gone, Change::Put));
        }
        faults.append(&mut reader.faults);
    }
    let relief = sqlx::query("select exists (select from firemap_relief_log where seq > $1)").bind(seq(at));
    let relief_changed = relief.fetch_one(conn).await?.try_get(0)?;
    let snapshot = Snapshot { revision: at, ..snapshot };
    Ok(Ok((Changes { snapshot, rows: all, relief_changed }, faults)))
}

/// The last entry that was written not later than a time.
pub async fn revision_at(conn: &mut PgConnection, time: &str) -> sqlx::Result<Revision> {
    let logs = Layer::ALL.map(log).into_iter().chain(["firemap_relief_log".to_owned()]);
    // From the newest backwards: most ask for a time not long ago.
    let last = logs
        .map(|log| format!("(select seq from {log} where time <= $1::text::timestamptz order by seq desc limit 1)"))
        .collect::<Vec<_>>()
        .join(" union all ");
    let sql = format!("select coalesce(max(seq), 0) from ({last}) entry");
    let found = sqlx::query(AssertSqlSafe(sql)).bind(time).fetch_one(conn).await?;
    found.try_get::<i64, _>(0).map(|seq| Revision(seq as u64))
}

/// The time of the last entry not later than a revision, as the log has it; `None` where there is none.
pub async fn time_of(conn: &mut PgConnection, at: Revision) -> sqlx::Result<Option<String>> {
    let last = Layer::ALL
        .map(log)
        .map(|log| format!("(select seq, time from {log} where seq <= $1 order by seq desc limit 1)"))
        .join(" union all ");
    let sql = format!("select {} from ({last}) entry order by seq desc limit 1", rows::instant_text("time"));
    let found = sqlx::query(AssertSqlSafe(sql)).bind(seq(at)).fetch_optional(conn).await?;
    found.map(|row| row.try_get(0)).transpose()
}
