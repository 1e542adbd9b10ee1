//! What must hold of every score, tried on any facts.

use proptest::prelude::*;

use super::*;

fn maybe<T: std::fmt::Debug + Clone + 'static>(some: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Option<T>> {
    proptest::option::of(some).boxed()
}

fn any_gets() -> impl Strategy<Value = Gets> {
    proptest::sample::select(Gets::ALL.to_vec())
}

fn any_arrival() -> impl Strategy<Value = Arrival> {
    prop_oneof![
        (0..2_000_000_u32).prop_map(Arrival::After),
        (0..2_000_000_u32).prop_map(Arrival::About),
        Just(Arrival::Nobody),
        Just(Arrival::Unknown)
    ]
}

fn any_place() -> impl Strategy<Value = PlaceFacts> {
    let class = maybe(proptest::sample::select(vec!["商场", "宾馆", "三合一", "茶馆", "养老院"]));
    let area = || maybe(0..40_000_000_i64);
    let systems = [maybe(any::<bool>()), maybe(any::<bool>()), maybe(any::<bool>()), maybe(any::<bool>())];
    (class, area(), area(), maybe(0..200_i64), systems).prop_map(|(class, above, below, rooms, systems)| PlaceFacts {
        class: class.map(Box::from),
        area: [above, below],
        rooms,
        systems,
    })
}

fn any_danger() -> impl Strategy<Value = OpenDanger> {
    (1..999_u64, maybe(0..4_u8), 0..90_i64, any::<bool>(), any::<bool>()).prop_map(
        |(id, grade, overdue_d, reopened, indoors)| OpenDanger {
            id: FeatureId(id),
            grade,
            overdue_d,
            reopened,
            indoors,
        },
    )
}

fn any_water() -> impl Strategy<Value = WaterFacts> {
    let one = (0..9_u32, proptest::sample::select(Grade::ALL.to_vec()), 0..600_000_u32);
    let all = proptest::collection::vec(one.prop_map(|(slot, grade, mm)| hydrant(slot, grade, mm)), 0..5);
    (all, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(hydrants, perhaps, unknown, straight)| {
        let near = |hydrant: &Candidate| hydrant.grade != Grade::Nominal && hydrant.way_mm <= 153_000;
        let lacks = !hydrants.iter().any(near);
        WaterFacts { hydrants, idle: None, limit_mm: 153_000, perhaps, unknown, lacks, straight }
    })
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let codes: Vec<&'static str> = building::USES.iter().map(|usage| usage.code).collect();
    let what = (
        maybe(proptest::sample::select(codes)),
        maybe(1_000..400_000_i64),
        maybe(0..120_i64),
        maybe(1900..2027_i64),
        maybe(proptest::sample::select(vec!["a", "b1", "b2", "b3"])),
        maybe(0..400_i64),
        maybe(0..100_i64),
        maybe(0..60_i64),
        maybe(0..9_000_i64),
        maybe(0..9_000_000_i64),
    );
    let how = (
        maybe(0..4_i64),
        maybe((0..5_u32, maybe(0..5_u32)).prop_map(|(installed, reporting)| IotFacts { installed, reporting })),
        maybe(0..900_i64),
        proptest::collection::vec(any_place(), 0..3),
        any_water(),
        any_arrival(),
        any_arrival(),
        maybe(-20_000..60_000_i64),
        proptest::collection::vec(any_danger(), 0..5),
    );
    let ladder = (any::<bool>(), any::<bool>(), any::<bool>(), any_gets());
    (what, how, ladder, any_gets(), any::<bool>()).prop_map(|(what, how, ladder, engine_gets, lane_obstructed)| {
        let (usage, height_mm, floors, year_built, insulation, e_bikes, ports, gas, residents, floor_dm2) = what;
        let (stairs, iot, inspected_d, places, water, micro, engine, climb_mm, dangers) = how;
        let (drawn, any, obstructed, reached) = ladder;
        Facts {
            year: 2026,
            usage,
            height_mm,
            floors,
            year_built,
            insulation,
            e_bikes,
            ports,
            estate: None,
            gas,
            residents,
            floor_dm2,
            stairs,
            iot,
            inspected_d,
            places,
            water,
            micro,
            engine,
            climb_mm,
            engine_gets,
            lane_obstructed,
            ladder: LadderFacts { drawn, any, obstructed, reached },
            dangers,
        }
    })
}

