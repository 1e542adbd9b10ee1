//! Access on drawn towns, one situation each: lanes, high-rises, ladder fields, and who gets where.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod sketch;

use firemap::city::City;
use firemap::model::{FeatureId, Layer};
use firemap::report::{AccessCard, access_findings_table, access_of_building, access_table, access_told};
use firemap::rules::{AccessRule, Pack};
use firemap::store::Row;
use sketch::{city, city_by, line, point, rectangle, row};

const STREET: &str = "class=residential;width_m=7";
const GOOD: &str = "width_m=4;clear_height_m=4.5;slope_pct=3;turning_radius_m=12;turnaround=true";

fn street() -> Row {
    row(Layer::Road, 1, line((-300.0, 0.0), (300.0, 0.0)), STREET)
}

fn station() -> Row {
    row(Layer::Station, 1, point(-250.0, -5.0), "kind=fire_station")
}

/// A house 100 m from the street, to which only a lane of 120 m leads, 10 m from its wall.
fn far_house(lane: &str) -> City {
    city(vec![
        street(),
        station(),
        row(Layer::Building, 1, rectangle(0.0, 100.0, 20.0, 120.0), "name=甲楼;height_m=9;floors_above=3"),
        row(Layer::Lane, 1, line((-10.0, 0.0), (-10.0, 120.0)), lane),
    ])
}

fn card(city: &City) -> AccessCard {
    access_of_building(city, FeatureId(1)).unwrap()
}

/// Verdict and measured value of a rule about a feature.
fn told(city: &City, layer: &str, id: u64, rule: &str) -> (&'static str, Option<f64>) {
    let all = access_told(city, usize::MAX).rows;
    let found: Vec<_> = all.iter().filter(|row| (row.layer, row.id, row.rule.id) == (layer, id, rule)).collect();
    assert_eq!(found.len(), 1, "{rule} of {layer} {id} is told once");
    (found[0].verdict, found[0].measured)
}

#[test]
fn an_engine_gets_over_a_wide_lane_not_over_a_narrow_or_blocked_one_and_an_unknown_width_stays_unknown() {
    let engine = |lane: &str| card(&far_house(lane)).engine;
    assert_eq!(engine("width_m=4"), "yes");
    assert_eq!(engine("width_m=2"), "no");
    assert_eq!(engine("width_m=4;state=obstructed"), "no");
    assert_eq!(engine(""), "unknown_width");
    assert_eq!(engine("width_m=4;clear_height_m=3"), "no");
    // 2.85 m: an engine of 2.5 m and its margin, not a ladder truck of 2.55 m and its own.
    let between = card(&far_house("width_m=2.85"));
    assert_eq!((between.engine, between.ladder_truck), ("yes", "no"));
}

#[test]
fn a_house_on_an_island_of_the_network_is_not_reached_and_one_without_a_way_is_unknown() {
    let house = row(Layer::Building, 1, rectangle(0.0, 510.0, 20.0, 530.0), "");
    let island = row(Layer::Road, 2, line((-50.0, 500.0), (50.0, 500.0)), STREET);
    let without = vec![street(), house.clone(), island.clone()];
    assert_eq!(card(&city(without)).engine, "no", "without stations the largest piece counts");
    assert_eq!(card(&city(vec![street(), station(), house.clone(), island])).engine, "no");
    assert_eq!(card(&city(vec![street(), house])).engine, "unknown");
    let beside = row(Layer::Building, 1, rectangle(0.0, 10.0, 20.0, 30.0), "");
    assert_eq!(card(&city(vec![street(), beside])).engine, "yes");
}

#[test]
fn a_station_in_a_yard_that_nobody_measured_sends_its_engines_all_the_same() {
    let house = row(Layer::Building, 1, rectangle(0.0, 10.0, 20.0, 30.0), "");
    let yard = row(Layer::Road, 2, line((-250.0, 0.0), (-250.0, -80.0)), "class=service");
    let inside = row(Layer::Station, 1, point(-255.0, -70.0), "kind=fire_station");
    assert_eq!(card(&city(vec![street(), house, yard, inside])).engine, "yes");
}

