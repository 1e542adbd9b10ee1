//! Detours: who waits longer for the first engine when an edge is blocked, both ways.
//!
//! Only what is reached over an edge changes when it is blocked: the subtree below it in the forest of shortest ways
//! from all stations. Each is searched again by itself, from the ways that come in from outside; all that work together
//! is the sum of the subtrees' sizes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::costs::Costs;
use super::csr::{Csr, NO_WAY};
use super::flood::Label;
use super::graph::Graph;
use super::lists::Lists;
use super::snap::Snap;
use super::spread::{Direction, Stand, along, ends};

/// A place on an edge from which engines come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leave {
    /// The edge.
    pub edge: u32,
    /// What it costs until they are at the edge's first and at its second node.
    pub until: [u32; 2],
}

/// A place on an edge where engines stop for a building.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The building, by number.
    pub building: u32,
    /// The edge.
    pub edge: u32,
    /// What it costs from the edge's first and from its second node to the building.
    pub from: [u32; 2],
    /// The least cost of those who come along the edge itself.
    pub direct: u32,
}

impl Leave {
    /// Of a station's place.
    pub fn of(graph: &Graph, costs: &Costs, stand: &Stand) -> Leave {
        let until = ends(graph, costs, Direction::Come, stand.snap, true);
        Leave { edge: stand.snap.edge, until: until.map(|(_, cost)| sum(stand.cost, cost)) }
    }
}

impl Stop {
    /// Of a building's place, which costs so much from the road on; `on_edge` are the stations' places on its edge.
    pub fn of(graph: &Graph, costs: &Costs, (building, snap, off_road): (u32, Snap, u32), on_edge: &[Stand]) -> Stop {
        let from = ends(graph, costs, Direction::Come, snap, false).map(|(_, cost)| sum(off_road, cost));
        let direct = on_edge.iter().map(|stand| {
            let along = along(graph, costs, Direction::Come, stand.snap, snap);
            sum(sum(stand.cost, along), off_road)
        });
        Stop { building, edge: snap.edge, from, direct: direct.min().unwrap_or(NO_WAY) }
    }
}

fn sum(a: u32, b: u32) -> u32 {
    Label { cost: a, source: 0 }.after(b).cost
}

/// For each edge without which the first engine comes to some buildings more than `over` later, or never: those
/// buildings, by number, each with how much later ([`NO_WAY`]: never). Whom no engine reaches anyway is not among them.
///
/// - Nobody goes over the blocked edge, and stations do not leave by it.
/// - A building at the blocked edge itself is left with what comes from one end, and the block may fall on either side:
///   the worse of the two counts.
///
/// `ends` are the nodes that each edge joins, `stops` in order of building. O(sum of subtree sizes · log).
pub fn detours(
    csr: &Csr,
    ends: &[[u32; 2]],
    cost: impl Fn(u32) -> u32,
    (leaves, stops): (&[Leave], &[Stop]),
    over: u32,
    mut each: impl FnMut(u32, &[(u32, u32)]),
) {
    let forest = Forest::new(csr, ends, &cost, leaves);
    let town = Town::new(csr.nodes(), ends.len(), &forest, stops, ends);
    let mut again = Again { of: vec![NONE; csr.nodes()], least: vec![NO_WAY; csr.nodes()], below: vec![] };
    let mut heap = BinaryHeap::new();
    let (mut seen, mut late) = (vec![NONE; town.stops.len()], Vec::new());
    for edge in 0..ends.len() as u32 {
        again.take(edge, ends[edge as usize], &forest);
        if again.below.is_empty() && town.on_edge.get(edge).is_empty() {
            continue;
        }
        again.search(csr, &cost, &forest, edge, &mut heap);
        late.clear();
        let waits = |node: &&u32| {
            let (was, is) = (forest.least[**node as usize], again.least[**node as usize]);
            is == NO_WAY || is - was > over
        };
        let by_node = again.below.iter().filter(waits).flat_map(|node| town.by_node.get(*node));
        for building in by_node.chain(town.on_edge.get(edge)) {
            if std::mem::replace(&mut seen[*building as usize], edge) == edge {
                continue;
            }
            let was = town.first[*building as usize];
            let is = town.arrival(*building, stops, |stop| {
                let [a, b] = ends[stop.edge as usize].map(|node| again.at(node, edge, &forest));
                let [a, b] = [sum(a, stop.from[0]), sum(b, stop.from[1])];
                if stop.edge == edge { a.max(b) } else { a.min(b).min(stop.direct) }
            });
            if was != NO_WAY && (is == NO_WAY || is - was > over) {
                late.push((*building, if is == NO_WAY { NO_WAY } else { is - was }));
            }
        }
        if !late.is_empty() {
            late.sort_unstable();
            each(edge, &late);
        }
    }
}

