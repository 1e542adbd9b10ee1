//! Supply against demand: drawn maps, every number of the packs, and any map against all ways of hose looked up one by
//! one.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod sketch;

use firemap::analysis::{Enough, Grade, Standing};
use firemap::city::City;
use firemap::model::{FeatureId, Layer};
use firemap::report::ground_of_building;
use firemap::rules::{BUILT_IN, Pack};
use firemap::store::Row;
use jiff::civil::date;
use proptest::prelude::*;
use sketch::{city, city_by, line, point, rectangle, row};

const STREET: &str = "class=residential;width_m=7";
const GOOD: &str = "kind=municipal;state=in_service";
const SERVICEABLE: usize = Grade::Serviceable as usize;

fn street() -> Row {
    row(Layer::Road, 1, line((-400.0, 0.0), (400.0, 0.0)), STREET)
}

fn house(values: &str) -> Row {
    row(Layer::Building, 1, rectangle(0.0, 5.0, 20.0, 25.0), values)
}

fn hydrant(id: u64, x: f64, values: &str) -> Row {
    row(Layer::Hydrant, id, point(x, -2.0), values)
}

fn told(city: &City) -> (&'static str, f64, Option<f64>, u16, u16) {
    let supply = ground_of_building(city, FeatureId(1), Grade::Serviceable, 2).unwrap().supply.unwrap();
    (supply.enough, supply.credited_lps, supply.possible_lps, supply.hydrants, supply.untested)
}

fn of(house_values: &str, hydrants: &[(f64, &str)]) -> (&'static str, f64, Option<f64>, u16, u16) {
    let hydrants = (1..).zip(hydrants).map(|(id, (x, values))| hydrant(id, *x, values));
    told(&city([street(), house(house_values)].into_iter().chain(hydrants).collect()))
}

#[test]
fn housing_has_enough_with_one_tested_hydrant_and_an_office_of_20_000_m3_with_two() {
    let office = "use=office;height_m=20;floors_above=5";
    let full = "kind=municipal;state=in_service;flow_lps=30";
    assert_eq!(of("use=residential", &[(50.0, full)]), ("yes", 15.0, Some(15.0), 1, 0));
    assert_eq!(of(office, &[(50.0, full)]), ("no", 15.0, Some(15.0), 1, 0));
    let tested = "kind=municipal;state=in_service;flow_lps=12";
    assert_eq!(of(office, &[(50.0, full), (-90.0, tested)]), ("yes", 27.0, Some(27.0), 2, 0));
    // 5 + 146 + 2 m of hose are within 153 m, a metre more is not.
    assert_eq!(of("use=residential", &[(165.9, full)]).0, "yes");
    assert_eq!(of("use=residential", &[(167.0, full)]), ("no", 0.0, Some(0.0), 0, 0));
}

#[test]
fn an_untested_hydrant_surely_gives_no_more_than_the_lower_end() {
    assert_eq!(of("use=residential", &[(50.0, GOOD)]), ("unknown", 10.0, Some(15.0), 1, 1));
    assert_eq!(of("use=residential", &[(50.0, GOOD), (60.0, GOOD)]), ("yes", 20.0, Some(30.0), 2, 2));
    let office = "use=office;height_m=20;floors_above=5";
    assert_eq!(of(office, &[(50.0, GOOD)]), ("no", 10.0, Some(15.0), 1, 1));
    assert_eq!(of(office, &[(50.0, GOOD), (60.0, GOOD)]), ("unknown", 20.0, Some(30.0), 2, 2));
    assert_eq!(of(office, &[(50.0, GOOD), (60.0, GOOD), (70.0, GOOD)]), ("yes", 30.0, Some(45.0), 3, 3));
}

