//! What stays on the map though the files of its source no longer hold it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::report::Report;
use crate::model::Layer;
use crate::store::{Revision, Store, StoreError};

/// Features of a layer and a source that the files of an import did not mention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stays {
    /// The layer.
    pub layer: Layer,
    /// The source.
    pub source: Arc<str>,
    /// How many.
    pub count: u64,
}

/// The names of the sources that a store knows.
pub fn sources_of(store: &dyn Store) -> Result<Vec<Arc<str>>, StoreError> {
    let now = store.wait(Revision(0), Duration::ZERO)?;
    Ok(store.changes(now)?.snapshot.sources.into_iter().map(|source| source.name).collect())
}

impl Stays {
    /// What stays after an import, or would after a rehearsal of one. `before` are the sources that the store knew:
    /// where the import is of none of them the store is not looked through.
    pub fn after(store: &dyn Store, before: &[Arc<str>], report: &Report) -> Result<Vec<Stays>, StoreError> {
        let mut seen: BTreeMap<(Layer, Arc<str>), u64> = BTreeMap::new();
        let all = || report.files.iter().flat_map(|file| &file.seen);
        for ((layer, source), count) in all() {
            // The counts of a rehearsal are of a layer: of several sources in one they cannot be told apart.
            let is_alone = all().all(|((of, other), _)| of != layer || other == source);
            if before.contains(source) && (is_alone || !report.dry_run) {
                *seen.entry((*layer, source.clone())).or_default() += count;
            }
        }
        if seen.is_empty() {
            return Ok(Vec::new());
        }
        let held: Mutex<BTreeMap<(Layer, Arc<str>), u64>> = Mutex::default();
        let layers: Vec<Layer> =
            Layer::ALL.into_iter().filter(|layer| seen.keys().any(|(of, _)| of == layer)).collect();
        store.load_of(&layers, &|rows| {
            let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
            for row in rows {
                let key = (row.feature.layer, row.feature.source);
                if seen.contains_key(&key) {
                    *held.entry(key).or_default() += 1;
                }
            }
        })?;
        let held = held.into_inner().unwrap_or_else(PoisonError::into_inner);
        let stays = held.into_iter().filter_map(|((layer, source), held)| {
            let seen = seen.get(&(layer, source.clone())).copied()?;
            let counts = report.counts.iter().find(|(of, _)| *of == layer).map(|(_, counts)| *counts);
            // What a rehearsal would add is not held, what it would take off still is.
            let counts = counts.filter(|_| report.dry_run).unwrap_or_default();
            let count = (held + counts.added).saturating_sub(seen + counts.retired);
            (count > 0).then_some(Stays { layer, source, count })
        });
        Ok(stays.collect())
    }
}
