//! Hydrants beside the kerb, in estates, and the cisterns and intakes where there is no main.

use super::outline::{direction, mix, offset};
use super::plan::distance;
use super::recipe::{shares, today};
use super::record::Record;
use super::rng::{Rng, hash, noise2};
use super::streets::{Street, Way};
use super::terrain::{Terrain, Xy};
use crate::model::{Layer, Shape};

/// Metres between two hydrants of a street.
const SPACING_M: f64 = 112.0;
/// Elevation of the lowest pressure zone, that of the embankments.
const LOWEST_ZONE_M: f64 = 182.0;

/// A place for a hydrant.
#[derive(Clone, Debug)]
pub struct Outlet {
    /// Where.
    pub at: Xy,
    /// The model's word for its kind.
    pub kind: &'static str,
    /// What its place is called; empty where nothing near has a name.
    pub near: String,
    /// Whether the quarter is an old one, with old mains.
    pub old: bool,
}

/// The hydrants along a street, none where the street as a whole has none; `bare` of a hundred such streets have none.
pub fn along(street: &Street, bare: u32, old: bool, seed: u64) -> Vec<Outlet> {
    let name = street.name.bytes().fold(seed, |h, byte| hash(&[h, u64::from(byte)]));
    let length = street.length_m();
    let dry = street.bridge || street.tunnel || !street.way.carries_engines() || street.way == Way::Service;
    if dry || name % 100 < u64::from(bare) || length < 55.0 {
        return Vec::new();
    }
    let mut chance = Rng::of(&[name, street.points[0][0].to_bits(), street.points[0][1].to_bits()]);
    let count = (length / SPACING_M).round().max(1.0) as usize;
    let side = if name & 256 == 0 { 1.0 } else { -1.0 };
    let aside = side * (street.way.width_m() / 2.0 + chance.between(0.6, 1.2));
    (0..count)
        .map(|k| {
            let share = (k as f64 + chance.between(0.36, 0.64)) / count as f64;
            let (at, along) = part_way(&street.points, share * length);
            Outlet { at: offset(at, along, 0.0, aside), kind: "municipal", near: street.name.clone(), old }
        })
        .collect()
}

/// What befalls hydrants by neighbourhood, not one by one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lot {
    /// They are there.
    Served,
    /// No main was ever laid; only estates have brought their own.
    NoMain,
    /// Nobody has looked at them for years.
    Unsurveyed,
    /// The main is shut for repair.
    Shut,
}

/// The lot of a place: three smooth fields over the ground, each with hollows some 300 m wide.
fn lot(at: Xy, seed: u64) -> Lot {
    let shares = &shares().hydrants;
    let field = |which: u64| noise2(hash(&[seed, 0x10, which]), at[0] / shares.lot_m, at[1] / shares.lot_m);
    if field(1) > shares.no_main_above {
        Lot::NoMain
    } else if field(2) > shares.unsurveyed_above {
        Lot::Unsurveyed
    } else if field(3) > shares.shut_above {
        Lot::Shut
    } else {
        Lot::Served
    }
}

/// Whether a place for a hydrant never got one, since no main was laid there.
pub fn was_never_built(outlet: &Outlet, seed: u64) -> bool {
    let own = outlet.kind != "municipal" && !outlet.old;
    !own && matches!(outlet.kind, "municipal" | "building_outdoor") && lot(outlet.at, seed) == Lot::NoMain
}

/// The place so many metres along a line and the direction there.
pub fn part_way(line: &[Xy], metres: f64) -> (Xy, Xy) {
    let mut left = metres;
    for leg in line.windows(2) {
        let run = distance(leg[0], leg[1]);
        if left <= run {
            return (mix(leg[0], leg[1], left / run), direction(leg[0], leg[1]));
        }
        left -= run;
    }
    let n = line.len();
    (line[n - 1], direction(line[n - 2], line[n - 1]))
}

/// A hydrant's row.
///
/// `seed` is the hydrant's own, `town` that of the city.
pub fn record(outlet: &Outlet, number: &str, ground: &Terrain, seed: u64, town: u64) -> Record {
    let known = &shares().hydrants;
    let mut chance = Rng::of(&[seed, 0x8D]);
    let elevation = ground.elevation(outlet.at);
    let piped = matches!(outlet.kind, "municipal" | "building_outdoor");
    let lot = lot(outlet.at, town);
    let state = match chance.whole(0, 99) as u32 {
        n if lot == Lot::Unsurveyed && n < known.lot_hits => "unknown",
        n if lot == Lot::Shut && n < known.lot_hits => "out_of_service",
        n if n < known.out_of_service => "out_of_service",
        n if n < known.out_of_service + known.obstructed => "obstructed",
        n if n < known.out_of_service + known.obstructed + known.unknown => "unknown",
        _ => "in_service",
    };
    // Each zone is fed from a tank above it; the hilltops above the last zone get what is left.
    let above = (elevation - LOWEST_ZONE_M).max(0.0);
    let zone = (above / known.zone_step_m).floor().min(3.0);
    let head_m = (known.zone_head_m - (above - zone * known.zone_step_m)).max(2.0);
    let estate = if outlet.kind == "building_outdoor" { 4.0 } else { 0.0 };
    let pressure = ((head_m - estate) * 0.0098 + chance.between(-0.025, 0.025)).max(0.01);
    let dead = state == "out_of_service" && chance.percent(55);
    let diameter = match chance.whole(0, 9) {
        _ if outlet.old && chance.percent(60) => 100,
        0..=1 => 100,
        2..=6 => 150,
        _ => 200,
    };
    let ring = chance.percent(if outlet.old { 25 } else { 78 });
    let flow = 6.0 + 46.0 * pressure * f64::from(diameter) / 150.0 * if ring { 1.15 } else { 0.8 };
    let ago = (730.0 * chance.unit() * chance.between(0.35, 1.0)) as i32;
    Record::new(Layer::Hydrant, Shape::point(ground.place(outlet.at)))
        .text("name", number)
        .when(!outlet.near.is_empty() && chance.percent(85), |r| r.text("address", &outlet.near))
        .choice("kind", outlet.kind)
        .choice("state", state)
        .when(piped && chance.percent(known.pressure_known), |r| {
            r.real("pressure_mpa", if dead { 0.0 } else { pressure }, 2)
        })
        .when(piped && !dead && chance.percent(known.flow_known), |r| r.real("flow_lps", flow, 1))
        .when(piped, |r| {
            if chance.percent(known.main_known) {
                r.choice("main", if ring { "ring" } else { "tree" })
            } else {
                r.choice("main", "unknown")
            }
        })
        .when(piped && chance.percent(75), |r| r.integer("diameter_mm", i64::from(diameter)))
        .real("elevation_m", elevation, 1)
        .when(chance.percent(known.inspected_known), |r| r.date("inspected", today() - 1 - ago))
}
