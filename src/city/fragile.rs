//! What fails first: who loses the last water when a hydrant fails, and the last engine when a road is blocked.

use super::ground::GroundResults;
use super::town::City;
use crate::analysis::{Grade, Sums};
use crate::model::{FeatureId, Layer, Place};
use crate::network::{Cuts, Gate, Graph, Lists, part_of};

/// Something whose failure is felt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragile {
    /// Hydrant, road or lane.
    pub layer: Layer,
    /// Its number.
    pub id: FeatureId,
    /// Where: of a road the middle of the piece that must not be blocked.
    pub at: Place,
    /// Buildings, floor area in dm², residents that lose by it.
    pub lose: Sums,
}

impl GroundResults {
    /// The hydrants whose failure leaves most buildings without one of a grade within the limit of hose, most first.
    /// O(hydrants).
    pub(super) fn fragile_hydrants(&self, city: &City, grade: Grade) -> Vec<Fragile> {
        let felt = city.layer(Layer::Hydrant).iter().filter_map(|(slot, row)| {
            let lose = self.lose(slot)[grade as usize];
            (lose[0] > 0).then(|| Fragile { layer: Layer::Hydrant, id: row.id, at: row.shape.first(), lose })
        });
        worst(felt.collect(), usize::MAX)
    }

    /// Who is cut off from every engine by which edge of the network. O((nodes + edges) · log).
    pub(super) fn road_cuts(&self, city: &City) -> Cuts {
        let network = self.network();
        let gates: Vec<Gate> =
            self.engines().iter().flat_map(|station| station.snaps.iter().map(|snap| Gate::Edge(snap.edge))).collect();
        let edges_of = |slot: u32| network.by_engine(slot).iter().map(|snap| snap.edge);
        let at: Lists = (0..city.layer(Layer::Building).slots() as u32).map(edges_of).collect();
        Cuts::new(network.graph().csr(), |way| network.engine().at(way), &gates, &at)
    }

    /// How many buildings each edge cuts off.
    pub(super) fn cut_off(&self, city: &City, cuts: &Cuts) -> Vec<u64> {
        let buildings = city.layer(Layer::Building);
        cuts.sums(|slot| u64::from(buildings.row(slot).is_some()))
    }

    /// The pieces of road whose blocking cuts most buildings off from every engine, most first; of several pieces of one
    /// road the worst. O(edges + what the most cut off).
    pub(super) fn fragile_roads(&self, city: &City, cuts: &Cuts, counts: &[u64], most: usize) -> Vec<Fragile> {
        let graph = self.network().graph();
        let buildings = city.layer(Layer::Building);
        let mut by_line: Vec<Option<(u64, u32)>> = vec![None; graph.lines().len()];
        for (edge, count) in (0..).zip(counts.iter().copied()).filter(|(_, count)| *count > 0) {
            let best = &mut by_line[graph.edge(edge).line as usize];
            if best.is_none_or(|(known, _)| count > known) {
                *best = Some((count, edge));
            }
        }
        let mut worst_edges: Vec<(u64, u32)> = by_line.into_iter().flatten().collect();
        worst_edges.sort_unstable_by_key(|(count, edge)| (std::cmp::Reverse(*count), *edge));
        worst_edges.truncate(most);
        let felt = worst_edges.into_iter().map(|(_, edge)| {
            let mut lose = [0; 3];
            let lost = cuts.buildings(edge).iter().filter(|slot| buildings.row(**slot).is_some());
            lost.for_each(|slot| add(&mut lose, city.results().sums(*slot)));
            let line = graph.line(edge);
            Fragile { layer: line.layer, id: line.id, at: middle(graph, edge), lose }
        });
        worst(felt.collect(), most)
    }
}

/// The middle of an edge.
pub(super) fn middle(graph: &Graph, edge: u32) -> Place {
    let (places, length_mm) = (graph.places(edge), graph.edge(edge).length_mm);
    part_of(places, length_mm, 0, length_mm / 2).last().copied().unwrap_or(places[0])
}

pub(super) fn add(sum: &mut Sums, more: Sums) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

fn worst(mut felt: Vec<Fragile>, most: usize) -> Vec<Fragile> {
    felt.sort_unstable_by_key(|one| (std::cmp::Reverse(one.lose[0]), one.layer as usize, one.id));
    felt.truncate(most);
    felt
}
