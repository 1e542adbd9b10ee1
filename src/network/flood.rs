//! Floods: the nearest sources of every node, from all sources at once (Dijkstra 1959, with a second label a node).
//!
//! A source is known by its rank, which the asker gives out in order of id, so that of two equally near the one with
//! the smaller id is the nearer, whatever the order of rows or nodes.

use super::csr::{Csr, NO_WAY};
use super::queue::Queue;

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
        self.takes(label);
    }

    /// Takes a label if it is among the nearest; says whether it did.
    pub(super) fn takes(&mut self, label: Label) -> bool {
        if label >= self.0[N - 1] {
            return false;
        }
        let at = self.0.iter().take_while(|known| **known <= label).count();
        if self.0[..at].iter().any(|known| known.source == label.source) {
            return false;
        }
        // The source's farther label makes room; the last does where it has none.
        let farther = self.0[at..].iter().position(|known| known.source == label.source);
        let end = farther.map_or(N - 1, |farther| at + farther);
        self.0.copy_within(at..end, at + 1);
        self.0[at] = label;
        true
    }
}

/// The nearest `N` sources of every node, none that costs more than `limit`. `cost` tells what a way costs; to have the
/// nearest by the way *to* the sources, tell that of the other way (`way ^ 1`).
///
/// O(N · (nodes + ways)) steps of the queue, less where `limit` ends it.
pub fn flood<const N: usize>(csr: &Csr, cost: impl Fn(u32) -> u32, seeds: &[Seed], limit: u32) -> Vec<Nearest<N>> {
    let limit = limit.min(NO_WAY - 1);
    let mut nearest = vec![Nearest::NONE; csr.nodes()];
    let mut queue = Queue::new();
    for seed in seeds.iter().filter(|seed| seed.cost <= limit) {
        let label = Label { cost: seed.cost, source: seed.source };
        if nearest[seed.node as usize].takes(label) {
            queue.push(label, seed.node);
        }
    }
    while let Some((label, node)) = queue.pop() {
        // A nearer label of the same source, or those of N others, have taken its place since.
        if !nearest[node as usize].0.contains(&label) {
            continue;
        }
        for step in csr.from(node) {
            let next = label.after(cost(step.way));
            if next.cost <= limit && nearest[step.to as usize].takes(next) {
                queue.push(next, step.to);
            }
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

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

    /// The same with the standard library's heap, plainly.
    fn plain<const N: usize>(csr: &Csr, cost: impl Fn(u32) -> u32, seeds: &[Seed]) -> Vec<Vec<Label>> {
        let mut nearest: Vec<Vec<Label>> = vec![Vec::new(); csr.nodes()];
        let first = |seed: &Seed| Reverse((Label { cost: seed.cost, source: seed.source }, seed.node));
        let mut heap: BinaryHeap<Reverse<(Label, u32)>> = seeds.iter().map(first).collect();
        while let Some(Reverse((label, node))) = heap.pop() {
            let known = &mut nearest[node as usize];
            if known.len() < N && known.iter().all(|known| known.source != label.source) {
                known.push(label);
                let steps = csr.from(node).iter().map(|step| (label.after(cost(step.way)), step.to));
                heap.extend(steps.filter(|(next, _)| next.is_some()).map(Reverse));
            }
        }
        nearest
    }

    #[test]
    fn a_flood_over_streets_in_squares_is_what_a_plain_heap_finds() {
        const SIDE: u32 = 60;
        let node = |x: u32, y: u32| y * SIDE + x;
        let squares = (0..SIDE - 1).flat_map(|y| (0..SIDE - 1).map(move |x| (x, y)));
        let edges: Vec<[u32; 2]> =
            squares.flat_map(|(x, y)| [[node(x, y), node(x + 1, y)], [node(x, y), node(x, y + 1)]]).collect();
        let csr = Csr::new((SIDE * SIDE) as usize, &edges);
        // Costs that differ widely, that are often equal, and that are often nothing.
        for (most, barred) in [(200_000, 10), (3, 7), (u32::MAX / 300, 50)] {
            let cost = |way: u32| match way.wrapping_mul(2_654_435_761) >> 7 {
                of if of % barred == 0 => NO_WAY,
                of => ((u64::from(of) * u64::from(most)) >> 25) as u32,
            };
            let seeds: Vec<Seed> =
                (0..40).map(|source| Seed { node: source * 89 % (SIDE * SIDE), cost: source % 3, source }).collect();
            let found = flood::<2>(&csr, cost, &seeds, NO_WAY);
            for (found, plain) in found.iter().zip(plain::<2>(&csr, cost, &seeds)) {
                let found: Vec<Label> = found.0.into_iter().filter(|label| label.is_some()).collect();
                assert_eq!(found, plain);
            }
        }
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
