//! High-rises: which buildings are, and how their lanes and ladder fields stand to the rules.

use super::finding::{Verdict, judge};
use crate::model::{AttributesRef, Layer, building};
use crate::rules::{AccessRule, AccessRules};

/// Whether a building is a high-rise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HighRise {
    /// 高层住宅
    Housing,
    /// 高层公共建筑
    Public,
    /// One or the other: its use is not known.
    Either,
    /// It is none, or of a use that the rules of civil buildings are not about.
    No,
    /// Its height, floors or use do not tell.
    Unknown,
}

impl HighRise {
    /// The word in tables and API.
    pub fn code(self) -> &'static str {
        match self {
            HighRise::Housing => "housing",
            HighRise::Public => "public",
            HighRise::Either => "high_rise",
            HighRise::No => "no",
            HighRise::Unknown => "unknown",
        }
    }

    /// Whether it surely is one.
    pub fn is_one(self) -> bool {
        matches!(self, HighRise::Housing | HighRise::Public | HighRise::Either)
    }
}

/// Whether a building is a high-rise: housing above one height, public buildings of several storeys above another.
pub fn high_rise(known: AttributesRef<'_>, rules: &AccessRules) -> HighRise {
    let limits = (rules.get(AccessRule::HighRiseHousing), rules.get(AccessRule::HighRisePublic));
    let (Some(housing), Some(public)) = limits else { return HighRise::Unknown };
    let height = known.number(Layer::Building, building::HEIGHT_M);
    let floors = known.number(Layer::Building, building::FLOORS_ABOVE);
    let is_housing = match known.choice(Layer::Building, building::USE) {
        Some("residential") => Some(true),
        Some("industrial" | "warehouse" | "garage" | "farm" | "utility" | "minor") => return HighRise::No,
        None | Some("mixed" | "other") => None,
        Some(_) => Some(false),
    };
    let Some(height) = height else { return HighRise::Unknown };
    let as_housing = if housing.allows(height) { HighRise::No } else { HighRise::Housing };
    let as_public = match floors {
        _ if public.allows(height) => HighRise::No,
        Some(floors) if floors > 1.0 => HighRise::Public,
        Some(_) => HighRise::No,
        None => HighRise::Unknown,
    };
    match is_housing {
        Some(true) => as_housing,
        Some(false) => as_public,
        None if as_housing == HighRise::No && as_public == HighRise::No => HighRise::No,
        None if as_housing.is_one() && as_public.is_one() => HighRise::Either,
        None => HighRise::Unknown,
    }
}

/// What lies along the long sides of a high-rise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SideFacts {
    /// What it is.
    pub what: HighRise,
    /// Long sides along which a lane or a road that engines use runs.
    pub lanes: u8,
    /// Those along which there is such a way, of which nobody knows whether it is wide enough, or one that surely is.
    pub lanes_perhaps: u8,
    /// Long sides before which there is a ladder field.
    pub fields: u8,
    /// Whether anybody has drawn lanes in this city; where nobody has, none here tells nothing.
    pub lanes_drawn: bool,
    /// Whether anybody has drawn ladder fields.
    pub fields_drawn: bool,
}

/// Tells the rules about the sides of a high-rise.
pub fn judge_sides(facts: &SideFacts, rules: &AccessRules, mut told: impl FnMut(AccessRule, Option<f64>, Verdict)) {
    // Of one that is housing or public the lighter rule is asked.
    let which = if facts.what == HighRise::Public { AccessRule::SidesPublic } else { AccessRule::SidesHousing };
    if let Some(rule) = rules.get(which) {
        let verdict = match judge(rule, Some(f64::from(facts.lanes))) {
            Verdict::Kept => Verdict::Kept,
            // A wider way may yet be one; and where the ground allows no more, one side will do.
            _ if !facts.lanes_drawn || rule.allows(f64::from(facts.lanes_perhaps)) || facts.lanes > 0 => {
                Verdict::Unknown
            }
            below => below,
        };
        told(which, Some(f64::from(facts.lanes)), verdict);
    }
    if let Some(rule) = rules.get(AccessRule::FieldSides) {
        let verdict = match judge(rule, Some(f64::from(facts.fields))) {
            Verdict::Kept => Verdict::Kept,
            below if facts.fields_drawn => below,
            _ => Verdict::Unknown,
        };
        told(AccessRule::FieldSides, Some(f64::from(facts.fields)), verdict);
    }
}

/// What is known of a ladder field of a high-rise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldFacts {
    /// Its longer side in metres.
    pub length_m: f64,
    /// Its shorter side in metres.
    pub width_m: f64,
    /// From its nearest edge to the building's wall in metres.
    pub wall_m: f64,
    /// Slope in percent.
    pub slope_pct: Option<f64>,
    /// Height of the building in metres.
    pub height_m: Option<f64>,
}

/// Tells the rules about a ladder field.
pub fn judge_field(facts: &FieldFacts, rules: &AccessRules, mut told: impl FnMut(AccessRule, Option<f64>, Verdict)) {
    let tall = rules.get(AccessRule::FieldTallAbove);
    let is_tall = tall.zip(facts.height_m).is_some_and(|(rule, height)| !rule.allows(height));
    let length = if is_tall { AccessRule::FieldLengthTall } else { AccessRule::FieldLength };
    let measured = [
        (length, Some(facts.length_m)),
        (AccessRule::FieldWidth, Some(facts.width_m)),
        (AccessRule::FieldWallLeast, Some(facts.wall_m)),
        (AccessRule::FieldWallMost, Some(facts.wall_m)),
        (AccessRule::FieldSlope, facts.slope_pct.map(f64::abs)),
    ];
    for (which, value) in measured {
        if let Some(rule) = rules.get(which) {
            // What is drawn is true to a tenth of a metre at best.
            let value = value.map(|m| (m * 10.0).round() / 10.0);
            told(which, value, judge(rule, value));
        }
    }
}