proptest! {
    #[test]
    fn contributions_sum_to_the_score_exactly(facts in any_facts()) {
        let told = score(&facts);
        let contributions = Scorer::new(model()).contributions(&told);
        prop_assert_eq!(contributions.iter().sum::<u32>(), told.raw);
        prop_assert!(told.raw <= 10_000 && told.score >= told.raw);
        let lift = told.floor.map_or(0, |(_, least)| least).saturating_sub(told.raw);
        prop_assert_eq!(told.raw + lift, told.score);
        let shares = facts.danger_shares(model(), contributions[Factor::Open as usize]);
        let all = if facts.dangers.is_empty() { 0 } else { contributions[Factor::Open as usize] };
        prop_assert_eq!(shares.iter().sum::<u32>(), all);
    }

    #[test]
    fn what_is_taken_for_the_unknown_lies_between_the_best_and_the_worst(facts in any_facts()) {
        let told = score(&facts);
        prop_assert!(told.between[0] <= told.score && told.score <= told.between[1], "{:?}", told);
        for (factor, points) in Factor::ALL.iter().zip(told.points) {
            prop_assert!(points.low <= points.at && points.at <= points.high, "{factor:?} {points:?}");
            prop_assert!(points.high <= model().head(*factor).most, "{factor:?} {points:?}");
        }
        prop_assert!(told.completeness <= 100);
    }

    #[test]
    fn a_new_danger_more_delay_or_a_graver_grade_never_lowers_it(facts in any_facts(), more in any_danger(), days in 0..60_i64) {
        let before = score(&facts).score;
        prop_assert!(score(&with(&facts, |facts| facts.dangers.push(more))).score >= before);
        let later = with(&facts, |facts| facts.dangers.iter_mut().for_each(|danger| danger.overdue_d += days));
        prop_assert!(score(&later).score >= before);
        let graver = with(&facts, |facts| {
            facts.dangers.iter_mut().for_each(|danger| danger.grade = danger.grade.map(|grade| (grade + 1).min(3)));
        });
        prop_assert!(score(&graver).score >= before);
        let again = with(&facts, |facts| facts.dangers.iter_mut().for_each(|danger| danger.reopened = true));
        prop_assert!(score(&again).score >= before);
    }

    #[test]
    fn a_new_serviceable_hydrant_never_raises_it(facts in any_facts(), way_mm in 0..400_000_u32, verified in any::<bool>()) {
        let grade = if verified { Grade::Verified } else { Grade::Serviceable };
        let more = with(&facts, |facts| {
            facts.water.hydrants.push(hydrant(99, grade, way_mm));
            facts.water.lacks &= way_mm > facts.water.limit_mm;
        });
        prop_assert!(score(&more).score <= score(&facts).score);
    }

    #[test]
    fn a_worse_factor_never_lowers_it(facts in any_facts(), by in 1..50_000_i64) {
        // A default by age is something known of it: where the insulation is told, age alone is compared.
        let facts = with(&facts, |facts| facts.insulation = facts.insulation.or(Some("b1")));
        let before = score(&facts).score;
        type Change<'a> = &'a dyn Fn(&mut Facts);
        let worse: [(&str, Change<'_>); 12] = [
            ("age", &|facts| facts.year_built = facts.year_built.map(|year| year - by / 1000)),
            ("gas", &|facts| facts.gas = facts.gas.map(|gas| gas + by)),
            ("bikes", &|facts| facts.e_bikes = facts.e_bikes.map(|bikes| bikes + by)),
            ("ports", &|facts| facts.ports = facts.ports.map(|_| 0)),
            ("residents", &|facts| facts.residents = facts.residents.map(|residents| residents + by)),
            ("stairs", &|facts| facts.stairs = facts.stairs.map(|_| 1)),
            ("climb", &|facts| facts.climb_mm = facts.climb_mm.map(|mm| mm + by)),
            ("lane", &|facts| facts.lane_obstructed = true),
            ("no way", &|facts| facts.engine_gets = Gets::No),
            ("insulation", &|facts| facts.insulation = facts.insulation.map(|_| "b3")),
            ("nobody", &|facts| (facts.micro, facts.engine) = (Arrival::Nobody, Arrival::Nobody)),
            ("farther", &|facts| {
                facts.water.hydrants.iter_mut().for_each(|hydrant| hydrant.way_mm += by as u32);
                let near = |of: &Candidate| of.grade != Grade::Nominal && of.way_mm <= facts.water.limit_mm;
                facts.water.lacks = !facts.water.hydrants.iter().any(near);
            }),
        ];
        for (what, change) in worse {
            prop_assert!(score(&with(&facts, change)).score >= before, "{what}");
        }
    }

    #[test]
    fn the_order_of_what_is_told_does_not_matter(facts in any_facts()) {
        let turned = with(&facts, |facts| {
            facts.dangers.reverse();
            facts.places.reverse();
            facts.water.hydrants.reverse();
        });
        prop_assert_eq!(score(&turned), score(&facts));
    }

    #[test]
    fn no_measure_is_proposed_that_does_not_lower_and_the_best_comes_first(facts in any_facts()) {
        let told = measures(&Scorer::new(model()), &facts);
        prop_assert!(told.windows(2).all(|pair| pair[0].falls >= pair[1].falls));
        prop_assert!(told.iter().all(|proposal| proposal.falls > 0 || proposal.raw_falls > 0));
    }
}
