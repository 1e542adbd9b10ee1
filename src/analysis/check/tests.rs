//! The trees against looking at every pair.

use super::*;
use crate::analysis::near::{between_m, edge_m};
use crate::analysis::{holds, inner_place};
use crate::model::{Attributes, FeatureId, Place, Shape, Value, area, hydrant};
use crate::rules::Pack;
use jiff::civil::date;
use proptest::prelude::*;

/// A unit of the drawings, some metres wide.
const UNIT: i32 = 300;

fn at(x: i32, y: i32) -> Place {
    Place { lon: 1_065_000_000 + x * UNIT, lat: 295_000_000 + y * UNIT }
}

fn rectangle((x, y, w, h): (i32, i32, i32, i32)) -> Shape {
    Shape::polygons([vec![vec![at(x, y), at(x + w, y), at(x + w, y + h), at(x, y + h)]]]).unwrap()
}

fn rectangles() -> impl Strategy<Value = Vec<Shape>> {
    proptest::collection::vec((0..60i32, 0..60i32, 1..25i32, 1..25i32).prop_map(rectangle), 0..12)
}

fn points() -> impl Strategy<Value = Vec<Shape>> {
    proptest::collection::vec((0..80i32, 0..80i32).prop_map(|(x, y)| Shape::point(at(x, y))), 0..30)
}

fn one_choice(layer: Layer, ix: usize, code: &str) -> Attributes {
    let mut values = vec![None; layer.fields().len()];
    let nth = layer.fields()[ix].choices().iter().position(|choice| choice.code == code).unwrap();
    values[ix] = Some(Value::Choice(nth as u8));
    Attributes::pack(layer, &values)
}

/// Rows numbered from 1.
fn rows<'a>(shapes: &'a [Shape], attributes: &'a Attributes) -> Vec<CheckedRow<'a>> {
    let row = |(shape, id): (&'a Shape, u64)| CheckedRow {
        id: FeatureId(id),
        source: "drawn",
        source_key: "",
        shape: shape.as_ref(),
        flaw: None,
        attributes: attributes.as_ref(),
    };
    shapes.iter().zip(1..).map(row).collect()
}

type Pair = (FeatureId, Option<FeatureId>);

fn pairs(found: &[Finding], kind: Kind) -> Vec<Pair> {
    let mut pairs: Vec<Pair> =
        found.iter().filter(|f| f.kind == kind).map(|f| (f.id, f.other.map(|(_, id)| id))).collect();
    pairs.sort_unstable();
    pairs
}

/// The first polygon that holds each point, far enough from its edge.
fn first_holding(points: &[Shape], polygons: &[Shape], from_edge_m: f64) -> Vec<Pair> {
    let holding = |point: &Shape| {
        let at = point.first();
        let inside = |polygon: &&Shape| holds(polygon.as_ref(), at) && edge_m(polygon.as_ref(), at) > from_edge_m;
        polygons.iter().zip(1..).find(|(polygon, _)| inside(polygon)).map(|(_, id)| FeatureId(id))
    };
    points.iter().zip(1..).filter_map(|(point, id)| Some((FeatureId(id), Some(holding(point)?)))).collect()
}

proptest! {
    #[test]
    fn hydrants_in_water_and_buildings_are_those_that_all_pairs_find(
        points in points(), waters in rectangles(), buildings in rectangles()
    ) {
        let (none, kind) = (Attributes::default(), one_choice(Layer::Hydrant, hydrant::KIND, "municipal"));
        let sheets = Sheets::new(|layer| match layer {
            Layer::Hydrant => rows(&points, &kind),
            Layer::Water => rows(&waters, &none),
            Layer::Building => rows(&buildings, &none),
            _ => vec![],
        });
        let day = date(2026, 1, 1);
        let rules = WaterRules::on(&Pack::built_in("gb").unwrap(), day).unwrap();
        let found = check(&sheets, &rules, day).findings;
        prop_assert_eq!(pairs(&found, Kind::InWater), first_holding(&points, &waters, 5.0));
        prop_assert_eq!(pairs(&found, Kind::InBuilding), first_holding(&points, &buildings, 2.0));
    }

    #[test]
    fn buildings_in_no_area_are_those_that_no_area_holds(buildings in rectangles(), areas in rectangles()) {
        let (none, grid) = (Attributes::default(), one_choice(Layer::Area, area::KIND, "grid"));
        let sheets = Sheets::new(|layer| match layer {
            Layer::Area => rows(&areas, &grid),
            Layer::Building => rows(&buildings, &none),
            _ => vec![],
        });
        let held = |place| areas.is_empty() || areas.iter().any(|area| holds(area.as_ref(), place));
        let naive = buildings.iter().zip(1..).filter(|(building, _)| !held(inner_place(building.as_ref())));
        let naive: Vec<Pair> = naive.map(|(_, id)| (FeatureId(id), None)).collect();
        prop_assert_eq!(pairs(&areas::findings(&sheets), Kind::InNoArea), naive);
    }

    #[test]
    fn ladder_fields_without_a_building_are_those_that_none_is_near(fields in rectangles(), buildings in rectangles()) {
        let none = Attributes::default();
        let sheets = Sheets::new(|layer| match layer {
            Layer::LadderField => rows(&fields, &none),
            Layer::Building => rows(&buildings, &none),
            _ => vec![],
        });
        let near = |field: &Shape| buildings.iter().any(|of| between_m(field.as_ref(), of.as_ref()) <= 15.0);
        let naive = fields.iter().zip(1..).filter(|(field, _)| !near(field));
        let naive: Vec<Pair> = naive.map(|(_, id)| (FeatureId(id), None)).collect();
        prop_assert_eq!(pairs(&served::findings(&sheets), Kind::WithoutBuilding), naive);
    }

    #[test]
    fn outlines_have_the_twins_that_all_pairs_have(seed in proptest::collection::vec((0..6i32, 0..2i32), 0..20)) {
        // Few rectangles, many of them the same.
        let shapes: Vec<Shape> = seed.iter().map(|(x, w)| rectangle((*x, 0, 5 + w, 5))).collect();
        let none = Attributes::default();
        let sheets = Sheets::new(|layer| if layer == Layer::Building { rows(&shapes, &none) } else { vec![] });
        let naive = seed.iter().enumerate().filter_map(|(nth, this)| {
            let first = seed[..nth].iter().position(|other| other == this)?;
            Some((FeatureId(nth as u64 + 1), Some(FeatureId(first as u64 + 1))))
        });
        prop_assert_eq!(pairs(&twins::findings(&sheets), Kind::Twin), naive.collect::<Vec<Pair>>());
    }
}

#[test]
fn a_lane_through_a_building_is_at_no_distance() {
    let house = rectangle((0, 0, 100, 100));
    let lane = Shape::lines([vec![at(-50, 50), at(150, 50)]]).unwrap();
    assert_eq!(between_m(lane.as_ref(), house.as_ref()), 0.0);
    let beside = Shape::lines([vec![at(-50, 110), at(150, 110)]]).unwrap();
    assert!((between_m(beside.as_ref(), house.as_ref()) - 33.3).abs() < 0.2);
}
