//! What is found for 256 neighbouring buildings at a time: what lies around them is gathered once.

use std::ops::Range;

use rayon::prelude::*;

use super::areas::{Held, Outlined};
use super::layer::LayerSlots;
use super::results::{BUILDING_SUMS, Results};
use crate::analysis::{AreaTotals, Coverage, Footprint, Neighbourhood, Waters, Weight, inner_place, weight};
use crate::crs::{World, WorldBox};
use crate::index::CHUNK;
use crate::model::{Bounds, Place};
use crate::tiles::summed;

/// How far a chunk of buildings can be swayed by a hydrant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sway {
    pub within: WorldBox,
    pub farthest_mm: [u32; 3],
}

impl Sway {
    /// Of a building more.
    pub fn of_both(sum: Option<Sway>, one: Sway) -> Option<Sway> {
        Some(sum.map_or(one, |sum| Sway {
            within: sum.within.union(one.within),
            farthest_mm: std::array::from_fn(|grade| sum.farthest_mm[grade].max(one.farthest_mm[grade])),
        }))
    }
}

/// What is found for a chunk of buildings by the hydrants around it.
pub(super) struct Judged {
    pub coverage: Vec<Coverage>,
    pub weights: Vec<Weight>,
    pub sway: Option<Sway>,
    pub squares: Vec<(World, [i64; BUILDING_SUMS])>,
}

impl Judged {
    pub fn new(buildings: &LayerSlots, slots: Range<u32>, waters: &Waters) -> Judged {
        let mut judged = Judged { coverage: vec![], weights: vec![], sway: None, squares: vec![] };
        let Some(within) = slots.clone().map(|slot| buildings.within(slot)).reduce(WorldBox::union) else {
            return judged;
        };
        let mut neighbourhood = Neighbourhood::default();
        neighbourhood.gather(waters, within);
        let mut footprint = Footprint::default();
        for slot in slots {
            let Some(row) = buildings.row(slot) else {
                judged.coverage.push(Coverage::NONE);
                judged.weights.push(Weight::default());
                continue;
            };
            let within = buildings.within(slot);
            footprint.lay(row.shape, within);
            let coverage = neighbourhood.cover(&footprint, waters);
            judged.coverage.push(coverage);
            judged.weights.push(weight(&footprint, row.attributes));
            judged.sway = Sway::of_both(judged.sway, Sway { within, farthest_mm: coverage.sway_mm() });
            judged.squares.push((within.centre(), building_sums(&coverage)));
        }
        judged.squares = summed(judged.squares);
        judged
    }
}

/// What is found for a chunk of buildings by the areas around it.
pub(super) struct Shared {
    pub held: Vec<Held>,
    /// Sums of the buildings that the same areas hold.
    pub totals: Vec<(Held, AreaTotals)>,
}

impl Shared {
    pub fn new(buildings: &LayerSlots, slots: Range<u32>, areas: &Outlined<'_>, results: &Results) -> Shared {
        let mut shared = Shared { held: vec![], totals: vec![] };
        let inner: Vec<Option<Place>> =
            slots.clone().map(|slot| buildings.row(slot).map(|row| inner_place(row.shape))).collect();
        let near = Bounds::of(inner.iter().flatten().copied()).map(|bounds| areas.near(bounds));
        for (slot, place) in slots.zip(inner) {
            let (Some(place), Some(near)) = (place, &near) else {
                shared.held.push(Held::BY_NONE);
                continue;
            };
            let held = near.holding(place);
            shared.held.push(held);
            let nth = shared.totals.iter().rposition(|(of, _)| *of == held).unwrap_or_else(|| {
                shared.totals.push((held, AreaTotals::default()));
                shared.totals.len() - 1
            });
            shared.totals[nth].1.count_building(&results.weights[slot], &results.coverage[slot], 1);
        }
        shared
    }
}

/// Does something for each chunk of a layer's slots, in parallel; the answers in order.
pub(super) fn by_chunk<T: Send>(layer: &LayerSlots, work: impl Fn(Range<u32>) -> T + Sync) -> Vec<T> {
    let slots = layer.slots();
    let chunks = (0..slots.div_ceil(CHUNK)).into_par_iter();
    chunks.map(|nth| work((nth * CHUNK) as u32..((nth + 1) * CHUNK).min(slots) as u32)).collect()
}

/// What a building adds to the squares.
pub(super) fn building_sums(coverage: &Coverage) -> [i64; BUILDING_SUMS] {
    let mut sums = [0; BUILDING_SUMS];
    sums[0] = 1;
    for (grade, reach) in coverage.0.iter().enumerate() {
        if let Some(class) = reach.covered.class() {
            sums[1 + grade * 4 + class] = 1;
        }
    }
    sums
}
