//! Buildings reckoned by hand.

use super::*;

/// A tower of 32 floors and 98.4 m, housing, built in 2012, B1, of which all is known.
fn tower() -> Facts {
    Facts {
        usage: Some("residential"),
        height_mm: Some(98_400),
        floors: Some(32),
        year_built: Some(2012),
        insulation: Some("b1"),
        e_bikes: Some(60),
        ports: Some(8),
        gas: Some(0),
        residents: Some(540),
        stairs: Some(2),
        iot: Some(IotFacts { installed: 3, reporting: Some(2) }),
        inspected_d: Some(100),
        water: WaterFacts {
            hydrants: vec![hydrant(1, Grade::Verified, 90_600), hydrant(2, Grade::Serviceable, 140_000)],
            limit_mm: 153_000,
            ..WaterFacts::default()
        },
        micro: Arrival::After(150_000),
        engine: Arrival::After(420_000),
        climb_mm: Some(1_200),
        engine_gets: Gets::Yes,
        lane_obstructed: true,
        ladder: LadderFacts { drawn: true, any: true, obstructed: false, reached: Gets::Yes },
        dangers: vec![danger(7, Some(1), 15), danger(8, Some(0), 0)],
        places: vec![PlaceFacts { systems: [Some(true), Some(false), Some(true), None], ..PlaceFacts::default() }],
        ..Facts::unknown(2026, 153_000)
    }
}

fn points(told: &Score, factor: Factor) -> u32 {
    told.points[factor as usize].at
}

#[test]
fn a_tower_reckoned_by_hand() {
    let told = score(&tower());
    // H: first class (54 < 98.4 <= 100) 18; housing 8, and a place in it adds 4; 14 years: 2 + 4/10 of 4 = 3.6;
    // B1 5; 12 ports needed, 8 there: 9 · 4/12 = 3; charging indoors ruled out; no gas.
    let h = [1800, 1200, 360, 500, 300, 0];
    let of_h = [Factor::HeightClass, Factor::Use, Factor::Age, Factor::Insulation, Factor::EBikes, Factor::Gas];
    assert_eq!(of_h.map(|factor| points(&told, factor)), h);
    // E: 35 · ln 541 / ln 3001 = 35 · 6.293419 / 8.006701 = 27.51; sleeping 9; floors 5, two stairs, 98.4 > 50: 5.
    assert_eq!(
        [Factor::Occupants, Factor::Sleeping, Factor::Egress].map(|factor| points(&told, factor)),
        [2751, 900, 1000]
    );
    // P, water: 90.6 m lies 15.6 / 78 between near and the limit: nearness 1 - 0.5 · 0.2 = 0.9; verified 1:
    // 29 · 0.1 = 2.9. Second: 65 / 78 on the way: 1 - 0.5 · 0.83333 = 0.5834 (parts of ten thousand), · 0.8 = 0.4667:
    // 6 · 0.5333 = 3.2. Micro 90/120 of 5 = 3.75; engine 5 + 120/300 of 5 = 7; climb below 3 m 0; obstructed lane 11;
    // field reached 0; no sprinklers 2.5, smoke control not known 1 of 2; one of three kinds silent 2.
    let of_p = [
        Factor::Water,
        Factor::SecondWater,
        Factor::Micro,
        Factor::Engine,
        Factor::Climb,
        Factor::Lanes,
        Factor::LadderField,
        Factor::Systems,
        Factor::Iot,
    ];
    assert_eq!(of_p.map(|factor| points(&told, factor)), [290, 320, 375, 700, 0, 1100, 0, 350, 200]);
    // D: L = 1 · (1 + 15/30) + 0.5 = 2; 100 · (1 - e^(-2/8)) = 22.12.
    assert_eq!(points(&told, Factor::Open), 2212);
    // H 41.60, E 46.51 of 65 = 71.55, P 33.35, D 22.12; 10.40 + 14.3107... + 10.005 + 5.53 = 40.2458 -> 40.25.
    assert_eq!(told.parts, [4160, 7155, 3335, 2212]);
    assert_eq!(told.raw, 4025);
    // An obstructed lane at a high-rise: not below 60.
    assert_eq!((told.floor, told.score), (Some((Floor::BlockedLane, 6000)), 6000));
    // Open dangers: 5.53 in all, 1.5 and 0.5 of 2.
    assert_eq!(Scorer::new(model()).contributions(&told)[Factor::Open as usize], 553);
    assert_eq!(tower().danger_shares(model(), 553), [415, 138]);
    // Smoke control is not known: 1 · 0.3 either way. Nor is the second hydrant verified: 6 · 0.5834 · 0.2 · 0.3 = 0.21.
    assert_eq!(told.raw_between, [3974, 4076]);
    assert_eq!(told.completeness, 98);
    // Without D: (10.40 + 14.3107... + 10.005) / 0.75 = 46.29.
    assert_eq!(told.without_d, 4629);
    assert_eq!(measures(&Scorer::new(model()), &tower())[0].measure, Measure::ClearLane);
}

