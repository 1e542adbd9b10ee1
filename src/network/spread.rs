//! How far everything on the network is from the nearest of many: a flood, and what stands on the edges.

use super::costs::Costs;
use super::csr::NO_WAY;
use super::flood::{Label, Nearest, Seed, flood};
use super::graph::Graph;
use super::snap::Snap;

/// One who stands on an edge, never on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// Where.
    pub snap: Snap,
    /// What it costs from there to the road, and before it sets out.
    pub cost: u32,
    /// Its rank among all.
    pub source: u32,
}

/// Whether costs are of the way from those who stand to the asker, or of the way there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// They come to the asker.
    Come,
    /// The asker goes to them.
    Go,
}

impl Direction {
    /// The number of the way whose cost counts where the asker goes along this way from those who stand.
    pub fn way(self, way: u32) -> u32 {
        match self {
            Direction::Come => way,
            Direction::Go => way ^ 1,
        }
    }
}

/// The nearest `N` of all who stand, for every place of the network.
pub struct Spread<'a, const N: usize> {
    graph: &'a Graph,
    costs: &'a Costs,
    direction: Direction,
    limit: u32,
    labels: Vec<Nearest<N>>,
    /// In order of edge.
    stands: Vec<Stand>,
}

impl<'a, const N: usize> Spread<'a, N> {
    /// Floods the network from all who stand, as far as a cost.
    pub fn new(
        graph: &'a Graph,
        costs: &'a Costs,
        direction: Direction,
        mut stands: Vec<Stand>,
        limit: u32,
    ) -> Spread<'a, N> {
        stands.sort_unstable_by_key(|stand| (stand.snap.edge, stand.source, stand.snap.along_mm));
        let mut seeds = Vec::with_capacity(2 * stands.len());
        for stand in &stands {
            for (node, cost) in ends(graph, costs, direction, stand.snap, true) {
                let label = Label { cost: stand.cost, source: stand.source }.after(cost);
                if label.is_some() {
                    seeds.push(Seed { node, cost: label.cost, source: label.source });
                }
            }
        }
        let labels = flood(graph.csr(), |way| costs.at(direction.way(way)), &seeds, limit);
        Spread { graph, costs, direction, limit, labels, stands }
    }

    /// The nearest of a place, which is so far off the road in cost.
    pub fn at(&self, snap: Snap, off_road: u32) -> Nearest<N> {
        let mut nearest = Nearest::NONE;
        for (node, cost) in ends(self.graph, self.costs, self.direction, snap, false) {
            for label in self.labels[node as usize].0 {
                nearest.meet(self.bounded(label.after(cost).after(off_road)));
            }
        }
        let first = self.stands.partition_point(|stand| stand.snap.edge < snap.edge);
        for stand in self.stands[first..].iter().take_while(|stand| stand.snap.edge == snap.edge) {
            let along = along(self.graph, self.costs, self.direction, stand.snap, snap);
            let label = Label { cost: stand.cost, source: stand.source };
            nearest.meet(self.bounded(label.after(along).after(off_road)));
        }
        nearest
    }

    /// The nearest of a node.
    pub fn at_node(&self, node: u32) -> &Nearest<N> {
        &self.labels[node as usize]
    }

    /// The parts of an edge whose nearest costs no more than `most`, in millimetres along it: apart from each other, in
    /// order. `most` beyond what was flooded tells what was.
    pub fn within(&self, edge: u32, most: u32) -> Vec<(u32, u32)> {
        let first = self.stands.partition_point(|stand| stand.snap.edge < edge);
        let here = self.stands[first..].iter().take_while(|stand| stand.snap.edge == edge);
        let of_node = |node: u32| self.labels[node as usize].0[0].cost;
        parts_within((self.graph, self.costs, self.direction), edge, most.min(self.limit), of_node, here)
    }

    fn bounded(&self, label: Label) -> Label {
        if label.cost <= self.limit { label } else { Label::NONE }
    }
}

/// The parts of an edge within a cost, from who stands on it and by what its nodes cost: apart from each other, in order.
pub(super) fn parts_within<'a>(
    (graph, costs, direction): (&Graph, &Costs, Direction),
    edge: u32,
    most: u32,
    of_node: impl Fn(u32) -> u32,
    here: impl Iterator<Item = &'a Stand>,
) -> Vec<(u32, u32)> {
    let of = graph.edge(edge);
    // How much of the edge a remaining cost goes along a way.
    let part = |way: u32, left: u32| match costs.at(direction.way(way)) {
        NO_WAY => 0,
        0 => of.length_mm,
        whole => (u64::from(left) * u64::from(of.length_mm) / u64::from(whole)).min(of.length_mm.into()) as u32,
    };
    let from_node = |node: u32, way: u32| most.checked_sub(of_node(node)).map_or(0, |left| part(way, left));
    let (forth, back) = (from_node(of.from, 2 * edge), from_node(of.to, 2 * edge + 1));
    let mut parts = vec![(0, forth), (of.length_mm - back, of.length_mm)];
    for stand in here {
        let Some(left) = most.checked_sub(stand.cost) else { continue };
        let low = stand.snap.along_mm.saturating_sub(part(2 * edge + 1, left));
        let high = stand.snap.upto_mm.saturating_add(part(2 * edge, left)).min(of.length_mm);
        parts.push((low, high));
    }
    parts.retain(|(from, upto)| upto > from);
    parts.sort_unstable();
    let mut joined: Vec<(u32, u32)> = Vec::with_capacity(parts.len());
    for (from, upto) in parts {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(upto),
            _ => joined.push((from, upto)),
        }
    }
    joined
}

/// What it costs between a place of an edge and the two nodes of the edge: from the place on, or to it.
pub(super) fn ends(graph: &Graph, costs: &Costs, direction: Direction, snap: Snap, away: bool) -> [(u32, u32); 2] {
    let edge = graph.edge(snap.edge);
    let (before, after) = (snap.along_mm.min(edge.length_mm), edge.length_mm.saturating_sub(snap.upto_mm));
    // Away from a place one goes back to the node where the edge begins; to it one comes forth from there.
    let (forth, back) = (2 * snap.edge, 2 * snap.edge + 1);
    let (to_from, to_to) = if away { (back, forth) } else { (forth, back) };
    let part = |way: u32, mm: u32| costs.of_part(direction.way(way), mm, edge.length_mm);
    [(edge.from, part(to_from, before)), (edge.to, part(to_to, after))]
}

/// What it costs along an edge from one place to another.
pub(super) fn along(graph: &Graph, costs: &Costs, direction: Direction, from: Snap, to: Snap) -> u32 {
    let length = graph.edge(from.edge).length_mm;
    let (a, b) = from.meets(&to);
    let way = 2 * from.edge + u32::from(b < a);
    let far = a.abs_diff(b);
    if far == 0 && costs.passes(from.edge) { 0 } else { costs.of_part(direction.way(way), far, length) }
}
