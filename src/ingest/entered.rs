//! What is entered for one feature by hand or by a program: read as a cell of a file is. Where a file's row is kept with
//! the field unknown, here the one who asks can mend it: what cannot be read, or says less than was written, is refused.

use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::geojson;
use super::geometry;
use super::grid::numerals::Numerals;
use super::record::Cell;
use super::reject::Reason;
use super::values::{self, How, Reading};
use crate::model::{Field, FieldType, Flaw, Layer, Shape, Value};

/// Characters of a refused value that are said again.
const MOST_SAID: usize = 80;

crate::sentences! {
    /// Why a value is not taken.
    pub enum Misfit {
        /// The layer has no such field that can be set.
        NoField { field: String, layer: &'static str }
            "no_such_field",
            "图层 {layer} 没有可修改的字段 {field}；字段列表见 /api/model。",
            "Layer {layer} has no field {field} that can be set; the fields are listed at /api/model.";
        /// The value is of the wrong kind, unit or range.
        Unfit { field: &'static str, given: String, zh: String, en: String }
            "value_unfit",
            "字段 {field} 不能是“{given}”：应为{zh}。",
            "{field} cannot be “{given}”: it is {en}.";
    }
}

/// The value of a field; `None` clears it. `zone` is that of dates and instants without one.
pub fn entered(value: &Json, field: &'static Field, zone: &TimeZone) -> Result<Option<Value>, Misfit> {
    let cell = match value {
        Json::String(text) => Cell::Text(text.as_str().into()),
        other => Cell::Json(other.clone()),
    };
    match values::read(&cell, field, &How::new("", field.unit, Numerals::Point), zone) {
        Reading::Nothing => Ok(None),
        Reading::Value(value) => Ok(Some(value)),
        Reading::Coarser(_) | Reading::Unreadable => {
            let given = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let (zh, en) = wanted(field);
            Err(Misfit::Unfit { field: field.name, given: given.chars().take(MOST_SAID).collect(), zh, en })
        }
    }
}

/// The shape of a GeoJSON geometry in a layer, in WGS 84.
pub fn entered_shape(geometry: &Json, layer: Layer) -> Result<(Shape, Option<Flaw>), Reason> {
    geometry::shape(&geojson::geometry(geometry), layer)
}

/// What a field takes, in Chinese and English.
fn wanted(field: &Field) -> (String, String) {
    let unit = if field.unit.is_empty() { String::new() } else { format!(" {}", field.unit) };
    let span = |least: String, most: String| {
        (format!("{least} 到 {most}{unit} 之间的"), format!("from {least} to {most}{unit}"))
    };
    match field.ty {
        FieldType::Text => ("64 kB 以内的文字".to_owned(), "a text of at most 64 kB".to_owned()),
        FieldType::Integer(least, most) => {
            let (zh, en) = span(least.to_string(), most.to_string());
            (format!("{zh}整数"), format!("a whole number {en}"))
        }
        FieldType::Real(least, most) => {
            let (zh, en) = span(least.to_string(), most.to_string());
            (format!("{zh}数"), format!("a number {en}"))
        }
        FieldType::Bool => ("true 或 false".to_owned(), "true or false".to_owned()),
        FieldType::Date => ("日期，如 2026-05-01".to_owned(), "a date such as 2026-05-01".to_owned()),
        FieldType::Instant => {
            ("时间，如 2026-05-01T08:30:00Z".to_owned(), "an instant such as 2026-05-01T08:30:00Z".to_owned())
        }
        FieldType::Choice(choices) => {
            let codes = choices.iter().map(|choice| choice.code).collect::<Vec<_>>().join(", ");
            (format!("以下之一：{codes}"), format!("one of {codes}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Speak;

    fn read(layer: Layer, field: &str, value: Json) -> Result<Option<Value>, Misfit> {
        entered(&value, layer.field(field).expect("a field of the layer").1, &TimeZone::UTC)
    }

    #[test]
    fn what_is_entered_is_read_as_in_a_file_or_refused_with_what_is_wanted() {
        assert_eq!(read(Layer::Road, "width_m", json!(3.5)), Ok(Some(Value::Real(3.5))));
        assert_eq!(read(Layer::Road, "width_m", json!("350 cm")), Ok(Some(Value::Real(3.5))));
        assert_eq!(read(Layer::Road, "width_m", Json::Null), Ok(None));
        assert_eq!(read(Layer::Road, "bridge", json!(false)), Ok(Some(Value::Bool(false))));
        assert_eq!(read(Layer::Hydrant, "name", json!(" 甲 ")), Ok(Some(Value::Text("甲".into()))));
        assert!(read(Layer::Hydrant, "state", json!("obstructed")).is_ok());
        for (field, value, part) in [
            ("state", json!("purple"), "one of in_service, "),
            ("state", json!("完好"), "one of in_service, "),
            ("pressure_mpa", json!(-1), "a number from 0 to "),
            ("pressure_mpa", json!([1]), "MPa"),
            ("diameter_mm", json!(1.5), "a whole number from "),
            ("inspected", json!("soon"), "a date such as"),
            ("name", json!("x".repeat(70_000)), "64 kB"),
        ] {
            let error = read(Layer::Hydrant, field, value).expect_err(field);
            assert!(error.to_string().contains(part), "{error}");
            assert_eq!(error.code(), "value_unfit");
        }
    }

    #[test]
    fn shapes_are_those_of_their_layer() {
        let point = json!({"type": "Point", "coordinates": [106.5, 29.5]});
        assert!(entered_shape(&point, Layer::Hydrant).is_ok());
        assert_eq!(entered_shape(&point, Layer::Road).map_err(|reason| reason.code()), Err("not_a_line"));
        let off = json!({"type": "Point", "coordinates": [206.5, 29.5]});
        assert_eq!(entered_shape(&off, Layer::Hydrant).map_err(|reason| reason.code()), Err("off_earth"));
        assert_eq!(entered_shape(&Json::Null, Layer::Hydrant).map_err(|reason| reason.code()), Err("no_geometry"));
    }
}
