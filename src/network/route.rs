//! The way itself, to be drawn: from a place to the nearest of those who stand on the network.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::costs::Costs;
use super::csr::NO_WAY;
use super::graph::{Graph, length_mm};
use super::snap::Snap;
use super::spread::{Direction, Stand, along, ends};
use crate::crs::Frame;
use crate::model::Place;

/// A way found.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The rank of the one who stands at its end.
    pub source: u32,
    /// What it costs, with what is off the road at both ends.
    pub cost: u32,
    /// Its length on the road in millimetres.
    pub road_mm: u64,
    /// Where it leaves the asker's road, and where it comes to the one who stands.
    pub between: [Snap; 2],
    /// Its places on the road, from the one who stands where they come, else from the asker.
    pub places: Vec<Place>,
    /// The edges it takes, in that order.
    pub edges: Vec<u32>,
}

/// One of the asker's places on the road, and what it costs to come there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The place.
    pub snap: Snap,
    /// Its cost off the road.
    pub cost: u32,
}

/// Where a node, or one who stands, was come to from.
#[derive(Clone, Copy)]
enum Before {
    /// From the start of this number, along its edge to this end of it.
    Start(u32, u32),
    /// From a node, by a way.
    Node(u32, u32),
}

/// The routes to the nearest `most` who stand, nearest first, none that costs more than `limit`; those equally near in
/// order of rank. `stands` are in order of edge.
///
/// O((nodes + ways) · log) of what is nearer than the last found, and O(nodes) to begin with.
pub fn routes(
    graph: &Graph,
    costs: &Costs,
    direction: Direction,
    starts: &[Start],
    stands: &[Stand],
    most: usize,
    limit: u32,
) -> Vec<Route> {
    // Going out from the asker: where they come, ways are taken against the search.
    let outward = match direction {
        Direction::Come => Direction::Go,
        Direction::Go => Direction::Come,
    };
    let mut least = vec![NO_WAY; graph.nodes().len()];
    let mut before: Vec<Option<Before>> = vec![None; graph.nodes().len()];
    let mut heap: BinaryHeap<Reverse<(u32, u32, u32)>> = BinaryHeap::new();
    // Ends of routes: beyond the nodes, one for each of those who stand.
    let first_end = graph.nodes().len() as u32;
    let mut ended: Vec<Option<(u32, Before)>> = vec![None; stands.len()];
    let on = |edge: u32| {
        let first = stands.partition_point(|stand| stand.snap.edge < edge);
        (first..).zip(&stands[first..]).take_while(move |(_, stand)| stand.snap.edge == edge)
    };
    let reach = |ended: &mut Vec<Option<(u32, Before)>>,
                 heap: &mut BinaryHeap<Reverse<(u32, u32, u32)>>,
                 nth: usize,
                 cost: Option<u32>,
                 by: Before| {
        let Some(cost) = cost.filter(|cost| *cost <= limit) else { return };
        if ended[nth].is_none_or(|(known, _)| cost < known) {
            ended[nth] = Some((cost, by));
            heap.push(Reverse((cost, stands[nth].source, first_end + nth as u32)));
        }
    };
    let sum =
        |parts: &[u32]| parts.iter().try_fold(0_u32, |sum, part| sum.checked_add(*part).filter(|_| *part != NO_WAY));
    for (nth, start) in (0..).zip(starts) {
        let length_mm = graph.edge(start.snap.edge).length_mm;
        for ((node, cost), end_mm) in ends(graph, costs, outward, start.snap, true).into_iter().zip([0, length_mm]) {
            if let Some(cost) = sum(&[start.cost, cost]).filter(|cost| *cost <= limit && *cost < least[node as usize]) {
                least[node as usize] = cost;
                before[node as usize] = Some(Before::Start(nth, end_mm));
                heap.push(Reverse((cost, 0, node)));
            }
        }
        for (at, stand) in on(start.snap.edge) {
            let cost = sum(&[start.cost, along(graph, costs, outward, start.snap, stand.snap), stand.cost]);
            reach(&mut ended, &mut heap, at, cost, Before::Start(nth, stand.snap.along_mm));
        }
    }
    let mut found: Vec<(u32, usize)> = Vec::new();
    while let Some(Reverse((cost, source, at))) = heap.pop() {
        if at >= first_end {
            let nth = (at - first_end) as usize;
            let is_last = ended[nth].is_some_and(|(known, _)| known == cost);
            if is_last && found.iter().all(|(_, other)| stands[*other].source != source) {
                found.push((cost, nth));
                if found.len() == most {
                    break;
                }
            }
            continue;
        }
        if cost > least[at as usize] {
            continue;
        }
        for step in graph.csr().from(at) {
            if let Some(cost) = sum(&[cost, costs.at(outward.way(step.way))]).filter(|cost| *cost <= limit)
                && cost < least[step.to as usize]
            {
                least[step.to as usize] = cost;
                before[step.to as usize] = Some(Before::Node(at, step.way));
                heap.push(Reverse((cost, 0, step.to)));
            }
            for (nth, stand) in on(step.edge()) {
                let [from, to] = ends(graph, costs, outward, stand.snap, false);
                let last = if step.way % 2 == 0 { from.1 } else { to.1 };
                reach(&mut ended, &mut heap, nth, sum(&[cost, last, stand.cost]), Before::Node(at, step.way));
            }
        }
    }
    let route = |(cost, nth): (u32, usize)| {
        let stand = &stands[nth];
        let (_, by) = ended[nth].expect("it was found");
        let (start, parts) = trace(graph, by, stand.snap, starts, &before);
        let mut places: Vec<Place> = Vec::new();
        let mut edges: Vec<u32> = parts.iter().map(|part| part.0).collect();
        for (edge, from_mm, to_mm) in parts {
            places.extend(part_of(graph.places(edge), graph.edge(edge).length_mm, from_mm, to_mm));
        }
        places.dedup();
        edges.dedup();
        if direction == Direction::Go {
            places.reverse();
            edges.reverse();
        }
        let road_mm = if places.len() > 1 { u64::from(length_mm(&places)) } else { 0 };
        Route { source: stand.source, cost, road_mm, between: [start, stand.snap], places, edges }
    };
    found.into_iter().map(route).collect()
}

