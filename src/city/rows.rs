//! Rows as they lie in memory: shapes, keys and attributes one after the other, an entry of fixed size for each row.
//!
//! A row is read where it lies ([`RowRef`]); nothing is allocated for it. The same heap gathers rows while a store is
//! read and holds a chunk of a layer.

use std::sync::Arc;

use crate::crs::WorldBox;
use crate::model::{AttributesRef, Feature, FeatureId, Flaw, Layer, Origin, ShapeRef};
use crate::store::Row;

/// A row where it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowRef<'a> {
    /// Its number in its layer.
    pub id: FeatureId,
    /// Its layer.
    pub layer: Layer,
    /// The source it came from, such as `osm`.
    pub source: &'a Arc<str>,
    /// Its key in that source.
    pub source_key: &'a str,
    /// Where it is.
    pub shape: ShapeRef<'a>,
    /// What is odd about its shape.
    pub flaw: Option<Flaw>,
    /// What is known about it.
    pub attributes: AttributesRef<'a>,
    /// The file it came from, without its folder.
    pub file: &'a Arc<str>,
    /// Row, element or feature number in that file, from 1.
    pub file_row: u64,
}

impl<'a> From<&'a Row> for RowRef<'a> {
    fn from(Row { id, feature }: &'a Row) -> RowRef<'a> {
        RowRef {
            id: *id,
            layer: feature.layer,
            source: &feature.source,
            source_key: &feature.source_key,
            shape: feature.shape.as_ref(),
            flaw: feature.flaw,
            attributes: feature.attributes.as_ref(),
            file: &feature.origin.file,
            file_row: feature.origin.row,
        }
    }
}

impl RowRef<'_> {
    /// The same row, owned.
    pub fn to_owned(self) -> Row {
        let feature = Feature {
            layer: self.layer,
            source: self.source.clone(),
            source_key: self.source_key.into(),
            shape: self.shape.to_owned(),
            flaw: self.flaw,
            attributes: self.attributes.to_owned(),
            extra: None,
            origin: Origin { file: self.file.clone(), row: self.file_row },
        };
        Row { id: self.id, feature }
    }

    /// Zoom from which it is drawn.
    pub fn least_zoom(self) -> u8 {
        self.layer.least_zoom(self.attributes)
    }

    /// The least box around it.
    pub fn within(self) -> WorldBox {
        WorldBox::from(self.shape.bounds())
    }
}

/// Rows of one layer in the order in which they were added.
#[derive(Clone, Debug)]
pub(super) struct Heap {
    layer: Layer,
    entries: Vec<Entry>,
    places: Vec<crate::model::Place>,
    parts: Vec<u32>,
    keys: String,
    /// Of each row the packed attributes.
    bytes: Vec<u8>,
    /// Pairs of source and file; most rows share one.
    origins: Vec<(Arc<str>, Arc<str>)>,
}

/// Where a row lies; what begins where the one before ends.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The number of the row that is or was here.
    id: FeatureId,
    is_here: bool,
    file_row: u64,
    places_end: u32,
    parts_end: u32,
    key_end: u32,
    bytes_end: u32,
    origin: u32,
    flaw: Option<Flaw>,
}

/// What rows take in a heap.
#[derive(Clone, Copy, Default)]
struct Room {
    places: usize,
    parts: usize,
    keys: usize,
    bytes: usize,
}

impl Heap {
    /// Without rows.
    pub fn new(layer: Layer) -> Heap {
        Heap {
            layer,
            entries: vec![],
            places: vec![],
            parts: vec![],
            keys: String::new(),
            bytes: vec![],
            origins: vec![],
        }
    }

