//! Do segments cross? Exact, on whole 1e-7 degrees.
//!
//! Few segments are compared pair by pair; many by the sweep of M. Shamos and D. Hoey, "Geometric intersection
//! problems" (1976). The sweep also tells on which side of each segment the inside lies (even–odd), which is what
//! putting rings together needs. The sweep line leans by an infinitesimal, so that vertical segments are no exception.

use crate::model::{Place, Shape};

/// Up to this many segments, comparing all pairs is quicker than a sweep.
const FEW: usize = 24;

/// A segment from its lesser to its greater end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Segment {
    pub a: Place,
    pub b: Place,
}

impl Segment {
    /// The segment between two different places.
    pub(super) fn between(p: Place, q: Place) -> Segment {
        if p <= q { Segment { a: p, b: q } } else { Segment { a: q, b: p } }
    }

    /// Whether two segments share more than a common end.
    fn crosses(self, other: Segment) -> bool {
        if self.b.lon < other.a.lon || other.b.lon < self.a.lon {
            return false;
        }
        let (low, high) = (self.a.lat.min(self.b.lat), self.a.lat.max(self.b.lat));
        if other.a.lat.max(other.b.lat) < low || other.a.lat.min(other.b.lat) > high {
            return false;
        }
        let (d1, d2) = (turn(self.a, self.b, other.a), turn(self.a, self.b, other.b));
        let (d3, d4) = (turn(other.a, other.b, self.a), turn(other.a, other.b, self.b));
        if d1 == 0 && d2 == 0 {
            // On one line: they overlap if the stretches do (ends are ordered along the line).
            return self.a.max(other.a) < self.b.min(other.b);
        }
        if d1 * d2 > 0 || d3 * d4 > 0 {
            return false;
        }
        let common_end = self.a == other.a || self.a == other.b || self.b == other.a || self.b == other.b;
        !common_end
    }
}

/// Which way a walk from `a` over `b` to `c` turns: 1 left, −1 right, 0 straight on or back.
pub(super) fn turn(a: Place, b: Place, c: Place) -> i8 {
    let d = |p: Place, q: Place| (i128::from(q.lon) - i128::from(p.lon), i128::from(q.lat) - i128::from(p.lat));
    let ((ux, uy), (vx, vy)) = (d(a, b), d(a, c));
    (ux * vy - uy * vx).signum() as i8
}

/// Whether a ring of the shape crosses or touches itself, or two of its rings cross or overlap. Rings may touch each
/// other in a vertex.
pub fn is_flawed(shape: &Shape) -> bool {
    let mut segments = Vec::with_capacity(shape.places().len());
    for (_, ring) in shape.parts() {
        let mut corners = ring[1..].to_vec();
        corners.sort_unstable();
        if corners.windows(2).any(|pair| pair[0] == pair[1]) {
            return true;
        }
        segments.extend(ring.windows(2).map(|pair| Segment::between(pair[0], pair[1])));
    }
    if segments.len() <= FEW {
        let rest = |nth: usize| segments[nth + 1..].iter();
        return segments.iter().enumerate().any(|(nth, one)| rest(nth).any(|other| one.crosses(*other)));
    }
    segments.sort_unstable();
    inside_above(&segments).is_none()
}

/// For each segment, whether the inside (even–odd) lies to its left as seen from `a` to `b`; `None` where any two
/// cross or overlap. Segments are in order.
pub(super) fn inside_above(segments: &[Segment]) -> Option<Vec<bool>> {
    let mut sweep = Sweep { segments, status: Vec::new(), above: vec![false; segments.len()] };
    let mut ends: Vec<u32> = (0..segments.len() as u32).collect();
    ends.sort_unstable_by_key(|&nth| segments[nth as usize].b);
    let mut ends = ends.into_iter().peekable();
    let mut starts = (0..segments.len()).peekable();
    while let Some(&first) = starts.peek() {
        let at = segments[first].a;
        while let Some(end) = ends.next_if(|&nth| segments[nth as usize].b <= at) {
            sweep.leave(end as usize)?;
        }
        // Segments of one start enter from the lowest slope up, so that each finds all that lies below it.
        let mut fan = vec![first];
        starts.next();
        while let Some(more) = starts.next_if(|&nth| segments[nth].a == at) {
            fan.push(more);
        }
        fan.sort_by(|&one, &other| turn(at, segments[other].b, segments[one].b).cmp(&0));
        for nth in fan {
            sweep.enter(nth)?;
        }
    }
    for end in ends {
        sweep.leave(end as usize)?;
    }
    Some(sweep.above)
}

