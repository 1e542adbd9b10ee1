//! Quarters cut into blocks by streets, by halving: each cut runs along or across the slope from one street to another.
//!
//! A cut ends on a main street only at its gates, so that the quarter across that street need not know of it.

use super::outline::{cross_each_other, direction, dot, mix, offset, to_segment};
use super::plan::distance;
use super::rng::Rng;
use super::streets::Way;
use super::terrain::Xy;

/// A corner of a block and the street that runs from it to the next.
#[derive(Clone, Copy, Debug)]
pub struct Corner {
    /// Where, on the street's centre line.
    pub at: Xy,
    /// Whether a new street may end here.
    pub gate: bool,
    /// Whether the street to the next corner is a main street around the quarter.
    pub main: bool,
    /// What that street is.
    pub way: Way,
    /// Its position among the quarter's streets.
    pub street: usize,
}

/// A block: corners to the left around it.
pub type Block = Vec<Corner>;

/// An inner street of a quarter.
#[derive(Clone, Debug)]
pub struct Inner {
    /// Its centre line, junctions among its vertices.
    pub points: Vec<Xy>,
    /// What it is.
    pub way: Way,
    /// Whether it runs across the slope.
    pub climbs: bool,
}

/// How a quarter is cut.
#[derive(Clone, Copy, Debug)]
pub struct Cutting {
    /// Blocks below this many m² are not cut.
    pub enough_m2: f64,
    /// The first streets.
    pub first: Way,
    /// The streets after the first.
    pub then: Way,
    /// Whether streets across the slope are stairs.
    pub stairs: bool,
    /// How far streets swing aside, as a share of their length.
    pub bend: f64,
    /// Direction of the slope's contour.
    pub along: Xy,
}

/// Cuts a quarter; `inner` is filled with its streets, numbered from `first_number`.
pub fn cut(quarter: Block, how: &Cutting, first_number: usize, chance: &mut Rng) -> (Vec<Block>, Vec<Inner>) {
    let mut inner: Vec<Inner> = Vec::new();
    let mut blocks = Vec::new();
    let mut open = vec![(quarter, 0)];
    while let Some((block, depth)) = open.pop() {
        let ring: Vec<Xy> = block.iter().map(|corner| corner.at).collect();
        let size = super::outline::area(&ring);
        let parts = if size < how.enough_m2 * 1.45 || depth > 7 {
            None
        } else {
            (0..5).find_map(|attempt| halve(&block, &ring, how, depth, attempt, first_number, &mut inner, chance))
        };
        match parts {
            Some((a, b)) => open.extend([(a, depth + 1), (b, depth + 1)]),
            None => blocks.push(block),
        }
    }
    (blocks, inner)
}

