//! From a footprint, hydrant or station to the road: the places of edges that can be reached over open ground.
//!
//! The way off the road is straight, bounded, and goes through no other building and over no barrier. It begins at the
//! edge of the footprint, not at its centre; a wall that runs along a road comes to it not at one place but over a
//! stretch.

use super::graph::Graph;
use crate::crs::{Frame, Offset, WorldBox};
use crate::model::{Place, ShapeRef};

/// A stretch of an edge, often of no length, and the way there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Snap {
    /// From footprint or point to the road, in millimetres.
    pub off_road_mm: u32,
    /// The edge.
    pub edge: u32,
    /// Where the stretch begins along the edge as drawn, in millimetres.
    pub along_mm: u32,
    /// Where it ends.
    pub upto_mm: u32,
}

impl Snap {
    /// The place of the stretch that is nearest to a distance along the edge.
    pub fn nearest(&self, along_mm: u32) -> u32 {
        along_mm.clamp(self.along_mm, self.upto_mm)
    }

    /// The two nearest places of two stretches of one edge.
    pub fn meets(&self, other: &Snap) -> (u32, u32) {
        if other.along_mm > self.upto_mm {
            (self.upto_mm, other.along_mm)
        } else if other.upto_mm < self.along_mm {
            (self.along_mm, other.upto_mm)
        } else {
            let at = self.nearest(other.along_mm);
            (at, at)
        }
    }
}

/// The most places that are kept.
pub const MOST_SNAPS: usize = 4;
/// The most edges that are looked at.
const MOST_TRIED: usize = 12;

