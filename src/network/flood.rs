//! Floods: the nearest sources of every node, from all sources at once (Dijkstra 1959, with a second label a node).
//!
//! A source is known by its rank, which the asker gives out in order of id, so that of two equally near the one with
//! the smaller id is the nearer, whatever the order of rows or nodes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::csr::{Csr, NO_WAY};

/// Where a flood begins: a node at some cost from a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The node.
    pub node: u32,
    /// What it costs to come there from the source.
    pub cost: u32,
    /// The source's rank.
    pub source: u32,
}

/// A source that reaches a node, and at what cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The least cost; [`NO_WAY`] where no source comes.
    pub cost: u32,
    /// The source's rank.
    pub source: u32,
}

impl Label {
    /// No source.
    pub const NONE: Label = Label { cost: NO_WAY, source: u32::MAX };

    /// Whether a source comes.
    pub fn is_some(self) -> bool {
        self.cost != NO_WAY
    }

    /// The same with more on the way; no source where it would be beyond counting.
    pub fn after(self, more: u32) -> Label {
        match self.cost.checked_add(more) {
            Some(cost) if more != NO_WAY && cost != NO_WAY => Label { cost, source: self.source },
            _ => Label::NONE,
        }
    }
}

/// The nearest `N` sources of a place, no source twice, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nearest<const N: usize>(pub [Label; N]);

impl<const N: usize> Nearest<N> {
    /// No source.
    pub const NONE: Nearest<N> = Nearest([Label::NONE; N]);

    /// Takes a label into account.
    pub fn meet(&mut self, label: Label) {
        if !label.is_some() {
            return;
        }
        let known = self.0.iter().position(|known| known.source == label.source);
        let last = known.unwrap_or(N - 1);
        if label >= self.0[last] {
            return;
        }
        self.0[last] = label;
        self.0[..=last].sort_unstable();
    }

    /// Whether all `N` are known.
    fn is_full(&self) -> bool {
        self.0[N - 1].is_some()
    }
}

/// The nearest `N` sources of every node, none that costs more than `limit`. `cost` tells what a way costs; to have the
/// nearest by the way *to* the sources, tell that of the other way (`way ^ 1`).
///
/// O(N · (nodes + ways) · log), less where `limit` ends it.
pub fn flood<const N: usize>(csr: &Csr, cost: impl Fn(u32) -> u32, seeds: &[Seed], limit: u32) -> Vec<Nearest<N>> {
    let mut nearest = vec![Nearest::NONE; csr.nodes()];
    let mut heap: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::with_capacity(seeds.len());
    let order = |label: Label| u64::from(label.cost) << 32 | u64::from(label.source);
    for seed in seeds.iter().filter(|seed| seed.cost <= limit && seed.cost != NO_WAY) {
        heap.push(Reverse((order(Label { cost: seed.cost, source: seed.source }), seed.node)));
    }
    while let Some(Reverse((key, node))) = heap.pop() {
        let label = Label { cost: (key >> 32) as u32, source: key as u32 };
        let known = &mut nearest[node as usize];
        // Labels come in order: the first of a source is its best.
        if known.is_full() || known.0.iter().any(|known| known.source == label.source) {
            continue;
        }
        known.meet(label);
        for step in csr.from(node) {
            let next = label.after(cost(step.way));
            if next.cost <= limit && next.is_some() && next < nearest[step.to as usize].0[N - 1] {
                heap.push(Reverse((order(next), step.to)));
            }
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Edges of a small graph with the costs of both ways, some of them barred, some nothing.
    fn graph() -> impl Strategy<Value = (Vec<[u32; 2]>, Vec<u32>)> {
        let cost = prop_oneof![1 => Just(NO_WAY), 1 => Just(0_u32), 6 => 1..50_u32];
        proptest::collection::vec(([0..12_u32, 0..12_u32], [cost.clone(), cost]), 0..40).prop_map(|edges| {
            let costs = edges.iter().flat_map(|(_, costs)| *costs).collect();
            (edges.into_iter().map(|(ends, _)| ends).collect(), costs)
        })
    }

    /// Least costs between all pairs (Floyd 1962, Warshall 1962).
    fn all_pairs(nodes: usize, edges: &[[u32; 2]], costs: &[u32]) -> Vec<Vec<Option<u32>>> {
        let mut least = vec![vec![None; nodes]; nodes];
        let better = |old: &mut Option<u32>, new: u32| *old = Some(old.map_or(new, |old| old.min(new)));
        for (node, row) in least.iter_mut().enumerate() {
            row[node] = Some(0);
        }
        for (edge, [from, to]) in edges.iter().enumerate() {
            for (way, from, to) in [(2 * edge, from, to), (2 * edge + 1, to, from)] {
                if costs[way] != NO_WAY {
                    better(&mut least[*from as usize][*to as usize], costs[way]);
                }
            }
        }
        for over in 0..nodes {
            for from in 0..nodes {
                for to in 0..nodes {
                    if let (Some(a), Some(b)) = (least[from][over], least[over][to]) {
                        better(&mut least[from][to], a + b);
                    }
                }
            }
        }
        least
    }

    proptest! {
        #[test]
        fn a_flood_finds_the_nearest_three_that_all_pairs_have(
            (edges, costs) in graph(),
            seeds in proptest::collection::vec((0..12_u32, 0..30_u32, 0..6_u32), 0..8),
            limit in 0..160_u32,
            back in any::<bool>(),
        ) {
            let seeds: Vec<Seed> = seeds.into_iter().map(|(node, cost, source)| Seed { node, cost, source }).collect();
            let cost = |way: u32| costs[(way ^ u32::from(back)) as usize];
            let found = flood::<3>(&Csr::new(12, &edges), cost, &seeds, limit);
            let least = all_pairs(12, &edges, &costs);
            for (node, found) in found.iter().enumerate() {
                let mut best: Vec<Label> = Vec::new();
                for source in 0..6 {
                    let of = seeds.iter().filter(|seed| seed.source == source).filter_map(|seed| {
                        let (a, b) = if back { (node, seed.node as usize) } else { (seed.node as usize, node) };
                        least[a][b].map(|cost| Label { cost: cost + seed.cost, source })
                    });
                    best.extend(of.filter(|label| label.cost <= limit).min());
                }
                best.sort_unstable();
                best.resize(3, Label::NONE);
                prop_assert_eq!(&found.0[..], &best[..3.min(best.len())], "node {}", node);
            }
        }
    }
}
