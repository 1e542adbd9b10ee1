//! Ways through a block: where its houses leave a strip free from one street to another, people and engines go there.

use super::blocks::{Block, Inner};
use super::footprints::Lot;
use super::outline::{crossing, direction, dot, mix, offset, to_segment};
use super::plan::distance;
use super::site::House;
use super::streets::Way;
use super::terrain::Xy;

/// Metres that must be free between houses.
const FREE_M: f64 = 3.4;
/// Metres to the streets beside which no way is needed.
const BESIDE_M: f64 = 16.0;
/// Metres along a main street to a gate that a way goes round.
const ROUND_M: f64 = 45.0;
/// Metres that a wall is open for a way.
const GATE_M: f64 = 6.0;

/// A way through a block.
pub struct Yard {
    /// From the middle of one street to that of another.
    pub line: Vec<Xy>,
    /// How much is free on both sides together.
    pub free_m: f64,
}

/// The ways through a block along a direction, else across it: one in each strip that houses leave free.
pub fn through(block: &Block, lot: &Lot, houses: &[&House], along: Xy) -> Vec<Yard> {
    let across = [-along[1], along[0]];
    let yards = strips(block, lot, houses, along);
    if yards.is_empty() { strips(block, lot, houses, across) } else { yards }
}

fn strips(block: &Block, lot: &Lot, houses: &[&House], along: Xy) -> Vec<Yard> {
    let across = [-along[1], along[0]];
    let span = |ring: &mut dyn Iterator<Item = Xy>| {
        ring.map(|at| dot(at, across)).fold((f64::MAX, f64::MIN), |(low, high), s| (low.min(s), high.max(s)))
    };
    let (south, north) = span(&mut block.iter().map(|corner| corner.at));
    let parts = houses.iter().flat_map(|house| &house.parts);
    let mut taken: Vec<(f64, f64)> = parts.map(|part| span(&mut part.ring.iter().copied())).collect();
    taken.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut yards = Vec::new();
    let mut end = f64::MAX;
    for (low, high) in taken {
        let middle = (end + low) / 2.0;
        if low - end >= FREE_M && middle - south > BESIDE_M && north - middle > BESIDE_M {
            let line = street_to_street(block, lot, along, middle);
            yards.extend(line.map(|line| Yard { line, free_m: low - end }));
        }
        end = if end == f64::MAX { high } else { end.max(high) };
    }
    yards
}

/// From street to street along a direction, so far across it; `None` where the block is cut more than twice, or where
/// no way leads round to a gate of a main street.
fn street_to_street(block: &Block, lot: &Lot, along: Xy, at: f64) -> Option<Vec<Xy>> {
    let across = [-along[1], along[0]];
    let mut met = Vec::new();
    for (k, corner) in block.iter().enumerate() {
        let next = block[(k + 1) % block.len()].at;
        let (a, b) = (dot(corner.at, across) - at, dot(next, across) - at);
        if (a > 0.0) != (b > 0.0) && corner.way != Way::Nothing {
            met.push((mix(corner.at, next, a / (a - b)), corner.main));
        }
    }
    let [(a, main_a), (b, main_b)] = met[..] else { return None };
    if distance(a, b) < 30.0 {
        return None;
    }
    let dir = direction(a, b);
    let mut line = Vec::new();
    // A main street is met at its gates alone, so that the quarter across it need not know.
    let gate = |end: Xy, inwards: Xy| {
        let gates = block.iter().filter(|corner| corner.gate && distance(corner.at, end) < ROUND_M);
        let mut gates: Vec<Xy> = gates.map(|corner| corner.at).collect();
        gates.sort_by(|a, b| distance(*a, end).total_cmp(&distance(*b, end)));
        let ways = gates.into_iter().flat_map(|gate| [10.0, 16.0, 24.0].map(|m| [gate, offset(end, inwards, m, 0.0)]));
        ways.into_iter().find(|[gate, bend]| lot.is_open(*gate, *bend, 1.2))
    };
    match main_a {
        true => line.extend(gate(a, dir)?),
        false => line.push(a),
    }
    match main_b {
        true => line.extend(gate(b, [-dir[0], -dir[1]])?.into_iter().rev()),
        false => line.push(b),
    }
    Some(line)
}

/// Makes the ends of a way vertices of the streets they lie on.
pub fn join(streets: &mut [Inner], ends: [Xy; 2]) {
    for end in ends {
        for street in &mut *streets {
            if street.points.contains(&end) {
                continue;
            }
            let on = |leg: &[Xy]| to_segment(end, leg[0], leg[1]) < 1e-6;
            if let Some(k) = street.points.windows(2).position(on) {
                street.points.insert(k + 1, end);
            }
        }
    }
}

/// A wall, open where ways go through it.
pub fn opened(wall: &[Xy], ways: &[Vec<Xy>]) -> Vec<Vec<Xy>> {
    let mut pieces: Vec<Vec<Xy>> = vec![Vec::new()];
    let add = |pieces: &mut Vec<Vec<Xy>>, at: Xy| {
        if let Some(piece) = pieces.last_mut() {
            piece.push(at);
        }
    };
    for (k, &at) in wall.iter().enumerate() {
        add(&mut pieces, at);
        let Some(&next) = wall.get(k + 1) else { break };
        let length = distance(at, next);
        let mut gates: Vec<f64> =
            ways.iter().flat_map(|way| way.windows(2).filter_map(|leg| crossing(at, next, leg[0], leg[1]))).collect();
        gates.sort_by(f64::total_cmp);
        let dir = direction(at, next);
        let mut from = 0.0;
        for gate in gates {
            let (shut, open) = (gate * length - GATE_M / 2.0, (gate * length + GATE_M / 2.0).min(length));
            if shut > from {
                add(&mut pieces, offset(at, dir, shut, 0.0));
            }
            pieces.push(vec![offset(at, dir, open, 0.0)]);
            from = open;
        }
    }
    pieces.retain(|piece| piece.windows(2).map(|leg| distance(leg[0], leg[1])).sum::<f64>() > GATE_M);
    pieces
}
