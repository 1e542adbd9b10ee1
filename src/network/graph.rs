//! The road graph: roads and fire lanes cut where they meet, frozen.

use std::sync::Arc;

use rayon::prelude::*;

use super::csr::Csr;
use super::flood::{Seed, flood};
use super::junctions::{Stop, Stretch, junctions};
use super::line::Line;
use crate::crs::{Frame, World, WorldBox, geodesic_m};
use crate::index::Packed;
use crate::model::{Place, ShapeRef};

/// A piece of a line between two nodes.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// The node where it begins as drawn.
    pub from: u32,
    /// The node where it ends.
    pub to: u32,
    /// Position of its line.
    pub line: u32,
    /// Its length over the ground in millimetres.
    pub length_mm: u32,
    /// Where its places begin in those of all edges.
    first: u32,
}

/// Roads and lanes as a graph; nodes and edges are numbered along a Hilbert curve. A clone shares all of it.
#[derive(Clone, Default)]
pub struct Graph {
    lines: Arc<Vec<Line>>,
    laid: Arc<Layout>,
}

/// What of a graph hangs on where lines are, and not on who may use them.
#[derive(Default)]
struct Layout {
    nodes: Vec<Place>,
    /// By node, in centimetres above the sea; [`NO_HEIGHT`] where nobody knows it.
    heights_cm: Vec<i32>,
    edges: Vec<Edge>,
    places: Vec<Place>,
    csr: Csr,
    /// Boxes around edges.
    tree: Packed,
    /// By node the number of the piece of the network it is in, and by piece its length.
    pieces: Vec<u32>,
    piece_mm: Vec<u64>,
}

const NO_HEIGHT: i32 = i32::MIN;

/// A road or lane with its shape, as it comes into the graph.
pub type Drawn<'a> = (Line, ShapeRef<'a>);

impl Graph {
    /// Of roads and lanes in any order; `height_m` tells the ground's elevation at a place. O(n log n).
    pub fn new(
        mut drawn: Vec<Drawn<'_>>,
        join_within_m: f64,
        height_m: &(dyn Fn(Place) -> Option<f64> + Sync),
    ) -> Graph {
        drawn.sort_unstable_by_key(|(line, _)| (line.layer as usize, line.id));
        let lines: Vec<Line> = drawn.iter().map(|(line, _)| *line).collect();
        let mut stretches = Vec::new();
        for (nth, (_, shape)) in (0..).zip(&drawn) {
            let parts = shape.parts().filter(|(_, places)| places.len() > 1);
            stretches.extend(parts.map(|(_, places)| Stretch { line: nth, places }));
        }
        let (stops, places) = junctions(&lines, &stretches, join_within_m);
        let pieces = cut(&stretches, &stops);
        let (nodes, number) = numbered(&stops, &places);
        let measured = measured(&lines, &stretches, &stops, &number);
        let mut edges: Vec<(u64, Piece)> =
            pieces.into_iter().map(|piece| (world(piece.places[0]).hilbert(), piece)).collect();
        // Pieces come in order of line and along it, which settles ties.
        edges.sort_by_key(|(hilbert, _)| *hilbert);
        let mut laid = Layout { nodes, ..Layout::default() };
        for (_, piece) in edges {
            let first = laid.places.len() as u32;
            laid.places.extend(piece.places);
            let [from, to] = piece.nodes.map(|node| number[node as usize]);
            laid.edges.push(Edge { from, to, line: piece.line, length_mm: piece.length_mm, first });
        }
        let ends: Vec<[u32; 2]> = laid.edges.iter().map(|edge| [edge.from, edge.to]).collect();
        laid.csr = Csr::new(laid.nodes.len(), &ends);
        let mut graph = Graph { lines: Arc::new(lines), laid: Arc::new(laid) };
        let boxes = (0..graph.edges().len() as u32).map(|edge| (graph.box_of(edge), edge));
        let tree = Packed::sorted(boxes.collect::<Vec<_>>().into_iter());
        graph.making().tree = tree;
        graph.find_pieces();
        graph.find_heights(height_m, &measured);
        graph
    }

