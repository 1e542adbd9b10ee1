//! Hose ways and arrivals on drawn maps, one situation each, and what must hold on any map.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod sketch;

use firemap::analysis::{Grade, Ground, Laid, Versus};
use firemap::city::City;
use firemap::crs::geodesic_m;
use firemap::model::{FeatureId, Layer, Shape};
use firemap::report::{GroundCard, ground_of_building, ground_of_place};
use firemap::store::Row;
use proptest::prelude::*;
use sketch::{at, city, line, point, rectangle, row};

const STREET: &str = "class=residential;width_m=7";
const PATH: &str = "class=footway";
const HYDRANT: &str = "kind=municipal;state=in_service";

fn house(id: u64, west: f64, south: f64) -> Row {
    row(Layer::Building, id, rectangle(west, south, west + 20.0, south + 20.0), "")
}

fn hydrant(id: u64, x: f64, y: f64) -> Row {
    row(Layer::Hydrant, id, point(x, y), HYDRANT)
}

fn street(id: u64, from: (f64, f64), to: (f64, f64)) -> Row {
    row(Layer::Road, id, line(from, to), STREET)
}

fn bent(id: u64, places: &[(f64, f64)], values: &str) -> Row {
    let shape = Shape::lines([places.iter().map(|(x, y)| at(*x, *y)).collect::<Vec<_>>()]).unwrap();
    row(Layer::Road, id, shape, values)
}

fn ground(city: &City) -> Ground {
    let (slot, _) = city.layer(Layer::Building).find(FeatureId(1)).unwrap();
    *city.ground().of(slot)
}

fn card(city: &City) -> GroundCard {
    ground_of_building(city, FeatureId(1), Grade::Serviceable, 4).unwrap()
}

/// The way to the nearest serviceable hydrant in metres.
fn way_m(rows: Vec<Row>) -> Option<f64> {
    let city = city(rows);
    let told = card(&city).hoses.first().map(|way| way.way_m);
    let kept = ground(&city).hose[Grade::Serviceable as usize][0].far().map(|mm| f64::from(mm) / 1000.0);
    // What is kept for every building and what is drawn for one are found in different ways.
    assert_eq!(told.map(|m| (m * 10.0).round()), kept.map(|m| (m * 10.0).round()), "card and result agree");
    kept
}

fn laid(rows: Vec<Row>) -> Laid {
    ground(&city(rows)).laid[Grade::Serviceable as usize]
}

fn is(metres: Option<f64>, wanted: f64) {
    assert!(metres.is_some_and(|metres| (metres - wanted).abs() < 0.2), "{metres:?} where {wanted} was drawn");
}

#[test]
fn a_way_goes_from_the_wall_to_the_street_along_it_and_off_to_the_hydrant() {
    // 10 m from the south wall to the street, 90 m along it from the corner of the house, 3 m to the hydrant.
    let rows = vec![house(1, 0.0, 10.0), street(1, (-50.0, 0.0), (300.0, 0.0)), hydrant(1, 110.0, -3.0)];
    is(way_m(rows.clone()), 103.0);
    let city = city(rows);
    let card = card(&city);
    let way = &card.hoses[0];
    assert_eq!((way.lengths, way.within, card.laid, card.versus), (6, true, "within", Some("both")));
    assert_eq!(way.off_road_m.map(|m| m.round()), [10.0, 3.0]);
    let ends = [way.path[0], *way.path.last().unwrap()]
        .map(|[lon, lat]| firemap::model::Place::from_degrees(lon, lat).unwrap());
    assert!(geodesic_m(ends[1], at(110.0, -3.0)) < 0.1 && geodesic_m(ends[0], at(20.0, 10.0)) < 0.1, "{:?}", way.path);
}

#[test]
fn round_the_block_is_not_as_the_crow_flies() {
    // 60 m as the crow flies, over a wall; by the street round it 280 m.
    let wall = row(Layer::Barrier, 1, line((-150.0, 60.0), (150.0, 60.0)), "kind=wall");
    let round = bent(1, &[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)], STREET);
    let rows = vec![house(1, -10.0, 10.0), round, hydrant(1, 0.0, 103.0), wall];
    let city = city(rows.clone());
    assert_eq!(ground(&city).versus(city.results().coverage(0), Grade::Serviceable), Versus::CircleOnly);
    is(way_m(rows), 303.0);
}

