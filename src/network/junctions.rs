//! Where lines meet.
//!
//! Lines of OpenStreetMap meet where they share a vertex, and nowhere else. A vertex that several lines have in common
//! joins them all where one of them ends there; lines that only pass through it are joined where they lie on one level.
//! Lines that were drawn without shared nodes also meet where they cross on one level, and where an end comes within a
//! tolerance of another line.

use std::collections::HashMap;

use super::line::Line;
use crate::crs::{Frame, Offset, World, WorldBox};
use crate::index::Packed;
use crate::model::{Bounds, Place};

/// One part of a line, with its places as drawn.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'a> {
    /// Position of its line.
    pub line: u32,
    pub places: &'a [Place],
}

/// A place on a stretch that is a node of the graph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stop {
    pub stretch: u32,
    /// The step of the stretch it lies on, from the vertex of this number.
    pub step: u32,
    /// How far along the step, from 0 to below 1.
    pub share: f64,
    pub place: Place,
    /// Its node, by number in no order.
    pub node: u32,
}

/// What lies where: a node is known by place and level, on which all lines are that end there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct NodeKey {
    place: Place,
    level: i8,
}

/// The level of a node at which some line ends.
const EVERY_LEVEL: i8 = i8::MIN;

/// Nodes that may turn out to be one.
#[derive(Default)]
struct Nodes {
    known: HashMap<NodeKey, u32>,
    places: Vec<Place>,
    /// Of each node another that it is one with, or itself.
    one_with: Vec<u32>,
}

impl Nodes {
    fn at(&mut self, key: NodeKey) -> u32 {
        let next = self.places.len() as u32;
        let node = *self.known.entry(key).or_insert(next);
        if node == next {
            self.places.push(key.place);
            self.one_with.push(next);
        }
        node
    }

    fn root(&mut self, mut node: u32) -> u32 {
        while self.one_with[node as usize] != node {
            let up = self.one_with[node as usize];
            self.one_with[node as usize] = self.one_with[up as usize];
            node = up;
        }
        node
    }

    /// Makes one of two; the one whose place is the lesser stays.
    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        let (stays, goes) = if (self.places[a as usize], a) <= (self.places[b as usize], b) { (a, b) } else { (b, a) };
        self.one_with[goes as usize] = stays;
    }
}

