//! A city from nothing: all rows of a store, then all results.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::frame::Frame;
use super::joined_roads::JoinedRoads;
use super::layer::{Gathered, LayerSlots};
use super::results::Results;
use super::town::City;
use crate::model::Layer;
use crate::store::{Row, Snapshot, Store, StoreError};

impl City {
    /// Loads a store whole and computes everything.
    pub fn load(store: &dyn Store, frame: Frame) -> Result<City, StoreError> {
        // Each thread of the store gathers rows on its own.
        let idle: Mutex<Vec<Vec<Gathered>>> = Mutex::default();
        let lock = || idle.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = store.load(&|batch| {
            let taken = lock().pop();
            let mut layers = taken.unwrap_or_else(nothing);
            batch.iter().for_each(|row| layers[row.feature.layer as usize].push(row));
            lock().push(layers);
        })?;
        let mut all = nothing();
        for gathered in idle.into_inner().unwrap_or_else(PoisonError::into_inner) {
            all.iter_mut().zip(gathered).for_each(|(all, more)| all.append(more));
        }
        Ok(City::of_layers(snapshot, all, frame))
    }

    /// A city of rows in any order.
    pub fn of(snapshot: Snapshot, rows: impl IntoIterator<Item = Row>, frame: Frame) -> City {
        let mut all = nothing();
        rows.into_iter().for_each(|row| all[row.feature.layer as usize].push(&row));
        City::of_layers(snapshot, all, frame)
    }

    fn of_layers(snapshot: Snapshot, gathered: Vec<Gathered>, frame: Frame) -> City {
        let layers: Vec<LayerSlots> = gathered.into_iter().map(LayerSlots::new).collect();
        let roads = &layers[Layer::Road as usize];
        let (results, joined_roads) = rayon::join(|| Results::new(&layers, &frame), || JoinedRoads::new(roads));
        City {
            revision: snapshot.revision,
            zone: snapshot.zone.into(),
            sources: snapshot.sources.into(),
            frame,
            layers,
            results,
            joined_roads: Arc::new(OnceLock::from(joined_roads)),
            street_need: Arc::default(),
            network: Arc::default(),
            ground: Arc::default(),
            bounds: Arc::default(),
            extent: Arc::default(),
        }
    }
}

/// Nothing gathered yet, by layer.
fn nothing() -> Vec<Gathered> {
    Layer::ALL.into_iter().map(Gathered::new).collect()
}
