//! Rates of areas: shares covered, 建有率, 完好率.

use serde::Serialize;
use utoipa::ToSchema;

use crate::analysis::{AreaTotals, Covered, Grade};
use crate::city::{AreaNeed, City};
use crate::model::{Layer, area};

/// Shares at one grade; covered is whole or in part, shares are fractions, `null` where there is nothing to divide by.
#[derive(Serialize, ToSchema)]
pub struct GradeRates {
    /// `nominal`, `serviceable` or `verified`.
    pub grade: &'static str,
    /// Buildings covered whole.
    pub whole: i64,
    /// Buildings covered in part.
    pub part: i64,
    /// Buildings not covered.
    pub not: i64,
    /// Buildings of which nobody can tell.
    pub unknown: i64,
    /// Share by buildings.
    pub share_buildings: Option<f64>,
    /// Share by floor area.
    pub share_floor_area: Option<f64>,
    /// Share by residents, where residents are known.
    pub share_residents: Option<f64>,
}

/// 建有率: municipal hydrants that stand ÷ those required.
#[derive(Serialize, ToSchema)]
pub struct Built {
    /// Those that stand: beside a street at most as many as it requires; against a plan all.
    pub existing: i64,
    /// Those required.
    pub required: i64,
    /// Existing ÷ required; `null` where none are.
    pub rate: Option<f64>,
    /// `roads`: from the length of streets; `plan`: a plan's own number.
    pub how: &'static str,
}

/// 完好率: hydrants in service ÷ all.
#[derive(Serialize, ToSchema)]
pub struct Sound {
    /// In service.
    pub in_service: i64,
    /// Out of service.
    pub out: i64,
    /// Obstructed.
    pub obstructed: i64,
    /// Of unknown state; not counted as good.
    pub unknown: i64,
    /// All of them.
    pub all: i64,
    /// In service ÷ all; `null` where there are none.
    pub rate: Option<f64>,
}

/// An area and its rates.
#[derive(Serialize, ToSchema)]
pub struct AreaRow {
    /// Its number.
    pub id: u64,
    /// Its code.
    pub code: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its level.
    pub level: &'static str,
    /// Buildings in it.
    pub buildings: i64,
    /// Their floor area in m².
    pub floor_area_m2: f64,
    /// Buildings whose floor area is derived or the footprint alone.
    pub floor_area_guessed: i64,
    /// Residents of its buildings; `null` where none are known.
    pub residents: Option<i64>,
    /// Buildings whose residents are known.
    pub residents_known: i64,
    /// By grade.
    pub grades: Vec<GradeRates>,
    /// 建有率
    pub built: Built,
    /// 完好率
    pub sound: Sound,
    /// The box around it: west, south, east, north.
    pub bbox: [f64; 4],
}

/// Rates at a grade.
pub fn grade_rates(totals: &AreaTotals, grade: Grade) -> GradeRates {
    let count = |covered| totals.sum(grade, covered, 0);
    GradeRates {
        grade: grade.code(),
        whole: count(Covered::Whole),
        part: count(Covered::Part),
        not: count(Covered::Not),
        unknown: count(Covered::Unknown),
        share_buildings: totals.share(grade, 0),
        share_floor_area: totals.share(grade, 1),
        share_residents: totals.share(grade, 2),
    }
}

/// 完好率 of totals.
pub fn sound(totals: &AreaTotals) -> Sound {
    let [in_service, out, obstructed, unknown] = totals.hydrants;
    Sound { in_service, out, obstructed, unknown, all: totals.hydrants.iter().sum(), rate: totals.sound() }
}

/// 建有率 of an area: against its plan where it has one, else against its streets.
fn built(totals: &AreaTotals, need: &AreaNeed, planned: Option<i64>) -> Built {
    let (existing, required, how) = match planned {
        Some(planned) => (totals.municipal, planned, "plan"),
        None => (need.existing, need.required, "roads"),
    };
    Built { existing, required, rate: (required > 0).then(|| existing as f64 / required as f64), how }
}

/// One area by its slot.
pub fn area_row(city: &City, slot: u32) -> Option<AreaRow> {
    let row = city.layer(Layer::Area).row(slot)?;
    let values = &row.feature.attributes;
    let totals = city.results().totals(slot);
    let text = |ix| values.text(Layer::Area, ix).map(str::to_owned);
    let bounds = row.feature.shape.bounds();
    Some(AreaRow {
        id: row.id.0,
        code: text(area::CODE),
        name: text(area::NAME),
        level: values.choice(Layer::Area, area::KIND).unwrap_or("unknown"),
        buildings: totals.buildings,
        floor_area_m2: totals.floor_dm2 as f64 / 100.0,
        floor_area_guessed: totals.floor_guessed,
        residents: (totals.residents_known > 0).then_some(totals.residents),
        residents_known: totals.residents_known,
        grades: Grade::ALL.map(|grade| grade_rates(totals, grade)).into(),
        built: built(totals, city.results().need(slot), values.integer(Layer::Area, area::PLANNED_HYDRANTS)),
        sound: sound(totals),
        bbox: [bounds.min.lon_degrees(), bounds.min.lat_degrees(), bounds.max.lon_degrees(), bounds.max.lat_degrees()],
    })
}

/// The areas of a level, by code, then number.
pub fn area_rows(city: &City, level: &str) -> Vec<AreaRow> {
    let areas = city.layer(Layer::Area);
    let of_level = |row: &crate::store::Row| row.feature.attributes.choice(Layer::Area, area::KIND) == Some(level);
    let slots = areas.iter().filter(|(_, row)| of_level(row)).map(|(slot, _)| slot);
    let mut rows: Vec<AreaRow> = slots.filter_map(|slot| area_row(city, slot)).collect();
    rows.sort_by(|a, b| (&a.code, a.id).cmp(&(&b.code, b.id)));
    rows
}

/// 建有率 of the whole city: the sum over the coarsest level of area there is; `None` without areas or streets.
pub fn whole_built(city: &City) -> Option<Built> {
    let rows = area::KINDS.iter().map(|kind| area_rows(city, kind.code)).find(|rows| !rows.is_empty())?;
    let (existing, required) = rows
        .iter()
        .fold((0, 0), |(existing, required), row| (existing + row.built.existing, required + row.built.required));
    let how = if rows.iter().all(|row| row.built.how == "plan") { "plan" } else { "roads" };
    (required > 0).then(|| Built { existing, required, rate: Some(existing as f64 / required as f64), how })
}