#[test]
fn an_old_walk_up_reckoned_by_hand() {
    let facts = Facts {
        usage: Some("residential"),
        floors: Some(7),
        year_built: Some(1988),
        residents: Some(120),
        e_bikes: Some(20),
        ports: Some(0),
        gas: Some(12),
        inspected_d: Some(400),
        water: WaterFacts {
            hydrants: vec![hydrant(1, Grade::Nominal, 60_000)],
            limit_mm: 153_000,
            ..WaterFacts::default()
        },
        micro: Arrival::After(240_000),
        engine: Arrival::After(300_000),
        engine_gets: Gets::Doubtful,
        ladder: LadderFacts { drawn: true, any: false, obstructed: false, reached: Gets::Unknown },
        ..Facts::unknown(2026, 153_000)
    };
    let told = score(&facts);
    // H: 7 · 3 m = 21 m, not high 0; housing 8; 38 years 11 + 8/10 of 4 = 14.2; insulation before 2000 by default 2;
    // no port 9, and charging indoors not known 1.5; 12 cylinders 6 + 2/20 of 2 = 6.2.    Sum 40.9.
    // E: 35 · ln 121 / ln 3001 = 35 · 4.795791 / 8.006701 = 20.96; 9; floors 3, one stair by default 5, 0. Sum 37.96.
    // P: of unknown state 29 · (1 - 0.4) = 17.4; no second 6; micro 5 + 60/180 of 5 = 6.67; engine 5; climb 2.5;
    // lane 6.5; no high-rise 0; no systems by default 9; 0. Sum 53.07.
    // D: nobody looked within a year: half of 100.
    assert_eq!(told.parts, [4090, 5840, 5307, 5000]);
    // 10.225 + 0.2 · 58.4 (37.96/65) + 15.921 + 12.5 = 50.326.
    assert_eq!((told.raw, told.score, told.floor), (5033, 5033, None));
    assert_eq!(model().bands[told.band].id, "yellow");
    assert_eq!(told.points[Factor::Insulation as usize].origin, Origin::Default);
    assert_eq!(told.points[Factor::HeightClass as usize].origin, Origin::Derived);
}

