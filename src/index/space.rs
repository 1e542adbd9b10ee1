//! A tree that changes: a frozen base, what came since, and what is gone.

use std::collections::HashSet;
use std::sync::Arc;

use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::Packed;
use crate::crs::{World, WorldBox};

type Entry = GeomWithData<Rectangle<[i64; 2]>, u32>;

/// Boxes by slot, changed by copy-on-write: a clone shares everything, a change copies only what came since the base
/// was packed.
#[derive(Clone, Default)]
pub struct Space {
    base: Arc<Packed>,
    delta: Arc<RTree<Entry>>,
    /// Slots of the base that count no more.
    dead: Arc<HashSet<u32>>,
}

impl Space {
    /// A space of these boxes.
    pub fn new(entries: Vec<(WorldBox, u32)>) -> Space {
        Space { base: Arc::new(Packed::new(entries)), ..Space::default() }
    }

    /// A space of what is packed already.
    pub fn packed(base: Packed) -> Space {
        Space { base: Arc::new(base), ..Space::default() }
    }

    /// How many boxes it has.
    pub fn len(&self) -> usize {
        self.base.len() - self.dead.len() + self.delta.size()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a box under a slot that is not there.
    pub fn insert(&mut self, of: WorldBox, slot: u32) {
        Arc::make_mut(&mut self.delta).insert(entry(of, slot));
        if self.delta.size() > 256.max(self.base.len() / 64) {
            self.pack();
        }
    }

    /// Takes away the box of a slot; `of` must be the box it was added with.
    pub fn remove(&mut self, of: WorldBox, slot: u32) {
        if Arc::make_mut(&mut self.delta).remove(&entry(of, slot)).is_none() {
            Arc::make_mut(&mut self.dead).insert(slot);
        }
    }

    /// Calls `found` with each slot whose box touches the window, in no order.
    pub fn window(&self, window: WorldBox, mut found: impl FnMut(u32)) {
        self.base.window(window, &mut |slot| {
            if !self.dead.contains(&slot) {
                found(slot);
            }
        });
        for entry in self.delta.locate_in_envelope_intersecting(&envelope(window)) {
            found(entry.data);
        }
    }

    /// Calls `visit` with slots whose box lies within `limit` world units of `from`, roughly nearest first; `visit`
    /// returns the limit from then on, which may shrink but not grow. All within the last limit are visited.
    pub fn near(&self, from: WorldBox, limit: f64, mut visit: impl FnMut(u32) -> f64) {
        let mut limit = limit;
        limit = self.base.near(from, limit, &mut |slot| {
            if !self.dead.contains(&slot) {
                limit = visit(slot);
            }
            limit
        });
        for entry in self.delta.locate_in_envelope_intersecting(&envelope(from.grown(limit.ceil()))) {
            visit(entry.data);
        }
    }

    /// Packs everything into a new base.
    fn pack(&mut self) {
        let mut entries = Vec::with_capacity(self.len());
        self.base.entries(|of, slot| {
            if !self.dead.contains(&slot) {
                entries.push((of, slot));
            }
        });
        entries.extend(self.delta.iter().map(|entry| (boxed(entry), entry.data)));
        *self = Space::new(entries);
    }
}

fn envelope(of: WorldBox) -> AABB<[i64; 2]> {
    AABB::from_corners([i64::from(of.min.x), i64::from(of.min.y)], [i64::from(of.max.x), i64::from(of.max.y)])
}

fn entry(of: WorldBox, slot: u32) -> Entry {
    GeomWithData::new(Rectangle::from_aabb(envelope(of)), slot)
}

fn boxed(entry: &Entry) -> WorldBox {
    // Corners come from `envelope`, so they fit.
    let world = |[x, y]: [i64; 2]| World { x: x as u32, y: y as u32 };
    WorldBox { min: world(entry.geom().lower()), max: world(entry.geom().upper()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn after_any_edits_it_finds_what_a_map_holds(
            edits in proptest::collection::vec((0u32..40, 0u32..1000, 0u32..1000, 0u32..30, any::<bool>()), 0..600),
            x in 0u32..1000, y in 0u32..1000, size in 0u32..300,
        ) {
            let mut space = Space::default();
            let mut map = BTreeMap::new();
            let mut next = 0;
            for (slot, x, y, size, put) in edits {
                let of = WorldBox { min: World { x, y }, max: World { x: x + size, y: y + size } };
                if put {
                    space.insert(of, next);
                    map.insert(next, of);
                    next += 1;
                } else if let Some((&slot, &of)) = map.range(slot..).next() {
                    space.remove(of, slot);
                    map.remove(&slot);
                }
            }
            prop_assert_eq!(space.len(), map.len());
            let window = WorldBox { min: World { x, y }, max: World { x: x + size, y: y + size } };
            let mut found = vec![];
            space.window(window, |slot| found.push(slot));
            found.sort_unstable();
            let scan: Vec<u32> = map.iter().filter(|(_, of)| of.intersects(window)).map(|(slot, _)| *slot).collect();
            prop_assert_eq!(found, scan);

            let mut best = f64::INFINITY;
            space.near(window, f64::INFINITY, |slot| { best = best.min(map[&slot].gap2(window).sqrt()); best });
            let scan = map.values().map(|of| of.gap2(window).sqrt()).fold(f64::INFINITY, f64::min);
            prop_assert_eq!(best, scan);
        }
    }
}