    /// The memory it takes, shapes and tree among it.
    pub fn bytes(&self) -> usize {
        let topology = self.laid.csr.bytes() + size_of_val(&self.laid.edges[..]) + size_of_val(&self.laid.nodes[..]);
        let pieces = size_of_val(&self.laid.pieces[..]) + size_of_val(&self.laid.piece_mm[..]);
        let rows = size_of_val(&self.lines[..]) + size_of_val(&self.laid.heights_cm[..]);
        topology + pieces + rows + size_of_val(&self.laid.places[..]) + self.laid.tree.bytes()
    }

    /// The roads and lanes, in order of layer and number.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The line of an edge.
    pub fn line(&self, edge: u32) -> &Line {
        &self.lines[self.laid.edges[edge as usize].line as usize]
    }

    /// All edges by number.
    pub fn edges(&self) -> &[Edge] {
        &self.laid.edges
    }

    /// An edge.
    pub fn edge(&self, edge: u32) -> &Edge {
        &self.laid.edges[edge as usize]
    }

    /// The places of an edge as drawn, its nodes' among them (or, where lines were joined over a gap, its own ends').
    pub fn places(&self, edge: u32) -> &[Place] {
        let first = self.laid.edges[edge as usize].first as usize;
        let end = self.laid.edges.get(edge as usize + 1).map_or(self.laid.places.len(), |next| next.first as usize);
        &self.laid.places[first..end]
    }

    /// The places of nodes by number.
    pub fn nodes(&self) -> &[Place] {
        &self.laid.nodes
    }

    /// Who is next to whom.
    pub fn csr(&self) -> &Csr {
        &self.laid.csr
    }

    /// Edges by where they are.
    pub fn tree(&self) -> &Packed {
        &self.laid.tree
    }

    /// Elevation of a node in centimetres above the sea.
    pub fn height_cm(&self, node: u32) -> Option<i32> {
        Some(self.laid.heights_cm[node as usize]).filter(|cm| *cm != NO_HEIGHT)
    }

    /// Elevation of a place of an edge, between those of its ends.
    pub fn height_on(&self, edge: u32, along_mm: u32) -> Option<i32> {
        let Edge { from, to, length_mm, .. } = *self.edge(edge);
        let (a, b) = (self.height_cm(from)?, self.height_cm(to)?);
        let rise = i64::from(b - a) * i64::from(along_mm.min(length_mm)) / i64::from(length_mm.max(1));
        Some(a + rise as i32)
    }

    /// Slope of an edge as drawn in per mille, uphill positive: measured where somebody did, else of its ends.
    pub fn slope_permille(&self, edge: u32) -> Option<i32> {
        if let Some(told) = self.line(edge).slope_permille {
            return Some(i32::from(told));
        }
        let Edge { from, to, length_mm, .. } = *self.edge(edge);
        let rise_cm = i64::from(self.height_cm(to)?) - i64::from(self.height_cm(from)?);
        Some((rise_cm * 10_000 / i64::from(length_mm.max(1))) as i32)
    }

    /// The length in millimetres of the piece of the network that an edge belongs to: what can be walked from it
    /// whatever the class.
    pub fn piece_mm(&self, edge: u32) -> u64 {
        self.laid.piece_mm[self.laid.pieces[self.edge(edge).from as usize] as usize]
    }

    /// Lengths of the pieces of the network in millimetres, and by node the piece it belongs to.
    pub fn pieces(&self) -> (&[u64], &[u32]) {
        (&self.laid.piece_mm, &self.laid.pieces)
    }

    /// The least box around an edge.
    pub fn box_of(&self, edge: u32) -> WorldBox {
        let boxes = self.places(edge).iter().map(|place| WorldBox::at(world(*place)));
        boxes.reduce(WorldBox::union).expect("an edge has two places at least")
    }

