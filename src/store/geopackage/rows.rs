//! A feature as a row of its layer's table, and back.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Statement;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use super::{blob, schema, times};
use crate::model::ValueRef as Known;
use crate::model::{Feature, FeatureId, Field, FieldType, Flaw, Layer, Origin, Packer};
use crate::store::Row;

/// Columns that every layer has beside number, shape and fields, as they are bound and read.
const OWN: [&str; 6] = ["source", "source_key", "flaw", "extra", "import", "row"];
/// Position of the first field in a row that is read: after the number, the shape and [`OWN`].
const FIELDS: usize = 2 + OWN.len();

/// Numbers of features stay under 2⁵³, so that JavaScript and MVT readers keep them.
const MOST: i64 = 1 << 53;

/// Something in a row that the model refuses, put there by another program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The layer of the row.
    pub layer: Layer,
    /// Its number.
    pub id: FeatureId,
    /// The column: `geom` or `fid` where the row as a whole had to be left out, else a field that was read as unknown.
    pub column: &'static str,
    /// What is wrong with it.
    pub what: String,
}

/// `select` of all that [`Reader::read`] reads.
pub fn select(layer: Layer) -> String {
    format!("select fid, geom, {} from {}", columns(layer), layer.name())
}

/// The same of a layer's log, whose rows are those that went: `seq, op, time, actor` stand behind.
pub fn select_log(layer: Layer) -> String {
    format!("select fid, geom, {}, seq, op, time, actor from {}", columns(layer), schema::log(layer))
}

/// Position of `seq` in a row of [`select_log`].
pub fn behind(layer: Layer) -> usize {
    FIELDS + layer.fields().len()
}

/// `insert` of what [`bind`] binds, with the time of change last.
pub fn insert(layer: Layer) -> String {
    let places = vec!["?"; 1 + OWN.len() + layer.fields().len() + 1].join(", ");
    format!("insert into {} (geom, {}, changed) values ({places})", layer.name(), columns(layer))
}

/// `update` of what [`bind`] binds, with the time of change and the number last.
pub fn update(layer: Layer) -> String {
    let columns = columns(layer).replace(", ", " = ?, ");
    format!("update {} set geom = ?, {columns} = ?, changed = ? where fid = ?", layer.name())
}

fn columns(layer: Layer) -> String {
    OWN.into_iter().chain(layer.fields().iter().map(|field| field.name)).collect::<Vec<_>>().join(", ")
}

/// Binds a feature, of an imported file or of none, to an insert or update; the position of the next parameter.
pub fn bind(
    statement: &mut Statement<'_>,
    feature: &Feature,
    geom: &[u8],
    import: Option<u32>,
) -> Result<usize, Unstorable> {
    let Feature { layer, source, source_key, flaw, extra, origin, .. } = feature;
    let mut at = 1;
    let mut put = |value: &dyn ToSql| -> rusqlite::Result<()> {
        statement.raw_bind_parameter(at, value)?;
        at += 1;
        Ok(())
    };
    put(&geom)?;
    put(&&**source)?;
    put(&&**source_key)?;
    put(&flaw.map(Flaw::code))?;
    put(extra)?;
    put(&import)?;
    put(&i64::try_from(origin.row).unwrap_or(i64::MAX))?;
    let mut known = feature.attributes.as_ref().iter(*layer).peekable();
    for (ix, field) in layer.fields().iter().enumerate() {
        match known.next_if(|(at, _)| *at == ix) {
            Some((_, value)) => put(&sql_value(field, value)?)?,
            None => put(&rusqlite::types::Null)?,
        }
    }
    Ok(at)
}

/// Why a feature cannot become a row.
#[derive(Debug, thiserror::Error)]
pub enum Unstorable {
    /// SQLite refuses.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// A date or instant has no text.
    #[error("{0} is outside the years -9999 to 9999")]
    Time(&'static str),
}

/// A value as its column holds it.
pub fn sql_value<'a>(field: &Field, value: Known<'a>) -> Result<ToSqlOutput<'a>, Unstorable> {
    let text = |text: Option<String>| text.map(ToSqlOutput::from).ok_or(Unstorable::Time(field.name));
    Ok(match value {
        Known::Text(text) => ToSqlOutput::from(text),
        Known::Integer(n) => ToSqlOutput::from(n),
        Known::Real(n) => ToSqlOutput::from(n),
        Known::Bool(yes) => ToSqlOutput::from(yes),
        Known::Date(days) => text(times::date_text(days))?,
        Known::Instant(ms) => text(times::instant_text(ms))?,
        Known::Choice(nth) => match field.choices().get(usize::from(nth)) {
            Some(choice) => ToSqlOutput::from(choice.code),
            None => ToSqlOutput::from(rusqlite::types::Null),
        },
    })
}

/// Whether two features say the same: shape as it is stored, attributes, flaw and unknown columns.
pub fn says_the_same(stored: &Feature, new: &Feature, geom: &[u8]) -> bool {
    stored.flaw == new.flaw
        && stored.extra == new.extra
        // By value, for SQLite keeps no negative zero.
        && stored.attributes.as_ref().iter(new.layer).eq(new.attributes.as_ref().iter(new.layer))
        && blob::write(&stored.shape) == geom
}

/// Names of imported files by number.
pub type Files = Arc<HashMap<i64, Arc<str>>>;

