//! Which edges cut off whom: the buildings that no engine reaches any more when an edge is blocked, both ways, at its
//! worst point.
//!
//! Edges become vertices between their ends, so that what cuts a building off is what dominates the edges it stands at
//! in the graph from all stations, and one dominator tree answers for every edge. The buildings of an edge are those
//! below it: a run of one list.

use super::csr::{Csr, NO_WAY};
use super::dominators::{Dominators, UNREACHED};
use super::lists::Lists;

/// Where a station's engines come onto the roads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// At a node: no single edge shuts it in.
    Node(u32),
    /// Along an edge, which it leaves by either end. Blocked at its worst point, before the gate, the edge shuts it in.
    Edge(u32),
}

/// The buildings that each edge cuts off when it is blocked.
#[derive(Clone, Debug, Default)]
pub struct Cuts {
    /// Each edge's part of `buildings`.
    runs: Vec<[u32; 2]>,
    /// Buildings in the order of the dominator tree.
    buildings: Vec<u32>,
}

impl Cuts {
    /// Of a graph with the costs of the engine's ways (as `flood` takes them; only [`NO_WAY`] counts), the stations, and
    /// the edges each building stands at, of which any one that can be driven to will do. Edges and nodes that the graph
    /// does not have are passed over.
    ///
    /// - An edge on the way cuts a building off when no engine comes to any of its edges without it.
    /// - A building along the blocked edge itself (and no other) is left with what comes from one end, since the block may
    ///   fall on either side of it: it is cut off unless engines come to both ends, and may go on to it from both, without
    ///   that edge. Where the station stands along it too, the block is taken to fall between them.
    /// - Who cannot be reached with every edge open is cut off by none.
    ///
    /// O(nodes + ways · log).
    pub fn new(csr: &Csr, cost: impl Fn(u32) -> u32, stations: &[Gate], buildings: &Lists) -> Cuts {
        let flow = Flow::new(csr, cost, stations);
        let dominators = flow.dominators();
        let tree = Tree::new(&dominators);
        let own_edge_cuts = |edge: u32| {
            let [from, to] = flow.ends[edge as usize];
            let [on, back] = [2 * edge, 2 * edge + 1].map(|way| flow.open(way));
            let edge = dominators.place[flow.vertex(edge) as usize];
            let comes = |end: u32| match dominators.place[end as usize] {
                UNREACHED => false,
                end => tree.nearest_common(end, edge) != edge,
            };
            !(on && back && comes(from) && comes(to))
        };
        // The deepest place that cuts each building off; all above it do.
        let deepest = |building: u32| {
            let edges = buildings.get(building).iter().filter(|edge| (**edge as usize) < flow.ends.len());
            let places = edges.map(|edge| (*edge, dominators.place[flow.vertex(*edge) as usize]));
            let mut reached = places.filter(|(_, place)| *place != UNREACHED);
            let (edge, first) = reached.next()?;
            let (mut common, mut alone) = (first, true);
            for (_, place) in reached {
                alone &= place == first;
                common = tree.nearest_common(common, place);
            }
            // Of several edges, one that dominates the others is passed by all who come to them.
            Some(if alone && !own_edge_cuts(edge) { dominators.above[first as usize] } else { common })
        };
        let deepest: Vec<Option<u32>> = (0..buildings.len() as u32).map(deepest).collect();
        let (starts, ends, order) = runs(&dominators.above, &deepest);
        let run = |edge| match dominators.place[flow.vertex(edge) as usize] {
            UNREACHED => [0, 0],
            place => [starts[place as usize], ends[place as usize]],
        };
        Cuts { runs: (0..flow.ends.len() as u32).map(run).collect(), buildings: order }
    }

    /// The buildings that an edge cuts off, by number, in no order that means anything.
    pub fn buildings(&self, edge: u32) -> &[u32] {
        self.runs.get(edge as usize).map_or(&[], |[start, end]| &self.buildings[*start as usize..*end as usize])
    }

