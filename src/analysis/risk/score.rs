//! From points to the score: contributions that sum to it, floors, interval, completeness, band.

use super::class::Judge;
use super::facts::Facts;
use super::points::Points;
use crate::rules::{Factor, Part, RiskModel};

/// What a score never falls below, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Floor {
    /// An open danger graded as major.
    MajorDanger,
    /// It is known that no serviceable water is within the limit.
    NoWater,
    /// A lane of a high-rise is obstructed.
    BlockedLane,
    /// Both of these.
    NoWaterAndBlockedLane,
}

impl Floor {
    /// The word in tables and API.
    pub fn code(self) -> &'static str {
        match self {
            Floor::MajorDanger => "major_danger",
            Floor::NoWater => "no_water",
            Floor::BlockedLane => "blocked_lane",
            Floor::NoWaterAndBlockedLane => "no_water_and_blocked_lane",
        }
    }
}

/// How many factors there are.
pub(super) const FACTORS: usize = Factor::ALL.len();

/// A score with all that made it. All points are hundredths.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// By [`Factor::ALL`]; those that are not computed have none.
    pub points: [Points; FACTORS],
    /// Of each part 0 to 100.
    pub parts: [u32; 4],
    /// The sum.
    pub raw: u32,
    /// What it may be, from the least to the most.
    pub raw_between: [u32; 2],
    /// The highest floor there is, whether or not it lifts the score.
    pub floor: Option<(Floor, u32)>,
    /// The sum, or the floor where that is higher.
    pub score: u32,
    /// What it may be, from the least to the most.
    pub between: [u32; 2],
    /// Of H, E and P alone, 0 to 100, without floors.
    pub without_d: u32,
    /// Which part of all points is known, in percent: 100 less the width of the interval of the sum.
    pub completeness: u32,
    /// Position of its band, worst first.
    pub band: usize,
    /// Positions of the bands that it may be in, of the least score and of the most.
    pub bands: [usize; 2],
}

/// Scores by a model; made once for many buildings.
pub struct Scorer<'a> {
    model: &'a RiskModel,
    /// Of each part what a hundredth of its points adds to the score, in parts of `whole`.
    rates: [u128; 4],
    /// Parts of a hundredth of the score.
    whole: u128,
}

fn lcm(a: u128, b: u128) -> u128 {
    let (mut x, mut y) = (a, b);
    while y > 0 {
        (x, y) = (y, x % y);
    }
    a / x.max(1) * b
}

/// Rounded, a half up.
fn rounded(parts: u128, whole: u128) -> u32 {
    ((2 * parts + whole) / (2 * whole)) as u32
}

impl<'a> Scorer<'a> {
    /// By a model.
    pub fn new(model: &'a RiskModel) -> Scorer<'a> {
        // A part's factors that enter the score stand for all of it: weight · points ÷ their most.
        let most = Part::ALL.map(|part| u128::from(model.most(part)).max(1));
        let whole = most.into_iter().fold(1, lcm);
        let rates = std::array::from_fn(|nth| u128::from(model.weight(Part::ALL[nth])) * (whole / most[nth]));
        Scorer { model, rates, whole }
    }

    /// The model.
    pub fn model(&self) -> &'a RiskModel {
        self.model
    }

    /// Scores a building.
    pub fn score(&self, facts: &Facts) -> Score {
        self.of_points(facts, self.points(facts))
    }

    /// Hundredths of height class and age alone, to hold a score against.
    pub fn height_and_age(&self, facts: &Facts) -> u32 {
        let judge = Judge::of(facts, self.model);
        facts.height_points(&judge).at + facts.age_points(&judge).at
    }

    /// Points of all factors.
    pub(super) fn points(&self, facts: &Facts) -> [Points; FACTORS] {
        let (model, judge) = (self.model, &Judge::of(facts, self.model));
        let [water, second] = facts.water_points(judge);
        Factor::ALL.map(|factor| match factor {
            Factor::HeightClass => facts.height_points(judge),
            Factor::Use => facts.use_points(judge),
            Factor::Age => facts.age_points(judge),
            Factor::Insulation => facts.insulation_points(judge),
            Factor::EBikes => facts.e_bike_points(judge),
            Factor::Gas => facts.gas_points(judge),
            Factor::Occupants => facts.occupant_points(judge),
            Factor::Care => Points::NONE,
            Factor::Sleeping => facts.sleeping_points(judge),
            Factor::Egress => facts.egress_points(judge),
            Factor::Water => water,
            Factor::SecondWater => second,
            Factor::Micro => {
                facts.arrival_points(facts.micro, &model.protection.micro.by, model.protection.micro.most.0)
            }
            Factor::Engine => {
                facts.arrival_points(facts.engine, &model.protection.engine.by, model.protection.engine.most.0)
            }
            Factor::Climb => facts.climb_points(judge),
            Factor::Lanes => facts.lane_points(judge),
            Factor::LadderField => facts.ladder_points(judge),
            Factor::Systems => facts.system_points(judge),
            Factor::Iot => facts.iot_points(judge),
            Factor::Open => facts.danger_points(judge),
        })
    }