    /// What is laid out, while it is.
    fn making(&mut self) -> &mut Layout {
        Arc::get_mut(&mut self.laid).expect("a graph in the making is shared with nobody")
    }

    /// The same roads and lanes with some that other crews may use than before, and the numbers of their edges. `None`
    /// where one of them is not among the lines, or lies otherwise.
    pub fn with_lines(&self, lines: &[Line]) -> Option<(Graph, Vec<u32>)> {
        let mut all = (*self.lines).clone();
        let mut changed = vec![false; all.len()];
        for line in lines {
            let at = all.binary_search_by_key(&(line.layer as usize, line.id), |of| (of.layer as usize, of.id)).ok()?;
            if !all[at].lies_as(line) {
                return None;
            }
            (all[at], changed[at]) = (*line, true);
        }
        let edges =
            (0..).zip(self.edges()).filter(|(_, edge)| changed[edge.line as usize]).map(|(nth, _)| nth).collect();
        Some((Graph { lines: Arc::new(all), laid: self.laid.clone() }, edges))
    }

    fn find_pieces(&mut self) {
        const NOT_YET: u32 = u32::MAX;
        let (mut pieces, mut piece_mm) = (vec![NOT_YET; self.laid.nodes.len()], Vec::new());
        let mut to_go = Vec::new();
        for start in 0..self.laid.nodes.len() as u32 {
            if pieces[start as usize] != NOT_YET {
                continue;
            }
            let piece = piece_mm.len() as u32;
            let mut doubled = 0_u64;
            pieces[start as usize] = piece;
            to_go.push(start);
            while let Some(node) = to_go.pop() {
                for step in self.laid.csr.from(node) {
                    doubled += u64::from(self.laid.edges[step.edge() as usize].length_mm);
                    if pieces[step.to as usize] == NOT_YET {
                        pieces[step.to as usize] = piece;
                        to_go.push(step.to);
                    }
                }
            }
            piece_mm.push(doubled / 2);
        }
        let laid = self.making();
        (laid.pieces, laid.piece_mm) = (pieces, piece_mm);
    }

    /// Elevations: measured at the ends of a line where somebody did, else of the ground; within bridges and tunnels
    /// evenly between the portals, by the distance from the nearest two.
    fn find_heights(&mut self, height_m: &(dyn Fn(Place) -> Option<f64> + Sync), measured: &[(u32, i32)]) {
        let ground = |place: &Place| height_m(*place).map_or(NO_HEIGHT, |m| (m * 100.0).round() as i32);
        self.making().heights_cm = self.laid.nodes.par_iter().map(ground).collect::<Vec<_>>();
        let mut structure = vec![true; self.laid.nodes.len()];
        for edge in &self.laid.edges {
            if !self.lines[edge.line as usize].is_structure {
                structure[edge.from as usize] = false;
                structure[edge.to as usize] = false;
            }
        }
        for (node, cm) in measured {
            self.making().heights_cm[*node as usize] = *cm;
            structure[*node as usize] = false;
        }
        if !structure.contains(&true) {
            return;
        }
        let portals: Vec<u32> = (0..self.laid.nodes.len() as u32).filter(|node| !structure[*node as usize]).collect();
        let within = portals.iter().filter(|node| {
            self.laid.csr.from(**node).iter().any(|step| self.line(step.edge()).is_structure)
                && self.height_cm(**node).is_some()
        });
        let seeds: Vec<Seed> = within.map(|node| Seed { node: *node, cost: 0, source: *node }).collect();
        let cost = |way: u32| {
            let edge = self.edge(way / 2);
            if self.lines[edge.line as usize].is_structure { edge.length_mm } else { super::NO_WAY }
        };
        let nearest = flood::<2>(&self.laid.csr, cost, &seeds, super::NO_WAY);
        let raised: Vec<(usize, i32)> = (0..self.laid.nodes.len())
            .filter(|node| structure[*node])
            .map(|node| {
                let [a, b] = nearest[node].0;
                let height = |label: super::Label| i64::from(self.laid.heights_cm[label.source as usize]);
                let cm = match (a.is_some(), b.is_some()) {
                    (false, _) => NO_HEIGHT,
                    (true, false) => height(a) as i32,
                    (true, true) => {
                        let (to_a, to_b) = (i64::from(a.cost), i64::from(b.cost));
                        ((height(a) * to_b + height(b) * to_a) / (to_a + to_b).max(1)) as i32
                    }
                };
                (node, cm)
            })
            .collect();
        for (node, cm) in raised {
            self.making().heights_cm[node] = cm;
        }
    }
}

