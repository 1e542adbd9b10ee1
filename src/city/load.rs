//! A city from nothing: all rows of a store, then all results.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::frame::Frame;
use super::joined_roads::JoinedRoads;
use super::layer::{Gathered, LayerSlots};
use super::results::Results;
use super::town::{City, extent_of};
use crate::model::{Bounds, Layer, Place, Relief};
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
        let layers = slots(all);
        let extent = extent_of(&layers);
        // Read after the rows: what was written between them is among the changes since their revision.
        let relief = store.relief(extent.map(with_margin))?;
        Ok(City::of_layers(snapshot, layers, extent, relief, frame))
    }

    /// A city of rows in any order, on ground of unknown height.
    pub fn of(snapshot: Snapshot, rows: impl IntoIterator<Item = Row>, frame: Frame) -> City {
        let mut all = nothing();
        rows.into_iter().for_each(|row| all[row.feature.layer as usize].push(&row));
        let layers = slots(all);
        let extent = extent_of(&layers);
        City::of_layers(snapshot, layers, extent, Relief::default(), frame)
    }

    fn of_layers(
        snapshot: Snapshot,
        layers: Vec<LayerSlots>,
        extent: Option<Bounds>,
        relief: Relief,
        frame: Frame,
    ) -> City {
        let roads = &layers[Layer::Road as usize];
        let (results, joined_roads) = rayon::join(|| Results::new(&layers, &frame), || JoinedRoads::new(roads));
        City {
            revision: snapshot.revision,
            zone: snapshot.zone.into(),
            sources: snapshot.sources.into(),
            frame,
            layers,
            relief: Arc::new(relief),
            results,
            joined_roads: Arc::new(OnceLock::from(joined_roads)),
            street_need: Arc::default(),
            network: Arc::default(),
            ground: Arc::default(),
            risk: Arc::default(),
            bounds: Arc::default(),
            extent: Arc::new(OnceLock::from(extent)),
        }
    }
}

/// Metres around a city's extent in which the heights of the ground are held, so that an edit at its edge needs no more.
pub const MARGIN_M: f64 = 1000.0;

/// A box with the margin around it.
fn with_margin(bounds: Bounds) -> Bounds {
    /// Units of a place in a degree.
    const DEGREE: i32 = 10_000_000;
    // A degree of latitude is no shorter than 110.5 km; one of longitude shrinks towards the poles.
    let units = MARGIN_M / 110_500.0 * 1e7;
    let farthest = bounds.min.lat.unsigned_abs().max(bounds.max.lat.unsigned_abs());
    let shrunk = libm::cos(f64::from(farthest) * 1e-7 * std::f64::consts::PI / 180.0).max(0.01);
    let (lon, lat) = ((units / shrunk) as i32, units as i32);
    let min = Place { lon: (bounds.min.lon - lon).max(-180 * DEGREE), lat: (bounds.min.lat - lat).max(-90 * DEGREE) };
    let max = Place { lon: (bounds.max.lon + lon).min(180 * DEGREE), lat: (bounds.max.lat + lat).min(90 * DEGREE) };
    Bounds { min, max }
}

/// The layers of what was gathered.
fn slots(gathered: Vec<Gathered>) -> Vec<LayerSlots> {
    gathered.into_iter().map(LayerSlots::new).collect()
}

/// Nothing gathered yet, by layer.
fn nothing() -> Vec<Gathered> {
    Layer::ALL.into_iter().map(Gathered::new).collect()
}
