//! The packs that come along, on a small town: what is assessed hangs on every value, what is not hangs on none.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::sync::Arc;

use firemap::analysis::{Covered, Grade};
use firemap::city::{City, Frame};
use firemap::model::{Attributes, Feature, FeatureId, Layer, Origin, Place, Shape, Value, area, hydrant, road};
use firemap::report::{area_rows, building_coverage, building_rows, building_table};
use firemap::rules::{AccessRule, BUILT_IN, Metric, Pack, Rule, RuleError};
use firemap::store::{Revision, Row, Snapshot};
use jiff::civil::{Date, date};

const DAY: Date = date(2026, 11, 22);

/// A place in metres east and north of the corner of the town.
fn at(x: f64, y: f64) -> Place {
    Place::from_degrees(106.5 + x / 96_966.3, 29.5 + y / 110_844.1).unwrap()
}

fn row(layer: Layer, id: u64, shape: Shape, values: &[(usize, Value)]) -> Row {
    let mut all = vec![None; layer.fields().len()];
    for (ix, value) in values {
        all[*ix] = Some(value.clone());
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

fn square(x: f64, y: f64, size: f64) -> Shape {
    Shape::polygons([vec![vec![at(x, y), at(x + size, y), at(x + size, y + size), at(x, y + size)]]]).unwrap()
}

fn kind(code: &str) -> (usize, Value) {
    (hydrant::KIND, Value::Choice(hydrant::KINDS.iter().position(|kind| kind.code == code).unwrap() as u8))
}

/// Each kind of hydrant has a neighbourhood of its own, 3 km from the next: a house at 100 m and one at 200 m.
fn town() -> Vec<Vec<Row>> {
    let mut rows: Vec<Vec<Row>> = Layer::ALL.iter().map(|_| Vec::new()).collect();
    let mut put = |row: Row| rows[row.feature.layer as usize].push(row);
    let in_service = (hydrant::STATE, Value::Choice(0));
    for (nth, code) in ["municipal", "building_outdoor", "cistern", "natural_intake"].into_iter().enumerate() {
        let (x, id) = (nth as f64 * 3000.0, nth as u64 * 10 + 1);
        let measured = [
            (hydrant::PRESSURE_MPA, Value::Real(0.2)),
            (hydrant::FLOW_LPS, Value::Real(if nth == 0 { 20.0 } else { 10.0 })),
            (hydrant::INSPECTED, Value::Date(20_779 - 300)),
        ];
        let values: Vec<_> = [kind(code), in_service.clone()].into_iter().chain(measured).collect();
        put(row(Layer::Hydrant, id, Shape::point(at(x, 0.0)), &values));
        for (offset, id) in [(3.0, id), (100.0, id + 1), (200.0, id + 2), (400.0, id + 3)] {
            put(row(Layer::Building, id, square(x + offset, 0.0, 10.0), &[]));
        }
    }
    let district = area::KINDS.iter().position(|kind| kind.code == "district").unwrap() as u8;
    put(row(Layer::Area, 1, square(-1000.0, -1000.0, 2000.0), &[(area::KIND, Value::Choice(district))]));
    let class = road::CLASSES.iter().position(|class| class.code == "primary").unwrap() as u8;
    let street = [(road::CLASS, Value::Choice(class)), (road::WIDTH_M, Value::Real(70.0))];
    // Its kerb is 25 m from the municipal hydrant.
    put(row(Layer::Road, 1, Shape::lines([vec![at(-500.0, 60.0), at(500.0, 60.0)]]).unwrap(), &street));
    rows
}

fn city(pack: Pack) -> City {
    let snapshot = Snapshot { revision: Revision(1), sources: vec![], zone: "Asia/Shanghai".into() };
    City::of(snapshot, town().into_iter().flatten(), Frame::new(Arc::new(pack), DAY).unwrap())
}

/// All that is computed, without the rule that is cited.
fn results(city: &City) -> Vec<String> {
    let mut told: Vec<String> =
        area_rows(city, "district").iter().map(|row| serde_json::to_string(row).unwrap()).collect();
    for (slot, row) in city.layer(Layer::Building).iter() {
        told.push(format!("{:?} {:?}", row.id, city.results().coverage(slot)));
        let card = building_coverage(city, row.id).unwrap();
        told.push(serde_json::to_string(&card.nearest).unwrap());
        told.extend(card.grades.iter().map(|grade| format!("{:?}", grade.within)));
    }
    told
}

#[test]
fn every_value_that_is_assessed_changes_a_result_and_no_other_does() {
    for (name, _) in BUILT_IN {
        let pack = Pack::built_in(name).unwrap();
        let before = results(&city(pack.clone()));
        // The rules of access, and those of supply against demand, are held so on towns of their own.
        let of_supply = |rule: &Rule| {
            let is_way = rule.id == "hydrant.supply_within" && rule.metric == Metric::Route;
            let only = ["hydrant.supply_most", "hydrant.supply_most_on_tree"].contains(&rule.id.as_str());
            is_way
                || only
                || rule.id.starts_with("hydrant.credit")
                || rule.id.starts_with("demand.") && rule.unassessed().is_none()
        };
        let of_water = |rule: &Rule| !of_supply(rule) && AccessRule::ALL.iter().all(|access| access.id() != rule.id);
        let rules = pack.rules.iter().enumerate().filter(|(_, rule)| rule.holds_on(DAY) && of_water(rule));
        for (nth, rule) in rules {
            let changes = [0.5, 2.0].into_iter().any(|factor| {
                let mut other = pack.clone();
                other.rules[nth].value *= factor;
                results(&city(other)) != before
            });
            assert_eq!(changes, rule.unassessed().is_none(), "{name}: {} of {}", rule.id, rule.value);
        }
    }
}

#[test]
fn under_rules_for_the_route_no_building_is_covered_or_bare_and_distances_stay() {
    let by_circles = city(Pack::built_in("gb").unwrap());
    for name in ["nfpa", "ifc", "de"] {
        let city = city(Pack::built_in(name).unwrap());
        for (slot, _) in city.layer(Layer::Building).iter() {
            for grade in Grade::ALL {
                assert_eq!(city.results().coverage(slot).at(grade).covered, Covered::NotAssessed, "{name}");
            }
        }
        let near = |city: &City| city.results().coverage(0).at(Grade::Nominal).distance_mm();
        assert_eq!(near(&city), near(&by_circles), "{name}: a distance is a fact under any rule");
        let whole = city.results().whole();
        for grade in Grade::ALL {
            assert!(Covered::ALL.iter().all(|covered| whole.sum(grade, *covered, 0) == 0), "{name}");
            assert_eq!((whole.sum(grade, Covered::NotAssessed, 0), whole.share(grade, 0)), (16, None), "{name}");
        }
        let rows = area_rows(&city, "district");
        assert_eq!((rows[0].built.how, rows[0].built.rate), ("not_assessed", None), "{name}");
        let table = building_table(&building_rows(&city));
        let told = |head: &str| table.columns.iter().position(|column| column.head == head).unwrap();
        for row in &table.rows {
            assert_eq!((&*row[told("covered")], &*row[told("not_assessed")]), ("not_assessed", "route"), "{name}");
        }
    }
}

#[test]
fn germany_counts_hydrants_within_300_m_and_packs_without_a_circle_count_none() {
    let within = |name: &str, id: u64| {
        let card = building_coverage(&city(Pack::built_in(name).unwrap()), FeatureId(id)).unwrap();
        (card.grades[0].within, card.nearest[0].within)
    };
    assert_eq!(within("de", 3), (Some(1), Some(true)), "200 m");
    assert_eq!(within("de", 4), (Some(0), Some(false)), "400 m");
    assert_eq!(within("nfpa", 3), (None, None));
    assert_eq!(within("gb", 3), (Some(0), Some(false)));
}

#[test]
fn nothing_of_the_route_stands_in_a_pack_as_if_circles_told_it() {
    for (name, _) in BUILT_IN {
        let pack = Pack::built_in(name).unwrap();
        for rule in pack.rules.iter().filter(|rule| rule.id.starts_with("radius.")) {
            assert_eq!(rule.unassessed().is_some(), rule.metric == Metric::Route, "{name}: {}", rule.id);
        }
    }
    let nfpa = Pack::built_in("nfpa").unwrap();
    let value = |id: &str| nfpa.on(DAY, id).unwrap().value;
    assert_eq!(value("radius.municipal"), 400.0 * 0.3048, "feet are converted whole");
    assert_eq!(value("hydrant.dwelling_distance"), 600.0 * 0.3048);
    assert_eq!((value("hydrant.supply_within") * 1000.0).round(), 304_800.0);
}

#[test]
fn radii_of_two_metrics_and_silence_about_a_rule_that_is_there_are_refused() {
    let text = BUILT_IN[0].1;
    let mixed = text.replacen("metric = \"straight\"", "metric = \"route\"", 1);
    assert!(matches!(Pack::parse("x", &mixed), Err(RuleError::BadValue { field, .. }) if field == "metric"));
    let silent = text.replacen("id = \"gb\"", "id = \"gb\"\nsilent = [\"hydrant.flow\"]", 1);
    assert!(matches!(Pack::parse("x", &silent), Err(RuleError::BadValue { field, .. }) if field == "silent"));
    let odd = text.replacen("id = \"gb\"", "id = \"gb\"\nsilent = [\"hydrant.colour\"]", 1);
    assert!(matches!(Pack::parse("x", &odd), Err(RuleError::BadValue { field, .. }) if field == "silent"));
}