#[test]
fn a_long_dead_end_needs_a_turnaround_a_short_one_or_a_lane_that_leads_on_does_not() {
    let dead_end = |lane: &str| told(&far_house(lane), "lane", 1, "lane.dead_end");
    assert_eq!(dead_end("width_m=4;turnaround=true"), ("kept", Some(120.0)));
    assert_eq!(dead_end("width_m=4;turnaround=false"), ("below_must", Some(120.0)));
    assert_eq!(dead_end("width_m=4"), ("unknown", Some(120.0)));
    assert_eq!(dead_end("width_m=4;dead_end=false"), ("kept", Some(0.0)), "the data know better");
    let lane = |from, to| row(Layer::Lane, 1, line(from, to), "width_m=4;turnaround=false");
    let short = city(vec![street(), lane((0.0, 0.0), (0.0, 30.0))]);
    assert_eq!(told(&short, "lane", 1, "lane.dead_end"), ("kept", Some(30.0)));
    let through = vec![
        street(),
        row(Layer::Road, 2, line((-300.0, 100.0), (300.0, 100.0)), STREET),
        lane((0.0, 0.0), (0.0, 100.0)),
    ];
    assert_eq!(told(&city(through), "lane", 1, "lane.dead_end"), ("kept", Some(0.0)));
    let apart = city(vec![street(), lane((0.0, 50.0), (0.0, 150.0))]);
    assert_eq!(told(&apart, "lane", 1, "lane.dead_end"), ("unknown", None), "how long it is, nobody knows");
}

#[test]
fn each_measure_of_a_lane_is_held_against_its_rule_and_what_nobody_measured_is_unknown() {
    let bad = far_house("width_m=3.2;clear_height_m=3.5;slope_pct=-9;turning_radius_m=7;turnaround=false");
    let of = |city: &City, rule| told(city, "lane", 1, rule);
    // The standard asks for no width since 2023-06-01; 4 m is a recommended means.
    assert_eq!(of(&bad, "lane.width"), ("below_practice", Some(3.2)));
    assert_eq!(of(&bad, "lane.clear_height"), ("below_practice", Some(3.5)));
    assert_eq!(of(&bad, "lane.slope"), ("kept", Some(9.0)));
    assert_eq!(of(&bad, "lane.slope_should"), ("below_should", Some(9.0)));
    assert_eq!(of(&bad, "lane.turning_radius"), ("below_practice", Some(7.0)));
    let (verdict, wall_m) = of(&bad, "lane.wall_distance");
    assert!(verdict == "kept" && (wall_m.unwrap() - 8.4).abs() < 0.1, "{wall_m:?}");
    let blank = far_house("");
    for rule in ["lane.width", "lane.clear_height", "lane.slope", "lane.slope_should", "lane.turning_radius"] {
        assert_eq!(of(&blank, rule), ("unknown", None), "{rule}");
    }
    // 10 m from the centre line to the wall: nobody knows how far from the edge.
    assert_eq!(of(&blank, "lane.wall_distance"), ("unknown", None));
    let good = far_house(GOOD);
    assert!(access_told(&good, 100).rows.iter().all(|row| row.verdict == "kept"));
}

#[test]
fn a_lane_nearer_to_the_wall_than_should_be_is_told_even_where_its_width_is_unknown() {
    let beside = |values: &str| {
        let house = row(Layer::Building, 1, rectangle(0.0, 10.0, 20.0, 30.0), "");
        let lane = row(Layer::Lane, 1, line((-4.0, 0.0), (-4.0, 30.0)), values);
        told(&city(vec![street(), house, lane]), "lane", 1, "lane.wall_distance").0
    };
    assert_eq!((beside(""), beside("width_m=3")), ("below_should", "below_should"));
}

const TOWER: &str = "name=高楼;use=residential;height_m=45;floors_above=15";

/// A slab 30 m from the street, so that the street does not run along it.
fn slab(values: &str, more: Vec<Row>) -> City {
    let mut rows = vec![street(), row(Layer::Building, 1, rectangle(0.0, 30.0, 60.0, 45.0), values)];
    rows.extend(more);
    city(rows)
}

#[test]
fn a_high_rise_needs_a_lane_along_a_long_side_and_a_ladder_field() {
    let sides = |values: &str, more: Vec<Row>, rule: &str| told(&slab(values, more), "building", 1, rule);
    let elsewhere = || row(Layer::Lane, 9, line((250.0, 0.0), (250.0, 30.0)), GOOD);
    let along = |y: f64| row(Layer::Lane, y as u64, line((-10.0, y), (70.0, y)), GOOD);
    let lanes = "high_rise.lane_sides_housing";
    assert_eq!(sides(TOWER, vec![], lanes), ("unknown", Some(0.0)), "nobody has drawn lanes");
    assert_eq!(sides(TOWER, vec![elsewhere()], lanes), ("below_must", Some(0.0)));
    assert_eq!(sides(TOWER, vec![along(20.0)], lanes), ("kept", Some(1.0)));
    let half = row(Layer::Lane, 1, line((0.0, 20.0), (30.0, 20.0)), GOOD);
    assert_eq!(sides(TOWER, vec![half], lanes), ("below_must", Some(0.0)), "half a side is not a side");
    let narrow_road = row(Layer::Road, 2, line((-10.0, 20.0), (70.0, 20.0)), "class=service");
    assert_eq!(sides(TOWER, vec![elsewhere(), narrow_road], lanes), ("unknown", Some(0.0)));

    let public = "use=office;height_m=45;floors_above=12";
    let lanes = "high_rise.lane_sides_public";
    assert_eq!(sides(public, vec![elsewhere()], lanes), ("below_must", Some(0.0)));
    // One side will do where the ground allows no more, which nobody knows.
    assert_eq!(sides(public, vec![along(20.0)], lanes), ("unknown", Some(1.0)));
    assert_eq!(sides(public, vec![along(20.0), along(55.0)], lanes), ("kept", Some(2.0)));

    let field = |id, west: f64| row(Layer::LadderField, id, rectangle(west, 10.0, west + 20.0, 22.0), "slope_pct=2");
    let fields = "ladder_field.sides";
    assert_eq!(sides(TOWER, vec![], fields), ("unknown", Some(0.0)), "nobody has drawn ladder fields");
    assert_eq!(sides(TOWER, vec![field(1, 500.0)], fields), ("below_must", Some(0.0)));
    assert_eq!(sides(TOWER, vec![field(1, 20.0)], fields), ("kept", Some(1.0)));
}