/// An edge in the making, between nodes by their first number.
struct Piece {
    line: u32,
    nodes: [u32; 2],
    places: Vec<Place>,
    length_mm: u32,
}

/// Cuts stretches at their stops. Parallel.
fn cut(stretches: &[Stretch<'_>], stops: &[Stop]) -> Vec<Piece> {
    let of_one: Vec<&[Stop]> = stops.chunk_by(|a, b| a.stretch == b.stretch).collect();
    let pieces = of_one.into_par_iter().flat_map_iter(|stops| {
        let Stretch { line, places } = stretches[stops[0].stretch as usize];
        stops.windows(2).filter_map(move |pair| {
            let [a, b] = [pair[0], pair[1]];
            let end = b.step as usize + usize::from(b.share > 0.0);
            let between = &places[(a.step as usize + 1).min(end)..end];
            let mut shape: Vec<Place> =
                std::iter::once(a.place).chain(between.iter().copied()).chain([b.place]).collect();
            shape.dedup();
            (shape.len() > 1).then(|| Piece {
                line,
                nodes: [a.node, b.node],
                length_mm: length_mm(&shape),
                places: shape,
            })
        })
    });
    pieces.collect()
}

/// Elevations that were measured at the ends of lines, by new number of node.
fn measured(lines: &[Line], stretches: &[Stretch<'_>], stops: &[Stop], number: &[u32]) -> Vec<(u32, i32)> {
    let mut measured = Vec::new();
    let of_one = stops.chunk_by(|a, b| stretches[a.stretch as usize].line == stretches[b.stretch as usize].line);
    for stops in of_one {
        let (first, last) = (stops[0], stops[stops.len() - 1]);
        let ends = lines[stretches[first.stretch as usize].line as usize].ends_cm;
        let told = [first, last].into_iter().zip(ends);
        measured.extend(told.filter_map(|(stop, cm)| Some((number[stop.node as usize], cm?))));
    }
    measured
}

/// The places of the nodes that stops use, along the curve, and the new number of each old one.
fn numbered(stops: &[Stop], places: &[Place]) -> (Vec<Place>, Vec<u32>) {
    let mut used: Vec<u32> = stops.iter().map(|stop| stop.node).collect();
    used.sort_unstable();
    used.dedup();
    used.sort_by_cached_key(|node| (world(places[*node as usize]).hilbert(), places[*node as usize], *node));
    let mut number = vec![u32::MAX; places.len()];
    for (new, old) in (0..).zip(&used) {
        number[*old as usize] = new;
    }
    (used.into_iter().map(|node| places[node as usize]).collect(), number)
}

/// Length over the ground, by the geodesics of its steps.
pub(super) fn length_mm(places: &[Place]) -> u32 {
    let frame = Frame::at(places[0]);
    let near = |place: &Place| {
        let at = frame.offset(*place);
        at.x.abs() < 5000.0 && at.y.abs() < 5000.0
    };
    let metres: f64 = if places.iter().all(near) {
        let steps = places.windows(2).map(|step| frame.offset(step[0]).distance2(frame.offset(step[1])).sqrt());
        steps.sum()
    } else {
        places.windows(2).map(|step| geodesic_m(step[0], step[1])).sum()
    };
    (metres * 1000.0).round().min(f64::from(u32::MAX - 1)) as u32
}

fn world(place: Place) -> World {
    place.into()
}
