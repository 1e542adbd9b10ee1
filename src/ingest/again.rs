//! By what the rows of a file that comes again are known: the keys its source was known by, so far as it has them.
//!
//! Some programs give new keys at every export. Taken for keys they would put every feature on the map once more, so
//! such a file is refused: none of its keys is known and yet most of its features stand where the source has one,
//! whether the store holds that or a file before it in the same call has brought it.

use std::collections::HashSet;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use super::error::IngestError;
use super::geometry;
use super::grid::list;
use super::guess;
use super::key::{Keys, remembered_column};
use super::names::plain;
use super::options::{Options, Replace};
use super::record::{Geometry, Record};
use super::reject::Reason;
use super::report::Remark;
use crate::crs::Crs;
use crate::model::{Bounds, Feature, Layer};
use crate::store::{Import, Recognised, Store};

/// Rows that are looked at.
const MOST: usize = 256;
/// Rows below which nothing is said.
const LEAST: usize = 20;

/// Features of a call that are remembered, some 40 bytes each.
const MOST_BROUGHT: usize = 1 << 20;
/// How far a side of a box may lie from where it was, in 1e-7 degrees: some two metres.
const SAME: i32 = 200;

/// The features that files of a call have brought, so that those after them can be held against them: hashes of their
/// keys and of their boxes, of the first million.
#[derive(Default)]
pub struct Brought {
    keys: HashSet<u64>,
    places: HashSet<u64>,
}

impl Brought {
    /// Remembers a feature.
    pub fn add(&mut self, feature: &Feature) {
        if self.keys.len() < MOST_BROUGHT {
            let of = Of { layer: feature.layer, source: &feature.source };
            self.keys.insert(of.key(&feature.source_key));
            self.places.insert(of.place(sides(feature.shape.bounds()).map(cell)));
        }
    }

    /// How many of the keys and of the boxes were there already.
    fn recognise(&self, layer: Layer, source: &str, brought: &[(Box<str>, Bounds)]) -> Recognised {
        let of = Of { layer, source };
        let is_near = |bounds: Bounds| {
            let sides = sides(bounds);
            // Each side may lie in the cell before or behind.
            (0..16_u8).any(|ways| {
                let mut nth = 0;
                let cells = sides.map(|side| {
                    nth += 1;
                    cell(if ways >> (nth - 1) & 1 == 0 { side.saturating_sub(SAME) } else { side.saturating_add(SAME) })
                });
                self.places.contains(&of.place(cells))
            })
        };
        Recognised {
            keys: brought.iter().filter(|(key, _)| self.keys.contains(&of.key(key))).count(),
            places: brought.iter().filter(|(_, bounds)| is_near(*bounds)).count(),
        }
    }
}

/// Whose keys and places are hashed.
struct Of<'a> {
    layer: Layer,
    source: &'a str,
}

impl Of<'_> {
    fn key(&self, key: &str) -> u64 {
        xxh3_64(format!("{}\0{}\0{key}", self.layer.name(), self.source).as_bytes())
    }

    fn place(&self, cells: [i32; 4]) -> u64 {
        xxh3_64(format!("{}\0{}\0{cells:?}", self.layer.name(), self.source).as_bytes())
    }
}

fn sides(Bounds { min, max }: Bounds) -> [i32; 4] {
    [min.lon, min.lat, max.lon, max.lat]
}

fn cell(side: i32) -> i32 {
    side.div_euclid(2 * SAME)
}

/// What the store knows of a source before a file of it comes.
pub struct Before<'a> {
    /// The store.
    pub store: &'a dyn Store,
    /// What files before it in the same call have brought.
    pub brought: &'a Brought,
    /// All imports of the store, oldest first.
    pub imports: &'a [Import],
    /// The source of the file at hand.
    pub source: &'a str,
}

/// A file that is about to be imported, by its first records.
pub struct Coming<'a> {
    /// Its path.
    pub path: &'a Path,
    /// The layer it is for.
    pub layer: Layer,
    /// Names of its columns.
    pub columns: &'a [Box<str>],
    /// Its first records, in its own coordinates.
    pub sample: &'a [Record],
    /// The system of those.
    pub crs: &'a Crs,
}

