//! The risk model: weights, tables, curves, floors and bands of the score, as data with their clause and certainty.
//!
//! All of it is practice that no town has tested yet; `unverified` says so. What a file says is checked before it is
//! used: a worse input never has fewer points, whatever a town writes into it.

mod check;
mod class;
mod factor;
mod number;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Certainty, RuleError};
pub use class::{BuildingClass, Group, Groups, PlaceClass};
pub use factor::{Factor, Part};
pub use number::{Curve, Decimal, Hundredths, Limit, Share, Thousandths};

/// The formula that this program computes.
pub const MODEL: u32 = 1;

/// The risk model.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RiskModel {
    /// Short name.
    pub id: String,
    /// The formula that its numbers are for.
    pub model: u32,
    /// Version of its numbers.
    pub version: String,
    /// Chinese title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// How sure the numbers are.
    pub certainty: Certainty,
    /// Of which less is known, in percent of all points, is told to be little known.
    pub little_known_below_pct: u8,
    /// What the score is and is not.
    pub legend: Legend,
    /// What each part weighs.
    pub weights: Weights,
    /// H.
    pub hazard: Hazard,
    /// E.
    pub exposure: Exposure,
    /// P.
    pub protection: Protection,
    /// D.
    pub dangers: Dangers,
    /// What a score never falls below.
    pub floors: Floors,
    /// Bands, worst first.
    #[serde(rename = "band")]
    pub bands: Vec<BandRule>,
    /// What is derived from other inputs.
    pub derived: Derived,
    /// What is taken where nobody knows, the first that fits.
    #[serde(rename = "default", default)]
    pub defaults: Vec<DefaultPoints>,
    /// Which uses are housing or public.
    pub groups: Groups,
    /// Classes of buildings.
    #[serde(rename = "building_class")]
    pub building_classes: Vec<BuildingClass>,
    /// Classes of places.
    #[serde(rename = "place_class")]
    pub place_classes: Vec<PlaceClass>,
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Legend {
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
}

/// What each part weighs; they sum to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Of H.
    pub hazard: Share,
    /// Of E.
    pub exposure: Share,
    /// Of P.
    pub protection: Share,
    /// Of D.
    pub dangers: Share,
}

/// A factor: the most points it gives, what it is called, on which clause, and how it is scored.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scored<By> {
    /// The most points.
    pub most: Hundredths,
    /// Chinese title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Clause number; empty for a practice.
    #[serde(default)]
    pub clause: String,
    /// Standard and year; empty for a practice.
    #[serde(default)]
    pub edition: String,
    /// How sure it is.
    pub certainty: Certainty,
    /// How it is scored.
    pub by: By,
}

/// What is said of any factor.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The most hundredths of a point.
    pub most: u32,
    /// Chinese title.
    pub zh: &'a str,
    /// English title.
    pub en: &'a str,
    /// Clause number; empty for a practice.
    pub clause: &'a str,
    /// Standard and year; empty for a practice.
    pub edition: &'a str,
    /// How sure it is.
    pub certainty: Certainty,
}

impl<By> Scored<By> {
    /// What is said of it.
    pub fn head(&self) -> Head<'_> {
        let Scored { most, zh, en, clause, edition, certainty, .. } = self;
        Head { most: most.0, zh, en, clause, edition, certainty: *certainty }
    }
}

