//! Supply against demand for every building: from each hydrant a flood over the buildings it reaches by hose.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::areas::Held;
use super::edit::Edit;
use super::ground::{GroundResults, Strays};
use super::network::Network;
use super::town::City;
use crate::analysis::access::high_rise;
use crate::analysis::{Credit, Enough, FloorArea, Flow, Footprint, Grade, Size, Standing, Sums, demand};
use crate::index::Slots;
use crate::model::{Layer, hydrant};
use crate::network::{Direction, NO_WAY, Snap, Stand, Vicinity};
use crate::rules::{AccessRules, Rule, SupplyRules};

/// What hydrants give a building at a grade, and what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supply {
    /// Of the hydrants that surely have each grade at least, with those that may at most.
    pub flow: [Flow; 3],
    /// By grade, how many surely have it, and how many of those were never tested for flow.
    pub hydrants: [[u16; 2]; 3],
    /// What it asks for.
    pub demand: Flow,
}

impl Supply {
    const NONE: Supply = Supply { flow: [Flow::UNKNOWN; 3], hydrants: [[0; 2]; 3], demand: Flow::UNKNOWN };

    /// Whether it is enough at a grade.
    pub fn enough(&self, grade: Grade) -> Enough {
        Enough::of(self.flow[grade as usize], self.demand)
    }
}

/// By grade and [`Enough::ALL`]: buildings, floor area in dm², residents.
pub type SupplyTotals = [[Sums; 3]; 3];

/// Supply against demand of a city. A clone shares everything.
#[derive(Clone)]
pub struct Supplies {
    /// How far by hose hydrants are counted on, in millimetres.
    pub within_mm: u32,
    /// The rules it was found by.
    pub rules: Arc<SupplyRules>,
    access: Arc<AccessRules>,
    of: Slots<Supply>,
    totals: Slots<SupplyTotals>,
    whole: SupplyTotals,
}

impl Supplies {
    /// Of the building of a slot.
    pub fn of(&self, slot: u32) -> &Supply {
        &self.of[slot]
    }

    /// Of the area of a slot.
    pub fn totals(&self, slot: u32) -> &SupplyTotals {
        &self.totals[slot]
    }

    /// Of all there is.
    pub fn whole(&self) -> &SupplyTotals {
        &self.whole
    }

    fn count(&mut self, city: &City, slot: u32, of: &Supply, sign: i64) {
        let (held, sums): (Held, Sums) = (city.results().building_areas(slot), city.results().sums(slot));
        for grade in Grade::ALL {
            let class = of.enough(grade) as usize;
            let add = |totals: &mut SupplyTotals| {
                let sum = &mut totals[grade as usize][class];
                sum.iter_mut().zip(sums).for_each(|(sum, more)| *sum += sign * more);
            };
            add(&mut self.whole);
            held.slots().for_each(|area| add(self.totals.get_mut(area)));
        }
    }
}

impl GroundResults {
    /// Supply against demand in the city it was found for; `None` where the pack asks for no flow of buildings. Who asks
    /// first waits until it is found.
    pub fn supply(&self, city: &City) -> Option<&Supplies> {
        let found = self.supplies.get_or_init(|| {
            let rules = SupplyRules::on(city.pack(), city.day());
            (!rules.is_silent()).then(|| self.find_supply(city, rules))
        });
        found.as_ref()
    }

    /// The same where it is found already.
    pub fn supply_found(&self) -> Option<&Supplies> {
        self.supplies.get()?.as_ref()
    }

    /// Parallel; O(what each hydrant reaches), 8 bytes for each building that each has within the distance.
    fn find_supply(&self, city: &City, rules: SupplyRules) -> Supplies {
        let within_mm = rules.within.as_ref().map_or(self.limit_mm(), Rule::mm);
        let buildings = city.layer(Layer::Building);
        let pairs = self.within_reach(within_mm);
        let access = AccessRules::on(city.pack(), city.day());
        let known = (0..city.layer(Layer::Hydrant).slots() as u32).map(|slot| credit(city, slot, &rules)).collect();
        let looks = Looks { city, ground: self, rules: &rules, access: &access, within_mm, known };
        let of = Slots::of_chunks(super::chunks::by_chunk(buildings, |slots| {
            let one = |slot: u32| {
                let first = pairs.partition_point(|(of, _)| *of < slot);
                let near = pairs[first..].iter().take_while(|(of, _)| *of == slot);
                looks.supply(slot, &near.map(|(_, hydrant)| *hydrant).collect::<Vec<_>>())
            };
            slots.map(one).collect()
        }));
        let mut supplies = Supplies {
            within_mm,
            rules: Arc::new(rules),
            access: Arc::new(access),
            of,
            totals: (0..city.layer(Layer::Area).slots()).map(|_| SupplyTotals::default()).collect(),
            whole: SupplyTotals::default(),
        };
        for (slot, _) in buildings.iter() {
            let of = supplies.of[slot];
            supplies.count(city, slot, &of, 1);
        }
        supplies
    }

