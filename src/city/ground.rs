//! What the city knows along the ground: hydrants by hose, arrivals, and their sums.

use std::sync::{Arc, OnceLock};

use super::access::Access;
use super::areas::Held;
use super::arrivals::find;
use super::chunks::by_chunk;
use super::detours::Detour;
use super::frailty::Frailty;
use super::network::{Kind, Network};
use super::supply::Supplies;
use super::town::City;
use crate::analysis::{
    Coverage, Crews, Footprint, Grade, Ground, GroundTotals, Hoses, Laid, OffRoad, OnRoad, Placed, Shown, Spacing,
    Standing, WaterPoint,
};
use crate::crs::{World, WorldBox};
use crate::index::{Packed, Slots};
use crate::model::Place;
use crate::model::{FeatureId, Layer, ShapeRef, hydrant, station};
use crate::network::{Direction, Route, Snap, Stand, Start, walk_ms_a_metre};
use crate::tiles::{Pyramid, summed};

/// Everything that is found over the network.
pub struct GroundResults {
    network: Arc<Network>,
    /// By slot of building.
    of: Slots<Ground>,
    /// By slot of area.
    totals: Slots<GroundTotals>,
    whole: GroundTotals,
    hydrants: Vec<Placed<WaterPoint>>,
    micro: Vec<Placed<u32>>,
    engines: Vec<Placed<u32>>,
    limit_mm: u32,
    shown: Shown,
    squares: Pyramid<GROUND_SUMS>,
    /// Found when first asked for.
    access: OnceLock<Access>,
    frailty: OnceLock<Frailty>,
    /// Likewise; `None` where the pack has no rule of it.
    pub(super) spacing: OnceLock<Option<Spacing>>,
    /// Likewise; `None` where the pack asks for no flow.
    pub(super) supplies: OnceLock<Option<Supplies>>,
    /// Found beside all else.
    pub(super) detours: OnceLock<Vec<Detour>>,
}

/// What squares of buildings sum along the ground: how many, then by grade and [`Versus::ALL`], then by [`Band::ALL`] of
/// micro-stations and of engines, then by grade those that hose reaches and those where nobody can tell.
pub const GROUND_SUMS: usize = 1 + 3 * 5 + 2 * 6 + 3 * 2;

impl GroundResults {
    /// Of a city and its network. Parallel; O(n log n).
    pub(super) fn new(city: &City, network: Arc<Network>) -> GroundResults {
        let travel = city.travel();
        let hydrants = placed_hydrants(city, &network);
        let (micro, engines) = placed_stations(city, &network);
        let limit_mm = city.hose_limit_mm();
        let search_ms = travel.response.search_limit_s.saturating_mul(1000);
        let on_foot = OffRoad::Foot(walk_ms_a_metre(travel.profile("foot")));
        let graph = network.graph();
        let (hoses, (micros, crews)) = rayon::join(
            || Hoses::new(graph, network.hose(), travel, limit_mm, &hydrants),
            || {
                rayon::join(
                    || Crews::new(graph, OnRoad::Time(network.micro()), on_foot, search_ms, &micro),
                    || Crews::new(graph, network.engines(travel), on_foot, search_ms, &engines),
                )
            },
        );
        let stray = Stray::new(&hydrants);
        let buildings = city.layer(Layer::Building);
        let of = by_chunk(buildings, |slots| {
            let one = |slot: u32| {
                let Some(row) = buildings.row(slot) else { return Ground::NONE };
                let mut ground = Ground::NONE;
                let beside = |grade| stray.is_beside(row.shape, buildings.within(slot), limit_mm, grade);
                hoses.reach(network.on_foot(slot), beside, &mut ground);
                ground.micro = micros.arrive(network.on_foot(slot));
                ground.engine = crews.arrive(network.by_engine(slot));
                ground.by_engine = !network.by_engine(slot).is_empty();
                ground
            };
            slots.map(one).collect()
        });
        let mut results = GroundResults {
            of: Slots::of_chunks(of),
            totals: (0..city.layer(Layer::Area).slots()).map(|_| GroundTotals::default()).collect(),
            whole: GroundTotals::default(),
            network: network.clone(),
            hydrants,
            micro,
            engines,
            limit_mm,
            shown: Shown {
                hose_mm: travel.hose.shown_at_m.map(|m| (m * 1000.0).round() as u32),
                arrival_ms: travel.response.shown_at_s.map(|s| s.saturating_mul(1000)),
            },
            squares: Pyramid::default(),
            access: OnceLock::new(),
            frailty: OnceLock::new(),
            spacing: OnceLock::new(),
            supplies: OnceLock::new(),
            detours: OnceLock::new(),
        };
        results.sum(city);
        results
    }