#[test]
fn a_hydrant_behind_a_wall_is_not_reached_across_it_and_is_not_called_near() {
    let wall = row(Layer::Barrier, 1, line((-300.0, -5.0), (300.0, -5.0)), "kind=wall");
    let rows = |wall: Option<Row>| {
        let all = [house(1, 0.0, 10.0), street(1, (-50.0, 0.0), (100.0, 0.0)), hydrant(1, 10.0, -10.0)];
        all.into_iter().chain(wall).collect::<Vec<_>>()
    };
    is(way_m(rows(None)), 20.0);
    // No way from it to a road is known: nobody can tell, and nothing is called covered.
    assert_eq!(laid(rows(Some(wall))), Laid::Unknown);
}

#[test]
fn a_way_off_the_road_goes_through_no_other_house() {
    let between = row(Layer::Building, 2, rectangle(-20.0, 2.0, 40.0, 8.0), "");
    let behind = vec![house(1, 0.0, 10.0), street(1, (-10.0, 0.0), (30.0, 0.0)), hydrant(1, 10.0, -3.0), between];
    assert_eq!((laid(behind.clone()), way_m(behind)), (Laid::Unknown, None));
}

#[test]
fn a_courtyard_is_left_by_its_own_path() {
    let ring = |from: f64, to: f64| vec![at(from, from), at(to, from), at(to, to), at(from, to)];
    let court = Shape::polygons([vec![ring(0.0, 60.0), ring(20.0, 40.0)]]).unwrap();
    let court = row(Layer::Building, 1, court, "");
    // The hydrant stands in the courtyard of which a passage leads out to the street.
    let passage = bent(2, &[(30.0, 30.0), (30.0, -20.0)], PATH);
    let rows = vec![court, street(1, (-100.0, -20.0), (100.0, -20.0)), passage, hydrant(1, 30.0, 32.0)];
    // Where the passage cuts the wall it is at the building already: 12 m inside, 2 m to the hydrant.
    is(way_m(rows), 12.0);
}

#[test]
fn stairs_carry_hose_and_people_and_no_engine() {
    let stairs = bent(2, &[(0.0, 0.0), (0.0, 100.0)], "class=steps");
    let station = row(Layer::Station, 1, point(-100.0, -2.0), "kind=fire_station");
    let micro = row(Layer::Station, 2, point(-50.0, -2.0), "kind=micro_community");
    let rows = vec![
        house(1, 5.0, 90.0),
        street(1, (-200.0, 0.0), (200.0, 0.0)),
        stairs,
        hydrant(1, 60.0, -2.0),
        station,
        micro,
    ];
    is(way_m(rows.clone()), 5.0 + 90.0 + 60.0 + 2.0);
    let found = ground(&city(rows));
    assert!(found.engine[0].get().is_none() && !found.by_engine);
    // 60 s to turn out, 2 + 5 m off the road and 50 m of street at 3.78 km/h, 90 m of stairs at 1.8 km/h.
    let seconds = f64::from(found.micro[0].far().unwrap()) / 1000.0;
    assert!((seconds - (60.0 + 57.0 * 3.6 / 3.778 + 90.0 * 2.0)).abs() < 1.0, "{seconds}");
}

#[test]
fn an_engine_goes_against_a_one_way_street_at_half_its_speed_and_an_island_is_not_reached() {
    let station = row(Layer::Station, 1, point(-400.0, 0.0), "kind=fire_station;turnout_s=30");
    let of = |way: &str| {
        let road = row(Layer::Road, 1, line((-500.0, 0.0), (100.0, 0.0)), &format!("{STREET};one_way={way}"));
        let found = ground(&city(vec![house(1, 0.0, 5.0), road, station.clone()]));
        (f64::from(found.engine[0].far().unwrap()) / 1000.0).round()
    };
    // 30 s, 400 m at 20 or 10 km/h, 5 m on foot.
    assert_eq!((of("forward"), of("no"), of("backward")), (107.0, 107.0, 179.0));
    let island = vec![
        house(1, 0.0, 5.0),
        street(1, (-20.0, 0.0), (40.0, 0.0)),
        street(2, (-500.0, 0.0), (-100.0, 0.0)),
        station,
    ];
    let found = ground(&city(island));
    assert!(found.engine[0].get().is_none() && found.by_engine, "it stands at a road to which nobody comes");
}

