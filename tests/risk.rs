//! The risk score of a drawn town: joined, scored, summed, and the same after edits as afresh.

#![allow(clippy::unwrap_used)] // A failure here is a failed test.

mod mvt;
mod sketch;

use std::io::Read;

use firemap::city::City;
use firemap::crs::World;
use firemap::map::{TileSource, draw};
use firemap::model::{FeatureId, Layer};
use firemap::report::{RankBy, risk_areas, risk_card, risk_ranking};
use firemap::rules::Pack;
use firemap::store::{Change, Changes, Revision, Row, Snapshot};
use firemap::tiles::TileId;
use mvt::Value;
use sketch::{at, city, line, point, rectangle, row};

const OLD: &str = "use=residential;floors_above=7;year_built=1988;residents=120;name=甲楼;last_inspected=2026-10-01";

fn rows() -> Vec<Row> {
    vec![
        row(Layer::Area, 1, rectangle(-500.0, -500.0, 500.0, 500.0), "kind=community;name=甲社区;code=500101"),
        row(Layer::Area, 2, rectangle(-50.0, -50.0, 50.0, 39.0), "kind=estate;name=甲苑"),
        row(Layer::Building, 1, rectangle(0.0, 0.0, 20.0, 20.0), OLD),
        row(Layer::Building, 2, rectangle(100.0, 0.0, 140.0, 20.0), "use=mall;height_m=30;floors_above=6"),
        row(Layer::Road, 1, line((-200.0, 40.0), (200.0, 40.0)), "class=residential;width_m=7"),
        row(
            Layer::Hydrant,
            1,
            point(30.0, 36.0),
            "kind=municipal;state=in_service;pressure_mpa=0.3;inspected=2026-05-01",
        ),
        row(Layer::Station, 1, point(-100.0, 36.0), "kind=fire_station;staff=6;vehicles=1"),
        row(
            Layer::Place,
            1,
            point(110.0, 10.0),
            "name=乙商场;class=商场;area_above_m2=5000;alarm=true;sprinkler=false",
        ),
        row(
            Layer::Danger,
            1,
            point(10.0, 10.0),
            "about=building;grade=ordinary;reported=2026-10-01T00:00:00Z;due=2026-11-07",
        ),
        row(Layer::Danger, 2, point(400.0, 400.0), "about=building;about_key=甲楼;grade=minor;state=to_mend"),
        row(Layer::Danger, 3, point(-400.0, 400.0), "about=place;about_key=乙商场;grade=major"),
        row(Layer::Danger, 4, point(-400.0, 400.0), "about=building;about_key=丁楼;grade=major"),
        row(
            Layer::Danger,
            5,
            point(10.0, 30.0),
            "about=estate;about_key=甲苑;grade=principal;state=closed;closed=2026-11-22T15:00:00Z",
        ),
        row(Layer::Danger, 6, point(10.0, 30.0), "about=estate;about_key=甲苑;grade=minor"),
        row(Layer::Incident, 1, point(10.0, 10.0), "kind=fire;occurred=2026-03-01T00:00:00Z"),
        row(Layer::Incident, 2, point(10.0, 10.0), "kind=fire;occurred=2025-12-01T00:00:00Z"),
        row(Layer::Incident, 3, point(10.0, 10.0), "kind=fire;occurred=2025-03-01T00:00:00Z"),
        row(Layer::Incident, 4, point(10.0, 10.0), "kind=rescue;occurred=2026-03-01T00:00:00Z"),
    ]
}

#[test]
fn dangers_come_to_the_building_they_name_lie_in_or_whose_estate_they_are_about() {
    let city = city(rows());
    let card = risk_card(&city, FeatureId(1)).unwrap();
    let ids: Vec<u64> = card.dangers.iter().map(|danger| danger.id).collect();
    assert_eq!(ids, [1, 2, 6], "one lies there, one names it, one is about its estate; the fifth is closed");
    assert_eq!(card.dangers[0].overdue_d, 15);
    let mall = risk_card(&city, FeatureId(2)).unwrap();
    assert_eq!(
        mall.dangers.iter().map(|danger| danger.id).collect::<Vec<_>>(),
        [3],
        "through the place that lies in it"
    );
    assert_eq!(
        mall.floor.as_ref().map(|floor| (floor.id, floor.least, floor.lifts)),
        Some(("major_danger", 80.0, true))
    );
    assert_eq!((mall.score, &*mall.band), (80.0, "red"));
    let unjoined: Vec<u64> = city.risk().joins().unjoined().map(|of| of.id.0).collect();
    assert_eq!(unjoined, [4]);
}

