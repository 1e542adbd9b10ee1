//! How much a tile tells, and the attributes that the model declares for it.

use crate::model::{AttributesRef, Field, FieldType, Layer, ValueRef};
use crate::tiles::Attribute;

/// How much a tile tells; a tile that is too large tells less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Only the features that matter most, or squares of them.
    Least,
    /// Every feature with what colours it.
    Lean,
    /// Every feature with every attribute.
    Full,
}

impl Detail {
    /// All, most first.
    pub const ALL: [Detail; 3] = [Detail::Full, Detail::Lean, Detail::Least];
}

fn shown(field: &Field, zoom: u8, detail: Detail) -> bool {
    let drawn_by = matches!(field.ty, FieldType::Choice(_) | FieldType::Bool);
    field.is_told(zoom) && (detail == Detail::Full || drawn_by)
}

/// The attributes of a feature that the model declares for tiles of a zoom.
pub fn attributes<'a>(
    layer: Layer,
    values: AttributesRef<'a>,
    zoom: u8,
    detail: Detail,
) -> impl Iterator<Item = (&'static str, Attribute<'a>)> + Clone {
    values.iter(layer).filter_map(move |(ix, value)| {
        let field = &layer.fields()[ix];
        shown(field, zoom, detail).then(|| (field.name, told(field, value)))
    })
}

/// A value as a tile tells it.
fn told<'a>(field: &Field, value: ValueRef<'a>) -> Attribute<'a> {
    match value {
        ValueRef::Text(text) => Attribute::Text(text),
        ValueRef::Integer(n) | ValueRef::Instant(n) => Attribute::Integer(n),
        ValueRef::Date(days) => Attribute::Integer(i64::from(days)),
        ValueRef::Real(n) => Attribute::Real(n),
        ValueRef::Bool(yes) => Attribute::Bool(yes),
        ValueRef::Choice(nth) => {
            Attribute::Text(field.choices().get(usize::from(nth)).map_or("", |choice| choice.code))
        }
    }
}

/// Names of all attributes a layer's tiles may carry, with whether they are numbers.
pub fn declared(layer: Layer) -> Vec<(String, bool)> {
    let fields = layer.fields().iter().filter(|field| field.is_public() && field.tile_zoom.is_some());
    // Dates and instants are whole numbers in a tile.
    let number = |field: &Field| !matches!(field.ty, FieldType::Text | FieldType::Choice(_) | FieldType::Bool);
    fields.map(|field| (field.name.to_owned(), number(field))).collect()
}

/// A share in whole percent, rounded; `None` of nothing.
pub fn percent(part: i64, of: i64) -> Option<i64> {
    (of > 0).then(|| (200 * part + of) / (2 * of))
}