/// What a straight way off the road may not cross.
pub trait Obstacles {
    /// Calls `found` with the outlines of buildings near a box, but for the one that is left.
    fn buildings(&self, within: WorldBox, found: &mut dyn FnMut(ShapeRef<'_>));

    /// Calls `found` with the lines of barriers near a box.
    fn barriers(&self, within: WorldBox, found: &mut dyn FnMut(&[Place]));
}

/// Looks for places; holds room that is used again.
#[derive(Default)]
pub struct Snapper {
    found: Vec<Candidate>,
    near: Vec<u32>,
    /// The rings of the shape one after the other, and where each ends.
    walls: Vec<Offset>,
    rings: Vec<usize>,
    around: Around,
}

#[derive(Clone, Copy)]
struct Candidate {
    metres: f64,
    edge: u32,
    /// The step of the edge.
    step: usize,
    /// How far along the step: where it is nearest, and over which part it is hardly farther.
    share: f64,
    stretch: [Leg; 2],
    from: Offset,
    to: Offset,
}

/// A way off the road.
#[derive(Clone, Copy)]
struct Leg {
    share: f64,
    from: Offset,
    to: Offset,
}

/// Walls that come no more than this nearer to the road run along it.
const ALONG_M: f64 = 0.5;

impl Snapper {
    /// Places of edges that `passes` holds for, nearest first, at most [`MOST_SNAPS`], none farther than `most_m`. Where
    /// all of the nearest lie on small pieces of the network, the last makes room for the nearest of a larger one.
    pub fn snap(
        &mut self,
        graph: &Graph,
        shape: ShapeRef<'_>,
        most_m: f64,
        passes: impl Fn(u32) -> bool,
        obstacles: &impl Obstacles,
        into: &mut Vec<Snap>,
    ) {
        let frame = Frame::at(shape.first());
        let within = WorldBox::from(shape);
        let reach = within.grown(within.units_within(most_m));
        self.found.clear();
        self.near.clear();
        self.walls.clear();
        self.rings.clear();
        for (_, ring) in shape.parts() {
            self.walls.extend(ring.iter().map(|place| frame.offset(*place)));
            if ring.len() == 1 {
                self.walls.push(frame.offset(ring[0]));
            }
            self.rings.push(self.walls.len());
        }
        graph.tree().window(reach, &mut |edge| self.near.push(edge));
        for nth in 0..self.near.len() {
            let edge = self.near[nth];
            if passes(edge)
                && let Some(found) = self.nearest(graph.places(edge), edge, &frame)
                && found.metres <= most_m
            {
                self.found.push(found);
            }
        }
        self.found.sort_by(|a, b| a.metres.total_cmp(&b.metres).then(a.edge.cmp(&b.edge)));
        let start = into.len();
        let mut largest = 0;
        self.around.gathered = false;
        for nth in 0..self.found.len().min(MOST_TRIED * 4) {
            let found = self.found[nth];
            let is_full = into.len() - start == MOST_SNAPS;
            let piece_mm = graph.piece_mm(found.edge);
            if is_full && (largest >= LARGE_MM || piece_mm <= largest)
                || nth >= MOST_TRIED && into.len() > start && largest >= LARGE_MM
            {
                continue;
            }
            if !self.around.gathered {
                self.around.gather(&frame, reach, obstacles);
            }
            if !self.around.is_open(found.from, found.to) {
                continue;
            }
            if is_full {
                into.pop();
            }
            largest = largest.max(piece_mm);
            let whole = found.stretch.iter().all(|leg| self.around.is_open(leg.from, leg.to));
            into.push(found.snap(graph, &frame, whole));
        }
    }

    /// Where an edge is nearest to the walls.
    fn nearest(&self, places: &[Place], edge: u32, frame: &Frame) -> Option<Candidate> {
        let mut best: Option<Candidate> = None;
        let mut last: Option<Offset> = None;
        for (step, at) in places.iter().enumerate() {
            let b = frame.offset(*at);
            if let Some(a) = last {
                let mut start = 0;
                for end in &self.rings {
                    let ring = &self.walls[start..*end];
                    start = *end;
                    for wall in ring.windows(2) {
                        let near = nearest_between([wall[0], wall[1]], [a, b]);
                        if best.is_none_or(|best| near.metres < best.metres + SAME_M) {
                            let stretch = stretch([wall[0], wall[1]], [a, b], &near);
                            let Near { metres, share, from, to } = near;
                            let next = Candidate { metres, edge, step: step - 1, share, stretch, from, to };
                            best = Some(best.map_or(next, |best| best.or(next)));
                        }
                    }
                }
            }
            last = Some(b);
        }
        best
    }
}

/// Walls are as near as each other up to this.
const SAME_M: f64 = 0.01;

impl Candidate {
    /// The nearer of two of one edge; of two as near the one with the longer stretch, and where a road leads through the
    /// building all of it between its walls.
    fn or(self, other: Candidate) -> Candidate {
        let long = |of: &Candidate| of.stretch[0].to.distance2(of.stretch[1].to);
        if self.metres < SAME_M && other.metres < SAME_M && self.step == other.step {
            let legs = [self.stretch[0], self.stretch[1], other.stretch[0], other.stretch[1]];
            let first = legs.into_iter().reduce(|a, b| if b.share < a.share { b } else { a });
            let last = legs.into_iter().reduce(|a, b| if b.share > a.share { b } else { a });
            let stretch = [first.unwrap_or(legs[0]), last.unwrap_or(legs[3])];
            return Candidate { stretch, ..self };
        }
        let is_nearer = self.metres < other.metres - SAME_M;
        let is_as_good = self.metres < other.metres + SAME_M && long(&self) >= long(&other);
        if is_nearer || is_as_good { self } else { other }
    }
}

/// A piece of the network of this length serves more than one estate.
const LARGE_MM: u64 = 1_000_000;

impl Candidate {
    /// Where it is on its edge: over its whole stretch, or where it is nearest alone.
    fn snap(&self, graph: &Graph, frame: &Frame, whole: bool) -> Snap {
        let places = graph.places(self.edge);
        let at: Vec<Offset> = places.iter().map(|place| frame.offset(*place)).collect();
        let length = |pair: &[Offset]| pair[0].distance2(pair[1]).sqrt();
        let all: f64 = at.windows(2).map(length).sum();
        let before: f64 = at[..=self.step].windows(2).map(length).sum();
        let length_mm = graph.edge(self.edge).length_mm;
        let mm = |share: f64| {
            let along = before + share * length(&at[self.step..=self.step + 1]);
            let mm = if all > 0.0 { (along / all * f64::from(length_mm)).round() as u32 } else { 0 };
            mm.min(length_mm)
        };
        let ends = if whole { self.stretch.map(|leg| mm(leg.share)) } else { [mm(self.share); 2] };
        Snap {
            off_road_mm: (self.metres * 1000.0).round() as u32,
            edge: self.edge,
            along_mm: ends[0].min(ends[1]),
            upto_mm: ends[0].max(ends[1]),
        }
    }
}

struct Near {
    metres: f64,
    /// How far along the second step.
    share: f64,
    from: Offset,
    to: Offset,
}

/// Where two steps are nearest to each other; where they cross, there.
fn nearest_between(wall: [Offset; 2], road: [Offset; 2]) -> Near {
    if let Some(share) = crossing(wall, road) {
        let at = between(road, share);
        return Near { metres: 0.0, share, from: at, to: at };
    }
    let of = |from: Offset, share: f64, to: Offset| Near { metres: from.distance2(to).sqrt(), share, from, to };
    let onto = |from: Offset| {
        let share = nearest_share(from, road);
        of(from, share, between(road, share))
    };
    let back = |share: f64| {
        let to = between(road, share);
        of(between(wall, nearest_share(to, wall)), share, to)
    };
    let all = [onto(wall[0]), onto(wall[1]), back(0.0), back(1.0)];
    all.into_iter()
        .reduce(|best, next| if next.metres < best.metres { next } else { best })
        .expect("four are looked at")
}

/// Over which part of a step of road a wall is hardly farther from it than where it is nearest.
fn stretch(wall: [Offset; 2], road: [Offset; 2], near: &Near) -> [Leg; 2] {
    wall.map(|end| {
        let metres = |from: Offset| from.distance2(between(road, nearest_share(from, road))).sqrt();
        // The distance from a straight wall to a straight road grows evenly.
        let beyond = metres(end) - near.metres;
        let part = if beyond > ALONG_M { ALONG_M / beyond } else { 1.0 };
        let from = between([near.from, end], part);
        let share = nearest_share(from, road);
        Leg { share, from, to: between(road, share) }
    })
}

fn between(step: [Offset; 2], share: f64) -> Offset {
    Offset { x: step[0].x + share * (step[1].x - step[0].x), y: step[0].y + share * (step[1].y - step[0].y) }
}

fn nearest_share(from: Offset, step: [Offset; 2]) -> f64 {
    let (dx, dy) = (step[1].x - step[0].x, step[1].y - step[0].y);
    let len2 = dx * dx + dy * dy;
    if len2 > 0.0 { (((from.x - step[0].x) * dx + (from.y - step[0].y) * dy) / len2).clamp(0.0, 1.0) } else { 0.0 }
}

fn side(a: Offset, b: Offset, c: Offset) -> f64 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// How far along the second step two steps cross; a touch counts.
fn crossing(a: [Offset; 2], b: [Offset; 2]) -> Option<f64> {
    let (from, to) = (side(a[0], a[1], b[0]), side(a[0], a[1], b[1]));
    let (first, second) = (side(b[0], b[1], a[0]), side(b[0], b[1], a[1]));
    let crosses = from * to <= 0.0 && first * second <= 0.0 && (from - to).abs() > 0.0 && (first - second).abs() > 0.0;
    crosses.then(|| from / (from - to))
}

/// What stands around a footprint, laid out in metres.
#[derive(Default)]
struct Around {
    gathered: bool,
    places: Vec<Offset>,
    lines: Vec<Standing>,
}

/// A ring of a building, or a barrier.
struct Standing {
    /// Where it ends in the places.
    end: usize,
    low: Offset,
    high: Offset,
    /// The number of its building; of a barrier none.
    building: Option<usize>,
}

/// What is cut off both ends of a way before it is looked at: it begins at a wall and ends on a road.
const HAIR_M: f64 = 0.02;

impl Around {
    fn gather(&mut self, frame: &Frame, within: WorldBox, obstacles: &impl Obstacles) {
        self.gathered = true;
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
        let (low, high) = box_of(&self.places[start..]);
        self.lines.push(Standing { end: self.places.len(), low, high, building });
    }

    /// Whether a straight way goes through no building and over no barrier.
    fn is_open(&self, from: Offset, to: Offset) -> bool {
        let metres = from.distance2(to).sqrt();
        if metres <= 2.0 * HAIR_M {
            return true;
        }
        let way = [between([from, to], HAIR_M / metres), between([from, to], 1.0 - HAIR_M / metres)];
        let (low, high) = box_of(&way);
        let middle = between(way, 0.5);
        let mut start = 0;
        // Whether the middle lies within the building at hand, ring by ring (even-odd rule).
        let mut inside: Option<usize> = None;
        for line in &self.lines {
            let places = &self.places[start..line.end];
            start = line.end;
            if line.low.x > high.x || line.high.x < low.x || line.low.y > high.y || line.high.y < low.y {
                continue;
            }
            if places.windows(2).any(|step| crossing([step[0], step[1]], way).is_some()) {
                return false;
            }
            if line.building.is_some() && holds(places, middle) {
                inside = if inside == line.building { None } else { line.building };
            }
        }
        inside.is_none()
    }
}

fn box_of(places: &[Offset]) -> (Offset, Offset) {
    let first = places[0];
    places.iter().fold((first, first), |(low, high), at| {
        let low = Offset { x: low.x.min(at.x), y: low.y.min(at.y) };
        (low, Offset { x: high.x.max(at.x), y: high.y.max(at.y) })
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
