//! The risk scores of a city: of each building, summed by area and by square.

use std::collections::HashMap;

use jiff::civil::Date;

use super::areas::Held;
use super::chunks::by_chunk;
use super::risk_facts::{Around, FactsOf};
use super::risk_joins::{Joins, day_of, lies_in, zone_of};
use super::town::City;
use crate::analysis::risk::{Danger, Facts, Floor, Proposal, Score, Scorer, Tried, measures};
use crate::crs::World;
use crate::index::Slots;
use crate::model::{Layer, Place, incident};
use crate::tiles::{Pyramid, summed};

/// What squares of buildings sum: how many, those of each band worst first, and those of which little is known.
pub const RISK_SUMS: usize = 6;

/// A building of which less is known, in percent, is hatched: missing data must never look safe.
const LITTLE: u8 = 50;

/// What is kept of a score; points in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RiskOf {
    /// The sum, or the floor where that is higher.
    pub score: u16,
    /// The sum.
    pub raw: u16,
    /// What the score may be, from the least to the most.
    pub between: [u16; 2],
    /// H, E, P and D.
    pub parts: [u16; 4],
    /// Of H, E and P alone.
    pub without_d: u16,
    /// The floor that lifts the score.
    pub floor: Option<Floor>,
    /// Position of its band, worst first.
    pub band: u8,
    /// Positions of the bands of the least score and of the most.
    pub bands: [u8; 2],
    /// Which part of all points is known, in percent.
    pub completeness: u8,
}

impl RiskOf {
    /// Of no building.
    const NONE: RiskOf = RiskOf {
        score: 0,
        raw: 0,
        between: [0; 2],
        parts: [0; 4],
        without_d: 0,
        floor: None,
        band: 0,
        bands: [0; 2],
        completeness: 0,
    };

    fn of(score: &Score) -> RiskOf {
        let short = |points: u32| points.min(u32::from(u16::MAX)) as u16;
        RiskOf {
            score: short(score.score),
            raw: short(score.raw),
            between: score.between.map(short),
            parts: score.parts.map(short),
            without_d: short(score.without_d),
            floor: score.floor.filter(|(_, least)| *least > score.raw).map(|(floor, _)| floor),
            band: score.band as u8,
            bands: score.bands.map(|band| band as u8),
            completeness: score.completeness as u8,
        }
    }

    /// Whether so little is known that it is drawn hatched.
    pub fn is_little_known(&self) -> bool {
        self.completeness < LITTLE
    }

    /// Whether what nobody knows could put it into a worse band.
    pub fn may_be_worse(&self) -> bool {
        self.bands[1] < self.band
    }
}

/// Dangers of an area on the city's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct DangerSums {
    /// Open.
    pub open: i64,
    /// Open, and beyond the day by which they were to be put right.
    pub overdue: i64,
    /// Closed by the day by which they were to be.
    pub closed_in_time: i64,
    /// Closed later than that.
    pub closed_late: i64,
    /// Closed, and nobody says by when they were to be or when they were.
    pub closed_untold: i64,
}

impl DangerSums {
    fn count(&mut self, danger: &Danger, day: Date) {
        if danger.is_open(day) {
            self.open += 1;
            self.overdue += i64::from(danger.overdue_d(day) > 0);
            return;
        }
        // Reported later than today, or closed.
        match (danger.closed.filter(|closed| *closed <= day), danger.due) {
            (Some(closed), Some(due)) if closed <= due => self.closed_in_time += 1,
            (Some(_), Some(_)) => self.closed_late += 1,
            _ if danger.is_closed => self.closed_untold += 1,
            _ => {}
        }
    }
}

/// Sums of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RiskTotals {
    /// By band, worst first: buildings, residents where known.
    pub bands: [[i64; 2]; 4],
    /// Buildings of which little is known.
    pub little_known: i64,
    /// Buildings that what nobody knows could put into a worse band.
    pub may_be_worse: i64,
    /// Sum of scores in hundredths.
    pub scores: i64,
    /// Dangers that lie in it.
    pub dangers: DangerSums,
}

impl RiskTotals {
    fn count(&mut self, of: &RiskOf, residents: i64) {
        let band = &mut self.bands[usize::from(of.band.min(3))];
        *band = [band[0] + 1, band[1] + residents];
        self.little_known += i64::from(of.is_little_known());
        self.may_be_worse += i64::from(of.may_be_worse());
        self.scores += i64::from(of.score);
    }

