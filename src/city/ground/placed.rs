//! Where hydrants and stations come to the road, and hydrants that do not.

use crate::analysis::{Footprint, Grade, Hoses, Placed, Standing, WaterPoint};
use crate::city::City;
use crate::city::chunks::by_chunk;
use crate::city::network::{Kind, Network};
use crate::crs::{World, WorldBox};
use crate::index::Space;
use crate::model::{FeatureId, Layer, ShapeRef, hydrant, station};

/// The hydrants that count or may count, in order of slot.
pub(super) fn placed_hydrants(city: &City, network: &Network) -> Vec<Placed<WaterPoint>> {
    let hydrants = city.layer(Layer::Hydrant);
    let chunks =
        by_chunk(hydrants, |slots| slots.filter_map(|slot| placed_hydrant(city, network, slot)).collect::<Vec<_>>());
    chunks.into_iter().flatten().collect()
}

/// The hydrant of a slot if it counts or may count. A cistern or intake counts where an engine can stand beside it.
pub(super) fn placed_hydrant(city: &City, network: &Network, slot: u32) -> Option<Placed<WaterPoint>> {
    let travel = city.travel();
    let row = city.layer(Layer::Hydrant).row(slot)?;
    let point = *city.results().waters().point(slot).filter(|point| point.counts())?;
    let kind = row.attributes.choice(Layer::Hydrant, hydrant::KIND);
    if matches!(kind, Some("cistern" | "natural_intake")) {
        let suction_mm = (travel.hose.suction_m * 1000.0) as u32;
        let stands = network.snap_point(&city.layers, travel, row, Kind::ByEngine);
        stands.first().filter(|snap| snap.off_road_mm <= suction_mm)?;
    }
    let snaps = network.snap_point(&city.layers, travel, row, Kind::OnFoot);
    Some(Placed { slot, what: point, snaps })
}

/// Micro-stations, and those that send engines.
pub(super) fn placed_stations(city: &City, network: &Network) -> (Vec<Placed<u32>>, Vec<Placed<u32>>) {
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

/// Hydrants of which no way to the road is known: they may serve whom they stand beside. Boxes by slot.
#[derive(Clone)]
pub(in crate::city) struct Strays(Space);

impl Strays {
    /// Of hydrants, those that are.
    pub fn new(hydrants: &[Placed<WaterPoint>]) -> Strays {
        let stray = hydrants.iter().filter(|hydrant| hydrant.snaps.is_empty());
        Strays(Space::new(stray.map(|of| (box_of(of), of.slot)).collect()))
    }

    /// One hydrant is in the place of another, or is there, or gone.
    pub fn follow(&mut self, old: Option<&Placed<WaterPoint>>, new: Option<&Placed<WaterPoint>>) {
        if let Some(old) = old.filter(|of| of.snaps.is_empty()) {
            self.0.remove(box_of(old), old.slot);
        }
        if let Some(new) = new.filter(|of| of.snaps.is_empty()) {
            self.0.insert(box_of(new), new.slot);
        }
    }

    /// Slots of the buildings that a hydrant may stand within a limit of.
    pub fn near(city: &City, hydrant: &Placed<WaterPoint>, limit_mm: u32) -> Vec<u32> {
        let around = window(box_of(hydrant), f64::from(limit_mm) / 1000.0);
        city.layer(Layer::Building).slots_in(around)
    }

    /// Whether one that may have a grade stands within a limit of a building as the crow flies.
    pub fn is_beside(&self, hoses: &Hoses, shape: ShapeRef<'_>, within: WorldBox, limit_mm: u32, grade: Grade) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let limit_m = f64::from(limit_mm) / 1000.0;
        let mut footprint = Footprint::default();
        footprint.lay(shape, within);
        let mut found = false;
        self.0.window(window(within, limit_m), |slot| {
            let Some(point) = hoses.placed(slot).map(|of| &of.what) else { return };
            let is_near = || footprint.distance_m(footprint.offset(point.place)) <= limit_m;
            found = found || point.at(grade) != Standing::No && is_near();
        });
        found
    }
}

/// The window in which buildings may lie that a hydrant stands beside, and hydrants that stand beside a building.
fn window(within: WorldBox, limit_m: f64) -> WorldBox {
    within.grown(within.units_within(limit_m))
}

fn box_of(hydrant: &Placed<WaterPoint>) -> WorldBox {
    WorldBox::at(World::from(hydrant.what.place))
}