impl Before<'_> {
    /// What the rows of a file are known by: the column a person names, else what the source was known by last, else
    /// what the file's first records show.
    pub fn keys(
        &self,
        coming: &Coming<'_>,
        options: &Options,
        remarks: &mut Vec<(Remark, u64)>,
    ) -> Result<Keys, IngestError> {
        let keys = self.chosen(coming, options, remarks)?;
        self.check(coming, &keys, options)?;
        Ok(keys)
    }

    /// Whether the source was imported before the store wrote down how its rows are known.
    fn is_undated(&self) -> bool {
        self.imports.iter().any(|import| *import.file.source == *self.source && import.time.is_none())
    }

    fn row_key(&self, layer: Layer) -> Option<&str> {
        let files = self.imports.iter().rev().map(|import| &import.file);
        let mut same = files.filter(|file| *file.source == *self.source && file.layer == Some(layer));
        same.find_map(|file| file.row_key.as_deref())
    }

    fn chosen(
        &self,
        coming: &Coming<'_>,
        options: &Options,
        remarks: &mut Vec<(Remark, u64)>,
    ) -> Result<Keys, IngestError> {
        let Coming { path, layer, columns, sample, .. } = *coming;
        if let Some(key) = &options.key {
            let column = columns.iter().find(|name| ***name == **key);
            let Some(name) = column.or_else(|| columns.iter().find(|name| plain(name) == plain(key))) else {
                let (column, path) = (key.clone(), path.display().to_string());
                return Err(IngestError::NoSuchColumn { column, path, columns: list(columns) });
            };
            remarks.push((Remark::KeyColumn { column: name.to_string() }, 0));
            return Ok(Keys::column(name));
        }
        let is_record = |record: &&Record| !matches!(record.geometry, Geometry::Unusable(Reason::NotARecord { .. }));
        let mut records = sample.iter().filter(is_record).peekable();
        let has_ids = records.peek().is_some() && records.all(|record| record.key.is_some());
        let known = self.row_key(layer);
        let counted = || guess::counts_rows(sample.iter().map(|record| record.key.as_deref().map(str::to_owned)));
        let evident = guess::key_column(columns, sample);
        // Ids that only number the rows are no keys where a column is one, unless the source has been known by them.
        let has_ids = has_ids && (known == Some("own") || evident.is_none() || self.is_undated() || !counted());
        let same_column =
            known.and_then(remembered_column).filter(|column| columns.iter().any(|name| **name == **column));
        let (keys, told) = match (same_column, evident) {
            (Some(column), _) => (Keys::column(column), Remark::KeyColumn { column: column.to_owned() }),
            _ if known == Some("place") => (Keys::place(), Remark::KeyPlace {}),
            _ if has_ids => (Keys::own(), Remark::KeyId {}),
            (None, Some(column)) => (Keys::column(&column), Remark::KeyColumn { column: column.into() }),
            (None, None) => (Keys::place(), Remark::KeyPlace {}),
        };
        remarks.push((told, 0));
        if let Some(before) = known.filter(|known| *known != keys.told()) {
            let before = remembered_column(before).unwrap_or(before).to_owned();
            remarks.push((Remark::KeyDiffers { before }, 0));
        }
        Ok(keys)
    }

    /// Refuses a file whose keys are all new where its features are not.
    fn check(&self, coming: &Coming<'_>, keys: &Keys, options: &Options) -> Result<(), IngestError> {
        let Coming { path, layer, columns, sample, crs } = *coming;
        let source = options.source.as_deref().unwrap_or(self.source).trim();
        let step = sample.len().div_ceil(MOST).max(1);
        let brought: Vec<(Box<str>, Bounds)> = sample
            .iter()
            .step_by(step)
            .filter_map(|record| {
                let mut geometry = record.geometry.clone();
                geometry::to_wgs84(&mut geometry, crs);
                let (shape, _) = geometry::shape(&geometry, layer).ok()?;
                Some((keys.of(record)?.into(), shape.bounds()))
            })
            .collect();
        if brought.len() < LEAST {
            return Ok(());
        }
        let here = self.brought.recognise(layer, source, &brought);
        let in_store = match options.replace {
            Replace::No => {
                self.store.recognise(layer, source, &brought).map_err(|cause| IngestError::Store { cause })?
            }
            // Who replaces is held back where most of a source would go.
            Replace::Rest | Replace::EvenMost => Recognised::default(),
        };
        let is_new = 50 * (here.keys + in_store.keys) < brought.len();
        let stands = |known: Recognised| is_new && 2 * known.places >= brought.len();
        let (of, path, source) = (brought.len(), path.display().to_string(), source.to_owned());
        let column = || guess::nearly_key(columns, sample, keys.column_name()).map(|name| format!(" --key {name}"));
        if stands(in_store) {
            let column = column().unwrap_or_default();
            return Err(IngestError::KeysNew { path, source, of, places: in_store.places, column });
        }
        if stands(here) {
            let column = column().unwrap_or_else(|| " --key …".to_owned());
            return Err(IngestError::KeysNewHere { path, source, of, places: here.places, column });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Attributes, Origin, Place, Shape};

    proptest! {
        #[test]
        fn a_box_is_known_again_two_metres_off_and_not_ten(
            lon in -1_799_990_000..1_799_990_000, lat in -899_990_000..899_990_000,
            by in prop::array::uniform2(-SAME..=SAME), far in 3 * SAME..5000,
        ) {
            let mut brought = Brought::default();
            let shape = Shape::point(Place { lon, lat });
            let bounds = shape.bounds();
            let origin = Origin { file: "a".into(), row: 1 };
            let attributes = Attributes::pack(Layer::Hydrant, &vec![None; Layer::Hydrant.fields().len()]);
            let (layer, source, source_key) = (Layer::Hydrant, "x".into(), "1".into());
            brought.add(&Feature { layer, source, source_key, shape, flaw: None, attributes, extra: None, origin });
            let moved = |by: [i32; 2]| {
                let at = Place { lon: lon + by[0], lat: lat + by[1] };
                ("2".into(), Bounds { min: at, max: at })
            };
            let places = |source: &str, by: [i32; 2]| brought.recognise(Layer::Hydrant, source, &[moved(by)]).places;
            prop_assert_eq!(places("x", by), 1);
            prop_assert_eq!(places("x", [far, 0]) + places("x", [0, -far]) + places("y", by), 0);
            prop_assert_eq!(brought.recognise(Layer::Hydrant, "x", &[("1".into(), bounds)]).keys, 1);
            prop_assert_eq!(brought.recognise(Layer::Building, "x", &[("1".into(), bounds)]), Recognised::default());
        }
    }
}
