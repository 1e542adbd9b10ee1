//! Edits of single features: what is expected of them is checked within the transaction that writes them.
//!
//! A change writes the columns that change and no other, so that what the model cannot read in a row stays in it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;

use rusqlite::types::{ToSqlOutput, Value as Sql};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params_from_iter};

use super::layer::tell_contents;
use super::rows::{self, Reader, Unstorable};
use super::{blob, file, history, read, schema, undo};
use crate::model::{Bounds, Feature, FeatureId, Flaw, Layer, Origin, Value};
use crate::store::edits::EDITED;
use crate::store::{
    Drawn, Edit, EditError, EditReceipt, EditTask, Edited, Edits, Once, Present, Revision, Row, StoreError,
};

/// How long a request is known by its key, as SQLite writes spans.
const KNOWN_FOR: &str = "-1 day";

/// Edits on their way to the writer.
pub struct EditJob {
    /// What is to be done.
    pub edits: Edits,
    /// Taken by the writer when it begins, or by the one who asked when that one waits no longer.
    pub claim: Arc<Claim>,
    /// Where the receipt goes.
    pub answer: SyncSender<Result<EditReceipt, EditError>>,
}

/// Goes to the first who takes it.
#[derive(Debug, Default)]
pub struct Claim(AtomicBool);

impl Claim {
    /// Whether this call was the first.
    pub fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

impl EditJob {
    /// Does it and answers; `None` where nobody waits for it any more, and then nothing is done.
    pub fn run(self, conn: &mut Connection, path: &Path) -> Option<Result<EditReceipt, EditError>> {
        self.claim.take().then(|| {
            let done = edit(conn, &self.edits).map_err(|failure| failure.told(path));
            // The one who asked may have died meanwhile; what is committed is committed.
            let _ = self.answer.send(done.clone());
            done
        })
    }
}

/// Why edits are undone.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// They cannot be done.
    #[error(transparent)]
    Refused(#[from] EditError),
    /// SQLite refuses.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// A value that cannot be kept.
    #[error(transparent)]
    Unstorable(#[from] Unstorable),
}

impl Failure {
    fn told(self, path: &Path) -> EditError {
        match self {
            Failure::Refused(error) => error,
            Failure::Sql(error) | Failure::Unstorable(Unstorable::Sql(error)) => file::told(path, &error).into(),
            Failure::Unstorable(error) => {
                StoreError::Io { path: path.display().to_string(), detail: error.to_string() }.into()
            }
        }
    }
}

/// Whatever ends this early drops the transaction, which undoes it.
fn edit(conn: &mut Connection, edits: &Edits) -> Result<EditReceipt, Failure> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Some(once) = &edits.once
        && let Some(known) = known(&tx, &edits.actor, once)?
    {
        return Ok(known);
    }
    let before = read::head(&tx)?;
    tx.execute("update firemap_actor set name = ?1", [&edits.actor])?;
    let mut writer = Writer { conn: &tx, now: tx.query_row(&format!("select {}", schema::NOW), [], |row| row.get(0))? };
    let done = match &edits.task {
        EditTask::Edits(all) => writer.edits(all)?,
        EditTask::Undo(of) => undo::undo(&mut writer, &edits.actor, *of)?,
    };
    tx.execute("update firemap_actor set name = null", [])?;
    let revision = read::head(&tx)?;
    let revisions = history::revisions(&tx, &done, Revision(u64::MAX))?;
    let edited = |((layer, id), revision): ((Layer, FeatureId), Option<Revision>)| Edited {
        layer,
        id,
        revision: revision.unwrap_or_default(),
    };
    let features = done.iter().copied().zip(revisions).map(edited).collect();
    let receipt = EditReceipt { revision, features };
    if revision == before && edits.once.is_none() {
        tx.rollback()?;
        return Ok(receipt);
    }
    history::at_one_moment(&tx, before)?;
    remember(&tx, edits, before, &receipt)?;
    tx.commit()?;
    Ok(receipt)
}

/// The receipt of the same request, where it was done before.
fn known(conn: &Connection, actor: &str, once: &Once) -> Result<Option<EditReceipt>, Failure> {
    let found: Option<(String, String)> = conn
        .prepare_cached(&format!(
            "select digest, answer from firemap_edit where actor = ?1 and key = ?2
             and time > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '{KNOWN_FOR}')"
        ))?
        .query_row([actor, &once.key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((digest, answer)) = found else { return Ok(None) };
    if digest != once.digest {
        return Err(EditError::KeyUsed.into());
    }
    let receipt = EditReceipt::of_text(&answer).ok_or(rusqlite::Error::InvalidQuery)?;
    Ok(Some(receipt))
}

/// Writes down what the batch was, and forgets the keys of yesterday.
fn remember(conn: &Connection, edits: &Edits, before: Revision, receipt: &EditReceipt) -> rusqlite::Result<()> {
    conn.execute(
        &format!(
            "update firemap_edit set key = null, digest = null, answer = null
             where key is not null and time <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '{KNOWN_FOR}')"
        ),
        [],
    )?;
    let once = edits.once.as_ref();
    conn.prepare_cached(&format!(
        "insert into firemap_edit (first, last, actor, time, key, digest, answer)
         values (?1, ?2, ?3, {}, ?4, ?5, ?6)",
        schema::NOW
    ))?
    .execute((
        before.0 as i64,
        receipt.revision.0 as i64,
        &edits.actor,
        once.map(|once| &once.key),
        once.map(|once| &once.digest),
        once.map(|_| receipt.to_text()),
    ))
    .map(drop)
}

/// Writes to the layers within a transaction.
pub struct Writer<'tx> {
    /// The transaction's connection.
    pub conn: &'tx Connection,
    /// The time of the changes.
    pub now: String,
}

