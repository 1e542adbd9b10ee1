//! Rule packs: every number of a standard, as data with its clause, edition, span and certainty.
//!
//! A pack is parsed whole or refused with the line and field. [`Pack::on`] gives the rules that hold on a day; there
//! is no default value in code, so a pack with a hole is refused too.

mod pack;
mod water;

pub use pack::{Certainty, Comparator, Metric, Pack, Rule, RuleError, Strength};
pub use water::WaterRules;

/// The packs that come with the program, by name.
pub const BUILT_IN: &[(&str, &str)] = &[("gb", include_str!("../../data/rules/gb.toml"))];