    /// Of rows, taking no more room than they need.
    pub fn of<'a>(layer: Layer, rows: impl Iterator<Item = (FeatureId, Option<RowRef<'a>>)> + Clone) -> Heap {
        let (count, room) = rows.clone().fold((0, Room::default()), |(count, room), (_, row)| {
            let (parts, places) = row.map_or((0, 0), |row| {
                let (parts, places) = row.shape.raw();
                (parts.len(), places.len())
            });
            let (keys, bytes) = row.map_or((0, 0), |row| (row.source_key.len(), row.attributes.packed().len()));
            let room = Room {
                places: room.places + places,
                parts: room.parts + parts,
                keys: room.keys + keys,
                bytes: room.bytes + bytes,
            };
            (count + 1, room)
        });
        let mut heap = Heap {
            layer,
            entries: Vec::with_capacity(count),
            places: Vec::with_capacity(room.places),
            parts: Vec::with_capacity(room.parts),
            keys: String::with_capacity(room.keys),
            bytes: Vec::with_capacity(room.bytes),
            origins: Vec::with_capacity(1),
        };
        rows.for_each(|(id, row)| heap.push(id, row));
        heap
    }

    /// How many entries there are, empty ones included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether another row of the same size would still be found by 32-bit ends; rows have less than 2³¹ vertices.
    pub fn has_room(&self) -> bool {
        self.places.len().max(self.keys.len()).max(self.bytes.len()) < 1 << 30
    }

    /// Adds a row, or an entry where the one of a number was.
    pub fn push(&mut self, id: FeatureId, row: Option<RowRef<'_>>) {
        let mut origin = 0;
        if let Some(row) = row {
            let (parts, places) = row.shape.raw();
            self.places.extend_from_slice(places);
            self.parts.extend_from_slice(parts);
            self.keys.push_str(row.source_key);
            self.bytes.extend_from_slice(row.attributes.packed());
            origin = self.origin(row.source, row.file);
        }
        self.entries.push(Entry {
            id,
            is_here: row.is_some(),
            file_row: row.map_or(0, |row| row.file_row),
            places_end: self.places.len() as u32,
            parts_end: self.parts.len() as u32,
            key_end: self.keys.len() as u32,
            bytes_end: self.bytes.len() as u32,
            origin,
            flaw: row.and_then(|row| row.flaw),
        });
    }

    /// The same with another row, or none, in the place of a number: the next place, or the one that was its own.
    pub fn with(&self, nth: usize, id: FeatureId, row: Option<RowRef<'_>>) -> Heap {
        let places = 0..self.len().max(nth + 1);
        Heap::of(self.layer, places.map(|at| if at == nth { (id, row) } else { (self.number(at), self.get(at)) }))
    }

    /// The rows in order, nothing where none is.
    pub fn rows(&self) -> impl Iterator<Item = Option<RowRef<'_>>> {
        (0..self.len()).map(|nth| self.get(nth))
    }

    /// The number of the row that is or was in a place.
    pub fn number(&self, nth: usize) -> FeatureId {
        self.entries[nth].id
    }

    /// The row of a place.
    pub fn get(&self, nth: usize) -> Option<RowRef<'_>> {
        let entry = self.entries.get(nth).filter(|entry| entry.is_here)?;
        let before = nth.checked_sub(1).map(|before| &self.entries[before]);
        let begin = |end: fn(&Entry) -> u32| before.map_or(0, end) as usize;
        let (source, file) = &self.origins[entry.origin as usize];
        let places = &self.places[begin(|before| before.places_end)..entry.places_end as usize];
        let parts = &self.parts[begin(|before| before.parts_end)..entry.parts_end as usize];
        let packed = &self.bytes[begin(|before| before.bytes_end)..entry.bytes_end as usize];
        Some(RowRef {
            id: entry.id,
            layer: self.layer,
            source,
            source_key: &self.keys[begin(|before| before.key_end)..entry.key_end as usize],
            shape: ShapeRef::lying(self.layer.def().geometry, parts, places),
            flaw: entry.flaw,
            attributes: AttributesRef::lying(packed),
            file,
            file_row: entry.file_row,
        })
    }

    fn origin(&mut self, source: &Arc<str>, file: &Arc<str>) -> u32 {
        let same = |(of, from): &(Arc<str>, Arc<str>)| **of == **source && **from == **file;
        let at = self.origins.iter().rposition(same).unwrap_or_else(|| {
            self.origins.push((source.clone(), file.clone()));
            self.origins.len() - 1
        });
        at as u32
    }
}
