//! What was found along the ground and of risk before an edit, and followed, is what a city loaded afresh finds.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod sketch;

use std::collections::BTreeMap;
use std::sync::Arc;

use firemap::city::{City, Frame};
use firemap::model::{FeatureId, Layer};
use firemap::rules::Pack;
use firemap::store::{Change, Changes, DEFAULT_ZONE, Revision, Row, Snapshot};
use jiff::civil::date;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sketch::{line, point, rectangle, row};

type Rows = BTreeMap<(Layer, FeatureId), Row>;

/// Streets in blocks of 90 by 70 m, by number.
fn street(id: u64, values: &str) -> Row {
    let (east, north) = (90.0, 70.0);
    let at = (id / 2) as f64;
    let shape = match id % 2 {
        0 => line((0.0, at * north), (4.0 * east, at * north)),
        _ => line((at * east, 0.0), (at * east, 3.0 * north)),
    };
    row(Layer::Road, id, shape, values)
}

/// Houses beside them, where their number says.
fn house(id: u64, values: &str) -> Row {
    let (x, y) = ((id % 8) as f64 * 44.0 + 8.0, (id / 8) as f64 * 34.0 + 7.0);
    row(Layer::Building, id, rectangle(x, y, x + 24.0, y + 18.0), values)
}

fn lane(id: u64, values: &str) -> Row {
    let x = id as f64 * 44.0 + 38.0;
    row(Layer::Lane, id, line((x, 0.0), (x, 30.0 + 11.0 * id as f64)), values)
}

fn any_hydrant() -> impl Strategy<Value = Row> {
    let values = (
        select(vec!["", "kind=municipal", "kind=municipal", "kind=building_outdoor", "kind=cistern", "kind=dry"]),
        select(vec![
            "",
            "state=in_service",
            "state=in_service",
            "state=out_of_service",
            "state=obstructed",
            "state=unknown",
        ]),
        select(vec!["", "pressure_mpa=0.3", "pressure_mpa=0.1"]),
        select(vec!["", "flow_lps=20", "flow_lps=10"]),
        select(vec!["", "inspected=2026-09-01", "inspected=2025-11-22", "inspected=2024-01-01"]),
        select(vec!["", "name=甲栓", "main=tree"]),
    );
    // Mostly beside a street, now and then where no way to one is found.
    let place = prop_oneof![
        6 => (0..5_u8, 0..40_u8).prop_map(|(nth, along)| (f64::from(nth) * 90.0 + 3.0, f64::from(along) * 5.0)),
        1 => (0..9_u8, 0..9_u8).prop_map(|(x, y)| (f64::from(x) * 100.0 - 200.0, f64::from(y) * 100.0 - 200.0)),
    ];
    (1..14_u64, place, values).prop_map(|(id, (x, y), (kind, state, mpa, flow, inspected, more))| {
        let values = [kind, state, mpa, flow, inspected, more];
        let values = values.into_iter().filter(|one| !one.is_empty()).collect::<Vec<_>>().join(";");
        row(Layer::Hydrant, id, point(x, y), &values)
    })
}

fn any_house() -> impl Strategy<Value = Row> {
    let values = (
        select(vec!["", "use=residential", "use=office", "use=mall"]),
        select(vec!["", "height_m=12", "height_m=40", "height_m=70"]),
        select(vec!["", "floors_above=4", "floors_above=12"]),
        select(vec!["", "residents=40", "residents=300"]),
        select(vec!["", "name=甲楼", "name=乙楼"]),
        select(vec!["", "e_bikes=30;charging_ports=5", "e_bikes=4"]),
        select(vec!["", "year_built=1990", "last_inspected=2026-05-01"]),
    );
    (0..32_u64, values).prop_map(|(id, (usage, height, floors, residents, name, bikes, more))| {
        let values = [usage, height, floors, residents, name, bikes, more];
        house(id + 1, &values.into_iter().filter(|one| !one.is_empty()).collect::<Vec<_>>().join(";"))
    })
}

fn any_danger() -> impl Strategy<Value = Row> {
    let about = select(vec![
        "",
        "about=building",
        "about=building;about_key=甲楼",
        "about=estate",
        "about=estate;about_key=甲苑",
        "about=lane;about_key=甲道",
        "about=place;about_key=甲店",
        "about=hydrant;about_key=甲栓",
        "about_key=乙楼",
        "about_key=甲店",
        "about=road;about_key=甲路",
    ]);
    let state = select(vec!["", "state=closed", "state=closed;closed=2026-11-01T00:00:00Z", "state=to_mend"]);
    let more = select(vec!["", "grade=major", "grade=ordinary", "grade=minor;due=2026-10-01", "text=室内充电"]);
    (1..9_u64, 0..36_u8, 0..21_u8, about, state, more).prop_map(|(id, x, y, about, state, more)| {
        let values = [about, state, more].into_iter().filter(|one| !one.is_empty()).collect::<Vec<_>>().join(";");
        row(Layer::Danger, id, point(f64::from(x) * 10.0, f64::from(y) * 10.0), &values)
    })
}

