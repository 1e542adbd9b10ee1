//! A city that followed any sequence of edits equals the one loaded afresh, result for result.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use firemap::analysis::{Covered, Grade};
use firemap::city::{City, Frame, LayerSlots, RowRef};
use firemap::map::{self, TileSource};
use firemap::model::{
    Attributes, Feature, FeatureId, Layer, Origin, Place, Shape, Value, area, building, hydrant, road,
};
use firemap::rules::Pack;
use firemap::store::{Change, Changes, Revision, Row, Snapshot};
use firemap::tiles::TileId;
use jiff::civil::{Date, date};
use proptest::prelude::*;

const DAY: Date = date(2026, 11, 22);

fn frame(pack: &str, day: Date) -> Frame {
    Frame::new(Arc::new(Pack::built_in(pack).unwrap()), day).unwrap()
}

fn snapshot(revision: u64) -> Snapshot {
    Snapshot { revision: Revision(revision), sources: vec![], zone: "Asia/Shanghai".into() }
}

fn city(rows: &BTreeMap<(Layer, FeatureId), Row>, revision: u64, pack: &str, day: Date) -> City {
    City::of(snapshot(revision), rows.values().cloned(), frame(pack, day))
}

/// Places about 25 m apart over some 1.5 km, so that ties and edges that touch are common.
fn place() -> impl Strategy<Value = Place> {
    (0..60i32, 0..60i32).prop_map(|(x, y)| Place { lon: 1_065_000_000 + x * 2500, lat: 295_000_000 + y * 2500 })
}

fn row(layer: Layer, id: u64, shape: Shape, values: &[(usize, Option<Value>)]) -> Row {
    let mut all = vec![None; layer.fields().len()];
    for (ix, value) in values {
        all[*ix] = value.clone();
    }
    let feature = Feature {
        layer,
        source: "test".into(),
        source_key: id.to_string().into(),
        shape,
        flaw: None,
        attributes: Attributes::pack(layer, &all),
        extra: None,
        origin: Origin { file: "test".into(), row: id },
    };
    Row { id: FeatureId(id), feature }
}

fn choice(count: usize) -> impl Strategy<Value = Option<Value>> {
    proptest::option::weighted(0.9, (0..count as u8).prop_map(Value::Choice))
}

fn any_hydrant() -> impl Strategy<Value = Row> {
    let inspected = proptest::option::of((-30..800i32).prop_map(|age| Value::Date(20_779 - age)));
    let pressure = proptest::option::of(prop_oneof![Just(0.1), Just(0.3)].prop_map(Value::Real));
    (1..25u64, place(), choice(hydrant::KINDS.len()), choice(hydrant::STATES.len()), pressure, inspected).prop_map(
        |(id, place, kind, state, pressure, inspected)| {
            let values = [
                (hydrant::KIND, kind),
                (hydrant::STATE, state),
                (hydrant::PRESSURE_MPA, pressure),
                (hydrant::INSPECTED, inspected),
            ];
            row(Layer::Hydrant, id, Shape::point(place), &values)
        },
    )
}

fn any_building() -> impl Strategy<Value = Row> {
    let ring = proptest::collection::vec(place(), 3..6);
    let residents = proptest::option::of((0..500i64).prop_map(Value::Integer));
    let floors = proptest::option::of((1..30i64).prop_map(Value::Integer));
    (1..40u64, ring, residents, floors).prop_filter_map("no area", |(id, ring, residents, floors)| {
        let shape = Shape::polygons([vec![ring]]).ok()?;
        Some(row(Layer::Building, id, shape, &[(building::RESIDENTS, residents), (building::FLOORS_ABOVE, floors)]))
    })
}

fn any_area() -> impl Strategy<Value = Row> {
    (1..6u64, place(), place(), choice(area::KINDS.len())).prop_filter_map("no area", |(id, a, b, kind)| {
        let corner = |lon, lat| Place { lon, lat };
        let ring = vec![a, corner(b.lon, a.lat), b, corner(a.lon, b.lat)];
        let shape = Shape::polygons([vec![ring]]).ok()?;
        Some(row(Layer::Area, id, shape, &[(area::KIND, kind)]))
    })
}

