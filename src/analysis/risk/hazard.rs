//! H: how likely a fire is and how fierce.

use super::class::{Judge, Membership, height_mm, place_classes};
use super::facts::Facts;
use super::points::{Origin, Points};
use crate::rules::{DefaultPoints, Factor, Group, PlaceClass, RiskModel};

/// Points of what its places are, if what is not known is good and bad; `None` where it has none of a class.
pub(super) fn of_places(facts: &Facts, model: &RiskModel, points: fn(&PlaceClass) -> u32) -> Option<[u32; 2]> {
    let mut found: Option<[u32; 2]> = None;
    for place in &facts.places {
        for decided in place_classes(place, model) {
            let points = points(decided.class);
            let [low, high] = found.unwrap_or_default();
            let sure = if decided.is == Membership::Yes { points } else { 0 };
            found = Some([low.max(sure), high.max(points)]);
        }
    }
    found
}

/// The points of a default of the model for such a building.
pub(super) fn default_of(facts: &Facts, judge: &Judge<'_>, factor: &str) -> Option<u32> {
    found_default(facts, judge, factor).map(|default| default.points.0)
}

fn found_default<'a>(facts: &Facts, judge: &Judge<'a>, factor: &str) -> Option<&'a DefaultPoints> {
    let mut of_factor = judge.model.defaults.iter().filter(|default| default.factor == factor);
    of_factor.find(|default| {
        let is_used = |usage: &&str| default.uses.iter().any(|of| of == usage);
        let is_as_old = |year| facts.year_built.is_some_and(|built| built < year);
        let is_as_high = || {
            let [low, _, high] = judge.heights;
            low == high && default.height_classes.contains(&low)
        };
        (default.uses.is_empty() || facts.usage.as_ref().is_some_and(is_used))
            && default.built_before.is_none_or(is_as_old)
            && (default.height_classes.is_empty() || is_as_high())
    })
}

impl Facts {
    /// The default that is taken where nothing is known for a factor.
    pub fn default_for<'a>(&self, model: &'a RiskModel, factor: Factor) -> Option<&'a DefaultPoints> {
        let judge = Judge::of(self, model);
        let own = found_default(self, &judge, factor.code());
        own.or_else(|| (factor == Factor::Egress).then(|| found_default(self, &judge, "single_stair")).flatten())
    }

    pub(super) fn height_points(&self, judge: &Judge<'_>) -> Points {
        let factor = &judge.model.hazard.height_class;
        let [low, at, high] = judge.heights.map(|class| factor.by.of(class));
        let of_no_rule = self.usage.is_some() && judge.model.groups.of(self.usage).is_empty();
        match height_mm(self, judge.model) {
            Some((_, derived)) => {
                let sure = if derived { Origin::Derived } else { Origin::Observed };
                Points { low, at, high, origin: if low == high { sure } else { Origin::Unknown } }
            }
            None if of_no_rule => Points::derived(at),
            None => {
                let taken = Points::unless_known(default_of(self, judge, Factor::HeightClass.code()), factor.most.0);
                Points { low, at: taken.at.clamp(low, high), high, origin: taken.origin }
            }
        }
    }

    pub(super) fn use_points(&self, judge: &Judge<'_>) -> Points {
        let factor = &judge.model.hazard.usage;
        let (most, by) = (factor.most.0, &factor.by);
        let of_places = of_places(self, judge.model, |class| class.usage.0);
        let own = self.usage.and_then(|usage| by.uses.get(usage)).map(|points| points.0);
        let housing = judge.model.groups.of(self.usage) == [Group::Housing];
        let several = if housing && !self.places.is_empty() { by.mixed_adds.0 } else { 0 };
        let [sure, perhaps] = of_places.unwrap_or_default();
        match own {
            Some(own) => {
                let [low, high] = [own.max(sure), own.max(perhaps)].map(|points| (points + several).min(most));
                let origin = if low == high { Origin::Observed } else { Origin::Unknown };
                Points { low, at: (low + high).div_ceil(2), high, origin }
            }
            None => {
                let taken = Points::unless_known(default_of(self, judge, Factor::Use.code()), most);
                Points { low: sure, at: taken.at.max(sure), ..taken }
            }
        }
    }

    pub(super) fn age_points(&self, judge: &Judge<'_>) -> Points {
        let factor = &judge.model.hazard.age;
        match self.year_built {
            Some(built) => Points::observed(factor.by.at(self.year.saturating_sub(built).saturating_mul(1000))),
            None => Points::unless_known(default_of(self, judge, Factor::Age.code()), factor.most.0),
        }
    }

    pub(super) fn insulation_points(&self, judge: &Judge<'_>) -> Points {
        let factor = &judge.model.hazard.insulation;
        let by = &factor.by;
        let known = match self.insulation {
            Some("a") => Some(by.a.0),
            Some("b1") => Some(by.b1.0),
            Some("b2") => Some(by.b2.0),
            Some("b3") => Some(by.b3.0),
            _ => None,
        };
        let default = || default_of(self, judge, Factor::Insulation.code());
        known.map_or_else(|| Points::unless_known(default(), factor.most.0), Points::observed)
    }

    pub(super) fn e_bike_points(&self, judge: &Judge<'_>) -> Points {
        let factor = &judge.model.hazard.e_bikes;
        let by = &factor.by;
        let Some(bikes) = self.e_bikes else {
            let default = default_of(self, judge, Factor::EBikes.code());
            return Points::unless_known(default, factor.most.0);
        };
        if bikes <= 0 {
            return Points::NONE;
        }
        // Ports are shared out by bikes: the estate's shortage is that of each of its buildings.
        let pair = self.estate.or(self.ports.map(|ports| [bikes, ports]));
        let short = match pair {
            Some([bikes, ports]) if bikes > 0 => {
                // short · max(0, 1 − ports · bikes_a_port ÷ bikes), rounded half up.
                let needed = i128::from(bikes) * 1000;
                let lacking = (needed - i128::from(ports.max(0)) * i128::from(by.bikes_a_port.0)).max(0);
                let points = (2 * i128::from(by.short.0) * lacking + needed) / (2 * needed);
                Points::observed(points as u32)
            }
            _ => Points::unknown(by.short.0),
        };
        let told = self.dangers.iter().any(|danger| danger.indoors);
        let indoors = match (told, self.is_inspected(judge.model)) {
            (true, _) => Points::observed(by.indoors.0),
            (false, true) => Points::NONE,
            (false, false) => Points::unknown(by.indoors.0),
        };
        short.and(indoors)
    }

    pub(super) fn gas_points(&self, judge: &Judge<'_>) -> Points {
        let factor = &judge.model.hazard.gas;
        match self.gas {
            Some(cylinders) => Points::observed(factor.by.at(cylinders.saturating_mul(1000))),
            None => Points::unless_known(default_of(self, judge, Factor::Gas.code()), factor.most.0),
        }
    }
}