fn any_place() -> impl Strategy<Value = Row> {
    let named = select(vec!["", "building=甲楼", "building=无楼"]);
    let more = select(vec![
        "class=商场;area_above_m2=5000",
        "alarm=true;sprinkler=false",
        "name=甲店",
        "last_inspected=2026-11-01",
    ]);
    (1..5_u64, 0..36_u8, 0..21_u8, named, more).prop_map(|(id, x, y, named, more)| {
        let values = [named, more].into_iter().filter(|one| !one.is_empty()).collect::<Vec<_>>().join(";");
        row(Layer::Place, id, point(f64::from(x) * 10.0, f64::from(y) * 10.0), &values)
    })
}

/// What is edited more seldom.
fn any_other() -> impl Strategy<Value = Row> {
    let incident = (1..4_u64, select(vec!["kind=fire;occurred=2026-03-01T00:00:00Z", "kind=rescue"]))
        .prop_map(|(id, values)| row(Layer::Incident, id, point(20.0 * id as f64, 12.0), values));
    let sensor = (1..3_u64).prop_map(|id| row(Layer::Sensor, id, point(20.0 * id as f64, 12.0), ""));
    let lanes =
        (0..6_u64, select(vec!["", "name=甲道", "width_m=3.5", "state=obstructed", "width_m=4.5;dead_end=true"]))
            .prop_map(|(id, values)| lane(id + 1, values));
    let field = (1..4_u64, select(vec!["", "state=obstructed", "building=甲楼"])).prop_map(|(id, values)| {
        let x = id as f64 * 88.0;
        row(Layer::LadderField, id, rectangle(x, 26.0, x + 16.0, 36.0), values)
    });
    let station =
        (1..4_u64, select(vec!["kind=fire_station", "kind=fire_station;turnout_s=90", "kind=micro_unit"]), 0..40_u8)
            .prop_map(|(id, values, x)| row(Layer::Station, id, point(f64::from(x) * 9.0, 72.0), values));
    let roads = (
        0..10_u64,
        select(vec!["class=residential;width_m=7", "class=residential;blocked=true", "class=service;name=甲路"]),
    )
        .prop_map(|(id, values)| street(id, values));
    let area = (1..4_u64, select(vec!["kind=community", "kind=estate;name=甲苑", "kind=district"]), 1..30_u8).prop_map(
        |(id, values, size)| row(Layer::Area, id, rectangle(-5.0, -5.0, f64::from(size) * 12.0, 150.0), values),
    );
    let wall = (1..3_u64, 0..30_u8).prop_map(|(id, y)| {
        row(Layer::Barrier, id, line((30.0, f64::from(y) * 7.0), (200.0, f64::from(y) * 7.0)), "kind=wall")
    });
    prop_oneof![3 => incident, 1 => sensor, 3 => lanes, 2 => field, 1 => station, 2 => roads, 1 => area, 1 => wall]
}

fn any_change() -> impl Strategy<Value = Change> {
    let put = prop_oneof![8 => any_hydrant(), 4 => any_house(), 3 => any_danger(), 2 => any_place(), 1 => any_other()];
    let layers = [Layer::Hydrant, Layer::Hydrant, Layer::Danger, Layer::Place, Layer::Building, Layer::Incident];
    let gone = (select(layers.to_vec()), 1..12_u64).prop_map(|(layer, id)| Change::Gone(layer, FeatureId(id)));
    prop_oneof![6 => put.prop_map(Change::Put), 1 => gone]
}

fn first_rows() -> impl Strategy<Value = Vec<Row>> {
    let streets = (0..10).filter(|id| *id != 8).map(|id| street(id, "class=residential;width_m=7"));
    let mut fixed: Vec<Row> = streets.collect();
    fixed.extend([
        lane(1, "name=甲道"),
        lane(3, "width_m=4"),
        row(Layer::Station, 1, point(180.0, 72.0), "kind=fire_station"),
        row(Layer::Station, 2, point(20.0, 2.0), "kind=micro_unit"),
        row(Layer::Area, 1, rectangle(-5.0, -5.0, 200.0, 150.0), "kind=community"),
        row(Layer::Area, 2, rectangle(-5.0, -5.0, 100.0, 90.0), "kind=estate;name=甲苑"),
        row(Layer::LadderField, 1, rectangle(88.0, 26.0, 104.0, 36.0), ""),
    ]);
    let more = (vec(any_hydrant(), 2..12), vec(any_house(), 4..24), vec(any_danger(), 0..6), vec(any_place(), 0..3));
    more.prop_map(move |(hydrants, houses, dangers, places)| {
        [fixed.clone(), hydrants, houses, dangers, places].concat()
    })
}

