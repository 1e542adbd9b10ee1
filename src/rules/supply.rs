//! Supply against demand: the flow a building asks for and what hydrants are credited with, looked up once for a day.

use jiff::civil::Date;

use super::{Pack, Rule};

/// The rules of supply on one day; what the standard says nothing of is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SupplyRules {
    /// Flow by use and volume of a building.
    pub flow: Vec<Rule>,
    /// The same of a high-rise, of the uses it names in place of `flow`.
    pub flow_high_rise: Vec<Rule>,
    /// Flow of any building, lower and higher, where the standard leaves it between them.
    pub between: Option<[Rule; 2]>,
    /// Floor area beyond which the most of `flow` and `flow_high_rise` is asked for, times a number.
    pub large: Option<[Rule; 2]>,
    /// Flow that is sure of a hydrant that was not tested; without it `credit` is.
    pub credit_least: Option<Rule>,
    /// Flow that a hydrant is credited with at most, tested or not.
    pub credit: Option<Rule>,
    /// Flow that a hydrant must give, credited to one that was not tested where there is no `credit`.
    pub each: Option<Rule>,
    /// How many hydrants may be counted on for one building.
    pub most_hydrants: Option<Rule>,
    /// How many of those that hang on a main known to be a tree.
    pub most_on_tree: Option<Rule>,
    /// How far along the ground, or in a circle, hydrants are counted on; without it as far as hose is laid.
    pub within: Option<Rule>,
}

impl SupplyRules {
    /// Looks them up.
    pub fn on(pack: &Pack, day: Date) -> SupplyRules {
        let all = |id: &str| pack.rules.iter().filter(|rule| rule.id == id && rule.holds_on(day)).cloned().collect();
        let one = |id: &str| pack.on(day, id).cloned();
        let both = |a: &str, b: &str| Some([one(a)?, one(b)?]);
        SupplyRules {
            flow: all("demand.flow"),
            flow_high_rise: all("demand.flow_high_rise"),
            between: both("demand.low", "demand.high"),
            large: both("demand.large_area", "demand.large_times"),
            credit_least: one("hydrant.credit_least"),
            credit: one("hydrant.credit"),
            each: one("hydrant.flow"),
            most_hydrants: one("hydrant.supply_most"),
            most_on_tree: one("hydrant.supply_most_on_tree"),
            within: one("hydrant.supply_within"),
        }
    }

    /// Whether the standard asks for no flow of any building.
    pub fn is_silent(&self) -> bool {
        self.flow.is_empty() && self.flow_high_rise.is_empty() && self.between.is_none()
    }
}

impl Rule {
    /// A flow of it in whole millilitres a second.
    pub fn mlps(&self) -> u32 {
        (self.value * 1000.0).round() as u32
    }

    /// Whether it is about buildings of a use.
    pub fn is_of_use(&self, code: &str) -> bool {
        self.uses.is_empty() || self.uses.iter().any(|known| known == code)
    }

    /// Whether it is about a volume in m³: above the first, up to the second where there is one.
    pub fn is_of_volume(&self, m3: f64) -> bool {
        let [over, upto] = self.volume_span();
        over < m3 && m3 <= upto
    }

    /// The volumes it is about: above, up to.
    pub(super) fn volume_span(&self) -> [f64; 2] {
        let at = |nth: usize| self.volume_m3.get(nth).copied();
        [at(0).unwrap_or(f64::NEG_INFINITY), at(1).unwrap_or(f64::INFINITY)]
    }

    /// What is wrong with the buildings it is about; nothing where all is right.
    pub(super) fn wrong_buildings(&self) -> Option<(&'static str, String)> {
        let of_buildings = matches!(self.id.as_str(), "demand.flow" | "demand.flow_high_rise");
        if !of_buildings && !self.uses.is_empty() {
            return Some(("uses", "only demand.flow and demand.flow_high_rise have uses".to_owned()));
        }
        if !of_buildings && !self.volume_m3.is_empty() {
            return Some(("volume_m3", "only demand.flow and demand.flow_high_rise have volumes".to_owned()));
        }
        let known = |code: &&String| crate::model::building::USES.iter().any(|choice| choice.code == **code);
        if let Some(code) = self.uses.iter().find(|code| !known(code)) {
            return Some(("uses", format!("{code} is no use of a building")));
        }
        let [over, upto] = self.volume_span();
        if self.volume_m3.len() > 2 || self.volume_m3.iter().any(|m3| !m3.is_finite() || *m3 < 0.0) || over >= upto {
            return Some(("volume_m3", "one number or two growing ones are needed: above, up to".to_owned()));
        }
        None
    }

    /// Whether some building is of both.
    pub(super) fn shares_buildings(&self, other: &Rule) -> bool {
        let uses = self.uses.is_empty() || other.uses.is_empty() || self.uses.iter().any(|code| other.is_of_use(code));
        let ([a, b], [c, d]) = (self.volume_span(), other.volume_span());
        uses && a < d && c < b
    }
}
