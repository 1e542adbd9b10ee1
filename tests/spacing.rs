//! Spacing of hydrants along streets: drawn maps, and any map against places taken every metre.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod sketch;

use std::collections::BinaryHeap;

use firemap::analysis::{Grade, SpacingTotals};
use firemap::city::City;
use firemap::crs::geodesic_m;
use firemap::model::{FeatureId, Layer, Place};
use firemap::report::spacing_told;
use firemap::rules::Pack;
use firemap::store::{Change, Changes, Revision, Row, Snapshot};
use proptest::prelude::*;
use sketch::{city, city_by, line, point, rectangle, row};

const SERVICEABLE: usize = Grade::Serviceable as usize;

fn street(id: u64, from: (f64, f64), to: (f64, f64), values: &str) -> Row {
    row(Layer::Road, id, line(from, to), values)
}

fn hydrant(id: u64, x: f64, y: f64, values: &str) -> Row {
    row(Layer::Hydrant, id, point(x, y), values)
}

const GOOD: &str = "kind=municipal;state=in_service";
const UNSURE: &str = "kind=municipal";

fn whole(city: &City) -> SpacingTotals {
    city.ground().spacing(city).unwrap().whole()
}

/// Metres of street, too far and unknown at serviceable.
fn metres(rows: Vec<Row>) -> [f64; 3] {
    let found = whole(&city(rows));
    [found.street_mm, found.far_mm[SERVICEABLE], found.unknown_mm[SERVICEABLE]].map(|mm| (mm as f64 / 1000.0).round())
}

#[test]
fn a_street_is_too_far_beyond_60_m_on_both_sides_of_its_hydrant() {
    let rows = |x: f64, y: f64| vec![street(1, (0.0, 0.0), (400.0, 0.0), "class=residential"), hydrant(1, x, y, GOOD)];
    assert_eq!(metres(rows(150.0, -3.0)), [400.0, 280.0, 0.0]);
    assert_eq!(metres(rows(10.0, 3.0)), [400.0, 330.0, 0.0]);
    // From its kerb it is 30 m at most to the street, else it is not of the street.
    assert_eq!(metres(rows(150.0, -31.0)), [400.0, 400.0, 0.0]);
}

#[test]
fn a_hydrant_whose_state_nobody_knows_leaves_its_street_unknown() {
    let rows = vec![
        street(1, (0.0, 0.0), (400.0, 0.0), "class=residential"),
        hydrant(1, 100.0, -3.0, GOOD),
        hydrant(2, 180.0, -3.0, UNSURE),
    ];
    // Sure from 40 to 160, perhaps from there to 240.
    assert_eq!(metres(rows.clone()), [400.0, 200.0, 80.0]);
    let found = whole(&city(rows));
    assert_eq!([found.far_mm[0], found.unknown_mm[0]].map(|mm| (mm as f64 / 1000.0).round()), [200.0, 0.0]);
    let kinds = |values: &str| {
        metres(vec![street(1, (0.0, 0.0), (400.0, 0.0), "class=primary"), hydrant(1, 200.0, 3.0, values)])
    };
    assert_eq!(kinds("kind=building_outdoor;state=in_service"), [400.0, 400.0, 0.0], "the rule is for municipal ones");
    assert_eq!(kinds("state=in_service"), [400.0, 280.0, 120.0], "its kind is not known");
    assert_eq!(kinds("kind=municipal;state=out_of_service"), [400.0, 400.0, 0.0]);
}

#[test]
fn without_a_hydrant_nothing_is_known_and_without_a_rule_nothing_is_told() {
    let rows = || vec![street(1, (0.0, 0.0), (400.0, 0.0), "class=residential")];
    assert_eq!(metres(rows()), [400.0, 0.0, 400.0]);
    for pack in ["nfpa", "ifc", "de"] {
        let city = city_by(rows(), Pack::built_in(pack).unwrap());
        let told = spacing_told(&city, Grade::Serviceable, 10);
        assert!(!told.assessed && told.whole.is_none() && told.features.is_empty(), "{pack}");
    }
}

