//! The rules of water supply that hold on a day, looked up once.

use jiff::civil::Date;

use super::{Metric, Pack, Rule, RuleError, Unassessed};
use crate::model::{Choice, hydrant};

/// The rules of water supply on one day; what its standard says nothing of is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterRules {
    /// Protection radius by position of the hydrant's kind; a kind without one does not count.
    radius: Vec<Option<Rule>>,
    /// How far from a building the hydrants stand whose flow it may count on.
    supply_within: Option<Rule>,
    /// Distance below which a hydrant by the wall gets a remark.
    pub least_distance: Option<Rule>,
    /// Static pressure in normal running.
    pub static_pressure: Option<Rule>,
    /// Flow in a fire.
    pub flow: Option<Rule>,
    /// How long an inspection keeps a hydrant verified.
    pub verified_within: Option<Rule>,
    /// What streets ask for.
    pub streets: Option<StreetRules>,
}

/// The rules of hydrants along streets on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct StreetRules {
    /// Spacing along a road.
    pub spacing: Rule,
    /// Road width above which hydrants stand on both sides.
    pub both_sides_above: Option<Rule>,
    /// How far from a road's centre line a hydrant is counted to it.
    pub of_road_within: Rule,
}

impl WaterRules {
    /// Looks them up.
    pub fn on(pack: &Pack, day: Date) -> Result<WaterRules, RuleError> {
        let need = |id: &str| pack.need(day, id).cloned();
        let ask = |id: &str| pack.ask(day, id).map(|rule| rule.cloned());
        let counts = |kind: &str| pack.counts.iter().any(|known| known == kind);
        let radius_of = |kind: &Choice| counts(kind.code).then(|| need(&format!("radius.{}", kind.code))).transpose();
        let radius = hydrant::KINDS.iter().map(radius_of).collect::<Result<Vec<_>, _>>()?;
        if radius.iter().all(Option::is_none) {
            need("radius.municipal")?;
        }
        let along = |spacing| -> Result<StreetRules, RuleError> {
            Ok(StreetRules {
                spacing,
                both_sides_above: ask("road.both_sides_above")?,
                of_road_within: need("hydrant.of_road_within")?,
            })
        };
        Ok(WaterRules {
            radius,
            supply_within: pack.on(day, "hydrant.supply_within").cloned(),
            least_distance: ask("hydrant.least_distance")?,
            static_pressure: ask("hydrant.static_pressure")?,
            flow: ask("hydrant.flow")?,
            verified_within: ask("hydrant.verified_within")?,
            streets: ask("hydrant.spacing")?.map(along).transpose()?,
        })
    }

    /// The protection radius of a kind of hydrant; `None` where the kind does not count.
    pub fn radius(&self, kind: &str) -> Option<&Rule> {
        let ix = hydrant::KINDS.iter().position(|known| known.code == kind)?;
        self.radius[ix].as_ref()
    }

    /// The longest way of hose that the standard allows, where it writes its radius for the way.
    pub fn route_limit(&self) -> Option<&Rule> {
        Some(self.leading_radius()).filter(|radius| radius.metric == Metric::Route)
    }

    /// Why the radii make no coverage; `None` where circles are what the standard means.
    pub fn unassessed(&self) -> Option<Unassessed> {
        self.leading_radius().unassessed()
    }

    /// The rule whose circle around a hydrant of a kind counts buildings: its radius where that is straight, else how
    /// far supply counts where that is straight; `None` where the kind does not count or no rule has a circle.
    pub fn circle(&self, kind: &str) -> Option<&Rule> {
        self.radius(kind).and_then(|radius| self.straight(radius))
    }

    /// The circle that a map draws first: that of municipal hydrants, else of the first kind that counts.
    pub fn leading_circle(&self) -> Option<&Rule> {
        self.straight(self.leading_radius())
    }

    fn straight<'a>(&'a self, radius: &'a Rule) -> Option<&'a Rule> {
        let supply = self.supply_within.as_ref();
        std::iter::once(radius).chain(supply).find(|rule| rule.metric == Metric::Straight)
    }

    /// The largest circle of any kind, in millimetres, 0 without any; it is also that of a hydrant whose kind nobody
    /// knows.
    pub fn widest_circle_mm(&self) -> u32 {
        self.radius.iter().flatten().filter_map(|radius| self.straight(radius)).map(Rule::mm).max().unwrap_or(0)
    }

    /// The radius that a map names first: that of municipal hydrants, else of the first kind that counts.
    pub fn leading_radius(&self) -> &Rule {
        self.radius.iter().flatten().next().expect("at least one kind has a radius")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_pack_with_a_hole_is_refused_by_the_rule_it_lacks() {
        let text = crate::rules::BUILT_IN[0].1;
        for id in ["hydrant.least_distance", "hydrant.verified_within", "hydrant.of_road_within", "radius.municipal"] {
            // A rule that held until long ago is a hole today.
            let without = text.replace(&format!("id = \"{id}\""), &format!("id = \"{id}\"\nuntil = 2015-01-01"));
            let pack = Pack::parse("x", &without).expect("parses");
            let error = WaterRules::on(&pack, date(2026, 1, 1)).expect_err("refused");
            assert!(matches!(&error, RuleError::Hole { rule, .. } if rule == id), "{error}");
        }
    }

    #[test]
    fn a_kind_counts_only_where_the_pack_gives_it_a_radius() {
        let pack = Pack::built_in("gb").expect("comes along");
        let rules = WaterRules::on(&pack, date(2026, 1, 1)).expect("complete");
        assert_eq!(rules.radius("municipal").map(|rule| rule.value), Some(150.0));
        assert_eq!(rules.radius("dry"), None);
        assert_eq!(rules.widest_circle_mm(), 150_000);
    }
}
