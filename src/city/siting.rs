//! What one more hydrant would give, and where the next ones give most.

use rayon::prelude::*;

use super::ground::GroundResults;
use super::town::City;
use crate::analysis::{Grade, Laid, Sums, best_next};
use crate::model::{Layer, Place};
use crate::network::{Direction, Graph, Lists, NO_WAY, Spread, Stand, part_of};

/// A hydrant that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// Where it would stand: a place of a road.
    pub at: Place,
    /// Buildings, floor area in dm², residents that it would serve and that none serves now.
    pub gain: Sums,
    /// The same of it and those before it together.
    pub total: Sums,
}

/// The next hydrants, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Those proposed; fewer than asked for where no other serves anybody.
    pub picks: Vec<Proposed>,
    /// No choice of as many serves more buildings.
    pub bound: u64,
    /// Metres between the places that were tried.
    pub spacing_m: u32,
}

/// A hydrant stands so far from the middle of its road at least.
const KERB_MM: u32 = 2000;
/// Metres of road between places that are tried.
const SPACING_M: u32 = 20;
/// Of more buildings than this, fewer places are tried.
const MANY_BUILDINGS: usize = 150_000;

impl GroundResults {
    /// What a hydrant at a place would give: buildings it has within the limit of hose that no hydrant of the grade has.
    /// `None` where no way from the place to a road is found. O(nodes in reach + buildings without).
    pub fn gain(&self, city: &City, at: Place, grade: Grade) -> Option<Sums> {
        let [snaps, _] = self.snap(city, at);
        if snaps.is_empty() {
            return None;
        }
        let stands = snaps.iter().map(|snap| Stand { snap: *snap, cost: snap.off_road_mm, source: 0 });
        let network = self.network();
        let spread: Spread<'_, 1> =
            Spread::new(network.graph(), network.hose(), Direction::Go, stands.collect(), self.limit_mm());
        let mut gain = [0; 3];
        for slot in self.unserved(city, grade) {
            let snaps = network.on_foot(slot);
            if snaps.iter().any(|snap| spread.at(*snap, snap.off_road_mm).0[0].is_some()) {
                gain.iter_mut().zip(city.results().sums(slot)).for_each(|(sum, more)| *sum += more);
            }
        }
        Some(gain)
    }

    /// The next `n` hydrants along the roads that engines use, those there are fixed, by greatest gain in buildings. A
    /// place is tried every 20 m, or more widely in a city with many buildings without.
    pub fn plan(&self, city: &City, n: usize, grade: Grade) -> Plan {
        let unserved: Vec<u32> = self.unserved(city, grade).collect();
        let spacing_m = SPACING_M * (1 + (unserved.len() / MANY_BUILDINGS) as u32);
        let sites = Sites::new(self, spacing_m * 1000);
        let mut pairs: Vec<(u32, u32)> = (0..unserved.len() as u32)
            .into_par_iter()
            .fold(Walk::default, |mut walk, nth| {
                walk.from(self, &sites, unserved[nth as usize], nth);
                walk
            })
            .flat_map_iter(|walk| walk.pairs)
            .collect();
        pairs.par_sort_unstable();
        let mut lists = Lists::default();
        let mut sites_of = Vec::new();
        for served in pairs.chunk_by(|a, b| a.0 == b.0) {
            sites_of.push(served[0].0);
            lists.push(served.iter().map(|(_, nth)| *nth));
        }
        let siting = best_next(&lists, &vec![1; unserved.len()], n);
        let mut seen = vec![false; unserved.len()];
        let mut total = [0; 3];
        let picks = siting.picks.iter().map(|pick| {
            let mut gain = [0; 3];
            for nth in lists.get(pick.candidate) {
                if !std::mem::replace(&mut seen[*nth as usize], true) {
                    let sums = city.results().sums(unserved[*nth as usize]);
                    gain.iter_mut().zip(sums).for_each(|(sum, more)| *sum += more);
                }
            }
            total.iter_mut().zip(gain).for_each(|(sum, more)| *sum += more);
            Proposed { at: sites.place(self.network().graph(), sites_of[pick.candidate as usize]), gain, total }
        });
        Plan { picks: picks.collect(), bound: siting.bound, spacing_m }
    }

    /// The buildings that no hydrant of a grade surely has within the limit, and from which a road is reached.
    fn unserved<'a>(&'a self, city: &'a City, grade: Grade) -> impl Iterator<Item = u32> + 'a {
        let buildings = city.layer(Layer::Building).iter().map(|(slot, _)| slot);
        buildings.filter(move |slot| {
            self.of(*slot).laid[grade as usize] != Laid::Within && !self.network().on_foot(*slot).is_empty()
        })
    }
}