#[test]
fn a_bridge_does_not_meet_the_street_beneath() {
    let over = |values: &str| bent(2, &[(0.0, -200.0), (0.0, 300.0)], &format!("{STREET};{values}"));
    let rows = |bridge: Row| {
        vec![house(1, 5.0, 100.0), street(1, (-200.0, 0.0), (200.0, 0.0)), bridge, hydrant(1, 50.0, -2.0)]
    };
    is(way_m(rows(over(""))), 5.0 + 100.0 + 50.0 + 2.0);
    assert_eq!(way_m(rows(over("bridge=true;level=1"))), None);
    // On one level they meet; that one of them is a bridge tells that they do not.
    assert_eq!(way_m(rows(over("bridge=true"))), None);
}

#[test]
fn a_building_across_two_blocks_is_served_from_the_street_that_is_nearer_to_water() {
    let long = row(Layer::Building, 1, rectangle(0.0, 5.0, 30.0, 95.0), "");
    let rows = vec![
        long,
        street(1, (-200.0, 0.0), (200.0, 0.0)),
        street(2, (-200.0, 100.0), (200.0, 100.0)),
        hydrant(1, -100.0, 102.0),
        hydrant(2, 190.0, -1.0),
    ];
    is(way_m(rows.clone()), 5.0 + 100.0 + 2.0);
    let found = ground(&city(rows)).hose[Grade::Serviceable as usize];
    is(found[1].far().map(|mm| f64::from(mm) / 1000.0), 5.0 + 160.0 + 1.0);
}

#[test]
fn a_dead_end_is_gone_back_and_a_blocked_lane_stops_engines_but_no_hose() {
    let station = row(Layer::Station, 1, point(-100.0, 0.0), "kind=fire_station");
    let lane = |state: &str| row(Layer::Lane, 1, line((0.0, 0.0), (0.0, 120.0)), &format!("width_m=4;state={state}"));
    let rows = |state: &str| {
        vec![
            house(1, 4.0, 90.0),
            street(1, (-200.0, 0.0), (200.0, 0.0)),
            lane(state),
            hydrant(1, 60.0, 2.0),
            station.clone(),
        ]
    };
    is(way_m(rows("clear")), 4.0 + 90.0 + 60.0 + 2.0);
    is(way_m(rows("obstructed")), 4.0 + 90.0 + 60.0 + 2.0);
    let arrives = |state: &str| ground(&city(rows(state))).engine[0].get().is_some();
    assert_eq!((arrives("clear"), arrives("obstructed")), (true, false));
}

#[test]
fn an_entrance_far_above_its_hydrant_needs_a_pump() {
    let above = |metres: f64| {
        let house = row(Layer::Building, 1, rectangle(0.0, 5.0, 20.0, 25.0), &format!("entrance_elevation_m={metres}"));
        let hydrant = row(Layer::Hydrant, 1, point(10.0, -2.0), &format!("{HYDRANT};elevation_m=200"));
        let told = card(&city(vec![house, street(1, (-50.0, 0.0), (50.0, 0.0)), hydrant]));
        (told.hoses[0].climb_m, told.hoses[0].needs_pump)
    };
    assert_eq!((above(205.0), above(212.5)), ((Some(5.0), Some(false)), (Some(12.5), Some(true))));
    let flat = card(&city(vec![house(1, 0.0, 5.0), street(1, (-50.0, 0.0), (50.0, 0.0)), hydrant(1, 10.0, -2.0)]));
    assert_eq!((flat.hoses[0].climb_m, flat.hoses[0].needs_pump), (None, None));
}

#[test]
fn two_positions_on_one_edge_go_along_it() {
    let rows = vec![house(1, 100.0, 5.0), street(1, (-1000.0, 0.0), (1000.0, 0.0)), hydrant(1, 130.0, -1.0)];
    is(way_m(rows), 5.0 + 10.0 + 1.0);
}

#[test]
fn who_draws_ends_a_little_short_meets_all_the_same_and_who_draws_them_far_off_does_not() {
    let rows = |gap: f64| {
        vec![
            house(1, 5.0, 80.0),
            street(1, (-100.0, 0.0), (100.0, 0.0)),
            street(2, (0.0, gap), (0.0, 120.0)),
            hydrant(1, 50.0, -2.0),
        ]
    };
    let joined = way_m(rows(1.5)).unwrap();
    assert!((joined - (5.0 + 80.0 + 50.0 + 2.0)).abs() < 2.0, "{joined}");
    assert_eq!(way_m(rows(2.5)), None);
}