const NONE: u32 = u32::MAX;

/// The shortest ways from all stations.
struct Forest {
    least: Vec<u32>,
    /// The edge over which each node is come to.
    over: Vec<u32>,
    /// Nodes so that all below one are a run, and that run of each node.
    order: Vec<u32>,
    runs: Vec<[u32; 2]>,
    /// Where engines come onto each node: numbers of `entries`.
    at: Lists,
    /// Edge and cost.
    entries: Vec<(u32, u32)>,
}

impl Forest {
    fn new(csr: &Csr, ends: &[[u32; 2]], cost: &impl Fn(u32) -> u32, leaves: &[Leave]) -> Forest {
        let mut entries: Vec<(u32, u32, u32)> = Vec::new();
        for leave in leaves.iter().filter(|leave| (leave.edge as usize) < ends.len()) {
            let nodes = ends[leave.edge as usize].into_iter().zip(leave.until);
            entries.extend(nodes.filter(|(_, cost)| *cost != NO_WAY).map(|(node, cost)| (node, leave.edge, cost)));
        }
        entries.sort_unstable();
        let mut at = Lists::default();
        let mut nth = 0;
        for node in 0..csr.nodes() as u32 {
            let end = nth + entries[nth..].iter().take_while(|(of, ..)| *of == node).count();
            at.push(nth as u32..end as u32);
            nth = end;
        }
        let nodes = csr.nodes();
        let (mut least, mut over, mut up) = (vec![NO_WAY; nodes], vec![NONE; nodes], vec![NONE; nodes]);
        let mut heap = BinaryHeap::new();
        for (node, edge, cost) in &entries {
            if *cost < least[*node as usize] {
                (least[*node as usize], over[*node as usize]) = (*cost, *edge);
                heap.push(Reverse((*cost, *node)));
            }
        }
        // In the order in which ways to them are settled: a node comes after that from which it is come to.
        let (mut settled, mut is_settled) = (Vec::new(), vec![false; nodes]);
        while let Some(Reverse((so_far, node))) = heap.pop() {
            if so_far > least[node as usize] || std::mem::replace(&mut is_settled[node as usize], true) {
                continue;
            }
            settled.push(node);
            for step in csr.from(node) {
                let next = sum(so_far, cost(step.way));
                let to = step.to as usize;
                if next < least[to] {
                    (least[to], over[to], up[to]) = (next, step.edge(), node);
                    heap.push(Reverse((next, step.to)));
                }
            }
        }
        let mut below = vec![1_u32; nodes];
        for node in settled.iter().rev().filter(|node| up[**node as usize] != NONE) {
            below[up[*node as usize] as usize] += below[*node as usize];
        }
        let (mut runs, mut free, mut roots) = (vec![[0; 2]; nodes], vec![0; nodes], 0);
        let mut order = vec![0; settled.len()];
        for node in settled {
            let of = node as usize;
            let next = if up[of] == NONE { &mut roots } else { &mut free[up[of] as usize] };
            let start = *next;
            *next += below[of];
            runs[of] = [start, start + below[of]];
            free[of] = start + 1;
            order[start as usize] = node;
        }
        let entries = entries.into_iter().map(|(_, edge, cost)| (edge, cost)).collect();
        Forest { least, over, order, runs, at, entries }
    }
}

/// Buildings and where they are come to.
struct Town {
    /// Each building's part of the stops.
    stops: Vec<[u32; 2]>,
    /// When the first engine comes.
    first: Vec<u32>,
    /// The buildings to which the first engine comes by way of each node.
    by_node: Lists,
    /// The buildings with a stop at each edge.
    on_edge: Lists,
}

