//! What the city knows beyond its rows: coverage of each building, totals of each area.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::areas::{Areas, HELD_BY_NONE, Held};
use super::frame::Frame;
use super::layer::LayerSlots;
use crate::analysis::{
    AreaTotals, Coverage, Duty, Footprint, Grade, HydrantNeed, HydrantState, NeedArea, NeedRoad, Standing, WaterPoint,
    Waters, Weight, cover, inner_place, weight,
};
use crate::crs::{World, WorldBox};
use crate::index::{CHUNK, Slots};
use crate::model::{Attributes, Layer, hydrant};
use crate::store::Row;
use crate::tiles::Pyramid;

/// What squares of buildings sum: how many, then by grade and class of coverage.
pub const BUILDING_SUMS: usize = 1 + 3 * 4;
/// What squares of hydrants sum: by state.
pub const HYDRANT_SUMS: usize = 4;

/// 建有率 of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct AreaNeed {
    /// Municipal hydrants beside streets, for each street at most as many as required there.
    pub existing: i64,
    /// Hydrants required along its streets.
    pub required: i64,
}

/// How far a chunk of buildings can be swayed by a hydrant.
#[derive(Clone, Copy, Debug)]
struct Sway {
    within: WorldBox,
    farthest_mm: [u32; 3],
}

/// All results, by slot of the feature they are of.
#[derive(Clone)]
pub struct Results {
    pub(super) waters: Waters,
    pub(super) coverage: Slots<Coverage>,
    pub(super) weights: Slots<Weight>,
    sways: Slots<Option<Sway>>,
    areas: Arc<Areas>,
    pub(super) building_areas: Slots<Held>,
    hydrant_areas: Slots<Held>,
    pub(super) totals: Slots<AreaTotals>,
    pub(super) whole: AreaTotals,
    need: Arc<HydrantNeed>,
    duties: Slots<Duty>,
    /// Hydrants beside each stretch of street.
    serving: Slots<u32>,
    pub(super) needs: Slots<AreaNeed>,
    pub(super) building_squares: Pyramid<BUILDING_SUMS>,
    pub(super) hydrant_squares: Pyramid<HYDRANT_SUMS>,
}

const NO_DUTY: Duty = [None; crate::model::area::KINDS.len()];

impl Results {
    /// Coverage of the building of a slot.
    pub fn coverage(&self, slot: u32) -> &Coverage {
        &self.coverage[slot]
    }

    /// What the building of a slot weighs in rates.
    pub fn weight(&self, slot: u32) -> &Weight {
        &self.weights[slot]
    }

