//! A feature as a row of its layer's table, and back.

use std::sync::Arc;

use sqlx::postgres::{PgRow, PgValueRef};
use sqlx::{Row as _, ValueRef as _};

use super::cell::{self, Column, Kind};
use crate::model::ValueRef as Known;
use crate::model::{Feature, FeatureId, Field, FieldType, Flaw, Layer, Origin, Packer};
use crate::store::Row;
use crate::store::geopackage::Fault;
use crate::store::geopackage::blob;
use crate::store::geopackage::rows::Files;

/// Columns that every layer has beside number, shape and fields, as they are bound and read.
const OWN: [(&str, Kind); 6] = [
    ("source", Kind::Text),
    ("source_key", Kind::Text),
    ("flaw", Kind::Text),
    ("extra", Kind::Text),
    ("import", Kind::Integer),
    ("row", Kind::Integer),
];
/// Position of the first field in a row that is read: after the number, the shape and [`OWN`].
const FIELDS: usize = 2 + OWN.len();
/// Bytes that a shape may take in the database; one that is larger is left out.
const LARGEST: u32 = 64 << 20;
/// Numbers of features stay under 2⁵³, so that JavaScript and MVT readers keep them.
const MOST: i64 = 1 << 53;

/// The columns but number and shape, with their types.
fn columns(layer: Layer) -> impl Iterator<Item = (&'static str, Kind)> {
    OWN.into_iter().chain(layer.fields().iter().map(|field| (field.name, Kind::of(field.ty))))
}

/// What [`Reader::read`] reads of a layer's table by the name of `t`.
pub fn selected(layer: Layer) -> String {
    let names: Vec<String> = columns(layer).map(|(name, _)| format!("t.\"{name}\"")).collect();
    format!(
        "t.fid, case when pg_column_size(t.geom) <= {LARGEST} then st_asbinary(t.geom, 'NDR') end, {}",
        names.join(", ")
    )
}

/// The same of a layer's log, whose rows are those that went: `seq, op, time, actor` stand behind.
pub fn selected_log(layer: Layer) -> String {
    format!("{}, t.seq, t.op, {}, t.actor", selected(layer), instant_text("t.time"))
}

/// Position of `seq` in a row of [`selected_log`].
pub fn behind(layer: Layer) -> usize {
    FIELDS + layer.fields().len()
}