/// Corners of a few blocks, so that roads meet end to end.
fn corner() -> impl Strategy<Value = Place> {
    (0..4i32, 0..3i32).prop_map(|(x, y)| Place { lon: 1_065_000_000 + x * 40_000, lat: 295_000_000 + y * 40_000 })
}

fn any_road() -> impl Strategy<Value = Row> {
    let name = proptest::option::of(prop_oneof![Just("甲街"), Just("乙路")].prop_map(|name| Value::Text(name.into())));
    let lines =
        proptest::collection::vec(proptest::collection::vec(prop_oneof![3 => corner(), 1 => place()], 2..5), 1..3);
    // Mostly main roads of two classes.
    let class =
        prop_oneof![2 => (1..3u8).prop_map(|class| Some(Value::Choice(class))), 1 => choice(road::CLASSES.len())];
    (1..14u64, lines, name, class).prop_filter_map("no length", |(id, lines, name, class)| {
        let shape = Shape::lines(lines).ok()?;
        Some(row(Layer::Road, id, shape, &[(road::NAME, name), (road::CLASS, class)]))
    })
}

fn any_change() -> impl Strategy<Value = Change> {
    let put =
        prop_oneof![4 => any_hydrant(), 4 => any_building(), 1 => any_area(), 3 => any_road()].prop_map(Change::Put);
    let gone =
        (prop_oneof![Just(Layer::Hydrant), Just(Layer::Building), Just(Layer::Area), Just(Layer::Road)], 1..25u64)
            .prop_map(|(layer, id)| Change::Gone(layer, FeatureId(id)));
    prop_oneof![4 => put, 1 => gone]
}

/// All that a city answers, without slots, which tell of its history.
fn answers(city: &City) -> Vec<String> {
    let mut told = vec![format!("{:?} {:?}", city.revision(), city.results().whole())];
    let name = |layer: Layer, slot: Option<u32>| slot.and_then(|slot| city.layer(layer).row(slot)).map(|row| row.id);
    let buildings = city.layer(Layer::Building);
    for (slot, row) in buildings.iter() {
        let coverage = city.results().coverage(slot);
        for grade in Grade::ALL {
            let reach = coverage.at(grade);
            let nearest = name(Layer::Hydrant, reach.nearest());
            told.push(format!(
                "{:?} {grade:?} {nearest:?} {:?} {:?} {} {:?}",
                row.id,
                reach.distance_mm(),
                reach.worst_mm(),
                reach.within,
                reach.covered
            ));
        }
        let held: Vec<_> =
            city.results().building_areas(slot).slots().map(|area| name(Layer::Area, Some(area))).collect();
        told.push(format!("{:?} {held:?} {:?}", row.id, city.results().weight(slot)));
    }
    for (slot, row) in city.layer(Layer::Area).iter() {
        told.push(format!("area {:?} {:?} {:?}", row.id, city.results().totals(slot), city.street_need().of(slot)));
    }
    let world = TileId::new(0, 0, 0).unwrap();
    let parent = TileId::at(Place { lon: 1_065_000_000, lat: 295_000_000 }.into(), 11).unwrap();
    for tile in [world, parent] {
        told.extend(city.results().building_squares().squares_of(tile).map(|square| format!("{square:?}")));
        told.extend(city.results().hydrant_squares().squares_of(tile).map(|square| format!("{square:?}")));
    }
    for zoom in 7..=14 {
        let tile = TileId::at(Place { lon: 1_065_000_000, lat: 295_000_000 }.into(), zoom).unwrap();
        told.push(format!("base at {zoom}: {:?}", map::draw(city, TileSource::Base, tile)));
    }
    for layer in [Layer::Area, Layer::Water] {
        for zoom in 7..=13 {
            told.push(format!("{layer:?} drawn at {zoom}: {:?}", drawn(city.layer(layer), parent, zoom)));
        }
    }
    told[1..].sort();
    told
}