#[test]
fn a_ladder_field_is_measured_against_the_height_of_its_building() {
    let field = |values: &str, east: f64, south: f64, north: f64, of: &str| {
        slab(values, vec![row(Layer::LadderField, 1, rectangle(20.0, south, east, north), of)])
    };
    let of = |city: &City, rule| told(city, "ladder_field", 1, rule);
    let good = field(TOWER, 36.0, 10.0, 22.0, "slope_pct=2");
    for rule in ["length", "width", "wall_least", "wall_most", "slope"].map(|rule| format!("ladder_field.{rule}")) {
        assert_eq!(told(&good, "ladder_field", 1, &rule).0, "kept", "{rule}");
    }
    let tall = field("use=residential;height_m=60;floors_above=20", 36.0, 10.0, 22.0, "");
    assert_eq!(of(&tall, "ladder_field.length_tall"), ("below_practice", Some(16.0)));
    assert_eq!(of(&tall, "ladder_field.slope"), ("unknown", None));
    let near = field(TOWER, 36.0, 16.0, 27.0, "slope_pct=4");
    assert_eq!(of(&near, "ladder_field.wall_least"), ("below_should", Some(3.0)));
    assert_eq!(of(&near, "ladder_field.slope"), ("below_should", Some(4.0)));
    let far = field(TOWER, 36.0, 4.0, 15.0, "");
    assert_eq!(of(&far, "ladder_field.wall_most"), ("below_must", Some(15.0)));
    assert_eq!(card(&good).to_ladder_field, Some("yes"));
}

#[test]
fn a_low_house_has_no_findings_and_what_is_not_known_to_be_high_is_not_called_so() {
    let high = |values: &str| {
        let city = slab(values, vec![row(Layer::Lane, 9, line((250.0, 0.0), (250.0, 30.0)), GOOD)]);
        let card = card(&city);
        (card.high_rise, card.findings.len())
    };
    assert_eq!(high("use=residential;height_m=27;floors_above=9"), ("no", 0));
    assert_eq!(high("use=office;height_m=40;floors_above=1"), ("no", 0));
    assert_eq!(high("use=office;height_m=40"), ("unknown", 0), "it may be of a single floor");
    assert_eq!(high("use=residential"), ("unknown", 0));
    assert_eq!(high("height_m=25;floors_above=8"), ("unknown", 0), "housing or not is not known");
    assert_eq!(high("use=residential;height_m=27.5;floors_above=9").0, "housing");
    assert_eq!(high("use=office;height_m=24.5;floors_above=6").0, "public");
    assert_eq!(high("height_m=40;floors_above=12").0, "high_rise");
    assert_eq!(high("use=warehouse;height_m=40;floors_above=6").0, "no");
}

#[test]
fn a_building_older_than_a_rule_is_told_so_and_nothing_is_called_a_breach() {
    let lane = row(Layer::Lane, 9, line((250.0, 0.0), (250.0, 30.0)), GOOD);
    let of = |year: &str| {
        let city = slab(&format!("{TOWER};year_built={year}"), vec![lane.clone()]);
        let row = access_told(&city, 1).rows.remove(0);
        (row.verdict, row.rule.id, row.rule.edition, row.older, row.said)
    };
    let (verdict, rule, edition, older, said) = of("1998");
    assert_eq!((verdict, rule, older), ("below_must", "high_rise.lane_sides_housing", Some(true)));
    assert_eq!(edition, "GB 55037-2022");
    assert!(said.zh.contains("早于") && said.en.contains("older") && said.en.contains("below must"), "{}", said.en);
    assert_eq!(of("2025").3, Some(false));
    assert_eq!(of("2023").3, None, "before or after June, nobody knows");
}