/// All stops in order along their stretches, every end among them, and the places of the nodes by number.
pub(super) fn junctions(lines: &[Line], stretches: &[Stretch<'_>], join_within_m: f64) -> (Vec<Stop>, Vec<Place>) {
    let mut nodes = Nodes::default();
    let mut stops = shared_vertices(lines, stretches, &mut nodes);
    let drawn: Vec<u32> =
        (0..stretches.len() as u32).filter(|nth| !lines[stretches[*nth as usize].line as usize].is_noded).collect();
    if !drawn.is_empty() {
        drawn_meetings(lines, stretches, &drawn, join_within_m, &mut nodes, &mut stops);
    }
    stops.sort_unstable_by(|a, b| {
        (a.stretch, a.step).cmp(&(b.stretch, b.step)).then(a.share.total_cmp(&b.share)).then(a.place.cmp(&b.place))
    });
    // What lies at one place of a stretch is one node, whatever made it.
    for pair in stops.windows(2).filter(|pair| (pair[0].stretch, pair[0].place) == (pair[1].stretch, pair[1].place)) {
        nodes.join(pair[0].node, pair[1].node);
    }
    for stop in &mut stops {
        stop.node = nodes.root(stop.node);
    }
    stops.dedup_by(|b, a| (a.stretch, a.step, a.node) == (b.stretch, b.step, b.node) && a.share == b.share);
    (stops, nodes.places)
}

/// Ends, and vertices that are met again.
fn shared_vertices(lines: &[Line], stretches: &[Stretch<'_>], nodes: &mut Nodes) -> Vec<Stop> {
    let mut vertices: Vec<(Place, i8, u32, u32)> = Vec::new();
    for (nth, stretch) in (0..).zip(stretches) {
        let level = lines[stretch.line as usize].level;
        vertices.extend((0..).zip(stretch.places).map(|(at, place)| (*place, level, nth, at)));
    }
    vertices.sort_unstable();
    let mut stops = Vec::new();
    for here in vertices.chunk_by(|a, b| a.0 == b.0) {
        let is_end = |(_, _, nth, at): &(Place, i8, u32, u32)| {
            *at == 0 || *at as usize == stretches[*nth as usize].places.len() - 1
        };
        let ends = here.iter().any(is_end);
        let groups = here.chunk_by(|a, b| ends || a.1 == b.1);
        for group in groups.filter(|group| ends || group.len() > 1) {
            let key = NodeKey { place: here[0].0, level: if ends { EVERY_LEVEL } else { group[0].1 } };
            let node = nodes.at(key);
            stops.extend(group.iter().map(|&(place, _, stretch, step)| Stop {
                stretch,
                step,
                share: 0.0,
                place,
                node,
            }));
        }
    }
    stops
}

/// A stretch and its number.
struct Laid<'a> {
    nth: u32,
    stretch: Stretch<'a>,
}

/// Crossings and near ends of lines that were drawn without shared nodes.
fn drawn_meetings(
    lines: &[Line],
    stretches: &[Stretch<'_>],
    drawn: &[u32],
    within_m: f64,
    nodes: &mut Nodes,
    stops: &mut Vec<Stop>,
) {
    let boxed = |places: &[Place]| places.iter().map(|place| WorldBox::at(World::from(*place))).reduce(WorldBox::union);
    let boxes = (0..).zip(stretches).filter_map(|(nth, stretch)| Some((boxed(stretch.places)?, nth)));
    let tree = Packed::new(boxes.collect());
    let is_drawn = |nth: u32| !lines[stretches[nth as usize].line as usize].is_noded;
    let mut near = Vec::new();
    for nth in drawn {
        let here = Laid { nth: *nth, stretch: stretches[*nth as usize] };
        let Some(within) = boxed(here.stretch.places) else { continue };
        near.clear();
        tree.window(within.grown(within.units_within(within_m)), &mut |other| near.push(other));
        near.sort_unstable();
        for other in near.iter().filter(|other| **other != *nth && !(is_drawn(**other) && **other < *nth)) {
            let there = Laid { nth: *other, stretch: stretches[*other as usize] };
            let (a, b) = (&lines[here.stretch.line as usize], &lines[there.stretch.line as usize]);
            if a.level == b.level && a.is_structure == b.is_structure {
                cross(&here, &there, nodes, stops);
            }
        }
        for other in near.iter().filter(|other| **other != *nth) {
            let there = Laid { nth: *other, stretch: stretches[*other as usize] };
            ends(&here).into_iter().for_each(|end| come_near(end, &there, within_m, nodes, stops));
            // Of two drawn ones each is `here` once.
            if !is_drawn(*other) {
                ends(&there).into_iter().for_each(|end| come_near(end, &here, within_m, nodes, stops));
            }
        }
    }
}

fn ends(of: &Laid<'_>) -> [Place; 2] {
    let places = of.stretch.places;
    [places[0], places[places.len() - 1]]
}

/// Where two stretches cross between their vertices.
fn cross(a: &Laid<'_>, b: &Laid<'_>, nodes: &mut Nodes, stops: &mut Vec<Stop>) {
    for (i, step) in (0..).zip(a.stretch.places.windows(2)) {
        let around = box_of(step);
        for (j, other) in (0..).zip(b.stretch.places.windows(2)) {
            if !around.intersects(box_of(other)) {
                continue;
            }
            let Some((s, t)) = crossing(step, other) else { continue };
            let place = along(step, s);
            let node = nodes.at(NodeKey { place, level: EVERY_LEVEL });
            stops.push(Stop { stretch: a.nth, step: i, share: s, place, node });
            stops.push(Stop { stretch: b.nth, step: j, share: t, place, node });
        }
    }
}

/// Joins an end to the nearest place of a stretch where that is near enough.
fn come_near(end: Place, on: &Laid<'_>, within_m: f64, nodes: &mut Nodes, stops: &mut Vec<Stop>) {
    let frame = Frame::at(end);
    let mut best: Option<(f64, u32, f64)> = None;
    for (j, step) in (0..).zip(on.stretch.places.windows(2)) {
        let (a, b) = (frame.offset(step[0]), frame.offset(step[1]));
        let share = nearest_share(a, b);
        let at = Offset { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) };
        let far2 = at.x * at.x + at.y * at.y;
        if best.is_none_or(|best| far2 < best.0) {
            best = Some((far2, j, share));
        }
    }
    let Some((far2, step, share)) = best.filter(|best| best.0 <= within_m * within_m) else { return };
    let places = on.stretch.places;
    let own = nodes.at(NodeKey { place: end, level: EVERY_LEVEL });
    // An end of the other that is as near serves: no edge shorter than the tolerance is made.
    let ends = [(0, places[0]), (places.len() as u32 - 1, places[places.len() - 1])];
    let near_end = ends.into_iter().find(|(_, place)| {
        let at = frame.offset(*place);
        at.x * at.x + at.y * at.y <= within_m * within_m
    });
    if far2 == 0.0 && near_end.is_some_and(|(_, place)| place == end) {
        return;
    }
    let (step, share, place) = match near_end {
        Some((vertex, place)) => (vertex, 0.0, place),
        None if share >= 1.0 => (step + 1, 0.0, places[step as usize + 1]),
        None => (step, share, along(&places[step as usize..=step as usize + 1], share)),
    };
    let node = nodes.at(NodeKey { place, level: EVERY_LEVEL });
    nodes.join(own, node);
    stops.push(Stop { stretch: on.nth, step, share, place, node });
}

/// How far along a step its place nearest to the origin lies.
fn nearest_share(a: Offset, b: Offset) -> f64 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let len2 = dx * dx + dy * dy;
    if len2 > 0.0 { (-(a.x * dx + a.y * dy) / len2).clamp(0.0, 1.0) } else { 0.0 }
}

