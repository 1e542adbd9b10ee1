//! E: who is exposed. People in one-to-one care are not counted; see the module.

use super::class::{Judge, floors, height_mm};
use super::facts::Facts;
use super::hazard::{default_of, of_places};
use super::points::{Origin, Points};
use crate::rules::{Factor, Group, RiskModel};

impl Facts {
    /// People in it, and whether they are guessed from its floor area; `None` where nobody knows.
    pub fn people(&self, model: &RiskModel) -> Option<(i64, bool)> {
        let counted = self.residents.map(|residents| (residents.max(0), false));
        if counted.is_some() && model.groups.of(self.usage) == [Group::Housing] {
            return counted;
        }
        let density = self.usage.and_then(|usage| model.exposure.occupants.by.in_100_m2.get(usage));
        let guessed = density.zip(self.floor_dm2).map(|(density, dm2)| {
            // Thousandths of people in 100 m², which are 10,000 dm².
            let people = i128::from(density.0) * i128::from(dm2.max(0)) / 10_000_000;
            (people as i64, true)
        });
        match (counted, guessed) {
            (Some(counted), Some(guessed)) if guessed.0 > counted.0 => Some(guessed),
            (counted, guessed) => counted.or(guessed),
        }
    }

    pub(super) fn occupant_points(&self, judge: &Judge<'_>) -> Points {
        let factor = &judge.model.exposure.occupants;
        let Some((people, guessed)) = self.people(judge.model) else {
            let default = default_of(self, judge, Factor::Occupants.code());
            return Points::unless_known(default, factor.most.0);
        };
        let share = libm::log(1.0 + people as f64) / libm::log(1.0 + f64::from(factor.by.full_at));
        let points = (f64::from(factor.most.0) * share.min(1.0)).round() as u32;
        if guessed { Points::derived(points) } else { Points::observed(points) }
    }

    pub(super) fn sleeping_points(&self, judge: &Judge<'_>) -> Points {
        let factor = &judge.model.exposure.sleeping;
        let [sure, perhaps] = of_places(self, judge.model, |class| class.sleeping.0).unwrap_or_default();
        match self.usage.and_then(|usage| factor.by.get(usage)).map(|points| points.0) {
            Some(own) => {
                let (low, high) = (own.max(sure), own.max(perhaps));
                let origin = if low == high { Origin::Observed } else { Origin::Unknown };
                Points { low, at: (low + high).div_ceil(2), high, origin }
            }
            None => {
                let taken = Points::unless_known(default_of(self, judge, Factor::Sleeping.code()), factor.most.0);
                Points { low: sure, at: taken.at.max(sure), ..taken }
            }
        }
    }

    pub(super) fn egress_points(&self, judge: &Judge<'_>) -> Points {
        let factor = &judge.model.exposure.egress;
        let by = &factor.by;
        let (stair, ladder) = (by.single_stair.0, by.above_ladder.0);
        let sure = |points, derived| if derived { Points::derived(points) } else { Points::observed(points) };
        let storeys = floors(self, judge.model);
        let by_floors = match storeys {
            Some((floors, derived)) => sure(by.floors.at(floors.saturating_mul(1000)), derived),
            None => Points::unknown(factor.most.0 - stair - ladder),
        };
        let by_stairs = match (self.stairs, storeys) {
            (_, Some((..=1, derived))) => sure(0, derived),
            (Some(..=1), Some(_)) => Points::observed(stair),
            (Some(2..), _) => Points::NONE,
            _ => Points::unless_known(default_of(self, judge, "single_stair"), stair),
        };
        let by_height = match height_mm(self, judge.model) {
            Some((mm, derived)) => sure(if mm > i64::from(by.ladder_reach_m.0) { ladder } else { 0 }, derived),
            None => Points::unknown(ladder),
        };
        by_floors.and(by_stairs).and(by_height)
    }
}
