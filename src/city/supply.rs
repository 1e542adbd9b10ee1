//! Supply against demand for every building: from each hydrant a flood over the buildings it reaches by hose.

use rayon::prelude::*;

use super::areas::Held;
use super::ground::{GroundResults, Stray};
use super::town::City;
use crate::analysis::access::high_rise;
use crate::analysis::{Credit, Enough, FloorArea, Flow, Footprint, Grade, Size, Standing, Sums, demand};
use crate::index::Slots;
use crate::model::{Layer, hydrant};
use crate::network::{Direction, Lists, NO_WAY, Stand, Vicinity};
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

/// Supply against demand of a city.
pub struct Supplies {
    /// How far by hose hydrants are counted on, in millimetres.
    pub within_mm: u32,
    /// The rules it was found by.
    pub rules: SupplyRules,
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
        let pairs = self.within_reach(within_mm, buildings.slots());
        let credited = Credited::new(city, self, &rules);
        let access = AccessRules::on(city.pack(), city.day());
        let stray = Stray::new(self.hydrants());
        let one = |slot: u32| {
            let Some(row) = buildings.row(slot) else { return Supply::NONE };
            let mut footprint = Footprint::default();
            footprint.lay(row.shape, buildings.within(slot));
            let weight = city.results().weight(slot);
            let size = Size {
                footprint_m2: footprint.area_m2(),
                floors_m2: (weight.floor_is != FloorArea::Footprint).then(|| f64::from(weight.floor_dm2) / 100.0),
                high_rise: high_rise(row.attributes, &access),
            };
            let first = pairs.partition_point(|(of, _)| *of < slot);
            let near = &pairs[first..first + pairs[first..].iter().take_while(|(of, _)| *of == slot).count()];
            let mut supply =
                Supply { demand: demand(row.attributes, size, &rules).unwrap_or(Flow::UNKNOWN), ..Supply::NONE };
            for grade in Grade::ALL {
                let nth = grade as usize;
                (supply.flow[nth], supply.hydrants[nth]) = credited.together(near, grade);
                if self.network().on_foot(slot).is_empty()
                    || stray.is_beside(row.shape, buildings.within(slot), within_mm, grade)
                {
                    supply.flow[nth].most = Flow::UNKNOWN.most;
                }
            }
            supply
        };
        let of: Slots<Supply> = Slots::of_chunks(super::chunks::by_chunk(buildings, |slots| slots.map(one).collect()));
        let mut supplies = Supplies {
            within_mm,
            rules,
            of,
            totals: (0..city.layer(Layer::Area).slots()).map(|_| SupplyTotals::default()).collect(),
            whole: SupplyTotals::default(),
        };
        for (slot, _) in buildings.iter() {
            let (held, sums): (Held, Sums) = (city.results().building_areas(slot), city.results().sums(slot));
            for grade in Grade::ALL {
                let class = supplies.of[slot].enough(grade) as usize;
                let add = |totals: &mut SupplyTotals| {
                    let sum = &mut totals[grade as usize][class];
                    sum.iter_mut().zip(sums).for_each(|(sum, more)| *sum += more);
                };
                add(&mut supplies.whole);
                held.slots().for_each(|area| add(supplies.totals.get_mut(area)));
            }
        }
        supplies
    }

    /// Buildings by slot with each hydrant, by rank, that hose can be laid from within a distance; in order.
    fn within_reach(&self, within_mm: u32, slots: usize) -> Vec<(u32, u32)> {
        let network = self.network();
        let graph = network.graph();
        let mut at: Vec<(u32, u32)> = (0..slots as u32)
            .flat_map(|slot| network.on_foot(slot).iter().map(move |snap| (snap.edge, slot)))
            .collect();
        at.par_sort_unstable();
        at.dedup();
        let mut on_edge = Lists::default();
        let mut rest = &at[..];
        for edge in 0..graph.edges().len() as u32 {
            let (these, others) = rest.split_at(rest.iter().take_while(|(of, _)| *of == edge).count());
            on_edge.push(these.iter().map(|(_, slot)| *slot));
            rest = others;
        }
        let look = || Vicinity::new(graph, network.hose(), Direction::Go, within_mm);
        let mut pairs: Vec<(u32, u32)> = (0..self.hydrants().len() as u32)
            .into_par_iter()
            .fold(
                || (look(), Vec::new()),
                |(mut vicinity, mut pairs), rank| {
                    let snaps = &self.hydrants()[rank as usize].snaps;
                    vicinity.look(snaps.iter().map(|snap| Stand { snap: *snap, cost: snap.off_road_mm, source: 0 }));
                    for edge in vicinity.edges() {
                        for slot in on_edge.get(*edge) {
                            let mut on = network.on_foot(*slot).iter().filter(|snap| snap.edge == *edge);
                            if on.any(|snap| vicinity.at(*snap, snap.off_road_mm) != NO_WAY) {
                                pairs.push((*slot, rank));
                            }
                        }
                    }
                    (vicinity, pairs)
                },
            )
            .flat_map_iter(|(_, pairs)| pairs)
            .collect();
        pairs.par_sort_unstable();
        pairs.dedup();
        pairs
    }
}

