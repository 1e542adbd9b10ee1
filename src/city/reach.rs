//! How far a facility reaches: the parts of the network within some costs of it (isochrones).

use super::ground::GroundResults;
use super::network::{Kind, Network};
use super::town::City;
use crate::analysis::OffRoad;
use crate::model::{FeatureId, Layer, Place};
use crate::network::{Costs, Direction, NO_WAY, Snap, Spread, Stand, part_of, walk_ms_a_metre};

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
        let (by, costs, direction, snaps, set_out, off_road) = match layer {
            Layer::Hydrant => {
                let snaps = network.snap_point(&city.layers, travel, row, Kind::OnFoot);
                ("hose", network.hose(), Direction::Go, snaps, 0, OffRoad::Hose)
            }
            Layer::Station => {
                let mut all = self.micro().iter().map(|placed| (true, placed));
                let both = self.engines().iter().map(|placed| (false, placed));
                let (is_micro, placed) = all
                    .find(|(_, placed)| placed.slot == slot)
                    .or_else(|| both.into_iter().find(|(_, p)| p.slot == slot))?;
                let (by, costs) = match is_micro {
                    true => (travel.response.micro_by.as_str(), network.micro()),
                    false => (travel.response.engine_by.as_str(), network.engine()),
                };
                (by, costs, Direction::Come, placed.snaps.clone(), placed.what.saturating_mul(1000), foot)
            }
            _ => return None,
        };
        let stand = |snap: &Snap| Stand {
            snap: *snap,
            cost: off_road.cost(snap.off_road_mm).saturating_add(set_out),
            source: 0,
        };
        let stands: Vec<Stand> = snaps.iter().map(stand).collect();
        let most = upto.iter().copied().max().unwrap_or(0).saturating_mul(1000);
        let spread = Spread::new(network.graph(), costs, direction, stands.clone(), most);
        let band = |upto: &u32| Reached {
            upto: *upto,
            lines: lines(network, costs, direction, &spread, &stands, upto.saturating_mul(1000)),
        };
        Some(FacilityReach { by: by.to_owned(), bands: upto.iter().map(band).collect() })
    }
}

/// The parts of edges that are reached within a cost.
fn lines(
    network: &Network,
    costs: &Costs,
    direction: Direction,
    spread: &Spread<'_, 1>,
    stands: &[Stand],
    most: u32,
) -> Vec<Vec<Place>> {
    let graph = network.graph();
    let mut lines = Vec::new();
    // How much of an edge a remaining cost goes along a way.
    let part = |way: u32, left: u32, length_mm: u32| match costs.at(direction.way(way)) {
        NO_WAY => 0,
        0 => length_mm,
        whole => (u64::from(left) * u64::from(length_mm) / u64::from(whole)).min(u64::from(length_mm)) as u32,
    };
    for (nth, edge) in (0..).zip(graph.edges()) {
        let of = |node: u32, way: u32| {
            let label = spread.at_node(node).0[0];
            let left = if label.is_some() { most.checked_sub(label.cost) } else { None };
            left.map_or(0, |left| part(way, left, edge.length_mm))
        };
        let (forth, back) = (of(edge.from, 2 * nth), of(edge.to, 2 * nth + 1));
        let mut parts: Vec<(u32, u32)> = vec![(0, forth), (edge.length_mm - back, edge.length_mm)];
        for stand in stands.iter().filter(|stand| stand.snap.edge == nth && stand.cost <= most) {
            let left = most - stand.cost;
            let low = stand.snap.along_mm.saturating_sub(part(2 * nth + 1, left, edge.length_mm));
            parts.push((
                low,
                stand.snap.upto_mm.saturating_add(part(2 * nth, left, edge.length_mm)).min(edge.length_mm),
            ));
        }
        parts.retain(|(from, upto)| upto > from);
        parts.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::new();
        for (from, upto) in parts {
            match joined.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(upto),
                _ => joined.push((from, upto)),
            }
        }
        for (from, upto) in joined {
            let line = part_of(graph.places(nth), edge.length_mm, from, upto);
            if line.len() > 1 {
                lines.push(line);
            }
        }
    }
    lines
}
