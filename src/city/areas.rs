//! Which area of each level holds a place.

use rayon::prelude::*;

use super::layer::LayerSlots;
use crate::analysis::{NeedArea, Outline, holds};
use crate::crs::WorldBox;
use crate::index::Packed;
use crate::model::{Bounds, FeatureId, Layer, Place, area};

/// Slots of the areas that hold a feature, one at most of each level in order of [`area::KINDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held([u32; area::LEVELS]);

impl Held {
    /// Of a feature outside all areas.
    pub const BY_NONE: Held = Held([u32::MAX; area::LEVELS]);

    /// The areas' slots, from the first level to the last.
    pub fn slots(self) -> impl Iterator<Item = u32> {
        self.0.into_iter().filter(|slot| *slot != u32::MAX)
    }
}

/// An area that has a level.
#[derive(Clone, Copy)]
pub(super) struct Area {
    slot: u32,
    id: FeatureId,
    kind: usize,
}

impl Area {
    /// As the question of hydrants needed takes it.
    pub fn needs<'a>(&self, outline: &'a Outline) -> NeedArea<'a> {
        NeedArea { slot: self.slot, id: self.id, kind: self.kind, outline }
    }
}

/// The areas that have a level, and where they are.
#[derive(Default)]
pub(super) struct Areas {
    areas: Vec<Area>,
    tree: Packed,
}

/// The areas with their outlines, for many questions at once; too large to keep.
pub(super) struct Outlined<'a> {
    areas: &'a Areas,
    outlines: Vec<Outline>,
}

/// The areas of a neighbourhood: what touches its box, and whether the box lies within as a whole.
pub(super) struct AreasNear<'a>(Vec<(Area, &'a Outline, bool)>);

impl Areas {
    /// Of the area layer.
    pub fn new(layer: &LayerSlots) -> Areas {
        let kind_of = |code: &str| area::KINDS.iter().position(|kind| kind.code == code);
        let areas = layer.iter().filter_map(|(slot, row)| {
            let kind = row.attributes.choice(Layer::Area, area::KIND).and_then(kind_of)?;
            Some(Area { slot, id: row.id, kind })
        });
        let areas: Vec<Area> = areas.collect();
        let boxed = areas.iter().zip(0..).map(|(area, nth)| (layer.within(area.slot), nth)).collect();
        Areas { areas, tree: Packed::new(boxed) }
    }

    /// The area of each level that holds a place; of several the one of smallest number. O(edges of the areas there).
    pub fn holding(&self, layer: &LayerSlots, place: Place) -> Held {
        let mut best = Best::default();
        self.tree.window(WorldBox::at(place.into()), &mut |nth| {
            let area = self.areas[nth as usize];
            best.meet(area, || layer.row(area.slot).is_some_and(|row| holds(row.shape, place)));
        });
        best.held()
    }

    /// Made ready for many questions. Parallel.
    pub fn outlined(&self, layer: &LayerSlots) -> Outlined<'_> {
        Outlined { areas: self, outlines: self.areas.par_iter().map(|area| outline(layer, area)).collect() }
    }

    /// Those that touch a box, with their outlines.
    pub fn outlined_within(&self, layer: &LayerSlots, within: WorldBox) -> Vec<(Area, Outline)> {
        let mut near = Vec::new();
        self.tree.window(within, &mut |nth| near.push(self.areas[nth as usize]));
        near.into_iter().map(|area| (area, outline(layer, &area))).collect()
    }
}

fn outline(layer: &LayerSlots, area: &Area) -> Outline {
    let row = layer.row(area.slot).expect("areas are of rows of the same layer, unchanged");
    Outline::new(row.shape)
}

impl Outlined<'_> {
    /// The areas near places within bounds; asking for many neighbours is then asking of a few areas.
    pub fn near(&self, bounds: Bounds) -> AreasNear<'_> {
        let mut near = Vec::new();
        self.areas.tree.window(WorldBox::from(bounds), &mut |nth| {
            let (area, outline) = (self.areas.areas[nth as usize], &self.outlines[nth as usize]);
            match outline.holds_all(bounds) {
                Some(false) => {}
                all => near.push((area, outline, all == Some(true))),
            }
        });
        AreasNear(near)
    }

    /// All of them, as the question of hydrants needed takes them.
    pub fn all(&self) -> Vec<NeedArea<'_>> {
        let both = self.areas.areas.iter().zip(&self.outlines);
        both.map(|(area, outline)| area.needs(outline)).collect()
    }
}

impl AreasNear<'_> {
    /// Like [`Areas::holding`], of a place within the bounds.
    pub fn holding(&self, place: Place) -> Held {
        let mut best = Best::default();
        for (area, outline, whole) in &self.0 {
            best.meet(*area, || *whole || outline.contains(place));
        }
        best.held()
    }
}

/// The areas found so far, one of each level.
#[derive(Default)]
struct Best([Option<(FeatureId, u32)>; area::LEVELS]);

impl Best {
    /// Asks whether an area holds the place only where that would count.
    fn meet(&mut self, area: Area, holds: impl FnOnce() -> bool) {
        let best = &mut self.0[area.kind];
        if best.is_none_or(|(id, _)| area.id < id) && holds() {
            *best = Some((area.id, area.slot));
        }
    }

    fn held(self) -> Held {
        Held(self.0.map(|found| found.map_or(u32::MAX, |(_, slot)| slot)))
    }
}