    /// Buildings by slot with each hydrant's slot that hose can be laid from within a distance; in order.
    fn within_reach(&self, within_mm: u32) -> Vec<(u32, u32)> {
        let network = self.network();
        let hydrants: Vec<_> = self.hydrants().collect();
        let look = || Vicinity::new(network.graph(), network.hose(), Direction::Go, within_mm);
        let mut pairs: Vec<(u32, u32)> = hydrants
            .into_par_iter()
            .fold(
                || (look(), Vec::new()),
                |(mut vicinity, mut pairs), of| {
                    reached(network, &mut vicinity, &of.snaps, |slot| pairs.push((slot, of.slot)));
                    (vicinity, pairs)
                },
            )
            .flat_map_iter(|(_, pairs)| pairs)
            .collect();
        pairs.par_sort_unstable();
        pairs.dedup();
        pairs
    }

    /// What was found for the city before an edit, for the city after it. `self` is of the city after; `moved` are slots
    /// of hydrants that are others than before.
    pub(super) fn follow_supply(&self, edit: &Edit<'_>, before: &Supplies, moved: &[u32]) -> Option<Supplies> {
        let (city, network) = (edit.after, self.network());
        let mut next = before.clone();
        let was = edit.before.ground_found()?;
        let within_mm = next.within_mm;
        let mut touched: BTreeSet<u32> = edit.slots(Layer::Building).collect();
        let mut out = Vicinity::new(network.graph(), network.hose(), Direction::Go, within_mm);
        for slot in moved {
            for of in [was, self].into_iter().filter_map(|found| found.by_hose().placed(*slot)) {
                reached(network, &mut out, &of.snaps, |slot| {
                    touched.insert(slot);
                });
                if of.snaps.is_empty() {
                    touched.extend(Strays::near(city, of, within_mm));
                }
            }
        }
        let (rules, access) = (next.rules.clone(), next.access.clone());
        let looks = Looks { city, ground: self, rules: &rules, access: &access, within_mm, known: Vec::new() };
        let mut back = Vicinity::new(network.graph(), network.hose(), Direction::Come, within_mm);
        for slot in touched.into_iter().filter(|slot| city.layer(Layer::Building).row(*slot).is_some()) {
            let stand = |snap: &Snap| Stand { snap: *snap, cost: snap.off_road_mm, source: 0 };
            back.look(network.on_foot(slot).iter().map(stand));
            let mut near: Vec<u32> = Vec::new();
            for edge in back.edges() {
                let here = self.by_hose().on(*edge).filter_map(|slot| self.by_hose().placed(slot));
                let reached = here.filter(|of| {
                    let mut on = of.snaps.iter().filter(|snap| snap.edge == *edge);
                    on.any(|snap| back.at(*snap, snap.off_road_mm) != NO_WAY)
                });
                near.extend(reached.map(|of| of.slot));
            }
            near.sort_unstable();
            near.dedup();
            let supply = looks.supply(slot, &near);
            let old = next.of[slot];
            next.count(edit.before, slot, &old, -1);
            next.count(city, slot, &supply, 1);
            if old != supply {
                *next.of.get_mut(slot) = supply;
            }
        }
        Some(next)
    }
}

/// Calls `found` with each building that hose can be laid to from these places, some more than once.
fn reached(network: &Network, vicinity: &mut Vicinity<'_>, from: &[Snap], mut found: impl FnMut(u32)) {
    vicinity.look(from.iter().map(|snap| Stand { snap: *snap, cost: snap.off_road_mm, source: 0 }));
    for edge in vicinity.edges() {
        for slot in network.buildings_on(*edge) {
            let mut on = network.on_foot(*slot).iter().filter(|snap| snap.edge == *edge);
            if on.any(|snap| vicinity.at(*snap, snap.off_road_mm) != NO_WAY) {
                found(*slot);
            }
        }
    }
}

