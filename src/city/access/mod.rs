//! What the city knows of access: which vehicles get to its buildings, and how its lanes, high-rises and ladder fields
//! stand to the rules.

mod look;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::chunks::by_chunk;
use super::edit::Edit;
use super::ground::GroundResults;
use super::network::Kind;
use super::sights::{ACCESS_SUMS, Sights, squares};
use super::town::City;
use crate::analysis::access::{AccessFinding, Gets, Getting, HighRise, high_rise};
use crate::crs::WorldBox;
use crate::index::Slots;
use crate::model::{AttributesRef, Layer, building};
use crate::network::{Snap, Snapper};
use crate::rules::{AccessRules, Profile};
use crate::tiles::Pyramid;
use look::Look;

/// Which vehicles get to a building.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vehicles {
    /// A fire engine.
    pub engine: Gets,
    /// A ladder truck.
    pub ladder: Gets,
    /// An electric patrol vehicle.
    pub e_vehicle: Gets,
    /// A ladder truck to a ladder field of the building, the best of them; `None` where it has none.
    pub to_field: Option<Gets>,
    /// Whether the building is a high-rise.
    pub high_rise: HighRise,
}

impl Vehicles {
    const NOBODY: Vehicles = Vehicles {
        engine: Gets::Unknown,
        ladder: Gets::Unknown,
        e_vehicle: Gets::Unknown,
        to_field: None,
        high_rise: HighRise::Unknown,
    };

    /// What [`Vehicles::code`] may say.
    pub const CODES: [&str; 4] = ["ladder", "engine", "none", "unknown"];

    /// The largest vehicle that surely gets there: `ladder`, `engine`, `none`; `unknown` where nobody knows.
    pub fn code(&self) -> &'static str {
        match (self.ladder, self.engine) {
            (Gets::Yes, _) => "ladder",
            (_, Gets::Yes) => "engine",
            (_, Gets::No) => "none",
            _ => "unknown",
        }
    }
}

/// Which vehicles get where in a city, and which building lanes and ladder fields serve.
#[derive(Clone)]
pub struct Reaching {
    pub(super) vehicles: Slots<Vehicles>,
    served: Arc<Served>,
    rules: Arc<AccessRules>,
    squares: Pyramid<ACCESS_SUMS>,
}

impl Reaching {
    /// Of a city and what was found along its ground. Parallel; O(n log n).
    pub(super) fn new(city: &City, found: &GroundResults) -> Reaching {
        let rules = AccessRules::on(city.pack(), city.day());
        let served = Look::new(city, found.network(), &rules).served();
        let vehicles = vehicles(city, found, &rules, &served);
        let squares = squares(city, &vehicles);
        Reaching { vehicles, served: Arc::new(served), rules: Arc::new(rules), squares }
    }

    /// Which vehicles get to the building of a slot.
    pub fn vehicles(&self, slot: u32) -> &Vehicles {
        &self.vehicles[slot]
    }

    /// The slot of the building that the lane of a slot serves.
    pub fn served_by_lane(&self, lane: u32) -> Option<u32> {
        self.served.lanes.get(lane as usize).copied().flatten()
    }

    /// The slot of the building that the ladder field of a slot serves.
    pub fn served_by_field(&self, field: u32) -> Option<u32> {
        self.served.fields.get(field as usize).copied().flatten()
    }

    /// After an edit of what buildings are, not where.
    fn follow(&mut self, edit: &Edit<'_>) {
        for (slot, _, new) in edit.rows(Layer::Building) {
            let Some(row) = new else { continue };
            self.vehicles.get_mut(slot).high_rise = high_rise(row.attributes, &self.rules);
        }
    }
}

/// How lanes, high-rises and ladder fields of a city stand to the rules.
pub struct Breaches {
    /// Worst first.
    findings: Vec<AccessFinding>,
    sights: Sights,
}

impl Breaches {
    /// Of a city and what was found along its ground. Parallel; O(n log n).
    pub(super) fn new(city: &City, found: &GroundResults, reaching: &Reaching) -> Breaches {
        let rules = &*reaching.rules;
        let mut findings = Look::new(city, found.network(), rules).findings(&reaching.served);
        findings.sort_by(|a, b| match (rules.get(a.rule), rules.get(b.rule)) {
            (Some(own), Some(other)) => a.worse(own, b, other),
            _ => (a.layer, a.id, a.rule).cmp(&(b.layer, b.id, b.rule)),
        });
        let sights = Sights::new(&findings);
        Breaches { findings, sights }
    }
}

/// What of a building matters to findings on access.
pub(super) fn tells_access(known: AttributesRef<'_>) -> impl PartialEq + use<> {
    let number = |ix| known.number(Layer::Building, ix).map(f64::to_bits);
    let numbers = [building::HEIGHT_M, building::FLOORS_ABOVE, building::YEAR_BUILT].map(number);
    (numbers, known.choice(Layer::Building, building::USE))
}

