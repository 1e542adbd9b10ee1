//! The ways of the first to arrive, to be drawn.

use super::ground::GroundResults;
use super::network::Network;
use super::town::City;
use crate::analysis::{OffRoad, OnRoad, Placed, turnouts};
use crate::network::{Costs, Direction, Route, Snap, Stand, Start, routes, walk_ms_a_metre};
use crate::rules::ByDistance;

/// A crew on its way to a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Its station's slot.
    pub slot: u32,
    /// Its turnout in seconds.
    pub turnout_s: u32,
    /// Its way; the cost holds the turnout and is in milliseconds.
    pub route: Route,
    /// Whether the model by which its time is told was stated for so far a way; always of the network's speeds.
    pub is_stated: bool,
}

impl GroundResults {
    /// The first to arrive at places on the road, micro-stations or engines, at most so many, first first.
    pub fn arrivals(&self, city: &City, at: &[Snap], micro: bool, most: usize) -> Vec<Arrival> {
        let network = self.network();
        let foot = OffRoad::Foot(walk_ms_a_metre(city.travel().profile("foot")));
        let limit = city.travel().response.search_limit_s.saturating_mul(1000);
        let (stations, on_road) = match micro {
            true => (self.micro(), OnRoad::Time(network.micro())),
            false => (self.engines(), network.engines(city.travel())),
        };
        let mut found: Vec<(u32, bool, Route)> = match on_road {
            OnRoad::Time(costs) => by_time(network, costs, foot, stations, at, most, limit),
            OnRoad::Distance(lengths, model) => by_distance(network, (lengths, model), foot, stations, at, most),
        };
        found.retain(|(_, _, route)| route.cost <= limit);
        found.sort_by_key(|(_, _, route)| (route.cost, route.source));
        let mut told: Vec<Arrival> = Vec::new();
        let mut seen = Vec::new();
        for (turnout_s, is_stated, route) in found {
            if told.len() < most && !seen.contains(&route.source) {
                seen.push(route.source);
                let slot = stations[route.source as usize].slot;
                told.push(Arrival { slot, turnout_s, route, is_stated });
            }
        }
        told
    }
}

fn by_time(
    network: &Network,
    costs: &Costs,
    foot: OffRoad,
    stations: &[Placed<u32>],
    at: &[Snap],
    most: usize,
    limit: u32,
) -> Vec<(u32, bool, Route)> {
    let starts: Vec<Start> = at.iter().map(|snap| Start { snap: *snap, cost: foot.cost(snap.off_road_mm) }).collect();
    let stands = (0..).zip(stations).flat_map(|(rank, station)| {
        let set_out = station.what.saturating_mul(1000);
        let cost = move |snap: &Snap| set_out.saturating_add(foot.cost(snap.off_road_mm));
        station.snaps.iter().map(move |snap| Stand { snap: *snap, cost: cost(snap), source: rank })
    });
    let found = find(network, costs, Direction::Come, &starts, stands.collect(), most, limit);
    found.into_iter().map(|route| (stations[route.source as usize].what, true, route)).collect()
}

/// The nearest of each turnout from each of the places: of those who set out together who has less road comes first.
fn by_distance(
    network: &Network,
    (lengths, model): (&Costs, ByDistance<'_>),
    foot: OffRoad,
    stations: &[Placed<u32>],
    at: &[Snap],
    most: usize,
) -> Vec<(u32, bool, Route)> {
    let mut all = Vec::new();
    for turnout_s in turnouts(stations) {
        let ours = (0..).zip(stations).filter(|(_, station)| station.what == turnout_s);
        let stands: Vec<Stand> = ours
            .flat_map(|(source, station)| {
                station.snaps.iter().map(move |snap| Stand { snap: *snap, cost: snap.off_road_mm, source })
            })
            .collect();
        for snap in at {
            let starts = [Start { snap: *snap, cost: 0 }];
            for route in find(network, lengths, Direction::Come, &starts, stands.clone(), most, u32::MAX - 1) {
                let is_stated = model.is_stated_for(route.cost);
                let parts = [turnout_s.saturating_mul(1000), model.ms(route.cost), foot.cost(snap.off_road_mm)];
                let cost = parts.into_iter().fold(0, u32::saturating_add);
                all.push((turnout_s, is_stated, Route { cost, ..route }));
            }
        }
    }
    all
}

/// Routes over the network; `stands` in any order.
pub(super) fn find(
    network: &Network,
    costs: &Costs,
    direction: Direction,
    starts: &[Start],
    mut stands: Vec<Stand>,
    most: usize,
    limit: u32,
) -> Vec<Route> {
    stands.sort_unstable_by_key(|stand| (stand.snap.edge, stand.source, stand.snap.along_mm));
    routes(network.graph(), costs, direction, starts, &stands, most, limit)
}
