//! From a footprint, hydrant or station to the road: the places of edges that can be reached over open ground.
//!
//! The way off the road is straight, bounded, and goes through no other building and over no barrier. It begins at the
//! edge of the footprint, not at its centre; a wall that runs along a road comes to it not at one place but over a
//! stretch.

use super::around::{Around, Obstacles};
use super::graph::Graph;
use super::steps::{Box2, Near, between, nearest_between, nearest_share};
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

/// Looks for places, for one shape at a time; holds room that is used again.
#[derive(Default)]
pub struct Snapper {
    /// Edges within reach, nearest first.
    found: Vec<Candidate>,
    near: Vec<u32>,
    walls: Walls,
    around: Around,
}

/// The rings of a shape one after the other, where each ends, and the box around them.
#[derive(Default)]
struct Walls {
    places: Vec<Offset>,
    ends: Vec<usize>,
    within: Box2,
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

impl Leg {
    fn metres(&self) -> f64 {
        self.from.distance2(self.to).sqrt()
    }
}

/// Walls that come no more than this nearer to the road run along it.
const ALONG_M: f64 = 0.5;

impl Snapper {
    /// Lays a shape out, with the edges that `passes` holds for within `most_m` of it.
    pub fn lay<'a>(
        &'a mut self,
        graph: &'a Graph,
        shape: ShapeRef<'_>,
        most_m: f64,
        passes: impl Fn(u32) -> bool,
    ) -> Laid<'a> {
        let within = WorldBox::from(shape);
        let frame = Frame::at(shape.first());
        let reach = within.grown(within.units_within(most_m));
        self.found.clear();
        self.near.clear();
        self.around.clear();
        self.walls.lay(shape, &frame);
        graph.tree().window(reach, &mut |edge| self.near.push(edge));
        for edge in self.near.iter().copied().filter(|edge| passes(*edge)) {
            self.found.extend(self.walls.nearest(graph.places(edge), edge, &frame, most_m));
        }
        self.found.sort_by(|a, b| a.metres.total_cmp(&b.metres).then(a.edge.cmp(&b.edge)));
        Laid { snapper: self, graph, frame, reach, most_m }
    }
}

/// A shape laid out among the edges around it.
pub struct Laid<'a> {
    snapper: &'a mut Snapper,
    graph: &'a Graph,
    frame: Frame,
    reach: WorldBox,
    most_m: f64,
}

impl Laid<'_> {
    /// Places of edges that `passes` holds for of those that were laid out, nearest first, at most [`MOST_SNAPS`], none
    /// farther than `most_m`. Where all of the nearest lie on small pieces of the network, the last makes room for the
    /// nearest of a larger one.
    pub fn snap(
        &mut self,
        most_m: f64,
        passes: impl Fn(u32) -> bool,
        obstacles: &impl Obstacles,
        into: &mut Vec<Snap>,
    ) {
        debug_assert!(most_m <= self.most_m, "only what was laid out is found");
        let start = into.len();
        let mut largest = 0;
        let near =
            self.snapper.found.iter().take_while(|found| found.metres <= most_m).filter(|found| passes(found.edge));
        for (nth, found) in near.take(MOST_TRIED * 4).enumerate() {
            let is_full = into.len() - start == MOST_SNAPS;
            let piece_mm = self.graph.piece_mm(found.edge);
            if is_full && (largest >= LARGE_MM || piece_mm <= largest)
                || nth >= MOST_TRIED && into.len() > start && largest >= LARGE_MM
            {
                continue;
            }
            self.snapper.around.gather(&self.frame, self.reach, obstacles);
            if !self.snapper.around.is_open(found.from, found.to) {
                continue;
            }
            if is_full {
                into.pop();
            }
            largest = largest.max(piece_mm);
            let whole = found.stretch.iter().all(|leg| self.snapper.around.is_open(leg.from, leg.to));
            into.push(found.snap(self.graph, &self.frame, whole));
        }
    }
}

/// What rounding may make of a distance between boxes.
const HAIR_M: f64 = 1e-6;

impl Walls {
    fn lay(&mut self, shape: ShapeRef<'_>, frame: &Frame) {
        self.places.clear();
        self.ends.clear();
        for (_, ring) in shape.parts() {
            self.places.extend(ring.iter().map(|place| frame.offset(*place)));
            if ring.len() == 1 {
                self.places.push(frame.offset(ring[0]));
            }
            self.ends.push(self.places.len());
        }
        self.within = Box2::around(&self.places);
    }

    /// Where an edge is nearest to the walls, if no farther than `most_m`.
    fn nearest(&self, places: &[Place], edge: u32, frame: &Frame, most_m: f64) -> Option<Candidate> {
        let mut best: Option<Candidate> = None;
        let mut a = frame.offset(*places.first()?);
        // Nothing farther than this can be the nearest, or as near.
        let mut limit2 = (most_m + HAIR_M).powi(2);
        for (step, at) in places.iter().skip(1).enumerate() {
            let road = [a, frame.offset(*at)];
            a = road[1];
            let within = Box2::around(&road);
            if within.distance2(&self.within) > limit2 {
                continue;
            }
            let mut start = 0;
            for end in &self.ends {
                let ring = &self.places[start..*end];
                start = *end;
                for wall in ring.windows(2) {
                    let wall = [wall[0], wall[1]];
                    if within.distance2(&Box2::around(&wall)) > limit2 {
                        continue;
                    }
                    let near = nearest_between(wall, road);
                    if near.metres <= most_m && best.is_none_or(|best| near.metres < best.metres + SAME_M) {
                        let mut stretch = stretch(wall, road, &near);
                        let Near { metres, share, from, to } = near;
                        if metres < SAME_M && stretch.iter().any(|leg| leg.metres() >= SAME_M) {
                            // The road goes through the wall, there alone.
                            stretch = [Leg { share, from, to }; 2];
                        }
                        let next = Candidate { metres, edge, step, share, stretch, from, to };
                        let better = best.map_or(next, |best| best.or(next));
                        limit2 = (better.metres + SAME_M + HAIR_M).min(most_m + HAIR_M).powi(2);
                        best = Some(better);
                    }
                }
            }
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
    /// Whether the road goes on for longer than the wall leaves it.
    fn runs_along(&self) -> bool {
        let [a, b] = self.stretch;
        let aside_m = a.metres().max(b.metres()) - self.metres;
        a.to.distance2(b.to).sqrt() > 4.0 * aside_m
    }

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
        let ends = if whole && self.runs_along() { self.stretch.map(|leg| mm(leg.share)) } else { [mm(self.share); 2] };
        let (along_mm, upto_mm) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        let mm = |metres: f64| (metres * 1000.0).round() as u32;
        // The farther end's counts for the whole stretch, so that no way is told shorter than it is.
        let far_mm = mm(self.stretch.iter().map(Leg::metres).fold(self.metres, f64::max));
        Snap {
            off_road_mm: if along_mm < upto_mm { far_mm } else { mm(self.metres) },
            edge: self.edge,
            along_mm,
            upto_mm,
        }
    }
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
