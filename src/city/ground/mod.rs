//! What the city knows along the ground: hydrants by hose, arrivals, and their sums.
//!
//! A clone shares everything, so that the next city can follow what a change touches ([`follow`]).

mod follow;
mod placed;
mod sums;

use std::sync::{Arc, OnceLock};

use super::access::{Access, Breaches, Reaching};
use super::arrivals::find;
use super::chunks::by_chunk;
use super::detours::Detour;
use super::fragile::Fragile;
use super::frailty::{Frailty, RoadCuts};
use super::network::{Kind, Network};
use super::spacing::CitySpacing;
use super::supply::Supplies;
use super::town::City;
use crate::analysis::{
    Crews, Grade, Ground, GroundTotals, Hoses, OffRoad, OnRoad, Placed, Roads, Shown, Standing, Sums, WaterPoint,
};
use crate::index::Slots;
use crate::model::{Layer, Place};
use crate::network::{Direction, Route, Snap, Stand, Start, walk_ms_a_metre};
use crate::tiles::Pyramid;

pub(super) use placed::Strays;
use placed::{placed_hydrants, placed_stations};
pub use sums::GROUND_SUMS;

/// Everything that is found over the network.
#[derive(Clone)]
pub struct GroundResults {
    network: Arc<Network>,
    /// By slot of building.
    pub(super) of: Slots<Ground>,
    /// By slot of area.
    pub(super) totals: Slots<Arc<GroundTotals>>,
    whole: GroundTotals,
    squares: Pyramid<GROUND_SUMS>,
    /// By slot of hydrant and grade, who loses the last water when it fails.
    pub(super) lose: Slots<[Sums; 3]>,
    hoses: Hoses,
    strays: Strays,
    micro: Arc<Vec<Placed<u32>>>,
    engines: Arc<Vec<Placed<u32>>>,
    limit_mm: u32,
    shown: Shown,
    // Each of these is found when it is first asked for, and shared with the cities that it holds for too: what an edit
    // touches has a cell of its own, whether anything was found or not.
    pub(super) reaching: Arc<OnceLock<Reaching>>,
    pub(super) breaches: Arc<OnceLock<Breaches>>,
    pub(super) cuts: Arc<OnceLock<RoadCuts>>,
    pub(super) fragile: Arc<OnceLock<[Vec<Fragile>; 3]>>,
    /// `None` where the pack has no rule of it.
    pub(super) spacing: Arc<OnceLock<Option<CitySpacing>>>,
    /// `None` where the pack asks for no flow.
    pub(super) supplies: Arc<OnceLock<Option<Supplies>>>,
    /// Found beside all else.
    pub(super) detours: Arc<OnceLock<Vec<Detour>>>,
}

impl GroundResults {
    /// Of a city and its network. Parallel; O(n log n).
    pub(super) fn new(city: &City, network: Arc<Network>) -> GroundResults {
        let travel = city.travel();
        let hydrants = placed_hydrants(city, &network);
        let strays = Strays::new(&hydrants);
        let (micro, engines) = placed_stations(city, &network);
        let limit_mm = city.hose_limit_mm();
        let search_ms = travel.response.search_limit_s.saturating_mul(1000);
        let on_foot = OffRoad::Foot(walk_ms_a_metre(travel.profile("foot")));
        let graph = network.graph();
        let layer = city.layer(Layer::Hydrant);
        let numbers: Vec<_> = (0..layer.slots() as u32).map(|slot| layer.number(slot)).collect();
        let (hoses, (micros, crews)) = rayon::join(
            || Hoses::new(roads(&network), travel, limit_mm, &numbers, hydrants),
            || {
                rayon::join(
                    || Crews::new(graph, OnRoad::Time(network.micro()), on_foot, search_ms, &micro),
                    || Crews::new(graph, network.engines(travel), on_foot, search_ms, &engines),
                )
            },
        );
        let buildings = city.layer(Layer::Building);
        let of = by_chunk(buildings, |slots| {
            let one = |slot: u32| {
                let Some(row) = buildings.row(slot) else { return Ground::NONE };
                let mut ground = Ground::NONE;
                let beside = |grade| strays.is_beside(&hoses, row.shape, buildings.within(slot), limit_mm, grade);
                hoses.reach(roads(&network), network.on_foot(slot), beside, &mut ground);
                ground.micro = micros.arrive(network.on_foot(slot));
                ground.engine = crews.arrive(network.by_engine(slot));
                ground.by_engine = !network.by_engine(slot).is_empty();
                ground
            };
            slots.map(one).collect()
        });
        let mut results = GroundResults {
            of: Slots::of_chunks(of),
            totals: Slots::default(),
            whole: GroundTotals::default(),
            squares: Pyramid::default(),
            lose: Slots::default(),
            network: network.clone(),
            hoses,
            strays,
            micro: Arc::new(micro),
            engines: Arc::new(engines),
            limit_mm,
            shown: Shown {
                hose_mm: travel.hose.shown_at_m.map(|m| (m * 1000.0).round() as u32),
                arrival_ms: travel.response.shown_at_s.map(|s| s.saturating_mul(1000)),
            },
            reaching: Arc::default(),
            breaches: Arc::default(),
            cuts: Arc::default(),
            fragile: Arc::default(),
            spacing: Arc::default(),
            supplies: Arc::default(),
            detours: Arc::default(),
        };
        results.sum(city);
        results
    }