#[test]
fn the_way_goes_round_corners_over_bridges_and_service_ways_that_ask_for_nothing_themselves() {
    let rows = |values: &str| {
        vec![
            street(1, (0.0, 0.0), (100.0, 0.0), "class=residential"),
            street(2, (100.0, 0.0), (140.0, 0.0), values),
            street(3, (140.0, 0.0), (240.0, 0.0), "class=residential"),
            hydrant(1, 90.0, -2.0, GOOD),
        ]
    };
    // 60 m back; over 10 m of street and 40 m between to 10 m of the other.
    assert_eq!(metres(rows("class=service")), [200.0, 30.0 + 90.0, 0.0]);
    assert_eq!(metres(rows("class=residential;bridge=true")), [200.0, 30.0 + 90.0, 0.0]);
    assert_eq!(metres(rows("class=steps")), [200.0, 30.0 + 100.0, 0.0]);
    let corner = vec![
        street(1, (0.0, 0.0), (100.0, 0.0), "class=residential"),
        street(2, (100.0, 0.0), (100.0, 200.0), "class=residential"),
        hydrant(1, 80.0, -2.0, GOOD),
    ];
    assert_eq!(metres(corner), [300.0, 20.0 + 160.0, 0.0]);
}

#[test]
fn stretches_that_meet_are_told_as_one_and_areas_have_what_lies_in_them() {
    let area = |id, west: f64, east: f64, kind: &str| {
        row(Layer::Area, id, rectangle(west, -100.0, east, 100.0), &format!("kind={kind};name=a{id}"))
    };
    let rows = |areas: Vec<Row>| {
        let rows = vec![
            street(1, (0.0, 0.0), (100.0, 0.0), "class=residential;name=甲街"),
            street(2, (100.0, 0.0), (400.0, 0.0), "class=residential;name=乙街"),
            street(3, (500.0, 0.0), (530.0, 0.0), "class=residential"),
            hydrant(1, 340.0, -2.0, GOOD),
        ];
        city(rows.into_iter().chain(areas).collect())
    };
    let parted = rows(vec![area(1, -50.0, 150.0, "district"), area(2, 150.0, 1000.0, "district")]);
    let found = parted.ground().spacing(&parted).unwrap();
    let of = |id| {
        let (slot, _) = parted.layer(Layer::Area).find(FeatureId(id)).unwrap();
        let totals = found.of_area(slot).unwrap();
        [totals.street_mm, totals.far_mm[SERVICEABLE]].map(|mm| (mm as f64 / 1000.0).round())
    };
    assert_eq!((of(1), of(2)), ([150.0, 150.0], [280.0, 160.0]));
    let runs: Vec<(f64, usize)> = parted.ground().street_runs(&parted).unwrap()[SERVICEABLE]
        .iter()
        .map(|run| ((run.length_mm as f64 / 1000.0).round(), run.roads.len()))
        .collect();
    assert_eq!(runs, [(280.0, 2), (30.0, 1)]);
    let told = spacing_told(&parted, Grade::Serviceable, 1);
    assert_eq!((told.count, told.features.len()), (2, 1));
    assert_eq!(told.features[0]["properties"]["roads"], serde_json::json!(["乙街", "甲街"]));
    // Where a built-up area is drawn, streets beyond it ask for nothing.
    let town = rows(vec![area(1, -50.0, 150.0, "built_up")]);
    let totals = whole(&town);
    assert_eq!([totals.street_mm, totals.far_mm[SERVICEABLE]].map(|mm| (mm as f64 / 1000.0).round()), [150.0, 150.0]);
}