    /// The score of points; the facts tell the floors.
    pub(super) fn of_points(&self, facts: &Facts, points: [Points; FACTORS]) -> Score {
        let sums = |bound: fn(&Points) -> u32| {
            Part::ALL.map(|part| {
                let of = Factor::ALL.iter().zip(&points).filter(|(factor, _)| factor.part() == part);
                of.map(|(_, points)| bound(points)).sum::<u32>()
            })
        };
        let total =
            |sums: [u32; 4]| -> u128 { self.rates.iter().zip(sums).map(|(rate, sum)| rate * u128::from(sum)).sum() };
        let at = sums(|points| points.at);
        let raw = rounded(total(at), self.whole);
        let raw_between = [sums(|points| points.low), sums(|points| points.high)];
        let raw_between = raw_between.map(|sums| rounded(total(sums), self.whole));
        let floor = self.floor(facts);
        let least = floor.map_or(0, |(_, least)| least);
        let between = raw_between.map(|bound| bound.max(least));
        let score = raw.max(least);
        let calm = [at[0], at[1], at[2], 0];
        let weights: u32 = Part::ALL[..3].iter().map(|part| self.model.weight(*part)).sum();
        Score {
            points,
            parts: std::array::from_fn(|nth| {
                rounded(10_000 * u128::from(at[nth]), u128::from(self.model.most(Part::ALL[nth])).max(1))
            }),
            raw,
            raw_between,
            floor,
            score,
            between,
            without_d: rounded(total(calm) * 10_000, self.whole * u128::from(weights.max(1))),
            completeness: (10_000 - (raw_between[1] - raw_between[0]).min(10_000)) / 100,
            band: self.band(score),
            bands: between.map(|bound| self.band(bound)),
        }
    }

    /// What each factor contributes to the sum of a score of this model, in whole hundredths: they sum to it exactly, by
    /// largest remainder; ties to the first factor.
    pub fn contributions(&self, score: &Score) -> [u32; FACTORS] {
        let rate = |nth: usize| self.rates[Factor::ALL[nth].part() as usize];
        let loads: [u128; FACTORS] = std::array::from_fn(|nth| rate(nth) * u128::from(score.points[nth].at));
        let mut shares = loads.map(|load| (load / self.whole) as u32);
        let left: [u128; FACTORS] = std::array::from_fn(|nth| loads[nth] - u128::from(shares[nth]) * self.whole);
        // The remainders sum to less than there are factors with one, so that none gets two.
        let rest = score.raw.saturating_sub(shares.iter().sum::<u32>()) as usize;
        let mut order: [usize; FACTORS] = std::array::from_fn(|nth| nth);
        order.sort_by_key(|nth| std::cmp::Reverse(left[*nth]));
        order.into_iter().take(rest).for_each(|nth| shares[nth] += 1);
        shares
    }

    /// Position of the band of a score in hundredths, worst first.
    pub fn band(&self, score: u32) -> usize {
        let bands = &self.model.bands;
        bands.iter().position(|band| score >= band.from.0).unwrap_or(bands.len() - 1)
    }

    /// The highest floor. What is unknown makes none.
    fn floor(&self, facts: &Facts) -> Option<(Floor, u32)> {
        let floors = &self.model.floors;
        // Which part of the floor of water there is, in parts of the ramp: none at the limit, all at its end.
        let ramp = u64::from(floors.water_ramp_m.0).max(1);
        let dry = if facts.water.lacks && !facts.water.unknown && !facts.water.perhaps {
            let serviceable =
                facts.water.hydrants.iter().filter(|hydrant| hydrant.grade != crate::analysis::Grade::Nominal);
            let nearest = serviceable.map(|hydrant| hydrant.way_mm).min().unwrap_or(u32::MAX);
            u64::from(nearest.saturating_sub(facts.water.limit_mm)).min(ramp)
        } else {
            0
        };
        let blocked = facts.lane_obstructed && facts.is_high_rise(self.model) == Some(true);
        let of = |whole: u32| (u64::from(whole) * dry / ramp) as u32;
        let lane = floors.blocked_lane.0;
        let by_water = match (blocked, dry) {
            (false, 0) => None,
            (false, _) => Some((Floor::NoWater, of(floors.no_water.0))),
            (true, 0) => Some((Floor::BlockedLane, lane)),
            (true, _) => Some((Floor::NoWaterAndBlockedLane, lane + of(floors.no_water_and_blocked_lane.0 - lane))),
        };
        let major = facts.dangers.iter().any(|danger| danger.is_major());
        let major = major.then_some((Floor::MajorDanger, floors.major_danger.0));
        [major, by_water].into_iter().flatten().max_by_key(|(_, least)| *least).filter(|(_, least)| *least > 0)
    }
}