fn snapshot(revision: u64) -> Snapshot {
    Snapshot { revision: Revision(revision), zone: DEFAULT_ZONE.to_owned(), sources: vec![] }
}

fn fresh(rows: &Rows, revision: u64, frame: &Frame) -> City {
    City::of(snapshot(revision), rows.values().cloned(), frame.clone())
}

/// How much is found of a city before the next edit.
fn ask(city: &City, much: u8) {
    if much > 0 {
        city.ground();
        city.street_need();
    }
    if much > 1 {
        city.risk();
    }
    if much > 2 {
        let ground = city.ground();
        ground.access(city);
        ground.frailty(city);
        ground.supply(city);
        ground.spacing(city);
        ground.street_runs(city);
        ground.detours(city);
    }
}

fn once(batch: Vec<Change>) -> BTreeMap<(Layer, FeatureId), Change> {
    let key = |change: &Change| match change {
        Change::Put(row) => (row.feature.layer, row.id),
        Change::Gone(layer, id) => (*layer, *id),
    };
    batch.into_iter().map(|change| (key(&change), change)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_followed_edits_is_what_is_found_afresh(
        first in first_rows(),
        batches in vec((vec(any_change(), 1..4), 1..4_u8, 0..4_u8), 1..7),
        pack in prop_oneof![4 => Just("gb"), 1 => Just("de"), 1 => Just("nfpa")],
    ) {
        let mut rows: Rows = first.into_iter().map(|row| ((row.feature.layer, row.id), row)).collect();
        let pack = Arc::new(Pack::built_in(pack).unwrap());
        let mut frame = Frame::new(pack.clone(), date(2026, 11, 22)).unwrap();
        let mut city = fresh(&rows, 1, &frame);
        for ((batch, much, days), revision) in batches.into_iter().zip(2..) {
            ask(&city, much);
            if days == 3 {
                frame = Frame::new(pack.clone(), frame.day.tomorrow().unwrap()).unwrap();
                city = city.reframe(frame.clone());
                prop_assert_eq!(city.differences(&fresh(&rows, revision - 1, &frame)), Vec::<String>::new(), "the next day");
                ask(&city, much);
            }
            let before = (city.clone(), fresh(&rows, revision - 1, &frame));
            let batch = once(batch);
            for (key, change) in &batch {
                match change {
                    Change::Put(row) => drop(rows.insert(*key, row.clone())),
                    Change::Gone(..) => drop(rows.remove(key)),
                }
            }
            let rows_of_batch = batch.into_values().collect();
            city = city.apply(Changes { snapshot: snapshot(revision), rows: rows_of_batch, relief_changed: false });
            let afresh = fresh(&rows, revision, &frame);
            prop_assert_eq!(city.differences(&afresh), Vec::<String>::new(), "at revision {}", revision);
            prop_assert_eq!(before.0.differences(&before.1), Vec::<String>::new(), "the city before stays as it was");
        }
    }
}

/// A town of one street with houses along it, by which hydrants stand.
fn along_a_street() -> Vec<Row> {
    let mut rows = vec![street(0, "class=residential;width_m=7"), street(2, "class=residential;width_m=7")];
    rows.extend((1..9).map(|id| house(id, "use=residential;floors_above=6;residents=90;name=楼")));
    rows.extend((1..4).map(|id| {
        row(Layer::Hydrant, id, point(id as f64 * 110.0 - 80.0, 3.0), "kind=municipal;state=in_service;name=栓")
    }));
    rows.push(row(Layer::Area, 1, rectangle(-5.0, -5.0, 200.0, 150.0), "kind=community"));
    rows
}

fn edited(city: &City, row: Row) -> City {
    city.apply(Changes { snapshot: snapshot(2), rows: vec![Change::Put(row)], relief_changed: false })
}

#[test]
fn a_closed_hydrant_is_followed_with_all_that_is_found() {
    let city = sketch::city(along_a_street());
    ask(&city, 3);
    let closed = row(Layer::Hydrant, 2, point(140.0, 3.0), "kind=municipal;state=out_of_service;name=栓");
    let after = edited(&city, closed.clone());
    let (ground, risk) = (after.ground_found().unwrap(), after.risk_found().unwrap());
    assert!(ground.has_all_that_is_drawn() && ground.supply_found().is_some() && ground.detours_found().is_some());
    let streets = [ground, city.ground()].map(|ground| ground.spacing_found().unwrap().whole());
    assert_ne!(streets[0], streets[1]);
    let slots = 0..city.layer(Layer::Building).slots() as u32;
    assert!(slots.clone().any(|slot| ground.of(slot) != city.ground().of(slot)));
    assert!(slots.clone().any(|slot| risk.of(slot) != city.risk().of(slot)));
    let mut rows = along_a_street();
    rows.retain(|row| row.feature.layer != Layer::Hydrant || row.id != FeatureId(2));
    rows.push(closed);
    assert_eq!(after.differences(&sketch::city(rows)), Vec::<String>::new());
}

#[test]
fn what_is_found_after_an_edit_is_of_the_city_that_it_is_asked_of() {
    // Nothing but the ground is found when a hydrant is closed, or a house becomes a tower: what is found of one of both
    // cities then is not taken for the other's.
    let edits = [
        row(Layer::Hydrant, 2, point(140.0, 3.0), "kind=municipal;state=out_of_service;name=栓"),
        house(3, "use=residential;floors_above=30;height_m=95;residents=400;name=楼"),
    ];
    for edit in edits {
        for first in [0, 1] {
            let mut rows = along_a_street();
            let city = sketch::city(rows.clone());
            city.ground();
            let after = edited(&city, edit.clone());
            rows.retain(|row| (row.feature.layer, row.id) != (edit.feature.layer, edit.id));
            rows.push(edit.clone());
            let mut pairs = [(&city, sketch::city(along_a_street())), (&after, sketch::city(rows))];
            pairs.rotate_left(first);
            pairs.iter().for_each(|(city, _)| ask(city, 3));
            for (city, afresh) in &pairs {
                ask(afresh, 3);
                assert_eq!(city.differences(afresh), Vec::<String>::new(), "{:?}, {first} first", edit.feature.layer);
            }
        }
    }
}

#[test]
fn a_danger_leaves_the_ground_and_a_buildings_people_leave_its_access() {
    let city = sketch::city(along_a_street());
    ask(&city, 3);
    let danger = row(Layer::Danger, 1, point(60.0, 12.0), "about=building;grade=major");
    let after = edited(&city, danger);
    assert!(std::ptr::eq(city.ground(), after.ground()) && after.risk_found().is_some());
    assert_ne!(after.risk().whole(), city.risk().whole());
    let after = edited(&city, house(3, "use=residential;floors_above=6;residents=7;name=楼"));
    assert!(std::ptr::eq(city.ground().access(&city).findings(), after.ground().access(&after).findings()));
    assert!(after.risk_found().is_some());
}

#[test]
fn two_cities_that_are_not_the_same_are_told_apart() {
    let city = sketch::city(along_a_street());
    ask(&city, 3);
    let mut rows = along_a_street();
    rows.push(row(Layer::Hydrant, 9, point(170.0, 3.0), "kind=municipal;state=in_service"));
    rows.push(row(Layer::Danger, 1, point(60.0, 12.0), "about=building;grade=major"));
    let told = city.differences(&sketch::city(rows));
    for what in ["hydrant rows", "ground of building", "risk of building", "supply of", "totals of all"] {
        assert!(told.iter().any(|of| of.starts_with(what)) || told.len() == 20, "{what}: {told:?}");
    }
    assert!(!told.is_empty());
    assert_eq!(city.differences(&sketch::city(along_a_street())), Vec::<String>::new());
}

#[test]
fn an_inspection_that_runs_out_at_midnight_is_followed_along_the_ground() {
    let mut rows = along_a_street();
    let values = "kind=municipal;state=in_service;pressure_mpa=0.3;inspected=2025-11-22";
    rows.push(row(Layer::Hydrant, 7, point(60.0, 3.0), values));
    let city = sketch::city(rows);
    ask(&city, 3);
    let tomorrow = Frame::new(city.frame().pack.clone(), date(2026, 11, 23)).unwrap();
    let next = city.reframe(tomorrow);
    let ground = next.ground_found().unwrap();
    assert_ne!(ground.whole(), city.ground().whole(), "nobody has a verified hydrant any more");
    assert!(ground.has_all_that_is_drawn() && next.risk_found().is_none(), "scores hang on the day");
    assert_eq!(next.street_need().of(0), city.street_need().of(0));
}
