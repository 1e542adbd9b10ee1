//! The ground after an applied change, from the ground before it: hydrants by hose are found again where a changed
//! hydrant is or was among the nearest, and sums go by what is different.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::placed::placed_hydrant;
use super::{GroundResults, Strays, roads};
use crate::analysis::Grade;
use crate::city::City;
use crate::city::edit::Edit;
use crate::model::{AttributesRef, Layer, hydrant};

impl GroundResults {
    /// Of the city after an edit that leaves network, stations and areas as they are, with the buildings whose results
    /// may be others. `touched` are those of which that holds already. `None` where it cannot be followed.
    pub(in crate::city) fn follow(
        &self,
        edit: &Edit<'_>,
        mut touched: BTreeSet<u32>,
    ) -> Option<(GroundResults, BTreeSet<u32>)> {
        let (before, after) = (edit.before, edit.after);
        let mut next = self.clone();
        let network = self.network.clone();
        let (mut edges, mut moved) = (BTreeSet::new(), Vec::new());
        for slot in edit.slots(Layer::Hydrant) {
            let old = self.hoses.placed(slot);
            let new = placed_hydrant(after, &network, slot);
            next.strays.follow(old, new.as_ref());
            for stray in old.into_iter().chain(&new).filter(|of| of.snaps.is_empty()) {
                touched.extend(Strays::near(after, stray, self.limit_mm));
            }
            if old != new.as_ref() || tells(before, slot) != tells(after, slot) {
                moved.push(slot);
            }
            let number = after.layer(Layer::Hydrant).number(slot);
            edges.extend(next.hoses.follow(roads(&network), (slot, number), new)?);
        }
        while next.lose.len() < after.layer(Layer::Hydrant).slots() {
            next.lose.push([[0; 3]; 3]);
        }
        let buildings = after.layer(Layer::Building);
        touched.extend(edges.iter().flat_map(|edge| network.buildings_on(*edge)));
        touched.retain(|slot| buildings.row(*slot).is_some());
        for slot in touched.iter().copied() {
            let Some(row) = buildings.row(slot) else { continue };
            let old = self.of[slot];
            let mut new = old;
            let beside = |grade: Grade| {
                next.strays.is_beside(&next.hoses, row.shape, buildings.within(slot), self.limit_mm, grade)
            };
            next.hoses.reach(roads(&network), network.on_foot(slot), beside, &mut new);
            let (was, is) = (before.results(), after.results());
            if old == new && was.coverage(slot) == is.coverage(slot) && was.weight(slot) == is.weight(slot) {
                continue;
            }
            next.count(before, slot, &old, -1);
            next.count(after, slot, &new, 1);
            *next.of.get_mut(slot) = new;
        }
        next.fragile = Arc::default();
        next.follow_spacing(edit);
        next.supplies = match self.supplies.get() {
            Some(Some(supplies)) => Arc::new(Some(next.follow_supply(edit, supplies, &moved)?).into()),
            Some(None) => Arc::new(None.into()),
            None => Arc::default(),
        };
        next.follow_access(edit);
        if edit.slots(Layer::Building).any(|slot| before.results().weight(slot) != after.results().weight(slot)) {
            // What is cut off or waits is told in floor area and residents too.
            (next.cuts, next.detours) = Default::default();
        }
        Some((next, touched))
    }
}

/// What of a hydrant matters beyond the grades it has: its kind, its flow, its main.
fn tells(city: &City, slot: u32) -> Option<impl PartialEq + use<>> {
    let layer = city.layer(Layer::Hydrant);
    if slot as usize >= layer.slots() {
        return None;
    }
    let known: AttributesRef<'_> = layer.row(slot)?.attributes;
    let main = Layer::Hydrant.field("main").and_then(|(ix, _)| known.choice(Layer::Hydrant, ix));
    let flow = known.number(Layer::Hydrant, hydrant::FLOW_LPS).map(f64::to_bits);
    Some((known.choice(Layer::Hydrant, hydrant::KIND), flow, main))
}