#[test]
fn a_cistern_counts_where_an_engine_can_stand_beside_it() {
    let rows = |y: f64| {
        vec![
            house(1, 0.0, 10.0),
            street(1, (-100.0, 0.0), (100.0, 0.0)),
            row(Layer::Hydrant, 1, point(50.0, y), "kind=cistern;state=in_service"),
        ]
    };
    is(way_m(rows(-8.0)), 10.0 + 30.0 + 8.0);
    assert_eq!((way_m(rows(-12.0)), laid(rows(-12.0))), (None, Laid::Beyond));
}

#[test]
fn a_place_in_the_street_has_ways_as_a_building_has() {
    let city = city(vec![street(1, (-50.0, 0.0), (300.0, 0.0)), hydrant(1, 110.0, -3.0)]);
    let card = ground_of_place(&city, at(10.0, 5.0), Grade::Serviceable, 2);
    is(card.hoses.first().map(|way| way.way_m), 5.0 + 100.0 + 3.0);
    assert_eq!((card.laid, card.versus, card.by_engine), ("within", None, true));
}

#[test]
fn without_roads_nothing_is_known_and_nothing_is_called_covered() {
    let rows = vec![house(1, 0.0, 10.0), hydrant(1, 10.0, 0.0)];
    assert_eq!(laid(rows.clone()), Laid::Unknown);
    let found = ground(&city(rows));
    assert!(!found.on_foot && !found.by_engine && found.micro[0].get().is_none());
    assert_eq!(city(vec![]).ground().whole().all, [0; 3]);
}

#[test]
fn a_hydrant_of_unknown_state_makes_a_building_unknown_and_not_covered() {
    let unsure = row(Layer::Hydrant, 1, point(10.0, -2.0), "kind=municipal");
    let rows = vec![house(1, 0.0, 10.0), street(1, (-100.0, 0.0), (100.0, 0.0)), unsure];
    let found = ground(&city(rows));
    assert_eq!(found.laid, [Laid::Within, Laid::Unknown, Laid::Unknown]);
}

#[test]
fn nobody_lays_hose_along_or_across_a_motorway() {
    let motorway = row(Layer::Road, 2, line((-500.0, -10.0), (500.0, -10.0)), "class=motorway");
    let rows = vec![house(1, 0.0, 10.0), street(1, (-100.0, 0.0), (100.0, 0.0)), motorway, hydrant(1, 10.0, -14.0)];
    assert_eq!(laid(rows), Laid::Unknown);
}

/// Streets between corners of a grid 40 m apart, houses and hydrants beside them; all drawn without shared nodes.
fn any_town() -> impl Strategy<Value = Vec<Row>> {
    let corner = || (0..6_i32, 0..6_i32);
    let road = (corner(), corner(), 0..6_u8, any::<bool>()).prop_filter("length", |(a, b, ..)| a != b);
    let beside = (0..200_i32, 0..200_i32);
    let of = |n| proptest::collection::vec(beside.clone(), n);
    (proptest::collection::vec(road, 1..14), of(1..5), of(0..5), of(0..3)).prop_map(
        |(roads, houses, hydrants, stations)| {
            let metres = |(x, y): (i32, i32)| (f64::from(x) * 40.0, f64::from(y) * 40.0);
            let mut rows = Vec::new();
            for (nth, (a, b, class, one_way)) in (1..).zip(roads) {
                let class = ["residential", "service", "steps", "footway", "primary", "motorway"][usize::from(class)];
                let values = format!("class={class};one_way={}", if one_way { "forward" } else { "no" });
                rows.push(row(Layer::Road, nth, line(metres(a), metres(b)), &values));
            }
            let spot = |(x, y): (i32, i32)| (f64::from(x), f64::from(y));
            for (nth, at) in (1..).zip(houses) {
                let (x, y) = spot(at);
                rows.push(row(Layer::Building, nth, rectangle(x, y, x + 9.0, y + 9.0), ""));
            }
            for (nth, at) in (1..).zip(hydrants) {
                let (x, y) = spot(at);
                rows.push(hydrant(nth, x + 0.5, y + 0.25));
            }
            for (nth, at) in (1..).zip(stations) {
                let (x, y) = spot(at);
                let kind = if nth % 2 == 0 { "micro_unit" } else { "fire_station" };
                rows.push(row(Layer::Station, nth, point(x, y), &format!("kind={kind}")));
            }
            rows
        },
    )
}

