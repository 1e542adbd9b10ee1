//! Access: lanes against the rules, high-rises against lanes and ladder fields, and which vehicles get to a building.
//!
//! What nobody measured is unknown, never kept. A finding says below must (应), should (宜) or a recommended means, by
//! an edition; it calls nothing a breach, since a rule holds for what was built under it.

mod dead_end;
mod finding;
mod getting;
mod high_rise;
mod lane;
mod sides;

pub use dead_end::{DeadEnd, dead_end};
pub use finding::{AccessFinding, Verdict, judge, older};
pub use getting::{Gets, Getting};
pub use high_rise::{FieldFacts, HighRise, SideFacts, high_rise, judge_field, judge_sides};
pub use lane::{LaneFacts, judge_lane};
pub use sides::{Block, Wall};
