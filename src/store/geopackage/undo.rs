//! Undoing a batch of edits: its rows become what the log says they were before it, as a new edit.

use std::collections::BTreeMap;

use rusqlite::OptionalExtension;

use super::edit::{Failure, Writer, fid};
use super::schema;
use crate::model::{FeatureId, Layer};
use crate::store::{EditError, Present, Revision};

/// What SQLite says of a second row with a source and key that are there (`SQLITE_CONSTRAINT_UNIQUE`).
const UNIQUE: i32 = 2067;

/// Puts back what the batch of an actor did that ended at a revision; the features, in order of layer and number.
pub fn undo(writer: &mut Writer<'_>, actor: &str, of: Revision) -> Result<Vec<(Layer, FeatureId)>, Failure> {
    let last = i64::try_from(of.0).unwrap_or(i64::MAX);
    let first: Option<i64> = writer
        .conn
        .prepare_cached("select first from firemap_edit where last = ?1 and actor = ?2 and first < last")?
        .query_row((last, actor), |row| row.get(0))
        .optional()?;
    let first = first.ok_or(EditError::NoSuchBatch)?;
    let mut entries = Vec::new();
    for layer in Layer::ALL {
        entries.extend(first_entries(writer, layer, first, last)?);
    }
    let mut conflicts = Vec::new();
    for entry in &entries {
        if entry.later {
            conflicts.push(writer.present(entry.layer, entry.id)?);
        }
    }
    if !conflicts.is_empty() {
        return Err(EditError::Conflict(conflicts).into());
    }
    // What comes back may want a key that something else in the batch is to give up first.
    let order = |entry: &&Entry| match entry.op.as_str() {
        "insert" => 0,
        "update" => 1,
        _ => 2,
    };
    let mut ordered: Vec<&Entry> = entries.iter().collect();
    ordered.sort_by_key(order);
    ordered.into_iter().try_for_each(|entry| put_back(writer, entry))?;
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

fn first_entries(writer: &Writer<'_>, layer: Layer, first: i64, last: i64) -> Result<Vec<Entry>, Failure> {
    let log = schema::log(layer);
    let sql = format!(
        "select fid, seq, op from {log} not indexed where seq > ?1 and seq <= ?2 and fid not null order by seq"
    );
    let mut firsts: BTreeMap<i64, (i64, String)> = BTreeMap::new();
    let mut statement = writer.conn.prepare_cached(&sql)?;
    let mut rows = statement.query((first, last))?;
    while let Some(row) = rows.next()? {
        let entry = (row.get(1)?, row.get(2)?);
        firsts.entry(row.get(0)?).or_insert(entry);
    }
    if firsts.is_empty() {
        return Ok(Vec::new());
    }
    let gap = writer
        .conn
        .prepare_cached(&format!("select 1 from {log} not indexed where seq > ?1 and op = 'gap'"))?
        .exists([last])?;
    let mut later = writer.conn.prepare_cached(&format!("select 1 from {log} where fid = ?1 and seq > ?2"))?;
    let entry = |(fid, (seq, op)): (i64, (i64, String))| {
        let later = gap || later.exists((fid, last))?;
        Ok(Entry { layer, id: FeatureId(fid as u64), seq, op, later })
    };
    firsts.into_iter().map(entry).collect()
}

fn put_back(writer: &Writer<'_>, entry: &Entry) -> Result<(), Failure> {
    let Entry { layer, id, seq, ref op, .. } = *entry;
    let (table, log) = (layer.name(), schema::log(layer));
    let columns: Vec<String> =
        schema::columns(writer.conn, layer)?.into_iter().filter(|name| name != "changed").collect();
    let columns = columns.join(", ");
    let conn = writer.conn;
    let done = match op.as_str() {
        // It may have been taken away again within the batch.
        "insert" => conn.execute(&format!("delete from {table} where fid = ?1"), [fid(id)]),
        "update" | "delete" if is_there(writer, layer, id)? => conn.execute(
            &format!(
                "update {table} set ({columns}, changed) = (select {columns}, ?3 from {log} where seq = ?2) where fid = ?1"
            ),
            (fid(id), seq, &writer.now),
        ),
        _ => conn.execute(
            &format!("insert into {table} (fid, {columns}, changed) select fid, {columns}, ?3 from {log} where seq = ?2 and fid = ?1"),
            (fid(id), seq, &writer.now),
        ),
    };
    match done {
        // Another feature has its source and key by now.
        Err(rusqlite::Error::SqliteFailure(error, _)) if error.extended_code == UNIQUE => {
            return Err(EditError::Conflict(vec![Present { layer, id, row: None }]).into());
        }
        done => done?,
    };
    Ok(writer.told(layer, None)?)
}

fn is_there(writer: &Writer<'_>, layer: Layer, id: FeatureId) -> rusqlite::Result<bool> {
    writer.conn.prepare_cached(&format!("select 1 from {} where fid = ?1", layer.name()))?.exists([fid(id)])
}
