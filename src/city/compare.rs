//! What of two cities is not the same, result for result: the check that a city which followed changes is the one that
//! would be loaded afresh. Slots tell of a city's history and are no results; what is not found yet is not compared.

use super::areas::Held;
use super::risk::RiskResults;
use super::town::City;
use crate::analysis::Grade;
use crate::analysis::access::AccessFinding;
use crate::model::{FeatureId, Layer};

/// So many differences are told at most.
const MOST: usize = 20;

/// Differences in words for a log.
#[derive(Default)]
struct Told(Vec<String>);

impl Told {
    fn hold<T: PartialEq>(&mut self, what: impl FnOnce() -> String, a: T, b: T) {
        if self.0.len() < MOST && a != b {
            self.0.push(what());
        }
    }
}

impl City {
    /// What is not as in a city of the same rows and day, at most twenty differences: nothing, where all is well. Of
    /// `other` is found what has been found of this one. O(n), and what finding takes.
    pub fn differences(&self, other: &City) -> Vec<String> {
        let mut told = Told::default();
        for layer in Layer::ALL {
            let (own, others) = (self.layer(layer), other.layer(layer));
            told.hold(|| format!("{} rows", layer.name()), own.count(), others.count());
            for (slot, row) in own.iter() {
                let found = others.find(row.id);
                let same = |there: Option<_>| there == Some((row.shape, row.attributes, row.source_key));
                let there = found.map(|(_, row)| (row.shape, row.attributes, row.source_key));
                told.hold(|| format!("{} {} itself", layer.name(), row.id.0), same(there), true);
                if let Some((there, _)) = found {
                    self.of_row(other, layer, (slot, there), &mut told);
                }
            }
        }
        told.hold(|| "bounds".to_owned(), self.bounds(), other.bounds());
        told.hold(|| "extent".to_owned(), self.extent(), other.extent());
        let (own, others) = (self.results(), other.results());
        told.hold(|| "totals of all".to_owned(), own.whole(), others.whole());
        told.hold(|| "squares of buildings".to_owned(), own.building_squares(), others.building_squares());
        told.hold(|| "squares of hydrants".to_owned(), own.hydrant_squares(), others.hydrant_squares());
        self.along_the_ground(other, &mut told);
        self.of_risk(other, &mut told);
        told.0
    }

    fn name(&self, layer: Layer, slot: Option<u32>) -> Option<FeatureId> {
        slot.and_then(|slot| self.layer(layer).row(slot)).map(|row| row.id)
    }

    fn held(&self, held: Held) -> Vec<Option<FeatureId>> {
        held.slots().map(|slot| self.name(Layer::Area, Some(slot))).collect()
    }

    fn of_row(&self, other: &City, layer: Layer, (a, b): (u32, u32), told: &mut Told) {
        let number = self.layer(layer).number(a).0;
        match layer {
            Layer::Building => self.of_building(other, (a, b), told),
            Layer::Area => {
                let (own, others) = (self.results(), other.results());
                told.hold(|| format!("totals of area {number}"), own.totals(a), others.totals(b));
                if let Some(need) = self.street_need.get() {
                    told.hold(|| format!("hydrants required of area {number}"), need.of(a), other.street_need().of(b));
                }
                if let Some(ground) = self.ground_found() {
                    let there = other.ground();
                    told.hold(|| format!("ground of area {number}"), ground.totals(a), there.totals(b));
                    if let Some((own, others)) = ground.supply_found().zip(there.supply(other)) {
                        told.hold(|| format!("supply of area {number}"), own.totals(a), others.totals(b));
                    }
                    if let Some((own, others)) = ground.spacing_found().zip(there.spacing(other)) {
                        told.hold(|| format!("spacing of area {number}"), own.of_area(a), others.of_area(b));
                    }
                }
                if let Some(risk) = self.risk_found() {
                    told.hold(|| format!("risk of area {number}"), risk.totals(a), other.risk().totals(b));
                    let fires = |city: &City, risk: &RiskResults, slot| risk.fires(city, Some(slot), 2020);
                    let (own, others) = (fires(self, risk, a), fires(other, other.risk(), b));
                    told.hold(|| format!("fires of area {number}"), own, others);
                }
            }
            Layer::Hydrant => {
                let (own, others) = (self.results().waters().point(a), other.results().waters().point(b));
                told.hold(|| format!("hydrant {number} judged"), own, others);
                if let Some(ground) = self.ground_found() {
                    let there = other.ground();
                    told.hold(|| format!("who loses by hydrant {number}"), ground.lose(a), there.lose(b));
                    let snaps = |of: Option<&crate::analysis::Placed<_>>| of.map(|of| of.snaps.clone());
                    let (own, others) = (ground.by_hose().placed(a), there.by_hose().placed(b));
                    told.hold(|| format!("hydrant {number} on the road"), snaps(own), snaps(others));
                }
            }
            Layer::Lane | Layer::LadderField => {
                let found = self.ground_found().and_then(|ground| ground.reaching_found());
                let Some(own) = found else { return };
                let others = other.ground().reaching(other);
                let served = |city: &City, slot| city.name(Layer::Building, slot);
                let (own, others) = match layer {
                    Layer::Lane => (own.served_by_lane(a), others.served_by_lane(b)),
                    _ => (own.served_by_field(a), others.served_by_field(b)),
                };
                told.hold(|| format!("{} {number} serves", layer.name()), served(self, own), served(other, others));
            }
            _ => {}
        }
    }

