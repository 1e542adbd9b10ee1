//! What stands in the way off the road: buildings and barriers around a footprint.

use super::steps::{Box2, between, crossing, side};
use crate::crs::{Frame, Offset, WorldBox};
use crate::model::{Place, ShapeRef};

/// What a straight way off the road may not cross.
pub trait Obstacles {
    /// Calls `found` with the outlines of buildings near a box, but for the one that is left.
    fn buildings(&self, within: WorldBox, found: &mut dyn FnMut(ShapeRef<'_>));

    /// Calls `found` with the lines of barriers near a box.
    fn barriers(&self, within: WorldBox, found: &mut dyn FnMut(&[Place]));
}

/// What stands around a footprint, laid out in metres.
#[derive(Default)]
pub(super) struct Around {
    gathered: bool,
    places: Vec<Offset>,
    lines: Vec<Standing>,
}

/// A ring of a building, or a barrier.
struct Standing {
    /// Where it ends in the places.
    end: usize,
    within: Box2,
    /// The number of its building; of a barrier none.
    building: Option<usize>,
}

/// What is cut off both ends of a way before it is looked at: it begins at a wall and ends on a road.
const HAIR_M: f64 = 0.02;

impl Around {
    /// Forgets what was gathered.
    pub fn clear(&mut self) {
        self.gathered = false;
    }

    /// Gathers what stands within a box, once.
    pub fn gather(&mut self, frame: &Frame, within: WorldBox, obstacles: &impl Obstacles) {
        if std::mem::replace(&mut self.gathered, true) {
            return;
        }
        self.places.clear();
        self.lines.clear();
        obstacles.barriers(within, &mut |line| self.add(frame, line, None));
        let mut nth = 0;
        obstacles.buildings(within, &mut |outline| {
            outline.parts().for_each(|(_, ring)| self.add(frame, ring, Some(nth)));
            nth += 1;
        });
    }

    fn add(&mut self, frame: &Frame, places: &[Place], building: Option<usize>) {
        let start = self.places.len();
        self.places.extend(places.iter().map(|place| frame.offset(*place)));
        let within = Box2::around(&self.places[start..]);
        self.lines.push(Standing { end: self.places.len(), within, building });
    }

    /// Whether a straight way goes through no building and over no barrier.
    pub fn is_open(&self, from: Offset, to: Offset) -> bool {
        let metres = from.distance2(to).sqrt();
        if metres <= 2.0 * HAIR_M {
            return true;
        }
        let way = [between([from, to], HAIR_M / metres), between([from, to], 1.0 - HAIR_M / metres)];
        let (within, middle) = (Box2::around(&way), between(way, 0.5));
        let mut start = 0;
        // Whether the middle lies within the building at hand, ring by ring (even-odd rule).
        let mut inside: Option<usize> = None;
        for line in &self.lines {
            let places = &self.places[start..line.end];
            start = line.end;
            if line.within.distance2(&within) > 0.0 {
                continue;
            }
            if is_crossed(places, way) {
                return false;
            }
            if line.building.is_some() && line.within.holds(middle) && holds(places, middle) {
                inside = if inside == line.building { None } else { line.building };
            }
        }
        inside.is_none()
    }
}

/// Whether a way crosses a line or touches it.
fn is_crossed(line: &[Offset], way: [Offset; 2]) -> bool {
    let Some(first) = line.first() else { return false };
    let mut before = side(way[0], way[1], *first);
    line.windows(2).any(|step| {
        let after = side(way[0], way[1], step[1]);
        let may_cross = before * after <= 0.0;
        before = after;
        may_cross && crossing([step[0], step[1]], way).is_some()
    })
}

/// Whether a place lies within a ring.
fn holds(ring: &[Offset], at: Offset) -> bool {
    let mut inside = false;
    for step in ring.windows(2) {
        let (a, b) = (step[0], step[1]);
        if (a.y > at.y) != (b.y > at.y) && at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x {
            inside = !inside;
        }
    }
    inside
}
