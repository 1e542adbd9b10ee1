//! 建有率: how many hydrants the streets of each area ask for, and how many of those stand.
//!
//! It takes as long as all else together and no map waits for it, so it is found when first asked for.

use std::sync::Arc;

use super::chunks::by_chunk;
use super::layer::LayerSlots;
use super::results::is_municipal;
use super::rows::RowRef;
use super::town::City;
use crate::analysis::{Duty, HydrantNeed, NeedArea, NeedRoad};
use crate::index::Slots;
use crate::model::{Layer, area};
use crate::store::Row;

/// 建有率 of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct AreaNeed {
    /// Municipal hydrants beside streets, for each street at most as many as required there.
    pub existing: i64,
    /// Hydrants required along its streets.
    pub required: i64,
}

/// 建有率 of all areas, and what a changed hydrant changes of it.
#[derive(Clone)]
pub struct StreetNeed {
    need: Arc<HydrantNeed>,
    /// By slot of hydrant.
    duties: Slots<Duty>,
    /// Hydrants beside each stretch of street.
    serving: Slots<u32>,
    /// By slot of area.
    pub(super) areas: Slots<AreaNeed>,
}

const NO_DUTY: Duty = [None; area::LEVELS];

impl StreetNeed {
    /// Of a city's areas, roads and hydrants. Parallel.
    pub(super) fn new(city: &City) -> StreetNeed {
        let (areas, roads) = (city.layer(Layer::Area), city.layer(Layer::Road));
        let hydrants = city.layer(Layer::Hydrant);
        let here = city.results.areas.clone();
        let outlined = here.outlined(areas);
        let need_areas: Vec<NeedArea> = outlined.all();
        let need = city.frame.rules.streets.as_ref().map(|rules| {
            let roads = roads.iter().map(|(_, row)| row);
            let need_roads = roads.map(|row| NeedRoad { id: row.id, shape: row.shape, attributes: row.attributes });
            HydrantNeed::new(&need_areas, &need_roads.collect::<Vec<_>>(), rules)
        });
        let need = need.unwrap_or_default();
        let mut required = vec![AreaNeed::default(); areas.slots()];
        for group in need.groups() {
            required[group.area as usize].required += i64::from(group.required);
        }
        let duties = by_chunk(hydrants, |slots| {
            slots.map(|slot| hydrants.row(slot).map_or(NO_DUTY, |row| duty(&need, row))).collect()
        });
        let mut found = StreetNeed {
            duties: Slots::of_chunks(duties),
            serving: need.groups().iter().map(|_| 0).collect(),
            areas: required.into_iter().collect(),
            need: need.into(),
        };
        for (slot, _) in hydrants.iter() {
            found.count(slot, 1);
        }
        found
    }

    /// Of the area of a slot.
    pub fn of(&self, slot: u32) -> AreaNeed {
        self.areas[slot]
    }

    /// Takes changed hydrants into account, given by slot with the row that was there before.
    pub(super) fn follow(&mut self, hydrants: &LayerSlots, changed: &[(u32, Option<Row>)]) {
        for (slot, old) in changed {
            if *slot as usize == self.duties.len() {
                self.duties.push(NO_DUTY);
            }
            if old.is_some() {
                self.count(*slot, -1);
            }
            if let Some(row) = hydrants.row(*slot) {
                *self.duties.get_mut(*slot) = duty(&self.need, row);
                self.count(*slot, 1);
            }
        }
    }

    fn count(&mut self, slot: u32, sign: i32) {
        for group in self.duties[slot].into_iter().flatten() {
            let need = self.need.groups()[group as usize];
            let serving = self.serving.get_mut(group);
            let before = i64::from(need.required.min(*serving));
            *serving = serving.wrapping_add_signed(sign);
            self.areas.get_mut(need.area).existing += i64::from(need.required.min(*serving)) - before;
        }
    }
}

fn duty(need: &HydrantNeed, row: RowRef<'_>) -> Duty {
    if is_municipal(row.attributes) { need.duty(row.shape.first()) } else { NO_DUTY }
}