fn answers(city: &City) -> Vec<(u64, Vec<u32>, [Laid; 3])> {
    let buildings = city.layer(Layer::Building);
    let mut all: Vec<_> = buildings
        .iter()
        .map(|(slot, row)| {
            let ground = city.ground().of(slot);
            let fars = ground.hose.iter().flatten().chain(&ground.micro).chain(&ground.engine);
            (row.id.0, fars.map(|far| far.far().unwrap_or(u32::MAX)).collect(), ground.laid)
        })
        .collect();
    all.sort_by_key(|answer| answer.0);
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_order_of_rows_does_not_matter(rows in any_town(), seed in any::<u64>()) {
        let mut shuffled = rows.clone();
        let mut state = seed | 1;
        for nth in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            shuffled.swap(nth, (state >> 33) as usize % (nth + 1));
        }
        prop_assert_eq!(answers(&city(rows)), answers(&city(shuffled)));
    }

    #[test]
    fn a_way_of_hose_is_never_shorter_than_the_straight_line_and_the_card_agrees(rows in any_town()) {
        let city = city(rows);
        let buildings = city.layer(Layer::Building);
        for (slot, row) in buildings.iter() {
            let kept = city.ground().of(slot).hose[1];
            let card = ground_of_building(&city, row.id, Grade::Serviceable, 2).unwrap();
            for (nth, far) in kept.iter().enumerate() {
                let way = card.hoses.get(nth);
                prop_assert_eq!(far.get().is_some(), way.is_some());
                if let (Some((hydrant, mm)), Some(way)) = (far.get(), way) {
                    prop_assert!((f64::from(mm) / 1000.0 - way.way_m).abs() < 0.01, "{} against {}", mm, way.way_m);
                    let mut footprint = firemap::analysis::Footprint::default();
                    footprint.lay(row.shape, buildings.within(slot));
                    let place = city.layer(Layer::Hydrant).row(hydrant).unwrap().shape.first();
                    let straight = footprint.distance_m(footprint.offset(place));
                    prop_assert!(way.way_m >= straight - 0.02, "{} m by hose, {straight} m straight", way.way_m);
                    // What is drawn is as long as what is told.
                    let drawn: f64 = way.path.windows(2).map(|step| {
                        let [a, b] = [step[0], step[1]].map(|[lon, lat]| firemap::model::Place::from_degrees(lon, lat).unwrap());
                        geodesic_m(a, b)
                    }).sum();
                    // Ends that were joined over a gap are drawn with it.
                    prop_assert!((drawn - way.way_m).abs() < 0.5 + 0.01 * way.way_m, "{drawn} m drawn, {} told", way.way_m);
                }
            }
        }
    }

    #[test]
    fn one_more_hydrant_makes_no_way_longer(rows in any_town(), x in 0..240_i32, y in 0..240_i32) {
        let before = answers(&city(rows.clone()));
        let more = rows.into_iter().chain([hydrant(99, f64::from(x), f64::from(y))]).collect();
        for (old, new) in before.iter().zip(answers(&city(more))) {
            prop_assert!(old.1[..6].iter().zip(&new.1[..6]).all(|(old, new)| new <= old));
        }
    }

    #[test]
    fn a_blocked_street_makes_no_engine_quicker(rows in any_town(), nth in any::<proptest::sample::Index>()) {
        let before = answers(&city(rows.clone()));
        let roads: Vec<usize> = (0..rows.len()).filter(|nth| rows[*nth].feature.layer == Layer::Road).collect();
        let mut blocked = rows;
        let hit = &mut blocked[roads[nth.index(roads.len())]];
        let mut values = hit.feature.attributes.as_ref().unpack(Layer::Road);
        values[Layer::Road.field("blocked").unwrap().0] = Some(firemap::model::Value::Bool(true));
        hit.feature.attributes = firemap::model::Attributes::pack(Layer::Road, &values);
        for (old, new) in before.iter().zip(answers(&city(blocked))) {
            prop_assert!(old.1[8..].iter().zip(&new.1[8..]).all(|(old, new)| new >= old), "{old:?} {new:?}");
        }
    }
}
