//! Rings of a Shapefile's polygon become outer rings with their holes.
//!
//! Outer rings run clockwise and holes the other way; which hole belongs to which outer ring is not written and found
//! by where it lies. Where no ring runs clockwise, as some programs write, outer is what no or an even number of
//! others holds.

use rstar::{AABB, RTree, RTreeObject};

use crate::ingest::record::Degrees;

/// Edges that may be looked at for one record, so that no rings keep a machine busy without end.
const MOST_STEPS: usize = 200_000_000;

type Ring = Vec<Degrees>;

/// A ring's box and its number.
struct Boxed {
    nth: usize,
    min: Degrees,
    max: Degrees,
}

impl RTreeObject for Boxed {
    type Envelope = AABB<Degrees>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.min, self.max)
    }
}

/// Polygons of rings, each its outer ring and holes, in the order of the outer rings.
pub fn polygons(rings: Vec<Ring>) -> Result<Vec<Vec<Ring>>, String> {
    let is_outer: Vec<bool> = rings.iter().map(|ring| signed_area(ring) <= 0.0).collect();
    if rings.len() < 2 || is_outer.iter().all(|outer| *outer) {
        return Ok(rings.into_iter().map(|ring| vec![ring]).collect());
    }
    if is_outer.iter().filter(|outer| **outer).count() == 1 && is_outer[0] && around_all(&rings[0], &rings[1..]) {
        return Ok(vec![rings]);
    }
    // A coordinate that is no number has no place among boxes; the engine rejects it.
    if rings.iter().flatten().flatten().any(|number| !number.is_finite()) {
        return Ok(vec![rings]);
    }
    let mut nest = Nest::of(&rings);
    let none_clockwise = !is_outer.iter().any(|outer| *outer);
    let holders = (0..rings.len()).map(|nth| nest.holders(nth)).collect::<Result<Vec<Vec<usize>>, String>>()?;
    let is_outer: Vec<bool> = match none_clockwise {
        true => holders.iter().map(|holders| holders.len().is_multiple_of(2)).collect(),
        false => is_outer,
    };
    // A hole lies in the smallest outer ring that holds it; one that none holds is an area of its own.
    let area = |nth: &usize| signed_area(&rings[*nth]).abs();
    let home = |nth: usize| {
        let outer = holders[nth].iter().copied().filter(|holder| is_outer[*holder]);
        outer.min_by(|one, other| area(one).total_cmp(&area(other)))
    };
    let homes: Vec<Option<usize>> = (0..rings.len()).map(|nth| if is_outer[nth] { None } else { home(nth) }).collect();
    let mut places = vec![usize::MAX; rings.len()];
    let mut polygons: Vec<Vec<Ring>> = Vec::new();
    let mut holes = Vec::new();
    for (nth, ring) in rings.into_iter().enumerate() {
        match homes[nth] {
            Some(home) => holes.push((home, ring)),
            None => {
                places[nth] = polygons.len();
                polygons.push(vec![ring]);
            }
        }
    }
    for (home, hole) in holes {
        // An outer ring has no home of its own, so it stands in the list.
        if let Some(polygon) = polygons.get_mut(places[home]) {
            polygon.push(hole);
        }
    }
    Ok(polygons)
}

/// Whether the box of a ring holds the first vertex of all others.
fn around_all(outer: &Ring, holes: &[Ring]) -> bool {
    let (min, max) = corners(outer);
    holes
        .iter()
        .filter_map(|hole| hole.first())
        .all(|at| (0..2).all(|axis| min[axis] <= at[axis] && at[axis] <= max[axis]))
}

fn corners(ring: &Ring) -> (Degrees, Degrees) {
    let (mut min, mut max) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for at in ring {
        for axis in 0..2 {
            min[axis] = min[axis].min(at[axis]);
            max[axis] = max[axis].max(at[axis]);
        }
    }
    (min, max)
}

/// Finds which rings hold another.
struct Nest<'a> {
    rings: &'a [Ring],
    boxes: RTree<Boxed>,
    steps: usize,
}

impl<'a> Nest<'a> {
    fn of(rings: &'a [Ring]) -> Nest<'a> {
        let boxed = |(nth, ring): (usize, &Ring)| {
            let (min, max) = corners(ring);
            Boxed { nth, min, max }
        };
        let boxes = RTree::bulk_load(rings.iter().enumerate().map(boxed).collect());
        Nest { rings, boxes, steps: 0 }
    }

    /// The rings that hold ring `nth`: those within which a vertex of it lies that is not on their edge.
    fn holders(&mut self, nth: usize) -> Result<Vec<usize>, String> {
        let ring = &self.rings[nth];
        let Some(first) = ring.first() else { return Ok(Vec::new()) };
        let mut holders = Vec::new();
        for boxed in self.boxes.locate_in_envelope_intersecting(&AABB::from_point(*first)) {
            if boxed.nth == nth {
                continue;
            }
            let outer = &self.rings[boxed.nth];
            for at in ring {
                self.steps += outer.len();
                if self.steps > MOST_STEPS {
                    return Err("more rings within each other than can be sorted".to_owned());
                }
                match side(outer, *at) {
                    Side::Inside => holders.push(boxed.nth),
                    Side::Outside => {}
                    Side::Edge => continue,
                }
                break;
            }
        }
        Ok(holders)
    }
}

#[derive(PartialEq)]
enum Side {
    Inside,
    Outside,
    Edge,
}

/// Where a place lies by the crossings of a ray to the east.
fn side(ring: &[Degrees], [x, y]: Degrees) -> Side {
    let mut inside = false;
    for pair in ring.windows(2) {
        let ([ax, ay], [bx, by]) = (pair[0], pair[1]);
        let turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
        let within_box = x >= ax.min(bx) && x <= ax.max(bx) && y >= ay.min(by) && y <= ay.max(by);
        if turn == 0.0 && within_box {
            return Side::Edge;
        }
        if (ay > y) != (by > y) && (turn > 0.0) == (by > ay) {
            inside = !inside;
        }
    }
    if inside { Side::Inside } else { Side::Outside }
}

/// Twice the area, positive where the ring runs counter-clockwise; measured from its first vertex.
fn signed_area(ring: &[Degrees]) -> f64 {
    let Some([x, y]) = ring.first().copied() else { return 0.0 };
    ring.windows(2).map(|pair| (pair[0][0] - x) * (pair[1][1] - y) - (pair[1][0] - x) * (pair[0][1] - y)).sum()
}