/// The numbers of the rows that a window of a zoom draws, which are those that a scan finds.
fn drawn(layer: &LayerSlots, tile: TileId, zoom: u8) -> Vec<FeatureId> {
    let window = tile.windows().next().unwrap();
    let mut found = Vec::new();
    layer.drawn_in(window, zoom, |slot| found.extend(layer.row(slot)));
    found.retain(|row| row.least_zoom() <= zoom);
    let mut scan: Vec<_> = layer.iter().map(|(_, row)| row).collect();
    scan.retain(|row| row.least_zoom() <= zoom && row.within().intersects(window));
    let ids = |rows: Vec<RowRef<'_>>| {
        let mut ids: Vec<FeatureId> = rows.iter().map(|row| row.id).collect();
        ids.sort();
        ids
    };
    let (found, scan) = (ids(found), ids(scan));
    assert_eq!(found, scan, "at zoom {zoom}");
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn a_city_that_followed_edits_equals_one_loaded_afresh(
        first in proptest::collection::vec(any_change(), 0..60),
        batches in proptest::collection::vec(proptest::collection::vec(any_change(), 1..5), 1..8),
        pack in prop_oneof![3 => Just("gb"), 1 => Just("de"), 1 => Just("nfpa")],
    ) {
        let mut rows = BTreeMap::new();
        let mut take = |change: &Change| match change {
            Change::Put(row) => drop(rows.insert((row.feature.layer, row.id), row.clone())),
            Change::Gone(layer, id) => drop(rows.remove(&(*layer, *id))),
        };
        first.iter().for_each(&mut take);
        let mut followed = city(&rows, 0, pack, DAY);
        for (batch, revision) in batches.into_iter().zip(1..) {
            let mut take = |change: &Change| match change {
                Change::Put(row) => drop(rows.insert((row.feature.layer, row.id), row.clone())),
                Change::Gone(layer, id) => drop(rows.remove(&(*layer, *id))),
            };
            // A store tells each row once.
            let mut once: BTreeMap<(Layer, FeatureId), Change> = BTreeMap::new();
            for change in batch {
                let key = match &change { Change::Put(row) => (row.feature.layer, row.id), Change::Gone(layer, id) => (*layer, *id) };
                once.insert(key, change);
            }
            once.values().for_each(&mut take);
            let before = answers(&followed);
            let next = followed.apply(Changes { snapshot: snapshot(revision), rows: once.into_values().collect(), relief_changed: false });
            prop_assert_eq!(before, answers(&followed), "the city before an edit stays as it was");
            followed = next;
            prop_assert_eq!(answers(&followed), answers(&city(&rows, revision, pack, DAY)));
        }
        let tomorrow = date(2026, 11, 23);
        prop_assert_eq!(answers(&followed.reframe(frame(pack, tomorrow))), answers(&city(&rows, followed.revision().0, pack, tomorrow)));
    }
}

#[test]
fn an_inspection_that_runs_out_takes_the_grade_away_at_midnight() {
    let inspected = Value::Date(20_779 - 365);
    let values = [
        (hydrant::KIND, Some(Value::Choice(0))),
        (hydrant::STATE, Some(Value::Choice(0))),
        (hydrant::PRESSURE_MPA, Some(Value::Real(0.3))),
        (hydrant::INSPECTED, Some(inspected)),
    ];
    let at = |x: i32, y: i32| Place { lon: 1_065_000_000 + x, lat: 295_000_000 + y };
    let house = Shape::polygons([vec![vec![at(2000, 0), at(3000, 0), at(3000, 1000)]]]).unwrap();
    let rows = [row(Layer::Hydrant, 1, Shape::point(at(0, 0)), &values), row(Layer::Building, 1, house, &[])];
    let rows = rows.into_iter().map(|row| ((row.feature.layer, row.id), row)).collect();
    let today = city(&rows, 1, "gb", DAY);
    let verified = |city: &City| city.results().coverage(0).at(Grade::Verified).covered;
    assert_eq!(verified(&today), Covered::Whole);
    assert_eq!(verified(&today.reframe(frame("gb", date(2026, 11, 23)))), Covered::Unknown);
}