impl GroundResults {
    /// Keeps what an edit leaves, and what it touches so far as that is cheap; the rest is found again when it is asked
    /// for.
    pub(super) fn follow_access(&mut self, edit: &Edit<'_>) {
        if !edit.leaves_reaching() {
            (self.reaching, self.breaches) = Default::default();
        } else if !edit.leaves_breaches() {
            self.breaches = Arc::default();
            let followed = self.reaching.get().map(|reaching| {
                let mut reaching = reaching.clone();
                reaching.follow(edit);
                OnceLock::from(reaching)
            });
            self.reaching = Arc::new(followed.unwrap_or_default());
        }
    }
}

/// Access of a city on its day.
#[derive(Clone, Copy)]
pub struct Access<'a> {
    reaching: &'a Reaching,
    breaches: &'a Breaches,
}

impl<'a> Access<'a> {
    pub(super) fn new(reaching: &'a Reaching, breaches: &'a Breaches) -> Access<'a> {
        Access { reaching, breaches }
    }

    /// Which vehicles get to the building of a slot.
    pub fn vehicles(self, slot: u32) -> &'a Vehicles {
        self.reaching.vehicles(slot)
    }

    /// The slot of the building that the lane of a slot serves.
    pub fn served_by_lane(self, lane: u32) -> Option<u32> {
        self.reaching.served_by_lane(lane)
    }

    /// The slot of the building that the ladder field of a slot serves.
    pub fn served_by_field(self, field: u32) -> Option<u32> {
        self.reaching.served_by_field(field)
    }

    /// Everything that was found, worst first.
    pub fn findings(self) -> &'a [AccessFinding] {
        &self.breaches.findings
    }

    /// Of each feature of which something was found within a window its worst finding, worst first.
    pub fn worst_in(self, window: WorldBox) -> impl Iterator<Item = &'a AccessFinding> {
        self.breaches.sights.within(window).into_iter().filter_map(move |nth| self.findings().get(nth as usize))
    }

    /// Squares of buildings by the largest vehicle that gets there, for low zooms.
    pub fn squares(self) -> &'a Pyramid<ACCESS_SUMS> {
        &self.reaching.squares
    }

    /// The rules it was found by.
    pub fn rules(self) -> &'a AccessRules {
        &self.reaching.rules
    }
}

/// Slots of lanes and ladder fields with the slots of the buildings they serve.
struct Served {
    lanes: Vec<Option<u32>>,
    /// Of each lane metres to the nearest wall.
    walls: Vec<Option<f64>>,
    fields: Vec<Option<u32>>,
}

fn vehicles(city: &City, found: &GroundResults, rules: &AccessRules, served: &Served) -> Slots<Vehicles> {
    let network = found.network();
    let graph = network.graph();
    let travel = city.travel();
    let engines: Vec<Snap> = found.engines().iter().flat_map(|station| station.snaps.iter().copied()).collect();
    let micro: Vec<Snap> = found.micro().iter().flat_map(|station| station.snaps.iter().copied()).collect();
    let profile = |id: &str| travel.profiles.iter().find(|profile| profile.id == id);
    let getting = |profile: Option<&Profile>, from: &[Snap]| profile.map(|of| Getting::new(graph, of, from));
    let (engine, (ladder, e_vehicle)) = rayon::join(
        || getting(profile(&travel.response.engine_by), &engines),
        || rayon::join(|| getting(profile("ladder_truck"), &engines), || getting(profile("e_vehicle"), &micro)),
    );
    let to = |getting: &Option<Getting<'_>>, snaps: &[Snap]| {
        getting.as_ref().map_or(Gets::Unknown, |getting| getting.to(snaps))
    };
    let mut to_field: HashMap<u32, Gets> = HashMap::new();
    let mut snapper = Snapper::default();
    let mut snaps = Vec::new();
    for (slot, row) in city.layer(Layer::LadderField).iter() {
        let Some(of) = served.fields.get(slot as usize).copied().flatten() else { continue };
        snaps.clear();
        network.snap(&mut snapper, (&city.layers, travel), row.shape, Kind::ByEngine, None, &mut snaps);
        let gets = to(&ladder, &snaps);
        let best = to_field.entry(of).or_insert(gets);
        if rank(gets) < rank(*best) {
            *best = gets;
        }
    }
    let buildings = city.layer(Layer::Building);
    let of = by_chunk(buildings, |slots| {
        let one = |slot: u32| {
            let Some(row) = buildings.row(slot) else { return Vehicles::NOBODY };
            let (on_foot, by_engine) = (network.on_foot(slot), network.by_engine(slot));
            let near: Vec<Snap> = on_foot.iter().chain(by_engine).copied().collect();
            Vehicles {
                engine: to(&engine, by_engine),
                ladder: to(&ladder, by_engine),
                e_vehicle: to(&e_vehicle, &near),
                to_field: to_field.get(&slot).copied(),
                high_rise: high_rise(row.attributes, rules),
            }
        };
        slots.map(one).collect()
    });
    Slots::of_chunks(of)
}

fn rank(gets: Gets) -> usize {
    match gets {
        Gets::Yes => 0,
        Gets::Doubtful => 1,
        Gets::Unknown => 2,
        Gets::No => 3,
    }
}