/// Gives a feature read from an export what exports leave out of the stored one: restricted fields, and unknown columns
/// that it does not name itself. A shape that is the same is flawed in the same way.
pub fn keep_left_out(stored: &Feature, new: &mut Feature) {
    let layer = new.layer;
    let given = std::mem::take(&mut new.attributes);
    let mut known = given.as_ref().iter(layer).peekable();
    let mut before = stored.attributes.as_ref().iter(layer).peekable();
    let mut packer = Packer::new(layer);
    for (ix, field) in layer.fields().iter().enumerate() {
        let now = known.next_if(|(at, _)| *at == ix);
        let then = before.next_if(|(at, _)| *at == ix);
        let kept = if field.is_public() { now } else { now.or(then) };
        if let Some((_, value)) = kept {
            packer.push(ix, value);
        }
    }
    new.attributes = packer.finish();
    new.extra = match (stored.extra.as_deref().map(object), new.extra.as_deref().map(object)) {
        (None, _) => new.extra.take(),
        (Some(_), None) => stored.extra.clone(),
        (Some(mut all), Some(more)) => {
            all.extend(more);
            Some(serde_json::Value::Object(all).to_string())
        }
    };
    if stored.shape == new.shape {
        new.flaw = stored.flaw;
    }
}

fn object(json: &str) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str(json).unwrap_or_default()
}

/// Reads rows of one layer; names that repeat from row to row are shared.
pub struct Reader {
    layer: Layer,
    with_extra: bool,
    source: Arc<str>,
    files: Files,
    nowhere: Arc<str>,
    packer: Packer,
    /// What was wrong with the rows read so far.
    pub faults: Vec<Fault>,
}

impl Reader {
    /// A reader of a layer's rows.
    pub fn new(layer: Layer, with_extra: bool, files: Files) -> Reader {
        let packer = Packer::new(layer);
        Reader { layer, with_extra, source: "".into(), files, nowhere: "".into(), packer, faults: Vec::new() }
    }

    /// The layer whose rows it reads.
    pub fn layer(&self) -> Layer {
        self.layer
    }

    /// The feature of a row of [`select`]; `None`, and a fault, where it has no shape that can be read.
    pub fn read(&mut self, row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Row>> {
        let fid = row.get::<_, i64>(0)?;
        let id = FeatureId(fid as u64);
        if !(1..MOST).contains(&fid) {
            let what = format!("{fid} is not a number from 1 to 2^53");
            self.faults.push(Fault { layer: self.layer, id, column: "fid", what });
            return Ok(None);
        }
        let geom = match row.get_ref(1)? {
            ValueRef::Blob(bytes) => blob::read(bytes, self.layer.def().geometry).map_err(|error| error.to_string()),
            ValueRef::Null => Err("no geometry".to_owned()),
            _ => Err("not a geometry".to_owned()),
        };
        let shape = match geom {
            Ok(shape) => shape,
            Err(what) => {
                self.faults.push(Fault { layer: self.layer, id, column: "geom", what });
                return Ok(None);
            }
        };
        for (ix, field) in self.layer.fields().iter().enumerate() {
            let stored = row.get_ref(FIELDS + ix)?;
            match value_of(field, stored) {
                Some(value) => self.packer.push(ix, value),
                None if is_nothing(stored) => {}
                None => {
                    let what = format!("the model refuses a stored {}", stored.data_type());
                    self.faults.push(Fault { layer: self.layer, id, column: field.name, what });
                }
            }
        }
        share(&mut self.source, row.get_ref(2)?);
        let file = row.get_ref(6)?.as_i64().ok().and_then(|import| self.files.get(&import));
        let feature = Feature {
            layer: self.layer,
            source: self.source.clone(),
            source_key: text(row.get_ref(3)?).into(),
            shape,
            flaw: Flaw::named(text(row.get_ref(4)?)),
            attributes: self.packer.finish(),
            extra: match row.get_ref(5)? {
                ValueRef::Text(_) if self.with_extra => Some(text(row.get_ref(5)?).to_owned()),
                _ => None,
            },
            origin: Origin {
                file: file.unwrap_or(&self.nowhere).clone(),
                row: row.get_ref(7)?.as_i64().ok().and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
            },
        };
        Ok(Some(Row { id, feature }))
    }
}

fn share(kept: &mut Arc<str>, stored: ValueRef<'_>) {
    if !matches!(stored, ValueRef::Text(bytes) if kept.as_bytes() == bytes) {
        *kept = text(stored).into();
    }
}

/// A text, empty where there is none.
fn text(value: ValueRef<'_>) -> &str {
    value.as_str().unwrap_or("")
}

fn is_nothing(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Null => true,
        ValueRef::Text(bytes) => bytes.iter().all(u8::is_ascii_whitespace),
        _ => false,
    }
}

/// The value of a field as the model allows it; `None` where there is none or it is refused.
fn value_of<'a>(field: &Field, stored: ValueRef<'a>) -> Option<Known<'a>> {
    match field.ty {
        FieldType::Text => {
            let text = stored.as_str().ok()?.trim();
            (!text.is_empty()).then_some(Known::Text(text))
        }
        FieldType::Integer(least, most) => {
            let n = stored.as_i64().ok()?;
            (least..=most).contains(&n).then_some(Known::Integer(n))
        }
        FieldType::Real(least, most) => {
            let n = match stored {
                ValueRef::Integer(n) => n as f64,
                ValueRef::Real(n) => n,
                _ => return None,
            };
            (least..=most).contains(&n).then_some(Known::Real(n))
        }
        FieldType::Bool => match stored {
            ValueRef::Integer(n @ 0..=1) => Some(Known::Bool(n == 1)),
            _ => None,
        },
        FieldType::Date => times::date_of(stored.as_str().ok()?).map(Known::Date),
        FieldType::Instant => times::instant_of(stored.as_str().ok()?).map(Known::Instant),
        FieldType::Choice(choices) => {
            let ValueRef::Text(code) = stored else { return None };
            choices.iter().position(|choice| choice.code.as_bytes() == code).map(|nth| Known::Choice(nth as u8))
        }
    }
}