/// An instant as the GeoPackage writes it.
pub fn instant_text(column: &str) -> String {
    format!("to_char({column} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
}

/// All columns but number and time of change, quoted.
pub fn content(layer: Layer) -> String {
    let names = columns(layer).map(|(name, _)| format!("\"{name}\""));
    std::iter::once("geom".to_owned()).chain(names).collect::<Vec<_>>().join(", ")
}

/// `insert` of what [`Columns`] holds; gives the numbers, in order.
pub fn insert(layer: Layer) -> String {
    let names: Vec<String> = columns(layer).map(|(name, _)| format!("\"{name}\"")).collect();
    let given: Vec<String> = (1..=names.len()).map(|nth| format!("u.c{nth}")).collect();
    let (from, names, given) = (unnested(layer, 0), names.join(", "), given.join(", "));
    format!(
        "insert into \"{}\" (geom, {names}, changed)
         select st_geomfromwkb(u.c0, 4326), {given}, statement_timestamp() from {from} order by u.nth returning fid",
        layer.name()
    )
}

/// `update` of what [`Columns`] holds, the numbers behind it.
pub fn update(layer: Layer) -> String {
    let given: Vec<String> =
        columns(layer).enumerate().map(|(nth, (name, _))| format!("\"{name}\" = u.c{}", nth + 1)).collect();
    let (from, given, number) = (unnested(layer, 1), given.join(", "), columns(layer).count() + 1);
    format!(
        "update \"{}\" t set geom = st_geomfromwkb(u.c0, 4326), {given}, changed = statement_timestamp()
         from {from} where t.fid = u.c{number}",
        layer.name()
    )
}

/// The arrays that are bound as a table of columns c0, c1 …, with the place of each row.
fn unnested(layer: Layer, more: usize) -> String {
    let count = 1 + columns(layer).count() + more;
    let places: Vec<String> = (1..=count).map(|nth| format!("${nth}")).collect();
    let names: Vec<String> = (0..count).map(|nth| format!("c{nth}")).collect();
    format!("unnest({}) with ordinality u({}, nth)", places.join(", "), names.join(", "))
}

/// A day or an instant of this field is outside what a store can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutsideTime(pub &'static str);

/// Features on their way to the table, column by column: the shape first.
pub struct Columns {
    layer: Layer,
    columns: Vec<Column>,
}

impl Columns {
    /// None yet.
    pub fn new(layer: Layer) -> Columns {
        let kinds = std::iter::once(Kind::Bytes).chain(columns(layer).map(|(_, kind)| kind));
        Columns { layer, columns: kinds.map(Column::new).collect() }
    }

    /// Adds a feature, of an imported file or of none, with its shape's bytes.
    pub fn push(&mut self, feature: &Feature, wkb: &[u8], import: Option<u32>) -> Result<(), OutsideTime> {
        let Feature { source, source_key, flaw, extra, origin, .. } = feature;
        let mut columns = self.columns.iter_mut();
        let mut next = || columns.next().expect("as many columns as there are kinds");
        next().blob(wkb);
        put_text(next(), Some(source));
        put_text(next(), Some(source_key));
        put_text(next(), flaw.map(Flaw::code));
        put_text(next(), extra.as_deref());
        match import {
            Some(import) => next().integer(i64::from(import)),
            None => next().null(),
        }
        next().integer(i64::try_from(origin.row).unwrap_or(i64::MAX));
        let mut known = feature.attributes.as_ref().iter(self.layer).peekable();
        for (ix, field) in self.layer.fields().iter().enumerate() {
            let value = known.next_if(|(at, _)| *at == ix).map(|(_, value)| value);
            put(next(), field, value)?;
        }
        Ok(())
    }

    /// The columns as they are bound.
    pub fn finish(self) -> Vec<Column> {
        self.columns
    }
}

fn put_text(column: &mut Column, text: Option<&str>) {
    match text {
        Some(text) => column.text(text),
        None => column.null(),
    }
}

/// Adds a value of a field to its column.
pub fn put(column: &mut Column, field: &Field, value: Option<Known<'_>>) -> Result<(), OutsideTime> {
    let fits = match value {
        None => {
            column.null();
            true
        }
        Some(Known::Text(text)) => {
            put_text(column, Some(text));
            true
        }
        Some(Known::Choice(nth)) => {
            put_text(column, field.choices().get(usize::from(nth)).map(|choice| choice.code));
            true
        }
        Some(Known::Integer(n)) => {
            column.integer(n);
            true
        }
        Some(Known::Real(n)) => {
            column.real(n);
            true
        }
        Some(Known::Bool(yes)) => {
            column.bool(yes);
            true
        }
        Some(Known::Date(days)) => column.date(days),
        Some(Known::Instant(ms)) => column.instant(ms),
    };
    if fits { Ok(()) } else { Err(OutsideTime(field.name)) }
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

    /// The feature of a row of [`selected`]; `None`, and a fault, where it has no shape that can be read.
    pub fn read(&mut self, row: &PgRow) -> sqlx::Result<Option<Row>> {
        let cells = Cells(row);
        let fid = cells.at(0)?.and_then(cell::integer).unwrap_or(0);
        let id = FeatureId(fid as u64);
        if !(1..MOST).contains(&fid) {
            let what = format!("{fid} is not a number from 1 to 2^53");
            self.faults.push(Fault { layer: self.layer, id, column: "fid", what });
            return Ok(None);
        }
        let geom = match cells.at(1)? {
            Some(wkb) => blob::read_wkb(wkb, self.layer.def().geometry).map_err(|error| error.to_string()),
            None => Err("no geometry, or one that is too large".to_owned()),
        };
        let shape = match geom {
            Ok(shape) => shape,
            Err(what) => {
                self.faults.push(Fault { layer: self.layer, id, column: "geom", what });
                return Ok(None);
            }
        };
        for (ix, field) in self.layer.fields().iter().enumerate() {
            let Some(stored) = cells.at(FIELDS + ix)? else { continue };
            match value_of(field, stored) {
                Some(value) => self.packer.push(ix, value),
                None if is_blank(field, stored) => {}
                None => {
                    let what = "the model refuses what is stored".to_owned();
                    self.faults.push(Fault { layer: self.layer, id, column: field.name, what });
                }
            }
        }
        let source = cells.text(2)?;
        if *self.source != *source {
            self.source = source.into();
        }
        let number = |at: usize| -> sqlx::Result<Option<i64>> { Ok(cells.at(at)?.and_then(cell::integer)) };
        let file = number(6)?.and_then(|import| self.files.get(&import));
        let feature = Feature {
            layer: self.layer,
            source: self.source.clone(),
            source_key: cells.text(3)?.into(),
            shape,
            flaw: Flaw::named(cells.text(4)?),
            attributes: self.packer.finish(),
            extra: match cells.at(5)? {
                Some(extra) if self.with_extra => cell::text(extra).map(str::to_owned),
                _ => None,
            },
            origin: Origin {
                file: file.unwrap_or(&self.nowhere).clone(),
                row: number(7)?.and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
            },
        };
        Ok(Some(Row { id, feature }))
    }
}

/// The bytes of a row's cells.
struct Cells<'a>(&'a PgRow);

impl<'a> Cells<'a> {
    fn at(&self, ix: usize) -> sqlx::Result<Option<&'a [u8]>> {
        let value: PgValueRef<'a> = self.0.try_get_raw(ix)?;
        match value.is_null() {
            true => Ok(None),
            false => value.as_bytes().map(Some).map_err(sqlx::Error::Decode),
        }
    }

    /// A text, empty where there is none.
    fn text(&self, ix: usize) -> sqlx::Result<&'a str> {
        Ok(self.at(ix)?.and_then(cell::text).unwrap_or(""))
    }
}

fn is_blank(field: &Field, stored: &[u8]) -> bool {
    Kind::of(field.ty) == Kind::Text && stored.iter().all(u8::is_ascii_whitespace)
}

/// The value of a field as the model allows it; `None` where there is none or it is refused.
fn value_of<'a>(field: &Field, stored: &'a [u8]) -> Option<Known<'a>> {
    match field.ty {
        FieldType::Text => {
            let text = cell::text(stored)?.trim();
            (!text.is_empty()).then_some(Known::Text(text))
        }
        FieldType::Integer(least, most) => {
            cell::integer(stored).filter(|n| (least..=most).contains(n)).map(Known::Integer)
        }
        FieldType::Real(least, most) => cell::real(stored).filter(|n| (least..=most).contains(n)).map(Known::Real),
        FieldType::Bool => cell::bool(stored).map(Known::Bool),
        FieldType::Date => cell::date(stored).map(Known::Date),
        FieldType::Instant => cell::instant(stored).map(Known::Instant),
        FieldType::Choice(choices) => {
            choices.iter().position(|choice| choice.code.as_bytes() == stored).map(|nth| Known::Choice(nth as u8))
        }
    }
}
