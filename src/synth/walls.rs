//! Walls that a hose does not cross: retaining walls above the streets of a slope, walls around estates.

use super::blocks::Block;
use super::outline::{cross_each_other, direction, offset, to_segment};
use super::plan::distance;
use super::record::Record;
use super::rng::Rng;
use super::terrain::{Terrain, Xy};
use crate::model::{Layer, Shape};

/// A wall beside a line, so far to its left, open for so many metres at both ends; `None` where nothing is left of it.
pub fn beside(line: &[Xy], left_m: f64, open_m: f64) -> Option<Vec<Xy>> {
    let n = line.len();
    let mut wall: Vec<Xy> = (0..n)
        .map(|k| {
            let (before, after) = (line[k.saturating_sub(1)], line[(k + 1).min(n - 1)]);
            offset(line[k], direction(before, after), 0.0, left_m)
        })
        .collect();
    for _ in 0..2 {
        let mut cut = open_m;
        while wall.len() > 1 && distance(wall[0], wall[1]) <= cut {
            cut -= distance(wall[0], wall[1]);
            wall.remove(0);
        }
        if wall.len() < 2 {
            return None;
        }
        wall[0] = super::outline::mix(wall[0], wall[1], cut / distance(wall[0], wall[1]));
        wall.reverse();
    }
    let length: f64 = wall.windows(2).map(|leg| distance(leg[0], leg[1])).sum();
    (length > 18.0).then_some(wall)
}

/// Whether a wall stands on none of the streets around a block.
pub fn is_clear(wall: &[Xy], block: &Block) -> bool {
    let n = block.len();
    (0..n).all(|k| {
        let (a, b, half) = (block[k].at, block[(k + 1) % n].at, block[k].way.width_m() / 2.0);
        wall.windows(2).all(|leg| {
            !cross_each_other(leg[0], leg[1], a, b)
                && to_segment(leg[0], a, b) > half
                && to_segment(leg[1], a, b) > half
        })
    })
}

/// A wall's row.
pub fn record(wall: &[Xy], kind: &str, height_m: f64, ground: &Terrain, chance: &mut Rng) -> Option<Record> {
    let shape = Shape::lines([ground.places(wall)]).ok()?;
    let record = Record::new(Layer::Barrier, shape).choice("kind", kind);
    let record = record.when(chance.percent(82), |r| r.real("height_m", height_m, 1));
    Some(if kind == "retaining_wall" { record.flag("gates", false) } else { record.flag("gates", true) })
}
