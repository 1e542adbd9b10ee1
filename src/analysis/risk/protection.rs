//! P: which protection is missing.

use super::class::Judge;
use super::facts::{Arrival, Facts};
use super::hazard::default_of;
use super::points::{Origin, Points};
use crate::analysis::Grade;
use crate::analysis::access::Gets;
use crate::rules::{Curve, Factor, WaterPoints};

/// A whole in ten-thousandths.
const ONE: u64 = 10_000;

/// Nearness of a hydrant in ten-thousandths: whole up to near, a share at the limit, nothing at so many times that.
fn nearness(way_mm: u32, limit_mm: u32, by: &WaterPoints) -> u64 {
    let (way, limit) = (u64::from(way_mm), u64::from(limit_mm).max(1));
    let near = u64::from(by.near_m.0).min(limit);
    let none = limit * u64::from(by.none_at.0) / ONE;
    let share = u64::from(by.at_limit.0);
    if way <= near {
        ONE
    } else if way <= limit {
        ONE - (ONE - share) * (way - near) / (limit - near).max(1)
    } else {
        share * none.saturating_sub(way) / (none - limit).max(1)
    }
}

/// Credit of a hydrant in ten-thousandths: if what is not known is bad, as taken, if it is good.
type Credit = [u64; 3];

/// The best and the second credit so far, each bound by itself.
#[derive(Default)]
struct Best([Credit; 2]);

impl Best {
    fn meet(&mut self, credit: Credit) {
        for (nth, credit) in credit.into_iter().enumerate() {
            let [first, second] = &mut self.0;
            if credit > first[nth] {
                (first[nth], second[nth]) = (credit, first[nth]);
            } else {
                second[nth] = second[nth].max(credit);
            }
        }
    }
}

impl Facts {
    fn credits(&self, by: &WaterPoints) -> Best {
        let mut best = Best::default();
        let water = &self.water;
        for hydrant in &water.hydrants {
            let quality = match hydrant.grade {
                Grade::Nominal => by.nominal,
                Grade::Serviceable => by.serviceable,
                Grade::Verified => by.verified,
            };
            let near = nearness(hydrant.way_mm, water.limit_mm, by);
            best.meet(quality.map(|share| u64::from(share.0) * near / ONE));
        }
        if water.perhaps {
            // One of which nobody knows state or way: at the limit as taken, near and good at best.
            let [_, at, good] = by.nominal.map(|share| u64::from(share.0));
            best.meet([0, at * u64::from(by.at_limit.0) / ONE, good]);
        }
        best
    }

    /// The best hydrant and the second.
    pub(super) fn water_points(&self, judge: &Judge<'_>) -> [Points; 2] {
        let model = judge.model;
        let most = [model.protection.water.most.0, model.protection.second_water.most.0];
        if self.water.unknown {
            return most.map(Points::unknown);
        }
        let Best(credits) = self.credits(&model.protection.water.by);
        let nth = |nth: usize| {
            let missing = |credit: u64| ((2 * u64::from(most[nth]) * (ONE - credit) + ONE) / (2 * ONE)) as u32;
            let [low, at, high] = [2, 1, 0].map(|bound: usize| missing(credits[nth][bound]));
            let known = if self.water.straight { Origin::Derived } else { Origin::Observed };
            Points { low, at, high, origin: if low == high { known } else { Origin::Unknown } }
        };
        [nth(0), nth(1)]
    }

    pub(super) fn arrival_points(&self, arrival: Arrival, curve: &Curve, most: u32) -> Points {
        match arrival {
            Arrival::After(ms) => Points::observed(curve.at(i64::from(ms))),
            Arrival::About(ms) => Points::derived(curve.at(i64::from(ms))),
            Arrival::Nobody => Points::observed(most),
            Arrival::Unknown => Points::unknown(most),
        }
    }

    pub(super) fn climb_points(&self, judge: &Judge<'_>) -> Points {
        let factor = &judge.model.protection.climb;
        match self.climb_mm {
            Some(mm) => Points::derived(factor.by.at(mm)),
            None => Points::unless_known(default_of(self, judge, Factor::Climb.code()), factor.most.0),
        }
    }

    pub(super) fn lane_points(&self, judge: &Judge<'_>) -> Points {
        let factor = &judge.model.protection.lanes;
        let points = match self.engine_gets {
            Gets::Yes => Points::NONE,
            Gets::No => Points::observed(factor.by.no_way.0),
            Gets::Doubtful => Points::unknown(factor.by.no_way.0),
            Gets::Unknown => Points::unknown(factor.most.0),
        };
        let least = if self.lane_obstructed { factor.by.obstructed.0 } else { 0 };
        let Points { low, at, high, origin } = points;
        Points { low: low.max(least), at: at.max(least), high: high.max(least), origin }
    }

    pub(super) fn ladder_points(&self, judge: &Judge<'_>) -> Points {
        let factor = &judge.model.protection.ladder_field;
        let (by, ladder) = (&factor.by, self.ladder);
        let points = match ladder.reached {
            _ if !ladder.any && ladder.drawn => Points::observed(by.none.0),
            _ if !ladder.any => Points::unknown(factor.most.0),
            _ if ladder.obstructed => Points::observed(by.obstructed.0),
            Gets::Yes => Points::NONE,
            Gets::No => Points::observed(by.not_reached.0),
            Gets::Doubtful | Gets::Unknown => Points::unknown(by.not_reached.0),
        };
        points.only_if(judge.is_high_rise())
    }

    pub(super) fn system_points(&self, judge: &Judge<'_>) -> Points {
        let factor = &judge.model.protection.systems;
        let by = &factor.by;
        let each = [by.alarm, by.sprinkler, by.indoor_hydrant, by.smoke_control].map(|points| points.0);
        // A system that one of its places lacks is missing; all that say so have it.
        let stands = |nth: usize| {
            let told = || self.places.iter().map(|place| place.systems[nth]);
            let lacks = told().any(|has| has == Some(false));
            let has = !self.places.is_empty() && told().all(|has| has == Some(true));
            lacks.then_some(false).or(has.then_some(true))
        };
        let known: [Option<bool>; 4] = [0, 1, 2, 3].map(stands);
        if known == [None; 4] {
            return Points::unless_known(default_of(self, judge, Factor::Systems.code()), factor.most.0);
        }
        known.into_iter().zip(each).fold(Points::NONE, |sum, (has, points)| {
            sum.and(match has {
                Some(true) => Points::NONE,
                Some(false) => Points::observed(points),
                None => Points::unknown(points),
            })
        })
    }

    pub(super) fn iot_points(&self, judge: &Judge<'_>) -> Points {
        let model = judge.model;
        let most = model.protection.iot.most.0;
        let points = match self.iot.map(|iot| (iot.installed, iot.reporting)) {
            Some((installed @ 1.., Some(reporting))) => {
                let silent = u64::from(installed - reporting.min(installed));
                let whole = u64::from(installed);
                Points::observed(((2 * u64::from(most) * silent + whole) / (2 * whole)) as u32)
            }
            _ => Points::unknown(most),
        };
        points.only_if(judge.is_high_rise())
    }
}
