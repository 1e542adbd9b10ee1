//! One layer of the city: its rows by slot, where they are, and where each number's slot is.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use rayon::prelude::*;

use super::early::{Drawn, Early};
use super::rows::{Heap, RowRef};
use super::texts::Texts;
use crate::analysis::inner_place;
use crate::crs::WorldBox;
use crate::index::{CHUNK, Packed, Slots, Space};
use crate::model::{FeatureId, Layer, Place};
use crate::store::Row;

/// The rows of a layer. A clone shares everything; a change copies the chunks it touches.
#[derive(Clone)]
pub struct LayerSlots {
    layer: Layer,
    rows: Arc<Vec<Arc<Heap>>>,
    texts: Arc<Vec<Arc<Texts>>>,
    boxes: Slots<WorldBox>,
    space: Space,
    /// Where areas are labelled; of other layers none.
    labels: Slots<Place>,
    early: Early,
    /// Slots of the load in order of number, and slots of rows that came since by number.
    loaded: Arc<Vec<u32>>,
    since: Arc<BTreeMap<FeatureId, u32>>,
    count: usize,
}

/// Rows of a layer on their way to their slots, in the order in which they came.
pub(super) struct Gathered {
    layer: Layer,
    heaps: Vec<Heap>,
    order: Vec<Position>,
}

/// Where on the Hilbert curve a row lies, and where it was gathered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    hilbert: u64,
    id: FeatureId,
    heap: u32,
    nth: u32,
}

/// Rows that are gathered into one heap: so many that heaps are few, so few that none grows large while it doubles.
const GATHERED: usize = 1 << 15;

impl Gathered {
    /// None yet.
    pub fn new(layer: Layer) -> Gathered {
        Gathered { layer, heaps: Vec::new(), order: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: &Row) {
        let row = RowRef::from(row);
        if self.heaps.last().is_none_or(|heap| heap.len() == GATHERED || !heap.has_room()) {
            self.heaps.push(Heap::new(self.layer));
        }
        let heap = self.heaps.len() - 1;
        let nth = self.heaps[heap].len();
        self.heaps[heap].push(row.id, Some(row));
        let hilbert = row.within().centre().hilbert();
        self.order.push(Position { hilbert, id: row.id, heap: heap as u32, nth: nth as u32 });
    }

    /// Adds what was gathered elsewhere.
    pub fn append(&mut self, other: Gathered) {
        let before = self.heaps.len() as u32;
        self.heaps.extend(other.heaps);
        self.order.extend(other.order.into_iter().map(|at| Position { heap: at.heap + before, ..at }));
    }
}

/// What is made of neighbouring rows.
struct Chunk {
    heap: Heap,
    texts: Texts,
    boxes: Vec<WorldBox>,
    labels: Vec<Place>,
    early: Vec<Drawn>,
}

impl LayerSlots {
    /// Of rows, which get neighbouring slots where they are neighbours. Parallel; O(n log n).
    pub(super) fn new(gathered: Gathered) -> LayerSlots {
        let Gathered { layer, heaps, mut order } = gathered;
        order.par_sort_unstable();
        let chunks: Vec<Chunk> = order
            .par_chunks(CHUNK)
            .zip(0..order.len().div_ceil(CHUNK) as u32)
            .map(|(chunk, nth)| {
                let rows = chunk.iter().map(|at| (at.id, heaps[at.heap as usize].get(at.nth as usize)));
                let heap = Heap::of(layer, rows);
                let boxes = heap.rows().flatten().map(RowRef::within).collect();
                let texts = Texts::of(heap.rows());
                let first = nth * CHUNK as u32;
                let early = heap.rows().zip(first..).filter_map(|(row, slot)| Drawn::early(slot, row?)).collect();
                let labels = heap.rows().flatten().filter_map(label).collect();
                Chunk { heap, texts, boxes, labels, early }
            })
            .collect();
        drop(heaps);
        let (mut rows, mut texts, mut drawn) = (Vec::new(), Vec::new(), Vec::new());
        let (mut boxes, mut labels) = (Vec::new(), Vec::new());
        for chunk in chunks {
            rows.push(Arc::new(chunk.heap));
            texts.push(Arc::new(chunk.texts));
            boxes.push(chunk.boxes);
            labels.push(chunk.labels);
            drawn.extend(chunk.early);
        }
        let boxes = Slots::of_chunks(boxes);
        let mut loaded: Vec<u32> = (0..order.len() as u32).collect();
        loaded.par_sort_unstable_by_key(|slot| order[*slot as usize].id);
        LayerSlots {
            layer,
            rows: Arc::new(rows),
            texts: Arc::new(texts),
            space: Space::packed(Packed::sorted((0..boxes.len() as u32).map(|slot| (boxes[slot], slot)))),
            labels: if layer == Layer::Area { Slots::of_chunks(labels) } else { Slots::default() },
            early: Early::new(drawn.into_iter()),
            boxes,
            loaded: Arc::new(loaded),
            since: Arc::default(),
            count: order.len(),
        }
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many slots there are, empty ones included.
    pub fn slots(&self) -> usize {
        self.boxes.len()
    }

    /// The row of a slot.
    pub fn row(&self, slot: u32) -> Option<RowRef<'_>> {
        self.rows.get(slot as usize / CHUNK)?.get(slot as usize % CHUNK)
    }