macro_rules! parts {
    ($($(#[$meta:meta])* $name:ident { $($field:ident $key:literal : $by:ty),+ $(,)? })+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
            #[serde(deny_unknown_fields)]
            #[allow(missing_docs)]
            pub struct $name { $( #[serde(rename = $key)] pub $field: Scored<$by> ),+ }
        )+
    };
}

parts! {
    /// H: how likely and how fierce.
    Hazard {
        height_class "height_class": HeightPoints, usage "use": UsePoints, age "age": Curve,
        insulation "insulation": InsulationPoints, e_bikes "e_bikes": EBikePoints, gas "gas": Curve,
    }
    /// E: who is exposed.
    Exposure {
        occupants "occupants": OccupantPoints, care "care": Word, sleeping "sleeping": ByUse,
        egress "egress": EgressPoints,
    }
    /// P: which protection is missing.
    Protection {
        water "water": WaterPoints, second_water "second_water": Word, micro "micro": Curve, engine "engine": Curve,
        climb "climb": Curve, lanes "lanes": LanePoints, ladder_field "ladder_field": FieldPoints,
        systems "systems": SystemPoints, iot "iot": Word,
    }
    /// D: open dangers.
    Dangers { open "open": DangerPoints }
}

/// Points by use of a building, a code of the model.
pub type ByUse = BTreeMap<String, Hundredths>;

/// A factor that has no numbers of its own says so with a word: scored like another, by a share, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// It takes a right to see what it counts, so it is not counted.
    Restricted,
    /// As water is.
    Water,
    /// By the share that does not report.
    Reporting,
}

macro_rules! numbers {
    ($($(#[$meta:meta])* $name:ident { $($field:ident : $ty:ty),+ $(,)? })+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
            #[serde(deny_unknown_fields)]
            #[allow(missing_docs)]
            pub struct $name { $( pub $field: $ty ),+ }
        )+
    };
}

numbers! {
    /// Points by height class.
    HeightPoints { not_high: Hundredths, second: Hundredths, first: Hundredths, super_high: Hundredths }
    /// Points by use, and what is added where there are several.
    UsePoints { mixed_adds: Hundredths, uses: ByUse }
    /// Points by class of exterior insulation.
    InsulationPoints { a: Hundredths, b1: Hundredths, b2: Hundredths, b3: Hundredths }
    /// Points of e-bikes: what too few ports give at most, bikes to a port, charging indoors and the words it is told by.
    EBikePoints { short: Hundredths, bikes_a_port: Thousandths, indoors: Hundredths, indoor_words: Vec<String> }
    /// Occupants with which the most points are reached, and people in 100 m² where they are not counted.
    OccupantPoints { full_at: u32, in_100_m2: BTreeMap<String, Thousandths> }
    /// Points by floors above ground, of a single stair, and above what ladders reach (m).
    EgressPoints { floors: Curve, single_stair: Hundredths, above_ladder: Hundredths, ladder_reach_m: Thousandths }
    /// Nearness of a hydrant: whole up to `near_m`, a share at the limit, none at so many times the limit; and its
    /// quality by grade: if what is not known is bad, as taken, if it is good.
    WaterPoints {
        near_m: Thousandths, at_limit: Share, none_at: Share,
        verified: [Share; 3], serviceable: [Share; 3], nominal: [Share; 3],
    }
    /// Points where no engine gets there, and where a lane is obstructed.
    LanePoints { no_way: Hundredths, obstructed: Hundredths }
    /// Points of a high-rise without ladder field, with one no ladder truck gets to, with an obstructed one.
    FieldPoints { none: Hundredths, not_reached: Hundredths, obstructed: Hundredths }
    /// Points of each fire system that is missing.
    SystemPoints { alarm: Hundredths, sprinkler: Hundredths, indoor_hydrant: Hundredths, smoke_control: Hundredths }
    /// Severities by grade, and how delay and coming back make them worse.
    DangerPoints {
        minor: Hundredths, ordinary: Hundredths, principal: Hundredths, major: Hundredths,
        scale: Hundredths, delay_d: u32, reopened: Hundredths, inspected_within_d: u32,
    }
    /// What a score never falls below; the floor of water rises over a band of distance in metres.
    Floors {
        major_danger: Hundredths, no_water: Hundredths, blocked_lane: Hundredths,
        no_water_and_blocked_lane: Hundredths, water_ramp_m: Thousandths, certainty: Certainty,
    }
    /// A band and the score from which it holds.
    BandRule { id: String, zh: String, en: String, from: Hundredths }
    /// What is derived from other inputs: height from floors; ways and times from straight lines.
    Derived { storey_m: Thousandths, detour: Share, micro_kmh: Thousandths, engine_kmh: Thousandths, certainty: Certainty }
}

/// Points taken where nobody knows, with the reason.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultPoints {
    /// The factor, or `single_stair`.
    pub factor: String,
    /// The uses it is for; all where empty.
    #[serde(default)]
    pub uses: Vec<String>,
    /// The height classes it is for; all where empty.
    #[serde(default)]
    pub height_classes: Vec<HeightClass>,
    /// Built before this year.
    #[serde(default)]
    pub built_before: Option<i64>,
    /// The points.
    pub points: Hundredths,
    /// Where they come from, in Chinese.
    pub zh: String,
    /// Where they come from, in English.
    pub en: String,
}

/// Height class by fire rules, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeightClass {
    /// Not a high-rise.
    NotHigh,
    /// 二类高层
    Second,
    /// 一类高层
    First,
    /// 超高层
    SuperHigh,
}

impl HeightClass {
    /// The word in packs and API.
    pub fn code(self) -> &'static str {
        match self {
            HeightClass::NotHigh => "not_high",
            HeightClass::Second => "second",
            HeightClass::First => "first",
            HeightClass::SuperHigh => "super_high",
        }
    }
}

impl HeightPoints {
    /// Hundredths of a class.
    pub fn of(&self, class: HeightClass) -> u32 {
        match class {
            HeightClass::NotHigh => self.not_high.0,
            HeightClass::Second => self.second.0,
            HeightClass::First => self.first.0,
            HeightClass::SuperHigh => self.super_high.0,
        }
    }
}

impl RiskModel {
    /// Parses what a file says; `name` is what messages call it.
    pub fn parse(name: &str, text: &str) -> Result<RiskModel, RuleError> {
        let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let model: RiskModel = toml::from_str(text).map_err(|error: toml::de::Error| RuleError::Unreadable {
            pack: name.to_owned(),
            line: error.span().map_or(1, |span| line_of(span.start)),
            detail: error.message().trim().replace('\n', " "),
        })?;
        model.check().map_err(|wrong| RuleError::BadValue {
            pack: name.to_owned(),
            line: wrong.line_in(text),
            rule: wrong.rule,
            field: wrong.field.to_owned(),
            detail: wrong.detail,
        })?;
        Ok(model)
    }

    /// What comes with the program.
    pub fn built_in() -> RiskModel {
        let text = include_str!("../../../data/rules/risk.toml");
        RiskModel::parse("risk", text).expect("what comes with the program is tested to parse")
    }
}