    fn add(&mut self, other: &RiskTotals) {
        let pairs = self.bands.as_flattened_mut().iter_mut().zip(other.bands.as_flattened());
        pairs.for_each(|(sum, more)| *sum += more);
        self.little_known += other.little_known;
        self.may_be_worse += other.may_be_worse;
        self.scores += other.scores;
    }

    /// Buildings.
    pub fn buildings(&self) -> i64 {
        self.bands.iter().map(|band| band[0]).sum()
    }
}

/// All scores, by slot of building, and their sums.
pub struct RiskResults {
    of: Slots<RiskOf>,
    totals: Vec<RiskTotals>,
    whole: RiskTotals,
    squares: Pyramid<RISK_SUMS>,
    joins: Joins,
    around: Around,
    /// Fires with the areas they lie in.
    fires: Vec<(Held, Date)>,
}

impl RiskResults {
    /// Of a city. Parallel; O(n).
    pub(super) fn new(city: &City) -> RiskResults {
        let joins = Joins::new(city, city.ground().access(city));
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
                let risk = RiskOf::of(&scorer.score(&known));
                let held = city.results().building_areas(slot);
                let nth = sums.iter().rposition(|(of, _)| *of == held).unwrap_or_else(|| {
                    sums.push((held, RiskTotals::default()));
                    sums.len() - 1
                });
                sums[nth].1.count(&risk, i64::from(city.results().weight(slot).residents.unwrap_or(0)));
                squares.push((buildings.within(slot).centre(), square_sums(&risk)));
                of.push(risk);
            }
            (of, sums, summed(squares))
        });
        let mut results = RiskResults {
            of: Slots::default(),
            totals: vec![RiskTotals::default(); city.layer(Layer::Area).slots()],
            whole: RiskTotals::default(),
            squares: Pyramid::default(),
            joins: Joins::default(),
            around: Around::default(),
            fires: Vec::new(),
        };
        let mut of: Vec<Vec<RiskOf>> = Vec::new();
        let mut squares: Vec<(World, [i64; RISK_SUMS])> = Vec::new();
        for (scores, sums, more) in chunks {
            of.push(scores);
            squares.extend(more);
            for (held, sums) in sums {
                results.whole.add(&sums);
                held.slots().for_each(|area| results.totals[area as usize].add(&sums));
            }
        }
        results.of = Slots::of_chunks(of);
        results.squares = squares.into_iter().collect();
        results.joins = joins;
        results.around = around;
        results.count_dangers(city);
        results.fires = fires(city);
        results
    }

    fn count_dangers(&mut self, city: &City) {
        let day = city.day();
        for (at, danger) in &self.joins.dangers {
            self.whole.dangers.count(danger, day);
            for area in holding(city, *at).slots() {
                self.totals[area as usize].dangers.count(danger, day);
            }
        }
    }

    /// Of the building of a slot.
    pub fn of(&self, slot: u32) -> &RiskOf {
        &self.of[slot]
    }

    /// Of the area of a slot.
    pub fn totals(&self, slot: u32) -> &RiskTotals {
        &self.totals[slot as usize]
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
}

impl City {
    /// Each building with its score, the points of its height and age alone, and its fires after the city's day until
    /// another. A fire is at the building that it lies in.
    pub fn tried(&self, until: Date) -> Vec<Tried> {
        let (risk, day, zone) = (self.risk(), self.day(), zone_of(self));
        let mut fires: HashMap<u32, u32> = HashMap::new();
        for (_, row) in self.layer(Layer::Incident).iter() {
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
    let rows = city.layer(Layer::Incident).iter();
    let fires = rows.filter(|(_, row)| row.attributes.choice(Layer::Incident, incident::KIND) == Some("fire"));
    let told = fires.filter_map(|(_, row)| {
        let day = day_of(row.attributes.instant(Layer::Incident, incident::OCCURRED)?, &zone)?;
        Some((holding(city, row.shape.first()), day))
    });
    told.collect()
}

fn square_sums(of: &RiskOf) -> [i64; RISK_SUMS] {
    let mut sums = [0; RISK_SUMS];
    sums[0] = 1;
    sums[1 + usize::from(of.band.min(3))] = 1;
    sums[5] = i64::from(of.is_little_known());
    sums
}
