//! What lies within a cost of one place: a flood that costs what it reaches, with room that is used again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::costs::Costs;
use super::csr::NO_WAY;
use super::flood::Label;
use super::graph::Graph;
use super::snap::Snap;
use super::spread::{Direction, Stand, along, ends, parts_within};

/// The surroundings of one who stands on the network, often anew. 4 bytes a node.
pub struct Vicinity<'a> {
    graph: &'a Graph,
    costs: &'a Costs,
    direction: Direction,
    limit: u32,
    /// The complement of each node's cost, so that nothing, which memory comes with, is no way.
    least: Vec<u32>,
    touched: Vec<u32>,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
    edges: Vec<u32>,
    stands: Vec<Stand>,
}

impl<'a> Vicinity<'a> {
    /// As far as a cost.
    pub fn new(graph: &'a Graph, costs: &'a Costs, direction: Direction, limit: u32) -> Vicinity<'a> {
        Vicinity {
            graph,
            costs,
            direction,
            limit: limit.min(NO_WAY - 1),
            least: vec![!NO_WAY; graph.nodes().len()],
            touched: vec![],
            heap: BinaryHeap::new(),
            edges: vec![],
            stands: vec![],
        }
    }

    /// Looks around places of one who stands there, and forgets who stood before.
    /// O((nodes + ways within) · log).
    pub fn look(&mut self, stands: impl IntoIterator<Item = Stand>) {
        for node in self.touched.drain(..) {
            self.least[node as usize] = !NO_WAY;
        }
        self.edges.clear();
        self.stands.clear();
        self.stands.extend(stands);
        for nth in 0..self.stands.len() {
            let stand = self.stands[nth];
            self.edges.push(stand.snap.edge);
            for (node, cost) in ends(self.graph, self.costs, self.direction, stand.snap, true) {
                self.meet(node, sum(stand.cost, cost));
            }
        }
        while let Some(Reverse((cost, node))) = self.heap.pop() {
            if cost > !self.least[node as usize] {
                continue;
            }
            for step in self.graph.csr().from(node) {
                self.edges.push(step.edge());
                self.meet(step.to, sum(cost, self.costs.at(self.direction.way(step.way))));
            }
        }
        self.edges.sort_unstable();
        self.edges.dedup();
    }

    fn meet(&mut self, node: u32, cost: u32) {
        let least = &mut self.least[node as usize];
        if cost <= self.limit && cost < !*least {
            if !*least == NO_WAY {
                self.touched.push(node);
            }
            *least = !cost;
            self.heap.push(Reverse((cost, node)));
        }
    }

    /// The edges on which something may be within the cost, in order.
    pub fn edges(&self) -> &[u32] {
        &self.edges
    }

    /// The parts of an edge within `most` of the cost, in millimetres along it: apart from each other, in order.
    pub fn within(&self, edge: u32, most: u32) -> Vec<(u32, u32)> {
        let here = self.stands.iter().filter(|stand| stand.snap.edge == edge);
        let of_node = |node: u32| !self.least[node as usize];
        parts_within((self.graph, self.costs, self.direction), edge, most.min(self.limit), of_node, here)
    }

    /// The cost of a place, which is so far off the road; [`NO_WAY`] beyond the limit.
    pub fn at(&self, snap: Snap, off_road: u32) -> u32 {
        let by_ends = ends(self.graph, self.costs, self.direction, snap, false)
            .map(|(node, cost)| sum(!self.least[node as usize], cost));
        let here = self.stands.iter().filter(|stand| stand.snap.edge == snap.edge);
        let along = here.map(|stand| sum(stand.cost, along(self.graph, self.costs, self.direction, stand.snap, snap)));
        let best = along.chain(by_ends).min().unwrap_or(NO_WAY);
        Some(sum(best, off_road)).filter(|cost| *cost <= self.limit).unwrap_or(NO_WAY)
    }
}

fn sum(a: u32, b: u32) -> u32 {
    Label { cost: a, source: 0 }.after(b).cost
}