    /// What all the buildings that each edge cuts off weigh together (residents, floor area), by number of edge.
    /// O(buildings + edges).
    pub fn sums(&self, weight: impl Fn(u32) -> u64) -> Vec<u64> {
        // Weights of a city are far below; those of a made-up one may not be, and only their differences count.
        let mut before = Vec::with_capacity(self.buildings.len() + 1);
        let mut sum = 0_u64;
        before.push(sum);
        before.extend(self.buildings.iter().map(|building| {
            sum = sum.wrapping_add(weight(*building));
            sum
        }));
        self.runs.iter().map(|[start, end]| before[*end as usize].wrapping_sub(before[*start as usize])).collect()
    }
}

/// Nodes, then edges, then the root from which all engines come, as vertices.
struct Flow<'a, C> {
    csr: &'a Csr,
    cost: C,
    /// The nodes that each edge joins.
    ends: Vec<[u32; 2]>,
    /// The vertices at which engines come onto the roads.
    gates: Vec<u32>,
    is_gate: Vec<bool>,
}

impl<'a, C: Fn(u32) -> u32> Flow<'a, C> {
    fn new(csr: &'a Csr, cost: C, stations: &[Gate]) -> Flow<'a, C> {
        let nodes = csr.nodes() as u32;
        let steps: usize = (0..nodes).map(|node| csr.from(node).len()).sum();
        let mut ends = vec![[0; 2]; steps / 2];
        for node in 0..nodes {
            for step in csr.from(node) {
                ends[step.edge() as usize][(step.way % 2) as usize] = node;
            }
        }
        let mut is_gate = vec![false; csr.nodes() + ends.len()];
        let gates = stations.iter().map(|station| match station {
            Gate::Node(node) if *node < nodes => *node as usize,
            Gate::Edge(edge) => csr.nodes().saturating_add(*edge as usize),
            Gate::Node(_) => usize::MAX,
        });
        let gates = gates
            .filter(|vertex| is_gate.get_mut(*vertex).is_some_and(|gate| !std::mem::replace(gate, true)))
            .map(|vertex| vertex as u32);
        let gates = gates.collect();
        Flow { csr, cost, ends, gates, is_gate }
    }

    /// The vertex of an edge.
    fn vertex(&self, edge: u32) -> u32 {
        self.csr.nodes() as u32 + edge
    }

    fn open(&self, way: u32) -> bool {
        (self.cost)(way) != NO_WAY
    }

    fn dominators(&self) -> Dominators {
        let nodes = self.csr.nodes() as u32;
        let root = nodes + self.ends.len() as u32;
        // A barred step leads back to where it is, which changes nothing.
        let next = |vertex: u32, at: u32| match vertex {
            _ if vertex == root => self.gates.get(at as usize).copied(),
            node if node < nodes => {
                let step = self.csr.from(node).get(at as usize)?;
                Some(if self.open(step.way) { nodes + step.edge() } else { node })
            }
            edge if at < 2 => {
                let number = edge - nodes;
                let to = self.ends[number as usize][(1 - at) as usize];
                Some(if self.open(2 * number + at) { to } else { edge })
            }
            _ => None,
        };
        let before = |vertex: u32, each: &mut dyn FnMut(u32)| {
            if vertex < nodes {
                let ways = self.csr.from(vertex).iter().filter(|step| self.open(step.way ^ 1));
                ways.for_each(|step| each(nodes + step.edge()));
            } else {
                let edge = vertex - nodes;
                let ways = (2 * edge..2 * edge + 2).filter(|way| self.open(*way));
                ways.for_each(|way| each(self.ends[edge as usize][(way % 2) as usize]));
            }
            if self.is_gate[vertex as usize] {
                each(root);
            }
        };
        Dominators::new(root as usize + 1, root, next, before)
    }
}

/// The dominator tree with a far pointer in each place, for common dominators in O(log) steps (Myers 1983).
struct Tree<'a> {
    above: &'a [u32],
    /// How deep each place is and a place far above it.
    far: Vec<(u32, u32)>,
}

