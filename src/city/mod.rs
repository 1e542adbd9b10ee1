//! The city: the store at one revision and day, held in memory with its results.
//!
//! A request reads one [`City`] from start to end. [`City::apply`] makes the next one: it shares everything a change
//! does not touch, and what it computes again equals what a fresh [`City::load`] would have.

mod access;
mod apply;
mod areas;
mod arrivals;
mod chunks;
mod compare;
mod detours;
mod differ;
mod early;
mod edit;
mod fragile;
mod frailty;
mod frame;
mod ground;
mod ground_check;
mod joined_roads;
mod layer;
mod load;
mod network;
mod reach;
mod reframe;
mod results;
mod risk;
mod rows;
mod search;
mod sights;
mod siting;
mod spacing;
mod street_need;
mod supply;
mod texts;
mod town;

pub use access::{Access, Breaches, Reaching, Vehicles};
pub use areas::Held;
pub use arrivals::Arrival;
pub use detours::Detour;
pub use early::ALL_FROM;
pub use fragile::Fragile;
pub use frailty::{FeltHydrant, Frailty, MOST_ROADS, RoadCuts};
pub use frame::Frame;
pub use ground::{GROUND_SUMS, GroundResults};
pub use joined_roads::JoinedRoads;
pub use layer::LayerSlots;
pub use load::MARGIN_M;
pub use network::Network;
pub use reach::{FacilityReach, Reached};
pub use results::{BUILDING_SUMS, HYDRANT_SUMS, Results};
pub use risk::{DangerSums, Joins, RISK_SUMS, RiskOf, RiskResults, RiskTotals, Unjoined};
pub use rows::RowRef;
pub use search::Hit;
pub use sights::ACCESS_SUMS;
pub use siting::{Plan, Proposed};
pub use street_need::{AreaNeed, StreetNeed};
pub use supply::{Supplies, Supply, SupplyTotals};
pub use town::City;
