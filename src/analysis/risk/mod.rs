//! The risk score of a building: a management ranking, not a probability and not a legal finding.
//!
//! From [`Facts`] factor by factor to [`Points`], from points to a [`Score`] whose contributions sum to it exactly. What
//! nobody knows takes a default that says where it comes from, else half of its most, and widens the interval; it never
//! makes a floor. Whole numbers throughout; the two curved scales use `libm`, so that every machine gives the same bytes.
//!
//! People in one-to-one care are personal data and enter no score. The other factors of E then stand for all of E:
//! were their 65 points left to count as 65 of 100, every building would look safer for want of a right to look.

mod backtest;
mod class;
mod danger;
mod exposure;
mod facts;
mod hazard;
mod measures;
mod points;
mod protection;
mod score;

#[cfg(test)]
mod tests;

pub use backtest::{Backtest, Caught, Tried, backtest};
pub use class::{Decided, Membership, place_classes};
pub use danger::{Danger, OpenDanger};
pub use facts::{Arrival, Candidate, Facts, IotFacts, LadderFacts, PlaceFacts, WaterFacts};
pub use measures::{Measure, Proposal, measures};
pub use points::{Origin, Points};
pub use score::{Floor, Score, Scorer};
