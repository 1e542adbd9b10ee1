//! Coverage of buildings: the card of one, and a row a building and grade.

use serde::Serialize;
use utoipa::ToSchema;

use super::properties::date_text;
use super::reasons::{NotAssessed, reason, remark};
use super::table::{Column, Table};
use crate::analysis::{Footprint, Grade, Reach};
use crate::city::{City, RowRef};
use crate::model::{FeatureId, Lang, Layer, Speak, building, hydrant};
use crate::rules::Rule;

/// Both languages of a sentence.
#[derive(Serialize, ToSchema)]
pub struct Told {
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
}

/// The area of a level that holds a building.
#[derive(Serialize, ToSchema)]
pub struct HoldingArea {
    /// Level, such as `subdistrict`.
    pub level: &'static str,
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: Option<String>,
}

/// A building's floor area.
#[derive(Serialize, ToSchema)]
pub struct Floor {
    /// Square metres.
    pub value: f64,
    /// `given` in the data, `derived` from footprint and floors, or the `footprint` alone.
    pub how: &'static str,
}

/// A hydrant beside a building.
#[derive(Serialize, ToSchema)]
pub struct NearHydrant {
    /// Its number.
    pub id: u64,
    /// The number painted on it.
    pub name: Option<String>,
    /// Kind, a code of the model.
    pub kind: Option<&'static str>,
    /// State, a code of the model; absent where unknown.
    pub state: Option<&'static str>,
    /// Best grade it surely has; absent where none.
    pub grade: Option<&'static str>,
    /// From the nearest point of the building, in metres; 0 inside.
    pub distance_m: f64,
    /// Whether the building lies within its circle; `null` where the pack has no circle.
    pub within: Option<bool>,
    /// Static pressure in MPa; absent where not measured.
    pub pressure_mpa: Option<f64>,
    /// Tested flow in L/s; absent where not measured.
    pub flow_lps: Option<f64>,
    /// Date of the last inspection.
    pub inspected: Option<String>,
    /// Longitude and latitude.
    pub at: [f64; 2],
    /// What is to be said of it.
    pub remark: Option<Told>,
}

/// Coverage at one grade.
#[derive(Serialize, ToSchema)]
pub struct GradeCoverage {
    /// `nominal`, `serviceable` or `verified`.
    pub grade: &'static str,
    /// `whole`, `part`, `not`, `unknown` or `not_assessed`.
    pub covered: &'static str,
    /// Why it is not assessed, where it is not.
    pub not_assessed: Option<NotAssessed>,
    /// The nearest hydrant that surely has the grade.
    pub hydrant: Option<NearHydrant>,
    /// From it to the nearest point of the building, in metres.
    pub distance_m: Option<f64>,
    /// From it to the farthest point of the perimeter, in metres.
    pub worst_m: Option<f64>,
    /// Hydrants of the grade that have the building within their circle; `null` where the pack has no circle.
    pub within: Option<u16>,
    /// The rule that made it, or that is not assessed.
    #[schema(value_type = Object)]
    pub rule: Rule,
    /// Why.
    pub reason: Told,
}

/// The card of a building.
#[derive(Serialize, ToSchema)]
pub struct BuildingCoverage {
    /// Its number.
    pub id: u64,
    /// Its key in its source.
    pub source_key: String,
    /// Its name.
    pub name: Option<String>,
    /// The areas that hold it.
    pub areas: Vec<HoldingArea>,
    /// Day of the results.
    pub day: String,
    /// Revision of the store.
    pub revision: u64,
    /// Floor area.
    pub floor_area_m2: Floor,
    /// By grade.
    pub grades: Vec<GradeCoverage>,
    /// Hydrants that have it within their radius, at least the nearest three, at most eight.
    pub nearest: Vec<NearHydrant>,
}

/// Hydrants a card names at most.
const NEAREST: usize = 8;

