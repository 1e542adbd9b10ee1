//! Towns drawn by hand in metres, row by row.

#![allow(dead_code, clippy::unwrap_used, reason = "each suite takes what it needs; a failure here is a failed test")]

use std::sync::Arc;

use firemap::city::{City, Frame};
use firemap::model::{Attributes, Feature, FeatureId, FieldType, Layer, Origin, Place, Shape, Value};
use firemap::rules::Pack;
use firemap::store::{DEFAULT_ZONE, Revision, Row, Snapshot};
use jiff::civil::date;

/// A place so many metres east and north of a corner of Chongqing.
pub fn at(x: f64, y: f64) -> Place {
    Place::from_degrees(106.5 + x / 96_966.3, 29.5 + y / 110_844.1).unwrap()
}

/// A point there.
pub fn point(x: f64, y: f64) -> Shape {
    Shape::point(at(x, y))
}

/// A straight line.
pub fn line(from: (f64, f64), to: (f64, f64)) -> Shape {
    Shape::lines([vec![at(from.0, from.1), at(to.0, to.1)]]).unwrap()
}

/// A rectangle by its west, south, east and north side.
pub fn rectangle(west: f64, south: f64, east: f64, north: f64) -> Shape {
    Shape::polygons([vec![vec![at(west, south), at(east, south), at(east, north), at(west, north)]]]).unwrap()
}

/// A value from its text, by the type of its field.
fn value(layer: Layer, name: &str, text: &str) -> (usize, Value) {
    let (ix, field) = layer.field(name).unwrap_or_else(|| panic!("{name} is no field of {}", layer.name()));
    let value = match field.ty {
        FieldType::Text => Value::Text(text.into()),
        FieldType::Integer(..) => Value::Integer(text.parse().unwrap()),
        FieldType::Real(..) => Value::Real(text.parse().unwrap()),
        FieldType::Bool => Value::Bool(text == "true"),
        FieldType::Date => {
            let day: jiff::civil::Date = text.parse().unwrap();
            Value::Date((day - date(1970, 1, 1)).get_days())
        }
        FieldType::Instant => {
            let at: jiff::Timestamp = text.parse().unwrap();
            Value::Instant(at.as_millisecond())
        }
        FieldType::Choice(choices) => {
            Value::Choice(choices.iter().position(|choice| choice.code == text).unwrap() as u8)
        }
    };
    (ix, value)
}

/// A row of a layer; `values` as `name=text` with semicolons between.
pub fn row(layer: Layer, id: u64, shape: Shape, values: &str) -> Row {
    let mut packed = vec![None; layer.fields().len()];
    for pair in values.split(';').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').unwrap();
        let (ix, value) = value(layer, name, text);
        packed[ix] = Some(value);
    }
    let feature = Feature {
        layer,
        source: "drawn".into(),
        source_key: format!("{}-{id}", layer.name()).into(),
        shape,
        flaw: None,
        attributes: Attributes::pack(layer, &packed),
        extra: None,
        origin: Origin { file: "drawn.csv".into(), row: id },
    };
    Row { id: FeatureId(id), feature }
}

/// The city of rows by the Chinese rules.
pub fn city(rows: Vec<Row>) -> City {
    city_by(rows, Pack::built_in("gb").unwrap())
}

/// The city of rows by other rules.
pub fn city_by(rows: Vec<Row>, pack: Pack) -> City {
    let pack = Arc::new(pack);
    let snapshot = Snapshot { revision: Revision(1), zone: DEFAULT_ZONE.to_owned(), sources: vec![] };
    City::of(snapshot, rows, Frame::new(pack, date(2026, 11, 22)).unwrap())
}