/// Some of the streets between corners of a grid 70 m apart, and hydrants on them.
fn any_town() -> impl Strategy<Value = Vec<Row>> {
    let across = (0..3_i32, 0..4_i32).prop_map(|(x, y)| ((x, y), (x + 1, y)));
    let along = (0..4_i32, 0..3_i32).prop_map(|(x, y)| ((x, y), (x, y + 1)));
    let stands = (any::<prop::sample::Index>(), 0.0..1.0_f64, 0..3_u8);
    let roads = prop::collection::btree_map(prop_oneof![across, along], 0..5_u8, 1..20);
    (roads, prop::collection::vec(stands, 1..5)).prop_map(|(roads, stands)| {
        let roads: Vec<_> = roads.into_iter().collect();
        let metres = |(x, y): (i32, i32)| (f64::from(x) * 70.0, f64::from(y) * 70.0);
        let class = ["residential", "primary", "service", "residential;bridge=true", "footway"];
        let values = |of: u8| format!("class={}", class[usize::from(of)]);
        let street = |(id, ((a, b), of)): (u64, &((_, _), u8))| street(id, metres(*a), metres(*b), &values(*of));
        let mut rows: Vec<Row> = (1..).zip(&roads).map(street).collect();
        for (id, (on, share, state)) in (1..).zip(stands) {
            let (a, b) = roads[on.index(roads.len())].0;
            let ((ax, ay), (bx, by)) = (metres(a), metres(b));
            let values = [GOOD, UNSURE, "kind=municipal;state=out_of_service"][usize::from(state)];
            rows.push(hydrant(id, ax + share * (bx - ax) + 0.3, ay + share * (by - ay) + 0.2, values));
        }
        rows
    })
}

