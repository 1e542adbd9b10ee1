//! In what a city differs from an earlier one of the same load, result by result.
//!
//! What both share is passed over by its pointer, so that two cities an edit apart are told apart in the time that the
//! edit took. Slots name the same features in both; the numbers of another load do not.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::town::City;
use crate::analysis::AreaTotals;
use crate::analysis::access::AccessFinding;
use crate::model::{FeatureId, Layer, Place};

/// A piece of road that cuts buildings off: places and how many.
type Cutting<'a> = (&'a [Place], u32);

impl City {
    /// Slots of the rows of a layer that are not what they were: other, new or gone.
    pub fn differing_rows(&self, before: &City, layer: Layer) -> Vec<u32> {
        self.layer(layer).differing(before.layer(layer)).collect()
    }

    /// Slots of hydrants whose grade is not what it was on another day, though the row is.
    pub fn differing_grades(&self, before: &City) -> Vec<u32> {
        if self.day() == before.day() {
            return Vec::new();
        }
        let best = |city: &City, slot| city.results.waters.point(slot).and_then(|point| point.best());
        let slots = 0..self.layer(Layer::Hydrant).slots() as u32;
        slots.filter(|slot| best(self, *slot) != best(before, *slot)).collect()
    }

    /// Slots of dangers that are open on this day and were not on another, or the other way.
    pub fn differing_dangers(&self, before: &City) -> Vec<u32> {
        if self.day() == before.day() && self.zone == before.zone {
            return Vec::new();
        }
        let (open, was_open) = (self.tells_open_dangers(), before.tells_open_dangers());
        let rows = self.layer(Layer::Danger).iter();
        rows.filter(|(_, row)| open(row) != was_open(row)).map(|(slot, _)| slot).collect()
    }

    /// Slots of the buildings whose coverage is not what it was.
    pub fn differing_coverage(&self, before: &City) -> Vec<u32> {
        self.results.coverage.differing(&before.results.coverage, PartialEq::eq).collect()
    }

    /// Slots of the areas whose totals are not told as they were.
    pub fn differing_totals(&self, before: &City, same: impl Fn(&AreaTotals, &AreaTotals) -> bool) -> Vec<u32> {
        self.results.totals.differing(&before.results.totals, same).collect()
    }

    /// Slots of the buildings that have not what they had along the ground, or that another vehicle gets to. Both cities
    /// must have found it.
    pub fn differing_ground(&self, before: &City) -> Vec<u32> {
        let (here, there) = (self.ground(), before.ground());
        let (access, was) = (here.reaching(self), there.reaching(before));
        let vehicles = access.vehicles.differing(&was.vehicles, |a, b| a.code() == b.code());
        here.of.differing(&there.of, PartialEq::eq).chain(vehicles).collect()
    }

    /// The worst findings of access that are not what they were, and those that were there instead. Both cities must
    /// have found them.
    pub fn differing_findings<'a>(&'a self, before: &'a City) -> Vec<&'a AccessFinding> {
        let (here, there) = (self.ground().access(self).findings(), before.ground().access(before).findings());
        // Both may share the list, and then nobody need read it.
        if std::ptr::eq(here, there) || here == there {
            return Vec::new();
        }
        let (here, there) = (worst(here), worst(there));
        let gone = there.iter().filter(|(key, finding)| here.get(*key) != Some(*finding));
        let new = here.iter().filter(|(key, finding)| there.get(*key) != Some(*finding));
        gone.chain(new).map(|(_, finding)| *finding).collect()
    }

    /// Hydrants that are not felt as they were, each where it stands and where it stood. Both cities must have found it.
    pub fn differing_felt(&self, before: &City) -> Vec<(FeatureId, Place)> {
        let felt = |city: &City, slot| city.ground().felt(city, slot);
        let (here, there) = (self.ground(), before.ground());
        let mut slots: Vec<u32> = here.lose.differing(&there.lose, PartialEq::eq).collect();
        slots.extend(self.differing_rows(before, Layer::Hydrant));
        let both = slots.into_iter().map(|slot| [felt(self, slot), felt(before, slot)]).filter(|[a, b]| a != b);
        let mut told: Vec<_> = both.flatten().flatten().map(|felt| (felt.id, felt.at)).collect();
        told.sort_unstable();
        told.dedup();
        told
    }

