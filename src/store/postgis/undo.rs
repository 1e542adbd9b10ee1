//! Undoing a batch of edits: its rows become what the log says they were before it, as a new edit.

use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::edit::{Failure, present};
use super::history::{fid, seq};
use super::{log, rows};
use crate::model::{FeatureId, Layer};
use crate::store::{EditError, Present, Revision};

/// Puts back what the batch of an actor did that ended at a revision; the features, in order of layer and number.
pub async fn undo(conn: &mut PgConnection, actor: &str, of: Revision) -> Result<Vec<(Layer, FeatureId)>, Failure> {
    let batch = "select first from firemap_edit where last = $1 and actor = $2 and first < last";
    let batch = sqlx::query(batch).bind(seq(of)).bind(actor).fetch_optional(&mut *conn).await?;
    let first: i64 = batch.ok_or(EditError::NoSuchBatch)?.try_get(0)?;
    let mut entries = Vec::new();
    for layer in Layer::ALL {
        entries.extend(first_entries(&mut *conn, layer, first, seq(of)).await?);
    }
    let mut conflicts = Vec::new();
    for entry in entries.iter().filter(|entry| entry.later) {
        conflicts.push(present(&mut *conn, entry.layer, entry.id).await?);
    }
    if !conflicts.is_empty() {
        return Err(EditError::Conflict(conflicts).into());
    }
    // What was taken away comes back with its number.
    sqlx::raw_sql("select set_config('firemap.returns', 'yes', true)").execute(&mut *conn).await?;
    // What comes back may want a key that something else in the batch is to give up first.
    for stage in [&["insert"][..], &["update"], &["delete", "replace"]] {
        for entry in entries.iter().filter(|entry| stage.contains(&entry.op.as_str())) {
            put_back(&mut *conn, entry).await?;
        }
    }
    Ok(entries.iter().map(|entry| (entry.layer, entry.id)).collect())
}

/// The first entry of a batch for a row.
struct Entry {
    layer: Layer,
    id: FeatureId,
    seq: i64,
    op: String,
    /// Whether the row, or its layer unseen, changed after the batch.
    later: bool,
}

async fn first_entries(conn: &mut PgConnection, layer: Layer, first: i64, last: i64) -> Result<Vec<Entry>, Failure> {
    let log = log(layer);
    let sql = format!(
        "select distinct on (b.fid) b.fid, b.seq, b.op,
            exists (select from {log} l where l.fid = b.fid and l.seq > $2)
            or exists (select from {log} l where l.op = 'gap' and l.seq > $2)
         from {log} b where b.seq > $1 and b.seq <= $2 and b.fid is not null order by b.fid, b.seq"
    );
    let found = sqlx::query(AssertSqlSafe(sql)).bind(first).bind(last).fetch_all(conn).await?;
    let entry = |row: &sqlx::postgres::PgRow| {
        Ok(Entry {
            layer,
            id: FeatureId(row.try_get::<i64, _>(0)? as u64),
            seq: row.try_get(1)?,
            op: row.try_get(2)?,
            later: row.try_get(3)?,
        })
    };
    Ok(found.iter().map(entry).collect::<sqlx::Result<_>>()?)
}

async fn put_back(conn: &mut PgConnection, entry: &Entry) -> Result<(), Failure> {
    let Entry { layer, id, seq, ref op, .. } = *entry;
    let (table, log, content) = (layer.name(), log(layer), rows::content(layer));
    let there = format!("select from \"{table}\" where fid = $1");
    let is_there = sqlx::query(AssertSqlSafe(there)).bind(fid(id)).fetch_optional(&mut *conn).await?.is_some();
    let done = match (op.as_str(), is_there) {
        // It may have been taken away again within the batch.
        ("insert", _) => {
            let sql = format!("delete from \"{table}\" where fid = $1");
            sqlx::query(AssertSqlSafe(sql)).bind(fid(id)).execute(conn).await
        }
        (_, true) => {
            let sql = format!(
                "update \"{table}\" set ({content}, changed) =
                     (select {content}, clock_timestamp() from {log} where seq = $2) where fid = $1"
            );
            sqlx::query(AssertSqlSafe(sql)).bind(fid(id)).bind(seq).execute(conn).await
        }
        (_, false) => {
            let sql = format!(
                "insert into \"{table}\" (fid, {content}, changed) overriding system value
                 select fid, {content}, clock_timestamp() from {log} where seq = $2 and fid = $1"
            );
            sqlx::query(AssertSqlSafe(sql)).bind(fid(id)).bind(seq).execute(conn).await
        }
    };
    match done {
        // Another feature has its source and key by now (`unique_violation`).
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("23505") => {
            Err(EditError::Conflict(vec![Present { layer, id, row: None }]).into())
        }
        done => Ok(done.map(drop)?),
    }
}