#[test]
fn what_nobody_knows_is_never_enough() {
    let unsure = "kind=municipal";
    assert_eq!(of("use=residential", &[(50.0, unsure)]), ("unknown", 0.0, Some(15.0), 0, 0));
    assert_eq!(of("use=residential", &[(50.0, "state=in_service")]), ("unknown", 0.0, None, 0, 0));
    assert_eq!(of("", &[(50.0, GOOD), (60.0, GOOD), (70.0, GOOD)]).0, "unknown");
    assert_eq!(of("use=industrial;height_m=9", &[(50.0, GOOD)]).0, "unknown");
    // From 15 to 40 L/s, by its volume: four hydrants are enough for any.
    assert_eq!(of("use=office", &[(50.0, GOOD), (60.0, GOOD), (70.0, GOOD)]).0, "unknown");
    assert_eq!(of("use=office", &[(50.0, GOOD), (60.0, GOOD), (70.0, GOOD), (80.0, GOOD)]).0, "yes");
    assert_eq!(of("use=office", &[]).0, "no");
    // No way from the house to a road is known.
    let far = row(Layer::Building, 1, rectangle(0.0, 60.0, 20.0, 80.0), "use=residential");
    assert_eq!(told(&city(vec![street(), far, hydrant(1, 50.0, GOOD)])), ("unknown", 0.0, None, 0, 0));
}

#[test]
fn hydrants_on_trees_count_once_and_may_be_of_several() {
    let office = "use=office;height_m=20;floors_above=5";
    let tree = "kind=municipal;state=in_service;main=tree;flow_lps=15";
    assert_eq!(of(office, &[(50.0, tree), (60.0, tree)]), ("unknown", 15.0, Some(30.0), 2, 0));
    assert_eq!(of(office, &[(50.0, tree), (60.0, tree), (70.0, GOOD)]).0, "yes");
    assert_eq!(of("use=residential", &[(50.0, tree), (60.0, tree)]).0, "yes");
}

#[test]
fn germany_counts_two_hydrants_and_leaves_the_demand_between_two_numbers() {
    let by = |lps: &[f64]| {
        let hydrants = (1..).zip(lps).map(|(id, lps)| hydrant(id, 10.0 * id as f64, &format!("{GOOD};flow_lps={lps}")));
        let rows = [street(), house("")].into_iter().chain(hydrants).collect();
        let (enough, credited, ..) = told(&city_by(rows, Pack::built_in("de").unwrap()));
        (enough, credited)
    };
    assert_eq!(by(&[10.0, 12.0, 16.0]), ("yes", 28.0));
    assert_eq!(by(&[10.0, 10.0, 10.0]), ("unknown", 20.0));
    assert_eq!(by(&[6.0, 6.0, 6.0]), ("no", 12.0));
    for pack in ["nfpa", "ifc"] {
        let city = city_by(vec![street(), house(""), hydrant(1, 9.0, GOOD)], Pack::built_in(pack).unwrap());
        assert!(city.ground().supply(&city).is_none(), "{pack} asks for no flow by building");
    }
}

#[test]
fn every_number_of_flow_changes_a_result() {
    let uses = [
        "use=residential",
        "use=office;height_m=9;floors_above=2",
        "use=office;height_m=30;floors_above=2",
        "use=office;height_m=100;floors_above=9",
        "use=office;height_m=10;floors_above=2;floor_area_m2=500000",
        "",
    ];
    let rows = || {
        let mut rows = vec![street()];
        let mut id = 0;
        // Small, then larger and larger: of each use some volume of each span.
        for (nth, (wide, deep)) in
            [(20.0, 20.0), (25.0, 38.0), (38.0, 38.0), (38.0, 70.0), (38.0, 170.0)].into_iter().enumerate()
        {
            for values in uses {
                id += 1;
                let west = -395.0 + 40.0 * nth as f64;
                rows.push(row(Layer::Building, id, rectangle(west, 5.0, west + wide, 5.0 + deep), values));
            }
        }
        rows.extend((1..=8).map(|id| hydrant(id, -400.0 + 50.0 * id as f64, &format!("{GOOD};flow_lps={}", 4 * id))));
        rows.extend((9..=11).map(|id| hydrant(id, 20.0 * id as f64, GOOD)));
        rows.extend((12..=13).map(|id| hydrant(id, -20.0 * id as f64, &format!("{GOOD};main=tree"))));
        rows
    };
    let results = |pack: Pack| {
        let city = city_by(rows(), pack);
        let supplies = city.ground().supply(&city).unwrap();
        city.layer(Layer::Building).iter().map(|(slot, _)| *supplies.of(slot)).collect::<Vec<_>>()
    };
    for (name, _) in BUILT_IN.iter().filter(|(name, _)| ["gb", "de"].contains(name)) {
        let pack = Pack::built_in(name).unwrap();
        let before = results(pack.clone());
        let ids = [
            "hydrant.credit_least",
            "hydrant.credit",
            "hydrant.supply_most",
            "hydrant.supply_most_on_tree",
            "hydrant.supply_within",
        ];
        let asked = |id: &str| ids.contains(&id) || id.starts_with("demand.") && id != "demand.hours";
        for (nth, rule) in pack.rules.iter().enumerate().filter(|(_, rule)| asked(&rule.id)) {
            assert!(rule.unassessed().is_none() && rule.holds_on(date(2026, 11, 22)));
            let changes = [0.5, 1.5].into_iter().any(|factor| {
                let mut other = pack.clone();
                other.rules[nth].value *= factor;
                results(other) != before
            });
            assert!(changes, "{name}: {} of {} {:?}", rule.id, rule.value, rule.volume_m3);
        }
    }
}