impl Town {
    fn new(nodes: usize, edges: usize, forest: &Forest, stops: &[Stop], ends: &[[u32; 2]]) -> Town {
        let buildings = stops.last().map_or(0, |stop| stop.building as usize + 1);
        let mut town = Town {
            stops: vec![[0; 2]; buildings],
            first: vec![NO_WAY; buildings],
            by_node: Lists::default(),
            on_edge: Lists::default(),
        };
        let mut nth = 0;
        for of_one in stops.chunk_by(|a, b| a.building == b.building) {
            town.stops[of_one[0].building as usize] = [nth, nth + of_one.len() as u32];
            nth += of_one.len() as u32;
        }
        let known = |stop: &&Stop| (stop.edge as usize) < edges;
        let mut on_edge: Vec<(u32, u32)> = stops.iter().filter(known).map(|stop| (stop.edge, stop.building)).collect();
        let mut by_node: Vec<(u32, u32)> = Vec::new();
        for building in 0..buildings as u32 {
            let mut best = (NO_WAY, NONE);
            for stop in town.of(building, stops).iter().filter(known) {
                best = best.min((stop.direct, NONE));
                for (node, from) in ends[stop.edge as usize].into_iter().zip(stop.from) {
                    best = best.min((sum(forest.least[node as usize], from), node));
                }
            }
            town.first[building as usize] = best.0;
            if best.0 != NO_WAY && best.1 != NONE {
                by_node.push((best.1, building));
            }
        }
        town.on_edge = listed(&mut on_edge, edges);
        town.by_node = listed(&mut by_node, nodes);
        town
    }

    fn of<'a>(&self, building: u32, stops: &'a [Stop]) -> &'a [Stop] {
        let [from, upto] = self.stops[building as usize];
        &stops[from as usize..upto as usize]
    }

    fn arrival(&self, building: u32, stops: &[Stop], at: impl Fn(&Stop) -> u32) -> u32 {
        self.of(building, stops).iter().map(at).min().unwrap_or(NO_WAY)
    }
}

/// Second numbers by the first, as lists.
fn listed(pairs: &mut Vec<(u32, u32)>, lists: usize) -> Lists {
    pairs.sort_unstable();
    pairs.dedup();
    let mut rest = &pairs[..];
    let of = |list: u32| {
        let count = rest.iter().take_while(|(of, _)| *of == list).count();
        let (these, others) = rest.split_at(count);
        rest = others;
        these.iter().map(|(_, number)| *number).collect::<Vec<_>>()
    };
    (0..lists as u32).map(of).collect()
}

/// What lies below an edge, searched again without it.
struct Again {
    /// The edge for which a node was last taken.
    of: Vec<u32>,
    least: Vec<u32>,
    below: Vec<u32>,
}

impl Again {
    fn take(&mut self, edge: u32, ends: [u32; 2], forest: &Forest) {
        self.below.clear();
        for node in ends.into_iter().filter(|node| forest.over[*node as usize] == edge) {
            let [from, upto] = forest.runs[node as usize];
            for node in &forest.order[from as usize..upto as usize] {
                if std::mem::replace(&mut self.of[*node as usize], edge) != edge {
                    self.least[*node as usize] = NO_WAY;
                    self.below.push(*node);
                }
            }
        }
    }

    fn search(
        &mut self,
        csr: &Csr,
        cost: &impl Fn(u32) -> u32,
        forest: &Forest,
        edge: u32,
        heap: &mut BinaryHeap<Reverse<(u32, u32)>>,
    ) {
        for node in &self.below {
            let entries = forest.at.get(*node).iter().map(|nth| forest.entries[*nth as usize]);
            let left = entries.filter(|(by, _)| *by != edge).map(|(_, cost)| cost);
            let outside =
                csr.from(*node).iter().filter(|step| step.edge() != edge && self.of[step.to as usize] != edge);
            let came = outside.map(|step| sum(forest.least[step.to as usize], cost(step.way ^ 1)));
            let best = left.chain(came).min().unwrap_or(NO_WAY);
            self.least[*node as usize] = best;
            if best != NO_WAY {
                heap.push(Reverse((best, *node)));
            }
        }
        while let Some(Reverse((so_far, node))) = heap.pop() {
            if so_far > self.least[node as usize] {
                continue;
            }
            for step in csr.from(node).iter().filter(|step| step.edge() != edge) {
                let (to, next) = (step.to as usize, sum(so_far, cost(step.way)));
                if self.of[to] == edge && next < self.least[to] {
                    self.least[to] = next;
                    heap.push(Reverse((next, step.to)));
                }
            }
        }
    }

