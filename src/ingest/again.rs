//! By what the rows of a file that comes again are known: the keys its source was known by, so far as it has them.
//!
//! Some programs give new keys at every export. Taken for keys they would put every feature on the map once more, so
//! such a file is refused: none of its keys is known and yet most of its features stand where the source has one.

use std::path::Path;

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
use crate::model::{Bounds, Layer};
use crate::store::{Import, Store};

/// Rows that are looked at.
const MOST: usize = 256;
/// Rows below which nothing is said.
const LEAST: usize = 20;

/// What the store knows of a source before a file of it comes.
pub struct Before<'a> {
    /// The store.
    pub store: &'a dyn Store,
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
        // Who replaces is held back where most of a source would go.
        if options.replace != Replace::No {
            return Ok(());
        }
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
        let known = self.store.recognise(layer, source, &brought).map_err(|cause| IngestError::Store { cause })?;
        if 50 * known.keys >= brought.len() || 2 * known.places < brought.len() {
            return Ok(());
        }
        let column = guess::nearly_key(columns, sample, keys.column_name()).map(|name| format!(" --key {name}"));
        Err(IngestError::KeysNew {
            path: path.display().to_string(),
            source: source.to_owned(),
            of: brought.len(),
            places: known.places,
            column: column.unwrap_or_default(),
        })
    }
}