    fn sum(&mut self, city: &City) {
        let shown = self.shown;
        let buildings = city.layer(Layer::Building);
        let mut all: Vec<(Held, GroundTotals)> = Vec::new();
        let by_chunk = by_chunk(buildings, |slots| {
            let mut sums: Vec<(Held, GroundTotals)> = Vec::new();
            let mut squares = Vec::new();
            for slot in slots.filter(|slot| buildings.row(*slot).is_some()) {
                let held = city.results().building_areas(slot);
                let nth = sums.iter().rposition(|(of, _)| *of == held).unwrap_or_else(|| {
                    sums.push((held, GroundTotals::default()));
                    sums.len() - 1
                });
                let (weight, coverage) = (city.results().weight(slot), city.results().coverage(slot));
                sums[nth].1.count(weight, coverage, &self.of[slot], &shown);
                squares.push((buildings.within(slot).centre(), square_sums(coverage, &self.of[slot], &shown)));
            }
            (sums, summed(squares))
        });
        let mut squares = Vec::new();
        for (sums, more) in by_chunk {
            squares.extend(more);
            all.extend(sums);
        }
        self.squares = squares.into_iter().collect();
        for (held, sums) in &all {
            self.whole.add(sums);
            held.slots().for_each(|area| self.totals.get_mut(area).add(sums));
        }
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
    pub fn access(&self, city: &City) -> &Access {
        self.access.get_or_init(|| Access::new(city, self))
    }

    /// What fails first, of the city it was found for. Who asks first waits until it is found.
    pub fn frailty(&self, city: &City) -> &Frailty {
        self.frailty.get_or_init(|| Frailty::new(city, self))
    }

    /// Whether what tiles show beside the results themselves is found too.
    pub fn has_all_that_is_drawn(&self) -> bool {
        self.access.get().is_some() && self.frailty.get().is_some()
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

    /// Places on roads of a place: people's, engines'.
    pub fn snap(&self, city: &City, at: Place) -> [Vec<Snap>; 2] {
        [Kind::OnFoot, Kind::ByEngine].map(|kind| self.network.snap_place(&city.layers, city.travel(), at, kind))
    }

    /// The ways of hose from places on the road to the nearest hydrants that surely have a grade, at most so many,
    /// nearest first, each with the hydrant's slot.
    pub fn hoses(&self, city: &City, from: &[Snap], grade: Grade, most: usize) -> Vec<(u32, Route)> {
        let starts: Vec<Start> = from.iter().map(|snap| Start { snap: *snap, cost: snap.off_road_mm }).collect();
        let sure = (0..).zip(&self.hydrants).filter(|(_, hydrant)| hydrant.what.at(grade) == Standing::Yes);
        let stands = sure.flat_map(|(rank, hydrant)| {
            hydrant.snaps.iter().map(move |snap| Stand { snap: *snap, cost: snap.off_road_mm, source: rank })
        });
        let limit = (city.travel().hose.search_limit_m * 1000.0) as u32;
        let found = find(&self.network, self.network.hose(), Direction::Go, &starts, stands.collect(), most, limit);
        found.into_iter().map(|route| (self.hydrants[route.source as usize].slot, route)).collect()
    }

    /// The hydrants that count or may count, in order of number, with their places on the road.
    pub fn hydrants(&self) -> &[Placed<WaterPoint>] {
        &self.hydrants
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

fn square_sums(coverage: &Coverage, ground: &Ground, shown: &Shown) -> [i64; GROUND_SUMS] {
    let mut sums = [0; GROUND_SUMS];
    sums[0] = 1;
    for grade in Grade::ALL {
        sums[1 + 5 * grade as usize + ground.versus(coverage, grade) as usize] = 1;
    }
    let [micro, engine] = ground.bands(shown.arrival_ms);
    sums[16 + micro as usize] = 1;
    sums[22 + engine as usize] = 1;
    for (nth, laid) in ground.laid.into_iter().enumerate() {
        sums[28 + 2 * nth] = i64::from(laid == Laid::Within);
        sums[29 + 2 * nth] = i64::from(laid == Laid::Unknown);
    }
    sums
}

/// The hydrants that count or may count. A cistern or intake counts where an engine can stand beside it.
fn placed_hydrants(city: &City, network: &Network) -> Vec<Placed<WaterPoint>> {
    let travel = city.travel();
    let hydrants = city.layer(Layer::Hydrant);
    let suction_mm = (travel.hose.suction_m * 1000.0) as u32;
    let mut placed: Vec<Placed<WaterPoint>> = by_chunk(hydrants, |slots| {
        let one = |slot: u32| {
            let row = hydrants.row(slot)?;
            let point = *city.results().waters().point(slot).filter(|point| point.counts())?;
            let kind = row.attributes.choice(Layer::Hydrant, hydrant::KIND);
            if matches!(kind, Some("cistern" | "natural_intake")) {
                let stands = network.snap_point(&city.layers, travel, row, Kind::ByEngine);
                stands.first().filter(|snap| snap.off_road_mm <= suction_mm)?;
            }
            let snaps = network.snap_point(&city.layers, travel, row, Kind::OnFoot);
            Some(Placed { slot, what: point, snaps })
        };
        slots.filter_map(one).collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    placed.sort_unstable_by_key(|hydrant| hydrant.what.id);
    placed
}

/// Micro-stations, and those that send engines.
fn placed_stations(city: &City, network: &Network) -> (Vec<Placed<u32>>, Vec<Placed<u32>>) {
    let travel = city.travel();
    let mut micro: Vec<(FeatureId, Placed<u32>)> = Vec::new();
    let mut engines = Vec::new();
    for (slot, row) in city.layer(Layer::Station).iter() {
        let kind = row.attributes.choice(Layer::Station, station::KIND).unwrap_or("fire_station");
        let is_micro = travel.response.micro.iter().any(|micro| micro == kind);
        let told = row.attributes.integer(Layer::Station, station::TURNOUT_S).map(|s| s.clamp(0, 86_400) as u32);
        let turnout = told.or_else(|| travel.response.turnout_s.get(kind).copied()).unwrap_or(0);
        let (sort, into) = if is_micro { (Kind::OnFoot, &mut micro) } else { (Kind::ByEngine, &mut engines) };
        let snaps = network.snap_point(&city.layers, travel, row, sort);
        into.push((row.id, Placed { slot, what: turnout, snaps }));
    }
    let sorted = |mut all: Vec<(FeatureId, Placed<u32>)>| {
        all.sort_unstable_by_key(|(id, _)| *id);
        all.into_iter().map(|(_, placed)| placed).collect()
    };
    (sorted(micro), sorted(engines))
}

/// Hydrants of which no way to the road is known: they may serve whom they stand beside.
pub(super) struct Stray<'a> {
    hydrants: Vec<&'a WaterPoint>,
    tree: Packed,
}

impl<'a> Stray<'a> {
    pub(super) fn new(hydrants: &'a [Placed<WaterPoint>]) -> Stray<'a> {
        let stray = hydrants.iter().filter(|hydrant| hydrant.snaps.is_empty()).map(|hydrant| &hydrant.what);
        let hydrants: Vec<&WaterPoint> = stray.collect();
        let boxes = (0..).zip(&hydrants).map(|(nth, point)| (WorldBox::at(World::from(point.place)), nth));
        Stray { tree: Packed::new(boxes.collect()), hydrants }
    }

    /// Whether one that may have a grade stands within a limit of a building as the crow flies.
    pub(super) fn is_beside(&self, shape: ShapeRef<'_>, within: WorldBox, limit_mm: u32, grade: Grade) -> bool {
        if self.hydrants.is_empty() {
            return false;
        }
        let limit_m = f64::from(limit_mm) / 1000.0;
        let mut footprint = Footprint::default();
        footprint.lay(shape, within);
        let mut found = false;
        self.tree.window(within.grown(within.units_within(limit_m)), &mut |nth| {
            let point = self.hydrants[nth as usize];
            let is_near = || footprint.distance_m(footprint.offset(point.place)) <= limit_m;
            found = found || point.at(grade) != Standing::No && is_near();
        });
        found
    }
}