#[test]
fn the_worst_comes_first_and_tables_hold_every_building_and_finding() {
    let city = far_house("width_m=3;slope_pct=20;turnaround=false");
    let verdicts: Vec<&str> = access_told(&city, 100).rows.iter().map(|row| row.verdict).collect();
    let rank = |verdict: &&str| {
        ["below_must", "below_should", "below_practice", "unknown", "kept"].iter().position(|known| known == verdict)
    };
    assert!(verdicts.is_sorted_by_key(rank) && verdicts[0] == "below_must", "{verdicts:?}");
    let table = access_table(&city);
    assert_eq!((table.rows.len(), &*table.rows[0][4]), (1, "yes"));
    let findings = access_findings_table(&city, None, firemap::model::Lang::Zh);
    assert_eq!(findings.rows.len(), verdicts.len());
    assert!(findings.rows.iter().all(|row| row.len() == findings.columns.len()));
}

/// A town in which each rule is close to something.
fn town() -> Vec<Row> {
    let lane = "width_m=3;clear_height_m=3;slope_pct=12;turnaround=false";
    let field = |id, west: f64| row(Layer::LadderField, id, rectangle(west, 10.0, west + 16.0, 22.0), "slope_pct=2");
    vec![
        street(),
        // A low house beside a lane.
        row(Layer::Building, 1, rectangle(-200.0, 30.0, -180.0, 50.0), "height_m=9;floors_above=3"),
        row(Layer::Lane, 1, line((-206.0, 0.0), (-206.0, 60.0)), &format!("{lane};turning_radius_m=6")),
        // Housing with a lane along one side and a ladder field, a taller one, one with half a lane.
        row(Layer::Building, 2, rectangle(0.0, 30.0, 60.0, 45.0), "use=residential;height_m=33;floors_above=11"),
        row(Layer::Lane, 2, line((-10.0, 60.0), (70.0, 60.0)), &format!("{lane};turning_radius_m=10")),
        field(1, 20.0),
        row(Layer::Building, 3, rectangle(100.0, 30.0, 160.0, 45.0), "use=residential;height_m=60;floors_above=20"),
        field(2, 120.0),
        row(Layer::Building, 4, rectangle(200.0, 100.0, 260.0, 115.0), "use=residential;height_m=60;floors_above=20"),
        row(Layer::Lane, 3, line((200.0, 90.0), (230.0, 90.0)), GOOD),
        // Offices with a lane along one side.
        row(Layer::Building, 5, rectangle(0.0, 200.0, 60.0, 215.0), "use=office;height_m=30;floors_above=8"),
        row(Layer::Lane, 4, line((-10.0, 190.0), (70.0, 190.0)), GOOD),
    ]
}

#[test]
fn every_value_of_access_that_is_assessed_changes_a_result_and_no_other_does() {
    let results = |pack: Pack| -> Vec<String> {
        let city = city_by(town(), pack);
        let rows = access_told(&city, usize::MAX).rows;
        let mut told: Vec<String> = rows
            .iter()
            .map(|row| format!("{} {} {} {} {:?}", row.layer, row.id, row.rule.id, row.verdict, row.measured))
            .collect();
        told.sort();
        told
    };
    let pack = Pack::built_in("gb").unwrap();
    let before = results(pack.clone());
    let day = jiff::civil::date(2026, 11, 22);
    let mut looked = 0;
    for (nth, rule) in pack.rules.iter().enumerate().filter(|(_, rule)| rule.holds_on(day)) {
        if AccessRule::ALL.iter().all(|access| access.id() != rule.id) {
            continue;
        }
        looked += 1;
        let changes = [0.5, 2.0].into_iter().any(|factor| {
            let mut other = pack.clone();
            other.rules[nth].value *= factor;
            results(other) != before
        });
        assert_eq!(changes, rule.unassessed().is_none(), "{} of {}", rule.id, rule.value);
    }
    assert_eq!(looked, AccessRule::ALL.len(), "the pack has each of them today");
}

#[test]
fn other_packs_say_nothing_of_access_but_who_gets_where_is_told() {
    for name in ["nfpa", "ifc", "de"] {
        let city = city_by(town(), Pack::built_in(name).unwrap());
        assert!(access_told(&city, 10).rows.is_empty(), "{name}");
        assert_eq!(card(&city).engine, "yes");
    }
}

#[test]
fn findings_do_not_hang_on_the_order_of_rows() {
    let told = |rows: Vec<Row>| {
        let rows = access_told(&city(rows), usize::MAX).rows;
        rows.iter()
            .map(|row| format!("{} {} {} {:?}", row.layer, row.id, row.verdict, row.measured))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(town()), told(town().into_iter().rev().collect()));
}
