//! Features of any content, for tests that try what nobody thought of.

use firemap::model::{Attributes, Feature, FieldType, Flaw, GeometryKind, Layer, Origin, Place, Shape, Value};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// A feature of any content, as a store gives it back.
pub fn any_feature(layer: Layer, key: String) -> impl Strategy<Value = Feature> {
    let values: Vec<_> = layer.fields().iter().map(|field| option::of(any_value(field.ty))).collect();
    let file = select(vec!["a.csv", "b.csv"]);
    (any_shape(layer.def().geometry), values, any::<bool>(), option::of("[a-z]{1,3}"), file, 1..9_u64).prop_map(
        move |(shape, values, flawed, extra, file, row)| Feature {
            layer,
            source: "survey".into(),
            source_key: key.clone().into(),
            shape,
            flaw: flawed.then_some(Flaw::SelfCrossing),
            attributes: Attributes::pack(layer, &values),
            extra: extra.map(|text| format!(r#"{{"x":"{text}"}}"#)),
            origin: Origin { file: file.into(), row },
        },
    )
}

fn any_value(ty: FieldType) -> BoxedStrategy<Value> {
    match ty {
        FieldType::Text => "[\\PC]{1,12}"
            .prop_map(|text| text.trim().to_owned())
            .prop_filter("text is never empty", |text| !text.is_empty())
            .prop_map(|text| Value::Text(text.into()))
            .boxed(),
        FieldType::Integer(least, most) => (least..=most).prop_map(Value::Integer).boxed(),
        FieldType::Real(least, most) => (least..=most).prop_map(Value::Real).boxed(),
        FieldType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        FieldType::Date => (-700_000..2_900_000).prop_map(Value::Date).boxed(),
        FieldType::Instant => (-60_000_000_000_000_i64..250_000_000_000_000).prop_map(Value::Instant).boxed(),
        FieldType::Choice(choices) => (0..choices.len() as u8).prop_map(Value::Choice).boxed(),
    }
}

/// A shape as a store gives it back: outer rings counter-clockwise, holes clockwise.
fn any_shape(kind: GeometryKind) -> BoxedStrategy<Shape> {
    let at = (-1_799_000_000..1_799_000_000, -899_000_000..899_000_000).prop_map(|(lon, lat)| Place { lon, lat });
    let step = |from: Place, lon: i32, lat: i32| Place { lon: from.lon + lon, lat: from.lat + lat };
    match kind {
        GeometryKind::Point => at.prop_map(Shape::point).boxed(),
        GeometryKind::Line => vec((at, 1..999_999, 0..999_999), 1..4)
            .prop_map(move |lines| {
                Shape::lines(lines.into_iter().map(|(a, lon, lat)| vec![a, step(a, lon, lat)])).unwrap()
            })
            .boxed(),
        GeometryKind::Polygon => vec((at, 10..999_999, any::<bool>()), 1..4)
            .prop_map(move |squares| {
                Shape::polygons(squares.into_iter().map(|(a, side, holed)| {
                    let inner = side / 3;
                    let outer = vec![a, step(a, side, 0), step(a, side, side), step(a, 0, side)];
                    let hole = vec![step(a, 1, 1), step(a, 1, inner), step(a, inner, inner), step(a, inner, 1)];
                    if holed { vec![outer, hole] } else { vec![outer] }
                }))
                .unwrap()
            })
            .boxed(),
    }
}