/// The same by places every metre of road, joined to the next, and the least ways between all that are near.
fn every_metre(city: &City) -> [f64; 3] {
    let network = city.network();
    let graph = network.graph();
    let driven = ["residential", "primary", "service"];
    let asks = |edge: u32| graph.line(edge).class_code() != "service" && !graph.line(edge).is_structure;
    let mut places: Vec<(Place, Option<u32>)> = graph.nodes().iter().map(|place| (*place, None)).collect();
    let mut next: Vec<Vec<(usize, f64)>> = vec![Vec::new(); places.len()];
    let mut lengths: Vec<(usize, f64)> = Vec::new();
    for (edge, of) in (0..).zip(graph.edges()).filter(|(edge, _)| driven.contains(&graph.line(*edge).class_code())) {
        let metres = f64::from(of.length_mm) / 1000.0;
        let steps = metres.ceil().max(1.0) as u32;
        let step = metres / f64::from(steps);
        let mut last = (of.from as usize, step / 2.0);
        for nth in 0..steps {
            let share = (f64::from(nth) + 0.5) / f64::from(steps);
            let drawn = graph.places(edge);
            let (a, b) = (drawn[0], drawn[drawn.len() - 1]);
            let between = |a: i32, b: i32| a + (f64::from(b - a) * share).round() as i32;
            places.push((Place { lon: between(a.lon, b.lon), lat: between(a.lat, b.lat) }, Some(edge)));
            next.push(Vec::new());
            let at = places.len() - 1;
            next[at].push(last);
            next[last.0].push((at, last.1));
            last = (at, step);
            if asks(edge) {
                lengths.push((at, step));
            }
        }
        next[last.0].push((of.to as usize, step / 2.0));
        next[of.to as usize].push((last.0, step / 2.0));
    }
    let mut sums = [0.0; 3];
    let hydrants = city.layer(Layer::Hydrant);
    let near = |wanted: &[&str]| {
        let mut least = vec![f64::INFINITY; places.len()];
        let mut heap = BinaryHeap::new();
        for (_, row) in hydrants.iter() {
            let state = row.attributes.choice(Layer::Hydrant, firemap::model::hydrant::STATE).unwrap_or("unknown");
            let on = (0..places.len()).filter(|nth| places[*nth].1.is_some_and(asks));
            let nearest = on.min_by_key(|nth| (geodesic_m(places[*nth].0, row.shape.first()) * 1000.0) as u64);
            if let Some(nth) = nearest.filter(|nth| geodesic_m(places[*nth].0, row.shape.first()) < 30.0)
                && wanted.contains(&state)
            {
                least[nth] = 0.0;
                heap.push((std::cmp::Reverse(0_u64), nth));
            }
        }
        while let Some((_, nth)) = heap.pop() {
            for (to, metres) in next[nth].clone() {
                if least[nth] + metres < least[to] {
                    least[to] = least[nth] + metres;
                    heap.push((std::cmp::Reverse((least[to] * 1000.0) as u64), to));
                }
            }
        }
        least
    };
    let (sure, perhaps) = (near(&["in_service"]), near(&["unknown"]));
    for (at, metres) in lengths {
        sums[0] += metres;
        if sure[at] > 60.0 {
            sums[if perhaps[at] > 60.0 { 1 } else { 2 }] += metres;
        }
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_too_far_is_what_places_every_metre_tell(rows in any_town()) {
        let edges = rows.len() as f64;
        let city = city(rows);
        let found = whole(&city);
        let slow = every_metre(&city);
        let of = [found.street_mm, found.far_mm[SERVICEABLE], found.unknown_mm[SERVICEABLE]].map(|mm| mm as f64 / 1000.0);
        for (found, slow) in of.iter().zip(slow) {
            // Some metres at each end of a stretch are rounded by places every metre.
            prop_assert!((found - slow).abs() < 4.0 + 2.0 * edges, "{of:?} against {slow:?}");
        }
        prop_assert!(found.far_mm[SERVICEABLE] + found.unknown_mm[SERVICEABLE] <= found.street_mm);
        prop_assert!(found.far_mm[0] <= found.far_mm[1] && found.far_mm[1] <= found.far_mm[2]);
    }

    #[test]
    fn what_changed_hydrants_leave_is_what_is_found_afresh(
        town in any_town(),
        built_up in any::<bool>(),
        edits in prop::collection::vec((1..8_u64, -20.0..380.0_f64, -20.0..230.0_f64, 0..4_usize), 1..12),
    ) {
        let area = |id, (west, south, east, north), kind| {
            row(Layer::Area, id, rectangle(west, south, east, north), &format!("kind={kind}"))
        };
        let mut rows = town;
        rows.push(area(1, (-50.0, -50.0, 100.0, 260.0), "district"));
        rows.push(area(2, (100.0, -50.0, 260.0, 260.0), "district"));
        // So long that hydrants at one end are nothing to the other.
        rows.push(street(900, (-60.0, -15.0), (400.0, -15.0), "class=residential"));
        if built_up {
            rows.push(area(3, (-30.0, 20.0, 170.0, 180.0), "built_up"));
        }
        let mut city = city(rows.clone());
        city.ground().spacing(&city);
        for (revision, (id, x, y, state)) in (1..).zip(edits) {
            let states = [GOOD, UNSURE, "kind=municipal;state=out_of_service", "gone"];
            rows.retain(|row| (row.feature.layer, row.id) != (Layer::Hydrant, FeatureId(id)));
            let change = if states[state] == "gone" {
                Change::Gone(Layer::Hydrant, FeatureId(id))
            } else {
                rows.push(hydrant(id, x, y, states[state]));
                Change::Put(hydrant(id, x, y, states[state]))
            };
            let snapshot = Snapshot { revision: Revision(revision), sources: vec![], zone: "Asia/Shanghai".into() };
            let next = city.apply(Changes { snapshot, rows: vec![change], relief_changed: false });
            let Some(followed) = next.ground_found() else {
                // A number that was never there, before the last: all is found again.
                next.ground().spacing(&next);
                city = next;
                continue;
            };
            let any = |city: &City| city.results().waters().any_counts();
            prop_assert_eq!(followed.spacing_found().is_some(), any(&next) == any(&city));
            let afresh = sketch::city(rows.clone());
            let told = |city: &City| {
                let (spacing, areas) = (city.ground().spacing(city).unwrap(), city.layer(Layer::Area));
                let of = |id| areas.find(FeatureId(id)).map(|(slot, _)| *spacing.of_area(slot).unwrap());
                (spacing.whole(), [1, 2, 3].map(of), city.ground().street_runs(city).unwrap().clone())
            };
            prop_assert_eq!(told(&next), told(&afresh));
            city = next;
        }
    }
}
