//! Whether a file that comes again brings the keys that its source is known by.
//!
//! Some programs give new keys at every export. Taken for keys they would put every feature on the map once more, so
//! such a file is refused: none of its keys is known and yet most of its features stand where the source has one.

use std::path::Path;

use super::error::IngestError;
use super::geometry;
use super::guess;
use super::key::Keys;
use super::options::{Options, Replace};
use super::record::Record;
use crate::crs::Crs;
use crate::model::{Bounds, Layer};
use crate::store::Store;

/// Rows that are looked at.
const MOST: usize = 256;
/// Rows below which nothing is said.
const LEAST: usize = 20;

/// A file that is about to be imported, by its first records.
pub struct Coming<'a> {
    /// Its path.
    pub path: &'a Path,
    /// The layer it is for.
    pub layer: Layer,
    /// The source it is of.
    pub source: &'a str,
    /// What its rows are known by.
    pub keys: &'a Keys,
    /// Names of its columns.
    pub columns: &'a [Box<str>],
    /// Its first records, in its own coordinates.
    pub sample: &'a [Record],
    /// The system of those.
    pub crs: &'a Crs,
}

/// Refuses a file whose keys are all new where its features are not.
pub fn check(coming: &Coming<'_>, options: &Options, store: &dyn Store) -> Result<(), IngestError> {
    // Who replaces is held back where most of a source would go.
    if options.replace != Replace::No {
        return Ok(());
    }
    let Coming { path, layer, source, keys, columns, sample, crs } = coming;
    let step = sample.len().div_ceil(MOST).max(1);
    let brought: Vec<(Box<str>, Bounds)> = sample
        .iter()
        .step_by(step)
        .filter_map(|record| {
            let mut geometry = record.geometry.clone();
            geometry::to_wgs84(&mut geometry, crs);
            let (shape, _) = geometry::shape(&geometry, *layer).ok()?;
            Some((keys.of(record)?.into(), shape.bounds()))
        })
        .collect();
    if brought.len() < LEAST {
        return Ok(());
    }
    let known = store.recognise(*layer, source, &brought).map_err(|cause| IngestError::Store { cause })?;
    if 50 * known.keys >= brought.len() || 2 * known.places < brought.len() {
        return Ok(());
    }
    let column = guess::nearly_key(columns, sample, keys.column_name()).map(|name| format!(" --key {name}"));
    Err(IngestError::KeysNew {
        path: path.display().to_string(),
        source: (*source).to_owned(),
        of: brought.len(),
        places: known.places,
        column: column.unwrap_or_default(),
    })
}
