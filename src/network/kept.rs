//! The nearest of many for every node, kept from version to version: who comes or goes costs the nodes that it is or was
//! among the nearest of, and no others are looked at.
//!
//! Where somebody is among the nearest `N` of a node, so it is of every node on its shortest way there: those nodes hang
//! together, and what takes its place comes over their borders or from who stands among them.

use std::collections::BTreeSet;

use super::costs::Costs;
use super::flood::{Label, Nearest, Seed, flood};
use super::graph::Graph;
use super::queue::Queue;
use super::snap::Snap;
use super::spread::{Direction, Stand, along, ends};
use crate::index::Slots;

/// What is flooded, and how far.
#[derive(Clone, Copy)]
pub struct Ways<'a> {
    /// The graph.
    pub graph: &'a Graph,
    /// What its ways cost.
    pub costs: &'a Costs,
    /// To or from those who stand.
    pub direction: Direction,
    /// What costs more is not found.
    pub limit: u32,
}

impl Ways<'_> {
    /// The labels that one who stands brings to the ends of its edge.
    fn seeds(&self, stand: &Stand) -> impl Iterator<Item = (u32, Label)> + use<> {
        let label = Label { cost: stand.cost, source: stand.source };
        let limit = self.limit;
        let ends = ends(self.graph, self.costs, self.direction, stand.snap, true);
        ends.into_iter().map(move |(node, cost)| (node, label.after(cost))).filter(move |(_, of)| of.cost <= limit)
    }

    fn cost(&self, way: u32) -> u32 {
        self.costs.at(self.direction.way(way))
    }
}

/// The nearest `N` of all who stand, by node. A clone costs one reference count, a change copies the chunks it touches.
#[derive(Clone, Debug)]
pub struct Kept<const N: usize>(Slots<Nearest<N>>);

impl<const N: usize> Kept<N> {
    /// Floods the network from all who stand.
    pub fn new(ways: Ways<'_>, stands: impl Iterator<Item = Stand>) -> Kept<N> {
        let seeds: Vec<Seed> = stands
            .flat_map(|stand| ways.seeds(&stand))
            .map(|(node, label)| Seed { node, cost: label.cost, source: label.source })
            .collect();
        Kept(flood(ways.graph.csr(), |way| ways.cost(way), &seeds, ways.limit).into_iter().collect())
    }

    /// The nearest of a place that is so far off the road in cost; `here` are those who stand on its edge.
    pub fn at(&self, ways: Ways<'_>, snap: Snap, off_road: u32, here: impl Iterator<Item = Stand>) -> Nearest<N> {
        let mut nearest = Nearest::NONE;
        let bounded = |label: Label| if label.cost <= ways.limit { label } else { Label::NONE };
        for (node, cost) in ends(ways.graph, ways.costs, ways.direction, snap, false) {
            for label in self.0[node].0 {
                nearest.meet(bounded(label.after(cost).after(off_road)));
            }
        }
        for stand in here {
            let along = along(ways.graph, ways.costs, ways.direction, stand.snap, snap);
            let label = Label { cost: stand.cost, source: stand.source };
            nearest.meet(bounded(label.after(along).after(off_road)));
        }
        nearest
    }

    /// One comes to stand at these places: the nodes that have it among their nearest now are added to `touched`.
    pub fn put(&mut self, ways: Ways<'_>, stands: &[Stand], touched: &mut BTreeSet<u32>) {
        let mut queue = Queue::new();
        for (node, label) in stands.iter().flat_map(|stand| ways.seeds(stand)) {
            self.meet(node, label, &mut queue);
        }
        self.settle(ways, queue, |node| {
            touched.insert(node);
        });
    }

    /// One who stood at these places is gone: the nodes that had it among their nearest are added to `touched`. `others`
    /// are those who still stand on an edge.
    pub fn take<S: Iterator<Item = Stand>>(
        &mut self,
        ways: Ways<'_>,
        stands: &[Stand],
        others: impl Fn(u32) -> S,
        touched: &mut BTreeSet<u32>,
    ) {
        let Some(source) = stands.first().map(|stand| stand.source) else { return };
        let csr = ways.graph.csr();
        let mut nodes: Vec<u32> = stands
            .iter()
            .map(|stand| ways.graph.edge(stand.snap.edge))
            .flat_map(|edge| [edge.from, edge.to])
            .filter(|node| self.drop_source(*node, source))
            .collect();
        let mut nth = 0;
        while let Some(node) = nodes.get(nth).copied() {
            nodes.extend(csr.from(node).iter().map(|step| step.to).filter(|node| self.drop_source(*node, source)));
            nth += 1;
        }
        let mut queue = Queue::new();
        for node in &nodes {
            for step in csr.from(*node) {
                let over = ways.cost(step.way ^ 1);
                for label in self.0[step.to].0 {
                    let next = label.after(over);
                    if next.cost <= ways.limit {
                        self.meet(*node, next, &mut queue);
                    }
                }
                for stand in others(step.edge()) {
                    let here = ways.seeds(&stand).filter(|(end, _)| end == node);
                    here.for_each(|(_, label)| self.meet(*node, label, &mut queue));
                }
            }
        }
        self.settle(ways, queue, |_| {});
        touched.extend(nodes);
    }

    /// Forgets a source at a node; whether it was there.
    fn drop_source(&mut self, node: u32, source: u32) -> bool {
        let Some(at) = self.0[node].0.iter().position(|label| label.is_some() && label.source == source) else {
            return false;
        };
        let labels = &mut self.0.get_mut(node).0;
        labels.copy_within(at + 1.., at);
        labels[N - 1] = Label::NONE;
        true
    }

    fn meet(&mut self, node: u32, label: Label, queue: &mut Queue) {
        // Looked at before it is changed: a look copies no chunk.
        let mut nearest = self.0[node];
        if label.is_some() && nearest.takes(label) {
            *self.0.get_mut(node) = nearest;
            queue.push(label, node);
        }
    }

    fn settle(&mut self, ways: Ways<'_>, mut queue: Queue, mut settled: impl FnMut(u32)) {
        while let Some((label, node)) = queue.pop() {
            if !self.0[node].0.contains(&label) {
                continue;
            }
            settled(node);
            for step in ways.graph.csr().from(node) {
                let next = label.after(ways.cost(step.way));
                if next.cost <= ways.limit {
                    self.meet(step.to, next, &mut queue);
                }
            }
        }
    }
}
