//! Rates of areas: shares covered, 建有率, 完好率.

use serde::Serialize;
use utoipa::ToSchema;

use super::table::{Column, Table};
use crate::analysis::{AreaTotals, Covered, Grade};
use crate::city::{AreaNeed, City, RowRef};
use crate::model::{Lang, Layer, area};

/// Shares at one grade; covered is covered whole, shares are fractions, `null` where there is nothing to divide by.
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
    /// Buildings under a rule that is not assessed; they are in no share.
    pub not_assessed: i64,
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
    /// Those that stand, at most as many as required: along each street, or by the plan.
    pub existing: i64,
    /// Those required.
    pub required: i64,
    /// Existing ÷ required; `null` where none are.
    pub rate: Option<f64>,
    /// `roads`: from the length of streets; `plan`: a plan's own number; `mixed`: some areas so, some so;
    /// `not_assessed`: the pack has no spacing along streets.
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
        not_assessed: count(Covered::NotAssessed),
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
fn built(totals: &AreaTotals, need: AreaNeed, planned: Option<i64>, by_streets: bool) -> Built {
    let (existing, required, how) = match planned {
        Some(planned) => (totals.municipal.min(planned), planned, "plan"),
        None => (need.existing, need.required, if by_streets { "roads" } else { "not_assessed" }),
    };
    Built { existing, required, rate: (required > 0).then(|| existing as f64 / required as f64), how }
}

/// One area by its slot.
pub fn area_row(city: &City, slot: u32) -> Option<AreaRow> {
    let row = city.layer(Layer::Area).row(slot)?;
    let values = row.attributes;
    let totals = city.results().totals(slot);
    let text = |ix| values.text(Layer::Area, ix).map(str::to_owned);
    let bounds = row.shape.bounds();
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
        built: built_of(city, slot, row),
        sound: sound(totals),
        bbox: [bounds.min.lon_degrees(), bounds.min.lat_degrees(), bounds.max.lon_degrees(), bounds.max.lat_degrees()],
    })
}

/// The areas of a level, by code, then number.
pub fn area_rows(city: &City, level: &str) -> Vec<AreaRow> {
    let areas = city.layer(Layer::Area);
    let of_level = |row: RowRef<'_>| row.attributes.choice(Layer::Area, area::KIND) == Some(level);
    let slots = areas.iter().filter(|(_, row)| of_level(*row)).map(|(slot, _)| slot);
    let mut rows: Vec<AreaRow> = slots.filter_map(|slot| area_row(city, slot)).collect();
    rows.sort_by(|a, b| (&a.code, a.id).cmp(&(&b.code, b.id)));
    rows
}

