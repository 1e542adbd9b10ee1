//! Files that firemap wrote itself and that come back: an export that was worked on elsewhere, a report of rejects that
//! was mended. What they remember is taken from them, so that the plain command does right.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::dates::days_since_epoch;
use super::grid::numerals::Numerals;
use super::key::column_key;
use super::mapping::Mapped;
use super::record::{Cell, Record};
use super::values::{self, How, Reading};
use crate::model::{Field, FieldType, GeometryKind, Layer, Value, as_meant};

/// Columns that an export has beside the fields.
const EXPORTED: [&str; 6] = ["id", "fid", "source", SOURCE_KEY, "layer", "flaw"];
/// The column of an export that holds the source.
pub const SOURCE: &str = "source";
/// The column of an export that holds the key.
pub const SOURCE_KEY: &str = "source_key";

/// The layer of an export; `None` where the records are no export of ours.
pub fn exported_layer(columns: &[Box<str>], sample: &[Record], kind: Option<GeometryKind>) -> Option<Layer> {
    let has = |name: &str| columns.iter().any(|column| &**column == name);
    if sample.is_empty() || !has(SOURCE) || !has(SOURCE_KEY) {
        return None;
    }
    // GeoJSON leaves unknown values out, and tells the layer of each feature instead.
    let told = |record: &Record| column_key(record, "layer").and_then(|name| Layer::named(&name));
    let first = sample.first().and_then(told);
    if let Some(layer) = first {
        return (has("flaw") && sample.iter().all(|record| told(record) == Some(layer))).then_some(layer);
    }
    let public = |layer: &Layer| layer.fields().iter().filter(|field| field.is_public()).count();
    let fits = |layer: &Layer| {
        kind.is_none_or(|kind| kind == layer.def().geometry)
            && layer.fields().iter().filter(|field| field.is_public()).all(|field| has(field.name))
    };
    // The number: a GeoPackage calls it by another name.
    if !has("id") && !has("fid") {
        return None;
    }
    Layer::ALL.into_iter().filter(fits).max_by_key(public)
}

/// How the columns of an export are read: each is the field of its name.
pub struct Exported {
    /// The layer.
    pub layer: Layer,
    /// Whether quotes keep cells from being formulas.
    pub quoted: bool,
    /// Columns that make the place.
    pub place_columns: Vec<Box<str>>,
}

impl Exported {
    /// The fields of a record; a column that someone has added is kept as any unknown one.
    pub fn map(&self, record: &Record, zone: &TimeZone) -> Mapped {
        let mut mapped = Mapped::nothing_known(self.layer);
        for (column, cell) in &record.columns {
            let known = self.layer.fields().iter().position(|field| field.is_public() && field.name == &**column);
            let Some(ix) = known else {
                let own = EXPORTED.contains(&&**column) || self.place_columns.contains(column);
                if !own && *cell != Cell::Json(Json::Null) {
                    mapped.extra.push((column.to_string(), cell.to_json()));
                }
                continue;
            };
            let field = &self.layer.fields()[ix];
            let cell = self.meant(cell);
            match exact(&cell, field).map_or_else(
                || values::read(&cell, field, &How::new("", field.unit, Numerals::Each), zone),
                Reading::Value,
            ) {
                Reading::Nothing => {}
                Reading::Value(value) | Reading::Coarser(value) => mapped.values[ix] = Some(value),
                Reading::Unreadable => {
                    let text = column_key(record, column).unwrap_or_default().chars().take(80).collect();
                    mapped.unread.push((ix, column.clone(), text));
                    mapped.extra.push((column.to_string(), cell.to_json()));
                }
            }
        }
        mapped
    }

    /// Columns and the fields they are.
    pub fn pairs<'a>(&'a self, columns: &'a [Box<str>]) -> impl Iterator<Item = (&'a str, &'static str)> {
        let public = self.layer.fields().iter().filter(|field| field.is_public());
        public.filter_map(|field| Some((&**columns.iter().find(|column| &***column == field.name)?, field.name)))
    }

    fn meant(&self, cell: &Cell) -> Cell {
        match cell {
            Cell::Text(text) if self.quoted => Cell::Text(as_meant(text).into()),
            other => other.clone(),
        }
    }

    /// The source a record names.
    pub fn source(&self, record: &Record) -> Option<String> {
        let name = column_key(record, SOURCE)?;
        Some(if self.quoted { as_meant(&name).to_owned() } else { name })
    }
}

/// A value as exports write it.
fn exact(cell: &Cell, field: &Field) -> Option<Value> {
    let Cell::Text(text) = cell else { return None };
    match field.ty {
        FieldType::Choice(choices) => {
            choices.iter().position(|choice| choice.code == &**text).map(|nth| Value::Choice(nth as u8))
        }
        FieldType::Real(least, most) => {
            text.parse().ok().filter(|n| (least..=most).contains(n)).map(|n: f64| Value::Real(n + 0.0))
        }
        FieldType::Date => text.parse::<Date>().ok().map(|day| Value::Date(days_since_epoch(day))),
        FieldType::Instant => {
            text.parse::<jiff::Timestamp>().ok().map(|moment| Value::Instant(moment.as_millisecond()))
        }
        _ => None,
    }
}

/// Columns that a report of rejects has around those of the file the rows come from: the first two before, the others
/// behind them.
pub const REJECT_COLUMNS: [&str; 9] = [
    "firemap_reason",
    "firemap_row",
    "firemap_file",
    "firemap_key",
    "firemap_code",
    "firemap_layer",
    "firemap_source",
    "firemap_crs",
    "firemap_columns",
];
/// What stands for a field where a column makes the place.
pub const PLACE: &str = "@place";
/// The key a rejected row has in its source, once it is kept.
pub const REJECT_KEY: &str = "firemap_key";
/// The place of a rejected row, where its own columns do not hold it.
pub const REJECT_PLACE: &str = "firemap_wkt";

/// What a report of rejects remembers of the import that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The layer.
    pub layer: Layer,
    /// The source.
    pub source: String,
    /// The coordinates of the place.
    pub crs: String,
    /// Columns and the fields they go to; `None` of tags of OpenStreetMap.
    pub columns: Option<BTreeMap<String, String>>,
}

impl Rejected {
    /// What a row of such a report remembers; `None` where it is none.
    pub fn of(record: &Record) -> Option<Rejected> {
        let text = |name: &str| column_key(record, name);
        let columns = text("firemap_columns")?;
        Some(Rejected {
            layer: Layer::named(&text("firemap_layer")?)?,
            source: as_meant(&text("firemap_source")?).to_owned(),
            crs: text("firemap_crs")?,
            columns: serde_json::from_str(&columns).ok(),
        })
    }

    /// The same as a row of the report tells it.
    pub fn columns_told(&self) -> String {
        self.columns.as_ref().map_or_else(|| "tags".to_owned(), |columns| Json::from_iter(columns.clone()).to_string())
    }
}

/// Takes the report's own columns out of a row, and the quotes that keep its cells from being formulas; its key goes
/// where the engine looks for it.
pub fn take_out(record: &mut Record) {
    record.key = column_key(record, REJECT_KEY).map(|key| as_meant(&key).into());
    record.columns.retain(|(name, _)| !is_reject_column(name));
    for (_, cell) in &mut record.columns {
        if let Cell::Text(text) = cell
            && as_meant(text).len() != text.len()
        {
            *text = as_meant(text).into();
        }
    }
}

/// Whether a column is one of a report of rejects, not of the file its rows come from.
pub fn is_reject_column(name: &str) -> bool {
    REJECT_COLUMNS.contains(&name) || name == REJECT_PLACE
}
