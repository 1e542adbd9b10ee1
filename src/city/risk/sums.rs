//! What is kept of scores and dangers, and how they are summed.

use jiff::civil::Date;

use crate::analysis::risk::{Danger, Floor, Score};
use crate::rules::RiskModel;

/// What squares of buildings sum: how many, those of each band worst first, those of which little is known, and the
/// residents of the two worst bands where known.
pub const RISK_SUMS: usize = 7;

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
    little_known: bool,
}

impl RiskOf {
    /// Of no building.
    pub(super) const NONE: RiskOf = RiskOf {
        score: 0,
        raw: 0,
        between: [0; 2],
        parts: [0; 4],
        without_d: 0,
        floor: None,
        band: 0,
        bands: [0; 2],
        completeness: 0,
        little_known: false,
    };

    /// Of a score by a model.
    pub(super) fn of(score: &Score, model: &RiskModel) -> RiskOf {
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
            little_known: score.completeness < u32::from(model.little_known_below_pct),
        }
    }

    /// Whether so little is known that it is drawn hatched.
    pub fn is_little_known(&self) -> bool {
        self.little_known
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
    /// Counts a danger in (`sign` 1) or out again (−1).
    pub(super) fn count(&mut self, danger: &Danger, day: Date, sign: i64) {
        if danger.is_open(day) {
            self.open += sign;
            self.overdue += sign * i64::from(danger.overdue_d(day) > 0);
            return;
        }
        // Reported later than today, or closed.
        match (danger.closed.filter(|closed| *closed <= day), danger.due) {
            (Some(closed), Some(due)) if closed <= due => self.closed_in_time += sign,
            (Some(_), Some(_)) => self.closed_late += sign,
            _ if danger.is_closed => self.closed_untold += sign,
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
    /// Counts a building in (`sign` 1) or out again (−1).
    pub(super) fn count(&mut self, of: &RiskOf, residents: i64, sign: i64) {
        let band = &mut self.bands[usize::from(of.band.min(3))];
        *band = [band[0] + sign, band[1] + sign * residents];
        self.little_known += sign * i64::from(of.is_little_known());
        self.may_be_worse += sign * i64::from(of.may_be_worse());
        self.scores += sign * i64::from(of.score);
    }

    pub(super) fn add(&mut self, other: &RiskTotals) {
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

pub(super) fn square_sums(of: &RiskOf, residents: i64) -> [i64; RISK_SUMS] {
    let mut sums = [0; RISK_SUMS];
    sums[0] = 1;
    sums[1 + usize::from(of.band.min(3))] = 1;
    sums[5] = i64::from(of.is_little_known());
    sums[6] = if of.band < 2 { residents } else { 0 };
    sums
}
