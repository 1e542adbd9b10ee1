//! Tiles of what lies along the ground on drawn towns: what fails first, findings of access, and that maps and lists say
//! the same of them.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod mvt;
mod sketch;

use std::io::Read;

use firemap::analysis::Grade;
use firemap::city::City;
use firemap::crs::World;
use firemap::map::{self, TileSource};
use firemap::model::{FeatureId, Layer};
use firemap::report::{access_told, access_told_of, fragile_told};
use firemap::store::Row;
use firemap::tiles::TileId;
use mvt::Value;
use sketch::{at, city, line, point, rectangle, row};

/// The features of a source layer of the ground's tile at a zoom around (`x`, `y`).
fn features(city: &City, layer: &str, zoom: u8, (x, y): (f64, f64)) -> Vec<mvt::Feature> {
    let tile = TileId::at(World::from(at(x, y)), zoom).unwrap();
    let Some(packed) = map::draw(city, TileSource::Ground, tile) else { return Vec::new() };
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    let layers = mvt::decode(&bytes).unwrap();
    layers.into_iter().find(|of| of.name == layer).map_or(Vec::new(), |of| of.features)
}

fn number(feature: &mvt::Feature, name: &str) -> i64 {
    match feature.tags.iter().find(|(key, _)| key == name) {
        Some((_, Value::Integer(n))) => *n,
        Some((_, Value::Unsigned(n))) => *n as i64,
        _ => 0,
    }
}

fn text<'a>(feature: &'a mvt::Feature, name: &str) -> &'a str {
    match feature.tags.iter().find(|(key, _)| key == name) {
        Some((_, Value::Text(text))) => text,
        _ => "",
    }
}

fn house(id: u64, x: f64, y: f64) -> Row {
    row(Layer::Building, id, rectangle(x, y, x + 8.0, y + 8.0), "name=甲楼;height_m=9;floors_above=3")
}

/// A street with a station at its end, two houses and a hydrant, and a dead end off it with three.
fn dead_end() -> City {
    city(vec![
        row(Layer::Road, 1, line((-300.0, 0.0), (300.0, 0.0)), "class=residential;width_m=7"),
        row(Layer::Road, 2, line((100.0, 0.0), (100.0, 120.0)), "class=residential;width_m=7"),
        row(Layer::Station, 1, point(-250.0, -5.0), "kind=fire_station"),
        row(Layer::Hydrant, 7, point(100.0, -3.0), "kind=municipal;state=in_service"),
        house(1, 10.0, 6.0),
        house(2, 40.0, 6.0),
        // Farther from the street than an engine may stand from what it is called to.
        house(3, 110.0, 70.0),
        house(4, 110.0, 85.0),
        house(5, 110.0, 100.0),
    ])
}

#[test]
fn a_hydrant_and_a_road_that_fail_cost_on_the_map_what_they_cost_in_the_list() {
    let city = dead_end();
    let hydrants = fragile_told(&city, false, Grade::Serviceable, 10);
    let drawn = features(&city, "fragile_hydrant", 16, (100.0, 0.0));
    let told: Vec<_> = hydrants.iter().map(|row| (row.id, row.buildings)).collect();
    assert_eq!(told, [(7, 5)]);
    assert_eq!(drawn.iter().map(|one| (one.id.unwrap(), number(one, "lose_serviceable"))).collect::<Vec<_>>(), told);
    // Nobody inspected it: at the verified grade nothing is lost by it.
    assert_eq!(number(&drawn[0], "lose_verified"), 0);

    let roads = fragile_told(&city, true, Grade::Serviceable, 10);
    let pieces = features(&city, "fragile_road", 16, (100.0, 60.0));
    let worst = |id: u64| pieces.iter().filter(|one| one.id == Some(id)).map(|one| number(one, "lose")).max();
    assert!(!roads.is_empty());
    for road in &roads {
        assert_eq!(worst(road.id), Some(road.buildings), "road {}", road.id);
    }
    assert_eq!(worst(2), Some(3));
    assert!(pieces.iter().all(|one| text(one, "layer") == "road" && one.kind == 2));
}

