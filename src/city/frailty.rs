//! What fails first, found once and kept: lists for people, losses by hydrant and by piece of road for maps.

use std::collections::HashMap;

use super::fragile::Fragile;
use super::ground::GroundResults;
use super::town::City;
use crate::analysis::Grade;
use crate::crs::{World, WorldBox};
use crate::index::Packed;
use crate::model::{FeatureId, Place};

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

/// What fails first in a city on its day.
pub struct Frailty {
    hydrants: [Vec<Fragile>; 3],
    roads: Vec<Fragile>,
    felt: Vec<FeltHydrant>,
    tree: Packed,
    /// By edge of the network.
    cut_off: Vec<u32>,
}

impl Frailty {
    /// Of a city and what was found along its ground. O(buildings + (nodes + edges) · log).
    pub(super) fn new(city: &City, found: &GroundResults) -> Frailty {
        let (hydrants, (roads, cut_off)) = rayon::join(
            || Grade::ALL.map(|grade| found.fragile_hydrants(city, grade, usize::MAX)),
            || {
                let cuts = found.road_cuts(city);
                let counts = found.cut_off(city, &cuts);
                let roads = found.fragile_roads(city, &cuts, &counts, MOST_ROADS);
                (roads, counts.into_iter().map(|count| u32::try_from(count).unwrap_or(u32::MAX)).collect())
            },
        );
        let mut by_id: HashMap<FeatureId, FeltHydrant> = HashMap::new();
        for (grade, list) in hydrants.iter().enumerate() {
            for one in list {
                let felt = by_id.entry(one.id).or_insert(FeltHydrant { id: one.id, at: one.at, lose: [0; 3] });
                felt.lose[grade] = one.lose[0];
            }
        }
        let mut felt: Vec<FeltHydrant> = by_id.into_values().collect();
        felt.sort_unstable_by_key(|hydrant| hydrant.id);
        let places = (0..).zip(&felt).map(|(nth, hydrant)| (WorldBox::at(World::from(hydrant.at)), nth));
        Frailty { tree: Packed::new(places.collect()), hydrants, roads, felt, cut_off }
    }

    /// The hydrants whose failure leaves buildings without one of a grade within the limit of hose, most felt first.
    pub fn hydrants(&self, grade: Grade) -> &[Fragile] {
        &self.hydrants[grade as usize]
    }

    /// The roads and lanes whose blocking cuts most buildings off from every engine, most felt first, at most
    /// [`MOST_ROADS`]; of several pieces of one the worst.
    pub fn roads(&self) -> &[Fragile] {
        &self.roads
    }

    /// The hydrants within a window whose failure is felt at any grade, in order of number.
    pub fn hydrants_in(&self, window: WorldBox) -> impl Iterator<Item = &FeltHydrant> {
        let mut found = Vec::new();
        self.tree.window(window, &mut |nth| found.push(nth));
        found.sort_unstable();
        found.into_iter().filter_map(|nth| self.felt.get(nth as usize))
    }

    /// How many buildings an edge of the network cuts off from every engine when it is blocked.
    pub fn cut_off(&self, edge: u32) -> u32 {
        self.cut_off.get(edge as usize).copied().unwrap_or(0)
    }
}
