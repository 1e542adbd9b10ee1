//! Pure questions to the city: one file a question, from features and rules to results.
//!
//! Results are whole numbers (millimetres, square decimetres, persons), so that they are the same everywhere and can
//! be added and taken away again. Unknown is a result of its own and never counts as good.

pub mod access;
mod areas;
pub mod check;
mod coverage;
mod footprint;
mod grade;
mod ground;
mod ground_totals;
mod hoses;
mod hydrant_need;
mod near;
mod outline;
pub mod risk;
mod siting;
mod spacing;
mod streets;
mod supply;

pub use areas::{AreaTotals, FloorArea, Weight, weight};
pub use coverage::{Coverage, Covered, Neighbourhood, Reach, Waters, cover};
pub use footprint::Footprint;
pub use grade::{Grade, HydrantState, Standing, WaterPoint};
pub use ground::{Band, Crews, Far, Ground, Laid, OffRoad, OnRoad, Placed, Versus, turnouts};
pub use ground_totals::{GroundTotals, Reached, Shown, Sums};
pub use hoses::{Hoses, Roads};
pub use hydrant_need::{Duty, HydrantNeed, Need, NeedArea};
pub use near::between_m;
pub use outline::{Outline, holds, inner_place};
pub use siting::{Pick, Siting, best_next};
pub use spacing::{Run, Spacing, SpacingTotals, StreetHydrant, Streets, Told, asks_for_hydrants};
pub use streets::NeedRoad;
pub use supply::{Credit, Enough, Flow, NO_BOUND, Size, demand};