#[test]
fn far_out_only_what_costs_many_buildings_is_drawn() {
    let city = dead_end();
    for layer in ["fragile_hydrant", "fragile_road"] {
        assert!(!features(&city, layer, 14, (100.0, 0.0)).is_empty(), "{layer}");
        assert!(features(&city, layer, 13, (100.0, 0.0)).is_empty(), "{layer}");
    }
}

/// A house to which only a lane of these values leads.
fn behind_a_lane(lane: &str) -> City {
    city(vec![
        row(Layer::Road, 1, line((-300.0, 0.0), (300.0, 0.0)), "class=residential;width_m=7"),
        row(Layer::Station, 1, point(-250.0, -5.0), "kind=fire_station"),
        house(1, 0.0, 100.0),
        row(Layer::Lane, 5, line((-10.0, 0.0), (-10.0, 120.0)), lane),
    ])
}

#[test]
fn a_lane_is_one_point_with_its_worst_finding() {
    let city = behind_a_lane("width_m=2;clear_height_m=4.5;slope_pct=15;turning_radius_m=12;turnaround=true");
    let worst = access_told(&city, 1).rows.remove(0);
    for zoom in [13, 16] {
        let drawn = features(&city, "access", zoom, (-10.0, 60.0));
        let lanes: Vec<_> = drawn.iter().filter(|one| text(one, "layer") == "lane").collect();
        assert_eq!(lanes.len(), 1);
        assert_eq!((lanes[0].id, lanes[0].kind), (Some(5), 1));
        assert_eq!((text(lanes[0], "verdict"), text(lanes[0], "rule")), (worst.verdict, worst.rule.id));
        let measured = lanes[0].tags.iter().find(|(key, _)| key == "measured").unwrap();
        assert_eq!(measured.1, Value::Real(15.0));
    }
    assert_eq!((worst.verdict, worst.rule.id), ("below_must", "lane.slope"));
}

#[test]
fn a_finding_is_drawn_from_farther_out_the_worse_it_is() {
    let seen = |lane: &str, zoom: u8| {
        let drawn = features(&behind_a_lane(lane), "access", zoom, (-10.0, 60.0));
        drawn.iter().find(|one| text(one, "layer") == "lane").map(|one| text(one, "verdict").to_owned())
    };
    let rest = "clear_height_m=4.5;slope_pct=3;turning_radius_m=12;turnaround=true";
    let narrow = format!("width_m=3;{rest}");
    assert_eq!((seen(&narrow, 13), seen(&narrow, 14).as_deref()), (None, Some("below_practice")));
    assert_eq!((seen(rest, 14), seen(rest, 15).as_deref()), (None, Some("unknown")));
}

#[test]
fn squares_tell_how_many_buildings_which_vehicle_gets_to_and_whose_nobody_knows() {
    let counts = |lane: &str| {
        let drawn = features(&behind_a_lane(lane), "access_square", 11, (0.0, 100.0));
        ["buildings", "ladder", "engine", "none", "unknown"]
            .map(|name| drawn.iter().map(|one| number(one, name)).sum::<i64>())
    };
    assert_eq!(counts("width_m=4;clear_height_m=4.5"), [1, 1, 0, 0, 0]);
    // 2.85 m: an engine of 2.5 m and its margin, not a ladder truck of 2.55 m and its own.
    assert_eq!(counts("width_m=2.85;clear_height_m=4.5"), [1, 0, 1, 0, 0]);
    assert_eq!(counts("width_m=2"), [1, 0, 0, 1, 0]);
    assert_eq!(counts(""), [1, 0, 0, 0, 1]);
}

#[test]
fn findings_of_one_feature_are_told_and_counted_alone() {
    let city = behind_a_lane("width_m=2");
    let all = access_told(&city, 1000).rows;
    let own = access_told_of(&city, Some(Layer::Lane), Some(FeatureId(5)), 1000);
    assert!(!own.rows.is_empty() && own.rows.iter().all(|row| (row.layer, row.id) == ("lane", 5)));
    assert_eq!(own.rows.len(), all.iter().filter(|row| (row.layer, row.id) == ("lane", 5)).count());
    assert_eq!(own.counts.iter().map(|count| count.count).sum::<usize>(), own.rows.len());
    assert!(access_told_of(&city, Some(Layer::Lane), Some(FeatureId(6)), 10).rows.is_empty());
}
