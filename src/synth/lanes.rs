//! What an engine needs at the foot of a high house: a lane, a field for the ladder, a place to feed its pipes.

use super::blocks::Block;
use super::footprints::{Form, Lot};
use super::outline::{crossing, direction, offset, sides};
use super::recipe::shares;
use super::record::Record;
use super::rng::Rng;
use super::site::House;
use super::terrain::{Terrain, Xy};
use crate::model::{Layer, Shape};

/// How far a lane may have to go to its street.
const FARTHEST_M: f64 = 90.0;

/// The lane, ladder field and connection of a high house, as far as there is room for them, and the line of the lane.
pub fn records(
    house: &House,
    name: &str,
    (lot, block): (&mut Lot, &Block),
    ground: &Terrain,
    chance: &mut Rng,
) -> (Vec<Record>, Option<Vec<Xy>>) {
    let mut records = Vec::new();
    let mut drawn = None;
    let (width, depth) = house.size;
    let share = &shares().lanes;
    let state = |chance: &mut Rng| match chance.whole(0, 99) as u32 {
        n if n < share.obstructed => "obstructed",
        n if n < share.obstructed + share.unknown => "unknown",
        _ => "clear",
    };
    let slope_between =
        |a: Xy, b: Xy| 100.0 * (ground.elevation(b) - ground.elevation(a)) / super::plan::distance(a, b);
    let named = |record: Record| record.when(!name.is_empty(), |r| r.text("building", name));
    // The long side that has room, the lower one first: that is where the street is.
    for side in [-1.0, 1.0] {
        let field_depth = if house.floors > 16 { 12.0 } else { 10.0 };
        let long = (width - 4.0).max(20.0);
        let middle = offset(house.middle, house.along, 0.0, side * (depth / 2.0 + 6.0 + field_depth / 2.0));
        let field = Form::Slab(long, field_depth).stand(middle, house.along);
        if !lot.take(&field.ring, 1.0) {
            continue;
        }
        let ends = [-1.0, 1.0].map(|end| offset(middle, house.along, end * long / 2.0, 0.0));
        let condition = state(chance);
        if let Ok(shape) = Shape::polygons([vec![ground.places(&field.ring)]]) {
            // Fields are levelled, the ground beside them is not.
            let record = Record::new(Layer::LadderField, shape)
                .when(chance.percent(80), |r| r.real("slope_pct", 0.3 * slope_between(ends[0], ends[1]), 1))
                .when(chance.percent(75), |r| r.flag("marking", chance.percent(70)))
                .choice("state", condition);
            records.push(named(record));
        }
        let reach = long / 2.0 + 14.0;
        let ahead = side * (depth / 2.0 + 6.0 + field_depth + 2.5);
        let line: Vec<Xy> = [-reach, 0.0, reach].iter().map(|x| offset(house.middle, house.along, *x, ahead)).collect();
        let open = lot.is_open(line[0], line[2], 0.5) && line.iter().all(|p| super::outline::within(lot.ring(), *p));
        let line = if open { from_street(line, lot, block) } else { line };
        if open && let Ok(shape) = Shape::lines([ground.places(&line)]) {
            let slope = slope_between(line[0], line[line.len() - 1]) * 0.6;
            records.push(named(lane(shape, slope, state(chance), chance)));
            drawn = Some(line);
        }
        break;
    }
    let corner = offset(house.middle, house.along, width / 2.0 * 0.8, -(depth / 2.0 + 2.0));
    let connection = Record::new(Layer::Connection, Shape::point(ground.place(corner)));
    let condition =
        *chance.pick(&["in_service", "in_service", "in_service", "in_service", "unknown", "out_of_service"]);
    records.push(named(connection).choice("state", condition));
    (records, drawn)
}

/// A lane led on to the street it comes from: straight ahead, by the end that is nearer to one; as it is where houses
/// stand between.
fn from_street(line: Vec<Xy>, lot: &Lot, block: &Block) -> Vec<Xy> {
    let ring: Vec<Xy> = block.iter().map(|corner| corner.at).collect();
    let (first, last) = (line[0], line[line.len() - 1]);
    let ahead = |from: Xy, dir: Xy| {
        let far = offset(from, dir, FARTHEST_M, 0.0);
        let met = sides(&ring).filter_map(|(a, b)| crossing(from, far, a, b));
        let metres = FARTHEST_M * met.fold(1.0, f64::min);
        let street = offset(from, dir, metres, 0.0);
        (metres < FARTHEST_M && lot.is_open(from, street, 0.5)).then_some((metres, street))
    };
    let (back, on) = (ahead(first, direction(last, first)), ahead(last, direction(first, last)));
    match (back, on) {
        (Some((a, street)), on) if on.is_none_or(|(b, _)| a <= b) => [vec![street], line].concat(),
        (_, Some((_, street))) => [line, vec![street]].concat(),
        _ => line,
    }
}

fn lane(shape: Shape, slope: f64, state: &str, chance: &mut Rng) -> Record {
    let dead_end = chance.percent(30);
    Record::new(Layer::Lane, shape)
        .when(chance.percent(88), |r| {
            r.real("width_m", if chance.percent(16) { chance.between(3.2, 3.9) } else { chance.between(4.0, 6.0) }, 1)
        })
        .when(chance.percent(60), |r| r.real("clear_height_m", chance.between(3.8, 6.0), 1))
        .when(chance.percent(80), |r| r.real("slope_pct", slope.clamp(-14.0, 14.0), 1))
        .when(chance.percent(50), |r| r.real("turning_radius_m", *chance.pick(&[7.0, 9.0, 9.0, 12.0, 12.0]), 0))
        .when(chance.percent(45), |r| r.real("bearing_t", *chance.pick(&[20.0, 30.0, 30.0, 40.0]), 0))
        .when(chance.percent(7), |r| r.text("overhead", *chance.pick(&["架空电线", "树枝", "雨棚"])))
        .flag("dead_end", dead_end)
        .when(dead_end, |r| r.flag("turnaround", chance.percent(55)))
        .when(chance.percent(85), |r| r.flag("marking", chance.percent(68)))
        .choice("state", state)
        .when(state == "obstructed", |r| {
            r.text("obstructed_by", *chance.pick(&["停放车辆", "固定石墩", "堆放杂物", "绿化带", "摊位"]))
        })
}
