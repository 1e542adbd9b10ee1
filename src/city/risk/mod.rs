//! The risk scores of a city: of each building, summed by area and by square.
//!
//! A clone shares everything, so that the next city can follow what a change touches ([`follow`]).

mod called;
mod facts;
mod follow;
mod joins;
mod sums;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use super::areas::Held;
use super::chunks::by_chunk;
use super::town::City;
use crate::analysis::risk::{Facts, Proposal, Score, Scorer, Tried, measures};
use crate::crs::World;
use crate::index::Slots;
use crate::model::{Layer, Place, incident};
use crate::tiles::{Pyramid, summed};
use called::{day_of, lies_in, zone_of};
use facts::{Around, FactsOf};
pub use joins::{Joins, Unjoined};
use sums::square_sums;
pub use sums::{DangerSums, RISK_SUMS, RiskOf, RiskTotals};

/// All scores, by slot of building, and their sums.
#[derive(Clone)]
pub struct RiskResults {
    pub(super) of: Slots<RiskOf>,
    pub(super) totals: Slots<RiskTotals>,
    whole: RiskTotals,
    squares: Pyramid<RISK_SUMS>,
    joins: Joins,
    around: Arc<Around>,
    /// Fires with the areas they lie in.
    fires: Arc<Vec<(Held, Date)>>,
}

impl RiskResults {
    /// Of a city. Parallel; O(n).
    pub fn new(city: &City) -> RiskResults {
        let joins = Joins::new(city, city.ground().reaching(city));
        let around = Around::new(city);
        let facts = FactsOf::new(city, &joins, &around);
        let scorer = Scorer::new(city.risk_model());
        let buildings = city.layer(Layer::Building);
        let chunks = by_chunk(buildings, |slots| {
            let (mut of, mut squares) = (Vec::with_capacity(slots.len()), Vec::new());
            let mut sums: Vec<(Held, RiskTotals)> = Vec::new();
            for slot in slots {
                let Some(known) = facts.of(slot) else {
                    of.push(RiskOf::NONE);
                    continue;
                };
                let risk = RiskOf::of(&scorer.score(&known), scorer.model());
                let held = city.results().building_areas(slot);
                let nth = sums.iter().rposition(|(of, _)| *of == held).unwrap_or_else(|| {
                    sums.push((held, RiskTotals::default()));
                    sums.len() - 1
                });
                let residents = i64::from(city.results().weight(slot).residents.unwrap_or(0));
                sums[nth].1.count(&risk, residents, 1);
                squares.push((buildings.within(slot).centre(), square_sums(&risk, residents)));
                of.push(risk);
            }
            (of, sums, summed(squares))
        });
        let (mut totals, mut whole) =
            (vec![RiskTotals::default(); city.layer(Layer::Area).slots()], RiskTotals::default());
        let mut of: Vec<Vec<RiskOf>> = Vec::new();
        let mut squares: Vec<(World, [i64; RISK_SUMS])> = Vec::new();
        for (scores, sums, more) in chunks {
            of.push(scores);
            squares.extend(more);
            for (held, sums) in sums {
                whole.add(&sums);
                held.slots().for_each(|area| totals[area as usize].add(&sums));
            }
        }
        let dangers: Vec<_> = joins.dangers().collect();
        let held: Vec<Held> = dangers.par_iter().map(|at| holding(city, at.place)).collect();
        for (at, held) in dangers.into_iter().zip(held) {
            whole.dangers.count(&at.danger, city.day(), 1);
            held.slots().for_each(|area| totals[area as usize].dangers.count(&at.danger, city.day(), 1));
        }
        RiskResults {
            of: Slots::of_chunks(of),
            totals: totals.into_iter().collect(),
            whole,
            squares: squares.into_iter().collect(),
            joins,
            around: Arc::new(around),
            fires: Arc::new(fires(city)),
        }
    }

    /// Of the building of a slot.
    pub fn of(&self, slot: u32) -> &RiskOf {
        &self.of[slot]
    }