    /// The number of the row that is or was in a slot.
    ///
    /// # Panics
    /// Past the end: slots come from this layer alone.
    pub fn number(&self, slot: u32) -> FeatureId {
        self.rows[slot as usize / CHUNK].number(slot as usize % CHUNK)
    }

    /// The box around the row of a slot; of an empty slot the last one.
    pub fn within(&self, slot: u32) -> WorldBox {
        self.boxes[slot]
    }

    /// The row of a number and its slot. O(log rows).
    pub fn find(&self, id: FeatureId) -> Option<(u32, RowRef<'_>)> {
        let slot = self.slot_of(id)?;
        Some((slot, self.row(slot)?))
    }

    /// All rows with their slots, in order of slot.
    pub fn iter(&self) -> impl Iterator<Item = (u32, RowRef<'_>)> {
        (0..self.slots() as u32).filter_map(|slot| Some((slot, self.row(slot)?)))
    }

    /// The slots in which an earlier version of this layer has another row, or none, in order. Slots tell apart within
    /// one load only.
    pub(super) fn differing<'a>(&'a self, before: &'a LayerSlots) -> impl Iterator<Item = u32> + 'a {
        let apart = move |nth: &usize| match (self.rows.get(*nth), before.rows.get(*nth)) {
            (Some(a), Some(b)) => !Arc::ptr_eq(a, b),
            _ => true,
        };
        let chunks = (0..self.rows.len().max(before.rows.len())).filter(apart);
        let slots = chunks.flat_map(|nth| (nth * CHUNK) as u32..((nth + 1) * CHUNK) as u32);
        slots.filter(move |slot| self.row(*slot) != before.row(*slot))
    }

    /// Whether each slot is that of the same number in a layer of the same load.
    pub(super) fn numbers_as(&self, other: &LayerSlots) -> bool {
        self.slots() == other.slots() && self.since == other.since
    }

    /// The rows whose box touches a window, in order of number.
    pub fn window(&self, window: WorldBox) -> Vec<RowRef<'_>> {
        self.slots_in(window).into_iter().filter_map(|slot| self.row(slot)).collect()
    }

    /// Like [`LayerSlots::window`], by slot.
    pub fn slots_in(&self, window: WorldBox) -> Vec<u32> {
        let mut found = Vec::new();
        self.space.window(window, |slot| found.push(slot));
        found.sort_unstable_by_key(|slot| self.number(*slot));
        found
    }

    /// Calls `found` with each slot whose box touches the window, in no order: at zooms below 13 with those alone that
    /// are drawn at the zoom, of roads with none ([`City::joined_roads`](super::City::joined_roads)), then with all.
    pub fn drawn_in(&self, window: WorldBox, zoom: u8, mut found: impl FnMut(u32)) {
        if !self.early.window(window, zoom, &mut found) {
            self.space.window(window, found);
        }
    }

    /// Where the area of a slot is labelled: a place inside it. Of other layers nowhere.
    pub fn label(&self, slot: u32) -> Option<Place> {
        self.labels.get(slot).copied()
    }