struct Sweep<'a> {
    segments: &'a [Segment],
    /// Segments under the sweep line, lowest first.
    status: Vec<u32>,
    above: Vec<bool>,
}

impl Sweep<'_> {
    fn enter(&mut self, nth: usize) -> Option<()> {
        let new = self.segments[nth];
        let at = self.status.partition_point(|&other| {
            let other = self.segments[other as usize];
            match turn(other.a, other.b, new.a) {
                0 => turn(other.a, other.b, new.b) > 0,
                side => side > 0,
            }
        });
        let below = at.checked_sub(1).map(|ix| self.status[ix]);
        let next = self.status.get(at).copied();
        for other in [below, next].into_iter().flatten() {
            if self.segments[other as usize].crosses(new) {
                return None;
            }
        }
        self.above[nth] = below.is_none_or(|below| !self.above[below as usize]);
        self.status.insert(at, nth as u32);
        Some(())
    }

    fn leave(&mut self, nth: usize) -> Option<()> {
        let gone = self.segments[nth];
        let from = self.status.partition_point(|&other| {
            let other = self.segments[other as usize];
            turn(other.a, other.b, gone.b) > 0
        });
        // A segment that is not where it ought to be has been crossed by another.
        let at = from + self.status[from..].iter().position(|&other| other as usize == nth)?;
        self.status.remove(at);
        let (below, above) = (at.checked_sub(1).map(|ix| self.status[ix]), self.status.get(at));
        match (below, above) {
            (Some(below), Some(&above)) if self.segments[below as usize].crosses(self.segments[above as usize]) => None,
            _ => Some(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn p(lon: i32, lat: i32) -> Place {
        Place { lon, lat }
    }

    fn ring(places: &[(i32, i32)]) -> Shape {
        Shape::polygons([vec![places.iter().map(|&(x, y)| p(x, y)).collect()]]).expect("has area")
    }

    #[test]
    fn a_bow_tie_crosses_itself_and_a_square_does_not() {
        assert!(is_flawed(&ring(&[(0, 0), (4, 4), (4, 0), (0, 4)])));
        assert!(!is_flawed(&ring(&[(0, 0), (4, 0), (4, 4), (0, 4)])));
    }

    #[test]
    fn a_spike_and_a_ring_that_touches_itself_are_flaws() {
        assert!(is_flawed(&ring(&[(0, 0), (4, 0), (9, 0), (4, 0), (4, 4)])));
        assert!(is_flawed(&ring(&[(0, 0), (8, 0), (4, 4), (8, 8), (0, 8), (4, 4)])));
    }

    #[test]
    fn a_hole_that_touches_the_outer_ring_in_a_vertex_is_no_flaw() {
        let outer = vec![p(0, 0), p(8, 0), p(8, 8), p(0, 8)];
        let hole = vec![p(0, 0), p(4, 2), p(2, 4)];
        assert!(!is_flawed(&Shape::polygons([vec![outer, hole]]).expect("has area")));
    }

    proptest! {
        #[test]
        fn the_sweep_agrees_with_comparing_all_pairs(
            ends in proptest::collection::vec(((-9..9i32, -9..9i32), (-9..9i32, -9..9i32)), 1..9)
        ) {
            let mut segments: Vec<Segment> = ends
                .into_iter()
                .filter(|(a, b)| a != b)
                .map(|(a, b)| Segment::between(p(a.0, a.1), p(b.0, b.1)))
                .collect();
            segments.sort_unstable();
            let rest = |nth: usize| segments[nth + 1..].iter();
            let slow = segments.iter().enumerate().any(|(nth, one)| rest(nth).any(|other| one.crosses(*other)));
            prop_assert_eq!(inside_above(&segments).is_none(), slow);
        }
    }
}
