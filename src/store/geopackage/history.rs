//! The change log, read: entries, revisions of rows, and rows as they were.

use rusqlite::{Connection, OptionalExtension};

use super::edit::fid;
use super::rows::{self, Fault, Reader};
use super::{imports, read, relief, schema};
use crate::model::{FeatureId, Layer};
use crate::store::{Change, Changes, Entry, Happened, PastError, Revision, Span};

/// A number of the log as SQLite has it.
fn seq(revision: Revision) -> i64 {
    i64::try_from(revision.0).unwrap_or(i64::MAX)
}

/// The last entry for a row that is not later than a revision.
pub fn revision(conn: &Connection, layer: Layer, id: FeatureId, at: Revision) -> rusqlite::Result<Option<Revision>> {
    let log = schema::log(layer);
    let found: Option<i64> = conn
        .prepare_cached(&format!("select max(seq) from {log} where fid = ?1 and seq <= ?2"))?
        .query_row((fid(id), seq(at)), |row| row.get(0))?;
    Ok(found.map(|seq| Revision(seq as u64)))
}

/// The same of several rows.
pub fn revisions(
    conn: &Connection,
    of: &[(Layer, FeatureId)],
    at: Revision,
) -> rusqlite::Result<Vec<Option<Revision>>> {
    of.iter().map(|(layer, id)| revision(conn, *layer, *id, at)).collect()
}

/// Entries of the log, newest first.
pub fn entries(conn: &Connection, span: &Span) -> rusqlite::Result<Vec<Entry>> {
    let tx = conn.unchecked_transaction()?;
    let files = imports::files(&tx)?;
    let mut all = Vec::new();
    for layer in Layer::ALL.into_iter().filter(|layer| span.of.is_none_or(|(of, _)| of == *layer)) {
        let one = span.of.and_then(|(_, id)| id);
        let log = schema::log(layer);
        let which = match one {
            Some(_) => format!(
                "seq in (select seq from {log} where fid = ?4 union all select seq from {log} where op = 'gap') and"
            ),
            None => "?4 is null and".to_owned(),
        };
        let sql =
            format!("{} where {which} seq > ?1 and seq <= ?2 order by seq desc limit ?3", rows::select_log(layer));
        let most = i64::try_from(span.most).unwrap_or(i64::MAX);
        let until = seq(span.until.unwrap_or(Revision(u64::MAX)));
        let mut statement = tx.prepare_cached(&sql)?;
        let mut stored = statement.query((seq(span.after), until, most, one.map(fid)))?;
        let mut reader = Reader::new(layer, false, files.clone());
        let behind = rows::behind(layer);
        while let Some(row) = stored.next()? {
            let op: String = row.get(behind + 1)?;
            let mut before = || reader.read(row).map(|read| read.map(|row| Box::new(row.feature)));
            all.push(Entry {
                revision: Revision(row.get::<_, i64>(behind)? as u64),
                time: row.get(behind + 2)?,
                actor: row.get(behind + 3)?,
                layer,
                id: row.get::<_, Option<i64>>(0)?.map(|fid| FeatureId(fid as u64)),
                happened: match op.as_str() {
                    "insert" => Happened::Added,
                    "update" => Happened::Changed(before()?),
                    "gap" => Happened::Gap,
                    _ => Happened::Gone(before()?),
                },
            });
        }
    }
    all.sort_by_key(|entry| std::cmp::Reverse(entry.revision));
    all.truncate(span.most);
    Ok(all)
}

/// The rows that were different at `at` from what they were at `from`, as they were at `at`.
///
/// Of each row its first entry between the two tells it: that has what was there before.
pub fn past(
    conn: &Connection,
    at: Revision,
    from: Revision,
) -> rusqlite::Result<Result<(Changes, Vec<Fault>), PastError>> {
    let tx = conn.unchecked_transaction()?;
    let snapshot = read::snapshot(&tx)?;
    if at > snapshot.revision {
        return Ok(Err(PastError::Future { revision: at.0, head: snapshot.revision.0 }));
    }
    let files = imports::files(&tx)?;
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for layer in Layer::ALL {
        let log = schema::log(layer);
        let gap: Option<i64> = tx
            .prepare_cached(&format!("select max(seq) from {log} not indexed where seq > ?1 and op = 'gap'"))?
            .query_row([seq(at)], |row| row.get(0))
            .optional()?
            .flatten();
        if let Some(gap) = gap {
            return Ok(Err(PastError::Gap { layer: layer.name(), gap: gap as u64 }));
        }
        let sql = format!(
            "{} where seq in (select min(seq) from {log} not indexed where seq > ?1 and seq <= ?2 group by fid)
             order by fid",
            rows::select_log(layer)
        );
        let mut statement = tx.prepare_cached(&sql)?;
        let mut stored = statement.query((seq(at), seq(from)))?;
        let mut reader = Reader::new(layer, false, files.clone());
        let behind = rows::behind(layer);
        while let Some(row) = stored.next()? {
            let gone = Change::Gone(layer, FeatureId(row.get::<_, i64>(0)? as u64));
            let was_there = row.get_ref(behind + 1)?.as_str().unwrap_or_default() != "insert";
            let before = if was_there { reader.read(row)? } else { None };
            all.push(before.map_or(gone, Change::Put));
        }
        faults.append(&mut reader.faults);
    }
    let relief_changed = relief::changed(&tx, seq(at))?;
    let snapshot = crate::store::Snapshot { revision: at, ..snapshot };
    Ok(Ok((Changes { snapshot, rows: all, relief_changed }, faults)))
}

/// Gives all entries after a revision, those of the transaction that is about to end, the time it is: nobody can have
/// seen some of them without the others.
pub fn at_one_moment(conn: &Connection, after: Revision) -> rusqlite::Result<()> {
    let now: String = conn.query_row(&format!("select {}", schema::NOW), [], |row| row.get(0))?;
    for log in logs() {
        let sql = format!("update {log} set time = ?2 where seq > ?1 and time <> ?2");
        conn.prepare_cached(&sql)?.execute((seq(after), &now))?;
    }
    Ok(())
}

/// Tables of the log.
fn logs() -> impl Iterator<Item = String> {
    Layer::ALL.map(schema::log).into_iter().chain(["firemap_relief_log".to_owned()])
}

/// The last entry that was written not later than a time.
pub fn revision_at(conn: &Connection, time: &str) -> rusqlite::Result<Revision> {
    let mut last = 0;
    for log in logs() {
        // From the newest backwards: most ask for a time not long ago.
        let sql = format!("select seq from {log} not indexed where time <= ?1 order by seq desc limit 1");
        let found: Option<i64> = conn.prepare_cached(&sql)?.query_row([time], |row| row.get(0)).optional()?;
        last = last.max(found.unwrap_or(0));
    }
    Ok(Revision(last as u64))
}

/// The time of the last entry not later than a revision, as the log has it; `None` where there is none.
pub fn time_of(conn: &Connection, at: Revision) -> rusqlite::Result<Option<String>> {
    let mut last: Option<(i64, String)> = None;
    for log in Layer::ALL.map(schema::log) {
        let sql = format!("select seq, time from {log} not indexed where seq <= ?1 order by seq desc limit 1");
        let found = conn.prepare_cached(&sql)?.query_row([seq(at)], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        last = last.max(found);
    }
    Ok(last.map(|(_, time)| time))
}