/// Places along roads where a hydrant could stand, numbered edge by edge.
struct Sites {
    /// By edge the number of its first, and how many there are in all.
    first: Vec<u32>,
    every_mm: u32,
}

impl Sites {
    fn new(ground: &GroundResults, every_mm: u32) -> Sites {
        let (network, graph) = (ground.network(), ground.network().graph());
        let mut first = Vec::with_capacity(graph.edges().len() + 1);
        let mut count = 0;
        for (edge, of) in (0..).zip(graph.edges()) {
            first.push(count);
            let line = graph.line(edge);
            if network.engine().passes(edge) && network.hose().passes(edge) && !line.is_structure {
                count += of.length_mm / every_mm + 1;
            }
        }
        first.push(count);
        Sites { first, every_mm }
    }

    /// The sites of an edge between two distances along it.
    fn between(&self, edge: u32, from_mm: u32, upto_mm: u32) -> std::ops::Range<u32> {
        let (first, end) = (self.first[edge as usize], self.first[edge as usize + 1]);
        let low = first + from_mm.div_ceil(self.every_mm);
        let high = (first + upto_mm / self.every_mm + 1).min(end);
        low.min(high)..high
    }

    fn place(&self, graph: &Graph, site: u32) -> Place {
        let edge = self.first.partition_point(|first| *first <= site) as u32 - 1;
        let along = (site - self.first[edge as usize]) * self.every_mm;
        let (places, length_mm) = (graph.places(edge), graph.edge(edge).length_mm);
        part_of(places, length_mm, 0, along.min(length_mm)).last().copied().unwrap_or(places[0])
    }
}

/// Which sites would serve which building; holds room that is used again.
#[derive(Default)]
struct Walk {
    pairs: Vec<(u32, u32)>,
    least: Vec<u32>,
    touched: Vec<u32>,
    heap: std::collections::BinaryHeap<std::cmp::Reverse<(u32, u32)>>,
    sites: Vec<u32>,
}

impl Walk {
    /// Notes the sites from which hose can be laid to a building within the limit.
    fn from(&mut self, ground: &GroundResults, sites: &Sites, slot: u32, nth: u32) {
        let (network, graph) = (ground.network(), ground.network().graph());
        let limit = ground.limit_mm().saturating_sub(KERB_MM);
        self.least.resize(graph.nodes().len(), NO_WAY);
        self.sites.clear();
        for snap in network.on_foot(slot) {
            let left = limit.saturating_sub(snap.off_road_mm);
            if snap.off_road_mm > limit || !network.hose().passes(snap.edge) {
                continue;
            }
            let edge = graph.edge(snap.edge);
            let upto = snap.upto_mm.saturating_add(left).min(edge.length_mm);
            self.sites.extend(sites.between(snap.edge, snap.along_mm.saturating_sub(left), upto));
            self.reach(edge.from, snap.off_road_mm + snap.along_mm, limit);
            self.reach(edge.to, snap.off_road_mm + (edge.length_mm - snap.upto_mm), limit);
        }
        while let Some(std::cmp::Reverse((cost, node))) = self.heap.pop() {
            if cost > self.least[node as usize] {
                continue;
            }
            for step in graph.csr().from(node) {
                let edge = graph.edge(step.edge());
                if !network.hose().passes(step.edge()) {
                    continue;
                }
                let left = (limit - cost).min(edge.length_mm);
                self.sites.extend(match step.way % 2 {
                    0 => sites.between(step.edge(), 0, left),
                    _ => sites.between(step.edge(), edge.length_mm - left, edge.length_mm),
                });
                self.reach(step.to, cost.saturating_add(edge.length_mm), limit);
            }
        }
        for node in self.touched.drain(..) {
            self.least[node as usize] = NO_WAY;
        }
        self.sites.sort_unstable();
        self.sites.dedup();
        self.pairs.extend(self.sites.iter().map(|site| (*site, nth)));
    }

    fn reach(&mut self, node: u32, cost: u32, limit: u32) {
        let least = &mut self.least[node as usize];
        if cost <= limit && cost < *least {
            if *least == NO_WAY {
                self.touched.push(node);
            }
            *least = cost;
            self.heap.push(std::cmp::Reverse((cost, node)));
        }
    }
}
