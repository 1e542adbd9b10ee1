//! Which area of each level holds a place.

use super::layer::LayerSlots;
use crate::analysis::{NeedArea, Outline};
use crate::crs::{World, WorldBox};
use crate::index::Packed;
use crate::model::{FeatureId, Layer, Place, area};

/// Slot of the area of each level that holds a feature.
pub type Held = [Option<u32>; area::KINDS.len()];

/// Of a feature outside all areas.
pub(super) const HELD_BY_NONE: Held = [None; area::KINDS.len()];

struct Area {
    slot: u32,
    id: FeatureId,
    kind: usize,
    outline: Outline,
}

/// The outlines of all areas that have a level.
#[derive(Default)]
pub(super) struct Areas {
    areas: Vec<Area>,
    tree: Packed,
}

impl Areas {
    /// Of the area layer.
    pub fn new(layer: &LayerSlots) -> Areas {
        let kind_of = |code: &str| area::KINDS.iter().position(|kind| kind.code == code);
        let areas: Vec<Area> = layer
            .iter()
            .filter_map(|(slot, row)| {
                let kind = row.feature.attributes.choice(Layer::Area, area::KIND).and_then(kind_of)?;
                Some(Area { slot, id: row.id, kind, outline: Outline::new(&row.feature.shape) })
            })
            .collect();
        let boxed = areas.iter().map(|area| WorldBox::from(area.outline.bounds())).zip(0..).collect();
        Areas { areas, tree: Packed::new(boxed) }
    }

    /// The area of each level that holds a place; of several the one of smallest number.
    pub fn holding(&self, place: Place) -> Held {
        let mut best: [Option<(FeatureId, u32)>; area::KINDS.len()] = Default::default();
        self.tree.window(WorldBox::at(World::from(place)), &mut |nth| {
            let area = &self.areas[nth as usize];
            if best[area.kind].is_none_or(|(id, _)| area.id < id) && area.outline.contains(place) {
                best[area.kind] = Some((area.id, area.slot));
            }
        });
        best.map(|found| found.map(|(_, slot)| slot))
    }

    /// All outlines, as the question of hydrants needed takes them.
    pub fn outlines(&self) -> Vec<NeedArea> {
        self.areas
            .iter()
            .map(|area| NeedArea { slot: area.slot, id: area.id, kind: area.kind, outline: area.outline.clone() })
            .collect()
    }
}