#[allow(clippy::too_many_arguments)]
fn halve(
    block: &Block,
    ring: &[Xy],
    how: &Cutting,
    depth: usize,
    attempt: usize,
    first_number: usize,
    inner: &mut Vec<Inner>,
    chance: &mut Rng,
) -> Option<(Block, Block)> {
    let tilt = chance.between(-0.13, 0.13);
    let along = direction([0.0; 2], offset([0.0; 2], how.along, 1.0, tilt));
    let across = [-along[1], along[0]];
    let extent = |axis: Xy| {
        ring.iter().map(|p| dot(*p, axis)).fold((f64::MAX, f64::MIN), |(low, high), s| (low.min(s), high.max(s)))
    };
    let (run, rise) = (extent(along), extent(across));
    // Blocks want to be longer along the slope than across it.
    let climbs = ((run.1 - run.0) > 1.25 * (rise.1 - rise.0)) != (attempt >= 3);
    let (axis, (low, high)) = if climbs { (along, run) } else { (across, rise) };
    let at = low + (high - low) * chance.between(0.38, 0.62);
    let side = |p: Xy| dot(p, axis) - at;
    let crossed: Vec<usize> =
        (0..ring.len()).filter(|&k| (side(ring[k]) > 0.0) != (side(ring[(k + 1) % ring.len()]) > 0.0)).collect();
    let [a, b] = crossed[..] else { return None };
    let (end_a, end_b) = (end_of_cut(block, ring, a, side)?, end_of_cut(block, ring, b, side)?);
    let (from, to) = (end_a.place(block), end_b.place(block));
    let length = distance(from, to);
    if length < 30.0 {
        return None;
    }
    let swing = length * how.bend * chance.between(-1.0, 1.0);
    let line: Vec<Xy> = if how.bend > 0.0 && length > 60.0 {
        let dir = direction(from, to);
        let bow = |t: f64| offset(mix(from, to, t), dir, 0.0, swing * 4.0 * t * (1.0 - t));
        vec![from, bow(0.3), bow(0.65), to]
    } else {
        vec![from, to]
    };
    for leg in line.windows(2) {
        for (k, &p) in ring.iter().enumerate() {
            let q = ring[(k + 1) % ring.len()];
            let touches = |end: Xy| to_segment(end, p, q) < 1e-6;
            if !touches(leg[0]) && !touches(leg[1]) && cross_each_other(leg[0], leg[1], p, q) {
                return None;
            }
        }
    }

    let way = match depth {
        _ if climbs && how.stairs => Way::Steps,
        0 => how.first,
        _ => how.then,
    };
    let street = first_number + inner.len();
    let mut corners = block.clone();
    let mut ends = [end_a, end_b];
    if ends[0].edge() < ends[1].edge() {
        ends.reverse();
    }
    // The later corner first, so that the earlier one's position stays what it is.
    for end in ends {
        if let End::New(k, at) = end {
            join(inner, at);
            corners.insert(k + 1, Corner { at, gate: true, ..corners[k] });
        }
    }
    let find = |at: Xy| corners.iter().position(|corner| corner.at == at);
    let (i, j) = (find(from)?, find(to)?);
    let (i, j, line) = if i < j { (i, j, line) } else { (j, i, line.into_iter().rev().collect()) };
    let new = |at: &Xy| Corner { at: *at, gate: true, main: false, way, street };
    let last = line.len() - 1;
    // One part goes round by the corners between the ends and comes back along the new street, the other the other way.
    let mut one: Block = corners[i..j].to_vec();
    one.push(new(&line[last]));
    one.extend(line[1..last].iter().rev().map(new));
    let mut other: Block = corners[j..].to_vec();
    other.extend_from_slice(&corners[..i]);
    other.push(new(&line[0]));
    other.extend(line[1..last].iter().map(new));
    let size = |part: &Block| super::outline::area(&part.iter().map(|c| c.at).collect::<Vec<_>>());
    let (a, b) = (size(&one), size(&other));
    if a.min(b) < 0.24 * (a + b) {
        return None;
    }
    inner.push(Inner { points: line, way, climbs });
    Some((one, other))
}

enum End {
    Corner(usize),
    New(usize, Xy),
}

impl End {
    fn edge(&self) -> usize {
        match self {
            End::Corner(k) | End::New(k, _) => *k,
        }
    }

    fn place(&self, block: &Block) -> Xy {
        match self {
            End::Corner(k) => block[*k].at,
            End::New(_, at) => *at,
        }
    }
}

/// Where a cut through the kth side ends: at a gate of a main street, anywhere on an inner one, but not at a sharp
/// corner and not a few steps from a junction.
fn end_of_cut(block: &Block, ring: &[Xy], k: usize, side: impl Fn(Xy) -> f64) -> Option<End> {
    let n = ring.len();
    let (p, q) = (ring[k], ring[(k + 1) % n]);
    let at = mix(p, q, side(p) / (side(p) - side(q)));
    let fit = |c: usize| {
        let (before, after) = (direction(ring[(c + n - 1) % n], ring[c]), direction(ring[c], ring[(c + 1) % n]));
        block[c].gate && dot(before, after) > 0.8
    };
    if block[k].main {
        let near = (0..n).filter(|&c| fit(c) && block[c].main).map(|c| (distance(ring[c], at), c));
        let (away, c) = near.min_by(|a, b| a.0.total_cmp(&b.0))?;
        return (away < 85.0).then_some(End::Corner(c));
    }
    for c in [k, (k + 1) % n] {
        if distance(ring[c], at) < 14.0 {
            return fit(c).then_some(End::Corner(c));
        }
    }
    Some(End::New(k, at))
}

/// Makes a place on an inner street one of its vertices.
fn join(inner: &mut [Inner], at: Xy) {
    for street in inner {
        for k in 0..street.points.len() - 1 {
            if to_segment(at, street.points[k], street.points[k + 1]) < 1e-6 {
                if street.points[k] != at && street.points[k + 1] != at {
                    street.points.insert(k + 1, at);
                }
                return;
            }
        }
    }
}

/// The pieces of inner streets between junctions, each with its street's position.
pub fn pieces(inner: &[Inner]) -> Vec<(usize, Vec<Xy>)> {
    let ends: Vec<Xy> =
        inner.iter().flat_map(|street| [street.points[0], street.points[street.points.len() - 1]]).collect();
    let mut pieces = Vec::new();
    for (nth, street) in inner.iter().enumerate() {
        let mut piece = vec![street.points[0]];
        for (k, &at) in street.points.iter().enumerate().skip(1) {
            piece.push(at);
            if k + 1 == street.points.len() || ends.contains(&at) {
                pieces.push((nth, std::mem::replace(&mut piece, vec![at])));
            }
        }
    }
    pieces
}