    /// The areas that hold the building of a slot.
    pub fn building_areas(&self, slot: u32) -> &Held {
        &self.building_areas[slot]
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

    /// Hydrants the streets of an area ask for.
    pub fn need(&self, slot: u32) -> &AreaNeed {
        &self.needs[slot]
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
        let points = (0..hydrants.slots() as u32).map(|slot| hydrants.row(slot).map(|row| frame.judge(row))).collect();
        let by_route = frame.rules.unassessed().is_some();
        let waters = Waters::new(points, frame.rules.widest_circle_mm()).by_route(by_route);

        let slots: Vec<u32> = (0..buildings.slots() as u32).collect();
        let judged: Vec<(Coverage, Weight)> = slots
            .par_chunks(CHUNK)
            .flat_map_iter(|chunk| {
                let mut footprint = Footprint::default();
                let judge = |slot: &u32| match buildings.row(*slot) {
                    Some(row) => {
                        footprint.lay(&row.feature.shape, buildings.within(*slot));
                        (cover(&footprint, &waters), weight(&row.feature.shape, &row.feature.attributes))
                    }
                    None => (Coverage::NONE, Weight::default()),
                };
                chunk.iter().map(judge).collect::<Vec<_>>()
            })
            .collect();
        let (coverage, weights): (Vec<Coverage>, Vec<Weight>) = judged.into_iter().unzip();
        let mut results = Results {
            waters,
            coverage: coverage.into_iter().collect(),
            weights: weights.into_iter().collect(),
            sways: Slots::default(),
            areas: Arc::default(),
            building_areas: Slots::default(),
            hydrant_areas: Slots::default(),
            totals: Slots::default(),
            whole: AreaTotals::default(),
            need: Arc::default(),
            duties: Slots::default(),
            serving: Slots::default(),
            needs: Slots::default(),
            building_squares: Pyramid::default(),
            hydrant_squares: Pyramid::default(),
        };
        results.sways = (0..buildings.slots().div_ceil(CHUNK)).map(|nth| results.sway_of(buildings, nth)).collect();
        results.building_squares = buildings
            .iter()
            .map(|(slot, _)| (buildings.within(slot).centre(), building_sums(&results.coverage[slot])))
            .collect();
        results.hydrant_squares = hydrants.iter().map(|(_, row)| (world(row), hydrant_sums(row))).collect();
        results.share_out(layers, frame);
        results
    }

    /// Everything that hangs on areas and roads, from the rows and the coverage.
    pub fn share_out(&mut self, layers: &[LayerSlots], frame: &Frame) {
        let (areas, buildings) = (&layers[Layer::Area as usize], &layers[Layer::Building as usize]);
        let (hydrants, roads) = (&layers[Layer::Hydrant as usize], &layers[Layer::Road as usize]);
        self.areas = Arc::new(Areas::new(areas));
        let held = |layer: &LayerSlots| -> Slots<Held> {
            let slots: Vec<u32> = (0..layer.slots() as u32).collect();
            let held: Vec<Held> = slots
                .par_iter()
                .map(|slot| {
                    layer.row(*slot).map_or(HELD_BY_NONE, |row| self.areas.holding(inner_place(&row.feature.shape)))
                })
                .collect();
            held.into_iter().collect()
        };
        self.building_areas = held(buildings);
        self.hydrant_areas = held(hydrants);

        let need_areas: Vec<NeedArea> = self.areas.outlines();
        let need_roads: Vec<NeedRoad> = roads
            .iter()
            .map(|(_, row)| NeedRoad { id: row.id, shape: &row.feature.shape, attributes: &row.feature.attributes })
            .collect();
        let need = |rules| HydrantNeed::new(&need_areas, &need_roads, rules);
        self.need = Arc::new(frame.rules.streets.as_ref().map(need).unwrap_or_default());
        self.serving = self.need.groups().iter().map(|_| 0).collect();
        let mut needs = vec![AreaNeed::default(); areas.slots()];
        for group in self.need.groups() {
            needs[group.area as usize].required += i64::from(group.required);
        }
        self.needs = needs.into_iter().collect();
        self.duties = (0..hydrants.slots()).map(|_| NO_DUTY).collect();

        self.totals = (0..areas.slots()).map(|_| AreaTotals::default()).collect();
        self.whole = AreaTotals::default();
        for (slot, _) in buildings.iter() {
            self.count_building(slot, 1);
        }
        let duties: Vec<(u32, Duty)> =
            hydrants.iter().collect::<Vec<_>>().into_par_iter().map(|(slot, row)| (slot, self.duty_of(row))).collect();
        for (slot, duty) in duties {
            *self.duties.get_mut(slot) = duty;
        }
        for (slot, row) in hydrants.iter() {
            self.count_hydrant(slot, row, 1);
        }
    }

    /// Takes changed hydrants and buildings into account, given by slot with the row that was there before.
    pub fn follow(
        &mut self,
        layers: &[LayerSlots],
        frame: &Frame,
        changed_hydrants: &[(u32, Option<Arc<Row>>)],
        changed_buildings: &[(u32, Option<Arc<Row>>)],
    ) {
        let (buildings, hydrants) = (&layers[Layer::Building as usize], &layers[Layer::Hydrant as usize]);
        let mut touched: BTreeSet<u32> = BTreeSet::new();
        for (slot, old) in changed_hydrants {
            self.follow_hydrant(buildings, hydrants, frame, *slot, old.as_deref(), &mut touched);
        }
        let mut moved: Vec<u32> = Vec::new();
        for (slot, old) in changed_buildings {
            if *slot as usize == self.coverage.len() {
                self.coverage.push(Coverage::NONE);
                self.weights.push(Weight::default());
                self.building_areas.push(HELD_BY_NONE);
            } else if let Some(old) = old {
                self.count_building(*slot, -1);
                let at = WorldBox::from(&old.feature.shape).centre();
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
            footprint.lay(&row.feature.shape, buildings.within(*slot));
            *self.coverage.get_mut(*slot) = cover(&footprint, &self.waters);
            if !touched.contains(slot) {
                *self.weights.get_mut(*slot) = weight(&row.feature.shape, &row.feature.attributes);
                *self.building_areas.get_mut(*slot) = self.areas.holding(inner_place(&row.feature.shape));
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
    }

    fn follow_hydrant(
        &mut self,
        buildings: &LayerSlots,
        hydrants: &LayerSlots,
        frame: &Frame,
        slot: u32,
        old: Option<&Row>,
        touched: &mut BTreeSet<u32>,
    ) {
        let new = hydrants.row(slot);
        let before = self.waters.point(slot).copied();
        let after = new.map(|row| frame.judge(row));
        if let Some(old) = old {
            self.count_hydrant(slot, old, -1);
            self.hydrant_squares.subtract(world(old), hydrant_sums(old));
        }
        if slot as usize == self.duties.len() {
            self.duties.push(NO_DUTY);
            self.hydrant_areas.push(HELD_BY_NONE);
        }
        if let Some(row) = new {
            *self.duties.get_mut(slot) = self.duty_of(row);
            *self.hydrant_areas.get_mut(slot) = self.areas.holding(row.feature.shape.first());
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
            let grades = Grade::ALL.map(|grade| {
                let (had, has) = (has(before, grade), has(after, grade));
                had != has || (has && stands(before) != stands(after))
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
        alive.fold(None, |sum: Option<Sway>, (slot, coverage)| {
            let one = Sway { within: buildings.within(slot), farthest_mm: coverage.sway_mm() };
            Some(match sum {
                None => one,
                Some(sum) => Sway {
                    within: sum.within.union(one.within),
                    farthest_mm: std::array::from_fn(|grade| sum.farthest_mm[grade].max(one.farthest_mm[grade])),
                },
            })
        })
    }

    fn count_building(&mut self, slot: u32, sign: i64) {
        let (weight, coverage) = (self.weights[slot], self.coverage[slot]);
        self.whole.count_building(&weight, &coverage, sign);
        for area in self.building_areas[slot].into_iter().flatten() {
            self.totals.get_mut(area).count_building(&weight, &coverage, sign);
        }
    }

    fn count_hydrant(&mut self, slot: u32, row: &Row, sign: i64) {
        let state = HydrantState::of(&row.feature.attributes);
        let municipal = is_municipal(&row.feature.attributes);
        self.whole.count_hydrant(state, municipal, sign);
        for area in self.hydrant_areas[slot].into_iter().flatten() {
            self.totals.get_mut(area).count_hydrant(state, municipal, sign);
        }
        for group in self.duties[slot].into_iter().flatten() {
            let need = self.need.groups()[group as usize];
            let serving = self.serving.get_mut(group);
            let before = i64::from(need.required.min(*serving));
            *serving = serving.wrapping_add_signed(sign as i32);
            self.needs.get_mut(need.area).existing += i64::from(need.required.min(*serving)) - before;
        }
    }

    fn duty_of(&self, row: &Row) -> Duty {
        if is_municipal(&row.feature.attributes) { self.need.duty(row.feature.shape.first()) } else { NO_DUTY }
    }
}

fn is_municipal(attributes: &Attributes) -> bool {
    attributes.choice(Layer::Hydrant, hydrant::KIND) == Some("municipal")
}

fn world(row: &Row) -> World {
    row.feature.shape.first().into()
}

fn building_sums(coverage: &Coverage) -> [i64; BUILDING_SUMS] {
    let mut sums = [0; BUILDING_SUMS];
    sums[0] = 1;
    for (grade, reach) in coverage.0.iter().enumerate() {
        if let Some(class) = reach.covered.class() {
            sums[1 + grade * 4 + class] = 1;
        }
    }
    sums
}

fn hydrant_sums(row: &Row) -> [i64; HYDRANT_SUMS] {
    let mut sums = [0; HYDRANT_SUMS];
    sums[HydrantState::of(&row.feature.attributes) as usize] = 1;
    sums
}