    fn of_building(&self, other: &City, (a, b): (u32, u32), told: &mut Told) {
        let number = self.layer(Layer::Building).number(a).0;
        let (own, others) = (self.results(), other.results());
        let what = |of: &str| format!("{of} of building {number}");
        told.hold(|| what("weight"), own.weight(a), others.weight(b));
        let held = (self.held(own.building_areas(a)), other.held(others.building_areas(b)));
        told.hold(|| what("areas"), held.0, held.1);
        for grade in Grade::ALL {
            let reach = |city: &City, slot| {
                let reach = city.results().coverage(slot).at(grade);
                let nearest = city.name(Layer::Hydrant, reach.nearest());
                (nearest, reach.distance_mm(), reach.worst_mm(), reach.within, reach.covered)
            };
            told.hold(|| what("coverage"), reach(self, a), reach(other, b));
        }
        let Some(ground) = self.ground_found() else { return };
        let there = other.ground();
        let by_number = |city: &City, slot: u32| {
            let of = city.ground().of(slot);
            let far =
                |layer, far: crate::analysis::Far| far.get().map(|(slot, far)| (city.name(layer, Some(slot)), far));
            let hose = of.hose.map(|hose| hose.map(|of| far(Layer::Hydrant, of)));
            let crews = [of.micro, of.engine].map(|crews| crews.map(|of| far(Layer::Station, of)));
            (hose, crews, of.laid, of.on_foot, of.by_engine)
        };
        told.hold(|| what("ground"), by_number(self, a), by_number(other, b));
        if let Some(own) = ground.reaching_found() {
            told.hold(|| what("access"), own.vehicles(a), there.reaching(other).vehicles(b));
        }
        if let Some((own, others)) = ground.supply_found().zip(there.supply(other)) {
            told.hold(|| what("supply"), own.of(a), others.of(b));
        }
        if let Some(risk) = self.risk_found() {
            told.hold(|| what("risk"), risk.of(a), other.risk().of(b));
        }
    }

    fn along_the_ground(&self, other: &City, told: &mut Told) {
        let Some(ground) = self.ground_found() else { return };
        let there = other.ground();
        let what = |of: &str| of.to_owned();
        told.hold(|| what("ground of all"), ground.whole(), there.whole());
        told.hold(|| what("squares along the ground"), ground.squares(), there.squares());
        let numbers = |city: &City| city.ground().hydrants().map(|of| of.what.id).collect::<Vec<_>>();
        told.hold(|| what("hydrants by hose in order"), numbers(self), numbers(other));
        if let Some((own, others)) = ground.supply_found().zip(there.supply(other)) {
            told.hold(|| what("supply of all"), own.whole(), others.whole());
        }
        if let Some((own, others)) = ground.spacing_found().zip(there.spacing(other)) {
            told.hold(|| what("spacing of all"), own.whole(), others.whole());
            if let Some(runs) = ground.street_runs_found() {
                told.hold(|| what("runs of streets"), Some(runs), there.street_runs(other));
            }
        }
        if ground.has_all_that_is_drawn() {
            let (own, others) = (ground.access(self), there.access(other));
            let findings = |city: &City, all: &[AccessFinding]| -> Vec<(Option<FeatureId>, AccessFinding)> {
                let of = |finding: &AccessFinding| {
                    (city.name(Layer::Building, finding.building), AccessFinding { building: None, ..*finding })
                };
                all.iter().map(of).collect()
            };
            told.hold(
                || what("findings on access"),
                findings(self, own.findings()),
                findings(other, others.findings()),
            );
            told.hold(|| what("squares of access"), own.squares(), others.squares());
            let (own, others) = (ground.frailty(self), there.frailty(other));
            for grade in Grade::ALL {
                told.hold(|| what("hydrants that fail"), own.hydrants(grade), others.hydrants(grade));
            }
            told.hold(|| what("roads that fail"), own.roads(), others.roads());
            let edges = 0..ground.network().graph().edges().len() as u32;
            let cut_off = |of: super::Frailty<'_>| edges.clone().map(|edge| of.cut_off(edge)).collect::<Vec<_>>();
            told.hold(|| what("who is cut off"), cut_off(own), cut_off(others));
        }
        if let Some(own) = ground.detours_found() {
            told.hold(|| what("who waits longer"), own, there.detours(other));
        }
    }

    fn of_risk(&self, other: &City, told: &mut Told) {
        let Some(risk) = self.risk_found() else { return };
        let there = other.risk();
        let what = |of: &str| of.to_owned();
        told.hold(|| what("risk of all"), risk.whole(), there.whole());
        told.hold(|| what("squares of risk"), risk.squares(), there.squares());
        told.hold(|| what("fires"), risk.fires(self, None, 2020), there.fires(other, None, 2020));
        let unjoined = |risk: &RiskResults| risk.joins().unjoined().cloned().collect::<Vec<_>>();
        told.hold(|| what("what is not joined"), unjoined(risk), unjoined(there));
        for (slot, row) in self.layer(Layer::Building).iter() {
            let open = |city: &City, slot| {
                let dangers = city.risk_of(slot).map(|(facts, ..)| facts.dangers);
                dangers.unwrap_or_default()
            };
            let other_slot = other.layer(Layer::Building).find(row.id).map(|(slot, _)| slot);
            if let Some(there) = other_slot.filter(|_| risk.joins().any_dangers()) {
                told.hold(|| format!("dangers of building {}", row.id.0), open(self, slot), open(other, there));
            }
        }
    }
}
