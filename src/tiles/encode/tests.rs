//! The writer and fast-mvt, a library that others wrote, write the same bytes.

use super::*;
use fast_mvt::{MvtCoord, MvtGeomType, MvtLayerBuilder, MvtValueRef};
use proptest::prelude::*;

const KEYS: [&str; 5] = ["kind", "name", "height_m", "", "flaw"];

#[derive(Clone, Debug)]
enum Any {
    Text(String),
    Integer(i64),
    Unsigned(u64),
    Real(f64),
    Bool(bool),
}

impl Any {
    fn attribute(&self) -> Attribute<'_> {
        match self {
            Any::Text(text) => Attribute::Text(text),
            Any::Integer(n) => Attribute::Integer(*n),
            Any::Unsigned(n) => Attribute::Unsigned(*n),
            Any::Real(n) => Attribute::Real(*n),
            Any::Bool(yes) => Attribute::Bool(*yes),
        }
    }

    fn value(&self) -> MvtValueRef<'_> {
        match self {
            Any::Text(text) => MvtValueRef::String(text),
            Any::Integer(n) => u64::try_from(*n).map_or(MvtValueRef::SInt(*n), MvtValueRef::UInt),
            Any::Unsigned(n) => MvtValueRef::UInt(*n),
            Any::Real(n) if n.is_finite() => MvtValueRef::Double(*n),
            Any::Real(_) => MvtValueRef::Null,
            Any::Bool(yes) => MvtValueRef::Bool(*yes),
        }
    }
}

fn any_value() -> impl Strategy<Value = Any> {
    prop_oneof![
        "[a-c街]{0,3}".prop_map(Any::Text),
        ".{100,200}".prop_map(Any::Text),
        (-3_i64..3).prop_map(Any::Integer),
        any::<i64>().prop_map(Any::Integer),
        any::<u64>().prop_map(Any::Unsigned),
        (0..300_u16).prop_map(|n| Any::Real(f64::from(n) / 10.0)),
        any::<f64>().prop_map(Any::Real),
        any::<bool>().prop_map(Any::Bool),
    ]
}

type Feature = (u64, u8, Vec<Vec<(i64, i64)>>, Vec<(usize, Any)>);

fn any_feature() -> impl Strategy<Value = Feature> {
    let part = proptest::collection::vec((-128_i64..4224, -128_i64..4224), 3..9);
    let tags = proptest::collection::vec((0..KEYS.len(), any_value()), 0..6);
    (any::<u64>(), 1..=3_u8, proptest::collection::vec(part, 1..4), tags)
}

fn paths_of(kind: u8, parts: &[Vec<(i64, i64)>]) -> Paths {
    let mut paths = Paths::new(match kind {
        1 => GeometryKind::Point,
        2 => GeometryKind::Line,
        _ => GeometryKind::Polygon,
    });
    for (nth, part) in parts.iter().enumerate() {
        let vertices: Vec<Vertex> = part.iter().map(|&(x, y)| Vertex { x, y }).collect();
        paths.push(&vertices, nth == 0);
    }
    paths
}

fn by_fast_mvt(features: &[Feature]) -> Vec<u8> {
    let coords = |part: &[(i64, i64)]| -> Vec<MvtCoord> {
        part.iter().map(|&(x, y)| MvtCoord { x: x as i32, y: y as i32 }).collect()
    };
    let mut layer = MvtLayerBuilder::new("layer").unwrap();
    for (id, kind, parts, tags) in features {
        let kinds = [MvtGeomType::Point, MvtGeomType::LineString, MvtGeomType::Polygon];
        let mut feature = layer.feature_of(kinds[usize::from(*kind) - 1]);
        feature.id(Some(*id));
        match kind {
            1 => {
                feature.points(coords(&parts.concat())).unwrap();
            }
            2 => parts.iter().for_each(|part| {
                feature.line(coords(part)).unwrap();
            }),
            _ => parts.iter().enumerate().for_each(|(nth, part)| {
                feature.ring(coords(part), nth == 0).unwrap();
            }),
        }
        for (key, value) in tags {
            feature.tag_ref(KEYS[*key], value.value()).unwrap();
        }
        layer = feature.end();
    }
    layer.encode()
}

proptest! {
    #[test]
    fn the_bytes_are_those_of_fast_mvt(features in proptest::collection::vec(any_feature(), 1..40)) {
        // A ring that ends where it began is not open.
        let open = |part: &Vec<(i64, i64)>| part.first() != part.last();
        prop_assume!(features.iter().all(|(_, _, parts, _)| parts.iter().all(open)));
        let mut writer = TileWriter::default();
        for (id, kind, parts, tags) in &features {
            writer.add("layer", *id, &paths_of(*kind, parts), tags.iter().map(|(key, value)| (KEYS[*key], value.attribute())));
        }
        prop_assert_eq!(writer.finish().unwrap(), by_fast_mvt(&features));
    }
}

#[test]
fn many_values_keep_their_numbers() {
    let mut values = Values::default();
    for round in 0..2 {
        for n in 0..5000_u32 {
            assert_eq!(values.number(&n.to_le_bytes()), n, "round {round}");
        }
    }
}