#[test]
fn a_mall_without_water_reckoned_by_hand() {
    let facts = Facts {
        usage: Some("mall"),
        height_mm: Some(30_000),
        floors: Some(6),
        year_built: Some(2016),
        insulation: Some("a"),
        floor_dm2: Some(4_500_000),
        stairs: Some(8),
        gas: Some(40),
        e_bikes: Some(0),
        iot: Some(IotFacts { installed: 2, reporting: Some(2) }),
        inspected_d: Some(20),
        places: vec![PlaceFacts {
            class: Some("商场".into()),
            area: [Some(38_000_000), Some(4_000_000)],
            rooms: None,
            systems: [Some(true); 4],
        }],
        water: WaterFacts {
            hydrants: vec![hydrant(1, Grade::Serviceable, 178_000)],
            limit_mm: 153_000,
            lacks: true,
            ..WaterFacts::default()
        },
        micro: Arrival::After(60_000),
        engine: Arrival::After(180_000),
        climb_mm: Some(0),
        engine_gets: Gets::Yes,
        ladder: LadderFacts { drawn: true, any: true, obstructed: false, reached: Gets::Yes },
        dangers: vec![danger(3, Some(2), 60)],
        ..Facts::unknown(2026, 153_000)
    };
    let told = score(&facts);
    // H: public, 24 < 30 <= 50 second 10; 42,000 m2 a large complex 24; 10 years 2; A 0; no bikes 0; gas 8. Sum 44.
    // E: 45,000 m2 · 35 / 100 m2 = 15,750 people, beyond 3,000: 35; sleeping 1; floors 1 + 3/4 of 2 = 2.5; 30 < 50. 38.5.
    // P: 178 m is 25 m beyond 153: 0.5 · 128/153 = 0.4183, · 0.8 = 0.3346: 29 · 0.6654 = 19.30; no second 6; 0. 25.30.
    // D: 3 · 2 = 6: 100 · (1 - e^(-0.75)) = 52.76.
    assert_eq!(told.parts, [4400, 5923, 2530, 5276]);
    // 11 + 0.2 · 38.5/0.65 = 11.84615 + 7.59 + 13.19 = 43.62615. The floor of water: 60 · 25/50 = 30.
    assert_eq!((told.raw, told.score, told.floor), (4363, 4363, Some((Floor::NoWater, 3000))));
    // 70 m beyond, all of the floor.
    let farther = with(&facts, |facts| facts.water.hydrants[0].way_mm = 223_000);
    assert_eq!((score(&farther).score, score(&farther).floor), (6000, Some((Floor::NoWater, 6000))));
}

#[test]
fn a_school_reckoned_by_hand() {
    let facts = Facts {
        usage: Some("school"),
        height_mm: Some(19_500),
        floors: Some(5),
        year_built: Some(2001),
        insulation: Some("b1"),
        residents: Some(0),
        floor_dm2: Some(800_000),
        stairs: Some(4),
        e_bikes: Some(30),
        ports: Some(6),
        inspected_d: Some(365),
        water: WaterFacts {
            hydrants: vec![hydrant(1, Grade::Verified, 40_000), hydrant(2, Grade::Verified, 70_000)],
            limit_mm: 153_000,
            ..WaterFacts::default()
        },
        micro: Arrival::After(120_000),
        engine: Arrival::After(240_000),
        climb_mm: Some(6_500),
        engine_gets: Gets::Yes,
        ..Facts::unknown(2026, 153_000)
    };
    let told = score(&facts);
    // H: 19.5 m not high 0; school 12; 25 years 6 + 5/10 of 5 = 8.5; B1 5; ports enough 0, and looked at; gas by default 0.
    // E: 8,000 m2 · 25 / 100 = 2,000: 35 · ln 2001 / ln 3001 = 35 · 7.601402 / 8.006701 = 33.23; 5; floors 1 + 2/4 of 2 = 2.
    // P: two verified, near: 0 and 0; micro 60/120 of 5 = 2.5; engine 2.5; climb 3.5/7 of 2.5 = 1.25; lane 0; systems 4.5.
    // D: looked at a year ago to the day, nothing open: 0.
    assert_eq!(told.parts, [2550, 6189, 1075, 0]);
    // 6.375 + 0.2 · 40.23/0.65 = 12.37846 + 3.225 + 0 = 21.97846.
    assert_eq!((told.raw, told.score, told.floor), (2198, 2198, None));
    assert_eq!(model().bands[told.band].id, "blue");
}

#[test]
fn a_building_of_which_almost_nothing_is_known_is_taken_for_the_middle() {
    let told = score(&Facts::unknown(2026, 153_000));
    // Half of everything: H 50, P 50, D 50, and E 50; only the half hundredths go up.
    assert_eq!(told.parts, [5000, 5000, 5000, 5000]);
    assert_eq!((told.raw, told.between, told.completeness), (5000, [0, 10_000], 0));
    assert_eq!(told.floor, None, "what is unknown makes no floor");
    assert_eq!(told.bands, [3, 0], "it may be in any band");
    let first = measures(&Scorer::new(model()), &Facts::unknown(2026, 153_000))[0];
    assert_eq!((first.measure, first.falls, first.may_rise), (Measure::Inspect, 1250, 1250));
}
