//! What the city knows beyond its rows: coverage of each building, totals of each area.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::areas::{Areas, Held};
use super::chunks::{Judged, Shared, Sway, building_sums, by_chunk};
use super::frame::Frame;
use super::layer::LayerSlots;
use super::rows::RowRef;
use crate::analysis::{
    AreaTotals, Coverage, Footprint, Grade, HydrantState, Standing, Sums, WaterPoint, Waters, Weight, cover,
    inner_place, weight,
};
use crate::crs::{World, WorldBox};
use crate::index::{CHUNK, Slots};
use crate::model::{AttributesRef, Bounds, Layer, Place, hydrant};
use crate::store::Row;
use crate::tiles::Pyramid;

/// What squares of buildings sum: how many, then by grade and class of coverage.
pub const BUILDING_SUMS: usize = 1 + 3 * 4;
/// What squares of hydrants sum: by state.
pub const HYDRANT_SUMS: usize = 4;

/// All results, by slot of the feature they are of.
#[derive(Clone)]
pub struct Results {
    pub(super) waters: Waters,
    pub(super) coverage: Slots<Coverage>,
    pub(super) weights: Slots<Weight>,
    sways: Slots<Option<Sway>>,
    pub(super) areas: Arc<Areas>,
    pub(super) building_areas: Slots<Held>,
    hydrant_areas: Slots<Held>,
    pub(super) totals: Slots<AreaTotals>,
    pub(super) whole: AreaTotals,
    pub(super) building_squares: Pyramid<BUILDING_SUMS>,
    pub(super) hydrant_squares: Pyramid<HYDRANT_SUMS>,
}

impl Results {
    /// Coverage of the building of a slot.
    pub fn coverage(&self, slot: u32) -> &Coverage {
        &self.coverage[slot]
    }

    /// What the building of a slot weighs in rates.
    pub fn weight(&self, slot: u32) -> &Weight {
        &self.weights[slot]
    }

    /// The building of a slot in sums: one, its floor area in dm², its residents where known.
    pub fn sums(&self, slot: u32) -> Sums {
        let weight = self.weight(slot);
        [1, i64::from(weight.floor_dm2), i64::from(weight.residents.unwrap_or(0))]
    }

    /// The areas that hold the building of a slot.
    pub fn building_areas(&self, slot: u32) -> Held {
        self.building_areas[slot]
    }

    /// The hydrants, by grade.
    pub fn waters(&self) -> &Waters {
        &self.waters
    }

    /// Totals of the area of a slot.
    pub fn totals(&self, slot: u32) -> &AreaTotals {
        &self.totals[slot]
    }

    /// Totals of all there is, in an area or not.
    pub fn whole(&self) -> &AreaTotals {
        &self.whole
    }

    /// Squares of buildings for low zooms.
    pub fn building_squares(&self) -> &Pyramid<BUILDING_SUMS> {
        &self.building_squares
    }

    /// Squares of hydrants for low zooms.
    pub fn hydrant_squares(&self) -> &Pyramid<HYDRANT_SUMS> {
        &self.hydrant_squares
    }

    /// Everything, from the rows. Parallel; O(n log n).
    pub fn new(layers: &[LayerSlots], frame: &Frame) -> Results {
        let buildings = &layers[Layer::Building as usize];
        let hydrants = &layers[Layer::Hydrant as usize];
        let points =
            by_chunk(hydrants, |slots| slots.map(|slot| hydrants.row(slot).map(|row| frame.judge(row))).collect());
        let by_route = frame.rules.unassessed().is_some();
        let waters = Waters::new(Slots::of_chunks(points), frame.rules.widest_circle_mm()).by_route(by_route);
        let judged = by_chunk(buildings, |slots| Judged::new(buildings, slots, &waters));
        let (mut coverage, mut weights, mut sways, mut squares) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for chunk in judged {
            coverage.push(chunk.coverage);
            weights.push(chunk.weights);
            sways.push(chunk.sway);
            squares.extend(chunk.squares);
        }
        let mut results = Results {
            waters,
            coverage: Slots::of_chunks(coverage),
            weights: Slots::of_chunks(weights),
            sways: sways.into_iter().collect(),
            areas: Arc::default(),
            building_areas: Slots::default(),
            hydrant_areas: Slots::default(),
            totals: Slots::default(),
            whole: AreaTotals::default(),
            building_squares: squares.into_iter().collect(),
            hydrant_squares: hydrants.iter().map(|(_, row)| (world(row), hydrant_sums(row))).collect(),
        };
        results.share_out(layers);
        results
    }

