//! The river of a district: its water, an island in it, and the places where an engine can draw from it.

use super::hydrants::Outlet;
use super::names;
use super::plan::{DISTRICT_HEIGHT_M, Plan, ROWS};
use super::record::Record;
use super::rng::hash;
use super::streets::{Street, Way};
use super::terrain::Xy;
use crate::model::{Layer, Shape};

/// Metres the river goes on beyond the last district.
const BEYOND_M: f64 = 2_700.0;
/// Metres from the river's middle to its promenades.
const PROMENADE_M: f64 = 163.0;
const STEP_M: f64 = 45.0;

/// The water of a district's river; `None` in a district without one.
pub fn record(plan: &Plan, i: i64, j: i64) -> Option<Record> {
    if j % 2 != 0 {
        return None;
    }
    let base = j as f64 * DISTRICT_HEIGHT_M;
    let half = plan.width_m() / 2.0;
    let middle = i as f64 * plan.width_m();
    let ground = &plan.ground;
    let bank = |u: f64, side: f64| ground.at(u, base + side * ground.bank(u, hash(&[j as u64, side.to_bits()])));
    let mut us = Vec::new();
    if !plan.has_district(i - 1, j) {
        us.extend((0..(BEYOND_M / STEP_M) as i64).map(|k| middle - half - BEYOND_M + k as f64 * STEP_M));
    }
    let steps = (2.0 * half / STEP_M) as i64;
    us.extend((0..=steps).map(|k| middle - half + 2.0 * half * k as f64 / steps as f64));
    if !plan.has_district(i + 1, j) {
        us.extend((1..=(BEYOND_M / STEP_M) as i64).map(|k| middle + half + k as f64 * STEP_M));
    }
    let mut outer: Vec<Xy> = us.iter().map(|u| bank(*u, -1.0)).collect();
    outer.extend(us.iter().rev().map(|u| bank(*u, 1.0)));
    let mut rings = vec![ground.places(&outer)];
    if half > 900.0 {
        rings.push(ground.places(&island(plan, middle + half * 0.46, base)));
    }
    let name = format!("{}江", names::place(&[plan.recipe.seed, 0x21F, j as u64]));
    Some(Record::new(Layer::Water, Shape::polygons([rings]).ok()?).choice("kind", "river").text("name", name))
}

/// A long island nearer to one bank, wound to the right as holes are.
fn island(plan: &Plan, u: f64, v: f64) -> Vec<Xy> {
    (0..36)
        .map(|k| {
            let turn = -f64::from(k) * core::f64::consts::PI / 18.0;
            let (c, s) = (libm::cos(turn), libm::sin(turn));
            plan.ground.at(u + 270.0 * c, v - 28.0 + 34.0 * s * (1.0 - 0.25 * c))
        })
        .collect()
}

/// Where an engine can draw from a district's river.
pub fn intakes(plan: &Plan, i: i64, j: i64) -> Vec<Outlet> {
    if j % 2 != 0 {
        return Vec::new();
    }
    let base = j as f64 * DISTRICT_HEIGHT_M;
    let half = plan.width_m() / 2.0;
    let middle = i as f64 * plan.width_m();
    let count = (half / 340.0) as u64;
    [-1.0f64, 1.0]
        .iter()
        .flat_map(|side| (0..count).map(move |k| (*side, k)))
        .map(|(side, k)| {
            let jitter = (hash(&[plan.recipe.seed, 0x17A, k, side.to_bits()]) % 100) as f64 * 2.4;
            let u = middle - half + 2.0 * half * (k as f64 + 0.3) / count as f64 + jitter;
            let away = plan.ground.bank(u, hash(&[j as u64, side.to_bits()])) + 6.0;
            Outlet {
                at: plan.ground.at(u, base + side * away),
                kind: "natural_intake",
                near: String::new(),
                old: false,
            }
        })
        .collect()
}

/// The footways along both banks of a district, and the stairs down to them from the embankment roads.
pub fn promenade(plan: &Plan, i: i64, j: i64) -> Vec<Street> {
    let mut streets = Vec::new();
    let lines = (j * ROWS..(j + 1) * ROWS).filter(|line| Plan::is_river(*line));
    for (line, side) in lines.flat_map(|line| [(line - 1, -1.0), (line + 1, 1.0)]) {
        let base = j as f64 * DISTRICT_HEIGHT_M;
        let name = names::street(&[plan.recipe.seed, 0x9E, line as u64, i as u64]);
        let stops = plan.line(i, line);
        let below = |at: Xy| plan.ground.at(plan.ground.sheet(at).0, base + side * PROMENADE_M);
        let gates: Vec<usize> = (0..stops.len()).filter(|k| stops[*k].gate).collect();
        // Stairs at every third gate; the last piece may be a short one.
        let landings: Vec<usize> = gates.iter().copied().step_by(3).collect();
        for pair in landings.windows(2) {
            let points = stops[pair[0]..=pair[1]].iter().map(|stop| below(stop.at)).collect();
            streets.push(Street::new(points, Way::Footway, format!("{name}步道")));
        }
        for k in landings {
            streets.push(Street::new(vec![below(stops[k].at), stops[k].at], Way::Steps, format!("{name}梯道")));
        }
    }
    streets
}
