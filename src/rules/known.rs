//! The ids of rules that the program knows, and which of them it judges by.
//!
//! A rule that it knows but cannot judge by stands in a pack all the same: it is told with the reason, and no result
//! pretends to come from it.

use super::{Metric, Rule, access};
use crate::model::{Lang, Speak, hydrant};

/// An id with its unit and the metrics in which it makes sense.
pub(super) struct Known {
    pub id: &'static str,
    pub unit: &'static str,
    pub metrics: &'static [Metric],
    /// A pack without it says so in `silent`, so that a hole is never an oversight.
    pub expected: bool,
}

const LENGTH: &[Metric] = &[Metric::Straight, Metric::Route];
const NO_LENGTH: &[Metric] = &[Metric::None];

const fn expected(id: &'static str, unit: &'static str, metrics: &'static [Metric]) -> Known {
    Known { id, unit, metrics, expected: true }
}

pub(super) const fn optional(id: &'static str, unit: &'static str, metrics: &'static [Metric]) -> Known {
    Known { id, unit, metrics, expected: false }
}

/// Those of water, beside a radius for each kind of hydrant.
const KNOWN: [Known; 21] = [
    expected("hydrant.least_distance", "m", &[Metric::Straight]),
    expected("hydrant.static_pressure", "MPa", NO_LENGTH),
    expected("hydrant.flow", "L/s", NO_LENGTH),
    expected("hydrant.verified_within", "d", NO_LENGTH),
    expected("hydrant.spacing", "m", &[Metric::Route]),
    expected("hydrant.of_road_within", "m", &[Metric::Straight]),
    expected("road.both_sides_above", "m", NO_LENGTH),
    optional("hydrant.supply_within", "m", LENGTH),
    optional("hydrant.dwelling_distance", "m", LENGTH),
    optional("hydrant.neighbour", "m", LENGTH),
    optional("demand.low", "L/s", NO_LENGTH),
    optional("demand.high", "L/s", NO_LENGTH),
    optional("demand.hours", "h", NO_LENGTH),
    optional("demand.flow", "L/s", NO_LENGTH),
    optional("demand.flow_high_rise", "L/s", NO_LENGTH),
    optional("demand.large_area", "m²", NO_LENGTH),
    optional("demand.large_times", "times", NO_LENGTH),
    optional("hydrant.credit_least", "L/s", NO_LENGTH),
    optional("hydrant.credit", "L/s", NO_LENGTH),
    optional("hydrant.supply_most", "hydrants", NO_LENGTH),
    optional("hydrant.supply_most_on_tree", "hydrants", NO_LENGTH),
];

const RADIUS: Known = optional("radius", "m", LENGTH);

/// What is known of an id.
pub(super) fn known(id: &str) -> Option<&'static Known> {
    let of_kind = |kind: &str| hydrant::KINDS.iter().any(|known| known.code == kind);
    match id.strip_prefix("radius.") {
        Some(kind) => of_kind(kind).then_some(&RADIUS),
        None => KNOWN.iter().chain(access::KNOWN).find(|known| known.id == id),
    }
}

/// Why the program does not judge by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unassessed {
    /// The rule is for the way along the ground, which circles do not tell.
    Route,
    /// The rule is for some uses of buildings alone.
    Use,
    /// The rule is about how long a flow lasts.
    Duration,
    /// The rule is for neighbours on one main.
    Main,
    /// The data have no field for what the rule measures.
    NoField,
}

impl Unassessed {
    /// All of them.
    pub const ALL: [Unassessed; 5] =
        [Unassessed::Route, Unassessed::Use, Unassessed::Duration, Unassessed::Main, Unassessed::NoField];
}

impl Speak for Unassessed {
    fn code(&self) -> &'static str {
        match self {
            Unassessed::Route => "route",
            Unassessed::Use => "use",
            Unassessed::Duration => "duration",
            Unassessed::Main => "main",
            Unassessed::NoField => "no_field",
        }
    }

    fn say(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Unassessed::Route => (
                "该规则限定的是沿地面的路径，需要道路网络计算；直线圆不能代替，故不评估。",
                "The rule is for the way along the ground, which takes the road network; a circle does not tell it, so it is not assessed.",
            ),
            Unassessed::Use => (
                "该规则只适用于一、二户住宅，且按路径计量；建筑用途与路径均未参与计算，故不评估。",
                "The rule is for one- and two-family homes and for the way along the ground; neither enters the computation, so it is not assessed.",
            ),
            Unassessed::Duration => (
                "该规则针对供水的持续时间；数据中没有这一项，故不评估。",
                "The rule is about how long the flow lasts; the data say nothing of it, so it is not assessed.",
            ),
            Unassessed::Main => (
                "该规则针对同一供水管上相邻的消火栓；数据中没有管网，故不评估。",
                "The rule is for neighbours on one water main; the data have no mains, so it is not assessed.",
            ),
            Unassessed::NoField => (
                "该规则针对回车场的尺寸；数据中只有有无回车场，没有尺寸，故不评估。",
                "The rule is about the size of a turnaround; the data say whether there is one, not how large, so it is not assessed.",
            ),
        };
        lang.pick(zh, en).to_owned()
    }
}

impl Rule {
    /// Why no result comes from it; `None` where the program judges by it.
    pub fn unassessed(&self) -> Option<Unassessed> {
        let route = (self.metric == Metric::Route).then_some(Unassessed::Route);
        match self.id.as_str() {
            "hydrant.dwelling_distance" => Some(Unassessed::Use),
            "hydrant.neighbour" => Some(Unassessed::Main),
            "demand.hours" => Some(Unassessed::Duration),
            id if id.starts_with("lane.turnaround") => Some(Unassessed::NoField),
            id if id.starts_with("radius.") => route,
            // Spacing is measured along the streets, as its rule is.
            _ => None,
        }
    }
}
