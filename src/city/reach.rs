//! How far a facility reaches: the parts of the network within some costs of it (isochrones).

use super::ground::GroundResults;
use super::network::{Kind, Network};
use super::town::City;
use crate::analysis::{OffRoad, OnRoad};
use crate::model::{FeatureId, Layer, Place};
use crate::network::{Direction, Snap, Spread, Stand, part_of, walk_ms_a_metre};

/// What is reached within a cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached {
    /// The cost: seconds after the alarm, or metres of hose.
    pub upto: u32,
    /// The parts of roads and paths that are reached.
    pub lines: Vec<Vec<Place>>,
}

/// How far a facility reaches.
#[derive(Clone, Debug, PartialEq)]
pub struct FacilityReach {
    /// The profile: `hose`, or that by which the station's crew moves.
    pub by: String,
    /// What is reached within each of the costs asked for, in their order.
    pub bands: Vec<Reached>,
}

impl GroundResults {
    /// Of a station (seconds, its turnout among them) or hydrant (metres of hose); `None` where there is no such
    /// feature, or of another layer. O((nodes + edges) · log) a cost.
    pub fn reach(&self, city: &City, layer: Layer, id: FeatureId, upto: &[u32]) -> Option<FacilityReach> {
        let (slot, row) = city.layer(layer).find(id)?;
        let network = self.network();
        let travel = city.travel();
        let foot = OffRoad::Foot(walk_ms_a_metre(travel.profile("foot")));
        let (by, on_road, direction, snaps, set_out, off_road) = match layer {
            Layer::Hydrant => {
                let snaps = network.snap_point(&city.layers, travel, row, Kind::OnFoot);
                ("hose", OnRoad::Time(network.hose()), Direction::Go, snaps, 0, OffRoad::Hose)
            }
            Layer::Station => {
                let mut all = self.micro().iter().map(|placed| (true, placed));
                let both = self.engines().iter().map(|placed| (false, placed));
                let (is_micro, placed) = all
                    .find(|(_, placed)| placed.slot == slot)
                    .or_else(|| both.into_iter().find(|(_, p)| p.slot == slot))?;
                let (by, on_road) = match is_micro {
                    true => (travel.response.micro_by.as_str(), OnRoad::Time(network.micro())),
                    false => (travel.response.engine_by.as_str(), network.engines(travel)),
                };
                (by, on_road, Direction::Come, placed.snaps.clone(), placed.what.saturating_mul(1000), foot)
            }
            _ => return None,
        };
        // By distance the turnout is taken from the time, and what is left of it tells how far.
        let cost = |snap: &Snap| match on_road {
            OnRoad::Time(_) => off_road.cost(snap.off_road_mm).saturating_add(set_out),
            OnRoad::Distance(..) => snap.off_road_mm,
        };
        let as_far = |upto: u32| match on_road {
            OnRoad::Time(_) => Some(upto.saturating_mul(1000)),
            OnRoad::Distance(_, model) => model.mm_within(upto.saturating_mul(1000).checked_sub(set_out)?),
        };
        let stand = |snap: &Snap| Stand { snap: *snap, cost: cost(snap), source: 0 };
        let stands: Vec<Stand> = snaps.iter().map(stand).collect();
        let most = upto.iter().filter_map(|upto| as_far(*upto)).max().unwrap_or(0);
        let spread = Spread::new(network.graph(), on_road.costs(), direction, stands, most);
        let band = |upto: &u32| Reached {
            upto: *upto,
            lines: as_far(*upto).map_or(Vec::new(), |most| lines(network, &spread, most)),
        };
        Some(FacilityReach { by: by.to_owned(), bands: upto.iter().map(band).collect() })
    }
}

/// The parts of edges that are reached within a cost.
fn lines(network: &Network, spread: &Spread<'_, 1>, most: u32) -> Vec<Vec<Place>> {
    let graph = network.graph();
    let parts = (0..).zip(graph.edges()).flat_map(|(nth, edge)| {
        let within = spread.within(nth, most).into_iter();
        within.map(move |(from, upto)| part_of(graph.places(nth), edge.length_mm, from, upto))
    });
    parts.filter(|line| line.len() > 1).collect()
}
