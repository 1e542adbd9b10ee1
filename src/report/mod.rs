//! A city's features and results as plain tables and JSON, for the API, for exports and for the terminal.
//!
//! Only public fields go through here, and no column that the model does not know: those may be personal.

mod access;
mod ahead;
mod areas;
pub mod check;
mod coverage;
mod difference;
mod export;
mod geojson;
mod ground;
mod history;
mod properties;
mod reasons;
mod risk;
mod table;
mod typed;
mod workbook;

pub use access::{
    AccessCard, AccessRow, AccessTold, access_findings_table, access_of_building, access_summary, access_table,
    access_told, access_told_of,
};
pub use ahead::{
    Failing, FragileRow, GainTold, PlanTold, ReachTold, fragile_table, fragile_told, gain_told, plan_table, plan_told,
    reach_told,
};
pub use areas::{AreaRow, Built, GradeRates, Sound, area_row, area_rows, area_table, grade_rates, sound, whole_built};
pub use coverage::{
    BuildingCoverage, BuildingRow, Floor, GradeCoverage, HoldingArea, NearHydrant, Told, building_coverage,
    building_rows, building_table,
};
pub use difference::{Counts, CoverageCounts, DifferenceTold, counts, counts_table, differences, differences_table};
pub use export::{ExportFormat, export, export_geopackage, lost_in};
pub use geojson::{brief, feature, geometry, wkt};
pub use ground::{
    GroundArea, GroundCard, GroundRates, GroundTold, SpacingTold, StreetRates, StreetsTold, SupplyRates, SupplyTold,
    ground_area_table, ground_areas, ground_of_building, ground_of_place, ground_table, ground_told, hose_table,
    response_table, spacing_told,
};
pub use history::{EntryTold, FieldTold, history, history_table};
pub use properties::{date_text, properties, text_of};
pub use reasons::NotAssessed;
pub use risk::{
    RankBy, RankedRow, RankingTold, RiskArea, RiskAreasTold, RiskCard, RiskTold, risk_area_table, risk_areas,
    risk_card, risk_ranking, risk_table, risk_told,
};
pub use table::{Column, Table};
pub use typed::plain_about;
pub use workbook::{ABOUT, About, Sheet, SheetCell, write_workbook};