    fn at(&self, node: u32, edge: u32, forest: &Forest) -> u32 {
        if self.of[node as usize] == edge { self.least[node as usize] } else { forest.least[node as usize] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NODES: u32 = 9;

    #[derive(Debug)]
    struct Case {
        edges: Vec<[u32; 2]>,
        costs: Vec<u32>,
        leaves: Vec<Leave>,
        stops: Vec<Stop>,
        over: u32,
    }

    fn case() -> impl Strategy<Value = Case> {
        proptest::collection::vec([0..NODES, 0..NODES], 1..18)
            .prop_flat_map(|edges| {
                let count = edges.len() as u32;
                let cost = || prop_oneof![1 => Just(NO_WAY), 4 => 0..30_u32];
                let leave = (0..count, [cost(), cost()]).prop_map(|(edge, until)| Leave { edge, until });
                let stop = (0..6_u32, 0..count, [cost(), cost()], prop_oneof![3 => Just(NO_WAY), 1 => 0..40_u32])
                    .prop_map(|(building, edge, from, direct)| Stop { building, edge, from, direct });
                (
                    Just(edges),
                    proptest::collection::vec(cost(), 2 * count as usize),
                    proptest::collection::vec(leave, 0..4),
                    proptest::collection::vec(stop, 0..10),
                    0..40_u32,
                )
            })
            .prop_map(|(edges, costs, leaves, mut stops, over)| {
                stops.sort_by_key(|stop| stop.building);
                Case { edges, costs, leaves, stops, over }
            })
    }

    impl Case {
        /// When the first engine comes to a building, tried way by way until nothing gets better.
        fn first(&self, building: u32, blocked: Option<u32>) -> u32 {
            let mut least = vec![NO_WAY; NODES as usize];
            for leave in self.leaves.iter().filter(|leave| blocked != Some(leave.edge)) {
                for (node, cost) in self.edges[leave.edge as usize].into_iter().zip(leave.until) {
                    least[node as usize] = least[node as usize].min(cost);
                }
            }
            for _ in 0..NODES {
                for (nth, [from, to]) in (0..).zip(&self.edges).filter(|(nth, _)| blocked != Some(*nth)) {
                    for (way, from, to) in [(2 * nth, *from, *to), (2 * nth + 1, *to, *from)] {
                        let by = sum(least[from as usize], self.costs[way as usize]);
                        least[to as usize] = least[to as usize].min(by);
                    }
                }
            }
            let at = |stop: &Stop| {
                let [from, to] = self.edges[stop.edge as usize].map(|node| least[node as usize]);
                let both = [sum(from, stop.from[0]), sum(to, stop.from[1])];
                if blocked == Some(stop.edge) { both[0].max(both[1]) } else { both[0].min(both[1]).min(stop.direct) }
            };
            self.stops.iter().filter(|stop| stop.building == building).map(at).min().unwrap_or(NO_WAY)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn who_waits_longer_is_who_does_when_each_edge_is_taken_away_in_turn(case in case()) {
            let csr = Csr::new(NODES as usize, &case.edges);
            let mut found = vec![Vec::new(); case.edges.len()];
            let told = (&case.leaves[..], &case.stops[..]);
            detours(&csr, &case.edges, |way| case.costs[way as usize], told, case.over, |edge, late| {
                found[edge as usize] = late.to_vec();
            });
            for edge in 0..case.edges.len() as u32 {
                let late: Vec<(u32, u32)> = (0..6).filter_map(|building| {
                    let (was, is) = (case.first(building, None), case.first(building, Some(edge)));
                    let more = if is == NO_WAY { NO_WAY } else { is.saturating_sub(was) };
                    (was != NO_WAY && more > case.over).then_some((building, more))
                }).collect();
                prop_assert_eq!(&found[edge as usize], &late, "edge {}", edge);
            }
        }
    }

    #[test]
    fn a_street_with_a_way_round_costs_its_houses_the_detour_and_a_dead_end_all() {
        // A street 0-1-2-3 from the station at 0, and a longer way 1-4-2 round its middle.
        let edges = [[0, 1], [1, 2], [2, 3], [1, 4], [4, 2]];
        let costs = [10, 10, 10, 10, 10, 10, 30, 30, 30, 30];
        let stop = |building, edge, from| Stop { building, edge, from, direct: NO_WAY };
        let stops = [stop(0, 2, [5, 5]), stop(1, 1, [2, 8])];
        let mut found = Vec::new();
        let leaves = [Leave { edge: 0, until: [0, 10] }];
        let csr = Csr::new(5, &edges);
        detours(
            &csr,
            &edges,
            |way| costs[way as usize],
            (&leaves, &stops),
            20,
            |edge, late| {
                found.push((edge, late.to_vec()));
            },
        );
        // Blocked between 1 and the house on it, the middle is come to from 2.
        assert_eq!(found, [(0, vec![(0, NO_WAY), (1, NO_WAY)]), (1, vec![(0, 50), (1, 66)]), (2, vec![(0, NO_WAY)]),]);
    }
}