impl Writer<'_> {
    /// Does edits in order; the features, one for each.
    fn edits(&mut self, edits: &[Edit]) -> Result<Vec<(Layer, FeatureId)>, Failure> {
        let mut conflicts = Vec::new();
        for (nth, edit) in edits.iter().enumerate() {
            let (Edit::Change { layer, id, expected, .. } | Edit::Retire { layer, id, expected }) = edit else {
                continue;
            };
            let conflict = self.check(*layer, *id, *expected)?;
            let conflict = conflict.ok_or(EditError::NoSuchFeature { edit: nth, layer: *layer, id: *id })?;
            conflicts.extend(conflict.filter(|found| !conflicts.contains(found)));
        }
        if !conflicts.is_empty() {
            return Err(EditError::Conflict(conflicts).into());
        }
        edits.iter().map(|edit| self.edit(edit)).collect()
    }

    /// What stands against a feature being as expected: `Some(None)` where nothing does, `None` where it never was.
    fn check(
        &self,
        layer: Layer,
        id: FeatureId,
        expected: Option<Revision>,
    ) -> Result<Option<Option<Present>>, Failure> {
        let revision = history::revision(self.conn, layer, id, Revision(u64::MAX))?;
        let row = self.row(layer, id)?;
        Ok(match (row, revision) {
            (Stood::Absent, None) => None,
            (Stood::Absent, Some(_)) => Some(Some(Present { layer, id, row: None })),
            (_, now) if expected.is_none() || expected == Some(now.unwrap_or_default()) => Some(None),
            (Stood::Unreadable, _) => Some(Some(Present { layer, id, row: None })),
            (Stood::There(row), now) => Some(Some(Present { layer, id, row: Some((*row, now.unwrap_or_default())) })),
        })
    }

    /// A feature as it is now, for one who finds it otherwise than expected.
    pub fn present(&self, layer: Layer, id: FeatureId) -> Result<Present, Failure> {
        let revision = history::revision(self.conn, layer, id, Revision(u64::MAX))?.unwrap_or_default();
        let row = match self.row(layer, id)? {
            Stood::There(row) => Some((*row, revision)),
            Stood::Unreadable | Stood::Absent => None,
        };
        Ok(Present { layer, id, row })
    }

    fn row(&self, layer: Layer, id: FeatureId) -> rusqlite::Result<Stood> {
        let mut statement = self.conn.prepare_cached(&format!("{} where fid = ?1", rows::select(layer)))?;
        let mut found = statement.query([fid(id)])?;
        let Some(row) = found.next()? else { return Ok(Stood::Absent) };
        let read = Reader::new(layer, false, Default::default()).read(row)?;
        Ok(read.map_or(Stood::Unreadable, |row| Stood::There(Box::new(row))))
    }

    fn edit(&mut self, edit: &Edit) -> Result<(Layer, FeatureId), Failure> {
        match edit {
            Edit::Create { layer, drawn, attributes } => {
                let id = self.next(*layer)?;
                let feature = Feature {
                    layer: *layer,
                    source: EDITED.into(),
                    source_key: format!("fid/{}", id.0).into(),
                    shape: drawn.shape.clone(),
                    flaw: drawn.flaw,
                    attributes: attributes.clone(),
                    extra: None,
                    origin: Origin { file: "".into(), row: 0 },
                };
                self.create(id, &feature)?;
                Ok((*layer, id))
            }
            Edit::Change { layer, id, values, drawn, .. } => {
                let there = self.change(*layer, *id, values, drawn.as_ref())?;
                if there { Ok((*layer, *id)) } else { self.gone(*layer, *id) }
            }
            Edit::Retire { layer, id, .. } => {
                let sql = format!("delete from {} where fid = ?1", layer.name());
                let there = self.conn.prepare_cached(&sql)?.execute([fid(*id)])? > 0;
                if there {
                    self.told(*layer, None)?;
                }
                if there { Ok((*layer, *id)) } else { self.gone(*layer, *id) }
            }
        }
    }

    /// An edit before this one took it away.
    fn gone<T>(&self, layer: Layer, id: FeatureId) -> Result<T, Failure> {
        Err(EditError::Conflict(vec![Present { layer, id, row: None }]).into())
    }

    /// A number that was never given: beyond all that the table has given, by itself or from outside.
    fn next(&self, layer: Layer) -> rusqlite::Result<FeatureId> {
        let table = layer.name();
        let sql = format!(
            "select 1 + max(coalesce((select seq from sqlite_sequence where name = '{table}'), 0),
                 coalesce((select max(fid) from {table}), 0))"
        );
        self.conn.prepare_cached(&sql)?.query_row([], |row| row.get::<_, i64>(0)).map(|fid| FeatureId(fid as u64))
    }

    fn create(&self, id: FeatureId, feature: &Feature) -> Result<(), Failure> {
        let mut insert = self.conn.prepare_cached(&rows::insert(feature.layer))?;
        let next = rows::bind(&mut insert, feature, &blob::write(&feature.shape), None)?;
        insert.raw_bind_parameter(next, &self.now)?;
        insert.raw_execute()?;
        // The key was made for this number.
        if self.conn.last_insert_rowid() != fid(id) {
            return Err(rusqlite::Error::StatementChangedRows(0).into());
        }
        Ok(self.told(feature.layer, Some(feature.shape.bounds()))?)
    }

    /// Writes the columns that change, where one does; whether the row is there.
    fn change(
        &self,
        layer: Layer,
        id: FeatureId,
        values: &[(usize, Option<Value>)],
        drawn: Option<&Drawn>,
    ) -> Result<bool, Failure> {
        let mut columns: Vec<&str> = Vec::new();
        let mut bound: Vec<ToSqlOutput<'_>> = Vec::new();
        for (ix, value) in values {
            let Some(field) = layer.fields().get(*ix) else { continue };
            columns.push(field.name);
            bound.push(match value {
                Some(value) => rows::sql_value(field, value.as_ref())?,
                None => ToSqlOutput::Owned(Sql::Null),
            });
        }
        if let Some(drawn) = drawn {
            columns.extend(["geom", "flaw"]);
            bound.push(blob::write(&drawn.shape).into());
            bound.push(drawn.flaw.map_or(ToSqlOutput::Owned(Sql::Null), |flaw| Flaw::code(flaw).into()));
        }
        let table = layer.name();
        if !columns.is_empty() {
            let numbered = |with: &str, between: &str| {
                let each = columns.iter().zip(1..).map(|(column, nth)| format!("{column} {with} ?{nth}"));
                each.collect::<Vec<_>>().join(between)
            };
            let (set, differs, last) = (numbered("=", ", "), numbered("is not", " or "), columns.len());
            let sql =
                format!("update {table} set {set}, changed = ?{} where fid = ?{} and ({differs})", last + 1, last + 2);
            bound.push(self.now.as_str().into());
            bound.push(fid(id).into());
            if self.conn.prepare_cached(&sql)?.execute(params_from_iter(bound))? > 0 {
                self.told(layer, drawn.map(|drawn| drawn.shape.bounds()))?;
                return Ok(true);
            }
        }
        Ok(self.conn.prepare_cached(&format!("select 1 from {table} where fid = ?1"))?.exists([fid(id)])?)
    }

    /// Keeps the books of a layer that changed.
    pub fn told(&self, layer: Layer, bounds: Option<Bounds>) -> rusqlite::Result<()> {
        tell_contents(self.conn, layer, &self.now, bounds)
    }
}

/// How a row stands.
enum Stood {
    /// It is not there.
    Absent,
    /// It is, and its shape cannot be read.
    Unreadable,
    /// It is there.
    There(Box<Row>),
}

/// The number as SQLite has it.
pub fn fid(id: FeatureId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}