/// What hydrants are credited with, by rank.
struct Credited<'a> {
    ground: &'a GroundResults,
    credits: Vec<Credit>,
    /// Whether each hangs on a main that is known to be a tree.
    on_tree: Vec<bool>,
    /// How many are counted for one building, and of those on trees.
    most: usize,
    most_on_tree: usize,
}

impl<'a> Credited<'a> {
    fn new(city: &City, ground: &'a GroundResults, rules: &SupplyRules) -> Credited<'a> {
        let hydrants = city.layer(Layer::Hydrant);
        let main = Layer::Hydrant.field("main").map(|(ix, _)| ix);
        let most = |rule: &Option<Rule>| rule.as_ref().map_or(usize::MAX, |rule| rule.value as usize);
        let mut credited = Credited {
            ground,
            credits: vec![],
            on_tree: vec![],
            most: most(&rules.most_hydrants),
            most_on_tree: most(&rules.most_on_tree),
        };
        for hydrant in ground.hydrants() {
            let row = hydrants.row(hydrant.slot);
            let word = |ix: usize| row.and_then(|row| row.attributes.choice(Layer::Hydrant, ix));
            let tested = row.and_then(|row| row.attributes.number(Layer::Hydrant, hydrant::FLOW_LPS));
            credited.credits.push(Credit::of(word(hydrant::KIND), tested, rules));
            credited.on_tree.push(main.and_then(word) == Some("tree"));
        }
        credited
    }

    /// Of a building's hydrants at a grade: their flow, how many surely have the grade, how many of those are untested.
    fn together(&self, near: &[(u32, u32)], grade: Grade) -> (Flow, [u16; 2]) {
        // Trees may be one and the same or several.
        let (mut sure, mut on_tree, mut all) = (Vec::new(), Vec::new(), Vec::new());
        let mut counts = [0_u16; 2];
        for rank in near.iter().map(|(_, rank)| *rank as usize) {
            let credit = self.credits[rank];
            match self.ground.hydrants()[rank].what.at(grade) {
                Standing::Yes => {
                    if self.on_tree[rank] { &mut on_tree } else { &mut sure }.push(credit.flow.least);
                    counts[0] = counts[0].saturating_add(1);
                    counts[1] = counts[1].saturating_add(u16::from(!credit.tested));
                }
                Standing::Maybe => {}
                Standing::No => continue,
            }
            all.push(credit.flow.most);
        }
        sure.extend(largest(on_tree, self.most_on_tree));
        let sum = |flows: Vec<u32>| largest(flows, self.most).into_iter().fold(0, u32::saturating_add);
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
