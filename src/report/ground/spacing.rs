//! Spacing of hydrants along streets, told: as GeoJSON with the sums beside it.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::analysis::{Grade, Run, Spacing, SpacingTotals};
use crate::city::City;
use crate::model::{Layer, road};
use crate::rules::Rule;

/// Metres of street at a grade.
#[derive(Serialize, ToSchema, Clone, Copy)]
pub struct StreetRates {
    /// `nominal`, `serviceable` or `verified`.
    pub grade: &'static str,
    /// Farther along the roads than half the spacing from any hydrant of the grade.
    pub too_far_m: f64,
    /// Near only to hydrants that may have it, or the data hold no hydrant at all.
    pub unknown_m: f64,
}

/// Streets that ask for hydrants.
#[derive(Serialize, ToSchema, Clone, Copy)]
pub struct StreetsTold {
    /// All of them in metres.
    pub street_m: f64,
    /// By grade.
    pub grades: [StreetRates; 3],
}

impl From<&SpacingTotals> for StreetsTold {
    fn from(totals: &SpacingTotals) -> StreetsTold {
        let metres = |mm: u64| mm as f64 / 1000.0;
        let grade = |grade: Grade| StreetRates {
            grade: grade.code(),
            too_far_m: metres(totals.far_mm[grade as usize]),
            unknown_m: metres(totals.unknown_mm[grade as usize]),
        };
        StreetsTold { street_m: metres(totals.street_mm), grades: Grade::ALL.map(grade) }
    }
}

/// Stretches of street too far from any hydrant: a GeoJSON FeatureCollection with the sums beside it.
#[derive(Serialize, ToSchema)]
pub struct SpacingTold {
    /// `FeatureCollection`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Whether the pack has a rule of spacing; without one there is nothing to tell.
    pub assessed: bool,
    /// The rule; `null` without one.
    #[schema(value_type = Object)]
    pub rule: Option<Rule>,
    /// Farther from a hydrant than this is too far, in metres; `null` without a rule.
    pub half_m: Option<f64>,
    /// `nominal`, `serviceable` or `verified`.
    pub grade: &'static str,
    /// All streets; `null` without a rule.
    pub whole: Option<StreetsTold>,
    /// How many there are, told or not.
    pub count: usize,
    /// Stretches that touch, longest first: lines with `state` (`too_far` or `unknown`), `length_m`, `road_ids` and
    /// `roads`, their names.
    #[schema(value_type = Vec<Object>)]
    pub features: Vec<Value>,
}

/// Stretches at a grade, the longest `most`.
pub fn spacing_told(city: &City, grade: Grade, most: usize) -> SpacingTold {
    let found = city.ground().spacing(city);
    let runs = city.ground().street_runs(city).map_or(&[][..], |runs| &runs[grade as usize]);
    SpacingTold {
        kind: "FeatureCollection",
        assessed: found.is_some(),
        rule: city.rules().streets.as_ref().map(|streets| streets.spacing.clone()),
        half_m: found.map(|spacing| f64::from(spacing.half_mm()) / 1000.0),
        grade: grade.code(),
        whole: found.map(|spacing| StreetsTold::from(&spacing.whole())),
        count: runs.len(),
        features: runs.iter().take(most).map(|run| feature(city, run)).collect(),
    }
}

/// What is told of the area of a slot; `None` where it is not assessed.
pub(super) fn streets_of(spacing: Option<&Spacing>, slot: u32) -> Option<StreetsTold> {
    spacing?.of_area(slot).map(StreetsTold::from)
}

fn feature(city: &City, run: &Run) -> Value {
    let lines: Vec<Vec<[f64; 2]>> = run.lines.iter().map(|line| super::card::path_of(line)).collect();
    let places = || lines.iter().flatten();
    let span = |axis: usize| {
        let (low, high) = (f64::INFINITY, f64::NEG_INFINITY);
        places().fold((low, high), |(low, high), at| (low.min(at[axis]), high.max(at[axis])))
    };
    let ((west, east), (south, north)) = (span(0), span(1));
    let roads = city.layer(Layer::Road);
    let name = |id| Some(roads.find(id)?.1.attributes.text(Layer::Road, road::NAME)?.to_owned());
    let mut names: Vec<String> = run.roads.iter().filter_map(|id| name(*id)).collect();
    names.sort_unstable();
    names.dedup();
    json!({
        "type": "Feature",
        "bbox": [west, south, east, north],
        "geometry": {"type": "MultiLineString", "coordinates": lines},
        "properties": {
            "state": if run.too_far { "too_far" } else { "unknown" },
            "length_m": run.length_mm as f64 / 1000.0,
            "road_ids": run.roads.iter().map(|id| id.0).collect::<Vec<_>>(),
            "roads": names,
        },
    })
}
