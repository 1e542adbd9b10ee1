//! Areas by risk: how buildings and people spread over the bands, dangers, fires. Never the mean alone.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::way;
use crate::city::{City, RiskTotals};
use crate::model::{Layer, area};
use crate::report::table::{Column, Table};

/// An area by risk.
#[derive(Serialize, ToSchema)]
pub struct RiskArea {
    /// Its number; `null` of the whole city.
    pub id: Option<u64>,
    /// Its name.
    pub name: Option<String>,
    /// Its code.
    pub code: Option<String>,
    /// Buildings in it.
    pub buildings: i64,
    /// Buildings by band, worst first: red, orange, yellow, blue.
    pub by_band: [i64; 4],
    /// Share of its buildings by band, in percent; `null` without buildings.
    pub share_pct: Option<[f64; 4]>,
    /// Residents by band where known.
    pub residents_by_band: [i64; 4],
    /// Residents in the two worst bands.
    pub residents_worst: i64,
    /// Mean score; read it with the bands.
    pub mean: Option<f64>,
    /// Buildings of which less than half is known.
    pub little_known: i64,
    /// Buildings that what nobody knows could put into a worse band.
    pub may_be_worse: i64,
    /// Dangers that lie in it.
    pub dangers: DangersTold,
    /// Fires from the first day of the year to the day.
    pub fires: usize,
    /// Fires in the same span of the base year.
    pub fires_base: usize,
}

/// Dangers of an area.
#[derive(Serialize, ToSchema)]
pub struct DangersTold {
    /// Open.
    pub open: i64,
    /// Open and overdue.
    pub overdue: i64,
    /// Closed in time.
    pub closed_in_time: i64,
    /// Closed late.
    pub closed_late: i64,
    /// Closed, and nobody says by when they were to be or when they were.
    pub closed_untold: i64,
}

/// Areas of a level by risk.
#[derive(Serialize, ToSchema)]
pub struct RiskAreasTold {
    /// Level.
    pub level: String,
    /// Day of the results.
    pub day: String,
    /// Revision of the store.
    pub revision: u64,
    /// `hose` along the ground, or `straight` where there are no roads.
    pub way: &'static str,
    /// The year that fires are held against.
    pub base_year: i16,
    /// The whole city.
    pub whole: RiskArea,
    /// Its areas, in order of number.
    pub rows: Vec<RiskArea>,
}

fn area_of(city: &City, totals: &RiskTotals, slot: Option<u32>, base_year: i16) -> RiskArea {
    let buildings = totals.buildings();
    let row = slot.and_then(|slot| city.layer(Layer::Area).row(slot));
    let text = |ix| row.and_then(|row| row.attributes.text(Layer::Area, ix)).map(str::to_owned);
    let percent = |n: i64| (n as f64 * 1000.0 / buildings as f64).round() / 10.0;
    let [fires, fires_base] = city.risk().fires(city, slot, base_year);
    let of = totals.dangers;
    RiskArea {
        id: row.map(|row| row.id.0),
        name: text(area::NAME),
        code: text(area::CODE),
        buildings,
        by_band: totals.bands.map(|band| band[0]),
        share_pct: (buildings > 0).then(|| totals.bands.map(|band| percent(band[0]))),
        residents_by_band: totals.bands.map(|band| band[1]),
        residents_worst: totals.bands[..2].iter().map(|band| band[1]).sum(),
        mean: (buildings > 0).then(|| (totals.scores as f64 / buildings as f64).round() / 100.0),
        little_known: totals.little_known,
        may_be_worse: totals.may_be_worse,
        dangers: DangersTold {
            open: of.open,
            overdue: of.overdue,
            closed_in_time: of.closed_in_time,
            closed_late: of.closed_late,
            closed_untold: of.closed_untold,
        },
        fires,
        fires_base,
    }
}

/// Areas of a level, in order of number; fires are held against a base year, the year before where not said.
pub fn risk_areas(city: &City, level: &str, base_year: Option<i16>) -> RiskAreasTold {
    let base_year = base_year.unwrap_or(city.day().year() - 1);
    let risk = city.risk();
    let areas = city.layer(Layer::Area).iter();
    let mut rows: Vec<RiskArea> = areas
        .filter(|(_, row)| row.attributes.choice(Layer::Area, area::KIND) == Some(level))
        .map(|(slot, _)| area_of(city, risk.totals(slot), Some(slot), base_year))
        .collect();
    rows.sort_unstable_by_key(|row| row.id);
    RiskAreasTold {
        level: level.to_owned(),
        day: city.day().to_string(),
        revision: city.revision().0,
        way: way(city),
        base_year,
        whole: area_of(city, risk.whole(), None, base_year),
        rows,
    }
}

/// Areas as a table by machine names, the whole city last.
pub fn risk_area_table(told: &RiskAreasTold) -> Table {
    let mut columns = vec![Column::number("id"), Column::text("code"), Column::text("name")];
    let numbers = [
        "buildings",
        "red",
        "orange",
        "yellow",
        "blue",
        "residents_red",
        "residents_orange",
        "residents_yellow",
        "residents_blue",
        "mean",
        "little_known",
        "may_be_worse",
        "open",
        "overdue",
        "closed_in_time",
        "closed_late",
        "closed_untold",
        "fires",
        "fires_base",
    ];
    columns.extend(numbers.map(Column::number));
    let cells = |row: &RiskArea| {
        let mut cells = vec![
            row.id.map_or_else(String::new, |id| id.to_string()),
            row.code.clone().unwrap_or_default(),
            row.name.clone().unwrap_or_default(),
            row.buildings.to_string(),
        ];
        cells.extend(row.by_band.iter().chain(&row.residents_by_band).map(i64::to_string));
        cells.push(row.mean.map_or_else(String::new, |mean| format!("{mean:.2}")));
        let of = &row.dangers;
        let rest = [row.little_known, row.may_be_worse, of.open, of.overdue, of.closed_in_time, of.closed_late];
        cells.extend(rest.iter().map(i64::to_string));
        cells.push(of.closed_untold.to_string());
        cells.extend([row.fires, row.fires_base].map(|fires| fires.to_string()));
        cells
    };
    Table { columns, rows: told.rows.iter().chain([&told.whole]).map(cells).collect() }
}