    /// The row of a slot as a zoom draws it: with fewer vertices where they would not be seen; `None` where nothing of
    /// it would.
    pub fn drawn(&self, slot: u32, zoom: u8) -> Option<RowRef<'_>> {
        let row = self.row(slot)?;
        Some(RowRef { shape: self.early.drawn(slot, zoom, row.shape)?, ..row })
    }

    /// Rows of larger number than `after`, in order of number, at most so many. O(most + what came since the load).
    pub fn after(&self, after: FeatureId, most: usize) -> Vec<RowRef<'_>> {
        let first = self.loaded.partition_point(|slot| self.number(*slot) <= after);
        let mut loaded = self.loaded[first..].iter().map(|slot| (self.number(*slot), *slot)).peekable();
        let mut since =
            self.since.range((Bound::Excluded(after), Bound::Unbounded)).map(|(id, slot)| (*id, *slot)).peekable();
        let next = move || match (loaded.peek(), since.peek()) {
            (Some(a), Some(b)) if b < a => since.next(),
            (None, _) => since.next(),
            _ => loaded.next(),
        };
        std::iter::from_fn(next).filter_map(|(_, slot)| self.row(slot)).take(most).collect()
    }

    /// The slots of rows whose folded text may hold a word, in order of slot, each with that text. O(text held).
    pub fn texts_with<'a>(&'a self, word: &'a str) -> impl Iterator<Item = (u32, &'a str)> {
        let chunks = self.texts.iter().zip(0..);
        chunks.flat_map(move |(texts, nth)| texts.with(word).map(move |(at, text)| ((nth * CHUNK + at) as u32, text)))
    }

    /// Adds a row or puts it in place of the one of its number; its slot and the old row.
    pub(super) fn put(&mut self, row: &Row) -> (u32, Option<Row>) {
        let of = RowRef::from(row).within();
        let Some(slot) = self.slot_of(row.id) else {
            let slot = self.boxes.push(of);
            if slot as usize / CHUNK == self.rows.len() {
                Arc::make_mut(&mut self.rows).push(Arc::new(Heap::new(self.layer)));
                Arc::make_mut(&mut self.texts).push(Arc::default());
            }
            Arc::make_mut(&mut self.since).insert(row.id, slot);
            self.set(slot, row.id, Some(row.into()));
            self.space.insert(of, slot);
            self.draw(slot, row);
            self.count += 1;
            return (slot, None);
        };
        let old = self.row(slot).map(RowRef::to_owned);
        self.set(slot, row.id, Some(row.into()));
        if let Some(old) = &old {
            self.space.remove(self.boxes[slot], slot);
            self.early.remove(RowRef::from(old).least_zoom(), self.boxes[slot], slot);
        } else {
            self.count += 1;
        }
        *self.boxes.get_mut(slot) = of;
        self.space.insert(of, slot);
        self.draw(slot, row);
        (slot, old)
    }

    fn draw(&mut self, slot: u32, row: &Row) {
        if let Some(drawn) = Drawn::early(slot, row.into()) {
            self.early.insert(drawn);
        }
        match label(row.into()) {
            Some(label) if slot as usize == self.labels.len() => {
                self.labels.push(label);
            }
            Some(label) => *self.labels.get_mut(slot) = label,
            None => {}
        }
    }

    /// Takes a row away; its slot and the row.
    pub(super) fn take(&mut self, id: FeatureId) -> Option<(u32, Row)> {
        let (slot, old) = self.find(id)?;
        let (zoom, old) = (old.least_zoom(), old.to_owned());
        self.early.remove(zoom, self.boxes[slot], slot);
        self.set(slot, id, None);
        self.space.remove(self.boxes[slot], slot);
        self.count -= 1;
        Some((slot, old))
    }

    /// Makes the chunk of a slot anew, with this row in the slot.
    fn set(&mut self, slot: u32, id: FeatureId, row: Option<RowRef<'_>>) {
        let (chunk, nth) = (slot as usize / CHUNK, slot as usize % CHUNK);
        let heap = &mut Arc::make_mut(&mut self.rows)[chunk];
        *heap = Arc::new(heap.with(nth, id, row));
        let texts = &mut Arc::make_mut(&mut self.texts)[chunk];
        *texts = Arc::new(texts.put(nth, row));
    }

    fn slot_of(&self, id: FeatureId) -> Option<u32> {
        match self.loaded.binary_search_by_key(&id, |slot| self.number(*slot)) {
            Ok(at) => Some(self.loaded[at]),
            Err(_) => self.since.get(&id).copied(),
        }
    }
}

fn label(row: RowRef<'_>) -> Option<Place> {
    (row.layer == Layer::Area).then(|| inner_place(row.shape))
}
