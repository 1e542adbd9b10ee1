use super::*;
use crate::model::{FeatureId, Place, Shape};
use proptest::prelude::*;

/// The slow, obvious twin: every hydrant against every building, no tree, no early end.
fn naive(footprint: &Footprint, waters: &Waters) -> Coverage {
    let points: Vec<(u32, WaterPoint)> =
        waters.points.iter().zip(0..).filter_map(|(point, slot)| point.map(|point| (slot, point))).collect();
    let mm = |metres: f64| (metres * 1000.0).round() as u32;
    let distance = |point: &WaterPoint| mm(footprint.distance_m(footprint.offset(point.place)));
    let known = points.iter().any(|(_, point)| point.counts());
    Coverage(Grade::ALL.map(|grade| {
        let of = |standing| points.iter().filter(move |(_, point)| point.at(grade) == standing);
        let reaching: Vec<&WaterPoint> =
            of(Standing::Yes).map(|(_, point)| point).filter(|point| distance(point) <= point.radius_mm).collect();
        let whole = footprint.vertices().iter().all(|vertex| {
            reaching.iter().any(|point| mm(footprint.offset(point.place).distance2(*vertex).sqrt()) <= point.radius_mm)
        });
        let perhaps = of(Standing::Maybe).any(|(_, point)| distance(point) <= point.radius_mm);
        let covered = match (known, reaching.len(), whole, perhaps) {
            (false, ..) => Covered::Unknown,
            (_, 0, _, true) => Covered::Unknown,
            (_, 0, _, false) => Covered::Not,
            (_, _, true, _) => Covered::Whole,
            (_, _, false, _) => Covered::Part,
        };
        match of(Standing::Yes).min_by_key(|(_, point)| (distance(point), point.id)) {
            None => Reach { covered, ..Reach::NONE },
            Some((slot, point)) => Reach {
                nearest: *slot,
                distance_mm: distance(point),
                worst_mm: mm(footprint.farthest_m(footprint.offset(point.place))),
                within: reaching.len() as u16,
                covered,
            },
        }
    }))
}

fn standing() -> impl Strategy<Value = Standing> {
    prop_oneof![Just(Standing::Yes), Just(Standing::Maybe), Just(Standing::No)]
}

/// Places on a coarse grid of about 30 m, so that equal distances are common.
fn place() -> impl Strategy<Value = Place> {
    (0..60i32, 0..60i32).prop_map(|(x, y)| Place { lon: 1_065_000_000 + x * 3000, lat: 295_000_000 + y * 3000 })
}

fn hydrants() -> impl Strategy<Value = Vec<WaterPoint>> {
    // Each grade asks for all of the one before.
    let standings = [standing(), standing(), standing()].prop_map(|[a, b, c]| [a, a.and(b), a.and(b).and(c)]);
    let one = (place(), prop_oneof![Just(150_000u32), Just(60_000)], standings);
    proptest::collection::vec(one, 0..60).prop_map(|all| {
        let point =
            |(nth, (place, radius_mm, standing))| WaterPoint { id: FeatureId(1000 - nth), place, radius_mm, standing };
        (0u64..).zip(all).map(point).collect()
    })
}

fn building() -> impl Strategy<Value = Shape> {
    proptest::collection::vec(place(), 3..7).prop_filter_map("no area", |ring| Shape::polygons([vec![ring]]).ok())
}

proptest! {
    #[test]
    fn coverage_is_what_trying_every_hydrant_finds(hydrants in hydrants(), buildings in proptest::collection::vec(building(), 1..5)) {
        let waters = Waters::new(hydrants.into_iter().map(Some).collect(), 150_000);
        let mut footprint = Footprint::default();
        for shape in &buildings {
            footprint.lay(shape.as_ref(), shape.as_ref().into());
            prop_assert_eq!(cover(&footprint, &waters), naive(&footprint, &waters));
        }
    }

    #[test]
    fn hydrants_that_come_go_and_change_leave_what_a_fresh_start_has(
        first in hydrants(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), place(), standing(), any::<bool>()), 0..40),
        shape in building(),
    ) {
        let mut points: Vec<Option<WaterPoint>> = first.into_iter().map(Some).collect();
        let mut waters = Waters::new(points.iter().copied().collect(), 150_000);
        for (which, place, standing, gone) in edits {
            let slot = which.index(points.len() + 1);
            let id = FeatureId(slot as u64 + 1);
            let point = (!gone).then_some(WaterPoint { id, place, radius_mm: 150_000, standing: [standing; 3] });
            if slot == points.len() { points.push(point) } else { points[slot] = point }
            waters.put(slot as u32, point);
        }
        let mut footprint = Footprint::default();
        footprint.lay(shape.as_ref(), shape.as_ref().into());
        let fresh = Waters::new(points.into_iter().collect(), 150_000);
        prop_assert_eq!(cover(&footprint, &waters), cover(&footprint, &fresh));
        prop_assert_eq!(waters.around(&footprint, 8), fresh.around(&footprint, 8));
    }
}

fn at(x: f64, y: f64) -> Place {
    Place::from_degrees(106.5 + x / 96_966.3, 29.5 + y / 110_844.1).unwrap()
}

fn slab(length: f64) -> Shape {
    Shape::polygons([vec![vec![at(0.0, 0.0), at(length, 0.0), at(length, 12.0), at(0.0, 12.0)]]]).unwrap()
}

fn hydrant(id: u64, place: Place, standing: [Standing; 3]) -> Option<WaterPoint> {
    Some(WaterPoint { id: FeatureId(id), place, radius_mm: 150_000, standing })
}

fn covered(shape: &Shape, hydrants: Vec<Option<WaterPoint>>) -> [Covered; 3] {
    let mut footprint = Footprint::default();
    footprint.lay(shape.as_ref(), shape.as_ref().into());
    cover(&footprint, &Waters::new(hydrants.into_iter().collect(), 150_000)).0.map(|reach| reach.covered)
}

const SURE: [Standing; 3] = [Standing::Yes; 3];

#[test]
fn a_300_m_mall_is_not_covered_because_one_corner_is() {
    assert_eq!(covered(&slab(300.0), vec![hydrant(1, at(-50.0, 0.0), SURE)]), [Covered::Part; 3]);
    let both = vec![hydrant(1, at(-50.0, 0.0), SURE), hydrant(2, at(350.0, 0.0), SURE)];
    assert_eq!(covered(&slab(300.0), both), [Covered::Whole; 3], "each end by its own hydrant");
}

#[test]
fn a_hydrant_of_unknown_state_makes_a_building_unknown_neither_covered_nor_bare() {
    let unknown = [Standing::Yes, Standing::Maybe, Standing::Maybe];
    let [nominal, serviceable, verified] = covered(&slab(40.0), vec![hydrant(1, at(60.0, 0.0), unknown)]);
    assert_eq!((nominal, serviceable, verified), (Covered::Whole, Covered::Unknown, Covered::Unknown));
}

#[test]
fn a_broken_hydrant_leaves_a_building_bare_and_a_town_without_any_is_unknown() {
    let broken = [Standing::Yes, Standing::No, Standing::No];
    assert_eq!(covered(&slab(40.0), vec![hydrant(1, at(60.0, 0.0), broken)])[1], Covered::Not);
    assert_eq!(covered(&slab(40.0), vec![]), [Covered::Unknown; 3]);
    assert_eq!(covered(&slab(40.0), vec![hydrant(1, at(60.0, 0.0), [Standing::No; 3])]), [Covered::Unknown; 3]);
}
