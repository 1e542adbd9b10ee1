//! The next city from this one: what changed, and what hangs on it.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use super::edit::{Changed, Edit};
use super::joined_roads::JoinedRoads;
use super::results::Results;
use super::rows::RowRef;
use super::town::City;
use crate::model::{Bounds, Layer};
use crate::store::{Change, Changes, Row};

/// More changed hydrants than these are not followed one by one: each looks at every chunk of buildings.
pub(super) const MANY_HYDRANTS: usize = 256;

impl City {
    /// The city after changes, equal to one loaded afresh. This one stays as it is.
    ///
    /// Changed hydrants and buildings cost what they touch, but the first hydrant of a grade touches every building;
    /// changed areas cost the totals of all areas. What has been found along the ground and of risk is followed where
    /// roads, areas and stations stay, else it is found again when it is asked for.
    pub fn apply(&self, changes: Changes) -> City {
        let mut next = self.clone();
        next.revision = changes.snapshot.revision;
        next.zone = changes.snapshot.zone.into();
        next.sources = Arc::new(changes.snapshot.sources);
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
        let stay = |layers: &[Layer]| layers.iter().all(|layer| of(*layer).is_empty());
        if !stay(&[Layer::Area, Layer::Road, Layer::Hydrant]) {
            let followed = self.street_need.get().filter(|_| stay(&[Layer::Area, Layer::Road])).map(|known| {
                let mut known = known.clone();
                known.follow(hydrants, of(Layer::Hydrant));
                OnceLock::from(known)
            });
            next.street_need = Arc::new(followed.unwrap_or_default());
        }
        next.follow_bounds(self, &changed);
        let many = of(Layer::Hydrant).len() > MANY_HYDRANTS;
        let touched = if many {
            next.results = Results::new(&next.layers, &next.frame);
            BTreeSet::new()
        } else {
            next.results.follow(&next.layers, &next.frame, of(Layer::Hydrant), of(Layer::Building))
        };
        if !of(Layer::Area).is_empty() {
            next.results.share_out(&next.layers);
        }
        next.follow_families(self, &changed, touched, many);
        next
    }

    /// Keeps the boxes around all it has where no changed row is or was at their border.
    fn follow_bounds(&mut self, before: &City, changed: &Changed) {
        let known = [before.bounds.get(), before.extent.get()];
        let inside = |of: Bounds, all: Bounds| {
            let lon = all.min.lon < of.min.lon && of.max.lon < all.max.lon;
            lon && all.min.lat < of.min.lat && of.max.lat < all.max.lat
        };
        // Of a city without buildings and hydrants the first box is around all it has.
        let drawn = |layer| before.layer(layer).count() > 0;
        let mut stays = [drawn(Layer::Building) || drawn(Layer::Hydrant), true];
        for (layer, slot, old) in
            Layer::ALL.iter().flat_map(|layer| changed[*layer as usize].iter().map(|(slot, old)| (*layer, *slot, old)))
        {
            let old = old.as_ref().map(|row| row.feature.shape.bounds());
            let new = self.layer(layer).row(slot).map(|row| row.shape.bounds());
            for of in old.into_iter().chain(new).filter(|_| old != new) {
                for (stays, known) in stays.iter_mut().zip(known) {
                    *stays &= known.is_some_and(|all| all.is_some_and(|all| inside(of, all)));
                }
            }
        }
        if !stays[0] {
            self.bounds = Arc::default();
        }
        if !stays[1] {
            self.extent = Arc::default();
        }
    }

    /// Follows network, ground and risk so far as they are found; `touched` are buildings whose straight results may be
    /// others.
    fn follow_families(&mut self, before: &City, changed: &Changed, touched: BTreeSet<u32>, many: bool) {
        let edit = Edit { before, after: self, changed };
        let lines = edit.other_lines();
        if lines.as_ref().is_none_or(|lines| !lines.is_empty()) {
            // Who may use a road is found again; where all buildings come to the roads takes longest and stays.
            let known = lines.zip(before.network.get());
            let network = known.and_then(|(lines, network)| network.with_lines(before.travel(), &lines));
            self.network = Arc::new(network.map(|network| OnceLock::from(Arc::new(network))).unwrap_or_default());
            (self.ground, self.risk) = Default::default();
            return;
        }
        if many || !edit.leaves(&[Layer::Area, Layer::Station]) {
            (self.ground, self.risk) = Default::default();
            return;
        }
        let leaves = [edit.leaves_ground(), edit.leaves_risk()];
        let touched = if leaves[0] {
            // What is being found for the city before is found for this one, too.
            Some(touched)
        } else {
            let followed = before.ground.get().and_then(|ground| ground.follow(&edit, touched));
            let (ground, touched) = followed.unzip();
            self.ground = Arc::new(ground.map(OnceLock::from).unwrap_or_default());
            touched
        };
        if leaves != [true; 2] {
            let edit = Edit { before, after: self, changed };
            let risk = before.risk.get().zip(touched).and_then(|(risk, touched)| risk.follow(&edit, touched));
            self.risk = Arc::new(risk.map(OnceLock::from).unwrap_or_default());
        }
    }
}
