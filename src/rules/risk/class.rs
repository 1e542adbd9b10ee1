//! Classes of buildings and places: which heights, sizes, years and words make one, with `>` and `>=` as written.

use serde::{Deserialize, Serialize};

use super::HeightClass;
use super::number::{Hundredths, Limit};
use crate::rules::Certainty;

/// What a use counts as for the rules of height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// 住宅
    Housing,
    /// 公共建筑
    Public,
}

/// Which uses count as housing, as public or as either; the others are neither.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Groups {
    /// 住宅
    pub housing: Vec<String>,
    /// 公共建筑
    pub public: Vec<String>,
    /// It depends on what the data do not say.
    pub either: Vec<String>,
}

impl Groups {
    /// The groups that a building of a use may be of; both where the use is not known.
    pub fn of(&self, usage: Option<&str>) -> &'static [Group] {
        let Some(usage) = usage else { return &[Group::Housing, Group::Public] };
        let is_in = |uses: &[String]| uses.iter().any(|of| of == usage);
        if is_in(&self.housing) {
            &[Group::Housing]
        } else if is_in(&self.public) {
            &[Group::Public]
        } else if is_in(&self.either) {
            &[Group::Housing, Group::Public]
        } else {
            &[]
        }
    }
}

/// A class of buildings: all that is said must hold.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BuildingClass {
    /// Short name.
    pub id: String,
    /// Chinese title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Of which groups of uses.
    pub groups: Vec<Group>,
    /// Of which uses; any of the groups where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<String>,
    /// Height in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height_m: Option<Limit>,
    /// Floors above ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storeys: Option<Limit>,
    /// Year in which it was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built: Option<Limit>,
    /// The height class of which one of it is at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height_class: Option<HeightClass>,
    /// Clause number; empty for a notice or practice.
    #[serde(default)]
    pub clause: String,
    /// Standard and year; empty for a notice or practice.
    #[serde(default)]
    pub edition: String,
    /// How sure it is.
    pub certainty: Certainty,
}

/// A class of places: one of the words, and one of the sizes where any is said.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceClass {
    /// Short name.
    pub id: String,
    /// Chinese title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Words of which one stands in the class that the data give.
    pub words: Vec<String>,
    /// Floor area above and below ground in square metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_m2: Option<Limit>,
    /// Floor area above ground in square metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_above_m2: Option<Limit>,
    /// Floor area below ground in square metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_below_m2: Option<Limit>,
    /// Rooms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rooms: Option<Limit>,
    /// Points as a use of its building.
    #[serde(rename = "use")]
    pub usage: Hundredths,
    /// Points of sleeping at night.
    pub sleeping: Hundredths,
    /// Clause number; empty for a notice or practice.
    #[serde(default)]
    pub clause: String,
    /// Standard and year; empty for a notice or practice.
    #[serde(default)]
    pub edition: String,
    /// How sure it is.
    pub certainty: Certainty,
}
