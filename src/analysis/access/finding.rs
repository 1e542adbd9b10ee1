//! A finding of access, and how a measured value stands to a rule.

use crate::model::{FeatureId, Layer, Place};
use crate::rules::{AccessRule, Rule, Strength};

/// How something stands to a rule, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// 低于“应”
    BelowMust,
    /// 低于“宜”
    BelowShould,
    /// Below a recommended means or a practice, which no clause asks for.
    BelowPractice,
    /// Nobody knows.
    Unknown,
    /// It is kept.
    Kept,
}

impl Verdict {
    /// All, worst first.
    pub const ALL: [Verdict; 5] =
        [Verdict::BelowMust, Verdict::BelowShould, Verdict::BelowPractice, Verdict::Unknown, Verdict::Kept];

    /// The word in tables and API.
    pub fn code(self) -> &'static str {
        match self {
            Verdict::BelowMust => "below_must",
            Verdict::BelowShould => "below_should",
            Verdict::BelowPractice => "below_practice",
            Verdict::Unknown => "unknown",
            Verdict::Kept => "kept",
        }
    }

    /// Of what falls short of a rule.
    pub fn below(rule: &Rule) -> Verdict {
        match rule.strength {
            Strength::Must => Verdict::BelowMust,
            Strength::Should => Verdict::BelowShould,
            Strength::May | Strength::Practice => Verdict::BelowPractice,
        }
    }
}

/// How a measured value stands to a rule.
pub fn judge(rule: &Rule, measured: Option<f64>) -> Verdict {
    match measured {
        None => Verdict::Unknown,
        Some(measured) if rule.allows(measured) => Verdict::Kept,
        Some(_) => Verdict::below(rule),
    }
}

/// Whether a building of a year is older than a rule; `None` where its year is not known or is that of the rule.
pub fn older(rule: &Rule, year_built: Option<i64>) -> Option<bool> {
    let (year, from) = (year_built?, i64::from(rule.from.year()));
    (year != from).then_some(year < from)
}

/// One thing found about access.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessFinding {
    /// How it stands.
    pub verdict: Verdict,
    /// The layer of the feature: lane, ladder field or building.
    pub layer: Layer,
    /// Its number.
    pub id: FeatureId,
    /// The rule.
    pub rule: AccessRule,
    /// What was measured, in the rule's unit; `None` where nobody knows.
    pub measured: Option<f64>,
    /// Where to look.
    pub place: Place,
    /// The slot of the building it is about.
    pub building: Option<u32>,
    /// Whether that building was built before the rule held.
    pub older: Option<bool>,
}

impl AccessFinding {
    /// How far it is from the rule's value, as a share of the larger of the two.
    fn shortfall(&self, rule: &Rule) -> f64 {
        let Some(measured) = self.measured else { return 0.0 };
        (rule.value - measured).abs() / rule.value.abs().max(measured.abs()).max(f64::MIN_POSITIVE)
    }

    /// Which of two findings is told first: the worse, then the one farther from its rule.
    pub fn worse(&self, own: &Rule, other: &AccessFinding, others: &Rule) -> std::cmp::Ordering {
        let tie = |of: &AccessFinding| (of.layer, of.id, of.rule);
        (self.verdict.cmp(&other.verdict))
            .then_with(|| other.shortfall(others).total_cmp(&self.shortfall(own)))
            .then_with(|| tie(self).cmp(&tie(other)))
    }
}