    /// Roads and lanes of which pieces do not cut off the buildings they did, each with the places of its pieces that
    /// do or did. Both cities must have found it.
    pub fn differing_cuts(&self, before: &City) -> Vec<(Layer, FeatureId, Vec<Vec<Place>>)> {
        let (found, was) = (self.ground(), before.ground());
        let same_network = std::ptr::eq(found.network(), was.network());
        let (cut_off, was_cut_off) = (found.frailty(self).all_cut_off(), was.frailty(before).all_cut_off());
        if same_network && (std::ptr::eq(cut_off, was_cut_off) || cut_off == was_cut_off) {
            return Vec::new();
        }
        let (here, there) = (cuts(self), cuts(before));
        let lines: HashSet<(Layer, FeatureId)> = here.keys().chain(there.keys()).copied().collect();
        let differ = lines.into_iter().filter(|line| here.get(line) != there.get(line));
        let told = differ.map(|line| {
            let pieces = [&here, &there].into_iter().filter_map(|cuts| cuts.get(&line)).flatten();
            (line.0, line.1, pieces.map(|(places, _)| places.to_vec()).collect())
        });
        told.collect()
    }

    /// Slots of the buildings that are not scored as they were. Both cities must have scored them.
    pub fn differing_scores(&self, before: &City) -> Vec<u32> {
        self.risk().of.differing(&before.risk().of, PartialEq::eq).collect()
    }

    /// Whether rows, totals or rates of any area are not what they were, by what both cities have found.
    pub fn areas_differ(&self, before: &City) -> bool {
        let results = &self.results;
        let totals = || results.totals.differing(&before.results.totals, PartialEq::eq).next().is_some();
        let need = || match (self.street_need.get(), before.street_need.get()) {
            (Some(a), Some(b)) => a.areas.differing(&b.areas, PartialEq::eq).next().is_some(),
            // It is found by the time it is asked for.
            _ => !Arc::ptr_eq(&self.street_need, &before.street_need),
        };
        self.layer(Layer::Area).differing(before.layer(Layer::Area)).next().is_some()
            || results.whole != before.results.whole
            || totals()
            || need()
            || self.ground_rates_differ(before)
            || self.risk_rates_differ(before)
    }

    /// The same of what areas have along the ground.
    pub fn ground_rates_differ(&self, before: &City) -> bool {
        match (self.ground_found(), before.ground_found()) {
            (Some(a), Some(b)) => {
                a.whole() != b.whole() || a.totals.differing(&b.totals, PartialEq::eq).next().is_some()
            }
            _ => false,
        }
    }

    /// The same of their scores.
    pub fn risk_rates_differ(&self, before: &City) -> bool {
        match (self.risk_found(), before.risk_found()) {
            (Some(a), Some(b)) => {
                a.whole() != b.whole() || a.totals.differing(&b.totals, PartialEq::eq).next().is_some()
            }
            _ => false,
        }
    }

    /// Whether it draws roads of low zooms from the same lines.
    pub fn shares_joined_roads(&self, other: &City) -> bool {
        Arc::ptr_eq(&self.joined_roads, &other.joined_roads)
    }
}

/// The first, which is the worst, of each feature.
fn worst(findings: &[AccessFinding]) -> HashMap<(Layer, FeatureId), &AccessFinding> {
    let mut worst = HashMap::new();
    for finding in findings {
        worst.entry((finding.layer, finding.id)).or_insert(finding);
    }
    worst
}

/// The pieces of each road and lane that cut buildings off.
fn cuts(city: &City) -> HashMap<(Layer, FeatureId), Vec<Cutting<'_>>> {
    let found = city.ground();
    let (frailty, graph) = (found.frailty(city), found.network().graph());
    let mut cuts: HashMap<(Layer, FeatureId), Vec<Cutting<'_>>> = HashMap::new();
    for edge in 0..graph.edges().len() as u32 {
        let lose = frailty.cut_off(edge);
        if lose > 0 {
            let line = graph.line(edge);
            cuts.entry((line.layer, line.id)).or_default().push((graph.places(edge), lose));
        }
    }
    cuts
}