#[test]
fn a_card_sums_and_says_where_everything_comes_from() {
    let city = city(rows());
    for id in [1, 2] {
        let card = risk_card(&city, FeatureId(id)).unwrap();
        let hundredths = |points: f64| (points * 100.0).round() as i64;
        let sum: i64 = card.factors.iter().map(|factor| hundredths(factor.contribution)).sum();
        assert_eq!(sum, hundredths(card.raw), "{id}");
        assert!(card.factors.iter().all(|factor| factor.id != "care"), "restricted");
        let told = serde_json::to_string(&card).unwrap();
        assert!(!told.contains("care_residents"));
        let ranked = risk_ranking(&city, "score", RankBy::Score, None, 10).unwrap();
        let row = ranked.rows.iter().find(|row| row.id == id).unwrap();
        assert_eq!((row.score, &row.band, row.completeness), (card.score, &card.band, card.completeness as u8));
    }
    let card = risk_card(&city, FeatureId(1)).unwrap();
    let factor = |id: &str| card.factors.iter().find(|factor| factor.id == id).unwrap();
    assert_eq!((factor("insulation").from, factor("insulation").points), ("default", 2.0));
    assert!(factor("insulation").default.as_ref().unwrap().en.contains("2000"));
    assert_eq!((factor("water").from, factor("micro").from), ("observed", "observed"));
    assert_eq!(factor("engine").clause, "4.1.3");
    assert!(card.measures.iter().any(|measure| measure.id == "close_danger" && measure.about == Some(1)));
}

#[test]
fn areas_tell_bands_dangers_and_fires_of_the_same_span() {
    let city = city(rows());
    let told = risk_areas(&city, "community", None);
    let [area] = &told.rows[..] else { panic!("one area") };
    assert_eq!((area.buildings, area.by_band.iter().sum::<i64>(), area.by_band[0]), (2, 2, 1));
    assert_eq!(area.residents_by_band.iter().sum::<i64>(), 120);
    assert_eq!((area.dangers.open, area.dangers.overdue, area.dangers.closed_untold), (5, 1, 1));
    assert_eq!((area.fires, area.fires_base, told.base_year), (1, 1, 2025), "December lies beyond the same span");
    let squares = city.risk().squares().total();
    assert_eq!((squares[0], squares[1]), (2, 1));
}

/// The features of a source layer of a source's tile at a zoom around the middle of the town.
fn features(city: &City, source: TileSource, layer: &str, zoom: u8) -> Vec<mvt::Feature> {
    let tile = TileId::at(World::from(at(0.0, 0.0)), zoom).unwrap();
    let Some(packed) = draw(city, source, tile) else { return Vec::new() };
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    let layers = mvt::decode(&bytes).unwrap();
    layers.into_iter().find(|of| of.name == layer).map_or(Vec::new(), |of| of.features)
}