fn any_town() -> impl Strategy<Value = Vec<Row>> {
    let corner = || (0..6_i32, 0..6_i32);
    let road = (corner(), corner()).prop_filter("length", |(a, b)| a != b);
    let spot = || (0..200_i32, 0..200_i32);
    let hydrants = prop::collection::vec((spot(), 0..4_u8), 0..7);
    (prop::collection::vec(road, 1..10), prop::collection::vec(spot(), 1..6), hydrants).prop_map(
        |(roads, houses, hydrants)| {
            let metres = |(x, y): (i32, i32)| (f64::from(x) * 40.0, f64::from(y) * 40.0);
            let mut rows: Vec<Row> =
                (1..).zip(roads).map(|(id, (a, b))| row(Layer::Road, id, line(metres(a), metres(b)), STREET)).collect();
            rows.extend((1..).zip(houses).map(|(id, (x, y))| {
                let (x, y) = (f64::from(x), f64::from(y));
                row(Layer::Building, id, rectangle(x, y, x + 9.0, y + 9.0), "use=residential")
            }));
            let values = [GOOD, "kind=municipal;state=in_service;flow_lps=9", "kind=municipal", "state=in_service"];
            rows.extend((1..).zip(hydrants).map(|(id, ((x, y), of))| {
                row(Layer::Hydrant, id, point(f64::from(x) + 0.5, f64::from(y) + 0.25), values[usize::from(of)])
            }));
            rows
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_credited_is_the_sum_over_ways_of_hose_looked_up_one_by_one(rows in any_town()) {
        let city = city(rows);
        let (ground, network) = (city.ground(), city.network());
        let supplies = ground.supply(&city).unwrap();
        for (slot, row) in city.layer(Layer::Building).iter() {
            let near = ground.hoses(&city, network.on_foot(slot), Grade::Serviceable, 99);
            let within = near.iter().filter(|(_, route)| route.cost <= ground.limit_mm());
            // Of an untested one 10 L/s are sure and 15 may be.
            let [credited, possible] = within.fold([0, 0], |[least, most], (hydrant, _)| {
                let row = city.layer(Layer::Hydrant).row(*hydrant).unwrap();
                let tested = row.attributes.number(Layer::Hydrant, firemap::model::hydrant::FLOW_LPS);
                let of_test = |untested: u32| tested.map_or(untested, |lps| (lps * 1000.0) as u32);
                [least + of_test(10_000), most + of_test(15_000)]
            });
            let supply = supplies.of(slot);
            prop_assert_eq!(supply.flow[SERVICEABLE].least, credited, "{:?}", row.id);
            prop_assert!(supply.flow[SERVICEABLE].most >= possible);
            // Whom surely enough hydrants reach has them; whom a hydrant of unknown state reaches is not told "no".
            let perhaps = ground.hydrants().any(|of| of.what.at(Grade::Serviceable) == Standing::Maybe);
            let wanted = match () {
                () if credited >= 15_000 => Enough::Yes,
                () if possible < 15_000 && !perhaps && !network.on_foot(slot).is_empty() && ground.hydrants().all(|of| !of.snaps.is_empty()) => Enough::No,
                () => supply.enough(Grade::Serviceable),
            };
            prop_assert_eq!(supply.enough(Grade::Serviceable), wanted);
        }
        let sums: i64 = supplies.whole()[SERVICEABLE].iter().map(|sums| sums[0]).sum();
        prop_assert_eq!(sums as usize, city.layer(Layer::Building).iter().count());
    }
}
