//! What of a tile is drawn: everything, or only what may differ between two cities, so that what draws a tile also tells
//! whether it changed.

use std::collections::HashSet;

use crate::model::{FeatureId, Layer};
use crate::tiles::{Pyramid, Square, TileId};

/// Something that tiles draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Thing {
    /// The row of a slot.
    Row(Layer, u32),
    /// A line of roads that low zooms draw.
    Joined(FeatureId),
    /// What was found of access to a feature.
    Finding(Layer, FeatureId),
    /// A hydrant whose failure is felt.
    Felt(FeatureId),
    /// The pieces of a road or lane that cut buildings off.
    Cutting(Layer, FeatureId),
    /// A square of totals.
    Square(u64),
}

/// Everything, or some things.
pub(super) struct Pick(Option<HashSet<Thing>>);

impl Pick {
    /// Everything there is.
    pub const ALL: Pick = Pick(None);

    /// Only these.
    pub fn of(things: impl IntoIterator<Item = Thing>) -> Pick {
        Pick(Some(things.into_iter().collect()))
    }

    /// Whether a thing is drawn.
    pub fn has(&self, thing: Thing) -> bool {
        self.0.as_ref().is_none_or(|picked| picked.contains(&thing))
    }

    /// Whether any thing of a sort may be drawn: where none is, nobody need look for them.
    pub fn has_any(&self, is_of: impl Fn(&Thing) -> bool) -> bool {
        self.0.as_ref().is_none_or(|picked| picked.iter().any(is_of))
    }

    /// The squares of a tile that are drawn, in order. Of picked ones no other is looked at.
    pub fn squares<const N: usize>(&self, of: &Pyramid<N>, tile: TileId) -> Vec<Square<N>> {
        let Some(picked) = &self.0 else { return of.squares_of(tile).collect() };
        let square = |thing: &Thing| if let Thing::Square(id) = thing { of.square(*id) } else { None };
        let mut squares: Vec<Square<N>> = picked.iter().filter_map(square).collect();
        squares.sort_unstable_by_key(Square::id);
        squares
    }

    /// Hydrants whose failure is felt that are drawn, in order; `None` where all are.
    pub fn felt(&self) -> Option<Vec<FeatureId>> {
        let felt = |thing: &Thing| if let Thing::Felt(id) = thing { Some(*id) } else { None };
        let mut felt: Vec<FeatureId> = self.0.as_ref()?.iter().filter_map(felt).collect();
        felt.sort_unstable();
        Some(felt)
    }

    /// Slots of the rows of a layer that are drawn; `None` where all are.
    pub fn rows(&self, layer: Layer) -> Option<impl Iterator<Item = u32> + '_> {
        let slot = move |thing: &Thing| match thing {
            Thing::Row(of, slot) if *of == layer => Some(*slot),
            _ => None,
        };
        self.0.as_ref().map(|picked| picked.iter().filter_map(slot))
    }
}