/// The card of a building; `None` where there is none of this number.
pub fn building_coverage(city: &City, id: FeatureId) -> Option<BuildingCoverage> {
    let buildings = city.layer(Layer::Building);
    let (slot, row) = buildings.find(id)?;
    let mut footprint = Footprint::default();
    footprint.lay(row.shape, buildings.within(slot));
    let around = city.results().waters().around(&footprint, NEAREST);
    let weight = city.results().weight(slot);
    let areas = city.results().building_areas(slot).slots().filter_map(|area| {
        let row = city.layer(Layer::Area).row(area)?;
        let text = |ix| row.attributes.text(Layer::Area, ix).map(str::to_owned);
        let level = row.attributes.choice(Layer::Area, crate::model::area::KIND)?;
        Some(HoldingArea { level, id: row.id.0, name: text(crate::model::area::NAME) })
    });
    Some(BuildingCoverage {
        id: row.id.0,
        source_key: row.source_key.to_string(),
        name: row.attributes.text(Layer::Building, building::NAME).map(str::to_owned),
        areas: areas.collect(),
        day: city.day().to_string(),
        revision: city.revision().0,
        floor_area_m2: Floor { value: f64::from(weight.floor_dm2) / 100.0, how: weight.floor_is.code() },
        grades: Grade::ALL.map(|grade| grade_coverage(city, slot, grade, &footprint)).into(),
        nearest: around.into_iter().filter_map(|(slot, mm)| near_hydrant(city, slot, mm)).collect(),
    })
}

fn grade_coverage(city: &City, slot: u32, grade: Grade, footprint: &Footprint) -> GradeCoverage {
    let reach = city.results().coverage(slot).at(grade);
    let rule = rule_of(city, footprint, grade);
    let why = city.rules().unassessed();
    let circle = city.rules().leading_circle();
    let within = circle.map(|_| reach.within);
    let any = city.results().waters().any_counts();
    let told = |lang| reason(grade, reach, rule.value, circle.map(|circle| circle.value), any, lang);
    GradeCoverage {
        grade: grade.code(),
        covered: reach.covered.code(),
        not_assessed: why.map(NotAssessed::from),
        hydrant: reach.nearest().zip(reach.distance_mm()).and_then(|(slot, mm)| near_hydrant(city, slot, mm)),
        distance_m: reach.distance_mm().map(metres),
        worst_m: reach.worst_mm().map(metres),
        within,
        reason: Told { zh: told(Lang::Zh), en: told(Lang::En) },
        rule: rule.clone(),
    }
}

/// The rule a result was made by: the radius of the kind of hydrant that reaches the building, else the leading one.
fn rule_of<'a>(city: &'a City, footprint: &Footprint, grade: Grade) -> &'a Rule {
    let maker = city.results().waters().maker(footprint, grade).and_then(|slot| city.layer(Layer::Hydrant).row(slot));
    let kind = maker.and_then(|row| row.attributes.choice(Layer::Hydrant, hydrant::KIND));
    kind.and_then(|kind| city.rules().radius(kind)).unwrap_or(city.rules().leading_radius())
}

fn near_hydrant(city: &City, slot: u32, mm: u32) -> Option<NearHydrant> {
    let row = city.layer(Layer::Hydrant).row(slot)?;
    let point = city.results().waters().point(slot)?;
    let values = row.attributes;
    let municipal = values.choice(Layer::Hydrant, hydrant::KIND) == Some("municipal");
    let least = city.rules().least_distance.as_ref().filter(|least| municipal && mm < least.mm());
    let told = |lang| least.map(|least| remark(least.value, mm == 0, lang));
    Some(NearHydrant {
        id: row.id.0,
        name: values.text(Layer::Hydrant, hydrant::NAME).map(str::to_owned),
        kind: values.choice(Layer::Hydrant, hydrant::KIND),
        state: values.choice(Layer::Hydrant, hydrant::STATE),
        grade: point.best().map(Grade::code),
        distance_m: metres(mm),
        within: city.rules().leading_circle().map(|_| mm <= point.radius_mm),
        pressure_mpa: values.number(Layer::Hydrant, hydrant::PRESSURE_MPA),
        flow_lps: values.number(Layer::Hydrant, hydrant::FLOW_LPS),
        inspected: values.date(Layer::Hydrant, hydrant::INSPECTED).and_then(date_text),
        at: [point.place.lon_degrees(), point.place.lat_degrees()],
        remark: told(Lang::Zh).zip(told(Lang::En)).map(|(zh, en)| Told { zh, en }),
    })
}