    /// Everything that hangs on areas, from the rows and the coverage.
    pub fn share_out(&mut self, layers: &[LayerSlots]) {
        let (areas, buildings) = (&layers[Layer::Area as usize], &layers[Layer::Building as usize]);
        let hydrants = &layers[Layer::Hydrant as usize];
        self.areas = Arc::new(Areas::new(areas));
        self.totals = (0..areas.slots()).map(|_| AreaTotals::default()).collect();
        self.whole = AreaTotals::default();
        let here = self.areas.clone();
        let outlined = here.outlined(areas);
        let shared = by_chunk(buildings, |slots| Shared::new(buildings, slots, &outlined, self));
        let mut held = Vec::new();
        for chunk in shared {
            held.push(chunk.held);
            for (held, sums) in &chunk.totals {
                self.whole.add(sums);
                held.slots().for_each(|area| self.totals.get_mut(area).add(sums));
            }
        }
        self.building_areas = Slots::of_chunks(held);
        self.hydrant_areas = Slots::of_chunks(by_chunk(hydrants, |slots| {
            let places: Vec<Option<Place>> =
                slots.map(|slot| hydrants.row(slot).map(|row| row.shape.first())).collect();
            let near = Bounds::of(places.iter().flatten().copied()).map(|bounds| outlined.near(bounds));
            let held = |place: Option<Place>| Some(near.as_ref()?.holding(place?));
            places.into_iter().map(|place| held(place).unwrap_or(Held::BY_NONE)).collect()
        }));
        for (slot, row) in hydrants.iter() {
            self.count_hydrant(slot, row, 1);
        }
    }

    /// Takes changed hydrants and buildings into account, given by slot with the row that was there before: the slots of
    /// the buildings whose results may be others.
    pub fn follow(
        &mut self,
        layers: &[LayerSlots],
        frame: &Frame,
        changed_hydrants: &[(u32, Option<Row>)],
        changed_buildings: &[(u32, Option<Row>)],
    ) -> BTreeSet<u32> {
        let buildings = &layers[Layer::Building as usize];
        let mut touched: BTreeSet<u32> = BTreeSet::new();
        for (slot, old) in changed_hydrants {
            self.follow_hydrant(layers, frame, *slot, old.as_ref().map(RowRef::from), &mut touched);
        }
        let mut moved: Vec<u32> = Vec::new();
        for (slot, old) in changed_buildings {
            if *slot as usize == self.coverage.len() {
                self.coverage.push(Coverage::NONE);
                self.weights.push(Weight::default());
                self.building_areas.push(Held::BY_NONE);
            } else if let Some(old) = old {
                self.count_building(*slot, -1);
                let at = WorldBox::from(old.feature.shape.as_ref()).centre();
                self.building_squares.subtract(at, building_sums(&self.coverage[*slot]));
            }
            moved.push(*slot);
            touched.remove(slot);
        }
        for slot in &touched {
            self.count_building(*slot, -1);
            let at = buildings.within(*slot).centre();
            self.building_squares.subtract(at, building_sums(&self.coverage[*slot]));
        }
        let mut footprint = Footprint::default();
        let mut chunks: BTreeSet<usize> = BTreeSet::new();
        for slot in moved.iter().chain(&touched) {
            chunks.insert(*slot as usize / CHUNK);
            let Some(row) = buildings.row(*slot) else {
                *self.coverage.get_mut(*slot) = Coverage::NONE;
                continue;
            };
            footprint.lay(row.shape, buildings.within(*slot));
            *self.coverage.get_mut(*slot) = cover(&footprint, &self.waters);
            if !touched.contains(slot) {
                *self.weights.get_mut(*slot) = weight(&footprint, row.attributes);
                *self.building_areas.get_mut(*slot) =
                    self.areas.holding(&layers[Layer::Area as usize], inner_place(row.shape));
            }
            self.count_building(*slot, 1);
            self.building_squares.add(buildings.within(*slot).centre(), building_sums(&self.coverage[*slot]));
        }
        for nth in chunks {
            let sway = self.sway_of(buildings, nth);
            if nth == self.sways.len() {
                self.sways.push(sway);
            } else {
                *self.sways.get_mut(nth as u32) = sway;
            }
        }
        touched.extend(moved);
        touched
    }

