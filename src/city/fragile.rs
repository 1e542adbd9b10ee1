//! What fails first: who loses the last water when a hydrant fails, and the last engine when a road is blocked.

use super::ground::GroundResults;
use super::town::City;
use crate::analysis::{Grade, Laid, Sums};
use crate::model::{FeatureId, Layer, Place};
use crate::network::{Cuts, Gate, Lists};

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
    /// O(buildings).
    pub(super) fn fragile_hydrants(&self, city: &City, grade: Grade, most: usize) -> Vec<Fragile> {
        let hydrants = city.layer(Layer::Hydrant);
        let mut lose: Vec<Sums> = vec![[0; 3]; hydrants.slots()];
        for (slot, _) in city.layer(Layer::Building).iter() {
            let ground = self.of(slot);
            let [first, second] = ground.hose[grade as usize];
            let second_serves = second.far().is_some_and(|mm| mm <= self.limit_mm());
            if ground.laid[grade as usize] == Laid::Within
                && !second_serves
                && let Some((hydrant, _)) = first.get()
            {
                add(&mut lose[hydrant as usize], city.results().sums(slot));
            }
        }
        let felt = (0..).zip(lose).filter(|(_, lose)| lose[0] > 0).filter_map(|(slot, lose)| {
            let row = hydrants.row(slot)?;
            Some(Fragile { layer: Layer::Hydrant, id: row.id, at: row.shape.first(), lose })
        });
        worst(felt.collect(), most)
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
            let (line, places) = (graph.line(edge), graph.places(edge));
            let half = graph.edge(edge).length_mm / 2;
            let at = crate::network::part_of(places, graph.edge(edge).length_mm, 0, half).last().copied();
            Fragile { layer: line.layer, id: line.id, at: at.unwrap_or(places[0]), lose }
        });
        worst(felt.collect(), most)
    }
}

fn add(sum: &mut Sums, more: Sums) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

fn worst(mut felt: Vec<Fragile>, most: usize) -> Vec<Fragile> {
    felt.sort_unstable_by_key(|one| (std::cmp::Reverse(one.lose[0]), one.layer as usize, one.id));
    felt.truncate(most);
    felt
}
