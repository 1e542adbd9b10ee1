//! Which area of each level holds a place.

use super::layer::LayerSlots;
use crate::analysis::{NeedArea, Outline};
use crate::crs::WorldBox;
use crate::index::Packed;
use crate::model::{Bounds, FeatureId, Layer, Place, area};

/// Slots of the areas that hold a feature, one at most of each level in order of [`area::KINDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held([u32; area::KINDS.len()]);

impl Held {
    /// Of a feature outside all areas.
    pub const BY_NONE: Held = Held([u32::MAX; area::KINDS.len()]);

    /// The areas' slots, from the first level to the last.
    pub fn slots(self) -> impl Iterator<Item = u32> {
        self.0.into_iter().filter(|slot| *slot != u32::MAX)
    }
}

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

/// The areas of a neighbourhood: what touches its box, and whether the box lies within as a whole.
pub(super) struct AreasNear<'a>(Vec<(&'a Area, bool)>);

impl Areas {
    /// Of the area layer.
    pub fn new(layer: &LayerSlots) -> Areas {
        let kind_of = |code: &str| area::KINDS.iter().position(|kind| kind.code == code);
        let areas: Vec<Area> = layer
            .iter()
            .filter_map(|(slot, row)| {
                let kind = row.attributes.choice(Layer::Area, area::KIND).and_then(kind_of)?;
                Some(Area { slot, id: row.id, kind, outline: Outline::new(row.shape) })
            })
            .collect();
        let boxed = areas.iter().map(|area| WorldBox::from(area.outline.bounds())).zip(0..).collect();
        Areas { areas, tree: Packed::new(boxed) }
    }

    /// The area of each level that holds a place; of several the one of smallest number.
    pub fn holding(&self, place: Place) -> Held {
        self.near(Bounds { min: place, max: place }).holding(place)
    }

    /// The areas near places within bounds; asking for many neighbours is then asking of a few areas.
    pub fn near(&self, bounds: Bounds) -> AreasNear<'_> {
        let mut near = Vec::new();
        self.tree.window(WorldBox::from(bounds), &mut |nth| {
            let area = &self.areas[nth as usize];
            match area.outline.holds_all(bounds) {
                Some(false) => {}
                all => near.push((area, all == Some(true))),
            }
        });
        AreasNear(near)
    }

    /// All outlines, as the question of hydrants needed takes them.
    pub fn outlines(&self) -> Vec<NeedArea> {
        self.areas
            .iter()
            .map(|area| NeedArea { slot: area.slot, id: area.id, kind: area.kind, outline: area.outline.clone() })
            .collect()
    }
}

impl AreasNear<'_> {
    /// Like [`Areas::holding`], of a place within the bounds.
    pub fn holding(&self, place: Place) -> Held {
        let mut best: [Option<(FeatureId, u32)>; area::KINDS.len()] = Default::default();
        for (area, whole) in &self.0 {
            if best[area.kind].is_none_or(|(id, _)| area.id < id) && (*whole || area.outline.contains(place)) {
                best[area.kind] = Some((area.id, area.slot));
            }
        }
        Held(best.map(|found| found.map_or(u32::MAX, |(_, slot)| slot)))
    }
}