impl Tree<'_> {
    fn new(dominators: &Dominators) -> Tree<'_> {
        let above = &dominators.above[..];
        let mut far = vec![(0, 0); above.len()];
        for place in 1..above.len() {
            let up = above[place];
            let (depth, one) = far[up as usize];
            let (one_depth, two) = far[one as usize];
            let even = depth - one_depth == one_depth - far[two as usize].0;
            far[place] = (depth + 1, if even { two } else { up });
        }
        Tree { above, far }
    }

    /// The deepest place that dominates both, which may be one of them.
    fn nearest_common(&self, a: u32, b: u32) -> u32 {
        let (mut high, mut low) = if self.far[a as usize].0 < self.far[b as usize].0 { (a, b) } else { (b, a) };
        let depth = self.far[high as usize].0;
        while self.far[low as usize].0 > depth {
            let far = self.far[low as usize].1;
            low = if self.far[far as usize].0 >= depth { far } else { self.above[low as usize] };
        }
        while high != low {
            let (far, other) = (self.far[high as usize].1, self.far[low as usize].1);
            (high, low) =
                if far != other { (far, other) } else { (self.above[high as usize], self.above[low as usize]) };
        }
        high
    }
}

/// Lays those that stand in a tree (`None` do not) in one list so that all at or below a place are a run of it: where
/// the run of each place starts and ends, and the list.
fn runs(above: &[u32], stand: &[Option<u32>]) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let mut own = vec![0_u32; above.len()];
    stand.iter().flatten().for_each(|place| own[*place as usize] += 1);
    let mut below = own.clone();
    for place in (1..above.len()).rev() {
        below[above[place] as usize] += below[place];
    }
    // A place's own come first, then the runs of those directly below it, one behind the other.
    let mut starts = vec![0_u32; above.len()];
    let mut next = own;
    for place in 1..above.len() {
        let free = &mut next[above[place] as usize];
        starts[place] = *free;
        *free += below[place];
        next[place] += starts[place];
    }
    let ends: Vec<u32> = starts.iter().zip(&below).map(|(start, below)| start + below).collect();
    let mut free = starts.clone();
    let mut order = vec![0; stand.iter().flatten().count()];
    for (number, place) in (0..).zip(stand) {
        let Some(place) = place else { continue };
        let free = &mut free[*place as usize];
        order[*free as usize] = number;
        *free += 1;
    }
    (starts, ends, order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug)]
    struct Case {
        edges: Vec<[u32; 2]>,
        costs: Vec<u32>,
        stations: Vec<Gate>,
        buildings: Vec<Vec<u32>>,
    }

    const NODES: u32 = 9;

    fn case() -> impl Strategy<Value = Case> {
        let ends = proptest::collection::vec([0..NODES, 0..NODES], 1..16);
        ends.prop_flat_map(|edges| {
            let count = edges.len() as u32;
            let cost = prop_oneof![1 => Just(NO_WAY), 3 => 0..9_u32];
            let stand = prop_oneof![(0..NODES + 1).prop_map(Gate::Node), (0..count + 1).prop_map(Gate::Edge)];
            let stood = proptest::collection::vec(0..count + 1, 0..4);
            (
                Just(edges),
                proptest::collection::vec(cost, 2 * count as usize),
                proptest::collection::vec(stand, 0..3),
                proptest::collection::vec(stood, 0..8),
            )
        })
        .prop_map(|(edges, costs, stations, buildings)| Case { edges, costs, stations, buildings })
    }

    impl Case {
        fn cuts(&self) -> Cuts {
            let csr = Csr::new(NODES as usize, &self.edges);
            let buildings = self.buildings.iter().cloned().collect();
            Cuts::new(&csr, |way| self.costs[way as usize], &self.stations, &buildings)
        }

        fn open(&self, way: u32, blocked: Option<u32>) -> bool {
            blocked != Some(way / 2) && self.costs[way as usize] != NO_WAY
        }

        /// The nodes that engines reach while an edge is blocked, tried way by way until nothing is added.
        fn reached(&self, blocked: Option<u32>) -> Vec<bool> {
            let mut reached = vec![false; NODES as usize];
            let mut ways = Vec::new();
            for (edge, [from, to]) in (0..).zip(&self.edges) {
                let open = [2 * edge, 2 * edge + 1].map(|way| self.open(way, blocked));
                ways.extend(open[0].then_some((*from, *to)));
                ways.extend(open[1].then_some((*to, *from)));
                if self.stations.contains(&Gate::Edge(edge)) {
                    reached[*to as usize] |= open[0];
                    reached[*from as usize] |= open[1];
                }
            }
            for station in &self.stations {
                if let Gate::Node(node) = station
                    && let Some(reached) = reached.get_mut(*node as usize)
                {
                    *reached = true;
                }
            }
            for _ in 0..NODES {
                ways.iter().for_each(|(from, to)| reached[*to as usize] |= reached[*from as usize]);
            }
            reached
        }

        /// Whether an engine comes to a building while an edge is blocked between its first end and whoever stands
        /// along it, or between them and its second.
        fn comes(&self, building: &[u32], blocked: Option<u32>, behind: bool) -> bool {
            let reached = self.reached(blocked);
            building.iter().filter(|edge| **edge < self.edges.len() as u32).any(|edge| {
                let [from, to] = self.edges[*edge as usize].map(|end| reached[end as usize]);
                let [on, back] = [2 * edge, 2 * edge + 1].map(|way| self.open(way, None));
                match blocked == Some(*edge) {
                    true if behind => from && on,
                    true => to && back,
                    false => (from && on) || (to && back) || self.stations.contains(&Gate::Edge(*edge)),
                }
            })
        }
    }

    proptest! {
        #[test]
        fn an_edge_cuts_off_those_whom_no_engine_reaches_when_it_is_taken_away(case in case()) {
            let cuts = case.cuts();
            let sums = cuts.sums(|building| 1 << (8 * building));
            for edge in 0..case.edges.len() as u32 {
                let lost: Vec<u32> = (0..case.buildings.len() as u32).filter(|building| {
                    let building = &case.buildings[*building as usize];
                    let blocked = |behind| case.comes(building, Some(edge), behind);
                    case.comes(building, None, false) && !(blocked(false) && blocked(true))
                }).collect();
                let mut found = cuts.buildings(edge).to_vec();
                found.sort_unstable();
                prop_assert_eq!(&found, &lost, "edge {}", edge);
                prop_assert_eq!(sums[edge as usize], lost.iter().map(|building| 1_u64 << (8 * building)).sum::<u64>());
            }
        }
    }

    /// A street 0–1–2–3 with a side street 1–4–2, so that 1–2 has a way round.
    fn town(stations: Vec<Gate>, buildings: &[&[u32]]) -> Vec<Vec<u32>> {
        let edges = vec![[0, 1], [1, 2], [2, 3], [1, 4], [4, 2]];
        let buildings: Vec<Vec<u32>> = buildings.iter().map(|edges| edges.to_vec()).collect();
        let cuts = Case { costs: vec![1; 10], edges, stations, buildings }.cuts();
        let sorted = |edge| {
            let mut lost = cuts.buildings(edge).to_vec();
            lost.sort_unstable();
            lost
        };
        (0..5).map(sorted).collect()
    }

    #[test]
    fn a_dead_end_is_cut_off_by_itself_and_by_the_only_street_to_it() {
        let lost = town(vec![Gate::Node(0)], &[&[2], &[1], &[0]]);
        assert_eq!(lost, [vec![0, 1, 2], vec![], vec![0], vec![], vec![]]);
    }

    #[test]
    fn a_corner_building_is_lost_only_when_both_its_streets_are() {
        let lost = town(vec![Gate::Node(0)], &[&[1, 2], &[2, 2]]);
        assert_eq!(lost, [vec![0, 1], vec![], vec![1], vec![], vec![]]);
    }

    #[test]
    fn a_block_before_the_gate_shuts_the_only_station_in_and_a_second_station_helps() {
        let alone = town(vec![Gate::Edge(1)], &[&[0], &[1], &[3]]);
        assert_eq!(alone, [vec![0], vec![0, 1, 2], vec![], vec![], vec![]]);
        let both = town(vec![Gate::Edge(1), Gate::Node(3)], &[&[0], &[1], &[3]]);
        assert_eq!(both, [vec![0], vec![], vec![], vec![], vec![]]);
    }

    #[test]
    fn without_a_station_nobody_is_cut_off() {
        assert_eq!(town(vec![], &[&[0], &[1]]), vec![Vec::<u32>::new(); 5]);
    }
}
