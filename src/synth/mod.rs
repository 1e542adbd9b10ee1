//! A made-up city to try things on: a hill town on a river bend, invented down to its street names.
//!
//! Pure and the same on every machine: a recipe gives the same features, byte for byte. A city comes district by
//! district and never holds more than one, so ten million buildings need no more memory than ten thousand. A sheet of
//! streets along and across the river is bent over hills ([`terrain`](self)), cut into quarters and blocks, and built on.

mod areas;
mod blocks;
mod buildings;
mod district;
mod footprints;
mod houses;
mod hydrants;
mod lanes;
mod names;
mod outline;
mod plan;
mod quarters;
mod recipe;
mod record;
mod risks;
mod river;
mod rng;
mod site;
mod stations;
mod streets;
mod terrain;
#[cfg(test)]
mod tests;
mod walls;
mod yards;

use std::sync::Arc;

use crate::model::{Feature, Layer, Origin};
use plan::Plan;
pub use recipe::Recipe;
use record::Record;

/// Name of the source that all made-up features have.
pub const SOURCE: &str = "demo";
/// What the map says of it.
pub const ATTRIBUTION: &str = "演示数据（虚构） Demo data (made up)";

/// The features of a city, district by district, in each layer by layer. Keys are `building/1` and so on, counted
/// through the whole city.
pub fn city(recipe: Recipe) -> impl Iterator<Item = Feature> {
    let source: Arc<str> = SOURCE.into();
    let mut numbers = [0u64; Layer::ALL.len()];
    let mut row = 0;
    Districts { plan: Plan::new(recipe), next: 0, built: 0 }.flatten().map(move |record: Record| {
        row += 1;
        let number = &mut numbers[record.layer as usize];
        *number += 1;
        Feature {
            layer: record.layer,
            source: source.clone(),
            source_key: format!("{}/{number}", record.layer.name()).into_boxed_str(),
            attributes: record.attributes(),
            shape: record.shape,
            flaw: None,
            extra: None,
            origin: Origin { file: source.clone(), row },
        }
    })
}

struct Districts {
    plan: Plan,
    next: u64,
    built: u64,
}

impl Iterator for Districts {
    type Item = Vec<Record>;

    /// Each district is given its even share of the buildings still to come.
    fn next(&mut self) -> Option<Vec<Record>> {
        if self.next == self.plan.districts {
            return None;
        }
        let left = self.plan.recipe.buildings - self.built;
        let share = left.div_ceil(self.plan.districts - self.next);
        let records = district::records(&self.plan, self.next, share);
        self.built += records.iter().filter(|record| record.layer == Layer::Building).count() as u64;
        self.next += 1;
        Some(records)
    }
}
