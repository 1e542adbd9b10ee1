//! A city from nothing: all rows of a store, then all results.

use std::sync::Arc;

use rayon::prelude::*;

use super::frame::Frame;
use super::layer::LayerSlots;
use super::results::Results;
use super::town::City;
use crate::model::Layer;
use crate::store::{Row, Snapshot, Store, StoreError};

impl City {
    /// Loads a store whole and computes everything.
    pub fn load(store: &dyn Store, frame: Frame) -> Result<City, StoreError> {
        let mut rows: Vec<Vec<Row>> = Layer::ALL.iter().map(|_| Vec::new()).collect();
        let snapshot = store.load(&mut |batch| {
            for row in batch {
                rows[row.feature.layer as usize].push(row);
            }
        })?;
        Ok(City::of(snapshot, rows, frame))
    }

    /// A city of rows by layer, in order of [`Layer::ALL`].
    pub fn of(snapshot: Snapshot, rows: Vec<Vec<Row>>, frame: Frame) -> City {
        let layers: Vec<LayerSlots> = Layer::ALL
            .into_iter()
            .zip(rows)
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|(layer, rows)| LayerSlots::new(layer, rows))
            .collect();
        let results = Results::new(&layers, &frame);
        City {
            revision: snapshot.revision,
            zone: snapshot.zone.into(),
            sources: snapshot.sources.into(),
            frame,
            layers,
            results,
            bounds: Arc::default(),
            extent: Arc::default(),
        }
    }
}
