//! The next city from this one: what changed, and what hangs on it.

use std::sync::{Arc, OnceLock};

use super::frame::Frame;
use super::joined_roads::JoinedRoads;
use super::results::Results;
use super::rows::RowRef;
use super::town::City;
use crate::model::Layer;
use crate::store::{Change, Changes, Row};

/// More changed hydrants than these are not followed one by one: each looks at every chunk of buildings.
const MANY_HYDRANTS: usize = 256;

impl City {
    /// The city after changes, equal to one loaded afresh. This one stays as it is.
    ///
    /// Changed hydrants and buildings cost what they touch, but the first hydrant of a grade touches every building;
    /// changed areas cost the totals of all areas.
    pub fn apply(&self, changes: Changes) -> City {
        let mut next = self.clone();
        next.revision = changes.snapshot.revision;
        next.zone = changes.snapshot.zone.into();
        next.sources = Arc::new(changes.snapshot.sources);
        next.bounds = Arc::default();
        next.extent = Arc::default();
        let mut changed: Vec<Vec<(u32, Option<Row>)>> = Layer::ALL.iter().map(|_| Vec::new()).collect();
        for change in changes.rows {
            match change {
                Change::Put(row) => {
                    let layer = row.feature.layer as usize;
                    changed[layer].push(next.layers[layer].put(&row));
                }
                Change::Gone(layer, id) => {
                    let taken = next.layers[layer as usize].take(id);
                    changed[layer as usize].extend(taken.map(|(slot, row)| (slot, Some(row))));
                }
            }
        }
        let of = |layer: Layer| &changed[layer as usize][..];
        let hydrants = &next.layers[Layer::Hydrant as usize];
        let roads = &next.layers[Layer::Road as usize];
        let joined_differ =
            |(slot, old): &(u32, Option<Row>)| JoinedRoads::differ(old.as_ref().map(RowRef::from), roads.row(*slot));
        if of(Layer::Road).iter().any(joined_differ) {
            next.joined_roads = Arc::default();
        }
        let of_network = [Layer::Road, Layer::Lane, Layer::Barrier, Layer::Water, Layer::Building];
        if of_network.into_iter().any(|layer| !of(layer).is_empty()) {
            next.network = Arc::default();
        }
        next.ground = Arc::default();
        next.risk = Arc::default();
        let streets_stay = of(Layer::Area).is_empty() && of(Layer::Road).is_empty();
        let followed = self.street_need.get().filter(|_| streets_stay).map(|known| {
            let mut known = known.clone();
            known.follow(hydrants, of(Layer::Hydrant));
            OnceLock::from(known)
        });
        next.street_need = Arc::new(followed.unwrap_or_default());
        if of(Layer::Hydrant).len() > MANY_HYDRANTS {
            next.results = Results::new(&next.layers, &next.frame);
            return next;
        }
        next.results.follow(&next.layers, &next.frame, of(Layer::Hydrant), of(Layer::Building));
        if !of(Layer::Area).is_empty() {
            next.results.share_out(&next.layers);
        }
        next
    }

    /// The same rows on another day or by another pack.
    pub fn reframe(&self, frame: Frame) -> City {
        if frame.day == self.frame.day && Arc::ptr_eq(&frame.pack, &self.frame.pack) {
            return self.clone();
        }
        let results = Results::new(&self.layers, &frame);
        let network = if frame.pack.travel == self.frame.pack.travel { self.network.clone() } else { Arc::default() };
        City {
            frame,
            results,
            network,
            street_need: Arc::default(),
            ground: Arc::default(),
            risk: Arc::default(),
            ..self.clone()
        }
    }
}