/// What a hydrant is credited with, and whether it hangs on a main that is known to be a tree.
type Credited = (Credit, bool);

fn credit(city: &City, slot: u32, rules: &SupplyRules) -> Credited {
    let row = city.layer(Layer::Hydrant).row(slot);
    let word = |ix: usize| row.and_then(|row| row.attributes.choice(Layer::Hydrant, ix));
    let tested = row.and_then(|row| row.attributes.number(Layer::Hydrant, hydrant::FLOW_LPS));
    let main = Layer::Hydrant.field("main").and_then(|(ix, _)| word(ix));
    (Credit::of(word(hydrant::KIND), tested, rules), main == Some("tree"))
}

/// Who looks at what buildings get.
struct Looks<'a> {
    city: &'a City,
    ground: &'a GroundResults,
    rules: &'a SupplyRules,
    access: &'a AccessRules,
    within_mm: u32,
    /// By slot of hydrant where all are asked for, else none.
    known: Vec<Credited>,
}

impl Looks<'_> {
    /// Of the building of a slot that has these hydrants near.
    fn supply(&self, slot: u32, near: &[u32]) -> Supply {
        let (city, buildings) = (self.city, self.city.layer(Layer::Building));
        let Some(row) = buildings.row(slot) else { return Supply::NONE };
        let mut footprint = Footprint::default();
        footprint.lay(row.shape, buildings.within(slot));
        let weight = city.results().weight(slot);
        let size = Size {
            footprint_m2: footprint.area_m2(),
            floors_m2: (weight.floor_is != FloorArea::Footprint).then(|| f64::from(weight.floor_dm2) / 100.0),
            high_rise: high_rise(row.attributes, self.access),
        };
        let mut supply =
            Supply { demand: demand(row.attributes, size, self.rules).unwrap_or(Flow::UNKNOWN), ..Supply::NONE };
        let (strays, hoses) = (self.ground.strays(), self.ground.by_hose());
        for grade in Grade::ALL {
            let nth = grade as usize;
            (supply.flow[nth], supply.hydrants[nth]) = self.together(near, grade);
            if self.ground.network().on_foot(slot).is_empty()
                || strays.is_beside(hoses, row.shape, buildings.within(slot), self.within_mm, grade)
            {
                supply.flow[nth].most = Flow::UNKNOWN.most;
            }
        }
        supply
    }

    /// Of a building's hydrants at a grade: their flow, how many surely have the grade, how many of those are untested.
    fn together(&self, near: &[u32], grade: Grade) -> (Flow, [u16; 2]) {
        // Trees may be one and the same or several.
        let (mut sure, mut on_tree, mut all) = (Vec::new(), Vec::new(), Vec::new());
        let mut counts = [0_u16; 2];
        for slot in near.iter().copied() {
            let Some(of) = self.ground.by_hose().placed(slot) else { continue };
            let known = self.known.get(slot as usize).copied();
            let (credit, is_on_tree) = known.unwrap_or_else(|| credit(self.city, slot, self.rules));
            match of.what.at(grade) {
                Standing::Yes => {
                    if is_on_tree { &mut on_tree } else { &mut sure }.push(credit.flow.least);
                    counts[0] = counts[0].saturating_add(1);
                    counts[1] = counts[1].saturating_add(u16::from(!credit.tested));
                }
                Standing::Maybe => {}
                Standing::No => continue,
            }
            all.push(credit.flow.most);
        }
        let most = |rule: &Option<Rule>| rule.as_ref().map_or(usize::MAX, |rule| rule.value as usize);
        sure.extend(largest(on_tree, most(&self.rules.most_on_tree)));
        let sum =
            |flows: Vec<u32>| largest(flows, most(&self.rules.most_hydrants)).into_iter().fold(0, u32::saturating_add);
        (Flow { least: sum(sure), most: sum(all) }, counts)
    }
}

/// The largest `most`.
fn largest(mut flows: Vec<u32>, most: usize) -> Vec<u32> {
    if flows.len() > most {
        flows.sort_unstable_by(|a, b| b.cmp(a));
        flows.truncate(most);
    }
    flows
}