fn number(feature: &mvt::Feature, name: &str) -> i64 {
    match feature.tags.iter().find(|(of, _)| of == name) {
        Some((_, Value::Integer(n))) => *n,
        Some((_, Value::Unsigned(n))) => *n as i64,
        other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn a_tile_tells_the_band_and_score_of_the_card() {
    let city = city(rows());
    let features = features(&city, TileSource::Risk, "building", 16);
    assert!(!features.is_empty());
    for feature in features {
        let card = risk_card(&city, FeatureId(feature.id.unwrap())).unwrap();
        assert!(feature.tags.contains(&("band".to_owned(), Value::Text(card.band.clone()))));
        assert_eq!(number(&feature, "score"), (card.score * 100.0).round() as i64);
        assert_eq!(number(&feature, "worst"), (card.between[1] * 100.0).round() as i64);
        assert_eq!(number(&feature, "little_known"), i64::from(card.completeness < 50));
    }
}

#[test]
fn a_danger_on_the_map_says_whether_it_is_open_on_the_citys_day() {
    let city = city(rows());
    let told = features(&city, TileSource::Fire, "danger", 14);
    let mut open: Vec<_> = told.iter().map(|danger| (danger.id, number(danger, "open"))).collect();
    open.sort_unstable();
    let wanted = [(1, 1), (2, 1), (3, 1), (4, 1), (5, 0), (6, 1)].map(|(id, open)| (Some(id), open));
    assert!(!open.is_empty() && open.iter().all(|one| wanted.contains(one)), "{open:?}");
    assert!(open.contains(&(Some(5), 0)), "closed at eleven that night: {open:?}");
}

#[test]
fn squares_far_out_count_the_buildings_of_each_band_and_the_residents_of_the_worst() {
    let city = city(rows());
    let (mut sums, area) = ([0; 6], &risk_areas(&city, "community", None).whole);
    for square in features(&city, TileSource::Risk, "risk_square", 12) {
        let names = ["red", "orange", "yellow", "blue", "little_known", "residents_worst"];
        for (sum, name) in sums.iter_mut().zip(names) {
            *sum += number(&square, name);
        }
    }
    assert_eq!(sums[..4], area.by_band);
    assert_eq!(sums[4..], [area.little_known, area.residents_worst]);
}

#[test]
fn a_ranking_by_what_is_missing_puts_first_what_could_move_most() {
    let city = city(rows());
    let told = risk_ranking(&city, "missing", RankBy::Missing, None, 1).unwrap();
    assert_eq!((told.of, told.rows.len()), (2, 1));
    assert!(risk_ranking(&city, "score", RankBy::Score, Some(FeatureId(9)), 5).is_none());
    assert_eq!(risk_ranking(&city, "score", RankBy::Score, Some(FeatureId(2)), 5).unwrap().rows.len(), 1);
}

fn all(city: &City) -> Vec<(FeatureId, firemap::city::RiskOf)> {
    let buildings = city.layer(Layer::Building);
    let mut all: Vec<_> = buildings.iter().map(|(slot, row)| (row.id, *city.risk().of(slot))).collect();
    all.sort_by_key(|(id, _)| *id);
    all
}

#[test]
fn after_edits_the_scores_are_those_of_a_fresh_city() {
    let mut rows = rows();
    let before = city(rows.clone());
    let untouched = all(&before);
    let changed = row(Layer::Danger, 1, point(10.0, 10.0), "about=building;grade=major");
    let more = row(Layer::Hydrant, 2, point(120.0, 36.0), "kind=municipal;state=in_service");
    let snapshot = Snapshot { revision: Revision(2), zone: before.zone().to_owned(), sources: vec![] };
    let edits =
        vec![Change::Put(changed.clone()), Change::Put(more.clone()), Change::Gone(Layer::Danger, FeatureId(3))];
    let after = before.apply(Changes { snapshot, rows: edits, relief_changed: false });
    rows.retain(|row| row.feature.layer != Layer::Danger || ![1, 3].contains(&row.id.0));
    rows.extend([changed, more]);
    rows.reverse();
    let fresh = city(rows);
    assert_eq!(all(&after), all(&fresh));
    assert_eq!(after.risk().whole(), fresh.risk().whole());
    assert_eq!(after.risk().squares(), fresh.risk().squares());
    assert_ne!(all(&after), untouched);
    assert_eq!(all(&before), untouched, "the city before stays as it was");
}

#[test]
fn without_roads_the_straight_line_stands_in_and_the_card_says_so() {
    let rows: Vec<Row> = rows().into_iter().filter(|row| row.feature.layer != Layer::Road).collect();
    let city = city(rows);
    let card = risk_card(&city, FeatureId(1)).unwrap();
    assert_eq!(card.way, "straight");
    let factor = |id: &str| card.factors.iter().find(|factor| factor.id == id).unwrap();
    assert_eq!((factor("engine").from, factor("lanes").from), ("derived", "unknown"));
    assert_eq!(factor("water").points, 0.0, "a verified hydrant 16 m off");
}

#[test]
fn another_weight_gives_another_score() {
    let text = include_str!("../data/rules/risk.toml");
    let mut pack = Pack::built_in("gb").unwrap();
    let shifted = text.replace("hazard = 0.25", "hazard = 0.35").replace("dangers = 0.25", "dangers = 0.15");
    pack.risk = firemap::rules::RiskModel::parse("shifted", &shifted).unwrap();
    let other = sketch::city_by(rows(), pack);
    assert_ne!(all(&other), all(&city(rows())));
}