fn metres(mm: u32) -> f64 {
    f64::from(mm) / 1000.0
}

/// A row of the coverage table: a building at a grade.
pub struct BuildingRow<'a> {
    /// The building.
    pub row: RowRef<'a>,
    /// The grade.
    pub grade: Grade,
    /// The result.
    pub reach: &'a Reach,
    /// The nearest hydrant of the grade.
    pub hydrant: Option<RowRef<'a>>,
    /// The rule that made it, or that is not assessed.
    pub rule: &'a Rule,
    /// Hydrants that have the building within their circle, where the pack has one.
    pub within: Option<u16>,
}

/// All buildings at all grades, in order of number.
pub fn building_rows(city: &City) -> Vec<BuildingRow<'_>> {
    let mut buildings: Vec<(u32, RowRef<'_>)> = city.layer(Layer::Building).iter().collect();
    buildings.sort_unstable_by_key(|(_, row)| row.id);
    let mut footprint = Footprint::default();
    let mut rows = Vec::with_capacity(3 * buildings.len());
    for (slot, row) in buildings {
        footprint.lay(row.shape, city.layer(Layer::Building).within(slot));
        for grade in Grade::ALL {
            let reach = city.results().coverage(slot).at(grade);
            let hydrant = reach.nearest().and_then(|slot| city.layer(Layer::Hydrant).row(slot));
            let within = city.rules().leading_circle().map(|_| reach.within);
            rows.push(BuildingRow { row, grade, reach, hydrant, rule: rule_of(city, &footprint, grade), within });
        }
    }
    rows
}

/// Rows as a table: a building and grade each.
pub fn building_table(rows: &[BuildingRow]) -> Table {
    let text = ["source_key", "name", "grade", "covered"];
    let heads = [
        "id",
        "source_key",
        "name",
        "grade",
        "covered",
        "hydrant_id",
        "distance_m",
        "worst_m",
        "within",
        "radius_m",
        "clause",
        "edition",
        "certainty",
        "not_assessed",
    ];
    let words = ["clause", "edition", "certainty", "not_assessed"];
    let number = |head: &str| !text.contains(&head) && !words.contains(&head);
    let column = |head: &str| Column { head: head.to_owned(), right: number(head) };
    let some = |mm: Option<u32>| mm.map_or(String::new(), |mm| format!("{:.3}", metres(mm)));
    let cells = |told: &BuildingRow| {
        vec![
            told.row.id.0.to_string(),
            told.row.source_key.to_string(),
            told.row.attributes.text(Layer::Building, building::NAME).unwrap_or_default().to_owned(),
            told.grade.code().to_owned(),
            told.reach.covered.code().to_owned(),
            told.hydrant.map_or(String::new(), |hydrant| hydrant.id.0.to_string()),
            some(told.reach.distance_mm()),
            some(told.reach.worst_mm()),
            told.within.map_or(String::new(), |within| within.to_string()),
            told.rule.value.to_string(),
            told.rule.clause.clone(),
            told.rule.edition.clone(),
            told.rule.certainty.code().to_owned(),
            told.rule.unassessed().map_or(String::new(), |why| why.code().to_owned()),
        ]
    };
    Table { columns: heads.map(column).into(), rows: rows.iter().map(cells).collect() }
}
