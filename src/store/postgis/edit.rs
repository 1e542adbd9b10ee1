//! Edits of single features: what is expected of them is checked within the transaction that writes them.
//!
//! A change writes the columns that change and no other, so that what the model cannot read in a row stays in it.

use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::cell::{Column, Kind};
use super::history::{self, fid};
use super::layer::bound;
use super::link::{ANSWER, Link};
use super::rows::{self, Columns, OutsideTime, Reader};
use super::{log, migrate, read, undo};
use crate::model::{Feature, FeatureId, Flaw, Layer, Origin, Value};
use crate::store::geopackage::blob;
use crate::store::{
    Drawn, EDITED, Edit, EditError, EditReceipt, EditTask, Edited, Edits, Once, Present, Revision, Row, StoreError,
};

/// Whether an entry of the books is older than a request is known by its key.
const FORGOTTEN: &str = "time <= clock_timestamp() - interval '1 day'";

/// Why edits are undone.
pub enum Failure {
    /// They cannot be done.
    Refused(EditError),
    /// The database refuses.
    Sql(sqlx::Error),
    /// A date or instant that no store holds.
    Time(&'static str),
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Failure {
        Failure::Refused(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Failure {
        Failure::Sql(error)
    }
}

impl From<OutsideTime> for Failure {
    fn from(OutsideTime(field): OutsideTime) -> Failure {
        Failure::Time(field)
    }
}

/// Does edits whole or not at all.
pub fn edit(link: &Link, edits: &Edits) -> Result<EditReceipt, EditError> {
    let mut lent = link.lend()?;
    let told = |failure: Failure| match failure {
        Failure::Refused(error) => error,
        Failure::Sql(error) => link.told(&error).into(),
        Failure::Time(field) => {
            let detail = format!("{field} is outside the years -4712 to 9999");
            StoreError::Io { path: link.address().to_string(), detail }.into()
        }
    };
    let done = link.block(ANSWER, within(lent.conn(), edits));
    let end = if matches!(done, Ok((_, true))) { "commit" } else { "rollback" };
    let ended = link.block(ANSWER, sqlx::raw_sql(end).execute(lent.conn()));
    let (receipt, _) = done.map_err(told)?;
    ended.map_err(|error| link.told(&error))?;
    lent.keep();
    Ok(receipt)
}

/// Does edits in a transaction that is left open; the receipt, and whether there is anything to keep.
async fn within(conn: &mut PgConnection, edits: &Edits) -> Result<(EditReceipt, bool), Failure> {
    sqlx::raw_sql("begin").execute(&mut *conn).await?;
    sqlx::raw_sql(migrate::LOCK).execute(&mut *conn).await?;
    if let Some(once) = &edits.once
        && let Some(known) = known(&mut *conn, &edits.actor, once).await?
    {
        return Ok((known, false));
    }
    let before = read::head(&mut *conn).await?;
    sqlx::query(migrate::SIGN).bind(&edits.actor).execute(&mut *conn).await?;
    let done = match &edits.task {
        EditTask::Edits(all) => do_all(&mut *conn, all).await?,
        EditTask::Undo(of) => undo::undo(&mut *conn, &edits.actor, *of).await?,
    };
    let revision = read::head(&mut *conn).await?;
    let revisions = history::revisions(&mut *conn, &done, Revision(u64::MAX)).await?;
    let edited = |((layer, id), revision): ((Layer, FeatureId), Option<Revision>)| Edited {
        layer,
        id,
        revision: revision.unwrap_or_default(),
    };
    let features = done.iter().copied().zip(revisions).map(edited).collect();
    let receipt = EditReceipt { revision, features };
    let keep = revision != before || edits.once.is_some();
    if keep {
        remember(conn, edits, before, &receipt).await?;
    }
    Ok((receipt, keep))
}

/// The receipt of the same request, where it was done before.
async fn known(conn: &mut PgConnection, actor: &str, once: &Once) -> Result<Option<EditReceipt>, Failure> {
    let sql = format!("select digest, answer from firemap_edit where actor = $1 and key = $2 and not {FORGOTTEN}");
    let found = sqlx::query(AssertSqlSafe(sql)).bind(actor).bind(&once.key).fetch_optional(conn).await?;
    let Some(found) = found else { return Ok(None) };
    if found.try_get::<&str, _>(0)? != once.digest {
        return Err(EditError::KeyUsed.into());
    }
    let receipt = EditReceipt::of_text(found.try_get(1)?).ok_or(sqlx::Error::RowNotFound)?;
    Ok(Some(receipt))
}

/// Writes down what the batch was, and forgets the keys of yesterday.
async fn remember(conn: &mut PgConnection, edits: &Edits, before: Revision, receipt: &EditReceipt) -> sqlx::Result<()> {
    let forget = format!(
        "update firemap_edit set key = null, digest = null, answer = null where key is not null and {FORGOTTEN}"
    );
    sqlx::query(AssertSqlSafe(forget)).execute(&mut *conn).await?;
    let once = edits.once.as_ref();
    let write = sqlx::query(
        "insert into firemap_edit (first, last, actor, time, key, digest, answer)
         values ($1, $2, $3, clock_timestamp(), $4, $5, $6)",
    );
    let write = write.bind(before.0 as i64).bind(receipt.revision.0 as i64).bind(&edits.actor);
    let write = write.bind(once.map(|once| &once.key)).bind(once.map(|once| &once.digest));
    write.bind(once.map(|_| receipt.to_text())).execute(conn).await.map(drop)
}

/// Does edits in order; the features, one for each.
async fn do_all(conn: &mut PgConnection, edits: &[Edit]) -> Result<Vec<(Layer, FeatureId)>, Failure> {
    let mut conflicts = Vec::new();
    for (nth, edit) in edits.iter().enumerate() {
        let (Edit::Change { layer, id, expected, .. } | Edit::Retire { layer, id, expected }) = edit else {
            continue;
        };
        let conflict = check(&mut *conn, *layer, *id, *expected).await?;
        let conflict = conflict.ok_or(EditError::NoSuchFeature { edit: nth, layer: *layer, id: *id })?;
        conflicts.extend(conflict.filter(|found| !conflicts.contains(found)));
    }
    if !conflicts.is_empty() {
        return Err(EditError::Conflict(conflicts).into());
    }
    let mut done = Vec::new();
    for edit in edits {
        done.push(do_one(&mut *conn, edit).await?);
    }
    Ok(done)
}

/// What stands against a feature being as expected: `Some(None)` where nothing does, `None` where it never was.
async fn check(
    conn: &mut PgConnection,
    layer: Layer,
    id: FeatureId,
    expected: Option<Revision>,
) -> Result<Option<Option<Present>>, Failure> {
    let revision = revision(&mut *conn, layer, id).await?;
    let row = stands(conn, layer, id).await?;
    Ok(match (row, revision) {
        (Stood::Absent, None) => None,
        (Stood::Absent, Some(_)) => Some(Some(Present { layer, id, row: None })),
        (_, now) if expected.is_none() || expected == Some(now.unwrap_or_default()) => Some(None),
        (Stood::Unreadable, _) => Some(Some(Present { layer, id, row: None })),
        (Stood::There(row), now) => Some(Some(Present { layer, id, row: Some((*row, now.unwrap_or_default())) })),
    })
}

/// A feature as it is now, for one who finds it otherwise than expected.
pub async fn present(conn: &mut PgConnection, layer: Layer, id: FeatureId) -> Result<Present, Failure> {
    let revision = revision(&mut *conn, layer, id).await?.unwrap_or_default();
    let row = match stands(conn, layer, id).await? {
        Stood::There(row) => Some((*row, revision)),
        Stood::Unreadable | Stood::Absent => None,
    };
    Ok(Present { layer, id, row })
}

async fn revision(conn: &mut PgConnection, layer: Layer, id: FeatureId) -> sqlx::Result<Option<Revision>> {
    let sql = format!("select max(seq) from {} where fid = $1", log(layer));
    let found = sqlx::query(AssertSqlSafe(sql)).bind(fid(id)).fetch_one(conn).await?;
    Ok(found.try_get::<Option<i64>, _>(0)?.map(|seq| Revision(seq as u64)))
}

async fn stands(conn: &mut PgConnection, layer: Layer, id: FeatureId) -> sqlx::Result<Stood> {
    let sql = format!("select {} from \"{}\" t where t.fid = $1", rows::selected(layer), layer.name());
    let found = sqlx::query(AssertSqlSafe(sql)).bind(fid(id)).fetch_optional(conn).await?;
    let Some(row) = found else { return Ok(Stood::Absent) };
    let read = Reader::new(layer, false, Default::default()).read(&row)?;
    Ok(read.map_or(Stood::Unreadable, |row| Stood::There(Box::new(row))))
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

async fn do_one(conn: &mut PgConnection, edit: &Edit) -> Result<(Layer, FeatureId), Failure> {
    let (layer, id, is_there) = match edit {
        Edit::Create { layer, drawn, attributes } => {
            let feature = Feature {
                layer: *layer,
                source: EDITED.into(),
                // The trigger makes it of the number that the row is given.
                source_key: "".into(),
                shape: drawn.shape.clone(),
                flaw: drawn.flaw,
                attributes: attributes.clone(),
                extra: None,
                origin: Origin { file: "".into(), row: 0 },
            };
            let mut columns = Columns::new(*layer);
            columns.push(&feature, wkb(&blob::write(&feature.shape)), None)?;
            let given = bound(rows::insert(*layer), columns.finish()).fetch_one(conn).await?;
            return Ok((*layer, FeatureId(given.try_get::<i64, _>(0)? as u64)));
        }
        Edit::Change { layer, id, values, drawn, .. } => {
            (*layer, *id, change(conn, *layer, *id, values, drawn.as_ref()).await?)
        }
        Edit::Retire { layer, id, .. } => {
            let sql = format!("delete from \"{}\" where fid = $1", layer.name());
            let gone = sqlx::query(AssertSqlSafe(sql)).bind(fid(*id)).execute(conn).await?;
            (*layer, *id, gone.rows_affected() > 0)
        }
    };
    // An edit before this one took it away.
    let gone = || EditError::Conflict(vec![Present { layer, id, row: None }]);
    if is_there { Ok((layer, id)) } else { Err(gone().into()) }
}

fn wkb(blob: &[u8]) -> &[u8] {
    blob.get(blob::HEADER..).unwrap_or_default()
}

/// Writes the columns that change, where one does; whether the row is there.
async fn change(
    conn: &mut PgConnection,
    layer: Layer,
    id: FeatureId,
    values: &[(usize, Option<Value>)],
    drawn: Option<&Drawn>,
) -> Result<bool, Failure> {
    // Each value is bound as a column of one row.
    let (mut set, mut differs, mut columns) = (Vec::new(), Vec::new(), Vec::new());
    for (ix, value) in values {
        let Some(field) = layer.fields().get(*ix) else { continue };
        let mut column = Column::new(Kind::of(field.ty));
        rows::put(&mut column, field, value.as_ref().map(Value::as_ref))?;
        columns.push(column);
        set.push(format!("\"{}\" = (${})[1]", field.name, columns.len()));
        differs.push(format!("\"{}\" is distinct from (${})[1]", field.name, columns.len()));
    }
    if let Some(drawn) = drawn {
        let (mut geom, mut flaw) = (Column::new(Kind::Bytes), Column::new(Kind::Text));
        geom.blob(wkb(&blob::write(&drawn.shape)));
        match drawn.flaw {
            Some(odd) => flaw.text(Flaw::code(odd)),
            None => flaw.null(),
        }
        columns.extend([geom, flaw]);
        let (of_geom, of_flaw) = (columns.len() - 1, columns.len());
        set.push(format!("geom = st_geomfromwkb((${of_geom})[1], 4326), flaw = (${of_flaw})[1]"));
        differs.push(format!("st_asbinary(geom, 'NDR') is distinct from (${of_geom})[1]"));
        differs.push(format!("flaw is distinct from (${of_flaw})[1]"));
    }
    let table = layer.name();
    if !columns.is_empty() {
        let sql = format!(
            "update \"{table}\" set {}, changed = clock_timestamp() where fid = ${} and ({})",
            set.join(", "),
            columns.len() + 1,
            differs.join(" or ")
        );
        if bound(sql, columns).bind(fid(id)).execute(&mut *conn).await?.rows_affected() > 0 {
            return Ok(true);
        }
    }
    let there = sqlx::query(AssertSqlSafe(format!("select from \"{table}\" where fid = $1")));
    Ok(there.bind(fid(id)).fetch_optional(conn).await?.is_some())
}
