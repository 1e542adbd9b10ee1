//! What is missing, odd or contradictory in the layers: each finding with the feature, its place and the figures that
//! make it one.
//!
//! Nothing here is judged against a standard: the numbers that draw a line are named constants with their reason, and
//! a finding asks a person to look. Restricted fields are never read. One file a group of layers.

mod areas;
mod buildings;
mod dangers;
mod fill;
mod finding;
mod hydrants;
mod overlaps;
mod roads;
mod served;
mod sheet;
mod stations;
mod twins;
mod water;

#[cfg(test)]
mod tests;

pub use fill::{FieldFill, LayerFill};
pub use finding::{Finding, Kind, Severity};
pub use sheet::{CheckedRow, Sheet, Sheets};

use jiff::civil::Date;
use rayon::prelude::*;

use crate::model::Layer;
use crate::rules::WaterRules;

/// All that was found.
pub struct Checked {
    /// In order of kind, layer, number.
    pub findings: Vec<Finding>,
    /// How full each layer's public fields are; layers without rows are left out.
    pub fill: Vec<LayerFill>,
}

/// Looks at all layers by the rules of a day. O(n log n); parallel.
pub fn check(sheets: &Sheets<'_>, rules: &WaterRules, day: Date) -> Checked {
    let questions: [&(dyn Fn() -> Vec<Finding> + Sync); 11] = [
        &|| buildings::findings(sheets.of(Layer::Building), day),
        &|| hydrants::findings(sheets, rules, day),
        &|| dangers::findings(sheets.of(Layer::Danger)),
        &|| stations::findings(sheets.of(Layer::Station)),
        &|| served::findings(sheets),
        &|| roads::findings(sheets),
        &|| areas::findings(sheets),
        &|| overlaps::findings(sheets.of(Layer::Area)),
        &|| twins::findings(sheets),
        &|| water::findings(sheets),
        &|| self_crossing(sheets),
    ];
    let mut findings: Vec<Finding> = questions.par_iter().flat_map_iter(|question| question()).collect();
    findings.par_sort_unstable_by(|a, b| a.rank().cmp(&b.rank()));
    Checked { findings, fill: fill::of(sheets) }
}

fn self_crossing(sheets: &Sheets<'_>) -> Vec<Finding> {
    let sheets = sheets.all().iter();
    sheets
        .flat_map(|sheet| {
            sheet.each(|row, found| {
                if row.flaw.is_some() {
                    found.push(Finding::new(Kind::SelfCrossing, sheet.layer(), row));
                }
            })
        })
        .collect()
}
