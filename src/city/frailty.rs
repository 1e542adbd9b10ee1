//! What fails first: lists for people, losses by hydrant and by piece of road for maps.

use super::fragile::Fragile;
use super::ground::GroundResults;
use super::town::City;
use crate::analysis::Grade;
use crate::crs::WorldBox;
use crate::model::{FeatureId, Layer, Place};

/// How many roads are kept with all that they would cut off.
pub const MOST_ROADS: usize = 200;

/// A hydrant whose failure is felt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeltHydrant {
    /// Its number.
    pub id: FeatureId,
    /// Where it stands.
    pub at: Place,
    /// Buildings that lose the last water of each grade within the limit of hose.
    pub lose: [i64; 3],
}

/// Who is cut off by which piece of road.
pub struct RoadCuts {
    /// Most felt first.
    roads: Vec<Fragile>,
    /// By edge of the network.
    pub(super) cut_off: Vec<u32>,
}

impl RoadCuts {
    /// Of a city and what was found along its ground. O(buildings + (nodes + edges) · log).
    pub(super) fn new(city: &City, found: &GroundResults) -> RoadCuts {
        let cuts = found.road_cuts(city);
        let counts = found.cut_off(city, &cuts);
        let roads = found.fragile_roads(city, &cuts, &counts, MOST_ROADS);
        let short = |count| u32::try_from(count).unwrap_or(u32::MAX);
        RoadCuts { roads, cut_off: counts.into_iter().map(short).collect() }
    }
}

/// What fails first in a city on its day.
#[derive(Clone, Copy)]
pub struct Frailty<'a> {
    city: &'a City,
    found: &'a GroundResults,
    cuts: &'a RoadCuts,
}

impl GroundResults {
    /// The hydrant of a slot if its failure is felt at any grade.
    pub(super) fn felt(&self, city: &City, slot: u32) -> Option<FeltHydrant> {
        let lose = self.lose(slot).map(|lose| lose[0]);
        let row = city.layer(Layer::Hydrant).row(slot).filter(|_| lose != [0; 3])?;
        Some(FeltHydrant { id: row.id, at: row.shape.first(), lose })
    }
}

impl<'a> Frailty<'a> {
    pub(super) fn new(city: &'a City, found: &'a GroundResults, cuts: &'a RoadCuts) -> Frailty<'a> {
        Frailty { city, found, cuts }
    }

    /// The hydrants whose failure leaves buildings without one of a grade within the limit of hose, most felt first.
    /// Who asks first after a change waits until they are put in order.
    pub fn hydrants(self, grade: Grade) -> &'a [Fragile] {
        let lists = || Grade::ALL.map(|grade| self.found.fragile_hydrants(self.city, grade));
        &self.found.fragile.get_or_init(lists)[grade as usize]
    }

    /// The roads and lanes whose blocking cuts most buildings off from every engine, most felt first, at most
    /// [`MOST_ROADS`]; of several pieces of one the worst.
    pub fn roads(self) -> &'a [Fragile] {
        &self.cuts.roads
    }

    /// The hydrants within a window whose failure is felt at any grade, in order of number.
    pub fn hydrants_in(self, window: WorldBox) -> impl Iterator<Item = FeltHydrant> + use<'a> {
        let slots = self.city.layer(Layer::Hydrant).slots_in(window);
        slots.into_iter().filter_map(move |slot| self.felt(slot))
    }

    /// A hydrant if its failure is felt at any grade.
    pub fn hydrant(self, id: FeatureId) -> Option<FeltHydrant> {
        self.felt(self.city.layer(Layer::Hydrant).find(id)?.0)
    }

    fn felt(self, slot: u32) -> Option<FeltHydrant> {
        self.found.felt(self.city, slot)
    }

    /// By edge, how many buildings it cuts off.
    pub(super) fn all_cut_off(self) -> &'a [u32] {
        &self.cuts.cut_off
    }

    /// How many buildings an edge of the network cuts off from every engine when it is blocked.
    pub fn cut_off(self, edge: u32) -> u32 {
        self.cuts.cut_off.get(edge as usize).copied().unwrap_or(0)
    }
}