    /// At what ways and times shares are shown.
    pub fn shown(&self) -> &Shown {
        &self.shown
    }

    /// Squares of buildings for low zooms.
    pub fn squares(&self) -> &Pyramid<GROUND_SUMS> {
        &self.squares
    }

    /// The network it was found over.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Which vehicles get where, and how lanes and high-rises stand to the rules, of the city it was found for. Who asks
    /// first waits until it is found.
    pub fn access(&self, city: &City) -> Access<'_> {
        let reaching = self.reaching(city);
        Access::new(reaching, self.breaches.get_or_init(|| Breaches::new(city, self, reaching)))
    }

    /// Of that, which vehicles get where.
    pub(super) fn reaching(&self, city: &City) -> &Reaching {
        self.reaching.get_or_init(|| Reaching::new(city, self))
    }

    /// The same where it is found already.
    pub(super) fn reaching_found(&self) -> Option<&Reaching> {
        self.reaching.get()
    }

    /// What fails first, of the city it was found for. Who asks first waits until it is found.
    pub fn frailty<'a>(&'a self, city: &'a City) -> Frailty<'a> {
        Frailty::new(city, self, self.cuts.get_or_init(|| RoadCuts::new(city, self)))
    }

    /// Whether what tiles show beside the results themselves is found too.
    pub fn has_all_that_is_drawn(&self) -> bool {
        self.reaching.get().is_some() && self.breaches.get().is_some() && self.cuts.get().is_some()
    }

    /// Whether all is found but who waits longer when a road is blocked.
    pub fn has_all(&self) -> bool {
        self.has_all_that_is_drawn() && self.spacing.get().is_some() && self.supplies.get().is_some()
    }

    /// Of the building of a slot.
    pub fn of(&self, slot: u32) -> &Ground {
        &self.of[slot]
    }

    /// Of the area of a slot.
    pub fn totals(&self, slot: u32) -> &GroundTotals {
        &self.totals[slot]
    }

    /// Of all there is.
    pub fn whole(&self) -> &GroundTotals {
        &self.whole
    }

    /// By grade, the buildings, floor area and residents that lose the last water within the limit of hose when the
    /// hydrant of a slot fails.
    pub fn lose(&self, slot: u32) -> [Sums; 3] {
        self.lose.get(slot).copied().unwrap_or_default()
    }

    /// Places on roads of a place: people's, engines'.
    pub fn snap(&self, city: &City, at: Place) -> [Vec<Snap>; 2] {
        [Kind::OnFoot, Kind::ByEngine].map(|kind| self.network.snap_place(&city.layers, city.travel(), at, kind))
    }

    /// The ways of hose from places on the road to the nearest hydrants that surely have a grade, at most so many,
    /// nearest first, each with the hydrant's slot.
    pub fn hoses(&self, city: &City, from: &[Snap], grade: Grade, most: usize) -> Vec<(u32, Route)> {
        let starts: Vec<Start> = from.iter().map(|snap| Start { snap: *snap, cost: snap.off_road_mm }).collect();
        let sure: Vec<_> = self.hydrants().filter(|hydrant| hydrant.what.at(grade) == Standing::Yes).collect();
        let stands = (0..).zip(&sure).flat_map(|(rank, hydrant)| {
            hydrant.snaps.iter().map(move |snap| Stand { snap: *snap, cost: snap.off_road_mm, source: rank })
        });
        let limit = (city.travel().hose.search_limit_m * 1000.0) as u32;
        let found = find(&self.network, self.network.hose(), Direction::Go, &starts, stands.collect(), most, limit);
        found.into_iter().map(|route| (sure[route.source as usize].slot, route)).collect()
    }

    /// The hydrants that count or may count, in order of number, with their places on the road.
    pub fn hydrants(&self) -> impl Iterator<Item = &Placed<WaterPoint>> {
        self.hoses.hydrants()
    }

    /// The same by edge and slot.
    pub(super) fn by_hose(&self) -> &Hoses {
        &self.hoses
    }

    /// Those of which no way to the road is known.
    pub(super) fn strays(&self) -> &Strays {
        &self.strays
    }

    /// The micro-stations with their turnout in seconds, in order of number.
    pub fn micro(&self) -> &[Placed<u32>] {
        &self.micro
    }

    /// The stations that send engines, with their turnout in seconds, in order of number.
    pub fn engines(&self) -> &[Placed<u32>] {
        &self.engines
    }

    /// The longest way of hose that counts, in millimetres.
    pub fn limit_mm(&self) -> u32 {
        self.limit_mm
    }
}

fn roads(network: &Network) -> Roads<'_> {
    Roads { graph: network.graph(), hose: network.hose() }
}