    fn follow_hydrant(
        &mut self,
        layers: &[LayerSlots],
        frame: &Frame,
        slot: u32,
        old: Option<RowRef<'_>>,
        touched: &mut BTreeSet<u32>,
    ) {
        let (buildings, hydrants) = (&layers[Layer::Building as usize], &layers[Layer::Hydrant as usize]);
        let new = hydrants.row(slot);
        let before = self.waters.point(slot).copied();
        let after = new.map(|row| frame.judge(row));
        if let Some(old) = old {
            self.count_hydrant(slot, old, -1);
            self.hydrant_squares.subtract(world(old), hydrant_sums(old));
        }
        if slot as usize == self.hydrant_areas.len() {
            self.hydrant_areas.push(Held::BY_NONE);
        }
        if let Some(row) = new {
            *self.hydrant_areas.get_mut(slot) = self.areas.holding(&layers[Layer::Area as usize], row.shape.first());
            self.count_hydrant(slot, row, 1);
            self.hydrant_squares.add(world(row), hydrant_sums(row));
        }
        if before != after {
            let any_before = self.waters.any_counts();
            self.waters.put(slot, after);
            if any_before != self.waters.any_counts() {
                // With the first hydrant of a town, and without the last, every building is judged anew.
                touched.extend(buildings.iter().map(|(slot, _)| slot));
            }
            let stands = |point: Option<WaterPoint>| point.map(|point| (point.place, point.radius_mm));
            let has = |point: Option<WaterPoint>, grade| point.is_some_and(|point| point.at(grade) == Standing::Yes);
            // Whether the nearest works matters to who stands by it, too.
            let works = |point: Option<WaterPoint>| point.map(|point| point.at(Grade::Serviceable));
            let grades = Grade::ALL.map(|grade| {
                let (had, has) = (has(before, grade), has(after, grade));
                had != has || (has && (stands(before) != stands(after) || works(before) != works(after)))
            });
            for point in [before, after].into_iter().flatten().filter(WaterPoint::counts) {
                self.swayed(buildings, &point, grades, touched);
            }
        }
    }

    /// Buildings whose coverage may hang on a change of a hydrant: all in its radius, and those to which it is as near
    /// as their nearest of a grade that it wins, loses or moves with.
    fn swayed(&self, buildings: &LayerSlots, point: &WaterPoint, grades: [bool; 3], touched: &mut BTreeSet<u32>) {
        let at = WorldBox::at(World::from(point.place));
        let hangs = |within: WorldBox, farthest_mm: [u32; 3]| {
            let concerned = farthest_mm.into_iter().zip(grades).filter(|(_, concerned)| *concerned).map(|(mm, _)| mm);
            let reach = concerned.max().unwrap_or(0).max(self.waters.widest_mm());
            reach == u32::MAX || within.gap2(at).sqrt() <= within.union(at).units_within(f64::from(reach) / 1000.0)
        };
        for (nth, sway) in self.sways.iter().enumerate() {
            if !sway.is_some_and(|sway| hangs(sway.within, sway.farthest_mm)) {
                continue;
            }
            let first = (nth * CHUNK) as u32;
            for (slot, coverage) in (first..).zip(self.coverage.chunk(nth)) {
                // A new building has no coverage yet and is computed on its own account.
                if buildings.row(slot).is_some() && hangs(buildings.within(slot), coverage.sway_mm()) {
                    touched.insert(slot);
                }
            }
        }
    }

    fn sway_of(&self, buildings: &LayerSlots, nth: usize) -> Option<Sway> {
        let first = (nth * CHUNK) as u32;
        let alive = (first..).zip(self.coverage.chunk(nth)).filter(|(slot, _)| buildings.row(*slot).is_some());
        alive.fold(None, |sum, (slot, coverage)| {
            Sway::of_both(sum, Sway { within: buildings.within(slot), farthest_mm: coverage.sway_mm() })
        })
    }

    fn count_building(&mut self, slot: u32, sign: i64) {
        let (weight, coverage) = (self.weights[slot], self.coverage[slot]);
        self.whole.count_building(&weight, &coverage, sign);
        for area in self.building_areas[slot].slots() {
            self.totals.get_mut(area).count_building(&weight, &coverage, sign);
        }
    }

    fn count_hydrant(&mut self, slot: u32, row: RowRef<'_>, sign: i64) {
        let state = HydrantState::of(row.attributes);
        let municipal = is_municipal(row.attributes);
        self.whole.count_hydrant(state, municipal, sign);
        for area in self.hydrant_areas[slot].slots() {
            self.totals.get_mut(area).count_hydrant(state, municipal, sign);
        }
    }
}

pub(super) fn is_municipal(attributes: AttributesRef<'_>) -> bool {
    attributes.choice(Layer::Hydrant, hydrant::KIND) == Some("municipal")
}

fn world(row: RowRef<'_>) -> World {
    row.shape.first().into()
}

fn hydrant_sums(row: RowRef<'_>) -> [i64; HYDRANT_SUMS] {
    let mut sums = [0; HYDRANT_SUMS];
    sums[HydrantState::of(row.attributes) as usize] = 1;
    sums
}
