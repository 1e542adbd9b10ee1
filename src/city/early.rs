//! Where that is which is drawn before single buildings are: a window of a low zoom holds all of a city, of which it
//! shows the larger areas.

use std::collections::HashMap;
use std::sync::Arc;

use super::rows::RowRef;
use crate::crs::WorldBox;
use crate::index::Space;
use crate::model::{Layer, ShapeRef};
use crate::tiles::{Coarse, LAST_COARSE};

/// Zoom from which a layer's own tree serves, and what it finds is looked at one by one: little of it is not shown.
pub const ALL_FROM: u8 = 13;

/// Boxes by slot, apart by the zoom from which they are shown, and coarse shapes; what is shown from zoom 13 on is left
/// out.
#[derive(Clone, Default)]
pub(super) struct Early {
    tiers: Vec<(u8, Space)>,
    /// By slot, where a shape has too many vertices to be simplified for every tile.
    coarse: Arc<HashMap<u32, Coarse>>,
}

/// A row that is drawn early.
pub(super) struct Drawn {
    slot: u32,
    zoom: u8,
    within: WorldBox,
    coarse: Option<Coarse>,
}

impl Drawn {
    /// Of a row and its slot; `None` where its layer's own tree serves, and of roads, which are joined instead.
    pub fn early(slot: u32, row: RowRef<'_>) -> Option<Drawn> {
        let zoom = row.least_zoom();
        (zoom < ALL_FROM && row.layer != Layer::Road).then(|| Drawn {
            slot,
            zoom,
            within: row.within(),
            coarse: Coarse::of(row.shape),
        })
    }
}

impl Early {
    /// Of rows.
    pub fn new(rows: impl Iterator<Item = Drawn>) -> Early {
        let mut tiers: Vec<(u8, Vec<(WorldBox, u32)>)> = Vec::new();
        let mut coarse = HashMap::new();
        for row in rows {
            match tiers.iter_mut().find(|tier| tier.0 == row.zoom) {
                Some((_, entries)) => entries.push((row.within, row.slot)),
                None => tiers.push((row.zoom, vec![(row.within, row.slot)])),
            }
            coarse.extend(row.coarse.map(|shape| (row.slot, shape)));
        }
        let tiers = tiers.into_iter().map(|(zoom, entries)| (zoom, Space::new(entries))).collect();
        Early { tiers, coarse: Arc::new(coarse) }
    }

    /// Adds a row under a slot that is not there.
    pub fn insert(&mut self, row: Drawn) {
        let at = self.tiers.iter().position(|tier| tier.0 == row.zoom).unwrap_or_else(|| {
            self.tiers.push((row.zoom, Space::default()));
            self.tiers.len() - 1
        });
        self.tiers[at].1.insert(row.within, row.slot);
        if let Some(shape) = row.coarse {
            Arc::make_mut(&mut self.coarse).insert(row.slot, shape);
        }
    }

    /// Takes away the row of a slot; zoom and box must be those it was added with.
    pub fn remove(&mut self, zoom: u8, within: WorldBox, slot: u32) {
        if let Some((_, space)) = self.tiers.iter_mut().find(|tier| tier.0 == zoom) {
            space.remove(within, slot);
        }
        if self.coarse.contains_key(&slot) {
            Arc::make_mut(&mut self.coarse).remove(&slot);
        }
    }

    /// The shape of a slot as a zoom draws it; `None` where it is too small to be seen.
    pub fn drawn<'a>(&'a self, slot: u32, zoom: u8, own: ShapeRef<'a>) -> Option<ShapeRef<'a>> {
        match self.coarse.get(&slot) {
            Some(coarse) if zoom <= LAST_COARSE => coarse.at(zoom),
            _ => Some(own),
        }
    }

    /// Calls `found` with each slot that is shown at a zoom and whose box touches the window, in no order; false, and
    /// nothing is called, where the zoom is too high.
    pub fn window(&self, window: WorldBox, zoom: u8, mut found: impl FnMut(u32)) -> bool {
        for (_, space) in self.tiers.iter().filter(|tier| zoom < ALL_FROM && tier.0 <= zoom) {
            space.window(window, &mut found);
        }
        zoom < ALL_FROM
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::World;
    use proptest::prelude::*;

    fn boxed(x: u32, y: u32, size: u32) -> WorldBox {
        WorldBox { min: World { x, y }, max: World { x: x + size, y: y + size } }
    }

    fn drawn(zoom: u8, within: WorldBox, slot: u32) -> Drawn {
        Drawn { slot, zoom, within, coarse: None }
    }

    proptest! {
        #[test]
        fn after_any_edits_a_window_finds_what_a_scan_finds(
            rows in proptest::collection::vec((8_u8..16, 0_u32..900, 0_u32..900), 1..80),
            edits in proptest::collection::vec((any::<proptest::sample::Index>(), 8_u8..16, 0_u32..900), 0..40),
            x in 0_u32..900, y in 0_u32..900, size in 0_u32..600, zoom in 7_u8..13,
        ) {
            let mut rows: Vec<(u8, WorldBox)> = rows.into_iter().map(|(zoom, x, y)| (zoom, boxed(x, y, 9))).collect();
            let mut early = Early::new(rows.iter().zip(0..).map(|((zoom, within), slot)| drawn(*zoom, *within, slot)).filter(|row| row.zoom < ALL_FROM));
            for (at, zoom, x) in edits {
                let at = at.index(rows.len());
                let (old_zoom, old) = rows[at];
                early.remove(old_zoom, old, at as u32);
                rows[at] = (zoom, boxed(x, x / 2, 9));
                if zoom < ALL_FROM {
                    early.insert(drawn(zoom, rows[at].1, at as u32));
                }
            }
            let window = boxed(x, y, size);
            let mut found = Vec::new();
            prop_assert!(early.window(window, zoom, |slot| found.push(slot)));
            found.sort_unstable();
            let shown = |row: &&(u32, (u8, WorldBox))| row.1.0 <= zoom && row.1.1.intersects(window);
            let scan: Vec<u32> = (0..).zip(rows).collect::<Vec<_>>().iter().filter(shown).map(|row| row.0).collect();
            prop_assert_eq!(found, scan);
        }
    }
}