/// The start that a way begins at, and the parts of edges it takes from its end back there: edge, from, to in
/// millimetres along it.
fn trace(
    graph: &Graph,
    by: Before,
    end: Snap,
    starts: &[Start],
    before: &[Option<Before>],
) -> (Snap, Vec<(u32, u32, u32)>) {
    let whole = |way: u32| graph.edge(way / 2).length_mm;
    let mut parts = Vec::new();
    let mut at = match by {
        Before::Start(nth, _) => {
            let start = starts[nth as usize].snap;
            let (from_mm, to_mm) = end.meets(&start);
            return (start, vec![(end.edge, from_mm, to_mm)]);
        }
        Before::Node(node, way) => {
            let last_mm = if way % 2 == 0 { 0 } else { whole(way) };
            parts.push((way / 2, end.nearest(last_mm), last_mm));
            node
        }
    };
    loop {
        match before[at as usize].expect("a node on the way was come to") {
            Before::Start(nth, end_mm) => {
                let start = starts[nth as usize].snap;
                parts.push((start.edge, end_mm, start.nearest(end_mm)));
                return (start, parts);
            }
            Before::Node(node, way) => {
                parts.push(if way % 2 == 0 { (way / 2, whole(way), 0) } else { (way / 2, 0, whole(way)) });
                at = node;
            }
        }
    }
}

/// The places of an edge between two distances along it, in that order.
pub fn part_of(places: &[Place], length_mm: u32, from_mm: u32, to_mm: u32) -> Vec<Place> {
    let frame = Frame::at(places[0]);
    let laid: Vec<_> = places.iter().map(|place| frame.offset(*place)).collect();
    let lengths: Vec<f64> = laid.windows(2).map(|step| step[0].distance2(step[1]).sqrt()).collect();
    let whole: f64 = lengths.iter().sum();
    let scale = if length_mm > 0 { whole / f64::from(length_mm) } else { 0.0 };
    // What is rounded beyond the end is the end.
    let along = |mm: u32| (f64::from(mm) * scale).min(whole * (1.0 - f64::EPSILON));
    let (low, high) = (along(from_mm.min(to_mm)), along(from_mm.max(to_mm)));
    let mut part = Vec::new();
    let mut before = 0.0;
    let between = |a: i32, b: i32, share: f64| a + (f64::from(b - a) * share).round() as i32;
    for (step, length) in places.windows(2).zip(&lengths) {
        let at = |along: f64| {
            let share = if *length > 0.0 { ((along - before) / length).clamp(0.0, 1.0) } else { 0.0 };
            Place { lon: between(step[0].lon, step[1].lon, share), lat: between(step[0].lat, step[1].lat, share) }
        };
        if before + length >= low && before <= high {
            part.push(at(low.max(before)));
            part.push(at(high.min(before + length)));
        }
        before += length;
    }
    part.dedup();
    if from_mm > to_mm {
        part.reverse();
    }
    part
}
