//! The risk score, told: the model, a building's card, rankings and areas. All points are shown with two decimals.

mod areas;
mod card;
mod input;
mod model;
mod ranking;

pub use areas::{RiskArea, RiskAreasTold, risk_area_table, risk_areas};
pub use card::{RiskCard, risk_card};
pub use model::{RiskTold, risk_told};
pub use ranking::{RankBy, RankedRow, RankingTold, risk_ranking, risk_table};

/// Points of hundredths.
fn points(hundredths: impl Into<u32>) -> f64 {
    f64::from(hundredths.into()) / 100.0
}
