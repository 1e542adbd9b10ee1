//! Where that is which is drawn before single buildings are: a window of a low zoom holds all of a city, of which it
//! shows a few main roads and the larger areas.

use crate::crs::WorldBox;
use crate::index::Space;

/// Zoom from which a layer's own tree serves: its windows hold little that is not shown.
const ALL_FROM: u8 = 13;

/// Boxes by slot, apart by the zoom from which they are shown; those shown from zoom 13 on are left out.
#[derive(Clone, Default)]
pub(super) struct Early(Vec<(u8, Space)>);

impl Early {
    /// Of boxes, each with its slot and the zoom from which it is shown.
    pub fn new(entries: impl Iterator<Item = (u8, WorldBox, u32)>) -> Early {
        let mut tiers: Vec<(u8, Vec<(WorldBox, u32)>)> = Vec::new();
        for (zoom, within, slot) in entries.filter(|entry| entry.0 < ALL_FROM) {
            match tiers.iter_mut().find(|tier| tier.0 == zoom) {
                Some((_, entries)) => entries.push((within, slot)),
                None => tiers.push((zoom, vec![(within, slot)])),
            }
        }
        Early(tiers.into_iter().map(|(zoom, entries)| (zoom, Space::new(entries))).collect())
    }

    /// Adds a box under a slot that is not there.
    pub fn insert(&mut self, zoom: u8, within: WorldBox, slot: u32) {
        if zoom >= ALL_FROM {
            return;
        }
        let at = self.0.iter().position(|tier| tier.0 == zoom).unwrap_or_else(|| {
            self.0.push((zoom, Space::default()));
            self.0.len() - 1
        });
        self.0[at].1.insert(within, slot);
    }

    /// Takes away the box of a slot; zoom and box must be those it was added with.
    pub fn remove(&mut self, zoom: u8, within: WorldBox, slot: u32) {
        if let Some((_, space)) = self.0.iter_mut().find(|tier| tier.0 == zoom) {
            space.remove(within, slot);
        }
    }

    /// Calls `found` with each slot that is shown at a zoom and whose box touches the window, in no order; false, and
    /// nothing is called, where the zoom is too high.
    pub fn window(&self, window: WorldBox, zoom: u8, mut found: impl FnMut(u32)) -> bool {
        for (_, space) in self.0.iter().filter(|tier| zoom < ALL_FROM && tier.0 <= zoom) {
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

    proptest! {
        #[test]
        fn after_any_edits_a_window_finds_what_a_scan_finds(
            rows in proptest::collection::vec((8_u8..16, 0_u32..900, 0_u32..900), 1..80),
            edits in proptest::collection::vec((any::<proptest::sample::Index>(), 8_u8..16, 0_u32..900), 0..40),
            x in 0_u32..900, y in 0_u32..900, size in 0_u32..600, zoom in 7_u8..13,
        ) {
            let mut rows: Vec<(u8, WorldBox)> = rows.into_iter().map(|(zoom, x, y)| (zoom, boxed(x, y, 9))).collect();
            let mut early = Early::new(rows.iter().zip(0..).map(|((zoom, within), slot)| (*zoom, *within, slot)));
            for (at, zoom, x) in edits {
                let at = at.index(rows.len());
                let (old_zoom, old) = rows[at];
                early.remove(old_zoom, old, at as u32);
                rows[at] = (zoom, boxed(x, x / 2, 9));
                early.insert(zoom, rows[at].1, at as u32);
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
