//! One layer of the city: its rows by slot, where they are, and where each number's slot is.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::crs::WorldBox;
use crate::index::{Slots, Space};
use crate::model::{Attributes, FeatureId, Layer};
use crate::store::Row;

/// The rows of a layer. A clone shares everything; a change copies what it touches.
#[derive(Clone)]
pub struct LayerSlots {
    layer: Layer,
    rows: Slots<Option<Arc<Row>>>,
    boxes: Slots<WorldBox>,
    /// What is searched: name and address, folded.
    texts: Slots<Option<Arc<str>>>,
    space: Space,
    /// Slot of each number, those of the load sorted, those since by number.
    loaded: Arc<Vec<(FeatureId, u32)>>,
    since: Arc<BTreeMap<FeatureId, u32>>,
    count: usize,
}

impl LayerSlots {
    /// Of rows, which get neighbouring slots where they are neighbours.
    pub fn new(layer: Layer, mut rows: Vec<Row>) -> LayerSlots {
        rows.sort_by_cached_key(|row| (WorldBox::from(&row.feature.shape).centre().hilbert(), row.id));
        let boxes: Slots<WorldBox> = rows.iter().map(|row| WorldBox::from(&row.feature.shape)).collect();
        let mut loaded: Vec<(FeatureId, u32)> = rows.iter().map(|row| row.id).zip(0..).collect();
        loaded.sort_unstable();
        LayerSlots {
            layer,
            space: Space::new(boxes.iter().copied().zip(0..).collect()),
            boxes,
            texts: rows.iter().map(|row| text_of(layer, &row.feature.attributes)).collect(),
            loaded: Arc::new(loaded),
            since: Arc::default(),
            count: rows.len(),
            rows: rows.into_iter().map(|row| Some(Arc::new(row))).collect(),
        }
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many slots there are, empty ones included.
    pub fn slots(&self) -> usize {
        self.rows.len()
    }

    /// The row of a slot.
    pub fn row(&self, slot: u32) -> Option<&Row> {
        self.rows.get(slot)?.as_deref()
    }

    /// The box around the row of a slot; of an empty slot the last one.
    pub fn within(&self, slot: u32) -> WorldBox {
        self.boxes[slot]
    }

    /// The row of a number and its slot.
    pub fn find(&self, id: FeatureId) -> Option<(u32, &Row)> {
        let slot = self.slot_of(id)?;
        Some((slot, self.row(slot)?))
    }

    /// All rows with their slots, in order of slot.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Row)> {
        self.rows.iter().zip(0..).filter_map(|(row, slot)| Some((slot, row.as_deref()?)))
    }

    /// The rows whose box touches a window, in order of number.
    pub fn window(&self, window: WorldBox) -> Vec<&Row> {
        let mut found = Vec::new();
        self.space.window(window, |slot| found.extend(self.row(slot)));
        found.sort_unstable_by_key(|row| row.id);
        found
    }

    /// Like [`LayerSlots::window`], by slot.
    pub fn slots_in(&self, window: WorldBox) -> Vec<u32> {
        let mut found = Vec::new();
        self.space.window(window, |slot| found.push(slot));
        found.sort_unstable_by_key(|slot| self.row(*slot).map(|row| row.id));
        found
    }

    /// Rows of larger number than `after`, in order of number, at most so many. O(most + what came since the load).
    pub fn after(&self, after: FeatureId, most: usize) -> Vec<&Row> {
        let loaded = &self.loaded[self.loaded.partition_point(|(id, _)| *id <= after)..];
        let mut loaded = loaded.iter().copied().peekable();
        let mut since =
            self.since.range((Bound::Excluded(after), Bound::Unbounded)).map(|(id, slot)| (*id, *slot)).peekable();
        let next = move || match (loaded.peek(), since.peek()) {
            (Some(a), Some(b)) if b < a => since.next(),
            (None, _) => since.next(),
            _ => loaded.next(),
        };
        std::iter::from_fn(next).filter_map(|(_, slot)| self.row(slot)).take(most).collect()
    }

    /// The folded text of a slot that is searched.
    pub fn text(&self, slot: u32) -> Option<&str> {
        self.texts.get(slot)?.as_deref()
    }

    /// Adds a row or puts it in place of the one of its number; its slot and the old row.
    pub(super) fn put(&mut self, row: Row) -> (u32, Option<Arc<Row>>) {
        let of = WorldBox::from(&row.feature.shape);
        let text = text_of(self.layer, &row.feature.attributes);
        let Some(slot) = self.slot_of(row.id) else {
            let slot = self.boxes.push(of);
            self.texts.push(text);
            Arc::make_mut(&mut self.since).insert(row.id, slot);
            self.rows.push(Some(Arc::new(row)));
            self.space.insert(of, slot);
            self.count += 1;
            return (slot, None);
        };
        let old = self.rows.get_mut(slot).replace(Arc::new(row));
        if old.is_some() {
            self.space.remove(self.boxes[slot], slot);
        } else {
            self.count += 1;
        }
        *self.boxes.get_mut(slot) = of;
        *self.texts.get_mut(slot) = text;
        self.space.insert(of, slot);
        (slot, old)
    }

    /// Takes a row away; its slot and the row.
    pub(super) fn take(&mut self, id: FeatureId) -> Option<(u32, Arc<Row>)> {
        let (slot, _) = self.find(id)?;
        let old = self.rows.get_mut(slot).take()?;
        *self.texts.get_mut(slot) = None;
        self.space.remove(self.boxes[slot], slot);
        self.count -= 1;
        Some((slot, old))
    }

    fn slot_of(&self, id: FeatureId) -> Option<u32> {
        match self.loaded.binary_search_by_key(&id, |(id, _)| *id) {
            Ok(at) => Some(self.loaded[at].1),
            Err(_) => self.since.get(&id).copied(),
        }
    }
}

/// Folds a text for searching: letters and digits alone, compatibility forms unified (full-width digits too), lower
/// case, without accents.
pub(super) fn folded(text: &str) -> String {
    text.nfkd().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric() && !is_combining_mark(*c)).collect()
}

/// Public text fields that people search by.
fn text_of(layer: Layer, attributes: &Attributes) -> Option<Arc<str>> {
    let texts: Vec<String> = ["name", "address", "code"]
        .into_iter()
        .filter_map(|name| layer.field(name))
        .filter(|(_, field)| field.is_public())
        .filter_map(|(ix, _)| attributes.text(layer, ix))
        .map(folded)
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n").into())
}