/// The place at a share of a step.
fn along(step: &[Place], share: f64) -> Place {
    let between = |a: i32, b: i32| a + (f64::from(b - a) * share).round() as i32;
    Place { lon: between(step[0].lon, step[1].lon), lat: between(step[0].lat, step[1].lat) }
}

fn box_of(step: &[Place]) -> Bounds {
    let (a, b) = (step[0], step[1]);
    Bounds {
        min: Place { lon: a.lon.min(b.lon), lat: a.lat.min(b.lat) },
        max: Place { lon: a.lon.max(b.lon), lat: a.lat.max(b.lat) },
    }
}

/// The shares of two steps at which they cross, both strictly between their vertices; whole numbers decide whether.
fn crossing(a: &[Place], b: &[Place]) -> Option<(f64, f64)> {
    let [p, q] = [a[0], a[1]].map(|at| (i128::from(at.lon), i128::from(at.lat)));
    let [r, s] = [b[0], b[1]].map(|at| (i128::from(at.lon), i128::from(at.lat)));
    let side =
        |a: (i128, i128), b: (i128, i128), c: (i128, i128)| (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0);
    let (r_side, s_side) = (side(p, q, r), side(p, q, s));
    let (p_side, q_side) = (side(r, s, p), side(r, s, q));
    let apart = |a: i128, b: i128| a.signum() * b.signum() < 0;
    let share = |a: i128, b: i128| a as f64 / (a - b) as f64;
    (apart(r_side, s_side) && apart(p_side, q_side)).then(|| (share(p_side, q_side), share(r_side, s_side)))
}
