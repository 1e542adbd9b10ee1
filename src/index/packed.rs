//! A frozen R-tree: leaves in Hilbert order, sixteen to a node, levels laid one after the other without pointers.

use crate::crs::WorldBox;

/// Children a node has.
const FANOUT: usize = 16;

/// A frozen R-tree over boxes; an entry's slot is any `u32`.
///
/// Built in O(n log n), 20 bytes an entry. After Vladimir Agafonkin's flatbush, with implied positions: the children
/// of node `i` of a level are `16·i ..` of the level below.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    /// Boxes of all levels, leaves first.
    boxes: Vec<WorldBox>,
    /// Slot of each leaf.
    slots: Vec<u32>,
    /// Where each level begins in `boxes`, and the end of the last.
    levels: Vec<usize>,
}

impl Packed {
    /// Packs entries.
    pub fn new(mut entries: Vec<(WorldBox, u32)>) -> Packed {
        entries.sort_by_cached_key(|(of, slot)| (of.centre().hilbert(), *slot));
        Packed::sorted(entries.into_iter())
    }

    /// Packs entries whose neighbours stand beside each other already, in Hilbert order for instance. O(n).
    pub fn sorted(entries: impl ExactSizeIterator<Item = (WorldBox, u32)>) -> Packed {
        if entries.len() == 0 {
            return Packed::default();
        }
        let count = entries.len();
        let (mut boxes, mut slots) = (Vec::with_capacity(count + count / (FANOUT - 1) + 8), Vec::with_capacity(count));
        for (of, slot) in entries {
            boxes.push(of);
            slots.push(slot);
        }
        let mut levels = vec![0];
        let mut start = 0;
        while boxes.len() - start > 1 {
            let end = boxes.len();
            levels.push(end);
            for node in (start..end).step_by(FANOUT) {
                let children = &boxes[node..end.min(node + FANOUT)];
                boxes.push(children[1..].iter().fold(children[0], |all, one| all.union(*one)));
            }
            start = end;
        }
        levels.push(boxes.len());
        Packed { boxes, slots, levels }
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The memory it takes.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.boxes[..]) + size_of_val(&self.slots[..])
    }

    /// Calls `found` with each slot whose box touches the window.
    pub fn window(&self, window: WorldBox, found: &mut impl FnMut(u32)) {
        if let Some(top) = self.top() {
            self.window_below(top, 0, window, found);
        }
    }

    fn window_below(&self, level: usize, nth: usize, window: WorldBox, found: &mut impl FnMut(u32)) {
        for (nth, child) in self.children(level, nth) {
            if !child.intersects(window) {
                continue;
            }
            if level > 0 && window.union(child) != window {
                self.window_below(level - 1, nth, window, found);
                continue;
            }
            // Wholly inside: all its leaves, which stand side by side.
            let leaves = FANOUT.pow(level as u32);
            let last = self.slots.len().min((nth + 1) * leaves);
            self.slots[nth * leaves..last].iter().for_each(|slot| found(*slot));
        }
    }

    /// Calls `visit` with slots whose box lies within `limit` world units of `from`, roughly nearest first; `visit`
    /// returns the limit from then on, which may shrink but not grow.
    pub fn near(&self, from: WorldBox, limit: f64, visit: &mut impl FnMut(u32) -> f64) -> f64 {
        match self.top() {
            Some(top) => self.near_below(top, 0, from, limit, visit),
            None => limit,
        }
    }

    fn near_below(
        &self,
        level: usize,
        nth: usize,
        from: WorldBox,
        mut limit: f64,
        visit: &mut impl FnMut(u32) -> f64,
    ) -> f64 {
        let mut order = [(f64::INFINITY, 0usize); FANOUT];
        let mut count = 0;
        for (nth, child) in self.children(level, nth) {
            let gap2 = child.gap2(from);
            if gap2 <= limit * limit {
                // Insertion sort: few children are within the limit.
                let mut at = count;
                while at > 0 && order[at - 1].0 > gap2 {
                    order[at] = order[at - 1];
                    at -= 1;
                }
                order[at] = (gap2, nth);
                count += 1;
            }
        }
        for &(gap2, nth) in &order[..count] {
            if gap2 > limit * limit {
                break;
            }
            limit = match level {
                0 => visit(self.slots[nth]),
                _ => self.near_below(level - 1, nth, from, limit, visit),
            };
        }
        limit
    }

    /// Calls `found` with every box and its slot.
    pub fn entries(&self, mut found: impl FnMut(WorldBox, u32)) {
        for (of, slot) in self.boxes.iter().zip(&self.slots) {
            found(*of, *slot);
        }
    }

    /// The level below the root.
    fn top(&self) -> Option<usize> {
        match self.levels.len() {
            0 => None,
            2 => Some(0),
            levels => Some(levels - 3),
        }
    }

    /// The boxes of a level below one node of the level above, with their positions in the level.
    fn children(&self, level: usize, nth: usize) -> impl Iterator<Item = (usize, WorldBox)> + '_ {
        let (start, end) = (self.levels[level], self.levels[level + 1]);
        let first = start + nth * FANOUT;
        let last = end.min(first + FANOUT);
        (first..last).map(move |at| (at - start, self.boxes[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::World;
    use proptest::prelude::*;

    fn boxes() -> impl Strategy<Value = Vec<(WorldBox, u32)>> {
        proptest::collection::vec((0u32..2000, 0u32..2000, 0u32..60, 0u32..60), 0..400).prop_map(|all| {
            let boxed = |(x, y, w, h): (u32, u32, u32, u32)| boxed(x, y, w, h);
            all.into_iter().map(boxed).zip(0..).collect()
        })
    }

    fn boxed(x: u32, y: u32, width: u32, height: u32) -> WorldBox {
        WorldBox { min: World { x, y }, max: World { x: x + width, y: y + height } }
    }

    proptest! {
        #[test]
        fn a_window_finds_what_a_scan_finds(entries in boxes(), x in 0u32..2000, y in 0u32..2000, size in 0u32..500) {
            let window = boxed(x, y, size, size);
            let mut found = vec![];
            Packed::new(entries.clone()).window(window, &mut |slot| found.push(slot));
            found.sort_unstable();
            let scan: Vec<u32> = entries.iter().filter(|(of, _)| of.intersects(window)).map(|(_, slot)| *slot).collect();
            prop_assert_eq!(found, scan);
        }

        #[test]
        fn the_nearest_is_what_a_scan_finds(entries in boxes(), x in 0u32..2000, y in 0u32..2000, size in 0u32..50) {
            let from = boxed(x, y, size, size);
            let mut best = f64::INFINITY;
            let gap = |slot: u32| entries[slot as usize].0.gap2(from).sqrt();
            Packed::new(entries.clone()).near(from, f64::INFINITY, &mut |slot| { best = best.min(gap(slot)); best });
            let scan = entries.iter().map(|(of, _)| of.gap2(from).sqrt()).fold(f64::INFINITY, f64::min);
            prop_assert_eq!(best, scan);
        }

        #[test]
        fn all_within_a_limit_are_visited(entries in boxes(), x in 0u32..2000, y in 0u32..2000, limit in 0.0..400.0f64) {
            let from = boxed(x, y, 0, 0);
            let mut found = vec![];
            Packed::new(entries.clone()).near(from, limit, &mut |slot| { found.push(slot); limit });
            found.sort_unstable();
            let within = |(of, _): &&(WorldBox, u32)| of.gap2(from) <= limit * limit;
            let scan: Vec<u32> = entries.iter().filter(within).map(|(_, slot)| *slot).collect();
            prop_assert_eq!(found, scan);
        }
    }
}