    /// Of the area of a slot.
    pub fn totals(&self, slot: u32) -> &RiskTotals {
        &self.totals[slot]
    }

    /// Of all there is.
    pub fn whole(&self) -> &RiskTotals {
        &self.whole
    }

    /// Squares of buildings for low zooms.
    pub fn squares(&self) -> &Pyramid<RISK_SUMS> {
        &self.squares
    }

    /// How places and dangers were joined to buildings.
    pub fn joins(&self) -> &Joins {
        &self.joins
    }

    /// Fires in the area of a slot, or in all there is, from the first day of the city's year to its day, and in the same
    /// span of a base year.
    pub fn fires(&self, city: &City, area: Option<u32>, base_year: i16) -> [usize; 2] {
        let day = city.day();
        let in_span = |on: &Date, year: i16| on.year() == year && (on.month(), on.day()) <= (day.month(), day.day());
        let here = self.fires.iter().filter(|(held, _)| area.is_none_or(|area| held.slots().any(|of| of == area)));
        [day.year(), base_year].map(|year| here.clone().filter(|(_, on)| in_span(on, year)).count())
    }
}

impl City {
    /// The facts, score and measures of a building of a slot; `None` where there is none.
    pub fn risk_of(&self, slot: u32) -> Option<(Facts, Score, Vec<Proposal>)> {
        let risk = self.risk();
        let facts = FactsOf::new(self, &risk.joins, &risk.around).of(slot)?;
        let scorer = Scorer::new(self.risk_model());
        let score = scorer.score(&facts);
        let proposals = measures(&scorer, &facts);
        Some((facts, score, proposals))
    }

    /// Whether scores go by the straight line, since there are no roads.
    pub fn risk_is_straight(&self) -> bool {
        self.layer(Layer::Road).count() == 0 && self.layer(Layer::Lane).count() == 0
    }

    /// Each building with its score, the points of its height and age alone, and its fires after the city's day until
    /// another, as a later city has them. A fire is at the building that it lies in.
    pub fn tried(&self, later: &City, until: Date) -> Vec<Tried> {
        let (risk, day, zone) = (self.risk(), self.day(), zone_of(self));
        let mut fires: HashMap<u32, u32> = HashMap::new();
        for (_, row) in later.layer(Layer::Incident).iter() {
            let is_fire = row.attributes.choice(Layer::Incident, incident::KIND) == Some("fire");
            let on = row.attributes.instant(Layer::Incident, incident::OCCURRED).and_then(|ms| day_of(ms, &zone));
            if is_fire
                && on.is_some_and(|on| day < on && on <= until)
                && let Some(slot) = lies_in(self, row.shape.first())
            {
                *fires.entry(slot).or_default() += 1;
            }
        }
        let (facts, scorer) = (FactsOf::new(self, &risk.joins, &risk.around), Scorer::new(self.risk_model()));
        let one = |(slot, _)| {
            let plain = scorer.height_and_age(&facts.of(slot)?);
            Some(Tried {
                score: risk.of(slot).score.into(),
                plain,
                fires: fires.get(&slot).copied().unwrap_or_default(),
            })
        };
        self.layer(Layer::Building).iter().filter_map(one).collect()
    }
}

fn holding(city: &City, at: Place) -> Held {
    city.results().areas.holding(city.layer(Layer::Area), at)
}

fn fires(city: &City) -> Vec<(Held, Date)> {
    let zone = zone_of(city);
    let incidents = city.layer(Layer::Incident);
    let told = by_chunk(incidents, |slots| {
        let rows = slots.filter_map(|slot| incidents.row(slot));
        let fires = rows.filter(|row| row.attributes.choice(Layer::Incident, incident::KIND) == Some("fire"));
        let told = fires.filter_map(|row| {
            let day = day_of(row.attributes.instant(Layer::Incident, incident::OCCURRED)?, &zone)?;
            Some((holding(city, row.shape.first()), day))
        });
        told.collect::<Vec<_>>()
    });
    told.concat()
}