/// 建有率 of the whole city: the sum over the coarsest level of area there is; `None` without areas or streets.
pub fn whole_built(city: &City) -> Option<Built> {
    let areas: Vec<(u32, RowRef<'_>)> = city.layer(Layer::Area).iter().collect();
    let level = |row: RowRef<'_>| row.attributes.choice(Layer::Area, area::KIND);
    let coarsest = area::KINDS.iter().find(|kind| areas.iter().any(|(_, row)| level(*row) == Some(kind.code)))?;
    let of_level = areas.iter().filter(|(_, row)| level(*row) == Some(coarsest.code));
    let all: Vec<Built> = of_level.map(|(slot, row)| built_of(city, *slot, *row)).collect();
    let (existing, required) = all.iter().fold((0, 0), |(e, r), built| (e + built.existing, r + built.required));
    let plans = all.iter().filter(|built| built.how == "plan").count();
    let how = match plans {
        0 => "roads",
        plans if plans == all.len() => "plan",
        _ => "mixed",
    };
    (required > 0).then(|| Built { existing, required, rate: Some(existing as f64 / required as f64), how })
}

fn built_of(city: &City, slot: u32, row: RowRef<'_>) -> Built {
    let planned = row.attributes.integer(Layer::Area, area::PLANNED_HYDRANTS);
    built(city.results().totals(slot), city.street_need().of(slot), planned, city.rules().streets.is_some())
}

/// Rows as a table: for a terminal the figures that matter most, in a language; for machines every one, by its name.
pub fn area_table(rows: &[AreaRow], lang: Lang, all: bool) -> Table {
    if all { machine_table(rows) } else { short_table(rows, lang) }
}

fn short_table(rows: &[AreaRow], lang: Lang) -> Table {
    let heads = [
        ("代码", "Code"),
        ("名称", "Name"),
        ("建筑", "Buildings"),
        ("名义覆盖", "Nominal"),
        ("可用覆盖", "Serviceable"),
        ("不明", "Unknown"),
        ("核验覆盖", "Verified"),
        ("居民可用覆盖", "Residents"),
        ("建有率", "Built"),
        ("完好率", "Sound"),
    ];
    let percent = |share: Option<f64>| share.map_or("—".to_owned(), |share| format!("{:.1} %", share * 100.0));
    let cells = |row: &AreaRow| {
        let [nominal, serviceable, verified] = &row.grades[..] else { return Vec::new() };
        let judged = row.buildings - serviceable.not_assessed;
        let unknown = (judged > 0).then(|| serviceable.unknown as f64 / judged as f64);
        vec![
            row.code.clone().unwrap_or_default(),
            row.name.clone().unwrap_or_default(),
            row.buildings.to_string(),
            percent(nominal.share_buildings),
            percent(serviceable.share_buildings),
            percent(unknown),
            percent(verified.share_buildings),
            percent(serviceable.share_residents),
            percent(row.built.rate),
            percent(row.sound.rate),
        ]
    };
    let column =
        |(nth, (zh, en)): (usize, &(&str, &str))| Column { head: lang.pick(zh, en).to_owned(), right: nth > 1 };
    Table { columns: heads.iter().enumerate().map(column).collect(), rows: rows.iter().map(cells).collect() }
}

fn machine_table(rows: &[AreaRow]) -> Table {
    let mut columns: Vec<Column> =
        ["id", "code", "name", "level"].map(|head| Column { head: head.to_owned(), right: head == "id" }).into();
    let counts = ["buildings", "floor_area_m2", "floor_area_guessed", "residents", "residents_known"];
    columns.extend(counts.map(Column::number));
    let rates =
        ["whole", "part", "not", "unknown", "not_assessed", "share_buildings", "share_floor_area", "share_residents"];
    for grade in Grade::ALL {
        columns.extend(rates.map(|rate| Column::number(format!("{}_{rate}", grade.code()))));
    }
    let built = ["built_existing", "built_required", "built_rate"];
    columns.extend(built.map(Column::number));
    columns.push(Column::text("built_how"));
    let sound = ["sound_in_service", "sound_out", "sound_obstructed", "sound_unknown", "sound_all", "sound_rate"];
    columns.extend(sound.map(Column::number));
    let share = |share: Option<f64>| share.map_or(String::new(), |share| format!("{share:.4}"));
    let cells = |row: &AreaRow| {
        let mut cells = vec![
            row.id.to_string(),
            row.code.clone().unwrap_or_default(),
            row.name.clone().unwrap_or_default(),
            row.level.to_owned(),
            row.buildings.to_string(),
            row.floor_area_m2.to_string(),
            row.floor_area_guessed.to_string(),
            row.residents.map_or(String::new(), |n| n.to_string()),
            row.residents_known.to_string(),
        ];
        for rates in &row.grades {
            let counts = [rates.whole, rates.part, rates.not, rates.unknown, rates.not_assessed];
            cells.extend(counts.map(|n| n.to_string()));
            cells.extend([rates.share_buildings, rates.share_floor_area, rates.share_residents].map(share));
        }
        cells.extend([
            row.built.existing.to_string(),
            row.built.required.to_string(),
            share(row.built.rate),
            row.built.how.to_owned(),
        ]);
        let sound = &row.sound;
        cells.extend([sound.in_service, sound.out, sound.obstructed, sound.unknown, sound.all].map(|n| n.to_string()));
        cells.push(share(sound.rate));
        cells
    };
    Table { rows: rows.iter().map(cells).collect(), columns }
}
