//! Who waits longer for the first engine when a road is blocked, and where that is felt most.
//!
//! It goes by the speeds of the network whatever model tells arrivals: a model by distance knows no slow way round. It
//! takes longest of all, so that it is found on a thread of its own and nobody waits for it.

use super::fragile::{Fragile, add, middle};
use super::ground::GroundResults;
use super::town::City;
use crate::analysis::OffRoad;
use crate::model::Layer;
use crate::network::{Leave, NO_WAY, Stand, Stop, detours, walk_ms_a_metre};

/// A piece of road without which engines come later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detour {
    /// The road, and who waits longer than the limit; whom no engine reaches any more is not among them.
    pub felt: Fragile,
    /// How much longer those wait who wait longest, in milliseconds.
    pub longest_ms: u32,
}

impl GroundResults {
    /// The pieces of road whose blocking makes most buildings wait longer, most first, of several pieces of one road the
    /// worst, where that is found already.
    pub fn detours_found(&self) -> Option<&[Detour]> {
        self.detours.get().map(Vec::as_slice)
    }

    /// The same of the city it was found for. Who asks first waits until it is found: seconds to minutes.
    /// O(sum of what lies beyond each edge · log).
    pub fn detours(&self, city: &City) -> &[Detour] {
        self.detours.get_or_init(|| self.find_detours(city))
    }

    fn find_detours(&self, city: &City) -> Vec<Detour> {
        let (network, travel) = (self.network(), city.travel());
        let (graph, costs) = (network.graph(), network.engine());
        let foot = OffRoad::Foot(walk_ms_a_metre(travel.profile("foot")));
        let mut stands: Vec<Stand> = Vec::new();
        for (source, station) in (0..).zip(self.engines()) {
            let set_out = station.what.saturating_mul(1000);
            stands.extend(station.snaps.iter().map(|snap| Stand {
                snap: *snap,
                cost: set_out.saturating_add(foot.cost(snap.off_road_mm)),
                source,
            }));
        }
        stands.sort_unstable_by_key(|stand| stand.snap.edge);
        let leaves: Vec<Leave> = stands.iter().map(|stand| Leave::of(graph, costs, stand)).collect();
        let buildings = city.layer(Layer::Building);
        let mut stops: Vec<Stop> = Vec::new();
        for slot in (0..buildings.slots() as u32).filter(|slot| buildings.row(*slot).is_some()) {
            stops.extend(network.by_engine(slot).iter().map(|snap| {
                let first = stands.partition_point(|stand| stand.snap.edge < snap.edge);
                let here = stands[first..].iter().take_while(|stand| stand.snap.edge == snap.edge).count();
                let off_road = foot.cost(snap.off_road_mm);
                Stop::of(graph, costs, (slot, *snap, off_road), &stands[first..first + here])
            }));
        }
        let ends: Vec<[u32; 2]> = graph.edges().iter().map(|edge| [edge.from, edge.to]).collect();
        let over = travel.response.detour_over_s.saturating_mul(1000);
        let mut by_line: Vec<Option<Detour>> = vec![None; graph.lines().len()];
        detours(
            graph.csr(),
            &ends,
            |way| costs.at(way),
            (&leaves, &stops),
            over,
            |edge, late| {
                let (mut lose, mut longest_ms) = ([0; 3], 0);
                for (slot, more) in late.iter().filter(|(_, more)| *more != NO_WAY) {
                    add(&mut lose, city.results().sums(*slot));
                    longest_ms = longest_ms.max(*more);
                }
                let best = &mut by_line[graph.edge(edge).line as usize];
                if lose[0] > best.map_or(0, |best| best.felt.lose[0]) {
                    let line = graph.line(edge);
                    let felt = Fragile { layer: line.layer, id: line.id, at: middle(graph, edge), lose };
                    *best = Some(Detour { felt, longest_ms });
                }
            },
        );
        let mut felt: Vec<Detour> = by_line.into_iter().flatten().collect();
        felt.sort_unstable_by_key(|one| {
            (std::cmp::Reverse((one.felt.lose[0], one.longest_ms)), one.felt.layer as usize, one.felt.id)
        });
        felt
    }
}
